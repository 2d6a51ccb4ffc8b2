import { CrmError, problem, type Problem } from '../../domain/problem';
import type { Value } from '../../domain/record';
import type { RecordWrite, WriteOutcome } from '../../domain/write';
import { CallFailed } from '../pace';
import type { ContactInput, HubspotApi, Reply } from './api';
import { toText, toValue, type Described } from './convert';
import { contactRef, isWholeCrm, problemOf } from './problems';
import { ErrorBody, HubspotRecord, idOf, parseEach, type BatchReply } from './schema';

/** Batch calls take at most 100 records (https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide). */
export const BATCH_SIZE = 100;

export interface Writer {
  api: HubspotApi;
  described(): Promise<Described>;
  /** How records are created: contacts, unless it says otherwise. The inputs stand in the order of the writes. */
  create?: (inputs: Omit<ContactInput, 'id'>[], writes: readonly RecordWrite[]) => Promise<Reply<BatchReply>>;
}

/**
 * Sends one batch of updates or of creates. Every write ends in exactly one outcome, whatever HubSpot's answer looks like: unordered, partial,
 * short, or silently empty. Updates set given values on given ids, so they may be sent again; creates are sent once, and what became of one whose
 * answer was lost is `maybe`.
 *
 * Throws `CrmError` for trouble of HubSpot as a whole, but only while no write of the batch has an outcome: what is known is never thrown away.
 */
export async function writeContacts(writer: Writer, writes: readonly RecordWrite[]): Promise<WriteOutcome[]> {
  const op = writes[0]?.op;
  if (op === undefined) return [];
  if (writes.length > BATCH_SIZE) throw new Error(`hubspot: a batch holds at most ${BATCH_SIZE} writes`);
  if (writes.some((write) => write.object !== 'contact' || write.op !== op)) throw new Error('hubspot: a batch is of contacts and of one kind');

  const settled = new Settled();
  for (const round of rounds(writes)) await send(writer, op, round, settled);
  return writes.map((write) => settled.of(write));
}

class Settled {
  private readonly outcomes = new Map<string, WriteOutcome>();

  get size(): number {
    return this.outcomes.size;
  }

  has(write: RecordWrite): boolean {
    return this.outcomes.has(write.key);
  }

  done(write: RecordWrite, id: string): void {
    this.outcomes.set(write.key, { key: write.key, outcome: 'done', id, ...(write.op === 'create' ? { created: true } : {}) });
  }

  refused(write: RecordWrite, of: Problem): void {
    const record = of.record ?? (write.id === undefined ? undefined : contactRef(write.id));
    this.outcomes.set(write.key, { key: write.key, outcome: 'refused', problem: record === undefined ? of : { ...of, record } });
  }

  maybe(write: RecordWrite, of: Problem): void {
    this.outcomes.set(write.key, { key: write.key, outcome: 'maybe', problem: of });
  }

  of(write: RecordWrite): WriteOutcome {
    const outcome = this.outcomes.get(write.key);
    if (outcome === undefined) throw new Error('hubspot: a write without an outcome');
    return outcome;
  }
}

/** The same record twice in one batch fails the whole batch: the second write of a record goes into a later call. */
function rounds(writes: readonly RecordWrite[]): RecordWrite[][] {
  const all: { ids: Set<string>; writes: RecordWrite[] }[] = [];
  for (const write of writes) {
    const name = write.id ?? write.identity?.value.trim().toLowerCase() ?? write.key;
    let round = all.find(({ ids }) => !ids.has(name));
    if (round === undefined) all.push((round = { ids: new Set(), writes: [] }));
    round.ids.add(name);
    round.writes.push(write);
  }
  return all.map((round) => round.writes);
}

async function send(writer: Writer, op: 'update' | 'create', writes: RecordWrite[], settled: Settled): Promise<void> {
  let reply: BatchReply;
  try {
    // With a trace id on every input, good ones go through beside bad ones, and errors name theirs
    // (https://developers.hubspot.com/docs/api-reference/legacy/error-handling).
    const inputs = writes.map((write, index) => ({ properties: textsOf(write), objectWriteTraceId: String(index) }));
    reply = (
      op === 'update'
        ? await writer.api.updateContacts(inputs.map((input, index) => ({ id: writes[index]?.id ?? '', ...input })))
        : await (writer.create ?? writer.api.createContacts)(inputs, writes)
    ).value;
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return failed(writer, op, writes, error, settled);
  }
  const { unnamed } = settle(op, writes, reply, settled);
  const rest = writes.filter((write) => !settled.has(write));
  const [only] = rest;
  if (only === undefined) return;
  const [error] = unnamed;
  if (error !== undefined && rest.length === 1 && unnamed.length === 1) return settled.refused(only, error);
  if (op === 'create') {
    // Neither among the results nor blamed: it may exist. The next run looks by the identity.
    for (const write of rest) settled.maybe(write, problem('ambiguous_outcome', 'hubspot', { vendorCode: error?.vendorCode ?? 'NOT_IN_ANSWER' }));
    return;
  }
  if (error !== undefined) return split(writer, op, rest, settled);
  return readBack(writer, rest, settled);
}

function textsOf(write: RecordWrite): Record<string, string> {
  return Object.fromEntries(Object.entries(write.fields).map(([name, value]) => [name, toText(value)]));
}

/** The call as a whole failed: refused, or its answer lost. */
async function failed(writer: Writer, op: 'update' | 'create', writes: RecordWrite[], error: CallFailed, settled: Settled): Promise<void> {
  const of = error.problem;
  if (op === 'create' && error.sent !== 'no') {
    const lost = problem('ambiguous_outcome', 'hubspot', of.vendorCode === undefined ? {} : { vendorCode: of.vendorCode });
    for (const write of writes) settled.maybe(write, lost);
    return;
  }
  if (of.code === 'unreadable') {
    for (const write of writes) settled.maybe(write, of);
    return;
  }
  if (isWholeCrm(of.code)) {
    if (settled.size === 0) throw new CrmError(of, error);
    for (const write of writes) {
      if (error.sent === 'no') settled.refused(write, { ...of, retry: 'next-run' });
      else settled.maybe(write, of);
    }
    return;
  }
  const [only] = writes;
  if (of.code === 'no_permission' || writes.length === 1) {
    for (const write of writes) settled.refused(write, of);
    return;
  }
  if (only !== undefined) await split(writer, op, writes, settled);
}

/** HubSpot named no culprit: halves are sent until it is alone. One is refused for what it did, the others go through (W5). */
async function split(writer: Writer, op: 'update' | 'create', writes: RecordWrite[], settled: Settled): Promise<void> {
  if (writes.length === 1) return send(writer, op, writes, settled);
  const half = Math.ceil(writes.length / 2);
  await send(writer, op, writes.slice(0, half), settled);
  await send(writer, op, writes.slice(half), settled);
}

/** Finds each result's and each error's write. `unnamed`: errors that name none of these writes. */
function settle(op: 'update' | 'create', writes: RecordWrite[], reply: BatchReply, settled: Settled): { unnamed: Problem[] } {
  const byTrace = (trace: string | null | undefined): RecordWrite | undefined => (trace == null ? undefined : writes[Number(trace)]);
  const byId = new Map(writes.flatMap((write) => (write.id === undefined ? [] : [[write.id, write] as const])));

  const { good, bad } = parseEach(HubspotRecord, reply.results);
  for (const result of good) {
    const merged = (result.properties['hs_merged_object_ids'] ?? '').split(';');
    const write =
      byTrace(result.objectWriteTraceId) ??
      byId.get(result.id) ??
      merged.map((id) => byId.get(id)).find((found) => found !== undefined) ??
      (op === 'create' ? byIdentity(writes, result) : undefined);
    if (write !== undefined && !settled.has(write)) settled.done(write, result.id);
  }
  // A result that cannot be read is still a result: the id is enough for an update.
  for (const element of bad) {
    const id = idOf(element);
    const write = id === undefined ? undefined : byId.get(id);
    if (write !== undefined && id !== undefined && !settled.has(write)) settled.done(write, id);
  }

  const unnamed: Problem[] = [];
  for (const body of parseEach(ErrorBody, reply.errors ?? []).good) {
    const of = problemOf({ body });
    const named = [
      ...(body.context?.['objectWriteTraceId'] ?? []).map(byTrace),
      ...(op === 'update' ? [...(body.context?.['ids'] ?? []), ...(body.context?.['id'] ?? [])].map((id) => byId.get(id)) : []),
    ].filter((write): write is RecordWrite => write !== undefined);
    for (const write of named) if (!settled.has(write)) settled.refused(write, of);
    if (named.length === 0) unnamed.push(of);
  }
  return { unnamed };
}

function byIdentity(writes: RecordWrite[], result: HubspotRecord): RecordWrite | undefined {
  return writes.find((write) => {
    if (write.identity === undefined) return false;
    const returned = result.properties[write.identity.field];
    return returned != null && returned.toLowerCase() === write.identity.value.trim().toLowerCase();
  });
}

/**
 * Updates that the answer left out without a word: the id was merged away meanwhile, or HubSpot did nothing. The record tells which.
 */
async function readBack(writer: Writer, writes: RecordWrite[], settled: Settled): Promise<void> {
  const described = await writer.described();
  const names = [...new Set(writes.flatMap((write) => Object.keys(write.fields)))];
  const ids = writes.flatMap((write) => (write.id === undefined ? [] : [write.id]));
  let found: HubspotRecord[];
  try {
    const { value } = await writer.api.readContacts({ ids, properties: [...names, 'hs_merged_object_ids'] });
    found = parseEach(HubspotRecord, value.results).good;
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    for (const write of writes) settled.maybe(write, error.problem);
    return;
  }
  for (const write of writes) {
    const record = found.find(({ id }) => id === write.id);
    if (record === undefined) {
      const survivor = found.find(({ properties }) => (properties['hs_merged_object_ids'] ?? '').split(';').includes(write.id ?? ''));
      settled.refused(
        write,
        problem('not_found', 'hubspot', survivor === undefined ? { vendorCode: 'NOT_IN_ANSWER' } : { record: contactRef(survivor.id), vendorCode: 'MERGED', retry: 'next-run' }),
      );
      continue;
    }
    const differing = Object.entries(write.fields)
      .filter(([name, value]) => !isSame(described[name]?.type === undefined ? undefined : toValue(described[name].type, record.properties[name] ?? null), record.properties[name], value))
      .map(([name]) => name);
    if (differing.length === 0) settled.done(write, record.id);
    else settled.refused(write, problem('ignored_write', 'hubspot', { fields: differing, vendorCode: 'NOT_IN_ANSWER' }));
  }
}

function isSame(read: Value | undefined, text: string | null | undefined, sent: Value): boolean {
  return read === sent || (text ?? '') === toText(sent);
}

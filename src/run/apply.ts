import type { CrmName, CrmRecord, Fields, MirrorRecord, RecordRef, Value } from '../domain/record';
import { refKey } from '../domain/record';
import { OWN_FIELDS, SHOWN, type OwnFieldId } from '../domain/ownFields';
import { problem, type Problem } from '../domain/problem';
import type { FieldChange, JournalEntry, PlannedWrite, RecordWrite, WriteOutcome } from '../domain/write';
import type { DeadLetter, PersonPatch, PersonRow, StagedPerson } from '../store/port';
import { deletedIn, type PersonState } from '../domain/person';
import { advanceAgreed } from '../core/decide/fields';
import { afterOwnWrite, observe, sameValue } from '../core/observe';
import { chunks, unlessStopped, port, type Pass } from './parts';
import { createRefs, keepsFromCarrying } from './people';

/*
 * The only place that changes a CRM. In order, per chunk of people: compare again what people edit too (W4); commit the intents together with what
 * became of the people (W3); send in the vendor's batches; read back what must be (W12); commit the outcomes. Killed between any two of these, the
 * next run's recovery finds the intents and finishes or drops them (W7).
 */

export interface ApplyCounts {
  hubspot: { planned: number; done: number; failed: number; skipped: number };
  salesforce: { planned: number; done: number; failed: number; skipped: number };
  deadLetters: number;
  created: number;
  /** People whose clocks do not start after all: sales' record was refused what carries the handoff (S1). */
  uncarried: number;
  pending: number;
  /** Rejections that were written on to the CRM in which they were not said (F1). */
  pushed: number;
}

export function emptyCounts(): ApplyCounts {
  const side = (): ApplyCounts['hubspot'] => ({ planned: 0, done: 0, failed: 0, skipped: 0 });
  return { hubspot: side(), salesforce: side(), deadLetters: 0, created: 0, uncarried: 0, pending: 0, pushed: 0 };
}

type DeadLetterInput = Omit<DeadLetter, 'id' | 'tries' | 'state' | 'firstRun' | 'createdAt'>;

/** A write on its way: the plan's, with what is still to be sent of it. */
interface Going {
  write: PlannedWrite;
  changes: FieldChange[];
  intent: string;
  record: MirrorRecord | null;
}

/**
 * People who are applied at once. Both CRMs' batches fill up (HubSpot's of 100, Salesforce's of 200 per object), each commit to disk serves many, and
 * still little time lies between comparing again (W4) and writing.
 */
const CHUNK = 600;
/** Records that HubSpot reads at once by id. */
const HUBSPOT_READ = 100;

interface ChunkState {
  staged: StagedPerson[];
  mirror: Map<string, MirrorRecord>;
  /** People who are decided again next run: someone changed a record meanwhile, or the CRM could not take the write now. */
  pending: Map<string, string>;
  created: Set<string>;
  /** Whom something was written about, in which CRM. */
  written: Set<string>;
  letters: DeadLetterInput[];
  resolved: { ref: RecordRef; fields: string[] }[];
  settled: Pick<JournalEntry, 'id' | 'state' | 'settledAt' | 'problem' | 'ref'>[];
  rows: Map<string, PersonRow>;
}

/**
 * Applies the staged plan. While one chunk waits for the CRMs the next one is prepared and sent, in the plan's order; never more than two are under way.
 * Their people differ, so neither sees the other's writes. When one fails the other ends first: nothing goes on unseen after a run has ended.
 */
export async function applyPlan(pass: Pass, counts: ApplyCounts): Promise<void> {
  const { store, progress } = pass.parts;
  let after = 0;
  let before: Promise<void> = Promise.resolve();
  progress.step('writing', (await store.planTotals(pass.run)).people);
  for (;;) {
    const staged: StagedPerson[] = await store.pagePlan(pass.run, after, CHUNK);
    if (staged.length === 0) break;
    after = staged.at(-1)?.seq ?? after;
    if (pass.parts.stop?.aborted === true) await before;
    unlessStopped(pass.parts);
    const mine = applyChunk(pass, staged, counts).then(() => progress.advance(staged.length));
    try {
      await before;
    } catch (error) {
      await mine.catch(() => undefined);
      throw error;
    }
    before = mine;
    // Its failure is met when it is awaited, after the next page of the plan.
    before.catch(() => undefined);
  }
  await before;
  progress.done();
}

async function applyChunk(pass: Pass, staged: StagedPerson[], counts: ApplyCounts): Promise<void> {
  const { store } = pass.parts;
  const writes = staged.flatMap((person) => person.writes);
  const refs = writes.filter((write) => write.id !== undefined).map((write): RecordRef => ({ crm: write.crm, object: write.object, id: write.id as string }));
  const chunk: ChunkState = {
    staged,
    mirror: new Map((await store.records(refs)).map((record) => [refKey(record.ref), record])),
    pending: new Map(),
    created: new Set(),
    written: new Set(),
    letters: [],
    resolved: [],
    settled: [],
    rows: new Map(staged.map((person) => [person.person.id, person.person])),
  };
  const going: Going[] = writes.map((write) => ({ write, changes: write.changes, intent: pass.parts.newId(), record: write.id === undefined ? null : (chunk.mirror.get(keyOf(write)) ?? null) }));
  for (const write of writes) counts[write.crm].planned += 1;

  await compareAgain(pass, chunk, going, counts);
  const sending = going.filter((each) => each.changes.length > 0);
  const order = (await pass.parts.hubspot.describe()).contact?.[SHOWN.lifecycle]?.options?.map((option) => option.value) ?? [];
  const clears = sending.filter((each) => needsClearing(each, order)).map((each) => ({ each, intent: pass.parts.newId() }));
  await store.transaction(pass.fence, async (tx) => {
    await tx.putPeople(staged.map((person) => person.person));
    await tx.addTransitions(staged.flatMap((person) => person.transitions));
    await tx.putHandoffs(staged.flatMap((person) => person.handoffs));
    // In the transaction that takes the change down: it is told exactly once, or not known yet (F2).
    await tx.post(staged.flatMap((person) => person.outbox ?? []));
    for (const { holds } of staged) {
      if (holds === undefined) continue;
      await tx.addHolds(holds.begun);
      await tx.releaseHolds(holds.ended);
    }
    await tx.intend([
      ...clears.map(({ each, intent }) => entryOf(pass, each, intent, [{ field: SHOWN.lifecycle, before: beforeOf(each, SHOWN.lifecycle), after: null, rule: 'L8', because: 'HubSpot moves a stage back only through empty' }])),
      ...sending.map((each) => entryOf(pass, each, each.intent, each.changes)),
    ]);
  });

  if (clears.length > 0) await sendClears(pass, chunk, clears);
  await together([sendAll(pass, chunk, 'salesforce', sending, counts), sendAll(pass, chunk, 'hubspot', sending, counts).then(() => readBack(pass, chunk, sending, counts))]);
  await settle(pass, chunk, counts);
}

/** One CRM's writes: creates before updates. HubSpot takes several batches at once; Salesforce's go one after another, or they would lock each other out. */
async function sendAll(pass: Pass, chunk: ChunkState, crm: CrmName, sending: Going[], counts: ApplyCounts): Promise<void> {
  const cleared = new Set(chunk.settled.map((entry) => entry.id));
  for (const object of ['lead', 'contact'] as const) {
    for (const op of ['create', 'update'] as const) {
      const batch = sending.filter((each) => each.write.crm === crm && each.write.object === object && each.write.op === op && !cleared.has(each.intent));
      const parts = chunks(batch, port(pass.parts, crm).batchSize);
      if (crm === 'hubspot') await together(parts.map((part) => send(pass, chunk, part, counts)));
      else for (const part of parts) await send(pass, chunk, part, counts);
    }
  }
}

/** Waits for all, also when one fails: nothing goes on unseen after a run has ended. Then the first failure is thrown. */
async function together(works: Promise<void>[]): Promise<void> {
  for (const ended of await Promise.allSettled(works)) if (ended.status === 'rejected') throw ended.reason;
}

function keyOf(write: PlannedWrite): string {
  return refKey({ crm: write.crm, object: write.object, id: write.id ?? '' });
}

function beforeOf(each: Going, field: string): Value {
  return each.changes.find((change) => change.field === field)?.before ?? null;
}

/** W4: what people edit too is compared again just before the write; theirs stands, and the person is decided afresh. The CRMs are asked side by side. */
async function compareAgain(pass: Pass, chunk: ChunkState, going: Going[], counts: ApplyCounts): Promise<void> {
  const kinds = (['hubspot', 'salesforce'] as const).flatMap((crm) => (['lead', 'contact'] as const).map((object) => ({ crm, object })));
  await together(
    kinds.map(async ({ crm, object }) => {
      const checked = going.filter((each) => each.write.crm === crm && each.write.object === object && each.write.op === 'update' && each.changes.some((change) => change.contested === true));
      if (checked.length === 0) return;
      const read = async (part: Going[]): Promise<CrmRecord[]> => (await port(pass.parts, crm).byIds(object, part.map((each) => each.write.id as string), pass.parts.fields.select[crm])).records;
      const records = crm === 'hubspot' ? (await Promise.all(chunks(checked, HUBSPOT_READ).map(read))).flat() : await read(checked);
      leaveOthersChanges(pass, chunk, checked, records, counts);
    }),
  );
}

function leaveOthersChanges(pass: Pass, chunk: ChunkState, checked: Going[], records: CrmRecord[], counts: ApplyCounts): void {
  const found = new Map(records.flatMap((record) => [[record.ref.id, record] as const, ...record.aliases.map((alias) => [alias, record] as const)]));
  for (const each of checked) {
    const { crm, object, id, personId } = each.write;
    const now = found.get(id as string);
    const moved = now === undefined || now.gone !== undefined || now.ref.id !== id || each.changes.some((change) => change.contested === true && change.field in now.fields && !sameValue(now.fields[change.field], change.before));
    if (!moved) continue;
    each.changes = [];
    counts[crm].skipped += 1;
    counts.pending += 1;
    chunk.pending.set(personId, now === undefined || now.gone !== undefined ? 'gone meanwhile' : 'changed meanwhile');
    // What somebody else wrote is left to the next reading, which asks who and when (L5), and whose record it is now (I1). Only a deletion is taken
    // from here: HubSpot lists none.
    if (now?.gone !== undefined && now.ref.id === id) {
      const seen = observe(now, chunk.mirror.get(keyOf(each.write)), pass.parts.fields.tracked[crm][object] ?? new Set(), pass.now);
      chunk.mirror.set(refKey(now.ref), { ...seen.record, personId });
    }
  }
}

/** L8: a stage that goes back in the portal's own order is cleared first, in a request of its own. From empty any stage may be set. */
function needsClearing(each: Going, order: string[]): boolean {
  if (each.write.crm !== 'hubspot' || each.write.op !== 'update') return false;
  const change = each.changes.find((one) => one.field === SHOWN.lifecycle);
  if (change === undefined || typeof change.before !== 'string' || typeof change.after !== 'string') return false;
  const [before, after] = [order.indexOf(change.before), order.indexOf(change.after)];
  return before < 0 || after < 0 || after < before;
}

async function sendClears(pass: Pass, chunk: ChunkState, clears: { each: Going; intent: string }[]): Promise<void> {
  const crmPort = pass.parts.hubspot;
  for (const part of chunks(clears, crmPort.batchSize)) {
    const outcomes = await crmPort.write(part.map(({ each, intent }) => ({ key: intent, object: 'contact', op: 'update', id: each.write.id as string, fields: { [SHOWN.lifecycle]: null } })));
    for (const outcome of outcomes) {
      const clear = part.find(({ intent }) => intent === outcome.key);
      if (clear === undefined) continue;
      chunk.settled.push(settledEntry(pass, clear.intent, outcome, refOf(clear.each.write)));
      if (outcome.outcome === 'done') takeOwn(chunk, clear.each.write, { [SHOWN.lifecycle]: null }, pass.now);
      else chunk.pending.set(clear.each.write.personId, outcome.problem.code);
    }
  }
}

async function send(pass: Pass, chunk: ChunkState, batch: Going[], counts: ApplyCounts): Promise<void> {
  if (batch.length === 0) return;
  const { crm, object, op } = (batch[0] as Going).write;
  const outcomes = await port(pass.parts, crm).write(batch.map((each) => recordWrite(pass, each)));
  const byKey = new Map(outcomes.map((outcome) => [outcome.key, outcome]));
  const unseen = op === 'create' ? await madeMeanwhile(pass, outcomes) : new Set<string>();
  const again: Going[] = [];
  const made: { each: Going; id: string }[] = [];
  for (const each of batch) {
    const outcome = byKey.get(each.intent) ?? { key: each.intent, outcome: 'maybe' as const, problem: problem('ambiguous_outcome', crm) };
    if (outcome.outcome === 'done') {
      counts[crm].done += 1;
      chunk.written.add(writtenIn(crm, each.write.personId));
      if (op === 'create') {
        counts.created += 1;
        made.push({ each, id: outcome.id });
        // What was refused of the create concerns the record that exists now.
        for (const letter of chunk.letters) if (letter.crm === crm && letter.recordId === `person:${each.write.personId}`) letter.recordId = outcome.id;
      } else takeOwn(chunk, each.write, fieldsOf(each), pass.now);
      chunk.settled.push(settledEntry(pass, each.intent, outcome, { crm, object, id: outcome.id }));
      chunk.resolved.push({ ref: { crm, object, id: outcome.id }, fields: each.changes.map((change) => change.field) });
      continue;
    }
    const retry = refused(pass, chunk, each, unseen.has(each.intent) ? { ...outcome, problem: { ...outcome.problem, retry: 'next-run' } } : outcome, counts);
    if (retry !== null) again.push(retry);
  }
  if (made.length > 0) await takeCreated(pass, chunk, made);
  if (again.length === 0) return;
  // The rest of a record goes without the field that was refused (M3, W5): a new intent, journaled like any other.
  await pass.parts.store.transaction(pass.fence, (tx) => tx.intend(again.map((each) => entryOf(pass, each, each.intent, each.changes))));
  await send(pass, chunk, again, counts);
}

/** Creates refused because of a record that was not there when the run read: somebody was faster. The next reading tells whose it is (I1). */
async function madeMeanwhile(pass: Pass, outcomes: WriteOutcome[]): Promise<Set<string>> {
  const doubles = outcomes.flatMap((each) => (each.outcome === 'refused' && each.problem.code === 'duplicate' && each.problem.record !== undefined ? [{ key: each.key, ref: each.problem.record }] : []));
  if (doubles.length === 0) return new Set();
  const known = new Set((await pass.parts.store.records(doubles.map(({ ref }) => ref))).map((record) => refKey(record.ref)));
  return new Set(doubles.filter(({ ref }) => !known.has(refKey(ref))).map(({ key }) => key));
}

/** A refused write: what becomes a dead letter, what is tried again. Returns what is left to send, if anything. */
function refused(pass: Pass, chunk: ChunkState, each: Going, outcome: Exclude<WriteOutcome, { outcome: 'done' }>, counts: ApplyCounts): Going | null {
  const { crm, object, personId } = each.write;
  chunk.settled.push(settledEntry(pass, each.intent, outcome, each.write.id === undefined ? null : refOf(each.write)));
  const trouble = outcome.problem;
  if (outcome.outcome === 'maybe' || trouble.retry !== 'never') {
    counts[crm].failed += 1;
    counts.pending += 1;
    chunk.pending.set(personId, trouble.code);
    return null;
  }
  const blamed = each.changes.filter((change) => trouble.fields?.includes(change.field) === true);
  // A create goes on without a refused field as an update does, but never without what makes it repeatable.
  const identity = each.write.op === 'create' ? identityOf(pass, crm, fieldsOf(each))?.field : undefined;
  const optional = blamed.some((change) => change.field === identity) ? [] : blamed;
  const dropped = optional.some((change) => change.together === true) ? each.changes.filter((change) => change.together === true || blamed.includes(change)) : optional;
  const letter = (field: string | null, value: Value): DeadLetterInput => ({
    crm,
    object,
    recordId: each.write.id ?? `person:${personId}`,
    personId,
    field,
    value,
    problem: trouble,
    lastRun: pass.run,
    lastTriedAt: pass.now,
  });
  if (dropped.length === 0 || dropped.length === each.changes.length) {
    counts[crm].failed += 1;
    for (const change of dropped) chunk.letters.push(letter(change.field, change.after));
    if (dropped.length === 0) chunk.letters.push(letter(null, null));
    return null;
  }
  for (const change of dropped) chunk.letters.push(letter(change.field, change.after));
  return { ...each, intent: pass.parts.newId(), changes: each.changes.filter((change) => !dropped.includes(change)) };
}

function recordWrite(pass: Pass, each: Going): RecordWrite {
  const { write } = each;
  const fields = fieldsOf(each);
  if (write.op === 'update') return { key: each.intent, object: write.object, op: 'update', id: write.id as string, fields };
  const identity = identityOf(pass, write.crm, fields);
  return { key: each.intent, object: write.object, op: 'create', fields, ...(identity === null ? {} : { identity }), ...(pass.parts.terms.agreement.settings.handoff.assignment_rules ? { assignmentRules: true as const } : {}) };
}

/** The field that makes a create repeatable: HubSpot's e-mail, Concord's external id on Salesforce. */
export function identityOf(pass: Pass, crm: CrmName, fields: Fields): { field: string; value: string } | null {
  const { agreement } = pass.parts.terms;
  const field = crm === 'hubspot' ? agreement.fieldById('email')?.hubspot : agreement.ownField('hubspot_id').salesforce;
  const value = field === undefined || field === null ? undefined : fields[field];
  return typeof field === 'string' && typeof value === 'string' ? { field, value } : null;
}

function fieldsOf(each: Going): Fields {
  return Object.fromEntries(each.changes.map((change) => [change.field, change.after]));
}

function refOf(write: PlannedWrite): RecordRef {
  return { crm: write.crm, object: write.object, id: write.id as string };
}

function entryOf(pass: Pass, each: Going, id: string, changes: FieldChange[]): JournalEntry {
  const { write } = each;
  return {
    id,
    run: pass.run,
    fence: pass.fence,
    personId: write.personId,
    ref: write.id === undefined ? null : refOf(write),
    crm: write.crm,
    object: write.object,
    op: write.op,
    key: write.key,
    changes,
    state: 'intent',
    intendedAt: pass.parts.clock(),
    settledAt: null,
    problem: null,
  };
}

function settledEntry(pass: Pass, id: string, outcome: WriteOutcome, ref: RecordRef | null): ChunkState['settled'][number] {
  return { id, state: outcome.outcome, settledAt: pass.parts.clock(), problem: outcome.outcome === 'done' ? null : outcome.problem, ref };
}

/** Concord's own values, taken into the mirror as its own (L11). */
function takeOwn(chunk: ChunkState, write: PlannedWrite, fields: Fields, at: number): void {
  const record = chunk.mirror.get(keyOf(write));
  if (record !== undefined) chunk.mirror.set(keyOf(write), afterOwnWrite(record, fields, at));
}

/** What a batch created is read once, so that the mirror has all of it; what Concord wrote there is its own. */
async function takeCreated(pass: Pass, chunk: ChunkState, made: { each: Going; id: string }[]): Promise<void> {
  const { crm, object } = (made[0] as { each: Going }).each.write;
  for (const { each } of made) chunk.created.add(each.write.personId);
  const page = await port(pass.parts, crm).byIds(object, made.map(({ id }) => id), pass.parts.fields.select[crm]);
  const read = new Map(page.records.map((record) => [record.ref.id, record]));
  for (const { each, id } of made) {
    const record = read.get(id);
    if (record === undefined) continue;
    const seen = observe(record, undefined, pass.parts.fields.tracked[crm][object] ?? new Set(), pass.now).record;
    chunk.mirror.set(refKey(record.ref), { ...afterOwnWrite(seen, fieldsOf(each), pass.now), modifiedAt: seen.modifiedAt, personId: each.write.personId });
  }
}

/** W12: a stage write is done only when read back: HubSpot may ignore it in silence. */
async function readBack(pass: Pass, chunk: ChunkState, going: Going[], counts: ApplyCounts): Promise<void> {
  const settled = new Map(chunk.settled.map((entry) => [entry.id, entry]));
  const checked = going.filter((each) => each.write.op === 'update' && each.changes.some((change) => change.readBack === true) && settled.get(each.intent)?.state === 'done');
  const read = async (part: Going[]): Promise<{ part: Going[]; records: CrmRecord[] }> => ({ part, records: (await pass.parts.hubspot.byIds('contact', part.map((each) => each.write.id as string), pass.parts.fields.select.hubspot)).records });
  for (const { part, records } of await Promise.all(chunks(checked, HUBSPOT_READ).map(read))) {
    const byId = new Map(records.map((record) => [record.ref.id, record]));
    for (const each of part) {
      const record = byId.get(each.write.id as string);
      const ignored = each.changes.filter((change) => change.readBack === true && record !== undefined && !sameValue(record.fields[change.field], change.after));
      if (ignored.length === 0 || record === undefined) continue;
      const trouble: Problem = problem('ignored_write', 'hubspot', { record: refOf(each.write), fields: ignored.map((change) => change.field) });
      counts.hubspot.done -= 1;
      chunk.written.delete(writtenIn('hubspot', each.write.personId));
      counts.hubspot.failed += 1;
      for (const change of ignored) {
        chunk.letters.push({ crm: 'hubspot', object: each.write.object, recordId: each.write.id as string, personId: each.write.personId, field: change.field, value: change.after, problem: trouble, lastRun: pass.run, lastTriedAt: pass.now });
        const mirror = chunk.mirror.get(keyOf(each.write));
        if (mirror === undefined) continue;
        const written = { ...mirror.written };
        delete written[change.field];
        chunk.mirror.set(keyOf(each.write), { ...mirror, written, fields: { ...mirror.fields, [change.field]: record.fields[change.field] ?? null } });
      }
      const entry = settled.get(each.intent);
      if (entry !== undefined) {
        entry.state = 'refused';
        entry.problem = trouble;
      }
    }
  }
}

/** Commits the outcomes: journal, mirror, what both sides agree on now (M4), dead letters, and who is done. */
async function settle(pass: Pass, chunk: ChunkState, counts: ApplyCounts): Promise<void> {
  const { store, terms } = pass.parts;
  const createdOf = new Map<string, MirrorRecord[]>();
  if (chunk.created.size > 0) {
    for (const record of chunk.mirror.values()) if (record.personId !== null && chunk.created.has(record.personId)) createdOf.set(record.personId, [...(createdOf.get(record.personId) ?? []), record]);
  }
  const unwritten = await otherSides(pass, chunk);
  const patches: PersonPatch[] = [];
  for (const staged of chunk.staged) {
    const row = chunk.rows.get(staged.person.id) as PersonRow;
    const before = patchOf(row);
    const record = (crm: CrmName, object: string | null, id: string | null): MirrorRecord | null => {
      const key = `${crm}:${object ?? ''}:${id ?? ''}`;
      return chunk.mirror.get(key) ?? unwritten.get(key) ?? null;
    };
    const created = createdOf.get(row.id) ?? [];
    const contact = record('hubspot', 'contact', row.hubspotId) ?? created.find((each) => each.ref.crm === 'hubspot') ?? null;
    const primary = record('salesforce', row.salesforceObject, row.salesforceId) ?? created.find((each) => each.ref.crm === 'salesforce') ?? null;
    if (contact !== null) row.hubspotId = contact.ref.id;
    if (primary !== null) {
      row.salesforceObject = primary.ref.object as 'lead' | 'contact';
      row.salesforceId = primary.ref.id;
    }
    const agreed = row.state !== null && advanceAgreed(terms.agreement, row.state as PersonState, contact, primary);
    shown(pass, row, contact, primary, chunk, staged.writes);
    const after = patchOf(row);
    if (agreed) patches.push({ ...after, state: row.state });
    else if (PATCHED.some((part) => before[part] !== after[part])) patches.push(after);
  }
  for (const staged of chunk.staged) counts.pushed += pushed(staged, chunk);
  const done = chunk.staged.map((staged) => staged.person.id).filter((id) => !chunk.pending.has(id));
  const uncarried = notCarried(pass, chunk);
  counts.uncarried += uncarried.length;
  if ((await store.countDeadLetters('open')) > 0) chunk.resolved.push(...createsNoLongerNeeded([...chunk.rows.values()]));
  await store.transaction(pass.fence, async (tx) => {
    await tx.settle(chunk.settled);
    await tx.putRecords([...chunk.mirror.values()]);
    await tx.patchPeople(patches);
    await tx.resolveDeadLetters(chunk.staged.flatMap((staged) => staged.needless ?? []));
    if (chunk.letters.length > 0) counts.deadLetters += (await tx.putDeadLetters(chunk.letters)).opened;
    if (chunk.resolved.length > 0) await tx.resolveDeadLetters(chunk.resolved);
    await tx.dequeue(done);
    for (const [id, reason] of chunk.pending) await tx.enqueue([id], reason, pass.now);
    // What was created has an id now: the other CRM is told in the same run.
    await tx.enqueue([...chunk.created], 'created', pass.now);
    await tx.enqueue(uncarried, 'uncarried', pass.now);
  }, 'soon');
}

/**
 * S1: whose clocks were started on the write that this chunk was refused: they are decided again in the same run, knowing of the refusal, so that no clock runs on
 * a handoff which sales cannot see. Who is pending is decided again anyway.
 */
function notCarried({ parts: { terms }, now }: Pass, chunk: ChunkState): string[] {
  const refusedIts = new Set(chunk.letters.filter((letter) => keepsFromCarrying(terms.agreement, { of: letter.recordId ?? '', crm: letter.crm, field: letter.field })).map((letter) => letter.personId));
  return chunk.staged.map(({ person }) => person).filter(({ id, state }) => {
    const handoff = (state as PersonState | null)?.handoffs.at(-1);
    // A clock that ran before is none of this write's.
    return refusedIts.has(id) && !chunk.pending.has(id) && handoff?.closedAt === null && handoff.carriedAt === now;
  }).map(({ id }) => id);
}

function writtenIn(crm: CrmName, personId: string): string {
  return `${crm} ${personId}`;
}

/** How many rejections of the person were written on to the other CRM: those that moved the person in this run. */
function pushed({ person, transitions, handoffs }: StagedPerson, { written }: ChunkState): number {
  const said = handoffs.at(-1)?.crm ?? null;
  const isPushed = (['hubspot', 'salesforce'] as const).some((crm) => crm !== said && written.has(writtenIn(crm, person.id)));
  return isPushed ? transitions.filter((each) => each.rule === 'F2' && !each.skipped).length : 0;
}

const PATCHED = ['hubspotId', 'salesforceObject', 'salesforceId', 'shownHubspot', 'shownSalesforce', 'disagreement'] as const;

function patchOf({ id, hubspotId, salesforceObject, salesforceId, shownHubspot, shownSalesforce, disagreement }: PersonRow): PersonPatch {
  return { id, hubspotId, salesforceObject, salesforceId, shownHubspot, shownSalesforce, disagreement };
}

/** Of people written to on one side only, the other side's record: both say what is agreed on (M4). */
async function otherSides(pass: Pass, chunk: ChunkState): Promise<Map<string, MirrorRecord>> {
  const refs = chunk.staged.filter((staged) => staged.writes.length > 0).flatMap(({ person }): RecordRef[] => [
    ...(person.hubspotId === null ? [] : [{ crm: 'hubspot' as const, object: 'contact' as const, id: person.hubspotId }]),
    ...(person.salesforceId === null || person.salesforceObject === null ? [] : [{ crm: 'salesforce' as const, object: person.salesforceObject, id: person.salesforceId }]),
  ]);
  const missing = refs.filter((ref) => !chunk.mirror.has(refKey(ref)));
  return new Map((missing.length === 0 ? [] : await pass.parts.store.records(missing)).map((record) => [refKey(record.ref), record]));
}

/** A person who has a record by now needs none created, whoever made it. */
function createsNoLongerNeeded(rows: PersonRow[]): ChunkState['resolved'] {
  return rows.flatMap((row) => createRefs(row.id).filter((ref) => (ref.crm === 'hubspot' ? row.hubspotId : row.salesforceId) !== null)).map((ref) => ({ ref, fields: [] }));
}

/** W11: what each CRM shows after the writes, and the reason where it is not the decided stage. */
function shown(pass: Pass, row: PersonRow, contact: MirrorRecord | null, primary: MirrorRecord | null, chunk: ChunkState, writes: readonly PlannedWrite[]): void {
  const name = (crm: CrmName): string | null => pass.parts.terms.agreement.ownField('stage' satisfies OwnFieldId)[crm] ?? OWN_FIELDS.stage[crm];
  const value = (record: MirrorRecord | null, crm: CrmName): string | null => {
    const field = record?.fields[name(crm) ?? ''];
    return typeof field === 'string' ? field : null;
  };
  if (contact !== null) row.shownHubspot = value(contact, 'hubspot');
  if (primary !== null) row.shownSalesforce = value(primary, 'salesforce');
  if (!row.inScope || row.held !== null) return;
  const unmade = (crm: CrmName): boolean => writes.some((write) => write.op === 'create' && write.crm === crm);
  const agree = (row.hubspotId === null ? !unmade('hubspot') : row.shownHubspot === row.stage) && (row.salesforceId === null ? !unmade('salesforce') : row.shownSalesforce === row.stage);
  if (agree) {
    if (row.disagreement === 'pending' || row.disagreement === 'rolled_back') row.disagreement = deletedIn(row.state as PersonState | null, row) === null ? null : 'deleted';
  } else if (chunk.letters.some((letter) => letter.personId === row.id)) row.disagreement = 'dead_letter';
  else row.disagreement ??= 'pending';
}

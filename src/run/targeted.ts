import type { EpochMs, MirrorRecord, ReadObject, RecordRef } from '../domain/record';
import type { InboxEvent, RunRow } from '../store/port';
import { addCalls } from './budget';
import { afterClockBack } from './clockBack';
import { forgetContact } from './forget';
import { withLock } from './lock';
import { chunks, unlessStopped, type Parts, type Pass } from './parts';
import { OVERLAP, takePage, type ReadCounts } from './read';
import { recover } from './recover';
import { adoptionOf, callsOf, callsSince, clearOldPlan, decideAndWrite, look, recordFailure, type Connected, type RunSummary } from './run';
import { tightenFor } from './consent';

/*
 * Between two runs: what the webhooks name, and what Salesforce says has changed, decided at once and for these people alone. Everything is read by id
 * or from the watermark on, and no watermark moves: the next run reads the same again (W8). Records whose values are known, Concord's own echoes above
 * all, lead to nobody, so that a pass over them writes nothing and starts nothing.
 */

export interface TargetedRequest {
  /** Asks Salesforce, too, what has changed since the watermark: one composite call while there is nothing. */
  feedback: boolean;
}

export type TargetedResult =
  /** Nobody was to be decided. */
  | { outcome: 'quiet'; events: number }
  | { outcome: 'run'; events: number; summary: RunSummary }
  /** No run has adopted these CRMs yet (L7): nothing was read. */
  | { outcome: 'not_adopted' }
  /** More has changed than a pass reads: what it has read is in the queue, and the next run takes it with the rest. */
  | { outcome: 'too_much'; events: number };

/** Events that one pass takes: their ids fit in memory, and what comes meanwhile waits for the next. */
const EVENTS = 5_000;
const PAGE = 500;
/** Pages of 2,000 that a pass reads at most: a mass change is left to the next run. */
const PAGES = 10;
/** Records that are read by id at once. */
const READ = 100;

interface Found {
  people: Set<string>;
  counts: ReadCounts;
  /** HubSpot contacts that this pass has read. */
  contacts: Set<string>;
}

/**
 * One pass. `connected` is what the last look at both CRMs said; without one they are asked first. Throws ConcordError `locked` (exit 5) while another
 * run goes on; the events wait.
 */
export async function targetedRun(parts: Parts, request: TargetedRequest, connected: Connected | null, hear: (connected: Connected) => void = () => undefined): Promise<TargetedResult> {
  const { store } = parts;
  if ((await store.meta('adopted')) === null) return { outcome: 'not_adopted' };
  if (!request.feedback && (await store.inboxLength()) === 0) return { outcome: 'quiet', events: 0 };
  return withLock(parts, async (fence) => {
    await afterClockBack(parts, fence, parts.clock());
    const before = callsOf(parts);
    const id = parts.newId();
    const now = parts.clock();
    const row: RunRow = { id, kind: 'targeted', mode: 'apply', status: 'running', startedAt: now, finishedAt: null, agreement: parts.terms.agreement.hash, summary: null };
    try {
      const seen = connected ?? (await look(parts, fence));
      hear(seen);
      const pass: Pass = { parts, run: id, fence, now, ...seen, ...(await adoptionOf(parts)), readUpTo: { hubspot: now, salesforce: now } };
      return await goOn(pass, request, row, before);
    } catch (error) {
      // A pass that found nobody yet leaves no run behind, however often a CRM is away: whoever asked for it hears of that.
      if ((await store.run(id).catch(() => null)) !== null) await recordFailure(parts, row, fence, before, error);
      else await store.transaction(fence, (tx) => addCalls(tx, parts.clock(), callsSince(parts, before))).catch(() => undefined);
      throw error;
    }
  });
}

async function goOn(pass: Pass, request: TargetedRequest, row: RunRow, before: ReturnType<typeof callsOf>): Promise<TargetedResult> {
  const { parts } = pass;
  const { store } = parts;
  const recovered = await recover(pass);
  const found: Found = { people: new Set(), counts: { hubspot: { contacts: 0 }, salesforce: { leads: 0, contacts: 0, opportunities: 0 }, skipped: 0, changed: 0 }, contacts: new Set() };
  const events = await takeInbox(pass, found);
  unlessStopped(parts);
  // Who changed in HubSpot is decided on what Salesforce says now, not on what it said at the last run.
  const whole = request.feedback || found.people.size > 0 ? await readSalesforce(pass, found) : true;
  if (whole) await readCounterparts(pass, found);
  if (!whole || found.people.size === 0) {
    await store.transaction(pass.fence, (tx) => addCalls(tx, parts.clock(), callsSince(parts, before)));
    return whole ? { outcome: 'quiet', events } : { outcome: 'too_much', events };
  }

  await store.transaction(pass.fence, (tx) => tx.putRun(row));
  parts.log.info('run started', { run: row.id, mode: 'targeted', people: found.people.size });
  await clearOldPlan(pass);
  const people = [...found.people];
  const consent = { planned: 0, done: 0, failed: 0 };
  for (const ids of chunks(people, 200)) await tightenFor(pass, ids, true, consent);
  const summary = await decideAndWrite(pass, { mode: 'apply' }, { only: people, read: { counts: found.counts, watermarks: [] }, recovered, consent, callsBefore: before });
  await store.transaction(pass.fence, async (tx) => {
    await tx.putRun({ ...row, status: summary.status, finishedAt: parts.clock(), summary });
    await addCalls(tx, parts.clock(), callsSince(parts, before));
  });
  parts.log.info('run finished', { run: row.id, status: summary.status });
  return { outcome: 'run', events, summary };
}

/** Reads the contacts that webhooks named, forgets those that HubSpot forgot, and settles the events: whom they concern is in the queue by then (W8). */
async function takeInbox(pass: Pass, found: Found): Promise<number> {
  const { parts } = pass;
  let after: string | null = null;
  let taken = 0;
  while (taken < EVENTS) {
    const events: InboxEvent[] = await parts.store.inbox(after, PAGE);
    if (events.length === 0) break;
    after = events.at(-1)?.key ?? null;
    taken += events.length;
    const erased = new Set(events.filter((event) => event.kind === 'privacyDeletion').map((event) => event.objectId));
    for (const id of erased) await forgetContact(parts, pass.fence, id);
    const ids = new Set(events.flatMap((event) => [event.objectId, ...event.related]).filter((id) => !erased.has(id)));
    const deleted = new Set(events.filter((event) => event.kind === 'deletion').map((event) => event.objectId));
    for (const part of chunks([...ids].filter((id) => !found.contacts.has(id) || deleted.has(id)), READ)) await readContacts(pass, found, part, deleted);
    await parts.store.transaction(pass.fence, (tx) => tx.settleInbox(events.map((event) => event.key)));
    unlessStopped(parts);
  }
  return taken;
}

async function readContacts(pass: Pass, found: Found, ids: string[], deleted: ReadonlySet<string>): Promise<void> {
  const { parts } = pass;
  const page = await parts.hubspot.byIds('contact', ids, parts.fields.select.hubspot);
  const accounted = new Set([...page.records.flatMap((record) => [record.ref.id, ...record.aliases]), ...page.problems.flatMap((problem) => (problem.record === undefined ? [] : [problem.record.id]))]);
  // I5: a contact that is gone without a trace (HubSpot keeps archived ones for 90 days) is known to be deleted by the event alone.
  const traceless = ids.filter((id) => deleted.has(id) && !accounted.has(id)).map((id): RecordRef => ({ crm: 'hubspot', object: 'contact', id }));
  const mirrored = traceless.length === 0 ? [] : await parts.store.records(traceless);
  const gone = mirrored.filter((record) => record.gone === undefined).map((record): MirrorRecord => ({ ...record, gone: { how: 'deleted' } }));
  for (const id of await takePage(pass, 'hubspot', { ...page, records: [...page.records, ...gone] }, found.counts, false)) found.people.add(id);
  for (const id of [...ids, ...accounted]) found.contacts.add(id);
}

/** Salesforce's changes since the watermark: one call while they fit a page each. False: there are too many for a pass. */
async function readSalesforce(pass: Pass, found: Found): Promise<boolean> {
  const { parts } = pass;
  const since: Partial<Record<ReadObject, EpochMs>> = {};
  for (const mark of await parts.store.watermarks()) if (mark.crm === 'salesforce') since[mark.object] = mark.at - OVERLAP.salesforce;
  if (!parts.terms.agreement.settings.sla.touch.tasks) delete since.task;
  let readUpTo = pass.now;
  let pages = 0;
  for await (const page of parts.salesforce.read({ since, fields: parts.fields.select.salesforce })) {
    for (const id of await takePage(pass, 'salesforce', page, found.counts, false)) found.people.add(id);
    pages += 1;
    if (page.readUpTo === undefined && pages > PAGES) return false;
    readUpTo = Math.min(readUpTo, page.readUpTo ?? readUpTo);
  }
  pass.readUpTo = { ...pass.readUpTo, salesforce: readUpTo };
  return true;
}

/** The HubSpot contacts of everyone who is to be decided, as they are now. */
async function readCounterparts(pass: Pass, found: Found): Promise<void> {
  const records = found.people.size === 0 ? [] : await pass.parts.store.recordsOfPeople([...found.people]);
  const ids = records.filter((record) => record.ref.crm === 'hubspot' && record.gone === undefined && !found.contacts.has(record.ref.id)).map((record) => record.ref.id);
  for (const part of chunks([...new Set(ids)], READ)) await readContacts(pass, found, part, new Set());
}

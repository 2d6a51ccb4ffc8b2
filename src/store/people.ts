import { sql, type RawBuilder } from 'kysely';
import type { EpochMs } from '../domain/record';
import type { DueKey, HandoffRow, PersonPatch, PersonRow, TransitionRow } from './port';
import { addCounts, countsWith, numbersOfRuns } from './counters';
import { dropReportFacts, mergeReportFacts, noteReportChange, queueForReports } from './reports';
import { fromShortJson, toShortJson } from './shortJson';
import { inParts, insertRows, lastOfEach, rowsIn, updateRows } from './session';
import type { Session, SetColumn } from './session';
import type { HandoffTable, PersonTable } from './tables';

/* People, their transitions and their handoffs. Whoever puts a person keeps the counters right in the same transaction. */

const PERSON = ['id', 'hubspot_id', 'salesforce_object', 'salesforce_id', 'stage', 'stage_at', 'cycle', 'in_scope', 'shown_hubspot', 'shown_salesforce', 'disagreement', 'held', 'missing', 'next_at', 'state', 'notes', 'updated_at'] as const;

function personOf(row: PersonTable): PersonRow {
  return {
    id: row.id,
    hubspotId: row.hubspot_id,
    salesforceObject: row.salesforce_object,
    salesforceId: row.salesforce_id,
    stage: row.stage,
    stageAt: row.stage_at,
    cycle: row.cycle,
    inScope: row.in_scope === 1,
    shownHubspot: row.shown_hubspot,
    shownSalesforce: row.shown_salesforce,
    disagreement: row.disagreement,
    held: row.held,
    missing: row.missing,
    nextAt: row.next_at,
    state: fromShortJson(row.state),
    notes: fromShortJson(row.notes),
    updatedAt: row.updated_at,
  };
}

/** In the order of PERSON. */
function valuesOf(person: PersonRow): unknown[] {
  return [
    person.id,
    person.hubspotId,
    person.salesforceObject,
    person.salesforceId,
    person.stage,
    person.stageAt,
    person.cycle,
    person.inScope ? 1 : 0,
    person.shownHubspot,
    person.shownSalesforce,
    person.disagreement,
    person.held,
    person.missing,
    person.nextAt,
    toShortJson(person.state),
    toShortJson(person.notes),
    person.updatedAt,
  ];
}

/** W11's recount, kept as it changes: which counters one person is part of. Counted are people in scope, and whoever is named as disagreeing. */
interface Counted {
  stage: string | null;
  in_scope: number;
  shown_hubspot: string | null;
  shown_salesforce: string | null;
  disagreement: string | null;
}
const COUNTED = ['id', 'stage', 'in_scope', 'shown_hubspot', 'shown_salesforce', 'disagreement'] as const;
const NO_STAGE = 'none';

function count(totals: Map<string, number>, person: Counted, by: 1 | -1): void {
  const add = (name: string): void => void totals.set(name, (totals.get(name) ?? 0) + by);
  add('people');
  if (person.in_scope === 0 && person.disagreement === null) return;
  if (person.in_scope === 1) add(`parity people ${person.stage ?? NO_STAGE}`);
  if (person.shown_hubspot !== null) add(`parity hubspot ${person.shown_hubspot}`);
  if (person.shown_salesforce !== null) add(`parity salesforce ${person.shown_salesforce}`);
  if (person.disagreement !== null) add(`parity disagree ${person.stage ?? NO_STAGE}`);
}

async function countedRows(session: Session, ids: string[]): Promise<(Counted & { id: string })[]> {
  return rowsIn(session, { table: 'people', by: 'id', columns: COUNTED }, ids);
}

/** Puts people; of one given twice the last stands. */
export async function putPeople(session: Session, given: PersonRow[]): Promise<void> {
  const list = lastOfEach(given, (person) => person.id);
  const totals = new Map<string, number>();
  for (const old of await countedRows(session, list.map((person) => person.id))) count(totals, old, -1);
  for (const person of list) {
    count(totals, { stage: person.stage, in_scope: person.inScope ? 1 : 0, shown_hubspot: person.shownHubspot, shown_salesforce: person.shownSalesforce, disagreement: person.disagreement }, 1);
  }
  await insertRows(session, 'people', [...PERSON], list.map(valuesOf), { key: ['id'], then: 'replace' });
  await addCounts(session, totals);
  await queueForReports(session, list.map((person) => person.id));
}

const PATCHED: SetColumn[] = [
  { name: 'hubspot_id', type: 'text' },
  { name: 'salesforce_object', type: 'text' },
  { name: 'salesforce_id', type: 'text' },
  { name: 'shown_hubspot', type: 'text' },
  { name: 'shown_salesforce', type: 'text' },
  { name: 'disagreement', type: 'text' },
];

/** Sets what writing has changed; whoever is not there is left out. */
export async function patchPeople(session: Session, given: PersonPatch[]): Promise<void> {
  const list = new Map(given.map((patch) => [patch.id, patch]));
  const totals = new Map<string, number>();
  for (const old of await countedRows(session, [...list.keys()])) {
    const { shownHubspot, shownSalesforce, disagreement } = list.get(old.id) as PersonPatch;
    count(totals, old, -1);
    count(totals, { ...old, shown_hubspot: shownHubspot, shown_salesforce: shownSalesforce, disagreement }, 1);
  }
  const values = (patch: PersonPatch): unknown[] => [patch.id, patch.hubspotId, patch.salesforceObject, patch.salesforceId, patch.shownHubspot, patch.shownSalesforce, patch.disagreement];
  const all = [...list.values()];
  await updateRows(session, 'people', PATCHED, all.filter((patch) => patch.state === undefined).map(values));
  await updateRows(session, 'people', [...PATCHED, { name: 'state', type: 'text' }], all.filter((patch) => patch.state !== undefined).map((patch) => [...values(patch), toShortJson(patch.state)]));
  await noteReportChange(session);
  await addCounts(session, totals);
}

/** Deletes people with their transitions, handoffs and place in the queue. Their journal stays; records still theirs are nobody's. */
export async function deletePeople(session: Session, ids: string[]): Promise<void> {
  const totals = new Map<string, number>();
  for (const old of await countedRows(session, ids)) count(totals, old, -1);
  await inParts(ids, async (part) => {
    await session.db.updateTable('mirror').set({ person_id: null }).where('person_id', 'in', part).execute();
    for (const table of ['transitions', 'handoffs', 'queue'] as const) await session.db.deleteFrom(table).where('person_id', 'in', part).execute();
    await session.db.deleteFrom('people').where('id', 'in', part).execute();
    return [];
  });
  await dropReportFacts(session, ids, true);
  await addCounts(session, totals);
}

/**
 * I3: what is kept about `from` goes over to `into`: transitions, journal, dead letters, holds, outbox, and the handoffs of cycles that `into` does not
 * have itself. `into`'s own handoffs stand. Call it before `deletePeople(from)`.
 */
export async function mergePeople(session: Session, into: string, from: string[]): Promise<void> {
  const others = from.filter((id) => id !== into);
  const cycles = new Set((await handoffs(session, into)).map((handoff) => handoff.cycle));
  const moved: HandoffRow[] = [];
  for (const id of others) {
    for (const handoff of await handoffs(session, id)) {
      if (cycles.has(handoff.cycle)) continue;
      cycles.add(handoff.cycle);
      moved.push({ ...handoff, personId: into });
    }
  }
  await putHandoffs(session, moved);
  await mergeReportFacts(session, into, others);
  await inParts(others, async (part) => {
    await session.db.deleteFrom('handoffs').where('person_id', 'in', part).execute();
    for (const table of ['transitions', 'journal', 'dead_letters', 'holds', 'outbox'] as const) await session.db.updateTable(table).set({ person_id: into }).where('person_id', 'in', part).execute();
    return [];
  });
}

export async function people(session: Session, ids: string[]): Promise<PersonRow[]> {
  return (await rowsIn(session, { table: 'people', by: 'id' }, ids)).map(personOf);
}

/** F2, F7: of these people, whoever's history holds the route `suppress` somewhere. */
export async function suppressedPeople(session: Session, ids: string[]): Promise<string[]> {
  return (await inParts(ids, (part) => session.db.selectFrom('people').select('id').where('id', 'in', part).where('state', 'like', '%"suppress"%').execute())).map((row) => row.id);
}

export async function pagePeople(session: Session, afterId: string | null, limit: number): Promise<PersonRow[]> {
  return (await session.db.selectFrom('people').selectAll().where('id', '>', afterId ?? '').orderBy('id').limit(limit).execute()).map(personOf);
}

/** People at a stage (null: at none), by id. */
export async function peopleOfStage(session: Session, stage: string | null, afterId: string | null, limit: number): Promise<PersonRow[]> {
  const query = session.db.selectFrom('people').selectAll().where('stage', stage === null ? 'is' : '=', stage).where('id', '>', afterId ?? '');
  return (await query.orderBy('id').limit(limit).execute()).map(personOf);
}

/** People who wait for a person to act: `held` (I8), `missing` (L6), `deleted` (I5), by id. */
export async function waitingPeople(session: Session, kind: Exclude<Waiting, 'disagreement'>, afterId: string | null, limit: number): Promise<PersonRow[]> {
  return (await session.db.selectFrom('people').selectAll().where(waits(kind)).where('id', '>', afterId ?? '').orderBy('id').limit(limit).execute()).map(personOf);
}

/** How many there are, counted up to `most`. */
export async function countWaiting(session: Session, kind: Waiting, most: number): Promise<number> {
  return (await session.db.selectFrom('people').select('id').where(waits(kind)).limit(most).execute()).length;
}

type Waiting = 'held' | 'missing' | 'disagreement' | 'deleted' | 'contested';

/** A contested field is held (W12), whether it shows the stage or not. */
function waits(kind: Waiting): RawBuilder<boolean> {
  // By the index of people on whom the CRMs disagree.
  if (kind === 'deleted') return sql<boolean>`disagreement = 'deleted' and disagreement is not null`;
  return kind === 'contested' ? sql<boolean>`id in (select person_id from holds where kind = 'contested')` : sql<boolean>`${sql.ref(kind)} is not null`;
}

/** Up to this many due people are taken from the index of clocks; when more are due, everyone is walked through by id instead. */
const FEW_DUE = 5_000;

/**
 * People whose clock has come, by id. The index of clocks is ordered by time: good for the few of an ordinary run, and paging through it by id
 * would read it whole for every page once a day when scores decay and everyone is due.
 */
export async function duePeople(session: Session, now: EpochMs, afterId: string | null, limit: number): Promise<string[]> {
  const after = afterId ?? '';
  const few = await session.db.selectFrom('people').select('id').where('next_at', '<=', now).orderBy('next_at').limit(FEW_DUE + 1).execute();
  if (few.length <= FEW_DUE) {
    return few
      .map((row) => row.id)
      .filter((id) => id > after)
      .sort((a, b) => (a < b ? -1 : 1))
      .slice(0, limit);
  }
  const due: string[] = [];
  for (let from = after; ; ) {
    const page = await session.db.selectFrom('people').select(['id', 'next_at']).where('id', '>', from).orderBy('id').limit(2_000).execute();
    for (const row of page) if (row.next_at !== null && row.next_at <= now && due.length < limit) due.push(row.id);
    const last = page[page.length - 1];
    if (last === undefined || due.length >= limit) return due;
    from = last.id;
  }
}

export async function countPeople(session: Session): Promise<number> {
  return (await countsWith(session, 'people')).get('people') ?? 0;
}

/**
 * W11: by stage, people in scope, what each CRM shows, and how many disagree (by the decided stage; `none`: without one). Counted are people in
 * scope and whoever `disagreements` lists, so that every difference has its list.
 */
export async function parity(session: Session): Promise<{ stage: string; people: number; hubspot: number; salesforce: number; disagree: number }[]> {
  const rows = new Map<string, { stage: string; people: number; hubspot: number; salesforce: number; disagree: number }>();
  for (const [name, n] of await countsWith(session, 'parity ')) {
    if (n === 0) continue;
    const [, figure, ...rest] = name.split(' ') as ['parity', 'people' | 'hubspot' | 'salesforce' | 'disagree', ...string[]];
    const stage = rest.join(' ');
    let row = rows.get(stage);
    if (row === undefined) rows.set(stage, (row = { stage, people: 0, hubspot: 0, salesforce: 0, disagree: 0 }));
    row[figure] = n;
  }
  return [...rows.values()].sort((a, b) => (a.stage < b.stage ? -1 : 1));
}

export async function disagreements(session: Session, afterId: string | null, limit: number): Promise<PersonRow[]> {
  const query = session.db.selectFrom('people').selectAll().where('disagreement', 'is not', null).where('id', '>', afterId ?? '').orderBy('id').limit(limit);
  return (await query.execute()).map(personOf);
}

export async function addTransitions(session: Session, rows: TransitionRow[]): Promise<void> {
  const numbers = await numbersOfRuns(session, rows.map((row) => row.run));
  await insertRows(
    session,
    'transitions',
    ['person_id', 'from_stage', 'to_stage', 'at', 'seen_at', 'cycle', 'run_no', 'rule', 'because', 'skipped'],
    rows.map((row) => [row.personId, row.from, row.to, row.at, row.seenAt, row.cycle, numbers.get(row.run), row.rule, row.because, row.skipped ? 1 : 0]),
  );
}

/** A person's transitions in the order in which they were seen. */
export async function transitions(session: Session, personIds: string[]): Promise<TransitionRow[]> {
  const rows = await inParts(personIds, (part) =>
    session.db.selectFrom('transitions').innerJoin('run_numbers', 'run_numbers.no', 'transitions.run_no').selectAll('transitions').select('run_numbers.id as run').where('transitions.person_id', 'in', part).execute(),
  );
  rows.sort((a, b) => (a.person_id === b.person_id ? a.seq - b.seq : a.person_id < b.person_id ? -1 : 1));
  return rows.map((row) => ({ personId: row.person_id, from: row.from_stage, to: row.to_stage, at: row.at, seenAt: row.seen_at, cycle: row.cycle, run: row.run, rule: row.rule, because: row.because, skipped: row.skipped === 1 }));
}

const HANDOFF = ['person_id', 'cycle', 'opened_at', 'adopted', 'carried_at', 'first_touch_at', 'accepted_at', 'rejected_at', 'reason', 'reason_text', 'note', 'rejected_by', 'crm', 'route', 'recycle_on', 'closed_at', 'closed_as', 'owner_id', 'clock', 'sla', 'due_at'] as const;

export async function putHandoffs(session: Session, given: HandoffRow[]): Promise<void> {
  const rows = lastOfEach(given, (row) => `${row.cycle} ${row.personId}`).map((row) => [
    row.personId,
    row.cycle,
    row.openedAt,
    row.adopted ? 1 : 0,
    row.carriedAt,
    row.firstTouchAt,
    row.acceptedAt,
    row.rejectedAt,
    row.reason,
    row.reasonText,
    row.note,
    row.rejectedBy,
    row.crm,
    row.route,
    row.recycleOn,
    row.closedAt,
    row.closedAs,
    row.ownerId,
    row.clock,
    row.sla,
    row.dueAt,
  ]);
  await insertRows(session, 'handoffs', [...HANDOFF], rows, { key: ['person_id', 'cycle'], then: 'replace' });
}

function handoffOf(row: HandoffTable): HandoffRow {
  return {
    personId: row.person_id,
    cycle: row.cycle,
    openedAt: row.opened_at,
    adopted: row.adopted === 1,
    carriedAt: row.carried_at,
    firstTouchAt: row.first_touch_at,
    acceptedAt: row.accepted_at,
    rejectedAt: row.rejected_at,
    reason: row.reason,
    reasonText: row.reason_text,
    note: row.note,
    rejectedBy: row.rejected_by,
    crm: row.crm,
    route: row.route,
    recycleOn: row.recycle_on,
    closedAt: row.closed_at,
    closedAs: row.closed_as,
    ownerId: row.owner_id,
    clock: row.clock,
    sla: row.sla,
    dueAt: row.due_at,
  };
}

/** Handoffs on which a clock runs, the one due first first; due after `from`, due at `before` or earlier. */
export async function handoffsDue(session: Session, filter: { from?: EpochMs; before?: EpochMs; clock?: string; after?: DueKey | null; limit: number }): Promise<HandoffRow[]> {
  let query = session.db.selectFrom('handoffs').selectAll().where('due_at', 'is not', null);
  const { from, before, clock, after } = filter;
  if (from !== undefined) query = query.where('due_at', '>', from);
  if (before !== undefined) query = query.where('due_at', '<=', before);
  if (clock !== undefined) query = query.where('clock', '=', clock);
  if (after != null) query = query.where((eb) => eb(eb.refTuple('due_at', 'person_id', 'cycle'), '>', eb.tuple(after.at, after.personId, after.cycle)));
  return (await query.orderBy('due_at').orderBy('person_id').orderBy('cycle').limit(filter.limit).execute()).map(handoffOf);
}

/** Handoffs that sales has neither accepted nor rejected, the oldest first; those found at adoption, which have no clock (L7), among them. */
export async function unansweredHandoffs(session: Session, after: DueKey | null, limit: number): Promise<HandoffRow[]> {
  let query = session.db.selectFrom('handoffs').selectAll().where('accepted_at', 'is', null).where('closed_at', 'is', null);
  if (after !== null) query = query.where((eb) => eb(eb.refTuple('opened_at', 'person_id', 'cycle'), '>', eb.tuple(after.at, after.personId, after.cycle)));
  return (await query.orderBy('opened_at').orderBy('person_id').orderBy('cycle').limit(limit).execute()).map(handoffOf);
}

/** Handoffs that sales rejected, the latest first; `reason`: with this one, null: without one (F4). */
export async function rejections(session: Session, filter: { reason?: string | null; before?: DueKey | null; limit: number }): Promise<HandoffRow[]> {
  let query = session.db.selectFrom('handoffs').selectAll().where('rejected_at', 'is not', null);
  const { reason, before } = filter;
  if (reason !== undefined) query = query.where('reason', reason === null ? 'is' : '=', reason);
  if (before != null) query = query.where((eb) => eb(eb.refTuple('rejected_at', 'person_id', 'cycle'), '<', eb.tuple(before.at, before.personId, before.cycle)));
  return (await query.orderBy('rejected_at', 'desc').orderBy('person_id', 'desc').orderBy('cycle', 'desc').limit(filter.limit).execute()).map(handoffOf);
}

/** How many running clocks have passed, how many are still to come, and how many handoffs have no answer, each counted up to `most`. */
export async function countDue(session: Session, now: EpochMs, most: number): Promise<{ breached: number; running: number; unanswered: number }> {
  const upTo = async (sign: '<=' | '>'): Promise<number> => (await session.db.selectFrom('handoffs').select('person_id').where('due_at', sign, now).limit(most).execute()).length;
  const unanswered = await session.db.selectFrom('handoffs').select('person_id').where('accepted_at', 'is', null).where('closed_at', 'is', null).limit(most).execute();
  return { breached: await upTo('<='), running: await upTo('>'), unanswered: unanswered.length };
}

export async function handoffs(session: Session, personId: string): Promise<HandoffRow[]> {
  return (await session.db.selectFrom('handoffs').selectAll().where('person_id', '=', personId).orderBy('cycle').execute()).map(handoffOf);
}

export async function handoffsOfPeople(session: Session, personIds: string[]): Promise<HandoffRow[]> {
  const rows = await inParts(personIds, (part) => session.db.selectFrom('handoffs').selectAll().where('person_id', 'in', part).execute());
  rows.sort((a, b) => (a.person_id === b.person_id ? a.cycle - b.cycle : a.person_id < b.person_id ? -1 : 1));
  return rows.map(handoffOf);
}

import { createHash } from 'node:crypto';
import { refKey } from '../domain/record';
import type { CrmName, ObjectName, RecordRef, Value } from '../domain/record';
import type { Problem } from '../domain/problem';
import type { DeadLetter, DeadLetterCause } from './port';
import { addCounts, countsWith } from './counters';
import { inParts, insertRows, lastOfEach } from './session';
import type { Session } from './session';
import { fromShortJson, toShortJson } from './shortJson';
import type { DeadLetterTable } from './tables';

/*
 * W5: writes given up on. One letter per (record, person, field): refused again it counts another try, refused anew after it was resolved or
 * dropped it opens again. Its id follows from what it is about, so it is the same on every machine.
 */

type Given = Omit<DeadLetter, 'id' | 'tries' | 'state' | 'firstRun' | 'createdAt'>;

const COLUMNS = ['id', 'ref', 'crm', 'object', 'record_id', 'person_id', 'field', 'value', 'problem', 'first_run', 'last_run', 'created_at', 'last_tried_at', 'tries', 'state', 'cause'] as const;

/** Sixteen characters: short enough to type, long enough that a million letters do not meet. */
export function shortHash(parts: (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** What letters of one root cause share: where it was refused, and the code it was refused with. */
export function causeOf({ crm, object, field, problem }: Pick<DeadLetter, 'object' | 'field' | 'problem'> & { crm: string }): string {
  return [crm, object, field ?? '*', problem.code, problem.vendorCode ?? ''].join(' ').trim();
}

function idOf(letter: Given): string {
  return shortHash([letter.crm, letter.object, letter.recordId, letter.personId, letter.field]);
}

function letterOf(row: DeadLetterTable): DeadLetter {
  return {
    id: row.id,
    crm: row.crm,
    object: row.object,
    recordId: row.record_id,
    personId: row.person_id,
    field: row.field,
    value: JSON.parse(row.value) as Value,
    problem: fromShortJson(row.problem) as Problem,
    firstRun: row.first_run,
    lastRun: row.last_run,
    createdAt: row.created_at,
    lastTriedAt: row.last_tried_at,
    tries: row.tries,
    state: row.state,
  };
}

function textOfRef(crm: CrmName, object: string, id: string | null): string | null {
  return id === null ? null : refKey({ crm, object: object as ObjectName, id });
}

async function rowsById(session: Session, ids: string[]): Promise<DeadLetterTable[]> {
  return inParts(ids, (part) => session.db.selectFrom('dead_letters').selectAll().where('id', 'in', part).execute());
}

/** Counters of letters by state, as they change. */
function moved(totals: Map<string, number>, from: DeadLetter['state'] | undefined, to: DeadLetter['state']): void {
  if (from !== undefined) totals.set(`dead letters ${from}`, (totals.get(`dead letters ${from}`) ?? 0) - 1);
  totals.set(`dead letters ${to}`, (totals.get(`dead letters ${to}`) ?? 0) + 1);
}

export async function putDeadLetters(session: Session, given: Given[]): Promise<{ opened: number }> {
  const letters = lastOfEach(given, idOf);
  const known = new Map((await rowsById(session, letters.map(idOf))).map((row) => [row.id, row]));
  const totals = new Map<string, number>();
  let opened = 0;
  const rows = letters.map((letter) => {
    const id = idOf(letter);
    const old = known.get(id);
    const goesOn = old !== undefined && (old.state === 'open' || old.state === 'retry');
    if (!goesOn) opened += 1;
    moved(totals, old?.state, 'open');
    const row: DeadLetterTable = {
      id,
      ref: textOfRef(letter.crm, letter.object, letter.recordId),
      crm: letter.crm,
      object: letter.object,
      record_id: letter.recordId,
      person_id: letter.personId,
      field: letter.field,
      value: JSON.stringify(letter.value),
      problem: toShortJson(letter.problem) ?? '{}',
      first_run: goesOn ? old.first_run : letter.lastRun,
      last_run: letter.lastRun,
      created_at: goesOn ? old.created_at : letter.lastTriedAt,
      last_tried_at: letter.lastTriedAt,
      tries: goesOn ? old.tries + 1 : 1,
      state: 'open',
      cause: causeOf(letter),
    };
    return COLUMNS.map((column) => row[column]);
  });
  await insertRows(session, 'dead_letters', [...COLUMNS], rows, { key: ['id'], then: 'replace' });
  await addCounts(session, totals);
  return { opened };
}

async function setStates(session: Session, rows: DeadLetterTable[], state: DeadLetter['state']): Promise<void> {
  const changing = rows.filter((row) => row.state !== state);
  const totals = new Map<string, number>();
  for (const row of changing) moved(totals, row.state, state);
  await inParts(changing.map((row) => row.id), async (part) => {
    await session.db.updateTable('dead_letters').set({ state }).where('id', 'in', part).execute();
    return [];
  });
  await addCounts(session, totals);
}

export async function setDeadLetterState(session: Session, ids: string[], state: DeadLetter['state']): Promise<void> {
  await setStates(session, await rowsById(session, ids), state);
}

async function lettersOf(session: Session, refs: RecordRef[], states: DeadLetter['state'][]): Promise<DeadLetterTable[]> {
  return inParts(refs.map(refKey), (part) => session.db.selectFrom('dead_letters').selectAll().where('ref', 'in', part).where('state', 'in', states).execute());
}

/** Resolves letters, open ones and those being tried again, of the fields that went through; a letter about the whole record goes with any of them. */
export async function resolveDeadLetters(session: Session, done: { ref: RecordRef; fields: string[] }[]): Promise<void> {
  // Nearly every run has none that waits: nothing to look for.
  if ((await countDeadLetters(session, 'open')) + (await countDeadLetters(session, 'retry')) === 0) return;
  const fields = new Map<string, Set<string>>();
  for (const each of done) {
    const known = fields.get(refKey(each.ref)) ?? new Set();
    for (const field of each.fields) known.add(field);
    fields.set(refKey(each.ref), known);
  }
  const waiting = await lettersOf(session, done.map((each) => each.ref), ['open', 'retry']);
  await setStates(session, waiting.filter((row) => row.field === null || fields.get(row.ref ?? '')?.has(row.field) === true), 'resolved');
}

/** Letters by id, the `afterId` one not included. */
export async function deadLetters(session: Session, filter: { state?: DeadLetter['state']; cause?: string; ids?: string[]; afterId?: string | null; limit: number }): Promise<DeadLetter[]> {
  let query = session.db.selectFrom('dead_letters').selectAll().where('id', '>', filter.afterId ?? '');
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.cause !== undefined) query = query.where('cause', '=', filter.cause);
  if (filter.ids !== undefined) {
    if (filter.ids.length === 0) return [];
    query = query.where('id', 'in', filter.ids);
  }
  return (await query.orderBy('id').limit(filter.limit).execute()).map(letterOf);
}

/** Open letters by root cause, those with the most letters first. */
export async function deadLetterCauses(session: Session, limit: number): Promise<DeadLetterCause[]> {
  const groups = await session.db
    .selectFrom('dead_letters')
    .select((eb) => ['cause', eb.fn.countAll<number | string>().as('letters'), eb.fn.min('created_at').as('oldest'), eb.fn.max('last_tried_at').as('latest'), eb.fn.min('id').as('id')])
    .where('state', '=', 'open')
    .groupBy('cause')
    .orderBy('letters', 'desc')
    .orderBy('cause')
    .limit(limit)
    .execute();
  const samples = new Map((await rowsById(session, groups.map((group) => group.id))).map((row) => [row.id, letterOf(row)]));
  return groups.map((group) => ({ cause: group.cause ?? '', letters: Number(group.letters), oldestAt: Number(group.oldest), latestAt: Number(group.latest), sample: samples.get(group.id) as DeadLetter }));
}

/** Open letters of these records; not those that are to be tried again, which hold nothing back. */
export async function openDeadLettersOf(session: Session, refs: RecordRef[]): Promise<DeadLetter[]> {
  return (await lettersOf(session, refs, ['open'])).map(letterOf);
}

/** Letters that hold a write of these records back: open ones, and dropped ones, which nobody wants to be tried again. */
export async function stoppingDeadLettersOf(session: Session, refs: RecordRef[]): Promise<DeadLetter[]> {
  return (await lettersOf(session, refs, ['open', 'dropped'])).map(letterOf);
}

export async function countDeadLetters(session: Session, state: DeadLetter['state']): Promise<number> {
  return (await countsWith(session, `dead letters ${state}`)).get(`dead letters ${state}`) ?? 0;
}

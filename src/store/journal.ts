import type { JournalEntry } from '../domain/write';
import { numbersOfRuns } from './counters';
import { decodeEntry, encodeChanges, encodeEntry, encodeRef, isOpen, packBody, stateLetter, unpackBody } from './journalCodec';
import type { Element } from './journalCodec';
import { ensureNames, withNames } from './names';
import { chunks, insertRows, lastOfEach, updateRows } from './session';
import type { Session, SetColumn } from './session';
import { toShortJson } from './shortJson';
import type { JournalTable } from './tables';

/*
 * W3: every call that writes stands here before it is sent, its outcome after. Invariant: an entry is `open` until its outcome is known, and the
 * open ones are found without reading the others (W7). Entries follow each other in the order of their intents.
 */

const COLUMNS = ['id', 'run_no', 'person_id', 'kind', 'op', 'ref', 'key', 'state', 'open', 'intended_at', 'settled_at', 'problem', 'body_no', 'place'] as const;
/** Entries whose changes share a row: enough to repeat each other, few enough that reading one entry stays cheap. */
const ENTRIES_PER_BODY = 200;

export async function intend(session: Session, entries: JournalEntry[]): Promise<void> {
  const runs = await numbersOfRuns(session, entries.map((entry) => entry.run));
  await ensureNames(session.db, session.names, new Set(entries.flatMap((entry) => entry.changes.map((change) => change.field))));
  const last = await session.db.selectFrom('journal_bodies').select('no').orderBy('no', 'desc').limit(1).executeTakeFirst();
  let no = last?.no ?? 0;
  for (const part of chunks(entries, ENTRIES_PER_BODY)) {
    no += 1;
    const body = packBody(part.map((entry) => encodeChanges(entry.fence, entry.changes, session.names)));
    await insertRows(session, 'journal_bodies', ['no', 'body'], [[no, body]]);
    const rows = part.map((entry, place) => {
      const row = encodeEntry(entry, runs.get(entry.run) as number, { no, place });
      return COLUMNS.map((column) => row[column]);
    });
    await insertRows(session, 'journal', [...COLUMNS], rows);
  }
}

/** The bodies of these numbers, unpacked. */
export async function bodiesOf(session: Session, numbers: Iterable<number>): Promise<Map<number, Element[]>> {
  const bodies = new Map<number, Element[]>();
  for (const no of new Set(numbers)) {
    const { body } = await session.db.selectFrom('journal_bodies').select('body').where('no', '=', no).executeTakeFirstOrThrow();
    bodies.set(no, unpackBody(body));
  }
  return bodies;
}

const OUTCOME: SetColumn[] = [
  { name: 'state', type: 'text' },
  { name: 'open', type: 'integer' },
  { name: 'settled_at', type: 'bigint' },
  { name: 'problem', type: 'text' },
  { name: 'ref', type: 'text' },
];

/** Writes outcomes; of an entry given twice the last stands. Throws when one is not there: an outcome without an intent means that W3 was broken. */
export async function settle(session: Session, given: Pick<JournalEntry, 'id' | 'state' | 'settledAt' | 'problem' | 'ref'>[]): Promise<void> {
  const outcomes = lastOfEach(given, (each) => each.id);
  const rows = outcomes.map((each) => [each.id, stateLetter(each.state), isOpen(each.state) ? 1 : null, each.settledAt, toShortJson(each.problem), encodeRef(each.ref)]);
  const found = await updateRows(session, 'journal', OUTCOME, rows);
  if (found !== outcomes.length) throw new TypeError('an outcome was given for a write that was never intended');
}

function select(session: Session) {
  return session.db.selectFrom('journal').innerJoin('run_numbers', 'run_numbers.no', 'journal.run_no').selectAll('journal').select('run_numbers.id as run');
}

async function decodeAll(session: Session, rows: (Omit<JournalTable, 'seq'> & { run: string })[]): Promise<JournalEntry[]> {
  const bodies = await bodiesOf(session, rows.map((row) => row.body_no));
  return withNames(session.db, session.names, () => rows.map((row) => decodeEntry(row, bodies.get(row.body_no)?.[row.place] as Element, session.names)));
}

/** The place of an entry in the journal; 0 for none, so that a page begins at the beginning. */
async function placeOf(session: Session, id: string | null): Promise<number> {
  if (id === null) return 0;
  return (await session.db.selectFrom('journal').select('seq').where('id', '=', id).executeTakeFirst())?.seq ?? 0;
}

/** Intents without an outcome, and those whose answer was lost, in their order. */
export async function openIntents(session: Session, afterId: string | null, limit: number): Promise<JournalEntry[]> {
  const rows = await select(session).where('journal.open', 'is not', null).where('journal.seq', '>', await placeOf(session, afterId)).orderBy('journal.seq').limit(limit).execute();
  return decodeAll(session, rows);
}

export async function pageJournal(session: Session, afterId: string | null, limit: number): Promise<JournalEntry[]> {
  return decodeAll(session, await select(session).where('journal.seq', '>', await placeOf(session, afterId)).orderBy('journal.seq').limit(limit).execute());
}

export async function journalOfRun(session: Session, run: string, afterId: string | null, limit: number): Promise<JournalEntry[]> {
  const number = await session.db.selectFrom('run_numbers').select('no').where('id', '=', run).executeTakeFirst();
  if (number === undefined) return [];
  const rows = await select(session).where('journal.run_no', '=', number.no).where('journal.seq', '>', await placeOf(session, afterId)).orderBy('journal.seq').limit(limit).execute();
  return decodeAll(session, rows);
}

/** A person's writes, the latest first. */
export async function journalOfPerson(session: Session, personId: string, limit: number): Promise<JournalEntry[]> {
  return decodeAll(session, await select(session).where('journal.person_id', '=', personId).orderBy('journal.seq', 'desc').limit(limit).execute());
}

/**
 * Deletes settled entries from before `before`, looking at no more than the oldest `limit`; with them the plans of runs that began before it.
 * Entries stand in the order of time, so a journal with nothing old is left after one look.
 */
export async function prune(session: Session, before: number, limit: number): Promise<number> {
  const oldest = await session.db.selectFrom('journal').select('intended_at').orderBy('seq').limit(1).executeTakeFirst();
  if (oldest === undefined || oldest.intended_at >= before || limit < 1) return 0;
  const rows = await session.db.selectFrom('journal').select(['seq', 'intended_at', 'open']).orderBy('seq').limit(limit).execute();
  const old = rows.filter((row) => row.open === null && row.intended_at < before).map((row) => row.seq);
  for (const part of chunks(old)) await session.db.deleteFrom('journal').where('seq', 'in', part).execute();
  const first = await session.db.selectFrom('journal').select('body_no').orderBy('seq').limit(1).executeTakeFirst();
  // Bodies stand in the order of their entries: those before the oldest entry left are nobody's.
  const bodies = session.db.deleteFrom('journal_bodies');
  await (first === undefined ? bodies : bodies.where('no', '<', first.body_no)).execute();
  const runs = await session.db.selectFrom('runs').innerJoin('plan_totals', 'plan_totals.run', 'runs.id').select('runs.id').where('runs.started_at', '<', before).execute();
  for (const { id } of runs) {
    await session.db.deleteFrom('plans').where('run', '=', id).execute();
    await session.db.deleteFrom('plan_totals').where('run', '=', id).execute();
  }
  return old.length;
}

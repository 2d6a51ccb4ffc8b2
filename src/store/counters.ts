import { CompiledQuery } from 'kysely';
import type { Session } from './session';

/* Figures that would otherwise be counted by reading every row, and numbers that stand for run ids. */

/** Adds to counters, in the transaction that changes what they count. */
export async function addCounts(session: Session, totals: Map<string, number>): Promise<void> {
  const changed = [...totals].filter(([, n]) => n !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const place = session.kind === 'sqlite' ? ['?', '?'] : ['$1', '$2'];
  const sql = `insert into "counters" ("name", "n") values (${place.join(', ')}) on conflict ("name") do update set "n" = "counters"."n" + excluded."n"`;
  for (const [name, n] of changed) await session.db.executeQuery(CompiledQuery.raw(sql, [name, n]));
}

/** Counters whose names begin with `start`. */
export async function countsWith(session: Session, start: string): Promise<Map<string, number>> {
  const rows = await session.db.selectFrom('counters').selectAll().where('name', '>=', start).where('name', '<', `${start}\uffff`).execute();
  return new Map(rows.map((row) => [row.name, row.n]));
}

/** The numbers of these runs, given to them on first use. Inside a transaction only. */
export async function numbersOfRuns(session: Session, runs: string[]): Promise<Map<string, number>> {
  for (const run of new Set(runs)) {
    if (session.runNumbers.has(run)) continue;
    let row = await session.db.selectFrom('run_numbers').select('no').where('id', '=', run).executeTakeFirst();
    if (row === undefined) {
      const last = await session.db.selectFrom('run_numbers').select('no').orderBy('no', 'desc').limit(1).executeTakeFirst();
      row = { no: (last?.no ?? 0) + 1 };
      await session.db.insertInto('run_numbers').values({ no: row.no, id: run }).execute();
    }
    session.runNumbers.set(run, row.no);
  }
  return session.runNumbers;
}

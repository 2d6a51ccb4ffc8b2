import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { PlannedWrite } from '../domain/write';
import { decodeChanges, encodeChanges } from './journalCodec';
import type { Element } from './journalCodec';
import { naming, withNames } from './names';
import type { Names } from './names';
import type { PlanTotals, StagedPerson } from './port';
import { chunks, insertRows } from './session';
import type { Session } from './session';

/*
 * The staged plan: people in the order of their sequence numbers, some hundreds to a row, deflated together. Their writes repeat each other, so
 * a plan of a first run costs a few hundred bytes a person while it exists, and its totals are added up as it grows (W6 reads no plan).
 */

const PEOPLE_PER_ROW = 200;

type TotalsRow = { run: string; people: number; changed: number; creates: number; regressions: number; links_ended: number; overwrites: number; writes_hubspot: number; writes_salesforce: number };

function noTotals(run: string): TotalsRow {
  return { run, people: 0, changed: 0, creates: 0, regressions: 0, links_ended: 0, overwrites: 0, writes_hubspot: 0, writes_salesforce: 0 };
}

/** A person as they stand in a row: their writes' changes as the journal packs them, which are most of it. */
type Packed = Omit<StagedPerson, 'writes'> & { writes: (Omit<PlannedWrite, 'changes'> & { changes: Element })[] };

function pack(people: StagedPerson[], names: Names): Buffer {
  const packed = people.map((person): Packed => ({ ...person, writes: person.writes.map((write) => ({ ...write, changes: encodeChanges(0, write.changes, names) })) }));
  return deflateRawSync(JSON.stringify(packed), { level: 1 });
}

function unpack(body: Buffer, names: Names): StagedPerson[] {
  const packed = JSON.parse(inflateRawSync(body).toString('utf8')) as Packed[];
  return packed.map((person) => ({ ...person, writes: person.writes.map((write) => ({ ...write, changes: decodeChanges(write.changes, names).changes })) }));
}

async function totalsRow(session: Session, run: string): Promise<TotalsRow> {
  return (await session.db.selectFrom('plan_totals').selectAll().where('run', '=', run).executeTakeFirst()) ?? noTotals(run);
}

/** Adds people to a run's plan. Their numbers are all above those staged before. */
export async function stage(session: Session, run: string, people: StagedPerson[]): Promise<void> {
  if (people.length === 0) return;
  const sorted = [...people].sort((a, b) => a.seq - b.seq);
  const last = await session.db.selectFrom('plans').select('last_seq').where('run', '=', run).orderBy('first_seq', 'desc').limit(1).executeTakeFirst();
  for (const [index, person] of sorted.entries()) {
    if (person.seq <= (sorted[index - 1]?.seq ?? last?.last_seq ?? Number.NEGATIVE_INFINITY)) throw new TypeError('a plan is staged in the order of its sequence numbers, each once');
  }
  const totals = await totalsRow(session, run);
  for (const { counts, writes } of sorted) {
    totals.people += 1;
    if (counts.changed) totals.changed += 1;
    totals.creates += counts.creates;
    totals.regressions += counts.regressions;
    totals.links_ended += counts.linksEnded;
    totals.overwrites += counts.overwrites;
    for (const write of writes) totals[write.crm === 'hubspot' ? 'writes_hubspot' : 'writes_salesforce'] += 1;
  }
  const columns = Object.keys(totals) as (keyof TotalsRow)[];
  await insertRows(session, 'plan_totals', columns, [columns.map((column) => totals[column])], { key: ['run'], then: 'replace' });
  const fields = (): string[] => sorted.flatMap(({ writes }) => writes.flatMap(({ changes }) => changes.map(({ field }) => field)));
  const rows = await naming(session.db, session.names, fields, () => chunks(sorted, PEOPLE_PER_ROW).map((part) => [run, part[0]?.seq, part[part.length - 1]?.seq, pack(part, session.names)]));
  await insertRows(session, 'plans', ['run', 'first_seq', 'last_seq', 'body'], rows);
}

export async function clearPlan(session: Session, run: string): Promise<void> {
  await session.db.deleteFrom('plans').where('run', '=', run).execute();
  await session.db.deleteFrom('plan_totals').where('run', '=', run).execute();
}

/** The run's totals; zeros when nothing is staged. `writes` counts records, not fields. */
export async function planTotals(session: Session, run: string): Promise<PlanTotals> {
  const row = await totalsRow(session, run);
  return {
    people: row.people,
    changed: row.changed,
    creates: row.creates,
    regressions: row.regressions,
    linksEnded: row.links_ended,
    overwrites: row.overwrites,
    writes: { hubspot: row.writes_hubspot, salesforce: row.writes_salesforce },
  };
}

export async function pagePlan(session: Session, run: string, afterSeq: number, limit: number): Promise<StagedPerson[]> {
  const found: StagedPerson[] = [];
  // The row that holds `afterSeq` begins at or before it: rows do not overlap, so one step back is enough.
  const before = await session.db.selectFrom('plans').select('first_seq').where('run', '=', run).where('first_seq', '<=', afterSeq).orderBy('first_seq', 'desc').limit(1).executeTakeFirst();
  let from = before?.first_seq ?? afterSeq;
  for (;;) {
    const row = await session.db.selectFrom('plans').selectAll().where('run', '=', run).where('first_seq', '>=', from).orderBy('first_seq').limit(1).executeTakeFirst();
    if (row === undefined) return found;
    if (row.last_seq > afterSeq) {
      for (const person of await withNames(session.db, session.names, () => unpack(row.body, session.names))) {
        if (person.seq <= afterSeq) continue;
        if (found.length === limit) return found;
        found.push(person);
      }
    }
    if (found.length === limit) return found;
    from = row.last_seq + 1;
  }
}

/** Takes people out of every plan that holds them; the totals stay as they were counted. For forget only: it reads whole plans. */
export async function forgetInPlans(session: Session, personIds: ReadonlySet<string>, recordIds: ReadonlySet<string>): Promise<void> {
  const concerns = (staged: StagedPerson): boolean => personIds.has(staged.person.id) || staged.writes.some((write) => write.id !== undefined && recordIds.has(`${write.crm}:${write.object}:${write.id}`));
  const keys = await session.db.selectFrom('plans').select(['run', 'first_seq']).orderBy('run').orderBy('first_seq').execute();
  for (const key of keys) {
    const row = await session.db.selectFrom('plans').selectAll().where('run', '=', key.run).where('first_seq', '=', key.first_seq).executeTakeFirstOrThrow();
    const people = await withNames(session.db, session.names, () => unpack(row.body, session.names));
    const rest = people.filter((staged) => !concerns(staged));
    if (rest.length === people.length) continue;
    await session.db.updateTable('plans').set({ body: pack(rest, session.names) }).where('run', '=', key.run).where('first_seq', '=', key.first_seq).execute();
  }
}

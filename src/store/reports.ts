import { CompiledQuery, sql } from 'kysely';
import type { RawBuilder, SqlBool } from 'kysely';
import type { MirrorRecord } from '../domain/record';
import { DEAL_COLUMNS, EPISODE_COLUMNS, FACT_COLUMNS, HALF_DAY_MS, TOUCH_COLUMNS, UNKNOWN } from '../domain/report';
import type { ActsTest, BehindRow, DealFact, EpisodeFact, FactKey, Facts, GroupQuery, GroupRow, ListQuery, Test, TouchFact } from '../domain/report';
import { addCounts, countsWith } from './counters';
import { records } from './mirror';
import type { PersonFacts, ReportState } from './reportPort';
import { meta } from './runs';
import { inParts, insertRows, lastOfEach } from './session';
import type { Session } from './session';

/*
 * The facts of reports: written by refreshes, counted by groups. A change of a person puts them on the queue in its own transaction, so that facts are
 * never silently behind: whoever reports refreshes what is queued first.
 */

const DAY_MS = 86_400_000;

const TABLES: Record<Facts, string> = { episodes: 'report_episodes', deals: 'report_deals', touches: 'report_touches', people: 'people' };

function column(of: Facts, name: string): RawBuilder<number> {
  if (!FACT_COLUMNS[of].includes(name)) throw new TypeError(`${of} have no column ${name}`);
  return sql<number>`${sql.ref(`f.${name}`)}`;
}

/** A condition as SQL over the table called `f`. */
function condition(of: Facts, test: Test): RawBuilder<SqlBool> {
  if ('all' in test) return test.all.length === 0 ? sql`1 = 1` : sql`(${sql.join(test.all.map((each) => condition(of, each)), sql` and `)})`;
  if ('any' in test) return test.any.length === 0 ? sql`1 = 0` : sql`(${sql.join(test.any.map((each) => condition(of, each)), sql` or `)})`;
  // A comparison with what is not there is neither true nor false: not that is true here.
  if ('not' in test) return sql`not coalesce(${condition(of, test.not)}, ${sql.lit(false)})`;
  if ('acts' in test) return actsOf(of, test.acts);
  const name = column(of, test.column);
  if ('known' in test) return test.known ? sql`${name} is not null` : sql`${name} is null`;
  if ('in' in test) return test.in.length === 0 ? sql`1 = 0` : sql`${name} in (${sql.join(test.in.map((value) => sql.val(value)))})`;
  if ('within' in test) return sql`${name} <= ${column(of, test.within)} + ${test.plus}`;
  if ('bit' in test) return sql`(${name} & ${test.bit}) <> 0`;
  const parts = [...(test.from === undefined ? [] : [sql<SqlBool>`${name} >= ${test.from}`]), ...(test.before === undefined ? [] : [sql<SqlBool>`${name} < ${test.before}`])];
  return parts.length === 0 ? sql`${name} is not null` : sql`(${sql.join(parts, sql` and `)})`;
}

/** Whether a deal has such acts: by everybody whom it concerns, in the order in which attribution walks them. */
function actsOf(of: Facts, { within, middle = false, of: kind }: ActsTest): RawBuilder<SqlBool> {
  if (of !== 'deals') throw new TypeError(`${of} have no acts that led to them`);
  const called = { source: sql`t.source`, name: sql`t.name`, what: sql`coalesce(t.name, t.source)` };
  /** Acts of the deal, as `act` of `concerned`, of which more holds. */
  const exists = (concerned: string, act: string, more: RawBuilder<unknown>): RawBuilder<SqlBool> => {
    const [at, until] = [sql.ref(`${act}.at`), sql`f.closed_at + ${sql.lit(HALF_DAY_MS)}`];
    const reach = within === undefined ? sql`` : sql`and ${at} >= ${until} - ${sql.lit(within)}`;
    return sql`exists (select 1 from report_deals as ${sql.ref(concerned)} join report_touches as ${sql.ref(act)} on ${sql.ref(`${act}.person_id`)} = ${sql.ref(`${concerned}.person_id`)}
      where ${sql.ref(`${concerned}.opportunity_id`)} = f.opportunity_id and ${at} <= ${until} ${reach} ${more})`;
  };
  const before = exists('db', 'tb', sql`and (tb.at < t.at or (tb.at = t.at and tb.person_id < t.person_id))`);
  const after = exists('da', 'ta', sql`and (ta.at > t.at or (ta.at = t.at and ta.person_id > t.person_id))`);
  return exists('d', 't', sql`${kind === undefined ? sql`` : sql`and coalesce(${called[kind.column]}, ${UNKNOWN}) = ${kind.is}`} ${middle ? sql`and ${before} and ${after}` : sql``}`);
}

/** Moments of episodes that have an index of their own (migration 0006), and what share of their span is still read faster through it than by reading the table. */
const INDEXED: Partial<Record<Facts, ReadonlySet<string>>> = {
  episodes: new Set(['lead_at', 'mql_at', 'sal_at', 'sql_at', 'opportunity_at', 'customer_at', 'handed_at', 'accepted_at', 'rejected_at']),
  deals: new Set(['closed_at']),
};
const WIDE = 0.12;

/** The range of a moment with an index that a condition asks for first of all. */
function rangeOf(of: Facts, test: Test): { column: string; from: number; before: number } | null {
  if ('all' in test) {
    for (const each of test.all) {
      const found = rangeOf(of, each);
      if (found !== null) return found;
    }
    return null;
  }
  if (!('from' in test || 'before' in test) || INDEXED[of]?.has(test.column) !== true) return null;
  const { column: name, from = Number.NEGATIVE_INFINITY, before = Number.POSITIVE_INFINITY } = test;
  return { column: name, from, before };
}

/**
 * The table to read. SQLite, which keeps no statistics unless told to, takes an index wherever there is one; where a range holds more than a few of the
 * rows, looking each of them up costs several times what reading the whole table does (measured: 320 against 75 ms for 200,000 rows).
 * Moments are taken as evenly spread between the first and the last. PostgreSQL plans by its statistics.
 */
async function tableFor(session: Session, of: Facts, test: Test): Promise<RawBuilder<unknown>> {
  const table = sql`${sql.table(TABLES[of])} as f`;
  const range = session.kind === 'sqlite' ? rangeOf(of, test) : null;
  if (range === null) return table;
  const name = sql.ref(range.column);
  // The indexes hold what is known alone: without these words each of the two would read the whole table.
  const known = sql`from ${sql.table(TABLES[of])} where ${name} is not null`;
  const { rows } = await sql<{ first: number | null; last: number | null }>`select (select min(${name}) ${known}) as first, (select max(${name}) ${known}) as last`.execute(session.db);
  const { first, last } = rows[0] ?? { first: null, last: null };
  if (first === null || last === null) return table;
  const share = (Math.min(range.before, last + 1) - Math.max(range.from, first)) / (last + 1 - first);
  return share > WIDE ? sql`${table} not indexed` : table;
}

function keyOf(of: Facts, by: GroupQuery['by']): RawBuilder<FactKey> {
  if (by === null) return sql`null`;
  if (!('edges' in by)) return column(of, by.column);
  const cases = by.edges.slice(1).map((edge, index) => sql`when ${column(of, by.column)} < ${edge} then ${sql.lit(index)}`);
  return sql`case ${sql.join([...cases, sql`else ${sql.lit(by.edges.length - 1)}`], sql` `)} end`;
}

function number(value: unknown): number {
  return typeof value === 'bigint' || typeof value === 'string' ? Number(value) : typeof value === 'number' ? value : 0;
}

export async function reportGroups(session: Session, { of, where, by, counts, sums = {}, lists = {} }: GroupQuery): Promise<GroupRow[]> {
  const figures = [
    ...listTexts(of, lists),
    ...Object.entries(counts).map(([name, test]) => sql`count(*) filter (where ${condition(of, test)}) as ${sql.id(`c_${name}`)}`),
    ...Object.entries(sums).map(([name, sum]) => sql`cast(coalesce(sum(${column(of, sum.column)}) filter (where ${condition(of, sum.where)}), 0) as bigint) as ${sql.id(`s_${name}`)}`),
  ];
  const table = await tableFor(session, of, where);
  const group = by === null ? sql`` : sql`group by 1`;
  const { rows } = await sql<Record<string, unknown>>`select ${keyOf(of, by)} as key, ${sql.join(figures)} from ${table} where ${condition(of, where)} ${group}`.execute(session.db);
  const take = (row: Record<string, unknown>, mark: string, names: string[]): Record<string, number> => Object.fromEntries(names.map((name) => [name, number(row[`${mark}_${name}`])]));
  rows.sort((a, b) => inOrder(a['key'] as FactKey, b['key'] as FactKey));
  return rows.map((row) => ({ key: row['key'] as FactKey, counts: take(row, 'c', Object.keys(counts)), sums: take(row, 's', Object.keys(sums)), lists: listsIn(row, Object.keys(lists)) }));
}

/** Databases order texts by their own languages and unknown ones at either end: here by code unit, unknown last. */
function inOrder(a: FactKey, b: FactKey): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Lists of values travel as one text each: a row per value would cost more than the counting. */
function listTexts(of: Facts, lists: ListQuery['lists']): RawBuilder<unknown>[] {
  return Object.entries(lists).map(([name, { value, minus, where: only }]) => {
    const what = minus === undefined ? column(of, value) : sql<number>`${column(of, value)} - ${column(of, minus)}`;
    return sql`string_agg(cast(${what} as text), ',') filter (where ${condition(of, only)}) as ${sql.id(`l_${name}`)}`;
  });
}

function listsIn(row: Record<string, unknown>, names: string[]): Record<string, number[]> {
  return Object.fromEntries(names.map((name) => [name, numbersIn((row[`l_${name}`] as string | null) ?? '')]));
}

export async function reportLists(session: Session, { of, where, by, lists }: ListQuery): Promise<{ key: FactKey; lists: Record<string, number[]> }[]> {
  const texts = listTexts(of, lists);
  const key = by === undefined ? sql`null` : column(of, by);
  const group = by === undefined ? sql`` : sql`group by 1`;
  const { rows } = await sql<Record<string, string | null>>`select ${key} as key, ${sql.join(texts)} from ${await tableFor(session, of, where)} where ${condition(of, where)} ${group}`.execute(session.db);
  return rows.map((row) => ({ key: row['key'] as FactKey, lists: listsIn(row, Object.keys(lists)) }));
}

function numbersIn(text: string): number[] {
  // As a typed array: its sorting needs no comparison of ours.
  return text === '' ? [] : [...Float64Array.from(text.split(','), Number).sort()];
}

export async function reportDays(session: Session, of: Facts, where: Test, by: string, columns: readonly string[]): Promise<{ key: FactKey; days: (number | null)[]; n: number }[]> {
  const days = columns.map((name, index) => sql`${column(of, name)} / ${sql.lit(DAY_MS)} as ${sql.id(`d_${index}`)}`);
  const { rows } = await sql<Record<string, number | null>>`select ${column(of, by)} as key, count(*) as n, ${sql.join(days)} from ${await tableFor(session, of, where)} where ${condition(of, where)} group by ${sql.join([sql`1`, ...columns.map((_, index) => sql.lit(index + 3))])}`.execute(session.db);
  return rows.map((row) => ({ key: row['key'] ?? null, n: number(row['n']), days: columns.map((_, index) => row[`d_${index}`] ?? null) }));
}

/** How pages continue: by person and cycle, opportunity or moment. */
const PARTS: Record<Facts, RawBuilder<string>> = { episodes: sql`cast(f.cycle as text)`, deals: sql`f.opportunity_id`, touches: sql`cast(f.at as text)`, people: sql`''` };

function idOf(of: Facts): RawBuilder<string> {
  return of === 'people' ? sql`f.id` : sql`f.person_id`;
}

function beyond(of: Facts, after: string | null): RawBuilder<unknown> {
  if (after === null) return sql``;
  const split = after.lastIndexOf('|');
  const [id, part] = [after.slice(0, split), after.slice(split + 1)];
  // The first comparison alone lets a page begin where the last one ended; with the alternatives alone every page would read from the start.
  return sql`and ${idOf(of)} >= ${id} and (${idOf(of)} > ${id} or ${PARTS[of]} > ${part})`;
}

export async function reportBehind(session: Session, of: Facts, where: Test, after: string | null, limit: number): Promise<{ rows: BehindRow[]; next: string | null }> {
  const id = idOf(of);
  const part = PARTS[of];
  const { rows } = await sql<{ person: string; part: string; cycle: number; opportunity: string | null; hubspot_id: string | null; salesforce_id: string | null; stage: string | null; stage_at: number | null }>`
    select ${id} as person, ${part} as part, ${of === 'episodes' ? sql`f.cycle` : sql`0`} as cycle, ${of === 'deals' ? sql`f.opportunity_id` : sql`null`} as opportunity,
      p.hubspot_id as hubspot_id, p.salesforce_id as salesforce_id, p.stage as stage, p.stage_at as stage_at
    from ${sql`${sql.table(TABLES[of])} as f`} ${of === 'people' ? sql`join people as p on p.id = f.id` : sql`left join people as p on p.id = f.person_id`}
    where ${condition(of, where)} ${beyond(of, after)} order by 1, 2 limit ${limit}`.execute(session.db);
  const last = rows.at(-1);
  return {
    rows: rows.map((row) => ({ personId: row.person, cycle: Number(row.cycle), opportunityId: row.opportunity, hubspotId: row.hubspot_id, salesforceId: row.salesforce_id, stage: row.stage, stageAt: row.stage_at })),
    next: last === undefined || rows.length < limit ? null : `${last.person}|${last.part}`,
  };
}

/** As kept: every column of the fact, in the order of its key. */
export async function reportRows(session: Session, of: Facts, after: string | null, limit: number): Promise<{ rows: Record<string, string | number | null>[]; next: string | null }> {
  const columns = FACT_COLUMNS[of].map((name) => sql.ref(`f.${name}`));
  const { rows } = await sql<Record<string, string | number | null>>`
    select ${sql.join(columns)}, ${idOf(of)} as key_person, ${PARTS[of]} as key_part from ${sql.table(TABLES[of])} as f where 1 = 1 ${beyond(of, after)} order by ${idOf(of)}, ${PARTS[of]} limit ${limit}`.execute(session.db);
  const last = rows.at(-1);
  return {
    rows: rows.map(({ key_person: _person, key_part: _part, ...row }) => row),
    next: last === undefined || rows.length < limit ? null : `${String(last['key_person'])}|${String(last['key_part'])}`,
  };
}

/** Counts up with every change of what reports read. Stands among the counters, which change in the same transaction. */
const GENERATION = 'reports generation';

/** Somebody’s facts, or what both CRMs show of them, are others now. */
export async function noteReportChange(session: Session): Promise<void> {
  await addCounts(session, new Map([[GENERATION, 1]]));
}

export async function reportState(session: Session): Promise<ReportState> {
  const generation = (await countsWith(session, GENERATION)).get(GENERATION) ?? 0;
  const review = await meta(session, 'review_at');
  const { n } = await session.db.selectFrom('report_queue').select(({ fn }) => fn.countAll().as('n')).executeTakeFirstOrThrow();
  return { stamp: `${generation} ${review ?? ''}`, waiting: Number(n) };
}

export async function reportDeals(session: Session, where: Test, after: string | null, limit: number): Promise<DealFact[]> {
  const { rows } = await sql<DealFact>`select ${sql.join(DEAL_COLUMNS.map((name) => sql.ref(`f.${name}`)))} from report_deals as f where f.counting = 1 and ${condition('deals', where)} and f.opportunity_id > ${after ?? ''} order by f.opportunity_id limit ${limit}`.execute(session.db);
  return rows;
}

export async function reportTouchesOfDeals(session: Session, opportunityIds: string[]): Promise<{ opportunityId: string; touch: TouchFact }[]> {
  const rows = await inParts(opportunityIds, (part) =>
    session.db
      .selectFrom('report_deals')
      .innerJoin('report_touches', 'report_touches.person_id', 'report_deals.person_id')
      .selectAll('report_touches')
      .select('report_deals.opportunity_id as opportunity_id')
      .where('report_deals.opportunity_id', 'in', part)
      .execute(),
  );
  rows.sort((a, b) => (a.opportunity_id === b.opportunity_id ? a.at - b.at || (a.person_id < b.person_id ? -1 : 1) : a.opportunity_id < b.opportunity_id ? -1 : 1));
  return rows.map(({ opportunity_id, ...touch }) => ({ opportunityId: opportunity_id, touch }));
}

export async function ownerNames(session: Session): Promise<Map<string, string>> {
  return new Map((await session.db.selectFrom('report_owners').selectAll().execute()).map((row) => [row.id, row.name]));
}

export async function opportunitiesWithoutPeople(session: Session, afterId: string | null, limit: number): Promise<MirrorRecord[]> {
  const rows = await session.db
    .selectFrom('mirror')
    .select('mirror.id')
    .where('mirror.kind', '=', 'so')
    .where('mirror.id', '>', afterId ?? '')
    .where((builder) => builder.not(builder.exists(builder.selectFrom('report_deals').select('report_deals.person_id').whereRef('report_deals.opportunity_id', '=', 'mirror.id'))))
    .orderBy('mirror.id')
    .limit(limit)
    .execute();
  const found = await records(session, rows.map((row) => ({ crm: 'salesforce', object: 'opportunity', id: row.id })));
  return found.sort((a, b) => (a.ref.id < b.ref.id ? -1 : 1));
}

/** Whoever changes what is kept of people says so here, in the same transaction. */
export async function queueForReports(session: Session, personIds: string[]): Promise<void> {
  await insertRows(session, 'report_queue', ['person_id'], [...new Set(personIds)].map((id) => [id]), { key: ['person_id'], then: 'keep' });
}

export async function reportQueue(session: Session, limit: number): Promise<string[]> {
  return (await session.db.selectFrom('report_queue').select('person_id').orderBy('person_id').limit(limit).execute()).map((row) => row.person_id);
}

export async function requeueReports(session: Session): Promise<void> {
  await session.db.executeQuery(CompiledQuery.raw('insert into report_queue (person_id) select id from people where true on conflict (person_id) do nothing', []));
}

export async function reportFacts(session: Session, personIds: string[]): Promise<{ episodes: EpisodeFact[]; touches: TouchFact[] }> {
  const episodes = await inParts(personIds, (part) => session.db.selectFrom('report_episodes').selectAll().where('person_id', 'in', part).execute());
  const touches = await inParts(personIds, (part) => session.db.selectFrom('report_touches').selectAll().where('person_id', 'in', part).execute());
  return { episodes, touches };
}

/** Deletes the facts of people who are no more, or are about to be written anew. Touches stay with the person. */
export async function dropReportFacts(session: Session, personIds: string[], withTouches: boolean): Promise<void> {
  const touched = new Set<string>();
  await inParts(personIds, async (part) => {
    for (const row of await session.db.selectFrom('report_deals').select('opportunity_id').where('person_id', 'in', part).execute()) touched.add(row.opportunity_id);
    for (const table of ['report_episodes', 'report_deals'] as const) await session.db.deleteFrom(table).where('person_id', 'in', part).execute();
    if (!withTouches) return [];
    for (const table of ['report_touches', 'report_queue'] as const) await session.db.deleteFrom(table).where('person_id', 'in', part).execute();
    return [];
  });
  await markCounting(session, [...touched]);
  await noteReportChange(session);
}

/** I3: what was recorded of a person's acts goes on with whom they were merged into; the rest is condensed anew. */
export async function mergeReportFacts(session: Session, into: string, from: string[]): Promise<void> {
  const { touches } = await reportFacts(session, from);
  await putTouches(session, touches.map((touch) => ({ ...touch, person_id: into })));
  await queueForReports(session, [into]);
}

async function putTouches(session: Session, touches: TouchFact[]): Promise<void> {
  const rows = lastOfEach(touches, (touch) => `${touch.person_id} ${touch.at}`);
  await insertRows(session, 'report_touches', [...TOUCH_COLUMNS], rows.map((row) => TOUCH_COLUMNS.map((name) => row[name])), { key: ['person_id', 'at'], then: 'keep' });
}

/** Reports show names: with another name they say something else. */
export async function putOwnerNames(session: Session, names: Map<string, string>): Promise<void> {
  if (names.size === 0) return;
  await insertRows(session, 'report_owners', ['id', 'name'], [...names], { key: ['id'], then: 'replace' });
  await noteReportChange(session);
}

export async function putReportFacts(session: Session, facts: PersonFacts[], owners: Map<string, string>): Promise<void> {
  const ids = facts.map((each) => each.personId);
  const fresh = facts.filter((each) => each.keep !== true);
  await dropReportFacts(session, fresh.map((each) => each.personId), false);
  const episodes = fresh.flatMap((each) => each.episodes);
  const deals = fresh.flatMap((each) => each.deals);
  await insertRows(session, 'report_episodes', [...EPISODE_COLUMNS], episodes.map((row) => EPISODE_COLUMNS.map((name) => row[name])));
  await insertRows(session, 'report_deals', [...DEAL_COLUMNS, 'counting'], deals.map((row) => [...DEAL_COLUMNS.map((name) => row[name]), 0]));
  await putTouches(session, fresh.flatMap((each) => each.touches));
  await markCounting(session, deals.map((deal) => deal.opportunity_id));
  await insertRows(session, 'report_owners', ['id', 'name'], [...owners], { key: ['id'], then: 'replace' });
  await inParts(ids, async (part) => {
    await session.db.deleteFrom('report_queue').where('person_id', 'in', part).execute();
    return [];
  });
}

/** Money counts once (I7): on the row of the primary role, else of the first by id. */
async function markCounting(session: Session, opportunityIds: string[]): Promise<void> {
  await inParts(opportunityIds, async (part) => {
    const chosen = sql`(select d.person_id from report_deals as d where d.opportunity_id = report_deals.opportunity_id order by d.place, d.person_id limit 1)`;
    await sql`update report_deals set counting = case when person_id = ${chosen} then 1 else 0 end where opportunity_id in (${sql.join(part)})`.execute(session.db);
    return [];
  });
}

/**
 * Forgetting: what is counted stays, what leads back to the human goes. An opportunity that others share is theirs from now on; one that was this
 * person's alone keeps its figures under a name of Concord's own.
 */
export async function forgetReportFacts(session: Session, personIds: string[]): Promise<void> {
  const shared = new Set<string>();
  await inParts(personIds, async (part) => {
    await session.db.deleteFrom('report_queue').where('person_id', 'in', part).execute();
    await session.db.updateTable('report_touches').set({ name: null }).where('person_id', 'in', part).execute();
    await session.db.updateTable('report_episodes').set({ owner: null }).where('person_id', 'in', part).execute();
    const rows = await session.db.selectFrom('report_deals').select(['opportunity_id', 'person_id']).where('person_id', 'in', part).execute();
    for (const [index, row] of rows.entries()) {
      const mine = session.db.updateTable('report_deals').set({ opportunity_id: `forgotten ${row.person_id} ${index}`, owner: null, stage_name: '' }).where('opportunity_id', '=', row.opportunity_id).where('person_id', '=', row.person_id);
      const other = await session.db.selectFrom('report_deals').select('person_id').where('opportunity_id', '=', row.opportunity_id).where('person_id', 'not in', part).executeTakeFirst();
      if (other === undefined) await mine.execute();
      else {
        shared.add(row.opportunity_id);
        await session.db.deleteFrom('report_deals').where('opportunity_id', '=', row.opportunity_id).where('person_id', '=', row.person_id).execute();
      }
    }
    return [];
  });
  await markCounting(session, [...shared]);
  await noteReportChange(session);
}

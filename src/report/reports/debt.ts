import { HALF_DAY_MS, type BehindRow, type Test } from '../../domain/report';
import type { BehindPage } from '../make';
import { count, text } from '../cells';
import { all, known, unknown } from '../groups';
import type { Behind, ReportContext, ReportDefinition, Row } from '../model';
import { DISAGREEING } from './parity';
import { COUNTING } from './sources';

const LAST: Test = { column: 'last', in: [1] };
const GOVERNED: Test = { column: 'in_scope', in: [1] };
/** An open opportunity that should have closed: the day of its close date is over. */
const overdue = (now: number): Test => all({ column: 'won', in: [0] }, { column: 'lost', in: [0] }, { column: 'close_on', before: now - HALF_DAY_MS + 1 });

/** What in the data keeps figures from being told, each with the people to correct (I7, I8, L6, F3, F4). */
export const debt: ReportDefinition = {
  id: 'debt',
  by: [],
  period: null,
  async build(context) {
    const { say, reader, now, filters } = context;
    // People, opportunities of nobody and refused writes have no source, campaign, owner or segment to leave them out by.
    const isWhole = Object.keys(filters).length === 0;
    const every: [string, Behind][] = [
      ['missing_fields', { of: 'episodes', where: all(context.only, LAST, { column: 'missing', from: 1 }) }],
      ['no_source', { of: 'episodes', where: all(context.only, LAST, GOVERNED, unknown('source')) }],
      ['no_owner', { of: 'episodes', where: all(context.only, LAST, GOVERNED, known('handed_at'), unknown('closed_at'), unknown('owner')) }],
      ['held', { of: 'people', where: known('held') }],
      // Whoever `report parity` names, the held among them (W11).
      ['disagreeing', { of: 'people', where: DISAGREEING }],
      ['deleted', { of: 'people', where: { column: 'disagreement', in: ['deleted'] } }],
      ['rejected_without_reason', { of: 'episodes', where: all(context.only, known('rejected_at'), unknown('reason')) }],
      ['rejected_unmapped', { of: 'episodes', where: all(context.only, known('rejected_at'), { column: 'route', in: ['unmapped'] }) }],
      ['inferred_roles', { of: 'deals', where: all(context.only, COUNTING, { column: 'place', in: [2] }) }],
      ['won_without_amount', { of: 'deals', where: all(context.only, COUNTING, { column: 'won', in: [1] }, unknown('amount')) }],
      ['open_overdue', { of: 'deals', where: all(context.only, COUNTING, overdue(now)) }],
    ];
    const items = every.filter(([, behind]) => isWhole || behind.of !== 'people');
    const rows: Row[] = [];
    // Each kind of facts is gone through once.
    const found: Record<string, number> = {};
    for (const of of new Set(items.map(([, behind]) => behind.of))) {
      const counts = Object.fromEntries(items.filter(([, behind]) => behind.of === of).map(([id, behind]) => [id, behind.where]));
      const [row] = await reader.reportGroups({ of, where: all(), by: null, counts });
      Object.assign(found, row?.counts);
    }
    for (const [id, behind] of items) {
      rows.push({ id, cells: { what: text(say(`debt_${id}` as 'debt_held')), n: count(found[id] ?? 0, behind), remedy: text(say(`remedy_${id}` as 'remedy_held')) } });
    }
    if (isWhole) {
      rows.push({ id: 'nobody', cells: { what: text(say('debt_nobody')), n: count(await withoutPeople(context), 'orphans'), remedy: text(say('remedy_nobody')) } });
      rows.push({ id: 'dead_letters', cells: { what: text(say('debt_dead_letters')), n: count(await reader.countDeadLetters('open'), 'dead_letters'), remedy: text(say('remedy_dead_letters')) } });
    }
    return {
      population: say('population_debt'),
      sections: [
        {
          id: 'debt',
          title: say('debt'),
          definition: say('def_debt'),
          columns: [
            { id: 'what', label: say('what'), kind: 'text' },
            { id: 'n', label: say('how_many'), kind: 'count' },
            { id: 'remedy', label: say('remedy'), kind: 'text' },
          ],
          rows,
          notes: [],
          notMeasured: isWhole ? [] : [say('not_measured_filtered')],
        },
      ],
    };
  },
};

async function withoutPeople({ reader }: ReportContext): Promise<number> {
  let n = 0;
  for (let after: string | null = null; ; ) {
    const { rows, next }: BehindPage = await opportunitiesOfNobody(reader, after, 500);
    n += rows.length;
    if (next === null) return n;
    after = next;
  }
}

const NOBODY: BehindRow = { personId: '', cycle: 0, opportunityId: null, hubspotId: null, salesforceId: null, stage: null, stageAt: null };

/** A page of opportunities that concern nobody (I7), by id. Those the CRM has no more are left out: a page may hold fewer than `limit`. */
export async function opportunitiesOfNobody(reader: ReportContext['reader'], after: string | null, limit: number): Promise<BehindPage> {
  const page = await reader.opportunitiesWithoutPeople(after, limit);
  const rows = page.filter((record) => record.gone === undefined).map((record) => ({ ...NOBODY, opportunityId: record.ref.id }));
  return { rows, next: page.length < limit ? null : (page.at(-1)?.ref.id ?? null) };
}

/** A page of records that refused writes are about (W5), a row for each write, by its id. A creation that was refused has no record. */
export async function refusedRecords(reader: ReportContext['reader'], after: string | null, limit: number): Promise<BehindPage> {
  const letters = await reader.deadLetters({ state: 'open', afterId: after, limit });
  const rows = letters.map(({ personId, crm, object, recordId }): BehindRow => {
    const isDeal = object === 'opportunity';
    return { ...NOBODY, personId: personId ?? '', opportunityId: isDeal ? recordId : null, hubspotId: crm === 'hubspot' ? recordId : null, salesforceId: crm === 'salesforce' && !isDeal ? recordId : null };
  });
  return { rows, next: letters.length < limit ? null : (letters.at(-1)?.id ?? null) };
}

import type { DealFact, GroupRow, Test } from '../../domain/report';
import { count, DAY, money, none, percentiles, rate, text } from '../cells';
import { all, grouped, inPeriod, isSpan, known, spanFinder, unknown, UNKNOWN, values, type Span } from '../groups';
import type { Column, ReportContext, ReportDefinition, Row, Section } from '../model';
import { inGroups, withGroup } from './funnel';

/** domain.md C2: customers and their money by where they came from, in three columns that are never one. */
export const sources: ReportDefinition = {
  id: 'sources',
  by: ['source', 'campaign', 'owner', 'segment', 'month', 'week'],
  period: 'past',
  trend: { section: 'customers', column: 'first_revenue' },
  async build(context) {
    return { population: context.say('population_deals'), sections: [await customers(context), await wins(context), await salesCycle(context)] };
  },
};

export const COUNTING: Test = { column: 'counting', in: [1] };
export const WON: Test = { column: 'won', in: [1] };
const LOST: Test = { column: 'lost', in: [1] };
const PAGE = 2_000;

interface Totals {
  customers: number;
  first: { deals: number; cents: number };
  creating: { deals: number; cents: number };
  influenced: { deals: Set<string>; cents: number };
}

/** Won in the period, with the money that is known in the company's currency. */
export function wonInPeriod(context: ReportContext): Test {
  return all(context.only, WON, inPeriod(context, 'closed_at'));
}

/** One row of the table: a source, of a week or month where the report is divided so. */
interface Place extends Totals {
  source: string;
  span: Span | null;
}

async function customers(context: ReportContext): Promise<Section> {
  const { say, reader, only } = context;
  const spanAt = spanFinder(context);
  const places = new Map<string, Place>();
  const of = (source: string | null, span: Span | null): Place => {
    const key = `${source ?? UNKNOWN}${span === null ? '' : `@${span.label}`}`;
    let known = places.get(key);
    if (known === undefined) places.set(key, (known = { source: source ?? UNKNOWN, span, customers: 0, first: { deals: 0, cents: 0 }, creating: { deals: 0, cents: 0 }, influenced: { deals: new Set(), cents: 0 } }));
    return known;
  };
  const where = wonInPeriod(context);
  const became = all(only, inPeriod(context, 'customer_at'));
  const whence = (await reader.reportGroups({ of: 'episodes', where: became, by: { column: 'source' }, counts: { n: all() } })).map((row) => (row.key === null ? null : String(row.key)));
  const tests = Object.fromEntries(whence.map((source, index): [string, Test] => [`s${index}`, isOf('source', source ?? UNKNOWN)]));
  for (const { row, first } of whence.length === 0 ? [] : await bySpan(context, became, tests)) {
    for (const [index, source] of whence.entries()) {
      const n = row.counts[`s${index}`] ?? 0;
      if (n > 0) of(source, first === null ? null : (spanAt?.(first) ?? null)).customers = n;
    }
  }
  let sum = { deals: 0, cents: 0 };
  for await (const deals of wonDeals(context, where)) {
    const byId = new Map(deals.map((deal) => [deal.opportunity_id, deal]));
    const spanOf = (deal: DealFact): Span | null => spanAt?.(deal.closed_at ?? 0) ?? null;
    for (const deal of deals) {
      const cents = deal.amount ?? 0;
      sum = { deals: sum.deals + 1, cents: sum.cents + cents };
      const [first, creating] = [of(deal.source, spanOf(deal)).first, of(deal.creating_source, spanOf(deal)).creating];
      first.deals += 1;
      first.cents += cents;
      creating.deals += 1;
      creating.cents += cents;
    }
    for (const { opportunityId, touch } of await reader.reportTouchesOfDeals([...byId.keys()])) {
      const deal = byId.get(opportunityId);
      if (touch.source === null || deal === undefined || touch.at > endOf(deal)) continue;
      const { influenced } = of(touch.source, spanOf(deal));
      if (influenced.deals.has(opportunityId)) continue;
      influenced.deals.add(opportunityId);
      influenced.cents += deal.amount ?? 0;
    }
  }
  const rows = [...places].sort(([, a], [, b]) => b.first.cents - a.first.cents || b.customers - a.customers).map(([id, total]): Row => {
    const { source, span } = total;
    const within = (column: string): Test => span?.test(column) ?? all();
    const deals = (test: Test) => ({ of: 'deals' as const, where: all(where, COUNTING, within('closed_at'), test) });
    const influenced = deals({ acts: { of: { column: 'source', is: source } } });
    return {
      id,
      cells: {
        ...(span === null ? {} : { group: text(span.label) }),
        source: text(source === UNKNOWN ? say('unknown') : source),
        customers: count(total.customers, { of: 'episodes', where: all(became, within('customer_at'), isOf('source', source)) }),
        first: count(total.first.deals, deals(isOf('source', source))),
        first_revenue: money(total.first.cents, deals(isOf('source', source))),
        creating: count(total.creating.deals, deals(isOf('creating_source', source))),
        creating_revenue: money(total.creating.cents, deals(isOf('creating_source', source))),
        influenced: source === UNKNOWN ? none('') : count(total.influenced.deals.size, influenced),
        influenced_revenue: source === UNKNOWN ? none('') : money(total.influenced.cents, influenced),
      },
    };
  });
  const ordered = spanAt === null ? rows : inGroups(context, rows);
  if (ordered.length > 0) {
    const won = { of: 'deals' as const, where: all(where, COUNTING) };
    ordered.push({
      id: 'total',
      cells: {
        source: text(say('total')),
        customers: count([...places.values()].reduce((n, each) => n + each.customers, 0), { of: 'episodes', where: became }),
        first: count(sum.deals, won),
        first_revenue: money(sum.cents, won),
        creating: count(sum.deals, won),
        creating_revenue: money(sum.cents, won),
        influenced: none(say('why_overlap')),
        influenced_revenue: none(say('why_overlap')),
      },
    });
  }
  const columns: Column[] = [
    { id: 'source', label: say('by_source'), kind: 'text' },
    { id: 'customers', label: say('customers_first'), kind: 'count' },
    { id: 'first', label: say('deals_first'), kind: 'count' },
    { id: 'first_revenue', label: say('revenue_first'), kind: 'money' },
    { id: 'creating', label: say('deals_creating'), kind: 'count' },
    { id: 'creating_revenue', label: say('revenue_creating'), kind: 'money' },
    { id: 'influenced', label: say('deals_influenced'), kind: 'count' },
    { id: 'influenced_revenue', label: say('revenue_influenced'), kind: 'money' },
  ];
  return { id: 'customers', title: say('customers_by_source'), definition: say('def_sources'), columns: spanAt === null ? columns : withGroup(context, columns), rows: ordered, notes: [], notMeasured: await withoutMoney(context, where) };
}

function isOf(column: 'source' | 'creating_source', source: string): Test {
  return source === UNKNOWN ? unknown(column) : { column, in: [source] };
}

/** Counts of customers, by the spans of the report where it is divided so; `first`: the first moment of the span. */
async function bySpan(context: ReportContext, became: Test, counts: Record<string, Test>): Promise<{ row: GroupRow; first: number | null }[]> {
  const found = await grouped(context, 'episodes', became, counts, {}, 'customer_at', isSpan(context.by) ? context.by : null);
  return found.map(({ row, test }) => ({ row, first: 'from' in test ? (test.from ?? null) : null }));
}

/** Money that cannot be added, said and countable. */
export async function withoutMoney(context: ReportContext, where: Test): Promise<string[]> {
  const [row] = await context.reader.reportGroups({ of: 'deals', where: all(where, COUNTING), by: null, counts: { none: all(unknown('amount'), { any: [unknown('currency'), { column: 'currency', in: [context.agreement.settings.company.currency] }] }), rate: all(unknown('amount'), known('currency'), { not: { column: 'currency', in: [context.agreement.settings.company.currency] } }) } });
  const { none: amountless = 0, rate: rateless = 0 } = row?.counts ?? {};
  return [...(amountless > 0 ? [context.say('not_measured_amount', { n: amountless })] : []), ...(rateless > 0 ? [context.say('not_measured_rate', { n: rateless })] : [])];
}

/** The last moment of a deal's close day: an act of that day may have led to it. */
export function endOf(deal: Pick<DealFact, 'closed_at'>): number {
  return (deal.closed_at ?? Number.POSITIVE_INFINITY) + DAY / 2;
}

/** Won deals, each once, a page at a time. */
export async function* wonDeals({ reader }: ReportContext, where: Test): AsyncGenerator<DealFact[]> {
  for (let after: string | null = null; ; ) {
    const deals: DealFact[] = await reader.reportDeals(where, after, PAGE);
    if (deals.length === 0) return;
    yield deals;
    after = deals.at(-1)?.opportunity_id ?? null;
  }
}

async function wins(context: ReportContext): Promise<Section> {
  const { say, only } = context;
  const where = all(only, COUNTING, inPeriod(context, 'closed_at'), { any: [WON, LOST] });
  const rows: Row[] = [];
  for (const { suffix, label, test, row } of await grouped(context, 'deals', where, { won: WON, lost: LOST }, { bookings: { column: 'amount', where: WON }, losses: { column: 'amount', where: LOST } }, 'closed_at')) {
    const { won = 0, lost = 0 } = row.counts;
    const { bookings = 0, losses = 0 } = row.sums;
    const who = (more: Test) => ({ of: 'deals' as const, where: all(where, test, more) });
    rows.push({
      id: `closed${suffix}`,
      cells: {
        ...(suffix === '' ? {} : { group: text(label) }),
        won: count(won, who(WON)),
        lost: count(lost, who(LOST)),
        win_rate: rate(say, won, won + lost, who(WON)),
        bookings: money(bookings, who(WON)),
        losses: money(losses, who(LOST)),
        win_rate_amount: bookings + losses === 0 ? none(say('why_none')) : { value: bookings / (bookings + losses), behind: { of: 'deals' as const, where: all(where, test) } },
      },
    });
  }
  const columns: Column[] = [
    { id: 'won', label: say('won'), kind: 'count' },
    { id: 'lost', label: say('lost'), kind: 'count' },
    { id: 'win_rate', label: say('win_rate'), kind: 'rate' },
    { id: 'bookings', label: say('bookings'), kind: 'money' },
    { id: 'losses', label: say('losses'), kind: 'money' },
    { id: 'win_rate_amount', label: say('win_rate_amount'), kind: 'rate' },
  ];
  return { id: 'wins', title: say('wins'), definition: say('def_wins'), columns: withGroup(context, columns), rows: inGroups(context, rows), notes: [], notMeasured: await withoutMoney(context, where) };
}

/** From making to winning an opportunity; won ones only. */
export async function salesCycle(context: ReportContext): Promise<Section> {
  const { say, reader } = context;
  const where = all(wonInPeriod(context), COUNTING);
  const days = await values(context, 'deals', where, 'closed_at', 'created_at');
  const backdated: Test = { not: { column: 'created_at', within: 'closed_at', plus: DAY / 2 } };
  const [odd] = await reader.reportGroups({ of: 'deals', where, by: null, counts: { n: backdated } });
  const { median, p75, p90 } = percentiles(say, days, DAY, { of: 'deals', where });
  const columns: Column[] = [
    { id: 'won', label: say('won'), kind: 'count' },
    { id: 'median', label: say('median_days'), kind: 'days' },
    { id: 'p75', label: say('p75_days'), kind: 'days' },
    { id: 'p90', label: say('p90_days'), kind: 'days' },
    { id: 'backdated', label: say('backdated'), kind: 'count' },
  ];
  return { id: 'cycle', title: say('sales_cycle'), definition: say('def_cycle'), columns, rows: [{ id: 'won', cells: { won: count(days.length, { of: 'deals', where }), median, p75, p90, backdated: count(odd?.counts['n'] ?? 0, { of: 'deals', where: all(where, backdated) }) } }], notes: [], notMeasured: [] };
}

import type { DealFact, Test } from '../../domain/report';
import { count, DAY, money, none, percentiles, rate, text } from '../cells';
import { all, grouped, inPeriod, known, unknown, UNKNOWN, values } from '../groups';
import type { Column, ReportContext, ReportDefinition, Row, Section } from '../model';
import { inGroups, withGroup } from './funnel';

/** domain.md C2: customers and their money by where they came from, in three columns that are never one. */
export const sources: ReportDefinition = {
  id: 'sources',
  by: ['source', 'campaign', 'owner', 'segment'],
  period: 'past',
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

async function customers(context: ReportContext): Promise<Section> {
  const { say, reader, only } = context;
  const totals = new Map<string, Totals>();
  const of = (source: string | null): Totals => {
    const key = source ?? UNKNOWN;
    let known = totals.get(key);
    if (known === undefined) totals.set(key, (known = { customers: 0, first: { deals: 0, cents: 0 }, creating: { deals: 0, cents: 0 }, influenced: { deals: new Set(), cents: 0 } }));
    return known;
  };
  const where = wonInPeriod(context);
  const became = all(only, inPeriod(context, 'customer_at'));
  for (const row of await reader.reportGroups({ of: 'episodes', where: became, by: { column: 'source' }, counts: { n: all() } })) of(row.key === null ? null : String(row.key)).customers = row.counts['n'] ?? 0;
  let sum = { deals: 0, cents: 0 };
  for await (const deals of wonDeals(context, where)) {
    for (const deal of deals) {
      const cents = deal.amount ?? 0;
      sum = { deals: sum.deals + 1, cents: sum.cents + cents };
      const [first, creating] = [of(deal.source).first, of(deal.creating_source).creating];
      first.deals += 1;
      first.cents += cents;
      creating.deals += 1;
      creating.cents += cents;
    }
    const influences = new Map<string, Set<string>>();
    for (const { opportunityId, touch } of await reader.reportTouchesOfDeals(deals.map((deal) => deal.opportunity_id))) {
      const deal = deals.find((each) => each.opportunity_id === opportunityId);
      if (touch.source === null || deal === undefined || touch.at > endOf(deal)) continue;
      const sources = influences.get(opportunityId) ?? new Set();
      influences.set(opportunityId, sources.add(touch.source));
    }
    for (const deal of deals) {
      for (const source of influences.get(deal.opportunity_id) ?? []) {
        const influenced = of(source).influenced;
        influenced.deals.add(deal.opportunity_id);
        influenced.cents += deal.amount ?? 0;
      }
    }
  }
  const rows = [...totals].sort(([, a], [, b]) => b.first.cents - a.first.cents || b.customers - a.customers).map(([source, total]): Row => {
    const is = (column: string): Test => (source === UNKNOWN ? unknown(column) : { column, in: [source] });
    const deals = (test: Test) => ({ of: 'deals' as const, where: all(where, COUNTING, test) });
    const influenced = deals({ acts: { of: { column: 'source', is: source } } });
    return {
      id: source,
      cells: {
        source: text(source === UNKNOWN ? say('unknown') : source),
        customers: count(total.customers, { of: 'episodes', where: all(became, is('source')) }),
        first: count(total.first.deals, deals(is('source'))),
        first_revenue: money(total.first.cents, deals(is('source'))),
        creating: count(total.creating.deals, deals(is('creating_source'))),
        creating_revenue: money(total.creating.cents, deals(is('creating_source'))),
        influenced: source === UNKNOWN ? none('') : count(total.influenced.deals.size, influenced),
        influenced_revenue: source === UNKNOWN ? none('') : money(total.influenced.cents, influenced),
      },
    };
  });
  if (rows.length > 0) {
    rows.push({
      id: 'total',
      cells: {
        source: text(say('total')),
        customers: count([...totals.values()].reduce((n, each) => n + each.customers, 0), { of: 'episodes', where: became }),
        first: count(sum.deals, { of: 'deals', where: all(where, COUNTING) }),
        first_revenue: money(sum.cents, { of: 'deals', where: all(where, COUNTING) }),
        creating: count(sum.deals, { of: 'deals', where: all(where, COUNTING) }),
        creating_revenue: money(sum.cents, { of: 'deals', where: all(where, COUNTING) }),
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
  return { id: 'customers', title: say('customers_by_source'), definition: say('def_sources'), columns, rows, notes: [], notMeasured: await withoutMoney(context, where) };
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

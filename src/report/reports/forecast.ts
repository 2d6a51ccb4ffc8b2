import { DateTime } from 'luxon';
import type { FactKey, Test } from '../../domain/report';
import { count, DAY, money, none, text } from '../cells';
import { all, isValue, known, unknown, UNKNOWN, values } from '../groups';
import type { Behind, Column, ReportContext, ReportDefinition, Row, Section } from '../model';
import { percentile, SMALL } from '../stats';
import { COUNTING, WON } from './sources';

/** domain.md C2: what the open pipeline and the inflow of leads promise for the period, and how wrong the same model was before. */
export const forecast: ReportDefinition = {
  id: 'forecast',
  by: [],
  period: 'future',
  async build(context) {
    return { population: context.say('population_forecast'), sections: [await weighted(context), ...(await inflow(context))] };
  },
};

const OPEN: Test = all({ column: 'won', in: [0] }, { column: 'lost', in: [0] });

async function weighted(context: ReportContext): Promise<Section> {
  const { say, reader, only, period } = context;
  const where = all(only, COUNTING, OPEN, { column: 'close_on', from: period.start, before: period.end });
  const closed = all(only, COUNTING, WON, { column: 'closed_at', from: period.start, before: period.end });
  let total = 0;
  let expected = 0;
  const without = { probability: 0, amount: 0 };
  const categories = new Map<string, number>();
  for (let after: string | null = null; ; ) {
    const deals: Awaited<ReturnType<typeof reader.reportDeals>> = await reader.reportDeals(where, after, 2_000);
    if (deals.length === 0) break;
    for (const deal of deals) {
      if (deal.amount === null) {
        without.amount += 1;
        continue;
      }
      total += deal.amount;
      const category = deal.forecast_category ?? UNKNOWN;
      categories.set(category, (categories.get(category) ?? 0) + deal.amount);
      if (deal.probability === null) without.probability += 1;
      else expected += (deal.amount * deal.probability) / 100;
    }
    after = deals.at(-1)?.opportunity_id ?? null;
  }
  const [won] = await reader.reportGroups({ of: 'deals', where: closed, by: null, counts: { n: all() }, sums: { cents: { column: 'amount', where: all() } } });
  const [open] = await reader.reportGroups({ of: 'deals', where, by: null, counts: { n: all() } });
  const bookings = won?.sums['cents'] ?? 0;
  const n = open?.counts['n'] ?? 0;
  const commit = categories.get('Forecast') ?? 0;
  const told = [...categories.keys()].some((name) => name !== UNKNOWN) || n === 0;
  const priced: Behind = { of: 'deals', where: all(where, known('amount'), known('probability')) };
  /** Won already, and open ones of these categories. */
  const promised = (names: string[]): Behind => ({ of: 'deals', where: { any: [closed, all(where, { column: 'forecast_category', in: names })] } });
  const row = (id: string, label: string, cells: Row['cells']): Row => ({ id, cells: { what: text(label), ...cells } });
  const rows = [
    row('closed', say('already_won'), { deals: count(won?.counts['n'] ?? 0, { of: 'deals', where: closed }), amount: money(bookings, { of: 'deals', where: closed }) }),
    row('open', say('open_pipeline'), { deals: count(n, { of: 'deals', where }), amount: money(total, { of: 'deals', where }) }),
    row('weighted', say('weighted'), { deals: count(n - without.amount - without.probability, priced), amount: n > 0 && without.probability + without.amount === n ? none(say('why_no_probability')) : money(Math.round(expected), priced) }),
    row('commit', say('commit'), { deals: none(''), amount: told ? money(bookings + commit, promised(['Forecast'])) : none(say('why_no_category')) }),
    row('best_case', say('best_case'), { deals: none(''), amount: told ? money(bookings + commit + (categories.get('BestCase') ?? 0), promised(['Forecast', 'BestCase'])) : none(say('why_no_category')) }),
  ];
  const columns: Column[] = [
    { id: 'what', label: say('what'), kind: 'text' },
    { id: 'deals', label: say('deals'), kind: 'count' },
    { id: 'amount', label: say('amount'), kind: 'money' },
  ];
  return { id: 'pipeline', title: say('pipeline'), definition: say('def_weighted'), columns, rows, notes: [], notMeasured: [...(without.amount > 0 ? [say('not_measured_amount', { n: without.amount })] : []), ...(without.probability > 0 ? [say('not_measured_probability', { n: without.probability })] : [])] };
}

// --- inflow

/** Leads of one source that entered, and became customers, on the same days; moments are the noons of UTC days. */
export interface Lead {
  source: string;
  mql: number;
  customer: number | null;
  n: number;
}

export interface Win {
  source: string;
  at: number;
  cents: number;
}

export interface InflowOfSource {
  source: string;
  perMonth: number;
  rate: number;
  average: number;
  cents: number;
  /** Too few matured leads of its own: the rate of all sources. */
  borrowed: boolean;
  /** Too few won of its own: the average of all sources. */
  pooled: boolean;
}

/** How far back inflow, rates and averages are observed. */
const OBSERVED_DAYS = 90;
const YEAR = 365 * DAY;

/**
 * The inflow model at a moment, from what was known then: leads of the past window who are still to convert, and those who will come at the pace of the
 * last 90 days, each by the matured rate of their source, spread over time as the lags observed.
 */
export function inflowAt(leads: readonly Lead[], wins: readonly Win[], at: number, horizon: { start: number; end: number }, window: number): InflowOfSource[] {
  const known = leads.filter((lead) => lead.mql < at);
  const converted = (lead: Lead): boolean => lead.customer !== null && lead.customer < at && lead.customer <= lead.mql + window;
  const by = distribution(known.filter(converted));
  if (by === null) return [];
  const mature = known.filter((lead) => lead.mql + window <= at && lead.mql >= at - window - YEAR);
  const size = (list: readonly Lead[]): number => list.reduce((sum, lead) => sum + lead.n, 0);
  const rateOf = (list: Lead[]): number => (list.length === 0 ? 0 : size(list.filter(converted)) / size(list));
  const overall = rateOf(mature);
  const past = wins.filter((win) => win.at < at && win.at >= at - YEAR);
  const averageOf = (list: readonly Win[]): number => (list.length === 0 ? 0 : list.reduce((sum, win) => sum + win.cents, 0) / list.length);
  const [from, to] = [Math.max(horizon.start, at), horizon.end];
  return [...new Set(known.filter((lead) => lead.mql >= at - window - YEAR).map((lead) => lead.source))].sort().map((source): InflowOfSource => {
    const mine = known.filter((lead) => lead.source === source);
    const ripe = mature.filter((lead) => lead.source === source);
    const borrowed = size(ripe) < SMALL;
    const rate = borrowed ? overall : rateOf(ripe);
    const won = past.filter((win) => win.source === source);
    const pooled = won.length < 5;
    const average = averageOf(pooled ? past : won);
    const perDay = size(mine.filter((lead) => lead.mql >= at - OBSERVED_DAYS * DAY)) / OBSERVED_DAYS;
    let customers = 0;
    for (const lead of mine) if (lead.mql > at - window && (lead.customer === null || lead.customer >= at)) customers += lead.n * (by(to - lead.mql) - by(from - lead.mql));
    for (let day = at + DAY / 2; day < to; day += DAY) customers += perDay * (by(to - day) - by(Math.max(0, from - day)));
    return { source, perMonth: perDay * 30, rate, average, cents: Math.round(customers * rate * average), borrowed, pooled };
  });
}

/** The share of these leads that had become customers after so long. Null of none. */
function distribution(leads: readonly Lead[]): ((lag: number) => number) | null {
  const lags = leads.map((lead) => ({ lag: (lead.customer ?? 0) - lead.mql, n: lead.n })).sort((a, b) => a.lag - b.lag);
  let total = 0;
  const sums = lags.map(({ n }) => (total += n));
  if (total === 0) return null;
  return (value) => {
    let [low, high] = [0, lags.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lags[middle]?.lag ?? 0) <= value) low = middle + 1;
      else high = middle;
    }
    return (sums[low - 1] ?? 0) / total;
  };
}

async function load({ reader, only, now }: ReportContext): Promise<{ leads: Lead[]; wins: Win[] }> {
  const since = now - 4 * YEAR;
  const noon = (day: number): number => day * DAY + DAY / 2;
  const sourceOf = (key: FactKey): string => (key === null ? UNKNOWN : String(key));
  const leads = (await reader.reportDays('episodes', all(only, { column: 'mql_at', from: since }), 'source', ['mql_at', 'customer_at'])).map(({ key, days: [mql, customer], n }): Lead => ({ source: sourceOf(key), mql: noon(mql ?? 0), customer: customer == null ? null : noon(customer), n }));
  const wins: Win[] = [];
  for (let after: string | null = null; ; ) {
    const deals: Awaited<ReturnType<typeof reader.reportDeals>> = await reader.reportDeals(all(only, WON, known('amount'), { column: 'closed_at', from: since }), after, 20_000);
    if (deals.length === 0) break;
    for (const deal of deals) wins.push({ source: sourceOf(deal.source), at: deal.closed_at ?? 0, cents: deal.amount ?? 0 });
    after = deals.at(-1)?.opportunity_id ?? null;
  }
  return { leads, wins };
}

/** Moments of a UTC day whose noon, as which the model takes them all, is at or after a moment. */
const fromNoon = (at: number): number => Math.ceil((at - DAY / 2) / DAY) * DAY;

/** Whom the model at a moment is made of, of one source or of all: as data, like every list. */
function madeOf({ only }: ReportContext, at: number, window: number, source: string | null = null): { recent: Behind; mature: (all: boolean) => Behind; won: (all: boolean) => Behind; expected: Behind[] } {
  const mine = (whole: boolean): Test[] => (whole || source === null ? [] : [isValue('source', source)]);
  const leads = (whole: boolean, ...tests: Test[]): Behind => ({ of: 'episodes', where: all(only, ...mine(whole), ...tests) });
  const won = (whole: boolean): Behind => ({ of: 'deals', where: all(only, COUNTING, ...mine(whole), WON, known('amount'), { column: 'closed_at', from: at - YEAR, before: at }) });
  /** Those whose pace the inflow goes on at. */
  const pace: Test = { column: 'mql_at', from: fromNoon(at - OBSERVED_DAYS * DAY), before: fromNoon(at) };
  /** Those who may still become customers. */
  const open = all({ column: 'mql_at', from: fromNoon(at - window + 1), before: fromNoon(at) }, { any: [unknown('customer_at'), { column: 'customer_at', from: fromNoon(at) }] });
  return {
    recent: leads(false, pace),
    mature: (whole) => leads(whole, { column: 'mql_at', from: fromNoon(at - window - YEAR), before: fromNoon(at - window + 1) }),
    won,
    expected: [leads(false, { any: [open, pace] }), won(false)],
  };
}

const BACKTESTS = 4;

async function inflow(context: ReportContext): Promise<Section[]> {
  const { say, now, period, windows, agreement, reader, only } = context;
  const window = windows['mql_customer'] ?? 30 * DAY;
  const { leads, wins } = await load(context);
  const found = inflowAt(leads, wins, now, { start: period.start, end: period.end }, window);
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  const rows: Row[] = found.sort((a, b) => b.cents - a.cents).map((each) => {
    const from = madeOf(context, now, window, each.source);
    return {
      id: `by@${each.source}`,
      cells: {
        source: text(each.source === UNKNOWN ? say('unknown') : each.source),
        mqls: { value: tenth(each.perMonth), behind: from.recent },
        rate: { value: each.rate, ...(each.borrowed ? { small: true } : {}), behind: from.mature(each.borrowed) },
        average: money(Math.round(each.average), from.won(each.pooled)),
        amount: money(each.cents, from.expected),
      },
    };
  });
  const whole = madeOf(context, now, window);
  if (rows.length > 0) rows.push({ id: 'total', cells: { source: text(say('total')), mqls: { value: tenth(found.reduce((sum, each) => sum + each.perMonth, 0)), behind: whole.recent }, rate: none(''), average: none(''), amount: money(found.reduce((sum, each) => sum + each.cents, 0), whole.expected) } });

  const length = period.end - period.start;
  const tests: Row[] = [];
  const errors: { forecast: number; actual: number; made: Behind[]; came: Behind }[] = [];
  for (let back = BACKTESTS; back >= 1; back -= 1) {
    const at = now - back * length;
    if (leads.length === 0 || leads.every((lead) => lead.mql + window > at)) continue;
    const predicted = inflowAt(leads, wins, at, { start: at, end: at + length }, window).reduce((sum, each) => sum + each.cents, 0);
    const actual = wins.filter((win) => win.at >= at && win.at < at + length).reduce((sum, win) => sum + win.cents, 0);
    const who: Behind = { of: 'deals', where: all(only, COUNTING, WON, known('amount'), { column: 'closed_at', from: at, before: at + length }) };
    const { expected } = madeOf(context, at, window);
    errors.push({ forecast: predicted, actual, made: expected, came: who });
    tests.push({ id: `back-${back}`, cells: { made: text(DateTime.fromMillis(at, { zone: agreement.timeZone }).toISODate() ?? ''), forecast: money(predicted, expected), actual: money(actual, who), error: actual === 0 ? none(say('why_none')) : { value: (predicted - actual) / actual, behind: [...expected, who] } } });
  }
  const usable = errors.filter((each) => each.actual > 0);
  if (usable.length > 0) {
    const sum = (pick: (each: (typeof usable)[number]) => number): number => usable.reduce((total, each) => total + pick(each), 0);
    const [made, came] = [usable.flatMap((each) => each.made), usable.map((each) => each.came)];
    tests.push({ id: 'bias', cells: { made: text(say('bias')), forecast: money(sum((each) => each.forecast), made), actual: money(sum((each) => each.actual), came), error: { value: (sum((each) => each.forecast) - sum((each) => each.actual)) / sum((each) => each.actual), behind: [...made, ...came] } } });
    tests.push({ id: 'mape', cells: { made: text(say('mape')), forecast: none(''), actual: none(''), error: { value: sum((each) => Math.abs(each.forecast - each.actual) / each.actual) / usable.length, behind: [...made, ...came] } } });
  }

  // Pipeline velocity: all four of the same last year.
  const year = { from: now - YEAR, before: now };
  const [pace] = await reader.reportGroups({ of: 'deals', where: all(only, COUNTING), by: null, counts: { open: OPEN, won: all(WON, { column: 'closed_at', ...year }), lost: all({ column: 'lost', in: [1] }, { column: 'closed_at', ...year }), priced: all(WON, known('amount'), { column: 'closed_at', ...year }) }, sums: { cents: { column: 'amount', where: all(WON, { column: 'closed_at', ...year }) } } });
  const cycles = await values(context, 'deals', all(only, COUNTING, WON, { column: 'closed_at', ...year }), 'closed_at', 'created_at');
  const { open = 0, won = 0, lost = 0, priced = 0 } = pace?.counts ?? {};
  const days = (percentile(cycles, 0.5) ?? 0) / DAY;
  const average = priced === 0 ? 0 : (pace?.sums['cents'] ?? 0) / priced;
  const openOnes: Behind = { of: 'deals', where: all(only, COUNTING, OPEN) };
  const decided: Behind = { of: 'deals', where: all(only, COUNTING, { any: [WON, { column: 'lost', in: [1] }] }, { column: 'closed_at', ...year }) };
  const velocity: Row = {
    id: 'velocity',
    cells: {
      open: count(open, openOnes),
      win_rate: won + lost === 0 ? none(say('why_none')) : { value: won / (won + lost), behind: decided },
      average: priced === 0 ? none(say('why_none')) : money(Math.round(average), { of: 'deals', where: all(only, COUNTING, WON, known('amount'), { column: 'closed_at', ...year }) }),
      days: cycles.length === 0 ? none(say('why_none')) : { value: Math.round(days * 10) / 10, behind: { of: 'deals', where: all(only, COUNTING, WON, { column: 'closed_at', ...year }) } },
      per_day: won + lost === 0 || days <= 0 || priced === 0 ? none(say('why_none')) : money(Math.round((open * (won / (won + lost)) * average) / days), [openOnes, decided]),
    },
  };
  const columns = (...list: [string, Parameters<typeof say>[0], Column['kind']][]): Column[] => list.map(([id, key, kind]) => ({ id, label: say(key), kind }));
  return [
    { id: 'inflow', title: say('inflow'), definition: say('def_inflow', { days: OBSERVED_DAYS, window: Math.round(window / DAY) }), columns: columns(['source', 'by_source', 'text'], ['mqls', 'mqls_month', 'number'], ['rate', 'matured_rate', 'rate'], ['average', 'average_won', 'money'], ['amount', 'expected_money', 'money']), rows, notes: rows.some((row) => row.cells['rate']?.small === true) ? [say('note_borrowed')] : [], notMeasured: rows.length === 0 ? [say('not_measured_inflow')] : [] },
    { id: 'backtest', title: say('backtest'), definition: say('def_backtest'), columns: columns(['made', 'made_on', 'text'], ['forecast', 'forecast', 'money'], ['actual', 'actual', 'money'], ['error', 'error', 'number']), rows: tests, notes: [], notMeasured: tests.length === 0 ? [say('not_measured_backtest')] : [] },
    { id: 'velocity', title: say('pipeline_velocity'), definition: say('def_pipeline_velocity'), columns: columns(['open', 'open_pipeline', 'count'], ['win_rate', 'win_rate', 'rate'], ['average', 'average_won', 'money'], ['days', 'median_days', 'days'], ['per_day', 'per_day', 'money']), rows: [velocity], notes: [], notMeasured: [] },
  ];
}

import { promiseAt } from '../../core/measure/delivery';
import type { Test } from '../../domain/report';
import { count, HOUR, none, of, percentiles, rate, text } from '../cells';
import { all, grouped, inPeriod, known, unknown, values } from '../groups';
import type { Column, ReportContext, ReportDefinition, Row, Section } from '../model';
import { paceOf } from '../pace';
import { inGroups, withGroup } from './funnel';

/** domain.md C2, S1, S2, S4: whether both sides kept their word. */
export const sla: ReportDefinition = {
  id: 'sla',
  by: ['owner', 'source', 'campaign', 'segment', 'month', 'week'],
  period: 'past',
  trend: { section: 'sales', column: 'rate' },
  async build(context) {
    return { population: context.say('population_clocks'), sections: [await sales(context), await marketing(context), await concordsOwn(context)] };
  },
};

export const CLOCKS = [
  { id: 'first_touch', started: 'handed_at', due: 'touch_due', stopped: 'touched_at', took: 'touch_ms' },
  { id: 'answer', started: 'handed_at', due: 'answer_due', stopped: 'answered_at', took: 'answer_ms' },
  { id: 'reason', started: 'rejected_at', due: 'reason_due', stopped: 'reasoned_at', took: 'reason_ms' },
  { id: 'book_or_recycle', started: 'accepted_at', due: 'book_due', stopped: 'booked_at', took: 'book_ms' },
] as const;

/** The states of a clock at a moment: those not due yet are out of the compliance. */
export function clockTests({ due, stopped }: (typeof CLOCKS)[number], now: number): { met: Test; missed: Test; overdue: Test; running: Test } {
  const met: Test = { column: stopped, within: due, plus: 0 };
  return { met, missed: all(known(stopped), { not: met }), overdue: all(unknown(stopped), { column: due, before: now + 1 }), running: all(unknown(stopped), { column: due, from: now + 1 }) };
}

async function sales(context: ReportContext): Promise<Section> {
  const { say, now, only } = context;
  const rows: Row[] = [];
  for (const clock of CLOCKS) {
    const where = all(only, inPeriod(context, clock.started), known(clock.due));
    const { met, missed, overdue, running } = clockTests(clock, now);
    for (const { suffix, label, test, row } of await grouped(context, 'episodes', where, { met, missed, overdue, running }, {}, clock.started, context.by, { took: { value: clock.took, where: known(clock.stopped) } })) {
      const { met: kept = 0, missed: late = 0, overdue: open = 0, running: waiting = 0 } = row.counts;
      if (kept + late + open + waiting === 0 && suffix !== '') continue;
      const who = (...more: Test[]) => ({ of: 'episodes' as const, where: all(where, test, ...more) });
      const { median, p90 } = percentiles(say, row.lists['took'] ?? [], HOUR, who(known(clock.stopped), known(clock.took)));
      rows.push({
        id: `${clock.id}${suffix}`,
        cells: {
          ...(suffix === '' ? {} : { group: text(label) }),
          clock: text(say(`clock_${clock.id}`)),
          met: count(kept, who(met)),
          missed: count(late, who(missed)),
          overdue: count(open, who(overdue)),
          running: count(waiting, who(running)),
          rate: rate(say, kept, kept + late + open, who({ any: [met, missed, overdue] })),
          median,
          p90,
        },
      });
    }
  }
  const columns: Column[] = [
    { id: 'clock', label: say('clock'), kind: 'text' },
    { id: 'met', label: say('met'), kind: 'count' },
    { id: 'missed', label: say('missed'), kind: 'count' },
    { id: 'overdue', label: say('overdue'), kind: 'count' },
    { id: 'running', label: say('not_due'), kind: 'count' },
    { id: 'rate', label: say('compliance'), kind: 'rate' },
    { id: 'median', label: say('median_hours'), kind: 'hours' },
    { id: 'p90', label: say('p90_hours'), kind: 'hours' },
  ];
  return { id: 'sales', title: say('sla_sales'), definition: say('def_sla'), columns: withGroup(context, columns), rows: inGroups(context, rows), notes: [say('note_touch')], notMeasured: [] };
}

/** S4: what the agreement itself promises for its period that holds the end of the report's, and what was handed over in it. Null: it promises nothing. */
export async function promisedDelivery(context: ReportContext): Promise<{ done: number; short: number; where: Test; owed: number | null; complete: number } | null> {
  const { now, only, agreement, period } = context;
  const promise = promiseAt(agreement, Math.min(now, period.end - 1), now);
  if (promise === null) return null;
  const where = all(only, { column: 'handed_at', from: promise.from, before: promise.to }, known('lacked'));
  const [counted] = await grouped(context, 'episodes', where, { complete: COMPLETE, lacking: LACKING }, {}, 'handed_at', null);
  const { complete: done = 0, lacking: short = 0 } = counted?.row.counts ?? {};
  return { done, short, where, owed: promise.expectedByNow, complete: promise.complete };
}

export const COMPLETE: Test = { column: 'lacked', in: [0] };
const LACKING: Test = { column: 'lacked', from: 1 };

/** Complete MQLs against what is owed by now, and the share that is complete. */
async function promisedRows(context: ReportContext): Promise<Row[]> {
  const { say } = context;
  const promised = await promisedDelivery(context);
  if (promised === null) return [];
  const { done, short, where, owed } = promised;
  const delivered = count(done, { of: 'episodes', where: all(where, COMPLETE) });
  const waiting = count(short, { of: 'episodes', where: all(where, LACKING) });
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  const rows: Row[] = [{ id: 'promised-share', cells: { what: text(say('promised_share')), delivered, owed: { value: tenth((done + short) * promised.complete) }, waiting, rate: rate(say, done, done + short, { of: 'episodes', where }) } }];
  // What was promised is promised of everybody: a part is not held against the whole.
  if (owed === null || Object.keys(context.filters).length > 0) return rows;
  return [{ id: 'promised-mqls', cells: { what: text(say('promised_mqls')), delivered, owed: { value: tenth(owed) }, waiting, rate: owed === 0 ? none(say('why_none')) : of({ value: done / owed }, { of: 'episodes', where: all(where, COMPLETE) }) } }, ...rows];
}

/** S4: what marketing promised: how many MQLs, and complete ones. */
async function marketing(context: ReportContext): Promise<Section> {
  const { say, only, agreement, period, filters } = context;
  const isWhole = Object.keys(filters).length === 0;
  const delivered = all(only, inPeriod(context, 'handed_at'));
  const waiting: Test = all(only, { column: 'last', in: [1] }, { column: 'missing', from: 1 });
  const [handed] = await grouped(context, 'episodes', delivered, { n: all() }, {}, 'handed_at', null);
  const [held] = await grouped(context, 'episodes', waiting, { n: all() }, {}, 'handed_at', null);
  const n = handed?.row.counts['n'] ?? 0;
  const lacking = held?.row.counts['n'] ?? 0;
  const rows: Row[] = [
    { id: 'complete', cells: { what: text(say('complete')), delivered: count(n, { of: 'episodes', where: delivered }), owed: none(''), waiting: count(lacking, { of: 'episodes', where: waiting }), rate: rate(say, n, n + lacking, { of: 'episodes', where: delivered }) } },
  ];
  rows.push(...(await promisedRows(context)));
  for (const goal of agreement.settings.goals.filter((each) => isWhole && each.metric === 'mql' && each.from <= period.to && each.to >= period.from)) {
    const pace = await paceOf(context, goal);
    const owed = Math.round(pace.expected * 10) / 10;
    rows.push({ id: `goal-${goal.id}`, cells: { what: text(pace.label), delivered: count(pace.actual, pace.behind), owed: { value: owed }, waiting: none(''), rate: owed === 0 ? none(say('why_none')) : of({ value: pace.actual / pace.expected }, pace.behind) } });
  }
  const columns: Column[] = [
    { id: 'what', label: say('promise'), kind: 'text' },
    { id: 'delivered', label: say('delivered'), kind: 'count' },
    { id: 'owed', label: say('owed'), kind: 'number' },
    { id: 'waiting', label: say('lacking'), kind: 'count' },
    { id: 'rate', label: say('compliance'), kind: 'rate' },
  ];
  return { id: 'marketing', title: say('sla_marketing'), definition: say('def_delivery'), columns, rows, notes: [], notMeasured: isWhole ? (rows.some((row) => row.id === 'promised-mqls' || row.id.startsWith('goal-')) ? [] : [say('not_measured_volume')]) : [say('not_measured_promises')] };
}

/** S1: the lag between the handoff and sales' record carrying it is Concord's, not sales'. */
async function concordsOwn(context: ReportContext): Promise<Section> {
  const { say, only } = context;
  const where = all(only, inPeriod(context, 'handed_at'), known('carried_at'), { column: 'adopted', in: [0] });
  const lags = await values(context, 'episodes', where, 'carried_at', 'handed_at');
  const { median, p90 } = percentiles(say, lags, HOUR, { of: 'episodes', where });
  const columns: Column[] = [
    { id: 'handoffs', label: say('handed_over'), kind: 'count' },
    { id: 'median', label: say('median_hours_plain'), kind: 'hours' },
    { id: 'p90', label: say('p90_hours_plain'), kind: 'hours' },
  ];
  return { id: 'concord', title: say('sla_concord'), definition: say('def_concord'), columns, rows: [{ id: 'lag', cells: { handoffs: count(lags.length, { of: 'episodes', where }), median, p90 } }], notes: [], notMeasured: [] };
}

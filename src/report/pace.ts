import { DateTime } from 'luxon';
import type { Agreement } from '../agreement/schema';
import { labelText } from '../agreement/labels';
import type { Test } from '../domain/report';
import { all } from './groups';
import type { Behind, ReportContext } from './model';

export type Goal = Agreement['goals'][number];

export interface Pace {
  label: string;
  /** Counted, or cents for money. */
  actual: number;
  target: number;
  /** What should be reached by now, by the working days that have passed. */
  expected: number;
  /** Of the goal's working days, 0 to 1. */
  elapsed: number;
  behind: Behind;
  over: boolean;
}

/** Local dates as moments: the first of the one day, the first after the other. */
export function rangeOf(from: string, to: string, timeZone: string): { start: number; end: number } {
  const zone = { zone: timeZone };
  return { start: DateTime.fromISO(from, zone).startOf('day').toMillis(), end: DateTime.fromISO(to, zone).startOf('day').plus({ days: 1 }).toMillis() };
}

/** The share of the working time between two moments that is over. */
export function elapsedShare({ agreement, now }: Pick<ReportContext, 'agreement' | 'now'>, start: number, end: number): number {
  const whole = agreement.calendar.businessBetween(start, end);
  if (now <= start) return 0;
  if (now >= end) return 1;
  return whole === 0 ? (now - start) / (end - start) : agreement.calendar.businessBetween(start, now) / whole;
}

/** How a goal goes: actual against what its working days that have passed ask for. Even over them: no season is known before a year is. */
export async function paceOf(context: ReportContext, goal: Goal): Promise<Pace> {
  const { agreement, reader } = context;
  const { start, end } = rangeOf(goal.from, goal.to, agreement.timeZone);
  const behind = behindGoal(goal, start, end);
  const money = goal.metric === 'revenue';
  const [row] = await reader.reportGroups({ ...behind, by: null, counts: { n: all() }, ...(money ? { sums: { cents: { column: 'amount', where: all() } } } : {}) });
  const elapsed = elapsedShare(context, start, end);
  return {
    label: labelText(goal.label, context.language),
    actual: money ? (row?.sums['cents'] ?? 0) : (row?.counts['n'] ?? 0),
    target: money ? Math.round(goal.target * 100) : goal.target,
    expected: (money ? Math.round(goal.target * 100) : goal.target) * elapsed,
    elapsed,
    behind,
    over: context.now >= end,
  };
}

function behindGoal(goal: Goal, start: number, end: number): Behind {
  const within = (column: string): Test => ({ column, from: start, before: end });
  if (goal.metric === 'revenue') return { of: 'deals', where: all({ column: 'counting', in: [1] }, { column: 'won', in: [1] }, within('closed_at')) };
  if (goal.metric === 'accepted') return { of: 'episodes', where: all(within('accepted_at'), { column: 'excluded', in: [0] }) };
  // What marketing delivers is what it hands over: an MQL that lacks a field is none yet (L6).
  return { of: 'episodes', where: within(goal.metric === 'mql' ? 'handed_at' : `${goal.metric}_at`) };
}

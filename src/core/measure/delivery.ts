import { DateTime } from 'luxon';
import type { EpochMs } from '../../domain/record';
import type { Handoff } from '../../domain/person';
import type { CompiledAgreement } from '../../agreement/compile';

/**
 * How many of the promised fields a handoff lacked when marketing made it (S4). Null: it is nobody's delivery: found at adoption (L7), opened by an
 * opportunity, or closed as a duplicate.
 */
export function lackedAtHandoff(handoff: Handoff): number | null {
  if (handoff.lacks === undefined || handoff.adopted || handoff.closedAs === 'duplicate' || handoff.rejection?.route === 'duplicate') return null;
  return handoff.lacks.length;
}

/** What marketing promised for a period of the company's calendar (S4). */
export interface Promised {
  /** From `from` until before `to`, in the company's time zone. */
  from: EpochMs;
  to: EpochMs;
  /** Complete MQLs; null: none promised. */
  mqls: number | null;
  /** What that comes to by `now`, in proportion to the working time that has passed; all of it once the period is over. */
  expectedByNow: number | null;
  /** The share of handed-over MQLs that is to be complete, 0 to 1. */
  complete: number;
}

/** Marketing's promise for the period that holds `at`. Null: the agreement has none. */
export function promiseAt(agreement: CompiledAgreement, at: EpochMs, now: EpochMs): Promised | null {
  const { marketing } = agreement.settings;
  if (marketing === undefined) return null;
  const start = DateTime.fromMillis(at, { zone: agreement.timeZone }).startOf(marketing.per);
  const [from, to] = [start.toMillis(), start.plus({ [marketing.per]: 1 }).toMillis()];
  const mqls = marketing.mqls ?? null;
  const whole = agreement.calendar.businessBetween(from, to);
  const passed = agreement.calendar.businessBetween(from, Math.min(Math.max(now, from), to));
  return { from, to, mqls, expectedByNow: mqls === null ? null : now >= to || whole === 0 ? mqls : (mqls * passed) / whole, complete: marketing.complete };
}

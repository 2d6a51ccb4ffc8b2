import { DateTime } from 'luxon';
import type { EpochMs } from '../../domain/record';
import type { Handoff } from '../../domain/person';
import type { CompiledAgreement } from '../../agreement/compile';

/** What marketing has handed over in a period, beside what it promised (S4). Shares are between 0 and 1; null where there is nothing to divide by or nothing promised. */
export interface Delivery {
  /** The period, in the company's time zone: from `from` until before `to`. */
  from: EpochMs;
  to: EpochMs;
  /** MQLs handed over in it, duplicates left out. */
  handedOver: number;
  /** Those of them that carried every agreed field. */
  complete: number;
  /** How often each field was missing, by field id; fields that never were are not in it. */
  missing: Record<string, number>;
  completeness: number | null;
  promisedCompleteness: number | null;
  promised: number | null;
  /** What the promise comes to by `now`, in proportion to the working time that has passed; the whole promise once the period is over. */
  expectedByNow: number | null;
  /** Complete MQLs over what was expected by now. */
  compliance: number | null;
}

/**
 * Marketing's side of the agreement for the period that holds `at` (S4). A handoff counts by its opening; those found at adoption (L7), those that an
 * opportunity opened and those that were closed as a duplicate are nobody's delivery. Passes over the handoffs once and keeps none.
 */
export function measureDelivery(agreement: CompiledAgreement, handoffs: Iterable<Handoff>, at: EpochMs, now: EpochMs): Delivery {
  const { marketing } = agreement.settings;
  const { from, to } = periodOf(agreement, at);
  const missing: Record<string, number> = {};
  let handedOver = 0;
  let complete = 0;
  for (const handoff of handoffs) {
    if (handoff.lacks === undefined || handoff.adopted || handoff.openedAt < from || handoff.openedAt >= to) continue;
    if (handoff.closedAs === 'duplicate' || handoff.rejection?.route === 'duplicate') continue;
    handedOver += 1;
    if (handoff.lacks.length === 0) complete += 1;
    for (const field of handoff.lacks) missing[field] = (missing[field] ?? 0) + 1;
  }
  const promised = marketing?.mqls ?? null;
  const whole = agreement.calendar.businessBetween(from, to);
  const passed = agreement.calendar.businessBetween(from, Math.min(Math.max(now, from), to));
  const expectedByNow = promised === null ? null : now >= to || whole === 0 ? promised : (promised * passed) / whole;
  return {
    from,
    to,
    handedOver,
    complete,
    missing,
    completeness: handedOver === 0 ? null : complete / handedOver,
    promisedCompleteness: marketing?.complete ?? null,
    promised,
    expectedByNow,
    compliance: expectedByNow === null || expectedByNow === 0 ? null : complete / expectedByNow,
  };
}

/** The agreement's period (a calendar month where none is agreed) that holds a moment. */
export function periodOf(agreement: CompiledAgreement, at: EpochMs): { from: EpochMs; to: EpochMs } {
  const per = agreement.settings.marketing?.per ?? 'month';
  const from = DateTime.fromMillis(at, { zone: agreement.timeZone }).startOf(per);
  return { from: from.toMillis(), to: from.plus({ [per]: 1 }).toMillis() };
}

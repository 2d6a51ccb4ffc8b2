import type { EpochMs } from '../../../domain/record';
import type { Handoff } from '../../../domain/person';
import { SLA_EXPIRED } from '../../../domain/stage';
import type { Calendar } from '../../../agreement/calendar';
import type { Duration } from '../../../agreement/duration';
import { clausesSpeaking, moveTo, openHandoff, plusDays, type Context } from '../context';
import { clocks } from './sla';

/** What the agreement has for a handoff whose answer is overdue: the moments of its steps; null: no such step. */
export interface Unanswered {
  dueAt: EpochMs;
  remindAt: EpochMs;
  escalateAt: EpochMs | null;
  returnAt: EpochMs | null;
  /** The furthest step that `now` has reached; null: still in time. */
  step: 'remind' | 'escalate' | 'return' | null;
}

/** S1, S3: where an open handoff without an answer stands with its deadline. Null: it has no answer clock, or the clock has stopped. */
export function unanswered(ctx: Context, handoff: Handoff): Unanswered | null {
  const answer = clocks(ctx, handoff).find((clock) => clock.name === 'answer');
  if (answer === undefined || (answer.stoppedAt !== null && handoff.closedAs !== 'expired')) return null;
  const { agreement } = ctx.terms;
  const calendar = agreement.calendarOf(handoff.carriedBy ?? handoff.ownerId);
  const steps = agreement.unanswered;
  const at = (delay: Duration | null): EpochMs | null => (delay === null ? null : after(calendar, answer.dueAt, delay));
  const times = { dueAt: answer.dueAt, remindAt: after(calendar, answer.dueAt, steps.remind), escalateAt: at(steps.escalate), returnAt: handoff.resumedAt === undefined ? at(steps.return) : null };
  const reached = (moment: EpochMs | null): boolean => moment !== null && ctx.now >= moment;
  return { ...times, step: reached(times.returnAt) ? 'return' : reached(times.escalateAt) ? 'escalate' : reached(times.remindAt) ? 'remind' : null };
}

function after(calendar: Calendar, at: EpochMs, delay: Duration): EpochMs {
  return delay.amount === 0 ? at : calendar.addBusiness(at, delay);
}

/**
 * Returns an unanswered handoff to marketing when the agreement says so: the system's doing, never an answer of sales, and not counted. Dated when it was due
 * to return, so that a late run makes nothing late (L5). Returns whether it did.
 */
export function returnUnanswered(ctx: Context): boolean {
  const handoff = openHandoff(ctx);
  const due = handoff === null || handoff.adopted || !isCarried(ctx, handoff) ? null : unanswered(ctx, handoff);
  if (handoff === null || due === null) return false;
  for (const at of [due.remindAt, due.escalateAt, due.returnAt]) if (at !== null && at > ctx.now) ctx.clockTimes.push(at);
  if (due.step !== 'return' || due.returnAt === null || ctx.state.stage !== 'mql') return false;
  const at = due.returnAt;
  const recycleOn = plusDays(ctx, at, ctx.terms.agreement.unanswered.comesBackDays);
  handoff.rejection = { at, crm: 'salesforce', record: '', by: null, reason: SLA_EXPIRED, words: null, reasonAt: at, note: null, detail: null, route: 'recycle', recycleOn, counted: false };
  handoff.closedAt = at;
  handoff.closedAs = 'expired';
  ctx.state.block = { at, cause: 'rejection', route: 'recycle', until: recycleOn, held: clausesSpeaking(ctx, at, handoff.held) };
  moveTo(ctx, 'recycled', at, 'S1', 'sales did not answer in the agreed time');
  return true;
}

/** Only a handoff that sales' record shows can be overdue: whoever cannot see it has not kept anybody waiting. */
function isCarried(ctx: Context, handoff: Handoff): boolean {
  const field = ctx.terms.agreement.ownField('cycle').salesforce;
  return field === null || ctx.primary?.fields[field] === handoff.cycle;
}

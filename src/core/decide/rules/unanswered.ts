import type { EpochMs } from '../../../domain/record';
import type { Handoff } from '../../../domain/person';
import { SLA_EXPIRED } from '../../../domain/stage';
import { clausesSpeaking, moveTo, openHandoff, plusDays, type Context } from '../context';
import { clocks } from './sla';

/**
 * S1: when an open handoff without an answer goes back to marketing. Null: it never does by this agreement, has no answer clock, has been answered, or has returned
 * once already. Whoever is reminded of it before is the notifications' matter (S3).
 */
function returnsAt(ctx: Context, handoff: Handoff): EpochMs | null {
  const answer = clocks(ctx, handoff).find((clock) => clock.name === 'answer');
  const { agreement } = ctx.terms;
  const delay = agreement.unanswered.return;
  if (delay === null || handoff.resumedAt !== undefined || answer === undefined || answer.stoppedAt !== null) return null;
  return delay.amount === 0 ? answer.dueAt : agreement.calendarOf(handoff.carriedBy ?? handoff.ownerId).addBusiness(answer.dueAt, delay);
}

/**
 * Returns an unanswered handoff to marketing when the agreement says so: the system's doing, never an answer of sales, and not counted. Dated when it was due
 * to return, so that a late run makes nothing late (L5). Returns whether it did.
 */
export function returnUnanswered(ctx: Context): boolean {
  const handoff = openHandoff(ctx);
  const at = handoff === null || handoff.adopted || !isCarried(ctx, handoff) ? null : returnsAt(ctx, handoff);
  if (handoff === null || at === null) return false;
  if (at > ctx.now) ctx.clockTimes.push(at);
  if (at > ctx.now || ctx.state.stage !== 'mql') return false;
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

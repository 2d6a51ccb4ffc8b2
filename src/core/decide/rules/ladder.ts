import { isOffRamp, LADDER, rank, SALES_OWNED } from '../../../domain/stage';
import type { Handoff } from '../../../domain/person';
import { explainHeld } from '../../../agreement/conditions';
import { clausesSpeaking, closedAt, lastCycle, moveTo, openHandoff, stageHolds, type Context } from '../context';

/**
 * L1, L2, L3: the furthest stage whose conditions hold, forward only. After a rejection or a loss only evidence newer than it moves the person on (L4).
 * `mql` is entered by `requalify`, which knows what a handoff needs.
 */
export function climb(ctx: Context): void {
  const { state } = ctx;
  const answered = answeredBefore(ctx);
  for (const stage of [...LADDER].reverse()) {
    if (stage === 'mql') continue;
    if (!isOffRamp(state.stage) && rank(stage) <= rank(state.stage)) continue;
    if (isOffRamp(state.stage) && rank(stage) < rank('sal')) continue;
    const after = state.block?.at ?? (SALES_OWNED.includes(stage) ? answered : null);
    const held = stageHolds(ctx, stage, after);
    if (!held.holds) continue;
    if (!isOffRamp(state.stage) && after !== null && SALES_OWNED.includes(stage) && held.at <= after) continue;
    if (state.block !== null && held.at <= state.block.at && isOffRamp(state.stage)) continue;
    const because = held.evaluation === null ? '' : explainHeld(held.evaluation, ctx.terms.agreement.settings.company.language);
    if (isOffRamp(state.stage)) state.block = null;
    moveTo(ctx, stage, held.at, 'L1', because);
    break;
  }
  // L12: a lost opportunity that is open again may be lost again.
  if (!isOffRamp(state.stage)) state.lostSeen = state.lostSeen.filter((id) => !ctx.open.some((each) => each.record.ref.id === id));
  progress(ctx);
}

/**
 * L4: what was true already when sales said no, or when a pass ended, is no answer to the pass after it: a lead that was converted then is not accepted by that
 * once more. Null: the open pass is the first, or none is open. Of a pass that was found at adoption only its own beginning is known.
 */
function answeredBefore(ctx: Context): number | null {
  const open = openHandoff(ctx);
  if (open === null || open.cycle < 2) return null;
  const last = ctx.state.handoffs.filter((each) => each.cycle < open.cycle).at(-1);
  if (last === undefined) return open.adopted ? open.openedAt : null;
  return last.rejection?.at ?? last.closedAt;
}

/** What the stage says about the open handoff: accepted, won (I2, L12). A customer's new opportunity is a new handoff. */
function progress(ctx: Context): void {
  const { state } = ctx;
  const newest = [...ctx.open].sort((a, b) => b.record.createdAt - a.record.createdAt)[0];
  const { adoptedAt } = state;
  let handoff = openHandoff(ctx);
  const last = state.handoffs.at(-1);
  if (last?.closedAs === 'expired' && state.stage !== null && SALES_OWNED.includes(state.stage) && (state.stageAt ?? 0) > (last.closedAt ?? 0)) {
    // Sales took up what had gone back unanswered: the same pass goes on (S1).
    resume(last, state.stageAt ?? ctx.now);
    handoff = last;
  }
  if (handoff === null && newest !== undefined && (last === undefined || (last.closedAt ?? 0) < newest.record.createdAt)) {
    // L7: an opportunity older than adoption starts no clock.
    handoff = opened(ctx, newest.record.createdAt, `a new opportunity (${newest.record.ref.id})`, adoptedAt !== null && newest.record.createdAt < adoptedAt);
  }
  if (handoff === null && last !== undefined && isTakenUp(ctx, last)) {
    const at = state.stageAt ?? ctx.now;
    handoff = opened(ctx, at, 'sales took the person up again', adoptedAt !== null && at < adoptedAt);
  }
  if (handoff === null) return;
  handoff.acceptedAt ??= acceptedAt(ctx, handoff);
  handoff.firstTouchAt ??= handoff.acceptedAt;
  if (state.stage === 'customer' && ctx.open.length === 0 && handoff.closedAt === null) {
    const mine = (at: number): boolean => at >= handoff.openedAt || handoff.adopted;
    const wonAt = ctx.won.map(closedAt).filter(mine);
    const lostAt = ctx.lost.map(closedAt).filter((at) => at >= handoff.openedAt);
    if (wonAt.length === 0 && lostAt.length === 0) return;
    // A customer stays one, but the pass that ended in a loss is over.
    handoff.closedAt = Math.max(...(wonAt.length > 0 ? wonAt : lostAt));
    handoff.closedAs = wonAt.length > 0 ? 'won' : 'lost';
  }
}

/**
 * L4, I4: sales works the person again after its own "no" or a loss, by newer evidence of any record, while nobody has taken the "no" back where it stands (F6): a
 * pass of sales' own. The old answer stays in history and in the count (F5). What the system closed is left alone (F8).
 */
function isTakenUp({ state: { stage } }: Context, last: Handoff): boolean {
  return (stage === 'sal' || stage === 'sql') && (last.closedAs === 'rejected' || last.closedAs === 'lost');
}

/** A handoff that returned unanswered is sales' again: it does not return a second time. */
export function resume(handoff: Handoff, at: number): void {
  handoff.closedAt = null;
  handoff.closedAs = null;
  handoff.rejection = null;
  handoff.resumedAt = at;
}

/** When sales took the pass on; null: not yet. A customer's new pass is not accepted by what made the person a customer. */
function acceptedAt(ctx: Context, handoff: Handoff): number | null {
  const { stage, stageAt } = ctx.state;
  if (stage === null || !SALES_OWNED.includes(stage)) return null;
  if (stage !== 'customer' || handoff.adopted || (stageAt ?? 0) >= handoff.openedAt) return Math.max(stageAt ?? ctx.now, handoff.openedAt);
  const signals = (['sal', 'sql'] as const).map((each) => stageHolds(ctx, each)).filter((held) => held.holds).map((held) => held.at);
  const times = [...ctx.open.map((each) => each.record.createdAt), ...ctx.won.map(closedAt), ...signals].filter((at) => at >= handoff.openedAt);
  return times.length === 0 ? null : Math.min(...times);
}

/** Starts a pass (F5: the next cycle). */
export function opened(ctx: Context, at: number, why: string, adopted = false): Handoff {
  const handoff: Handoff = {
    cycle: lastCycle(ctx.state) + 1,
    openedAt: at,
    adopted,
    why,
    carriedAt: null,
    firstTouchAt: null,
    acceptedAt: null,
    rejection: null,
    closedAt: null,
    closedAs: null,
    ownerId: ctx.primary?.owner?.id ?? null,
    sla: null,
    slaDueAt: null,
    held: clausesSpeaking(ctx),
  };
  ctx.state.handoffs.push(handoff);
  ctx.state.block = null;
  return handoff;
}

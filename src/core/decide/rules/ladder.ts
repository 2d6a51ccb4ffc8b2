import { isOffRamp, LADDER, rank, type StageId } from '../../../domain/stage';
import type { Handoff } from '../../../domain/person';
import { moveTo, openHandoff, stageHolds, type Context } from '../context';

/**
 * L1, L2, L3: the furthest stage whose conditions hold, forward only. After a rejection or a loss only evidence newer than it moves the person on (L4).
 * `mql` is entered by `requalify`, which knows what a handoff needs.
 */
export function climb(ctx: Context): void {
  const { state } = ctx;
  for (const stage of [...LADDER].reverse()) {
    if (stage === 'mql') continue;
    if (!isOffRamp(state.stage) && rank(stage) <= rank(state.stage)) continue;
    if (isOffRamp(state.stage) && rank(stage) < rank('sal')) continue;
    const held = stageHolds(ctx, stage);
    if (!held.holds) continue;
    if (state.block !== null && held.at <= state.block.at && isOffRamp(state.stage)) continue;
    const because = held.evaluation?.clauses.filter((clause) => clause.holds === true).map((clause) => clause.text).join('; ') ?? '';
    if (isOffRamp(state.stage)) state.block = null;
    moveTo(ctx, stage, held.at, 'L1', because);
    break;
  }
  progress(ctx);
}

/** What the stage says about the open handoff: accepted, won (I2, L12). A customer's new opportunity is a new handoff. */
function progress(ctx: Context): void {
  const { state } = ctx;
  const newest = [...ctx.open].sort((a, b) => b.record.createdAt - a.record.createdAt)[0];
  let handoff = openHandoff(ctx);
  const last = state.handoffs.at(-1);
  if (handoff === null && newest !== undefined && (last === undefined || (last.closedAt ?? 0) < newest.record.createdAt) && ctx.known) {
    handoff = opened(ctx, newest.record.createdAt, `a new opportunity (${newest.record.ref.id})`);
  }
  if (handoff === null) return;
  const sales: readonly StageId[] = ['sal', 'sql', 'opportunity', 'customer'];
  if (handoff.acceptedAt === null && state.stage !== null && sales.includes(state.stage) && (state.stage !== 'customer' || ctx.won.length > 0 || ctx.open.length > 0)) {
    handoff.acceptedAt = Math.max(state.stageAt ?? ctx.now, handoff.openedAt);
    handoff.firstTouchAt ??= handoff.acceptedAt;
  }
  if (state.stage === 'customer' && ctx.open.length === 0 && handoff.closedAt === null) {
    const wonAt = ctx.won.map((each) => each.record.opportunity?.closedAt ?? each.record.modifiedAt).filter((at) => at >= handoff.openedAt || handoff.adopted);
    if (wonAt.length > 0) {
      handoff.closedAt = Math.max(...wonAt);
      handoff.closedAs = 'won';
    }
  }
}

/** Starts a pass (F5: the next cycle). */
export function opened(ctx: Context, at: number, why: string, adopted = false): Handoff {
  const handoff: Handoff = {
    cycle: ctx.state.handoffs.length + 1,
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
  };
  ctx.state.handoffs.push(handoff);
  ctx.state.block = null;
  return handoff;
}

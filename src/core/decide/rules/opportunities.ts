import { clausesSpeaking, closedAt, moveTo, openHandoff, type Context } from '../context';

/** L12: a person's opportunities count together. Any won: customer; else any open: opportunity; all closed lost: lost. */
export function applyOpportunities(ctx: Context): void {
  const { state } = ctx;
  if (ctx.won.length > 0 || ctx.open.length > 0 || state.stage === 'customer') return;
  const fresh = ctx.lost.filter((each) => !state.lostSeen.includes(each.record.ref.id));
  if (fresh.length === 0) return;
  state.lostSeen.push(...fresh.map((each) => each.record.ref.id));
  const at = Math.max(...fresh.map(closedAt));
  const handoff = openHandoff(ctx);
  // A loss that is older than the pass now open is history.
  if (handoff !== null && !handoff.adopted && at < handoff.openedAt) return;
  // So is one that is older than sales' last answer: what that answer asks for stands (L4).
  if (state.block !== null && at <= state.block.at) return;
  if (handoff !== null) {
    handoff.closedAt = at;
    handoff.closedAs = 'lost';
  }
  state.block = { at, cause: 'lost', route: null, until: null, held: clausesSpeaking(ctx, at, handoff?.held) };
  moveTo(ctx, 'lost', at, 'L12', `the last opportunity was lost (${fresh.map((each) => each.record.ref.id).join(', ')})`);
}

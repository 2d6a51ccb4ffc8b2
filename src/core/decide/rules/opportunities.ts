import { closedAt, moveTo, openHandoff, stageHolds, type Context } from '../context';

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
  if (handoff !== null) {
    handoff.closedAt = at;
    handoff.closedAs = 'lost';
  }
  const held = stageHolds(ctx, 'mql').evaluation?.clauses.filter((clause) => clause.holds === true).map((clause) => clause.key) ?? [];
  state.block = { at, cause: 'lost', route: null, until: null, held };
  moveTo(ctx, 'lost', at, 'L12', `the last opportunity was lost (${fresh.map((each) => each.record.ref.id).join(', ')})`);
}

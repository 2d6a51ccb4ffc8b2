import { copyState, type PersonState } from '../../domain/person';
import { isOffRamp, rank } from '../../domain/stage';

/**
 * Two histories that turn out to be one person's (I3): passes in the order of their opening, counts added. The stage is the furthest: sales' stages
 * first, then the newest pass if it is open, then an answer of sales, then marketing's stages.
 */
export function joinStates(states: PersonState[]): PersonState {
  const newest = Math.max(...states.map((state) => state.handoffs.at(-1)?.openedAt ?? -Infinity));
  const [first, ...rest] = [...states].sort((a, b) => weight(b, newest) - weight(a, newest) || (b.stageAt ?? 0) - (a.stageAt ?? 0)) as [PersonState, ...PersonState[]];
  const joined = copyState(first);
  for (const other of rest) {
    joined.handoffs.push(...copyState(other).handoffs);
    joined.rejectionCount += other.rejectionCount;
    joined.lostSeen = [...new Set([...joined.lostSeen, ...other.lostSeen])];
    joined.adoptedAt ??= other.adoptedAt;
    joined.agreed = { ...other.agreed, ...joined.agreed };
    joined.contests = { ...other.contests, ...joined.contests };
    joined.ended = [...new Set([...joined.ended, ...other.ended])];
    if (other.endedAt !== undefined) joined.endedAt = { ...other.endedAt, ...joined.endedAt };
    joined.inScope ||= other.inScope;
    joined.mqlWhy ??= other.mqlWhy;
    joined.block ??= other.block;
    if (other.lastAnswer !== null && (joined.lastAnswer === null || other.lastAnswer.at > joined.lastAnswer.at)) joined.lastAnswer = other.lastAnswer;
    for (const [stage, entry] of Object.entries(other.entries)) {
      const key = stage as keyof PersonState['entries'];
      const mine = joined.entries[key];
      // L9: a stage that one of them only skipped was entered all the same when the other entered it.
      if (mine === undefined || (mine.skipped === true && entry.skipped !== true)) joined.entries[key] = entry;
      else if (mine.skipped === entry.skipped) joined.entries[key] = { ...mine, first: Math.min(mine.first, entry.first), latest: Math.max(mine.latest, entry.latest) };
    }
  }
  joined.handoffs.sort((a, b) => a.openedAt - b.openedAt);
  const cycles = states.reduce((sum, state) => sum + (state.handoffs.at(-1)?.cycle ?? 0), 0);
  // Only the newest pass can still be open: an older one goes on in it.
  joined.handoffs.forEach((handoff, index) => {
    handoff.cycle = cycles - joined.handoffs.length + index + 1;
    if (index < joined.handoffs.length - 1 && handoff.closedAt === null) {
      handoff.closedAt = joined.handoffs[index + 1]?.openedAt ?? handoff.openedAt;
      handoff.closedAs = 'duplicate';
    }
  });
  return joined;
}

function weight(state: PersonState, newestPass: number): number {
  if (rank(state.stage) > rank('mql')) return 10 + rank(state.stage);
  const last = state.handoffs.at(-1);
  if (last !== undefined && last.closedAt === null && last.openedAt === newestPass) return 9;
  return isOffRamp(state.stage) ? 8 : rank(state.stage);
}

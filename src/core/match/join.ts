import type { PersonState } from '../../domain/person';
import { rank } from '../../domain/stage';

/** Two histories that turn out to be one person's (I3): passes in the order of their opening, counts added, the later stage kept. */
export function joinStates(states: PersonState[]): PersonState {
  const [first, ...rest] = [...states].sort((a, b) => rank(b.stage) - rank(a.stage) || (b.stageAt ?? 0) - (a.stageAt ?? 0)) as [PersonState, ...PersonState[]];
  const joined = structuredClone(first);
  for (const other of rest) {
    joined.handoffs.push(...structuredClone(other.handoffs));
    joined.rejectionCount += other.rejectionCount;
    joined.lostSeen = [...new Set([...joined.lostSeen, ...other.lostSeen])];
    joined.adoptedAt ??= other.adoptedAt;
    joined.agreed = { ...other.agreed, ...joined.agreed };
    joined.block ??= other.block;
    if (other.lastAnswer !== null && (joined.lastAnswer === null || other.lastAnswer.at > joined.lastAnswer.at)) joined.lastAnswer = other.lastAnswer;
    for (const [stage, entry] of Object.entries(other.entries)) {
      const key = stage as keyof PersonState['entries'];
      const mine = joined.entries[key];
      joined.entries[key] = mine === undefined ? entry : { ...mine, first: Math.min(mine.first, entry.first), latest: Math.max(mine.latest, entry.latest) };
    }
  }
  joined.handoffs.sort((a, b) => a.openedAt - b.openedAt);
  // Only the newest pass can still be open: an older one goes on in it.
  joined.handoffs.forEach((handoff, index) => {
    handoff.cycle = index + 1;
    if (index < joined.handoffs.length - 1 && handoff.closedAt === null) {
      handoff.closedAt = joined.handoffs[index + 1]?.openedAt ?? handoff.openedAt;
      handoff.closedAs = 'duplicate';
    }
  });
  return joined;
}

import type { EpochMs } from '../domain/record';
import type { DeadLetter, Store } from '../store/port';
import { postsOf } from './leave';

export type LetterAction = 'retry' | 'drop';

/** W5: lets the next run try these letters again, or gives up on them until their records change. Returns their ids. */
export async function settleLetters(store: Store, letters: readonly DeadLetter[], action: LetterAction, now: EpochMs): Promise<string[]> {
  const ids = letters.map((letter) => letter.id);
  if (ids.length === 0) return ids;
  await store.transaction(null, async (tx) => {
    await tx.setDeadLetterState(ids, action === 'retry' ? 'retry' : 'dropped');
    if (action === 'drop') return;
    await tx.enqueue([...new Set(letters.flatMap((letter) => letter.personId ?? []))], 'retry', now);
    // A note or task has nothing to decide anew: it waits in the outbox again.
    await tx.repost(postsOf(letters), now);
  });
  return ids;
}

/** The same with all open letters of one root cause, some at a time; returns how many. */
export async function settleCause(store: Store, cause: string, action: LetterAction, now: EpochMs): Promise<number> {
  let settled = 0;
  for (;;) {
    const letters = await store.deadLetters({ state: 'open', cause, limit: 500 });
    if (letters.length === 0) return settled;
    settled += (await settleLetters(store, letters, action, now)).length;
  }
}

import { TIMES } from '../core/decide/rules/contested';
import type { PersonState } from '../domain/person';
import type { EpochMs } from '../domain/record';
import type { Hold, Store } from '../store/port';

/** With a field only some of what is held goes, and the rest must not hide it: the holds of one run or person at once. */
const ALL = 1_000_000;
const SOME = 500;

/** Whose fields are given back: all that a rollback of the run holds, or all that is held on a person. */
export type HeldBy = { run: string } | { personId: string };

/**
 * W9, W12: gives fields held after a rollback, or contested with somebody else, back to Concord; the next run may write them again. `field`: only it, by the
 * CRM's name. Returns how many were given back.
 */
export async function releaseHeld(store: Store, by: HeldBy, field: string | undefined, now: EpochMs): Promise<number> {
  let released = 0;
  for (;;) {
    const holds: Hold[] = (await store.holds({ ...('run' in by ? { run: by.run, kind: 'rolled_back' as const } : by), limit: field === undefined ? SOME : ALL })).filter((hold) => field === undefined || hold.field === field);
    if (holds.length === 0) break;
    // A contested field is counted where its contest ends.
    released += holds.filter((hold) => hold.kind === 'rolled_back').length;
    await store.transaction(null, async (tx) => {
      await tx.releaseHolds(holds.map((hold) => hold.id));
      await tx.enqueue([...new Set(holds.flatMap((hold) => hold.personId ?? []))], 'released', now);
    });
  }
  return 'personId' in by ? released + (await endContests(store, by.personId, field, now)) : released;
}

/** Forgets how often others changed a field back, so that Concord tries again. */
async function endContests(store: Store, personId: string, field: string | undefined, now: EpochMs): Promise<number> {
  const row = (await store.people([personId]))[0];
  const state = (row?.state ?? null) as PersonState | null;
  if (row === undefined || state === null) return 0;
  const ended = Object.keys(state.contests).filter((key) => field === undefined || key.endsWith(`.${field}`));
  if (ended.length === 0) return 0;
  const contests = Object.fromEntries(Object.entries(state.contests).filter(([key]) => !ended.includes(key)));
  await store.transaction(null, async (tx) => {
    await tx.putPeople([{ ...row, state: { ...state, contests } }]);
    await tx.enqueue([personId], 'released', now);
  });
  // What was changed back once or twice was not held.
  return ended.filter((key) => (state.contests[key]?.count ?? 0) >= TIMES).length;
}

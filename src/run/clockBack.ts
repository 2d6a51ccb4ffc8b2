import type { EpochMs } from '../domain/record';
import type { PersonState } from '../domain/person';
import type { PersonRow } from '../store/port';
import { holdGoodRunsTo } from './health';
import { holdToldTo } from './notifications';
import { breathe, type Parts } from './parts';

/*
 * The machine's clock was ahead, and was set back: what runs noted by it lies in the future, and would wait until then. What has been read is safe, for
 * watermarks are the CRMs' time (L5, W8); what depends on Concord's own `now` is put right once, by the first run that finds an earlier one in the future.
 */

/** A clock that is set right by a time service moves by less, and nothing depends on so little. */
const TOLERANCE_MS = 60_000;
/** The last run whose clock was found ahead. */
const FOUND = 'clock_ahead';

/** To be called at a run's beginning, before it is noted itself. Everybody decided in the future is to be decided anew. */
export async function afterClockBack({ store, log }: Pick<Parts, 'store' | 'log'>, fence: number, now: EpochMs): Promise<void> {
  const [latest] = await store.runs(null, 1);
  if (latest === undefined || latest.startedAt <= now + TOLERANCE_MS || (await store.meta(FOUND)) === latest.id) return;
  const aheadMs = latest.startedAt - now;
  log.warn('the clock of this machine is behind an earlier run: what that one left for later is looked at again', { run: latest.id, ahead_seconds: Math.round(aheadMs / 1000) });
  const [before] = await store.runs(now, 1);
  const adoption = await store.meta('adopted');
  const adopted = adoption === null ? null : await store.run(adoption);
  let after: string | null = null;
  for (;;) {
    const page: PersonRow[] = await store.pagePeople(after, 1000);
    if (page.length === 0) break;
    after = page.at(-1)?.id ?? null;
    const future = page.filter((person) => person.updatedAt > now);
    if (future.length > 0) {
      await store.transaction(fence, async (tx) => {
        await tx.putPeople(future.map((person) => ({ ...person, state: heldTo(person.state as PersonState | null, now), updatedAt: now })));
        await tx.enqueue(future.map((person) => person.id), 'clock', now);
      });
    }
    await breathe();
  }
  await store.transaction(fence, async (tx) => {
    await tx.bringForward(now, aheadMs);
    await holdGoodRunsTo(tx, now);
    await holdToldTo(tx, before?.startedAt ?? null, now);
    // L7: what comes after adoption counts from now on, not from that future day on.
    if (adopted !== null && adopted.startedAt > now) await tx.putRun({ ...adopted, startedAt: now });
    await tx.setMeta(FOUND, latest.id);
  });
}

/** S1: a clock that would start in the future has started, so that a touch of today counts. */
function heldTo(state: PersonState | null, now: EpochMs): PersonState | null {
  if (state === null) return null;
  const handoffs = state.handoffs.map((handoff) => (handoff.carriedAt !== null && handoff.carriedAt > now ? { ...handoff, carriedAt: now } : handoff));
  return { ...state, handoffs, adoptedAt: state.adoptedAt === null ? null : Math.min(state.adoptedAt, now) };
}

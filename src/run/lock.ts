import { ConcordError, EXIT } from '../domain/problem';
import type { Parts } from './parts';

/** The lock lives 60 seconds and is renewed every 15 (design.md section 9). */
const TTL_MS = 60_000;
const RENEW_MS = 15_000;

/** Runs `work` under the run lock; throws `locked` (exit 5) when another run holds it. The fence goes with every commit: a loser stops. */
export async function withLock<T>(parts: Parts, work: (fence: number) => Promise<T>): Promise<T> {
  const taken = await parts.store.acquireLock(parts.holder, parts.clock(), TTL_MS);
  if (!taken.ok) {
    throw new ConcordError({
      code: 'locked',
      message: `another run is under way (${taken.by.holder}, until ${new Date(taken.by.expiresAt).toISOString()} unless renewed)`,
      remedy: 'Wait until it ends. A run that was killed gives the lock back by itself within a minute.',
      exit: EXIT.locked,
    });
  }
  const { fence } = taken;
  const timer = setInterval(() => {
    void parts.store.renewLock(fence, parts.clock(), TTL_MS).catch((error: unknown) => {
      parts.log.error('the run lock could not be renewed', { error: error instanceof Error ? error.name : 'unknown' });
    });
  }, RENEW_MS);
  timer.unref();
  try {
    return await work(fence);
  } finally {
    clearInterval(timer);
    // What the run has done is done, and how it failed is what counts: a lock that cannot be given back ends by itself.
    await parts.store.releaseLock(fence).catch((error: unknown) => {
      parts.log.warn('the run lock could not be given back: it ends by itself within a minute', { code: error instanceof ConcordError ? error.code : 'unexpected' });
    });
  }
}

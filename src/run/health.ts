import type { EpochMs } from '../domain/record';
import type { StoreReader, StoreTransaction } from '../store/port';

/* Failing quietly is a defect (design.md section 9): when the last good run was, and whether it was said that it is too long ago. */

/** A run that read both CRMs and wrote what was to be written. One that the guard stopped is none. */
export interface GoodRun {
  run: string;
  at: EpochMs;
}

const LAST = 'last_good_run';
const LAST_FULL = 'last_full_run';
const ANNOUNCED = 'stale_announced';

type Meta = Pick<StoreReader, 'meta'>;

async function goodRun(store: Meta, key: string): Promise<GoodRun | null> {
  const kept = await store.meta(key);
  return kept === null ? null : (JSON.parse(kept) as GoodRun);
}

export async function lastGoodRun(store: Meta): Promise<GoodRun | null> {
  return goodRun(store, LAST);
}

/** The last good run that read everything anew. */
export async function lastFullRun(store: Meta): Promise<GoodRun | null> {
  return goodRun(store, LAST_FULL);
}

export async function noteGoodRun(tx: StoreTransaction, { run, at, full }: GoodRun & { full: boolean }): Promise<void> {
  const text = JSON.stringify({ run, at });
  await tx.setMeta(LAST, text);
  if (full) await tx.setMeta(LAST_FULL, text);
  await tx.setMeta(ANNOUNCED, null);
}

/** A good run that a clock ahead of time noted counts as of `now`: until that day came, nobody would hear that runs fail. */
export async function holdGoodRunsTo(tx: StoreTransaction & StoreReader, now: EpochMs): Promise<void> {
  for (const key of [LAST, LAST_FULL]) {
    const good = await goodRun(tx, key);
    if (good !== null && good.at > now) await tx.setMeta(key, JSON.stringify({ ...good, at: now }));
  }
}

export interface Freshness {
  /** Null: no good run yet. */
  lastGood: GoodRun | null;
  /** Since the last good run, or since `since` when there was none. */
  ageMs: number;
  stale: boolean;
}

/** How old the last good run is. `since`: from when on one could have been expected, for a store that has none. */
export async function freshness(store: Meta, staleAfterMs: number, since: EpochMs, now: EpochMs): Promise<Freshness> {
  const lastGood = await lastGoodRun(store);
  const ageMs = Math.max(0, now - (lastGood?.at ?? since));
  return { lastGood, ageMs, stale: ageMs > staleAfterMs };
}

/** Whether it is to be said now that the connector is stale: true once, then not again until after a good run, also over restarts. */
export async function announceStale(store: Meta & { transaction: <T>(fence: null, work: (tx: StoreTransaction & StoreReader) => Promise<T>) => Promise<T> }, now: EpochMs): Promise<boolean> {
  return store.transaction(null, async (tx) => {
    if ((await tx.meta(ANNOUNCED)) !== null) return false;
    await tx.setMeta(ANNOUNCED, String(now));
    return true;
  });
}

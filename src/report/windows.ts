import { DateTime } from 'luxon';
import type { CompiledAgreement } from '../agreement/compile';
import type { EpochMs } from '../domain/record';
import type { Test } from '../domain/report';
import type { LadderStage } from '../domain/stage';
import type { Store, StoreReader } from '../store/port';
import { DAY } from './cells';
import { stageBit } from './facts';
import { values } from './groups';
import { percentile } from './stats';

/** From which stage to which conversion is told. */
export const STEPS = [
  ['lead', 'mql'],
  ['mql', 'sal'],
  ['sal', 'sql'],
  ['sql', 'opportunity'],
  ['opportunity', 'customer'],
  ['mql', 'sql'],
  ['mql', 'customer'],
] as const satisfies readonly (readonly [LadderStage, LadderStage])[];

/** Those whose lag from one stage to another has been observed: who stood on both, from before adoption on not at all (L7, L9). */
export function lagsOf(from: LadderStage, to: LadderStage, now: EpochMs): Test {
  return { all: [{ column: 'adopted', in: [0] }, { not: { column: 'skipped', bit: stageBit(from) | stageBit(to) } }, { column: `${from}_at`, known: true }, { column: `${to}_at`, before: now }] };
}

const LEAST = 30 * DAY;
const META = 'report_windows';

/**
 * How long each step's cohorts are watched: the 90th percentile of the lags observed, at least 30 days (domain.md C2). Found once a local day and kept,
 * so that a day's reports agree with each other.
 */
export async function windowsOf(store: StoreReader & Partial<Pick<Store, 'transaction'>>, agreement: CompiledAgreement, now: EpochMs): Promise<Record<string, number>> {
  const day = DateTime.fromMillis(now, { zone: agreement.timeZone }).toISODate() ?? '';
  const kept = await store.meta(META);
  if (kept !== null) {
    const known = JSON.parse(kept) as { day: string; windows: Record<string, number> };
    if (known.day === day) return known.windows;
  }
  const windows: Record<string, number> = {};
  for (const [from, to] of STEPS) {
    windows[`${from}_${to}`] = Math.max(LEAST, percentile(await values({ reader: store }, 'episodes', lagsOf(from, to, now), `${to}_at`, `${from}_at`), 0.9) ?? 0);
  }
  await store.transaction?.(null, (tx) => tx.setMeta(META, JSON.stringify({ day, windows })));
  return windows;
}

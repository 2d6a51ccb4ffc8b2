import type { EpochMs } from '../domain/record';

const KNOWN_MS = 60 * 60_000;
const UNKNOWN_MS = 5 * 60_000;

/**
 * Whether what a CRM said of a user at `at` stands at `now`: people come, leave and change their names while a server runs for years. One of whom it said
 * nothing (`isKnown` false) may have come since. What was noted by a clock that was ahead does not stand.
 */
export function stands(at: EpochMs, now: EpochMs, isKnown: boolean): boolean {
  const age = now - at;
  return age >= 0 && age < (isKnown ? KNOWN_MS : UNKNOWN_MS);
}

/**
 * A duration as the agreement writes it: `90d`, `8h`, `30m`. What an hour or a day is depends on where it stands: business hours and business
 * days in SLA values (S1), plain ones elsewhere.
 */
export interface Duration {
  amount: number;
  unit: 'm' | 'h' | 'd';
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Reads `90d`. Throws on anything the agreement's shape does not allow: it is called on checked values only. */
export function parseDuration(text: string): Duration {
  const match = /^([1-9][0-9]*)(m|h|d)$/.exec(text);
  if (!match) throw new Error(`not a duration: ${text}`);
  return { amount: Number(match[1]), unit: match[2] as Duration['unit'] };
}

/** Reads a duration that may be none at all: `0h` has the amount 0. Throws like `parseDuration`. */
export function parseDelay(text: string): Duration {
  return /^0[mhd]$/.test(text) ? { amount: 0, unit: 'h' } : parseDuration(text);
}

/** Reads `45s`, `2m` or `off` (null), in milliseconds. Called on checked values only. */
export function intervalMs(text: string): number | null {
  if (text === 'off') return null;
  const match = /^([1-9][0-9]*)(s|m)$/.exec(text);
  if (!match) throw new Error(`not an interval: ${text}`);
  return Number(match[1]) * (match[2] === 's' ? 1000 : MINUTE_MS);
}

/** The duration in plain (not business) milliseconds, a day being 24 hours. */
export function durationMs(duration: Duration): number {
  return duration.amount * (duration.unit === 'm' ? MINUTE_MS : duration.unit === 'h' ? HOUR_MS : DAY_MS);
}

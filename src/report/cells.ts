import type { Cell, Listed } from './model';
import { FEW, percentile, SMALL, wilson } from './stats';
import type { Say } from './texts';

export const DAY = 86_400_000;
export const HOUR = 3_600_000;

export function text(value: string): Cell {
  return { value };
}

export function count(value: number, behind?: Listed): Cell {
  return { value, ...(behind === undefined ? {} : { behind }) };
}

/** A share with Wilson's interval; of nothing it is not measured. */
export function rate(say: Say, hits: number, of: number, behind?: Listed): Cell {
  const interval = wilson(hits, of);
  if (interval === null) return { value: null, why: say('why_none'), hits, of };
  return { value: hits / of, hits, of, ...interval, ...(of < SMALL ? { small: true } : {}), ...(behind === undefined ? {} : { behind }) };
}

/** Hundredths of the company's currency. */
export function money(cents: number, behind?: Listed): Cell {
  return { value: cents / 100, ...(behind === undefined ? {} : { behind }) };
}

export function none(why: string): Cell {
  return { value: null, why };
}

/** A duration in units of `unit` milliseconds. */
export function duration(ms: number | null, unit: number, why: string): Cell {
  return ms === null ? none(why) : { value: ms / unit };
}

/** A figure that has a value, with whom it is made of. */
export function of(cell: Cell, behind?: Listed): Cell {
  return cell.value === null || behind === undefined ? cell : { ...cell, behind };
}

/** Median, p75 and p90 of ascending values, with whose they are; withheld where there are too few. */
export function percentiles(say: Say, sorted: ArrayLike<number>, unit: number, behind?: Listed): { median: Cell; p75: Cell; p90: Cell } {
  const least = (p: number, needed: number): Cell => (sorted.length < needed ? none(sorted.length === 0 ? say('why_none') : say('why_few', { n: sorted.length, needed })) : duration(percentile(sorted, p), unit, ''));
  return { median: of(least(0.5, FEW), behind), p75: of(least(0.75, SMALL), behind), p90: of(least(0.9, SMALL), behind) };
}

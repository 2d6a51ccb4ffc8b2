import { IANAZone } from 'luxon';
import type { EpochMs } from '../domain/record';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './duration';

/*
 * Local calendar days of one time zone. A day is its number since 1970-01-01; a time of day is milliseconds on the wall clock (0 … 24 h). Two
 * rules make every wall-clock time a moment:
 *  - a time that a clock change skips is the moment of the change (02:30 where the clock jumps from 02:00 to 03:00 is 03:00);
 *  - a time that occurs twice is the first of the two.
 * Offsets are asked of luxon once per day and kept: the hot paths only compare numbers.
 */
export interface LocalDays {
  /** The number of the local day in which the moment lies. */
  dayOf(at: EpochMs): number;
  /** The moment of a wall-clock time on a day; `24 h` is the beginning of the next day. */
  momentOf(day: number, timeOfDay: number): EpochMs;
  /** The wall-clock time at the moment, in milliseconds since local midnight as the clock shows it. */
  timeOfDay(at: EpochMs): number;
  startOf(day: number): EpochMs;
}

const KEEP_DAYS = 20_000;

/** The local days of an IANA time zone. Throws on an unknown zone: the agreement is checked before. */
export function localDays(timeZone: string): LocalDays {
  const zone = IANAZone.create(timeZone);
  if (!zone.isValid) throw new Error(`unknown time zone: ${timeZone}`);
  const offsetAt = (at: EpochMs): number => Math.round(zone.offset(at) * MINUTE_MS);
  const starts = new Map<number, EpochMs>();
  const offsets = new Map<number, number>();
  const guess = offsetAt(Date.UTC(2026, 0, 15));

  function momentOf(day: number, timeOfDay: number): EpochMs {
    const offset = timeOfDay < DAY_MS ? offsetOf(day) : NaN;
    if (Number.isNaN(offset)) return search(day * DAY_MS + timeOfDay);
    // A change at midnight skips the day's first (or last) times: they are the moment of the change, which bounds the day.
    return Math.min(Math.max(day * DAY_MS + timeOfDay - offset, startOf(day)), startOf(day + 1));
  }

  /** The moment of a wall-clock time (as if it were UTC) on a day that may change its clock. */
  function search(wall: number): EpochMs {
    // One change of clocks lies at most in these two days; the moment sought lies within them whatever the offset.
    let from = wall - DAY_MS - HOUR_MS;
    let to = wall + DAY_MS + HOUR_MS;
    const before = offsetAt(from);
    const after = offsetAt(to);
    if (before === after) return wall - before;
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      if (offsetAt(middle) === before) from = middle;
      else to = middle;
    }
    const change = to;
    if (wall - before < change) return wall - before;
    return Math.max(wall - after, change);
  }

  function startOf(day: number): EpochMs {
    let start = starts.get(day);
    if (start === undefined) {
      if (starts.size > KEEP_DAYS) starts.clear();
      start = search(day * DAY_MS);
      starts.set(day, start);
    }
    return start;
  }

  function dayOf(at: EpochMs): number {
    let day = Math.floor((at + guess) / DAY_MS);
    while (at < startOf(day)) day -= 1;
    while (at >= startOf(day + 1)) day += 1;
    return day;
  }

  /** The day's offset, or NaN on a day that changes its clock. */
  function offsetOf(day: number): number {
    let offset = offsets.get(day);
    if (offset === undefined) {
      if (offsets.size > KEEP_DAYS) offsets.clear();
      const first = offsetAt(startOf(day));
      offset = first === offsetAt(startOf(day + 1)) ? first : NaN;
      offsets.set(day, offset);
    }
    return offset;
  }

  function timeOfDay(at: EpochMs): number {
    const day = dayOf(at);
    const offset = offsetOf(day);
    return Math.max(0, at + (Number.isNaN(offset) ? offsetAt(at) : offset) - day * DAY_MS);
  }

  return { dayOf, momentOf, startOf, timeOfDay };
}

/** `2026-11-22` as a day number; NaN when it is not a date of the calendar. */
export function dayNumber(date: string): number {
  const at = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date) return NaN;
  return at / DAY_MS;
}

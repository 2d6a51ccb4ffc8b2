import type { EpochMs } from '../domain/record';
import { WEEKDAYS, type CalendarSettings } from './schema';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Duration } from './duration';
import { dayNumber, localDays, type LocalDays } from './localDay';

/*
 * Business time (S1). A working day is a listed weekday that is no holiday; its working time runs from `from` until `to` on the local clock.
 *
 * Hours and minutes are counted inside working time. Days are local working days that keep the local time of day: two days from Friday 17:00 are
 * Tuesday 17:00, whatever the clocks did in between. What begins outside working time counts as beginning at the next opening: from Saturday, or
 * from Friday after closing, two days are Wednesday at the opening hour. A deadline that uses a day's last minute falls on closing time, not on the
 * next opening: both are the same moment of business time, and the earlier is the one that people expect. A time of day that a clock change skips
 * is the moment of the change; one that occurs twice is the first of the two.
 */
export interface Calendar {
  /** The deadline that lies a duration of business time after a moment: never outside working time, closing time included. */
  addBusiness(from: EpochMs, duration: Duration): EpochMs;
  /** Working time between two moments in milliseconds; negative when the second lies before the first. */
  businessBetween(a: EpochMs, b: EpochMs): number;
  /** Whether the moment lies in working time; opening belongs to it, closing no more. */
  isWorking(at: EpochMs): boolean;
  readonly days: LocalDays;
}

interface WorkingDay {
  open: EpochMs;
  close: EpochMs;
}

/** The holidays of a year as dates (`2026-12-25`), for a country code in the settings. */
export type HolidaysOf = (country: string, year: number) => readonly string[];

/** No search for a working day goes further than this: ten years of days without one mean a calendar that never works. */
const FURTHEST = 3660;
const KEEP_DAYS = 20_000;

/**
 * Makes the calendar of an agreement's `sla.calendar` in an IANA time zone. `holidaysOf` answers for a country code and is needed only with one.
 * Throws when the calendar has no working time at all.
 */
export function createCalendar(settings: CalendarSettings, timeZone: string, holidaysOf?: HolidaysOf): Calendar {
  const days = localDays(timeZone);
  const from = timeOfDayMs(settings.from);
  const to = timeOfDayMs(settings.to);
  const weekdays = new Set(settings.days.map((name) => WEEKDAYS.indexOf(name)));
  const isHoliday = holidayTest(settings.holidays, holidaysOf);
  const cache = new Map<number, WorkingDay | null>();

  function workingDay(day: number): WorkingDay | null {
    let found = cache.get(day);
    if (found === undefined) {
      if (cache.size > KEEP_DAYS) cache.clear();
      found = look(day);
      cache.set(day, found);
    }
    return found;
  }

  function look(day: number): WorkingDay | null {
    // Day 0, 1970-01-01, was a Thursday.
    if (!weekdays.has((((day + 3) % 7) + 7) % 7) || isHoliday(day)) return null;
    const open = days.momentOf(day, from);
    const close = days.momentOf(day, to);
    return close > open ? { open, close } : null;
  }

  function nextWorkingDay(after: number): number {
    for (let day = after + 1; day <= after + FURTHEST; day += 1) if (workingDay(day) !== null) return day;
    throw new Error('the calendar has no working day');
  }

  /** The moment itself in working time, else the next opening; `opening` tells which. */
  function begin(at: EpochMs): { day: number; at: EpochMs; opening: boolean } {
    const day = days.dayOf(at);
    const today = workingDay(day);
    if (today !== null && at < today.close) return at > today.open ? { day, at, opening: false } : { day, at: today.open, opening: true };
    const next = nextWorkingDay(day);
    return { day: next, at: (workingDay(next) as WorkingDay).open, opening: true };
  }

  function addBusiness(fromAt: EpochMs, duration: Duration): EpochMs {
    const start = begin(fromAt);
    if (duration.unit === 'd') {
      let day = start.day;
      for (let count = 0; count < duration.amount; count += 1) day = nextWorkingDay(day);
      // An opening is an opening on every day, also when a clock change moves one of them.
      return days.momentOf(day, start.opening ? from : days.timeOfDay(start.at));
    }
    let left = duration.amount * (duration.unit === 'h' ? HOUR_MS : MINUTE_MS);
    let { day, at } = start;
    for (;;) {
      const { close } = workingDay(day) as WorkingDay;
      if (at + left <= close) return at + left;
      left -= close - at;
      day = nextWorkingDay(day);
      at = (workingDay(day) as WorkingDay).open;
    }
  }

  function businessBetween(a: EpochMs, b: EpochMs): number {
    if (b < a) return 0 - businessBetween(b, a);
    const last = days.dayOf(b);
    let sum = 0;
    for (let day = days.dayOf(a); day <= last; day += 1) {
      const hours = workingDay(day);
      if (hours !== null) sum += Math.max(0, Math.min(b, hours.close) - Math.max(a, hours.open));
    }
    return sum;
  }

  function isWorking(at: EpochMs): boolean {
    const hours = workingDay(days.dayOf(at));
    return hours !== null && at >= hours.open && at < hours.close;
  }

  return { addBusiness, businessBetween, isWorking, days };
}

/** `"09:30"` in milliseconds since midnight. */
export function timeOfDayMs(text: string): number {
  const [hours = NaN, minutes = NaN] = text.split(':').map(Number);
  return hours * HOUR_MS + minutes * MINUTE_MS;
}

function holidayTest(holidays: CalendarSettings['holidays'], holidaysOf: HolidaysOf | undefined): (day: number) => boolean {
  if (typeof holidays !== 'string') {
    const listed = new Set(holidays.map(dayNumber));
    return (day) => listed.has(day);
  }
  if (holidaysOf === undefined) throw new Error('a country code needs the holiday data set');
  const years = new Map<number, Set<number>>();
  return (day) => {
    const year = new Date(day * DAY_MS).getUTCFullYear();
    let listed = years.get(year);
    if (listed === undefined) {
      listed = new Set(holidaysOf(holidays, year).map(dayNumber));
      years.set(year, listed);
    }
    return listed.has(day);
  };
}

import { createRequire } from 'node:module';
import type { HolidaysOf } from './calendar';

/** The optional npm package with the world's holidays. Concord does not install it. */
export const HOLIDAY_PACKAGE = 'date-holidays';

interface HolidayCalendar {
  getHolidays(year: number): unknown;
}

/**
 * Public holidays by country from the optional package, or null when it is not installed. `load` is asked once; it answers the package's export or
 * throws. The package's own shape (a class made with a country code, `getHolidays(year)` giving `{ date: '2026-12-25 00:00:00', type: 'public' }`;
 * https://www.npmjs.com/package/date-holidays) is checked, not trusted.
 */
export function holidayData(load: () => unknown = requirePackage): HolidaysOf | null {
  let made: unknown;
  try {
    made = load();
  } catch {
    return null;
  }
  const Holidays = typeof made === 'function' ? made : (made as { default?: unknown } | null)?.default;
  if (typeof Holidays !== 'function') return null;
  const calendars = new Map<string, HolidayCalendar>();
  return (country, year) => {
    let calendar = calendars.get(country);
    if (calendar === undefined) {
      calendar = new (Holidays as new (country: string) => HolidayCalendar)(country);
      calendars.set(country, calendar);
    }
    const list = calendar.getHolidays(year);
    if (!Array.isArray(list)) return [];
    return list.flatMap((entry: unknown) => {
      const { date, type } = (entry ?? {}) as { date?: unknown; type?: unknown };
      return type === 'public' && typeof date === 'string' ? [date.slice(0, 10)] : [];
    });
  };
}

function requirePackage(): unknown {
  // The name is a value so that bundlers and the compiler do not look for a package that need not exist.
  const name: string = HOLIDAY_PACKAGE;
  return createRequire(__filename)(name) as unknown;
}

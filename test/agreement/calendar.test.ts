import fc from 'fast-check';
import { DateTime } from 'luxon';
import { createCalendar } from '../../src/agreement/calendar';
import { parseDuration } from '../../src/agreement/duration';
import { localDays } from '../../src/agreement/localDay';
import type { CalendarSettings } from '../../src/agreement/schema';

const OFFICE: CalendarSettings = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00', holidays: ['2026-12-25', '2027-01-01'] };
const ALWAYS: CalendarSettings = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '24:00', holidays: [] };
const HOUR = 3_600_000;

function at(local: string, zone: string): number {
  const moment = DateTime.fromISO(local, { zone });
  if (!moment.isValid || moment.toFormat("yyyy-MM-dd'T'HH:mm") !== local) throw new Error(`no such local time: ${local} ${zone}`);
  return moment.toMillis();
}

function local(moment: number, zone: string): string {
  return DateTime.fromMillis(moment, { zone }).toFormat('ccc yyyy-MM-dd HH:mm');
}

describe('business time, told with weekdays (2026-11-20 is a Friday)', () => {
  const zone = 'America/Mexico_City';
  const calendar = createCalendar(OFFICE, zone);

  test.each([
    ['days keep the time of day over the weekend', '2026-11-20T17:00', '2d', 'Tue 2026-11-24 17:00'],
    ['from Saturday as from Monday’s opening', '2026-11-21T12:00', '2d', 'Wed 2026-11-25 09:00'],
    ['before opening as from opening', '2026-11-20T07:30', '1d', 'Mon 2026-11-23 09:00'],
    ['after closing as from the next opening', '2026-11-20T20:00', '1d', 'Tue 2026-11-24 09:00'],
    ['at closing as from the next opening', '2026-11-20T18:00', '1d', 'Tue 2026-11-24 09:00'],
    ['hours inside a day', '2026-11-20T10:00', '4h', 'Fri 2026-11-20 14:00'],
    ['hours over the weekend', '2026-11-20T17:00', '2h', 'Mon 2026-11-23 10:00'],
    ['hours that end at closing end the day', '2026-11-20T17:00', '1h', 'Fri 2026-11-20 18:00'],
    ['hours over several days', '2026-11-20T17:00', '20h', 'Wed 2026-11-25 10:00'],
    ['minutes', '2026-11-20T17:45', '30m', 'Mon 2026-11-23 09:15'],
    ['a holiday is no day', '2026-12-24T17:00', '1d', 'Mon 2026-12-28 17:00'],
    ['hours over a holiday and a weekend', '2026-12-24T17:00', '2h', 'Mon 2026-12-28 10:00'],
    ['from a holiday as from the next opening', '2027-01-01T10:00', '1h', 'Mon 2027-01-04 10:00'],
  ])('%s: %s + %s', (_, from, duration, expected) => {
    expect(local(calendar.addBusiness(at(from, zone), parseDuration(duration)), zone)).toBe(expected);
  });

  test.each([
    ['inside a day', '2026-11-20T10:00', '2026-11-20T12:30', 2.5],
    ['over a weekend', '2026-11-20T17:00', '2026-11-23T10:00', 2],
    ['from night to night', '2026-11-20T03:00', '2026-11-20T23:00', 9],
    ['within a weekend', '2026-11-21T03:00', '2026-11-22T23:00', 0],
    ['a week with a holiday', '2026-12-21T00:00', '2026-12-28T00:00', 36],
    ['backwards', '2026-11-20T12:30', '2026-11-20T10:00', -2.5],
  ])('between: %s', (_, from, to, hours) => {
    expect(calendar.businessBetween(at(from, zone), at(to, zone))).toBe(hours * HOUR);
  });

  test.each([
    ['2026-11-20T09:00', true],
    ['2026-11-20T08:59', false],
    ['2026-11-20T17:59', true],
    ['2026-11-20T18:00', false],
    ['2026-11-21T12:00', false],
    ['2026-12-25T12:00', false],
  ])('working at %s: %p', (moment, expected) => {
    expect(calendar.isWorking(at(moment, zone))).toBe(expected);
  });
});

describe('daylight saving never moves a deadline’s local time (S1)', () => {
  test.each([
    // Clocks forward on Sunday 2026-03-08 and back on Sunday 2026-11-01.
    ['America/New_York', '2026-03-06T17:00', '2d', 'Tue 2026-03-10 17:00', 95],
    ['America/New_York', '2026-10-30T17:00', '2d', 'Tue 2026-11-03 17:00', 97],
    // Clocks forward on Sunday 2026-03-29 and back on Sunday 2026-10-25.
    ['Europe/Madrid', '2026-03-27T10:30', '1d', 'Mon 2026-03-30 10:30', 71],
    ['Europe/Madrid', '2026-10-23T10:30', '1d', 'Mon 2026-10-26 10:30', 73],
    // Clocks forward at midnight to Sunday 2026-09-06 and back at midnight to Sunday 2026-04-05.
    ['America/Santiago', '2026-09-04T17:00', '2d', 'Tue 2026-09-08 17:00', 95],
    ['America/Santiago', '2026-04-03T17:00', '2d', 'Tue 2026-04-07 17:00', 97],
  ])('%s %s + %s', (zone, from, duration, expected, hours) => {
    const calendar = createCalendar({ ...OFFICE, holidays: [] }, zone);
    const deadline = calendar.addBusiness(at(from, zone), parseDuration(duration));

    expect(local(deadline, zone)).toBe(expected);
    // Proof that the clocks did change in between.
    expect((deadline - at(from, zone)) / HOUR).toBe(hours);
  });

  test('round the clock, the day of the change has 23 or 25 hours', () => {
    for (const [zone, shortDay, longDay] of [['America/New_York', '2026-03-08', '2026-11-01'], ['Europe/Madrid', '2026-03-29', '2026-10-25'], ['America/Santiago', '2026-09-06', '2026-04-04']] as const) {
      const calendar = createCalendar(ALWAYS, zone);
      const hoursOf = (date: string): number => {
        const day = calendar.days.dayOf(at(`${date}T12:00`, zone));
        return calendar.businessBetween(calendar.days.startOf(day), calendar.days.startOf(day + 1)) / HOUR;
      };
      expect([zone, hoursOf(shortDay), hoursOf(longDay)]).toEqual([zone, 23, 25]);
    }
  });

  test('round the clock, business time is plain time', () => {
    const calendar = createCalendar(ALWAYS, 'America/Santiago');
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2028, 0) }), fc.integer({ min: 1, max: 3000 }), (from, hours) => {
        expect(calendar.addBusiness(from, { amount: hours, unit: 'h' })).toBe(from + hours * HOUR);
        expect(calendar.businessBetween(from, from + hours * HOUR)).toBe(hours * HOUR);
      }),
    );
  });

  test('a time that the change skips is the moment of the change', () => {
    // 02:30 does not exist in New York on 2026-03-08, nor 00:30 in Santiago on 2026-09-06.
    const night = (from: string): CalendarSettings => ({ ...ALWAYS, from, to: '12:00' });
    const newYork = createCalendar(night('02:30'), 'America/New_York');
    expect(local(newYork.addBusiness(at('2026-03-07T02:45', 'America/New_York'), parseDuration('1d')), 'America/New_York')).toBe('Sun 2026-03-08 03:00');
    const santiago = createCalendar(night('00:30'), 'America/Santiago');
    expect(local(santiago.addBusiness(at('2026-09-05T12:00', 'America/Santiago'), parseDuration('1m')), 'America/Santiago')).toBe('Sun 2026-09-06 01:01');
  });

  test('an opening stays an opening, also from a day whose opening was moved', () => {
    const calendar = createCalendar({ ...ALWAYS, days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sun'] }, 'America/Santiago');
    expect(local(calendar.addBusiness(at('2026-09-05T12:00', 'America/Santiago'), parseDuration('1d')), 'America/Santiago')).toBe('Mon 2026-09-07 00:00');
  });

  test('a time that occurs twice is the first of the two', () => {
    const calendar = createCalendar(ALWAYS, 'America/New_York');
    const deadline = calendar.addBusiness(at('2026-10-31T01:30', 'America/New_York'), parseDuration('1d'));
    expect(new Date(deadline).toISOString()).toBe('2026-11-01T05:30:00.000Z');
  });
});

describe('laws', () => {
  const zones = ['America/Santiago', 'America/New_York', 'Europe/Madrid', 'America/Mexico_City', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Auckland'];
  const made = new Map(zones.map((zone) => [zone, createCalendar(OFFICE, zone)]));
  const anyZone = fc.constantFrom(...zones);
  const anyMoment = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2028, 0) });
  const anyDuration = fc.record({ amount: fc.integer({ min: 1, max: 60 }), unit: fc.constantFrom('m' as const, 'h' as const, 'd' as const) });
  const calendarOf = (zone: string): ReturnType<typeof createCalendar> => made.get(zone) ?? createCalendar(OFFICE, zone);

  test('a deadline never lies outside working time, closing included', () => {
    fc.assert(
      fc.property(anyZone, anyMoment, anyDuration, (zone, from, duration) => {
        const deadline = calendarOf(zone).addBusiness(from, duration);
        expect(calendarOf(zone).isWorking(deadline) || calendarOf(zone).isWorking(deadline - 1)).toBe(true);
        const clock = DateTime.fromMillis(deadline, { zone });
        expect(clock.weekday).toBeLessThan(6);
        expect(clock.toFormat('HH:mm:ss.SSS') >= '09:00' && clock.toFormat('HH:mm:ss.SSS') <= '18:00:00.000').toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('a later start never gives an earlier deadline', () => {
    fc.assert(
      fc.property(anyZone, anyMoment, fc.integer({ min: 0, max: 10 * 24 * HOUR }), anyDuration, (zone, from, later, duration) => {
        expect(calendarOf(zone).addBusiness(from + later, duration)).toBeGreaterThanOrEqual(calendarOf(zone).addBusiness(from, duration));
      }),
      { numRuns: 500 },
    );
  });

  test('hours add up, and the time between start and deadline is the duration', () => {
    fc.assert(
      fc.property(anyZone, anyMoment, fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 2000 }), (zone, from, a, b) => {
        const calendar = calendarOf(zone);
        const minutes = (amount: number) => ({ amount, unit: 'm' as const });
        expect(calendar.addBusiness(calendar.addBusiness(from, minutes(a)), minutes(b))).toBe(calendar.addBusiness(from, minutes(a + b)));
        expect(calendar.businessBetween(from, calendar.addBusiness(from, minutes(a)))).toBe(a * 60_000);
      }),
      { numRuns: 500 },
    );
  });

  test('days add up, and keep the local time of day of a start in working time', () => {
    fc.assert(
      fc.property(anyZone, anyMoment, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (zone, from, a, b) => {
        const calendar = calendarOf(zone);
        const first = calendar.addBusiness(from, { amount: a, unit: 'd' });
        expect(calendar.addBusiness(first, { amount: b, unit: 'd' })).toBe(calendar.addBusiness(from, { amount: a + b, unit: 'd' }));
        const clock = (moment: number): string => DateTime.fromMillis(moment, { zone }).toFormat('HH:mm:ss.SSS');
        if (calendar.isWorking(from)) expect(clock(first)).toBe(clock(from));
      }),
      { numRuns: 500 },
    );
  });

  test('time between is additive at any middle', () => {
    fc.assert(
      fc.property(anyZone, anyMoment, anyMoment, anyMoment, (zone, a, b, c) => {
        const { businessBetween } = calendarOf(zone);
        expect(businessBetween(a, b) + businessBetween(b, c)).toBe(businessBetween(a, c));
      }),
    );
  });

  test('local days agree with luxon throughout a year', () => {
    for (const zone of zones) {
      const days = localDays(zone);
      for (let moment = Date.UTC(2026, 0, 1, 0, 20); moment < Date.UTC(2027, 0); moment += 11 * HOUR) {
        const clock = DateTime.fromMillis(moment, { zone });
        expect(new Date(days.dayOf(moment) * 24 * HOUR).toISOString().slice(0, 10)).toBe(clock.toISODate());
        expect(days.timeOfDay(moment)).toBe((clock.hour * 60 + clock.minute) * 60_000 + clock.second * 1000 + clock.millisecond);
      }
    }
  });
});

test('holidays of a country are asked for by year, once', () => {
  const asked: string[] = [];
  const calendar = createCalendar({ ...OFFICE, holidays: 'MX' }, 'America/Mexico_City', (country, year) => {
    asked.push(`${country} ${year}`);
    return [`${year}-11-23`];
  });

  const from = at('2026-11-20T17:00', 'America/Mexico_City');
  expect(local(calendar.addBusiness(from, parseDuration('2h')), 'America/Mexico_City')).toBe('Tue 2026-11-24 10:00');
  calendar.addBusiness(from, parseDuration('5d'));
  expect(asked).toEqual(['MX 2026']);
  expect(() => createCalendar({ ...OFFICE, holidays: 'MX' }, 'America/Mexico_City').isWorking(from)).toThrow('holiday data set');
});


import { timeOfDayMs } from '../calendar';
import { DAY_MS, durationMs, parseDuration } from '../duration';
import type { Findings, Path } from '../fault';
import { HOLIDAY_PACKAGE } from '../holidays';
import { dayNumber } from '../localDay';
import { ownerKey } from '../ownerKey';
import { get, list, text } from '../raw';

const TIME = /^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/;
const DURATION = /^[1-9][0-9]{0,5}(m|h|d)$/;

/** Working hours that work, holidays that are dates, deadlines that can be warned of (S1, S2). */
export function checkSla(data: unknown, hasHolidayData: boolean, findings: Findings): void {
  const workingDay = checkCalendar(get(data, 'sla', 'calendar'), ['sla', 'calendar'], hasHolidayData, findings);
  checkCalendars(data, hasHolidayData, findings);
  checkUnanswered(data, findings);
  const dueSoon = roughMs(text(data, 'sla', 'due_soon') ?? '2h', workingDay);
  for (const [clock, standard] of [['first_touch', '8h'], ['answer', '2d'], ['reason', '2d'], ['book_or_recycle', '5d']] as const) {
    const allowed = roughMs(text(data, 'sla', clock) ?? standard, workingDay);
    if (dueSoon !== undefined && allowed !== undefined && dueSoon >= allowed)
      findings.warn(['sla', 'due_soon'], `\`due_soon\` is not shorter than \`${clock}\`: that clock would begin as due soon.`, 'Shorten due_soon, for example to 30m.');
  }
}

/** Business time of a duration, as far as it can be compared without a calendar. */
function roughMs(duration: string, workingDay: number): number | undefined {
  if (!DURATION.test(duration)) return undefined;
  const parsed = parseDuration(duration);
  return parsed.unit === 'd' ? parsed.amount * workingDay : durationMs(parsed);
}

/** One calendar's working hours and holidays. Returns how long its working day is, a whole day when that cannot be told. */
function checkCalendar(calendar: unknown, path: Path, hasHolidayData: boolean, findings: Findings): number {
  const from = text(calendar, 'from');
  const to = text(calendar, 'to');
  const bothTimes = from !== undefined && to !== undefined && TIME.test(from) && TIME.test(to);
  if (bothTimes && timeOfDayMs(from) >= timeOfDayMs(to)) findings.fault([...path, 'to'], `Work ends at ${to}, before or when it begins (${from}).`, 'Write a later time; "24:00" is the end of the day.');
  const days = list(calendar, 'days');
  for (const [index, day] of days.entries())
    if (typeof day === 'string' && days.indexOf(day) < index) findings.fault([...path, 'days', index], `The working day \`${day}\` stands twice.`, 'Write it once.');
  checkHolidays(calendar, path, hasHolidayData, findings);
  return bothTimes ? timeOfDayMs(to) - timeOfDayMs(from) : DAY_MS;
}

/** S1: every owner works by one calendar. */
function checkCalendars(data: unknown, hasHolidayData: boolean, findings: Findings): void {
  const seen = new Map<string, string>();
  for (const [index, calendar] of list(data, 'sla', 'calendars').entries()) {
    const path: Path = ['sla', 'calendars', index];
    checkCalendar(calendar, path, hasHolidayData, findings);
    const team = text(calendar, 'team') ?? `entry ${index + 1}`;
    for (const [place, owner] of list(calendar, 'owners').entries()) {
      if (typeof owner !== 'string') continue;
      const other = seen.get(ownerKey(owner));
      if (other !== undefined) findings.fault([...path, 'owners', place], `The owner ${owner} already works by the calendar of “${other}”.`, 'Keep the owner in one team.');
      seen.set(ownerKey(owner), team);
    }
  }
}

function checkUnanswered(data: unknown, findings: Findings): void {
  const back = text(data, 'sla', 'unanswered', 'comes_back');
  if (back !== undefined && get(data, 'sla', 'unanswered', 'return') === undefined) findings.faultAtKey(['sla', 'unanswered', 'comes_back'], '`comes_back` does nothing without `return`.', 'Add return: 1d, or remove it.');
  if (back !== undefined && /^[1-9][0-9]*[mh]$/.test(back)) findings.fault(['sla', 'unanswered', 'comes_back'], 'A person comes back on a date, so `comes_back` counts whole days.', 'Write days, for example 30d.');
}

function checkHolidays(calendar: unknown, path: Path, hasHolidayData: boolean, findings: Findings): void {
  const country = text(calendar, 'holidays');
  if (country !== undefined && /^[A-Z]{2}$/.test(country) && !hasHolidayData)
    findings.fault([...path, 'holidays'], `Holidays by country (${country}) need the optional data set ${HOLIDAY_PACKAGE}, which is not installed.`, `Give a list of dates instead, for example holidays: [2026-12-25, 2027-01-01], or install ${HOLIDAY_PACKAGE}.`);
  const dates = list(calendar, 'holidays');
  for (const [index, date] of dates.entries()) {
    if (typeof date !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(date)) continue;
    if (Number.isNaN(dayNumber(date))) findings.fault([...path, 'holidays', index], `The calendar has no ${date}.`, 'Write a date that exists.');
    else if (dates.indexOf(date) < index) findings.warn([...path, 'holidays', index], `The holiday ${date} stands twice.`, 'Keep one.');
  }
}

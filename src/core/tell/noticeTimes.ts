import type { EpochMs } from '../../domain/record';
import type { CompiledAgreement } from '../../agreement/compile';
import { timeOfDayMs } from '../../agreement/calendar';
import { DAY_MS } from '../../agreement/duration';

/* When messages may go out, in the company's time zone. */

/** The moment itself, or the end of the quiet hours in which it lies. */
export function afterQuiet({ settings, calendar: { days } }: CompiledAgreement, at: EpochMs): EpochMs {
  const quiet = settings.notifications.quiet_hours;
  if (quiet === undefined) return at;
  const [from, to] = [timeOfDayMs(quiet.from), timeOfDayMs(quiet.to)];
  const time = days.timeOfDay(at);
  const today = days.dayOf(at);
  if (from < to) return time >= from && time < to ? days.momentOf(today, to) : at;
  if (time >= from) return days.momentOf(today + 1, to);
  return time < to ? days.momentOf(today, to) : at;
}

/** When the next rejection digest goes out: at its time of day, on a day with working time. */
export function digestAt(agreement: CompiledAgreement, at: EpochMs): EpochMs {
  const { calendar, settings } = agreement;
  const { days } = calendar;
  const time = timeOfDayMs(settings.notifications.digest_at);
  let day = days.dayOf(at);
  if (days.momentOf(day, time) <= at) day += 1;
  // A calendar works on some day of every year: checked when the agreement is read.
  while (calendar.businessBetween(days.startOf(day), days.startOf(day + 1)) === 0) day += 1;
  return afterQuiet(agreement, days.momentOf(day, time));
}

/** The local day of a moment as a date. */
export function localDate({ calendar: { days } }: CompiledAgreement, at: EpochMs): string {
  return new Date(days.dayOf(at) * DAY_MS).toISOString().slice(0, 10);
}

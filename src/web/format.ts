import type { Language } from '../agreement/schema';
import type { EpochMs } from '../domain/record';
import { html, type Html } from './html';

/** Numbers, shares and moments as the visitor reads them; moments in the agreement's time zone. */
export interface Format {
  number(value: number): string;
  /** A share of 1 as per cent, with at most one decimal. */
  percent(share: number): string;
  /** Date and time to the minute, as text. */
  moment(at: EpochMs): string;
  /** The same as an element that machines read, too; a dash for none. */
  time(at: EpochMs | null | undefined): Html;
  /** A day of the calendar, given as `2026-11-22`. */
  day(date: string): string;
  /** How long something took or lasts: the two largest units. */
  lasting(ms: number): string;
  /** From `now`: "3 minutes ago", "in 2 hours". */
  away(at: EpochMs, now: EpochMs): string;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

export function createFormat(language: Language, timeZone: string): Format {
  const numbers = new Intl.NumberFormat(language);
  const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const moments = new Intl.DateTimeFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const days = new Intl.DateTimeFormat(language, { timeZone: 'UTC', dateStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'always' });
  const unit = (name: string, amount: number): string => new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' }).format(amount);
  return {
    number: (value) => numbers.format(value),
    percent: (share) => percents.format(share),
    moment: (at) => moments.format(at),
    time: (at) => (at == null ? html`–` : html`<time datetime="${new Date(at).toISOString()}">${moments.format(at)}</time>`),
    day: (date) => days.format(Date.parse(`${date}T00:00:00Z`)),
    lasting(ms) {
      const index = UNITS.findIndex(([, size]) => ms >= size);
      if (index === -1) return unit('second', 0);
      const parts: string[] = [];
      let rest = ms;
      for (const [name, size] of UNITS.slice(index, index + 2)) {
        const amount = Math.floor(rest / size);
        rest -= amount * size;
        if (amount > 0) parts.push(unit(name, amount));
      }
      return parts.join(' ');
    },
    away(at, now) {
      const distance = at - now;
      const [name, size] = UNITS.find(([, each]) => Math.abs(distance) >= each) ?? (['second', 1000] as const);
      return relative.format(Math.trunc(distance / size), name);
    },
  };
}

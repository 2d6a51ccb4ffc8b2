import { DateTime } from 'luxon';
import type { CompiledAgreement } from '../../agreement/compile';
import type { Digest, DigestName } from '../../domain/digest';
import { ConcordError, EXIT } from '../../domain/problem';
import type { EpochMs } from '../../domain/record';
import type { Store } from '../../store/port';
import { periodOf } from '../make';
import type { Period } from '../model';
import { day, minute, startMaking, type Making, type Reviews } from './making';
import { reviewPoints } from './review';
import { weeklyPoints } from './weekly';

export interface DigestRequest {
  /** `2026-W47` (an ISO week) or `2026-11-02..2026-11-15` (local dates, both included). Absent: the week that is over; since the last review. */
  period?: string | undefined;
  publicUrl: string | null;
  reviews: Reviews;
  /** Where a CRM shows a record; null: nobody told. Absent: nowhere. */
  recordUrl?: Making['recordUrl'];
}

/** The week, Monday to Sunday by the company's time zone, that was over last; as its number and its days. */
export function weekOver(now: EpochMs, timeZone: string): { week: string; from: string; to: string } {
  const monday = DateTime.fromMillis(now, { zone: timeZone }).startOf('week').minus({ weeks: 1 });
  return { week: monday.toFormat("kkkk-'W'WW"), from: monday.toISODate() ?? '', to: monday.plus({ days: 6 }).toISODate() ?? '' };
}

/** The period of a wish in words. Throws ConcordError `bad_usage` (exit 2) for one that is none. */
export function periodWished(text: string, now: EpochMs, timeZone: string): Period {
  const week = /^\d{4}-W\d{2}$/.test(text) ? DateTime.fromISO(text, { zone: timeZone }) : null;
  if (week?.isValid === true) return periodOf('past', { from: week.toISODate() ?? '', to: week.plus({ days: 6 }).toISODate() ?? '' }, now, timeZone);
  const [, from, to] = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(text) ?? [];
  if (from === undefined || to === undefined) throw new ConcordError({ code: 'bad_usage', message: `“${text}” is no period`, where: '--period', remedy: 'Write a week, for example 2026-W47, or the first and the last day: 2026-11-02..2026-11-15.', exit: EXIT.usage });
  return periodOf('past', { from, to }, now, timeZone, '--period');
}

function standardPeriod(name: DigestName, agreement: CompiledAgreement, reviews: Reviews, now: EpochMs): Period {
  const { timeZone, settings } = agreement;
  if (name === 'weekly') {
    const { from, to } = weekOver(now, timeZone);
    return periodOf('past', { from, to }, now, timeZone);
  }
  const today = DateTime.fromMillis(now, { zone: timeZone }).startOf('day');
  const last = reviews.heldAt === null ? null : DateTime.fromMillis(reviews.heldAt, { zone: timeZone }).startOf('day');
  const first = last !== null && last <= today ? last : today.minus({ weeks: settings.reports.review_weeks }).plus({ days: 1 });
  return periodOf('past', { from: first.toISODate() ?? '', to: today.toISODate() ?? '' }, now, timeZone);
}

/** As many days just before. */
function daysBefore(period: Period, now: EpochMs, timeZone: string): { period: Period; days: number } {
  const [from, to] = [period.from, period.to].map((date) => DateTime.fromISO(date, { zone: timeZone }));
  const days = Math.round((to as DateTime).diff(from as DateTime, 'days').days) + 1;
  const [first, last] = [(from as DateTime).minus({ days }), (from as DateTime).minus({ days: 1 })];
  return { period: periodOf('past', { from: first.toISODate() ?? '', to: last.toISODate() ?? '' }, now, timeZone), days };
}

/** Makes a digest from the reports. The facts must be fresh (run/digests.ts sees to that). Throws ConcordError `bad_usage` (exit 2) for a period that is none. */
export async function makeDigest(store: Store, agreement: CompiledAgreement, now: EpochMs, name: DigestName, { period: wish, publicUrl, reviews, recordUrl = () => null }: DigestRequest): Promise<Digest> {
  const { timeZone, language } = agreement;
  const period = wish === undefined ? standardPeriod(name, agreement, reviews, now) : periodWished(wish, now, timeZone);
  const { period: before, days } = daysBefore(period, now, timeZone);
  const making: Making = startMaking({ reader: store, agreement, now, period, before, reviews, publicUrl, recordUrl });
  const { say } = making;
  const { name: company, currency } = agreement.settings.company;
  const dates = { from: day(making, period.from), to: day(making, period.to) };
  return {
    digest: name,
    title: say(`${name}_title`, { company, ...dates }),
    company,
    language,
    timeZone,
    asOf: now,
    agreement: agreement.hash,
    currency,
    period: { from: period.from, to: period.to },
    before: { from: before.from, to: before.to },
    about: [say(days === 1 ? 'about_period_one' : 'about_period', { ...dates, days, beforeFrom: day(making, before.from), beforeTo: day(making, before.to) }), say('about_now', { when: minute(making, now), zone: timeZone }), say('about_marks')],
    points: await (name === 'weekly' ? weeklyPoints : reviewPoints)(making),
  };
}

import type { Value } from '../../src/domain/record';
import { compileScore } from '../../src/agreement/score';
import type { ScoreSettings } from '../../src/agreement/schema';

const zone = 'America/Mexico_City'; // UTC-6 all year
const DAY = 86_400_000;
const at = (iso: string): number => Date.parse(iso);
const NOW = at('2026-11-22T15:00:00.000Z');

function score(points: NonNullable<ScoreSettings['points']>, values: Record<string, Value>, now = NOW, since: Record<string, number> = {}) {
  return compileScore(points, { timeZone: zone })((field) => values[field], (field) => since[field], now);
}

test('the points of the conditions that hold are added', () => {
  const result = score(
    [
      { when: { field: 'country', is: 'MX' }, points: 20 },
      { when: { field: 'job_title', contains: 'director' }, points: 25.4 },
      { when: { field: 'email', contains: 'gmail' }, points: -10 },
      { when: { field: 'country', is: 'CL' }, points: 100 },
    ],
    { country: 'MX', job_title: 'Sales Director', email: 'a@gmail.com' },
  );

  expect(result.value).toBe(35);
  expect(result.parts.map((part) => part.points)).toEqual([20, 25.4, -10, 0]);
  expect(result.nextChangeAt).toBeUndefined();
});

test('a field that was not returned leaves the score unknown, not lower (M5)', () => {
  const result = score([{ when: { field: 'country', is: 'MX' }, points: 20 }, { when: { field: 'hidden', known: true }, points: 5 }], { country: 'MX' });

  expect(result.value).toBeUndefined();
  expect(result.parts.map((part) => part.holds)).toEqual([true, 'unknown']);
});

describe('decay', () => {
  const form: NonNullable<ScoreSettings['points']> = [{ when: { field: 'hubspot.recent_conversion_date', within_days: 365 }, points: 80, half_life_days: 30 }];
  const on = (moment: string, now: number): number | undefined => score(form, { 'hubspot.recent_conversion_date': moment }, now).value;

  test('half is left after the half-life, counted in local midnights', () => {
    const moment = '2026-11-22T15:00:00.000Z';
    expect(on(moment, NOW)).toBe(80);
    expect(on(moment, NOW + 30 * DAY)).toBe(40);
    expect(on(moment, NOW + 60 * DAY)).toBe(20);
  });

  test('it steps at local midnight and at no other time', () => {
    const moment = '2026-11-22T15:00:00.000Z';
    const midnight = at('2026-11-23T06:00:00.000Z');
    expect(on(moment, midnight - 1)).toBe(80);
    expect(on(moment, midnight)).toBe(78);
    expect(on(moment, midnight + DAY - 1)).toBe(78);
    expect(score(form, { 'hubspot.recent_conversion_date': moment }, NOW).nextChangeAt).toBe(midnight);
  });

  test('a date without a time decays from its own day', () => {
    expect(on('2026-10-23', NOW)).toBe(40);
  });

  test('the next change is the first midnight on which the whole number changes', () => {
    const slow: NonNullable<ScoreSettings['points']> = [{ when: { field: 'email', known: true }, points: 10, half_life_days: 100 }];
    const since = { email: NOW };
    const first = score(slow, { email: 'a' }, NOW, since);
    const next = first.nextChangeAt ?? NaN;

    expect(first.value).toBe(10);
    expect(score(slow, { email: 'a' }, next - 1, since).value).toBe(10);
    expect(score(slow, { email: 'a' }, next, since).value).toBe(9);
  });

  test('points of a clause without a date decay since its field has had its value; unknown since when, they stay whole', () => {
    const term: NonNullable<ScoreSettings['points']> = [{ when: { field: 'country', is: 'MX' }, points: 80, half_life_days: 30 }];

    expect(score(term, { country: 'MX' }, NOW, { country: NOW - 30 * DAY }).value).toBe(40);
    const unknown = score(term, { country: 'MX' }, NOW);
    expect(unknown).toMatchObject({ value: 80, nextChangeAt: undefined });
  });

  test('of several clauses the latest counts; one under `not` earns nothing by its date', () => {
    const term: NonNullable<ScoreSettings['points']> = [{ when: { all: [{ field: 'a', known: true }, { field: 'b', known: true }, { not: { field: 'c', is: 'x' } }] }, points: 80, half_life_days: 30 }];
    expect(score(term, { a: 1, b: 2, c: 'y' }, NOW, { a: NOW - 90 * DAY, b: NOW - 30 * DAY, c: NOW }).value).toBe(40);
  });

  test('a moment that a CRM’s clock puts ahead of the run does not earn more', () => {
    expect(on('2026-11-23T08:00:00.000Z', NOW)).toBe(80);
  });

  test('the window of the condition itself ends the points', () => {
    const moment = '2026-11-22T15:00:00.000Z';
    expect(on(moment, at(moment) + 365 * DAY)).toBe(0);
    const term: NonNullable<ScoreSettings['points']> = [{ when: { field: 'd', within_days: 3 }, points: 5 }];
    expect(score(term, { d: moment }, NOW).nextChangeAt).toBe(at(moment) + 3 * DAY);
  });
});

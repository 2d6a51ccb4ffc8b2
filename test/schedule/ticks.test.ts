import { ConcordError } from '../../src/domain/problem';
import { wasMissed } from '../../src/schedule/ticks';

const MEXICO = 'America/Mexico_City';
/** 03:30 in Mexico City, on the 22nd. */
const DUE = Date.UTC(2026, 10, 22, 9, 30);
const HOUR = 3_600_000;

test('a daily line that was due while nobody ran was missed, once it has been due and not before', () => {
  expect(wasMissed('30 3 * * *', MEXICO, DUE - HOUR, DUE - 1)).toBe(false);
  expect(wasMissed('30 3 * * *', MEXICO, DUE - HOUR, DUE)).toBe(true);
  expect(wasMissed('30 3 * * *', MEXICO, DUE - HOUR, DUE + 5 * HOUR)).toBe(true);
  expect(wasMissed('30 3 * * *', MEXICO, DUE + 1000, DUE + 5 * HOUR)).toBe(false);
  expect(wasMissed('30 3 * * *', MEXICO, DUE + 1000, DUE + 24 * HOUR)).toBe(true);
});

test('the line is of the company’s time zone', () => {
  expect(wasMissed('30 3 * * *', 'UTC', DUE - HOUR, DUE + HOUR)).toBe(false);
});

test('runs every five minutes: four minutes are not missed, six are', () => {
  expect(wasMissed('*/5 * * * *', MEXICO, DUE + 1000, DUE + 4 * 60_000)).toBe(false);
  expect(wasMissed('*/5 * * * *', MEXICO, DUE + 1000, DUE + 6 * 60_000)).toBe(true);
});

test('never run is missed; a weekly line after weeks away is found; a line that is none is refused', () => {
  expect(wasMissed('0 9 * * 1', MEXICO, null, DUE)).toBe(true);
  expect(wasMissed('0 9 * * 1', MEXICO, DUE - 20 * 24 * HOUR, DUE)).toBe(true);
  expect(wasMissed('0 9 * * 1', MEXICO, Date.UTC(2026, 10, 16, 16), DUE)).toBe(false);
  expect(() => wasMissed('every night', MEXICO, null, DUE)).toThrow(ConcordError);
});

import { ConcordError } from '../../src/domain/problem';
import { startTicks, wasMissed, type Ticks } from '../../src/schedule/ticks';

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

test('a line with seconds is missed to the second, in a minute that began before or has not ended', () => {
  const line = '40 30 3 * * *';
  const [due, daily] = [DUE + 40_000, (from: number, to: number): boolean => wasMissed(line, MEXICO, from, to)];
  expect([daily(due - HOUR, due - 1), daily(due - HOUR, due), daily(due - 5000, due + HOUR), daily(due, due + HOUR), daily(due + 1000, due + 24 * HOUR)]).toEqual([false, true, true, false, true]);
  expect([wasMissed('*/20 * * * * *', MEXICO, DUE + 1000, DUE + 19_000), wasMissed('*/20 * * * * *', MEXICO, DUE + 1000, DUE + 20_000)]).toEqual([false, true]);
});

test('never run is missed; a weekly line after weeks away is found; a line that is none is refused', () => {
  expect(wasMissed('0 9 * * 1', MEXICO, null, DUE)).toBe(true);
  expect(wasMissed('0 9 * * 1', MEXICO, DUE - 20 * 24 * HOUR, DUE)).toBe(true);
  expect(wasMissed('0 9 * * 1', MEXICO, Date.UTC(2026, 10, 16, 16), DUE)).toBe(false);
  expect(() => wasMissed('every night', MEXICO, null, DUE)).toThrow(ConcordError);
});

describe('ticking', () => {
  const MINUTE = 60_000;
  const DAY = 24 * HOUR;
  let ticks: Ticks;
  const told: string[] = [];
  beforeEach(() => {
    told.length = 0;
    // 03:01 in Mexico City.
    jest.useFakeTimers({ now: DUE - 29 * MINUTE, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const tick = (name: string, line: string): Parameters<typeof startTicks>[0][number] => ({ name, line, due: () => told.push(name) });
    ticks = startTicks([tick('full', '30 3 * * *'), tick('sync', '*/5 * * * *')], MEXICO, () => Date.now());
  });
  afterEach(async () => {
    await ticks.stop();
    jest.useRealTimers();
  });
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
  /** Somebody sets the machine's clock: timers and durations go on as before. */
  const set = (byMs: number): void => {
    jest.setSystemTime(Date.now() + byMs);
  };

  test('what is due is said when it is due', async () => {
    await pass(4 * MINUTE - 1);
    expect(told).toEqual([]);
    await pass(1);
    expect(told).toEqual(['sync']);
    await pass(25 * MINUTE);
    expect(told).toEqual(['sync', 'sync', 'sync', 'sync', 'sync', 'full', 'sync']);
  });

  test('a clock that is set back makes nothing wait for the time that it had shown', async () => {
    await pass(4 * MINUTE);
    set(-HOUR);
    await pass(15 * MINUTE);
    expect(told).toEqual(['sync', 'sync', 'sync', 'sync']);
  });

  test('ahead by a day and back: what was passed over is said once, and the lines go on', async () => {
    set(DAY);
    await pass(MINUTE);
    expect(told).toEqual(['full', 'sync']);
    set(-DAY);
    told.length = 0;
    await pass(15 * MINUTE);
    expect(told).toEqual(['sync', 'sync', 'sync']);
    await pass(14 * MINUTE);
    expect(told.filter((name) => name === 'full')).toEqual(['full']);
  });

  test('a process that was held up over the moment says it late, and once', async () => {
    await pass(28 * MINUTE);
    told.length = 0;
    // From here on timers come three seconds late, as they do where a process is busy.
    set(3_000);
    await pass(MINUTE);
    expect(told.sort()).toEqual(['full', 'sync']);
  });
});

import { setTimeout as wait } from 'node:timers/promises';
import { ConcordError } from '../../src/domain/problem';
import { startSchedule, type Schedule } from '../../src/schedule/schedule';

/* Cron lines with seconds, so that a test need not wait for the minute. */
const EVERY_SECOND = '* * * * * *';
const NEVER = '0 0 1 1 *';
const timing = { sync: EVERY_SECOND, full: NEVER, timeZone: 'America/Mexico_City' };

let schedule: Schedule | null = null;
afterEach(async () => {
  await schedule?.stop();
  schedule = null;
});

async function until(condition: () => boolean, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await wait(20);
  }
}

test('runs again and again, one at a time', async () => {
  let under = 0;
  let most = 0;
  let runs = 0;
  schedule = startSchedule(
    timing,
    async () => {
      under += 1;
      most = Math.max(most, under);
      await wait(1300);
      under -= 1;
      runs += 1;
    },
    () => undefined,
  );

  await until(() => runs >= 2);

  expect(most).toBe(1);
});

test('goes on after a run that fails, and says so', async () => {
  const failures: unknown[] = [];
  let runs = 0;
  schedule = startSchedule(timing, async () => {
    runs += 1;
    if (runs === 1) throw new Error('the CRM is away');
  }, (error) => failures.push(error));

  await until(() => runs >= 2);

  expect(failures).toEqual([new Error('the CRM is away')]);
});

test('a full audit that falls into a run follows it', async () => {
  const seen: string[] = [];
  let release: () => void = () => undefined;
  schedule = startSchedule(
    { sync: EVERY_SECOND, full: EVERY_SECOND, timeZone: 'UTC' },
    async (full) => {
      seen.push(full ? 'full' : 'sync');
      if (seen.length === 1) await new Promise<void>((resolve) => (release = resolve));
    },
    () => undefined,
  );

  await until(() => seen.length === 1);
  await wait(1500);
  expect(seen).toHaveLength(1);
  release();
  await until(() => seen.length >= 2, 500);

  expect(seen[1]).toBe('full');
});

test('stop waits for the run under way and starts none after it', async () => {
  let began = 0;
  let ended = 0;
  schedule = startSchedule(
    timing,
    async () => {
      began += 1;
      await wait(700);
      ended += 1;
    },
    () => undefined,
  );
  await until(() => began === 1);

  await schedule.stop();
  expect(ended).toBe(1);
  await wait(1500);

  expect(began).toBe(1);
});

test('tells when the next run is due, in the company’s time zone', () => {
  schedule = startSchedule({ sync: '0 12 * * *', full: '30 3 * * *', timeZone: 'America/Mexico_City' }, async () => undefined, () => undefined);
  const next = schedule.next();

  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Mexico_City', timeStyle: 'short' }).format(next ?? 0);
  expect(['12:00', '03:30']).toContain(local);
  expect((next?.getTime() ?? 0) - Date.now()).toBeLessThan(24 * 3_600_000);
});

test('refuses what is no cron line, naming it', () => {
  expect(() => startSchedule({ ...timing, full: 'every night' }, async () => undefined, () => undefined)).toThrow(ConcordError);
  expect(() => startSchedule({ ...timing, full: 'every night' }, async () => undefined, () => undefined)).toThrow('every night');
});

import { ConcordError, EXIT } from '../../src/domain/problem';
import type { Report } from '../../src/report/model';
import type { ReportTask } from '../../src/run/reportTasks';
import { REPORTS } from '../../src/report/make';
import { createReportDesk, type ReportDesk, type ReportMaker } from '../../src/web/reportDesk';
import { agreementOf } from '../support/agreement';

/* What the desk keeps, for how long, and who goes first. Counting itself is told elsewhere: here it is made up, and ends when the test says so. */

const MINUTE = 60_000;
const agreement = agreementOf();

/** What is counted after every run, whoever asks. */
const ALWAYS = REPORTS.flatMap(({ id, trend }) => (trend === undefined ? [id] : [id, `${id} by week`]));

interface Under {
  task: Extract<ReportTask, { do: 'make' }>;
  end: () => void;
  fail: (error: Error) => void;
}

let desk: ReportDesk;
let now: number;
let stamp: string;
let waiting: number;
let current = agreement;
let made: string[];
let under: Under[];
let warned: string[];
/** Off: every counting ends at once. */
let byHand: boolean;

const told = ({ name, request }: Under['task']): string => `${name}${request.by === undefined ? '' : ` by ${request.by}`}${request.language === undefined ? '' : ` in ${request.language}`}${request.from === undefined ? '' : ` from ${request.from}`}`;

beforeEach(() => {
  [now, stamp, waiting, current, made, under, warned, byHand] = [Date.UTC(2026, 10, 22, 15), 'one', 0, agreement, [], [], [], false];
  const maker: ReportMaker = {
    size: 2,
    do(task) {
      if (task.do !== 'make') return Promise.resolve({ rows: [], next: null }) as never;
      made.push(told(task));
      const answer = { report: { report: task.name, asOf: task.now, sections: [] } as unknown as Report, stamp };
      return (byHand ? new Promise((done, fail) => void under.push({ task, end: () => done(answer), fail })) : Promise.resolve(answer)) as never;
    },
    close: () => Promise.resolve(),
  };
  desk = createReportDesk({ store: { reportState: () => Promise.resolve({ stamp, waiting }) }, maker, agreement: () => current, clock: () => now, log: { warn: (message, fields) => void warned.push(`${message} ${JSON.stringify(fields)}`) } });
});
afterEach(async () => {
  byHand = false;
  for (const one of under) one.end();
  await desk.close();
});

/** Asks without waiting: what becomes of it is looked at later. */
const ask = (...args: Parameters<ReportDesk['report']>): ReturnType<ReportDesk['report']> => {
  const asked = desk.report(...args);
  asked.catch(() => undefined);
  return asked;
};

const turn = async (): Promise<void> => {
  for (let n = 0; n < 20; n += 1) await Promise.resolve();
};

test('what was counted is kept while nothing changes, and says when it was counted', async () => {
  const first = await desk.report('funnel', {});
  now += 4 * MINUTE;
  const second = await desk.report('funnel', {});
  expect(made).toEqual(['funnel']);
  expect(second).toEqual({ report: first.report, newer: false });
  expect(second.report.asOf).toBe(now - 4 * MINUTE);
});

test('something has changed: the default report is shown as old as it is, said to be, and counted anew; another one is counted first', async () => {
  await desk.report('funnel', {});
  await desk.report('funnel', { from: '2026-01-01' });
  stamp = 'two';
  now += MINUTE;
  expect(await desk.report('funnel', {})).toMatchObject({ newer: true, report: { asOf: now - MINUTE } });
  expect(await desk.report('funnel', { from: '2026-01-01' })).toMatchObject({ newer: false, report: { asOf: now } });
  await desk.filled();
  expect(await desk.report('funnel', {})).toMatchObject({ newer: false, report: { asOf: now } });
});

test('people who are still to be counted in: never taken for the whole', async () => {
  await desk.report('funnel', {});
  waiting = 3;
  expect(await desk.report('funnel', {})).toMatchObject({ newer: true });
  expect((await desk.report('funnel', {}, { fresh: true })).newer).toBe(false);
});

test.each([
  ['fifteen minutes later: the clock alone changes figures', () => void (now += 15 * MINUTE + 1)],
  ['a quarter of an hour later on another local day', () => void (now = Date.UTC(2026, 10, 23, 6, 15))],
  ['under an edited agreement: the definitions are others', () => void (current = { ...agreement, hash: 'edited' })],
])('%s: counted before it is shown', async (_name, change) => {
  now = Date.UTC(2026, 10, 23, 5, 59);
  await desk.report('sla', {});
  change();
  expect(await desk.report('sla', {})).toMatchObject({ newer: false, report: { asOf: now } });
  expect(made).toEqual(['sla', 'sla']);
});

test('after a run every report is counted before somebody asks, divided and translated ones if somebody did lately; what is young and true stays', async () => {
  desk.refill();
  await desk.filled();
  expect(made).toEqual([...ALWAYS]);
  await desk.report('sla', { by: 'owner' });
  await desk.report('sla', { language: 'es' });
  await desk.report('sla', { filters: { owner: 'U1' } });
  made = [];
  desk.refill();
  await desk.filled();
  expect(made).toEqual([]);
  stamp = 'two';
  desk.refill();
  await desk.filled();
  expect(made).toHaveLength(ALWAYS.length + 2);
  expect(made).toEqual(expect.arrayContaining(['funnel', 'sla by owner', 'sla in es']));
  made = [];
  now += 6 * MINUTE;
  desk.refill();
  await desk.filled();
  expect(made).toHaveLength(ALWAYS.length + 2);
  now += 25 * 60 * MINUTE;
  made = [];
  desk.refill();
  await desk.filled();
  expect(made).toHaveLength(ALWAYS.length);
});

test('midnight: the period is another, but nobody waits for it; the last one is shown with its own period, and counted anew', async () => {
  now = Date.UTC(2026, 10, 23, 5, 59);
  await desk.report('sla', {});
  const other = await desk.report('sla', { from: '2026-01-01' });
  now += 2 * MINUTE;
  expect(await desk.report('sla', {})).toMatchObject({ newer: true, report: { asOf: now - 2 * MINUTE } });
  await desk.filled();
  expect(await desk.report('sla', {})).toMatchObject({ newer: false, report: { asOf: now } });
  expect((await desk.report('sla', { from: '2026-01-01' })).report).not.toBe(other.report);
});

test('right after a run, before anything is counted anew, every default report and what its page draws is there: no reader waits', async () => {
  desk.refill();
  await desk.filled();
  const before = now;
  // A run of the night: nothing was counted for hours, and everything has changed.
  now += 8 * 60 * MINUTE;
  stamp = 'two';
  byHand = true;
  desk.refill();
  await turn();
  expect(under).toHaveLength(1);
  for (const { id, trend } of REPORTS) {
    expect(await desk.report(id, {})).toMatchObject({ newer: true, report: { asOf: before } });
    if (trend !== undefined) expect(await desk.report(id, { by: 'week' })).toMatchObject({ newer: true, report: { asOf: before } });
  }
  // Nothing but the first of the refill was even begun.
  expect(under).toHaveLength(1);
  byHand = false;
  under[0]?.end();
  await desk.filled();
  for (const { id } of REPORTS) expect(await desk.report(id, {})).toMatchObject({ newer: false, report: { asOf: now } });
});

test('the agreement’s own language is no other report', async () => {
  await desk.report('funnel', {});
  await desk.report('funnel', { language: agreement.language });
  expect(made).toEqual(['funnel']);
});

test('many ask for the same at once: counted once', async () => {
  byHand = true;
  const asked = [ask('funnel', {}), ask('funnel', {}), ask('funnel', { filters: {} })];
  await turn();
  expect(made).toEqual(['funnel']);
  under[0]?.end();
  expect(new Set((await Promise.all(asked)).map((each) => each.report)).size).toBe(1);
});

test('no more at once than there are processes; who waits goes before what is counted anew by itself', async () => {
  byHand = true;
  desk.refill();
  await turn();
  const asked = ['sla', 'velocity', 'goals'].map((name) => ask(name, { from: '2026-01-01' }));
  await turn();
  expect(made).toEqual(['parity', 'sla from 2026-01-01']);
  under[0]?.end();
  await turn();
  expect(made.slice(2)).toEqual(['velocity from 2026-01-01']);
  byHand = false;
  for (const one of under) one.end();
  await Promise.all(asked);
  await desk.filled();
});

test('too many waiting are refused with a remedy; whoever went away is not counted for', async () => {
  byHand = true;
  const gone = new AbortController();
  const asked = Array.from({ length: 34 }, (_, n) => ask('sla', { from: `2026-01-${String(n + 1).padStart(2, '0')}` }, n === 33 ? { signal: gone.signal } : {}));
  await turn();
  await expect(desk.report('velocity', {})).rejects.toMatchObject({ code: 'reports_busy', remedy: expect.stringMatching(/./) });
  const last = expect(asked[33]).rejects.toMatchObject({ code: 'interrupted' });
  gone.abort();
  byHand = false;
  for (const one of under) one.end();
  await last;
  await Promise.all(asked.slice(0, 33));
  expect(made).toHaveLength(33);
});

test('one report that cannot be counted keeps the others from nothing, and is said; asking for it says why', async () => {
  byHand = true;
  desk.refill();
  await turn();
  byHand = false;
  under[0]?.fail(new ConcordError({ code: 'report_timeout', message: 'it took too long', remedy: 'Ask for less.', exit: EXIT.failed }));
  await desk.filled();
  expect(made).toHaveLength(ALWAYS.length);
  expect(warned).toEqual([expect.stringContaining('report_timeout')]);
  await expect(desk.report('nonsense', {})).rejects.toMatchObject({ code: 'unknown_report' });
});

test('closing ends what waits', async () => {
  byHand = true;
  const asked = ['sla', 'velocity', 'goals'].map((name) => desk.report(name, {}).catch((error: unknown) => (error as ConcordError).code));
  await turn();
  const closed = desk.close();
  for (const one of under) one.end();
  expect((await Promise.all(asked))[2]).toBe('interrupted');
  await closed;
});

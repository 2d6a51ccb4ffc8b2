import { setTimeout as wait } from 'node:timers/promises';
import type { CompiledAgreement } from '../../src/agreement/compile';
import { createConductor, type Conductor } from '../../src/cli/serve/conductor';
import type { Worked } from '../../src/cli/serve/protocol';
import { ConcordError, EXIT } from '../../src/domain/problem';
import { openStore } from '../../src/store';
import type { Store } from '../../src/store/port';
import type { Work } from '../../src/web/parts';
import { agreementOf } from '../support/agreement';

/* What is asked of the runner, and when, with a runner that only notes it down. */

// Cron lines go by the machine's clock: on a real five-minute mark one would ask for a run. What was missed is found as ever.
jest.mock('../../src/schedule/ticks', () => ({
  ...jest.requireActual<typeof import('../../src/schedule/ticks')>('../../src/schedule/ticks'),
  startTicks: () => ({ next: () => null, stop: () => Promise.resolve() }),
}));

const NOW = Date.UTC(2026, 10, 22, 15, 7, 0);
const HOUR = 3_600_000;
const base = agreementOf();
const agreement: CompiledAgreement = { ...base, feedbackMs: null };

interface Stage {
  conductor: Conductor;
  store: Store;
  works: Work[];
  /** How far large changes were to adopt. */
  portions: number[];
  /** What rollbacks were to undo. */
  undone: string[];
  now: number;
  stale: number[];
  logged: string[];
  /** Of the line that was logged last. */
  fields: Record<string, unknown> | undefined;
  /** What the next works come to; by default `ok`. */
  next: (Error | Partial<Worked> | Promise<void>)[];
  settle(): Promise<void>;
}

let stage: Stage;

async function open(under: CompiledAgreement = agreement, store?: Store): Promise<Stage> {
  const opened = store ?? (await openStore('sqlite::memory:'));
  const s: Stage = { works: [], undone: [], portions: [], now: NOW, stale: [], logged: [], next: [], store: opened, settle: () => wait(20) } as unknown as Stage;
  const log = (message: string, fields?: Record<string, unknown>): void => {
    s.logged.push(message);
    s.fields = fields;
  };
  s.conductor = createConductor(under, {
    store: opened,
    runner: {
      work: async (work, { undo, portion } = {}) => {
        s.works.push(work);
        if (portion != null) s.portions.push(portion);
        if (undo != null) s.undone.push(`${undo.run} ${undo.apply ? 'apply' : 'plan'}`);
        const next = s.next.shift();
        if (next instanceof Error) throw next;
        if (next instanceof Promise) await next;
        return { outcome: 'ok', summary: null, rollback: null, agreement: under.hash, ...(next instanceof Promise ? {} : next) };
      },
      stop: () => Promise.resolve(),
      progress: null,
    },
    clock: () => s.now,
    log: { info: log, warn: log, error: log },
    heard: { delivery: () => undefined, work: () => undefined, runnerStarted: () => undefined },
    reread: () => under,
    onStale: (state) => void s.stale.push(state.ageMs),
    gatherMs: 0,
    retryMs: 5,
    digestRetryMs: 5,
  });
  return (stage = s);
}

afterEach(async () => {
  await stage.conductor.stop();
  await stage.store.close();
});

const meta = (store: Store, key: string, at: number): Promise<unknown> => store.transaction(null, (tx) => tx.setMeta(key, JSON.stringify({ run: 'r', at })));

test('a failed run is logged with its code, and whose trouble it was where it is a CRM’s', async () => {
  const s = await open();
  s.next.push(new ConcordError({ code: 'unavailable', message: 'salesforce: it did not answer', remedy: 'Wait.', exit: EXIT.failed, details: { crm: 'salesforce' } }));
  s.conductor.ask.run(false);
  await s.settle();
  expect(s.logged).toEqual(['a run failed']);
  expect(s.fields).toEqual({ work: 'sync', code: 'unavailable', crm: 'salesforce', exit: 1 });
});

describe('what was due while nobody was up', () => {
  test.each([
    ['nothing ever ran: a run', null, null, 'sync'],
    ['a run four minutes ago, the audit at night: nothing', NOW - 2 * 60_000 + 1000, NOW - 5 * HOUR, null],
    ['a run twelve minutes ago: one run', NOW - 12 * 60_000, NOW - 5 * HOUR, 'sync'],
    ['a run three days ago: one audit, which does a run’s work, too', NOW - 72 * HOUR, NOW - 72 * HOUR, 'full'],
    ['runs, but no audit last night: one audit', NOW - 60_000, NOW - 24 * HOUR, 'full'],
  ])('%s', async (_name, good, full, work) => {
    const s = await open();
    if (good !== null) await meta(s.store, 'last_good_run', good);
    if (full !== null) await meta(s.store, 'last_full_run', full);
    await s.conductor.start();
    await s.settle();
    // After a run the inbox is looked at, for what a failed pass left behind.
    expect(s.works).toEqual(work === null ? [] : [work, 'targeted']);
  });

  test('events that wait from before are taken', async () => {
    const s = await open();
    await meta(s.store, 'last_good_run', NOW - 1000);
    await meta(s.store, 'last_full_run', NOW - 1000);
    await s.store.receive([{ key: 'k', kind: 'creation', objectId: '1', related: [], occurredAt: 0, receivedAt: 0 }]);
    await s.conductor.start();
    await s.settle();
    expect(s.works).toEqual(['targeted']);
  });
});

describe('digests for both teams', () => {
  const sending = (more: Partial<CompiledAgreement['settings']['notifications']> = {}): CompiledAgreement => ({ ...agreement, settings: { ...agreement.settings, notifications: { ...agreement.settings.notifications, weekly_digest: ['slack'], ...more } } });
  const upToDate = async (store: Store): Promise<void> => {
    for (const key of ['last_good_run', 'last_full_run']) await meta(store, key, NOW - 1000);
  };
  const told = (store: Store, at: number): Promise<unknown> => store.transaction(null, (tx) => tx.setMeta('weekly_digest', JSON.stringify({ week: '2026-W45', at })));

  // NOW is a Sunday; the weekly digest is due on Mondays at nine.
  test.each([
    ['the last one went out on Monday: nothing', NOW - 6 * 24 * HOUR, []],
    ['the one of last Monday was missed: once', NOW - 8 * 24 * HOUR, ['weekly']],
    ['three were missed: one, of the week that is over', NOW - 25 * 24 * HOUR, ['weekly']],
    ['a new installation: nothing of the past', null, []],
  ])('%s', async (_name, last, works) => {
    const s = await open(sending());
    await upToDate(s.store);
    if (last !== null) await told(s.store, last);
    await s.conductor.start();
    await s.settle();
    expect(s.works).toEqual(works);
  });

  test('a new installation that is down on its first Monday makes that one up', async () => {
    const s = await open(sending());
    await upToDate(s.store);
    await s.conductor.start();
    await s.conductor.stop();
    const again = await open(sending(), s.store);
    again.now = NOW + 2 * 24 * HOUR;
    for (const key of ['last_good_run', 'last_full_run']) await meta(s.store, key, again.now - 1000);
    await again.conductor.start();
    await again.settle();
    expect(again.works).toEqual(['weekly']);
  });

  test('one that could not be made is tried again', async () => {
    const s = await open(sending());
    await upToDate(s.store);
    await told(s.store, NOW - 8 * 24 * HOUR);
    s.next.push(new ConcordError({ code: 'unavailable', message: 'away', remedy: 'wait', exit: EXIT.failed }));
    await s.conductor.start();
    while (s.works.length < 2) await s.settle();
    expect(s.works).toEqual(['weekly', 'weekly']);
    await s.settle();
    expect(s.conductor.status().failure).toBeNull();
  });

  test('whether a review is due is looked at on every start; without a way nothing is asked for', async () => {
    const s = await open(sending({ weekly_digest: [], review_pack: ['email'] }));
    await upToDate(s.store);
    await s.conductor.start();
    await s.settle();
    expect(s.works).toEqual(['review']);
    await s.conductor.stop();
    const silent = await open(agreement, s.store);
    await told(s.store, 0);
    await silent.conductor.start();
    await silent.settle();
    expect(silent.works).toEqual([]);
  });
});

test('10,000 webhooks during a run are one pass after it', async () => {
  const s = await open();
  let finish: () => void = () => undefined;
  s.next.push(new Promise((resolve) => (finish = resolve)));
  s.conductor.ask.run(false);
  for (let n = 0; n < 10_000; n += 1) s.conductor.ask.targeted();
  await s.settle();
  for (let n = 0; n < 10_000; n += 1) s.conductor.ask.targeted();
  await s.settle();
  expect(s.conductor.status().underWay).toBe('sync');
  finish();
  await s.settle();
  expect(s.works).toEqual(['sync', 'targeted']);
});

test('the feedback pass has its interval, and stands back while something else is under way', async () => {
  const s = await open({ ...agreement, feedbackMs: 5 });
  await meta(s.store, 'last_good_run', NOW - 1000);
  await meta(s.store, 'last_full_run', NOW - 1000);
  let finish: () => void = () => undefined;
  s.next.push({}, new Promise((resolve) => (finish = resolve)));
  await s.conductor.start();
  while (s.works.length < 2) await s.settle();
  await s.settle();
  expect(s.works).toEqual(['feedback', 'feedback']);
  finish();
  while (s.works.length < 3) await s.settle();
});

test('a failure is told and cleared by the next good run; the guard’s stop says what to do; an outage of a pass is over with the next', async () => {
  const s = await open();
  s.next.push(new ConcordError({ code: 'unavailable', message: 'away', remedy: 'wait', exit: EXIT.failed }));
  s.conductor.ask.run(false);
  await s.settle();
  expect(s.conductor.status().failure).toEqual({ work: 'sync', code: 'unavailable', message: 'away', remedy: 'wait', at: NOW });
  s.conductor.ask.run(false);
  await s.settle();
  expect(s.conductor.status().failure).toBeNull();
  s.next.push({ outcome: 'stopped' });
  s.conductor.ask.run(false);
  await s.settle();
  expect(s.conductor.status().failure).toMatchObject({ code: 'guard', remedy: expect.stringContaining('--allow-large-change') });
});

test('a lock that another run holds is waited for', async () => {
  const s = await open();
  s.next.push(new ConcordError({ code: 'locked', message: 'another run', remedy: 'wait', exit: EXIT.locked }));
  s.conductor.ask.run(true);
  while (s.works.length < 2) await s.settle();
  expect(s.works.slice(0, 2)).toEqual(['full', 'full']);
});

test('stale is said once, also over a restart, and again only after a good run has been in between', async () => {
  const s = await open();
  await meta(s.store, 'last_good_run', NOW);
  s.now = NOW + HOUR;
  await s.conductor.checkStale();
  expect(s.stale).toEqual([]);
  s.now = NOW + HOUR + 1;
  await s.conductor.checkStale();
  await s.conductor.checkStale();
  expect(s.stale).toEqual([HOUR + 1]);
  await s.conductor.stop();
  const again = await open(agreement, s.store);
  again.now = NOW + 2 * HOUR;
  await again.conductor.checkStale();
  expect(again.stale).toEqual([]);
  await again.store.transaction(null, async (tx) => {
    const { noteGoodRun } = await import('../../src/run/health');
    await noteGoodRun(tx, { run: 'r2', at: NOW + 2 * HOUR, full: false });
  });
  again.now = NOW + 4 * HOUR;
  await again.conductor.checkStale();
  expect(again.stale).toEqual([2 * HOUR]);
});

test('stopped: nothing more begins', async () => {
  const s = await open();
  await s.conductor.stop();
  s.conductor.ask.run(false);
  s.conductor.ask.targeted();
  await s.settle();
  expect(s.works).toEqual([]);
  expect(s.conductor.status().stopping).toBe(true);
});

test('W6: a person’s yes to a stopped run is a run of its own, before what the clock asks for; it ends the stop', async () => {
  const s = await open();
  let finish: () => void = () => undefined;
  s.next.push({ outcome: 'stopped' }, new Promise((resolve) => (finish = resolve)));
  s.conductor.ask.run(false);
  await s.settle();
  expect(s.conductor.status().failure).toMatchObject({ code: 'guard' });
  s.conductor.ask.targeted();
  await s.settle();
  s.conductor.ask.run(false);
  s.conductor.ask.allowed(null);
  finish();
  while (s.works.length < 4) await s.settle();
  // The run that reads and writes everything has done the plain one's work, too.
  expect(s.works).toEqual(['sync', 'targeted', 'allowed', 'targeted']);
  expect(s.conductor.status().failure).toBeNull();
});

test('L7: how far adoption goes is the allowed run’s alone; after a lock it still holds', async () => {
  const s = await open();
  s.next.push(new ConcordError({ code: 'locked', message: 'another run goes on', remedy: 'wait', exit: EXIT.locked }));
  s.conductor.ask.allowed(10);
  while (s.works.filter((work) => work === 'allowed').length < 2) await s.settle();
  expect(s.portions).toEqual([10, 10]);
  s.conductor.ask.run(false);
  await s.settle();
  s.conductor.ask.allowed(null);
  while (s.works.filter((work) => work === 'allowed').length < 3) await s.settle();
  expect(s.portions).toEqual([10, 10]);
});

describe('rollbacks that a person asks for', () => {
  const plan = { run: 'r1', apply: false, allowLargeChange: false };

  test('W9: one after the other, in the order asked for; each tells which run did it', async () => {
    const s = await open();
    let finish: () => void = () => undefined;
    s.next.push(new Promise((resolve) => (finish = resolve)), { outcome: 'planned', rollback: 'u1' }, { outcome: 'ok', rollback: 'u2' });
    s.conductor.ask.run(false);
    s.conductor.ask.rollback(plan);
    s.conductor.ask.rollback({ run: 'r2', apply: true, allowLargeChange: true });
    expect(s.conductor.status().rollbacks.map((each) => `${each.run} ${each.state}`)).toEqual(['r2 waiting', 'r1 waiting']);
    finish();
    while (s.undone.length < 2) await s.settle();
    await s.settle();
    expect(s.undone).toEqual(['r1 plan', 'r2 apply']);
    expect(s.conductor.status().rollbacks).toEqual([
      { run: 'r2', apply: true, allowLargeChange: true, state: 'done', by: 'u2', problem: null },
      { ...plan, state: 'done', by: 'u1', problem: null },
    ]);
  });

  test('over the limits it is nobody’s failure but its own: the page tells it', async () => {
    const s = await open();
    s.next.push({ outcome: 'stopped', rollback: 'u1' });
    s.conductor.ask.rollback(plan);
    await s.settle();
    expect(s.conductor.status()).toMatchObject({ failure: null, rollbacks: [{ state: 'done', by: 'u1' }] });
  });

  test('one that fails says why; one that meets another run waits for it', async () => {
    const s = await open();
    s.next.push(new ConcordError({ code: 'unavailable', message: 'away', remedy: 'wait', exit: EXIT.failed }));
    s.conductor.ask.rollback(plan);
    await s.settle();
    expect(s.conductor.status().rollbacks).toEqual([{ ...plan, state: 'failed', by: null, problem: { code: 'unavailable', message: 'away', remedy: 'wait' } }]);
    s.next.push(new ConcordError({ code: 'locked', message: 'another run', remedy: 'wait', exit: EXIT.locked }), { outcome: 'planned', rollback: 'u3' });
    s.conductor.ask.rollback(plan);
    while (s.undone.length < 3) await s.settle();
    await s.settle();
    expect(s.conductor.status().rollbacks[0]).toMatchObject({ state: 'done', by: 'u3' });
  });
});

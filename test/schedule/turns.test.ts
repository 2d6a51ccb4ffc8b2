import { createTurns, type Turns } from '../../src/schedule/turns';

type Kind = 'full' | 'sync' | 'targeted' | 'feedback';

interface Stage {
  turns: Turns<Kind>;
  begun: Kind[];
  failures: unknown[];
  /** Ends the one under way, and lets what follows begin. */
  end(error?: Error): Promise<void>;
}

function stage(): Stage {
  const begun: Kind[] = [];
  const failures: unknown[] = [];
  let finish: (error?: Error) => void = () => undefined;
  const turns = createTurns<Kind>({
    order: ['full', 'sync', 'targeted', 'feedback'],
    covers: { full: ['sync'], feedback: ['targeted'] },
    run: (kind) =>
      new Promise((resolve, reject) => {
        begun.push(kind);
        finish = (error) => (error === undefined ? resolve() : reject(error));
      }),
    failed: (error) => failures.push(error),
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { turns, begun, failures, end: (error) => (finish(error), settled()) };
}

test('one at a time: what is asked meanwhile waits once and follows by importance', async () => {
  const s = stage();
  for (const kind of ['targeted', 'feedback', 'sync', 'targeted', 'full', 'targeted'] as const) s.turns.ask(kind);
  expect(s.begun).toEqual(['targeted']);
  await s.end();
  // The audit does the run's work, too.
  expect(s.begun).toEqual(['targeted', 'full']);
  await s.end();
  expect(s.begun).toEqual(['targeted', 'full', 'targeted']);
  await s.end();
  await s.end();
  expect(s.begun).toEqual(['targeted', 'full', 'targeted', 'feedback']);
  expect(s.turns.idle).toBe(true);
});

test('a thousand asks during one work are one more work', async () => {
  const s = stage();
  for (let n = 0; n < 1000; n += 1) s.turns.ask('targeted');
  await s.end();
  await s.end();
  expect(s.begun).toEqual(['targeted', 'targeted']);
});

test('a failure is heard and the next one begins', async () => {
  const s = stage();
  s.turns.ask('sync');
  s.turns.ask('targeted');
  await s.end(new Error('away'));
  expect(s.failures).toEqual([new Error('away')]);
  expect(s.begun).toEqual(['sync', 'targeted']);
  expect(s.turns.underWay).toBe('targeted');
});

test('stopping waits for the one under way and begins nothing more', async () => {
  const s = stage();
  s.turns.ask('sync');
  s.turns.ask('targeted');
  const stopped = s.turns.stop();
  s.turns.ask('full');
  await s.end();
  await stopped;
  expect(s.begun).toEqual(['sync']);
});

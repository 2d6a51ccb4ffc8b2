import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

type Runner = (...given: unknown[]) => Promise<unknown>;

/** How many storages are written into every promise of this process. */
function alive(): number {
  return Object.getOwnPropertySymbols(new AsyncResource('look')).length;
}

const { run } = AsyncLocalStorage.prototype;
afterAll(() => {
  AsyncLocalStorage.prototype.run = run;
});

(Number(process.versions.node.split('.')[0]) < 24 ? test : test.skip)('what a test file has stored beside its promises ends with it, also when it fails', async () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- what jest.config.js names
  const runner = require('../../scripts/runner.cjs') as Runner;
  const before = alive();
  let within = 0;
  const initialize = (): never => {
    new AsyncLocalStorage<string>().run('of Jest', () => undefined);
    within = alive();
    throw new Error('enough');
  };
  const runtime = { requireInternalModule: () => ({ initialize }), requireModule: initialize, setGlobalsForRuntime: initialize };

  await expect(runner({}, {}, {}, runtime, 'a.test.ts')).rejects.toThrow('enough');
  expect([within, alive()]).toEqual([before + 1, before]);
});

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* What test files of one run share: each load of the module stands for a test file. */

let folder: string;
const before = process.env['CONCORD_TEST_STARTS'];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'concord-starts-'));
});
afterEach(() => {
  if (before === undefined) delete process.env['CONCORD_TEST_STARTS'];
  else process.env['CONCORD_TEST_STARTS'] = before;
  rmSync(folder, { recursive: true, force: true });
});

function testFile(): typeof import('../support/starts') {
  let loaded: typeof import('../support/starts') | undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a fresh copy each time
  jest.isolateModules(() => (loaded = require('../support/starts') as typeof import('../support/starts')));
  return loaded as typeof import('../support/starts');
}

const value = { world: Buffer.from([0, 1, 255]), rep: '005A' };

test('in a run’s folder one file keeps and the others find it, each a copy of its own', () => {
  process.env['CONCORD_TEST_STARTS'] = folder;
  const [one, other] = [testFile(), testFile()];
  expect(one.keptStart('a')).toBeNull();
  one.keepStart('a', value);

  const found = other.keptStart<typeof value>('a');
  expect(found).toEqual(value);
  found?.world.fill(7);
  expect([other.keptStart('a'), one.keptStart('a'), testFile().keptStart('a')]).toEqual([value, value, value]);
  expect(other.keptStart('b')).toBeNull();
  expect(readdirSync(folder)).toHaveLength(1);
});

test.each(['', undefined])('without a folder (%p) a file keeps for itself alone', (none) => {
  if (none === undefined) delete process.env['CONCORD_TEST_STARTS'];
  else process.env['CONCORD_TEST_STARTS'] = none;
  const [one, other] = [testFile(), testFile()];
  one.keepStart('a', value);

  expect(one.keptStart('a')).toEqual(value);
  expect(other.keptStart('a')).toBeNull();
});

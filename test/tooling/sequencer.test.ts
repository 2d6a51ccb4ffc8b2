import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

interface Sequencing {
  LONGEST: readonly string[];
  longestFirst(tests: readonly { path: string }[], root: string): { path: string }[];
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- what jest.config.js names
const { LONGEST, longestFirst } = require('../../scripts/sequencer.cjs') as Sequencing;

describe('the order of test files', () => {
  test('the longest begin first, the others keep the order that Jest gave them', () => {
    const order = (...files: string[]): string[] => longestFirst(files.map((file) => ({ path: `/r/${file}` })), '/r').map(({ path }) => path.slice(3));

    expect(order('test/core/b.test.ts', 'test/crash/x.test.ts', 'test/core/a.test.ts', 'test/faults/calls.test.ts', 'test/crash/w.test.ts')).toEqual([
      'test/faults/calls.test.ts',
      'test/crash/x.test.ts',
      'test/crash/w.test.ts',
      'test/core/b.test.ts',
      'test/core/a.test.ts',
    ]);
    expect(order('test/crashes.test.ts', 'test/replay/replay.test.ts')).toEqual(['test/replay/replay.test.ts', 'test/crashes.test.ts']);
  });

  test('every name is there', () => {
    expect(LONGEST.filter((name) => !existsSync(resolve(ROOT, name)))).toEqual([]);
  });
});

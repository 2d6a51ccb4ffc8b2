import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { unifiedDiff } from '../../src/cli/diff';
import { SEED } from '../support/world';

const letters = (...all: string[]): string => `${all.join('\n')}\n`;

describe('the unified difference', () => {
  test('is empty for equal texts', () => {
    expect(unifiedDiff('a\n', 'a\n', 'f')).toBe('');
  });

  test('shows three lines around a change, with its place', () => {
    const before = letters('1', '2', '3', '4', '5', '6', '7', '8', '9');
    expect(unifiedDiff(before, before.replace('5\n', 'five\nand\n'), 'f.yaml')).toBe('--- f.yaml\n+++ f.yaml (proposed)\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+and\n 6\n 7\n 8\n');
  });

  test('changes far apart are hunks of their own; near ones share one', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
    const far = unifiedDiff(letters(...lines), letters(...lines.map((line, index) => (index === 2 || index === 25 ? 'x' : line))), 'f');
    expect(far.match(/^@@/gm)).toHaveLength(2);
    const near = unifiedDiff(letters(...lines), letters(...lines.map((line, index) => (index === 2 || index === 8 ? 'x' : line))), 'f');
    expect(near.match(/^@@/gm)).toHaveLength(1);
  });

  test('tells when a last line has no end, and leaves the name as it is', () => {
    expect(unifiedDiff('a\nb', 'a\nb\n', 'mis acuerdos/año.yaml')).toBe('--- mis acuerdos/año.yaml\n+++ mis acuerdos/año.yaml (proposed)\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n');
  });

  test('is what patch turns the one text into the other with', () => {
    const folder = mkdtempSync(join(tmpdir(), 'concord-diff-'));
    const file = join(folder, 'f');
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '', 'd'), { minLength: 1, maxLength: 25 }).map((lines) => letters(...lines));
    try {
      fc.assert(
        fc.property(text, text, (before, after) => {
          const diff = unifiedDiff(before, after, 'f');
          if (diff === '') return before === after;
          writeFileSync(file, before);
          // A change that empties the context at either end is what `patch` is strictest about.
          execFileSync('git', ['apply', '--unidiff-zero', '-p0', '--unsafe-paths', '-'], { cwd: folder, input: diff.replace('+++ f (proposed)', '+++ f'), stdio: ['pipe', 'ignore', 'pipe'] });
          return readFileSync(file, 'utf8') === after;
        }),
        { seed: SEED, numRuns: 25 },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

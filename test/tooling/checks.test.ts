import { join } from 'node:path';
import { folderWith, node, ROOT, valueOf } from './support';

describe('the lock file', () => {
  const manifest = { dependencies: { a: '1.0.0' } };
  const whole = {
    lockfileVersion: 3,
    packages: {
      '': manifest,
      'node_modules/a': { version: '1.0.0', dependencies: { b: '^1.0.0' }, optionalDependencies: { 'a-linux': '1.0.0' } },
      'node_modules/a/node_modules/b': { version: '1.1.0', dependencies: { c: '1' } },
      'node_modules/a-linux': { version: '1.0.0', optional: true },
      'node_modules/c': { version: '1.0.0' },
    },
  };

  /** What the check prints of a lock, and its exit code. */
  async function check(lock: unknown, of: unknown = manifest): Promise<[number | null, string]> {
    const folder = folderWith({ 'package-lock.json': JSON.stringify(lock), 'package.json': JSON.stringify(of) });
    const { code, stdout } = await node([join(ROOT, 'scripts', 'checks', 'lock.mjs'), folder], { cwd: folder });
    return [code, stdout];
  }

  const without = (name: string): unknown => ({ ...whole, packages: Object.fromEntries(Object.entries(whole.packages).filter(([where]) => where !== name)) });

  test('passes when every name has an entry, nested ones found nearest first', async () => {
    expect(await check(whole)).toEqual([0, 'The lock is complete: 4 packages.\n']);
  });

  test('names an optional package of another platform that has no entry', async () => {
    const [code, said] = await check(without('node_modules/a-linux'));

    expect(code).toBe(1);
    expect(said).toContain('node_modules/a needs a-linux (optionalDependencies), which has no entry');
  });

  test('does not take a package nested elsewhere for an entry', async () => {
    const elsewhere = { ...whole, packages: { ...(without('node_modules/c') as typeof whole).packages, 'node_modules/a-linux/node_modules/c': { version: '1.0.0' } } };

    expect((await check(elsewhere))[1]).toContain('node_modules/a/node_modules/b needs c (dependencies), which has no entry');
  });

  test('refuses download addresses', async () => {
    const addressed = { ...whole, packages: { ...whole.packages, 'node_modules/c': { version: '1.0.0', resolved: 'https://example.test/c.tgz' } } };

    expect(await check(addressed)).toEqual([1, expect.stringContaining('node_modules/c has a download address (https://example.test/c.tgz)')]);
  });

  test('sees that package.json has moved on', async () => {
    expect((await check(whole, { dependencies: { a: '1.0.1' } }))[1]).toContain('a is 1.0.1 in package.json but 1.0.0 in the lock: run npm install');
  });

  test('this project’s own lock passes', async () => {
    expect((await node([join(ROOT, 'scripts', 'checks', 'lock.mjs')], { cwd: ROOT })).stdout).toMatch(/^The lock is complete: \d{3,} packages\.\n$/);
  });
});

describe('the documents', () => {
  test('.env.example: a line per variable, defaults commented out, secrets named', () => {
    const text = valueOf('scripts/checks/docs.mjs', "m.envExample({ HUBSPOT_TOKEN: { description: 'The token.', secret: true }, LOG_LEVEL: { description: 'How much.', default: 'warn' } })");

    expect(text).toMatch(/## HubSpot\n\n# The token\. Secret\.\nHUBSPOT_TOKEN=\n/);
    expect(text).toMatch(/## Concord itself\n\n# How much\. Default: warn\n#LOG_LEVEL=warn\n$/);
  });

  test('commands are found in main.ts, and missed in a README that does not name them', () => {
    expect(valueOf('scripts/checks/docs.mjs', `m.commandsOf("add('dead-letters [action]', 'x'); syncOptions(add('plan', 'y')); address('no')")`)).toEqual(['dead-letters', 'plan']);
    expect(valueOf('scripts/checks/docs.mjs', "m.unnamedCommands(['plan', 'sync', 'start', 'link', 'run'], 'Say `plan`, or concord sync --full; npm start; linked; concord runs')")).toEqual(['link', 'run']);
  });

  test('rules without a citing test are told from cited ones, and numbers that are no rule are named', () => {
    expect(valueOf('scripts/checks/docs.mjs', "m.rulesOf('| rule |\\n| **L1** | a |\\n| **L12** | b |\\nL3 is not a row')")).toEqual(['L1', 'L12']);
    expect(valueOf('scripts/checks/docs.mjs', "m.citations(['L1', 'L2', 'L12', 'W7'], [\"test('L12: x')\", '// L9, W7. XL1 s.L1 L123 L0'])")).toEqual({ uncited: ['L1', 'L2'], unknown: ['L9'] });
  });
});

describe('coverage floors', () => {
  const of = (expression: string): unknown => valueOf('scripts/checks/coverage.mjs', expression);

  test('a folder is measured over its files together, weighed by their size', () => {
    const file = (covered: number, total: number): unknown => ({ lines: { covered, total }, branches: { covered: 0, total: 0 } });
    const summary = { '/p/src/core/a.ts': file(9, 10), '/p/src/core/b.ts': file(90, 90), '/p/src/corea/c.ts': file(0, 50), total: file(0, 0) };

    expect(of(`m.folderCoverage(${JSON.stringify(summary)}, ['src/core'], '/p')`)).toEqual({ 'src/core': { lines: 99, branches: 0 } });
  });

  test('below a floor fails; a point above it asks for a higher floor; between the two nothing is said', () => {
    const compare = (lines: number): unknown => of(`m.compareFloors({ 'src/core': { lines: 90 } }, { 'src/core': { lines: ${lines} } })`);

    expect(compare(89.9)).toEqual({ faults: [expect.stringContaining('src/core: lines covered 89.9 %, its floor is 90 %')], notes: [] });
    expect(compare(90)).toEqual({ faults: [], notes: [] });
    expect(compare(90.9)).toEqual({ faults: [], notes: [] });
    expect(compare(91)).toEqual({ faults: [], notes: [expect.stringContaining('NOTE src/core: lines covered 91 %: raise its floor (90 %)')] });
  });
});

describe('the summary line', () => {
  const conclude = (summary: unknown, ended: unknown, how: { built?: boolean; noTests?: boolean; hung?: boolean } = {}): unknown =>
    valueOf('scripts/steps/test.mjs', `m.conclude(${JSON.stringify(summary)}, ${JSON.stringify(ended)}, ${JSON.stringify({ built: true, noTests: false, hung: false, ...how })})`);

  test('counts, and exits as Jest does', () => {
    expect(conclude({ passed: 3, failed: 0, skipped: 0 }, { code: 0, signal: null })).toEqual({ lines: ['3 passed, 0 failed'], code: 0 });
    expect(conclude({ passed: 3, failed: 2, skipped: 1 }, { code: 1, signal: null })).toEqual({ lines: ['3 passed, 2 failed, 1 skipped'], code: 1 });
  });

  test('a Jest that ends well without a result has failed', () => {
    expect(conclude(null, { code: 0, signal: null })).toEqual({ lines: [expect.stringContaining('FAILED: Jest ended without a result'), '0 passed, 1 failed'], code: 1 });
  });

  test('a failed build is a failure, whatever the tests say', () => {
    expect(conclude({ passed: 3, failed: 0, skipped: 0 }, { code: 0, signal: null }, { built: false })).toEqual({ lines: [expect.stringContaining('FAILED: the build'), '3 passed, 1 failed'], code: 1 });
  });

  test('a Jest that fails without a failed test says so', () => {
    expect(conclude({ passed: 0, failed: 0, skipped: 0 }, { code: 1, signal: null })).toEqual({ lines: [expect.stringContaining('exit code 1'), '0 passed, 1 failed'], code: 1 });
  });

  test('no line where no test was to run', () => {
    expect(conclude(null, { code: 0, signal: null }, { noTests: true })).toEqual({ lines: [], code: 0 });
  });

  test('what the machine lacks is told from what a test file skips', () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { skippedLines, summarise } = require(join(ROOT, 'scripts', 'reporter.cjs')) as { skippedLines(results: unknown, root: string): string[]; summarise(results: unknown): unknown };
    const skipped = (...ancestorTitles: string[]): unknown => ({ status: 'pending', ancestorTitles });
    const results = {
      numPassedTests: 4,
      numFailedTests: 1,
      numRuntimeErrorTestSuites: 2,
      numPendingTests: 3,
      numTodoTests: 0,
      testResults: [{ testFilePath: '/p/test/a.test.ts', testResults: [{ status: 'passed', ancestorTitles: [] }, skipped('store [needs PostgreSQL: install it]', 'mirror'), skipped('store [needs PostgreSQL: install it]'), skipped('x')] }],
    };

    expect(summarise(results)).toEqual({ passed: 4, failed: 3, skipped: 3 });
    expect(skippedLines(results, '/p')).toEqual(['  2 tests: need PostgreSQL: install it', '  1 test: marked so in test/a.test.ts']);
  });
});

import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runChild } from './child.mjs';
import { ROOT } from './machine.mjs';

/** Jest options after which no test runs. */
const NO_TESTS = /^(--listTests|--help|-h|--version|--showConfig|--clearCache|--init)$/;
/** Jest options with which it stays, to run again. */
const WATCHING = /^--watch(All)?$/;

/** How long Jest may take to end once it has given its result. Longer means that a test left a process or a connection open: it would wait for ever. */
const GRACE_MS = Number(process.env.CONCORD_TEST_GRACE_MS || 20000);

/** Bytes that the tests' folders may take together, with room to spare. */
const MEMORY_NEEDED = 2_000_000_000;

/** For Jest and its workers: test files make much and keep little, which a large young generation collects at once. */
const YOUNG = '--max-semi-space-size=64';

/**
 * Runs Jest with `args` and ends with one line, `N passed, N failed` (and `, N skipped`), the last on stdout. A suite that does not run, a failed
 * build, and a Jest that ends without a result, or does not end, each count as one failure; exit code 0 means that nothing failed.
 */
export async function test(args, ready) {
  const memory = memoryFolder();
  const folder = mkdtempSync(path.join(memory.TMPDIR ?? tmpdir(), 'concord-test-'));
  const file = path.join(folder, 'summary.json');
  const jest = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const reporters = ['--reporters=default', `--reporters=${path.join(ROOT, 'scripts', 'reporter.cjs')}`];
  // The reporters come last: before a path, Jest would take the path for one more reporter.
  const watches = args.some((arg) => WATCHING.test(arg));
  let hung = false;
  let watch;
  const ended = await runChild(process.execPath, [YOUNG, jest, ...args, ...reporters], {
    cwd: ROOT,
    // What test files share lives as long as this run; one that watches runs again over other sources.
    env: { ...process.env, ...memory, CONCORD_TEST_STARTS: watches ? '' : folder, CONCORD_TEST_SUMMARY: file, CONCORD_TEST_BUILT: ready.built ? 'yes' : 'no' },
    started: (child) => {
      if (watches) return;
      let since = null;
      watch = setInterval(() => {
        if (since === null && existsSync(file)) since = performance.now();
        if (since === null || performance.now() - since < GRACE_MS) return;
        hung = true;
        child.kill('SIGKILL');
      }, 500);
    },
  });
  clearInterval(watch);
  const summary = readSummary(file);
  rmSync(folder, { recursive: true, force: true });
  const finished = conclude(summary, ended, { built: ready.built, noTests: args.some((arg) => NO_TESTS.test(arg)), hung });
  if (finished.lines.length > 0) process.stdout.write(`${finished.lines.join('\n')}\n`);
  return ended.signal === null || hung ? { code: finished.code, signal: null } : ended;
}

/** The tests' stores and worlds live in memory where the machine has room for them: hundreds of small databases need no disk that is waited for. */
function memoryFolder() {
  const folder = '/dev/shm';
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > MEMORY_NEEDED ? { TMPDIR: folder } : {};
  } catch {
    return {};
  }
}

function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** What to print and how to exit, from Jest's result (null: it left none) and its end. */
export function conclude(summary, { code, signal }, { built, noTests, hung }) {
  if (noTests) return { lines: [], code: code === null ? 1 : code };
  const lines = [];
  let { passed, failed, skipped } = summary ?? { passed: 0, failed: 0, skipped: 0 };
  if (!built) {
    lines.push('FAILED: the build. Tests that run the built program ran an older one, or none.');
    failed += 1;
  }
  if (hung) {
    lines.push('FAILED: Jest did not end after its last test: a test left a process, a server or a connection open (npx jest --detectOpenHandles finds it).');
    failed += 1;
  } else if (summary === null) {
    lines.push(`FAILED: Jest ended without a result (${signal === null ? `exit code ${code}` : signal}).`);
    failed += 1;
  } else if (code !== 0 && summary.failed === 0) {
    lines.push(`FAILED: no test failed, but Jest ended with ${signal === null ? `exit code ${code}` : signal} (no test found, or one of its own checks).`);
    failed += 1;
  }
  lines.push(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return { lines, code: failed > 0 ? (code === null || code === 0 ? 1 : code) : 0 };
}

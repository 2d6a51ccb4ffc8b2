import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/*
 * The tests that need no CRM, with coverage of the folders they prove, held against the floors in `test/coverage-floors.json`:
 * `{ "<folder>": { "lines": percent, "branches": percent } }`. Below a floor fails. Floors only rise: what is a point or more above its floor is
 * said, so that whoever improved it raises the floor in the same change. Call: `node scripts/checks/coverage.mjs`.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Tests without a CRM, a process or a browser. */
const FAST_TESTS = ['domain', 'agreement', 'core', 'laws', 'config', 'log'];

/** Percent covered of each folder, from Jest's `json-summary`, files weighed by their size. */
export function folderCoverage(summary, folders, root) {
  const covered = {};
  for (const folder of folders) {
    const files = Object.entries(summary).filter(([file]) => file.startsWith(path.join(root, folder) + path.sep));
    covered[folder] = {};
    for (const kind of ['lines', 'branches']) {
      const total = files.reduce((sum, [, each]) => sum + each[kind].total, 0);
      const hit = files.reduce((sum, [, each]) => sum + each[kind].covered, 0);
      covered[folder][kind] = total === 0 ? 0 : Math.floor((hit / total) * 1000) / 10;
    }
  }
  return covered;
}

/** What to say of coverage against its floors: `faults` fail the check, `notes` ask for a higher floor. */
export function compareFloors(floors, covered) {
  const faults = [];
  const notes = [];
  for (const [folder, kinds] of Object.entries(floors)) {
    for (const [kind, floor] of Object.entries(kinds)) {
      const now = covered[folder][kind];
      if (now < floor) faults.push(`${folder}: ${kind} covered ${now} %, its floor is ${floor} %: test what is new, or delete what is dead`);
      else if (now >= floor + 1) notes.push(`NOTE ${folder}: ${kind} covered ${now} %: raise its floor (${floor} %) in test/coverage-floors.json`);
    }
  }
  return { faults, notes };
}

function main() {
  const floors = JSON.parse(readFileSync(path.join(ROOT, 'test', 'coverage-floors.json'), 'utf8'));
  const tests = FAST_TESTS.map((folder) => `test/${folder}`).filter((folder) => existsSync(path.join(ROOT, folder)));
  const out = mkdtempSync(path.join(tmpdir(), 'concord-coverage-'));
  try {
    const from = Object.keys(floors).map((folder) => `--collectCoverageFrom=${folder}/**/*.ts`);
    const jest = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
    const ran = spawnSync(process.execPath, [jest, '--maxWorkers=1', '--coverage', '--coverageReporters=json-summary', `--coverageDirectory=${out}`, ...from, ...tests], { cwd: ROOT, stdio: 'inherit' });
    if (ran.status !== 0) return 1;
    const { faults, notes } = compareFloors(floors, folderCoverage(JSON.parse(readFileSync(path.join(out, 'coverage-summary.json'), 'utf8')), Object.keys(floors), ROOT));
    for (const line of [...notes, ...faults]) process.stdout.write(`${line}\n`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();

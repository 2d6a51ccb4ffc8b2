import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runChild } from './child.mjs';
import { ROOT, say } from './machine.mjs';

/*
 * Dependencies. Terms: *fresh* means that node_modules holds what package-lock.json names, for this Node. The stamp only saves the comparison: a
 * node_modules that somebody else installed (npm ci in a container, npm install by hand) is compared, stamped, and never installed again.
 */

const MODULES = path.join(ROOT, 'node_modules');
const STAMP = path.join(MODULES, '.cache', 'concord-install');
/** The embedded database's package for this Node: src/sqlite.ts says why there are two. */
const DRIVER = Number(process.versions.napi) >= 10 ? 'better-sqlite3-napi' : 'better-sqlite3';

/** What the stamp says when all is well: the lock, and the Node and machine that native modules are built for. */
function expectedStamp() {
  const lock = createHash('sha256').update(readFileSync(path.join(ROOT, 'package-lock.json'))).digest('hex');
  return `${lock} ${process.versions.modules} ${process.platform} ${process.arch}`;
}

function stamped() {
  try {
    return readFileSync(STAMP, 'utf8') === expectedStamp();
  } catch {
    return false;
  }
}

/** Whether `installed` (node_modules/.package-lock.json) has every package of `wanted` (package-lock.json) in its version; optional ones may lack. */
export function holdsAll(wanted, installed) {
  return Object.entries(wanted.packages).every(([where, entry]) => {
    if (where === '' || entry.link === true) return true;
    const there = installed.packages[where];
    if (there === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return there.version === entry.version;
  });
}

function agreesWithLock() {
  try {
    const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
    return holdsAll(read(path.join(ROOT, 'package-lock.json')), read(path.join(MODULES, '.package-lock.json')));
  } catch {
    return false;
  }
}

function writeStamp() {
  mkdirSync(path.dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, expectedStamp());
}

/** npm as this process was started by it, else the one on the PATH. Its output goes to stderr: stdout belongs to the command that comes after. */
async function npm(args) {
  const options = { cwd: ROOT, stdio: ['ignore', 2, 2] };
  const own = process.env.npm_execpath;
  const { code } =
    own !== undefined && /npm-cli\.c?js$/.test(own)
      ? await runChild(process.execPath, [own, ...args], options)
      : await runChild('npm', args, { ...options, shell: process.platform === 'win32' });
  return code === 0;
}

/** 'ok', 'absent' (an optional dependency that did not build) or 'broken' (built for another Node). */
function embeddedDatabase() {
  if (!existsSync(path.join(MODULES, DRIVER))) return 'absent';
  const probe = spawnSync(process.execPath, ['-e', `new (require('${DRIVER}'))(':memory:').close()`], { cwd: ROOT, stdio: 'ignore' });
  return probe.status === 0 ? 'ok' : 'broken';
}

/** Whether nothing has to be done: quick, and without taking the lock. */
export function isInstalled() {
  return existsSync(MODULES) && stamped();
}

/** Installs what is missing. Resolves with false when npm could not; the reason is on stderr then. Call it under the lock. */
export async function install() {
  if (isInstalled()) return true;
  if (!agreesWithLock()) {
    say('Installing the dependencies (npm ci): about 40 seconds, up to 3 minutes where the embedded database has to be compiled.');
    const done = await npm(['ci', '--include=dev', '--include=optional', '--no-progress', '--no-audit', '--no-fund', '--loglevel=error']);
    if (!done) {
      say('npm ci failed: nothing was started. The reason stands above; without a network, copy node_modules from a machine of the same kind.');
      return false;
    }
  }
  if (embeddedDatabase() === 'broken') {
    say(`Rebuilding the embedded database for this Node (npm rebuild ${DRIVER}): up to 3 minutes.`);
    await npm(['rebuild', DRIVER, '--loglevel=error']);
  }
  const database = embeddedDatabase();
  if (database !== 'ok') {
    say(
      `The embedded database (${DRIVER}) could not be built here: it needs python3, make and a C++ compiler. ` +
        'Without it the sandbox does not start and Concord needs DATABASE_URL=postgres://…; after installing them, run: npm ci',
    );
  }
  writeStamp();
  return true;
}

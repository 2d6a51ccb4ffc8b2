import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/*
 * package-lock.json, held against three faults that npm lets pass: a package whose entry is missing (npm writes such a lock where a platform's
 * package cannot be reached, and `npm ci` elsewhere then refuses it), a download address (which ties the lock to one registry), and a package.json
 * that has moved on. Call: `node scripts/checks/lock.mjs [folder]`.
 */

/** Where Node looks for `name` from the package at `where`: nearest first. */
function places(where, name) {
  const found = [];
  for (let at = where; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) found.push(`${at}/node_modules/${name}`);
  return [...found, `node_modules/${name}`];
}

/** The faults of a lock, as sentences. */
export function lockFaults(lock, manifest) {
  const faults = [];
  if (lock.lockfileVersion < 3) faults.push(`the lock has version ${lock.lockfileVersion}; npm 7 and newer write 3`);
  for (const [where, entry] of Object.entries(lock.packages)) {
    const name = where === '' ? 'the project' : where;
    if (entry.resolved !== undefined && entry.link !== true) faults.push(`${name} has a download address (${entry.resolved}); .npmrc has omit-lockfile-registry-resolved for that`);
    if (where !== '' && entry.link !== true && entry.version === undefined) faults.push(`${name} has no version`);
    for (const kind of ['dependencies', 'optionalDependencies', ...(where === '' ? ['devDependencies'] : [])]) {
      for (const needed of Object.keys(entry[kind] ?? {})) {
        if (!places(where, needed).some((place) => lock.packages[place] !== undefined)) faults.push(`${name} needs ${needed} (${kind}), which has no entry`);
      }
    }
  }
  for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies']) {
    const [wanted, locked] = [manifest[kind] ?? {}, lock.packages['']?.[kind] ?? {}];
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(locked)])) {
      if (wanted[name] !== locked[name]) faults.push(`${name} is ${wanted[name] ?? 'absent'} in package.json but ${locked[name] ?? 'absent'} in the lock: run npm install`);
    }
  }
  return faults;
}

const folder = process.argv[2] ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const read = (name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
const lock = read('package-lock.json');
const faults = lockFaults(lock, read('package.json'));
for (const fault of faults) console.log(`package-lock.json: ${fault}.`);
console.log(faults.length === 0 ? `The lock is complete: ${Object.keys(lock.packages).length - 1} packages.` : `${faults.length} faults.`);
process.exitCode = faults.length === 0 ? 0 : 1;

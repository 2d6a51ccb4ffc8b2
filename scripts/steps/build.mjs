import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runChild } from './child.mjs';
import { ROOT, say } from './machine.mjs';

/*
 * dist, from src. Invariant: the stamp in dist is written last, after a build without faults, and names the content of everything that went in; a
 * dist with a matching stamp needs nothing. Contents are compared, not times: a checkout sets times at random.
 */

const SOURCE = path.join(ROOT, 'src');
const DIST = path.join(ROOT, 'dist');
const STAMP = path.join(DIST, '.built-from');
const BUILD_INFO = path.join(ROOT, 'node_modules', '.cache', 'tsbuildinfo.build');

/** Files under `folder`, as paths relative to it with forward slashes, in order. */
export function filesUnder(folder, inside = '') {
  return readdirSync(path.join(folder, inside), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
      return entry.isDirectory() ? filesUnder(folder, name) : [name];
    });
}

function sourceHash(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(readFileSync(path.join(SOURCE, file))).update('\0');
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) hash.update(readFileSync(path.join(ROOT, file)));
  return hash.digest('hex');
}

const isTypeScript = (file) => /\.[cm]?ts$/.test(file);
const isDeclaration = (file) => /\.d\.[cm]?ts$/.test(file);
const compiled = (file) => file.replace(/ts$/, 'js');

/** Whether dist is what src says: quick, and without taking the lock. */
export function isBuilt() {
  try {
    return readFileSync(STAMP, 'utf8') === sourceHash(filesUnder(SOURCE));
  } catch {
    return false;
  }
}

/** Compiles and copies what is not TypeScript. Resolves with false when the compiler finds faults (they are on stderr). Call it under the lock. */
export async function build() {
  if (isBuilt()) return true;
  const files = filesUnder(SOURCE);
  const hash = sourceHash(files);
  const modules = files.filter((file) => isTypeScript(file) && !isDeclaration(file));
  const assets = files.filter((file) => !isTypeScript(file));
  say('Building (tsc): about 10 seconds.');
  rmSync(STAMP, { force: true });
  // The compiler trusts its own notes and would not write again what somebody has removed from dist.
  if (!modules.every((file) => existsSync(path.join(DIST, compiled(file))))) rmSync(BUILD_INFO, { force: true });
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code } = await runChild(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--pretty', 'false'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (code !== 0) {
    say('The build failed: the faults stand above.');
    return false;
  }
  for (const file of assets) {
    mkdirSync(path.dirname(path.join(DIST, file)), { recursive: true });
    copyFileSync(path.join(SOURCE, file), path.join(DIST, file));
  }
  removeLeftovers(modules, assets);
  writeFileSync(STAMP, hash);
  return true;
}

/** A module that was renamed leaves its old output behind, which something may still load. */
function removeLeftovers(modules, assets) {
  const wanted = new Set([...modules.flatMap((file) => [compiled(file), `${compiled(file)}.map`]), ...assets, path.basename(STAMP)]);
  for (const file of filesUnder(DIST)) if (!wanted.has(file)) rmSync(path.join(DIST, file), { force: true });
}

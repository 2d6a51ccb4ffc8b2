import path from 'node:path';
import { build, isBuilt } from './build.mjs';
import { install, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { ROOT, say } from './machine.mjs';

const LOCK = path.join(ROOT, '.cache', 'prepare.lock');

/**
 * Brings dependencies and dist up to date. Any number of processes may call it at once: one works, the others wait and find it done.
 * Resolves with `{ installed, built }`; what is false has said why on stderr.
 */
export async function prepare() {
  if (isInstalled() && isBuilt()) return { installed: true, built: true };
  return withLock(
    LOCK,
    async () => {
      const installed = await install();
      return { installed, built: installed && (await build()) };
    },
    (holder) => say(`Waiting for ${holder}, which installs or builds in this folder.`),
  );
}

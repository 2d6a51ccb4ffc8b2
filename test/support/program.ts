import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = resolve(__dirname, '..', '..');

/**
 * Node's arguments that start `concord` as a process: the built program, which `npm test` has just brought up to date and which users run, or, under a
 * bare Jest, the sources, so that no test looks at an old build.
 */
export function concordProgram(): string[] {
  if (process.env['CONCORD_TEST_BUILT'] === 'yes') return [join(ROOT, 'dist', 'cli', 'main.js')];
  return ['--import', pathToFileURL(join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href, join(ROOT, 'src', 'cli', 'main.ts')];
}

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { check } from './steps/check.mjs';
import { endLike, runChild } from './steps/child.mjs';
import { ROOT, nodeFault, say } from './steps/machine.mjs';
import { prepare } from './steps/prepare.mjs';
import { test } from './steps/test.mjs';
import { wide } from './steps/wide.mjs';

/*
 * What the npm scripts call: `node scripts/run.mjs <what> [arguments]`. Sees to Node's version, the dependencies and the build, then does it. Only
 * the thing itself writes to stdout, so that `npm run -s concord -- … --json` gives one JSON document.
 */

const inRoot = (...parts) => path.join(ROOT, ...parts);
const cli = (...args) => runChild(process.execPath, [inRoot('dist', 'cli', 'main.js'), ...args]);
const script = (name, args) =>
  runChild(process.execPath, ['--import', pathToFileURL(inRoot('node_modules', 'tsx', 'dist', 'loader.mjs')).href, inRoot('scripts', `${name}.ts`), ...args]);

const WAYS = {
  start: { run: (args) => cli('start', ...args) },
  // What is done before all of them is the build: it also copies what is not TypeScript.
  build: { run: () => ({ code: 0, signal: null }) },
  concord: { run: (args) => cli(...args) },
  replay: { run: (args) => script('replay', args) },
  bench: { run: (args) => script('bench', args) },
  // These two report a failed build among their own findings.
  test: { run: test, goesOn: true },
  check: { run: check, goesOn: true },
  'test:wide': { run: wide },
};

async function main([what, ...args]) {
  const fault = nodeFault();
  if (fault !== null) {
    say(fault);
    return { code: 1, signal: null };
  }
  const way = Object.prototype.hasOwnProperty.call(WAYS, what) ? WAYS[what] : undefined;
  if (way === undefined) {
    say(`scripts/run.mjs does one of: ${Object.keys(WAYS).join(', ')}.`);
    return { code: 2, signal: null };
  }
  const ready = await prepare();
  if (!ready.installed || (!ready.built && way.goesOn !== true)) return { code: 1, signal: null };
  return way.run(args, ready);
}

endLike(await main(process.argv.slice(2)));

import { execFileSync } from 'node:child_process';
import { concordProgram } from '../support/program';

/* What each of Concord's processes asks of V8, whichever way it is started. What that gives: test/bench/heap. */

/** Starts a program of Concord's and prints what it asks of V8. */
const LISTEN = `
  const v8 = require('node:v8');
  v8.setFlagsFromString = (flag) => console.log(flag);
  require('node:module').runMain();
`;

function asked(program: 'main' | 'reporter' | 'runner', ...args: string[]): string[] {
  const way = concordProgram();
  const main = way.pop() ?? '';
  const stdout = execFileSync(process.execPath, [...way, '-e', `process.argv.splice(1, 0, ${JSON.stringify(main.replace(/main(?=\.\w+$)/, program))});${LISTEN}`, '--', ...args], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.startsWith('--'));
}

const V8 = Number.parseInt(process.versions.v8, 10);
/** What this V8 can be asked; a newer one does it by itself (src/cli/v8.ts). */
const LESS = V8 < 12 ? ['--interrupt-budget=400000'] : [];
const SMALL = V8 < 13 ? ['--heap-growing-percent=100'] : [];

test('a command compiles little; the processes that run and report for the server keep a small heap, too', () => {
  expect(asked('main', '--version')).toEqual(LESS);
  for (const program of ['runner', 'reporter'] as const) expect(asked(program)).toEqual([...LESS, ...SMALL]);
});

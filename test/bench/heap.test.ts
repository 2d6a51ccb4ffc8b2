import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/* Design 10: what a process that runs asks of V8. Measured is the heap that it keeps and what it compiles, never a time. */

/**
 * A process as a run is one: little stays alive (40 MB), much is made that outlives a few young collections. Prints its largest heap, in MB.
 */
const CHURN = `
  const { keepHeapSmall } = require('./src/cli/v8');
  if (process.argv[1] === 'small') keepHeapSmall();
  const make = (n) => Array.from({ length: n }, (_, i) => ({ id: i, text: 'x' + i }));
  const kept = make(500000);
  let window = [], most = 0;
  for (let round = 0; round < 400; round += 1) {
    window.push(make(10000));
    if (window.length > 25) window = window.slice(-5);
    most = Math.max(most, process.memoryUsage().heapTotal);
  }
  console.log(Math.round(most / 1e6), kept.length);
`;

function heapOf(how: 'small' | 'as it is'): number {
  const loader = join('node_modules', 'tsx', 'dist', 'cjs', 'index.cjs');
  return Number.parseInt(execFileSync(process.execPath, ['--require', `./${loader}`, '-e', CHURN, how], { cwd: join(__dirname, '..', '..'), encoding: 'utf8' }), 10);
}

const V8 = Number.parseInt(process.versions.v8, 10);

// From V8 13 on it is V8 that keeps it small, by its own measure.
(V8 < 13 ? test : test.skip)('a running process keeps a much smaller heap for the same work', () => {
  const isSmaller = (): boolean => heapOf('small') < heapOf('as it is') * 0.9;
  // When V8 collects is chance: usually it is four fifths, once in a thousand times nine tenths.
  expect(isSmaller() || isSmaller()).toBe(true);
}, 120_000);

/** Two hundred functions, each run for about twice V8's own measure of a while. V8 tells what it compiles. */
const WARM = `
  if (process.argv[1] === 'as on Node 24') Object.defineProperty(process.versions, 'v8', { value: '13.6.233.17-node.53' });
  const { compileLess } = require('./src/cli/v8');
  if (process.argv[1] !== 'as it is') compileLess();
  const works = Array.from({ length: 200 }, (_, i) => new Function('return function warm' + i + '(a) { let s = ' + i + '; for (let k = 0; k < 40; k += 1) { s = (s * 31 + a + k) % 1000003; } return s; }')());
  let sum = 0;
  for (let round = 0; round < 150; round += 1) for (const work of works) sum += work(round);
  console.log(sum);
`;

function compiledBy(how: 'less' | 'as it is' | 'as on Node 24'): number {
  const loader = join('node_modules', 'tsx', 'dist', 'cjs', 'index.cjs');
  const { stdout, stderr } = spawnSync(process.execPath, ['--trace-opt', '--require', `./${loader}`, '-e', WARM, how], { cwd: join(__dirname, '..', '..'), encoding: 'utf8', maxBuffer: 100_000_000 });
  // V8 complains here of a setting that it does not know.
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line.startsWith('[marking') && line.includes('<JSFunction warm')).length;
}

/** Whether this V8 can be asked for it: others compile in steps, and how many functions by now depends on how busy the machine is. */
const ASKED = V8 < 12;

test('a running process compiles for good only what it runs for long, where V8 can be asked for it, and asks no other V8', () => {
  const [all, less, newer] = (['as it is', 'less', 'as on Node 24'] as const).map(compiledBy);
  expect(all).toBeGreaterThan(ASKED ? 150 : 0);
  if (ASKED) expect(less).toBeLessThan(20);
  expect(newer).toBeGreaterThan(ASKED ? 150 : 0);
}, 120_000);

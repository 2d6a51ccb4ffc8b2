import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/* Design 10: memory that does not follow the number of people. What is measured is the heap that V8 keeps, not a time. */

/**
 * A process as a run is one: little stays alive (40 MB), much is made that outlives a few young collections. Prints its largest heap, in MB.
 */
const CHURN = `
  const { keepHeapSmall } = require('./src/wire');
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

test('a running process keeps a much smaller heap for the same work', () => {
  expect(heapOf('small')).toBeLessThan(heapOf('as it is') * 0.8);
}, 120_000);

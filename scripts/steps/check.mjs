import path from 'node:path';
import { capture } from './child.mjs';
import { ROOT } from './machine.mjs';

const bin = (...parts) => path.join(ROOT, 'node_modules', ...parts);

/** What `npm run check` checks: name, then a Node program with its arguments. */
function checks() {
  return [
    ['types', bin('typescript', 'bin', 'tsc'), '--pretty', 'false'],
    ['lint', bin('eslint', 'bin', 'eslint.js'), 'src', 'test', 'scripts'],
    ['boundaries', bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', '--output-type', 'err-long', 'src', 'test', 'scripts'],
    ['unused code', bin('knip', 'bin', 'knip.js'), '--no-progress'],
    ['docs', path.join(ROOT, 'scripts', 'checks', 'docs.mjs')],
    ['lock file', path.join(ROOT, 'scripts', 'checks', 'lock.mjs')],
    ['fast tests and coverage', path.join(ROOT, 'scripts', 'checks', 'coverage.mjs')],
  ];
}

/** Runs every check, two at a time, a line each as it ends; what failed prints what it said. `args` picks checks by name. Exit code 1 when any fails. */
export async function check(args, ready) {
  const all = checks();
  const unknown = args.filter((name) => !all.some((each) => each[0] === name));
  if (unknown.length > 0) {
    process.stderr.write(`No such check: ${unknown.join(', ')}. There are: ${all.map((each) => each[0]).join(', ')}.\n`);
    return { code: 2, signal: null };
  }
  const queue = all.filter((each) => args.length === 0 || args.includes(each[0]));
  let failed = ready.built ? 0 : 1;
  if (!ready.built) process.stdout.write('FAILED build\n');
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [name, ...command] = next;
      const started = Date.now();
      const { code, output } = await capture(process.execPath, command, { cwd: ROOT, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined } });
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      if (code !== 0) failed += 1;
      process.stdout.write(code === 0 ? `ok     ${name} (${seconds} s)\n${loud(output)}` : `FAILED ${name} (${seconds} s)\n${indent(output)}`);
    }
  };
  await Promise.all([worker(), worker()]);
  process.stdout.write(failed === 0 ? 'All checks passed.\n' : `${failed} ${failed === 1 ? 'check' : 'checks'} failed.\n`);
  return { code: failed === 0 ? 0 : 1, signal: null };
}

/** Lines that a check wants seen even when it passes begin with `NOTE`. */
function loud(output) {
  return indent(output.split('\n').filter((line) => line.startsWith('NOTE')).join('\n'));
}

function indent(text) {
  const trimmed = text.trimEnd();
  return trimmed === '' ? '' : `${trimmed.split('\n').map((line) => `  ${line}`).join('\n')}\n`;
}

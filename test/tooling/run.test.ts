import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addFiles, folderWith, node, ROOT, valueOf, type Ended, type Watch } from './support';

/*
 * scripts/run.mjs in a small project of its own, with an npm that only notes its calls: what is installed and built, when, how often, and what
 * comes out.
 */

const PROGRAM = `
declare const process: any, setTimeout: any;
const [what, ...rest] = process.argv.slice(2);
if (what === 'wait') {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { process.stdout.write('got ' + signal + '\\n'); setTimeout(() => process.exit(7), 400); });
  process.stdout.write('waiting\\n');
  setTimeout(() => undefined, 20000);
} else if (what === 'die') process.kill(process.pid, 'SIGKILL');
else {
  process.stdout.write(JSON.stringify([what, ...rest]) + '\\n');
  process.exitCode = Number(rest[0] ?? 0);
}
export {};
`;

/** Notes its call, takes its time, and "installs" what the lock names. */
const NPM = `
const fs = require('node:fs');
fs.appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
console.log('npm talks');
setTimeout(() => {
  if (fs.existsSync('npm-fails')) process.exit(1);
  fs.mkdirSync('node_modules', { recursive: true });
  if (!fs.existsSync('node_modules/typescript')) fs.symlinkSync(${JSON.stringify(join(ROOT, 'node_modules', 'typescript'))}, 'node_modules/typescript');
  fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
}, fs.existsSync('npm-slow') ? 20000 : 500);
`;

// The language's own library alone: browsers' declarations would take most of each build's time.
const OPTIONS = { target: 'ES2023', lib: ['ES2023'], skipLibCheck: true, module: 'commonjs', moduleResolution: 'bundler', rootDir: 'src', outDir: 'dist', types: [], incremental: true, tsBuildInfoFile: 'node_modules/.cache/tsbuildinfo.build' };

function project(engines = '>=20.19.0 <25'): string {
  const folder = folderWith({
    'package.json': JSON.stringify({ name: 'small', engines: { node: engines } }),
    'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } }),
    'tsconfig.json': JSON.stringify({ compilerOptions: OPTIONS }),
    'tsconfig.build.json': JSON.stringify({ extends: './tsconfig.json', include: ['src'] }),
    'src/cli/main.ts': PROGRAM,
    'src/pages/page.eta': 'first',
    'npm-cli.js': NPM,
  });
  mkdirSync(join(folder, 'scripts'));
  for (const part of ['run.mjs', 'reporter.cjs', 'steps']) cpSync(join(ROOT, 'scripts', part), join(folder, 'scripts', part), { recursive: true });
  return folder;
}

function run(folder: string, args: string[], watch?: Watch, watchErrors?: Watch): Promise<Ended> {
  return node([join(folder, 'scripts', 'run.mjs'), ...args], {
    cwd: folder,
    env: { npm_execpath: join(folder, 'npm-cli.js') },
    ...(watch === undefined ? {} : { watch }),
    ...(watchErrors === undefined ? {} : { watchErrors }),
  });
}

const npmCalls = (folder: string): string[] => (existsSync(join(folder, 'npm-calls')) ? readFileSync(join(folder, 'npm-calls'), 'utf8').trim().split('\n') : []);

describe('one project through its life', () => {
  let folder = '';
  beforeAll(() => {
    folder = project();
  });

  test('two at once: one installs and builds, the other waits, both go on; stdout is the program’s alone', async () => {
    const [one, two] = await Promise.all([run(folder, ['concord', 'runs', '0', '--json']), run(folder, ['start', '4'])]);

    expect([one.stdout, two.stdout]).toEqual(['["runs","0","--json"]\n', '["start","4"]\n']);
    expect([one.code, two.code]).toEqual([0, 4]);
    expect(npmCalls(folder)).toEqual(['ci --include=dev --include=optional --no-progress --no-audit --no-fund --loglevel=error']);
    const said = [one.stderr, two.stderr];
    expect(said.filter((text) => text.includes('Installing the dependencies') && text.includes('npm talks') && text.includes('Building'))).toHaveLength(1);
    expect(said.filter((text) => /^Waiting for process \d+ on \S+, which installs or builds in this folder\.\n$/.test(text))).toHaveLength(1);
    expect(existsSync(join(folder, '.cache', 'prepare.lock'))).toBe(false);
  });

  test('nothing to do: nothing is said, assets are in place', async () => {
    expect(await run(folder, ['concord', 'plan'])).toEqual({ code: 0, signal: null, stdout: '["plan"]\n', stderr: '' });
    expect(readFileSync(join(folder, 'dist', 'pages', 'page.eta'), 'utf8')).toBe('first');
  });

  test('a changed source or asset is built again; what was removed from src leaves dist', async () => {
    addFiles(folder, { 'src/extra.ts': 'export const extra = 1;\n', 'src/pages/page.eta': 'second' });
    expect((await run(folder, ['concord', 'plan'])).stderr).toContain('Building');
    expect(existsSync(join(folder, 'dist', 'extra.js'))).toBe(true);
    expect(readFileSync(join(folder, 'dist', 'pages', 'page.eta'), 'utf8')).toBe('second');

    rmSync(join(folder, 'src', 'extra.ts'));
    await run(folder, ['concord', 'plan']);
    expect(existsSync(join(folder, 'dist', 'extra.js'))).toBe(false);
  });

  test('a dist that somebody removed comes back, though the compiler’s notes say that nothing changed', async () => {
    rmSync(join(folder, 'dist'), { recursive: true });

    expect((await run(folder, ['concord', 'plan'])).stdout).toBe('["plan"]\n');
  });

  test('a fault in the source stops the program, is named on stderr, and does not count as built', async () => {
    addFiles(folder, { 'src/wrong.ts': "export const wrong: number = 'x';\n" });
    const first = await run(folder, ['concord', 'plan']);
    const second = await run(folder, ['concord', 'plan']);
    rmSync(join(folder, 'src', 'wrong.ts'));

    for (const ended of [first, second]) {
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(/src\/wrong\.ts\(1,14\): error TS2322[^]*The build failed/);
    }
  });

  test('dependencies that somebody else installed are left alone; a lock that moved on is installed', async () => {
    const lock = { lockfileVersion: 3, packages: { '': {}, 'node_modules/a': { version: '1.1.0' }, 'node_modules/a-mac': { version: '1.1.0', optional: true } } };
    const installed = { lockfileVersion: 3, packages: { 'node_modules/a': { version: '1.1.0' } } };
    addFiles(folder, { 'package-lock.json': JSON.stringify(lock), 'node_modules/.package-lock.json': JSON.stringify(installed) });
    await run(folder, ['concord', 'plan']);
    expect(npmCalls(folder)).toHaveLength(1);

    lock.packages['node_modules/a'].version = '1.2.0';
    addFiles(folder, { 'package-lock.json': JSON.stringify(lock) });
    await run(folder, ['concord', 'plan']);
    expect(npmCalls(folder)).toHaveLength(2);
  });

  test('an npm that fails ends the command with the reason', async () => {
    const lock = { lockfileVersion: 3, packages: { '': {}, 'node_modules/a': { version: '1.3.0' } } };
    addFiles(folder, { 'package-lock.json': JSON.stringify(lock), 'npm-fails': '' });
    const ended = await run(folder, ['concord', 'plan']);
    rmSync(join(folder, 'npm-fails'));

    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('npm ci failed: nothing was started.');
    expect(existsSync(join(folder, '.cache', 'prepare.lock'))).toBe(false);
  });

  test('a SIGTERM during the installation ends it, and leaves no lock', async () => {
    const lock = { lockfileVersion: 3, packages: { '': {}, 'node_modules/a': { version: '1.4.0' } } };
    addFiles(folder, { 'package-lock.json': JSON.stringify(lock), 'npm-slow': '' });
    let sent = false;
    const ended = await run(folder, ['concord', 'plan'], undefined, (kill, stderr) => {
      if (sent || !stderr.includes('npm talks')) return;
      sent = true;
      kill('SIGTERM');
    });
    rmSync(join(folder, 'npm-slow'));

    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('npm ci failed');
    expect(existsSync(join(folder, '.cache', 'prepare.lock'))).toBe(false);
  });

  test('the lock of a process that died is taken over', async () => {
    const lock = join(folder, '.cache', 'prepare.lock');
    mkdirSync(lock, { recursive: true });
    writeFileSync(join(lock, 'owner'), JSON.stringify({ pid: 2 ** 22 + 1, host: valueOf('scripts/steps/lock.mjs', "(await import('node:os')).hostname()") }));

    expect((await run(folder, ['concord', 'plan'])).stdout).toBe('["plan"]\n');
    expect(existsSync(lock)).toBe(false);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s reaches the program once, and its exit code comes back', async (signal) => {
    let sent = false;
    const ended = await run(folder, ['concord', 'wait'], (kill, stdout) => {
      if (sent || !stdout.includes('waiting')) return;
      sent = true;
      // As npm does beside the terminal: the same signal again, a moment later.
      kill(signal);
      setTimeout(() => kill(signal), 100);
    });

    expect(ended).toMatchObject({ code: 7, signal: null, stdout: `waiting\ngot ${signal}\n` });
  });

  test('a program that is killed ends the caller by the same signal', async () => {
    expect(await run(folder, ['concord', 'die'])).toMatchObject({ code: null, signal: 'SIGKILL' });
  });
});

test('npm test hands its arguments to Jest, before the reporters, and ends with the counts', async () => {
  const folder = project();
  await run(folder, ['concord', 'plan']);
  const jest = "require('node:fs').writeFileSync(process.env.CONCORD_TEST_SUMMARY, JSON.stringify({ passed: 2, failed: 1, skipped: 0 })); console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 1;";
  addFiles(folder, { 'node_modules/jest/bin/jest.js': jest });
  const ended = await run(folder, ['test', 'test/core', '-t', 'L4']);

  const [args, last] = ended.stdout.trim().split('\n');
  expect(JSON.parse(args ?? '')).toEqual(['test/core', '-t', 'L4', '--reporters=default', expect.stringMatching(/^--reporters=.*reporter\.cjs$/)]);
  expect(last).toBe('2 passed, 1 failed');
  expect(ended.code).toBe(1);
});

test('a Jest that gives its result and does not end is ended, and that is a failure', async () => {
  const folder = project();
  await run(folder, ['concord', 'plan']);
  addFiles(folder, { 'node_modules/jest/bin/jest.js': "require('node:fs').writeFileSync(process.env.CONCORD_TEST_SUMMARY, JSON.stringify({ passed: 2, failed: 0, skipped: 0 })); setInterval(() => undefined, 1000);" });
  const ended = await node([join(folder, 'scripts', 'run.mjs'), 'test'], { cwd: folder, env: { CONCORD_TEST_GRACE_MS: '600' } });

  expect(ended).toMatchObject({ code: 1, signal: null });
  expect(ended.stdout).toMatch(/^FAILED: Jest did not end after its last test: .*\n2 passed, 1 failed\n$/);
});

test('an older or newer Node is refused with a sentence, before anything is done', async () => {
  const folder = project('>=99.1 <100');
  const ended = await run(folder, ['concord', 'plan']);

  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^Concord needs Node >=99\.1 <100; this is Node \d+\.\d+\.\d+\. Install one of those versions/);
  expect(npmCalls(folder)).toEqual([]);
});

test('the range of Node versions', () => {
  const fault = (version: string): unknown => valueOf('scripts/steps/machine.mjs', `m.nodeFault('${version}', '>=20.19.0 <25') === null`);

  expect([fault('20.18.9'), fault('20.19.0'), fault('22.4.1'), fault('24.99.0'), fault('25.0.0'), fault('9.0.0')]).toEqual([false, true, true, true, false, false]);
});

test('an unknown word is bad usage', async () => {
  expect(await run(project(), ['constructor'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^scripts\/run\.mjs does one of: start, build, concord, replay, bench, test, check\b.*\.\n$/) });
});

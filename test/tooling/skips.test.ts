import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHROMIUM, OPENSSL, POSTGRES, SYSTEMD } from '../support/skips';
import { folderWith, node, ROOT, type Ended } from './support';

/** Runs a suite with one describe block that needs something absent and one that needs something present. */
async function jest(env: Record<string, string>): Promise<Ended & { summary: unknown }> {
  const need = (name: string, found: string): string => `{ name: '${name}', remedy: 'install ${name}', find: () => ${found} }`;
  const folder = folderWith({
    'needs.test.ts': `
      import { describeWith } from ${JSON.stringify(join(ROOT, 'test', 'support', 'skips'))};
      describeWith(${need('Unobtainium', 'null')}, 'store', (where) => { test('one', () => undefined); test('two', () => { throw new Error(where); }); });
      describeWith(${need('Air', "'/air'")}, 'lungs', (where) => { test('breathe', () => expect(where).toBe('/air')); });
    `,
    'jest.config.js': `module.exports = { rootDir: __dirname, transform: { '\\\\.ts$': [${JSON.stringify(join(ROOT, 'node_modules', 'ts-jest'))}, { tsconfig: ${JSON.stringify(join(ROOT, 'tsconfig.json'))}, isolatedModules: true, diagnostics: false }] } };`,
  });
  const summary = join(folder, 'summary.json');
  const args = ['--config', join(folder, 'jest.config.js'), '--reporters=default', `--reporters=${join(ROOT, 'scripts', 'reporter.cjs')}`];
  const ended = await node([join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), ...args], { cwd: folder, env: { CONCORD_TEST_SUMMARY: summary, CONCORD_TEST_REQUIRE: '', ...env } });
  return { ...ended, summary: JSON.parse(readFileSync(summary, 'utf8')) };
}

test('what the machine lacks is skipped, counted and said', async () => {
  const ended = await jest({});

  expect(ended).toMatchObject({ code: 0, summary: { passed: 1, failed: 0, skipped: 2 } });
  expect(ended.stderr).toContain('SKIPPED on this machine:\n  2 tests: need Unobtainium: install Unobtainium\n');
});

test('where everything is required it fails', async () => {
  const ended = await jest({ CONCORD_TEST_REQUIRE: 'all' });

  expect(ended).toMatchObject({ code: 1, summary: { passed: 1, failed: 1, skipped: 0 } });
  expect(ended.stderr).toContain('Unobtainium is missing: install Unobtainium.');
});

test('a need that is found is a place that exists', () => {
  for (const need of [POSTGRES, CHROMIUM, OPENSSL, SYSTEMD]) expect([null, expect.stringMatching(/^[/A-Z]/)]).toContainEqual(need.find());
});

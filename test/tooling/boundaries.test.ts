import { join } from 'node:path';
import { folderWith, node, ROOT } from './support';

/** The rules that fire on a small tree, each with the file at fault: `core-stays-pure src/core/bad.ts`. */
async function broken(files: Record<string, string>): Promise<string[]> {
  const cruise = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const folders = ['src', 'test', 'scripts'].filter((folder) => Object.keys(files).some((file) => file.startsWith(`${folder}/`)));
  const cwd = folderWith(files);
  const done = await node([cruise, '--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', ...folders], { cwd });
  const { summary } = JSON.parse(done.stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return summary.violations.map((violation) => `${violation.rule.name} ${violation.from}`).sort();
}

const NOUN = { 'src/domain/noun.ts': 'export interface Noun { id: string }\nexport const NOUN = 1;\n' };

test('what the table allows passes', async () => {
  const violations = await broken({
    ...NOUN,
    'src/core/verb.ts': "import { DateTime } from 'luxon';\nimport { NOUN } from '../domain/noun';\nexport const verb = [NOUN, DateTime];\n",
    'src/crm/port.ts': "import type { Noun } from '../domain/noun';\nexport interface CrmPort { noun: Noun }\n",
    'src/crm/salesforce/api.ts': "import jsforce from 'jsforce';\nimport type { CrmPort } from '../port';\nexport const api = (port: CrmPort) => [jsforce, port];\n",
    'src/run/run.ts': "import type { CrmPort } from '../crm/port';\nimport { verb } from '../core/verb';\nexport const run = (crm: CrmPort) => [crm, verb];\n",
    'src/sandbox/org.ts': "import express from 'express';\nimport { NOUN } from '../domain/noun';\nexport const org = [express, NOUN];\n",
    'src/wire.ts': "import { api } from './crm/salesforce/api';\nimport { run } from './run/run';\nexport const wire = [api, run];\n",
    'src/cli/commands/sandbox.ts': "import { org } from '../../sandbox/org';\nimport { wire } from '../../wire';\nexport const sandbox = [org, wire];\n",
    'src/cli/main.ts': "import { sandbox } from './commands/sandbox';\nexport const main = [sandbox];\n",
  });

  expect(violations).toEqual([]);
});

test('core-stays-pure: core imports neither a CRM, nor the store, nor Node', async () => {
  const violations = await broken({
    'src/crm/port.ts': 'export interface CrmPort { name: string }\n',
    'src/store/port.ts': 'export const store = 1;\n',
    'src/core/typed.ts': "import type { CrmPort } from '../crm/port';\nexport type Typed = CrmPort;\n",
    'src/core/stored.ts': "import { store } from '../store/port';\nexport const stored = store;\n",
    'src/core/file.ts': "import { readFileSync } from 'node:fs';\nexport const file = readFileSync;\n",
  });

  expect(violations).toEqual(['core-needs-no-machine src/core/file.ts', 'core-stays-pure src/core/stored.ts', 'core-stays-pure src/core/typed.ts']);
});

test('domain-imports-nothing', async () => {
  expect(await broken({ 'src/agreement/load.ts': 'export const load = 1;\n', 'src/domain/noun.ts': "import { load } from '../agreement/load';\nimport { z } from 'zod';\nexport const noun = [load, z];\n" })).toEqual([
    'domain-imports-nothing src/domain/noun.ts',
    'domain-needs-no-package src/domain/noun.ts',
  ]);
});

test('sandbox-never-imports-crm, and nothing else opens the sandbox', async () => {
  const violations = await broken({
    'src/crm/hubspot/convert.ts': 'export const convert = 1;\n',
    'src/sandbox/hubspot/view.ts': "import { convert } from '../../crm/hubspot/convert';\nexport const view = convert;\n",
    'src/run/run.ts': "import { view } from '../sandbox/hubspot/view';\nexport const run = view;\n",
    'src/wire.ts': "import { view } from './sandbox/hubspot/view';\nexport const wire = view;\n",
    'src/cli/commands/sync.ts': "import { view } from '../../sandbox/hubspot/view';\nexport const sync = view;\n",
  });

  expect(violations).toEqual(
    expect.arrayContaining(['sandbox-never-imports-crm src/sandbox/hubspot/view.ts', 'sandbox-is-apart src/run/run.ts', 'wire-never-imports-sandbox src/wire.ts', 'sandbox-is-apart src/cli/commands/sync.ts']),
  );
});

test('a run takes ports as types, and no adapter', async () => {
  const violations = await broken({
    'src/crm/port.ts': 'export const makePort = 1;\n',
    'src/crm/hubspot/index.ts': 'export const hubspot = 1;\n',
    'src/run/run.ts': "import { makePort } from '../crm/port';\nimport { hubspot } from '../crm/hubspot/index';\nexport const run = [makePort, hubspot];\n",
  });

  expect(violations).toEqual(['run-knows-only-ports src/run/run.ts', 'run-takes-ports-as-types src/run/run.ts']);
});

test('the two adapters stay apart', async () => {
  expect(await broken({ 'src/crm/hubspot/convert.ts': 'export const convert = 1;\n', 'src/crm/salesforce/convert.ts': "export { convert } from '../hubspot/convert';\n" })).toEqual(['vendors-apart src/crm/salesforce/convert.ts']);
});

test('no-cycle: values may not go round, types may', async () => {
  const violations = await broken({
    'src/core/a.ts': "import { b } from './b';\nexport const a = () => b;\n",
    'src/core/b.ts': "import { a } from './a';\nexport const b = () => a;\n",
    'src/core/c.ts': "import type { D } from './d';\nexport const c = 1;\nexport type C = D;\n",
    'src/core/d.ts': "import { c } from './c';\nexport const d = c;\nexport type D = string;\n",
  });

  expect(violations).toEqual(['no-cycle src/core/a.ts']);
});

const DOORS = [
  ['hubspot', '@hubspot/api-client', 'src/crm/salesforce/api.ts'],
  ['hubspot', '@hubspot/api-client/lib/codegen/crm/contacts', 'src/sandbox/hubspot.ts'],
  ['jsforce', 'jsforce', 'src/run/read.ts'],
  ['retries', 'cockatiel', 'src/crm/hubspot/transport.ts'],
  ['sql', 'kysely', 'src/web/pages.ts'],
  ['sql', 'pg', 'src/run/apply.ts'],
  ['sqlite', 'better-sqlite3', 'src/cli/commands/runs.ts'],
  ['sqlite', 'better-sqlite3-napi', 'src/store/sqlite.ts'],
  ['express', 'express', 'src/cli/commands/serve.ts'],
  ['winston', 'winston', 'src/crm/pace.ts'],
  ['node-cron', 'node-cron', 'src/web/app.ts'],
  ['nock', 'nock', 'test/scenarios/story.test.ts'],
] as const;

test('one door each: a package is refused outside its place', async () => {
  const violations = await broken(Object.fromEntries(DOORS.map(([, name, file]) => [file, `import thing from '${name}';\nexport const used = thing;\n`])));

  expect(violations).toEqual(DOORS.map(([door, , file]) => `one-door-for-${door} ${file}`).sort());
});

test('every rule says why', () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { forbidden } = require(join(ROOT, '.dependency-cruiser.cjs')) as { forbidden: { name: string; comment: string }[] };

  expect(forbidden.filter((rule) => !/^\S.{15,}\.$/.test(rule.comment)).map((rule) => rule.name)).toEqual([]);
  expect(new Set(forbidden.map((rule) => rule.name)).size).toBe(forbidden.length);
});

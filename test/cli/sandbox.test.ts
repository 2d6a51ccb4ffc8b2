import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onSandbox } from '../../src/cli/commands/sandbox';
import { loadSettings } from '../../src/config/load';
import type { RunningSandbox } from '../../src/sandbox/server';
import { AGREEMENT } from '../support/agreement';
import { documentOf, runIn, start } from './support';

/* The two local CRMs as a newcomer has them: no account, no .env. */

describe('sandbox', () => {
  const folder = mkdtempSync(join(tmpdir(), 'concord-sandbox-'));
  const env = { CONCORD_AGREEMENT: AGREEMENT };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('comes up with a sample world, says how to reach it, serves, and ends with 0 when stopped', async () => {
    const child = start(folder, ['sandbox', '--json', '--hubspot-port', '0', '--salesforce-port', '0'], env);
    const ended = new Promise((done) => child.once('close', done));
    const text = await new Promise<string>((done) => {
      let so = '';
      child.stdout?.on('data', (piece: Buffer) => {
        so += String(piece);
        if (so.includes('}\n')) done(so);
      });
    });
    const facts = documentOf('sandbox', { code: null, stdout: text, stderr: '' });
    const contacts = await fetch(`${String(facts['HUBSPOT_API_URL'])}/crm/v3/objects/contacts?limit=1`, { headers: { authorization: `Bearer ${String(facts['HUBSPOT_ACCESS_TOKEN'])}` } });
    expect(((await contacts.json()) as { results: unknown[] }).results).toHaveLength(1);
    const checked = await runIn(folder, ['check', '--json'], { ...env, ...(facts as unknown as Record<string, string>), DATABASE_URL: 'sqlite:data/elsewhere.db' });
    expect(documentOf('check', checked)['checks']?.filter((line) => String(line['id']).endsWith('.credentials'))).toMatchObject([{ ok: true }, { ok: true }]);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('--sandbox works on it without credentials, and its world and Concord’s memory outlive the processes', async () => {
    const ended = await runIn(folder, ['setup', '--yes', '--sandbox', '--json'], env);
    expect({ code: ended.code, applied: documentOf('setup', ended)['applied'] }).toEqual({ code: 0, applied: true });
    const plan = documentOf('plan', await runIn(folder, ['plan', '--sandbox', '--json'], env));
    expect(plan['writes']?.length).toBeGreaterThan(20);
    const runs = documentOf('runs', await runIn(folder, ['runs', '--sandbox', '--json'], env));
    expect(runs['runs']).toMatchObject([{ run: plan['run'], mode: 'dry-run' }]);
  });

  test('--sandbox in a new folder has the sample people, and a world that is gone is not taken for one without people', async () => {
    const other = mkdtempSync(join(tmpdir(), 'concord-sandbox-'));
    const planned = await runIn(other, ['plan', '--sandbox', '--json'], { ...env, HUBSPOT_API_VERSION: 'v3' });
    expect(documentOf('plan', planned)['writes']?.length).toBeGreaterThan(20);
    const early = await runIn(other, ['sync', '--sandbox', '--json'], env);
    expect({ code: early.code, document: documentOf('error', early) }).toMatchObject({ code: 2, document: { error: { code: 'not_set_up' } } });
    for (const end of ['', '-wal', '-shm']) rmSync(join(other, 'data', `sandbox.db${end}`), { force: true });
    const gone = await runIn(other, ['sync', '--sandbox', '--json'], env);
    expect({ code: gone.code, document: documentOf('error', gone) }).toMatchObject({ code: 2, document: { error: { code: 'another_world', remedy: expect.stringContaining('--fresh') } } });
    rmSync(other, { recursive: true });
  });

  test('HUBSPOT_API_VERSION holds for the sandbox too', () => {
    const sandbox = { hubspot: { token: 't', url: 'http://127.0.0.1:4010' }, salesforce: { url: 'http://127.0.0.1:4020', clientId: 'c', clientSecret: 's' } } as RunningSandbox;
    for (const version of ['2026-09', 'v3']) expect(onSandbox(loadSettings({ HUBSPOT_API_VERSION: version, DATABASE_URL: 'sqlite:elsewhere.db' }), sandbox)).toMatchObject({ hubspot: { apiVersion: version, token: 't' }, databaseUrl: 'sqlite:data/sandbox-concord.db' });
  });

  test('--webhooks sends what happens in HubSpot to an address of this machine, and to no other', async () => {
    const received: string[] = [];
    const listener = createHttpServer((req, res) => {
      req.resume().on('end', () => {
        received.push(`${req.method} ${req.url} ${String(req.headers['x-hubspot-signature-v3']).length}`);
        res.statusCode = 204;
        res.end();
      });
    });
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/webhooks/hubspot`;
    const child = start(folder, ['sandbox', '--json', '--hubspot-port', '0', '--salesforce-port', '0', '--webhooks', url], env);
    const ended = new Promise((done) => child.once('close', done));
    const facts = await new Promise<Record<string, string>>((done) => {
      let so = '';
      child.stdout?.on('data', (piece: Buffer) => {
        so += String(piece);
        if (so.includes('}\n')) done(JSON.parse(so) as Record<string, string>);
      });
    });
    await fetch(`${facts['HUBSPOT_API_URL']}/crm/v3/objects/contacts`, { method: 'POST', headers: { authorization: `Bearer ${facts['HUBSPOT_ACCESS_TOKEN']}`, 'content-type': 'application/json' }, body: JSON.stringify({ properties: { email: 'neu@cliente.example' } }) });
    while (received.length === 0) await new Promise((done) => setTimeout(done, 50));
    expect(received[0]).toBe('POST /webhooks/hubspot 44');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    listener.closeAllConnections();
    await new Promise((done) => listener.close(done));
    const refused = await runIn(folder, ['sandbox', '--json', '--webhooks', 'https://elsewhere.example/'], env);
    expect({ code: refused.code, document: documentOf('error', refused) }).toMatchObject({ code: 2, document: { error: { code: 'bad_usage' } } });
  });

  test('--customised: a company’s own statuses and stages, for trying init on', async () => {
    const child = start(folder, ['sandbox', '--fresh', '--customised', '--hubspot-port', '0', '--salesforce-port', '0'], env);
    const ended = new Promise((done) => child.once('close', done));
    const told = await new Promise<string>((done) => {
      let so = '';
      child.stdout?.on('data', (piece: Buffer) => {
        so += String(piece);
        if (so.includes('Ctrl-C')) done(so);
      });
    });
    expect(told).toContain('with the empty accounts of a company whose statuses and stages are its own');
    child.kill('SIGTERM');
    await ended;
    const made = documentOf('init', await runIn(folder, ['init', '--sandbox', '--agreement', 'mine.yaml', '--json'], env));
    expect(made).toMatchObject({ env: { file: null, written: [] }, agreement: { file: 'mine.yaml', state: 'created' } });
    expect(made['found']?.['salesforce']?.['lead_statuses']?.map((status) => status['value'])).toEqual(['Nuevo', 'En gestión', 'Convertido', 'Reciclado', 'Descalificado']);
  });

  test('a world that cannot be opened is the user’s matter: which file, and what to do', async () => {
    const other = mkdtempSync(join(tmpdir(), 'concord-sandbox-'));
    const faults: [string, () => void, RegExp][] = [
      ['a file where the folder belongs', () => writeFileSync(join(other, 'data'), ''), /cannot be made or written/],
      ['a folder where the file belongs', () => mkdirSync(join(other, 'data', 'sandbox.db'), { recursive: true }), /cannot be made or written/],
      ['a damaged file', () => (mkdirSync(join(other, 'data')), writeFileSync(join(other, 'data', 'sandbox.db'), 'no database'.repeat(500))), /damaged/],
    ];
    for (const [, make, words] of faults) {
      make();
      for (const args of [['sandbox', '--json', '--hubspot-port', '0', '--salesforce-port', '0'], ['start', '--once', '--json']]) {
        const ended = await runIn(other, args, env);
        expect(documentOf('error', ended)).toMatchObject({ error: { code: 'no_sandbox', message: expect.stringMatching(words), where: expect.stringContaining('data/sandbox.db') } });
        expect(ended.code).toBe(1);
      }
      rmSync(join(other, 'data'), { recursive: true });
    }
    rmSync(other, { recursive: true });
  });

  test('a port that is taken: exit 2 and what to do', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const port = String((server.address() as AddressInfo).port);
    const ended = await runIn(folder, ['sandbox', '--json', '--hubspot-port', port, '--salesforce-port', '0'], env);
    server.close();
    expect(documentOf('error', ended)).toMatchObject({ error: { code: 'port_taken', message: expect.stringContaining(port) } });
    expect(ended.code).toBe(2);
  });
});

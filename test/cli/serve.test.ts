import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../src/store';
import type { Store } from '../../src/store/port';
import { documentOf, editAgreement, openPlace, start, type Document, type Place } from './support';

/*
 * `concord serve` as a process with its runner, real HTTP on all sides. Nothing is expected within a time: what is to happen is waited for, and what must
 * not happen is looked for once something later has happened.
 */

const ADMIN = 'the operators’ password';
const TOKEN = 'an API token of enough length';

interface Served {
  url: string;
  child: ChildProcess;
  said: () => string;
  /** Resolves with the exit code. */
  ended: Promise<number | null>;
}

let place: Place;
let served: Served[];
beforeEach(async () => {
  served = [];
  place = await openPlace();
});
afterEach(async () => {
  place.sandbox.hubspot.webhooks.subscribe(null);
  place.sandbox.hubspot.faults.clear();
  for (const { child, ended } of served) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  }
  await place.close();
});

async function serve(env: Record<string, string> = {}, args: string[] = []): Promise<Served> {
  const child = start(place.folder, ['serve', '--json', ...args], { ...place.env, CONCORD_PORT: '0', CONCORD_API_TOKEN: TOKEN, CONCORD_ADMIN_PASSWORD: ADMIN, HUBSPOT_CLIENT_SECRET: place.sandbox.hubspot.clientSecret, LOG_LEVEL: 'info', ...env });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const one: Served = { url: '', child, said: () => said, ended };
  served.push(one);
  await until(async () => stdout.includes('}\n') || child.exitCode !== null);
  const facts = documentOf('serve', { code: child.exitCode, stdout, stderr: said });
  expect(facts['pid']).toBe(child.pid);
  one.url = String(facts['url']);
  return one;
}

async function until<T>(look: () => Promise<T> | T, ms = 90_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== false && found !== undefined && found !== null) return found;
    if (Date.now() > end) throw new Error(`it did not happen: ${look.toString()}\n${served.map((one) => one.said()).join('\n')}`);
    await wait(100);
  }
}

const get = async (one: Served, path: string): Promise<{ status: number; body: Document }> => {
  const answer = await fetch(one.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
  return { status: answer.status, body: (await answer.json()) as Document };
};
const marketer = (): ReturnType<Place['sandbox']['hubspot']['state']['act']> => place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
const form = (): ReturnType<Place['sandbox']['hubspot']['state']['act']> => place.sandbox.hubspot.state.act({ sourceType: 'FORM' });
const contact = (email: string): Record<string, string> => place.sandbox.hubspot.state.byEmail(email)?.properties ?? {};
const leadOf = (email: string): Record<string, unknown> | undefined => {
  for (const row of place.sandbox.salesforce.state.query(`SELECT Id FROM Lead WHERE Email = '${email}'`)) return place.sandbox.salesforce.state.record('Lead', String(row['Id']));
  return undefined;
};
const runs = async (one: Served): Promise<{ kind: string; status: string; run: string }[]> => ((await get(one, '/api/v1/runs')).body['runs'] ?? []) as unknown as { kind: string; status: string; run: string }[];
/** Only the schedule's audit at night and its five minutes are far; feedback is as asked. */
const agreement = (feedback: string): string => editAgreement(place, 'agreement.yaml', (text) => text.replace('feedback: 45s', `feedback: ${feedback}`).replace('sync: "*/5 * * * *"', 'sync: "0 5 1 1 *"').replace('full: "30 3 * * *"', 'full: "0 6 1 1 *"'));

async function adopted(...people: string[]): Promise<void> {
  for (const email of people) marketer().create('contacts', { email, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
  await place.settle();
  await place.document('sync', 0, ['sync', '--allow-large-change']);
}

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(`sqlite:${join(place.folder, 'data', 'concord.db')}`);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

test('a webhook lands in Salesforce, a rep’s answer in HubSpot by a feedback pass, and SIGTERM ends it with 0', async () => {
  await adopted('ana@cliente.example');
  const one = await serve({}, ['--agreement', agreement('5s')]);
  expect((await get(one, '/healthz')).body).toEqual({ ok: true });
  // The built program has the files that pages load.
  const door = await (await fetch(`${one.url}/login`)).text();
  for (const file of door.match(/\/assets\/[\w.]+/g) ?? ['missing']) expect((await fetch(one.url + file)).status).toBe(200);
  expect((await get(one, '/readyz')).body).toMatchObject({ ready: true, store: true, credentials: true, stale: false, reasons: [] });
  place.sandbox.hubspot.webhooks.subscribe({ url: `${one.url}/webhooks/hubspot`, auto: true });

  form().update('contacts', contact('ana@cliente.example')['hs_object_id'] as string, { hubspotscore: '72' });
  const lead = (await until(() => leadOf('ana@cliente.example'))) as Record<string, unknown>;
  expect(lead).toMatchObject({ Concord_Stage__c: 'mql' });
  await until(() => contact('ana@cliente.example')['concord_salesforce_url'] !== undefined);

  place.sandbox.salesforce.state.act(place.rep).update('Lead', String(lead['Id']), { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Sin presupuesto' });
  await until(() => contact('ana@cliente.example')['concord_stage'] === 'recycled');
  expect(contact('ana@cliente.example')).toMatchObject({ concord_rejection_reason: 'no_budget', concord_rejection_note: 'Sin presupuesto', concord_rejected_by: 'Rita Rep' });

  // All of it between two runs of the schedule; and it comes to rest although its own writes come back as webhooks.
  await until(async () => withStore(async (store) => (await store.inboxLength()) === 0 && place.sandbox.hubspot.webhooks.pending.length === 0));
  expect((await runs(one)).filter((run) => run.kind === 'sync')).toHaveLength(1);
  const metrics = await (await fetch(`${one.url}/metrics`)).text();
  expect(metrics).toMatch(/concord_passes_total\{kind="targeted",outcome="ok"\} [1-9]/);
  expect(metrics).toMatch(/concord_runner_starts_total 1\b/);
  expect(metrics).toMatch(/concord_webhook_deliveries_total\{outcome="taken"\} [1-9]/);
  expect(metrics).not.toMatch(/cliente|Paz|Rita/);

  one.child.kill('SIGTERM');
  expect(await one.ended).toBe(0);
  expect(one.said()).not.toMatch(/cliente\.example|Paz|presupuesto/);
  expect(await withStore((store) => store.openIntents(null, 10))).toEqual([]);
});

test('stopped in the middle of a run: the batch under way has its outcome, the lock is free, exit 0', async () => {
  await adopted('ana@cliente.example');
  const one = await serve({}, ['--agreement', agreement('off')]);
  await until(async () => (await get(one, '/readyz')).body['ready'] === true);
  place.sandbox.hubspot.faults.add({ match: { path: 'batch/update' }, action: { do: 'delay', milliseconds: 3000 } });
  place.sandbox.hubspot.calls.clear();
  form().update('contacts', contact('ana@cliente.example')['hs_object_id'] as string, { hubspotscore: '72' });
  await place.settle();
  expect((await fetch(`${one.url}/api/v1/runs`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(202);
  await until(() => place.sandbox.hubspot.calls.calls.some((call) => call.url.includes('batch/update')));
  // The pages answer while a run is under way.
  expect((await get(one, '/healthz')).status).toBe(200);
  one.child.kill('SIGTERM');

  expect(await one.ended).toBe(0);
  expect(contact('ana@cliente.example')['concord_stage']).toBe('mql');
  await withStore(async (store) => {
    expect(await store.openIntents(null, 10)).toEqual([]);
    expect((await store.acquireLock('test', Date.now(), 1)).ok).toBe(true);
  });
});

test('killed across the schedule and started again: what was due is made up once', async () => {
  await adopted('ana@cliente.example');
  const first = await serve({}, ['--agreement', agreement('off')]);
  await until(async () => (await get(first, '/readyz')).body['ready'] === true);
  first.child.kill('SIGKILL');
  await first.ended;
  form().update('contacts', contact('ana@cliente.example')['hs_object_id'] as string, { hubspotscore: '72' });
  await place.settle();
  // As if it had been down for twelve minutes of a five-minute schedule; the audit was done today.
  const past = JSON.stringify({ run: 'earlier', at: Date.now() - 12 * 60_000 });
  await withStore((store) => store.transaction(null, (tx) => tx.setMeta('last_good_run', past)));
  const before = await withStore(async (store) => (await store.runs(null, 100)).length);
  // Due five minutes ago, and not again while this is told.
  const due = `${new Date(Date.now() - 5 * 60_000).getUTCMinutes()} * * * *`;
  const file = editAgreement(place, 'often.yaml', (text) => text.replace('full: "30 3 * * *"', 'full: "0 6 1 1 *"').replace('sync: "*/5 * * * *"', `sync: "${due}"`).replace('feedback: 45s', 'feedback: off'));
  const again = await serve({}, ['--agreement', file]);

  await until(() => leadOf('ana@cliente.example'));
  await until(async () => (await get(again, '/api/v1/runs')).body['runs']?.[0]?.['status'] === 'ok');
  expect((await runs(again)).length - before).toBe(1);
});

const askForRun = (one: Served): Promise<Response> => fetch(`${one.url}/api/v1/runs`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } });

/** A server whose run has sent a write that HubSpot does not answer. */
async function servingHungRun(): Promise<Served> {
  await adopted('ana@cliente.example');
  const one = await serve({}, ['--agreement', agreement('off')]);
  await until(async () => (await get(one, '/readyz')).body['ready'] === true);
  place.sandbox.hubspot.faults.add({ match: { path: 'batch/update' }, action: { do: 'hang' } });
  place.sandbox.hubspot.calls.clear();
  form().update('contacts', contact('ana@cliente.example')['hs_object_id'] as string, { hubspotscore: '72' });
  await place.settle();
  await askForRun(one);
  await until(() => place.sandbox.hubspot.calls.calls.some((call) => call.url.includes('batch/update')));
  return one;
}

test('a runner that is killed is started again, and the run after it finishes what was begun (W7)', async () => {
  const one = await servingHungRun();
  process.kill(runnerOf(one), 'SIGKILL');
  await until(async () => (await withStore((store) => store.openIntents(null, 10))).length > 0 && one.said().includes('runner_lost'));
  expect((await get(one, '/healthz')).status).toBe(200);
  // The dead run's lock lives on for a minute; it is waited for, not broken.
  await askForRun(one);
  await until(() => one.said().includes('"code":"locked"'));
  // Nobody here waits for the minute to pass: it ends now.
  await withStore(async (store) => {
    const taken = await store.acquireLock('test', Date.now(), 1);
    if (taken.ok) throw new Error('the dead run’s lock was free');
    await store.renewLock(taken.by.fence, Date.now(), 1);
  });
  await askForRun(one);
  await until(() => contact('ana@cliente.example')['concord_stage'] === 'mql');
  await until(async () => (await withStore((store) => store.openIntents(null, 10))).length === 0);
  expect(await (await fetch(`${one.url}/metrics`)).text()).toMatch(/concord_runner_starts_total 2\b/);
});

/** The runner's process id: the server's only child. */
function runnerOf(one: Served): number {
  const pid = one.child.pid ?? 0;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const runner = children.find((each) => readFileSync(`/proc/${each}/cmdline`, 'utf8').includes('runner'));
  if (runner === undefined) throw new Error('no runner');
  return runner;
}

test('a second signal ends it at once; what was begun is finished by the next run (W7)', async () => {
  const one = await servingHungRun();
  one.child.kill('SIGTERM');
  // It has heard of it once it answers nobody any more; signals within a second are one.
  await until(() => fetch(`${one.url}/healthz`).then(() => false, () => true));
  await wait(1500);
  expect(one.child.exitCode).toBeNull();
  one.child.kill('SIGTERM');
  expect(await one.ended).toBe(130);
  expect(await withStore((store) => store.openIntents(null, 10))).not.toEqual([]);
});

test('an agreement that is edited while it serves counts from the next run on; a faulty one fails it and says so', async () => {
  await adopted('ana@cliente.example');
  const file = agreement('off');
  const one = await serve({}, ['--agreement', file]);
  await until(async () => (await get(one, '/readyz')).body['ready'] === true);
  const ask = (): Promise<Response> => fetch(`${one.url}/api/v1/runs`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } });
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, good.replace('feedback: off', 'feedback: never'));
  await ask();
  await until(() => one.said().includes('bad_agreement'));
  writeFileSync(file, good.replace('feedback: off', 'feedback: 5s'));
  await ask();
  await until(() => one.said().includes('the agreement has changed'));
  await until(async () => (await (await fetch(`${one.url}/metrics`)).text()).includes('concord_passes_total{kind="feedback",outcome="quiet"}'));
});

test('on the sandbox CRMs it needs no credentials, and their webhooks reach it', async () => {
  const one = await serve({ HUBSPOT_ACCESS_TOKEN: '', SALESFORCE_CLIENT_ID: '', HUBSPOT_CLIENT_SECRET: '' }, ['--sandbox', '--agreement', agreement('off')]);
  expect((await get(one, '/healthz')).status).toBe(200);
  await until(async () => (await get(one, '/readyz')).body['store'] === true);
  expect((await fetch(`${one.url}/webhooks/hubspot`, { method: 'POST', body: '[]' })).status).toBe(401);
  one.child.kill('SIGINT');
  expect(await one.ended).toBe(0);
});

test('a first run waits for a person’s yes, and readiness says why (L7)', async () => {
  marketer().create('contacts', { email: 'ana@cliente.example', lastname: 'Paz', lifecyclestage: 'lead' });
  await place.settle();
  const one = await serve({}, ['--agreement', agreement('5s')]);
  await until(async () => one.said().includes('the guard stopped a run'));
  const { status, body } = await get(one, '/readyz');
  expect({ status, body }).toMatchObject({ status: 503, body: { ready: false, store: true, credentials: true, reasons: ['no good run yet', 'the last attempt failed: guard'] } });
  expect(contact('ana@cliente.example')['concord_stage']).toBeUndefined();
});

/** An operator's browser: a cookie, and forms with their token. */
async function dashboard(one: Served): Promise<{ see(path: string): Promise<string>; send(path: string, fields?: Record<string, string>): Promise<void> }> {
  const form = (fields: Record<string, string>): { method: string; redirect: 'manual'; body: URLSearchParams } => ({ method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
  const entered = await fetch(`${one.url}/login`, form({ password: ADMIN }));
  const cookie = /concord=[^;]+/.exec(entered.headers.get('set-cookie') ?? '')?.[0] ?? '';
  const see = async (path: string): Promise<string> => {
    const answer = await fetch(one.url + path, { headers: { cookie } });
    expect(answer.status).toBe(200);
    return answer.text();
  };
  return {
    see,
    async send(path, fields = {}) {
      const token = /name="form" value="([^"]+)"/.exec(await see('/'))?.[1] ?? '';
      expect((await fetch(one.url + path, { ...form({ form: token, ...fields }), headers: { cookie } })).status).toBe(303);
    },
  };
}

test('the dashboard: how far a run is while it goes; a run undone by the page, by the process that does the runs (W9)', async () => {
  await adopted('ana@cliente.example');
  const one = await serve({}, ['--agreement', agreement('off')]);
  const { see, send } = await dashboard(one);
  place.sandbox.hubspot.faults.add({ match: { path: 'batch/update' }, action: { do: 'delay', milliseconds: 4000 } });
  form().update('contacts', contact('ana@cliente.example')['hs_object_id'] as string, { hubspotscore: '72' });
  await place.settle();
  await send('/runs');
  await until(async () => /writing, 0 of about 1/.test(await see('/runs/live')));
  await until(async () => (await see('/runs/live')).includes('Nothing is under way'));
  expect(contact('ana@cliente.example')['concord_stage']).toBe('mql');
  const [done] = await runs(one);

  const page = `/runs/${done?.run}/rollback`;
  await send(page);
  await until(async () => (await see(page)).includes('would be put back as they were'));
  expect(await see(page)).toContain(`undoes run ${done?.run}`);
  expect(contact('ana@cliente.example')['concord_stage']).toBe('mql');
  await send(page, { apply: 'yes', confirm: 'yes' });
  await until(async () => (await see(page)).includes('Records put back:'));
  expect(contact('ana@cliente.example')['concord_stage']).toBe('lead');
  expect((await runs(one))[0]).toMatchObject({ kind: 'rollback', status: 'ok' });
  expect(one.said()).toContain('a rollback was asked for');
  expect(one.said()).not.toMatch(/cliente\.example|Paz/);
  expect(await see('/people?q=ana@cliente.example')).toContain('Held back: concord_stage');
});

test('credentials that are refused: not ready, and the reason', async () => {
  await adopted('ana@cliente.example');
  place.sandbox.hubspot.state.revokeToken(place.sandbox.hubspot.token);
  const one = await serve({}, ['--agreement', agreement('off')]);
  await fetch(`${one.url}/api/v1/runs`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } });
  await until(async () => (await get(one, '/readyz')).body['credentials'] === false);
  expect((await get(one, '/readyz')).body['reasons']).toEqual(['credentials: unauthorized']);
});

test.each([
  ['beyond loopback without a password', { CONCORD_HOST: '0.0.0.0' }, 'open_door'],
  ['a password without what signs sessions', { CONCORD_ADMIN_PASSWORD: ADMIN, CONCORD_SECRET: undefined }, 'open_door'],
  ['a password that is too short', { CONCORD_ADMIN_PASSWORD: 'short' }, 'bad_environment'],
  ['no credentials', { HUBSPOT_ACCESS_TOKEN: undefined }, 'no_credentials'],
  ['a port that is none', { CONCORD_PORT: '70000' }, 'bad_environment'],
])('%s: exit 2', async (_name, env, code) => {
  expect(await place.document('error', 2, ['serve'], { CONCORD_PORT: '0', ...env })).toMatchObject({ error: { code } });
});

test('an address that this machine does not have: exit 2, and not as if its port were taken', async () => {
  // 192.0.2.0/24 is nobody's (RFC 5737).
  const refused = await place.document('error', 2, ['serve'], { CONCORD_HOST: '192.0.2.1', CONCORD_PORT: '0', CONCORD_ADMIN_PASSWORD: ADMIN });
  expect(refused).toMatchObject({ error: { code: 'port_taken', message: expect.stringContaining('EADDRNOTAVAIL'), remedy: expect.stringContaining('does not have the address of CONCORD_HOST') } });
});

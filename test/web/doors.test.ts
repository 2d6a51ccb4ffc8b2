import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { faultsOf } from '../cli/documents';
import { contact, person } from '../store/samples';
import { ADMIN, event, NOW, openWeb, PUBLIC, signed, TOKEN, VIEWER, type Web } from './support';

let web: Web;
afterEach(() => web.store.close());

const bearer = { authorization: `Bearer ${TOKEN}` };

describe('what faces a network', () => {
  test('every answer carries strict headers, and none tells what serves it', async () => {
    web = await openWeb();
    for (const path of ['/healthz', '/login', '/nowhere', '/api/v1/runs', '/webhooks/hubspot']) {
      const { headers } = await request(web.app).get(path);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:/);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'strict-transport-security': expect.stringContaining('max-age') });
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });

  test('a body that is too large, or no JSON: refused, and nothing of it comes back', async () => {
    web = await openWeb();
    const large = await request(web.app).post('/api/v1/runs').set(bearer).send({ full: 'x'.repeat(20_000) }).expect(413);
    expect(large.body).toMatchObject({ error: { code: 'too_large' } });
    const broken = await request(web.app).post('/api/v1/runs').set(bearer).set('content-type', 'application/json').send('{"a": <script>').expect(400);
    expect(broken.text).not.toContain('script');
  });

  test('a store that does not answer: 503 without a word of why, and the log names no id', async () => {
    web = await openWeb();
    await web.store.close();
    const answer = await request(web.app).get('/api/v1/people/ana@cliente.example').set(bearer).expect(503);
    expect(answer.text).not.toMatch(/sqlite|at \w/i);
    expect(web.logged.join()).not.toContain('cliente');
    web = await openWeb();
  });
});

describe('the API', () => {
  test.each([
    ['no token', {}, 401],
    ['a wrong one', { authorization: 'Bearer wrong' }, 401],
    ['a beginning of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 401],
    ['another scheme', { authorization: `Basic ${TOKEN}` }, 401],
    ['the right one', bearer, 200],
  ])('%s', async (_name, headers, status) => {
    web = await openWeb();
    await request(web.app).get('/api/v1/runs').set(headers).expect(status);
  });

  test('without CONCORD_API_TOKEN it is closed to everybody', async () => {
    web = await openWeb({ apiToken: null });
    for (const headers of [{}, { authorization: 'Bearer ' }, { authorization: 'Bearer null' }]) await request(web.app).get('/api/v1/runs').set(headers).expect(403);
    await request(web.app).post('/api/v1/runs').expect(403);
    expect(web.asked).toEqual([]);
  });

  test('runs: newest first, paged; one by its id; asking for one', async () => {
    web = await openWeb();
    for (let n = 0; n < 3; n += 1) await web.store.transaction(null, (tx) => tx.putRun({ id: `run${n}`, kind: 'sync', mode: 'apply', status: 'ok', startedAt: NOW + n * 1000, finishedAt: NOW + n * 1000 + 1, agreement: 'x', summary: { n } }));
    const page = await request(web.app).get('/api/v1/runs?limit=2').set(bearer).expect(200);
    expect(page.body).toMatchObject({ runs: [{ run: 'run2', started_at: '2026-11-22T09:00:02.000Z' }, { run: 'run1' }], next: '2026-11-22T09:00:01.000Z' });
    const next = (page.body as { next: string }).next;
    expect((await request(web.app).get(`/api/v1/runs?limit=2&after=${next}`).set(bearer)).body).toMatchObject({ runs: [{ run: 'run0' }], next: null });
    expect((await request(web.app).get('/api/v1/runs/run1').set(bearer).expect(200)).body).toMatchObject({ summary: { n: 1 } });
    await request(web.app).get('/api/v1/runs/none').set(bearer).expect(404);
    for (const query of ['limit=0', 'limit=501', 'limit=x', 'after=yesterday']) await request(web.app).get(`/api/v1/runs?${query}`).set(bearer).expect(400);

    expect((await request(web.app).post('/api/v1/runs').set(bearer).expect(202)).body).toEqual({ asked: true, full: false, under_way: null });
    await request(web.app).post('/api/v1/runs').set(bearer).send({ full: true }).expect(202);
    await request(web.app).post('/api/v1/runs').set(bearer).send({ ful: true }).expect(400);
    // As curl sends it by itself.
    expect((await request(web.app).post('/api/v1/runs').set(bearer).type('form').send('{"full": true}').expect(202)).body).toMatchObject({ full: true });
    await request(web.app).post('/api/v1/runs').set(bearer).type('text').send('full').expect(400);
    expect(web.asked).toEqual(['sync', 'full', 'full']);
  });

  test('a person, by id or e-mail; parity; dead letters; anything else is not there', async () => {
    web = await openWeb();
    await web.store.transaction(null, async (tx) => {
      await tx.putPeople([person('p1')]);
      await tx.putRecords([contact('512', { personId: 'p1', emails: ['ana@cliente.example'] })]);
    });
    for (const who of ['p1', '512', 'ana@cliente.example']) expect((await request(web.app).get(`/api/v1/people/${who}`).set(bearer).expect(200)).body).toMatchObject({ person: { id: 'p1' }, records: [{ id: '512' }] });
    await request(web.app).get('/api/v1/people/nobody').set(bearer).expect(404);
    await web.store.transaction(null, async (tx) => {
      await tx.putPeople([person('p2', { held: 'two contacts claim one lead', disagreement: 'held' }), person('p3', { hubspotId: '514', disagreement: 'deleted' })]);
      await tx.putRecords([contact('513', { personId: 'p2' })]);
    });
    // W11: the command's document, and where the list goes on.
    const { next, ...parity } = (await request(web.app).get('/api/v1/parity?limit=1').set(bearer).expect(200)).body as Record<string, unknown>;
    expect(faultsOf('report-parity', parity)).toEqual([]);
    expect(parity).toMatchObject({ report: 'parity', as_of: '2026-11-22T09:00:00.000Z', disagreements: [{ person: 'p2', reason: 'held', candidates: ['hubspot:contact:513'] }] });
    expect((await request(web.app).get(`/api/v1/parity?limit=2&after=${String(next)}`).set(bearer).expect(200)).body).toMatchObject({ disagreements: [{ person: 'p3', hubspot: '514', reason: 'deleted', candidates: [] }], next: null });
    expect((await request(web.app).get('/api/v1/dead-letters').set(bearer).expect(200)).body).toEqual({ dead_letters: [], next: null });
    expect((await request(web.app).get('/api/v1/nothing').set(bearer).expect(404)).body).toMatchObject({ error: { code: 'unknown_path' } });
  });

  test('guessing is slowed down: after 600 requests a minute 429, while webhooks and health go on', async () => {
    web = await openWeb();
    const server = createServer(web.app);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/runs`;
    const guess = async (n: number): Promise<number> => {
      const answer = await fetch(url, { headers: { authorization: `Bearer guess${n}` } });
      await answer.arrayBuffer();
      return answer.status;
    };
    for (let n = 0; n < 600; n += 1) expect(await guess(n)).toBe(401);
    expect(await guess(600)).toBe(429);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    const body = JSON.stringify([event()]);
    await request(web.app).post('/webhooks/hubspot').set(signed(body)).send(body).expect(204);
    await request(web.app).get('/healthz').expect(200);
  }, 60_000);
});

describe('health', () => {
  test('healthz says that the process answers, whatever the store does', async () => {
    web = await openWeb();
    await web.store.close();
    expect((await request(web.app).get('/healthz').expect(200)).body).toEqual({ ok: true });
    expect((await request(web.app).get('/readyz').expect(503)).body).toMatchObject({ ready: false, store: false, reasons: ['store: it does not answer'] });
    web = await openWeb();
  });

  const goodRunAt = (at: number): Promise<unknown> => web.store.transaction(null, (tx) => tx.setMeta('last_good_run', JSON.stringify({ run: 'r1', at })));

  test('readyz goes by the age of the last good run', async () => {
    web = await openWeb();
    expect((await request(web.app).get('/readyz').expect(503)).body).toMatchObject({ ready: false, last_good_run: null, stale: false, reasons: ['no good run yet'] });
    await goodRunAt(NOW - 60_000);
    expect((await request(web.app).get('/readyz').expect(200)).body).toEqual({ ready: true, store: true, credentials: true, last_good_run: { run: 'r1', at: '2026-11-22T08:59:00.000Z', age_seconds: 60 }, stale: false, reasons: [] });
    web.now = NOW + 3_600_000;
    expect((await request(web.app).get('/readyz').expect(503)).body).toMatchObject({ stale: true, reasons: ['the last good run is too long ago'] });
  });

  test('and by the credentials: a refused one is a reason, an outage is not', async () => {
    web = await openWeb();
    await goodRunAt(NOW);
    const failure = (code: string): void => void (web.status.failure = { work: 'sync', code, message: 'x', remedy: 'y', at: NOW });
    failure('unavailable');
    await request(web.app).get('/readyz').expect(200);
    web.now = NOW + 3_660_000;
    expect((await request(web.app).get('/readyz').expect(503)).body).toMatchObject({ reasons: ['the last good run is too long ago', 'the last attempt failed: unavailable'] });
    web.now = NOW;
    failure('unauthorized');
    expect((await request(web.app).get('/readyz').expect(503)).body).toMatchObject({ credentials: false, reasons: ['credentials: unauthorized'] });
  });

  test('metrics: open on this machine alone, behind the token beyond; the age of the last good run is in them', async () => {
    web = await openWeb();
    await goodRunAt(NOW - 90_000);
    const { text } = await request(web.app).get('/metrics').expect(200);
    expect(text).toContain('concord_last_good_run_age_seconds 90');
    expect(text).toContain('concord_stale 0');
    expect(text).toContain('concord_inbox_events 0');
    await web.store.close();
    web = await openWeb({}, { isLocal: false });
    await request(web.app).get('/metrics').expect(401);
    await request(web.app).get('/metrics').set(bearer).expect(200);
  });
});

describe('the login', () => {
  type Agent = ReturnType<typeof request.agent>;
  const login = async (password: string, agent: Agent = request.agent(web.app)): Promise<{ agent: Agent; cookie: string }> => {
    const answer = await agent.post('/login').type('form').send({ password }).expect(303);
    return { agent, cookie: String(answer.headers['set-cookie']) };
  };
  const local = { publicUrl: 'http://127.0.0.1:8080' };
  const tokenIn = (text: string): string => /name="form" value="([^"]+)"/.exec(text)?.[1] ?? '';

  test('without it the page leads to the login; a wrong password leads nowhere', async () => {
    web = await openWeb(local);
    expect((await request(web.app).get('/').expect(303)).headers['location']).toBe('/login');
    const refused = await request(web.app).post('/login').type('form').send({ password: 'wrong' }).expect(401);
    expect(refused.headers['set-cookie']).toBeUndefined();
    for (const body of [{}, { password: ['a', 'b'] }, { password: '' }]) await request(web.app).post('/login').type('form').send(body).expect(401);
  });

  test('operators may ask for a run, by a form of their own session only', async () => {
    web = await openWeb(local);
    const { agent } = await login(ADMIN);
    const { text, headers } = await agent.get('/').expect(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(text).toContain('Run now');
    await agent.post('/runs').type('form').send({}).expect(403);
    await agent.post('/runs').type('form').send({ form: 'guess' }).expect(403);
    await agent.post('/runs').set('sec-fetch-site', 'cross-site').type('form').send({ form: tokenIn(text) }).expect(403);
    const other = await login(ADMIN);
    const foreign = tokenIn((await other.agent.get('/')).text);
    await agent.post('/runs').type('form').send({ form: foreign }).expect(403);
    expect(web.asked).toEqual([]);
    await agent.post('/runs').set('sec-fetch-site', 'same-origin').type('form').send({ form: tokenIn(text) }).expect(303);
    expect(web.asked).toEqual(['sync']);
  });

  test('viewers look and do not ask', async () => {
    web = await openWeb(local);
    const { agent } = await login(VIEWER);
    const { text } = await agent.get('/').expect(200);
    expect(text).not.toContain('Run now');
    await agent.post('/runs').type('form').send({ form: tokenIn(text) }).expect(403);
    await request(web.app).post('/runs').expect(401);
    expect(web.asked).toEqual([]);
  });

  test('the cookie is out of reach of scripts and other sites, ends after eight hours, and cannot be made by anybody else', async () => {
    web = await openWeb(local);
    const { agent, cookie } = await login(VIEWER);
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const value = /concord=([^;]+)/.exec(cookie)?.[1] ?? '';
    const [text, signature] = value.split('.');
    const raised = Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(text ?? '', 'base64url').toString()) as object), role: 'operator' })).toString('base64url');
    for (const forged of [`${raised}.${signature}`, `${text}.`, text, `${text}.${signature}x`, 'x', '']) await request(web.app).get('/').set('cookie', `concord=${forged}`).expect(303);
    await request(web.app).get('/').set('cookie', `concord=${value}`).expect(200);
    web.now = NOW + 8 * 3_600_000 - 1;
    await agent.get('/').expect(200);
    web.now = NOW + 8 * 3_600_000;
    await agent.get('/').expect(303);
  });

  test('a changed password, or another secret, ends every session; logging out ends this one', async () => {
    web = await openWeb(local);
    const { agent, cookie } = await login(ADMIN);
    const value = /concord=([^;]+)/.exec(cookie)?.[1] ?? '';
    const page = await agent.get('/');
    expect((await agent.post('/logout').type('form').send({ form: tokenIn(page.text) }).expect(303)).headers['set-cookie']?.[0]).toMatch(/concord=;/);
    await web.store.close();
    web = await openWeb({ ...local, adminPassword: 'another operators’ password' });
    await request(web.app).get('/').set('cookie', `concord=${value}`).expect(303);
    await web.store.close();
    web = await openWeb(local, { secret: 'another secret that signs' });
    await request(web.app).get('/').set('cookie', `concord=${value}`).expect(303);
  });

  test('behind https the cookie is bound to it', async () => {
    web = await openWeb({ publicUrl: PUBLIC });
    const answer = await request(web.app).post('/login').type('form').send({ password: ADMIN }).expect(303);
    expect(String(answer.headers['set-cookie'])).toMatch(/^__Host-concord=.*; Path=\/; .*Secure/);
  });

  test('after ten wrong passwords the right one has to wait, too', async () => {
    web = await openWeb(local);
    for (let n = 0; n < 10; n += 1) await request(web.app).post('/login').type('form').send({ password: `guess ${n}` }).expect(401);
    await request(web.app).post('/login').type('form').send({ password: ADMIN }).expect(429);
  });

  test.each([
    ['no password is set', { ...local, adminPassword: null, viewerPassword: null }, {}],
    ['nothing signs sessions', local, { secret: null }],
  ])('closed when %s: no password opens it, and it says what to set', async (_name, server, more) => {
    web = await openWeb(server, more);
    expect((await request(web.app).get('/login').expect(503)).text).toContain('CONCORD_SECRET');
    for (const password of ['', 'null', ADMIN]) await request(web.app).post('/login').type('form').send({ password }).expect(503);
    await request(web.app).get('/').set('cookie', 'concord=x.').expect(303);
  });

  test('what comes from elsewhere is text on the page, never markup', async () => {
    web = await openWeb(local);
    await web.store.transaction(null, (tx) => tx.putRun({ id: '<script>alert(1)</script>', kind: '"><img>', mode: 'apply', status: 'ok', startedAt: NOW, finishedAt: NOW, agreement: 'x', summary: null }));
    const { agent } = await login(VIEWER);
    const { text } = await agent.get('/').expect(200);
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toMatch(/<script>|<img>/);
  });
});

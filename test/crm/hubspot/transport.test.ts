import nock from '../../support/nock';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHubspot } from '../../../src/crm/hubspot';
import { CrmError } from '../../../src/domain/problem';
import { HOST, port, TOKEN } from './support';

const details = { portalId: 555001, accountType: 'STANDARD', timeZone: 'Europe/Berlin', uiDomain: 'app-eu1.hubspot.com', utcOffsetMilliseconds: 3_600_000 };
const rateHeaders = { 'x-hubspot-ratelimit-daily': '625000', 'x-hubspot-ratelimit-daily-remaining': '600000', date: 'Sun, 22 Nov 2026 09:00:00 GMT' };

function token(): void {
  nock(HOST).post('/oauth/v2/private-apps/get/access-token-info', { tokenKey: TOKEN }).reply(200, { userId: 71234, hubId: 555001, appId: 998877, scopes: ['oauth', 'crm.objects.contacts.read'] });
}

function properties() {
  return nock(HOST).get('/crm/properties/2026-09/contacts').query(true);
}

async function failureOf(work: Promise<unknown>): Promise<CrmError> {
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(CrmError);
  return error as CrmError;
}

describe('connect', () => {
  test('says who is there, on the dated paths', async () => {
    nock(HOST, { reqheaders: { authorization: `Bearer ${TOKEN}` } }).get('/account-info/2026-09/details').reply(200, details, rateHeaders);
    token();
    const { hubspot } = port();

    const facts = await hubspot.connect();

    expect(facts).toMatchObject({
      accountId: '555001',
      accountName: 'portal 555001',
      serverNow: Date.parse('2026-11-22T09:00:00Z'),
      actingAs: { id: '71234' },
      credential: 'private app token (app 998877)',
      scopes: ['oauth', 'crm.objects.contacts.read'],
    });
    expect(facts.recordUrl('contact', '512')).toBe('https://app-eu1.hubspot.com/contacts/555001/record/0-1/512');
    expect(hubspot.usage()).toEqual({ calls: 2, quota: { limit: 625_000, remaining: 599_999 } });
  });

  test('the numbered family has its own paths', async () => {
    nock(HOST).get('/account-info/v3/details').reply(200, details, rateHeaders);
    token();

    await expect(port({ apiVersion: 'v3' }).hubspot.connect()).resolves.toMatchObject({ accountId: '555001' });
  });

  test('a service key does not introspect, and needs not', async () => {
    nock(HOST).get('/account-info/2026-09/details').reply(200, details, rateHeaders);
    nock(HOST).post('/oauth/v2/private-apps/get/access-token-info').reply(404, { category: 'OBJECT_NOT_FOUND' });

    const facts = await port().hubspot.connect();

    expect(facts.credential).toBe('static token (service key or app)');
    expect(facts).not.toHaveProperty('scopes');
  });

  test('without rate headers the usage call tells how the day stands', async () => {
    nock(HOST).get('/account-info/2026-09/details').reply(200, details);
    token();
    nock(HOST)
      .get('/account-info/2026-09/api-usage/daily/private-apps')
      .reply(200, { results: [{ name: 'private-apps-api-calls-daily', usageLimit: 1000, currentUsage: 400, fetchStatus: 'SUCCESS', resetsAt: '2026-11-22T23:00:00Z' }] });
    const { hubspot } = port();

    await hubspot.connect();

    expect(hubspot.usage().quota?.limit).toBe(1000);
    expect(hubspot.usage().quota?.remaining).toBeLessThanOrEqual(600);
  });

  test('a token that is refused ends with what to do, once asked', async () => {
    nock(HOST).get('/account-info/2026-09/details').reply(401, { status: 'error', category: 'INVALID_AUTHENTICATION', message: `Authentication credentials ${TOKEN} not found` });
    const { hubspot } = port();

    const error = await failureOf(hubspot.connect());

    expect(error).toMatchObject({ code: 'unauthorized', exit: 2, where: 'INVALID_AUTHENTICATION' });
    expect(error.remedy).not.toBe('');
    expect(hubspot.usage().calls).toBe(1);
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain(TOKEN);
  });
});

describe('answers that are not what was hoped for', () => {
  const ok = { results: [{ name: 'email', label: 'E-mail', type: 'string', fieldType: 'text' }] };

  test.each<[string, () => void, number]>([
    ['a full burst window', () => properties().reply(429, { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING', message: 'You have reached your ten_secondly_rolling limit.' }), 10_000],
    ['a locked record', () => properties().reply(423, {}), 2_000],
    ['an overloaded server', () => properties().reply(503, '<html>busy</html>', { 'content-type': 'text/html' }), 0],
    ['a gateway that waited', () => properties().reply(504, ''), 0],
    ['a portal that moves for a moment', () => properties().reply(477, {}, { 'retry-after': '5' }), 5_000],
    ['a connection that is cut', () => properties().replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })), 0],
    ['a proxy’s page instead of JSON', () => properties().reply(200, '<html>hello</html>'), 1_000],
    ['half an answer', () => properties().reply(200, '{"results":[{"na'), 1_000],
  ])('%s is waited out', async (_name, trouble, wait) => {
    trouble();
    properties().reply(200, ok);
    const { hubspot, slept } = port();

    const description = await hubspot.describe();

    expect(Object.keys(description.contact ?? {})).toEqual(['email']);
    expect(hubspot.usage().calls).toBe(2);
    expect(slept()).toBeGreaterThanOrEqual(wait);
  });

  test.each<[string, () => void, string, number]>([
    ['a spent day', () => properties().reply(429, { policyName: 'DAILY' }), 'quota_spent', 1],
    ['a missing scope', () => properties().reply(403, { category: 'MISSING_SCOPES' }), 'missing_scope', 2],
    ['a portal that moves for hours', () => properties().reply(477, {}, { 'retry-after': '7200' }), 'maintenance', 1],
    ['an answer of another shape', () => properties().reply(200, { total: 3 }), 'unreadable', 1],
    ['a path that is gone', () => properties().reply(404, '<html>no such page</html>'), 'not_found', 1],
  ])('%s ends the call at once', async (_name, trouble, code, exit) => {
    trouble();
    const { hubspot } = port();

    const error = await failureOf(hubspot.describe());

    expect(error).toMatchObject({ code, exit });
    expect(hubspot.usage().calls).toBe(1);
  });

  test('an outage ends the call after so many tries', async () => {
    properties().times(3).reply(502, '');
    const { hubspot } = port({ limits: { tries: 3 } });

    await expect(failureOf(hubspot.describe())).resolves.toMatchObject({ code: 'unavailable', where: 'HTTP_502' });
    expect(hubspot.usage().calls).toBe(3);
  });

  test('after a failure the description is asked for again, and only then', async () => {
    properties().reply(403, { category: 'MISSING_SCOPES' });
    properties().reply(200, ok);
    const { hubspot } = port();
    await failureOf(hubspot.describe());

    await hubspot.describe();
    await hubspot.describe();
    expect(hubspot.usage().calls).toBe(2);

    properties().reply(200, { results: [] });
    await expect(hubspot.describe(true)).resolves.toEqual({ contact: {} });
  });

  test('Concord’s share of the day, as the headers tell it, is not overstepped (W10)', async () => {
    properties().reply(200, ok, { 'x-hubspot-ratelimit-daily': '10', 'x-hubspot-ratelimit-daily-remaining': '9' });
    const { hubspot } = port({ dailyShare: 0.1 });
    await hubspot.describe();

    await expect(failureOf(hubspot.describe(true))).resolves.toMatchObject({ code: 'quota_spent' });
    expect(hubspot.usage().calls).toBe(1);
  });
});

describe('addresses', () => {
  test.each(['http://api.hubapi.com', 'ftp://api.hubapi.com', 'api.hubapi.com', 'http://127.0.0.1.example.com'])('%s never gets the token', (baseUrl) => {
    expect(() => createHubspot({ token: TOKEN, dailyShare: 1, baseUrl })).toThrow(expect.objectContaining({ code: 'bad_url', exit: 2, where: 'HUBSPOT_API_URL' }));
  });

  test('a redirect is refused, and the token goes nowhere else', async () => {
    const elsewhere = nock('https://evil.example').get('/').reply(200, {});
    properties().reply(302, '', { location: 'https://evil.example/' });

    await failureOf(port().hubspot.describe());

    expect(elsewhere.isDone()).toBe(false);
  });

  test('a host that does not answer at all is tried again', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: free } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { hubspot } = port({ baseUrl: `http://127.0.0.1:${free}/`, limits: { tries: 2 } });

    await expect(failureOf(hubspot.describe())).resolves.toMatchObject({ code: 'unavailable', where: 'ECONNREFUSED' });
    expect(hubspot.usage().calls).toBe(2);
  });

  test('a server that begins an answer and never ends it is left at the deadline', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"results":[');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: open } = server.address() as AddressInfo;
    const { hubspot } = port({ baseUrl: `http://127.0.0.1:${open}`, deadlineMs: 100, limits: { tries: 2 } });

    await expect(failureOf(hubspot.describe())).resolves.toMatchObject({ code: 'unavailable', where: 'deadline' });

    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

import { operations } from '../../../src/sandbox/hubspot';
import { closePortals, openPortal, start } from './support';

afterEach(closePortals);

describe('tokens and scopes', () => {
  test.each([['no header', {}], ['no token of the portal', { authorization: 'Bearer pat-na1-nobody' }], ['no bearer', { authorization: 'Basic x' }]])('%s: 401', async (_what, headers) => {
    const portal = await openPortal();

    const response = await fetch(`${portal.url}/crm/v3/objects/contacts`, { headers });

    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/json;charset=utf-8');
    const body = await response.json();
    expect(body).toMatchObject({ status: 'error', category: 'INVALID_AUTHENTICATION', message: expect.any(String) });
    expect((body as { correlationId: string }).correlationId).toBe(response.headers.get('x-hubspot-correlation-id'));
  });

  test('a revoked token is refused at once, a rotated one after its grace', async () => {
    const portal = await openPortal();
    const next = portal.state.rotateToken(portal.token).token;
    const as = async (token: string) => (await portal.call('GET', '/crm/v3/objects/contacts', undefined, { authorization: `Bearer ${token}` })).status;

    expect([await as(portal.token), await as(next)]).toEqual([200, 200]);
    portal.clock.advance(7 * 86_400_000);
    expect([await as(portal.token), await as(next)]).toEqual([401, 200]);
    portal.state.revokeToken(next);
    expect(await as(next)).toBe(401);
  });

  test.each([
    ['GET', '/crm/v3/objects/contacts', 'crm.objects.contacts.read'],
    ['POST', '/crm/objects/2026-09/contacts/batch/update', 'crm.objects.contacts.write'],
    ['POST', '/crm/v3/objects/companies/search', 'crm.objects.companies.read'],
    ['POST', '/crm/v3/objects/notes', 'crm.objects.contacts.write'],
    ['GET', '/crm/v3/owners', 'crm.objects.owners.read'],
    ['POST', '/crm/v3/properties/contacts', 'crm.schemas.contacts.write'],
    ['POST', '/crm/v3/lists', 'crm.lists.write'],
    ['POST', '/crm/v4/associations/contacts/deals/batch/read', 'crm.objects.deals.read'],
    ['POST', '/communication-preferences/v4/statuses/batch/write', 'communication_preferences.statuses.batch.write'],
  ])('%s %s without %s: 403 that names it', async (method, path, scope) => {
    const portal = await openPortal();
    portal.state.removeScope(portal.token, scope);
    const body = method === 'POST' ? {} : undefined;

    const refused = await portal.call(method, path, body);
    portal.state.grantScope(portal.token, scope);
    const allowed = await portal.call(method, path, body);

    expect(refused).toMatchObject({ status: 403, body: { category: 'MISSING_SCOPES', errors: [{ context: { requiredGranularScopes: [scope] } }] } });
    expect(allowed.status).not.toBe(403);
  });

  test('M5 a hidden property is absent from reads and definitions, unknown to writes and searches, and keeps its value', async () => {
    const portal = await openPortal();
    const { id } = portal.state.act({ sourceType: 'CRM_UI' }).create('contacts', { email: 'ana@example.com', hs_lead_status: 'NEW' });
    const read = () => portal.get(`/crm/v3/objects/contacts/${id}?properties=hs_lead_status&propertiesWithHistory=hs_lead_status`);

    portal.state.setPropertyHidden('contacts', 'hs_lead_status', true, portal.token);
    const hidden = await read();

    expect('hs_lead_status' in hidden.body.properties).toBe(false);
    expect(hidden.body.propertiesWithHistory).toEqual({});
    expect((await portal.get('/crm/v3/properties/contacts/hs_lead_status')).status).toBe(404);
    expect((await portal.get('/crm/v3/properties/contacts')).body.results.some((definition) => definition.name === 'hs_lead_status')).toBe(false);
    expect((await portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { hs_lead_status: 'OPEN' } })).body.message).toContain('PROPERTY_DOESNT_EXIST');
    expect((await portal.post('/crm/v3/objects/contacts/search', { filterGroups: [{ filters: [{ propertyName: 'hs_lead_status', operator: 'HAS_PROPERTY' }] }] })).status).toBe(400);
    portal.state.setPropertyHidden('contacts', 'hs_lead_status', false, portal.token);
    expect((await read()).body.properties.hs_lead_status).toBe('NEW');
  });

  test('introspection and account details tell which app and which portal', async () => {
    const portal = await openPortal({ portalId: 4242 });
    portal.state.removeScope(portal.token, 'crm.lists.write');

    const info = await (
      await fetch(`${portal.url}/oauth/v2/private-apps/get/access-token-info`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tokenKey: portal.token }),
      })
    ).json();

    expect(info).toMatchObject({ hubId: 4242, appId: 998_877, userId: 71_234, scopes: expect.arrayContaining(['oauth', 'crm.objects.contacts.read']) });
    expect((info as { scopes: string[] }).scopes).not.toContain('crm.lists.write');
    for (const path of ['/account-info/v3/details', '/account-info/2026-09/details']) {
      expect((await portal.get(path)).body).toEqual({
        portalId: 4242,
        accountType: 'SANDBOX',
        timeZone: 'America/Mexico_City',
        companyCurrency: 'USD',
        additionalCurrencies: [],
        utcOffset: '-06:00',
        utcOffsetMilliseconds: -21_600_000,
        uiDomain: 'app.hubspot.com',
        dataHostingLocation: 'na1',
      });
    }
  });
});

describe('call limits', () => {
  test('190 in ten seconds for the app, whatever its token; the window rolls', async () => {
    const portal = await openPortal({ limits: 'real' });
    const second = portal.state.rotateToken(portal.token).token;
    const statuses: number[] = [];
    for (let index = 0; index < 189; index++) statuses.push((await portal.get('/account-info/v3/details')).status);
    portal.clock.advance(5_000);

    const last = await portal.call('GET', '/account-info/v3/details', undefined, { authorization: `Bearer ${second}` });
    const over = await portal.get('/account-info/v3/details');
    portal.clock.advance(5_000);
    const later = await portal.get('/account-info/v3/details');

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(last.headers.get('x-hubspot-ratelimit-remaining')).toBe('0');
    expect(over).toMatchObject({
      status: 429,
      body: { status: 'error', errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING', message: 'You have reached your ten_secondly_rolling limit.' },
    });
    expect(over.headers.get('x-hubspot-ratelimit-interval-milliseconds')).toBe('10000');
    expect(later.status).toBe(200);
    expect(later.headers.get('x-hubspot-ratelimit-remaining')).toBe('188');
  });

  test('5 searches a second, which do not use up the ten seconds', async () => {
    const portal = await openPortal({ limits: 'real' });
    const search = () => portal.post('/crm/v3/objects/contacts/search', {});
    for (let index = 0; index < 5; index++) expect((await search()).status).toBe(200);

    const over = await search();
    const listed = await portal.get('/crm/v3/objects/contacts');
    portal.clock.advance(1000);

    // The client library compares this very text.
    expect(over).toMatchObject({ status: 429, body: { policyName: 'SECONDLY', message: 'You have reached your secondly limit.' } });
    expect(listed.headers.get('x-hubspot-ratelimit-remaining')).toBe('189');
    expect((await search()).status).toBe(200);
  });

  test("the day ends at midnight of the account's time zone; usage and headers tell what is left", async () => {
    const portal = await openPortal({ limits: 'real' });
    portal.state.setCallsToday(624_999);

    const last = await portal.get('/crm/v3/objects/contacts');
    const over = await portal.get('/crm/v3/objects/contacts');
    portal.clock.set(Date.parse('2026-11-23T05:59:59Z'));
    const beforeMidnight = await portal.get('/crm/v3/objects/contacts');
    portal.clock.set(Date.parse('2026-11-23T06:00:00Z'));
    const usage = await portal.get('/account-info/2026-09/api-usage/daily/private-apps');

    expect(last.headers.get('x-hubspot-ratelimit-daily')).toBe('625000');
    expect(last.headers.get('x-hubspot-ratelimit-daily-remaining')).toBe('0');
    expect([over, beforeMidnight]).toMatchObject([
      { status: 429, body: { policyName: 'DAILY' } },
      { status: 429, body: { policyName: 'DAILY' } },
    ]);
    expect(usage.body.results).toEqual([
      {
        name: 'private-apps-api-calls-daily',
        usageLimit: 625_000,
        currentUsage: 1,
        collectedAt: '2026-11-23T06:00:00.000Z',
        fetchStatus: 'SUCCESS',
        resetsAt: '2026-11-24T06:00:00.000Z',
      },
    ]);
  });

  test('off: nothing is refused and the headers show room', async () => {
    const portal = await openPortal();
    let last = await portal.get('/account-info/v3/details');
    for (let index = 0; index < 200; index++) last = await portal.get('/account-info/v3/details');

    expect(last.status).toBe(200);
    expect(last.headers.get('x-hubspot-ratelimit-remaining')).toBe('189');
  });
});

describe('faults, the log and paths', () => {
  test('a write whose answer is lost has happened', async () => {
    const portal = await openPortal();
    portal.faults.add({ match: { method: 'POST', path: '/objects/contacts$' }, action: { do: 'drop-after' } });

    await expect(portal.post('/crm/v3/objects/contacts', { properties: { email: 'ana@example.com' } })).rejects.toThrow();

    expect(portal.state.byEmail('ana@example.com')).toBeDefined();
  });

  test('an answer cut in the middle, a locked record, and a fault by body', async () => {
    const portal = await openPortal();
    portal.faults.add({ match: { path: '/truncated' }, action: { do: 'truncate-after' } });
    portal.faults.add({ match: { body: 'ana@' }, action: { do: 'answer', status: 423, body: { status: 'error', message: 'locked' } } });

    const cut = fetch(`${portal.url}/truncated`, { headers: { authorization: `Bearer ${portal.token}` }, signal: AbortSignal.timeout(500) }).then((response) => response.text());

    await expect(cut).rejects.toThrow();
    expect((await portal.post('/crm/v3/objects/contacts', { properties: { email: 'bo@example.com' } })).status).toBe(201);
    expect((await portal.post('/crm/v3/objects/contacts', { properties: { email: 'ana@example.com' } })).status).toBe(423);
    expect((await portal.post('/crm/v3/objects/contacts', { properties: { email: 'ana@example.com' } })).status).toBe(201);
  });

  test('every call is logged with its query and status, the back door is not', async () => {
    const portal = await openPortal();

    await portal.get('/crm/v3/objects/contacts?limit=5');
    await portal.get('/nowhere');
    const control = await (await fetch(`${portal.url}/__sandbox/calls`)).json();

    expect(control).toEqual({
      count: 2,
      calls: [
        { method: 'GET', url: '/crm/v3/objects/contacts?limit=5', status: 200 },
        { method: 'GET', url: '/nowhere', status: 404 },
      ],
    });
  });

  test('the back door sets the clock and the faults', async () => {
    const portal = await openPortal();
    const post = (path: string, body: unknown) => fetch(`${portal.url}/__sandbox${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

    await post('/clock', { advance: 5000 });
    await post('/faults', { match: {}, action: { do: 'answer', status: 503 } });

    expect(portal.clock.now()).toBe(start + 5000);
    expect((await portal.get('/account-info/v3/details')).status).toBe(503);
    expect((await portal.get('/account-info/v3/details')).status).toBe(200);
  });

  test.each(['/crm/objects/2025-01/contacts', '/crm/v5/objects/contacts', '/crm/v3/objects', '/crm/v3/properties/contacts/a/b'])('%s is no path: 404', async (path) => {
    const portal = await openPortal();

    expect(await portal.get(path)).toMatchObject({ status: 404, body: { status: 'error' } });
  });

  test('2026-03 paths spell the object and answer partial failures with 207', async () => {
    const portal = await openPortal();

    expect((await portal.get('/crm/objects/2026-03/contacts')).status).toBe(200);
    expect((await portal.post('/crm/objects/2026-03/contacts/batch/read', { inputs: [{ id: '1' }] })).status).toBe(207);
  });

  test('URLs that are too long get 414', async () => {
    const portal = await openPortal();

    expect((await portal.get(`/crm/v3/objects/contacts?properties=${'x'.repeat(9000)}`)).status).toBe(414);
  });
});

test('every operation that has a numbered path has a dated one, but for introspection and what v3 alone had', () => {
  const numberedOnly = operations.filter((operation) => operation.dated === undefined).map((operation) => operation.numbered);

  expect(numberedOnly).toEqual(['/oauth/v2/private-apps/get/access-token-info', '/communication-preferences/v3/definitions']);
  expect(operations.every((operation) => operation.numbered !== undefined)).toBe(true);
});

import { createSign, generateKeyPairSync } from 'node:crypto';
import { Connection } from 'jsforce';
import { login, NOW, raw, world, type World } from './support';

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(() => w.close());

async function tokenCall(form: Record<string, string>, headers: Record<string, string> = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${w.url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form), headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('client credentials', () => {
  it('answers the success shape, all values text, without expires_in', async () => {
    const { status, body } = await tokenCall({ grant_type: 'client_credentials', client_id: w.sandbox.clientId, client_secret: w.sandbox.clientSecret });

    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'api_instance_url', 'id', 'instance_url', 'issued_at', 'scope', 'signature', 'token_format', 'token_type']);
    expect(body.access_token).toMatch(/^00D\w{12}![.\w]+$/);
    expect(body.issued_at).toBe(String(NOW));
    expect(body.instance_url).toBe(w.url);
    expect(Object.values(body).every((v) => typeof v === 'string')).toBe(true);
  });

  it('takes id and secret from HTTP Basic', async () => {
    const basic = Buffer.from(`${w.sandbox.clientId}:${w.sandbox.clientSecret}`).toString('base64');

    const { status } = await tokenCall({ grant_type: 'client_credentials' }, { authorization: `Basic ${basic}` });

    expect(status).toBe(200);
  });

  it.each([
    [{ client_id: 'wrong', client_secret: 'wrong' }, 'invalid_client_id'],
    [{ client_id: 'concord-sandbox-consumer-key', client_secret: 'wrong' }, 'invalid_client'],
  ])('refuses %j with 400 %s', async (form, error) => {
    const { status, body } = await tokenCall({ grant_type: 'client_credentials', ...form });

    expect([status, body.error]).toEqual([400, error]);
  });

  it('refuses when the run-as user is inactive', async () => {
    w.sandbox.state.setUserActive(w.sandbox.state.integrationUserId, false);

    const { status, body } = await tokenCall({ grant_type: 'client_credentials', client_id: w.sandbox.clientId, client_secret: w.sandbox.clientSecret });

    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it('lets jsforce parse organisation and user from the id url', () => {
    expect(w.conn.userInfo?.organizationId).toBe(w.sandbox.state.orgId);
    expect(w.conn.userInfo?.id).toBe(w.sandbox.state.integrationUserId);
  });
});

describe('JWT bearer', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

  function assertion(claims: Record<string, unknown> = {}, key = privateKey): string {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'RS256' })}.${part({ iss: w.sandbox.clientId, sub: w.sandbox.username, aud: 'https://login.salesforce.com', exp: NOW / 1000 + 120, ...claims })}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
  }
  const ask = (jwt: string): ReturnType<typeof tokenCall> => tokenCall({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: jwt });

  beforeEach(() => {
    w.sandbox.state.certificate = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  });

  it('answers a token without signature and issued_at, and jsforce works with it', async () => {
    const { status, body } = await ask(assertion());
    const conn = new Connection({ instanceUrl: w.url, version: '67.0', accessToken: String(body.access_token) });

    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'id', 'instance_url', 'scope', 'token_type']);
    expect((await conn.query('SELECT Id FROM Organization')).totalSize).toBe(1);
  });

  it.each([
    ['another key', (): string => assertion({}, other), 'invalid_grant'],
    ['another consumer', (): string => assertion({ iss: 'nobody' }), 'invalid_client_id'],
    ['another audience', (): string => assertion({ aud: 'https://example.com' }), 'invalid_grant'],
    ['an expired assertion', (): string => assertion({ exp: NOW / 1000 - 1 }), 'invalid_grant'],
    ['an assertion far ahead', (): string => assertion({ exp: NOW / 1000 + 86_400 }), 'invalid_grant'],
    ['an unknown user', (): string => assertion({ sub: 'nobody@example.com' }), 'invalid_grant'],
    ['no assertion', (): string => 'x.y', 'invalid_grant'],
  ])('refuses %s', async (_name, make, error) => {
    const { status, body } = await ask(make());

    expect([status, body.error]).toEqual([400, error]);
  });

  it('refuses a user who is not approved', async () => {
    w.sandbox.state.approve(w.sandbox.state.integrationUserId, false);

    expect((await ask(assertion())).body.error_description).toBe("user hasn't approved this consumer");
  });
});

describe('sessions', () => {
  it('answers 401 INVALID_SESSION_ID once sessions are expired, and a new login works', async () => {
    w.sandbox.state.expireSessions();

    const { status, body } = await raw(w, 'GET', '/limits');

    expect([status, body]).toEqual([401, [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]]);
    expect((await (await login(w.sandbox, w.url)).query('SELECT Id FROM User')).totalSize).toBe(2);
  });

  it('ends after two hours of silence', async () => {
    w.clock.advance(119 * 60_000);
    expect((await raw(w, 'GET', '/limits')).status).toBe(200);

    w.clock.advance(121 * 60_000);

    expect((await raw(w, 'GET', '/limits')).status).toBe(401);
  });

  it('answers SOAP with a fault of status 500, on which jsforce refreshes once', async () => {
    let refreshes = 0;
    const conn = new Connection({
      instanceUrl: w.url,
      version: '67.0',
      accessToken: '00D000000000000!gone',
      refreshFn: (_conn, callback) => {
        refreshes += 1;
        callback(null, w.conn.accessToken ?? '');
      },
    });

    const info = await conn.soap.getUserInfo();

    expect([refreshes, info.userName]).toEqual([1, w.sandbox.username]);
  });

  it('revokes, introspects and tells who the user is', async () => {
    const info = await raw(w, 'GET', '/services/oauth2/userinfo');
    expect(info.body).toMatchObject({ user_id: w.sandbox.state.integrationUserId, organization_id: w.sandbox.state.orgId, preferred_username: w.sandbox.username });
    expect((await w.conn.identity()).username).toBe(w.sandbox.username);
    const ask = { token: w.conn.accessToken ?? '', client_id: w.sandbox.clientId, client_secret: w.sandbox.clientSecret };
    const introspect = async (): Promise<unknown> => (await fetch(`${w.url}/services/oauth2/introspect`, { method: 'POST', body: new URLSearchParams(ask) })).json();
    expect(await introspect()).toMatchObject({ active: true, username: w.sandbox.username });

    await w.conn.oauth2.revokeToken(w.conn.accessToken ?? '');

    expect(await introspect()).toEqual({ active: false });
    expect((await raw(w, 'GET', '/limits')).status).toBe(401);
  });
});

describe('the service', () => {
  it('lists versions without a session, collapses leading slashes, refuses retired and unknown versions', async () => {
    const list = (await (await fetch(`${w.url}//services/data`)).json()) as { version: string; label: string }[];

    expect(list[list.length - 1]).toEqual({ label: "Summer '26", url: '/services/data/v67.0', version: '67.0' });
    expect(list.find((v) => v.version === '65.0')?.label).toBe("Winter '26");
    expect((await raw(w, 'GET', '/services/data/v30.0/limits')).status).toBe(410);
    expect((await raw(w, 'GET', '/services/data/v99.0/limits')).status).toBe(404);
    expect((await raw(w, 'GET', '/nowhere')).body).toEqual([{ message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' }]);
  });

  it('counts calls in Sforce-Limit-Info and in /limits, and jsforce reads it', async () => {
    await w.conn.query('SELECT Id FROM User');

    const limits = await w.conn.limits();

    expect(w.conn.limitInfo?.apiUsage).toEqual({ used: 2, limit: 100_000 });
    expect(limits.DailyApiRequests).toEqual({ Max: 100_000, Remaining: 99_998 });
  });

  it('refuses with 403 REQUEST_LIMIT_EXCEEDED when the day is spent, until it has passed', async () => {
    w.sandbox.state.setDailyLimit(10, 10);

    const { status, body, headers } = await raw(w, 'GET', '/limits');

    expect([status, (body as { errorCode: string }[])[0]?.errorCode]).toEqual([403, 'REQUEST_LIMIT_EXCEEDED']);
    expect(headers.get('sforce-limit-info')).toBe('api-usage=11/10');
    w.clock.advance(86_400_000);
    w.conn = await login(w.sandbox, w.url);
    expect((await raw(w, 'GET', '/limits')).status).toBe(200);
  });

  it('refuses nothing with limits off', async () => {
    const off = await world({ limits: 'off' });
    off.sandbox.state.setDailyLimit(1, 5);

    expect((await raw(off, 'GET', '/limits')).status).toBe(200);
    await off.close();
  });

  it('answers what the Salesforce CLI asks at login, in its order and with its double slashes (reference 11.1)', async () => {
    const user = w.sandbox.state.integrationUserId;
    const q = (soql: string): string => `query?q=${encodeURIComponent(soql)}`;

    expect((await raw(w, 'GET', '/services/oauth2/userinfo')).body).toMatchObject({ user_id: user });
    expect((await raw(w, 'GET', `//services/data/v51.0/sobjects/User/${user}`)).body).toMatchObject({ Username: w.sandbox.username });
    expect((await raw(w, 'GET', `//services/data/v51.0/${q('SELECT Id FROM ScratchOrgInfo limit 1')}`)).status).toBe(400);
    expect((await raw(w, 'GET', '//services/data')).status).toBe(200);
    expect((await raw(w, 'GET', `//services/data/v67.0/${q('SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix, OrganizationType FROM Organization')}`)).body).toMatchObject({
      records: [{ Name: 'Concord Sandbox', IsSandbox: true, OrganizationType: 'Enterprise Edition', NamespacePrefix: null }],
    });
    expect((await raw(w, 'GET', '//services/data/v67.0')).body).toMatchObject({ sobjects: '/services/data/v67.0/sobjects' });
  });

  it('takes a body in chunks, as node-fetch sends it', async () => {
    const chunks = new ReadableStream({
      start(controller) {
        for (const part of ['grant_type=client_credentials&client_id=', `${w.sandbox.clientId}&client_secret=`, w.sandbox.clientSecret]) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });

    const response = await fetch(`${w.url}/services/oauth2/token`, { method: 'POST', body: chunks, duplex: 'half' });

    expect(response.status).toBe(200);
  });

  it('answers 414 to a URI over 16,384 bytes', async () => {
    expect((await raw(w, 'GET', `/query?q=${'x'.repeat(16_400)}`)).status).toBe(414);
  });

  it('logs calls and plays faults, but not those to the back door', async () => {
    w.sandbox.calls.clear();
    await fetch(`${w.url}/__sandbox/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ match: { path: 'limits' }, action: { do: 'answer', status: 503, body: [{ errorCode: 'SERVER_UNAVAILABLE', message: 'x' }] } }) });

    expect((await raw(w, 'GET', '/limits')).status).toBe(503);
    expect((await raw(w, 'GET', '/limits')).status).toBe(200);

    expect(w.sandbox.calls.calls.map((c) => [c.method, c.url, c.status])).toEqual([['GET', '/services/data/v67.0/limits', 503], ['GET', '/services/data/v67.0/limits', 200]]);
  });

  it('lets a write take effect whose answer is lost', async () => {
    w.sandbox.faults.add({ match: { method: 'POST', path: '/sobjects/Lead' }, action: { do: 'drop-after' } });

    await expect(w.conn.sobject('Lead').create({ LastName: 'A', Company: 'B' })).rejects.toThrow();

    expect(w.sandbox.state.counts().Lead).toBe(1);
  });
});

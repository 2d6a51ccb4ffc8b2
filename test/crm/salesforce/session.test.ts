import { createVerify, generateKeyPairSync } from 'node:crypto';
import { assertion, audience, isTrustedHost } from '../../../src/crm/salesforce/session';
import { composite, error, query, scriptedOrg, type Reply } from './scripted';

const organization = composite([query([{ Id: '00D000000000001AAA', Name: 'Acme', IsSandbox: false }]), query([{ Id: '005000000000001AAA', Name: 'Concord Integration' }])]);
const expired: Reply = { status: 401, body: [error('INVALID_SESSION_ID', 'Session expired or invalid')] };

describe('credentials', () => {
  test('a JWT is signed RS256, for two minutes, in seconds', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    const jwt = assertion('key', 'concord@acme.com', privateKey, 'https://acme.my.salesforce.com', 1_795_300_000_500);
    const [head = '', claims = '', signature = ''] = jwt.split('.');

    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ alg: 'RS256' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({ iss: 'key', sub: 'concord@acme.com', aud: 'https://login.salesforce.com', exp: 1_795_300_120 });
    expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')).toBe(true);
  });

  test.each([
    ['https://acme.my.salesforce.com', 'https://login.salesforce.com'],
    ['https://acme--dev.sandbox.my.salesforce.com', 'https://test.salesforce.com'],
    ['https://test.salesforce.com', 'https://test.salesforce.com'],
  ])('%s: audience %s', (url, of) => {
    expect(audience(url)).toBe(of);
  });

  test.each([
    ['https://acme.my.salesforce.com', 'https://acme.my.salesforce.com', true],
    ['https://na1.salesforce.com', 'https://acme.my.salesforce.com', true],
    ['https://salesforce.com.evil.example', 'https://acme.my.salesforce.com', false],
    ['http://acme.my.salesforce.com', 'https://acme.my.salesforce.com', false],
    ['http://127.0.0.1:9', 'https://acme.my.salesforce.com', false],
    ['http://127.0.0.1:9', 'http://127.0.0.1:8', true],
    ['nonsense', 'https://acme.my.salesforce.com', false],
  ])('a token for %s from a login at %s: trusted %s', (instance, login, is) => {
    expect(isTrustedHost(instance, login)).toBe(is);
  });

  test('client credentials go in the form, and every call carries the token and the client’s name', async () => {
    const org = await scriptedOrg(() => organization);
    try {
      const facts = await org.port.connect();

      expect(facts).toMatchObject({ accountId: '00D000000000001AAA', accountName: 'Acme', actingAs: { id: '005000000000001AAA', name: 'Concord Integration' }, credential: 'client credentials' });
      expect(facts.recordUrl('lead', '00Q1')).toBe(`${org.url}/lightning/r/Lead/00Q1/view`);
      expect(org.sent[0]?.headers).toMatchObject({ authorization: 'Bearer 00D000000000001!T1', 'sforce-call-options': 'client=concord' });
      expect(org.port.usage()).toEqual({ calls: 2, quota: { limit: 100_000, remaining: 99_982 } });
    } finally {
      await org.close();
    }
  });

  test('a refused credential ends with unauthorized and the OAuth code', async () => {
    const org = await scriptedOrg(() => organization, { token: () => ({ status: 400, body: { error: 'invalid_client_id', error_description: 'client identifier invalid' } }) });
    try {
      await expect(org.port.connect()).rejects.toMatchObject({ code: 'unauthorized', where: 'invalid_client_id', exit: 2 });
      expect(org.tokens).toBe(1);
    } finally {
      await org.close();
    }
  });

  test('a token for a foreign host is never used', async () => {
    const org = await scriptedOrg(() => organization, { token: () => ({ body: { access_token: 't', instance_url: 'https://evil.example', id: 'x/00D/005' } }) });
    try {
      await expect(org.port.connect()).rejects.toMatchObject({ code: 'unauthorized', where: 'instance_url' });
      expect(org.sent).toHaveLength(0);
    } finally {
      await org.close();
    }
  });
});

describe('sessions that end', () => {
  test('three calls refused at once share one new login, and every request is counted', async () => {
    const org = await scriptedOrg((request) => (request.headers.authorization === 'Bearer 00D000000000001!T1' ? expired : organization));
    try {
      await Promise.all([org.port.connect(), org.port.connect(), org.port.connect()]);

      expect(org.tokens).toBe(2);
      expect(org.sent).toHaveLength(6);
      expect(org.port.usage().calls).toBe(8);
    } finally {
      await org.close();
    }
  });

  test('an org that refuses every token is given up, not asked for ever', async () => {
    const org = await scriptedOrg(() => expired);
    try {
      await expect(org.port.connect()).rejects.toMatchObject({ code: 'unauthorized' });
      await expect(org.port.connect()).rejects.toMatchObject({ code: 'unauthorized' });
      await expect(org.port.connect()).rejects.toMatchObject({ code: 'unauthorized' });

      // The first login and two renewals a minute.
      expect(org.tokens).toBe(3);
    } finally {
      await org.close();
    }
  });

  test('a session that is not valid for REST is not renewed for ever either', async () => {
    const org = await scriptedOrg(() => ({ status: 401, body: [error('INVALID_SESSION_ID', 'This session is not valid for use with the REST API')] }));
    try {
      await expect(org.port.connect()).rejects.toMatchObject({ code: 'unauthorized' });
      expect(org.sent).toHaveLength(2);
    } finally {
      await org.close();
    }
  });
});

describe('answers that do not come', () => {
  test('a redirect is refused: the token stays with its host', async () => {
    let elsewhere = 0;
    const org = await scriptedOrg((request) => {
      if (request.path === '/elsewhere') elsewhere += 1;
      return { status: 302, headers: { location: '/elsewhere' }, body: '' };
    });
    try {
      await expect(org.port.connect()).rejects.toMatchObject({ code: 'unavailable', where: 'redirect' });
      expect(elsewhere).toBe(0);
    } finally {
      await org.close();
    }
  });

  test.each(['hang', 'stall'] as const)('a reply that %ss ends at the deadline', async (how) => {
    const org = await scriptedOrg(() => how, { options: { deadlineMs: 150, maxTries: 1 } });
    try {
      await expect(org.port.connect()).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      await org.close();
    }
  });

  test.each(['drop', 'cut'] as const)('a reply that is %s is asked for again', async (how) => {
    const org = await scriptedOrg((_request, at) => (at === 1 ? how : organization));
    try {
      await expect(org.port.connect()).resolves.toMatchObject({ accountName: 'Acme' });
      expect(org.sent).toHaveLength(2);
      expect(org.waits).toHaveLength(1);
    } finally {
      await org.close();
    }
  });

  test('503 is retried after Retry-After, an HTML page is no answer', async () => {
    const org = await scriptedOrg((_request, at) => (at < 3 ? { status: 503, headers: { 'content-type': 'text/html', 'retry-after': '3' }, body: '<html>maintenance</html>' } : organization));
    try {
      await org.port.connect();
      expect(org.waits.every((ms) => ms >= 3000)).toBe(true);
      expect(org.waits).toHaveLength(2);
    } finally {
      await org.close();
    }
  });

  test('the day’s quota spent ends the run; the concurrent limit only waits', async () => {
    const limit = { status: 403, body: [error('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')] };
    const spent = await scriptedOrg(() => ({ ...limit, headers: { 'sforce-limit-info': 'api-usage=100000/100000' } }));
    const busy = await scriptedOrg((_request, at) => (at === 1 ? limit : organization));
    try {
      await expect(spent.port.connect()).rejects.toMatchObject({ code: 'quota_spent' });
      expect(spent.sent).toHaveLength(1);
      // A rolling day frees itself: the next run asks once instead of believing it spent.
      await expect(spent.port.connect()).rejects.toMatchObject({ code: 'quota_spent' });
      expect(spent.sent).toHaveLength(2);
      await expect(busy.port.connect()).resolves.toMatchObject({ accountName: 'Acme' });
      expect(busy.waits[0]).toBeGreaterThanOrEqual(5000);
    } finally {
      await spent.close();
      await busy.close();
    }
  });

  test('W10: Concord’s share of the day spent, nothing more is sent until its day is over', async () => {
    let now = Date.UTC(2026, 10, 22);
    const org = await scriptedOrg(() => organization, { options: { dailyShare: 0.000_03, now: () => now } });
    try {
      // The token and two calls are three of 100,000.
      await org.port.connect();
      await org.port.connect();
      await expect(org.port.connect()).rejects.toMatchObject({ code: 'quota_spent' });
      expect(org.sent).toHaveLength(2);

      now += 86_400_000;
      await org.port.connect();
      expect(org.sent).toHaveLength(3);
    } finally {
      await org.close();
    }
  });

  test('a refusal inside a composite answer is retried like one outside', async () => {
    const org = await scriptedOrg((_request, at) => (at === 1 ? composite([{ refuse: 503, errors: [error('SERVER_UNAVAILABLE')] }, query([])]) : organization));
    try {
      await expect(org.port.connect()).resolves.toMatchObject({ accountName: 'Acme' });
    } finally {
      await org.close();
    }
  });
});

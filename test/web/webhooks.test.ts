import { createHash } from 'node:crypto';
import request from 'supertest';
import { isValidV3, signatureV3 } from '../../src/web/signature';
import { event, NOW, openWeb, PUBLIC, SECRET, signed, type Web } from './support';

let web: Web;
afterEach(() => web.store.close());

const post = (body: string, headers: Record<string, string>, path = '/webhooks/hubspot'): request.Test => request(web.app).post(path).set(headers).send(body);
const kinds = async (): Promise<string[]> => (await web.store.inbox(null, 100_000)).map((each) => `${each.kind} ${each.objectId}${each.related.length === 0 ? '' : ` ${each.related.join(' ')}`}`).sort();

describe('the signature', () => {
  beforeEach(async () => {
    web = await openWeb();
  });

  test('HubSpot’s own example is valid', () => {
    const example = { method: 'POST', uri: 'https://www.example.com/webhook_uri', body: Buffer.from("{'example_field':'example_value'}") };
    expect(signatureV3(SECRET, example, '1693657560000')).toBe('K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=');
    expect(isValidV3(SECRET, example, 'K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=', '1693657560000', 1693657560000)).toBe(true);
  });

  test('only the escapes that HubSpot names are decoded in the address', () => {
    const of = (uri: string): string => signatureV3(SECRET, { method: 'POST', uri, body: Buffer.alloc(0) }, '1');
    expect(of('https://a.example/x?b=%3a%2F%20')).toBe(of('https://a.example/x?b=:/%20'));
    expect(of('https://a.example/x?b=%20')).not.toBe(of('https://a.example/x?b= '));
  });

  test('a delivery that is signed over the public address is taken, asks for one pass, and keeps no value', async () => {
    const body = JSON.stringify([event()]);
    await post(body, signed(body)).expect(204);

    const [kept] = await web.store.inbox(null, 10);
    expect(kept).toMatchObject({ kind: 'propertyChange', objectId: '512', occurredAt: NOW - 1000, receivedAt: NOW });
    expect(JSON.stringify(kept)).not.toContain('UNQUALIFIED');
    expect(web.asked).toEqual(['targeted']);
  });

  test.each([
    ['another secret', (body: string) => signed(body, { secret: 'a secret that is not the app’s' })],
    ['another address', (body: string) => signed(body, { uri: 'https://evil.example/webhooks/hubspot' })],
    ['another body', () => signed('[]')],
    ['no signature', () => ({ 'content-type': 'application/json' })],
    ['no time', (body: string) => ({ ...signed(body), 'x-hubspot-request-timestamp': '' })],
    ['a time that is no number', (body: string) => ({ ...signed(body), 'x-hubspot-request-timestamp': 'NaN' })],
    ['a time older than five minutes', (body: string) => signed(body, { at: NOW - 300_001 })],
    ['a time far ahead', (body: string) => signed(body, { at: NOW + 300_001 })],
    ['a signature cut short', (body: string) => ({ ...signed(body), 'x-hubspot-signature-v3': signed(body)['x-hubspot-signature-v3']?.slice(0, 10) ?? '' })],
    ['the old v1 signature without the setting', (body: string) => ({ 'x-hubspot-signature': createHash('sha256').update(SECRET + body).digest('hex'), 'x-hubspot-signature-version': 'v1' })],
  ])('%s: 401, nothing taken, nothing asked', async (_name, headers) => {
    const body = JSON.stringify([event()]);
    const answer = await post(body, headers(body)).expect(401);

    expect(answer.body).toMatchObject({ error: { code: 'bad_signature' } });
    expect(await web.store.inboxLength()).toBe(0);
    expect(web.asked).toEqual([]);
    expect(web.logged.join()).not.toContain(SECRET);
  });

  test('a Host header of somebody else’s choice changes nothing: the public address is what counts', async () => {
    const body = JSON.stringify([event()]);
    await post(body, { ...signed(body, { uri: 'https://evil.example/webhooks/hubspot' }), host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }).expect(401);
    await post(body, { ...signed(body), host: 'evil.example' }).expect(204);
  });

  test('exactly five minutes old is still valid, and a copy within them starts nothing new', async () => {
    const body = JSON.stringify([event()]);
    const headers = signed(body, { at: NOW - 300_000 });
    await post(body, headers).expect(204);
    await post(body, headers).expect(204);

    expect(await web.store.inboxLength()).toBe(1);
    expect(web.asked).toEqual(['targeted']);
  });
});

describe('v1 signatures', () => {
  const v1 = (body: string, secret = SECRET): Record<string, string> => ({ 'x-hubspot-signature': createHash('sha256').update(secret + body).digest('hex'), 'x-hubspot-signature-version': 'v1' });

  test('are taken with the explicit setting only, and never instead of a wrong v3', async () => {
    web = await openWeb({ webhookV1: true });
    const body = JSON.stringify([event()]);
    await post(body, v1(body, 'another secret of length')).expect(401);
    await post(body, { ...signed(body, { secret: 'another secret of length' }), ...v1(body) }).expect(401);
    await post(body, v1(body)).expect(204);
    expect(await web.store.inboxLength()).toBe(1);
  });
});

describe('deliveries', () => {
  beforeEach(async () => {
    web = await openWeb();
  });
  const deliver = async (events: unknown, status = 204): Promise<request.Response> => {
    const body = typeof events === 'string' ? events : JSON.stringify(events);
    return post(body, signed(body)).expect(status);
  };

  test('the same event again, by another delivery, attempt or number, is folded; another value or time is another event', async () => {
    await deliver([event(), event({ attemptNumber: 3 }), event({ eventId: 7 })]);
    await deliver([event({ attemptNumber: 1 })]);
    expect(await web.store.inboxLength()).toBe(1);
    await deliver([event({ propertyValue: 'OPEN' }), event({ occurredAt: NOW }), event({ objectId: 513 })]);
    expect(await web.store.inboxLength()).toBe(4);
    expect(web.asked).toEqual(['targeted', 'targeted']);
  });

  test('every kind about contacts is taken, by either name of its type; the rest is left out', async () => {
    await deliver([
      event({ subscriptionType: 'contact.creation', objectId: 1 }),
      event({ subscriptionType: undefined, eventType: 'contact.deletion', objectId: 2 }),
      event({ subscriptionType: 'contact.merge', objectId: 9, primaryObjectId: 3, mergedObjectIds: [3, 4], newObjectId: 9 }),
      event({ subscriptionType: 'contact.restore', objectId: 5 }),
      event({ subscriptionType: 'contact.privacyDeletion', objectId: 6 }),
      event({ subscriptionType: 'object.propertyChange', objectTypeId: '0-1', objectId: 7 }),
      event({ subscriptionType: 'object.propertyChange', objectTypeId: '0-3', objectId: 8 }),
      event({ subscriptionType: 'company.propertyChange', objectId: 10 }),
      event({ subscriptionType: 'contact.associationChange', objectId: 11 }),
      event({ subscriptionType: 'contact.constructor', objectId: 12 }),
    ]);

    expect(await kinds()).toEqual(['creation 1', 'deletion 2', 'merge 9 3 4', 'privacyDeletion 6', 'propertyChange 7', 'restore 5']);
  });

  test('an element that cannot be read stops none of the others; another portal’s events are left out and said so', async () => {
    await deliver([null, { objectId: 'x' }, event({ portalId: 999 }), event()]);

    expect(await kinds()).toEqual(['propertyChange 512']);
    expect(web.logged).toContainEqual(expect.stringContaining('"unreadable":2,"foreign":1'));
  });

  test('what is no list is refused', async () => {
    await deliver('{"a":1}', 400);
    await deliver('not JSON', 400);
    expect(web.asked).toEqual([]);
  });

  test('up to 1 MB is read, beyond it 413', async () => {
    const padded = (size: number): string => `[]${' '.repeat(size - 2)}`;
    await deliver(padded(1_048_576));
    await deliver(padded(1_048_577), 413);
  });

  test('10,000 events of 500 contacts in a burst, repeated and out of order, are all taken once; valid deliveries meet no rate limit', async () => {
    const events = Array.from({ length: 10_000 }, (_, n) => event({ objectId: 1 + (n % 500), occurredAt: NOW - n, eventId: n }));
    for (let at = 0; at < events.length; at += 100) await deliver(events.slice(at, at + 100).reverse());
    for (let at = 900; at < 2000; at += 100) await deliver(events.slice(at, at + 100));

    expect(await web.store.inboxLength()).toBe(10_000);
    expect(web.asked).toHaveLength(100);
  }, 60_000);

  test('a store that does not answer: 503, so that HubSpot sends it again', async () => {
    await web.store.close();
    await deliver([event()], 503);
    expect(web.asked).toEqual([]);
    web = await openWeb();
  });
});

test('without the client secret the door is closed and says what to set', async () => {
  web = await openWeb({ webhookSecret: null });
  const body = JSON.stringify([event()]);
  const answer = await post(body, signed(body)).expect(403);
  expect(answer.body).toMatchObject({ error: { code: 'door_closed', where: 'HUBSPOT_CLIENT_SECRET' } });
});

test('the query belongs to what is signed', async () => {
  web = await openWeb();
  const body = JSON.stringify([event()]);
  await post(body, signed(body, { uri: `${PUBLIC}/webhooks/hubspot?a=1` }), '/webhooks/hubspot?a=1').expect(204);
  await post(body, signed(body), '/webhooks/hubspot?a=1').expect(401);
});

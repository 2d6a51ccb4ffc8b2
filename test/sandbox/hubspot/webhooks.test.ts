import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SandboxClock } from '../../../src/sandbox/clock';
import { openSandboxDatabase } from '../../../src/sandbox/database';
import { createHubspotSandbox, type HubspotSandbox, type WebhookEvent } from '../../../src/sandbox/hubspot';

/* The sender follows HubSpot's pages on webhooks and request validation; what it sends is received here by a bare server. */

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  events: WebhookEvent[];
}

let server: Server;
let url: string;
let received: Received[];
let answer: number;
let portal: HubspotSandbox;
const clock = new SandboxClock();

beforeEach(async () => {
  received = [];
  answer = 204;
  server = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (text: string) => (body += text));
    req.on('end', () => {
      received.push({ headers: req.headers, body, events: JSON.parse(body) as WebhookEvent[] });
      res.statusCode = answer;
      res.end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/hubspot`;
  clock.set(1_795_338_000_000);
  portal = createHubspotSandbox({ database: openSandboxDatabase(':memory:'), clock });
});
afterEach(async () => {
  portal.webhooks.subscribe(null);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const types = (): string[] => received.flatMap(({ events }) => events.map((event) => `${event.subscriptionType} ${event.objectId}${event.propertyName === undefined ? '' : ` ${event.propertyName}=${event.propertyValue}`}`));

test('a creation and each changed property are events of their own, signed over address, body and time', async () => {
  portal.webhooks.subscribe({ url, properties: ['hs_lead_status'] });
  const marketer = portal.state.act({ sourceType: 'CRM_UI', userId: 71_234 });
  const ana = marketer.create('contacts', { email: 'ana@example.com', hs_lead_status: 'OPEN' });
  marketer.update('contacts', ana.id, { hs_lead_status: 'UNQUALIFIED', firstname: 'Ana' });

  expect(await portal.webhooks.deliver()).toEqual([204]);

  expect(types()).toEqual([`contact.creation ${ana.id}`, `contact.propertyChange ${ana.id} hs_lead_status=OPEN`, `contact.propertyChange ${ana.id} hs_lead_status=UNQUALIFIED`]);
  expect(received[0]?.events[2]).toMatchObject({ portalId: 555001, appId: 998877, occurredAt: 1_795_338_000_000, attemptNumber: 0, changeSource: 'CRM_UI', sourceId: 'userId:71234' });
  const { headers, body } = received[0] as Received;
  expect(headers['x-hubspot-signature-v3']).toBe(createHmac('sha256', portal.clientSecret).update(`POST${url}${body}${clock.now()}`).digest('base64'));
});

test('removal, restoring, merging and erasing are told', async () => {
  const marketer = portal.state.act({ sourceType: 'CRM_UI', userId: 1 });
  const [a, b, c] = ['a', 'b', 'c'].map((name) => marketer.create('contacts', { email: `${name}@example.com` }).id);
  portal.webhooks.subscribe({ url, properties: [] });
  marketer.archive('contacts', a as string);
  marketer.restore('contacts', a as string);
  const merged = marketer.merge('contacts', a as string, b as string);
  marketer.erase(c as string);

  await portal.webhooks.deliver();

  expect(types()).toEqual([`contact.deletion ${a}`, `contact.restore ${a}`, `contact.merge ${merged.id}`, `contact.privacyDeletion ${c}`, `contact.deletion ${c}`]);
  expect(received[0]?.events[2]).toMatchObject({ primaryObjectId: Number(a), mergedObjectIds: [Number(a), Number(b)], newObjectId: Number(merged.id) });
});

test('what was refused is sent again with its attempt counted; repeats and a turned order on request; 100 events a delivery', async () => {
  const marketer = portal.state.act({ sourceType: 'CRM_UI', userId: 1 });
  portal.webhooks.subscribe({ url, properties: [] });
  for (let n = 0; n < 101; n += 1) marketer.create('contacts', { email: `p${n}@example.com` });
  answer = 503;
  expect(await portal.webhooks.deliver()).toEqual([503, 503]);
  answer = 204;
  received = [];
  expect(await portal.webhooks.deliver({ reversed: true, times: 2 })).toEqual([204, 204]);

  expect(received.map(({ events }) => events.length)).toEqual([100, 100, 1, 1]);
  const [first, second] = received[0]?.events ?? [];
  expect(first?.attemptNumber).toBe(1);
  expect((first?.eventId ?? 0) > (second?.eventId ?? 0)).toBe(true);
  expect(portal.webhooks.pending).toEqual([]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxClock } from '../../../src/sandbox/clock';
import { openSandboxDatabase } from '../../../src/sandbox/database';
import { createHubspotSandbox } from '../../../src/sandbox/hubspot';
import { closePortals, openPortal, start } from './support';

afterEach(closePortals);

test('everything survives a restart of the process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hubspot-sandbox-'));
  try {
    const clock = new SandboxClock();
    clock.set(start);
    const file = join(folder, 'sandbox.db');
    const database = openSandboxDatabase(file);
    const before = createHubspotSandbox({ database, clock, portalId: 77 });
    const ui = before.state.act({ sourceType: 'CRM_UI', userId: 3 });
    before.state.defineProperty('contacts', { name: 'note', label: 'N', type: 'string', fieldType: 'text', groupName: 'contactinformation' });
    const owner = before.state.addOwner({ email: 'rep@example.com' });
    const company = ui.create('companies', { name: 'Acme' });
    const contact = ui.create('contacts', { email: 'ana@example.com', note: 'x', hubspot_owner_id: owner.id }, [{ to: 'companies', id: company.id }]);
    ui.update('contacts', contact.id, { lifecyclestage: 'customer' });
    ui.unsubscribe('ana@example.com');
    before.state.set({ backwardStage: 'refuse' });
    before.state.setPropertyHidden('contacts', 'note', true);
    before.state.addPipeline({ id: '9', label: 'P', stages: [['91', 'Open', '0.1', false]] });
    const other = before.state.addToken({ scopes: ['oauth'] });
    const saved = before.state.contact(contact.id);
    database.close();

    const again = openSandboxDatabase(file);
    const after = createHubspotSandbox({ database: again, clock });

    expect(after.token).toBe(before.token);
    expect(after.clientSecret).toBe(before.clientSecret);
    expect(after.state.contact(contact.id)).toEqual(saved);
    expect(after.state.history('contacts', contact.id, 'lifecyclestage')).toHaveLength(2);
    expect(after.state.associated('contacts', contact.id, 'companies')).toEqual([company.id]);
    expect(after.state.subscriptions.optedOut('ana@example.com')).toBe(true);
    expect(after.state.settings).toMatchObject({ portalId: 77, backwardStage: 'refuse' });
    expect(() => after.state.act({ sourceType: 'API' }).update('contacts', contact.id, { lifecyclestage: 'lead' })).toThrow(/cannot move back/);
    expect(after.state.addOwner({ email: 'x@example.com' }).id).not.toBe(owner.id);
    after.state.revokeToken(other.token);
    again.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('bulk loading', () => {
  test('takes records as they are, with their own ids and times', async () => {
    const portal = await openPortal();

    const count = portal.state.load([
      { id: '7', properties: { email: ' Ana@Example.com', lifecyclestage: 'customer', hs_analytics_source: 'PAID_SEARCH', empty: '' }, createdate: '2026-01-02T03:04:05Z', lastmodifieddate: new Date(start) },
      { properties: { firstname: 'Bo' }, archivedAt: start },
    ]);

    expect(count).toBe(2);
    expect(portal.state.byEmail('ana@example.com')).toEqual({
      id: '7',
      type: 'contacts',
      properties: {
        email: 'ana@example.com',
        lifecyclestage: 'customer',
        hs_analytics_source: 'PAID_SEARCH',
        hs_object_id: '7',
        createdate: '2026-01-02T03:04:05Z',
        lastmodifieddate: '2026-11-22T12:00:00Z',
        hs_lastmodifieddate: '2026-11-22T12:00:00Z',
      },
      createdAt: Date.parse('2026-01-02T03:04:05Z'),
      updatedAt: start,
      archivedAt: null,
    });
    expect(portal.state.counts()).toEqual({ contacts: 1, companies: 0, deals: 0, notes: 0, tasks: 0 });
  });

  test('a value without history counts as imported at creation, also once it has changed', async () => {
    const portal = await openPortal();
    portal.state.load([{ id: 7, properties: { email: 'a@example.com', lifecyclestage: 'lead' }, createdate: start - 1000 }]);

    const loaded = portal.state.history('contacts', '7', 'lifecyclestage');
    portal.state.act({ sourceType: 'CRM_UI' }).update('contacts', '7', { lifecyclestage: 'customer' });

    expect(loaded).toMatchObject([{ value: 'lead', timestamp: start - 1000, sourceType: 'IMPORT' }]);
    expect(portal.state.history('contacts', '7', 'lifecyclestage').map((entry) => [entry.value, entry.timestamp])).toEqual([
      ['customer', start],
      ['lead', start - 1000],
    ]);
  });

  test('takes history where it is given, in any order, and opt-outs into the preferences', async () => {
    const portal = await openPortal();
    portal.state.load([
      {
        id: 7,
        properties: { email: 'a@example.com', hs_lead_status: 'UNQUALIFIED', hs_email_optout: 'true' },
        history: {
          hs_lead_status: [
            { value: 'UNQUALIFIED', timestamp: start, sourceType: 'CRM_UI', sourceId: 'userId:5', userId: 5 },
            { value: 'NEW', timestamp: start - 5000 },
          ],
        },
      },
    ]);

    expect(portal.state.history('contacts', '7', 'hs_lead_status').map((entry) => entry.value)).toEqual(['UNQUALIFIED', 'NEW']);
    expect(portal.state.subscriptions.optedOut('a@example.com')).toBe(true);
  });

  test('refuses an address twice, and writes nothing of that chunk', async () => {
    const portal = await openPortal();

    expect(() => portal.state.load([{ properties: { email: 'a@example.com' } }, { properties: { email: 'A@example.com' } }])).toThrow(/UNIQUE/);
    expect(portal.state.counts().contacts).toBe(0);
  });

  test('loads other objects', async () => {
    const portal = await openPortal();

    portal.state.load([{ properties: { dealname: 'One', dealstage: 'closedwon', pipeline: 'default', amount: 10 } }], { type: 'deals' });

    expect([...portal.state.all('deals')].map((deal) => deal.properties['amount'])).toEqual(['10']);
  });
});

test('contacts can be walked while they are written', async () => {
  const portal = await openPortal();
  portal.state.load(Array.from({ length: 1200 }, (_, index) => ({ properties: { lastname: `n${index}` } })));
  const ui = portal.state.act({ sourceType: 'CRM_UI' });

  let seen = 0;
  for (const contact of portal.state.contacts()) {
    seen += 1;
    ui.update('contacts', contact.id, { firstname: 'seen' });
  }

  expect(seen).toBe(1200);
});

test('reset empties the world and keeps token, secret and portal number', async () => {
  const portal = await openPortal({ portalId: 77 });
  const ui = portal.state.act({ sourceType: 'CRM_UI' });
  const { id } = ui.create('contacts', { email: 'ana@example.com' });
  portal.state.defineProperty('contacts', { name: 'note', label: 'N', type: 'string', fieldType: 'text', groupName: 'contactinformation' });
  portal.state.set({ backwardStage: 'accept' });
  portal.state.setPropertyHidden('contacts', 'email', true);
  ui.unsubscribe('ana@example.com');

  portal.state.reset();

  expect(portal.state.counts().contacts).toBe(0);
  expect(portal.state.settings).toMatchObject({ portalId: 77, backwardStage: 'ignore' });
  expect(portal.state.subscriptions.optedOut('ana@example.com')).toBe(false);
  expect((await portal.get('/crm/v3/properties/contacts/note')).status).toBe(404);
  expect((await portal.get('/crm/v3/properties/contacts/email')).status).toBe(200);
  expect(ui.create('contacts', { email: 'ana@example.com' }).id).toBe(id);
});

test('two CRMs of one file stay apart', () => {
  const database = openSandboxDatabase(':memory:');
  database.exec('CREATE TABLE sf_records (id TEXT); INSERT INTO sf_records VALUES (1)');
  const sandbox = createHubspotSandbox({ database, clock: new SandboxClock() });

  sandbox.state.reset();

  expect(database.prepare('SELECT count(*) AS n FROM sf_records').get()).toEqual({ n: 1 });
});

test('what the story does goes by the rules of the API', async () => {
  const portal = await openPortal();
  const workflow = portal.state.act({ sourceType: 'AUTOMATION_PLATFORM', sourceId: '42' });

  expect(() => workflow.create('contacts', { email: 'nobody' })).toThrow(/INVALID_EMAIL/);
  expect(() => workflow.update('contacts', '424242', { firstname: 'X' })).toThrow(/not found/);
  expect(() => workflow.create('contacts', { email: 'a@example.com' }, [{ to: 'companies', id: '1' }])).toThrow(/does not exist/);
  expect(portal.state.counts().contacts).toBe(0);
});

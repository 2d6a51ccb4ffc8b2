import { closePortals, families, openPortal, problemsIn, start, type Portal } from './support';

let portal: Portal;
beforeEach(async () => {
  portal = await openPortal();
});
afterEach(closePortals);

describe('a contact by the real client', () => {
  test('create, read, update, list and archive', async () => {
    const { basicApi } = portal.client.crm.contacts;

    const made = await basicApi.create({ properties: { email: ' Ana@Example.COM ', firstname: 'Ana' }, associations: [] });
    portal.clock.advance(1000);
    const updated = await basicApi.update(made.id, { properties: { jobtitle: 'CFO' } });
    const read = await basicApi.getById('ana@example.com', ['email', 'jobtitle', 'phone', 'no_such_property'], undefined, undefined, false, 'email');
    const page = await basicApi.getPage(10, undefined, ['email']);
    await basicApi.archive(made.id);

    expect(made.properties['email']).toBe('ana@example.com');
    expect(made.createdAt).toEqual(new Date(start));
    expect(updated.updatedAt).toEqual(new Date(start + 1000));
    // Empty is null, unknown is left out without an error.
    expect(read.properties).toEqual({
      email: 'ana@example.com',
      jobtitle: 'CFO',
      phone: null,
      hs_object_id: made.id,
      createdate: '2026-11-22T12:00:00Z',
      lastmodifieddate: '2026-11-22T12:00:01Z',
    });
    expect(page.results.map((record) => record.id)).toEqual([made.id]);
    expect(page.paging).toBeUndefined();
    await expect(basicApi.getById(made.id)).rejects.toMatchObject({ code: 404 });
    expect((await basicApi.getPage(10, undefined, undefined, undefined, undefined, true)).results[0]).toMatchObject({ id: made.id, archived: true, archivedAt: new Date(start + 1000) });
  });

  test('a second contact with the same address is a 409 that names the first, additional addresses included', async () => {
    const first = portal.state.act({ sourceType: 'CRM_UI' }).create('contacts', { email: 'ana@example.com', hs_additional_emails: 'Ana@Home.example' });

    for (const email of ['ANA@example.com', 'ana@home.example']) {
      await expect(portal.client.crm.contacts.basicApi.create({ properties: { email }, associations: [] })).rejects.toMatchObject({
        code: 409,
        body: { status: 'error', category: 'CONFLICT', message: `Contact already exists. Existing ID: ${first.id}` },
      });
    }
  });

  test('getAll pages through everything', async () => {
    portal.state.load(Array.from({ length: 230 }, (_, index) => ({ properties: { email: `p${index}@example.com` } })));

    const all = await portal.client.crm.contacts.getAll(100, undefined, ['email']);

    expect(new Set(all.map((record) => record.properties['email'])).size).toBe(230);
    expect(portal.calls.count).toBe(3);
  });

  test('history comes newest first, with who did it', async () => {
    const { id } = portal.state.act({ sourceType: 'FORM', sourceId: 'f1' }).create('contacts', { email: 'ana@example.com', hs_lead_status: 'NEW' });
    portal.clock.advance(60_000);
    portal.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', id, { hs_lead_status: 'UNQUALIFIED' });
    portal.clock.advance(60_000);
    await portal.client.crm.contacts.basicApi.update(id, { properties: { hs_lead_status: '' } });

    const { propertiesWithHistory, properties } = await portal.client.crm.contacts.basicApi.getById(id, undefined, ['hs_lead_status']);

    expect(properties['hs_lead_status']).toBeNull();
    expect(propertiesWithHistory?.['hs_lead_status']).toMatchObject([
      { value: '', timestamp: new Date(start + 120_000), sourceType: 'INTEGRATION', sourceId: '998877', updatedByUserId: 71_234 },
      { value: 'UNQUALIFIED', timestamp: new Date(start + 60_000), sourceType: 'CRM_UI', sourceId: 'userId:7', updatedByUserId: 7 },
      { value: 'NEW', timestamp: new Date(start), sourceType: 'FORM', sourceId: 'f1' },
    ]);
  });
});

describe.each(families)('on $family', ({ objects, family }) => {
  test('properties come repeated or comma-joined, pages at most 100', async () => {
    portal.state.load([{ properties: { email: 'a@example.com', firstname: 'A', lastname: 'B' } }]);

    const repeated = await portal.get(`${objects}/contacts?properties=firstname&properties=lastname`);
    const joined = await portal.get(`${objects}/contacts?properties=firstname,lastname`);
    const tooMany = await portal.get(`${objects}/contacts?limit=101`);

    expect(repeated.body.results[0]?.properties).toMatchObject({ firstname: 'A', lastname: 'B' });
    expect(joined.body).toEqual(repeated.body);
    expect(tooMany).toMatchObject({ status: 400, body: { status: 'error', category: 'VALIDATION_ERROR' } });
  });

  test('the cursor is the last id, and the order that of ids even while records change', async () => {
    portal.state.load([1, 2, 3].map((n) => ({ id: 100 * n, properties: { email: `p${n}@example.com` } })));

    const first = await portal.get(`${objects}/contacts?limit=2`);
    await portal.patch(`${objects}/contacts/100`, { properties: { firstname: 'changed' } });
    const second = await portal.get(`${objects}/contacts?limit=2&after=${first.body.paging.next.after}`);

    expect(first.body.paging.next.after).toBe('200');
    expect(second.body.results.map((record) => record.id)).toEqual(['300']);
    expect(second.body.paging).toBeUndefined();
  });

  test('an unknown record is a 404', async () => {
    const read = await portal.get(`${objects}/contacts/424242`);
    const update = await portal.patch(`${objects}/contacts/424242`, { properties: { firstname: 'X' } });

    expect(read).toMatchObject({ status: 404, body: { message: 'resource not found' } });
    expect(update.status).toBe(404);
    expect((await portal.call('DELETE', `${objects}/contacts/424242`)).status).toBe(204);
  });

  test('type ids and names lead to the same objects, unknown types are refused', async () => {
    portal.state.load([{ id: 5, properties: { email: 'a@example.com' } }]);

    expect((await portal.get(`${objects}/0-1/5`)).body.id).toBe('5');
    expect((await portal.get(`${objects}/contact/5`)).body.id).toBe('5');
    expect((await portal.get(`${objects}/unicorns`)).status).toBe(400);
  });

  test('a contact needs a name or an address, a deal a name and a stage, a note its time', async () => {
    expect((await portal.post(`${objects}/contacts`, { properties: { jobtitle: 'CFO' } })).status).toBe(400);
    expect((await portal.post(`${objects}/deals`, { properties: { dealname: 'One' } })).status).toBe(400);
    expect((await portal.post(`${objects}/notes`, { properties: { hs_note_body: 'Hello' } })).status).toBe(400);
    expect((await portal.post(`${objects}/deals`, { properties: { dealname: 'One', dealstage: 'closedwon', amount: '10' } })).body.properties).toMatchObject({
      pipeline: 'default',
      dealstage: 'closedwon',
    });
  });

  test('dates that were rewritten are told about on 2026-09 only', async () => {
    portal.state.defineProperty('contacts', { name: 'recycle_on', label: 'R', type: 'date', fieldType: 'date', groupName: 'contactinformation' });

    const { body } = await portal.post(`${objects}/contacts`, { properties: { email: 'a@example.com', recycle_on: String(Date.UTC(2026, 10, 22)) } });

    expect(body.properties.recycle_on).toBe('2026-11-22');
    expect(body.warnings).toEqual(
      family === 'v3'
        ? undefined
        : [
            {
              category: 'PROPERTY_VALUE_NORMALIZED',
              message: expect.any(String),
              context: { rawValue: ['1795305600000'], normalizedValue: ['2026-11-22'], propertyName: ['recycle_on'] },
            },
          ],
    );
  });

  test("the portal's required properties are enforced on 2026-09 only", async () => {
    portal.state.set({ requiredOnCreate: { contacts: ['country', 'company'] } });

    const { status, body } = await portal.post(`${objects}/contacts`, { properties: { email: 'a@example.com', company: 'Acme' } });

    if (family === 'v3') expect(status).toBe(201);
    else expect({ status, error: body.errors[0] }).toMatchObject({ status: 400, error: { code: 'MISSING_REQUIRED_PROPERTY', context: { propertyName: ['country'] } } });
  });
});

describe('values', () => {
  const define = (name: string, type: string, fieldType: string, more: object = {}): void => {
    portal.state.defineProperty('contacts', { name, label: name, type, fieldType, groupName: 'contactinformation', ...more });
  };
  const yesNo = { options: [{ label: 'Y', value: 'true' }, { label: 'N', value: 'false' }] };
  const letters = { options: ['a', 'b', 'c'].map((value) => ({ label: value.toUpperCase(), value })) };

  test.each([
    ['email', 'nobody', 'INVALID_EMAIL'],
    ['hs_additional_emails', 'nobody', 'INVALID_EMAIL'],
    ['no_such_property', 'x', 'PROPERTY_DOESNT_EXIST'],
    ['hs_object_id', '1', 'READ_ONLY_VALUE'],
    ['createdate', '2026-01-01', 'READ_ONLY_VALUE'],
    ['lastmodifieddate', '2026-01-01', 'READ_ONLY_VALUE'],
    ['hs_email_optout', 'true', 'READ_ONLY_VALUE'],
    ['hs_v2_date_entered_lead', '2026-01-01', 'READ_ONLY_VALUE'],
    ['lifecyclestage', 'Marketing Qualified Lead', 'INVALID_OPTION'],
    ['hs_lead_status', 'unqualified', 'INVALID_OPTION'],
    ['hubspot_owner_id', '99', 'INVALID_OPTION'],
    ['a_date', '2026-02-30', 'INVALID_DATE'],
    ['a_date', String(Date.UTC(2026, 0, 1, 6)), 'INVALID_DATE'],
    ['a_date', '2026-01-01T06:00:00Z', 'INVALID_DATE'],
    ['a_moment', 'yesterday', 'INVALID_LONG'],
    ['a_moment', '2026-01-01T10:00:00', 'INVALID_LONG'],
    ['a_number', 'twelve', 'INVALID_LONG'],
    ['a_flag', 'yes', 'INVALID_OPTION'],
    ['some_letters', 'a;z', 'INVALID_OPTION'],
    ['a_text', 'x'.repeat(65_537), 'VALUE_TOO_LONG'],
  ])('%s does not take %p: %s, and nothing is written', async (name, value, error) => {
    define('a_date', 'date', 'date');
    define('a_moment', 'datetime', 'date');
    define('a_number', 'number', 'number');
    define('a_flag', 'bool', 'booleancheckbox', yesNo);
    define('some_letters', 'enumeration', 'checkbox', letters);
    define('a_text', 'string', 'text');
    const { id } = portal.state.act({ sourceType: 'IMPORT' }).create('contacts', { email: 'ana@example.com' });

    const answer = await portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { firstname: 'Ana', [name]: value } });

    expect(answer).toMatchObject({ status: 400, body: { status: 'error', category: 'VALIDATION_ERROR', message: expect.stringMatching(/^Property values were not valid: \[/) } });
    expect(problemsIn(answer.body)).toEqual([expect.objectContaining({ isValid: false, name, error })]);
    expect(portal.state.contact(id)?.properties['firstname']).toBeUndefined();
  });

  test.each([
    ['a_date', 'date', 'date', {}, '2026-11-22', '2026-11-22'],
    ['a_date', 'date', 'date', {}, '2026-11-22T00:00:00Z', '2026-11-22'],
    ['a_moment', 'datetime', 'date', {}, '2026-11-22T10:00:00+01:00', '2026-11-22T09:00:00Z'],
    ['a_moment', 'datetime', 'date', {}, '1795338000123', '2026-11-22T09:00:00.123Z'],
    ['a_number', 'number', 'number', {}, 12.5, '12.5'],
    ['a_flag', 'bool', 'booleancheckbox', yesNo, true, 'true'],
    ['some_letters', 'enumeration', 'checkbox', letters, 'c;a;a', 'c;a'],
    ['a_text', 'string', 'text', {}, ' as it is ', ' as it is '],
  ])('%s (%s) stores %s %j %p as %p', async (name, type, fieldType, more, value, stored) => {
    define(name, type, fieldType, more);
    const { id } = portal.state.act({ sourceType: 'IMPORT' }).create('contacts', { email: 'ana@example.com' });

    const { status, body } = await portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { [name]: value } });

    expect({ status, value: body.properties[name] }).toEqual({ status: 200, value: stored });
  });

  test('a leading semicolon adds to a multi-select, the empty text clears', async () => {
    define('some_letters', 'enumeration', 'checkbox', letters);
    const { id } = portal.state.act({ sourceType: 'IMPORT' }).create('contacts', { email: 'ana@example.com', some_letters: 'b' });

    const added = await portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { some_letters: ';a' } });
    const cleared = await portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { some_letters: '' } });

    expect(added.body.properties.some_letters).toBe('b;a');
    expect(cleared.body.properties.some_letters).toBeNull();
  });

  test('several bad values are told at once', async () => {
    const { body } = await portal.post('/crm/v3/objects/contacts', { properties: { email: 'x', nope: '1' } });

    expect(problemsIn(body).map((problem) => problem.error).sort()).toEqual(['INVALID_EMAIL', 'PROPERTY_DOESNT_EXIST']);
  });

  test('an owner is assigned by owner id, not by user id; deactivated ones as the portal says', async () => {
    const owner = portal.state.addOwner({ email: 'rep@example.com', userId: 777 });
    const { id } = portal.state.act({ sourceType: 'IMPORT' }).create('contacts', { email: 'ana@example.com' });
    const assign = (value: string) => portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { hubspot_owner_id: value } });

    expect((await assign('777')).status).toBe(400);
    expect((await assign(owner.id)).status).toBe(200);
    portal.state.deactivateOwner(owner.id);
    portal.state.set({ allowArchivedOwner: false });
    expect((await assign('')).status).toBe(200);
    expect((await assign(owner.id)).status).toBe(400);
  });

  test('a write that changes nothing leaves the modification time alone', async () => {
    const { id } = portal.state.act({ sourceType: 'IMPORT' }).create('contacts', { email: 'ana@example.com', firstname: 'Ana' });
    portal.clock.advance(5000);

    const same = await portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { firstname: 'Ana' } });
    const other = await portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { firstname: 'Anita' } });

    expect(same.body.updatedAt).toBe('2026-11-22T12:00:00.000Z');
    expect(other.body.updatedAt).toBe('2026-11-22T12:00:05.000Z');
  });

  test('changing the address keeps the id and frees the old one; a secondary address that becomes primary changes places', async () => {
    const ui = portal.state.act({ sourceType: 'CRM_UI' });
    const { id } = ui.create('contacts', { email: 'old@example.com', hs_additional_emails: 'second@example.com' });

    ui.update('contacts', id, { email: 'new@example.com' });
    const taken = ui.create('contacts', { email: 'old@example.com' });
    ui.update('contacts', id, { email: 'second@example.com' });

    expect(taken.id).not.toBe(id);
    expect(portal.state.contact(id)?.properties).toMatchObject({ email: 'second@example.com', hs_additional_emails: 'new@example.com' });
    expect(portal.state.byEmail('new@example.com')?.id).toBe(id);
  });

  test('values that only HubSpot writes are written by its own machinery', () => {
    portal.state.installSalesforceConnector();
    const { id } = portal.state.act({ sourceType: 'FORM' }).create('contacts', { email: 'ana@example.com', recent_conversion_date: '2026-11-22T12:00:00Z' });

    portal.state.act({ sourceType: 'SALESFORCE' }).update('contacts', id, { salesforceleadid: '00Q000000000001AAA' });

    expect(portal.state.contact(id)?.properties).toMatchObject({ recent_conversion_date: '2026-11-22T12:00:00Z', salesforceleadid: '00Q000000000001AAA' });
    expect(() => portal.state.act({ sourceType: 'CRM_UI' }).update('contacts', id, { salesforceleadid: 'x' })).toThrow(/READ_ONLY_VALUE/);
    expect(() => portal.state.act({ sourceType: 'SALESFORCE' }).update('contacts', id, { hs_email_optout: 'true' })).toThrow(/READ_ONLY_VALUE/);
  });
});

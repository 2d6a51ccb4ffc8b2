import { closePortals, families, openPortal, start, type Portal } from './support';

let portal: Portal;
beforeEach(async () => {
  portal = await openPortal();
});
afterEach(closePortals);

const ui = () => portal.state.act({ sourceType: 'CRM_UI', userId: 5 });

describe.each(families)('merging on $family', ({ objects }) => {
  function two(): [string, string] {
    const one = ui().create('contacts', { email: 'ana@example.com', firstname: 'Ana', lifecyclestage: 'lead' });
    portal.clock.advance(1000);
    const other = ui().create('contacts', { email: 'ana@home.example', firstname: 'Anita', jobtitle: 'CFO', lifecyclestage: 'salesqualifiedlead' });
    portal.clock.advance(1000);
    return [one.id, other.id];
  }
  const merge = (primary: string, other: string) => portal.post(`${objects}/contacts/merge`, { primaryObjectId: primary, objectIdToMerge: other });

  test('makes a new record to which both old ids lead', async () => {
    const [one, other] = two();

    const { status, body } = await merge(one, other);

    expect(status).toBe(200);
    expect([one, other]).not.toContain(body.id);
    for (const id of [one, other]) expect((await portal.get(`${objects}/contacts/${id}`)).body.id).toBe(body.id);
    expect(portal.state.contact(body.id)?.properties).toMatchObject({
      email: 'ana@example.com',
      hs_additional_emails: 'ana@home.example',
      firstname: 'Ana',
      jobtitle: 'CFO',
      lifecyclestage: 'salesqualifiedlead',
      hs_merged_object_ids: `${one};${other}`,
      createdate: '2026-11-22T12:00:00Z',
      lastmodifieddate: '2026-11-22T12:00:02Z',
    });
    expect(portal.state.counts().contacts).toBe(1);
    expect((await portal.get(`${objects}/contacts?archived=true`)).body.results).toEqual([]);
  });

  test('or keeps the id of the primary, where the portal does', async () => {
    portal.state.set({ mergeId: 'primary' });
    const [one, other] = two();

    const { body } = await merge(one, other);

    expect(body.id).toBe(one);
    expect(portal.state.contact(other)?.id).toBe(one);
    expect(portal.state.contact(one)?.properties['hs_merged_object_ids']).toBe(other);
  });

  test('chains of merges are followed, and their ids collected', async () => {
    const [one, other] = two();
    const merged = (await merge(one, other)).body.id;
    const third = ui().create('contacts', { email: 'third@example.com' }).id;

    const last = (await merge(third, merged)).body.id;

    for (const id of [one, other, merged, third]) expect(portal.state.contact(id)?.id).toBe(last);
    expect(portal.state.contact(last)?.properties['hs_merged_object_ids']?.split(';').sort()).toEqual([one, other, merged, third].sort());
  });

  test('both histories go on, and the value that stays is the newest', async () => {
    const [one, other] = two();

    const { body } = await merge(one, other);

    expect(portal.state.history('contacts', body.id, 'firstname').map((entry) => [entry.value, entry.timestamp, entry.sourceType])).toEqual([
      ['Ana', start + 2000, 'MERGE_OBJECTS'],
      ['Anita', start + 1000, 'CRM_UI'],
      ['Ana', start, 'CRM_UI'],
    ]);
  });

  test('addresses of both stay taken, associations of both stay, the primary company is the primary record\'s', async () => {
    const [one, other] = two();
    const [acme, globex] = [ui().create('companies', { name: 'Acme' }).id, ui().create('companies', { name: 'Globex' }).id];
    ui().associate('contacts', other, 'companies', acme);
    ui().associate('contacts', one, 'companies', globex);

    const { body } = await merge(one, other);

    expect(portal.state.associated('contacts', body.id, 'companies').sort()).toEqual([acme, globex].sort());
    expect(portal.state.contact(body.id)?.properties['associatedcompanyid']).toBe(globex);
    expect(portal.state.associated('companies', acme, 'contacts')).toEqual([body.id]);
    expect((await portal.post(`${objects}/contacts`, { properties: { email: 'ana@home.example' } })).status).toBe(409);
  });

  test('a write to an old id reaches the survivor', async () => {
    const [one, other] = two();
    await merge(one, other);

    await portal.patch(`${objects}/contacts/${other}`, { properties: { city: 'Lima' } });

    expect(portal.state.byEmail('ana@example.com')?.properties['city']).toBe('Lima');
  });

  test('a record does not merge with itself, nor with one that is not there', async () => {
    const [one] = two();

    expect((await merge(one, one)).status).toBe(400);
    expect((await merge(one, '424242')).status).toBe(404);
  });
});

describe('archiving', () => {
  test('frees the address: the same one makes a new contact', async () => {
    const { id } = ui().create('contacts', { email: 'ana@example.com' });
    ui().archive('contacts', id);

    const { status, body } = await portal.post('/crm/v3/objects/contacts', { properties: { email: 'ana@example.com' } });

    expect(status).toBe(201);
    expect(body.id).not.toBe(id);
    expect(() => ui().restore('contacts', id)).toThrow(/cannot be restored/);
  });

  test('ends associations, and can be taken back in the UI', () => {
    const company = ui().create('companies', { name: 'Acme' }).id;
    const { id } = ui().create('contacts', { email: 'ana@example.com' }, [{ to: 'companies', id: company }]);
    expect(portal.state.get('companies', company)?.properties['num_associated_contacts']).toBe('1');

    ui().archive('contacts', id);

    expect(portal.state.get('companies', company)?.properties['num_associated_contacts']).toBe('0');
    expect(ui().restore('contacts', id).archivedAt).toBeNull();
    expect(portal.state.byEmail('ana@example.com')?.id).toBe(id);
  });

  test('an archived record takes no writes', async () => {
    const { id } = ui().create('contacts', { email: 'ana@example.com' });
    ui().archive('contacts', id);

    expect((await portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { firstname: 'X' } })).status).toBe(404);
    expect((await portal.call('DELETE', `/crm/v3/objects/contacts/${id}`)).status).toBe(204);
  });

  test('ids are never given twice', () => {
    const { id } = ui().create('contacts', { email: 'ana@example.com' });
    ui().erase(id);

    expect(Number(ui().create('contacts', { email: 'bo@example.com' }).id)).toBeGreaterThan(Number(id));
  });
});

describe('privacy deletion', () => {
  test('by the real client: the contact is gone for good and its address is refused', async () => {
    const { id } = ui().create('contacts', { email: 'ana@example.com', hs_additional_emails: 'ana@home.example' });

    await portal.client.crm.contacts.basicApi.purge({ objectId: id });

    expect(portal.state.contact(id)).toBeUndefined();
    expect((await portal.get('/crm/v3/objects/contacts?archived=true')).body.results).toEqual([]);
    expect((await portal.post('/crm/v3/objects/contacts', { properties: { email: 'ana@home.example' } })).status).toBe(400);
  });

  test.each(families)('by address on $family, also one that no contact has', async ({ objects }) => {
    ui().create('contacts', { email: 'ana@example.com' });

    for (const objectId of ['Ana@Example.com', 'nobody@example.com']) {
      expect((await portal.post(`${objects}/contacts/gdpr-delete`, { idProperty: 'email', objectId })).status).toBe(204);
    }

    expect(portal.state.byEmail('ana@example.com')).toBeUndefined();
    for (const email of ['ana@example.com', 'nobody@example.com']) expect((await portal.post(`${objects}/contacts`, { properties: { email } })).status).toBe(400);
    expect((await portal.post(`${objects}/companies/gdpr-delete`, { objectId: '1' })).status).toBe(404);
  });
});

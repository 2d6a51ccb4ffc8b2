import { closePortals, families, openPortal, problemsIn, type Portal } from './support';

let portal: Portal;
beforeEach(async () => {
  portal = await openPortal();
});
afterEach(closePortals);

const reason = {
  name: 'concord_rejection_reason',
  label: 'Rejection reason',
  groupName: 'concord',
  type: 'enumeration',
  fieldType: 'select',
  options: [
    { label: 'Bad fit', value: 'bad_fit', displayOrder: 0, hidden: false },
    { label: 'No response', value: 'no_response', displayOrder: 1, hidden: false },
  ],
};

test('by the real client: group, property, options, archive', async () => {
  const { coreApi, batchApi, groupsApi } = portal.client.crm.properties;

  const group = await groupsApi.create('contacts', { name: 'concord', label: 'Concord', displayOrder: -1 });
  const made = await coreApi.create('contacts', reason as never);
  const updated = await coreApi.update('contacts', reason.name, { options: [{ label: 'Other', value: 'other', displayOrder: 0, hidden: false }] });
  const renamed = await coreApi.update('contacts', reason.name, { label: 'Reason' });
  const batch = await batchApi.create('contacts', { inputs: [{ name: 'concord_note', label: 'N', groupName: 'concord', type: 'string', fieldType: 'textarea' } as never, reason as never] });
  await coreApi.archive('contacts', reason.name);

  expect(group).toMatchObject({ name: 'concord', archived: false });
  expect(made).toMatchObject({ name: reason.name, hubspotDefined: false, calculated: false, modificationMetadata: { readOnlyValue: false, archivable: true } });
  expect(made.createdAt).toBeInstanceOf(Date);
  // PATCH replaces the whole list, and leaving it out keeps it.
  expect(updated.options.map((option) => option.value)).toEqual(['other']);
  expect(renamed.options.map((option) => option.value)).toEqual(['other']);
  expect(batch).toMatchObject({ results: [{ name: 'concord_note' }], numErrors: 1, errors: [{ category: 'OBJECT_ALREADY_EXISTS' }] });
  await expect(coreApi.getByName('contacts', reason.name)).rejects.toMatchObject({ code: 404 });
  expect((await coreApi.getAll('contacts', true)).results.map((definition) => definition.name)).toEqual([reason.name]);
});

describe.each(families)('on $family', ({ properties, objects, family }) => {
  beforeEach(() => portal.post(`${properties}/contacts/groups`, { name: 'concord', label: 'Concord' }));

  test('the seeded definitions say what cannot be written', async () => {
    const { body } = await portal.get(`${properties}/contacts`);
    const byName = new Map(body.results.map((definition) => [definition.name, definition]));

    expect(byName.get('hs_email_optout')).toMatchObject({ type: 'bool', hubspotDefined: true, modificationMetadata: { readOnlyValue: true, archivable: false } });
    expect(byName.get('hubspot_owner_id')).toMatchObject({ type: 'enumeration', externalOptions: true, referencedObjectType: 'OWNER' });
    expect(byName.get('hs_v2_date_entered_lead')).toMatchObject({ type: 'datetime', fieldType: 'date', calculated: true });
    expect((byName.get('lifecyclestage') as { options: { value: string }[] }).options.map((option) => option.value)).toEqual([
      'subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity', 'customer', 'evangelist', 'other',
    ]);
    expect(byName.has('salesforceleadid')).toBe(false);
  });

  test('a name in use is a 409, an unknown one a 404', async () => {
    await portal.post(`${properties}/contacts`, reason);

    expect(await portal.post(`${properties}/contacts`, reason)).toMatchObject({
      status: 409,
      body: { category: 'OBJECT_ALREADY_EXISTS', subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS' },
    });
    expect(await portal.get(`${properties}/contacts/nope`)).toMatchObject({ status: 404, body: { category: 'OBJECT_NOT_FOUND' } });
  });

  test.each([
    ['a field type that does not fit', { ...reason, type: 'datetime', fieldType: 'datetime', options: undefined }],
    ['a group that is not there', { ...reason, groupName: 'nope' }],
    ['a name in upper case', { ...reason, name: 'Reason' }],
    ['a bool without its two options', { ...reason, type: 'bool', fieldType: 'booleancheckbox' }],
    ['two options of one value', { ...reason, options: [reason.options[0], { ...reason.options[0], label: 'x' }] }],
    ['no label', { ...reason, label: undefined }],
  ])('%s is refused', async (_what, definition) => {
    expect(await portal.post(`${properties}/contacts`, definition)).toMatchObject({ status: 400, body: { category: 'VALIDATION_ERROR' } });
  });

  test('an option that is taken away is refused from then on, the old value stays', async () => {
    await portal.post(`${properties}/contacts`, reason);
    const { body } = await portal.post(`${objects}/contacts`, { properties: { email: 'a@example.com', [reason.name]: 'bad_fit' } });

    await portal.patch(`${properties}/contacts/${reason.name}`, { options: [reason.options[1]] });

    expect(problemsIn((await portal.post(`${objects}/contacts`, { properties: { email: 'b@example.com', [reason.name]: 'bad_fit' } })).body)).toMatchObject([{ error: 'INVALID_OPTION' }]);
    expect(portal.state.contact(body.id)?.properties[reason.name]).toBe('bad_fit');
  });

  test('batches: create in part, read in part, archive without asking', async () => {
    const made = await portal.post(`${properties}/contacts/batch/create`, { inputs: [reason, { ...reason, name: 'BAD' }] });
    const read = await portal.post(`${properties}/contacts/batch/read`, { archived: false, inputs: [{ name: reason.name }, { name: 'nope' }] });
    const gone = await portal.post(`${properties}/contacts/batch/archive`, { inputs: [{ name: reason.name }, { name: 'nope' }] });

    expect([made.status, read.status, gone.status]).toEqual(family === 'v3' ? [207, 207, 204] : [200, 200, 204]);
    expect([made.body.results.length, made.body.numErrors, read.body.results.length, read.body.numErrors]).toEqual([1, 1, 1, 1]);
    expect((await portal.get(`${properties}/contacts/${reason.name}`)).status).toBe(404);
  });

  test('an archived name comes back by a new create', async () => {
    await portal.post(`${properties}/contacts`, reason);
    await portal.call('DELETE', `${properties}/contacts/${reason.name}`);

    expect((await portal.post(`${properties}/contacts`, reason)).status).toBe(201);
    expect((await portal.get(`${properties}/contacts?archived=true`)).body.results).toEqual([]);
  });

  test("HubSpot's own are not archived, and a group that is in use neither", async () => {
    await portal.post(`${properties}/contacts`, reason);

    expect((await portal.call('DELETE', `${properties}/contacts/email`)).status).toBe(400);
    expect(await portal.call('DELETE', `${properties}/contacts/groups/concord`)).toMatchObject({ status: 400, body: { subCategory: 'PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES' } });
    await portal.call('DELETE', `${properties}/contacts/${reason.name}`);
    expect((await portal.call('DELETE', `${properties}/contacts/groups/concord`)).status).toBe(204);
  });

  test('groups are listed, read and renamed', async () => {
    await portal.patch(`${properties}/contacts/groups/concord`, { label: 'Agreement' });

    expect((await portal.get(`${properties}/contacts/groups/concord`)).body).toEqual({ name: 'concord', label: 'Agreement', displayOrder: -1, archived: false });
    expect((await portal.get(`${properties}/contacts/groups`)).body.results).toHaveLength(2);
    expect((await portal.post(`${properties}/contacts/groups`, { name: 'concord', label: 'x' })).status).toBe(409);
    expect((await portal.get(`${properties}/contacts/groups/nope`)).status).toBe(404);
  });

  test('a unique property: one holder, 10 per object', async () => {
    const unique = (name: string) => ({ name, label: name, groupName: 'concord', type: 'string', fieldType: 'text', hasUniqueValue: true });
    await portal.post(`${properties}/contacts`, unique('u0'));
    const holder = await portal.post(`${objects}/contacts`, { properties: { email: 'a@example.com', u0: 'X' } });

    expect(await portal.post(`${objects}/contacts`, { properties: { email: 'b@example.com', u0: 'X' } })).toMatchObject({
      status: 409,
      body: { message: `Contact already exists. Existing ID: ${holder.body.id}` },
    });
    expect((await portal.get(`${objects}/contacts/X?idProperty=u0`)).body.id).toBe(holder.body.id);
    for (let index = 1; index < 10; index++) expect((await portal.post(`${properties}/contacts`, unique(`u${index}`))).status).toBe(201);
    expect((await portal.post(`${properties}/contacts`, unique('u10'))).status).toBe(400);
  });
});

test('the allowance of custom properties is told and enforced', async () => {
  portal.state.set({ customPropertyLimit: 1 });
  const text = (name: string) => ({ name, label: name, groupName: 'contactinformation', type: 'string', fieldType: 'text' });

  expect((await portal.post('/crm/v3/properties/contacts', text('one'))).status).toBe(201);
  expect((await portal.post('/crm/v3/properties/contacts', text('two'))).status).toBe(400);

  for (const path of ['/crm/v3/limits/custom-properties', '/crm/limits/2026-09/custom-properties']) {
    expect((await portal.get(path)).body).toMatchObject({
      overallUsage: 1,
      overallLimit: 10_000,
      byObjectType: [{ objectTypeId: '0-1', limit: 1, usage: 1, percentage: 1, singularLabel: 'Contact', pluralLabel: 'Contacts' }, { objectTypeId: '0-2' }, { objectTypeId: '0-3' }],
    });
  }
});

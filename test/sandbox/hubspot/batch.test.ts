import { closePortals, families, openPortal, problemsIn, type Body, type Portal } from './support';

let portal: Portal;
beforeEach(async () => {
  portal = await openPortal();
  portal.state.load([
    { id: 10, properties: { email: 'ana@example.com', firstname: 'Ana' } },
    { id: 20, properties: { email: 'bo@example.com', firstname: 'Bo' } },
    { id: 30, properties: { email: 'cy@example.com', firstname: 'Cy' } },
  ]);
});
afterEach(closePortals);

const ids = (body: Body): string[] => body.results.map((record) => record.id);
const first = (id: string): string | undefined => portal.state.contact(id)?.properties['firstname'];

describe('by the real client', () => {
  const { stringify } = JSON;

  test('read by ids: results are in the order of ids, unknown ones are told without an exception', async () => {
    const answer = await portal.client.crm.contacts.batchApi.read({
      inputs: ['30', '99', '10', '98'].map((id) => ({ id })),
      properties: ['email'],
      propertiesWithHistory: [],
    });

    expect(answer.results.map((record) => record.id)).toEqual(['10', '30']);
    expect(answer).toMatchObject({ numErrors: 1, errors: [{ status: 'error', category: 'OBJECT_NOT_FOUND', context: { ids: ['99', '98'] } }] });
  });

  test('create, update, upsert and archive', async () => {
    const { batchApi } = portal.client.crm.contacts;
    portal.state.defineProperty('contacts', { name: 'crm_id', label: 'CRM', type: 'string', fieldType: 'text', groupName: 'contactinformation', hasUniqueValue: true });

    const created = await batchApi.create({ inputs: [{ properties: { email: 'di@example.com', crm_id: 'X1' }, associations: [] }] });
    const updated = await batchApi.update({ inputs: [{ id: '10', properties: { firstname: 'Anna' } }] });
    const upserted = await batchApi.upsert({
      inputs: [
        { id: 'X1', idProperty: 'crm_id', properties: { firstname: 'Di' } },
        { id: 'X2', idProperty: 'crm_id', properties: { email: 'ed@example.com' } },
      ],
    });
    await batchApi.archive({ inputs: [{ id: '20' }, { id: '424242' }] });

    expect(created.results).toHaveLength(1);
    expect(updated.results[0]?.properties['firstname']).toBe('Anna');
    // The client names the flag `_new`.
    const flags = Object.fromEntries(upserted.results.map((record) => [record.properties['crm_id'] ?? stringify(record), record._new]));
    expect(flags).toEqual({ X1: false, X2: true });
    expect(first(created.results[0]?.id ?? '')).toBe('Di');
    expect(portal.state.contact('20')?.archivedAt).not.toBeNull();
    expect(portal.state.counts().contacts).toBe(4);
  });
});

describe.each(families)('on $family', ({ objects, partial, family }) => {
  test('a batch takes at most 100 inputs', async () => {
    const inputs = Array.from({ length: 101 }, (_, index) => ({ id: String(index + 1) }));

    for (const verb of ['read', 'update', 'create', 'upsert', 'archive']) {
      expect((await portal.post(`${objects}/contacts/batch/${verb}`, { inputs })).status).toBe(400);
    }
  });

  test('read by e-mail: idProperty is on top, addresses come back in lower case, missing ones as one error', async () => {
    const { status, body } = await portal.post(`${objects}/contacts/batch/read`, {
      idProperty: 'email',
      properties: ['email'],
      inputs: [{ id: 'BO@example.com' }, { id: 'nobody@example.com' }, { id: 'none@example.com' }],
    });

    expect(status).toBe(partial);
    expect(body).toMatchObject({ status: 'COMPLETE', numErrors: 1, errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['nobody@example.com', 'none@example.com'] } }] });
    expect(body.results).toMatchObject([{ id: '20', properties: { email: 'bo@example.com' } }]);
  });

  test('read of archived records has to ask for them', async () => {
    portal.state.act({ sourceType: 'CRM_UI' }).archive('contacts', '20');
    const inputs = { inputs: [{ id: '10' }, { id: '20' }] };

    expect(ids((await portal.post(`${objects}/contacts/batch/read`, inputs)).body)).toEqual(['10']);
    expect(ids((await portal.post(`${objects}/contacts/batch/read?archived=true`, inputs)).body)).toEqual(['20']);
  });

  test('a body without inputs is a silent no-op', async () => {
    const answer = await portal.post(`${objects}/contacts/batch/update`, [{ id: '10', properties: { firstname: 'X' } }]);

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'COMPLETE', results: [] });
    expect(first('10')).toBe('Ana');
  });

  test('the same record twice fails the whole batch', async () => {
    const { status, body } = await portal.post(`${objects}/contacts/batch/update`, {
      inputs: [
        { id: '10', properties: { firstname: 'X' }, objectWriteTraceId: 'a' },
        { id: '20', properties: { firstname: 'Y' }, objectWriteTraceId: 'b' },
        { id: '10', properties: { lastname: 'Z' }, objectWriteTraceId: 'c' },
      ],
    });

    expect(status).toBe(400);
    expect(body).toMatchObject({ category: 'VALIDATION_ERROR', message: expect.stringContaining('Duplicate IDs found in batch input: [10]'), context: { ids: ['10'] } });
    expect(first('20')).toBe('Bo');
  });

  test('without trace ids one bad value fails the whole batch', async () => {
    const { status, body } = await portal.post(`${objects}/contacts/batch/update`, {
      inputs: [
        { id: '10', properties: { firstname: 'X' } },
        { id: '20', properties: { hs_lead_status: 'nonsense' } },
      ],
    });

    expect(status).toBe(400);
    expect(problemsIn(body)).toMatchObject([{ name: 'hs_lead_status', error: 'INVALID_OPTION' }]);
    expect(first('10')).toBe('Ana');
  });

  test.each([
    ['some inputs without', [{ objectWriteTraceId: 'a' }, {}]],
    ['the same one twice', [{ objectWriteTraceId: 'a' }, { objectWriteTraceId: 'a' }]],
  ])('trace ids with %s do not help', async (_what, [one, other]) => {
    const answer = await portal.post(`${objects}/contacts/batch/update`, {
      inputs: [
        { id: '10', properties: { firstname: 'X' }, ...one },
        { id: '20', properties: { hs_lead_status: 'nonsense' }, ...other },
      ],
    });

    expect(answer.status).toBe(400);
    expect(first('10')).toBe('Ana');
  });

  test('with a trace id on every input the good ones go through', async () => {
    const { status, body } = await portal.post(`${objects}/contacts/batch/update`, {
      inputs: [
        { id: '10', properties: { firstname: 'X' }, objectWriteTraceId: 'row-1' },
        { id: '20', properties: { hs_lead_status: 'nonsense' }, objectWriteTraceId: 'row-2' },
        { id: '30', properties: { email: 'ana@example.com' }, objectWriteTraceId: 'row-3' },
        { id: '99', properties: { firstname: 'Y' }, objectWriteTraceId: 'row-4' },
      ],
    });

    expect(status).toBe(partial);
    expect(body.results).toMatchObject([{ id: '10', objectWriteTraceId: 'row-1', properties: { firstname: 'X' } }]);
    expect(body.numErrors).toBe(3);
    expect(body.errors).toMatchObject([
      { status: 'error', category: 'VALIDATION_ERROR', message: expect.stringContaining('INVALID_OPTION'), context: { objectWriteTraceId: ['row-2'] } },
      { status: 'error', category: 'CONFLICT', message: expect.stringContaining('Existing ID: 10'), context: { objectWriteTraceId: ['row-3'] } },
      { status: 'error', category: 'OBJECT_NOT_FOUND', context: { ids: ['99'] } },
    ]);
    expect(first('10')).toBe('X');
    expect(first('20')).toBe('Bo');
  });

  test('create: two taken addresses without trace ids name only the first, nothing is made', async () => {
    const { status, body } = await portal.post(`${objects}/contacts/batch/create`, {
      inputs: [{ properties: { email: 'new@example.com' } }, { properties: { email: 'ana@example.com' } }, { properties: { email: 'bo@example.com' } }],
    });

    expect(status).toBe(409);
    expect(body).toMatchObject({ category: 'CONFLICT', message: 'Contact already exists. Existing ID: 10' });
    expect(portal.state.byEmail('new@example.com')).toBeUndefined();
  });

  test('create: partial failure with trace ids, and the success status without failures', async () => {
    const inputs = [
      { properties: { email: 'new@example.com' }, objectWriteTraceId: 'a' },
      { properties: { email: 'ana@example.com' }, objectWriteTraceId: 'b' },
    ];

    const mixed = await portal.post(`${objects}/contacts/batch/create`, { inputs });
    const whole = await portal.post(`${objects}/contacts/batch/create`, { inputs: [{ properties: { email: 'other@example.com' } }] });

    expect(mixed.status).toBe(family === 'v3' ? 207 : 201);
    expect(mixed.body.errors).toMatchObject([{ category: 'CONFLICT', context: { objectWriteTraceId: ['b'] } }]);
    expect(whole).toMatchObject({ status: 201, body: { status: 'COMPLETE' } });
    expect(whole.body.numErrors).toBeUndefined();
    expect(portal.state.byEmail('new@example.com')).toBeDefined();
  });

  test('update with an address in the place of the id answers success and changes nothing', async () => {
    const answer = await portal.post(`${objects}/contacts/batch/update`, { inputs: [{ id: 'ana@example.com', properties: { firstname: 'X' } }] });

    expect(answer).toMatchObject({ status: 200, body: { status: 'COMPLETE', results: [] } });
    expect(answer.body.errors).toBeUndefined();
    expect(first('10')).toBe('Ana');
  });

  test.each(['email', 'hs_object_id', 'firstname'])('update by idProperty %s is refused', async (idProperty) => {
    const { status, body } = await portal.post(`${objects}/contacts/batch/update`, { inputs: [{ id: '10', idProperty, properties: { firstname: 'X' } }] });

    expect(status).toBe(400);
    expect(body.message).toMatch(/^Unable to perform .*update\/upsert by non-unique 0-1 property/);
  });

  test('upsert by e-mail and by a unique property; the same record through both fails the batch', async () => {
    portal.state.defineProperty('contacts', { name: 'crm_id', label: 'CRM', type: 'string', fieldType: 'text', groupName: 'contactinformation', hasUniqueValue: true });
    await portal.patch(`${objects}/contacts/10`, { properties: { crm_id: 'X1' } });

    const both = await portal.post(`${objects}/contacts/batch/upsert`, {
      inputs: [
        { id: 'Ana@example.com', idProperty: 'email', properties: { firstname: 'X' } },
        { id: 'X1', idProperty: 'crm_id', properties: { firstname: 'Y' } },
      ],
    });
    const byMail = await portal.post(`${objects}/contacts/batch/upsert`, {
      inputs: [
        { id: 'Ana@example.com', idProperty: 'email', properties: { firstname: 'X' } },
        { id: 'New@example.com', idProperty: 'email', properties: { firstname: 'Y' } },
      ],
    });

    expect(both).toMatchObject({ status: 400, body: { context: { ids: ['10'] } } });
    expect(byMail.status).toBe(200);
    expect(byMail.body.results.map((record) => [record.properties.email, record.new]).sort()).toEqual([
      ['ana@example.com', false],
      ['new@example.com', true],
    ]);
  });

  test.each([
    ['companies', 'domain'],
    ['companies', 'name'],
    ['deals', 'dealname'],
  ])('upsert of %s by %s is refused as not unique', async (type, idProperty) => {
    expect((await portal.post(`${objects}/${type}/batch/upsert`, { inputs: [{ id: 'x', idProperty, properties: {} }] })).status).toBe(400);
  });

  test('merged-away ids drop out of an update without an error, and come back as the survivor from a read', async () => {
    const merged = portal.state.act({ sourceType: 'CRM_UI' }).merge('contacts', '10', '20');

    const update = await portal.post(`${objects}/contacts/batch/update`, { inputs: [{ id: '20', properties: { firstname: 'X' } }, { id: '30', properties: { firstname: 'Y' } }] });
    const read = await portal.post(`${objects}/contacts/batch/read`, { properties: ['hs_merged_object_ids'], inputs: [{ id: '10' }, { id: '20' }] });

    expect(update.status).toBe(200);
    expect(ids(update.body)).toEqual(['30']);
    expect(update.body.errors).toBeUndefined();
    expect(first(merged.id)).toBe('Ana');
    expect(read.status).toBe(200);
    expect(read.body.results).toMatchObject([{ id: merged.id, properties: { hs_merged_object_ids: '10;20' } }]);
  });

  test('a body that is no JSON, or not said to be, is refused', async () => {
    expect((await portal.post(`${objects}/contacts/batch/read`, '{"inputs": [')).status).toBe(400);
    expect((await portal.call('POST', `${objects}/contacts/batch/read`, '{}', { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

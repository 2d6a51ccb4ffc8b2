import { AssociationTypes } from '@hubspot/api-client';
import { closePortals, openPortal, type Portal } from './support';

let portal: Portal;
let contact: string;
let company: string;
let other: string;
let deal: string;
beforeEach(async () => {
  portal = await openPortal();
  const ui = portal.state.act({ sourceType: 'CRM_UI' });
  contact = ui.create('contacts', { email: 'ana@example.com' }).id;
  company = ui.create('companies', { name: 'Acme' }).id;
  other = ui.create('companies', { name: 'Globex' }).id;
  deal = ui.create('deals', { dealname: 'One', dealstage: 'contractsent' }).id;
});
afterEach(closePortals);

const hubspot = (associationTypeId: number) => ({ associationCategory: 'HUBSPOT_DEFINED', associationTypeId });
const typesBetween = async (from: string, id: string, to: string): Promise<Record<string, number[]>> => {
  const { body } = await portal.get(`/crm/v4/objects/${from}/${id}/associations/${to}`);
  return Object.fromEntries(body.results.map((row) => [row.toObjectId, row.associationTypes.map((type) => type.typeId).sort()]));
};

describe('by the real client', () => {
  test('default, labelled, read and archive', async () => {
    const { basicApi, batchApi } = portal.client.crm.associations.v4;

    const made = await basicApi.createDefault('contacts', contact, 'companies', company);
    const primary = await basicApi.create('contacts', contact, 'companies', other, [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: AssociationTypes.primaryContactToCompany }]);
    const page = await basicApi.getPage('contacts', contact, 'companies');
    const batch = await batchApi.getPage('companies', 'contacts', { inputs: [{ id: company }] });
    await basicApi.archive('contacts', contact, 'companies', company);

    expect(made.results.map((result) => result.associationSpec.associationTypeId)).toEqual([279, 280]);
    expect(primary).toMatchObject({ fromObjectId: contact, toObjectId: other, fromObjectTypeId: '0-1', toObjectTypeId: '0-2', labels: ['Primary'] });
    expect(page.results.map((row) => [String(row.toObjectId), row.associationTypes.map((type) => type.typeId)])).toEqual([
      [company, [279]],
      [other, [1, 279]],
    ]);
    expect(batch.results).toMatchObject([{ _from: { id: company }, to: [{ toObjectId: Number(contact) }] }]);
    expect(portal.state.associated('contacts', contact, 'companies')).toEqual([other]);
  });

  test('a note is made on a contact and found from it', async () => {
    const note = await portal.client.crm.objects.notes.basicApi.create({
      properties: { hs_timestamp: '2026-11-22T09:00:00.000Z', hs_note_body: 'Rejected: bad fit' },
      associations: [{ to: { id: contact }, types: [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: AssociationTypes.noteToContact }] }],
    });

    const listed = await portal.client.crm.objects.notes.basicApi.getById(note.id, ['hs_note_body'], undefined, ['contacts']);

    expect(portal.state.associated('contacts', contact, 'notes')).toEqual([note.id]);
    expect(listed.properties['hs_note_body']).toBe('Rejected: bad fit');
    expect(listed.associations?.['contacts']?.results).toMatchObject([{ id: contact, type: 'note_to_contact' }]);
  });
});

test('the first company is the primary one; another primary takes over; the rollup follows', async () => {
  const put = (id: string, typeId: number) => portal.call('PUT', `/crm/v4/objects/contacts/${contact}/associations/companies/${id}`, [hubspot(typeId)]);

  await put(company, 279);
  expect(await typesBetween('contacts', contact, 'companies')).toEqual({ [company]: [1, 279] });
  expect(portal.state.contact(contact)?.properties['associatedcompanyid']).toBe(company);
  portal.clock.advance(1000);
  await put(other, 1);

  // The company that lost the label has moved, too.
  expect(portal.state.get('companies', company)?.updatedAt).toBe(portal.clock.now());
  expect(await typesBetween('contacts', contact, 'companies')).toEqual({ [company]: [279], [other]: [1, 279] });
  expect(await typesBetween('companies', other, 'contacts')).toEqual({ [contact]: [2, 280] });
  expect(portal.state.contact(contact)?.properties['associatedcompanyid']).toBe(other);
});

test('direction matters, and both ends must exist', async () => {
  const wrong = await portal.call('PUT', `/crm/v4/objects/companies/${company}/associations/contacts/${contact}`, [hubspot(279)]);
  const nobody = await portal.call('PUT', `/crm/v4/objects/contacts/424242/associations/companies/${company}`, [hubspot(279)]);
  const bad = await portal.post('/crm/v3/objects/notes', {
    properties: { hs_timestamp: '2026-11-22T09:00:00Z' },
    associations: [{ to: { id: '424242' }, types: [hubspot(202)] }],
  });

  expect([wrong.status, nobody.status, bad.status]).toEqual([400, 404, 400]);
  expect(portal.state.counts().notes).toBe(0);
});

test('an association moves the modification times although no field of ours changed', async () => {
  portal.clock.advance(5000);

  await portal.call('PUT', `/crm/v4/objects/deals/${deal}/associations/default/contacts/${contact}`);

  const at = Date.parse('2026-11-22T12:00:05Z');
  expect(portal.state.contact(contact)).toMatchObject({ updatedAt: at, properties: { num_associated_deals: '1' } });
  expect(portal.state.get('deals', deal)?.updatedAt).toBe(at);
  await portal.call('PUT', `/crm/v4/objects/deals/${deal}/associations/default/contacts/${contact}`);
  expect(portal.state.contact(contact)?.updatedAt).toBe(at);
});

test('list and get print associations of the objects asked for', async () => {
  portal.state.act({ sourceType: 'CRM_UI' }).associate('contacts', contact, 'companies', company);

  const { body } = await portal.get('/crm/objects/2026-09/contacts?associations=companies,deals');

  expect(body.results[0]?.associations).toEqual({
    companies: { results: [{ id: company, type: 'contact_to_company' }, { id: company, type: 'contact_to_company_unlabeled' }] },
  });
});

describe.each([
  { family: 'v4', base: '/crm/v4/associations', created: 201, archived: 204, partial: 207, idType: 'number' },
  { family: '2026-09', base: '/crm/associations/2026-09', created: 200, archived: 200, partial: 200, idType: 'string' },
])('batches on $family', ({ base, created, archived, partial, idType }) => {
  const input = () => ({ from: { id: contact }, to: { id: company }, types: [hubspot(279)] });

  test('create, read and archive', async () => {
    const made = await portal.post(`${base}/contacts/companies/batch/create`, { inputs: [input()] });
    const read = await portal.post(`${base}/contacts/companies/batch/read`, { inputs: [{ id: contact }] });
    const gone = await portal.post(`${base}/contacts/companies/batch/archive`, { inputs: [{ from: { id: contact }, to: [{ id: company }] }] });

    expect(made.status).toBe(created);
    expect(made.body.results).toMatchObject([{ fromObjectId: contact, toObjectId: company }]);
    expect(read.status).toBe(200);
    expect(read.body.results[0]).toMatchObject({
      from: { id: contact },
      to: [{ associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 1, label: 'Primary' }, { category: 'HUBSPOT_DEFINED', typeId: 279, label: null }] }],
    });
    expect(typeof read.body.results[0]?.to[0]?.toObjectId).toBe(idType);
    expect(gone.status).toBe(archived);
    expect(gone.body === undefined).toBe(archived === 204);
    expect(portal.state.associated('contacts', contact, 'companies')).toEqual([]);
  });

  test('a record without any is an error entry, the others are read', async () => {
    await portal.post(`${base}/contacts/companies/batch/create`, { inputs: [input()] });

    const { status, body } = await portal.post(`${base}/contacts/companies/batch/read`, { inputs: [{ id: contact }, { id: '424242' }] });

    expect(status).toBe(partial);
    expect(body.results).toHaveLength(1);
    expect(body).toMatchObject({
      numErrors: 1,
      errors: [{ category: 'OBJECT_NOT_FOUND', subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND', context: { fromObjectId: ['424242'] } }],
    });
  });

  test('one bad input does not stop the others', async () => {
    const { status, body } = await portal.post(`${base}/contacts/companies/batch/create`, { inputs: [input(), { ...input(), to: { id: '424242' } }] });

    expect(status).toBe(created === 201 ? 207 : 200);
    expect(body).toMatchObject({ numErrors: 1, results: [{ toObjectId: company }] });
  });

  test('labels can be taken away alone', async () => {
    await portal.post(`${base}/contacts/companies/batch/create`, { inputs: [input()] });

    await portal.post(`${base}/contacts/companies/batch/labels/archive`, { inputs: [{ ...input(), types: [hubspot(1)] }] });

    expect(await typesBetween('contacts', contact, 'companies')).toEqual({ [company]: [279] });
  });

  test('2,000 inputs to create, 1,000 to read, 100 to archive', async () => {
    const many = (count: number, make: (index: number) => object) => ({ inputs: Array.from({ length: count }, (_, index) => make(index)) });
    const archive = (index: number) => ({ from: { id: String(index) }, to: [{ id: company }] });

    expect((await portal.post(`${base}/contacts/companies/batch/create`, many(2001, input))).status).toBe(400);
    expect((await portal.post(`${base}/contacts/companies/batch/read`, many(1001, (index) => ({ id: String(index) })))).status).toBe(400);
    expect((await portal.post(`${base}/contacts/companies/batch/archive`, many(101, archive))).status).toBe(400);
  });
});

test("one record's associations are read by GET on numbered paths only", async () => {
  portal.state.act({ sourceType: 'CRM_UI' }).associate('contacts', contact, 'companies', company);

  expect((await portal.get(`/crm/v4/objects/contacts/${contact}/associations/companies`)).status).toBe(200);
  expect((await portal.get(`/crm/objects/2026-09/contacts/${contact}/associations/companies`)).status).toBe(404);
  expect((await portal.call('PUT', `/crm/objects/2026-09/contacts/${contact}/associations/default/companies/${other}`)).status).toBe(200);
});

test('long lists of associations are paged', async () => {
  const ui = portal.state.act({ sourceType: 'CRM_UI' });
  for (let index = 0; index < 5; index++) ui.create('notes', { hs_timestamp: '2026-11-22T09:00:00Z', hs_note_body: String(index) }, [{ to: 'contacts', id: contact }]);

  const first = await portal.get(`/crm/v4/objects/contacts/${contact}/associations/notes?limit=3`);
  const second = await portal.get(`/crm/v4/objects/contacts/${contact}/associations/notes?limit=3&after=${first.body.paging.next.after}`);

  expect([first.body.results.length, second.body.results.length, second.body.paging]).toEqual([3, 2, undefined]);
});

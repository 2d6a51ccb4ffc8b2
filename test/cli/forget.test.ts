import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openPlace, type Place } from './support';

/* What RevOps decides about people: which records are one human (I8), and who is to be forgotten. Each test goes on where the one before it ended. */

describe('link and forget', () => {
  let place: Place;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    place = await openPlace();
    const marketer = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
    const rep = place.sandbox.salesforce.state.act(place.rep);
    ids['ana'] = marketer.create('contacts', { email: 'ana.secreta@cliente.example', firstname: 'Anastasia', lastname: 'Pazzolini', company: 'Cliente SA', country: 'Mexico', phone: '+52 55 9876 5432', lifecyclestage: 'lead' }).id;
    ids['lead'] = String(rep.create('Lead', { FirstName: 'Anastasia', LastName: 'Pazzolini', Company: 'Cliente SA', Email: 'ana.secreta@cliente.example', Country: 'Mexico', Phone: '+52 55 9876 5432' }));
    // One e-mail under clearly different people: nobody may guess (I8).
    ids['box'] = marketer.create('contacts', { email: 'ventas@buzon.example', firstname: 'Carla', lastname: 'Ruiz', company: 'Buzón', country: 'Mexico', lifecyclestage: 'lead' }).id;
    ids['boxLead'] = String(rep.create('Lead', { FirstName: 'Tomas', LastName: 'Vega', Company: 'Buzón', Email: 'ventas@buzon.example', Country: 'Mexico' }));
    await place.settle();
    await place.document('sync', 0, ['sync', '--allow-large-change']);
  });
  afterAll(() => place.close());

  test('an ambiguous person is held with the candidates, and nothing is written (I8)', async () => {
    const held = await place.document('explain', 0, ['explain', ids['box'] as string]);
    expect(held['held']).not.toBeNull();
    expect(held['records']?.map((record) => record['id']).sort()).toEqual([ids['box'], ids['boxLead']].sort());
    expect(place.sandbox.hubspot.state.contact(ids['box'] as string)?.properties['concord_stage']).toBeUndefined();
    const told = await place.concord(['explain', 'ventas@buzon.example']);
    expect(told.stdout).toContain('Nothing is written until RevOps picks');
    expect(await place.document('report-parity', 0, ['report', 'parity'])).toMatchObject({ disagreements: [{ hubspot: null, reason: 'held', candidates: expect.arrayContaining([`hubspot:contact:${ids['box'] ?? ''}`, `salesforce:lead:${ids['boxLead'] ?? ''}`]) }] });
  });

  test('link: RevOps picks, and the next run acts on it', async () => {
    expect(await place.document('link', 0, ['link', ids['box'] as string, ids['boxLead'] as string])).toEqual({ linked: { hubspot: ids['box'], salesforce: `salesforce:lead:${ids['boxLead'] ?? ''}` } });
    await place.document('sync', 0, ['sync']);
    expect(place.sandbox.hubspot.state.contact(ids['box'] as string)?.properties['concord_stage']).toBe('lead');
    expect(await place.document('explain', 0, ['explain', ids['boxLead'] as string])).toMatchObject({ held: null, person: { hubspot: ids['box'], salesforce: ids['boxLead'] } });
  });

  test('link: an id that no run has read is exit 2', async () => {
    expect(await place.document('error', 2, ['link', '999999', ids['boxLead'] as string])).toMatchObject({ error: { code: 'unknown_record', where: 'HubSpot contact 999999' } });
    expect(await place.document('error', 2, ['link', ids['box'] as string, '00QWs000000Fake'])).toMatchObject({ error: { code: 'unknown_record' } });
    expect((await place.concord(['link', ids['box'] as string])).code).toBe(2);
  });

  const everything = (): Buffer => Buffer.concat(readdirSync(join(place.folder, 'data')).map((file) => readFileSync(join(place.folder, 'data', file))));
  const traces = ['ana.secreta', 'Anastasia', 'Pazzolini', '9876 5432'];

  test('forget without --yes only says what it would do', async () => {
    expect(await place.document('forget', 0, ['forget', 'ana.secreta@cliente.example'])).toEqual({ forgotten: false, records: 2 });
    expect(traces.filter((trace) => everything().includes(trace))).not.toEqual([]);
  });

  test('forget --yes: no byte of the database names the person any more', async () => {
    const before = place.sandbox.hubspot.state.contact(ids['ana'] as string)?.properties;
    expect(await place.document('forget', 0, ['forget', 'ana.secreta@cliente.example', '--yes'])).toEqual({ forgotten: true, records: 2 });
    expect(traces.filter((trace) => everything().includes(trace))).toEqual([]);
    expect(place.sandbox.hubspot.state.contact(ids['ana'] as string)?.properties).toEqual(before);
    expect(await place.document('error', 2, ['explain', 'ana.secreta@cliente.example'])).toMatchObject({ error: { code: 'unknown_person' } });
    expect(await place.document('error', 2, ['forget', 'ana.secreta@cliente.example', '--yes'])).toMatchObject({ error: { code: 'unknown_person' } });
  });

  test('no run stores or recreates the forgotten, also when their records change or come back under a new id', async () => {
    place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', ids['ana'] as string, { lifecyclestage: 'marketingqualifiedlead', jobtitle: 'CEO' });
    place.sandbox.salesforce.state.act(place.rep).create('Lead', { FirstName: 'Anastasia', LastName: 'Pazzolini', Company: 'Cliente SA', Email: 'Ana.Secreta@cliente.example', Country: 'Mexico' });
    await place.settle();
    const leads = place.sandbox.salesforce.state.counts()['Lead'];
    const contacts = place.sandbox.hubspot.state.counts().contacts;
    for (const args of [['sync'], ['sync', '--full']]) await place.document('sync', 0, args);
    expect(await place.document('error', 2, ['sync', '--only', 'ana.secreta@cliente.example'])).toMatchObject({ error: { code: 'unknown_person' } });
    expect([place.sandbox.salesforce.state.counts()['Lead'], place.sandbox.hubspot.state.counts().contacts]).toEqual([leads, contacts]);
    expect(traces.filter((trace) => everything().toString('latin1').toLowerCase().includes(trace.toLowerCase()))).toEqual([]);
  });
});

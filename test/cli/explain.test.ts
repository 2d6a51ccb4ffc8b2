import { openPlace, type Place } from './support';

/* What `explain` says of a person whose records have met a fate in their CRM. */

describe('explain', () => {
  let place: Place;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    place = await openPlace();
    const marketer = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
    const rep = place.sandbox.salesforce.state.act(place.rep);
    ids['eva'] = marketer.create('contacts', { email: 'eva@cliente.example', firstname: 'Eva', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'marketingqualifiedlead' }).id;
    ids['evaLead'] = String(rep.create('Lead', { FirstName: 'Eva', LastName: 'Paz', Company: 'Cliente SA', Email: 'eva@cliente.example', Country: 'Mexico' }));
    ids['nameless'] = String(rep.create('Lead', { FirstName: 'Sin', LastName: 'Correo', Company: 'Cliente SA' }));
    ids['old'] = marketer.create('contacts', { email: 'aaa.vieja@cliente.example', firstname: 'Vieja', lastname: 'Mora', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' }).id;
    ids['fresh'] = marketer.create('contacts', { email: 'nueva@cliente.example', firstname: 'Nueva', lastname: 'Mora', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' }).id;
    await place.settle();
    await place.document('sync', 0, ['sync', '--allow-large-change']);
    marketer.merge('contacts', ids['fresh'], ids['old']);
    rep.delete('Lead', ids['evaLead']);
    await place.settle();
    ids['run'] = String((await place.document('sync', 0, ['sync']))['run']);
  });
  afterAll(() => place.close());

  test('a record that is skipped: that it is known, and why it is nobody’s (I6)', async () => {
    const id = ids['nameless'] as string;
    expect(await place.document('error', 2, ['explain', id])).toMatchObject({ error: { code: 'unknown_person', message: expect.stringMatching(new RegExp(`^salesforce:lead:${id} is known and skipped: it has no e-mail.*\\(I6\\)`)), remedy: expect.stringContaining('e-mail') } });
  });

  test('after a merge the person is called by the contact that lives, not by the one that was merged away (I3)', async () => {
    const told = (await place.concord(['explain', ids['old'] as string])).stdout;
    expect(told.split('\n')[0]).toMatch(/^nueva@cliente\.example: Lead/);
  });

  test('a lead that was deleted: which, in which CRM, seen when (I5)', async () => {
    const document = await place.document('explain', 0, ['explain', 'eva@cliente.example']);
    expect(document).toMatchObject({ ended: [{ crm: 'salesforce', records: [`salesforce:lead:${ids['evaLead'] ?? ''}`], seen_at: expect.stringMatching(/^20/) }], disagreement: 'deleted' });
    expect(document['writes']?.[0]).toMatchObject({ run: ids['run'], changes: expect.arrayContaining([expect.objectContaining({ field: 'concord_salesforce_url', after: 'deleted', rule: 'I5' })]) });
    const told = (await place.concord(['explain', 'eva@cliente.example'])).stdout;
    expect(told).toMatch(new RegExp(`deleted in Salesforce: ${ids['evaLead'] ?? ''}, seen 20.*nothing makes the record again`));
    expect(told).toContain('the CRMs do not agree: deleted');
  });
});

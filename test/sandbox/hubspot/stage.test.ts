import { closePortals, openPortal, start, type Portal } from './support';

let portal: Portal;
beforeEach(async () => {
  portal = await openPortal();
});
afterEach(closePortals);

function contact(lifecyclestage: string): string {
  return portal.state.act({ sourceType: 'IMPORT' }).create('contacts', { email: 'ana@example.com', lifecyclestage }).id;
}
const stageOf = (id: string): string | undefined => portal.state.contact(id)?.properties['lifecyclestage'];
const write = (id: string, lifecyclestage: string) => portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { lifecyclestage } });

describe('L8 an API write moves the stage forward only', () => {
  test('forward is taken', async () => {
    const id = contact('lead');

    expect((await write(id, 'salesqualifiedlead')).status).toBe(200);
    expect(stageOf(id)).toBe('salesqualifiedlead');
  });

  test('backward is answered 200 and ignored, without a trace', async () => {
    const id = contact('customer');
    portal.clock.advance(1000);

    const { status, body } = await write(id, 'lead');

    expect({ status, stage: body.properties.lifecyclestage, updatedAt: body.updatedAt }).toEqual({ status: 200, stage: 'customer', updatedAt: '2026-11-22T12:00:00.000Z' });
    expect(portal.state.history('contacts', id, 'lifecyclestage')).toHaveLength(1);
  });

  test('the rest of an ignored write is done', async () => {
    const id = contact('customer');

    await portal.patch(`/crm/v3/objects/contacts/${id}`, { properties: { lifecyclestage: 'lead', jobtitle: 'CFO' } });

    expect(portal.state.contact(id)?.properties).toMatchObject({ lifecyclestage: 'customer', jobtitle: 'CFO' });
  });

  test('backward by clear, then set, in two requests', async () => {
    const id = contact('customer');

    await write(id, '');
    const between = stageOf(id);
    await write(id, 'lead');

    expect(between).toBeUndefined();
    expect(stageOf(id)).toBe('lead');
  });

  test('a portal can refuse it or accept it instead', async () => {
    const id = contact('customer');

    portal.state.set({ backwardStage: 'refuse' });
    const refused = await write(id, 'lead');
    portal.state.set({ backwardStage: 'accept' });
    const accepted = await write(id, 'lead');

    expect(refused.status).toBe(400);
    expect(accepted.body.properties.lifecyclestage).toBe('lead');
  });

  test('the order is the one of the options, custom stages included', async () => {
    const { body } = await portal.get('/crm/v3/properties/contacts/lifecyclestage');
    const options = [...body.options, { label: 'Recycled', value: '81234567', displayOrder: 1.5, hidden: false }];
    expect((await portal.patch('/crm/v3/properties/contacts/lifecyclestage', { options })).status).toBe(200);
    const id = contact('lead');

    await write(id, '81234567');
    expect(stageOf(id)).toBe('81234567');
    await write(id, 'marketingqualifiedlead');
    await write(id, '81234567');

    expect(stageOf(id)).toBe('marketingqualifiedlead');
    expect(portal.state.contact(id)?.properties['hs_v2_date_entered_81234567']).toBe('2026-11-22T12:00:00Z');
  });

  test('companies have the same rule', async () => {
    const { id } = portal.state.act({ sourceType: 'IMPORT' }).create('companies', { name: 'Acme', lifecyclestage: 'customer' });

    const { body } = await portal.patch(`/crm/v3/objects/companies/${id}`, { properties: { lifecyclestage: 'lead' } });

    expect(body.properties.lifecyclestage).toBe('customer');
  });
});

test('a person in the UI may pick an earlier stage: HubSpot clears and sets', () => {
  const id = contact('customer');
  portal.clock.advance(1000);

  portal.state.act({ sourceType: 'CRM_UI', userId: 5 }).update('contacts', id, { lifecyclestage: 'lead' });

  expect(portal.state.history('contacts', id, 'lifecyclestage').map((entry) => [entry.value, entry.sourceType])).toEqual([
    ['lead', 'CRM_UI'],
    ['', 'CRM_UI'],
    ['customer', 'IMPORT'],
  ]);
});

test.each(['AUTOMATION_PLATFORM', 'SALESFORCE', 'FORM'])('%s never moves it back, even where the API may', (sourceType) => {
  portal.state.set({ backwardStage: 'accept' });
  const id = contact('opportunity');

  portal.state.act({ sourceType }).update('contacts', id, { lifecyclestage: 'lead' });

  expect(stageOf(id)).toBe('opportunity');
});

test('a contact made without a stage gets the default one, or none where the portal has none', async () => {
  const made = await portal.post('/crm/v3/objects/contacts', { properties: { email: 'a@example.com' } });
  portal.state.set({ defaultLifecycleStage: null });
  const bare = await portal.post('/crm/v3/objects/contacts', { properties: { email: 'b@example.com' } });

  expect(stageOf(made.body.id)).toBe('lead');
  expect(stageOf(bare.body.id)).toBeUndefined();
});

test('timing properties hold the latest entry and exit', () => {
  const ui = portal.state.act({ sourceType: 'CRM_UI' });
  const id = contact('lead');
  portal.clock.advance(1000);
  ui.update('contacts', id, { lifecyclestage: 'marketingqualifiedlead' });
  portal.clock.advance(1000);
  ui.update('contacts', id, { lifecyclestage: 'lead' });
  portal.clock.advance(1000);
  ui.update('contacts', id, { lifecyclestage: 'marketingqualifiedlead' });

  expect(portal.state.contact(id)?.properties).toMatchObject({
    hs_v2_date_entered_lead: '2026-11-22T12:00:02Z',
    hs_v2_date_exited_lead: '2026-11-22T12:00:03Z',
    hs_v2_date_entered_marketingqualifiedlead: '2026-11-22T12:00:03Z',
    hs_v2_date_exited_marketingqualifiedlead: '2026-11-22T12:00:02Z',
    hs_lifecyclestage_marketingqualifiedlead_date: '2026-11-22T12:00:03Z',
    hs_v2_date_entered_current_stage: '2026-11-22T12:00:03Z',
  });
  expect(start).toBe(Date.parse('2026-11-22T12:00:00Z'));
});

describe("HubSpot's own automations, off unless switched on", () => {
  function world(): { contactId: string; companyId: string } {
    const ui = portal.state.act({ sourceType: 'CRM_UI' });
    const companyId = ui.create('companies', { name: 'Acme' }).id;
    const contactId = ui.create('contacts', { email: 'ana@example.com', lifecyclestage: 'lead' }, [{ to: 'companies', id: companyId }]).id;
    return { contactId, companyId };
  }

  test('off: company and deal change nobody', () => {
    const { contactId, companyId } = world();
    const ui = portal.state.act({ sourceType: 'CRM_UI' });

    ui.update('companies', companyId, { lifecyclestage: 'customer' });
    ui.create('deals', { dealname: 'One', dealstage: 'closedwon' }, [{ to: 'contacts', id: contactId }]);

    expect(stageOf(contactId)).toBe('lead');
  });

  test('the company stage is copied to its contacts, never backwards', () => {
    portal.state.set({ automations: { companyToContacts: true, dealCreated: false, dealWon: false } });
    const { contactId, companyId } = world();
    const ui = portal.state.act({ sourceType: 'CRM_UI' });

    ui.update('companies', companyId, { lifecyclestage: 'opportunity' });
    expect(stageOf(contactId)).toBe('opportunity');
    ui.update('companies', companyId, { lifecyclestage: 'lead' });

    expect(stageOf(contactId)).toBe('opportunity');
    expect(portal.state.history('contacts', contactId, 'lifecyclestage')[0]).toMatchObject({ value: 'opportunity', sourceType: 'COMPANIES' });
  });

  test('a deal makes its contacts opportunities, a won one customers, whether associated at once or later', async () => {
    portal.state.set({ automations: { companyToContacts: false, dealCreated: true, dealWon: true } });
    const { contactId, companyId } = world();

    const deal = await portal.client.crm.deals.basicApi.create({ properties: { dealname: 'One', dealstage: 'contractsent' }, associations: [] });
    expect(stageOf(contactId)).toBe('lead');
    await portal.client.crm.associations.v4.basicApi.createDefault('deals', deal.id, 'contacts', contactId);
    expect(stageOf(contactId)).toBe('opportunity');
    portal.state.act({ sourceType: 'CRM_UI' }).associate('deals', deal.id, 'companies', companyId);
    await portal.client.crm.deals.basicApi.update(deal.id, { properties: { dealstage: 'closedwon' } });

    expect(stageOf(contactId)).toBe('customer');
    expect(portal.state.get('companies', companyId)?.properties['lifecyclestage']).toBe('customer');
    expect(portal.state.get('deals', deal.id)?.properties).toMatchObject({ hs_is_closed: 'true', hs_is_closed_won: 'true' });
  });
});

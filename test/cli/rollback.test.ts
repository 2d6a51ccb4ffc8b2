import { editAgreement, openPlace, type Place } from './support';

/* W9 with the command line: a run that should not have been, undone, held, and given back. Each test goes on where the one before it ended. */

describe('rollback and release', () => {
  let place: Place;
  let contact: string;
  let sales: string;
  let run: string;
  beforeAll(async () => {
    place = await openPlace();
    const rep = place.sandbox.salesforce.state.act(place.rep);
    const marketer = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
    contact = marketer.create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'marketingqualifiedlead' }).id;
    const lead = String(rep.create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: 'ana@cliente.example', Country: 'Mexico' }));
    await place.settle();
    await place.document('sync', 0, ['sync', '--allow-large-change']);
    sales = rep.convertLead({ leadId: lead, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true }).contactId;
    await place.settle();
    run = String((await place.document('sync', 0, ['sync']))['run']);
  });
  afterAll(() => place.close());

  const properties = (): Record<string, string> => place.sandbox.hubspot.state.contact(contact)?.properties ?? {};
  const salesRecord = (): Record<string, unknown> => place.sandbox.salesforce.state.record('Contact', sales) ?? {};

  test('without --yes only the plan is made: what would go back, in words and as JSON', async () => {
    expect(properties()).toMatchObject({ concord_stage: 'sql', lifecyclestage: 'salesqualifiedlead' });
    const plan = await place.document('rollback', 0, ['rollback', run]);
    expect(plan).toMatchObject({ status: 'planned', undoes: run, planned: 2, writes: null, left: [] });
    expect(plan['changes']?.find((change) => change['id'] === contact && change['field'] === 'concord_stage')).toMatchObject({ before: 'sql', after: 'mql', rule: 'W9' });
    const told = await place.concord(['rollback', run]);
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/W9 undoes run[^]*2 records would be put back[^]*add --yes/) });
    expect(properties()['concord_stage']).toBe('sql');
  });

  test('over the guard’s limits: exit 3 and nothing written (W6)', async () => {
    const narrow = editAgreement(place, 'narrow.yaml', (text) => text.replace('share_from: 200', 'share_from: 1'));
    const stopped = await place.document('rollback', 3, ['rollback', run, '--yes', '--agreement', narrow]);
    expect(stopped).toMatchObject({ status: 'stopped', writes: null, stopped_by: [{ limit: 'share' }] });
    expect(properties()['concord_stage']).toBe('sql');
  });

  test('with --yes the values go back, but for what somebody has changed since', async () => {
    place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', contact, { concord_salesforce_url: 'https://by.hand.example' });
    const undone = await place.document('rollback', 0, ['rollback', run, '--yes']);
    expect(undone).toMatchObject({ status: 'ok', planned: 2, writes: { hubspot: { done: 1 }, salesforce: { done: 1 } }, stopped_by: null });
    expect(undone['left']).toContainEqual({ record: `hubspot:contact:${contact}`, field: 'concord_salesforce_url', found: 'https://by.hand.example' });
    expect(properties()).toMatchObject({ concord_stage: 'mql', lifecyclestage: 'marketingqualifiedlead', concord_salesforce_url: 'https://by.hand.example' });
    // The stage that the rep’s conversion carried to the contact.
    expect(salesRecord()).toMatchObject({ Concord_Stage__c: 'mql', Concord_SQL_At__c: null });
    // The value itself may be a person's: the history keeps where, not what.
    const history = await place.document('runs', 0, ['runs', '--limit', '1']);
    expect(JSON.stringify(history)).not.toContain('by.hand.example');
    expect(history['runs']).toMatchObject([{ kind: 'rollback', status: 'ok', summary: { undoes: run } }]);
  });

  test('no run plans again what was rolled back (W9)', async () => {
    await place.settle();
    for (const args of [['sync'], ['sync', '--full']]) {
      const again = await place.document('sync', 0, args);
      expect(again).toMatchObject({ status: 'ok' });
    }
    expect(properties()).toMatchObject({ concord_stage: 'mql', lifecyclestage: 'marketingqualifiedlead' });
    expect(salesRecord()).toMatchObject({ Concord_Stage__c: 'mql' });
    const person = await place.document('explain', 0, ['explain', contact]);
    expect(person['holds']?.map((hold) => hold['field'])).toEqual(expect.arrayContaining(['concord_stage', 'lifecyclestage', 'Concord_Stage__c']));
  });

  test('release by person and field gives one field back, by run all the rest', async () => {
    const one = await place.document('release', 0, ['release', 'ana@cliente.example', 'concord_stage']);
    expect(one).toEqual({ released: 1 });
    await place.document('sync', 0, ['sync']);
    expect(properties()).toMatchObject({ concord_stage: 'sql', lifecyclestage: 'marketingqualifiedlead' });

    const rest = await place.document('release', 0, ['release', run]);
    expect(Number(rest['released'])).toBeGreaterThan(3);
    await place.document('sync', 0, ['sync']);
    expect(properties()).toMatchObject({ concord_stage: 'sql', lifecyclestage: 'salesqualifiedlead' });
    expect(salesRecord()).toMatchObject({ Concord_Stage__c: 'sql' });
    expect(await place.document('release', 0, ['release', run])).toEqual({ released: 0 });
  });

  test('an unknown run or person, or a field that is not held: exit 2', async () => {
    expect(await place.document('error', 2, ['rollback', 'no-such-run'])).toMatchObject({ error: { code: 'unknown_run', where: 'no-such-run' } });
    expect(await place.document('error', 2, ['release', 'nobody@nowhere.example'])).toMatchObject({ error: { code: 'unknown_person' } });
    expect(await place.document('error', 2, ['release', run, 'concord_stage'])).toMatchObject({ error: { code: 'nothing_held', where: 'concord_stage' } });
  });

  test('a rollback that fails is in the history as failed, and the next run goes on', async () => {
    await place.document('error', 2, ['rollback', run, '--yes'], { HUBSPOT_ACCESS_TOKEN: 'pat-na1-00000000-dead-beef-0000-000000000000' });
    expect(await place.document('runs', 0, ['runs', '--limit', '1'])).toMatchObject({ runs: [{ kind: 'rollback', status: 'failed', summary: { error: { code: 'unauthorized' } } }] });
    await place.document('sync', 0, ['sync']);
  });
});

import { cast, DAY, HOUR, MINUTE, openScenario, writesOf, type Scenario } from '../support/scenario';
import { makeReport } from '../../src/report/make';
import { rollback } from '../../src/run/rollback';

/* Merges, deletions, undoing: what happens to records and to what Concord wrote. */

describe('identity and undoing, through real HTTP', () => {
  let s: Scenario;
  beforeEach(async () => {
    s = await openScenario();
  });
  afterEach(async () => {
    await s.close();
  });

  const { ui, rep, person, lead, quiet } = cast(() => s);

  test.each(['new', 'primary'] as const)('two HubSpot contacts merged (%s id): links follow, histories are joined (I3)', async (mergeId) => {
    s.sandbox.hubspot.state.set({ mergeId });
    const first = person('one@merge.example');
    const second = person('two@merge.example', { lifecyclestage: 'marketingqualifiedlead' });
    const one = lead('one@merge.example');
    await s.sync();
    s.pass(DAY);
    ui().merge('contacts', first, second);
    s.pass(MINUTE);
    await s.sync();
    const survivor = s.sandbox.hubspot.state.byEmail('one@merge.example');
    expect(s.sandbox.hubspot.state.byEmail('two@merge.example')?.id).toBe(survivor?.id);
    expect(survivor?.properties['concord_stage']).toBe('mql');
    const told = await s.explain('one@merge.example');
    expect(told.person.hubspotId).toBe(survivor?.id);
    expect(told.records.some((record) => record.ref.id === one)).toBe(true);
    await quiet();
  });

  test('more people held than governed: the parity of the run is 0 %, never less (I8, W11)', async () => {
    person('one@parity.example', { lifecyclestage: 'marketingqualifiedlead' });
    for (const email of ['two@parity.example', 'three@parity.example']) {
      person(email, { firstname: 'Rosa', lastname: 'López' });
      lead(email, { FirstName: 'Ernesto', LastName: 'Quintana' });
    }

    const summary = await s.sync();

    expect(summary.people.ambiguous).toBe(2);
    expect(summary.parity).toEqual({ people: 1, disagree: 2, percent: 0 });
  });

  test('who is held is not decided: no run counts a stage of theirs, however often they are looked at again (I8)', async () => {
    await s.sync();
    const contact = person('held@i8.example', { firstname: 'Rosa', lastname: 'López', lifecyclestage: 'marketingqualifiedlead' });
    lead('held@i8.example', { FirstName: 'Ernesto', LastName: 'Quintana' });
    s.pass(MINUTE);
    const seen = [await s.sync()];
    const { person: row } = await s.explain(contact);
    await s.store.transaction(null, (tx) => tx.enqueue([row.id], 'agreement', s.clock.now()));
    seen.push(await s.sync());
    for (const { people, transitions } of seen) expect({ held: people.ambiguous, transitions }).toEqual({ held: 1, transitions: {} });
    expect((await s.explain(contact)).transitions).toEqual([]);
    // `report parity` names each of whom the debt report counts, the held among them (W11).
    const debt = (await makeReport(s.store, s.agreement, s.clock.now(), 'debt')).sections[0];
    const counted = (id: string): unknown => debt?.rows.find((row) => row.id === id)?.cells['n']?.value;
    expect((await s.store.disagreements(null, 9)).map((each) => each.disagreement)).toEqual(['held']);
    expect([counted('disagreeing'), counted('held')]).toEqual([1, 1]);
  });

  test('who is held stays held when a record of theirs is edited, until RevOps picks (I8)', async () => {
    await s.sync();
    const contact = person('stays@i8.example', { firstname: 'Rosa', lastname: 'López', lifecyclestage: 'marketingqualifiedlead' });
    const other = lead('stays@i8.example', { FirstName: 'Ernesto', LastName: 'Quintana' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(HOUR);
    ui().update('contacts', contact, { phone: '+52 55 9', country: 'Brazil' });
    rep().update('Lead', other, { Phone: '+52 55 8' });
    s.pass(MINUTE);
    await s.sync();
    expect((await s.explain(contact)).person).toMatchObject({ held: expect.stringContaining('clearly different people'), hubspotId: null, salesforceId: null });
    expect([s.contact('stays@i8.example')['concord_stage'], s.lead(other)['Concord_Stage__c']]).toEqual([undefined, null]);
    await quiet();
  });

  test('the losing lead of a Salesforce merge hands its link to the survivor (I3)', async () => {
    person('lm@merge.example', { lifecyclestage: 'marketingqualifiedlead' });
    const loser = lead('lm@merge.example');
    await s.sync();
    s.pass(DAY);
    const master = lead('lm@merge.example', { Phone: '1' });
    rep().merge('Lead', master, [loser]);
    s.pass(MINUTE);
    await s.sync();
    const told = await s.explain('lm@merge.example');
    expect(told.person.salesforceId).toBe(master);
    expect(s.lead(master)).toMatchObject({ Concord_Stage__c: 'mql' });
    expect(s.lead(master)['Concord_HubSpot_Id__c']).toBeTruthy();
    await quiet();
  });

  test('of several leads the survivor of a merge is written, not the duplicate edited last (I3, I4)', async () => {
    person('pin@merge.example', { lifecyclestage: 'marketingqualifiedlead' });
    const loser = lead('pin@merge.example');
    await s.sync();
    s.pass(DAY);
    const duplicate = lead('pin@merge.example', { Phone: '2' });
    const master = lead('pin@merge.example', { Phone: '1' });
    s.pass(MINUTE);
    rep().merge('Lead', master, [loser]);
    s.pass(MINUTE);
    rep().update('Lead', duplicate, { Phone: '3' });
    s.pass(MINUTE);
    await s.sync();
    expect((await s.explain('pin@merge.example')).person.salesforceId).toBe(master);
    expect(s.lead(master)).toMatchObject({ Concord_Stage__c: 'mql' });
    expect(s.lead(duplicate)['Concord_Stage__c']).toBeNull();
    await quiet();
  });

  test.each(['salesforce', 'hubspot'] as const)('a record deleted in %s is not recreated, and the other stays (I5)', async (crm) => {
    const contact = person('gone@del.example', { lifecyclestage: 'marketingqualifiedlead' });
    await s.sync();
    const id = String(s.leadByEmail('gone@del.example')?.['Id'] ?? lead('gone@del.example'));
    s.pass(DAY);
    await s.sync();
    if (crm === 'salesforce') rep().delete('Lead', id);
    else ui().archive('contacts', contact);
    s.pass(DAY);
    await s.sync(crm === 'hubspot' ? { full: true } : {});
    s.pass(DAY);
    await s.sync();
    if (crm === 'salesforce') {
      expect(s.leadByEmail('gone@del.example')).toBeUndefined();
      expect(s.contact('gone@del.example')['email']).toBe('gone@del.example');
    } else {
      expect(s.sandbox.hubspot.state.byEmail('gone@del.example')).toBeUndefined();
      expect(s.lead(id)['Email']).toBe('gone@del.example');
    }
    await quiet();
  });

  test.each(['salesforce', 'hubspot'] as const)('a record deleted in %s: the person is flagged, and listed as a difference (I5, W11)', async (crm) => {
    const contact = person('flag@del.example', { lifecyclestage: 'marketingqualifiedlead' });
    const id = lead('flag@del.example');
    s.pass(MINUTE);
    await s.sync();
    s.pass(DAY);
    await s.sync();
    expect((await s.explain('flag@del.example')).ended).toEqual([]);
    if (crm === 'salesforce') rep().delete('Lead', id);
    else ui().archive('contacts', contact);
    s.pass(DAY);
    const seenAt = s.clock.now();
    const run = await s.sync({ full: true });

    const told = await s.explain('flag@del.example');
    const ref = crm === 'salesforce' ? { crm, object: 'lead', id } : { crm, object: 'contact', id: contact };
    expect(told.ended).toEqual([{ crm, records: [ref], seenAt }]);
    expect(told.person.disagreement).toBe('deleted');
    expect(run.parity).toEqual({ people: 1, disagree: 1, percent: 0 });
    expect((await s.store.waitingPeople('deleted', null, 9)).map((row) => row.id)).toEqual([told.person.id]);
    await quiet();

    // With a record again, whoever made it, they agree.
    s.pass(MINUTE);
    if (crm === 'salesforce') lead('flag@del.example');
    else person('flag@del.example');
    s.pass(DAY);
    await s.sync();
    const again = await s.explain('flag@del.example');
    expect(again.ended).toEqual([]);
    expect(again.person.disagreement).toBeNull();
    await quiet();
  });

  test('deleted while something else is written about the person: they stay on the list (I5, W11)', async () => {
    const contact = person('busy@del.example', { lifecyclestage: 'marketingqualifiedlead' });
    const id = lead('busy@del.example');
    s.pass(MINUTE);
    await s.sync();
    s.pass(DAY);
    rep().delete('Lead', id);
    ui().update('contacts', contact, { hs_lead_status: 'UNQUALIFIED', concord_rejection_reason: 'timing' });
    s.pass(DAY);
    await s.sync();
    expect(s.contact('busy@del.example')['concord_stage']).toBe('recycled');
    expect((await s.explain('busy@del.example')).person.disagreement).toBe('deleted');
    const debt = (await makeReport(s.store, s.agreement, s.clock.now(), 'debt')).sections[0];
    expect(debt?.rows.find((row) => row.id === 'deleted')?.cells['n']).toMatchObject({ value: 1 });
    await quiet();
  });

  test('the contact’s link to a lead that was deleted becomes the word for it, and a link again with the next lead (I5)', async () => {
    person('link@del.example', { lifecyclestage: 'marketingqualifiedlead' });
    const id = lead('link@del.example');
    const link = (): unknown => s.contact('link@del.example')['concord_salesforce_url'];
    s.pass(MINUTE);
    await s.sync();
    expect(link()).toContain(id);
    s.pass(DAY);
    rep().delete('Lead', id);
    s.pass(DAY);
    await s.sync();
    expect(link()).toBe('deleted');
    await quiet();
    const next = lead('link@del.example');
    s.pass(DAY);
    await s.sync();
    expect(link()).toContain(next);
    await quiet();
  });

  test('who was deleted in HubSpot and comes back by a form is the same person: the new contact takes the old one’s place (I5, I8)', async () => {
    const old = person('back@del.example', { lifecyclestage: 'marketingqualifiedlead' });
    const id = lead('back@del.example');
    s.pass(MINUTE);
    await s.sync();
    s.pass(DAY);
    expect(s.lead(id)['Concord_HubSpot_Id__c']).toBe(old);
    ui().archive('contacts', old);
    s.pass(HOUR);
    const fresh = person('back@del.example');
    s.pass(MINUTE);
    await s.sync({ full: true });
    const { person: found } = await s.explain('back@del.example');
    expect(found).toMatchObject({ held: null, hubspotId: fresh, salesforceId: id });
    expect(s.lead(id)['Concord_HubSpot_Id__c']).toBe(fresh);
    expect(s.contact('back@del.example')).toMatchObject({ concord_stage: 'mql', lifecyclestage: 'marketingqualifiedlead' });
    await quiet();
  });

  test('without an e-mail and an id a record is counted and skipped, never guessed at by name (I6)', async () => {
    person('ana@named.example');
    rep().create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA' });
    const run = await s.sync();
    expect(run.people.skipped).toBe(1);
    expect(run.people.matched).toBe(0);
    await quiet();
  });

  test('a run is undone; what was undone is held until it is released (W9)', async () => {
    const id = person('undo@w9.example', { phone: '+1' });
    const sf = lead('undo@w9.example', { Phone: '+1' });
    await s.sync();
    s.pass(DAY);
    ui().update('contacts', id, { phone: '+2' });
    s.pass(MINUTE);
    const wrong = await s.sync();
    expect(s.lead(sf)['Phone']).toBe('+2');
    s.pass(HOUR);
    const undone = await rollback(s.parts, { run: wrong.run, apply: true });
    expect(undone).toMatchObject({ status: 'ok', planned: 1 });
    expect(s.lead(sf)['Phone']).toBe('+1');
    s.pass(HOUR);
    await s.sync();
    expect(s.lead(sf)['Phone']).toBe('+1');
    await quiet();
    const holds = await s.store.holds({ run: wrong.run, limit: 10 });
    expect(holds).toHaveLength(1);
    await s.store.transaction(null, async (tx) => {
      await tx.releaseHolds(holds.map((hold) => hold.id));
      await tx.enqueue(['h' + id], 'released', s.clock.now());
    });
    await s.sync();
    expect([s.lead(sf)['Phone'], s.contact('undo@w9.example')['phone']]).toEqual(['+2', '+2']);
  });

  test('a stage that was rolled back is named as such, and written again once the person has moved on (W9, W11)', async () => {
    const id = person('moved@w9.example');
    await s.sync();
    s.pass(DAY);
    ui().update('contacts', id, { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    const wrong = await s.sync();
    const made = String(s.leadByEmail('moved@w9.example')?.['Id']);
    expect(s.contact('moved@w9.example')).toMatchObject({ concord_stage: 'mql', concord_cycle: '1' });
    s.pass(HOUR);
    expect(await rollback(s.parts, { run: wrong.run, apply: true })).toMatchObject({ status: 'ok', planned: 1 });
    s.pass(HOUR);
    await s.sync();
    expect(s.contact('moved@w9.example')['concord_stage']).toBe('lead');
    expect((await s.explain('moved@w9.example')).person.disagreement).toBe('rolled_back');
    await quiet();
    s.pass(HOUR);
    rep().update('Lead', made, { Status: 'Working - Contacted' });
    s.pass(MINUTE);
    await s.sync();
    // The cycle is the one that was undone: what it was planned on is another story now.
    expect(s.contact('moved@w9.example')).toMatchObject({ concord_stage: 'sal', concord_cycle: '1', hs_lead_status: 'IN_PROGRESS' });
    expect((await s.store.holds({ run: wrong.run, limit: 10 })).map(({ field }) => field)).toEqual(['hs_analytics_source']);
    await quiet();
  });

  test('three syncs over an unedited world: the second writes nothing, the third costs at most five calls a CRM (W2)', async () => {
    for (let index = 0; index < 30; index += 1) person(`p${index}@many.example`, index % 3 === 0 ? { lifecyclestage: 'marketingqualifiedlead' } : {});
    for (let index = 0; index < 30; index += 2) lead(`p${index}@many.example`);
    await s.sync();
    s.pass(MINUTE);
    s.sandbox.hubspot.calls.clear();
    s.sandbox.salesforce.calls.clear();
    await s.sync();
    expect(writesOf(s.sandbox)).toEqual([]);
    s.pass(20 * MINUTE);
    await s.reopen();
    s.sandbox.hubspot.calls.clear();
    s.sandbox.salesforce.calls.clear();
    await s.sync();
    expect({ hubspot: s.sandbox.hubspot.calls.count, salesforce: s.sandbox.salesforce.calls.count }).toEqual({ hubspot: expect.any(Number), salesforce: expect.any(Number) });
    expect(s.sandbox.hubspot.calls.count).toBeLessThanOrEqual(5);
    expect(s.sandbox.salesforce.calls.count).toBeLessThanOrEqual(5);
    expect(writesOf(s.sandbox)).toEqual([]);
  });
});

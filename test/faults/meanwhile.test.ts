import { before, openFaultScene, type FaultScene } from '../support/crashScene';
import { HOUR, MINUTE } from '../support/scenario';

/* Records that others change between the moment a run reads them and the moment it writes them. Every story ends quiet (W2). */

describe('meanwhile, in the CRMs', () => {
  let s: FaultScene;
  beforeEach(async () => {
    s = await openFaultScene();
  });
  afterEach(async () => {
    await s.close();
  });

  const email = 'ana@cliente.example';
  const reject = (lead: string): void => s.salesperson().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'timing', Concord_Rejection_Note__c: 'next year' });

  /** A rep has rejected; the run that carries it to HubSpot is interrupted by `act` before its first write. */
  async function rejectedAnd(act: (ids: { contact: string; lead: string }) => void): Promise<{ contact: string; lead: string }> {
    const ids = await s.handedOver(email);
    reject(ids.lead);
    s.pass(MINUTE);
    s.freshPorts();
    const first = [before(s.parts.hubspot, 'write', () => act(ids)), before(s.parts.salesforce, 'write', () => undefined)];
    await s.sync();
    expect(first[0]?.happened()).toBe(true);
    return ids;
  }

  test('a HubSpot contact is merged into another one: the answer goes on with the survivor (I3)', async () => {
    const other = s.person('ana.paz@cliente.example', { lifecyclestage: 'subscriber' });
    await rejectedAnd(({ contact }) => void s.marketer().merge('contacts', other, contact));
    await s.settle();
    const survivor = s.sandbox.hubspot.state.byEmail(email);
    expect(survivor?.properties).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'timing', concord_rejection_count: '1' });
    expect(s.leadsOf(email)).toMatchObject([{ Concord_HubSpot_Id__c: survivor?.id, Concord_Stage__c: 'recycled' }]);
    expect(s.sandbox.hubspot.state.counts().contacts).toBe(1);
    await s.expectQuiet();
  });

  test('a HubSpot contact is deleted: nobody makes it again, and the lead stays (I5)', async () => {
    const { lead } = await rejectedAnd(({ contact }) => s.marketer().archive('contacts', contact));
    await s.settle();
    expect(s.sandbox.hubspot.state.byEmail(email)).toBeUndefined();
    expect(s.lead(lead)).toMatchObject({ IsDeleted: false, Status: 'Closed - Not Converted' });
    await s.expectQuiet();
    expect(s.sandbox.hubspot.state.counts().contacts).toBe(0);
  });

  test('a marketer edits the contact: theirs stands, and who did it is known (W4, L5)', async () => {
    const { contact } = await s.handedOver(email);
    s.salesperson().update('Lead', String(s.leadByEmail(email)?.['Id']), { Phone: '+52 1', Title: 'Jefa' });
    s.pass(MINUTE);
    s.freshPorts();
    const meanwhile = before(s.parts.hubspot, 'byIds', () => {
      s.pass(MINUTE);
      s.marketer().update('contacts', contact, { phone: '+52 2' });
    });
    const run = await s.sync();
    expect(meanwhile.happened()).toBe(true);
    expect(run).toMatchObject({ status: 'partial', writes: { hubspot: { skipped: 1 } } });
    await s.settle();
    expect(s.contact(email)).toMatchObject({ phone: '+52 2', jobtitle: 'Jefa' });
    expect(s.leadByEmail(email)).toMatchObject({ Phone: '+52 2', Title: 'Jefa' });
    await s.expectQuiet();
  });

  test('a rep rejects while the run writes: the answer is the rep’s, with name and time (W4, L5, F2)', async () => {
    const { contact, lead } = await s.handedOver(email);
    s.marketer().update('contacts', contact, { jobtitle: 'Directora', phone: '+52 9' });
    s.pass(MINUTE);
    s.freshPorts();
    let at = 0;
    const meanwhile = before(s.parts.salesforce, 'byIds', () => {
      s.pass(MINUTE);
      at = s.clock.now();
      reject(lead);
      s.salesperson().update('Lead', lead, { Phone: '+52 10' });
    });
    await s.sync();
    expect(meanwhile.happened()).toBe(true);
    s.pass(HOUR);
    await s.settle();
    expect(s.contact(email)).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'timing', concord_rejected_by: 'Rita Rep', concord_rejection_count: '1' });
    expect(Date.parse(String(s.contact(email)['concord_rejected_at']))).toBe(Math.floor(at / 1000) * 1000);
    await s.expectQuiet();
  });

  test('a rep gives a lead another e-mail while the run writes: it is looked at anew whose lead it is (W4, I1)', async () => {
    const { contact, lead } = await s.handedOver(email);
    s.person('otra@cliente.example');
    s.pass(MINUTE);
    await s.sync();
    s.marketer().update('contacts', contact, { phone: '+52 9' });
    s.pass(MINUTE);
    s.freshPorts();
    const meanwhile = before(s.parts.salesforce, 'byIds', () => {
      s.pass(MINUTE);
      s.salesperson().update('Lead', lead, { Phone: '+52 10', Email: 'otra@cliente.example' });
    });
    await s.sync();
    expect(meanwhile.happened()).toBe(true);
    s.pass(MINUTE);
    await s.attempt();
    // Two contacts claim the lead now: nothing is written until RevOps picks (I8).
    expect((await s.explain('otra@cliente.example')).person.held).toMatch(/2 HubSpot contacts/);
    await s.expectQuiet();
  });

  test('a lead is converted: its contact goes on, the lead is history (I2)', async () => {
    const { contact, lead } = await s.handedOver(email);
    s.marketer().update('contacts', contact, { jobtitle: 'Directora' });
    s.pass(MINUTE);
    s.freshPorts();
    let person = '';
    const meanwhile = before(s.parts.salesforce, 'write', () => {
      s.pass(MINUTE);
      person = s.salesperson().convertLead({ leadId: lead, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true }).contactId;
    });
    await s.sync();
    expect(meanwhile.happened()).toBe(true);
    await s.settle();
    expect(s.sfContact(person)).toMatchObject({ Concord_Stage__c: 'sql', Title: 'Directora' });
    expect(s.contact(email)).toMatchObject({ concord_stage: 'sql', lifecyclestage: 'salesqualifiedlead' });
    expect(s.leadsOf(email).filter((each) => each['IsConverted'] === false)).toEqual([]);
    await s.expectQuiet();
  });

  test('a lead is deleted: nobody makes it again, and the contact stays (I5)', async () => {
    const { contact, lead } = await s.handedOver(email);
    s.marketer().update('contacts', contact, { jobtitle: 'Directora' });
    s.pass(MINUTE);
    s.freshPorts();
    const meanwhile = before(s.parts.salesforce, 'write', () => {
      s.pass(MINUTE);
      s.salesperson().delete('Lead', lead);
    });
    await s.sync();
    expect(meanwhile.happened()).toBe(true);
    await s.settle();
    expect(s.leadsOf(email)).toEqual([]);
    expect(s.contact(email)).toMatchObject({ jobtitle: 'Directora' });
    await s.expectQuiet();
  });

  test('two leads are merged: what was planned for the loser goes to the survivor (I3)', async () => {
    const { contact, lead } = await s.handedOver(email);
    const twin = s.newLead(email);
    s.pass(MINUTE);
    await s.sync();
    s.marketer().update('contacts', contact, { jobtitle: 'Directora' });
    s.pass(MINUTE);
    s.freshPorts();
    const meanwhile = before(s.parts.salesforce, 'write', () => {
      s.pass(MINUTE);
      s.salesperson().merge('Lead', twin, [lead]);
    });
    await s.sync();
    expect(meanwhile.happened()).toBe(true);
    await s.settle();
    expect(s.leadsOf(email)).toMatchObject([{ Id: twin, Title: 'Directora', Concord_Stage__c: 'mql', Concord_HubSpot_Id__c: contact }]);
    await s.expectQuiet();
  });

  test('a contact that the run is about to create comes in by a form: one contact, one lead (W7)', async () => {
    await s.sync();
    s.pass(HOUR);
    s.newLead(email);
    s.pass(MINUTE);
    s.freshPorts();
    const meanwhile = before(s.parts.hubspot, 'write', () => void s.sandbox.hubspot.state.act({ sourceType: 'FORM', sourceId: 'f1' }).create('contacts', { email, firstname: 'Ana', lastname: 'Paz' }));
    await s.sync();
    expect(meanwhile.happened()).toBe(true);
    await s.settle();
    expect(s.sandbox.hubspot.state.counts().contacts).toBe(1);
    expect(s.leadsOf(email)).toMatchObject([{ Concord_HubSpot_Id__c: s.sandbox.hubspot.state.byEmail(email)?.id }]);
    expect(await s.store.deadLetters({ state: 'open', limit: 5 })).toEqual([]);
    await s.expectQuiet();
  });

  test('a rep enters the lead that the run is about to create: both are the person’s, one is written (I4)', async () => {
    await s.sync();
    s.pass(HOUR);
    s.person(email, { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    s.freshPorts();
    const meanwhile = before(s.parts.salesforce, 'write', () => void s.newLead(email));
    await s.sync();
    expect(meanwhile.happened()).toBe(true);
    await s.settle();
    const leads = s.leadsOf(email);
    expect(leads).toHaveLength(2);
    expect(leads.filter((each) => each['Concord_HubSpot_Id__c'] !== null)).toHaveLength(1);
    await s.expectQuiet();
  });
});

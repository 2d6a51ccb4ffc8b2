import { NativeIntegration } from '../../src/sandbox/integration';
import { DAY, HOUR, MINUTE, openScenario, writesOf, type Scenario } from '../support/scenario';

/* Mode `alongside`: HubSpot's own Salesforce integration is installed. It creates records and keeps plain fields equal; Concord never fights it. */

const alongside = (text: string): string =>
  text.replace('mode: standalone', 'mode: alongside').replace('creates: lead #', 'creates: nothing #').replace('creates_hubspot: true', 'creates_hubspot: false');

describe('alongside HubSpot’s own Salesforce integration', () => {
  let s: Scenario;
  let native: NativeIntegration;
  beforeEach(async () => {
    s = await openScenario({ edit: alongside });
    native = new NativeIntegration(s.sandbox);
    await s.sync();
    s.pass(DAY);
  });
  afterEach(() => s.close());

  const ui = () => s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
  const rep = () => s.sandbox.salesforce.state.act(s.rep);
  const leads = (): number => s.sandbox.salesforce.state.counts()['Lead'] ?? 0;
  const contacts = (): number => s.sandbox.hubspot.state.counts().contacts;

  /** Both take turns until neither changes anything; more than four rounds is a fight. */
  async function settle(): Promise<void> {
    for (let round = 1; ; round += 1) {
      s.pass(15 * MINUTE);
      const theirs = native.sync();
      s.pass(MINUTE);
      const ours = await s.sync();
      const written = ours.writes.hubspot.done + ours.writes.salesforce.done;
      expect(ours.people.created).toBe(0);
      if (theirs === 0 && written === 0) return;
      if (round === 4) throw new Error(`no peace after ${round} rounds: they changed ${theirs}, Concord wrote ${JSON.stringify((await s.store.journalOfRun(ours.run, null, 50)).map((entry) => [entry.key, entry.changes]))}`);
    }
  }

  /** An MQL that the integration brought to Salesforce; answers the lead's id. */
  async function handedOver(email: string, more: Record<string, string> = {}): Promise<string> {
    ui().create('contacts', { email, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', phone: '555 0100', lifecyclestage: 'marketingqualifiedlead', ...more });
    s.pass(MINUTE);
    await s.sync();
    await settle();
    return String(s.leadByEmail(email)?.['Id']);
  }

  test('Concord creates nothing in either CRM; the integration’s lead is taken as the handoff’s (I1)', async () => {
    ui().create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    const first = await s.sync();
    expect(first.people.created).toBe(0);
    expect(leads()).toBe(0);
    rep().create('Lead', { LastName: 'Sol', Company: 'Otra SA', Email: 'leo@otra.example', Status: 'Working - Contacted' });
    s.pass(MINUTE);
    await s.sync();
    expect(contacts()).toBe(1);

    await settle();
    expect([leads(), contacts()]).toEqual([2, 2]);
    expect(s.leadByEmail('ana@cliente.example')).toMatchObject({ Status: 'Open - Not Contacted', Concord_Stage__c: 'mql', Concord_HubSpot_Id__c: expect.stringMatching(/^\d+$/) });
    expect(s.contact('leo@otra.example')).toMatchObject({ concord_stage: 'sal' });
  });

  test('a rejection reaches marketing, and the integration’s passes change nothing of it (F2, L11)', async () => {
    const lead = await handedOver('ana@cliente.example');
    s.pass(HOUR);
    rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'El año que viene' });
    await settle();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'no_budget', concord_rejected_by: 'Rita Rep', concord_rejection_count: '1' });
    expect(s.lead(lead)).toMatchObject({ Concord_Stage__c: 'recycled', Concord_Rejection_Count__c: 1 });
  });

  test('plain fields are the integration’s: Concord writes none of them, whatever their policy says (M1)', async () => {
    const lead = await handedOver('ana@cliente.example');
    s.pass(HOUR);
    rep().update('Lead', lead, { Phone: '555 0199', Title: 'Directora' });
    ui().update('contacts', String(s.contact('ana@cliente.example')['hs_object_id']), { jobtitle: 'Gerente', phone: '555 0111' });
    s.sandbox.hubspot.calls.clear();
    s.sandbox.salesforce.calls.clear();
    s.pass(MINUTE);
    const run = await s.sync();
    expect([run.writes.hubspot.planned, run.writes.salesforce.planned]).toEqual([0, 0]);
    expect(writesOf(s.sandbox)).toEqual([]);

    await settle();
    expect(s.contact('ana@cliente.example')).toMatchObject({ phone: '555 0199', jobtitle: 'Directora' });
    expect(s.lead(lead)).toMatchObject({ Phone: '555 0199', Title: 'Directora' });
  });

  test('conversion and opportunities: both say the same stage, in either order (I2, L3, L12)', async () => {
    const lead = await handedOver('ana@cliente.example');
    s.pass(HOUR);
    const converted = rep().convertLead({ leadId: lead, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });
    await settle();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'sql', salesforcecontactid: converted.contactId });
    const opportunity = rep().create('Opportunity', { Name: 'Deal', AccountId: converted.accountId, StageName: 'Prospecting', CloseDate: '2026-12-31' });
    rep().create('OpportunityContactRole', { OpportunityId: opportunity, ContactId: converted.contactId, IsPrimary: true });
    // The integration is first: its stage is no drift once Concord has read the opportunity behind it.
    s.pass(MINUTE);
    native.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ lifecyclestage: 'opportunity' });
    await settle();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'opportunity', lifecyclestage: 'opportunity' });
    rep().update('Opportunity', opportunity, { StageName: 'Closed Won' });
    s.pass(MINUTE);
    await s.sync();
    await settle();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'customer', lifecyclestage: 'customer' });
  });
});

describe('an integration that maps Concord’s own fields too', () => {
  let s: Scenario;
  afterEach(() => s.close());

  test('its echo of a rep’s answer is the rep’s answer: counted once, by the rep (L11, F1)', async () => {
    s = await openScenario({ edit: alongside });
    const native = new NativeIntegration(s.sandbox, [
      { hubspot: 'concord_rejection_reason', lead: 'Concord_Rejection_Reason__c', contact: 'Concord_Rejection_Reason__c' },
      { hubspot: 'concord_stage', lead: 'Concord_Stage__c', contact: 'Concord_Stage__c' },
    ]);
    await s.sync();
    s.pass(DAY);
    s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(15 * MINUTE);
    native.sync();
    s.pass(MINUTE);
    await s.sync();
    const lead = String(s.leadByEmail('ana@cliente.example')?.['Id']);
    s.pass(HOUR);
    s.sandbox.salesforce.state.act(s.rep).update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'El año que viene' });
    s.pass(MINUTE);
    // The echo is in HubSpot before Concord has read either.
    native.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_rejection_reason: 'no_budget' });
    let written = -1;
    for (let round = 0; round < 4 && written !== 0; round += 1) {
      s.pass(MINUTE);
      const run = await s.sync();
      s.pass(15 * MINUTE);
      written = run.writes.hubspot.done + run.writes.salesforce.done + native.sync();
    }
    expect(written).toBe(0);
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_count: '1', concord_rejected_by: 'Rita Rep', concord_rejection_note: 'El año que viene' });
    expect(s.lead(lead)).toMatchObject({ Concord_Stage__c: 'recycled', Concord_Rejection_Count__c: 1 });
  });
});

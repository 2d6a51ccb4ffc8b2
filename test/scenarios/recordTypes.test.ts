import { checkParts, type CheckLine } from '../../src/run/checks';
import { HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* Leads of one record type go by another lead process: other statuses say "waiting" and "no" (section 4 of the design: statuses per record type where they differ). */

const PARTNERS = `
lead_record_types:
  - name: Partner
    rejects: [Declined]
    stages:
      mql: { lead_status: Received }
`;

describe('statuses of a record type (F1, L13)', () => {
  let s: Scenario;
  let partner: string;
  beforeEach(async () => {
    s = await openScenario({
      edit: (text) => `${text}\n${PARTNERS}`,
      prepare: ({ salesforce: { state } }) => {
        state.setLeadStatuses([{ value: 'Open - Not Contacted', default: true }, { value: 'Working - Contacted' }, { value: 'Parked' }, { value: 'Received' }, { value: 'Declined' }, { value: 'Closed - Converted', converted: true }, { value: 'Closed - Not Converted' }]);
        partner = state.addRecordType('Lead', 'Partner');
        state.addRecordType('Lead', 'Direct');
      },
    });
  });
  afterEach(async () => {
    await s.close();
  });

  const marketer = () => s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
  const setContact = (email: string, properties: Record<string, string>): void => void marketer().update('contacts', String(s.sandbox.hubspot.state.byEmail(email)?.id), properties);

  function known(email: string, more: Record<string, unknown> = {}): string {
    marketer().create('contacts', { email, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
    return s.sandbox.salesforce.state.act(s.rep).create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: email, Country: 'Mexico', ...more });
  }

  test('a handoff opens, is rejected and opens again in the statuses of its own record type; other leads keep theirs', async () => {
    const lead = known('partner@x.example', { RecordTypeId: partner, Status: 'Parked' });
    const other = known('direct@x.example');
    await s.sync({ full: true });
    s.pass(HOUR);
    for (const email of ['partner@x.example', 'direct@x.example']) setContact(email, { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(lead)).toMatchObject({ Status: 'Received', Concord_Stage__c: 'mql' });
    expect(s.lead(other)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Stage__c: 'mql' });

    s.pass(HOUR);
    const rep = s.sandbox.salesforce.state.act(s.rep);
    rep.update('Lead', lead, { Status: 'Declined', Concord_Rejection_Reason__c: 'no_budget' });
    // What rejects on other leads is nobody's answer here, and the other way round.
    rep.update('Lead', other, { Status: 'Declined' });
    s.pass(MINUTE);
    const run = await s.sync();
    expect(run.rejections).toMatchObject({ received: 1, without_reason: 0 });
    expect(s.contact('partner@x.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'no_budget' });
    expect(s.contact('direct@x.example')).toMatchObject({ concord_stage: 'mql' });

    // Taken back (F6): out of what rejects on this record type.
    s.pass(HOUR);
    rep.update('Lead', lead, { Status: 'Received' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('partner@x.example')).toMatchObject({ concord_stage: 'mql' });
    expect(s.contact('partner@x.example')['concord_rejection_reason'] ?? '').toBe('');
  });

  test('an answer from HubSpot sets the status that rejects on the lead’s record type', async () => {
    const lead = known('hub@x.example', { RecordTypeId: partner, Status: 'Parked' });
    await s.sync();
    s.pass(HOUR);
    setContact('hub@x.example', { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(HOUR);
    setContact('hub@x.example', { concord_rejection_reason: 'no_budget', hs_lead_status: 'UNQUALIFIED' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(lead)).toMatchObject({ Status: 'Declined', Concord_Rejection_Reason__c: 'no_budget' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('hub@x.example')).toMatchObject({ concord_stage: 'recycled' });
  });

  test('a lead that is moved to the record type is read by its statuses from then on', async () => {
    const lead = known('moved@x.example', { Status: 'Declined' });
    await s.sync();
    s.pass(HOUR);
    setContact('moved@x.example', { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    await s.sync();
    expect((await s.explain('moved@x.example')).decision.state.handoffs.at(-1)?.rejection).toBeNull();
    s.pass(HOUR);
    s.sandbox.salesforce.state.act(s.rep).update('Lead', lead, { RecordTypeId: partner, Status: 'Declined', Concord_Rejection_Reason__c: 'no_budget' });
    s.pass(MINUTE);
    expect((await s.sync()).rejections.received).toBe(1);
  });

  test('check: a record type that the org does not have, and one that does not offer its statuses', async () => {
    const lines = async (): Promise<CheckLine[]> => {
      await s.reopen();
      const found: CheckLine[] = [];
      await checkParts(s.parts, found);
      return found.filter((line) => !line.ok && /^salesforce\.(record_type|lead_record_types|lead_defaults)\./.test(line.id));
    };
    expect(await lines()).toEqual([]);
    s.agreement.settings.lead_record_types[0]!.name = 'Partners';
    expect(await lines()).toMatchObject([{ id: 'salesforce.lead_record_types.Partners', blocks: true, remedy: expect.stringContaining('Direct, Partner') }]);
    s.agreement.settings.lead_record_types[0]!.name = 'Partner';
    s.agreement.settings.handoff.lead_defaults['RecordTypeId'] = 'Partners';
    expect(await lines()).toMatchObject([{ id: 'salesforce.lead_defaults.RecordTypeId', blocks: true, message: expect.stringContaining('Partners'), remedy: expect.stringContaining('Direct, Partner') }]);
    s.agreement.settings.handoff.lead_defaults['RecordTypeId'] = 'Partner';
    expect(await lines()).toEqual([]);
    s.sandbox.salesforce.state.addRecordType('Lead', 'Event', { Status: ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted'] });
    expect(await lines()).toMatchObject([{ blocks: true, message: expect.stringMatching(/Event does not offer Status: Closed - Not Converted$/) }]);
  });

  describe('of a lead that Concord creates', () => {
    async function handOver(email: string): Promise<Record<string, unknown>> {
      await s.sync();
      s.pass(HOUR);
      marketer().create('contacts', { email, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'marketingqualifiedlead' });
      s.pass(MINUTE);
      await s.sync();
      return s.leadByEmail(email) ?? {};
    }

    test('the record type that the agreement gives, by its developer name, and its status; it goes on in its statuses', async () => {
      s.agreement.settings.handoff.lead_defaults['RecordTypeId'] = 'partner';
      const made = await handOver('made@x.example');
      expect(made).toMatchObject({ RecordTypeId: partner, Status: 'Received', Concord_Stage__c: 'mql' });

      s.pass(HOUR);
      s.sandbox.salesforce.state.act(s.rep).update('Lead', String(made['Id']), { Status: 'Declined', Concord_Rejection_Reason__c: 'no_budget' });
      s.pass(MINUTE);
      expect((await s.sync()).rejections.received).toBe(1);
      expect(s.contact('made@x.example')).toMatchObject({ concord_stage: 'recycled' });
      s.pass(HOUR);
      expect((await s.sync()).writes).toMatchObject({ hubspot: { planned: 0 }, salesforce: { planned: 0 } });
    });

    test('without one: the status of all leads', async () => {
      expect(await handOver('plain@x.example')).toMatchObject({ Status: 'Open - Not Contacted' });
    });

    test('one that the org does not have is refused by name, and tells what to do (W5)', async () => {
      s.agreement.settings.handoff.lead_defaults['RecordTypeId'] = 'Nobody';
      await handOver('none@x.example');
      expect(s.leadByEmail('none@x.example')).toMatchObject({ RecordTypeId: null, Status: 'Open - Not Contacted', Concord_Stage__c: 'mql' });
      expect((await s.store.runs(null, 1))[0]?.summary).toMatchObject({ dead_letters: 1, exit_code: 4 });
      expect(await s.store.deadLetters({ limit: 10 })).toMatchObject([{ field: 'RecordTypeId', value: 'Nobody', problem: { code: 'invalid_value' } }]);
    });
  });
});

import { cast, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* What a handoff makes in Salesforce where the agreement wants a contact if an account matches (design: created only at a handoff, by agreement). */

describe('creates: contact_if_account, through real HTTP', () => {
  let s: Scenario;
  const { rep, person, adopted, quiet } = cast(() => s);
  beforeEach(async () => {
    s = await openScenario({ edit: (text) => text.replace('creates: lead #', 'creates: contact_if_account #') });
  });
  afterEach(async () => {
    await s.close();
  });

  const account = (Name: string, Website: string | null): string => rep().create('Account', { Name, ...(Website === null ? {} : { Website }) });
  const contactsOf = (email: string): Record<string, unknown>[] => s.sandbox.salesforce.state.query(`SELECT Id, AccountId, FirstName, Concord_Stage__c, Concord_HubSpot_Id__c FROM Contact WHERE Email = '${email}'`);
  const mql = (email: string): string => person(email, { lifecyclestage: 'marketingqualifiedlead' });

  test('a contact in the one account whose website has the e-mail’s domain, a lead for everybody else', async () => {
    const uno = account('Uno', 'https://www.UNO.example/mx');
    account('Twins North', 'twins.example');
    account('Twins South', 'http://twins.example/sur');
    account('Uno Fans', 'https://fans.example/uno.example');
    account('Mail', 'https://gmail.com');
    account('Silent', null);
    await adopted();
    const emails = ['ana@uno.example', 'bea@UNO.example', 'leo@twins.example', 'eva@gmail.com', 'iva@nobody.example', 'uma@otro-uno.example'] as const;
    const ids = emails.map(mql);
    s.pass(MINUTE);
    const planned = await s.plan();
    expect(planned.writes.salesforce.planned).toBe(6);
    expect(s.sandbox.salesforce.state.query('SELECT Id FROM Contact')).toEqual([]);
    s.sandbox.salesforce.calls.clear();
    const run = await s.sync();
    expect(run).toMatchObject({ status: 'ok', people: { created: 6 } });
    for (const [index, email] of emails.slice(0, 2).entries()) {
      expect(contactsOf(email.toLowerCase())).toMatchObject([{ AccountId: uno, FirstName: 'Ana', Concord_Stage__c: 'mql', Concord_HubSpot_Id__c: ids[index] }]);
      expect(s.leadByEmail(email)).toBeUndefined();
    }
    for (const email of emails.slice(2)) {
      expect(contactsOf(email)).toEqual([]);
      expect(s.leadByEmail(email)).toMatchObject({ Status: 'Open - Not Contacted', Company: 'Cliente SA', Concord_Stage__c: 'mql' });
    }
    await quiet();

    // Sales answers on the contact as on any other.
    s.pass(HOUR);
    rep().update('Contact', String(contactsOf('ana@uno.example')[0]?.['Id']), { Concord_Rejection_Reason__c: 'no_budget' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@uno.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'no_budget' });
    await quiet();
  });

  test('killed with the answer to the create lost, the next run finds the contact: there is one (W7)', async () => {
    account('Uno', 'uno.example');
    await adopted();
    mql('ana@uno.example');
    s.pass(MINUTE);
    s.sandbox.salesforce.faults.add({ match: { method: 'PATCH', path: '/Contact' }, action: { do: 'drop-after' }, times: 1 });
    await s.sync();
    s.pass(MINUTE);
    await s.sync();
    expect(contactsOf('ana@uno.example')).toHaveLength(1);
    expect(s.leadByEmail('ana@uno.example')).toBeUndefined();
    s.pass(MINUTE);
    await s.sync();
    await quiet();
  });
});

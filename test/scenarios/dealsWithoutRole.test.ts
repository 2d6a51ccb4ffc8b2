import { makeReport } from '../../src/report/make';
import { reportOf } from '../../src/run/reports';
import { cast, DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* I7 told over both CRMs: opportunities that no contact role ties to anybody still reach marketing, marked as inferred. */

describe('opportunities without a contact role, through real HTTP', () => {
  let s: Scenario;
  const { rep, person, adopted, handedOver, quiet } = cast(() => s);
  afterEach(async () => {
    await s.close();
  });

  const later = async (ms = MINUTE): Promise<void> => {
    s.pass(ms);
    await s.sync();
  };
  const deal = (AccountId: string | null, more: Record<string, unknown> = {}): string => rep().create('Opportunity', { Name: 'Deal', ...(AccountId === null ? {} : { AccountId }), StageName: 'Prospecting', CloseDate: '2026-12-31', Amount: 1000, ...more });
  const salesContact = (email: string, AccountId: string): string => rep().create('Contact', { FirstName: 'Ana', LastName: 'Paz', Email: email, AccountId });
  const stageOf = (email: string): string | undefined => s.contact(email)['concord_stage'];
  const inferredOf = async (email: string): Promise<string[]> => (await s.explain(email)).decision.inferred;
  const debt = async (row: string): Promise<unknown> => (await makeReport(s.store, s.agreement, s.clock.now(), 'debt')).sections[0]?.rows.find((each) => each.id === row)?.cells['n']?.value;

  test('the lead’s conversion ties it; a role given to somebody else takes it away, and its removal gives it back', async () => {
    s = await openScenario();
    const { lead } = await handedOver();
    const { contactId, accountId, opportunityId } = rep().convertLead({ leadId: lead, convertedStatus: 'Closed - Converted', opportunityName: 'Deal' });
    const made = String(opportunityId);
    for (const row of s.sandbox.salesforce.state.query(`SELECT Id FROM OpportunityContactRole WHERE OpportunityId = '${made}'`)) rep().delete('OpportunityContactRole', String(row['Id']));
    // Sales is in touch with a colleague: the conversion goes before the account.
    const colleague = salesContact('bea@cliente.example', accountId);
    rep().create('Task', { WhoId: colleague, Subject: 'Call', Status: 'Completed', ActivityDate: '2026-11-17' });
    await later();
    expect(stageOf('ana@cliente.example')).toBe('opportunity');
    expect(s.sfContact(contactId)).toMatchObject({ Concord_Stage__c: 'opportunity' });
    expect([await inferredOf('ana@cliente.example'), await inferredOf('bea@cliente.example')]).toEqual([[made], []]);
    await quiet();

    s.pass(DAY);
    const role = rep().create('OpportunityContactRole', { OpportunityId: made, ContactId: colleague, IsPrimary: true });
    await later();
    expect([await inferredOf('ana@cliente.example'), await inferredOf('bea@cliente.example')]).toEqual([[], []]);
    expect(stageOf('bea@cliente.example')).toBe('opportunity');
    rep().delete('OpportunityContactRole', role);
    await later();
    expect([await inferredOf('ana@cliente.example'), await inferredOf('bea@cliente.example')]).toEqual([[made], []]);
    await quiet();
  });

  test('the account’s most engaged contact has it: chosen once, kept over another one’s calls, a full read and a restart, until a role appears', async () => {
    s = await openScenario();
    await adopted();
    const account = rep().create('Account', { Name: 'Cliente SA' });
    const people = ['old', 'engaged', 'late'].map((name) => `${name}@cliente.example`) as [string, string, string];
    for (const email of people.slice(0, 2)) person(email);
    const [, engaged] = people.slice(0, 2).map((email) => {
      s.pass(MINUTE);
      return salesContact(email, account);
    });
    // Nobody at marketing can be told of a contact without an address (I6), however engaged.
    const unnamed = rep().create('Contact', { LastName: 'Sin Correo', AccountId: account });
    rep().create('Task', { WhoId: engaged, Subject: 'Call', Status: 'Completed', ActivityDate: '2026-11-16' });
    rep().create('Task', { WhoId: unnamed, Subject: 'Call', Status: 'Completed', ActivityDate: '2026-11-17' });
    s.pass(HOUR);
    const made = deal(account);
    await later();
    const has = async (): Promise<boolean[]> => Promise.all(people.filter((email) => s.sandbox.hubspot.state.byEmail(email) !== undefined).map(async (email) => (await inferredOf(email)).includes(made)));
    expect(await has()).toEqual([false, true]);
    expect(people.slice(0, 2).map(stageOf)).toEqual(['lead', 'opportunity']);
    await quiet();

    // Another contact is called every day now; what was chosen stays.
    person(people[2]);
    const third = salesContact(people[2], account);
    s.pass(DAY);
    rep().create('Task', { WhoId: third, Subject: 'Call', Status: 'Completed', ActivityDate: '2026-11-18' });
    await later();
    await s.sync({ full: true });
    await s.reopen();
    rep().update('Opportunity', made, { Amount: 2000 });
    await later();
    expect(await has()).toEqual([false, true, false]);

    // Money counts once, for whoever has it.
    rep().update('Opportunity', made, { StageName: 'Closed Won', CloseDate: '2026-11-18' });
    await later();
    const money = async (): Promise<unknown> => (await reportOf(s.store, s.agreement, s.clock.now(), 'sources')).sections.find((each) => each.id === 'customers')?.rows.find((each) => each.id === 'total')?.cells['first_revenue']?.value;
    expect(people.map(stageOf)).toEqual(['lead', 'customer', 'lead']);
    expect([await money(), await debt('inferred_roles')]).toEqual([2000, 1]);

    for (const ContactId of [third, engaged]) rep().create('OpportunityContactRole', { OpportunityId: made, ContactId, IsPrimary: ContactId === third });
    await later();
    expect(await has()).toEqual([false, false, false]);
    expect(people.map(stageOf)).toEqual(['lead', 'customer', 'customer']);
    expect([await money(), await debt('inferred_roles')]).toEqual([2000, 0]);
    await quiet();
  });

  test('where the agreement infers nothing, nobody has it, and it is data debt; so is one of an account without anybody', async () => {
    s = await openScenario({ edit: (text) => text.replace('infer_without_role: true', 'infer_without_role: false') });
    expect(s.agreement.settings.opportunities.infer_without_role).toBe(false);
    await adopted();
    const account = rep().create('Account', { Name: 'Cliente SA' });
    person('ana@cliente.example');
    salesContact('ana@cliente.example', account);
    const before = await debt('nobody');
    deal(account);
    deal(rep().create('Account', { Name: 'Nadie SA' }));
    deal(null);
    await later();
    expect(stageOf('ana@cliente.example')).toBe('lead');
    await reportOf(s.store, s.agreement, s.clock.now(), 'funnel');
    expect([before, await debt('nobody')]).toEqual([0, 3]);
    await quiet();
  });

  test('a person account’s opportunity is its person’s own', async () => {
    s = await openScenario({ prepare: ({ salesforce }) => salesforce.state.switchFeature('personAccounts', true) });
    await adopted();
    person('ana@cliente.example');
    const account = rep().create('Account', { FirstName: 'Ana', LastName: 'Paz', PersonEmail: 'ana@cliente.example' });
    s.pass(HOUR);
    const made = deal(account);
    await later();
    expect(stageOf('ana@cliente.example')).toBe('opportunity');
    expect(await inferredOf('ana@cliente.example')).toEqual([made]);
    await quiet();
    rep().update('Opportunity', made, { StageName: 'Closed Won' });
    await later();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'customer', lifecyclestage: 'customer' });
    await reportOf(s.store, s.agreement, s.clock.now(), 'funnel');
    expect(await debt('nobody')).toBe(0);
    await quiet();
  });
});

import { checkParts, type CheckLine } from '../../src/run/checks';
import { makeReport } from '../../src/report/make';
import { reportOf } from '../../src/run/reports';
import { cast, DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* Orgs with several currencies, and orgs whose accounts are people, through real HTTP. */

let s: Scenario;
const { rep, person, adopted, handedOver, quiet } = cast(() => s);
afterEach(() => s.close());

const EMAIL = 'ana@cliente.example';
const later = async (ms = MINUTE): Promise<void> => {
  s.pass(ms);
  await s.sync();
};

describe('several currencies', () => {
  const rates = (text: string): string => text.replace('\nreports:\n', '\nreports:\n  rates: { EUR: [{ from: 2026-01-01, rate: 1.1 }, { from: 2026-11-10, rate: 1.2 }] }\n');
  const currencyLine = async (): Promise<CheckLine | undefined> => {
    const lines: CheckLine[] = [];
    await checkParts(s.parts, lines);
    return lines.find((line) => line.id === 'salesforce.currencies');
  };
  const revenue = async (): Promise<unknown> => (await reportOf(s.store, s.agreement, s.clock.now(), 'sources')).sections.find((each) => each.id === 'customers')?.rows.find((each) => each.id === 'total')?.cells['first_revenue']?.value;

  test('money is converted at the rate of the close date; what has none is named and in no sum; a changed currency counts anew', async () => {
    s = await openScenario({ edit: rates, prepare: ({ salesforce }) => salesforce.state.setCurrencies({ USD: 1, EUR: 0.9, BRL: 5.5 }) });
    expect(s.agreement.settings.reports.rates).toEqual({ EUR: [{ from: '2026-01-01', rate: 1.1 }, { from: '2026-11-10', rate: 1.2 }] });
    expect(await currencyLine()).toMatchObject({ ok: false, blocks: false, message: expect.stringContaining('BRL'), remedy: expect.stringContaining('USD') });
    const { lead } = await handedOver();
    const { accountId, contactId } = rep().convertLead({ leadId: lead, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });
    const won = (Amount: number, CurrencyIsoCode: string, CloseDate: string): string => rep().create('Opportunity', { Name: 'Deal', AccountId: accountId, ContactId: contactId, StageName: 'Closed Won', Amount, CurrencyIsoCode, CloseDate });
    won(1000, 'USD', '2026-11-16');
    won(1000, 'EUR', '2026-11-09');
    won(1000, 'EUR', '2026-11-16');
    const brazilian = won(1000, 'BRL', '2026-11-16');
    await later();
    expect(s.contact(EMAIL)).toMatchObject({ concord_stage: 'customer' });
    expect(await revenue()).toBe(1000 + 1100 + 1200);
    const debt = await makeReport(s.store, s.agreement, s.clock.now(), 'debt');
    expect(debt.sections[0]?.rows.find((each) => each.id === 'won_without_amount')?.cells['n']?.value).toBe(1);

    rep().update('Opportunity', brazilian, { CurrencyIsoCode: 'USD' });
    await later();
    expect(await revenue()).toBe(1000 + 1100 + 1200 + 1000);
    await quiet();
  });

  test('an org with one currency tells none: it is the company’s, and there is nothing to check', async () => {
    s = await openScenario();
    expect(await currencyLine()).toBeUndefined();
  });
});

describe('person accounts', () => {
  const b2c = (text: string): string => text.replace('needs: [email, last_name, company, country]', 'needs: [email, last_name, country]');

  test('a lead without a company is made, converted into a person account, and the contact behind it is the person (I2, I7)', async () => {
    s = await openScenario({ edit: b2c, prepare: ({ salesforce }) => salesforce.state.switchFeature('personAccounts', true) });
    await adopted();
    person(EMAIL, { company: '', lifecyclestage: 'marketingqualifiedlead' });
    await later();
    const lead = s.leadByEmail(EMAIL);
    expect(lead).toMatchObject({ Company: null, Concord_Stage__c: 'mql' });
    s.pass(HOUR);
    const { contactId, accountId } = rep().convertLead({ leadId: String(lead?.['Id']), convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });
    await later();
    expect(s.sfContact(contactId)).toMatchObject({ IsPersonAccount: true, Concord_Stage__c: 'sql', Concord_HubSpot_Id__c: s.sandbox.hubspot.state.byEmail(EMAIL)?.id });
    expect(s.contact(EMAIL)).toMatchObject({ concord_stage: 'sql' });
    await quiet();

    // The rep works on the account: it is the contact's change all the same, and a marketer's comes to the account.
    rep().update('Account', accountId, { LastName: 'Souza' });
    await later();
    expect(s.contact(EMAIL)['lastname']).toBe('Souza');
    s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', String(s.contact(EMAIL)['hs_object_id']), { firstname: 'Anabela' });
    await later();
    expect(s.sandbox.salesforce.state.record('Account', accountId)).toMatchObject({ FirstName: 'Anabela', LastName: 'Souza' });

    const deal = rep().create('Opportunity', { Name: 'Deal', AccountId: accountId, StageName: 'Prospecting', CloseDate: '2026-12-31', Amount: 100 });
    await later();
    expect(s.contact(EMAIL)).toMatchObject({ concord_stage: 'opportunity' });
    expect((await s.explain(EMAIL)).decision.inferred).toEqual([deal]);
    rep().update('Opportunity', deal, { StageName: 'Closed Lost' });
    await later(DAY);
    expect(s.contact(EMAIL)).toMatchObject({ concord_stage: 'lost' });
    await quiet();
  });

  test('a person account that sales has made is matched by its e-mail, and one that is deleted is not made again (I1, I5)', async () => {
    s = await openScenario({ edit: b2c, prepare: ({ salesforce }) => salesforce.state.switchFeature('personAccounts', true) });
    const account = rep().create('Account', { FirstName: 'Ana', LastName: 'Paz', PersonEmail: EMAIL });
    await adopted();
    person(EMAIL, { company: '', lifecyclestage: 'marketingqualifiedlead' });
    await later();
    const contactId = String(s.sandbox.salesforce.state.record('Account', account)?.['PersonContactId']);
    expect(s.sfContact(contactId)).toMatchObject({ Concord_Stage__c: 'mql' });
    expect(s.leadByEmail(EMAIL)).toBeUndefined();
    s.pass(20 * MINUTE);
    rep().delete('Account', account);
    await later();
    await later(DAY);
    expect(s.leadByEmail(EMAIL)).toBeUndefined();
    expect(s.sandbox.salesforce.state.query(`SELECT Id FROM Contact WHERE Email = '${EMAIL}'`)).toEqual([]);
  });
});

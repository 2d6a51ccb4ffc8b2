import { cast, DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/*
 * What happened between two runs, told by the CRMs' own histories: a run that is late does not make the lead late (L5). The handoff is carried on Tuesday at
 * 10:01 in Mexico City, and eight business hours are agreed for the first touch.
 */

let s: Scenario;
const { rep, handedOver, quiet } = cast(() => s);
afterEach(async () => {
  await s.close();
});

const ANA = 'ana@cliente.example';
const engaged = (contact: string, property = 'notes_last_contacted', at = s.clock.now()): void => void s.sandbox.hubspot.state.act({ sourceType: 'CALCULATED' }).update('contacts', contact, { [property]: String(at) });
const countAfresh = (): void => {
  s.sandbox.hubspot.calls.clear();
  s.sandbox.salesforce.calls.clear();
};
const touchOf = async (who = ANA) => (await s.explain(who)).handoffs.at(-1);

describe('several touches before one late run (S1, L5)', () => {
  test('HubSpot: the earliest after the handoff counts, though the property shows the last', async () => {
    s = await openScenario();
    const { contact } = await handedOver();
    const first = s.clock.now();
    engaged(contact);
    s.pass(DAY + HOUR);
    engaged(contact);
    s.pass(MINUTE);

    await s.sync();

    expect(await touchOf()).toMatchObject({ firstTouchAt: first });
    expect(s.lead(String(s.leadByEmail(ANA)?.['Id']))['Concord_SLA__c']).not.toBe('breached');
    await quiet();
  });

  test('Salesforce: the task that was closed first, with or without a due date', async () => {
    s = await openScenario();
    const { lead } = await handedOver();
    const first = s.clock.now();
    rep().create('Task', { WhoId: lead, Subject: 'Call', Status: 'Completed' });
    s.pass(DAY + HOUR);
    rep().create('Task', { WhoId: lead, Subject: 'Mail', Status: 'Completed', ActivityDate: '2026-11-18' });
    s.pass(HOUR);
    rep().update('Lead', lead, { Phone: '+52 55 1111' });
    s.pass(MINUTE);

    await s.sync();

    expect(await touchOf()).toMatchObject({ firstTouchAt: first });
    expect(s.lead(lead)['Concord_SLA__c']).not.toBe('breached');
    await quiet();
  });
});

import { cast, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* A clean-up day at sales: thousands of answers in one run. Counted, not timed. */

const PEOPLE = 5000;
const REASONS = ['timing', 'no_budget', 'not_icp', 'unreachable'] as const;

describe(`${PEOPLE} rejections in one run, through real HTTP`, () => {
  let s: Scenario;
  const { rep, person, lead, quiet } = cast(() => s);
  beforeAll(async () => {
    s = await openScenario();
  });
  afterAll(async () => {
    await s.close();
  });

  test('every one reaches its marketing record, counted once, in a bounded number of calls (F2, W5)', async () => {
    const emailOf = (index: number): string => `p${index}@many.example`;
    const leads: string[] = [];
    for (let index = 0; index < PEOPLE; index += 1) {
      person(emailOf(index), { lifecyclestage: 'marketingqualifiedlead' });
      leads.push(lead(emailOf(index)));
    }
    await s.sync();
    s.pass(HOUR);
    for (const [index, id] of leads.entries()) rep().update('Lead', id, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: REASONS[index % REASONS.length], Concord_Rejection_Note__c: `nota ${index}` });
    s.pass(MINUTE);
    const run = await s.sync();
    expect(run).toMatchObject({ status: 'ok', dead_letters: 0, pending: 0, rejections: { received: PEOPLE, pushed: PEOPLE, without_reason: 0, unmapped: 0, reopened: 0 } });
    expect(run.transitions).toEqual({ recycled: (PEOPLE * 3) / 4, disqualified: PEOPLE / 4 });
    // Full batches: of 100 in HubSpot, each compared (W4), cleared and set (L8), read back (W12) and told in a note (F2); of 200 in Salesforce, compared and written.
    expect(run.api_calls.hubspot).toBeLessThanOrEqual((PEOPLE / 100) * 5 + 30);
    expect(run.api_calls.salesforce).toBeLessThanOrEqual((PEOPLE / 200) * 2 + 10);
    for (let index = 0; index < PEOPLE; index += 1) {
      const contact = s.contact(emailOf(index));
      if (contact['concord_rejection_note'] !== `nota ${index}` || contact['concord_rejection_reason'] !== REASONS[index % REASONS.length] || contact['concord_rejection_count'] !== '1' || contact['lifecyclestage'] !== 'lead') throw new Error(`p${index} is not told: ${JSON.stringify(contact)}`);
    }
    await quiet();
  }, 600_000);
});

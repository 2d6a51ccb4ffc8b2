import { startPostgres, type Postgres } from '../support/postgres';
import { describeWith, POSTGRES } from '../support/skips';
import { DAY, HOUR, MINUTE, openScenario, writesOf, type Scenario } from '../support/scenario';

describe('the main loop, through real HTTP, remembered in SQLite', () => {
  story(() => undefined);
});

describeWith(POSTGRES, 'the main loop, through real HTTP, remembered in PostgreSQL', () => {
  let postgres: Postgres | null = null;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
  });
  story(() => postgres?.url);
});

function story(databaseUrl: () => string | undefined): void {
  let s: Scenario;
  afterEach(async () => {
    await s.close();
  });

  test('an MQL is handed over, rejected with a reason, and the reason reaches marketing (L1, F1, F2, S1)', async () => {
    const url = databaseUrl();
    s = await openScenario(url === undefined ? {} : { databaseUrl: url });
    const marketer = s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
    marketer.create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
    const adoption = await s.sync();
    expect(adoption.adoption).toBe(true);
    expect(s.contact('ana@cliente.example')['concord_stage']).toBe('lead');
    expect(s.leadByEmail('ana@cliente.example')).toBeUndefined();

    s.pass(DAY);
    const id = s.sandbox.hubspot.state.byEmail('ana@cliente.example')?.id as string;
    s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { hubspotscore: '72' });
    s.pass(MINUTE);
    const handed = await s.sync();
    expect(handed.status).toBe('ok');
    expect(handed.transitions).toEqual({ mql: 1 });
    const lead = s.leadByEmail('ana@cliente.example') as Record<string, unknown>;
    expect(lead).toMatchObject({ LastName: 'Paz', Company: 'Cliente SA', Status: 'Open - Not Contacted', Concord_Stage__c: 'mql', Concord_Cycle__c: 1, Concord_SLA__c: 'on_track', Concord_HubSpot_Id__c: id });
    expect(s.contact('ana@cliente.example')).toMatchObject({ lifecyclestage: 'marketingqualifiedlead', concord_stage: 'mql', concord_cycle: '1', concord_sla: 'on_track' });
    expect(s.contact('ana@cliente.example')['concord_salesforce_url']).toContain(String(lead['Id']));

    s.pass(HOUR);
    s.sandbox.salesforce.state.act(s.rep).update('Lead', String(lead['Id']), { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Sin presupuesto hasta 2027' });
    s.pass(MINUTE);
    // Nothing is written on in a dry run, nor where the guard stops.
    expect((await s.plan()).rejections).toMatchObject({ received: 1, pushed: 0 });
    const { share, share_from: from } = s.agreement.settings.guard;
    Object.assign(s.agreement.settings.guard, { share: 0, share_from: 1 });
    expect(await s.sync({ allowLargeChange: false })).toMatchObject({ status: 'stopped', rejections: { received: 1, pushed: 0 } });
    Object.assign(s.agreement.settings.guard, { share, share_from: from });
    const rejected = await s.sync();
    expect(rejected.rejections).toMatchObject({ received: 1, pushed: 1 });
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', lifecyclestage: 'lead', hs_lead_status: 'BAD_TIMING', concord_rejection_reason: 'no_budget', concord_rejection_note: 'Sin presupuesto hasta 2027', concord_rejected_by: 'Rita Rep', concord_rejection_count: '1', concord_route: 'recycle' });

    // W2: nothing more to say, also once the echoes are read.
    s.sandbox.hubspot.calls.clear();
    s.sandbox.salesforce.calls.clear();
    s.pass(MINUTE);
    const again = await s.sync();
    expect(again.writes.hubspot.planned + again.writes.salesforce.planned).toBe(0);
    expect(writesOf(s.sandbox)).toEqual([]);
    // L4: the same score makes no MQL again.
    s.pass(30 * DAY);
    expect((await s.sync()).transitions).toEqual({});
  });
}

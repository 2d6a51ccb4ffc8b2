import { applySetup } from '../../src/cli/commands/setup';
import { openScenario, type Scenario } from '../support/scenario';

/* L7: the first run changes nothing where people could not see the agreed stage. */

let s: Scenario;
afterEach(() => s.close());

const ana = (): unknown[] => ['lifecyclestage', 'hs_lead_status', 'concord_stage'].map((name) => s.contact('ana@cliente.example')[name] ?? null);

test('a first run before setup is refused, naming every field that is missing; a dry run says so and goes on', async () => {
  s = await openScenario({ setup: false });
  s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).create('contacts', { email: 'ana@cliente.example', hubspotscore: '72', lifecyclestage: 'customer' });
  const warned = jest.spyOn(s.parts.log, 'warn');
  await expect(s.plan()).resolves.toMatchObject({ status: 'ok', mode: 'dry-run' });
  expect(warned.mock.calls.map(([text]) => text)).toEqual([expect.stringMatching(/^the CRMs do not have .*contact\.concord_stage, .*; after `concord setup` more would be written$/)]);
  s.pass(60_000);

  await expect(s.sync()).rejects.toMatchObject({ code: 'not_set_up', exit: 2, message: expect.stringMatching(/: HubSpot contact\.concord_stage, Salesforce lead\.Concord_Stage__c, Salesforce contact\.Concord_Stage__c$/), remedy: expect.stringContaining('concord setup') });
  expect(await s.store.runs(null, 1)).toMatchObject([{ status: 'failed', summary: { error: { code: 'not_set_up' } } }]);
  expect([ana(), await s.store.openIntents(null, 1), await s.store.countDeadLetters('open')]).toEqual([['customer', null, null], [], 0]);

  s.pass(60_000);
  await applySetup(s.parts, () => undefined);
  s.pass(60_000);
  await expect(s.sync()).resolves.toMatchObject({ status: 'ok', adoption: true, dead_letters: 0 });
  expect(ana()).toEqual(['customer', null, 'customer']);
});

test('a stage field that is hidden from Concord’s user stops the first run, and no later one (M5)', async () => {
  s = await openScenario();
  s.sandbox.salesforce.state.hideField('Lead', 'Concord_Stage__c');
  await expect(s.sync()).rejects.toMatchObject({ code: 'not_set_up', message: expect.stringMatching(/: Salesforce lead\.Concord_Stage__c$/) });
  s.sandbox.salesforce.state.hideField('Lead', 'Concord_Stage__c', { hidden: false });
  s.pass(60_000);
  await expect(s.sync()).resolves.toMatchObject({ status: 'ok' });
  s.sandbox.salesforce.state.hideField('Lead', 'Concord_Stage__c');
  s.pass(60_000);
  await expect(s.sync()).resolves.toMatchObject({ status: 'ok', lost_fields: [{ crm: 'salesforce', object: 'lead', field: 'Concord_Stage__c' }] });
});

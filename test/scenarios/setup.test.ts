import { SCOPES } from '../../src/crm/hubspot/scopes';
import { allScopes } from '../../src/sandbox/hubspot/portal';
import { DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* What reps, admins and marketers meet after `concord setup`, over real HTTP. */

let s: Scenario;
afterEach(() => s.close());

const EMAIL = 'ana@cliente.example';
const REJECTED = 'Closed - Not Converted';

/** An MQL that was handed to sales; resolves with the HubSpot contact's and the lead's id. */
async function handedOver(): Promise<{ contact: string; lead: string }> {
  const created = s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: EMAIL, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
  await s.sync();
  s.pass(DAY);
  s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', created.id, { hubspotscore: '72' });
  s.pass(MINUTE);
  expect((await s.sync()).transitions).toEqual({ mql: 1 });
  return { contact: created.id, lead: String(s.leadByEmail(EMAIL)?.['Id']) };
}

test('a rep cannot reject without a reason, and with one it reaches marketing (F1, F2)', async () => {
  s = await openScenario({ reasonRule: true });
  const { lead } = await handedOver();
  const rep = s.sandbox.salesforce.state.act(s.rep);

  expect(() => rep.update('Lead', lead, { Status: REJECTED })).toThrow(expect.objectContaining({ code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'Choose a rejection reason: marketing acts on it.' }));
  rep.update('Lead', lead, { Status: REJECTED, Concord_Rejection_Reason__c: 'no_budget' });
  s.pass(MINUTE);
  await s.sync();

  expect(s.contact(EMAIL)).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'no_budget' });
});

test('the rule is for reps: a rejection without a reason in HubSpot counts, and is carried into Salesforce past it (F4)', async () => {
  s = await openScenario({ reasonRule: true });
  const { contact, lead } = await handedOver();
  s.pass(HOUR);

  s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', contact, { hs_lead_status: 'UNQUALIFIED' });
  s.pass(MINUTE);
  const run = await s.sync();

  expect(run).toMatchObject({ status: 'ok', dead_letters: 0, rejections: { without_reason: 1 } });
  expect(s.lead(lead)).toMatchObject({ Status: REJECTED, Concord_Rejection_Reason__c: null });
});

test('where an admin switched the rule off, setup leaves it off and a rejection without a reason counts (F4)', async () => {
  s = await openScenario({ reasonRule: true });
  const { lead } = await handedOver();
  const { state } = s.sandbox.salesforce;
  state.putMetadata('ValidationRule', 'Lead.Concord_Reason_Required', { ...state.metadata('ValidationRule', 'Lead.Concord_Reason_Required'), active: 'false' });

  state.act(s.rep).update('Lead', lead, { Status: REJECTED });
  s.pass(MINUTE);

  expect((await s.sync()).rejections).toMatchObject({ received: 1, without_reason: 1 });
});

test('a rep converts: the agreed fields go on with the contact, the HubSpot id does not (I2)', async () => {
  s = await openScenario();
  const { lead } = await handedOver();

  const { contactId } = s.sandbox.salesforce.state.act(s.rep).convertLead({ leadId: lead, convertedStatus: 'Closed - Converted' });

  expect(s.sfContact(contactId)).toMatchObject({ Concord_Stage__c: 'mql', Concord_HubSpot_Id__c: null });
});

test('the scopes of the HubSpot app are enough for setup, a run, a rejection and an opt-out, and none is too many', async () => {
  s = await openScenario({ setup: false });
  const { state, token } = s.sandbox.hubspot;
  const needed: readonly string[] = SCOPES;
  for (const scope of allScopes) if (scope !== 'oauth' && !needed.includes(scope)) state.removeScope(token, scope);
  const { applySetup, setupSteps } = await import('../../src/cli/commands/setup');
  await applySetup(s.parts, () => undefined);
  const { lead } = await handedOver();
  const rep = s.sandbox.salesforce.state.act(s.rep);
  rep.update('Lead', lead, { Status: REJECTED, Concord_Rejection_Reason__c: 'do_not_contact' });
  s.pass(MINUTE);

  expect(await s.sync()).toMatchObject({ status: 'ok', dead_letters: 0 });
  expect(s.contact(EMAIL)).toMatchObject({ concord_stage: 'disqualified', concord_rejected_by: 'Rita Rep', hs_email_optout: 'true' });

  const refused = async (scope: string, work: () => Promise<unknown>): Promise<boolean> => {
    state.removeScope(token, scope);
    try {
      return JSON.stringify(await work()).includes('missing_scope');
    } catch (error) {
      return (error as { code?: string }).code === 'missing_scope';
    } finally {
      state.grantScope(token, scope);
    }
  };
  const contact = state.byEmail(EMAIL)?.id as string;
  const { hubspot } = s.parts;
  expect(await refused('crm.objects.contacts.read', () => setupSteps(s.parts))).toBe(true);
  expect(await refused('crm.objects.contacts.write', () => hubspot.write([{ key: 'k', object: 'contact', op: 'update', id: contact, fields: { jobtitle: 'CEO' } }]))).toBe(true);
  expect(await refused('crm.schemas.contacts.write', () => hubspot.setupApply([{ object: 'contact', name: 'concord_x', label: 'X', type: 'text', description: 'x' }], () => undefined))).toBe(true);
  expect(await refused('communication_preferences.write', () => hubspot.restrict([{ key: 'k', ref: { crm: 'hubspot', object: 'contact', id: contact }, email: EMAIL, optOut: true }]))).toBe(true);
});

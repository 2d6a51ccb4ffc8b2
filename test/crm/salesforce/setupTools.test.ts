import type { FieldNeed, RemovalStep, SalesNeeds, SetupStep } from '../../../src/crm/port';
import { world, type World } from './world';

/* What reps work with beside the fields: made in one deploy, compared part by part, and taken away again. */

let on: World;
beforeEach(async () => {
  on = await world({ fields: false });
  on.state.permit(on.state.integrationUserId, 'ModifyMetadata');
});
afterEach(() => on.close());

const REASONS = [{ value: 'no_budget', label: 'No budget' }, { value: 'no_fit', label: 'No fit' }];
const REJECTED = 'Closed - Not Converted';

function needs(more: { reasons?: { value: string; label: string }[] } = {}): FieldNeed[] {
  return (['lead', 'contact'] as const).flatMap((object): FieldNeed[] => {
    const field = (name: string, of: Partial<FieldNeed>): FieldNeed => ({ object, name, label: name.replaceAll('_', ' '), type: 'text', description: 'Written by Concord.', ...of });
    return [
      field('Concord_Stage__c', { type: 'option', options: [{ value: 'mql', label: 'MQL' }], sharedOptions: 'Concord_Stage' }),
      field('Concord_Rejection_Reason__c', { type: 'option', options: more.reasons ?? REASONS, sharedOptions: 'Concord_Reason' }),
      field('Concord_Rejection_Note__c', { type: 'longtext' }),
      field('Concord_MQL_Why__c', { length: 255 }),
      field('Concord_SLA__c', { type: 'option', options: [{ value: 'breached', label: 'Breached' }], sharedOptions: 'Concord_Sla' }),
      field('Concord_SLA_Due_At__c', { type: 'datetime' }),
      field('Concord_HubSpot_Id__c', { length: 64, unique: true }),
    ];
  });
}

function sales(more: Partial<SalesNeeds> = {}): SalesNeeds {
  return {
    fields: { stage: 'Concord_Stage__c', mqlWhy: 'Concord_MQL_Why__c', reason: 'Concord_Rejection_Reason__c', note: 'Concord_Rejection_Note__c', detail: null, recycleOn: null, sla: 'Concord_SLA__c', slaDueAt: 'Concord_SLA_Due_At__c' },
    rejected: [REJECTED], rejectedByType: [], open: 'Open - Not Contacted', awaiting: 'mql', breached: 'breached',
    texts: { reasonRequired: 'Choose a reason & say <why>.', awaiting: 'Awaiting', withoutReason: 'No reason', breached: 'Late', reject: 'Reject lead', path: 'Path', guideOpen: 'Answer it.', guideRejected: 'Reason first.' },
    ...more,
  };
}

const states = (steps: { id: string; state: string }[]): Record<string, string> => Object.fromEntries(steps.map((step) => [step.id, step.state]));
const open = (steps: SetupStep[]): string[] => steps.filter((step) => step.state === 'missing' || step.state === 'differs').map((step) => `${step.id} ${step.state}`);
const drifted = (steps: SetupStep[]): string[] => steps.flatMap((step) => (step.drift ?? []).map((one) => `${step.id} | ${one.part}: ${one.wanted} -> ${one.found ?? 'nothing'} | ${one.then}`));
const plan = (of = sales(), fields = needs()): Promise<SetupStep[]> => on.port.setupPlan(fields, of);

async function apply(of = sales(), fields = needs()): Promise<string[]> {
  const done: string[] = [];
  await on.port.setupApply(fields, (step) => done.push(step.id), of);
  return done;
}

async function remove(deleteData: boolean): Promise<RemovalStep[]> {
  const done: RemovalStep[] = [];
  await on.port.removeApply(needs(), deleteData, (step) => done.push(step), sales());
  return done;
}

const lead = (more: Record<string, unknown> = {}): string => on.rep.create('Lead', { LastName: 'A', Company: 'C', ...more });

describe('the tools', () => {
  test('an empty org lacks all of them; applied, a second plan lacks none and a second apply sends nothing', async () => {
    const before = states(await plan());
    expect(before).toMatchObject({
      'custom_permission:Concord_Bypass': 'missing', 'validation_rule:Lead.Concord_Reason_Required': 'missing', 'list_view:Lead.Concord_Awaiting_Answer': 'missing',
      'list_view:Lead.Concord_Rejected_No_Reason': 'missing', 'list_view:Lead.Concord_Breached': 'missing', 'quick_action:Lead.Concord_Reject': 'missing', 'path:Concord_Lead_Path': 'missing',
      'conversion:Lead': 'missing', 'permission_set:Concord_Integration': 'missing', 'by_hand:layouts': 'by_hand', 'by_hand:history': 'by_hand', 'by_hand:record_types': 'ok', [`by_hand:lead_status:${REJECTED}`]: 'ok',
    });

    const done = await apply();

    expect(done.sort()).toEqual(Object.keys(before).filter((id) => before[id] === 'missing').sort());
    expect(open(await plan())).toEqual([]);
    expect(drifted(await plan())).toEqual([]);
    on.sandbox.calls.clear();
    expect(await apply()).toEqual([]);
    expect(on.state.metadata('ValidationRule', 'Lead.Concord_Reason_Required')).toMatchObject({ errorMessage: 'Choose a reason & say <why>.', active: 'true' });
    expect(on.state.metadata('QuickAction', 'Lead.Concord_Reject')).toMatchObject({ type: 'Update', fieldOverrides: { field: 'Status', literalValue: REJECTED } });
    expect(on.state.metadata('ListView', 'Lead.Concord_Rejected_No_Reason')).toMatchObject({ filters: [{ field: 'LEAD.STATUS', operation: 'equals', value: REJECTED }, { field: 'Concord_Rejection_Reason__c', operation: 'equals' }] });
    expect(on.state.metadata('PathAssistant', 'Concord_Lead_Path')).toMatchObject({ entityName: 'Lead', pathAssistantSteps: [{ picklistValueName: 'Open - Not Contacted' }, { picklistValueName: REJECTED, info: 'Reason first.' }] });
  });

  test('the rule refuses a rep’s rejection without a reason, however it is made, and nothing else (F4)', async () => {
    const old = lead({ Status: REJECTED });
    await apply();

    const refused = expect.objectContaining({ code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'Choose a reason & say <why>.' });
    const id = lead();
    expect(() => on.rep.update('Lead', id, { Status: REJECTED })).toThrow(refused);
    expect(() => lead({ Status: REJECTED })).toThrow(refused);
    on.rep.update('Lead', id, { Status: REJECTED, Concord_Rejection_Reason__c: 'no_fit' });
    expect(() => on.rep.update('Lead', id, { Concord_Rejection_Reason__c: null })).toThrow(refused);
    // A lead that was rejected without a reason before the rule can still be worked with.
    on.rep.update('Lead', old, { Title: 'CEO' });
    on.rep.update('Lead', lead(), { Status: 'Working - Contacted' });
  });

  test('the integration user passes the rule: a rejection from HubSpot without a reason is written (F4)', async () => {
    const id = lead({ Email: 'a@b.example' });
    await apply();

    const write = { key: 'k', object: 'lead' as const, op: 'update' as const, id, fields: { Status: REJECTED } };
    expect(await on.port.write([write])).toMatchObject([{ outcome: 'done' }]);

    on.state.permit(on.state.integrationUserId, 'Concord_Bypass', false);
    on.state.act(on.state.adminUserId).update('Lead', id, { Status: 'Working - Contacted' });
    expect(await on.port.write([write])).toMatchObject([{ outcome: 'refused', problem: { code: 'validation_rule' } }]);
  });

  test('where sales rejects by the reason alone there is no rule, no action and no view of rejections without one', async () => {
    const ids = Object.keys(states(await plan(sales({ rejected: [] }))));

    expect(ids.filter((id) => /Reason_Required|Concord_Reject$|No_Reason/.test(id))).toEqual([]);
    expect(ids).toContain('list_view:Lead.Concord_Breached');
  });

  test('leads of a record type are asked for a reason by their own statuses only', async () => {
    on.state.setLeadStatuses([{ value: 'Open - Not Contacted', default: true }, { value: REJECTED }, { value: 'Declined' }, { value: 'Closed - Converted', converted: true }]);
    const partner = on.state.addRecordType('Lead', 'Partner');
    const other = on.state.addRecordType('Lead', 'Direct');
    const of = sales({ rejectedByType: [{ recordType: 'Partner', statuses: ['Declined'] }] });
    await apply(of);

    const refused = expect.objectContaining({ code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' });
    expect(() => lead({ RecordTypeId: partner, Status: 'Declined' })).toThrow(refused);
    expect(() => lead({ RecordTypeId: other, Status: REJECTED })).toThrow(refused);
    lead({ RecordTypeId: partner, Status: REJECTED });
    lead({ RecordTypeId: other, Status: 'Declined' });
    expect(open(await plan(of))).toEqual([]);
    expect(on.state.metadata('ListView', 'Lead.Concord_Rejected_No_Reason')).toMatchObject({ filters: [{ value: `${REJECTED},Declined` }, {}] });
  });

  test('statuses with quotes and backslashes stand in the formula as themselves', async () => {
    const odd = 'No "thanks" \\ bye';
    on.state.setLeadStatuses([{ value: 'Open - Not Contacted', default: true, converted: false }, { value: odd, default: false, converted: false }, { value: 'Closed - Converted', default: false, converted: true }]);
    await apply(sales({ rejected: [odd] }));

    expect(() => lead({ Status: odd })).toThrow(expect.objectContaining({ code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' }));
  });
});

describe('all or nothing', () => {
  test('a package that the org refuses when it checks it leaves the org as it was, and the refused part is named', async () => {
    const steps = await plan();
    const bad = needs().map((need) => (need.name === 'Concord_MQL_Why__c' && need.object === 'contact' ? { ...need, label: 'x'.repeat(41) } : need));

    await expect(apply(sales(), bad)).rejects.toMatchObject({ code: 'setup_refused', where: 'Contact.Concord_MQL_Why__c', exit: 1, message: expect.stringMatching(/when it checks them, and none .*CustomField Contact\.Concord_MQL_Why__c/) as string, details: { refused: expect.arrayContaining([expect.stringContaining('longer than 40')]) as string[] } });

    expect(await plan()).toEqual(steps);
  });

  test('a deploy that fails after a good check is rolled back too', async () => {
    const steps = await plan();
    let polls = 0;
    const port = on.another({
      sleep: async () => {
        polls += 1;
        // Between the check and the deploy somebody takes the object's status away from under the path.
        if (polls === 1) on.state.putMetadata('CustomField', 'Contact.Concord_MQL_Why__c', { label: 'Mine', type: 'Checkbox', defaultValue: 'false' });
      },
    });

    await expect(port.setupApply(needs(), () => undefined, sales())).rejects.toMatchObject({ code: 'setup_refused', message: expect.not.stringContaining('when it checks') as string });

    expect(states(await plan())).toEqual({ ...states(steps), 'field:Contact.Concord_MQL_Why__c': 'by_hand' });
  });

  test.each(['deploy>', 'checkDeployStatus'])('an answer lost at %s is asked for again', async (call) => {
    on.sandbox.faults.add({ match: { path: '/services/Soap/m/', body: `<${call}` }, action: { do: 'drop-after' } });

    await apply();

    expect(open(await plan())).toEqual([]);
  });

  test('killed between the deploy and the assignment, the next try assigns', async () => {
    on.sandbox.faults.add({ match: { path: '/composite/sobjects', method: 'POST' }, action: { do: 'answer', status: 500 }, times: 0 });
    await expect(apply()).rejects.toThrow();
    on.sandbox.faults.clear();

    expect(open(await plan())).toEqual(['assignment:Concord_Integration missing']);
    expect(await apply()).toEqual(['assignment:Concord_Integration']);
    expect(open(await plan())).toEqual([]);
  });
});

describe('drift', () => {
  beforeEach(() => apply());

  test('a renamed value is left, a deactivated one comes back, and the plan says which, what it was and what it is', async () => {
    on.state.putMetadata('GlobalValueSet', 'Concord_Reason', { masterLabel: 'Concord Reason', customValue: [{ fullName: 'no_budget', label: 'Too poor', default: 'false' }, { fullName: 'mine', label: 'Mine', default: 'false' }] });

    expect(drifted(await plan())).toEqual(['value_set:Concord_Reason | label of value no_budget: No budget -> Too poor | left', 'value_set:Concord_Reason | value no_fit: No fit -> deactivated | restored']);
    expect(open(await plan())).toEqual(['value_set:Concord_Reason differs']);
    await apply();

    const set = on.state.metadata('GlobalValueSet', 'Concord_Reason')?.['customValue'];
    expect(set).toEqual(expect.arrayContaining([expect.objectContaining({ fullName: 'no_budget', label: 'Too poor' }), expect.objectContaining({ fullName: 'mine', label: 'Mine' }), expect.not.objectContaining({ fullName: 'no_fit', isActive: 'false' })]));
    expect((await on.port.describe(true)).lead?.['Concord_Rejection_Reason__c']?.options?.map((option) => option.value).sort()).toEqual(['mine', 'no_budget', 'no_fit']);
  });

  test('a field taken out of the permission set comes back, what an admin put into it stays', async () => {
    const [set] = on.state.query("SELECT Id FROM PermissionSet WHERE Name = 'Concord_Integration'");
    const [row] = on.state.query("SELECT Id FROM FieldPermissions WHERE Field = 'Lead.Concord_Stage__c'");
    on.state.act(on.state.adminUserId).delete('FieldPermissions', String(row?.['Id']));
    on.state.addField('Lead', { name: 'Region__c', type: 'Text' }, { granted: false });
    on.state.act(on.state.adminUserId).create('FieldPermissions', { ParentId: set?.['Id'], SobjectType: 'Lead', Field: 'Lead.Region__c', PermissionsRead: true, PermissionsEdit: false });

    expect(drifted(await plan())).toEqual(['permission_set:Concord_Integration | field Lead.Concord_Stage__c: edit -> nothing | restored']);
    await apply();

    const { lead: fields } = await on.port.describe(true);
    expect(fields?.['Concord_Stage__c']?.writable).toBe(true);
    expect(fields?.['Region__c']).toMatchObject({ writable: false });
  });

  test('the bypass taken away comes back: without it Concord’s own rejections would be refused', async () => {
    const set = on.state.metadata('PermissionSet', 'Concord_Integration');
    on.state.putMetadata('PermissionSet', 'Concord_Integration', { ...set, customPermissions: [], userPermissions: [{ enabled: 'true', name: 'ApiEnabled' }] });

    expect(drifted(await plan())).toEqual(['permission_set:Concord_Integration | custom permission Concord_Bypass: enabled -> nothing | restored']);
    await apply();

    // A deploy switches off what it leaves out: what was there is sent along.
    expect(on.state.metadata('PermissionSet', 'Concord_Integration')).toMatchObject({ customPermissions: [{ name: 'Concord_Bypass' }], userPermissions: [{ name: 'ApiEnabled' }] });
  });

  test('a rule that an admin switched off stays off (F4), and its words stay the admin’s', async () => {
    on.state.putMetadata('ValidationRule', 'Lead.Concord_Reason_Required', { ...on.state.metadata('ValidationRule', 'Lead.Concord_Reason_Required'), active: 'false', errorMessage: 'Mine.' });

    expect(drifted(await plan())).toEqual(['validation_rule:Lead.Concord_Reason_Required | active: true -> false | left', 'validation_rule:Lead.Concord_Reason_Required | errorMessage: Choose a reason & say <why>. -> Mine. | left']);
    expect(await apply()).toEqual([]);
    lead({ Status: REJECTED });
  });

  test('the agreement’s new rejected status goes into rule, view, action and path; an admin’s choices in them stay', async () => {
    on.state.setLeadStatuses([{ value: 'Open - Not Contacted', default: true, converted: false }, { value: REJECTED, default: false, converted: false }, { value: 'Junk', default: false, converted: false }, { value: 'Closed - Converted', default: false, converted: true }]);
    const view = on.state.metadata('ListView', 'Lead.Concord_Rejected_No_Reason');
    on.state.putMetadata('ListView', 'Lead.Concord_Rejected_No_Reason', { ...view, columns: ['FULL_NAME'], label: 'Ours' });
    const path = on.state.metadata('PathAssistant', 'Concord_Lead_Path');
    on.state.putMetadata('PathAssistant', 'Concord_Lead_Path', { ...path, pathAssistantSteps: [{ picklistValueName: REJECTED, fieldNames: ['Concord_Rejection_Reason__c'], info: 'In our words.' }] });
    const both = sales({ rejected: [REJECTED, 'Junk'] });

    expect(open(await plan(both))).toEqual(['validation_rule:Lead.Concord_Reason_Required differs', 'list_view:Lead.Concord_Rejected_No_Reason differs', 'path:Concord_Lead_Path differs']);
    await apply(both);

    expect(() => lead({ Status: 'Junk' })).toThrow(expect.objectContaining({ code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' }));
    expect(on.state.metadata('ListView', 'Lead.Concord_Rejected_No_Reason')).toMatchObject({ columns: 'FULL_NAME', label: 'Ours', filters: [{ value: `${REJECTED},Junk` }, {}] });
    expect(on.state.metadata('PathAssistant', 'Concord_Lead_Path')?.['pathAssistantSteps']).toMatchObject([{ picklistValueName: REJECTED, info: 'In our words.' }, { picklistValueName: 'Open - Not Contacted' }, { picklistValueName: 'Junk' }]);
    expect(open(await plan(both))).toEqual([]);
  });

  test('a relabelled field is left and told', async () => {
    on.state.putMetadata('CustomField', 'Lead.Concord_Rejection_Note__c', { ...on.state.metadata('CustomField', 'Lead.Concord_Rejection_Note__c'), label: 'Why not' });

    expect(drifted(await plan())).toEqual(['field:Lead.Concord_Rejection_Note__c | label: Concord Rejection Note  c -> Why not | left']);
    expect(open(await plan())).toEqual([]);
  });
});

describe('what is not Concord’s', () => {
  test('the org’s own conversion mappings are sent along and stay; a unique field is not mapped', async () => {
    for (const object of ['Lead', 'Contact']) on.state.addField(object, { name: 'Region__c', type: 'Text' });
    on.state.addField('Account', { name: 'Region__c', type: 'Text' });
    on.state.mapConversion([{ outputObject: 'Account', inputField: 'Region__c', outputField: 'Region__c' }, { outputObject: 'Contact', inputField: 'Region__c', outputField: 'Region__c' }]);

    await apply();

    const mapping = JSON.stringify(on.state.metadata('LeadConvertSettings', 'LeadConvertSettings')?.['objectMapping']);
    expect(mapping).toContain('{"inputField":"Region__c","outputField":"Region__c"},{"inputField":"Concord_Stage__c","outputField":"Concord_Stage__c"}');
    expect(mapping).toContain('"outputObject":"Account"');
    expect(mapping).not.toContain('Concord_HubSpot_Id__c');
    const id = lead({ Concord_Rejection_Note__c: 'Kept.' });
    const { contactId } = on.rep.convertLead({ leadId: id, convertedStatus: 'Closed - Converted' });
    expect(on.state.record('Contact', contactId)?.['Concord_Rejection_Note__c']).toBe('Kept.');
  });

  test('a field that an admin mapped elsewhere stays mapped there', async () => {
    await apply();
    on.state.mapConversion([{ outputObject: 'Contact', inputField: 'Concord_MQL_Why__c', outputField: 'Concord_Rejection_Note__c' }]);

    const steps = await plan();

    expect(drifted(steps)).toContain('conversion:Lead | field Concord_MQL_Why__c: Concord_MQL_Why__c -> Concord_Rejection_Note__c | left');
    await apply();
    expect(JSON.stringify(on.state.metadata('LeadConvertSettings', 'LeadConvertSettings'))).toContain('{"inputField":"Concord_MQL_Why__c","outputField":"Concord_Rejection_Note__c"}');
    expect(open(await plan())).toEqual([]);
  });

  test('Lead has a path of the org’s own: it is left, and what to add is said', async () => {
    on.state.putMetadata('PathAssistant', 'Sales_Path', { active: 'true', entityName: 'Lead', fieldName: 'Status', masterLabel: 'Sales', recordTypeName: '__MASTER__' });

    const step = (await plan()).find(({ id }) => id === 'path:Concord_Lead_Path');

    expect(step).toMatchObject({ state: 'by_hand', advice: true, what: expect.stringContaining('Sales_Path') as string });
    await apply();
    expect(on.state.metadata('PathAssistant', 'Concord_Lead_Path')).toBeUndefined();
  });
});

describe('what is left to a person is looked at again', () => {
  test('each point of the checklist is ok once it is done', async () => {
    on.state.addRecordType('Lead', 'Partner', { Concord_Rejection_Reason__c: ['no_budget'] });
    await apply(sales({ rejected: ['Rejected'] }));
    const hand = async (): Promise<string[]> => (await plan(sales({ rejected: ['Rejected'] }))).filter((step) => step.state === 'by_hand').map((step) => step.id);
    expect(await hand()).toEqual(['by_hand:lead_status:Rejected', 'by_hand:layouts', 'by_hand:record_types', 'by_hand:history']);

    on.state.setLeadStatuses([{ value: 'Open - Not Contacted', default: true, converted: false }, { value: 'Rejected', default: false, converted: false }, { value: 'Closed - Converted', default: false, converted: true }]);
    expect(await hand()).toEqual(['by_hand:layouts', 'by_hand:record_types', 'by_hand:history']);
    on.state.showOnLayout('Lead', ['Concord_Rejection_Reason__c', 'Concord_Rejection_Note__c']);
    expect(await hand()).toContain('by_hand:layouts');
    on.state.showOnLayout('Contact', ['Concord_Rejection_Reason__c', 'Concord_Rejection_Note__c']);
    expect(await hand()).toEqual(['by_hand:record_types', 'by_hand:history']);
    const offered = Object.entries({ Concord_Rejection_Reason__c: ['no_budget', 'no_fit'], Concord_Stage__c: ['mql'], Concord_SLA__c: ['breached'] });
    on.state.putMetadata('RecordType', 'Lead.Partner', { label: 'Partner', active: 'true', picklistValues: offered.map(([picklist, values]) => ({ picklist, values: values.map((fullName) => ({ fullName, default: 'false' })) })) });
    expect(await hand()).toEqual(['by_hand:history']);
    on.state.trackHistory('Lead', ['Status', 'Concord_Rejection_Reason__c']);
    on.state.trackHistory('Contact', ['Concord_Rejection_Reason__c']);
    expect(await hand()).toEqual([]);
  });

  test('runs work without the tools: every such step is advice, and only those', async () => {
    const steps = await plan();

    expect(steps.filter((step) => step.advice !== true).map((step) => step.id.split(':')[0]).filter((kind, at, all) => all.indexOf(kind) === at)).toEqual(['value_set', 'field', 'permission_set', 'assignment']);
  });

  test('without the right to read metadata the plan says so instead of guessing', async () => {
    await apply();
    on.state.permit(on.state.integrationUserId, 'ModifyMetadata', false);

    const steps = await plan();

    expect(open(steps)).toEqual([]);
    expect(steps.find((step) => step.id === 'by_hand:metadata')).toMatchObject({ state: 'by_hand', advice: true });
    // An admin deployed the export: there is nothing left that would need the right.
    expect(await apply()).toEqual([]);
  });

  test('fields that an admin made and shows, without the right to read metadata: nothing is tried that cannot work', async () => {
    for (const object of ['Lead', 'Contact']) {
      for (const name of ['Concord_Stage__c', 'Concord_Rejection_Reason__c', 'Concord_SLA__c']) on.state.addField(object, { name, type: 'Picklist', restricted: true, values: ['mql', 'no_budget', 'no_fit', 'breached'] });
      on.state.addField(object, { name: 'Concord_Rejection_Note__c', type: 'LongTextArea', length: 32_768 });
      on.state.addField(object, { name: 'Concord_MQL_Why__c', type: 'Text', length: 255 });
      on.state.addField(object, { name: 'Concord_SLA_Due_At__c', type: 'DateTime' });
      on.state.addField(object, { name: 'Concord_HubSpot_Id__c', type: 'Text', length: 64, externalId: true, unique: true });
    }
    on.state.permit(on.state.integrationUserId, 'ModifyMetadata', false);

    expect(open(await plan())).toEqual([]);
    expect((await plan()).find((step) => step.id === 'assignment:Concord_Integration')).toMatchObject({ state: 'by_hand', advice: true });
    expect(await apply()).toEqual([]);
  });
});

describe('the way back', () => {
  beforeEach(() => apply());

  test('without being told to delete data it keeps every field and value set, and takes the rest', async () => {
    const id = lead({ Concord_Rejection_Note__c: 'Kept.' });
    const steps = await on.port.removePlan(needs(), false, sales());
    expect(states(steps)).toMatchObject({ 'assignment:Concord_Integration': 'present', 'ValidationRule:Lead.Concord_Reason_Required': 'present', 'permission_set:Concord_Integration': 'present', 'conversion:Lead': 'present', 'field:Lead.Concord_Rejection_Note__c': 'kept', 'value_set:Concord_Reason': 'kept' });

    const done = await remove(false);

    expect(done.map((step) => step.state)).toEqual(done.map(() => 'absent'));
    expect(states(await on.port.removePlan(needs(), false, sales()))).toMatchObject({ 'assignment:Concord_Integration': 'absent', 'ValidationRule:Lead.Concord_Reason_Required': 'absent', 'PathAssistant:Concord_Lead_Path': 'absent', 'permission_set:Concord_Integration': 'absent', 'conversion:Lead': 'absent' });
    expect(on.state.record('Lead', id)?.['Concord_Rejection_Note__c']).toBe('Kept.');
    expect(await remove(false)).toEqual([]);
    lead({ Status: REJECTED });
  });

  test('told to, it deletes fields and value sets as well, and an apply makes all of it again', async () => {
    await remove(true);

    const left = states(await on.port.removePlan(needs(), true, sales()));
    expect(Object.values(left).filter((state) => state !== 'absent')).toEqual([]);
    await apply();
    expect(open(await plan())).toEqual([]);
  });

  test('a field that somebody else made, and the org’s own mappings, are not Concord’s to remove', async () => {
    for (const object of ['Lead', 'Contact']) on.state.addField(object, { name: 'Region__c', type: 'Text' });
    on.state.putMetadata('CustomField', 'Lead.Concord_MQL_Why__c', { ...on.state.metadata('CustomField', 'Lead.Concord_MQL_Why__c'), description: 'Ours since 2019.' });
    on.state.mapConversion([{ outputObject: 'Contact', inputField: 'Region__c', outputField: 'Region__c' }, { outputObject: 'Contact', inputField: 'Concord_Stage__c', outputField: 'Concord_Stage__c' }]);

    await remove(true);

    expect(on.state.metadata('CustomField', 'Lead.Concord_MQL_Why__c')).toBeDefined();
    expect(on.state.metadata('CustomField', 'Lead.Concord_Stage__c')).toBeUndefined();
    expect(on.state.metadata('LeadConvertSettings', 'LeadConvertSettings')?.['objectMapping']).toMatchObject([{ mappingFields: [{ inputField: 'Region__c' }] }]);
  });

  test('cut off in the middle, the next try finishes it', async () => {
    await expect(on.port.removeApply(needs(), true, (step) => {
      if (step.id.startsWith('ValidationRule')) throw new Error('killed');
    }, sales())).rejects.toThrow('killed');

    await remove(true);

    expect(Object.values(states(await on.port.removePlan(needs(), true, sales()))).filter((state) => state !== 'absent')).toEqual([]);
  });

  test('something of the org’s that uses a field keeps it: the refusal names the field, and nothing of that pass is gone', async () => {
    on.state.putMetadata('ListView', 'Lead.Mine', { label: 'Mine', filterScope: 'Everything', columns: ['FULL_NAME', 'Concord_Stage__c'] });

    await expect(remove(true)).rejects.toMatchObject({ code: 'setup_refused', where: 'Lead.Concord_Stage__c' });

    expect(on.state.metadata('CustomField', 'Lead.Concord_Rejection_Note__c')).toBeDefined();
  });
});

describe('waiting for a deploy', () => {
  test('it is looked at soon, then more and more rarely, and given up on with words', async () => {
    const pending = '<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><checkDeployStatusResponse><result><done>false</done><id>0Af000000000001AAA</id><status>Pending</status><success>false</success></result></checkDeployStatusResponse></soapenv:Body></soapenv:Envelope>';
    on.sandbox.faults.add({ match: { path: '/services/Soap/m/', body: '<checkDeployStatus' }, action: { do: 'answer', status: 200, body: pending, headers: { 'content-type': 'text/xml' } }, times: 0 });
    const waits: number[] = [];
    let late = 0;
    const port = on.another({
      now: () => Date.now() + late,
      sleep: async (ms) => {
        waits.push(ms);
        if (waits.length > 9) late += 600_000;
      },
    });

    await expect(port.setupApply(needs(), () => undefined, sales())).rejects.toMatchObject({ code: 'setup_incomplete', exit: 1, remedy: expect.stringContaining('Deployment Status') as string });

    expect(waits).toEqual([50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
  });
});

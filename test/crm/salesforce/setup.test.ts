import { generateKeyPairSync } from 'node:crypto';
import type { FieldNeed, SetupStep } from '../../../src/crm/port';
import { customField } from '../../../src/crm/salesforce/setup/shapes';
import { callsOf, world, type World } from './world';

let on: World;
beforeEach(async () => {
  on = await world({ fields: false });
  on.state.permit(on.state.integrationUserId, 'ModifyMetadata');
});
afterEach(() => on.close());

const REASONS = [{ value: 'no_budget', label: 'Sin presupuesto' }, { value: 'no_fit', label: 'No encaja' }];

function needs(of: { reasons?: { value: string; label: string }[]; stages?: string[] } = {}): FieldNeed[] {
  return (['lead', 'contact'] as const).flatMap((object): FieldNeed[] => [
    { object, name: 'Concord_Stage__c', label: 'Etapa acordada', type: 'option', options: (of.stages ?? ['lead', 'mql']).map((value) => ({ value, label: value.toUpperCase() })), description: 'The agreed stage.' },
    { object, name: 'Concord_Rejection_Reason__c', label: 'Motivo de rechazo', type: 'option', options: of.reasons ?? REASONS, sharedOptions: 'Concord_Rejection_Reason', description: 'Why sales said no.' },
    { object, name: 'Concord_Rejection_Note__c', label: 'Nota', type: 'longtext', description: 'In the rep’s words.' },
    { object, name: 'Concord_Score__c', label: 'Puntuación', type: 'number', description: 'Score.' },
    { object, name: 'Concord_MQL_At__c', label: 'MQL el', type: 'datetime', description: 'Since when.' },
    { object, name: 'Concord_Recycle_On__c', label: 'Reciclar el', type: 'date', description: 'When to try again.' },
    { object, name: 'Concord_MQL_Why__c', label: 'Por qué', type: 'text', length: 255, description: 'Why it is an MQL.' },
    { object, name: 'Concord_HubSpot_Id__c', label: 'Id de HubSpot', type: 'text', length: 64, unique: true, description: 'The HubSpot contact.' },
  ]);
}

const states = (steps: SetupStep[]): Record<string, string> => Object.fromEntries(steps.map((step) => [step.id, step.state]));
const open = (steps: SetupStep[]): string[] => steps.filter((step) => step.state !== 'ok').map((step) => `${step.id} ${step.state}`);
async function apply(of: FieldNeed[] = needs(), port = on.port): Promise<SetupStep[]> {
  const done: SetupStep[] = [];
  await port.setupApply(of, (step) => done.push(step));
  return done;
}

describe('setup', () => {
  test('a plan names everything that is missing and changes nothing', async () => {
    const steps = await on.port.setupPlan(needs());

    expect(states(steps)).toMatchObject({ 'value_set:Concord_Rejection_Reason': 'missing', 'field:Lead.Concord_Stage__c': 'missing', 'field:Contact.Concord_HubSpot_Id__c': 'missing', 'permission_set:Concord_Integration': 'missing', 'assignment:Concord_Integration': 'missing' });
    expect(new Set(steps.map((step) => step.id)).size).toBe(steps.length);
    expect(await on.port.setupPlan(needs())).toEqual(steps);
    expect((await on.port.describe(true)).lead).not.toHaveProperty('Concord_Stage__c');
  });

  test('applied, the integration user sees and may write every field; a second plan has nothing left', async () => {
    const done = await apply();

    expect(done.map((step) => step.state)).toEqual(done.map(() => 'ok'));
    expect(done).toHaveLength(1 + 16 + 2);
    // Checked and made: one package each, looked at twice. Read before and after: one value set, sixteen fields ten at a time, one permission set.
    expect(on.sandbox.calls.calls.filter((call) => call.url.startsWith('/services/Soap/m/'))).toHaveLength(2 * 3 + 4 + 4);
    const { lead, contact } = await on.port.describe();
    for (const fields of [lead, contact]) {
      expect(fields?.['Concord_Stage__c']).toMatchObject({ type: 'option', writable: true, restricted: true, options: [{ value: 'lead', label: 'LEAD' }, { value: 'mql', label: 'MQL' }] });
      expect(fields?.['Concord_Rejection_Reason__c']).toMatchObject({ restricted: true, options: REASONS });
      expect(fields?.['Concord_HubSpot_Id__c']).toMatchObject({ unique: true, length: 64, writable: true });
      expect(fields?.['Concord_Rejection_Note__c']).toMatchObject({ type: 'text', length: 32_768 });
      expect([fields?.['Concord_Score__c']?.type, fields?.['Concord_MQL_At__c']?.type, fields?.['Concord_Recycle_On__c']?.type]).toEqual(['number', 'datetime', 'date']);
    }
    expect(open(await on.port.setupPlan(needs()))).toEqual([]);
    expect(await apply()).toEqual([]);
  });

  test('what it made can be written to at once', async () => {
    await apply();

    expect(await on.port.write([{ key: 'k', object: 'lead', op: 'create', fields: { LastName: 'A', Company: 'C', Concord_Stage__c: 'mql', Concord_Rejection_Reason__c: 'no_fit' }, identity: { field: 'Concord_HubSpot_Id__c', value: '512' } }])).toMatchObject([{ outcome: 'done', created: true }]);
  });

  test('options are added to what is there, and none is taken away', async () => {
    await apply();
    const wider = needs({ reasons: [{ value: 'timing', label: 'Timing' }], stages: ['mql', 'sal'] });

    expect(open(await on.port.setupPlan(wider))).toEqual(['value_set:Concord_Rejection_Reason differs', 'field:Lead.Concord_Stage__c differs', 'field:Contact.Concord_Stage__c differs']);
    await apply(wider);

    const { lead } = await on.port.describe();
    expect(lead?.['Concord_Stage__c']?.options?.map((option) => option.value)).toEqual(['lead', 'mql', 'sal']);
    expect(lead?.['Concord_Rejection_Reason__c']?.options?.map((option) => option.value)).toEqual(['no_budget', 'no_fit', 'timing']);
    expect(lead?.['Concord_Rejection_Reason__c']?.options?.[0]?.label).toBe('Sin presupuesto');
  });

  test('a text that is too short is made longer', async () => {
    on.state.addField('Lead', { name: 'Concord_MQL_Why__c', type: 'Text', length: 40 });

    expect(states(await on.port.setupPlan(needs()))).toMatchObject({ 'field:Lead.Concord_MQL_Why__c': 'differs' });
    await apply();
    expect((await on.port.describe()).lead?.['Concord_MQL_Why__c']?.length).toBe(255);
  });

  test('a field of another type is left to people, and the rest goes on', async () => {
    on.state.addField('Lead', { name: 'Concord_Score__c', type: 'Text' });

    const steps = await on.port.setupPlan(needs());

    expect(states(steps)).toMatchObject({ 'field:Lead.Concord_Score__c': 'by_hand', 'field:Contact.Concord_Score__c': 'missing' });
    await apply();
    expect((await on.port.describe()).lead?.['Concord_Score__c']?.type).toBe('text');
  });

  test('permissions that an admin added to the set stay, and fields made by hand are granted', async () => {
    await apply();
    const [set] = on.state.query("SELECT Id FROM PermissionSet WHERE Name = 'Concord_Integration'");
    on.state.addField('Lead', { name: 'Region__c', type: 'Text' }, { granted: false });
    on.state.addField('Lead', { name: 'Concord_SLA__c', type: 'Text' }, { granted: false });
    on.state.act(on.state.adminUserId).create('FieldPermissions', { ParentId: set?.['Id'], SobjectType: 'Lead', Field: 'Lead.Region__c', PermissionsRead: true, PermissionsEdit: false });
    const wider: FieldNeed[] = [...needs(), { object: 'lead', name: 'Concord_SLA__c', label: 'SLA', type: 'text', description: 'SLA.' }];

    expect(open(await on.port.setupPlan(wider))).toEqual(['permission_set:Concord_Integration differs']);
    await apply(wider);

    const { lead } = await on.port.describe();
    expect(lead?.['Concord_SLA__c']).toMatchObject({ writable: true });
    expect(lead?.['Region__c']).toMatchObject({ writable: false });
    expect(lead?.['Concord_Stage__c']).toMatchObject({ writable: true });
  });

  test.each([1, 2, 11, 12, 17, 18])('cut off after step %i, it is finished by the next try', async (steps) => {
    let left = steps;
    await expect(on.port.setupApply(needs(), () => {
      left -= 1;
      if (left === 0) throw new Error('killed');
    })).rejects.toThrow('killed');

    await apply(needs(), on.another());

    expect(open(await on.port.setupPlan(needs()))).toEqual([]);
  });

  test('an answer that is lost after a field was made is no error: its name is unique', async () => {
    on.sandbox.faults.add({ match: { path: '/services/Soap/m/', body: '<createMetadata>.*Lead.Concord_Stage__c' }, action: { do: 'drop-after' } });

    await apply();

    expect(open(await on.port.setupPlan(needs()))).toEqual([]);
  });

  test('a session that ends during setup is renewed for SOAP calls too', async () => {
    await on.port.connect();
    let first = true;
    await on.port.setupApply(needs(), () => {
      if (first) on.state.expireSessions();
      first = false;
    });

    expect(callsOf(on.sandbox).filter((call) => call.endsWith('/oauth2/token'))).toHaveLength(2);
    expect(open(await on.port.setupPlan(needs()))).toEqual([]);
  });

  test('without the right to change metadata a plan still tells what is visible, and applying ends with what to do', async () => {
    await apply();
    on.state.permit(on.state.integrationUserId, 'ModifyMetadata', false);
    const plain = on.another();

    expect(open(await plain.setupPlan(needs())).filter((step) => step.startsWith('field:'))).toEqual([]);
    await expect(plain.setupApply([...needs(), { object: 'lead', name: 'Concord_New__c', label: 'New', type: 'text', description: 'New.' }], () => undefined)).rejects.toMatchObject({ code: 'no_permission' });
  });
});

describe('setup by an admin for the integration user', () => {
  test('the permission set goes to the integration user, whatever the admin can see', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    on.state.permit(on.state.integrationUserId, 'ModifyMetadata', false);
    on.state.approve(on.state.adminUserId);
    const admin = on.another({ username: 'admin@concord.sandbox', privateKey, integrationUser: on.sandbox.username });

    await apply(needs(), admin);

    const [assigned] = on.state.query("SELECT AssigneeId FROM PermissionSetAssignment WHERE PermissionSet.Name = 'Concord_Integration'");
    expect(assigned?.['AssigneeId']).toBe(on.state.integrationUserId);
    expect((await on.port.describe()).lead?.['Concord_Stage__c']).toMatchObject({ writable: true });
    expect(open(await admin.setupPlan(needs()))).toEqual([]);
    await expect(on.another({ username: 'admin@concord.sandbox', privateKey, integrationUser: 'nobody@acme.com' }).setupPlan(needs())).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('field shapes', () => {
  test.each<[FieldNeed['type'], Record<string, unknown>]>([
    ['text', { type: 'Text', length: 255 }],
    ['longtext', { type: 'LongTextArea', length: 32_768, visibleLines: 3 }],
    ['number', { type: 'Number', precision: 18, scale: 0 }],
    ['date', { type: 'Date' }],
    ['datetime', { type: 'DateTime' }],
    ['boolean', { type: 'Checkbox', defaultValue: 'false' }],
  ])('%s', (type, shape) => {
    expect(customField({ object: 'lead', name: 'X__c', label: 'X', type, description: 'd' })).toEqual({ fullName: 'Lead.X__c', label: 'X', description: 'd', ...shape });
  });

  test('text beyond 255 characters does not exist; members stand in the order of the WSDL', () => {
    const made = customField({ object: 'contact', name: 'X__c', label: 'X', type: 'text', length: 1000, unique: true, description: 'd' });

    expect(made).toMatchObject({ fullName: 'Contact.X__c', length: 255, externalId: true, unique: true, caseSensitive: true });
    expect(Object.keys(made).slice(1)).toEqual(Object.keys(made).slice(1).toSorted());
  });
});

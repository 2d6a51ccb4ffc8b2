import { codeOf, raw, world, type World } from './support';
import { zip } from './zip';

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(() => w.close());

const NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"';
const stage = {
  fullName: 'Lead.Concord_Stage__c',
  label: 'Concord Stage',
  type: 'Picklist',
  valueSet: { restricted: true, valueSetDefinition: { sorted: false, value: [{ fullName: 'lead', default: false, label: 'Lead' }, { fullName: 'mql', default: false, label: 'MQL' }] } },
};
const key = { fullName: 'Lead.Concord_HubSpot_Id__c', label: 'Concord HubSpot Id', type: 'Text', length: 64, externalId: true, unique: true };
const permissionSet = {
  fullName: 'Concord_Integration',
  label: 'Concord Integration',
  hasActivationRequired: false,
  fieldPermissions: [{ editable: true, field: 'Lead.Concord_Stage__c', readable: true }, { editable: false, field: 'Lead.Concord_HubSpot_Id__c', readable: true }],
  objectPermissions: [{ allowCreate: false, allowDelete: false, allowEdit: true, allowRead: true, modifyAllRecords: false, object: 'Lead', viewAllRecords: true }],
  userPermissions: [{ enabled: true, name: 'AllowViewEditConvertedLeads' }],
};
const upsert = (type: string, components: unknown[]): Promise<{ success: boolean; created?: boolean; fullName: string; errors: { statusCode: string; message: string }[] }[]> =>
  w.conn.metadata.upsert(type, components as never);

async function grant(): Promise<void> {
  await upsert('PermissionSet', [permissionSet]);
  const set = (await w.conn.query("SELECT Id FROM PermissionSet WHERE Name = 'Concord_Integration'")).records[0]?.Id;
  await w.conn.sobject('PermissionSetAssignment').create({ AssigneeId: w.sandbox.state.integrationUserId, PermissionSetId: String(set) });
}

describe('fields and permission sets (reference 5.6)', () => {
  it('keeps a new field invisible until an assigned permission set grants it', async () => {
    expect(await upsert('CustomField', [stage, key])).toMatchObject([{ created: true, fullName: 'Lead.Concord_Stage__c', success: true }, { success: true }]);
    const fields = async (): Promise<string[]> => (await w.conn.describe('Lead')).fields.filter((f) => f.custom).map((f) => `${f.name} ${f.updateable ? 'edit' : 'read'}`);

    expect(await fields()).toEqual([]);
    expect(await codeOf(w.conn.query('SELECT Concord_Stage__c FROM Lead'))).toBe('INVALID_FIELD');
    await upsert('PermissionSet', [permissionSet]);
    expect(await fields()).toEqual([]);
    await grant();

    expect(await fields()).toEqual(['Concord_Stage__c edit', 'Concord_HubSpot_Id__c read']);
    const id = String((await w.conn.sobject('Lead').create({ LastName: 'A', Company: 'B', Concord_Stage__c: 'mql' })).id);
    expect(await codeOf(w.conn.sobject('Lead').update({ Id: id, Concord_HubSpot_Id__c: '1' }))).toBe('INVALID_FIELD_FOR_INSERT_UPDATE');
    expect(await codeOf(w.conn.sobject('Lead').update({ Id: id, Concord_Stage__c: 'sql' }))).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
  });

  it('grants by FieldPermissions rows too, edit only with read', async () => {
    await upsert('CustomField', [stage]);
    await upsert('PermissionSet', [{ fullName: 'Bare', label: 'Bare' }]);
    const ParentId = String((await w.conn.query("SELECT Id FROM PermissionSet WHERE Name = 'Bare'")).records[0]?.Id);
    const row = { ParentId, SobjectType: 'Lead', Field: 'Lead.Concord_Stage__c', PermissionsEdit: true };
    expect(await codeOf(w.conn.sobject('FieldPermissions').create(row))).toBe('FIELD_INTEGRITY_EXCEPTION');

    await w.conn.sobject('FieldPermissions').create({ ...row, PermissionsRead: true });
    const assignment = await w.conn.sobject('PermissionSetAssignment').create({ AssigneeId: w.sandbox.state.integrationUserId, PermissionSetId: ParentId });
    expect((await w.conn.query('SELECT Concord_Stage__c FROM Lead')).totalSize).toBe(0);
    await w.conn.sobject('PermissionSetAssignment').destroy(String(assignment.id));

    expect(await codeOf(w.conn.query('SELECT Concord_Stage__c FROM Lead'))).toBe('INVALID_FIELD');
  });

  it('carries user permissions by the set, those unlisted off', async () => {
    const { state } = w.sandbox;
    await upsert('CustomField', [stage, key]);
    await grant();
    const admin = state.act(state.adminUserId);
    const id = admin.create('Lead', { LastName: 'A', Company: 'B' });
    admin.convertLead({ leadId: id, convertedStatus: 'Closed - Converted' });

    await w.conn.sobject('Lead').update({ Id: id, Rating: 'Hot' });
    await upsert('PermissionSet', [{ ...permissionSet, userPermissions: [] }]);

    expect(await codeOf(w.conn.sobject('Lead').update({ Id: id, Rating: 'Cold' }))).toBe('CANNOT_UPDATE_CONVERTED_LEAD');
    expect((await w.conn.describe('Lead')).fields.some((f) => f.name === 'Concord_Stage__c')).toBe(true);
  });

  it.each([
    ['a text over 255', { ...key, length: 256 }],
    ['a text area with a length', { fullName: 'Lead.A__c', label: 'A', type: 'TextArea', length: 10 }],
    ['a checkbox without a default', { fullName: 'Lead.A__c', label: 'A', type: 'Checkbox' }],
    ['a name without __c', { fullName: 'Lead.A', label: 'A', type: 'Date' }],
    ['a pick-list with both sets', { ...stage, valueSet: { ...stage.valueSet, valueSetName: 'X' } }],
    ['a pick-list external id', { ...stage, externalId: true }],
    ['an unknown global set', { ...stage, valueSet: { valueSetName: 'Nope' } }],
    ['an unknown object', { ...key, fullName: 'Nope.A__c' }],
  ])('refuses %s as a row, not as a fault', async (_name, component) => {
    const rows = await upsert('CustomField', [component, { fullName: 'Lead.Fine__c', label: 'Fine', type: 'Date' }]);

    expect(rows.map((r) => r.success)).toEqual([false, true]);
    expect(rows[0]?.errors).toMatchObject([{ statusCode: expect.stringMatching(/^FIELD_INTEGRITY_EXCEPTION|INVALID_CROSS_REFERENCE_KEY$/) as string }]);
  });

  it('refuses more than ten components, an unknown type and a user without the permission as faults', async () => {
    expect(await codeOf(upsert('CustomField', Array.from({ length: 11 }, (_, i) => ({ ...key, fullName: `Lead.A${i}__c` }))))).toBe('sf:LIMIT_EXCEEDED');
    expect(await codeOf(w.conn.metadata.read('Nope' as never, ['x']))).toBe('sf:INVALID_TYPE');
    w.sandbox.state.permit(w.sandbox.state.integrationUserId, 'ModifyMetadata', false);
    expect(await codeOf(upsert('CustomField', [key]))).toBe('sf:INSUFFICIENT_ACCESS');
  });

  it('refuses permissions on required and unknown fields', async () => {
    const set = (field: string): unknown => ({ fullName: 'X', label: 'X', fieldPermissions: [{ editable: true, readable: true, field }] });

    expect((await upsert('PermissionSet', [set('Lead.LastName')]))[0]?.errors).toMatchObject([{ statusCode: 'FIELD_INTEGRITY_EXCEPTION' }]);
    expect((await upsert('PermissionSet', [set('Lead.Nope__c')]))[0]?.errors).toMatchObject([{ statusCode: 'INVALID_CROSS_REFERENCE_KEY' }]);
    expect((await w.conn.query("SELECT Id FROM PermissionSet WHERE Name = 'X'")).totalSize).toBe(0);
  });
});

describe('create, read, update, delete, list', () => {
  // jsforce casts what it reads by its own schema: booleans and numbers come back as such, a missing component without a name.
  it('reads what was written, and nothing for what is not there', async () => {
    await upsert('CustomField', [stage, key]);

    const [first, second, missing] = (await w.conn.metadata.read('CustomField', ['Lead.Concord_Stage__c', 'Lead.Concord_HubSpot_Id__c', 'Lead.Nope__c'])) as unknown as Record<string, unknown>[];

    expect(first).toMatchObject({ fullName: 'Lead.Concord_Stage__c', type: 'Picklist', valueSet: { restricted: true, valueSetDefinition: { value: [{ fullName: 'lead', label: 'Lead' }, { fullName: 'mql', label: 'MQL' }] } } });
    expect(second).toMatchObject({ type: 'Text', length: 64, externalId: true, unique: true });
    expect(missing?.fullName).toBeUndefined();
  });

  it('deactivates a value that is left out of a definition (reference 5.5)', async () => {
    await upsert('CustomField', [stage]);
    await upsert('CustomField', [{ ...stage, valueSet: { restricted: true, valueSetDefinition: { sorted: false, value: [{ fullName: 'mql', default: false, label: 'MQL!' }] } } }]);

    const field = (await w.conn.metadata.read('CustomField', 'Lead.Concord_Stage__c')) as unknown as { valueSet: { valueSetDefinition: { value: unknown[] } } };

    expect(field.valueSet.valueSetDefinition.value).toEqual([{ fullName: 'mql', default: false, label: 'MQL!' }, { fullName: 'lead', default: false, label: 'Lead', isActive: false }]);
  });

  it('shares a global value set among fields, always restricted', async () => {
    await upsert('GlobalValueSet', [{ fullName: 'Concord_Rejection_Reason', masterLabel: 'Reasons', sorted: false, customValue: [{ fullName: 'no_budget', default: false, label: 'No budget' }] }]);
    await upsert('CustomField', ['Lead', 'Contact'].map((o) => ({ fullName: `${o}.Reason__c`, label: 'Reason', type: 'Picklist', valueSet: { restricted: true, valueSetName: 'Concord_Rejection_Reason' } })));
    const admin = w.sandbox.state.act(w.sandbox.state.adminUserId);

    admin.create('Contact', { LastName: 'A', Reason__c: 'no_budget' });

    expect(() => admin.create('Contact', { LastName: 'A', Reason__c: 'other' })).toThrow('bad value for restricted picklist field');
    expect(await w.conn.metadata.read('CustomField', 'Lead.Reason__c')).toMatchObject({ valueSet: { valueSetName: 'Concord_Rejection_Reason' } });
    expect(await w.conn.metadata.delete('GlobalValueSet', 'Concord_Rejection_Reason')).toMatchObject({ success: false });
  });

  it('refuses to create what exists and to update what does not', async () => {
    expect(await w.conn.metadata.update('CustomField', key as never)).toMatchObject({ success: false, errors: [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY' }] });
    expect(await w.conn.metadata.create('CustomField', key as never)).toMatchObject({ success: true });

    expect(await w.conn.metadata.create('CustomField', key as never)).toMatchObject({ success: false, errors: [{ statusCode: 'DUPLICATE_DEVELOPER_NAME' }] });
  });

  it('deletes a field with its data', async () => {
    await upsert('CustomField', [key]);
    const admin = w.sandbox.state.act(w.sandbox.state.adminUserId);
    const id = admin.create('Lead', { LastName: 'A', Company: 'B', Concord_HubSpot_Id__c: '1' });

    expect(await w.conn.metadata.delete('CustomField', ['Lead.Concord_HubSpot_Id__c'])).toMatchObject([{ success: true }]);

    expect(w.sandbox.state.record('Lead', id)).not.toHaveProperty('Concord_HubSpot_Id__c');
    await upsert('CustomField', [key]);
    expect(w.sandbox.state.record('Lead', id)?.Concord_HubSpot_Id__c).toBeNull();
  });

  it('lists components and describes types', async () => {
    await upsert('CustomField', [key]);

    expect((await w.conn.metadata.list({ type: 'CustomField' }, '67.0')).map((f) => f.fullName)).toEqual(['Lead.Concord_HubSpot_Id__c']);
    expect((await w.conn.metadata.describe()).metadataObjects.find((o) => o.xmlName === 'PermissionSet')).toMatchObject({ directoryName: 'permissionsets', suffix: 'permissionset' });
  });

  it('makes validation rules effective and refuses formulas it cannot read', async () => {
    const rule = { fullName: 'Lead.No_Acme', active: true, errorConditionFormula: "Company = 'Acme'", errorDisplayField: 'Company', errorMessage: 'Not Acme.' };
    expect(await upsert('ValidationRule', [rule])).toMatchObject([{ success: true }]);

    expect(await codeOf(w.conn.sobject('Lead').create({ LastName: 'A', Company: 'Acme' }))).toBe('FIELD_CUSTOM_VALIDATION_EXCEPTION');
    expect((await upsert('ValidationRule', [{ ...rule, fullName: 'Lead.Bad', errorConditionFormula: 'AND(' }]))[0]?.success).toBe(false);
    expect((await upsert('ValidationRule', [{ ...rule, fullName: 'Lead.Bad', errorConditionFormula: "Nope__c = 'x'" }]))[0]?.errors).toMatchObject([{ message: 'Field Nope__c does not exist. Check spelling.' }]);
    expect(await w.conn.metadata.read('ValidationRule', 'Lead.No_Acme')).toMatchObject({ errorMessage: 'Not Acme.', active: true });
  });

  it('replaces the conversion mapping by LeadConvertSettings, refusing unknown fields', async () => {
    await upsert('CustomField', [key, { ...key, fullName: 'Contact.Concord_HubSpot_Id__c' }]);
    const settings = (outputField: string): unknown => ({ fullName: 'LeadConvertSettings', objectMapping: [{ inputObject: 'Lead', mappingFields: [{ inputField: 'Concord_HubSpot_Id__c', outputField }], outputObject: 'Contact' }] });
    expect((await upsert('LeadConvertSettings', [settings('Nope__c')]))[0]?.success).toBe(false);

    await upsert('LeadConvertSettings', [settings('Concord_HubSpot_Id__c')]);

    expect(await w.conn.metadata.read('LeadConvertSettings', 'LeadConvertSettings')).toMatchObject({ objectMapping: [{ outputObject: 'Contact', mappingFields: [{ inputField: 'Concord_HubSpot_Id__c' }] }] });
    const admin = w.sandbox.state.act(w.sandbox.state.adminUserId);
    const { contactId } = admin.convertLead({ leadId: admin.create('Lead', { LastName: 'A', Company: 'B', Concord_HubSpot_Id__c: '7' }), convertedStatus: 'Closed - Converted' });
    expect(w.sandbox.state.record('Contact', contactId)?.Concord_HubSpot_Id__c).toBe('7');
  });

  it('reads lead statuses as a standard value set and takes a new list', async () => {
    const set = (await w.conn.metadata.read('StandardValueSet', 'LeadStatus')) as unknown as { standardValue: Record<string, unknown>[] };
    expect(set.standardValue.map((v) => [v.fullName, v.converted])).toEqual([['Open - Not Contacted', false], ['Working - Contacted', false], ['Closed - Converted', true], ['Closed - Not Converted', false]]);

    await w.conn.metadata.update('StandardValueSet', { fullName: 'LeadStatus', sorted: false, standardValue: [...set.standardValue, { fullName: 'Recycled', default: 'false', label: 'Recycled', converted: 'false' }] } as never);

    expect((await w.conn.query("SELECT Id FROM LeadStatus WHERE ApiName = 'Recycled'")).totalSize).toBe(1);
  });

  it('switches field history on by enableHistory and trackHistory', async () => {
    const tracked = { ...stage, trackHistory: true };
    expect((await upsert('CustomField', [tracked]))[0]?.success).toBe(false);

    await w.conn.metadata.update('CustomObject', { fullName: 'Lead', enableHistory: true } as never);
    expect((await upsert('CustomField', [tracked]))[0]?.success).toBe(true);
    const admin = w.sandbox.state.act(w.sandbox.state.adminUserId);
    const id = admin.create('Lead', { LastName: 'A', Company: 'B' });
    admin.update('Lead', id, { Concord_Stage__c: 'mql' });

    expect(w.sandbox.state.query('SELECT Field, NewValue FROM LeadHistory ORDER BY Id')).toMatchObject([{ Field: 'created' }, { Field: 'Concord_Stage__c', NewValue: 'mql' }]);
  });

  it('takes a field as JSON through the Tooling API', async () => {
    const body = { FullName: 'Lead.Tool__c', Metadata: { label: 'Tool', type: 'Text', length: 10, externalId: false } };

    expect((await raw(w, 'POST', '/tooling/sobjects/CustomField', { body })).status).toBe(201);
    expect(await w.conn.metadata.read('CustomField', 'Lead.Tool__c')).toMatchObject({ type: 'Text', length: 10 });
  });
});

describe('what an admin keeps', () => {
  const text = { fullName: 'Lead.Why__c', label: 'Why', type: 'Text', length: 40, description: 'Ours.' };
  const set = { fullName: 'Acme', label: 'Acme', fieldPermissions: [{ editable: true, field: 'Lead.Why__c', readable: true }], userPermissions: [{ enabled: true, name: 'ApiEnabled' }] };

  it('tells descriptions as they were sent', async () => {
    await upsert('CustomField', [text]);

    expect(await w.conn.metadata.read('CustomField', 'Lead.Why__c')).toMatchObject({ description: 'Ours.' });
  });

  it('takes a permission set only with custom permissions that exist, and tells it as its rows stand', async () => {
    await upsert('CustomField', [text]);
    const bypass = { ...set, customPermissions: [{ enabled: true, name: 'Bypass' }] };
    expect(await upsert('PermissionSet', [bypass])).toMatchObject([{ success: false, errors: [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY' }] }]);
    expect((await upsert('CustomPermission', [{ fullName: 'Bypass' }]))[0]?.success).toBe(false);
    await upsert('CustomPermission', [{ fullName: 'Bypass', label: 'Bypass' }]);
    expect(await upsert('PermissionSet', [bypass])).toMatchObject([{ success: true }]);

    const { state } = w.sandbox;
    const [row] = state.query("SELECT Id FROM FieldPermissions WHERE Field = 'Lead.Why__c'");
    state.act(state.adminUserId).update('FieldPermissions', String(row?.Id), { PermissionsEdit: false });

    expect(await w.conn.metadata.read('PermissionSet', 'Acme')).toMatchObject({
      label: 'Acme', customPermissions: [{ enabled: true, name: 'Bypass' }], userPermissions: [{ enabled: true, name: 'ApiEnabled' }], fieldPermissions: [{ editable: false, field: 'Lead.Why__c', readable: true }],
    });
  });

  it('keeps a field that a rule, a view, an action or a path names', async () => {
    const uses: [string, Record<string, unknown>][] = [
      ['ValidationRule', { fullName: 'Lead.R', active: true, errorConditionFormula: 'ISBLANK(Why__c)', errorMessage: 'Why?' }],
      ['ListView', { fullName: 'Lead.V', label: 'V', filterScope: 'Everything', columns: ['Why__c'] }],
      ['QuickAction', { fullName: 'Lead.A', label: 'A', type: 'Update', optionsCreateFeedItem: false, fieldOverrides: [{ field: 'Why__c', literalValue: 'x' }] }],
      ['PathAssistant', { fullName: 'P', active: true, entityName: 'Lead', fieldName: 'Status', masterLabel: 'P', recordTypeName: '__MASTER__', pathAssistantSteps: [{ fieldNames: ['Why__c'], picklistValueName: 'Open - Not Contacted' }] }],
    ];
    await upsert('CustomField', [text]);
    for (const [type, body] of uses) {
      expect(await upsert(type, [body])).toMatchObject([{ success: true }]);
      expect(await w.conn.metadata.delete('CustomField', ['Lead.Why__c'])).toMatchObject([{ success: false, errors: [{ statusCode: 'DELETE_FAILED' }] }]);
      await w.conn.metadata.delete(type, [String(body.fullName)]);
    }

    expect(await w.conn.metadata.delete('CustomField', ['Lead.Why__c'])).toMatchObject([{ success: true }]);
  });

  it('tells a record type with the values it offers', async () => {
    w.sandbox.state.addRecordType('Lead', 'Partner', { Rating: ['Hot'] });

    expect(await w.conn.metadata.read('RecordType', 'Lead.Partner')).toMatchObject({ label: 'Partner', active: true, picklistValues: [{ picklist: 'Rating', values: [{ fullName: 'Hot' }] }] });
  });

  it('shows the page layout with the fields somebody put on it, as far as the user sees them', async () => {
    await upsert('CustomField', [text]);
    w.sandbox.state.showOnLayout('Lead', ['Title', 'Why__c']);
    const shown = async (): Promise<string[]> => [...JSON.stringify((await raw(w, 'GET', '/sobjects/Lead/describe/layouts')).body).matchAll(/"type":"Field","value":"(\w+)"/g)].map((match) => match[1] as string);

    expect(new Set(await shown())).toEqual(new Set(['Name', 'Title']));
    await upsert('PermissionSet', [set]);
    w.sandbox.state.act(w.sandbox.state.adminUserId).create('PermissionSetAssignment', { AssigneeId: w.sandbox.state.integrationUserId, PermissionSetId: w.sandbox.state.query("SELECT Id FROM PermissionSet WHERE Name = 'Acme'")[0]?.Id });
    expect(new Set(await shown())).toEqual(new Set(['Name', 'Title', 'Why__c']));
  });
});

describe('deploy', () => {
  const object = `<CustomObject ${NS}><fields><fullName>Concord_Stage__c</fullName><label>Stage</label><type>Picklist</type><valueSet><restricted>true</restricted><valueSetName>Concord_Stages</valueSetName></valueSet></fields>
    <validationRules><fullName>Rule</fullName><active>true</active><errorConditionFormula><![CDATA[AND(ISPICKVAL(Status,"Closed - Not Converted"), ISBLANK(TEXT(Concord_Stage__c)))]]></errorConditionFormula><errorMessage>Why?</errorMessage></validationRules>
    <listViews><fullName>Mine_All</fullName><columns>FULL_NAME</columns><columns>Concord_Stage__c</columns><filterScope>Everything</filterScope><label>MQLs</label></listViews></CustomObject>`;
  const set = `<GlobalValueSet ${NS}><customValue><fullName>mql</fullName><default>false</default><label>MQL</label></customValue><masterLabel>Stages</masterLabel><sorted>false</sorted></GlobalValueSet>`;
  const permissions = `<PermissionSet ${NS}><label>Concord</label><fieldPermissions><editable>true</editable><field>Lead.Concord_Stage__c</field><readable>true</readable></fieldPermissions></PermissionSet>`;
  const manifest = (types: Record<string, string>): string =>
    `<?xml version="1.0" encoding="UTF-8"?><Package ${NS}>${Object.entries(types).map(([name, member]) => `<types><members>${member}</members><name>${name}</name></types>`).join('')}<version>67.0</version></Package>`;
  const types = { CustomField: 'Lead.Concord_Stage__c', ValidationRule: 'Lead.Rule', ListView: 'Lead.Mine_All', GlobalValueSet: 'Concord_Stages', PermissionSet: 'Concord' };
  // The permission set stands before what it needs: the order in the package does not count.
  const files = { 'permissionsets/Concord.permissionset': permissions, 'objects/Lead.object': object, 'globalValueSets/Concord_Stages.globalValueSet': set, 'package.xml': manifest(types) };
  interface Result { status: string; success: boolean; done: boolean; numberComponentErrors: number; details: { componentFailures?: { problem: string; fullName: string }[]; componentSuccesses?: unknown[] } }

  async function deploy(content: Record<string, string>, options: Record<string, unknown> = {}): Promise<Result> {
    const { id } = await w.conn.metadata.deploy(zip(content), { singlePackage: true, rollbackOnError: true, ...options });
    expect(((await w.conn.metadata.checkDeployStatus(id, true)) as unknown as Result).status).toBe('InProgress');
    return (await w.conn.metadata.checkDeployStatus(id, true)) as unknown as Result;
  }

  it('applies a package in the order of its needs, seen as InProgress first', async () => {
    const result = await deploy(files);

    expect(result).toMatchObject({ status: 'Succeeded', success: true, done: true, numberComponentsDeployed: 5, numberComponentErrors: 0 });
    expect(await w.conn.metadata.read('ValidationRule', 'Lead.Rule')).toMatchObject({ errorMessage: 'Why?' });
    expect(await w.conn.metadata.read('ListView', 'Lead.Mine_All')).toMatchObject({ columns: ['FULL_NAME', 'Concord_Stage__c'] });
    expect((await w.conn.query("SELECT Id FROM FieldPermissions WHERE Field = 'Lead.Concord_Stage__c'")).totalSize).toBe(1);
  });

  it('changes nothing when only checking', async () => {
    expect(await deploy(files, { checkOnly: true })).toMatchObject({ status: 'Succeeded', checkOnly: true });

    expect(await w.conn.metadata.list({ type: 'CustomField' }, '67.0')).toEqual([]);
    expect(await deploy(files)).toMatchObject({ status: 'Succeeded' });
  });

  it('undoes all when one component fails, names it, and leaves the rest to stand without rollback', async () => {
    const broken = { ...files, 'permissionsets/Concord.permissionset': permissions.replace('Concord_Stage__c', 'Nope__c') };

    const result = await deploy(broken);

    expect(result).toMatchObject({ status: 'Failed', success: false, numberComponentErrors: 1 });
    expect(result.details.componentFailures).toMatchObject([{ fullName: 'Concord', problem: 'In field: field - no CustomField named Lead.Nope__c found' }]);
    expect(await w.conn.metadata.list({ type: 'CustomField' }, '67.0')).toEqual([]);
    expect(await deploy(broken, { rollbackOnError: false })).toMatchObject({ status: 'SucceededPartial' });
    expect(await w.conn.metadata.list({ type: 'CustomField' }, '67.0')).toHaveLength(1);
  });

  it('wants file and package.xml to agree', async () => {
    const { PermissionSet: _left, ...fewer } = types;
    expect((await deploy({ ...files, 'package.xml': manifest(fewer) })).details.componentFailures).toMatchObject([{ fullName: 'Concord', problem: 'Not in package.xml' }]);
    expect((await deploy({ ...files, 'package.xml': manifest({ ...types, CustomPermission: 'Gone' }) })).details.componentFailures).toMatchObject([{ fullName: 'Gone', problem: expect.stringContaining('was not found in zipped directory') as string }]);
  });

  it('removes what destructiveChanges names', async () => {
    await deploy(files);

    const result = await deploy({ 'package.xml': manifest({}), 'destructiveChanges.xml': manifest({ ValidationRule: 'Lead.Rule' }) });

    expect(result.status).toBe('Succeeded');
    expect(await w.conn.metadata.read('ValidationRule', 'Lead.Rule')).not.toMatchObject({ errorMessage: 'Why?' });
  });

  it('takes a deploy over REST and jsforce waits for its end', async () => {
    w.conn.metadata.pollInterval = 10;

    const result = await w.conn.metadata.deployRest(zip(files), { rollbackOnError: true, singlePackage: true }).complete(true);

    expect(result).toMatchObject({ success: true, status: 'Succeeded' });
    const { id } = result;
    expect(await w.conn.metadata.checkDeployStatus(id, true, true)).toMatchObject({ success: true });
  });

  it('fails a package that is none', async () => {
    const { id } = await w.conn.metadata.deploy(Buffer.from('not a zip'), {});
    await w.conn.metadata.checkDeployStatus(id);

    expect(await w.conn.metadata.checkDeployStatus(id)).toMatchObject({ status: 'Failed', errorMessage: 'not a zip file' });
  });
});

import { evaluateFormula, type FormulaContext } from '../../../src/sandbox/salesforce/rules/formula';
import { codeOf, codeOfCall, raw, world, type World } from './support';

let w: World;
let admin: ReturnType<World['sandbox']['state']['act']>;
beforeEach(async () => {
  w = await world();
  admin = w.sandbox.state.act(w.sandbox.state.adminUserId);
});
afterEach(() => w.close());

const lead = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({ LastName: 'Silva', Company: 'Acme', ...fields });

describe('validation rules', () => {
  const rule = {
    object: 'Lead',
    name: 'Reason_Required',
    formula: 'AND(ISPICKVAL(Status,"Closed - Not Converted"), ISBLANK(TEXT(Reason__c)), NOT($Permission.Concord_Bypass))',
    message: 'Choose a rejection reason.',
    field: 'Reason__c',
  };
  beforeEach(() => {
    w.sandbox.state.addField('Lead', { name: 'Reason__c', type: 'Picklist', values: ['no_budget', 'bad_fit'], restricted: true });
    w.sandbox.state.addValidationRule(rule);
  });

  it('refuses a rejection without a reason, at the page and over the API', async () => {
    const id = admin.create('Lead', lead());

    expect(codeOfCall(() => admin.update('Lead', id, { Status: 'Closed - Not Converted' }))).toBe('FIELD_CUSTOM_VALIDATION_EXCEPTION');
    const { body } = await raw(w, 'PATCH', `/sobjects/Lead/${id}`, { body: { Status: 'Closed - Not Converted' } });
    expect(body).toEqual([{ message: 'Choose a rejection reason.', errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', fields: ['Reason__c'] }]);
    admin.update('Lead', id, { Status: 'Closed - Not Converted', Reason__c: 'no_budget' });
    expect(w.sandbox.state.record('Lead', id)?.Status).toBe('Closed - Not Converted');
  });

  it('lets the user with the bypass permission pass', async () => {
    w.sandbox.state.permit(w.sandbox.state.integrationUserId, 'Concord_Bypass');
    const id = admin.create('Lead', lead());

    await w.conn.sobject('Lead').update({ Id: id, Status: 'Closed - Not Converted' });

    expect(w.sandbox.state.record('Lead', id)?.Status).toBe('Closed - Not Converted');
  });

  it('does nothing when inactive or removed', () => {
    w.sandbox.state.addValidationRule({ ...rule, active: false });
    admin.create('Lead', lead({ Status: 'Closed - Not Converted' }));
    w.sandbox.state.addValidationRule(rule);
    expect(codeOfCall(() => admin.create('Lead', lead({ Status: 'Closed - Not Converted' })))).toBe('FIELD_CUSTOM_VALIDATION_EXCEPTION');
    w.sandbox.state.removeValidationRule('Lead', 'Reason_Required');
    admin.create('Lead', lead({ Status: 'Closed - Not Converted' }));

    expect(w.sandbox.state.counts().Lead).toBe(2);
  });
});

describe('formulas', () => {
  const fields: Record<string, string | number | boolean | null> = { Name: 'Ana', Amount: 5, Empty: null, Flag: true, Topics: 'a;b' };
  const context: FormulaContext = { field: (n) => fields[n] ?? null, prior: (n) => (n === 'Name' ? 'Old' : (fields[n] ?? null)), isNew: false, now: 0, user: () => 'me', permission: (n) => n === 'P' };

  it.each([
    ["Name = 'Ana' && Amount >= 5", true],
    ['OR(ISBLANK(Name), Amount > 5)', false],
    ['NOT(Flag)', false],
    ['ISBLANK(Empty) || FALSE', true],
    ['ISCHANGED(Name)', true],
    ['ISCHANGED(Amount)', false],
    ["PRIORVALUE(Name) = 'Old'", true],
    ["IF(Amount * 2 = 10, 'y', 'n')", 'y'],
    ["CASE(Name, 'Bia', 1, 'Ana', 2, 3)", 2],
    ["INCLUDES(Topics, 'b')", true],
    ["BEGINS(LOWER(Name), 'an') && LEN(Name) = 3", true],
    ["REGEX(Name, '[A-Z]na')", true],
    ["$User.Id = 'me' && $Permission.P", true],
    ["Empty = ''", true],
    ["Name & '!' <> 'Ana!'", false],
    ['-Amount + 1 = -4', true],
  ])('%s is %s', (formula, expected) => {
    expect(evaluateFormula(formula, context)).toBe(expected);
  });

  it.each(['AND(', 'Name = ', 'NOPE(1)', 'Name ~ 1', '(1'])('refuses %s', (formula) => {
    expect(() => evaluateFormula(formula, context)).toThrow();
  });
});

describe('picklists', () => {
  it('refuses an unknown value of a restricted one and takes any in an unrestricted one', async () => {
    w.sandbox.state.addField('Lead', { name: 'Stage__c', type: 'Picklist', values: ['mql', { value: 'old', active: false }], restricted: true });

    expect(await codeOf(w.conn.sobject('Lead').create(lead({ Stage__c: 'sql' })))).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
    expect(await codeOf(w.conn.sobject('Lead').create(lead({ Stage__c: 'old' })))).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
    await w.conn.sobject('Lead').create(lead({ Stage__c: 'mql', LeadSource: 'Typo', Status: 'Recycled' }));
    expect([...w.sandbox.state.records('Lead')]).toMatchObject([{ Stage__c: 'mql', LeadSource: 'Typo', Status: 'Recycled' }]);
  });

  it('follows setPicklist and setLeadStatuses', async () => {
    w.sandbox.state.addField('Lead', { name: 'Stage__c', type: 'Picklist', values: ['mql'], restricted: true });
    w.sandbox.state.setPicklist('Lead', 'Stage__c', ['sql']);
    w.sandbox.state.setLeadStatuses([{ value: 'Nuevo', default: true }, { value: 'Rechazado' }, { value: 'Convertido', converted: true }]);

    const id = admin.create('Lead', lead({ Stage__c: 'sql' }));

    expect(w.sandbox.state.record('Lead', id)?.Status).toBe('Nuevo');
    expect((await w.conn.query('SELECT ApiName FROM LeadStatus WHERE IsConverted = true')).records).toMatchObject([{ ApiName: 'Convertido' }]);
    expect(codeOfCall(() => admin.create('Lead', lead({ Stage__c: 'mql' })))).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
  });

  it('offers a record type its own values', async () => {
    w.sandbox.state.addField('Lead', { name: 'Reason__c', type: 'Picklist', values: ['a', 'b'], restricted: true });
    const type = w.sandbox.state.addRecordType('Lead', 'Partner_Lead', { Reason__c: ['a'] });

    expect(codeOfCall(() => admin.create('Lead', lead({ RecordTypeId: type, Reason__c: 'b' })))).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
    const id = admin.create('Lead', lead({ RecordTypeId: type, Reason__c: 'a' }));
    admin.create('Lead', lead({ Reason__c: 'b' }));
    expect((await w.conn.query("SELECT Id, RecordType.DeveloperName FROM Lead WHERE RecordType.DeveloperName = 'Partner_Lead'")).records).toMatchObject([{ Id: id }]);
    expect((await w.conn.describe('Lead')).recordTypeInfos.map((r) => r.name)).toEqual(['Partner Lead', 'Master']);
  });
});

describe('owners, assignment, duplicates, locks', () => {
  it('refuses an inactive owner', () => {
    const rep = w.sandbox.state.addUser({ Name: 'Rita Rep', IsActive: false });

    expect(codeOfCall(() => admin.create('Lead', lead({ OwnerId: rep })))).toBe('INACTIVE_OWNER_OR_USER');
  });

  it('takes a queue as owner of a lead, not of a contact', () => {
    const queue = w.sandbox.state.addQueue('Inbound');
    admin.create('Lead', lead({ OwnerId: queue }));

    expect(codeOfCall(() => admin.create('Contact', { LastName: 'x', OwnerId: queue }))).toBe('FIELD_INTEGRITY_EXCEPTION');
  });

  it('runs the active assignment rule on create and on update, unless told FALSE (W1)', async () => {
    const queue = w.sandbox.state.addQueue('Rule');
    const { integrationUserId, adminUserId } = w.sandbox.state;
    const off = { headers: { 'Sforce-Auto-Assign': 'FALSE' } };
    w.sandbox.state.assignmentRule(queue);
    const owner = (id: unknown): unknown => w.sandbox.state.record('Lead', String(id))?.OwnerId;

    const assigned = await w.conn.sobject('Lead').create(lead());
    const mine = await w.conn.sobject('Lead').create(lead(), off);
    const rep = admin.create('Lead', lead());
    expect([owner(assigned.id), owner(mine.id), owner(rep)]).toEqual([queue, integrationUserId, adminUserId]);
    await w.conn.sobject('Lead').update([{ Id: String(mine.id), Rating: 'Hot' }], off);
    expect(owner(mine.id)).toBe(integrationUserId);
    await w.conn.sobject('Lead').update({ Id: rep, Rating: 'Hot' });

    expect(owner(rep)).toBe(queue);
  });

  it('refuses duplicates by an Alert rule unless allowSave, by a Block rule always', async () => {
    const allow = { headers: { 'Sforce-Duplicate-Rule-Header': 'allowSave=true; includeRecordDetails=false; runAsCurrentUser=true' } };
    const first = admin.create('Lead', lead({ Email: 'a@example.com' }));
    w.sandbox.state.duplicateRule('alert');

    const { body } = await raw(w, 'POST', '/sobjects/Lead', { body: lead({ Email: 'A@example.com' }) });
    expect(body).toMatchObject([{ errorCode: 'DUPLICATES_DETECTED', duplicateResult: { allowSave: true, matchResults: [{ entityType: 'Lead', matchRecords: [{ record: { Id: first } }] }] } }]);
    await w.conn.sobject('Lead').create(lead({ Email: 'a@example.com' }), allow);
    w.sandbox.state.duplicateRule('block');
    expect(await codeOf(w.conn.sobject('Lead').create(lead({ Email: 'a@example.com' }), allow))).toBe('DUPLICATES_DETECTED');
    const rows = (await w.conn.sobject('Contact').create([{ LastName: 'x', Email: 'a@example.com' }, { LastName: 'y' }], allow)) as unknown as { success: boolean; errors: { statusCode: string }[] }[];

    expect(rows.map((r) => r.errors[0]?.statusCode ?? 'done')).toEqual(['DUPLICATES_DETECTED', 'done']);
  });

  it('looks for duplicates when an e-mail changes, not on other edits', () => {
    const strict = w.sandbox.state.act(w.sandbox.state.adminUserId, { allowDuplicates: false });
    admin.create('Lead', lead({ Email: 'a@example.com' }));
    const twin = admin.create('Lead', lead({ Email: 'a@example.com' }));
    const other = admin.create('Lead', lead({ Email: 'b@example.com' }));
    w.sandbox.state.duplicateRule('alert');

    strict.update('Lead', twin, { Rating: 'Hot' });

    expect(codeOfCall(() => strict.update('Lead', other, { Email: 'a@example.com' }))).toBe('DUPLICATES_DETECTED');
  });

  it('locks a row for as many writes as asked', async () => {
    const id = admin.create('Lead', lead());
    w.sandbox.state.lockRow(id, { times: 2 });
    const write = (): Promise<string> => codeOf(w.conn.sobject('Lead').update({ Id: id, Rating: 'Hot' }));

    expect([await write(), await write(), await write()]).toEqual(['UNABLE_TO_LOCK_ROW', 'UNABLE_TO_LOCK_ROW', 'no error']);
  });
});

describe('opportunities', () => {
  const make = (fields: Record<string, unknown> = {}): string => admin.create('Opportunity', { Name: 'Deal', StageName: 'Prospecting', CloseDate: '2026-12-31', ...fields });

  it('derive closed, won, probability and forecast from the stage', () => {
    const id = make();
    expect(w.sandbox.state.record('Opportunity', id)).toMatchObject({ IsClosed: false, IsWon: false, Probability: 10, ForecastCategoryName: 'Pipeline', LastStageChangeDate: null });
    w.clock.advance(1000);
    admin.update('Opportunity', id, { StageName: 'Closed Won' });

    expect(w.sandbox.state.record('Opportunity', id)).toMatchObject({ IsClosed: true, IsWon: true, Probability: 100, ForecastCategoryName: 'Closed', LastStageChangeDate: '2026-11-22T04:17:40.000+0000' });
    expect(codeOfCall(() => admin.update('Opportunity', id, { IsWon: false }))).toBe('INVALID_FIELD_FOR_INSERT_UPDATE');
    expect(codeOfCall(() => admin.update('Opportunity', id, { StageName: 'Nope' }))).toBe('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
  });

  it('write OpportunityHistory at creation and on changes of stage, amount, close date and probability only', async () => {
    const id = make({ Amount: 100 });
    for (const fields of [{ StageName: 'Closed Lost' }, { NextStep: 'none' }, { Amount: 50 }, { CloseDate: '2027-01-01' }]) {
      w.clock.advance(60_000);
      admin.update('Opportunity', id, fields);
    }

    const { records } = await w.conn.query(`SELECT StageName, Amount, CloseDate, PrevAmount, CreatedDate FROM OpportunityHistory WHERE OpportunityId = '${id}' ORDER BY CreatedDate`);

    expect(records.map((r) => [r.StageName, r.Amount, r.CloseDate, r.PrevAmount])).toEqual([
      ['Prospecting', 100, '2026-12-31', null],
      ['Closed Lost', 100, '2026-12-31', 100],
      ['Closed Lost', 50, '2026-12-31', 100],
      ['Closed Lost', 50, '2027-01-01', 50],
    ]);
    expect(records[1]?.CreatedDate).toBe('2026-11-22T04:18:39.000+0000');
  });

  it('keep one primary contact role', () => {
    const [a, b] = [admin.create('Contact', { LastName: 'A' }), admin.create('Contact', { LastName: 'B' })];
    const id = make({ ContactId: a });
    admin.create('OpportunityContactRole', { OpportunityId: id, ContactId: b, IsPrimary: true, Role: 'Decision Maker' });

    expect(w.sandbox.state.query(`SELECT ContactId, IsPrimary FROM OpportunityContactRole WHERE OpportunityId = '${id}' ORDER BY Id`)).toMatchObject([{ ContactId: a, IsPrimary: false }, { ContactId: b, IsPrimary: true }]);
    expect(codeOfCall(() => admin.update('Opportunity', id, { ContactId: b }))).toBe('INVALID_FIELD_FOR_INSERT_UPDATE');
  });
});

describe('campaigns and tasks', () => {
  it('derive HasResponded from the member status and refuse a second membership', () => {
    const campaign = admin.create('Campaign', { Name: 'Webinar' });
    const id = admin.create('Lead', lead());
    const member = admin.create('CampaignMember', { CampaignId: campaign, LeadId: id });
    expect(w.sandbox.state.record('CampaignMember', member)).toMatchObject({ Status: 'Sent', HasResponded: false, LeadOrContactId: id, Type: 'Lead' });

    admin.update('CampaignMember', member, { Status: 'Responded' });

    expect(w.sandbox.state.record('CampaignMember', member)).toMatchObject({ HasResponded: true, FirstRespondedDate: '2026-11-22' });
    expect(codeOfCall(() => admin.create('CampaignMember', { CampaignId: campaign, LeadId: id }))).toBe('DUPLICATE_VALUE');
    expect(codeOfCall(() => admin.create('CampaignMember', { CampaignId: campaign }))).toBe('REQUIRED_FIELD_MISSING');
  });

  it('fill a task with its defaults and refuse a related record beside a lead', async () => {
    const id = admin.create('Lead', lead());
    const task = await w.conn.sobject('Task').create({ Subject: 'MQL waiting', WhoId: id, ActivityDate: '2026-11-23' });

    expect(w.sandbox.state.record('Task', String(task.id))).toMatchObject({ Status: 'Not Started', Priority: 'Normal', IsClosed: false, OwnerId: w.sandbox.state.integrationUserId });
    expect((await w.conn.query(`SELECT Who.Name, Who.Type FROM Task WHERE WhoId = '${id}'`)).records).toMatchObject([{ Who: { Name: 'Silva', Type: 'Lead' } }]);
    expect(codeOfCall(() => admin.create('Task', { WhoId: id, WhatId: admin.create('Account', { Name: 'A' }) }))).toBe('FIELD_INTEGRITY_EXCEPTION');
  });

  it('send custom notifications with the permission only', async () => {
    await w.conn.metadata.upsert('CustomNotificationType', [{ fullName: 'Concord_Alert', customNotifTypeName: 'Concord_Alert', masterLabel: 'Concord', desktop: true, mobile: true }] as never);
    const type = (await w.conn.query("SELECT Id FROM CustomNotificationType WHERE DeveloperName = 'Concord_Alert'")).records[0]?.Id;
    const id = admin.create('Lead', lead());
    const body = { inputs: [{ customNotifTypeId: type, recipientIds: [w.sandbox.state.adminUserId], title: 'MQL', body: 'Waiting', targetId: id }] };

    expect((await raw(w, 'POST', '/actions/standard/customNotificationAction', { body })).body).toMatchObject([{ isSuccess: true, errors: null }]);
    expect(w.sandbox.state.notifications()).toMatchObject([{ title: 'MQL', target: id, recipients: [w.sandbox.state.adminUserId] }]);
    w.sandbox.state.permit(w.sandbox.state.integrationUserId, 'SendCustomNotifications', false);
    expect((await raw(w, 'POST', '/actions/standard/customNotificationAction', { body })).status).toBe(403);
  });
});

describe('field history', () => {
  it('records who changed what and when, for tracked fields, from the moment it is on', async () => {
    const rep = w.sandbox.state.addUser({ Name: 'Rita Rep' });
    const queue = w.sandbox.state.addQueue('Inbound');
    const id = admin.create('Lead', lead({ OwnerId: queue }));
    admin.update('Lead', id, { Status: 'Working - Contacted' });
    expect((await w.conn.query('SELECT Id FROM LeadHistory')).totalSize).toBe(0);
    w.sandbox.state.trackHistory('Lead', ['Status', 'OwnerId']);
    w.clock.advance(60_000);

    w.sandbox.state.act(rep).update('Lead', id, { Status: 'Closed - Not Converted', Rating: 'Cold', OwnerId: rep });

    const { records } = await w.conn.query(`SELECT Field, OldValue, NewValue, CreatedById, CreatedDate FROM LeadHistory WHERE LeadId = '${id}' ORDER BY Id`);
    expect(records.map((r) => [r.Field, r.OldValue, r.NewValue])).toEqual([
      ['Status', 'Working - Contacted', 'Closed - Not Converted'],
      ['Owner', 'Inbound', 'Rita Rep'],
      ['Owner', queue, rep],
    ]);
    expect(records[0]).toMatchObject({ CreatedById: rep, CreatedDate: '2026-11-22T04:18:39.000+0000' });
    expect(await codeOf(w.conn.query("SELECT Id FROM LeadHistory WHERE NewValue = 'x'"))).toBe('INVALID_FIELD');
    w.sandbox.state.trackHistory('Lead', null);
    admin.update('Lead', id, { Status: 'Working - Contacted' });
    expect((await w.conn.query('SELECT Id FROM LeadHistory')).totalSize).toBe(3);
  });

  it('names creations and conversions, and hides long values', () => {
    w.sandbox.state.addField('Lead', { name: 'Note__c', type: 'LongTextArea' });
    w.sandbox.state.trackHistory('Lead', ['Note__c']);
    const id = admin.create('Lead', lead());
    admin.update('Lead', id, { Note__c: 'long' });
    admin.convertLead({ leadId: id, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });

    expect(w.sandbox.state.query('SELECT Field, NewValue FROM LeadHistory ORDER BY Id')).toMatchObject([{ Field: 'created' }, { Field: 'Note__c', NewValue: null }, { Field: 'leadConverted' }]);
  });
});

describe('person accounts', () => {
  it('carry their person as a contact', () => {
    w.sandbox.state.switchFeature('personAccounts', true);
    const id = admin.create('Account', { FirstName: 'Ana', LastName: 'Silva', PersonEmail: 'ana@example.com' });

    const account = w.sandbox.state.record('Account', id);

    expect(account).toMatchObject({ IsPersonAccount: true, Name: 'Ana Silva' });
    expect(w.sandbox.state.record('Contact', String(account?.PersonContactId))).toMatchObject({ AccountId: id, IsPersonAccount: true, Email: 'ana@example.com' });
  });

  it('and it are one: a change of the one shows on the other; the account of the contact never changes', () => {
    w.sandbox.state.switchFeature('personAccounts', true);
    const id = admin.create('Account', { FirstName: 'Ana', LastName: 'Silva', PersonEmail: 'ana@example.com' });
    const contact = String(w.sandbox.state.record('Account', id)?.PersonContactId);
    admin.update('Account', id, { LastName: 'Souza', PersonEmail: 'ana.souza@example.com' });
    expect(w.sandbox.state.record('Contact', contact)).toMatchObject({ LastName: 'Souza', Name: 'Ana Souza', Email: 'ana.souza@example.com' });
    admin.update('Contact', contact, { FirstName: 'Anabela' });
    expect(w.sandbox.state.record('Account', id)).toMatchObject({ FirstName: 'Anabela', Name: 'Anabela Souza' });
    const other = admin.create('Account', { Name: 'Acme' });
    expect(() => admin.update('Contact', contact, { AccountId: other })).toThrow('AccountId');
  });

  it('come of leads without a company, which only such orgs take', () => {
    expect(() => admin.create('Lead', { LastName: 'Silva', Email: 'ana@example.com' })).toThrow('Company');
    w.sandbox.state.switchFeature('personAccounts', true);
    const id = admin.create('Lead', { FirstName: 'Ana', LastName: 'Silva', Email: 'ana@example.com', Phone: '1' });
    const { accountId, contactId } = admin.convertLead({ leadId: id, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });
    expect(w.sandbox.state.record('Account', accountId)).toMatchObject({ IsPersonAccount: true, PersonContactId: contactId, PersonEmail: 'ana@example.com' });
    expect(w.sandbox.state.record('Contact', contactId)).toMatchObject({ AccountId: accountId, Name: 'Ana Silva', Phone: '1' });
  });
});

import { codeOf, codeOfCall, world, type World } from './support';

let w: World;
let admin: ReturnType<World['sandbox']['state']['act']>;
beforeEach(async () => {
  w = await world();
  admin = w.sandbox.state.act(w.sandbox.state.adminUserId);
});
afterEach(() => w.close());

const lead = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({ LastName: 'Silva', FirstName: 'Ana', Company: 'Acme', Email: 'ana@example.com', ...fields });
const STATUS = 'Closed - Converted';

describe('convertLead', () => {
  beforeEach(() => {
    for (const object of ['Lead', 'Contact']) w.sandbox.state.addField(object, { name: 'Stage__c', type: 'Text' });
    w.sandbox.state.addField('Lead', { name: 'Unmapped__c', type: 'Text' });
    w.sandbox.state.addField('Contact', { name: 'Unmapped__c', type: 'Text' });
    w.sandbox.state.mapConversion([{ outputObject: 'Contact', inputField: 'Stage__c', outputField: 'Stage__c' }]);
  });

  it('makes account, contact, opportunity and contact role over SOAP, and marks the lead (I2)', async () => {
    const id = admin.create('Lead', lead({ Stage__c: 'mql', Unmapped__c: 'x', LeadSource: 'Web', HasOptedOutOfEmail: true, City: 'Natal' }));
    w.clock.advance(60_000);

    const result = await w.conn.soap.convertLead({ leadId: id, convertedStatus: STATUS });

    expect(result).toMatchObject({ leadId: id, success: true, errors: [] });
    expect(w.sandbox.state.record('Lead', id)).toMatchObject({
      IsConverted: true,
      Status: STATUS,
      ConvertedDate: '2026-11-22',
      ConvertedAccountId: result.accountId,
      ConvertedContactId: result.contactId,
      ConvertedOpportunityId: result.opportunityId,
      SystemModstamp: '2026-11-22T04:18:39.000+0000',
      LastModifiedById: w.sandbox.state.integrationUserId,
    });
    expect(w.sandbox.state.record('Contact', String(result.contactId))).toMatchObject({ Name: 'Ana Silva', Email: 'ana@example.com', Stage__c: 'mql', Unmapped__c: null, LeadSource: 'Web', HasOptedOutOfEmail: true, MailingCity: 'Natal', AccountId: result.accountId });
    expect(w.sandbox.state.record('Account', String(result.accountId))).toMatchObject({ Name: 'Acme', BillingCity: 'Natal' });
    expect(w.sandbox.state.record('Opportunity', String(result.opportunityId))).toMatchObject({ Name: 'Acme-', StageName: 'Prospecting', CloseDate: '2026-12-31', AccountId: result.accountId });
    expect(w.sandbox.state.query('SELECT OpportunityId, ContactId, IsPrimary FROM OpportunityContactRole')).toMatchObject([{ OpportunityId: result.opportunityId, ContactId: result.contactId, IsPrimary: true }]);
  });

  it('does without an opportunity when told', async () => {
    const id = admin.create('Lead', lead());

    const result = await w.conn.soap.convertLead({ leadId: id, convertedStatus: STATUS, doNotCreateOpportunity: true });

    expect(result.opportunityId).toBeNull();
    expect(w.sandbox.state.record('Lead', id)?.ConvertedOpportunityId).toBeNull();
    expect(w.sandbox.state.counts().Opportunity).toBeUndefined();
  });

  it('fills only empty fields of an existing contact, the lead source when asked', () => {
    const accountId = admin.create('Account', { Name: 'Old Acme' });
    const contactId = admin.create('Contact', { LastName: 'Silva', AccountId: accountId, Title: 'CEO', LeadSource: 'Other', Stage__c: 'customer' });
    const [a, b] = [admin.create('Lead', lead({ Title: 'Intern', Phone: '1', LeadSource: 'Web', Stage__c: 'mql' })), admin.create('Lead', lead({ LeadSource: 'Web' }))];

    admin.convertLead({ leadId: a, convertedStatus: STATUS, accountId, contactId, doNotCreateOpportunity: true });
    expect(w.sandbox.state.record('Contact', contactId)).toMatchObject({ Title: 'CEO', Phone: '1', LeadSource: 'Other', Stage__c: 'customer', FirstName: 'Ana' });
    expect(w.sandbox.state.record('Account', accountId)?.Name).toBe('Old Acme');
    admin.convertLead({ leadId: b, convertedStatus: STATUS, accountId, contactId, doNotCreateOpportunity: true, overwriteLeadSource: true });

    expect(w.sandbox.state.record('Contact', contactId)?.LeadSource).toBe('Web');
  });

  it('moves tasks and memberships to the contact', () => {
    const id = admin.create('Lead', lead());
    const task = admin.create('Task', { WhoId: id, Subject: 'x' });
    const member = admin.create('CampaignMember', { CampaignId: admin.create('Campaign', { Name: 'c' }), LeadId: id });

    const { contactId } = admin.convertLead({ leadId: id, convertedStatus: STATUS });

    expect(w.sandbox.state.record('Task', task)?.WhoId).toBe(contactId);
    expect(w.sandbox.state.record('CampaignMember', member)).toMatchObject({ LeadId: id, ContactId: contactId });
  });

  it.each([
    ['a status that does not convert', {}, 'Working - Contacted', 'INVALID_STATUS'],
    ['a lead of a queue without an owner', { queue: true }, STATUS, 'INVALID_FIELD'],
  ])('refuses %s as a row of the result', async (_name, options: { queue?: boolean }, convertedStatus, code) => {
    const id = admin.create('Lead', lead(options.queue ? { OwnerId: w.sandbox.state.addQueue('q') } : {}));

    const results = await w.conn.soap.convertLead([{ leadId: id, convertedStatus }]);

    expect(results).toMatchObject([{ success: false, errors: [{ statusCode: code }] }]);
    expect(w.sandbox.state.counts().Account).toBeUndefined();
  });

  it('leaves nothing when a step is refused half way', () => {
    w.sandbox.state.addValidationRule({ object: 'Opportunity', name: 'No', formula: 'TRUE', message: 'no' });
    const id = admin.create('Lead', lead());

    expect(codeOfCall(() => admin.convertLead({ leadId: id, convertedStatus: STATUS }))).toBe('FIELD_CUSTOM_VALIDATION_EXCEPTION');
    expect(w.sandbox.state.counts()).not.toHaveProperty('Account');
    expect(w.sandbox.state.record('Lead', id)?.IsConverted).toBe(false);
  });

  it('locks the converted lead unless the user may edit converted leads', async () => {
    const id = admin.create('Lead', lead());
    admin.convertLead({ leadId: id, convertedStatus: STATUS });

    expect(await codeOf(w.conn.sobject('Lead').update({ Id: id, Rating: 'Hot' }))).toBe('CANNOT_UPDATE_CONVERTED_LEAD');
    expect(codeOfCall(() => admin.convertLead({ leadId: id, convertedStatus: STATUS }))).toBe('CANNOT_UPDATE_CONVERTED_LEAD');
    w.sandbox.state.permit(w.sandbox.state.integrationUserId, 'AllowViewEditConvertedLeads');
    await w.conn.sobject('Lead').update({ Id: id, Rating: 'Hot' });

    expect(w.sandbox.state.record('Lead', id)?.Rating).toBe('Hot');
  });
});

describe('merge', () => {
  it('keeps the master, points the loser at it, and moves the children (I3)', async () => {
    w.sandbox.state.addField('Lead', { name: 'Key__c', type: 'Text', externalId: true, unique: true });
    const [master, loser] = [admin.create('Lead', lead({ Key__c: 'a' })), admin.create('Lead', lead({ Key__c: 'b', Phone: '1' }))];
    const task = admin.create('Task', { WhoId: loser, Subject: 'x' });

    const result = await w.conn.soap.merge({ masterRecord: { type: 'Lead', Id: master, Phone: '1' }, recordToMergeIds: [loser] } as never);

    expect(result).toMatchObject({ id: master, success: true, mergedRecordIds: [loser], updatedRelatedIds: [task] });
    expect((await w.conn.query(`SELECT Id, IsDeleted, MasterRecordId, Key__c FROM Lead WHERE IsDeleted = true`, { scanAll: true })).records).toMatchObject([{ Id: loser, MasterRecordId: master, Key__c: 'b' }]);
    expect(w.sandbox.state.record('Lead', master)).toMatchObject({ Phone: '1', Key__c: 'a', IsDeleted: false });
    expect(w.sandbox.state.record('Task', task)?.WhoId).toBe(master);
    expect(codeOfCall(() => admin.undelete('Lead', loser))).toBe('UNDELETE_FAILED');
    expect(await codeOf(w.conn.sobject('Lead').update({ Id: loser, Rating: 'Hot' }))).toBe('ENTITY_IS_DELETED');
  });

  it('moves contact roles and opportunities with contacts and accounts', () => {
    const [a, b] = [admin.create('Account', { Name: 'A' }), admin.create('Account', { Name: 'B' })];
    const [c, d] = [admin.create('Contact', { LastName: 'C', AccountId: a }), admin.create('Contact', { LastName: 'D', AccountId: b })];
    const deal = admin.create('Opportunity', { Name: 'x', StageName: 'Prospecting', CloseDate: '2026-12-31', AccountId: b, ContactId: d });

    admin.merge('Contact', c, [d]);
    admin.merge('Account', a, [b]);

    expect(w.sandbox.state.record('Opportunity', deal)?.AccountId).toBe(a);
    expect(w.sandbox.state.query('SELECT ContactId FROM OpportunityContactRole')).toMatchObject([{ ContactId: c }]);
  });

  it('refuses more than three records and what cannot be merged', () => {
    const ids = Array.from({ length: 4 }, () => admin.create('Lead', lead()));

    expect(codeOfCall(() => admin.merge('Lead', ids[0] as string, ids.slice(1)))).toBe('MERGE_FAILED');
    expect(codeOfCall(() => admin.merge('Campaign', admin.create('Campaign', { Name: 'a' }), [admin.create('Campaign', { Name: 'b' })]))).toBe('INVALID_OPERATION');
  });
});

describe('delete and undelete over SOAP', () => {
  it('cascades and comes back', async () => {
    const account = admin.create('Account', { Name: 'A' });
    const contact = admin.create('Contact', { LastName: 'C', AccountId: account });

    expect(await w.conn.soap.delete([account])).toMatchObject([{ id: account, success: true }]);
    expect(w.sandbox.state.record('Contact', contact)?.IsDeleted).toBe(true);
    expect(await w.conn.soap.undelete([contact])).toMatchObject([{ id: contact, success: true }]);

    expect(w.sandbox.state.record('Contact', contact)?.IsDeleted).toBe(false);
  });

  it('creates and updates, nulls by fieldsToNull', async () => {
    const created = await w.conn.soap.create({ type: 'Lead', LastName: 'A', Company: 'B', Phone: '1' });
    await w.conn.soap.update({ type: 'Lead', Id: String(created.id), Phone: null, DoNotCall: true });

    expect(w.sandbox.state.record('Lead', String(created.id))).toMatchObject({ Phone: null, DoNotCall: true });
  });
});

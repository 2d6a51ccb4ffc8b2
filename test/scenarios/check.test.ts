import { checkParts, type CheckLine } from '../../src/run/checks';
import { openScenario, type Scenario } from '../support/scenario';

/* `check` through real HTTP: in a prepared pair of CRMs nothing is amiss; whatever is taken away is named by the line that says what to do. */

const CONVERTED = 'AllowViewEditConvertedLeads';

async function check(s: Scenario): Promise<CheckLine[]> {
  await s.reopen();
  const lines: CheckLine[] = [];
  await checkParts(s.parts, lines);
  return lines;
}

/** What no API does, and nobody has done in these worlds: warnings, on which other tests look. */
const BY_HAND = ['salesforce.by_hand:layouts', 'salesforce.by_hand:history'];

const amiss = (lines: CheckLine[]): CheckLine[] => lines.filter((line) => !line.ok && !BY_HAND.includes(line.id));

describe('check names what was taken away', () => {
  let s: Scenario;
  beforeAll(async () => {
    s = await openScenario({ reasonRule: true });
    const { salesforce } = s.sandbox;
    salesforce.state.permit(salesforce.state.integrationUserId, CONVERTED);
  });
  afterAll(() => s.close());

  test('nothing, when nothing is: every line is ok and says what it looked at', async () => {
    const lines = await check(s);
    expect(amiss(lines)).toEqual([]);
    expect(lines.filter(({ id, blocks }) => BY_HAND.includes(id) && !blocks)).toHaveLength(BY_HAND.length);
    const ids = lines.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([
        'hubspot.credentials', 'hubspot.clock', 'hubspot.credential.kind', 'hubspot.scope.crm.objects.contacts.write', 'hubspot.integration', 'hubspot.contact.fields', 'hubspot.lifecyclestage.values', 'hubspot.quota',
        'salesforce.credentials', 'salesforce.clock', 'salesforce.api.version', 'salesforce.licence.user', 'salesforce.licence.permission_set', `salesforce.permission.${CONVERTED}`, 'salesforce.permission.view_all',
        'salesforce.object.lead', 'salesforce.lead.fields', 'salesforce.contact.fields', 'salesforce.Lead.Status.values', 'salesforce.assignment_rules', 'salesforce.quota',
      ]),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(lines.find(({ id }) => id === 'salesforce.credentials')?.message).toContain('client credentials');
  });

  test.each([
    ['on this machine, or encrypted', false],
    ['on another machine, in the clear', true],
  ])('PostgreSQL %s: a line, a warning at most', async (_, inTheClear) => {
    await s.reopen();
    const lines: CheckLine[] = [];
    await checkParts({ ...s.parts, store: { ...s.parts.store, kind: 'postgres', inTheClear } }, lines);
    const line = lines.find(({ id }) => id === 'store.encryption');
    expect(line).toMatchObject({ ok: !inTheClear, blocks: false });
    if (inTheClear) expect([line?.message, line?.remedy].join()).toMatch(/personal data.*sslmode=verify-full/);
    else expect(line?.remedy).toBeNull();
  });

  interface Removal {
    what: string;
    remove(s: Scenario): void;
    restore(s: Scenario): void;
    /** The line's id. */
    line: string;
    blocks: boolean;
    /** What the line and its remedy must name. */
    names: RegExp;
  }

  const hub = (one: Scenario) => one.sandbox.hubspot.state;
  const force = (one: Scenario) => one.sandbox.salesforce.state;
  const stages: [string, string][] = [
    ['subscriber', 'Subscriber'], ['lead', 'Lead'], ['marketingqualifiedlead', 'MQL'], ['salesqualifiedlead', 'SQL'], ['opportunity', 'Opportunity'], ['customer', 'Customer'], ['evangelist', 'Evangelist'], ['other', 'Other'],
  ];
  const statuses = ['NEW', 'OPEN', 'IN_PROGRESS', 'OPEN_DEAL', 'UNQUALIFIED', 'ATTEMPTED_TO_CONTACT', 'CONNECTED', 'BAD_TIMING'].map((value): [string, string] => [value, value]);
  const leadStatuses = [{ value: 'Open - Not Contacted', default: true }, { value: 'Working - Contacted' }, { value: 'Closed - Converted', converted: true }, { value: 'Closed - Not Converted' }];

  const scope = (name: string, blocks: boolean): Removal => ({
    what: `the scope ${name}`,
    remove: (one) => hub(one).removeScope(one.sandbox.hubspot.token, name),
    restore: (one) => hub(one).grantScope(one.sandbox.hubspot.token, name),
    line: `hubspot.scope.${name}`,
    blocks,
    names: new RegExp(name.replaceAll('.', '\\.')),
  });
  const permission = (name: string, label: string, blocks: boolean): Removal => ({
    what: `the permission ${label}`,
    remove: (one) => force(one).permit(force(one).integrationUserId, name, false),
    restore: (one) => force(one).permit(force(one).integrationUserId, name, true),
    line: `salesforce.permission.${name}`,
    blocks,
    names: new RegExp(label),
  });
  const property = (name: string): Removal => ({
    what: `the HubSpot property ${name}`,
    remove: (one) => hub(one).setPropertyHidden('contacts', name, true),
    restore: (one) => hub(one).setPropertyHidden('contacts', name, false),
    line: `hubspot.contact.field.${name}`,
    blocks: true,
    names: new RegExp(name),
  });
  const field = (object: 'Lead' | 'Contact', name: string, mode: 'read' | 'edit'): Removal => ({
    what: `${mode} access to ${object}.${name}`,
    remove: (one) => force(one).hideField(object, name, { mode }),
    restore: (one) => force(one).hideField(object, name, { mode, hidden: false }),
    line: `salesforce.${object.toLowerCase()}.field.${name}`,
    blocks: true,
    names: mode === 'read' ? new RegExp(`${name}.*not there, or hidden`) : new RegExp(`${name}.*not written`),
  });
  const object = (name: 'Lead' | 'Contact' | 'Opportunity' | 'OpportunityContactRole', id: string, mode: 'read' | 'edit'): Removal => ({
    what: `${mode} access to ${name}`,
    remove: (one) => force(one).hideObject(name, { mode }),
    restore: (one) => force(one).hideObject(name, { mode, hidden: false }),
    line: `salesforce.object.${id}`,
    blocks: true,
    names: mode === 'read' ? /may not read/ : /may not update/,
  });
  const removals: Removal[] = [
    scope('crm.objects.contacts.read', true),
    scope('crm.objects.contacts.write', true),
    scope('crm.objects.owners.read', false),
    scope('crm.schemas.contacts.write', false),
    {
      what: 'both scopes that let it opt people out',
      remove: (one) => ['communication_preferences.write', 'communication_preferences.read_write'].forEach((name) => hub(one).removeScope(one.sandbox.hubspot.token, name)),
      restore: (one) => ['communication_preferences.write', 'communication_preferences.read_write'].forEach((name) => hub(one).grantScope(one.sandbox.hubspot.token, name)),
      line: 'hubspot.scope.communication_preferences.write',
      blocks: true,
      names: /opt-out/,
    },
    {
      what: 'what HubSpot tells about the token (as for a service key)',
      remove: (one) => hub(one).set({ introspection: 'refuses' }),
      restore: (one) => hub(one).set({ introspection: 'answers' }),
      line: 'hubspot.scopes.unknown',
      blocks: false,
      names: /crm\.objects\.contacts\.write/,
    },
    property('jobtitle'),
    property('hubspotscore'),
    property('recent_conversion_date'),
    {
      what: 'a property of Concord’s own',
      remove: (one) => hub(one).setPropertyHidden('contacts', 'concord_route', true),
      restore: (one) => hub(one).setPropertyHidden('contacts', 'concord_route', false),
      line: 'hubspot.hubspot:property:contact:concord_route',
      blocks: true,
      names: /concord setup/,
    },
    {
      what: 'the lifecycle stage salesqualifiedlead',
      remove: (one) => hub(one).setOptions('contacts', 'lifecyclestage', stages.filter(([value]) => value !== 'salesqualifiedlead')),
      restore: (one) => hub(one).setOptions('contacts', 'lifecyclestage', stages),
      line: 'hubspot.lifecyclestage.value.salesqualifiedlead',
      blocks: true,
      names: /shows sql[^]*marketingqualifiedlead \(MQL\)/,
    },
    {
      what: 'a lead status that rejects in HubSpot',
      remove: (one) => hub(one).setOptions('contacts', 'hs_lead_status', statuses.filter(([value]) => value !== 'UNQUALIFIED')),
      restore: (one) => hub(one).setOptions('contacts', 'hs_lead_status', statuses),
      line: 'hubspot.hs_lead_status.value.UNQUALIFIED',
      blocks: true,
      names: /shows disqualified and rejects/,
    },
    {
      what: 'a lead status that only a condition looks for',
      remove: (one) => hub(one).setOptions('contacts', 'hs_lead_status', statuses.filter(([value]) => value !== 'CONNECTED')),
      restore: (one) => hub(one).setOptions('contacts', 'hs_lead_status', statuses),
      line: 'hubspot.hs_lead_status.condition.CONNECTED',
      blocks: false,
      names: /condition of sal/,
    },
    {
      what: 'the right clock',
      remove: (one) => one.sandbox.hubspot.faults.add({ match: { path: 'account-info' }, action: { do: 'answer-after', status: 200, body: { portalId: 555001, timeZone: 'America/Mexico_City' }, headers: { date: new Date(one.clock.now() - 600_000).toUTCString() } }, times: 0 }),
      restore: (one) => one.sandbox.hubspot.faults.clear(),
      line: 'hubspot.clock',
      blocks: true,
      names: /600 s[^]*NTP/,
    },
    permission(CONVERTED, 'View and Edit Converted Leads', false),
    permission('EditTask', 'Edit Tasks', false),
    permission('ModifyMetadata', 'Modify Metadata', false),
    permission('ApiEnabled', 'API Enabled', true),
    {
      what: 'View All',
      remove: (one) => {
        for (const row of force(one).query("SELECT Id FROM ObjectPermissions WHERE SobjectType = 'Lead'")) force(one).patch('ObjectPermissions', String(row['Id']), { PermissionsViewAllRecords: false });
      },
      restore: (one) => {
        for (const row of force(one).query("SELECT Id FROM ObjectPermissions WHERE SobjectType = 'Lead'")) force(one).patch('ObjectPermissions', String(row['Id']), { PermissionsViewAllRecords: true });
      },
      line: 'salesforce.permission.view_all',
      blocks: false,
      names: /records of Lead that/,
    },
    {
      what: 'the integration licence',
      remove: (one) => force(one).setLicence('Salesforce', { permissionSetLicense: true }),
      restore: (one) => force(one).setLicence('Salesforce Integration', { permissionSetLicense: true }),
      line: 'salesforce.licence.user',
      blocks: false,
      names: /licence Salesforce,/,
    },
    {
      what: 'the companion of the integration licence',
      remove: (one) => force(one).setLicence('Salesforce Integration'),
      restore: (one) => force(one).setLicence('Salesforce Integration', { permissionSetLicense: true }),
      line: 'salesforce.licence.permission_set',
      blocks: false,
      names: /Salesforce API Integration[^]*Permission Set License Assignments/,
    },
    {
      what: 'sight of tasks',
      remove: (one) => force(one).hideObject('Task'),
      restore: (one) => force(one).hideObject('Task', { hidden: false }),
      line: 'salesforce.object.task',
      blocks: false,
      names: /first touch[^]*touch\.tasks: false/,
    },
    object('Lead', 'lead', 'edit'),
    object('Contact', 'contact', 'edit'),
    object('Lead', 'lead', 'read'),
    object('Opportunity', 'opportunity', 'read'),
    object('OpportunityContactRole', 'role', 'read'),
    field('Lead', 'Title', 'read'),
    field('Lead', 'Phone', 'edit'),
    field('Contact', 'MailingCountry', 'edit'),
    field('Contact', 'DoNotCall', 'edit'),
    {
      what: 'a field of Concord’s own on the lead',
      remove: (one) => force(one).hideField('Lead', 'Concord_Stage__c', { mode: 'edit' }),
      restore: (one) => force(one).hideField('Lead', 'Concord_Stage__c', { mode: 'edit', hidden: false }),
      line: 'salesforce.lead.field.Concord_Stage__c',
      blocks: true,
      names: /Concord_Stage__c/,
    },
    {
      what: 'the status that a handoff opens with',
      remove: (one) => force(one).setLeadStatuses(leadStatuses.filter(({ value }) => value !== 'Open - Not Contacted')),
      restore: (one) => force(one).setLeadStatuses(leadStatuses),
      line: 'salesforce.Lead.Status.value.Open - Not Contacted',
      blocks: true,
      names: /shows mql[^]*Working - Contacted/,
    },
    {
      what: 'the plain meaning of a status: it converts now',
      remove: (one) => force(one).setLeadStatuses(leadStatuses.map((status) => (status.value === 'Closed - Not Converted' ? { ...status, converted: true } : status))),
      restore: (one) => force(one).setLeadStatuses(leadStatuses),
      line: 'salesforce.Lead.Status.converted.Closed - Not Converted',
      blocks: true,
      names: /L13/,
    },
    {
      what: 'a value of LeadSource that the agreement maps to',
      remove: (one) => force(one).setPicklist('Lead', 'LeadSource', ['Web', 'Partner Referral']),
      restore: (one) => force(one).setPicklist('Lead', 'LeadSource', ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other']),
      line: 'salesforce.field.lead_source.values',
      blocks: false,
      names: /lead_source.*Other/,
    },
    {
      what: 'API version 67.0',
      remove: (one) => one.sandbox.salesforce.faults.add({ match: { path: '/services/data$' }, action: { do: 'answer', status: 200, body: [{ label: 'Spring', url: '/services/data/v70.0', version: '70.0' }] }, times: 0 }),
      restore: (one) => one.sandbox.salesforce.faults.clear(),
      line: 'salesforce.api.version',
      blocks: true,
      names: /67\.0.*70\.0/,
    },
    {
      what: 'the day’s calls in Salesforce',
      remove: (one) => force(one).setDailyLimit(100_000, 95_000),
      restore: (one) => force(one).setDailyLimit(100_000, 0),
      line: 'salesforce.quota',
      blocks: false,
      names: /of 100000 API calls left/,
    },
    // From here on the org has a record type.
    {
      what: 'a status from a record type',
      remove: (one) => void force(one).addRecordType('Lead', 'Partner_Lead', { Status: ['Open - Not Contacted', 'Closed - Converted', 'Closed - Not Converted'] }),
      restore: () => undefined,
      line: 'salesforce.record_type.ID.Status',
      blocks: true,
      names: /Partner Lead does not offer Status: Working - Contacted/,
    },
    {
      what: 'a rejection reason from a record type',
      remove: (one) => void force(one).addRecordType('Lead', 'Event_Lead', { Concord_Rejection_Reason__c: ['timing'] }),
      restore: () => undefined,
      line: 'salesforce.record_type.ID.Concord_Rejection_Reason__c',
      blocks: false,
      names: /Event Lead does not offer Concord_Rejection_Reason__c: .*no_budget/,
    },
  ];

  test.each(removals.map((removal) => [removal.what, removal] as const))('%s', async (_, removal) => {
    removal.remove(s);
    try {
      const found = amiss(await check(s));
      const line = found.find(({ id, message, remedy }) => id.replace(/01\d\w{15}/, 'ID') === removal.line && removal.names.test(`${message} ${remedy ?? ''}`));
      if (line === undefined) throw new Error(`no line ${removal.line} ~ ${removal.names}:\n${JSON.stringify(found, null, 1)}`);
      expect(line).toMatchObject({ ok: false, blocks: removal.blocks, remedy: expect.stringMatching(/\w/) });
      // What only warns stops nobody: the exit code stays 0. (The record type of the row before stays.)
      if (!removal.line.includes('record_type')) expect(found.some(({ blocks }) => blocks)).toBe(removal.blocks);
    } finally {
      removal.restore(s);
    }
  });

});

test('the right to make tasks is asked for only where the agreement leaves tasks (S3)', async () => {
  const s = await openScenario({ edit: (text) => text.replace('  breach: [task', '  breach: [') });
  try {
    expect(s.agreement.settings.notifications.breach).not.toContain('task');
    const { state } = s.sandbox.salesforce;
    state.permit(state.integrationUserId, 'EditTask', false);
    expect((await check(s)).map(({ id }) => id)).not.toContain('salesforce.permission.EditTask');
  } finally {
    await s.close();
  }
});

test('sight of tasks is asked for only where they count as a touch (S1)', async () => {
  const s = await openScenario({ edit: (text) => text.replace('    tasks: true ', '    tasks: false ') });
  try {
    expect(s.agreement.settings.sla.touch.tasks).toBe(false);
    s.sandbox.salesforce.state.hideObject('Task');
    expect((await check(s)).map(({ id }) => id)).not.toContain('salesforce.object.task');
  } finally {
    await s.close();
  }
});

describe('check and the day’s calls', () => {
  let s: Scenario;
  beforeEach(async () => {
    s = await openScenario({ limits: 'real' });
  });
  afterEach(() => s.close());

  test('few calls left are a warning; none left keep every run from its work (W10)', async () => {
    s.sandbox.hubspot.state.setCallsToday(600_000);
    expect(amiss(await check(s)).find(({ id }) => id === 'hubspot.quota')).toMatchObject({ blocks: false, message: expect.stringMatching(/of 625000 API calls left today; Concord uses at most 50 %/) });

    s.sandbox.hubspot.state.setCallsToday(625_000);
    expect(amiss(await check(s)).filter(({ id, blocks }) => id.startsWith('hubspot.') && blocks)).not.toEqual([]);
  });
});

describe('check beside HubSpot’s own Salesforce integration', () => {
  const alongside = (text: string): string =>
    text.replace('mode: standalone', 'mode: alongside').replace('creates: lead #', 'creates: nothing #').replace('creates_hubspot: true', 'creates_hubspot: false');
  const integrationLine = (lines: CheckLine[]): CheckLine | undefined => lines.find(({ id }) => id === 'hubspot.integration');
  let s: Scenario;
  afterEach(() => s.close());

  const synced = (): void => {
    s.sandbox.hubspot.state.installSalesforceConnector();
    s.sandbox.hubspot.state.act({ sourceType: 'SALESFORCE' }).create('contacts', { email: 'ana@cliente.example', salesforceleadid: '00Q000000000001', salesforcelastsynctime: new Date(s.clock.now()).toISOString() });
  };

  test('an agreement that creates records too is stopped, with both ways out', async () => {
    s = await openScenario();
    expect(integrationLine(await check(s))).toMatchObject({ ok: true, message: expect.stringContaining('is not installed') });
    synced();
    expect(integrationLine(await check(s))).toMatchObject({ ok: false, blocks: true, remedy: expect.stringMatching(/mode: alongside.*disconnect/) });
  });

  test('properties that it left behind stop nobody', async () => {
    s = await openScenario();
    synced();
    s.pass(40 * 86_400_000);
    expect(integrationLine(await check(s))).toMatchObject({ ok: true, message: expect.stringContaining('synced nobody for 30 days') });
  });

  test('alongside is explained while it is there, and doubted while it is not', async () => {
    s = await openScenario({ edit: alongside });
    expect(integrationLine(await check(s))).toMatchObject({ ok: false, blocks: false, message: expect.stringContaining('is not installed') });
    synced();
    expect(integrationLine(await check(s))).toMatchObject({ ok: true, message: expect.stringMatching(/creates nothing\. Keep the concord_\* properties.* out of its field mappings/) });
  });
});

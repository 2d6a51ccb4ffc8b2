import { createSalesforce, type SalesforceOptions } from '../../src/crm/salesforce';
import { SandboxClock } from '../../src/sandbox/clock';
import { openSandboxDatabase } from '../../src/sandbox/database';
import { createSalesforceSandbox, type OpenTransaction } from '../../src/sandbox/salesforce';
import { describeCrm, type ContractWorld } from './crm';

async function make(object: 'lead' | 'contact'): Promise<ContractWorld> {
  const database = openSandboxDatabase(':memory:');
  const clock = new SandboxClock();
  const sandbox = createSalesforceSandbox({ database, clock });
  const { state } = sandbox;
  const type = object === 'lead' ? 'Lead' : 'Contact';
  for (const of of ['Lead', 'Contact']) {
    state.addField(of, { name: 'Concord_HubSpot_Id__c', type: 'Text', length: 64, externalId: true, unique: true, caseSensitive: true });
    state.addField(of, { name: 'Concord_Score__c', type: 'Number', precision: 18, scale: 2 });
    state.addField(of, { name: 'Concord_Stage_At__c', type: 'DateTime' });
    state.addField(of, { name: 'Concord_Recycle_On__c', type: 'Date' });
    state.addField(of, { name: 'Concord_Stage__c', type: 'Picklist', values: ['lead', 'mql'], restricted: true });
    state.addField(of, { name: 'Interests__c', type: 'MultiselectPicklist', values: ['c', 'b', 'a'] });
  }
  const server = await sandbox.listen();
  const repId = state.addUser({ Name: 'Rosa Rep' });
  const rep = state.act(repId);
  let late: OpenTransaction | undefined;
  const required: Record<string, string> = object === 'lead' ? { LastName: 'Nuevo', Company: 'Acme' } : { LastName: 'Nuevo' };
  const options: SalesforceOptions = {
    loginUrl: server.url,
    clientId: sandbox.clientId,
    clientSecret: sandbox.clientSecret,
    externalIdField: 'Concord_HubSpot_Id__c',
    dailyShare: 1,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))),
  };

  return {
    crm: createSalesforce(options),
    again: ({ deadlineMs, credential }) =>
      createSalesforce({ ...options, ...(deadlineMs === undefined ? {} : { deadlineMs }), ...(credential === 'wrong' ? { clientSecret: 'wrong' } : {}) }),
    faults: sandbox.faults,
    calls: sandbox.calls,
    clock,
    object,
    field: 'Title',
    typed: {
      text: { field: 'Title', value: 'Señora; “Jefa”' },
      number: { field: 'Concord_Score__c', value: 61.5 },
      boolean: { field: 'DoNotCall', value: true },
      date: { field: 'Concord_Recycle_On__c', value: '2026-03-29' },
      datetime: { field: 'Concord_Stage_At__c', value: '2026-11-22T09:00:00.000Z' },
      option: { field: 'Concord_Stage__c', value: 'mql' },
      options: { field: 'Interests__c', value: 'a;c' },
    },
    refused: { field: 'Concord_Stage__c', value: 'mqlx', code: 'invalid_option' },
    path: { read: '/services/data/v67\\.0/(composite$|queryAll|query|jobs)', update: '/composite/sobjects$', create: `/composite/sobjects/${type}/` },
    busy: { status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentPerOrgLongTxn Limit exceeded.' }], headers: { 'sforce-limit-info': 'api-usage=10/100000' } },
    surveyed: { path: '/services/data/v67\\.0/composite$', body: 'UserPermissionAccess' },
    forbidden: { status: 403, body: [{ errorCode: 'INSUFFICIENT_ACCESS', message: 'no' }] },
    spent: { status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }] },
    identity: (email) => ({ field: 'Concord_HubSpot_Id__c', value: `hs-${email}` }),
    emailField: 'Email',
    required,
    add: (email, fields = {}) => rep.create(type, { ...required, Email: email, ...fields }),
    edit: (id, fields) => (late?.act(repId) ?? rep).update(type, id, fields),
    remove: (id) => rep.delete(type, id),
    merge: (winner, loser) => rep.merge(type, winner, [loser]).id,
    load: (count, modifiedAt) =>
      void state.load(
        type,
        Array.from({ length: count }, (_, index) => ({ ...required, Email: `person${index}@example.com`, CreatedDate: modifiedAt, LastModifiedDate: modifiedAt, SystemModstamp: modifiedAt })),
      ),
    count: () => state.counts()[type] ?? 0,
    left: {
      kind: 'task',
      path: '/composite/sobjects$',
      on: (id) =>
        state
          .query(`SELECT Id, Subject, Description FROM Task WHERE WhoId = '${id}' ORDER BY CreatedDate, Id`)
          .map((row) => ({ id: String(row['Id']), title: String(row['Subject']), body: String(row['Description']), at: undefined })),
      escaped: (text) => text,
      nobody: object === 'lead' ? '00Q00000000ZZZZAAA' : '00300000000ZZZZAAA',
    },
    hide: (field) => state.hideField(type, field),
    expire: () => {
      state.expireSessions();
      return 'renews';
    },
    // A transaction stays open for as long as Salesforce lets one: what it wrote appears behind the stamps of what was read meanwhile.
    lag: () => {
      const longest = 600_000;
      late = state.openTransaction();
      const advance = clock.advance.bind(clock);
      clock.advance = (milliseconds) => {
        if (milliseconds >= longest) late?.commit();
        advance(milliseconds);
      };
      return longest;
    },
    close: async () => {
      await server.close();
      database.close();
    },
  };
}

describeCrm('Salesforce leads', () => make('lead'));
describeCrm('Salesforce contacts', () => make('contact'));

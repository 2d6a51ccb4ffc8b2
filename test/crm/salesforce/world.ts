import { createSalesforce, type SalesforceOptions } from '../../../src/crm/salesforce';
import type { CrmPort, ReadPage } from '../../../src/crm/port';
import type { CrmRecord, ObjectName } from '../../../src/domain/record';
import { SandboxClock } from '../../../src/sandbox/clock';
import { openSandboxDatabase } from '../../../src/sandbox/database';
import { createSalesforceSandbox, type Acts, type SalesforceSandbox, type SalesforceState } from '../../../src/sandbox/salesforce';

/** The adapter over a local org, with a rep who works in it. */
export interface World {
  port: CrmPort;
  /** Another port over the same org. */
  another(options?: Partial<SalesforceOptions>): CrmPort;
  sandbox: SalesforceSandbox;
  state: SalesforceState;
  clock: SandboxClock;
  rep: Acts;
  repId: string;
  /** Everything since then (null: everything) of these objects. */
  read(since: number | null, objects?: ObjectName[], fields?: Partial<Record<ObjectName, string[]>>, port?: CrmPort): Promise<{ pages: ReadPage[]; records: CrmRecord[] }>;
  close(): Promise<void>;
}

export async function world(options: { fields?: boolean } = {}): Promise<World> {
  const database = openSandboxDatabase(':memory:');
  const clock = new SandboxClock();
  const sandbox = createSalesforceSandbox({ database, clock });
  const { state } = sandbox;
  if (options.fields !== false) {
    for (const object of ['Lead', 'Contact']) {
      state.addField(object, { name: 'Concord_HubSpot_Id__c', type: 'Text', length: 64, externalId: true, unique: true, caseSensitive: true });
      state.addField(object, { name: 'Concord_Stage__c', type: 'Picklist', values: ['lead', 'mql', 'sal'], restricted: true });
      state.addField(object, { name: 'Concord_Score__c', type: 'Number' });
      state.addField(object, { name: 'Concord_MQL_At__c', type: 'DateTime' });
    }
  }
  const server = await sandbox.listen();
  const another = (more: Partial<SalesforceOptions> = {}): CrmPort =>
    createSalesforce({
      loginUrl: server.url, clientId: sandbox.clientId, clientSecret: sandbox.clientSecret, externalIdField: 'Concord_HubSpot_Id__c', dailyShare: 1,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))), ...more,
    });
  const port = another();
  const repId = state.addUser({ Name: 'Rosa Rep' });
  return {
    port, another, sandbox, state, clock, repId, rep: state.act(repId),
    async read(since, objects = ['lead', 'contact', 'opportunity', 'role'], fields = {}, by = port) {
      const pages: ReadPage[] = [];
      for await (const page of by.read({ since: Object.fromEntries(objects.map((object) => [object, since])), fields })) pages.push(page);
      return { pages, records: pages.flatMap((page) => page.records) };
    },
    async close() {
      await server.close();
      database.close();
    },
  };
}

/** The calls that the org answered since the last `clear`, as method and path without query. */
export function callsOf(sandbox: SalesforceSandbox): string[] {
  return sandbox.calls.calls.map((call) => `${call.method} ${call.url.replace(/\?.*/, '').replace('/services/data/v67.0', '')}`);
}

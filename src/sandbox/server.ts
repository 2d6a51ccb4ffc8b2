import { SandboxClock } from './clock';
import { openSandboxDatabase, type SandboxDatabase } from './database';
import { createHubspotSandbox, type HubspotSandbox } from './hubspot';
import { createSalesforceSandbox, type SalesforceSandbox } from './salesforce';

export interface SandboxOptions {
  /** The file that keeps the world, `:memory:`, or a copy of a world in memory (`database.serialize()`). */
  file: string | Buffer;
  hubspotPort?: number;
  salesforcePort?: number;
  limits?: 'real' | 'off';
  clock?: SandboxClock;
}

export interface RunningSandbox {
  hubspot: HubspotSandbox & { url: string };
  salesforce: SalesforceSandbox & { url: string };
  clock: SandboxClock;
  database: SandboxDatabase;
  /** Empties both CRMs. */
  reset(): void;
  close(): Promise<void>;
}

/** Both CRMs of one sandbox, serving on loopback. Throws the server's error (`EADDRINUSE`) with nothing left open when a port is taken. */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const clock = options.clock ?? new SandboxClock();
  const database = openSandboxDatabase(options.file);
  const limits = options.limits ?? 'real';
  const hubspot = createHubspotSandbox({ database, clock, limits });
  const salesforce = createSalesforceSandbox({ database, clock, limits });
  const [hubDoor, forceDoor] = await Promise.allSettled([hubspot.listen(options.hubspotPort ?? 0), salesforce.listen(options.salesforcePort ?? 0)]);
  if (hubDoor.status === 'rejected' || forceDoor.status === 'rejected') {
    for (const door of [hubDoor, forceDoor]) if (door.status === 'fulfilled') await door.value.close();
    database.close();
    throw hubDoor.status === 'rejected' ? hubDoor.reason : (forceDoor as PromiseRejectedResult).reason;
  }
  const [hub, force] = [hubDoor.value, forceDoor.value];
  return {
    hubspot: Object.assign(hubspot, { url: hub.url }),
    salesforce: Object.assign(salesforce, { url: force.url }),
    clock,
    database,
    reset() {
      hubspot.state.reset();
      salesforce.state.reset();
    },
    async close() {
      await Promise.all([hub.close(), force.close()]);
      database.close();
    },
  };
}

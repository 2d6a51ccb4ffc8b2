import type { CrmPort } from '../../src/crm/port';
import { createHubspot } from '../../src/crm/hubspot';
import { createSalesforce } from '../../src/crm/salesforce';
import type { Parts, Pass, Progress } from '../../src/run/parts';
import { adoptionOf, connect } from '../../src/run/run';
import { withLock } from '../../src/run/lock';
import { connectStore, joinParts, now, readAgreement } from '../../src/wire';
import type { Addresses, Limits } from './protocol';

/** The agreement that everything is measured under: the one that ships. */
export const AGREEMENT = 'config/agreement.yaml';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface Session {
  parts: Parts;
  crms: { hubspot: CrmPort; salesforce: CrmPort };
  close(): Promise<void>;
}

/** Concord joined to the local CRMs as `wire.ts` joins it, with a clock that runs `aheadMs` ahead and, on request, without pacing. */
export async function openSession(addresses: Addresses, limits: Limits, storeFile: string, aheadMs: number, progress: Progress): Promise<Session> {
  const agreement = readAgreement(AGREEMENT);
  const clock = (): number => now() + aheadMs;
  const settings = {
    hubspot: { token: addresses.hubspot.token, baseUrl: addresses.hubspot.url, apiVersion: '2026-09' as const },
    salesforce: { loginUrl: addresses.salesforce.url, clientId: addresses.salesforce.clientId, clientSecret: addresses.salesforce.clientSecret },
    hubspotApiVersion: '2026-09' as const,
    databaseUrl: `sqlite:${storeFile}`,
    agreementFile: AGREEMENT,
    secret: null,
    logLevel: 'error' as const,
  };
  const { consent } = agreement.settings;
  const crms = {
    hubspot: createHubspot({ ...settings.hubspot, dailyShare: 1, now: clock, ...(consent.hubspot.do_not_call === undefined ? {} : { doNotCallProperty: consent.hubspot.do_not_call }), ...(limits === 'off' ? { limits } : {}) }),
    salesforce: createSalesforce({ ...settings.salesforce, externalIdField: agreement.ownField('hubspot_id').salesforce ?? '', dailyShare: 1, optOutField: consent.salesforce.opt_out, doNotCallField: consent.salesforce.do_not_call, now: clock }),
  };
  const store = await connectStore(settings);
  const parts = await joinParts(settings, agreement, crms, store, { clock, log: silent, progress });
  return {
    parts,
    crms,
    async close() {
      await crms.hubspot.close();
      await crms.salesforce.close();
      await store.close();
    },
  };
}

/** Works inside a run that is about to adopt: connected, locked, with nothing read yet. */
export async function insideRun<T>(parts: Parts, work: (pass: Pass) => Promise<T>): Promise<T> {
  return withLock(parts, async (fence) => {
    const at = parts.clock();
    const pass = await connect(parts, parts.newId(), fence, at, await adoptionOf(parts));
    return work({ ...pass, adopting: true, readUpTo: { hubspot: at, salesforce: at } });
  });
}

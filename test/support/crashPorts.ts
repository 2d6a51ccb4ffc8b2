import type { CompiledAgreement } from '../../src/agreement/compile';
import { createHubspot } from '../../src/crm/hubspot';
import type { CrmPort } from '../../src/crm/port';
import { createSalesforce } from '../../src/crm/salesforce';

/*
 * Ports for tests that make calls fail: the same adapters as in `wire.ts`, with deadlines and waits that a test can afford. Nothing of what they do
 * about a failure is changed.
 */

export interface Addresses {
  hubspot: { url: string; token: string };
  salesforce: { url: string; clientId: string; clientSecret: string };
}

export interface QuickOptions {
  /** Of one attempt (default 2 s). */
  deadlineMs?: number;
  /** What waiting between attempts is (default: none). */
  sleep?: (ms: number) => Promise<void>;
  /** Fewer records a batch than the CRM takes: more sends to be cut off between. */
  batchSize?: number;
}

export function quickPorts(at: Addresses, agreement: CompiledAgreement, now: () => number, options: QuickOptions = {}): { hubspot: CrmPort; salesforce: CrmPort } {
  const { limits, consent } = agreement.settings;
  const { deadlineMs = 2_000, sleep = () => Promise.resolve() } = options;
  const hubspot = createHubspot({
    token: at.hubspot.token,
    baseUrl: at.hubspot.url,
    dailyShare: limits.hubspot_daily_share,
    limits: 'off',
    deadlineMs,
    now,
    sleep,
    ...(consent.hubspot.do_not_call === undefined ? {} : { doNotCallProperty: consent.hubspot.do_not_call }),
  });
  const salesforce = createSalesforce({
    loginUrl: at.salesforce.url,
    clientId: at.salesforce.clientId,
    clientSecret: at.salesforce.clientSecret,
    externalIdField: agreement.ownField('hubspot_id').salesforce ?? 'Concord_HubSpot_Id__c',
    dailyShare: limits.salesforce_daily_share,
    optOutField: consent.salesforce.opt_out,
    doNotCallField: consent.salesforce.do_not_call,
    deadlineMs,
    now,
    sleep,
  });
  const { batchSize } = options;
  return batchSize === undefined ? { hubspot, salesforce } : { hubspot: { ...hubspot, batchSize }, salesforce: { ...salesforce, batchSize } };
}

import { connectionOf, refuseOther } from '../store/connection';
import type { StoreReader } from '../store/port';
import type { Parts } from './parts';

/**
 * Whether the store belongs to the accounts of these credentials, for what is not a run and so stamps nothing. Throws ConcordError `wrong_connection`
 * (exit 2), naming both sides, when it belongs to others; a store without a first run belongs to nobody yet.
 */
export async function checkBelongs(parts: Pick<Parts, 'store' | 'hubspot' | 'salesforce'>): Promise<void> {
  const known = await connectionOf(parts.store);
  if (known === null) return;
  const [hubspot, salesforce] = await Promise.all([parts.hubspot.connect(), parts.salesforce.connect()]);
  refuseOther(known, { hubspot: hubspot.accountId, salesforce: salesforce.accountId });
}

/** The HubSpot portal that the store belongs to; null before its first run. */
export async function portalOf(store: Pick<StoreReader, 'meta'>): Promise<string | null> {
  return (await connectionOf(store))?.hubspot ?? null;
}

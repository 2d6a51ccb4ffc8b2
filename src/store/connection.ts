import { ConcordError, EXIT } from '../domain/problem';
import type { Store } from './port';

/** Which two accounts a store belongs to: HubSpot's portal id and Salesforce's org id. */
export interface ConnectionIds {
  hubspot: string;
  salesforce: string;
}

const KEY = 'connection';

/** The accounts that the store belongs to; null before its first run. */
export async function connectionOf(store: Pick<Store, 'meta'>): Promise<ConnectionIds | null> {
  const text = await store.meta(KEY);
  return text === null ? null : (JSON.parse(text) as ConnectionIds);
}

/**
 * Stamps a store with its connection on first use. Throws `wrong_connection` (exit 2), naming both sides, when it was stamped by another: two
 * portals in one store would read each other's records as vanished (design.md section 6).
 */
export async function claimConnection(store: Store, ids: ConnectionIds): Promise<void> {
  const known = await connectionOf(store);
  if (known === null) {
    const first = await store.transaction(null, async (tx) => {
      const meanwhile = await tx.meta(KEY);
      if (meanwhile === null) await tx.setMeta(KEY, JSON.stringify({ hubspot: ids.hubspot, salesforce: ids.salesforce }));
      return meanwhile === null;
    });
    return first ? undefined : claimConnection(store, ids);
  }
  refuseOther(known, ids);
}

/** Throws `wrong_connection` (exit 2) where a store that belongs to `known` meets the credentials of other accounts. */
export function refuseOther(known: ConnectionIds, ids: ConnectionIds): void {
  if (known.hubspot === ids.hubspot && known.salesforce === ids.salesforce) return;
  throw new ConcordError({
    code: 'wrong_connection',
    message: `This store belongs to HubSpot portal ${known.hubspot} and Salesforce org ${known.salesforce}, but the credentials are those of portal ${ids.hubspot} and org ${ids.salesforce}.`,
    remedy: 'Use the credentials of the store’s own accounts, or give the other accounts a store of their own in DATABASE_URL.',
    exit: EXIT.usage,
    where: 'DATABASE_URL',
  });
}

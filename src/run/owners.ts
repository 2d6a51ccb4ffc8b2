import type { ReadPage } from '../crm/port';
import { CrmError } from '../domain/problem';
import type { Pass } from './parts';

/*
 * Names of those who own sales' records: records carry the ids alone (`OwnerId`), while reports, pages and digests are read by people. Asked for once: who is known is asked again only when
 * everything is read anew, so that a name that has changed comes through. Owners are users and queues of the CRM, not people whom the agreement governs.
 */

/** Learns the names of a page's owners. `whole`: everything is read anew. Without an answer the run goes on, and ids stand where names would. */
export async function nameOwners(pass: Pass, { records }: Pick<ReadPage, 'records'>, whole: boolean): Promise<void> {
  const ids = new Set(records.flatMap(({ ref, owner }) => (ref.crm === 'salesforce' && owner != null ? [owner.id] : [])));
  if (ids.size === 0) return;
  const { store, salesforce, log } = pass.parts;
  const known = await store.ownerNames();
  const asked = whole ? [...ids] : [...ids].filter((id) => !known.has(id));
  if (asked.length === 0) return;
  let names: Map<string, string>;
  try {
    names = await salesforce.userNames(asked);
  } catch (error) {
    if (!(error instanceof CrmError)) throw error;
    log.warn('the owners’ names could not be asked', { code: error.code });
    return;
  }
  const fresh = new Map([...names].filter(([id, name]) => known.get(id) !== name));
  if (fresh.size > 0) await store.transaction(pass.fence, (tx) => tx.putOwnerNames(fresh), 'soon');
}

import type { ReadPage } from '../crm/port';
import { CrmError } from '../domain/problem';
import type { Pass } from './parts';

/*
 * Those who own sales' records, users and queues of the CRM, not people whom the agreement governs: their names, and who is deactivated. Records carry the ids alone (`OwnerId`), while
 * reports, pages and digests are read by people. Names are asked for once: who is known is asked again only when everything is read anew, so that a name that has changed comes through.
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

/** Who of them is deactivated. Without an answer everybody counts as active: what Salesforce then refuses becomes a dead letter. */
export async function inactiveUsers(pass: Pass, ids: string[]): Promise<Set<string>> {
  const asked = [...new Set(ids)];
  return asked.length === 0 ? new Set() : lookUp(pass, new Set<string>(), () => pass.parts.salesforce.inactiveUsers(asked));
}

/** What Salesforce answers about users, or what holds `without` an answer: a run does not end for it. */
export async function lookUp<T>({ parts }: Pass, without: T, how: () => Promise<T>): Promise<T> {
  try {
    return await how();
  } catch (error) {
    if (!(error instanceof CrmError)) throw error;
    parts.log.warn('the owners could not be looked up', { code: error.code });
    return without;
  }
}

import type { CrmName, RecordRef } from '../domain/record';
import type { Store, StoreReader } from '../store/port';
import type { Pass } from './parts';

/* Where the CRMs show their records, as they said when they were asked last: for pages, which never speak to a CRM. */

const KEY = 'record_pages';
/** Stands for the id in an address that is kept; it needs no escaping. */
const ID = 'RECORD-ID';

type Pages = Partial<Record<CrmName, Record<string, string>>>;

/** Keeps the addresses of this connection; writes only when they have changed. */
export async function keepLinks(store: Store, fence: number, { hubspot, salesforce }: Pick<Pass, 'hubspot' | 'salesforce'>): Promise<void> {
  const pages: Pages = {
    hubspot: { contact: hubspot.recordUrl('contact', ID) },
    salesforce: { lead: salesforce.recordUrl('lead', ID), contact: salesforce.recordUrl('contact', ID), opportunity: salesforce.recordUrl('opportunity', ID) },
  };
  const text = JSON.stringify(pages);
  if ((await store.meta(KEY)) !== text) await store.transaction(fence, (tx) => tx.setMeta(KEY, text));
}

/** The address of a record's page; null where none was kept, or for what has no page of its own. */
export type LinkOf = (ref: RecordRef) => string | null;

export async function linksOf(store: Pick<StoreReader, 'meta'>): Promise<LinkOf> {
  const text = await store.meta(KEY);
  const pages = text === null ? {} : (JSON.parse(text) as Pages);
  return ({ crm, object, id }) => {
    const page = pages[crm]?.[object];
    return page === undefined || !/^https?:\/\//.test(page) ? null : page.replace(ID, encodeURIComponent(id));
  };
}

import { ConcordError, EXIT } from '../domain/problem';
import type { MirrorRecord, RecordRef } from '../domain/record';
import { refKey } from '../domain/record';
import { handLinkKey } from '../core/match/match';
import type { Store, StoreTransaction } from '../store/port';

const metaKey = (ref: RecordRef): string => `hand_link:${handLinkKey(ref)}`;

/**
 * I8: RevOps picks between candidates: this HubSpot contact and this Salesforce lead or contact are one person. The choice is stronger than every other
 * evidence; the next run acts on it. Throws ConcordError `unknown_record` (exit 2) for an id that no run has read.
 */
export async function linkByHand(store: Store, hubspotId: string, salesforceId: string): Promise<{ contact: RecordRef; record: RecordRef }> {
  const contact = (await store.records([{ crm: 'hubspot', object: 'contact', id: hubspotId }]))[0];
  const [record] = await store.records([
    { crm: 'salesforce', object: 'lead', id: salesforceId },
    { crm: 'salesforce', object: 'contact', id: salesforceId },
  ]);
  if (contact === undefined || record === undefined) {
    const missing = contact === undefined ? `HubSpot contact ${hubspotId}` : `Salesforce lead or contact ${salesforceId}`;
    throw new ConcordError({ code: 'unknown_record', message: `${missing} is not known`, where: missing, remedy: 'Records are known after the first run that reads them.', exit: EXIT.usage });
  }
  await store.transaction(null, async (tx) => {
    await tx.setMeta('hand_links', 'yes');
    await tx.setMeta(metaKey(record.ref), contact.ref.id);
    // Both are matched anew: a record without a person is read as new by the next run.
    const concerned = [contact, record, ...(await tx.recordsOfPeople([contact.personId, record.personId].filter((id): id is string => id !== null)))];
    const apart = [...new Map(concerned.map((each): [string, MirrorRecord] => [refKey(each.ref), { ...each, personId: null }])).values()];
    await tx.putRecords(apart);
    await tx.setMeta('rematch', JSON.stringify([...new Set([...(JSON.parse((await tx.meta('rematch')) ?? '[]') as string[]), ...apart.map((each) => refKey(each.ref))])]));
  });
  return { contact: contact.ref, record: record.ref };
}

/** Takes back what RevOps has picked for these records: of a forgotten person nothing stays that names them. */
export async function unlinkByHand(tx: StoreTransaction, refs: RecordRef[]): Promise<void> {
  for (const ref of refs) if (ref.crm === 'salesforce') await tx.setMeta(metaKey(ref), null);
}

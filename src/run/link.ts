import { ConcordError, EXIT } from '../domain/problem';
import type { MirrorRecord, RecordRef } from '../domain/record';
import { refKey } from '../domain/record';
import { handLinkKey, madeFrom } from '../core/match/match';
import type { Store, StoreReader, StoreTransaction } from '../store/port';

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
    const concerned = new Map([contact, record, ...(await tx.recordsOfPeople([contact.personId, record.personId].filter((id): id is string => id !== null)))].map((each): [string, MirrorRecord] => [refKey(each.ref), each]));
    await tx.putRecords(takenApart([...concerned.values()], contact, record));
    const waiting = rematchOf(await tx.meta(REMATCH));
    const rematch: Rematch = { records: [...new Set([...waiting.records, ...concerned.keys()])], picked: [...waiting.picked.filter((key) => key !== refKey(record.ref)), refKey(record.ref)] };
    await tx.setMeta(REMATCH, JSON.stringify(rematch));
  });
  return { contact: contact.ref, record: record.ref };
}

/**
 * Records that are matched anew without the person they had: what joins them to another contact than the picked one. Histories stay where they were: with the other
 * contact, or, where it was one person so far, with the record that the person was made from. A record that was nobody else's brings its history along (I3).
 */
function takenApart(records: MirrorRecord[], contact: MirrorRecord, record: MirrorRecord): MirrorRecord[] {
  const others = records.filter((each) => each.ref.crm === 'hubspot' && each.gone === undefined && each !== contact && each.personId !== null && each.personId === record.personId);
  if (others.length === 0) return [];
  const keeper = contact.personId !== record.personId ? null : (records.find((each) => each.personId === madeFrom(each)) ?? contact);
  return (keeper === null ? [record] : records.filter((each) => each !== keeper)).map((each) => ({ ...each, personId: null }));
}

/** What the next run matches anew (I8), as ref keys: all records concerned, and those that were picked, the latest last. */
export interface Rematch {
  records: string[];
  picked: string[];
}

export const REMATCH = 'rematch';

/** `kept`: what the store has. Versions before had the records alone. */
export function rematchOf(kept: string | null): Rematch {
  const known = JSON.parse(kept ?? '[]') as Rematch | string[];
  return Array.isArray(known) ? { records: known, picked: [] } : known;
}

/** Whether the next run will match one of these records anew because of a pick. */
export async function isPicked(store: Pick<StoreReader, 'meta'>, records: readonly MirrorRecord[]): Promise<boolean> {
  const waiting = new Set(rematchOf(await store.meta(REMATCH)).records);
  return records.some((record) => waiting.has(refKey(record.ref)));
}

/** Takes back what RevOps has picked for these records: of a forgotten person nothing stays that names them. */
export async function unlinkByHand(tx: StoreTransaction, refs: RecordRef[]): Promise<void> {
  for (const ref of refs) if (ref.crm === 'salesforce') await tx.setMeta(metaKey(ref), null);
}

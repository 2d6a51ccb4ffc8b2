import type { MirrorRecord, RecordRef } from '../domain/record';
import { refKey } from '../domain/record';
import { unlinkByHand } from './link';
import type { Parts } from './parts';

/** What is to be forgotten: people with their records, and what else names them. */
export interface Forgetting {
  personIds: string[];
  records: MirrorRecord[];
  /** E-mails and record keys (`hubspot:contact:512`) that must never be stored again, known to the mirror or not. */
  also: string[];
}

/**
 * Blanks people everywhere in Concord's memory and remembers only keyed hashes, so that no run stores or recreates them. Writes no CRM. Under the run
 * lock's fence.
 */
export async function forget(parts: Parts, fence: number, { personIds, records, also }: Forgetting): Promise<void> {
  const { store } = parts;
  const values = new Set([...records.flatMap((record) => [refKey(record.ref), ...record.emails.map((each) => each.trim().toLowerCase())]), ...also]);
  const refs = records.map((record) => record.ref);
  await store.transaction(fence, async (tx) => {
    // The hashes first: a kill between the two must not let a run store the person again.
    await tx.addForgotten([...values].map(parts.hash), parts.clock());
    await unlinkByHand(tx, refs);
  });
  await store.forget(personIds, refs);
}

/** HubSpot has deleted this contact for privacy: the person it belongs to is forgotten, with the records of both CRMs. Unknown ones are remembered as forgotten too. */
export async function forgetContact(parts: Parts, fence: number, contactId: string): Promise<void> {
  const ref: RecordRef = { crm: 'hubspot', object: 'contact', id: contactId };
  const known = await parts.store.recordsByKeys([{ kind: 'hubspot_contact', value: contactId }]);
  const personIds = [...new Set(known.filter((record) => record.ref.crm === 'hubspot').map((record) => record.personId).filter((id): id is string => id !== null))];
  const own = known.filter((record) => record.ref.crm === 'hubspot');
  const records = new Map([...own, ...(personIds.length === 0 ? [] : await parts.store.recordsOfPeople(personIds))].map((record) => [refKey(record.ref), record]));
  await forget(parts, fence, { personIds, records: [...records.values()], also: [refKey(ref)] });
}

import type { EpochMs, RecordRef } from '../domain/record';
import type { InboxEvent, InboxKind } from './port';
import { chunks, inParts, insertRows } from './session';
import type { Session } from './session';

/* Webhook events, once each. A settled event stays for a while, so that its repetitions are recognised. */

const COLUMNS = ['key', 'object_id', 'related', 'kind', 'occurred_at', 'received_at', 'waiting'] as const;

/** Takes events down; those that are known already, waiting or settled, are not taken again. Returns how many are new. */
export async function receive(session: Session, events: InboxEvent[]): Promise<number> {
  const byKey = new Map(events.map((event) => [event.key, event]));
  const known = await inParts(byKey.keys(), (part) => session.db.selectFrom('inbox').select('key').where('key', 'in', part).execute());
  for (const { key } of known) byKey.delete(key);
  // In the order of keys: two deliveries of the same events must not wait for each other's rows crosswise.
  const rows = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1)).map((event) => [event.key, event.objectId, JSON.stringify(event.related), event.kind, event.occurredAt, event.receivedAt, 1]);
  await insertRows(session, 'inbox', [...COLUMNS], rows, { key: ['key'], then: 'keep' });
  return rows.length;
}

/** Events that wait, by key. */
export async function inbox(session: Session, afterKey: string | null, limit: number): Promise<InboxEvent[]> {
  const rows = await session.db.selectFrom('inbox').selectAll().where('waiting', 'is not', null).where('key', '>', afterKey ?? '').orderBy('key').limit(limit).execute();
  return rows.map((row) => ({ key: row.key, objectId: row.object_id, related: JSON.parse(row.related) as string[], kind: row.kind as InboxKind, occurredAt: row.occurred_at, receivedAt: row.received_at }));
}

export async function inboxLength(session: Session): Promise<number> {
  const { n } = await session.db.selectFrom('inbox').select((of) => of.fn.countAll<number>().as('n')).where('waiting', 'is not', null).executeTakeFirstOrThrow();
  return n;
}

export async function settleInbox(session: Session, keys: string[]): Promise<void> {
  await inParts(keys, async (part) => {
    await session.db.updateTable('inbox').set({ waiting: null }).where('key', 'in', part).execute();
    return [];
  });
}

/** Deletes at most `limit` settled events that came before `before`, with `unread` those that wait as well, but for privacy deletions; returns how many. */
export async function pruneInbox(session: Session, before: EpochMs, limit: number, unread = false): Promise<number> {
  const old = session.db.selectFrom('inbox').select('key').where('received_at', '<', before).limit(limit);
  const rows = await (unread ? old.where((of) => of.or([of('waiting', 'is', null), of('kind', '!=', 'privacyDeletion' satisfies InboxKind)])) : old.where('waiting', 'is', null)).execute();
  for (const part of chunks(rows.map((row) => row.key))) await session.db.deleteFrom('inbox').where('key', 'in', part).execute();
  return rows.length;
}

/** Of a forgotten person no event stays, nor their id in another contact's merge. */
export async function forgetInbox(session: Session, refs: RecordRef[]): Promise<void> {
  const ids = refs.filter((ref) => ref.crm === 'hubspot' && ref.object === 'contact').map((ref) => ref.id);
  await inParts(ids, async (part) => {
    await session.db.deleteFrom('inbox').where('object_id', 'in', part).execute();
    return [];
  });
  const forgotten = new Set(ids);
  if (forgotten.size === 0) return;
  // Only merges name other contacts.
  for (const row of await session.db.selectFrom('inbox').select(['key', 'related']).where('kind', '=', 'merge').execute()) {
    const related = JSON.parse(row.related) as string[];
    const rest = related.filter((id) => !forgotten.has(id));
    if (rest.length < related.length) await session.db.updateTable('inbox').set({ related: JSON.stringify(rest) }).where('key', '=', row.key).execute();
  }
}

import type { EpochMs } from '../domain/record';
import { inParts, insertRows } from './session';
import type { Session } from './session';

/* W8: who is to be decided. A person waits once, since the first time asked; the reason is the latest. */

export async function enqueue(session: Session, personIds: string[], reason: string, at: EpochMs): Promise<void> {
  const ids = [...new Set(personIds)];
  const since = new Map<string, number>();
  for (const row of await inParts(ids, (part) => session.db.selectFrom('queue').select(['person_id', 'since']).where('person_id', 'in', part).execute())) since.set(row.person_id, row.since);
  const rows = ids.map((id) => [id, reason, Math.min(at, since.get(id) ?? at)]);
  await insertRows(session, 'queue', ['person_id', 'reason', 'since'], rows, { key: ['person_id'], then: 'replace' });
}

export async function dequeue(session: Session, personIds: string[]): Promise<void> {
  await inParts(personIds, async (part) => {
    await session.db.deleteFrom('queue').where('person_id', 'in', part).execute();
    return [];
  });
}

export async function queue(session: Session, afterId: string | null, limit: number): Promise<{ personId: string; reason: string; since: EpochMs }[]> {
  const rows = await session.db.selectFrom('queue').selectAll().where('person_id', '>', afterId ?? '').orderBy('person_id').limit(limit).execute();
  return rows.map((row) => ({ personId: row.person_id, reason: row.reason, since: row.since }));
}

export async function queueLength(session: Session): Promise<number> {
  const { n } = await session.db.selectFrom('queue').select((of) => of.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
  return n;
}

import type { EpochMs } from '../domain/record';
import { inParts, insertRows, rowsIn } from './session';
import type { Session } from './session';

/* W8: who is to be decided. A person waits once, since the first time asked; the reason is the latest. */

export async function enqueue(session: Session, personIds: string[], reason: string, at: EpochMs): Promise<void> {
  const ids = [...new Set(personIds)];
  const waiting = new Map<string, { reason: string; since: number }>();
  for (const row of await rowsIn(session, { table: 'queue', by: 'person_id' }, ids)) waiting.set(row.person_id, row);
  const rows: unknown[][] = [];
  for (const id of ids) {
    const known = waiting.get(id);
    if (known === undefined || known.reason !== reason || known.since > at) rows.push([id, reason, Math.min(at, known?.since ?? at)]);
  }
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

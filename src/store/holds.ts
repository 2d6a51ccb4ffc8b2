import { parseRefKey, refKey } from '../domain/record';
import type { RecordRef, Value } from '../domain/record';
import type { Hold } from './port';
import { shortHash } from './deadLetters';
import { inParts, insertRows, lastOfEach, rowsIn } from './session';
import type { Session } from './session';
import type { HoldTable } from './tables';

/* W9, W12: fields that no run writes until they are given back. One hold per (kind, record, field); a newer one takes its place. */

function holdOf(row: HoldTable): Hold {
  return { id: row.id, kind: row.kind, ref: parseRefKey(row.ref), personId: row.person_id, field: row.field, value: JSON.parse(row.value) as Value, run: row.run, because: row.because, createdAt: row.created_at, ...(row.agreement === null || row.decided === null ? {} : { ground: { agreement: row.agreement, decided: row.decided } }) };
}

export async function addHolds(session: Session, given: Omit<Hold, 'id'>[]): Promise<void> {
  const idOf = (hold: Omit<Hold, 'id'>): string => shortHash([hold.kind, refKey(hold.ref), hold.field]);
  const rows = lastOfEach(given, idOf).map((hold) => [idOf(hold), hold.kind, refKey(hold.ref), hold.personId, hold.field, JSON.stringify(hold.value), hold.run, hold.because, hold.createdAt, hold.ground?.agreement ?? null, hold.ground?.decided ?? null]);
  await insertRows(session, 'holds', ['id', 'kind', 'ref', 'person_id', 'field', 'value', 'run', 'because', 'created_at', 'agreement', 'decided'], rows, { key: ['id'], then: 'replace' });
}

export async function releaseHolds(session: Session, ids: string[]): Promise<void> {
  await inParts(ids, async (part) => {
    await session.db.deleteFrom('holds').where('id', 'in', part).execute();
    return [];
  });
}

export async function holdsOf(session: Session, refs: RecordRef[]): Promise<Hold[]> {
  return (await rowsIn(session, { table: 'holds', by: 'ref' }, refs.map(refKey))).map(holdOf);
}

export async function holds(session: Session, filter: { run?: string; personId?: string; kind?: Hold['kind']; afterId?: string | null; limit: number }): Promise<Hold[]> {
  let query = session.db.selectFrom('holds').selectAll();
  if (filter.run !== undefined) query = query.where('run', '=', filter.run);
  if (filter.personId !== undefined) query = query.where('person_id', '=', filter.personId);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.afterId != null) query = query.where('id', '>', filter.afterId);
  return (await query.orderBy('id').limit(filter.limit).execute()).map(holdOf);
}

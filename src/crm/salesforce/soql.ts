import type { EpochMs } from '../../domain/record';

/*
 * SOQL is built here and nowhere else. jsforce's own builder leaves backslashes unescaped and drops an empty `$in` together with its condition, so
 * that a query for nobody reads everybody; here an empty list is an error of the caller.
 */

/** A quoted string literal: backslash first, then quote, then the control characters that would end the literal or the line. */
export function text(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `'${escaped}'`;
}

/** `Email IN ('a','b')`. Throws on an empty list. */
export function isIn(field: string, values: readonly string[]): string {
  if (values.length === 0) throw new Error(`SOQL: ${field} IN () would match nothing or everything`);
  return `${field} IN (${values.map(text).join(',')})`;
}

/** An unquoted date-time literal in UTC: `2026-11-01T00:00:00Z`. */
export function moment(at: EpochMs): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/** Where a read by key stands. Stamps are `SystemModstamp`, which is indexed; a read of everything goes by id, whose order no edit changes. */
export type Cursor =
  | { by: 'stamp'; since: EpochMs; after?: { stamp: EpochMs; id: string } }
  | { by: 'id'; after?: string };

export const PAGE_ROWS = 2000;

/**
 * One page of a read. Keyset paging: the next page begins after the last row's key, so that no number of rows with one stamp is too many and no
 * server-side cursor can expire. The first page includes `since` itself (stamps are whole seconds). `also` is a condition that every row must meet.
 */
export function pageQuery(object: string, fields: readonly string[], cursor: Cursor, rows: number = PAGE_ROWS, also?: string): string {
  return `SELECT ${fields.join(', ')} FROM ${object}${where(cursor, also)} ORDER BY ${cursor.by === 'stamp' ? 'SystemModstamp, Id' : 'Id'} LIMIT ${rows}`;
}

/** The same rows for a bulk job, which has no order and no limit. */
export function bulkQuery(object: string, fields: readonly string[], cursor: Cursor): string {
  return `SELECT ${fields.join(', ')} FROM ${object}${where(cursor)}`;
}

function where(cursor: Cursor, also?: string): string {
  const from = position(cursor);
  const conditions = also === undefined ? [from] : [from === null ? null : `(${from})`, also];
  const all = conditions.filter((condition) => condition !== null).join(' AND ');
  return all === '' ? '' : ` WHERE ${all}`;
}

function position(cursor: Cursor): string | null {
  if (cursor.by === 'id') return cursor.after === undefined ? null : `Id > ${text(cursor.after)}`;
  if (cursor.after === undefined) return `SystemModstamp >= ${moment(Math.floor(cursor.since / 1000) * 1000)}`;
  const stamp = moment(cursor.after.stamp);
  return `SystemModstamp > ${stamp} OR (SystemModstamp = ${stamp} AND Id > ${text(cursor.after.id)})`;
}

/** Lists of at most `size`. */
export function chunks<T>(list: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let at = 0; at < list.length; at += size) out.push(list.slice(at, at + size));
  return out;
}

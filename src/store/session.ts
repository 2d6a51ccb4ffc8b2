import { CompiledQuery } from 'kysely';
import type { Kysely, Selectable } from 'kysely';
import type { Names } from './names';
import type { Tables } from './tables';

/** The most values in one `in (…)` list or one multi-row insert, counted in rows; both databases take far more parameters than these make. */
const LIST = 400;
const LENGTHS = [1, 10, 50, 200, LIST];
/** PostgreSQL counts a statement's parameters in 16 bits. */
const POSTGRES_PARAMETERS = 32_000;

/** Runs the same statement once per row, in one go and without awaiting, and says how many rows changed: only SQLite, only inside a transaction. */
export type RunEach = (sql: string, rows: unknown[][]) => number;

/** What every query needs: the database or transaction to ask, and the numbers that stand for names. */
export interface Session {
  db: Kysely<Tables>;
  kind: 'sqlite' | 'postgres';
  names: Names;
  runEach: RunEach;
  /** Numbers of the runs met in this session. */
  runNumbers: Map<string, number>;
}

/** What happens to a row whose key exists: all other columns are taken over, or it stays as it is. */
export interface Conflict {
  key: string[];
  then: 'replace' | 'keep';
}

/** Statement texts made so far, by shape: a large first run asks for the same few hundred thousand times. */
const texts = new Map<string, string>();

function insertText(table: string, columns: string[], rows: number, conflict: Conflict | null, kind: Session['kind']): string {
  const shape = `${kind} ${table} ${columns.join(',')} ${rows} ${conflict === null ? '' : `${conflict.then} ${conflict.key.join(',')}`}`;
  const known = texts.get(shape);
  if (known !== undefined) return known;
  const quoted = (names: string[]): string => names.map((name) => `"${name}"`).join(', ');
  let place = 0;
  const tuples = Array.from({ length: rows }, () => `(${columns.map(() => (kind === 'sqlite' ? '?' : `$${++place}`)).join(', ')})`);
  let sql = `insert into "${table}" (${quoted(columns)}) values ${tuples.join(', ')}`;
  if (conflict !== null) {
    const rest = columns.filter((column) => !conflict.key.includes(column));
    sql += ` on conflict (${quoted(conflict.key)}) do `;
    sql += conflict.then === 'keep' || rest.length === 0 ? 'nothing' : `update set ${rest.map((column) => `"${column}" = excluded."${column}"`).join(', ')}`;
  }
  if (texts.size < 2_000) texts.set(shape, sql);
  return sql;
}

/**
 * Inserts (or upserts) many rows, given as values in the order of `columns`. SQLite runs one prepared statement per row, PostgreSQL gets
 * multi-row statements below its parameter limit. Rows must not repeat a key when `then` is `replace`.
 */
export async function insertRows<T extends keyof Tables & string>(session: Session, table: T, columns: (keyof Tables[T] & string)[], rows: unknown[][], conflict: Conflict | null = null): Promise<void> {
  if (rows.length === 0) return;
  if (session.kind === 'sqlite') {
    session.runEach(insertText(table, columns, 1, conflict, 'sqlite'), rows);
    return;
  }
  const most = Math.max(1, Math.floor(POSTGRES_PARAMETERS / columns.length));
  for (const part of chunks(rows, Math.min(most, 500))) {
    await session.db.executeQuery(CompiledQuery.raw(insertText(table, columns, part.length, conflict, 'postgres'), part.flat()));
  }
}

/** A column to set, with PostgreSQL's name of its type. */
export interface SetColumn {
  name: string;
  type: 'text' | 'bigint' | 'integer';
}

/** Updates many rows by their text key `id`: every row is its id, then a value for each of `columns`. Returns how many were there. */
export async function updateRows(session: Session, table: keyof Tables & string, columns: SetColumn[], rows: unknown[][]): Promise<number> {
  if (rows.length === 0) return 0;
  if (session.kind === 'sqlite') {
    const sql = `update "${table}" set ${columns.map(({ name }) => `"${name}" = ?`).join(', ')} where "id" = ?`;
    return session.runEach(sql, rows.map(([id, ...values]) => [...values, id]));
  }
  let found = 0;
  const all: SetColumn[] = [{ name: 'id', type: 'text' }, ...columns];
  for (const part of chunks(rows)) {
    let place = 0;
    const tuples = part.map(() => `(${all.map(({ type }) => `$${++place}::${type}`).join(', ')})`);
    const sql = `update "${table}" set ${columns.map(({ name }) => `"${name}" = given."${name}"`).join(', ')} from (values ${tuples.join(', ')}) as given (${all.map(({ name }) => `"${name}"`).join(', ')}) where "${table}"."id" = given."id"`;
    const { numAffectedRows } = await session.db.executeQuery(CompiledQuery.raw(sql, part.flat()));
    found += Number(numAffectedRows ?? 0);
  }
  return found;
}

/** Splits a list into parts of at most `size`. */
export function chunks<T>(list: readonly T[], size: number = LIST): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < list.length; start += size) parts.push(list.slice(start, start + size));
  return parts;
}

/**
 * Runs `query` for parts of the distinct `ids` and joins the answers. Parts are filled up to a few fixed lengths with their last id, so that
 * SQLite meets a handful of statement texts only and its prepared statements are reused.
 */
export async function inParts<T>(ids: Iterable<string>, query: (part: string[]) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (const part of chunks([...new Set(ids)])) {
    const wanted = LENGTHS.find((length) => part.length <= length) ?? LIST;
    const last = part[part.length - 1] as string;
    while (part.length < wanted) part.push(last);
    for (const row of await query(part)) found.push(row);
  }
  return found;
}

/** A further condition of `rowsIn`: an expression of the table's own columns that must equal the value. */
export interface Only {
  expression: string;
  value: string;
}

/**
 * Rows by the values of one column (all of their columns, or those named). What is asked for hundreds of thousands of times has its text made once,
 * where a query builder would make it anew each time.
 */
export async function rowsIn<T extends keyof Tables & string, C extends keyof Selectable<Tables[T]> & string>(
  session: Session,
  from: { table: T; by: keyof Tables[T] & string; columns?: readonly C[]; only?: Only },
  values: Iterable<string>,
): Promise<Pick<Selectable<Tables[T]>, C>[]> {
  const { table, by, columns, only } = from;
  return inParts(values, async (part) => {
    const shape = `in ${session.kind} ${table} ${by} ${columns?.join(',') ?? '*'} ${only?.expression ?? ''} ${part.length}`;
    let text = texts.get(shape);
    if (text === undefined) {
      const place = (index: number): string => (session.kind === 'sqlite' ? '?' : `$${index + 1}`);
      const list = part.map((_, index) => place(index)).join(', ');
      text = `select ${columns?.map((name) => `"${name}"`).join(', ') ?? '*'} from "${table}" where "${by}" in (${list})${only === undefined ? '' : ` and ${only.expression} = ${place(part.length)}`}`;
      texts.set(shape, text);
    }
    const { rows } = await session.db.executeQuery<Pick<Selectable<Tables[T]>, C>>(CompiledQuery.raw(text, only === undefined ? part : [...part, only.value]));
    return rows;
  });
}

/** The last of the items that share a key, in the order of their first appearance. */
export function lastOfEach<T>(items: readonly T[], key: (item: T) => string): T[] {
  const byKey = new Map<string, T>();
  for (const item of items) byKey.set(key(item), item);
  return byKey.size === items.length ? [...items] : [...byKey.values()];
}

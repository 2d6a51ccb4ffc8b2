import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

/*
 * Where the two databases' column types differ. Ids are compared byte by byte in both, so that pages by key continue alike whatever the
 * server's language is.
 */
export type Kind = 'sqlite' | 'postgres';

export interface Types {
  id: RawBuilder<unknown>;
  text: 'text';
  /** Moments and counts: 64 bits. */
  number: 'bigint' | 'integer';
  small: 'integer';
  bytes: 'bytea' | 'blob';
}

export function typesOf(kind: Kind): Types {
  return kind === 'sqlite'
    ? { id: sql`text`, text: 'text', number: 'integer', small: 'integer', bytes: 'blob' }
    : { id: sql`text collate "C"`, text: 'text', number: 'bigint', small: 'integer', bytes: 'bytea' };
}

/** Ends the definition of a table of short rows: SQLite then keeps the rows in their key's tree instead of twice. */
export function inKeyOrder(kind: Kind): RawBuilder<unknown> {
  return kind === 'sqlite' ? sql`without rowid` : sql``;
}

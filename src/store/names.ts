import type { Kysely } from 'kysely';
import type { Tables } from './tables';

/*
 * Field names stand in every mirror and journal row; a number in their place is most of what keeps a person under 4 KB (design.md section 10).
 * Only names of fields and rules may be given a number: nothing here is ever forgotten, so nothing personal may enter.
 */

/** A number met in the store that this process has not read yet: another process gave it since. */
class UnknownName extends Error {}

export interface Names {
  has(name: string): boolean;
  /** The number of a known name. */
  idOf(name: string): number;
  nameOf(id: number): string;
  /** Takes in what the store has beyond what is known here. */
  load(db: Kysely<Tables>): Promise<void>;
  add(id: number, name: string): void;
  /** How many are known: numbers count from 1 without gaps. */
  readonly size: number;
  /** A copy for one transaction: what it adds reaches the original by `adopt` after the commit, and never if it rolls back. */
  fork(): Names;
  adopt(other: Names): void;
}

export function createNames(byId: string[] = []): Names {
  const ids = new Map(byId.map((name, index) => [name, index + 1]));
  const names: Names = {
    has: (name) => ids.has(name),
    idOf(name) {
      const id = ids.get(name);
      if (id === undefined) throw new UnknownName();
      return id;
    },
    nameOf(id) {
      const name = byId[id - 1];
      if (name === undefined) throw new UnknownName();
      return name;
    },
    async load(db) {
      const rows = await db.selectFrom('names').select(['id', 'name']).where('id', '>', byId.length).orderBy('id').execute();
      for (const row of rows) names.add(row.id, row.name);
    },
    add(id, name) {
      if (id <= byId.length) return;
      byId.push(name);
      ids.set(name, id);
    },
    get size() {
      return byId.length;
    },
    fork: () => createNames([...byId]),
    adopt(other) {
      for (let id = byId.length + 1; id <= other.size; id++) names.add(id, other.nameOf(id));
    },
  };
  return names;
}

/** Gives numbers to those of `wanted` that have none. Inside a transaction only: writers follow each other, so no number is given twice. */
export async function ensureNames(db: Kysely<Tables>, names: Names, wanted: Iterable<string>): Promise<void> {
  const unknown = new Set<string>();
  for (const name of wanted) if (!names.has(name)) unknown.add(name);
  if (unknown.size === 0) return;
  await names.load(db);
  for (const name of unknown) {
    if (names.has(name)) continue;
    const id = names.size + 1;
    await db.insertInto('names').values({ id, name }).execute();
    names.add(id, name);
  }
}

/** Runs `encode`; when it meets a name without a number, numbers all that `wanted` tells of and runs it once more. Inside a transaction only. */
export async function naming<T>(db: Kysely<Tables>, names: Names, wanted: () => Iterable<string>, encode: () => T): Promise<T> {
  try {
    return encode();
  } catch (error) {
    if (!(error instanceof UnknownName)) throw error;
    await ensureNames(db, names, wanted());
    return encode();
  }
}

/** Runs `decode`; when it meets a number given by another process since, reads the new names and runs it once more. */
export async function withNames<T>(db: Kysely<Tables>, names: Names, decode: () => T): Promise<T> {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof UnknownName)) throw error;
    await names.load(db);
    return decode();
  }
}

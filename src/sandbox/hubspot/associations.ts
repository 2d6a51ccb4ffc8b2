import type { SandboxDatabase } from '../database';
import { validationRefusal } from './errors';
import { arrayOf, objectOf, optionalNumber, textOf } from './json';
import { objectFacts, type ObjectType } from './objectTypes';

/** Another record that a record is associated with. */
export interface Association {
  toId: number;
  typeIds: number[];
}

interface Pair {
  unlabelled: number;
  primary?: number;
}

/**
 * HubSpot's own association types, by direction. Direction matters: 279 means nothing from a company.
 * https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
 */
const pairs: Partial<Record<`${ObjectType}>${ObjectType}`, Pair>> = {
  'contacts>companies': { unlabelled: 279, primary: 1 },
  'companies>contacts': { unlabelled: 280, primary: 2 },
  'deals>companies': { unlabelled: 341, primary: 5 },
  'companies>deals': { unlabelled: 342, primary: 6 },
  'contacts>deals': { unlabelled: 4 },
  'deals>contacts': { unlabelled: 3 },
  'contacts>contacts': { unlabelled: 449 },
  'companies>companies': { unlabelled: 450 },
  'deals>deals': { unlabelled: 451 },
  'contacts>notes': { unlabelled: 201 },
  'notes>contacts': { unlabelled: 202 },
  'contacts>tasks': { unlabelled: 203 },
  'tasks>contacts': { unlabelled: 204 },
  'companies>notes': { unlabelled: 189 },
  'notes>companies': { unlabelled: 190 },
  'companies>tasks': { unlabelled: 191 },
  'tasks>companies': { unlabelled: 192 },
  'deals>notes': { unlabelled: 213 },
  'notes>deals': { unlabelled: 214 },
  'deals>tasks': { unlabelled: 215 },
  'tasks>deals': { unlabelled: 216 },
};

export function pairOf(from: ObjectType, to: ObjectType): Pair {
  const pair = pairs[`${from}>${to}`];
  if (pair === undefined) throw validationRefusal(`No association type exists between ${objectFacts[from].typeId} and ${objectFacts[to].typeId}`);
  return pair;
}

/** The object that an association type of `from` leads to. */
export function targetOf(from: ObjectType, typeId: number): ObjectType {
  for (const [key, pair] of Object.entries(pairs)) {
    const [start, end] = key.split('>') as [ObjectType, ObjectType];
    if (start === from && (pair.unlabelled === typeId || pair.primary === typeId)) return end;
  }
  throw validationRefusal(`Association type ${typeId} does not start at ${objectFacts[from].typeId}`);
}

export function labelOf(from: ObjectType, to: ObjectType, typeId: number): string | null {
  return pairOf(from, to).primary === typeId ? 'Primary' : null;
}

/** `[{associationCategory, associationTypeId}]` as type ids. */
export function typeIdsOf(input: unknown): number[] {
  return arrayOf(input, 'types').map((entry) => {
    const spec = objectOf(entry, 'association type');
    const category = textOf(spec['associationCategory'], 'associationCategory');
    const typeId = optionalNumber(spec['associationTypeId'], 'associationTypeId');
    if (category !== 'HUBSPOT_DEFINED' || typeId === undefined) throw validationRefusal(`Association category ${category} with type ${typeId} does not exist`);
    return typeId;
  });
}

/** Who is associated with whom. Each association is kept from both ends; the caller has made sure that both records exist. */
export class Associations {
  constructor(private readonly database: SandboxDatabase) {}

  /**
   * Associates two records. A primary one brings the unlabelled one along and takes over from another primary; the first company of a
   * record becomes its primary one. Answers whether anything changed.
   */
  add(from: ObjectType, fromId: number, to: ObjectType, toId: number, typeIds: readonly number[]): boolean {
    const pair = pairOf(from, to);
    const back = pairOf(to, from);
    for (const typeId of typeIds) {
      if (typeId !== pair.unlabelled && typeId !== pair.primary) {
        throw validationRefusal(`Association type ${typeId} does not lead from ${objectFacts[from].typeId} to ${objectFacts[to].typeId}`);
      }
    }
    let changed = this.put(from, fromId, to, toId, pair.unlabelled, back.unlabelled);
    if (pair.primary === undefined || back.primary === undefined) return changed;
    // The primary label says which company a contact or deal belongs to, whichever end it is set from.
    const [owner, ownerId, companyId] = to === 'companies' ? [from, fromId, toId] : [to, toId, fromId];
    const wanted = typeIds.includes(pair.primary);
    const current = this.primaryCompany(owner, ownerId);
    if (current !== companyId && (wanted || current === undefined)) {
      if (current !== undefined) this.takeType(owner, ownerId, 'companies', current, pairOf(owner, 'companies').primary, pairOf('companies', owner).primary);
      changed = this.put(from, fromId, to, toId, pair.primary, back.primary) || changed;
    }
    return changed;
  }

  private put(from: ObjectType, fromId: number, to: ObjectType, toId: number, typeId: number, backId: number): boolean {
    const insert = this.database.prepare('INSERT OR IGNORE INTO hs_associations (from_type, from_id, to_type, to_id, type_id) VALUES (?, ?, ?, ?, ?)');
    const result = insert.run(from, fromId, to, toId, typeId);
    insert.run(to, toId, from, fromId, backId);
    return result.changes > 0;
  }

  private takeType(from: ObjectType, fromId: number, to: ObjectType, toId: number, typeId: number | undefined, backId: number | undefined): void {
    const take = this.database.prepare('DELETE FROM hs_associations WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ? AND type_id = ?');
    take.run(from, fromId, to, toId, typeId ?? 0);
    take.run(to, toId, from, fromId, backId ?? 0);
  }

  /** Takes away every association between two records, or only the given types. Answers whether there was any. */
  remove(from: ObjectType, fromId: number, to: ObjectType, toId: number, typeIds?: readonly number[]): boolean {
    const pair = pairOf(from, to);
    const back = pairOf(to, from);
    const before = this.between(from, fromId, to, toId);
    if (typeIds === undefined || typeIds.includes(pair.unlabelled)) {
      const take = this.database.prepare('DELETE FROM hs_associations WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ?');
      take.run(from, fromId, to, toId);
      take.run(to, toId, from, fromId);
    } else if (pair.primary !== undefined && typeIds.includes(pair.primary)) {
      this.takeType(from, fromId, to, toId, pair.primary, back.primary);
    }
    return before.length > 0;
  }

  between(from: ObjectType, fromId: number, to: ObjectType, toId: number): number[] {
    return this.database
      .prepare<[ObjectType, number, ObjectType, number], { type_id: number }>(
        'SELECT type_id FROM hs_associations WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ? ORDER BY type_id',
      )
      .all(from, fromId, to, toId)
      .map((row) => row.type_id);
  }

  /** The other ends, in the order of their ids, from an id on. */
  list(from: ObjectType, fromId: number, to: ObjectType, after = 0, limit = 1_000_000): Association[] {
    const rows = this.database
      .prepare<[ObjectType, number, ObjectType, number, number], { to_id: number; types: string }>(
        `SELECT to_id, json_group_array(type_id) AS types FROM hs_associations
         WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id > ? GROUP BY to_id ORDER BY to_id LIMIT ?`,
      )
      .all(from, fromId, to, after, limit);
    return rows.map((row) => ({ toId: row.to_id, typeIds: JSON.parse(row.types) as number[] }));
  }

  /** Every other end of a record, with its object. */
  everything(from: ObjectType, fromId: number): { to: ObjectType; toId: number; typeId: number }[] {
    return this.database
      .prepare<[ObjectType, number], { to: ObjectType; toId: number; typeId: number }>(
        'SELECT to_type AS "to", to_id AS toId, type_id AS typeId FROM hs_associations WHERE from_type = ? AND from_id = ?',
      )
      .all(from, fromId);
  }

  primaryCompany(from: ObjectType, fromId: number): number | undefined {
    const primary = pairs[`${from}>companies`]?.primary;
    if (primary === undefined) return undefined;
    return this.database
      .prepare<[ObjectType, number, number], { to_id: number }>(
        "SELECT to_id FROM hs_associations WHERE from_type = ? AND from_id = ? AND to_type = 'companies' AND type_id = ?",
      )
      .get(from, fromId, primary)?.to_id;
  }

  count(from: ObjectType, fromId: number, to: ObjectType): number {
    return (
      this.database
        .prepare<[ObjectType, number, ObjectType], { n: number }>(
          'SELECT count(DISTINCT to_id) AS n FROM hs_associations WHERE from_type = ? AND from_id = ? AND to_type = ?',
        )
        .get(from, fromId, to)?.n ?? 0
    );
  }
}

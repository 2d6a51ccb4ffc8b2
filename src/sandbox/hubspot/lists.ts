import type { SandboxDatabase } from '../database';
import type { SandboxClock } from '../clock';
import { notFound, validationRefusal } from './errors';
import { objectFacts, type ObjectType } from './objectTypes';
import type { Records } from './records';

export interface ListRow {
  id: number;
  type: ObjectType;
  name: string;
  processing: string;
  created: number;
  updated: number;
  deleted: number | null;
}

export interface MembershipChange {
  recordsIdsAdded: string[];
  recordIdsRemoved: string[];
  recordIdsMissing: string[];
}

/** Lists with members that calls add and take away. Filtered lists (`DYNAMIC`) exist by name only: nothing is evaluated. */
export class ListStore {
  constructor(private readonly parts: { database: SandboxDatabase; clock: SandboxClock; records: Records }) {}

  create(type: ObjectType, name: string, processing: string): ListRow {
    if (!['MANUAL', 'SNAPSHOT', 'DYNAMIC'].includes(processing)) throw validationRefusal(`processingType ${processing} is not one of MANUAL, SNAPSHOT, DYNAMIC`);
    if (this.find(type, name) !== undefined) throw validationRefusal(`List name '${name}' is already in use`, { subCategory: 'ILS.DUPLICATE_LIST_NAMES' });
    const now = this.parts.clock.now();
    const result = this.parts.database.prepare('INSERT INTO hs_lists (type, name, processing, created, updated) VALUES (?, ?, ?, ?, ?)').run(type, name, processing, now, now);
    return this.read(Number(result.lastInsertRowid));
  }

  find(type: ObjectType, name: string): ListRow | undefined {
    return this.parts.database.prepare<[ObjectType, string], ListRow>('SELECT * FROM hs_lists WHERE type = ? AND name = ? AND deleted IS NULL').get(type, name);
  }

  read(id: number, deleted = false): ListRow {
    const row = this.parts.database.prepare<[number], ListRow>('SELECT * FROM hs_lists WHERE id = ?').get(id);
    if (row === undefined || (row.deleted !== null && !deleted)) throw notFound(`List does not exist with ID ${id}.`, 'ILS.LIST_NOT_FOUND');
    return row;
  }

  all(): ListRow[] {
    return this.parts.database.prepare<[], ListRow>('SELECT * FROM hs_lists WHERE deleted IS NULL ORDER BY id').all();
  }

  setDeleted(id: number, deleted: boolean): void {
    this.read(id, true);
    this.parts.database.prepare('UPDATE hs_lists SET deleted = ? WHERE id = ?').run(deleted ? this.parts.clock.now() : null, id);
  }

  rename(id: number, name: string): ListRow {
    const list = this.read(id);
    if (this.find(list.type, name) !== undefined) throw validationRefusal(`List name '${name}' is already in use`, { subCategory: 'ILS.DUPLICATE_LIST_NAMES' });
    this.parts.database.prepare('UPDATE hs_lists SET name = ?, updated = ? WHERE id = ?').run(name, this.parts.clock.now(), id);
    return this.read(id);
  }

  size(id: number): number {
    return this.parts.database.prepare<[number], { n: number }>('SELECT count(*) AS n FROM hs_list_members WHERE list_id = ?').get(id)?.n ?? 0;
  }

  /** Members that exist already are passed over; unknown records come back as missing. Filtered lists refuse. */
  change(id: number, add: readonly string[], remove: readonly string[]): MembershipChange {
    const { database, clock, records } = this.parts;
    const list = this.read(id);
    if (list.processing === 'DYNAMIC') throw validationRefusal('Memberships of a DYNAMIC list cannot be changed');
    const change: MembershipChange = { recordsIdsAdded: [], recordIdsRemoved: [], recordIdsMissing: [] };
    const put = database.prepare('INSERT OR IGNORE INTO hs_list_members (list_id, record_id, at) VALUES (?, ?, ?)');
    const take = database.prepare('DELETE FROM hs_list_members WHERE list_id = ? AND record_id = ?');
    database.transaction(() => {
      for (const text of add) {
        const stored = /^\d+$/.test(text) ? records.get(list.type, records.resolve(list.type, Number(text))) : undefined;
        if (stored === undefined || stored.archived !== null) change.recordIdsMissing.push(text);
        else if (put.run(id, stored.id, clock.now()).changes > 0) change.recordsIdsAdded.push(String(stored.id));
      }
      for (const text of remove) if (/^\d+$/.test(text) && take.run(id, Number(text)).changes > 0) change.recordIdsRemoved.push(text);
    })();
    return change;
  }

  clear(id: number): void {
    this.read(id);
    this.parts.database.prepare('DELETE FROM hs_list_members WHERE list_id = ?').run(id);
  }

  members(id: number, after: number, limit: number): { recordId: string; membershipTimestamp: string }[] {
    this.read(id);
    return this.parts.database
      .prepare<[number, number, number], { record_id: number; at: number }>('SELECT record_id, at FROM hs_list_members WHERE list_id = ? AND record_id > ? ORDER BY record_id LIMIT ?')
      .all(id, after, limit)
      .map((row) => ({ recordId: String(row.record_id), membershipTimestamp: new Date(row.at).toISOString() }));
  }

  show(list: ListRow): object {
    return {
      listId: String(list.id),
      listVersion: 1,
      name: list.name,
      objectTypeId: objectFacts[list.type].typeId,
      processingStatus: 'COMPLETE',
      processingType: list.processing,
      createdAt: new Date(list.created).toISOString(),
      updatedAt: new Date(list.updated).toISOString(),
      size: this.size(list.id),
    };
  }
}

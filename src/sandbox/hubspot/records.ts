import type { Statement } from 'better-sqlite3';
import type { SandboxDatabase } from '../database';
import type { SandboxClock } from '../clock';
import { objectTypes, type ObjectType } from './objectTypes';
import { tableOf } from './tables';

/** A record as stored: times in epoch milliseconds, only values that are set. */
export interface StoredRecord {
  id: number;
  created: number;
  modified: number;
  archived: number | null;
  props: Record<string, string>;
}

interface RecordRow {
  id: number;
  created: number;
  modified: number;
  archived: number | null;
  props: string;
}

/** One entry of a property's history. */
export interface HistoryEntry {
  value: string;
  timestamp: number;
  sourceType: string;
  sourceId: string | null;
  sourceLabel: string | null;
  userId: number | null;
}

interface Statements {
  get: Statement<[number], RecordRow>;
  many: Statement<[string], RecordRow>;
  page: Statement<[number, number], RecordRow>;
  archivedPage: Statement<[number, number], RecordRow>;
  insert: Statement<[number | null, number, number, number | null, string]>;
  save: Statement<[number, number, number | null, string, number]>;
  remove: Statement<[number]>;
}

function record(row: RecordRow): StoredRecord {
  return { ...row, props: JSON.parse(row.props) as Record<string, string> };
}

/** Rows of the objects, their unique values, history and merged-away ids. Knows no rule of HubSpot's. */
export class Records {
  private readonly statements = new Map<ObjectType, Statements>();
  private readonly addHistory: Statement<[ObjectType, number, string, number, string, string, string | null, string | null, number | null]>;
  private readonly readHistory: Statement<[ObjectType, number, string], { value: string; at: number; source_type: string; source_id: string | null; source_label: string | null; user_id: number | null }>;
  private readonly hasHistory: Statement<[ObjectType, number, string]>;
  private readonly aliasOf: Statement<[ObjectType, number], { id: number }>;
  private readonly emailHolder: Statement<[string], { id: number }>;
  private readonly takeEmail: Statement<[string, number]>;
  private readonly freeEmail: Statement<[string, number]>;
  private readonly uniqueHolder: Statement<[ObjectType, string, string], { id: number }>;
  private readonly takeUnique: Statement<[ObjectType, string, string, number]>;
  private readonly freeUnique: Statement<[ObjectType, string, string, number]>;
  private readonly addRecent: Statement<[ObjectType, number, number, number | null, number | null, string | null]>;
  private readonly dropRecent: Statement<[number]>;

  constructor(
    private readonly database: SandboxDatabase,
    private readonly clock: SandboxClock,
    private readonly indexLag: () => number,
  ) {
    for (const type of objectTypes) {
      const table = tableOf(type);
      this.statements.set(type, {
        get: database.prepare(`SELECT * FROM ${table} WHERE id = ?`),
        many: database.prepare(`SELECT * FROM ${table} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`),
        page: database.prepare(`SELECT * FROM ${table} WHERE id > ? AND archived IS NULL ORDER BY id LIMIT ?`),
        archivedPage: database.prepare(`SELECT * FROM ${table} WHERE id > ? AND archived IS NOT NULL ORDER BY id LIMIT ?`),
        insert: database.prepare(`INSERT INTO ${table} (id, created, modified, archived, props) VALUES (?, ?, ?, ?, ?)`),
        save: database.prepare(`UPDATE ${table} SET created = ?, modified = ?, archived = ?, props = ? WHERE id = ?`),
        remove: database.prepare(`DELETE FROM ${table} WHERE id = ?`),
      });
    }
    this.addHistory = database.prepare(
      'INSERT INTO hs_history (type, id, property, at, value, source_type, source_id, source_label, user_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.readHistory = database.prepare('SELECT * FROM hs_history WHERE type = ? AND id = ? AND property = ? ORDER BY at DESC, seq DESC');
    this.hasHistory = database.prepare('SELECT 1 FROM hs_history WHERE type = ? AND id = ? AND property = ? LIMIT 1');
    this.aliasOf = database.prepare('SELECT id FROM hs_aliases WHERE type = ? AND old_id = ?');
    this.emailHolder = database.prepare('SELECT id FROM hs_emails WHERE email = ?');
    this.takeEmail = database.prepare('INSERT OR REPLACE INTO hs_emails (email, id) VALUES (?, ?)');
    this.freeEmail = database.prepare('DELETE FROM hs_emails WHERE email = ? AND id = ?');
    this.uniqueHolder = database.prepare('SELECT id FROM hs_unique WHERE type = ? AND property = ? AND value = ?');
    this.takeUnique = database.prepare('INSERT OR REPLACE INTO hs_unique (type, property, value, id) VALUES (?, ?, ?, ?)');
    this.freeUnique = database.prepare('DELETE FROM hs_unique WHERE type = ? AND property = ? AND value = ? AND id = ?');
    this.addRecent = database.prepare('INSERT INTO hs_recent (type, id, touched, created, modified, props) VALUES (?, ?, ?, ?, ?, ?)');
    this.dropRecent = database.prepare('DELETE FROM hs_recent WHERE touched < ?');
  }

  private of(type: ObjectType): Statements {
    const statements = this.statements.get(type);
    if (statements === undefined) throw new Error(`No table for ${type}`);
    return statements;
  }

  /** The record of that very id, archived ones included. */
  get(type: ObjectType, id: number): StoredRecord | undefined {
    const row = this.of(type).get.get(id);
    return row === undefined ? undefined : record(row);
  }

  many(type: ObjectType, ids: readonly number[]): StoredRecord[] {
    return this.of(type).many.all(JSON.stringify(ids)).map(record);
  }

  /** Live (or archived) records after an id, in the order of ids. */
  page(type: ObjectType, after: number, limit: number, archived = false): StoredRecord[] {
    const statements = this.of(type);
    return (archived ? statements.archivedPage : statements.page).all(after, limit).map(record);
  }

  /** Every live record, a page at a time, so that others can write while it runs. */
  *walk(type: ObjectType): Generator<StoredRecord> {
    let after = 0;
    for (;;) {
      const page = this.page(type, after, 500);
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  count(type: ObjectType, archived = false): number {
    const row = this.database
      .prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${tableOf(type)} WHERE archived IS ${archived ? 'NOT ' : ''}NULL`)
      .get();
    return row?.n ?? 0;
  }

  insert(type: ObjectType, wanted: { id?: number; created: number; modified: number; archived?: number | null; props: Record<string, string> }): number {
    const result = this.of(type).insert.run(wanted.id ?? null, wanted.created, wanted.modified, wanted.archived ?? null, JSON.stringify(wanted.props));
    const id = Number(result.lastInsertRowid);
    this.rememberForSearch(type, id, undefined);
    return id;
  }

  save(type: ObjectType, before: StoredRecord, after: StoredRecord): void {
    this.of(type).save.run(after.created, after.modified, after.archived, JSON.stringify(after.props), after.id);
    this.rememberForSearch(type, after.id, before);
  }

  remove(type: ObjectType, id: number): void {
    this.of(type).remove.run(id);
    this.database.prepare('DELETE FROM hs_history WHERE type = ? AND id = ?').run(type, id);
    this.database.prepare('DELETE FROM hs_aliases WHERE type = ? AND id = ?').run(type, id);
  }

  /** Keeps what the search index still shows: the record before this write, until the index has caught up. */
  private rememberForSearch(type: ObjectType, id: number, before: StoredRecord | undefined): void {
    const lag = this.indexLag();
    if (lag <= 0) return;
    const now = this.clock.now();
    this.addRecent.run(type, id, now, before?.created ?? null, before?.modified ?? null, before === undefined ? null : JSON.stringify(before.props));
    this.dropRecent.run(now - lag);
  }

  /** The record that an id leads to now: itself, or the one it was merged into. */
  resolve(type: ObjectType, id: number): number {
    let at = id;
    for (let steps = 0; steps < 1000; steps++) {
      const next = this.aliasOf.get(type, at);
      if (next === undefined) return at;
      at = next.id;
    }
    return at;
  }

  isAlias(type: ObjectType, id: number): boolean {
    return this.aliasOf.get(type, id) !== undefined;
  }

  addAlias(type: ObjectType, oldId: number, id: number): void {
    this.database.prepare('INSERT OR REPLACE INTO hs_aliases (type, old_id, id) VALUES (?, ?, ?)').run(type, oldId, id);
  }

  byEmail(email: string): number | undefined {
    return this.emailHolder.get(email.trim().toLowerCase())?.id;
  }

  setEmails(id: number, before: readonly string[], after: readonly string[]): void {
    for (const email of before) if (!after.includes(email)) this.freeEmail.run(email, id);
    for (const email of after) if (!before.includes(email)) this.takeEmail.run(email, id);
  }

  byUnique(type: ObjectType, property: string, value: string): number | undefined {
    return this.uniqueHolder.get(type, property, value)?.id;
  }

  setUnique(type: ObjectType, property: string, id: number, before: string | undefined, after: string | undefined): void {
    if (before !== undefined) this.freeUnique.run(type, property, before, id);
    if (after !== undefined) this.takeUnique.run(type, property, after, id);
  }

  addHistoryEntry(type: ObjectType, id: number, property: string, entry: HistoryEntry): void {
    this.addHistory.run(type, id, property, entry.timestamp, entry.value, entry.sourceType, entry.sourceId, entry.sourceLabel, entry.userId);
  }

  hasHistoryOf(type: ObjectType, id: number, property: string): boolean {
    return this.hasHistory.get(type, id, property) !== undefined;
  }

  /** A property's values, newest first. A bulk-loaded value without history counts as imported when the record was created. */
  history(type: ObjectType, stored: StoredRecord, property: string): HistoryEntry[] {
    const rows = this.readHistory.all(type, stored.id, property).map((row) => ({
      value: row.value,
      timestamp: row.at,
      sourceType: row.source_type,
      sourceId: row.source_id,
      sourceLabel: row.source_label,
      userId: row.user_id,
    }));
    const value = stored.props[property];
    if (rows.length > 0 || value === undefined) return rows;
    return [importedEntry(value, stored.created)];
  }

  moveHistory(type: ObjectType, from: number, to: number): void {
    this.database.prepare('UPDATE hs_history SET id = ? WHERE type = ? AND id = ?').run(to, type, from);
  }
}

export function importedEntry(value: string, timestamp: number): HistoryEntry {
  return { value, timestamp, sourceType: 'IMPORT', sourceId: null, sourceLabel: null, userId: null };
}

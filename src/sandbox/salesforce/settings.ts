import type { Statement } from 'better-sqlite3';
import type { SandboxDatabase } from '../database';

/** The org's switches, kept in the database so that a restart finds them as they were. Values are JSON. */
export class Settings {
  private readonly cache = new Map<string, unknown>();
  /** Prepared once: every call that a client makes is counted by it. */
  private readonly put: Statement;
  /** Counts the changes, so that a rolled-back transaction knows whether it made any. */
  changes = 0;

  constructor(private readonly database: SandboxDatabase) {
    database.exec('CREATE TABLE IF NOT EXISTS sf_setting (key TEXT PRIMARY KEY, value TEXT NOT NULL)');
    for (const row of database.prepare('SELECT key, value FROM sf_setting').all() as { key: string; value: string }[]) {
      this.cache.set(row.key, JSON.parse(row.value));
    }
    this.put = database.prepare('INSERT INTO sf_setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
  }

  get<T>(key: string, fallback: T): T {
    return this.cache.has(key) ? (this.cache.get(key) as T) : fallback;
  }

  set(key: string, value: unknown): void {
    this.changes += 1;
    this.cache.set(key, value);
    this.put.run(key, JSON.stringify(value));
  }

  /** Reads the table again: after a rolled-back transaction the cache may hold what never happened. */
  reload(): void {
    this.cache.clear();
    for (const row of this.database.prepare('SELECT key, value FROM sf_setting').all() as { key: string; value: string }[]) {
      this.cache.set(row.key, JSON.parse(row.value));
    }
  }

  clear(): void {
    this.cache.clear();
    this.database.exec('DELETE FROM sf_setting');
  }
}

import type Database from 'better-sqlite3';
import { sqliteDriver } from '../../src/sqlite';
import type { Store } from '../../src/store/port';

/*
 * Disks that fill up, without a disk: SQLite can be told how many pages a connection may use, and fails beyond them exactly as on a full device
 * (SQLITE_FULL, https://www.sqlite.org/pragma.html#pragma_max_page_count).
 */

export interface Disks {
  /** DATABASE_URL of a store that was opened since. */
  urlOf(store: Store): string;
  /** Lets the newest connection to the store's file take so many more pages; null: as many as it likes. */
  leaveRoom(store: Store, pages: number | null): void;
  release(): void;
}

/** Watches which files are opened. */
export function watchDatabases(): Disks {
  const opened: Database.Database[] = [];
  const prototype = sqliteDriver().prototype as unknown as { pragma(this: Database.Database, ...args: unknown[]): unknown };
  const original = prototype.pragma;
  prototype.pragma = function pragma(...args) {
    if (args[0] === 'secure_delete = ON') opened.push(this);
    return original.apply(this, args);
  };
  const newest = (): Database.Database => {
    const found = opened.filter((database) => database.open).at(-1);
    if (found === undefined) throw new Error('no store is open');
    return found;
  };
  return {
    urlOf: () => `sqlite:${newest().name}`,
    leaveRoom(_store, pages) {
      const database = newest();
      const used = Number(original.call(database, 'page_count', { simple: true }));
      original.call(database, `max_page_count = ${pages === null ? 1_000_000_000 : used + pages}`);
    },
    release() {
      prototype.pragma = original;
    },
  };
}

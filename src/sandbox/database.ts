import type Database from 'better-sqlite3';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { sqliteDriver } from '../sqlite';

/** Concord's memory may come to lie beside it: where the folder is made, it is for the user alone. */
const OWN_FOLDER = 0o700;

export type SandboxDatabase = Database.Database;

/**
 * Opens the file that holds the sandbox's world (`:memory:` for a world that ends with the process). Both CRMs share it, each with tables
 * of its own prefix. It is a stand-in's memory: a dead process loses nothing, a dead machine may lose the last moment. A buffer is a world in memory that
 * `database.serialize()` has copied; it goes on in memory.
 */
export function openSandboxDatabase(file: string | Buffer): SandboxDatabase {
  if (typeof file === 'string' && file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: OWN_FOLDER });
  const Driver = sqliteDriver();
  const database = new Driver(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('busy_timeout = 10000');
  return database;
}

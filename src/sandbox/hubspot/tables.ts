import type { SandboxDatabase } from '../database';
import { objectFacts, objectTypes, type ObjectType } from './objectTypes';

/** The table that holds the records of one object: `props` is a JSON object of the values that are set. Times are epoch milliseconds. */
export function tableOf(type: ObjectType): string {
  return `hs_${type}`;
}

/**
 * Creates what is missing. Every question that a million contacts must answer at once has an index: pages by id, changes by (modified, id),
 * archived ones by id, e-mails and other unique values by value, history by record and property.
 */
export function createTables(database: SandboxDatabase): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS hs_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_tokens (token TEXT PRIMARY KEY, app_id INTEGER NOT NULL, app_name TEXT NOT NULL, user_id INTEGER NOT NULL,
      scopes TEXT NOT NULL, dies_at INTEGER) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_hidden (token TEXT NOT NULL, type TEXT NOT NULL, property TEXT NOT NULL, PRIMARY KEY (token, type, property)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_owners (id INTEGER PRIMARY KEY, body TEXT NOT NULL, archived INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS hs_pipelines (type TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (type, id)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_properties (type TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, archived INTEGER, PRIMARY KEY (type, name)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_property_groups (type TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (type, name)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_emails (email TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_unique (type TEXT NOT NULL, property TEXT NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL,
      PRIMARY KEY (type, property, value)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_aliases (type TEXT NOT NULL, old_id INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (type, old_id)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS hs_aliases_id ON hs_aliases (type, id);
    CREATE TABLE IF NOT EXISTS hs_history (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, id INTEGER NOT NULL, property TEXT NOT NULL, at INTEGER NOT NULL,
      value TEXT NOT NULL, source_type TEXT NOT NULL, source_id TEXT, source_label TEXT, user_id INTEGER);
    CREATE INDEX IF NOT EXISTS hs_history_record ON hs_history (type, id, property);
    CREATE TABLE IF NOT EXISTS hs_recent (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, id INTEGER NOT NULL, touched INTEGER NOT NULL,
      created INTEGER, modified INTEGER, props TEXT);
    CREATE INDEX IF NOT EXISTS hs_recent_touched ON hs_recent (type, touched);
    CREATE TABLE IF NOT EXISTS hs_associations (from_type TEXT NOT NULL, from_id INTEGER NOT NULL, to_type TEXT NOT NULL, to_id INTEGER NOT NULL,
      type_id INTEGER NOT NULL, PRIMARY KEY (from_type, from_id, to_type, to_id, type_id)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_subscription_definitions (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS hs_subscription_statuses (email TEXT NOT NULL, subscription INTEGER NOT NULL, status TEXT NOT NULL, legal_basis TEXT,
      explanation TEXT, at INTEGER NOT NULL, source TEXT NOT NULL, PRIMARY KEY (email, subscription)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_blocked_emails (email TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS hs_lists (id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, name TEXT NOT NULL, processing TEXT NOT NULL,
      created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER);
    CREATE TABLE IF NOT EXISTS hs_list_members (list_id INTEGER NOT NULL, record_id INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (list_id, record_id)) WITHOUT ROWID;
  `);
  for (const type of objectTypes) {
    const table = tableOf(type);
    database.exec(`
      CREATE TABLE IF NOT EXISTS ${table} (id INTEGER PRIMARY KEY AUTOINCREMENT, created INTEGER NOT NULL, modified INTEGER NOT NULL, archived INTEGER, props TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS ${table}_modified ON ${table} (modified, id) WHERE archived IS NULL;
      CREATE INDEX IF NOT EXISTS ${table}_archived ON ${table} (id) WHERE archived IS NOT NULL;
    `);
    startIds(database, type);
  }
}

function startIds(database: SandboxDatabase, type: ObjectType): void {
  const table = tableOf(type);
  const row = database.prepare('SELECT 1 FROM sqlite_sequence WHERE name = ?').get(table);
  if (row === undefined) database.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, objectFacts[type].firstId - 1);
}

/**
 * Forgets the world: every record, definition and setting. Tokens stay, so that a client set up before goes on working; the other CRM's
 * tables in the same file are not touched.
 */
export function emptyTables(database: SandboxDatabase): void {
  const tables = database
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'hs\\_%' ESCAPE '\\'")
    .all()
    .map((row) => row.name)
    .filter((name) => name !== 'hs_tokens');
  database.transaction(() => {
    for (const table of tables) {
      if (table === 'hs_meta') database.exec("DELETE FROM hs_meta WHERE key NOT IN ('token', 'clientSecret')");
      else database.exec(`DELETE FROM ${table}`);
      database.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table);
    }
    for (const type of objectTypes) startIds(database, type);
  })();
}

import { Migrator, sql } from 'kysely';
import type { Kysely, Migration, MigrationProvider } from 'kysely';
import type BetterSqlite3 from 'better-sqlite3';
import { asStoreError, newerSchema } from '../errors';
import { patiently } from '../sqlite';
import type { Tables } from '../tables';
import { first } from './0001-first';
import { outbox } from './0002-outbox';
import { inbox } from './0003-inbox';
import { restricted } from './0005-restricted';
import { reports } from './0006-reports';
import { lacked } from './0007-lacked';
import { lists } from './0008-lists';
import { grounds } from './0009-grounds';
import { contests } from './0010-contests';
import type { Kind } from './columns';

/** All migrations by name, in the order of their names. One that was released never changes: the next one corrects it. */
function migrations(kind: Kind): Record<string, Migration> {
  return { '0001-first': first(kind), '0002-outbox': outbox(kind), '0003-inbox': inbox(kind), '0005-restricted': restricted(kind), '0006-reports': reports(kind), '0007-lacked': lacked(kind), '0008-lists': lists(kind), '0009-grounds': grounds(kind), '0010-contests': contests() };
}

/** The table in which kysely lists the migrations done (its own default name, which released stores have). */
const LIST = 'kysely_migration';

function providerOf(kind: Kind): MigrationProvider {
  return { getMigrations: () => Promise.resolve(migrations(kind)) };
}

/** Migrations in the store that this program does not know: a newer Concord was here. Empty for a new store. `schema`: null on SQLite. */
async function unknownMigrations(db: Kysely<Tables>, kind: Kind, schema: string | null): Promise<string[]> {
  const found = schema === null ? sql`select name from sqlite_master where name = ${LIST}` : sql`select 1 from pg_tables where schemaname = ${schema} and tablename = ${LIST}`;
  if ((await found.execute(db)).rows.length === 0) return [];
  const list = schema === null ? sql.id(LIST) : sql.id(schema, LIST);
  const { rows } = await sql<{ name: string }>`select name from ${list} order by name`.execute(db);
  const known = migrations(kind);
  return rows.map((row) => row.name).filter((name) => !(name in known));
}

async function migrate(db: Kysely<Tables>, kind: Kind, schema: string | null): Promise<void> {
  const newer = await unknownMigrations(db, kind, schema);
  if (newer.length > 0) throw newerSchema(newer);
  // Each stands on 0001 alone: a store that got a later one first (they are made side by side) takes the others all the same.
  const migrator = new Migrator({ db, provider: providerOf(kind), migrationTableName: LIST, allowUnorderedMigrations: true, ...(schema === null ? {} : { migrationTableSchema: schema }) });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  // Another process with a newer program may have been faster between the look and the lock.
  const since = await unknownMigrations(db, kind, schema).catch(() => []);
  throw since.length > 0 ? newerSchema(since) : asStoreError(error);
}

/**
 * Brings a SQLite store to this program's schema. kysely's migrator has no lock on SQLite that other processes see, so all of it runs in one
 * transaction that holds the file's write lock: it happens once, and wholly or not at all.
 */
export async function migrateSqlite(db: Kysely<Tables>, raw: BetterSqlite3.Database): Promise<void> {
  await patiently(() => raw.exec('begin immediate'));
  try {
    await migrate(db, 'sqlite', null);
    raw.exec('commit');
  } catch (error) {
    if (raw.inTransaction) raw.exec('rollback');
    throw asStoreError(error);
  }
}

/**
 * Brings a PostgreSQL store to this program's schema; kysely's migrator holds an advisory lock meanwhile. The migrator is always told the schema: without one it
 * takes a list of migrations in any schema of the database, so another connection's store, for its own.
 */
export async function migratePostgres(db: Kysely<Tables>, schema: string | null): Promise<void> {
  if (schema !== null) await createSchema(db, schema);
  await migrate(db, 'postgres', schema ?? (await defaultSchema(db)));
}

/** The schema in which a table without a schema's name is made: the first of the user's search path that exists. Throws `store_permission` where there is none. */
async function defaultSchema(db: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(db);
  const name = rows[0]?.name ?? null;
  if (name === null) throw asStoreError({ code: '3F000' });
  return name;
}

/** `if not exists` is not safe against another process doing the same: the loser's error is that it exists. */
async function createSchema(db: Kysely<Tables>, schema: string): Promise<void> {
  const exists = async (): Promise<boolean> => (await sql`select 1 from pg_namespace where nspname = ${schema}`.execute(db)).rows.length > 0;
  if (await exists()) return;
  try {
    await db.schema.createSchema(schema).ifNotExists().execute();
  } catch (error) {
    if (!(await exists())) throw error;
  }
}

import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import { driverPackage, sqliteDriver } from '../sqlite';
import { asFileError, asStoreError, cannotOpen, driverMissing, replaced } from './errors';
import type { Durability } from './port';
import type { RunEach } from './session';
import type { Tables } from './tables';

/*
 * SQLite: one file, one connection per process, as many processes as like. Prepared statements are kept, transactions take the write lock when
 * they begin (a lock taken half-way could not wait for another writer), and one statement's failure spoils its transaction: SQLite rolls back by
 * itself when a disk is full, and what came after would be committed piece by piece.
 *
 * A commit waits until the disk has it (`synchronous = FULL`), but for those whose loss is a step back in time and no more (Durability, port.ts). The log
 * is one sequence: a commit that waits takes all before it to the disk as well (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */

/** How long another writer's lock is waited for in all, and how long at a time without letting go of the event loop. */
const BUSY_MS = 20_000;
const BLOCKING_MS = 5;
/** Larger pages than SQLite's own choice: rows of about a kilobyte leave less of a page unused. */
const PAGE_SIZE = 8192;
const CACHE_KB = 32_768;
/** Pages in the log before it is folded into the file: a first run rewrites the same pages many times. */
const LOG_PAGES = 4_000;
const STATEMENTS = 400;
/** The store holds e-mails and names: file and folder, where Concord makes them, are for the user alone that runs it. */
const OWN_FILE = 0o600;
const OWN_FOLDER = 0o700;

type Database = BetterSqlite3.Database;
type Statement = BetterSqlite3.Statement<unknown[], unknown>;

export interface Sqlite {
  db: Kysely<Tables>;
  /** The same connection, taken in the same turns; its transactions do not wait for the disk. */
  soon: Kysely<Tables>;
  raw: Database;
  runEach: RunEach;
}

/** Loads the native driver late, so that a machine where it does not load can still use PostgreSQL, and hear what to do otherwise. */
function loadDriver(): typeof BetterSqlite3 {
  try {
    return sqliteDriver();
  } catch (error) {
    throw driverMissing(driverPackage(), (error as { code?: string }).code);
  }
}

/**
 * Makes the file before SQLite would, with the mode that the umask leaves to everybody. The log files beside it get the mode of the file
 * (https://www.sqlite.org/src/file/src/os_unix.c, findCreateFileMode). What is there already keeps the mode that its owner gave it.
 */
function makeFile(path: string): void {
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, 'wx', OWN_FILE));
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function openDatabase(path: string): Database {
  const Driver = loadDriver();
  try {
    if (path !== ':memory:') {
      mkdirSync(dirname(path), { recursive: true, mode: OWN_FOLDER });
      makeFile(path);
      accessSync(path, constants.R_OK | constants.W_OK);
      // To root no access is denied, and SQLite does not tell a folder from anything else.
      if (statSync(path).isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    }
  } catch (error) {
    throw cannotOpen(resolve(path), String((error as NodeJS.ErrnoException).code));
  }
  try {
    return new Driver(path, { timeout: BLOCKING_MS });
  } catch (error) {
    // The native part is loaded by the first open: a wrong Node ABI or a missing binary shows here, without a SQLite code.
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('SQLITE')) throw asFileError(resolve(path), error);
    if (error instanceof TypeError) throw cannotOpen(resolve(path), 'SQLITE_CANTOPEN');
    throw driverMissing(driverPackage(), typeof code === 'string' ? code : undefined);
  }
}

/** Settings of design.md section 6 and reference measurements: every commit on disk (FULL), deleted content overwritten (forget). */
function configure(raw: Database): void {
  raw.pragma(`page_size = ${PAGE_SIZE}`);
  raw.pragma('journal_mode = WAL');
  raw.pragma('synchronous = FULL');
  raw.pragma('secure_delete = ON');
  raw.pragma(`cache_size = -${CACHE_KB}`);
  raw.pragma(`wal_autocheckpoint = ${LOG_PAGES}`);
  raw.pragma('temp_store = MEMORY');
  // Reads the schema: a file that is no database, or a damaged one, is refused here and not in the middle of a run.
  raw.prepare('select count(*) from sqlite_master').get();
}

/**
 * Tries again while another connection holds the file. SQLite's own waiting stops the whole process: its webhooks, its timers, and the very
 * transaction waited for when that one is another async path's. (Switching a new file to WAL waits for nobody at all.)
 */
export async function patiently<T>(work: () => T): Promise<T> {
  const until = performance.now() + BUSY_MS;
  for (let pause = 1; ; pause = Math.min(25, pause * 2)) {
    try {
      return work();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (typeof code !== 'string' || !code.startsWith('SQLITE_BUSY') || performance.now() > until) throw asStoreError(error);
    }
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
  }
}

/** Opens the file (made with its folder if it is new) and speaks to it through kysely. Throws ConcordError `store_…`. */
export async function openSqlite(path: string): Promise<Sqlite> {
  const raw = openDatabase(path);
  try {
    await patiently(() => configure(raw));
  } catch (error) {
    raw.close();
    throw asFileError(resolve(path), error);
  }
  const connection = createConnection(raw, stillThere(path));
  const driver = createDriver(raw, connection);
  const soon = { ...driver, beginTransaction: () => connection.begin('soon') };
  return { raw, db: new Kysely<Tables>({ dialect: dialectOf(driver) }), soon: new Kysely<Tables>({ dialect: dialectOf(soon) }), runEach: connection.runEach };
}

interface SqliteConnection extends DatabaseConnection {
  runEach: RunEach;
  begin(durable: Durability): Promise<void>;
  commit(): void;
  rollback(): void;
}

/** Throws `store_replaced` once the path names another file than now: an open file goes on being read and written after it was deleted. */
function stillThere(path: string): () => void {
  if (path === ':memory:') return () => undefined;
  // The working directory may become another one.
  const file = resolve(path);
  const identity = (): string | null => {
    const found = statSync(file, { throwIfNoEntry: false, bigint: true });
    return found === undefined ? null : `${found.dev}:${found.ino}`;
  };
  const opened = identity();
  return () => {
    if (identity() !== opened) throw replaced(file);
  };
}

function createConnection(raw: Database, check: () => void): SqliteConnection {
  const statements = new Map<string, Statement>();
  /** Set between begin and the end of a transaction; `spoiled` holds the first failure inside it. */
  let transaction: { spoiled: Error | null; durable: Durability } | null = null;

  /** Back to what holds for everything else; SQLite takes the setting outside of transactions only. */
  function settle(durable: Durability): void {
    if (durable === 'soon' && !raw.inTransaction) raw.pragma('synchronous = FULL');
  }

  function prepare(sql: string): Statement {
    const known = statements.get(sql);
    if (known !== undefined) {
      // Moved to the end: the oldest unused one goes first.
      statements.delete(sql);
      statements.set(sql, known);
      return known;
    }
    const statement = raw.prepare<unknown[], unknown>(sql);
    statements.set(sql, statement);
    if (statements.size > STATEMENTS) statements.delete(statements.keys().next().value as string);
    return statement;
  }

  function attempt<T>(work: () => T): T {
    if (transaction !== null && transaction.spoiled !== null) throw transaction.spoiled;
    try {
      return work();
    } catch (error) {
      const known = asStoreError(error);
      if (transaction !== null) transaction.spoiled = known;
      throw known;
    }
  }

  return {
    // The promise only carries the answer: better-sqlite3 works synchronously.
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      if (transaction === null) check();
      const execute = (): QueryResult<R> => {
        const statement = prepare(query.sql);
        if (statement.reader) return { rows: statement.all(...query.parameters) as R[] };
        const { changes, lastInsertRowid } = statement.run(...query.parameters);
        return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
      };
      return transaction === null ? patiently(execute) : attempt(execute);
    },
    streamQuery(): never {
      throw new TypeError('the store pages by key and streams nothing');
    },
    runEach(sql, rows) {
      if (transaction === null) throw new TypeError('rows are written inside a transaction only');
      return attempt(() => {
        const statement = prepare(sql);
        let changed = 0;
        for (const row of rows) changed += statement.run(...row).changes;
        return changed;
      });
    },
    async begin(durable) {
      check();
      if (durable === 'soon') raw.pragma('synchronous = NORMAL');
      try {
        await patiently(() => raw.exec('begin immediate'));
      } catch (error) {
        settle(durable);
        throw error;
      }
      transaction = { spoiled: null, durable };
    },
    commit() {
      attempt(() => raw.exec('commit'));
      const durable = transaction?.durable ?? 'now';
      transaction = null;
      settle(durable);
    },
    rollback() {
      const durable = transaction?.durable ?? 'now';
      transaction = null;
      // A full disk or an I/O error has rolled it back already.
      if (raw.inTransaction) attempt(() => raw.exec('rollback'));
      settle(durable);
    },
  };
}

function dialectOf(driver: Driver): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** One connection, lent to one user at a time: async paths that meet wait for each other in their order of asking. */
function createDriver(raw: Database, connection: SqliteConnection): Driver {
  let last: Promise<void> = Promise.resolve();
  let release: () => void = () => undefined;
  return {
    init: () => Promise.resolve(),
    async acquireConnection() {
      const before = last;
      let free: () => void = () => undefined;
      last = new Promise<void>((resolve) => {
        free = resolve;
      });
      await before;
      release = free;
      return connection;
    },
    async releaseConnection() {
      release();
    },
    beginTransaction: () => connection.begin('now'),
    async commitTransaction() {
      connection.commit();
    },
    async rollbackTransaction() {
      connection.rollback();
    },
    async destroy() {
      raw.close();
    },
  };
}

/**
 * Folds the write-ahead log into the file and empties it, so that what was overwritten is nowhere any more (forget). Throws `store_busy` while
 * another process still reads an older state.
 */
export async function truncateLog(raw: Database): Promise<void> {
  await patiently(() => {
    const [answer] = raw.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (answer?.busy === 1) throw Object.assign(new Error('checkpoint'), { code: 'SQLITE_BUSY' });
  });
}

import { ConcordError, EXIT } from '../domain/problem';
import type { ExitCode } from '../domain/problem';

/*
 * The databases' errors as Concord's. Only codes and names of tables and constraints are taken over: both databases put values of rows (so
 * e-mails, names, notes) into their messages and details, and those reach logs (design.md section 6).
 */

interface Trouble {
  code: string;
  message: string;
  remedy: string;
  exit?: ExitCode;
}

const FULL: Trouble = { code: 'store_full', message: 'There is no room left on the disk that holds the store.', remedy: 'Free disk space and run again: what was committed is safe, and the next run finishes what was begun.' };
const CORRUPT: Trouble = { code: 'store_corrupt', message: 'The store cannot be read: the file is damaged, or it is not a Concord store.', remedy: 'Check the path in DATABASE_URL. If the file is a store, put back a backup. Without one, move it away and run `concord plan`: an empty store takes back what Concord left in both CRMs (docs/running.md, Restore).' };
const READ_ONLY: Trouble = { code: 'store_read_only', message: 'The store cannot be written.', remedy: 'Give the user that runs Concord write permission on the store’s file and on its folder.' };
const CANNOT_OPEN: Trouble = { code: 'store_unreadable', message: 'The store cannot be opened.', remedy: 'Check the path in DATABASE_URL, and that the user that runs Concord may read and write the file and its folder.' };
const BUSY: Trouble = { code: 'store_busy', message: 'Another process kept the store locked for too long.', remedy: 'Run again; if it persists, look for a Concord process that hangs.' };
const IO: Trouble = { code: 'store_io', message: 'Reading or writing the store’s file failed.', remedy: 'Check the disk and its file system (a store on a network folder is not supported), then run again.' };
const UNREACHABLE: Trouble = { code: 'store_unreachable', message: 'The PostgreSQL server cannot be reached, or closed the connection.', remedy: 'Check host, port and database in DATABASE_URL and that the server runs; the next run finishes what was begun.' };
const TLS: Trouble = { code: 'store_tls', message: 'PostgreSQL and this machine could not agree on an encrypted connection.', remedy: 'See `sslmode` in DATABASE_URL: with sslmode=verify-full the server must offer TLS and show a certificate for its name, of a known authority or of the one in sslrootcert=FILE (a file that this user can read).', exit: EXIT.usage };
const REFUSED: Trouble = { code: 'store_credentials', message: 'PostgreSQL does not accept the user, the password or the database of DATABASE_URL.', remedy: 'Correct DATABASE_URL.', exit: EXIT.usage };
const NO_PERMISSION: Trouble = { code: 'store_permission', message: 'The database user may not do what Concord needs.', remedy: 'Let the user of DATABASE_URL create and use tables in its schema.', exit: EXIT.usage };
const STANDBY: Trouble = { code: 'store_read_only', message: 'The PostgreSQL server takes no writes: it is a standby, or was set to read only.', remedy: 'After a failover let DATABASE_URL name the server that is the primary now; the next run finishes what was begun.' };
const CANCELLED: Trouble = { code: 'store_busy', message: 'The PostgreSQL server cancelled a statement.', remedy: 'Look for a statement_timeout of the user or the database in DATABASE_URL, which Concord does not need, or for whoever cancelled it; then run again.' };
const UNEXPECTED: Trouble = { code: 'store_failed', message: 'The store refused a statement.', remedy: 'This is a fault of Concord: report it with the code.' };

/** SQLite result codes by their beginning (https://www.sqlite.org/rescode.html), as better-sqlite3 names them. */
const SQLITE: readonly [string, Trouble][] = [
  ['SQLITE_FULL', FULL],
  ['SQLITE_CORRUPT', CORRUPT],
  ['SQLITE_NOTADB', CORRUPT],
  ['SQLITE_READONLY', READ_ONLY],
  ['SQLITE_PERM', READ_ONLY],
  ['SQLITE_CANTOPEN', CANNOT_OPEN],
  ['SQLITE_BUSY', BUSY],
  ['SQLITE_LOCKED', BUSY],
  ['SQLITE_IOERR', IO],
];

/** PostgreSQL SQLSTATEs by their beginning (https://www.postgresql.org/docs/current/errcodes-appendix.html) and Node's socket errors. */
const POSTGRES: readonly [string, Trouble][] = [
  ['53100', FULL],
  ['53', UNREACHABLE],
  ['08', UNREACHABLE],
  ['57P', UNREACHABLE],
  ['57014', CANCELLED],
  ['25006', STANDBY],
  ['58030', IO],
  ['25P03', UNREACHABLE],
  ['28', REFUSED],
  ['3D000', REFUSED],
  ['42501', NO_PERMISSION],
  ['3F000', NO_PERMISSION],
  ['55P03', BUSY],
  ['40', BUSY],
  ['XX001', CORRUPT],
  ['XX002', CORRUPT],
];
const SOCKET = /^(ECONN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|EAI_|ENOENT|EACCES)/;

/** Node's codes of certificates and TLS (https://nodejs.org/api/tls.html#x509-certificate-error-codes), and what pg says without a code when the server answers its wish for TLS otherwise. */
const TLS_CODE = /^(UNABLE_TO_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|ERR_TLS_|ERR_SSL_|EPROTO)/;
const TLS_WORDS = /^(The server does not support SSL connections|There was an error establishing an SSL connection|Client network socket disconnected before secure TLS)/;

/** How better-sqlite3, pg and kysely say that they were closed. */
const CLOSED = /^(The database connection is not open|Cannot use a pool after calling end|driver has already been destroyed)/;

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? text((error as { code?: unknown }).code) : undefined;
}

function troubleOf(error: unknown, code: string | undefined): Trouble {
  if (code !== undefined) {
    for (const [start, trouble] of [...SQLITE, ...POSTGRES]) if (code.startsWith(start)) return trouble;
    if (TLS_CODE.test(code)) return TLS;
  }
  if (error instanceof Error && TLS_WORDS.test(error.message)) return TLS;
  // The file named by sslrootcert; a Unix socket that is not there is told by `connect`.
  if ((code === 'ENOENT' || code === 'EACCES') && (error as NodeJS.ErrnoException).syscall === 'open') return TLS;
  if (code !== undefined && SOCKET.test(code)) return UNREACHABLE;
  // pg reports a connection that ended under a query without a code.
  if (error instanceof Error && /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(error.message)) return UNREACHABLE;
  return UNEXPECTED;
}

/**
 * A database's error as a `ConcordError`: message and remedy from the tables above, `where` the database's own code with table and constraint.
 * The original error is not kept as the cause, because its text may quote personal data. A `ConcordError` passes unchanged.
 */
export function asStoreError(error: unknown): ConcordError {
  if (error instanceof ConcordError) return error;
  if (error instanceof Error && CLOSED.test(error.message)) return closed();
  const code = codeOf(error);
  const trouble = troubleOf(error, code);
  const { table, constraint } = (typeof error === 'object' && error !== null ? error : {}) as { table?: unknown; constraint?: unknown };
  const where = [code, text(table), text(constraint)].filter((part) => part !== undefined).join(' ');
  return new ConcordError({ code: trouble.code, message: trouble.message, remedy: trouble.remedy, exit: trouble.exit ?? EXIT.failed, ...(where === '' ? {} : { where }) });
}

/** The same of a store's file, with its whole path: mostly it is another one than was meant. */
export function asFileError(path: string, error: unknown): ConcordError {
  const { code, message, remedy, where, exit } = asStoreError(error);
  return new ConcordError({ code, message, remedy, exit, where: where === undefined ? path : `${path} (${where})` });
}

/** The file cannot be made or opened; `code` is Node's or SQLite's. */
export function cannotOpen(path: string, code: string): ConcordError {
  const trouble = code === 'EISDIR' ? { ...CANNOT_OPEN, message: 'The store cannot be opened: its path is that of a folder.', remedy: 'Name a file in DATABASE_URL, for example `sqlite:data/concord.db`.' } : CANNOT_OPEN;
  return new ConcordError({ ...trouble, exit: EXIT.failed, where: `${path} (${code})` });
}

/** The run lock went to another run: nothing of the transaction is kept (design.md section 9). */
/** What the process has open is not what the path names any more. */
export function replaced(path: string): ConcordError {
  return new ConcordError({ code: 'store_replaced', message: 'The store’s file was deleted, moved or replaced while Concord had it open: what it wrote now would be lost.', where: path, remedy: 'Stop every Concord process, see that the right file is there, and start again.', exit: EXIT.failed });
}

export function lockLost(): ConcordError {
  return new ConcordError({
    code: 'lock_lost',
    message: 'Another run took over the run lock while this one was held up; this one stops and changes nothing more.',
    remedy: 'Nothing to do: the other run goes on with the work. If it happens often, look for what suspends the machine.',
    exit: EXIT.locked,
  });
}

export function nested(): ConcordError {
  return new ConcordError({
    code: 'store_nested',
    message: 'The store was called from inside one of its own transactions.',
    remedy: 'This is a fault of Concord: inside a transaction only the transaction itself may be used. Report it.',
    exit: EXIT.failed,
  });
}

export function closed(): ConcordError {
  return new ConcordError({ code: 'store_closed', message: 'The store is closed.', remedy: 'Nothing to do if the program was being stopped; else report it.', exit: EXIT.failed });
}

export function badUrl(): ConcordError {
  return new ConcordError({
    code: 'store_url',
    message: 'DATABASE_URL names no database that Concord knows.',
    remedy: 'Write `sqlite:PATH` (by default `sqlite:data/concord.db`) or `postgres://user:password@host:5432/database`.',
    exit: EXIT.usage,
    where: 'DATABASE_URL',
  });
}

export function newerSchema(names: string[]): ConcordError {
  return new ConcordError({
    code: 'store_newer',
    message: 'The store was written by a newer Concord than this one.',
    remedy: 'Use the newer Concord, or put back the backup made before the upgrade.',
    exit: EXIT.usage,
    where: names.join(', '),
  });
}

/** `name`: the driver's package. */
export function driverMissing(name: string, why: string | undefined): ConcordError {
  return new ConcordError({
    code: 'store_driver',
    message: `The SQLite driver (${name}) does not load on this machine.`,
    remedy:
      `Three ways out: install again on a Node version for which it has a ready-made binary (\`npm rebuild ${name}\` after changing Node); install python3, make and a C++ compiler and run \`npm rebuild ${name}\`; or use PostgreSQL by setting DATABASE_URL=postgres://….`,
    exit: EXIT.failed,
    ...(why === undefined ? {} : { where: why }),
  });
}

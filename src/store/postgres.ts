import { isIPv4 } from 'node:net';
import { Kysely, PostgresAdapter, PostgresDialect, PostgresDriver, CompiledQuery } from 'kysely';
import type { DatabaseConnection, Driver, PostgresDialectConfig } from 'kysely';
import { Client, Pool, types } from 'pg';
import { asStoreError } from './errors';
import type { Tables } from './tables';

/** PostgreSQL's type number of bigint: pg gives those as text, epoch milliseconds fit a number. */
const BIGINT = 20;

/**
 * A pool on the server. `schema`: the schema that holds the tables (made by the migration when it is missing); null: the user's default.
 * A process that is suspended inside a transaction is cut off after a minute, so that it cannot keep others from the run lock for ever.
 */
export function openPostgres(url: string, schema: string | null): Kysely<Tables> {
  const pool = new Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: 10_000,
    // A server that vanished without a word (its machine, the network) is noticed by this alone while an answer is waited for.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'concord',
    options: `${schema === null ? '' : `-c search_path=${schema} `}-c idle_in_transaction_session_timeout=60000 -c lock_timeout=60000`,
    types: { getTypeParser: ((type: number, format: 'text'): unknown => (type === BIGINT ? Number : types.getTypeParser(type, format))) as typeof types.getTypeParser },
  });
  // A connection that the server ends would otherwise end the process, idle or in use: the query under way fails, the next one opens another.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Tables>({ dialect: new ConcordPostgres({ pool }) });
}

/** Whether an address leads to another machine by a connection without TLS, as the driver itself reads address and environment (`PGHOST`, `PGSSLMODE`). Connects to nothing. */
export function isInTheClear(url: string): boolean {
  const { host, ssl } = new Client({ connectionString: url });
  return !ssl && !isThisMachine(host);
}

/** A unix socket (its folder stands as the host), or loopback. */
function isThisMachine(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

class ConcordPostgres extends PostgresDialect {
  readonly #config: PostgresDialectConfig;
  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }
  override createAdapter(): PostgresAdapter {
    return new PostgresAdapter();
  }
  override createDriver(): Driver {
    return new ConcordPostgresDriver(this.#config);
  }
}

/** kysely's driver, but only Concord's errors leave it, and a roll-back that fails does not hide why it was needed. */
class ConcordPostgresDriver extends PostgresDriver {
  readonly #guarded = new WeakSet<object>();

  override async acquireConnection(): Promise<DatabaseConnection> {
    try {
      const connection = await super.acquireConnection();
      if (!this.#guarded.has(connection)) {
        this.#guarded.add(connection);
        const execute = connection.executeQuery.bind(connection);
        connection.executeQuery = async (query) => {
          try {
            return await execute(query);
          } catch (error) {
            throw asStoreError(error);
          }
        };
      }
      return connection;
    } catch (error) {
      throw asStoreError(error);
    }
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch {
      // The connection is gone, and the server has rolled back by itself.
    }
  }
}

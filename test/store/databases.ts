import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store';
import type { Store } from '../../src/store/port';
import { startPostgres } from '../support/postgres';
import type { Postgres } from '../support/postgres';

/** One database of the contract: hands out addresses of stores that are empty and nobody else's. */
export interface Databases {
  start(): Promise<void>;
  newAddress(): string;
  stop(): Promise<void>;
}

export function sqliteDatabases(): Databases {
  let folder = '';
  let made = 0;
  return {
    async start() {
      folder = mkdtempSync(join(tmpdir(), 'concord-store-'));
    },
    newAddress: () => `sqlite:${join(folder, `store${++made}.db`)}`,
    async stop() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function postgresDatabases(): Databases {
  let server: Postgres | null = null;
  let made = 0;
  return {
    async start() {
      server = await startPostgres();
      if (server === null) throw new Error('PostgreSQL was there when the tests were collected, and is not any more');
    },
    newAddress: () => `${server?.url}?schema=s${++made}`,
    async stop() {
      await server?.stop();
    },
  };
}

/** Runs `work` on an open store and closes it whatever happens. */
export async function withStore<T>(address: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(address);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The database for a suite, and an empty store of it before each test, closed after it. */
export function emptyStores(databases: Databases, give: (store: Store) => void): void {
  let store: Store;
  beforeAll(() => databases.start());
  afterAll(() => databases.stop());
  beforeEach(async () => {
    give((store = await openStore(databases.newAddress())));
  });
  afterEach(() => store.close());
}

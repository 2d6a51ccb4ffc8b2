import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely } from 'kysely';
import { closed, nested } from './errors';
import { forgetAll, vacuumForgotten } from './forget';
import * as inbox from './inbox';
import { prune } from './journal';
import * as lock from './lock';
import { migratePostgres, migrateSqlite } from './migrations';
import { createNames } from './names';
import { readerOf, writerOf } from './operations';
import { prunePosts } from './outbox';
import type { RunWith } from './operations';
import type { Durability, Store, StoreReader, StoreTransaction } from './port';
import type { RunEach, Session } from './session';
import { openSqlite, truncateLog } from './sqlite';
import type { Tables } from './tables';
import { parseStoreUrl } from './url';

/**
 * Opens the store at `DATABASE_URL` (`sqlite:PATH`, `sqlite::memory:`, `postgres://…`, `…?schema=NAME`), making and migrating it as needed; several
 * processes may do so at once. Throws ConcordError: `store_url`, `store_driver`, `store_unreadable`, `store_read_only`, `store_corrupt`, `store_newer`,
 * `store_unreachable`, `store_credentials`, `store_permission`, `store_busy`.
 */
export async function openStore(address: string): Promise<Store> {
  const url = parseStoreUrl(address);
  if (url.kind === 'sqlite') {
    const { db, soon, raw, runEach } = await openSqlite(url.path);
    try {
      await migrateSqlite(db, raw);
    } catch (error) {
      raw.close();
      throw error;
    }
    return createStore({ kind: 'sqlite', inTheClear: false }, { now: db, soon }, runEach, () => truncateLog(raw));
  }
  // Loaded only where it is used: most stores are files, and the driver takes as long to load as Node to start.
  const { isInTheClear, openPostgres } = await import('./postgres');
  const db = openPostgres(url.url, url.schema);
  try {
    await migratePostgres(db, url.schema);
  } catch (error) {
    await db.destroy().catch(() => undefined);
    throw error;
  }
  const noRows: RunEach = () => {
    throw new TypeError('PostgreSQL takes many rows in one statement');
  };
  return createStore({ kind: 'postgres', inTheClear: isInTheClear(url.url) }, { now: db, soon: db }, noRows, vacuumForgotten);
}

/** What one call of `transaction` has to do with the calls made in it. */
interface Scope {
  active: boolean;
  /** The first failure inside: the transaction does not commit, even if its caller goes on. */
  failed: { error: unknown } | null;
}

function createStore({ kind, inTheClear }: Pick<Store, 'inTheClear' | 'kind'>, databases: Record<Durability, Kysely<Tables>>, runEach: RunEach, afterForget: (session: Session) => Promise<void>): Store {
  const db = databases.now;
  const root: Session = { db, kind, runEach, names: createNames(), runNumbers: new Map() };
  /** Tells a call from inside a transaction, which would wait for itself for ever, from one of another async path, which waits its turn. */
  const inside = new AsyncLocalStorage<Scope>();
  let open = true;

  function outside(): void {
    if (!open) throw closed();
    if (inside.getStore()?.active === true) throw nested();
  }

  const read: RunWith = async (work) => {
    outside();
    return work(root);
  };

  async function transaction<T>(fence: number | null, work: (tx: StoreTransaction & StoreReader) => Promise<T>, durable: Durability = 'now'): Promise<T> {
    outside();
    const scope: Scope = { active: true, failed: null };
    const names = root.names.fork();
    try {
      const result = await inside.run(scope, () =>
        databases[durable].transaction().execute(async (trx) => {
          const session: Session = { ...root, db: trx, names, runNumbers: new Map() };
          await lock.becomeWriter(session);
          await lock.checkFence(session, fence);
          const run: RunWith = async (operation) => {
            if (!scope.active) throw nested();
            try {
              return await operation(session);
            } catch (error) {
              scope.failed ??= { error };
              throw error;
            }
          };
          const answer = await work({ ...readerOf(run), ...writerOf(run) });
          if (scope.failed !== null) throw scope.failed.error;
          scope.active = false;
          // The fence again, right before the commit: what a run wrote after losing its lock is not kept (design.md section 9).
          await lock.checkFence(session, fence);
          return answer;
        }),
      );
      root.names.adopt(names);
      return result;
    } finally {
      scope.active = false;
    }
  }

  /** A transaction on what is not guarded by the fence: the lock itself, forgetting, pruning. */
  async function alone<T>(work: (session: Session) => Promise<T>, writer: boolean): Promise<T> {
    outside();
    const names = root.names.fork();
    return db.transaction().execute(async (trx) => {
      const session: Session = { ...root, db: trx, names, runNumbers: new Map() };
      if (writer) await lock.becomeWriter(session);
      return work(session);
    });
  }

  return {
    ...readerOf(read),
    kind,
    inTheClear,
    transaction,
    acquireLock: (holder, now, ttlMs) => alone((session) => lock.acquireLock(session, holder, now, ttlMs), false),
    renewLock: (fence, now, ttlMs) => alone((session) => lock.renewLock(session, fence, now, ttlMs), false),
    releaseLock: (fence) => alone((session) => lock.releaseLock(session, fence), false),
    async forget(personIds, refs) {
      await alone((session) => forgetAll(session, personIds, refs), true);
      await afterForget(root);
    },
    prune: (before, limit) =>
      alone(async (session) => {
        await prunePosts(session, before, limit);
        return prune(session, before, limit);
      }, true),
    receive: (events) => alone((session) => inbox.receive(session, events), false),
    pruneInbox: (before, limit, unread) => alone((session) => inbox.pruneInbox(session, before, limit, unread), false),
    async close() {
      if (!open) return;
      open = false;
      await db.destroy();
      // Node 20 writes every live storage into every promise of the process: one that nobody uses any more would cost for ever.
      inside.disable();
    },
  };
}

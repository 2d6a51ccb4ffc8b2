import type { EpochMs } from '../domain/record';
import { lockLost } from './errors';
import type { LockHolder } from './port';
import { meta, setMeta } from './runs';
import type { Session } from './session';

/*
 * The run lock is one row: holder, fence, expiry (design.md section 9). Invariant: every taking gets a fence higher than all before it, and the
 * fence survives the release, so a holder that was asleep can never pass for the present one. The caller's clock decides what has expired; an expiry
 * that no clock like it can have set is believed only while the holder keeps renewing it.
 */

/**
 * First thing in every transaction on PostgreSQL: writers follow each other, as SQLite makes them do anyway. Counters and numbers given to names
 * rely on it. The run lock's own row stays free, so that renewing never waits for a long transaction.
 */
export async function becomeWriter(session: Session): Promise<void> {
  if (session.kind === 'postgres') await session.db.selectFrom('locks').select('name').where('name', '=', 'writer').forUpdate().execute();
}

/** Throws `lock_lost` unless `fence` is held now. PostgreSQL keeps a taking (but not a renewal) waiting until the transaction ends. */
export async function checkFence(session: Session, fence: number | null): Promise<void> {
  if (fence === null) return;
  const query = session.db.selectFrom('locks').select(['holder', 'fence']).where('name', '=', 'run');
  const row = await (session.kind === 'postgres' ? query.forKeyShare() : query).executeTakeFirstOrThrow();
  if (row.fence !== fence || row.holder === null) throw lockLost();
}

export async function acquireLock(session: Session, holder: string, now: EpochMs, ttlMs: number): Promise<{ ok: true; fence: number } | { ok: false; by: LockHolder }> {
  const query = session.db.selectFrom('locks').selectAll().where('name', '=', 'run');
  const row = await (session.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirstOrThrow();
  if (row.holder !== null && row.expires_at > now && !(await isAbandoned(session, row, now, ttlMs))) return { ok: false, by: { holder: row.holder, fence: row.fence, expiresAt: row.expires_at } };
  const fence = row.fence + 1;
  await session.db.updateTable('locks').set({ holder, fence, expires_at: now + ttlMs }).where('name', '=', 'run').execute();
  return { ok: true, fence };
}

/** How a lock was found that expires later than any clock like the caller's can have said, and when. */
const SIGHTED = 'lock_sighted';

/**
 * Whether a lock that expires beyond a whole life from now is nobody's: the clock was set back after its holder was killed, or the holder's clock is
 * ahead. Only a holder that lives moves the expiry on; one that stood still for a whole life by the caller's clock has none.
 */
async function isAbandoned(session: Session, row: { fence: number; expires_at: number }, now: EpochMs, ttlMs: number): Promise<boolean> {
  if (row.expires_at <= now + ttlMs) return false;
  const seen = `${row.fence} ${row.expires_at}`;
  const known = await meta(session, SIGHTED);
  const age = known?.startsWith(`${seen} `) === true ? now - Number(known.slice(seen.length)) : -1;
  if (age < 0) await setMeta(session, SIGHTED, `${seen} ${now}`);
  return age >= ttlMs;
}

/** False: someone else took the lock since, or it was given back. An expired lock that nobody took is still its holder's. */
export async function renewLock(session: Session, fence: number, now: EpochMs, ttlMs: number): Promise<boolean> {
  const result = await session.db
    .updateTable('locks')
    .set({ expires_at: now + ttlMs })
    .where('name', '=', 'run')
    .where('fence', '=', fence)
    .where('holder', 'is not', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function releaseLock(session: Session, fence: number): Promise<void> {
  await session.db.updateTable('locks').set({ holder: null, expires_at: 0 }).where('name', '=', 'run').where('fence', '=', fence).execute();
}

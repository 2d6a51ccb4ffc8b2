import { sql } from 'kysely';
import { parseRefKey, refKey } from '../domain/record';
import type { EpochMs } from '../domain/record';
import type { OutboxChannel, OutboxText } from '../domain/outbox';
import type { MessageProblem } from '../domain/notification';
import type { Problem } from '../domain/problem';
import { shortHash } from './deadLetters';
import type { OutboxEntry, OutboxRow, StoreTransaction } from './port';
import { inParts, insertRows, lastOfEach, updateRows } from './session';
import type { Session, SetColumn } from './session';
import { fromShortJson, toShortJson } from './shortJson';
import type { OutboxTable } from './tables';

/*
 * What is told once (F2, S3). The key is what makes it once: posted again it stays as it is, sent or not. The mark follows from the key, so that what was
 * left in a CRM is found again even if the store was restored from an older copy.
 */

const COLUMNS = ['id', 'channel', 'person_id', 'target', 'kind', 'text', 'state', 'tries', 'next_try_at', 'run', 'created_at'] as const;

function rowOf(row: OutboxTable): OutboxRow {
  return {
    key: row.id,
    mark: shortHash([row.id]),
    channel: row.channel,
    personId: row.person_id,
    target: row.target === null ? null : parseRefKey(row.target),
    kind: row.kind,
    text: row.text === null ? null : (JSON.parse(row.text) as OutboxText),
    state: row.state,
    tries: row.tries,
    nextTryAt: row.next_try_at,
    remoteId: row.remote_id,
    problem: fromShortJson(row.problem) as Problem | MessageProblem | null,
    run: row.run,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  };
}

export async function post(session: Session, entries: OutboxEntry[]): Promise<void> {
  const rows = lastOfEach(entries, (entry) => entry.key).map((entry) => [
    entry.key,
    entry.channel,
    entry.personId,
    entry.target === null ? null : refKey(entry.target),
    entry.kind,
    JSON.stringify(entry.text),
    'waiting',
    0,
    entry.nextTryAt,
    entry.run,
    entry.createdAt,
  ]);
  await insertRows(session, 'outbox', [...COLUMNS], rows, { key: ['id'], then: 'keep' });
}

const OUTCOME: SetColumn[] = [
  { name: 'state', type: 'text' },
  { name: 'tries', type: 'integer' },
  { name: 'next_try_at', type: 'bigint' },
  { name: 'remote_id', type: 'text' },
  { name: 'problem', type: 'text' },
  { name: 'settled_at', type: 'bigint' },
  { name: 'target', type: 'text' },
];

/** Writes how attempts ended. What was forgotten meanwhile stays as forgetting left it. */
export async function settlePosts(session: Session, outcomes: Parameters<StoreTransaction['settlePosts']>[0]): Promise<void> {
  const given = lastOfEach(outcomes, (outcome) => outcome.key);
  const known = new Map((await rowsById(session, given.map((outcome) => outcome.key))).map((row) => [row.id, row]));
  const rows = given.flatMap((outcome) => {
    const row = known.get(outcome.key);
    if (row === undefined || row.text === null) return [];
    const target = outcome.target === undefined ? row.target : refKey(outcome.target);
    return [[row.id, outcome.state, row.tries + (outcome.state === 'sent' ? 0 : 1), outcome.nextTryAt, outcome.remoteId, toShortJson(outcome.problem), outcome.settledAt, target]];
  });
  await updateRows(session, 'outbox', OUTCOME, rows);
}

/** Whoever's update finds them waiting and due has them: two senders never send the same one. */
export async function claimPosts(session: Session, keys: string[], remoteId: string, now: EpochMs, until: EpochMs): Promise<string[]> {
  return inParts(keys, async (part) => {
    const taken = await session.db
      .updateTable('outbox')
      .set({ remote_id: remoteId, next_try_at: until })
      .where('id', 'in', part)
      .where('state', '=', 'waiting')
      .where('next_try_at', '<=', now)
      .where('text', 'is not', null)
      .returning('id')
      .execute();
    return taken.map((row) => row.id);
  });
}

export async function dropPosts(session: Session, keys: string[]): Promise<void> {
  await inParts(keys, async (part) => {
    await session.db.updateTable('outbox').set({ text: null }).where('id', 'in', part).where('state', '=', 'dead').execute();
    return [];
  });
}

/** Waiting ones of a run about these people end unsent; as dropped ones their text goes. */
export async function withdrawPosts(session: Session, run: string, personIds: string[], at: EpochMs): Promise<number> {
  const found = await inParts(personIds, (part) => session.db.updateTable('outbox').set({ state: 'dead', text: null, settled_at: at }).where('person_id', 'in', part).where('run', '=', run).where('state', '=', 'waiting').returning('id').execute());
  return found.length;
}

/** Dead ones, but no forgotten ones, wait again. */
export async function repost(session: Session, keys: string[], at: EpochMs): Promise<void> {
  await inParts(keys, async (part) => {
    await session.db
      .updateTable('outbox')
      .set({ state: 'waiting', tries: 0, next_try_at: at, settled_at: null })
      .where('id', 'in', part)
      .where('state', '=', 'dead')
      .where('text', 'is not', null)
      .execute();
    return [];
  });
}

/** What was made before the clock was ahead, and neither tried nor claimed since, waits as it was meant to. */
export async function bringForward(session: Session, now: EpochMs, aheadMs: number): Promise<void> {
  await session.db
    .updateTable('outbox')
    .set({ next_try_at: sql<number>`case when next_try_at - ${aheadMs} < ${now} then ${now} else next_try_at - ${aheadMs} end` })
    .where('state', '=', 'waiting')
    .where('next_try_at', '>', now)
    .where((of) => of.or([of('created_at', '>', now), of('tries', '>', 0), of('remote_id', 'is not', null)]))
    .execute();
}

async function rowsById(session: Session, keys: string[]): Promise<OutboxTable[]> {
  return inParts(keys, (part) => session.db.selectFrom('outbox').selectAll().where('id', 'in', part).execute());
}

export async function duePosts(session: Session, filter: { channels: OutboxChannel[]; now: EpochMs; afterKey?: string | null; personIds?: string[]; limit: number }): Promise<OutboxRow[]> {
  let query = session.db.selectFrom('outbox').selectAll().where('state', '=', 'waiting').where('id', '>', filter.afterKey ?? '').where('next_try_at', '<=', filter.now).where('channel', 'in', filter.channels);
  if (filter.personIds !== undefined) {
    if (filter.personIds.length === 0) return [];
    query = query.where('person_id', 'in', filter.personIds);
  }
  return (await query.orderBy('id').limit(filter.limit).execute()).map(rowOf);
}

export async function posts(session: Session, keys: string[]): Promise<OutboxRow[]> {
  return (await rowsById(session, keys)).map(rowOf);
}

export async function deadPosts(session: Session, channels: OutboxChannel[], afterKey: string | null, limit: number): Promise<OutboxRow[]> {
  const rows = await session.db.selectFrom('outbox').selectAll().where('state', '=', 'dead').where('id', '>', afterKey ?? '').where('channel', 'in', channels).where('text', 'is not', null).orderBy('id').limit(limit).execute();
  return rows.map(rowOf);
}

export async function postsOfPerson(session: Session, personId: string, limit: number): Promise<OutboxRow[]> {
  return (await session.db.selectFrom('outbox').selectAll().where('person_id', '=', personId).orderBy('created_at', 'desc').orderBy('id').limit(limit).execute()).map(rowOf);
}

export async function countPosts(session: Session): Promise<{ channel: OutboxChannel; state: OutboxRow['state']; n: number }[]> {
  return session.db
    .selectFrom('outbox')
    .select((of) => ['channel', 'state', of.fn.countAll<number>().as('n')])
    .groupBy(['channel', 'state'])
    .orderBy('channel')
    .orderBy('state')
    .execute();
}

/** What is told to or about these people goes: text, record, where it was left. What still waited is given up. */
export async function forgetPosts(session: Session, personIds: string[], refKeys: string[]): Promise<void> {
  const blank = { text: null, target: null, remote_id: null, problem: null };
  for (const [column, values] of [['person_id', personIds], ['target', refKeys]] as const) {
    await inParts(values, async (part) => {
      const rows = await session.db.selectFrom('outbox').select('id').where(column, 'in', part).execute();
      const ids = rows.map((row) => row.id);
      await inParts(ids, async (some) => {
        await session.db.updateTable('outbox').set((row) => ({ state: 'dead', settled_at: row.ref('created_at') })).where('id', 'in', some).where('state', '=', 'waiting').execute();
        await session.db.updateTable('outbox').set(blank).where('id', 'in', some).execute();
        return [];
      });
      return [];
    });
  }
}

/** Deletes at most `limit` settled posts from before `before`. */
export async function prunePosts(session: Session, before: EpochMs, limit: number): Promise<void> {
  const old = await session.db.selectFrom('outbox').select('id').where('settled_at', '<', before).orderBy('settled_at').limit(limit).execute();
  await inParts(old.map((row) => row.id), async (part) => {
    await session.db.deleteFrom('outbox').where('id', 'in', part).execute();
    return [];
  });
}

import { sqliteDriver } from '../../src/sqlite';
import { problem } from '../../src/domain/problem';
import { openStore } from '../../src/store';
import type { OutboxEntry, OutboxRow, Store } from '../../src/store/port';
import { describeWith, POSTGRES } from '../support/skips';
import { emptyStores, postgresDatabases, sqliteDatabases } from './databases';
import type { Databases } from './databases';
import { entry, NOW, person } from './samples';

describe('the outbox on SQLite', () => outbox(sqliteDatabases()));
describeWith(POSTGRES, 'the outbox on PostgreSQL', () => outbox(postgresDatabases()));

test('a store from before the outbox gets one, and keeps what it has', async () => {
  const databases = sqliteDatabases();
  await databases.start();
  const address = databases.newAddress();
  const old = await openStore(address);
  await old.transaction(null, (tx) => tx.setMeta('k', 'v'));
  await old.close();
  const Driver = sqliteDriver();
  const raw = new Driver(address.replace('sqlite:', ''));
  raw.exec("drop table outbox; delete from kysely_migration where name = '0002-outbox'");
  raw.close();

  const store = await openStore(address);
  await store.transaction(null, (tx) => tx.post([posted('n')]));
  expect([await store.meta('k'), (await store.posts(['n'])).length]).toEqual(['v', 1]);
  await store.close();
  await databases.stop();
});

const MINUTE = 60_000;

function posted(key: string, more: Partial<OutboxEntry> = {}): OutboxEntry {
  return { key, channel: 'hubspot_note', personId: 'p1', target: { crm: 'hubspot', object: 'contact', id: '512' }, kind: 'rejected', text: { title: 'Rejected', lines: ['by Rita', 'line\nbreak'], at: NOW }, run: 'run-1', createdAt: NOW, nextTryAt: NOW, ...more };
}

function outbox(databases: Databases): void {
  let store: Store;
  emptyStores(databases, (fresh) => (store = fresh));

  const put = (work: Parameters<Store['transaction']>[1]): Promise<unknown> => store.transaction(null, work);
  const due = async (more: Partial<Parameters<Store['duePosts']>[0]> = {}): Promise<string[]> => (await store.duePosts({ channels: ['hubspot_note'], now: NOW, limit: 9, ...more })).map(({ key }) => key);
  const ended = (key: string, more: Partial<OutboxRow> = {}): Parameters<Parameters<Parameters<Store['transaction']>[1]>[0]['settlePosts']>[0][number] => ({ key, state: 'sent', problem: null, remoteId: '77', settledAt: NOW + 1, nextTryAt: NOW, ...more }) as never;
  const only = async (key: string): Promise<OutboxRow | undefined> => (await store.posts([key]))[0];

  it('withdraws what one run had to tell of some people and nobody was told yet; no retry brings it back (W9)', async () => {
    await put((tx) => tx.post([posted('a'), posted('b', { personId: 'p2' }), posted('c', { run: 'run-2' }), posted('d'), posted('e', { channel: 'slack', target: null })]));
    await put((tx) => tx.settlePosts([ended('d')]));

    expect(await store.transaction(null, (tx) => tx.withdrawPosts('run-1', ['p1', 'p9'], NOW + 5))).toBe(2);
    expect(await only('a')).toMatchObject({ state: 'dead', text: null, settledAt: NOW + 5 });
    expect([(await only('b'))?.state, (await only('c'))?.state, (await only('d'))?.state, (await only('e'))?.state]).toEqual(['waiting', 'waiting', 'sent', 'dead']);
    await put((tx) => tx.repost(['a', 'e'], NOW));
    expect((await only('a'))?.state).toBe('dead');
    expect(await store.transaction(null, (tx) => tx.withdrawPosts('run-1', [], NOW))).toBe(0);
  });

  it('brings forward what a clock ahead of time put off, and leaves what waits as it was meant to', async () => {
    const later = NOW + 90 * MINUTE;
    await put((tx) => tx.post([posted('made', { createdAt: NOW + 60 * MINUTE, nextTryAt: later }), posted('meant', { nextTryAt: later }), posted('tried'), posted('near', { createdAt: NOW + 60 * MINUTE, nextTryAt: NOW + MINUTE }), posted('past', { nextTryAt: NOW - MINUTE })]));
    await put((tx) => tx.settlePosts([ended('tried', { state: 'waiting', remoteId: null, settledAt: null, nextTryAt: later })]));
    await put((tx) => tx.bringForward(NOW, 60 * MINUTE));
    expect((await store.posts(['made', 'meant', 'near', 'past', 'tried'])).sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ nextTryAt }) => (nextTryAt - NOW) / MINUTE)).toEqual([30, 90, 0, -1, 30]);
  });

  it('gives back what was posted, with a short mark that follows from the key', async () => {
    const task = posted('t', { channel: 'salesforce_task', personId: null, target: null, text: { title: 'T', lines: [], at: NOW, ownerId: '005', dueOn: '2026-11-23', priority: 'high', to: ['a@b.example'] } });
    await put((tx) => tx.post([posted('n'), task]));

    expect(await only('n')).toEqual({ ...posted('n'), mark: expect.stringMatching(/^[0-9a-f]{16}$/), state: 'waiting', tries: 0, remoteId: null, problem: null, settledAt: null });
    expect(await only('t')).toMatchObject(task);
    expect((await only('n'))?.mark).not.toBe((await only('t'))?.mark);
  });

  it('F2: the same key is the same thing: posted again it stays as it is, sent or not', async () => {
    await put((tx) => tx.post([posted('n'), posted('n', { kind: 'twice' })]));
    await put((tx) => tx.settlePosts([ended('n')]));
    await put((tx) => tx.post([posted('n', { kind: 'again' })]));

    expect(await only('n')).toMatchObject({ kind: 'twice', state: 'sent', remoteId: '77' });
    expect(await due()).toEqual([]);
  });

  it('is posted with everything else of the transaction, or not at all', async () => {
    await expect(put(async (tx) => {
      await tx.post([posted('n')]);
      throw new RangeError('enough');
    })).rejects.toThrow(RangeError);
    expect(await store.posts(['n'])).toEqual([]);
  });

  it('lists what is due by key, of channels and of people', async () => {
    await put((tx) => tx.post([posted('c'), posted('a'), posted('b', { personId: 'p2' }), posted('d', { nextTryAt: NOW + 1 }), posted('e', { channel: 'slack' }), posted('f', { personId: null })]));

    expect(await due()).toEqual(['a', 'b', 'c', 'f']);
    expect(await due({ afterKey: 'a', limit: 2 })).toEqual(['b', 'c']);
    expect(await due({ channels: ['slack', 'email'] })).toEqual(['e']);
    expect(await due({ now: NOW + 1 })).toContain('d');
    expect(await due({ personIds: ['p2', 'p9'] })).toEqual(['b']);
    expect(await due({ personIds: [] })).toEqual([]);
    expect(await store.countPosts()).toEqual([{ channel: 'hubspot_note', state: 'waiting', n: 5 }, { channel: 'slack', state: 'waiting', n: 1 }]);
  });

  it('counts the tries that failed; a dead one waits again when told to, others do not', async () => {
    const refusal = problem('locked', 'hubspot', { vendorCode: 'X' });
    await put((tx) => tx.post([posted('a'), posted('b')]));
    await put((tx) => tx.settlePosts([ended('a', { state: 'waiting', problem: refusal, remoteId: null, settledAt: null, nextTryAt: NOW + MINUTE }), ended('b', { target: { crm: 'hubspot', object: 'contact', id: '9' } })]));

    expect(await due()).toEqual([]);
    expect(await only('a')).toMatchObject({ state: 'waiting', tries: 1, problem: refusal, nextTryAt: NOW + MINUTE });
    expect(await only('b')).toMatchObject({ state: 'sent', tries: 0, remoteId: '77', settledAt: NOW + 1, target: { id: '9' } });

    await put((tx) => tx.settlePosts([ended('a', { state: 'dead', problem: refusal, remoteId: null })]));
    expect(await only('a')).toMatchObject({ state: 'dead', tries: 2 });
    await put((tx) => tx.repost(['a', 'b', 'nobody'], NOW + 5));
    expect(await only('a')).toMatchObject({ state: 'waiting', tries: 0, nextTryAt: NOW + 5, settledAt: null });
    expect((await only('b'))?.state).toBe('sent');
  });

  it('S3: who claims due ones has them until then, under the message’s id; others, and those that are not due, get nothing', async () => {
    await put((tx) => tx.post([posted('a', { channel: 'slack' }), posted('b', { channel: 'slack' }), posted('later', { channel: 'slack', nextTryAt: NOW + 1 }), posted('sent', { channel: 'slack' })]));
    await put((tx) => tx.settlePosts([ended('sent')]));
    const claim = (keys: string[], id: string, now: number): Promise<string[]> => store.transaction(null, (tx) => tx.claimPosts(keys, id, now, now + MINUTE));
    expect((await claim(['a', 'b', 'later', 'sent', 'nobody'], 'm1', NOW)).sort()).toEqual(['a', 'b']);
    expect(await only('a')).toMatchObject({ state: 'waiting', tries: 0, remoteId: 'm1', nextTryAt: NOW + MINUTE });
    expect(await claim(['a', 'b'], 'm2', NOW + MINUTE - 1)).toEqual([]);
    expect(await due({ channels: ['slack'] })).toEqual([]);
    expect(await claim(['a'], 'm2', NOW + MINUTE)).toEqual(['a']);
    expect(await only('sent')).toMatchObject({ state: 'sent', remoteId: '77' });
  });

  it('lists those that were given up, page by page; dropped ones are gone for good', async () => {
    await put((tx) => tx.post(['a', 'b', 'c'].map((key) => posted(key, { channel: 'slack' }))));
    await put((tx) => tx.post([posted('note')]));
    const problem = { channel: 'slack' as const, code: 'no_service', message: 'm', remedy: 'r' };
    await put((tx) => tx.settlePosts(['a', 'b', 'note'].map((key) => ended(key, { state: 'dead', problem }))));
    expect(await store.deadPosts(['slack', 'email'], null, 1)).toMatchObject([{ key: 'a', problem }]);
    expect(await store.deadPosts(['slack', 'email'], 'a', 9)).toMatchObject([{ key: 'b' }]);
    await put((tx) => tx.dropPosts(['a', 'c']));
    await put((tx) => tx.repost(['a'], NOW));
    expect(await store.deadPosts(['slack', 'email'], null, 9)).toMatchObject([{ key: 'b' }]);
    expect(await only('a')).toMatchObject({ state: 'dead', text: null });
    expect((await only('c'))?.text).not.toBeNull();
  });

  it('I3: goes over to the person that another one was merged into; a person’s are listed newest first', async () => {
    await put(async (tx) => {
      await tx.putPeople([person('p1'), person('p2')]);
      await tx.post([posted('old', { personId: 'p2' }), posted('new', { createdAt: NOW + 1 })]);
      await tx.mergePeople('p1', ['p2']);
      await tx.deletePeople(['p2']);
    });
    expect((await store.postsOfPerson('p1', 9)).map(({ key }) => key)).toEqual(['new', 'old']);
    expect((await store.postsOfPerson('p1', 1)).map(({ key }) => key)).toEqual(['new']);
  });

  it('forget blanks what was told of a person or record and gives up what was not; nothing brings it back', async () => {
    const ref = { crm: 'salesforce', object: 'lead', id: '00Q1' } as const;
    await put((tx) => tx.post([posted('waiting'), posted('sent'), posted('other', { personId: 'p2' }), posted('record', { personId: null, target: ref })]));
    await put((tx) => tx.settlePosts([ended('sent', { problem: problem('locked', 'hubspot', { vendorMessage: 'Ana is locked' }) })]));
    await store.forget(['p1'], [ref]);

    const blank = { text: null, target: null, remoteId: null, problem: null };
    expect(await only('waiting')).toMatchObject({ ...blank, state: 'dead', kind: 'rejected', run: 'run-1' });
    expect(await only('sent')).toMatchObject({ ...blank, state: 'sent' });
    expect(await only('record')).toMatchObject({ ...blank, state: 'dead' });
    expect(await only('other')).toMatchObject({ state: 'waiting', text: { title: 'Rejected' } });

    await put(async (tx) => {
      await tx.repost(['waiting'], NOW);
      await tx.settlePosts([ended('sent', { remoteId: '78' })]);
      await tx.post([posted('waiting')]);
    });
    expect(await only('waiting')).toMatchObject({ state: 'dead', text: null });
    expect((await only('sent'))?.remoteId).toBeNull();
  });

  it('prunes what was settled long ago in steps, with an empty journal too, and never what waits', async () => {
    await put((tx) => tx.post([posted('a'), posted('b'), posted('c'), posted('waits', { createdAt: 0, nextTryAt: 0 })]));
    await put((tx) => tx.settlePosts([ended('a', { settledAt: NOW - 9 }), ended('b', { settledAt: NOW - 5 }), ended('c', { settledAt: NOW })]));

    await store.prune(NOW - 1, 1);
    expect((await store.posts(['a', 'b', 'c', 'waits'])).map(({ key }) => key).sort()).toEqual(['b', 'c', 'waits']);
    await put((tx) => tx.intend([entry('young')]));
    await store.prune(NOW - 1, 9);
    expect((await store.posts(['a', 'b', 'c', 'waits'])).map(({ key }) => key).sort()).toEqual(['c', 'waits']);
  });
}

import { openStore } from '../../src/store';
import type { InboxEvent, Store } from '../../src/store/port';
import { describeWith, POSTGRES } from '../support/skips';
import { postgresDatabases, sqliteDatabases } from './databases';
import type { Databases } from './databases';
import { contact, NOW, person } from './samples';

describe('webhook events on SQLite', () => contract(sqliteDatabases()));
describeWith(POSTGRES, 'webhook events on PostgreSQL', () => contract(postgresDatabases()));

function contract(databases: Databases): void {
  let address: string;
  let store: Store;

  beforeAll(() => databases.start());
  afterAll(() => databases.stop());
  beforeEach(async () => {
    address = databases.newAddress();
    store = await openStore(address);
  });
  afterEach(() => store.close());

  const event = (key: string, more: Partial<InboxEvent> = {}): InboxEvent => ({ key, kind: 'propertyChange', objectId: '512', related: [], occurredAt: NOW, receivedAt: NOW, ...more });
  const settle = (keys: string[]): Promise<unknown> => store.transaction(null, (tx) => tx.settleInbox(keys));

  it('keeps an event once, also within one delivery, and gives it back as it came', async () => {
    const merge = event('b', { kind: 'merge', objectId: '900', related: ['512', '513'], occurredAt: NOW - 5 });

    expect(await store.receive([event('a'), event('a'), merge])).toBe(2);
    expect(await store.receive([event('a')])).toBe(0);

    expect(await store.inbox(null, 10)).toEqual([event('a'), merge]);
    expect(await store.inboxLength()).toBe(2);
  });

  it('pages by key, and forgets nothing that was not settled', async () => {
    await store.receive(['a', 'b', 'c'].map((key) => event(key)));

    expect((await store.inbox(null, 2)).map(({ key }) => key)).toEqual(['a', 'b']);
    expect((await store.inbox('b', 2)).map(({ key }) => key)).toEqual(['c']);
    await settle(['a', 'c']);
    expect((await store.inbox(null, 10)).map(({ key }) => key)).toEqual(['b']);
    expect(await store.pruneInbox(NOW + 1, 100)).toBe(2);
    expect(await store.inboxLength()).toBe(1);
  });

  it('knows a settled event again until it is pruned, so that a late repetition starts nothing', async () => {
    await store.receive([event('a')]);
    await settle(['a']);

    expect(await store.receive([event('a')])).toBe(0);
    expect(await store.pruneInbox(NOW, 100)).toBe(0);
    expect(await store.receive([event('a')])).toBe(0);
    expect(await store.pruneInbox(NOW + 1, 100)).toBe(1);
    expect(await store.receive([event('a')])).toBe(1);
  });

  it('takes events down while a run holds the lock and has a transaction open on another connection', async () => {
    const other = await openStore(address);
    try {
      const lock = await other.acquireLock('a run', NOW, 60_000);
      expect(lock.ok).toBe(true);
      const received: Promise<number>[] = [];
      await other.transaction(1, async (tx) => {
        await tx.setMeta('x', 'y');
        received.push(store.receive([event('a')]));
      });
      expect(await Promise.all(received)).toEqual([1]);
    } finally {
      await other.close();
    }
  });

  it('of a forgotten contact no event stays (forget)', async () => {
    const known = contact('512', { personId: 'p1' });
    await store.transaction(null, async (tx) => {
      await tx.putPeople([person('p1')]);
      await tx.putRecords([known]);
    });
    await store.receive([event('a'), event('b', { objectId: '600' })]);

    await store.forget(['p1'], [known.ref]);

    expect((await store.inbox(null, 10)).map(({ key }) => key)).toEqual(['b']);
  });

  it('and another contact’s merge does not name it any more (forget)', async () => {
    const known = contact('512', { personId: 'p1' });
    await store.transaction(null, async (tx) => {
      await tx.putPeople([person('p1')]);
      await tx.putRecords([known]);
    });
    await store.receive([event('m', { kind: 'merge', objectId: '900', related: ['512', '513'] }), event('n', { kind: 'merge', objectId: '901', related: ['5120'] })]);
    await settle(['m']);

    await store.forget(['p1'], [known.ref]);

    await store.receive([event('o')]);
    expect((await store.inbox(null, 10)).map(({ key, related }) => [key, related])).toEqual([['n', ['5120']], ['o', []]]);
    // Recognised by its key as before.
    expect(await store.receive([event('m')])).toBe(0);
  });

  it('before the first run what nobody has read goes as well after a while, but not what HubSpot was asked to erase (L7)', async () => {
    await store.receive([event('a'), event('b', { kind: 'privacyDeletion' }), event('c', { receivedAt: NOW + 10 })]);
    await store.receive([event('d')]);
    await settle(['d']);
    expect(await store.pruneInbox(NOW + 1, 100, true)).toBe(2);
    expect((await store.inbox(null, 10)).map(({ key }) => key)).toEqual(['b', 'c']);
  });
}

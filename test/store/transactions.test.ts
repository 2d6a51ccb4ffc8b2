import { AsyncResource } from 'node:async_hooks';
import { ConcordError, problem } from '../../src/domain/problem';
import type { RecordRef } from '../../src/domain/record';
import { openStore } from '../../src/store';
import { claimConnection, connectionOf } from '../../src/store/connection';
import type { Store } from '../../src/store/port';
import { describeWith, POSTGRES } from '../support/skips';
import { emptyStores, postgresDatabases, sqliteDatabases } from './databases';
import type { Databases } from './databases';
import { contact, entry, handoff, person, salesforce, staged, transition } from './samples';

describe('transactions, lock and forgetting on SQLite', () => transactions(sqliteDatabases()));
describeWith(POSTGRES, 'transactions, lock and forgetting on PostgreSQL', () => transactions(postgresDatabases()));

function transactions(databases: Databases): void {
  let store: Store;
  emptyStores(databases, (fresh) => (store = fresh));

  const put = (work: Parameters<Store['transaction']>[1]): Promise<unknown> => store.transaction(null, work);

  describe('transactions and the lock (design.md section 9)', () => {
    it('one holder at a time; the fence grows with every taking and survives the release', async () => {
      expect(await store.acquireLock('a', 1000, 60_000)).toEqual({ ok: true, fence: 1 });
      expect(await store.acquireLock('b', 2000, 60_000)).toEqual({ ok: false, by: { holder: 'a', fence: 1, expiresAt: 61_000 } });
      expect(await store.renewLock(1, 31_000, 60_000)).toBe(true);
      expect((await store.acquireLock('b', 61_000, 60_000)).ok).toBe(false);
      expect(await store.acquireLock('b', 91_000, 60_000)).toEqual({ ok: true, fence: 2 });
      expect(await store.renewLock(1, 91_001, 60_000)).toBe(false);
      await store.releaseLock(1);
      expect((await store.acquireLock('c', 91_002, 60_000)).ok).toBe(false);
      await store.releaseLock(2);
      expect(await store.renewLock(2, 91_003, 60_000)).toBe(false);
      expect(await store.acquireLock('c', 91_003, 60_000)).toEqual({ ok: true, fence: 3 });
    });

    it('a lock that expires later than any clock like the caller’s can have said goes over once it has not been renewed for its life; one that is renewed never does', async () => {
      const far = 3_600_000;
      await store.acquireLock('a clock ahead', far, 60_000);
      expect((await store.acquireLock('b', 1000, 60_000)).ok).toBe(false);
      expect((await store.acquireLock('b', 60_999, 60_000)).ok).toBe(false);
      // Alive, with its clock ahead: seen anew from here on.
      await store.renewLock(1, far + 60_000, 60_000);
      expect((await store.acquireLock('b', 61_000, 60_000)).ok).toBe(false);
      // Set back once more: what was seen says nothing by this clock.
      expect((await store.acquireLock('b', 500, 60_000)).ok).toBe(false);
      expect((await store.acquireLock('b', 60_499, 60_000)).ok).toBe(false);
      expect(await store.acquireLock('b', 60_500, 60_000)).toEqual({ ok: true, fence: 2 });
      expect((await store.acquireLock('c', 60_501, 60_000)).ok).toBe(false);
      expect(await store.renewLock(1, far, 60_000)).toBe(false);
    });

    it('commits only under the present fence; a lost one commits nothing and exits 5', async () => {
      await store.acquireLock('a', 0, 10);
      await store.transaction(1, (tx) => tx.setMeta('k', 'mine'));
      await store.acquireLock('b', 11, 10);
      const work = jest.fn();

      await expect(store.transaction(1, work)).rejects.toMatchObject({ code: 'lock_lost', exit: 5 });
      expect(work).not.toHaveBeenCalled();
      await store.releaseLock(2);
      await expect(store.transaction(2, (tx) => tx.setMeta('k', 'released'))).rejects.toMatchObject({ code: 'lock_lost' });
      expect(await store.meta('k')).toBe('mine');
    });

    it('a closed store leaves nothing behind in the promises of the process (Node 20 writes every live async storage into each)', async () => {
      const storages = (): number => Object.getOwnPropertySymbols(new AsyncResource('look')).length;
      const before = storages();
      for (let count = 0; count < 3; count += 1) {
        const another = await openStore(databases.newAddress());
        await another.transaction(null, (tx) => tx.setMeta('k', 'v'));
        await another.close();
      }
      expect(storages()).toBe(before);
    });

    it('a lock cannot be taken over between a transaction’s check and its commit', async () => {
      const address = databases.newAddress();
      const [one, other] = await Promise.all([openStore(address), openStore(address)]);
      await one.acquireLock('a', 0, 10);
      let taken: Promise<unknown> | undefined;
      const order: string[] = [];
      await one.transaction(1, async (tx) => {
        taken = other.acquireLock('b', 11, 10).then(() => order.push('taken'));
        await new Promise((resolve) => setTimeout(resolve, 150));
        await tx.setMeta('k', 'v');
        // On PostgreSQL renewing does not wait for the transaction; on SQLite there is one writer at a time.
        if (one.kind === 'postgres') expect(await other.renewLock(1, 5, 5)).toBe(true);
        order.push('commit');
      });
      await taken;
      expect(order).toEqual(['commit', 'taken']);
      await expect(one.transaction(1, (tx) => tx.setMeta('k', 'late'))).rejects.toMatchObject({ code: 'lock_lost' });
      expect(await other.meta('k')).toBe('v');
      await Promise.all([one.close(), other.close()]);
    });

    it('rolls everything back when anything is thrown, new field names included', async () => {
      const work = store.transaction(null, async (tx) => {
        await tx.putRecords([contact('1', { fields: { rolled_back: 1 } })]);
        await tx.putPeople([person('p1', { stage: 'mql' })]);
        throw new RangeError('enough');
      });
      await expect(work).rejects.toThrow(RangeError);
      expect([await store.countPeople(), await store.parity(), await store.pageRecords('hubspot', 'contact', null, 9)]).toEqual([0, [], []]);

      await put((tx) => tx.putRecords([contact('2', { fields: { another: 2 } })]));
      expect((await store.pageRecords('hubspot', 'contact', null, 9))[0]?.fields).toEqual({ another: 2 });
    });

    it('does not commit after a failure that its caller swallowed', async () => {
      const work = store.transaction(null, async (tx) => {
        await tx.setMeta('k', 'v');
        await tx.intend([entry('same'), entry('same')]).catch(() => undefined);
      });
      await expect(work).rejects.toBeInstanceOf(ConcordError);
      expect(await store.meta('k')).toBeNull();
      expect(await store.journalOfRun('run-1', null, 9)).toEqual([]);
    });

    it('sees its own writes, and others do not until the commit', async () => {
      await store.transaction(null, async (tx) => {
        await tx.setMeta('k', 'v');
        expect(await tx.meta('k')).toBe('v');
      });
      expect(await store.meta('k')).toBe('v');
    });

    it('async paths take turns, none sees half of another', async () => {
      const add = (): Promise<void> =>
        store.transaction(null, async (tx) => {
          const n = Number((await tx.meta('n')) ?? '0');
          await new Promise((resolve) => setTimeout(resolve, 1));
          await tx.setMeta('n', String(n + 1));
        });
      await Promise.all([...Array(20)].map(add));
      expect(await store.meta('n')).toBe('20');
    });

    it('refuses a nested transaction, the store inside one, and a transaction after its end, instead of waiting for ever', async () => {
      let kept: Parameters<Parameters<Store['transaction']>[1]>[0] | undefined;
      await expect(put(() => store.transaction(null, async () => undefined))).rejects.toMatchObject({ code: 'store_nested' });
      await expect(put(() => store.meta('k'))).rejects.toMatchObject({ code: 'store_nested' });
      await put(async (tx) => void (kept = tx));
      await expect(kept?.setMeta('k', 'late')).rejects.toMatchObject({ code: 'store_nested' });
      expect(await store.meta('k')).toBeNull();
    });

    it('says so when it was closed', async () => {
      const other = await openStore(databases.newAddress());
      await other.close();
      await other.close();
      await expect(other.meta('k')).rejects.toMatchObject({ code: 'store_closed' });
      await expect(other.transaction(null, async () => 1)).rejects.toMatchObject({ code: 'store_closed' });
    });

    it('closed underneath a transaction, the transaction fails and leaves nothing', async () => {
      const address = databases.newAddress();
      const other = await openStore(address);
      let closing: Promise<void> | undefined;
      const work = other.transaction(null, async (tx) => {
        await tx.setMeta('k', 'v');
        closing = other.close();
        await new Promise((resolve) => setTimeout(resolve, 20));
        await tx.setMeta('k', 'w');
        if (other.kind === 'postgres') throw new RangeError('a pool waits for its borrowers');
      });
      await expect(work).rejects.toThrow();
      await closing;
      const again = await openStore(address);
      expect(await again.meta('k')).toBeNull();
      await again.close();
    });

    it('no error carries a value of a row', async () => {
      const work = put((tx) => tx.intend([entry('ana@example.com'), entry('ana@example.com')]));
      const error = await work.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ConcordError);
      expect(JSON.stringify([(error as ConcordError).message, (error as ConcordError).where, (error as ConcordError).details, String((error as ConcordError).cause), (error as ConcordError).stack])).not.toContain('ana@');
    });
  });

  it('section 6: a store belongs to the connection that used it first', async () => {
    expect(await connectionOf(store)).toBeNull();
    await claimConnection(store, { hubspot: '555001', salesforce: '00D1' });
    await claimConnection(store, { hubspot: '555001', salesforce: '00D1' });
    const error = await claimConnection(store, { hubspot: '555001', salesforce: '00D2' }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'wrong_connection', exit: 2 });
    for (const part of ['555001', '00D1', '00D2']) expect((error as Error).message).toContain(part);
    expect(await connectionOf(store)).toEqual({ hubspot: '555001', salesforce: '00D1' });
  });

  describe('forget', () => {
    it('blanks the person everywhere, keeps the counts, and leaves the neighbour alone', async () => {
      const mail = 'ana.lopez@example.com';
      const lead: RecordRef = { crm: 'salesforce', object: 'lead', id: '00Q1' };
      const change = { field: 'email', before: null, after: mail, rule: 'M1', because: `e-mail ${mail}` };
      const write = { key: mail, personId: 'p1', crm: 'hubspot' as const, object: 'contact' as const, op: 'update' as const, id: '1', changes: [change] };
      await put(async (tx) => {
        await tx.putPeople([person('p1', { stage: 'mql', hubspotId: '1', state: { mail }, notes: { mail }, nextAt: 5, disagreement: 'pending' }), person('p2', { stage: 'mql', state: { keep: 1 } })]);
        await tx.putRecords([contact('1', { personId: 'p1', emails: [mail] }), salesforce('lead', '00Q1', { emails: [mail] }), contact('2', { personId: 'p2' })]);
        await tx.addTransitions([transition('p1', { because: mail })]);
        await tx.putHandoffs([handoff('p1', 1, { note: mail, reasonText: mail, rejectedBy: mail, reason: 'no_budget' })]);
        await tx.intend([entry('e1', { key: mail, changes: [change], problem: problem('invalid_email', 'hubspot', { vendorMessage: mail }) }), entry('e2', { personId: null, ref: lead, crm: 'salesforce', object: 'lead', changes: [change], state: 'done' }), entry('e3', { personId: 'p2' })]);
        await tx.putDeadLetters([{ crm: 'hubspot', object: 'contact', recordId: '1', personId: 'p1', field: 'email', value: mail, problem: problem('invalid_email', 'hubspot', { message: mail, vendorMessage: mail }), lastRun: 'r', lastTriedAt: 1 }]);
        await tx.addHolds([{ kind: 'contested', ref: lead, personId: null, field: 'Email', value: mail, run: 'r', because: mail, createdAt: 1 }]);
        await tx.enqueue(['p1', 'p2'], 'changed', 1);
        await tx.stage('run-1', [staged(1, { person: person('p1', { state: { mail } }), writes: [write] }), staged(2, { person: person('p2') })]);
      });

      await store.forget(['p1'], [lead]);

      const everything = JSON.stringify([
        await store.people(['p1']),
        await store.pageRecords('hubspot', 'contact', null, 9),
        await store.pageRecords('salesforce', 'lead', null, 9),
        await store.transitions('p1'),
        await store.handoffs('p1'),
        await store.journalOfRun('run-1', null, 9),
        await store.deadLetters({ limit: 9 }),
        await store.holds({ limit: 9 }),
        await store.queue(null, 9),
        await store.pagePlan('run-1', 0, 9),
        await store.recordsByKeys([{ kind: 'email', value: mail }]),
      ]);
      expect(everything).not.toContain('ana.lopez');
      expect(await store.countPeople()).toBe(2);
      expect((await store.planTotals('run-1')).people).toBe(2);
      expect(await store.transitions('p1')).toHaveLength(1);
      expect((await store.handoffs('p1'))[0]?.reason).toBe('no_budget');
      expect(await store.journalOfPerson('p1', 9)).toMatchObject([{ state: 'dropped', ref: null, changes: [{ field: 'email', after: null }], problem: { code: 'invalid_email' } }]);
      expect((await store.openIntents(null, 9)).map((row) => row.id)).toEqual(['e3']);
      expect(await store.countDeadLetters('open')).toBe(0);
      expect(await store.disagreements(null, 9)).toEqual([]);
      expect((await store.people(['p2']))[0]?.state).toEqual({ keep: 1 });
      expect((await store.pagePlan('run-1', 0, 9)).map((row) => row.person.id)).toEqual(['p2']);
      expect((await store.records([contact('2').ref]))[0]?.personId).toBe('p2');
    });
  });
}

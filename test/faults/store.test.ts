import { EXIT } from '../../src/domain/problem';
import type { Store } from '../../src/store/port';
import { connectStore } from '../../src/wire';
import { watchDatabases } from '../support/crashDisk';
import { before, newMqls, openFaultScene, outcome, type FaultScene } from '../support/crashScene';
import { MINUTE } from '../support/scenario';

/* What can happen to Concord's own memory under a run (design section 9). */

describe('the store under a run', () => {
  const disks = watchDatabases();
  let s: FaultScene;
  beforeEach(async () => {
    s = await openFaultScene();
  });
  afterEach(async () => {
    await s.close();
  });
  afterAll(() => disks.release());

  const { mqls, expectAllWell } = newMqls(() => s);

  /** Another process' view of the same store. */
  async function another(): Promise<Store> {
    return connectStore({ databaseUrl: disks.urlOf(s.store) } as Parameters<typeof connectStore>[0]);
  }

  test('the disk is full, at one commit after another: the run says so, and with room again the next one finishes', async () => {
    await mqls(80);
    const failures: string[] = [];
    // Each try has a little more room than the one before, until a run comes through: so it runs out of it at every stage of a run.
    for (let room = 0; room < 60; room += 2) {
      disks.leaveRoom(s.store, room);
      const run = await s.attempt();
      disks.leaveRoom(s.store, null);
      s.pass(MINUTE + 1_000);
      if ('failed' in run) failures.push(run.failed);
      else break;
      expect(run).toEqual({ failed: 'store_full', exit: EXIT.failed });
    }
    expect(failures.length).toBeGreaterThanOrEqual(3);
    await s.reopen();
    await expectAllWell();
  });

  test('a second run is started meanwhile: it ends with 5 and names the holder; the first one finishes', async () => {
    await mqls();
    const store = await another();
    let second: unknown;
    before(s.parts.salesforce, 'write', async () => {
      const parts = s.parts;
      s.freshPorts();
      s.parts = { ...s.parts, store };
      second = await outcome(() => s.sync());
      s.parts = parts;
    });
    expect(await s.sync()).toMatchObject({ status: 'ok', people: { created: 5 } });
    expect(second).toEqual({ failed: 'locked', exit: EXIT.locked });
    await store.close();
    await expectAllWell();
  });

  test.each(['salesforce', 'hubspot'] as const)('the lock is lost at the %s writes (the machine slept): the loser stops and commits nothing, the winner finishes', async (crm) => {
    await mqls();
    const store = await another();
    const journal: number[] = [];
    before(s.parts[crm], 'write', async () => {
      s.pass(MINUTE + 1_000);
      const taken = await store.acquireLock('the winner', s.clock.now(), 60_000);
      expect(taken.ok).toBe(true);
      journal.push((await store.openIntents(null, 100)).length);
    });
    expect(await outcome(() => s.sync())).toEqual({ failed: 'lock_lost', exit: EXIT.locked });
    // Nothing was committed after the loss: the intents stand as they stood, and the lock is still the winner's.
    expect((await store.openIntents(null, 100)).length).toBe(journal[0]);
    expect(await store.acquireLock('a third', s.clock.now(), 60_000)).toMatchObject({ ok: false, by: { holder: 'the winner' } });
    await store.close();
    s.pass(MINUTE + 1_000);
    await expectAllWell();
  });

  test.each(['salesforce', 'hubspot'] as const)('the store is closed underneath, at the %s writes: the next process finishes', async (crm) => {
    await mqls();
    before(s.parts[crm], 'write', () => s.store.close());
    expect(await outcome(() => s.sync())).toEqual({ failed: 'store_closed', exit: EXIT.failed });
    await s.reopen();
    s.pass(MINUTE + 1_000);
    await expectAllWell();
  });
});

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { openStore } from '../../src/store';
import { describeWith, POSTGRES } from '../support/skips';
import { postgresDatabases, sqliteDatabases, withStore } from './databases';
import type { Databases } from './databases';
import { recount } from './recount';

interface Ended {
  lines: string[];
  signal: NodeJS.Signals | null;
}

/** Starts `children/worker.ts` as a process of its own; `killAfter` lines it is killed as the machine's OOM killer would. */
function worker(args: string[], killAfter?: { lines: number; ms: number }): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'children', 'worker.ts'), ...args], { cwd: join(__dirname, '..', '..'), stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    text += chunk;
    // Two lines may come in one piece.
    if (killAfter !== undefined && text.split('\n').length - 1 >= killAfter.lines) setTimeout(() => child.kill('SIGKILL'), killAfter.ms);
  });
  return new Promise((resolve) => child.on('close', (_, signal) => resolve({ lines: text.split('\n').filter((line) => line !== ''), signal })));
}

// Each test starts several processes.
jest.setTimeout(120_000);

describe('several processes on one SQLite store', () => processes(sqliteDatabases()));
describeWith(POSTGRES, 'several processes on one PostgreSQL store', () => processes(postgresDatabases()));

function processes(databases: Databases): void {
  beforeAll(() => databases.start());
  afterAll(() => databases.stop());

  it('three that start at once on an empty database all find it migrated', async () => {
    const address = databases.newAddress();
    const ended = await Promise.all([1, 2, 3].map(() => worker(['open', address])));
    expect(ended.map((each) => each.lines)).toEqual([['ok'], ['ok'], ['ok']]);
    await withStore(address, async (store) => expect(await store.countPeople()).toBe(0));
  });

  it('section 9: two that contend for the run lock take turns, lose no write, and no fence is given twice', async () => {
    const address = databases.newAddress();
    await withStore(address, async () => undefined);
    const ended = await Promise.all(['one', 'two'].map((name) => worker(['add', address, '40', name])));
    const fences = ended.flatMap((each) => each.lines.filter((line) => line.startsWith('fence')));

    expect(ended.map((each) => each.lines[each.lines.length - 1])).toEqual(['ok', 'ok']);
    expect(new Set(fences).size).toBe(80);
    await withStore(address, async (store) => {
      expect(await store.meta('n')).toBe('80');
      expect(await store.countPeople()).toBe(80);
      expect(await store.parity()).toEqual((await recount(store)).parity);
    });
  });

  it('W7: killed at any moment, what was committed is whole and what was not has left nothing', async () => {
    const address = databases.newAddress();
    for (const ms of [0, 3, 7, 12, 20]) {
      const { lines, signal } = await worker(['batches', address], { lines: 3, ms });
      expect(signal).toBe('SIGKILL');
      const acknowledged = Number(lines.filter((line) => line.startsWith('committed')).pop()?.split(' ')[1]);

      await withStore(address, async (store) => {
        const batches = Number(await store.meta('batches'));
        expect(batches).toBeGreaterThanOrEqual(acknowledged);
        const counted = await recount(store);
        expect(counted.people).toBe(batches * 150);
        expect(await store.countPeople()).toBe(counted.people);
        expect(await store.parity()).toEqual(counted.parity);
        expect(await store.openIntents(null, 1_000_000)).toHaveLength(batches * 150);
      });
    }
  });

  it('a run that was suspended and lost its lock commits nothing', async () => {
    const address = databases.newAddress();
    const store = await openStore(address);
    const taken = await store.acquireLock('slow', Date.now() - 120_000, 60_000);
    await worker(['add', address, '1', 'fast']);
    await expect(store.transaction(taken.ok ? taken.fence : -1, (tx) => tx.setMeta('n', 'slow'))).rejects.toMatchObject({ code: 'lock_lost', exit: 5 });
    expect(await store.meta('n')).toBe('1');
    await store.close();
  });
}

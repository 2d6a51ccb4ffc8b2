import { openStore } from '../../../src/store';
import { entry, person } from '../samples';

/*
 * Another Concord process, for tests that need one: `worker.ts open ADDRESS`, `worker.ts add ADDRESS TIMES NAME`, `worker.ts batches ADDRESS`.
 * Prints a line per thing done; errors go to stdout as `error CODE`.
 */

const PER_BATCH = 150;

async function add(address: string, times: number, name: string): Promise<void> {
  const store = await openStore(address);
  for (let done = 0; done < times; ) {
    const taken = await store.acquireLock(name, Date.now(), 60_000);
    if (!taken.ok) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      continue;
    }
    await store.transaction(taken.fence, async (tx) => {
      const n = Number((await tx.meta('n')) ?? '0');
      await tx.putPeople([person(`${name}-${done}`, { stage: 'mql' })]);
      await tx.setMeta('n', String(n + 1));
    });
    await store.releaseLock(taken.fence);
    process.stdout.write(`fence ${taken.fence}\n`);
    done += 1;
  }
  await store.close();
}

/** Commits batch after batch until it is killed. */
async function batches(address: string): Promise<void> {
  const store = await openStore(address);
  for (let batch = Number((await store.meta('batches')) ?? '0') + 1; ; batch += 1) {
    await store.transaction(null, async (tx) => {
      const ids = Array.from({ length: PER_BATCH }, (_, n) => `b${String(batch).padStart(6, '0')}-${n}`);
      await tx.putPeople(ids.map((id) => person(id, { stage: 'mql', shownHubspot: 'mql', state: { text: 'x'.repeat(300) } })));
      await tx.intend(ids.map((id) => entry(id, { personId: id })));
      await tx.setMeta('batches', String(batch));
    });
    process.stdout.write(`committed ${batch}\n`);
  }
}

async function main([what, address = '', times = '1', name = 'worker']: string[]): Promise<void> {
  if (what === 'add') await add(address, Number(times), name);
  else if (what === 'batches') await batches(address);
  else await (await openStore(address)).close();
  process.stdout.write('ok\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stdout.write(`error ${String((error as { code?: unknown }).code ?? error)}\n`);
  process.exitCode = 1;
});

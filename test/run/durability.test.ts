import type { Durability, Store, StoreTransaction } from '../../src/store/port';
import { run } from '../../src/run/run';
import { openScenario } from '../support/scenario';

/* W3, W8: what must stand before a CRM is told, or before a run counts as done, is on the disk when the store answers. The rest may follow. */

/** What of a transaction has to be on the disk at once. */
const AT_ONCE: readonly (keyof StoreTransaction)[] = ['intend', 'post', 'claimPosts', 'settlePosts', 'setWatermark', 'putRun', 'settleInbox', 'addHolds'];

test('intents, watermarks and the run itself wait for the disk; reading, deciding and outcomes do not', async () => {
  const scenario = await openScenario();
  const waited = new Map<string, Set<Durability>>();
  const store: Store = {
    ...scenario.store,
    transaction: (fence, work, durable = 'now') =>
      scenario.store.transaction(
        fence,
        (tx) => {
          const seen = Object.fromEntries(
            Object.entries(tx).map(([name, act]) => [
              name,
              (...given: unknown[]) => {
                waited.set(name, (waited.get(name) ?? new Set()).add(durable));
                return (act as (...all: unknown[]) => unknown)(...given);
              },
            ]),
          );
          return work(seen as unknown as typeof tx);
        },
        durable,
      ),
  };
  try {
    scenario.sandbox.hubspot.state.load([
      { properties: { email: 'ana@some.example', firstname: 'Ana', lastname: 'Ruiz', company: 'Some', country: 'MX', lifecyclestage: 'marketingqualifiedlead' } },
      { properties: { email: 'luis@some.example', lastname: 'Paz', lifecyclestage: 'lead' } },
    ]);

    const summary = await run({ ...scenario.parts, store }, { mode: 'apply', allowLargeChange: true });

    expect(summary.writes.hubspot.done).toBeGreaterThan(0);
    for (const name of ['intend', 'setWatermark', 'putRun'] as const) expect(waited.has(name)).toBe(true);
    for (const name of AT_ONCE) expect([...(waited.get(name) ?? [])].filter((durable) => durable !== 'now')).toEqual([]);
    for (const name of ['stage', 'settle', 'patchPeople'] as const) expect([...(waited.get(name) ?? [])]).toEqual(['soon']);
  } finally {
    await scenario.close();
  }
});

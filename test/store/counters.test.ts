import type { DeadLetter, Store } from '../../src/store/port';
import { problem } from '../../src/domain/problem';
import { openStore } from '../../src/store';
import { recount } from './recount';
import { person } from './samples';

/** A small seeded generator (mulberry32), so that a failure can be told by its seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const STAGES = [null, 'lead', 'mql', 'sal', 'a stage of two words'];
const STATES = ['open', 'retry', 'resolved', 'dropped'] as const;

async function step(store: Store, next: (below: number) => number): Promise<void> {
  const stage = (): string | null => STAGES[next(STAGES.length)] ?? null;
  const somebody = (): string => `p${next(40)}`;
  await store
    .transaction(null, async (tx) => {
      const people = Array.from({ length: next(6) }, () => person(somebody(), { stage: stage(), inScope: next(3) > 0, shownHubspot: stage(), shownSalesforce: stage(), disagreement: next(4) === 0 ? 'pending' : null }));
      await tx.putPeople(people);
      await tx.patchPeople(Array.from({ length: next(3) }, () => ({ ...person(somebody(), { shownHubspot: stage(), shownSalesforce: stage(), disagreement: next(4) === 0 ? 'dead_letter' : null }), state: undefined })));
      if (next(3) === 0) await tx.deletePeople([somebody(), somebody()]);
      const letters = Array.from({ length: next(4) }, () => ({ crm: 'hubspot' as const, object: 'contact', recordId: String(next(9)), personId: null, field: 'f', value: 1, problem: problem('locked', 'hubspot'), lastRun: 'r', lastTriedAt: 1 }));
      await tx.putDeadLetters(letters);
      const known = await tx.deadLetters({ limit: 99 });
      if (known.length > 0) await tx.setDeadLetterState([known[next(known.length)]?.id ?? ''], STATES[next(4)] as DeadLetter['state']);
      await tx.resolveDeadLetters([{ ref: { crm: 'hubspot', object: 'contact', id: String(next(9)) }, fields: ['f'] }]);
      if (next(5) === 0) throw new RangeError('rolled back');
    })
    .catch((error: unknown) => {
      if (!(error instanceof RangeError)) throw error;
    });
  if (next(8) === 0) await store.forget([somebody()], []);
}

describe('counters', () => {
  it.each([1, 20261122, 777])('equal a recount after any operations (seed %i)', async (seed) => {
    const store = await openStore('sqlite::memory:');
    const next = random(seed);
    for (let n = 0; n < 120; n += 1) {
      await step(store, next);
      if (n % 10 !== 9) continue;
      const counted = await recount(store);
      expect(await store.countPeople()).toBe(counted.people);
      expect(await store.parity()).toEqual(counted.parity);
      const letters = await store.deadLetters({ limit: 999 });
      for (const state of STATES) expect(await store.countDeadLetters(state)).toBe(letters.filter((letter) => letter.state === state).length);
    }
    await store.close();
  });
});

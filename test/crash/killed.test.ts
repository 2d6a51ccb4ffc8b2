import { differences } from '../support/crashCompare';
import { concordSync, type Ended, type Kill } from '../support/crashKill';
import { seeded } from '../support/crashRandom';
import { buildRig, copyOf, isWrite, LOCK_MS, PATIENCE_MS, type Rig } from '../support/crashRig';
import type { WorldState } from '../support/crashCompare';

/* W7 with real processes: `concord sync` is killed with -9 while it works, started again a minute later, and leaves the world as if nothing had happened. */

describe('concord sync, killed with -9', () => {
  let rig: Rig;
  let expected: WorldState;
  let whole: Ended;
  beforeAll(async () => {
    rig = await buildRig(5);
    const copy = await copyOf(rig);
    whole = await concordSync(copy, null);
    await copy.settle(2);
    expected = await copy.state();
    await copy.close();
  });
  afterAll(() => rig.close());

  test('undisturbed it writes to both CRMs and ends with 0', () => {
    expect(whole.errors).toBe('');
    expect(whole).toMatchObject({ code: 0, summary: { status: 'ok' } });
    expect(whole.calls.filter(isWrite).length).toBeGreaterThan(5);
    expect(expected.doubles).toEqual([]);
  });

  /** Around the writing calls, then a little after calls of any kind: in the middle of a commit, of a decision, of a request's way. */
  function kills(): Kill[] {
    const random = seeded(5);
    const writes = random.shuffle(whole.calls.flatMap((name, call) => (isWrite(name) ? [call] : [])));
    const around = writes.slice(0, 8).map((call, index): Kill => ({ call, when: index % 2 === 0 ? 'before' : 'after' }));
    const later = Array.from({ length: 4 }, (): Kill => ({ call: random.below(whole.calls.length), when: { laterMs: random.below(12) } }));
    return [...around, ...later];
  }

  test.each(['before', 'after'] as const)('killed exactly at the call that leaves the notes, %s HubSpot has taken it: each is there once (F2, W7)', async (when) => {
    const call = whole.calls.findIndex((name) => /^POST .*\/notes\/batch\/create/.test(name));
    expect(whole.calls[call]).toBeDefined();
    const copy = await copyOf(rig);
    try {
      const died = await concordSync(copy, { call, when });
      expect({ signal: died.signal, last: died.calls.at(-1) }).toEqual({ signal: 'SIGKILL', last: whole.calls[call] });
      expect((await copy.loose()).intents).toBeGreaterThan(0);
      copy.clock.advance(LOCK_MS + 30_000);
      const next = await concordSync(copy, null);
      expect({ code: next.code, errors: next.errors }).toEqual({ code: 0, errors: '' });
      await copy.settle(2);
      const state = await copy.state();
      expect(state.doubles).toEqual([]);
      expect(differences(expected, state, PATIENCE_MS)).toEqual([]);
      expect((await copy.loose()).intents).toBe(0);
    } finally {
      await copy.close();
    }
  }, 120_000);

  test.each(Array.from({ length: 12 }, (_, index) => index))('kill %i: the next run finishes it, nothing lost and nothing twice (W7)', async (index) => {
    const kill = kills()[index] as Kill;
    const copy = await copyOf(rig);
    try {
      const died = await concordSync(copy, kill);
      // A kill that comes a little later may find the process at its end.
      if (typeof kill.when === 'string' || died.code !== 0) expect({ ...kill, code: died.code, signal: died.signal, errors: died.errors }).toEqual({ ...kill, code: null, signal: 'SIGKILL', errors: '' });
      // The dead process' own clock was ahead of the CRMs' by the time that it took.
      copy.clock.advance(LOCK_MS + 30_000);
      const next = await concordSync(copy, null);
      expect({ code: next.code, errors: next.errors }).toEqual({ code: 0, errors: '' });
      await copy.settle(2);
      expect(differences(expected, await copy.state(), PATIENCE_MS)).toEqual([]);
      expect((await copy.loose()).intents).toBe(0);
    } finally {
      await copy.close();
    }
  }, 120_000);
});

import { hookFetch, releaseFetch } from './crashDoom';
import { buildRig, crash, crashesOf, undisturbed, type Plan, type Rig, type Undisturbed } from './crashRig';

/** How many crashes one test holds: a failure names the few that it was. */
const PER_TEST = 10;

/**
 * W7 over one generated world: a run dies at `count` seeded points, around commits and sends before all, and what the next runs make of it is the world
 * that an undisturbed run leaves, with nothing made twice.
 */
export function describeCrashes(title: string, seed: number, count: number, plan: Plan): void {
  describe(`${title} (seed ${seed})`, () => {
    let rig: Rig;
    let expected: Undisturbed;
    beforeAll(async () => {
      hookFetch();
      rig = await buildRig(seed);
      expected = await undisturbed(rig, plan);
    }, 60_000);
    afterAll(() => {
      releaseFetch();
      rig.close();
    });

    test('undisturbed, the run writes in every way there is, and nothing twice', () => {
      const { summary, state, steps } = expected;
      expect(summary.status).toBe('ok');
      expect(summary.people.created).toBeGreaterThanOrEqual(5);
      expect(summary.consent.done).toBeGreaterThan(0);
      expect(summary.notes.sent).toBeGreaterThan(0);
      expect(summary.tasks.sent).toBeGreaterThan(0);
      expect(Math.min(summary.writes.hubspot.done, summary.writes.salesforce.done)).toBeGreaterThanOrEqual(15);
      expect(Object.keys(summary.transitions).length).toBeGreaterThanOrEqual(5);
      expect(state.doubles).toEqual([]);
      expect(steps.length).toBeGreaterThan(50);
    });

    for (let from = 0; from < count; from += PER_TEST) {
      test(`crashes ${from + 1} to ${Math.min(count, from + PER_TEST)}: the same world, no record created twice (W7)`, async () => {
        const failures: string[] = [];
        for (const each of crashesOf(expected.steps, seed, count).slice(from, from + PER_TEST)) {
          const found = await crash(rig, plan, expected, each);
          const step = expected.steps[each.at];
          if (found.length > 0) failures.push(`${each.when} step ${each.at} (${step?.name ?? ''}${each.again === undefined ? '' : `, and again at ${each.again}`}):\n    ${found.slice(0, 8).join('\n    ')}`);
        }
        expect(failures).toEqual([]);
      }, 240_000);
    }
  });
}

import type { RunningSandbox } from './server';
import { people } from './world/people';
import { Scene, type Prospect } from './world/scene';
import { hireStaff } from './world/staff';

const DAY = 86_400_000;
/** 9:00 in Mexico City, in milliseconds of the UTC day. */
const MORNING = 15 * 3_600_000;

/**
 * Fills both CRMs with a small company's people and their last year, unless somebody is in there already (then returns false). Everything is done by
 * the people and machines who would do it, in the order of its times, so that authors, histories and stamps are those of real CRMs. The sandbox's
 * clock stands where it stood before when this returns; either the whole world is there or nothing is.
 */
export function seedSampleWorld(sandbox: RunningSandbox): boolean {
  const { clock, database, hubspot, salesforce } = sandbox;
  const counts = salesforce.state.counts();
  if (hubspot.state.counts().contacts > 0 || (counts['Lead'] ?? 0) > 0 || (counts['Contact'] ?? 0) > 0) return false;

  const start = clock.now();
  const today = Math.floor(start / DAY) * DAY;
  const events = people
    .flatMap((person, index) => {
      const who: Prospect = { profile: person, hubspotId: null, leadIds: [], contactId: null, accountId: null, opportunityIds: [] };
      return person.story.map(([daysAgo, act], step) => ({ at: today - daysAgo * DAY + MORNING + ((index * 37) % 240 + step * 23) * 60_000, act, who }));
    })
    .sort((one, other) => one.at - other.at);

  let travelled = 0;
  const travelTo = (at: number): void => {
    const by = at - clock.now();
    clock.advance(by);
    travelled += by;
  };
  try {
    database.transaction(() => {
      travelTo((events[0]?.at ?? start) - 30 * DAY);
      const scene = new Scene(sandbox, hireStaff(sandbox));
      // What most orgs have switched on, and what tells who answered when.
      salesforce.state.trackHistory('Lead', ['Status', 'OwnerId']);
      for (const { at, act, who } of events) {
        travelTo(at);
        act(scene, who);
      }
    })();
  } finally {
    clock.advance(-travelled);
  }
  return true;
}

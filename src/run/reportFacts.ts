import { factsOf, FACTS_VERSION, ownersOf } from '../report/facts';
import type { CompiledAgreement } from '../agreement/compile';
import type { PersonFacts } from '../store/reportPort';
import type { Store } from '../store/port';
import { breathe } from './parts';
import { evidenceOfPeople } from './people';

const CHUNK = 200;
const BASIS = 'report_basis';

/**
 * Condenses the people on the reports’ queue anew, about `most` of them at most, and returns how many it did.
 * Reading and writing are one transaction each chunk: a change that comes meanwhile puts its person on the queue again.
 */
export async function refreshReports(store: Store, agreement: CompiledAgreement, fence: number | null, most = Number.POSITIVE_INFINITY): Promise<number> {
  const basis = `${FACTS_VERSION} ${agreement.hash}`;
  if ((await store.meta(BASIS)) !== basis) {
    await store.transaction(fence, async (tx) => {
      await tx.requeueReports();
      await tx.setMeta(BASIS, basis);
    });
  }
  let done = 0;
  while (done < most) {
    if ((await store.reportQueue(1)).length === 0) break;
    done += await store.transaction(fence, async (tx) => {
      const ids = await tx.reportQueue(CHUNK);
      const rows = await tx.people(ids);
      const [transitions, handoffs, known, evidence] = [await tx.transitionsOfPeople(ids), await tx.handoffsOfPeople(ids), await tx.reportFacts(ids), await evidenceOfPeople(tx, rows)];
      const of = <T>(list: T[], key: (item: T) => string): Map<string, T[]> => {
        const groups = new Map<string, T[]>();
        for (const item of list) {
          const group = groups.get(key(item));
          if (group === undefined) groups.set(key(item), [item]);
          else group.push(item);
        }
        return groups;
      };
      const mine = { transitions: of(transitions, (each) => each.personId), handoffs: of(handoffs, (each) => each.personId), episodes: of(known.episodes, (each) => each.person_id), touches: of(known.touches, (each) => each.person_id) };
      const owners = new Map<string, string>();
      const facts = new Map(ids.map((id): [string, PersonFacts] => [id, { personId: id, episodes: [], deals: [], touches: [] }]));
      for (const person of rows) {
        const theirs = evidence.get(person.id);
        const moved = mine.transitions.get(person.id) ?? [];
        if (theirs === undefined) continue;
        if (person.state === null && moved.length > 0) {
          facts.set(person.id, { personId: person.id, episodes: [], deals: [], touches: [], keep: true });
          continue;
        }
        for (const [id, name] of ownersOf(theirs)) owners.set(id, name);
        facts.set(person.id, factsOf(agreement, { person, transitions: moved, handoffs: mine.handoffs.get(person.id) ?? [], evidence: theirs, known: { episodes: mine.episodes.get(person.id) ?? [], touches: mine.touches.get(person.id) ?? [] } }));
      }
      await tx.putReportFacts([...facts.values()], owners);
      return ids.length;
    }, 'soon');
    await breathe();
  }
  return done;
}

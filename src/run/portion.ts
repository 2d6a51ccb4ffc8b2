import { createHash } from 'node:crypto';
import { ConcordError, EXIT } from '../domain/problem';
import type { PersonRow, StoreReader, StoreTransaction } from '../store/port';

/*
 * L7: adoption can go out in portions. Every person has a place from 0 to 100 that never changes; those below the portion are governed, the others wait,
 * unwritten, until a person lets the next portion go. Who is governed already stays so, wherever a merge puts them.
 */

export interface Portion {
  /** Percent of the people that earlier runs have adopted; 0 before the first. */
  was: number;
  /** Percent that this run governs; 100: everyone. */
  now: number;
}

export const EVERYONE = 100;
const META = 'adoption_portion';

/** Where a person stands: 0 to below 100, evenly spread. */
export function placeOf(personId: string): number {
  return (createHash('sha256').update(personId).digest().readUInt32BE(0) / 2 ** 32) * EVERYONE;
}

type Placed = Pick<PersonRow, 'id' | 'state'>;

/** Not adopted yet, and not to be adopted by this run. */
export function isAwaiting(portion: Portion | undefined, person: Placed): boolean {
  return portion !== undefined && person.state === null && portion.now < EVERYONE && placeOf(person.id) >= portion.now;
}

/** This run is the person's first, and finds them as the CRMs left them: nothing starts a clock, a note or a task. */
export function isAdopted(portion: Portion | undefined, person: Placed): boolean {
  return portion !== undefined && person.state === null && portion.was < EVERYONE && placeOf(person.id) >= portion.was;
}

/** How far adoption has gone. Null: nobody is adopted yet. */
export async function adoptedPortion(store: Pick<StoreReader, 'meta'>): Promise<number | null> {
  if ((await store.meta('adopted')) === null) return null;
  return Number((await store.meta(META)) ?? EVERYONE);
}

/** What a run governs when `asked` percent are asked for. Throws ConcordError `portion` (exit 2) when that would be fewer than are governed already. */
export async function portionOf(store: Pick<StoreReader, 'meta'>, asked: number | undefined): Promise<Portion> {
  const done = await adoptedPortion(store);
  if (asked !== undefined && done !== null && asked < done) {
    throw new ConcordError({
      code: 'portion',
      message: done === EVERYONE ? 'everyone is adopted already' : `${done} % of the people are adopted already: a portion only grows`,
      where: '--portion',
      remedy: done === EVERYONE ? 'Leave --portion out.' : `Give more than ${done}, or leave it out to go on with those.`,
      exit: EXIT.usage,
    });
  }
  return { was: done ?? 0, now: asked ?? done ?? EVERYONE };
}

/** With the settlement of a whole run. */
export async function notePortion(tx: StoreTransaction, portion: Portion): Promise<void> {
  if (portion.now !== portion.was) await tx.setMeta(META, portion.now === EVERYONE ? null : String(portion.now));
}

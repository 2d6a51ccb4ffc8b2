import type { CrmRecord } from '../domain/record';
import { refKey } from '../domain/record';
import type { ReadPage } from '../crm/port';

/*
 * Pages on their way from a CRM to the mirror. CRMs give them as they like (HubSpot 100 records, Salesforce 2,000); they are taken in portions of one
 * size: large enough that a commit, which goes to the disk and rewrites whole leaves of the indexes, serves many records, small enough that what is
 * made of them on the way is soon garbage again.
 */

export const PORTION = 500;

/** Joins and cuts an object's pages into portions of `size` records; the last one, with `readUpTo`, has what is left. */
export async function* portions(pages: AsyncIterable<ReadPage>, size: number = PORTION): AsyncGenerator<ReadPage> {
  let held: ReadPage | undefined;
  for await (const page of pages) {
    if (held !== undefined && held.object !== page.object) {
      yield held;
      held = undefined;
    }
    let rest: ReadPage = held === undefined ? page : { ...page, records: latest([...held.records, ...page.records]), problems: [...held.problems, ...page.problems] };
    while (rest.records.length > size) {
      yield { object: rest.object, records: rest.records.slice(0, size), problems: rest.problems };
      rest = { ...rest, records: rest.records.slice(size), problems: [] };
    }
    held = rest;
    // Nothing waits behind an object's last page.
    if (rest.records.length < size && rest.readUpTo === undefined) continue;
    yield rest;
    held = undefined;
  }
  if (held !== undefined) yield held;
}

/** A record that changed while it was read may stand on two pages: its latest reading is the one to take. */
function latest(records: CrmRecord[]): CrmRecord[] {
  const byKey = new Map<string, CrmRecord>();
  for (const record of records) {
    const known = byKey.get(refKey(record.ref));
    if (known === undefined || record.modifiedAt >= known.modifiedAt) byKey.set(refKey(record.ref), record);
  }
  return byKey.size === records.length ? records : [...byKey.values()];
}

/** What is asked for before it is wanted. */
export interface Ahead<T> extends AsyncIterable<T> {
  /** Ends the source, also when nobody has read it to its end; waits for what is under way. */
  close(): Promise<void>;
}

/** Asks at once, and then for one more than the consumer has taken, so that the CRM answers while Concord works. */
export function ahead<T>(source: AsyncIterable<T>): Ahead<T> {
  const iterator = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => {
    const next = iterator.next();
    // Its failure is met when it is awaited; a consumer that stops before then must not end the process.
    next.catch(() => undefined);
    return next;
  };
  let next = ask();
  return {
    async *[Symbol.asyncIterator]() {
      for (let got = await next; got.done !== true; got = await next) {
        next = ask();
        yield got.value;
      }
    },
    async close() {
      await iterator.return?.();
    },
  };
}

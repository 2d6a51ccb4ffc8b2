import type { CrmRecord } from '../domain/record';
import { refKey } from '../domain/record';
import type { ReadPage } from '../crm/port';

/*
 * Pages on their way from a CRM to the mirror. CRMs give them as small as they like (HubSpot 100 records, the end of a Bulk page a few); the store is
 * asked and written once for some hundreds of records, because each commit goes to the disk and rewrites whole leaves of its indexes.
 */

/** The fewest records that are taken at once while more come. */
export const TAKEN_AT_ONCE = 500;

/** Joins pages of one object until they hold `least` records. An object's last page (`readUpTo`) ends what is joined: nothing waits behind it. */
export async function* joined(pages: AsyncIterable<ReadPage>, least: number = TAKEN_AT_ONCE): AsyncGenerator<ReadPage> {
  let held: ReadPage | undefined;
  for await (const page of pages) {
    if (held !== undefined && held.object !== page.object) {
      yield held;
      held = undefined;
    }
    held = held === undefined ? page : { ...page, records: latest([...held.records, ...page.records]), problems: [...held.problems, ...page.problems] };
    if (held.records.length < least && held.readUpTo === undefined) continue;
    yield held;
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

/** Asks for one page more than the consumer has taken, so that the CRM answers while Concord works. */
export async function* oneAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => {
    const next = iterator.next();
    // Its failure is met when it is awaited; a consumer that stops before then must not end the process.
    next.catch(() => undefined);
    return next;
  };
  let next = ask();
  try {
    for (;;) {
      const got = await next;
      if (got.done === true) return;
      next = ask();
      yield got.value;
    }
  } finally {
    await iterator.return?.();
  }
}

import type { ReadPage } from '../../src/crm/port';
import type { CrmRecord, ObjectName } from '../../src/domain/record';
import { problem } from '../../src/domain/problem';
import { ahead, portions } from '../../src/run/pages';

function record(object: ObjectName, id: string, modifiedAt = 0): CrmRecord {
  return { ref: { crm: 'salesforce', object, id }, createdAt: 0, modifiedAt, fields: {}, emails: [], aliases: [], carries: {}, consent: {} };
}

function page(object: ObjectName, ids: string[], more: Partial<ReadPage> = {}): ReadPage {
  return { object, records: ids.map((id) => record(object, id)), problems: [], ...more };
}

async function* of<T>(items: T[]): AsyncGenerator<T> {
  yield* items;
}

async function all(pages: ReadPage[], size: number): Promise<string[]> {
  const out: string[] = [];
  for await (const each of portions(of(pages), size)) out.push(`${each.object} ${each.records.map(({ ref }) => ref.id).join('')}${each.problems.length > 0 ? ` !${each.problems.length}` : ''}${each.readUpTo === undefined ? '' : ` up to ${each.readUpTo}`}`);
  return out;
}

test('small pages are joined, large ones cut; an object’s last portion is what is left, and alone says how far it was read', async () => {
  expect(await all([page('lead', ['a']), page('lead', ['b', 'c']), page('lead', ['d', 'e', 'f', 'g', 'h'], { readUpTo: 7 })], 3)).toEqual(['lead abc', 'lead def', 'lead gh up to 7']);
  expect(await all([page('lead', ['a', 'b', 'c', 'd', 'e', 'f'], { readUpTo: 7 })], 3)).toEqual(['lead abc', 'lead def up to 7']);
  expect(await all([page('lead', [], { readUpTo: 7 })], 3)).toEqual(['lead  up to 7']);
});

test('objects are not mixed, also when one ends without saying how far it was read', async () => {
  expect(await all([page('lead', ['a']), page('contact', ['b'], { readUpTo: 1 }), page('role', ['c'])], 3)).toEqual(['lead a', 'contact b up to 1', 'role c']);
});

test('every problem comes exactly once', async () => {
  const bad = problem('unreadable', 'salesforce');
  expect(await all([page('lead', ['a'], { problems: [bad] }), page('lead', ['b', 'c', 'd'], { problems: [bad], readUpTo: 1 })], 2)).toEqual(['lead ab !2', 'lead cd up to 1']);
});

test('of a record that stands on two pages the latest reading is taken', async () => {
  const [older, newer] = [record('lead', 'a', 1), record('lead', 'a', 2)];
  const joined: CrmRecord[] = [];
  for await (const each of portions(of([{ object: 'lead', records: [newer], problems: [] }, { object: 'lead', records: [older, record('lead', 'b')], problems: [], readUpTo: 3 }] satisfies ReadPage[]), 5)) joined.push(...each.records);
  expect(joined.map(({ ref, modifiedAt }) => [ref.id, modifiedAt])).toEqual([['a', 2], ['b', 0]]);
});

test('the first page is asked for before anybody takes it, and never more than one ahead', async () => {
  let asked = 0;
  async function* source(): AsyncGenerator<number> {
    for (;;) yield (asked += 1);
  }
  const pages = ahead(source());
  await new Promise(setImmediate);
  expect(asked).toBe(1);
  const iterator = pages[Symbol.asyncIterator]();
  await iterator.next();
  await new Promise(setImmediate);
  expect(asked).toBe(2);
  await pages.close();
});

test('a failure is met by whoever takes the page, and a source that nobody reads is ended', async () => {
  let isEnded = false;
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error('lost');
  }
  async function* unread(): AsyncGenerator<number> {
    try {
      yield 1;
      yield 2;
    } finally {
      isEnded = true;
    }
  }
  const seen: number[] = [];
  const take = async (): Promise<void> => {
    for await (const each of ahead(failing())) seen.push(each);
  };
  await expect(take()).rejects.toThrow('lost');
  expect(seen).toEqual([1]);

  await ahead(unread()).close();
  expect(isEnded).toBe(true);
});

import type { ReadPage } from '../../../src/crm/port';
import { composite, error, query, scriptedOrg, type Reply, type ScriptedOrg, type Sent } from './scripted';

/* Tasks that somebody closed: a part of the composite call that reads what changed. */

let org: ScriptedOrg;
afterEach(() => org.close());

const SINCE = Date.UTC(2026, 10, 22);
const id = (n: number): string => `00T00000000${String(n).padStart(4, '0')}AAA`;
const LEAD = '00Q000000000001AAA';
const CONTACT = '003000000000001AAA';
const task = (n: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({ attributes: { type: 'Task' }, Id: id(n), WhoId: LEAD, CompletedDateTime: '2026-11-22T04:00:00.000+0000', SystemModstamp: '2026-11-22T04:17:39.000+0000', ...more });
const queries = (request: Sent | undefined): string[] => (request?.body as { compositeRequest: { url: string }[] }).compositeRequest.map((sub) => decodeURIComponent(sub.url));
const objects = ['lead', 'contact', 'opportunity', 'role'] as const;

async function read(task: number | null | undefined, reply: (request: Sent, at: number) => Reply): Promise<ReadPage[]> {
  org = await scriptedOrg(reply);
  const pages: ReadPage[] = [];
  const since = { ...Object.fromEntries(objects.map((object) => [object, SINCE])), ...(task === undefined ? {} : { task }) };
  for await (const page of org.port.read({ since, fields: {} })) if (page.object === 'task') pages.push(page);
  return pages;
}
const first = (rows: unknown[]): Reply => composite([query([]), query([]), query([]), query([]), query(rows)]);

test('one call reads the four objects and what was closed since, by the stamp, live tasks of somebody only', async () => {
  const pages = await read(SINCE, () => first([task(1), task(2, { WhoId: CONTACT })]));

  expect(org.sent).toHaveLength(1);
  expect(queries(org.sent[0])).toHaveLength(5);
  expect(queries(org.sent[0])[4]).toBe('/services/data/v67.0/query?q=SELECT Id, WhoId, CompletedDateTime, SystemModstamp FROM Task WHERE (SystemModstamp >= 2026-11-22T00:00:00Z) AND IsClosed = true AND WhoId != null ORDER BY SystemModstamp, Id LIMIT 2000');
  const at = Date.UTC(2026, 10, 22, 4);
  expect(pages).toMatchObject([{ records: [], closed: [{ on: { crm: 'salesforce', object: 'lead', id: LEAD }, at }, { on: { crm: 'salesforce', object: 'contact', id: CONTACT }, at }] }]);
  expect(pages[0]?.readUpTo).toBeDefined();
});

test('more than a page goes on by key', async () => {
  const many = Array.from({ length: 2000 }, (_, at) => task(at));
  const pages = await read(SINCE, (_request, at) => (at === 1 ? first(many) : { body: query([task(2001)]) }));

  expect(pages.map((page) => [page.closed?.length, page.readUpTo === undefined])).toEqual([[2000, true], [1, false]]);
  expect(org.sent[1]?.path).toContain(`WHERE (SystemModstamp > 2026-11-22T04:17:39Z OR (SystemModstamp = 2026-11-22T04:17:39Z AND Id > '${id(1999)}')) AND IsClosed = true`);
});

test('a page whose end cannot be read ends the read: nothing is taken as read', async () => {
  const many = [...Array.from({ length: 1999 }, (_, at) => task(at)), 'nonsense'];
  await expect(read(SINCE, () => first(many))).rejects.toMatchObject({ code: 'unreadable' });
});

test('at the first reading tasks of before are not read, only where they begin', async () => {
  const pages = await read(null, () => composite([query([]), query([]), query([]), query([])]));

  expect(queries(org.sent[0])).toHaveLength(4);
  expect(pages).toMatchObject([{ object: 'task', records: [], problems: [] }]);
  expect(pages[0]?.readUpTo).toBeDefined();
  await org.close();
  expect(await read(undefined, () => composite([query([]), query([]), query([]), query([])]))).toEqual([]);
});

test('a user who cannot see tasks reads the rest, and is told what to do', async () => {
  const refused = { refuse: 400, errors: [error('INVALID_TYPE', "sObject type 'Task' is not supported")] };
  const pages = await read(SINCE, () => composite([query([]), query([]), query([]), query([]), refused]));

  expect(pages).toMatchObject([{ problems: [{ code: 'no_permission', remedy: expect.stringContaining('sla.touch.tasks') }] }]);
  expect(pages[0]?.readUpTo).toBeDefined();
  expect(await org.port.closedTasks([], SINCE)).toEqual([]);
});

test('those of some records: closed after the moment, each with its own; what has none orders nothing (L5)', async () => {
  const at = (hour: number): string => `2026-11-22T0${hour}:00:00.000+0000`;
  org = await scriptedOrg(() => ({ body: query([task(1, { CompletedDateTime: at(1) }), task(2, { CompletedDateTime: at(3) }), task(3, { CompletedDateTime: null }), task(4, { CompletedDateTime: at(5), WhoId: CONTACT })]) }));

  const found = await org.port.closedTasks([LEAD, CONTACT, LEAD], Date.UTC(2026, 10, 22, 2, 0, 0, 500));

  expect(found).toEqual([{ on: { crm: 'salesforce', object: 'lead', id: LEAD }, at: Date.UTC(2026, 10, 22, 3) }, { on: { crm: 'salesforce', object: 'contact', id: CONTACT }, at: Date.UTC(2026, 10, 22, 5) }]);
  expect(org.sent.map((request) => request.path)).toEqual([`/services/data/v67.0/query?q=SELECT Id, WhoId, CompletedDateTime, SystemModstamp FROM Task WHERE WhoId IN ('${LEAD}','${CONTACT}') AND IsClosed = true AND SystemModstamp >= 2026-11-22T02:00:00Z`]);
});

test('1,000 records cost one call', async () => {
  org = await scriptedOrg(() => composite(Array.from({ length: 5 }, () => query([]))));

  await org.port.closedTasks(Array.from({ length: 1000 }, (_, n) => `00Q00000000${String(n).padStart(4, '0')}AAA`), SINCE);

  expect(org.sent).toHaveLength(1);
});

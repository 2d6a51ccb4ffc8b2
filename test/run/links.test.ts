import { agreementVersions, noteAgreement } from '../../src/run/agreements';
import { keepLinks, linksOf } from '../../src/run/links';
import { openStore } from '../../src/store';
import type { Store } from '../../src/store/port';

/* What a run leaves for the pages: where the CRMs show records, and since when which agreement is in force. */

let store: Store;
let fence: number;
beforeEach(async () => {
  store = await openStore('sqlite::memory:');
  const lock = await store.acquireLock('test', 0, 1_000_000);
  fence = lock.ok ? lock.fence : -1;
});
afterEach(() => store.close());

const at = (origin: string): Parameters<typeof keepLinks>[2] => ({ hubspot: { recordUrl: (object: string, id: string) => `${origin}/hs/${object}/${id}` }, salesforce: { recordUrl: (object: string, id: string) => `${origin}/sf/${object}/${id}/view` } }) as never;

test('the CRMs’ own addresses, as they were said last; ids are escaped; what has no page has no link', async () => {
  expect((await linksOf(store))({ crm: 'hubspot', object: 'contact', id: '1' })).toBeNull();
  await keepLinks(store, fence, at('https://old.example'));
  await keepLinks(store, fence, at('https://crm.example'));
  const link = await linksOf(store);
  expect(link({ crm: 'hubspot', object: 'contact', id: '512' })).toBe('https://crm.example/hs/contact/512');
  expect(link({ crm: 'salesforce', object: 'lead', id: '00Q"/x' })).toBe('https://crm.example/sf/lead/00Q%22%2Fx/view');
  expect(link({ crm: 'salesforce', object: 'role', id: '1' })).toBeNull();
  expect(link({ crm: 'hubspot', object: 'lead', id: '1' })).toBeNull();
});

test('an address that a browser would run is no link', async () => {
  await keepLinks(store, fence, at('javascript:alert(1)'));
  expect((await linksOf(store))({ crm: 'hubspot', object: 'contact', id: '1' })).toBeNull();
});

test('nothing is written while nothing has changed', async () => {
  await keepLinks(store, fence, at('https://crm.example'));
  // A fence that is no longer the current one could not write.
  await expect(keepLinks(store, fence + 7, at('https://crm.example'))).resolves.toBeUndefined();
  await expect(keepLinks(store, fence + 7, at('https://other.example'))).rejects.toMatchObject({ code: 'lock_lost' });
});

test('versions of the agreement, the newest first, each once while it lasts', async () => {
  const note = (hash: string, run: string): Promise<void> => store.transaction(null, (tx) => noteAgreement(tx, { hash, run, at: Number(run.slice(1)) }));
  expect(await agreementVersions(store)).toEqual([]);
  for (const [hash, run] of [['a', 'r1'], ['a', 'r2'], ['b', 'r3'], ['a', 'r4']] as const) await note(hash, run);
  expect((await agreementVersions(store)).map((each) => `${each.hash} ${each.run}`)).toEqual(['a r4', 'b r3', 'a r1']);
  for (let n = 5; n < 70; n += 1) await note(`v${n}`, `r${n}`);
  expect(await agreementVersions(store)).toHaveLength(50);
});

import type { ActsTest, Test } from '../../src/domain/report';
import { documentOf } from '../../src/report/formats';
import { REPORTS } from '../../src/report/make';
import { refreshReports } from '../../src/run/reportFacts';
import { reportOf } from '../../src/run/reports';
import type { Store } from '../../src/store/port';
import { agreementOf } from '../support/agreement';
import { storeOf, tell, type ToldPerson } from '../report/ledger';
import { describeWith, POSTGRES } from '../support/skips';
import { emptyStores, postgresDatabases, sqliteDatabases, type Databases } from './databases';

const agreement = agreementOf();
const NOW = Date.UTC(2026, 10, 16, 18);
const DAY = 86_400_000;
const ago = (days: number): number => NOW - days * DAY;

const ANA: ToldPerson = {
  id: 'p-ana',
  source: 'WEB',
  country: 'Mexico',
  passes: [
    { entries: { lead: ago(200), mql: ago(150) }, handed: ago(150), rejected: { at: ago(140), reason: 'no_budget', route: 'recycle', reasonAt: ago(139) }, owner: 'U1' },
    { entries: { mql: ago(60), sal: ago(58), sql: ago(50), opportunity: ago(50), customer: ago(20) }, handed: ago(60), accepted: ago(58), closed: { at: ago(20), as: 'won' }, owner: 'U1' },
  ],
  deals: [{ id: '006A', createdAt: ago(50), closeDate: '2026-10-27', won: true, amount: 1000.01, probability: 100, category: 'Closed' }],
  acts: { first: { at: ago(200), name: 'webinar' }, recent: { at: ago(61), name: 'demo', source: 'ADS' } },
};
const LEO: ToldPerson = { id: 'p-leo', source: 'ADS', passes: [{ entries: { mql: ago(10) }, handed: ago(10), owner: 'U2' }], deals: [{ id: '006B', createdAt: ago(5), closeDate: '2026-12-01', amount: 500, currency: 'EUR', probability: 50 }] };
const EVA: ToldPerson = { id: 'p-eva', passes: [{ entries: { lead: ago(40) } }], missing: ['country', 'company'] };

describe('facts and figures on SQLite', () => contract(sqliteDatabases()));
describeWith(POSTGRES, 'facts and figures on PostgreSQL', () => contract(postgresDatabases()));

function contract(databases: Databases): void {
  let store: Store;
  emptyStores(databases, (fresh) => (store = fresh));

  const count = async (where: Test): Promise<number> => (await store.reportGroups({ of: 'episodes', where, by: null, counts: { n: { all: [] } } }))[0]?.counts['n'] ?? 0;
  const fill = async (...people: ToldPerson[]): Promise<void> => {
    await tell(store, people);
    await refreshReports(store, agreement, null);
  };

  it('every report is the same document as from the other database', async () => {
    await fill(ANA, LEO, EVA);
    const other = await storeOf([ANA, LEO, EVA]);
    for (const { id, by } of REPORTS) {
      for (const dimension of [undefined, ...by]) expect(documentOf(await reportOf(store, agreement, NOW, id, { by: dimension }))).toEqual(documentOf(await reportOf(other, agreement, NOW, id, { by: dimension })));
    }
    await other.close();
  });

  it('a change puts its person on the queue in the same transaction; condensing takes them off', async () => {
    await fill(ANA, LEO);
    expect(await store.reportQueue(9)).toEqual([]);
    await tell(store, [LEO]);
    expect(await store.reportQueue(9)).toEqual(['p-leo']);
    await expect(
      store.transaction(null, async (tx) => {
        await tx.putPeople(await store.people(['p-ana']).catch(() => tx.people(['p-ana'])));
        throw new Error('undone');
      }),
    ).rejects.toThrow();
    expect(await store.reportQueue(9)).toEqual(['p-leo']);
    expect(await refreshReports(store, agreement, null)).toBe(1);
    expect(await store.reportQueue(9)).toEqual([]);
  });

  it('conditions: known, in, ranges, within, not of nothing, lists, bits', async () => {
    await fill(ANA, LEO, EVA);
    expect(await count({ all: [] })).toBe(4);
    expect(await count({ any: [] })).toBe(0);
    expect(await count({ column: 'source', known: false })).toBe(1);
    expect(await count({ column: 'source', in: ['WEB'] })).toBe(2);
    expect(await count({ column: 'mql_at', from: ago(60), before: ago(10) })).toBe(1);
    // Whoever has no answer has not answered in time either: not of an unknown comparison holds.
    expect(await count({ not: { column: 'accepted_at', within: 'mql_at', plus: 3 * DAY } })).toBe(3);
    expect(await count({ column: 'missing', from: 1 })).toBe(1);
  });

  it('acts that led to a deal: by source, name or either, of anybody concerned, up to its close day, as far back as asked, in the middle or anywhere', async () => {
    // Both concern 006A, closed on 27 October; Ana's acts are 200 and 61 days old, Bea's 70 and 15.
    const bea: ToldPerson = { id: 'p-bea', passes: [{ entries: { lead: ago(80) } }], deals: [{ id: '006A', createdAt: ago(50), closeDate: '2026-10-27', won: true, amount: 1000.01, primary: false }], acts: { first: { at: ago(70), name: 'fair' }, recent: { at: ago(15), name: 'upsell', source: 'EMAIL' } } };
    await fill(ANA, LEO, bea);
    const deals = async (acts: ActsTest): Promise<string[]> => {
      const { rows } = await store.reportBehind('deals', { all: [{ column: 'counting', in: [1] }, { acts }] }, null, 9);
      return rows.map((row) => row.opportunityId ?? '');
    };
    expect(await deals({})).toEqual(['006A']);
    expect(await deals({ of: { column: 'source', is: 'ADS' } })).toEqual(['006A']);
    expect(await deals({ of: { column: 'source', is: 'AD' } })).toEqual([]);
    expect(await deals({ of: { column: 'source', is: 'unknown' } })).toEqual(['006A']);
    expect(await deals({ of: { column: 'what', is: 'fair' }, middle: true })).toEqual(['006A']);
    // The first, the last, one after the close, one too long ago.
    for (const acts of [{ of: { column: 'name', is: 'webinar' }, middle: true }, { of: { column: 'name', is: 'demo' }, middle: true }, { of: { column: 'name', is: 'upsell' } }, { of: { column: 'name', is: 'webinar' }, within: 100 * DAY }] as const) expect(await deals(acts)).toEqual([]);
    await expect(store.reportBehind('episodes', { acts: {} }, null, 9)).rejects.toThrow(TypeError);
    await expect(count({ column: 'nonsense; drop table people', known: true })).rejects.toThrow('have no column');
  });

  it('pages of people behind a figure continue where they ended', async () => {
    await fill(ANA, LEO, EVA);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: Awaited<ReturnType<Store['reportBehind']>> = await store.reportBehind('episodes', { all: [] }, after, 1);
      seen.push(...page.rows.map((row) => `${row.personId} ${row.cycle}`));
      if (page.next === null) break;
      after = page.next;
    }
    expect(seen).toEqual(['p-ana 1', 'p-ana 2', 'p-eva 1', 'p-leo 1']);
  });

  it('I7: money counts once: for the primary role, then another, then the first by id', async () => {
    const shared = (id: string, primary: boolean): ToldPerson => ({ id, source: id, passes: [{ entries: { mql: ago(90) } }], deals: [{ id: '006S', createdAt: ago(50), closeDate: '2026-10-01', won: true, amount: 10, primary }] });
    await fill(shared('p-b', false), shared('p-c', true), shared('p-a', false));
    const carries = async (): Promise<string[]> => (await store.reportBehind('deals', { column: 'counting', in: [1] }, null, 9)).rows.map((row) => row.personId);
    expect(await carries()).toEqual(['p-c']);
    await store.transaction(null, (tx) => tx.deletePeople(['p-c']));
    expect(await carries()).toEqual(['p-a']);
  });

  it('I3: recorded acts go on with the survivor of a merge, and the loser has no facts', async () => {
    await fill(ANA, LEO);
    await store.transaction(null, async (tx) => {
      await tx.mergePeople('p-leo', ['p-ana']);
      await tx.deletePeople(['p-ana']);
    });
    expect(await store.reportQueue(9)).toEqual(['p-leo']);
    const facts = await store.reportFacts(['p-ana', 'p-leo']);
    expect(facts.touches.map((touch) => [touch.person_id, touch.name])).toEqual([['p-leo', 'webinar'], ['p-leo', 'demo']]);
    expect(facts.episodes.every((episode) => episode.person_id === 'p-leo')).toBe(true);
  });

  it('an act stays recorded when the CRM shows a newer one', async () => {
    await fill(ANA);
    await fill({ ...ANA, acts: { recent: { at: ago(2), name: 'event', source: 'REFERRALS' } } });
    expect((await store.reportFacts(['p-ana'])).touches.map((touch) => touch.name)).toEqual(['webinar', 'demo', 'event']);
  });

  it('forgetting keeps the figures and drops what leads back to the person', async () => {
    await fill(ANA, LEO);
    const before = documentOf(await reportOf(store, agreement, NOW, 'sources'));
    const funnel = documentOf(await reportOf(store, agreement, NOW, 'funnel', { by: 'source' }));
    await store.forget(['p-ana'], []);
    expect(documentOf(await reportOf(store, agreement, NOW, 'sources'))).toEqual(before);
    expect(documentOf(await reportOf(store, agreement, NOW, 'funnel', { by: 'source' }))).toEqual(funnel);
    const [deal] = (await store.reportBehind('deals', { column: 'won', in: [1] }, null, 9)).rows;
    expect(deal).toMatchObject({ hubspotId: null, salesforceId: null, opportunityId: expect.not.stringContaining('006A') });
    // Also when everybody is condensed anew.
    await store.transaction(null, (tx) => tx.requeueReports());
    expect(documentOf(await reportOf(store, agreement, NOW, 'sources'))).toEqual(before);
  });

  it('opportunities that concern nobody are found, those with people not', async () => {
    await fill(ANA);
    await store.transaction(null, async (tx) => {
      const [known] = await tx.records([{ crm: 'salesforce', object: 'opportunity', id: '006A' }]);
      if (known !== undefined) await tx.putRecords([{ ...known, ref: { ...known.ref, id: '006Z' } }]);
    });
    expect((await store.opportunitiesWithoutPeople(null, 9)).map((record) => record.ref.id)).toEqual(['006Z']);
  });
}

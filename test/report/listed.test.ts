import { problem } from '../../src/domain/problem';
import type { CrmName } from '../../src/domain/record';
import type { BehindRow } from '../../src/domain/report';
import { pageBehind, peopleBehind, REPORTS } from '../../src/report/make';
import type { Cell, Report } from '../../src/report/model';
import { reportOf } from '../../src/run/reports';
import type { Store, StoreTransaction } from '../../src/store/port';
import { agreed } from '../support/person';
import { storeOf, type ToldPerson } from './ledger';

/* “Any number can list the people behind it” (design.md section 11): every figure of every report in every division, but for those that are made of nobody. */

const NOW = Date.UTC(2026, 10, 16, 18);
const DAY = 86_400_000;
const ago = (days: number): number => NOW - days * DAY;

const agreement = agreed((settings) => {
  settings.goals = [
    { id: 'leads', label: { en: 'Leads' }, metric: 'mql', target: 40, from: '2026-10-01', to: '2026-12-31', owners: { marketing: 'Marta', sales: 'Saul' } },
    { id: 'money', label: { en: 'Money' }, metric: 'revenue', target: 9_000, from: '2026-10-01', to: '2026-12-31', owners: { marketing: 'Marta' } },
  ];
  settings.marketing = { mqls: 10, per: 'month', complete: 0.9, fields: ['country'] };
});

/** Figures that nobody is behind, as docs/reports.md says: what was agreed or defined, not counted. */
const MADE_OF_NOBODY: Record<string, readonly string[]> = {
  'sla marketing': ['owed'],
  'velocity standing': ['limit'],
  'goals goals': ['target', 'expected'],
  'alignment components': ['weight'],
};
/** Components of the score that are about the agreement, and one whose shortfall is nobody: leads that were never delivered. */
const isOfNobody = (report: string, section: string, row: string, column: string): boolean => MADE_OF_NOBODY[`${report} ${section}`]?.includes(column) === true || (section === 'components' && (['goals', 'review', 'single_source'].includes(row) || `${row}.${column}` === 'marketing_sla.gain'));

const PEOPLE: ToldPerson[] = Array.from({ length: 60 }, (_, n): ToldPerson => {
  const at = 400 - n * 6;
  const source = ['WEB', 'ADS', undefined][n % 3];
  const customer = n % 2 === 0 && n < 40;
  return {
    id: `p${String(n).padStart(2, '0')}`,
    ...(source === undefined ? {} : { source }),
    country: n % 4 === 0 ? 'Mexico' : 'Brazil',
    ...(n % 10 === 1 ? { missing: ['country'] } : {}),
    passes: [
      n % 7 === 3
        ? { entries: { lead: ago(at), mql: ago(at - 5) }, handed: ago(at - 5), owner: 'U1', rejected: { at: ago(at - 8), reason: n % 2 === 0 ? 'no_budget' : null, route: n % 2 === 0 ? 'recycle' : null } }
        : { entries: { lead: ago(at), mql: ago(at - 5), sal: ago(at - 7), sql: ago(at - 9), opportunity: ago(at - 12), ...(customer ? { customer: ago(at - 30) } : {}) }, handed: ago(at - 5), accepted: ago(at - 7), owner: 'U2', ...(n % 9 === 0 ? { adopted: true } : {}) },
    ],
    deals: n % 7 === 3 ? [] : [{ id: `006${n}`, createdAt: ago(at - 12), closeDate: new Date(customer ? ago(at - 30) : NOW + (n + 1) * DAY).toISOString().slice(0, 10), won: customer, ...(n % 5 === 1 ? {} : { amount: 100 + n }), probability: 40, category: ['Forecast', 'BestCase', 'Pipeline'][n % 3] as string }],
    acts: { first: { at: ago(at + 20), name: 'webinar' }, recent: { at: ago(at - 11), name: n % 2 === 0 ? 'demo' : 'fair', source: source ?? 'EMAIL' } },
  };
});
/** Concerned in others’ deals, so that some acts are neither first nor last. */
const GUESTS: ToldPerson[] = Array.from({ length: 6 }, (_, n): ToldPerson => ({ id: `q${n}`, passes: [{ entries: { lead: ago(390) } }], deals: [{ id: `006${n * 2}`, createdAt: ago(400 - n * 12 - 12), closeDate: new Date(ago(400 - n * 12 - 30)).toISOString().slice(0, 10), won: true, amount: 100 + n * 2, primary: false }], acts: { recent: { at: ago(400 - n * 12 - 2), name: 'fair', source: 'EVENT' } } }));

let store: Store;
beforeAll(async () => {
  store = await storeOf([...PEOPLE, ...GUESTS]);
  await store.transaction(null, async (tx) => tx.setMeta('review_at', String(ago(20))));
});
afterAll(() => store.close());

function* figuresOf(report: Report): Generator<{ id: string; cell: Cell; exempt: boolean }> {
  for (const section of report.sections)
    for (const row of section.rows)
      for (const column of section.columns) {
        const cell = row.cells[column.id];
        if (column.kind === 'text' || cell === undefined || cell.value === null) continue;
        yield { id: `${report.report}: ${section.id}.${row.id}.${column.id}`, cell, exempt: isOfNobody(report.report, section.id, row.id.split('@')[0] as string, column.id) };
      }
}

const REQUEST = { from: '2025-10-01', to: '2026-11-16' };

test.each(REPORTS.map(({ id, by, period }) => [id, by, period] as const))('%s: every number has its list, in every division', async (id, divisions, period) => {
  const request = period === 'past' ? REQUEST : {};
  let seen = 0;
  for (const by of [undefined, ...divisions]) {
    for (const { id: figure, cell, exempt } of figuresOf(await reportOf(store, agreement, NOW, id, { ...request, by }))) {
      seen += 1;
      expect({ figure, listed: cell.behind !== undefined }).toEqual({ figure, listed: !exempt });
      if (cell.behind === undefined) continue;
      const { rows } = await pageBehind(store, cell.behind, null, 1);
      // Nothing that counts somebody leads to an empty list.
      if (typeof cell.value === 'number' && cell.value > 0) expect({ figure, people: rows.length }).toEqual({ figure, people: 1 });
    }
  }
  expect(seen).toBeGreaterThan(0);
});

test('several lists are one, whatever the page: nobody is left out or told twice', async () => {
  const report = await reportOf(store, agreement, NOW, 'alignment', REQUEST);
  const cell = [...figuresOf(report)].find(({ id }) => id.endsWith('score.alignment.score'))?.cell as Cell;
  expect(Array.isArray(cell.behind)).toBe(true);
  const whole: string[] = [];
  for await (const page of peopleBehind(store, cell)) whole.push(...page.map((row) => `${row.personId} ${row.cycle}`));
  const small: string[] = [];
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof pageBehind>> = await pageBehind(store, cell.behind as NonNullable<Cell['behind']>, after, 7);
    expect(page.rows.length).toBeLessThanOrEqual(7);
    small.push(...page.rows.map((row) => `${row.personId} ${row.cycle}`));
    if (page.next === null) break;
    after = page.next;
  }
  expect(small).toEqual(whole);
  expect(whole.length).toBeGreaterThan(PEOPLE.length + GUESTS.length);
});

test('refused writes list the records they are about, opportunities without a person theirs (W5, I7)', async () => {
  const one = await storeOf([{ id: 'p', passes: [{ entries: { lead: ago(9) } }] }]);
  try {
    const letter = (crm: CrmName, object: string, recordId: string, personId: string | null): Parameters<StoreTransaction['putDeadLetters']>[0][number] => ({ crm, object, recordId, personId, field: null, value: null, problem: problem('invalid_option', crm), lastRun: 'r', lastTriedAt: NOW });
    await one.transaction(null, async (tx) => {
      await tx.putRun({ id: 'r', kind: 'sync', mode: 'apply', status: 'ok', startedAt: NOW, finishedAt: NOW, agreement: 'x', summary: null });
      await tx.putDeadLetters([letter('hubspot', 'contact', '512', 'p'), letter('salesforce', 'opportunity', '006Z', null)]);
    });
    const report = await reportOf(one, agreement, NOW, 'debt');
    const cell = [...figuresOf(report)].find(({ id }) => id.endsWith('debt.dead_letters.n'))?.cell;
    expect(cell).toMatchObject({ value: 2 });
    const found = new Map<string, BehindRow>();
    for (let after: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof pageBehind>> = await pageBehind(one, cell?.behind as NonNullable<Cell['behind']>, after, 1);
      for (const row of page.rows) found.set(row.personId, row);
      if (page.next === null) break;
      after = page.next;
    }
    expect([...found.values()].sort((a, b) => (a.personId < b.personId ? -1 : 1))).toEqual([expect.objectContaining({ personId: '', opportunityId: '006Z', salesforceId: null }), expect.objectContaining({ personId: 'p', hubspotId: '512', opportunityId: null })]);
  } finally {
    await one.close();
  }
});

test('what cannot be left out is not: a report about now takes no period, one about everybody no filters', async () => {
  for (const name of ['parity', 'goals', 'debt']) await expect(reportOf(store, agreement, NOW, name, { from: '2026-01-01' })).rejects.toMatchObject({ code: 'bad_usage', where: '--from, --to' });
  for (const name of ['parity', 'goals', 'alignment']) await expect(reportOf(store, agreement, NOW, name, { filters: { source: 'WEB' } })).rejects.toMatchObject({ code: 'bad_usage', where: expect.stringContaining('--source') });
});

test('S4: with a filter a part is not held against what was promised of everybody; data debt tells what it cannot divide', async () => {
  const sla = await reportOf(store, agreement, NOW, 'sla', { filters: { source: 'WEB' } });
  const marketing = sla.sections.find(({ id }) => id === 'marketing');
  expect(marketing?.rows.map((row) => row.id)).toEqual(['complete', 'promised-share']);
  expect(marketing?.notMeasured).toEqual([expect.stringContaining('filters')]);
  const [debt] = (await reportOf(store, agreement, NOW, 'debt', { filters: { source: 'WEB' } })).sections;
  expect(debt?.rows.map((row) => row.id)).not.toContain('held');
  expect(debt?.notMeasured).toHaveLength(1);
});

test('an empty world: every report in every division says that nothing was counted, and no share is made up', async () => {
  const empty = await storeOf([]);
  try {
    for (const { id, by } of REPORTS)
      for (const division of [undefined, ...by]) {
        const made = await reportOf(empty, agreement, NOW, id, { by: division });
        for (const { id: figure, cell } of figuresOf(made)) {
          // Targets and weights are agreed, not counted; two of three components are about the agreement.
          if (cell.hits !== undefined) expect({ figure, value: cell.value }).toEqual({ figure, value: null });
          expect(Number.isFinite(cell.value)).toBe(true);
        }
      }
  } finally {
    await empty.close();
  }
});

test('an open opportunity is overdue once the day of its close date is over, not at its noon', async () => {
  const HOUR = DAY / 24;
  // Noon of 16 November in Mexico City, and an opportunity that is to close on that day.
  const one = await storeOf([{ id: 'p', passes: [{ entries: { lead: ago(9) } }], deals: [{ id: '006X', createdAt: ago(5), closeDate: '2026-11-16', amount: 10 }] }]);
  try {
    const overdue = async (at: number): Promise<unknown> => (await reportOf(one, agreement, at, 'debt')).sections[0]?.rows.find((row) => row.id === 'open_overdue')?.cells['n']?.value;
    expect([await overdue(NOW + HOUR), await overdue(NOW + 12 * HOUR - 1), await overdue(NOW + 12 * HOUR)]).toEqual([0, 0, 1]);
  } finally {
    await one.close();
  }
});

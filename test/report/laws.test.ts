import fc from 'fast-check';
import { LADDER, type LadderStage, type Route } from '../../src/domain/stage';
import { definitionOf, figureId, peopleBehind, REPORTS } from '../../src/report/make';
import type { Cell, Report, Row } from '../../src/report/model';
import { inflowAt } from '../../src/report/reports/forecast';
import { MODELS, weightsOf } from '../../src/report/reports/attribution';
import { reportOf } from '../../src/run/reports';
import { agreementOf } from '../support/agreement';
import { storeOf, type Told, type ToldPerson } from './ledger';

/* Laws that hold of every ledger, whatever is in it. */

const agreement = agreementOf();
const NOW = Date.UTC(2026, 10, 16, 18);
const DAY = 86_400_000;
const START = NOW - 700 * DAY;

const REASONS: [string | null, Route | null][] = [['no_budget', 'recycle'], ['not_icp', 'disqualify'], ['duplicate', 'duplicate'], ['spam_test', 'disqualify'], ['other', 'unmapped'], [null, null], ['wrong_owner', 'reroute']];

/** A pass that begins at some day and goes on for some steps, then ends in some way. */
const pass: fc.Arbitrary<(from: number) => { told: Told; end: number }> = fc
  .record({ lags: fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 7 }), skip: fc.boolean(), reason: fc.constantFrom(...REASONS), rejects: fc.boolean(), after: fc.integer({ min: 0, max: 40 }), adopted: fc.boolean(), owner: fc.constantFrom(undefined, 'U1', 'U2') })
  .map(({ lags, skip, reason: [reason, route], rejects, after, adopted, owner }) => (from) => {
    const entries: Partial<Record<LadderStage, number>> = {};
    let at = from;
    lags.forEach((lag, index) => {
      at += lag * DAY;
      if (at < NOW) entries[LADDER[index] as LadderStage] = at;
    });
    const told: Told = { entries, ...(skip && entries.sal !== undefined ? { skipped: ['sal'] } : {}), ...(owner === undefined ? {} : { owner }) };
    if (entries.mql !== undefined) {
      told.handed = entries.mql;
      told.adopted = adopted;
      if (entries.sal !== undefined) told.accepted = entries.sal;
      const rejectedAt = at + after * DAY;
      if (rejects && rejectedAt < NOW && entries.opportunity === undefined) told.rejected = { at: rejectedAt, reason, route };
      at = Math.max(at, rejectedAt);
    }
    return { told, end: at };
  });

const people: fc.Arbitrary<ToldPerson[]> = fc.array(
  fc.record({ start: fc.integer({ min: 0, max: 690 }), passes: fc.array(pass, { minLength: 1, maxLength: 3 }), source: fc.constantFrom('WEB', 'ADS', '=cmd', undefined), amount: fc.option(fc.integer({ min: 0, max: 1_000_000 })), won: fc.boolean(), lag: fc.integer({ min: 1, max: 60 }) }),
  { minLength: 1, maxLength: 25 },
).map((list) =>
  list.map(({ start, passes, source, amount, won, lag }, index): ToldPerson => {
    let at = START + start * DAY;
    const told: Told[] = [];
    for (const make of passes) {
      if (at >= NOW) break;
      const { told: one, end } = make(at);
      if (Object.keys(one.entries).length === 0) break;
      told.push(one);
      // Only an answered pass is followed by another.
      if (one.rejected === undefined || one.rejected.route === 'reroute') break;
      at = end + DAY;
    }
    const dealAt = told.map((each) => each.entries.opportunity).find((each) => each !== undefined);
    const closes = dealAt === undefined ? 0 : Math.min(NOW, dealAt + lag * DAY);
    return {
      id: `p${String(index).padStart(3, '0')}`,
      ...(source === undefined ? {} : { source }),
      passes: told,
      ...(dealAt === undefined ? {} : { deals: [{ id: `006${index}`, createdAt: dealAt, closeDate: new Date(closes).toISOString().slice(0, 10), won, lost: !won, amount: amount === null ? null : amount / 100 }] }),
      acts: { first: { at: START + start * DAY, name: 'webinar' }, recent: { at: START + (start + 5) * DAY, name: 'demo', source: source ?? 'WEB' } },
    };
  }),
);

const REQUEST = { from: new Date(START).toISOString().slice(0, 10), to: '2026-11-16' };

async function over(list: ToldPerson[], check: (make: (name: string, request?: Record<string, string>) => Promise<Report>, count: (report: Report) => Promise<void>) => Promise<void>): Promise<void> {
  const store = await storeOf(list);
  try {
    await check(
      (name, request = {}) => reportOf(store, agreement, NOW, name, { ...(definitionOf(name).period === null ? {} : REQUEST), ...request }),
      async (report) => {
        for (const section of report.sections)
          for (const row of section.rows)
            for (const column of section.columns) {
              const cell = row.cells[column.id];
              if (cell?.behind === undefined || column.kind !== 'count') continue;
              let found = 0;
              for await (const page of peopleBehind(store, cell)) found += page.length;
              // Assists are told by act and listed by the deals they led to.
              if (column.id === 'assists') expect(found).toBe(row.cells['deals']?.value);
              else expect({ figure: figureId(section.id, row.id, column.id), found }).toEqual({ figure: figureId(section.id, row.id, column.id), found: cell.value });
            }
      },
    );
  } finally {
    await store.close();
  }
}

// Each world is a store with some hundred reports: few, and no search for a smaller one.
const RUNS = { numRuns: 8, endOnFailure: true };

test('every count has exactly its people behind it, in every report and division', async () => {
  await fc.assert(
    fc.asyncProperty(people, async (list) => {
      await over(list, async (make, count) => {
        for (const { id, by } of REPORTS) {
          await count(await make(id));
          for (const dimension of by) await count(await make(id, { by: dimension }));
        }
      });
    }),
    { numRuns: 2, endOnFailure: true },
  );
}, 120_000);

test('a median lists those it is the median of, an estimate everybody it watched; promised money lists its opportunities', async () => {
  await fc.assert(
    fc.asyncProperty(people, async (list) => {
      const store = await storeOf(list);
      try {
        const sizeOf = async (cell: Cell | undefined): Promise<number> => {
          let n = 0;
          for await (const page of peopleBehind(store, cell ?? { value: null })) n += page.length;
          return n;
        };
        const rowsOf = async (name: string, section: string): Promise<Row[]> => (await reportOf(store, agreement, NOW, name, REQUEST)).sections.find((each) => each.id === section)?.rows ?? [];
        const number = (row: Row, column: string): number => Number(row.cells[column]?.value ?? 0);
        let looked = 0;
        for (const row of await rowsOf('velocity', 'steps')) {
          const { median, km_median: estimated } = row.cells;
          if (median?.value !== null) expect(await sizeOf(median)).toBe(number(row, 'completed'));
          if (estimated?.value !== null) expect(await sizeOf(estimated)).toBe(number(row, 'completed') + number(row, 'open') + number(row, 'left'));
          looked += 1;
        }
        for (const row of await rowsOf('sla', 'sales')) if (row.cells['median']?.value !== null) expect(await sizeOf(row.cells['median'])).toBe(number(row, 'met') + number(row, 'missed'));
        for (const row of await rowsOf('velocity', 'cycle')) if (row.cells['median']?.value !== null) expect(await sizeOf(row.cells['median'])).toBe(number(row, 'won'));
        for (const row of await rowsOf('sources', 'customers')) if (row.id === 'total') expect(await sizeOf(row.cells['creating_revenue'])).toBe(number(row, 'creating'));
        expect(looked).toBeGreaterThan(0);
      } finally {
        await store.close();
      }
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

test('a cohort’s conversion is never over 100 %, and its parts add up; a flow’s ratio is told apart', async () => {
  await fc.assert(
    fc.asyncProperty(people, async (list) => {
      await over(list, async (make) => {
        const cohort = (await make('funnel')).sections.find((section) => section.id === 'cohort');
        for (const { cells } of cohort?.rows ?? []) {
          expect(Number(cells['rate']?.value ?? 0)).toBeLessThanOrEqual(1);
          expect(Number(cells['mature']?.value) + Number(cells['immature']?.value)).toBe(cells['entered']?.value);
          expect(Number(cells['reached']?.value)).toBeLessThanOrEqual(Number(cells['mature']?.value));
        }
      });
    }),
    RUNS,
  );
}, 60_000);

test('divided figures add up to the undivided one: by every dimension, and by month', async () => {
  await fc.assert(
    fc.asyncProperty(people, async (list) => {
      await over(list, async (make) => {
        const sum = (report: Report, section: string, column: string): number => (report.sections.find((each) => each.id === section)?.rows ?? []).reduce((total, row) => total + Number(row.cells[column]?.value ?? 0), 0);
        for (const [name, section, column] of [['rejections', 'acceptance', 'handed'], ['rejections', 'reasons', 'rejected'], ['funnel', 'flow', 'entries'], ['funnel', 'cohort', 'reached'], ['sla', 'sales', 'met'], ['sla', 'sales', 'overdue']] as const) {
          const whole = sum(await make(name), section, column);
          for (const by of ['source', 'owner', 'segment', 'month']) expect({ name, section, column, by, sum: sum(await make(name, { by }), section, column) }).toEqual({ name, section, column, by, sum: whole });
        }
        for (const [name, section, column] of [['velocity', 'steps', 'completed'], ['velocity', 'steps', 'open'], ['sources', 'customers', 'customers'], ['sources', 'customers', 'creating'], ['sources', 'customers', 'influenced'], ['sources', 'wins', 'bookings']] as const) {
          const whole = sum(await make(name), section, column);
          for (const by of ['month', 'week']) expect({ name, section, column, by, sum: sum(await make(name, { by }), section, column) }).toEqual({ name, section, column, by, sum: expect.closeTo(whole, 6) as number });
        }
      });
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 120_000);

test('every attribution model adds up to the money won, to the cent', async () => {
  await fc.assert(
    fc.asyncProperty(people, async (list) => {
      await over(list, async (make) => {
        for (const by of [undefined, 'campaign', 'week']) {
          const credit = (await make('attribution', by === undefined ? {} : { by })).sections.find((section) => section.id === 'credit');
          const rows = credit?.rows ?? [];
          const total = rows.find((row) => row.id === 'total');
          const won = list.flatMap((person) => person.deals ?? []).filter((deal) => deal.won === true).reduce((sum, deal) => sum + Math.round((deal.amount ?? 0) * 100), 0);
          for (const model of MODELS) {
            const cents = rows.filter((row) => row.id !== 'total').reduce((sum, row) => sum + Math.round(Number(row.cells[model]?.value) * 100), 0);
            expect({ model, cents }).toEqual({ model, cents: won });
            expect(Math.round(Number(total?.cells[model]?.value ?? 0) * 100)).toBe(won);
          }
        }
      });
    }),
    RUNS,
  );
}, 60_000);

test('parity: agreeing and disagreeing people are everybody, and the alignment’s components weigh 100', async () => {
  await fc.assert(
    fc.asyncProperty(people, async (list) => {
      const store = await storeOf(list);
      try {
        const parity = await store.parity();
        expect(parity.reduce((sum, row) => sum + row.people, 0)).toBe(list.length);
        const report = await reportOf(store, agreement, NOW, 'alignment', REQUEST);
        const weights = report.sections.find((section) => section.id === 'components')?.rows.reduce((sum, row) => sum + Number(row.cells['weight']?.value), 0);
        expect(weights).toBe(100);
      } finally {
        await store.close();
      }
    }),
    RUNS,
  );
}, 60_000);

describe('attribution’s weights (domain.md C2)', () => {
  const at = (...days: number[]): { at: number }[] => days.map((day) => ({ at: day * DAY }));
  const milestones = { lead: 10 * DAY, opportunity: 30 * DAY, close: 40 * DAY };
  const rounded = (weights: number[]): number[] => weights.map((weight) => Math.round(weight * 10_000) / 10_000);

  test('first, last, linear', () => {
    expect(weightsOf('first', at(1, 2, 3), milestones)).toEqual([1, 0, 0]);
    expect(weightsOf('last', at(1, 2, 3), milestones)).toEqual([0, 0, 1]);
    expect(rounded(weightsOf('linear', at(1, 2, 3, 4), milestones))).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test('U: 40 first, 40 lead creation, 20 over the rest; one touch all, two half each', () => {
    expect(rounded(weightsOf('u', at(1, 10, 20, 30), milestones))).toEqual([0.4, 0.4, 0.1, 0.1]);
    expect(weightsOf('u', at(5), milestones)).toEqual([1]);
    expect(weightsOf('u', at(5, 6), milestones)).toEqual([0.5, 0.5]);
    // The first touch made the lead too: its weights add.
    expect(rounded(weightsOf('u', at(10, 20, 30), milestones))).toEqual([0.8, 0.1, 0.1]);
  });

  test('W: 30 first, 30 lead, 30 opportunity, 10 over the rest; without a middle pro rata', () => {
    expect(rounded(weightsOf('w', at(1, 10, 20, 30), milestones))).toEqual([0.3, 0.3, 0.1, 0.3]);
    expect(rounded(weightsOf('w', at(1, 10, 30), milestones))).toEqual([0.3333, 0.3333, 0.3333]);
  });

  test('decay halves every seven days', () => {
    const [early = 0, late = 0] = weightsOf('decay', at(33, 40), milestones);
    expect(late / early).toBeCloseTo(2, 10);
  });

  test('always one in all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...MODELS), fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 }), fc.option(fc.integer({ min: 0, max: 40 })), (model, days, lead) => {
        const weights = weightsOf(model, at(...days.sort((a, b) => a - b)), { ...milestones, lead: lead === null ? null : lead * DAY });
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 10);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('the inflow model', () => {
  test('a steady world is forecast as it goes on', () => {
    // Ten leads a day for 500 days, one in ten buys after exactly 20 days for 100.00.
    const leads = [...Array(5000)].map((_, n) => ({ source: 'WEB', mql: n * (DAY / 10), customer: n % 10 === 0 ? n * (DAY / 10) + 20 * DAY : null, n: 1 }));
    const wins = leads.filter((lead) => lead.customer !== null).map((lead) => ({ source: 'WEB', at: lead.customer as number, cents: 10_000 }));
    const now = 500 * DAY;
    const [found] = inflowAt(leads, wins, now, { start: now, end: now + 30 * DAY }, 30 * DAY);
    expect(found?.rate).toBeCloseTo(0.1, 3);
    expect(found?.perMonth).toBeCloseTo(300, 0);
    // Thirty customers in thirty days.
    expect((found?.cents ?? 0) / 10_000).toBeGreaterThan(28);
    expect((found?.cents ?? 0) / 10_000).toBeLessThan(32);
  });

  test('what came later is not known: nothing of the future leaks into a backtest', () => {
    const leads = [{ source: 'WEB', mql: 0, customer: 5 * DAY, n: 1 }, { source: 'WEB', mql: 50 * DAY, customer: 60 * DAY, n: 1 }];
    const wins = [{ source: 'WEB', at: 5 * DAY, cents: 100 }, { source: 'WEB', at: 60 * DAY, cents: 999_999 }];
    const before = inflowAt(leads, wins, 40 * DAY, { start: 40 * DAY, end: 70 * DAY }, 30 * DAY);
    expect(before).toEqual(inflowAt(leads.slice(0, 1), wins.slice(0, 1), 40 * DAY, { start: 40 * DAY, end: 70 * DAY }, 30 * DAY));
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DateTime } from 'luxon';
import { readFunnel, type Funnel } from '../../scripts/replay/csv';
import type { CompiledAgreement } from '../../src/agreement/compile';
import type { Cell, Report } from '../../src/report/model';
import { reportOf } from '../../src/run/reports';
import { agreementOf } from '../support/agreement';
import { describeWith, type Need } from '../support/skips';
import { storeOf, type ToldPerson } from './ledger';

/*
 * Real funnels: the reports’ figures against the same figures computed from the files in another way: other parser, days instead of moments, textbook
 * formulas instead of queries.
 */

const ZONE = 'America/Sao_Paulo';
const DAY = 86_400_000;

function brazilian(): CompiledAgreement {
  return { ...agreementOf(), timeZone: ZONE };
}

/** Money that the files do not have, the same for both sides: by the lead's id, with cents. */
function amountOf(id: string): number {
  return ([...id].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 999_983, 7) + 1) / 100;
}

function peopleOf(funnel: Funnel): ToldPerson[] {
  const deals = new Map(funnel.deals.map((deal) => [deal.leadId, deal]));
  return funnel.leads.map((lead): ToldPerson => {
    const mql = DateTime.fromISO(lead.firstContact, { zone: ZONE }).set({ hour: 12 }).toMillis();
    const deal = deals.get(lead.id);
    const source = lead.origin === 'unknown' ? {} : { source: lead.origin };
    if (deal === undefined) return { id: lead.id, ...source, passes: [{ entries: { mql }, handed: mql }] };
    // A deal dated before its lead's first contact is one of that day.
    const won = Math.max(mql, DateTime.fromSQL(deal.wonAt, { zone: ZONE }).toMillis());
    return {
      id: lead.id,
      ...source,
      passes: [{ entries: { mql, sal: won, sql: won, opportunity: won, customer: won }, skipped: ['sal', 'sql', 'opportunity'], handed: mql, accepted: won, closed: { at: won, as: 'won' } }],
      deals: [{ id: `D${lead.id}`, createdAt: mql, closeDate: DateTime.fromMillis(won, { zone: ZONE }).toISODate() ?? '', won: true, amount: amountOf(lead.id) }],
    };
  });
}

// --- the other way: from the files' text alone

interface Line {
  origin: string;
  /** Milliseconds since the epoch as if the file's local times were UTC, shifted to Brasília by the rules of those years. */
  first: number;
  won: number | null;
  id: string;
}

/** Brasília in those years: UTC-3, UTC-2 in summer time. */
function brasilia(text: string): number {
  const utc = Date.parse(`${text.replace(' ', 'T')}Z`);
  const summer = (from: string, to: string): boolean => utc >= Date.parse(from) && utc < Date.parse(to);
  const inSummer = summer('2016-10-16T00:00Z', '2017-02-19T00:00Z') || summer('2017-10-15T00:00Z', '2018-02-18T00:00Z') || summer('2018-11-04T00:00Z', '2019-02-17T00:00Z');
  return utc + (inSummer ? 2 : 3) * 3_600_000;
}

function linesOf(folder: string): Line[] {
  const tables = readdirSync(folder).filter((name) => name.endsWith('.csv')).map((name) => readFileSync(join(folder, name), 'utf8').replace(/"[^"]*"/g, '').trim().split(/\r?\n/).map((line) => line.split(',')));
  const column = (table: string[][], name: string): number => table[0]?.indexOf(name) ?? -1;
  const deals = tables.find((table) => column(table, 'won_date') >= 0) ?? [];
  const leads = tables.find((table) => column(table, 'first_contact_date') >= 0) ?? [];
  const won = new Map(deals.slice(1).map((row) => [row[0] ?? '', row[column(deals, 'won_date')] ?? '']));
  return leads.slice(1).map((row) => {
    const id = row[0] ?? '';
    const first = brasilia(`${row[column(leads, 'first_contact_date')] ?? ''} 12:00:00`);
    const origin = row[column(leads, 'origin')] ?? '';
    const deal = won.get(id);
    return { id, origin: origin === '' ? 'unknown' : origin, first, won: deal === undefined ? null : Math.max(first, brasilia(deal)) };
  });
}

/** The p-th value of the sorted list: the smallest with at least the share p at or below it. */
function nearestRank(values: number[], p: number): number {
  return values.filter((value) => values.filter((other) => other <= value).length >= p * values.length).reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

/** Kaplan–Meier by its product formula. */
function survivalTime(lines: { took: number; arrived: boolean }[], p: number): number {
  let survival = 1;
  for (const time of [...new Set(lines.filter((line) => line.arrived).map((line) => line.took))].sort((a, b) => a - b)) {
    const atRisk = lines.filter((line) => line.took >= time).length;
    survival *= (atRisk - lines.filter((line) => line.arrived && line.took === time).length) / atRisk;
    if (survival <= 1 - p + 1e-12) return time;
  }
  return Number.NaN;
}

function cell(report: Report, section: string, row: string, column: string): Cell | undefined {
  return report.sections.find((each) => each.id === section)?.rows.find((each) => each.id === row)?.cells[column];
}

async function agrees(folder: string, expectedPeople: number): Promise<void> {
  const funnel = await readFunnel(folder);
  const lines = linesOf(folder);
  expect(lines).toHaveLength(expectedPeople);
  const agreement = brazilian();
  const now = Math.max(...lines.flatMap((line) => [line.first, line.won ?? 0])) + DAY;
  const store = await storeOf(peopleOf(funnel));
  try {
    const request = { from: '2017-01-01', to: '2018-12-31' };
    const customers = lines.filter((line) => line.won !== null);
    const lags = customers.map((line) => (line.won as number) - line.first);
    const window = Math.max(30 * DAY, nearestRank(lags, 0.9));
    const origins = [...new Set(lines.map((line) => line.origin))];

    // Cohorts and flow, by source.
    const report = await reportOf(store, agreement, now, 'funnel', { ...request, by: 'source' });
    for (const origin of origins) {
      const mine = lines.filter((line) => line.origin === origin);
      const mature = mine.filter((line) => line.first + window <= now);
      const reached = mature.filter((line) => line.won !== null && line.won - line.first <= window);
      expect(cell(report, 'cohort', `mql-customer@${origin}`, 'entered')?.value).toBe(mine.length);
      expect(cell(report, 'cohort', `mql-customer@${origin}`, 'mature')?.value).toBe(mature.length);
      expect(cell(report, 'cohort', `mql-customer@${origin}`, 'rate')).toMatchObject(mature.length === 0 ? { value: null } : { hits: reached.length, of: mature.length, value: reached.length / mature.length });
      expect(cell(report, 'flow', `customer@${origin}`, 'entries')?.value).toBe(mine.filter((line) => line.won !== null).length);
    }
    // Flow by month: local months of the files.
    const flow = await reportOf(store, agreement, now, 'funnel', { ...request, by: 'month' });
    const months = new Map<string, number>();
    for (const line of customers) {
      const month = new Date((line.won as number) - 3 * 3_600_000).toISOString().slice(0, 7);
      months.set(month, (months.get(month) ?? 0) + 1);
    }
    for (const [month, n] of months) expect({ month, n: cell(flow, 'flow', `customer@${month}`, 'entries')?.value }).toEqual({ month, n });

    // Velocity: arrived, and with the open ones.
    const velocity = await reportOf(store, agreement, now, 'velocity', request);
    const days = (column: string): number => Math.round(Number(cell(velocity, 'steps', 'mql-customer', column)?.value) * DAY);
    expect(cell(velocity, 'steps', 'mql-customer', 'completed')?.value).toBe(customers.length);
    expect(cell(velocity, 'steps', 'mql-customer', 'open')?.value).toBe(lines.length - customers.length);
    expect(days('median')).toBe(nearestRank(lags, 0.5));
    if (lags.length >= 20) expect([days('p75'), days('p90')]).toEqual([nearestRank(lags, 0.75), nearestRank(lags, 0.9)]);
    else expect(cell(velocity, 'steps', 'mql-customer', 'p90')?.value).toBeNull();
    const watched = lines.map((line) => ({ took: (line.won ?? now) - line.first, arrived: line.won !== null }));
    // Fewer than half ever arrive: no median can be told, and none is made up.
    expect(survivalTime(watched, 0.5)).toBeNaN();
    expect(cell(velocity, 'steps', 'mql-customer', 'km_median')).toMatchObject({ value: null });

    // Customers and money by source; each source adds up to the cent.
    const sources = await reportOf(store, agreement, now, 'sources', request);
    for (const origin of origins) {
      const mine = customers.filter((line) => line.origin === origin);
      if (mine.length === 0) continue;
      expect({ origin, n: cell(sources, 'customers', origin, 'customers')?.value }).toEqual({ origin, n: mine.length });
      expect(Math.round(Number(cell(sources, 'customers', origin, 'first_revenue')?.value) * 100)).toBe(mine.reduce((sum, line) => sum + Math.round(amountOf(line.id) * 100), 0));
    }
    expect(cell(sources, 'customers', 'total', 'customers')?.value).toBe(customers.length);
    expect(cell(sources, 'wins', 'closed', 'win_rate')).toMatchObject({ hits: customers.length, of: customers.length });

    // Acceptance: whoever bought was accepted; the rest are pending.
    const answers = await reportOf(store, agreement, now, 'rejections', request);
    expect(cell(answers, 'acceptance', 'handed', 'rate')).toMatchObject({ hits: customers.length, of: lines.length });
    expect(cell(answers, 'acceptance', 'handed', 'pending')?.value).toBe(lines.length - customers.length);
  } finally {
    await store.close();
  }
}

test('a made-up funnel: figures equal those computed from the files', async () => {
  await agrees('test/replay/funnel', 60);
}, 60_000);

const OLIST: Need = {
  name: 'the Olist marketing funnel data set',
  remedy: 'set OLIST_DIR to its folder',
  find: () => [process.env['OLIST_DIR'], resolve('../shared/data/olist')].find((folder) => folder !== undefined && existsSync(folder)) ?? null,
};

/** The data set cannot be installed by a script: where it is missing the test is skipped loudly, in CI too. */
const required = process.env['CONCORD_TEST_REQUIRE'];
if (OLIST.find() === null) delete process.env['CONCORD_TEST_REQUIRE'];
describeWith(OLIST, 'real funnel: 8,000 leads and 842 deals of Olist', (folder) => {
  test('every figure equals the one computed from the files', async () => {
    await agrees(folder, 8000);
  }, 240_000);
});
if (required !== undefined) process.env['CONCORD_TEST_REQUIRE'] = required;

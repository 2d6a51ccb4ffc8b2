import type { CompiledAgreement } from '../../src/agreement/compile';
import { loadAgreement } from '../../src/agreement/load';
import type { Cell, Report } from '../../src/report/model';
import { levelOf } from '../../src/report/reports/alignment';
import { reportOf } from '../../src/run/reports';
import { readFileSync } from 'node:fs';
import { storeOf, type ToldPerson } from './ledger';

/* What both teams promised, and what is to come: goals, alignment, forecast (domain.md C2). Tuesday 2026-11-10, 10:00 in Mexico City. */

const NOW = Date.UTC(2026, 10, 10, 16);
const DAY = 86_400_000;
const ago = (days: number): number => NOW - days * DAY;

const SHIPPED = readFileSync('config/agreement.yaml', 'utf8');

function agreementWith(more: string): CompiledAgreement {
  return agreementOf(`${SHIPPED}\n${more}`);
}

function agreementOf(text: string): CompiledAgreement {
  const loaded = loadAgreement(text, 'test');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.agreement;
}

const GOALS = `
goals:
  - id: mqls
    label: { en: MQLs of November }
    metric: mql
    target: 20
    from: 2026-11-01
    to: 2026-11-30
    owners: { marketing: Marta, sales: Sergio }
    why: the plan
  - id: money
    label: { en: Money }
    metric: revenue
    target: 1000
    from: 2026-11-01
    to: 2026-11-30
    owners: { marketing: Marta }
`;

async function report(agreement: CompiledAgreement, people: ToldPerson[], name: string, request: Record<string, string> = {}): Promise<Report> {
  const store = await storeOf(people);
  try {
    return await reportOf(store, agreement, NOW, name, request);
  } finally {
    await store.close();
  }
}

function cell(from: Report, section: string, row: string, column: string): Cell | undefined {
  return from.sections.find((each) => each.id === section)?.rows.find((each) => each.id === row)?.cells[column];
}

const MQLS = [...Array(8)].map((_, n): ToldPerson => ({ id: `m${n}`, passes: [{ entries: { mql: ago(3) }, handed: ago(3) }] }));
const BUYER: ToldPerson = { id: 'b', passes: [{ entries: { mql: ago(90) }, handed: ago(90) }], deals: [{ id: '006', createdAt: ago(60), closeDate: '2026-11-05', won: true, amount: 250.5 }] };

describe('goals', () => {
  test('attainment and pace by working days; money in the company’s currency; what a goal lacks', async () => {
    const made = await report(agreementWith(GOALS), [...MQLS, BUYER], 'goals');
    expect(cell(made, 'goals', 'mqls', 'actual')?.value).toBe(8);
    expect(cell(made, 'goals', 'mqls', 'attainment')?.value).toBe(0.4);
    // November has 20 working days beside the holiday of the 16th: six are over and an hour of the seventh (9 to 18).
    expect(cell(made, 'goals', 'mqls', 'expected')?.value).toBe(Math.round(((20 * (6 + 1 / 9)) / 20) * 10) / 10);
    expect(cell(made, 'goals', 'mqls', 'state')?.value).toBe('on pace');
    expect(cell(made, 'goals', 'mqls', 'lacking')?.value).toBe('');
    expect(cell(made, 'goals', 'money', 'actual')?.value).toBe(250.5);
    expect(cell(made, 'goals', 'money', 'state')?.value).toBe('behind');
    expect(cell(made, 'goals', 'money', 'lacking')?.value).toBe('an owner in both teams; a reason (`why`)');
  });

  test('without goals nothing is made up', async () => {
    const made = await report(agreementWith(''), MQLS, 'goals');
    expect(made.sections[0]).toMatchObject({ rows: [], notMeasured: [expect.stringContaining('goals')] });
    const unpromised = agreementOf(SHIPPED.replace(/^marketing:\n(?: .*\n)+/m, ''));
    const marketing = (await report(unpromised, MQLS, 'sla')).sections.find((section) => section.id === 'marketing');
    expect(marketing?.notMeasured).toHaveLength(1);
    expect(marketing?.rows.map((row) => row.id)).toEqual(['complete']);
  });

  test('S4: the agreement’s own promise: complete MQLs of its month, paced by working time, and the share of complete ones', async () => {
    const november = (id: string, day: number, more: object = {}): ToldPerson => ({ id, passes: [{ entries: { mql: Date.UTC(2026, 10, day, 16) }, handed: Date.UTC(2026, 10, day, 16), ...more }] });
    const people = [november('a', 2), november('b', 9), november('c', 10, { lacks: ['phone'] }), november('adopted', 3, { adopted: true }), { ...november('october', 1), passes: [{ entries: { mql: Date.UTC(2026, 9, 31, 16) }, handed: Date.UTC(2026, 9, 31, 16) }] }];
    const promised = agreementOf(SHIPPED.replace(/^marketing:\n(?: .*\n)+/m, 'marketing: { mqls: 20, per: month, complete: 0.9 }\n'));
    const made = await report(promised, people, 'sla');
    // Six of November's twenty working days are over and an hour of the seventh (9 to 18).
    expect(cell(made, 'marketing', 'promised-mqls', 'delivered')?.value).toBe(2);
    expect(cell(made, 'marketing', 'promised-mqls', 'waiting')?.value).toBe(1);
    expect(cell(made, 'marketing', 'promised-mqls', 'owed')?.value).toBe(6.1);
    expect(Number(cell(made, 'marketing', 'promised-mqls', 'rate')?.value)).toBeCloseTo(2 / (6 + 1 / 9), 6);
    expect(cell(made, 'marketing', 'promised-share', 'rate')).toMatchObject({ hits: 2, of: 3 });
    expect(cell(made, 'marketing', 'promised-share', 'owed')?.value).toBe(2.7);
    expect(made.sections.find((section) => section.id === 'marketing')?.notMeasured).toEqual([]);
    // The same in the alignment score, where no goal counts MQLs; a goal goes before it.
    expect(Number(cell(await report(promised, people, 'alignment'), 'components', 'marketing_sla', 'score')?.value)).toBeCloseTo(2 / (6 + 1 / 9), 6);
    expect(cell(await report(agreementWith(GOALS), MQLS, 'alignment'), 'components', 'marketing_sla', 'score')?.value).toBe(1);
  });

  test('S4: delivery is measured against what the goal asks for by now, and completeness beside it', async () => {
    const lacking: ToldPerson = { id: 'x', passes: [{ entries: { lead: ago(3) } }], missing: ['country'] };
    const made = await report(agreementWith(GOALS), [...MQLS, lacking], 'sla');
    expect(cell(made, 'marketing', 'complete', 'rate')).toMatchObject({ hits: 8, of: 9 });
    expect(cell(made, 'marketing', 'goal-mqls', 'delivered')?.value).toBe(8);
    expect(Number(cell(made, 'marketing', 'goal-mqls', 'rate')?.value)).toBeCloseTo(8 / (6 + 1 / 9), 6);
  });
});

describe('alignment', () => {
  test('the four levels begin at 85, 65 and 40', () => {
    expect([100, 85, 84.9, 65, 64.9, 40, 39.9, 0].map(levelOf)).toEqual(['fully', 'fully', 'somewhat', 'somewhat', 'somewhat_mis', 'somewhat_mis', 'fully_mis', 'fully_mis']);
  });

  test('without a goal of both teams it is at most 64, whatever the rest; with one it is not', async () => {
    const answered = MQLS.map((person): ToldPerson => ({ ...person, passes: [{ entries: { mql: ago(3), sal: ago(3) + 60_000 }, handed: ago(3), accepted: ago(3) + 60_000 }] }));
    const single = GOALS.replace(', sales: Sergio', '');
    const capped = await report(agreementWith(single), answered, 'alignment');
    expect(cell(capped, 'score', 'alignment', 'score')?.value).toBe(64);
    expect(capped.sections[0]?.notes.join(' ')).toContain('Capped at 64');
    const free = await report(agreementWith(GOALS), answered, 'alignment');
    expect(Number(cell(free, 'score', 'alignment', 'score')?.value)).toBeGreaterThan(85);
    expect(cell(free, 'score', 'alignment', 'level')?.value).toBe('fully aligned');
    expect(free.sections[0]?.notes.join(' ')).toContain('What would raise it most: goals are owned by both teams');
    // What cannot be measured has no score, and weighs nothing.
    expect(cell(free, 'components', 'review', 'score')?.value).toBeNull();
    expect(free.sections[1]?.notMeasured).toHaveLength(3);
  });
});

describe('forecast', () => {
  const open = (id: string, more: object): NonNullable<ToldPerson['deals']>[number] => ({ id, createdAt: ago(30), closeDate: '2026-12-10', ...more });
  const PIPELINE: ToldPerson = {
    id: 'p',
    passes: [{ entries: { mql: ago(40) }, handed: ago(40) }],
    deals: [
      open('006A', { amount: 1000, probability: 40, category: 'Pipeline' }),
      open('006B', { amount: 500, probability: 90, category: 'Forecast' }),
      open('006C', { amount: 300, probability: 60, category: 'BestCase' }),
      open('006D', { amount: 9000, probability: 0, category: 'Omitted' }),
      open('006E', { amount: 200 }),
      open('006F', { amount: null, probability: 50 }),
      open('006G', { amount: 7777, probability: 50, closeDate: '2027-06-01' }),
      { id: '006H', createdAt: ago(30), closeDate: '2026-11-10', won: true, amount: 100 },
    ],
  };

  test('weighted by probability of 0 to 100; categories; what lacks an amount or a probability is said', async () => {
    const made = await report(agreementWith(''), [PIPELINE], 'forecast');
    expect(made.period).toEqual({ from: '2026-11-10', to: '2027-02-07' });
    expect(cell(made, 'pipeline', 'open', 'deals')?.value).toBe(6);
    expect(cell(made, 'pipeline', 'weighted', 'amount')?.value).toBe(1000 * 0.4 + 500 * 0.9 + 300 * 0.6);
    expect(cell(made, 'pipeline', 'commit', 'amount')?.value).toBe(100 + 500);
    expect(cell(made, 'pipeline', 'best_case', 'amount')?.value).toBe(100 + 500 + 300);
    expect(made.sections[0]?.notMeasured).toEqual([expect.stringContaining('1 deals have no amount'), expect.stringContaining('1 open deals have no probability')]);
  });

  test('the inflow’s backtest compares with what was won, and a world without customers forecasts nothing', async () => {
    const leads = [...Array(300)].map((_, n): ToldPerson => {
      const at = ago(600 - n * 2);
      const won = at + 10 * DAY;
      const bought = n % 5 === 0 && won < NOW;
      return { id: `l${String(n).padStart(3, '0')}`, source: 'WEB', passes: [{ entries: { mql: at, ...(bought ? { customer: won } : {}) }, handed: at }], ...(bought ? { deals: [{ id: `006${n}`, createdAt: at, closeDate: new Date(won).toISOString().slice(0, 10), won: true, amount: 100 }] } : {}) };
    });
    const made = await report(agreementWith(''), leads, 'forecast', { from: '2026-11-10', to: '2026-12-09' });
    // Fifteen leads a month, one in five buys for 100.
    expect(Number(cell(made, 'inflow', 'by@WEB', 'amount')?.value)).toBeGreaterThan(250);
    expect(Number(cell(made, 'inflow', 'by@WEB', 'amount')?.value)).toBeLessThan(350);
    expect(made.sections.find((section) => section.id === 'backtest')?.rows.map((row) => row.id)).toEqual(['back-4', 'back-3', 'back-2', 'back-1', 'bias', 'mape']);
    expect(Math.abs(Number(cell(made, 'backtest', 'bias', 'error')?.value))).toBeLessThan(0.2);
    const nobody = await report(agreementWith(''), MQLS, 'forecast');
    expect(nobody.sections.find((section) => section.id === 'inflow')).toMatchObject({ rows: [], notMeasured: [expect.stringMatching(/./)] });
  });
});

test('an immature pass is in no share, whether it arrived already or not', async () => {
  const early: ToldPerson = { id: 'e', passes: [{ entries: { mql: ago(3), sal: ago(2) }, handed: ago(3), accepted: ago(2) }] };
  const ripe: ToldPerson = { id: 'r', passes: [{ entries: { mql: ago(50) }, handed: ago(50) }] };
  const late: ToldPerson = { id: 's', passes: [{ entries: { mql: ago(80), sal: ago(40) }, handed: ago(80), accepted: ago(40), adopted: true }] };
  const made = await report(agreementWith(''), [early, ripe, late], 'funnel');
  expect(cell(made, 'cohort', 'mql-sal', 'entered')?.value).toBe(3);
  expect(cell(made, 'cohort', 'mql-sal', 'immature')?.value).toBe(1);
  // Forty days are beyond the window of thirty: reached, but not in time.
  expect(cell(made, 'cohort', 'mql-sal', 'rate')).toMatchObject({ hits: 0, of: 2, value: 0 });
});

test('texts follow the agreement’s language', async () => {
  const text = readFileSync('config/agreement.yaml', 'utf8');
  for (const [language, title] of [['es', 'Embudo'], ['pt-BR', 'Funil']] as const) {
    const loaded = loadAgreement(text.replace('language: en #', `language: ${language} #`), 'test');
    if (!loaded.ok) throw new Error('the agreement is wrong');
    expect((await report(loaded.agreement, MQLS, 'funnel')).title).toBe(title);
  }
});

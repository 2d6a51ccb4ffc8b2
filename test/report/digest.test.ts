import type { Language } from '../../src/agreement/schema';
import { LANGUAGES } from '../../src/agreement/schema';
import type { CompiledAgreement } from '../../src/agreement/compile';
import type { Digest, DigestCell, DigestFigure } from '../../src/domain/digest';
import { documentOf, htmlOf, markdownOf, textOf } from '../../src/report/digest/formats';
import { makeDigest, periodWished, weekOver } from '../../src/report/digest/make';
import type { Reviews } from '../../src/report/digest/making';
import { makeReport } from '../../src/report/make';
import { refreshReports } from '../../src/run/reportFacts';
import type { Store } from '../../src/store/port';
import { agreed } from '../support/person';
import { storeOf, type ToldPerson } from './ledger';

/* The digests (design.md sections 6 and 11): the reports' own figures, put together for both teams. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Monday 2026-11-23, 09:00 in Mexico City. */
const NOW = Date.UTC(2026, 10, 23, 15);
const TUESDAY = NOW - 6 * DAY;
const WEEK_BEFORE = TUESDAY - 7 * DAY;

const agreement = agreed((settings) => {
  settings.goals = [{ id: 'won', label: { en: 'New customers', es: 'Clientes nuevos' }, metric: 'customer', target: 40, from: '2026-10-01', to: '2026-12-31', owners: { marketing: 'Marta' } }];
});
const inLanguage = (language: Language): CompiledAgreement => agreed((settings) => {
  settings.company.language = language;
});

/** Two weeks: last week three handed over, of whom one waits; the week before two. `EVIL` would break any format that does not escape it. */
const EVIL = '<b>|*x*|</b> & <!channel> [a](http://evil.example) `code` "quoted"';
const PEOPLE: ToldPerson[] = [
  { id: 'p1', source: 'WEB', passes: [{ entries: { lead: TUESDAY - DAY, mql: TUESDAY, sal: TUESDAY + HOUR }, handed: TUESDAY, accepted: TUESDAY + HOUR, owner: 'U1' }] },
  { id: 'p2', source: EVIL, passes: [{ entries: { lead: TUESDAY - DAY, mql: TUESDAY }, handed: TUESDAY, rejected: { at: TUESDAY + 2 * HOUR, reason: 'no_budget', route: 'recycle' }, owner: 'U1' }] },
  { id: 'p3', source: 'ADS', passes: [{ entries: { lead: TUESDAY - DAY, mql: TUESDAY + HOUR }, handed: TUESDAY + HOUR, owner: 'U2' }] },
  { id: 'p4', source: 'ADS', passes: [{ entries: { lead: WEEK_BEFORE, mql: WEEK_BEFORE }, handed: WEEK_BEFORE, rejected: { at: WEEK_BEFORE + HOUR, reason: 'not_icp', route: 'disqualify' } }] },
  { id: 'p5', source: 'WEB', passes: [{ entries: { lead: WEEK_BEFORE, mql: WEEK_BEFORE, sal: WEEK_BEFORE, sql: WEEK_BEFORE, opportunity: WEEK_BEFORE, customer: TUESDAY }, handed: WEEK_BEFORE, accepted: WEEK_BEFORE }], deals: [{ id: '006W', createdAt: WEEK_BEFORE, closeDate: '2026-11-18', won: true, amount: 1234.5 }, { id: '006L', createdAt: WEEK_BEFORE, closeDate: '2026-11-18', lost: true, amount: 99 }] },
  { id: 'p6', passes: [{ entries: { lead: WEEK_BEFORE } }], missing: ['phone', 'country'] },
];

const NO_REVIEW: Reviews = { heldAt: null, settings: null, since: null };

let store: Store;
beforeAll(async () => {
  store = await storeOf(PEOPLE);
  await refreshReports(store, agreement, null);
});
afterAll(() => store.close());

const make = (name: 'weekly' | 'review', more: { period?: string; publicUrl?: string | null; reviews?: Reviews; under?: CompiledAgreement; now?: number } = {}): Promise<Digest> =>
  makeDigest(store, more.under ?? agreement, more.now ?? NOW, name, { period: more.period, publicUrl: more.publicUrl ?? null, reviews: more.reviews ?? NO_REVIEW });

const cellsOf = (digest: Digest): DigestCell[] => digest.points.flatMap((point) => point.tables.flatMap((table) => table.rows.flat()));
const pointOf = (digest: Digest, id: string): Digest['points'][number] => {
  const found = digest.points.find((point) => point.id === id);
  if (found === undefined) throw new Error(`no point ${id} among ${digest.points.map((point) => point.id).join(' ')}`);
  return found;
};
const tableOf = (digest: Digest, point: string, table: string): string[][] => pointOf(digest, point).tables.find((each) => each.id === table)?.rows.map((row) => row.map((cell) => cell.text)) ?? [];

async function valueInReport({ report, id, by, period }: DigestFigure): Promise<number | string | null> {
  if (report === 'parity') return (await store.parity()).reduce((sum, row) => sum + row[id.endsWith('.people') ? 'people' : 'disagree'], 0);
  const made = await makeReport(store, agreement, NOW, report, { ...(period ?? {}), ...(by === null ? {} : { by }) });
  const [section, ...rest] = id.split('.');
  const column = rest.pop();
  const cell = made.sections.find((each) => each.id === section)?.rows.find((row) => row.id === rest.join('.'))?.cells[column ?? ''];
  if (cell === undefined) throw new Error(`the report ${report} has no ${id}`);
  return cell.value;
}

test.each(['weekly', 'review'] as const)('%s: every figure is the report’s, to the unit (design 11)', async (name) => {
  const figures = cellsOf(await make(name)).flatMap((cell) => cell.figure ?? []);
  expect(figures.length).toBeGreaterThan(30);
  for (const figure of figures) expect([figure.report, figure.id, figure.value]).toEqual([figure.report, figure.id, await valueInReport(figure)]);
});

test('the week that is over beside the one before', async () => {
  const digest = await make('weekly');
  expect([digest.period, digest.before]).toEqual([{ from: '2026-11-16', to: '2026-11-22' }, { from: '2026-11-09', to: '2026-11-15' }]);
  expect(digest.points.map((point) => point.id)).toEqual(['attention', 'marketing', 'sales', 'rejections', 'sla', 'waiting', 'goals', 'alignment', 'data']);
  expect(tableOf(digest, 'marketing', 'marketing')).toContainEqual(['Handed over', '3', '2', '+1']);
  expect(tableOf(digest, 'sales', 'sales')).toEqual(expect.arrayContaining([['Accepted', '1', '1', '±0'], ['Pending', '1', '0', '+1'], ['Won', '1', '0', '+1'], ['Won amount', '1,234.50 USD', '0.00 USD', '+1,234.50 USD']]));
  // A share of three tells nothing of change: it stands with its interval, and without a difference.
  expect(tableOf(digest, 'sales', 'sales').find((row) => row[0] === 'Acceptance rate')).toEqual(['Acceptance rate', expect.stringMatching(/^33\.3 % \(.+\) \*$/), expect.stringMatching(/^50\.0 %/), '–']);
  expect(tableOf(digest, 'rejections', 'reasons')).toEqual([['No budget', '1', '0', '+1'], ['Outside our target profile', '0', '1', '−1']]);
  expect(tableOf(digest, 'sla', 'clocks').map((row) => row[0])).toEqual(['First touch', 'Accept or reject', 'Reason of a rejection', 'Book or recycle']);
  expect(tableOf(digest, 'goals', 'goals')).toEqual([['New customers', '2026-10-01 – 2026-12-31', 'Marta / –', '1', '40', expect.stringMatching(/^\d/), 'behind']]);
  expect(tableOf(digest, 'alignment', 'score')[0]?.[1]).toMatch(/aligned/);
  expect(tableOf(digest, 'data', 'parity')).toEqual([['People in scope', '6'], ['of them, the CRMs disagree on', '0']]);
});

test('what waits for a person comes first: overdue answers, debts, the review', async () => {
  const reviews = { ...NO_REVIEW, since: NOW - 50 * DAY };
  const late = await make('weekly', { reviews });
  expect(tableOf(late, 'attention', 'attention')).toEqual(expect.arrayContaining([['Answers overdue', '1', 'The owners answer, or hand the lead on.'], ['People who qualify but lack a field', '1', 'Fill the fields that concord_mql_missing names.']]));
  expect(pointOf(late, 'attention').lines).toEqual(['The joint review was due by Nov 15, 2026: it is overdue. None has been recorded yet.']);
  const calm = await make('weekly', { reviews: { heldAt: NOW - 7 * DAY, settings: null, since: NOW - 7 * DAY } });
  expect(pointOf(calm, 'attention').lines).toEqual(['The next joint review is due by Dec 28, 2026. The last one was held on Nov 16, 2026.']);

  const empty = await storeOf([]);
  try {
    const digest = await makeDigest(empty, agreement, NOW, 'weekly', { publicUrl: null, reviews: NO_REVIEW });
    expect(pointOf(digest, 'attention')).toMatchObject({ lines: ['Nothing waits for a person.'], tables: [] });
    expect(pointOf(digest, 'waiting').lines).toEqual(['Nobody waits for an answer.']);
  } finally {
    await empty.close();
  }
});

test('who waits longest: in business hours, by the record’s id, and with the dashboard’s address a link', async () => {
  const digest = await make('weekly', { publicUrl: 'https://concord.acme.example' });
  const [row] = pointOf(digest, 'waiting').tables[0]?.rows ?? [];
  // Tuesday 10:00 to Friday 18:00 is 35 hours of working time; Monday's holiday was the week before; Monday's work begins at nine.
  expect(row?.map((cell) => cell.text)).toEqual(['Hp3', '2026-11-17 10:00', '35.0', '2026-11-19 10:00', 'U2']);
  expect(row?.[0]?.url).toBe('https://concord.acme.example/people/p3');
  expect(pointOf(digest, 'rejections').links).toEqual([{ label: 'Report: Acceptance and rejection', url: 'https://concord.acme.example/reports/rejections?from=2026-11-16&to=2026-11-22' }]);
  const without = await make('weekly');
  expect(without.points.flatMap((point) => point.links)).toEqual([]);
  expect(cellsOf(without).filter((cell) => cell.url !== undefined)).toEqual([]);
});

describe('the pack for the joint review', () => {
  test('the agenda, each point with its numbers, decisions, and room to write', async () => {
    const digest = await make('review');
    expect(digest.period).toEqual({ from: '2026-10-13', to: '2026-11-23' });
    expect(digest.points.map((point) => point.id)).toEqual(['goals', 'alignment', 'strategy', 'terms', 'campaigns', 'challenges', 'wins', 'sla', 'data', 'decisions', 'notes', 'sign_off']);
    expect(tableOf(digest, 'wins', 'won')).toEqual([['006W', 'Nov 18, 2026', '(nobody)', 'WEB', '(unknown)', '1,234.50 USD']]);
    expect(tableOf(digest, 'wins', 'lost')).toEqual([['006L', 'Nov 18, 2026', '(nobody)', 'WEB', '(unknown)', '99.00 USD']]);
    expect(tableOf(digest, 'wins', 'wins_by_source')).toEqual([['WEB', '1', '1', expect.stringMatching(/^50\.0 %/), '1,234.50 USD']]);
    expect(pointOf(digest, 'terms').lines.join('\n')).toContain('Marketing qualified lead (MQL): score is at least 60 or hubspot.lifecyclestage is marketingqualifiedlead.');
    expect(pointOf(digest, 'terms').lines.join('\n')).toContain('Handed over only with: E-mail, Last name, Company, Country.');
    expect(pointOf(digest, 'decisions').lines).toEqual(expect.arrayContaining(['New customers: behind, 1 of 40. What changes until the end of its term?', expect.stringMatching(/^New customers lacks: .*owner/)]));
    expect(pointOf(digest, 'notes').blanks).toHaveLength(5);
    expect(pointOf(digest, 'sign_off').blanks).toEqual(['Marketing, date', 'Sales, date']);
    expect(pointOf(digest, 'sign_off').lines[0]).toContain(agreement.hash.slice(0, 12));
  });

  test('from the last review on, with what has changed in the agreement since; a key that a newer version brings is no change', async () => {
    const then = agreed((settings) => {
      settings.sla.answer = '3d';
      settings.rejection.reasons = settings.rejection.reasons.filter((reason) => reason.id !== 'language');
      settings.goals = agreement.settings.goals;
    });
    const { review_weeks: _left, ...reports } = then.settings.reports;
    const reviews: Reviews = { heldAt: NOW - 3 * DAY, settings: { ...then.settings, reports }, since: NOW - 3 * DAY };
    const digest = await make('review', { reviews });
    expect(digest.period).toEqual({ from: '2026-11-20', to: '2026-11-23' });
    expect(digest.before).toEqual({ from: '2026-11-16', to: '2026-11-19' });
    expect(pointOf(digest, 'terms').lines.at(-1)).toBe('Changed in the agreement since the last review (2):');
    expect(tableOf(digest, 'terms', 'changes')).toEqual([['rejection.reasons.language', '–', expect.stringContaining('Language we do not serve')], ['sla.answer', '3d', '2d']]);
    expect(pointOf(await make('review', { reviews: { ...reviews, settings: agreement.settings } }), 'terms').lines.at(-1)).toBe('The agreement is as it was at the last review.');
    expect(pointOf(await make('review'), 'terms').lines.at(-1)).toBe('No earlier review is recorded: what has changed since cannot be told.');
  });

  test('decisions: a reason against quality and a clock that is not kept, once there are enough cases', async () => {
    const many = (n: number): ToldPerson[] => Array.from({ length: n }, (_, index) => ({ id: `q${index}`, passes: [{ entries: { mql: TUESDAY }, handed: TUESDAY, ...(index % 2 === 0 ? { rejected: { at: TUESDAY + 5 * DAY, reason: 'not_icp', route: 'disqualify' as const } } : { accepted: TUESDAY + 5 * DAY }) }] }));
    const decided = async (n: number): Promise<string[]> => {
      const crowd = await storeOf(many(n));
      try {
        await refreshReports(crowd, agreement, null);
        return pointOf(await makeDigest(crowd, agreement, NOW, 'review', { publicUrl: null, reviews: NO_REVIEW }), 'decisions').lines;
      } finally {
        await crowd.close();
      }
    };
    expect(await decided(20)).toEqual(expect.arrayContaining(['“Outside our target profile” is the answer to 50.0 % of the decided handoffs (10): change what makes an MQL, or where that reason leads?', 'Accept or reject: kept in 0.0 % (20 cases). Change the deadline, who answers, or how leads are assigned?']));
    expect((await decided(18)).filter((line) => /decided handoffs|kept in/.test(line))).toEqual([]);
  });
});

describe('periods', () => {
  test.each([
    ['Monday, a minute past midnight', '2026-11-23T06:01:00Z', '2026-W47', '2026-11-16', '2026-11-22'],
    ['Sunday evening in Mexico, Monday in UTC', '2026-11-23T05:59:00Z', '2026-W46', '2026-11-09', '2026-11-15'],
    ['over the turn of the year: ISO weeks', '2027-01-05T12:00:00Z', '2026-W53', '2026-12-28', '2027-01-03'],
  ])('the week that is over: %s', (_name, at, week, from, to) => {
    expect(weekOver(Date.parse(at), 'America/Mexico_City')).toEqual({ week, from, to });
  });

  test('a wish: a week, or days', () => {
    expect(periodWished('2026-W47', NOW, agreement.timeZone)).toMatchObject({ from: '2026-11-16', to: '2026-11-22' });
    expect(periodWished('2026-11-02..2026-11-15', NOW, agreement.timeZone)).toMatchObject({ from: '2026-11-02', to: '2026-11-15' });
    for (const wrong of ['2026-W54', 'last week', '2026-11-02', '2026-02-30..2026-03-01', '2026-11-15..2026-11-02']) expect(() => periodWished(wrong, NOW, agreement.timeZone)).toThrow(expect.objectContaining({ code: 'bad_usage', where: '--period', exit: 2 }));
  });

  test('as many days before as the period has', async () => {
    const digest = await make('weekly', { period: '2026-11-02..2026-11-15' });
    expect(digest.before).toEqual({ from: '2026-10-19', to: '2026-11-01' });
    expect(digest.about[0]).toContain('compared with the 14 days before (');
  });

  test('one day is compared with the day before', async () => {
    const digest = await make('weekly', { period: '2026-11-17..2026-11-17' });
    expect(digest.before).toEqual({ from: '2026-11-16', to: '2026-11-16' });
    expect(digest.about[0]).toContain('compared with the day before (Nov 16, 2026).');
  });
});

describe('texts', () => {
  test.each(LANGUAGES)('in %s no blank stays unfilled, and nothing is undefined', async (language) => {
    for (const name of ['weekly', 'review'] as const) {
      const text = textOf(await make(name, { under: inLanguage(language), reviews: { heldAt: NOW - 50 * DAY, settings: agreement.settings, since: NOW - 50 * DAY } }));
      expect(text).not.toMatch(/\{\w+\}|undefined|null|NaN|\[object/);
    }
  });

  test('in the agreement’s language', async () => {
    const digest = await make('weekly', { under: inLanguage('es') });
    expect(digest.title).toBe('Acme: números semanales de marketing y ventas, 16 nov 2026 – 22 nov 2026');
    expect(pointOf(await make('review', { under: inLanguage('pt-BR') }), 'wins').title).toBe('Ganhos e perdas');
  });

  test('no address stands in it (design 6)', async () => {
    for (const name of ['weekly', 'review'] as const) for (const format of [textOf, htmlOf, markdownOf, (digest: Digest) => JSON.stringify(documentOf(digest))]) expect(format(await make(name, { publicUrl: 'https://c.example' }))).not.toMatch(/@example\.com/);
  });
});

describe('formats', () => {
  test('a source from a CRM is text everywhere', async () => {
    const digest = await make('review');
    expect(cellsOf(digest).some((cell) => cell.text === EVIL)).toBe(true);
    const html = htmlOf(digest);
    expect(html).not.toContain('<b>|');
    expect(html).toContain('&lt;b&gt;|*x*|&lt;/b&gt; &amp; &lt;!channel&gt;');
    const markdown = markdownOf(digest);
    expect(markdown).not.toContain('<b>');
    expect(markdown).not.toMatch(/(?<!\\)\[a\]\(/);
    const lines = markdown.split('\n');
    const bars = (line: string | undefined): number | undefined => line?.match(/(?<!\\)\|/g)?.length;
    for (const [at, line] of lines.entries()) if (line.includes('evil.example')) expect(bars(line)).toBe(bars(lines.slice(0, at).findLast((each) => each.startsWith('| ---'))));
  });

  test('HTML for mail: no style sheet, nothing loaded, headers for columns, layout tables say that they are none', async () => {
    const html = htmlOf(await make('review', { publicUrl: 'https://concord.acme.example' }));
    expect(html).not.toMatch(/<style|<script|<img|<link|class=|javascript:/);
    expect(html.match(/<h1/g)).toHaveLength(1);
    for (const table of html.match(/<table[^>]*>/g) ?? []) expect(/role="presentation"/.test(table) || /width="100%"/.test(table)).toBe(true);
    expect(html.match(/<th scope="col"/g)?.length).toBeGreaterThan(20);
    expect(html).toContain('<a href="https://concord.acme.example/people/p5" style="color:#0b57d0">006W</a>');
  });

  test('only web addresses become links', async () => {
    const digest = await make('weekly');
    digest.points[0]?.links.push({ label: 'bad', url: 'javascript:alert(1)' });
    expect(htmlOf(digest)).not.toContain('javascript:');
  });

  test('plain text: columns that stand under each other, numbers to the right', async () => {
    const lines = textOf(await make('weekly')).split('\n');
    const at = lines.findIndex((line) => line.startsWith('  What') && line.includes('Change'));
    expect(lines.slice(at, at + 6)).toEqual([
      expect.stringMatching(/^ {2}What +Nov 16 – Nov 22 +Nov 9 – Nov 15 +Change$/),
      expect.stringMatching(/^ {2}-+ {2}-+ {2}-+ {2}-+$/),
      ...[expect.stringMatching(/^ {2}Entries: Lead /), expect.stringMatching(/^ {2}Entries: Marketing/), expect.stringMatching(/^ {2}Handed over +3 +2 +\+1$/), expect.stringMatching(/^ {2}Complete at handover/)],
    ]);
    expect(new Set(lines.slice(at, at + 2).map((line) => line.length)).size).toBe(1);
  });
});

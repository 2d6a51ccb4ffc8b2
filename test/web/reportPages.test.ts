import { parse } from 'csv-parse/sync';
import { REPORTS } from '../../src/report/make';
import { tell, type ToldPerson } from '../report/ledger';
import { login, NOW, openWeb, VIEWER, wordsOf, type Agent, type Web } from './support';

/* The report pages: what they say, where their figures lead, and that they need no script. */

const DAY = 86_400_000;
const ago = (days: number): number => NOW - days * DAY;
const PEOPLE: ToldPerson[] = [
  { id: 'p-ana', source: '<script>alert(1)</script>', country: 'Mexico', passes: [{ entries: { lead: ago(40), mql: ago(20) }, handed: ago(20), owner: 'U1', rejected: { at: ago(18), reason: 'no_budget', route: 'recycle' } }] },
  ...Array.from({ length: 120 }, (_, n): ToldPerson => ({ id: `q${String(n).padStart(3, '0')}`, source: 'WEB', passes: [{ entries: { lead: ago(60), mql: ago(50), sal: ago(49) }, handed: ago(50), accepted: ago(49) }] })),
];

let web: Web;
let agent: Agent;
beforeAll(async () => {
  web = await openWeb({ publicUrl: 'http://127.0.0.1:8080' });
  await tell(web.store, PEOPLE);
  agent = await login(web, VIEWER);
});
afterAll(() => web.store.close());

const page = async (path: string, status = 200): Promise<string> => (await agent.get(path).expect(status)).text;
const unescaped = (text: string): string => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>');

test('every report is a page: as-of, population, definitions, tables with headers, a form that works by its address', async () => {
  const index = await page('/reports');
  for (const { id, by } of REPORTS) {
    expect(index).toContain(`href="/reports/${id}"`);
    for (const dimension of [undefined, ...by]) {
      const text = await page(`/reports/${id}${dimension === undefined ? '' : `?by=${dimension}`}`);
      expect(text.match(/<h1>/g)).toHaveLength(1);
      expect(wordsOf(text)).toMatch(/As of 2026-11-22 .*Counted: /);
      if (id !== 'parity' && id !== 'goals') expect(text).toContain(`<form class="filters" method="get" action="/reports/${id}">`);
      expect(text).not.toMatch(/ style=|<style|<script>| on\w+="/);
      expect(text).toMatch(/<table>[\s\S]*<th scope="col"|Nothing to count in this period/);
    }
  }
});

test('filters offer the values that people have, the most frequent first, owners by their names, without a script; no page waits for them', async () => {
  await web.store.transaction(null, (tx) => tx.putOwnerNames(new Map([['U1', 'Rita "R" Rep']])));
  web.parts.reports.refill();
  await web.parts.reports.filled();
  const offered = (text: string, dimension: string): string[] => [...(new RegExp(`<datalist id="known-${dimension}">(.*?)</datalist>`).exec(text)?.[1] ?? '').matchAll(/value="([^"]*)"/g)].map(([, value]) => unescaped(value ?? ''));
  const text = await page('/reports/rejections');
  expect(offered(text, 'source')).toEqual(['WEB', '<script>alert(1)</script>']);
  expect(offered(text, 'owner')).toEqual(['Rita "R" Rep']);
  expect(text).toMatch(/<input name="owner"[^>]* list="known-owner"/);
  // What is offered can be asked for.
  expect(wordsOf(await page(`/reports/rejections?owner=${encodeURIComponent('Rita "R" Rep')}`))).toMatch(/Handed over.* 1 /);
});

test('a figure leads to the people behind it, those to their pages; page by page, and whole as a file', async () => {
  const text = await page('/reports/funnel?source=WEB');
  const href = unescaped(/href="(\/reports\/funnel\/people\?[^"]*figure=cohort\.lead-mql\.entered)"/.exec(text)?.[1] ?? '');
  expect(href).toContain('source=WEB');
  const first = await page(href);
  expect(wordsOf(first)).toContain('120');
  const people = [...first.matchAll(/href="\/people\/(q\d+)"/g)].map((each) => each[1]);
  expect(people).toHaveLength(100);
  const next = unescaped(/rel="next" href="([^"]+)"|href="([^"]+)" rel="next"|class="button" rel="next" href="([^"]+)"/.exec(first)?.slice(1).find((each) => each !== undefined) ?? '');
  const second = await page(next);
  expect([...second.matchAll(/href="\/people\/(q\d+)"/g)]).toHaveLength(20);
  const file = await agent.get(`${href}&format=csv`).expect(200);
  expect(file.headers['content-disposition']).toContain('attachment');
  expect(parse(file.text, { columns: true })).toHaveLength(120);
});

test('week by week: the chart’s figures are those of its table, with words for whoever does not see it', async () => {
  const text = await page('/reports/sla');
  const [, label = '', data = ''] = /role="img" aria-label="([^"]+)" data-chart="([^"]+)"/.exec(text) ?? [];
  expect(label).toMatch(/table below/);
  const { labels, series, unit } = JSON.parse(unescaped(data)) as { labels: string[]; unit: string; series: { name: string; values: (number | null)[] }[] };
  expect(unit).toBe('share');
  expect(labels).toEqual([...labels].sort());
  expect(labels.every((each) => /^2026-W\d\d$/.test(each))).toBe(true);
  for (const { values } of series) expect(values).toHaveLength(labels.length);
  expect(text).toMatch(/<caption id="table-trend"/);
  expect(text).toMatch(/<script src="\/assets\/charts\.[0-9a-f]+\.js" defer>/);
  for (const file of text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) await agent.get(file[1] as string).expect(200);
  expect(await page('/reports/sla?by=owner')).not.toContain('data-chart');
});

test('every report with a time is drawn week by week: speed, revenue by source, credit; a file of it is divided so', async () => {
  for (const { id, by, trend } of REPORTS) {
    const text = await page(`/reports/${id}`);
    expect({ id, drawn: text.includes('id="trend"') }).toEqual({ id, drawn: trend !== undefined && text.includes('data-chart') });
    expect({ id, weekly: (by as readonly string[]).includes('week') }).toEqual({ id, weekly: trend !== undefined });
  }
  const [, data = ''] = /data-chart="([^"]+)"/.exec(await page('/reports/velocity')) ?? [];
  const { series, labels } = JSON.parse(unescaped(data)) as { labels: string[]; series: { name: string; values: (number | null)[] }[] };
  expect(labels.every((each) => /^2026-W\d\d$/.test(each))).toBe(true);
  // 120 passes went from MQL to SAL in a day, all of one week: weeks without any have no duration.
  const [fast] = series;
  expect(fast?.name).toMatch(/→/);
  expect(fast?.values.filter((value) => value !== null)).toEqual([1]);
  expect(await page('/reports/sources?by=week')).toContain('W');
});

test('downloads are the report as asked for', async () => {
  for (const [format, type] of [['csv', 'text/csv'], ['json', 'application/json'], ['md', 'text/markdown']] as const) {
    const file = await agent.get(`/reports/rejections?by=segment&format=${format}`).expect(200);
    expect(file.headers).toMatchObject({ 'content-type': expect.stringContaining(type), 'content-disposition': `attachment; filename="concord-rejections-2026-11-22.${format}"`, 'cache-control': 'no-store' });
  }
});

test('what a CRM holds is never markup; what an address holds neither', async () => {
  for (const path of ['/reports/sources?by=source', '/reports/funnel?by=source', '/reports/funnel?source=%3Cscript%3Ealert(1)%3C/script%3E']) expect(await page(path)).not.toContain('<script>alert');
  expect(await page('/reports/funnel?%3Cb%3E=1', 400)).not.toContain('<b>');
});

test.each([
  ['/reports/nonsense', 404, 'There is nothing here'],
  ['/reports/nonsense/people?figure=x', 404, 'There is nothing here'],
  ['/reports/funnel?sourc=WEB', 400, 'It takes: from, to, by, source'],
  ['/reports/funnel?from=2026-02-30', 400, 'Write a date that exists'],
  ['/reports/velocity?by=source', 400, 'cannot be divided by source'],
  ['/reports/funnel/people?figure=nothing', 404, 'It has, for example'],
])('%s: a page that says what and what to do', async (path, status, words) => {
  expect(wordsOf(await page(path, status))).toContain(words);
});

test('in the reader’s language, figures too', async () => {
  const reader = await login(web, VIEWER);
  const form = /name="form" value="([^"]+)"/.exec((await reader.get('/reports')).text)?.[1];
  await reader.post('/settings').type('form').send({ form, language: 'pt-BR', theme: 'auto', back: '/reports' }).expect(303);
  const text = (await reader.get('/reports/rejections').expect(200)).text;
  expect(text).toContain('<html lang="pt-BR"');
  expect(wordsOf(text)).toMatch(/Como se conta/);
  expect(wordsOf(text)).toContain('99,2%');
});

test('nobody sees a report without a login', async () => {
  const { default: request } = await import('supertest');
  for (const path of ['/reports', '/reports/funnel', '/reports/funnel/people?figure=x', '/reports/funnel?format=csv']) expect((await request(web.app).get(path).expect(303)).headers['location']).toContain('/login');
});

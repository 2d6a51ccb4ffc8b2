import { createServer, get as httpGet, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'csv-parse/sync';
import request from 'supertest';
import { EXPORT_TABLES } from '../../src/report/export';
import { REPORTS } from '../../src/report/make';
import { faultsOf } from '../cli/documents';
import { tell, type ToldPerson } from '../report/ledger';
import { handoff } from '../store/samples';
import { NOW, openWeb, TOKEN, type Web } from './support';

/* The reports over HTTP: the documents of the command line, with everybody behind every figure, and everything remembered as files. */

const DAY = 86_400_000;
const ago = (days: number): number => NOW - days * DAY;
const bearer = { authorization: `Bearer ${TOKEN}` };

const PEOPLE: ToldPerson[] = [
  ...Array.from({ length: 12 }, (_, n): ToldPerson => ({ id: `p${String(n).padStart(2, '0')}`, source: n % 2 === 0 ? 'ADS' : 'WEB', country: '=cmd|calc', passes: [{ entries: { lead: ago(40), mql: ago(20) }, handed: ago(20), owner: 'U1', ...(n < 3 ? { rejected: { at: ago(18), reason: 'no_budget', route: 'recycle' } } : {}) }] })),
  { id: 'pwon', source: 'WEB', passes: [{ entries: { lead: ago(90), mql: ago(80), sal: ago(79), sql: ago(70), opportunity: ago(60), customer: ago(5) }, handed: ago(80), accepted: ago(79) }], deals: [{ id: '006A', createdAt: ago(60), closeDate: '2026-11-17', won: true, amount: 1234.5 }], acts: { recent: { at: ago(61), name: 'demo', source: 'ADS' } } },
];

let web: Web;
beforeEach(async () => {
  web = await openWeb();
  await tell(web.store, PEOPLE);
});
afterEach(() => web.store.close());

const get = (path: string): request.Test => request(web.app).get(`/api/v1${path}`).set(bearer);

test('without the token nobody sees a figure, a person or a file', async () => {
  for (const path of ['/reports', '/reports/funnel', '/reports/funnel/people?figure=cohort.lead-mql.entered', '/export', '/export/people.csv']) await request(web.app).get(`/api/v1${path}`).expect(401);
});

test('the list names every report, and each is the document of the command line', async () => {
  const { body } = await get('/reports').expect(200);
  expect((body as { reports: { report: string }[] }).reports.map((each) => each.report)).toEqual(REPORTS.map(({ id }) => id));
  for (const { id, by } of REPORTS) {
    for (const dimension of [undefined, by[0]]) {
      const report = await get(`/reports/${id}${dimension === undefined ? '' : `?by=${dimension}`}`).expect(200);
      expect(faultsOf('report', report.body)).toEqual([]);
      expect(report.body).toMatchObject({ report: id, as_of: new Date(NOW).toISOString() });
    }
  }
});

test('period and filters are taken; another format is a file, formulas in it harmless', async () => {
  const { body } = await get('/reports/rejections?from=2026-11-01&to=2026-11-20&source=WEB').expect(200);
  expect(body).toMatchObject({ period: { from: '2026-11-01', to: '2026-11-20' }, filters: { source: 'WEB' } });
  expect((body as { sections: { rows: { cells: Record<string, { value: number }> }[] }[] }).sections[0]?.rows[0]?.cells['handed']?.value).toBe(6);
  for (const [format, type, words] of [['csv', 'text/csv', "'=cmd|calc"], ['html', 'text/html', '=cmd|calc'], ['md', 'text/markdown', '=cmd\\|calc']] as const) {
    const file = await get(`/reports/rejections?by=segment&format=${format}`).expect(200);
    expect(file.headers['content-type']).toContain(type);
    expect(file.headers['content-disposition']).toBe(`attachment; filename="concord-rejections-2026-11-22.${format}"`);
    expect(file.headers['cache-control']).toBe('no-store');
    expect(file.text).toContain(words);
    expect(file.text).not.toMatch(/(^|,)=cmd/m);
  }
});

test.each([
  ['/reports/nonsense', 404, 'unknown_report', 'nonsense'],
  ['/reports/funnel?sourc=WEB', 400, 'bad_usage', 'sourc'],
  ['/reports/funnel?source=WEB&source=ADS', 400, 'bad_usage', 'source'],
  ['/reports/funnel?from=2026-02-30', 400, 'bad_usage', 'from'],
  ['/reports/funnel?from=2026-02-01&to=2026-01-01', 400, 'bad_usage', 'from, to'],
  ['/reports/velocity?by=source', 400, 'bad_usage', 'by'],
  ['/reports/funnel?format=pdf', 400, 'bad_usage', 'format'],
  ['/reports/funnel?fresh=maybe', 400, 'bad_usage', 'fresh'],
  ['/reports/funnel/people', 404, 'unknown_figure', 'people'],
  ['/reports/funnel/people?figure=cohort.nothing.entered', 404, 'unknown_figure', 'people'],
  ['/reports/funnel/people?figure=cohort.lead-mql.entered&limit=0', 400, 'bad_usage', 'limit'],
  ['/export/secrets.csv', 404, 'unknown_table', 'secrets'],
  ['/export/people.csv?personal=yes', 400, 'bad_usage', 'personal'],
  ['/export/people.csv?person=1', 400, 'bad_usage', 'person'],
])('%s: says what, where and what to do', async (path, status, code, where) => {
  const { body } = await get(path).expect(status);
  expect(faultsOf('error', body)).toEqual([]);
  expect(body).toMatchObject({ error: { code, where, remedy: expect.stringMatching(/./) } });
  expect(JSON.stringify(body)).not.toContain('--');
});

test('everybody behind a figure, page by page, and whole as CSV', async () => {
  const path = '/reports/funnel/people?figure=cohort.lead-mql.entered';
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const page: request.Response = await get(`${path}&limit=5${after === null ? '' : `&after=${encodeURIComponent(after)}`}`).expect(200);
    expect(faultsOf('report-people', page.body)).toEqual([]);
    const { people, next, value } = page.body as { people: { person: string }[]; next: string | null; value: number };
    expect(value).toBe(13);
    expect(people.length).toBeLessThanOrEqual(5);
    seen.push(...people.map((each) => each.person));
    if (next === null) break;
    after = next;
  }
  expect(seen).toEqual(PEOPLE.map(({ id }) => id));
  const file = await get(`${path}&format=csv`).expect(200);
  expect(file.headers['content-disposition']).toContain('attachment');
  expect(parse<{ person: string }>(file.text, { columns: true }).map((each) => each.person)).toEqual(seen);
});

test('after something has changed the document says so until it is counted anew; fresh=true waits', async () => {
  await get('/reports/rejections').expect(200);
  await tell(web.store, [{ id: 'pnew', passes: [{ entries: { mql: ago(1) }, handed: ago(1) }] }]);
  const old = await get('/reports/rejections').expect(200);
  expect(old.headers['concord-newer']).toBe('true');
  const fresh = await get('/reports/rejections?fresh=true').expect(200);
  expect(fresh.headers['concord-newer']).toBeUndefined();
  const handed = (body: unknown): unknown => (body as { sections: { rows: { cells: Record<string, { value: number }> }[] }[] }).sections[0]?.rows[0]?.cells['handed']?.value;
  expect([handed(old.body), handed(fresh.body)]).toEqual([13, 14]);
});

test('every table as CSV: its rows, ids and moments; what people wrote only when asked for', async () => {
  await web.store.transaction(null, async (tx) => {
    await tx.putRun({ id: 'run1', kind: 'sync', mode: 'apply', status: 'ok', startedAt: NOW, finishedAt: NOW, agreement: 'x', summary: null });
    await tx.putHandoffs([handoff('p00', 1, { openedAt: ago(20), rejectedAt: ago(18), reason: 'no_budget', reasonText: 'No money', note: '@SUM(1) call in spring', rejectedBy: 'Rita Rep', crm: 'salesforce', route: 'recycle', recycleOn: '2027-02-01', closedAt: ago(18), closedAs: 'rejected' })]);
    await tx.intend([{ id: 'w1', run: 'run1', fence: 1, personId: 'p00', ref: { crm: 'hubspot', object: 'contact', id: '512' }, crm: 'hubspot', object: 'contact', op: 'update', key: 'k', changes: [{ field: 'phone', before: '+52 1', after: '=1+1', rule: 'M1', because: 'Ana said so' }, { field: 'concord_stage', after: 'mql', rule: 'L1', because: 'score' }], state: 'intent', intendedAt: NOW, settledAt: null, problem: null }]);
  });
  const rows = async (table: string, query = ''): Promise<Record<string, string>[]> => parse((await get(`/export/${table}.csv${query}`).expect(200)).text, { columns: true });
  const { body } = await get('/export').expect(200);
  expect((body as { tables: { table: string }[] }).tables.map((each) => each.table)).toEqual([...EXPORT_TABLES]);
  await get('/reports/funnel').expect(200);
  expect(await rows('people')).toHaveLength(13);
  expect((await rows('passes')).find((row) => row['person_id'] === 'pwon')).toMatchObject({ cycle: '1', source: 'WEB', customer_at: new Date(ago(5)).toISOString(), adopted: 'false' });
  expect(await rows('transitions')).toHaveLength(12 * 2 + 6);
  expect(await rows('deals')).toEqual([expect.objectContaining({ opportunity_id: '006A', won: 'true', amount: '1234.5', counting: 'true' })]);
  expect(await rows('touches')).toEqual([expect.objectContaining({ person_id: 'pwon', source: 'ADS', name: 'demo', at: new Date(ago(61)).toISOString() })]);
  expect(await rows('writes')).toEqual([expect.objectContaining({ write: 'w1', record: '512', field: 'phone', rule: 'M1', state: 'intent' }), expect.objectContaining({ field: 'concord_stage' })]);
  expect(await rows('dead-letters')).toEqual([]);

  const plain = (await Promise.all(EXPORT_TABLES.map(async (table) => (await get(`/export/${table}.csv`)).text))).join('');
  for (const word of ['call in spring', 'Rita Rep', 'No money', '+52 1', 'Ana said so']) expect(plain).not.toContain(word);
  const answered = (await rows('handoffs', '?personal=true')).find((row) => row['person'] === 'p00');
  expect(answered).toMatchObject({ note: "'@SUM(1) call in spring", words: 'No money', rejected_by: 'Rita Rep', reason: 'no_budget' });
  expect((await rows('writes', '?personal=true'))[0]).toMatchObject({ before: "'+52 1", after: "'=1+1", because: 'Ana said so' });
  expect(web.logged.join()).not.toMatch(/Rita|spring/);
});

test('a large table is read a page at a time as the reader takes it, and not at all once the reader has gone', async () => {
  await tell(web.store, Array.from({ length: 6_000 }, (_, n): ToldPerson => ({ id: `q${String(n).padStart(6, '0')}`, passes: [{ entries: { lead: ago(10) } }] })));
  let pages = 0;
  const { exportPage } = web.parts.reports;
  web.parts.reports.exportPage = async (table, after, limit, personal, asked) => {
    pages += 1;
    expect(limit).toBeLessThanOrEqual(1_000);
    // Rows of a length that no buffer between the two holds many pages of.
    const page = await exportPage(table, after, limit, personal, asked);
    return { ...page, rows: page.rows.map((row) => [...row, 'x'.repeat(4_000)]) };
  };
  const whole = await get('/export/people.csv').expect(200);
  expect((parse(whole.text, { relax_column_count: true }) as unknown[]).length).toBe(6_013 + 1);
  expect(pages).toBe(7);

  pages = 0;
  const server: Server = createServer(web.app);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  await new Promise<void>((done, failed) => {
    const { port } = server.address() as AddressInfo;
    const asked = httpGet({ host: '127.0.0.1', port, path: '/api/v1/export/people.csv', headers: bearer }, (answer) => {
      answer.once('data', () => {
        // Nothing more is read from here on: the writer has to wait.
        answer.pause();
        setImmediate(() => answer.destroy());
      });
      answer.once('close', () => done());
      answer.on('error', () => undefined);
    });
    asked.on('error', failed);
  });
  await new Promise((closed) => server.close(closed));
  expect(pages).toBeLessThan(7);
});

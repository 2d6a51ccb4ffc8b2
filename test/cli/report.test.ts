import { openPlace, tableLines, type Place } from './support';

/* The closed-loop reports as users meet them: every report in every format, the people behind a figure, wrong usage. */

let place: Place;
let contact: string;

beforeAll(async () => {
  place = await openPlace();
  const marketer = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
  marketer.create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: '=cmd|\' /C calc\'!A0', lifecyclestage: 'lead', hs_analytics_source: 'PAID_SEARCH' });
  contact = place.sandbox.hubspot.state.byEmail('ana@cliente.example')?.id as string;
  await place.settle();
  await place.document('sync', 0, ['sync', '--allow-large-change']);
  place.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', contact, { hubspotscore: '72' });
  await place.settle();
  await place.document('sync', 0, ['sync']);
});
afterAll(() => place.close());

const NAMES = ['funnel', 'rejections', 'sla', 'velocity', 'sources', 'attribution', 'goals', 'forecast', 'alignment', 'debt'];

test('every report is a document of the published shape, with definition, time, population', async () => {
  for (const name of NAMES) {
    const report = await place.document('report', 0, ['report', name]);
    expect(report).toMatchObject({ report: name, time_zone: 'America/Mexico_City', currency: 'USD', population: expect.stringMatching(/./) });
    for (const section of report['sections'] ?? []) expect(section['definition']).toMatch(/./);
  }
});

test('one figure in every format, and the person behind it (W11’s “a list behind every number”)', async () => {
  const report = await place.document('report', 0, ['report', 'rejections', '--by', 'segment']);
  const cell = report['sections']?.[0]?.['rows']?.[0]?.['cells']?.['handed'];
  expect(cell).toMatchObject({ value: 1 });
  const figure = String(cell?.['people']);
  expect(await place.document('report-people', 0, ['report', 'rejections', '--by', 'segment', '--people', figure])).toMatchObject({ figure, value: 1, people: [{ hubspot: contact, cycle: 1, stage: 'mql' }] });

  const table = await place.concord(['report', 'rejections']);
  expect(table.code).toBe(0);
  expect(Math.max(...tableLines(table.stdout).map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(table.stdout).toMatch(/Handed over/);
  expect(table.stdout).toMatch(/As of 20\d\d-/);
  const people = await place.concord(['report', 'rejections', '--people', 'acceptance.handed.handed', '--format', 'csv']);
  expect(people.stdout).toMatch(new RegExp(`^person,cycle,opportunity,hubspot,salesforce,stage,since\\n[^,]+,1,,${contact},`));
  const markdown = await place.concord(['report', 'rejections', '--format', 'md']);
  expect(markdown.stdout).toContain('| Handed over | Accepted |');
});

test('parity: its own document with a reason for each; a page, and the people behind any of its numbers, as of the others (W11)', async () => {
  expect(await place.document('report-parity', 0, ['report', 'parity'])).toMatchObject({ stages: [{ stage: 'mql', people: 1, disagree: 0 }] });
  expect(await place.document('report-people', 0, ['report', 'parity', '--people', 'stages.mql.hubspot'])).toMatchObject({ value: 1, people: [{ hubspot: contact, stage: 'mql' }] });
  expect(await place.document('report-people', 0, ['report', 'parity', '--people', 'stages.total.disagree'])).toMatchObject({ value: 0, people: [] });
  expect((await place.concord(['report', 'parity', '--format', 'html'])).stdout).toContain('<th class="n">HubSpot shows</th>');
});

test('a formula from a CRM is harmless in CSV, HTML and Markdown; numbers stay numbers', async () => {
  const csv = await place.concord(['report', 'rejections', '--by', 'segment', '--format', 'csv']);
  expect(csv.code).toBe(0);
  expect(csv.stdout).toMatch(/,'=cmd/);
  expect(csv.stdout).not.toMatch(/,=cmd/);
  expect(csv.stdout).toMatch(/,handed,Handed over,1,/);
  const html = await place.concord(['report', 'rejections', '--by', 'segment', '--format', 'html']);
  expect(html.stdout).toMatch(/^<!doctype html>/);
  expect(html.stdout).toContain('=cmd|&#39; /C calc&#39;!A0');
  const markdown = await place.concord(['report', 'rejections', '--by', 'segment', '--format', 'md']);
  expect(markdown.stdout).toContain("=cmd\\|' /C calc'!A0");
});

test('everything remembered goes out as CSV or one document, without what people wrote unless asked for', async () => {
  const people = await place.document('export', 0, ['export', 'people']);
  expect(people).toMatchObject({ table: 'people', rows: [{ hubspot_id: contact, stage: 'mql' }] });
  const csv = await place.concord(['export', 'writes']);
  expect(csv.stdout).toMatch(/^write,run,person,crm,object,record,kind,field,rule,state,intended_at,settled_at,code\n/);
  expect(csv.stdout).not.toContain('ana@cliente.example');
  const personal = await place.concord(['export', 'writes', '--personal']);
  expect(personal.stdout).toMatch(/,before,after,because\n/);
  expect(personal.stdout).toContain('ana@cliente.example');
  expect(await place.document('error', 2, ['export', 'secrets'])).toMatchObject({ error: { code: 'unknown_table', remedy: expect.stringContaining('transitions') } });
});

test('periods and filters are taken, and what cannot be is refused with a remedy (exit 2)', async () => {
  expect(await place.document('report', 0, ['report', 'rejections', '--from', '2020-01-01', '--to', '2020-12-31'])).toMatchObject({ period: { from: '2020-01-01', to: '2020-12-31' } });
  const other = await place.document('report', 0, ['report', 'rejections', '--source', 'unknown']);
  expect(other['filters']).toEqual({ source: 'unknown' });
  expect(other['sections']?.[0]?.['rows']?.[0]?.['cells']?.['handed']).toMatchObject({ value: 0 });
  for (const [args, code] of [
    [['report', 'nonsense'], 'unknown_report'],
    [['report', 'funnel', '--from', '2026-02-30'], 'bad_usage'],
    [['report', 'funnel', '--from', '2026-02-01', '--to', '2026-01-01'], 'bad_usage'],
    [['report', 'velocity', '--by', 'source'], 'bad_usage'],
    [['report', 'funnel', '--people', 'cohort.nothing.entered'], 'unknown_figure'],
    [['report', 'parity', '--by', 'source'], 'bad_usage'],
    [['report', 'goals', '--source', 'WEB'], 'bad_usage'],
    [['report', 'debt', '--from', '2026-01-01'], 'bad_usage'],
  ] as const) {
    expect((await place.document('error', 2, [...args]))['error']).toMatchObject({ code, remedy: expect.stringMatching(/./) });
  }
});

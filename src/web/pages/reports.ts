import express, { type Request, type Response, type Router } from 'express';
import { behindCells, BEHIND_COLUMNS } from '../../report/behind';
import { aboutLines, csvLines, csvOf, documentOf, markdownOf } from '../../report/formats';
import type { RecordRef } from '../../domain/record';
import { linksOf, type LinkOf } from '../../run/links';
import { REPORTS as DEFINITIONS, type ReportRequest } from '../../report/make';
import type { Report } from '../../report/model';
import { sayIn, type TextKey as ReportText } from '../../report/texts';
import { attach, goneSignal, statusOf, stream } from '../downloads';
import type { Desk, Section } from '../desk';
import { html, type Html } from '../html';
import { address, card, empty, notice, pager, table } from '../pieces';
import { oneOf, queryOf, reportWish } from '../reportQuery';
import type { TextKey } from '../texts';
import { namesOf, stageName } from '../words';
import { filterForm, offers, sectionCard, shownTo, trendCard } from './reportParts';

export const REPORTS: Section = { path: '/reports', label: 'nav_reports', icon: 'reports', router: reportPages };

/** People on one page; rows read at a time for a file. */
const PAGE = 100;
const FILE_PAGE = 1_000;
const FORMATS = ['html', 'csv', 'json', 'md'] as const;

/** `/reports`: every report; `/reports/NAME`: one, as a page or a file; `/reports/NAME/people`: whom a figure counts. */
function reportPages(desk: Desk): Router {
  const { parts } = desk;
  const router = express.Router();

  router.get('/reports', (req, res) => {
    const { say, language } = desk.visit(req, res);
    const word = sayIn(language);
    desk.show(req, res, { title: say('nav_reports'), lead: say('reports_lead'), body: html`<div class="grid wide">${DEFINITIONS.map(({ id }) => card({ title: html`<a href="/reports/${id}">${word(id as ReportText)}</a>` }, html`<p class="soft">${say(`about_${id}` as TextKey)}</p>`))}</div>` });
  });

  router.get('/reports/:name', async (req, res) => {
    const definition = DEFINITIONS.find(({ id }) => id === req.params.name);
    if (definition === undefined) return desk.missing(req, res);
    const visit = desk.visit(req, res);
    const { say, language } = visit;
    const title = sayIn(language)(definition.id as ReportText);
    const above = [{ href: '/reports', title: say('nav_reports') }];
    try {
      const { request, rest } = reportWish(req.query, ['format']);
      const as = oneOf(rest['format'] ?? 'html', FORMATS, 'format');
      const signal = goneSignal(res);
      const { report, newer } = await parts.reports.report(definition.id, { ...request, language }, { signal });
      if (as !== 'html') return void download(res, report, as);
      const hasTrend = definition.trend !== undefined && request.by === undefined;
      const weeks = hasTrend ? (await parts.reports.report(definition.id, { ...request, language, by: 'week' }, { signal })).report : null;
      const [asOf, ...about] = aboutLines(report);
      const links = (['csv', 'json', 'md'] as const).map((each) => html`<a class="button small" href="/reports/${definition.id}?${queryOf(request, { format: each })}" download>${each.toUpperCase()}</a>`);
      desk.show(req, res, {
        title,
        lead: say(`about_${definition.id}` as TextKey),
        above,
        actions: html`<span class="soft small">${say('report_downloads')}</span> ${links}`,
        body: html`${filterForm(visit, definition, request, report)}${offers(await parts.reports.values())}<div class="tight small soft report-about"><p><time datetime="${new Date(report.asOf).toISOString()}">${asOf ?? ''}</time></p>${about.map((line) => html`<p>${line}</p>`)}</div>${newer ? notice('info', say('report_newer')) : ''}
<div class="report stack">${report.sections.map((section) => sectionCard(visit, report, section, request))}</div>
${weeks === null ? '' : trendCard(visit, definition, weeks, request)}
<script src="${desk.assets.url('uplot')}" defer></script><link rel="stylesheet" href="${desk.assets.url('uplotStyle')}"><script src="${desk.assets.url('charts')}" defer></script>`,
      });
    } catch (error) {
      refuse(desk, req, res, error, { title, above, form: html`${filterForm(visit, definition, {}, null)}${offers(await parts.reports.values())}` });
    }
  });

  router.get('/reports/:name/people', async (req, res) => {
    const definition = DEFINITIONS.find(({ id }) => id === req.params.name);
    if (definition === undefined) return desk.missing(req, res);
    const visit = desk.visit(req, res);
    const { say, language, format } = visit;
    const title = sayIn(language)(definition.id as ReportText);
    let above = [{ href: '/reports', title: say('nav_reports') }, { href: `/reports/${definition.id}`, title }];
    try {
      const { request, rest } = reportWish(req.query, ['figure', 'after', 'format']);
      const figure = rest['figure'] ?? '';
      const wish: ReportRequest = { ...request, language };
      const signal = goneSignal(res);
      const query = queryOf(request);
      above = [above[0] as { href: string; title: string }, { href: `/reports/${definition.id}${query === '' ? '' : `?${query}`}`, title }];
      if (oneOf(rest['format'] ?? 'html', ['html', 'csv'], 'format') === 'csv') return void (await file(desk, res, definition.id, wish, figure, signal));
      const { report, cell, rows, next } = await parts.reports.people(definition.id, wish, figure, rest['after'] ?? null, PAGE, { signal });
      const known = await namesOf(parts.store, parts.agreement, rows.map((row) => row.personId).filter((id) => id !== ''));
      const { rowName, column } = namedIn(report, figure);
      const shown = shownTo(visit, cell, column, report.currency);
      const deals = rows.flatMap((row): RecordRef[] => (row.opportunityId === null ? [] : [{ crm: 'salesforce', object: 'opportunity', id: row.opportunityId }]));
      const dealNames = new Map((await parts.store.records(deals)).map(({ ref, opportunity }) => [ref.id, opportunity?.name ?? '']));
      const link = await linksOf(parts.store);
      const [asOf = ''] = aboutLines(report);
      desk.show(req, res, {
        title: say('report_people'),
        lead: say('report_people_lead', { title, row: rowName, column: column.label, value: shown }),
        above,
        actions: html`<a class="button small" href="${address(`/reports/${definition.id}/people`, { ...Object.fromEntries(new URLSearchParams(query)), figure, format: 'csv' })}" download>${say('report_whole')}</a>`,
        body: html`<p class="small soft">${asOf}</p>${card(
          { flush: true },
          rows.length === 0
            ? empty(say('report_nobody'), say('report_nobody_remedy'))
            : html`${table({
                id: 'behind',
                caption: say('report_people'),
                quietCaption: true,
                rows,
                columns: [
                  { head: say('report_person'), names: true, cell: (row) => (row.personId === '' ? '–' : html`<a href="/people/${encodeURIComponent(row.personId)}">${known.get(row.personId)?.name ?? row.personId}</a>`) },
                  ...(rows.some((row) => row.cycle > 0) ? [{ head: say('report_pass'), number: true, cell: (row: (typeof rows)[number]) => (row.cycle === 0 ? '' : format.number(row.cycle)) }] : []),
                  ...(deals.length > 0 ? [{ head: say('report_opportunity'), cell: (row: (typeof rows)[number]) => dealCell(row.opportunityId, dealNames, link) }] : []),
                  { head: say('stage'), cell: (row) => (row.stage === null ? '–' : stageName(parts.agreement, row.stage, language)) },
                  { head: say('report_since'), cell: (row) => format.time(row.stageAt) },
                ],
              })}${pager(visit, `/reports/${definition.id}/people`, { ...Object.fromEntries(new URLSearchParams(query)), figure }, rest['after'] ?? null, next)}`,
        )}`,
      });
    } catch (error) {
      refuse(desk, req, res, error, { title, above, form: html`` });
    }
  });
  return router;
}

/** An opportunity by its name, with a link to it; its id alone where nobody knows its name. */
function dealCell(id: string | null, names: ReadonlyMap<string, string>, link: LinkOf): Html {
  if (id === null) return html``;
  const href = link({ crm: 'salesforce', object: 'opportunity', id });
  const name = names.get(id) ?? '';
  const words = name === '' ? html`<span class="id">${id}</span>` : html`${name}`;
  return href === null ? words : html`<a href="${href}" rel="noreferrer">${words}</a>`;
}

/** What a figure’s name stands for, in the report’s words: its row and its column. */
function namedIn(report: Report, figure: string): { rowName: string; column: Report['sections'][number]['columns'][number] } {
  for (const section of report.sections)
    for (const row of section.rows)
      for (const column of section.columns)
        if (figure === `${section.id}.${row.id}.${column.id}`) {
          const words = section.columns.filter((each) => each.kind === 'text').map((each) => row.cells[each.id]?.value).filter((value) => value !== undefined && value !== null && value !== '');
          return { rowName: words.length === 0 ? section.title : words.join(', '), column };
        }
  throw new TypeError('a figure was found that no section holds');
}

function download(res: Response, report: Report, as: 'csv' | 'json' | 'md'): void {
  const name = `concord-${report.report}-${report.period?.to ?? new Date(report.asOf).toISOString().slice(0, 10)}.${as}`;
  if (as === 'json') {
    attach(res, name, 'application/json; charset=utf-8');
    res.send(`${JSON.stringify(documentOf(report), null, 2)}\n`);
    return;
  }
  attach(res, name, as === 'csv' ? 'text/csv; charset=utf-8' : 'text/markdown; charset=utf-8');
  res.send(as === 'csv' ? csvOf(report) : markdownOf(report));
}

/** Everybody behind a figure, written as they are read. */
async function file({ parts }: Desk, res: Response, name: string, wish: ReportRequest, figure: string, signal: AbortSignal): Promise<void> {
  let page = await parts.reports.people(name, wish, figure, null, FILE_PAGE, { signal });
  attach(res, `concord-${name}-people.csv`, 'text/csv; charset=utf-8');
  await stream(res, async function* () {
    yield csvLines([BEHIND_COLUMNS]);
    for (;;) {
      yield csvLines(page.rows.map((row) => behindCells(row)));
      if (page.next === null) return;
      page = await parts.reports.people(name, wish, figure, page.next, FILE_PAGE, { signal });
    }
  });
}

/** What was asked for cannot be: said on a page, with the form to ask again. */
function refuse(desk: Desk, req: Request, res: Response, error: unknown, { title, above, form }: { title: string; above: { href: string; title: string }[]; form: Html }): void {
  const status = statusOf(error);
  if (status === null || res.headersSent || !(error instanceof Error)) throw error;
  const { say } = desk.visit(req, res);
  const remedy = (error as Error & { remedy?: string }).remedy ?? '';
  if (status === 503) res.set('Retry-After', '5');
  const body = status === 503 ? html`${say('report_busy')}` : html`<strong>${error.message}</strong> ${remedy.replace(/--(\w)/g, '$1')}`;
  desk.show(req, res, { title, lead: say('report_refused'), above, body: html`${form}${notice('bad', body)}` }, status);
}


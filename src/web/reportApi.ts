import express, { type Router } from 'express';
import { behindCells, BEHIND_COLUMNS, behindDocument } from '../report/behind';
import { csvLines, csvOf, documentOf, htmlOf, markdownOf } from '../report/formats';
import { definitionOf, REPORTS } from '../report/make';
import type { Report } from '../report/model';
import { sayIn, type TextKey } from '../report/texts';
import { attach, goneSignal, refuseError, stream } from './downloads';
import type { WebParts } from './parts';
import { limitOf, oneOf, reportWish } from './reportQuery';

/* `/api/v1/reports`: the documents of `concord report`, and the people behind any figure. */

const FORMATS: Record<'csv' | 'html' | 'md', { type: string; write: (report: Report) => string }> = {
  csv: { type: 'text/csv; charset=utf-8', write: csvOf },
  html: { type: 'text/html; charset=utf-8', write: htmlOf },
  md: { type: 'text/markdown; charset=utf-8', write: markdownOf },
};

/** People in one answer of a list that is written out whole. */
const PAGE = 1_000;

export function reportApi(parts: Pick<WebParts, 'reports' | 'agreement'>): Router {
  const router = express.Router();

  router.get('/', (_req, res) => {
    const say = sayIn(parts.agreement.language);
    res.json({ reports: REPORTS.map(({ id, by, period }) => ({ report: id, title: say(id as TextKey), by, period: period ?? 'now' })) });
  });

  router.get('/:name', async (req, res) => {
    try {
      const { request, rest } = reportWish(req.query, ['format', 'fresh']);
      const name = definitionOf(String(req.params['name'])).id;
      const format = oneOf(rest['format'] ?? 'json', ['json', 'csv', 'html', 'md'], 'format');
      const { report, newer } = await parts.reports.report(name, request, { fresh: oneOf(rest['fresh'] ?? 'false', ['true', 'false'], 'fresh') === 'true', signal: goneSignal(res) });
      // Something has changed since the as-of time of what is shown.
      if (newer) res.set('Concord-Newer', 'true');
      if (format === 'json') return void res.json(documentOf(report));
      const { type, write } = FORMATS[format];
      attach(res, `concord-${name}-${report.period?.to ?? new Date(report.asOf).toISOString().slice(0, 10)}.${format}`, type);
      res.send(write(report));
    } catch (error) {
      refuseError(res, error);
    }
  });

  router.get('/:name/people', async (req, res) => {
    try {
      const { request, rest } = reportWish(req.query, ['figure', 'after', 'limit', 'format']);
      const name = definitionOf(String(req.params['name'])).id;
      const figure = rest['figure'] ?? '';
      const format = oneOf(rest['format'] ?? 'json', ['json', 'csv'], 'format');
      const signal = goneSignal(res);
      if (format === 'csv') {
        let page = await parts.reports.people(name, request, figure, null, PAGE, { signal });
        attach(res, `concord-${name}-people.csv`, 'text/csv; charset=utf-8');
        return await stream(res, async function* () {
          yield csvLines([BEHIND_COLUMNS]);
          for (;;) {
            yield csvLines(page.rows.map((row) => behindCells(row)));
            if (page.next === null) return;
            page = await parts.reports.people(name, request, figure, page.next, PAGE, { signal });
          }
        });
      }
      const { report, cell, rows, next } = await parts.reports.people(name, request, figure, rest['after'] ?? null, limitOf(rest['limit']), { signal });
      res.json({ report: name, figure, value: cell.value, as_of: new Date(report.asOf).toISOString(), period: report.period, people: rows.map(behindDocument), next });
    } catch (error) {
      refuseError(res, error);
    }
  });
  return router;
}

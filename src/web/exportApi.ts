import express, { type Router } from 'express';
import { EXPORT_TABLES, exportColumns, exportTableOf } from '../report/export';
import { csvLines } from '../report/formats';
import { attach, goneSignal, refuseError, stream } from './downloads';
import type { WebParts } from './parts';
import { badQuery, oneOf } from './reportQuery';

/* `/api/v1/export/TABLE.csv`: everything that Concord remembers of a table, written as it is read (docs/reports.md). */

/** Rows asked for at a time. */
const PAGE = 1_000;

export function exportApi(parts: Pick<WebParts, 'reports' | 'clock' | 'log'>): Router {
  const router = express.Router();

  router.get('/', (_req, res) => {
    res.json({ tables: EXPORT_TABLES.map((table) => ({ table, path: `/api/v1/export/${table}.csv`, columns: exportColumns(table, false), personal: exportColumns(table, true).slice(exportColumns(table, false).length) })) });
  });

  router.get('/:file', async (req, res) => {
    try {
      const { personal: wish = 'false', ...others } = req.query;
      const [unknown] = Object.keys(others);
      if (unknown !== undefined) throw badQuery(`“${unknown}” is not known here`, unknown, 'It takes: personal.');
      const personal = oneOf(typeof wish === 'string' ? wish : '', ['true', 'false'], 'personal') === 'true';
      const file = String(req.params['file']);
      const table = exportTableOf(file.endsWith('.csv') ? file.slice(0, -'.csv'.length) : file);
      const signal = goneSignal(res);
      let page = await parts.reports.exportPage(table, null, PAGE, personal, { signal });
      parts.log.info('a table is exported', { table, personal });
      attach(res, `concord-${table}-${new Date(parts.clock()).toISOString().slice(0, 10)}.csv`, 'text/csv; charset=utf-8');
      await stream(res, async function* () {
        yield csvLines([exportColumns(table, personal)]);
        for (;;) {
          yield csvLines(page.rows);
          if (page.next === null) return;
          page = await parts.reports.exportPage(table, page.next, PAGE, personal, { signal });
        }
      });
    } catch (error) {
      refuseError(res, error);
    }
  });
  return router;
}

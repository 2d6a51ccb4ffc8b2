import { EXIT, type ExitCode } from '../../domain/problem';
import { exportColumns, exportPage, exportTableOf, type ExportTable, type ExportValue } from '../../report/export';
import { csvLines } from '../../report/formats';
import type { Store } from '../../store/port';
import { now } from '../../wire';
import { jsonWithList, write } from '../print';
import { withStore, type CommonOptions } from '../session';

/** Rows read at a time. */
const PAGE = 1_000;

/**
 * `concord export TABLE`: everything remembered of a table as CSV (or one JSON document), written as it is read. `personal`: with what people wrote and what
 * fields held. Throws ConcordError `unknown_table` (exit 2).
 */
export async function exportTable(options: CommonOptions & { personal?: boolean }, name: string): Promise<ExitCode> {
  const table = exportTableOf(name);
  const personal = options.personal === true;
  const columns = exportColumns(table, personal);
  return withStore(options, async ({ store }) => {
    if (options.json === true) {
      const rows = (async function* () {
        for await (const page of pages(store, table, personal)) for (const row of page) yield Object.fromEntries(columns.map((column, place) => [column, row[place] ?? null]));
      })();
      await jsonWithList({ table, as_of: new Date(now()).toISOString(), columns }, 'rows', rows);
      return EXIT.done;
    }
    await write(csvLines([columns]));
    for await (const page of pages(store, table, personal)) await write(csvLines(page));
    return EXIT.done;
  });
}

async function* pages(store: Store, table: ExportTable, personal: boolean): AsyncGenerator<ExportValue[][]> {
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof exportPage>> = await exportPage(store, table, after, PAGE, personal);
    if (page.rows.length > 0) yield page.rows;
    if (page.next === null) return;
    after = page.next;
  }
}

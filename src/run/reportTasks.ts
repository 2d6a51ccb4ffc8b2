import type { CompiledAgreement } from '../agreement/compile';
import type { EpochMs } from '../domain/record';
import { exportPage, type ExportPage, type ExportTable } from '../report/export';
import { pageBehind, type BehindPage, type ReportRequest } from '../report/make';
import type { Listed } from '../report/model';
import { filterValues, type FilterValues } from '../report/values';
import type { Store } from '../store/port';
import { reportWithin, type MadeReport } from './reports';

/* What the server has others count for it, as data: it goes to another process and its answer comes back. */

export type ReportTask =
  | { do: 'make'; name: string; request: ReportRequest; now: EpochMs }
  | { do: 'behind'; behind: Listed; after: string | null; limit: number }
  | { do: 'values' }
  | { do: 'export'; table: ExportTable; after: string | null; limit: number; personal: boolean };

export interface ReportAnswers {
  make: MadeReport;
  behind: BehindPage;
  values: FilterValues;
  export: ExportPage;
}

/** Of what has changed since the last run's facts, how many people are condensed while somebody waits for a report: about a second's work. */
const MOST = 2_000;

/** Does one of them. Throws ConcordError of what is asked for. */
export async function doReportTask<T extends ReportTask>(store: Store, agreement: CompiledAgreement, task: T): Promise<ReportAnswers[T['do']]>;
export async function doReportTask(store: Store, agreement: CompiledAgreement, task: ReportTask): Promise<ReportAnswers[ReportTask['do']]> {
  switch (task.do) {
    case 'make':
      return reportWithin(store, agreement, task.now, task.name, task.request, MOST);
    case 'behind':
      return pageBehind(store, task.behind, task.after, task.limit);
    case 'values':
      return filterValues(store);
    case 'export':
      return exportPage(store, task.table, task.after, task.limit, task.personal);
  }
}

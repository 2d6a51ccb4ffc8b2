import type { CompiledAgreement } from '../../src/agreement/compile';
import { doReportTask, type ReportTask } from '../../src/run/reportTasks';
import type { Store } from '../../src/store/port';
import { createReportDesk, type ReportDesk, type ReportMaker } from '../../src/web/reportDesk';

/** Counts in this process what the server has other processes count. */
export function makerOver(store: Store, agreement: () => CompiledAgreement): ReportMaker {
  return { size: 2, do: <T extends ReportTask>(task: T) => doReportTask(store, agreement(), task), close: () => Promise.resolve() };
}

export function deskOver(store: Store, agreement: CompiledAgreement, clock: () => number): ReportDesk {
  return createReportDesk({ store, maker: makerOver(store, () => agreement), agreement: () => agreement, clock, log: { warn: () => undefined } });
}

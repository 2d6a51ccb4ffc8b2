import type { CompiledAgreement } from '../agreement/compile';
import type { EpochMs } from '../domain/record';
import { makeReport, type ReportRequest } from '../report/make';
import type { Report } from '../report/model';
import type { Store } from '../store/port';
import { refreshReports } from './reportFacts';

/** A report over what the store knows now: what changed since the last run's facts is condensed first. Throws ConcordError of `makeReport`. */
export async function reportOf(store: Store, agreement: CompiledAgreement, now: EpochMs, name: string, request: ReportRequest = {}): Promise<Report> {
  await refreshReports(store, agreement, null);
  return makeReport(store, agreement, now, name, request);
}

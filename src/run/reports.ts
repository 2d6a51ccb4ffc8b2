import type { CompiledAgreement } from '../agreement/compile';
import { ConcordError } from '../domain/problem';
import type { EpochMs } from '../domain/record';
import { definitionOf, makeReport, type ReportRequest } from '../report/make';
import type { Report } from '../report/model';
import type { Store } from '../store/port';
import { refreshReports } from './reportFacts';

/** A report, and the state of the facts it was made of (ReportReader.reportState). */
export interface MadeReport {
  report: Report;
  stamp: string;
}

/** A report over what the store knows now: what changed since the last run's facts is condensed first. Throws ConcordError of `makeReport`. */
export async function reportOf(store: Store, agreement: CompiledAgreement, now: EpochMs, name: string, request: ReportRequest = {}): Promise<Report> {
  return (await reportWithin(store, agreement, now, name, request, Number.POSITIVE_INFINITY)).report;
}

/**
 * The same for somebody who waits for it: of what changed, about `most` people are condensed first, and none where a run keeps the store to itself. The
 * report says how many are still to be counted in.
 */
export async function reportWithin(store: Store, agreement: CompiledAgreement, now: EpochMs, name: string, request: ReportRequest, most: number): Promise<MadeReport> {
  definitionOf(name);
  try {
    await refreshReports(store, agreement, null, most);
  } catch (error) {
    if (!(error instanceof ConcordError) || error.code !== 'store_busy' || most === Number.POSITIVE_INFINITY) throw error;
  }
  const { stamp, waiting } = await store.reportState();
  const report = await makeReport(store, agreement, now, name, request);
  return { report: waiting === 0 ? report : { ...report, waiting }, stamp };
}

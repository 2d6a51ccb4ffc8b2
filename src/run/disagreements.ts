import { refKey, type RecordRef } from '../domain/record';
import type { PersonRow, StoreReader } from '../store/port';

/* Everybody on whom the CRMs do not agree, with the reason (W11): the same on the command line and in the HTTP interface (docs/json/report-parity.schema.json). */

export const PARITY_DEFINITION =
  'People in scope by their agreed stage, against the stage that each CRM’s record of them shows. A person agrees when every record they have shows the agreed stage, and none is missing that Concord is to make or that was deleted in one CRM.';

export interface Disagreeing {
  row: PersonRow;
  /** Of a held person: the records among which RevOps picks (I8). */
  candidates: RecordRef[];
}

/** A page of them, by the person's id. */
export async function disagreeing(store: Pick<StoreReader, 'disagreements' | 'recordsOfPeople'>, after: string | null, limit: number): Promise<Disagreeing[]> {
  const page = await store.disagreements(after, limit);
  const held = page.filter((row) => row.held !== null).map((row) => row.id);
  const records = held.length === 0 ? [] : await store.recordsOfPeople(held);
  return page.map((row) => ({ row, candidates: records.filter((record) => record.personId === row.id && record.gone === undefined).map((record) => record.ref) }));
}

export function disagreementDocument({ row, candidates }: Disagreeing): Record<string, unknown> {
  return { person: row.id, hubspot: row.hubspotId, salesforce: row.salesforceId, stage: row.stage, hubspot_shows: row.shownHubspot, salesforce_shows: row.shownSalesforce, reason: row.disagreement, candidates: candidates.map(refKey) };
}

import type { BehindRow } from '../domain/report';

/* Whom a figure counts, as it leaves Concord: the same in the terminal, over HTTP and in files. Moments are ISO 8601 UTC. */

export const BEHIND_COLUMNS = ['person', 'cycle', 'opportunity', 'hubspot', 'salesforce', 'stage', 'since'];

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** One entry of `people` in docs/json/report-people.schema.json. */
export function behindDocument(row: BehindRow): Record<string, unknown> {
  return { person: row.personId, cycle: row.cycle, opportunity: row.opportunityId, hubspot: row.hubspotId, salesforce: row.salesforceId, stage: row.stage, since: iso(row.stageAt) };
}

/** A row for `BEHIND_COLUMNS`. `moment`: how `since` is written. */
export function behindCells(row: BehindRow, moment: (at: number | null) => string | null = iso): (string | number)[] {
  return [row.personId, row.cycle === 0 ? '' : row.cycle, row.opportunityId ?? '', row.hubspotId ?? '', row.salesforceId ?? '', row.stage ?? '', moment(row.stageAt) ?? ''];
}

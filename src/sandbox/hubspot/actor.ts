import type { HistoryEntry } from './records';

/** Who or what changes the CRM, as property history tells it. */
export interface Actor {
  /** `CRM_UI`, `INTEGRATION`, `AUTOMATION_PLATFORM`, `IMPORT`, `FORM`, `SALESFORCE`, … */
  sourceType: string;
  sourceId?: string | undefined;
  sourceLabel?: string | undefined;
  userId?: number | undefined;
}

/** Sources that are held to the rules of writable properties. HubSpot's own machinery (forms, connector, analytics) writes the others too. */
const outsiders = new Set(['INTEGRATION', 'API', 'CRM_UI', 'IMPORT', 'AUTOMATION_PLATFORM']);

export function mayWriteReadOnly(actor: Actor): boolean {
  return !outsiders.has(actor.sourceType);
}

export function entryBy(actor: Actor, value: string, timestamp: number): HistoryEntry {
  return {
    value,
    timestamp,
    sourceType: actor.sourceType,
    sourceId: actor.sourceId ?? null,
    sourceLabel: actor.sourceLabel ?? null,
    userId: actor.userId ?? null,
  };
}

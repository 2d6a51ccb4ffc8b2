/** Nouns that every stage of the way shares. Imports nothing. */

export type CrmName = 'hubspot' | 'salesforce';

/** What people call them. */
export const CRM_NAMES: Readonly<Record<CrmName, string>> = { hubspot: 'HubSpot', salesforce: 'Salesforce' };

/** What is read. `role` is an opportunity contact role. HubSpot has contacts only. */
export type ObjectName = 'contact' | 'lead' | 'opportunity' | 'role';

/** What is read of a CRM from a watermark on. Tasks are no records of Concord's: of them it takes that they were closed, when, and on whom (S1). */
export type ReadObject = ObjectName | 'task';

/** Moments are epoch milliseconds, UTC. */
export type EpochMs = number;

export interface RecordRef {
  crm: CrmName;
  object: ObjectName;
  id: string;
}

/** `hubspot:contact:512`: the ref as one text, for keys and messages. */
export function refKey(ref: RecordRef): string {
  return `${ref.crm}:${ref.object}:${ref.id}`;
}

export function parseRefKey(key: string): RecordRef {
  const [crm, object, id] = key.split(':') as [CrmName, ObjectName, string];
  return { crm, object, id };
}

/**
 * A field's value in Concord's own form, the same for both CRMs: text (never empty: that is null), number, boolean, a date as `2026-11-22`, a
 * moment as ISO 8601 UTC with milliseconds (`2026-11-22T09:00:00.000Z`), a multi-select as its values joined by `;` in alphabetical order.
 * The adapters convert by the field's described type (M3).
 */
export type Value = string | number | boolean | null;

/** A field that the CRM did not return is absent: unknown, never empty (M5). */
export type Fields = Record<string, Value>;

/** A task on a lead or contact (`on`) that somebody closed at a moment of the CRM's clock; a logged call or mail is closed as it is made. */
export interface ClosedTask {
  on: RecordRef;
  at: EpochMs;
}

/** Who changed a value, as far as the CRM says. `id` is the CRM's user id; `source` the CRM's own word (`CRM_UI`, `INTEGRATION`, …). */
export interface Actor {
  id?: string;
  name?: string;
  source?: string;
}

/** One entry of a field's history, newest first in lists. */
export interface FieldVersion {
  value: Value;
  at: EpochMs;
  by?: Actor;
}

export interface OpportunityFacts {
  name: string;
  accountId: string | null;
  /** The CRM's stage name. */
  stageName: string;
  isClosed: boolean;
  isWon: boolean;
  amount: number | null;
  currency: string | null;
  /** A date without a time: orders nothing (L5). */
  closeDate: string | null;
  /** When it was closed by OpportunityHistory, when that was read (L12). */
  closedAt?: EpochMs;
  type: string | null;
  /** The account's contact that it counts for while it has no role: chosen once, then kept (I7). */
  inferredContact?: string;
  /** 0 to 100, as the CRM has it. */
  probability?: number;
  /** The CRM's forecast category: Omitted, Pipeline, BestCase, MostLikely, Forecast (shown as Commit) or Closed. */
  forecastCategory?: string;
}

export interface RoleFacts {
  opportunityId: string;
  contactId: string;
  name: string | null;
  isPrimary: boolean;
}

export interface Conversion {
  contactId: string | null;
  accountId: string | null;
  opportunityId: string | null;
  /** A date without a time. */
  on: string | null;
}

/** A record as read, its structure named once for both CRMs so that nothing downstream knows a CRM's quirks. */
export interface CrmRecord {
  ref: RecordRef;
  createdAt: EpochMs;
  /** `lastmodifieddate` / `SystemModstamp`. */
  modifiedAt: EpochMs;
  modifiedBy?: Actor;
  /** Deleted, or lost a merge (`into`: the survivor's id). */
  gone?: { how: 'deleted' | 'merged'; into?: string };
  /** The fields asked for, by the CRM's own names. */
  fields: Fields;
  /** As the CRM has them, the primary first. */
  emails: string[];
  /** Other ids that mean this record now (merged into it). */
  aliases: string[];
  /** Ids of the other CRM that this record carries (I1). */
  carries: { hubspotContact?: string; salesforceLead?: string; salesforceContact?: string };
  owner?: { id: string; kind: 'user' | 'queue'; name?: string } | null;
  accountId?: string | null;
  conversion?: Conversion;
  opportunity?: OpportunityFacts;
  role?: RoleFacts;
  /** Undefined: not returned, so unknown (M5). */
  consent: { emailOptOut?: boolean; doNotCall?: boolean };
}

/** Since when a tracked field has had its value, by the CRM's time (L5). `own`: the value is what Concord last wrote there (L11). */
export interface FieldSince {
  at: EpochMs;
  own?: true;
  /** Found at the first reading without a history: it may have been so for longer. */
  first?: true;
  by?: Actor;
}

/** A record as Concord keeps it: what was last read, since when, and what Concord itself last wrote. */
export interface MirrorRecord extends CrmRecord {
  personId: string | null;
  since: Record<string, FieldSince>;
  written: Fields;
  /** When a value last changed by someone else's hand, in Concord's reading order (the run's now). */
  foreignChangeAt: EpochMs;
}

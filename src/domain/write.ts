import type { CrmName, Fields, RecordRef, Value } from './record';
import type { Problem } from './problem';

/** One field-level change planned for one CRM record: before, after, why. */
export interface FieldChange {
  field: string;
  /** Undefined: not known (the record is being created). */
  before?: Value;
  after: Value;
  /** The rule of design.md that asks for it (L3, F1, M1 …). */
  rule: string;
  /** In words a RevOps lead reads: which evidence caused it. */
  because: string;
  /** People edit this field too: it is compared again just before the write (W4). */
  contested?: true;
  /** The write is only done when read back (W12). */
  readBack?: true;
  /** Status, reason and note travel together or not at all (M3). */
  together?: true;
  /** An existing, different value goes: counted by the guard (M4, W6). */
  overwrites?: true;
}

/** What is planned for one record. Creates name the record they make by `key`. */
export interface PlannedWrite {
  /** Stays the same when the same write is tried again. */
  key: string;
  personId: string;
  crm: CrmName;
  object: 'contact' | 'lead';
  op: 'update' | 'create';
  /** Absent for creates. */
  id?: string;
  changes: FieldChange[];
}

/** A planned write as an adapter takes it: values only. */
export interface RecordWrite {
  key: string;
  object: 'contact' | 'lead';
  op: 'update' | 'create';
  id?: string;
  fields: Fields;
  /**
   * For creates: the unique field that makes the create repeatable. HubSpot: `email`. Salesforce: the external id field (an upsert by it).
   */
  identity?: { field: string; value: string };
  /** For creates in Salesforce, when the agreement says so: the org's assignment rules run (W1). */
  assignmentRules?: true;
}

/** How one record of a batch ended. `maybe`: the answer was lost, the write may have happened (never blindly repeated). */
export type WriteOutcome =
  | { key: string; outcome: 'done'; id: string; created?: boolean }
  | { key: string; outcome: 'refused'; problem: Problem }
  | { key: string; outcome: 'maybe'; problem: Problem };

export type JournalState = 'intent' | 'done' | 'refused' | 'maybe' | 'dropped';

/** A call that writes, as the journal keeps it (W3): the intent is committed before the call, the outcome after. */
export interface JournalEntry {
  id: string;
  run: string;
  fence: number;
  personId: string | null;
  ref: RecordRef | null;
  crm: CrmName;
  object: string;
  /** `leave`: a note or task on the record `ref`; `key` is its key in the outbox. */
  op: 'update' | 'create' | 'opt_out' | 'setup' | 'leave';
  key: string;
  changes: FieldChange[];
  state: JournalState;
  intendedAt: number;
  settledAt: number | null;
  problem: Problem | null;
}

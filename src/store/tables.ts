import type { Generated } from 'kysely';
import type { DealFact, EpisodeFact, TouchFact } from '../domain/report';

/*
 * The tables as both databases hold them. Ids and JSON are text, moments are epoch milliseconds as 64-bit integers, yes/no is 1/0. Names that
 * occur in every row (fields, runs) are kept once and referred to by number.
 */

/** A record's CRM and object in two letters: they are part of every key. */
export type RecordKind = 'hc' | 'sl' | 'sc' | 'so' | 'sr';

export interface MirrorTable {
  kind: RecordKind;
  id: string;
  person_id: string | null;
  /** Salesforce contacts and opportunities: their account. */
  account_id: string | null;
  /** Roles: their opportunity. Leads: the opportunity their conversion made. */
  opportunity_id: string | null;
  /** Roles: their contact. */
  contact_id: string | null;
  /** See recordCodec.ts. */
  body: string;
  /** F7: 1 for a record that opted out of e-mail or must not be called, 0 for one that is not known to. Null: put before this column was. */
  restricted: number | null;
}

/** One row per thing that another record of the same person may have in common; a record's own id needs none, the mirror's key finds it. */
export interface IdentityTable {
  key: string;
  kind: RecordKind;
  id: string;
}

export interface PersonTable {
  id: string;
  hubspot_id: string | null;
  salesforce_object: 'lead' | 'contact' | null;
  salesforce_id: string | null;
  stage: string | null;
  stage_at: number | null;
  cycle: number;
  in_scope: number;
  shown_hubspot: string | null;
  shown_salesforce: string | null;
  disagreement: string | null;
  held: string | null;
  missing: string | null;
  next_at: number | null;
  state: string | null;
  notes: string | null;
  updated_at: number;
}

export interface TransitionTable {
  seq: Generated<number>;
  person_id: string;
  from_stage: string | null;
  to_stage: string;
  at: number;
  seen_at: number;
  cycle: number;
  run_no: number;
  rule: string;
  because: string;
  skipped: number;
}

export interface HandoffTable {
  person_id: string;
  cycle: number;
  opened_at: number;
  adopted: number;
  carried_at: number | null;
  first_touch_at: number | null;
  accepted_at: number | null;
  rejected_at: number | null;
  reason: string | null;
  reason_text: string | null;
  note: string | null;
  rejected_by: string | null;
  crm: 'hubspot' | 'salesforce' | null;
  route: string | null;
  recycle_on: string | null;
  closed_at: number | null;
  closed_as: string | null;
  owner_id: string | null;
  clock: string | null;
  sla: string | null;
  due_at: number | null;
}

export interface QueueTable {
  person_id: string;
  reason: string;
  since: number;
}

/** The staged plan, many people to a row, deflated: it is written once, read once in order, and gone after the run. */
export interface PlanTable {
  run: string;
  first_seq: number;
  last_seq: number;
  body: Buffer;
}

export interface PlanTotalsTable {
  run: string;
  people: number;
  changed: number;
  creates: number;
  regressions: number;
  links_ended: number;
  overwrites: number;
  writes_hubspot: number;
  writes_salesforce: number;
}

export interface JournalTable {
  seq: Generated<number>;
  id: string;
  run_no: number;
  person_id: string | null;
  /** Two letters where they name it, else `crm:object`. */
  kind: string;
  op: string;
  ref: string | null;
  key: string;
  state: string;
  /** 1 while the call's outcome is unknown; null afterwards, so that the partial index holds open intents only. */
  open: number | null;
  intended_at: number;
  settled_at: number | null;
  problem: string | null;
  /** Where the changes are: a row of journal_bodies, and the place in it. */
  body_no: number;
  place: number;
}

/** The changes of entries that were intended together, deflated together: a first run's repeat each other. See journalCodec.ts. */
export interface JournalBodyTable {
  no: number;
  body: Buffer;
}

export interface DeadLetterTable {
  id: string;
  /** `crm:object:recordId`; null: a record that was to be created. */
  ref: string | null;
  crm: 'hubspot' | 'salesforce';
  object: string;
  record_id: string | null;
  person_id: string | null;
  field: string | null;
  value: string;
  problem: string;
  first_run: string;
  last_run: string;
  created_at: number;
  last_tried_at: number;
  tries: number;
  state: 'open' | 'retry' | 'resolved' | 'dropped';
  /** What letters of one root cause share. */
  cause: string | null;
}

export interface HoldTable {
  id: string;
  kind: 'rolled_back' | 'contested';
  ref: string;
  person_id: string | null;
  field: string;
  value: string;
  run: string;
  because: string;
  created_at: number;
  /** What the value was planned on (W9). Null: of a contested field, or from before it was kept. */
  agreement: string | null;
  decided: string | null;
}

export interface OutboxTable {
  /** The entry's key. */
  id: string;
  channel: 'hubspot_note' | 'salesforce_task' | 'slack' | 'email';
  person_id: string | null;
  /** `crm:object:id`. */
  target: string | null;
  kind: string;
  /** JSON; null: forgotten. */
  text: string | null;
  state: 'waiting' | 'sent' | 'dead';
  tries: number;
  next_try_at: number;
  remote_id: string | null;
  problem: string | null;
  run: string;
  created_at: number;
  settled_at: number | null;
}

export interface InboxTable {
  key: string;
  object_id: string;
  /** Other ids that the event names (merge), as JSON. */
  related: string;
  kind: string;
  occurred_at: number;
  received_at: number;
  /** 1 while no run has taken it; null afterwards, so that the partial index holds waiting events only. */
  waiting: number | null;
}

export interface Tables {
  mirror: MirrorTable;
  identities: IdentityTable;
  people: PersonTable;
  transitions: TransitionTable;
  handoffs: HandoffTable;
  queue: QueueTable;
  plans: PlanTable;
  plan_totals: PlanTotalsTable;
  journal: JournalTable;
  journal_bodies: JournalBodyTable;
  dead_letters: DeadLetterTable;
  holds: HoldTable;
  outbox: OutboxTable;
  watermarks: { crm: 'hubspot' | 'salesforce'; object: 'contact' | 'lead' | 'opportunity' | 'role' | 'task'; at: number; run: string };
  runs: { id: string; kind: string; mode: 'apply' | 'dry-run'; status: 'running' | 'ok' | 'partial' | 'stopped' | 'failed'; started_at: number; finished_at: number | null; agreement: string; summary: string };
  run_numbers: { no: number; id: string };
  names: { id: number; name: string };
  meta: { key: string; value: string };
  forgotten: { hash: string; at: number };
  inbox: InboxTable;
  report_queue: { person_id: string };
  report_episodes: EpisodeFact;
  /** `counting`: 1 on the one row per opportunity that carries its money. */
  report_deals: DealFact & { counting: number };
  report_touches: TouchFact;
  report_owners: { id: string; name: string };
  /** What counting would have to scan for: number of people, letters by state, parity by stage. */
  counters: { name: string; n: number };
  /** `run`: the run lock. `writer`: the row that every transaction on PostgreSQL takes first, so that writers follow each other as on SQLite. */
  locks: { name: 'run' | 'writer'; holder: string | null; fence: number; expires_at: number };
}

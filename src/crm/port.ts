import type { ClosedTask, CrmName, CrmRecord, EpochMs, FieldVersion, ObjectName, ReadObject, RecordRef } from '../domain/record';
import type { Problem } from '../domain/problem';
import type { Activity, SoughtActivity } from '../domain/outbox';
import type { RecordWrite, WriteOutcome } from '../domain/write';
import type { Survey } from './survey';

export type { Assignee, Finding, IntegrationState, ObjectRights, OpportunityStageFacts, RecordTypeFacts, Survey } from './survey';

/** Who is at the other end, and how it stands. */
export interface ConnectionFacts {
  /** Portal id / org id. */
  accountId: string;
  accountName: string;
  /** For links to records, without trailing slash: `https://app.hubspot.com/contacts/555001/record/0-1`, `https://acme.lightning.force.com`. */
  recordUrl(object: ObjectName, id: string): string;
  /** The CRM's clock at the answer (its Date header). */
  serverNow: EpochMs;
  /** The CRM user that Concord acts as, when the CRM says. */
  actingAs?: { id: string; name?: string };
  /** The kind of credential, in words (`project app token`, `client credentials`). */
  credential: string;
}

export type FieldType = 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'option' | 'options' | 'reference';

/** A field as the credential sees it. A field that it cannot see is absent. */
export interface FieldDescription {
  name: string;
  label: string;
  type: FieldType;
  writable: boolean;
  /** Longest text, when the CRM says. */
  length?: number;
  /** Internal values in order, for option fields; active ones. */
  options?: { value: string; label: string; closed?: boolean; converted?: boolean; isDefault?: true }[];
  /** Only listed options are accepted. */
  restricted?: boolean;
  unique?: boolean;
}

export type Description = Partial<Record<ObjectName, Record<string, FieldDescription>>>;

/** The fields to read of each object, by the CRM's names; structure (e-mails, ids, conversion, opportunity facts) always comes. */
export type FieldSelection = Partial<Record<ObjectName, string[]>>;

export interface ReadRequest {
  /**
   * Where each object's reading goes on: everything changed at or after this moment of the CRM's clock (overlap already taken off). Null: everything; of
   * tasks nothing, only where their reading begins.
   */
  since: Partial<Record<ReadObject, EpochMs | null>>;
  fields: FieldSelection;
}

/** One page of a read. Bad records never stop a page and never vanish: they are in `problems`. */
export interface ReadPage {
  object: ReadObject;
  records: CrmRecord[];
  problems: Problem[];
  /** Instead of records: the tasks that were closed. */
  closed?: ClosedTask[];
  /** On an object's last page: up to which moment of the CRM's clock it has now been read. */
  readUpTo?: EpochMs;
}

/** Someone who must not be mailed or called any more (F7). Consent only tightens. */
export interface ConsentWrite {
  key: string;
  ref: RecordRef;
  email?: string;
  optOut?: true;
  /** Writes this field true. */
  doNotCallField?: string;
  /** Salesforce: writes this field true for an opt-out. */
  optOutField?: string;
}

/** What `setup` needs to exist. Names are the CRM's; labels in the agreement's language. */
export interface FieldNeed {
  object: 'contact' | 'lead';
  name: string;
  label: string;
  type: 'text' | 'longtext' | 'number' | 'date' | 'datetime' | 'option' | 'boolean';
  length?: number;
  options?: { value: string; label: string }[];
  /** A set of options shared by several fields (Salesforce global value set). */
  sharedOptions?: string;
  unique?: boolean;
  description: string;
}

/**
 * What sales works with beside the fields, so that a rejection carries its reason (F1, F4). Field names are the CRM's, texts are in the agreement's
 * language. HubSpot needs none of it.
 */
export interface SalesNeeds {
  fields: { stage: string; mqlWhy: string; reason: string; note: string; detail: string | null; recycleOn: string | null; sla: string; slaDueAt: string };
  /** Lead statuses that mean rejected, by the CRM's values. Empty: the reason alone rejects, and there is nothing to ask a reason for. */
  rejected: string[];
  /** Instead of `rejected`, on the leads of these record types (developer names). */
  rejectedByType: { recordType: string; statuses: string[] }[];
  /** The lead status of a handoff that waits for its answer, when the agreement writes one. */
  open: string | null;
  /** Stored values: the stage that waits for an answer, the SLA state that is late. */
  awaiting: string;
  breached: string;
  texts: Record<'reasonRequired' | 'awaiting' | 'withoutReason' | 'breached' | 'reject' | 'path' | 'guideOpen' | 'guideRejected', string>;
}

/** A part of something of Concord's that is not as the agreement wants it, and what `setupApply` does about it. */
export interface Drift {
  part: string;
  /** What the agreement wants. */
  wanted: string;
  /** What is there; null: nothing. */
  found: string | null;
  then: 'restored' | 'left';
  why: string;
}

/** One step that `setup` would take, or a statement that it is already so. */
export interface SetupStep {
  id: string;
  /** `missing` is created by `apply`; `differs` too when it can be added to; `by_hand` cannot be done by the API. */
  state: 'ok' | 'missing' | 'differs' | 'by_hand';
  what: string;
  /** Runs work without it. */
  advice?: true;
  drift?: Drift[];
}

/** One step of the way back. */
export interface RemovalStep {
  id: string;
  /** `present` is removed by `removeApply`; `kept` stays and `why` says why; `by_hand` is left to a person. */
  state: 'present' | 'absent' | 'kept' | 'by_hand';
  what: string;
  why?: string;
}

/** A text file of an export, by its path inside the exported folder, with forward slashes. */
export interface ProjectFile {
  path: string;
  content: string;
}

export interface Usage {
  /** Calls sent since the port was made, retries included. */
  calls: number;
  /** The day's quota as last heard. */
  quota?: { limit: number; remaining: number };
}

/**
 * A CRM as Concord needs it: the one narrow door, the same for both. Every call has a deadline, is paced and retried inside (`pace.ts` is the only
 * retry loop). Whole-CRM trouble (credential, quota, outage after retries) throws `CrmError`; one record's trouble is a value.
 */
export interface CrmPort {
  readonly crm: CrmName;
  /** Proves the credential and says who is there. Throws `CrmError` `unauthorized`. */
  connect(): Promise<ConnectionFacts>;
  /** The fields of the objects Concord reads, as this credential sees them. Cached for the life of the port; `fresh` asks again. */
  describe(fresh?: boolean): Promise<Description>;
  /** What the credential may do and what the account was set up with; asked anew each time, changes nothing. What cannot be asked is null or a finding, never an error. */
  survey(): Promise<Survey>;
  /** Changed (or all) records, page by page, deleted and merged ones included where the CRM lists them. */
  read(request: ReadRequest): AsyncIterable<ReadPage>;
  /** Records by id, read directly (never from an index that lags). Ids that are gone come back as records with `gone`, or not at all when never seen. */
  byIds(object: 'contact' | 'lead' | 'opportunity', ids: string[], fields: FieldSelection): Promise<ReadPage>;
  /** Records of a person by e-mail, directly: HubSpot contacts; Salesforce leads and contacts. */
  byEmails(emails: string[], fields: FieldSelection): Promise<ReadPage[]>;
  /** For creates whose answer was lost: the record that carries the identity, if any. */
  byIdentity(object: 'contact' | 'lead', field: string, values: string[], fields: FieldSelection): Promise<ReadPage>;
  /** Field histories where the CRM keeps them (HubSpot property history; Salesforce field history when tracked), newest first. Missing: not kept. */
  histories(object: 'contact' | 'lead', ids: string[], fields: string[]): Promise<Map<string, Record<string, FieldVersion[]>>>;
  /** Salesforce: the tasks on these leads and contacts that were closed after a moment, to the millisecond that it keeps; none that the user cannot see. HubSpot: empty. */
  closedTasks(ids: string[], after: EpochMs): Promise<ClosedTask[]>;
  /** Salesforce: when the closed opportunities among these were closed, by OpportunityHistory (L12). HubSpot: empty. */
  closedAt(opportunityIds: string[]): Promise<Map<string, EpochMs>>;
  /** Opportunities (with their roles) of these accounts, for I7. HubSpot: empty. */
  opportunitiesOfAccounts(accountIds: string[], fields: FieldSelection): Promise<ReadPage[]>;
  /**
   * Salesforce: the account whose website has one of these domains (`acme.com`, also as `www.acme.com`), by domain; null: several have it. Domains that no
   * account has, and those of public mail providers, are absent. HubSpot: empty.
   */
  accountsOfDomains(domains: string[]): Promise<Map<string, string | null>>;
  /** Names of users by id, for "rejected by". Kept for an hour. */
  userNames(ids: string[]): Promise<Map<string, string>>;
  /** E-mail addresses of active users by id, to write to them. Kept for an hour. */
  userEmails(ids: string[]): Promise<Map<string, string>>;
  /** Salesforce: which of these users are deactivated, as of now; one that cannot be seen is not among them (M5). HubSpot: empty. */
  inactiveUsers(ids: string[]): Promise<Set<string>>;
  /** The most records `write` takes at once. */
  readonly batchSize: number;
  /** Sends one batch of at most `batchSize` writes of one object and op. Every write has exactly one outcome, found by key. Never runs assignment rules (W1). */
  write(writes: RecordWrite[]): Promise<WriteOutcome[]>;
  /** Tightens consent (F7). Every write has exactly one outcome. */
  restrict(writes: ConsentWrite[]): Promise<WriteOutcome[]>;
  /**
   * Leaves at most `batchSize` notes or tasks, all of one kind, on this CRM's records. Every one has exactly one outcome, found by key: `done` with its
   * id, `refused`, or `maybe` when the answer was lost. Sent once, never repeated inside: what is `maybe` is looked for with `findLeft` first.
   * Text is escaped for the CRM here. Throws `CrmError` for trouble of the whole CRM, only while nothing was left.
   */
  leave(activities: Activity[]): Promise<WriteOutcome[]>;
  /** Ids of those that were left, by mark, found directly (never in an index that lags) through the records they are on. */
  findLeft(sought: SoughtActivity[]): Promise<Map<string, string>>;
  /** What the CRM lacks for these needs; nothing is changed. */
  setupPlan(needs: FieldNeed[], sales?: SalesNeeds): Promise<SetupStep[]>;
  /** Makes what is missing; safe to repeat and to interrupt. Never removes or deactivates anything. */
  setupApply(needs: FieldNeed[], progress: (done: SetupStep) => void, sales?: SalesNeeds): Promise<void>;
  /** The way back: what of Concord's own is there. With `deleteData` the fields, with every value in them, are part of it. Nothing is changed. */
  removePlan(needs: FieldNeed[], deleteData: boolean, sales?: SalesNeeds): Promise<RemovalStep[]>;
  /** Removes it; safe to repeat and to interrupt. Only what Concord made. */
  removeApply(needs: FieldNeed[], deleteData: boolean, progress: (done: RemovalStep) => void, sales?: SalesNeeds): Promise<void>;
  usage(): Usage;
  close(): Promise<void>;
}

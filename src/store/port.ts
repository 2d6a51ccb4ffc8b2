import type { CrmName, EpochMs, MirrorRecord, ObjectName, ReadObject, RecordRef, Value } from '../domain/record';
import type { JournalEntry, PlannedWrite } from '../domain/write';
import type { Problem } from '../domain/problem';
import type { MessageProblem } from '../domain/notification';
import type { OutboxChannel, OutboxText } from '../domain/outbox';
export type { ReportState } from './reportPort';
import type { ReportReader, ReportWriter } from './reportPort';

/*
 * What Concord remembers. One interface, two databases (SQLite file, PostgreSQL). All moments are epoch milliseconds. Everything that changes the
 * store during a run goes through `transaction(fence, …)`: it commits only while the given fence is the current one (design.md section 9), else it
 * throws ConcordError `lock_lost` (exit 5) and nothing is changed. Lists are paged by key: none is ever whole in memory.
 */

export type IdentityKind = 'email' | 'hubspot_contact' | 'salesforce_lead' | 'salesforce_contact';
/** Something that two records of one person have in common: a normalised e-mail, or a record id (own, carried or merged). */
export interface IdentityKey {
  kind: IdentityKind;
  value: string;
}

/** Tells by their ref keys which records are meant: a set, or a map by them. */
export type RefKeys = Pick<ReadonlySet<string>, 'has'>;

export interface PersonRow {
  id: string;
  /** Pinned primaries (I4). */
  hubspotId: string | null;
  salesforceObject: 'lead' | 'contact' | null;
  salesforceId: string | null;
  stage: string | null;
  stageAt: EpochMs | null;
  cycle: number;
  inScope: boolean;
  /** The stage each CRM's record shows in Concord's stage field, as last read (W11). Null: no record or empty. */
  shownHubspot: string | null;
  shownSalesforce: string | null;
  /** Why the CRMs do not agree on the person, when they do not (W11). */
  disagreement: string | null;
  /** Set while the person is held (I8): why. */
  held: string | null;
  /** Field ids that the handoff lacks (L6), `;`-separated. */
  missing: string | null;
  /** The first moment at which the clock alone changes the decision. */
  nextAt: EpochMs | null;
  /** History as decide keeps it: JSON. */
  state: unknown;
  /** Candidates, duplicates, data debt: JSON for explain. */
  notes: unknown;
  updatedAt: EpochMs;
}

/** What writing to the CRMs changes of a person. */
export type PersonPatch = Pick<PersonRow, 'id' | 'hubspotId' | 'salesforceObject' | 'salesforceId' | 'shownHubspot' | 'shownSalesforce' | 'disagreement'> & { state?: unknown };

export interface TransitionRow {
  personId: string;
  from: string | null;
  to: string;
  /** When it became true, by the CRM. */
  at: EpochMs;
  /** When Concord saw it. */
  seenAt: EpochMs;
  cycle: number;
  run: string;
  rule: string;
  because: string;
  skipped: boolean;
}

export interface HandoffRow {
  personId: string;
  cycle: number;
  openedAt: EpochMs;
  adopted: boolean;
  carriedAt: EpochMs | null;
  firstTouchAt: EpochMs | null;
  acceptedAt: EpochMs | null;
  rejectedAt: EpochMs | null;
  reason: string | null;
  reasonText: string | null;
  note: string | null;
  rejectedBy: string | null;
  crm: CrmName | null;
  route: string | null;
  recycleOn: string | null;
  closedAt: EpochMs | null;
  closedAs: string | null;
  ownerId: string | null;
  /** The running clock that is due first (S1): `first_touch answer reason book_or_recycle`; its state at the last decision; its deadline. Null: none runs. */
  clock: string | null;
  sla: string | null;
  dueAt: EpochMs | null;
}

/** Where a list of handoffs goes on: the row it ended with. */
export interface DueKey {
  /** The deadline, or the moment of the rejection: what the list is ordered by. */
  at: EpochMs;
  personId: string;
  cycle: number;
}

/** Open dead letters of one root cause: CRM, object, field and code. */
export interface DeadLetterCause {
  cause: string;
  letters: number;
  oldestAt: EpochMs;
  latestAt: EpochMs;
  /** One of them. */
  sample: DeadLetter;
}

export type RunStatus = 'running' | 'ok' | 'partial' | 'stopped' | 'failed';
export interface RunRow {
  id: string;
  kind: string;
  mode: 'apply' | 'dry-run';
  status: RunStatus;
  startedAt: EpochMs;
  finishedAt: EpochMs | null;
  agreement: string;
  summary: unknown;
}

/** Something to be told once. The key says what it tells, so that the same thing is never told twice: `note:<person>:<cycle>:<moment>`. */
export interface OutboxEntry {
  key: string;
  channel: OutboxChannel;
  personId: string | null;
  /** The record it is about, where that is not the person's own in that CRM (which comes first: it follows merges, conversions and creates). */
  target: RecordRef | null;
  /** What it tells, in a word: `rejected`, `sla_breached` … For counting and for `explain`. */
  kind: string;
  text: OutboxText;
  /** The run that found it out. */
  run: string;
  createdAt: EpochMs;
  /** Not to be sent before this moment. */
  nextTryAt: EpochMs;
}

export interface OutboxRow extends Omit<OutboxEntry, 'text'> {
  /** Short and without blanks: stands in what is left and finds it again. Follows from the key. */
  mark: string;
  /** Null: forgotten. */
  text: OutboxText | null;
  /** `dead`: given up on; for a CRM's refusal a dead letter says why. */
  state: 'waiting' | 'sent' | 'dead';
  /** Attempts that failed. */
  tries: number;
  /** The note's, task's or message's id where it was left. */
  remoteId: string | null;
  /** Why the last attempt failed. */
  problem: Problem | MessageProblem | null;
  /** When it was sent or given up. */
  settledAt: EpochMs | null;
}

/** A person's part of a staged plan: what becomes of them, and which writes follow. Sequence numbers order the plan. */
export interface StagedPerson {
  seq: number;
  person: PersonRow;
  transitions: TransitionRow[];
  handoffs: HandoffRow[];
  writes: PlannedWrite[];
  /** What this tells, once it is committed (F2). */
  outbox?: OutboxEntry[];
  /** Fields of records whose dead letters no decision wants written any more; a letter about a whole record goes with any of them. */
  needless?: { ref: RecordRef; fields: string[] }[];
  /** Fields that are held from now on (W12), and ids of holds that have ended (W9, W12). */
  holds?: { begun: Omit<Hold, 'id'>[]; ended: string[] };
  /** What the guard counts (W6). */
  counts: { creates: number; regressions: number; linksEnded: number; overwrites: number; changed: boolean };
}

export interface PlanTotals {
  people: number;
  changed: number;
  creates: number;
  regressions: number;
  linksEnded: number;
  overwrites: number;
  writes: { hubspot: number; salesforce: number };
}

export interface DeadLetter {
  id: string;
  crm: CrmName;
  object: string;
  recordId: string | null;
  personId: string | null;
  /** The field at fault; null: the whole write. */
  field: string | null;
  value: Value;
  problem: Problem;
  firstRun: string;
  lastRun: string;
  createdAt: EpochMs;
  lastTriedAt: EpochMs;
  tries: number;
  state: 'open' | 'retry' | 'resolved' | 'dropped';
}

/** A field (or a whole person: field null) that no run writes until it is given back (I8, W9, W12). */
export interface Hold {
  id: string;
  kind: 'rolled_back' | 'contested';
  ref: RecordRef;
  personId: string | null;
  field: string;
  /** The value that was planned when the hold began: another planned value means the evidence changed. */
  value: Value;
  run: string;
  because: string;
  createdAt: EpochMs;
  /** What a value that was rolled back had been planned on (W9): the agreement's hash, and how the person stood. Absent: not known. */
  ground?: { agreement: string; decided: string };
}

export interface LockHolder {
  holder: string;
  fence: number;
  expiresAt: EpochMs;
}

export type InboxKind = 'propertyChange' | 'creation' | 'deletion' | 'merge' | 'restore' | 'privacyDeletion';

/** Something that HubSpot told about a contact by webhook: which one and what kind of thing, never a value. */
export interface InboxEvent {
  /** The same for every repetition of the event. */
  key: string;
  kind: InboxKind;
  objectId: string;
  /** Other contacts it concerns: those of a merge. */
  related: string[];
  occurredAt: EpochMs;
  receivedAt: EpochMs;
}

export interface StoreTransaction extends ReportWriter {
  // --- mirror
  putRecords(records: MirrorRecord[]): Promise<void>;
  deleteRecords(refs: RecordRef[]): Promise<void>;
  // --- people
  putPeople(rows: PersonRow[]): Promise<void>;
  /** Takes down what writing has changed of people who are there; `state` only where it is given. */
  patchPeople(patches: PersonPatch[]): Promise<void>;
  /** Deletes people with their transitions, handoffs and place in the queue. The journal stays; records that still were theirs are nobody's. */
  deletePeople(ids: string[]): Promise<void>;
  /**
   * I3: histories joined. Transitions, journal, dead letters, holds and outbox of `from` become those of `into`, as do handoffs of cycles that `into` does not
   * have. To be called before `deletePeople(from)`.
   */
  mergePeople(into: string, from: string[]): Promise<void>;
  addTransitions(rows: TransitionRow[]): Promise<void>;
  /** Replaces the handoffs (person, cycle) given. */
  putHandoffs(rows: HandoffRow[]): Promise<void>;
  // --- who is to be decided
  enqueue(personIds: string[], reason: string, at: EpochMs): Promise<void>;
  dequeue(personIds: string[]): Promise<void>;
  // --- the staged plan
  stage(run: string, people: StagedPerson[]): Promise<void>;
  clearPlan(run: string): Promise<void>;
  // --- journal
  /** Commits intents before their calls (W3). */
  intend(entries: JournalEntry[]): Promise<void>;
  /** Outcomes: state, settledAt, problem, ref by id. */
  settle(entries: Pick<JournalEntry, 'id' | 'state' | 'settledAt' | 'problem' | 'ref'>[]): Promise<void>;
  // --- dead letters, holds
  /** Opens, or counts another try of, the dead letter of (crm, object, recordId, personId, field). */
  putDeadLetters(letters: Omit<DeadLetter, 'id' | 'tries' | 'state' | 'firstRun' | 'createdAt'>[]): Promise<{ opened: number }>;
  setDeadLetterState(ids: string[], state: DeadLetter['state']): Promise<void>;
  /** Resolves open letters of these (record, field) after a write went through; field null: all of the record. */
  resolveDeadLetters(done: { ref: RecordRef; fields: string[] }[]): Promise<void>;
  addHolds(holds: Omit<Hold, 'id'>[]): Promise<void>;
  releaseHolds(ids: string[]): Promise<void>;
  // --- outbox
  /** Puts what is to be told; what has a key that is there already stays as it is. */
  post(entries: OutboxEntry[]): Promise<void>;
  /** How attempts ended, by key. What is `waiting` counts another try and is due again at `nextTryAt`. */
  settlePosts(outcomes: (Pick<OutboxRow, 'key' | 'state' | 'problem' | 'remoteId' | 'settledAt' | 'nextTryAt'> & { target?: RecordRef })[]): Promise<void>;
  /**
   * Takes waiting ones that are due for sending as one message: nobody else takes them before `until`, and `remoteId` is that message's id from now on.
   * Returns the keys that were taken.
   */
  claimPosts(keys: string[], remoteId: string, now: EpochMs, until: EpochMs): Promise<string[]>;
  /** Dead ones are not even kept for another try: their text goes. */
  dropPosts(keys: string[]): Promise<void>;
  /** W9: what one run found out about these people and nobody has been told yet is not told any more. Returns how many there were. */
  withdrawPosts(run: string, personIds: string[], at: EpochMs): Promise<number>;
  /** Waits that were set by a clock `aheadMs` ahead (posts made or tried after `now` by it) end so much earlier, but not before `now`. */
  bringForward(now: EpochMs, aheadMs: number): Promise<void>;
  /** Dead ones wait again, as if never tried. Unknown keys and others are left. */
  repost(keys: string[], at: EpochMs): Promise<void>;
  // --- webhook events
  settleInbox(keys: string[]): Promise<void>;
  // --- the rest
  setWatermark(crm: CrmName, object: ReadObject, at: EpochMs, run: string): Promise<void>;
  putRun(row: RunRow): Promise<void>;
  setMeta(key: string, value: string | null): Promise<void>;
  /** Remembers that these keyed hashes are never stored or recreated again (forget). */
  addForgotten(hashes: string[], at: EpochMs): Promise<void>;
}

export interface StoreReader extends ReportReader {
  records(refs: RecordRef[]): Promise<MirrorRecord[]>;
  /** Records whose own id, merged id, carried id or e-mail is one of the keys. `except`: ref keys of records that the caller has already. */
  recordsByKeys(keys: IdentityKey[], except?: RefKeys): Promise<MirrorRecord[]>;
  recordsOfPeople(personIds: string[], except?: RefKeys): Promise<MirrorRecord[]>;
  /**
   * F7: those of these people on whom a CRM's consent may have to be tightened: some record of theirs opted out or must not be called, or their history
   * speaks of suppression. It may name a few too many, never too few.
   */
  mayTighten(personIds: string[]): Promise<string[]>;
  /** Opportunity and role records that can concern these Salesforce contacts, converted leads' opportunities and accounts. */
  rolesOfContacts(contactIds: string[]): Promise<MirrorRecord[]>;
  rolesOfOpportunities(opportunityIds: string[]): Promise<MirrorRecord[]>;
  /** Converted leads whose conversion made these opportunities (I7). */
  leadsOfOpportunities(opportunityIds: string[]): Promise<MirrorRecord[]>;
  opportunitiesOfAccounts(accountIds: string[]): Promise<MirrorRecord[]>;
  contactsOfAccounts(accountIds: string[]): Promise<MirrorRecord[]>;
  /** Pages through the mirror by id. */
  pageRecords(crm: CrmName, object: ObjectName, afterId: string | null, limit: number): Promise<MirrorRecord[]>;

  people(ids: string[]): Promise<PersonRow[]>;
  pagePeople(afterId: string | null, limit: number): Promise<PersonRow[]>;
  /** People whose clock has come: next_at at or before now, by id. */
  duePeople(now: EpochMs, afterId: string | null, limit: number): Promise<string[]>;
  countPeople(): Promise<number>;
  /** People at a stage, by id. Null: at none. */
  peopleOfStage(stage: string | null, afterId: string | null, limit: number): Promise<PersonRow[]>;
  /** People who wait for a person to act: `held` (I8), `missing` what a handoff needs (L6), `deleted` in one CRM (I5), by id. */
  waitingPeople(kind: 'held' | 'missing' | 'deleted' | 'contested', afterId: string | null, limit: number): Promise<PersonRow[]>;
  /** How many of them there are, or on how many the CRMs do not agree; no more than `most` are counted. */
  countWaiting(kind: 'held' | 'missing' | 'disagreement' | 'deleted' | 'contested', most: number): Promise<number>;
  /** Handoffs on which a clock runs, by deadline: after `from`, at `before` or earlier. */
  handoffsDue(filter: { from?: EpochMs; before?: EpochMs; clock?: string; after?: DueKey | null; limit: number }): Promise<HandoffRow[]>;
  /** Handoffs whose running clock's deadline has passed, those whose has not, and those without an answer; no more than `most` of each are counted. */
  countDue(now: EpochMs, most: number): Promise<{ breached: number; running: number; unanswered: number }>;
  /** Handoffs that sales has neither accepted nor rejected, the oldest first. */
  unansweredHandoffs(after: DueKey | null, limit: number): Promise<HandoffRow[]>;
  /** Handoffs that were rejected, the latest first. `reason` null: without one. */
  rejections(filter: { reason?: string | null; before?: DueKey | null; limit: number }): Promise<HandoffRow[]>;
  handoffs(personId: string): Promise<HandoffRow[]>;
  transitions(personId: string): Promise<TransitionRow[]>;
  /** The same for many people, by person. */
  handoffsOfPeople(personIds: string[]): Promise<HandoffRow[]>;
  transitionsOfPeople(personIds: string[]): Promise<TransitionRow[]>;

  queue(afterId: string | null, limit: number): Promise<{ personId: string; reason: string; since: EpochMs }[]>;
  queueLength(): Promise<number>;

  planTotals(run: string): Promise<PlanTotals>;
  pagePlan(run: string, afterSeq: number, limit: number): Promise<StagedPerson[]>;

  openIntents(afterId: string | null, limit: number): Promise<JournalEntry[]>;
  /** The whole journal in its order. */
  pageJournal(afterId: string | null, limit: number): Promise<JournalEntry[]>;
  journalOfRun(run: string, afterId: string | null, limit: number): Promise<JournalEntry[]>;
  journalOfPerson(personId: string, limit: number): Promise<JournalEntry[]>;

  deadLetters(filter: { state?: DeadLetter['state']; cause?: string; ids?: string[]; afterId?: string | null; limit: number }): Promise<DeadLetter[]>;
  /** Open letters by root cause, those with the most letters first. */
  deadLetterCauses(limit: number): Promise<DeadLetterCause[]>;
  openDeadLettersOf(refs: RecordRef[]): Promise<DeadLetter[]>;
  /** Those that hold a write back until the record changes: open and dropped ones. */
  stoppingDeadLettersOf(refs: RecordRef[]): Promise<DeadLetter[]>;
  countDeadLetters(state: DeadLetter['state']): Promise<number>;
  holdsOf(refs: RecordRef[]): Promise<Hold[]>;
  holds(filter: { run?: string; personId?: string; kind?: Hold['kind']; afterId?: string | null; limit: number }): Promise<Hold[]>;

  /** Waiting ones whose time has come, by key; of these people only, when given. */
  duePosts(filter: { channels: OutboxChannel[]; now: EpochMs; afterKey?: string | null; personIds?: string[]; limit: number }): Promise<OutboxRow[]>;
  posts(keys: string[]): Promise<OutboxRow[]>;
  /** Those of these channels that were given up on and not forgotten, by key. */
  deadPosts(channels: OutboxChannel[], afterKey: string | null, limit: number): Promise<OutboxRow[]>;
  /** Newest first. */
  postsOfPerson(personId: string, limit: number): Promise<OutboxRow[]>;
  /** How many there are, by channel and state. */
  countPosts(): Promise<{ channel: OutboxChannel; state: OutboxRow['state']; n: number }[]>;

  /** Webhook events that wait for a run, by key. */
  inbox(afterKey: string | null, limit: number): Promise<InboxEvent[]>;
  inboxLength(): Promise<number>;

  watermarks(): Promise<{ crm: CrmName; object: ReadObject; at: EpochMs; run: string }[]>;
  run(id: string): Promise<RunRow | null>;
  /** Newest first. */
  runs(beforeStartedAt: EpochMs | null, limit: number): Promise<RunRow[]>;
  meta(key: string): Promise<string | null>;
  areForgotten(hashes: string[]): Promise<Set<string>>;
  /** Whether anybody was ever forgotten: without, a reader saves the hashing of every record. */
  anyForgotten(): Promise<boolean>;

  /** W11: people in scope by decided stage and by what each CRM shows, and how many disagree. */
  parity(): Promise<{ stage: string; people: number; hubspot: number; salesforce: number; disagree: number }[]>;
  disagreements(afterId: string | null, limit: number): Promise<PersonRow[]>;
}

/**
 * When a commit is safe from a machine (not a process) that stops: `now`, before `transaction` returns; `soon`, with the next that is. Lost are then the
 * last commits in a row, as if the run had been killed before them, and the next run makes them anew (W7). Not for what must stand before a CRM is told
 * (W3) or before somebody is answered. SQLite saves a wait for the disk each time; PostgreSQL, which may lose what a living run counts on, waits always.
 */
export type Durability = 'now' | 'soon';

export interface Store extends StoreReader {
  /** Runs `work` atomically; commits only under the current fence. `fence` null: for commands that hold no run lock (release, dead-letters …) and for setting up. `durable` is `now` unless given. */
  transaction<T>(fence: number | null, work: (tx: StoreTransaction & StoreReader) => Promise<T>, durable?: Durability): Promise<T>;

  /** Takes the run lock if free or expired, or expiring beyond `now + ttlMs` and not renewed for `ttlMs` of asking: the new fence; else who holds it. */
  acquireLock(holder: string, now: EpochMs, ttlMs: number): Promise<{ ok: true; fence: number } | { ok: false; by: LockHolder }>;
  /** False: the lock was lost. */
  renewLock(fence: number, now: EpochMs, ttlMs: number): Promise<boolean>;
  releaseLock(fence: number): Promise<void>;

  /** Takes webhook events down, each once; waits for no run. Returns how many are new. */
  receive(events: InboxEvent[]): Promise<number>;
  /**
   * Deletes at most `limit` settled webhook events that were received before `before`; returns how many. `unread`: those that wait as well, but for privacy
   * deletions: of a store whose first run, which reads everything, is still to come (L7).
   */
  pruneInbox(before: EpochMs, limit: number, unread?: boolean): Promise<number>;

  /**
   * Blanks everything kept about these records and this person (forget): mirror, evidence, history, values and notes in journal, dead letters, holds,
   * outbox, staged plans; keeps counts. What still waited to be told is not told. On SQLite with secure_delete and the WAL truncated.
   */
  forget(personIds: string[], refs: RecordRef[]): Promise<void>;
  /** Deletes at most `limit` journal rows (with their staged plans) and as many settled posts older than `before`; returns how many journal rows. */
  prune(before: EpochMs, limit: number): Promise<number>;

  /** The dialect in use, for messages. */
  readonly kind: 'sqlite' | 'postgres';
  /** Its server is another machine, and the connection to it is not encrypted: whoever is in between reads what it carries. */
  readonly inTheClear: boolean;
  close(): Promise<void>;
}

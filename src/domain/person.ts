import type { Actor, CrmName, EpochMs, MirrorRecord, RecordRef, RoleFacts, Value } from './record';
import type { Route, SlaState, StageId } from './stage';

/** One opportunity as it concerns a person (I7). */
export interface OpportunityEvidence {
  record: MirrorRecord;
  role: RoleFacts | null;
  /** Every role that the person has in it, `role` among them. */
  roles?: RoleFacts[];
  /** No contact role names the person: taken from the conversion or the account. */
  inferred: boolean;
  /** The account's contact that was chosen for it: kept from now on (I7). */
  chosen?: string;
}

/** What was read about a person in both CRMs. Gone records are not in it, but for converted leads, which stay as history (I2). */
export interface PersonEvidence {
  personId: string;
  hubspot: MirrorRecord[];
  leads: MirrorRecord[];
  contacts: MirrorRecord[];
  opportunities: OpportunityEvidence[];
  /** Records that ended since the last decision (I5). */
  gone: RecordRef[];
}

/** Sales' answer "no" to a handoff. */
export interface Rejection {
  /** When the rep said so, by the CRM (L5). */
  at: EpochMs;
  crm: CrmName;
  /** The record on which it was said. */
  record: string;
  by: Actor | null;
  /** A reason id of the agreement; `other` for words it does not know; `sla_expired` when nobody answered; null: without a reason (F4). */
  reason: string | null;
  /** The words as they stand in the CRM. */
  words: string | null;
  /** When the reason was first given; null or absent: not yet. It ends the reason clock (S1). */
  reasonAt?: EpochMs | null;
  note: string | null;
  detail: string | null;
  route: Route | null;
  /** A date without a time, in the agreement's time zone. */
  recycleOn: string | null;
  /** False: said without an open handoff (F8). */
  counted: boolean;
}

/** One pass of a person from marketing to sales. */
export interface Handoff {
  cycle: number;
  openedAt: EpochMs;
  /** Found open at adoption: without clocks (L7). */
  adopted: boolean;
  why: string;
  /** Since when sales' record carries it: the clocks' start (S1). */
  carriedAt: EpochMs | null;
  firstTouchAt: EpochMs | null;
  acceptedAt: EpochMs | null;
  rejection: Rejection | null;
  closedAt: EpochMs | null;
  /** `expired`: nobody at sales answered, and the agreement returns it to marketing. */
  closedAs: 'rejected' | 'won' | 'lost' | 'duplicate' | 'system' | 'expired' | null;
  ownerId: string | null;
  /** Since when that owner has it, once it was reassigned: the owner's first-touch clock starts there (S1). */
  ownerSince?: EpochMs;
  /** The first touch since then. */
  ownerTouchAt?: EpochMs;
  /** Answers that said “wrong owner”, once somebody else had it (F2). */
  reroutes?: Rejection[];
  /** The MQL clauses that spoke for the person when the pass began: what still holds at a rejection held there, however late it is read (L4). */
  held?: string[];
  /** Fields of a complete MQL that were not known when marketing handed it over (S4). Absent: it was not marketing that opened the pass. */
  lacks?: string[];
  /** Who owned the record when the clocks started: the team's clocks stay in that owner's calendar (S1). */
  carriedBy?: string | null;
  /** The closed lead was told once to let the contact's id go, for a new lead to carry it (F5). */
  letGo?: true;
  /** When sales took up a handoff that had returned unanswered: it does not return again. */
  resumedAt?: EpochMs;
  /** The clock that ran last, with its state, for the written fields (S2). */
  sla: SlaState | null;
  slaDueAt: EpochMs | null;
}

/** Why standing evidence does not count (L4): what was true when sales said no, or when an opportunity was lost. */
export interface Block {
  at: EpochMs;
  cause: 'rejection' | 'lost';
  route: Route | null;
  /** From this date on standing evidence counts again. Null: only newer evidence does. */
  until: string | null;
  /** Paths of the MQL clauses that held then. */
  held: string[];
}

/** A person's history as `decide` keeps it between runs. Plain JSON. */
export interface PersonState {
  adoptedAt: EpochMs | null;
  stage: StageId | null;
  stageAt: EpochMs | null;
  /** Stage entries: first ever and latest (L9). A skipped stage has `skipped` and no stamp is written for it. */
  entries: Partial<Record<StageId, { first: EpochMs; latest: EpochMs; skipped?: true }>>;
  handoffs: Handoff[];
  rejectionCount: number;
  block: Block | null;
  mqlWhy: string | null;
  /** M4: per mapped field, the value both sides last agreed on (in HubSpot's form). */
  agreed: Record<string, Value>;
  /** Opportunities whose loss has been taken into account (L12). */
  lostSeen: string[];
  /** The rep's answer last taken into account: when it was given, and what was said at that moment (record, kind, words). */
  lastAnswer: { at: EpochMs; said: string[] } | null;
  /**
   * W12: how often others changed a field back: ref key + field → count and the change last counted; of a field whose value travels from the other CRM
   * also which value replaced which, because there only the same two over and over are a change back.
   */
  contests: Record<string, { count: number; at: EpochMs; wrote?: Value; over?: Value }>;
  /** CRMs in which the person's record was deleted: nothing recreates it (I5). */
  ended: CrmName[];
  /** When a run saw it deleted. Not of what adoption only found missing: a record that is hidden looks the same (M5). */
  endedAt?: Partial<Record<CrmName, EpochMs>>;
  /** In the scope at the last decision (L10). */
  inScope: boolean;
}

export interface Transition {
  from: StageId | null;
  to: StageId;
  at: EpochMs;
  cycle: number;
  rule: string;
  because: string;
  skipped: boolean;
}

/** A copy that shares nothing: a history is plain JSON, which is copied much faster by hand than by `structuredClone`. */
export function copyState(state: PersonState): PersonState {
  return copyOf(state);
}

function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const name in value) copy[name] = copyOf(value[name]);
  return copy as T;
}

export function emptyState(): PersonState {
  return {
    adoptedAt: null,
    stage: null,
    stageAt: null,
    entries: {},
    handoffs: [],
    rejectionCount: 0,
    block: null,
    mqlWhy: null,
    agreed: {},
    lostSeen: [],
    lastAnswer: null,
    contests: {},
    ended: [],
    inScope: false,
  };
}

/**
 * I5: the CRM in which the person's record was deleted and that has none of theirs since, while the other CRM has one: the one counts a person whom the
 * other does not (W11). Null: in none.
 */
export function deletedIn(state: Pick<PersonState, 'ended'> | null, { hubspotId, salesforceId }: { hubspotId: string | null; salesforceId: string | null }): CrmName | null {
  if (hubspotId === null && salesforceId !== null && state?.ended.includes('hubspot') === true) return 'hubspot';
  return salesforceId === null && hubspotId !== null && state?.ended.includes('salesforce') === true ? 'salesforce' : null;
}

/**
 * A person's records in the order in which they say what the person is called: those that are written before others, HubSpot's before Salesforce's, then
 * converted leads, and last what was deleted or merged away (I2, I3).
 */
export function asCalled(records: readonly MirrorRecord[], { hubspotId, salesforceId }: { hubspotId: string | null; salesforceId: string | null }): MirrorRecord[] {
  const rank = ({ ref, gone, conversion }: MirrorRecord): number => {
    const isWritten = ref.id === (ref.crm === 'hubspot' ? hubspotId : salesforceId);
    return (gone === undefined ? 0 : 8) + (conversion === undefined ? 0 : 4) + (ref.crm === 'hubspot' ? 0 : 2) + (isWritten ? 0 : 1);
  };
  return [...records].sort((a, b) => rank(a) - rank(b));
}

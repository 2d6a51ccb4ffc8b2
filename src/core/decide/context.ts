import { DateTime } from 'luxon';
import type { EpochMs, FieldVersion, MirrorRecord, Value } from '../../domain/record';
import { refKey } from '../../domain/record';
import { SHOWN } from '../../domain/ownFields';
import type { Handoff, OpportunityEvidence, PersonEvidence, PersonState, Rejection, Transition } from '../../domain/person';
import { isOffRamp, LADDER, rank, type StageId } from '../../domain/stage';
import type { Condition } from '../../agreement/schema';
import { fieldsOf, type ClauseResult, type Evaluation, type Truth } from '../../agreement/conditions';
import type { Terms } from '../terms';
import { CONVERTED } from '../observe';
import { choosePrimary } from '../match/primary';

export interface Pins {
  hubspot: string | null;
  salesforce: { object: 'lead' | 'contact'; id: string } | null;
}

export interface DecideInput {
  evidence: PersonEvidence;
  /** Null: never decided. */
  state: PersonState | null;
  pins: Pins;
  /** The store has not finished its adoption (L7). */
  adopting: boolean;
  /** Up to which moment of each CRM's clock it has been read: drift is judged only past the other CRM's reading (L3). */
  readUpTo: { hubspot: EpochMs; salesforce: EpochMs };
  now: EpochMs;
  /** `contact_if_account`: the one account in Salesforce that matches the person. Null: none does; absent: nobody has looked. */
  account?: string | null;
  /** Moments at which somebody worked the person, as the CRMs' histories tell beyond what the records show (L5). Absent: nobody has asked. */
  touches?: readonly EpochMs[];
  /** Since when the owner has the record who has it now, by the CRM's history (L5). */
  ownedSince?: EpochMs;
  /** Stages and answers that came and went since the last decision, by the CRMs' histories (L5). */
  overwritten?: readonly PastValues[];
  /** Records (ref keys; `person:ID` for one to be created) that a standing refusal keeps from carrying the handoff: no clock can start (S1, F5). */
  blocked?: ReadonlySet<string>;
}

/** What stood in a field of a record (`ref`: its key) one after the other, oldest first, up to what stands there now. */
export interface PastValues {
  ref: string;
  field: string;
  versions: readonly FieldVersion[];
}

/** The working copy that the rules share while one person is decided. */
export interface Context {
  terms: Terms;
  input: DecideInput;
  now: EpochMs;
  state: PersonState;
  /** The person was decided before. */
  known: boolean;
  contact: MirrorRecord | null;
  /** The Salesforce record that is written (I4). */
  primary: MirrorRecord | null;
  /** The closed lead that Salesforce refuses to reopen for the open handoff (F5). */
  refused: MirrorRecord | null;
  /** Live, unconverted leads and contacts. */
  people: MirrorRecord[];
  convertedLeads: MirrorRecord[];
  open: OpportunityEvidence[];
  won: OpportunityEvidence[];
  lost: OpportunityEvidence[];
  /** Undefined: not known (M5). */
  score: number | null | undefined;
  scoreNextAt: EpochMs | null;
  transitions: Transition[];
  missing: string[];
  clockTimes: EpochMs[];
  notes: string[];
}

export function createContext(terms: Terms, input: DecideInput, state: PersonState): Context {
  const { now } = input;
  const evidence = inOrder(input.evidence);
  const all = [...evidence.leads, ...evidence.contacts];
  const contact = evidence.hubspot.find((record) => record.ref.id === input.pins.hubspot) ?? evidence.hubspot[0] ?? null;
  const counted = evidence.opportunities.filter((each) => counts(terms, each));
  const ctx: Context = {
    terms,
    input,
    now,
    state,
    known: input.state !== null,
    contact,
    primary: null,
    refused: null,
    people: all.filter((record) => record.conversion === undefined && record.gone === undefined),
    convertedLeads: evidence.leads.filter((record) => record.conversion !== undefined),
    open: counted.filter((each) => each.record.opportunity?.isClosed === false),
    won: counted.filter((each) => each.record.opportunity?.isWon === true),
    lost: counted.filter((each) => each.record.opportunity?.isClosed === true && !each.record.opportunity.isWon),
    score: null,
    scoreNextAt: null,
    transitions: [],
    missing: [],
    clockTimes: [],
    notes: [],
  };
  pinPrimary(ctx, false);
  readScore(ctx);
  return ctx;
}

/** The evidence in one order, whatever the order it was read in (L1). */
function inOrder(evidence: PersonEvidence): PersonEvidence {
  const byId = (a: MirrorRecord, b: MirrorRecord): number => (a.ref.id < b.ref.id ? -1 : a.ref.id > b.ref.id ? 1 : 0);
  return {
    ...evidence,
    hubspot: [...evidence.hubspot].sort(byId),
    leads: [...evidence.leads].sort(byId),
    contacts: [...evidence.contacts].sort(byId),
    opportunities: [...evidence.opportunities].sort((a, b) => byId(a.record, b.record)),
  };
}

/**
 * Chooses the record that is written (I4). `release`: a new handoff has started, so that a pinned record that is closed gives way to an open one. A
 * record that reps closed as a duplicate gives way at once: the handoff follows the survivor (F2).
 */
export function pinPrimary(ctx: Context, release: boolean): void {
  const { agreement } = ctx.terms;
  const { evidence, pins } = ctx.input;
  const isClosed = (record: MirrorRecord): boolean => isClosedLead(ctx, record);
  const isDuplicate = (record: MirrorRecord): boolean => {
    const words = record.fields[agreement.settings.rejection.signals.salesforce.reason];
    return typeof words === 'string' && agreement.reasonOf(words)?.route === 'duplicate';
  };
  const survivors = ctx.people.filter((record) => !isDuplicate(record));
  const dropped = survivors.length === 0 ? [] : ctx.people.filter(isDuplicate);
  const candidates = [...evidence.leads, ...evidence.contacts].filter((record) => !dropped.includes(record));
  ctx.primary = choosePrimary(candidates, pins.salesforce, isClosed, release);
}

/** A lead that stands in one of the statuses that reject. */
export function isClosedLead(ctx: Context, record: MirrorRecord): boolean {
  const status = record.fields[SHOWN.leadStatus];
  return record.ref.object === 'lead' && typeof status === 'string' && ctx.terms.agreement.of(record).rejected(status, 'salesforce');
}

/** What the agreement creates in Salesforce for this person at a handoff. */
export function createdObject(ctx: Context): 'lead' | 'contact' | 'nothing' {
  const { creates } = ctx.terms.agreement.settings.handoff;
  return creates !== 'contact_if_account' ? creates : ctx.input.account == null ? 'lead' : 'contact';
}

/** Whether a standing refusal keeps the primary, or the record to be created, from carrying the handoff. */
export function isBlocked(ctx: Context): boolean {
  const { blocked, evidence } = ctx.input;
  return blocked?.has(ctx.primary === null ? `person:${evidence.personId}` : refKey(ctx.primary.ref)) === true;
}

/**
 * F5: Salesforce refuses to reopen the closed lead. Where the agreement wants a new one then, another open record of the person carries the handoff, or none yet,
 * so that one is created; otherwise it waits for a person to reopen it.
 */
export function replaceRefused(ctx: Context): void {
  const handoff = openHandoff(ctx);
  const { primary } = ctx;
  if (handoff === null || handoff.adopted || primary === null || !isClosedLead(ctx, primary) || !isBlocked(ctx)) return;
  ctx.refused = primary;
  if (ctx.terms.agreement.settings.handoff.reopening !== 'new_lead') return;
  ctx.primary = choosePrimary(ctx.people.filter((record) => !isClosedLead(ctx, record)), null, () => false);
}

/** I7: whether the agreement lets this opportunity count for the person. */
export function counts(terms: Terms, each: OpportunityEvidence): boolean {
  const { roles, types, infer_without_role } = terms.agreement.settings.opportunities;
  const type = each.record.opportunity?.type ?? null;
  if (types.length > 0 && (type === null || !types.includes(type))) return false;
  if (each.inferred) return infer_without_role;
  const named = each.roles ?? (each.role === null ? [] : [each.role]);
  // Of several roles in one deal any that counts is enough; the deal counts once all the same.
  return roles.length === 0 || named.length === 0 || named.some((role) => role.name !== null && roles.includes(role.name));
}

function readScore(ctx: Context): void {
  const { agreement } = ctx.terms;
  const property = agreement.settings.score.hubspot;
  // M5: a score that cannot be counted because a field was not returned is unknown, never empty.
  const points = agreement.score?.(lookup(ctx, ctx.primary, 'marketing'), (field) => timeOf(ctx, field, ctx.primary), ctx.now);
  if (points !== undefined) {
    ctx.score = points.value;
    ctx.scoreNextAt = points.nextChangeAt ?? null;
  } else if (property !== undefined && ctx.contact !== null) {
    const value = ctx.contact.fields[property];
    ctx.score = value === undefined || typeof value === 'number' ? value : null;
  }
}

export function openHandoff(ctx: Context): Handoff | null {
  const last = ctx.state.handoffs.at(-1);
  return last !== undefined && last.closedAt === null ? last : null;
}

/** Whether a rejection is a "no" to the person: a wrong owner and a duplicate record are not (F2). */
export function isNo(rejection: Rejection): boolean {
  return rejection.route !== 'reroute' && (rejection.route !== 'duplicate' || rejection.counted);
}

/** The number of the person's last pass; 0: none yet. Passes before a store was lost are counted, but not kept (L7). */
export function lastCycle(state: PersonState): number {
  return state.handoffs.at(-1)?.cycle ?? 0;
}

/** Moves the person, marks what is skipped (L9), keeps times in order. */
export function moveTo(ctx: Context, to: StageId, at: EpochMs, rule: string, because: string): void {
  const { state } = ctx;
  const from = state.stage;
  if (from === to) return;
  const when = Math.max(at, ctx.known || state.stageAt !== null ? (state.stageAt ?? 0) : 0);
  const cycle = lastCycle(state);
  if (!isOffRamp(to) && rank(to) > rank(from) && from !== null && !isOffRamp(from)) {
    for (const between of LADDER.slice(rank(from) + 1, rank(to))) {
      // A real entry of an earlier pass stays what it is: a stage skipped this time empties no stamp.
      state.entries[between] ??= { first: when, latest: when, skipped: true };
      ctx.transitions.push({ from, to: between, at: when, cycle, rule: 'L9', because: `passed on the way to ${to}`, skipped: true });
    }
  }
  const before = state.entries[to];
  state.entries[to] = { first: before === undefined || before.skipped === true ? when : before.first, latest: when };
  state.stage = to;
  state.stageAt = when;
  ctx.transitions.push({ from, to, at: when, cycle, rule, because, skipped: false });
}

export interface Held {
  holds: boolean;
  at: EpochMs;
  evaluation: Evaluation | null;
}

/**
 * Whether a stage's conditions hold on this evidence, and since when (L1, L5). Read from every live Salesforce record of the person (I4). Of evidence
 * that makes it true several times over the earliest counts; after a rejection or a loss, the earliest that is newer than it (L4).
 */
export function stageHolds(ctx: Context, stage: StageId, after: EpochMs | null = ctx.state.block?.at ?? null): Held {
  const settings = ctx.terms.agreement.stage(stage);
  if (settings.condition === null) return { holds: false, at: 0, evaluation: null };
  let chosen: Held | null = null;
  for (const { record, evaluation } of evaluations(ctx, stage)) {
    if (evaluation.nextChangeAt !== undefined) ctx.clockTimes.push(evaluation.nextChangeAt);
    const held: Held = { holds: evaluation.holds === true, at: 0, evaluation };
    if (held.holds) {
      const holding = new Map(evaluation.clauses.map((clause) => [clause.path, clause.holds]));
      held.at = becameTrueAt(settings.condition, '', holding, (field) => timeOf(ctx, field, record), after) ?? ctx.now;
    }
    if (chosen === null || (held.holds && (!chosen.holds || earliestAfter([held.at, chosen.at], after) !== chosen.at))) chosen = held;
  }
  return chosen ?? { holds: false, at: 0, evaluation: null };
}

function evaluations(ctx: Context, stage: StageId): { record: MirrorRecord | null; evaluation: Evaluation }[] {
  const { when, owner } = ctx.terms.agreement.stage(stage);
  if (when === null) return [];
  return (ctx.people.length > 0 ? ctx.people : [null]).map((record) => ({ record, evaluation: when(lookup(ctx, record, owner), ctx.now) }));
}

/**
 * The clauses that speak for marketing's criteria, or that cannot be told to speak against them because a field was not returned (M5): what a
 * rejection remembers, so that only a clause that was false then is news later (L4). Under `not` a clause speaks when it does not hold.
 *
 * With `asOf`, what spoke at that moment: a clause whose field was given its value later was false then, unless it spoke already when the pass began (`then`),
 * or unless its time is not known. A run that is late reads news into no old answer.
 */
export function clausesSpeaking(ctx: Context, asOf: EpochMs = ctx.now, then: string[] = []): string[] {
  const found = evaluations(ctx, 'mql').flatMap(({ record, evaluation }) =>
    evaluation.clauses.filter((clause) => clause.holds === 'unknown' || (speaks(clause) && (then.includes(clauseKey(clause)) || !becameKnownAfter(ctx, clause.field, record, asOf)))).map(clauseKey),
  );
  return [...new Set(found)].sort();
}

/** Whether the CRM says that the clause's field got its value after a moment. What was found at the first reading may have been so for longer. */
function becameKnownAfter(ctx: Context, field: string, record: MirrorRecord | null, at: EpochMs): boolean {
  if (at >= ctx.now) return false;
  if (field.startsWith('fact.')) return timeOf(ctx, field, record) > at;
  const [where, name] = field === 'score' ? [ctx.contact, ctx.terms.agreement.settings.score.hubspot ?? ''] : place(ctx, field, record);
  const since = where?.since[name];
  return since !== undefined && since.first !== true && since.own !== true && since.at > at;
}

export function speaks(clause: ClauseResult): boolean {
  return clause.holds === !clause.negated;
}

export function clauseKey(clause: ClauseResult): string {
  return clause.negated ? `not ${clause.key}` : clause.key;
}

function earliestAfter(times: EpochMs[], after: EpochMs | null): EpochMs {
  const newer = after === null ? [] : times.filter((at) => at > after);
  return Math.min(...(newer.length > 0 ? newer : times));
}

/** When a condition that holds became true: the earliest of the alternatives, the latest of what must all hold. */
function becameTrueAt(condition: Condition, path: string, holding: Map<string, Truth>, time: (field: string) => EpochMs, after: EpochMs | null): EpochMs | null {
  const child = (kind: string, index?: number): string => [path, kind, index].filter((part) => part !== undefined && part !== '').join('.');
  if ('any' in condition) {
    const times = condition.any.map((each, index) => becameTrueAt(each, child('any', index), holding, time, after)).filter((at): at is EpochMs => at !== null);
    return times.length === 0 ? null : earliestAfter(times, after);
  }
  if ('all' in condition) {
    const times = condition.all.map((each, index) => becameTrueAt(each, child('all', index), holding, time, after));
    return times.some((at) => at === null) ? null : Math.max(...(times as EpochMs[]));
  }
  if ('not' in condition) {
    const inside = [...holding].filter(([each]) => each === child('not') || each.startsWith(`${child('not')}.`)).map(([, truth]) => truth);
    // What must not hold does not since the last of its fields changed; where it may hold all the same, it proves nothing.
    const fails = 'any' in condition.not || 'field' in condition.not ? inside.every((truth) => truth === false) : inside.some((truth) => truth === false);
    return fails ? Math.max(...fieldsOf(condition.not).map(time)) : null;
  }
  return holding.get(path) === true ? time(condition.field) : null;
}

function timeOf(ctx: Context, field: string, record: MirrorRecord | null): EpochMs {
  const earliest = (times: EpochMs[]): EpochMs => (times.length === 0 ? ctx.now : Math.min(...times));
  if (field === 'fact.converted') return earliest(ctx.convertedLeads.map((lead) => lead.since[CONVERTED]?.at ?? lead.modifiedAt));
  if (field === 'fact.open_opportunity') return earliestAfter(ctx.open.length === 0 ? [ctx.now] : ctx.open.map((each) => openSince(ctx, each)), ctx.state.block?.at ?? null);
  if (field === 'fact.won_opportunity') return earliest(ctx.won.map(closedAt));
  if (field === 'score') {
    const property = ctx.terms.agreement.settings.score.hubspot;
    return (property === undefined ? undefined : ctx.contact?.since[property]?.at) ?? ctx.contact?.modifiedAt ?? ctx.now;
  }
  const [where, name] = place(ctx, field, record);
  return where?.since[name]?.at ?? where?.modifiedAt ?? ctx.now;
}

/** An opportunity that was lost and is worked again is open since it was reopened (L12). */
function openSince(ctx: Context, each: OpportunityEvidence): EpochMs {
  return ctx.state.lostSeen.includes(each.record.ref.id) ? each.record.modifiedAt : each.record.createdAt;
}

export function closedAt(each: OpportunityEvidence): EpochMs {
  return each.record.opportunity?.closedAt ?? each.record.modifiedAt;
}

const HUBSPOT = 'hubspot.';
const SALESFORCE = 'salesforce.';

/** Which record and field a clause looks at. */
function place(ctx: Context, field: string, record: MirrorRecord | null): [MirrorRecord | null, string] {
  if (field.startsWith(HUBSPOT)) return [ctx.contact, field.slice(HUBSPOT.length)];
  if (field.startsWith(SALESFORCE)) {
    const name = field.slice(SALESFORCE.length);
    const dot = name.indexOf('.');
    if (dot < 0) return [record, name];
    return [record?.ref.object === name.slice(0, dot) ? record : null, name.slice(dot + 1)];
  }
  const mapped = ctx.terms.agreement.fieldById(field);
  if (mapped === undefined) return [null, ''];
  const value = ctx.contact?.fields[mapped.hubspot];
  if (value !== undefined && value !== null) return [ctx.contact, mapped.hubspot];
  const name = record === null ? null : mapped[record.ref.object as 'lead' | 'contact'];
  if (record !== null && name !== null && (record.fields[name] ?? null) !== null) return [record, name];
  return [ctx.contact, mapped.hubspot];
}

/** The value a clause sees. Undefined: not known (M5). Concord's own values on the stage-showing fields are not seen (L11), nor are those set by somebody whose evidence does not count (L3). */
export function lookup(ctx: Context, record: MirrorRecord | null, owner: 'marketing' | 'sales'): (field: string) => Value | undefined {
  return (field) => {
    switch (field) {
      case 'score':
        return ctx.score;
      case 'fact.converted':
        return ctx.convertedLeads.length > 0;
      case 'fact.open_opportunity':
        return ctx.open.length > 0;
      case 'fact.won_opportunity':
        return ctx.won.length > 0;
    }
    const [where, name] = place(ctx, field, record);
    if (where === null) return null;
    if (!(name in where.fields)) return undefined;
    return countsAsEvidence(ctx, where, name, owner) ? where.fields[name] : null;
  };
}

const SHOWING: ReadonlySet<string> = new Set(Object.values(SHOWN));

function countsAsEvidence(ctx: Context, record: MirrorRecord, name: string, owner: 'marketing' | 'sales'): boolean {
  if (!SHOWING.has(name)) return true;
  const since = record.since[name];
  if (since === undefined) return true;
  if (since.own === true) return false;
  // `accept`: whoever set it, the value counts.
  if (ctx.terms.agreement.settings.evidence.drift === 'accept') return true;
  if (record.ref.crm === 'salesforce') return since.by?.id === undefined || !ctx.terms.agreement.settings.rejection.system_users.includes(since.by.id);
  const { hubspot_people, sales_hubspot_users } = ctx.terms.agreement.settings.evidence;
  if (since.by?.source !== undefined && !hubspot_people.includes(since.by.source)) return false;
  if (owner === 'sales' && sales_hubspot_users.length > 0) return since.by?.id !== undefined && sales_hubspot_users.includes(since.by.id);
  return true;
}

/** The first moment of a local date. */
export function startOfDate(ctx: Context, date: string): EpochMs {
  return DateTime.fromISO(date, { zone: ctx.terms.agreement.settings.company.time_zone }).startOf('day').toMillis();
}

export function plusDays(ctx: Context, at: EpochMs, days: number): string {
  return DateTime.fromMillis(at, { zone: ctx.terms.agreement.settings.company.time_zone }).plus({ days }).toISODate() as string;
}

/** L7: a recycle date already past at adoption waits for new evidence. */
export function standingDate(ctx: Context, date: string | null): string | null {
  if (date === null) return null;
  return ctx.input.adopting && ctx.input.state === null && startOfDate(ctx, date) <= ctx.now ? null : date;
}

export function contestKey(record: MirrorRecord, field: string): string {
  return `${refKey(record.ref)}.${field}`;
}

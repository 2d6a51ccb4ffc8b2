import { DateTime } from 'luxon';
import type { EpochMs, MirrorRecord, Value } from '../../domain/record';
import { refKey } from '../../domain/record';
import { SHOWN } from '../../domain/ownFields';
import type { Handoff, OpportunityEvidence, PersonEvidence, PersonState, Transition } from '../../domain/person';
import { isOffRamp, LADDER, rank, type StageId } from '../../domain/stage';
import type { Condition } from '../../agreement/schema';
import type { Evaluation } from '../../agreement/conditions';
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
  /** A dead letter keeps sales' record from being written: no clock can start (S1). */
  carrierBlocked?: boolean;
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
  /** Live, unconverted leads and contacts. */
  people: MirrorRecord[];
  convertedLeads: MirrorRecord[];
  open: OpportunityEvidence[];
  won: OpportunityEvidence[];
  lost: OpportunityEvidence[];
  score: number | null;
  scoreNextAt: EpochMs | null;
  transitions: Transition[];
  missing: string[];
  clockTimes: EpochMs[];
  notes: string[];
}

export function createContext(terms: Terms, input: DecideInput, state: PersonState): Context {
  const { evidence, now } = input;
  const { agreement } = terms;
  const isClosed = (record: MirrorRecord): boolean => {
    const status = record.fields[SHOWN.leadStatus];
    return record.ref.object === 'lead' && typeof status === 'string' && agreement.rejected(status, 'salesforce');
  };
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
    primary: choosePrimary(all, input.pins.salesforce, isClosed),
    people: all.filter((record) => record.conversion === undefined),
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
  readScore(ctx);
  return ctx;
}

function counts(terms: Terms, each: OpportunityEvidence): boolean {
  const { roles, types, infer_without_role } = terms.agreement.settings.opportunities;
  const type = each.record.opportunity?.type ?? null;
  if (types.length > 0 && (type === null || !types.includes(type))) return false;
  if (each.inferred) return infer_without_role;
  return roles.length === 0 || each.role === null || (each.role.name !== null && roles.includes(each.role.name));
}

function readScore(ctx: Context): void {
  const { agreement } = ctx.terms;
  const property = agreement.settings.score.hubspot;
  const points = agreement.score?.(lookup(ctx, ctx.primary, 'marketing'), (field) => timeOf(ctx, field, ctx.primary), ctx.now);
  if (points !== undefined) {
    ctx.score = points.value ?? null;
    ctx.scoreNextAt = points.nextChangeAt ?? null;
  } else if (property !== undefined) {
    const value = ctx.contact?.fields[property];
    ctx.score = typeof value === 'number' ? value : null;
  }
}

export function openHandoff(ctx: Context): Handoff | null {
  const last = ctx.state.handoffs.at(-1);
  return last !== undefined && last.closedAt === null ? last : null;
}

/** Moves the person, marks what is skipped (L9), keeps times in order. */
export function moveTo(ctx: Context, to: StageId, at: EpochMs, rule: string, because: string): void {
  const { state } = ctx;
  const from = state.stage;
  if (from === to) return;
  const when = Math.max(at, ctx.known || state.stageAt !== null ? (state.stageAt ?? 0) : 0);
  const cycle = state.handoffs.length;
  if (!isOffRamp(to) && rank(to) > rank(from) && from !== null && !isOffRamp(from)) {
    for (const between of LADDER.slice(rank(from) + 1, rank(to))) {
      state.entries[between] = { first: state.entries[between]?.first ?? when, latest: state.entries[between]?.latest ?? when, skipped: true };
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

/** Whether a stage's conditions hold on this evidence, and since when (L1, L5). Read from every live Salesforce record of the person (I4). */
export function stageHolds(ctx: Context, stage: StageId): Held {
  const settings = ctx.terms.agreement.stage(stage);
  const condition = settings.when;
  if (condition === null || settings.condition === null) return { holds: false, at: 0, evaluation: null };
  let first: Held | null = null;
  for (const record of ctx.people.length > 0 ? ctx.people : [null]) {
    const evaluation = condition(lookup(ctx, record, settings.owner), ctx.now);
    if (evaluation.nextChangeAt !== undefined) ctx.clockTimes.push(evaluation.nextChangeAt);
    const held: Held = { holds: evaluation.holds === true, at: 0, evaluation };
    if (held.holds) {
      const holding = new Map(evaluation.clauses.map((clause) => [clause.path, clause.holds === true]));
      held.at = becameTrueAt(settings.condition, '', holding, (field) => timeOf(ctx, field, record)) ?? ctx.now;
      return held;
    }
    first ??= held;
  }
  return first as Held;
}

/** When a condition that holds became true: the earliest of the alternatives, the latest of what must all hold. */
function becameTrueAt(condition: Condition, path: string, holding: Map<string, boolean>, time: (field: string) => EpochMs): EpochMs | null {
  const child = (kind: string, index?: number): string => [path, kind, index].filter((part) => part !== undefined && part !== '').join('.');
  if ('any' in condition) {
    const times = condition.any.map((each, index) => becameTrueAt(each, child('any', index), holding, time)).filter((at): at is EpochMs => at !== null);
    return times.length === 0 ? null : Math.min(...times);
  }
  if ('all' in condition) {
    const times = condition.all.map((each, index) => becameTrueAt(each, child('all', index), holding, time));
    return times.some((at) => at === null) ? null : Math.max(...(times as EpochMs[]));
  }
  if ('not' in condition) return 'field' in condition.not ? time(condition.not.field) : 0;
  return holding.get(path) === true ? time(condition.field) : null;
}

function timeOf(ctx: Context, field: string, record: MirrorRecord | null): EpochMs {
  const earliest = (times: EpochMs[]): EpochMs => (times.length === 0 ? ctx.now : Math.min(...times));
  if (field === 'fact.converted') return earliest(ctx.convertedLeads.map((lead) => lead.since[CONVERTED]?.at ?? lead.modifiedAt));
  if (field === 'fact.open_opportunity') return earliest(ctx.open.map((each) => each.record.createdAt));
  if (field === 'fact.won_opportunity') return earliest(ctx.won.map(closedAt));
  if (field === 'score') {
    const property = ctx.terms.agreement.settings.score.hubspot;
    return (property === undefined ? undefined : ctx.contact?.since[property]?.at) ?? ctx.contact?.modifiedAt ?? ctx.now;
  }
  const [where, name] = place(ctx, field, record);
  return where?.since[name]?.at ?? where?.modifiedAt ?? ctx.now;
}

export function closedAt(each: OpportunityEvidence): EpochMs {
  return each.record.opportunity?.closedAt ?? each.record.modifiedAt;
}

/** Which record and field a clause looks at. */
function place(ctx: Context, field: string, record: MirrorRecord | null): [MirrorRecord | null, string] {
  const [head, second, third] = field.split('.');
  if (head === 'hubspot') return [ctx.contact, second ?? ''];
  if (head === 'salesforce') {
    if (third === undefined) return [record, second ?? ''];
    return [record?.ref.object === second ? record : null, third];
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
  if (record.ref.crm === 'salesforce') return since.by?.id === undefined || !ctx.terms.agreement.settings.rejection.system_users.includes(since.by.id);
  const { hubspot_people, sales_hubspot_users } = ctx.terms.agreement.settings.evidence;
  if (since.by?.source !== undefined && !hubspot_people.includes(since.by.source)) return false;
  if (owner === 'sales' && sales_hubspot_users.length > 0) return since.by?.id !== undefined && sales_hubspot_users.includes(since.by.id);
  return true;
}

/** The date, in the agreement's time zone, of a moment: `2026-11-22`. */
export function localDate(ctx: Context, at: EpochMs): string {
  return DateTime.fromMillis(at, { zone: ctx.terms.agreement.settings.company.time_zone }).toISODate() as string;
}

/** The first moment of a local date. */
export function startOfDate(ctx: Context, date: string): EpochMs {
  return DateTime.fromISO(date, { zone: ctx.terms.agreement.settings.company.time_zone }).startOf('day').toMillis();
}

export function plusDays(ctx: Context, at: EpochMs, days: number): string {
  return DateTime.fromMillis(at, { zone: ctx.terms.agreement.settings.company.time_zone }).plus({ days }).toISODate() as string;
}

export function contestKey(record: MirrorRecord, field: string): string {
  return `${refKey(record.ref)}.${field}`;
}

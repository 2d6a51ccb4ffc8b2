import type { CrmRecord, EpochMs, Fields, FieldSince, MirrorRecord, Value } from '../../domain/record';
import { OWN_FIELDS, SHOWN, type OwnFieldId } from '../../domain/ownFields';
import type { PersonEvidence } from '../../domain/person';
import { isOffRamp, isStageId, SLA_EXPIRED, type StageId } from '../../domain/stage';
import type { CompiledAgreement } from '../../agreement/compile';
import type { ShownField } from '../../agreement/shows';
import { CONVERTED } from '../observe';
import type { DecideInput, Pins } from './context';
import { isAgreed, readMemory, restOfSecond, valueOf, type Bearer, type Memory } from './memory';

/*
 * L7, L11: a store that finds Concord's memory on the records takes over whose values they are as well. What Concord had written is marked as its own again, and
 * what stood there when Concord decided last is no news: a first reading gives it the record's modification time, which any later edit has moved.
 */

/** What sales said last, as far as it still stands. */
export interface RememberedAnswer {
  /** A reason id; `other` for words that no reason knows; null: none given. */
  reason: string | null;
  words: string | null;
  note: string | null;
  detail: string | null;
  /** The record on which sales said it: its values stay the rep's. Null: none of those that are left. */
  origin: MirrorRecord | null;
}

export interface Recollection {
  memory: Memory;
  /** Null: no answer stands. */
  answer: RememberedAnswer | null;
}

/** The evidence with what is remembered of whose values they are; the pin as Concord had it (I4). Unchanged where no record bears a memory. */
export function recall(agreement: CompiledAgreement, input: DecideInput): { input: DecideInput; recollection: Recollection | null; recalled: MirrorRecord[]; notes: string[] } {
  const { evidence } = input;
  const people = [...evidence.leads, ...evidence.contacts].filter((record) => record.conversion === undefined && record.gone === undefined);
  const contact = evidence.hubspot.find((record) => record.ref.id === input.pins.hubspot) ?? evidence.hubspot[0];
  const live = [...(contact === undefined ? [] : [contact]), ...people];
  const { memory, notes } = readMemory(agreement, live, input.now);
  if (memory === null) return { input, recollection: null, recalled: [], notes };

  const pins = pinsOf(agreement, input.pins, contact, people);
  const answer = answerOf(agreement, memory, contact, pinnedFirst(people, pins));
  const marked = new Map<MirrorRecord, MirrorRecord>();
  for (const bearer of memory.bearers) marked.set(bearer.record, markOwn(agreement, memory, answer, bearer));
  if (answer?.origin != null && !marked.has(answer.origin)) marked.set(answer.origin, dated(answer.origin, restOfSecond(memory.stageAt), signals(agreement, answer.origin)));
  for (const lead of evidence.leads) {
    const since = lead.since[CONVERTED];
    // Concord has written on the contact since, so it decided after the conversion.
    const into = memory.bearers.some((each) => each.record.ref.object === 'contact' && each.record.ref.id === lead.conversion?.contactId);
    if (since !== undefined && into && atRest(memory)) marked.set(lead, { ...lead, since: { ...lead.since, [CONVERTED]: { ...since, at: Math.min(since.at, restOfSecond(memory.stageAt)) } } });
  }
  const now = (record: MirrorRecord): MirrorRecord => marked.get(record) ?? record;
  const told: PersonEvidence = { ...evidence, hubspot: evidence.hubspot.map(now), leads: evidence.leads.map(now), contacts: evidence.contacts.map(now) };
  const recollection: Recollection = { memory, answer: answer === null ? null : { ...answer, origin: answer.origin === null ? null : now(answer.origin) } };
  return { input: { ...input, evidence: told, pins }, recollection, recalled: [...marked.values()], notes };
}

/**
 * Whether a record's own fields of the CRM say something else than the stage that Concord left on it: then somebody has acted since, or a value was left alone,
 * and only the CRM's history tells who and when (L3, L5).
 */
export function contradicts(agreement: CompiledAgreement, record: CrmRecord): boolean {
  const name = agreement.ownField('stage')[record.ref.crm];
  const stage = name === null ? undefined : record.fields[name];
  if (!isStageId(stage) || !isAgreed(agreement, stage)) return false;
  const differs = (field: string, kind: ShownField): boolean => {
    const value = record.fields[field];
    const shows = agreement.of(record);
    if (typeof value !== 'string' || shows.belongs(stage, kind, value)) return false;
    return kind === 'lifecyclestage' || !(isOffRamp(stage) && shows.rejected(value, record.ref.crm));
  };
  if (record.ref.crm === 'hubspot') return differs(SHOWN.lifecycle, 'lifecyclestage') || differs(SHOWN.hubspotStatus, 'hs_lead_status');
  return record.ref.object === 'lead' && differs(SHOWN.leadStatus, 'lead_status');
}

/** Off the ladder standing evidence does not count again (L4): what was there must not look new. */
function atRest(memory: Memory): boolean {
  return memory.stage === 'recycled' || memory.stage === 'disqualified' || memory.stage === 'lost';
}

/** I4: the record that carries the contact's id was the primary. */
function pinsOf(agreement: CompiledAgreement, pins: Pins, contact: MirrorRecord | undefined, people: MirrorRecord[]): Pins {
  if (pins.salesforce !== null || contact === undefined) return pins;
  const ids: Value[] = [contact.ref.id, ...contact.aliases];
  const carriers = people.filter((record) => ids.includes(valueOf(agreement, record, 'hubspot_id') ?? null));
  const [carrier] = carriers;
  return carrier === undefined || carriers.length > 1 ? pins : { ...pins, salesforce: { object: carrier.ref.object as 'lead' | 'contact', id: carrier.ref.id } };
}

function pinnedFirst(people: MirrorRecord[], pins: Pins): MirrorRecord[] {
  const weight = (record: MirrorRecord): number => (record.ref.id === pins.salesforce?.id ? 0 : 1);
  return [...people].sort((a, b) => weight(a) - weight(b) || (a.ref.id < b.ref.id ? -1 : 1));
}

/** The answer that stands, and who said it: reps say it in Salesforce, unless only HubSpot has it. */
function answerOf(agreement: CompiledAgreement, memory: Memory, contact: MirrorRecord | undefined, people: MirrorRecord[]): RememberedAnswer | null {
  if (memory.route === null && memory.stage !== 'recycled' && memory.stage !== 'disqualified') return null;
  const told = [...(contact === undefined ? [] : [contact]), ...people].map((record) => ({ record, words: wordsOf(agreement, record) })).filter((each) => each.words !== null);
  // Both CRMs may say something else by now: what agrees with Concord's own route is what it knew.
  const known = told.find(({ words }) => routeOf(agreement, words) === memory.route) ?? told[0];
  const reason = reasonOf(agreement, known?.words ?? null);
  const says = (record: MirrorRecord): boolean => reasonOf(agreement, wordsOf(agreement, record)) === reason && (reason !== null || showsRejection(agreement, record));
  // Words that Concord did not leave there are a rep's, and are not written over.
  const differs = (record: MirrorRecord): boolean => wordsOf(agreement, record) !== null && !says(record);
  const own = reason === SLA_EXPIRED;
  const all = [...people, ...(contact === undefined ? [] : [contact])];
  const origin = own ? null : (all.find((record) => says(record) && cannotBeOwn(agreement, memory.stage, record)) ?? people.find((record) => differs(record)) ?? all.find(says) ?? null);
  const text = (id: 'rejection_note' | 'rejection_detail'): string | null => {
    for (const record of [contact, origin, ...people]) {
      const value = record == null ? undefined : valueOf(agreement, record, id);
      if (typeof value === 'string') return value;
    }
    return null;
  };
  return { reason, words: own ? null : origin === null || !says(origin) ? reason : wordsOf(agreement, origin), note: text('rejection_note'), detail: text('rejection_detail'), origin };
}

/** Concord writes ids of reasons, `other` for words that none knows (F3), and the agreement's one status: anything else is a rep's. */
function cannotBeOwn(agreement: CompiledAgreement, stage: StageId, record: MirrorRecord): boolean {
  const words = wordsOf(agreement, record);
  if (words !== null && words !== SLA_EXPIRED && !agreement.reasons.has(words)) return true;
  const status = statusField(record);
  return status !== null && showsRejection(agreement, record) && record.fields[status] !== agreement.of(record).shows(stage, record.ref.crm === 'hubspot' ? 'hs_lead_status' : 'lead_status');
}

function wordsOf(agreement: CompiledAgreement, record: MirrorRecord): string | null {
  const value = record.fields[agreement.settings.rejection.signals[record.ref.crm].reason];
  return typeof value === 'string' ? value : null;
}

/** The reason id that words mean; `other` when no reason knows them; null: no words. */
export function reasonOf(agreement: CompiledAgreement, words: string | null): string | null {
  return words === null ? null : words === SLA_EXPIRED ? SLA_EXPIRED : (agreement.reasonOf(words)?.id ?? 'other');
}

function routeOf(agreement: CompiledAgreement, words: string | null): string | null {
  if (words === null) return null;
  return words === SLA_EXPIRED ? 'recycle' : (agreement.reasonOf(words)?.route ?? 'unmapped');
}

function statusField(record: MirrorRecord): string | null {
  return record.ref.crm === 'hubspot' ? SHOWN.hubspotStatus : record.ref.object === 'lead' ? SHOWN.leadStatus : null;
}

function showsRejection(agreement: CompiledAgreement, record: MirrorRecord): boolean {
  const name = statusField(record);
  const status = name === null ? null : record.fields[name];
  return typeof status === 'string' && agreement.of(record).rejected(status, record.ref.crm);
}

/** The fields by which a record answers (F1). */
function signals(agreement: CompiledAgreement, record: MirrorRecord): string[] {
  const status = statusField(record);
  return [...(status === null ? [] : [status]), agreement.settings.rejection.signals[record.ref.crm].reason];
}

/** Values found at the first reading, dated no later than a moment; others, whose change was seen, keep their time. */
function dated(record: MirrorRecord, at: EpochMs, names: string[] = Object.keys(record.since)): MirrorRecord {
  const since = { ...record.since };
  for (const name of names) {
    const each = since[name];
    if (each?.first === true) since[name] = { ...each, at: Math.min(each.at, at) };
  }
  return { ...record, since };
}

function markOwn(agreement: CompiledAgreement, memory: Memory, answer: RememberedAnswer | null, bearer: Bearer): MirrorRecord {
  const isOrigin = bearer.record === answer?.origin;
  const record = dated(bearer.record, restOfSecond(memory.stageAt), atRest(memory) ? undefined : isOrigin ? signals(agreement, bearer.record) : []);
  const written: Fields = { ...record.written };
  const since: Record<string, FieldSince> = { ...record.since };
  const own = (name: string | null): void => {
    const value = name === null ? undefined : record.fields[name];
    if (name === null || value === undefined) return;
    const found = since[name];
    // What HubSpot says a person has set is the person's.
    if (found?.by?.source !== undefined && agreement.settings.evidence.hubspot_people.includes(found.by.source)) return;
    written[name] = value;
    if (found !== undefined) since[name] = { at: found.at, own: true };
  };
  for (const id of Object.keys(OWN_FIELDS) as OwnFieldId[]) {
    const value = valueOf(agreement, record, id);
    if (!('people' in OWN_FIELDS[id]) && value !== undefined && value !== null) own(agreement.ownField(id)[record.ref.crm]);
  }
  const status = statusField(record);
  for (const [name, shown] of shownBy(agreement, record, bearer.stage)) if (shown !== undefined && (record.fields[name] ?? null) === shown && !(isOrigin && name === status)) own(name);
  if (answer !== null) {
    const names = ([...(isOrigin ? [] : (['rejection_reason', 'rejection_note', 'rejection_detail'] as const)), 'recycle_on'] as const).map((id) => agreement.ownField(id)[record.ref.crm]);
    if (reasonOf(agreement, wordsOf(agreement, record)) === answer.reason) names.forEach(own);
  }
  // That there is no reason says nothing: nobody was seen emptying it.
  const reason = agreement.settings.rejection.signals[record.ref.crm].reason;
  if (record.fields[reason] === null) own(reason);
  // F6: Concord had shown the answer here; another status was set since, and takes it back.
  const value = status === null ? undefined : record.fields[status];
  const shows = agreement.of(record);
  const target = status === null ? null : shows.shows(bearer.stage, record.ref.crm === 'hubspot' ? 'hs_lead_status' : 'lead_status');
  if (status !== null && target !== null && typeof value === 'string' && answer !== null && atRest(memory) && memory.stage !== 'lost') {
    const belongs = shows.belongs(bearer.stage, record.ref.crm === 'hubspot' ? 'hs_lead_status' : 'lead_status', value);
    if (!belongs && !shows.rejected(value, record.ref.crm) && since[status]?.first === true) since[status] = { at: record.modifiedAt };
  }
  return { ...record, since, written };
}

/** What Concord shows of a stage in the CRM's own fields (L13). Undefined: it writes nothing there at that stage. */
function shownBy(agreement: CompiledAgreement, record: MirrorRecord, stage: StageId): [string, Value | undefined][] {
  if (record.ref.crm === 'hubspot') return [[SHOWN.lifecycle, agreement.stage(stage).hubspot.lifecyclestage], [SHOWN.hubspotStatus, agreement.shows(stage, 'hs_lead_status')]];
  const opensOrRejects = stage === 'mql' || stage === 'recycled' || stage === 'disqualified' || stage === 'lost';
  return record.ref.object === 'lead' ? [[SHOWN.leadStatus, opensOrRejects ? (agreement.of(record).shows(stage, 'lead_status') ?? undefined) : undefined]] : [];
}

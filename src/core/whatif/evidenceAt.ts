import type { Handoff, OpportunityEvidence, PersonEvidence } from '../../domain/person';
import { refKey, type EpochMs, type FieldSince, type MirrorRecord, type Value } from '../../domain/record';
import { SHOWN } from '../../domain/ownFields';
import { isOffRamp, SALES_OWNED } from '../../domain/stage';
import type { CompiledAgreement } from '../../agreement/compile';
import { parseFieldRef } from '../../agreement/fieldRef';
import { closedAt } from '../decide/context';
import { CONVERTED } from '../observe';

/*
 * The recorded evidence as it stood at an earlier moment. The mirror keeps latest values with their times, so a value is there from its time on; what stood
 * there before is not known, which is `unknown` to every clause (M5), never false. Two things are known all the same:
 *  - at the opening of a recorded pass its clauses held: where a value has been overwritten since, the clause's own value stands in for it;
 *  - of earlier passes, how sales answered.
 * Sales' answers are answers to a handoff: those that followed a recorded pass come, in the replay, as long after the pass that stands for it.
 */

/** How far the replay is with the recorded passes. */
export interface Progress {
  /** The recorded passes of the window, oldest first. */
  recorded: Handoff[];
  /** When the replay opened the pass that stands for each of them. The replay may have opened more, or fewer. */
  opened: EpochMs[];
}

interface Timed {
  /** Null: sales has not been handed the person, so it has not happened. */
  at: EpochMs | null;
}

/** To which recorded pass something of sales' belongs: 0: before the first. */
function passOf(at: EpochMs, recorded: Handoff[]): number {
  return recorded.filter((pass) => pass.openedAt <= at).length;
}

/** When something of sales' happens in the replay. */
function timed(at: EpochMs, { recorded, opened }: Progress): Timed {
  const pass = passOf(at, recorded);
  if (pass === 0) return { at };
  const [was, is] = [recorded[pass - 1]?.openedAt, opened[pass - 1]];
  if (was === undefined || is === undefined) return { at: null };
  return { at: at + Math.max(0, is - was) };
}

/** Values by which sales speaks: they belong to a pass. */
function isSales(agreement: CompiledAgreement, record: MirrorRecord, field: string): boolean {
  const { reason, note, detail, recycle_on } = agreement.settings.rejection.signals[record.ref.crm];
  if (field === reason || field === note || field === detail || field === recycle_on || field === SHOWN.leadStatus || field === SHOWN.hubspotStatus) return true;
  const value = record.fields[field];
  // L11: Concord's own value is nobody's evidence, and stands.
  if (record.since[field]?.own === true) return false;
  if (field !== SHOWN.lifecycle || record.ref.crm !== 'hubspot' || typeof value !== 'string') return false;
  const stages = agreement.stageOfLifecycle(value);
  return stages.length > 0 && stages.every((stage) => SALES_OWNED.includes(stage) || isOffRamp(stage));
}

/** The evidence at a moment of the replay. `cycle`: the handoff that sales' records carry by then, as the run's own writes would have told them; null: none. */
export function evidenceAt(agreement: CompiledAgreement, evidence: PersonEvidence, progress: Progress, now: EpochMs, cycle: number | null): PersonEvidence {
  const at = (record: MirrorRecord): MirrorRecord[] => (record.createdAt > now ? [] : [recordAt(agreement, record, progress, now, cycle)]);
  return {
    personId: evidence.personId,
    hubspot: evidence.hubspot.flatMap(at),
    leads: evidence.leads.flatMap(at),
    contacts: evidence.contacts.flatMap(at),
    opportunities: evidence.opportunities.flatMap((each) => opportunityAt(each, progress, now)),
    gone: evidence.gone,
  };
}

function recordAt(agreement: CompiledAgreement, record: MirrorRecord, progress: Progress, now: EpochMs, cycle: number | null): MirrorRecord {
  const { crm } = record.ref;
  const fields: Record<string, Value> = {};
  const since: Record<string, FieldSince> = {};
  for (const name in record.fields) {
    const value = record.fields[name] as Value;
    const known = record.since[name];
    if (known === undefined) {
      fields[name] = value;
      continue;
    }
    const happens = isSales(agreement, record, name) ? salesTime(known, progress) : known.at;
    if (happens === null || happens > now) continue;
    fields[name] = value;
    since[name] = happens === known.at ? known : { ...known, at: happens };
  }
  standIn(agreement, record, fields, since, progress, now);
  answerOf(agreement, record, fields, since, progress, now);
  const cycleField = agreement.ownField('cycle').salesforce;
  if (crm === 'salesforce' && cycleField !== null) fields[cycleField] = cycle;
  const { conversion, ...rest } = record;
  const converted = conversion === undefined ? null : timed(record.since[CONVERTED]?.at ?? record.modifiedAt, progress).at;
  if (converted !== null && converted <= now) since[CONVERTED] = { at: converted };
  return { ...rest, ...(conversion === undefined || converted === null || converted > now ? {} : { conversion }), fields, since };
}

/** A later pass has reopened what answered an earlier one (F5). */
function salesTime(known: FieldSince, progress: Progress): EpochMs | null {
  const { recorded, opened } = progress;
  const pass = passOf(known.at, recorded);
  const { at } = timed(known.at, progress);
  const newest = opened.at(-1);
  if (at === null || newest === undefined || pass >= opened.length) return at;
  return at > newest ? at : null;
}

/** What a recorded pass proves about values that were overwritten since: its clauses held when it was opened. */
function standIn(agreement: CompiledAgreement, record: MirrorRecord, fields: Record<string, Value>, since: Record<string, FieldSince>, progress: Progress, now: EpochMs): void {
  if (record.ref.crm !== 'hubspot') return;
  const source = agreement.settings.evidence.hubspot_people[0];
  // The newest first: what it proves is nearest to the moment.
  for (const pass of [...progress.recorded].reverse()) {
    if (pass.openedAt > now || pass.held === undefined) continue;
    for (const key of pass.held) {
      const proved = proof(agreement, key);
      if (proved === null || !(proved.name in record.fields)) continue;
      // A value that is there, and is none of Concord's own, speaks for itself.
      if (proved.name in fields && since[proved.name]?.own !== true) continue;
      fields[proved.name] = proved.value;
      since[proved.name] = { at: pass.openedAt, ...(source === undefined ? {} : { by: { source } }) };
    }
  }
}

const KEY = /^(\S+) (is|in|at_least|at_most|contains|starts_with) (.+)$/;

/** The least that a clause which held says about its field on the HubSpot contact; null: nothing that can stand in for a value. */
function proof(agreement: CompiledAgreement, key: string): { name: string; value: Value } | null {
  const [, field, operator, operand] = KEY.exec(key) ?? [];
  if (field === undefined || operator === undefined || operand === undefined) return null;
  const name = hubspotName(agreement, field);
  if (name === null) return null;
  const value: unknown = JSON.parse(operand);
  const one: unknown = operator === 'in' && Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? { name, value: one } : null;
}

function hubspotName(agreement: CompiledAgreement, field: string): string | null {
  const ref = parseFieldRef(field);
  if (ref?.kind === 'score') return agreement.scoreProperty;
  if (ref?.kind === 'hubspot') return ref.name;
  return ref?.kind === 'field' ? (agreement.fieldById(ref.id)?.hubspot ?? null) : null;
}

/** How sales answered an earlier pass whose answer the mirror no longer shows: told again on the record that said it. */
function answerOf(agreement: CompiledAgreement, record: MirrorRecord, fields: Record<string, Value>, since: Record<string, FieldSince>, { recorded, opened }: Progress, now: EpochMs): void {
  const pass = recorded[opened.length - 1];
  const openedAt = opened.at(-1);
  if (pass === undefined || openedAt === undefined || opened.length === recorded.length) return;
  const { rejection } = pass;
  if (rejection === null || rejection.record !== refKey(record.ref)) return;
  const late = Math.max(0, openedAt - pass.openedAt);
  if (rejection.at + late > now) return;
  const { crm } = record.ref;
  const by = rejection.by === null ? {} : { by: rejection.by };
  const { reason, note } = agreement.settings.rejection.signals[crm];
  const status = crm === 'hubspot' ? SHOWN.hubspotStatus : SHOWN.leadStatus;
  const [rejecting] = agreement.of(record).rejecting(crm);
  if (rejecting !== undefined && !(crm === 'salesforce' && record.ref.object === 'contact')) {
    fields[status] = rejecting;
    since[status] = { at: rejection.at + late, ...by };
  }
  if (rejection.words === null) return;
  fields[reason] = rejection.words;
  since[reason] = { at: (rejection.reasonAt ?? rejection.at) + late, ...by };
  if (rejection.note !== null) fields[note] = rejection.note;
}

function opportunityAt(each: OpportunityEvidence, progress: Progress, now: EpochMs): OpportunityEvidence[] {
  const { record } = each;
  const begins = timed(record.createdAt, progress).at;
  if (begins === null || begins > now || record.opportunity === undefined) return [];
  const late = begins - record.createdAt;
  const ends = record.opportunity.isClosed ? closedAt(each) + late : null;
  const isClosed = ends !== null && ends <= now;
  const { closedAt: _, ...facts } = record.opportunity;
  const opportunity = isClosed ? { ...facts, closedAt: ends } : { ...facts, isClosed: false, isWon: false };
  return [{ ...each, record: { ...record, createdAt: begins, opportunity } }];
}

/** The moments, after `after`, at which the recorded evidence changes, in order and each once. */
export function momentsAfter(agreement: CompiledAgreement, evidence: PersonEvidence, progress: Progress, after: EpochMs): EpochMs[] {
  const found = new Set<EpochMs>();
  const add = (at: EpochMs | null): void => {
    if (at !== null && at > after) found.add(at);
  };
  for (const record of [...evidence.hubspot, ...evidence.leads, ...evidence.contacts]) {
    add(record.createdAt);
    for (const name in record.since) {
      const known = record.since[name] as FieldSince;
      add(name === CONVERTED ? timed(known.at, progress).at : isSales(agreement, record, name) ? salesTime(known, progress) : known.at);
    }
  }
  for (const each of evidence.opportunities) {
    add(timed(each.record.createdAt, progress).at);
    if (each.record.opportunity?.isClosed === true) add(closedAt(each) + ((timed(each.record.createdAt, progress).at ?? each.record.createdAt) - each.record.createdAt));
  }
  progress.recorded.forEach((pass, index) => {
    add(pass.openedAt);
    const opened = progress.opened[index];
    if (pass.rejection !== null && opened !== undefined) {
      add(pass.rejection.at + Math.max(0, opened - pass.openedAt));
      if (pass.rejection.reasonAt != null) add(pass.rejection.reasonAt + Math.max(0, opened - pass.openedAt));
    }
  });
  return [...found].sort((a, b) => a - b);
}

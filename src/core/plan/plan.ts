import { refKey, type MirrorRecord } from '../../domain/record';
import { SHOWN, type OwnFieldId } from '../../domain/ownFields';
import { isOffRamp, rank } from '../../domain/stage';
import type { FieldChange, PlannedWrite } from '../../domain/write';
import type { CompiledAgreement } from '../../agreement/compile';
import type { Decision } from '../decide/decide';
import type { DesiredRecord } from '../decide/desired';
import { sameValue } from '../observe';
import { isSameGround, type Ground } from './hold';

/*
 * The difference between what is desired and what was last read. Invariant (W2): a write exists only where a value differs; what a CRM does not return
 * is not written (M5); only what the agreement names is (W1).
 */

/** What stands in the way of a field: a dead letter or a hold, as the store has it. */
export interface Obstacle {
  /** `crm:object:id`, or `person:ID` for a create. */
  of: string;
  /** Of a create: the CRM in which it was refused. */
  crm?: 'hubspot' | 'salesforce';
  /** Null: the whole record. */
  field: string | null;
  kind: 'dead_letter' | 'rolled_back';
  /** The planned value it concerns: another value passes. */
  value: FieldChange['after'];
  /** Dead letters: tried last at; it is tried again once the record has changed since (W5). */
  at: number;
  /** Of what was rolled back: what it had been planned on. */
  ground?: Ground;
}

export interface PersonPlan {
  writes: PlannedWrite[];
  /** Changes not planned because something stands in their way. */
  heldBack: { of: string; field: string; kind: Obstacle['kind'] }[];
  /** Fields that should be written but that the CRM does not return (M5). */
  unknown: { of: string; field: string }[];
  counts: { creates: number; regressions: number; linksEnded: number; overwrites: number; changed: boolean };
}

const TOGETHER: readonly OwnFieldId[] = ['rejection_reason', 'rejection_note', 'rejection_detail'];

export function plan(agreement: CompiledAgreement, personId: string, decision: Decision, obstacles: Obstacle[], linksEnded: number): PersonPlan {
  const out: PersonPlan = { writes: [], heldBack: [], unknown: [], counts: { creates: 0, regressions: 0, linksEnded, overwrites: 0, changed: false } };
  const standing = obstacles.filter((each) => each.kind !== 'rolled_back' || each.field === null || isSameGround(agreement, decision.state, { ...each, field: each.field }));
  for (const desired of decision.desired) {
    // What does not exist yet cannot change: of a create the person's record in the other CRM tells whether anything is new (W5).
    const news = desired.record ?? (desired.crm === 'hubspot' ? decision.primary : decision.contact);
    const write = planRecord(agreement, personId, desired, news, standing, out);
    if (write !== null) out.writes.push(write);
  }
  out.counts.creates = out.writes.filter((write) => write.op === 'create').length;
  out.counts.overwrites = out.writes.flatMap((write) => write.changes).filter((change) => change.overwrites === true).length;
  out.counts.regressions = decision.transitions.some((each) => !each.skipped && each.from !== null && !isOffRamp(each.from) && (isOffRamp(each.to) || rank(each.to) < rank(each.from))) ? 1 : 0;
  out.counts.changed = out.writes.length > 0;
  return out;
}

function planRecord(agreement: CompiledAgreement, personId: string, desired: DesiredRecord, news: MirrorRecord | null, obstacles: Obstacle[], out: PersonPlan): PlannedWrite | null {
  const { record, crm, object } = desired;
  const of = record === null ? `person:${personId}` : refKey(record.ref);
  const mine = obstacles.filter((each) => each.of === of && (each.crm === undefined || each.crm === crm));
  const together = new Set<string>([crm === 'hubspot' ? SHOWN.hubspotStatus : SHOWN.leadStatus]);
  for (const id of TOGETHER) {
    const name = agreement.ownField(id)[crm];
    if (name !== null) together.add(name);
  }
  let changes: FieldChange[] = [];
  let answerStopped = false;
  for (const [field, want] of desired.fields) {
    if (record !== null && !(field in record.fields)) {
      out.unknown.push({ of, field });
      // M3: an answer that cannot be carried whole is not carried in part; there is nothing to empty in a field nobody sees.
      if (together.has(field) && want.value !== null) answerStopped = true;
      continue;
    }
    const before = record?.fields[field];
    if (record === null ? want.value === null : sameValue(before, want.value)) continue;
    const obstacle = mine.find((each) => !(want.anyway === true && each.field === null) && stops(each, field, want.value, news));
    if (obstacle !== undefined) {
      out.heldBack.push({ of, field, kind: obstacle.kind });
      if (together.has(field)) answerStopped = true;
      continue;
    }
    changes.push({
      field,
      ...(record === null ? {} : { before: before ?? null }),
      after: want.value,
      rule: want.rule,
      because: want.because,
      ...(want.contested === true ? { contested: true as const } : {}),
      ...(want.readBack === true ? { readBack: true as const } : {}),
      ...(want.overwrites === true ? { overwrites: true as const } : {}),
      ...(together.has(field) ? { together: true as const } : {}),
    });
  }
  if (answerStopped) changes = changes.filter((change) => change.together !== true);
  if (changes.length === 0) return null;
  return {
    key: record === null ? `create:${crm}:${object}:${personId}` : of,
    personId,
    crm,
    object,
    op: record === null ? 'create' : 'update',
    ...(record === null ? {} : { id: record.ref.id }),
    changes,
  };
}

function stops(obstacle: Obstacle, field: string, value: FieldChange['after'], news: MirrorRecord | null): boolean {
  if (obstacle.field !== null && obstacle.field !== field) return false;
  if (obstacle.kind === 'dead_letter' && news !== null && news.foreignChangeAt > obstacle.at) return false;
  return obstacle.field === null || sameValue(obstacle.value, value);
}

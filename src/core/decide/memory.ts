import type { EpochMs, MirrorRecord, RecordRef, Value } from '../../domain/record';
import { refKey } from '../../domain/record';
import type { OwnFieldId } from '../../domain/ownFields';
import { isStageId, ROUTES, SLA_STATES, type Route, type SlaState, type StageId } from '../../domain/stage';
import type { CompiledAgreement } from '../../agreement/compile';

/*
 * What Concord itself left on the records (design.md section 5), read back by a store that has none of it: lost, or begun anew on another database (L7).
 * Terms: a *bearer* is a record on which Concord's stage and its time stand; the newest of them says what is remembered.
 */

/** The stages whose entries are stamped on the records. */
export const STAMPED = ['mql', 'sal', 'sql', 'opportunity', 'customer'] as const;

/** Written moments are whole seconds: the last instant of one. What happened within that second is not newer than what was written. */
export function restOfSecond(at: EpochMs): EpochMs {
  return at + 999;
}

export interface Memory {
  /** Newest first. */
  bearers: Bearer[];
  stage: StageId;
  stageAt: EpochMs;
  stamps: Partial<Record<(typeof STAMPED)[number], EpochMs>>;
  cycle: number | null;
  mqlWhy: string | null;
  rejectedAt: EpochMs | null;
  rejectedBy: string | null;
  rejectionCount: number;
  /** The route of the answer that stands; null: none does. */
  route: Route | null;
  recycleOn: string | null;
  /** What was said of a duplicate is shown to marketing alone, when the handoff goes on with another record (F2). */
  followsSurvivor: boolean;
  /** A state that time does not change any more; one of a running clock cannot be gone on with (S2). */
  sla: SlaState | null;
  slaDueAt: EpochMs | null;
  /** What was found and not believed, in words. */
  notes: string[];
}

export interface Bearer {
  record: MirrorRecord;
  stage: StageId;
  stageAt: EpochMs;
}

/**
 * Reads Concord's own fields from a person's live records. Null: none bears a stage with its time. Values that Concord does not write (another program's, an
 * older version's) are left out and told in `notes`.
 */
export function readMemory(agreement: CompiledAgreement, records: MirrorRecord[], now: EpochMs): { memory: Memory | null; notes: string[] } {
  const notes: string[] = [];
  const doubt = (ref: RecordRef, id: OwnFieldId): void => {
    notes.push(`${refKey(ref)}: what stands in ${agreement.ownField(id)[ref.crm] ?? id} is none of Concord’s values and was not taken over (L7).`);
  };
  const read = <T>(record: MirrorRecord, id: OwnFieldId, parse: (value: Value) => T | null): T | null | undefined => {
    const value = valueOf(agreement, record, id);
    if (value === undefined || value === null) return value;
    const parsed = parse(value);
    if (parsed === null) doubt(record.ref, id);
    return parsed;
  };
  const moment = momentBy(now);

  const bearers: Bearer[] = [];
  for (const record of records) {
    const stage = read(record, 'stage', (value) => (isStageId(value) && isAgreed(agreement, value) ? value : null));
    const stageAt = stage == null ? null : read(record, 'stage_at', moment);
    if (stage != null && stageAt != null) bearers.push({ record, stage, stageAt });
  }
  bearers.sort((a, b) => b.stageAt - a.stageAt);
  const [newest] = bearers;
  if (newest === undefined) return { memory: null, notes };

  /** From the newest bearer that shows the field at all: what is empty there was emptied by Concord. */
  const first = <T>(id: OwnFieldId, parse: (value: Value) => T | null): T | null => {
    for (const { record } of bearers) {
      const found = read(record, id, parse);
      if (found !== undefined) return found;
    }
    return null;
  };
  const stamps: Memory['stamps'] = {};
  for (const id of STAMPED) {
    // L9: a stamp holds the latest entry and is never emptied.
    const times = bearers.map(({ record }) => read(record, `${id}_at`, moment)).filter((at): at is EpochMs => at != null);
    if (times.length > 0) stamps[id] = Math.max(...times);
  }
  const sla = first('sla', (value) => SLA_STATES.find((each) => each === value) ?? null);
  const ended = sla === 'met' || sla === 'breached';
  return {
    memory: {
      bearers,
      stage: newest.stage,
      stageAt: newest.stageAt,
      stamps,
      cycle: first('cycle', (value) => (typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : null)),
      mqlWhy: first('mql_why', (value) => (typeof value === 'string' ? value : null)),
      rejectedAt: first('rejected_at', moment),
      rejectedBy: first('rejected_by', (value) => (typeof value === 'string' ? value : null)),
      rejectionCount: first('rejection_count', (value) => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null)) ?? 0,
      route: first('route', (value) => ROUTES.find((each) => each === value) ?? null),
      followsSurvivor: bearers.some(({ record }) => record.ref.crm === 'salesforce' && valueOf(agreement, record, 'route') === null) && bearers.some(({ record }) => valueOf(agreement, record, 'route') === 'duplicate'),
      recycleOn: first('recycle_on', (value) => (typeof value === 'string' ? value : null)),
      sla: ended ? sla : null,
      slaDueAt: ended ? first('sla_due_at', (value) => (typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? Date.parse(value) : null)) : null,
      notes,
    },
    notes,
  };
}

/** Concord writes no moment ahead of its clock into a stamp. */
function momentBy(now: EpochMs): (value: Value) => EpochMs | null {
  return (value) => {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    return Number.isNaN(at) || at > now ? null : at;
  };
}

export function isAgreed(agreement: CompiledAgreement, stage: StageId): boolean {
  return agreement.settings.stages.some((each) => each.id === stage);
}

/** Undefined: the CRM did not return it, or has no such field (M5). */
export function valueOf(agreement: CompiledAgreement, record: MirrorRecord, id: OwnFieldId): Value | undefined {
  const name = agreement.ownField(id)[record.ref.crm];
  return name === null ? undefined : record.fields[name];
}

import type { Actor, EpochMs, MirrorRecord, Value } from '../../domain/record';
import { refKey } from '../../domain/record';
import { SHOWN } from '../../domain/ownFields';
import type { CompiledAgreement } from '../../agreement/compile';

/*
 * What the reps' records say (F1). Terms: an *answer* is what one record says by its status and reason fields, at the time of the later change of
 * the two (F6); only a value set by someone else than Concord says anything (L11). Of several records the newest decides.
 */

export interface Answer {
  kind: 'reject' | 'withdraw';
  /** The later of the changes to status and reason. */
  at: EpochMs;
  /** When the rejection began: the status' change, when the status rejects. */
  since: EpochMs;
  record: MirrorRecord;
  /** The reason as it stands in the CRM; null: none. */
  words: string | null;
  note: string | null;
  detail: string | null;
  recycleOn: string | null;
  by: Actor | null;
  /** The same answer read twice says the same. */
  said: string;
}

/** The answers of a person's live records, oldest first: the last one decides (F1), the others are history. */
export function readAnswers(agreement: CompiledAgreement, records: MirrorRecord[], convertedLeads: MirrorRecord[]): Answer[] {
  return records
    .map((record) => readAnswer(agreement, record, convertedLeads))
    .filter((answer): answer is Answer => answer !== null)
    .sort((a, b) => a.at - b.at || (a.said < b.said ? -1 : 1));
}

function readAnswer(agreement: CompiledAgreement, record: MirrorRecord, convertedLeads: MirrorRecord[]): Answer | null {
  const crm = record.ref.crm;
  const signals = agreement.settings.rejection.signals[crm];
  const statusField = crm === 'hubspot' ? SHOWN.hubspotStatus : record.ref.object === 'lead' ? SHOWN.leadStatus : null;

  const status = statusField === null ? undefined : record.fields[statusField];
  const statusSince = statusField === null || status === undefined ? undefined : record.since[statusField];
  const reason = record.fields[signals.reason];
  const reasonSince = reason === undefined ? undefined : record.since[signals.reason];
  const foreignStatus = statusSince !== undefined && statusSince.own !== true ? statusSince : null;
  const foreignReason = reasonSince !== undefined && reasonSince.own !== true && !copiedByConversion(record, reason, signals.reason, convertedLeads) ? reasonSince : null;
  if (foreignStatus === null && foreignReason === null) return null;

  const rejected = typeof status === 'string' && agreement.rejected(status, crm);
  const words = typeof reason === 'string' ? reason : null;
  const byStatus = foreignStatus !== null && (foreignReason === null || foreignStatus.at >= foreignReason.at);
  const later = byStatus ? foreignStatus : foreignReason;
  if (later === null) return null;

  const rejects = rejected || (words !== null && foreignReason !== null && !(byStatus && status !== null));
  // A value found at the first reading is no change; an empty one that nobody emptied says nothing.
  if (!rejects && later.first === true) return null;
  const kind = rejects ? 'reject' : 'withdraw';
  const text = (name: string | undefined): string | null => {
    const value = name === undefined ? undefined : record.fields[name];
    return typeof value === 'string' ? value : null;
  };
  const own = signals.recycle_on === undefined ? true : record.since[signals.recycle_on]?.own === true;
  const by = later.by ?? null;
  return {
    kind,
    at: later.at,
    since: rejected && foreignStatus !== null ? foreignStatus.at : later.at,
    record,
    words,
    note: text(signals.note),
    detail: text(signals.detail),
    recycleOn: own ? null : text(signals.recycle_on),
    by,
    said: `${refKey(record.ref)} ${kind} ${words ?? ''}`,
  };
}

/** I2: rejection fields that conversion copied to the contact are not an answer. */
function copiedByConversion(record: MirrorRecord, reason: Value | undefined, field: string, convertedLeads: MirrorRecord[]): boolean {
  if (record.ref.object !== 'contact' || record.ref.crm !== 'salesforce' || reason === null || reason === undefined) return false;
  return convertedLeads.some((lead) => lead.conversion?.contactId === record.ref.id && lead.fields[field] === reason);
}

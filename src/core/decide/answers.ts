import type { Actor, EpochMs, MirrorRecord, Value } from '../../domain/record';
import { refKey } from '../../domain/record';
import type { Rejection } from '../../domain/person';
import { SHOWN } from '../../domain/ownFields';
import type { CompiledAgreement } from '../../agreement/compile';
import { normaliseReason } from '../../agreement/normalise';

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
  /** False: the CRM did not return the reason field, so that `words` says nothing (M5). */
  reasonKnown: boolean;
  /** Somebody took the reason away, so that having none is what is said (F6). */
  emptied: boolean;
  /** Undefined here and below: not returned. */
  note: string | null | undefined;
  detail: string | null | undefined;
  /** The rep's own date; undefined also when Concord wrote it (L11). */
  recycleOn: string | null | undefined;
  by: Actor | null;
  /** The same answer read twice says the same. */
  said: string;
}

/** The answers of a person's live records, oldest first: the last one decides (F1), the others are history. */
export function readAnswers(agreement: CompiledAgreement, records: MirrorRecord[], convertedLeads: MirrorRecord[]): Answer[] {
  const answers = records.map((record) => readAnswer(agreement, record, convertedLeads)).filter((answer): answer is Answer => answer !== null);
  return answers
    .filter((answer) => !answers.some((other) => isEcho(agreement, answer, other)))
    .sort((a, b) => a.at - b.at || (a.said < b.said ? -1 : 1));
}

/**
 * L11, for somebody else's integration: a reason that a machine carried over from the other CRM is the other record's answer once more, without its author
 * and note. Taken for an answer of its own it would be the newest, and hide them.
 */
function isEcho(agreement: CompiledAgreement, answer: Answer, other: Answer): boolean {
  if (answer.kind !== 'reject' || other.kind !== 'reject' || answer.record.ref.crm === other.record.ref.crm) return false;
  if (answer.words === null || other.words === null || !isMachine(agreement, answer) || isMachine(agreement, other)) return false;
  return normaliseReason(answer.words) === normaliseReason(other.words);
}

function isMachine(agreement: CompiledAgreement, { by, record }: Answer): boolean {
  if (record.ref.crm === 'salesforce') return by?.id !== undefined && agreement.settings.rejection.system_users.includes(by.id);
  return by?.source !== undefined && !agreement.settings.evidence.hubspot_people.includes(by.source);
}

function readAnswer(agreement: CompiledAgreement, record: MirrorRecord, convertedLeads: MirrorRecord[]): Answer | null {
  const crm = record.ref.crm;
  const signals = agreement.settings.rejection.signals[crm];
  const statusField = crm === 'hubspot' ? SHOWN.hubspotStatus : record.ref.object === 'lead' ? SHOWN.leadStatus : null;

  const status = statusField === null ? undefined : record.fields[statusField];
  const statusSince = statusField === null || status === undefined ? undefined : record.since[statusField];
  const reason = record.fields[signals.reason];
  const reasonSince = reason === undefined ? undefined : record.since[signals.reason];
  const foreignStatus = statusSince !== undefined && statusSince.own !== true && saidBySales(agreement, crm, statusSince.by) ? statusSince : null;
  const foreignReason = reasonSince !== undefined && reasonSince.own !== true && !copiedByConversion(record, reason, signals.reason, convertedLeads) ? reasonSince : null;
  if (foreignStatus === null && foreignReason === null) return null;

  const rejected = typeof status === 'string' && agreement.of(record).rejected(status, crm);
  const words = typeof reason === 'string' ? reason : null;
  const byStatus = foreignStatus !== null && (foreignReason === null || foreignStatus.at >= foreignReason.at);
  const later = byStatus ? foreignStatus : foreignReason;
  if (later === null) return null;

  const byReason = words !== null && foreignReason !== null && !(byStatus && status !== null);
  // A rejecting status that Concord wrote is no answer; a reason that a rep changes under it is one (F4).
  const rejects = byReason || (rejected && (foreignStatus !== null || later.first !== true));
  // A value found at the first reading is no change; an empty one that nobody emptied says nothing.
  if (!rejects && later.first === true) return null;
  // M5: with the status out of sight an empty reason takes nothing back.
  if (!rejects && statusField !== null && status === undefined) return null;
  const kind = rejects ? 'reject' : 'withdraw';
  const text = (name: string | undefined): string | null | undefined => {
    const value = name === undefined ? null : record.fields[name];
    return value === undefined || typeof value === 'string' ? value : null;
  };
  const own = signals.recycle_on === undefined ? true : record.since[signals.recycle_on]?.own === true;
  const by = later.by ?? null;
  return {
    kind,
    at: later.at,
    since: rejected && foreignStatus !== null ? foreignStatus.at : later.at,
    record,
    words,
    reasonKnown: reason !== undefined,
    emptied: words === null && foreignReason !== null && foreignReason.first !== true,
    note: text(signals.note),
    detail: text(signals.detail),
    recycleOn: own ? undefined : text(signals.recycle_on),
    by,
    said: `${refKey(record.ref)} ${kind} ${words ?? ''}`,
  };
}

/**
 * The note that somebody has put on a record since sales said no elsewhere, when it is later than the note of the record that said so (`origin`; null: it is not
 * there any more). Null: there is none.
 */
export function laterWords(agreement: CompiledAgreement, record: MirrorRecord, rejection: Pick<Rejection, 'at' | 'record'>, origin: MirrorRecord | null): string | null {
  if (refKey(record.ref) === rejection.record) return null;
  const { signals } = agreement.settings.rejection;
  const since = record.since[signals[record.ref.crm].note];
  const words = record.fields[signals[record.ref.crm].note];
  if (typeof words !== 'string' || since === undefined || since.own === true || since.first === true || since.at < rejection.at) return null;
  const name = origin === null ? '' : signals[origin.ref.crm].note;
  const said = (origin?.fields[name] ?? null) === null ? undefined : origin?.since[name];
  return said !== undefined && said.at >= since.at ? null : words;
}

/** L3: a HubSpot lead status speaks for sales only when a person set it, one that the agreement counts as sales. */
function saidBySales(agreement: CompiledAgreement, crm: 'hubspot' | 'salesforce', by: Actor | undefined): boolean {
  if (crm === 'salesforce' || agreement.settings.evidence.drift === 'accept') return true;
  const { hubspot_people, sales_hubspot_users } = agreement.settings.evidence;
  if (by?.source !== undefined && !hubspot_people.includes(by.source)) return false;
  return sales_hubspot_users.length === 0 || by === undefined || (by.id !== undefined && sales_hubspot_users.includes(by.id));
}

/** I2: rejection fields that conversion copied to the contact are not an answer. */
function copiedByConversion(record: MirrorRecord, reason: Value | undefined, field: string, convertedLeads: MirrorRecord[]): boolean {
  if (record.ref.object !== 'contact' || record.ref.crm !== 'salesforce' || reason === null || reason === undefined) return false;
  return convertedLeads.some((lead) => lead.conversion?.contactId === record.ref.id && lead.fields[field] === reason);
}

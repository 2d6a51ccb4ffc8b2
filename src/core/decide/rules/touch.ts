import type { CompiledAgreement } from '../../../agreement/compile';
import type { CrmRecord, EpochMs, MirrorRecord } from '../../../domain/record';
import type { Handoff, PersonEvidence, PersonState } from '../../../domain/person';
import { TASK_CLOSED } from '../../observe';
import { startOfDate, type Context } from '../context';

/**
 * S1: the first sign that somebody at sales has worked the handoff, from the fields that the agreement names, in either CRM. A moment counts as it
 * stands; a date without a time orders nothing (L5), so the moment is that of the change that showed it (Salesforce's last activity date moves the record's
 * stamp), unless it was a task, which says itself when it was closed. What was there before the handoff says nothing about it.
 */
export function firstTouch(ctx: Context, handoff: Handoff): void {
  const from = handoff.carriedAt;
  if (from === null || handoff.adopted) return;
  const { salesforce, hubspot } = ctx.terms.agreement.settings.sla.touch;
  const times = [
    ...ctx.people.flatMap((record) => salesforce.map((field) => touchedAt(ctx, record, field, handoff))),
    ...[...ctx.people, ...ctx.convertedLeads].map((record) => record.since[TASK_CLOSED]?.at ?? null),
    ...(ctx.input.touches ?? []),
    ...(ctx.contact === null ? [] : hubspot.map((field) => touchedAt(ctx, ctx.contact as MirrorRecord, field, handoff))),
  ].filter((at): at is EpochMs => at !== null && at > from && at <= Math.min(ctx.now, handoff.closedAt ?? ctx.now));
  if (times.length === 0) return;
  handoff.firstTouchAt = Math.min(...times, handoff.firstTouchAt ?? Infinity);
  const { ownerSince } = handoff;
  const since = ownerSince === undefined ? [] : times.filter((at) => at > ownerSince);
  if (since.length > 0) handoff.ownerTouchAt = Math.min(...since, handoff.ownerTouchAt ?? Infinity);
}

function touchedAt(ctx: Context, record: MirrorRecord, field: string, handoff: Handoff): EpochMs | null {
  const value = record.fields[field];
  if (typeof value !== 'string') return null;
  if (value.includes('T')) return Date.parse(value);
  const since = record.since[field];
  // Found at the first reading it may be old, unless the record itself was made for this handoff.
  if (since === undefined || since.own === true || (since.first === true && record.createdAt < handoff.openedAt)) return null;
  const until = startOfDate(ctx, value) + DAY_MS;
  return until > (handoff.carriedAt ?? 0) ? since.at : null;
}

const DAY_MS = 86_400_000;

/**
 * From when on a touch of the person still stops a clock of the handoff that is open: nobody has touched it yet, or not the owner who has it now (`owner`: of the
 * record as just read). Null: none does.
 */
export function touchAwaitedSince(state: PersonState | null, owner: CrmRecord['owner']): EpochMs | null {
  const handoff = state?.handoffs.at(-1);
  if (handoff === undefined || handoff.adopted || handoff.carriedAt === null || handoff.closedAt !== null || handoff.acceptedAt !== null) return null;
  const isReassigned = owner !== undefined && handoff.ownerId !== null && (owner?.id ?? null) !== handoff.ownerId;
  if (handoff.firstTouchAt === null || isReassigned) return handoff.carriedAt;
  return handoff.ownerSince !== undefined && handoff.ownerTouchAt === undefined ? handoff.ownerSince : null;
}

/** Whose histories tell of touches before the one that is seen, and from when on (L5). */
export interface SoughtTouches {
  after: EpochMs;
  /** HubSpot contacts of which a touch field shows a later moment. */
  contacts: string[];
  /** Salesforce records of the person, when a task was closed on one of them later. */
  tasksOn: string[];
}

/** A CRM's record shows the last touch only. Null: nobody is waiting for one, or none is seen, so that no earlier one can matter. */
export function soughtTouches(agreement: CompiledAgreement, state: PersonState | null, evidence: PersonEvidence, pinned: string | null, now: EpochMs): SoughtTouches | null {
  const records = [...evidence.leads, ...evidence.contacts];
  const after = touchAwaitedSince(state, records.find((record) => record.ref.id === pinned)?.owner);
  if (after === null) return null;
  const isLater = (value: unknown): boolean => typeof value === 'string' && value.includes('T') && Date.parse(value) > after && Date.parse(value) <= now;
  const { hubspot, tasks } = agreement.settings.sla.touch;
  const contacts = evidence.hubspot.filter((record) => hubspot.some((field) => isLater(record.fields[field]))).map((record) => record.ref.id);
  const isTouched = tasks && records.some((record) => (record.since[TASK_CLOSED]?.at ?? 0) > after);
  const tasksOn = isTouched ? records.map((record) => record.ref.id) : [];
  return contacts.length + tasksOn.length === 0 ? null : { after, contacts, tasksOn };
}

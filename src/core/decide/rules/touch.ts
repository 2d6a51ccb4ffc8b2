import type { EpochMs, MirrorRecord } from '../../../domain/record';
import type { Handoff } from '../../../domain/person';
import { startOfDate, type Context } from '../context';

/**
 * S1: the first sign that somebody at sales has worked the handoff, from the fields that the agreement names, in either CRM. A moment counts as it
 * stands; a date without a time orders nothing (L5), so the moment is that of the change that showed it (Salesforce's last activity date moves the record's
 * stamp). What was there before the handoff says nothing about it.
 */
export function firstTouch(ctx: Context, handoff: Handoff): void {
  const from = handoff.carriedAt;
  if (from === null || handoff.adopted) return;
  const { salesforce, hubspot } = ctx.terms.agreement.settings.sla.touch;
  const times = [
    ...ctx.people.flatMap((record) => salesforce.map((field) => touchedAt(ctx, record, field, handoff))),
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

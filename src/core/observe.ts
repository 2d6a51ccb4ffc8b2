import type { Actor, CrmRecord, EpochMs, Fields, FieldSince, FieldVersion, MirrorRecord, Value } from '../domain/record';

/*
 * From one reading to the next. Terms: a value is *own* when it equals what Concord last wrote there; *foreign* otherwise. Invariant (L5, L11): a
 * field's `since` moves only when its value changes, and an own value never becomes evidence by being read again, edited around, or re-stamped.
 */

/** A fact of the record that has a time but is no field: whether a lead is converted. */
export const CONVERTED = '~converted';

/** Another: when the last task on it was closed that was read while a first touch was waited for (S1). */
export const TASK_CLOSED = '~task';

/** And when the last value was set, of those whose history was asked for, that came and went since the reading before: there is more to ask for (L5). */
export const OVERWRITTEN = '~overwritten';

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  return (a ?? null) === (b ?? null);
}

export interface Observation {
  record: MirrorRecord;
  /** Something differs from the last reading that Concord did not write itself: the person is decided afresh. */
  changed: boolean;
  /** The reading was older than what is known, and was ignored (index lag). */
  stale: boolean;
}

/**
 * Joins a reading with what is kept of the record. `tracked` names the fields whose times matter (evidence and mapped fields). `histories` gives
 * field versions, newest first, where the CRM keeps them; without one the time is the record's modification time at the reading that first showed
 * the value (L5). `now` is the run's.
 */
export function observe(
  read: CrmRecord,
  before: MirrorRecord | undefined,
  tracked: ReadonlySet<string>,
  now: EpochMs,
  histories: Record<string, FieldVersion[]> = {},
): Observation {
  if (before !== undefined && read.modifiedAt < before.modifiedAt) return { record: before, changed: false, stale: true };
  const written = { ...before?.written };
  const since: Record<string, FieldSince> = {};
  let changed = before === undefined;

  /** Of every field that nobody is seen setting. */
  const found: FieldSince = { at: read.modifiedAt, first: true };
  const fields: Fields = read.fields;
  for (const name in fields) {
    const value = fields[name] as Value;
    const known = before !== undefined && name in before.fields;
    const same = known && sameValue(before.fields[name], value);
    const isOwn = name in written && sameValue(written[name], value);
    if (before !== undefined && !same && !isOwn) {
      changed = true;
      // Someone has put another value over Concord's: from here on it is theirs, and the old one set again is an act (F6).
      delete written[name];
    }
    // Also an own value that is seen again: the person was decided without it (M5).
    if (!known && before !== undefined) changed = true;
    if (tracked.has(name)) since[name] = sinceOf(name, value, known, same, isOwn);
  }
  // A field that is not returned any more keeps its time: its return with the same value is no news (M5).
  for (const name in before?.since) since[name] ??= before.since[name] as FieldSince;
  if (read.conversion !== undefined) {
    since[CONVERTED] = before?.since[CONVERTED] ?? { at: read.modifiedAt };
  }

  const overwrittenAt = before === undefined ? 0 : Math.max(0, ...Object.entries(histories).map(([name, versions]) => lastOverwritten(name, versions, read.fields[name], before)));
  if (overwrittenAt > 0) since[OVERWRITTEN] = { at: overwrittenAt };

  if (before !== undefined && !changed) changed = structureDiffers(before, read);
  const record: MirrorRecord = {
    ...read,
    personId: before?.personId ?? null,
    since,
    written,
    foreignChangeAt: changed ? now : (before?.foreignChangeAt ?? now),
  };
  if (record.opportunity !== undefined && before?.opportunity !== undefined) {
    const { closedAt, inferredContact } = before.opportunity;
    record.opportunity = {
      ...record.opportunity,
      ...(record.opportunity.closedAt === undefined && closedAt !== undefined && record.opportunity.isClosed ? { closedAt } : {}),
      ...(inferredContact === undefined ? {} : { inferredContact }),
    };
  }
  return { record, changed, stale: false };

  function sinceOf(name: string, value: Value, known: boolean, same: boolean, isOwn: boolean): FieldSince {
    const kept = before?.since[name];
    if (same && kept !== undefined) return kept;
    if (isOwn) return { at: read.modifiedAt, own: true };
    const version = setBy(histories[name] ?? [], value);
    // M5: a field that comes back is no news of its own; only the CRM's history can say that it changed while it was not returned.
    if (!known && kept !== undefined && kept.own !== true && version === undefined) return kept;
    // A value that was not watched before may have been so for longer: nobody is seen setting it.
    const change = known && !same;
    const by: Actor | undefined = version?.by ?? (change ? read.modifiedBy : undefined);
    if (!change && version === undefined) return found;
    return { at: version?.at ?? read.modifiedAt, ...(by === undefined ? {} : { by }) };
  }
}

/**
 * The history entry that set a value: of a value stamped several times over without a change in between, the oldest (L5: no phantom stamp makes an
 * unchanged value newer). `versions` are newest first.
 */
function setBy(versions: FieldVersion[], value: Value): FieldVersion | undefined {
  let found: FieldVersion | undefined;
  for (const version of versions) {
    if (sameValue(version.value, value)) found = version;
    else if (found !== undefined) break;
  }
  return found;
}

/** When the last value was set that stood in the field after the reading before and does not any more; 0: none did. `versions` are newest first. */
function lastOverwritten(name: string, versions: FieldVersion[], value: Value | undefined, before: MirrorRecord): EpochMs {
  const since = versions.filter((version) => version.at > before.modifiedAt);
  const past = since.findIndex((version) => !sameValue(version.value, value));
  // The reading before showed it already: set by Concord just after, or stamped once more.
  const known = since.findLastIndex((version) => !sameValue(version.value, before.fields[name]));
  return past < 0 || known < past ? 0 : (since[past] as FieldVersion).at;
}

function structureDiffers(a: MirrorRecord, b: CrmRecord): boolean {
  return STRUCTURE.some((part) => JSON.stringify(a[part] ?? null) !== JSON.stringify(b[part] ?? null) && !isOwn(a, b, part)) || !sameOpportunity(a, b);
}

/** An id or address that Concord wrote itself comes back in the record's structure: no news (L11). */
function isOwn(a: MirrorRecord, b: CrmRecord, part: (typeof STRUCTURE)[number]): boolean {
  const written = new Set(Object.values(a.written));
  if (part === 'carries') {
    const fresh = Object.entries(b.carries).filter(([name, id]) => a.carries[name as keyof CrmRecord['carries']] !== id);
    return fresh.every(([, id]) => written.has(id)) && Object.keys(a.carries).every((name) => name in b.carries);
  }
  if (part === 'emails') return b.emails.every((email) => a.emails.includes(email) || written.has(email)) && a.emails.every((email) => b.emails.includes(email));
  return false;
}

const STRUCTURE = ['emails', 'aliases', 'carries', 'owner', 'accountId', 'conversion', 'role', 'consent', 'gone'] as const;

function sameOpportunity(a: CrmRecord, b: CrmRecord): boolean {
  const plain = (record: CrmRecord): string => JSON.stringify(record.opportunity === undefined ? null : { ...record.opportunity, closedAt: undefined, inferredContact: undefined });
  return plain(a) === plain(b);
}

/**
 * The record after Concord's own write went through: the values as written, known as own. HubSpot's stamp is moved by a millisecond, so that a
 * search answer older than the write is recognised as stale (index lag); Salesforce reads never lag and its stamps are whole seconds.
 */
export function afterOwnWrite(before: MirrorRecord, fields: Fields, at: EpochMs): MirrorRecord {
  const since = { ...before.since };
  const written = { ...before.written };
  for (const [name, value] of Object.entries(fields)) {
    written[name] = value;
    if (name in since) since[name] = { at, own: true };
  }
  // An id that was cleared is carried no more: its absence at the next reading is Concord's own doing (L11).
  const cleared = new Set(Object.entries(fields).flatMap(([name, value]) => (value === null ? [before.fields[name]] : [])));
  const carries = Object.fromEntries(Object.entries(before.carries).filter(([, id]) => !cleared.has(id)));
  return {
    ...before,
    fields: { ...before.fields, ...fields },
    carries,
    since,
    written,
    modifiedAt: before.ref.crm === 'hubspot' ? before.modifiedAt + 1 : before.modifiedAt,
  };
}

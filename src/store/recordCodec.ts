import type { Actor, Conversion, CrmName, CrmRecord, FieldSince, Fields, MirrorRecord, ObjectName, OpportunityFacts, RecordRef, RoleFacts, Value } from '../domain/record';
import type { Names } from './names';
import type { MirrorTable, RecordKind } from './tables';
import { packValue, unpackValue } from './valueCodec';

/*
 * A mirror record as one JSON array, small because two of them are most of what a person costs on disk (design.md section 10):
 *   [createdAt, modifiedAt, foreignChangeAt - modifiedAt, fields, empty fields, since, since of own writes, since the first reading, other
 *    since, fields that hold what Concord wrote, other written values, extras]
 * Fields stand as numbers (names.ts). Moments are differences to modifiedAt, which are short. A written value equal to the field's own, as it
 * is whenever nobody touched it since, is kept as the field's number alone. What a record does not have takes no room. An absent field stays
 * absent: unknown is not empty (M5).
 */

const KINDS: Partial<Record<string, Partial<Record<string, RecordKind>>>> = { hubspot: { contact: 'hc' }, salesforce: { lead: 'sl', contact: 'sc', opportunity: 'so', role: 'sr' } };
const OF_KIND: Record<RecordKind, { crm: CrmName; object: ObjectName }> = {
  hc: { crm: 'hubspot', object: 'contact' },
  sl: { crm: 'salesforce', object: 'lead' },
  sc: { crm: 'salesforce', object: 'contact' },
  so: { crm: 'salesforce', object: 'opportunity' },
  sr: { crm: 'salesforce', object: 'role' },
};

export function kindOf(ref: { crm: string; object: string }): RecordKind | undefined {
  return KINDS[ref.crm]?.[ref.object];
}

export function isKind(text: string): text is RecordKind {
  return text in OF_KIND;
}

export function refOf(kind: RecordKind, id: string): RecordRef {
  const { crm, object } = OF_KIND[kind];
  return { crm, object, id };
}

/** The kind of a record that the mirror keeps. HubSpot has contacts only: anything else is a programming error. */
export function mirrorKind(ref: { crm: CrmName; object: ObjectName }): RecordKind {
  const kind = kindOf(ref);
  if (kind === undefined) throw new TypeError(`the mirror keeps no ${ref.crm} ${ref.object}`);
  return kind;
}

const OWN = 1;
const FIRST = 2;

type Flat = Value[];
/** `since` entries that have more to say: field, difference, 1 for own + 2 for first, by whom (0: unknown). */
type Other = (number | Actor)[];
/** A text, or the number of a field that holds the same text. */
type TextOrField = string | number;

interface Extras {
  /** modifiedBy */
  b?: Actor;
  /** gone */
  g?: { how: 'deleted' | 'merged'; into?: string };
  /** emails */
  e?: TextOrField[];
  /** aliases */
  x?: string[];
  /** carries: HubSpot contact, Salesforce lead, Salesforce contact */
  c?: (TextOrField | null)[];
  /** owner: id, 1 for a queue, name. Null: known to be none. */
  o?: [string, 0 | 1, string?] | null;
  /** accountId: 1 as in its column; null: known to be none. */
  a?: 1 | null;
  /** conversion: contact, account, opportunity, date */
  v?: [string | null, string | null, string | null, string | null];
  p?: OpportunityFacts;
  r?: RoleFacts;
  /** consent: e-mail opt-out, do not call; -1 where unknown */
  n?: [number, number];
}

type Body = [number, number, number, Flat, number[], number[], number[], number[], Other, number[], Flat, Extras?];

/** Every name that the record's row will hold as a number. */
export function namesIn(record: MirrorRecord): string[] {
  return [...Object.keys(record.fields), ...Object.keys(record.since), ...Object.keys(record.written)];
}

function flag(value: boolean | undefined): number {
  return value === undefined ? -1 : value ? 1 : 0;
}

function encodeExtras(record: MirrorRecord, names: Names): Extras | undefined {
  const textOf = (text: string): TextOrField => {
    for (const field in record.fields) if (record.fields[field] === text) return names.idOf(field);
    return text;
  };
  const extras: Extras = {};
  if (record.modifiedBy !== undefined) extras.b = record.modifiedBy;
  if (record.gone !== undefined) extras.g = record.gone;
  if (record.emails.length > 0) extras.e = record.emails.map(textOf);
  if (record.aliases.length > 0) extras.x = record.aliases;
  const { hubspotContact, salesforceLead, salesforceContact } = record.carries;
  if (hubspotContact !== undefined || salesforceLead !== undefined || salesforceContact !== undefined) {
    extras.c = [hubspotContact, salesforceLead, salesforceContact].map((id) => (id === undefined ? null : textOf(id)));
  }
  if (record.owner === null) extras.o = null;
  else if (record.owner !== undefined) {
    const { id, kind, name } = record.owner;
    const mark = kind === 'queue' ? 1 : 0;
    extras.o = name === undefined ? [id, mark] : [id, mark, name];
  }
  if (record.accountId !== undefined) extras.a = record.accountId === null ? null : 1;
  const { conversion, consent } = record;
  if (conversion !== undefined) extras.v = [conversion.contactId, conversion.accountId, conversion.opportunityId, conversion.on];
  if (record.opportunity !== undefined) extras.p = record.opportunity;
  if (record.role !== undefined) extras.r = record.role;
  if (consent.emailOptOut !== undefined || consent.doNotCall !== undefined) extras.n = [flag(consent.emailOptOut), flag(consent.doNotCall)];
  for (const _ in extras) return extras;
  return undefined;
}

/** The record's row. All names must have numbers (`namesIn`, `ensureNames`). */
export function encodeRecord(record: MirrorRecord, names: Names): MirrorTable {
  const fields: Flat = [];
  const empty: number[] = [];
  for (const field in record.fields) {
    const value = record.fields[field] as Value;
    if (value === null) empty.push(names.idOf(field));
    else fields.push(names.idOf(field), packValue(value));
  }
  const since: number[] = [];
  const own: number[] = [];
  const first: number[] = [];
  const other: Other = [];
  for (const field in record.since) {
    const entry = record.since[field] as FieldSince;
    const moved = entry.at - record.modifiedAt;
    if (entry.by !== undefined || (entry.own && entry.first)) other.push(names.idOf(field), moved, (entry.own ? OWN : 0) + (entry.first ? FIRST : 0), entry.by ?? 0);
    else (entry.own ? own : entry.first ? first : since).push(names.idOf(field), moved);
  }
  const same: number[] = [];
  const different: Flat = [];
  for (const field in record.written) {
    const value = record.written[field] as Value;
    if (record.fields[field] === value) same.push(names.idOf(field));
    else different.push(names.idOf(field), packValue(value));
  }
  const body: Body = [record.createdAt, record.modifiedAt, record.foreignChangeAt - record.modifiedAt, fields, empty, since, own, first, other, same, different];
  const extras = encodeExtras(record, names);
  if (extras !== undefined) body.push(extras);
  return {
    kind: mirrorKind(record.ref),
    id: record.ref.id,
    person_id: record.personId,
    account_id: record.accountId ?? null,
    opportunity_id: record.role?.opportunityId ?? record.conversion?.opportunityId ?? null,
    contact_id: record.role?.contactId ?? null,
    body: JSON.stringify(body),
    restricted: record.consent.emailOptOut === true || record.consent.doNotCall === true ? 1 : 0,
  };
}

function decodeWritten(same: number[], different: Flat, fields: Fields, names: Names): Fields {
  const written: Fields = {};
  for (const id of same) {
    const field = names.nameOf(id);
    written[field] = fields[field] as Value;
  }
  for (let i = 0; i < different.length; i += 2) written[names.nameOf(different[i] as number)] = unpackValue(different[i + 1] as Value);
  return written;
}

function decodeSince(plain: number[], own: number[], first: number[], other: Other, modifiedAt: number, names: Names): MirrorRecord['since'] {
  const since: MirrorRecord['since'] = {};
  for (let i = 0; i < plain.length; i += 2) since[names.nameOf(plain[i] as number)] = { at: modifiedAt + (plain[i + 1] as number) };
  for (let i = 0; i < own.length; i += 2) since[names.nameOf(own[i] as number)] = { at: modifiedAt + (own[i + 1] as number), own: true };
  // Most of them are of one moment, the first reading's: one object serves all.
  let found: FieldSince = { at: Number.NaN, first: true };
  for (let i = 0; i < first.length; i += 2) {
    const at = modifiedAt + (first[i + 1] as number);
    if (found.at !== at) found = { at, first: true };
    since[names.nameOf(first[i] as number)] = found;
  }
  for (let i = 0; i < other.length; i += 4) {
    const marks = other[i + 2] as number;
    const by = other[i + 3] as Actor | 0;
    const entry: FieldSince = { at: modifiedAt + (other[i + 1] as number) };
    if (marks & OWN) entry.own = true;
    if (marks & FIRST) entry.first = true;
    if (by !== 0) entry.by = by;
    since[names.nameOf(other[i] as number)] = entry;
  }
  return since;
}

function decodeConversion([contactId, accountId, opportunityId, on]: NonNullable<Extras['v']>): Conversion {
  return { contactId, accountId, opportunityId, on };
}

/** What identifies a record: all that its identity keys follow from. */
export type Identified = Pick<CrmRecord, 'ref' | 'emails' | 'aliases' | 'carries' | 'conversion'>;

/** The identifying part of a row's record, without unpacking the rest. */
export function decodeIdentity(row: Pick<MirrorTable, 'kind' | 'id' | 'body'>): Identified {
  const [, , , flat, , , , , , , , extras = {}] = JSON.parse(row.body) as Body;
  const textOf = (text: TextOrField): string => (typeof text === 'number' ? (unpackValue(flat[flat.findIndex((id, place) => place % 2 === 0 && id === text) + 1] as Value) as string) : text);
  const identified: Identified = { ref: refOf(row.kind, row.id), emails: (extras.e ?? []).map(textOf), aliases: extras.x ?? [], carries: decodeCarries(extras, textOf) };
  if (extras.v !== undefined) identified.conversion = decodeConversion(extras.v);
  return identified;
}

function decodeCarries(extras: Extras, textOf: (text: TextOrField) => string): CrmRecord['carries'] {
  const [hubspotContact, salesforceLead, salesforceContact] = extras.c ?? [];
  const carries: CrmRecord['carries'] = {};
  if (hubspotContact != null) carries.hubspotContact = textOf(hubspotContact);
  if (salesforceLead != null) carries.salesforceLead = textOf(salesforceLead);
  if (salesforceContact != null) carries.salesforceContact = textOf(salesforceContact);
  return carries;
}

/** The record of a row, equal member by member to the one that was put. */
export function decodeRecord(row: MirrorTable, names: Names): MirrorRecord {
  const [createdAt, modifiedAt, foreign, flat, empty, plain, own, first, other, same, different, extras = {}] = JSON.parse(row.body) as Body;
  const fields: Fields = {};
  for (let i = 0; i < flat.length; i += 2) fields[names.nameOf(flat[i] as number)] = unpackValue(flat[i + 1] as Value);
  for (const id of empty) fields[names.nameOf(id)] = null;
  const textOf = (text: TextOrField): string => (typeof text === 'number' ? (fields[names.nameOf(text)] as string) : text);
  const record: MirrorRecord = {
    ref: refOf(row.kind, row.id),
    createdAt,
    modifiedAt,
    fields,
    emails: (extras.e ?? []).map(textOf),
    aliases: extras.x ?? [],
    carries: decodeCarries(extras, textOf),
    consent: {},
    personId: row.person_id,
    since: decodeSince(plain, own, first, other, modifiedAt, names),
    written: decodeWritten(same, different, fields, names),
    foreignChangeAt: modifiedAt + foreign,
  };
  if (extras.b !== undefined) record.modifiedBy = extras.b;
  if (extras.g !== undefined) record.gone = extras.g;
  if (extras.o === null) record.owner = null;
  else if (extras.o !== undefined) record.owner = { id: extras.o[0], kind: extras.o[1] === 1 ? 'queue' : 'user', ...(extras.o[2] === undefined ? {} : { name: extras.o[2] }) };
  if (extras.a !== undefined) record.accountId = extras.a === null ? null : row.account_id;
  if (extras.v !== undefined) record.conversion = decodeConversion(extras.v);
  if (extras.p !== undefined) record.opportunity = extras.p;
  if (extras.r !== undefined) record.role = extras.r;
  const [optOut, doNotCall] = extras.n ?? [-1, -1];
  if (optOut !== -1) record.consent.emailOptOut = optOut === 1;
  if (doNotCall !== -1) record.consent.doNotCall = doNotCall === 1;
  return record;
}

const KEY_OF: Record<'email' | 'hubspot_contact' | 'salesforce_lead' | 'salesforce_contact', string> = { email: 'e', hubspot_contact: 'h', salesforce_lead: 'l', salesforce_contact: 'c' };

/** An identity key as the side table holds it. E-mails are trimmed and in lower case (I1); ids are as they are. */
export function keyText(key: { kind: keyof typeof KEY_OF; value: string }): string {
  return `${KEY_OF[key.kind]}:${key.kind === 'email' ? key.value.trim().toLowerCase() : key.value}`;
}

const ALIAS: Partial<Record<RecordKind, keyof typeof KEY_OF>> = { hc: 'hubspot_contact', sl: 'salesforce_lead', sc: 'salesforce_contact' };

/** The kind of identity key that a record's own id and its aliases are; roles and opportunities are nobody's identity. */
export function ownKey(kind: RecordKind): keyof typeof KEY_OF | undefined {
  return ALIAS[kind];
}

/** The kind of record whose own id an identity key is. */
export function kindOfKey(key: keyof typeof KEY_OF): RecordKind | undefined {
  return key === 'email' ? undefined : key === 'hubspot_contact' ? 'hc' : key === 'salesforce_lead' ? 'sl' : 'sc';
}

/** All keys by which the record is found beside its own id: e-mails, ids merged into it, ids it carries, the contact a lead became (I1, I2, I3). */
export function keysOf(record: Identified): string[] {
  const keys = new Set<string>();
  for (const email of record.emails) if (email.trim() !== '') keys.add(keyText({ kind: 'email', value: email }));
  const own = ownKey(mirrorKind(record.ref));
  if (own !== undefined) for (const id of record.aliases) keys.add(keyText({ kind: own, value: id }));
  const { hubspotContact, salesforceLead, salesforceContact } = record.carries;
  if (hubspotContact !== undefined) keys.add(keyText({ kind: 'hubspot_contact', value: hubspotContact }));
  if (salesforceLead !== undefined) keys.add(keyText({ kind: 'salesforce_lead', value: salesforceLead }));
  if (salesforceContact !== undefined) keys.add(keyText({ kind: 'salesforce_contact', value: salesforceContact }));
  if (record.conversion?.contactId != null) keys.add(keyText({ kind: 'salesforce_contact', value: record.conversion.contactId }));
  return [...keys];
}

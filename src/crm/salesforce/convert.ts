import type { Conversion, CrmRecord, EpochMs, Fields, ObjectName, Value } from '../../domain/record';
import type { Problem } from '../../domain/problem';
import type { FieldType } from '../port';
import { unreadable } from './problems';
import { OpportunityRow, parsed, PersonRow, RoleRow } from './schema';

/** Salesforce's names of the objects Concord reads. */
export const OBJECTS = { lead: 'Lead', contact: 'Contact', opportunity: 'Opportunity', role: 'OpportunityContactRole' } as const satisfies Record<ObjectName, string>;

/** Reading order: leads before the contacts they became, roles after what they join. */
export const READING_ORDER = ['lead', 'contact', 'opportunity', 'role'] as const satisfies readonly ObjectName[];

/** `2026-11-22T04:17:39.000+0000` (REST: an offset without colon, which Date.parse need not understand) or `…Z` (Bulk). Undefined: not a date-time. */
export function parseMoment(value: unknown): EpochMs | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)(?:Z|([+-]\d{2}):?(\d{2}))$/.exec(value);
  if (match === null) return undefined;
  const [, local = '', hours, minutes = ''] = match;
  const at = Date.parse(`${local}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
  return Number.isNaN(at) ? undefined : at;
}

/**
 * A Salesforce value, JSON or CSV text, in Concord's form (M3). Undefined: it is not a value of that type. Multi-selects come as `A;B` in the order of
 * the value set and leave in alphabetical order; dates have no zone and stay as they are.
 */
export function toValue(type: FieldType, raw: unknown): Value | undefined {
  if (raw === null || raw === '') return null;
  switch (type) {
    case 'boolean':
      if (typeof raw === 'boolean') return raw;
      return raw === 'true' ? true : raw === 'false' ? false : undefined;
    case 'number': {
      const number = typeof raw === 'number' ? raw : typeof raw === 'string' ? Number(raw) : Number.NaN;
      return Number.isFinite(number) ? number : undefined;
    }
    case 'date':
      return typeof raw === 'string' && /^\d{4}-\d{2}-\d{2}/.test(raw) ? raw.slice(0, 10) : undefined;
    case 'datetime': {
      const at = parseMoment(raw);
      return at === undefined ? undefined : new Date(at).toISOString();
    }
    case 'options':
      return typeof raw === 'string' ? raw.split(';').toSorted().join(';') : undefined;
    case 'text':
    case 'option':
    case 'reference':
      return typeof raw === 'string' ? raw : typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : undefined;
  }
}

/** A value of Concord's in the form Salesforce takes in JSON. Undefined: the field cannot hold it. A checkbox knows no empty: null is false. */
export function fromValue(type: FieldType, value: Value): unknown {
  if (value === null) return type === 'boolean' ? false : null;
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;
    case 'datetime':
      return typeof value === 'string' && parseMoment(value) !== undefined ? new Date(parseMoment(value) ?? 0).toISOString() : undefined;
    case 'text':
    case 'option':
    case 'options':
    case 'reference':
      return String(value);
  }
}

/** Read and written as the record type's developer name, which is the same in every org of a company; its id is not. */
export const RECORD_TYPE = 'RecordTypeId';

/** What is needed to read an object's rows. */
export interface RowReader {
  object: ObjectName;
  /** Type of every field that the query asks for. */
  types: Map<string, FieldType>;
  /** The fields that the caller asked for; the others are structure. */
  asked: readonly string[];
  /** Developer names of the object's record types, by id. */
  recordTypes: ReadonlyMap<string, string>;
  externalIdField: string;
  optOutField: string;
  doNotCallField: string;
}

export type ReadRow = { record: CrmRecord; problem?: Problem } | { record?: undefined; problem: Problem };

/** A row as a record. One field that cannot be read is left out, so that it stays unknown (M5), and named in the problem; a row without its structure is a problem only. */
export function toRecord(reader: RowReader, row: Record<string, unknown>): ReadRow {
  const { object } = reader;
  const id = row['Id'];
  const ref = { crm: 'salesforce' as const, object, id: typeof id === 'string' ? id : '' };
  const structure = structureOf(object, row);
  const createdAt = parseMoment(row['CreatedDate']);
  const modifiedAt = parseMoment(row['SystemModstamp']);
  if (structure === undefined || createdAt === undefined || modifiedAt === undefined) {
    return { problem: unreadable('row', ref.id === '' ? {} : { record: ref }) };
  }
  const fields: Fields = {};
  const bad: string[] = [];
  for (const name of reader.asked) {
    if (row[name] === undefined) continue;
    const read = toValue(reader.types.get(name) ?? 'text', row[name]);
    const value = name === RECORD_TYPE && typeof read === 'string' ? (reader.recordTypes.get(read) ?? read) : read;
    if (value === undefined) bad.push(name);
    else fields[name] = value;
  }
  const { modifiedBy, ...rest } = structure;
  const hubspotContact = row[reader.externalIdField];
  const optOut = row[reader.optOutField];
  const doNotCall = row[reader.doNotCallField];
  const record: CrmRecord = {
    ref,
    createdAt,
    modifiedAt,
    ...(modifiedBy === undefined ? {} : { modifiedBy }),
    fields,
    aliases: [],
    ...rest,
    carries: typeof hubspotContact === 'string' && hubspotContact !== '' ? { hubspotContact } : {},
    consent: { ...(typeof optOut === 'boolean' ? { emailOptOut: optOut } : {}), ...(typeof doNotCall === 'boolean' ? { doNotCall } : {}) },
  };
  return bad.length === 0 ? { record } : { record, problem: unreadable('value', { record: ref, fields: bad }) };
}

type Structure = Pick<CrmRecord, 'emails'> & Partial<Pick<CrmRecord, 'modifiedBy' | 'gone' | 'owner' | 'accountId' | 'conversion' | 'opportunity' | 'role'>>;

function structureOf(object: ObjectName, row: unknown): Structure | undefined {
  if (object === 'role') {
    const role = parsed(RoleRow, row);
    if (role === undefined) return undefined;
    return {
      ...common(role),
      emails: [],
      role: { opportunityId: role.OpportunityId, contactId: role.ContactId, name: role.Role ?? null, isPrimary: role.IsPrimary ?? false },
    };
  }
  if (object === 'opportunity') {
    const of = parsed(OpportunityRow, row);
    if (of === undefined) return undefined;
    return {
      ...common(of),
      emails: [],
      ...ownerOf(of.OwnerId),
      accountId: of.AccountId ?? null,
      opportunity: {
        name: of.Name ?? '',
        accountId: of.AccountId ?? null,
        stageName: of.StageName,
        isClosed: of.IsClosed,
        isWon: of.IsWon,
        amount: of.Amount ?? null,
        currency: of.CurrencyIsoCode ?? null,
        closeDate: of.CloseDate ?? null,
        type: of.Type ?? null,
        ...(of.Probability == null ? {} : { probability: of.Probability }),
        ...(of.ForecastCategory == null ? {} : { forecastCategory: of.ForecastCategory }),
      },
    };
  }
  const person = parsed(PersonRow, row);
  if (person === undefined) return undefined;
  return {
    ...common(person),
    emails: person.Email == null || person.Email === '' ? [] : [person.Email],
    ...ownerOf(person.OwnerId),
    ...(person.AccountId === undefined ? {} : { accountId: person.AccountId }),
    ...(person.IsConverted === true ? { conversion: conversionOf(person) } : {}),
  };
}

/** Deleted rows come with queryAll; one with a master record lost a merge, and the master is the survivor (I3). */
function common(row: { LastModifiedById?: string | null | undefined; IsDeleted?: boolean | null | undefined; MasterRecordId?: string | null | undefined }): Pick<Structure, 'modifiedBy' | 'gone'> {
  return {
    ...(row.LastModifiedById == null ? {} : { modifiedBy: { id: row.LastModifiedById } }),
    ...(row.IsDeleted === true ? { gone: row.MasterRecordId == null ? { how: 'deleted' as const } : { how: 'merged' as const, into: row.MasterRecordId } } : {}),
  };
}

/** Queues are groups (00G); every other owner is a user (005). Not returned: unknown. */
function ownerOf(id: string | null | undefined): Pick<Structure, 'owner'> {
  if (id === undefined) return {};
  return { owner: id === null ? null : { id, kind: id.startsWith('00G') ? 'queue' : 'user' } };
}

/** `ConvertedDate` is a date without a time (L5). */
function conversionOf(row: PersonRowOf): Conversion {
  return {
    contactId: row.ConvertedContactId ?? null,
    accountId: row.ConvertedAccountId ?? null,
    opportunityId: row.ConvertedOpportunityId ?? null,
    on: row.ConvertedDate ?? null,
  };
}

type PersonRowOf = { ConvertedContactId?: string | null | undefined; ConvertedAccountId?: string | null | undefined; ConvertedOpportunityId?: string | null | undefined; ConvertedDate?: string | null | undefined };

/** A bulk job's row, all text, as the row that REST would have given. Values that do not fit stay text and are found by the parser after it. */
export function fromCsv(types: Map<string, FieldType>, row: Record<string, string>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(row)) {
    const type = types.get(name);
    out[name] = text === '' ? (type === 'boolean' ? false : null) : type === 'number' || type === 'boolean' ? (toValue(type, text) ?? text) : text;
  }
  return out;
}

import type { ObjectName } from '../../domain/record';
import { CallFailed } from '../pace';
import type { Description, FieldDescription, FieldSelection, FieldType } from '../port';
import { isOfTheQuery, queryPath, type Api, type SubAnswer } from './api';
import { OBJECTS, READING_ORDER, type RowReader } from './convert';
import { unreadable } from './problems';
import { Describe, DescribeField, LeadStatusRow, parseEach, parsed, QueryResult, RecordTypeInfo, StageRow } from './schema';

/** What the integration user sees of the org's fields. Field-level security hides a field by leaving it out of describe (M5). */
export interface OrgShape {
  description: Description;
  /** Fields that may be given at creation, beside those that `writable` allows in updates. */
  createable: Partial<Record<ObjectName, Set<string>>>;
  /** Developer names by id: what an agreement calls a record type by. */
  recordTypes: Partial<Record<ObjectName, ReadonlyMap<string, string>>>;
  /** Opportunity stages that close, inactive ones included: history still names them. */
  closedStages: ReadonlySet<string>;
}

export interface Shapes {
  get(fresh?: boolean): Promise<OrgShape>;
}

/** https://developer.salesforce.com/docs/platform/object-reference: field types as describe names them. */
const TYPES: Readonly<Record<string, FieldType>> = {
  id: 'reference', reference: 'reference', string: 'text', textarea: 'text', email: 'text', phone: 'text', url: 'text', encryptedstring: 'text',
  combobox: 'text', anyType: 'text', time: 'text', picklist: 'option', multipicklist: 'options', boolean: 'boolean',
  int: 'number', long: 'number', double: 'number', currency: 'number', percent: 'number', date: 'date', datetime: 'datetime',
};

/** Asks once for the life of the port (one composite call), again when `fresh`. */
export function createShapes(api: Api): Shapes {
  let known: Promise<OrgShape> | undefined;
  return {
    get(fresh = false) {
      if (known === undefined || fresh) {
        const asking = ask(api);
        known = asking;
        asking.catch(() => {
          if (known === asking) known = undefined;
        });
      }
      return known;
    },
  };
}

async function ask(api: Api): Promise<OrgShape> {
  const { subs } = await api.composite([
    ...READING_ORDER.map((object) => `/sobjects/${OBJECTS[object]}/describe`),
    queryPath('SELECT ApiName, IsConverted FROM LeadStatus'),
    queryPath('SELECT ApiName, IsClosed FROM OpportunityStage'),
  ]);
  const shape: OrgShape = { description: {}, createable: {}, recordTypes: {}, closedStages: new Set() };
  for (const [at, object] of READING_ORDER.entries()) {
    const sub = subs[at];
    // An object that the user cannot see is not described, and so is absent; anything else would be taken for that.
    if (sub === undefined || (!sub.ok && !isOfTheQuery(sub.failed))) throw sub?.failed ?? new CallFailed(unreadable('describe'), 'no');
    if (!sub.ok) continue;
    const fields = fieldsOf(sub.body);
    shape.description[object] = fields.described;
    shape.createable[object] = fields.createable;
    shape.recordTypes[object] = fields.recordTypes;
  }
  const converted = new Set(rowsOf(subs[4], LeadStatusRow).filter((row) => row.IsConverted).map((row) => row.ApiName));
  for (const option of shape.description.lead?.['Status']?.options ?? []) if (converted.has(option.value)) option.converted = true;
  const closed = new Set(rowsOf(subs[5], StageRow).filter((row) => row.IsClosed).map((row) => row.ApiName));
  for (const option of shape.description.opportunity?.['StageName']?.options ?? []) if (closed.has(option.value)) option.closed = true;
  return { ...shape, closedStages: closed };
}

function rowsOf<T>(sub: SubAnswer | undefined, schema: Parameters<typeof parseEach<T>>[0]): T[] {
  if (sub === undefined || (!sub.ok && !isOfTheQuery(sub.failed))) throw sub?.failed ?? new CallFailed(unreadable('describe'), 'no');
  if (!sub.ok) return [];
  return parseEach(schema, parsed(QueryResult, sub.body)?.records ?? []).good;
}

function fieldsOf(body: unknown): { described: Record<string, FieldDescription>; createable: Set<string>; recordTypes: Map<string, string> } {
  const answer = parsed(Describe, body);
  if (answer === undefined) throw new CallFailed(unreadable('describe'), 'no');
  const described: Record<string, FieldDescription> = {};
  const createable = new Set<string>();
  for (const field of parseEach(DescribeField, answer.fields).good) {
    const type = TYPES[field.type];
    // Compound fields (address, location) are read by their parts.
    if (type === undefined) continue;
    described[field.name] = {
      name: field.name,
      label: field.label,
      type,
      writable: field.updateable,
      ...(field.length === undefined || field.length === 0 ? {} : { length: field.length }),
      ...(type === 'option' || type === 'options' ? { options: optionsOf(field), restricted: field.restrictedPicklist ?? false } : {}),
      ...(field.unique === undefined ? {} : { unique: field.unique }),
    };
    if (field.createable) createable.add(field.name);
  }
  const recordTypes = new Map(parseEach(RecordTypeInfo, answer.recordTypeInfos ?? []).good.map((type) => [type.recordTypeId, type.developerName]));
  return { described, createable, recordTypes };
}

function optionsOf(field: DescribeField): NonNullable<FieldDescription['options']> {
  return (field.picklistValues ?? [])
    .filter((option) => option.active)
    .map((option) => ({ value: option.value, label: option.label ?? option.value, ...(option.defaultValue === true ? { isDefault: true } : {}) }));
}

const SYSTEM = ['Id', 'CreatedDate', 'SystemModstamp', 'LastModifiedById', 'IsDeleted'];

/** What each record's structure is made of, read when visible. */
const STRUCTURE: Readonly<Record<ObjectName, readonly string[]>> = {
  lead: [...SYSTEM, 'MasterRecordId', 'Email', 'OwnerId', 'IsConverted', 'ConvertedDate', 'ConvertedContactId', 'ConvertedAccountId', 'ConvertedOpportunityId'],
  contact: [...SYSTEM, 'MasterRecordId', 'Email', 'OwnerId', 'AccountId', 'IsPersonAccount'],
  opportunity: [...SYSTEM, 'OwnerId', 'Name', 'AccountId', 'StageName', 'IsClosed', 'IsWon', 'Amount', 'CurrencyIsoCode', 'CloseDate', 'Type', 'Probability', 'ForecastCategory'],
  role: [...SYSTEM, 'OpportunityId', 'ContactId', 'Role', 'IsPrimary'],
};

/** The option names that a reader needs of the factory's options. */
export interface StructureNames {
  externalIdField: string;
  optOutField: string;
  doNotCallField: string;
}

/** How to read an object's rows, or undefined when the user cannot see the object. Fields that are hidden are left out of the query and so absent from records (M5). */
export function readerOf(shape: OrgShape, object: ObjectName, selection: FieldSelection, names: StructureNames): RowReader | undefined {
  const visible = shape.description[object];
  if (visible === undefined) return undefined;
  const own = object === 'lead' || object === 'contact' ? [names.externalIdField, names.optOutField, names.doNotCallField] : [];
  // Whether a contact is a person account comes with it where the org has them: its opportunities are its person's own (I7).
  const asked = [...new Set([...(selection[object] ?? []), ...(object === 'contact' ? ['IsPersonAccount'] : [])])].filter((name) => visible[name] !== undefined);
  const types = new Map<string, FieldType>();
  for (const name of [...STRUCTURE[object], ...own, ...asked]) {
    const field = visible[name];
    if (field !== undefined) types.set(name, field.type);
  }
  for (const name of ['Id', 'CreatedDate', 'SystemModstamp']) if (!types.has(name)) types.set(name, name === 'Id' ? 'reference' : 'datetime');
  return { object, types, asked, recordTypes: shape.recordTypes[object] ?? new Map(), ...names };
}


import type { FieldNeed, FieldType } from '../../port';
import { OBJECTS } from '../convert';
import type { GlobalSet, MetadataField } from '../schema';

/*
 * The Metadata API's shapes of what setup makes. Members stand in the WSDL's order (fullName first, then alphabetical): jsforce writes them as they stand.
 * Shapes: https://github.com/forcedotcom/sf-skills (CustomField.json, PermissionSet.json); traps: a value left out of an updated set is deactivated
 * (https://developer.salesforce.com/docs/atlas.en-us.264.0.api_meta.meta/api_meta/meta_customvalue.htm), so existing values are always sent along.
 */

export const PERMISSION_SET = 'Concord_Integration';

export type Metadata = { fullName: string } & Record<string, unknown>;

export interface Option {
  value: string;
  label: string;
}

/** `Lead.Concord_Stage__c`. */
export function fullName(need: FieldNeed): string {
  return `${OBJECTS[need.object]}.${need.name}`;
}

/** Field types as the Metadata API names them, the wider ones that hold the same values included. The first is what setup makes. */
export const METADATA_TYPES: Readonly<Record<FieldNeed['type'], readonly string[]>> = {
  text: ['Text', 'TextArea', 'LongTextArea', 'Email', 'Phone', 'Url'],
  longtext: ['LongTextArea', 'Html'],
  number: ['Number', 'Currency', 'Percent'],
  date: ['Date'],
  datetime: ['DateTime'],
  option: ['Picklist'],
  boolean: ['Checkbox'],
};

/** The same as describe tells them. */
export const DESCRIBED_TYPES: Readonly<Record<FieldNeed['type'], FieldType>> = {
  text: 'text', longtext: 'text', number: 'number', date: 'date', datetime: 'datetime', option: 'option', boolean: 'boolean',
};

const LONGEST_TEXT = 255;
const LONG_TEXT = 32_768;

export function customField(need: FieldNeed): Metadata {
  return ordered(fieldShape(need)) as Metadata;
}

function fieldShape(need: FieldNeed): Metadata {
  const of = { fullName: fullName(need), description: need.description, label: need.label };
  switch (need.type) {
    case 'text':
      return need.unique === true
        ? { ...of, caseSensitive: true, externalId: true, length: textLength(need), type: 'Text', unique: true }
        : { ...of, length: textLength(need), type: 'Text' };
    case 'longtext':
      return { ...of, length: need.length ?? LONG_TEXT, type: 'LongTextArea', visibleLines: 3 };
    case 'number':
      return { ...of, precision: 18, scale: 0, type: 'Number' };
    case 'date':
      return { ...of, type: 'Date' };
    case 'datetime':
      return { ...of, type: 'DateTime' };
    case 'boolean':
      return { ...of, defaultValue: 'false', type: 'Checkbox' };
    case 'option':
      return {
        ...of,
        type: 'Picklist',
        valueSet: need.sharedOptions === undefined
          ? { restricted: true, valueSetDefinition: { sorted: false, value: (need.options ?? []).map(customValue) } }
          : { restricted: true, valueSetName: need.sharedOptions },
      };
  }
}

export function textLength(need: FieldNeed): number {
  return Math.min(need.length ?? LONGEST_TEXT, LONGEST_TEXT);
}

function customValue(option: Option): Metadata {
  return { fullName: option.value, default: false, label: option.label };
}

export function globalValueSet(name: string, options: readonly Option[]): Metadata {
  return { fullName: name, customValue: options.map(customValue), masterLabel: name.replaceAll('_', ' '), sorted: false };
}

/** An existing global value set with the values it lacks at its end, or active again. Nothing that is there is left out. */
export function widenedSet(existing: GlobalSet, missing: readonly Option[]): Metadata {
  return ordered({ ...existing, customValue: widened(existing.customValue, missing) }) as Metadata;
}

function widened(values: readonly GlobalSet['customValue'][number][], missing: readonly Option[]): Metadata[] {
  const revived = values.map((value) => (missing.some((option) => option.value === value.fullName) ? { ...value, isActive: true } : value));
  return [...revived, ...missing.filter((option) => !values.some((value) => value.fullName === option.value)).map(customValue)];
}

/** An existing field with the options it lacks, or made longer. Everything else of it is sent back as it was read. */
export function widenedField(existing: MetadataField, need: FieldNeed, missing: readonly Option[]): Metadata {
  const definition = existing.valueSet?.valueSetDefinition;
  const valueSet = definition == null || missing.length === 0 ? existing.valueSet : { ...existing.valueSet, valueSetDefinition: { ...definition, value: widened(definition.value, missing) } };
  const wanted = need.type === 'text' ? textLength(need) : need.type === 'longtext' ? (need.length ?? LONG_TEXT) : undefined;
  const length = wanted === undefined || existing.length == null ? existing.length : Math.max(existing.length, wanted);
  return ordered({ ...existing, ...(valueSet == null ? {} : { valueSet }), ...(length == null ? {} : { length }) }) as Metadata;
}

/** Metadata in the form it can be written in: XML attributes and empty members dropped, members in order. */
export function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, member]) => name !== '$' && member !== null && member !== undefined && !(Array.isArray(member) && member.length === 0));
  entries.sort(([a], [b]) => (a === 'fullName' ? -1 : b === 'fullName' ? 1 : a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, ordered(member)]));
}

/** What the integration user needs at run time. Reading accounts comes with reading contacts and opportunities. */
const OBJECT_RIGHTS = [
  ['Account', false],
  ['Contact', true],
  ['Lead', true],
  ['Opportunity', false],
] as const;

export function permissionSet(fields: readonly string[], license: string | undefined, customPermissions: readonly string[] = []): Metadata {
  return {
    fullName: PERMISSION_SET,
    ...(customPermissions.length === 0 ? {} : { customPermissions: customPermissions.map((name) => ({ enabled: true, name })) }),
    description: 'What Concord reads and writes.',
    fieldPermissions: fields.map((field) => ({ editable: true, field, readable: true })),
    hasActivationRequired: false,
    label: PERMISSION_SET.replaceAll('_', ' '),
    ...(license === undefined ? {} : { license }),
    objectPermissions: OBJECT_RIGHTS.map(([object, writes]) => ({
      allowCreate: writes, allowDelete: false, allowEdit: writes, allowRead: true, modifyAllRecords: false, object, viewAllRecords: true,
    })),
  };
}

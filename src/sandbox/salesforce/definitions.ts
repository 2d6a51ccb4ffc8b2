import { field, type Field } from './objects/define';
import type { PicklistValue } from './objects/picklists';

/** A pick-list value as worlds give it; the label is the value when left out. */
export interface PicklistDefinition {
  value: string;
  label?: string;
  active?: boolean;
  default?: boolean;
}

/** A custom field as worlds give it, in the words of the metadata. */
export interface FieldDefinition {
  /** API name, such as `Concord_Stage__c`. */
  name: string;
  label?: string;
  type: 'Text' | 'TextArea' | 'LongTextArea' | 'Picklist' | 'MultiselectPicklist' | 'Checkbox' | 'Number' | 'Currency' | 'Percent' | 'Date' | 'DateTime' | 'Email' | 'Phone' | 'Url';
  /** Default 255, long texts 32768. */
  length?: number;
  precision?: number;
  scale?: number;
  values?: readonly (string | PicklistDefinition)[];
  restricted?: boolean;
  externalId?: boolean;
  unique?: boolean;
  caseSensitive?: boolean;
  required?: boolean;
}

const TYPES = {
  Text: 'string',
  TextArea: 'textarea',
  LongTextArea: 'textarea',
  Picklist: 'picklist',
  MultiselectPicklist: 'multipicklist',
  Checkbox: 'boolean',
  Number: 'double',
  Currency: 'currency',
  Percent: 'percent',
  Date: 'date',
  DateTime: 'datetime',
  Email: 'email',
  Phone: 'phone',
  Url: 'url',
} as const;

const LENGTHS: Partial<Record<FieldDefinition['type'], number>> = { Text: 255, TextArea: 255, LongTextArea: 32768, Picklist: 255, MultiselectPicklist: 4099, Email: 80, Phone: 40, Url: 255 };

export function toField(definition: FieldDefinition): Field {
  const { type } = definition;
  const numeric = type === 'Number' || type === 'Currency' || type === 'Percent';
  return field(definition.name, definition.label ?? definition.name.replace(/__c$/, '').replace(/_/g, ' '), TYPES[type], {
    custom: true,
    length: definition.length ?? LENGTHS[type] ?? 0,
    precision: numeric ? (definition.precision ?? 18) : 0,
    scale: numeric ? (definition.scale ?? 0) : 0,
    filterable: type !== 'LongTextArea',
    restricted: definition.restricted ?? false,
    externalId: definition.externalId ?? false,
    idLookup: definition.externalId ?? false,
    unique: definition.unique ?? false,
    caseSensitive: definition.caseSensitive ?? false,
    required: definition.required ?? false,
    defaultValue: type === 'Checkbox' ? false : null,
  });
}

export function toValues(list: readonly (string | PicklistDefinition)[]): PicklistValue[] {
  return list.map((entry) =>
    typeof entry === 'string'
      ? { value: entry, label: entry, active: true, default: false }
      : { value: entry.value, label: entry.label ?? entry.value, active: entry.active ?? true, default: entry.default ?? false },
  );
}

/** The shapes of objects and fields, and short makers for the standard ones. */
export type FieldType =
  | 'id' | 'reference' | 'string' | 'textarea' | 'email' | 'phone' | 'url' | 'picklist' | 'multipicklist' | 'combobox'
  | 'boolean' | 'int' | 'double' | 'currency' | 'percent' | 'date' | 'datetime' | 'time' | 'anyType';

/** A switch of the org that brings fields or objects with it. `recordTypes` is per object: on once a record type exists. */
export type Feature = 'multiCurrency' | 'personAccounts' | 'recordTypes';

export interface Field {
  name: string;
  label: string;
  type: FieldType;
  /** Longest text; 0 for types without one. */
  length: number;
  precision: number;
  scale: number;
  createable: boolean;
  updateable: boolean;
  /** Must hold a value at creation and ever after. */
  required: boolean;
  custom: boolean;
  externalId: boolean;
  unique: boolean;
  caseSensitive: boolean;
  idLookup: boolean;
  filterable: boolean;
  /** Can be granted or withheld by field-level security. */
  permissionable: boolean;
  defaultValue: string | number | boolean | null;
  referenceTo: string[];
  relationshipName: string | null;
  restricted: boolean;
  /** Name of the value set that fills the pick-list; null: the field's own. */
  valueSet: string | null;
  controller: string | null;
  feature: Feature | null;
  /** A custom field that everybody sees without a grant: how worlds add fields whose security is beside the point. */
  open: boolean;
}

export interface ChildRelationship {
  name: string;
  child: string;
  field: string;
}

export interface SObject {
  name: string;
  label: string;
  plural: string;
  prefix: string;
  fields: Field[];
  createable: boolean;
  updateable: boolean;
  deletable: boolean;
  /** The object that holds its field history. */
  history: { object: string; parent: string } | null;
  children: ChildRelationship[];
  feature: Feature | null;
  mergeable: boolean;
  /** Column lists that get an index. */
  indexes: string[][];
}

export type FieldOptions = Partial<Omit<Field, 'name' | 'label' | 'type'>>;

/** A field with the type's usual properties. */
export function field(name: string, label: string, type: FieldType, options: FieldOptions = {}): Field {
  return {
    name,
    label,
    type,
    length: 0,
    precision: 0,
    scale: 0,
    createable: true,
    updateable: true,
    required: false,
    custom: false,
    externalId: false,
    unique: false,
    caseSensitive: false,
    idLookup: false,
    filterable: true,
    permissionable: true,
    defaultValue: null,
    referenceTo: [],
    relationshipName: null,
    restricted: false,
    valueSet: null,
    controller: null,
    feature: null,
    open: false,
    ...options,
  };
}

export const readOnly = { createable: false, updateable: false } as const;

export function text(name: string, label: string, length: number, options: FieldOptions = {}): Field {
  return field(name, label, 'string', { length, ...options });
}

export function longText(name: string, label: string, length: number, options: FieldOptions = {}): Field {
  return field(name, label, 'textarea', { length, filterable: length <= 255, ...options });
}

export function pick(name: string, label: string, options: FieldOptions = {}): Field {
  return field(name, label, 'picklist', { length: 255, ...options });
}

export function check(name: string, label: string, options: FieldOptions = {}): Field {
  return field(name, label, 'boolean', { defaultValue: false, ...options });
}

export function ref(name: string, label: string, to: string | string[], options: FieldOptions = {}): Field {
  return field(name, label, 'reference', {
    length: 18,
    referenceTo: typeof to === 'string' ? [to] : to,
    relationshipName: name.endsWith('Id') ? name.slice(0, -2) : null,
    ...options,
  });
}

export function money(name: string, label: string, options: FieldOptions = {}): Field {
  return field(name, label, 'currency', { precision: 18, scale: 2, ...options });
}

export function count(name: string, label: string, options: FieldOptions = {}): Field {
  return field(name, label, 'int', { precision: 9, ...options });
}

export function date(name: string, label: string, options: FieldOptions = {}): Field {
  return field(name, label, 'date', options);
}

export function dateTime(name: string, label: string, options: FieldOptions = {}): Field {
  return field(name, label, 'datetime', options);
}

const system = { ...readOnly, permissionable: false } as const;

/** The fields that every object carries. */
export function systemFields(): Field[] {
  return [
    field('Id', 'Record ID', 'id', { ...system, length: 18, idLookup: true }),
    check('IsDeleted', 'Deleted', system),
    dateTime('CreatedDate', 'Created Date', system),
    ref('CreatedById', 'Created By ID', 'User', system),
    dateTime('LastModifiedDate', 'Last Modified Date', system),
    ref('LastModifiedById', 'Last Modified By ID', 'User', system),
    dateTime('SystemModstamp', 'System Modstamp', system),
  ];
}

export interface ObjectOptions {
  plural?: string;
  createable?: boolean;
  updateable?: boolean;
  deletable?: boolean;
  history?: { object: string; parent: string };
  children?: ChildRelationship[];
  feature?: Feature;
  mergeable?: boolean;
  indexes?: string[][];
}

export function object(name: string, label: string, prefix: string, fields: Field[], options: ObjectOptions = {}): SObject {
  return {
    name,
    label,
    plural: options.plural ?? `${label}s`,
    prefix,
    fields: [...systemFields(), ...fields],
    createable: options.createable ?? true,
    updateable: options.updateable ?? true,
    deletable: options.deletable ?? true,
    history: options.history ?? null,
    children: options.children ?? [],
    feature: options.feature ?? null,
    mergeable: options.mergeable ?? false,
    indexes: options.indexes ?? [],
  };
}

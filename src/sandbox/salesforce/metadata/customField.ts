import { SalesforceError } from '../errors';
import { field, type Field, type FieldOptions } from '../objects/define';
import type { PicklistValue } from '../objects/picklists';
import type { Org } from '../org';
import { asList, asObject, asText, isTrue, type XmlObject } from '../soap/xml';

/** Custom fields between the metadata's words and the catalog's. */

function wrong(message: string): SalesforceError {
  return new SalesforceError('FIELD_INTEGRITY_EXCEPTION', message);
}

export function splitName(fullName: string): [object: string, name: string] {
  const dot = fullName.indexOf('.');
  if (dot < 1) throw new SalesforceError('INVALID_FULL_NAME', `The full name ${fullName} needs an object, such as Lead.${fullName}`);
  return [fullName.slice(0, dot), fullName.slice(dot + 1)];
}

/** The name under which the catalog keeps a global value set. */
export function globalSet(name: string): string {
  return `GlobalValueSet:${name}`;
}

/** The values of a definition. A value left out of it is deactivated, never removed: rows may still hold it. */
export function mergeValues(old: readonly PicklistValue[], given: readonly PicklistValue[]): PicklistValue[] {
  const names = new Set(given.map((v) => v.value));
  return [...given, ...old.filter((v) => !names.has(v.value)).map((v) => ({ ...v, active: false, default: false }))];
}

export function readValues(list: readonly unknown[]): PicklistValue[] {
  return list.map((entry) => {
    const value = entry as XmlObject;
    const name = asText(value.fullName);
    if (name === '') throw wrong('A picklist value needs a fullName');
    return { value: name, label: asText(value.label) || name, active: asText(value.isActive) !== 'false', default: isTrue(value.default) };
  });
}

/** Reads a CustomField, refusing what the vendor refuses, and puts it into the catalog and the tables. */
export function applyCustomField(org: Org, fullName: string, body: XmlObject): void {
  const [objectName, name] = splitName(fullName);
  const shape = org.catalog.shape(objectName);
  if (!shape) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `In field: fullName - no CustomObject named ${objectName} found`);
  const standard = shape.byName.get(name.toLowerCase());
  if (standard && !standard.custom) {
    track(org, shape.name, standard.name, body);
    return;
  }
  if (!/^[A-Za-z][A-Za-z0-9_]*__c$/.test(name)) throw wrong(`Custom field name ${name} must end with __c`);
  const label = asText(body.label);
  if (label === '' || label.length > 40) throw wrong(`Label of ${name} is missing or longer than 40 characters`);
  const before = standard;
  const type = asText(body.type);
  const made = make(org, name, label, type, body);
  if (before && before.type !== made.type) throw wrong(`Cannot change type of ${fullName}`);
  const values = definedValues(body);
  if (values !== null) org.catalog.setValueSet(`${shape.name}.${name}`, mergeValues(org.catalog.picklist(shape.name, made), values));
  org.catalog.putField(shape.name, { ...made, open: before?.open ?? false });
  org.storage.ensure(shape.name);
  track(org, shape.name, name, body);
}

function track(org: Org, object: string, name: string, body: XmlObject): void {
  if (body.trackHistory === undefined) return;
  const on = isTrue(body.trackHistory);
  const tracked = org.settings.get<Record<string, string[]>>('tracked', {});
  const mine = tracked[object];
  if (on && mine === undefined) throw wrong('History tracking is not enabled for this object');
  if (mine === undefined) return;
  const others = mine.filter((f) => f !== name);
  if (on && others.length >= 20) throw wrong('Maximum of 20 tracked fields per object');
  org.settings.set('tracked', { ...tracked, [object]: on ? [...others, name] : others });
}

function definedValues(body: XmlObject): PicklistValue[] | null {
  const set = asObject(body.valueSet);
  if (set.valueSetDefinition === undefined) return null;
  return readValues(asList(asObject(set.valueSetDefinition).value));
}

function number(body: XmlObject, member: string, most: number): number {
  const value = Number(asText(body[member]));
  if (!Number.isInteger(value) || value < 1 || value > most) throw wrong(`${member} must be between 1 and ${most}`);
  return value;
}

function make(org: Org, name: string, label: string, type: string, body: XmlObject): Field {
  const externalId = isTrue(body.externalId);
  const unique = isTrue(body.unique);
  if (externalId && !['Text', 'Number', 'Email'].includes(type)) throw wrong(`A field of type ${type} cannot be an external ID`);
  const common: FieldOptions = { custom: true, required: isTrue(body.required), externalId, unique, idLookup: externalId };
  switch (type) {
    case 'Text':
      return field(name, label, 'string', { ...common, length: number(body, 'length', 255), caseSensitive: isTrue(body.caseSensitive) });
    case 'TextArea':
      if (body.length !== undefined) throw wrong('Can not specify length for a field of type TextArea');
      return field(name, label, 'textarea', { ...common, length: 255 });
    case 'LongTextArea':
      number(body, 'visibleLines', 50);
      return field(name, label, 'textarea', { ...common, length: Math.max(256, number(body, 'length', 131072)), filterable: false });
    case 'Picklist':
    case 'MultiselectPicklist':
      return makePicklist(org, name, label, type, body, common);
    case 'Checkbox':
      if (body.defaultValue === undefined) throw wrong('Must specify defaultValue for a field of type Checkbox');
      return field(name, label, 'boolean', { ...common, required: false, defaultValue: isTrue(body.defaultValue) });
    case 'Number':
    case 'Currency':
    case 'Percent': {
      const precision = number(body, 'precision', 18);
      const scale = Number(asText(body.scale) || '0');
      if (scale > precision) throw wrong('scale must not be larger than precision');
      return field(name, label, type === 'Number' ? 'double' : type === 'Currency' ? 'currency' : 'percent', { ...common, precision, scale });
    }
    case 'Date':
      return field(name, label, 'date', common);
    case 'DateTime':
      return field(name, label, 'datetime', common);
    case 'Email':
      return field(name, label, 'email', { ...common, length: 80 });
    case 'Phone':
      return field(name, label, 'phone', { ...common, length: 40 });
    case 'Url':
      return field(name, label, 'url', { ...common, length: 255 });
    case 'Lookup': {
      const to = asText(body.referenceTo);
      if (!org.catalog.shape(to)) throw wrong(`referenceTo value of '${to}' does not resolve to a valid sObject type`);
      return field(name, label, 'reference', { ...common, length: 18, referenceTo: [to], relationshipName: name.replace(/__c$/, '__r') });
    }
    default:
      throw wrong(`'${type}' is not a valid value for the enum 'FieldType'`);
  }
}

function makePicklist(org: Org, name: string, label: string, type: string, body: XmlObject, common: FieldOptions): Field {
  const set = asObject(body.valueSet);
  const named = asText(set.valueSetName);
  if (named !== '' && set.valueSetDefinition !== undefined) throw wrong('Specify either valueSetName or valueSetDefinition, not both');
  if (named === '' && set.valueSetDefinition === undefined) throw wrong('A picklist needs a valueSet');
  if (named !== '' && org.catalog.valueSet(globalSet(named)).length === 0) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `In field: valueSetName - no GlobalValueSet named ${named} found`);
  const restricted = named !== '' || isTrue(set.restricted);
  const values = definedValues(body) ?? [];
  if (restricted && values.length > 1000) throw wrong('A restricted picklist holds at most 1000 values');
  if (new Set(values.map((v) => v.value.toLowerCase())).size < values.length) throw new SalesforceError('DUPLICATE_VALUE', 'Duplicate picklist value');
  const controller = asText(set.controllingField);
  return field(name, label, type === 'Picklist' ? 'picklist' : 'multipicklist', {
    ...common,
    length: type === 'Picklist' ? 255 : 4099,
    restricted,
    valueSet: named === '' ? null : globalSet(named),
    controller: controller === '' ? null : controller,
  });
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'Text', picklist: 'Picklist', multipicklist: 'MultiselectPicklist', boolean: 'Checkbox', double: 'Number', int: 'Number', currency: 'Currency',
  percent: 'Percent', date: 'Date', datetime: 'DateTime', email: 'Email', phone: 'Phone', url: 'Url', reference: 'Lookup',
};

/** A field of the catalog in the metadata's words: for fields that no metadata call made. */
export function describeCustomField(org: Org, object: string, f: Field): XmlObject {
  const long = f.type === 'textarea' && f.length > 255;
  const body: XmlObject = { fullName: `${object}.${f.name}`, label: f.label, type: f.type === 'textarea' ? (long ? 'LongTextArea' : 'TextArea') : (TYPES[f.type] ?? 'Text') };
  if (f.type === 'string' || long) body.length = String(f.length);
  if (long) body.visibleLines = '3';
  if (f.precision > 0) Object.assign(body, { precision: String(f.precision), scale: String(f.scale) });
  if (f.type === 'boolean') body.defaultValue = String(f.defaultValue === true);
  if (f.externalId) body.externalId = 'true';
  if (f.unique) body.unique = 'true';
  if (f.type === 'picklist' || f.type === 'multipicklist') {
    body.valueSet = f.valueSet?.startsWith('GlobalValueSet:')
      ? { restricted: 'true', valueSetName: f.valueSet.slice('GlobalValueSet:'.length) }
      : {
          restricted: String(f.restricted),
          valueSetDefinition: {
            sorted: 'false',
            value: org.catalog.picklist(object, f).map((v) => ({ fullName: v.value, default: String(v.default), label: v.label, ...(v.active ? {} : { isActive: 'false' }) })),
          },
        };
  }
  const tracked = org.settings.get<Record<string, string[]>>('tracked', {})[object];
  if (tracked !== undefined) body.trackHistory = String(tracked.includes(f.name));
  return body;
}

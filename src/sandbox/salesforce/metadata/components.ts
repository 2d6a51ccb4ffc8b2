import type { FieldMapping } from '../convert';
import { SalesforceError } from '../errors';
import { values } from '../objects/picklists';
import type { Org } from '../org';
import { putValidationRule, removeValidationRule, validationRules } from '../rules/validation';
import { seedStatuses } from '../seed';
import { asList, asObject, asText, isTrue, type XmlObject } from '../soap/xml';
import { applyCustomField, describeCustomField, globalSet, mergeValues, readValues, splitName } from './customField';
import { applyPermissionSet, readPermissionSet, removePermissionSet } from './permissionSet';
import { listStored, readStored, store, unstore, type StoredComponent } from './store';

/** Types that the org knows, with the folder and suffix of their files. Order is the order of a deploy. */
export const METADATA_TYPES: readonly { name: string; folder: string; suffix: string; childOf?: string; tag?: string }[] = [
  { name: 'GlobalValueSet', folder: 'globalValueSets', suffix: 'globalValueSet' },
  { name: 'StandardValueSet', folder: 'standardValueSets', suffix: 'standardValueSet' },
  { name: 'CustomPermission', folder: 'customPermissions', suffix: 'customPermission' },
  { name: 'CustomObject', folder: 'objects', suffix: 'object' },
  { name: 'CustomField', folder: '', suffix: '', childOf: 'CustomObject', tag: 'fields' },
  { name: 'BusinessProcess', folder: '', suffix: '', childOf: 'CustomObject', tag: 'businessProcesses' },
  { name: 'RecordType', folder: '', suffix: '', childOf: 'CustomObject', tag: 'recordTypes' },
  { name: 'ValidationRule', folder: '', suffix: '', childOf: 'CustomObject', tag: 'validationRules' },
  { name: 'ListView', folder: '', suffix: '', childOf: 'CustomObject', tag: 'listViews' },
  { name: 'CompactLayout', folder: '', suffix: '', childOf: 'CustomObject', tag: 'compactLayouts' },
  { name: 'QuickAction', folder: 'quickActions', suffix: 'quickAction' },
  { name: 'PathAssistant', folder: 'pathAssistants', suffix: 'pathAssistant' },
  { name: 'CustomNotificationType', folder: 'notificationtypes', suffix: 'notiftype' },
  { name: 'LeadConvertSettings', folder: 'LeadConvertSettings', suffix: 'LeadConvertSetting' },
  { name: 'Settings', folder: 'settings', suffix: 'settings' },
  { name: 'PermissionSet', folder: 'permissionsets', suffix: 'permissionset' },
];

export function isMetadataType(type: string): boolean {
  return METADATA_TYPES.some((t) => t.name === type);
}

/** Whether a component of this name is there: stored, standard, or made by hand. */
export function exists(org: Org, type: string, fullName: string): boolean {
  return readComponent(org, type, fullName) !== undefined;
}

/** Makes or changes a component. Throws the vendor's refusal; nothing is half done when the caller runs it in a transaction. */
export function applyComponent(org: Org, type: string, fullName: string, body: XmlObject): void {
  switch (type) {
    case 'CustomField':
      applyCustomField(org, fullName, body);
      break;
    case 'GlobalValueSet':
      applyGlobalValueSet(org, fullName, body);
      break;
    case 'StandardValueSet':
      applyStandardValueSet(org, fullName, body);
      return;
    case 'PermissionSet':
      for (const entry of asList(body.customPermissions).map(asObject)) {
        const name = asText(entry.name);
        if (!exists(org, 'CustomPermission', name)) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `In field: customPermission - no CustomPermission named ${name} found`);
      }
      applyPermissionSet(org, fullName, body);
      break;
    case 'CustomPermission':
      if (asText(body.label) === '') throw new SalesforceError('REQUIRED_FIELD_MISSING', 'Required fields are missing: [MasterLabel]', { fields: ['MasterLabel'] });
      break;
    case 'ValidationRule':
      applyValidationRule(org, fullName, body);
      break;
    case 'CustomObject':
      applyCustomObject(org, fullName, body);
      return;
    case 'LeadConvertSettings':
      applyLeadConvertSettings(org, body);
      break;
    case 'CustomNotificationType': {
      const master = asText(body.masterLabel);
      if (master === '') throw new SalesforceError('REQUIRED_FIELD_MISSING', 'Required fields are missing: [MasterLabel]', { fields: ['MasterLabel'] });
      const row = { CustomNotifTypeName: asText(body.customNotifTypeName) || fullName, MasterLabel: master, Desktop: isTrue(body.desktop) ? 1 : 0, Mobile: isTrue(body.mobile) ? 1 : 0 };
      const found = org.storage.find('CustomNotificationType', { DeveloperName: fullName })[0];
      if (found) org.storage.update('CustomNotificationType', found.Id as string, row);
      else org.system('CustomNotificationType', { DeveloperName: fullName, ...row });
      break;
    }
    case 'RecordType':
      applyRecordType(org, fullName, body);
      break;
    case 'ListView':
      checkListView(org, fullName, body);
      break;
    case 'QuickAction':
      checkFieldsExist(org, splitName(fullName)[0], quickActionFields(body));
      break;
    case 'PathAssistant':
      for (const step of asList(body.pathAssistantSteps).map(asObject)) checkFieldsExist(org, asText(body.entityName), asList(step.fieldNames).map(asText));
      break;
  }
  store(org, type, fullName, { ...body, fullName });
}

function applyGlobalValueSet(org: Org, fullName: string, body: XmlObject): void {
  if (asText(body.masterLabel) === '') throw new SalesforceError('REQUIRED_FIELD_MISSING', 'Required fields are missing: [MasterLabel]', { fields: ['MasterLabel'] });
  const given = readValues(asList(body.customValue).map(asObject));
  if (given.length === 0) throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'A global value set needs at least one value');
  org.catalog.setValueSet(globalSet(fullName), mergeValues(org.catalog.valueSet(globalSet(fullName)), given));
}

/** Replaces a standard value set: a value left out is deactivated (a lead status disappears from the list). */
function applyStandardValueSet(org: Org, fullName: string, body: XmlObject): void {
  const entries = asList(body.standardValue).map(asObject);
  if (entries.length === 0) throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'A standard value set needs at least one value');
  if (fullName === 'LeadStatus') {
    org.catalog.setLeadStatuses(entries.map((e) => ({ value: asText(e.fullName), default: isTrue(e.default), converted: isTrue(e.converted) })));
    seedStatuses(org);
    return;
  }
  if (fullName === 'OpportunityStage') throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'OpportunityStage: the sandbox takes stages through its state only');
  if (org.catalog.valueSet(fullName).length === 0) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `no StandardValueSet named ${fullName} found`);
  org.catalog.setValueSet(fullName, mergeValues(org.catalog.valueSet(fullName), readValues(entries)));
}

function applyValidationRule(org: Org, fullName: string, body: XmlObject): void {
  const [objectName, name] = splitName(fullName);
  const shape = org.catalog.shape(objectName);
  if (!shape) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `In field: fullName - no CustomObject named ${objectName} found`);
  const message = asText(body.errorMessage);
  if (name.length > 40 || message === '' || message.length > 255) throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'name (40) and errorMessage (255) are too long or missing');
  const formula = asText(body.errorConditionFormula);
  const known = /\b([A-Za-z]\w*__c)\b/g;
  checkFieldsExist(org, shape.name, [...formula.matchAll(known)].map((m) => m[1] as string));
  const field = asText(body.errorDisplayField);
  if (field !== '') checkFieldsExist(org, shape.name, [field]);
  try {
    putValidationRule(org, { name, object: shape.name, formula, message, field: field === '' ? null : field, active: isTrue(body.active) });
  } catch (error) {
    if (error instanceof SalesforceError) throw error;
    throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', error instanceof Error ? error.message : 'Syntax error in formula');
  }
}

/** A CustomObject carries children; of the object itself only `enableHistory` means something here. */
function applyCustomObject(org: Org, fullName: string, body: XmlObject): void {
  const shape = org.catalog.shape(fullName);
  if (!shape) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `no CustomObject named ${fullName} found`);
  if (body.enableHistory !== undefined) {
    const { [shape.name]: mine, ...others } = org.settings.get<Record<string, string[]>>('tracked', {});
    org.settings.set('tracked', isTrue(body.enableHistory) ? { ...others, [shape.name]: mine ?? [] } : others);
  }
  for (const { type, name, body: child } of childrenOf(body)) applyComponent(org, type, `${shape.name}.${name}`, child);
}

/** The child components inside a CustomObject's body. */
export function childrenOf(body: XmlObject): { type: string; name: string; body: XmlObject }[] {
  return METADATA_TYPES.flatMap((type) =>
    type.tag === undefined ? [] : asList(body[type.tag]).map(asObject).map((child) => ({ type: type.name, name: asText(child.fullName), body: child })),
  );
}

function applyLeadConvertSettings(org: Org, body: XmlObject): void {
  const mappings: FieldMapping[] = [];
  for (const mapping of asList(body.objectMapping).map(asObject)) {
    const outputObject = asText(mapping.outputObject);
    for (const pair of asList(mapping.mappingFields).map(asObject)) {
      const inputField = asText(pair.inputField);
      const outputField = asText(pair.outputField);
      checkFieldsExist(org, 'Lead', [inputField]);
      checkFieldsExist(org, outputObject, [outputField]);
      mappings.push({ outputObject, inputField, outputField });
    }
  }
  org.settings.set('leadConvertMappings', mappings);
}

function applyRecordType(org: Org, fullName: string, body: XmlObject): void {
  const [objectName, name] = splitName(fullName);
  const shape = org.catalog.shape(objectName);
  if (!shape) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `no CustomObject named ${objectName} found`);
  const picklists = Object.fromEntries(
    asList(body.picklistValues).map(asObject).map((entry) => [asText(entry.picklist), asList(entry.values).map((v) => decodeURIComponent(asText(asObject(v).fullName)))]),
  );
  const found = org.storage.find('RecordType', { SobjectType: shape.name, DeveloperName: name })[0];
  const id = (found?.Id as string | undefined) ?? org.system('RecordType', { Name: asText(body.label) || name, DeveloperName: name, SobjectType: shape.name, IsActive: 1 });
  org.catalog.putRecordType({ id, object: shape.name, developerName: name, name: asText(body.label) || name, picklists });
}

function checkListView(org: Org, fullName: string, body: XmlObject): void {
  const [objectName] = splitName(fullName);
  if (asText(body.label) === '' || asText(body.label).length > 40) throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'label is missing or longer than 40 characters');
  if (!['Everything', 'Mine', 'Queue'].includes(asText(body.filterScope))) throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', `invalid filterScope: ${asText(body.filterScope)}`);
  const names = [...asList(body.columns).map(asText), ...asList(body.filters).map((f) => asText(asObject(f).field))];
  checkFieldsExist(org, objectName, names.filter((n) => n.endsWith('__c')));
}

function quickActionFields(body: XmlObject): string[] {
  const columns = asList(asObject(body.quickActionLayout).quickActionLayoutColumns).map(asObject);
  const shown = columns.flatMap((c) => asList(c.quickActionLayoutItems).map((i) => asText(asObject(i).field))).filter((f) => f !== '');
  return [...shown, ...asList(body.fieldOverrides).map((f) => asText(asObject(f).field))];
}

function checkFieldsExist(org: Org, objectName: string, names: string[]): void {
  const shape = org.catalog.shape(objectName);
  if (!shape) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `no CustomObject named ${objectName} found`);
  const missing = names.find((n) => n !== '' && !org.catalog.field(shape, n));
  if (missing !== undefined) throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', `Field ${missing} does not exist. Check spelling.`);
}

/** A component's body, or undefined when there is none. */
export function readComponent(org: Org, type: string, fullName: string): XmlObject | undefined {
  switch (type) {
    case 'CustomField': {
      if (!fullName.includes('.')) return undefined;
      const [objectName, name] = splitName(fullName);
      const shape = org.catalog.shape(objectName);
      const field = shape && org.catalog.field(shape, name);
      if (!shape || !field) return undefined;
      const description = readStored(org, type, `${shape.name}.${field.name}`)?.body.description;
      return { ...describeCustomField(org, shape.name, field), ...(description === undefined ? {} : { description }) };
    }
    case 'GlobalValueSet': {
      const stored = readStored(org, type, fullName);
      const list = org.catalog.valueSet(globalSet(fullName));
      if (list.length === 0) return undefined;
      const customValue = list.map((v) => ({ fullName: v.value, default: String(v.default), label: v.label, ...(v.active ? {} : { isActive: 'false' }) }));
      return { fullName, masterLabel: asText(stored?.body.masterLabel) || fullName, sorted: 'false', customValue };
    }
    case 'StandardValueSet': {
      if (fullName === 'LeadStatus') {
        return { fullName, sorted: 'false', standardValue: org.catalog.leadStatuses().map((s) => ({ fullName: s.value, default: String(s.default ?? false), label: s.value, converted: String(s.converted ?? false) })) };
      }
      if (fullName === 'OpportunityStage') {
        return {
          fullName,
          sorted: 'false',
          standardValue: org.catalog.stages().map((s) => ({ fullName: s.value, default: 'false', label: s.value, closed: String(s.closed), forecastCategory: s.forecast, probability: String(s.probability), won: String(s.won) })),
        };
      }
      const list = org.catalog.valueSet(fullName);
      return list.length === 0 ? undefined : { fullName, sorted: 'false', standardValue: list.map((v) => ({ fullName: v.value, default: String(v.default), label: v.label })) };
    }
    case 'CustomObject': {
      const shape = org.catalog.shape(fullName);
      if (!shape) return undefined;
      const fields = shape.fields.filter((f) => f.custom).map((f) => ({ ...describeCustomField(org, shape.name, f), fullName: f.name }));
      return { fullName: shape.name, label: shape.label, enableHistory: String(org.settings.get<Record<string, string[]>>('tracked', {})[shape.name] !== undefined), fields };
    }
    case 'PermissionSet':
      return readPermissionSet(org, fullName);
    case 'RecordType':
      return fullName.includes('.') ? readRecordType(org, fullName) : undefined;
    case 'LeadConvertSettings':
      return fullName === 'LeadConvertSettings' ? readLeadConvertSettings(org) : undefined;
    case 'ValidationRule': {
      const rule = fullName.includes('.') ? validationRules(org, splitName(fullName)[0]).find((r) => r.name === splitName(fullName)[1]) : undefined;
      if (!rule) return undefined;
      const description = readStored(org, type, fullName)?.body.description;
      return { fullName, active: String(rule.active), ...(description === undefined ? {} : { description }), errorConditionFormula: rule.formula, ...(rule.field === null ? {} : { errorDisplayField: rule.field }), errorMessage: rule.message };
    }
    default:
      return readStored(org, type, fullName)?.body;
  }
}

function readLeadConvertSettings(org: Org): XmlObject {
  const mappings = org.settings.get<FieldMapping[]>('leadConvertMappings', []);
  const outputs = [...new Set(mappings.map((m) => m.outputObject))];
  return {
    fullName: 'LeadConvertSettings',
    allowOwnerChange: 'true',
    objectMapping: outputs.map((outputObject) => ({
      inputObject: 'Lead',
      mappingFields: mappings.filter((m) => m.outputObject === outputObject).map((m) => ({ inputField: m.inputField, outputField: m.outputField })),
      outputObject,
    })),
    opportunityCreationOptions: 'VisibleOptional',
  };
}

function readRecordType(org: Org, fullName: string): XmlObject | undefined {
  const [objectName, name] = splitName(fullName);
  const found = org.catalog.recordTypes(objectName).find((type) => type.developerName === name);
  if (!found) return undefined;
  const picklistValues = Object.entries(found.picklists).map(([picklist, list]) => ({ picklist, values: list.map((value) => ({ fullName: value, default: 'false' })) }));
  return { fullName, active: 'true', label: found.name, picklistValues };
}

/** Types whose components name fields, and keep them from being deleted. */
const NAMING_FIELDS = ['ListView', 'QuickAction', 'PathAssistant'] as const;

/** Throws while something refers to the field: a rule's formula, a list view, an action or a path. */
function checkUnused(org: Org, object: string, name: string): void {
  const rule = validationRules(org, object).find((r) => r.formula.includes(name) || r.field === name);
  const users = NAMING_FIELDS.flatMap((type) => listStored(org, type)).filter((c) => (c.fullName.startsWith(`${object}.`) || asText(c.body.entityName) === object) && JSON.stringify(c.body).includes(`"${name}"`));
  const user = rule === undefined ? users[0]?.fullName : `${object}.${rule.name}`;
  if (user !== undefined) throw new SalesforceError('DELETE_FAILED', `This custom field is referenced elsewhere in salesforce.com. : ${user}`);
}

/** Removes a component. Throws when there is none. */
export function removeComponent(org: Org, type: string, fullName: string): void {
  if (!exists(org, type, fullName)) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `In field: fullName - no ${type} named ${fullName} found`);
  switch (type) {
    case 'CustomField': {
      const [object, name] = splitName(fullName);
      const shape = org.catalog.known(object);
      const field = org.catalog.field(shape, name);
      if (!field?.custom) throw new SalesforceError('INSUFFICIENT_ACCESS', `Cannot delete standard field ${fullName}`);
      checkUnused(org, shape.name, field.name);
      org.catalog.removeField(shape.name, field.name);
      org.storage.dropColumn(shape.name, field.name);
      for (const row of org.storage.find('FieldPermissions', { Field: `${shape.name}.${field.name}` })) org.storage.remove('FieldPermissions', row.Id as string);
      org.access.changed();
      break;
    }
    case 'GlobalValueSet': {
      const used = org.catalog.all().find((s) => s.fields.some((f) => f.valueSet === globalSet(fullName)));
      if (used) throw new SalesforceError('DELETE_FAILED', `This global value set is used by a field of ${used.name}`);
      org.catalog.setValueSet(globalSet(fullName), values());
      break;
    }
    case 'PermissionSet':
      removePermissionSet(org, fullName);
      break;
    case 'ValidationRule':
      removeValidationRule(org, ...splitName(fullName));
      break;
    case 'CustomObject':
    case 'StandardValueSet':
      throw new SalesforceError('INSUFFICIENT_ACCESS', `Cannot delete ${type} ${fullName}`);
  }
  unstore(org, type, fullName);
}

/** The components of a type, for listMetadata: those that calls made and, for fields, the custom ones that worlds added. */
export function listComponents(org: Org, type: string): StoredComponent[] {
  if (type === 'CustomObject') return org.catalog.all().map((s) => bare(type, s.name, s.prefix));
  if (type === 'CustomField') {
    const stored = new Map(listStored(org, type).map((c) => [c.fullName, c]));
    return org.catalog.all().flatMap((s) => s.fields.filter((f) => f.custom).map((f) => stored.get(`${s.name}.${f.name}`) ?? bare(type, `${s.name}.${f.name}`, '00N')));
  }
  if (type === 'StandardValueSet') return [];
  return listStored(org, type);
}

function bare(type: string, fullName: string, prefix: string): StoredComponent {
  return { type, fullName, id: `${prefix}000000000000AAA`, body: {}, created: 0, modified: 0 };
}

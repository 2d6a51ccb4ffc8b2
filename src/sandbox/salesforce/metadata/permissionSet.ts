import { SalesforceError } from '../errors';
import type { Org } from '../org';
import { asList, asObject, asText, isTrue, type XmlObject } from '../soap/xml';
import type { Row } from '../values';
import { splitName } from './customField';
import { readStored } from './store';

/**
 * Puts a permission set into rows: the set, its field and object permissions. Field and object permissions that are not listed stay as they
 * were; user permissions that are not listed are off (https://github.com/forcedotcom/sf-skills/blob/main/skills/platform-metadata-api-context-get/assets/metadata_api/PermissionSet.json).
 */
export function applyPermissionSet(org: Org, fullName: string, body: XmlObject): void {
  const label = asText(body.label);
  if (label === '' || label.length > 80) throw new SalesforceError('REQUIRED_FIELD_MISSING', 'Required fields are missing: [Label]', { fields: ['Label'] });
  const id = upsert(org, 'PermissionSet', { Name: fullName }, { Label: label, Description: asText(body.description) || null, IsCustom: 1 });
  for (const entry of asList(body.fieldPermissions)) fieldPermission(org, id, asObject(entry));
  for (const entry of asList(body.objectPermissions)) objectPermission(org, id, asObject(entry));
  const enabled = [...asList(body.userPermissions), ...asList(body.customPermissions)].map(asObject).filter((p) => isTrue(p.enabled)).map((p) => asText(p.name));
  org.access.setPermissions(id, enabled);
}

function fieldPermission(org: Org, parent: string, entry: XmlObject): void {
  const full = asText(entry.field);
  const [objectName, name] = splitName(full);
  const shape = org.catalog.shape(objectName);
  const field = shape && org.catalog.field(shape, name);
  if (!shape || !field) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `In field: field - no CustomField named ${full} found`);
  if (field.required || !field.permissionable) throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', `You cannot deploy to a required field: ${full}`);
  const edit = isTrue(entry.editable);
  const read = edit || isTrue(entry.readable);
  upsert(org, 'FieldPermissions', { ParentId: parent, Field: `${shape.name}.${field.name}` }, { SobjectType: shape.name, PermissionsRead: read ? 1 : 0, PermissionsEdit: edit ? 1 : 0 });
}

function objectPermission(org: Org, parent: string, entry: XmlObject): void {
  const name = asText(entry.object);
  const shape = org.catalog.shape(name);
  if (!shape) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', `In field: object - no CustomObject named ${name} found`);
  const flag = (member: string): number => (isTrue(entry[member]) ? 1 : 0);
  if (flag('allowEdit') === 1 && flag('allowRead') === 0) throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', `Permission Edit ${name} depends on permission(s): Read ${name}`);
  upsert(org, 'ObjectPermissions', { ParentId: parent, SobjectType: shape.name }, {
    PermissionsCreate: flag('allowCreate'),
    PermissionsRead: flag('allowRead'),
    PermissionsEdit: flag('allowEdit'),
    PermissionsDelete: flag('allowDelete'),
    PermissionsViewAllRecords: flag('viewAllRecords'),
    PermissionsModifyAllRecords: flag('modifyAllRecords'),
  });
}

function upsert(org: Org, object: string, key: Row, values: Row): string {
  const found = org.storage.find(object, key)[0];
  if (!found) return org.system(object, { ...key, ...values });
  const now = org.now();
  org.storage.update(object, found.Id as string, { ...values, LastModifiedDate: now, SystemModstamp: now });
  return found.Id as string;
}

/** The set as its rows have it now, whoever changed them: a custom permission is one that exists as a component. */
export function readPermissionSet(org: Org, fullName: string): XmlObject | undefined {
  const found = org.storage.find('PermissionSet', { Name: fullName })[0];
  if (!found) return undefined;
  const id = found.Id as string;
  const flag = (value: unknown): string => String(value === 1);
  const enabled = org.access.setPermissionsOf(id);
  const isCustom = (name: string): boolean => readStored(org, 'CustomPermission', name) !== undefined;
  const named = (custom: boolean): XmlObject[] => enabled.filter((name) => isCustom(name) === custom).map((name) => ({ enabled: 'true', name }));
  return {
    fullName,
    customPermissions: named(true),
    ...(typeof found.Description === 'string' ? { description: found.Description } : {}),
    fieldPermissions: org.storage.find('FieldPermissions', { ParentId: id }).map((row) => ({ editable: flag(row.PermissionsEdit), field: String(row.Field), readable: flag(row.PermissionsRead) })),
    hasActivationRequired: 'false',
    label: String(found.Label),
    objectPermissions: org.storage.find('ObjectPermissions', { ParentId: id }).map((row) => ({
      allowCreate: flag(row.PermissionsCreate), allowDelete: flag(row.PermissionsDelete), allowEdit: flag(row.PermissionsEdit), allowRead: flag(row.PermissionsRead),
      modifyAllRecords: flag(row.PermissionsModifyAllRecords), object: String(row.SobjectType), viewAllRecords: flag(row.PermissionsViewAllRecords),
    })),
    userPermissions: named(false),
  };
}

export function removePermissionSet(org: Org, fullName: string): void {
  const found = org.storage.find('PermissionSet', { Name: fullName })[0];
  if (!found) return;
  const id = found.Id as string;
  if (org.storage.find('PermissionSetAssignment', { PermissionSetId: id }).length > 0) {
    throw new SalesforceError('DELETE_FAILED', 'The permission set is assigned to users');
  }
  for (const object of ['FieldPermissions', 'ObjectPermissions']) for (const row of org.storage.find(object, { ParentId: id })) org.storage.remove(object, row.Id as string);
  org.storage.remove('PermissionSet', id);
  org.access.changed();
}

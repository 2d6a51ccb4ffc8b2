import type { Shape } from './catalog';
import { SalesforceError } from './errors';
import type { Field } from './objects/define';
import type { Actor, Org } from './org';
import { derive } from './rules/derive';
import { checkDuplicates } from './rules/duplicates';
import { afterSave } from './rules/effects';
import { checkValidationRules } from './rules/validation';
import { toStored, type Row } from './values';

/** Record ids given with the record, and members that are no fields. */
const NOT_FIELDS = new Set(['attributes', 'id']);

/** Creates, changes, deletes and restores records by the org's rules, for the API and for the direct door alike. */
export class Records {
  constructor(private readonly org: Org) {}

  /** Returns the new record's id. `id` fixes it beforehand. */
  create(actor: Actor, object: string, input: Record<string, unknown>, id?: string): string {
    const shape = this.shape(actor, object);
    if (!shape.createable) throw new SalesforceError('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be inserted: ${shape.label}`);
    this.checkRight(actor, shape);
    const given = this.parse(actor, shape, input, null);
    const now = this.org.now();
    const row: Row = {
      ...this.defaults(shape),
      ...given,
      Id: id ?? this.org.storage.nextId(shape.prefix),
      IsDeleted: 0,
      CreatedDate: now,
      CreatedById: actor.userId,
      LastModifiedDate: now,
      LastModifiedById: actor.userId,
      SystemModstamp: now,
    };
    if (shape.byName.has('ownerid')) row.OwnerId ??= actor.userId;
    if (shape.name === 'Account' && this.org.catalog.has('personAccounts') && given.LastName !== undefined && given.LastName !== null) row.IsPersonAccount = 1;
    this.assign(actor, shape, row);
    derive(this.org, shape.name, null, given, row);
    this.check(actor, shape, null, given, row);
    checkDuplicates(this.org, shape.name, row, actor.allowDuplicates);
    this.org.storage.insert(shape.name, row);
    if (shape.name === 'Account' && row.IsPersonAccount === 1) this.createPersonContact(actor, row);
    afterSave(this.org, actor, shape.name, null, row);
    return row.Id as string;
  }

  /** Changes fields of a record. A change to nothing moves the stamps all the same. */
  update(actor: Actor, object: string, id: string, input: Record<string, unknown>): void {
    const shape = this.shape(actor, object);
    if (!shape.updateable) throw new SalesforceError('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be updated: ${shape.label}`);
    this.checkRight(actor, shape);
    const before = this.live(actor, shape, id);
    this.org.checkLock(actor, id);
    if (shape.name === 'Lead' && before.IsConverted === 1 && !this.org.access.may(actor.userId, 'AllowViewEditConvertedLeads')) {
      throw new SalesforceError('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
    }
    const given = this.parse(actor, shape, input, before);
    if (shape.name === 'Contact' && before.IsPersonAccount === 1 && given.AccountId !== undefined && given.AccountId !== before.AccountId) {
      throw new SalesforceError('INVALID_FIELD_FOR_INSERT_UPDATE', 'Account: bad field names on insert/update call: AccountId', { fields: ['AccountId'] });
    }
    if (shape.name === 'Opportunity' && before.HasOpportunityLineItem === 1) delete given.Amount;
    const now = this.org.now();
    const row: Row = { ...before, ...given, LastModifiedDate: now, LastModifiedById: actor.userId, SystemModstamp: now };
    this.assign(actor, shape, row);
    derive(this.org, shape.name, before, given, row);
    this.check(actor, shape, before, given, row);
    if (before.Email !== row.Email) checkDuplicates(this.org, shape.name, row, actor.allowDuplicates);
    this.org.storage.update(shape.name, id, difference(before, row));
    afterSave(this.org, actor, shape.name, before, row);
  }

  /** Puts a record into the Recycle Bin, with the children that go with it. */
  delete(actor: Actor, object: string, id: string): void {
    const shape = this.shape(actor, object);
    if (!shape.deletable) throw new SalesforceError('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be deleted: ${shape.label}`);
    const row = this.live(actor, shape, id);
    this.org.checkLock(actor, id);
    const cascade: Record<string, [child: string, field: string][]> = {
      Account: [['Contact', 'AccountId'], ['Opportunity', 'AccountId']],
      Contact: [['OpportunityContactRole', 'ContactId'], ['CampaignMember', 'ContactId']],
      Lead: [['CampaignMember', 'LeadId']],
      Opportunity: [['OpportunityContactRole', 'OpportunityId'], ['OpportunityHistory', 'OpportunityId']],
      Campaign: [['CampaignMember', 'CampaignId']],
      PermissionSet: [['FieldPermissions', 'ParentId'], ['ObjectPermissions', 'ParentId'], ['PermissionSetAssignment', 'PermissionSetId']],
    };
    for (const [child, field] of cascade[shape.name] ?? []) {
      for (const found of this.org.storage.find(child, { [field]: id })) this.bury(child, found.Id as string);
    }
    this.bury(shape.name, id);
    this.org.access.changed();
    afterDelete(this.org, shape.name, row);
  }

  private bury(object: string, id: string): void {
    const now = this.org.now();
    this.org.storage.update(object, id, { IsDeleted: 1, SystemModstamp: now, _deletedAt: now });
  }

  restore(actor: Actor, object: string, id: string): void {
    const shape = this.shape(actor, object);
    const row = this.org.storage.get(shape.name, id);
    if (!row) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
    if (row.IsDeleted !== 1) throw new SalesforceError('UNDELETE_FAILED', 'Entity is not in the recycle bin');
    if (row.MasterRecordId !== null && row.MasterRecordId !== undefined) throw new SalesforceError('UNDELETE_FAILED', 'A record that lost a merge cannot be undeleted');
    const now = this.org.now();
    this.org.storage.update(shape.name, id, { IsDeleted: 0, _deletedAt: null, SystemModstamp: now, LastModifiedDate: now, LastModifiedById: actor.userId });
  }

  /** Without the object's edit right every write is refused, whichever fields it names. */
  private checkRight(actor: Actor, shape: Shape): void {
    if (actor.system || this.org.access.editsObject(actor.userId, shape.name)) return;
    throw new SalesforceError('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id', { status: 403 });
  }

  /** The object of a name, as the user sees the org. */
  shape(actor: Actor, object: string): Shape {
    const shape = this.org.catalog.shape(object);
    if (!shape || !this.org.access.seesObject(actor.userId, shape.name)) {
      throw new SalesforceError('INVALID_TYPE', `sObject type '${object}' is not supported.`, { status: 400 });
    }
    return shape;
  }

  /** A record that is neither missing, hidden from the user, nor deleted. */
  live(actor: Actor, shape: Shape, id: string): Row {
    const row = this.org.storage.get(shape.name, id);
    if (!row || (row._hidden === 1 && this.org.access.isRestricted(actor.userId))) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', { status: 404 });
    if (row.IsDeleted === 1) throw new SalesforceError('ENTITY_IS_DELETED', 'entity is deleted', { status: 404 });
    return row;
  }

  /** The given fields as stored, refusing what the user cannot see or write and what is no value of the field. */
  private parse(actor: Actor, shape: Shape, input: Record<string, unknown>, before: Row | null): Row {
    const row: Row = {};
    const closed: string[] = [];
    for (const [key, value] of Object.entries(input)) {
      if (NOT_FIELDS.has(key.toLowerCase()) || value === undefined) continue;
      const field = this.org.catalog.field(shape, key);
      if (!field || !(actor.system || this.org.access.readable(actor.userId, shape, field))) {
        throw new SalesforceError('INVALID_FIELD', `No such column '${key}' on sobject of type ${shape.name}`);
      }
      const writable = (before === null ? field.createable : field.updateable) && (actor.system || this.org.access.editable(actor.userId, shape, field));
      if (writable) row[field.name] = toStored(field, value);
      else closed.push(field.name);
    }
    if (closed.length > 0) {
      throw new SalesforceError(
        'INVALID_FIELD_FOR_INSERT_UPDATE',
        `Unable to create/update fields: ${closed.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
        { fields: closed },
      );
    }
    return row;
  }

  private defaults(shape: Shape): Row {
    const row: Row = {};
    for (const field of this.org.catalog.fields(shape)) {
      if (field.defaultValue !== null) row[field.name] = toStored(field, field.defaultValue);
      else if (field.type === 'picklist' && field.custom) row[field.name] = this.org.catalog.picklist(shape.name, field).find((v) => v.default && v.active)?.value ?? null;
    }
    return row;
  }

  /** The active lead assignment rule moves the owner on create and on update, unless the caller sent `Sforce-Auto-Assign: FALSE`. */
  private assign(actor: Actor, shape: Shape, row: Row): void {
    const owner = this.org.settings.get<string | null>('assignmentOwner', null);
    if (shape.name === 'Lead' && owner !== null && actor.autoAssign) row.OwnerId = owner;
  }

  private check(actor: Actor, shape: Shape, before: Row | null, given: Row, row: Row): void {
    const missing = this.org.catalog.fields(shape).filter((f) => this.org.catalog.isRequired(shape, f) && (row[f.name] ?? null) === null && !(f.name === 'Name' && row.IsPersonAccount === 1));
    if (missing.length > 0) {
      const names = missing.map((f) => f.name);
      throw new SalesforceError('REQUIRED_FIELD_MISSING', `Required fields are missing: [${names.join(', ')}]`, { fields: names });
    }
    for (const field of this.org.catalog.fields(shape)) {
      if (given[field.name] === undefined || given[field.name] === null) continue;
      if (field.type === 'picklist' || field.type === 'multipicklist') this.checkPicklist(shape, field, row);
      if (field.type === 'reference') this.checkReference(actor, shape, field, String(row[field.name]), before);
      if (field.unique) this.checkUnique(shape, field, row);
    }
    if (row.OwnerId !== before?.OwnerId && typeof row.OwnerId === 'string') this.checkOwner(shape, row.OwnerId);
    checkValidationRules(this.org, shape, actor.userId, before, row);
  }

  private checkPicklist(shape: Shape, field: Field, row: Row): void {
    const recordType = this.org.catalog.recordTypes(shape.name).find((r) => r.id === row.RecordTypeId);
    if (!field.restricted && !(field.name in (recordType?.picklists ?? {}))) return;
    const offered = recordType?.picklists[field.name];
    const known = this.org.catalog.picklist(shape.name, field).filter((v) => v.active && (offered === undefined || offered.includes(v.value)));
    for (const part of field.type === 'multipicklist' ? String(row[field.name]).split(';') : [String(row[field.name])]) {
      if (known.some((v) => v.value === part)) continue;
      throw new SalesforceError('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', `${field.label}: bad value for restricted picklist field: ${part}`, { fields: [field.name] });
    }
  }

  private checkReference(actor: Actor, shape: Shape, field: Field, id: string, before: Row | null): void {
    if (before !== null && before[field.name] === id) return;
    const target = field.referenceTo.find((name) => this.org.catalog.shape(name)?.prefix === id.slice(0, 3));
    if (target === undefined) {
      if (field.referenceTo.every((name) => this.org.catalog.shape(name) === undefined)) return;
      throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', `${field.label}: id value of incorrect type: ${id}`, { fields: [field.name] });
    }
    const row = this.org.storage.get(target, id);
    if (!row) throw new SalesforceError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', { fields: [field.name] });
    if (row.IsDeleted === 1) throw new SalesforceError('ENTITY_IS_DELETED', 'entity is deleted', { fields: [field.name] });
    if (target === 'Lead' && row.IsConverted === 1 && !this.org.access.may(actor.userId, 'AllowViewEditConvertedLeads') && shape.name !== 'CampaignMember') {
      throw new SalesforceError('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
    }
  }

  private checkUnique(shape: Shape, field: Field, row: Row): void {
    const other = this.org.storage.find(shape.name, { [field.name]: row[field.name] ?? null }).find((r) => r.Id !== row.Id);
    if (!other) return;
    throw new SalesforceError('DUPLICATE_VALUE', `duplicate value found: ${field.name} duplicates value on record with id: ${String(other.Id)}`);
  }

  private checkOwner(shape: Shape, ownerId: string): void {
    if (!ownerId.startsWith('005')) return;
    if (this.org.storage.get('User', ownerId)?.IsActive === 1) return;
    throw new SalesforceError('INACTIVE_OWNER_OR_USER', `operation performed with inactive user [${ownerId}] as owner of ${shape.name.toLowerCase()}`);
  }

  private createPersonContact(actor: Actor, account: Row): void {
    const contact = this.org.system(
      'Contact',
      { AccountId: account.Id ?? null, LastName: account.LastName ?? null, FirstName: account.FirstName ?? null, Name: account.Name ?? null, Email: account.PersonEmail ?? null, OwnerId: account.OwnerId ?? null, IsPersonAccount: 1 },
      actor.userId,
    );
    this.org.storage.update('Account', account.Id as string, { PersonContactId: contact });
  }
}

/** Columns of `after` that differ from `before`. */
export function difference(before: Row, after: Row): Row {
  const changes: Row = {};
  for (const [name, value] of Object.entries(after)) if ((before[name] ?? null) !== (value ?? null)) changes[name] = value;
  return changes;
}

function afterDelete(org: Org, object: string, row: Row): void {
  if (object !== 'Task' && object !== 'Event') return;
  for (const id of [row.WhoId, row.WhatId]) {
    const parent = typeof id === 'string' ? org.catalog.objectOfId(id) : undefined;
    if (parent !== undefined) org.storage.update(parent, id as string, { SystemModstamp: org.now() });
  }
}

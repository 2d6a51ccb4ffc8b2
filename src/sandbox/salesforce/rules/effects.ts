import type { Actor, Org } from '../org';
import { normaliseId, type Row, type Stored } from '../values';

/** What the platform does to other records once a record is saved. `before` is null for a new record. */
export function afterSave(org: Org, actor: Actor, object: string, before: Row | null, after: Row): void {
  writeFieldHistory(org, actor, object, before, after);
  switch (object) {
    case 'Account':
    case 'Contact':
      if (before !== null && after.IsPersonAccount === 1) keepPersonWhole(org, actor, object, after);
      return;
    case 'Opportunity':
      writeOpportunityHistory(org, actor, before, after);
      if (before === null && after.ContactId !== null && after.ContactId !== undefined) {
        org.records.create(actor, 'OpportunityContactRole', { OpportunityId: after.Id, ContactId: after.ContactId, IsPrimary: true });
      }
      return;
    case 'OpportunityContactRole':
      if (after.IsPrimary === 1) oneIsPrimary(org, after);
      return;
    case 'Task':
    case 'Event':
      touchParents(org, before, after);
      return;
    case 'Campaign':
      if (before === null) {
        org.system('CampaignMemberStatus', { CampaignId: after.Id ?? null, Label: 'Sent', SortOrder: 1, IsDefault: 1, HasResponded: 0 });
        org.system('CampaignMemberStatus', { CampaignId: after.Id ?? null, Label: 'Responded', SortOrder: 2, IsDefault: 0, HasResponded: 1 });
      }
      return;
    case 'PermissionSetAssignment':
    case 'FieldPermissions':
    case 'PermissionSet':
      org.access.changed();
      return;
  }
}

/** A person account and the contact behind it are one: what is changed on the one shows on the other. */
function keepPersonWhole(org: Org, actor: Actor, object: 'Account' | 'Contact', after: Row): void {
  const [other, id] = object === 'Account' ? (['Contact', after.PersonContactId] as const) : (['Account', after.AccountId] as const);
  const known = typeof id === 'string' ? org.storage.get(other, id) : undefined;
  if (known === undefined) return;
  const pairs = [['FirstName', 'FirstName'], ['LastName', 'LastName'], ['Name', 'Name'], ['PersonEmail', 'Email'], ['OwnerId', 'OwnerId']] as const;
  const changes: Row = {};
  for (const [account, contact] of pairs) {
    const [from, to] = object === 'Account' ? [account, contact] : [contact, account];
    if ((known[to] ?? null) !== (after[from] ?? null)) changes[to] = after[from] ?? null;
  }
  if (Object.keys(changes).length === 0) return;
  const now = org.now();
  org.storage.update(other, id as string, { ...changes, LastModifiedDate: now, LastModifiedById: actor.userId, SystemModstamp: now });
}

/** One row at creation and one per change of amount, probability, stage or close date, with the values after it. */
function writeOpportunityHistory(org: Org, actor: Actor, before: Row | null, after: Row): void {
  const watched = ['StageName', 'Amount', 'CloseDate', 'Probability'] as const;
  if (before !== null && watched.every((f) => (before[f] ?? null) === (after[f] ?? null))) return;
  const amount = (after.Amount as number | null | undefined) ?? null;
  const probability = (after.Probability as number | null | undefined) ?? null;
  org.system(
    'OpportunityHistory',
    {
      OpportunityId: after.Id ?? null,
      StageName: after.StageName ?? null,
      Amount: amount,
      ExpectedRevenue: amount === null || probability === null ? null : (amount * probability) / 100,
      CloseDate: after.CloseDate ?? null,
      Probability: probability,
      ForecastCategory: after.ForecastCategory ?? null,
      PrevAmount: before?.Amount ?? null,
      PrevCloseDate: before?.CloseDate ?? null,
    },
    actor.userId,
  );
}

function oneIsPrimary(org: Org, role: Row): void {
  for (const other of org.storage.find('OpportunityContactRole', { OpportunityId: role.OpportunityId ?? null })) {
    if (other.Id !== role.Id && other.IsPrimary === 1) org.storage.update('OpportunityContactRole', other.Id as string, { IsPrimary: 0, SystemModstamp: org.now() });
  }
}

/**
 * A task or event moves its people's `SystemModstamp`: a phantom change, no field of theirs was edited. Their last activity date is the day of the latest
 * event or *closed* task (so the object reference describes `LastActivityDate`).
 */
function touchParents(org: Org, before: Row | null, after: Row): void {
  const ids = new Set([before?.WhoId, before?.WhatId, after.WhoId, after.WhatId]);
  for (const value of ids) {
    const id = normaliseId(value);
    const object = id === undefined ? undefined : org.catalog.objectOfId(id);
    if (id === undefined || object === undefined) continue;
    const parent = org.storage.get(object, id);
    if (!parent || !('LastActivityDate' in parent)) continue;
    const day = after.IsClosed === 0 ? null : ((after.ActivityDate as string | null | undefined) ?? null);
    const last = parent.LastActivityDate as string | null;
    org.storage.update(object, id, { LastActivityDate: day !== null && (last === null || day > last) ? day : last, SystemModstamp: org.now() });
  }
}

/** Rows of the history object for tracked fields. Values over 255 characters record only that a change happened. */
function writeFieldHistory(org: Org, actor: Actor, object: string, before: Row | null, after: Row): void {
  const shape = org.catalog.known(object);
  const tracked = org.settings.get<Record<string, string[]>>('tracked', {})[object];
  if (shape.history === null || tracked === undefined) return;
  const { object: history, parent } = shape.history;
  const write = (field: string, type: string, oldValue: Stored, newValue: Stored): void => {
    org.system(history, { [parent]: after.Id ?? null, Field: field, DataType: type, OldValue: oldValue, NewValue: newValue }, actor.userId);
  };
  if (before === null) {
    write('created', 'Text', null, null);
    return;
  }
  for (const name of tracked) {
    const field = org.catalog.field(shape, name);
    if (!field || (before[field.name] ?? null) === (after[field.name] ?? null)) continue;
    const oldValue = before[field.name] ?? null;
    const newValue = after[field.name] ?? null;
    if (field.type === 'reference') {
      // Two rows: the names, as the page shows them, and the ids.
      const label = field.name === 'OwnerId' ? 'Owner' : field.name;
      write(label, 'Text', org.nameOf(oldValue), org.nameOf(newValue));
      write(label, 'EntityId', oldValue, newValue);
      continue;
    }
    const long = field.type === 'textarea' && field.length > 255;
    const shown = (value: Stored): Stored => (field.type === 'boolean' ? String(value === 1) : field.type === 'datetime' && value !== null ? new Date(value).toISOString().replace('Z', '+0000') : value);
    write(field.name, historyType(field.type), long ? null : shown(oldValue), long ? null : shown(newValue));
  }
}

function historyType(type: string): string {
  switch (type) {
    case 'picklist':
      return 'DynamicEnum';
    case 'multipicklist':
      return 'MultiEnum';
    case 'boolean':
      return 'Boolean';
    case 'datetime':
      return 'DateTime';
    case 'date':
      return 'DateOnly';
    case 'double':
    case 'int':
      return 'Double';
    case 'currency':
      return 'Currency';
    case 'percent':
      return 'Percent';
    default:
      return 'Text';
  }
}

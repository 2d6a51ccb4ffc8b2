import { problem, type Problem } from '../../domain/problem';
import type { CrmRecord, Fields, FieldVersion, Value } from '../../domain/record';
import type { FieldDescription, FieldType } from '../port';
import { fullSalesforceId } from '../salesforceId';
import { contactRef } from './problems';
import { parseEach, PropertyOption, PropertyVersion, type HubspotRecord, type PropertyDefinition } from './schema';

/** Always read: identity, merges, times, owner, consent. `salesforce…` exist only where HubSpot's own Salesforce connector is or was installed. */
export const STRUCTURE = [
  'email',
  'hs_additional_emails',
  'hs_object_id',
  'hs_merged_object_ids',
  'createdate',
  'lastmodifieddate',
  'hubspot_owner_id',
  'hs_email_optout',
] as const;
export const CONNECTOR_STRUCTURE = ['salesforceleadid', 'salesforcecontactid'] as const;

/** A string property holds at most this many characters (https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide). */
const LONGEST_STRING = 65_536;

export type Described = Record<string, FieldDescription>;

/** A property definition in Concord's words (M3). */
export function describeProperty(definition: PropertyDefinition): FieldDescription {
  const type = typeOf(definition);
  const options = parseEach(PropertyOption, definition.options ?? []).good;
  const active = [...options].filter((option) => option.hidden !== true).sort((a, b) => (a.displayOrder ?? 0) - (b.displayOrder ?? 0));
  const hasOptions = (type === 'option' || type === 'options') && definition.externalOptions !== true;
  return {
    name: definition.name,
    label: definition.label ?? definition.name,
    type,
    writable: definition.modificationMetadata?.readOnlyValue !== true && definition.calculated !== true,
    ...(type === 'text' ? { length: LONGEST_STRING } : {}),
    ...(hasOptions ? { options: active.map(({ value, label }) => ({ value, label })), restricted: true } : {}),
    ...(definition.hasUniqueValue === true || definition.name === 'email' ? { unique: true } : {}),
  };
}

function typeOf(definition: PropertyDefinition): FieldType {
  switch (definition.type) {
    case 'bool':
      return 'boolean';
    case 'number':
      return 'number';
    case 'date':
      return 'date';
    case 'datetime':
      return 'datetime';
    case 'enumeration':
      if (definition.referencedObjectType === 'OWNER') return 'reference';
      if (definition.fieldType === 'booleancheckbox') return 'boolean';
      return definition.fieldType === 'checkbox' ? 'options' : 'option';
    default:
      return 'text';
  }
}

/**
 * HubSpot's text for a property as Concord's value: numbers and booleans as such, dates as `2026-11-22`, moments as ISO 8601 UTC with
 * milliseconds, several options in alphabetical order, `null` for empty. Undefined: the text does not fit the type, so the value is unknown.
 */
export function toValue(type: FieldType, text: string | null): Value | undefined {
  if (text === null || text === '') return null;
  switch (type) {
    case 'number': {
      const number = Number(text);
      return Number.isFinite(number) && text.trim() !== '' ? number : undefined;
    }
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'date': {
      if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return Number.isNaN(Date.parse(text)) ? undefined : text;
      const at = moment(text);
      return at === undefined ? undefined : new Date(at).toISOString().slice(0, 10);
    }
    case 'datetime': {
      const at = moment(text);
      return at === undefined ? undefined : new Date(at).toISOString();
    }
    case 'options': {
      const values = text.split(';').filter((value) => value !== '');
      return values.length === 0 ? null : [...values].sort().join(';');
    }
    default:
      // Blanks alone say nothing, and Salesforce keeps them as an empty field: they fill no requirement (L6) and overwrite nothing (M4).
      return text.trim() === '' ? null : text;
  }
}

/**
 * The inverse of `toValue`: what HubSpot is sent. Every value is a text, an empty one clears. A multi-select replaces the whole choice, so it never
 * begins with `;`, which would add to it.
 */
export function toText(value: Value): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : String(value);
}

/** Epoch ms of an ISO text with zone, or of HubSpot's epoch milliseconds in text. */
export function moment(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const at = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? at : undefined;
}

/** Everything that decides how records are converted. */
export interface RecordContext {
  described: Described;
  /** The fields asked for. */
  fields: readonly string[];
  doNotCallProperty?: string | undefined;
  /** Owner ids that are queues. */
  queues: ReadonlySet<string>;
}

/**
 * A HubSpot contact as Concord's record. A property that HubSpot left out is left out (M5); one whose text does not fit its type is left out too,
 * and named in `problem`. Undefined record: it has no time of creation or change, so nothing can be said about it.
 */
export function toRecord(contact: HubspotRecord, context: RecordContext): { record?: CrmRecord; problem?: Problem } {
  const raw = contact.properties;
  const ref = contactRef(contact.id);
  const createdAt = moment(raw['createdate']) ?? moment(contact.createdAt);
  const modifiedAt = moment(raw['lastmodifieddate']) ?? moment(contact.updatedAt);
  if (createdAt === undefined || modifiedAt === undefined) {
    return { problem: problem('unreadable', 'hubspot', { record: ref, fields: ['createdate', 'lastmodifieddate'] }) };
  }

  const fields: Fields = {};
  const unreadable: string[] = [];
  for (const name of context.fields) {
    const text = raw[name];
    if (text === undefined) continue;
    const value = toValue(context.described[name]?.type ?? 'text', text);
    if (value === undefined) unreadable.push(name);
    else fields[name] = value;
  }

  const owner = raw['hubspot_owner_id'];
  const salesforceLead = raw['salesforceleadid'];
  const salesforceContact = raw['salesforcecontactid'];
  const emailOptOut = flag(raw['hs_email_optout']);
  const doNotCall = context.doNotCallProperty === undefined ? undefined : flag(raw[context.doNotCallProperty]);
  const record: CrmRecord = {
    ref,
    createdAt,
    modifiedAt,
    fields,
    emails: [...new Set([...listOf(raw['email']), ...listOf(raw['hs_additional_emails'])])],
    aliases: listOf(raw['hs_merged_object_ids']).filter((id) => id !== contact.id),
    carries: {
      ...(salesforceLead ? { salesforceLead: fullSalesforceId(salesforceLead) } : {}),
      ...(salesforceContact ? { salesforceContact: fullSalesforceId(salesforceContact) } : {}),
    },
    ...(owner === undefined ? {} : { owner: owner === null || owner === '' ? null : { id: owner, kind: context.queues.has(owner) ? 'queue' : 'user' } }),
    consent: { ...(emailOptOut === undefined ? {} : { emailOptOut }), ...(doNotCall === undefined ? {} : { doNotCall }) },
    ...(contact.archived === true ? { gone: { how: 'deleted' as const } } : {}),
  };
  return unreadable.length === 0 ? { record } : { record, problem: problem('unreadable', 'hubspot', { record: ref, fields: unreadable }) };
}

/** Only what HubSpot returned counts: absent is unknown, empty is no. */
function flag(text: string | null | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  return text === 'true';
}

/** `a;b` as its parts: HubSpot joins secondary e-mails and merged ids this way. */
function listOf(text: string | null | undefined): string[] {
  return (text ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A property's history, newest first whatever HubSpot's order was. Entries that cannot be read are counted. */
export function toVersions(type: FieldType, list: readonly unknown[]): { versions: FieldVersion[]; bad: number } {
  const { good, bad } = parseEach(PropertyVersion, list);
  const versions: FieldVersion[] = [];
  let unreadable = bad.length;
  for (const entry of good) {
    const at = moment(entry.timestamp);
    const value = toValue(type, entry.value ?? null);
    if (at === undefined || value === undefined) {
      unreadable += 1;
      continue;
    }
    // The user stands in `updatedByUserId`, or in `sourceId` as `userId:71234`.
    const id = entry.updatedByUserId != null ? String(entry.updatedByUserId) : /^userId:(\d+)$/.exec(entry.sourceId ?? '')?.[1];
    const by = {
      ...(id === undefined ? {} : { id }),
      ...(entry.sourceLabel ? { name: entry.sourceLabel } : {}),
      ...(entry.sourceType ? { source: entry.sourceType } : {}),
    };
    versions.push({ value, at, ...(Object.keys(by).length === 0 ? {} : { by }) });
  }
  return { versions: versions.sort((a, b) => b.at - a.at), bad: unreadable };
}

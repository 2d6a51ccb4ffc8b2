import type { CallKind } from '../pace';

/** HubSpot's two families of paths (https://developers.hubspot.com/docs/developer-tooling/platform/versioning). */
export type ApiVersion = '2026-09' | 'v3';

/** The windows of HubSpot's limits: requests per 10 seconds, and the account's searches per second, which are exempt from the former. */
export const BURST = 'burst';
export const SEARCH = 'search';

interface Operation {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** As the client library spells it; `{…}` stands for one segment. */
  numbered: string;
  dated: string;
  kind: CallKind;
  windows: readonly string[];
}

function operation(method: Operation['method'], numbered: string, dated: string, kind: CallKind, window: string = BURST): Operation {
  return { method, numbered, dated, kind, windows: [window] };
}

/**
 * The one table of operation to path. Numbered paths become unsupported during 2027, dated ones are current; the client library 13.x knows the
 * numbered ones only, so the transport finds a request's row here and sends it to the path of the chosen family.
 *
 * `repeatable` writes have the same effect when sent twice: given values to a given id, an opt-out, a definition whose name exists already.
 * Creating contacts and notes is not: without a unique property of ours, a second request makes a second one or a misleading conflict.
 */
export const OPERATIONS = {
  accountDetails: operation('GET', '/account-info/v3/details', '/account-info/2026-09/details', 'read'),
  dailyUsage: operation('GET', '/account-info/v3/api-usage/daily/private-apps', '/account-info/2026-09/api-usage/daily/private-apps', 'read'),
  tokenInfo: operation('POST', '/oauth/v2/private-apps/get/access-token-info', '/oauth/v2/private-apps/get/access-token-info', 'read'),
  listContacts: operation('GET', '/crm/v3/objects/contacts', '/crm/objects/2026-09/contacts', 'read'),
  searchContacts: operation('POST', '/crm/v3/objects/contacts/search', '/crm/objects/2026-09/contacts/search', 'read', SEARCH),
  readContacts: operation('POST', '/crm/v3/objects/contacts/batch/read', '/crm/objects/2026-09/contacts/batch/read', 'read'),
  updateContacts: operation('POST', '/crm/v3/objects/contacts/batch/update', '/crm/objects/2026-09/contacts/batch/update', 'repeatable'),
  createContacts: operation('POST', '/crm/v3/objects/contacts/batch/create', '/crm/objects/2026-09/contacts/batch/create', 'once'),
  createNotes: operation('POST', '/crm/v3/objects/notes/batch/create', '/crm/objects/2026-09/notes/batch/create', 'once'),
  readNotes: operation('POST', '/crm/v3/objects/notes/batch/read', '/crm/objects/2026-09/notes/batch/read', 'read'),
  readAssociations: operation('POST', '/crm/v4/associations/{fromObjectType}/{toObjectType}/batch/read', '/crm/associations/2026-09/{fromObjectType}/{toObjectType}/batch/read', 'read'),
  listProperties: operation('GET', '/crm/v3/properties/{objectType}', '/crm/properties/2026-09/{objectType}', 'read'),
  createProperties: operation('POST', '/crm/v3/properties/{objectType}/batch/create', '/crm/properties/2026-09/{objectType}/batch/create', 'repeatable'),
  createProperty: operation('POST', '/crm/v3/properties/{objectType}', '/crm/properties/2026-09/{objectType}', 'repeatable'),
  updateProperty: operation('PATCH', '/crm/v3/properties/{objectType}/{propertyName}', '/crm/properties/2026-09/{objectType}/{propertyName}', 'repeatable'),
  archiveProperties: operation('POST', '/crm/v3/properties/{objectType}/batch/archive', '/crm/properties/2026-09/{objectType}/batch/archive', 'repeatable'),
  archiveProperty: operation('DELETE', '/crm/v3/properties/{objectType}/{propertyName}', '/crm/properties/2026-09/{objectType}/{propertyName}', 'repeatable'),
  listGroups: operation('GET', '/crm/v3/properties/{objectType}/groups', '/crm/properties/2026-09/{objectType}/groups', 'read'),
  createGroup: operation('POST', '/crm/v3/properties/{objectType}/groups', '/crm/properties/2026-09/{objectType}/groups', 'repeatable'),
  archiveGroup: operation('DELETE', '/crm/v3/properties/{objectType}/groups/{groupName}', '/crm/properties/2026-09/{objectType}/groups/{groupName}', 'repeatable'),
  listOwners: operation('GET', '/crm/v3/owners', '/crm/owners/2026-09', 'read'),
  unsubscribeAll: operation(
    'POST',
    '/communication-preferences/v4/statuses/{email}/unsubscribe-all',
    '/communication-preferences/2026-09/statuses/{email}/unsubscribe-all',
    'repeatable',
  ),
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

const matchers = (Object.keys(OPERATIONS) as OperationName[])
  .map((name) => ({ name, method: OPERATIONS[name].method, segments: OPERATIONS[name].numbered.split('/') }))
  // Fixed paths before templates: `…/properties/contacts/groups` is also `…/properties/{objectType}/{propertyName}`.
  .sort((a, b) => templates(a.segments) - templates(b.segments));

function templates(segments: string[]): number {
  return segments.filter(isTemplate).length;
}

function isTemplate(segment: string): boolean {
  return segment.startsWith('{');
}

/**
 * The operation behind a request that the client library built, with the segments its templates stand for. Undefined: not in the table, so it is
 * not sent.
 */
export function operationOf(method: string, path: string): { name: OperationName; values: string[] } | undefined {
  const given = path.replace(/\/$/, '').split('/');
  for (const matcher of matchers) {
    if (matcher.method !== method || matcher.segments.length !== given.length) continue;
    const values: string[] = [];
    const fits = matcher.segments.every((segment, index) => {
      const part = given[index] ?? '';
      if (!isTemplate(segment)) return segment === part;
      values.push(part);
      return part !== '';
    });
    if (fits) return { name: matcher.name, values };
  }
  return undefined;
}

/** The path of an operation in the chosen family. `values`: already encoded segments, in the order of the templates. */
export function pathOf(name: OperationName, version: ApiVersion, values: string[] = []): string {
  const left = [...values];
  const template = version === 'v3' ? OPERATIONS[name].numbered : OPERATIONS[name].dated;
  return template
    .split('/')
    .map((segment) => (isTemplate(segment) ? (left.shift() ?? '') : segment))
    .join('/');
}

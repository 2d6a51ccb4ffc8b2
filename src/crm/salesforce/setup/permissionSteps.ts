import { CallFailed } from '../../pace';
import type { Description, Drift, SalesNeeds } from '../../port';
import type { Api } from '../api';
import { OBJECTS } from '../convert';
import { problemFrom, unreadable } from '../problems';
import { parsed, SaveRow } from '../schema';
import { text } from '../soql';
import { firstId, key, type Found, type Provisioning } from './look';
import { ordered, PERMISSION_SET, permissionSet, type Metadata } from './shapes';
import type { Work } from './step';
import { BYPASS } from './tools';

/** A field made through the API is hidden from everybody, its maker included, until a permission set shows it. */
export async function permissionStep(on: Provisioning, found: Found, names: string[], sales: SalesNeeds | undefined): Promise<Work> {
  const id = `permission_set:${PERMISSION_SET}`;
  const hidden = names.filter((name) => found.granted.get(name)?.edit !== true && !(found.isSelf && isWritable(found.description, name)));
  const existing = found.others?.get(key('PermissionSet', PERMISSION_SET));
  const lacksBypass = sales !== undefined && found.others !== undefined && !enabled(existing).includes(BYPASS);
  if (hidden.length === 0 && !lacksBypass) return { id, state: 'ok', what: `The integration user may edit the Concord fields.` };
  const wanted = permissionSet(names, await licenseFor(on.api, found.assigneeId), sales === undefined ? [] : [BYPASS]);
  if (found.permissionSetId === undefined || existing === undefined) {
    return { id, state: 'missing', what: `Permission set ${PERMISSION_SET} with edit access to ${names.length} fields.`, deploys: [{ type: 'PermissionSet', body: wanted }] };
  }
  const drift: Drift[] = [
    ...hidden.map((field): Drift => ({ part: `field ${field}`, wanted: 'edit', found: found.granted.has(field) ? 'read' : null, then: 'restored', why: 'a field that the integration user cannot edit cannot be kept' })),
    ...(lacksBypass ? [{ part: `custom permission ${BYPASS}`, wanted: 'enabled', found: null, then: 'restored', why: 'without it the rule refuses rejections that come from HubSpot without a reason' } as const] : []),
  ];
  const what = `Permission set ${PERMISSION_SET} lacks ${[...(hidden.length === 0 ? [] : [`edit access to: ${hidden.join(', ')}`]), ...(lacksBypass ? [BYPASS] : [])].join('; ')}.`;
  return { id, state: 'differs', what, drift, deploys: [{ type: 'PermissionSet', body: widenedPermissions(existing, wanted) }] };
}

type Entry = Record<string, unknown>;
const entries = (body: Metadata | undefined, member: string): Entry[] => {
  const value = body?.[member];
  return (Array.isArray(value) ? value : value == null ? [] : [value]) as Entry[];
};

function enabled(existing: Metadata | undefined): string[] {
  return entries(existing, 'customPermissions').filter((entry) => String(entry['enabled']) === 'true').map((entry) => String(entry['name']));
}

/** The set as it is with what is wanted beside it: user permissions that a deploy leaves out would be switched off. */
function widenedPermissions(existing: Metadata, wanted: Metadata): Metadata {
  const merged = (member: string, name: string): Entry[] => {
    const ours = entries(wanted, member);
    return [...entries(existing, member).filter((entry) => !ours.some((one) => one[name] === entry[name])), ...ours];
  };
  return ordered({
    ...existing, customPermissions: merged('customPermissions', 'name'), fieldPermissions: merged('fieldPermissions', 'field'), objectPermissions: merged('objectPermissions', 'object'),
  }) as Metadata;
}

export function assignmentStep(on: Provisioning, found: Found, names: string[], sales: SalesNeeds | undefined): Work {
  const id = `assignment:${PERMISSION_SET}`;
  const what = `Permission set ${PERMISSION_SET} assigned to the integration user.`;
  const isNeedless = sales === undefined && found.isSelf && names.every((name) => isWritable(found.description, name));
  if (found.isAssigned || isNeedless) return { id, state: 'ok', what };
  // Somebody else's permission set shows the fields, and this user may not make Concord's.
  if (found.permissionSetId === undefined && found.others === undefined) return { id, state: 'by_hand', advice: true, what: `Assign ${PERMISSION_SET} to the integration user once an admin has deployed it: without it the rule refuses rejections that HubSpot gives without a reason.` };
  return { id, state: 'missing', what, do: () => assign(on.api, found.assigneeId) };
}

function isWritable(description: Description, name: string): boolean {
  const [object = '', field = ''] = name.split('.');
  const fields = object === OBJECTS.lead ? description.lead : description.contact;
  return fields?.[field]?.writable === true;
}

async function assign(api: Api, assigneeId: string): Promise<void> {
  const [rows] = await api.queryMany([`SELECT Id FROM PermissionSet WHERE Name = ${text(PERMISSION_SET)}`]);
  const record = { attributes: { type: 'PermissionSetAssignment' }, AssigneeId: assigneeId, PermissionSetId: firstId(rows) };
  const { body } = await api.send({ method: 'POST', path: '/composite/sobjects', kind: 'repeatable', body: () => ({ allOrNone: false, records: [record] }) });
  settleRows(body, new Set(['DUPLICATE_VALUE']));
}

/** Throws the first refusal of a collection's rows, but for those that mean it was done already. */
export function settleRows(body: unknown, harmless: ReadonlySet<string>): void {
  for (const raw of Array.isArray(body) ? (body as unknown[]) : [body]) {
    const row = parsed(SaveRow, raw);
    if (row === undefined) throw new CallFailed(unreadable('collection'), 'maybe');
    const error = row.errors[0];
    if (!row.success && !harmless.has(error?.statusCode ?? '')) throw new CallFailed(problemFrom(error ?? {}), 'no');
  }
}

/** Integration users take object rights only from permission sets of their own licence (https://help.salesforce.com/s/articleView?id=platform.integration_user.htm). */
async function licenseFor(api: Api, userId: string): Promise<string | undefined> {
  const [rows] = await api.tryQueries([`SELECT Profile.UserLicense.Name FROM User WHERE Id = ${text(userId)}`]);
  return rows !== undefined && !(rows instanceof CallFailed) && JSON.stringify(rows).includes('"Salesforce Integration"') ? 'Salesforce API Integration' : undefined;
}

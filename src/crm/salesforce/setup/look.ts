import { problem } from '../../../domain/problem';
import { CallFailed } from '../../pace';
import type { Description, FieldNeed, SalesNeeds } from '../../port';
import type { Api } from '../api';
import { OBJECTS } from '../convert';
import type { Shapes } from '../describe';
import { AnyComponent, FieldPermissionRow, GlobalSet, IdRow, MetadataField, parseEach, parsed } from '../schema';
import { chunks, isIn, text } from '../soql';
import type { ComponentType } from './components';
import { fullName, PERMISSION_SET, type Metadata } from './shapes';
import { salesComponents } from './tools';
import { sharedSets } from './valueSets';

export interface Provisioning {
  api: Api;
  shapes: Shapes;
  /** User name of the integration user when setup runs with somebody else's session. */
  integrationUser: string | undefined;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** Components of one Metadata API call. */
const COMPONENTS = 10;

/** What the org has of what is needed. */
export interface Found {
  description: Description;
  /** Undefined: the user may not read metadata, so only describe tells. */
  fields: Map<string, MetadataField> | undefined;
  sets: Map<string, GlobalSet> | undefined;
  /** The tools of sales and the permission set, by type and full name (`key`). */
  others: Map<string, Metadata> | undefined;
  /** Paths of Lead that are not Concord's, active ones. */
  otherPaths: string[];
  permissionSetId: string | undefined;
  /** Fields that the permission set lets edit. */
  granted: Map<string, { edit: boolean }>;
  isAssigned: boolean;
  /** Assignments of the permission set, to whomever. */
  assignments: string[];
  assigneeId: string;
  /** The fields are looked at as the integration user itself. */
  isSelf: boolean;
}

export function key(type: ComponentType, name: string): string {
  return `${type}:${name}`;
}

export async function look(on: Provisioning, needs: FieldNeed[], sales: SalesNeeds | undefined): Promise<Found> {
  const { description } = await on.shapes.get(true);
  const session = await on.api.session();
  const sets = await readMetadata(on.api, 'GlobalValueSet', [...sharedSets(needs).keys()], GlobalSet);
  const fields = await readMetadata(on.api, 'CustomField', needs.map(fullName), MetadataField);
  const others = await readOthers(on.api, needs, sales);
  const otherPaths = others === undefined || sales === undefined ? [] : await activePaths(on.api);
  const [permissionSets, users] = await on.api.queryMany([
    `SELECT Id FROM PermissionSet WHERE Name = ${text(PERMISSION_SET)}`,
    ...(on.integrationUser === undefined ? [] : [`SELECT Id FROM User WHERE Username = ${text(on.integrationUser)}`]),
  ]);
  const permissionSetId = firstId(permissionSets);
  const assigneeId = on.integrationUser === undefined ? session.userId : firstId(users);
  if (assigneeId === undefined) {
    throw new CallFailed(problem('not_found', 'salesforce', { remedy: 'Name an existing user as the integration user.' }), 'no');
  }
  const found: Found = {
    description, fields, sets, others, otherPaths, permissionSetId, granted: new Map(), isAssigned: false, assignments: [], assigneeId, isSelf: assigneeId === session.userId,
  };
  if (permissionSetId === undefined) return found;
  const objects = [...new Set(needs.map((need) => OBJECTS[need.object] as string))];
  const [grants, mine, all] = await on.api.queryMany([
    `SELECT Id, Field, PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE ParentId = ${text(permissionSetId)}${objects.length === 0 ? '' : ` AND ${isIn('SobjectType', objects)}`}`,
    `SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = ${text(permissionSetId)} AND AssigneeId = ${text(assigneeId)}`,
    `SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = ${text(permissionSetId)}`,
  ]);
  found.granted = new Map(parseEach(FieldPermissionRow, grants ?? []).good.map((row) => [row.Field, { edit: row.PermissionsEdit }]));
  found.isAssigned = (mine ?? []).length > 0;
  found.assignments = parseEach(IdRow, all ?? []).good.map((row) => row.Id);
  return found;
}

export function firstId(rows: unknown[] | undefined): string | undefined {
  return parsed(IdRow, rows?.[0])?.Id;
}

async function readOthers(api: Api, needs: FieldNeed[], sales: SalesNeeds | undefined): Promise<Map<string, Metadata> | undefined> {
  const names = new Map<ComponentType, string[]>([['PermissionSet', [PERMISSION_SET]]]);
  for (const { type, body } of sales === undefined ? [] : salesComponents(needs, sales)) names.set(type, [...(names.get(type) ?? []), body.fullName]);
  const out = new Map<string, Metadata>();
  for (const [type, some] of names) {
    const found = await readMetadata(api, type, some, AnyComponent);
    if (found === undefined) return undefined;
    for (const [name, body] of found) out.set(key(type, name), body);
  }
  return out;
}

/** Salesforce shows one active path an object and record type: an admin's own is never replaced. */
async function activePaths(api: Api): Promise<string[]> {
  const listed = await api.metadata('read', (metadata) => metadata.list({ type: 'PathAssistant' }));
  const names = parseEach(AnyComponent, Array.isArray(listed) ? listed : listed == null ? [] : [listed]).good.map((one) => one.fullName).filter((name) => !name.startsWith('Concord_'));
  const bodies = (await readMetadata(api, 'PathAssistant', names, AnyComponent)) ?? new Map<string, Metadata>();
  return [...bodies.values()].filter((body) => String(body['active']) === 'true' && body['entityName'] === 'Lead' && body['recordTypeName'] === '__MASTER__').map((body) => body.fullName);
}

/** Existing components by full name. Undefined when the user may not read metadata. Absent ones come back without a name. */
export async function readMetadata<T extends { fullName: string }>(api: Api, type: string, names: string[], schema: Parameters<typeof parseEach<T>>[0]): Promise<Map<string, T> | undefined> {
  const out = new Map<string, T>();
  for (const some of chunks(names, COMPONENTS)) {
    try {
      const list = await api.metadata('read', (metadata) => metadata.read(type, some));
      for (const one of parseEach(schema, Array.isArray(list) ? list : [list]).good) if (one.fullName !== '') out.set(one.fullName, one);
    } catch (cause) {
      if (cause instanceof CallFailed && cause.problem.code === 'no_permission') return undefined;
      throw cause;
    }
  }
  return out;
}

import { ConcordError, EXIT, problem } from '../../domain/problem';
import { CallFailed } from '../pace';
import type { Description, FieldNeed, SetupStep } from '../port';
import type { Api } from './api';
import { OBJECTS } from './convert';
import type { Shapes } from './describe';
import { customField, DESCRIBED_TYPES, fullName, globalValueSet, METADATA_TYPES, PERMISSION_SET, permissionSet, textLength, widenedField, widenedSet, type Metadata } from './metadata';
import { problemFrom, unreadable } from './problems';
import { FieldPermissionRow, GlobalSet, IdRow, MetadataField, MetadataRow, parseEach, parsed, SaveRow } from './schema';
import { chunks, isIn, text } from './soql';

export interface Provisioning {
  api: Api;
  shapes: Shapes;
  /** User name of the integration user when setup runs with somebody else's session. */
  integrationUser: string | undefined;
}

/** Components of one Metadata API call. */
const COMPONENTS = 10;

interface Option {
  value: string;
  label: string;
}

/** What the org has of what is needed. */
interface Found {
  description: Description;
  /** Undefined: the user may not read metadata, so only describe tells. */
  fields: Map<string, MetadataField> | undefined;
  sets: Map<string, GlobalSet> | undefined;
  permissionSetId: string | undefined;
  /** Fields that the permission set lets edit. */
  granted: Map<string, { id: string; edit: boolean }>;
  isAssigned: boolean;
  assigneeId: string;
  /** The fields are looked at as the integration user itself. */
  isSelf: boolean;
}

/** Each step with what it would take: a field to make (several go in one call), or work of its own. */
type Work = SetupStep & { field?: Metadata; do?: () => Promise<void> };

/** What the org lacks for the needs. Changes nothing. */
export async function planSetup(on: Provisioning, needs: FieldNeed[]): Promise<SetupStep[]> {
  return (await work(on, needs)).map(({ id, state, what }) => ({ id, state, what }));
}

/**
 * Makes what is missing: value sets, fields, permissions, the assignment; then looks at the result through a fresh describe. Nothing is removed or
 * deactivated; what exists already is taken as done, so it may be repeated and interrupted at any point.
 */
export async function applySetup(on: Provisioning, needs: FieldNeed[], progress: (done: SetupStep) => void): Promise<void> {
  const steps = await work(on, needs);
  const report = (step: Work): void => progress({ id: step.id, state: 'ok', what: step.what });
  const [sets, others] = [steps.filter((step) => step.id.startsWith('value_set:')), steps.filter((step) => !step.id.startsWith('value_set:'))];
  // Fields take their values from the sets, permissions name the fields.
  for (const step of sets) if (step.do !== undefined) await step.do().then(() => report(step));
  for (const some of chunks(others.flatMap((step) => (step.field === undefined ? [] : [{ step, field: step.field }])), COMPONENTS)) {
    await create(on.api, 'CustomField', some.map((one) => one.field));
    for (const { step } of some) report(step);
  }
  for (const step of others) if (step.do !== undefined) await step.do().then(() => report(step));
  const open = (await work(on, needs)).filter((step) => step.state === 'missing' || step.state === 'differs');
  if (open.length === 0) return;
  throw new ConcordError({
    code: 'setup_incomplete',
    message: `Salesforce took every step, but these are still open: ${open.map((step) => step.id).join(', ')}.`,
    remedy: 'Give the integration user the permission set Concord_Integration, wait a minute, and run setup again.',
    exit: EXIT.failed,
  });
}

async function work(on: Provisioning, needs: FieldNeed[]): Promise<Work[]> {
  const found = await look(on, needs);
  const steps = [...sharedSets(needs)].map(([name, options]) => valueSetStep(on, found, name, options, needs));
  for (const need of needs) steps.push(fieldStep(on, found, need));
  const names = needs.filter((_, at) => steps[steps.length - needs.length + at]?.state !== 'by_hand').map(fullName);
  steps.push(permissionStep(on, found, names), assignmentStep(on, found, names));
  if (steps.some((step) => step.state === 'missing')) steps.push(...BY_HAND);
  return steps;
}

/** What no API of Salesforce does, or none does without replacing what admins keep. */
const BY_HAND: readonly Work[] = [
  { id: 'by_hand:layouts', state: 'by_hand', what: 'Put the reason and note fields on the page layouts of Lead and Contact (or on the Lightning record pages).' },
  { id: 'by_hand:record_types', state: 'by_hand', what: 'Where leads have record types, add the new pick-list values to each of them.' },
  { id: 'by_hand:conversion', state: 'by_hand', what: 'Map the Concord fields of Lead to those of Contact in the lead conversion mapping.' },
  { id: 'by_hand:history', state: 'by_hand', what: 'Turn on field history on Lead and Contact for the status and the rejection fields, so that times and authors are known.' },
];

async function look(on: Provisioning, needs: FieldNeed[]): Promise<Found> {
  const { description } = await on.shapes.get(true);
  const session = await on.api.session();
  const sets = await readMetadata(on.api, 'GlobalValueSet', [...sharedSets(needs).keys()], GlobalSet);
  const fields = await readMetadata(on.api, 'CustomField', needs.map(fullName), MetadataField);
  const [permissionSets, users] = await on.api.queryMany([
    `SELECT Id FROM PermissionSet WHERE Name = ${text(PERMISSION_SET)}`,
    ...(on.integrationUser === undefined ? [] : [`SELECT Id FROM User WHERE Username = ${text(on.integrationUser)}`]),
  ]);
  const permissionSetId = firstId(permissionSets);
  const assigneeId = on.integrationUser === undefined ? session.userId : firstId(users);
  if (assigneeId === undefined) {
    throw new CallFailed(problem('not_found', 'salesforce', { remedy: 'Name an existing user as the integration user.' }), 'no');
  }
  const found: Found = { description, fields, sets, permissionSetId, granted: new Map(), isAssigned: false, assigneeId, isSelf: assigneeId === session.userId };
  if (permissionSetId === undefined) return found;
  const objects = [...new Set(needs.map((need) => OBJECTS[need.object] as string))];
  const [grants, assignments] = await on.api.queryMany([
    `SELECT Id, Field, PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE ParentId = ${text(permissionSetId)}${objects.length === 0 ? '' : ` AND ${isIn('SobjectType', objects)}`}`,
    `SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = ${text(permissionSetId)} AND AssigneeId = ${text(assigneeId)}`,
  ]);
  found.granted = new Map(parseEach(FieldPermissionRow, grants ?? []).good.map((row) => [row.Field, { id: row.Id, edit: row.PermissionsEdit }]));
  found.isAssigned = (assignments ?? []).length > 0;
  return found;
}

function firstId(rows: unknown[] | undefined): string | undefined {
  return parsed(IdRow, rows?.[0])?.Id;
}

/** Existing components by full name. Undefined when the user may not read metadata. Absent ones come back without a name. */
async function readMetadata<T extends { fullName: string }>(api: Api, type: string, names: string[], schema: Parameters<typeof parseEach<T>>[0]): Promise<Map<string, T> | undefined> {
  const out = new Map<string, T>();
  for (const some of chunks(names, COMPONENTS)) {
    try {
      const list = await api.metadata('read', (metadata) => metadata.read(type, some));
      for (const one of parseEach(schema, Array.isArray(list) ? list : []).good) if (one.fullName !== '') out.set(one.fullName, one);
    } catch (cause) {
      if (cause instanceof CallFailed && cause.problem.code === 'no_permission') return undefined;
      throw cause;
    }
  }
  return out;
}

function sharedSets(needs: FieldNeed[]): Map<string, Option[]> {
  const out = new Map<string, Option[]>();
  for (const need of needs) {
    if (need.sharedOptions === undefined) continue;
    const known = out.get(need.sharedOptions) ?? [];
    out.set(need.sharedOptions, [...known, ...(need.options ?? []).filter((option) => !known.some((one) => one.value === option.value))]);
  }
  return out;
}

function lacking(options: readonly Option[], existing: readonly string[]): Option[] {
  return options.filter((option) => !existing.includes(option.value));
}

const listed = (options: readonly Option[]): string => options.map((option) => option.value).join(', ');

function valueSetStep(on: Provisioning, found: Found, name: string, options: Option[], needs: readonly FieldNeed[]): Work {
  const id = `value_set:${name}`;
  // Without the right to read metadata, which runs do not need, the fields themselves tell what their set holds.
  const seen = found.sets === undefined ? needs.filter((need) => need.sharedOptions === name).map((need) => found.description[need.object]?.[need.name]?.options) : [];
  if (seen.length > 0 && seen.every((values) => values !== undefined && lacking(options, values.map(({ value }) => value)).length === 0)) return { id, state: 'ok', what: `Global value set ${name}.` };
  const existing = found.sets?.get(name);
  if (existing === undefined) {
    return { id, state: 'missing', what: `Global value set ${name} with ${options.length} values.`, do: () => create(on.api, 'GlobalValueSet', [globalValueSet(name, options)]) };
  }
  const missing = lacking(options, existing.customValue.map((value) => value.fullName));
  if (missing.length === 0) return { id, state: 'ok', what: `Global value set ${name}.` };
  return { id, state: 'differs', what: `Global value set ${name} lacks: ${listed(missing)}.`, do: () => update(on.api, 'GlobalValueSet', widenedSet(existing, missing)) };
}

function fieldStep(on: Provisioning, found: Found, need: FieldNeed): Work {
  const name = fullName(need);
  const id = `field:${name}`;
  const seen = found.description[need.object]?.[need.name];
  const existing = found.fields?.get(name);
  if (existing === undefined && seen === undefined) {
    return { id, state: 'missing', what: `Field ${name} (${need.type}).`, field: customField(need) };
  }
  const isOfType = existing === undefined ? seen?.type === DESCRIBED_TYPES[need.type] : METADATA_TYPES[need.type].includes(existing.type);
  if (!isOfType) return { id, state: 'by_hand', what: `Field ${name} exists with another type: rename it, or name another field in the agreement.` };
  if (need.unique === true && !(existing?.externalId ?? seen?.unique ?? false)) return { id, state: 'by_hand', what: `Field ${name} must be an external id and unique.` };
  const own = existing?.valueSet?.valueSetDefinition?.value;
  const isShared = need.sharedOptions !== undefined && existing?.valueSet?.valueSetName === need.sharedOptions;
  const options = own?.map((value) => value.fullName) ?? seen?.options?.map((option) => option.value);
  // The values of a shared set are the set's step.
  const missing = need.type !== 'option' || isShared || options === undefined ? [] : lacking(need.options ?? [], options);
  if (missing.length > 0) {
    if (existing === undefined || own === undefined) return { id, state: 'by_hand', what: `Field ${name} takes its values from another set; it lacks: ${listed(missing)}.` };
    return { id, state: 'differs', what: `Field ${name} lacks the values: ${listed(missing)}.`, do: () => update(on.api, 'CustomField', widenedField(existing, need, missing)) };
  }
  const length = existing?.length ?? seen?.length;
  const wanted = need.type === 'text' ? textLength(need) : need.type === 'longtext' ? (need.length ?? 0) : 0;
  if (need.length !== undefined && length != null && length < wanted) {
    if (existing === undefined) return { id, state: 'by_hand', what: `Field ${name} must hold ${wanted} characters.` };
    return { id, state: 'differs', what: `Field ${name} holds ${length} characters and needs ${wanted}.`, do: () => update(on.api, 'CustomField', widenedField(existing, need, [])) };
  }
  return { id, state: 'ok', what: `Field ${name}.` };
}

/** A field made through the API is hidden from everybody, its maker included, until a permission set shows it. */
function permissionStep(on: Provisioning, found: Found, names: string[]): Work {
  const id = `permission_set:${PERMISSION_SET}`;
  const hidden = names.filter((name) => found.granted.get(name)?.edit !== true && !(found.isSelf && isWritable(found.description, name)));
  if (hidden.length === 0) return { id, state: 'ok', what: `The integration user may edit the Concord fields.` };
  if (found.permissionSetId === undefined) {
    return {
      id,
      state: 'missing',
      what: `Permission set ${PERMISSION_SET} with edit access to ${names.length} fields.`,
      do: async () => create(on.api, 'PermissionSet', [permissionSet(names, await licenseFor(on.api, found.assigneeId))]),
    };
  }
  return { id, state: 'differs', what: `Permission set ${PERMISSION_SET} lacks edit access to: ${hidden.join(', ')}.`, do: () => grant(on.api, found, hidden) };
}

function assignmentStep(on: Provisioning, found: Found, names: string[]): Work {
  const id = `assignment:${PERMISSION_SET}`;
  const what = `Permission set ${PERMISSION_SET} assigned to the integration user.`;
  const isNeedless = found.isSelf && names.every((name) => isWritable(found.description, name));
  if (found.isAssigned || isNeedless) return { id, state: 'ok', what };
  return { id, state: 'missing', what, do: () => assign(on.api, found.assigneeId) };
}

function isWritable(description: Description, name: string): boolean {
  const [object = '', field = ''] = name.split('.');
  const fields = object === OBJECTS.lead ? description.lead : description.contact;
  return fields?.[field]?.writable === true;
}

async function create(api: Api, type: string, metadata: Record<string, unknown>[]): Promise<void> {
  // The names are unique in the org: made twice, the second time is refused as a duplicate, which is as good.
  const rows = await api.metadata('repeatable', (calls) => calls.create(type, metadata));
  settle(rows, type);
}

async function update(api: Api, type: string, metadata: Record<string, unknown>): Promise<void> {
  settle(await api.metadata('repeatable', (calls) => calls.update(type, [metadata])), type);
}

const EXISTS: ReadonlySet<string> = new Set(['DUPLICATE_DEVELOPER_NAME', 'DUPLICATE_VALUE']);

function settle(rows: unknown, what: string): void {
  for (const raw of Array.isArray(rows) ? rows : [rows]) {
    const row = parsed(MetadataRow, raw);
    if (row === undefined) throw new CallFailed(unreadable(what), 'maybe');
    const error = row.errors?.[0];
    if (row.success || (error !== undefined && EXISTS.has(error.statusCode ?? ''))) continue;
    throw new CallFailed({ ...problemFrom(error ?? {}), fields: [row.fullName] }, 'no');
  }
}

/** Adds field permissions one by one through the data API: a permission set sent whole would lose what is not named in it. */
async function grant(api: Api, found: Found, fields: string[]): Promise<void> {
  const made = fields.filter((field) => !found.granted.has(field)).map((field) => ({
    attributes: { type: 'FieldPermissions' }, ParentId: found.permissionSetId, SobjectType: field.split('.')[0], Field: field, PermissionsRead: true, PermissionsEdit: true,
  }));
  const widened = fields.flatMap((field) => {
    const row = found.granted.get(field);
    return row === undefined ? [] : [{ attributes: { type: 'FieldPermissions' }, id: row.id, PermissionsRead: true, PermissionsEdit: true }];
  });
  for (const records of chunks(made, 200)) await save(api, 'POST', records);
  for (const records of chunks(widened, 200)) await save(api, 'PATCH', records);
}

async function assign(api: Api, assigneeId: string): Promise<void> {
  const [rows] = await api.queryMany([`SELECT Id FROM PermissionSet WHERE Name = ${text(PERMISSION_SET)}`]);
  await save(api, 'POST', [{ attributes: { type: 'PermissionSetAssignment' }, AssigneeId: assigneeId, PermissionSetId: firstId(rows) }]);
}

async function save(api: Api, method: 'POST' | 'PATCH', records: Record<string, unknown>[]): Promise<void> {
  const { body } = await api.send({ method, path: '/composite/sobjects', kind: 'repeatable', body: () => ({ allOrNone: false, records }) });
  for (const raw of Array.isArray(body) ? (body as unknown[]) : [body]) {
    const row = parsed(SaveRow, raw);
    if (row === undefined) throw new CallFailed(unreadable('collection'), 'maybe');
    const error = row.errors[0];
    if (!row.success && !(error !== undefined && EXISTS.has(error.statusCode ?? ''))) throw new CallFailed(problemFrom(error ?? {}), 'no');
  }
}

/** Integration users take object rights only from permission sets of their own licence (https://help.salesforce.com/s/articleView?id=platform.integration_user.htm). */
async function licenseFor(api: Api, userId: string): Promise<string | undefined> {
  const [rows] = await api.tryQueries([`SELECT Profile.UserLicense.Name FROM User WHERE Id = ${text(userId)}`]);
  return rows !== undefined && !(rows instanceof CallFailed) && JSON.stringify(rows).includes('"Salesforce Integration"') ? 'Salesforce API Integration' : undefined;
}

import type { ObjectName } from '../../domain/record';
import { CallFailed } from '../pace';
import type { Finding, ObjectRights, RecordTypeFacts, Survey } from '../survey';
import type { Api } from './api';
import { OBJECTS, READING_ORDER } from './convert';
import {
  AnyRow, BasicInfo, CurrencyRow, LicenceRow, NameRow, ObjectPermissionRow, OrganizationSettings, parseEach, parsed, RecordTypeRow, RecordTypeValues, RuleRow, SalesStageRow, Version,
} from './schema';
import { isIn, text } from './soql';

/** Record types looked at with their values: each costs a call. */
const RECORD_TYPES = 20;

/**
 * What the integration user may do and how the org is set up: about seven calls. Changes nothing. A question that this user may not ask, or that this
 * edition does not know, becomes a null or a finding; only trouble of the org as a whole is thrown.
 */
export async function survey(api: Api): Promise<Survey> {
  const { userId = '' } = await api.session();
  const { subs } = await api.composite(READING_ORDER.map((object) => `/sobjects/${OBJECTS[object]}`));
  const rights: Partial<Record<ObjectName, ObjectRights>> = {};
  for (const [at, object] of READING_ORDER.entries()) {
    const sub = subs[at];
    // An object that the user may not see has no such resource.
    const info = sub?.ok === true ? parsed(BasicInfo, sub.body)?.objectDescribe : undefined;
    rights[object] = { read: info?.queryable ?? false, create: info?.createable ?? false, update: info?.updateable ?? false };
  }
  const read = Object.values(OBJECTS);
  const [users, licences, rules, types, stages, organization, queues, viewAll, currencies, tasks] = await api.tryQueries([
    `SELECT Name, Profile.Name, Profile.UserLicense.Name FROM User WHERE Id = ${text(userId)}`,
    `SELECT Id FROM PermissionSetLicenseAssign WHERE AssigneeId = ${text(userId)} AND PermissionSetLicense.DeveloperName = 'SalesforceAPIIntegrationPsl'`,
    "SELECT Name FROM AssignmentRule WHERE SobjectType = 'Lead' AND Active = true",
    "SELECT Id, Name, DeveloperName, SobjectType FROM RecordType WHERE IsActive = true AND SobjectType IN ('Lead','Contact') ORDER BY SobjectType DESC, Name",
    'SELECT ApiName, MasterLabel, IsClosed, IsWon FROM OpportunityStage WHERE IsActive = true ORDER BY SortOrder',
    'SELECT TimeZoneSidKey, LanguageLocaleKey FROM Organization',
    "SELECT Id, Name FROM Group WHERE Type = 'Queue' ORDER BY Name",
    `SELECT SobjectType, PermissionsViewAllRecords FROM ObjectPermissions WHERE ParentId IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ${text(userId)}) AND ${isIn('SobjectType', read)}`,
    // Only orgs with several currencies have this object.
    'SELECT IsoCode, IsCorporate FROM CurrencyType WHERE IsActive = true ORDER BY IsCorporate DESC, IsoCode',
    'SELECT Id, WhoId, CompletedDateTime FROM Task LIMIT 1',
  ]);
  const permissions = await ownPermissions(api);
  const settings = rows(OrganizationSettings, organization)?.[0];
  const money = rows(CurrencyRow, currencies) ?? [];
  return {
    findings: [
      await version(api),
      ...licence(rows(LicenceRow, users)?.[0], licences),
      ...permissionFindings(permissions),
      sharing(permissions, rows(ObjectPermissionRow, viewAll)),
      tasksSeen(tasks),
    ],
    rights,
    timeZone: settings?.TimeZoneSidKey ?? null,
    currency: money.find((row) => row.IsCorporate)?.IsoCode ?? null,
    currencies: money.map((row) => row.IsoCode),
    language: settings?.LanguageLocaleKey ?? null,
    assignees: (rows(NameRow, queues) ?? []).map((row) => ({ id: row.Id, name: row.Name, kind: 'queue' })),
    staffDomains: [],
    recordTypes: await recordTypes(api, rows(RecordTypeRow, types) ?? []),
    opportunityStages: (rows(SalesStageRow, stages) ?? []).map((row) => ({ value: row.ApiName, label: row.MasterLabel ?? row.ApiName, closed: row.IsClosed, won: row.IsWon })),
    assignmentRules: rows(RuleRow, rules)?.map((row) => row.Name) ?? null,
    integration: null,
  };
}

/** S1. A user without access to activities has no such object. */
function tasksSeen(answer: unknown[] | CallFailed | undefined): Finding {
  const ok = answer !== undefined && !(answer instanceof CallFailed);
  return {
    id: 'object.task',
    ok,
    blocks: false,
    message: ok ? 'may read when tasks were closed' : 'the integration user may not read tasks: a first touch by a call, a mail or a task is seen by the last activity date alone, later than it was',
    remedy: ok ? null : 'Give the user “Access Activities” and read access to WhoId and CompletedDateTime of Task, or write touch.tasks: false under sla.',
    serves: 'touch',
  };
}

function rows<T>(schema: Parameters<typeof parseEach<T>>[0], answer: unknown[] | CallFailed | undefined): T[] | null {
  return answer === undefined || answer instanceof CallFailed ? null : parseEach(schema, answer).good;
}

/** `GET /services/data` lists what the org serves, and is not counted against the quota. */
async function version(api: Api): Promise<Finding> {
  const { body } = await api.send({ method: 'GET', path: '/services/data', kind: 'read' });
  const offered = parseEach(Version, Array.isArray(body) ? (body as unknown[]) : []).good;
  const ok = offered.some((one) => one.version === api.version);
  const newest = offered.at(-1)?.version ?? 'unknown';
  return {
    id: 'api.version',
    ok,
    blocks: true,
    message: ok ? `API version ${api.version}; the org’s newest is ${newest}` : `the org does not serve API version ${api.version} (its newest is ${newest})`,
    remedy: ok ? null : 'Update Concord: this version of it speaks to an API that the org has retired or does not have yet.',
  };
}

const INTEGRATION_LICENCE = 'Salesforce Integration';

/** https://help.salesforce.com/s/articleView?id=platform.integration_user.htm: the licence gives no rights on objects without its companion licence. */
function licence(user: { Profile?: { Name: string; UserLicense?: { Name: string } | null | undefined } | null | undefined } | undefined, companions: unknown[] | CallFailed | undefined): Finding[] {
  const name = user?.Profile?.UserLicense?.Name;
  if (name === undefined) return [{ id: 'licence.user', ok: false, blocks: false, message: 'the licence of the integration user cannot be seen', remedy: 'Look at the user in Setup > Users: its licence should be Salesforce Integration.' }];
  const isIntegration = name === INTEGRATION_LICENCE;
  const user_ = { id: 'licence.user', ok: isIntegration, blocks: false, message: isIntegration ? `integration user with the licence ${name}` : `the integration user works under the licence ${name}, which a person could use`, remedy: isIntegration ? null : 'Give Concord a user of its own with the licence Salesforce Integration and the profile Minimum Access - API Only Integrations.' };
  if (!isIntegration || companions === undefined || companions instanceof CallFailed) return [user_];
  const ok = companions.length > 0;
  const companion = { id: 'licence.permission_set', ok, blocks: false, message: ok ? 'permission set licence Salesforce API Integration' : 'the integration user lacks the permission set licence Salesforce API Integration, without which no permission set gives it rights on leads and contacts', remedy: ok ? null : 'Assign it: Setup > Users > the integration user > Permission Set License Assignments.' };
  return [user_, companion];
}

/**
 * What `UserPermissionAccess` tells about the user who asks, with the name that admins see and what it is for. The permission set that setup makes grants none of
 * them: which of them its licence allows is not told anywhere, and a deploy that lists one too many is refused as a whole. Admins give them by hand (docs/install.md).
 */
const PERMISSIONS = [
  { name: 'ApiEnabled', label: 'API Enabled', purpose: 'every call', blocks: true },
  { name: 'AllowViewEditConvertedLeads', label: 'View and Edit Converted Leads', purpose: 'finishing a write on a lead that was converted between reading and writing', blocks: false },
  { name: 'EditTask', label: 'Edit Tasks', purpose: 'leaving tasks for owners and the escalation contact', blocks: false, serves: 'tasks' },
  { name: 'ModifyMetadata', label: 'Modify Metadata Through Metadata API Functions', purpose: 'setup; not for runs, so take it away afterwards', blocks: false },
] as const;

type Permissions = Map<string, boolean>;

/** A permission that an edition does not know makes the whole query fail, so each is asked for by itself then. */
async function ownPermissions(api: Api): Promise<Permissions> {
  const names = [...PERMISSIONS.map(({ name }) => name), 'ViewAllData', 'ModifyAllData'].map((name) => `Permissions${name}`);
  const ask = (some: string[]): string => `SELECT ${some.join(', ')} FROM UserPermissionAccess`;
  const [all] = await api.tryQueries([ask(names)]);
  const answers = all instanceof CallFailed || all === undefined ? await api.tryQueries(names.map((name) => ask([name]))) : [all];
  const found: Permissions = new Map();
  for (const answer of answers) {
    if (answer instanceof CallFailed) continue;
    for (const [name, value] of Object.entries(parsed(AnyRow, answer[0]) ?? {})) if (typeof value === 'boolean') found.set(name.replace(/^Permissions/, ''), value);
  }
  return found;
}

function permissionFindings(permissions: Permissions): Finding[] {
  return PERMISSIONS.map((permission) => {
    const { name, label, purpose, blocks } = permission;
    const serves = 'serves' in permission ? { serves: permission.serves } : {};
    const granted = permissions.get(name) ?? (name === 'ModifyMetadata' ? permissions.get('ModifyAllData') : undefined);
    if (granted === undefined) return { id: `permission.${name}`, ok: false, blocks: false, message: `whether the integration user has “${label}” cannot be seen`, remedy: `Look in Setup > Users > the integration user > View Summary; it is needed for ${purpose}.`, ...serves };
    return {
      id: `permission.${name}`,
      ok: granted,
      blocks,
      message: granted ? `permission “${label}”` : `the integration user lacks “${label}”, needed for ${purpose}`,
      remedy: granted ? null : `Add “${label}” to a permission set of the integration user.`,
      ...serves,
    };
  });
}

/** Records that sharing keeps from the user are not read, and nothing says so: a person seems to have no lead. */
function sharing(permissions: Permissions, granted: { SobjectType: string; PermissionsViewAllRecords: boolean }[] | null): Finding {
  const seesAll = permissions.get('ViewAllData') === true;
  const hidden = seesAll ? [] : ['Lead', 'Contact', 'Opportunity'].filter((object) => granted?.some((row) => row.SobjectType === object && row.PermissionsViewAllRecords) !== true);
  const ok = hidden.length === 0;
  return {
    id: 'permission.view_all',
    ok,
    blocks: false,
    message: ok ? 'every lead, contact and opportunity can be seen, whoever shares it' : `records of ${hidden.join(', ')} that are not shared with the integration user stay unseen`,
    remedy: ok ? null : `Give the permission set of the integration user “View All” on ${hidden.join(', ')}.`,
  };
}

/** Each record type has its own choice of values, for leads by its business process. The User Interface API is the one that tells them. */
async function recordTypes(api: Api, found: { Id: string; Name: string; DeveloperName: string; SobjectType: string }[]): Promise<RecordTypeFacts[]> {
  const out: RecordTypeFacts[] = [];
  for (const row of found.slice(0, RECORD_TYPES)) {
    out.push({ object: row.SobjectType === OBJECTS.lead ? 'lead' : 'contact', id: row.Id, name: row.Name, developerName: row.DeveloperName, offers: await offers(api, row.SobjectType, row.Id) });
  }
  return out;
}

async function offers(api: Api, object: string, recordType: string): Promise<Record<string, string[]> | null> {
  try {
    const { body } = await api.send({ method: 'GET', path: `/ui-api/object-info/${object}/picklist-values/${recordType}`, kind: 'read' });
    const answer = parsed(RecordTypeValues, body);
    return answer === undefined ? null : Object.fromEntries(Object.entries(answer.picklistFieldValues).map(([field, { values }]) => [field, values.map(({ value }) => value)]));
  } catch (cause) {
    if (!(cause instanceof CallFailed) || !['no_permission', 'not_found', 'bad_request'].includes(cause.problem.code)) throw cause;
    return null;
  }
}

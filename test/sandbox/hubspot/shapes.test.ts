import { closePortals, openPortal, type Portal } from './support';

/**
 * Required keys of HubSpot's published OpenAPI files (https://github.com/HubSpot/HubSpot-public-api-spec-collection, revision 9989379),
 * by schema. An answer of ours carries each of them.
 */
const required = {
  SimplePublicObject: ['archived', 'createdAt', 'id', 'properties', 'updatedAt'],
  SimplePublicUpsertObject: ['archived', 'createdAt', 'id', 'new', 'properties', 'updatedAt'],
  ValueWithTimestamp: ['sourceType', 'timestamp', 'value'],
  BatchResponse: ['completedAt', 'results', 'startedAt', 'status'],
  Error: ['category', 'correlationId', 'message'],
  Property: ['description', 'fieldType', 'groupName', 'label', 'name', 'options', 'type'],
  Option: ['hidden', 'label', 'value'],
  PropertyModificationMetadata: ['archivable', 'readOnlyDefinition', 'readOnlyValue'],
  PropertyGroup: ['archived', 'label', 'name'],
  PublicOwner: ['archived', 'createdAt', 'id', 'type', 'updatedAt'],
  Pipeline: ['archived', 'createdAt', 'displayOrder', 'id', 'label', 'stages', 'updatedAt'],
  PipelineStage: ['archived', 'createdAt', 'displayOrder', 'id', 'label', 'metadata', 'updatedAt', 'writePermissions'],
  LabelsBetweenObjectPair: ['fromObjectId', 'fromObjectTypeId', 'labels', 'toObjectId', 'toObjectTypeId'],
  PublicDefaultAssociation: ['associationSpec', 'from', 'to'],
  PublicStatus: ['channel', 'source', 'status', 'subscriberIdString', 'subscriptionId', 'timestamp'],
  PublicWideStatus: ['channel', 'status', 'subscriberIdString', 'timestamp', 'wideStatusType'],
  SubscriptionDefinition: ['createdAt', 'description', 'id', 'isActive', 'isDefault', 'isInternal', 'name', 'updatedAt'],
  PublicSubscriptionStatus: ['description', 'id', 'name', 'sourceOfStatus', 'status'],
  PortalInformation: ['accountType', 'additionalCurrencies', 'companyCurrency', 'dataHostingLocation', 'portalId', 'timeZone', 'uiDomain', 'utcOffset', 'utcOffsetMilliseconds'],
  ApiUsage: ['collectedAt', 'currentUsage', 'fetchStatus', 'name', 'usageLimit'],
  CustomPropertyLimit: ['byObjectType', 'overallLimit', 'overallPercentage', 'overallUsage'],
  PublicObjectList: ['listId', 'listVersion', 'name', 'objectTypeId', 'processingStatus', 'processingType'],
  MembershipsUpdate: ['recordIdsMissing', 'recordIdsRemoved', 'recordsIdsAdded'],
} as const;

let portal: Portal;
let contact: string;
let company: string;
beforeEach(async () => {
  portal = await openPortal();
  const owner = portal.state.addOwner({ email: 'rep@example.com' });
  const ui = portal.state.act({ sourceType: 'CRM_UI' });
  contact = ui.create('contacts', { email: 'ana@example.com', hubspot_owner_id: owner.id }).id;
  company = ui.create('companies', { name: 'Acme' }).id;
});
afterEach(closePortals);

/** The value at a path of keys and positions. */
function at(value: unknown, path: string): unknown {
  return path.split('.').filter((key) => key !== '').reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], value);
}

type Case = [schema: keyof typeof required, method: string, path: string, where: string, body?: unknown];

const cases: Case[] = [
  ['SimplePublicObject', 'GET', '/crm/objects/2026-09/contacts', 'results.0'],
  ['SimplePublicObject', 'GET', '/crm/objects/2026-09/contacts/CONTACT', ''],
  ['ValueWithTimestamp', 'GET', '/crm/v3/objects/contacts/CONTACT?propertiesWithHistory=email', 'propertiesWithHistory.email.0'],
  ['SimplePublicObject', 'POST', '/crm/objects/2026-09/tasks', '', { properties: { hs_timestamp: '2026-11-22T09:00:00Z' } }],
  ['BatchResponse', 'POST', '/crm/objects/2026-09/contacts/batch/read', '', { inputs: [{ id: '1' }] }],
  ['SimplePublicUpsertObject', 'POST', '/crm/v3/objects/contacts/batch/upsert', 'results.0', { inputs: [{ id: 'bo@example.com', idProperty: 'email', properties: {} }] }],
  ['SimplePublicObject', 'POST', '/crm/v3/objects/contacts/search', 'results.0', {}],
  ['Error', 'POST', '/crm/v3/objects/contacts', '', { properties: { email: 'ana@example.com' } }],
  ['Property', 'GET', '/crm/properties/2026-09/contacts', 'results.0'],
  ['PropertyModificationMetadata', 'GET', '/crm/v3/properties/contacts/email', 'modificationMetadata'],
  ['Option', 'GET', '/crm/v3/properties/contacts/lifecyclestage', 'options.0'],
  ['PropertyGroup', 'GET', '/crm/v3/properties/contacts/groups', 'results.0'],
  ['PublicOwner', 'GET', '/crm/owners/2026-09', 'results.0'],
  ['Pipeline', 'GET', '/crm/pipelines/2026-09/deals', 'results.0'],
  ['PipelineStage', 'GET', '/crm/v3/pipelines/deals/default', 'stages.0'],
  ['PublicDefaultAssociation', 'PUT', '/crm/v4/objects/contacts/CONTACT/associations/default/companies/COMPANY', 'results.0'],
  ['LabelsBetweenObjectPair', 'PUT', '/crm/v4/objects/contacts/CONTACT/associations/companies/COMPANY', '', [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 1 }]],
  ['PublicStatus', 'GET', '/communication-preferences/2026-09/statuses/ana@example.com?channel=EMAIL', 'results.0'],
  ['PublicWideStatus', 'GET', '/communication-preferences/v4/statuses/ana@example.com/unsubscribe-all?channel=EMAIL', 'results.0'],
  ['SubscriptionDefinition', 'GET', '/communication-preferences/v3/definitions', 'subscriptionDefinitions.0'],
  ['PublicSubscriptionStatus', 'GET', '/communication-preferences/v3/status/email/ana@example.com', 'subscriptionStatuses.0'],
  ['PortalInformation', 'GET', '/account-info/2026-09/details', ''],
  ['ApiUsage', 'GET', '/account-info/v3/api-usage/daily/private-apps', 'results.0'],
  ['CustomPropertyLimit', 'GET', '/crm/v3/limits/custom-properties', ''],
  ['PublicObjectList', 'POST', '/crm/lists/2026-09', 'list', { name: 'L', objectTypeId: '0-1', processingType: 'MANUAL' }],
];

test.each(cases.map(([schema, method, path, where, body]) => ({ schema, method, path, where, body })))('$schema: $method $path', async ({ schema, method, path, where, body }) => {
  const answer = await portal.call(method, path.replace('CONTACT', contact).replace('COMPANY', company), body);

  const found = at(answer.body, where) as Record<string, unknown> | undefined;
  expect(Object.entries(found ?? {}).filter(([, value]) => value !== undefined).map(([key]) => key)).toEqual(expect.arrayContaining([...required[schema]]));
});

test('MembershipsUpdate', async () => {
  const { body } = await portal.post('/crm/v3/lists', { name: 'L', objectTypeId: '0-1', processingType: 'MANUAL' });

  const answer = await portal.call('PUT', `/crm/v3/lists/${body.list.listId}/memberships/add`, [contact]);

  expect(Object.keys(answer.body).sort()).toEqual([...required.MembershipsUpdate].sort());
});

import { convertLead, type LeadConversion } from '../convert';
import { SalesforceError } from '../errors';
import { mergeRecords } from '../merge';
import { actor, type Actor, type Org } from '../org';
import { normaliseId, renderDateTime } from '../values';
import { errorMember, writeResult, type SoapCall } from './envelope';
import { asList, asObject, asText, element, isTrue, type XmlObject, type XmlValue } from './xml';

const NAMESPACE = 'urn:partner.soap.sforce.com';

/** The partner SOAP calls that have no REST twin (convertLead, merge, undelete), and the plain ones that clients send the same way. */
export function partnerCall(org: Org, userId: string, call: SoapCall): string {
  const who = actor(userId, { allowDuplicates: false });
  const args = call.arguments;
  const results = run(org, who, call.operation, args);
  return writeResult(NAMESPACE, call.operation, results);
}

function run(org: Org, who: Actor, operation: string, args: XmlObject): string {
  switch (operation) {
    case 'convertLead':
      return each(org, asList(args.leadConverts), (value) => {
        const result = convertLead(org, who, conversion(asObject(value)));
        return { accountId: result.accountId, contactId: result.contactId, leadId: result.leadId, opportunityId: result.opportunityId, success: true };
      });
    case 'merge':
      return each(org, asList(args.mergeRequests), (value) => merge(org, who, asObject(value)));
    case 'create':
      return each(org, asList(args.sObjects), (value) => {
        const { type, fields } = sObject(asObject(value));
        return { id: org.records.create(who, type, fields), success: true };
      });
    case 'update':
      return each(org, asList(args.sObjects), (value) => {
        const { type, fields, id } = sObject(asObject(value));
        if (id === undefined) throw new SalesforceError('MISSING_ARGUMENT', 'Id not specified in an update call');
        org.records.update(who, type, id, fields);
        return { id, success: true };
      });
    case 'delete':
      return each(org, asList(args.ids), (value) => {
        const { id, type } = locate(org, value);
        org.records.delete(who, type, id);
        return { id, success: true };
      });
    case 'undelete':
      return each(org, asList(args.ids), (value) => {
        const { id, type } = locate(org, value);
        org.records.restore(who, type, id);
        return { id, success: true };
      });
    case 'getServerTimestamp':
      return element('result', { timestamp: renderDateTime(org.clock.now()).replace('+0000', 'Z') });
    case 'getUserInfo': {
      const user = org.storage.get('User', who.userId);
      return element('result', {
        organizationId: org.orgId,
        organizationName: 'Concord Sandbox',
        userEmail: user?.Email ?? '',
        userFullName: user?.Name ?? '',
        userId: who.userId,
        userName: user?.Username ?? '',
        userTimeZone: user?.TimeZoneSidKey ?? 'GMT',
        userType: 'Standard',
      });
    }
    case 'logout':
      return '';
    default:
      throw new SalesforceError('INVALID_OPERATION', `operation not supported by the sandbox: ${operation}`);
  }
}

/** Runs each row on its own: a refused one carries its errors, the others stand. */
function each(org: Org, values: XmlValue[], step: (value: XmlValue) => Record<string, unknown>): string {
  return values
    .map((value) => {
      try {
        return element('result', org.atomic(() => step(value)));
      } catch (error) {
        if (!(error instanceof SalesforceError)) throw error;
        return `<result>${errorMember(error)}<success>false</success></result>`;
      }
    })
    .join('');
}

function locate(org: Org, value: XmlValue): { id: string; type: string } {
  const id = normaliseId(asText(value));
  const type = id === undefined ? undefined : org.catalog.objectOfId(id);
  if (id === undefined || type === undefined) throw new SalesforceError('MALFORMED_ID', `malformed id ${asText(value)}`);
  return { id, type };
}

function sObject(value: XmlObject): { type: string; id: string | undefined; fields: Record<string, unknown> } {
  const fields: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) if (name !== 'type' && name !== 'Id' && name !== 'fieldsToNull') fields[name] = member;
  for (const name of asList(value.fieldsToNull)) fields[asText(name)] = null;
  // jsforce writes the id as text, some clients twice: the first counts.
  const id = normaliseId(asText(asList(value.Id)[0]));
  return { type: asText(asList(value.type)[0]), id, fields };
}

function given(value: XmlValue | undefined): string | undefined {
  const text = asText(value);
  return text === '' ? undefined : text;
}

function id(value: XmlValue | undefined): string | undefined {
  const text = given(value);
  if (text === undefined) return undefined;
  const normal = normaliseId(text);
  if (normal === undefined) throw new SalesforceError('MALFORMED_ID', `malformed id ${text}`);
  return normal;
}

function conversion(value: XmlObject): LeadConversion {
  const leadId = id(value.leadId);
  const convertedStatus = given(value.convertedStatus);
  if (leadId === undefined || convertedStatus === undefined) throw new SalesforceError('REQUIRED_FIELD_MISSING', 'leadId and convertedStatus are required');
  return {
    leadId,
    convertedStatus,
    accountId: id(value.accountId),
    contactId: id(value.contactId),
    opportunityId: id(value.opportunityId),
    opportunityName: given(value.opportunityName),
    ownerId: id(value.ownerId),
    doNotCreateOpportunity: isTrue(value.doNotCreateOpportunity),
    overwriteLeadSource: isTrue(value.overwriteLeadSource),
  };
}

function merge(org: Org, who: Actor, value: XmlObject): Record<string, unknown> {
  const master = sObject(asObject(value.masterRecord));
  if (master.id === undefined) throw new SalesforceError('MISSING_ARGUMENT', 'masterRecord needs an Id');
  const losers = asList(value.recordToMergeIds).map((v) => locate(org, v).id);
  return { ...mergeRecords(org, who, master.type, master.id, losers, master.fields), success: true };
}

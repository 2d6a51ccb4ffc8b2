import { SalesforceError } from './errors';
import type { Actor, Org } from './org';
import { renderDate, type Row } from './values';

/** What a conversion is asked for. Empty members mean "not given". */
export interface LeadConversion {
  leadId: string;
  convertedStatus: string;
  accountId?: string | undefined;
  contactId?: string | undefined;
  opportunityId?: string | undefined;
  opportunityName?: string | undefined;
  ownerId?: string | undefined;
  doNotCreateOpportunity?: boolean | undefined;
  overwriteLeadSource?: boolean | undefined;
}

export interface LeadConversionResult {
  leadId: string;
  accountId: string;
  contactId: string;
  opportunityId: string | null;
}

export interface FieldMapping {
  outputObject: string;
  inputField: string;
  outputField: string;
}

/** Standard fields that conversion carries over, by target. */
const STANDARD: Record<string, [from: string, to: string][]> = {
  Account: [
    ['Company', 'Name'], ['Phone', 'Phone'], ['Fax', 'Fax'], ['Website', 'Website'], ['Industry', 'Industry'], ['Rating', 'Rating'],
    ['AnnualRevenue', 'AnnualRevenue'], ['NumberOfEmployees', 'NumberOfEmployees'], ['LeadSource', 'AccountSource'],
    ['Street', 'BillingStreet'], ['City', 'BillingCity'], ['State', 'BillingState'], ['PostalCode', 'BillingPostalCode'], ['Country', 'BillingCountry'],
  ],
  Contact: [
    ['LastName', 'LastName'], ['FirstName', 'FirstName'], ['Salutation', 'Salutation'], ['Title', 'Title'], ['Email', 'Email'], ['Phone', 'Phone'],
    ['MobilePhone', 'MobilePhone'], ['Fax', 'Fax'], ['LeadSource', 'LeadSource'], ['Description', 'Description'],
    ['HasOptedOutOfEmail', 'HasOptedOutOfEmail'], ['HasOptedOutOfFax', 'HasOptedOutOfFax'], ['DoNotCall', 'DoNotCall'],
    ['Street', 'MailingStreet'], ['City', 'MailingCity'], ['State', 'MailingState'], ['PostalCode', 'MailingPostalCode'], ['Country', 'MailingCountry'],
  ],
  Opportunity: [['LeadSource', 'LeadSource']],
};

/** The custom fields mapped for conversion (metadata type `LeadConvertSettings`). */
export function conversionMappings(org: Org): FieldMapping[] {
  return org.settings.get<FieldMapping[]>('leadConvertMappings', []);
}

/**
 * Converts a lead into a contact of an account, with an opportunity unless told not to. An account or contact that is given keeps its values:
 * only empty fields are filled; a lead without a company becomes a person account where the org has them (https://developer.salesforce.com/docs/atlas.en-us.api.meta/object_ref/sforce_api_calls_convertlead.htm).
 */
export function convertLead(org: Org, actor: Actor, asked: LeadConversion): LeadConversionResult {
  const lead = org.records.live(actor, org.catalog.known('Lead'), asked.leadId);
  org.checkLock(actor, asked.leadId);
  if (!org.access.may(actor.userId, 'ConvertLeads')) throw new SalesforceError('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id');
  if (lead.IsConverted === 1) throw new SalesforceError('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
  if (!org.catalog.leadStatuses().some((s) => s.value === asked.convertedStatus && s.converted)) {
    throw new SalesforceError('INVALID_STATUS', `invalid convertedStatus: ${asked.convertedStatus}`);
  }
  const ownerId = asked.ownerId ?? (lead.OwnerId as string);
  if (!ownerId.startsWith('005')) throw new SalesforceError('INVALID_FIELD', 'ownerId: a lead owned by a queue needs an owner who is a user');
  if (asked.contactId !== undefined && asked.accountId === undefined) throw new SalesforceError('REQUIRED_FIELD_MISSING', 'accountId is required when contactId is given');
  // A converting user need not see the mapped fields: the platform copies them.
  const platform: Actor = { ...actor, system: true, autoAssign: false };
  const isPerson = asked.accountId === undefined && org.catalog.has('personAccounts') && (lead.Company ?? null) === null;
  const accountId = isPerson ? org.records.create({ ...platform, allowDuplicates: true }, 'Account', personOf(lead, ownerId)) : target(org, platform, lead, 'Account', asked.accountId, { OwnerId: ownerId });
  const ofPerson = isPerson ? (org.storage.get('Account', accountId)?.PersonContactId as string) : asked.contactId;
  const contactId = target(org, platform, lead, 'Contact', ofPerson, { OwnerId: ownerId, AccountId: accountId }, asked.overwriteLeadSource ?? false);
  let opportunityId: string | null = null;
  if (asked.opportunityId !== undefined) {
    opportunityId = target(org, platform, lead, 'Opportunity', asked.opportunityId, {});
  } else if (!(asked.doNotCreateOpportunity ?? false)) {
    const closeDate = renderDate(endOfQuarter(org.now()));
    const stage = org.catalog.stages()[0]?.value ?? 'Prospecting';
    opportunityId = target(org, platform, lead, 'Opportunity', undefined, {
      OwnerId: ownerId,
      AccountId: accountId,
      Name: asked.opportunityName ?? `${String(lead.Company ?? lead.LastName)}-`,
      StageName: stage,
      CloseDate: closeDate,
    });
  }
  if (opportunityId !== null && org.storage.find('OpportunityContactRole', { OpportunityId: opportunityId, ContactId: contactId }).length === 0) {
    const first = org.storage.find('OpportunityContactRole', { OpportunityId: opportunityId }).length === 0;
    org.records.create(platform, 'OpportunityContactRole', { OpportunityId: opportunityId, ContactId: contactId, IsPrimary: first });
  }
  const now = org.now();
  const done: Row = {
    Status: asked.convertedStatus,
    IsConverted: 1,
    ConvertedDate: renderDate(now),
    ConvertedAccountId: accountId,
    ConvertedContactId: contactId,
    ConvertedOpportunityId: opportunityId,
    IsUnreadByOwner: 0,
    LastModifiedDate: now,
    LastModifiedById: actor.userId,
    SystemModstamp: now,
  };
  org.storage.update('Lead', asked.leadId, done);
  org.historyOf(actor, 'Lead', asked.leadId, 'leadConverted');
  moveChildren(org, asked.leadId, contactId);
  return { leadId: asked.leadId, accountId, contactId, opportunityId };
}

/** The account of a lead without a company: the person's own. */
function personOf(lead: Row, ownerId: string): Record<string, unknown> {
  return { LastName: lead.LastName, ...(lead.FirstName === null ? {} : { FirstName: lead.FirstName }), ...(lead.Email === null ? {} : { PersonEmail: lead.Email }), OwnerId: ownerId };
}

/** Fills a new record, or the empty fields of a given one, with what the lead carries. Returns its id. */
function target(org: Org, actor: Actor, lead: Row, object: string, id: string | undefined, fixed: Record<string, string>, overwriteSource = false): string {
  const shape = org.catalog.known(object);
  const leadShape = org.catalog.known('Lead');
  const given: Record<string, unknown> = {};
  const mapped = conversionMappings(org).filter((m) => m.outputObject === object).map((m): [string, string] => [m.inputField, m.outputField]);
  for (const [from, to] of [...(STANDARD[object] ?? []), ...mapped]) {
    const source = org.catalog.field(leadShape, from);
    const sink = org.catalog.field(shape, to);
    const value = source ? lead[source.name] : undefined;
    if (sink && value !== null && value !== undefined) given[sink.name] = source?.type === 'boolean' ? value === 1 : value;
  }
  if (id === undefined) return org.records.create({ ...actor, allowDuplicates: true }, object, { ...given, ...fixed });
  const existing = org.records.live(actor, shape, id);
  const fill: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const empty = (existing[name] ?? null) === null || existing[name] === 0;
    if (empty || (name === 'LeadSource' && overwriteSource)) fill[name] = value;
  }
  if (Object.keys(fill).length > 0) org.records.update(actor, object, id, fill);
  return id;
}

/** Tasks, events and campaign memberships of the lead go on with the contact. */
function moveChildren(org: Org, leadId: string, contactId: string): void {
  const now = org.now();
  for (const object of ['Task', 'Event']) {
    for (const row of org.storage.find(object, { WhoId: leadId })) org.storage.update(object, row.Id as string, { WhoId: contactId, SystemModstamp: now });
  }
  for (const row of org.storage.find('CampaignMember', { LeadId: leadId })) {
    const twin = org.storage.find('CampaignMember', { CampaignId: row.CampaignId ?? null, ContactId: contactId })[0];
    if (!twin) org.storage.update('CampaignMember', row.Id as string, { ContactId: contactId, LeadOrContactId: contactId, Type: 'Contact', SystemModstamp: now });
  }
}

function endOfQuarter(ms: number): number {
  const day = new Date(ms);
  return Date.UTC(day.getUTCFullYear(), Math.floor(day.getUTCMonth() / 3) * 3 + 3, 0);
}

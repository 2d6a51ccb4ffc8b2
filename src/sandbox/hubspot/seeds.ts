import type { Definition, PropertyGroup, PropertyOption } from './definitions';
import type { ObjectType } from './objectTypes';

type Seed = [name: string, label: string, kind: string, options?: [value: string, label: string][]];

/** HubSpot's own stages in their default order: https://knowledge.hubspot.com/records/use-lifecycle-stages */
export const defaultStages: [string, string][] = [
  ['subscriber', 'Subscriber'],
  ['lead', 'Lead'],
  ['marketingqualifiedlead', 'Marketing Qualified Lead'],
  ['salesqualifiedlead', 'Sales Qualified Lead'],
  ['opportunity', 'Opportunity'],
  ['customer', 'Customer'],
  ['evangelist', 'Evangelist'],
  ['other', 'Other'],
];

const leadStatuses: [string, string][] = [
  ['NEW', 'New'],
  ['OPEN', 'Open'],
  ['IN_PROGRESS', 'In Progress'],
  ['OPEN_DEAL', 'Open Deal'],
  ['UNQUALIFIED', 'Unqualified'],
  ['ATTEMPTED_TO_CONTACT', 'Attempted to Contact'],
  ['CONNECTED', 'Connected'],
  ['BAD_TIMING', 'Bad Timing'],
];

const sources: [string, string][] = [
  ['ORGANIC_SEARCH', 'Organic Search'],
  ['PAID_SEARCH', 'Paid Search'],
  ['EMAIL_MARKETING', 'Email Marketing'],
  ['SOCIAL_MEDIA', 'Organic Social'],
  ['REFERRALS', 'Referrals'],
  ['OTHER_CAMPAIGNS', 'Other Campaigns'],
  ['DIRECT_TRAFFIC', 'Direct Traffic'],
  ['OFFLINE', 'Offline Sources'],
  ['PAID_SOCIAL', 'Paid Social'],
  ['AI_REFERRALS', 'AI Referrals'],
];

const legalBases: [string, string][] = [
  ['Legitimate interest – prospect/lead', 'Legitimate interest – prospect/lead'],
  ['Legitimate interest – existing customer', 'Legitimate interest – existing customer'],
  ['Legitimate interest - other', 'Legitimate interest - other'],
  ['Performance of a contract', 'Performance of a contract'],
  ['Freely given consent from contact', 'Freely given consent from contact'],
  ['Not applicable', 'Not applicable'],
];

/** Kinds: a value type, `-` before it for a read-only value, `*` after it for a field type other than the first. */
const contactSeeds: Seed[] = [
  ['email', 'Email', 'string'],
  ['hs_additional_emails', 'Additional email addresses', 'enumeration-free'],
  ['firstname', 'First Name', 'string'],
  ['lastname', 'Last Name', 'string'],
  ['salutation', 'Salutation', 'string'],
  ['jobtitle', 'Job Title', 'string'],
  ['company', 'Company Name', 'string'],
  ['website', 'Website URL', 'string'],
  ['phone', 'Phone Number', 'phone'],
  ['mobilephone', 'Mobile Phone Number', 'phone'],
  ['address', 'Street Address', 'string'],
  ['city', 'City', 'string'],
  ['state', 'State/Region', 'string'],
  ['zip', 'Postal Code', 'string'],
  ['country', 'Country/Region', 'string'],
  ['industry', 'Industry', 'string'],
  ['annualrevenue', 'Annual Revenue', 'string'],
  ['numemployees', 'Number of Employees', 'string'],
  ['message', 'Message', 'textarea'],
  ['hs_language', 'Preferred language', 'select', [['en', 'English'], ['es', 'Spanish'], ['es-mx', 'Spanish - Mexico'], ['pt', 'Portuguese'], ['pt-br', 'Portuguese - Brazil'], ['de', 'German'], ['fr', 'French']]],
  ['lifecyclestage', 'Lifecycle Stage', 'radio', defaultStages],
  ['hs_lead_status', 'Lead Status', 'radio', leadStatuses],
  ['hubspot_owner_id', 'Contact owner', 'owner'],
  ['hubspot_owner_assigneddate', 'Owner Assigned Date', '-datetime'],
  ['hubspot_team_id', 'HubSpot Team', '-string'],
  ['hs_object_id', 'Record ID', '-number'],
  ['createdate', 'Create Date', '-datetime'],
  ['lastmodifieddate', 'Last Modified Date', '-datetime'],
  ['hs_lastmodifieddate', 'Object last modified date/time', '-datetime'],
  ['hs_merged_object_ids', 'Merged record IDs', '-enumeration-free'],
  ['hs_all_contact_vids', 'All vids for a contact', '-enumeration-free'],
  ['hs_is_merge_revertible', 'Is merge revertible', '-bool'],
  ['hs_object_source', 'Record source', '-string'],
  ['hs_object_source_id', 'Record source ID', '-string'],
  ['hs_object_source_label', 'Record source label', '-string'],
  ['hs_object_source_detail_1', 'Record source detail 1', '-string'],
  ['hs_object_source_user_id', 'Record creation source user ID', '-number'],
  ['hs_analytics_source', 'Original Traffic Source', 'select', sources],
  ['hs_analytics_source_data_1', 'Original Traffic Source Drill-Down 1', '-string'],
  ['hs_analytics_source_data_2', 'Original Traffic Source Drill-Down 2', '-string'],
  ['hs_latest_source', 'Latest Traffic Source', '-select', sources],
  ['hs_latest_source_data_1', 'Latest Traffic Source Drill-Down 1', '-string'],
  ['hs_latest_source_data_2', 'Latest Traffic Source Drill-Down 2', '-string'],
  ['hs_latest_source_timestamp', 'Latest Traffic Source Date', '-datetime'],
  ['hs_marketable_status', 'Marketing contact status', '-bool'],
  ['hs_marketable_reason_type', 'Marketing contact status source type', '-string'],
  ['hs_marketable_reason_id', 'Marketing contact status source name', '-string'],
  ['hs_email_optout', 'Unsubscribed from all email', '-bool'],
  ['hs_email_bounce', 'Marketing emails bounced', '-number'],
  ['hs_email_bad_address', 'Invalid email address', '-bool'],
  ['hs_email_quarantined', 'Email Address Quarantined', '-bool'],
  ['hs_legal_basis', "Legal basis for processing contact's data", 'checkbox', legalBases],
  ['hs_latest_disqualified_lead_date', 'Latest Disqualified Lead Date', '-datetime'],
  ['hs_latest_qualified_lead_date', 'Latest Qualified Lead Date', '-datetime'],
  ['hs_latest_open_lead_date', 'Latest Open Lead Date', '-datetime'],
  ['num_associated_deals', 'Number of Associated Deals', '-number'],
  ['associatedcompanyid', 'Primary Associated Company ID', '-number'],
  ['first_conversion_date', 'First Conversion Date', '-datetime'],
  ['first_conversion_event_name', 'First Conversion', '-string'],
  ['recent_conversion_date', 'Recent Conversion Date', '-datetime'],
  ['recent_conversion_event_name', 'Recent Conversion', '-string'],
  ['num_conversion_events', 'Number of Form Submissions', '-number'],
  ['num_unique_conversion_events', 'Number of Unique Forms Submitted', '-number'],
  ['hs_email_last_open_date', 'Last marketing email open date', '-datetime'],
  ['hs_email_last_click_date', 'Last marketing email click date', '-datetime'],
  ['hs_analytics_last_visit_timestamp', 'Time Last Seen', '-datetime'],
  ['hs_analytics_num_page_views', 'Number of Pageviews', '-number'],
  ['hs_analytics_num_visits', 'Number of Sessions', '-number'],
  ['notes_last_updated', 'Last Activity Date', '-datetime'],
  ['notes_last_contacted', 'Last Contacted', '-datetime'],
  ['hs_sales_email_last_replied', 'Recent Sales Email Replied Date', '-datetime'],
  ['hubspotscore', 'HubSpot Score', '-number'],
  ['hs_predictivecontactscore_v2', 'Likelihood to close', '-number'],
];

const companySeeds: Seed[] = [
  ['name', 'Company name', 'string'],
  ['domain', 'Company Domain Name', 'string'],
  ['website', 'Website URL', 'string'],
  ['phone', 'Phone Number', 'phone'],
  ['address', 'Street Address', 'string'],
  ['city', 'City', 'string'],
  ['state', 'State/Region', 'string'],
  ['zip', 'Postal Code', 'string'],
  ['country', 'Country/Region', 'string'],
  ['industry', 'Industry', 'string'],
  ['numberofemployees', 'Number of Employees', 'number'],
  ['annualrevenue', 'Annual Revenue', 'number'],
  ['description', 'Description', 'textarea'],
  ['lifecyclestage', 'Lifecycle Stage', 'radio', defaultStages],
  ['hs_lead_status', 'Lead Status', 'radio', leadStatuses],
  ['hubspot_owner_id', 'Company owner', 'owner'],
  ['hubspot_owner_assigneddate', 'Owner assigned date', '-datetime'],
  ['hs_object_id', 'Record ID', '-number'],
  ['createdate', 'Create Date', '-datetime'],
  ['hs_lastmodifieddate', 'Last Modified Date', '-datetime'],
  ['hs_merged_object_ids', 'Merged record IDs', '-enumeration-free'],
  ['hs_object_source', 'Record source', '-string'],
  ['hs_object_source_id', 'Record source ID', '-string'],
  ['hs_object_source_label', 'Record source label', '-string'],
  ['hs_object_source_user_id', 'Record creation source user ID', '-number'],
  ['num_associated_contacts', 'Number of Associated Contacts', '-number'],
  ['num_associated_deals', 'Number of Associated Deals', '-number'],
  ['notes_last_updated', 'Last Activity Date', '-datetime'],
];

const dealSeeds: Seed[] = [
  ['dealname', 'Deal Name', 'string'],
  ['pipeline', 'Pipeline', 'pipeline'],
  ['dealstage', 'Deal Stage', 'pipeline'],
  ['amount', 'Amount', 'number'],
  ['deal_currency_code', 'Currency', 'string'],
  ['closedate', 'Close Date', 'datetime'],
  ['createdate', 'Create Date', 'datetime'],
  ['dealtype', 'Deal Type', 'radio', [['newbusiness', 'New Business'], ['existingbusiness', 'Existing Business']]],
  ['description', 'Deal Description', 'textarea'],
  ['closed_lost_reason', 'Closed Lost Reason', 'textarea'],
  ['closed_won_reason', 'Closed Won Reason', 'textarea'],
  ['hs_is_closed', 'Is Deal Closed?', '-bool'],
  ['hs_is_closed_won', 'Is Closed Won', '-bool'],
  ['hs_closed_amount', 'Closed Deal Amount', '-number'],
  ['hubspot_owner_id', 'Deal owner', 'owner'],
  ['hubspot_owner_assigneddate', 'Owner assigned date', '-datetime'],
  ['hs_object_id', 'Record ID', '-number'],
  ['hs_lastmodifieddate', 'Last Modified Date', '-datetime'],
  ['hs_merged_object_ids', 'Merged record IDs', '-enumeration-free'],
  ['hs_object_source', 'Record source', '-string'],
  ['hs_object_source_id', 'Record source ID', '-string'],
  ['hs_object_source_label', 'Record source label', '-string'],
  ['hs_object_source_user_id', 'Record creation source user ID', '-number'],
  ['num_associated_contacts', 'Number of Associated Contacts', '-number'],
  ['notes_last_updated', 'Last Activity Date', '-datetime'],
];

const engagementSeeds: Seed[] = [
  ['hs_timestamp', 'Activity date', 'datetime'],
  ['hubspot_owner_id', 'Activity assigned to', 'owner'],
  ['hubspot_owner_assigneddate', 'Owner assigned date', '-datetime'],
  ['hs_attachment_ids', 'Attached file IDs', 'enumeration-free'],
  ['hs_object_id', 'Record ID', '-number'],
  ['hs_createdate', 'Create date', '-datetime'],
  ['hs_lastmodifieddate', 'Last modified date', '-datetime'],
  ['hs_object_source', 'Record source', '-string'],
  ['hs_object_source_id', 'Record source ID', '-string'],
  ['hs_object_source_label', 'Record source label', '-string'],
  ['hs_object_source_user_id', 'Record creation source user ID', '-number'],
];

const noteSeeds: Seed[] = [...engagementSeeds, ['hs_note_body', 'Note body', 'html']];

const taskSeeds: Seed[] = [
  ...engagementSeeds,
  ['hs_task_subject', 'Task Title', 'string'],
  ['hs_task_body', 'Task Notes', 'html'],
  ['hs_task_status', 'Task Status', 'select', [['NOT_STARTED', 'Not started'], ['IN_PROGRESS', 'In progress'], ['WAITING', 'Waiting'], ['DEFERRED', 'Deferred'], ['COMPLETED', 'Completed']]],
  ['hs_task_priority', 'Priority', 'select', [['NONE', 'None'], ['LOW', 'Low'], ['MEDIUM', 'Medium'], ['HIGH', 'High']]],
  ['hs_task_type', 'Task Type', 'select', [['TODO', 'To-do'], ['CALL', 'Call'], ['EMAIL', 'Email']]],
  ['hs_task_reminders', 'Reminders', 'enumeration-free'],
];

const seeds: Record<ObjectType, { group: [string, string]; seeds: Seed[] }> = {
  contacts: { group: ['contactinformation', 'Contact information'], seeds: contactSeeds },
  companies: { group: ['companyinformation', 'Company information'], seeds: companySeeds },
  deals: { group: ['dealinformation', 'Deal information'], seeds: dealSeeds },
  notes: { group: ['engagement', 'Engagement'], seeds: noteSeeds },
  tasks: { group: ['engagement', 'Engagement'], seeds: taskSeeds },
};

/** What the value types and field types of a seed's kind are. */
const kinds: Record<string, { type: string; fieldType: string }> = {
  string: { type: 'string', fieldType: 'text' },
  textarea: { type: 'string', fieldType: 'textarea' },
  html: { type: 'string', fieldType: 'html' },
  phone: { type: 'string', fieldType: 'phonenumber' },
  number: { type: 'number', fieldType: 'number' },
  bool: { type: 'bool', fieldType: 'booleancheckbox' },
  datetime: { type: 'datetime', fieldType: 'date' },
  select: { type: 'enumeration', fieldType: 'select' },
  radio: { type: 'enumeration', fieldType: 'radio' },
  checkbox: { type: 'enumeration', fieldType: 'checkbox' },
  owner: { type: 'enumeration', fieldType: 'select' },
  pipeline: { type: 'enumeration', fieldType: 'radio' },
  'enumeration-free': { type: 'enumeration', fieldType: 'checkbox' },
};

function optionList(options: [string, string][]): PropertyOption[] {
  return options.map(([value, label], displayOrder) => ({ label, value, displayOrder, hidden: false }));
}

/** A definition of HubSpot's own. `kind` is a key of `kinds`, with `-` in front for a value that only HubSpot writes. */
export function hubspotDefinition(name: string, label: string, kind: string, groupName: string, options: [string, string][] = []): Definition {
  const readOnly = kind.startsWith('-');
  const shape = kinds[readOnly ? kind.slice(1) : kind];
  if (shape === undefined) throw new Error(`No such kind of property: ${kind}`);
  const external = kind === 'owner';
  return {
    name,
    label,
    description: '',
    ...shape,
    groupName,
    options: shape.type === 'bool' ? optionList([['true', 'Yes'], ['false', 'No']]) : optionList(options),
    displayOrder: -1,
    calculated: readOnly && ['num_associated_deals', 'num_associated_contacts', 'hs_is_closed', 'hs_is_closed_won', 'hs_closed_amount'].includes(name),
    externalOptions: external,
    ...(external ? { referencedObjectType: 'OWNER' } : {}),
    hasUniqueValue: false,
    hidden: false,
    hubspotDefined: true,
    formField: !readOnly,
    archived: false,
    dataSensitivity: 'non_sensitive',
    modificationMetadata: {
      archivable: false,
      readOnlyDefinition: true,
      readOnlyValue: readOnly,
      readOnlyOptions: name !== 'lifecyclestage' && name !== 'hs_lead_status' && name !== 'dealtype',
    },
  };
}

/** Timing properties of one lifecycle stage, as HubSpot makes them for default and custom stages alike. */
export function stageDefinitions(stage: string, label: string): Definition[] {
  const group = 'contactinformation';
  return [
    hubspotDefinition(`hs_v2_date_entered_${stage}`, `Date entered "${label}"`, '-datetime', group),
    hubspotDefinition(`hs_v2_date_exited_${stage}`, `Date exited "${label}"`, '-datetime', group),
    hubspotDefinition(`hs_lifecyclestage_${stage}_date`, `Became a ${label} Date`, '-datetime', group),
  ].map((definition) => ({ ...definition, calculated: true }));
}

export function seedGroups(type: ObjectType): PropertyGroup[] {
  const [name, label] = seeds[type].group;
  return [{ name, label, displayOrder: 0, archived: false }];
}

export function seedDefinitions(type: ObjectType): Definition[] {
  const { group, seeds: list } = seeds[type];
  const definitions = list.map(([name, label, kind, options]) => hubspotDefinition(name, label, kind, group[0], options));
  if (type !== 'contacts' && type !== 'companies') return definitions;
  const stages = defaultStages.flatMap(([stage, label]) => stageDefinitions(stage, label).map((definition) => ({ ...definition, groupName: group[0] })));
  const current = hubspotDefinition('hs_v2_date_entered_current_stage', 'Date entered current stage', '-datetime', group[0]);
  return [...definitions, ...stages, { ...current, calculated: true }];
}

/** What HubSpot's own Salesforce connector adds to a portal's contacts. */
export function connectorDefinitions(): { group: PropertyGroup; definitions: Definition[] } {
  const group = 'salesforceinformation';
  const list: [string, string, string][] = [
    ['salesforceaccountid', 'Salesforce Account ID', '-string'],
    ['salesforcecampaignids', 'Salesforce Campaign IDs', '-string'],
    ['salesforcecontactid', 'Salesforce Contact ID', '-string'],
    ['salesforcedeleted', 'Salesforce Deleted', '-bool'],
    ['salesforcelastsynctime', 'Last Salesforce Sync Time', '-datetime'],
    ['salesforceleadid', 'Salesforce Lead ID', '-string'],
    ['salesforceopportunitystage', 'Salesforce Opportunity Stage', '-string'],
    ['salesforceownerid', 'Salesforce Owner ID', '-string'],
    ['sfcampaignid', 'Salesforce Campaign ID', '-string'],
  ];
  return {
    group: { name: group, label: 'Salesforce Information', displayOrder: 1, archived: false },
    definitions: list.map(([name, label, kind]) => hubspotDefinition(name, label, kind, group)),
  };
}

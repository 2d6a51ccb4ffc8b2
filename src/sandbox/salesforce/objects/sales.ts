import { check, date, dateTime, field, longText, money, object, pick, readOnly, ref, text, type Field, type SObject } from './define';

/** Opportunities, their contact roles and histories, campaigns. */

const percent = (name: string, label: string, options = {}): Field => field(name, label, 'percent', { precision: 3, ...options });
const currency = (): Field => pick('CurrencyIsoCode', 'Currency ISO Code', { length: 3, feature: 'multiCurrency', restricted: true, valueSet: 'CurrencyIsoCode' });
const fixed = { ...readOnly, permissionable: false } as const;

export const opportunity: SObject = object(
  'Opportunity',
  'Opportunity',
  '006',
  [
    ref('AccountId', 'Account ID', 'Account'),
    ref('RecordTypeId', 'Record Type ID', 'RecordType', { feature: 'recordTypes', permissionable: false }),
    check('IsPrivate', 'Private'),
    text('Name', 'Name', 120, { required: true, permissionable: false }),
    longText('Description', 'Description', 32000),
    pick('StageName', 'Stage', { valueSet: 'OpportunityStage', required: true, permissionable: false }),
    money('Amount', 'Amount'),
    percent('Probability', 'Probability (%)'),
    date('CloseDate', 'Close Date', { required: true, permissionable: false }),
    pick('Type', 'Opportunity Type', { valueSet: 'OpportunityType' }),
    text('NextStep', 'Next Step', 255),
    pick('LeadSource', 'Lead Source', { valueSet: 'LeadSource' }),
    check('IsClosed', 'Closed', fixed),
    check('IsWon', 'Won', fixed),
    pick('ForecastCategory', 'Forecast Category', { ...fixed, length: 40 }),
    pick('ForecastCategoryName', 'Forecast Category', { length: 40 }),
    ref('CampaignId', 'Campaign ID', 'Campaign'),
    check('HasOpportunityLineItem', 'Has Line Item', fixed),
    // Primary contact role: can be given at creation only.
    ref('ContactId', 'Contact ID', 'Contact', { updateable: false, permissionable: false }),
    ref('OwnerId', 'Owner ID', 'User', { permissionable: false }),
    date('LastActivityDate', 'Last Activity', fixed),
    dateTime('LastStageChangeDate', 'Last Stage Change Date', fixed),
    currency(),
  ],
  {
    plural: 'Opportunities',
    history: { object: 'OpportunityFieldHistory', parent: 'OpportunityId' },
    children: [
      { name: 'OpportunityContactRoles', child: 'OpportunityContactRole', field: 'OpportunityId' },
      { name: 'OpportunityHistories', child: 'OpportunityHistory', field: 'OpportunityId' },
      { name: 'Histories', child: 'OpportunityFieldHistory', field: 'OpportunityId' },
      { name: 'Tasks', child: 'Task', field: 'WhatId' },
    ],
    indexes: [['AccountId']],
  },
);

export const opportunityContactRole: SObject = object(
  'OpportunityContactRole',
  'Opportunity Contact Role',
  '00K',
  [
    ref('OpportunityId', 'Opportunity ID', 'Opportunity', { required: true, updateable: false, permissionable: false }),
    ref('ContactId', 'Contact ID', 'Contact', { required: true, permissionable: false }),
    pick('Role', 'Role', { valueSet: 'ContactRole', length: 40 }),
    check('IsPrimary', 'Primary'),
    currency(),
  ],
  { indexes: [['OpportunityId'], ['ContactId']] },
);

export const opportunityHistory: SObject = object(
  'OpportunityHistory',
  'Opportunity History',
  '008',
  [
    ref('OpportunityId', 'Opportunity ID', 'Opportunity', fixed),
    pick('StageName', 'Stage Name', { ...fixed, valueSet: 'OpportunityStage' }),
    money('Amount', 'Amount', fixed),
    money('ExpectedRevenue', 'Expected Revenue', fixed),
    date('CloseDate', 'Close Date', fixed),
    percent('Probability', 'Probability', fixed),
    pick('ForecastCategory', 'To ForecastCategory', { ...fixed, length: 40 }),
    money('PrevAmount', 'Previous Amount', fixed),
    date('PrevCloseDate', 'Previous Close Date', fixed),
    { ...currency(), ...fixed },
  ],
  { plural: 'Opportunity History', createable: false, updateable: false, deletable: false, indexes: [['OpportunityId'], ['CreatedDate']] },
);

/** Field history rows: only of tracked fields, from the moment tracking is switched on. */
function fieldHistory(name: string, label: string, parent: string, parentObject: string): SObject {
  return object(
    name,
    label,
    '017',
    [
      ref(parent, `${parentObject} ID`, parentObject, fixed),
      pick('Field', 'Changed Field', fixed),
      text('DataType', 'Datatype', 40, fixed),
      field('OldValue', 'Old Value', 'anyType', { ...fixed, filterable: false }),
      field('NewValue', 'New Value', 'anyType', { ...fixed, filterable: false }),
    ],
    { plural: label, createable: false, updateable: false, deletable: false, indexes: [[parent], ['CreatedDate']] },
  );
}

export const histories: SObject[] = [
  fieldHistory('LeadHistory', 'Lead History', 'LeadId', 'Lead'),
  fieldHistory('ContactHistory', 'Contact History', 'ContactId', 'Contact'),
  fieldHistory('AccountHistory', 'Account History', 'AccountId', 'Account'),
  fieldHistory('OpportunityFieldHistory', 'Opportunity Field History', 'OpportunityId', 'Opportunity'),
];

export const campaign: SObject = object(
  'Campaign',
  'Campaign',
  '701',
  [
    text('Name', 'Name', 80, { required: true, permissionable: false }),
    ref('ParentId', 'Parent Campaign ID', 'Campaign'),
    pick('Type', 'Type', { valueSet: 'CampaignType', length: 40 }),
    pick('Status', 'Status', { valueSet: 'CampaignStatus', length: 40 }),
    date('StartDate', 'Start Date'),
    date('EndDate', 'End Date'),
    money('BudgetedCost', 'Budgeted Cost', { scale: 0 }),
    money('ActualCost', 'Actual Cost', { scale: 0 }),
    check('IsActive', 'Active'),
    longText('Description', 'Description', 32000),
    ref('OwnerId', 'Owner ID', 'User', { permissionable: false }),
    currency(),
  ],
  { children: [{ name: 'CampaignMembers', child: 'CampaignMember', field: 'CampaignId' }] },
);

export const campaignMember: SObject = object(
  'CampaignMember',
  'Campaign Member',
  '00v',
  [
    ref('CampaignId', 'Campaign ID', 'Campaign', { required: true, updateable: false, permissionable: false }),
    ref('LeadId', 'Lead ID', 'Lead', { updateable: false, permissionable: false }),
    ref('ContactId', 'Contact ID', 'Contact', { updateable: false, permissionable: false }),
    pick('Status', 'Status', { length: 40, permissionable: false }),
    check('HasResponded', 'Responded', fixed),
    date('FirstRespondedDate', 'First Responded Date', fixed),
    ref('LeadOrContactId', 'Related Record ID', ['Lead', 'Contact'], { ...fixed, relationshipName: null }),
    text('Type', 'Type', 40, fixed),
    currency(),
  ],
  { indexes: [['CampaignId'], ['LeadId'], ['ContactId']] },
);

export const campaignMemberStatus: SObject = object(
  'CampaignMemberStatus',
  'Campaign Member Status',
  '01Y',
  [
    ref('CampaignId', 'Campaign ID', 'Campaign', { required: true, updateable: false, permissionable: false, relationshipName: null }),
    text('Label', 'Label', 40, { required: true, permissionable: false }),
    field('SortOrder', 'Sort Order', 'int', { precision: 9 }),
    check('IsDefault', 'Is Default'),
    check('HasResponded', 'Responded'),
  ],
  { plural: 'Campaign Member Statuses', indexes: [['CampaignId']] },
);

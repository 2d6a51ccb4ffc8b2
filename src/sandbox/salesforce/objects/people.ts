import { check, count, date, dateTime, field, longText, money, object, pick, readOnly, ref, text, type Field, type SObject } from './define';

/** Lead, Contact and Account with the fields, types and lengths of the vendor's object reference. */

function address(prefix: string): Field[] {
  return [
    longText(`${prefix}Street`, `${prefix} Street`.trim(), 255),
    text(`${prefix}City`, `${prefix} City`.trim(), 40),
    text(`${prefix}State`, `${prefix} State/Province`.trim(), 80),
    text(`${prefix}PostalCode`, `${prefix} Zip/Postal Code`.trim(), 20),
    text(`${prefix}Country`, `${prefix} Country`.trim(), 80),
  ];
}

const owner = (): Field => ref('OwnerId', 'Owner ID', 'User', { permissionable: false });
const master = (name: string): Field => ref('MasterRecordId', 'Master Record ID', name, { ...readOnly, permissionable: false });
const currency = (): Field => pick('CurrencyIsoCode', 'Currency ISO Code', { length: 3, feature: 'multiCurrency', restricted: true, valueSet: 'CurrencyIsoCode' });
const recordType = (): Field => ref('RecordTypeId', 'Record Type ID', 'RecordType', { feature: 'recordTypes', permissionable: false });

function personName(): Field[] {
  return [
    text('LastName', 'Last Name', 80, { required: true, permissionable: false }),
    text('FirstName', 'First Name', 40, { permissionable: false }),
    pick('Salutation', 'Salutation', { length: 40, permissionable: false }),
    text('Name', 'Full Name', 121, { ...readOnly, permissionable: false }),
  ];
}

function activityAndMail(): Field[] {
  return [
    date('LastActivityDate', 'Last Activity', { ...readOnly, permissionable: false }),
    check('HasOptedOutOfEmail', 'Email Opt Out'),
    check('HasOptedOutOfFax', 'Fax Opt Out'),
    check('DoNotCall', 'Do Not Call'),
    text('EmailBouncedReason', 'Email Bounced Reason', 255),
    dateTime('EmailBouncedDate', 'Email Bounced Date'),
    dateTime('LastTransferDate', 'Last Transfer Date', readOnly),
    ref('IndividualId', 'Individual ID', 'Individual'),
    text('Jigsaw', 'Data.com Key', 20),
  ];
}

export const lead: SObject = object(
  'Lead',
  'Lead',
  '00Q',
  [
    master('Lead'),
    ...personName(),
    recordType(),
    text('Title', 'Title', 128),
    text('Company', 'Company', 255, { required: true, permissionable: false }),
    ...address(''),
    field('Phone', 'Phone', 'phone', { length: 40 }),
    field('MobilePhone', 'Mobile Phone', 'phone', { length: 40 }),
    field('Fax', 'Fax', 'phone', { length: 40 }),
    field('Email', 'Email', 'email', { length: 80, idLookup: true }),
    field('Website', 'Website', 'url', { length: 255 }),
    longText('Description', 'Lead Description', 32000),
    pick('LeadSource', 'Lead Source', { valueSet: 'LeadSource' }),
    pick('Status', 'Status', { valueSet: 'LeadStatus', permissionable: false }),
    pick('Industry', 'Industry', { valueSet: 'Industry' }),
    pick('Rating', 'Rating', { valueSet: 'AccountRating' }),
    money('AnnualRevenue', 'Annual Revenue', { scale: 0 }),
    count('NumberOfEmployees', 'Employees'),
    ref('OwnerId', 'Owner ID', ['Group', 'User'], { permissionable: false }),
    // Settable at insert by those who may set audit fields only; conversion is the way.
    check('IsConverted', 'Converted', { ...readOnly, permissionable: false }),
    date('ConvertedDate', 'Converted Date', { ...readOnly, permissionable: false }),
    ref('ConvertedAccountId', 'Converted Account ID', 'Account', { ...readOnly, permissionable: false }),
    ref('ConvertedContactId', 'Converted Contact ID', 'Contact', { ...readOnly, permissionable: false }),
    ref('ConvertedOpportunityId', 'Converted Opportunity ID', 'Opportunity', { ...readOnly, permissionable: false }),
    check('IsUnreadByOwner', 'Unread By Owner', { permissionable: false, defaultValue: true }),
    ...activityAndMail(),
    currency(),
  ],
  {
    history: { object: 'LeadHistory', parent: 'LeadId' },
    mergeable: true,
    children: [
      { name: 'Histories', child: 'LeadHistory', field: 'LeadId' },
      { name: 'Tasks', child: 'Task', field: 'WhoId' },
      { name: 'Events', child: 'Event', field: 'WhoId' },
      { name: 'CampaignMembers', child: 'CampaignMember', field: 'LeadId' },
    ],
    indexes: [['Email'], ['MasterRecordId'], ['ConvertedContactId'], ['ConvertedOpportunityId']],
  },
);

export const contact: SObject = object(
  'Contact',
  'Contact',
  '003',
  [
    master('Contact'),
    ref('AccountId', 'Account ID', 'Account'),
    ...personName(),
    recordType(),
    check('IsPersonAccount', 'Is Person Account', { ...readOnly, permissionable: false, feature: 'personAccounts' }),
    ...address('Mailing'),
    field('Phone', 'Business Phone', 'phone', { length: 40 }),
    field('MobilePhone', 'Mobile Phone', 'phone', { length: 40 }),
    field('Fax', 'Business Fax', 'phone', { length: 40 }),
    ref('ReportsToId', 'Reports To ID', 'Contact'),
    field('Email', 'Email', 'email', { length: 80, idLookup: true }),
    text('Title', 'Title', 128),
    text('Department', 'Department', 80),
    pick('LeadSource', 'Lead Source', { valueSet: 'LeadSource' }),
    longText('Description', 'Contact Description', 32000),
    owner(),
    ...activityAndMail(),
    currency(),
  ],
  {
    history: { object: 'ContactHistory', parent: 'ContactId' },
    mergeable: true,
    children: [
      { name: 'Histories', child: 'ContactHistory', field: 'ContactId' },
      { name: 'Tasks', child: 'Task', field: 'WhoId' },
      { name: 'Events', child: 'Event', field: 'WhoId' },
      { name: 'CampaignMembers', child: 'CampaignMember', field: 'ContactId' },
      { name: 'OpportunityContactRoles', child: 'OpportunityContactRole', field: 'ContactId' },
    ],
    indexes: [['Email'], ['MasterRecordId'], ['AccountId']],
  },
);

export const account: SObject = object(
  'Account',
  'Account',
  '001',
  [
    master('Account'),
    text('Name', 'Account Name', 255, { required: true, permissionable: false }),
    pick('Type', 'Account Type', { valueSet: 'AccountType' }),
    recordType(),
    ref('ParentId', 'Parent Account ID', 'Account'),
    ...address('Billing'),
    ...address('Shipping'),
    field('Phone', 'Account Phone', 'phone', { length: 40 }),
    field('Fax', 'Account Fax', 'phone', { length: 40 }),
    field('Website', 'Website', 'url', { length: 255 }),
    text('AccountNumber', 'Account Number', 40),
    pick('Industry', 'Industry', { valueSet: 'Industry' }),
    pick('Rating', 'Account Rating', { valueSet: 'AccountRating' }),
    money('AnnualRevenue', 'Annual Revenue', { scale: 0 }),
    count('NumberOfEmployees', 'Employees'),
    longText('Description', 'Account Description', 32000),
    owner(),
    date('LastActivityDate', 'Last Activity', { ...readOnly, permissionable: false }),
    text('AccountSource', 'Account Source', 255),
    check('IsPersonAccount', 'Is Person Account', { ...readOnly, permissionable: false, feature: 'personAccounts' }),
    ref('PersonContactId', 'Contact ID', 'Contact', { ...readOnly, permissionable: false, feature: 'personAccounts' }),
    text('LastName', 'Last Name', 80, { feature: 'personAccounts', permissionable: false }),
    text('FirstName', 'First Name', 40, { feature: 'personAccounts', permissionable: false }),
    field('PersonEmail', 'Email', 'email', { length: 80, feature: 'personAccounts', idLookup: true }),
    currency(),
  ],
  {
    history: { object: 'AccountHistory', parent: 'AccountId' },
    mergeable: true,
    children: [
      { name: 'Histories', child: 'AccountHistory', field: 'AccountId' },
      { name: 'Contacts', child: 'Contact', field: 'AccountId' },
      { name: 'Opportunities', child: 'Opportunity', field: 'AccountId' },
    ],
    indexes: [['MasterRecordId']],
  },
);

import { check, count, date, dateTime, field, longText, object, pick, readOnly, ref, text, type Field, type SObject } from './define';

/** Activities, users, and the rows that describe the org itself. */

const fixed = { ...readOnly, permissionable: false } as const;
const never = { createable: false, updateable: false, deletable: false } as const;

function activity(): Field[] {
  return [
    ref('WhoId', 'Name ID', ['Contact', 'Lead']),
    ref('WhatId', 'Related To ID', ['Account', 'Opportunity', 'Campaign']),
    text('Subject', 'Subject', 255),
    date('ActivityDate', 'Due Date Only'),
    longText('Description', 'Description', 32000),
    ref('AccountId', 'Account ID', 'Account', fixed),
    check('IsReminderSet', 'Reminder Set'),
    dateTime('ReminderDateTime', 'Reminder Date/Time'),
    check('IsArchived', 'Archived', fixed),
  ];
}

export const task: SObject = object(
  'Task',
  'Task',
  '00T',
  [
    ...activity(),
    pick('Status', 'Status', { valueSet: 'TaskStatus', defaultValue: 'Not Started', permissionable: false }),
    pick('Priority', 'Priority', { valueSet: 'TaskPriority', defaultValue: 'Normal', permissionable: false }),
    ref('OwnerId', 'Assigned To ID', ['Group', 'User'], { permissionable: false }),
    pick('Type', 'Type', { valueSet: 'TaskType' }),
    pick('TaskSubtype', 'Task Subtype', { updateable: false, restricted: true, valueSet: 'TaskSubtype', defaultValue: 'Task', length: 40 }),
    check('IsClosed', 'Closed', fixed),
    check('IsHighPriority', 'High Priority', fixed),
    dateTime('CompletedDateTime', 'Completed Date/Time', fixed),
    count('CallDurationInSeconds', 'Call Duration'),
    pick('CallType', 'Call Type', { length: 40 }),
    text('CallDisposition', 'Call Result', 255),
  ],
  { indexes: [['WhoId'], ['WhatId']] },
);

export const event: SObject = object(
  'Event',
  'Event',
  '00U',
  [
    ...activity(),
    ref('OwnerId', 'Assigned To ID', ['User'], { permissionable: false }),
    dateTime('ActivityDateTime', 'Due Date Time'),
    dateTime('StartDateTime', 'Start Date Time'),
    dateTime('EndDateTime', 'End Date Time'),
    count('DurationInMinutes', 'Duration'),
    check('IsAllDayEvent', 'All-Day Event'),
    pick('Type', 'Type', { valueSet: 'TaskType' }),
    text('Location', 'Location', 255),
  ],
  { indexes: [['WhoId'], ['WhatId']] },
);

export const user: SObject = object(
  'User',
  'User',
  '005',
  [
    text('Username', 'Username', 80, { permissionable: false, idLookup: true }),
    text('LastName', 'Last Name', 80, { permissionable: false }),
    text('FirstName', 'First Name', 40, { permissionable: false }),
    text('Name', 'Full Name', 121, fixed),
    field('Email', 'Email', 'email', { length: 128, permissionable: false, idLookup: true }),
    text('Alias', 'Alias', 8, { permissionable: false }),
    check('IsActive', 'Active', { permissionable: false }),
    text('Title', 'Title', 80),
    text('Department', 'Department', 80),
    text('CompanyName', 'Company Name', 80),
    text('TimeZoneSidKey', 'Time Zone', 40, { permissionable: false }),
    text('LocaleSidKey', 'Locale', 40, { permissionable: false }),
    text('LanguageLocaleKey', 'Language', 40, { permissionable: false }),
    text('UserType', 'User Type', 40, fixed),
    ref('ProfileId', 'Profile ID', 'Profile', { permissionable: false }),
    ref('ManagerId', 'Manager ID', 'User'),
  ],
  { ...never, indexes: [['Username'], ['Email']] },
);

/** Permissions that a user can look up about itself. */
export const OWN_PERMISSIONS = [
  'ApiEnabled', 'ApiUserOnly', 'ViewSetup', 'ModifyMetadata', 'ModifyAllData', 'ViewAllData', 'ConvertLeads', 'AllowViewEditConvertedLeads', 'EditTask', 'SendCustomNotifications',
] as const;

/** The rows below describe the org. They are read by SOQL; some are made by the metadata calls. */
export const setupObjects: SObject[] = [
  object('Profile', 'Profile', '00e', [text('Name', 'Name', 255, fixed), text('UserType', 'User Type', 40, fixed), ref('UserLicenseId', 'User License ID', 'UserLicense', fixed)], never),
  object('UserLicense', 'User License', '100', [text('Name', 'Name', 255, fixed), text('LicenseDefinitionKey', 'License Def. ID', 40, fixed)], never),
  object('PermissionSetLicense', 'Permission Set License', '0PL', [text('DeveloperName', 'Developer Name', 80, fixed), text('MasterLabel', 'Permission Set License Label', 80, fixed)], never),
  object(
    'PermissionSetLicenseAssign',
    'Permission Set License Assignment',
    '2LA',
    [ref('AssigneeId', 'User ID', 'User', fixed), ref('PermissionSetLicenseId', 'Permission Set License ID', 'PermissionSetLicense', fixed)],
    never,
  ),
  object('AssignmentRule', 'Assignment Rule', '01Q', [text('Name', 'Name', 120, fixed), text('SobjectType', 'SObject Type', 40, fixed), check('Active', 'Active', fixed)], never),
  // One row, of the user who asks: `refreshOwnPermissions` writes it before each query.
  object('UserPermissionAccess', 'User Permission Access', '1UP', OWN_PERMISSIONS.map((name) => check(`Permissions${name}`, name, fixed)), never),
  object(
    'Group',
    'Group',
    '00G',
    [
      text('Name', 'Name', 40, fixed),
      text('DeveloperName', 'Developer Name', 80, fixed),
      pick('Type', 'Type', { ...fixed, length: 40 }),
      field('Email', 'Email', 'email', { ...fixed, length: 80 }),
    ],
    never,
  ),
  object('GroupMember', 'Group Member', '011', [ref('GroupId', 'Group ID', 'Group', fixed), ref('UserOrGroupId', 'User/Group ID', ['User', 'Group'], fixed)], never),
  object(
    'LeadStatus',
    'Lead Status Value',
    '01J',
    [
      text('MasterLabel', 'Master Label', 255, fixed),
      text('ApiName', 'API Name', 255, fixed),
      count('SortOrder', 'Sort Order', fixed),
      check('IsDefault', 'Is Default', fixed),
      check('IsConverted', 'Is Converted', fixed),
    ],
    { ...never, plural: 'Lead Status Values' },
  ),
  object(
    'OpportunityStage',
    'Opportunity Stage',
    '01J',
    [
      text('MasterLabel', 'Master Label', 255, fixed),
      text('ApiName', 'API Name', 255, fixed),
      check('IsActive', 'Is Active', fixed),
      count('SortOrder', 'Sort Order', fixed),
      check('IsClosed', 'Is Closed', fixed),
      check('IsWon', 'Is Won', fixed),
      pick('ForecastCategory', 'Forecast Category', { ...fixed, length: 40 }),
      pick('ForecastCategoryName', 'Forecast Category Name', { ...fixed, length: 40 }),
      field('DefaultProbability', 'Default Probability', 'percent', { ...fixed, precision: 3 }),
      text('Description', 'Description', 255, fixed),
    ],
    never,
  ),
  object(
    'Organization',
    'Organization',
    '00D',
    [
      text('Name', 'Name', 80, fixed),
      text('Country', 'Country', 80, fixed),
      text('InstanceName', 'Instance Name', 5, fixed),
      check('IsSandbox', 'Is Sandbox', fixed),
      text('OrganizationType', 'Edition', 40, fixed),
      text('NamespacePrefix', 'Namespace Prefix', 15, fixed),
      dateTime('TrialExpirationDate', 'Trial Expiration Date', fixed),
      text('TimeZoneSidKey', 'Time Zone', 40, fixed),
      text('LanguageLocaleKey', 'Language', 40, fixed),
      text('DefaultLocaleSidKey', 'Locale', 40, fixed),
    ],
    { ...never },
  ),
  object(
    'RecordType',
    'Record Type',
    '012',
    [
      text('Name', 'Name', 80, fixed),
      text('DeveloperName', 'Developer Name', 80, fixed),
      text('SobjectType', 'Object', 40, fixed),
      check('IsActive', 'Active', fixed),
      text('Description', 'Description', 255, fixed),
    ],
    never,
  ),
  object(
    'PermissionSet',
    'Permission Set',
    '0PS',
    [
      text('Name', 'Name', 80, { permissionable: false }),
      text('Label', 'Label', 80, { permissionable: false }),
      text('Description', 'Description', 255, { permissionable: false }),
      text('Type', 'Type', 40, fixed),
      check('IsOwnedByProfile', 'Is Owned By Profile', fixed),
      check('IsCustom', 'Is Custom', { ...fixed, defaultValue: true }),
      text('NamespacePrefix', 'Namespace Prefix', 15, fixed),
    ],
    { deletable: true, indexes: [['Name']] },
  ),
  object(
    'PermissionSetAssignment',
    'Permission Set Assignment',
    '0Pa',
    [
      ref('PermissionSetId', 'PermissionSet ID', 'PermissionSet', { required: true, updateable: false, permissionable: false }),
      ref('AssigneeId', 'Assignee ID', 'User', { required: true, updateable: false, permissionable: false }),
      check('IsActive', 'Is Active', { ...fixed, defaultValue: true }),
    ],
    { updateable: false, indexes: [['PermissionSetId'], ['AssigneeId']] },
  ),
  object(
    'FieldPermissions',
    'Field Permissions',
    '01k',
    [
      ref('ParentId', 'Parent ID', 'PermissionSet', { required: true, updateable: false, permissionable: false }),
      text('SobjectType', 'Sobject Type Name', 40, { required: true, updateable: false, permissionable: false }),
      text('Field', 'Field Name', 120, { required: true, updateable: false, permissionable: false }),
      check('PermissionsRead', 'Read Field', { permissionable: false }),
      check('PermissionsEdit', 'Edit Field', { permissionable: false }),
    ],
    { plural: 'Field Permissions', indexes: [['ParentId'], ['Field']] },
  ),
  object(
    'ObjectPermissions',
    'Object Permissions',
    '110',
    [
      ref('ParentId', 'Parent ID', 'PermissionSet', { required: true, updateable: false, permissionable: false }),
      text('SobjectType', 'Sobject Type Name', 40, { required: true, updateable: false, permissionable: false }),
      ...['Create', 'Read', 'Edit', 'Delete', 'ViewAllRecords', 'ModifyAllRecords'].map((p) => check(`Permissions${p}`, p, { permissionable: false })),
    ],
    { plural: 'Object Permissions', indexes: [['ParentId']] },
  ),
  object(
    'BusinessHours',
    'Business Hours',
    '01m',
    [
      text('Name', 'Business Hours Name', 80, fixed),
      check('IsActive', 'Active', fixed),
      check('IsDefault', 'Default Business Hours', fixed),
      text('TimeZoneSidKey', 'Time Zone', 40, fixed),
      ...['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'].flatMap((day) => [
        field(`${day}StartTime`, `${day} Start`, 'time', fixed),
        field(`${day}EndTime`, `${day} End`, 'time', fixed),
      ]),
    ],
    { ...never, plural: 'Business Hours' },
  ),
  object(
    'Holiday',
    'Holiday',
    '0C0',
    [
      text('Name', 'Holiday Name', 80, { required: true, permissionable: false }),
      text('Description', 'Description', 100),
      date('ActivityDate', 'Holiday Date', { permissionable: false }),
      check('IsAllDay', 'All Day', { permissionable: false }),
      count('StartTimeInMinutes', 'Start Time In Minutes From Midnight', { permissionable: false }),
      count('EndTimeInMinutes', 'End Time In Minutes From Midnight', { permissionable: false }),
      check('IsRecurrence', 'Recurring Holiday', { permissionable: false }),
      text('RecurrenceType', 'Recurrence Type', 40, { permissionable: false }),
      date('RecurrenceStartDate', 'Recurrence Start Date', { permissionable: false }),
    ],
  ),
  object(
    'CustomNotificationType',
    'Custom Notification Type',
    '0ML',
    [
      text('DeveloperName', 'Custom Notification Type Name', 80, fixed),
      text('CustomNotifTypeName', 'Custom Notification Type Name', 80, fixed),
      text('MasterLabel', 'Master Label', 80, fixed),
      check('Desktop', 'Desktop', fixed),
      check('Mobile', 'Mobile', fixed),
    ],
    never,
  ),
  object(
    'CurrencyType',
    'Currency Type',
    '01L',
    [
      text('IsoCode', 'Currency ISO Code', 3, fixed),
      field('ConversionRate', 'Conversion Rate', 'double', { ...fixed, precision: 18, scale: 6 }),
      count('DecimalPlaces', 'Decimal Places', fixed),
      check('IsActive', 'Active', fixed),
      check('IsCorporate', 'Corporate Currency', fixed),
    ],
    { ...never, feature: 'multiCurrency' },
  ),
];

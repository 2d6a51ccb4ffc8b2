import { forecastNames } from './objects/picklists';
import type { Org } from './org';

/** The rows of a new org: organization, profiles, the integration user and an admin, statuses, stages, business hours. */
export function seed(org: Org): void {
  const apiLicence = org.system('UserLicense', { Name: 'Salesforce Integration' }, '');
  const fullLicence = org.system('UserLicense', { Name: 'Salesforce' }, '');
  const profile = org.system('Profile', { Name: 'Minimum Access - API Only Integrations', UserType: 'Standard', UserLicenseId: apiLicence }, '');
  const adminProfile = org.system('Profile', { Name: 'System Administrator', UserType: 'Standard', UserLicenseId: fullLicence }, '');
  const integration = org.system(
    'User',
    {
      Username: 'integration@concord.sandbox',
      FirstName: 'Concord',
      LastName: 'Integration',
      Name: 'Concord Integration',
      Email: 'integration@concord.example',
      Alias: 'concord',
      IsActive: 1,
      TimeZoneSidKey: 'America/Mexico_City',
      LocaleSidKey: 'en_US',
      LanguageLocaleKey: 'en_US',
      UserType: 'Standard',
      ProfileId: profile,
    },
    '',
  );
  org.settings.set('integrationUser', integration);
  const companion = org.system('PermissionSetLicense', { DeveloperName: 'SalesforceAPIIntegrationPsl', MasterLabel: 'Salesforce API Integration' }, '');
  org.system('PermissionSetLicenseAssign', { AssigneeId: integration, PermissionSetLicenseId: companion }, '');
  org.settings.set('restrictedUsers', [integration]);
  const admin = org.system(
    'User',
    {
      Username: 'admin@concord.sandbox',
      FirstName: 'Org',
      LastName: 'Admin',
      Name: 'Org Admin',
      Email: 'admin@concord.example',
      Alias: 'admin',
      IsActive: 1,
      TimeZoneSidKey: 'America/Mexico_City',
      LocaleSidKey: 'en_US',
      LanguageLocaleKey: 'en_US',
      UserType: 'Standard',
      ProfileId: adminProfile,
    },
    '',
  );
  org.settings.set('adminUser', admin);
  org.system('Organization', {
    Id: org.orgId,
    Name: 'Concord Sandbox',
    Country: 'MX',
    InstanceName: 'CS1',
    IsSandbox: 1,
    OrganizationType: 'Enterprise Edition',
    TimeZoneSidKey: 'America/Mexico_City',
    LanguageLocaleKey: 'en_US',
    DefaultLocaleSidKey: 'en_US',
  });
  seedStatuses(org);
  seedStages(org);
  const day = { start: '09:00:00.000Z', end: '18:00:00.000Z' };
  org.system('BusinessHours', {
    Name: 'Default',
    IsActive: 1,
    IsDefault: 1,
    TimeZoneSidKey: 'America/Mexico_City',
    ...Object.fromEntries(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'].flatMap((d) => [[`${d}StartTime`, day.start], [`${d}EndTime`, day.end]])),
  });
}

/** Rewrites the rows of `LeadStatus` from the org's list; a status that stays keeps its id. */
export function seedStatuses(org: Org): void {
  const old = new Map(org.storage.find('LeadStatus', {}).map((r) => [r.ApiName, r.Id as string]));
  for (const id of old.values()) org.storage.remove('LeadStatus', id);
  org.catalog.leadStatuses().forEach((status, i) => {
    const id = old.get(status.value);
    org.system('LeadStatus', {
      ...(id === undefined ? {} : { Id: id }),
      MasterLabel: status.value,
      ApiName: status.value,
      SortOrder: i + 1,
      IsDefault: status.default ? 1 : 0,
      IsConverted: status.converted ? 1 : 0,
    });
  });
}

/** Rewrites the rows of `OpportunityStage`; a stage that is gone stays as an inactive row, for history. */
export function seedStages(org: Org): void {
  const old = new Map(org.storage.find('OpportunityStage', {}).map((r) => [r.ApiName, r.Id as string]));
  for (const id of old.values()) org.storage.update('OpportunityStage', id, { IsActive: 0 });
  org.catalog.stages().forEach((stage, i) => {
    const id = old.get(stage.value);
    const row = {
      MasterLabel: stage.value,
      ApiName: stage.value,
      IsActive: 1,
      SortOrder: i + 1,
      IsClosed: stage.closed ? 1 : 0,
      IsWon: stage.won ? 1 : 0,
      ForecastCategory: stage.forecast,
      ForecastCategoryName: forecastNames[stage.forecast] ?? stage.forecast,
      DefaultProbability: stage.probability,
    };
    if (id === undefined) org.system('OpportunityStage', row);
    else org.storage.update('OpportunityStage', id, row);
  });
}

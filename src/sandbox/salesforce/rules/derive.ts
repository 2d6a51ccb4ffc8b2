import { SalesforceError } from '../errors';
import { forecastNames } from '../objects/picklists';
import type { Org } from '../org';
import { renderDate, type Row } from '../values';

/**
 * What the platform sets by itself before a record is saved. `given` holds what the caller sent, `row` the record to be; `before` is null for
 * a new record.
 */
export function derive(org: Org, object: string, before: Row | null, given: Row, row: Row): void {
  switch (object) {
    case 'Lead':
    case 'Contact':
      row.Name = [row.FirstName, row.LastName].filter((p) => p !== null && p !== undefined).join(' ');
      if (object === 'Lead') deriveLead(org, before, row);
      if (before !== null && before.OwnerId !== row.OwnerId) row.LastTransferDate = org.now();
      return;
    case 'Account':
      if (row.IsPersonAccount === 1) row.Name = [row.FirstName, row.LastName].filter((p) => p !== null && p !== undefined).join(' ');
      return;
    case 'Opportunity':
      deriveOpportunity(org, before, given, row);
      return;
    case 'Task':
      deriveTask(org, before, row);
      return;
    case 'CampaignMember':
      deriveCampaignMember(org, before, row);
      return;
    case 'FieldPermissions':
      if (row.PermissionsEdit === 1 && row.PermissionsRead !== 1) {
        throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'Field Permissions: Edit requires Read', { fields: ['PermissionsEdit'] });
      }
      return;
  }
}

function deriveLead(org: Org, before: Row | null, row: Row): void {
  const statuses = org.catalog.leadStatuses();
  row.Status ??= statuses.find((s) => s.default)?.value ?? statuses[0]?.value ?? null;
  const converted = statuses.find((s) => s.value === row.Status)?.converted ?? false;
  if (converted && row.IsConverted !== 1 && before?.Status !== row.Status) {
    // Only conversion sets such a status. The vendor's code for it is not confirmed; the refusal is.
    throw new SalesforceError('INVALID_STATUS', 'Status: a converted status can only be set by convertLead', { fields: ['Status'] });
  }
}

function deriveOpportunity(org: Org, before: Row | null, given: Row, row: Row): void {
  const stage = org.catalog.stages().find((s) => s.value === row.StageName);
  if (!stage) {
    throw new SalesforceError('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', `Stage: bad value for restricted picklist field: ${String(row.StageName)}`, { fields: ['StageName'] });
  }
  const moved = before?.StageName !== row.StageName;
  row.IsClosed = stage.closed ? 1 : 0;
  row.IsWon = stage.won ? 1 : 0;
  if (moved && given.Probability === undefined) row.Probability = stage.probability;
  if (moved || row.ForecastCategory === null || row.ForecastCategory === undefined) {
    row.ForecastCategory = stage.forecast;
    if (given.ForecastCategoryName === undefined) row.ForecastCategoryName = forecastNames[stage.forecast] ?? stage.forecast;
  }
  // The first stage is no change: the date stays empty until the stage moves.
  if (before !== null && moved) row.LastStageChangeDate = org.now();
}

function deriveTask(org: Org, before: Row | null, row: Row): void {
  if (typeof row.WhoId === 'string' && row.WhoId.startsWith('00Q') && row.WhatId !== null && row.WhatId !== undefined) {
    throw new SalesforceError('FIELD_INTEGRITY_EXCEPTION', 'Related To ID: a task of a lead cannot have a related record', { fields: ['WhatId'] });
  }
  row.IsClosed = row.Status === 'Completed' ? 1 : 0;
  row.IsHighPriority = row.Priority === 'High' ? 1 : 0;
  if (row.IsClosed === 1 && before?.IsClosed !== 1) row.CompletedDateTime = org.now();
  if (row.IsClosed === 0) row.CompletedDateTime = null;
}

function deriveCampaignMember(org: Org, before: Row | null, row: Row): void {
  if (before === null) {
    // Both given: the lead is dropped in silence.
    if (row.ContactId !== null && row.ContactId !== undefined) row.LeadId = null;
    const person = row.ContactId ?? row.LeadId ?? null;
    if (person === null) throw new SalesforceError('REQUIRED_FIELD_MISSING', 'Required fields are missing: [LeadId]', { fields: ['LeadId'] });
    row.LeadOrContactId = person;
    row.Type = row.LeadId === null || row.LeadId === undefined ? 'Contact' : 'Lead';
    const twin = org.storage.find('CampaignMember', { CampaignId: row.CampaignId ?? null, LeadOrContactId: person })[0];
    if (twin) throw new SalesforceError('DUPLICATE_VALUE', `Already a campaign member.: duplicate value found: ${String(twin.Id)}`, { fields: [] });
  }
  const statuses = org.storage.find('CampaignMemberStatus', { CampaignId: row.CampaignId ?? null });
  row.Status ??= (statuses.find((s) => s.IsDefault === 1)?.Label as string | undefined) ?? 'Sent';
  const responded = statuses.find((s) => s.Label === row.Status)?.HasResponded === 1;
  row.HasResponded = responded ? 1 : 0;
  if (responded) row.FirstRespondedDate ??= renderDate(org.now());
}

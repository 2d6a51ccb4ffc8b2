import type { Looked } from '../../../run/propose';
import { say, plain } from '../../print';

interface Option {
  value: string;
  label: string;
}

/** What was read from both CRMs, as it is told and given as JSON. */
export interface Found {
  hubspot: {
    portal: string;
    lifecycle_stages: Option[];
    lead_statuses: Option[];
    owners: number;
    queues: number;
    salesforce_integration: 'active' | 'idle' | 'none';
  };
  salesforce: {
    org: string;
    lead_statuses: (Option & { converted: boolean })[];
    opportunity_stages: (Option & { closed: boolean; won: boolean })[];
    record_types: { object: string; name: string }[];
    queues: string[];
    currencies: string[];
  };
}

export function foundIn(hubspot: Looked, salesforce: Looked): Found {
  const optionsOf = (looked: Looked, object: 'contact' | 'lead', field: string): (Option & { converted?: boolean })[] => looked.description[object]?.[field]?.options ?? [];
  const { assignees } = hubspot.survey;
  return {
    hubspot: {
      portal: hubspot.facts.accountName,
      lifecycle_stages: optionsOf(hubspot, 'contact', 'lifecyclestage').map(({ value, label }) => ({ value, label })),
      lead_statuses: optionsOf(hubspot, 'contact', 'hs_lead_status').map(({ value, label }) => ({ value, label })),
      owners: assignees.filter(({ kind }) => kind === 'user').length,
      queues: assignees.filter(({ kind }) => kind === 'queue').length,
      salesforce_integration: hubspot.survey.integration ?? 'none',
    },
    salesforce: {
      org: salesforce.facts.accountName,
      lead_statuses: optionsOf(salesforce, 'lead', 'Status').map(({ value, label, converted }) => ({ value, label, converted: converted === true })),
      opportunity_stages: salesforce.survey.opportunityStages,
      record_types: salesforce.survey.recordTypes.map(({ object, name }) => ({ object, name })),
      queues: salesforce.survey.assignees.map(({ name }) => name),
      currencies: salesforce.survey.currencies,
    },
  };
}

export function printFound({ hubspot, salesforce }: Found): void {
  const shown = ({ value, label }: Option, more = ''): string => plain(`${label === value ? value : `${label} [${value}]`}${more}`);
  const line = (name: string, items: string[]): void => say(`  ${name}: ${items.length === 0 ? 'none' : items.join(', ')}`);
  say('\nIn HubSpot');
  line('lifecycle stages', hubspot.lifecycle_stages.map((option) => shown(option)));
  line('lead statuses', hubspot.lead_statuses.map((option) => shown(option)));
  say(`  owners: ${hubspot.owners}${hubspot.queues === 0 ? '' : `, queues: ${hubspot.queues}`}`);
  const integration = { none: 'not installed', active: 'at work', idle: 'installed once, but synced nobody for 30 days' }[hubspot.salesforce_integration];
  say(`  HubSpot’s own Salesforce integration: ${integration}`);
  say('In Salesforce');
  line('lead statuses', salesforce.lead_statuses.map((option) => shown(option, option.converted ? ' (converts)' : '')));
  line('opportunity stages', salesforce.opportunity_stages.map((option) => shown(option, option.won ? ' (won)' : option.closed ? ' (lost)' : '')));
  line('record types', salesforce.record_types.map(({ object, name }) => plain(`${name} (${object})`)));
  line('queues', salesforce.queues.map(plain));
  if (salesforce.currencies.length > 0) line('currencies', salesforce.currencies);
}

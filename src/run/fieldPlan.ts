import type { CompiledAgreement } from '../agreement/compile';
import { SHOWN } from '../domain/ownFields';
import type { CrmName, ObjectName } from '../domain/record';
import type { FieldSelection } from '../crm/port';

/** Which fields of each object are read, and of which ones the times matter (L5). */
export interface FieldPlan {
  select: Record<CrmName, FieldSelection>;
  tracked: Record<CrmName, Partial<Record<ObjectName, ReadonlySet<string>>>>;
  /** Fields whose author and exact time are worth asking the CRM's history for: stages and answers (L3, L5). */
  historic: Record<CrmName, ReadonlySet<string>>;
}

export function planFields(agreement: CompiledAgreement): FieldPlan {
  const hubspot = agreement.hubspotFields();
  const lead = agreement.salesforceFields('lead');
  const contact = agreement.salesforceFields('contact');
  const own = (crm: CrmName): Set<string> =>
    new Set(
      (['stage', 'stage_at', 'score', 'mql_at', 'sal_at', 'sql_at', 'opportunity_at', 'customer_at', 'mql_why', 'mql_missing', 'cycle', 'rejected_at', 'rejected_by', 'rejection_count', 'route', 'sla', 'sla_due_at', 'salesforce_url', 'hubspot_id'] as const)
        .map((id) => agreement.ownField(id)[crm])
        .filter((name): name is string => name !== null),
    );
  const without = (names: string[], crm: CrmName): Set<string> => {
    const concords = own(crm);
    return new Set(names.filter((name) => !concords.has(name)));
  };
  const answers = (crm: CrmName): string[] => {
    const { reason } = agreement.settings.rejection.signals[crm];
    return [reason];
  };
  return {
    select: { hubspot: { contact: hubspot }, salesforce: { lead, contact, opportunity: [], role: [] } },
    tracked: {
      hubspot: { contact: without(hubspot, 'hubspot') },
      salesforce: { lead: without(lead, 'salesforce'), contact: without(contact, 'salesforce') },
    },
    historic: {
      hubspot: new Set([SHOWN.lifecycle, SHOWN.hubspotStatus, ...answers('hubspot')]),
      salesforce: new Set([SHOWN.leadStatus, ...answers('salesforce')]),
    },
  };
}

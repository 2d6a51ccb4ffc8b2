import type { CompiledAgreement } from '../agreement/compile';
import { EXPIRED_LABEL, routeLabel, slaLabel } from '../agreement/labels';
import { SALES_TEXTS } from '../agreement/salesTexts';
import type { FieldNeed, SalesNeeds } from '../crm/port';
import { OWN_FIELDS, type OwnFieldId, type OwnFieldType } from '../domain/ownFields';
import { ROUTES, SLA_EXPIRED, SLA_STATES, STAGES } from '../domain/stage';
import type { CrmName } from '../domain/record';

/** The fields of Concord's own that a CRM must have (design.md section 5), labelled in the agreement's language. */
export function ownFieldNeeds(agreement: CompiledAgreement, crm: CrmName): FieldNeed[] {
  const needs: FieldNeed[] = [];
  for (const id of Object.keys(OWN_FIELDS) as OwnFieldId[]) {
    const name = agreement.ownField(id)[crm];
    if (name === null) continue;
    const own = OWN_FIELDS[id];
    const options = optionsOf(agreement, own.type);
    for (const object of crm === 'hubspot' ? (['contact'] as const) : (['lead', 'contact'] as const)) {
      needs.push({
        object,
        name,
        label: own.label[agreement.language],
        type: options === null ? (own.type as FieldNeed['type']) : 'option',
        ...(options === null ? {} : { options, sharedOptions: `Concord_${own.type[0]?.toUpperCase() ?? ''}${own.type.slice(1)}` }),
        ...(own.type === 'text' ? { length: 255 } : {}),
        ...(own.type === 'longtext' ? { length: 32_768 } : {}),
        ...(id === 'hubspot_id' ? { unique: true } : {}),
        description: 'people' in own ? 'Kept by Concord; people may set it too.' : 'Written by Concord.',
      });
    }
  }
  return needs;
}

/**
 * What sales works with in Salesforce beside the fields. Undefined where the agreement keeps no stage or SLA field there: then there is nothing for
 * list views and rules to look at.
 */
export function salesNeeds(agreement: CompiledAgreement): SalesNeeds | undefined {
  const { reason, note, detail, recycle_on: recycleOn, lead_status: rejected } = agreement.settings.rejection.signals.salesforce;
  const own = (id: OwnFieldId): string | null => agreement.ownField(id).salesforce;
  const rejectedByType = agreement.settings.lead_record_types.flatMap((type) => (type.rejects === undefined ? [] : [{ recordType: type.name, statuses: type.rejects }]));
  const [stage, mqlWhy, sla, slaDueAt] = [own('stage'), own('mql_why'), own('sla'), own('sla_due_at')];
  if (stage === null || mqlWhy === null || sla === null || slaDueAt === null) return undefined;
  return { fields: { stage, mqlWhy, reason, note, detail: detail ?? null, recycleOn: recycleOn ?? null, sla, slaDueAt }, rejected, open: agreement.shows('mql', 'lead_status'), awaiting: 'mql', breached: 'breached', texts: SALES_TEXTS[agreement.language], rejectedByType };
}

/** The HubSpot properties whose changes by others are evidence: what a run reads, less what only Concord writes. */
export function watchedProperties(agreement: CompiledAgreement): string[] {
  const written = new Set((Object.keys(OWN_FIELDS) as OwnFieldId[]).filter((id) => !('people' in OWN_FIELDS[id])).map((id) => agreement.ownField(id).hubspot));
  return agreement.hubspotFields().filter((name) => !written.has(name));
}

function optionsOf(agreement: CompiledAgreement, type: OwnFieldType): { value: string; label: string }[] | null {
  switch (type) {
    case 'stage':
      return STAGES.map((value) => ({ value, label: agreement.stageLabel(value) }));
    case 'reason': {
      // F3: what no reason fits is kept word for word in the note, with `other` in the field, which every agreement has; `sla_expired` is the system's.
      const offered = [...agreement.reasons.values()].filter((reason) => reason.active).map((reason) => ({ value: reason.id, label: agreement.reasonLabel(reason.id) }));
      return agreement.unanswered.return === null ? offered : [...offered, { value: SLA_EXPIRED, label: EXPIRED_LABEL[agreement.language] }];
    }
    case 'route':
      return ROUTES.map((value) => ({ value, label: routeLabel(value, agreement.language) }));
    case 'sla':
      return SLA_STATES.map((value) => ({ value, label: slaLabel(value, agreement.language) }));
    case 'text':
    case 'longtext':
    case 'number':
    case 'date':
    case 'datetime':
      return null;
  }
}

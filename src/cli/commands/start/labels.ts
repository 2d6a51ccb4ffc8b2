import type { CompiledAgreement } from '../../../agreement/compile';
import { routeLabel, slaLabel } from '../../../agreement/labels';
import { OWN_FIELDS, SHOWN, type OwnFieldId } from '../../../domain/ownFields';
import type { CrmName, Value } from '../../../domain/record';
import { moment } from '../../print';
import { short } from '../sync';

/** What a CRM's field is called on its page, and its values, in the agreement's language. */
export interface Labels {
  field(crm: CrmName, name: string): string;
  value(crm: CrmName, name: string, value: Value | undefined): string;
  /** The field of Concord's own behind a name, if it is one. */
  own(crm: CrmName, name: string): OwnFieldId | null;
}

export function labelsOf(agreement: CompiledAgreement): Labels {
  const ids = Object.keys(OWN_FIELDS) as OwnFieldId[];
  const own = (crm: CrmName, name: string): OwnFieldId | null => ids.find((id) => agreement.ownField(id)[crm] === name) ?? null;
  const mapped = (crm: CrmName, name: string): string | undefined => {
    const field = agreement.fields.find((each) => (crm === 'hubspot' ? each.hubspot === name : each.lead === name || each.contact === name));
    return field?.settings.label?.[agreement.language] ?? field?.settings.label?.en;
  };
  return {
    own,
    field(crm, name) {
      const id = own(crm, name);
      if (id !== null) return OWN_FIELDS[id].label[agreement.language];
      if (name === SHOWN.lifecycle) return 'Lifecycle stage';
      if (name === SHOWN.hubspotStatus || (crm === 'salesforce' && name === SHOWN.leadStatus)) return 'Lead status';
      return mapped(crm, name) ?? name;
    },
    value(crm, name, value) {
      const id = own(crm, name);
      if (typeof value !== 'string' || id === null) return short(value);
      switch (OWN_FIELDS[id].type) {
        case 'stage':
          return agreement.stages.some((stage) => stage.id === value) ? agreement.stageLabel(value as never) : value;
        case 'reason':
          return agreement.reasonLabel(value);
        case 'route':
          return routeLabel(value as never, agreement.language);
        case 'sla':
          return slaLabel(value as never, agreement.language);
        case 'datetime':
          return moment(Date.parse(value), agreement.timeZone);
        default:
          return value.length > 90 ? `${value.slice(0, 89)}…` : value;
      }
    },
  };
}

import { OWN_FIELDS, type OwnFieldId } from '../../../domain/ownFields';
import type { CrmName, Value } from '../../../domain/record';
import type { Description, FieldDescription } from '../../../crm/port';
import type { Parts } from '../../../run/parts';
import { moment } from '../../print';

const LONGEST = 90;

/** What a field and its values are called on the CRM's own pages. */
export interface Labels {
  field(crm: CrmName, object: 'contact' | 'lead', name: string): string;
  value(crm: CrmName, object: 'contact' | 'lead', name: string, value: Value | undefined): string;
  /** The field of Concord's own behind a name, if it is one. */
  own(crm: CrmName, name: string): OwnFieldId | null;
}

/** Asks both CRMs how they call their fields (cached by the ports). */
export async function readLabels(parts: Parts): Promise<Labels> {
  const { agreement } = parts.terms;
  const described: Record<CrmName, Description> = { hubspot: await parts.hubspot.describe(), salesforce: await parts.salesforce.describe() };
  const of = (crm: CrmName, object: 'contact' | 'lead', name: string): FieldDescription | undefined => described[crm][object]?.[name];
  const ids = Object.keys(OWN_FIELDS) as OwnFieldId[];
  return {
    own: (crm, name) => ids.find((id) => agreement.ownField(id)[crm] === name) ?? null,
    field: (crm, object, name) => of(crm, object, name)?.label ?? name,
    value(crm, object, name, value) {
      if (value === null || value === undefined || value === '') return '(empty)';
      const field = of(crm, object, name);
      const label = field?.options?.find((option) => option.value === value)?.label;
      if (label !== undefined) return label;
      if (field?.type === 'datetime' && typeof value === 'string') return moment(Date.parse(value), agreement.timeZone);
      const text = String(value);
      return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
    },
  };
}

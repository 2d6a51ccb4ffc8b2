import { OWN_FIELDS, type OwnField, type OwnFieldId } from '../domain/ownFields';
import { text } from './raw';

export type OwnNames = Readonly<Record<OwnFieldId, { hubspot: string | null; salesforce: string | null }>>;

export const OWN_FIELD_IDS = Object.keys(OWN_FIELDS) as OwnFieldId[];

/** The rep's fields: the rejection signals name them too, and the two places must agree. */
export const SIGNAL_FIELDS = { reason: 'rejection_reason', note: 'rejection_note', detail: 'rejection_detail', recycle_on: 'recycle_on' } as const satisfies Record<string, OwnFieldId>;
export type SignalField = keyof typeof SIGNAL_FIELDS;

/**
 * The names of Concord's fields under an agreement (a checked one, or a file's raw content): `names`, else what the rejection signals call the field,
 * else the default. A field that a CRM does not have stays null.
 */
export function ownNames(agreement: unknown): OwnNames {
  const signalOf = new Map(Object.entries(SIGNAL_FIELDS).map(([signal, id]) => [id as OwnFieldId, signal]));
  const nameIn = (crm: 'hubspot' | 'salesforce', id: OwnFieldId): string | null => {
    const own: OwnField = OWN_FIELDS[id];
    if (own[crm] === null) return null;
    const signal = signalOf.get(id);
    return text(agreement, 'names', id, crm) ?? (signal === undefined ? undefined : text(agreement, 'rejection', 'signals', crm, signal)) ?? own[crm];
  };
  return Object.fromEntries(OWN_FIELD_IDS.map((id) => [id, { hubspot: nameIn('hubspot', id), salesforce: nameIn('salesforce', id) }])) as OwnNames;
}

/** Whether people set the field too: then it is evidence, not only Concord's own writing. */
export function isPeoplesField(id: OwnFieldId): boolean {
  const own: OwnField = OWN_FIELDS[id];
  return own.people === true;
}

import type { Value } from '../domain/record';
import type { MappedField } from './schema';
import { WRITES } from './checks/fields';

/** A mapped field made ready: names by object, and values as each CRM has them. */
export interface CompiledField {
  readonly id: string;
  readonly settings: MappedField;
  readonly hubspot: string;
  /** Null: the object has no such field. */
  readonly lead: string | null;
  readonly contact: string | null;
  /** Which CRMs the policy may write at all (M1). */
  readonly writes: { readonly hubspot: boolean; readonly salesforce: boolean };
  /** A HubSpot value as Salesforce has it (M3): by the pairs of `values`, ignoring case, of several the first; others as they are. Null stays null. */
  toSalesforce(value: Value): Value;
  /** A Salesforce value as HubSpot has it; of several pairs the first. */
  toHubspot(value: Value): Value;
  /** Whether the two values mean the same: either of them carried over is the other. */
  agree(hubspot: Value, salesforce: Value): boolean;
}

export function compileField(settings: MappedField): CompiledField {
  const names = typeof settings.salesforce === 'string' ? { lead: settings.salesforce, contact: settings.salesforce } : (settings.salesforce ?? {});
  const there = new Map<string, string>();
  const back = new Map<string, string>();
  for (const pair of settings.values ?? []) {
    if (!there.has(pair.hubspot.toLowerCase())) there.set(pair.hubspot.toLowerCase(), pair.salesforce);
    if (!back.has(pair.salesforce.toLowerCase())) back.set(pair.salesforce.toLowerCase(), pair.hubspot);
  }
  const carry = (by: Map<string, string>, value: Value): Value => (value === null ? null : (by.get(String(value).toLowerCase()) ?? value));
  const toSalesforce = (value: Value): Value => carry(there, value);
  const toHubspot = (value: Value): Value => carry(back, value);
  return {
    id: settings.id,
    settings,
    hubspot: settings.hubspot,
    lead: names.lead ?? null,
    contact: names.contact ?? null,
    writes: WRITES[settings.policy] ?? { hubspot: false, salesforce: false },
    toSalesforce,
    toHubspot,
    agree: (hubspot, salesforce) => toSalesforce(hubspot) === salesforce || hubspot === toHubspot(salesforce),
  };
}

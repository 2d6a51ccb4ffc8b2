import type { Drift, FieldNeed } from '../../port';
import type { Found } from './look';
import { customField, DESCRIBED_TYPES, fullName, globalValueSet, METADATA_TYPES, textLength, widenedField, widenedSet, type Option } from './shapes';
import { listed, type Work } from './step';

/** Why a label that somebody changed stays: what is stored is the value. */
export const WORDING = 'labels are people’s to word; the stored value is the same';
const VALUE = 'records and runs use this value';

interface Value {
  fullName: string;
  label?: string | null | undefined;
  isActive?: boolean | null | undefined;
}

/** Values that are gone or inactive are restored, values that were relabelled are left. */
function valueDrift(options: readonly Option[], values: readonly Value[]): { missing: Option[]; drift: Drift[] } {
  const missing: Option[] = [];
  const drift: Drift[] = [];
  for (const option of options) {
    const value = values.find((one) => one.fullName === option.value);
    if (value === undefined || value.isActive === false) {
      missing.push(option);
      drift.push({ part: `value ${option.value}`, wanted: option.label, found: value === undefined ? null : 'deactivated', then: 'restored', why: VALUE });
    } else if (value.label != null && value.label !== option.label) {
      drift.push({ part: `label of value ${option.value}`, wanted: option.label, found: value.label, then: 'left', why: WORDING });
    }
  }
  return { missing, drift };
}

const withDrift = (drift: Drift[]): { drift?: Drift[] } => (drift.length === 0 ? {} : { drift });

export function valueSetStep(found: Found, needs: readonly FieldNeed[], name: string, options: Option[]): Work {
  const id = `value_set:${name}`;
  if (found.sets === undefined) return seenThroughFields(id, found, needs, name, options);
  const existing = found.sets?.get(name);
  if (existing === undefined) {
    return { id, state: 'missing', what: `Global value set ${name} with ${options.length} values.`, deploys: [{ type: 'GlobalValueSet', body: globalValueSet(name, options) }] };
  }
  const { missing, drift } = valueDrift(options, existing.customValue);
  if (missing.length === 0) return { id, state: 'ok', what: `Global value set ${name}.`, ...withDrift(drift) };
  return { id, state: 'differs', what: `Global value set ${name} lacks: ${listed(missing)}.`, drift, deploys: [{ type: 'GlobalValueSet', body: widenedSet(existing, missing) }] };
}

/** Without the right to read metadata: the set as the fields that use it show it. */
function seenThroughFields(id: string, found: Found, needs: readonly FieldNeed[], name: string, options: Option[]): Work {
  const fields = needs.filter((need) => need.sharedOptions === name).flatMap((need) => found.description[need.object]?.[need.name] ?? []);
  if (fields.length === 0) return { id, state: 'missing', what: `Global value set ${name} with ${options.length} values.`, deploys: [{ type: 'GlobalValueSet', body: globalValueSet(name, options) }] };
  const missing = options.filter((option) => fields.some((field) => !(field.options ?? []).some((one) => one.value === option.value)));
  if (missing.length === 0) return { id, state: 'ok', what: `Global value set ${name}.` };
  return { id, state: 'by_hand', what: `Global value set ${name} lacks: ${listed(missing)}; the integration user may not change it.` };
}

export function fieldStep(found: Found, need: FieldNeed): Work {
  const name = fullName(need);
  const id = `field:${name}`;
  const seen = found.description[need.object]?.[need.name];
  const existing = found.fields?.get(name);
  if (existing === undefined && seen === undefined) {
    return { id, state: 'missing', what: `Field ${name} (${need.type}).`, deploys: [{ type: 'CustomField', body: customField(need) }] };
  }
  const isOfType = existing === undefined ? seen?.type === DESCRIBED_TYPES[need.type] : METADATA_TYPES[need.type].includes(existing.type);
  if (!isOfType) return { id, state: 'by_hand', what: `Field ${name} exists with another type: rename it, or name another field in the agreement.` };
  if (need.unique === true && !(existing?.externalId ?? seen?.unique ?? false)) return { id, state: 'by_hand', what: `Field ${name} must be an external id and unique.` };
  const own = existing?.valueSet?.valueSetDefinition?.value;
  const isShared = need.sharedOptions !== undefined && existing?.valueSet?.valueSetName === need.sharedOptions;
  const values: Value[] | undefined = own ?? seen?.options?.map((option) => ({ fullName: option.value }));
  // The values of a shared set are the set's step.
  const { missing, drift } = need.type !== 'option' || isShared || values === undefined ? { missing: [], drift: [] } : valueDrift(need.options ?? [], values);
  if (existing?.label != null && existing.label !== need.label) drift.unshift({ part: 'label', wanted: need.label, found: existing.label, then: 'left', why: WORDING });
  if (missing.length > 0) {
    if (existing === undefined || own === undefined) return { id, state: 'by_hand', what: `Field ${name} takes its values from another set; it lacks: ${listed(missing)}.` };
    return { id, state: 'differs', what: `Field ${name} lacks the values: ${listed(missing)}.`, drift, deploys: [{ type: 'CustomField', body: widenedField(existing, need, missing) }] };
  }
  const length = existing?.length ?? seen?.length;
  const wanted = need.type === 'text' ? textLength(need) : need.type === 'longtext' ? (need.length ?? 0) : 0;
  if (need.length !== undefined && length != null && length < wanted) {
    if (existing === undefined) return { id, state: 'by_hand', what: `Field ${name} must hold ${wanted} characters.` };
    drift.push({ part: 'length', wanted: String(wanted), found: String(length), then: 'restored', why: 'longer texts would be refused' });
    return { id, state: 'differs', what: `Field ${name} holds ${length} characters and needs ${wanted}.`, drift, deploys: [{ type: 'CustomField', body: widenedField(existing, need, []) }] };
  }
  return { id, state: 'ok', what: `Field ${name}.`, ...withDrift(drift) };
}


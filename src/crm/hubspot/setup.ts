import { ConcordError, EXIT } from '../../domain/problem';
import { CallFailed } from '../pace';
import type { Drift, FieldNeed, SetupStep } from '../port';
import type { HubspotApi, OptionInput, PropertyInput } from './api';
import { parseEach, PropertyDefinition, PropertyGroup, PropertyOption } from './schema';
import { chunks } from './read';

/** The group that holds Concord's contact properties (design.md section 5). */
export const GROUP = { name: 'concord', label: 'Concord' };
export const BATCH = 100;

/** `type` and `fieldType` of each need (https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide): a datetime's field type is `date`. */
const TYPES = {
  text: { type: 'string', fieldType: 'text' },
  longtext: { type: 'string', fieldType: 'textarea' },
  number: { type: 'number', fieldType: 'number' },
  date: { type: 'date', fieldType: 'date' },
  datetime: { type: 'datetime', fieldType: 'date' },
  option: { type: 'enumeration', fieldType: 'select' },
  boolean: { type: 'bool', fieldType: 'booleancheckbox' },
} as const satisfies Record<FieldNeed['type'], { type: string; fieldType: string }>;

export interface Portal {
  hasGroup: boolean;
  properties: Map<string, PropertyDefinition>;
}

export async function look(api: HubspotApi): Promise<Portal> {
  const groups = parseEach(PropertyGroup, (await api.listGroups()).value.results).good;
  const properties = parseEach(PropertyDefinition, (await api.listProperties()).value.results).good;
  return { hasGroup: groups.some(({ name }) => name === GROUP.name), properties: new Map(properties.map((property) => [property.name, property])) };
}

/** What the portal lacks. Labels and descriptions that people changed are theirs; options are compared by value and never taken away. */
export async function setupPlan(api: HubspotApi, needs: readonly FieldNeed[]): Promise<SetupStep[]> {
  return steps(await look(api), needs);
}

function steps(portal: Portal, needs: readonly FieldNeed[]): SetupStep[] {
  const group: SetupStep = { id: 'hubspot:group:concord', state: portal.hasGroup ? 'ok' : 'missing', what: 'Property group “Concord” on contacts' };
  return [group, ...contactNeeds(needs).map((need) => step(portal, need))];
}

/** HubSpot has no leads in Concord's sense: what a lead needs belongs to the contact or to Salesforce. */
export function contactNeeds(needs: readonly FieldNeed[]): FieldNeed[] {
  return needs.filter((need) => need.object === 'contact');
}

function step(portal: Portal, need: FieldNeed): SetupStep {
  const id = `hubspot:property:contact:${need.name}`;
  const existing = portal.properties.get(need.name);
  const named = `Contact property “${need.name}” (${need.label})`;
  if (existing === undefined) return { id, state: 'missing', what: `${named}, ${describeType(need)}` };
  const wanted = TYPES[need.type];
  const isLookalike = isSameType(existing, need);
  if (!isLookalike) {
    return { id, state: 'by_hand', what: `${named} exists as ${existing.type}, but ${wanted.type} is needed: rename it in the agreement, or replace it in HubSpot` };
  }
  if (need.unique === true && existing.hasUniqueValue !== true && need.name !== 'email') {
    return { id, state: 'by_hand', what: `${named} exists without “require unique values”, which HubSpot allows only at creation` };
  }
  if (existing.modificationMetadata?.readOnlyValue === true || existing.calculated === true) {
    return { id, state: 'by_hand', what: `${named} exists but cannot be written` };
  }
  const lacking = lackingOptions(existing, need);
  const drift = driftOf(existing, need);
  const told = drift.length === 0 ? {} : { drift };
  if (lacking.length === 0) return { id, state: 'ok', what: named, ...told };
  const list = lacking.map(({ value }) => value).join(', ');
  if (existing.modificationMetadata?.readOnlyOptions === true) {
    return { id, state: 'by_hand', what: `${named} lacks the options ${list}, and HubSpot does not let an app add them` };
  }
  return { id, state: 'differs', what: `${named} lacks the options ${list}`, ...told };
}

const WORDING = 'labels are people’s to word; the stored value is the same';

/** What somebody changed since: options that are gone or hidden come back, everything else is theirs. */
function driftOf(existing: PropertyDefinition, need: FieldNeed): Drift[] {
  const drift: Drift[] = [];
  if (existing.label !== undefined && existing.label !== need.label) drift.push({ part: 'label', wanted: need.label, found: existing.label, then: 'left', why: WORDING });
  if (existing.hidden === true) drift.push({ part: 'visibility', wanted: 'shown', found: 'hidden', then: 'left', why: 'runs read and write it all the same; who sees it is the portal’s to decide' });
  if (need.type !== 'option') return drift;
  const options = optionsOf(existing);
  for (const { value, label } of need.options ?? []) {
    const option = options.find((one) => one.value === value);
    if (option === undefined || option.hidden === true) {
      drift.push({ part: `option ${value}`, wanted: label, found: option === undefined ? null : 'hidden', then: 'restored', why: 'records and runs use this value' });
    } else if (option.label !== label) drift.push({ part: `label of option ${value}`, wanted: label, found: option.label, then: 'left', why: WORDING });
  }
  return drift;
}

function describeType(need: FieldNeed): string {
  return need.options === undefined ? need.type : `${need.type} with ${need.options.length} options`;
}

/** A property of another field type that holds the same values does as well. */
function isSameType(existing: PropertyDefinition, need: FieldNeed): boolean {
  const wanted = TYPES[need.type];
  if (need.type === 'boolean') return existing.type === 'bool' || (existing.type === 'enumeration' && existing.fieldType === 'booleancheckbox');
  if (need.type === 'option') return existing.type === 'enumeration' && existing.fieldType !== 'checkbox' && existing.fieldType !== 'booleancheckbox';
  return existing.type === wanted.type;
}

function optionsOf(existing: PropertyDefinition): PropertyOption[] {
  return parseEach(PropertyOption, existing.options ?? []).good;
}

/** Options that are absent or hidden. A boolean's two options are HubSpot's own matter once it exists. */
function lackingOptions(existing: PropertyDefinition, need: FieldNeed): { value: string; label: string }[] {
  if (need.type !== 'option') return [];
  const usable = new Set(
    optionsOf(existing)
      .filter((option) => option.hidden !== true)
      .map(({ value }) => value),
  );
  return (need.options ?? []).filter(({ value }) => !usable.has(value));
}

/**
 * Makes what is missing: the group, the properties (in batches), and options beside those that are there. Safe to repeat and to interrupt: what
 * exists is compared again first, and "exists already" is success. Nothing is removed, relabelled or hidden.
 *
 * Throws `ConcordError` naming the property that HubSpot refused, with what was done until then reported to `progress`.
 */
export async function setupApply(api: HubspotApi, needs: readonly FieldNeed[], progress: (done: SetupStep) => void): Promise<void> {
  const portal = await look(api);
  const planned = new Map(steps(portal, needs).map((one) => [one.id, one]));
  const report = (id: string): void => {
    const done = planned.get(id);
    if (done !== undefined) progress({ ...done, state: 'ok' });
  };

  if (!portal.hasGroup) {
    await unlessItExists(() => api.createGroup(GROUP));
    report('hubspot:group:concord');
  }

  const missing = contactNeeds(needs).filter((need) => planned.get(`hubspot:property:contact:${need.name}`)?.state === 'missing');
  for (const chunk of chunks(missing, BATCH)) await createAll(api, chunk, (need) => report(`hubspot:property:contact:${need.name}`));

  for (const need of contactNeeds(needs)) {
    const id = `hubspot:property:contact:${need.name}`;
    const existing = portal.properties.get(need.name);
    if (existing === undefined || planned.get(id)?.state !== 'differs') continue;
    await api.replaceOptions(need.name, merged(existing, need));
    report(id);
  }
}

/** HubSpot replaces the whole list of options, so the old ones go along, in their order; hidden ones that are needed become visible. */
function merged(existing: PropertyDefinition, need: FieldNeed): OptionInput[] {
  const wanted = new Set((need.options ?? []).map(({ value }) => value));
  const old = optionsOf(existing).map((option, index) => ({
    label: option.label,
    value: option.value,
    displayOrder: option.displayOrder ?? index,
    hidden: option.hidden === true && !wanted.has(option.value),
    ...(option.description === undefined ? {} : { description: option.description }),
  }));
  const next = Math.max(-1, ...old.map(({ displayOrder }) => displayOrder)) + 1;
  const added = (need.options ?? [])
    .filter(({ value }) => !old.some((option) => option.value === value))
    .map(({ value, label }, index) => ({ label, value, displayOrder: next + index, hidden: false }));
  return [...old, ...added];
}

async function createAll(api: HubspotApi, needs: FieldNeed[], report: (need: FieldNeed) => void): Promise<void> {
  let made = new Set<string>();
  try {
    const { value } = await api.createProperties(needs.map(definition));
    made = new Set(parseEach(PropertyGroup, value.results).good.map(({ name }) => name));
  } catch (error) {
    // The batch does not say which one it refuses; one by one, the culprit is named.
    if (!(error instanceof CallFailed) || !isRefused(error)) throw error;
  }
  for (const need of needs) {
    if (!made.has(need.name)) await createOne(api, need);
    report(need);
  }
}

async function createOne(api: HubspotApi, need: FieldNeed): Promise<void> {
  try {
    await unlessItExists(() => api.createProperty(definition(need)));
  } catch (error) {
    if (!(error instanceof CallFailed) || !isRefused(error)) throw error;
    throw new ConcordError({
      code: error.problem.code,
      message: `HubSpot refuses the property ${need.name}: ${error.problem.message}`,
      where: need.name,
      remedy: 'Check the number of custom properties the subscription allows and the name in the agreement, then run setup again.',
      exit: EXIT.failed,
      details: { vendorCode: error.problem.vendorCode },
      cause: error,
    });
  }
}

export function isRefused(error: CallFailed): boolean {
  return ['bad_request', 'invalid_value', 'duplicate', 'unknown', 'not_found', 'in_use'].includes(error.problem.code);
}

/** An interrupted run, or another one, made it already: 409 OBJECT_ALREADY_EXISTS. */
async function unlessItExists(create: () => Promise<void>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof CallFailed) || error.problem.code !== 'duplicate') throw error;
  }
}

export function definition(need: FieldNeed): PropertyInput {
  const options =
    need.type === 'boolean'
      ? [
          { value: 'true', label: 'Yes' },
          { value: 'false', label: 'No' },
        ]
      : need.type === 'option'
        ? (need.options ?? [])
        : undefined;
  return {
    name: need.name,
    label: need.label,
    groupName: GROUP.name,
    ...TYPES[need.type],
    description: need.description,
    ...(need.unique === true ? { hasUniqueValue: true } : {}),
    ...(options === undefined ? {} : { options: options.map(({ value, label }, index) => ({ value, label, displayOrder: index, hidden: false })) }),
  };
}

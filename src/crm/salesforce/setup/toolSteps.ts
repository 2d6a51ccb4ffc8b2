import type { Drift, FieldNeed, SalesNeeds } from '../../port';
import type { Component } from './components';
import { WORDING } from './fieldSteps';
import { key, type Found } from './look';
import { ordered, type Metadata } from './shapes';
import type { Work } from './step';
import { salesComponents } from './tools';

/** Ids of the steps, by type. */
const IDS = {
  CustomPermission: 'custom_permission', ValidationRule: 'validation_rule', ListView: 'list_view', QuickAction: 'quick_action', PathAssistant: 'path', LeadConvertSettings: 'conversion',
} as const;

type ToolType = keyof typeof IDS;

const NAMES: Readonly<Record<ToolType, string>> = {
  CustomPermission: 'Custom permission', ValidationRule: 'Validation rule', ListView: 'List view', QuickAction: 'Quick action', PathAssistant: 'Path guidance', LeadConvertSettings: 'Lead conversion mapping',
};

/** Members whose difference is an admin's or a rep's taste. All others follow the agreement. */
const LEFT: Readonly<Partial<Record<ToolType, Readonly<Record<string, string>>>>> = {
  CustomPermission: { label: WORDING, description: WORDING },
  ValidationRule: { active: 'switching the rule off is the admin’s to decide; a rejection without a reason counts all the same (F4)', errorMessage: WORDING, description: WORDING, errorDisplayField: 'where the message stands is the admin’s to choose' },
  ListView: { columns: 'columns are people’s to choose', label: WORDING, filterScope: 'the scope is people’s to choose' },
  QuickAction: { label: WORDING, quickActionLayout: 'the layout is the admin’s to choose', optionsCreateFeedItem: 'feed items are the admin’s to choose' },
  PathAssistant: { active: 'switching the path off is the admin’s to decide', masterLabel: WORDING },
};

const AGREED = 'the agreement decides it';

function isTool(type: Component['type']): type is ToolType {
  return type in IDS;
}

/** The tools of sales (the rule, its bypass, list views, action, path, conversion mapping), each compared member by member with what is there. */
export function toolSteps(found: Found, needs: FieldNeed[], sales: SalesNeeds): Work[] {
  if (found.others === undefined) {
    return [{ id: 'by_hand:metadata', state: 'by_hand', advice: true, what: 'The integration user may not read metadata: the rule, list views, action, path and conversion mapping were not looked at. Run setup as an admin, or deploy `setup --export`.' }];
  }
  return salesComponents(needs, sales).flatMap(({ type, body }): Work[] => {
    if (!isTool(type)) return [];
    const id = type === 'LeadConvertSettings' ? 'conversion:Lead' : `${IDS[type]}:${body.fullName}`;
    const what = `${NAMES[type]} ${type === 'LeadConvertSettings' ? 'from Lead to Contact' : body.fullName}`;
    const existing = found.others?.get(key(type, body.fullName));
    if (type === 'LeadConvertSettings') return [{ ...conversionStep(id, what, existing, body), advice: true }];
    if (existing === undefined) {
      if (type === 'PathAssistant' && found.otherPaths.length > 0) {
        return [{ id, state: 'by_hand', advice: true, what: `Lead has a path of its own, ${found.otherPaths.join(', ')}, which is left as it is: add the reason and note fields to its step for the rejected status.` }];
      }
      return [{ id, state: 'missing', advice: true, what: `${what}.`, deploys: [{ type, body }] }];
    }
    return [{ ...compared(id, what, type, existing, body), advice: true }];
  });
}

function compared(id: string, what: string, type: ToolType, existing: Metadata, wanted: Metadata): Work {
  const drift = Object.keys(wanted)
    .filter((member) => member !== 'fullName')
    .flatMap((member) => (type === 'PathAssistant' && member === 'pathAssistantSteps' ? stepDrift(existing, wanted) : memberDrift(type, member, existing, wanted)));
  const restored = drift.filter((one) => one.then === 'restored');
  const told = drift.length === 0 ? {} : { drift };
  if (restored.length === 0) return { id, state: 'ok', what: `${what}.`, ...told };
  const members = [...new Set(restored.map((one) => one.part.split(' ')[0] ?? ''))];
  const body = { ...existing, ...Object.fromEntries(members.map((member) => [member, member === 'pathAssistantSteps' ? mergedSteps(existing, wanted) : wanted[member]])) };
  return { id, state: 'differs', what: `${what} differs in: ${restored.map((one) => one.part).join(', ')}.`, ...told, deploys: [{ type, body: ordered(body) as Metadata }] };
}

function memberDrift(type: ToolType, member: string, existing: Metadata, wanted: Metadata): Drift[] {
  const [want, has] = [plain(wanted[member]), plain(existing[member])];
  if (want === has) return [];
  const why = LEFT[type]?.[member];
  return [{ part: member, wanted: want, found: has === '' ? null : has, then: why === undefined ? 'restored' : 'left', why: why ?? AGREED }];
}

/** A value as text to compare and to show: booleans and numbers as XML writes them, lists of one like the one, members in order, empty ones left out. */
function plain(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(plain).filter((one) => one !== '').join('; ');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') return '';
  return Object.entries(value)
    .filter(([name, member]) => name !== '$' && plain(member) !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${name} ${plain(member)}`)
    .join(', ');
}

type Entry = Record<string, unknown>;
const list = (body: Entry, member: string): Entry[] => {
  const value = body[member];
  return (Array.isArray(value) ? value : value == null ? [] : [value]) as Entry[];
};

/** Steps that are there stay as they are, whatever they say; steps that are absent are added. */
function stepDrift(existing: Metadata, wanted: Metadata): Drift[] {
  return list(wanted, 'pathAssistantSteps').flatMap((step): Drift[] => {
    const status = String(step['picklistValueName']);
    const has = list(existing, 'pathAssistantSteps').find((one) => one['picklistValueName'] === status);
    if (has === undefined) return [{ part: `pathAssistantSteps ${status}`, wanted: plain(step), found: null, then: 'restored', why: AGREED }];
    return plain(has) === plain(step) ? [] : [{ part: `pathAssistantSteps ${status}`, wanted: plain(step), found: plain(has), then: 'left', why: 'guidance is people’s to word' }];
  });
}

function mergedSteps(existing: Metadata, wanted: Metadata): Entry[] {
  const has = list(existing, 'pathAssistantSteps');
  return [...has, ...list(wanted, 'pathAssistantSteps').filter((step) => !has.some((one) => one['picklistValueName'] === step['picklistValueName']))];
}

/** Concord's fields beside the org's own mappings, all of which are sent along: a deploy replaces the whole. A field that an admin mapped elsewhere stays so. */
function conversionStep(id: string, what: string, existing: Metadata | undefined, wanted: Metadata): Work {
  const pairs = list(list(wanted, 'objectMapping')[0] ?? {}, 'mappingFields');
  const mappings = existing === undefined ? [] : list(existing, 'objectMapping');
  const contact = mappings.find((mapping) => mapping['outputObject'] === 'Contact');
  const has = contact === undefined ? [] : list(contact, 'mappingFields');
  const missing = pairs.filter((pair) => !has.some((one) => one['inputField'] === pair['inputField'] || one['outputField'] === pair['outputField']));
  const elsewhere = has.flatMap((one): Drift[] => {
    const pair = pairs.find((each) => each['inputField'] === one['inputField']);
    if (pair === undefined || pair['outputField'] === one['outputField']) return [];
    return [{ part: `field ${String(pair['inputField'])}`, wanted: String(pair['outputField']), found: String(one['outputField']), then: 'left', why: 'an admin mapped it' }];
  });
  const drift: Drift[] = [...elsewhere, ...missing.map((pair): Drift => ({ part: `field ${String(pair['inputField'])}`, wanted: String(pair['outputField']), found: null, then: 'restored', why: 'a converted lead’s values go on with the contact (I2)' }))];
  if (missing.length === 0) return { id, state: 'ok', what: `${what}.`, ...(drift.length === 0 ? {} : { drift }) };
  const merged = { inputObject: 'Lead', ...contact, mappingFields: [...has, ...missing], outputObject: 'Contact' };
  const body = ordered({ ...existing, fullName: wanted.fullName, objectMapping: [...mappings.filter((mapping) => mapping !== contact), merged] }) as Metadata;
  const isNew = missing.length === pairs.length;
  return {
    id, state: isNew ? 'missing' : 'differs', what: `${what}${isNew ? '' : ' lacks'}: ${isNew ? `${missing.length} fields` : missing.map((pair) => String(pair['inputField'])).join(', ')}.`,
    ...(isNew ? {} : { drift }), deploys: [{ type: 'LeadConvertSettings', body }],
  };
}

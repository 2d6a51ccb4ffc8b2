import type { Definition } from './definitions';
import type { ValueProblem } from './errors';

/** A date that HubSpot rewrote: paths from 2026-09 on say so in `warnings`. */
export interface ValueWarning {
  category: 'PROPERTY_VALUE_NORMALIZED';
  message: string;
  context: { rawValue: string[]; normalizedValue: string[]; propertyName: string[] };
}

/** A written value as it will be stored (null: cleared), or why it is refused. */
export type CheckedValue = { value: string | null; warning?: ValueWarning } | { problem: ValueProblem };

/** What a value check has to ask of the rest of the portal. */
export interface ValueContext {
  /** The value now stored, for multi-selects that add to it. */
  before: string | null;
  /** Whether an owner id can be assigned. */
  owner(id: string): boolean;
  /** Stage and pipeline ids, for the deal properties whose options live in the pipelines. */
  pipelineOptions(property: string): readonly string[] | undefined;
}

/** Longest text of a string property: https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide */
const longestText = 65_536;

/** A moment as HubSpot prints it in properties: milliseconds only where there are any. */
export function printMoment(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/**
 * Checks a written value against its definition and brings it into stored form: text as it is, numbers as text, `true`/`false`, options'
 * internal values joined by `;`, dates as `YYYY-MM-DD`, date-times as ISO UTC. `""` and null clear.
 */
export function checkValue(definition: Definition, raw: unknown, context: ValueContext): CheckedValue {
  if (raw === null || raw === '') return { value: null };
  const text = typeof raw === 'string' ? raw : String(raw);
  if (definition.name === 'email') return checkEmail(text);
  switch (definition.type) {
    case 'enumeration':
      return checkOption(definition, text, context);
    case 'bool':
      return text === 'true' || text === 'false' ? { value: text } : { problem: optionProblem(definition.name, text, ['true', 'false']) };
    case 'number':
      return checkNumber(definition.name, text);
    case 'date':
      return checkDate(definition.name, text);
    case 'datetime':
      return checkDateTime(definition.name, text);
    default:
      return checkText(definition.name, text);
  }
}

function checkText(name: string, text: string): CheckedValue {
  if (text.length <= longestText) return { value: text };
  return { problem: { name, error: 'VALUE_TOO_LONG', message: `The value of "${name}" has ${text.length} characters, the limit is ${longestText}` } };
}

/** A plain shape check: something, an @, a domain with a dot, no blanks. */
export function isEmail(text: string): boolean {
  return /^[^\s@,;<>()[\]"\\]+@[^\s@,;<>()[\]"\\.]+(\.[^\s@,;<>()[\]"\\.]+)+$/.test(text);
}

function checkEmail(text: string): CheckedValue {
  const email = text.trim().toLowerCase();
  if (email === '') return { value: null };
  return isEmail(email) ? { value: email } : { problem: { name: 'email', error: 'INVALID_EMAIL', message: `Email address ${text} is invalid` } };
}

function optionProblem(name: string, text: string, allowed: readonly string[]): ValueProblem {
  return { name, error: 'INVALID_OPTION', message: `${text} was not one of the allowed options: [${allowed.join(', ')}]` };
}

function checkOption(definition: Definition, text: string, context: ValueContext): CheckedValue {
  const { name } = definition;
  if (definition.externalOptions && definition.referencedObjectType === 'OWNER') {
    return context.owner(text) ? { value: text } : { problem: optionProblem(name, text, ['existing owner ids']) };
  }
  const allowed = context.pipelineOptions(name) ?? definition.options.map((option) => option.value);
  const multiple = definition.fieldType === 'checkbox';
  // HubSpot's own lists of ids and addresses have no options: any value goes.
  const free = multiple && definition.hubspotDefined && definition.options.length === 0;
  if (!multiple) return allowed.includes(text) ? { value: text } : { problem: optionProblem(name, text, allowed) };
  const adds = text.startsWith(';');
  const parts = text.split(';').map((part) => part.trim()).filter((part) => part !== '');
  const stranger = free ? undefined : parts.find((part) => !allowed.includes(part));
  if (stranger !== undefined) return { problem: optionProblem(name, stranger, allowed) };
  const kept = adds && context.before !== null ? context.before.split(';') : [];
  const value = [...new Set([...kept, ...parts])].join(';');
  return { value: value === '' ? null : value };
}

function checkNumber(name: string, text: string): CheckedValue {
  const trimmed = text.trim();
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return { value: trimmed };
  return { problem: { name, error: 'INVALID_LONG', message: `${text} was not a valid number.` } };
}

function checkDate(name: string, text: string): CheckedValue {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const at = Date.parse(`${text}T00:00:00Z`);
    if (!Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text) return { value: text };
    return { problem: { name, error: 'INVALID_DATE', message: `${text} was not a valid date.` } };
  }
  const at = /^-?\d+$/.test(text) ? Number(text) : zonedTime(text);
  if (at === undefined || Number.isNaN(new Date(at).getTime())) {
    return { problem: { name, error: 'INVALID_DATE', message: `${text} was not a valid date.` } };
  }
  const moment = new Date(at).toISOString();
  if (!moment.endsWith('T00:00:00.000Z')) {
    return { problem: { name, error: 'INVALID_DATE', message: `${text} is at ${moment.slice(11, 23)} UTC, not midnight!` } };
  }
  const value = moment.slice(0, 10);
  return {
    value,
    warning: {
      category: 'PROPERTY_VALUE_NORMALIZED',
      message: `The value of ${name} was normalized to ${value}`,
      context: { rawValue: [text], normalizedValue: [value], propertyName: [name] },
    },
  };
}

function zonedTime(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function checkDateTime(name: string, text: string): CheckedValue {
  const at = /^-?\d+$/.test(text) ? Number(text) : /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : zonedTime(text);
  if (at === undefined || Number.isNaN(new Date(at).getTime())) {
    return { problem: { name, error: 'INVALID_LONG', message: `${text} was not a valid long.` } };
  }
  return { value: printMoment(at) };
}

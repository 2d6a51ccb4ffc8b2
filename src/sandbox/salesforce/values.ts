import { SalesforceError } from './errors';
import type { Field } from './objects/define';

/** A value as stored: booleans are 0/1, date-times epoch milliseconds, dates and times text. */
export type Stored = string | number | null;
export type Row = Record<string, Stored>;

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The 18-character form of a 15-character id: three letters that carry which characters are capitals. */
export function to18(id15: string): string {
  let out = id15;
  for (let block = 0; block < 3; block += 1) {
    let bits = 0;
    for (let i = 0; i < 5; i += 1) {
      const c = id15.charCodeAt(block * 5 + i);
      if (c >= 65 && c <= 90) bits |= 1 << i;
    }
    out += CHECK[bits];
  }
  return out;
}

/** An id of the org: object prefix, instance, counter. Ids made later sort later, byte by byte. */
export function makeId(prefix: string, n: number): string {
  let digits = '';
  let rest = n;
  for (let i = 0; i < 9; i += 1) {
    digits = (BASE62[rest % 62] as string) + digits;
    rest = Math.floor(rest / 62);
  }
  return to18(`${prefix}Ws0${digits}`);
}

/** The 18-character form of an id in either form, or undefined when the text cannot be an id. */
export function normaliseId(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  if (/^[A-Za-z0-9]{15}$/.test(text)) return to18(text);
  return /^[A-Za-z0-9]{18}$/.test(text) ? text : undefined;
}

/** `2026-11-22T04:17:39.000+0000`: the API's date-time, whose offset has no colon. */
export function renderDateTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)(\.\d+)?(Z|[+-]\d{2}:?\d{2})?$/;

/** Epoch milliseconds, to the whole second, of an ISO date-time; no offset means UTC. Undefined when it is none. */
export function parseDateTime(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const zone = match[4] === undefined ? 'Z' : match[4].length === 5 ? `${match[4].slice(0, 3)}:${match[4].slice(3)}` : match[4];
  const clock = (match[2] as string).length === 5 ? `${match[2]}:00` : match[2];
  const ms = Date.parse(`${match[1]}T${clock}${zone}`);
  return Number.isNaN(ms) || !isDate(match[1] as string) ? undefined : ms;
}

export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === text;
}

export function renderDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

const EMAIL = /^[^\s@<>(),;:"[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$/;

/**
 * A value as the API was given it (JSON, or text from CSV and XML), as it is stored. Text loses outer blanks, empty text is null,
 * date-times lose their fraction of a second. Throws the vendor's refusal for a value of another type, too long, or malformed.
 */
export function toStored(field: Field, value: unknown): Stored {
  if (value === undefined || value === null) return field.type === 'boolean' ? 0 : null;
  switch (field.type) {
    case 'boolean':
      if (value === true || value === 'true' || value === '1') return 1;
      if (value === false || value === 'false' || value === '0' || value === '') return 0;
      throw unreadable(field, value);
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return toNumber(field, value);
    case 'date':
      return toDate(field, value);
    case 'datetime': {
      if (typeof value === 'number') return wholeSeconds(value);
      if (value === '') return null;
      const ms = typeof value === 'string' ? parseDateTime(value) : undefined;
      if (ms !== undefined) return ms;
      if (typeof value === 'string' && isDate(value)) return Date.parse(`${value}T00:00:00Z`);
      throw unreadable(field, value);
    }
    case 'id':
    case 'reference': {
      if (value === '') return null;
      const id = normaliseId(value);
      if (id === undefined) {
        throw new SalesforceError('MALFORMED_ID', `${field.label}: id value of incorrect type: ${String(value)}`, { fields: [field.name] });
      }
      return id;
    }
    default:
      return toText(field, value);
  }
}

function toText(field: Field, value: unknown): string | null {
  if (typeof value === 'object') throw unreadable(field, value);
  const text = String(value).trim();
  if (text === '') return null;
  if (field.length > 0 && text.length > field.length) {
    throw new SalesforceError(
      'STRING_TOO_LONG',
      `${field.label}: data value too large: ${text.slice(0, 255)} (max length=${field.length})`,
      { fields: [field.name] },
    );
  }
  if (field.type === 'email' && !EMAIL.test(text)) {
    throw new SalesforceError('INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${text}`, { fields: [field.name] });
  }
  return text;
}

function toNumber(field: Field, value: unknown): number | null {
  if (value === '') return null;
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw unreadable(field, value);
  const factor = 10 ** field.scale;
  const rounded = Math.round(number * factor) / factor;
  if (field.precision > 0 && Math.abs(rounded) >= 10 ** (field.precision - field.scale)) {
    throw new SalesforceError('NUMBER_OUTSIDE_VALID_RANGE', `${field.label}: value outside of valid range on numeric field: ${number}`, {
      fields: [field.name],
    });
  }
  return rounded;
}

function toDate(field: Field, value: unknown): string | null {
  if (value === '') return null;
  if (typeof value === 'string') {
    const day = value.slice(0, 10);
    if (isDate(day) && (value.length === 10 || parseDateTime(value) !== undefined)) return day;
  }
  throw unreadable(field, value);
}

function unreadable(field: Field, value: unknown): SalesforceError {
  const kind = typeof value === 'number' ? 'VALUE_NUMBER' : typeof value === 'boolean' ? 'VALUE_TRUE' : typeof value === 'object' ? 'START_OBJECT' : 'VALUE_STRING';
  return new SalesforceError(
    'JSON_PARSER_ERROR',
    `Cannot deserialize instance of ${field.type} from ${kind} value ${typeof value === 'object' ? '{}' : String(value)} or request may be missing a required field at [line:1, column:2]`,
    { wholeCall: true },
  );
}

/** A stored value as the API answers it. */
export function toApi(field: Field, value: Stored | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (field.type === 'boolean') return value === 1;
  if (field.type === 'datetime') return renderDateTime(value as number);
  return value;
}

import { validationRefusal } from './errors';

/** What a request's body may hold once it has been parsed. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(what: string): never {
  throw validationRefusal(`Invalid input JSON on line 1, column 1: ${what}`);
}

/** The body as an object; 400 otherwise. */
export function objectOf(value: unknown, what = 'body'): JsonObject {
  return isObject(value) ? value : refuse(`${what} should be an object`);
}

export function arrayOf(value: unknown, what: string): unknown[] {
  return Array.isArray(value) ? value : refuse(`${what} should be an array`);
}

/** Text, with numbers written out as HubSpot takes ids in either form. */
export function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return refuse(`${what} should be a string`);
}

export function optionalText(value: unknown, what: string): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value, what);
}

export function textList(value: unknown, what: string): string[] {
  return value === undefined || value === null ? [] : arrayOf(value, what).map((entry) => textOf(entry, what));
}

export function optionalFlag(value: unknown, what: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  return refuse(`${what} should be a boolean`);
}

export function optionalNumber(value: unknown, what: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : refuse(`${what} should be a number`);
}

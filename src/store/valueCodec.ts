import type { Value } from '../domain/record';

/*
 * Values in rows. A moment (`2026-11-22T09:00:00.000Z`, 24 characters) is kept as `~` and its epoch milliseconds to base 36 (9 characters);
 * a text that begins with `~` gets a second one. Everything else is as JSON has it.
 */

const MOMENT_LENGTH = 24;

export function packValue(value: Value): Value {
  if (typeof value !== 'string') return value;
  if (value.length === MOMENT_LENGTH && value[10] === 'T' && value[23] === 'Z') {
    const at = Date.parse(value);
    // Only a text that comes back character for character is shortened.
    if (!Number.isNaN(at) && new Date(at).toISOString() === value) return `~${at.toString(36)}`;
  }
  return value[0] === '~' ? `~${value}` : value;
}

export function unpackValue(value: Value): Value {
  if (typeof value !== 'string' || value[0] !== '~') return value;
  return value[1] === '~' ? value.slice(1) : new Date(parseInt(value.slice(1), 36)).toISOString();
}


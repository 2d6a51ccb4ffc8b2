import type { Value } from '../domain/record';

/*
 * Values in rows. A moment (`2026-11-22T09:00:00.000Z`, 24 characters) is kept as `~` and its epoch milliseconds to base 36 (9 characters);
 * a text that begins with `~` gets a second one. Everything else is as JSON has it.
 */

const MOMENT_LENGTH = 24;
/** The same moments stand on both of a person's records and in the journal; working them out is the dearest part of a value. */
const MOST_KNOWN = 5_000;
const known = new Map<string, string>();


export function packValue(value: Value): Value {
  if (typeof value !== 'string') return value;
  if (value.length === MOMENT_LENGTH && value[10] === 'T' && value[23] === 'Z') {
    const before = known.get(value);
    if (before !== undefined) return before;
    const at = Date.parse(value);
    // Only a text that comes back character for character is shortened.
    if (!Number.isNaN(at) && new Date(at).toISOString() === value) {
      const short = `~${at.toString(36)}`;
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(value, short);
      return short;
    }
  }
  return value[0] === '~' ? `~${value}` : value;
}

export function unpackValue(value: Value): Value {
  if (typeof value !== 'string' || value[0] !== '~') return value;
  return value[1] === '~' ? value.slice(1) : new Date(parseInt(value.slice(1), 36)).toISOString();
}


import type { Path } from './fault';

/*
 * Looking into the file's content before (or although) its shape is wrong: a piece of the wrong kind reads as absent, so that every check finds what
 * it can and all faults are told at once.
 */

export function get(data: unknown, ...path: Path): unknown {
  let here = data;
  for (const step of path) {
    if (typeof step === 'number') here = Array.isArray(here) ? (here as unknown[])[step] : undefined;
    else here = isRecord(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }
  return here;
}

export function list(data: unknown, ...path: Path): unknown[] {
  const found = get(data, ...path);
  return Array.isArray(found) ? (found as unknown[]) : [];
}

export function text(data: unknown, ...path: Path): string | undefined {
  const found = get(data, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as the file's reader would recognise it, short. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  const words = typeof value === 'string' ? `“${value}”` : plain(value);
  return words.length > 60 ? `${words.slice(0, 57)}…` : words;
}

/** A scalar as text (JSON knows no `.nan` and no `.inf`); a list or a map as JSON. */
export function plain(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? '');
}

/** `a, b or c`, in back quotes. */
export function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  const last = quoted.pop();
  return quoted.length === 0 ? (last ?? '') : `${quoted.join(', ')} or ${last ?? ''}`;
}

import { formatPatch, OMIT_HEADERS, structuredPatch } from 'diff';

/** Lines of context around a change. */
const CONTEXT = 3;

/**
 * The difference of two texts in the unified format; empty for equal texts. The two names stand as they are: the library would write a space or an
 * accent in them as Git does, for a machine.
 */
export function unifiedDiff(before: string, after: string, name: string): string {
  if (before === after) return '';
  const patch = structuredPatch(name, name, before, after, undefined, undefined, { context: CONTEXT });
  return `--- ${name}\n+++ ${name} (proposed)\n${formatPatch(patch, OMIT_HEADERS)}`;
}

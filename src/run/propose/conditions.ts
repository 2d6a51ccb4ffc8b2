import type { Path } from '../../agreement/fault';
import { MARK, sameText, type Proposing } from './decisions';

/** What becomes of a value in conditions: the values that mean the same here, or nothing. */
export type Renamed = ReadonlyMap<string, readonly string[]>;

/**
 * Carries renamed values into the conditions that look for them. A clause all of whose values are gone is taken out of its `any`: widened to a coarser value
 * it would let everybody in. Where it stands alone it is left, and marked.
 */
export function renameInConditions(on: Proposing, fields: readonly string[], renamed: Renamed): void {
  const stages = on.edits.get('stages') as { when?: unknown }[];
  stages.forEach((stage, index) => visit(on, ['stages', index, 'when'], stage.when, fields, renamed));
  const points = on.edits.get('score', 'points');
  if (Array.isArray(points)) points.forEach((term: { when?: unknown }, index) => visit(on, ['score', 'points', index, 'when'], term.when, fields, renamed));
}

function visit(on: Proposing, path: Path, condition: unknown, fields: readonly string[], renamed: Renamed): void {
  if (typeof condition !== 'object' || condition === null) return;
  const node = condition as Record<string, unknown>;
  for (const joiner of ['any', 'all'] as const) {
    const parts = node[joiner];
    if (!Array.isArray(parts)) continue;
    const gone = parts.flatMap((part: unknown, index) => (isGone(part, fields, renamed) ? [index] : []));
    const removable = joiner === 'any' && gone.length < parts.length;
    parts.forEach((part: unknown, index) => {
      if (removable && gone.includes(index)) on.edits.remove([...path, joiner, index], `${MARK} to decide: a clause looked for a value that is not there, and was taken out (${describe(part)})`);
      else visit(on, [...path, joiner, index], part, fields, renamed);
    });
  }
  if ('not' in node) visit(on, [...path, 'not'], node['not'], fields, renamed);
  if (typeof node['field'] === 'string' && fields.includes(node['field'])) rename(on, path, node, renamed);
}

function rename(on: Proposing, path: Path, clause: Record<string, unknown>, renamed: Renamed): void {
  for (const operator of ['is', 'is_not', 'in', 'not_in']) {
    const old = clause[operator];
    if (old === undefined) continue;
    const before = (Array.isArray(old) ? old : [old]).map(String);
    const after = [...new Set(before.flatMap((value) => of(renamed, value) ?? [value]))];
    if (after.length === 0) {
      on.edits.note([...path, operator], `${MARK} to decide: this value is not there; name the one that means the same`);
      continue;
    }
    if (after.length === before.length && after.every((value, index) => value === before[index])) continue;
    const [only] = after;
    if (Array.isArray(old)) on.edits.set([...path, operator], after, null);
    else if (after.length === 1 && only !== undefined) on.edits.set([...path, operator], only, null);
    else on.edits.write(path, `{ field: ${String(clause['field'])}, ${operator === 'is' ? 'in' : 'not_in'}: ${JSON.stringify(after)} }`, null);
  }
}

function of(renamed: Renamed, value: string): readonly string[] | undefined {
  for (const [old, now] of renamed) if (sameText(old, value)) return now;
  return undefined;
}

function isGone(clause: unknown, fields: readonly string[], renamed: Renamed): boolean {
  if (typeof clause !== 'object' || clause === null || !('field' in clause) || !fields.includes(String(clause.field))) return false;
  const one = clause as Record<string, unknown>;
  const values = [one['is'], ...(Array.isArray(one['in']) ? (one['in'] as unknown[]) : [])].filter((value) => value !== undefined).map(String);
  return values.length > 0 && values.every((value) => of(renamed, value)?.length === 0);
}

function describe(clause: unknown): string {
  const { field, ...rest } = clause as Record<string, unknown>;
  const value = Object.values(rest)[0];
  return `${String(field)} ${Array.isArray(value) ? value.join(', ') : String(value)}`;
}

import type { FieldNeed } from '../../port';
import type { Option } from './shapes';

/** The shared sets of options that the needs name, each with the options of all its fields. */
export function sharedSets(needs: readonly FieldNeed[]): Map<string, Option[]> {
  const out = new Map<string, Option[]>();
  for (const need of needs) {
    if (need.sharedOptions === undefined) continue;
    const known = out.get(need.sharedOptions) ?? [];
    out.set(need.sharedOptions, [...known, ...(need.options ?? []).filter((option) => !known.some((one) => one.value === option.value))]);
  }
  return out;
}

import type { StoreReader } from '../store/port';
import { all } from './groups';
import { DIMENSIONS, type Dimension } from './model';

/** What reports can be filtered by, the most frequent first; owners by their names. */
export type FilterValues = Record<Dimension, string[]>;

/** Of each dimension this many: what is offered to whoever fills in a filter, who may still write anything else. */
const MOST = 50;

/** The values that people have, counted once each: their last pass. */
export async function filterValues(store: Pick<StoreReader, 'reportGroups' | 'ownerNames'>): Promise<FilterValues> {
  const owners = await store.ownerNames();
  const values = {} as FilterValues;
  for (const dimension of DIMENSIONS) {
    const groups = await store.reportGroups({ of: 'episodes', where: { column: 'last', in: [1] }, by: { column: dimension }, counts: { n: all() } });
    const found = groups.flatMap(({ key, counts }) => (key === null || key === '' ? [] : [{ value: String(key), n: counts['n'] ?? 0 }])).sort((a, b) => b.n - a.n);
    values[dimension] = [...new Set(found.slice(0, MOST).map(({ value }) => (dimension === 'owner' ? (owners.get(value) ?? value) : value)))];
  }
  return values;
}

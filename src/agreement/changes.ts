/** One difference between two agreements: where, and what stood and stands there; null: nothing. */
export interface Change {
  /** `sla.answer`, `rejection.reasons.no_budget.after`: list entries that have an id by it. */
  path: string;
  before: string | null;
  after: string | null;
}

type Plain = Record<string, unknown>;

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list whose entries all have an id of their own, by it. Null: another list. */
function byId(list: unknown[]): Plain | null {
  const entries = list.map((item) => (isPlain(item) && typeof item['id'] === 'string' ? ([item['id'], item] as const) : null));
  if (entries.length === 0 || entries.some((entry) => entry === null)) return null;
  const found = Object.fromEntries(entries as (readonly [string, Plain])[]);
  return Object.keys(found).length === list.length ? found : null;
}

/** What a value is compared by: members of an object, entries of a list by their ids. Null: it is compared as a whole. */
function membersOf(value: unknown): Plain | null {
  if (Array.isArray(value)) return byId(value);
  return isPlain(value) ? value : null;
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What differs between two agreements' settings, in the order of the newer one. The order of lists with ids says nothing; that of others does. */
export function changesBetween(before: unknown, after: unknown, path = ''): Change[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [old, now] = [membersOf(before), membersOf(after)];
  if (old === null || now === null) return [{ path, before: textOf(before), after: textOf(after) }];
  return [...new Set([...Object.keys(now), ...Object.keys(old)])].flatMap((name) => changesBetween(old[name], now[name], path === '' ? name : `${path}.${name}`));
}

import { badUrl } from './errors';

export type StoreUrl = { kind: 'sqlite'; path: string } | { kind: 'postgres'; url: string; schema: string | null };

/**
 * Reads `DATABASE_URL`: `sqlite:PATH` (relative to the working directory; `sqlite::memory:` for a store that ends with the process) or
 * `postgres://…` / `postgresql://…`. `?schema=NAME` puts the tables into a schema of their own, so that one database serves the connections of
 * many portal-org pairs (design.md section 12). Throws `store_url` without quoting the address: it holds a password.
 */
export function parseStoreUrl(address: string): StoreUrl {
  const trimmed = address.trim();
  if (trimmed.startsWith('sqlite:')) {
    const path = trimmed.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '' || path.startsWith('//')) throw badUrl();
    return { kind: 'sqlite', path };
  }
  if (/^postgres(ql)?:\/\//.test(trimmed)) {
    // Rewritten as text: a unix socket as host (`postgres://user@%2Ftmp%2Fpg/db`) does not survive WHATWG parsing.
    const found = /[?&]schema=([^&]*)/.exec(trimmed);
    const schema = found?.[1] === undefined ? null : decodeURIComponent(found[1]);
    if (schema !== null && !/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw badUrl();
    // pg takes `options` from the address instead of ours, which name the schema and end frozen transactions.
    if (/[?&]options=/.test(trimmed)) throw badUrl();
    const url = trimmed.replace(/([?&])schema=[^&]*&?/, '$1').replace(/[?&]$/, '');
    return { kind: 'postgres', url, schema };
  }
  throw badUrl();
}

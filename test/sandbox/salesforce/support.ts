import { Connection } from 'jsforce';
import { SandboxClock } from '../../../src/sandbox/clock';
import { openSandboxDatabase } from '../../../src/sandbox/database';
import { createSalesforceSandbox, type SalesforceSandbox, type SalesforceSandboxOptions } from '../../../src/sandbox/salesforce';

export const NOW = Date.parse('2026-11-22T04:17:39.000Z');

export interface World {
  sandbox: SalesforceSandbox;
  clock: SandboxClock;
  url: string;
  conn: Connection;
  close(): Promise<void>;
}

/** A sandbox in memory at a fixed moment, and the real jsforce logged in to it. */
export async function world(options: Partial<SalesforceSandboxOptions> = {}): Promise<World> {
  const clock = options.clock ?? new SandboxClock();
  if (!options.clock) clock.set(NOW);
  const sandbox = createSalesforceSandbox({ database: openSandboxDatabase(':memory:'), ...options, clock });
  const server = await sandbox.listen();
  const conn = await login(sandbox, server.url);
  return { sandbox, clock, url: server.url, conn, close: () => server.close() };
}

export async function login(sandbox: SalesforceSandbox, url: string): Promise<Connection> {
  const conn = new Connection({ instanceUrl: url, version: '67.0', oauth2: { loginUrl: url, clientId: sandbox.clientId, clientSecret: sandbox.clientSecret } });
  await conn.authorize({ grant_type: 'client_credentials' });
  return conn;
}

/** A plain call with the connection's session: for what jsforce hides (status, headers). */
export async function raw(w: World, method: string, path: string, options: { body?: unknown; headers?: Record<string, string> } = {}): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(`${w.url}${path.startsWith('/services') || path.startsWith('//') ? path : `/services/data/v67.0${path}`}`, {
    method,
    headers: { authorization: `Bearer ${w.conn.accessToken ?? ''}`, ...(options.body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
    ...(options.body === undefined ? {} : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
  });
  const text = await response.text();
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Text stays text.
  }
  return { status: response.status, headers: response.headers, body };
}

/** The vendor's code of a rejected promise. */
export async function codeOf(promise: PromiseLike<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const known = error as { errorCode?: string; name?: string };
    return known.errorCode ?? known.name ?? 'no code';
  }
  return 'no error';
}

/** The vendor's code of a refusal at the direct door. */
export function codeOfCall(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code ?? 'no code';
  }
  return 'no error';
}

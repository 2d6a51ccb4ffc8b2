import { Client } from '@hubspot/api-client';
import { SandboxClock } from '../../../src/sandbox/clock';
import { openSandboxDatabase } from '../../../src/sandbox/database';
import { createHubspotSandbox, type HubspotSandbox, type HubspotSandboxOptions } from '../../../src/sandbox/hubspot';

/** The moment at which every portal of these tests starts. */
export const start = Date.parse('2026-11-22T12:00:00Z');

/** An entry of `results`: records, definitions, associations and statuses have different parts of it. */
export interface Item {
  id: string;
  name: string;
  new: boolean;
  properties: Record<string, string | null>;
  associations: unknown;
  options: { value: string }[];
  from: { id: string };
  to: { toObjectId: unknown; associationTypes: { typeId: number }[] }[];
  toObjectId: string | number;
  associationTypes: { typeId: number }[];
  subscriptionId: number;
  status: string;
  statuses: unknown[];
  setStatusSuccessReason: string;
}

/** An answer's body, with every part that any of these tests asks for. Parts that an answer lacks are undefined. */
export interface Body extends Item {
  message: string;
  total: number;
  results: Item[];
  paging: { next: { after: string } };
  numErrors: number;
  errors: unknown[];
  warnings: unknown;
  updatedAt: string;
  propertiesWithHistory: unknown;
  stages: unknown[];
  list: { listId: string; name: string };
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Portal extends HubspotSandbox {
  clock: SandboxClock;
  url: string;
  client: Client;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  patch(path: string, body?: unknown): Promise<Answer>;
}

const open: { close(): Promise<void> }[] = [];

/** A portal of its own on a free port, closed after the test by `closePortals`. */
export async function openPortal(options: Partial<HubspotSandboxOptions> = {}): Promise<Portal> {
  const clock = options.clock ?? new SandboxClock();
  if (options.clock === undefined) clock.set(start);
  const sandbox = createHubspotSandbox({ database: openSandboxDatabase(':memory:'), ...options, clock });
  const server = await sandbox.listen();
  open.push(server);
  const call: Portal['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${sandbox.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? undefined : JSON.parse(text)) as Body };
  };
  return {
    ...sandbox,
    clock,
    url: server.url,
    client: new Client({ accessToken: sandbox.token, basePath: server.url }),
    call,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
  };
}

export async function closePortals(): Promise<void> {
  for (const server of open.splice(0)) await server.close();
}

/** Paths of both families for the same objects. */
export const families = [
  { family: 'v3', objects: '/crm/v3/objects', properties: '/crm/v3/properties', partial: 207 },
  { family: '2026-09', objects: '/crm/objects/2026-09', properties: '/crm/properties/2026-09', partial: 200 },
] as const;

/** The entries of the JSON array that HubSpot hides in the text of a message. */
export function problemsIn(body: Body): { name: string; error: string; isValid: boolean }[] {
  const text = body.message;
  return JSON.parse(text.slice(text.indexOf('['))) as { name: string; error: string; isValid: boolean }[];
}

import { SalesforceError } from '../errors';
import { actor, type Actor, type Org } from '../org';
import type { Queries } from '../soql/run';
import type { BulkJobs } from './bulk';
import type { Deploys } from '../soap/deploy';

/** One call to the data API, from HTTP or from inside a composite. */
export interface Call {
  method: string;
  /** Path below `/services/data/vXX.X`, split and decoded. */
  path: string[];
  query: URLSearchParams;
  header(name: string): string | undefined;
  body: Buffer;
  /** `67.0` */
  version: string;
  userId: string;
}

export interface Answer {
  status: number;
  /** JSON, unless `type` says otherwise; undefined: no body. */
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
}

/** What the handlers work with. */
export interface Services {
  org: Org;
  queries: Queries;
  bulk: BulkJobs;
  deploys: Deploys;
}

export type Handler = (services: Services, call: Call) => Answer;

/** The body as a JSON object; throws JSON_PARSER_ERROR. */
export function jsonBody(call: Call): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(call.body.toString('utf8'));
  } catch (error) {
    throw new SalesforceError('JSON_PARSER_ERROR', error instanceof Error ? error.message : 'not JSON');
  }
  if (!isObject(value)) throw new SalesforceError('JSON_PARSER_ERROR', 'The HTTP entity body is required, but this request has no entity body.');
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Who a call acts for, with the headers that change a write. `Sforce-Auto-Assign` counts as TRUE when absent, on updates too
 * (https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_autoassign.htm).
 */
export function actorOf(call: Call): Actor {
  const duplicates = call.header('sforce-duplicate-rule-header') ?? '';
  return actor(call.userId, {
    autoAssign: (call.header('sforce-auto-assign') ?? 'TRUE').trim().toUpperCase() !== 'FALSE',
    allowDuplicates: /allowSave\s*=\s*true/i.test(duplicates),
  });
}

/** Turns a refusal into the answer of a whole call. */
export function refusal(error: unknown): Answer {
  if (error instanceof SalesforceError) return { status: error.status, body: [error.toRest()] };
  const message = error instanceof Error ? `${error.message}` : String(error);
  return { status: 500, body: [{ message: `An unexpected error occurred: ${message}`, errorCode: 'UNKNOWN_EXCEPTION' }] };
}

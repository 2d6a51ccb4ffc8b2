import { EXIT, ConcordError, problem } from '../../domain/problem';
import { CallFailed, type Pace } from '../pace';
import { operationOf, OPERATIONS, pathOf, BURST, type ApiVersion, type OperationName } from './paths';
import { problemOf, sentByStatus } from './problems';

/** What came back from HubSpot, parsed as JSON (undefined for an empty body). Always a 2xx: everything else is thrown as `CallFailed`. */
export interface Answer {
  name: OperationName;
  status: number;
  headers: Record<string, string>;
  json: unknown;
  /** HubSpot's clock when the request was sent, epoch ms: its Date header less the time the answer took. Undefined without that header. */
  askedAt: number | undefined;
}

export interface Request {
  name: OperationName;
  /** What the templates of the path stand for, not yet encoded. */
  values?: string[];
  query?: Record<string, string>;
  body?: unknown;
}

export interface Transport {
  /** Sends one call by its row of the table. */
  send(request: Request): Promise<Answer>;
  /** Sends a request that the client library built, on the path of the chosen family. */
  forward(request: { method: string; url: string; body: string | undefined }): Promise<Answer>;
}

export interface TransportOptions {
  baseUrl: string;
  token: string;
  version: ApiVersion;
  pace: Pace;
  /** False: the pace has no windows. */
  isPaced: boolean;
  now: () => number;
}

/**
 * The one way out to HubSpot: under the generated classes of the client library (as their `httpApi`) and for the calls that it lacks. It carries
 * path, token, deadline, pacing, metering and the reading of errors. Throws `ConcordError` (usage) for an address that is neither https nor loopback.
 */
export function createTransport(options: TransportOptions): Transport {
  const base = checkedBase(options.baseUrl);

  async function run(name: OperationName, path: string, query: string, body: string | undefined): Promise<Answer> {
    const row = OPERATIONS[name];
    const url = `${base}${path}${query}`;
    return options.pace.call({ kind: row.kind, windows: options.isPaced ? [...row.windows] : [] }, (signal) => attempt(name, url, body, signal));
  }

  async function attempt(name: OperationName, url: string, body: string | undefined, signal: AbortSignal): Promise<Answer> {
    const startedAt = options.now();
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: OPERATIONS[name].method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${options.token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        signal,
        // A redirect would carry the token to a host that nobody configured.
        redirect: 'manual',
      });
      text = await response.text();
    } catch (error) {
      throw lost(error);
    }
    const headers = Object.fromEntries(response.headers);
    hear(headers);
    if (!response.ok) {
      const seconds = Number(headers['retry-after']);
      const refused = problemOf({
        status: response.status,
        body: parsed(text),
        ...(headers['retry-after'] !== undefined && Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}),
      });
      throw new CallFailed(refused, sentByStatus(response.status));
    }
    const json = parsed(text);
    if (json === undefined && text !== '') {
      // A page of a proxy, or half an answer: the call itself may well have worked.
      throw new CallFailed(problem('unreadable', 'hubspot', { retry: { afterMs: 1000 }, vendorCode: `HTTP_${response.status}` }), 'maybe');
    }
    const date = Date.parse(headers['date'] ?? '');
    const took = Math.max(0, options.now() - startedAt);
    return { name, status: response.status, headers, json, askedAt: Number.isNaN(date) ? undefined : date - took };
  }

  /** Rate headers: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines. Search answers carry none. */
  function hear(headers: Record<string, string>): void {
    const limit = Number(headers['x-hubspot-ratelimit-daily'] ?? Number.NaN);
    const remaining = Number(headers['x-hubspot-ratelimit-daily-remaining'] ?? Number.NaN);
    if (Number.isFinite(limit) && Number.isFinite(remaining)) options.pace.heardQuota({ limit, remaining });
    if (headers['x-hubspot-ratelimit-interval-milliseconds'] === '10000') {
      options.pace.heardWindow(BURST, Number(headers['x-hubspot-ratelimit-max'] ?? Number.NaN));
    }
  }

  return {
    send(request) {
      const path = pathOf(request.name, options.version, (request.values ?? []).map(encodeURIComponent));
      const query = request.query === undefined ? '' : `?${new URLSearchParams(request.query).toString()}`;
      return run(request.name, path, query, request.body === undefined ? undefined : JSON.stringify(request.body));
    },
    forward(request) {
      const url = new URL(request.url);
      const found = operationOf(request.method, url.pathname);
      if (found === undefined) throw new Error(`hubspot: no operation in the table for ${request.method} ${url.pathname}`);
      return run(found.name, pathOf(found.name, options.version, found.values), url.search, request.body);
    },
  };
}

function checkedBase(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isLoopback = url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))) {
    throw new ConcordError({
      code: 'bad_url',
      message: 'HubSpot’s address must be https (http only on this machine).',
      where: 'HUBSPOT_API_URL',
      remedy: 'Use https://api.hubapi.com, or leave HUBSPOT_API_URL out.',
      exit: EXIT.usage,
    });
  }
  return baseUrl.replace(/\/+$/, '');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** No connection was made, so nothing was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** A request without a whole answer. What cannot be shown to have failed before sending may have been acted on. */
function lost(error: unknown): CallFailed {
  const code = codeOf(error) ?? 'NETWORK';
  const isUnsent = NEVER_SENT.has(code) || /^(ERR_TLS|CERT_|ERR_SSL|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/.test(code);
  return new CallFailed(problem('unavailable', 'hubspot', { vendorCode: code }), isUnsent ? 'no' : 'maybe');
}

/** The system's error code: fetch hides it in causes, several connection tries hide theirs in an AggregateError. */
function codeOf(error: unknown): string | undefined {
  let at: unknown = error;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if ('errors' in at && Array.isArray(at.errors)) at = at.errors[0];
    else at = 'cause' in at ? at.cause : undefined;
  }
  return undefined;
}

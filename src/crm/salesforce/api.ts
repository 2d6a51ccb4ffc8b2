import type { Connection } from 'jsforce';
import { problem } from '../../domain/problem';
import type { EpochMs } from '../../domain/record';
import { CallFailed, type CallKind, type Pace } from '../pace';
import { refused, unreadable } from './problems';
import { Composite, parsed, QueryResult, VendorErrors } from './schema';
import type { Session, Sessions } from './session';
import { chunks } from './soql';
import { createTransport, type Exchange } from './transport';

/** The one place where the API version stands. */
export const API_VERSION = '67.0';

/** Query subrequests of one composite call. */
const QUERIES_PER_COMPOSITE = 5;

/** A GET's address together with its headers may take 16,384 bytes; longer queries go in the body of a composite call. */
const LONGEST_PATH = 8_000;

const DAY_MS = 86_400_000;

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** From the version on (`/composite/sobjects`), or from the host on (`/services/data/v67.0/query/01g…`). */
  path: string;
  kind: CallKind;
  /** Made anew for every attempt, so that what an earlier attempt settled need not be sent again. */
  body?: () => unknown;
  headers?: Record<string, string>;
  deadlineMs?: number;
  /** The answer as text, whatever its type (jsforce would parse CSV by itself). */
  asText?: boolean;
  /** Looks at the answer inside the attempt: what it throws (`CallFailed`) is retried like any refusal. */
  check?: (answer: Answer) => void;
}

export interface Answer {
  body: unknown;
  headers: Headers;
  /** The CRM's clock at the answer (whole seconds). */
  at: EpochMs;
}

export type SubAnswer = { ok: true; body: unknown } | { ok: false; failed: CallFailed };

/** The few Metadata API calls that setup makes, as jsforce offers them. */
export interface MetadataCalls {
  read(type: string, fullNames: string[]): Promise<unknown>;
  list(query: { type: string }): Promise<unknown>;
  deploy(zip: Buffer, options: { checkOnly: boolean; rollbackOnError: boolean; singlePackage: boolean }): PromiseLike<unknown>;
  checkDeployStatus(id: string, includeDetails: boolean): Promise<unknown>;
}

export interface Api {
  readonly version: string;
  session(): Promise<Session>;
  send(request: ApiRequest): Promise<Answer>;
  /** Reads several resources (`/sobjects/Lead/describe`, `/query?q=…`) in one call. Answers stand in the order asked. */
  composite(paths: string[]): Promise<{ subs: SubAnswer[]; at: EpochMs }>;
  /** One page. `next` is where it goes on. */
  query(soql: string, options?: { withDeleted?: boolean }): Promise<{ rows: unknown[]; next?: string }>;
  /** All rows of each query, several queries a call. Rejects with the first query's refusal. */
  queryMany(queries: string[], options?: { withDeleted?: boolean }): Promise<unknown[][]>;
  /** All rows of each query, or why not. */
  tryQueries(queries: string[], options?: { withDeleted?: boolean }): Promise<(unknown[] | CallFailed)[]>;
  metadata(kind: CallKind, call: (metadata: MetadataCalls) => PromiseLike<unknown>): Promise<unknown>;
}

export interface ApiParts {
  sessions: Sessions;
  pace: Pace;
  now: () => number;
  version: string;
  client: string;
  deadlineMs: number;
}

/** A query's path, for `composite` and `send`. */
export function queryPath(soql: string, options: { withDeleted?: boolean } = {}): string {
  return `/${options.withDeleted === true ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`;
}

/**
 * Talks to Salesforce through jsforce, every request under the pace, with our deadline, renewed sessions and metering. Everything here throws
 * `CallFailed`.
 */
export function createApi(parts: ApiParts): Api {
  const { sessions, pace, now, version } = parts;
  let dayEnds = 0;

  /** A connection of its own for every attempt: its session and its exchange stay its own while others are under way. */
  function connect({ instanceUrl, token }: Session, exchange: Exchange): Connection {
    // Loaded at the first call, and without the parts that are not called: commands without Salesforce need not wait for it.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a dynamic import would not load under Jest's CommonJS
    const { Connection } = require('jsforce/core') as typeof import('jsforce/core');
    const connection = new Connection({ version, callOptions: { client: parts.client }, logLevel: 'NONE', instanceUrl, accessToken: token });
    connection._transport = createTransport(exchange) as unknown as Connection['_transport'];
    return connection;
  }

  /** The quota is a rolling day of the whole org. Concord's own part in it is counted by days that begin at the first answer. */
  function hear(exchange: Exchange): { used: number; limit: number } | undefined {
    const usage = /api-usage=(\d+)\/(\d+)/.exec(exchange.headers?.get('sforce-limit-info') ?? '');
    if (usage === null) return undefined;
    const at = now();
    if (at >= dayEnds) dayEnds = at + DAY_MS;
    const [used, limit] = [Number(usage[1]), Number(usage[2])];
    // A spent quota frees itself call by call, so it is asked again rather than taken as spent until the day's end.
    pace.heardQuota({ limit, remaining: Math.max(1, limit - used), resetsAt: dayEnds });
    return { used, limit };
  }

  function clockOf(exchange: Exchange): EpochMs {
    const at = Date.parse(exchange.headers?.get('date') ?? '');
    return Number.isNaN(at) ? now() : at;
  }

  function failureOf(cause: unknown, exchange: Exchange, soap: boolean): CallFailed {
    if (cause instanceof CallFailed) return cause;
    if (!(cause instanceof Error && 'errorCode' in cause)) {
      // jsforce gives up on XML that it cannot read with an error of its parser; anything else is a fault of this code.
      if (!soap || exchange.status === undefined) throw cause;
      return new CallFailed(unreadable('soap'), 'maybe');
    }
    const apiUsage = hear(exchange);
    // jsforce's error is not kept as the cause: its message is the vendor's words, and causes get printed.
    return refused({ status: exchange.status, body: errorBody(cause), retryAfter: exchange.headers?.get('retry-after') ?? null, apiUsage, soap, now: now() });
  }

  /** Runs one attempt per try; a session that ended is renewed once, and the call goes on under the new one. */
  async function call<T>(kind: CallKind, deadlineMs: number, soap: boolean, attempt: (on: Connection, exchange: Exchange) => Promise<T>): Promise<T> {
    for (let renewed = false; ; renewed = true) {
      const session = await sessions.current();
      try {
        return await pace.call({ kind, deadlineMs }, async (signal) => {
          const exchange: Exchange = { signal };
          try {
            return await attempt(connect(session, exchange), exchange);
          } catch (cause) {
            throw failureOf(cause, exchange, soap);
          }
        });
      } catch (cause) {
        const isExpired = cause instanceof CallFailed && cause.problem.vendorCode === 'INVALID_SESSION_ID';
        if (!isExpired || renewed) throw cause;
        await sessions.renew(session);
      }
    }
  }

  async function send(request: ApiRequest): Promise<Answer> {
    return call(request.kind, request.deadlineMs ?? parts.deadlineMs, false, async (on, exchange) => {
      const body = await on.request(
        {
          method: request.method,
          url: request.path,
          headers: { ...(request.body === undefined ? {} : { 'content-type': 'application/json' }), ...request.headers },
          ...(request.body === undefined ? {} : { body: JSON.stringify(request.body()) }),
        },
        request.asText === true ? { responseType: 'text/plain' } : {},
      );
      hear(exchange);
      const answer = { body, headers: exchange.headers ?? new Headers(), at: clockOf(exchange) };
      request.check?.(answer);
      return answer;
    });
  }

  async function composite(paths: string[]): Promise<{ subs: SubAnswer[]; at: EpochMs }> {
    let subs: SubAnswer[] = [];
    const answer = await send({
      method: 'POST',
      path: '/composite',
      kind: 'read',
      body: () => ({ allOrNone: false, compositeRequest: paths.map((path, at) => ({ method: 'GET', url: path.startsWith('/services/') ? path : `/services/data/v${version}${path}`, referenceId: `r${at}` })) }),
      check: (answer) => {
        subs = subAnswers(answer.body, paths.length, now());
        const passing = subs.find((sub) => !sub.ok && PASSING.has(sub.failed.problem.code));
        if (passing !== undefined && !passing.ok) throw passing.failed;
      },
    });
    return { subs, at: answer.at };
  }

  function page(body: unknown): { rows: unknown[]; next?: string } {
    const result = parsed(QueryResult, body);
    if (result === undefined) throw new CallFailed(unreadable('query'), 'no');
    return { rows: result.records, ...(result.done || result.nextRecordsUrl == null ? {} : { next: result.nextRecordsUrl }) };
  }

  async function query(soql: string, options: { withDeleted?: boolean } = {}): Promise<{ rows: unknown[]; next?: string }> {
    const path = queryPath(soql, options);
    if (path.length <= LONGEST_PATH) return page((await send({ method: 'GET', path, kind: 'read' })).body);
    const sub = (await composite([path])).subs[0];
    if (sub === undefined || !sub.ok) throw sub?.failed ?? new CallFailed(unreadable('composite'), 'no');
    return page(sub.body);
  }

  async function rest(first: { rows: unknown[]; next?: string }): Promise<unknown[]> {
    const rows = first.rows;
    for (let next = first.next; next !== undefined; ) {
      const more = page((await send({ method: 'GET', path: next, kind: 'read' })).body);
      rows.push(...more.rows);
      next = more.next;
    }
    return rows;
  }

  async function tryQueries(queries: string[], options: { withDeleted?: boolean } = {}): Promise<(unknown[] | CallFailed)[]> {
    const out: (unknown[] | CallFailed)[] = [];
    for (const some of chunks(queries, QUERIES_PER_COMPOSITE)) {
      if (some.length === 1 && some[0] !== undefined) {
        try {
          out.push(await rest(await query(some[0], options)));
        } catch (cause) {
          if (!(cause instanceof CallFailed) || !isOfTheQuery(cause)) throw cause;
          out.push(cause);
        }
        continue;
      }
      const { subs } = await composite(some.map((soql) => queryPath(soql, options)));
      for (const sub of subs) out.push(sub.ok ? await rest(page(sub.body)) : sub.failed);
    }
    return out;
  }

  return {
    version,
    session: () => sessions.current(),
    send,
    composite,
    query,
    tryQueries,
    async queryMany(queries, options) {
      return (await tryQueries(queries, options)).map((rows) => {
        if (rows instanceof CallFailed) throw rows;
        return rows;
      });
    },
    async metadata(kind, make) {
      // The Metadata API takes opaque tokens only; jsforce would refuse a JWT with words instead of a code.
      if (!(await sessions.current()).token.includes('!')) throw new CallFailed(problem('unauthorized', 'salesforce', { vendorCode: 'jwt_token', remedy: OPAQUE_TOKENS }), 'no');
      // Gives every connection made from now on its `metadata`.
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
      require('jsforce/api/metadata');
      return call(kind, Math.max(parts.deadlineMs, METADATA_DEADLINE_MS), true, async (on) => make(on.metadata as unknown as MetadataCalls));
    },
  };
}

const OPAQUE_TOKENS = 'Switch off “Issue JSON Web Token (JWT)-based access tokens” in the External Client App: setup needs opaque tokens.';

/** Metadata calls build database columns: a minute is usual. */
const METADATA_DEADLINE_MS = 120_000;

/** Failures of a subrequest that pass by themselves: the whole composite is sent again. */
const PASSING: ReadonlySet<string> = new Set(['unavailable', 'rate_limited', 'locked', 'maintenance', 'quota_spent', 'unauthorized']);

/** A refusal that says something about this query alone, not about the org or the connection. */
export function isOfTheQuery(failed: CallFailed): boolean {
  return ['field_missing', 'bad_request', 'no_permission', 'not_found'].includes(failed.problem.code);
}

function subAnswers(body: unknown, count: number, now: number): SubAnswer[] {
  const answer = parsed(Composite, body);
  if (answer === undefined) throw new CallFailed(unreadable('composite'), 'no');
  const byReference = new Map(answer.compositeResponse.map((sub) => [sub.referenceId, sub]));
  return Array.from({ length: count }, (_, at) => {
    const sub = byReference.get(`r${at}`);
    if (sub === undefined) return { ok: false, failed: new CallFailed(unreadable('composite'), 'no') };
    if (sub.httpStatusCode < 300) return { ok: true, body: sub.body };
    return { ok: false, failed: refused({ status: sub.httpStatusCode, body: sub.body, now }) };
  });
}

/** What jsforce made of an error answer, as the body it came from. */
function errorBody(cause: unknown): unknown {
  if (!(cause instanceof Error) || !('errorCode' in cause)) return undefined;
  if (typeof cause.errorCode === 'string' && cause.errorCode.startsWith('ERROR_HTTP_')) return undefined;
  const found = 'data' in cause ? cause.data : undefined;
  if (parsed(VendorErrors, found) !== undefined && typeof found === 'object' && found !== null && ('errorCode' in found || Array.isArray(found))) return found;
  return { errorCode: cause.errorCode, message: cause.message };
}

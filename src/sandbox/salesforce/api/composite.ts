import { SalesforceError } from '../errors';
import { isObject, jsonBody, refusal, type Answer, type Call, type Services } from './call';

const MAX_SUBREQUESTS = 25;
/** How many of them may be queries or collections. */
const MAX_HEAVY = 5;

interface Subrequest {
  method: string;
  url: string;
  referenceId: string;
  body: unknown;
  headers: Record<string, string>;
}

interface Subresponse {
  body: unknown;
  httpHeaders: Record<string, string>;
  httpStatusCode: number;
  referenceId: string;
}

/** Answers one subrequest like a request of its own. */
export type Dispatch = (services: Services, call: Call) => Answer;

/** Thrown to undo the whole composite. */
class Undone extends Error {
  constructor(readonly failed: Subresponse) {
    super('undone');
  }
}

/** `POST /composite`: subrequests in order, the outer status always 200, later ones may use earlier answers (`@{ref.field}`). */
export function composite(services: Services, call: Call, dispatch: Dispatch): Answer {
  const body = jsonBody(call);
  const requests = readRequests(body.compositeRequest);
  const allOrNone = body.allOrNone === true;
  const answers = new Map<string, unknown>();
  const run = (): Subresponse[] =>
    requests.map((request) => {
      const answer = runOne(services, call, request, answers, dispatch);
      if (allOrNone && answer.httpStatusCode >= 400) throw new Undone(answer);
      answers.set(request.referenceId, answer.body);
      return answer;
    });
  if (!allOrNone) return { status: 200, body: { compositeResponse: run() } };
  try {
    return { status: 200, body: { compositeResponse: services.org.atomic(run) } };
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
    const halted = [{ errorCode: 'PROCESSING_HALTED', message: 'The transaction was rolled back since another operation in the same transaction failed.' }];
    return {
      status: 200,
      body: {
        compositeResponse: requests.map((r) =>
          r.referenceId === error.failed.referenceId ? error.failed : { body: halted, httpHeaders: {}, httpStatusCode: 400, referenceId: r.referenceId },
        ),
      },
    };
  }
}

function readRequests(value: unknown): Subrequest[] {
  if (!Array.isArray(value) || value.length === 0) throw new SalesforceError('INVALID_INPUT', 'compositeRequest is required');
  const requests = value.map((entry: unknown): Subrequest => {
    if (!isObject(entry) || typeof entry.method !== 'string' || typeof entry.url !== 'string' || typeof entry.referenceId !== 'string') {
      throw new SalesforceError('JSON_PARSER_ERROR', 'A subrequest needs method, url and referenceId');
    }
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(entry.referenceId)) throw new SalesforceError('INVALID_INPUT', `Invalid reference Id: ${entry.referenceId}`);
    const headers = isObject(entry.httpHeaders) ? Object.fromEntries(Object.entries(entry.httpHeaders).map(([k, v]) => [k.toLowerCase(), String(v)])) : {};
    return { method: entry.method.toUpperCase(), url: entry.url, referenceId: entry.referenceId, body: entry.body, headers };
  });
  if (requests.length > MAX_SUBREQUESTS) throw new SalesforceError('LIMIT_EXCEEDED', `The request cannot have more than ${MAX_SUBREQUESTS} subrequests`);
  const heavy = requests.filter((r) => /\/(query|queryAll|composite\/sobjects)(\/|\?|$)/.test(r.url)).length;
  if (heavy > MAX_HEAVY) throw new SalesforceError('LIMIT_EXCEEDED', `The request cannot have more than ${MAX_HEAVY} query or sObject collection subrequests`);
  if (new Set(requests.map((r) => r.referenceId)).size < requests.length) throw new SalesforceError('INVALID_INPUT', 'Reference ids must be unique');
  return requests;
}

function runOne(services: Services, call: Call, request: Subrequest, answers: Map<string, unknown>, dispatch: Dispatch): Subresponse {
  const done = (answer: Answer): Subresponse => ({
    body: answer.body ?? null,
    httpHeaders: answer.headers ?? {},
    httpStatusCode: answer.status,
    referenceId: request.referenceId,
  });
  try {
    const url = substitute(request.url, answers, true);
    const match = /^\/services\/data\/v(\d+\.\d)\/([^?]*)(?:\?(.*))?$/.exec(url);
    if (!match) throw new SalesforceError('NOT_FOUND', `The requested resource does not exist: ${url}`, { status: 404 });
    const path = (match[2] as string).split('/').filter((p) => p !== '').map(decodeURIComponent);
    if (path[0] === 'composite' && path[1] !== 'sobjects') throw new SalesforceError('INVALID_INPUT', 'A composite cannot contain a composite');
    return done(
      dispatch(services, {
        method: request.method,
        path,
        query: new URLSearchParams(match[3] ?? ''),
        header: (name) => request.headers[name.toLowerCase()] ?? outerHeader(call, name),
        body: Buffer.from(request.body === undefined ? '' : JSON.stringify(substituteDeep(request.body, answers))),
        version: match[1] as string,
        userId: call.userId,
      }),
    );
  } catch (error) {
    return done(refusal(error));
  }
}

/** The outer call's headers count for the subrequests, but for the conditional ones. */
function outerHeader(call: Call, name: string): string | undefined {
  return name.toLowerCase().startsWith('sforce-') ? call.header(name) : undefined;
}

const REFERENCE = /@\{([^}]+)\}/g;

function substituteDeep(value: unknown, answers: Map<string, unknown>): unknown {
  if (typeof value === 'string') return substitute(value, answers, false);
  if (Array.isArray(value)) return value.map((v) => substituteDeep(v, answers));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, substituteDeep(v, answers)]));
  return value;
}

function substitute(text: string, answers: Map<string, unknown>, inUrl: boolean): string {
  return text.replace(REFERENCE, (_whole, path: string) => {
    const [reference, ...steps] = path.split(/[.[\]]+/).filter((p) => p !== '') as [string, ...string[]];
    let value: unknown = answers.get(reference);
    for (const step of steps) value = isObject(value) || Array.isArray(value) ? (value as Record<string, unknown>)[step] : undefined;
    if (value === undefined || value === null || typeof value === 'object') {
      throw new SalesforceError('PROCESSING_HALTED', `Invalid reference specified. No value for ${path} found in ${reference}`);
    }
    return inUrl ? encodeURIComponent(String(value)) : String(value);
  });
}

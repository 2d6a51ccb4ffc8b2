import express, { type Request, type Response, type Router } from 'express';
import { randomUUID } from 'node:crypto';
import type { CallLog, CallRecord } from '../control';
import type { Faults } from '../faults';
import { Refusal, invalidAuthentication, missingScopes, validationRefusal } from './errors';
import { datedFamilies, type Family, type Operation, type Reply } from './operation';
import type { Parts } from './parts';
import type { Token } from './portal';

/** Longest URL that is served; longer ones get 414. HubSpot does not publish its own limit. */
const longestUrl = 8_192;

/** What the middleware hands on with a request. */
interface Served extends Request {
  rawBody?: string;
  callRecord?: CallRecord;
}

/** Serves the operations on a router: log, faults, authentication, limits, scopes, then the operation itself. */
export function hubspotRouter(parts: Parts, operations: readonly Operation[], tools: { faults: Faults; calls: CallLog }): Router {
  const router = express.Router({ caseSensitive: true });
  router.use(express.raw({ type: () => true, limit: '50mb' }));
  router.use((req: Served, res, next) => {
    req.rawBody = Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '';
    const record: CallRecord = { method: req.method, url: req.originalUrl, status: 0 };
    req.callRecord = record;
    tools.calls.add(record);
    res.on('finish', () => {
      record.status = res.statusCode;
    });
    res.setHeader('x-hubspot-correlation-id', randomUUID());
    next();
  });
  router.use(tools.faults.middleware);
  router.use((req: Served, res, next) => {
    if (req.originalUrl.length <= longestUrl) next();
    else send(req, res, refusalReply(new Refusal(414, { message: 'URI Too Long' }), res));
  });
  for (const operation of operations) {
    const serve = (req: Served, res: Response, family: Family): void => {
      send(req, res, answer(parts, operation, req, res, family));
    };
    const method = operation.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    if (operation.numbered !== undefined) router[method](operation.numbered, (req, res) => serve(req, res, 'numbered'));
    if (operation.dated === undefined) continue;
    router[method](operation.dated, (req, res, next) => {
      const family = datedFamilies.find((one) => one === req.params['version']);
      if (family === undefined || operation.versions?.includes(family) === false) next();
      else serve(req, res, family);
    });
  }
  router.use((req: Served, res) => {
    send(req, res, refusalReply(new Refusal(404, { message: 'No handler is known for this path', category: 'OBJECT_NOT_FOUND' }), res));
  });
  return router;
}

function send(req: Served, res: Response, reply: Reply): void {
  if (req.callRecord !== undefined) req.callRecord.status = reply.status;
  res.status(reply.status);
  if (reply.body === undefined) {
    res.end();
    return;
  }
  res.setHeader('content-type', 'application/json;charset=utf-8');
  res.end(JSON.stringify(reply.body));
}

function refusalReply(refusal: Refusal, res: Response): Reply {
  const { message, ...rest } = refusal.body;
  return { status: refusal.status, body: { status: 'error', message, correlationId: res.getHeader('x-hubspot-correlation-id'), ...rest } };
}

function answer(parts: Parts, operation: Operation, req: Served, res: Response, family: Family): Reply {
  try {
    const token = operation.open === true ? undefined : authenticate(parts, req);
    if (token !== undefined) {
      const isSearch = operation.isSearch === true;
      try {
        parts.limits.take(token.appId, isSearch);
      } finally {
        for (const [name, value] of Object.entries(parts.limits.headers(token.appId, isSearch))) res.setHeader(name, value);
      }
    }
    const params = Object.fromEntries(Object.entries(req.params).map(([name, value]) => [name, String(value)]));
    for (const anyOf of operation.scopes(params)) {
      if (token !== undefined && !anyOf.some((scope) => token.scopes.includes(scope))) throw missingScopes([...anyOf]);
    }
    const text = req.rawBody ?? '';
    return operation.run({
      parts,
      family,
      params,
      query: new URL(req.originalUrl, 'http://loopback').searchParams,
      body: parseBody(req, text),
      text,
      token: token ?? { token: '', appId: 0, appName: '', userId: 0, scopes: [], diesAt: null },
    });
  } catch (error) {
    if (error instanceof Refusal) return refusalReply(error, res);
    throw error;
  }
}

function authenticate(parts: Parts, req: Request): Token {
  const [, text] = /^Bearer\s+(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
  const token = text === undefined ? undefined : parts.portal.token(text, parts.clock.now());
  if (token === undefined) throw invalidAuthentication();
  return token;
}

function parseBody(req: Request, text: string): unknown {
  if (text === '' || req.method === 'GET' || req.method === 'DELETE') return undefined;
  const type = req.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type)) throw new Refusal(415, { message: `Unsupported Media Type: ${type}` });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw validationRefusal('Invalid input JSON on line 1, column 1: the body is not JSON');
  }
}

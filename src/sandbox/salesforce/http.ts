import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { controlRouter, dateHeader, type CallLog, type CallRecord } from '../control';
import type { Faults } from '../faults';
import { refusal, type Answer, type Services } from './api/call';
import { dispatch } from './api/dispatch';
import { DAILY_LIMIT, FIRST_VERSION, LAST_VERSION, versions, type Usage } from './api/misc';
import { identity, introspect, token, userInfo, type App, type Sessions } from './api/oauth';
import { SalesforceError } from './errors';
import { readEnvelope, writeFault, type SoapNamespace } from './soap/envelope';
import { metadataCall } from './soap/metadata';
import { partnerCall } from './soap/partner';

export interface HttpParts {
  services: Services;
  sessions: Sessions;
  clientApp: App;
  faults: Faults;
  calls: CallLog;
  limits: 'real' | 'off';
}

const DAY = 86_400_000;
/** A URI longer than this answers 414, URI and headers together 431 (https://help.salesforce.com/s/articleView?id=000386264). */
const MAX_URI = 16_384;

interface RawRequest extends Request {
  rawBody?: Buffer;
}

/** The express app: back door, body, call log, faults, then the vendor's paths. */
export function createApp(parts: HttpParts): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(dateHeader(parts.services.org.clock));
  app.set('etag', false);
  app.use('/__sandbox', controlRouter({ faults: parts.faults, calls: parts.calls, clock: parts.services.org.clock }));
  app.use(readBody);
  app.use((req, res, next) => {
    const record: CallRecord = { method: req.method, url: req.originalUrl, status: 0 };
    // Counted at its arrival: a caller that has its answer finds the call in the log.
    parts.calls.add(record);
    res.on('finish', () => (record.status = res.statusCode));
    next();
  });
  app.use(parts.faults.middleware);
  app.use((req: RawRequest, res: Response) => {
    try {
      handle(parts, req, res);
    } catch (error) {
      send(res, refusal(error));
    }
  });
  return app;
}

/** Reads the whole body, sent in chunks or not, into `rawBody`. */
function readBody(req: RawRequest, _res: Response, next: NextFunction): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    req.rawBody = Buffer.concat(chunks);
    next();
  });
  req.on('error', next);
}

function handle(parts: HttpParts, req: RawRequest, res: Response): void {
  if (req.originalUrl.length > MAX_URI) throw new SalesforceError('URI_TOO_LONG', 'The length of the URI exceeds the 16,384 byte limit', { status: 414 });
  // Some clients send `//services/…`.
  const [rawPath = '', search = ''] = req.originalUrl.replace(/^\/+/, '/').split(/\?(.*)/s);
  const path = rawPath.split('/').filter((p) => p !== '').map(decode);
  if (path[0] === 'id' && path.length === 3) return withSession(parts, req, res, (userId) => identity(parts.services.org, userId, baseUrl(req)));
  if (path[0] !== 'services') throw new SalesforceError('NOT_FOUND', 'The requested resource does not exist', { status: 404 });
  if (path[1] === 'oauth2') return oauth(parts, req, res, path[2], search);
  if (path[1] === 'Soap') return soap(parts, req, res, path[2]);
  if (path[1] !== 'data') throw new SalesforceError('NOT_FOUND', 'The requested resource does not exist', { status: 404 });
  if (path[2] === undefined) return send(res, versions());
  const version = /^v(\d+)\.0$/.exec(path[2])?.[1];
  if (version === undefined || Number(version) > LAST_VERSION) throw new SalesforceError('NOT_FOUND', 'The requested resource does not exist', { status: 404 });
  if (Number(version) < FIRST_VERSION) throw new SalesforceError('UNSUPPORTED_API_VERSION', `API version ${version}.0 is retired`, { status: 410 });
  withSession(parts, req, res, (userId) =>
    dispatch(parts.services, {
      method: req.method,
      path: path.slice(3),
      query: new URLSearchParams(search),
      header: (name) => headerOf(req, name),
      body: req.rawBody ?? Buffer.alloc(0),
      version: `${version}.0`,
      userId,
    }),
  );
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function headerOf(req: Request, name: string): string | undefined {
  const value = req.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

function baseUrl(req: Request): string {
  return `http://${req.headers.host ?? '127.0.0.1'}`;
}

/** Runs a call of a session's user: counts it against the quota and carries the usage in the answer's header. */
function withSession(parts: HttpParts, req: RawRequest, res: Response, call: (userId: string) => Answer): void {
  const bearer = /^(?:Bearer|OAuth) (.+)$/i.exec(headerOf(req, 'authorization') ?? '')?.[1];
  const userId = parts.sessions.user(bearer ?? new URL(req.originalUrl, 'http://x').searchParams.get('oauth_token') ?? '');
  if (userId === undefined) return send(res, { status: 401, body: [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }] });
  const { used, limit } = spend(parts);
  res.setHeader('Sforce-Limit-Info', `api-usage=${used}/${limit}`);
  let answer: Answer;
  try {
    if (used > limit && parts.limits === 'real') throw new SalesforceError('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.', { status: 403 });
    answer = call(userId);
  } catch (error) {
    answer = refusal(error);
  }
  send(res, answer);
}

/** One more request of the org's rolling day. */
function spend(parts: HttpParts): { used: number; limit: number } {
  const { settings, clock } = parts.services.org;
  const usage = settings.get<Usage>('usage', { since: clock.now(), used: 0 });
  const fresh = clock.now() - usage.since >= DAY;
  const next: Usage = fresh ? { since: clock.now(), used: 1 } : { since: usage.since, used: usage.used + 1 };
  settings.set('usage', next);
  return { used: next.used, limit: settings.get('dailyLimit', DAILY_LIMIT) };
}

function oauth(parts: HttpParts, req: RawRequest, res: Response, operation: string | undefined, search: string): void {
  const { org } = parts.services;
  const body = req.rawBody?.toString('utf8') ?? '';
  const call = { form: new URLSearchParams(body === '' ? search : body), authorization: headerOf(req, 'authorization'), baseUrl: baseUrl(req) };
  switch (operation) {
    case 'token':
      return send(res, token(org, parts.sessions, parts.clientApp, call));
    case 'revoke': {
      const known = parts.sessions.close(call.form.get('token') ?? '');
      return send(res, known ? { status: 200 } : { status: 400, body: { error: 'unsupported_token_type', error_description: 'this token type is not supported' } });
    }
    case 'introspect':
      return send(res, introspect(org, parts.sessions, parts.clientApp, call));
    case 'userinfo':
      return withSession(parts, req, res, (userId) => userInfo(org, userId, call.baseUrl));
    default:
      throw new SalesforceError('NOT_FOUND', 'The requested resource does not exist', { status: 404 });
  }
}

/** SOAP: the session is in the envelope, a refusal of the whole call is a fault with status 500. */
function soap(parts: HttpParts, req: RawRequest, res: Response, api: string | undefined): void {
  if (api !== 'u' && api !== 'm') throw new SalesforceError('NOT_FOUND', 'The requested resource does not exist', { status: 404 });
  const namespace: SoapNamespace = api === 'u' ? 'urn:partner.soap.sforce.com' : 'http://soap.sforce.com/2006/04/metadata';
  const fault = (code: string, message: string): void => send(res, { status: 500, type: 'text/xml', body: writeFault(namespace, code, message) });
  try {
    const call = readEnvelope(req.rawBody?.toString('utf8') ?? '');
    if (call.operation === 'login') return fault('INVALID_OPERATION', 'SOAP API login() is not available in this API version');
    const userId = parts.sessions.user(call.sessionId);
    if (userId === undefined) return fault('INVALID_SESSION_ID', 'Invalid Session ID found in SessionHeader: Illegal Session');
    const { used, limit } = spend(parts);
    if (used > limit && parts.limits === 'real') return fault('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    const { org, deploys } = parts.services;
    if (call.operation === 'logout') parts.sessions.close(call.sessionId);
    send(res, { status: 200, type: 'text/xml', body: api === 'u' ? partnerCall(org, userId, call) : metadataCall(org, deploys, userId, call) });
  } catch (error) {
    if (error instanceof SalesforceError) fault(error.code, error.message);
    else fault('UNKNOWN_EXCEPTION', error instanceof Error ? error.message : String(error));
  }
}

function send(res: Response, answer: Answer): void {
  res.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value);
  if (answer.body === undefined) {
    res.end();
    return;
  }
  const text = answer.type === undefined ? JSON.stringify(answer.body) : String(answer.body);
  res.setHeader('Content-Type', `${answer.type ?? 'application/json'};charset=UTF-8`);
  res.end(text);
}

export function listenOn(app: express.Express, port: number, host: string): Promise<{ url: string; close(): Promise<void> }> {
  // Room for longer heads than Node's default, so that the vendor's own limit answers.
  const server = createServer({ maxHeaderSize: 65_536, keepAliveTimeout: 60_000 }, app);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
        close: () =>
          new Promise((done, fail) => {
            server.close((error) => (error ? fail(error) : done()));
            server.closeAllConnections();
          }),
      });
    });
  });
}

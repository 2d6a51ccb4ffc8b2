import express, { type NextFunction, type Request, type Response } from 'express';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SandboxClock } from '../clock';
import { CallLog, controlRouter, dateHeader } from '../control';
import type { SandboxDatabase } from '../database';
import { Faults } from '../faults';
import { hubspotRouter } from './http';
import type { Operation } from './operation';
import { joinParts } from './parts';
import { accountOperations } from './routes/account';
import { associationOperations } from './routes/associations';
import { batchOperations } from './routes/batch';
import { listOperations } from './routes/lists';
import { objectOperations } from './routes/objects';
import { preferenceOperations } from './routes/preferences';
import { propertyOperations } from './routes/properties';
import { createState, type HubspotState } from './state';
import { Webhooks, type WebhookTarget } from './webhooks';

export type { Actor } from './actor';
export type { LoadedRow, Moment } from './load';
export type { ObjectType } from './objectTypes';
export type { PortalSettings, Token } from './portal';
export type { HistoryEntry } from './records';
export type { WebhookEvent, WebhookTarget } from './webhooks';
export type { Acts, HubspotState, SandboxRecord } from './state';

/** The table that maps every operation to its numbered and its dated path. Batch paths come before those with an id in the same place. */
export const operations: readonly Operation[] = [
  ...accountOperations,
  ...batchOperations,
  ...associationOperations,
  ...objectOperations,
  ...propertyOperations,
  ...listOperations,
  ...preferenceOperations,
];

export interface HubspotSandboxOptions {
  database: SandboxDatabase;
  clock: SandboxClock;
  /** The portal's number; default: the one in the file, else 555001. */
  portalId?: number;
  /** `real` enforces HubSpot's call limits; default `off`. */
  limits?: 'real' | 'off';
  /** How old the copies are that a search sees, in milliseconds. Can be changed at run time by `state.set`. */
  indexLagMs?: number;
}

export interface HubspotSandbox {
  app: express.Express;
  faults: Faults;
  calls: CallLog;
  state: HubspotState;
  /** Serves on a loopback address (127.0.0.1, any free port). `close` ends open connections too. */
  listen(port?: number, host?: string): Promise<{ url: string; close(): Promise<void> }>;
  /** A private app's token with every scope that Concord needs. */
  token: string;
  /** The app's client secret, which signs webhooks. */
  clientSecret: string;
  /** What the app sends when contacts change. */
  webhooks: Webhooks;
}

/**
 * A HubSpot portal on a loopback port: its HTTP interface as far as Concord uses it, on the numbered (v3, v4) and the dated paths, with state
 * in the given file. It follows HubSpot's published documentation and OpenAPI files and shares nothing with Concord's own adapter.
 */
export function createHubspotSandbox(options: HubspotSandboxOptions): HubspotSandbox {
  const { database, clock } = options;
  const parts = joinParts(database, clock, options.limits === 'real');
  if (options.portalId !== undefined && options.portalId !== parts.portal.settings.portalId) parts.portal.set({ portalId: options.portalId });
  if (options.indexLagMs !== undefined && options.indexLagMs !== parts.portal.settings.indexLagMs) parts.portal.set({ indexLagMs: options.indexLagMs });
  const token = parts.portal.once('token', () => parts.portal.addToken().token);
  const clientSecret = parts.portal.once('clientSecret', () => randomBytes(18).toString('hex'));
  const webhooks = new Webhooks({ clock, portalId: () => parts.portal.settings.portalId, appId: () => parts.portal.token(token, clock.now())?.appId ?? 0, clientSecret });
  parts.writer.announce = (type, happening) => webhooks.happened(type, happening);
  const faults = new Faults();
  const calls = new CallLog();
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(dateHeader(clock));
  app.use('/__sandbox', controlRouter({ faults, calls, clock }));
  // `POST /__sandbox/webhooks` (a WebhookTarget) sends what happens from now on there; `DELETE` ends it.
  app.post('/__sandbox/webhooks', express.json(), (req, res) => {
    webhooks.subscribe({ auto: true, ...(req.body as WebhookTarget) });
    res.status(204).end();
  });
  app.delete('/__sandbox/webhooks', (_req, res) => {
    webhooks.subscribe(null);
    res.status(204).end();
  });
  app.use(hubspotRouter(parts, operations, { faults, calls }));
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const status = (error as { status?: unknown }).status === 413 ? 413 : 500;
    // What broke is the sandbox itself: its message helps whoever runs it.
    const message = error instanceof Error ? error.message : String(error);
    res.status(status).json({ status: 'error', message: `internal error: ${message}`, correlationId: res.getHeader('x-hubspot-correlation-id') });
  });
  return { app, faults, calls, state: createState(parts), listen: (port, host) => listen(app, port, host), token, clientSecret, webhooks };
}

function listen(app: express.Express, port = 0, host = '127.0.0.1'): Promise<{ url: string; close(): Promise<void> }> {
  // Room for long URLs, so that too long ones get HubSpot's 414 and not the server's own 431.
  const server: Server = createServer({ maxHeaderSize: 64 * 1024 }, app);
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const bound = (server.address() as AddressInfo).port;
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
        close: () =>
          new Promise<void>((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

import { createHmac } from 'node:crypto';
import type express from 'express';
import request from 'supertest';
import type { ServerSettings } from '../../src/config/load';
import { openStore } from '../../src/store';
import type { Store } from '../../src/store/port';
import { createApp } from '../../src/web/app';
import { createMetrics } from '../../src/web/metrics';
import type { ServeStatus, WebParts } from '../../src/web/parts';
import { agreementOf } from '../support/agreement';
import { deskOver } from '../support/reports';

export const SECRET = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';
export const PUBLIC = 'https://concord.acme.example';
export const TOKEN = 'an API token of enough length';
export const ADMIN = 'the operators’ password';
export const VIEWER = 'the viewers’ password';
export const NOW = Date.UTC(2026, 10, 22, 9, 0, 0);

export const OPEN: ServerSettings = { host: '127.0.0.1', port: 0, publicUrl: PUBLIC, adminPassword: ADMIN, viewerPassword: VIEWER, apiToken: TOKEN, webhookSecret: SECRET, webhookV1: false };

export interface Web {
  app: express.Express;
  store: Store;
  parts: WebParts;
  asked: string[];
  logged: string[];
  now: number;
  status: ServeStatus;
}

/** The application over an empty store in memory, with a clock that stands. */
export async function openWeb(server: Partial<ServerSettings> = {}, more: { secret?: string | null; isLocal?: boolean; portal?: string | null } = {}): Promise<Web> {
  const store = await openStore('sqlite::memory:');
  const metrics = createMetrics();
  const agreement = agreementOf();
  const web = { store, asked: [], logged: [], now: NOW, status: { startedAt: NOW, underWay: null, progress: null, rollbacks: [], next: NOW + 60_000, failure: null, stopping: false } } as unknown as Web;
  const log = (message: string, fields: Record<string, unknown> = {}): void => void web.logged.push(`${message} ${JSON.stringify(fields)}`);
  web.parts = {
    store,
    agreement,
    server: { ...OPEN, ...server },
    secret: more.secret === undefined ? 'a secret that signs sessions' : more.secret,
    publicUrl: () => server.publicUrl ?? PUBLIC,
    clock: () => web.now,
    log: { info: log, warn: log, error: log },
    portalId: () => Promise.resolve(more.portal === undefined ? '555001' : more.portal),
    ask: { targeted: () => void web.asked.push('targeted'), run: (full) => void web.asked.push(full ? 'full' : 'sync'), allowed: (portion) => void web.asked.push(portion === null ? 'allowed' : `allowed ${portion}`), rollback: (wish) => void web.asked.push(`rollback ${wish.run} ${wish.apply ? 'apply' : 'plan'}${wish.allowLargeChange ? ' allowed' : ''}`) },
    status: () => web.status,
    reports: deskOver(store, agreement, () => web.now),
    heard: metrics.heard,
  };
  web.app = createApp(web.parts, metrics, more.isLocal ?? true);
  return web;
}

export interface Event {
  [name: string]: unknown;
}

export function event(more: Event = {}): Event {
  return { eventId: 1, subscriptionId: 22, portalId: 555001, appId: 998877, occurredAt: NOW - 1000, subscriptionType: 'contact.propertyChange', attemptNumber: 0, objectId: 512, propertyName: 'hs_lead_status', propertyValue: 'UNQUALIFIED', changeSource: 'CRM_UI', ...more };
}

/** The headers of a v3 delivery, by HubSpot's description. */
export function signed(body: string, { at = NOW, uri = `${PUBLIC}/webhooks/hubspot`, secret = SECRET }: { at?: number; uri?: string; secret?: string } = {}): Record<string, string> {
  return { 'content-type': 'application/json', 'x-hubspot-request-timestamp': String(at), 'x-hubspot-signature-v3': createHmac('sha256', secret).update(`POST${uri}${body}${at}`).digest('base64') };
}

export type Agent = ReturnType<typeof request.agent>;

/** A browser with a login. The server is to be opened on an address of plain http, where supertest keeps cookies. */
export async function login(web: Web, password: string, agent: Agent = request.agent(web.app)): Promise<Agent> {
  await agent.post('/login').type('form').send({ password }).expect(303);
  return agent;
}

/** The token that the forms of a page carry. */
export function tokenIn(text: string): string {
  return /name="form" value="([^"]+)"/.exec(text)?.[1] ?? '';
}

/** What a reader sees of a page's main part: words without markup. */
export function wordsOf(text: string): string {
  const main = /<main[^>]*>([\s\S]*)<\/main>/.exec(text)?.[1] ?? text;
  const signs: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
  return main.replace(/<[^>]+>/g, ' ').replace(/&(amp|lt|gt|quot|#39);/g, (sign) => signs[sign] ?? sign).replace(/\s+/g, ' ').trim();
}

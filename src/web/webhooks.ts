import { createHmac } from 'node:crypto';
import express, { type Request, type Router } from 'express';
import type { InboxEvent, InboxKind } from '../store/port';
import { deliveryOf, webhookEventOf, type WebhookEvent } from './schema';
import { isValidV1, isValidV3, type SignedRequest } from './signature';
import type { WebParts } from './parts';

/*
 * `POST /webhooks/hubspot`: proved, taken down, answered. A webhook only asks for a run; rules live nowhere else. HubSpot repeats what is not answered
 * with 2xx, promises neither order nor uniqueness, and waits five seconds.
 */

const BODY_LIMIT = 1_048_576;
const KINDS: ReadonlySet<string> = new Set<InboxKind>(['propertyChange', 'creation', 'deletion', 'merge', 'restore', 'privacyDeletion']);
/** HubSpot's type id of contacts, for `object.*` subscriptions. */
const CONTACT = '0-1';

export function webhookRouter(parts: WebParts): Router {
  const router = express.Router();
  const { webhookSecret } = parts.server;
  router.post('/hubspot', express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false }), async (req, res) => {
    if (webhookSecret === null) {
      parts.heard.delivery('closed');
      res.status(403).json({ error: { code: 'door_closed', message: 'webhooks are not taken', where: 'HUBSPOT_CLIENT_SECRET', remedy: 'Set HUBSPOT_CLIENT_SECRET to the client secret of the HubSpot app.' } });
      return;
    }
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    if (!isSigned(parts, webhookSecret, req, body)) {
      parts.heard.delivery('forged');
      parts.log.warn('a webhook delivery was not signed as it should be', { v3: req.get('x-hubspot-signature-v3') !== undefined, v1: req.get('x-hubspot-signature') !== undefined });
      res.status(401).json({ error: { code: 'bad_signature', message: 'the signature is not valid for this address, body and time', where: 'X-HubSpot-Signature-v3', remedy: 'See that CONCORD_PUBLIC_URL is the address HubSpot calls, HUBSPOT_CLIENT_SECRET the app’s client secret, and the clock right.' } });
      return;
    }
    const elements = deliveryOf(body.toString('utf8'));
    if (elements === null) {
      parts.heard.delivery('unreadable');
      res.status(400).json({ error: { code: 'bad_delivery', message: 'the body is no list of events', where: 'body', remedy: 'HubSpot sends a JSON list.' } });
      return;
    }
    const portal = await parts.portalId();
    const events = elements.map(webhookEventOf).filter((event): event is WebhookEvent => event !== null);
    // Another portal's app with the same secret does not exist; another portal's events would be read as this one's contacts.
    const ours = events.filter((event) => portal === null || String(event.portalId) === portal);
    const taken = ours.map((event) => inboxEvent(event, webhookSecret, parts.clock())).filter((event): event is InboxEvent => event !== null);
    const fresh = taken.length === 0 ? 0 : await parts.store.receive(taken);
    parts.heard.delivery('taken', { fresh, repeated: taken.length - fresh, ignored: elements.length - taken.length });
    if (events.length < elements.length || ours.length < events.length) parts.log.warn('webhook events were not understood', { unreadable: elements.length - events.length, foreign: events.length - ours.length });
    res.status(204).end();
    if (fresh > 0) parts.ask.targeted();
  });
  return router;
}

function isSigned(parts: WebParts, secret: string, req: Request, body: Buffer): boolean {
  const request: SignedRequest = { method: req.method, uri: `${parts.publicUrl()}${req.originalUrl}`, body };
  const v3 = req.get('x-hubspot-signature-v3');
  if (v3 !== undefined) return isValidV3(secret, request, v3, req.get('x-hubspot-request-timestamp'), parts.clock());
  const v1 = req.get('x-hubspot-signature');
  return parts.server.webhookV1 && v1 !== undefined && (req.get('x-hubspot-signature-version') ?? 'v1') === 'v1' && isValidV1(secret, request, v1);
}

/** What is kept of an event: no value, only a keyed digest that is the same for every repetition (`eventId` is not unique, `attemptNumber` counts up). */
function inboxEvent(event: WebhookEvent, secret: string, now: number): InboxEvent | null {
  const type = event.subscriptionType ?? event.eventType ?? '';
  const [object, kind = ''] = type.split('.');
  if (!KINDS.has(kind) || !(object === 'contact' || (object === 'object' && event.objectTypeId === CONTACT))) return null;
  const related = [event.primaryObjectId, ...(event.mergedObjectIds ?? []), event.newObjectId].filter((id): id is number => id !== undefined && id !== event.objectId).map(String);
  const identity = JSON.stringify([event.portalId, kind, event.objectId, event.propertyName ?? null, event.propertyValue ?? null, event.occurredAt, related]);
  return { key: createHmac('sha256', secret).update(identity).digest('base64url'), kind: kind as InboxKind, objectId: String(event.objectId), related: [...new Set(related)], occurredAt: event.occurredAt, receivedAt: now };
}

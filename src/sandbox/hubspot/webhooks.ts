import { createHash, createHmac } from 'node:crypto';
import type { SandboxClock } from '../clock';
import type { Actor } from './actor';
import type { ObjectType } from './objectTypes';

/** One event as HubSpot sends it (https://developers.hubspot.com/docs/api-reference/legacy/webhooks/guide). */
export interface WebhookEvent {
  eventId: number;
  subscriptionId: number;
  portalId: number;
  appId: number;
  /** Epoch milliseconds. */
  occurredAt: number;
  subscriptionType: string;
  attemptNumber: number;
  objectId: number;
  changeSource?: string;
  sourceId?: string;
  changeFlag?: string;
  propertyName?: string;
  propertyValue?: string;
  primaryObjectId?: number;
  mergedObjectIds?: number[];
  newObjectId?: number;
  numberOfPropertiesMoved?: number;
}

/** What happened to a record, as the portal's other parts tell it. */
export type Happening =
  | { what: 'creation'; id: number; by: Actor }
  | { what: 'propertyChange'; id: number; property: string; value: string | null; by: Actor }
  | { what: 'deletion' | 'restore' | 'privacyDeletion'; id: number; by?: Actor }
  | { what: 'merge'; id: number; primary: number; merged: number[]; by?: Actor };

export interface WebhookTarget {
  /** Where deliveries go; it is also what is signed. */
  url: string;
  /** Subscribed properties (default: all). HubSpot has one subscription per property. */
  properties?: string[];
  /** `v3` (default), or only the old `v1` as HubSpot's page on private apps describes. */
  signature?: 'v3' | 'v1';
  /** Delivers by itself, soon after something happened, and again after a failure. Else `deliver` does. */
  auto?: boolean;
}

export interface Delivery {
  /** Newest first: HubSpot promises no order. */
  reversed?: boolean;
  /** Every delivery so many times (default 1): HubSpot promises no uniqueness. */
  times?: number;
}

const PER_DELIVERY = 100;
const MOST_ATTEMPTS = 10;
const SUBSCRIPTION_IDS: Record<Happening['what'], number> = { propertyChange: 21, creation: 22, deletion: 23, merge: 24, restore: 25, privacyDeletion: 26 };
/** HubSpot does not offer these two for subscription. */
const UNSUBSCRIBABLE: ReadonlySet<string> = new Set(['hs_lastmodifieddate', 'lastmodifieddate', 'num_unique_conversion_events']);

/** The portal's app sends what happens to contacts to one address, signed with the app's client secret, as HubSpot does. */
export class Webhooks {
  private target: WebhookTarget | null = null;
  private waiting: WebhookEvent[] = [];
  private serial = 1000;
  private timer: NodeJS.Timeout | null = null;
  private sending: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: { clock: SandboxClock; portalId: () => number; appId: () => number; clientSecret: string }) {}

  /** Events of what happens from now on go there; null: nowhere. */
  subscribe(target: WebhookTarget | null): void {
    this.target = target;
    this.waiting = [];
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  happened(type: ObjectType, happening: Happening): void {
    if (this.target === null || type !== 'contacts') return;
    if (happening.what === 'propertyChange' && (UNSUBSCRIBABLE.has(happening.property) || this.target.properties?.includes(happening.property) === false)) return;
    this.serial += 1;
    const { by } = happening;
    this.waiting.push({
      eventId: this.serial,
      subscriptionId: SUBSCRIPTION_IDS[happening.what],
      portalId: this.parts.portalId(),
      appId: this.parts.appId(),
      occurredAt: this.parts.clock.now(),
      subscriptionType: `contact.${happening.what}`,
      attemptNumber: 0,
      objectId: happening.id,
      ...(by === undefined ? {} : { changeSource: by.sourceType, ...(by.sourceId === undefined ? {} : { sourceId: by.sourceId }) }),
      ...(happening.what === 'propertyChange' ? { propertyName: happening.property, propertyValue: happening.value ?? '' } : {}),
      ...(happening.what === 'creation' ? { changeFlag: 'NEW' } : {}),
      ...(happening.what === 'merge' ? { primaryObjectId: happening.primary, mergedObjectIds: happening.merged, newObjectId: happening.id, numberOfPropertiesMoved: 0 } : {}),
    });
    if (this.target.auto === true) this.deliverSoon(0);
  }

  /** Events not delivered yet. */
  get pending(): readonly WebhookEvent[] {
    return this.waiting;
  }

  /** Sends what waits, 100 events a delivery. Events of a delivery that is not answered with 2xx wait for the next call. Resolves with the answers' codes (0: none). */
  async deliver(how: Delivery = {}): Promise<number[]> {
    const target = this.target;
    if (target === null) return [];
    const events = how.reversed === true ? this.waiting.reverse() : this.waiting;
    this.waiting = [];
    const statuses: number[] = [];
    for (let at = 0; at < events.length; at += PER_DELIVERY) {
      const part = events.slice(at, at + PER_DELIVERY);
      let status = 0;
      for (let time = 0; time < (how.times ?? 1); time += 1) status = await this.post(target, part);
      statuses.push(status);
      if (status >= 200 && status < 300) continue;
      this.waiting.push(...part.map((event) => ({ ...event, attemptNumber: event.attemptNumber + 1 })).filter((event) => event.attemptNumber <= MOST_ATTEMPTS));
    }
    return statuses;
  }

  private deliverSoon(milliseconds: number): void {
    if (this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.sending = this.sending.then(() => this.deliver()).then(() => {
        const next = this.waiting[0];
        if (next !== undefined && this.target?.auto === true) this.deliverSoon(Math.min(30_000, 500 * 2 ** next.attemptNumber));
      });
    }, milliseconds);
    this.timer.unref();
  }

  private async post(target: WebhookTarget, events: WebhookEvent[]): Promise<number> {
    const body = JSON.stringify(events);
    try {
      const answer = await fetch(target.url, { method: 'POST', headers: { 'content-type': 'application/json', ...this.signatures(target, body) }, body, redirect: 'manual', signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }

  /** The headers with which a delivery of `body` to the target is signed at this moment of the portal's clock. */
  signatures(target: Pick<WebhookTarget, 'url' | 'signature'>, body: string): Record<string, string> {
    const secret = this.parts.clientSecret;
    const v1 = { 'x-hubspot-signature': createHash('sha256').update(secret + body).digest('hex'), 'x-hubspot-signature-version': 'v1' };
    if (target.signature === 'v1') return v1;
    const timestamp = String(this.parts.clock.now());
    return { ...v1, 'x-hubspot-request-timestamp': timestamp, 'x-hubspot-signature-v3': createHmac('sha256', secret).update(`POST${target.url}${body}${timestamp}`).digest('base64') };
  }
}

import type { SandboxDatabase } from '../database';
import type { SandboxClock } from '../clock';
import type { Actor } from './actor';
import { validationRefusal } from './errors';

export type StatusState = 'SUBSCRIBED' | 'UNSUBSCRIBED' | 'NOT_SPECIFIED';

/** A kind of e-mail that people can opt out of (OpenAPI `SubscriptionDefinition`). */
export interface SubscriptionDefinition {
  id: string;
  name: string;
  description: string;
  purpose: string;
  communicationMethod: string;
  isActive: boolean;
  isDefault: boolean;
  isInternal: boolean;
  createdAt: string;
  updatedAt: string;
}

/** What is known about one address and one subscription. Kept by e-mail address, whether or not a contact has it. */
export interface SubscriptionStatus {
  email: string;
  subscriptionId: number;
  status: StatusState;
  legalBasis: string | null;
  explanation: string | null;
  at: number;
  source: string;
}

export const legalBases = [
  'CONSENT_WITH_NOTICE',
  'LEGITIMATE_INTEREST_CLIENT',
  'LEGITIMATE_INTEREST_OTHER',
  'LEGITIMATE_INTEREST_PQL',
  'NON_GDPR',
  'PERFORMANCE_OF_CONTRACT',
  'PROCESS_AND_STORE',
] as const;

/** Stands for "all e-mail" in the place of a subscription's id. */
export const everySubscription = 0;

const seeds: [id: number, name: string, description: string, purpose: string, isInternal: boolean][] = [
  [11, 'One to One', 'One to One emails', 'Sales', true],
  [12, 'Marketing Information', 'Marketing offers and updates.', 'Marketing', false],
  [13, 'Customer Service Communication', 'Receive feedback requests and customer service information.', 'Service', false],
];

interface StatusRow {
  email: string;
  subscription: number;
  status: StatusState;
  legal_basis: string | null;
  explanation: string | null;
  at: number;
  source: string;
}

/** Communication preferences, by e-mail address. `changed` is told every address whose opt-outs moved. */
export class Subscriptions {
  constructor(
    private readonly database: SandboxDatabase,
    private readonly clock: SandboxClock,
    private readonly changed: (email: string, by: Actor) => void,
  ) {
    this.seed();
  }

  seed(): void {
    if (this.database.prepare('SELECT 1 FROM hs_subscription_definitions LIMIT 1').get() !== undefined) return;
    for (const [id, name, description, purpose, isInternal] of seeds) this.define({ id, name, description, purpose, isInternal });
  }

  define(wanted: { id?: number; name: string; description?: string; purpose?: string; isInternal?: boolean }): SubscriptionDefinition {
    const now = new Date(this.clock.now()).toISOString();
    const last = this.database.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM hs_subscription_definitions').get()?.id ?? 10;
    const id = wanted.id ?? last + 1;
    const definition: SubscriptionDefinition = {
      id: String(id),
      name: wanted.name,
      description: wanted.description ?? wanted.name,
      purpose: wanted.purpose ?? 'Marketing',
      communicationMethod: 'Email',
      isActive: true,
      isDefault: true,
      isInternal: wanted.isInternal ?? false,
      createdAt: now,
      updatedAt: now,
    };
    this.database.prepare('INSERT OR REPLACE INTO hs_subscription_definitions (id, body) VALUES (?, ?)').run(id, JSON.stringify(definition));
    return definition;
  }

  definitions(): SubscriptionDefinition[] {
    return this.database
      .prepare<[], { body: string }>('SELECT body FROM hs_subscription_definitions ORDER BY id')
      .all()
      .map((row) => JSON.parse(row.body) as SubscriptionDefinition);
  }

  definition(id: number): SubscriptionDefinition {
    const found = this.definitions().find((definition) => definition.id === String(id));
    if (found === undefined) throw validationRefusal(`Subscription ${id} does not exist`);
    return found;
  }

  private rows(email: string): Map<number, StatusRow> {
    const rows = this.database.prepare<[string], StatusRow>('SELECT * FROM hs_subscription_statuses WHERE email = ?').all(email);
    return new Map(rows.map((row) => [row.subscription, row]));
  }

  /** One status per definition. Opting out of everything shows in each of them. */
  statuses(address: string): SubscriptionStatus[] {
    const email = address.trim().toLowerCase();
    const rows = this.rows(email);
    const all = rows.get(everySubscription);
    return this.definitions().map((definition) => {
      const id = Number(definition.id);
      const own = rows.get(id);
      const row = all?.status === 'UNSUBSCRIBED' ? all : own;
      return {
        email,
        subscriptionId: id,
        status: row?.status ?? 'NOT_SPECIFIED',
        legalBasis: row?.legal_basis ?? null,
        explanation: row?.explanation ?? null,
        at: row?.at ?? 0,
        source: row?.source ?? 'No status',
      };
    });
  }

  wide(address: string): { status: StatusState; at: number } {
    const row = this.rows(address.trim().toLowerCase()).get(everySubscription);
    return { status: row?.status ?? 'NOT_SPECIFIED', at: row?.at ?? 0 };
  }

  optedOut(address: string): boolean {
    return this.wide(address).status === 'UNSUBSCRIBED';
  }

  /** Subscriptions that an address has opted out of one by one. */
  optOutsOf(address: string): number[] {
    return [...this.rows(address.trim().toLowerCase()).values()]
      .filter((row) => row.status === 'UNSUBSCRIBED' && row.subscription !== everySubscription)
      .map((row) => row.subscription);
  }

  /**
   * Sets one subscription (or `everySubscription`). Subscribing again ends an opt-out from everything, which then holds for each of the
   * other subscriptions alone. Answers what happened, in HubSpot's words.
   */
  set(
    address: string,
    subscriptionId: number,
    status: StatusState,
    more: { legalBasis?: string | undefined; explanation?: string | undefined; by: Actor },
  ): 'NO_STATUS_CHANGE' | 'REQUESTED_CHANGE_OCCURRED' | 'RESUBSCRIBE_OCCURRED' | 'UNSUBSCRIBE_FROM_ALL_OCCURRED' {
    const email = address.trim().toLowerCase();
    if (subscriptionId !== everySubscription) this.definition(subscriptionId);
    const rows = this.rows(email);
    const wide = rows.get(everySubscription)?.status === 'UNSUBSCRIBED';
    const before = wide ? 'UNSUBSCRIBED' : (rows.get(subscriptionId)?.status ?? 'NOT_SPECIFIED');
    if (before === status) return 'NO_STATUS_CHANGE';
    const put = this.database.prepare(
      'INSERT OR REPLACE INTO hs_subscription_statuses (email, subscription, status, legal_basis, explanation, at, source) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    const write = (id: number, state: StatusState): void => {
      put.run(email, id, state, more.legalBasis ?? null, more.explanation ?? null, this.clock.now(), more.by.sourceLabel ?? more.by.sourceType);
    };
    if (wide && status !== 'UNSUBSCRIBED') {
      write(everySubscription, 'NOT_SPECIFIED');
      for (const definition of this.definitions()) {
        if (subscriptionId !== everySubscription && Number(definition.id) !== subscriptionId) write(Number(definition.id), 'UNSUBSCRIBED');
      }
    }
    write(subscriptionId, status);
    this.changed(email, more.by);
    if (subscriptionId === everySubscription && status === 'UNSUBSCRIBED') return 'UNSUBSCRIBE_FROM_ALL_OCCURRED';
    return before === 'UNSUBSCRIBED' && status === 'SUBSCRIBED' ? 'RESUBSCRIBE_OCCURRED' : 'REQUESTED_CHANGE_OCCURRED';
  }

  /** Whether erased for good under a privacy request: HubSpot then refuses the address. */
  blocked(email: string): boolean {
    return this.database.prepare('SELECT 1 FROM hs_blocked_emails WHERE email = ?').get(email) !== undefined;
  }

  block(email: string): void {
    this.database.prepare('INSERT OR IGNORE INTO hs_blocked_emails (email) VALUES (?)').run(email);
    this.database.prepare('DELETE FROM hs_subscription_statuses WHERE email = ?').run(email);
  }
}

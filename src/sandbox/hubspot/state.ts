import type { Actor } from './actor';
import { pairOf } from './associations';
import type { Definition } from './definitions';
import type { Owner, Pipeline } from './directory';
import { loadRecords, type LoadedRow } from './load';
import { objectFacts, objectTypes, type ObjectType } from './objectTypes';
import type { Parts } from './parts';
import type { PortalSettings, Token } from './portal';
import type { HistoryEntry, StoredRecord } from './records';
import { connectorDefinitions } from './seeds';
import { everySubscription, type StatusState, type SubscriptionDefinition, type SubscriptionStatus } from './subscriptions';
import { emptyTables } from './tables';
import { valueOf } from './view';

/** A record as tests and worlds see it. Times are epoch milliseconds; a value that is not set is absent. */
export interface SandboxRecord {
  id: string;
  type: ObjectType;
  properties: Record<string, string>;
  createdAt: number;
  updatedAt: number;
  archivedAt: number | null;
}

/** What a user, a workflow, a form or another integration does in the portal, by the same rules as the API. Refusals are thrown (`Refusal`). */
export interface Acts {
  create(type: ObjectType, properties: Record<string, string | null>, links?: { to: ObjectType; id: string; primary?: boolean }[]): SandboxRecord;
  /** Changes what the id leads to. A UI actor may set an earlier lifecycle stage: HubSpot clears and sets. */
  update(type: ObjectType, id: string, properties: Record<string, string | null>): SandboxRecord;
  archive(type: ObjectType, id: string): void;
  restore(type: ObjectType, id: string): SandboxRecord;
  merge(type: ObjectType, primaryId: string, otherId: string): SandboxRecord;
  /** Privacy deletion of a contact. */
  erase(id: string): void;
  associate(from: ObjectType, fromId: string, to: ObjectType, toId: string, primary?: boolean): void;
  dissociate(from: ObjectType, fromId: string, to: ObjectType, toId: string): void;
  /** Opts an address out of one subscription, or of everything. */
  unsubscribe(email: string, subscriptionId?: number): void;
  subscribe(email: string, subscriptionId: number): void;
}

/** The direct door into the portal, for worlds, tests and the story. */
export interface HubspotState {
  act(actor: Actor): Acts;
  get(type: ObjectType, id: string): SandboxRecord | undefined;
  contact(id: string): SandboxRecord | undefined;
  /** Live contacts in the order of ids. Others may write while it runs. */
  contacts(): Generator<SandboxRecord>;
  all(type: ObjectType): Generator<SandboxRecord>;
  /** The live contact that an address leads to, additional addresses included. */
  byEmail(email: string): SandboxRecord | undefined;
  /** A property's values, newest first. */
  history(type: ObjectType, id: string, property: string): HistoryEntry[];
  /** Ids of the records associated with one. */
  associated(from: ObjectType, id: string, to: ObjectType): string[];
  /** Live records by object. */
  counts(): Record<ObjectType, number>;
  /** Many records at once, unchecked, contacts unless said; see `LoadedRow`. Answers how many. */
  load(rows: Iterable<LoadedRow>, options?: { type?: ObjectType }): number;
  addOwner(owner: Parameters<Parts['directory']['addOwner']>[0]): Owner;
  deactivateOwner(id: string): void;
  addPipeline(pipeline: Parameters<Parts['directory']['addPipeline']>[0]): Pipeline;
  addToken(wanted?: Parameters<Parts['portal']['addToken']>[0]): Token;
  /** From now on the token answers 401. */
  revokeToken(token: string): void;
  /** A new token of the same app; the old one lives on for `oldLivesMs` (default 7 days, as HubSpot's "expire later"). */
  rotateToken(token: string, oldLivesMs?: number): Token;
  removeScope(token: string, scope: string): void;
  grantScope(token: string, scope: string): void;
  /** Makes a property vanish from reads, definitions and writes, for one token or for all. */
  setPropertyHidden(type: ObjectType, property: string, hidden: boolean, token?: string): void;
  defineProperty(type: ObjectType, definition: unknown): Definition;
  removeProperty(type: ObjectType, name: string): void;
  /** Replaces the options of a property, as an admin does in its settings: `[value, label]` in their order. Stages get their timing properties. */
  setOptions(type: ObjectType, name: string, options: readonly (readonly [value: string, label: string])[]): void;
  /** The properties that HubSpot's own Salesforce connector adds. Only `SALESFORCE` actors write them. */
  installSalesforceConnector(): void;
  /** The portal's settings and how to change them; they survive a restart. */
  readonly settings: Readonly<PortalSettings>;
  set(change: Partial<PortalSettings>): void;
  subscriptions: {
    definitions(): SubscriptionDefinition[];
    define(wanted: { id?: number; name: string; description?: string; purpose?: string }): SubscriptionDefinition;
    statuses(email: string): SubscriptionStatus[];
    optedOut(email: string): boolean;
    set(email: string, subscriptionId: number, status: StatusState, actor: Actor): void;
  };
  /** As if so many calls had been made today. */
  setCallsToday(count: number): void;
  /** Empties the world. Tokens, the client secret and the portal's number stay. */
  reset(): void;
}

function numberOf(id: string): number {
  if (!/^\d+$/.test(id)) throw new Error(`Not a HubSpot record id: ${id}`);
  return Number(id);
}

export function createState(parts: Parts): HubspotState {
  const { records, definitions, portal, directory, subscriptions, clock } = parts;

  const shown = (type: ObjectType, stored: StoredRecord): SandboxRecord => {
    const facts = objectFacts[type];
    const own = ['hs_object_id', facts.created, ...facts.modified].map((name): [string, string] => [name, valueOf(type, stored, name) ?? '']);
    return {
      id: String(stored.id),
      type,
      properties: { ...stored.props, ...Object.fromEntries(own) },
      createdAt: stored.created,
      updatedAt: stored.modified,
      archivedAt: stored.archived,
    };
  };
  const get = (type: ObjectType, id: string): SandboxRecord | undefined => {
    const stored = records.get(type, records.resolve(type, numberOf(id)));
    return stored === undefined ? undefined : shown(type, stored);
  };
  const fresh = (type: ObjectType, id: number): SandboxRecord => shown(type, parts.writer.live(type, id));
  const typesBetween = (from: ObjectType, to: ObjectType, primary: boolean): number[] => {
    const pair = pairOf(from, to);
    if (!primary) return [pair.unlabelled];
    if (pair.primary === undefined) throw new Error(`Nothing from ${from} to ${to} can be primary.`);
    return [pair.primary];
  };
  function* all(type: ObjectType): Generator<SandboxRecord> {
    for (const stored of records.walk(type)) yield shown(type, stored);
  }
  const settle = (actor: Actor): Actor =>
    actor.sourceType === 'CRM_UI' && actor.sourceId === undefined && actor.userId !== undefined ? { ...actor, sourceId: `userId:${actor.userId}` } : actor;

  const act = (who: Actor): Acts => {
    const actor = settle(who);
    return {
      create: (type, properties, links = []) =>
        parts.writer.atomic(() => {
          const { record } = parts.writer.create(type, properties, actor);
          for (const link of links) parts.links.add(type, record.id, link.to, parts.links.existing(link.to, link.id), typesBetween(type, link.to, link.primary ?? false));
          return fresh(type, record.id);
        }),
      update: (type, id, properties) => fresh(type, parts.writer.update(type, numberOf(id), properties, actor).record.id),
      archive: (type, id) => parts.removal.archive(type, numberOf(id)),
      restore: (type, id) => shown(type, parts.removal.restore(type, numberOf(id))),
      merge: (type, primaryId, otherId) => shown(type, parts.removal.merge(type, numberOf(primaryId), numberOf(otherId))),
      erase: (id) => parts.removal.erase(numberOf(id)),
      associate: (from, fromId, to, toId, primary = false) =>
        parts.links.add(from, parts.links.existing(from, fromId), to, parts.links.existing(to, toId), typesBetween(from, to, primary)),
      dissociate: (from, fromId, to, toId) => parts.links.remove(from, numberOf(fromId), to, numberOf(toId)),
      unsubscribe: (email, subscriptionId = everySubscription) => void subscriptions.set(email, subscriptionId, 'UNSUBSCRIBED', { by: actor }),
      subscribe: (email, subscriptionId) => void subscriptions.set(email, subscriptionId, 'SUBSCRIBED', { by: actor }),
    };
  };

  const changeScopes = (token: string, change: (scopes: string[]) => string[]): void => portal.setScopes(token, change(portal.scopesOf(token)));

  return {
    act,
    get,
    contact: (id) => get('contacts', id),
    contacts: () => all('contacts'),
    all,
    byEmail: (email) => {
      const id = records.byEmail(email);
      return id === undefined ? undefined : get('contacts', String(id));
    },
    history: (type, id, property) => {
      const stored = records.get(type, records.resolve(type, numberOf(id)));
      return stored === undefined ? [] : records.history(type, stored, property);
    },
    associated: (from, id, to) => parts.associations.list(from, records.resolve(from, numberOf(id)), to).map((end) => String(end.toId)),
    counts: () => Object.fromEntries(objectTypes.map((type) => [type, records.count(type)])) as Record<ObjectType, number>,
    load: (rows, options = {}) =>
      loadRecords(
        {
          database: parts.database,
          clock,
          uniqueProperties: (type) => definitions.all(type).filter((definition) => definition.hasUniqueValue).map((definition) => definition.name),
        },
        options.type ?? 'contacts',
        rows,
      ),
    addOwner: (owner) => directory.addOwner(owner),
    deactivateOwner: (id) => directory.deactivateOwner(id),
    addPipeline: (pipeline) => directory.addPipeline(pipeline),
    addToken: (wanted) => portal.addToken(wanted),
    revokeToken: (token) => portal.revoke(token, clock.now()),
    rotateToken: (token, oldLivesMs = 7 * 86_400_000) => portal.rotate(token, clock.now() + oldLivesMs),
    removeScope: (token, scope) => changeScopes(token, (scopes) => scopes.filter((one) => one !== scope)),
    grantScope: (token, scope) => changeScopes(token, (scopes) => [...new Set([...scopes, scope])]),
    setPropertyHidden: (type, property, hidden, token = '*') => portal.setHidden(token, type, property, hidden),
    defineProperty: (type, definition) => definitions.create(type, definition),
    removeProperty: (type, name) => definitions.archive(type, name),
    setOptions: (type, name, options) =>
      void definitions.update(type, name, { options: options.map(([value, label], displayOrder) => ({ value, label, displayOrder, hidden: false })) }),
    installSalesforceConnector: () => {
      const { group, definitions: list } = connectorDefinitions();
      definitions.install('contacts', group, list);
    },
    get settings() {
      return portal.settings;
    },
    set: (change) => portal.set(change),
    subscriptions: {
      definitions: () => subscriptions.definitions(),
      define: (wanted) => {
        const made = subscriptions.define(wanted);
        parts.defineOptOuts();
        return made;
      },
      statuses: (email) => subscriptions.statuses(email),
      optedOut: (email) => subscriptions.optedOut(email),
      set: (email, subscriptionId, status, actor) => void subscriptions.set(email, subscriptionId, status, { by: settle(actor) }),
    },
    setCallsToday: (count) => parts.limits.setToday(count),
    reset: () => {
      const { portalId } = portal.settings;
      emptyTables(parts.database);
      parts.reload();
      portal.set({ portalId });
    },
  };
}

import { ConcordError, CrmError } from '../../domain/problem';
import type { EpochMs } from '../../domain/record';
import { CallFailed, createPace } from '../pace';
import type { ConnectionFacts, CrmPort, Description } from '../port';
import { createApi, type HubspotApi } from './api';
import { describeProperty, type Described } from './convert';
import { restrict } from './consent';
import { findNotes, leaveNotes } from './notes';
import { createOwners } from './owners';
import { BURST, SEARCH, type ApiVersion } from './paths';
import { byIds, byUnique, histories, readAll, readSince, type Reader } from './read';
import { parseEach, PropertyDefinition, type AccountDetails } from './schema';
import { removeApply, removePlan } from './removal';
import { setupApply, setupPlan } from './setup';
import { survey } from './survey';
import { createTransport } from './transport';
import { BATCH_SIZE, writeContacts } from './write';

export type { ApiVersion } from './paths';

export interface HubspotOptions {
  /** A static token: of a project app, a service key, or a legacy private app. */
  token: string;
  /** Default https://api.hubapi.com. */
  baseUrl?: string;
  /** The family of paths (default 2026-09). */
  apiVersion?: ApiVersion;
  /** Concord's share of the portal's daily calls, 0 to 1. */
  dailyShare: number;
  /** Calls that Concord already made on the portal's current day, by other processes (default 0). */
  spentToday?: number;
  /** Of one request, to the last byte of its answer (default 30 s). */
  deadlineMs?: number;
  /** `off`: no pacing by windows, whatever HubSpot says. For measuring against the sandbox; a real portal answers 429. */
  limits?: HubspotLimits | 'off';
  /** For tests: the clock, and what waiting is. */
  now?: () => number;
  sleep?: (ms: number) => Promise<void>;
  /** The contact property that says "do not call", named by the agreement. */
  doNotCallProperty?: string;
}

export interface HubspotLimits {
  /** Requests per 10 seconds, until HubSpot's headers tell (default 100, the smallest tier's). */
  burst?: number;
  /** Searches per second of the whole account (default 5). */
  search?: number;
  /** Requests under way at once (default 6). */
  concurrent?: number;
  /** Attempts of one call (default 5). */
  tries?: number;
}

/** What the credential may do, where HubSpot says: `check` compares it with what is needed. */
export interface HubspotConnection extends ConnectionFacts {
  scopes?: string[];
}

export interface HubspotPort extends CrmPort {
  connect(): Promise<HubspotConnection>;
}

/**
 * HubSpot behind the CRM port. Contacts only; leads, opportunities and roles live in Salesforce. Times are HubSpot's, epoch ms; values are
 * converted by each property's described type (M3); what HubSpot did not return is absent (M5).
 *
 * Throws `ConcordError` (usage) for an address that is neither https nor loopback. Methods throw `CrmError` for trouble of HubSpot as a whole.
 */
export function createHubspot(options: HubspotOptions): HubspotPort {
  // eslint-disable-next-line concord/clock -- the default of an injected clock, for what HubSpot's own Date header does not tell
  const now = options.now ?? Date.now;
  const isPaced = options.limits !== 'off';
  const limits: HubspotLimits = options.limits === undefined || options.limits === 'off' ? {} : options.limits;
  const pace = createPace({
    name: 'hubspot',
    windows: isPaced
      ? [
          { name: BURST, limit: limits.burst ?? 100, perMs: 10_000 },
          { name: SEARCH, limit: limits.search ?? 5, perMs: 1_000 },
        ]
      : [],
    maxConcurrent: limits.concurrent ?? 6,
    dailyShare: options.dailyShare,
    deadlineMs: options.deadlineMs ?? 30_000,
    maxTries: limits.tries ?? 5,
    now,
    ...(options.sleep === undefined ? {} : { sleep: options.sleep }),
    ...(options.spentToday === undefined ? {} : { spentToday: options.spentToday }),
  });
  const transport = createTransport({
    baseUrl: options.baseUrl ?? 'https://api.hubapi.com',
    token: options.token,
    version: options.apiVersion ?? '2026-09',
    pace,
    isPaced,
    now,
  });
  const api = createApi(transport, options.token);
  const owners = createOwners(api, now);

  let description: Promise<Described> | undefined;
  const described = (): Promise<Described> => {
    description ??= describe(api).catch((error: unknown) => {
      description = undefined;
      throw error;
    });
    return description;
  };
  const reader: Reader = { api, described, queues: (ids) => owners.queues(ids), doNotCallProperty: options.doNotCallProperty, now };

  return {
    crm: 'hubspot',
    batchSize: BATCH_SIZE,

    async connect() {
      const details = await whole(() => api.accountDetails());
      const account = details.value;
      const [token] = await Promise.all([orNothing(() => api.tokenInfo()), hearQuota(account)]);
      const credential = token?.value.appId === undefined ? 'static token (service key or app)' : `private app token (app ${token.value.appId})`;
      return {
        accountId: String(account.portalId),
        accountName: account.accountType === undefined || account.accountType === 'STANDARD' ? `portal ${account.portalId}` : `portal ${account.portalId} (${account.accountType})`,
        recordUrl: (_object, id) => `https://${account.uiDomain ?? 'app.hubspot.com'}/contacts/${account.portalId}/record/0-1/${encodeURIComponent(id)}`,
        serverNow: details.askedAt ?? now(),
        credential,
        ...(token?.value.userId === undefined ? {} : { actingAs: { id: String(token.value.userId) } }),
        ...(token?.value.scopes === undefined ? {} : { scopes: token.value.scopes }),
      };
    },

    async describe(fresh) {
      if (fresh === true) description = undefined;
      return whole(async (): Promise<Description> => ({ contact: await described() }));
    },

    survey: () => whole(async () => survey({ api, described, owners, token: options.token, now: now() })),

    async *read(request) {
      const since = request.since.contact;
      if (since === undefined) return;
      const fields = request.fields.contact ?? [];
      try {
        yield* since === null ? readAll(reader, fields) : readSince(reader, since, fields);
      } catch (error) {
        throw asCrmError(error);
      }
    },

    async byIds(object, ids, fields) {
      if (object !== 'contact') return { object, records: [], problems: [] };
      return whole(() => byIds(reader, ids, fields.contact ?? []));
    },

    async byEmails(emails, fields) {
      return [await whole(() => byUnique(reader, 'email', emails, fields.contact ?? []))];
    },

    async byIdentity(object, field, values, fields) {
      if (object !== 'contact') return { object, records: [], problems: [] };
      return whole(() => byUnique(reader, field, values, fields.contact ?? []));
    },

    async histories(object, ids, fields) {
      if (object !== 'contact' || ids.length === 0 || fields.length === 0) return new Map();
      return whole(() => histories(reader, ids, fields));
    },

    closedTasks: () => Promise.resolve([]),
    closedAt: () => Promise.resolve(new Map<string, EpochMs>()),
    accountsOfDomains: () => Promise.resolve(new Map<string, string | null>()),
    opportunitiesOfAccounts: () => Promise.resolve([]),

    userNames: (ids) => whole(() => owners.names(ids)),
    userEmails: (ids) => whole(() => owners.emails(ids)),
    inactiveUsers: async () => new Set(),
    write: (writes) => whole(() => writeContacts(reader, writes)),
    restrict: (writes) => whole(() => restrict(reader, writes)),
    leave: (activities) => whole(() => leaveNotes(reader, activities)),
    findLeft: (sought) => whole(() => findNotes(reader, sought)),
    setupPlan: (needs) => whole(() => setupPlan(api, needs)),

    async setupApply(needs, progress) {
      try {
        await whole(() => setupApply(api, needs, progress));
      } finally {
        description = undefined;
      }
    },

    removePlan: (needs, deleteData) => whole(() => removePlan(api, needs, deleteData)),

    async removeApply(needs, deleteData, progress) {
      try {
        await whole(() => removeApply(api, needs, deleteData, progress));
      } finally {
        description = undefined;
      }
    },

    usage: () => pace.usage(),
    close: () => Promise.resolve(),
  };

  /**
   * How the day stands. HubSpot's rate headers tell limit and remainder with every answer; only the moment at which the day turns is missing
   * there: midnight in the account's time zone. Without headers the usage call tells all three.
   */
  async function hearQuota(account: AccountDetails): Promise<void> {
    const quota = pace.usage().quota;
    if (quota !== undefined) {
      pace.heardQuota({ ...quota, ...(account.utcOffsetMilliseconds === undefined ? {} : { resetsAt: nextMidnight(now(), account.utcOffsetMilliseconds) }) });
      return;
    }
    const usage = await orNothing(() => api.dailyUsage());
    // A figure that HubSpot could not fetch says nothing.
    const day = usage?.value.results.find(({ fetchStatus }) => fetchStatus === undefined || fetchStatus === 'SUCCESS' || fetchStatus === 'CACHED');
    if (day === undefined) return;
    const resetsAt = Date.parse(day.resetsAt ?? '');
    pace.heardQuota({ limit: day.usageLimit, remaining: Math.max(0, day.usageLimit - day.currentUsage), ...(Number.isNaN(resetsAt) ? {} : { resetsAt }) });
  }
}

function nextMidnight(at: EpochMs, offsetMs: number): EpochMs {
  const day = 24 * 60 * 60_000;
  return (Math.floor((at + offsetMs) / day) + 1) * day - offsetMs;
}

async function describe(api: HubspotApi): Promise<Described> {
  const { value } = await api.listProperties();
  const definitions = parseEach(PropertyDefinition, value.results).good.filter(({ archived }) => archived !== true);
  return Object.fromEntries(definitions.map((definition) => [definition.name, describeProperty(definition)]));
}

/** Whatever a call failed with is HubSpot's trouble as a whole once it arrives here: one record's trouble was made a value before. */
async function whole<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asCrmError(error);
  }
}

function asCrmError(error: unknown): unknown {
  if (error instanceof ConcordError) return error;
  return error instanceof CallFailed ? new CrmError(error.problem, error) : error;
}

/** For calls whose answer is welcome but not needed: everything else would go on without it. */
async function orNothing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return undefined;
  }
}

import { setTimeout } from 'node:timers/promises';
import type { RecordWrite, WriteOutcome } from '../../domain/write';
import { CallFailed, createPace } from '../pace';
import type { ConnectionFacts, CrmPort, ReadPage } from '../port';
import { API_VERSION, createApi, queryPath, type Api } from './api';
import { OBJECTS } from './convert';
import { closedTasks } from './closedTasks';
import { createShapes } from './describe';
import { accountsOfDomains, byEmails, byIdentity, byIds, closedAt, createUserEmails, createUserNames, histories, inactiveUsers, opportunitiesOfAccounts } from './lookups';
import { crmError, unreadable } from './problems';
import { readRecords } from './read';
import { Limits, NameRow, OrganizationRow, parsed, QueryResult } from './schema';
import { createSessions } from './session';
import { applyRemoval, applySetup, planRemoval, planSetup } from './setup';
import { survey } from './survey';
import { text } from './soql';
import { findTasks, leaveTasks } from './tasks';
import { BATCH, restrictRecords, writeRecords } from './write';

export interface SalesforceOptions {
  /** My Domain host of the org (`https://acme.my.salesforce.com`), where tokens are asked for. */
  loginUrl: string;
  /** Consumer key of the External Client App. */
  clientId: string;
  /** Client credentials: its consumer secret. */
  clientSecret?: string;
  /** JWT bearer: the integration user's name, with the private key (PEM) of the app's certificate. */
  username?: string;
  privateKey?: string;
  /** Default 67.0. */
  apiVersion?: string;
  /** The field of Lead and Contact that holds the HubSpot contact's id: `Concord_HubSpot_Id__c`. */
  externalIdField: string;
  /** Concord's share of the org's daily API calls, 0 to 1 (W10). */
  dailyShare: number;
  /** Calls that Concord already made today in other processes. */
  spentToday?: number;
  /** Of one request, from sending to the last byte (default 60 s). Metadata calls get two minutes. */
  deadlineMs?: number;
  /** Requests under way at once (default 5: Developer editions refuse more long ones). */
  maxConcurrent?: number;
  /** Attempts of one call (default 5). */
  maxTries?: number;
  /** Consent fields (default `HasOptedOutOfEmail`, `DoNotCall`). */
  optOutField?: string;
  doNotCallField?: string;
  /** User name of the integration user when setup runs with an admin's session. */
  integrationUser?: string;
  /** How calls are tagged in the org's logs (default `concord`). */
  client?: string;
  /** For tests: the clock, waiting and chance. */
  now?: () => number;
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  random?: () => number;
}

/**
 * Salesforce as Concord needs it. Moments are UTC; Salesforce's are whole seconds. Reads include deleted and merged records.
 *
 * Limits that the design builds on: 200 records a write, 2,000 rows a page, one API call for a composite of up to five queries
 * (https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html).
 */
export function createSalesforce(options: SalesforceOptions): CrmPort {
  // eslint-disable-next-line concord/clock -- the default of the injected clock
  const now = options.now ?? Date.now;
  const sleep = options.sleep ?? ((ms: number, signal?: AbortSignal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined));
  const deadlineMs = options.deadlineMs ?? 60_000;
  const pace = createPace({
    name: 'salesforce',
    // Salesforce has no burst limit for short calls, only the day's quota and a cap on long concurrent ones.
    windows: [],
    maxConcurrent: options.maxConcurrent ?? 5,
    dailyShare: options.dailyShare,
    deadlineMs,
    maxTries: options.maxTries ?? 5,
    now,
    sleep,
    ...(options.spentToday === undefined ? {} : { spentToday: options.spentToday }),
    ...(options.random === undefined ? {} : { random: options.random }),
  });
  const loginUrl = options.loginUrl.replace(/\/+$/, '');
  const { clientId, clientSecret, username, privateKey } = options;
  const sessions = createSessions(
    { loginUrl, clientId, ...(clientSecret === undefined ? {} : { clientSecret }), ...(username === undefined ? {} : { username }), ...(privateKey === undefined ? {} : { privateKey }) },
    pace,
    now,
  );
  const api = createApi({ sessions, pace, now, version: options.apiVersion ?? API_VERSION, client: options.client ?? 'concord', deadlineMs });
  const shapes = createShapes(api);
  const names = { externalIdField: options.externalIdField, optOutField: options.optOutField ?? 'HasOptedOutOfEmail', doNotCallField: options.doNotCallField ?? 'DoNotCall' };
  const looking = { api, shapes, names };
  const userNames = createUserNames(api, now);
  const provisioning = { api, shapes, integrationUser: options.integrationUser, now, sleep };
  const userEmails = createUserEmails(api, now);
  const inTurn = createTurns();

  return {
    crm: 'salesforce',
    connect: () => ended(async () => connect(api, pace, options)),
    describe: (fresh) => ended(async () => (await shapes.get(fresh)).description),
    survey: () => ended(() => survey(api)),
    read: (request) => endedPages(readRecords({ ...looking, clock: { now, sleep } }, request)),
    byIds: (object, ids, fields) => ended(() => byIds(looking, object, ids, fields)),
    byEmails: (emails, fields) => ended(() => byEmails(looking, emails, fields)),
    byIdentity: (object, field, values, fields) => ended(() => byIdentity(looking, object, field, values, fields)),
    histories: (object, ids, fields) => ended(() => histories(looking, object, ids, fields)),
    closedTasks: (ids, after) => ended(() => closedTasks(api, ids, after)),
    closedAt: (ids) => ended(() => closedAt(looking, ids)),
    accountsOfDomains: (domains) => ended(() => accountsOfDomains(looking, domains)),
    opportunitiesOfAccounts: (ids, fields) => ended(() => opportunitiesOfAccounts(looking, ids, fields)),
    userNames: (ids) => ended(() => userNames(ids)),
    userEmails: (ids) => ended(() => userEmails(ids)),
    inactiveUsers: (ids) => ended(() => inactiveUsers(api, ids)),
    batchSize: BATCH,
    // Two writers on one object lock each other's parents out, so batches go one after another.
    write: (writes: RecordWrite[]): Promise<WriteOutcome[]> => ended(() => inTurn(() => writeRecords(looking, writes))),
    restrict: (writes) => ended(() => inTurn(() => restrictRecords(looking, writes, names.optOutField))),
    leave: (activities) => ended(() => inTurn(() => leaveTasks(api, activities))),
    findLeft: (sought) => ended(() => findTasks(api, sought)),
    setupPlan: (needs, sales) => ended(() => planSetup(provisioning, needs, sales)),
    setupApply: (needs, progress, sales) => ended(() => applySetup(provisioning, needs, progress, sales)),
    removePlan: (needs, deleteData, sales) => ended(() => planRemoval(provisioning, needs, deleteData, sales)),
    removeApply: (needs, deleteData, progress, sales) => ended(() => applyRemoval(provisioning, needs, deleteData, progress, sales)),
    usage: () => pace.usage(),
    close: async () => undefined,
  };
}

/** A call's failure leaves the port as what ends a run. */
async function ended<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw cause instanceof CallFailed ? crmError(cause) : cause;
  }
}

async function* endedPages(pages: AsyncGenerator<ReadPage>): AsyncGenerator<ReadPage> {
  try {
    yield* pages;
  } catch (cause) {
    throw cause instanceof CallFailed ? crmError(cause) : cause;
  }
}

function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Token, then one composite call; the limits resource only where no answer carries the usage header. */
async function connect(api: Api, pace: ReturnType<typeof createPace>, options: SalesforceOptions): Promise<ConnectionFacts> {
  const session = await api.session();
  const queries = ['SELECT Id, Name, IsSandbox FROM Organization', ...(session.userId === undefined ? [] : [`SELECT Id, Name FROM User WHERE Id = ${text(session.userId)}`])];
  const { subs, at } = await api.composite(queries.map((soql) => queryPath(soql)));
  const [organization, user] = subs.map((sub) => (sub.ok ? parsed(QueryResult, sub.body)?.records[0] : undefined));
  const org = parsed(OrganizationRow, organization);
  if (org === undefined) throw subs[0]?.ok === false ? subs[0].failed : new CallFailed(unreadable('organization'), 'no');
  const acting = parsed(NameRow, user);
  if (pace.usage().quota === undefined) await hearLimits(api, pace);
  const origin = pageOrigin(session.instanceUrl);
  return {
    accountId: org.Id,
    accountName: org.Name,
    recordUrl: (object, id) => `${origin}/lightning/r/${OBJECTS[object]}/${id}/view`,
    serverNow: at,
    ...(session.userId === undefined ? {} : { actingAs: { id: session.userId, ...(acting === undefined ? {} : { name: acting.Name }) } }),
    credential: options.privateKey !== undefined && options.username !== undefined ? 'JWT bearer' : 'client credentials',
  };
}

/** Needs "View Setup and Configuration"; a user without it simply has no figure. */
async function hearLimits(api: Api, pace: ReturnType<typeof createPace>): Promise<void> {
  try {
    const day = parsed(Limits, (await api.send({ method: 'GET', path: '/limits', kind: 'read' })).body)?.DailyApiRequests;
    if (day !== undefined) pace.heardQuota({ limit: day.Max, remaining: day.Remaining });
  } catch (cause) {
    if (!(cause instanceof CallFailed) || cause.problem.code === 'unauthorized') throw cause;
  }
}

/** Where people look at records: `acme.my.salesforce.com` shows them on `acme.lightning.force.com`. */
export function pageOrigin(instanceUrl: string): string {
  return instanceUrl.replace(/\.my\.salesforce\.com$/, '.lightning.force.com');
}

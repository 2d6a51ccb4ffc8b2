import type express from 'express';
import type { SandboxClock } from '../clock';
import { CallLog } from '../control';
import type { SandboxDatabase } from '../database';
import { Faults } from '../faults';
import { createApp, listenOn } from './http';
import { BulkJobs } from './api/bulk';
import { Sessions, type App } from './api/oauth';
import { prepareStore } from './metadata/store';
import { Org } from './org';
import { Deploys } from './soap/deploy';
import { Queries } from './soql/run';
import { SalesforceState } from './state';

export { SalesforceState, type ActOptions, type Acts, type NewUser, type OpenTransaction } from './state';
export type { FieldDefinition, PicklistDefinition } from './definitions';
export type { FieldMapping, LeadConversion, LeadConversionResult } from './convert';
export type { MergeResult } from './merge';
export type { LeadStatusValue, StageValue } from './objects/picklists';
export type { DuplicateMode } from './rules/duplicates';
export type { SentNotification } from './api/misc';

export interface SalesforceSandbox {
  app: express.Express;
  faults: Faults;
  calls: CallLog;
  state: SalesforceState;
  /** Listens on a loopback port (0: any free one) and gives its url, without a slash at the end. */
  listen(port?: number, host?: string): Promise<{ url: string; close(): Promise<void> }>;
  /** The app's consumer key. */
  clientId: string;
  clientSecret: string;
  /** The integration user: runs as by client credentials, and the subject of JWT bearer. */
  username: string;
}

export interface SalesforceSandboxOptions {
  database: SandboxDatabase;
  clock: SandboxClock;
  /** 15 or 18 characters; counts when the database is new. */
  orgId?: string;
  /** `real` (default) refuses calls beyond the daily quota; `off` only counts them. */
  limits?: 'real' | 'off';
}

/** A Salesforce org on one database: everything in it survives a restart, but open transactions, query locators and armed faults. */
export function createSalesforceSandbox(options: SalesforceSandboxOptions): SalesforceSandbox {
  const org = new Org(options.database, options.clock, options.orgId);
  prepareStore(org);
  const queries = new Queries(org);
  const sessions = new Sessions(org);
  const clientApp: App = {
    clientId: 'concord-sandbox-consumer-key',
    clientSecret: 'concord-sandbox-consumer-secret',
    certificate: org.settings.get<string | null>('certificate', null),
    approved: org.settings.get('approved', [org.integrationUserId]),
  };
  const services = { org, queries, bulk: new BulkJobs(org, queries), deploys: new Deploys(org) };
  const faults = new Faults();
  const calls = new CallLog();
  const app = createApp({ services, sessions, clientApp, faults, calls, limits: options.limits ?? 'real' });
  return {
    app,
    faults,
    calls,
    state: new SalesforceState(org, sessions, queries, clientApp),
    listen: (port = 0, host = '127.0.0.1') => listenOn(app, port, host),
    clientId: clientApp.clientId,
    clientSecret: clientApp.clientSecret,
    username: 'integration@concord.sandbox',
  };
}

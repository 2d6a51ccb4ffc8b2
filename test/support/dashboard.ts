import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { ServerSettings } from '../../src/config/load';
import { rollback } from '../../src/run/rollback';
import { run } from '../../src/run/run';
import { createApp } from '../../src/web/app';
import { createMetrics } from '../../src/web/metrics';
import type { RollbackState, WebParts } from '../../src/web/parts';
import { deskOver } from './reports';
import { cast, DAY, HOUR, MINUTE, type Scenario } from './scenario';

/*
 * The dashboard of a scenario over real HTTP, for browsers. What pages ask for is done in this process, at once: that the server does it in its runner
 * is shown by test/cli/serve.test.ts.
 */

export const ADMIN = 'the operators’ password';
export const VIEWER = 'the viewers’ password';

export interface Dashboard {
  url: string;
  /** Resolves when what pages have asked for is done. */
  done(): Promise<unknown>;
  close(): Promise<void>;
}

/** The pages of a scenario. `doing`: what they asked for last. */
export function pagesOf(s: Scenario, server: ServerSettings, url: () => string): { app: Express; doing: () => Promise<unknown> } {
  let doing: Promise<unknown> = Promise.resolve();
  let rollbacks: RollbackState[] = [];
  const quiet = (): void => undefined;
  const metrics = createMetrics();
  const parts: WebParts = {
    store: s.store,
    agreement: s.agreement,
    server,
    secret: 'a secret that signs sessions',
    publicUrl: url,
    clock: () => s.clock.now(),
    log: { info: quiet, warn: quiet, error: quiet },
    portalId: () => Promise.resolve(null),
    ask: {
      targeted: quiet,
      run: () => void (doing = run(s.parts, { mode: 'apply' })),
      allowed: (portion) => void (doing = run(s.parts, { mode: 'apply', allowLargeChange: true, ...(portion === null ? {} : { portion }) })),
      rollback: (wish) => void (doing = rollback(s.parts, wish).then((result) => (rollbacks = [{ ...wish, state: 'done', by: result.run, problem: null }, ...rollbacks]))),
    },
    status: () => ({ startedAt: 0, underWay: null, progress: null, rollbacks, next: null, failure: null, stopping: false }),
    reports: deskOver(s.store, s.agreement, () => s.clock.now()),
    heard: metrics.heard,
  };
  return { app: createApp(parts, metrics, true), doing: () => doing };
}

export async function serveDashboard(s: Scenario): Promise<Dashboard> {
  let url = '';
  const { app, doing } = pagesOf(s, { host: '127.0.0.1', port: 0, publicUrl: null, adminPassword: ADMIN, viewerPassword: VIEWER, apiToken: null, webhookSecret: null, webhookV1: false }, () => url);
  const http = createServer((req, res) => void app(req, res));
  await new Promise<void>((ready) => http.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    url,
    done: doing,
    close: () =>
      new Promise((closed) => {
        http.close(() => closed());
        http.closeAllConnections();
      }),
  };
}

export interface Told {
  /** Ids of people as the pages name them. */
  ana: string;
  /** The run that carried Ana's rejection. */
  run: string;
}

/** A name that would run if a page did not escape it. */
export const EVIL = '<script>alert(1)</script>';

/** A story with something on every page: a rejection with a note, a win, a handoff that waits past its deadline, a refused write, a stopped run's plan. */
export async function tellStory(s: Scenario, evasName = EVIL): Promise<Told> {
  const { adopted, person, rep } = cast(() => s);
  const form = (): ReturnType<typeof s.sandbox.hubspot.state.act> => s.sandbox.hubspot.state.act({ sourceType: 'FORM' });
  const leadOf = (email: string): string => String(s.leadByEmail(email)?.['Id']);
  const people = [['ana', 'Ana', 'Paz', 'ORGANIC_SEARCH'], ['leo', 'Leo', 'Díaz', 'PAID_SEARCH'], ['eva', 'Eva', evasName, 'EMAIL_MARKETING'], ['rui', 'Rui', 'Costa', 'PAID_SEARCH'], ['zoe', 'Zoé', 'Muñoz', 'REFERRALS']] as const;
  const ids = new Map(people.map(([name, firstname, lastname, source]) => [name, person(`${name}@cliente.example`, { firstname, lastname, company: `${firstname} SA`, hs_analytics_source: source })]));
  const mia = person('mia@cliente.example', { firstname: 'Mia', lastname: 'Roth', company: 'Mia GmbH' });
  person('sin@cliente.example', { firstname: 'Sin', lastname: 'País', country: '' });
  await adopted();
  for (const [name] of people) form().update('contacts', ids.get(name) ?? '', { hubspotscore: '72', recent_conversion_date: new Date(s.clock.now()).toISOString(), recent_conversion_event_name: 'Demo' });
  s.pass(MINUTE);
  await s.sync();
  s.pass(HOUR);
  rep().update('Lead', leadOf('leo@cliente.example'), { Status: 'Working - Contacted' });
  rep().update('Lead', leadOf('ana@cliente.example'), { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Sin presupuesto hasta <marzo>' });
  s.pass(MINUTE);
  const { run: id } = await s.sync();
  s.pass(DAY);
  const { opportunityId } = rep().convertLead({ leadId: leadOf('leo@cliente.example'), convertedStatus: 'Closed - Converted', opportunityName: 'Leo SA' });
  s.pass(MINUTE);
  await s.sync();
  s.pass(3 * DAY);
  rep().update('Opportunity', String(opportunityId), { StageName: 'Closed Won', Amount: 12345.6, CloseDate: '2026-11-20' });
  // Mia is handed over, and Salesforce refuses her lead for good.
  form().update('contacts', mia, { hubspotscore: '72' });
  s.sandbox.salesforce.faults.add({ match: { method: 'PATCH', path: '/composite/sobjects/Lead' }, action: { do: 'answer', status: 200, body: [1].map(() => ({ success: false, errors: [{ statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'No', fields: [] }] })) }, times: 1 });
  s.pass(MINUTE);
  await s.sync();
  s.pass(4 * MINUTE);
  return { ana: (await s.explain('ana@cliente.example')).person.id, run: id };
}

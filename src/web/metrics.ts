import express, { type Router } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RunSummary } from '../run/run';
import { callsSpent } from '../run/budget';
import { freshness } from '../run/health';
import { needsToken } from './auth';
import type { Heard, WebParts, Work } from './parts';

export interface Metrics {
  heard: Heard;
  /** Brings what the store tells up to date, then gives the text of everything. */
  text(parts: WebParts): Promise<string>;
  readonly contentType: string;
}

/** Counts, times and codes for Prometheus; nothing about anybody. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'concord_' });
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge => new Gauge({ name, help, labelNames, registers });
  const counter = (name: string, help: string, labelNames: string[] = []): Counter => new Counter({ name, help, labelNames, registers });
  const deliveries = counter('concord_webhook_deliveries_total', 'Webhook deliveries by what became of them.', ['outcome']);
  const events = counter('concord_webhook_events_total', 'Webhook events by what they were: fresh, repeated, ignored.', ['kind']);
  const passes = counter('concord_passes_total', 'Runs and passes by kind and outcome.', ['kind', 'outcome']);
  const seconds = new Histogram({ name: 'concord_pass_seconds', help: 'How long runs and passes took.', labelNames: ['kind'], buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200], registers });
  const writes = counter('concord_writes_total', 'Record writes by CRM and outcome.', ['crm', 'outcome']);
  const starts = counter('concord_runner_starts_total', 'How often the process that does the runs was started.');
  const lastGood = gauge('concord_last_good_run_timestamp_seconds', 'When the last good run ended; 0: never.');
  const age = gauge('concord_last_good_run_age_seconds', 'How long ago the last good run ended, or this server began when there is none.');
  const stale = gauge('concord_stale', '1: the last good run is older than the agreement allows.');
  const letters = gauge('concord_dead_letters', 'Open dead letters.');
  const inbox = gauge('concord_inbox_events', 'Webhook events that wait for a run.');
  const queue = gauge('concord_queue_people', 'People who wait to be decided.');
  const people = gauge('concord_people', 'People in scope, by stage.', ['stage']);
  const disagree = gauge('concord_people_disagreeing', 'People in scope on whom the CRMs do not agree.');
  const calls = gauge('concord_api_calls_today', 'Calls sent to each CRM since midnight UTC.', ['crm']);

  return {
    contentType: registry.contentType,
    heard: {
      delivery(outcome, counts) {
        deliveries.inc({ outcome });
        if (counts !== undefined) for (const kind of ['fresh', 'repeated', 'ignored'] as const) events.inc({ kind }, counts[kind]);
      },
      work(work: Work, outcome: string, took: number, summary: RunSummary | null) {
        passes.inc({ kind: work, outcome });
        seconds.observe({ kind: work }, took);
        for (const crm of summary === null ? [] : (['hubspot', 'salesforce'] as const)) {
          for (const one of ['done', 'failed', 'skipped'] as const) writes.inc({ crm, outcome: one }, summary?.writes[crm][one] ?? 0);
        }
      },
      runnerStarted: () => starts.inc(),
    },
    async text(parts) {
      const { store } = parts;
      const now = parts.clock();
      const fresh = await freshness(store, parts.agreement.staleAfterMs, parts.status().startedAt, now);
      lastGood.set((fresh.lastGood?.at ?? 0) / 1000);
      age.set(fresh.ageMs / 1000);
      stale.set(fresh.stale ? 1 : 0);
      letters.set(await store.countDeadLetters('open'));
      inbox.set(await store.inboxLength());
      queue.set(await store.queueLength());
      const parity = await store.parity();
      people.reset();
      for (const row of parity) people.set({ stage: row.stage }, row.people);
      disagree.set(parity.reduce((sum, row) => sum + row.disagree, 0));
      const spent = await callsSpent(store, now);
      calls.set({ crm: 'hubspot' }, spent.hubspot);
      calls.set({ crm: 'salesforce' }, spent.salesforce);
      return registry.metrics();
    },
  };
}

/** Open where only this machine can ask; else behind the API's token. */
export function metricsRouter(parts: WebParts, metrics: Metrics, isLocal: boolean): Router {
  const router = express.Router();
  if (!isLocal) router.use(needsToken(parts.server.apiToken));
  router.get('/', async (_req, res) => {
    res.set('Cache-Control', 'no-store').type(metrics.contentType).send(await metrics.text(parts));
  });
  return router;
}

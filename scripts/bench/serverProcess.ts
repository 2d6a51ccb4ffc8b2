import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createReporters } from '../../src/cli/serve/reporterProcess';
import { openStore } from '../../src/store';
import { createApp } from '../../src/web/app';
import { createMetrics } from '../../src/web/metrics';
import type { WebParts } from '../../src/web/parts';
import { createReportDesk } from '../../src/web/reportDesk';
import { keepHeapSmall } from '../../src/cli/v8';
import { readAgreement } from '../../src/wire';
import type { Answer, StoreServerRequest, StoreServerStart } from './protocol';

/* The pages and doors of `serve` over a store, in a process of their own, as `serve` is one; without a conductor: nothing runs meanwhile. */

async function serve({ file, now, password, token }: StoreServerStart): Promise<void> {
  keepHeapSmall();
  const agreement = readAgreement('config/agreement.yaml');
  const store = await openStore(`sqlite:${file}`);
  const reporters = createReporters({ databaseUrl: `sqlite:${file}`, agreement: () => agreement });
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const desk = createReportDesk({ store, maker: reporters, agreement: () => agreement, clock: () => now, log: silent });
  let url = '';
  let changes = 0;
  const metrics = createMetrics();
  const parts: WebParts = {
    store,
    agreement,
    server: { host: '127.0.0.1', port: 0, publicUrl: null, adminPassword: password, viewerPassword: null, apiToken: token, webhookSecret: null, webhookV1: false },
    secret: 'a secret that signs sessions',
    publicUrl: () => url,
    clock: () => now,
    log: silent,
    portalId: () => Promise.resolve(null),
    ask: { targeted: () => undefined, run: () => undefined, allowed: () => undefined, rollback: () => undefined },
    status: () => ({ startedAt: now, underWay: null, progress: null, rollbacks: [], next: null, failure: null, stopping: false }),
    reports: desk,
    heard: metrics.heard,
  };
  const server = createServer(createApp(parts, metrics, true));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  desk.refill();

  const DO: Record<StoreServerRequest['do'], () => Promise<unknown>> = {
    filled: () => desk.filled(),
    async runEnded() {
      await store.transaction(null, (tx) => tx.setMeta('review_at', String((changes += 1))));
      desk.refill();
    },
    async close() {
      await desk.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await store.close();
    },
  };
  const say = (answer: Answer<unknown>): void => void process.send?.(answer);
  process.on('message', (request: StoreServerRequest) => {
    void DO[request.do]().then(
      (value) => say({ ok: true, value: value ?? null }),
      (error: unknown) => say({ ok: false, error: String(error) }),
    ).finally(() => (request.do === 'close' ? process.disconnect() : undefined));
  });
  say({ ok: true, value: { url, pid: process.pid } });
}

void serve(JSON.parse(process.argv[2] as string) as StoreServerStart);

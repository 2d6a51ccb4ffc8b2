import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createReporters } from '../../src/cli/serve/reporterProcess';
import { EXPORT_TABLES } from '../../src/report/export';
import { REPORTS } from '../../src/report/make';
import { openStore } from '../../src/store';
import { createApp } from '../../src/web/app';
import { createMetrics } from '../../src/web/metrics';
import type { WebParts } from '../../src/web/parts';
import { createReportDesk } from '../../src/web/reportDesk';
import { readAgreement } from '../../src/wire';
import { figures, median, type Figure } from './figure';

/*
 * The same reports as readers meet them: pages and documents over HTTP, from the server's own application with its counting processes, over a ledger of
 * many people; and everything remembered as files, with the memory of all processes meanwhile.
 */

const PASSWORD = 'the password of the measurement';
const TOKEN = 'the token of the measurement';
const WARM_MS = 300;
const FREE_MS = 2_000;
const ROUNDS = 10;

export interface Served {
  url: string;
  cookie: string;
  /** Bytes of memory, of the server and of the processes that count for it. */
  memory(): number;
  filled(): Promise<void>;
  close(): Promise<void>;
}

/** The pages and doors of `serve` over a store, without a conductor: nothing runs meanwhile. */
export async function serveStore(file: string, now: number): Promise<Served> {
  const agreement = readAgreement('config/agreement.yaml');
  const store = await openStore(`sqlite:${file}`);
  const reporters = createReporters({ databaseUrl: `sqlite:${file}`, agreement: () => agreement });
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const desk = createReportDesk({ store, maker: reporters, agreement: () => agreement, clock: () => now, log: silent });
  let url = '';
  const metrics = createMetrics();
  const parts: WebParts = {
    store,
    agreement,
    server: { host: '127.0.0.1', port: 0, publicUrl: null, adminPassword: PASSWORD, viewerPassword: null, apiToken: TOKEN, webhookSecret: null, webhookV1: false },
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
  const login = await fetch(`${url}/login`, { method: 'POST', body: new URLSearchParams({ password: PASSWORD }), redirect: 'manual' });
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  desk.refill();
  return {
    url,
    cookie,
    memory: () => process.memoryUsage.rss() + reporters.pids.reduce((sum, pid) => sum + residentOf(pid), 0),
    filled: () => desk.filled(),
    async close() {
      await desk.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await store.close();
    },
  };
}

/** Of Linux alone; elsewhere nothing is known of other processes. */
function residentOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Reads an answer and lets go of it; its length in bytes. */
function fetched({ url, cookie }: Pick<Served, 'url' | 'cookie'>, path: string, onData: () => void = () => undefined): Promise<number> {
  return new Promise((done, failed) => {
    const asked = request(url + path, { headers: { cookie, authorization: `Bearer ${TOKEN}` } }, (answer) => {
      let bytes = 0;
      answer.on('data', (part: Buffer) => {
        bytes += part.length;
        onData();
      });
      answer.on('end', () => (answer.statusCode === 200 ? done(bytes) : failed(new Error(`${path} was answered with ${answer.statusCode ?? 0}`))));
      answer.on('error', failed);
    });
    asked.on('error', failed);
    asked.end();
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const p95 = (took: number[]): number => [...took].sort((a, b) => a - b)[Math.ceil(took.length * 0.95) - 1] as number;

/** Measures over a ledger that is there. `now`: the ledger's own. */
export async function reportPages(file: string, now: number, tell: (line: string) => void): Promise<Figure[]> {
  const served = await serveStore(file, now);
  const ms = (value: number): string => `${figures(value)} ms`;
  const out: Figure[] = [];
  const take = (figure: Figure): void => {
    out.push(figure);
    tell(`${figure.name}: ${figure.measured}`);
  };
  try {
    const filled = await timed(() => served.filled());
    take({ name: 'reports: all default ones counted anew after a run', target: 'no target', measured: `${figures(filled / 1000)} s, beside the server`, met: null, values: { ms: filled } });
    for (const { id, by } of REPORTS) {
      // Asked for once: from then on they are counted anew after each run.
      for (const each of [undefined, ...by]) await fetched(served, `/reports/${id}${each === undefined ? '' : `?by=${each}`}`);
    }
    for (const [name, path] of [['page', (id: string, by?: string) => `/reports/${id}${by === undefined ? '' : `?by=${by}`}`], ['API', (id: string, by?: string) => `/api/v1/reports/${id}${by === undefined ? '' : `?by=${by}`}`]] as const) {
      const took: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) for (const { id, by } of REPORTS) for (const each of [undefined, ...by]) took.push(await timed(() => fetched(served, path(id, each))));
      take({ name: `default reports over HTTP, ${name}`, target: `p95 under ${WARM_MS} ms`, measured: `p95 ${ms(p95(took))}, median ${ms(median(took))}, ${took.length} requests`, met: p95(took) < WARM_MS, values: { p95: p95(took), median: median(took) } });
    }
    const pages: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) for (const path of ['/', '/reports', '/people', '/handoffs', '/runs', '/errors']) pages.push(await timed(() => fetched(served, path)));
    take({ name: 'other pages over HTTP', target: `p95 under ${WARM_MS} ms`, measured: `p95 ${ms(p95(pages))}, median ${ms(median(pages))}`, met: p95(pages) < WARM_MS, values: { p95: p95(pages), median: median(pages) } });

    let slowest = { id: '', ms: 0 };
    const waits: number[] = [];
    for (const { id, by, period, whole } of REPORTS) {
      let going = true;
      const query = new URLSearchParams({ ...(period === null ? {} : { from: '2020-01-01', to: '2026-12-31' }), ...(whole === true ? {} : { segment: 'Mexico' }), ...(by[0] === undefined ? {} : { by: by[0] }) });
      const free = timed(() => fetched(served, `/api/v1/reports/${id}?${query.toString()}`)).then((took) => {
        going = false;
        if (took > slowest.ms) slowest = { id, ms: took };
      });
      // What is counted elsewhere keeps nobody waiting here.
      while (going) waits.push(await timed(() => fetched(served, '/healthz')));
      await free;
    }
    take({ name: 'free filters over HTTP (all times, divided, filtered), slowest', target: `under ${FREE_MS} ms`, measured: `${slowest.id}: ${ms(slowest.ms)}`, met: slowest.ms < FREE_MS, values: { ms: slowest.ms } });
    take({ name: 'another request meanwhile', target: `p95 under ${WARM_MS} ms`, measured: `p95 ${ms(p95(waits))}, longest ${ms(Math.max(...waits))}`, met: p95(waits) < WARM_MS, values: { p95: p95(waits), longest: Math.max(...waits) } });

    // Caches of the database and the heaps are filled by the first hundred thousand rows.
    await fetched(served, '/api/v1/export/passes.csv');
    const before = served.memory();
    let peak = before;
    let bytes = 0;
    const took = await timed(async () => {
      for (const table of EXPORT_TABLES) bytes += await fetched(served, `/api/v1/export/${table}.csv?personal=true`, () => (peak = Math.max(peak, served.memory())));
    });
    const grown = Math.max(0, peak - before) / 2 ** 20;
    take({ name: 'everything exported as CSV over HTTP', target: 'memory flat: under 50 MB more', measured: `${figures(bytes / 2 ** 20)} MB in ${figures(took / 1000)} s; ${figures(grown)} MB more memory, server and counting processes together`, met: grown < 50, values: { bytes, ms: took, grown } });
  } finally {
    await served.close();
  }
  return out;
}

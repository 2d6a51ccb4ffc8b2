import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadEnvFile, loadServerSettings, loadSettings, type ServerSettings, type Settings } from '../../config/load';
import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { createLog, type Log } from '../../log/logger';
import { portalOf } from '../../run/belongs';
import type { RunSummary } from '../../run/run';
import { deliver } from '../../run/deliver';
import { notifyStale } from '../../run/notifications';
import { createApp } from '../../web/app';
import { createReportDesk } from '../../web/reportDesk';
import { createMetrics } from '../../web/metrics';
import type { WebParts, Work } from '../../web/parts';
import { connectStore, messengersOf, now, readAgreement } from '../../wire';
import { hint, json, moment, say } from '../print';
import { createConductor, type Conductor } from '../serve/conductor';
import { createReporters } from '../serve/reporterProcess';
import { createRunner, type Runner } from '../serve/runnerProcess';
import { trialDoor } from '../serve/trial';
import type { CommonOptions } from '../session';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

/**
 * `concord serve`: schedules, webhooks, dashboard, HTTP interface, until SIGINT or SIGTERM; then the run under way ends between two batches and the
 * command with 0. A second signal ends it at once. Throws ConcordError (exit 2): `open_door`, `no_credentials`, `port_taken`, a faulty agreement or
 * environment.
 */
export function serve(options: CommonOptions, onRun?: Serving['onRun']): Promise<ExitCode> {
  loadEnvFile();
  let settings = loadSettings();
  let server = loadServerSettings();
  return closing(async (closers) => {
    checkDoors(server, settings);
    let sendWebhooks: Serving['sendWebhooks'] = null;
    let password: string | null = null;
    if (options.sandbox === true) {
      const { openSandboxSession } = await import('./sandbox');
      const sandbox = await openSandboxSession(settings);
      closers.push(sandbox.close);
      ({ settings, server, password } = trialDoor(sandbox.settings, { ...server, webhookSecret: sandbox.webhookSecret }, options.json !== true));
      sendWebhooks = sandbox.sendWebhooks;
    }
    if (settings.hubspot === null || settings.salesforce === null) {
      throw new ConcordError({ code: 'no_credentials', message: 'serve needs the credentials of both CRMs', where: '.env', remedy: 'Fill in .env (see .env.example), or try it on the sandbox CRMs with --sandbox.', exit: EXIT.usage });
    }
    return serveUntilStopped({ settings, server, sendWebhooks, password, ...(onRun === undefined ? {} : { onRun }) }, options, closers);
  });
}

/** What is opened on the way is closed in the end, the last first. */
export async function closing<T>(work: (closers: (() => Promise<void>)[]) => Promise<T>): Promise<T> {
  const closers: (() => Promise<void>)[] = [];
  try {
    return await work(closers);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** What is served, and to whom. */
export interface Serving {
  settings: Settings;
  server: ServerSettings;
  /** The sandbox is told where to send its webhooks. */
  sendWebhooks: ((url: string) => void) | null;
  /** Told on the terminal: made for this start. */
  password: string | null;
  /** Where the port is taken, any other will do. */
  anyPort?: boolean;
  onRun?: (work: Work, summary: RunSummary) => void;
}

/** Beyond loopback somebody must be able to log in, and nobody without a password. */
export function checkDoors(server: ServerSettings, settings: Settings): void {
  if (!LOOPBACK.test(server.host) && server.adminPassword === null) {
    throw new ConcordError({ code: 'open_door', message: `serving on ${server.host} would be reachable from other machines without a password`, where: 'CONCORD_ADMIN_PASSWORD', remedy: 'Set CONCORD_ADMIN_PASSWORD (at least 16 characters) and CONCORD_SECRET, or serve on 127.0.0.1.', exit: EXIT.usage });
  }
  if ((server.adminPassword !== null || server.viewerPassword !== null) && settings.secret === null) {
    throw new ConcordError({ code: 'open_door', message: 'passwords are set, but nothing that signs sessions', where: 'CONCORD_SECRET', remedy: 'Set CONCORD_SECRET to at least 16 random characters.', exit: EXIT.usage });
  }
}

/** Until SIGINT or SIGTERM. What was opened is closed by `closers`, the last first. */
export async function serveUntilStopped(serving: Serving, options: CommonOptions, closers: (() => Promise<void>)[]): Promise<ExitCode> {
  const { settings, server } = serving;
  const agreementFile = options.agreement ?? settings.agreementFile;
  const agreement = readAgreement(agreementFile);
  const log = createLog(settings.logLevel);
  closers.push(() => log.close());
  const store = await connectStore(settings);
  closers.push(() => store.close());
  const metrics = createMetrics();
  const desk = createReportDesk({ store, maker: createReporters({ databaseUrl: settings.databaseUrl, agreement: () => conductor.agreement }), agreement: () => conductor.agreement, clock: now, log });
  closers.push(() => desk.close());
  const runner = createRunner(settings, agreementFile, () => metrics.heard.runnerStarted());
  const conductor: Conductor = createConductor(agreement, {
    store, runner, clock: now, log, heard: metrics.heard, onWorked: () => desk.refill(), ...(serving.onRun === undefined ? {} : { onRun: serving.onRun }), reread: () => readAgreement(agreementFile),
    onStale: async (state) => {
      const parts = { store, terms: { agreement: conductor.agreement }, log, clock: now, messengers: messengersOf(settings, conductor.agreement) };
      await notifyStale(parts, state.lastGood?.run ?? 'serve', now(), now() - state.ageMs);
      await deliver(parts);
    },
  });

  let address = '';
  const isLocal = LOOPBACK.test(server.host) && server.publicUrl === null;
  const web: WebParts = {
    store,
    get agreement() {
      return conductor.agreement;
    },
    server,
    secret: settings.secret,
    publicUrl: () => server.publicUrl ?? address,
    clock: now,
    log,
    portalId: () => portalOf(store),
    ask: conductor.ask,
    status: () => conductor.status(),
    reports: desk,
    heard: metrics.heard,
  };
  const http = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000, maxHeaderSize: 16_384 }, createApp(web, metrics, isLocal));
  address = await listen(http, server).catch((error: unknown) => {
    if (serving.anyPort !== true || server.port === 0) throw error;
    return listen(http, { ...server, port: 0 });
  });
  closers.push(() => close(http));
  // Before the first word: whoever reads it may stop the command at once.
  const stopped = stopAsked(runner);
  serving.sendWebhooks?.(`${web.publicUrl()}/webhooks/hubspot`);
  await conductor.start();
  desk.refill();
  greet(address, serving, conductor, options.json === true);
  await stopped;
  if (options.json !== true) hint('Stopping: the batch under way is finished first.');
  await stopAll(conductor, http, log);
  return EXIT.done;
}

function greet(address: string, { server, password }: Serving, conductor: Conductor, asJson: boolean): void {
  if (asJson) return json({ url: address, pid: process.pid });
  const { schedule, company } = conductor.agreement.settings;
  const next = conductor.status().next;
  say(`Concord serves ${address}${server.publicUrl === null ? '' : ` as ${server.publicUrl}`}`);
  say(`  runs      ${schedule.sync}, everything anew at ${schedule.full} (${company.time_zone})${next === null ? '' : `; next ${moment(next, company.time_zone)}`}`);
  say(`  feedback  ${schedule.feedback === 'off' ? 'off' : `every ${schedule.feedback}`}`);
  say(`  webhooks  ${server.webhookSecret === null ? 'closed: set HUBSPOT_CLIENT_SECRET' : `${server.publicUrl ?? address}/webhooks/hubspot`}`);
  say(`  dashboard ${server.adminPassword === null && server.viewerPassword === null ? 'closed: set CONCORD_ADMIN_PASSWORD and CONCORD_SECRET' : `${server.publicUrl ?? address}/${password === null ? '' : ` (password ${password}, made for this start)`}`}`);
  say(`  API       ${server.apiToken === null ? 'closed: set CONCORD_API_TOKEN' : `${server.publicUrl ?? address}/api/v1`}`);
  say('Ctrl-C stops.');
}

/** What is wrong with the address rather than taken. */
const LISTENING: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'This machine does not have the address of CONCORD_HOST: name one of its own, 127.0.0.1 behind a proxy, or 0.0.0.0 for all.',
  ENOTFOUND: 'CONCORD_HOST is no address that this machine knows: name one of its own, 127.0.0.1 behind a proxy, or 0.0.0.0 for all.',
  EACCES: 'This user may not listen on the port: name one from 1024 on, and let a proxy hold 443.',
};

function listen(http: Server, { host, port }: ServerSettings): Promise<string> {
  return new Promise((ready, failed) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      failed(new ConcordError({ code: 'port_taken', message: `${host}:${port} cannot be listened on (${error.code ?? 'unknown'})`, where: 'CONCORD_HOST, CONCORD_PORT', remedy: LISTENING[error.code ?? ''] ?? 'Name another port, or 0 for any free one; perhaps Concord is serving already.', exit: EXIT.usage }));
    });
    http.listen(port, host.replace(/^\[|\]$/g, ''), () => {
      const bound = http.address() as AddressInfo;
      ready(`http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`);
    });
  });
}

function close(http: Server): Promise<void> {
  return new Promise((closed) => {
    http.close(() => closed());
    http.closeAllConnections();
  });
}

/** Requests under way are answered, and nothing more is begun; the runner ends between two batches. */
async function stopAll(conductor: Conductor, http: Server, log: Log): Promise<void> {
  http.close();
  http.closeIdleConnections();
  await conductor.stop();
  log.info('stopped');
}

/** Resolves at the first SIGINT or SIGTERM. A second one, a second later or more, kills the runner and ends the process at once (W7). */
function stopAsked(runner: Runner): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | null = null;
    const stop = (): void => {
      if (askedAt !== null) {
        if (now() - askedAt <= 1000) return;
        runner.kill();
        process.exit(130);
      }
      askedAt = now();
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

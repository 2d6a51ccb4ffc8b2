import { ConcordError, CrmError, EXIT } from '../domain/problem';
import type { CompiledAgreement } from '../agreement/compile';
import { loadServerSettings, type Settings } from '../config/load';
import { createLog, type Log } from '../log/logger';
import { scheduledDigest } from '../run/digests';
import type { Parts, Progress } from '../run/parts';
import { rollback } from '../run/rollback';
import { run, type Connected } from '../run/run';
import { targetedRun } from '../run/targeted';
import { connectCrms, connectStore, joinParts, now, readAgreement, spentToday } from '../wire';
import type { RunProgress } from '../web/parts';
import { surviveOutput } from './output';
import type { FromRunner, ToRunner, Worked } from './serve/protocol';
import { compileLess, keepHeapSmall } from './v8';

/*
 * The process that does the runs of `concord serve` (docs/decisions/0007). It stays up between them, so that a login to Salesforce and what the CRMs said of
 * their fields serve many passes; its own memory is all that holds the token. It ends when it is told to or when the server is gone, between two batches.
 */

type Wish = Extract<ToRunner, { type: 'work' }>;

interface Open {
  agreement: CompiledAgreement;
  parts: Parts;
  close: () => Promise<void>;
}

/** Webhook events are known again for this long after they were settled: HubSpot repeats deliveries for a day. */
const INBOX_MS = 3 * 24 * 60 * 60_000;

const stop = new AbortController();
let wish: { settings: Settings; agreementFile: string } | null = null;
/** Opened by the first work that needs it, and again after it failed or was given up. */
let open: Open | null = null;
let log: Log | null = null;
let connected: Connected | null = null;
let busy: Promise<void> = Promise.resolve();

/** How often the server hears how far a run is: a page asks every few seconds. */
const PROGRESS_MS = 250;

/** Tells the server where the run stands: each step as it begins, and how far it is now and then. */
function toServer(): Progress {
  let now: RunProgress | null = null;
  let saidAt = 0;
  const tell = (): void => {
    saidAt = performance.now();
    say({ type: 'progress', progress: now });
  };
  return {
    step(step, total) {
      now = { step, done: 0, total: total ?? null };
      tell();
    },
    advance(by) {
      if (now === null) return;
      now = { ...now, done: now.done + by };
      if (performance.now() - saidAt >= PROGRESS_MS) tell();
    },
    done: () => undefined,
  };
}

async function openParts(): Promise<Open> {
  if (wish === null) throw new Error('nothing was said of what to open');
  const { settings, agreementFile } = wish;
  log ??= createLog(settings.logLevel);
  const agreement = readAgreement(agreementFile);
  const store = await connectStore(settings);
  try {
    const crms = await connectCrms(settings, agreement, { spent: await spentToday(store) });
    const parts = { ...(await joinParts(settings, agreement, crms, store, { progress: toServer(), log })), stop: stop.signal };
    const close = async (): Promise<void> => {
      await crms.hubspot.close();
      await crms.salesforce.close();
      await store.close();
    };
    return { agreement, parts, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Runs are done under the agreement as it is now: an edited one is read before the next run, and a faulty one fails it. */
async function current(work: Wish['work']): Promise<Open> {
  const isPass = work === 'targeted' || work === 'feedback';
  if (open !== null && !isPass && readAgreement(wish?.agreementFile ?? '').hash !== open.agreement.hash) await giveUp();
  open ??= await openParts();
  return open;
}

/** What comes next begins on fresh ports. */
async function giveUp(): Promise<void> {
  const before = open;
  open = null;
  connected = null;
  await before?.close();
}

async function doWork({ work, undo, portion }: Omit<Wish, 'type' | 'id'>): Promise<Worked> {
  const { parts, agreement } = await current(work);
  if (work === 'weekly' || work === 'review') return { outcome: (await scheduledDigest(parts, work, loadServerSettings().publicUrl)).outcome, summary: null, rollback: null, agreement: agreement.hash };
  const hear = (heard: Connected): void => {
    connected = heard;
  };
  if (work === 'targeted' || work === 'feedback') {
    const result = await targetedRun(parts, { feedback: work === 'feedback' }, connected, hear);
    // L7: the first run reads everything, whatever was told before it.
    if (result.outcome === 'not_adopted') await parts.store.pruneInbox(now() - INBOX_MS, 5000, true);
    return result.outcome === 'run' ? { outcome: result.summary.status, summary: result.summary, rollback: null, agreement: agreement.hash } : { outcome: result.outcome, summary: null, rollback: null, agreement: agreement.hash };
  }
  if (work === 'rollback') {
    if (undo === null) throw new Error('nothing was said of what to undo');
    const result = await rollback(parts, undo);
    return { outcome: result.status, summary: null, rollback: result.run, agreement: agreement.hash };
  }
  const summary = await run(parts, { mode: 'apply', full: work === 'full', ...(work === 'allowed' ? { allowLargeChange: true } : {}), ...(portion === null ? {} : { portion }), hear });
  await parts.store.pruneInbox(now() - INBOX_MS, 5000);
  return { outcome: summary.status, summary, rollback: null, agreement: agreement.hash };
}

function say(message: FromRunner): void {
  if (process.connected) process.send?.(message);
}

async function answer({ id, work, undo, portion }: Wish): Promise<void> {
  try {
    say({ type: 'done', id, worked: await doWork({ work, undo, portion }) });
  } catch (error) {
    const known = error instanceof ConcordError;
    say({ type: 'failed', id, error: known ? { code: error.code, message: error.message, remedy: error.remedy, exit: error.exit, ...(error instanceof CrmError ? { details: { crm: error.problem.crm } } : {}) } : { code: 'unexpected', message: 'an unexpected fault', remedy: 'This is a fault of Concord. Run again with LOG_LEVEL=debug and report what it says.', exit: EXIT.failed } });
    if (known && error.code !== 'unauthorized') return;
    // After a fault nobody thought of, or a refused credential, the next work begins on fresh ports.
    if (!known) log?.error('an unexpected fault', { work, error });
    await giveUp().catch(() => undefined);
  } finally {
    say({ type: 'progress', progress: null });
  }
}

/** Ends when the batch under way has its outcome. */
async function end(): Promise<void> {
  if (stop.signal.aborted) return;
  stop.abort();
  await busy;
  await giveUp().catch(() => undefined);
  await log?.close();
  if (process.connected) process.disconnect();
  process.exitCode = 0;
}

/** Begins to listen to the server. */
export function listen(): void {
  // Whoever stops the server from a terminal reaches this process, too; the server says when to end.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => void end());
  process.on('message', (message: ToRunner) => {
    switch (message.type) {
      case 'open':
        wish = { settings: message.settings, agreementFile: message.agreementFile };
        return;
      case 'work':
        busy = busy.then(() => answer(message));
        return;
      case 'stop':
        void end();
    }
  });
}

if (require.main === module) {
  compileLess();
  keepHeapSmall();
  surviveOutput();
  listen();
}

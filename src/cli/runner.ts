import { ConcordError, EXIT } from '../domain/problem';
import type { CompiledAgreement } from '../agreement/compile';
import type { Settings } from '../config/load';
import { createLog, type Log } from '../log/logger';
import { quiet, type Parts } from '../run/parts';
import { run, type Connected } from '../run/run';
import { targetedRun } from '../run/targeted';
import { connectCrms, connectStore, joinParts, now, readAgreement, spentToday } from '../wire';
import type { Work } from '../web/parts';
import type { FromRunner, ToRunner, Worked } from './serve/protocol';

/*
 * The process that does the runs of `concord serve` (docs/decisions/0007). It stays up between them, so that a login to Salesforce and what the CRMs said of
 * their fields serve many passes; its own memory is all that holds the token. It ends when it is told to or when the server is gone, between two batches.
 */

interface Open {
  settings: Settings;
  agreementFile: string;
  agreement: CompiledAgreement;
  parts: Parts;
  close: () => Promise<void>;
}

/** Webhook events are known again for this long after they were settled: HubSpot repeats deliveries for a day. */
const INBOX_MS = 3 * 24 * 60 * 60_000;

const stop = new AbortController();
let open: Promise<Open> | null = null;
let log: Log | null = null;
let connected: Connected | null = null;
let busy: Promise<void> = Promise.resolve();

async function openParts(settings: Settings, agreementFile: string): Promise<Open> {
  log ??= createLog(settings.logLevel);
  const agreement = readAgreement(agreementFile);
  const store = await connectStore(settings);
  try {
    const crms = await connectCrms(settings, agreement, undefined, await spentToday(store));
    const parts = { ...(await joinParts(settings, agreement, crms, store, { progress: quiet, log })), stop: stop.signal };
    const close = async (): Promise<void> => {
      await crms.hubspot.close();
      await crms.salesforce.close();
      await store.close();
    };
    return { settings, agreementFile, agreement, parts, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Runs are done under the agreement as it is now: an edited one is read before the next run, and a faulty one fails it. */
async function current(work: Work): Promise<Open> {
  if (open === null) throw new Error('nothing was opened');
  const before = await open;
  if (work === 'targeted' || work === 'feedback') return before;
  if (readAgreement(before.agreementFile).hash === before.agreement.hash) return before;
  await before.close();
  connected = null;
  open = openParts(before.settings, before.agreementFile);
  return open;
}

async function doWork(work: Work): Promise<Worked> {
  const { parts, agreement } = await current(work);
  const hear = (heard: Connected): void => {
    connected = heard;
  };
  if (work === 'targeted' || work === 'feedback') {
    const result = await targetedRun(parts, { feedback: work === 'feedback' }, connected, hear);
    return result.outcome === 'run' ? { outcome: result.summary.status, summary: result.summary, agreement: agreement.hash } : { outcome: result.outcome, summary: null, agreement: agreement.hash };
  }
  const summary = await run(parts, { mode: 'apply', full: work === 'full', hear });
  await parts.store.pruneInbox(now() - INBOX_MS, 5000);
  return { outcome: summary.status, summary, agreement: agreement.hash };
}

function say(message: FromRunner): void {
  if (process.connected) process.send?.(message);
}

async function answer(id: number, work: Work): Promise<void> {
  try {
    say({ type: 'done', id, worked: await doWork(work) });
  } catch (error) {
    const known = error instanceof ConcordError;
    say({ type: 'failed', id, error: known ? { code: error.code, message: error.message, remedy: error.remedy, exit: error.exit } : { code: 'unexpected', message: 'an unexpected fault', remedy: 'This is a fault of Concord. Run again with LOG_LEVEL=debug and report what it says.', exit: EXIT.failed } });
    if (known && error.code !== 'unauthorized') return;
    // After a fault nobody thought of, or a refused credential, the next work begins on fresh ports.
    if (!known) log?.error('an unexpected fault', { work, error });
    connected = null;
    const before = await open?.catch(() => null);
    if (before == null) return;
    await before.close().catch(() => undefined);
    open = openParts(before.settings, before.agreementFile);
    open.catch(() => undefined);
  }
}

/** Ends when the batch under way has its outcome. */
async function end(): Promise<void> {
  if (stop.signal.aborted) return;
  stop.abort();
  await busy;
  const opened = await open?.catch(() => null);
  await opened?.close();
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
        open = openParts(message.settings, message.agreementFile);
        // Its failure is met by the first work.
        open.catch(() => undefined);
        return;
      case 'work':
        busy = busy.then(() => answer(message.id, message.work));
        return;
      case 'stop':
        void end();
    }
  });
}

if (require.main === module) listen();

import { compileAgreement, type CompiledAgreement } from '../agreement/compile';
import { holidayData } from '../agreement/holidays';
import { ConcordError, EXIT } from '../domain/problem';
import { doReportTask, type ReportTask } from '../run/reportTasks';
import type { Store } from '../store/port';
import { openStoreAt } from '../wire';
import { surviveOutput } from './output';
import type { FromReporter, ToReporter } from './serve/reporterProtocol';
import { compileLess, keepHeapSmall } from './v8';

/*
 * A process that counts for `concord serve`: it has a connection of its own to the store, so that a page or a webhook never waits for a report. One thing
 * at a time, in the order it is asked. It ends with the server.
 */

let databaseUrl: string | null = null;
let store: Store | null = null;
let agreement: CompiledAgreement | null = null;
let busy: Promise<void> = Promise.resolve();

function say(message: FromReporter): void {
  if (process.connected) process.send?.(message);
}

async function answer(id: number, task: ReportTask): Promise<void> {
  try {
    if (databaseUrl === null || agreement === null) throw new Error('nothing was said of what to count');
    store ??= await openStoreAt(databaseUrl);
    say({ type: 'done', id, answer: await doReportTask(store, agreement, task) });
  } catch (error) {
    const known = error instanceof ConcordError;
    say({ type: 'failed', id, error: known ? { code: error.code, message: error.message, where: error.where ?? null, remedy: error.remedy, exit: error.exit } : { code: 'unexpected', message: 'an unexpected fault', where: null, remedy: 'Look at the log.', exit: EXIT.failed } });
  }
}

/** Begins to listen to the server. */
function listen(): void {
  // Whoever stops the server from a terminal reaches this process, too: the server ends it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => void busy.then(() => store?.close()).finally(() => process.exit(0)));
  process.on('message', (message: ToReporter) => {
    switch (message.type) {
      case 'open':
        databaseUrl = message.databaseUrl;
        return;
      case 'agreement':
        // In turn: what was asked before it is still counted by the one before.
        busy = busy.then(() => {
          agreement = compileAgreement(message.settings, holidayData() ?? undefined);
        });
        return;
      case 'task':
        busy = busy.then(() => answer(message.id, message.task));
    }
  });
}

if (require.main === module) {
  compileLess();
  keepHeapSmall();
  surviveOutput();
  listen();
}

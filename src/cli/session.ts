import { loadEnvFile, loadSettings, type Settings } from '../config/load';
import { createLog, type Log } from '../log/logger';
import type { CompiledAgreement } from '../agreement/compile';
import type { Parts } from '../run/parts';
import type { Store } from '../store/port';
import { connectCrms, connectStore, joinParts, readAgreement, requireCredentials, spentToday } from '../wire';
import { terminalProgress } from './progress';
import { keepHeapSmall } from './v8';

export interface CommonOptions {
  json?: boolean;
  agreement?: string;
  /** Work on the sandbox CRMs instead of the real ones. */
  sandbox?: boolean;
}

export interface Session {
  settings: Settings;
  agreement: CompiledAgreement;
  parts: Parts;
  store: Store;
  log: Log;
  timeZone: string;
}

/** Opens everything a command needs, runs it, and closes everything, however it ends. */
export async function withSession<T>(options: CommonOptions, work: (session: Session) => Promise<T>): Promise<T> {
  keepHeapSmall();
  loadEnvFile();
  let settings = loadSettings();
  const agreement = readAgreement(options.agreement ?? settings.agreementFile);
  const closers: (() => Promise<void>)[] = [];
  const log = createLog(settings.logLevel);
  closers.push(() => log.close());
  try {
    if (options.sandbox === true) {
      const { openSandboxSession } = await import('./commands/sandbox');
      const sandbox = await openSandboxSession(settings);
      closers.push(sandbox.close);
      settings = sandbox.settings;
    }
    // Before a store is made: most often it is the wrong folder.
    requireCredentials(settings);
    const store = await connectStore(settings);
    closers.push(() => store.close());
    const crms = await connectCrms(settings, agreement, { spent: await spentToday(store) });
    closers.push(() => crms.hubspot.close(), () => crms.salesforce.close());
    const parts = await joinParts(settings, agreement, crms, store, { progress: terminalProgress(process.stdout.isTTY === true && process.stderr.isTTY === true && options.json !== true), log, ...(options.sandbox === true ? { messengers: {} } : {}) });
    return await work({ settings, agreement, parts, store, log, timeZone: agreement.settings.company.time_zone });
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** For commands that only look at what Concord remembers: no credentials needed. */
export async function withStore<T>(options: CommonOptions, work: (session: Omit<Session, 'parts'>) => Promise<T>): Promise<T> {
  loadEnvFile();
  const settings = { ...loadSettings() };
  if (options.sandbox === true) {
    const { SANDBOX_MEMORY } = await import('./commands/sandbox');
    settings.databaseUrl = SANDBOX_MEMORY;
  }
  const agreement = readAgreement(options.agreement ?? settings.agreementFile);
  const log = createLog(settings.logLevel);
  const store = await connectStore(settings);
  try {
    return await work({ settings, agreement, store, log, timeZone: agreement.settings.company.time_zone });
  } finally {
    await store.close();
    await log.close();
  }
}

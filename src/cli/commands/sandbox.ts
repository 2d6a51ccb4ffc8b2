import { existsSync, rmSync } from 'node:fs';
import type { Settings } from '../../config/load';
import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { startSandbox, type RunningSandbox } from '../../sandbox/server';
import { openStoreAt } from '../../wire';
import { json, say } from '../print';

/** Where the sandbox keeps its world, and Concord its memory of it (design.md section 6). */
export const SANDBOX_WORLD = 'data/sandbox.db';
export const SANDBOX_MEMORY = 'sqlite:data/sandbox-concord.db';

/** The user's settings, with a running sandbox in the place of the CRMs and of Concord's memory. */
export function onSandbox(settings: Settings, sandbox: RunningSandbox): Settings {
  return {
    ...settings,
    hubspot: { token: sandbox.hubspot.token, baseUrl: sandbox.hubspot.url, apiVersion: settings.hubspotApiVersion },
    salesforce: { loginUrl: sandbox.salesforce.url, clientId: sandbox.salesforce.clientId, clientSecret: sandbox.salesforce.clientSecret },
    databaseUrl: SANDBOX_MEMORY,
  };
}

/** The ports of the sandbox CRMs unless others are asked for. */
const PORTS = { hubspotPort: 4010, salesforcePort: 4020 };

/**
 * The sandbox with its kept world, on its usual ports: record links that were written into the CRMs go on leading somewhere. When these are taken
 * (another command has the sandbox open), on any free ones.
 */
export async function openSandbox(): Promise<RunningSandbox> {
  try {
    return await startSandbox({ file: SANDBOX_WORLD, ...PORTS });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw worldFault(error);
    return startSandbox({ file: SANDBOX_WORLD });
  }
}

/** What keeps the world's file from being opened, as the user's matter; anything else as it is. */
function worldFault(error: unknown): unknown {
  const code = String((error as { code?: unknown }).code);
  const fault = (message: string, remedy: string): ConcordError => new ConcordError({ code: 'no_sandbox', message, where: `${SANDBOX_WORLD} (${code})`, remedy, exit: EXIT.failed });
  if (code.startsWith('SQLITE_BUSY')) return fault('another command is opening the sandbox CRMs at this moment', 'Run again.');
  if (/^(SQLITE_CORRUPT|SQLITE_NOTADB)/.test(code)) return fault('the file of the sandbox CRMs is damaged', 'Begin again with npm start -- --fresh.');
  if (/^(EACCES|EPERM|EROFS|ENOSPC|ENOTDIR|EEXIST|SQLITE_CANTOPEN|SQLITE_READONLY|SQLITE_FULL|SQLITE_IOERR)/.test(code)) return fault('the file of the sandbox CRMs cannot be made or written', 'Run it in a folder where this user may write, on a disk that has room.');
  return error;
}

/** Concord's memory of the sandbox is of another world than the one that is there. */
export function anotherWorld(): ConcordError {
  return new ConcordError({ code: 'another_world', message: `Concord’s memory of the sandbox belongs to a world that is gone (${SANDBOX_WORLD} was empty)`, where: SANDBOX_WORLD, remedy: 'Begin again with npm start -- --fresh.', exit: EXIT.usage });
}

/**
 * Two accounts without anybody and without anything of a company's own get the sample people: nobody tries Concord on two empty CRMs. Throws
 * `another_world` where Concord remembers people of theirs.
 */
async function seedEmptyWorld(sandbox: RunningSandbox): Promise<void> {
  if (!isUntouched(sandbox)) return;
  if (existsSync(fileOf(SANDBOX_MEMORY))) {
    const store = await openStoreAt(SANDBOX_MEMORY);
    const [run] = await store.runs(null, 1).finally(() => store.close());
    if (run !== undefined) throw anotherWorld();
  }
  const { seedSampleWorld } = await import('../../sandbox/world');
  seedSampleWorld(sandbox);
}

function isUntouched(sandbox: RunningSandbox): boolean {
  const { Lead: leads = 0, Contact: contacts = 0, RecordType: recordTypes = 0 } = sandbox.salesforce.state.counts();
  return sandbox.hubspot.state.counts().contacts + leads + contacts + recordTypes === 0;
}

/** Opens the sandbox for one command, with the sample world where there was none. Throws ConcordError `another_world` (exit 2), `no_sandbox`. */
export async function openSandboxSession(settings: Settings): Promise<{ settings: Settings; webhookSecret: string; sendWebhooks: (url: string) => void; close: () => Promise<void> }> {
  const sandbox = await openSandbox();
  try {
    await seedEmptyWorld(sandbox);
  } catch (error) {
    await sandbox.close();
    throw error;
  }
  return {
    settings: onSandbox(settings, sandbox),
    webhookSecret: sandbox.hubspot.clientSecret,
    sendWebhooks: (url) => sandbox.hubspot.webhooks.subscribe({ url, auto: true }),
    close: () => {
      sandbox.hubspot.webhooks.subscribe(null);
      return sandbox.close();
    },
  };
}

/** Empties both CRMs and Concord's memory of them. */
export function removeSandboxFiles(): void {
  for (const file of [SANDBOX_WORLD, fileOf(SANDBOX_MEMORY)]) for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
}

function fileOf(url: string): string {
  return url.replace(/^sqlite:/, '');
}

interface SandboxOptions {
  json?: boolean;
  fresh?: boolean;
  customised?: boolean;
  hubspotPort: number;
  salesforcePort: number;
  /** Where the HubSpot portal sends its webhooks. */
  webhooks?: string;
}

/** `concord sandbox`: the two local CRMs alone, until stopped. */
export async function sandbox(options: SandboxOptions): Promise<ExitCode> {
  if (options.fresh === true) removeSandboxFiles();
  const running = await startSandbox({ file: SANDBOX_WORLD, hubspotPort: options.hubspotPort, salesforcePort: options.salesforcePort }).catch(portTaken);
  const filled = await fill(running, options.customised === true);
  const facts = {
    HUBSPOT_API_URL: running.hubspot.url,
    HUBSPOT_ACCESS_TOKEN: running.hubspot.token,
    HUBSPOT_CLIENT_SECRET: running.hubspot.clientSecret,
    SALESFORCE_LOGIN_URL: running.salesforce.url,
    SALESFORCE_CLIENT_ID: running.salesforce.clientId,
    SALESFORCE_CLIENT_SECRET: running.salesforce.clientSecret,
  };
  if (options.webhooks !== undefined) running.hubspot.webhooks.subscribe({ url: options.webhooks, auto: true });
  // Before the first word: whoever reads it may stop the command at once.
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  if (options.json === true) json(facts);
  else {
    say(`The sandbox CRMs are up, with ${filled}. Put these into .env, or use --sandbox:`);
    for (const [name, value] of Object.entries(facts)) say(`${name}=${value}`);
    say('Ctrl-C stops them.');
  }
  await stopped;
  running.hubspot.webhooks.subscribe(null);
  await running.close();
  return EXIT.done;
}

/** What is in the sandbox from now on, in words. Accounts that somebody is in already stay as they are. */
async function fill(running: RunningSandbox, customised: boolean): Promise<string> {
  if (!customised) {
    const { seedSampleWorld } = await import('../../sandbox/world');
    return seedSampleWorld(running) ? 'the sample world' : 'the world they had';
  }
  if (!isUntouched(running)) return 'the world they had';
  const { customiseAccounts } = await import('../../sandbox/customised');
  customiseAccounts(running);
  return 'the empty accounts of a company whose statuses and stages are its own';
}

/** A port that somebody else uses is the user's matter, not a fault. */
function portTaken(error: NodeJS.ErrnoException & { port?: number }): never {
  // A port below 1024 is EACCES as well; what concerns a file has its path.
  if ((error.code !== 'EADDRINUSE' && error.code !== 'EACCES') || error.path !== undefined) throw worldFault(error);
  throw new ConcordError({ code: 'port_taken', message: `port ${error.port ?? ''} cannot be used (${error.code})`, where: '--hubspot-port, --salesforce-port', remedy: 'Name other ports, or 0 for any free one; perhaps a sandbox is up already.', exit: EXIT.usage });
}

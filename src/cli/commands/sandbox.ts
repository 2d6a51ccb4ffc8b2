import { rmSync } from 'node:fs';
import type { Settings } from '../../config/load';
import { EXIT, type ExitCode } from '../../domain/problem';
import { startSandbox, type RunningSandbox } from '../../sandbox/server';
import { json, say } from '../print';
import type { CommonOptions } from '../session';

/** Where the sandbox keeps its world, and Concord its memory of it (design.md section 6). */
export const SANDBOX_WORLD = 'data/sandbox.db';
export const SANDBOX_MEMORY = 'sqlite:data/sandbox-concord.db';

/** The settings under which Concord works on a running sandbox. */
export function sandboxSettings(sandbox: RunningSandbox): Partial<Settings> {
  return {
    hubspot: { token: sandbox.hubspot.token, baseUrl: sandbox.hubspot.url, apiVersion: '2026-09' },
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
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
    return startSandbox({ file: SANDBOX_WORLD });
  }
}

/** Opens the sandbox for one command. */
export async function openSandboxSession(): Promise<{ settings: Partial<Settings>; close: () => Promise<void> }> {
  const sandbox = await openSandbox();
  return { settings: sandboxSettings(sandbox), close: () => sandbox.close() };
}

/** Empties both CRMs and Concord's memory of them. */
export function removeSandboxFiles(): void {
  for (const file of [SANDBOX_WORLD, SANDBOX_MEMORY.replace(/^sqlite:/, '')]) for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
}

interface SandboxOptions extends CommonOptions {
  fresh?: boolean;
  hubspotPort?: string;
  salesforcePort?: string;
}

/** `concord sandbox`: the two local CRMs alone, until stopped. */
export async function sandbox(options: SandboxOptions): Promise<ExitCode> {
  if (options.fresh === true) removeSandboxFiles();
  const running = await startSandbox({ file: SANDBOX_WORLD, hubspotPort: Number(options.hubspotPort ?? PORTS.hubspotPort), salesforcePort: Number(options.salesforcePort ?? PORTS.salesforcePort) });
  const { seedSampleWorld } = await import('../../sandbox/world');
  const seeded = seedSampleWorld(running);
  const facts = {
    HUBSPOT_API_URL: running.hubspot.url,
    HUBSPOT_ACCESS_TOKEN: running.hubspot.token,
    SALESFORCE_LOGIN_URL: running.salesforce.url,
    SALESFORCE_CLIENT_ID: running.salesforce.clientId,
    SALESFORCE_CLIENT_SECRET: running.salesforce.clientSecret,
  };
  if (options.json === true) json(facts);
  else {
    say(`The sandbox CRMs are up${seeded ? ', with the sample world' : ', with the world they had'}. Put these into .env, or use --sandbox:`);
    for (const [name, value] of Object.entries(facts)) say(`${name}=${value}`);
    say('Ctrl-C stops them.');
  }
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await running.close();
  return EXIT.done;
}

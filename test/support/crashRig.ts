import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applySetup } from '../../src/cli/commands/setup';
import type { CompiledAgreement } from '../../src/agreement/compile';
import { onSandbox } from '../../src/cli/commands/sandbox';
import { loadSettings, type Settings } from '../../src/config/load';
import { quiet, type Parts } from '../../src/run/parts';
import { run, type RunSummary } from '../../src/run/run';
import { SandboxClock } from '../../src/sandbox/clock';
import { startSandbox, type RunningSandbox } from '../../src/sandbox/server';
import type { Store } from '../../src/store/port';
import { connectStore, joinParts } from '../../src/wire';
import { agreementOf } from './agreement';
import { differences, worldState, type WorldState } from './crashCompare';
import { Doom, doomedStore, until, type Step, type When } from './crashDoom';
import { quickPorts } from './crashPorts';
import { seeded } from './crashRandom';
import { liveOn, liveOnWithoutConcord, populate, type CrashWorld } from './crashWorld';

/*
 * One generated world, built once and copied for every crash: both CRMs in one file, Concord's memory in another. The CRMs live on while Concord dies.
 */

const MONDAY = Date.UTC(2026, 10, 16, 16, 0, 0);
const DAY = 86_400_000;
/** The lock of a killed run is free again after a minute (design.md section 9). */
export const LOCK_MS = 61_000;
export const PATIENCE_MS = 30 * 60_000;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A world on the disk: adopted, with a day of people's acts that no run has seen. */
export interface Rig {
  folder: string;
  agreement: CompiledAgreement;
  world: CrashWorld;
  /** The moment of the run under test. */
  at: number;
  seed: number;
  /** Salesforce's port: part of the links that Concord writes, so every copy is served on it. */
  port: number;
  close(): void;
}

/** Memory instead of a disk where there is some: a crash test forces hundreds of commits to it. */
function fastFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'concord-crash-'));
}

export async function buildRig(seed: number): Promise<Rig> {
  const folder = fastFolder();
  const agreement = agreementOf();
  // A handoff leaves a task in the run that opens it, like a rejection its note.
  agreement.settings.notifications.new_handoff = ['task'];
  const clock = new SandboxClock();
  clock.set(MONDAY);
  const sandbox = await startSandbox({ file: join(folder, 'world.db'), clock, limits: 'off' });
  const store = await connectStore(settingsOf(sandbox, join(folder, 'concord.db')));
  const parts = await partsOf(sandbox, agreement, store, join(folder, 'concord.db'), clock);
  await applySetup(parts, () => undefined);
  // An admin has switched the rule off: reps of this world also reject without a reason (F4).
  sandbox.salesforce.state.removeValidationRule('Lead', 'Concord_Reason_Required');
  const world = populate(sandbox, seed);
  clock.advance(60_000);
  const adoption = await run(parts, { mode: 'apply', allowLargeChange: true });
  if (adoption.status !== 'ok') throw new Error(`the world could not be adopted: ${JSON.stringify(adoption)}`);
  clock.advance(DAY);
  liveOn(sandbox, world, seed);
  clock.advance(60_000);
  const at = clock.now();
  const port = Number(new URL(sandbox.salesforce.url).port);
  await store.close();
  await sandbox.close();
  return { folder, agreement, world, at, seed, port, close: () => rmSync(folder, { recursive: true, force: true }) };
}

export function settingsOf(sandbox: RunningSandbox, storeFile: string): Settings {
  return {
    ...onSandbox(loadSettings({}), sandbox),
    databaseUrl: `sqlite:${storeFile}`,
    secret: 'a secret for tests only',
  };
}

async function partsOf(sandbox: RunningSandbox, agreement: CompiledAgreement, store: Store, storeFile: string, clock: SandboxClock, doom?: Doom, batchSize?: number): Promise<Parts> {
  const now = (): number => clock.now();
  const sleep = (): Promise<void> => (doom === undefined ? Promise.resolve() : doom.whileAlive(() => Promise.resolve()));
  const ports = quickPorts(sandbox, agreement, now, { sleep, ...(batchSize === undefined ? {} : { batchSize }) });
  return joinParts(settingsOf(sandbox, storeFile), agreement, ports, doom === undefined ? store : doomedStore(store, doom), { clock: now, log: silent, progress: quiet });
}

/** A copy of the rig's world that lives: its CRMs serve, Concord is not running. */
export interface Copy {
  sandbox: RunningSandbox;
  clock: SandboxClock;
  storeFile: string;
  /** One run of a new process, which dies where `doom` says. */
  process(doom: Doom, batchSize?: number): Promise<RunSummary | 'dead'>;
  /** Runs until a run has nothing to write, at most `most` times, a minute apart; throws when it never comes to rest. */
  settle(most: number): Promise<RunSummary[]>;
  state(): Promise<WorldState>;
  /** What the journal and the queue still hold open. */
  loose(): Promise<{ intents: number; queued: number; deadLetters: number }>;
  close(): Promise<void>;
}

/** A port that was given back may be lent out by the system for a moment. */
async function patiently<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (tries === 300 || (error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

let copies = 0;

export async function copyOf(rig: Rig): Promise<Copy> {
  copies += 1;
  const name = join(rig.folder, `copy${copies}`);
  const [worldFile, storeFile] = [`${name}-world.db`, `${name}-concord.db`];
  copyFileSync(join(rig.folder, 'world.db'), worldFile);
  copyFileSync(join(rig.folder, 'concord.db'), storeFile);
  const clock = new SandboxClock();
  clock.set(rig.at);
  const sandbox = await patiently(() => startSandbox({ file: worldFile, clock, limits: 'off', salesforcePort: rig.port }));

  async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const store = await connectStore(settingsOf(sandbox, storeFile));
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }
  const process = (doom: Doom, batchSize?: number): Promise<RunSummary | 'dead'> =>
    withStore(async (store) => {
      const parts = await partsOf(sandbox, rig.agreement, store, storeFile, clock, doom, batchSize);
      return until(doom, () => run(parts, { mode: 'apply', allowLargeChange: true }));
    });
  return {
    sandbox,
    clock,
    storeFile,
    process,
    async settle(most) {
      const summaries: RunSummary[] = [];
      for (let count = 0; count < most; count += 1) {
        clock.advance(LOCK_MS);
        const summary = await process(new Doom(null, 'before'));
        if (summary === 'dead') throw new Error('a process that nothing dooms has died');
        summaries.push(summary);
        const planned = summary.writes.hubspot.planned + summary.writes.salesforce.planned + summary.consent.planned;
        if (summary.status === 'ok' && planned === 0) return summaries;
      }
      throw new Error(`no rest after ${most} runs: ${JSON.stringify(summaries.map(({ status, writes, pending }) => ({ status, writes, pending })))}`);
    },
    state: () => withStore((store) => worldState(sandbox, store)),
    loose: () => withStore(async (store) => ({ intents: (await store.openIntents(null, 10)).length, queued: await store.queueLength(), deadLetters: await store.countDeadLetters('open') })),
    async close() {
      await sandbox.close();
      for (const file of [worldFile, storeFile]) for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    },
  };
}

/** The world as an undisturbed run leaves it, and the steps that the run takes. */
export interface Undisturbed {
  state: WorldState;
  steps: Step[];
  summary: RunSummary;
}

export interface Plan {
  batchSize: number;
  /** People go on working between the crash and the next run. */
  livesOn: boolean;
}

export async function undisturbed(rig: Rig, plan: Plan): Promise<Undisturbed> {
  const copy = await copyOf(rig);
  try {
    const doom = new Doom(null, 'before');
    const summary = await copy.process(doom, plan.batchSize);
    if (summary === 'dead') throw new Error('a process that nothing dooms has died');
    if (plan.livesOn) liveOnWithoutConcord(copy.sandbox, rig.world, rig.seed);
    await copy.settle(3);
    return { state: await copy.state(), steps: doom.steps, summary };
  } finally {
    await copy.close();
  }
}

export interface Crash {
  at: number;
  when: When;
  /** The run that clears up dies as well, at this step of its own. */
  again?: number;
}

/** Every crash to try: around each commit and each writing call, then others by the seed until there are `count`. */
export function crashesOf(steps: Step[], seed: number, count: number): Crash[] {
  const random = seeded(seed);
  const writes = (step: Step): boolean => step.kind === 'commit' || isWrite(step.name);
  const points = steps.flatMap((step, at) => (['before', 'after'] as const).map((when): Crash & { writes: boolean } => ({ at, when, writes: writes(step) })));
  const first = random.shuffle(points.filter((point) => point.writes));
  const rest = random.shuffle(points.filter((point) => !point.writes));
  const picked = [...first.slice(0, Math.ceil(count * 0.85)), ...rest].slice(0, count);
  return picked.map(({ at, when }, index) => ({ at, when, ...(index % 5 === 4 ? { again: random.below(25) } : {}) }));
}

/** Whether a call (method and path) can change something. */
export function isWrite(call: string): boolean {
  return !call.startsWith('GET ') && !/batch\/read|\/search$|\/composite\/?$|oauth2\/token|access-token-info/.test(call);
}

/** By how many calls the undisturbed run may have been longer: a kept connection may break at its first use, or an answer come late, and is tried again. */
const MOST_TRIED_AGAIN = 3;

/** Dies, lets a minute pass, runs until there is nothing to do. Returns what is not as the undisturbed run left it; empty: all well. */
export async function crash(rig: Rig, plan: Plan, expected: Undisturbed, at: Crash): Promise<string[]> {
  try {
    const found = await crashOnce(rig, plan, expected, at);
    if (Array.isArray(found)) return found;
    if (found.steps <= at.at && found.steps + MOST_TRIED_AGAIN > at.at) return await crash(rig, plan, expected, { ...at, at: found.steps - 1 });
    return [`the run ended before step ${at.at}`];
  } catch (error) {
    return [error instanceof Error ? `${error.name}: ${error.message}` : String(error)];
  }
}

/** What is not as it should be after the crash; or, when the run came to its end before it, the steps that the run took. */
async function crashOnce(rig: Rig, plan: Plan, expected: Undisturbed, at: Crash): Promise<string[] | { steps: number }> {
  const copy = await copyOf(rig);
  try {
    const doom = new Doom(at.at, at.when);
    if ((await copy.process(doom, plan.batchSize)) !== 'dead') return { steps: doom.steps.length };
    if (plan.livesOn) liveOnWithoutConcord(copy.sandbox, rig.world, rig.seed);
    if (at.again !== undefined) {
      copy.clock.advance(LOCK_MS);
      // Shorter recoveries end before they would die: then it was a whole run.
      await copy.process(new Doom(at.again, 'after'), plan.batchSize);
    }
    await copy.settle(3);
    const out = differences(expected.state, await copy.state(), PATIENCE_MS);
    const loose = await copy.loose();
    if (loose.intents > 0) out.push(`${loose.intents} intents are left open`);
    return out;
  } finally {
    await copy.close();
  }
}

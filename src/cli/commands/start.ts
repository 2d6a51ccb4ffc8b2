import { setTimeout as wait } from 'node:timers/promises';
import { loadEnvFile, loadServerSettings, loadSettings, type Settings } from '../../config/load';
import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { createLog } from '../../log/logger';
import type { RunningSandbox } from '../../sandbox/server';
import { seedSampleWorld } from '../../sandbox/world';
import { doAdminsPart, newestStamp, storyActs } from '../../sandbox/world/storyActs';
import type { Store } from '../../store/port';
import type { CompiledAgreement } from '../../agreement/compile';
import { OWN_FIELDS, type OwnFieldId } from '../../domain/ownFields';
import { connectCrms, connectStore, joinParts, readAgreement, now, spentToday } from '../../wire';
import { trialDoor } from '../serve/trial';
import { colors, json, moment, say } from '../print';
import { terminalProgress } from '../progress';
import type { CommonOptions } from '../session';
import { checkDoors, closing, serve, serveUntilStopped, type Serving } from './serve';
import { anotherWorld, onSandbox, openSandbox, removeSandboxFiles } from './sandbox';
import { startOnRealCrms } from './start/real';
import { runLine } from './start/runLine';
import type { SampleWorld } from './start/sample';
import { tellStory } from './start/story';
import { teller } from './start/teller';

export interface StartOptions extends CommonOptions {
  /** Ends after the first runs instead of going on by the schedule. */
  once?: boolean;
  /** Writes to real CRMs without asking. */
  yes?: boolean;
  /** Sandbox only: both CRMs and Concord's memory of them are emptied first. */
  fresh?: boolean;
}

/** How far back the story begins, so that its people act at different moments and its last run is now. */
const LAPSE_MS = 60 * 60_000;

/**
 * The main job. Without credentials: the sandbox CRMs, with a story that a newcomer understands. With them: the same road on the real CRMs, where nothing
 * is written before a yes. Then on the agreement's schedule, unless `once`.
 *
 * Throws ConcordError (exit 2) when only one of the two CRMs is configured, or for options that do not go together.
 */
export async function start(options: StartOptions): Promise<ExitCode> {
  if (options.json === true && options.once !== true) {
    throw new ConcordError({ code: 'bad_usage', message: '--json prints one document at the end, and without --once there is no end', where: '--json', remedy: 'Add --once.', exit: EXIT.usage });
  }
  loadEnvFile();
  const settings = loadSettings();
  const isSandbox = options.sandbox === true || (settings.hubspot === null && settings.salesforce === null);
  if (!isSandbox) {
    if (options.fresh === true) throw new ConcordError({ code: 'bad_usage', message: '--fresh empties the sandbox, but .env names real CRMs', where: '--fresh', remedy: 'Add --sandbox, or leave --fresh out.', exit: EXIT.usage });
    if (options.once !== true) checkDoors(loadServerSettings(), settings);
    const ended = await startOnRealCrms(options);
    if (ended !== null) return ended;
    say('');
    return serve(options, runsInLines(readAgreement(options.agreement ?? settings.agreementFile)));
  }
  // Before anything is made or emptied: most often it is the wrong folder.
  readAgreement(options.agreement ?? settings.agreementFile);
  if (options.fresh === true) removeSandboxFiles();
  const sandbox = await openSandbox();
  try {
    return await startOnSandbox(sandbox, options, settings);
  } finally {
    await sandbox.close();
  }
}

/** The story on a sandbox that is up. */
export async function startOnSandbox(sandbox: RunningSandbox, options: StartOptions, base: Settings): Promise<ExitCode> {
  const settings = onSandbox(base, sandbox);
  const agreement = readAgreement(options.agreement ?? settings.agreementFile);
  const log = createLog(settings.logLevel === 'warn' ? 'error' : settings.logLevel);
  const store = await connectStore(settings);
  const clock = (): number => sandbox.clock.now();
  const asJson = options.json === true;
  try {
    const world = await openSample(sandbox, store, agreement);
    const crms = await connectCrms(settings, agreement, { clock, spent: await spentToday(store) });
    try {
      const parts = await joinParts(settings, agreement, crms, store, { clock, progress: terminalProgress(process.stderr.isTTY === true && !asJson), log, messengers: {} });
      const result = await tellStory({ parts, world, teller: teller(asJson) });
      if (asJson) json({ sandbox: true, ...result, parity: await store.parity() });
      else whereNext(options.once === true, world);
      if (options.once === true) return EXIT.done;
    } finally {
      await crms.hubspot.close();
      await crms.salesforce.close();
    }
  } finally {
    await store.close();
    await log.close();
  }
  return serveSample(sandbox, options, { ...settings, logLevel: settings.logLevel === 'info' || settings.logLevel === 'warn' ? 'error' : settings.logLevel }, agreement);
}

/** One line a run. */
function runsInLines(agreement: CompiledAgreement): NonNullable<Serving['onRun']> {
  const { time_zone: timeZone } = agreement.settings.company;
  return (work, summary) => say(`${colors.dim(moment(now(), timeZone))} ${runLine(summary, work)}`);
}

/** After the story: the schedule, the feedback pass, webhooks and the dashboard, on the sandbox that is up. */
function serveSample(sandbox: RunningSandbox, options: StartOptions, settings: Settings, agreement: CompiledAgreement): Promise<ExitCode> {
  const door = trialDoor(settings, { ...loadServerSettings(), webhookSecret: sandbox.hubspot.clientSecret }, true);
  say('');
  return closing((closers) => {
    closers.push(() => Promise.resolve(sandbox.hubspot.webhooks.subscribe(null)));
    return serveUntilStopped({ ...door, anyPort: true, sendWebhooks: (url) => sandbox.hubspot.webhooks.subscribe({ url, auto: true }), onRun: runsInLines(agreement) }, options, closers);
  });
}

/**
 * The world and its people. A new story begins an hour ago, and its time catches up with the machine's as it is told; a world that knows a later moment
 * already (an earlier run, somebody's edit) goes on in real time, since no CRM's clock runs backward.
 */
async function openSample(sandbox: RunningSandbox, store: Store, agreement: CompiledAgreement): Promise<SampleWorld> {
  const [lastRun] = await store.runs(null, 1);
  let behind = 0;
  const advance = (by: number): void => {
    sandbox.clock.advance(by);
    behind -= by;
  };
  if (lastRun === undefined && newestStamp(sandbox) < sandbox.clock.now() - LAPSE_MS) advance(-LAPSE_MS);
  const seeded = seedSampleWorld(sandbox);
  if (seeded && lastRun !== undefined) throw anotherWorld();
  const { signals } = agreement.settings.rejection;
  const status = signals.salesforce.lead_status[0];
  const reason = agreement.reasonOf('No budget') ?? [...agreement.reasons.values()].find((each) => each.active) ?? null;
  const names = { status: status ?? '', reasonField: signals.salesforce.reason, noteField: signals.salesforce.note ?? null, reason: reason?.id ?? 'other' };
  return {
    urls: { hubspot: sandbox.hubspot.url, salesforce: sandbox.salesforce.url },
    seeded,
    acts: status === undefined ? [] : storyActs(sandbox, names),
    adminsPart: () => doAdminsPart(sandbox, carriedFields(agreement), [names.reasonField]),
    ownerName: (id) => {
      const name = sandbox.salesforce.state.record(id.startsWith('00G') ? 'Group' : 'User', id)?.['Name'];
      return typeof name === 'string' ? name : id;
    },
    pass: async (minutes) => {
      // Both CRMs' Date headers tell whole seconds: in real time the run waits until what was done lies before them.
      if (behind === 0) await wait(1100);
      else advance(Math.min(behind, minutes * 60_000));
    },
    catchUp: () => {
      if (behind > 0) advance(behind);
    },
  };
}

/** The fields of a lead that its contact goes on with (I2): Concord's own, but for the id that must stay unique. */
function carriedFields(agreement: CompiledAgreement): string[] {
  return (Object.keys(OWN_FIELDS) as OwnFieldId[]).filter((id) => id !== 'hubspot_id').map((id) => agreement.ownField(id).salesforce).filter((name): name is string => name !== null);
}

function whereNext(once: boolean, world: SampleWorld): void {
  const command = 'npm run -s concord --';
  const line = (what: string, how: string): void => say(`  ${what.padEnd(20)} ${how}`);
  say('\nWhere to look next');
  line('one person in full', `${command} explain ${world.acts[0]?.email ?? 'EMAIL'} --sandbox`);
  line('who differs, and why', `${command} report parity --sandbox`);
  line('every run so far', `${command} runs --sandbox`);
  line('the agreement', 'config/agreement.yaml: change it, then look at plan --sandbox');
  line('your own accounts', 'copy .env.example to .env, fill it in, npm start: it shows its plan and');
  line('', 'writes only after a yes');
  if (!once) line('the two local CRMs', `HubSpot ${world.urls.hubspot}   Salesforce ${world.urls.salesforce}`);
}

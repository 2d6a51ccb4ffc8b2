import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompiledAgreement } from '../../src/agreement/compile';
import { onSandbox } from '../../src/cli/commands/sandbox';
import { loadSettings, type Settings } from '../../src/config/load';
import type { CrmPort } from '../../src/crm/port';
import { applySetup } from '../../src/cli/commands/setup';
import { quiet, type Parts } from '../../src/run/parts';
import { run, type RunRequest, type RunSummary } from '../../src/run/run';
import { explain, type Explanation } from '../../src/run/explain';
import { planFields } from '../../src/run/fieldPlan';
import { SandboxClock } from '../../src/sandbox/clock';
import { startSandbox, type RunningSandbox } from '../../src/sandbox/server';
import type { Store } from '../../src/store/port';
import { connectCrms, connectStore, joinParts } from '../../src/wire';
import { AGREEMENT, agreementOf } from './agreement';
import { keepStart, keptStart } from './starts';

/*
 * A story's stage: both sandbox CRMs over real HTTP, an empty store, and a clock that stands still until the story moves it.
 */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Monday, 10:00 in Mexico City. */
export const MONDAY = Date.UTC(2026, 10, 16, 16, 0, 0);

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface Scenario {
  sandbox: RunningSandbox;
  clock: SandboxClock;
  agreement: CompiledAgreement;
  store: Store;
  parts: Parts;
  /** A rep of the Salesforce org. */
  rep: string;
  sync(request?: Partial<RunRequest>): Promise<RunSummary>;
  plan(request?: Partial<RunRequest>): Promise<RunSummary>;
  explain(who: string): Promise<Explanation>;
  /** A contact's properties in HubSpot by e-mail. */
  contact(email: string): Record<string, string>;
  /** A Salesforce record's fields. */
  lead(id: string): Record<string, unknown>;
  sfContact(id: string): Record<string, unknown>;
  leadByEmail(email: string): Record<string, unknown> | undefined;
  /** Lets time pass for both CRMs and for Concord. */
  pass(milliseconds: number): void;
  /** RevOps edits the agreement's text; the next run goes by it. */
  amend(edit: (text: string) => string): void;
  /** New ports and a new store connection over the same file: another process, as far as Concord can tell. */
  reopen(): Promise<void>;
  /** The store is gone: another, empty one takes its place; without an address a SQLite file. */
  lose(databaseUrl?: string): Promise<void>;
  close(): Promise<void>;
}

export interface ScenarioOptions {
  agreement?: string;
  /** Adapt the compiled agreement's text before it is read. */
  edit?: (text: string) => string;
  setup?: boolean;
  /** Leaves the org's rule that a rejection needs a reason as setup makes it. Default: an admin has switched it off, so that F4 can happen. */
  reasonRule?: boolean;
  /** What the CRMs have before Concord sets them up. */
  prepare?: (sandbox: RunningSandbox) => void;
  at?: number;
  limits?: 'real' | 'off';
  databaseUrl?: string;
  apiVersion?: '2026-09' | 'v3';
  /** What messages go by. */
  slackWebhookUrl?: string;
  smtpUrl?: string;
}

interface Stage extends Scenario {
  /** As `close`; resolves with the store's file, empty when the store is elsewhere. */
  end(): Promise<Buffer>;
}

/** A story's start: both CRMs, set up, and Concord's memory of that. */
interface Start {
  world: Buffer;
  memory: Buffer;
  rep: string;
}

/** What a start depends on, setting up takes longer than many a story; null: this one is made for itself alone. */
function startKey(options: ScenarioOptions, text: string): string | null {
  if (options.setup === false || options.prepare !== undefined || options.databaseUrl !== undefined || options.limits === 'real') return null;
  return JSON.stringify(['scenario', options.reasonRule === true, options.at ?? MONDAY, options.apiVersion ?? '', text]);
}

export async function openScenario(options: ScenarioOptions = {}): Promise<Scenario> {
  const text = agreementText(options);
  const key = startKey(options, text);
  const known = key === null ? null : keptStart<Start>(key);
  if (key === null || known !== null) return openStage(options, text, known);
  const first = await openStage(options, text, null);
  const world = first.sandbox.database.serialize();
  const { rep } = first;
  const memory = await first.end();
  keepStart(key, { world, memory, rep });
  return openStage(options, text, { world, memory, rep });
}

async function openStage(options: ScenarioOptions, text: string, start: Start | null): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'concord-scenario-'));
  const clock = new SandboxClock();
  clock.set(options.at ?? MONDAY);
  const sandbox = await startSandbox({ file: start?.world ?? ':memory:', clock, limits: options.limits ?? 'off' });
  options.prepare?.(sandbox);
  const agreement = agreementOf(text);
  const memoryFile = join(folder, 'concord.db');
  if (start !== null) writeFileSync(memoryFile, start.memory);
  const settings: Settings = {
    ...onSandbox(loadSettings(options.apiVersion === undefined ? {} : { HUBSPOT_API_VERSION: options.apiVersion }), sandbox),
    databaseUrl: options.databaseUrl ?? `sqlite:${memoryFile}`,
    secret: 'a secret for tests only',
    ...(options.slackWebhookUrl === undefined ? {} : { slackWebhookUrl: options.slackWebhookUrl }),
    ...(options.smtpUrl === undefined ? {} : { smtpUrl: options.smtpUrl }),
  };
  let lost = 0;
  let crms: { hubspot: CrmPort; salesforce: CrmPort };
  const scenario = { sandbox, clock, agreement } as Stage;

  async function open(): Promise<void> {
    crms = await connectCrms(settings, scenario.agreement, { clock: () => clock.now(), ...(options.limits === 'real' ? {} : { limits: 'off' }) });
    scenario.store = await connectStore(settings);
    scenario.parts = await joinParts(settings, scenario.agreement, crms, scenario.store, { clock: () => clock.now(), log: silent, progress: quiet });
  }
  async function shut(): Promise<void> {
    await crms.hubspot.close();
    await crms.salesforce.close();
    await scenario.store.close();
  }
  await open();
  scenario.rep = start?.rep ?? sandbox.salesforce.state.addUser({ Name: 'Rita Rep', Username: 'rita@acme.example' });
  scenario.sync = (request = {}) => run(scenario.parts, { mode: 'apply', allowLargeChange: true, ...request });
  scenario.plan = (request = {}) => run(scenario.parts, { mode: 'dry-run', ...request });
  scenario.explain = async (who) => {
    const at = clock.now();
    return explain({ parts: scenario.parts, now: at, adopting: false, readUpTo: { hubspot: at, salesforce: at }, hubspot: { recordUrl: () => '' }, salesforce: { recordUrl: () => '' } }, who);
  };
  scenario.contact = (email) => sandbox.hubspot.state.byEmail(email)?.properties ?? {};
  scenario.lead = (id) => sandbox.salesforce.state.record('Lead', id) ?? {};
  scenario.sfContact = (id) => sandbox.salesforce.state.record('Contact', id) ?? {};
  scenario.leadByEmail = (email) => {
    for (const row of sandbox.salesforce.state.query(`SELECT Id FROM Lead WHERE Email = '${email}'`)) return sandbox.salesforce.state.record('Lead', String(row['Id']));
    return undefined;
  };
  scenario.pass = (milliseconds) => clock.advance(milliseconds);
  scenario.amend = (edit) => {
    const edited = edit(text);
    if (edited === text) throw new Error('the edit changes nothing of the agreement');
    scenario.agreement = agreementOf(edited);
    scenario.parts.terms = { agreement: scenario.agreement };
    scenario.parts.fields = planFields(scenario.agreement);
  };
  scenario.reopen = async () => {
    await shut();
    await open();
  };
  scenario.lose = async (databaseUrl) => {
    await shut();
    lost += 1;
    settings.databaseUrl = databaseUrl ?? `sqlite:${join(folder, `concord-${lost}.db`)}`;
    await open();
  };
  scenario.end = async () => {
    await shut();
    await sandbox.close();
    const memory = existsSync(memoryFile) ? readFileSync(memoryFile) : Buffer.alloc(0);
    rmSync(folder, { recursive: true, force: true });
    return memory;
  };
  scenario.close = async () => void (await scenario.end());
  if (options.setup !== false && start === null) {
    await applySetup(scenario.parts, () => undefined);
    if (options.reasonRule !== true) sandbox.salesforce.state.removeValidationRule('Lead', 'Concord_Reason_Required');
  }
  return scenario;
}

function agreementText(options: ScenarioOptions): string {
  const text = readFileSync(options.agreement ?? AGREEMENT, 'utf8');
  return options.edit?.(text) ?? text;
}

export interface Cast {
  /** A marketer, or a rep, at work in HubSpot. */
  ui(): ReturnType<RunningSandbox['hubspot']['state']['act']>;
  /** The rep at work in Salesforce. */
  rep(): ReturnType<RunningSandbox['salesforce']['state']['act']>;
  /** A HubSpot contact that is complete enough for a handoff; returns its id. */
  person(email: string, more?: Record<string, string>): string;
  /** A Salesforce lead of the same human; returns its id. */
  lead(email: string, more?: Record<string, unknown>): string;
  /** The first run is over (L7), and a day has passed. */
  adopted(): Promise<void>;
  /** An open MQL with a lead in Salesforce, an hour old; returns both ids. */
  handedOver(email?: string): Promise<{ contact: string; lead: string }>;
  /** Twenty minutes later another run writes nothing (W2). */
  quiet(): Promise<void>;
}

/** Who acts in a story, and what they mostly do. */
export function cast(stage: () => Scenario): Cast {
  const ui: Cast['ui'] = () => stage().sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
  const rep: Cast['rep'] = () => stage().sandbox.salesforce.state.act(stage().rep);
  const person: Cast['person'] = (email, more = {}) => ui().create('contacts', { email, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead', ...more }).id;
  const lead: Cast['lead'] = (email, more = {}) => rep().create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: email, Country: 'Mexico', ...more });
  const adopted: Cast['adopted'] = async () => {
    await stage().sync();
    stage().pass(DAY);
  };
  return {
    ui,
    rep,
    person,
    lead,
    adopted,
    handedOver: async (email = 'ana@cliente.example') => {
      await adopted();
      const contact = person(email, { lifecyclestage: 'marketingqualifiedlead' });
      stage().pass(MINUTE);
      await stage().sync();
      const made = stage().leadByEmail(email);
      expect(made).toMatchObject({ Status: 'Open - Not Contacted', Concord_Stage__c: 'mql' });
      stage().pass(HOUR);
      return { contact, lead: String(made?.['Id']) };
    },
    quiet: async () => {
      const s = stage();
      s.pass(20 * MINUTE);
      s.sandbox.hubspot.calls.clear();
      s.sandbox.salesforce.calls.clear();
      const again = await s.sync();
      if (again.writes.hubspot.planned + again.writes.salesforce.planned > 0) console.log(JSON.stringify((await s.store.journalOfRun(again.run, null, 50)).map((entry) => [entry.key, entry.state, entry.changes]), null, 1));
      expect({ planned: again.writes, writes: writesOf(s.sandbox) }).toMatchObject({ planned: { hubspot: { planned: 0 }, salesforce: { planned: 0 } }, writes: [] });
    },
  };
}

/** The calls that wrote something, as both sandboxes counted them. */
export function writesOf(sandbox: RunningSandbox): string[] {
  const reading = /\/(batch\/read|search)(\?|$)|\/composite\/?$|access-token-info|oauth2\/token|\/composite\/sobjects\/\w+\/?$|jobs\/query/;
  return [...sandbox.hubspot.calls.calls, ...sandbox.salesforce.calls.calls]
    .filter((call) => call.method !== 'GET' && !(call.method === 'POST' && reading.test(call.url)) && !(call.method === 'DELETE' && /jobs\/query/.test(call.url)) && !(call.method === 'PATCH' && /jobs\/query/.test(call.url)))
    .map((call) => `${call.method} ${call.url}`);
}

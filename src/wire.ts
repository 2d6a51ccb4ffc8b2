import { createHmac, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { monotonicFactory } from 'ulid';
import { ConcordError, EXIT } from './domain/problem';
import { loadAgreement, type Fault } from './agreement/load';
import type { CompiledAgreement } from './agreement/compile';
import { NotText, readText } from './config/text';
import type { HubspotCredentials, SalesforceCredentials, Settings } from './config/load';
import type { CrmPort, ProjectFile } from './crm/port';
import { createMessengers } from './notify';
import { planFields } from './run/fieldPlan';
import { ownFieldNeeds, salesNeeds, watchedProperties } from './run/needs';
import { callsSpent, type CallsSpent } from './run/budget';
import type { Parts, Progress, RunLog } from './run/parts';
import type { Store } from './store/port';

/* The one place where the parts are joined, and the only one that knows the machine's clock. */

/** The text of an agreement file. Throws ConcordError (exit 2) `no_agreement` for one that cannot be read, `bad_agreement` for one that is no UTF-8 text. */
export function readAgreementText(file: string): string {
  try {
    return readText(file);
  } catch (error) {
    if (error instanceof NotText) throw badAgreement([{ file, line: error.line, column: 1, path: '', message: error.message, instead: error.instead }]);
    throw noAgreement(file, (error as NodeJS.ErrnoException).code ?? '');
  }
}

/** By its whole path: what is wrong is mostly the folder that the command was run in. */
function noAgreement(file: string, code: string): ConcordError {
  const path = resolve(file);
  const how = 'run the command in the folder that has it, or name the file in CONCORD_AGREEMENT or with --agreement';
  const [message, remedy] =
    code === 'ENOENT' || code === 'ENOTDIR'
      ? [`there is no agreement at ${path}`, `Where there is one already, ${how}. Without one, begin with the config/agreement.yaml that Concord comes with, or let \`concord init\` write it.`]
      : code === 'EISDIR'
        ? [`the agreement ${path} is a folder, not a file`, 'Name the file in CONCORD_AGREEMENT or with --agreement.']
        : [`the agreement ${path} cannot be read (${code})`, 'Let the user that runs Concord read the file.'];
  return new ConcordError({ code: 'no_agreement', message, where: file, remedy, exit: EXIT.usage });
}

/** Reads and compiles the agreement. Throws like `readAgreementText`, and ConcordError `bad_agreement` (exit 2) with every fault located. */
export function readAgreement(file: string): CompiledAgreement {
  const loaded = loadAgreement(readAgreementText(file), file);
  if (loaded.ok) return loaded.agreement;
  throw badAgreement(loaded.faults);
}

function badAgreement(faults: Fault[]): ConcordError {
  const lines = faults.map(({ file, line, column, path, message, instead }) => `  ${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message} ${instead}`);
  const [first] = faults;
  return new ConcordError({
    code: 'bad_agreement',
    message: `the agreement has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${lines.join('\n')}`,
    where: `${first?.file ?? ''}:${first?.line ?? 1}:${first?.column ?? 1}`,
    remedy: 'Correct the lines named; nothing was read or written.',
    exit: EXIT.usage,
    details: faults,
  });
}

const V8 = Number.parseInt(process.versions.v8, 10);

/**
 * For a process that runs: V8 lets the heap grow to four times what was alive at the last collection before it collects again, and a run, which holds
 * little and makes much, would fill it. Twice is enough: a few more collections, and memory that does not follow the number of people (design.md
 * section 10). V8 reads the setting at every collection, so it may be given to a process that has begun. From V8 13 on (Node 24) it keeps such a heap small
 * by itself.
 */
export function keepHeapSmall(): void {
  if (V8 < 13) setFlagsFromString('--heap-growing-percent=100');
}

/**
 * For a process that runs: V8 compiles a function for good once it has run a while, and by its own measure of a while a run of ten thousand people
 * spends a quarter of its processor time on compiling, on cores that the database and the CRMs' answers wait for. Six times as long a while leaves out
 * what a run does not use long enough to earn it back; what a large run does a million times is compiled all the same. From V8 12 on (Node 22) there is no
 * such setting, and V8 complains on stderr of one that it does not know: it compiles in steps of its own there.
 */
export function compileLess(): void {
  if (V8 < 12) setFlagsFromString('--interrupt-budget=400000');
}

export interface Overrides {
  clock?: () => number;
  progress: Progress;
  log: RunLog;
  /** Instead of those of the settings: nobody is written to about sample people. */
  messengers?: Parts['messengers'];
}

/** Settings with the credentials of both CRMs. */
type Credentialed = Settings & { hubspot: HubspotCredentials; salesforce: SalesforceCredentials };

/** Throws ConcordError `no_credentials` (exit 2) when they are missing. */
export function requireCredentials(settings: Settings): asserts settings is Credentialed {
  const missing = [settings.hubspot === null ? 'HUBSPOT_ACCESS_TOKEN' : null, settings.salesforce === null ? 'SALESFORCE_CLIENT_ID' : null].filter((name) => name !== null);
  if (missing.length > 0) throw new ConcordError({ code: 'no_credentials', message: `no credentials: ${missing.join(' and ')} not set`, where: '.env', remedy: 'Run `concord init`, or fill in .env (see .env.example), or try Concord on its sandbox CRMs with `npm start`.', exit: EXIT.usage });
}

/** The two CRMs by their credentials; `spent` is what earlier runs of the day have used of Concord's share (W10). Throws like `requireCredentials`. */
export async function connectCrms(settings: Settings, agreement: CompiledAgreement, clock?: () => number, spent: CallsSpent = { hubspot: 0, salesforce: 0 }): Promise<{ hubspot: CrmPort; salesforce: CrmPort }> {
  requireCredentials(settings);
  return {
    hubspot: await connectHubspot(settings.hubspot, agreement, clock, spent.hubspot),
    salesforce: await connectSalesforce(settings.salesforce, agreement, clock, spent.salesforce),
  };
}

export async function connectHubspot(credentials: HubspotCredentials, agreement: CompiledAgreement, clock?: () => number, spent = 0): Promise<CrmPort> {
  const { limits, consent } = agreement.settings;
  const { createHubspot } = await import('./crm/hubspot');
  return createHubspot({
    ...credentials,
    dailyShare: limits.hubspot_daily_share,
    spentToday: spent,
    ...(consent.hubspot.do_not_call === undefined ? {} : { doNotCallProperty: consent.hubspot.do_not_call }),
    ...(clock === undefined ? {} : { now: clock }),
  });
}

export async function connectSalesforce(credentials: SalesforceCredentials, agreement: CompiledAgreement, clock?: () => number, spent = 0): Promise<CrmPort> {
  const { limits, consent } = agreement.settings;
  const { createSalesforce } = await import('./crm/salesforce');
  return createSalesforce({
    ...credentials,
    externalIdField: agreement.ownField('hubspot_id').salesforce ?? 'Concord_HubSpot_Id__c',
    dailyShare: limits.salesforce_daily_share,
    spentToday: spent,
    optOutField: consent.salesforce.opt_out,
    doNotCallField: consent.salesforce.do_not_call,
    ...(clock === undefined ? {} : { now: clock }),
  });
}

/** The agreement that Concord comes with, as a file: what `init` starts from. */
export function shippedAgreement(): string {
  return join(__dirname, '..', 'config', 'agreement.yaml');
}

/** The calls of this day so far, as the store has them. */
export async function spentToday(store: Store, clock: () => number = Date.now): Promise<CallsSpent> {
  return callsSpent(store, clock());
}

/** Opens the store of the settings. */
export async function connectStore(settings: Settings): Promise<Store> {
  return openStoreAt(settings.databaseUrl);
}

export async function openStoreAt(databaseUrl: string): Promise<Store> {
  const { openStore } = await import('./store');
  return openStore(databaseUrl);
}

export async function joinParts(settings: Settings, agreement: CompiledAgreement, crms: { hubspot: CrmPort; salesforce: CrmPort }, store: Store, overrides: Overrides): Promise<Parts> {
  const ulid = monotonicFactory();
  const clock = overrides.clock ?? Date.now;
  const key = settings.secret ?? (await hashKey(store));
  return {
    store,
    ...crms,
    terms: { agreement },
    fields: planFields(agreement),
    clock,
    newId: () => ulid(clock()),
    hash: (value) => createHmac('sha256', key).update(value).digest('base64url').slice(0, 32),
    holder: `${hostname()} process ${process.pid}`,
    log: overrides.log,
    progress: overrides.progress,
    messengers: overrides.messengers ?? messengersOf(settings, agreement),
  };
}

/** Slack and e-mail, as far as the settings and the agreement have what they need. */
export function messengersOf(settings: Settings, agreement: CompiledAgreement): Parts['messengers'] {
  const { company, notifications } = agreement.settings;
  return createMessengers(settings, { language: agreement.language, company: company.name, from: notifications.addresses.from ?? null });
}

/** The store's own key for the hashes of forgotten people, made on first use where CONCORD_SECRET gives none. */
async function hashKey(store: Store): Promise<string> {
  const known = await store.meta('hash_key');
  if (known !== null) return known;
  return store.transaction(null, async (tx) => {
    const meanwhile = await tx.meta('hash_key');
    if (meanwhile !== null) return meanwhile;
    const key = randomBytes(32).toString('base64url');
    await tx.setMeta('hash_key', key);
    return key;
  });
}

/** The machine's clock, for what is not a run. */
export function now(): number {
  return Date.now();
}

/**
 * What `setup` would make, as folders of files: a HubSpot project, and a Salesforce source folder. Made from the agreement alone, for CRMs that have
 * nothing of Concord's yet; no credentials are needed.
 */
export async function setupFiles(agreement: CompiledAgreement, publicUrl: string): Promise<ProjectFile[]> {
  const [{ projectFiles, propertyFile }, { sourceProject }] = await Promise.all([import('./crm/hubspot/export'), import('./crm/salesforce/setup/export')]);
  const [hubspot, salesforce] = [ownFieldNeeds(agreement, 'hubspot'), ownFieldNeeds(agreement, 'salesforce')];
  const under = (folder: string, files: readonly ProjectFile[]): ProjectFile[] => files.map(({ path, content }) => ({ path: `${folder}/${path}`, content }));
  return [...under('hubspot-app', projectFiles({ publicUrl, watched: watchedProperties(agreement) })), ...under('hubspot', [propertyFile(hubspot)]), ...under('salesforce', sourceProject(salesforce, salesNeeds(agreement)))];
}

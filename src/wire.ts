import { createHmac, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
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

export interface Connecting {
  /** Default: the machine's. */
  clock?: () => number;
  /** What earlier runs of the day have used of Concord's share (W10; default: nothing). */
  spent?: CallsSpent;
  /** `off`: HubSpot is asked as fast as it answers. For sandbox CRMs that are open without limits; a real portal answers 429. */
  limits?: 'off';
}

/** The two CRMs by their credentials. Throws like `requireCredentials`. */
export async function connectCrms(settings: Settings, agreement: CompiledAgreement, connecting: Connecting = {}): Promise<{ hubspot: CrmPort; salesforce: CrmPort }> {
  requireCredentials(settings);
  return {
    hubspot: await connectHubspot(settings.hubspot, agreement, connecting),
    salesforce: await connectSalesforce(settings.salesforce, agreement, connecting),
  };
}

export async function connectHubspot(credentials: HubspotCredentials, agreement: CompiledAgreement, { clock, spent, limits: pacing }: Connecting = {}): Promise<CrmPort> {
  const { limits, consent } = agreement.settings;
  const { createHubspot } = await import('./crm/hubspot');
  return createHubspot({
    ...credentials,
    dailyShare: limits.hubspot_daily_share,
    spentToday: spent?.hubspot ?? 0,
    ...(consent.hubspot.do_not_call === undefined ? {} : { doNotCallProperty: consent.hubspot.do_not_call }),
    ...(clock === undefined ? {} : { now: clock }),
    ...(pacing === undefined ? {} : { limits: pacing }),
  });
}

export async function connectSalesforce(credentials: SalesforceCredentials, agreement: CompiledAgreement, { clock, spent }: Connecting = {}): Promise<CrmPort> {
  const { limits, consent } = agreement.settings;
  const { createSalesforce } = await import('./crm/salesforce');
  return createSalesforce({
    ...credentials,
    externalIdField: agreement.ownField('hubspot_id').salesforce ?? 'Concord_HubSpot_Id__c',
    dailyShare: limits.salesforce_daily_share,
    spentToday: spent?.salesforce ?? 0,
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

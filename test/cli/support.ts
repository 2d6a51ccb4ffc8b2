import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applySetup } from '../../src/cli/commands/setup';
import { onSandbox } from '../../src/cli/commands/sandbox';
import { loadSettings, type Settings } from '../../src/config/load';
import { quiet } from '../../src/run/parts';
import { startSandbox, type RunningSandbox } from '../../src/sandbox/server';
import { connectCrms, connectStore, joinParts } from '../../src/wire';
import { AGREEMENT, agreementOf } from '../support/agreement';
import { concordProgram } from '../support/program';
import { keepStart, keptStart } from '../support/starts';
import { faultsOf } from './documents';

/*
 * The command line as users meet it: a process with an environment, a working directory and two CRMs behind HTTP. Every `--json` answer is held
 * against its published schema on the way.
 */

// Each test starts several processes, and machines are busy.
jest.setTimeout(240_000);

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Anything a JSON document may hold: tests look into it by name. */
export type Document = { [name: string]: Document } & Document[] & (string | number | boolean | null);

export interface Place {
  sandbox: RunningSandbox;
  /** The working directory: `.env` and `data/` would be here. */
  folder: string;
  env: Record<string, string>;
  /** A rep of the Salesforce org. */
  rep: string;
  concord(args: string[], more?: Record<string, string | undefined>): Promise<Ended>;
  /** Runs with `--json`; checks exit code, that stdout is one document, and the document against docs/json/NAME.schema.json. */
  document(schema: string, code: number, args: string[], more?: Record<string, string | undefined>): Promise<Document>;
  /** Lets the second end in which an edit was made: both CRMs tell whole seconds, and a run reads up to the last one that is over. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when the second that is now is over, by a few milliseconds: timers may come early. */
export function endOfSecond(): Promise<void> {
  return new Promise((done) => setTimeout(done, 1010 - (Date.now() % 1000)));
}

/** Starts the command in `folder` with nothing of this process's environment but the path. */
export function start(folder: string, args: string[], env: Record<string, string | undefined>): ReturnType<typeof spawn> {
  return spawn(process.execPath, [...concordProgram(), ...args], { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

export function runIn(folder: string, args: string[], env: Record<string, string | undefined>): Promise<Ended> {
  const child = start(folder, args, env);
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ ...ended, code }));
  });
}

/** A JSON answer, parsed and held against its schema; throws with what was said when it is none. */
export function documentOf(schema: string, { stdout, stderr, code }: Ended): Document {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    throw new Error(`stdout is not one JSON document (exit ${code ?? 'by signal'}):\n${stdout}\n${stderr}`);
  }
  const faults = faultsOf(schema, value);
  if (faults.length > 0) throw new Error(`the document does not fit docs/json/${schema}.schema.json:\n${faults.join('\n')}\n${JSON.stringify(value, null, 1).slice(0, 3000)}`);
  return value as Document;
}

/** Two empty CRMs, an empty store, and the environment that names them. With `setup` both have Concord's fields already. */
export async function openPlace(options: { setup?: boolean; limits?: 'real' | 'off' } = {}): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'concord-cli-'));
  const limits = options.limits ?? 'off';
  // Both CRMs and the rep as the first place has set them up.
  const key = `place with limits ${limits}`;
  const known = options.setup === false ? null : keptStart<{ world: Buffer; rep: string }>(key);
  const sandbox = await startSandbox({ file: known?.world ?? ':memory:', limits });
  const env = {
    HUBSPOT_ACCESS_TOKEN: sandbox.hubspot.token,
    HUBSPOT_API_URL: sandbox.hubspot.url,
    SALESFORCE_LOGIN_URL: sandbox.salesforce.url,
    SALESFORCE_CLIENT_ID: sandbox.salesforce.clientId,
    SALESFORCE_CLIENT_SECRET: sandbox.salesforce.clientSecret,
    CONCORD_AGREEMENT: AGREEMENT,
    CONCORD_SECRET: 'sixteen-or-more-characters',
  };
  const place: Place = {
    sandbox,
    folder,
    env,
    rep: known?.rep ?? sandbox.salesforce.state.addUser({ Name: 'Rita Rep', Username: 'rita@acme.example' }),
    concord: (args, more = {}) => runIn(folder, args, { ...env, ...more }),
    async document(schema, code, args, more) {
      const ended = await place.concord([...args, '--json'], more);
      const value = documentOf(schema, ended);
      if (ended.code !== code) throw new Error(`${args.join(' ')} ended with ${ended.code ?? 'a signal'} instead of ${code}:\n${ended.stdout.slice(0, 3000)}\n${ended.stderr}`);
      return value;
    },
    settle: () => endOfSecond(),
    async close() {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (options.setup !== false && known === null) {
    await setUp(place);
    keepStart(key, { world: sandbox.database.serialize(), rep: place.rep });
  }
  return place;
}

/** Both CRMs as `concord setup --yes` leaves them, without a process for it. */
async function setUp({ sandbox, folder }: Place): Promise<void> {
  const settings: Settings = {
    ...onSandbox(loadSettings({}), sandbox),
    databaseUrl: `sqlite:${join(folder, 'setup.db')}`,
    agreementFile: AGREEMENT,
  };
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const agreement = agreementOf();
  const crms = await connectCrms(settings, agreement);
  const store = await connectStore(settings);
  try {
    await applySetup(await joinParts(settings, agreement, crms, store, { log: silent, progress: quiet }), () => undefined);
  } finally {
    await crms.hubspot.close();
    await crms.salesforce.close();
    await store.close();
  }
}

/** An agreement of the test's own in its folder: the default one, edited. */
export function editAgreement(place: Place, name: string, edit: (text: string) => string): string {
  const file = join(place.folder, name);
  const before = readFileSync(AGREEMENT, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`${name}: the edit changed nothing`);
  writeFileSync(file, after);
  return file;
}

/** Lines of a drawn table. */
export function tableLines(stdout: string): string[] {
  return stdout.split('\n').filter((line) => /^[┌├└│]/.test(line));
}

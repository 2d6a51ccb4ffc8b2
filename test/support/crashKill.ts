import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import type { RunSummary } from '../../src/run/run';
import type { Copy } from './crashRig';
import { concordProgram } from './program';
import type { Faults, FaultAction } from '../../src/sandbox/faults';

/*
 * `concord sync` as a process of its own, against CRMs that live in this one, and kill -9 for it. The kill comes from the CRM's side, at a call of the
 * process: so that it is known what the CRM has done of it and what Concord has heard.
 */

/** Where the process dies: at its n-th call (from 0), before the CRM acts on it, after it has acted but before its answer arrives, or so many ms later. */
export interface Kill {
  call: number;
  when: 'before' | 'after' | { laterMs: number };
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Method and path of every call that reached the CRMs. */
  calls: string[];
  summary: RunSummary | null;
  /** What went to stderr; of a failed run the error document too. */
  errors: string;
}

const ROOT = resolve(__dirname, '../..');

/** Runs `concord sync` on the copy's CRMs and store at the copy's moment; kills it where it is told to. */
export async function concordSync(copy: Copy, kill: Kill | null): Promise<Ended> {
  const { sandbox, clock, storeFile } = copy;
  const calls: string[] = [];
  let child: ChildProcess | null = null;
  const die = (): void => void child?.kill('SIGKILL');
  const release = [sandbox.hubspot.faults, sandbox.salesforce.faults].map((faults) =>
    watch(faults, (name) => {
      calls.push(name);
      if (kill === null || calls.length - 1 !== kill.call) return undefined;
      if (typeof kill.when === 'object') {
        setTimeout(die, kill.when.laterMs);
        return undefined;
      }
      die();
      return { do: kill.when === 'before' ? 'drop' : 'drop-after' };
    }),
  );
  try {
    return await new Promise<Ended>((done, failed) => {
      const started = (child = spawn(process.execPath, ['-r', resolve(__dirname, 'crashClock.cjs'), ...concordProgram(), 'sync', '--json', '--allow-large-change'], {
        // A folder without an .env of its own.
        cwd: resolve(storeFile, '..'),
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'] ?? '',
          CONCORD_TEST_NOW: String(clock.now()),
          HUBSPOT_ACCESS_TOKEN: sandbox.hubspot.token,
          HUBSPOT_API_URL: sandbox.hubspot.url,
          SALESFORCE_LOGIN_URL: sandbox.salesforce.url,
          SALESFORCE_CLIENT_ID: sandbox.salesforce.clientId,
          SALESFORCE_CLIENT_SECRET: sandbox.salesforce.clientSecret,
          DATABASE_URL: `sqlite:${storeFile}`,
          CONCORD_AGREEMENT: resolve(ROOT, 'config/agreement.yaml'),
          CONCORD_SECRET: 'a secret for tests only',
          LOG_LEVEL: 'error',
          TSX_TSCONFIG_PATH: resolve(ROOT, 'tsconfig.json'),
        },
      }));
      let [out, errors] = ['', ''];
      started.stdout.on('data', (data: Buffer) => (out += data.toString()));
      started.stderr.on('data', (data: Buffer) => (errors += data.toString()));
      started.on('error', failed);
      started.on('close', (code, signal) => done({ code, signal, calls, errors: code === 0 || code === null ? errors : `${errors}${out}`, summary: code === 0 ? (JSON.parse(out) as RunSummary) : null }));
    });
  } finally {
    for (const each of release) each();
  }
}

/** Sees every call before the CRM does, and may say what goes wrong with it. */
function watch(faults: Faults, onCall: (name: string) => FaultAction | undefined): () => void {
  const door = faults as unknown as { take(request: { method: string; path: string }): FaultAction | undefined };
  const original = door.take;
  door.take = (request) => onCall(`${request.method} ${request.path}`) ?? original.call(faults, request);
  return () => {
    door.take = original;
  };
}

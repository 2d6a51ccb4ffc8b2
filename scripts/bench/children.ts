import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { compile } from './compiled';
import type { Addresses, Answer, ConcordStart, Job, JobReplies, Limits, SandboxReplies, SandboxRequest, SandboxStart, StoreServerRequest, StoreServerStart } from './protocol';

function start(script: string, argument: unknown, execArgv: string[] = []): ChildProcess {
  return fork(join(compile(), 'scripts', 'bench', `${script}.js`), [JSON.stringify(argument)], { cwd: join(__dirname, '..', '..'), execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** The child's next message; rejects when it ends without one. */
async function reply<T>(child: ChildProcess, what: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const settle = (act: () => void): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      act();
    };
    const onMessage = (answer: Answer<T>): void => settle(() => (answer.ok ? resolve(answer.value) : reject(new Error(`${what} failed: ${answer.error}`))));
    const onExit = (code: number | null, signal: string | null): void => settle(() => reject(new Error(`${what} ended with ${signal ?? `code ${String(code)}`} and gave no answer`)));
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

/** The two local CRMs, running in a process of their own. */
export interface SandboxHandle {
  readonly addresses: Addresses;
  readonly limits: Limits;
  /** How far the CRMs' clock has been moved on. */
  aheadMs: number;
  ask<K extends SandboxRequest['do']>(request: Extract<SandboxRequest, { do: K }>): Promise<SandboxReplies[K]>;
  /** Lets time pass for the CRMs, and for every Concord that is started after. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

export async function startSandboxProcess(options: SandboxStart): Promise<SandboxHandle> {
  const child = start('sandboxProcess', options);
  const addresses = await reply<Addresses>(child, 'the sandbox');
  const handle: SandboxHandle = {
    addresses,
    limits: options.limits,
    aheadMs: 0,
    ask(request) {
      const answer = reply<SandboxReplies[typeof request.do]>(child, `the sandbox (${request.do})`);
      child.send(request);
      return answer;
    },
    async advance(ms) {
      await handle.ask({ do: 'advance', ms });
      handle.aheadMs += ms;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      await handle.ask({ do: 'close' });
      await ended;
    },
  };
  return handle;
}

export interface StoreServer {
  readonly url: string;
  readonly pid: number;
  /** Resolves when no report is being counted anew. */
  filled(): Promise<void>;
  /** As a run leaves it: everything counted is older than what is known, and is being counted anew. */
  runEnded(): Promise<void>;
  close(): Promise<void>;
}

/** A server over a store, without runs. One thing is asked at a time. */
export async function startStoreServer(options: StoreServerStart): Promise<StoreServer> {
  const child = start('serverProcess', options);
  const { url, pid } = await reply<{ url: string; pid: number }>(child, 'the server');
  const ask = async (what: StoreServerRequest['do']): Promise<void> => {
    const answer = reply<unknown>(child, `the server (${what})`);
    child.send({ do: what });
    await answer;
  };
  return { url, pid, filled: () => ask('filled'), runEnded: () => ask('runEnded'), close: () => ask('close') };
}

/** Starts Concord for one job against the sandbox, and waits for its answer. */
export async function concord<K extends Job['job']>(sandbox: SandboxHandle, storeFile: string, job: Extract<Job, { job: K }>, execArgv: string[] = []): Promise<JobReplies[K]> {
  const options: ConcordStart = { addresses: sandbox.addresses, limits: sandbox.limits, storeFile, aheadMs: sandbox.aheadMs, job };
  const child = start('concordProcess', options, execArgv);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const answer = await reply<JobReplies[K]>(child, `Concord (${job.job})`);
  await ended;
  return answer;
}

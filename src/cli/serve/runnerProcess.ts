import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { Settings } from '../../config/load';
import { ConcordError, EXIT } from '../../domain/problem';
import type { RollbackWish, RunProgress, Work } from '../../web/parts';
import type { FromRunner, ToRunner, Worked } from './protocol';

/** What a work is told beside its name: what to undo, and how far adoption goes (L7). */
export interface WorkWish {
  undo?: RollbackWish | null;
  portion?: number | null;
}

export interface Runner {
  /** Has a work done; starts the process first where none is up. Throws what the run threw, or ConcordError `runner_lost` when the process ended meanwhile. */
  work(work: Work, wish?: WorkWish): Promise<Worked>;
  /** Where the work under way stands, as far as it has said. */
  readonly progress: RunProgress | null;
  /** The run under way ends between two batches, then the process. */
  stop(): Promise<void>;
  /** At once, whatever is under way: the next run finishes what was begun (W7). */
  kill(): void;
  /** Of the process that is up. */
  readonly pid: number | null;
}

/** The process that does the runs, started again after a crash at the next work. */
export function createRunner(settings: Settings, agreementFile: string, started: () => void): Runner {
  let child: ChildProcess | null = null;
  let stopping = false;
  let progress: RunProgress | null = null;
  let serial = 0;
  const waiting = new Map<number, { done: (worked: Worked) => void; failed: (error: unknown) => void }>();

  const tell = (to: ChildProcess, message: ToRunner): void => void to.send(message);

  function start(): ChildProcess {
    // The same program as this one: compiled, or through the loader that this process was started with.
    const fresh = fork(join(__dirname, '..', `runner${extname(__filename)}`), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    started();
    fresh.on('message', (message: FromRunner) => {
      if (message.type === 'progress') {
        progress = message.progress;
        return;
      }
      const one = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.type === 'done') one?.done(message.worked);
      else one?.failed(new ConcordError(message.error));
    });
    const lost = (): void => {
      if (child === fresh) child = null;
      progress = null;
      for (const [id, one] of waiting) {
        waiting.delete(id);
        one.failed(new ConcordError({ code: 'runner_lost', message: 'the process that does the runs ended in the middle of one', remedy: 'The next run finishes what was begun. If it happens again, look at the memory of this machine and at the log.', exit: EXIT.failed }));
      }
    };
    fresh.on('exit', lost);
    fresh.on('error', lost);
    tell(fresh, { type: 'open', settings, agreementFile });
    return fresh;
  }

  return {
    work(work, { undo = null, portion = null } = {}) {
      return new Promise((done, failed) => {
        if (stopping) return failed(new ConcordError({ code: 'interrupted', message: 'the server is stopping', remedy: 'Start it again.', exit: EXIT.failed }));
        child ??= start();
        serial += 1;
        waiting.set(serial, { done, failed });
        tell(child, { type: 'work', id: serial, work, undo, portion });
      });
    },
    async stop() {
      stopping = true;
      const last = child;
      if (last === null) return;
      const ended = once(last, 'exit');
      tell(last, { type: 'stop' });
      await ended;
    },
    kill() {
      child?.kill('SIGKILL');
    },
    get progress() {
      return progress;
    },
    get pid() {
      return child?.pid ?? null;
    },
  };
}

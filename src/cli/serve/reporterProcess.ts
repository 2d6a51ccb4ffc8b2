import { fork, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import type { CompiledAgreement } from '../../agreement/compile';
import { ConcordError, EXIT } from '../../domain/problem';
import type { ReportAnswers, ReportTask } from '../../run/reportTasks';
import type { ReportMaker } from '../../web/reportDesk';
import type { FromReporter, ToReporter } from './reporterProtocol';

/** A report that takes longer is given up, with its process: SQLite cannot be interrupted from within. */
const TIME_OUT_MS = 60_000;
/** One for whoever waits, one for the reports that are counted anew. */
const PROCESSES = 2;
/** Compiled as this one is, or through the loader that this process was started with. */
const PROGRAM = join(__dirname, '..', `reporter${extname(__filename)}`);

interface Reporter {
  child: ChildProcess;
  /** Of the agreement it was told. */
  agreement: string | null;
  task: { id: number; done: (answer: unknown) => void; failed: (error: ConcordError) => void } | null;
}

export interface ReporterOptions {
  databaseUrl: string;
  agreement: () => CompiledAgreement;
  timeOutMs?: number;
  /** What is started; `reporter` beside this program unless told otherwise. */
  program?: string;
}

/**
 * Processes that count for the server, each with a connection of its own to the store; started when there is something to count, and again after one
 * ended. They read; what they write is the condensing of queued people, in transactions of their own.
 */
export function createReporters({ databaseUrl, agreement, timeOutMs = TIME_OUT_MS, program = PROGRAM }: ReporterOptions): ReportMaker & { readonly pids: number[] } {
  const reporters: Reporter[] = [];
  let serial = 0;
  let stopping = false;

  const tell = (to: ChildProcess, message: ToReporter): void => void to.send(message);

  function start(): Reporter {
    const child = fork(program, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const reporter: Reporter = { child, agreement: null, task: null };
    child.on('message', (message: FromReporter) => {
      const { task } = reporter;
      if (task === null || task.id !== message.id) return;
      reporter.task = null;
      if (message.type === 'done') task.done(message.answer);
      else {
        const { where, ...error } = message.error;
        task.failed(new ConcordError({ ...error, ...(where === null ? {} : { where }) }));
      }
    });
    const lost = (): void => {
      drop(reporter);
      const { task } = reporter;
      reporter.task = null;
      task?.failed(new ConcordError({ code: 'reporter_lost', message: 'the process that counts for reports ended in the middle of one', remedy: 'Ask again. If it happens again, look at the memory of this machine and at the log.', exit: EXIT.failed }));
    };
    child.on('exit', lost);
    child.on('error', lost);
    tell(child, { type: 'open', databaseUrl });
    reporters.push(reporter);
    return reporter;
  }

  function drop(reporter: Reporter): void {
    const place = reporters.indexOf(reporter);
    if (place !== -1) reporters.splice(place, 1);
  }

  function once(task: ReportTask, fresh: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (stopping) return reject(new ConcordError({ code: 'interrupted', message: 'the server is stopping', remedy: 'Start it again.', exit: EXIT.failed }));
      const reporter = (fresh ? undefined : reporters.find((each) => each.task === null)) ?? start();
      const { settings, hash } = agreement();
      if (reporter.agreement !== hash) tell(reporter.child, { type: 'agreement', settings, hash });
      reporter.agreement = hash;
      const id = (serial += 1);
      const timer = setTimeout(() => {
        reporter.task = null;
        // It lives a moment longer: nothing more may be given to it.
        drop(reporter);
        reporter.child.kill('SIGKILL');
        reject(new ConcordError({ code: 'report_timeout', message: `the report took longer than ${Math.round(timeOutMs / 1000)} seconds`, remedy: 'Ask for a shorter period, or leave the division away.', exit: EXIT.failed }));
      }, timeOutMs);
      timer.unref();
      const end = <T>(then: (value: T) => void) => (value: T): void => {
        clearTimeout(timer);
        then(value);
      };
      reporter.task = { id, done: end(resolve), failed: end(reject) };
      tell(reporter.child, { type: 'task', id, task });
    });
  }

  return {
    size: PROCESSES,
    async do<T extends ReportTask>(task: T): Promise<ReportAnswers[T['do']]> {
      try {
        return (await once(task, false)) as ReportAnswers[T['do']];
      } catch (error) {
        // Nothing was changed but what the next one does as well: a process that was killed from outside costs a second try, not an error. By a new one:
        // what killed it may have killed the other, too, and nobody has heard of that yet.
        if (!(error instanceof ConcordError) || error.code !== 'reporter_lost' || stopping) throw error;
        return (await once(task, true)) as ReportAnswers[T['do']];
      }
    },
    async close() {
      stopping = true;
      // Whatever it writes is in transactions: it need not be waited for.
      for (const { child } of [...reporters]) child.kill('SIGKILL');
    },
    get pids() {
      return reporters.flatMap(({ child }) => (child.pid === undefined ? [] : [child.pid]));
    },
  };
}

import { schedule as cron, validate, type Logger } from 'node-cron';
import { ConcordError, EXIT } from '../domain/problem';

/*
 * When runs happen. Invariant: runs started here never overlap. A tick that comes while a run is under way starts nothing; a full audit that is missed
 * this way follows as soon as the run ends, an ordinary run is left to the next tick. What was missed while the process was down is not made up: every
 * run reads from its watermark on.
 */

export interface Timing {
  /** Cron lines: minute hour day month weekday. */
  sync: string;
  full: string;
  /** IANA name. At a change of the clock, a line inside the hour that does not exist is skipped that day. */
  timeZone: string;
}

export interface Schedule {
  /** When the next run is due. */
  next(): Date | null;
  /** Starts no run any more; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/** node-cron reports to the console by itself; whoever runs the schedule hears of failures from `run`. */
const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

/**
 * Calls `run` on the agreement's schedule until stopped. `run` is to take care of its own failures: whatever it throws reaches `failed` and the schedule
 * goes on. Throws ConcordError `bad_schedule` (exit 2) for a line that is no cron line.
 */
export function startSchedule(timing: Timing, run: (full: boolean) => Promise<void>, failed: (error: unknown) => void): Schedule {
  for (const line of [timing.sync, timing.full]) {
    if (validate(line)) continue;
    throw new ConcordError({ code: 'bad_schedule', message: `“${line}” is no cron line`, where: 'the agreement’s schedule', remedy: 'Write minute hour day month weekday, for example */5 * * * *.', exit: EXIT.usage });
  }
  let underWay: Promise<void> | null = null;
  let auditOwed = false;
  let stopped = false;

  const begin = (full: boolean): void => {
    if (stopped) return;
    if (underWay !== null) {
      auditOwed ||= full;
      return;
    }
    underWay = run(full)
      .catch(failed)
      .then(() => {
        underWay = null;
        if (!auditOwed) return;
        auditOwed = false;
        begin(true);
      });
  };
  const options = { timezone: timing.timeZone, logger: silent };
  // At a minute that belongs to both, the audit goes first: it does all that a run does.
  const tasks = [cron(timing.full, () => begin(true), { ...options, name: 'full' }), cron(timing.sync, () => begin(false), { ...options, name: 'sync' })];

  return {
    next: () => {
      const times = tasks.map((task) => task.getNextRun()?.getTime()).filter((at): at is number => at !== undefined);
      return times.length === 0 ? null : new Date(Math.min(...times));
    },
    async stop() {
      stopped = true;
      for (const task of tasks) await task.destroy();
      await underWay;
    },
  };
}

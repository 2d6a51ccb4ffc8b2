import { startTicks } from './ticks';
import { createTurns } from './turns';

/*
 * When runs happen, for a command that stays up without serving. Invariant: runs started here never overlap. A tick that comes while a run is under way
 * starts nothing; a full audit that is missed this way follows as soon as the run ends, an ordinary run is left to the next tick. What was missed while
 * the process was down is not made up: every run reads from its watermark on.
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

/**
 * Calls `run` on the agreement's schedule until stopped. `run` is to take care of its own failures: whatever it throws reaches `failed` and the schedule
 * goes on. Throws ConcordError `bad_schedule` (exit 2) for a line that is no cron line.
 */
export function startSchedule(timing: Timing, run: (full: boolean) => Promise<void>, failed: (error: unknown) => void): Schedule {
  const turns = createTurns<'full' | 'sync'>({ order: ['full', 'sync'], covers: { full: ['sync'] }, run: (kind) => run(kind === 'full'), failed });
  const ticks = startTicks(
    [
      // At a minute that belongs to both, the audit goes first: it does all that a run does.
      { name: 'full', line: timing.full, due: () => turns.ask('full') },
      { name: 'sync', line: timing.sync, due: () => (turns.idle ? turns.ask('sync') : undefined) },
    ],
    timing.timeZone,
  );
  return {
    next: () => ticks.next(),
    async stop() {
      const ended = turns.stop();
      await ticks.stop();
      await ended;
    },
  };
}

import { createTask, schedule as cron, validate, type Logger } from 'node-cron';
import { ConcordError, EXIT } from '../domain/problem';
import type { EpochMs } from '../domain/record';

/*
 * When something is due, by cron lines (minute hour day month weekday; a sixth field in front is seconds). What is due is said, never done here.
 */

/** node-cron reports to the console by itself; whoever listens to the ticks hears of failures from what they start. */
const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

const MINUTE_MS = 60_000;
/** How far back is looked for a moment that was missed. */
const LOOK_BACK_MS = 35 * 24 * 60 * MINUTE_MS;
/** How often the machine's clock is held against the time that has passed, and from which difference on it has been set. */
const LOOK_MS = 15_000;
const STEP_MS = 5_000;

export interface Tick {
  name: string;
  line: string;
  due: () => void;
}

export interface Ticks {
  /** When the next one is due. */
  next(): Date | null;
  stop(): Promise<void>;
}

function checkLine(line: string): void {
  if (validate(line)) return;
  throw new ConcordError({ code: 'bad_schedule', message: `“${line}” is no cron line`, where: 'the agreement’s schedule', remedy: 'Write minute hour day month weekday, for example */5 * * * *.', exit: EXIT.usage });
}

/**
 * Begins to tick, in an IANA time zone. At a change of the clock, a line inside the hour that does not exist is skipped that day. At a minute that belongs
 * to several, the first named is told first. What comes due while the process is held up (suspended, or busy for more than a second) is said once,
 * late; so is what a clock that is set forward passes over. A clock that is set back makes nothing wait for its old time. `clock`: the machine's.
 * Throws ConcordError `bad_schedule` (exit 2) for a line that is no cron line.
 */
export function startTicks(ticks: readonly Tick[], timeZone: string, clock: () => EpochMs): Ticks {
  for (const { line } of ticks) checkLine(line);
  const begin = (): ReturnType<typeof cron>[] => ticks.map(({ name, line, due }) => cron(line, due, { timezone: timeZone, logger: silent, name, missedExecutionTolerance: LOOK_BACK_MS }));
  let tasks = begin();
  const end = async (): Promise<void> => {
    for (const task of tasks) await task.destroy();
  };
  let last = { at: clock(), passed: performance.now() };
  // node-cron waits for a moment that it has worked out beforehand: after a step of the clock it is another.
  const look = (): void => {
    const before = last;
    last = { at: clock(), passed: performance.now() };
    const expected = before.at + (last.passed - before.passed);
    if (Math.abs(last.at - expected) < STEP_MS) return;
    void end();
    tasks = begin();
    for (const { line, due } of ticks) if (last.at > expected && wasMissed(line, timeZone, expected, last.at)) due();
  };
  const watch = setInterval(look, LOOK_MS);
  watch.unref();
  return {
    next: () => {
      const times = tasks.map((task) => task.getNextRun()?.getTime()).filter((at): at is number => at !== undefined);
      return times.length === 0 ? null : new Date(Math.min(...times));
    },
    async stop() {
      clearInterval(watch);
      await end();
    },
  };
}

/** Whether the line was due after `last` and up to `now`: node-cron makes nothing up that was due while the process was down. Never run (`last` null) counts as missed. */
export function wasMissed(line: string, timeZone: string, last: EpochMs | null, now: EpochMs): boolean {
  checkLine(line);
  if (last === null) return true;
  const [seconds, minutes] = split(line);
  const times = [minutes, `${seconds} * * * * *`].map((part) => createTask(part, () => undefined, { timezone: timeZone, logger: silent }));
  const [ofMinutes, ofSeconds] = times as [ReturnType<typeof cron>, ReturnType<typeof cron>];
  try {
    const from = Math.max(last, now - LOOK_BACK_MS);
    const offsets = Array.from({ length: 60 }, (_, second) => second * 1000).filter((offset) => ofSeconds.match(new Date(offset)));
    for (let minute = Math.floor(now / MINUTE_MS) * MINUTE_MS; minute > from - MINUTE_MS; minute -= MINUTE_MS) {
      if (offsets.some((offset) => minute + offset > from && minute + offset <= now) && ofMinutes.match(new Date(minute))) return true;
    }
    return false;
  } finally {
    for (const time of times) void time.destroy();
  }
}

/** A line's seconds (0 where it names none), and the rest of it. */
function split(line: string): [seconds: string, minutes: string] {
  const fields = line.trim().split(/\s+/);
  return fields.length === 6 ? [fields[0] as string, fields.slice(1).join(' ')] : ['0', line];
}

import { bulkhead } from 'cockatiel';
import { problem, type Problem, type ProblemCode } from '../domain/problem';
import type { CrmName } from '../domain/record';
import type { Usage } from './port';

/**
 * The only retry loop (design.md section 9) and the only place that decides when a call may be sent (W10).
 *
 * Terms. A *call* is what an adapter asks for; an *attempt* is one request of it. A *window* is a limit of the CRM: so many requests in so many
 * milliseconds. A slot of a window is taken before an attempt is sent and given back one window's length after the attempt has ended: the CRM
 * counted the request at some moment between the two, so that no window of the CRM's clock ever holds more requests than its limit.
 */

/** once: must not be sent again when the outcome is unknown. repeatable: a write that may be sent twice with the same effect. */
export type CallKind = 'read' | 'repeatable' | 'once';

export interface PaceWindow {
  name: string;
  limit: number;
  perMs: number;
}

export interface PaceSettings {
  name: CrmName;
  windows: PaceWindow[];
  maxConcurrent: number;
  /** Concord's share of the day's quota, 0 to 1. */
  dailyShare: number;
  /** Of one attempt, from sending to the last byte of the answer. */
  deadlineMs: number;
  /** Attempts of one call, the first included. */
  maxTries: number;
  now?: () => number;
  sleep?: (ms: number) => Promise<void>;
  random?: () => number;
  /** The share of each window's rate that is used (default 0.998): the windows are taken as that much longer than the CRM states, for clocks that do not run at the same speed. */
  headroom?: number;
  /** A longer wait than this, asked for by the CRM, ends the call instead (default 60 s). */
  maxWaitMs?: number;
  /** Calls that Concord already made on the CRM's current quota day, by other processes (default 0). */
  spentToday?: number;
}

export interface CallOptions {
  kind: CallKind;
  /** The windows it counts against (default: all). */
  windows?: string[];
  /** Instead of the settings' deadline. */
  deadlineMs?: number;
}

/**
 * What one attempt reports by throwing. `problem.retry` decides whether it is tried again; `sent` says whether the CRM may have acted on it:
 * `no` (certainly not), `yes` (certainly), `maybe` (the answer was lost). The message holds no words of the CRM.
 */
export class CallFailed extends Error {
  readonly problem: Problem;
  readonly sent: 'no' | 'yes' | 'maybe';

  constructor(of: Problem, sent: 'no' | 'yes' | 'maybe', cause?: unknown) {
    super(`${of.crm}: ${of.message}`, cause === undefined ? undefined : { cause });
    this.name = 'CallFailed';
    this.problem = of;
    this.sent = sent;
  }
}

export interface Pace {
  /**
   * Runs `fn` under the limits, again after transient failures. `fn` throws `CallFailed`; its signal aborts at the deadline, and the call ends
   * there even when `fn` does not listen. Throws the last `CallFailed`; anything else that `fn` throws passes through at once.
   */
  call<T>(options: CallOptions, fn: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Attempts sent so far. */
  calls(): number;
  /** The CRM said how its day stands. `resetsAt`: epoch ms. */
  heardQuota(quota: { limit: number; remaining: number; resetsAt?: number }): void;
  /** The CRM said how large a window is. */
  heardWindow(name: string, limit: number): void;
  usage(): Usage;
}

/** Codes that pass by themselves within one call. Every other failure with a retry of `next-run` waits for the next run. */
const TRANSIENT: ReadonlySet<ProblemCode> = new Set<ProblemCode>(['rate_limited', 'unavailable', 'locked', 'maintenance']);

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

export function createPace(settings: PaceSettings): Pace {
  // eslint-disable-next-line concord/clock -- the default of an injected clock: windows and waits are of this process, not of a run
  const now = settings.now ?? Date.now;
  const sleep = settings.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  // Windows are of this process: they go by a clock that never jumps. A virtual sleep brings its own time along.
  const ticks = settings.sleep === undefined ? () => performance.now() : now;
  const random = settings.random ?? Math.random;
  const stretch = 1 / (settings.headroom ?? 0.998);
  const maxWaitMs = settings.maxWaitMs ?? 60_000;
  const windows = new Map(settings.windows.map((window) => [window.name, new Window(window.limit, window.perMs * stretch, ticks)]));
  const concurrency = bulkhead(settings.maxConcurrent, Number.POSITIVE_INFINITY);
  const day = new QuotaDay(settings.dailyShare, settings.spentToday ?? 0, now);
  let sent = 0;

  function windowsOf(options: CallOptions): Window[] {
    if (options.windows === undefined) return [...windows.values()];
    return options.windows.map((name) => {
      const window = windows.get(name);
      if (window === undefined) throw new Error(`pace: no window ${name}`);
      return window;
    });
  }

  /** Waits for a slot in every window, then takes them all at once. */
  async function take(of: Window[]): Promise<void> {
    for (;;) {
      const wait = Math.max(0, ...of.map((window) => window.wait()));
      if (wait === 0) break;
      if (wait === Number.POSITIVE_INFINITY) await Promise.race(of.filter((window) => window.wait() > 0).map((window) => window.nextEnd()));
      else await sleep(wait);
    }
    for (const window of of) window.take();
  }

  async function attempt<T>(options: CallOptions, of: Window[], fn: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return concurrency.execute(async () => {
      await take(of);
      try {
        if (day.isSpent()) throw new CallFailed(problem('quota_spent', settings.name), 'no');
        sent += 1;
        day.count();
        return await withDeadline(settings.name, options.deadlineMs ?? settings.deadlineMs, fn);
      } finally {
        for (const window of of) window.end();
      }
    });
  }

  function mayRepeat(options: CallOptions, failed: CallFailed): boolean {
    const { problem: cause, sent: wasSent } = failed;
    const isTransient = TRANSIENT.has(cause.code) || (typeof cause.retry === 'object' && cause.code !== 'quota_spent');
    if (!isTransient) return false;
    if (options.kind === 'once' && wasSent !== 'no') return false;
    return typeof cause.retry !== 'object' || cause.retry.afterMs <= maxWaitMs;
  }

  return {
    async call(options, fn) {
      const of = windowsOf(options);
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt(options, of, fn);
        } catch (error) {
          if (!(error instanceof CallFailed) || tries >= settings.maxTries || !mayRepeat(options, error)) throw error;
          const asked = typeof error.problem.retry === 'object' ? error.problem.retry.afterMs : 0;
          // The others of the same window would run into the same refusal.
          if (error.problem.code === 'rate_limited') for (const window of of) window.pause(asked);
          const backoff = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1));
          await sleep(asked + random() * backoff);
        }
      }
    },
    calls: () => sent,
    heardQuota: (quota) => day.heard(quota),
    heardWindow(name, limit) {
      const window = windows.get(name);
      if (window !== undefined && Number.isFinite(limit) && limit > 0) window.limit = limit;
    },
    usage() {
      const quota = day.quota();
      return quota === undefined ? { calls: sent } : { calls: sent, quota };
    },
  };
}

/** Ends with `fn`, or at the deadline with `unavailable`, whether `fn` heeds its signal or not: an SDK may wait for ever for the rest of an answer. */
async function withDeadline<T>(name: CrmName, deadlineMs: number, fn: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new CallFailed(problem('unavailable', name, { vendorCode: 'deadline' }), 'maybe'));
      controller.abort();
    }, deadlineMs);
  });
  const work = fn(controller.signal);
  // After the deadline nobody waits for it any more; its end must not count as an unhandled rejection.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One limit of the CRM. Slots are held by running attempts and, for the window's length after their end, by finished ones. */
class Window {
  private running = 0;
  /** When each finished attempt gives its slot back, ascending from `first` on. */
  private frees: number[] = [];
  private first = 0;
  private pausedUntil = 0;
  private waiters: (() => void)[] = [];

  constructor(
    public limit: number,
    private readonly lengthMs: number,
    private readonly now: () => number,
  ) {}

  /** Milliseconds until a slot can be free: 0 now, infinite when all are held by running attempts. */
  wait(): number {
    const at = this.now();
    while (this.first < this.frees.length && (this.frees[this.first] ?? 0) <= at) this.first += 1;
    if (this.first > 1000) {
      this.frees = this.frees.slice(this.first);
      this.first = 0;
    }
    const pause = Math.max(0, this.pausedUntil - at);
    if (this.running + (this.frees.length - this.first) < this.limit) return pause;
    const next = this.frees[this.first];
    return next === undefined ? Number.POSITIVE_INFINITY : Math.max(pause, next - at);
  }

  take(): void {
    this.running += 1;
  }

  end(): void {
    this.running -= 1;
    this.frees.push(this.now() + this.lengthMs);
    const waiting = this.waiters;
    this.waiters = [];
    for (const wake of waiting) wake();
  }

  nextEnd(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.now() + ms);
  }
}

/** The CRM's daily quota and Concord's part in it. */
class QuotaDay {
  private last: { limit: number; remaining: number; resetsAt?: number } | undefined;

  constructor(
    private readonly share: number,
    private own: number,
    private readonly now: () => number,
  ) {}

  count(): void {
    this.turn();
    this.own += 1;
    if (this.last !== undefined) this.last.remaining = Math.max(0, this.last.remaining - 1);
  }

  heard(quota: { limit: number; remaining: number; resetsAt?: number }): void {
    if (!Number.isFinite(quota.limit) || !Number.isFinite(quota.remaining) || quota.limit <= 0) return;
    this.turn();
    const resetsAt = quota.resetsAt ?? this.last?.resetsAt;
    // Without a stated moment, a remainder that jumps up tells that a new day began.
    if (this.last !== undefined && this.last.limit === quota.limit && quota.remaining - this.last.remaining > quota.limit / 2) this.own = 0;
    this.last = { limit: quota.limit, remaining: quota.remaining, ...(resetsAt === undefined ? {} : { resetsAt }) };
  }

  /** True when Concord's share, or the whole day, is used up (W10). */
  isSpent(): boolean {
    this.turn();
    if (this.last === undefined) return false;
    return this.last.remaining <= 0 || this.own >= Math.floor(this.share * this.last.limit);
  }

  quota(): { limit: number; remaining: number } | undefined {
    return this.last === undefined ? undefined : { limit: this.last.limit, remaining: this.last.remaining };
  }

  /** At the reset everything is open again until the CRM says otherwise. */
  private turn(): void {
    if (this.last?.resetsAt === undefined || this.now() < this.last.resetsAt) return;
    this.own = 0;
    this.last = undefined;
  }
}

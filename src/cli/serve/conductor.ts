import type { CompiledAgreement } from '../../agreement/compile';
import { ConcordError, EXIT } from '../../domain/problem';
import { weeklySince } from '../../run/digests';
import { announceStale, freshness, lastFullRun, lastGoodRun, type Freshness } from '../../run/health';
import { startTicks, wasMissed, type Ticks } from '../../schedule/ticks';
import { createTurns } from '../../schedule/turns';
import type { RunSummary } from '../../run/run';
import type { Store } from '../../store/port';
import type { Ask, Heard, RollbackState, ServeStatus, Work } from '../../web/parts';
import type { CrmOf, Worked } from './protocol';
import type { Runner } from './runnerProcess';

/*
 * What happens when: the agreement's schedule, the feedback pass, what webhooks and people ask for; one at a time, by the runner. What was due while
 * nobody was up is made up once.
 */

export interface ConductorParts {
  store: Store;
  runner: Pick<Runner, 'work' | 'stop' | 'progress'>;
  clock: () => number;
  log: { info(message: string, fields?: Record<string, unknown>): void; warn(message: string, fields?: Record<string, unknown>): void; error(message: string, fields?: Record<string, unknown>): void };
  heard: Heard;
  /** Reads the agreement's file again. */
  reread: () => CompiledAgreement;
  /** Called once when the last good run has become too old, and not again before the next good one. */
  onStale: (state: Freshness) => void | Promise<void>;
  /** Called after each work and once at the start: what was counted of the store may be others now. */
  onWorked?: () => void;
  /** Called after each work that made a run. */
  onRun?: (work: Work, summary: RunSummary) => void;
  /** Events that come close together become one pass (default 500 ms). */
  gatherMs?: number;
  /** A work that another run's lock kept from beginning is tried again (default 15 s). */
  retryMs?: number;
  /** A digest that could not be made is tried again (default 5 min). */
  digestRetryMs?: number;
}

export interface Conductor {
  /** Makes up what was missed, then goes by the schedule. */
  start(): Promise<void>;
  ask: Ask;
  status(): ServeStatus;
  readonly agreement: CompiledAgreement;
  /** Begins nothing more; the run under way ends between two batches. */
  stop(): Promise<void>;
  /** Looks whether the last good run is too old, and says so once. Done every minute by itself. */
  checkStale(): Promise<void>;
}

const GATHER_MS = 500;
const RETRY_MS = 15_000;
const DIGEST_RETRY_MS = 5 * 60_000;
const STALE_CHECK_MS = 60_000;
/** What became of that many rollbacks is told to whoever asked; the history has them all. */
const ROLLBACKS = 20;

export function createConductor(first: CompiledAgreement, parts: ConductorParts): Conductor {
  const { store, runner, clock, log } = parts;
  const startedAt = clock();
  let agreement = first;
  let ticks: Ticks | null = null;
  let stopping = false;
  let failure: ServeStatus['failure'] = null;
  const timers = new Set<NodeJS.Timeout>();
  let feedback: NodeJS.Timeout | null = null;
  let gathering = false;
  let rollbacks: RollbackState[] = [];
  /** How far the large change that was allowed last adopts (L7). */
  let allowedPortion: number | null = null;

  const turns = createTurns<Work>({
    // What a person asks for comes before what the clock does.
    order: ['rollback', 'allowed', 'full', 'sync', 'feedback', 'targeted', 'weekly', 'review'],
    // Both passes take the inbox.
    covers: { full: ['sync'], allowed: ['sync'], feedback: ['targeted'] },
    run: async (work) => {
      const began = performance.now();
      const undo = work === 'rollback' ? nextRollback() : null;
      const portion = work === 'allowed' ? allowedPortion : null;
      const worked = await runner.work(work, { undo, portion });
      // One that somebody asked for meanwhile still waits for its turn.
      if (work === 'allowed' && allowedPortion === portion) allowedPortion = null;
      if (undo !== null) mark('done', { by: worked.rollback });
      parts.heard.work(work, worked.outcome, (performance.now() - began) / 1000, worked.summary);
      took(work, worked);
      parts.onWorked?.();
    },
    failed: (error, work) => {
      const known = error instanceof ConcordError;
      const code = known ? error.code : 'unexpected';
      // Another run, or a killed one whose lock lives on for a minute.
      const isLocked = known && error.exit === EXIT.locked;
      if (work === 'rollback') mark(isLocked && !stopping ? 'waiting' : 'failed', { problem: isLocked ? null : { code, message: known ? error.message : 'an unexpected fault', remedy: known ? error.remedy : 'Look at the log.' } });
      if (code === 'interrupted' && stopping) return;
      parts.heard.work(work, 'failed', 0, null);
      log[isLocked ? 'warn' : 'error']('a run failed', { work, code, crm: known ? (error.details as Partial<CrmOf> | undefined)?.crm : undefined, exit: known ? error.exit : EXIT.failed });
      failure = { work, code, message: known ? error.message : 'an unexpected fault', remedy: known ? error.remedy : 'Look at the log.', at: clock() };
      if (isLocked) later(parts.retryMs ?? RETRY_MS, () => turns.ask(work));
      // No later tick makes up for a digest; one that has gone out meanwhile does not go again.
      else if (work === 'weekly' || work === 'review') later(parts.digestRetryMs ?? DIGEST_RETRY_MS, () => turns.ask(work));
    },
  });

  /** The rollback that is begun now: the one asked for first. */
  function nextRollback(): RollbackState | null {
    const next = rollbacks.findLast((each) => each.state === 'waiting');
    if (next === undefined) throw new ConcordError({ code: 'unexpected', message: 'no rollback waits', remedy: 'Ask for it again.', exit: EXIT.failed });
    next.state = 'under_way';
    return { ...next };
  }

  /** How the rollback under way went; the next one that waits has its turn. */
  function mark(state: RollbackState['state'], more: Partial<RollbackState>): void {
    rollbacks = rollbacks.map((each) => (each.state === 'under_way' ? { ...each, ...more, state } : each));
    if (state !== 'waiting' && rollbacks.some((each) => each.state === 'waiting')) turns.ask('rollback');
  }

  function later(ms: number, then: () => void): void {
    if (stopping) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      then();
    }, ms);
    timer.unref();
    timers.add(timer);
  }

  function took(work: Work, worked: Worked): void {
    if (work === 'sync' || work === 'full' || work === 'allowed' || failure?.work === work || failure?.code === 'locked') failure = null;
    if (worked.summary !== null) parts.onRun?.(work, worked.summary);
    if (worked.summary !== null) log.info('a run ended', { work, run: worked.summary.run, status: worked.outcome });
    // A rollback over the limits is told on its own page, to whoever asked for it.
    if (worked.outcome === 'stopped' && work !== 'rollback') {
      log.error('the guard stopped a run: a person is to look at its plan', { work, run: worked.summary?.run, limits: worked.summary?.stopped_by?.map((finding) => finding.limit), adoption: worked.summary?.adoption });
      failure = { work, code: 'guard', message: worked.summary?.adoption === true ? 'these CRMs are not adopted yet: the first run takes a person’s yes' : 'the guard stopped the run', remedy: 'Look at concord plan, then concord sync --allow-large-change.', at: clock() };
    }
    if (worked.outcome === 'too_much') log.warn('more has changed in Salesforce than a pass reads: the next run takes it');
    // Events that a failed pass left behind.
    if (work === 'sync' || work === 'full' || work === 'allowed') turns.ask('targeted');
    if (worked.agreement !== agreement.hash) void follow();
  }

  /** The agreement was edited and a run was done under it: its schedule and its limits count from now on. */
  async function follow(): Promise<void> {
    try {
      agreement = parts.reread();
      log.warn('the agreement has changed: its schedule counts from now on');
      await ticks?.stop();
      if (sendsWeekly()) await weeklySince(store, clock());
      if (!stopping) schedule();
    } catch {
      log.warn('the agreement cannot be read any more: the one before stands');
    }
  }

  function schedule(): void {
    const { sync, full, weekly } = agreement.settings.schedule;
    const [hour, minute] = agreement.settings.notifications.digest_at.split(':').map(Number) as [number, number];
    ticks = startTicks(
      [
        { name: 'full', line: full, due: () => turns.ask('full') },
        // A run that is still going does this one's work; after a pass it has its turn.
        { name: 'sync', line: sync, due: () => (turns.underWay === 'sync' || turns.underWay === 'full' || turns.underWay === 'allowed' ? undefined : turns.ask('sync')) },
        ...(sendsWeekly() ? [{ name: 'weekly', line: weekly, due: () => turns.ask('weekly') }] : []),
        // Whether it is due is looked at once a day; "24:00" is the next day's beginning.
        ...(sendsReview() ? [{ name: 'review', line: `${minute} ${hour % 24} * * *`, due: () => turns.ask('review') }] : []),
      ],
      agreement.settings.company.time_zone,
      clock,
    );
    if (feedback !== null) clearInterval(feedback);
    feedback = null;
    if (agreement.feedbackMs !== null) feedback = setInterval(() => (turns.idle ? turns.ask('feedback') : undefined), agreement.feedbackMs);
  }

  const sendsWeekly = (): boolean => agreement.settings.notifications.weekly_digest.length > 0;
  const sendsReview = (): boolean => agreement.settings.notifications.review_pack.length > 0;

  async function checkStale(): Promise<void> {
    const state = await freshness(store, agreement.staleAfterMs, startedAt, clock());
    if (!state.stale || !(await announceStale(store, clock()))) return;
    log.error('the last good run is too long ago', { age_seconds: Math.round(state.ageMs / 1000), last_good_run: state.lastGood?.run ?? null });
    await parts.onStale(state);
  }

  return {
    async start() {
      const { sync, full, weekly } = agreement.settings.schedule;
      const timeZone = agreement.settings.company.time_zone;
      const now = clock();
      const good = await lastGoodRun(store);
      const audited = await lastFullRun(store);
      if (good !== null && wasMissed(full, timeZone, audited?.at ?? null, now)) turns.ask('full');
      else if (wasMissed(sync, timeZone, good?.at ?? null, now)) turns.ask('sync');
      else if ((await store.inboxLength()) > 0) turns.ask('targeted');
      if (sendsWeekly() && wasMissed(weekly, timeZone, await weeklySince(store, now), now)) turns.ask('weekly');
      if (sendsReview()) turns.ask('review');
      schedule();
      parts.onWorked?.();
      const watch = setInterval(() => void checkStale().catch(() => log.error('the store does not answer')), STALE_CHECK_MS);
      watch.unref();
      timers.add(watch);
    },
    ask: {
      targeted() {
        if (gathering || stopping) return;
        gathering = true;
        later(parts.gatherMs ?? GATHER_MS, () => {
          gathering = false;
          turns.ask('targeted');
        });
      },
      run: (full) => turns.ask(full ? 'full' : 'sync'),
      allowed(portion) {
        allowedPortion = portion;
        turns.ask('allowed');
      },
      rollback(wish) {
        if (stopping) return;
        rollbacks = [{ ...wish, state: 'waiting' as const, by: null, problem: null }, ...rollbacks].slice(0, ROLLBACKS);
        turns.ask('rollback');
      },
    },
    status: () => ({ startedAt, underWay: turns.underWay, progress: turns.underWay === null ? null : runner.progress, rollbacks, next: ticks?.next()?.getTime() ?? null, failure, stopping }),
    get agreement() {
      return agreement;
    },
    checkStale,
    async stop() {
      stopping = true;
      for (const timer of timers) clearTimeout(timer);
      if (feedback !== null) clearInterval(feedback);
      await ticks?.stop();
      const ended = turns.stop();
      await runner.stop();
      await ended;
    },
  };
}

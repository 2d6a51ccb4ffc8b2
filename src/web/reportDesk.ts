import { DateTime } from 'luxon';
import type { CompiledAgreement } from '../agreement/compile';
import { ConcordError, EXIT } from '../domain/problem';
import type { EpochMs } from '../domain/record';
import type { ExportPage, ExportTable } from '../report/export';
import { definitionOf, figureOf, REPORTS, type BehindPage, type ReportRequest } from '../report/make';
import type { Cell, Report } from '../report/model';
import type { FilterValues } from '../report/values';
import type { ReportAnswers, ReportTask } from '../run/reportTasks';
import type { MadeReport } from '../run/reports';
import type { ReportState, Store } from '../store/port';

/*
 * Where the server's reports come from: others count, so that pages and webhooks never wait for it. What was counted is kept for
 * as long as it is true, and the reports that everybody opens are counted anew as soon as a run has changed something, before somebody asks.
 */

/** Who counts: elsewhere than in the server's own thread. */
export interface ReportMaker {
  /** Throws ConcordError of the task, `report_timeout`, or `reporter_lost`. */
  do<T extends ReportTask>(task: T): Promise<ReportAnswers[T['do']]>;
  /** How many tasks it does at once. */
  readonly size: number;
  close(): Promise<void>;
}

export interface KnownReport {
  report: Report;
  /** Something has changed since its as-of time: a newer one is being made. */
  newer: boolean;
}

export interface Asked {
  /** Wait for one that counts everything known. */
  fresh?: boolean;
  /** Aborted when nobody waits any more. */
  signal?: AbortSignal;
}

export interface ReportDesk {
  /** Throws ConcordError of `makeReport`, `reports_busy`, `report_timeout`, `reporter_lost`. */
  report(name: string, request: ReportRequest, asked?: Asked): Promise<KnownReport>;
  /** A page of those whom a figure counts; throws `unknown_figure` as well. */
  people(name: string, request: ReportRequest, figure: string, after: string | null, limit: number, asked?: Asked): Promise<{ report: Report; cell: Cell } & BehindPage>;
  exportPage(table: ExportTable, after: string | null, limit: number, personal: boolean, asked?: Asked): Promise<ExportPage>;
  /** What a filter can be given: as counted last, while what has changed since is counted anew; null: not counted yet. Never waits. */
  values(): Promise<FilterValues | null>;
  /** A run is over: the reports that are kept are counted anew where something has changed, or where their as-of time has become old. Returns at once. */
  refill(): void;
  /** Resolves when no refill is under way. */
  filled(): Promise<void>;
  close(): Promise<void>;
}

export interface DeskParts {
  store: Pick<Store, 'reportState'>;
  maker: ReportMaker;
  agreement: () => CompiledAgreement;
  clock: () => EpochMs;
  log: { warn(message: string, fields?: Record<string, unknown>): void };
}

/** The clock alone changes figures (overdue, matured): an older report is not shown any more, whatever else has changed. */
const MAX_AGE_MS = 15 * 60_000;
/** After a run, what is older than this is counted anew even where nothing has changed. */
const REFRESH_MS = 5 * 60_000;
/** A division that nobody asked for in so long is not counted anew by itself. */
const ASKED_MS = 24 * 60 * 60_000;
const KEPT = 64;
/** More than this waiting are refused. */
const WAITING = 32;

/** An older one is not even shown while a newer one is being counted. */
const STALE_MS = 24 * 60 * 60_000;

interface Kept extends MadeReport {
  /** The agreement that it was counted by: under another it says nothing. */
  agreement: string;
  /** The local day, which the default period depends on. */
  day: string;
  /** Of a default request; null: of another one. */
  standing: { name: string; request: ReportRequest } | null;
  askedAt: EpochMs;
}

export function createReportDesk({ store, maker, agreement, clock, log }: DeskParts): ReportDesk {
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, { made: Promise<Kept>; waiting: number }>();
  const lanes = createLanes(maker.size);
  let offered: { stamp: string; values: FilterValues } | null = null;
  let wanted = false;
  let filling: Promise<void> | null = null;
  let closed = false;

  const termsNow = (): Pick<Kept, 'agreement' | 'day'> => {
    const { hash, language, timeZone } = agreement();
    return { agreement: `${hash} ${language}`, day: DateTime.fromMillis(clock(), { zone: timeZone }).toISODate() ?? '' };
  };
  const keep = (key: string, found: Kept): void => {
    kept.delete(key);
    kept.set(key, found);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
  };
  /** It says what would be counted now, but for what the clock alone changes. */
  const isTrue = (found: Kept, state: ReportState): boolean => found.stamp === state.stamp && state.waiting === 0 && found.day === termsNow().day;

  /** Made once, however many ask for it at the same time. */
  async function make(key: string, name: string, request: ReportRequest, background: boolean, signal?: AbortSignal): Promise<Kept> {
    let one = underWay.get(key);
    if (one === undefined) {
      const terms = termsNow();
      const fresh = { made: Promise.resolve() as unknown as Promise<Kept>, waiting: background ? 0 : 1 };
      fresh.made = lanes
        .take(() => maker.do({ do: 'make', name, request, now: clock() }), background, () => background || fresh.waiting > 0)
        .then((made) => {
          const before = kept.get(key);
          const found: Kept = { ...made, ...terms, standing: isDefault(request) ? { name, request } : null, askedAt: background ? (before?.askedAt ?? 0) : clock() };
          keep(key, found);
          return found;
        })
        .finally(() => underWay.delete(key));
      underWay.set(key, fresh);
      // Whoever asked may have gone.
      fresh.made.catch(() => undefined);
      one = fresh;
    } else if (!background) {
      one.waiting += 1;
      lanes.hurry();
    }
    if (background) return one.made;
    const mine = one;
    const gone = (): void => void (mine.waiting -= 1);
    signal?.addEventListener('abort', gone, { once: true });
    try {
      return await mine.made;
    } finally {
      signal?.removeEventListener('abort', gone);
    }
  }

  function refill(): void {
    wanted = true;
    if (closed) return;
    filling ??= fill().finally(() => (filling = null));
  }

  /** The undivided reports and what their pages draw by weeks, in the agreement's language, always; divided or translated ones that somebody asked for lately. */
  function standing(): { name: string; request: ReportRequest }[] {
    const lately = [...kept.values()].flatMap((each) => (each.standing !== null && (each.standing.request.by !== undefined || each.standing.request.language !== undefined) && clock() - each.askedAt < ASKED_MS ? [each.standing] : []));
    const always = REPORTS.flatMap(({ id, trend }) => [{ name: id, request: {} }, ...(trend === undefined ? [] : [{ name: id, request: { by: 'week' } }])]);
    const isAlways = (one: (typeof lately)[number]): boolean => one.request.by === 'week' && one.request.language === undefined && definitionOf(one.name).trend !== undefined;
    return [...always, ...lately.filter((one) => !isAlways(one))];
  }

  async function fill(): Promise<void> {
    while (wanted && !closed) {
      wanted = false;
      await fillValues();
      for (const { name, request } of standing()) {
        if (closed) return;
        const key = keyOf(name, request);
        try {
          const found = kept.get(key);
          if (found !== undefined && found.agreement === termsNow().agreement && isTrue(found, await store.reportState()) && clock() - found.report.asOf < REFRESH_MS) continue;
          await make(key, name, request, true);
        } catch (error) {
          if (closed) return;
          log.warn('a report could not be counted anew', { report: name, code: error instanceof ConcordError ? error.code : 'unexpected' });
        }
      }
    }
  }

  /** After the reports’ facts have changed; a filter without suggestions still works. */
  async function fillValues(): Promise<void> {
    try {
      const { stamp } = await store.reportState();
      if (offered?.stamp === stamp) return;
      offered = { stamp, values: await lanes.take(() => maker.do({ do: 'values' }), true, () => true) };
    } catch (error) {
      if (!closed) log.warn('what filters can be given could not be counted', { code: error instanceof ConcordError ? error.code : 'unexpected' });
    }
  }

  async function report(name: string, { language, ...wish }: ReportRequest, { fresh = false, signal }: Asked = {}): Promise<KnownReport> {
    definitionOf(name);
    const request = language === undefined || language === agreement().language ? wish : { ...wish, language };
    const key = keyOf(name, request);
    const found = kept.get(key);
    if (found !== undefined && found.agreement === termsNow().agreement) {
      found.askedAt = clock();
      keep(key, found);
      const age = clock() - found.report.asOf;
      if (age <= MAX_AGE_MS && isTrue(found, await store.reportState())) return { report: found.report, newer: false };
      // Nobody waits for what is being counted anew anyway: after a run, and while the day changes, the last one is shown as old as it is.
      if (!fresh && found.standing !== null && (age <= MAX_AGE_MS || (filling !== null && age <= STALE_MS))) {
        refill();
        return { report: found.report, newer: true };
      }
    }
    return { report: (await make(key, name, request, false, signal)).report, newer: false };
  }

  return {
    report,
    async people(name, request, figure, after, limit, asked = {}) {
      const { report: made } = await report(name, request, asked);
      const cell = figureOf(made, figure);
      const { behind } = cell;
      if (behind === undefined) throw new TypeError('a figure was found that lists nobody');
      return { report: made, cell, ...(await lanes.take(() => maker.do({ do: 'behind', behind, after, limit }), false, () => asked.signal?.aborted !== true)) };
    },
    exportPage: (table, after, limit, personal, asked = {}) => lanes.take(() => maker.do({ do: 'export', table, after, limit, personal }), false, () => asked.signal?.aborted !== true),
    async values() {
      if (offered?.stamp !== (await store.reportState()).stamp) refill();
      return offered?.values ?? null;
    },
    refill,
    filled: () => filling ?? Promise.resolve(),
    async close() {
      closed = true;
      lanes.close();
      await maker.close();
      await filling;
    },
  };
}

/** The default period and nobody left out. */
function isDefault({ from, to, filters }: ReportRequest): boolean {
  return from === undefined && to === undefined && Object.values(filters ?? {}).every((value) => value === undefined);
}

function keyOf(name: string, { language, from, to, by, filters = {} }: ReportRequest): string {
  return JSON.stringify([name, language ?? null, from ?? null, to ?? null, by ?? null, Object.entries(filters).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

interface Lanes {
  /** `wanted`: asked when its turn comes; what nobody wants any more is not begun. */
  take<T>(work: () => Promise<T>, background: boolean, wanted: () => boolean): Promise<T>;
  /** Somebody waits now for what is done in the background. */
  hurry(): void;
  close(): void;
}

/** So many works at once; those that somebody waits for first, the others one at a time. */
function createLanes(size: number): Lanes {
  interface Turn {
    begin: () => Promise<void>;
    giveUp: (error: ConcordError) => void;
  }
  const waiting: Turn[] = [];
  const background: Turn[] = [];
  let busy = 0;
  let inBackground = 0;
  let open = true;

  function go(): void {
    while (busy < size) {
      const mine = waiting.shift();
      const turn = mine ?? (inBackground === 0 ? background.shift() : undefined);
      if (turn === undefined) return;
      const isBackground = mine === undefined;
      busy += 1;
      if (isBackground) inBackground += 1;
      void turn.begin().finally(() => {
        busy -= 1;
        if (isBackground) inBackground -= 1;
        go();
      });
    }
  }

  return {
    take<T>(work: () => Promise<T>, isBackground: boolean, wanted: () => boolean) {
      return new Promise<T>((done, failed) => {
        if (!open) return failed(stopping());
        if (!isBackground && waiting.length >= WAITING) return failed(new ConcordError({ code: 'reports_busy', message: 'too many reports are being counted', remedy: 'Try again in a few seconds.', exit: EXIT.failed }));
        const begin = async (): Promise<void> => {
          if (!wanted()) return failed(new ConcordError({ code: 'interrupted', message: 'nobody waits for it any more', remedy: 'Ask again.', exit: EXIT.failed }));
          await work().then(done, failed);
        };
        (isBackground ? background : waiting).push({ begin, giveUp: failed });
        go();
      });
    },
    hurry() {
      waiting.unshift(...background.splice(0));
      go();
    },
    close() {
      open = false;
      for (const turn of [...waiting.splice(0), ...background.splice(0)]) turn.giveUp(stopping());
    },
  };
}

function stopping(): ConcordError {
  return new ConcordError({ code: 'interrupted', message: 'the server is stopping', remedy: 'Start it again.', exit: EXIT.failed });
}

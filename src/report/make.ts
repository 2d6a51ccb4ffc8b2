import { DateTime } from 'luxon';
import type { CompiledAgreement } from '../agreement/compile';
import type { Language } from '../agreement/schema';
import { ConcordError, EXIT } from '../domain/problem';
import type { EpochMs } from '../domain/record';
import type { BehindRow, Test } from '../domain/report';
import type { Store, StoreReader } from '../store/port';
import { all, isValue } from './groups';
import { DIMENSIONS, type Behind, type By, type Cell, type Dimension, type Listed, type Period, type Report, type ReportContext, type ReportDefinition } from './model';
import { rangeOf } from './pace';
import { alignment } from './reports/alignment';
import { attribution } from './reports/attribution';
import { debt, opportunitiesOfNobody, refusedRecords } from './reports/debt';
import { forecast } from './reports/forecast';
import { funnel } from './reports/funnel';
import { goals } from './reports/goals';
import { parity } from './reports/parity';
import { rejections } from './reports/rejections';
import { sla } from './reports/sla';
import { sources } from './reports/sources';
import { velocity } from './reports/velocity';
import { sayIn, type TextKey } from './texts';
import { windowsOf } from './windows';

/* One implementation of every report, for the terminal, JSON, CSV, pages and digests. */

export const REPORTS: readonly ReportDefinition[] = [parity, funnel, rejections, sla, velocity, sources, attribution, goals, forecast, alignment, debt];

export interface ReportRequest {
  /** Local dates, both included. */
  from?: string | undefined;
  to?: string | undefined;
  by?: string | undefined;
  filters?: Partial<Record<Dimension, string>>;
  /** In which it is told; the agreement's unless told otherwise. */
  language?: Language;
}

/** Months that a report looks back over unless told otherwise, this one included; days that a forecast looks ahead. */
const MONTHS = 6;
const DAYS = 90;

function usage(message: string, where: string, remedy: string): ConcordError {
  return new ConcordError({ code: 'bad_usage', message, where, remedy, exit: EXIT.usage });
}

/** The report's definition. Throws ConcordError `unknown_report` (exit 2). */
export function definitionOf(name: string): ReportDefinition {
  const found = REPORTS.find((report) => report.id === name);
  if (found === undefined) throw new ConcordError({ code: 'unknown_report', message: `there is no report ${name}`, where: name, remedy: `There are: ${REPORTS.map((report) => report.id).join(', ')}.`, exit: EXIT.usage });
  return found;
}

/**
 * The period of a request, in the company's time zone. `flag`: where both dates were written, if not as --from and --to. Throws ConcordError `bad_usage`
 * (exit 2) for dates that do not exist or are the wrong way round.
 */
export function periodOf(kind: ReportDefinition['period'], { from, to }: ReportRequest, now: EpochMs, timeZone: string, flag?: string): Period {
  const today = DateTime.fromMillis(now, { zone: timeZone }).startOf('day');
  const date = (text: string | undefined, where: string, fallback: DateTime): DateTime => {
    if (text === undefined) return fallback;
    const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? DateTime.fromISO(text, { zone: timeZone }) : null;
    if (day === null || !day.isValid) throw usage(`“${text}” is not a date`, flag ?? where, 'Write a date that exists, for example 2026-01-31.');
    return day;
  };
  const last = date(to, '--to', kind === 'future' ? (from === undefined ? today : date(from, '--from', today)).plus({ days: DAYS - 1 }) : today);
  const first = date(from, '--from', kind === 'future' ? today : last.startOf('month').minus({ months: MONTHS - 1 }));
  if (last < first) throw usage(`the period ends on ${last.toISODate() ?? ''}, before it begins on ${first.toISODate() ?? ''}`, flag ?? '--from, --to', flag === undefined ? 'Write the earlier date as --from.' : 'Write the earlier date first.');
  const [fromDate, toDate] = [first.toISODate() ?? '', last.toISODate() ?? ''];
  return { from: fromDate, to: toDate, ...rangeOf(fromDate, toDate, timeZone) };
}

/** The context of a request: what was asked for, checked. */
async function contextOf(store: Store, agreement: CompiledAgreement, now: EpochMs, definition: ReportDefinition, request: ReportRequest): Promise<ReportContext> {
  const language = request.language ?? agreement.language;
  const say = sayIn(language);
  if (request.by !== undefined && !(definition.by as readonly string[]).includes(request.by)) {
    throw usage(`the report ${definition.id} cannot be divided by ${request.by}`, '--by', definition.by.length === 0 ? 'Leave --by away.' : `It can be by ${definition.by.join(', ')}.`);
  }
  if (definition.period === null && (request.from !== undefined || request.to !== undefined)) {
    throw usage(`the report ${definition.id} has no period: it is about now, or about terms of its own`, '--from, --to', 'Leave both away.');
  }
  if (definition.whole === true && Object.values(request.filters ?? {}).some((value) => value !== undefined)) {
    throw usage(`the report ${definition.id} is about everybody: nobody can be left out`, DIMENSIONS.map((dimension) => `--${dimension}`).join(', '), 'Leave the filters away.');
  }
  const owners = await store.ownerNames();
  const filters = request.filters ?? {};
  const only: Test[] = [];
  for (const dimension of DIMENSIONS) {
    const value = filters[dimension];
    if (value === undefined) continue;
    const ids = dimension === 'owner' ? [...owners].filter(([id, name]) => id === value || name.toLowerCase() === value.toLowerCase()).map(([id]) => id) : [];
    only.push(ids.length > 0 ? { column: 'owner', in: ids } : isValue(dimension, value));
  }
  const period = periodOf(definition.period, request, now, agreement.timeZone);
  return { reader: store, agreement, now, period, by: (request.by ?? null) as By | null, filters, only: all(...only), windows: await windowsOf(store, agreement, now), owners, language, say };
}

/** Makes a report. The facts must be fresh (run/reports.ts sees to that). */
export async function makeReport(store: Store, agreement: CompiledAgreement, now: EpochMs, name: string, request: ReportRequest = {}): Promise<Report> {
  const definition = definitionOf(name);
  const context = await contextOf(store, agreement, now, definition, request);
  const { population, sections } = await definition.build(context);
  return {
    report: name,
    title: context.say(name as TextKey),
    asOf: now,
    timeZone: agreement.timeZone,
    language: context.language,
    agreement: agreement.hash,
    population,
    period: definition.period === null ? null : { from: context.period.from, to: context.period.to },
    filters: context.filters,
    by: context.by,
    currency: agreement.settings.company.currency,
    sections,
  };
}

/** The name by which a figure's people are asked for. */
export function figureId(section: string, row: string, column: string): string {
  return `${section}.${row}.${column}`;
}

/** A figure by its name. Throws ConcordError `unknown_figure` (exit 2) with names that exist. */
export function figureOf(report: Report, id: string): Cell {
  const listed: string[] = [];
  for (const section of report.sections)
    for (const row of section.rows)
      for (const [column, cell] of Object.entries(row.cells)) {
        if (cell.behind === undefined) continue;
        const name = figureId(section.id, row.id, column);
        if (name === id) return cell;
        listed.push(name);
      }
  throw new ConcordError({ code: 'unknown_figure', message: `the report ${report.report} has no people behind “${id}”`, where: '--people', remedy: listed.length === 0 ? 'It has no figure with people.' : `It has, for example: ${listed.slice(0, 8).join(', ')}. --json names each under “people”.`, exit: EXIT.usage });
}

const PAGE = 1_000;

export interface BehindPage {
  rows: BehindRow[];
  /** What the next page continues after. Null: this is the last one. */
  next: string | null;
}

/** A page of those whom a figure counts, by key. */
export async function pageBehind(store: StoreReader, behind: Listed, after: string | null, limit: number): Promise<BehindPage> {
  if (behind === 'dead_letters') return refusedRecords(store, after, limit);
  if (behind === 'orphans') return opportunitiesOfNobody(store, after, limit);
  return isList(behind) ? pageOfLists(store, behind, after, limit) : store.reportBehind(behind.of, behind.where, after, limit);
}

function isList(behind: Behind | readonly Behind[]): behind is readonly Behind[] {
  return Array.isArray(behind);
}

/** One list after the other; a page ends with its list. `after`: the list's place and where in it, parted by a colon. */
async function pageOfLists(store: StoreReader, lists: readonly Behind[], after: string | null, limit: number): Promise<BehindPage> {
  const colon = after?.indexOf(':') ?? -1;
  let place = after === null ? 0 : Number(after.slice(0, colon));
  let within = after === null || after.length === colon + 1 ? null : after.slice(colon + 1);
  for (let list = lists[place]; list !== undefined; list = lists[place]) {
    const { rows, next } = await store.reportBehind(list.of, list.where, within, limit);
    if (next !== null) return { rows, next: `${place}:${next}` };
    place += 1;
    within = null;
    if (rows.length > 0) return { rows, next: place < lists.length ? `${place}:` : null };
  }
  return { rows: [], next: null };
}

/** Whom a figure counts, a page at a time. */
export async function* peopleBehind(store: StoreReader, cell: Cell): AsyncGenerator<BehindRow[]> {
  if (cell.behind === undefined) return;
  for (let after: string | null = null; ; ) {
    const page: BehindPage = await pageBehind(store, cell.behind, after, PAGE);
    if (page.rows.length > 0) yield page.rows;
    if (page.next === null) return;
    after = page.next;
  }
}

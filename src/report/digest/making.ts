import { DateTime } from 'luxon';
import type { CompiledAgreement } from '../../agreement/compile';
import type { DigestCell, DigestPoint, DigestTable } from '../../domain/digest';
import type { EpochMs, RecordRef } from '../../domain/record';
import type { Store } from '../../store/port';
import { shown } from '../formats';
import { figureId, makeReport, type ReportRequest } from '../make';
import type { Cell, Column, Period, Report, Row, Section } from '../model';
import { sayIn, type Say } from '../texts';
import { sayDigest, type DigestSay } from './texts';

/*
 * What digests are put together from. Figures are never counted here: each is a cell of a report, by the report's own implementation, and says which.
 */

/** What the store remembers of joint reviews. */
export interface Reviews {
  /** When the last one was held; null: none is recorded. */
  heldAt: EpochMs | null;
  /** The agreement's settings then. Null: not kept. */
  settings: unknown;
  /** Since when one is waited for: the last one, or adoption. Null: neither. */
  since: EpochMs | null;
}

export interface Making {
  reader: Store;
  agreement: CompiledAgreement;
  now: EpochMs;
  period: Period;
  before: Period;
  reviews: Reviews;
  /** Of the dashboard, without trailing slash. Null: nobody told; then there are no links. */
  publicUrl: string | null;
  /** Where a CRM shows a record; null: nobody told. */
  recordUrl(ref: RecordRef): string | null;
  say: DigestSay;
  /** What reports say. */
  sayReport: Say;
  /** A report, made once for each request. */
  report(name: string, request?: ReportRequest): Promise<Report>;
}

export function startMaking(given: Omit<Making, 'say' | 'sayReport' | 'report'>): Making {
  const made = new Map<string, Promise<Report>>();
  const { reader, agreement, now } = given;
  return {
    ...given,
    say: sayDigest(agreement.language),
    sayReport: sayIn(agreement.language),
    report(name, request = {}) {
      const key = JSON.stringify([name, request]);
      const known = made.get(key) ?? makeReport(reader, agreement, now, name, request);
      made.set(key, known);
      return known;
    },
  };
}

export type Term = 'period' | 'before' | 'standard';

/** The request for the period, for the one before, or as the report is without a wish. */
export function asked(making: Making, term: Term, by?: string): ReportRequest {
  const period = term === 'standard' ? {} : { from: making[term].from, to: making[term].to };
  return { ...period, ...(by === undefined ? {} : { by }) };
}

/** A day as people read it. */
export function day(making: Pick<Making, 'agreement'>, at: EpochMs | string): string {
  const zone = { zone: making.agreement.timeZone };
  const moment = typeof at === 'string' ? DateTime.fromISO(at, zone) : DateTime.fromMillis(at, zone);
  return moment.setLocale(making.agreement.language).toLocaleString(DateTime.DATE_MED);
}

export function minute(making: Pick<Making, 'agreement'>, at: EpochMs): string {
  return DateTime.fromMillis(at, { zone: making.agreement.timeZone }).toFormat('yyyy-MM-dd HH:mm');
}

/** The columns' heads for a period and the one before. */
export function periodHeads(making: Making): { label: string; numeric: boolean }[] {
  const short = (date: string): string => DateTime.fromISO(date).setLocale(making.agreement.language).toLocaleString({ day: 'numeric', month: 'short' });
  return [making.period, making.before].map(({ from, to }) => ({ label: `${short(from)} – ${short(to)}`, numeric: true }));
}

export interface Found {
  report: Report;
  section: Section;
  row: Row;
  column: Column;
  cell: Cell;
}

/** A figure of a report. Null: the report does not have it. */
export function find(report: Report, sectionId: string, rowId: string, columnId: string): Found | null {
  const section = report.sections.find((each) => each.id === sectionId);
  const row = section?.rows.find((each) => each.id === rowId);
  const column = section?.columns.find((each) => each.id === columnId);
  const cell = row?.cells[columnId];
  return section === undefined || row === undefined || column === undefined || cell === undefined ? null : { report, section, row, column, cell };
}

export const NOTHING: DigestCell = { text: '–' };

/** As the report shows it, with its currency. */
export function cellOf(found: Found | null): DigestCell {
  if (found === null) return NOTHING;
  const { report, section, row, column, cell } = found;
  const text = shown(cell, column);
  return {
    text: column.kind === 'money' && cell.value !== null ? `${text} ${report.currency}` : text,
    ...(column.kind === 'text' ? {} : { figure: { report: report.report, id: figureId(section.id, row.id, column.id), by: report.by, period: report.period, value: cell.value } }),
  };
}

/** By how much a figure has changed; nothing where one of the two is unknown, or a share of too few. */
export function changeOf(making: Making, now: Found | null, before: Found | null): DigestCell {
  const [a, b] = [now?.cell, before?.cell];
  if (now === null || typeof a?.value !== 'number' || typeof b?.value !== 'number' || a.small === true || b.small === true) return NOTHING;
  const { kind } = now.column;
  if (kind === 'rate') return { text: differenceText(a.value - b.value, (size) => making.say('points', { n: (size * 100).toFixed(1) })) };
  const unit = kind === 'money' ? ` ${now.report.currency}` : '';
  return { text: differenceText(a.value - b.value, (size) => shown({ value: size }, { kind }) + unit) };
}

/** A difference with its sign. */
export function differenceText(difference: number, sizeText: (size: number) => string): string {
  return `${difference > 0 ? '+' : difference < 0 ? '−' : '±'}${sizeText(Math.abs(difference))}`;
}

/** Where figures are looked for: report, section, row, column. */
export type At = [report: string, section: string, row: string, column: string];

/** Figures of the period beside those of the one before. */
export async function compared(making: Making, id: string, items: { label: string; at: At; by?: string }[]): Promise<DigestTable> {
  const rows: DigestCell[][] = [];
  for (const { label, at: [name, section, row, column], by } of items) {
    const [now, before] = [find(await making.report(name, asked(making, 'period', by)), section, row, column), find(await making.report(name, asked(making, 'before', by)), section, row, column)];
    rows.push([{ text: label }, cellOf(now), cellOf(before), changeOf(making, now, before)]);
  }
  return { id, compares: true, columns: [{ label: making.say('what'), numeric: false }, ...periodHeads(making), { label: making.say('change'), numeric: true }], rows };
}

/** Rows of a report's section, some columns of them. */
export function listed(id: string, report: Report, sectionId: string, columnIds: readonly string[], rows: { only?: (row: Row) => boolean; top?: number; order?: (a: Row, b: Row) => number } = {}): DigestTable {
  const section = report.sections.find((each) => each.id === sectionId);
  const columns = columnIds.flatMap((name) => section?.columns.find((each) => each.id === name) ?? []);
  const found = (section?.rows ?? []).filter((row) => rows.only?.(row) ?? true);
  if (rows.order !== undefined) found.sort(rows.order);
  return {
    id,
    columns: columns.map((column) => ({ label: column.label, numeric: column.kind !== 'text' })),
    rows: found.slice(0, rows.top ?? found.length).map((row) => columns.map((column) => cellOf(section === undefined ? null : find(report, section.id, row.id, column.id)))),
  };
}

/** The number in a cell; 0 for none. */
export function numberIn(row: Row, column: string): number {
  const value = row.cells[column]?.value;
  return typeof value === 'number' ? value : 0;
}

/** Links to reports in the dashboard, with their period; none without its address. */
export function reportLinks({ publicUrl, say }: Making, ...reports: Report[]): DigestPoint['links'] {
  if (publicUrl === null) return [];
  return reports.map((report) => {
    const query = new URLSearchParams({ ...(report.period === null ? {} : report.period), ...(report.by === null ? {} : { by: report.by }) }).toString();
    return { label: say('report_link', { title: report.title }), url: `${publicUrl}/reports/${report.report}${query === '' ? '' : `?${query}`}` };
  });
}

/** A person by the id of a record, linked to their page. */
export function personCell({ publicUrl }: Making, personId: string, shownAs: string): DigestCell {
  return { text: shownAs, ...(publicUrl === null ? {} : { url: `${publicUrl}/people/${encodeURIComponent(personId)}` }) };
}

export function point(id: string, title: string, parts: Partial<Omit<DigestPoint, 'id' | 'title'>>): DigestPoint {
  const { lines = [], tables = [], links = [], blanks = [] } = parts;
  return { id, title, lines, tables: tables.filter((table) => table.rows.length > 0), links, blanks };
}

import { DateTime } from 'luxon';
import { UNKNOWN, type FactKey, type Facts, type GroupQuery, type GroupRow, type Test } from '../domain/report';
import type { By, Dimension, ReportContext } from './model';

export { UNKNOWN };

/* Groups that reports divide figures by, as keys of the store and as words. */

export interface Group {
  /** Ends a row's id: empty for the one group of an undivided report. */
  suffix: string;
  label: string;
  /** Holds for the group's facts. */
  test: Test;
  row: GroupRow;
}

/** The condition of a filter's value. */
export function isValue(column: Dimension | 'reason', value: string): Test {
  return value === UNKNOWN ? { column, known: false } : { column, in: [value] };
}

/** Whether a report is divided by spans of time. */
export function isSpan(by: By | null): by is 'month' | 'week' {
  return by === 'month' || by === 'week';
}

/** Months, or weeks from Monday on (ISO 8601), that the period touches, as local first moments; the last edge is not repeated. */
function spanEdges({ period, agreement }: ReportContext, by: 'month' | 'week'): { edges: number[]; labels: string[] } {
  const edges: number[] = [];
  const labels: string[] = [];
  for (let span = DateTime.fromISO(period.from, { zone: agreement.timeZone }).startOf(by); span.toMillis() < period.end; span = span.plus({ [by]: 1 })) {
    edges.push(span.toMillis());
    labels.push(span.toFormat(by === 'month' ? 'yyyy-MM' : "kkkk-'W'WW"));
  }
  return { edges, labels };
}

export interface Span {
  label: string;
  /** Holds for facts whose moment lies in it. */
  test: (column: string) => Test;
}

/** The span that a moment of the period lies in, of a report divided by spans; null of another. */
export function spanFinder(context: ReportContext): ((at: number) => Span) | null {
  if (!isSpan(context.by)) return null;
  const { edges, labels } = spanEdges(context, context.by);
  const spans = edges.map((_, place): Span => ({ label: labels[place] ?? '', test: testOf(edges, place) }));
  return (at) => spans[Math.max(0, edges.findLastIndex((edge) => edge <= at))] as Span;
}

function testOf(edges: readonly number[], place: number): (column: string) => Test {
  const next = edges[place + 1];
  return (column) => ({ column, from: edges[place] as number, ...(next === undefined ? {} : { before: next }) });
}

/** Counts by what the report is divided by; `at` is the column whose month or week counts when it is by those. */
export async function grouped(context: ReportContext, of: Facts, where: Test, counts: GroupQuery['counts'], sums: GroupQuery['sums'] = {}, at = 'mql_at', by: By | null = context.by, lists: GroupQuery['lists'] = {}): Promise<Group[]> {
  const { reader } = context;
  if (isSpan(by)) {
    const { edges, labels } = spanEdges(context, by);
    const rows = await reader.reportGroups({ of, where, by: { column: at, edges }, counts, sums, lists });
    return rows.map((row) => {
      const place = Number(row.key);
      return { suffix: `@${labels[place] ?? ''}`, label: labels[place] ?? '', test: testOf(edges, place)(at), row };
    });
  }
  const rows = await reader.reportGroups({ of, where, by: by === null ? null : { column: by }, counts, sums, lists });
  return rows.map((row) => {
    if (by === null) return { suffix: '', label: '', test: { all: [] }, row };
    const value = row.key === null ? UNKNOWN : String(row.key);
    return { suffix: `@${value}`, label: labelOf(context, by, row.key), test: isValue(by, value), row };
  });
}

/** What a value of a dimension is called. */
export function labelOf({ say, owners, agreement, language }: ReportContext, by: By, key: FactKey): string {
  if (key === null) return by === 'reason' ? say('no_reason') : say('unknown');
  const value = String(key);
  if (by === 'owner') return owners.get(value) ?? value;
  return by === 'reason' ? agreement.reasonLabel(value, language) : value;
}

export function all(...tests: Test[]): Test {
  return { all: tests };
}

/** In the report's period by this column. */
export function inPeriod({ period }: Pick<ReportContext, 'period'>, column: string): Test {
  return { column, from: period.start, before: period.end };
}

export const known = (column: string): Test => ({ column, known: true });
export const unknown = (column: string): Test => ({ column, known: false });

/** Ascending values of a column, or of the differences of two. */
export async function values({ reader }: Pick<ReportContext, 'reader'>, of: Facts, where: Test, value: string, minus?: string): Promise<number[]> {
  const [row] = await reader.reportLists({ of, where, lists: { values: { value, where: all(), ...(minus === undefined ? {} : { minus }) } } });
  return row?.lists['values'] ?? [];
}

import { DateTime } from 'luxon';
import type { FactKey, Facts, GroupQuery, GroupRow, Test } from '../domain/report';
import type { By, Dimension, ReportContext } from './model';

/* Groups that reports divide figures by, as keys of the store and as words. */

/** What `unknown` stands for in filters and row ids: no value. */
export const UNKNOWN = 'unknown';

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

/** Months that the period touches, as local first moments; the last edge is not repeated. */
export function monthEdges({ period, agreement }: ReportContext): { edges: number[]; labels: string[] } {
  const edges: number[] = [];
  const labels: string[] = [];
  for (let month = DateTime.fromISO(period.from, { zone: agreement.timeZone }).startOf('month'); month.toMillis() < period.end; month = month.plus({ months: 1 })) {
    edges.push(month.toMillis());
    labels.push(month.toFormat('yyyy-MM'));
  }
  return { edges, labels };
}

/** Counts by what the report is divided by; `at` is the column whose month counts when that is the month. */
export async function grouped(context: ReportContext, of: Facts, where: Test, counts: GroupQuery['counts'], sums: GroupQuery['sums'] = {}, at = 'mql_at', by: By | null = context.by, lists: GroupQuery['lists'] = {}): Promise<Group[]> {
  const { reader } = context;
  if (by === 'month') {
    const { edges, labels } = monthEdges(context);
    const rows = await reader.reportGroups({ of, where, by: { column: at, edges }, counts, sums, lists });
    return rows.map((row) => {
      const place = Number(row.key);
      const next = edges[place + 1];
      return { suffix: `@${labels[place] ?? ''}`, label: labels[place] ?? '', test: { column: at, from: edges[place] as number, ...(next === undefined ? {} : { before: next }) }, row };
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
export function labelOf({ say, owners, agreement }: ReportContext, by: By, key: FactKey): string {
  if (key === null) return by === 'reason' ? say('no_reason') : say('unknown');
  const value = String(key);
  if (by === 'owner') return owners.get(value) ?? value;
  return by === 'reason' ? agreement.reasonLabel(value) : value;
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

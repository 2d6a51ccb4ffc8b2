import type { CompiledAgreement } from '../agreement/compile';
import type { Language } from '../agreement/schema';
import type { EpochMs } from '../domain/record';
import type { Facts, Test } from '../domain/report';
import type { StoreReader } from '../store/port';
import type { Say } from './texts';

/** The version of the definitions: another one means that figures of the same name may differ. */
export const DEFINITIONS_VERSION = 1;

export const DIMENSIONS = ['source', 'campaign', 'owner', 'segment'] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export type By = Dimension | 'reason' | 'month' | 'week';

/** Whom a figure counts. */
export interface Behind {
  of: Facts;
  where: Test;
}

/** Lists that are no facts: opportunities that concern nobody (I7), and the records of writes that a CRM refused. */
export const APART = ['orphans', 'dead_letters'] as const;

/** Whom a figure is made of; of several kinds: one list after the other. */
export type Listed = Behind | (typeof APART)[number] | readonly Behind[];

/** One figure. `value` null: not measured or withheld, and `why` says so. */
export interface Cell {
  value: number | string | null;
  why?: string;
  /** Of a share: 0 to 1 with its 95 % interval. */
  hits?: number;
  of?: number;
  low?: number;
  high?: number;
  /** Fewer than 20 cases. */
  small?: boolean;
  behind?: Listed;
}

/** `days`, `hours`: durations; business time where the column's label says so. `money`: in the company's currency. */
export type ColumnKind = 'text' | 'count' | 'rate' | 'days' | 'hours' | 'money' | 'number';

export interface Column {
  id: string;
  label: string;
  kind: ColumnKind;
}

export interface Row {
  /** Unique within the section: letters, digits, dots, dashes; the group's value after `@`. */
  id: string;
  cells: Record<string, Cell>;
}

export interface Section {
  id: string;
  title: string;
  definition: string;
  columns: Column[];
  rows: Row[];
  notes: string[];
  /** What could not be measured, and why. */
  notMeasured: string[];
}

export interface Report {
  report: string;
  title: string;
  asOf: EpochMs;
  timeZone: string;
  language: Language;
  agreement: string;
  population: string;
  period: { from: string; to: string } | null;
  filters: Partial<Record<Dimension, string>>;
  by: By | null;
  currency: string;
  sections: Section[];
  /** People who have changed and are not counted in yet. Absent: none. */
  waiting?: number;
}

export interface Period {
  /** Local dates, both included. */
  from: string;
  to: string;
  start: EpochMs;
  /** The first moment after it. */
  end: EpochMs;
}

/** What a report is made from. */
export interface ReportContext {
  reader: StoreReader;
  agreement: CompiledAgreement;
  now: EpochMs;
  period: Period;
  by: By | null;
  filters: Partial<Record<Dimension, string>>;
  /** The filters as a condition on episodes and deals. */
  only: Test;
  /** How long a cohort is watched, by step, in milliseconds (windows.ts). */
  windows: Record<string, number>;
  owners: Map<string, string>;
  language: Language;
  say: Say;
}

export interface ReportDefinition {
  id: string;
  /** What `--by` may divide it by. */
  by: readonly By[];
  /** Which period it is about unless told otherwise: months that are over, or days to come. Null: it is about now, or has terms of its own. */
  period: 'past' | 'future' | null;
  /** What of its division by weeks shows how it goes: a section's column, of these rows or of those with most. */
  trend?: { section: string; column: string; rows?: readonly string[] };
  /** It is about everybody: nobody can be left out. */
  whole?: true;
  build(context: ReportContext): Promise<{ population: string; sections: Section[] }>;
}

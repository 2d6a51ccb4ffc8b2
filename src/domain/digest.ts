import type { EpochMs } from './record';

/*
 * Nouns of digests: the weekly numbers for both teams and the pack for their joint review. Plain text in the agreement's language; whoever lays it out
 * escapes it. A digest names no person whom the CRMs keep as a lead or contact, and repeats no note: mails are forwarded and kept where `forget` does not reach.
 */

export const DIGESTS = ['weekly', 'review'] as const;
export type DigestName = (typeof DIGESTS)[number];

/** A figure or a text. A figure says which report counts it, so that it can be asked for again: `concord report REPORT --from --to --by`. */
export interface DigestCell {
  /** As people read it. */
  text: string;
  /** A link behind the text. */
  url?: string;
  figure?: DigestFigure;
}

export interface DigestFigure {
  report: string;
  /** `section.row.column` of the report. */
  id: string;
  by: string | null;
  /** Local days, both included; null: the report is about now. */
  period: { from: string; to: string } | null;
  value: number | string | null;
}

export interface DigestTable {
  id: string;
  /** Four columns: what, the period's figure, the one before, the change. */
  compares?: true;
  columns: { label: string; numeric: boolean }[];
  rows: DigestCell[][];
}

/** A point of the agenda. */
export interface DigestPoint {
  id: string;
  title: string;
  lines: string[];
  tables: DigestTable[];
  links: { label: string; url: string }[];
  /** Room to write by hand: what each line is for. */
  blanks: string[];
}

export interface Digest {
  digest: DigestName;
  title: string;
  company: string;
  language: string;
  timeZone: string;
  asOf: EpochMs;
  /** The hash of the agreement that the figures were counted under. */
  agreement: string;
  currency: string;
  /** Local days, both included. */
  period: { from: string; to: string };
  /** What it is compared with: as many days just before. */
  before: { from: string; to: string };
  /** Of the period, the comparison and the moment, in words. */
  about: string[];
  points: DigestPoint[];
}

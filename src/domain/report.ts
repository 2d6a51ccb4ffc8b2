import type { EpochMs } from './record';

/*
 * The facts that reports count (design.md section 11). A run condenses each person it touched to a few narrow rows: one per pass from marketing to
 * sales (episode), one per opportunity that concerns the person (deal), one per recorded act (touch). Names are those of the tables' columns.
 * Moments are epoch milliseconds, yes/no is 1/0, money is in hundredths of the company's currency.
 */

/** One pass of a person: entry times, the handoff's answer, the clocks (business time in milliseconds). */
export interface EpisodeFact {
  person_id: string;
  /** 1, 2, …: the first also has what came before the first handoff. */
  cycle: number;
  /** The person's latest episode. */
  last: number;
  /** Found under way when Concord was installed (L7): without clocks. */
  adopted: number;
  in_scope: number;
  source: string | null;
  campaign: string | null;
  segment: string | null;
  owner: string | null;
  subscriber_at: EpochMs | null;
  lead_at: EpochMs | null;
  mql_at: EpochMs | null;
  sal_at: EpochMs | null;
  sql_at: EpochMs | null;
  opportunity_at: EpochMs | null;
  customer_at: EpochMs | null;
  /** Stages passed without being stood on (L9), as a sum of 2^place on the ladder: their times say nothing about speed. */
  skipped: number;
  /** When marketing handed the person over; null: never. */
  handed_at: EpochMs | null;
  carried_at: EpochMs | null;
  touch_due: EpochMs | null;
  touched_at: EpochMs | null;
  touch_ms: number | null;
  answer_due: EpochMs | null;
  answered_at: EpochMs | null;
  answer_ms: number | null;
  accepted_at: EpochMs | null;
  rejected_at: EpochMs | null;
  /** Null with `rejected_at`: rejected without a reason (F4). */
  reason: string | null;
  route: string | null;
  reason_due: EpochMs | null;
  reasoned_at: EpochMs | null;
  reason_ms: number | null;
  book_due: EpochMs | null;
  booked_at: EpochMs | null;
  book_ms: number | null;
  closed_at: EpochMs | null;
  closed_as: string | null;
  /** Since when the person left the way up (rejected, lost, closed); null: still on it. */
  left_at: EpochMs | null;
  /** Whether the handoff is out of the denominators: duplicates, spam and tests, wrong owner (domain.md C2). */
  excluded: number;
  /** Where the person stands now, on the latest episode only. */
  stage: string | null;
  stage_at: EpochMs | null;
  /** How many fields the handoff lacks (L6). */
  missing: number;
  /** How many of the promised fields it lacked when it was handed over (S4); null: nobody's delivery. */
  lacked: number | null;
  /** What the person's next episode reached: what recycling gave. */
  next_mql_at: EpochMs | null;
  next_sql_at: EpochMs | null;
}

/** One opportunity as it concerns one person. The one with the lowest `place` carries its money, which counts once (I7). */
export interface DealFact {
  opportunity_id: string;
  person_id: string;
  /** 0: the primary contact role; 1: another role; 2: inferred. */
  place: number;
  source: string | null;
  campaign: string | null;
  segment: string | null;
  owner: string | null;
  /** The source of the last recorded act before the opportunity was made. Null: none is recorded. */
  creating_source: string | null;
  /** Sources of the person's recorded acts up to the close, each once, joined and framed by `;`. Null: none. */
  influences: string | null;
  created_at: EpochMs;
  /** Local noon of its close date, once it is closed: money belongs to that day. */
  closed_at: EpochMs | null;
  /** The same of an open one: when it is expected to close. */
  close_on: EpochMs | null;
  won: number;
  lost: number;
  /** In hundredths of the company's currency, converted at the close date. Null: no amount, or no rate for its currency. */
  amount: number | null;
  currency: string | null;
  stage_name: string;
  /** 0 to 100, when the CRM told it. */
  probability: number | null;
  forecast_category: string | null;
}

/** One recorded act of a person: what attribution shares the credit among. */
export interface TouchFact {
  person_id: string;
  at: EpochMs;
  source: string | null;
  name: string | null;
}

export type Facts = 'episodes' | 'deals' | 'touches' | 'people';

export const EPISODE_COLUMNS = [
  'person_id', 'cycle', 'last', 'adopted', 'in_scope', 'source', 'campaign', 'segment', 'owner',
  'subscriber_at', 'lead_at', 'mql_at', 'sal_at', 'sql_at', 'opportunity_at', 'customer_at', 'skipped',
  'handed_at', 'carried_at', 'touch_due', 'touched_at', 'touch_ms', 'answer_due', 'answered_at', 'answer_ms',
  'accepted_at', 'rejected_at', 'reason', 'route', 'reason_due', 'reasoned_at', 'reason_ms', 'book_due', 'booked_at', 'book_ms',
  'closed_at', 'closed_as', 'left_at', 'excluded', 'stage', 'stage_at', 'missing', 'lacked', 'next_mql_at', 'next_sql_at',
] as const satisfies readonly (keyof EpisodeFact)[];

export const DEAL_COLUMNS = [
  'opportunity_id', 'person_id', 'place', 'source', 'campaign', 'segment', 'owner', 'creating_source', 'influences', 'created_at', 'closed_at', 'close_on', 'won', 'lost', 'amount', 'currency', 'stage_name', 'probability', 'forecast_category',
] as const satisfies readonly (keyof DealFact)[];

export const TOUCH_COLUMNS = ['person_id', 'at', 'source', 'name'] as const satisfies readonly (keyof TouchFact)[];

/** Of the people's own table, what data debt and parity look at. */
export const PERSON_COLUMNS = ['id', 'stage', 'stage_at', 'cycle', 'in_scope', 'missing', 'held', 'disagreement', 'hubspot_id', 'salesforce_id', 'shown_hubspot', 'shown_salesforce', 'notes'] as const;

export const FACT_COLUMNS: Record<Facts, readonly string[]> = { episodes: EPISODE_COLUMNS, deals: [...DEAL_COLUMNS, 'counting'], touches: TOUCH_COLUMNS, people: PERSON_COLUMNS };

/** From a day's local noon, as which money is dated, to the end of that day. */
export const HALF_DAY_MS = 43_200_000;

/** A condition on a fact's columns, as data: the same one counts a figure and lists the people behind it. */
export type Test =
  | { all: Test[] }
  | { any: Test[] }
  | { not: Test }
  | { column: string; known: boolean }
  | { column: string; in: readonly (string | number)[] }
  /** From the one moment (or number) on, before the other. */
  | { column: string; from?: number; before?: number }
  /** At most `plus` later than another column. */
  | { column: string; within: string; plus: number }
  /** Of deals: recorded acts led to them. */
  | { acts: ActsTest }
  /** A bit of a mask. */
  | { column: string; bit: number };

/**
 * Acts of anybody whom a deal concerns, up to the end of its close day: those in the middle are neither the first nor the last of them.
 */
export interface ActsTest {
  /** How long before that end they may lie, in milliseconds. Absent: however long. */
  within?: number;
  middle?: boolean;
  /** Of this source or name; `what`: the name, else the source. A value that is not known is called `unknown`. Absent: any. */
  of?: { column: 'source' | 'name' | 'what'; is: string };
}

/** What no value is called in filters, rows and conditions. */
export const UNKNOWN = 'unknown';

export type FactKey = string | number | null;

export interface GroupQuery {
  of: Facts;
  where: Test;
  /** Null: one group. `edges`: by ranges of a number, 0 for what lies before the second edge, and so on. */
  by: { column: string } | { column: string; edges: readonly number[] } | null;
  counts: Record<string, Test>;
  sums?: Record<string, { column: string; where: Test }>;
  /** As in a ListQuery: with the counts the facts are gone through once. */
  lists?: ListQuery['lists'];
}

export interface GroupRow {
  key: FactKey;
  counts: Record<string, number>;
  sums: Record<string, number>;
  /** Ascending. */
  lists: Record<string, number[]>;
}

/** Lists of a column's values, or of the differences of two; where one of them is unknown the row is left out. */
export interface ListQuery {
  of: Facts;
  where: Test;
  by?: string;
  lists: Record<string, { value: string; minus?: string; where: Test }>;
}

export interface BehindRow {
  personId: string;
  /** Of an episode; 0 otherwise. */
  cycle: number;
  opportunityId: string | null;
  hubspotId: string | null;
  salesforceId: string | null;
  stage: string | null;
  stageAt: EpochMs | null;
}


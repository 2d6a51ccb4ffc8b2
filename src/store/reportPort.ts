import type { MirrorRecord } from '../domain/record';
import type { BehindRow, DealFact, EpisodeFact, FactKey, GroupQuery, GroupRow, Test, TouchFact, ListQuery, Facts } from '../domain/report';

/** What a refresh writes about the people it looked at: all their facts; what they had before goes. */
export interface PersonFacts {
  personId: string;
  episodes: EpisodeFact[];
  deals: DealFact[];
  /** Added to those already recorded: an act stays recorded when the CRM forgets it. */
  touches: TouchFact[];
  /** The person was forgotten: their facts stay as they are. */
  keep?: true;
}

/** What reports would count, in a word that changes whenever it does. */
export interface ReportState {
  stamp: string;
  /** People whose facts are behind what is stored about them. */
  waiting: number;
}

export interface ReportReader {
  reportState(): Promise<ReportState>;
  /** Facts as they are kept, by key; `next` continues after the last one. For exports. */
  reportRows(of: Facts, after: string | null, limit: number): Promise<{ rows: Record<string, string | number | null>[]; next: string | null }>;
  /** People whose facts are behind what is stored about them, by id. */
  reportQueue(limit: number): Promise<string[]>;
  /** Episodes and touches as they were condensed last. */
  reportFacts(personIds: string[]): Promise<{ episodes: EpisodeFact[]; touches: TouchFact[] }>;
  /** Counts and sums of facts by group, ordered by key. */
  reportGroups(query: GroupQuery): Promise<GroupRow[]>;
  /** Lists in ascending order, by key where asked. */
  reportLists(query: ListQuery): Promise<{ key: FactKey; lists: Record<string, number[]> }[]>;
  /** How many facts share a key and the UTC days (since 1970) of some moments. */
  reportDays(of: Facts, where: Test, by: string, columns: readonly string[]): Promise<{ key: FactKey; days: (number | null)[]; n: number }[]>;
  /** Who is counted by a condition, by person and cycle (or opportunity). */
  reportBehind(of: Facts, where: Test, after: string | null, limit: number): Promise<{ rows: BehindRow[]; next: string | null }>;
  reportDeals(where: Test, after: string | null, limit: number): Promise<DealFact[]>;
  /** Recorded acts of everybody who has something to do with these opportunities, in their order. */
  reportTouchesOfDeals(opportunityIds: string[]): Promise<{ opportunityId: string; touch: TouchFact }[]>;
  ownerNames(): Promise<Map<string, string>>;
  /** Opportunities of the mirror that concern nobody (I7). */
  opportunitiesWithoutPeople(afterId: string | null, limit: number): Promise<MirrorRecord[]>;
}

export interface ReportWriter {
  /** Replaces the facts of these people and takes them off the queue. */
  putReportFacts(facts: PersonFacts[], owners: Map<string, string>): Promise<void>;
  /** By the ids that records carry. */
  putOwnerNames(names: Map<string, string>): Promise<void>;
  /** Puts everybody on the queue: what facts are made of has changed. */
  requeueReports(): Promise<void>;
}

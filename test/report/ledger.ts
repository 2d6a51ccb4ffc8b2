import { emptyState, type Handoff, type PersonState } from '../../src/domain/person';
import type { MirrorRecord } from '../../src/domain/record';
import { LADDER, type LadderStage, type Route, type StageId } from '../../src/domain/stage';
import { openStore } from '../../src/store';
import type { HandoffRow, PersonRow, Store, TransitionRow } from '../../src/store/port';
import { contact, handoff, person, salesforce, transition } from '../store/samples';

/*
 * A ledger as runs leave it, made from short tellings of passes: what the reports count. The rows go through the store's own doors; facts are condensed
 * from them like any others.
 */

/** One pass from marketing to sales. Moments are epoch milliseconds. */
export interface Told {
  entries: Partial<Record<LadderStage, number>>;
  /** Stages passed without being stood on. */
  skipped?: LadderStage[];
  handed?: number;
  carried?: number;
  adopted?: boolean;
  accepted?: number;
  rejected?: { at: number; reason: string | null; route: Route | null; counted?: boolean; reasonAt?: number };
  closed?: { at: number; as: 'won' | 'lost' | 'duplicate' | 'system' };
  owner?: string;
  /** The promised fields that it lacked at the handoff; none unless told. */
  lacks?: string[];
}

export interface ToldPerson {
  id: string;
  source?: string;
  country?: string;
  passes: Told[];
  missing?: string[];
  inScope?: boolean;
  deals?: { id: string; createdAt: number; closeDate: string; won?: boolean; lost?: boolean; amount?: number | null; currency?: string; probability?: number; category?: string; primary?: boolean }[];
  acts?: { first?: { at: number; name: string }; recent?: { at: number; name: string; source: string } };
}

function stageNow(passes: Told[]): { stage: StageId | null; at: number | null } {
  const last = passes.at(-1);
  if (last === undefined) return { stage: null, at: null };
  if (last.rejected !== undefined && last.rejected.counted !== false && last.rejected.route !== 'reroute') return { stage: last.rejected.route === 'disqualify' || last.rejected.route === 'suppress' ? 'disqualified' : 'recycled', at: last.rejected.at };
  if (last.closed?.as === 'lost') return { stage: 'lost', at: last.closed.at };
  const stage = [...LADDER].reverse().find((each) => passes.some((pass) => pass.entries[each] !== undefined)) ?? null;
  return { stage, at: stage === null ? null : Math.max(...passes.map((pass) => pass.entries[stage] ?? 0)) };
}

function handoffOf(id: string, cycle: number, told: Told): { row: HandoffRow; state: Handoff } | null {
  if (told.handed === undefined) return null;
  const { rejected } = told;
  const counted = rejected !== undefined && rejected.counted !== false && rejected.route !== 'reroute';
  const row = handoff(id, cycle, {
    openedAt: told.handed,
    adopted: told.adopted === true,
    carriedAt: told.adopted === true ? null : (told.carried ?? told.handed),
    acceptedAt: told.accepted ?? null,
    firstTouchAt: told.accepted ?? null,
    rejectedAt: rejected?.at ?? null,
    reason: rejected?.reason ?? null,
    route: rejected?.route ?? null,
    closedAt: told.closed?.at ?? (counted ? rejected.at : null),
    closedAs: told.closed?.as ?? (counted ? 'rejected' : null),
    ownerId: told.owner ?? null,
  });
  const state: Handoff = {
    cycle,
    openedAt: row.openedAt,
    adopted: row.adopted,
    why: '',
    carriedAt: row.carriedAt,
    firstTouchAt: row.firstTouchAt,
    acceptedAt: row.acceptedAt,
    rejection: rejected === undefined ? null : { at: rejected.at, crm: 'salesforce', record: `salesforce:lead:L${id}`, by: null, reason: rejected.reason, words: rejected.reason, note: null, detail: null, route: rejected.route, recycleOn: null, counted },
    closedAt: row.closedAt,
    closedAs: row.closedAs as Handoff['closedAs'],
    ownerId: row.ownerId,
    sla: null,
    slaDueAt: null,
    lacks: told.lacks ?? [],
  };
  return { row, state };
}

/** The rows of one person. */
export function rowsOf(told: ToldPerson): { person: PersonRow; transitions: TransitionRow[]; handoffs: HandoffRow[]; records: MirrorRecord[] } {
  const { id } = told;
  const made = told.passes.map((pass, index) => handoffOf(id, index + 1, pass));
  const handoffs = made.flatMap((each) => (each === null ? [] : [each]));
  const now = stageNow(told.passes);
  const state: PersonState = { ...emptyState(), adoptedAt: 0, stage: now.stage, stageAt: now.at, handoffs: handoffs.map((each) => each.state) };
  const transitions = told.passes.flatMap((pass, index) =>
    LADDER.flatMap((stage) => {
      const at = pass.entries[stage];
      return at === undefined ? [] : [transition(id, { from: null, to: stage, at, seenAt: at, cycle: index + 1, skipped: pass.skipped?.includes(stage) === true })];
    }),
  );
  const records: MirrorRecord[] = [
    contact(`H${id}`, {
      personId: id,
      fields: {
        email: `${id}@example.com`,
        hs_analytics_source: told.source ?? null,
        country: told.country ?? null,
        ...(told.acts?.first === undefined ? {} : { first_conversion_date: new Date(told.acts.first.at).toISOString(), first_conversion_event_name: told.acts.first.name }),
        ...(told.acts?.recent === undefined ? {} : { recent_conversion_date: new Date(told.acts.recent.at).toISOString(), recent_conversion_event_name: told.acts.recent.name, hs_latest_source: told.acts.recent.source }),
      },
      emails: [`${id}@example.com`],
    }),
  ];
  for (const { row } of handoffs) {
    const at = told.passes.find((pass) => pass.handed === row.openedAt)?.rejected?.reasonAt;
    if (at !== undefined) records.push(salesforce('lead', `L${id}`, { personId: id, fields: { Concord_Rejection_Reason__c: row.reason }, since: { Concord_Rejection_Reason__c: { at } } }));
  }
  if (told.deals !== undefined) {
    records.push(salesforce('contact', `C${id}`, { personId: id }));
    for (const deal of told.deals) {
      const closed = deal.won === true || deal.lost === true;
      records.push(
        salesforce('opportunity', deal.id, {
          createdAt: deal.createdAt,
          opportunity: {
            name: deal.id,
            accountId: null,
            stageName: 'x',
            isClosed: closed,
            isWon: deal.won === true,
            amount: deal.amount ?? null,
            currency: deal.currency ?? null,
            closeDate: deal.closeDate,
            type: null,
            ...(deal.probability === undefined ? {} : { probability: deal.probability }),
            ...(deal.category === undefined ? {} : { forecastCategory: deal.category }),
          },
        }),
        salesforce('role', `R${deal.id}${id}`, { role: { opportunityId: deal.id, contactId: `C${id}`, name: null, isPrimary: deal.primary !== false } }),
      );
    }
  }
  return {
    person: person(id, { hubspotId: `H${id}`, salesforceObject: told.deals === undefined ? null : 'contact', salesforceId: told.deals === undefined ? null : `C${id}`, stage: now.stage, stageAt: now.at, cycle: handoffs.length, inScope: told.inScope ?? true, missing: told.missing === undefined ? null : told.missing.join(';'), state }),
    transitions,
    handoffs: handoffs.map((each) => each.row),
    records,
  };
}

/** Puts people into the store as runs would. */
export async function tell(store: Store, people: readonly ToldPerson[]): Promise<void> {
  for (let from = 0; from < people.length; from += 500) {
    const rows = people.slice(from, from + 500).map(rowsOf);
    await store.transaction(null, async (tx) => {
      await tx.putRecords(rows.flatMap((each) => each.records));
      await tx.putPeople(rows.map((each) => each.person));
      await tx.addTransitions(rows.flatMap((each) => each.transitions));
      await tx.putHandoffs(rows.flatMap((each) => each.handoffs));
    });
  }
}

/** An empty store in memory, filled. */
export async function storeOf(people: readonly ToldPerson[]): Promise<Store> {
  const store = await openStore('sqlite::memory:');
  await tell(store, people);
  return store;
}

import { DateTime } from 'luxon';
import type { CompiledAgreement } from '../agreement/compile';
import type { Calendar } from '../agreement/calendar';
import type { Duration } from '../agreement/duration';
import { counts } from '../core/decide/context';
import { calendarOf, type Clock } from '../core/decide/rules/sla';
import { lackedAtHandoff } from '../core/measure/delivery';
import type { Handoff, OpportunityEvidence, PersonEvidence, PersonState } from '../domain/person';
import { refKey, type EpochMs, type MirrorRecord, type Value } from '../domain/record';
import { HALF_DAY_MS, type DealFact, type EpisodeFact, type TouchFact } from '../domain/report';
import { LADDER, isOffRamp, isStageId, type LadderStage } from '../domain/stage';
import type { HandoffRow, PersonRow, TransitionRow } from '../store/port';
import type { PersonFacts } from '../store/reportPort';

/** Everything about one person that facts are made of. */
export interface FactSources {
  person: PersonRow;
  transitions: TransitionRow[];
  handoffs: HandoffRow[];
  evidence: PersonEvidence;
  /** As condensed last: what the CRMs no longer show stays recorded. */
  known: { episodes: EpisodeFact[]; touches: TouchFact[] };
}

/** The number of what the facts are made of: another one makes them anew. */
export const FACTS_VERSION = 3;

/** Of two ladder stages' bits, each its own: 2^place. */
export function stageBit(stage: LadderStage): number {
  return 2 ** LADDER.indexOf(stage);
}

/** Condenses one person: pure, of the store's rows and the mirror's records alone. */
export function factsOf(agreement: CompiledAgreement, sources: FactSources): PersonFacts {
  const { person, evidence, known } = sources;
  const touches = touchesOf(agreement, sources);
  const deals = dealsOf(agreement, sources, [...known.touches, ...touches]);
  const episodes = episodesOf(agreement, sources, deals);
  const dimensions = dimensionsOf(agreement, evidence, known.episodes[0]);
  const owner = episodes.at(-1)?.owner ?? primaryOf(sources)?.owner?.id ?? null;
  return { personId: person.id, episodes: episodes.map((each) => ({ ...each, ...dimensions })), deals: deals.map((deal) => ({ ...deal, ...dimensions, owner: deal.owner ?? owner })), touches };
}

/** Names of the owners that the records show. */
export function ownersOf(evidence: PersonEvidence): Map<string, string> {
  const names = new Map<string, string>();
  for (const record of [...evidence.leads, ...evidence.contacts, ...evidence.opportunities.map((each) => each.record)]) if (record.owner?.name !== undefined) names.set(record.owner.id, record.owner.name);
  return names;
}

function primaryOf({ person, evidence }: FactSources): MirrorRecord | undefined {
  return [...evidence.leads, ...evidence.contacts].find((record) => record.ref.id === person.salesforceId);
}

function textOf(value: Value | undefined): string | null {
  return value === undefined || value === null || value === '' ? null : String(value);
}

/** What the agreement divides people by. A value that the CRMs no longer show stays as it was known. */
function dimensionsOf(agreement: CompiledAgreement, evidence: PersonEvidence, known: EpisodeFact | undefined): Pick<EpisodeFact, 'source' | 'campaign' | 'segment'> {
  const { source, campaign, segment } = agreement.settings.reports;
  const read = (ref: string | undefined): string | null => {
    if (ref === undefined) return null;
    const field = agreement.fieldById(ref);
    const property = ref.startsWith('hubspot.') ? ref.slice('hubspot.'.length) : field?.hubspot;
    for (const record of evidence.hubspot) {
      const value = property === undefined ? null : textOf(record.fields[property]);
      if (value !== null) return value;
    }
    if (field === undefined) return null;
    for (const record of [...evidence.contacts, ...evidence.leads]) {
      const name = field[record.ref.object as 'lead' | 'contact'];
      const value = name === null ? null : textOf(record.fields[name]);
      if (value !== null) return value;
    }
    return null;
  };
  return { source: read(source) ?? known?.source ?? null, campaign: read(campaign) ?? known?.campaign ?? null, segment: read(segment) ?? known?.segment ?? null };
}

function momentOf(value: Value | undefined, timeZone: string): EpochMs | null {
  if (typeof value !== 'string') return null;
  const at = DateTime.fromISO(value, { zone: timeZone });
  return at.isValid ? at.toMillis() : null;
}

function touchesOf(agreement: CompiledAgreement, { person, evidence }: FactSources): TouchFact[] {
  const touches = new Map<number, TouchFact>();
  for (const { at: property, name, source } of agreement.settings.reports.touches) {
    for (const record of evidence.hubspot) {
      const at = momentOf(record.fields[property], agreement.timeZone);
      if (at === null || touches.has(at)) continue;
      touches.set(at, { person_id: person.id, at, source: source === undefined ? null : textOf(record.fields[source]), name: name === undefined ? null : textOf(record.fields[name]) });
    }
  }
  return [...touches.values()].sort((a, b) => a.at - b.at);
}

// --- deals

function dealsOf(agreement: CompiledAgreement, sources: FactSources, touches: TouchFact[]): DealFact[] {
  return sources.evidence.opportunities.filter((each) => counts({ agreement }, each)).map((each) => dealOf(agreement, sources.person.id, each, touches));
}

function dealOf(agreement: CompiledAgreement, personId: string, each: OpportunityEvidence, touches: TouchFact[]): DealFact {
  const { record, role, inferred } = each;
  const facts = record.opportunity;
  const closeOn = facts?.closeDate == null ? null : noonOf(facts.closeDate, agreement.timeZone);
  const closed = facts?.isClosed === true;
  const until = closed ? (facts.closedAt ?? (closeOn ?? record.modifiedAt) + HALF_DAY_MS) : Number.POSITIVE_INFINITY;
  const sources = [...new Set(touches.filter((touch) => touch.at <= until).flatMap((touch) => touch.source ?? []))].sort();
  const before = touches.filter((touch) => touch.at <= record.createdAt).sort((a, b) => b.at - a.at)[0];
  return {
    opportunity_id: record.ref.id,
    person_id: personId,
    place: inferred ? 2 : role?.isPrimary === true ? 0 : 1,
    source: null,
    campaign: null,
    segment: null,
    owner: record.owner?.id ?? null,
    creating_source: before?.source ?? null,
    influences: sources.length === 0 ? null : `;${sources.join(';')};`,
    created_at: record.createdAt,
    closed_at: closed ? (closeOn ?? facts.closedAt ?? record.modifiedAt) : null,
    close_on: closed ? null : closeOn,
    won: facts?.isWon === true ? 1 : 0,
    lost: closed && facts.isWon !== true ? 1 : 0,
    amount: centsOf(agreement, facts?.amount ?? null, facts?.currency ?? null, facts?.closeDate ?? null),
    currency: facts?.currency ?? null,
    stage_name: facts?.stageName ?? '',
    probability: facts?.probability ?? null,
    forecast_category: facts?.forecastCategory ?? null,
  };
}

/** A close date is a day without a time: its local noon lies in that day whatever the clocks do. */
function noonOf(date: string, timeZone: string): EpochMs {
  return DateTime.fromISO(date, { zone: timeZone }).startOf('day').set({ hour: 12 }).toMillis();
}

/** Hundredths of the company's currency, at the rate of the close date. An org with one currency tells none: it is the company's. */
function centsOf(agreement: CompiledAgreement, amount: number | null, currency: string | null, closeDate: string | null): number | null {
  if (amount === null) return null;
  if (currency === null || currency === agreement.settings.company.currency) return Math.round(amount * 100);
  const rates = (agreement.settings.reports.rates[currency] ?? []).filter((rate) => closeDate === null || rate.from <= closeDate).sort((a, b) => (a.from < b.from ? 1 : -1));
  const rate = rates[0]?.rate;
  return rate === undefined ? null : Math.round(amount * rate * 100);
}

// --- episodes

interface Pass {
  row: HandoffRow;
  state: Handoff | undefined;
}

/** The handoffs that were one: a rejection said without a handoff is kept as a pass of its own, and counts for nothing (F8). */
function passesOf({ handoffs, person }: FactSources): Pass[] {
  const state = person.state as PersonState | null;
  return handoffs
    .map((row): Pass => ({ row, state: state?.handoffs.find((each) => each.cycle === row.cycle && each.openedAt === row.openedAt) }))
    .filter(({ row, state: known }) => (known === undefined ? !(row.adopted && row.rejectedAt === row.openedAt && row.closedAt === row.openedAt) : !(known.closedAs === 'rejected' && known.rejection?.counted === false)))
    .sort((a, b) => a.row.openedAt - b.row.openedAt || a.row.cycle - b.row.cycle);
}

type Entries = Record<`${LadderStage}_at`, EpochMs | null> & { skipped: number };

/** L9: the first entry to each stage within each pass. What came before the first handoff belongs to the first. */
function entriesOf({ transitions }: FactSources, starts: EpochMs[]): Entries[] {
  const list = starts.map((): Entries => ({ subscriber_at: null, lead_at: null, mql_at: null, sal_at: null, sql_at: null, opportunity_at: null, customer_at: null, skipped: 0 }));
  for (const { to, at, skipped } of transitions) {
    if (!isStageId(to) || isOffRamp(to)) continue;
    const stage = to;
    let place = 0;
    if (stage !== 'subscriber' && stage !== 'lead') starts.forEach((start, index) => (start <= at ? (place = index) : undefined));
    const entries = list[place] as Entries;
    const before = entries[`${stage}_at`];
    if (before !== null && before <= at) continue;
    entries[`${stage}_at`] = at;
    entries.skipped = skipped ? entries.skipped | stageBit(stage) : entries.skipped & ~stageBit(stage);
  }
  return list;
}

function episodesOf(agreement: CompiledAgreement, sources: FactSources, deals: DealFact[]): EpisodeFact[] {
  const { person, transitions } = sources;
  const passes = passesOf(sources);
  if (passes.length === 0 && transitions.length === 0) return [];
  const starts = passes.length === 0 ? [Number.NEGATIVE_INFINITY] : passes.map((pass) => pass.row.openedAt);
  const entries = entriesOf(sources, starts);
  const adopted = (person.state as PersonState | null)?.adoptedAt ?? null;
  const list = entries.map((each, index): EpisodeFact => {
    const pass = passes[index];
    const last = index === entries.length - 1;
    const next = entries[index + 1];
    const stages = { ...each, mql_at: each.mql_at ?? (pass !== undefined && !pass.row.adopted ? pass.row.openedAt : null) };
    const answer = pass === undefined ? NO_ANSWER : answerOf(agreement, sources, pass, stages, deals, adopted);
    const offRamp = last && isStageId(person.stage) && isOffRamp(person.stage) ? person.stageAt : null;
    return {
      person_id: person.id,
      cycle: index + 1,
      last: last ? 1 : 0,
      adopted: pass?.row.adopted === true || (pass === undefined && transitions.some((transition) => transition.rule === 'L7')) ? 1 : 0,
      in_scope: person.inScope ? 1 : 0,
      source: null,
      campaign: null,
      segment: null,
      owner: pass?.row.ownerId ?? (last ? (primaryOf(sources)?.owner?.id ?? null) : null),
      ...stages,
      ...answer,
      left_at: answer.closed_at !== null && answer.closed_as !== 'won' ? answer.closed_at : (offRamp ?? (last ? null : (starts[index + 1] ?? null))),
      stage: last ? person.stage : null,
      stage_at: last ? person.stageAt : null,
      missing: last && person.missing !== null ? person.missing.split(';').length : 0,
      lacked: pass?.state === undefined ? null : lackedAtHandoff(pass.state),
      next_mql_at: next === undefined ? null : (next.mql_at ?? starts[index + 1] ?? null),
      next_sql_at: next?.sql_at ?? null,
    };
  });
  return list;
}

type AnswerFacts = Pick<
  EpisodeFact,
  'handed_at' | 'carried_at' | 'touch_due' | 'touched_at' | 'touch_ms' | 'answer_due' | 'answered_at' | 'answer_ms' | 'accepted_at' | 'rejected_at' | 'reason' | 'route' | 'reason_due' | 'reasoned_at' | 'reason_ms' | 'book_due' | 'booked_at' | 'book_ms' | 'closed_at' | 'closed_as' | 'excluded'
>;

const NO_ANSWER: AnswerFacts = {
  handed_at: null, carried_at: null, touch_due: null, touched_at: null, touch_ms: null, answer_due: null, answered_at: null, answer_ms: null, accepted_at: null, rejected_at: null, reason: null, route: null,
  reason_due: null, reasoned_at: null, reason_ms: null, book_due: null, booked_at: null, book_ms: null, closed_at: null, closed_as: null, excluded: 0,
};

/** Ends of a handoff that sales has not said: by automation (F8), in another record of the same human, or because nobody answered. */
const NO_ONES_ANSWER: readonly string[] = ['system', 'duplicate', 'expired'] satisfies Handoff['closedAs'][];

/**
 * A clock with its deadline and what stopped it. One that ended because its handoff did, unanswered, had no time left to be kept in: in time it asks for
 * nothing any more, too late it was missed; how long an answer took it does not tell.
 */
function clockOf(calendar: Calendar, startedAt: EpochMs, within: Duration, stoppedAt: EpochMs | null, closedAt: EpochMs | null): { due: EpochMs | null; stopped: EpochMs | null; took: number | null } {
  const due = calendar.addBusiness(startedAt, within);
  // Sales may answer before its record shows the handoff: in no time, not in less.
  if (stoppedAt !== null) return { due, stopped: stoppedAt, took: Math.max(0, calendar.businessBetween(startedAt, stoppedAt)) };
  return { due: closedAt !== null && closedAt <= due ? null : due, stopped: closedAt !== null && closedAt > due ? closedAt : null, took: null };
}

/** S1: the clocks of a handoff with their deadlines, and what stopped them, in business time. An adopted handoff has none (L7). */
function answerOf(agreement: CompiledAgreement, sources: FactSources, { row, state }: Pass, entries: Entries, deals: DealFact[], adoptedAt: EpochMs | null): AnswerFacts {
  const { sla } = agreement;
  const calendarFor = (name: Clock['name']): Calendar => calendarOf(agreement, { ownerId: row.ownerId, ...(state?.carriedBy === undefined ? {} : { carriedBy: state.carriedBy }) }, name);
  const facts: AnswerFacts = { ...NO_ANSWER, handed_at: row.openedAt, carried_at: row.carriedAt, accepted_at: row.acceptedAt, closed_at: row.closedAt, closed_as: row.closedAs };
  const rerouted = row.route === 'reroute';
  const counted = row.rejectedAt !== null && !rerouted && (state?.rejection?.counted ?? true);
  const saidAt = row.acceptedAt ?? (rerouted ? null : row.rejectedAt) ?? (row.closedAs !== null && NO_ONES_ANSWER.includes(row.closedAs) ? null : row.closedAt);
  if (row.rejectedAt !== null) Object.assign(facts, { reason: row.reason, route: row.route });
  facts.excluded = row.acceptedAt === null && (rerouted || row.route === 'duplicate' || row.reason === 'spam_test') ? 1 : 0;
  if (!row.adopted && row.carriedAt !== null) {
    const ownersAt = Math.max(row.carriedAt, state?.ownerSince ?? 0);
    // Whoever has it now answers for their own touch: the one before does not (S1).
    const touchedAt = (state?.ownerSince === undefined ? row.firstTouchAt : (state.ownerTouchAt ?? null)) ?? saidAt;
    const touch = clockOf(calendarFor('first_touch'), ownersAt, sla.first_touch, touchedAt, row.closedAt);
    const answer = clockOf(calendarFor('answer'), row.carriedAt, sla.answer, saidAt, row.closedAt);
    Object.assign(facts, { touch_due: touch.due, touched_at: touch.stopped, touch_ms: touch.took, answer_due: answer.due, answered_at: answer.stopped, answer_ms: answer.took });
  }
  if (counted && row.rejectedAt !== null) {
    facts.rejected_at = row.rejectedAt;
    facts.reasoned_at = row.reason === null ? null : reasonedAt(agreement, sources, row, state);
    if (adoptedAt === null || row.rejectedAt >= adoptedAt) facts.reason_due = calendarFor('reason').addBusiness(row.rejectedAt, sla.reason);
    if (facts.reasoned_at !== null) facts.reason_ms = calendarFor('reason').businessBetween(row.rejectedAt, facts.reasoned_at);
  }
  if (row.acceptedAt !== null && !row.adopted) {
    const made = deals.filter((deal) => deal.created_at >= row.openedAt).map((deal) => deal.created_at);
    const qualified = entries.sql_at !== null && (entries.skipped & stageBit('sql')) === 0 ? [entries.sql_at] : [];
    const stops = [...made, ...qualified, entries.opportunity_at, row.closedAt].filter((at): at is number => at !== null);
    facts.book_due = calendarFor('book_or_recycle').addBusiness(row.acceptedAt, sla.book_or_recycle);
    facts.booked_at = stops.length === 0 ? null : Math.max(row.acceptedAt, Math.min(...stops));
    if (facts.booked_at !== null) facts.book_ms = calendarFor('book_or_recycle').businessBetween(row.acceptedAt, facts.booked_at);
  }
  return facts;
}

/** When the reason was given: by the field's own time (L5), else when it was seen. What was recorded once stays: F5 empties the field later. */
function reasonedAt(agreement: CompiledAgreement, { person, evidence, known }: FactSources, row: HandoffRow, state: Handoff | undefined): EpochMs {
  const rejectedAt = row.rejectedAt ?? 0;
  const before = known.episodes.find((episode) => episode.rejected_at === row.rejectedAt);
  if (before?.reasoned_at != null) return before.reasoned_at;
  if (state?.rejection?.reasonAt != null) return Math.max(rejectedAt, state.rejection.reasonAt);
  const record = [...evidence.hubspot, ...evidence.leads, ...evidence.contacts].find((each) => refKey(each.ref) === state?.rejection?.record);
  const since = record?.since[agreement.settings.rejection.signals[record.ref.crm].reason];
  if (since !== undefined && since.own !== true) return Math.max(rejectedAt, since.at);
  return before === undefined ? rejectedAt : Math.max(rejectedAt, person.updatedAt);
}

import type { EpochMs } from '../../domain/record';
import { emptyState, type Handoff, type PersonState } from '../../domain/person';
import type { Truth } from '../../agreement/conditions';
import type { Terms } from '../terms';
import { clauseKey, createContext, speaks, stageHolds, type DecideInput } from '../decide/context';
import { clocks, type Clock } from '../decide/rules/sla';
import { decide, type Decision } from '../decide/decide';
import { evidenceAt, momentsAfter, type Progress } from './evidenceAt';
import { passesIn, stateBefore, wasWithSales, windowOf, type Recorded, type Window } from './recorded';

export type Outcome = 'accepted' | 'rejected' | 'waiting' | 'returned' | 'unseen';

/** A pass that marketing opens in the replay. */
export interface ReplayedPass {
  /** When the person becomes an MQL. */
  at: EpochMs;
  /** The criteria were met before the window began. */
  standing: boolean;
  /** The clauses that hold then, as the agreement writes them. */
  clauses: string[];
  outcome: Outcome;
  clocks: Clock[];
  /** Whether sales' recorded answer is the measure of the clocks; false: sales never saw the pass. */
  seen: boolean;
}

export interface Replayed {
  passes: ReplayedPass[];
  /** Whether the person was handed over, or beyond it, before the window. */
  before: boolean;
  /** No pass in the window, but it cannot be told whether there would be one: a field that the criteria need is not recorded. */
  unclear: boolean;
}

/** More steps than one person's evidence can have: a guard against a clock that never moves on. */
const MOST_STEPS = 5_000;

/**
 * Replays one person's recorded evidence over a window under an agreement: `decide` at each moment at which something recorded changed, or at which the
 * clock alone changes the answer, from the state before the window. Pure.
 */
export function replay(terms: Terms, person: Recorded, over: Window): Replayed {
  const window = windowOf(person.state, over);
  const recorded = passesIn(person.state, window);
  let state = stateBefore(person, window.from);
  const before = wasWithSales(state);
  const open = state?.handoffs.at(-1);
  const progress: Progress = { recorded, opened: open !== undefined && open.closedAt === null ? [open.openedAt] : [] };
  const found: { index: number; pass: Omit<ReplayedPass, 'outcome' | 'clocks' | 'seen'>; stands: Handoff | undefined }[] = [];
  let decision: Decision | null = null;
  let now = window.from;
  let again = 0;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const input = inputAt(terms, person, progress, state, now);
    decision = decide(terms, input, () => '');
    const count = state?.handoffs.length ?? 0;
    keepStarts(state, decision.state);
    state = decision.state;
    const fresh = state.handoffs.slice(count);
    for (const [offset, handoff] of fresh.entries()) {
      progress.opened.push(handoff.openedAt);
      if (handoff.lacks === undefined) continue;
      const at = handoff.openedAt > window.from ? handoff.openedAt : now;
      found.push({ index: count + offset, pass: { at, standing: now === window.from, clauses: clausesAt(terms, input, state) }, stands: recorded[progress.opened.length - 1] });
    }
    const soon: EpochMs | null = decision.nextAt;
    if ((fresh.length > 0 || (soon !== null && soon <= now)) && again < 3) {
      again += 1;
      continue;
    }
    again = 0;
    const next = Math.min(momentsAfter(terms.agreement, person.evidence, progress, now)[0] ?? Infinity, soon !== null && soon > now ? soon : Infinity);
    if (next > window.to) break;
    now = next;
  }
  const last = inputAt(terms, person, progress, state, window.to);
  return {
    passes: found.map(({ index, pass, stands }) => ({ ...pass, ...answered(terms, person, last, state, index, stands) })),
    before,
    unclear: found.length === 0 && decision !== null && cannotTell(terms, { ...last, evidence: person.evidence }, decision),
  };
}

function inputAt(terms: Terms, person: Recorded, progress: Progress, state: PersonState | null, now: EpochMs): DecideInput {
  // What sales never saw is carried by no record: it neither comes back unanswered, nor is it anybody's failure.
  const seen = progress.opened.length > 0 && progress.opened.length <= progress.recorded.length;
  const cycle = seen && state !== null ? state.handoffs.length : null;
  return { evidence: evidenceAt(terms.agreement, person.evidence, progress, now, cycle), state, pins: person.pins, adopting: false, readUpTo: { hubspot: now, salesforce: now }, now };
}

/** A clock starts once: where no record carries the handoff, each decision would start it anew. */
function keepStarts(before: PersonState | null, after: PersonState): void {
  before?.handoffs.forEach((known, index) => {
    const handoff = after.handoffs[index];
    if (handoff !== undefined && known.carriedAt !== null) handoff.carriedAt = known.carriedAt;
  });
}

function clausesAt(terms: Terms, input: DecideInput, state: PersonState): string[] {
  const held = stageHolds(createContext(terms, input, state), 'mql');
  return [...new Set((held.evaluation?.clauses ?? []).filter(speaks).map(clauseKey))];
}

/** How sales answered: as recorded of the pass that this one stands for; of one that sales never saw, what the replay itself shows. */
function answered(terms: Terms, person: Recorded, input: DecideInput, state: PersonState | null, index: number, stands: Handoff | undefined): Pick<ReplayedPass, 'outcome' | 'clocks' | 'seen'> {
  const mine = state?.handoffs[index] as Handoff;
  const said = stands === undefined ? null : outcomeOf(stands, 'waiting');
  // Whether silence sends the handoff back is for the replayed agreement to say.
  const silent = mine.closedAs === 'expired' ? 'returned' : 'waiting';
  if (stands !== undefined && said !== null) return { outcome: said === 'waiting' || said === 'returned' ? silent : said, clocks: clocksOf(terms, person, input, person.state, stands), seen: true };
  const outcome = outcomeOf(mine, 'unseen');
  return { outcome, clocks: clocksOf(terms, person, input, state, mine), seen: outcome !== 'unseen' };
}

/** What sales said to a pass; `silent` when it said nothing. */
export function outcomeOf(handoff: Handoff, silent: Outcome): Outcome {
  if (handoff.closedAs === 'expired') return 'returned';
  if (handoff.acceptedAt !== null || handoff.closedAs === 'won') return 'accepted';
  if (handoff.closedAs === 'rejected') return 'rejected';
  return silent;
}

/** The clocks of a pass under these terms (S1). One that came back unanswered was never answered, whatever closed it. */
export function clocksOf(terms: Terms, person: Recorded, input: DecideInput, state: PersonState | null, handoff: Handoff): Clock[] {
  if (state === null) return [];
  const list = clocks(createContext(terms, { ...input, evidence: person.evidence }, state), handoff);
  return handoff.closedAs === 'expired' ? list.map((clock) => ({ ...clock, stoppedAt: null })) : list;
}

/** Whether the criteria hang on something that is not recorded (M5). Judged on all that is recorded: what only had not happened yet is no gap. */
function cannotTell(terms: Terms, input: DecideInput, decision: Decision): boolean {
  const ctx = createContext(terms, input, decision.state);
  const held = stageHolds(ctx, 'mql');
  if (held.evaluation?.holds === 'unknown') return true;
  return (
    held.holds &&
    decision.missing.some((id) => {
      const field = terms.agreement.fieldById(id);
      return field !== undefined && ctx.contact !== null && !(field.hubspot in ctx.contact.fields);
    })
  );
}

/**
 * Whether the MQL criteria hold on what is recorded now, whatever its times: all that can be said of somebody who was handed over before the window. What a
 * recorded handoff proves about values that Concord has written over since counts too.
 */
export function holdsAtPresent(terms: Terms, person: Recorded, to: EpochMs): Truth {
  const handoffs = person.state?.handoffs ?? [];
  const evidence = evidenceAt(terms.agreement, person.evidence, { recorded: handoffs, opened: handoffs.map((each) => each.openedAt) }, to, null);
  const input = inputAt(terms, person, { recorded: [], opened: [] }, person.state, to);
  const held = stageHolds(createContext(terms, { ...input, evidence }, { ...(person.state ?? emptyState()), block: null }), 'mql');
  return held.evaluation?.holds ?? false;
}

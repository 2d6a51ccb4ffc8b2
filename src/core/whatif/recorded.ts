import { copyState, emptyState, type Block, type Handoff, type PersonEvidence, type PersonState, type Transition } from '../../domain/person';
import type { EpochMs } from '../../domain/record';
import { rank } from '../../domain/stage';
import { closedAt, type Pins } from '../decide/context';

/** The stretch of time that is replayed: after `from`, up to and including `to`. */
export interface Window {
  from: EpochMs;
  to: EpochMs;
}

/** What is recorded about one person. */
export interface Recorded {
  evidence: PersonEvidence;
  /** Null: never decided. */
  state: PersonState | null;
  /** Every one of the person's, oldest first. */
  transitions: Pick<Transition, 'to' | 'at' | 'skipped'>[];
  pins: Pins;
}

/** A person's own window: what Concord took over at its first run (L7) is where their record begins. */
export function windowOf(state: PersonState | null, window: Window): Window {
  return { from: Math.min(Math.max(window.from, state?.adoptedAt ?? window.from), window.to), to: window.to };
}

/** Whether sales said no without having been handed the person (F8): history, but no pass. */
function isLoose(handoff: Handoff): boolean {
  return handoff.adopted && handoff.carriedAt === null && handoff.closedAt === handoff.openedAt;
}

/** The recorded passes that concern the window: open at its beginning, or opened in it. */
export function passesIn(state: PersonState | null, window: Window): Handoff[] {
  return (state?.handoffs ?? []).filter((handoff) => !isLoose(handoff) && handoff.openedAt <= window.to && (handoff.openedAt > window.from || handoff.closedAt === null || handoff.closedAt > window.from));
}

/** Those of them that marketing handed over in the window. */
export function handedOverIn(state: PersonState | null, window: Window): Handoff[] {
  const own = windowOf(state, window);
  return passesIn(state, own).filter((handoff) => handoff.lacks !== undefined && handoff.openedAt > own.from);
}

/** Whether sales had been handed the person, or had them already, by then. */
export function wasWithSales(state: PersonState | null): boolean {
  return state !== null && (rank(state.stage) >= rank('mql') || state.entries.mql !== undefined || state.handoffs.some((handoff) => !isLoose(handoff)));
}

/**
 * The person's state as it was at the beginning of the window, from the recorded transitions and handoffs: what was answered later is taken back. What
 * the record cannot give back is left empty (agreed values, contests): nothing that decides a stage depends on it.
 */
export function stateBefore({ state, transitions, evidence }: Recorded, from: EpochMs): PersonState | null {
  if (state === null) return null;
  const moves = transitions.filter((move) => !move.skipped && move.at <= from);
  const handoffs = state.handoffs.filter((handoff) => handoff.openedAt <= from).map((handoff) => asOf(handoff, from));
  if (moves.length === 0 && handoffs.length === 0) return null;
  const before = emptyState();
  before.adoptedAt = state.adoptedAt;
  before.ended = [...state.ended];
  for (const move of moves) {
    before.entries[move.to] = { first: before.entries[move.to]?.first ?? move.at, latest: move.at };
    before.stage = move.to;
    before.stageAt = move.at;
  }
  before.handoffs = handoffs;
  before.rejectionCount = handoffs.filter((handoff) => handoff.rejection?.counted === true).length;
  before.block = blockOf(state, handoffs.at(-1), from);
  before.lastAnswer = { at: from, said: [] };
  before.lostSeen = evidence.opportunities.filter((each) => each.record.opportunity?.isClosed === true && !each.record.opportunity.isWon && closedAt(each) <= from).map((each) => each.record.ref.id);
  return before;
}

function asOf(handoff: Handoff, from: EpochMs): Handoff {
  const known = (at: EpochMs | null): EpochMs | null => (at !== null && at <= from ? at : null);
  const closed = known(handoff.closedAt);
  return {
    ...copyState({ ...emptyState(), handoffs: [handoff] }).handoffs[0] as Handoff,
    carriedAt: known(handoff.carriedAt),
    firstTouchAt: known(handoff.firstTouchAt),
    acceptedAt: known(handoff.acceptedAt),
    rejection: handoff.rejection !== null && handoff.rejection.at <= from ? { ...handoff.rejection } : null,
    closedAt: closed,
    closedAs: closed === null ? null : handoff.closedAs,
    sla: null,
    slaDueAt: null,
  };
}

/** L4: what stood in the way at the beginning of the window. */
function blockOf(state: PersonState, last: Handoff | undefined, from: EpochMs): Block | null {
  if (state.block !== null && state.block.at <= from) return { ...state.block, held: [...state.block.held] };
  if (last === undefined || last.closedAt === null) return null;
  if (last.closedAs === 'lost') return { at: last.closedAt, cause: 'lost', route: null, until: null, held: last.held ?? [] };
  const { rejection } = last;
  return rejection === null ? null : { at: rejection.at, cause: 'rejection', route: rejection.route, until: rejection.recycleOn, held: last.held ?? [] };
}

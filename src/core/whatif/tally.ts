import type { Clock } from '../decide/rules/sla';
import type { Outcome, Replayed } from './replay';
import type { EpochMs } from '../../domain/record';

/** How the clocks of one kind came out by the end of the window. `unknown`: due, but sales never saw the pass. */
export interface ClockTally {
  started: number;
  due: number;
  met: number;
  missed: number;
  unknown: number;
}

export type ClockName = Clock['name'];
export const CLOCKS: readonly ClockName[] = ['first_touch', 'answer', 'reason', 'book_or_recycle'];

/** What one agreement comes to over the window. */
export interface Tally {
  /** Passes that marketing opens in the window, and how many people they are. */
  mqls: number;
  people: number;
  /** People who met the criteria before the window already: on the day of the change they would be handed over at once. */
  standing: number;
  /** People of whom it cannot be told, because something is not recorded. */
  undecided: number;
  /** By clause: passes at whose opening it held. One pass may count under several. */
  clauses: Record<string, number>;
  outcomes: Record<Outcome, number>;
  clocks: Record<ClockName, ClockTally>;
}

export function emptyTally(): Tally {
  const clock = (): ClockTally => ({ started: 0, due: 0, met: 0, missed: 0, unknown: 0 });
  return {
    mqls: 0,
    people: 0,
    standing: 0,
    undecided: 0,
    clauses: {},
    outcomes: { accepted: 0, rejected: 0, returned: 0, waiting: 0, unseen: 0 },
    clocks: { first_touch: clock(), answer: clock(), reason: clock(), book_or_recycle: clock() },
  };
}

/** Counts one person's passes in. */
export function count(tally: Tally, { passes, before, unclear }: Replayed, to: EpochMs): void {
  const fresh = passes.filter((pass) => !pass.standing);
  tally.mqls += fresh.length;
  if (fresh.length > 0) tally.people += 1;
  if (passes.length > fresh.length) tally.standing += 1;
  if (unclear && !before) tally.undecided += 1;
  for (const pass of fresh) {
    for (const clause of pass.clauses) tally.clauses[clause] = (tally.clauses[clause] ?? 0) + 1;
    tally.outcomes[pass.outcome] += 1;
    for (const clock of pass.clocks) countClock(tally.clocks[clock.name], clock, pass.seen, to);
  }
}

function countClock(tally: ClockTally, clock: Clock, seen: boolean, to: EpochMs): void {
  tally.started += 1;
  if (clock.dueAt <= to) tally.due += 1;
  if (!seen) {
    if (clock.dueAt <= to) tally.unknown += 1;
  } else if (clock.stoppedAt !== null && clock.stoppedAt <= clock.dueAt) tally.met += 1;
  else if (clock.dueAt <= to) tally.missed += 1;
}

/** Accepted among those that sales answered; null: none was. */
export function acceptance(tally: Tally): number | null {
  const { accepted, rejected } = tally.outcomes;
  return accepted + rejected === 0 ? null : accepted / (accepted + rejected);
}

/** A won deal as it concerns the change. */
export type Verdict = 'kept' | 'before' | 'undecided' | 'missed' | 'never';

/** Of several people in one deal the best speaks: the deal is missed only when none of them would have been an MQL in time. */
const BEST: readonly Verdict[] = ['kept', 'before', 'undecided', 'missed', 'never'];

export function better(a: Verdict, b: Verdict): Verdict {
  return BEST.indexOf(a) <= BEST.indexOf(b) ? a : b;
}

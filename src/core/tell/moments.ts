import type { EpochMs } from '../../domain/record';
import { refKey } from '../../domain/record';
import { emptyState, type Handoff, type PersonState, type Rejection } from '../../domain/person';
import { SLA_EXPIRED, type StageId } from '../../domain/stage';
import type { CompiledAgreement } from '../../agreement/compile';
import type { Decision } from '../decide/decide';

/*
 * What a decision has to tell marketing about a person (F2, F4, F5, F6). A *moment* is one such thing, found by comparing the state before with the state
 * after. Its id says what it is about, so that the same moment found again (a run that was killed, a state that was restored) is the same one.
 */

export type Moment =
  /** Sales said no; said it differently; added words to it; says that the owner is wrong. */
  | { kind: 'rejected' | 'corrected' | 'noted' | 'rerouted'; id: string; cycle: number; at: EpochMs; rejection: Rejection; count: number }
  | { kind: 'taken_back'; id: string; cycle: number; at: EpochMs; was: Rejection; stage: StageId | null }
  /** Nobody answered in the agreed time, and the handoff went back to marketing; sales took it up after that (S1). */
  | { kind: 'expired'; id: string; cycle: number; at: EpochMs; rejection: Rejection }
  | { kind: 'resumed'; id: string; cycle: number; at: EpochMs; stage: StageId | null }
  /** Handed to sales again after an earlier pass. */
  | { kind: 'came_back'; id: string; cycle: number; at: EpochMs; why: string; last: Rejection | null; count: number }
  /** A record was closed as a duplicate and the handoff follows the survivor; both as ref keys. */
  | { kind: 'duplicate'; id: string; cycle: number; at: EpochMs; closed: string; survivor: string | null };

export type MomentKind = Moment['kind'];

export interface Telling {
  agreement: CompiledAgreement;
  /** As it was at the last decision. Null: never decided. */
  before: PersonState | null;
  decision: Pick<Decision, 'state' | 'primary' | 'inScope'>;
  /** The first run, which adopts (L7). */
  adopting: boolean;
  /** When the connection was adopted; null: not known. */
  adoptedAt: EpochMs | null;
  now: EpochMs;
}

/** In the order of their times. Nothing of people out of scope, nothing older than adoption (L7). */
export function momentsOf(telling: Telling): Moment[] {
  const { decision, before, adopting } = telling;
  if (!decision.inScope || (before === null && adopting)) return [];
  const after = decision.state;
  const from = before ?? emptyState();
  const since = Math.max(telling.adoptedAt ?? 0, after.adoptedAt ?? 0);
  const found = after.handoffs.flatMap((handoff) => {
    const known = from.handoffs.find((each) => each.cycle === handoff.cycle) ?? null;
    return [...(known === null ? cameBack(after, handoff) : []), ...answered(telling, known?.rejection ?? null, handoff, since)];
  });
  return [...found, ...duplicate(telling, from)].filter((moment) => moment.at >= since).sort((a, b) => a.at - b.at);
}

/** F5: the next pass opens. One that only records an answer without a handoff (F8) opens nothing. */
function cameBack(after: PersonState, handoff: Handoff): Moment[] {
  if (handoff.cycle < 2 || handoff.adopted) return [];
  const earlier = after.handoffs.filter((each) => each.cycle < handoff.cycle);
  return [{ kind: 'came_back', id: 'came_back', cycle: handoff.cycle, at: handoff.openedAt, why: handoff.why, last: earlier.reverse().find((each) => each.rejection !== null)?.rejection ?? null, count: after.rejectionCount }];
}

function answered(telling: Telling, was: Rejection | null, handoff: Handoff, since: EpochMs): Moment[] {
  const { state } = telling.decision;
  const { cycle, rejection } = handoff;
  if (rejection?.reason === SLA_EXPIRED) return was?.reason === SLA_EXPIRED ? [] : [{ kind: 'expired', id: `expired@${rejection.at}`, cycle, at: rejection.at, rejection }];
  if (was?.reason === SLA_EXPIRED) {
    const resumed: Moment[] = handoff.resumedAt === undefined ? [] : [{ kind: 'resumed', id: `resumed@${handoff.resumedAt}`, cycle, at: handoff.resumedAt, stage: state.stage }];
    return rejection === null ? resumed : said(telling, null, handoff, since);
  }
  // A reroute that the right owner's taking over has answered, and a duplicate that is told by itself, are nobody's change of mind.
  if (rejection === null && was !== null && handoff.reroutes?.some((each) => each.at === was.at) === true) return [];
  return rejection !== null && isKeptDuplicate(handoff) ? [] : said(telling, was, handoff, since);
}

/** One of the person's records was closed as a duplicate, and the pass goes on with another (F2). */
function isKeptDuplicate({ rejection, closedAt }: Handoff): boolean {
  return rejection?.route === 'duplicate' && !rejection.counted && closedAt === null;
}

function said({ decision, now }: Telling, was: Rejection | null, handoff: Handoff, since: EpochMs): Moment[] {
  const { state } = decision;
  const { cycle, rejection } = handoff;
  const answeredAt = state.lastAnswer?.at ?? now;
  if (rejection === null) return was === null ? [] : [{ kind: 'taken_back', id: `taken_back@${was.at}`, cycle, at: answeredAt, was, stage: state.stage }];
  const told = { cycle, rejection, count: state.rejectionCount };
  if (rejection.route === 'reroute') return was !== null && says(was) === says(rejection) && was.at === rejection.at ? [] : [{ kind: 'rerouted', id: `rerouted@${answeredAt}`, at: answeredAt, ...told }];
  if (was === null || was.at !== rejection.at) return [{ kind: 'rejected', id: `rejected@${rejection.at}`, at: rejection.at, ...told }];
  // The rep's own date belongs to the answer and may change without another one.
  if (says(was) !== says(rejection)) return [{ kind: 'corrected', id: `corrected@${answeredAt}${rejection.recycleOn === null ? '' : `:${rejection.recycleOn}`}`, at: answeredAt, ...told }];
  // L7: words under an answer older than adoption may only have become visible.
  const added = (was.note === null && rejection.note !== null) || (was.detail === null && rejection.detail !== null);
  // Words that somebody added in the other CRM come after the rep's own, each addition by itself.
  const more = was.note !== null && rejection.note?.startsWith(`${was.note}\n`) === true;
  return (added || more) && rejection.at >= since ? [{ kind: 'noted', id: `noted@${rejection.at}${more ? `:${String(rejection.note?.length)}` : ''}`, at: now, ...told }] : [];
}

function says(rejection: Rejection): string {
  return JSON.stringify([rejection.reason, rejection.words, rejection.route, rejection.recycleOn]);
}

/** F2: a record closed as a duplicate, told by the answer itself. */
function duplicate({ agreement, decision }: Telling, from: PersonState): Moment[] {
  const { state, primary } = decision;
  const answer = state.lastAnswer;
  if (answer === null) return [];
  const known = from.lastAnswer?.at === answer.at ? from.lastAnswer.said : [];
  return answer.said
    .filter((said) => !known.includes(said))
    .flatMap((said): Moment[] => {
      const [, closed = '', words = ''] = /^(\S+) reject (.+)$/s.exec(said) ?? [];
      if (closed === '' || agreement.reasonOf(words)?.route !== 'duplicate') return [];
      // Without a survivor it was a rejection like any other, and is told as one.
      if (state.handoffs.some((each) => each.rejection?.record === closed && each.rejection.words === words && !isKeptDuplicate(each))) return [];
      return [{ kind: 'duplicate', id: `duplicate@${answer.at}`, cycle: state.handoffs.length, at: answer.at, closed, survivor: primary === null || refKey(primary.ref) === closed ? null : refKey(primary.ref) }];
    });
}

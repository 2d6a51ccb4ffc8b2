import type { EpochMs } from '../../domain/record';
import type { NotificationKind } from '../../domain/notification';
import type { Handoff } from '../../domain/person';
import type { CompiledAgreement } from '../../agreement/compile';
import type { Decision } from '../decide/decide';
import { escalatedAt, soonBefore, type Clock } from '../decide/rules/sla';

/*
 * What sales is to hear about a person while it matters (S3). A *notice* is one such thing: what, about which handoff and clock, and whom it concerns.
 * Its id says what it tells, so that the same thing found again is the same one.
 */

export interface Notice {
  kind: Extract<NotificationKind, 'new_handoff' | 'due_soon' | 'breach'>;
  /** The owner of sales' record; the escalation contact; for what nobody owns and nobody is escalated to: no one in particular. */
  to: 'owner' | 'escalation' | 'nobody';
  id: string;
  handoff: Handoff;
  /** Null: of a new handoff. */
  clock: Clock | null;
  ownerId: string | null;
  /** The owner is a deactivated user: nobody looks there any more. */
  ownerInactive: boolean;
}

export interface Noticing {
  agreement: CompiledAgreement;
  decision: Pick<Decision, 'state' | 'primary' | 'inScope' | 'clocks'>;
  /** Up to when everything has been told: the start of the last run that went through. Null: no run has, so that nothing is news yet (L7). */
  since: EpochMs | null;
  /** When the connection was adopted; null: not known. */
  adoptedAt: EpochMs | null;
  /** The user that Concord is in Salesforce: what it owns nobody looks after. */
  actingAs: string | null;
  /** Users that are known to be deactivated. */
  inactive: ReadonlySet<string>;
  now: EpochMs;
}

/** Of people in scope, what has become true after `since`. Nothing of handoffs found at adoption (L7). */
export function noticesOf(noticing: Noticing): Notice[] {
  const { decision, since } = noticing;
  const handoff = decision.state.handoffs.at(-1);
  if (since === null || handoff === undefined || !decision.inScope || decision.primary === null) return [];
  const { owner } = decision.primary;
  const ownerId = owner != null && owner.kind === 'user' && owner.id !== noticing.actingAs ? owner.id : null;
  const ownerInactive = ownerId !== null && noticing.inactive.has(ownerId);
  const about = { handoff, ownerId, ownerInactive };
  const found: Notice[] = [];
  if (isNew(handoff, since)) found.push({ kind: 'new_handoff', to: ownerId === null || ownerInactive ? 'nobody' : 'owner', id: 'new_handoff', clock: null, ...about });
  for (const clock of decision.clocks) if (clock.stoppedAt === null && clock.startedAt >= (noticing.adoptedAt ?? 0)) found.push(...overdue(noticing, since, handoff, clock).map((notice) => ({ ...notice, clock, ...about })));
  return found;
}

/** From when on sales' record carries it: before, there is nothing to look at. Sales' own acts need no announcement. */
function isNew(handoff: Handoff, since: EpochMs): boolean {
  return !handoff.adopted && handoff.closedAt === null && handoff.acceptedAt === null && handoff.carriedAt !== null && handoff.carriedAt >= since;
}

/** S3: a breach once, to the owner; then, when it still stands, to the escalation contact, who hears at once of what nobody or a deactivated user owns. */
function overdue({ agreement, decision, actingAs, inactive, now }: Noticing, since: EpochMs, handoff: Handoff, clock: Clock): Pick<Notice, 'kind' | 'to' | 'id'>[] {
  const news = (at: EpochMs): boolean => at > since && at <= now;
  const id = `${clock.name}@${clock.dueAt}`;
  const owner = decision.primary?.owner;
  const owned = owner != null && owner.kind === 'user' && owner.id !== actingAs;
  if (now < clock.dueAt) {
    const soonAt = soonBefore(agreement, handoff, clock);
    // A clock that begins as due soon has nothing to add to its beginning.
    return soonAt > clock.startedAt && news(soonAt) ? [{ kind: 'due_soon', to: owned && !inactive.has(owner.id) ? 'owner' : 'nobody', id }] : [];
  }
  // Under the escalation's own id: whoever is deactivated after having been told is escalated in time, whoever was before is not escalated twice.
  if (owned && inactive.has(owner.id)) return news(clock.dueAt) || news(escalatedAt(agreement, handoff, clock)) ? [{ kind: 'breach', to: 'escalation', id: `${id}:escalated` }] : [];
  const told: Pick<Notice, 'kind' | 'to' | 'id'>[] = news(clock.dueAt) ? [{ kind: 'breach', to: owned ? 'owner' : 'escalation', id }] : [];
  return owned && news(escalatedAt(agreement, handoff, clock)) ? [...told, { kind: 'breach', to: 'escalation', id: `${id}:escalated` }] : told;
}

import type { EpochMs } from '../../../domain/record';
import type { Calendar } from '../../../agreement/calendar';
import type { CompiledAgreement } from '../../../agreement/compile';
import { durationMs, type Duration } from '../../../agreement/duration';
import type { Handoff } from '../../../domain/person';
import { isBlocked, isClosedLead, isNo, openHandoff, type Context } from '../context';
import { firstTouch } from './touch';

export interface Clock {
  name: 'first_touch' | 'answer' | 'reason' | 'book_or_recycle';
  startedAt: EpochMs;
  dueAt: EpochMs;
  /** Null: still running. */
  stoppedAt: EpochMs | null;
}

/**
 * S1, S2: the clocks of a handoff, in business time. They start once sales' record carries the handoff; an adopted handoff has none (L7).
 */
export function clocks(ctx: Context, handoff: Handoff): Clock[] {
  const { sla } = ctx.terms.agreement;
  const due = (name: Clock['name'], from: EpochMs, duration: Duration): EpochMs => calendarOf(ctx.terms.agreement, handoff, name).addBusiness(from, duration);
  const list: Clock[] = [];
  // F2: a rerouted handoff is not answered; the team's clock runs on.
  const rejectedAt = handoff.rejection === null || !isNo(handoff.rejection) ? null : handoff.rejection.at;
  const answeredAt = handoff.acceptedAt ?? rejectedAt ?? handoff.closedAt;
  if (!handoff.adopted && handoff.carriedAt !== null) {
    const ownersAt = Math.max(handoff.carriedAt, handoff.ownerSince ?? 0);
    list.push({ name: 'first_touch', startedAt: ownersAt, dueAt: due('first_touch', ownersAt, sla.first_touch), stoppedAt: (handoff.ownerSince === undefined ? handoff.firstTouchAt : handoff.ownerTouchAt) ?? answeredAt });
    list.push({ name: 'answer', startedAt: handoff.carriedAt, dueAt: due('answer', handoff.carriedAt, sla.answer), stoppedAt: answeredAt });
  }
  const { rejection } = handoff;
  const afterAdoption = ctx.state.adoptedAt === null || (rejection?.at ?? 0) >= ctx.state.adoptedAt;
  // A reason that came with the "no" has had no clock; one that came later met its deadline or did not.
  const reasonAt = rejection?.reason == null ? null : (rejection.reasonAt ?? rejection.at);
  if (rejection !== null && rejection.counted && afterAdoption && (reasonAt === null || reasonAt > rejection.at)) {
    list.push({ name: 'reason', startedAt: rejection.at, dueAt: due('reason', rejection.at, sla.reason), stoppedAt: reasonAt });
  }
  if (handoff.acceptedAt !== null && !handoff.adopted && handoff.closedAt === null) {
    const { sql } = ctx.state.entries;
    const booked = [...ctx.open, ...ctx.won].map((each) => each.record.createdAt);
    // A qualified lead is what acceptance leads to, with or without an opportunity.
    if (sql !== undefined && sql.skipped !== true && sql.latest >= handoff.openedAt) booked.push(sql.latest);
    list.push({ name: 'book_or_recycle', startedAt: handoff.acceptedAt, dueAt: due('book_or_recycle', handoff.acceptedAt, sla.book_or_recycle), stoppedAt: booked.length === 0 ? null : Math.min(...booked) });
  }
  return list;
}

/** S1: the owner's clock runs in the owner's business time, the team's in that of the owner it began with: reassigning moves no deadline of the team. */
export function calendarOf(agreement: Pick<CompiledAgreement, 'calendarOf'>, handoff: Pick<Handoff, 'ownerId' | 'carriedBy'>, name: Clock['name']): Calendar {
  return agreement.calendarOf(name === 'first_touch' ? handoff.ownerId : (handoff.carriedBy ?? handoff.ownerId));
}

/** Writes the handoff's SLA state: of the running clock that is due first, else of the one stopped last. */
export function runClocks(ctx: Context): void {
  const handoff = openHandoff(ctx) ?? ctx.state.handoffs.at(-1);
  if (handoff === undefined) return;
  carry(ctx, handoff);
  firstTouch(ctx, handoff);
  const list = clocks(ctx, handoff);
  const running = list.filter((clock) => clock.stoppedAt === null).sort((a, b) => a.dueAt - b.dueAt)[0];
  const stopped = list.filter((clock) => clock.stoppedAt !== null).sort((a, b) => (b.stoppedAt ?? 0) - (a.stoppedAt ?? 0))[0];
  const clock = running ?? stopped;
  if (clock === undefined) {
    // What is remembered of clocks that had stopped stays as it was shown (L7).
    if (handoff.adopted && (handoff.acceptedAt !== null || (handoff.closedAt !== null && handoff.closedAt <= (ctx.state.adoptedAt ?? 0)))) return;
    handoff.sla = null;
    handoff.slaDueAt = null;
    return;
  }
  handoff.slaDueAt = clock.dueAt;
  if (clock.stoppedAt !== null) {
    handoff.sla = clock.stoppedAt <= clock.dueAt ? 'met' : 'breached';
    return;
  }
  const { agreement } = ctx.terms;
  const soonAt = soonBefore(agreement, handoff, clock);
  handoff.sla = ctx.now >= clock.dueAt ? 'breached' : ctx.now >= soonAt ? 'due_soon' : 'on_track';
  if (ctx.now < soonAt) ctx.clockTimes.push(soonAt);
  else if (ctx.now < clock.dueAt) ctx.clockTimes.push(clock.dueAt);
  // What is not written may still be told: the other clocks of the handoff, and a breach that stands (S3).
  for (const each of list) if (each.stoppedAt === null) ctx.clockTimes.push(...tellingTimes(agreement, handoff, each).filter((at) => at > ctx.now));
}

/** The moments at which a running clock has something to tell by the agreement's notifications. */
function tellingTimes(agreement: CompiledAgreement, handoff: Handoff, clock: Clock): EpochMs[] {
  const { due_soon, breach, escalation } = agreement.settings.notifications;
  const hasContact = [escalation.salesforce_user, escalation.slack, escalation.email].some((contact) => contact !== undefined);
  return [...(due_soon.length === 0 ? [] : [soonBefore(agreement, handoff, clock)]), ...(breach.length === 0 ? [] : [clock.dueAt, ...(hasContact ? [escalatedAt(agreement, handoff, clock)] : [])])];
}

/** When the escalation contact hears of a breach that stands (S3). */
export function escalatedAt(agreement: CompiledAgreement, handoff: Handoff, clock: Clock): EpochMs {
  return calendarOf(agreement, handoff, clock.name).addBusiness(clock.dueAt, agreement.escalateAfter);
}

/** From when a clock is due soon: the last moment from which the agreed time, in business time, still reaches the deadline (S1). */
export function soonBefore(agreement: CompiledAgreement, handoff: Handoff, clock: Clock): EpochMs {
  const { sla } = agreement;
  const calendar = calendarOf(agreement, handoff, clock.name);
  const reaches = (from: EpochMs): boolean => calendar.addBusiness(from, sla.due_soon) <= clock.dueAt;
  if (!reaches(clock.startedAt)) return clock.startedAt;
  const plain = clock.dueAt - durationMs(sla.due_soon);
  if (sla.due_soon.unit !== 'd' && plain >= clock.startedAt && calendar.businessBetween(plain, clock.dueAt) === clock.dueAt - plain) return plain;
  let [from, to] = [clock.startedAt, clock.dueAt];
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (reaches(middle)) from = middle;
    else to = middle;
  }
  return from;
}

/**
 * The clocks start when sales' record carries the handoff. Until it shows the cycle, each decision takes its own `now`: the moment of the write it
 * asks for; a write that fails starts nothing.
 */
function carry(ctx: Context, handoff: Handoff): void {
  if (handoff.adopted || handoff.closedAt !== null) return;
  const cycleField = ctx.terms.agreement.ownField('cycle').salesforce;
  // F5: a lead that is still closed shows no handoff, whatever else could be written to it. A wrong owner's status changes nothing for the team.
  const closed = ctx.primary !== null && isClosedLead(ctx, ctx.primary) && handoff.acceptedAt === null && handoff.rejection?.route !== 'reroute';
  const carried = cycleField !== null && ctx.primary?.fields[cycleField] === handoff.cycle && !closed;
  const { settings } = ctx.terms.agreement;
  const carrier = ctx.primary !== null || (settings.mode === 'standalone' && settings.handoff.creates !== 'nothing' && ctx.contact !== null && !ctx.state.ended.includes('salesforce'));
  // M5: whether the record carries it cannot be seen: no clock starts, and one that runs goes on.
  if (cycleField !== null && ctx.primary !== null && !(cycleField in ctx.primary.fields)) return;
  // A refusal is met where it is written: the person is decided again then, as one whom it blocks.
  if (!carried) handoff.carriedAt = carrier && !isBlocked(ctx) ? ctx.now : null;
  else handoff.carriedAt ??= ctx.now;
  if (ctx.primary?.owner !== undefined) {
    const owner = ctx.primary.owner?.id ?? null;
    if (!carried) handoff.carriedBy = owner;
    else handoff.carriedBy ??= handoff.ownerId ?? owner;
    if (handoff.acceptedAt !== null) return;
    // The CRM's time, never the run's (L5): its history's; without one that of the modification which first showed the owner.
    if (carried && owner !== handoff.ownerId && handoff.ownerId !== null) {
      handoff.ownerSince = ctx.input.ownedSince ?? ctx.primary.modifiedAt;
      delete handoff.ownerTouchAt;
      // F2: the right owner has it now: what the wrong one said is answered, and the fields are cleared for a fresh answer.
      if (handoff.rejection?.route === 'reroute') {
        handoff.reroutes = [...(handoff.reroutes ?? []), handoff.rejection];
        handoff.rejection = null;
      }
    }
    handoff.ownerId = owner;
  }
}

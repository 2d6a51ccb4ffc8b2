import type { EpochMs, MirrorRecord } from '../../../domain/record';
import { refKey } from '../../../domain/record';
import type { Handoff, Rejection, Transition } from '../../../domain/person';
import { isOffRamp, SALES_OWNED, SLA_EXPIRED } from '../../../domain/stage';
import { readAnswers } from '../answers';
import { clausesSpeaking, closedAt, standingDate, type Context } from '../context';
import { restOfSecond, STAMPED, valueOf, type Memory } from '../memory';
import { reasonOf, type Recollection, type RememberedAnswer } from '../recall';

/**
 * L7: what Concord left on the records is the person's history: stage, stamps, handoff, answer, count, block. The rules go on from there as they would have:
 * nothing moves back, what differs from it since is judged as drift, answer or evidence. Open handoffs go on without clocks.
 */
export function remember(ctx: Context, { memory, answer }: Recollection): void {
  const { state } = ctx;
  const { stage, stageAt } = memory;
  state.adoptedAt = ctx.now;
  state.stage = stage;
  state.stageAt = stageAt;
  state.entries[stage] = { first: stageAt, latest: stageAt };
  for (const id of STAMPED) {
    const at = memory.stamps[id];
    if (at !== undefined) state.entries[id] = { first: at, latest: at };
  }
  state.mqlWhy = memory.mqlWhy;
  state.rejectionCount = memory.rejectionCount;
  const rejection = answer === null ? null : rejectionOf(memory, answer);
  const handoff = memory.cycle === null ? null : handoffOf(ctx, memory, memory.cycle, rejection);
  if (handoff !== null) state.handoffs.push(handoff);
  if (isOffRamp(stage)) {
    const at = Math.max(restOfSecond(stageAt), stage === 'lost' ? 0 : (rejection?.at ?? 0));
    const until = rejection === null || stage === 'lost' ? null : standingDate(ctx, rejection.recycleOn);
    state.block = { at, cause: stage === 'lost' ? 'lost' : 'rejection', route: stage === 'lost' ? null : (rejection?.route ?? null), until, held: clausesSpeaking(ctx, at) };
  }
  ended(ctx);
  // L12: losses that were there when the stage was decided.
  state.lostSeen = ctx.lost.filter((each) => closedAt(each) <= restOfSecond(stageAt)).map((each) => each.record.ref.id);
  if (memory.rejectedAt !== null) {
    const records = [...ctx.people, ...(ctx.contact === null ? [] : [ctx.contact])];
    const known = answer === null ? [] : readAnswers(ctx.terms.agreement, records, ctx.convertedLeads).filter((each) => each.kind === 'reject' && reasonOf(ctx.terms.agreement, each.words) === answer.reason);
    // What agrees with it is the answer that is remembered, whatever its time.
    const at = Math.max(restOfSecond(Math.max(stageAt, memory.rejectedAt)), ...known.map((each) => each.at));
    state.lastAnswer = { at, said: known.map((each) => each.said) };
  }
  ctx.known = true;
}

/** I5: a record that Concord had linked, and that is not there any more, was deleted: nothing recreates it. */
function ended(ctx: Context): void {
  const { agreement } = ctx.terms;
  const { evidence } = ctx.input;
  const linked = (record: MirrorRecord | null, id: 'salesforce_url' | 'hubspot_id'): boolean => record !== null && (valueOf(agreement, record, id) ?? null) !== null;
  if (evidence.leads.length + evidence.contacts.length === 0 && linked(ctx.contact, 'salesforce_url')) ctx.state.ended.push('salesforce');
  if (ctx.contact === null && linked(ctx.primary, 'hubspot_id')) ctx.state.ended.push('hubspot');
}

function rejectionOf(memory: Memory, answer: RememberedAnswer): Rejection {
  const expired = answer.reason === SLA_EXPIRED;
  const at = restOfSecond(expired ? memory.stageAt : (memory.rejectedAt ?? memory.stageAt));
  // An answer that is newer than a stage of the ladder has not moved it, so it ended no pass (F8, reroute, a duplicate); an older one was climbed out of.
  const ended = isOffRamp(memory.stage) ? memory.stage !== 'lost' : (memory.rejectedAt ?? Infinity) <= memory.stageAt;
  return {
    at,
    crm: answer.origin?.ref.crm ?? 'salesforce',
    record: answer.origin === null ? '' : refKey(answer.origin.ref),
    by: expired || memory.rejectedBy === null ? null : { name: memory.rejectedBy },
    reason: answer.reason,
    words: answer.words,
    reasonAt: answer.reason === null ? null : at,
    note: answer.note,
    detail: answer.detail,
    route: memory.route,
    recycleOn: memory.recycleOn,
    counted: !expired && ended && memory.route !== 'reroute' && !memory.followsSurvivor && memory.rejectionCount > 0,
  };
}

function handoffOf(ctx: Context, memory: Memory, cycle: number, rejection: Rejection | null): Handoff {
  const { stage, stageAt } = memory;
  const closed = closing(ctx, memory, rejection);
  const openedAt = Math.min(memory.stamps.mql ?? stageAt, closed?.at ?? Infinity);
  return {
    cycle,
    openedAt,
    adopted: true,
    why: memory.mqlWhy ?? 'found in Concord’s own fields',
    carriedAt: null,
    firstTouchAt: null,
    acceptedAt: SALES_OWNED.includes(stage) ? Math.max(stageAt, openedAt) : null,
    rejection,
    closedAt: closed?.at ?? null,
    closedAs: closed?.as ?? null,
    ownerId: ctx.primary?.owner?.id ?? null,
    sla: memory.sla,
    slaDueAt: memory.slaDueAt,
  };
}

/** How the last pass ended, by the stage that it led to; null: it is open. */
function closing(ctx: Context, { stage, stageAt }: Memory, rejection: Rejection | null): { at: EpochMs; as: NonNullable<Handoff['closedAs']> } | null {
  switch (stage) {
    case 'recycled':
    case 'disqualified':
      return rejection === null ? { at: stageAt, as: 'system' } : { at: rejection.at, as: rejection.reason === SLA_EXPIRED ? 'expired' : 'rejected' };
    case 'lost':
      return { at: restOfSecond(stageAt), as: 'lost' };
    case 'customer':
      // Whether a later pass was under way is not written anywhere: nothing older than adoption opens another one.
      return ctx.open.length > 0 ? null : { at: ctx.now, as: 'won' };
    case 'subscriber':
    case 'lead':
      return { at: stageAt, as: 'system' };
    case 'sal':
    case 'sql':
    case 'opportunity':
      // Accepted, but not in Salesforce: there was no pass to carry there, and none is begun now.
      return ctx.primary === null ? { at: stageAt, as: 'system' } : answered(rejection);
    case 'mql':
      return answered(rejection);
  }
}

function answered(rejection: Rejection | null): { at: EpochMs; as: 'rejected' } | null {
  return rejection?.counted === true ? { at: rejection.at, as: 'rejected' } : null;
}

/** The history for the reports: each stamped entry and the stage, in the order of their times. */
export function rememberedTransitions({ memory }: Recollection): Transition[] {
  const entries = STAMPED.flatMap((to) => (memory.stamps[to] === undefined || to === memory.stage ? [] : [{ to, at: memory.stamps[to] }]));
  const found = [...entries.filter((each) => each.at <= memory.stageAt).sort((a, b) => a.at - b.at), { to: memory.stage, at: memory.stageAt }];
  return found.map(({ to, at }, index) => ({ from: found[index - 1]?.to ?? null, to, at, cycle: memory.cycle ?? 0, rule: 'L7', because: 'found in Concord’s own fields', skipped: false }));
}

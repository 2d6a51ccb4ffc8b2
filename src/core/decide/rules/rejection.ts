import { refKey } from '../../../domain/record';
import type { Handoff, Rejection } from '../../../domain/person';
import type { Route } from '../../../domain/stage';
import { readAnswers, type Answer } from '../answers';
import { moveTo, openHandoff, plusDays, stageHolds, startOfDate, type Context } from '../context';

/** F1, F3-F6, F8: reads what reps have answered since the last time and applies it in the order of its times. */
export function applyAnswers(ctx: Context): void {
  const { state } = ctx;
  const records = [...ctx.people, ...(ctx.contact === null ? [] : [ctx.contact])];
  for (const answer of readAnswers(ctx.terms.agreement, records, ctx.convertedLeads)) {
    const last = state.lastAnswer;
    if (last !== null && (answer.at < last.at || (answer.at === last.at && last.said.includes(answer.said)))) continue;
    state.lastAnswer = { at: answer.at, said: last?.at === answer.at ? [...last.said, answer.said] : [answer.said] };
    if (answer.kind === 'reject') reject(ctx, answer);
    else withdraw(ctx, answer);
  }
}

function reject(ctx: Context, answer: Answer): void {
  const { state } = ctx;
  const { agreement } = ctx.terms;
  if (answer.by?.id !== undefined && agreement.settings.rejection.system_users.includes(answer.by.id)) {
    // F8: closed by the system: the pass ends, but nobody has answered.
    const open = openHandoff(ctx);
    if (open !== null) close(open, answer.since, 'system');
    return;
  }
  const rejection = readRejection(ctx, answer);
  const standing = standingHandoff(ctx);
  if (standing !== null && standing.rejection !== null) {
    // The same "no", said more fully or differently: a correction, not another rejection.
    standing.rejection = { ...rejection, at: standing.rejection.at, counted: standing.rejection.counted };
    applyRoute(ctx, standing.rejection);
    return;
  }
  if (rejection.route === 'reroute') {
    ctx.notes.push(`Sales says the owner is wrong (${rejection.words ?? ''}): the handoff stays open.`);
    const open = openHandoff(ctx);
    if (open !== null) open.rejection = { ...rejection, counted: false };
    return;
  }
  if (rejection.route === 'duplicate' && ctx.people.some((record) => refKey(record.ref) !== refKey(answer.record.ref))) {
    ctx.notes.push(`${refKey(answer.record.ref)} was closed as a duplicate: the handoff follows the surviving record.`);
    return;
  }
  const open = openHandoff(ctx);
  const moves = ctx.open.length === 0 && ctx.won.length === 0 && state.stage !== 'customer';
  if (open !== null && moves) {
    open.rejection = rejection;
    close(open, rejection.at, 'rejected');
    state.rejectionCount += 1;
  } else {
    // F8: without a handoff, or against an opportunity: recorded and routed, not counted.
    rejection.counted = false;
    if (open === null) state.handoffs.push(loose(ctx, rejection));
    else open.rejection = rejection;
  }
  if (moves) applyRoute(ctx, rejection);
}

/** The stage and the block that a rejection leads to (F2, L4). */
function applyRoute(ctx: Context, rejection: Rejection): void {
  const held = stageHolds(ctx, 'mql').evaluation?.clauses.filter((clause) => clause.holds === true).map((clause) => clause.key) ?? [];
  ctx.state.block = { at: rejection.at, cause: 'rejection', route: rejection.route, until: rejection.route === 'recycle' ? standingDate(ctx, rejection.recycleOn) : null, held: ctx.state.block?.held ?? held };
  const to = rejection.route === 'disqualify' || rejection.route === 'suppress' ? 'disqualified' : 'recycled';
  moveTo(ctx, to, rejection.at, 'F2', rejection.reason === null ? 'rejected by sales without a reason' : `rejected by sales: ${rejection.words ?? rejection.reason}`);
}

/** L7: a recycle date already past at adoption waits for new evidence. */
function standingDate(ctx: Context, date: string | null): string | null {
  if (date === null) return null;
  return ctx.input.adopting && !ctx.known && startOfDate(ctx, date) <= ctx.now ? null : date;
}

/** F6: the rep takes the rejection back; the handoff goes on. */
function withdraw(ctx: Context, answer: Answer): void {
  const standing = standingHandoff(ctx);
  const rejection = standing?.rejection ?? null;
  if (standing === null || rejection === null || answer.at <= rejection.at) return;
  if (standing.closedAs === 'rejected') {
    standing.closedAt = null;
    standing.closedAs = null;
    ctx.state.rejectionCount = Math.max(0, ctx.state.rejectionCount - 1);
  }
  standing.rejection = null;
  ctx.state.block = null;
  if (ctx.state.stage === 'recycled' || ctx.state.stage === 'disqualified') {
    moveTo(ctx, 'mql', answer.at, 'F6', 'sales took the rejection back');
  }
}

function standingHandoff(ctx: Context): Handoff | null {
  const last = ctx.state.handoffs.at(-1);
  return last !== undefined && last.rejection !== null && (last.closedAs === 'rejected' || last.rejection.counted === false) ? last : null;
}

function close(handoff: Handoff, at: number, as: NonNullable<Handoff['closedAs']>): void {
  handoff.closedAt = at;
  handoff.closedAs = as;
}

function readRejection(ctx: Context, answer: Answer): Rejection {
  const { agreement } = ctx.terms;
  const reason = answer.words === null ? null : agreement.reasonOf(answer.words);
  const route: Route | null = answer.words === null ? null : reason === null ? 'unmapped' : reason.route;
  const recycleOn = route !== 'recycle' ? null : (answer.recycleOn ?? (reason?.afterDays == null ? null : plusDays(ctx, answer.since, reason.afterDays)));
  return {
    at: answer.since,
    crm: answer.record.ref.crm,
    record: refKey(answer.record.ref),
    by: answer.by,
    reason: answer.words === null ? null : (reason?.id ?? 'other'),
    words: answer.words,
    note: reason === null && answer.words !== null ? [answer.words, answer.note].filter((part) => part !== null).join('\n') : answer.note,
    detail: answer.detail,
    route,
    recycleOn,
    counted: true,
  };
}

/** A rejection without a handoff, kept as a closed pass so that history and explanation have it. */
function loose(ctx: Context, rejection: Rejection): Handoff {
  return {
    cycle: ctx.state.handoffs.length + 1,
    openedAt: rejection.at,
    adopted: true,
    why: 'rejected without a handoff',
    carriedAt: null,
    firstTouchAt: null,
    acceptedAt: null,
    rejection,
    closedAt: rejection.at,
    closedAs: 'rejected',
    ownerId: ctx.primary?.owner?.id ?? null,
    sla: null,
    slaDueAt: null,
  };
}

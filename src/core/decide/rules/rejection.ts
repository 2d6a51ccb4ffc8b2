import { refKey, type MirrorRecord } from '../../../domain/record';
import type { Handoff, Rejection } from '../../../domain/person';
import { isOffRamp, LADDER, rank, SALES_OWNED, type Route, type StageId } from '../../../domain/stage';
import { laterWords, readAnswers, type Answer } from '../answers';
import { clausesSpeaking, isNo, lastCycle, moveTo, openHandoff, plusDays, standingDate, type Context } from '../context';
import { resume } from './ladder';

/** F1, F3-F6, F8: reads what reps have answered since the last time (`until`: what they had by then) and applies it in the order of its times. */
export function applyAnswers(ctx: Context, until = Infinity): void {
  const { state } = ctx;
  const records = [...ctx.people, ...(ctx.contact === null ? [] : [ctx.contact])];
  const answers = readAnswers(ctx.terms.agreement, records, ctx.convertedLeads).filter((answer) => answer.at <= until);
  for (const answer of answers) {
    const last = state.lastAnswer;
    if (last !== null && (answer.at < last.at || (answer.at === last.at && last.said.includes(answer.said)))) continue;
    // F8: a reopening by the system is as little an answer as a closing by it.
    if (answer.kind === 'withdraw' && isBySystem(ctx, answer)) continue;
    state.lastAnswer = { at: answer.at, said: last?.at === answer.at ? [...last.said, answer.said] : [answer.said] };
    if (answer.kind === 'reject') reject(ctx, answer);
    else withdraw(ctx, answer);
  }
  follow(ctx, answers);
}

function isBySystem(ctx: Context, { by }: Answer): boolean {
  return by?.id !== undefined && ctx.terms.agreement.settings.rejection.system_users.includes(by.id);
}

function reject(ctx: Context, answer: Answer): void {
  const { state } = ctx;
  if (isBySystem(ctx, answer)) {
    const closing = openHandoff(ctx);
    // F8: closed by the system: the pass ends, but nobody has answered.
    if (closing !== null) close(closing, saidAt(answer, closing), 'system');
    return;
  }
  const returned = standingHandoff(ctx);
  if (returned?.closedAs === 'expired') {
    // The answer came after all: late, but sales' own.
    resume(returned, answer.at);
    state.block = null;
  }
  const open = openHandoff(ctx);
  const standing = standingHandoff(ctx);
  const before = standing?.rejection ?? null;
  // M5: the reason is out of sight on the record that said it: what was read there before still stands.
  if (before !== null && !answer.reasonKnown && before.record === refKey(answer.record.ref)) return;
  const correcting = standing !== null && before !== null && isNo(before) && (isOffRamp(state.stage) || (state.stageAt ?? 0) <= before.at);
  // M4, F3: the same "no" once more, on another record and without a reason, takes away nothing that was said.
  if (correcting && before.reason !== null && answer.words === null && !answer.emptied && before.record !== refKey(answer.record.ref)) return;
  const rejection = readRejection(ctx, answer, correcting ? before.at : saidAt(answer, open));
  // L7: at adoption a rejection outranks a stage of marketing, never one of sales that is shown beside it.
  const outranked = !ctx.known && ctx.input.adopting && state.stage !== null && SALES_OWNED.includes(state.stage);
  const moves = ctx.open.length === 0 && ctx.won.length === 0 && state.stage !== 'customer' && !outranked;

  const survivor = rejection.route === 'duplicate' ? survivorOf(ctx, answer.record) : null;
  if (rejection.route === 'reroute' || survivor !== null) {
    // Not a "no" to the person, also when it corrects one.
    if (correcting) takeBack(ctx, standing, answer.at, 'sales corrected the reason: not a rejection');
    ctx.notes.push(survivor === null ? `Sales says the owner is wrong (${rejection.words ?? ''}): the handoff stays open.` : `${refKey(answer.record.ref)} was closed as a duplicate: the handoff follows ${refKey(survivor.ref)}.`);
    const kept = openHandoff(ctx);
    if (kept !== null) kept.rejection = { ...rejection, detail: rejection.detail ?? survivor?.ref.id ?? null, counted: false };
    return;
  }
  if (correcting) {
    // The same "no", said more fully or differently: a correction, not another rejection.
    const reasonAt = rejection.reason === null ? null : before.reason === null ? answer.at : (before.reasonAt ?? before.at);
    standing.rejection = { ...rejection, reasonAt, counted: before.counted, note: answer.note === undefined ? before.note : rejection.note };
    if (moves || standing.closedAs === 'rejected') applyRoute(ctx, standing.rejection, moves, state.block?.held ?? null);
    return;
  }
  const ends = open !== null && !outranked && (moves || open.acceptedAt === null);
  if (ends) {
    open.rejection = rejection;
    close(open, rejection.at, 'rejected');
    state.rejectionCount += 1;
  } else {
    // F8: without a handoff, or against an opportunity: recorded and routed, not counted.
    rejection.counted = false;
    if (open === null) state.handoffs.push(loose(ctx, rejection));
    else open.rejection = rejection;
  }
  if (moves || ends) applyRoute(ctx, rejection, moves, null, open);
}

/** F2: the record with which the handoff goes on when sales closes one of the person's Salesforce records as a duplicate; null: there is none. */
function survivorOf(ctx: Context, closed: MirrorRecord): MirrorRecord | null {
  if (closed.ref.crm !== 'salesforce') return null;
  const others = ctx.people.filter((record) => refKey(record.ref) !== refKey(closed.ref));
  return others.find((record) => record === ctx.primary) ?? others[0] ?? null;
}

/** When a rep said no: the status' change; for a status that stands since an earlier pass, the change that made it an answer to this one. */
function saidAt(answer: Answer, open: Handoff | null): number {
  return open !== null && answer.since < open.openedAt ? answer.at : answer.since;
}

/** The block and the stage that a rejection leads to (F2, L4). F8: it never moves a person with an opportunity. */
function applyRoute(ctx: Context, rejection: Rejection, moves: boolean, held: string[] | null, pass: Handoff | null = null): void {
  ctx.state.block = { at: rejection.at, cause: 'rejection', route: rejection.route, until: standingDate(ctx, rejection.recycleOn), held: held ?? clausesSpeaking(ctx, rejection.at, pass?.held) };
  if (!moves) return;
  const to = rejection.route === 'disqualify' || rejection.route === 'suppress' ? 'disqualified' : 'recycled';
  moveTo(ctx, to, rejection.at, 'F2', rejection.reason === null ? 'rejected by sales without a reason' : `rejected by sales: ${rejection.words ?? rejection.reason}`);
}

/** F2: a note, a detail or a date that somebody writes after the answer belongs to it. */
function follow(ctx: Context, answers: Answer[]): void {
  const standing = standingHandoff(ctx);
  const rejection = standing?.rejection ?? null;
  if (standing === null || rejection === null) return;
  const answer = answers.find((each) => each.kind === 'reject' && each.reasonKnown && each.words === rejection.words && refKey(each.record.ref) === rejection.record);
  if (answer !== undefined && rejection.route === 'unmapped' && isKnown(ctx, answer)) {
    // F3: RevOps has taught the agreement these words since: the answer is heard now.
    reject(ctx, answer);
    follow(ctx, answers);
    return;
  }
  if (answer !== undefined) {
    const now = followed(ctx, answer, rejection);
    standing.rejection = { ...now, ...wordsElsewhere(ctx, answer, rejection, now.note) };
  }
  const date = dateElsewhere(ctx, rejection);
  if (date !== null) standing.rejection = { ...(standing.rejection ?? rejection), recycleOn: date, route: 'recycle' };
  const { block } = ctx.state;
  const { recycleOn, route } = standing.rejection ?? rejection;
  if ((recycleOn !== rejection.recycleOn || route !== rejection.route) && block?.cause === 'rejection' && block.at === rejection.at) {
    // A person has decided when: until then no act brings the lead back either.
    ctx.state.block = { ...block, route: block.route === 'review' ? 'review' : route, until: standingDate(ctx, recycleOn) };
  }
}

/** What somebody has written in the other CRM beside the answer, later than the rep's own words there: both are told, and neither is written over. */
function wordsElsewhere(ctx: Context, answer: Answer, rejection: Rejection, own: string | null): Partial<Rejection> {
  const [other] = [ctx.contact, ctx.primary].filter((record) => record !== null && record.ref.crm !== answer.record.ref.crm);
  const note = other == null ? null : laterWords(ctx.terms.agreement, other, rejection, answer.record);
  if (note === null) return {};
  return { note: own === null || own === note ? note : `${own}\n${note}` };
}

/** The date that a person has set in the CRM where the answer was not given, after it and after any date beside the answer; null: none. */
function dateElsewhere(ctx: Context, rejection: Rejection): string | null {
  if (rejection.route !== 'recycle' && rejection.route !== 'review') return null;
  const { signals } = ctx.terms.agreement.settings.rejection;
  const dates = [ctx.contact, ctx.primary].flatMap((record) => {
    const name = record === null ? undefined : signals[record.ref.crm].recycle_on;
    const since = record === null || name === undefined ? undefined : record.since[name];
    const value = record === null || name === undefined ? null : record.fields[name];
    return record !== null && since !== undefined && since.own !== true && since.first !== true && since.at > rejection.at && typeof value === 'string' ? [{ at: since.at, value, there: refKey(record.ref) === rejection.record }] : [];
  });
  const newest = dates.sort((a, b) => b.at - a.at)[0];
  return newest === undefined || newest.there ? null : newest.value;
}

/**
 * What a person has added to the answer. What its words mean, and where they lead, was agreed when they were said: an agreement edited since changes the
 * answers after it, never one that stands.
 */
function followed(ctx: Context, answer: Answer, rejection: Rejection): Rejection {
  const now = readRejection(ctx, answer, rejection.at);
  const isSame = now.reason === rejection.reason;
  return {
    ...rejection,
    note: answer.note === undefined ? rejection.note : isSame ? now.note : answer.note,
    detail: answer.detail === undefined ? rejection.detail : (now.detail ?? (isNo(rejection) ? null : rejection.detail)),
    ...(answer.recycleOn === undefined || !isDated(rejection) ? {} : isDated(now) ? { recycleOn: now.recycleOn, route: now.route } : answer.recycleOn === null ? {} : { recycleOn: answer.recycleOn, route: 'recycle' }),
  };
}

/** Whether a person's own date says when the lead comes back (F2). */
function isDated({ route }: Rejection): boolean {
  return route === 'recycle' || route === 'review';
}

/** `other` is what unknown words stand under: it explains none. */
function isKnown(ctx: Context, { words }: Answer): boolean {
  const reason = words === null ? null : ctx.terms.agreement.reasonOf(words);
  return reason !== null && reason.id !== 'other';
}

/** F6: the rep takes the rejection back where it stands: on the record that said it, or where Concord showed it. */
function withdraw(ctx: Context, answer: Answer): void {
  const standing = standingHandoff(ctx);
  const rejection = standing?.rejection ?? null;
  if (standing === null || rejection === null || answer.at <= rejection.at) return;
  const { record } = answer;
  if (refKey(record.ref) !== rejection.record && record !== ctx.primary && record !== ctx.contact) return;
  takeBack(ctx, standing, answer.at, 'sales took the rejection back');
}

/** The handoff goes on as if it had not been rejected; a rejection without a handoff leaves the person where it was. */
function takeBack(ctx: Context, standing: Handoff, at: number, because: string): void {
  const { state } = ctx;
  const counted = standing.rejection?.counted === true;
  const returned = standing.closedAs === 'expired';
  if (returned) resume(standing, at);
  else if (counted && standing.closedAs === 'rejected') {
    standing.closedAt = null;
    standing.closedAs = null;
    state.rejectionCount = Math.max(0, state.rejectionCount - 1);
  }
  standing.rejection = null;
  state.block = null;
  if (state.stage === 'recycled' || state.stage === 'disqualified') moveTo(ctx, counted || returned ? 'mql' : stageBefore(ctx), at, 'F6', because);
}

/** The ladder's stage that was entered last. */
function stageBefore(ctx: Context): StageId {
  const entered = LADDER.filter((stage) => ctx.state.entries[stage] !== undefined && ctx.state.entries[stage]?.skipped !== true);
  return entered.sort((a, b) => (ctx.state.entries[b]?.latest ?? 0) - (ctx.state.entries[a]?.latest ?? 0) || rank(b) - rank(a))[0] ?? 'lead';
}

function standingHandoff(ctx: Context): Handoff | null {
  const last = ctx.state.handoffs.at(-1);
  return last !== undefined && last.rejection !== null && (last.closedAs === 'rejected' || last.closedAs === 'expired' || !last.rejection.counted) ? last : null;
}

function close(handoff: Handoff, at: number, as: NonNullable<Handoff['closedAs']>): void {
  handoff.closedAt = at;
  handoff.closedAs = as;
}

/** What an answer says, dated `at`: the recycle date counts from there, unless the rep gave one. */
function readRejection(ctx: Context, answer: Answer, at: number): Rejection {
  const { agreement } = ctx.terms;
  const { words } = answer;
  const reason = words === null ? null : agreement.reasonOf(words);
  const agreed: Route | null = words === null ? null : reason === null ? 'unmapped' : reason.route;
  const again = reason === null || agreed === null || !RETURNING.includes(agreed) ? 0 : saidBefore(ctx, reason.id);
  const { factor, review_at } = agreement.settings.rejection.repeated;
  // F2: the same reason for the third time, and nobody gave a date: a person decides.
  const route: Route | null = again + 1 >= review_at && answer.recycleOn == null && reason?.id !== 'other' ? 'review' : agreed;
  const days = reason?.afterDays == null ? null : Math.round(reason.afterDays * factor ** again);
  const note = answer.note ?? null;
  return {
    at,
    crm: answer.record.ref.crm,
    record: refKey(answer.record.ref),
    by: answer.by,
    reason: words === null ? null : (reason?.id ?? 'other'),
    words,
    reasonAt: words === null ? null : Math.max(answer.at, at),
    // F3: words that no reason knows are kept as they are.
    note: reason === null && words !== null ? [words, note].filter((part) => part !== null).join('\n') : note,
    detail: answer.detail ?? null,
    route,
    recycleOn: route !== 'recycle' ? null : (answer.recycleOn ?? (days === null ? null : plusDays(ctx, at, days))),
    counted: true,
  };
}

/** The routes on which a person comes back to sales. */
const RETURNING: readonly Route[] = ['recycle', 'nurture', 'fix_data'];

/** How many earlier handoffs of the person ended with this reason. One that is being corrected is not among them. */
function saidBefore(ctx: Context, reason: string): number {
  const standing = standingHandoff(ctx);
  return ctx.state.handoffs.filter((each) => each !== standing && each.rejection?.counted === true && each.rejection.reason === reason).length;
}

/** A rejection without a handoff, kept as a closed pass so that history and explanation have it. */
function loose(ctx: Context, rejection: Rejection): Handoff {
  return {
    cycle: lastCycle(ctx.state) + 1,
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

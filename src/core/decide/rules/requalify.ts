import type { EpochMs, MirrorRecord } from '../../../domain/record';
import { SHOWN } from '../../../domain/ownFields';
import { isOffRamp, rank } from '../../../domain/stage';
import { explainHeld } from '../../../agreement/conditions';
import { clauseKey, lookup, moveTo, openHandoff, speaks, stageHolds, startOfDate, type Context, type Held } from '../context';
import { correctedSince, type Correction } from './correction';
import { opened } from './ladder';

/** Marketing's criteria (L4, L6): the person becomes an MQL and is handed over, if the evidence is new enough and nothing is missing. */
export function qualify(ctx: Context): void {
  const { state } = ctx;
  const { agreement } = ctx.terms;
  ctx.missing = [];
  if (openHandoff(ctx) !== null) return;
  const current = state.stage;
  // Adopted as an MQL without a record in Salesforce (L7): the handoff is still to come.
  const waiting = current === 'mql' && state.handoffs.length === 0;
  const ahead = !isOffRamp(current) && rank(current) >= rank('mql');
  if (ahead && current !== 'customer' && !waiting) return;
  const correction = current === 'customer' ? null : corrected(ctx);
  const held = stageHolds(ctx, 'mql');
  if (!held.holds && correction === null) return;
  const at = correction?.at ?? (current === 'customer' ? actOfCustomer(ctx) : state.block === null ? held.at : released(ctx, held));
  if (at === null) return;
  const needs = agreement.stage('mql')?.needs ?? [];
  const see = lookup(ctx, ctx.primary, 'marketing');
  ctx.missing = needs.filter((field) => (see(field) ?? null) === null);
  if (ctx.missing.length > 0) {
    if (!isOffRamp(current) && rank(current) < rank('lead')) moveTo(ctx, 'lead', at, 'L6', 'meets marketing’s criteria, but something is missing for the handoff');
    ctx.notes.push(`Meets the MQL criteria but is held back: ${ctx.missing.join(', ')} missing (L6).`);
    return;
  }
  const why = correction !== null ? `the data were corrected: ${correction.field.id}` : held.evaluation === null ? '' : explainHeld(held.evaluation, agreement.settings.company.language);
  // L7: evidence older than adoption opens a handoff without clocks.
  const adopted = state.adoptedAt !== null && at < state.adoptedAt;
  if (current !== 'customer') moveTo(ctx, 'mql', at, correction === null ? 'L1' : 'F2', why);
  const { marketing } = agreement.settings;
  const promised = marketing === undefined || marketing.fields.length === 0 ? needs : marketing.fields;
  opened(ctx, at, why, adopted).lacks = promised.filter((field) => (see(field) ?? null) === null);
  state.mqlWhy = why;
}

/**
 * L4: since when the person may come back after a rejection or a loss; null: not yet. Standing evidence counts from the recycle date on; before it
 * only a newer act, or a clause that was false then and is true now. A score is neither.
 */
function released(ctx: Context, held: Held): EpochMs | null {
  const { block } = ctx.state;
  if (block === null) return held.at;
  const { handoff, rejection } = ctx.terms.agreement.settings;
  if (block.route === 'suppress') return null;
  const until = block.until === null ? null : startOfDate(ctx, block.until);
  if (until !== null && until <= ctx.now) return Math.max(until, block.at, held.at);
  if (until !== null) ctx.clockTimes.push(until);
  // F2: the same reason for the third time: only a person brings the lead back, by a date or by making it an MQL.
  if (block.route === 'review') return setByMarketer(ctx, block.at);
  if (block.route === 'disqualify') return newAct(ctx, block.at, handoff.acts_after_disqualify);
  // Without a date only new evidence is left to wait for (L7).
  if (until !== null && !rejection.recycle_on_engagement) return null;
  const act = newAct(ctx, block.at, handoff.acts);
  if (act !== null) return act;
  const marketer = setByMarketer(ctx, block.at);
  if (marketer !== null) return marketer;
  const fresh = held.evaluation?.clauses.some((clause) => speaks(clause) && clause.field !== 'score' && !clause.field.endsWith(`.${SHOWN.lifecycle}`) && !block.held.includes(clauseKey(clause))) ?? false;
  return fresh ? Math.max(held.at, block.at) : null;
}

/** F2: sales sent the person back to have the data corrected, and they were: sales looks again, whatever the score says by now. */
function corrected(ctx: Context): Correction | null {
  const { block, handoffs, stage } = ctx.state;
  if (block?.route !== 'fix_data' || stage !== 'recycled') return null;
  return correctedSince(ctx, block.at, handoffs.at(-1)?.rejection?.detail ?? null);
}

/** L12: a customer's new act makes a new handoff; after a rejection of the last one, within what L4 lets count. */
function actOfCustomer(ctx: Context): EpochMs | null {
  const { block, handoffs, stageAt } = ctx.state;
  const after = Math.max(handoffs.at(-1)?.closedAt ?? stageAt ?? ctx.now, block?.at ?? 0);
  if (block?.route === 'suppress') return null;
  return block?.route === 'disqualify' ? newAct(ctx, after, ctx.terms.agreement.settings.handoff.acts_after_disqualify) : newAct(ctx, after);
}

/** The latest dated act of the person after a moment. One that the CRM dates ahead of the run's clock waits for its time. */
function newAct(ctx: Context, after: EpochMs, acts: string[] = ctx.terms.agreement.settings.handoff.acts): EpochMs | null {
  const all = acts
    .map((name) => ctx.contact?.fields[name])
    .filter((value): value is string => typeof value === 'string')
    .map((value) => Date.parse(value))
    .filter((at) => at > after);
  const ahead = all.filter((at) => at > ctx.now);
  ctx.clockTimes.push(...ahead);
  const times = all.filter((at) => at <= ctx.now);
  return times.length === 0 ? null : Math.max(...times);
}

/** A marketer who sets the MQL stage by hand after the rejection has acted; a workflow, or somebody unknown, has not. */
function setByMarketer(ctx: Context, after: EpochMs): EpochMs | null {
  const contact: MirrorRecord | null = ctx.contact;
  const since = contact?.since[SHOWN.lifecycle];
  const value = contact?.fields[SHOWN.lifecycle];
  if (contact === null || since === undefined || since.own === true || since.at <= after || typeof value !== 'string') return null;
  const person = since.by?.source !== undefined && ctx.terms.agreement.settings.evidence.hubspot_people.includes(since.by.source);
  return person && ctx.terms.agreement.stageOfLifecycle(value).includes('mql') ? since.at : null;
}

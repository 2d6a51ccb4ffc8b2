import type { EpochMs, MirrorRecord } from '../../domain/record';
import { copyState, emptyState, type PersonState, type Transition } from '../../domain/person';
import type { Terms } from '../terms';
import { sameValue } from '../observe';
import { createContext, openHandoff, pinPrimary, replaceRefused, type Context, type DecideInput } from './context';
import { desires, type DesiredRecord, type Drift } from './desired';
import { recall } from './recall';
import { adopt } from './rules/adoption';
import { applyAnswers } from './rules/rejection';
import { applyOpportunities } from './rules/opportunities';
import { applyOverwritten } from './rules/overwritten';
import { remember, rememberedTransitions } from './rules/remembered';
import { climb } from './rules/ladder';
import { qualify } from './rules/requalify';
import { clocks, runClocks, type Clock } from './rules/sla';
import { scopeOf } from './rules/scope';
import { returnUnanswered } from './rules/unanswered';

export interface Decision {
  state: PersonState;
  transitions: Transition[];
  contact: MirrorRecord | null;
  primary: MirrorRecord | null;
  /** Other live Salesforce records of the person (I4). */
  duplicates: MirrorRecord[];
  inScope: boolean;
  outOfScope: string | null;
  /** Field ids that the handoff lacks (L6). */
  missing: string[];
  desired: DesiredRecord[];
  drift: Drift[];
  clocks: Clock[];
  /** The closed lead that Salesforce refuses to reopen for the handoff that is open (F5). */
  refused: MirrorRecord | null;
  /** Opportunities that no contact role ties to the person (I7). */
  inferred: string[];
  notes: string[];
  /** Records of which Concord's own fields told whose their values are (L7): kept with the decision. */
  recalled: MirrorRecord[];
  /** The first moment at which the clock alone changes this answer; null: never. */
  nextAt: EpochMs | null;
}

/**
 * The heart: what the agreement makes of a person's evidence and history at a moment. Pure: the same arguments give the same answer, in any order of
 * the records; nothing is read, awaited or logged.
 */
export function decide(terms: Terms, input: DecideInput, urlOf: (record: MirrorRecord) => string): Decision {
  const state: PersonState = input.state === null ? emptyState() : copyState(input.state);
  for (const { crm } of input.evidence.gone) {
    if (!state.ended.includes(crm)) state.ended.push(crm);
    state.endedAt = { ...state.endedAt, [crm]: input.now };
  }
  const memory = input.state === null && input.adopting ? recall(terms.agreement, input) : null;
  const meanwhile = input.state === null ? [] : applyOverwritten(terms, input, state);
  const ctx: Context = createContext(terms, memory?.input ?? input, state);
  ctx.transitions.push(...meanwhile);
  ctx.notes.push(...(memory?.notes ?? []));

  const recollection = memory?.recollection ?? null;
  if (recollection !== null) remember(ctx, recollection);
  else if (!ctx.known && input.adopting) adopt(ctx);
  applyAnswers(ctx);
  applyOpportunities(ctx);
  climb(ctx);
  qualify(ctx);
  // I4: a new pass starts on an open record.
  if (state.handoffs.length > (input.state?.handoffs.length ?? 0) && openHandoff(ctx) !== null) pinPrimary(ctx, true);
  replaceRefused(ctx);
  runClocks(ctx);
  if (returnUnanswered(ctx)) runClocks(ctx);
  const scope = scopeOf(ctx);
  const { records, drift } = desires(ctx, scope, urlOf);
  // L10: who left the scope counts as leaving until what is to be cleared is cleared.
  state.inScope = scope.inScope || records.some((each) => [...each.fields].some(([name, field]) => each.record !== null && name in each.record.fields && !sameValue(each.record.fields[name], field.value)));

  const handoff = openHandoff(ctx) ?? state.handoffs.at(-1);
  const times = [...ctx.clockTimes, ...(ctx.scoreNextAt === null ? [] : [ctx.scoreNextAt])];
  return {
    state,
    transitions: [...(recollection === null ? [] : rememberedTransitions(recollection)), ...ctx.transitions],
    contact: ctx.contact,
    primary: ctx.primary,
    duplicates: ctx.people.filter((record) => record !== ctx.primary),
    inScope: scope.inScope,
    outOfScope: scope.because,
    missing: ctx.missing,
    desired: records,
    drift,
    clocks: handoff === undefined ? [] : clocks(ctx, handoff),
    refused: ctx.refused,
    inferred: input.evidence.opportunities.filter((each) => each.inferred).map((each) => each.record.ref.id).sort(),
    notes: ctx.notes,
    recalled: memory?.recalled ?? [],
    nextAt: times.length === 0 ? null : Math.min(...times),
  };
}

import { refKey, type RecordRef, type Value } from '../../domain/record';
import type { PersonState } from '../../domain/person';
import type { CompiledAgreement } from '../../agreement/compile';
import type { Decision } from '../decide/decide';
import { sameValue } from '../observe';

/*
 * What was rolled back is held until its evidence or the agreement changes (W9). Terms: the *ground* of a hold is what its value was planned on when it was
 * undone: the agreement, and how the person stood. For a mapped field the evidence is the other CRM's value, so that another planned value tells its change.
 */

export interface Ground {
  /** The agreement's hash. */
  agreement: string;
  /** How the person stood, as `standOf` says it. */
  decided: string;
}

export interface RolledBack {
  field: string;
  /** The planned value that was undone. */
  value: Value;
  /** Absent: not known; the hold ends with the value. */
  ground?: Ground;
}

/** How a person stands, as far as it moves with evidence: not the score, nor the state of a clock. Equal texts for people whom nothing has moved since. */
export function standOf(state: PersonState | null): string {
  const last = state?.handoffs.at(-1);
  return JSON.stringify([state?.stage ?? null, state?.stageAt ?? null, last?.cycle ?? 0, last?.closedAt ?? null, state?.lastAnswer?.at ?? null]);
}

/** Whether the ground on which a value was planned, and undone, is still the same. */
export function isSameGround(agreement: CompiledAgreement, state: PersonState, held: RolledBack): boolean {
  if (held.ground === undefined) return true;
  if (held.ground.agreement !== agreement.hash) return false;
  return isMapped(agreement, held.field) || held.ground.decided === standOf(state);
}

/** Whether a hold has ended: its ground has changed, or another value is planned by now. */
export function hasEnded(agreement: CompiledAgreement, decision: Pick<Decision, 'state' | 'desired'>, ref: RecordRef, held: RolledBack): boolean {
  if (!isSameGround(agreement, decision.state, held)) return true;
  const wanted = decision.desired.find(({ record }) => record !== null && refKey(record.ref) === refKey(ref))?.fields.get(held.field);
  return wanted !== undefined && !sameValue(wanted.value, held.value);
}

function isMapped(agreement: CompiledAgreement, name: string): boolean {
  return agreement.fields.some((field) => field.hubspot === name || field.lead === name || field.contact === name);
}

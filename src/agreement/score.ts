import type { EpochMs } from '../domain/record';
import { compileCondition, type ClauseResult, type CompiledCondition, type ConditionOptions, type Lookup, type Truth } from './conditions';
import { momentSpan } from './clause';
import { localDays } from './localDay';
import type { ScoreSettings } from './schema';

/** Since when a field has had its value, by the CRM's time (L5). Undefined: not known. */
export type SinceLookup = (field: string) => EpochMs | undefined;

export interface ScorePart {
  holds: Truth;
  /** What it earns now, after decay; 0 when its condition does not hold. */
  points: number;
  /** From when the decay counts; undefined: it does not decay, or nobody knows since when. */
  since: EpochMs | undefined;
  clauses: readonly ClauseResult[];
}

export interface Score {
  /** A whole number; undefined when a condition cannot be judged because a field was not returned (M5). */
  value: number | undefined;
  parts: ScorePart[];
  /** The first moment at which time alone may change the value. */
  nextChangeAt: EpochMs | undefined;
}

export type CompiledScore = (lookup: Lookup, since: SinceLookup, now: EpochMs) => Score;

/** So many days are looked ahead for the next change of the total; after them it is looked at again. */
const LOOK_AHEAD_DAYS = 30;

interface Decay {
  points: number;
  age: number;
  halfLife: number;
}

/**
 * The agreement's own score: the points of every condition that holds, added and rounded to a whole number. Points with a half-life lose value once a
 * day, at midnight in the company's time zone: after `half_life_days` midnights half is left. The days count from what earned the points: the latest
 * of the condition's clauses that hold, each by its own date or moment when its field has one (`recent_conversion_date` within 30 days), else since
 * its field has had its value. Where neither is known the points stay whole.
 */
export function compileScore(points: NonNullable<ScoreSettings['points']>, options: ConditionOptions & { timeZone: string }): CompiledScore {
  const days = localDays(options.timeZone);
  const terms = points.map((term) => ({ points: term.points, halfLife: term.half_life_days, condition: compileCondition(term.when, options) }));

  function earnedAt(clauses: readonly ClauseResult[], since: SinceLookup, now: EpochMs): EpochMs | undefined {
    let latest: EpochMs | undefined;
    for (const clause of clauses) {
      if (clause.negated || clause.holds !== true) continue;
      const at = (clause.value === undefined ? null : momentSpan(clause.value, days))?.start ?? since(clause.field);
      if (at !== undefined && (latest === undefined || at > latest)) latest = at;
    }
    return latest === undefined ? undefined : Math.min(latest, now);
  }

  function part(term: { points: number; halfLife: number | undefined; condition: CompiledCondition }, lookup: Lookup, since: SinceLookup, now: EpochMs): { part: ScorePart; decay: Decay | undefined; next: EpochMs | undefined } {
    const { holds, clauses, nextChangeAt } = term.condition(lookup, now);
    if (holds !== true) return { part: { holds, points: 0, since: undefined, clauses }, decay: undefined, next: nextChangeAt };
    const from = term.halfLife === undefined ? undefined : earnedAt(clauses, since, now);
    if (term.halfLife === undefined || from === undefined) return { part: { holds, points: term.points, since: undefined, clauses }, decay: undefined, next: nextChangeAt };
    const decay = { points: term.points, age: days.dayOf(now) - days.dayOf(from), halfLife: term.halfLife };
    return { part: { holds, points: left(decay, 0), since: from, clauses }, decay, next: nextChangeAt };
  }

  return (lookup, since, now) => {
    const judged = terms.map((term) => part(term, lookup, since, now));
    const parts = judged.map((one) => one.part);
    const next = judged.flatMap((one) => one.next ?? []);
    if (parts.some((one) => one.holds === 'unknown')) return { value: undefined, parts, nextChangeAt: earliest(next) };
    const decays = judged.flatMap((one) => one.decay ?? []);
    const fixed = judged.reduce((sum, one) => sum + (one.decay === undefined ? one.part.points : 0), 0);
    const total = (ahead: number): number => roundedSum(fixed, decays, ahead);
    if (decays.length > 0) {
      let ahead = 1;
      while (ahead < LOOK_AHEAD_DAYS && total(ahead) === total(0)) ahead += 1;
      next.push(days.startOf(days.dayOf(now) + ahead));
    }
    return { value: total(0), parts, nextChangeAt: earliest(next) };
  };
}

function left(decay: Decay, ahead: number): number {
  return decay.points * 0.5 ** ((decay.age + ahead) / decay.halfLife);
}

function roundedSum(fixed: number, decays: Decay[], ahead: number): number {
  // Rounding is by half up on a sum cleared of the last binary digits, so that 59.5 made of fractions is not sometimes 59.
  const sum = decays.reduce((all, decay) => all + left(decay, ahead), fixed);
  return Math.floor(Number(sum.toFixed(6)) + 0.5);
}

function earliest(moments: number[]): number | undefined {
  return moments.length === 0 ? undefined : Math.min(...moments);
}

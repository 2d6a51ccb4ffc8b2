import type { EpochMs, Value } from '../domain/record';
import type { Condition, Language } from './schema';
import { ClauseOutcome, clauseText, readyClause, type ClauseResult, type FieldNames, type ReadyClause, type Truth } from './clause';
import { localDays, type LocalDays } from './localDay';
import { PHRASES } from './phrases';

export type { ClauseResult, FieldNames, Truth } from './clause';

/*
 * Conditions are data; here they become closures, once per agreement. Every clause is looked at on every evaluation, also where the outcome is
 * already certain: the explanation, `concord_mql_why`, `concord_mql_missing` and the memory of which clauses were false at a rejection (L4) need
 * them all. Truth is three-valued (M5): `any` is true when one part is, else unknown when one part is; `all` is false when one part is, else unknown
 * when one part is; `not` of unknown is unknown.
 */

/** The value of a field as a clause writes it. Undefined: the CRM did not return it (M5). Null: it is empty. */
export type Lookup = (field: string) => Value | undefined;

export interface Evaluation {
  readonly holds: Truth;
  /** Every clause in the order of the condition. */
  readonly clauses: readonly ClauseResult[];
  /** The first moment at which time alone changes a clause. */
  readonly nextChangeAt: EpochMs | undefined;
  /** The condition's structure, for explanations. */
  readonly structure: Structure;
}

export type CompiledCondition = (lookup: Lookup, now: EpochMs) => Evaluation;

export interface ConditionOptions {
  /** The company's time zone, in which a date without a time ends. Default UTC. */
  timeZone?: string;
  /** How to say field names. */
  names?: FieldNames;
}

/** How clauses (by their place in `clauses`) are joined. */
export type Structure = { kind: 'clause'; index: number } | { kind: 'any' | 'all'; parts: Structure[] } | { kind: 'not'; part: Structure };

type Step = (values: Truth[]) => Truth;

/** Makes a condition ready to be evaluated many times: over a million clauses a second. */
export function compileCondition(condition: Condition, options: ConditionOptions = {}): CompiledCondition {
  const clauses: ReadyClause[] = [];
  const structure = collect(condition, '', false, clauses, localDays(options.timeZone ?? 'UTC'), options.names);
  const decide = makeStep(structure);
  return (lookup, now) => {
    const truths: Truth[] = [];
    const results: ClauseOutcome[] = [];
    let nextChangeAt: EpochMs | undefined;
    for (const clause of clauses) {
      const value = lookup(clause.field);
      const holds = value === undefined ? 'unknown' : clause.test(value, now);
      const next = value === undefined || clause.next === undefined ? undefined : clause.next(value, now);
      if (next !== undefined && (nextChangeAt === undefined || next < nextChangeAt)) nextChangeAt = next;
      truths.push(holds);
      results.push(new ClauseOutcome(clause, value, holds, next));
    }
    return { holds: decide(truths), clauses: results, nextChangeAt, structure };
  };
}

/** Evaluates a condition once. To evaluate it often, compile it. */
export function evaluate(condition: Condition, lookup: Lookup, now: EpochMs, options: ConditionOptions = {}): Evaluation {
  return compileCondition(condition, options)(lookup, now);
}

/** Every field a condition looks at, each once, as written. */
export function fieldsOf(condition: Condition): string[] {
  const found = new Set<string>();
  const visit = (part: Condition): void => {
    if ('any' in part) part.any.forEach(visit);
    else if ('all' in part) part.all.forEach(visit);
    else if ('not' in part) visit(part.not);
    else found.add(part.field);
  };
  visit(condition);
  return [...found];
}

function collect(condition: Condition, path: string, negated: boolean, into: ReadyClause[], days: LocalDays, names: FieldNames | undefined): Structure {
  const under = (step: string): string => (path === '' ? step : `${path}.${step}`);
  if ('any' in condition) return { kind: 'any', parts: condition.any.map((part, index) => collect(part, under(`any.${index}`), negated, into, days, names)) };
  if ('all' in condition) return { kind: 'all', parts: condition.all.map((part, index) => collect(part, under(`all.${index}`), negated, into, days, names)) };
  if ('not' in condition) return { kind: 'not', part: collect(condition.not, under('not'), !negated, into, days, names) };
  into.push(readyClause(condition, path, negated, days, names));
  return { kind: 'clause', index: into.length - 1 };
}

function makeStep(structure: Structure): Step {
  switch (structure.kind) {
    case 'clause': {
      const { index } = structure;
      return (values) => values[index] ?? 'unknown';
    }
    case 'not': {
      const part = makeStep(structure.part);
      return (values) => negate(part(values));
    }
    case 'any':
    case 'all': {
      const parts = structure.parts.map(makeStep);
      const settles = structure.kind === 'any';
      return (values) => {
        let outcome: Truth = !settles;
        for (const part of parts) {
          const truth = part(values);
          if (truth === settles) return settles;
          if (truth === 'unknown') outcome = 'unknown';
        }
        return outcome;
      };
    }
  }
}

function negate(truth: Truth): Truth {
  return truth === 'unknown' ? truth : !truth;
}

/** The condition itself in words, in one line: what is asked for, whoever it is asked of. */
export function conditionText(condition: Condition, language: Language, names?: FieldNames): string {
  const phrases = PHRASES[language];
  const tell = (part: Condition, nested: boolean): string => {
    if ('not' in part) return phrases.not(tell(part.not, true));
    if (!('any' in part) && !('all' in part)) return clauseText(readyClause(part, '', false, localDays('UTC'), names), language);
    const parts = 'any' in part ? part.any : part.all;
    const told = parts.map((each) => tell(each, parts.length > 1)).join('any' in part ? phrases.or : phrases.and);
    return nested && parts.length > 1 ? `(${told})` : told;
  };
  return tell(condition, false);
}

/** What speaks for the condition, in words, in one line; empty when nothing does. */
export function explainHeld(evaluation: Evaluation, language: Language): string {
  return explain(evaluation, language, true).text;
}

/** What is missing for the condition to hold, in words, in one line; empty when it holds. */
export function explainMissing(evaluation: Evaluation, language: Language): string {
  return evaluation.holds === true ? '' : explain(evaluation, language, false).text;
}

interface Words {
  text: string;
  joined: boolean;
}

/** Tells the parts that are (or are not) as the condition wants them. Under `not` the wish is turned round, and `any` and `all` change places. */
function explain(evaluation: Evaluation, language: Language, held: boolean): Words {
  const phrases = PHRASES[language];
  const truths = evaluation.clauses.map((clause) => clause.holds);

  function tell(part: Structure, wanted: boolean): Words | null {
    if (part.kind === 'not') return tell(part.part, !wanted);
    const truth = makeStep(part)(truths);
    if (part.kind === 'clause') {
      const clause = evaluation.clauses[part.index];
      if (clause === undefined || (truth === wanted) !== held) return null;
      const text = clause.describe(language);
      return { text: wanted ? text : phrases.not(text), joined: false };
    }
    if (!held && truth === wanted) return null;
    // Of alternatives one would do: told as such when missing. Where one already holds, the others do not matter.
    const alternatives = (part.kind === 'any') === wanted;
    const told = part.parts.flatMap((child) => tell(child, wanted) ?? []);
    const kept = held && alternatives && truth === wanted ? part.parts.flatMap((child) => (makeStep(child)(truths) === wanted ? (tell(child, wanted) ?? []) : [])) : told;
    const [only] = kept;
    if (only === undefined) return null;
    if (kept.length === 1) return only;
    const separator = !held && alternatives ? phrases.or : phrases.and;
    return { text: kept.map((one) => (one.joined ? `(${one.text})` : one.text)).join(separator), joined: true };
  }

  return tell(evaluation.structure, true) ?? { text: '', joined: false };
}

import type { EpochMs, Value } from '../domain/record';
import { OPERATORS, type Clause, type Language, type Operator } from './schema';
import { DAY_MS } from './duration';
import { parseFieldRef } from './fieldRef';
import { dayNumber, type LocalDays } from './localDay';
import { PHRASES, valueText } from './phrases';

/** Three-valued: `unknown` where a field that a clause needs was not returned by the CRM (M5). */
export type Truth = boolean | 'unknown';

/** How a condition says a field's name in a language; undefined keeps the name as the agreement writes it. */
export type FieldNames = (field: string, language: Language) => string | undefined;

/** How one clause of a condition came out. */
export interface ClauseResult {
  /** Where the clause stands in its condition: `any.1.all.0`; empty when the condition is one clause. */
  readonly path: string;
  /** The clause itself in one text, the same wherever it stands: for recognising it after the agreement was edited. */
  readonly key: string;
  readonly field: string;
  /** Whether the clause, taken by itself, holds. */
  readonly holds: Truth;
  /** Whether an odd number of `not` stands above the clause: then it speaks for the condition when it does not hold. */
  readonly negated: boolean;
  /** What was looked up; undefined: not returned by the CRM. */
  readonly value: Value | undefined;
  /** When time alone changes `holds`, the next time it does. */
  readonly nextChangeAt: EpochMs | undefined;
  /** The clause in English words with what was found: `score is at least 60 (it is 72)`. */
  readonly text: string;
  describe(language: Language): string;
}

/** A clause made ready: what it asks, where it stands, how it tests. */
export interface ReadyClause {
  path: string;
  key: string;
  field: string;
  negated: boolean;
  operator: Operator;
  operand: unknown;
  names: FieldNames | undefined;
  /** Tests a value that is there. Only `within_days` looks at the clock. */
  test: (value: Value, now: EpochMs) => boolean;
  /** The next moment at which time alone changes the test. */
  next: ((value: Value, now: EpochMs) => EpochMs | undefined) | undefined;
}

/** Makes a clause ready. `days` is the company's time zone, in which dates without a time end. */
export function readyClause(clause: Clause, path: string, negated: boolean, days: LocalDays, names: FieldNames | undefined): ReadyClause {
  const operator = OPERATORS.find((name) => clause[name] !== undefined);
  if (operator === undefined) throw new Error(`a clause without an operator at ${path}`);
  const operand: unknown = clause[operator];
  const ready = { path, key: `${clause.field} ${operator} ${JSON.stringify(operand)}`, field: clause.field, negated, operator, operand, names };
  if (operator !== 'within_days') return { ...ready, test: makeTest(operator, operand), next: undefined };
  const window = recencyWindow(clause.within_days ?? 0, days);
  return { ...ready, test: window.holds, next: window.next };
}

/** Values are compared as texts, ignoring case: a pick-one field that a CRM gives as a number still equals the text in the agreement. */
function comparable(value: unknown): string {
  return String(value).toLowerCase();
}

function asNumber(value: Value): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
}

function makeTest(operator: Exclude<Operator, 'within_days'>, operand: unknown): (value: Value) => boolean {
  switch (operator) {
    case 'is':
    case 'is_not': {
      const wanted = comparable(operand);
      const equal = operator === 'is';
      return (value) => value !== null && (comparable(value) === wanted) === equal;
    }
    case 'in':
    case 'not_in': {
      const wanted = new Set((operand as unknown[]).map(comparable));
      const among = operator === 'in';
      return (value) => value !== null && wanted.has(comparable(value)) === among;
    }
    case 'at_least':
      return (value) => asNumber(value) >= (operand as number);
    case 'at_most':
      return (value) => asNumber(value) <= (operand as number);
    case 'known':
      return (value) => value !== null;
    case 'unknown':
      return (value) => value === null;
    case 'contains': {
      const wanted = comparable(operand);
      return (value) => value !== null && comparable(value).includes(wanted);
    }
    case 'starts_with': {
      const wanted = comparable(operand);
      return (value) => value !== null && comparable(value).startsWith(wanted);
    }
  }
}

/**
 * When a date or moment counts as recent: from a day before it until the given number of days of 24 hours after it, a date beginning and ending with
 * its local day. At the last moment it no longer does. The day before allows for two CRMs' clocks and for dates written in another time zone; what
 * lies further ahead has not happened yet.
 */
function recencyWindow(within: number, days: LocalDays): { holds: (value: Value, now: EpochMs) => boolean; next: (value: Value, now: EpochMs) => EpochMs | undefined } {
  const edges = (value: Value): { from: EpochMs; until: EpochMs } | null => {
    const span = momentSpan(value, days);
    return span === null ? null : { from: span.start - DAY_MS, until: span.end + within * DAY_MS };
  };
  return {
    holds(value, now) {
      const window = edges(value);
      return window !== null && now >= window.from && now < window.until;
    },
    next(value, now) {
      const window = edges(value);
      if (window === null) return undefined;
      if (now < window.from) return window.from;
      return now < window.until ? window.until : undefined;
    },
  };
}

/** The moments a value stands for: a moment is itself, a date its local day from beginning to end. Null: the value is no date. */
export function momentSpan(value: Value, days: LocalDays): { start: EpochMs; end: EpochMs } | null {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}/.test(value)) return null;
  if (value.length === 10) {
    const day = dayNumber(value);
    return Number.isNaN(day) ? null : { start: days.startOf(day), end: days.startOf(day + 1) };
  }
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : { start: at, end: at };
}

/** One clause's result. The words are made when they are asked for: most results are only counted. */
type Told = Pick<ReadyClause, 'operator' | 'operand' | 'field' | 'names'>;

function isFact({ operator, operand, field }: Told): boolean {
  return parseFieldRef(field)?.kind === 'fact' && typeof operand === 'boolean' && (operator === 'is' || operator === 'is_not');
}

/** What a clause asks for, in words, whatever the field holds. */
export function clauseText(clause: Told, language: Language): string {
  const phrases = PHRASES[language];
  const { operator, operand, field, names } = clause;
  const ref = parseFieldRef(field);
  if (ref?.kind === 'fact' && isFact(clause)) return phrases.facts[ref.fact][(operator === 'is') === operand ? 'yes' : 'no'];
  const name = names?.(field, language) ?? (ref?.kind === 'score' ? phrases.score : field);
  const words = Array.isArray(operand) ? operand.map((one: Value) => valueText(one, language)).join(', ') : valueText(operand as Value, language);
  return phrases.operators[operator](name, words);
}

export class ClauseOutcome implements ClauseResult {
  private readonly clause: ReadyClause;
  readonly holds: Truth;
  readonly value: Value | undefined;
  readonly nextChangeAt: EpochMs | undefined;

  constructor(clause: ReadyClause, value: Value | undefined, holds: Truth, nextChangeAt: EpochMs | undefined) {
    this.clause = clause;
    this.value = value;
    this.holds = holds;
    this.nextChangeAt = nextChangeAt;
  }

  get path(): string {
    return this.clause.path;
  }
  get key(): string {
    return this.clause.key;
  }
  get field(): string {
    return this.clause.field;
  }
  get negated(): boolean {
    return this.clause.negated;
  }
  get text(): string {
    return this.describe('en');
  }

  describe(language: Language): string {
    const words = clauseText(this.clause, language);
    // A fact says by itself what was found.
    if (isFact(this.clause)) return this.value === undefined ? `${words} ${PHRASES[language].unreadable}` : words;
    return [words, this.found(language)].filter((part) => part !== '').join(' ');
  }

  /** What the field holds, where the clause does not say it already. */
  private found(language: Language): string {
    const phrases = PHRASES[language];
    const { operator } = this.clause;
    if (this.value === undefined) return phrases.unreadable;
    if (operator === 'known' || operator === 'unknown' || (operator === 'is' && this.holds === true)) return '';
    return this.value === null ? phrases.empty : phrases.itIs(valueText(this.value, language));
  }

  toJSON(): object {
    const { path, key, field, holds, negated, value, nextChangeAt, text } = this;
    return { path, key, field, holds, negated, value, nextChangeAt, text };
  }
}

import type { Findings, Path } from './fault';
import { FACTS, LEAD_ONLY, parseFieldRef } from './fieldRef';
import { isRecord, oneOf, shown } from './raw';
import { OPERATORS, type Operator } from './schema';
import { nearest } from './suggest';

/*
 * Conditions are judged by hand: of a wrong part of a union a schema can only say that no form fits, whereas a reader needs the clause and the word.
 */

/** What conditions may refer to. */
export interface Referable {
  fieldIds: readonly string[];
  /** Inside the score’s own conditions `score` would refer to itself. */
  score: boolean;
  /** Names of the fields that Concord alone writes, lower case, by CRM. */
  own: { hubspot: ReadonlySet<string>; salesforce: ReadonlySet<string> };
}

const JOINERS = ['any', 'all', 'not'] as const;
const CLAUSE_KEYS = ['field', ...OPERATORS];

/** Words of other tools for the same operators. */
const SYNONYMS: Readonly<Record<string, Operator>> = {
  equals: 'is', equal: 'is', eq: 'is', '=': 'is', '==': 'is', value: 'is',
  not_equals: 'is_not', ne: 'is_not', neq: 'is_not', '!=': 'is_not', isnt: 'is_not',
  one_of: 'in', any_of: 'in', is_any_of: 'in', none_of: 'not_in', is_none_of: 'not_in',
  gte: 'at_least', '>=': 'at_least', min: 'at_least', minimum: 'at_least', greater_than: 'at_least', more_than: 'at_least', gt: 'at_least', '>': 'at_least',
  lte: 'at_most', '<=': 'at_most', max: 'at_most', maximum: 'at_most', less_than: 'at_most', lt: 'at_most', '<': 'at_most',
  is_known: 'known', has_value: 'known', exists: 'known', is_unknown: 'unknown', empty: 'unknown', blank: 'unknown',
  includes: 'contains', begins_with: 'starts_with', last_days: 'within_days', less_than_days_ago: 'within_days',
};

/** Finds every fault of one condition. */
export function checkCondition(condition: unknown, path: Path, referable: Referable, findings: Findings): void {
  if (Array.isArray(condition)) {
    findings.fault(path, 'A condition is a list here.', 'Write `any:` or `all:` above the list.');
    return;
  }
  if (!isRecord(condition)) {
    findings.fault(path, `A condition is ${shown(condition)}.`, 'Write a clause such as { field: score, at_least: 60 }, or `any:`, `all:` or `not:` above clauses.');
    return;
  }
  const keys = Object.keys(condition);
  const joiner = JOINERS.find((name) => keys.includes(name));
  if (joiner === undefined) {
    checkClause(condition, path, referable, findings);
    return;
  }
  for (const key of keys) {
    if (key === joiner) continue;
    const known = [...JOINERS, ...CLAUSE_KEYS].includes(key);
    const near = known ? null : nearest(key, [...JOINERS, ...CLAUSE_KEYS]);
    findings.faultAtKey([...path, key], `\`${key}\` stands beside \`${joiner}\`, which stands alone.`, near === null ? `Move it into an entry of its own under \`${joiner}\`.` : `Did you mean \`${near}\`? It belongs in an entry of its own under \`${joiner}\`.`);
  }
  checkJoined(condition[joiner], joiner, [...path, joiner], referable, findings);
}

function checkJoined(part: unknown, joiner: (typeof JOINERS)[number], path: Path, referable: Referable, findings: Findings): void {
  if (joiner === 'not') {
    if (Array.isArray(part)) findings.fault(path, '`not` holds a list.', 'Give it one condition: { not: { any: [ … ] } }.');
    else checkCondition(part, path, referable, findings);
    return;
  }
  if (!Array.isArray(part)) {
    findings.fault(path, `\`${joiner}\` is ${shown(part)}, not a list.`, 'Write one condition a line, each after “- ”.');
    return;
  }
  if (part.length === 0) findings.fault(path, `\`${joiner}\` is an empty list.`, 'Give it at least one condition.');
  for (const [index, one] of part.entries()) checkCondition(one, [...path, index], referable, findings);
}

function checkClause(clause: Record<string, unknown>, path: Path, referable: Referable, findings: Findings): void {
  const keys = Object.keys(clause);
  const strange = keys.filter((key) => !CLAUSE_KEYS.includes(key));
  for (const key of strange) {
    const near = SYNONYMS[key.toLowerCase()] ?? nearest(key, [...CLAUSE_KEYS, ...JOINERS]);
    findings.faultAtKey([...path, key], `\`${key}\` is not an operator.`, near === null ? `Write one of ${oneOf(OPERATORS)}.` : `Did you mean \`${near}\`?`);
  }
  const operators = OPERATORS.filter((name) => keys.includes(name));
  const [operator, second] = operators;
  if (!keys.includes('field') && !strange.some((key) => nearest(key, ['field']) !== null))
    findings.fault([...path, 'field'], 'A clause has no `field`.', 'Write what it looks at, for example { field: score, at_least: 60 }.');
  if (operator === undefined && strange.length === 0)
    findings.fault(path, 'A clause has no operator.', `Add one of ${oneOf(OPERATORS)}.`);
  if (second !== undefined)
    findings.faultAtKey([...path, second], `A clause has two operators, \`${operator ?? ''}\` and \`${second}\`.`, 'Write two clauses under `all:`.');
  if (operator !== undefined) checkOperand(clause, operator, path, findings);
  if (keys.includes('field')) checkField(clause['field'], operator, clause, path, referable, findings);
}

function checkOperand(clause: Record<string, unknown>, operator: Operator, clausePath: Path, findings: Findings): void {
  const value = clause[operator];
  const path = [...clausePath, operator];
  const wrong = (wanted: string, instead: string): void => findings.fault(path, `\`${operator}\` is ${shown(value)}, not ${wanted}.`, instead);
  switch (operator) {
    case 'is':
    case 'is_not':
      if (Array.isArray(value)) wrong('one value', `Use \`${operator === 'is' ? 'in' : 'not_in'}\` with a list.`);
      else if (!isScalarValue(value)) wrong('one value', 'Write a text, a number, true or false.');
      return;
    case 'in':
    case 'not_in':
      if (!Array.isArray(value)) wrong('a list', isScalarValue(value) ? `Write a list: [${String(value)}].` : 'Write a list of values: [A, B].');
      else if (value.length === 0) wrong('a list with an entry', 'Give it at least one value.');
      else for (const [index, one] of value.entries()) if (!isScalarValue(one)) findings.fault([...path, index], `An entry of \`${operator}\` is ${shown(one)}.`, 'Write a text, a number, true or false.');
      return;
    case 'at_least':
    case 'at_most':
      if (typeof value !== 'number') wrong('a number', isNumberText(value) ? `Write ${value} without quotes.` : 'Write a number, for example 60.');
      return;
    case 'within_days':
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) wrong('a whole number of days', isNumberText(value) ? `Write ${value} without quotes.` : 'Write a whole number of at least 1, for example 30.');
      return;
    case 'known':
    case 'unknown':
      if (value !== true) wrong('true', value === false ? `Write \`${operator === 'known' ? 'unknown' : 'known'}: true\`.` : `Write \`${operator}: true\`.`);
      return;
    case 'contains':
    case 'starts_with':
      if (typeof value !== 'string' || value === '') wrong('a text', typeof value === 'number' ? `Put it in quotes: "${String(value)}".` : 'Write the text to look for.');
      return;
  }
}

function checkField(field: unknown, operator: Operator | undefined, clause: Record<string, unknown>, clausePath: Path, referable: Referable, findings: Findings): void {
  const path = [...clausePath, 'field'];
  const wrong = (message: string, instead: string): void => findings.fault(path, message, instead);
  if (typeof field !== 'string' || field === '') {
    wrong(`\`field\` is ${shown(field)}, not a field’s name.`, 'Write score, a field id, hubspot.<property> or salesforce.<Field>.');
    return;
  }
  const ref = parseFieldRef(field);
  if (ref === null) {
    wrong(`“${field}” is not a field.`, fieldHint(field, referable));
    return;
  }
  switch (ref.kind) {
    case 'score':
      if (!referable.score) wrong('The score’s own conditions cannot look at the score.', 'Name the fields that earn the points.');
      else if (operator === 'contains' || operator === 'starts_with' || operator === 'within_days') wrong(`The score is a number: \`${operator}\` does not fit it.`, 'Use at_least or at_most.');
      return;
    case 'field':
      if (!referable.fieldIds.includes(ref.id)) wrong(`“${field}” is not a field id of this agreement.`, fieldHint(field, referable));
      return;
    case 'fact':
      if (operator !== undefined && !((operator === 'is' || operator === 'is_not') && typeof clause[operator] === 'boolean')) wrong(`“${field}” is true or false.`, `Write { field: ${field}, is: true }.`);
      return;
    case 'hubspot':
      if (referable.own.hubspot.has(ref.name.toLowerCase())) wrong(`Concord writes “${ref.name}” itself: its own writes prove nothing (L11).`, 'Name the field that people or forms set.');
      return;
    case 'salesforce':
      if (referable.own.salesforce.has(ref.name.toLowerCase())) wrong(`Concord writes “${ref.name}” itself: its own writes prove nothing (L11).`, 'Name the field that people set.');
      else if (ref.object !== 'lead' && Object.hasOwn(LEAD_ONLY, ref.name)) wrong(`A Salesforce Contact has no ${ref.name}.`, `Write salesforce.lead.${ref.name}.`);
      return;
  }
}

function fieldHint(field: string, { fieldIds }: Referable): string {
  const [first = '', second] = field.split('.');
  if (first === 'fact') return `The facts are ${oneOf(FACTS.map((fact) => `fact.${fact}`))}.`;
  if (first === 'salesforce' && second !== undefined) return 'Write salesforce.<Field>, salesforce.lead.<Field> or salesforce.contact.<Field>.';
  const near = nearest(field, [...fieldIds, 'score', ...FACTS.map((fact) => `fact.${fact}`)]);
  if (near !== null) return `Did you mean \`${near}\`?`;
  const root = second === undefined ? null : nearest(first, ['hubspot', 'salesforce', 'fact']);
  if (root !== null && root !== first) return `Did you mean \`${[root, ...field.split('.').slice(1)].join('.')}\`?`;
  return second === undefined && /^[A-Za-z][A-Za-z0-9_]*$/.test(field)
    ? `Add it to \`fields\`, or write hubspot.${field} or salesforce.${field}.`
    : 'Write score, a field id, hubspot.<property> or salesforce.<Field>.';
}

function isScalarValue(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isNumberText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value));
}

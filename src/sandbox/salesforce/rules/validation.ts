import type { Org } from '../org';
import type { Shape } from '../catalog';
import { SalesforceError } from '../errors';
import type { Row, Stored } from '../values';
import { evaluateFormula, parseFormula, type FormulaContext, type FormulaValue } from './formula';

/** An admin's rule: a record for which the formula is true is refused. It fires for API writes too. */
export interface ValidationRule {
  name: string;
  object: string;
  formula: string;
  message: string;
  /** The field the message stands at; null: the top of the page. */
  field: string | null;
  active: boolean;
}

export function validationRules(org: Org, object?: string): ValidationRule[] {
  const all = org.settings.get<ValidationRule[]>('validationRules', []);
  return object === undefined ? all : all.filter((r) => r.object === object);
}

/** Adds a rule or replaces the one of its name. Throws when the formula cannot be read. */
export function putValidationRule(org: Org, rule: ValidationRule): void {
  parseFormula(rule.formula);
  const others = validationRules(org).filter((r) => r.object !== rule.object || r.name !== rule.name);
  org.settings.set('validationRules', [...others, rule]);
}

export function removeValidationRule(org: Org, object: string, name: string): void {
  org.settings.set('validationRules', validationRules(org).filter((r) => r.object !== object || r.name !== name));
}

/** Throws the refusal of the first active rule that the record breaks. */
export function checkValidationRules(org: Org, shape: Shape, userId: string, before: Row | null, after: Row): void {
  for (const rule of validationRules(org, shape.name)) {
    if (!rule.active || evaluateFormula(rule.formula, contextFor(org, shape, userId, before, after)) !== true) continue;
    throw new SalesforceError('FIELD_CUSTOM_VALIDATION_EXCEPTION', rule.message, { fields: rule.field === null ? [] : [rule.field] });
  }
}

function contextFor(org: Org, shape: Shape, userId: string, before: Row | null, after: Row): FormulaContext {
  const read = (row: Row, name: string): FormulaValue => {
    // A record's own type, by name: the one step over a lookup that rules commonly take.
    if (/^RecordType\.DeveloperName$/i.test(name)) return org.catalog.recordTypes(shape.name).find((type) => type.id === row['RecordTypeId'])?.developerName ?? null;
    const field = org.catalog.field(shape, name);
    if (!field) throw new SalesforceError('FIELD_CUSTOM_VALIDATION_EXCEPTION', `Field ${name} does not exist. Check spelling.`);
    const value: Stored = row[field.name] ?? null;
    return field.type === 'boolean' ? value === 1 : value;
  };
  return {
    field: (name) => read(after, name),
    prior: (name) => read(before ?? after, name),
    isNew: before === null,
    now: org.now(),
    user: (name) => (name === 'Id' ? userId : (org.storage.get('User', userId)?.[name] ?? null)),
    permission: (name) => org.access.may(userId, name),
  };
}

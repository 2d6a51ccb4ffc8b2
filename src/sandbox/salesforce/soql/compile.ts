import type { Shape } from '../catalog';
import { SalesforceError } from '../errors';
import type { Field } from '../objects/define';
import type { Org } from '../org';
import { quote, tableOf } from '../storage';
import { normaliseId, renderDate, type Stored } from '../values';
import { malformed, pointAt, type Condition, type Literal, type OrderItem, type Soql } from './parse';

/** A field reached from the query's object, as SQL. */
export interface Reached {
  sql: string;
  field: Field;
}

/** SQL with the values of its question marks, in order. */
export interface Sql {
  text: string;
  parameters: Stored[];
}

/**
 * Turns SOQL into SQL over the org's tables, as one user sees them: a field that the user cannot see is "No such column". Relationship paths
 * become scalar sub-selects, so that a condition on the object's own columns still meets its index.
 */
export class Compiler {
  private aliases = 0;

  constructor(
    private readonly org: Org,
    private readonly userId: string,
    private readonly includeDeleted: boolean,
    private readonly soql: string,
  ) {}

  shape(name: string): Shape {
    const shape = this.org.catalog.shape(name);
    if (!shape || !this.org.access.seesObject(this.userId, shape.name)) {
      throw new SalesforceError(
        'INVALID_TYPE',
        `${this.point(name)}\nsObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
      );
    }
    return shape;
  }

  /** WHERE, with what everybody's query leaves out: deleted rows, rows hidden from the user. */
  where(shape: Shape, alias: string, query: Pick<Soql, 'where' | 'alias'>, parameters: Stored[]): string {
    const parts: string[] = [];
    if (query.where !== null) parts.push(this.condition(query.where, shape, alias, query.alias, parameters));
    if (!this.includeDeleted) parts.push(`${alias}."IsDeleted" = 0`);
    if (this.org.access.isRestricted(this.userId)) parts.push(`${alias}."_hidden" = 0`);
    return parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`;
  }

  order(shape: Shape, alias: string, queryAlias: string | null, items: OrderItem[]): string {
    if (items.length === 0) return '';
    const parts = items.map((item) => {
      const { sql, field } = this.reach(item.path, shape, alias, queryAlias);
      if (field.type === 'textarea' && field.length > 255) throw new SalesforceError('INVALID_FIELD', `${this.point(item.path)}\nfield '${item.path}' can not be sorted in a query call`);
      return orderTerm(sql, item, neverNull(field));
    });
    return ` ORDER BY ${parts.join(', ')}`;
  }

  /** The SQL of a field or of a path over relationships. */
  reach(path: string, shape: Shape, alias: string, queryAlias: string | null): Reached {
    let parts = path.split('.');
    const head = (parts[0] as string).toLowerCase();
    if (parts.length > 1 && (head === queryAlias?.toLowerCase() || head === shape.name.toLowerCase())) parts = parts.slice(1);
    return this.follow(parts, path, shape, alias);
  }

  /** Path without the query's own alias in front. */
  plainPath(path: string, shape: Shape, queryAlias: string | null): string[] {
    const parts = path.split('.');
    const head = (parts[0] as string).toLowerCase();
    return parts.length > 1 && (head === queryAlias?.toLowerCase() || head === shape.name.toLowerCase()) ? parts.slice(1) : parts;
  }

  /** The reference field behind a relationship name. */
  relationship(name: string, shape: Shape, path: string): Field {
    const wanted = name.toLowerCase();
    const field = this.org.access.visibleFields(this.userId, shape).find((f) => f.relationshipName?.toLowerCase() === wanted);
    if (!field) {
      throw new SalesforceError('INVALID_FIELD', `${this.point(path)}\nDidn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`);
    }
    return field;
  }

  private follow(parts: string[], path: string, shape: Shape, alias: string): Reached {
    const [name, ...rest] = parts as [string, ...string[]];
    if (rest.length === 0) {
      const field = this.org.catalog.field(shape, name);
      if (!field || !this.org.access.readable(this.userId, shape, field)) throw this.noColumn(name, shape.name, path);
      return { sql: `${alias}.${quote(field.name)}`, field };
    }
    const reference = this.relationship(name, shape, path);
    const targets = reference.referenceTo.map((n) => this.org.catalog.shape(n)).filter((s) => s !== undefined);
    const link = `${alias}.${quote(reference.name)}`;
    if (rest.length === 1 && targets.length > 1 && rest[0]?.toLowerCase() === 'type') {
      const cases = targets.map((t) => `WHEN '${t.prefix}' THEN '${t.name === 'Group' ? 'Queue' : t.name}'`).join(' ');
      const field = { ...(this.org.catalog.field(this.org.catalog.known('User'), 'Name') as Field), name: 'Type', type: 'picklist' as const };
      return { sql: `(CASE substr(${link}, 1, 3) ${cases} END)`, field };
    }
    const reached: Reached[] = [];
    for (const target of targets) {
      const inner = `r${(this.aliases += 1)}`;
      try {
        const end = this.follow(rest, path, target, inner);
        reached.push({ field: end.field, sql: `(SELECT ${end.sql} FROM "${tableOf(target.name)}" ${inner} WHERE ${inner}."Id" = ${link})` });
      } catch (error) {
        // Of several possible targets it is enough that one has the field.
        if (targets.length === 1) throw error;
      }
    }
    const first = reached[0];
    if (!first) throw this.noColumn(rest[0] as string, targets.length > 1 ? 'Name' : (targets[0]?.name ?? name), path);
    return reached.length === 1 ? first : { field: first.field, sql: `COALESCE(${reached.map((r) => r.sql).join(', ')})` };
  }

  private noColumn(name: string, entity: string, path: string): SalesforceError {
    return new SalesforceError(
      'INVALID_FIELD',
      `${this.point(path)}\nNo such column '${name}' on entity '${entity}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  }

  private point(word: string): string {
    return pointAt(this.soql, Math.max(0, this.soql.indexOf(word)));
  }

  condition(condition: Condition, shape: Shape, alias: string, queryAlias: string | null, parameters: Stored[]): string {
    switch (condition.kind) {
      case 'and':
      case 'or':
        return `(${condition.parts.map((p) => this.condition(p, shape, alias, queryAlias, parameters)).join(condition.kind === 'and' ? ' AND ' : ' OR ')})`;
      case 'not':
        return `NOT COALESCE(${this.condition(condition.part, shape, alias, queryAlias, parameters)}, 0)`;
      case 'in': {
        const { sql, field } = this.filterable(condition.path, shape, alias, queryAlias);
        const values = condition.values.map((v) => this.literal(field, v));
        const plain = values.filter((v) => v !== null);
        parameters.push(...plain);
        const marks = plain.map(() => '?').join(', ');
        const withNull = plain.length < values.length;
        if (condition.not) return withNull ? `(${sql} IS NOT NULL AND ${sql} NOT IN (${marks}))` : `(${sql} IS NULL OR ${sql} NOT IN (${marks}))`;
        return withNull ? `(${sql} IS NULL OR ${sql} IN (${marks}))` : `${sql} IN (${marks})`;
      }
      case 'in-query': {
        const { sql, field } = this.filterable(condition.path, shape, alias, queryAlias);
        if (field.type !== 'id' && field.type !== 'reference') throw malformed(`The inner select field and the outer field '${condition.path}' must be ids`);
        const inner = this.shape(condition.query.from);
        const innerAlias = `s${(this.aliases += 1)}`;
        const item = condition.query.select[0];
        if (condition.query.select.length !== 1 || item?.kind !== 'field') throw malformed('a semi-join selects exactly one field');
        const end = this.reach(item.path, inner, innerAlias, condition.query.alias);
        const where = this.where(inner, innerAlias, condition.query, parameters);
        const both = where === '' ? ' WHERE ' : `${where} AND `;
        return `${sql} ${condition.not ? 'NOT IN' : 'IN'} (SELECT ${end.sql} FROM "${tableOf(inner.name)}" ${innerAlias}${both}${end.sql} IS NOT NULL)`;
      }
      case 'includes': {
        const { sql, field } = this.filterable(condition.path, shape, alias, queryAlias);
        if (field.type !== 'multipicklist') throw malformed(`operator ${condition.not ? 'EXCLUDES' : 'INCLUDES'} needs a multi-select picklist: ${condition.path}`);
        const groups = condition.values.map((v) => `(${v.split(';').map((part) => (parameters.push(`;${part};`), `instr(';' || ${sql} || ';', ?) > 0`)).join(' AND ')})`);
        return condition.not ? `NOT COALESCE((${groups.join(' OR ')}), 0)` : `(${groups.join(' OR ')})`;
      }
      case 'compare':
        if (condition.aggregate !== undefined) throw malformed('an aggregate belongs into HAVING');
        return this.compare(condition, shape, alias, queryAlias, parameters);
    }
  }

  private compare(condition: Extract<Condition, { kind: 'compare' }>, shape: Shape, alias: string, queryAlias: string | null, parameters: Stored[]): string {
    const { sql, field } = this.filterable(condition.path, shape, alias, queryAlias);
    const { operator, value } = condition;
    if (operator === 'LIKE') {
      if (value.type !== 'string' || !isText(field)) throw new SalesforceError('INVALID_QUERY_FILTER_OPERATOR', `${this.point(condition.path)}\ninvalid operator on ${field.type} field`);
      parameters.push(value.value);
      return `${sql} LIKE ? ESCAPE '\\'`;
    }
    if (value.type === 'range') return this.compareRange(sql, field, operator, value, parameters);
    const stored = this.literal(field, value);
    if (stored === null) {
      if (operator === '=') return `${sql} IS NULL`;
      if (operator === '!=') return `${sql} IS NOT NULL`;
      return '0';
    }
    parameters.push(stored);
    // "Not equal" holds for an empty field too.
    return operator === '!=' ? `${sql} IS NOT ?` : `${sql} ${operator} ?`;
  }

  private compareRange(sql: string, field: Field, operator: string, literal: Extract<Literal, { type: 'range' }>, parameters: Stored[]): string {
    if (field.type !== 'date' && field.type !== 'datetime') throw this.wrongType(field);
    const [start, end] = rangeOf(literal.name, literal.n, this.org.now()).map((ms) => (field.type === 'date' ? renderDate(ms) : ms)) as [Stored, Stored];
    switch (operator) {
      case '=':
        parameters.push(start, end);
        return `(${sql} >= ? AND ${sql} < ?)`;
      case '!=':
        parameters.push(start, end);
        return `NOT COALESCE(${sql} >= ? AND ${sql} < ?, 0)`;
      case '<':
        parameters.push(start);
        return `${sql} < ?`;
      case '<=':
        parameters.push(end);
        return `${sql} < ?`;
      case '>':
        parameters.push(end);
        return `${sql} >= ?`;
      default:
        parameters.push(start);
        return `${sql} >= ?`;
    }
  }

  private filterable(path: string, shape: Shape, alias: string, queryAlias: string | null): Reached {
    const reached = this.reach(path, shape, alias, queryAlias);
    if (!reached.field.filterable) throw new SalesforceError('INVALID_FIELD', `${this.point(path)}\nfield '${path}' can not be filtered in a query call`);
    return reached;
  }

  /** A literal as the column stores it; throws when its kind does not fit the field. */
  private literal(field: Field, value: Literal): Stored {
    if (value.type === 'null') return null;
    switch (field.type) {
      case 'boolean':
        if (value.type === 'boolean') return value.value ? 1 : 0;
        break;
      case 'datetime':
        if (value.type === 'datetime') return value.value;
        break;
      case 'date':
        if (value.type === 'date') return value.value;
        break;
      case 'int':
      case 'double':
      case 'currency':
      case 'percent':
        if (value.type === 'number') return value.value;
        break;
      case 'id':
      case 'reference': {
        if (value.type !== 'string') break;
        if (value.value === '') return null;
        const id = normaliseId(value.value);
        if (id === undefined) throw new SalesforceError('INVALID_QUERY_FILTER_OPERATOR', `${this.point(value.value)}\ninvalid ID field: ${value.value}`);
        return id;
      }
      default:
        // An empty text is null, as it is when written.
        if (value.type === 'string') return value.value === '' ? null : value.value;
    }
    throw this.wrongType(field);
  }

  private wrongType(field: Field): SalesforceError {
    const text = isText(field) || field.type === 'id' || field.type === 'reference';
    const type = field.type === 'datetime' ? 'dateTime' : isText(field) ? 'string' : field.type;
    return new SalesforceError('INVALID_FIELD', `${this.point(field.name)}\nvalue of filter criterion for field '${field.name}' must be of type ${type} and should ${text ? '' : 'not '}be enclosed in quotes`);
  }
}

/** An ORDER BY term: empty values come first unless told otherwise, for ASC and DESC alike. */
export function orderTerm(sql: string, item: OrderItem, isNeverNull: boolean): string {
  const direction = item.descending ? 'DESC' : 'ASC';
  if (isNeverNull) return `${sql} ${direction}`;
  return `${sql} ${direction} NULLS ${item.nulls ?? 'FIRST'}`;
}

function neverNull(field: Field): boolean {
  return field.name === 'Id' || field.name === 'SystemModstamp' || field.name === 'CreatedDate' || field.name === 'LastModifiedDate' || field.type === 'boolean';
}

function isText(field: Field): boolean {
  return !['id', 'reference', 'boolean', 'int', 'double', 'currency', 'percent', 'date', 'datetime', 'time'].includes(field.type);
}

const DAY = 86_400_000;

/** Start and end (exclusive) of a date literal, in UTC. */
function rangeOf(name: string, n: number, now: number): [number, number] {
  const day = Math.floor(now / DAY) * DAY;
  const at = new Date(day);
  const month = (offset: number): number => Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + offset, 1);
  const quarter = (offset: number): number => Date.UTC(at.getUTCFullYear(), Math.floor(at.getUTCMonth() / 3) * 3 + offset * 3, 1);
  const year = (offset: number): number => Date.UTC(at.getUTCFullYear() + offset, 0, 1);
  const week = day - at.getUTCDay() * DAY;
  switch (name) {
    case 'TODAY':
      return [day, day + DAY];
    case 'YESTERDAY':
      return [day - DAY, day];
    case 'TOMORROW':
      return [day + DAY, day + 2 * DAY];
    case 'LAST_N_DAYS':
      return [day - n * DAY, day + DAY];
    case 'NEXT_N_DAYS':
      return [day + DAY, day + (n + 1) * DAY];
    case 'THIS_WEEK':
      return [week, week + 7 * DAY];
    case 'LAST_WEEK':
      return [week - 7 * DAY, week];
    case 'THIS_MONTH':
      return [month(0), month(1)];
    case 'LAST_MONTH':
      return [month(-1), month(0)];
    case 'THIS_QUARTER':
      return [quarter(0), quarter(1)];
    case 'LAST_QUARTER':
      return [quarter(-1), quarter(0)];
    case 'THIS_YEAR':
      return [year(0), year(1)];
    default:
      return [year(-1), year(0)];
  }
}

import type { SandboxDatabase } from '../database';
import type { SandboxClock } from '../clock';
import type { Definitions } from './definitions';
import { validationRefusal } from './errors';
import { arrayOf, isObject, objectOf, optionalNumber, optionalText, textList, textOf } from './json';
import { objectFacts, objectType, type ObjectType } from './objectTypes';
import type { Portal } from './portal';
import type { StoredRecord } from './records';
import { tableOf } from './tables';

/** Limits of a search: https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm */
const limits = { page: 200, results: 10_000, body: 3_000, groups: 5, filtersPerGroup: 6, filters: 18 };

/** Matches up to this many are fetched by modification time and then sorted; more are walked in the order of ids. */
const fewMatches = 20_000;

const operators = [
  'EQ', 'NEQ', 'LT', 'LTE', 'GT', 'GTE', 'BETWEEN', 'IN', 'NOT_IN', 'HAS_PROPERTY', 'NOT_HAS_PROPERTY', 'CONTAINS_TOKEN', 'NOT_CONTAINS_TOKEN',
] as const;
type Operator = (typeof operators)[number];

interface Filter {
  property: string;
  operator: Operator;
  value: string | undefined;
  highValue: string | undefined;
  values: string[];
}

export interface SearchRequest {
  groups: Filter[][];
  sort: { property: string; descending: boolean } | undefined;
  query: string | undefined;
  properties: string[];
  limit: number;
  offset: number;
}

export interface SearchResult {
  total: number;
  records: StoredRecord[];
  /** Offset of the next page, where there is one. */
  next: number | undefined;
}

/** Reads a search's body and refuses what HubSpot refuses. `text` is the body as sent: its length is limited. */
export function parseSearch(body: unknown, text: string): SearchRequest {
  if (text.length > limits.body) throw validationRefusal(`The request body has ${text.length} characters, the limit is ${limits.body}`);
  const input = objectOf(body);
  const groups = (input['filterGroups'] === undefined ? [] : arrayOf(input['filterGroups'], 'filterGroups')).map((group) =>
    arrayOf(objectOf(group, 'filter group')['filters'] ?? [], 'filters').map(parseFilter),
  );
  if (groups.length > limits.groups) throw validationRefusal(`There are too many filter groups: ${groups.length}, the limit is ${limits.groups}`);
  if (groups.some((group) => group.length > limits.filtersPerGroup)) throw validationRefusal(`A filter group has too many filters, the limit is ${limits.filtersPerGroup}`);
  if (groups.flat().length > limits.filters) throw validationRefusal(`There are too many filters, the limit is ${limits.filters}`);
  const limit = optionalNumber(input['limit'], 'limit') ?? 10;
  if (limit < 0 || limit > limits.page) throw validationRefusal(`limit should be at most ${limits.page}`);
  const after = optionalText(input['after'], 'after');
  const offset = after === undefined || after === '' ? 0 : Number(after);
  if (!Number.isInteger(offset) || offset < 0) throw validationRefusal(`after "${after}" is not a position`);
  if (offset + limit > limits.results) throw validationRefusal(`Only the first ${limits.results} results of a search can be paged through`);
  return { groups, sort: parseSort(input['sorts']), query: optionalText(input['query'], 'query'), properties: textList(input['properties'], 'properties'), limit, offset };
}

function parseFilter(entry: unknown): Filter {
  const filter = objectOf(entry, 'filter');
  const operator = operators.find((one) => one === filter['operator']);
  if (operator === undefined) throw validationRefusal(`Filter operator ${JSON.stringify(filter['operator'])} is not one of ${operators.join(', ')}`);
  const parsed: Filter = {
    property: textOf(filter['propertyName'], 'propertyName'),
    operator,
    value: optionalText(filter['value'], 'value'),
    highValue: optionalText(filter['highValue'], 'highValue'),
    values: textList(filter['values'], 'values'),
  };
  const needsValues = operator === 'IN' || operator === 'NOT_IN';
  const needsNone = operator === 'HAS_PROPERTY' || operator === 'NOT_HAS_PROPERTY';
  if (needsValues && parsed.values.length === 0) throw validationRefusal(`Operator ${operator} requires values`);
  if (!needsValues && !needsNone && parsed.value === undefined) throw validationRefusal(`Operator ${operator} requires a value`);
  if (operator === 'BETWEEN' && parsed.highValue === undefined) throw validationRefusal('Operator BETWEEN requires a highValue');
  return parsed;
}

function parseSort(input: unknown): SearchRequest['sort'] {
  const sorts = input === undefined || input === null ? [] : arrayOf(input, 'sorts');
  if (sorts.length > 1) throw validationRefusal('Only one sort is allowed');
  const [sort] = sorts;
  if (sort === undefined) return undefined;
  if (isObject(sort)) return { property: textOf(sort['propertyName'], 'propertyName'), descending: sort['direction'] === 'DESCENDING' };
  const text = textOf(sort, 'sort');
  return text.startsWith('-') ? { property: text.slice(1), descending: true } : { property: text, descending: false };
}

type Param = string | number;

/** A piece of SQL with its values. */
interface Condition {
  sql: string;
  params: Param[];
}

interface Column {
  sql: string;
  kind: 'id' | 'time' | 'date' | 'number' | 'choice' | 'choices' | 'text';
}

/** Which way a query goes: `+` before a column keeps its index out of the plan. */
interface Plan {
  avoid?: 'modified' | 'id';
}

/** Registers the functions that the search's SQL uses. */
export function addSearchFunctions(database: SandboxDatabase): void {
  const settings = { deterministic: true } as const;
  database.function('hs_lower', settings, (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value));
  database.function('hs_ms', settings, (value: unknown) => {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    return Number.isNaN(at) ? null : at;
  });
  database.function('hs_has_token', settings, (value: unknown, wanted: unknown) => (hasToken(value, wanted) ? 1 : 0));
  database.function('hs_has_part', settings, (value: unknown, wanted: unknown) =>
    typeof value === 'string' && typeof wanted === 'string' && value.split(';').includes(wanted) ? 1 : 0,
  );
}

/** Whole words, `*` standing for any rest. */
function hasToken(value: unknown, wanted: unknown): boolean {
  if (typeof value !== 'string' || typeof wanted !== 'string') return false;
  const words = value.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const tokens = wanted.toLowerCase().split(/[^\p{L}\p{N}*]+/u).filter((token) => token !== '');
  return tokens.every((token) => {
    const pattern = new RegExp(`^${token.replaceAll('*', '.*')}$`, 'u');
    return words.some((word) => pattern.test(word));
  });
}

/** The search index: live records as they were `indexLagMs` ago. */
export class Search {
  constructor(
    private readonly parts: { database: SandboxDatabase; clock: SandboxClock; portal: Portal; definitions: Definitions },
  ) {}

  run(type: ObjectType, request: SearchRequest, token: string): SearchResult {
    const { database } = this.parts;
    const groups = request.groups.map((group) => group.map((filter) => (plan: Plan) => this.condition(type, filter, plan, token)));
    const query = request.query === undefined || request.query === '' ? [] : [this.queryCondition(type, request.query)];
    const where = (plan: Plan): Condition => {
      const either = groups.map((group) => allOf(group.map((make) => make(plan))));
      return allOf([...(either.length === 0 ? [] : [anyOf(either)]), ...query]);
    };
    const source = this.source(type);
    const byTime = request.groups.some((group) => group.some((filter) => objectFacts[type].modified.includes(filter.property)));
    const counted = where(byTime ? { avoid: 'id' } : {});
    const total =
      database.prepare<Param[], { n: number }>(`SELECT count(*) AS n FROM ${source.sql} WHERE ${source.filter} AND ${counted.sql}`).get(...source.params, ...counted.params)?.n ?? 0;
    const sort = request.sort ?? { property: 'hs_object_id', descending: false };
    const byId = sort.property === 'hs_object_id';
    const plan: Plan = byId && byTime ? { avoid: total > fewMatches ? 'modified' : 'id' } : {};
    const chosen = where(plan);
    const order = this.column(type, sort.property, token, plan);
    const direction = sort.descending ? 'DESC' : 'ASC';
    const rows = database
      .prepare<Param[], { id: number; created: number; modified: number; props: string }>(
        `SELECT id, created, modified, props FROM ${source.sql} WHERE ${source.filter} AND ${chosen.sql}
         ORDER BY ${order.sql} ${direction}${byId ? '' : ', id ASC'} LIMIT ? OFFSET ?`,
      )
      .all(...source.params, ...chosen.params, request.limit, request.offset);
    const end = request.offset + rows.length;
    return {
      total,
      records: rows.map((row) => ({ ...row, archived: null, props: JSON.parse(row.props) as Record<string, string> })),
      next: rows.length > 0 && end < total ? end : undefined,
    };
  }

  /** The table itself, or the table with records written within the lag replaced by what the index still shows of them. */
  private source(type: ObjectType): { sql: string; filter: string; params: Param[] } {
    const { database, clock, portal } = this.parts;
    const table = tableOf(type);
    const cutoff = clock.now() - portal.settings.indexLagMs;
    const stale =
      portal.settings.indexLagMs > 0 &&
      database.prepare<[ObjectType, number]>('SELECT 1 FROM hs_recent WHERE type = ? AND touched > ? LIMIT 1').get(type, cutoff) !== undefined;
    if (!stale) return { sql: table, filter: 'archived IS NULL', params: [] };
    const recent = 'SELECT id, created, modified, props, min(seq) AS first FROM hs_recent WHERE type = ? AND touched > ? GROUP BY id';
    return {
      sql: `(SELECT id, created, modified, props FROM ${table}
              WHERE archived IS NULL AND id NOT IN (SELECT id FROM hs_recent WHERE type = ? AND touched > ?)
             UNION ALL
             SELECT old.id, old.created, old.modified, old.props FROM (${recent}) AS old JOIN ${table} AS now ON now.id = old.id
              WHERE old.props IS NOT NULL AND now.archived IS NULL)`,
      filter: '1',
      params: [type, cutoff, type, cutoff],
    };
  }

  private queryCondition(type: ObjectType, query: string): Condition {
    const like = `%${query.toLowerCase().replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
    const columns = objectFacts[type].searched.map((name) => `hs_lower(json_extract(props, '$.${name}')) LIKE ? ESCAPE '\\'`);
    return { sql: `(${columns.join(' OR ')})`, params: columns.map(() => like) };
  }

  private column(type: ObjectType, name: string, token: string, plan: Plan): Column {
    const { definitions, portal } = this.parts;
    const definition = definitions.find(type, name);
    if (definition === undefined || portal.isHidden(token, type, name)) throw validationRefusal(`Property "${name}" does not exist`);
    const facts = objectFacts[type];
    if (name === 'hs_object_id') return { sql: `${plan.avoid === 'id' ? '+' : ''}id`, kind: 'id' };
    if (facts.modified.includes(name)) return { sql: `${plan.avoid === 'modified' ? '+' : ''}modified`, kind: 'time' };
    const text = `json_extract(props, '$.${name}')`;
    if (name === facts.created) return { sql: type === 'deals' ? `coalesce(hs_ms(${text}), created)` : 'created', kind: 'time' };
    switch (definition.type) {
      case 'datetime':
        return { sql: `hs_ms(${text})`, kind: 'time' };
      case 'date':
        return { sql: `hs_ms(${text})`, kind: 'date' };
      case 'number':
        return { sql: `CAST(${text} AS REAL)`, kind: 'number' };
      case 'enumeration':
        return { sql: text, kind: definition.fieldType === 'checkbox' ? 'choices' : 'choice' };
      case 'bool':
        return { sql: text, kind: 'choice' };
      default:
        return { sql: `hs_lower(${text})`, kind: 'text' };
    }
  }

  private condition(type: ObjectType, filter: Filter, plan: Plan, token: string): Condition {
    if (filter.property.startsWith('associations.')) return associated(type, filter);
    const column = this.column(type, filter.property, token, plan);
    const { sql } = column;
    // Single values of text are compared without case; lists are not brought to lower case, so that only lower-case entries match.
    const one = (text: string | undefined): Param => comparable(column.kind, filter.property, text ?? '', true);
    const each = filter.values.map((text) => comparable(column.kind, filter.property, text, false));
    switch (filter.operator) {
      case 'EQ':
        return this.exact(type, filter, { sql: `${sql} = ?`, params: [one(filter.value)] });
      case 'NEQ':
        return { sql: `${sql} <> ?`, params: [one(filter.value)] };
      case 'LT':
        return { sql: `${sql} < ?`, params: [one(filter.value)] };
      case 'LTE':
        return { sql: `${sql} <= ?`, params: [one(filter.value)] };
      case 'GT':
        return { sql: `${sql} > ?`, params: [one(filter.value)] };
      case 'GTE':
        return { sql: `${sql} >= ?`, params: [one(filter.value)] };
      case 'BETWEEN':
        return { sql: `${sql} BETWEEN ? AND ?`, params: [one(filter.value), one(filter.highValue)] };
      case 'IN':
        if (column.kind === 'choices') return anyOf(each.map((value) => ({ sql: `hs_has_part(${sql}, ?)`, params: [value] })));
        return this.exact(type, filter, { sql: `${sql} IN (${each.map(() => '?').join(', ')})`, params: each });
      case 'NOT_IN':
        if (column.kind === 'choices') return allOf([{ sql: `${sql} IS NOT NULL`, params: [] }, ...each.map((value) => ({ sql: `NOT hs_has_part(${sql}, ?)`, params: [value] }))]);
        return { sql: `${sql} NOT IN (${each.map(() => '?').join(', ')})`, params: each };
      case 'HAS_PROPERTY':
        return { sql: `${sql} IS NOT NULL`, params: [] };
      case 'NOT_HAS_PROPERTY':
        return { sql: `${sql} IS NULL`, params: [] };
      case 'CONTAINS_TOKEN':
        return { sql: `hs_has_token(${sql}, ?)`, params: [filter.value ?? ''] };
      case 'NOT_CONTAINS_TOKEN':
        return { sql: `(${sql} IS NOT NULL AND NOT hs_has_token(${sql}, ?))`, params: [filter.value ?? ''] };
    }
  }

  /** Equality on unique values asks the table of unique values first. With a lagging index the record may have changed since: no shortcut. */
  private exact(type: ObjectType, filter: Filter, condition: Condition): Condition {
    if (this.parts.portal.settings.indexLagMs > 0) return condition;
    const unique = this.parts.definitions.find(type, filter.property)?.hasUniqueValue === true;
    const marks = condition.params.map(() => '?').join(', ');
    if (type === 'contacts' && filter.property === 'email') {
      return { sql: `(id IN (SELECT id FROM hs_emails WHERE email IN (${marks})) AND ${condition.sql})`, params: [...condition.params, ...condition.params] };
    }
    if (!unique) return condition;
    const raw = filter.operator === 'EQ' ? [filter.value ?? ''] : filter.values;
    return {
      sql: `id IN (SELECT id FROM hs_unique WHERE type = ? AND property = ? AND value IN (${raw.map(() => '?').join(', ')}))`,
      params: [type, filter.property, ...raw],
    };
  }
}

function allOf(conditions: Condition[]): Condition {
  if (conditions.length === 0) return { sql: '1', params: [] };
  return { sql: `(${conditions.map((condition) => condition.sql).join(' AND ')})`, params: conditions.flatMap((condition) => condition.params) };
}

function anyOf(conditions: Condition[]): Condition {
  return { sql: `(${conditions.map((condition) => condition.sql).join(' OR ')})`, params: conditions.flatMap((condition) => condition.params) };
}

function comparable(kind: string, property: string, text: string, foldCase: boolean): Param {
  if (kind === 'time' || kind === 'date') {
    const at = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
    if (Number.isNaN(at)) throw validationRefusal(`"${text}" is not a valid date for ${property}`);
    return at;
  }
  if (kind === 'id' || kind === 'number') {
    const number = Number(text);
    if (text.trim() === '' || Number.isNaN(number)) throw validationRefusal(`"${text}" is not a valid number for ${property}`);
    return number;
  }
  return kind === 'text' && foldCase ? text.toLowerCase() : text;
}

/** The pseudo-property `associations.company` finds by the id of an associated record. */
function associated(type: ObjectType, filter: Filter): Condition {
  const to = objectType(filter.property.slice('associations.'.length));
  const ids = filter.operator === 'IN' ? filter.values : [filter.value ?? ''];
  if (filter.operator !== 'EQ' && filter.operator !== 'IN') throw validationRefusal(`Operator ${filter.operator} is not supported for ${filter.property}`);
  return {
    sql: `id IN (SELECT to_id FROM hs_associations WHERE from_type = ? AND to_type = ? AND from_id IN (${ids.map(() => '?').join(', ')}))`,
    params: [to, type, ...ids.map(Number)],
  };
}

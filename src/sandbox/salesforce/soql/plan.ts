import type { Shape } from '../catalog';
import { SalesforceError } from '../errors';
import type { Field } from '../objects/define';
import type { Org } from '../org';
import { quote, tableOf } from '../storage';
import { toApi, type Stored } from '../values';
import { Compiler, orderTerm } from './compile';
import { malformed, parseSoql, type Condition, type SelectItem, type Soql } from './parse';

/** A record as the API answers it. */
export type ApiRecord = Record<string, unknown>;

/** One row's shape: columns of the object itself, nested objects of its relationships, children. */
interface Node {
  members: Member[];
}

/** One member of a row, in the order of the SELECT: a column, or the record behind a reference. */
type Member =
  | { kind: 'column'; name: string; at: number; field: Field }
  | { kind: 'record'; name: string; node: Node; idAt: number; reference: Field };

interface ChildPlan {
  name: string;
  plan: RowPlan;
  sql: string;
  parameters: Stored[];
}

/** How to fetch rows by rowid and shape them. */
export interface RowPlan {
  shape: Shape;
  sql: string;
  node: Node;
  idAt: number;
  children: ChildPlan[];
  selected: { path: string; field: Field }[];
}

export interface Planned {
  kind: 'rows' | 'count' | 'aggregate';
  shape: Shape;
  soql: Soql;
  /** `rows`: gives rowids in order. `count`: gives one number. `aggregate`: gives the groups. */
  sql: string;
  parameters: Stored[];
  rows: RowPlan | null;
  groups: { name: string; field: Field | null }[];
}

export interface PlanOptions {
  userId: string;
  includeDeleted: boolean;
}

/** Plans a statement for one user. Throws the vendor's refusal. */
export function planQuery(org: Org, text: string, options: PlanOptions): Planned {
  const soql = parseSoql(text);
  const compiler = new Compiler(org, options.userId, options.includeDeleted, text);
  const shape = compiler.shape(soql.from);
  const aggregates = soql.select.filter((s) => s.kind === 'aggregate');
  const parameters: Stored[] = [];
  if (soql.offset !== null && soql.offset > 2000) throw new SalesforceError('NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed is 2000');
  const onlyCount = soql.select.length === 1 && aggregates.length === 1 && aggregates[0]?.name === 'COUNT' && aggregates[0].path === null && soql.groupBy.length === 0;
  const table = `"${tableOf(shape.name)}" t`;
  if (onlyCount) {
    const where = compiler.where(shape, 't', soql, parameters);
    const limited = soql.limit === null ? '' : ` LIMIT ${soql.limit}`;
    return { kind: 'count', shape, soql, sql: `SELECT count(*) FROM (SELECT 1 FROM ${table}${where}${limited})`, parameters, rows: null, groups: [] };
  }
  if (aggregates.length > 0 || soql.groupBy.length > 0) return planGroups(compiler, shape, soql, table);
  const rows = planRows(org, compiler, shape, soql, options);
  const where = compiler.where(shape, 't', soql, parameters);
  const order = compiler.order(shape, 't', soql.alias, soql.orderBy);
  const sql = `SELECT t.rowid FROM ${table}${where}${order}${limits(soql)}`;
  return { kind: 'rows', shape, soql, sql, parameters, rows, groups: [] };
}

function limits(soql: Soql): string {
  if (soql.limit === null && soql.offset === null) return '';
  return ` LIMIT ${soql.limit ?? -1}${soql.offset === null ? '' : ` OFFSET ${soql.offset}`}`;
}

function planRows(org: Org, compiler: Compiler, shape: Shape, soql: Soql, options: PlanOptions): RowPlan {
  const expressions: string[] = ['t."Id"'];
  const node: Node = { members: [] };
  const selected: RowPlan['selected'] = [];
  const children: ChildPlan[] = [];
  const seen = new Set<string>();
  for (const item of expandFields(org, shape, soql, options)) {
    if (item.kind === 'child') {
      children.push(planChild(org, compiler, shape, item.query, options));
      continue;
    }
    if (item.kind !== 'field') throw malformed('an aggregate needs GROUP BY');
    const path = compiler.plainPath(item.path, shape, soql.alias);
    const key = path.join('.').toLowerCase();
    if (seen.has(key)) throw malformed(`duplicate field selected: ${item.path}`);
    seen.add(key);
    const reached = compiler.reach(item.path, shape, 't', soql.alias);
    selected.push({ path: path.join('.'), field: reached.field });
    let into = node;
    let at = shape;
    const walked: string[] = [];
    for (const step of path.slice(0, -1)) {
      const reference = compiler.relationship(step, at, item.path);
      const name = reference.relationshipName as string;
      const link = compiler.reach([...walked, reference.name].join('.'), shape, 't', null);
      walked.push(step);
      let inner = into.members.find((m) => m.kind === 'record' && m.name === name);
      if (inner?.kind !== 'record') {
        expressions.push(link.sql);
        inner = { kind: 'record', name, node: { members: [] }, idAt: expressions.length - 1, reference };
        into.members.push(inner);
      }
      into = inner.node;
      at = org.catalog.known(reference.referenceTo.find((n) => org.catalog.shape(n) !== undefined) ?? shape.name);
    }
    expressions.push(reached.sql);
    into.members.push({ kind: 'column', name: reached.field.name, at: expressions.length - 1, field: reached.field });
  }
  // A row that went to the Recycle Bin while the caller pages is gone from the later pages.
  const alive = options.includeDeleted ? '' : ' AND t."IsDeleted" = 0';
  return { shape, sql: `SELECT ${expressions.join(', ')} FROM "${tableOf(shape.name)}" t WHERE t.rowid = ?${alive}`, node, idAt: 0, children, selected };
}

function expandFields(org: Org, shape: Shape, soql: Soql, options: PlanOptions): SelectItem[] {
  return soql.select.flatMap((item): SelectItem[] => {
    if (item.kind !== 'fields') return [item];
    if (item.which !== 'STANDARD' && (soql.limit === null || soql.limit > 200)) throw malformed('The SOQL FIELDS function must have a LIMIT of at most 200');
    return org.access
      .visibleFields(options.userId, shape)
      .filter((f) => item.which === 'ALL' || f.custom === (item.which === 'CUSTOM'))
      .map((f) => ({ kind: 'field', path: f.name, alias: null }));
  });
}

function planChild(org: Org, compiler: Compiler, parent: Shape, query: Soql, options: PlanOptions): ChildPlan {
  const relation = parent.children.find((c) => c.name.toLowerCase() === query.from.toLowerCase());
  if (!relation) {
    throw new SalesforceError('INVALID_TYPE', `Didn't understand relationship '${query.from}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name.`);
  }
  const shape = compiler.shape(relation.child);
  const parameters: Stored[] = [];
  const plan = planRows(org, compiler, shape, query, options);
  const where = compiler.where(shape, 't', query, parameters);
  const sql = `SELECT t.rowid FROM "${tableOf(shape.name)}" t${where === '' ? ' WHERE' : `${where} AND`} t.${quote(relation.field)} = ?${compiler.order(shape, 't', query.alias, query.orderBy)}${limits(query)}`;
  return { name: relation.name, plan, sql, parameters };
}

function planGroups(compiler: Compiler, shape: Shape, soql: Soql, table: string): Planned {
  const groups: Planned['groups'] = [];
  const expressions: string[] = [];
  let unnamed = 0;
  const grouped = new Set(soql.groupBy.map((g) => g.toLowerCase()));
  for (const item of soql.select) {
    if (item.kind === 'field') {
      if (!grouped.has(item.path.toLowerCase())) throw malformed(`Field must be grouped or aggregated: ${item.path}`);
      const { sql, field } = compiler.reach(item.path, shape, 't', soql.alias);
      expressions.push(sql);
      groups.push({ name: item.alias ?? field.name, field });
    } else if (item.kind === 'aggregate') {
      const { sql, field } = aggregate(compiler, shape, soql.alias, item.name, item.path);
      expressions.push(sql);
      groups.push({ name: item.alias ?? `expr${unnamed}`, field });
      if (item.alias === null) unnamed += 1;
    } else {
      throw malformed('a grouped query selects fields and aggregates only');
    }
  }
  const parameters: Stored[] = [];
  const where = compiler.where(shape, 't', soql, parameters);
  const by = soql.groupBy.map((g) => compiler.reach(g, shape, 't', soql.alias).sql);
  const having = soql.having === null ? '' : ` HAVING ${havingSql(compiler, shape, soql.alias, soql.having, parameters)}`;
  const order = soql.orderBy.map((item) =>
    orderTerm(item.aggregate === null ? compiler.reach(item.path, shape, 't', soql.alias).sql : aggregate(compiler, shape, soql.alias, item.aggregate, item.path === '' ? null : item.path).sql, item, false),
  );
  const sql = `SELECT ${expressions.join(', ')} FROM ${table}${where}${by.length === 0 ? '' : ` GROUP BY ${by.join(', ')}`}${having}${order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`}${limits(soql)}`;
  return { kind: 'aggregate', shape, soql, sql, parameters, rows: null, groups };
}

function aggregate(compiler: Compiler, shape: Shape, alias: string | null, name: string, path: string | null): { sql: string; field: Field | null } {
  if (path === null) {
    if (name !== 'COUNT') throw malformed(`${name} needs a field`);
    return { sql: 'count(*)', field: null };
  }
  const { sql, field } = compiler.reach(path, shape, 't', alias);
  switch (name) {
    case 'COUNT':
      return { sql: `count(${sql})`, field: null };
    case 'COUNT_DISTINCT':
      return { sql: `count(DISTINCT ${sql})`, field: null };
    case 'AVG':
      return { sql: `avg(${sql})`, field: null };
    default:
      return { sql: `${name.toLowerCase()}(${sql})`, field: name === 'SUM' ? null : field };
  }
}

function havingSql(compiler: Compiler, shape: Shape, alias: string | null, condition: Condition, parameters: Stored[]): string {
  if (condition.kind === 'and' || condition.kind === 'or') {
    return `(${condition.parts.map((p) => havingSql(compiler, shape, alias, p, parameters)).join(condition.kind === 'and' ? ' AND ' : ' OR ')})`;
  }
  if (condition.kind === 'compare' && condition.aggregate !== undefined && condition.value.type === 'number' && condition.operator !== 'LIKE') {
    parameters.push(condition.value.value);
    return `${aggregate(compiler, shape, alias, condition.aggregate, condition.path === '' ? null : condition.path).sql} ${condition.operator} ?`;
  }
  return compiler.condition(condition, shape, 't', alias, parameters);
}

/** Fetches rows by rowid, in order, as the API answers them. Rows that are gone meanwhile are left out. */
export function fetchRows(org: Org, plan: RowPlan, rowids: readonly number[], version: string): ApiRecord[] {
  const statement = org.storage.prepare(plan.sql).raw();
  const out: ApiRecord[] = [];
  for (const rowid of rowids) {
    const values = statement.get(rowid) as Stored[] | undefined;
    if (values === undefined) continue;
    const id = values[plan.idAt] as string;
    const record = shapeRow(org, plan.node, values, plan.shape.name, plan.shape.name, id, version);
    for (const child of plan.children) {
      const found = org.storage.prepare(child.sql).pluck().all(...child.parameters, id) as number[];
      const records = fetchRows(org, child.plan, found, version);
      record[child.name] = records.length === 0 ? null : { totalSize: records.length, done: true, records };
    }
    out.push(record);
  }
  return out;
}

function shapeRow(org: Org, node: Node, values: Stored[], type: string, urlType: string, id: string, version: string): ApiRecord {
  const record: ApiRecord = { attributes: { type, url: `/services/data/v${version}/sobjects/${urlType}/${id}` } };
  for (const member of node.members) {
    if (member.kind === 'column') {
      record[member.name] = toApi(member.field, values[member.at]);
      continue;
    }
    const inner = values[member.idAt];
    if (typeof inner !== 'string') {
      record[member.name] = null;
      continue;
    }
    const targetType = org.catalog.objectOfId(inner) ?? 'Name';
    // A reference that may point at several objects answers under the common name.
    record[member.name] = shapeRow(org, member.node, values, member.reference.referenceTo.length > 1 ? 'Name' : targetType, targetType, inner, version);
  }
  return record;
}

/** What `columns=true` answers: the shape of the result instead of the result. The Salesforce CLI asks for it. */
export function describeColumns(planned: Planned): ApiRecord {
  const columns = planned.rows?.selected ?? planned.groups.map((g) => ({ path: g.name, field: g.field }));
  return {
    columnMetadata: columns.map(({ path, field }) => ({
      aggregate: planned.kind !== 'rows',
      apexType: null,
      booleanType: field?.type === 'boolean',
      columnName: path,
      custom: field?.custom ?? false,
      displayName: path,
      foreignKeyName: null,
      insertable: field?.createable ?? false,
      joinColumns: [],
      numberType: field === null || ['int', 'double', 'currency', 'percent'].includes(field.type),
      textType: field !== null && ['string', 'textarea', 'email', 'phone', 'url', 'picklist', 'multipicklist'].includes(field.type),
      updatable: field?.updateable ?? false,
    })),
    entityName: planned.shape.name,
    groupBy: planned.soql.groupBy.length > 0,
    idSelected: columns.some((c) => c.path === 'Id'),
    keyPrefix: planned.shape.prefix,
  };
}

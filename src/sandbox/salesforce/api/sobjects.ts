import type { Shape } from '../catalog';
import { notFound, SalesforceError } from '../errors';
import type { Org } from '../org';
import { normaliseId, parseDateTime, renderDateTime, toApi, toStored, type Row } from '../values';
import { actorOf, jsonBody, type Answer, type Call, type Services } from './call';
import { basicInfo, describe, describeGlobal, describeLayouts } from './describe';

const DAY = 86_400_000;

/** `/sobjects/…`: describe, single records, external ids, updated and deleted. */
export function sobjects(services: Services, call: Call): Answer {
  const { org } = services;
  const [, name, second, third] = call.path;
  if (name === undefined) return { status: 200, body: describeGlobal(org, call.userId, call.version) };
  const shape = org.catalog.shape(name);
  if (!shape || !org.access.seesObject(call.userId, shape.name)) throw notFound();
  if (second === undefined) {
    if (call.method === 'POST') return create(org, call, shape);
    if (call.method === 'GET') return { status: 200, body: basicInfo(org, call.userId, shape, call.version) };
    throw methodNotAllowed(call);
  }
  if (third === undefined) {
    if (second === 'describe' && call.method === 'GET') return { status: 200, body: describe(org, call.userId, shape, call.version) };
    if (second === 'updated' && call.method === 'GET') return updated(org, call, shape);
    if (second === 'deleted' && call.method === 'GET') return deleted(org, call, shape);
    return single(org, call, shape, second);
  }
  if (second === 'describe' && third === 'layouts' && call.method === 'GET') return { status: 200, body: describeLayouts(org, call.userId, shape) };
  return byExternalId(org, call, shape, second, third);
}

function methodNotAllowed(call: Call): SalesforceError {
  return new SalesforceError('METHOD_NOT_ALLOWED', `HTTP Method '${call.method}' not allowed. Allowed are HEAD,GET,POST,PATCH,DELETE`, { status: 405 });
}

function create(org: Org, call: Call, shape: Shape): Answer {
  const body = jsonBody(call);
  const id = org.atomic(() => org.records.create(actorOf(call), shape.name, body));
  return { status: 201, body: { id, success: true, errors: [] }, headers: { Location: `/services/data/v${call.version}/sobjects/${shape.name}/${id}` } };
}

function single(org: Org, call: Call, shape: Shape, text: string): Answer {
  const id = normaliseId(text);
  if (id === undefined || id.slice(0, 3) !== shape.prefix) throw notFound(`Provided external ID field does not exist or is not accessible: ${text}`);
  const row = found(org, call, shape, id);
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return readOne(org, call, shape, row);
    case 'PATCH': {
      const limit = call.header('if-unmodified-since');
      if (limit !== undefined) {
        const at = Date.parse(limit);
        if (Number.isNaN(at)) throw new SalesforceError('INVALID_HEADER', `Invalid date for If-Unmodified-Since: ${limit}`);
        if ((row.LastModifiedDate as number) > at) return { status: 412 };
      }
      const body = jsonBody(call);
      org.atomic(() => org.records.update(actorOf(call), shape.name, id, body));
      return { status: 204 };
    }
    case 'DELETE':
      org.atomic(() => org.records.delete(actorOf(call), shape.name, id));
      return { status: 204 };
    default:
      throw methodNotAllowed(call);
  }
}

/** The record of a single-record call: 404 when it is not there, not to be seen, or deleted. */
function found(org: Org, call: Call, shape: Shape, id: string): Row {
  const row = org.storage.get(shape.name, id);
  if (!row || (row._hidden === 1 && org.access.isRestricted(call.userId))) throw notFound();
  if (row.IsDeleted === 1) throw new SalesforceError('ENTITY_IS_DELETED', 'entity is deleted', { status: 404 });
  return row;
}

function readOne(org: Org, call: Call, shape: Shape, row: Row): Answer {
  const modified = row.LastModifiedDate as number;
  const since = call.header('if-modified-since');
  const headers = { 'Last-Modified': new Date(modified).toUTCString() };
  if (since !== undefined && modified <= Date.parse(since)) return { status: 304, headers };
  const names = call.query.get('fields')?.split(',').map((n) => n.trim());
  return { status: 200, body: renderRecord(org, call, shape, row, names), headers };
}

/** A record with the named fields, or with all that the user sees. */
export function renderRecord(org: Org, call: Pick<Call, 'userId' | 'version'>, shape: Shape, row: Row, names?: string[]): Record<string, unknown> {
  const visible = org.access.visibleFields(call.userId, shape);
  const fields = names?.map((name) => {
    const field = visible.find((f) => f.name.toLowerCase() === name.toLowerCase());
    if (!field) throw new SalesforceError('INVALID_FIELD', `No such column '${name}' on entity '${shape.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.`);
    return field;
  });
  const record: Record<string, unknown> = { attributes: { type: shape.name, url: `/services/data/v${call.version}/sobjects/${shape.name}/${String(row.Id)}` } };
  for (const field of fields ?? visible) record[field.name] = toApi(field, row[field.name]);
  if (!('Id' in record)) record.Id = row.Id;
  return record;
}

/** Live records whose external id holds a value. Throws when the field is none that the user sees. */
export function findByExternalId(org: Org, userId: string, shape: Shape, fieldName: string, value: unknown): Row[] {
  const field = org.catalog.field(shape, fieldName);
  if (!field || !org.access.readable(userId, shape, field) || !(field.externalId || field.name === 'Id')) {
    throw notFound(`Provided external ID field does not exist or is not accessible: ${fieldName}`);
  }
  const stored = toStored(field, value);
  return stored === null ? [] : org.storage.find(shape.name, { [field.name]: stored });
}

function byExternalId(org: Org, call: Call, shape: Shape, fieldName: string, value: string): Answer {
  const rows = findByExternalId(org, call.userId, shape, fieldName, value);
  if (rows.length > 1) return { status: 300, body: rows.map((r) => `/services/data/v${call.version}/sobjects/${shape.name}/${String(r.Id)}`) };
  const row = rows[0];
  switch (call.method) {
    case 'GET':
      if (!row) throw notFound();
      return readOne(org, call, shape, row);
    case 'DELETE':
      if (!row) throw notFound();
      org.atomic(() => org.records.delete(actorOf(call), shape.name, row.Id as string));
      return { status: 204 };
    case 'PATCH': {
      const body = jsonBody(call);
      const field = org.catalog.field(shape, fieldName);
      if (Object.keys(body).some((k) => k.toLowerCase() === fieldName.toLowerCase())) {
        throw new SalesforceError('INVALID_FIELD', `The ${field?.name ?? fieldName} field should not be specified in the sobject data.`);
      }
      if (row) {
        org.atomic(() => org.records.update(actorOf(call), shape.name, row.Id as string, body));
        return { status: 200, body: { id: row.Id, success: true, errors: [], created: false } };
      }
      if (field?.name === 'Id') throw notFound();
      const id = org.atomic(() => org.records.create(actorOf(call), shape.name, { ...body, [field?.name ?? fieldName]: value }));
      return { status: 201, body: { id, success: true, errors: [], created: true } };
    }
    default:
      throw methodNotAllowed(call);
  }
}

/** Start and end of a replication call, seconds cut off. Throws INVALID_REPLICATION_DATE. */
function window(org: Org, call: Call, days: number): { start: number; end: number } {
  const read = (name: string): number => {
    const ms = parseDateTime((call.query.get(name) ?? '').replace(' ', '+'));
    if (ms === undefined) throw new SalesforceError('INVALID_REPLICATION_DATE', `${name} is not a valid date-time`);
    return Math.floor(ms / 60_000) * 60_000;
  };
  const start = read('start');
  const end = read('end');
  if (start >= end) throw new SalesforceError('INVALID_REPLICATION_DATE', 'startDate should be earlier than endDate');
  if (start < org.clock.now() - days * DAY) throw new SalesforceError('INVALID_REPLICATION_DATE', `startDate before org replication enabled date or more than ${days} days ago`);
  return { start, end };
}

/** Where the next call may start: not beyond the start of a transaction that is still open, so that late commits are not lost. */
function covered(org: Org, end: number): number {
  const limit = Math.min(end, org.now(), ...org.openTransactions.values());
  return Math.floor(limit / 60_000) * 60_000;
}

function updated(org: Org, call: Call, shape: Shape): Answer {
  const { start, end } = window(org, call, 30);
  const hidden = org.access.isRestricted(call.userId) ? ' AND "_hidden" = 0' : '';
  const ids = org.storage
    .prepare(`SELECT "Id" FROM "sf_o_${shape.name}" WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ? AND "IsDeleted" = 0${hidden} ORDER BY "SystemModstamp", "Id" LIMIT 600001`)
    .pluck()
    .all(start, end) as string[];
  if (ids.length > 600_000) throw new SalesforceError('EXCEEDED_ID_LIMIT', 'too many ids for this time span');
  return { status: 200, body: { ids, latestDateCovered: renderDateTime(covered(org, end)) } };
}

function deleted(org: Org, call: Call, shape: Shape): Answer {
  const { start, end } = window(org, call, 15);
  const rows = org.storage
    .prepare(`SELECT "Id", "_deletedAt" FROM "sf_o_${shape.name}" WHERE "SystemModstamp" >= ? AND "_deletedAt" >= ? AND "_deletedAt" < ? AND "IsDeleted" = 1 ORDER BY "_deletedAt", "Id"`)
    .all(start, start, end) as { Id: string; _deletedAt: number }[];
  return {
    status: 200,
    body: {
      deletedRecords: rows.map((r) => ({ id: r.Id, deletedDate: renderDateTime(r._deletedAt) })),
      earliestDateAvailable: renderDateTime(Math.floor((org.clock.now() - 15 * DAY) / 60_000) * 60_000),
      latestDateCovered: renderDateTime(covered(org, end)),
    },
  };
}

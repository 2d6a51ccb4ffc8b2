import { notFound, SalesforceError } from '../errors';
import type { Actor, Org } from '../org';
import { normaliseId } from '../values';
import { actorOf, isObject, jsonBody, type Answer, type Call, type Services } from './call';
import { findByExternalId, renderRecord } from './sobjects';

const MAX_RECORDS = 200;
const MAX_CHUNKS = 10;

type Result = { id?: string; success: boolean; errors: unknown[]; created?: boolean };

/** `/composite/sobjects…`: up to 200 records a call, each with its own result, in the order given. */
export function collections(services: Services, call: Call): Answer {
  const { org } = services;
  const [, , type, externalId] = call.path;
  if (type !== undefined && externalId !== undefined && call.method === 'PATCH') return upsert(org, call, type, externalId);
  if (type !== undefined) return retrieve(org, call, type);
  switch (call.method) {
    case 'POST':
      return save(org, call, (actor, record) => ({ id: org.records.create(actor, typeOf(record), record), success: true, errors: [] }));
    case 'PATCH':
      return save(org, call, (actor, record) => {
        const id = normaliseId(record.id ?? record.Id);
        if (id === undefined) throw new SalesforceError('MISSING_ARGUMENT', 'Id not specified in an update call');
        org.records.update(actor, typeOf(record), id, record);
        return { id, success: true, errors: [] };
      });
    case 'DELETE':
      return remove(org, call);
    default:
      throw new SalesforceError('METHOD_NOT_ALLOWED', `HTTP Method '${call.method}' not allowed. Allowed are POST,PATCH,DELETE`, { status: 405 });
  }
}

function typeOf(record: Record<string, unknown>): string {
  const type = isObject(record.attributes) ? record.attributes.type : undefined;
  if (typeof type !== 'string') throw new SalesforceError('INVALID_INPUT', 'The type attribute is missing in a record', { wholeCall: true });
  return type;
}

function recordsOf(call: Call): { records: Record<string, unknown>[]; allOrNone: boolean } {
  const body = jsonBody(call);
  const records = body.records;
  if (!Array.isArray(records) || !records.every(isObject)) throw new SalesforceError('INVALID_INPUT', 'records is missing or no list of records');
  limit(records.length);
  return { records, allOrNone: body.allOrNone === true };
}

function limit(n: number): void {
  if (n > MAX_RECORDS) throw new SalesforceError('EXCEEDED_ID_LIMIT', `record limit reached. cannot submit more than ${MAX_RECORDS} records into this call`);
}

/** A new chunk starts wherever the type changes between neighbours. */
function countChunks(types: string[]): void {
  const chunks = types.filter((type, i) => i === 0 || type !== types[i - 1]).length;
  if (chunks > MAX_CHUNKS) throw new SalesforceError('LIMIT_EXCEEDED', 'Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking.');
}

/** Thrown to undo a whole call; carries the rows' own results. */
class RolledBack extends Error {
  constructor(readonly results: Result[]) {
    super('rolled back');
  }
}

/** Runs one step per record, each whole or not at all; with `allOrNone` all or none. */
function each<T>(org: Org, rows: readonly T[], allOrNone: boolean, step: (row: T) => Result): Result[] {
  const run = (): Result[] => {
    const results = rows.map((row): Result => {
      try {
        return org.atomic(() => step(row));
      } catch (error) {
        if (!(error instanceof SalesforceError) || error.wholeCall) throw error;
        return { success: false, errors: [error.toRow()] };
      }
    });
    if (allOrNone && results.some((r) => !r.success)) throw new RolledBack(results);
    return results;
  };
  try {
    return org.atomic(run);
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    const rolledBack = { statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK', message: 'Record rolled back because not all records were valid and the request was using AllOrNone header', fields: [] };
    return error.results.map((r) => (r.success ? { success: false, errors: [rolledBack] } : r));
  }
}

function save(org: Org, call: Call, step: (actor: Actor, record: Record<string, unknown>) => Result): Answer {
  const { records, allOrNone } = recordsOf(call);
  countChunks(records.map(typeOf));
  const actor = actorOf(call);
  return { status: 200, body: each(org, records, allOrNone, (record) => step(actor, record)) };
}

function upsert(org: Org, call: Call, type: string, externalId: string): Answer {
  const { records, allOrNone } = recordsOf(call);
  const actor = actorOf(call);
  const shape = org.catalog.shape(type);
  if (!shape || !org.access.seesObject(call.userId, shape.name)) throw notFound();
  // Asks once with no value: the field must be an external id that the user sees.
  findByExternalId(org, call.userId, shape, externalId, null);
  const field = org.catalog.field(shape, externalId);
  const name = field?.name ?? externalId;
  const seen = new Set<string>();
  const results = each(org, records, allOrNone, (record) => {
    if (typeOf(record) !== shape.name) throw new SalesforceError('INVALID_INPUT', 'The type of a record differs from the type of the call');
    const { [name]: value, ...rest } = record;
    if (value === undefined || value === null || value === '') throw new SalesforceError('MISSING_ARGUMENT', `${name} not specified`);
    const key = field?.caseSensitive ? String(value) : String(value).toLowerCase();
    if (seen.has(key)) throw new SalesforceError('DUPLICATE_VALUE', `Duplicate external id specified: ${String(value)}`, { fields: [name] });
    seen.add(key);
    const found = findByExternalId(org, call.userId, shape, name, value);
    if (found.length > 1) throw new SalesforceError('DUPLICATE_EXTERNAL_ID', `${name}: more than one record found for external id field: [${found.map((r) => String(r.Id)).join(', ')}]`, { fields: [name] });
    const id = found[0]?.Id as string | undefined;
    if (id === undefined) return { id: org.records.create(actor, shape.name, record), success: true, errors: [], created: true };
    org.records.update(actor, shape.name, id, rest);
    return { id, success: true, errors: [], created: false };
  });
  return { status: 200, body: results.map((r) => (r.success ? r : { ...r, created: false })) };
}

function remove(org: Org, call: Call): Answer {
  const ids = (call.query.get('ids') ?? '').split(',').filter((id) => id !== '');
  limit(ids.length);
  countChunks(ids.map((id) => id.slice(0, 3)));
  const actor = actorOf(call);
  const results = each(org, ids, call.query.get('allOrNone') === 'true', (text) => {
    const id = normaliseId(text);
    const type = id === undefined ? undefined : org.catalog.objectOfId(id);
    if (id === undefined || type === undefined) throw new SalesforceError('MALFORMED_ID', `malformed id ${text}`);
    org.records.delete(actor, type, id);
    return { id, success: true, errors: [] };
  });
  return { status: 200, body: results };
}

/** Records by id, null where there is none to be seen, in the order asked. */
function retrieve(org: Org, call: Call, type: string): Answer {
  const shape = org.catalog.shape(type);
  if (!shape || !org.access.seesObject(call.userId, shape.name)) throw notFound();
  const body = call.method === 'POST' ? jsonBody(call) : { ids: call.query.get('ids')?.split(','), fields: call.query.get('fields')?.split(',') };
  const { ids, fields } = body;
  if (!Array.isArray(ids) || !Array.isArray(fields)) throw new SalesforceError('INVALID_INPUT', 'ids and fields are required');
  if (ids.length > (call.method === 'POST' ? 2000 : 800)) throw new SalesforceError('EXCEEDED_ID_LIMIT', 'record limit reached. cannot retrieve more than 2000 records in this call');
  const names = fields.map(String);
  const restricted = org.access.isRestricted(call.userId);
  const records = ids.map((text) => {
    const id = normaliseId(text);
    if (id === undefined) throw new SalesforceError('MALFORMED_ID', `malformed id ${String(text)}`);
    const row = org.storage.get(shape.name, id);
    if (!row || row.IsDeleted === 1 || (restricted && row._hidden === 1)) return null;
    return renderRecord(org, call, shape, row, names);
  });
  return { status: 200, body: records };
}

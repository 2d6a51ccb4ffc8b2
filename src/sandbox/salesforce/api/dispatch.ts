import { notFound, SalesforceError } from '../errors';
import { collections } from './collections';
import { composite } from './composite';
import { recordTypeValues } from './describe';
import { limits, notify, resources } from './misc';
import { deployRequest } from './metadata';
import { sobjects } from './sobjects';
import { tooling } from './tooling';
import type { Answer, Call, Services } from './call';

/** Sends a call below `/services/data/vXX.X` to its handler. Throws the vendor's refusal. */
export function dispatch(services: Services, call: Call): Answer {
  const [first, second, third, fourth] = call.path;
  switch (first) {
    case undefined:
      return resources(services, call);
    case 'sobjects':
      return sobjects(services, call);
    case 'query':
    case 'queryAll':
      return query(services, call, first === 'queryAll');
    case 'limits':
      return limits(services);
    case 'composite':
      if (second === 'sobjects') return collections(services, call);
      if (second === undefined && call.method === 'POST') return composite(services, call, dispatch);
      break;
    case 'jobs':
      if (second === 'query' || second === 'ingest') return services.bulk.handle(call, second);
      break;
    case 'metadata':
      if (second === 'deployRequest') return deployRequest(services, call);
      break;
    case 'actions':
      if (second === 'standard' && third === 'customNotificationAction' && fourth === undefined) return notify(services, call);
      break;
    case 'ui-api': {
      const [, , , values, recordType] = call.path;
      const shape = second === 'object-info' && values === 'picklist-values' && call.method === 'GET' ? services.org.catalog.shape(third ?? '') : undefined;
      if (shape === undefined || recordType === undefined || !services.org.access.seesObject(call.userId, shape.name)) break;
      return { status: 200, body: recordTypeValues(services.org, call.userId, shape, recordType) };
    }
    case 'tooling':
      return tooling(services, call);
  }
  throw notFound();
}

function query(services: Services, call: Call, includeDeleted: boolean): Answer {
  if (call.method !== 'GET') throw new SalesforceError('METHOD_NOT_ALLOWED', `HTTP Method '${call.method}' not allowed. Allowed are HEAD,GET`, { status: 405 });
  const locator = call.path[1];
  if (locator !== undefined) return { status: 200, body: services.queries.more(locator, call.userId) };
  const soql = call.query.get('q');
  if (soql === null || soql.trim() === '') throw new SalesforceError('MALFORMED_QUERY', 'The query parameter q is required');
  const options = { userId: call.userId, version: call.version, includeDeleted, pageSize: pageSize(call) };
  if (call.query.get('columns') === 'true') return { status: 200, body: services.queries.columns(soql, options) };
  return { status: 200, body: services.queries.query(soql, options) };
}

function pageSize(call: Call): number {
  const asked = /batchSize\s*=\s*(\d+)/i.exec(call.header('sforce-query-options') ?? '')?.[1];
  return asked === undefined ? 2000 : Math.min(2000, Math.max(200, Number(asked)));
}

import type { Actor } from '../actor';
import { missingRecord, notFound, validationRefusal } from '../errors';
import { objectOf, optionalText, textOf } from '../json';
import { objectFacts, objectType, type ObjectType } from '../objectTypes';
import { listParam, recordScopes, typeOf, type Call, type Operation } from '../operation';
import type { Token } from '../portal';
import type { StoredRecord } from '../records';
import { parseSearch } from '../search';
import { wantNothing, type Wanted } from '../view';
import type { WriteOptions } from '../writer';

const numbered = '/crm/v3/objects/:type';
const dated = '/crm/objects/:version/:type';

/** An app's calls, as property history names them. */
export function appActor(token: Token): Actor {
  return { sourceType: 'INTEGRATION', sourceId: String(token.appId), sourceLabel: token.appName, userId: token.userId };
}

export function writeOptions(call: Call): WriteOptions {
  return { token: call.token.token, requireAll: call.family === '2026-09' };
}

export function wantedOf(call: Call): Wanted {
  return {
    properties: listParam(call, 'properties'),
    withHistory: listParam(call, 'propertiesWithHistory'),
    associations: listParam(call, 'associations').map(objectType),
    token: call.token.token,
  };
}

/** The record id that a key leads to by `idProperty`: an e-mail, a unique value, or the id itself. Undefined: nothing has that key. */
export function idByKey(call: Call, type: ObjectType, key: string, idProperty: string | undefined): number | undefined {
  const { records, definitions } = call.parts;
  if (idProperty === undefined || idProperty === '') return /^\d{1,15}$/.test(key) ? Number(key) : undefined;
  if (type === 'contacts' && idProperty === 'email') return records.byEmail(key);
  if (definitions.find(type, idProperty)?.hasUniqueValue === true) return records.byUnique(type, idProperty, key);
  // hs_object_id, too, is refused here although it is what ids are.
  throw validationRefusal(`Unable to perform read/update/upsert by non-unique ${objectFacts[type].typeId} property: ${idProperty}`);
}

function keyed(call: Call): { type: ObjectType; id: number } {
  const type = typeOf(call);
  const id = idByKey(call, type, call.params['id'] ?? '', call.query.get('idProperty') ?? undefined);
  if (id === undefined) throw missingRecord();
  return { type, id };
}

function find(call: Call, type: ObjectType, id: number, archived: boolean): StoredRecord {
  const { records } = call.parts;
  const stored = records.get(type, records.resolve(type, id));
  if (stored === undefined || (stored.archived !== null) !== archived) throw missingRecord();
  return stored;
}

const list: Operation['run'] = (call) => {
  const type = typeOf(call);
  const { records, view } = call.parts;
  const limit = Number(call.query.get('limit') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw validationRefusal(`limit should be between 1 and 100, but was ${call.query.get('limit')}`);
  const after = Number(call.query.get('after') ?? 0);
  if (!Number.isInteger(after) || after < 0) throw validationRefusal(`after "${call.query.get('after')}" is not a cursor`);
  const wanted = wantedOf(call);
  const page = records.page(type, after, limit + 1, call.query.get('archived') === 'true');
  const shown = page.slice(0, limit);
  const last = shown.at(-1);
  const link = new URL(`https://api.hubapi.com/crm/v3/objects/${type}`);
  for (const [name, value] of call.query) if (name !== 'after') link.searchParams.append(name, value);
  if (last !== undefined) link.searchParams.append('after', String(last.id));
  return {
    status: 200,
    body: {
      results: shown.map((stored) => view.show(type, stored, wanted)),
      ...(page.length > limit && last !== undefined ? { paging: { next: { after: String(last.id), link: link.href } } } : {}),
    },
  };
};

const read: Operation['run'] = (call) => {
  const { type, id } = keyed(call);
  const stored = find(call, type, id, call.query.get('archived') === 'true');
  return { status: 200, body: call.parts.view.show(type, stored, wantedOf(call)) };
};

const create: Operation['run'] = (call) => {
  const type = typeOf(call);
  const { writer, links, view, records } = call.parts;
  const body = objectOf(call.body);
  const properties = objectOf(body['properties'] ?? {}, 'properties');
  return writer.atomic(() => {
    const wanted = links.wanted(type, body['associations']);
    const { record, warnings } = writer.create(type, properties, appActor(call.token), writeOptions(call));
    for (const { to, toId, typeIds } of wanted) links.add(type, record.id, to, toId, typeIds);
    const stored = records.get(type, record.id) ?? record;
    const shown = view.showWritten(type, stored, Object.keys(properties), call.token.token, call.family === '2026-09' ? warnings : []);
    return { status: 201, body: shown };
  });
};

const update: Operation['run'] = (call) => {
  const { type, id } = keyed(call);
  const properties = objectOf(objectOf(call.body)['properties'] ?? {}, 'properties');
  const { record, warnings } = call.parts.writer.update(type, id, properties, appActor(call.token), writeOptions(call));
  const shown = call.parts.view.showWritten(type, record, Object.keys(properties), call.token.token, call.family === '2026-09' ? warnings : []);
  return { status: 200, body: shown };
};

const archive: Operation['run'] = (call) => {
  const type = typeOf(call);
  const id = idByKey(call, type, call.params['id'] ?? '', undefined);
  if (id !== undefined) call.parts.removal.archive(type, id);
  return { status: 204 };
};

const merge: Operation['run'] = (call) => {
  const type = typeOf(call);
  const body = objectOf(call.body);
  const id = (name: string): number => {
    const text = textOf(body[name], name);
    if (!/^\d+$/.test(text)) throw notFound(`Object ${text} does not exist`);
    return Number(text);
  };
  const stored = call.parts.removal.merge(type, id('primaryObjectId'), id('objectIdToMerge'));
  return { status: 200, body: call.parts.view.show(type, stored, wantNothing(call.token.token)) };
};

const erase: Operation['run'] = (call) => {
  if (typeOf(call) !== 'contacts') throw notFound('Only contacts can be permanently deleted');
  const body = objectOf(call.body);
  const key = textOf(body['objectId'], 'objectId');
  const idProperty = optionalText(body['idProperty'], 'idProperty');
  const id = idByKey(call, 'contacts', key, idProperty);
  if (id !== undefined) call.parts.removal.erase(id);
  else if (idProperty === 'email') call.parts.removal.block(key);
  else throw missingRecord();
  return { status: 204 };
};

const search: Operation['run'] = (call) => {
  const type = typeOf(call);
  const request = parseSearch(call.body, call.text);
  const result = call.parts.search.run(type, request, call.token.token);
  const wanted: Wanted = { ...wantNothing(call.token.token), properties: request.properties };
  return {
    status: 200,
    body: {
      total: result.total,
      results: result.records.map((stored) => call.parts.view.show(type, stored, wanted)),
      ...(result.next === undefined ? {} : { paging: { next: { after: String(result.next) } } }),
    },
  };
};

const readScopes = recordScopes('read');
const writeScopes = recordScopes('write');

/** Objects one at a time, and search. The batch paths come before `/:id` in the whole table. */
export const objectOperations: readonly Operation[] = [
  { method: 'POST', numbered: `${numbered}/search`, dated: `${dated}/search`, scopes: readScopes, isSearch: true, run: search },
  { method: 'POST', numbered: `${numbered}/merge`, dated: `${dated}/merge`, scopes: writeScopes, run: merge },
  { method: 'POST', numbered: `${numbered}/gdpr-delete`, dated: `${dated}/gdpr-delete`, scopes: writeScopes, run: erase },
  { method: 'GET', numbered, dated, scopes: readScopes, run: list },
  { method: 'POST', numbered, dated, scopes: writeScopes, run: create },
  { method: 'GET', numbered: `${numbered}/:id`, dated: `${dated}/:id`, scopes: readScopes, run: read },
  { method: 'PATCH', numbered: `${numbered}/:id`, dated: `${dated}/:id`, scopes: writeScopes, run: update },
  { method: 'DELETE', numbered: `${numbered}/:id`, dated: `${dated}/:id`, scopes: writeScopes, run: archive },
];


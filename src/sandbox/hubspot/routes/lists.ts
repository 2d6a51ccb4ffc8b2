import { notFound, validationRefusal } from '../errors';
import { arrayOf, objectOf, optionalNumber, optionalText, textList, textOf } from '../json';
import { objectType } from '../objectTypes';
import type { Call, Operation, Scopes } from '../operation';

const numbered = '/crm/v3/lists';
const dated = '/crm/lists/:version';

const read = (): Scopes => [['crm.lists.read']];
/** Writing asks for both scopes. */
const write = (): Scopes => [['crm.lists.read'], ['crm.lists.write']];

function listId(call: Call): number {
  const text = call.params['id'] ?? '';
  if (!/^\d+$/.test(text)) throw notFound(`List does not exist with ID ${text}.`, 'ILS.LIST_NOT_FOUND');
  return Number(text);
}

/** Lists ("segments"). Memberships take record ids only. */
export const listOperations: readonly Operation[] = [
  {
    method: 'POST', numbered, dated, scopes: write,
    run: ({ parts, body }) => {
      const input = objectOf(body);
      const list = parts.lists.create(objectType(textOf(input['objectTypeId'], 'objectTypeId')), textOf(input['name'], 'name'), textOf(input['processingType'], 'processingType'));
      return { status: 200, body: { list: parts.lists.show(list) } };
    },
  },
  {
    method: 'POST', numbered: `${numbered}/search`, dated: `${dated}/search`, scopes: read,
    run: ({ parts, body }) => {
      const input = objectOf(body);
      const query = (optionalText(input['query'], 'query') ?? '').toLowerCase();
      const offset = optionalNumber(input['offset'], 'offset') ?? 0;
      const count = optionalNumber(input['count'], 'count') ?? 20;
      if (count > 500) throw validationRefusal('count should be at most 500');
      const found = parts.lists.all().filter((list) => list.name.toLowerCase().includes(query));
      const lists = found.slice(offset, offset + count).map((list) => ({ ...parts.lists.show(list), additionalProperties: { hs_list_size: String(parts.lists.size(list.id)) } }));
      return { status: 200, body: { offset: offset + lists.length, hasMore: offset + lists.length < found.length, lists, total: found.length } };
    },
  },
  {
    method: 'GET', numbered: `${numbered}/object-type-id/:type/name/:name`, dated: `${dated}/object-type-id/:type/name/:name`, scopes: read,
    run: ({ parts, params }) => {
      const list = parts.lists.find(objectType(params['type'] ?? ''), params['name'] ?? '');
      if (list === undefined) throw notFound(`List does not exist with name ${params['name']} and object type ID ${params['type']}.`, 'ILS.LIST_NOT_FOUND');
      return { status: 200, body: { list: parts.lists.show(list) } };
    },
  },
  {
    method: 'PUT', numbered: `${numbered}/:id/memberships/add`, dated: `${dated}/:id/memberships/add`, scopes: write,
    run: (call) => ({ status: 200, body: call.parts.lists.change(listId(call), arrayOf(call.body, 'record ids').map((id) => textOf(id, 'record id')), []) }),
  },
  {
    method: 'PUT', numbered: `${numbered}/:id/memberships/remove`, dated: `${dated}/:id/memberships/remove`, scopes: write,
    run: (call) => ({ status: 200, body: call.parts.lists.change(listId(call), [], arrayOf(call.body, 'record ids').map((id) => textOf(id, 'record id'))) }),
  },
  {
    method: 'PUT', numbered: `${numbered}/:id/memberships/add-and-remove`, dated: `${dated}/:id/memberships/add-and-remove`, scopes: write,
    run: (call) => {
      const input = objectOf(call.body);
      return { status: 200, body: call.parts.lists.change(listId(call), textList(input['recordIdsToAdd'], 'recordIdsToAdd'), textList(input['recordIdsToRemove'], 'recordIdsToRemove')) };
    },
  },
  {
    method: 'GET', numbered: `${numbered}/:id/memberships`, dated: `${dated}/:id/memberships`, scopes: read,
    run: (call) => {
      const limit = Number(call.query.get('limit') ?? 100);
      const members = call.parts.lists.members(listId(call), Number(call.query.get('after') ?? 0), limit + 1);
      const shown = members.slice(0, limit);
      const last = shown.at(-1);
      return { status: 200, body: { results: shown, total: call.parts.lists.size(listId(call)), ...(members.length > limit && last !== undefined ? { paging: { next: { after: last.recordId } } } : {}) } };
    },
  },
  {
    method: 'DELETE', numbered: `${numbered}/:id/memberships`, dated: `${dated}/:id/memberships`, scopes: write,
    run: (call) => {
      call.parts.lists.clear(listId(call));
      return { status: 204 };
    },
  },
  {
    method: 'PUT', numbered: `${numbered}/:id/restore`, dated: `${dated}/:id/restore`, scopes: write,
    run: (call) => {
      call.parts.lists.setDeleted(listId(call), false);
      return { status: 204 };
    },
  },
  {
    method: 'PUT', numbered: `${numbered}/:id/update-list-name`, dated: `${dated}/:id/update-list-name`, scopes: write,
    run: (call) => ({ status: 200, body: { updatedList: call.parts.lists.show(call.parts.lists.rename(listId(call), call.query.get('listName') ?? '')) } }),
  },
  {
    method: 'GET', numbered: `${numbered}/:id`, dated: `${dated}/:id`, scopes: read,
    run: (call) => ({ status: 200, body: { list: call.parts.lists.show(call.parts.lists.read(listId(call))) } }),
  },
  {
    method: 'DELETE', numbered: `${numbered}/:id`, dated: `${dated}/:id`, scopes: write,
    run: (call) => {
      call.parts.lists.read(listId(call));
      call.parts.lists.setDeleted(listId(call), true);
      return { status: 204 };
    },
  },
];

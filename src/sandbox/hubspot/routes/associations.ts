import { labelOf, pairOf, typeIdsOf } from '../associations';
import { Refusal, missingRecord, notFound, validationRefusal } from '../errors';
import { arrayOf, isObject, objectOf, optionalText, textOf, type JsonObject } from '../json';
import { objectFacts, objectType, type ObjectType } from '../objectTypes';
import { batchReply, typeOf, type Call, type Operation, type Reply, type Scopes } from '../operation';

const single = { numbered: '/crm/v4/objects/:type/:id/associations', dated: '/crm/objects/:version/:type/:id/associations' };
const batch = { numbered: '/crm/v4/associations/:type/:to/batch', dated: '/crm/associations/:version/:type/:to/batch' };

/** Inputs per call, and other ends per page. */
const most = { create: 2_000, read: 1_000, archive: 100, page: 500 };

function bothScopes(access: 'read' | 'write') {
  return (params: Record<string, string>): Scopes =>
    ['type', 'to'].map((name) => [`crm.objects.${objectFacts[objectType(params[name] ?? '')].scope}.${access}`]);
}

function recordId(call: Call, type: ObjectType, text: string): number {
  const { records } = call.parts;
  const id = /^\d+$/.test(text) ? records.resolve(type, Number(text)) : undefined;
  const stored = id === undefined ? undefined : records.get(type, id);
  if (stored === undefined || stored.archived !== null) throw missingRecord();
  return stored.id;
}

/** Other ends as they are answered: ids are numbers on numbered paths and text from 2026-09 on. */
function ends(call: Call, from: ObjectType, fromId: number, to: ObjectType, after: number, limit: number): { to: object[]; next?: string } {
  const rows = call.parts.associations.list(from, fromId, to, after, limit + 1);
  const shown = rows.slice(0, limit).map(({ toId, typeIds }) => ({
    toObjectId: call.family === '2026-09' ? String(toId) : toId,
    associationTypes: typeIds.map((typeId) => ({ category: 'HUBSPOT_DEFINED', typeId, label: labelOf(from, to, typeId) })),
  }));
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined ? { to: shown, next: String(last.toId) } : { to: shown };
}

function labels(call: Call, from: ObjectType, fromId: number, to: ObjectType, toId: number): object {
  const typeIds = call.parts.associations.between(from, fromId, to, toId);
  return {
    fromObjectTypeId: objectFacts[from].typeId,
    fromObjectId: String(fromId),
    toObjectTypeId: objectFacts[to].typeId,
    toObjectId: String(toId),
    labels: typeIds.map((typeId) => labelOf(from, to, typeId)).filter((label) => label !== null),
  };
}

function pair(call: Call): { from: ObjectType; fromId: number; to: ObjectType; toId: number } {
  const from = typeOf(call);
  const to = typeOf(call, 'to');
  return { from, fromId: recordId(call, from, call.params['id'] ?? ''), to, toId: recordId(call, to, call.params['toId'] ?? '') };
}

const putDefault: Operation['run'] = (call) => {
  const { from, fromId, to, toId } = pair(call);
  const startedAt = call.parts.clock.now();
  const typeId = call.parts.links.addDefault(from, fromId, to, toId);
  return batchReply(call, startedAt, bothWays(from, fromId, to, toId, typeId), []);
};

/** Both directions of a new association, as default associations are answered. */
function bothWays(from: ObjectType, fromId: number, to: ObjectType, toId: number, typeId: number): object[] {
  const one = (start: number, end: number, id: number): object => ({
    from: { id: String(start) },
    to: { id: String(end) },
    associationSpec: { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: id },
  });
  return [one(fromId, toId, typeId), one(toId, fromId, pairOf(to, from).unlabelled)];
}

const put: Operation['run'] = (call) => {
  const { from, fromId, to, toId } = pair(call);
  call.parts.links.add(from, fromId, to, toId, typeIdsOf(call.body));
  return { status: 201, body: labels(call, from, fromId, to, toId) };
};

const list: Operation['run'] = (call) => {
  const from = typeOf(call);
  const to = typeOf(call, 'to');
  const fromId = recordId(call, from, call.params['id'] ?? '');
  const limit = Number(call.query.get('limit') ?? most.page);
  if (!Number.isInteger(limit) || limit < 1 || limit > most.page) throw validationRefusal(`limit should be at most ${most.page}`);
  const page = ends(call, from, fromId, to, Number(call.query.get('after') ?? 0), limit);
  return { status: 200, body: { results: page.to, ...(page.next === undefined ? {} : { paging: { next: { after: page.next } } }) } };
};

const remove: Operation['run'] = (call) => {
  const from = typeOf(call);
  const to = typeOf(call, 'to');
  const [fromId, toId] = [Number(call.params['id']), Number(call.params['toId'])];
  if (Number.isInteger(fromId) && Number.isInteger(toId)) call.parts.links.remove(from, fromId, to, toId);
  return { status: 204 };
};

function inputsOf(call: Call, limit: number): JsonObject[] {
  if (!isObject(call.body) || call.body['inputs'] === undefined) return [];
  const inputs = arrayOf(call.body['inputs'], 'inputs').map((input) => objectOf(input, 'input'));
  if (inputs.length > limit) throw validationRefusal(`The maximum number of inputs is ${limit}, but there were ${inputs.length}`);
  return inputs;
}

function endOf(input: JsonObject, name: string): string {
  return textOf(objectOf(input[name], name)['id'], `${name}.id`);
}

/** Runs each input; those that are refused come back in `errors`. */
function each(call: Call, limit: number, success: number, run: (input: JsonObject) => object[]): Reply {
  const startedAt = call.parts.clock.now();
  const results: object[] = [];
  const errors: object[] = [];
  for (const input of inputsOf(call, limit)) {
    try {
      results.push(...run(input));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { message, category, subCategory, context } = error.body;
      errors.push({
        status: 'error',
        category: category ?? 'OBJECT_NOT_FOUND',
        ...(subCategory === undefined ? {} : { subCategory }),
        message,
        context: context ?? {},
      });
    }
  }
  return batchReply(call, startedAt, results, errors, success);
}

const batchCreate: Operation['run'] = (call) => {
  const from = typeOf(call);
  const to = typeOf(call, 'to');
  return each(call, most.create, call.family === '2026-09' ? 200 : 201, (input) => {
    const fromId = recordId(call, from, endOf(input, 'from'));
    const toId = recordId(call, to, endOf(input, 'to'));
    call.parts.links.add(from, fromId, to, toId, typeIdsOf(input['types']));
    return [labels(call, from, fromId, to, toId)];
  });
};

const batchDefault: Operation['run'] = (call) => {
  const from = typeOf(call);
  const to = typeOf(call, 'to');
  return each(call, most.create, 200, (input) => {
    const fromId = recordId(call, from, endOf(input, 'from'));
    const toId = recordId(call, to, endOf(input, 'to'));
    return bothWays(from, fromId, to, toId, call.parts.links.addDefault(from, fromId, to, toId));
  });
};

/** A record without any association is not an empty result but an entry of `errors`. */
const batchRead: Operation['run'] = (call) => {
  const from = typeOf(call);
  const to = typeOf(call, 'to');
  return each(call, most.read, 200, (input) => {
    const key = textOf(input['id'], 'id');
    const fromId = /^\d+$/.test(key) ? call.parts.records.resolve(from, Number(key)) : 0;
    const page = ends(call, from, fromId, to, Number(optionalText(input['after'], 'after') ?? 0), most.page);
    if (page.to.length === 0) {
      const names = [objectFacts[from].singular, objectFacts[to].singular] as const;
      throw new Refusal(404, {
        ...notFound(`No ${names[1]} is associated with ${names[0]} ${key}.`, 'crm.associations.NO_ASSOCIATIONS_FOUND').body,
        context: { fromObjectId: [key], fromObjectType: [names[0]], toObjectType: [names[1]] },
      });
    }
    return [{ from: { id: key }, to: page.to, ...(page.next === undefined ? {} : { paging: { next: { after: page.next } } }) }];
  });
};

function archiveReply(call: Call, startedAt: number): Reply {
  return call.family === '2026-09' ? batchReply(call, startedAt, [], []) : { status: 204 };
}

const batchArchive: Operation['run'] = (call) => {
  const from = typeOf(call);
  const to = typeOf(call, 'to');
  const startedAt = call.parts.clock.now();
  for (const input of inputsOf(call, most.archive)) {
    for (const end of arrayOf(input['to'], 'to')) {
      call.parts.links.remove(from, Number(endOf(input, 'from')), to, Number(textOf(objectOf(end, 'to')['id'], 'id')));
    }
  }
  return archiveReply(call, startedAt);
};

const batchArchiveLabels: Operation['run'] = (call) => {
  const from = typeOf(call);
  const to = typeOf(call, 'to');
  const startedAt = call.parts.clock.now();
  for (const input of inputsOf(call, most.create)) {
    call.parts.links.remove(from, Number(endOf(input, 'from')), to, Number(endOf(input, 'to')), typeIdsOf(input['types']));
  }
  return archiveReply(call, startedAt);
};

const read = bothScopes('read');
const write = bothScopes('write');

/** Associations v4. Reading one record's associations by GET does not exist on 2026-09: batch read does. */
export const associationOperations: readonly Operation[] = [
  { method: 'PUT', numbered: `${single.numbered}/default/:to/:toId`, dated: `${single.dated}/default/:to/:toId`, scopes: write, run: putDefault },
  { method: 'PUT', numbered: `${single.numbered}/:to/:toId`, dated: `${single.dated}/:to/:toId`, scopes: write, run: put },
  { method: 'GET', numbered: `${single.numbered}/:to`, dated: `${single.dated}/:to`, versions: ['2026-03'], scopes: read, run: list },
  { method: 'DELETE', numbered: `${single.numbered}/:to/:toId`, dated: `${single.dated}/:to/:toId`, scopes: write, run: remove },
  { method: 'POST', numbered: `${batch.numbered}/create`, dated: `${batch.dated}/create`, scopes: write, run: batchCreate },
  { method: 'POST', numbered: `${batch.numbered}/associate/default`, dated: `${batch.dated}/associate/default`, scopes: write, run: batchDefault },
  { method: 'POST', numbered: `${batch.numbered}/read`, dated: `${batch.dated}/read`, scopes: read, run: batchRead },
  { method: 'POST', numbered: `${batch.numbered}/archive`, dated: `${batch.dated}/archive`, scopes: write, run: batchArchive },
  { method: 'POST', numbered: `${batch.numbered}/labels/archive`, dated: `${batch.dated}/labels/archive`, scopes: write, run: batchArchiveLabels },
];

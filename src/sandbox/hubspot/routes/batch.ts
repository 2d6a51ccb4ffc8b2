import { Refusal, missingRecord, validationRefusal } from '../errors';
import { arrayOf, isObject, objectOf, optionalText, textList, textOf, type JsonObject } from '../json';
import { objectFacts, type ObjectType } from '../objectTypes';
import { batchReply, recordScopes, typeOf, type Call, type Operation, type Reply } from '../operation';
import type { ShownRecord, Wanted } from '../view';
import { appActor, idByKey, writeOptions } from './objects';

const numbered = '/crm/v3/objects/:type/batch';
const dated = '/crm/objects/:version/:type/batch';

const mostInputs = 100;

/** One input of a writing batch. */
interface Input {
  body: JsonObject;
  trace: string | undefined;
}

/** The batch's inputs. A body without the wrapper is no error in HubSpot: it answers success and does nothing. */
function inputsOf(call: Call): JsonObject[] | undefined {
  if (!isObject(call.body) || call.body['inputs'] === undefined) return undefined;
  const inputs = arrayOf(call.body['inputs'], 'inputs').map((input) => objectOf(input, 'input'));
  if (inputs.length > mostInputs) throw validationRefusal(`The maximum number of inputs in a batch is ${mostInputs}, but there were ${inputs.length}`);
  return inputs;
}

function refuseDuplicates(ids: readonly string[]): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const id of ids) (seen.has(id) ? twice : seen).add(id);
  if (twice.size === 0) return;
  const list = [...twice];
  throw validationRefusal(`Duplicate IDs found in batch input: [${list.join(', ')}]. IDs must be unique`, { context: { ids: list } });
}

/**
 * Runs the inputs of a writing batch. With a trace id of its own on every input the good ones go through and the others come back in
 * `errors`; otherwise one bad input refuses the whole batch. The results do not keep the order of the inputs.
 */
function writeEach(call: Call, inputs: readonly Input[], success: number, write: (input: JsonObject) => ShownRecord | undefined): Reply {
  const { writer, clock } = call.parts;
  const startedAt = clock.now();
  const traces = inputs.map((input) => input.trace).filter((trace) => trace !== undefined);
  const partial = traces.length === inputs.length && new Set(traces).size === inputs.length;
  const results: ShownRecord[] = [];
  const errors: object[] = [];
  const missing: string[] = [];
  writer.atomic(() => {
    for (const { body, trace } of inputs) {
      try {
        const shown = writer.atomic(() => write(body));
        if (shown !== undefined) results.unshift(trace === undefined ? shown : { ...shown, objectWriteTraceId: trace });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.status === 404) missing.push(String(body['id']));
        else if (!partial || trace === undefined) throw error;
        else errors.push(errorEntry(error, trace));
      }
    }
  });
  if (missing.length > 0) errors.push(missingEntry(typeOf(call), missing));
  return batchReply(call, startedAt, results, errors, success);
}

function errorEntry(refusal: Refusal, trace: string): object {
  const { message, category, subCategory, errors, context } = refusal.body;
  return {
    status: 'error',
    category: category ?? 'VALIDATION_ERROR',
    ...(subCategory === undefined ? {} : { subCategory }),
    message,
    ...(errors === undefined ? {} : { errors }),
    context: { ...context, objectWriteTraceId: [trace] },
  };
}

/** One entry for all unknown ids: `numErrors` counts it as one. */
function missingEntry(type: ObjectType, ids: readonly string[]): object {
  const noun = objectFacts[type].singular.toUpperCase();
  return {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message: `Could not get some ${noun} objects, they may be deleted or not exist. Check that ids are valid.`,
    context: { ids: [...ids] },
  };
}

function traced(inputs: readonly JsonObject[]): Input[] {
  return inputs.map((body) => ({ body, trace: optionalText(body['objectWriteTraceId'], 'objectWriteTraceId') }));
}

const read: Operation['run'] = (call) => {
  const type = typeOf(call);
  const { records, view, clock } = call.parts;
  const startedAt = clock.now();
  const inputs = inputsOf(call);
  if (inputs === undefined) return batchReply(call, startedAt, [], []);
  const body = objectOf(call.body);
  const wanted: Wanted = {
    properties: textList(body['properties'], 'properties'),
    withHistory: textList(body['propertiesWithHistory'], 'propertiesWithHistory'),
    associations: [],
    token: call.token.token,
  };
  const idProperty = optionalText(body['idProperty'], 'idProperty');
  const archived = call.query.get('archived') === 'true';
  const found = new Map<number, string[]>();
  const missing: string[] = [];
  for (const input of inputs) {
    const key = textOf(input['id'], 'id');
    const id = idByKey(call, type, key, idProperty);
    const resolved = id === undefined ? undefined : records.resolve(type, id);
    if (resolved === undefined) missing.push(key);
    else found.set(resolved, [...(found.get(resolved) ?? []), key]);
  }
  // In the order of ids, not of the inputs; a merged record comes once for all the ids that lead to it.
  const stored = records.many(type, [...found.keys()]).filter((record) => (record.archived !== null) === archived);
  const present = new Set(stored.map((record) => record.id));
  for (const [id, keys] of found) if (!present.has(id)) missing.push(...keys);
  const shown = stored.map((record) => view.show(type, record, wanted));
  return batchReply(call, startedAt, shown, missing.length === 0 ? [] : [missingEntry(type, missing)]);
};

const create: Operation['run'] = (call) => {
  const type = typeOf(call);
  const { writer, links, records, view, clock } = call.parts;
  const inputs = inputsOf(call);
  if (inputs === undefined) return batchReply(call, clock.now(), [], [], 201);
  return writeEach(call, traced(inputs), 201, (input) => {
    const properties = objectOf(input['properties'] ?? {}, 'properties');
    const wanted = links.wanted(type, input['associations']);
    const { record, warnings } = writer.create(type, properties, appActor(call.token), writeOptions(call));
    for (const { to, toId, typeIds } of wanted) links.add(type, record.id, to, toId, typeIds);
    return view.showWritten(type, records.get(type, record.id) ?? record, Object.keys(properties), call.token.token, call.family === '2026-09' ? warnings : []);
  });
};

const update: Operation['run'] = (call) => {
  const type = typeOf(call);
  const { writer, view, records, clock } = call.parts;
  const inputs = inputsOf(call);
  if (inputs === undefined) return batchReply(call, clock.now(), [], []);
  const keys = inputs.map((input) => {
    const key = textOf(input['id'], 'id');
    const idProperty = optionalText(input['idProperty'], 'idProperty');
    if (idProperty === 'email' || idProperty === 'hs_object_id') {
      throw validationRefusal(`Unable to perform update/upsert by non-unique ${objectFacts[type].typeId} property: ${idProperty}`);
    }
    return { key, id: idByKey(call, type, key, idProperty), idProperty };
  });
  refuseDuplicates(keys.map(({ key, id }) => (id === undefined ? key : String(id))));
  const byInput = new Map(inputs.map((input, index) => [input, keys[index]]));
  return writeEach(call, traced(inputs), 200, (input) => {
    const { id, idProperty } = byInput.get(input) ?? {};
    if (id === undefined) {
      if (idProperty !== undefined) throw missingRecord();
      // An e-mail in the place of an id: success, and nothing happens.
      return undefined;
    }
    // Ids that were merged away drop out of the answer without an error.
    if (records.isAlias(type, id)) return undefined;
    const properties = objectOf(input['properties'] ?? {}, 'properties');
    const { record, warnings } = writer.update(type, id, properties, appActor(call.token), writeOptions(call));
    return view.showWritten(type, record, Object.keys(properties), call.token.token, call.family === '2026-09' ? warnings : []);
  });
};

const upsert: Operation['run'] = (call) => {
  const type = typeOf(call);
  const { writer, view, records, definitions, clock } = call.parts;
  const inputs = inputsOf(call);
  if (inputs === undefined) return batchReply(call, clock.now(), [], []);
  const keys = inputs.map((input) => {
    const key = textOf(input['id'], 'id');
    const idProperty = textOf(input['idProperty'] ?? '', 'idProperty');
    const unique = definitions.find(type, idProperty)?.hasUniqueValue === true || (type === 'contacts' && idProperty === 'email');
    if (!unique) throw validationRefusal(`Unable to perform update/upsert by non-unique ${objectFacts[type].typeId} property: ${idProperty}`);
    return { key: idProperty === 'email' ? key.trim().toLowerCase() : key, idProperty };
  });
  const resolved = keys.map(({ key, idProperty }) => {
    const id = idByKey(call, type, key, idProperty);
    return id === undefined ? `${idProperty}=${key}` : String(id);
  });
  refuseDuplicates(resolved);
  const byInput = new Map(inputs.map((input, index) => [input, keys[index]]));
  return writeEach(call, traced(inputs), 200, (input) => {
    const { key = '', idProperty = '' } = byInput.get(input) ?? {};
    const properties = objectOf(input['properties'] ?? {}, 'properties');
    const id = idByKey(call, type, key, idProperty);
    const actor = appActor(call.token);
    const written =
      id === undefined
        ? writer.create(type, { ...properties, [idProperty]: key }, actor, writeOptions(call))
        : writer.update(type, id, properties, actor, writeOptions(call));
    const stored = records.get(type, written.record.id) ?? written.record;
    const warnings = call.family === '2026-09' ? written.warnings : [];
    return { ...view.showWritten(type, stored, [...Object.keys(properties), idProperty], call.token.token, warnings), new: id === undefined };
  });
};

const archive: Operation['run'] = (call) => {
  const type = typeOf(call);
  const ids = (inputsOf(call) ?? []).map((input) => textOf(input['id'], 'id'));
  for (const id of ids) if (/^\d+$/.test(id)) call.parts.removal.archive(type, Number(id));
  return { status: 204 };
};

/** Up to 100 records in one call. */
export const batchOperations: readonly Operation[] = [
  { method: 'POST', numbered: `${numbered}/read`, dated: `${dated}/read`, scopes: recordScopes('read'), run: read },
  { method: 'POST', numbered: `${numbered}/create`, dated: `${dated}/create`, scopes: recordScopes('write'), run: create },
  { method: 'POST', numbered: `${numbered}/update`, dated: `${dated}/update`, scopes: recordScopes('write'), run: update },
  { method: 'POST', numbered: `${numbered}/upsert`, dated: `${dated}/upsert`, scopes: recordScopes('write'), run: upsert },
  { method: 'POST', numbered: `${numbered}/archive`, dated: `${dated}/archive`, scopes: recordScopes('write'), run: archive },
];

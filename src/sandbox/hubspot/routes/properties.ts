import { Refusal, validationRefusal } from '../errors';
import { arrayOf, isObject, objectOf, textOf } from '../json';
import { objectFacts, objectType } from '../objectTypes';
import { batchReply, typeOf, type Call, type Operation, type Scopes } from '../operation';

const numbered = '/crm/v3/properties/:type';
const dated = '/crm/properties/:version/:type';

function readScopes(params: Record<string, string>): Scopes {
  const { scope } = objectFacts[objectType(params['type'] ?? '')];
  return [[`crm.objects.${scope}.read`, `crm.schemas.${scope}.read`]];
}

function writeScopes(params: Record<string, string>): Scopes {
  return [[`crm.schemas.${objectFacts[objectType(params['type'] ?? '')].scope}.write`]];
}

function shows(call: Call, name: string): boolean {
  return !call.parts.portal.isHidden(call.token.token, typeOf(call), name);
}

function namesOf(call: Call): string[] {
  if (!isObject(call.body) || call.body['inputs'] === undefined) return [];
  return arrayOf(call.body['inputs'], 'inputs').map((input) => textOf(objectOf(input, 'input')['name'], 'name'));
}

/** Runs a batch over definitions: what is refused comes back in `errors`. */
function each<T>(call: Call, inputs: readonly T[], success: number, run: (input: T) => unknown) {
  const startedAt = call.parts.clock.now();
  const results: unknown[] = [];
  const errors: object[] = [];
  for (const input of inputs) {
    try {
      results.push(run(input));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { message, category = 'VALIDATION_ERROR', subCategory } = error.body;
      const name = typeof input === 'string' ? input : String(objectOf(input)['name']);
      errors.push({ status: 'error', category, ...(subCategory === undefined ? {} : { subCategory }), message, context: { name: [name] } });
    }
  }
  return batchReply(call, startedAt, results, errors, success);
}

function named(call: Call): string {
  const name = call.params['name'] ?? '';
  if (!shows(call, name)) throw new Refusal(404, { message: `Property "${name}" does not exist`, category: 'OBJECT_NOT_FOUND' });
  return name;
}

/** Definitions and groups. There is no batch update, and batch archive answers 204 for unknown names too. */
export const propertyOperations: readonly Operation[] = [
  {
    method: 'POST', numbered: `${numbered}/batch/create`, dated: `${dated}/batch/create`, scopes: writeScopes,
    run: (call) => each(call, arrayOf(objectOf(call.body)['inputs'], 'inputs'), call.family === '2026-09' ? 200 : 201, (input) => call.parts.definitions.create(typeOf(call), input)),
  },
  {
    method: 'POST', numbered: `${numbered}/batch/read`, dated: `${dated}/batch/read`, scopes: readScopes,
    run: (call) =>
      each(call, namesOf(call), 200, (name) => {
        if (!shows(call, name)) throw validationRefusal(`Property "${name}" does not exist`);
        return call.parts.definitions.read(typeOf(call), name, objectOf(call.body)['archived'] === true);
      }),
  },
  {
    method: 'POST', numbered: `${numbered}/batch/archive`, dated: `${dated}/batch/archive`, scopes: writeScopes,
    run: (call) => {
      for (const name of namesOf(call)) if (call.parts.definitions.find(typeOf(call), name) !== undefined) call.parts.definitions.archive(typeOf(call), name);
      return { status: 204 };
    },
  },
  {
    method: 'GET', numbered: `${numbered}/groups`, dated: `${dated}/groups`, scopes: readScopes,
    run: (call) => ({ status: 200, body: { results: call.parts.definitions.allGroups(typeOf(call)) } }),
  },
  {
    method: 'POST', numbered: `${numbered}/groups`, dated: `${dated}/groups`, scopes: writeScopes,
    run: (call) => ({ status: 201, body: call.parts.definitions.createGroup(typeOf(call), call.body) }),
  },
  {
    method: 'GET', numbered: `${numbered}/groups/:name`, dated: `${dated}/groups/:name`, scopes: readScopes,
    run: (call) => ({ status: 200, body: call.parts.definitions.readGroup(typeOf(call), call.params['name'] ?? '') }),
  },
  {
    method: 'PATCH', numbered: `${numbered}/groups/:name`, dated: `${dated}/groups/:name`, scopes: writeScopes,
    run: (call) => ({ status: 200, body: call.parts.definitions.updateGroup(typeOf(call), call.params['name'] ?? '', call.body) }),
  },
  {
    method: 'DELETE', numbered: `${numbered}/groups/:name`, dated: `${dated}/groups/:name`, scopes: writeScopes,
    run: (call) => {
      call.parts.definitions.archiveGroup(typeOf(call), call.params['name'] ?? '');
      return { status: 204 };
    },
  },
  {
    method: 'GET', numbered, dated, scopes: readScopes,
    run: (call) => ({
      status: 200,
      body: { results: call.parts.definitions.all(typeOf(call), call.query.get('archived') === 'true').filter((definition) => shows(call, definition.name)) },
    }),
  },
  {
    method: 'POST', numbered, dated, scopes: writeScopes,
    run: (call) => ({ status: 201, body: call.parts.definitions.create(typeOf(call), call.body) }),
  },
  {
    method: 'GET', numbered: `${numbered}/:name`, dated: `${dated}/:name`, scopes: readScopes,
    run: (call) => ({ status: 200, body: call.parts.definitions.read(typeOf(call), named(call), call.query.get('archived') === 'true') }),
  },
  {
    method: 'PATCH', numbered: `${numbered}/:name`, dated: `${dated}/:name`, scopes: writeScopes,
    run: (call) => ({ status: 200, body: call.parts.definitions.update(typeOf(call), named(call), call.body) }),
  },
  {
    method: 'DELETE', numbered: `${numbered}/:name`, dated: `${dated}/:name`, scopes: writeScopes,
    run: (call) => {
      call.parts.definitions.archive(typeOf(call), named(call));
      return { status: 204 };
    },
  },
];

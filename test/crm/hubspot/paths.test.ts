import { OPERATIONS, operationOf, pathOf, type OperationName } from '../../../src/crm/hubspot/paths';

const names = Object.keys(OPERATIONS) as OperationName[];

test.each(names)('%s is found again from the path that the client library builds', (name) => {
  const values = [...OPERATIONS[name].numbered.matchAll(/\{(\w+)\}/g)].map(([, label]) => (label === 'objectType' ? 'contacts' : `some-${label}`));
  const path = pathOf(name, 'v3', values);

  expect(operationOf(OPERATIONS[name].method, path)).toEqual({ name, values });
});

test('the dated family has no numbered version left, but for the token’s introspection', () => {
  const numbered = names.filter((name) => /\/v\d\//.test(OPERATIONS[name].dated));

  expect(numbered).toEqual(['tokenInfo']);
});

test('values land in their places in both families', () => {
  expect(pathOf('updateProperty', 'v3', ['contacts', 'concord_stage'])).toBe('/crm/v3/properties/contacts/concord_stage');
  expect(pathOf('updateProperty', '2026-09', ['contacts', 'concord_stage'])).toBe('/crm/properties/2026-09/contacts/concord_stage');
  expect(pathOf('unsubscribeAll', '2026-09', ['a%40b.example'])).toBe('/communication-preferences/2026-09/statuses/a%40b.example/unsubscribe-all');
});

test('groups are groups, not a property of that name; the library’s trailing slash is no segment', () => {
  expect(operationOf('GET', '/crm/v3/properties/contacts/groups')?.name).toBe('listGroups');
  expect(operationOf('GET', '/crm/v3/owners/')?.name).toBe('listOwners');
});

test('what is not in the table is not sent', () => {
  expect(operationOf('POST', '/crm/v3/objects/contacts/batch/archive')).toBeUndefined();
  expect(operationOf('DELETE', '/crm/v3/objects/contacts')).toBeUndefined();
});

test('only creating contacts and notes must not be sent twice', () => {
  expect(names.filter((name) => OPERATIONS[name].kind === 'once')).toEqual(['createContacts', 'createNotes']);
});

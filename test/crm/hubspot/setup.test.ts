import nock from '../../support/nock';
import type { FieldNeed, SetupStep } from '../../../src/crm/port';
import { HOST, port } from './support';

const PROPERTIES = '/crm/properties/2026-09/contacts';

function need(name: string, more: Partial<FieldNeed> = {}): FieldNeed {
  return { object: 'contact', name, label: name, type: 'text', description: 'By Concord.', ...more };
}

const reasons = [
  { value: 'bad_fit', label: 'Bad fit' },
  { value: 'no_budget', label: 'No budget' },
];

function portal(properties: object[], groups: object[] = [{ name: 'concord', label: 'Concord' }]): void {
  nock(HOST).get(`${PROPERTIES}/groups`).reply(200, { results: groups });
  nock(HOST).get(PROPERTIES).query(true).reply(200, { results: properties });
}

function property(name: string, more: object = {}): object {
  return { name, label: name, groupName: 'concord', type: 'string', fieldType: 'text', ...more };
}

function states(steps: SetupStep[]): Record<string, string> {
  return Object.fromEntries(steps.map(({ id, state }) => [id.replace('hubspot:', '').replace('property:contact:', ''), state]));
}

async function apply(needs: FieldNeed[]): Promise<string[]> {
  const done: string[] = [];
  await port().hubspot.setupApply(needs, (step) => done.push(`${step.id} ${step.state}`));
  return done;
}

test('the plan says what is missing, what can be added to, and what a person must do; nothing is changed', async () => {
  portal(
    [
      property('there'),
      property('of_another_type', { type: 'number', fieldType: 'number' }),
      property('not_unique'),
      property('calculated', { calculated: true }),
      property('reason', { type: 'enumeration', fieldType: 'select', options: [{ label: 'Not a fit!', value: 'bad_fit', displayOrder: 0, hidden: false }] }),
      property('reason_complete', { type: 'enumeration', fieldType: 'radio', options: reasons.map((option) => ({ ...option, hidden: false })) }),
      property('reason_closed', { type: 'enumeration', fieldType: 'select', options: [], modificationMetadata: { readOnlyOptions: true } }),
      property('reason_multi', { type: 'enumeration', fieldType: 'checkbox', options: reasons }),
      property('long', { fieldType: 'text' }),
    ],
    [],
  );
  const option = { type: 'option' as const, options: reasons };

  const steps = await port().hubspot.setupPlan([
    need('there'),
    need('absent', { type: 'datetime' }),
    need('of_another_type'),
    need('not_unique', { unique: true }),
    need('calculated'),
    need('reason', option),
    need('reason_complete', option),
    need('reason_closed', option),
    need('reason_multi', option),
    need('long', { type: 'longtext' }),
    need('Of_A_Lead__c', { object: 'lead' }),
  ]);

  expect(states(steps)).toEqual({
    'group:concord': 'missing',
    there: 'ok',
    absent: 'missing',
    of_another_type: 'by_hand',
    not_unique: 'by_hand',
    calculated: 'by_hand',
    reason: 'differs',
    reason_complete: 'ok',
    reason_closed: 'by_hand',
    reason_multi: 'by_hand',
    long: 'ok',
  });
  expect(steps.find(({ id }) => id.endsWith(':reason'))?.what).toContain('no_budget');
});

test('what is missing is made: group, properties in one batch, options beside the old ones', async () => {
  portal(
    [
      property('reason', {
        type: 'enumeration',
        fieldType: 'select',
        options: [
          { label: 'Theirs', value: 'theirs', displayOrder: 4, hidden: false, description: 'kept' },
          { label: 'Old', value: 'old', displayOrder: 5, hidden: true },
          { label: 'Bad fit', value: 'bad_fit', displayOrder: 6, hidden: true },
        ],
      }),
      property('there'),
    ],
    [],
  );
  const group = nock(HOST).post(`${PROPERTIES}/groups`, { name: 'concord', label: 'Concord', displayOrder: -1 }).reply(201, { name: 'concord', label: 'Concord' });
  let created: { inputs: Record<string, unknown>[] } | undefined;
  nock(HOST)
    .post(`${PROPERTIES}/batch/create`)
    .reply((_uri, body) => {
      created = body as unknown as typeof created;
      return [201, { status: 'COMPLETE', results: created?.inputs }];
    });
  let patched: { options: object[] } | undefined;
  nock(HOST)
    .patch(`${PROPERTIES}/reason`)
    .reply((_uri, body) => {
      patched = body as unknown as typeof patched;
      return [200, property('reason')];
    });

  const done = await apply([
    need('there'),
    need('when', { type: 'datetime', label: 'When' }),
    need('key', { unique: true }),
    need('flag', { type: 'boolean' }),
    need('note', { type: 'longtext' }),
    need('score', { type: 'number' }),
    need('day', { type: 'date' }),
    need('choice', { type: 'option', options: reasons }),
    need('reason', { type: 'option', options: reasons }),
  ]);

  expect(group.isDone()).toBe(true);
  expect(created?.inputs.map(({ name, type, fieldType, hasUniqueValue }) => [name, type, fieldType, hasUniqueValue])).toEqual([
    ['when', 'datetime', 'date', undefined],
    ['key', 'string', 'text', true],
    ['flag', 'bool', 'booleancheckbox', undefined],
    ['note', 'string', 'textarea', undefined],
    ['score', 'number', 'number', undefined],
    ['day', 'date', 'date', undefined],
    ['choice', 'enumeration', 'select', undefined],
  ]);
  expect(created?.inputs[0]).toMatchObject({ label: 'When', groupName: 'concord', description: 'By Concord.' });
  expect(created?.inputs[2]?.['options']).toMatchObject([{ value: 'true' }, { value: 'false' }]);
  expect(created?.inputs[6]?.['options']).toEqual([
    { label: 'Bad fit', value: 'bad_fit', displayOrder: 0, hidden: false },
    { label: 'No budget', value: 'no_budget', displayOrder: 1, hidden: false },
  ]);
  expect(patched?.options).toEqual([
    { label: 'Theirs', value: 'theirs', displayOrder: 4, hidden: false, description: 'kept' },
    { label: 'Old', value: 'old', displayOrder: 5, hidden: true },
    { label: 'Bad fit', value: 'bad_fit', displayOrder: 6, hidden: false },
    { label: 'No budget', value: 'no_budget', displayOrder: 7, hidden: false },
  ]);
  expect(done).toHaveLength(9);
  expect(done.every((line) => line.endsWith(' ok'))).toBe(true);
});

test('where all is there, nothing is written', async () => {
  portal([property('there')]);

  expect(await apply([need('there')])).toEqual([]);
});

test('what another run made meanwhile is as good as made', async () => {
  portal([], []);
  nock(HOST).post(`${PROPERTIES}/groups`).reply(409, { category: 'OBJECT_ALREADY_EXISTS' });
  nock(HOST).post(`${PROPERTIES}/batch/create`).reply(207, { results: [property('one')], numErrors: 1, errors: [{ category: 'OBJECT_ALREADY_EXISTS' }] });
  nock(HOST).post(PROPERTIES).reply(409, { category: 'OBJECT_ALREADY_EXISTS', subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS' });

  expect(await apply([need('one'), need('two')])).toEqual(['hubspot:group:concord ok', 'hubspot:property:contact:one ok', 'hubspot:property:contact:two ok']);
});

test('the property that HubSpot refuses is named, with the others made', async () => {
  portal([]);
  nock(HOST).post(`${PROPERTIES}/batch/create`).reply(400, { category: 'VALIDATION_ERROR', message: 'One of them is bad' });
  nock(HOST).post(PROPERTIES, (body: { name: string }) => body.name === 'one').reply(201, property('one'));
  nock(HOST).post(PROPERTIES, (body: { name: string }) => body.name === 'two').reply(400, { category: 'VALIDATION_ERROR', message: 'Bad' });

  const done: string[] = [];
  const { hubspot } = port();
  await expect(hubspot.setupApply([need('one'), need('two')], (step) => done.push(step.id))).rejects.toMatchObject({ where: 'two', exit: 1, details: { vendorCode: 'VALIDATION_ERROR' } });

  expect(done).toEqual(['hubspot:property:contact:one']);
});

test('a missing scope is the token’s trouble, not a property’s', async () => {
  portal([]);
  nock(HOST).post(`${PROPERTIES}/batch/create`).reply(403, { category: 'MISSING_SCOPES' });

  await expect(apply([need('one')])).rejects.toMatchObject({ code: 'missing_scope', exit: 2 });
});

describe('what somebody changed since', () => {
  test('is told part by part: options that are gone or hidden come back, labels and visibility are theirs', async () => {
    portal([
      property('reason', {
        label: 'Why not', hidden: true, type: 'enumeration', fieldType: 'select',
        options: [{ label: 'Nope', value: 'bad_fit', displayOrder: 0, hidden: false }, { label: 'No budget', value: 'no_budget', displayOrder: 1, hidden: true }],
      }),
      property('note', { label: 'note' }),
    ]);

    const steps = await port().hubspot.setupPlan([need('reason', { type: 'option', label: 'Reason', options: [...reasons, { value: 'timing', label: 'Timing' }] }), need('note')]);

    expect(steps[1]).toMatchObject({ state: 'differs' });
    expect(steps[1]?.drift?.map(({ part, wanted, found, then }) => [part, wanted, found, then])).toEqual([
      ['label', 'Reason', 'Why not', 'left'],
      ['visibility', 'shown', 'hidden', 'left'],
      ['label of option bad_fit', 'Bad fit', 'Nope', 'left'],
      ['option no_budget', 'No budget', 'hidden', 'restored'],
      ['option timing', 'Timing', null, 'restored'],
    ]);
    expect(steps[1]?.drift?.every(({ why }) => why.length > 10)).toBe(true);
    expect(steps[2]).toEqual({ id: 'hubspot:property:contact:note', state: 'ok', what: 'Contact property “note” (note)' });
  });
});

describe('the way back', () => {
  const ours = (name: string, more: object = {}): object => property(name, { description: 'By Concord.', ...more });
  async function remove(needs: FieldNeed[], deleteData = true): Promise<string[]> {
    const done: string[] = [];
    await port().hubspot.removeApply(needs, deleteData, (step) => done.push(`${step.id.replace(/.*:/, '')} ${step.state}`));
    return done;
  }

  test('keeps everything that holds data unless told, and never takes what somebody else made', async () => {
    const there = [ours('mine'), property('theirs', { description: 'Since 2019.' }), ours('moved', { groupName: 'sales' })];
    const needs = [need('mine'), need('theirs'), need('moved'), need('absent'), need('Of_A_Lead__c', { object: 'lead' })];
    portal(there);
    expect(states((await port().hubspot.removePlan(needs, false)) as SetupStep[])).toEqual({ mine: 'kept', theirs: 'kept', moved: 'kept', absent: 'absent', 'group:concord': 'kept' });
    portal(there);
    expect(states((await port().hubspot.removePlan(needs, true)) as SetupStep[])).toEqual({ mine: 'present', theirs: 'kept', moved: 'kept', absent: 'absent', 'group:concord': 'kept' });
  });

  test('archives in one batch, then the empty group', async () => {
    portal([ours('one'), ours('two')]);
    const batch = nock(HOST).post(`${PROPERTIES}/batch/archive`, { inputs: [{ name: 'one' }, { name: 'two' }] }).reply(204);
    portal([]);
    const group = nock(HOST).delete(`${PROPERTIES}/groups/concord`).reply(204);

    expect(await remove([need('one'), need('two')])).toEqual(['one absent', 'two absent', 'concord absent']);
    expect([batch.isDone(), group.isDone()]).toEqual([true, true]);
  });

  test('a property that HubSpot keeps because something uses it is left to a person, and the others go', async () => {
    portal([ours('one'), ours('two')]);
    const inUse = { category: 'VALIDATION_ERROR', subCategory: 'PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE', message: 'in use' };
    nock(HOST).post(`${PROPERTIES}/batch/archive`).reply(400, inUse);
    nock(HOST).delete(`${PROPERTIES}/one`).reply(400, inUse);
    nock(HOST).delete(`${PROPERTIES}/two`).reply(204);
    portal([ours('one')]);

    expect(await remove([need('one'), need('two')])).toEqual(['one by_hand', 'two absent']);
  });

  test('a group that a property came into meanwhile is left to a person', async () => {
    portal([ours('one')]);
    nock(HOST).post(`${PROPERTIES}/batch/archive`).reply(204);
    portal([]);
    nock(HOST).delete(`${PROPERTIES}/groups/concord`).reply(400, { category: 'VALIDATION_ERROR', subCategory: 'PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES', message: 'active' });

    expect(await remove([need('one')])).toEqual(['one absent', 'concord by_hand']);
  });

  test('without a scope nothing goes on', async () => {
    portal([ours('one')]);
    nock(HOST).post(`${PROPERTIES}/batch/archive`).reply(403, { category: 'MISSING_SCOPES' });

    await expect(remove([need('one')])).rejects.toMatchObject({ code: 'missing_scope', exit: 2 });
  });
});

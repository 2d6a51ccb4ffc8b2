import nock from '../../support/nock';
import type { RecordWrite, WriteOutcome } from '../../../src/domain/write';
import { batch, complete, contactJson, describes, HOST, port, type BatchBody } from './support';

const UPDATE = '/crm/objects/2026-09/contacts/batch/update';
const CREATE = '/crm/objects/2026-09/contacts/batch/create';

function update(id: string, fields: RecordWrite['fields'] = { concord_score: Number(id) }): RecordWrite {
  return { key: `key-${id}`, object: 'contact', op: 'update', id, fields };
}

function create(email: string): RecordWrite {
  return { key: `key-${email}`, object: 'contact', op: 'create', fields: { email, lifecyclestage: 'lead' }, identity: { field: 'email', value: email } };
}

function echo(input: BatchBody['inputs'][number], id: string = input.id): object {
  return contactJson(id, input.properties, { objectWriteTraceId: input.objectWriteTraceId });
}

function invalidOption(...names: string[]): string {
  return `Property values were not valid: ${JSON.stringify(names.map((name) => ({ isValid: false, message: 'no', error: 'INVALID_OPTION', name })))}`;
}

/** Outcome and, when there is one, the problem's code, by key. */
function short(outcomes: WriteOutcome[]): Record<string, string> {
  return Object.fromEntries(outcomes.map((one) => [one.key.replace('key-', ''), one.outcome === 'done' ? `done ${one.id}` : `${one.outcome} ${one.problem.code}`]));
}

describe('updates', () => {
  test('are sent as texts with a trace each; the answer’s order does not matter', async () => {
    const seen = batch('update', ({ inputs }) => [200, complete([...inputs].reverse().map((input) => echo(input)))]);

    const outcomes = await port().hubspot.write([update('1', { concord_score: 61, no_calls: true, concord_stage_at: '2026-11-22T09:00:00.000Z', lifecyclestage: null }), update('2')]);

    expect(seen[0]?.inputs).toEqual([
      { id: '1', properties: { concord_score: '61', no_calls: 'true', concord_stage_at: '2026-11-22T09:00:00.000Z', lifecyclestage: '' }, objectWriteTraceId: '0' },
      { id: '2', properties: { concord_score: '2' }, objectWriteTraceId: '1' },
    ]);
    expect(outcomes).toEqual([
      { key: 'key-1', outcome: 'done', id: '1' },
      { key: 'key-2', outcome: 'done', id: '2' },
    ]);
  });

  test.each([200, 207])('a %s that blames one by its trace lets the others through (W5)', async (status) => {
    batch('update', ({ inputs }) => [
      status,
      complete(
        inputs.filter(({ id }) => id !== '2').map((input) => echo(input)),
        [{ status: 'error', category: 'VALIDATION_ERROR', message: invalidOption('lifecyclestage'), context: { objectWriteTraceId: ['1'] } }],
      ),
    ]);

    const outcomes = await port().hubspot.write([update('1'), update('2'), update('3')]);

    expect(short(outcomes)).toEqual({ '1': 'done 1', '2': 'refused invalid_option', '3': 'done 3' });
    expect(outcomes[1]).toMatchObject({ problem: { fields: ['lifecyclestage'], record: { id: '2' }, vendorCode: 'INVALID_OPTION' } });
  });

  test('ids that are gone are named by id', async () => {
    batch('update', ({ inputs }) => [
      207,
      complete([echo(inputs[0] as never)], [{ status: 'error', category: 'OBJECT_NOT_FOUND', message: 'Could not get some CONTACT objects', context: { ids: ['2', '3'] } }]),
    ]);

    const outcomes = await port().hubspot.write([update('1'), update('2'), update('3')]);

    expect(short(outcomes)).toEqual({ '1': 'done 1', '2': 'refused not_found', '3': 'refused not_found' });
  });

  test('a batch refused as a whole is split until the culprit is alone', async () => {
    const seen = batch('update', ({ inputs }) =>
      inputs.some(({ id }) => id === '7')
        ? [400, { status: 'error', category: 'VALIDATION_ERROR', message: invalidOption('hs_lead_status') }]
        : [200, complete(inputs.map((input) => echo(input)))],
    );

    const outcomes = await port().hubspot.write(Array.from({ length: 8 }, (_, index) => update(String(index + 1))));

    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done', 'done', 'done', 'done', 'refused', 'done']);
    expect(outcomes[6]).toMatchObject({ problem: { code: 'invalid_option', record: { id: '7' } } });
    expect(seen.length).toBeLessThanOrEqual(7);
  });

  test('an error that names nobody is pinned down by sending again', async () => {
    batch('update', ({ inputs }) => {
      const good = inputs.filter(({ id }) => id !== '2');
      return [207, complete(good.length === 3 ? [echo(good[0] as never)] : good.map((input) => echo(input)), inputs.some(({ id }) => id === '2') ? [{ category: 'VALIDATION_ERROR', message: invalidOption('x') }] : [])];
    });

    const outcomes = await port().hubspot.write(['1', '2', '3', '4'].map((id) => update(id)));

    expect(short(outcomes)).toEqual({ '1': 'done 1', '2': 'refused invalid_option', '3': 'done 3', '4': 'done 4' });
  });

  test('the same record twice goes in two calls, in order', async () => {
    const seen = batch('update', ({ inputs }) => [200, complete(inputs.map((input) => echo(input)))]);

    const outcomes = await port().hubspot.write([{ ...update('1', { lifecyclestage: null }), key: 'first' }, update('2'), { ...update('1', { lifecyclestage: 'lead' }), key: 'second' }]);

    expect(seen.map(({ inputs }) => inputs.map(({ id, properties }) => [id, Object.values(properties)[0]]))).toEqual([[['1', ''], ['2', '2']], [['1', 'lead']]]);
    expect(outcomes.map(({ key, outcome }) => [key, outcome])).toEqual([['first', 'done'], ['key-2', 'done'], ['second', 'done']]);
  });

  test('what the answer leaves out is looked up: done, ignored, merged away, or gone', async () => {
    describes();
    batch('update', () => [200, complete([])]);
    batch('read', () => [
      207,
      complete(
        [
          contactJson('1', { concord_score: '1.0', lifecyclestage: 'lead', concord_stage_at: '2026-11-22T09:00:00Z', jobtitle: null }),
          contactJson('2', { concord_score: '99', lifecyclestage: 'customer' }),
          contactJson('900', { hs_merged_object_ids: '3;55' }),
        ],
        [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['4'] } }],
      ),
    ]);

    const outcomes = await port().hubspot.write([
      update('1', { concord_score: 1, lifecyclestage: 'lead', concord_stage_at: '2026-11-22T09:00:00.000Z', jobtitle: null }),
      update('2', { concord_score: 99, lifecyclestage: 'lead' }),
      update('3'),
      update('4'),
    ]);

    expect(short(outcomes)).toEqual({ '1': 'done 1', '2': 'refused ignored_write', '3': 'refused not_found', '4': 'refused not_found' });
    expect(outcomes[1]).toMatchObject({ problem: { fields: ['lifecyclestage'] } });
    expect(outcomes[2]).toMatchObject({ problem: { vendorCode: 'MERGED', record: { id: '900' }, retry: 'next-run' } });
  });

  test('a merged id that answers as its survivor is done', async () => {
    batch('update', () => [200, complete([contactJson('900', { hs_merged_object_ids: '1' })])]);

    expect(short(await port().hubspot.write([update('1')]))).toEqual({ '1': 'done 900' });
  });

  test('a result that cannot be read still tells that its write was done', async () => {
    batch('update', () => [200, complete([{ id: '1', properties: 'none' }])]);

    expect(short(await port().hubspot.write([update('1')]))).toEqual({ '1': 'done 1' });
  });

  test('a lost answer is no reason to doubt an update: it is sent again', async () => {
    nock(HOST).post(UPDATE).replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    nock(HOST).post(UPDATE).reply(504, '');
    nock(HOST).post(UPDATE).reply(200, complete([contactJson('1')]) as nock.Body);
    const { hubspot } = port();

    expect(short(await hubspot.write([update('1')]))).toEqual({ '1': 'done 1' });
    expect(hubspot.usage().calls).toBe(3);
  });

  test('trouble of HubSpot as a whole ends the run', async () => {
    nock(HOST).post(UPDATE).reply(401, { category: 'INVALID_AUTHENTICATION' });

    await expect(port().hubspot.write([update('1'), update('2')])).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('but never throws away what is known already', async () => {
    let calls = 0;
    batch('update', ({ inputs }) => {
      calls += 1;
      if (calls === 1) return [400, { category: 'VALIDATION_ERROR', message: invalidOption('x') }];
      return calls === 2 ? [200, complete(inputs.map((input) => echo(input)))] : [401, { category: 'INVALID_AUTHENTICATION' }];
    });

    const outcomes = await port().hubspot.write([update('1'), update('2')]);

    expect(short(outcomes)).toEqual({ '1': 'done 1', '2': 'refused unauthorized' });
    expect(outcomes[1]).toMatchObject({ problem: { retry: 'next-run' } });
  });

  test('a permission that is missing is missing for all: nothing is split', async () => {
    const seen = batch('update', () => [403, { category: 'USER_DOES_NOT_HAVE_PERMISSIONS' }]);

    expect(short(await port().hubspot.write([update('1'), update('2')]))).toEqual({ '1': 'refused no_permission', '2': 'refused no_permission' });
    expect(seen).toHaveLength(1);
  });

  test('an update whose answer cannot be read may have happened', async () => {
    nock(HOST).post(UPDATE).reply(200, { status: 'COMPLETE' });

    expect(short(await port().hubspot.write([update('1')]))).toEqual({ '1': 'maybe unreadable' });
  });
});

describe('creates', () => {
  test('are found again by trace, or by identity', async () => {
    batch('create', ({ inputs }) => [
      201,
      complete([contactJson('12', inputs[1]?.properties), contactJson('11', { email: 'ana@example.com' }, { objectWriteTraceId: inputs[0]?.objectWriteTraceId })]),
    ]);

    const outcomes = await port().hubspot.write([create('Ana@Example.com'), create('bo@example.com')]);

    expect(outcomes).toEqual([
      { key: 'key-Ana@Example.com', outcome: 'done', id: '11', created: true },
      { key: 'key-bo@example.com', outcome: 'done', id: '12', created: true },
    ]);
  });

  test('one that meets an existing contact is refused and names it', async () => {
    batch('create', ({ inputs }) => {
      if (inputs.some(({ properties }) => properties['email'] === 'ana@example.com')) return [409, { status: 'error', category: 'CONFLICT', message: 'Contact already exists. Existing ID: 512' }];
      return [201, complete(inputs.map((input) => echo(input, '77')))];
    });

    const outcomes = await port().hubspot.write([create('ana@example.com'), create('bo@example.com')]);

    expect(short(outcomes)).toEqual({ 'ana@example.com': 'refused duplicate', 'bo@example.com': 'done 77' });
    expect(outcomes[0]).toMatchObject({ problem: { record: { crm: 'hubspot', object: 'contact', id: '512' } } });
  });

  test('a conflict in a partial answer goes to its own write', async () => {
    batch('create', ({ inputs }) => [
      207,
      complete([echo(inputs[0] as never, '77')], [{ category: 'CONFLICT', message: 'Contact already exists. Existing ID: 512', context: { objectWriteTraceId: '1' } }]),
    ]);

    expect(short(await port().hubspot.write([create('bo@example.com'), create('ana@example.com')]))).toEqual({ 'bo@example.com': 'done 77', 'ana@example.com': 'refused duplicate' });
  });

  test.each<[string, () => void]>([
    ['a lost connection', () => nock(HOST).post(CREATE).replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))],
    ['a gateway time-out', () => nock(HOST).post(CREATE).reply(504, '')],
    ['a server error', () => nock(HOST).post(CREATE).reply(500, { status: 'error' })],
    ['half an answer', () => nock(HOST).post(CREATE).reply(201, '{"results":[{"id":"7')],
    ['an answer of another shape', () => nock(HOST).post(CREATE).reply(201, {})],
  ])('after %s they may have happened, and are not sent again', async (_name, trouble) => {
    trouble();
    const { hubspot } = port();

    const outcomes = await hubspot.write([create('ana@example.com'), create('bo@example.com')]);

    expect(short(outcomes)).toEqual({ 'ana@example.com': 'maybe ambiguous_outcome', 'bo@example.com': 'maybe ambiguous_outcome' });
    expect(hubspot.usage().calls).toBe(1);
  });

  test('what certainly was not sent is sent again', async () => {
    nock(HOST).post(CREATE).reply(429, { policyName: 'TEN_SECONDLY_ROLLING' });
    nock(HOST).post(CREATE).replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    nock(HOST).post(CREATE).reply(201, complete([contactJson('77', { email: 'ana@example.com' })]) as nock.Body);

    expect(short(await port().hubspot.write([create('ana@example.com')]))).toEqual({ 'ana@example.com': 'done 77' });
  });

  test('neither created nor blamed: it may exist', async () => {
    batch('create', ({ inputs }) => [201, complete([echo(inputs[0] as never, '77')])]);

    expect(short(await port().hubspot.write([create('ana@example.com'), create('bo@example.com')]))).toEqual({ 'ana@example.com': 'done 77', 'bo@example.com': 'maybe ambiguous_outcome' });
  });
});

describe('batches', () => {
  test('nothing to write asks nothing', async () => {
    const { hubspot } = port();

    await expect(hubspot.write([])).resolves.toEqual([]);
    expect(hubspot.usage().calls).toBe(0);
  });

  test('too many, mixed, or of another object is our mistake', async () => {
    const { hubspot } = port();

    await expect(hubspot.write(Array.from({ length: 101 }, (_, index) => update(String(index))))).rejects.toThrow('at most 100');
    await expect(hubspot.write([update('1'), create('a@example.com')])).rejects.toThrow('one kind');
    await expect(hubspot.write([{ ...update('1'), object: 'lead' }])).rejects.toThrow('of contacts');
    expect(hubspot.usage().calls).toBe(0);
  });
});

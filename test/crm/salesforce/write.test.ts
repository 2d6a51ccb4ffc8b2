import type { RecordWrite } from '../../../src/domain/write';
import { error, query, scriptedOrg, type Reply, type ScriptedOrg, type Sent } from './scripted';

let org: ScriptedOrg;
afterEach(() => org.close());

const id = (n: number): string => `00Q00000000${String(n).padStart(4, '0')}AAA`;
const update = (n: number, fields: RecordWrite['fields'] = { Company: `C${n}` }): RecordWrite => ({ key: `k${n}`, object: 'lead', op: 'update', id: id(n), fields });
const create = (n: number, more: Partial<RecordWrite> = {}): RecordWrite => ({ key: `k${n}`, object: 'lead', op: 'create', fields: { LastName: `L${n}`, Company: 'C' }, identity: { field: 'Concord_HubSpot_Id__c', value: `${n}` }, ...more });
const ok = (n: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({ id: id(n), success: true, errors: [], ...more });
const no = (code: string, fields: string[] = []): Record<string, unknown> => ({ success: false, errors: [{ statusCode: code, message: 'words', fields }] });
const records = (request: Sent | undefined): Record<string, unknown>[] => (request?.body as { records: Record<string, unknown>[] }).records;

/** Answers each record of a collection by its own. */
const eachRow = (answer: (record: Record<string, unknown>) => unknown) => (request: Sent): Reply => ({ body: records(request).map(answer) });

describe('updates', () => {
  test('one collection call, without assignment rules, duplicate alerts passed (W1)', async () => {
    org = await scriptedOrg(eachRow((record) => ({ id: record['id'], success: true, errors: [] })));

    const outcomes = await org.port.write([update(1, { Concord_Stage__c: 'mql', Concord_MQL_At__c: '2026-11-22T09:00:00.000Z', Concord_Score__c: 71, Interests__c: null, HasOptedOutOfEmail: null }), update(2)]);

    expect(outcomes).toEqual([{ key: 'k1', outcome: 'done', id: id(1) }, { key: 'k2', outcome: 'done', id: id(2) }]);
    expect(org.sent).toHaveLength(1);
    expect(org.sent[0]).toMatchObject({ method: 'PATCH', path: '/services/data/v67.0/composite/sobjects', headers: { 'sforce-auto-assign': 'FALSE', 'sforce-duplicate-rule-header': 'allowSave=true; includeRecordDetails=false; runAsCurrentUser=true' } });
    expect(org.sent[0]?.body).toMatchObject({ allOrNone: false });
    expect(records(org.sent[0])[0]).toEqual({ attributes: { type: 'Lead' }, id: id(1), Concord_Stage__c: 'mql', Concord_MQL_At__c: '2026-11-22T09:00:00.000Z', Concord_Score__c: 71, Interests__c: null, HasOptedOutOfEmail: false });
  });

  test('W5: one bad record does not stop the others, and is blamed by its place', async () => {
    org = await scriptedOrg(() => ({ body: [ok(1), no('FIELD_CUSTOM_VALIDATION_EXCEPTION', ['Status']), ok(3)] }));

    const outcomes = await org.port.write([update(1), update(2), update(3)]);

    expect(outcomes.map((one) => one.outcome)).toEqual(['done', 'refused', 'done']);
    expect(outcomes[1]).toMatchObject({ key: 'k2', problem: { code: 'validation_rule', fields: ['Status'], record: { object: 'lead', id: id(2) } } });
  });

  test('an answer out of order is matched by id', async () => {
    org = await scriptedOrg((_request, at) => (at === 1 ? { body: [ok(2), ok(1)] } : { body: [] }));

    expect(await org.port.write([update(1), update(2)])).toEqual([{ key: 'k1', outcome: 'done', id: id(1) }, { key: 'k2', outcome: 'done', id: id(2) }]);
  });

  test('rows that a short answer leaves out are asked for again, alone', async () => {
    org = await scriptedOrg((_request, at) => ({ body: at === 1 ? [ok(1)] : [ok(2), ok(3)] }));

    const outcomes = await org.port.write([update(1), update(2), update(3)]);

    expect(outcomes.map((one) => one.outcome)).toEqual(['done', 'done', 'done']);
    expect(records(org.sent[1]).map((record) => record['id'])).toEqual([id(2), id(3)]);
  });

  test.each<[string, Reply]>([['empty', { body: [] }], ['no list', { body: { fine: true } }], ['unreadable rows', { body: [{ ok: 1 }, { ok: 2 }] }]])('an answer that is %s leaves every write as maybe', async (_what, reply) => {
    org = await scriptedOrg(() => reply);

    expect((await org.port.write([update(1), update(2)])).map((one) => [one.key, one.outcome])).toEqual([['k1', 'maybe'], ['k2', 'maybe']]);
  });

  test('locked rows are sent again alone until they go through', async () => {
    org = await scriptedOrg((_request, at) => ({ body: at === 1 ? [ok(1), no('UNABLE_TO_LOCK_ROW')] : at === 2 ? [no('UNABLE_TO_LOCK_ROW')] : [ok(2)] }));

    const outcomes = await org.port.write([update(1), update(2)]);

    expect(outcomes.map((one) => one.outcome)).toEqual(['done', 'done']);
    expect(org.sent.map((request) => records(request).length)).toEqual([2, 1, 1]);
    expect(org.waits).toHaveLength(2);
  });

  test('rows that stay locked are refused for this run, the others are done', async () => {
    org = await scriptedOrg(eachRow((record) => (record['id'] === id(2) ? no('UNABLE_TO_LOCK_ROW') : { id: record['id'], success: true, errors: [] })));

    const outcomes = await org.port.write([update(1), update(2)]);

    expect(outcomes[0]).toMatchObject({ outcome: 'done' });
    expect(outcomes[1]).toMatchObject({ outcome: 'refused', problem: { code: 'locked', retry: 'next-run', record: { id: id(2) } } });
    expect(org.sent).toHaveLength(3);
  });

  test.each(['drop', 'cut'] as const)('an answer that is %s: a repeatable write is sent again', async (how) => {
    org = await scriptedOrg((_request, at) => (at === 1 ? how : { body: [ok(1)] }));

    expect(await org.port.write([update(1)])).toEqual([{ key: 'k1', outcome: 'done', id: id(1) }]);
  });

  test('an answer lost every time ends as maybe, not as an error', async () => {
    org = await scriptedOrg(() => 'drop');

    expect(await org.port.write([update(1)])).toMatchObject([{ key: 'k1', outcome: 'maybe', problem: { code: 'ambiguous_outcome', retry: 'next-run' } }]);
    expect(org.sent).toHaveLength(3);
  });

  test('a refusal of the whole call is traced by halves to its cause', async () => {
    org = await scriptedOrg((request) => {
      if (records(request).some((record) => record['id'] === id(5))) return { status: 400, body: [error('MALFORMED_ID', 'malformed id')] };
      return { body: records(request).map((record) => ({ id: record['id'], success: true, errors: [] })) };
    });

    const outcomes = await org.port.write([1, 2, 3, 4, 5, 6, 7, 8].map((n) => update(n)));

    expect(outcomes.filter((one) => one.outcome === 'done').map((one) => one.key)).toEqual(['k1', 'k2', 'k3', 'k4', 'k6', 'k7', 'k8']);
    expect(outcomes[4]).toMatchObject({ outcome: 'refused', problem: { code: 'bad_request', vendorCode: 'MALFORMED_ID', record: { id: id(5) } } });
  });

  test('trouble of the whole CRM before anything was written ends the run', async () => {
    org = await scriptedOrg(() => ({ status: 403, headers: { 'sforce-limit-info': 'api-usage=100/100' }, body: [error('REQUEST_LIMIT_EXCEEDED')] }));

    await expect(org.port.write([update(1)])).rejects.toMatchObject({ code: 'quota_spent' });
  });

  test('after part of a batch was written it is told, and the rest waits for the next run', async () => {
    org = await scriptedOrg((_request, at) => (at === 1 ? { body: [ok(1), no('UNABLE_TO_LOCK_ROW')] } : { status: 403, headers: { 'sforce-limit-info': 'api-usage=100/100' }, body: [error('REQUEST_LIMIT_EXCEEDED')] }));

    expect(await org.port.write([update(1), update(2)])).toMatchObject([{ outcome: 'done' }, { outcome: 'refused', problem: { code: 'quota_spent', retry: 'next-run' } }]);
  });

  test('a field that cannot take its value is refused before it fails the call for all', async () => {
    org = await scriptedOrg(eachRow((record) => ({ id: record['id'], success: true, errors: [] })));

    const outcomes = await org.port.write([update(1, { Gone__c: 'x' }), update(2, { Name: 'x' }), update(3, { Concord_Score__c: 'many' }), update(4)]);

    expect(outcomes.map((one) => ('problem' in one ? [one.problem.code, one.problem.fields] : one.outcome))).toEqual([['field_missing', ['Gone__c']], ['read_only', ['Name']], ['invalid_value', ['Concord_Score__c']], 'done']);
    expect(records(org.sent[0])).toHaveLength(1);
  });

  test('batches of one object go one after another', async () => {
    let running = 0;
    let most = 0;
    org = await scriptedOrg((request) => {
      running += 1;
      most = Math.max(most, running);
      setImmediate(() => (running -= 1));
      return { body: records(request).map((record) => ({ id: record['id'], success: true, errors: [] })) };
    });

    await Promise.all([org.port.write([update(1)]), org.port.write([update(2)]), org.port.write([update(3)])]);

    expect(most).toBe(1);
    expect(org.sent.map((request) => records(request)[0]?.['id'])).toEqual([id(1), id(2), id(3)]);
  });

  test('more than a batch is the caller’s mistake', async () => {
    org = await scriptedOrg(() => ({ body: [] }));

    await expect(org.port.write(Array.from({ length: 201 }, (_, n) => update(n)))).rejects.toThrow('200 at most');
  });
});

describe('creates', () => {
  test('with an identity they are upserts by it, so that a lost answer is asked for again', async () => {
    org = await scriptedOrg((_request, at) => (at === 1 ? 'drop' : { body: [ok(1, { created: false }), ok(2, { created: true })] }));

    expect(await org.port.write([create(1), create(2)])).toEqual([{ key: 'k1', outcome: 'done', id: id(1), created: false }, { key: 'k2', outcome: 'done', id: id(2), created: true }]);
    expect(org.sent[1]).toMatchObject({ method: 'PATCH', path: '/services/data/v67.0/composite/sobjects/Lead/Concord_HubSpot_Id__c', headers: { 'sforce-auto-assign': 'FALSE' } });
    expect(records(org.sent[1])[0]).toEqual({ attributes: { type: 'Lead' }, LastName: 'L1', Company: 'C', Concord_HubSpot_Id__c: '1' });
  });

  test('W7: without an identity a lost answer is never repeated', async () => {
    org = await scriptedOrg(() => 'drop');
    const { identity: _none, ...plain } = create(1);

    expect(await org.port.write([plain])).toMatchObject([{ outcome: 'maybe', problem: { code: 'ambiguous_outcome' } }]);
    expect(org.sent).toHaveLength(1);
    expect(org.sent[0]).toMatchObject({ method: 'POST', path: '/services/data/v67.0/composite/sobjects' });
  });

  test('a 5xx after a plain create may have happened', async () => {
    org = await scriptedOrg(() => ({ status: 500, body: [error('UNKNOWN_EXCEPTION')] }));
    const { identity: _none, ...plain } = create(1);

    expect(await org.port.write([plain])).toMatchObject([{ outcome: 'maybe' }]);
    expect(org.sent).toHaveLength(1);
  });

  test('W1: with assignment rules it is a plain create, never an upsert that would run them twice; the identity finds a lost one', async () => {
    org = await scriptedOrg((request) => (request.method === 'POST' ? 'drop' : { body: query([{ Id: id(7), Concord_HubSpot_Id__c: '7' }]) }));

    const outcomes = await org.port.write([create(7, { assignmentRules: true }), create(8, { assignmentRules: true })]);

    expect(outcomes).toMatchObject([{ key: 'k7', outcome: 'done', id: id(7) }, { key: 'k8', outcome: 'maybe' }]);
    expect(org.sent.filter((request) => request.method === 'POST')).toHaveLength(1);
    expect(org.sent[0]?.headers['sforce-auto-assign']).toBe('TRUE');
    expect(org.sent[1]?.path).toContain("WHERE Concord_HubSpot_Id__c IN ('7','8')");
  });

  test('a record that is there already is named', async () => {
    org = await scriptedOrg(() => ({ body: [{ success: false, errors: [{ statusCode: 'DUPLICATE_VALUE', message: `duplicate value found: X duplicates value on record with id: ${id(9)}`, fields: [] }] }] }));

    expect(await org.port.write([create(1)])).toMatchObject([{ outcome: 'refused', problem: { code: 'duplicate', record: { object: 'lead', id: id(9) } } }]);
  });
});

describe('consent (F7)', () => {
  test('only ever sets; leads and contacts go in calls of their own; a field that is hidden is refused', async () => {
    org = await scriptedOrg(eachRow((record) => ({ id: record['id'], success: true, errors: [] })));
    const contact = '003000000000001AAA';

    const outcomes = await org.port.restrict([
      { key: 'a', ref: { crm: 'salesforce', object: 'lead', id: id(1) }, optOut: true, doNotCallField: 'DoNotCall' },
      { key: 'b', ref: { crm: 'salesforce', object: 'contact', id: contact }, optOut: true },
      { key: 'c', ref: { crm: 'salesforce', object: 'contact', id: contact }, doNotCallField: 'DoNotCall' },
      { key: 'd', ref: { crm: 'salesforce', object: 'opportunity', id: '006000000000001AAA' }, optOut: true },
    ]);

    expect(outcomes.map((one) => [one.key, one.outcome])).toEqual([['a', 'done'], ['b', 'done'], ['c', 'refused'], ['d', 'refused']]);
    expect(outcomes[2]).toMatchObject({ problem: { code: 'field_missing', fields: ['DoNotCall'] } });
    expect(org.sent.map((request) => records(request))).toEqual([
      [{ attributes: { type: 'Lead' }, id: id(1), HasOptedOutOfEmail: true, DoNotCall: true }],
      [{ attributes: { type: 'Contact' }, id: contact, HasOptedOutOfEmail: true }],
    ]);
  });
});

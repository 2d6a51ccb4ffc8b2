import nock from '../../support/nock';
import type { ConsentWrite } from '../../../src/crm/port';
import { batch, complete, contactJson, describes, HOST, port } from './support';

function unsubscribe(email: string) {
  return nock(HOST).post(`/communication-preferences/2026-09/statuses/${encodeURIComponent(email)}/unsubscribe-all`).query({ channel: 'EMAIL' });
}

function consent(id: string, more: Partial<ConsentWrite>): ConsentWrite {
  return { key: `key-${id}`, ref: { crm: 'hubspot', object: 'contact', id }, ...more };
}

test('an opt-out goes through the subscriptions API, by address (F7)', async () => {
  const ana = unsubscribe('ana+x@example.com').reply(200, { status: 'COMPLETE', results: [] });

  const outcomes = await port().hubspot.restrict([consent('1', { optOut: true, email: 'ana+x@example.com' })]);

  expect(outcomes).toEqual([{ key: 'key-1', outcome: 'done', id: '1' }]);
  expect(ana.isDone()).toBe(true);
});

test('the numbered family has its own path', async () => {
  nock(HOST).post('/communication-preferences/v4/statuses/a%40b.example/unsubscribe-all').query({ channel: 'EMAIL' }).reply(200, {});

  const outcomes = await port({ apiVersion: 'v3' }).hubspot.restrict([consent('1', { optOut: true, email: 'a@b.example' })]);

  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done']);
});

test('without an address the record tells it; a record without one cannot be mailed', async () => {
  describes();
  batch('read', () => [200, complete([contactJson('1', { email: 'ana@example.com' }), contactJson('2', { email: null })])]);
  const ana = unsubscribe('ana@example.com').reply(200, {});

  const outcomes = await port().hubspot.restrict([consent('1', { optOut: true }), consent('2', { optOut: true })]);

  expect(ana.isDone()).toBe(true);
  expect(outcomes).toMatchObject([
    { key: 'key-1', outcome: 'done' },
    { key: 'key-2', outcome: 'refused', problem: { code: 'required_missing', fields: ['email'], record: { id: '2' } } },
  ]);
});

test('do-not-call is the property that the agreement names', async () => {
  const seen = batch('update', ({ inputs }) => [200, complete(inputs.map(({ id }) => contactJson(id)))]);

  const outcomes = await port().hubspot.restrict([consent('1', { doNotCallField: 'no_calls' }), consent('2', { doNotCallField: 'no_calls' })]);

  expect(seen[0]?.inputs.map(({ id, properties }) => [id, properties])).toEqual([
    ['1', { no_calls: 'true' }],
    ['2', { no_calls: 'true' }],
  ]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
});

test('who asks for both is done when both are', async () => {
  unsubscribe('ana@example.com').reply(400, { category: 'VALIDATION_ERROR', message: 'no' });
  unsubscribe('bo@example.com').reply(200, {});
  batch('update', ({ inputs }) => [200, complete(inputs.map(({ id }) => contactJson(id)))]);

  const outcomes = await port().hubspot.restrict([
    consent('1', { optOut: true, email: 'ana@example.com', doNotCallField: 'no_calls' }),
    consent('2', { optOut: true, email: 'bo@example.com', doNotCallField: 'no_calls' }),
  ]);

  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['refused', 'done']);
});

test('a lost answer is sent again, since opting out twice is opting out', async () => {
  unsubscribe('ana@example.com').replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
  unsubscribe('ana@example.com').reply(200, {});

  expect(await port().hubspot.restrict([consent('1', { optOut: true, email: 'ana@example.com' })])).toMatchObject([{ outcome: 'done' }]);
});

test('a refused credential ends the run while nothing is done', async () => {
  unsubscribe('ana@example.com').reply(403, { category: 'MISSING_SCOPES' });

  await expect(port().hubspot.restrict([consent('1', { optOut: true, email: 'ana@example.com' })])).rejects.toMatchObject({ code: 'missing_scope' });
});

test('what is done stays told when the rest fails', async () => {
  unsubscribe('ana@example.com').reply(200, {});
  unsubscribe('bo@example.com').times(5).reply(503, '');

  const outcomes = await port().hubspot.restrict([consent('1', { optOut: true, email: 'ana@example.com' }), consent('2', { optOut: true, email: 'bo@example.com' })]);

  expect(outcomes).toMatchObject([{ outcome: 'done' }, { outcome: 'maybe', problem: { code: 'unavailable', retry: 'next-run' } }]);
});

test('an opt-out that is done stays told when the do-not-call fails with HubSpot as a whole', async () => {
  unsubscribe('ana@example.com').reply(200, {});
  batch('update', () => [401, { category: 'INVALID_AUTHENTICATION' }]);

  const outcomes = await port().hubspot.restrict([consent('1', { optOut: true, email: 'ana@example.com' }), consent('2', { doNotCallField: 'no_calls' })]);

  expect(outcomes).toMatchObject([{ outcome: 'done' }, { outcome: 'maybe', problem: { code: 'unauthorized', retry: 'next-run' } }]);
});

test('nor does a refusal of the other address throw away what is done', async () => {
  unsubscribe('ana@example.com').reply(200, {});
  unsubscribe('bo@example.com').reply(401, { category: 'INVALID_AUTHENTICATION' });

  const outcomes = await port().hubspot.restrict([consent('1', { optOut: true, email: 'ana@example.com' }), consent('2', { optOut: true, email: 'bo@example.com' })]);

  expect(outcomes).toMatchObject([{ outcome: 'done' }, { outcome: 'refused', problem: { code: 'unauthorized', retry: 'next-run' } }]);
});

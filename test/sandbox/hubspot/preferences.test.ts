import { closePortals, openPortal, type Portal } from './support';

let portal: Portal;
let id: string;
beforeEach(async () => {
  portal = await openPortal();
  id = portal.state.act({ sourceType: 'IMPORT' }).create('contacts', { email: 'ana@example.com' }).id;
});
afterEach(closePortals);

const optOut = (): string | undefined => portal.state.contact(id)?.properties['hs_email_optout'];

describe.each([
  { family: 'v4', base: '/communication-preferences/v4' },
  { family: '2026-09', base: '/communication-preferences/2026-09' },
])('on $family', ({ base }) => {
  const path = (rest: string, email = 'ana@example.com'): string => `${base}/statuses/${encodeURIComponent(email)}${rest}`;

  test('definitions', async () => {
    const { body } = await portal.get(`${base}/definitions`);

    expect(body).toMatchObject({ status: 'COMPLETE', results: [{ id: '11', isInternal: true }, { id: '12', name: 'Marketing Information', isActive: true }, { id: '13' }] });
  });

  test('opting out of everything sets the contact, moves its time, shows in every status and in history', async () => {
    portal.clock.advance(5000);

    const done = await portal.post(path('/unsubscribe-all?channel=EMAIL&verbose=true', 'Ana@Example.com'));

    expect(done).toMatchObject({ status: 200, body: { status: 'COMPLETE' } });
    expect(done.body.results.map((status) => [status.subscriptionId, status.status, status.setStatusSuccessReason])).toEqual([
      [11, 'UNSUBSCRIBED', 'UNSUBSCRIBE_FROM_ALL_OCCURRED'],
      [12, 'UNSUBSCRIBED', 'UNSUBSCRIBE_FROM_ALL_OCCURRED'],
      [13, 'UNSUBSCRIBED', 'UNSUBSCRIBE_FROM_ALL_OCCURRED'],
    ]);
    expect(optOut()).toBe('true');
    expect(portal.state.contact(id)?.updatedAt).toBe(portal.clock.now());
    expect(portal.state.history('contacts', id, 'hs_email_optout')).toMatchObject([{ value: 'true', sourceType: 'INTEGRATION', sourceId: '998877' }]);
    expect((await portal.get(path('/unsubscribe-all?channel=EMAIL'))).body.results).toMatchObject([{ status: 'UNSUBSCRIBED', wideStatusType: 'PORTAL_WIDE', subscriberIdString: 'ana@example.com' }]);
  });

  test('one subscription: the contact is not opted out of everything', async () => {
    const { body } = await portal.post(path(''), { channel: 'EMAIL', subscriptionId: 12, statusState: 'UNSUBSCRIBED', legalBasis: 'CONSENT_WITH_NOTICE', legalBasisExplanation: 'asked' });

    expect(body.results).toMatchObject([
      { channel: 'EMAIL', status: 'UNSUBSCRIBED', subscriptionId: 12, subscriptionName: 'Marketing Information', legalBasis: 'CONSENT_WITH_NOTICE', setStatusSuccessReason: 'REQUESTED_CHANGE_OCCURRED' },
    ]);
    expect(optOut()).toBe('false');
    expect(portal.state.contact(id)?.properties['hs_email_optout_12']).toBe('true');
    const { body: read } = await portal.get(path('?channel=EMAIL'));
    expect(read.results.map((status) => status.status)).toEqual(['NOT_SPECIFIED', 'UNSUBSCRIBED', 'NOT_SPECIFIED']);
  });

  test('a second opt-out changes nothing', async () => {
    await portal.post(path('/unsubscribe-all?channel=EMAIL'));
    portal.clock.advance(5000);

    const again = await portal.post(path('/unsubscribe-all?channel=EMAIL&verbose=true'));

    expect(again.body.results[0]?.setStatusSuccessReason).toBe('NO_STATUS_CHANGE');
    expect(portal.state.contact(id)?.updatedAt).toBe(portal.clock.now() - 5000);
  });

  test('subscribing again to one ends the opt-out from everything and leaves the others out', async () => {
    await portal.post(path('/unsubscribe-all?channel=EMAIL'));

    const { body } = await portal.post(path(''), { channel: 'EMAIL', subscriptionId: 12, statusState: 'SUBSCRIBED' });

    expect(body.results[0]?.setStatusSuccessReason).toBe('RESUBSCRIBE_OCCURRED');
    expect(optOut()).toBe('false');
    expect(portal.state.subscriptions.statuses('ana@example.com').map((status) => status.status)).toEqual(['UNSUBSCRIBED', 'SUBSCRIBED', 'UNSUBSCRIBED']);
  });

  test.each([
    ['no channel', '', { subscriptionId: 12, statusState: 'UNSUBSCRIBED' }],
    ['no such subscription', '', { channel: 'EMAIL', subscriptionId: 99, statusState: 'UNSUBSCRIBED' }],
    ['no such state', '', { channel: 'EMAIL', subscriptionId: 12, statusState: 'NO' }],
    ['no such legal basis', '', { channel: 'EMAIL', subscriptionId: 12, statusState: 'UNSUBSCRIBED', legalBasis: 'BECAUSE' }],
    ['no channel for all', '/unsubscribe-all', undefined],
  ])('%s: 400', async (_what, rest, body) => {
    expect((await portal.post(path(rest), body)).status).toBe(400);
    expect(optOut()).toBeUndefined();
  });

  test('no address: 400', async () => {
    expect((await portal.get(path('?channel=EMAIL', 'nobody'))).status).toBe(400);
  });

  test('batches', async () => {
    const all = await portal.post(`${base}/statuses/batch/unsubscribe-all?channel=EMAIL`, { inputs: ['ana@example.com', 'nobody@example.com'] });
    const wide = await portal.post(`${base}/statuses/batch/unsubscribe-all/read?channel=EMAIL`, { inputs: ['ana@example.com'] });
    const one = await portal.post(`${base}/statuses/batch/write`, { inputs: [{ subscriberIdString: 'bo@example.com', channel: 'EMAIL', subscriptionId: 12, statusState: 'UNSUBSCRIBED' }] });
    const read = await portal.post(`${base}/statuses/batch/read?channel=EMAIL`, { inputs: ['bo@example.com'] });

    expect(all.body.results).toEqual([{ subscriberIdString: 'ana@example.com' }, { subscriberIdString: 'nobody@example.com' }]);
    expect(optOut()).toBe('true');
    expect(wide.body.results).toMatchObject([{ subscriberIdString: 'ana@example.com', wideStatuses: [{ status: 'UNSUBSCRIBED' }] }]);
    expect(one.body.results).toMatchObject([{ subscriberIdString: 'bo@example.com', status: 'UNSUBSCRIBED' }]);
    expect(read.body.results[0]?.statuses).toHaveLength(3);
  });
});

test('v3 by the real client', async () => {
  const { definitionApi, statusApi } = portal.client.communicationPreferences;

  const { subscriptionDefinitions } = await definitionApi.getPage();
  const changed = await statusApi.unsubscribe({ emailAddress: 'ana@example.com', subscriptionId: '12' });
  const status = await statusApi.getEmailStatus('ana@example.com');

  expect(subscriptionDefinitions.map((definition) => definition.id)).toEqual(['11', '12', '13']);
  expect(changed).toMatchObject({ id: '12', status: 'NOT_SUBSCRIBED', sourceOfStatus: 'SUBSCRIPTION_STATUS' });
  expect(status.subscriptionStatuses.find((one) => one.id === '12')?.status).toBe('NOT_SUBSCRIBED');
  expect(portal.state.contact(id)?.properties['hs_email_optout_12']).toBe('true');
});

test('a status belongs to the address: who takes the address on takes the opt-out on, who leaves it leaves it', () => {
  const ui = portal.state.act({ sourceType: 'CRM_UI' });
  ui.unsubscribe('later@example.com');

  ui.update('contacts', id, { email: 'later@example.com' });
  expect(optOut()).toBe('true');
  ui.update('contacts', id, { email: 'ana@example.com' });

  expect(optOut()).toBeUndefined();
});

test('an opt-out of a secondary address does not opt the contact out', () => {
  const ui = portal.state.act({ sourceType: 'CRM_UI' });
  ui.update('contacts', id, { hs_additional_emails: 'second@example.com' });

  ui.unsubscribe('second@example.com');

  expect(optOut()).toBeUndefined();
  expect(portal.state.subscriptions.optedOut('second@example.com')).toBe(true);
});

test('a new subscription brings its opt-out property', () => {
  const made = portal.state.subscriptions.define({ name: 'Events' });

  portal.state.act({ sourceType: 'FORM' }).unsubscribe('ana@example.com', Number(made.id));

  expect(portal.state.contact(id)?.properties[`hs_email_optout_${made.id}`]).toBe('true');
});

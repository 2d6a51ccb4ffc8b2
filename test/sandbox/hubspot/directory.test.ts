import { closePortals, openPortal, type Portal } from './support';

let portal: Portal;
beforeEach(async () => {
  portal = await openPortal();
});
afterEach(closePortals);

test('owners by the real client: live, archived, by address, by user id', async () => {
  const ana = portal.state.addOwner({ email: 'Ana@Acme.example', firstName: 'Ana', lastName: 'Q', userId: 501 });
  const bo = portal.state.addOwner({ email: 'bo@acme.example' });
  portal.state.deactivateOwner(bo.id);
  const { ownersApi } = portal.client.crm.owners;

  const live = await ownersApi.getPage();
  const gone = await ownersApi.getPage(undefined, undefined, 100, true);
  const byMail = await ownersApi.getPage('ana@acme.example');
  const byUser = await ownersApi.getById(501, 'userId');

  expect(live.results).toMatchObject([{ id: ana.id, userId: 501, email: 'ana@acme.example', type: 'PERSON', archived: false }]);
  expect(gone.results).toMatchObject([{ id: bo.id, archived: true, userIdIncludingInactive: bo.userIdIncludingInactive }]);
  expect(gone.results[0]?.userId).toBeUndefined();
  expect(byMail.results).toHaveLength(1);
  expect(byUser.id).toBe(ana.id);
  await expect(ownersApi.getById(99)).rejects.toMatchObject({ code: 404 });
});

test('owners are paged on both families', async () => {
  for (let index = 0; index < 5; index++) portal.state.addOwner({ email: `rep${index}@acme.example` });

  for (const path of ['/crm/v3/owners/', '/crm/owners/2026-09']) {
    const first = await portal.get(`${path}?limit=3`);
    const second = await portal.get(`${path}?limit=3&after=${first.body.paging.next.after}`);
    expect([first.body.results.length, second.body.results.length, second.body.paging]).toEqual([3, 2, undefined]);
  }
});

test('pipelines by the real client: won and lost are told by metadata', async () => {
  const { results } = await portal.client.crm.pipelines.pipelinesApi.getAll('deals');
  const stages = await portal.client.crm.pipelines.pipelineStagesApi.getAll('deals', 'default');

  expect(results).toMatchObject([{ id: 'default', archived: false }]);
  const closed = stages.results.filter((stage) => stage.metadata?.['isClosed'] === 'true').map((stage) => [stage.id, stage.metadata?.['probability']]);
  expect(closed).toEqual([['closedwon', '1.0'], ['closedlost', '0.0']]);
  expect((await portal.get('/crm/pipelines/2026-09/deals/default')).body.stages).toHaveLength(7);
  expect((await portal.get('/crm/v3/pipelines/deals/nope')).status).toBe(404);
});

test('a deal stage belongs to its pipeline; with several pipelines a deal has to name one', async () => {
  portal.state.addPipeline({ id: '777', label: 'Partners', stages: [['777001', 'Open', '0.5', false], ['777002', 'Won', '1.0', true]] });
  const make = (properties: Record<string, string>) => portal.post('/crm/v3/objects/deals', { properties: { dealname: 'One', ...properties } });

  expect((await make({ dealstage: 'closedwon' })).status).toBe(400);
  expect((await make({ pipeline: '777', dealstage: 'closedwon' })).status).toBe(400);
  expect((await make({ pipeline: 'nope', dealstage: 'closedwon' })).status).toBe(400);
  const won = await make({ pipeline: '777', dealstage: '777002', amount: '500' });

  expect(won.status).toBe(201);
  expect(portal.state.get('deals', won.body.id)?.properties).toMatchObject({ hs_is_closed: 'true', hs_is_closed_won: 'true', hs_closed_amount: '500' });
});

test('lists by the real client', async () => {
  const [one, other] = ['a@example.com', 'b@example.com'].map((email) => portal.state.act({ sourceType: 'CRM_UI' }).create('contacts', { email }).id);
  const { listsApi, membershipsApi } = portal.client.crm.lists;

  const made = await listsApi.create({ name: 'Recycled', objectTypeId: '0-1', processingType: 'MANUAL' });
  const { listId } = made.list;
  const added = await membershipsApi.add(listId, [one ?? '', other ?? '', '424242']);
  const again = await membershipsApi.add(listId, [one ?? '']);
  const removed = await membershipsApi.remove(listId, [other ?? '']);
  const found = await listsApi.getByName('Recycled', '0-1');
  const members = await portal.get(`/crm/lists/2026-09/${listId}/memberships`);

  expect(added).toMatchObject({ recordsIdsAdded: [one, other], recordIdsMissing: ['424242'], recordIdsRemoved: [] });
  expect(again.recordsIdsAdded).toEqual([]);
  expect(removed.recordIdsRemoved).toEqual([other]);
  expect(found.list).toMatchObject({ listId, name: 'Recycled', processingType: 'MANUAL', objectTypeId: '0-1' });
  expect(members.body.results).toEqual([{ recordId: one, membershipTimestamp: '2026-11-22T12:00:00.000Z' }]);
});

test('lists: names are unique, missing ones 404, deleted ones can be restored, filtered ones take no members', async () => {
  const create = (name: string, processingType = 'MANUAL') => portal.post('/crm/lists/2026-09', { name, objectTypeId: '0-1', processingType });
  const { body } = await create('One');
  const path = `/crm/lists/2026-09/${body.list.listId}`;
  const dynamic = await create('Filtered', 'DYNAMIC');

  expect((await create('One')).status).toBe(400);
  expect((await portal.get('/crm/v3/lists/object-type-id/0-1/name/Nope')).status).toBe(404);
  expect((await portal.call('PUT', `/crm/v3/lists/${dynamic.body.list.listId}/memberships/add`, ['1'])).status).toBe(400);
  expect((await portal.post('/crm/v3/lists/search', { query: 'on', additionalProperties: [] })).body).toMatchObject({ total: 1, hasMore: false });
  expect((await portal.call('DELETE', path)).status).toBe(204);
  expect((await portal.get(path)).status).toBe(404);
  expect((await portal.call('PUT', `${path}/restore`)).status).toBe(204);
  expect((await portal.get(path)).body.list.name).toBe('One');
});

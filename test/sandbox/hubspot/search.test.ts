import { closePortals, families, openPortal, start, type Body, type Portal } from './support';

let portal: Portal;
beforeEach(async () => {
  portal = await openPortal();
});
afterEach(closePortals);

const search = (body: unknown, type = 'contacts') => portal.post(`/crm/v3/objects/${type}/search`, body);
const filters = (...list: object[]) => ({ filterGroups: [{ filters: list }] });
const names = (body: Body): unknown[] => body.results.map((record) => record.properties['firstname']);

/** Contacts A, B, C, … one second apart, with the given properties. */
function load(...rows: Record<string, string>[]): void {
  portal.state.load(
    rows.map((properties, index) => ({
      id: index + 1,
      properties: { firstname: String.fromCharCode(65 + index), ...properties },
      createdate: start - 86_400_000,
      lastmodifieddate: start - 3_600_000 + index * 1000,
    })),
  );
}

describe('what a filter finds', () => {
  beforeEach(() => {
    portal.state.defineProperty('contacts', { name: 'topics', label: 'T', type: 'enumeration', fieldType: 'checkbox', groupName: 'contactinformation', options: [{ label: 'X', value: 'x' }, { label: 'Y', value: 'y' }] });
    portal.state.defineProperty('contacts', { name: 'points', label: 'P', type: 'number', fieldType: 'number', groupName: 'contactinformation' });
    portal.state.defineProperty('contacts', { name: 'meeting_on', label: 'M', type: 'date', fieldType: 'date', groupName: 'contactinformation' });
    load(
      { email: 'ana@acme.example', company: 'Acme Corp', hs_lead_status: 'NEW', points: '9', topics: 'x', meeting_on: '2026-11-01' },
      { email: 'bo@globex.example', company: 'Globex', hs_lead_status: 'UNQUALIFIED', points: '10', topics: 'x;y', meeting_on: '2026-11-15' },
      { email: 'cy@acme.example', company: 'ACME Labs', points: '100' },
    );
  });

  test.each([
    ['EQ on text, without case', { propertyName: 'company', operator: 'EQ', value: 'globex' }, 'B'],
    ['EQ on an address, without case', { propertyName: 'email', operator: 'EQ', value: 'ANA@acme.example' }, 'A'],
    ['EQ on an enumeration, with case', { propertyName: 'hs_lead_status', operator: 'EQ', value: 'new' }, ''],
    ['NEQ skips records without a value', { propertyName: 'hs_lead_status', operator: 'NEQ', value: 'NEW' }, 'B'],
    ['NOT_IN skips records without a value', { propertyName: 'hs_lead_status', operator: 'NOT_IN', values: ['NEW'] }, 'B'],
    ['IN on text takes lower-case entries', { propertyName: 'company', operator: 'IN', values: ['acme corp', 'globex'] }, 'AB'],
    ['IN on text does not take other entries', { propertyName: 'company', operator: 'IN', values: ['Globex'] }, ''],
    ['IN on addresses', { propertyName: 'email', operator: 'IN', values: ['ana@acme.example', 'cy@acme.example'] }, 'AC'],
    ['IN on a multi-select takes any', { propertyName: 'topics', operator: 'IN', values: ['y'] }, 'B'],
    ['NOT_IN on a multi-select', { propertyName: 'topics', operator: 'NOT_IN', values: ['y'] }, 'A'],
    ['numbers as numbers', { propertyName: 'points', operator: 'GTE', value: '10' }, 'BC'],
    ['BETWEEN', { propertyName: 'points', operator: 'BETWEEN', value: '9', highValue: '10' }, 'AB'],
    ['LT on a date', { propertyName: 'meeting_on', operator: 'LT', value: '2026-11-15' }, 'A'],
    ['LTE on a date in epoch milliseconds', { propertyName: 'meeting_on', operator: 'LTE', value: String(Date.UTC(2026, 10, 15)) }, 'AB'],
    ['HAS_PROPERTY', { propertyName: 'hs_lead_status', operator: 'HAS_PROPERTY' }, 'AB'],
    ['NOT_HAS_PROPERTY', { propertyName: 'hs_lead_status', operator: 'NOT_HAS_PROPERTY' }, 'C'],
    ['CONTAINS_TOKEN', { propertyName: 'company', operator: 'CONTAINS_TOKEN', value: 'acme' }, 'AC'],
    ['CONTAINS_TOKEN takes whole words', { propertyName: 'company', operator: 'CONTAINS_TOKEN', value: 'acm' }, ''],
    ['CONTAINS_TOKEN with a star', { propertyName: 'company', operator: 'CONTAINS_TOKEN', value: 'glo*' }, 'B'],
    ['NOT_CONTAINS_TOKEN', { propertyName: 'company', operator: 'NOT_CONTAINS_TOKEN', value: 'acme' }, 'B'],
    ['modified since, ISO', { propertyName: 'lastmodifieddate', operator: 'GTE', value: '2026-11-22T11:00:01Z' }, 'BC'],
    ['modified since, epoch', { propertyName: 'lastmodifieddate', operator: 'GT', value: String(start - 3_600_000 + 1000) }, 'C'],
    ['ids', { propertyName: 'hs_object_id', operator: 'GT', value: '1' }, 'BC'],
    ['creation', { propertyName: 'createdate', operator: 'LT', value: '2026-11-22' }, 'ABC'],
  ])('%s', async (_what, filter, expected) => {
    const { status, body } = await search({ ...filters(filter), properties: ['firstname'] });

    expect({ status, found: names(body).join(''), total: body.total }).toEqual({ status: 200, found: expected, total: expected.length });
  });

  test('filters of a group are all met, groups are alternatives', async () => {
    const body = {
      filterGroups: [
        { filters: [{ propertyName: 'company', operator: 'CONTAINS_TOKEN', value: 'acme' }, { propertyName: 'points', operator: 'GT', value: '50' }] },
        { filters: [{ propertyName: 'hs_lead_status', operator: 'EQ', value: 'UNQUALIFIED' }] },
      ],
      properties: ['firstname'],
    };

    expect(names((await search(body)).body)).toEqual(['B', 'C']);
  });

  test('the query looks into names, addresses and companies', async () => {
    expect(names((await search({ query: 'LABS', properties: ['firstname'] })).body)).toEqual(['C']);
  });

  test('one sort, either way of writing it; ids break ties', async () => {
    const by = (sorts: unknown) => search({ sorts, properties: ['firstname'] });

    expect(names((await by([{ propertyName: 'lastmodifieddate', direction: 'DESCENDING' }])).body)).toEqual(['C', 'B', 'A']);
    expect(names((await by(['-points'])).body)).toEqual(['C', 'B', 'A']);
    expect(names((await by(['createdate'])).body)).toEqual(['A', 'B', 'C']);
    expect((await by(['firstname', 'email'])).status).toBe(400);
  });

  test('associated records are found through the pseudo-property', async () => {
    const company = portal.state.act({ sourceType: 'CRM_UI' }).create('companies', { name: 'Acme' });
    portal.state.act({ sourceType: 'CRM_UI' }).associate('contacts', '2', 'companies', company.id);

    expect(names((await search({ ...filters({ propertyName: 'associations.company', operator: 'EQ', value: company.id }), properties: ['firstname'] })).body)).toEqual(['B']);
  });

  test('contacts are found by lastmodifieddate, everything else by hs_lastmodifieddate; a name that does not exist is refused', async () => {
    const since = (propertyName: string) => filters({ propertyName, operator: 'GTE', value: '0' });

    expect((await search(since('lastmodifieddate'), 'companies')).status).toBe(400);
    expect((await search(since('hs_lastmodifieddate'), 'companies')).status).toBe(200);
    expect((await search(since('lastmodifieddate'))).status).toBe(200);
    expect((await search(since('no_such_property'))).status).toBe(400);
  });

  test('archived records never appear', async () => {
    portal.state.act({ sourceType: 'CRM_UI' }).archive('contacts', '2');

    expect(names((await search({ properties: ['firstname'] })).body)).toEqual(['A', 'C']);
  });
});

describe.each(families)('limits on $family', ({ objects }) => {
  const post = (body: unknown) => portal.post(`${objects}/contacts/search`, body);

  test('pages of 10 by default and 200 at most, by offset', async () => {
    load(...Array.from({ length: 25 }, () => ({ lastname: 'x' })));

    const first = await post({});
    const last = await post({ limit: 20, after: '20' });

    expect(first.body).toMatchObject({ total: 25, paging: { next: { after: '10' } } });
    expect(last.body.results).toHaveLength(5);
    expect(last.body.paging).toBeUndefined();
    expect((await post({ limit: 200 })).status).toBe(200);
    expect((await post({ limit: 201 })).status).toBe(400);
  });

  test('nothing past 10,000 results', async () => {
    portal.state.load(Array.from({ length: 10_100 }, (_, index) => ({ properties: { lastname: `n${index}` } })));

    const page = await post({ limit: 200, after: '9800' });

    expect(page).toMatchObject({ status: 200, body: { total: 10_100 } });
    expect(page.body.results).toHaveLength(200);
    expect(page.body.paging.next.after).toBe('10000');
    expect((await post({ limit: 200, after: '10000' })).status).toBe(400);
  });

  test('5 groups, 6 filters each, 18 in all, 3,000 characters', async () => {
    const filter = { propertyName: 'firstname', operator: 'EQ', value: 'x' };
    const groups = (...sizes: number[]) => ({ filterGroups: sizes.map((size) => ({ filters: Array.from({ length: size }, () => filter) })) });

    expect((await post(groups(6, 6, 6))).status).toBe(200);
    expect((await post(groups(1, 1, 1, 1, 1))).status).toBe(200);
    expect((await post(groups(1, 1, 1, 1, 1, 1))).status).toBe(400);
    expect((await post(groups(7))).status).toBe(400);
    expect((await post(groups(6, 6, 6, 1))).status).toBe(400);
    expect((await post({ ...groups(1), query: 'x'.repeat(3000) })).status).toBe(400);
  });

  test('answers carry no rate headers', async () => {
    const found = await post({});
    const listed = await portal.get(`${objects}/contacts`);

    expect(found.headers.get('x-hubspot-ratelimit-max')).toBeNull();
    expect(listed.headers.get('x-hubspot-ratelimit-max')).toBe('190');
  });
});

describe('the index lags', () => {
  const seen = async (): Promise<string[]> => {
    const { body } = await search({ properties: ['firstname', 'lastname'], limit: 200 });
    return body.results.map((record) => `${record.properties['firstname'] ?? ''} ${record.properties['lastname'] ?? '-'}`);
  };

  test('a search shows records as they were, also through several writes, while reads show them as they are', async () => {
    load({ lastname: 'old' });
    portal.state.set({ indexLagMs: 10_000 });
    const ui = portal.state.act({ sourceType: 'CRM_UI' });
    portal.clock.advance(60_000);

    ui.update('contacts', '1', { lastname: 'middle' });
    portal.clock.advance(6_000);
    ui.update('contacts', '1', { lastname: 'new' });
    ui.create('contacts', { firstname: 'Z' });

    expect(await seen()).toEqual(['A old']);
    expect((await portal.get('/crm/v3/objects/contacts/1?properties=lastname')).body.properties.lastname).toBe('new');
    portal.clock.advance(4_000);
    expect(await seen()).toEqual(['A middle']);
    portal.clock.advance(6_000);
    expect(await seen()).toEqual(['A new', 'Z -']);
  });

  test('the old modification time is searched, too: a change is not found before the index knows it', async () => {
    load({ lastname: 'old' });
    portal.state.set({ indexLagMs: 10_000 });
    const since = { ...filters({ propertyName: 'lastmodifieddate', operator: 'GTE', value: String(start) }), limit: 200 };
    portal.clock.advance(1000);
    portal.state.act({ sourceType: 'CRM_UI' }).update('contacts', '1', { lastname: 'new' });

    const before = await search(since);
    portal.clock.advance(10_000);
    const after = await search(since);

    expect([before.body.total, after.body.total]).toEqual([0, 1]);
  });
});

test('the real client searches, with its own default properties', async () => {
  load({ email: 'ana@example.com', lastname: 'Q' });

  const found = await portal.client.crm.contacts.searchApi.doSearch({
    filterGroups: [{ filters: [{ propertyName: 'email', operator: 'HAS_PROPERTY' as never }] }],
    sorts: ['-lastmodifieddate'],
    limit: 1,
  });

  expect(found.total).toBe(1);
  expect(Object.keys(found.results[0]?.properties ?? {}).sort()).toEqual(['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname']);
});

test('a window over a mass edit: same millisecond, more than 10,000 records, walked by id', async () => {
  portal.state.load(Array.from({ length: 10_500 }, (_, index) => ({ properties: { lastname: `n${index}` }, lastmodifieddate: start })));

  const seen = new Set<string>();
  for (let last = '0'; ; ) {
    const { body } = await search({
      ...filters({ propertyName: 'lastmodifieddate', operator: 'GTE', value: String(start) }, { propertyName: 'hs_object_id', operator: 'GT', value: last }),
      sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
      limit: 200,
    });
    for (const record of body.results) seen.add(record.id);
    if (body.results.length < 200) break;
    last = body.results.at(-1)?.id ?? '';
  }

  expect(seen.size).toBe(10_500);
});

import nock from '../../support/nock';
import type { ReadPage, ReadRequest } from '../../../src/crm/port';
import type { HubspotPort } from '../../../src/crm/hubspot';
import { batch, complete, contactJson, describes, HOST, port } from './support';

const SEARCH = '/crm/objects/2026-09/contacts/search';
const LIST = '/crm/objects/2026-09/contacts';
const DATE = { date: 'Sun, 22 Nov 2026 09:00:00 GMT' };

interface SearchBody {
  filterGroups: { filters: { propertyName: string; operator: string; value: string }[] }[];
  sorts: unknown[];
  properties: string[];
  limit: number;
  after?: string;
}

async function pages(hubspot: HubspotPort, request: Partial<ReadRequest> = {}): Promise<ReadPage[]> {
  const all: ReadPage[] = [];
  for await (const page of hubspot.read({ since: { contact: 1_795_248_000_000 }, fields: { contact: ['lifecyclestage', 'concord_score'] }, ...request })) all.push(page);
  return all;
}

/** A search over these contacts that answers as HubSpot does: at most `limit` above the asked id, in order of id. */
function searches(count: number, seen: SearchBody[]): void {
  nock(HOST)
    .persist()
    .post(SEARCH)
    .reply((_uri, raw) => {
      const body = raw as unknown as SearchBody;
      seen.push(body);
      const above = Number(body.filterGroups[0]?.filters.find(({ propertyName }) => propertyName === 'hs_object_id')?.value ?? 0);
      const left = Math.max(0, count - above);
      const results = Array.from({ length: Math.min(left, body.limit) }, (_, index) => contactJson(String(above + index + 1), { concord_score: '1' }));
      return [200, { total: left, results, ...(left > body.limit ? { paging: { next: { after: String(body.limit) } } } : {}) }, DATE];
    });
}

describe('changed since', () => {
  test('12,000 contacts of one modified stamp are all read, once each, without ever paging deep', async () => {
    describes();
    const seen: SearchBody[] = [];
    searches(12_000, seen);

    const all = await pages(port().hubspot);

    const ids = all.flatMap(({ records }) => records.map(({ ref }) => ref.id));
    expect(new Set(ids).size).toBe(12_000);
    expect(ids).toHaveLength(12_000);
    expect(seen).toHaveLength(60);
    expect(seen.every(({ after }) => after === undefined)).toBe(true);
    expect(all.at(-1)?.readUpTo).toBe(Date.parse('2026-11-22T09:00:00Z'));
    expect(all.slice(0, -1).every(({ readUpTo }) => readUpTo === undefined)).toBe(true);
  });

  test('the query: modified at or after, above the last id, by id, with the structure that always comes', async () => {
    describes();
    const seen: SearchBody[] = [];
    searches(201, seen);

    await pages(port({ doNotCallProperty: 'no_calls' }).hubspot);

    expect(seen[0]).toEqual({
      filterGroups: [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: '1795248000000' }] }],
      sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
      properties: expect.any(Array),
      limit: 200,
    });
    expect(seen[1]?.filterGroups[0]?.filters).toContainEqual({ propertyName: 'hs_object_id', operator: 'GT', value: '200' });
    expect(seen[0]?.properties.sort()).toEqual(
      ['email', 'hs_additional_emails', 'hs_object_id', 'hs_merged_object_ids', 'createdate', 'lastmodifieddate', 'hubspot_owner_id', 'hs_email_optout', 'salesforceleadid', 'no_calls', 'lifecyclestage', 'concord_score'].sort(),
    );
  });

  test('nothing changed is one call and one page that says up to when', async () => {
    describes();
    searches(0, []);
    const { hubspot } = port();

    expect(await pages(hubspot)).toEqual([{ object: 'contact', records: [], problems: [], readUpTo: Date.parse('2026-11-22T09:00:00Z') }]);
    expect(hubspot.usage().calls).toBe(2);
  });

  test('how far it was read is HubSpot’s time of the first request, not of the last', async () => {
    describes();
    nock(HOST).post(SEARCH).reply(200, { results: Array.from({ length: 200 }, (_, index) => contactJson(String(index + 1))), paging: { next: { after: '200' } } }, DATE);
    nock(HOST).post(SEARCH).reply(200, { results: [] }, { date: 'Sun, 22 Nov 2026 09:05:00 GMT' });

    expect((await pages(port().hubspot)).at(-1)?.readUpTo).toBe(Date.parse('2026-11-22T09:00:00Z'));
  });

  test('the time an answer took is taken off: what changed while HubSpot searched is read next time', async () => {
    describes();
    searches(0, []);
    let at = Date.parse('2026-11-22T09:00:00Z');

    const [page] = await pages(port({ now: () => (at += 1_000), limits: 'off' }).hubspot);

    expect(page?.readUpTo).toBeLessThan(Date.parse('2026-11-22T09:00:00Z'));
  });

  test('more properties than a search body holds are read from the records', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `a_rather_long_property_name_${index}`);
    describes();
    const seen: SearchBody[] = [];
    searches(150, seen);
    const reads = batch('read', ({ inputs }) => [200, complete(inputs.map(({ id }) => contactJson(id, { [many[0] as string]: 'x' })))]);

    const all = await pages(port().hubspot, { fields: { contact: many } });

    expect(seen.every((body) => JSON.stringify(body).length <= 3_000)).toBe(true);
    expect(seen[0]?.properties).toEqual(['hs_object_id']);
    expect(reads.map(({ inputs }) => inputs.length)).toEqual([100, 50]);
    expect(all.flatMap(({ records }) => records)).toHaveLength(150);
    expect(all[0]?.records[0]?.fields).toEqual({ [many[0] as string]: 'x' });
  });

  test('a bad element neither stops the page nor vanishes', async () => {
    describes();
    nock(HOST)
      .post(SEARCH)
      .reply(200, { results: [contactJson('1'), { id: '2', properties: { email: 7 } }, null, contactJson('4', { concord_score: 'many' })] }, DATE);

    const [page] = await pages(port().hubspot);

    expect(page?.records.map(({ ref }) => ref.id)).toEqual(['1', '4']);
    expect(page?.problems.map(({ code, record, fields }) => [code, record?.id, fields])).toEqual([
      ['unreadable', '2', undefined],
      ['unreadable', undefined, undefined],
      ['unreadable', '4', ['concord_score']],
    ]);
  });

  test('a page that tells nothing ends with an error instead of being read for ever', async () => {
    describes();
    nock(HOST).persist().post(SEARCH).reply(200, { results: [{}, {}], paging: { next: { after: '2' } } });

    await expect(pages(port().hubspot)).rejects.toMatchObject({ code: 'unreadable' });
  });

  test('trouble in the middle is thrown to the reader', async () => {
    describes();
    nock(HOST).post(SEARCH).reply(401, { category: 'INVALID_AUTHENTICATION' });

    await expect(pages(port().hubspot)).rejects.toMatchObject({ code: 'unauthorized', exit: 2 });
  });

  test('a reader that stops early leaves nothing hanging', async () => {
    describes();
    searches(1_000, []);
    const { hubspot } = port();

    for await (const page of hubspot.read({ since: { contact: 0 }, fields: {} })) {
      expect(page.records).toHaveLength(200);
      break;
    }

    expect(hubspot.usage().calls).toBeLessThanOrEqual(3);
  });

  test('an object that was not asked for is not read', async () => {
    const { hubspot } = port();

    expect(await pages(hubspot, { since: {} })).toEqual([]);
    expect(hubspot.usage().calls).toBe(0);
  });
});

describe('everything', () => {
  test('follows the list’s cursor, then lists the archived as deleted', async () => {
    describes();
    nock(HOST).get(LIST).query({ limit: '100', archived: 'false', properties: /.*/ }).reply(200, { results: [contactJson('1')], paging: { next: { after: '1' } } }, DATE);
    nock(HOST).get(LIST).query({ limit: '100', archived: 'false', after: '1', properties: /.*/ }).reply(200, { results: [contactJson('2')] });
    nock(HOST).get(LIST).query({ limit: '100', archived: 'true', properties: /.*/ }).reply(200, { results: [contactJson('3', {}, { archived: true, archivedAt: '2026-11-01T00:00:00Z' })] });

    const all = await pages(port().hubspot, { since: { contact: null } });

    expect(all.flatMap(({ records }) => records.map(({ ref, gone }) => [ref.id, gone?.how]))).toEqual([
      ['1', undefined],
      ['2', undefined],
      ['3', 'deleted'],
    ]);
    expect(all.map(({ readUpTo }) => readUpTo)).toEqual([undefined, undefined, Date.parse('2026-11-22T09:00:00Z')]);
  });

  test('an empty portal is one empty page that says up to when', async () => {
    describes();
    nock(HOST).persist().get(LIST).query(true).reply(200, { results: [] }, DATE);

    expect(await pages(port().hubspot, { since: { contact: null } })).toEqual([{ object: 'contact', records: [], problems: [], readUpTo: Date.parse('2026-11-22T09:00:00Z') }]);
  });

  test('more properties than an address holds are read from the records', async () => {
    const many = Array.from({ length: 250 }, (_, index) => `a_rather_long_property_name_${index}`);
    describes();
    nock(HOST).get(LIST).query({ limit: '100', archived: 'false', properties: 'hs_object_id' }).reply(200, { results: [{ id: '1', properties: {} }] }, DATE);
    nock(HOST).get(LIST).query({ limit: '100', archived: 'true', properties: 'hs_object_id' }).reply(200, { results: [] });
    batch('read', ({ inputs }) => [200, complete(inputs.map(({ id }) => contactJson(id)))]);

    const all = await pages(port().hubspot, { since: { contact: null }, fields: { contact: many } });

    expect(all.flatMap(({ records }) => records.map(({ ref }) => ref.id))).toEqual(['1']);
  });

  test('a cursor that stands still ends with an error', async () => {
    describes();
    nock(HOST).persist().get(LIST).query(true).reply(200, { results: [contactJson('1')], paging: { next: { after: '1' } } });

    await expect(pages(port().hubspot, { since: { contact: null } })).rejects.toMatchObject({ code: 'unreadable' });
  });
});

describe('by id', () => {
  const fields = { contact: ['lifecyclestage'] };

  test('any order, any number, each once; deleted ones are told from those never seen', async () => {
    describes();
    const reads = batch('read', ({ inputs }, url) => {
      if (url.includes('archived=true')) return [207, complete([contactJson('3', {}, { archived: undefined })], [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['4'] } }])];
      const found = inputs.filter(({ id }) => id !== '3' && id !== '4').reverse();
      return [207, complete(found.map(({ id }) => contactJson(id)), [{ category: 'OBJECT_NOT_FOUND', message: 'x', context: { ids: ['3', '4'] } }])];
    });
    const ids = Array.from({ length: 130 }, (_, index) => String(index + 1));

    const page = await port().hubspot.byIds('contact', [...ids, '1', '2'], fields);

    expect(reads.map(({ inputs }) => inputs.length)).toEqual([100, 30, 2]);
    expect(page.problems).toEqual([]);
    expect(page.records).toHaveLength(129);
    expect(page.records.find(({ ref }) => ref.id === '3')?.gone).toEqual({ how: 'deleted' });
    expect(page.records.some(({ ref }) => ref.id === '4')).toBe(false);
  });

  test('a merged id answers as its survivor, which carries it as an alias (I3)', async () => {
    describes();
    const reads = batch('read', () => [200, complete([contactJson('900', { hs_merged_object_ids: '1;2' })])]);

    const page = await port().hubspot.byIds('contact', ['1', '2'], fields);

    expect(page.records.map(({ ref, aliases }) => [ref.id, aliases])).toEqual([['900', ['1', '2']]]);
    expect(reads).toHaveLength(1);
  });

  test('a survivor that hides whom it absorbed stands for the one id left over', async () => {
    describes();
    batch('read', () => [200, complete([contactJson('5'), contactJson('900')])]);

    const page = await port().hubspot.byIds('contact', ['5', '1'], fields);

    expect(page.records.find(({ ref }) => ref.id === '900')?.aliases).toEqual(['1']);
  });

  test('one id that HubSpot refuses does not cost the others', async () => {
    describes();
    batch('read', ({ inputs }) =>
      inputs.some(({ id }) => id === 'x') ? [400, { category: 'VALIDATION_ERROR', message: 'Invalid id' }] : [200, complete(inputs.map(({ id }) => contactJson(id)))],
    );

    const page = await port().hubspot.byIds('contact', ['1', '2', 'x', '4'], fields);

    expect(page.records.map(({ ref }) => ref.id).sort()).toEqual(['1', '2', '4']);
    expect(page.problems.filter(({ record }) => record?.id === 'x')).not.toHaveLength(0);
  });

  test.each([['half an answer', 200, '{"results": ['], ['a page of a proxy', 200, '<html>maintenance</html>']])('%s, again and again, ends after a call’s own tries: no half of the batch would be read either (W10)', async (_, status, body) => {
    describes();
    let calls = 0;
    nock(HOST).persist().post('/crm/objects/2026-09/contacts/batch/read').query(true).reply(() => {
      calls += 1;
      return [status, body];
    });

    await expect(port().hubspot.byIds('contact', Array.from({ length: 100 }, (_each, index) => String(index + 1)), fields)).rejects.toMatchObject({ problem: { code: 'unreadable' } });

    expect(calls).toBeLessThanOrEqual(5);
  });

  test('objects that HubSpot does not have', async () => {
    const { hubspot } = port();

    await expect(hubspot.byIds('lead', ['1'], {})).resolves.toEqual({ object: 'lead', records: [], problems: [] });
    await expect(hubspot.opportunitiesOfAccounts(['1'], {})).resolves.toEqual([]);
    await expect(hubspot.closedAt(['1'])).resolves.toEqual(new Map());
    expect(hubspot.usage().calls).toBe(0);
  });
});

describe('by e-mail and by identity', () => {
  test('addresses are asked for once each, in lower case', async () => {
    describes();
    const reads = batch('read', () => [207, complete([contactJson('1', { email: 'ana@example.com' })], [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['bo@example.com'] } }])]);

    const [page] = await port().hubspot.byEmails([' Ana@Example.com', 'ana@example.com', 'bo@example.com', ''], { contact: ['lifecyclestage'] });

    expect(reads[0]?.idProperty).toBe('email');
    expect(reads[0]?.inputs).toEqual([{ id: 'ana@example.com' }, { id: 'bo@example.com' }]);
    expect(page?.records.map(({ ref, emails }) => [ref.id, emails])).toEqual([['1', ['ana@example.com']]]);
    expect(page?.problems).toEqual([]);
  });

  test('a unique property of ours is its own key', async () => {
    describes();
    const reads = batch('read', () => [200, complete([contactJson('1')])]);

    await port().hubspot.byIdentity('contact', 'concord_key', ['K1'], {});

    expect(reads[0]).toMatchObject({ idProperty: 'concord_key', inputs: [{ id: 'K1' }] });
    expect(reads[0]?.properties).toContain('concord_key');
  });
});

describe('histories', () => {
  test('fifty at a time, found again under a merged id, and left out when an entry cannot be read', async () => {
    describes();
    const entry = (value: string, timestamp = '2026-11-20T08:30:00Z') => ({ value, timestamp, sourceType: 'CRM_UI', updatedByUserId: 71234 });
    const reads = batch('read', ({ inputs }) => [
      200,
      complete(
        inputs.map(({ id }) =>
          id === '7'
            ? { id: '900', properties: { hs_merged_object_ids: '7' }, propertiesWithHistory: { lifecyclestage: [entry('lead')], concord_score: [entry('many')] } }
            : { id, properties: {}, propertiesWithHistory: { lifecyclestage: [entry('lead', '2026-11-01T00:00:00Z'), entry('customer')] } },
        ),
      ),
    ]);

    const found = await port().hubspot.histories('contact', Array.from({ length: 60 }, (_, index) => String(index + 1)), ['lifecyclestage', 'concord_score']);

    expect(reads.map(({ inputs }) => inputs.length)).toEqual([50, 10]);
    expect(found.size).toBe(60);
    expect(found.get('1')?.['lifecyclestage']?.map(({ value }) => value)).toEqual(['customer', 'lead']);
    expect(Object.keys(found.get('7') ?? {})).toEqual(['lifecyclestage']);
    expect(found.get('7')?.['lifecyclestage']?.[0]?.by).toEqual({ id: '71234', source: 'CRM_UI' });
  });
});

describe('owners', () => {
  const OWNERS = '/crm/owners/2026-09';

  test('names by user and by owner id, deactivated ones too, asked for once', async () => {
    nock(HOST).get(OWNERS).query({ limit: '100', archived: 'false' }).reply(200, { results: [{ id: '4321', userId: 71234, firstName: 'Ana', lastName: 'Peña', type: 'PERSON' }], paging: { next: { after: 'x' } } });
    nock(HOST).get(OWNERS).query({ limit: '100', archived: 'false', after: 'x' }).reply(200, { results: [{ id: '5', firstName: '', lastName: '', email: 'bo@example.com', type: 'PERSON' }] });
    nock(HOST).get(OWNERS).query({ limit: '100', archived: 'true' }).reply(200, { results: [{ id: '6', userIdIncludingInactive: 9, firstName: 'Old', type: 'PERSON', archived: true }] });
    const { hubspot } = port();

    expect(await hubspot.userNames(['71234', '4321', '5', '9', '404'])).toEqual(
      new Map([
        ['71234', 'Ana Peña'],
        ['4321', 'Ana Peña'],
        ['5', 'bo@example.com'],
        ['9', 'Old'],
      ]),
    );
    await hubspot.userNames(['9']);
    expect(hubspot.usage().calls).toBe(3);
  });

  test('a queue that owns a contact is told from a person', async () => {
    describes();
    nock(HOST).get(OWNERS).query(true).twice().reply(200, { results: [{ id: '4321', type: 'QUEUE' }] });
    batch('read', () => [200, complete([contactJson('1', { hubspot_owner_id: '4321' }), contactJson('2', { hubspot_owner_id: '8' })])]);

    const page = await port().hubspot.byIds('contact', ['1', '2'], {});

    expect(page.records.map(({ owner }) => owner)).toEqual([
      { id: '4321', kind: 'queue' },
      { id: '8', kind: 'user' },
    ]);
  });

  test('without the scope for owners, reading goes on', async () => {
    describes();
    nock(HOST).persist().get(OWNERS).query(true).reply(403, { category: 'MISSING_SCOPES' });
    batch('read', () => [200, complete([contactJson('1', { hubspot_owner_id: '4321' })])]);
    const { hubspot } = port();

    expect((await hubspot.byIds('contact', ['1'], {})).records[0]?.owner).toEqual({ id: '4321', kind: 'user' });
    expect(await hubspot.userNames(['4321'])).toEqual(new Map());
  });
});

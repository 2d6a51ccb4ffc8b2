import type { ReadPage } from '../../../src/crm/port';
import type { ObjectName } from '../../../src/domain/record';
import { composite, DESCRIBES, error, query, scriptedOrg, type ScriptedOrg, type Sent } from './scripted';

let org: ScriptedOrg;
afterEach(() => org.close());

const id = (n: number): string => `00Q00000000${String(n).padStart(4, '0')}AAA`;
const row = (n: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  attributes: { type: 'Lead' }, Id: id(n), CreatedDate: '2026-11-01T08:00:00.000+0000', SystemModstamp: '2026-11-22T04:17:39.000+0000', LastModifiedById: null, IsDeleted: false, MasterRecordId: null, Email: null, OwnerId: null, IsConverted: false,
  ConvertedDate: null, ConvertedContactId: null, ConvertedAccountId: null, ConvertedOpportunityId: null, HasOptedOutOfEmail: false, DoNotCall: false, Concord_HubSpot_Id__c: null, ...more,
});
const rows = (from: number, count: number): Record<string, unknown>[] => Array.from({ length: count }, (_, at) => row(from + at));
const since = Date.UTC(2026, 10, 22);
async function read(objects: ObjectName[] = ['lead'], at: number | null = since, fields: string[] = []): Promise<ReadPage[]> {
  const pages: ReadPage[] = [];
  for await (const page of org.port.read({ since: Object.fromEntries(objects.map((object) => [object, at])), fields: { lead: fields } })) pages.push(page);
  return pages;
}
const queries = (request: Sent | undefined): string[] => (request?.body as { compositeRequest: { url: string }[] }).compositeRequest.map((sub) => decodeURIComponent(sub.url));

test('the query asks for structure and visible fields only, deleted rows included', async () => {
  org = await scriptedOrg(() => composite([query([])]));

  await read(['lead'], since, ['Status', 'Not_There__c', 'Status']);

  expect(queries(org.sent[0])).toEqual([
    '/services/data/v67.0/queryAll?q=SELECT Id, CreatedDate, SystemModstamp, LastModifiedById, IsDeleted, MasterRecordId, Email, OwnerId, IsConverted, ConvertedDate, ConvertedContactId, ConvertedAccountId, ConvertedOpportunityId, Concord_HubSpot_Id__c, HasOptedOutOfEmail, DoNotCall, Status FROM Lead WHERE SystemModstamp >= 2026-11-22T00:00:00Z ORDER BY SystemModstamp, Id LIMIT 2000',
  ]);
});

test('read up to: the CRM’s clock at the first answer, not ours and not the last page’s', async () => {
  const date = (second: number): Record<string, string> => ({ date: new Date(Date.UTC(2031, 0, 1, 0, 0, second)).toUTCString() });
  org = await scriptedOrg((_request, at) => (at === 1 ? { ...(composite([query(rows(1, 2000))]) as { body: unknown }), headers: date(5) } : { body: query(rows(2001, 3)), headers: date(50) }));

  const pages = await read();

  expect(pages.map((page) => [page.records.length, page.readUpTo])).toEqual([[2000, undefined], [3, Date.UTC(2031, 0, 1, 0, 0, 5)]]);
  expect(org.sent[1]?.path).toContain(`WHERE SystemModstamp > 2026-11-22T04:17:39Z OR (SystemModstamp = 2026-11-22T04:17:39Z AND Id > '${id(2000)}')`);
});

test('rows too wide for a page: Salesforce says there is more, and the read goes on by key', async () => {
  org = await scriptedOrg((_request, at) => (at === 1 ? composite([{ totalSize: 9, done: false, nextRecordsUrl: '/services/data/v67.0/query/01gx-500', records: rows(1, 500) }]) : { body: query(rows(501, 1)) }));

  const pages = await read();

  expect(pages.flatMap((page) => page.records).map((record) => record.ref.id)).toEqual(rows(1, 501).map((one) => one['Id']));
  expect(org.sent[1]?.path).toContain(`Id > '${id(500)}'`);
});

test('a page too heavy for the org is asked for in a smaller piece', async () => {
  org = await scriptedOrg((request, at) => {
    if (at === 1) return composite([query(rows(1, 2000))]);
    return request.path.includes('LIMIT 2000') ? { status: 400, body: [error('QUERY_TIMEOUT', 'Your query request was running for too long.')] } : { body: query(rows(2001, 5)) };
  });

  expect((await read()).flatMap((page) => page.records)).toHaveLength(2005);
  expect(org.sent.at(-1)?.path).toContain('LIMIT 200');
});

test('bad rows are named and the others come', async () => {
  org = await scriptedOrg(() => composite([query([row(1), row(2, { SystemModstamp: null }), 'nonsense', row(4, { Concord_MQL_At__c: 'soon' })])]));

  const [page] = await read(['lead'], since, ['Concord_MQL_At__c']);

  expect(page?.records.map((record) => record.ref.id)).toEqual([id(1), id(4)]);
  expect(page?.problems).toMatchObject([{ code: 'unreadable', record: { id: id(2) } }, { code: 'unreadable' }, { code: 'unreadable', record: { id: id(4) }, fields: ['Concord_MQL_At__c'] }]);
  expect(page?.readUpTo).toBeDefined();
});

test('an answer that is not a query’s ends the read: nothing is taken as read', async () => {
  org = await scriptedOrg(() => composite([{ surprise: true }]));

  await expect(read()).rejects.toMatchObject({ code: 'unreadable' });
});

test('a query refused for good ends the read and names no words', async () => {
  org = await scriptedOrg(() => composite([{ refuse: 400, errors: [error('MALFORMED_QUERY', 'unexpected token: secret')] }]));

  const failure: unknown = await read().catch((cause: unknown) => cause);

  expect(failure).toMatchObject({ code: 'bad_request', where: 'MALFORMED_QUERY' });
  expect(String((failure as Error).message)).not.toContain('secret');
});

test('M5: a field refused as unknown is described anew and left out; refused again it ends the read', async () => {
  const withoutDoNotCall = { ...DESCRIBES, Lead: (DESCRIBES['Lead'] ?? []).filter((field) => field['name'] !== 'DoNotCall') };
  const refuse = composite([{ refuse: 400, errors: [error('INVALID_FIELD', "No such column 'DoNotCall' on entity 'Lead'")] }]);
  org = await scriptedOrg((request) => (queries(request)[0]?.includes('DoNotCall') ? refuse : composite([query([row(1, { DoNotCall: undefined })])])), { describes: (at) => (at === 1 ? DESCRIBES : withoutDoNotCall) });

  expect((await read())[0]?.records[0]?.consent).toEqual({ emailOptOut: false });
  await org.close();
  org = await scriptedOrg(() => refuse);
  await expect(read()).rejects.toMatchObject({ code: 'field_missing' });
  expect(org.sent).toHaveLength(2);
});

test('objects without a since are not read, and nothing to read costs nothing', async () => {
  org = await scriptedOrg(() => composite([query([])]));

  expect(await read([])).toEqual([]);
  expect(org.sent).toHaveLength(0);
});

test('describing leaves out compound fields and inactive options, keeps what is odd out of the way', async () => {
  org = await scriptedOrg(() => composite([]), { describes: () => ({ ...DESCRIBES, Lead: [...(DESCRIBES['Lead'] ?? []), { name: 'Broken__c' }] }) });

  const { lead, opportunity } = await org.port.describe();

  expect(lead).not.toHaveProperty('Address');
  expect(lead).not.toHaveProperty('Broken__c');
  expect(lead?.['Status']?.options).toEqual([{ value: 'Open', label: 'Abierto' }, { value: 'Closed - Converted', label: 'Convertido', converted: true }]);
  expect(opportunity?.['StageName']?.options).toEqual([{ value: 'Prospecting', label: 'Prospecting' }, { value: 'Closed Won', label: 'Closed Won', closed: true }]);
});

test('a describe that fails is not remembered as an org without objects', async () => {
  let broken = true;
  org = await scriptedOrg(() => composite([query([])]), { describes: () => (broken ? { ...DESCRIBES, Lead: 'nonsense' as unknown as Record<string, unknown>[] } : DESCRIBES) });

  await expect(org.port.describe()).rejects.toMatchObject({ code: 'unreadable' });
  broken = false;
  expect((await org.port.describe()).lead).toHaveProperty('Status');
});

test('a token for REST only cannot set up: told with what to do', async () => {
  org = await scriptedOrg(() => composite([query([])]), { token: () => ({ body: { access_token: 'eyJh.eyJz.c2ln', instance_url: org.url, id: `${org.url}/id/00D000000000001AAA/005000000000001AAA` } }) });

  await expect(org.port.setupPlan([{ object: 'lead', name: 'X__c', label: 'X', type: 'text', description: 'x' }])).rejects.toMatchObject({ code: 'unauthorized', where: 'jwt_token' });
});

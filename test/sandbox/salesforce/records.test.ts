import { codeOf, codeOfCall, NOW, raw, world, type World } from './support';

let w: World;
let admin: ReturnType<World['sandbox']['state']['act']>;
beforeEach(async () => {
  w = await world();
  admin = w.sandbox.state.act(w.sandbox.state.adminUserId);
});
afterEach(() => w.close());

const lead = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({ LastName: 'Silva', Company: 'Acme', ...fields });
type Row = { id?: string; success: boolean; created?: boolean; errors: { statusCode: string; message: string; fields: string[] }[] };

describe('single records', () => {
  it('creates with 201, changes with an empty 204, deletes with 204', async () => {
    const created = await raw(w, 'POST', '/sobjects/Lead', { body: lead({ FirstName: 'Ana' }) });
    const id = (created.body as { id: string }).id;
    const patched = await raw(w, 'PATCH', `/sobjects/Lead/${id}`, { body: { Rating: 'Hot' } });
    const removed = await raw(w, 'DELETE', `/sobjects/Lead/${id}`);

    expect([created.status, created.body]).toEqual([201, { id: expect.stringMatching(/^00Q\w{15}$/) as string, success: true, errors: [] }]);
    expect([patched.status, patched.body]).toEqual([204, '']);
    expect(removed.status).toBe(204);
    expect(w.sandbox.state.record('Lead', id)).toMatchObject({ Name: 'Ana Silva', Rating: 'Hot', Status: 'Open - Not Contacted', IsDeleted: true, OwnerId: w.sandbox.state.integrationUserId });
  });

  it('knows a record by its 15 and its 18 characters', async () => {
    const id = admin.create('Lead', lead());

    expect((await w.conn.sobject('Lead').retrieve(id.slice(0, 15))).Id).toBe(id);
  });

  it('answers 404 for what is not there and ENTITY_IS_DELETED for what was', async () => {
    const id = admin.create('Lead', lead());
    admin.delete('Lead', id);

    expect((await raw(w, 'GET', '/sobjects/Lead/00Q000000000001AAA')).body).toEqual([{ message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' }]);
    const gone = await raw(w, 'PATCH', `/sobjects/Lead/${id}`, { body: { Rating: 'Hot' } });
    expect([gone.status, gone.body]).toEqual([404, [{ message: 'entity is deleted', errorCode: 'ENTITY_IS_DELETED' }]]);
    admin.undelete('Lead', id);
    expect((await raw(w, 'GET', `/sobjects/Lead/${id}?fields=LastName`)).status).toBe(200);
  });

  it('honours If-Unmodified-Since on PATCH with 412 and an empty body', async () => {
    const id = admin.create('Lead', lead());
    const read = await raw(w, 'GET', `/sobjects/Lead/${id}`);
    const since = String(read.headers.get('last-modified'));
    w.clock.advance(5000);
    expect(since).toBe('Sun, 22 Nov 2026 04:17:39 GMT');
    expect((await raw(w, 'PATCH', `/sobjects/Lead/${id}`, { body: { Rating: 'Hot' }, headers: { 'if-unmodified-since': since } })).status).toBe(204);

    const stale = await raw(w, 'PATCH', `/sobjects/Lead/${id}`, { body: { Rating: 'Cold' }, headers: { 'if-unmodified-since': since } });

    expect([stale.status, stale.body]).toEqual([412, '']);
    expect(w.sandbox.state.record('Lead', id)?.Rating).toBe('Hot');
    expect((await raw(w, 'PATCH', `/sobjects/Lead/${id}`, { body: {}, headers: { 'if-unmodified-since': 'yesterday' } })).status).toBe(400);
    expect((await raw(w, 'GET', `/sobjects/Lead/${id}`, { headers: { 'if-modified-since': new Date(w.clock.now()).toUTCString() } })).status).toBe(304);
  });

  it.each([
    [{ LastName: null }, 'REQUIRED_FIELD_MISSING'],
    [{ Company: '' }, 'REQUIRED_FIELD_MISSING'],
    [{ FirstName: 'x'.repeat(41) }, 'STRING_TOO_LONG'],
    [{ Email: 'not an address' }, 'INVALID_EMAIL_ADDRESS'],
    [{ Nope__c: 1 }, 'INVALID_FIELD'],
    [{ IsConverted: true }, 'INVALID_FIELD_FOR_INSERT_UPDATE'],
    [{ SystemModstamp: '2026-01-01T00:00:00Z' }, 'INVALID_FIELD_FOR_INSERT_UPDATE'],
    [{ OwnerId: 'nobody' }, 'MALFORMED_ID'],
    [{ OwnerId: '005Ws0999999999AAA' }, 'INVALID_CROSS_REFERENCE_KEY'],
    [{ AnnualRevenue: 'much' }, 'JSON_PARSER_ERROR'],
    [{ EmailBouncedDate: 'yesterday' }, 'JSON_PARSER_ERROR'],
    [{ EmailBouncedDate: '2026-02-30T00:00:00Z' }, 'JSON_PARSER_ERROR'],
    [{ Status: 'Closed - Converted' }, 'INVALID_STATUS'],
  ])('refuses %j with %s', async (fields, code) => {
    expect(await codeOf(w.conn.sobject('Lead').create(lead(fields)))).toBe(code);
    expect(w.sandbox.state.counts().Lead).toBeUndefined();
  });

  it('names the fields of a refusal in the shape of a whole call', async () => {
    const { status, body } = await raw(w, 'POST', '/sobjects/Lead', { body: {} });

    expect([status, body]).toEqual([400, [{ message: 'Required fields are missing: [LastName, Company]', errorCode: 'REQUIRED_FIELD_MISSING', fields: ['LastName', 'Company'] }]]);
  });

  it('refuses bodies that are no JSON', async () => {
    expect((await raw(w, 'POST', '/sobjects/Lead', { body: '{"LastName":' })).body).toMatchObject([{ errorCode: 'JSON_PARSER_ERROR' }]);
  });

  it('stores null and empty text as null, trims, and keeps date-times to the whole second', async () => {
    w.sandbox.state.addField('Lead', { name: 'At__c', type: 'DateTime' });
    const { id } = await w.conn.sobject('Lead').create(lead({ Title: '  Boss ', At__c: '2026-11-22T01:02:03.987-03:00', Phone: '1' }));

    await w.conn.sobject('Lead').update({ Id: String(id), Phone: '' });

    expect(w.sandbox.state.record('Lead', String(id))).toMatchObject({ Title: 'Boss', At__c: '2026-11-22T04:02:03.000+0000', Phone: null });
  });
});

describe('stamps', () => {
  it('moves SystemModstamp and LastModified on every update, on one that changes nothing too', async () => {
    const id = admin.create('Lead', lead());
    w.clock.advance(61_500);

    await w.conn.sobject('Lead').update({ Id: id, Company: 'Acme' });

    expect(w.sandbox.state.record('Lead', id)).toMatchObject({
      CreatedDate: '2026-11-22T04:17:39.000+0000',
      SystemModstamp: '2026-11-22T04:18:40.000+0000',
      LastModifiedDate: '2026-11-22T04:18:40.000+0000',
      LastModifiedById: w.sandbox.state.integrationUserId,
      CreatedById: w.sandbox.state.adminUserId,
    });
  });

  it('moves SystemModstamp alone on a phantom change: touch, or a task of the lead', () => {
    const id = admin.create('Lead', lead());
    w.clock.advance(10_000);
    w.sandbox.state.touch('Lead', id);
    expect(w.sandbox.state.record('Lead', id)).toMatchObject({ SystemModstamp: '2026-11-22T04:17:49.000+0000', LastModifiedDate: '2026-11-22T04:17:39.000+0000' });
    w.clock.advance(10_000);

    const task = admin.create('Task', { WhoId: id, Subject: 'Call', ActivityDate: '2026-11-23' });

    expect(w.sandbox.state.record('Lead', id)).toMatchObject({ SystemModstamp: '2026-11-22T04:17:59.000+0000', LastModifiedDate: '2026-11-22T04:17:39.000+0000', LastActivityDate: null });

    admin.update('Task', task, { Status: 'Completed' });

    expect(w.sandbox.state.record('Lead', id)).toMatchObject({ LastModifiedDate: '2026-11-22T04:17:39.000+0000', LastActivityDate: '2026-11-23' });
  });
});

describe('collections', () => {
  it('answers each record on its own, in order, errors as statusCode', async () => {
    const rows = (await w.conn.sobject('Lead').create([lead(), lead({ Company: null }), lead({ Email: 'x' }), lead()])) as unknown as Row[];

    expect(rows.map((r) => r.success)).toEqual([true, false, false, true]);
    expect(rows[1]).toEqual({ success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Company]', fields: ['Company'] }] });
    expect(w.sandbox.state.counts().Lead).toBe(2);
  });

  it('updates by id, a failed row carrying no id', async () => {
    const [a, b] = [admin.create('Lead', lead()), admin.create('Lead', lead())];
    admin.delete('Lead', b);

    const rows = (await w.conn.sobject('Lead').update([{ Id: a, Rating: 'Hot' }, { Id: b, Rating: 'Hot' }, { Id: '00Q000000000001AAA', Rating: 'Hot' }])) as unknown as Row[];

    expect(rows.map((r) => [r.id, r.success, r.errors[0]?.statusCode])).toEqual([[a, true, undefined], [undefined, false, 'ENTITY_IS_DELETED'], [undefined, false, 'INVALID_CROSS_REFERENCE_KEY']]);
  });

  it('rolls all back with allOrNone', async () => {
    const rows = (await w.conn.sobject('Lead').create([lead(), lead({ Company: null })], { allOrNone: true })) as unknown as Row[];

    expect(rows.map((r) => r.errors[0]?.statusCode)).toEqual(['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'REQUIRED_FIELD_MISSING']);
    expect(w.sandbox.state.counts().Lead).toBeUndefined();
  });

  it('takes 200 records and refuses 201 as a whole', async () => {
    const many = (n: number): Record<string, unknown>[] => Array.from({ length: n }, () => ({ attributes: { type: 'Lead' }, ...lead() }));

    expect((await raw(w, 'POST', '/composite/sobjects', { body: { records: many(200) } })).status).toBe(200);
    expect((await raw(w, 'POST', '/composite/sobjects', { body: { records: many(201) } })).body).toMatchObject([{ errorCode: 'EXCEEDED_ID_LIMIT' }]);
    expect(w.sandbox.state.counts().Lead).toBe(200);
  });

  it('counts a chunk wherever the type changes, ten at most', async () => {
    const mixed = (n: number): Record<string, unknown>[] => Array.from({ length: n }, (_, i) => (i % 2 ? { attributes: { type: 'Account' }, Name: 'A' } : { attributes: { type: 'Lead' }, ...lead() }));

    expect((await raw(w, 'POST', '/composite/sobjects', { body: { records: mixed(10) } })).status).toBe(200);
    expect((await raw(w, 'POST', '/composite/sobjects', { body: { records: mixed(11) } })).status).toBe(400);
  });

  it('deletes many, and retrieves many with null for what is not there', async () => {
    const [a, b, c] = [admin.create('Lead', lead({ Title: 'a' })), admin.create('Lead', lead()), admin.create('Lead', lead({ Title: 'c' }))] as [string, string, string];
    const removed = (await w.conn.sobject('Lead').destroy([b, '00Q000000000001AAA'])) as unknown as Row[];

    const found = await w.conn.retrieve('Lead', [c, b, a], { fields: ['Id', 'Title'] });

    expect(removed.map((r) => r.success)).toEqual([true, false]);
    expect(found.map((r) => (r as { Title?: string } | null)?.Title)).toEqual(['c', undefined, 'a']);
    expect(found[1]).toBeNull();
    expect(await codeOf(w.conn.retrieve('Lead', [a], { fields: ['Nope__c'] }))).toBe('INVALID_FIELD');
  });
});

describe('external ids', () => {
  beforeEach(() => {
    w.sandbox.state.addField('Lead', { name: 'Key__c', type: 'Text', length: 64, externalId: true, unique: true });
    w.sandbox.state.addField('Lead', { name: 'Loose__c', type: 'Text', length: 64, externalId: true });
  });

  it('creates with 201, updates with 200, and reads by the external id', async () => {
    const first = await raw(w, 'PATCH', '/sobjects/Lead/Key__c/hs-1', { body: lead() });
    const second = await raw(w, 'PATCH', '/sobjects/Lead/Key__c/HS-1', { body: { Rating: 'Hot' } });

    expect([first.status, first.body]).toMatchObject([201, { success: true, created: true }]);
    expect([second.status, second.body]).toMatchObject([200, { id: (first.body as Row).id, created: false }]);
    expect((await raw(w, 'GET', '/sobjects/Lead/Key__c/hs-1')).body).toMatchObject({ Key__c: 'hs-1', Rating: 'Hot' });
    expect((await raw(w, 'GET', '/sobjects/Lead/Key__c/hs-2')).status).toBe(404);
  });

  it('answers 300 with the urls when several records share it, and jsforce says MULTIPLE_CHOICES', async () => {
    const ids = [admin.create('Lead', lead({ Loose__c: 'x' })), admin.create('Lead', lead({ Loose__c: 'x' }))];

    const { status, body } = await raw(w, 'PATCH', '/sobjects/Lead/Loose__c/x', { body: lead() });

    expect([status, body]).toEqual([300, ids.map((id) => `/services/data/v67.0/sobjects/Lead/${id}`)]);
    expect(await codeOf(w.conn.sobject('Lead').upsert({ ...lead(), Loose__c: 'x' }, 'Loose__c'))).toBe('MULTIPLE_CHOICES');
  });

  it('upserts many, row by row', async () => {
    const a = admin.create('Lead', lead({ Key__c: 'a' }));

    const rows = (await w.conn.sobject('Lead').upsert([{ ...lead(), Key__c: 'a', Title: 'new' }, { ...lead(), Key__c: 'b' }, { Key__c: 'c', LastName: 'x' }, { ...lead(), Key__c: 'B' }], 'Key__c')) as unknown as Row[];

    expect(rows.map((r) => [r.success, r.created, r.errors[0]?.statusCode])).toEqual([[true, false, undefined], [true, true, undefined], [false, false, 'REQUIRED_FIELD_MISSING'], [false, false, 'DUPLICATE_VALUE']]);
    expect(rows[0]?.id).toBe(a);
    expect(await codeOf(w.conn.sobject('Lead').upsert([{ ...lead(), Title: 'x' }], 'Title'))).toBe('NOT_FOUND');
  });

  it('refuses a second record with a unique value, naming the first', () => {
    const a = admin.create('Lead', lead({ Key__c: 'a' }));

    expect(() => admin.create('Lead', lead({ Key__c: 'A' }))).toThrow(`duplicate value found: Key__c duplicates value on record with id: ${a}`);
    const b = admin.create('Lead', lead({ Key__c: 'b' }));
    expect(codeOfCall(() => admin.update('Lead', b, { Key__c: 'a' }))).toBe('DUPLICATE_VALUE');
    admin.delete('Lead', a);
    admin.update('Lead', b, { Key__c: 'a' });
    expect(w.sandbox.state.record('Lead', b)?.Key__c).toBe('a');
  });
});

describe('composite', () => {
  it('runs subrequests in order and lets later ones use earlier answers', async () => {
    const { body } = await raw(w, 'POST', '/composite', {
      body: {
        compositeRequest: [
          { method: 'POST', url: '/services/data/v67.0/sobjects/Account', referenceId: 'acc', body: { Name: 'Acme' } },
          { method: 'POST', url: '/services/data/v67.0/sobjects/Contact', referenceId: 'con', body: { LastName: 'Silva', AccountId: '@{acc.id}' } },
          { method: 'GET', url: `/services/data/v67.0/query/?q=${encodeURIComponent("SELECT Account.Name FROM Contact WHERE Id = ")}'@{con.id}'`, referenceId: 'q' },
          { method: 'GET', url: '/services/data/v67.0/sobjects/Contact/@{q.records[0].Nope}', referenceId: 'bad' },
        ],
      },
    });

    const responses = (body as { compositeResponse: { httpStatusCode: number; referenceId: string; body: unknown }[] }).compositeResponse;

    expect(responses.map((r) => [r.referenceId, r.httpStatusCode])).toEqual([['acc', 201], ['con', 201], ['q', 200], ['bad', 400]]);
    expect(responses[2]?.body).toMatchObject({ totalSize: 1, records: [{ Account: { Name: 'Acme' } }] });
  });

  it('keeps what succeeded without allOrNone and nothing with it', async () => {
    const body = (allOrNone: boolean): unknown => ({
      allOrNone,
      compositeRequest: [
        { method: 'POST', url: '/services/data/v67.0/sobjects/Lead', referenceId: 'a', body: lead() },
        { method: 'POST', url: '/services/data/v67.0/sobjects/Lead', referenceId: 'b', body: {} },
      ],
    });
    const codes = (answer: { body: unknown }): unknown[] => (answer.body as { compositeResponse: { body: { errorCode?: string }[] | object }[] }).compositeResponse.map((r) => (Array.isArray(r.body) ? (r.body[0] as { errorCode?: string }).errorCode : 'done'));

    expect(codes(await raw(w, 'POST', '/composite', { body: body(true) }))).toEqual(['PROCESSING_HALTED', 'REQUIRED_FIELD_MISSING']);
    expect(w.sandbox.state.counts().Lead).toBeUndefined();
    expect(codes(await raw(w, 'POST', '/composite', { body: body(false) }))).toEqual(['done', 'REQUIRED_FIELD_MISSING']);
    expect(w.sandbox.state.counts().Lead).toBe(1);
  });

  it('allows 25 subrequests, 5 of them queries, and costs one call', async () => {
    const requests = (n: number, url: string): unknown => ({ compositeRequest: Array.from({ length: n }, (_, i) => ({ method: 'GET', url, referenceId: `r${i}` })) });
    const used = w.sandbox.state.usage().used;

    expect((await raw(w, 'POST', '/composite', { body: requests(25, '/services/data/v67.0/limits') })).status).toBe(200);
    expect(w.sandbox.state.usage().used).toBe(used + 1);
    expect((await raw(w, 'POST', '/composite', { body: requests(26, '/services/data/v67.0/limits') })).status).toBe(400);
    expect((await raw(w, 'POST', '/composite', { body: requests(5, '/services/data/v67.0/query?q=SELECT+Id+FROM+Lead') })).status).toBe(200);
    expect((await raw(w, 'POST', '/composite', { body: requests(6, '/services/data/v67.0/query?q=SELECT+Id+FROM+Lead') })).status).toBe(400);
  });

  it('carries the headers of the call into its subrequests', async () => {
    w.sandbox.state.assignmentRule(w.sandbox.state.addQueue('Rule'));
    const id = admin.create('Lead', lead());
    const body = { compositeRequest: [{ method: 'PATCH', url: '/services/data/v67.0/composite/sobjects', referenceId: 'u', body: { records: [{ attributes: { type: 'Lead' }, id, Rating: 'Hot' }] } }] };

    await raw(w, 'POST', '/composite', { body, headers: { 'Sforce-Auto-Assign': 'FALSE' } });
    expect(w.sandbox.state.record('Lead', id)).toMatchObject({ Rating: 'Hot', OwnerId: w.sandbox.state.adminUserId });
  });
});

describe('replication', () => {
  const span = (from: number, to: number): string => `?start=${encodeURIComponent(new Date(from).toISOString())}&end=${encodeURIComponent(new Date(to).toISOString())}`;

  it('lists updated and deleted ids by minutes, seconds cut off', async () => {
    const id = admin.create('Lead', lead());
    const gone = admin.create('Lead', lead());
    admin.delete('Lead', gone);
    w.clock.advance(120_000);

    const updated = await w.conn.sobject('Lead').updated(new Date(NOW - 60_000), new Date(NOW + 60_000));
    const deleted = await w.conn.sobject('Lead').deleted(new Date(NOW - 60_000), new Date(NOW + 60_000));

    expect(updated).toEqual({ ids: [id], latestDateCovered: '2026-11-22T04:18:00.000+0000' });
    expect(deleted.deletedRecords).toEqual([{ id: gone, deletedDate: '2026-11-22T04:17:39.000+0000' }]);
    // NOW is 04:17:39: an end of 04:17:59 acts as 04:17:00 and leaves both out.
    expect((await w.conn.sobject('Lead').updated(new Date(NOW - 600_000), new Date(NOW + 20_000))).ids).toEqual([]);
  });

  it.each([
    ['an empty span', 0, 10_000],
    ['a span turned round', 60_000, -60_000],
    ['more than 30 days back', -31 * 86_400_000, 0],
  ])('refuses %s with INVALID_REPLICATION_DATE', async (_name, from, to) => {
    const start = Math.floor(NOW / 60_000) * 60_000;

    expect((await raw(w, 'GET', `/sobjects/Lead/updated/${span(start + from, start + to)}`)).body).toMatchObject([{ errorCode: 'INVALID_REPLICATION_DATE' }]);
  });

  it('looks 15 days back for deletions', async () => {
    expect((await raw(w, 'GET', `/sobjects/Lead/deleted/${span(NOW - 16 * 86_400_000, NOW)}`)).status).toBe(400);
  });

  it('shows a late commit behind the stamps of others, and holds latestDateCovered back until then', async () => {
    const { state } = w.sandbox;
    const open = state.openTransaction();
    const late = open.act(state.adminUserId).create('Lead', lead({ LastName: 'Late' }));
    const locked = admin.create('Lead', lead());
    open.act(state.adminUserId).update('Lead', locked, { Rating: 'Hot' });
    w.clock.advance(300_000);
    const early = admin.create('Lead', lead({ LastName: 'Early' }));
    const read = async (): Promise<unknown[]> => (await w.conn.query("SELECT Id, SystemModstamp FROM Lead WHERE Company = 'Acme' ORDER BY SystemModstamp, Id")).records.map((r) => [r.Id, r.SystemModstamp]);
    const covered = async (): Promise<string> => (await w.conn.sobject('Lead').updated(new Date(NOW - 60_000), new Date(NOW + 300_000))).latestDateCovered;

    expect((await read()).map((r) => (r as string[])[0])).toEqual([locked, early]);
    expect(await covered()).toBe('2026-11-22T04:17:00.000+0000');
    expect(codeOfCall(() => admin.update('Lead', locked, { Rating: 'Cold' }))).toBe('UNABLE_TO_LOCK_ROW');
    expect(codeOfCall(() => open.act(state.adminUserId).create('Lead', {}))).toBe('REQUIRED_FIELD_MISSING');

    open.commit();

    expect((await read())[0]).toEqual([late, '2026-11-22T04:17:39.000+0000']);
    expect(state.record('Lead', locked)?.Rating).toBe('Hot');
    expect(await covered()).toBe('2026-11-22T04:22:00.000+0000');
  });

  it('leaves nothing of a transaction that is rolled back', () => {
    const open = w.sandbox.state.openTransaction();
    open.act(w.sandbox.state.adminUserId).create('Lead', lead());

    open.rollback();

    expect(w.sandbox.state.counts().Lead).toBeUndefined();
  });
});

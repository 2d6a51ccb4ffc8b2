import { codeOf, raw, world, type World } from './support';

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(() => w.close());

const ids = (records: { Id?: string | undefined }[]): (string | undefined)[] => records.map((r) => r.Id);

describe('SOQL', () => {
  let ana: string;
  let bia: string;
  let cai: string;
  let queue: string;
  beforeEach(() => {
    const { state } = w.sandbox;
    const rep = state.addUser({ Name: 'Rita Rep' });
    queue = state.addQueue('Inbound');
    state.addField('Lead', { name: 'Topics__c', type: 'MultiselectPicklist', values: ['a', 'b', 'c'] });
    const act = state.act(rep);
    ana = act.create('Lead', { FirstName: 'Ana', LastName: "O'Neil", Company: 'Acme', Email: 'Ana@Example.com', LeadSource: 'Web', AnnualRevenue: 10, Topics__c: 'a;b' });
    w.clock.advance(60_000);
    bia = act.create('Lead', { FirstName: 'Bia', LastName: 'Souza', Company: 'Acme', Email: 'bia@example.com', OwnerId: queue, AnnualRevenue: 30 });
    w.clock.advance(60_000);
    cai = act.create('Lead', { FirstName: 'Cai', LastName: '100%_sure', Company: 'Zenith', AnnualRevenue: 20, DoNotCall: true, Topics__c: 'c' });
  });

  it.each([
    ["Email = 'ana@example.com'", ['ana']],
    ["LastName = 'O\\'Neil'", ['ana']],
    ["Email != 'bia@example.com'", ['ana', 'cai']],
    ['Email = null', ['cai']],
    ['Email != null', ['ana', 'bia']],
    ["Email = ''", ['cai']],
    ['AnnualRevenue > 10 AND AnnualRevenue <= 30', ['bia', 'cai']],
    ["LeadSource = 'Web' OR (DoNotCall = true AND Company = 'ZENITH')", ['ana', 'cai']],
    ["NOT (LeadSource = 'Web')", ['bia', 'cai']],
    ["Company LIKE 'ac%'", ['ana', 'bia']],
    ["LastName LIKE '100\\\\%\\\\_%'", ['cai']],
    ["Company IN ('Zenith', 'None')", ['cai']],
    ["Company NOT IN ('Zenith')", ['ana', 'bia']],
    ["LeadSource NOT IN ('Web')", ['bia', 'cai']],
    ['SystemModstamp >= 2026-11-22T04:18:39Z', ['bia', 'cai']],
    ['SystemModstamp > 2026-11-22T04:18:39.000+00:00 AND SystemModstamp < 2026-11-23T00:00:00Z', ['cai']],
    ['CreatedDate = TODAY', ['ana', 'bia', 'cai']],
    ['CreatedDate < TODAY', []],
    ['CreatedDate = LAST_N_DAYS:3', ['ana', 'bia', 'cai']],
    ["Owner.Name = 'Inbound'", ['bia']],
    ["Owner.Type = 'User'", ['ana', 'cai']],
    ["Topics__c INCLUDES ('a', 'c')", ['ana', 'cai']],
    ["Topics__c INCLUDES ('a;b')", ['ana']],
    ["Topics__c EXCLUDES ('a')", ['bia', 'cai']],
    ["Id IN (SELECT WhoId FROM Task WHERE Subject = 'x')", []],
    ["OwnerId IN (SELECT Id FROM Group WHERE Type = 'Queue')", ['bia']],
  ])('WHERE %s', async (where, expected) => {
    const names = { ana, bia, cai } as Record<string, string>;

    const result = await w.conn.query(`SELECT Id FROM Lead WHERE ${where} ORDER BY CreatedDate`);

    expect(ids(result.records)).toEqual(expected.map((n) => names[n]));
    expect(result.totalSize).toBe(expected.length);
  });

  it('answers attributes, values in their types, relationships nested and null without a reference', async () => {
    const { body } = await raw(w, 'GET', `/query?q=${encodeURIComponent(`SELECT Id, Email, DoNotCall, AnnualRevenue, CreatedDate, Owner.Name, Owner.Type, LastModifiedBy.Name, ConvertedAccount.Name FROM Lead WHERE Id = '${bia}'`)}`);

    const lead = (body as { records: Record<string, unknown>[] }).records[0];

    expect(body).toMatchObject({ totalSize: 1, done: true });
    expect(lead).toEqual({
      attributes: { type: 'Lead', url: `/services/data/v67.0/sobjects/Lead/${bia}` },
      Id: bia,
      Email: 'bia@example.com',
      DoNotCall: false,
      AnnualRevenue: 30,
      CreatedDate: '2026-11-22T04:18:39.000+0000',
      Owner: { attributes: { type: 'Name', url: `/services/data/v67.0/sobjects/Group/${queue}` }, Name: 'Inbound', Type: 'Queue' },
      LastModifiedBy: { attributes: { type: 'User', url: expect.stringContaining('/sobjects/User/005') as string }, Name: 'Rita Rep' },
      ConvertedAccount: null,
    });
  });

  it('orders by several fields, empty values first unless told otherwise', async () => {
    const order = async (by: string): Promise<(string | undefined)[]> => ids((await w.conn.query(`SELECT Id FROM Lead ORDER BY ${by}`)).records);

    expect(await order('Company DESC, AnnualRevenue DESC')).toEqual([cai, bia, ana]);
    expect(await order('Email')).toEqual([cai, ana, bia]);
    expect(await order('Email NULLS LAST')).toEqual([ana, bia, cai]);
    expect(await order('Email DESC NULLS LAST')).toEqual([bia, ana, cai]);
    expect(await order('CreatedDate LIMIT 1 OFFSET 1')).toEqual([bia]);
  });

  it('counts and groups', async () => {
    expect((await w.conn.query('SELECT COUNT() FROM Lead')).totalSize).toBe(3);
    const groups = await w.conn.query('SELECT Company, COUNT(Id), SUM(AnnualRevenue) total FROM Lead GROUP BY Company HAVING COUNT(Id) > 0 ORDER BY COUNT(Id) DESC');
    expect(groups.records).toEqual([
      { attributes: { type: 'AggregateResult' }, Company: 'Acme', expr0: 2, total: 40 },
      { attributes: { type: 'AggregateResult' }, Company: 'Zenith', expr0: 1, total: 20 },
    ]);
  });

  it('answers child sub-queries, null without children', async () => {
    const task = w.sandbox.state.act(w.sandbox.state.adminUserId).create('Task', { WhoId: ana, Subject: 'Call' });

    const { records } = await w.conn.query('SELECT Id, (SELECT Id, Subject FROM Tasks) FROM Lead ORDER BY CreatedDate LIMIT 2');

    expect(records[0]?.Tasks).toMatchObject({ totalSize: 1, done: true, records: [{ Id: task, Subject: 'Call' }] });
    expect(records[1]?.Tasks).toBeNull();
  });

  it.each([
    ['SELECT Id FROM Lead WHERE', 'MALFORMED_QUERY'],
    ['SELECT FROM Lead', 'MALFORMED_QUERY'],
    ['SELECT Id, Id FROM Lead', 'MALFORMED_QUERY'],
    ["SELECT Id FROM Lead WHERE Id = 'a' AND Id = 'b' OR Id = 'c'", 'MALFORMED_QUERY'],
    ["SELECT Id FROM Lead WHERE LastName = 'it's'", 'MALFORMED_QUERY'],
    ['SELECT Id FROM Lead WHERE CreatedDate > Thu Jan 01 1970', 'MALFORMED_QUERY'],
    ['SELECT Nope__c FROM Lead', 'INVALID_FIELD'],
    ['SELECT Nope.Name FROM Lead', 'INVALID_FIELD'],
    ['SELECT Id FROM Lead WHERE Nope__c = 1', 'INVALID_FIELD'],
    ["SELECT Id FROM Lead WHERE SystemModstamp > '2026-11-22T00:00:00Z'", 'INVALID_FIELD'],
    ['SELECT Id FROM Lead WHERE LastName = 5', 'INVALID_FIELD'],
    ["SELECT Id FROM Lead WHERE Description = 'x'", 'INVALID_FIELD'],
    ['SELECT Id FROM Nope', 'INVALID_TYPE'],
    ['SELECT IsoCode FROM CurrencyType', 'INVALID_TYPE'],
    ["SELECT Id FROM Lead WHERE Id = 'xyz'", 'INVALID_QUERY_FILTER_OPERATOR'],
    ['SELECT Id FROM Lead OFFSET 2001', 'NUMBER_OUTSIDE_VALID_RANGE'],
  ])('refuses %s as %s', async (soql, code) => {
    expect(await codeOf(w.conn.query(soql))).toBe(code);
  });

  it('names the column and the place of a missing field', async () => {
    await expect(w.conn.query('SELECT Id, Nope__c FROM Lead')).rejects.toThrow(/\^\nERROR at Row:1:Column:12\nNo such column 'Nope__c' on entity 'Lead'/);
  });

  it('answers columns=true, without which the Salesforce CLI fails', async () => {
    const { body } = await raw(w, 'GET', '/query?q=SELECT+Id,Owner.Name+FROM+Lead&columns=true');

    expect(body).toMatchObject({ entityName: 'Lead', columnMetadata: [{ columnName: 'Id', joinColumns: [], aggregate: false }, { columnName: 'Owner.Name' }] });
  });

  it('selects all fields that the user sees with FIELDS(ALL)', async () => {
    w.sandbox.state.hideField('Lead', 'Phone');

    const record = (await w.conn.query('SELECT FIELDS(ALL) FROM Lead LIMIT 1')).records[0];

    expect(record).toHaveProperty('Topics__c');
    expect(record).not.toHaveProperty('Phone');
    expect(await codeOf(w.conn.query('SELECT FIELDS(ALL) FROM Lead'))).toBe('MALFORMED_QUERY');
  });
});

describe('pages', () => {
  beforeEach(() => {
    w.sandbox.state.load('Lead', Array.from({ length: 450 }, (_, i) => ({ LastName: `L${String(i).padStart(3, '0')}`, Company: 'C' })));
  });

  it('takes the page size from the header, 200 at least, and ends without nextRecordsUrl', async () => {
    const first = await w.conn.query('SELECT LastName FROM Lead ORDER BY LastName', { headers: { 'Sforce-Query-Options': 'batchSize=10' } });
    const { body } = await raw(w, 'GET', String(first.nextRecordsUrl).replace(w.url, ''));
    const third = await w.conn.queryMore((body as { nextRecordsUrl: string }).nextRecordsUrl);

    expect([first.records.length, first.done, first.totalSize]).toEqual([200, false, 450]);
    expect((body as { nextRecordsUrl: string }).nextRecordsUrl).toMatch(/^\/services\/data\/v67\.0\/query\/01g\w+-400$/);
    expect([third.records.length, third.done, third.nextRecordsUrl, third.records[49]?.LastName]).toEqual([50, true, undefined, 'L449']);
  });

  it('walks all pages for jsforce, each row once', async () => {
    const all = await w.conn.query('SELECT LastName FROM Lead', { autoFetch: true, maxFetch: 1000, headers: { 'Sforce-Query-Options': 'batchSize=200' } });

    expect(new Set(all.records.map((r) => r.LastName as string)).size).toBe(450);
  });

  it('reads later pages as they are then: a row deleted meanwhile is gone, a new one does not appear', async () => {
    const first = await w.conn.query('SELECT Id FROM Lead ORDER BY LastName', { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    const act = w.sandbox.state.act(w.sandbox.state.adminUserId);
    const last = [...w.sandbox.state.records('Lead')].find((r) => r.LastName === 'L449');
    act.delete('Lead', String(last?.Id));
    act.create('Lead', { LastName: 'L300a', Company: 'C' });

    const second = await w.conn.queryMore(String(first.nextRecordsUrl));
    const third = await w.conn.queryMore(String(second.nextRecordsUrl));

    expect([second.records.length, third.records.length]).toEqual([200, 49]);
  });

  it('forgets a locator after two days', async () => {
    const first = await w.conn.query('SELECT Id FROM Lead', { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    w.sandbox.state.setSessionMinutes(100_000);
    w.clock.advance(2 * 86_400_000 + 1000);

    expect(await codeOf(w.conn.queryMore(String(first.nextRecordsUrl)))).toBe('INVALID_QUERY_LOCATOR');
  });

  it('finds deleted rows with queryAll only', async () => {
    const id = String([...w.sandbox.state.records('Lead')][0]?.Id);
    w.sandbox.state.act(w.sandbox.state.adminUserId).delete('Lead', id);

    expect((await w.conn.query('SELECT Id FROM Lead WHERE IsDeleted = true')).totalSize).toBe(0);
    expect(ids((await w.conn.query('SELECT Id FROM Lead WHERE IsDeleted = true', { scanAll: true })).records)).toEqual([id]);
  });
});

describe('field-level security and sharing', () => {
  it('makes a hidden field unknown to SOQL, describe and writes (M5)', async () => {
    w.sandbox.state.hideField('Lead', 'HasOptedOutOfEmail');

    const describe = await w.conn.describe('Lead');

    expect(describe.fields.some((f) => f.name === 'HasOptedOutOfEmail')).toBe(false);
    expect(await codeOf(w.conn.query('SELECT HasOptedOutOfEmail FROM Lead'))).toBe('INVALID_FIELD');
    expect(await codeOf(w.conn.sobject('Lead').create({ LastName: 'A', Company: 'B', HasOptedOutOfEmail: true }))).toBe('INVALID_FIELD');
    w.sandbox.state.hideField('Lead', 'HasOptedOutOfEmail', { hidden: false });
    expect((await w.conn.query('SELECT HasOptedOutOfEmail FROM Lead')).totalSize).toBe(0);
  });

  it('lets a field be read and not written', async () => {
    w.sandbox.state.hideField('Lead', 'Rating', { mode: 'edit' });
    const describe = await w.conn.describe('Lead');

    expect(describe.fields.find((f) => f.name === 'Rating')).toMatchObject({ updateable: false, createable: false });
    expect(await codeOf(w.conn.sobject('Lead').create({ LastName: 'A', Company: 'B', Rating: 'Hot' }))).toBe('INVALID_FIELD_FOR_INSERT_UPDATE');
  });

  it('hides an object and a record from the integration user only', async () => {
    const { state } = w.sandbox;
    const id = state.act(state.adminUserId).create('Lead', { LastName: 'A', Company: 'B' });
    state.hideRecord('Lead', id);
    state.hideObject('Campaign');

    expect((await w.conn.query('SELECT Id FROM Lead')).totalSize).toBe(0);
    expect(await codeOf(w.conn.sobject('Lead').retrieve(id))).toBe('NOT_FOUND');
    expect(await codeOf(w.conn.query('SELECT Id FROM Campaign'))).toBe('INVALID_TYPE');
    expect((await w.conn.describeGlobal()).sobjects.some((s) => s.name === 'Campaign')).toBe(false);
    expect(state.query('SELECT Id FROM Lead')).toHaveLength(1);
  });
});

describe('describe', () => {
  it('tells types, lengths, pick-lists and flags', async () => {
    w.sandbox.state.addField('Lead', { name: 'Key__c', type: 'Text', length: 64, externalId: true, unique: true });

    const lead = await w.conn.describe('Lead');
    const field = (name: string): unknown => lead.fields.find((f) => f.name === name);

    expect(lead).toMatchObject({ name: 'Lead', keyPrefix: '00Q', mergeable: true, createable: true });
    expect(field('LastName')).toMatchObject({ type: 'string', length: 80, nillable: false, custom: false });
    expect(field('Email')).toMatchObject({ type: 'email', length: 80, idLookup: true, unique: false });
    expect(field('IsConverted')).toMatchObject({ type: 'boolean', updateable: false });
    expect(field('OwnerId')).toMatchObject({ type: 'reference', referenceTo: ['Group', 'User'], relationshipName: 'Owner' });
    expect(field('Key__c')).toMatchObject({ custom: true, externalId: true, unique: true, length: 64 });
    expect((field('Status') as { picklistValues: { value: string }[] }).picklistValues.map((v) => v.value)).toEqual(['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted', 'Closed - Not Converted']);
    expect(field('CurrencyIsoCode')).toBeUndefined();
    expect(field('RecordTypeId')).toBeUndefined();
  });

  it('shows CurrencyIsoCode and CurrencyType only in a multi-currency org', async () => {
    w.sandbox.state.setCurrencies({ USD: 1, BRL: 5.5 });

    expect((await w.conn.describe('Opportunity')).fields.some((f) => f.name === 'CurrencyIsoCode')).toBe(true);
    expect((await w.conn.query('SELECT IsoCode, ConversionRate, IsCorporate FROM CurrencyType ORDER BY IsoCode')).records).toMatchObject([{ IsoCode: 'BRL', ConversionRate: 5.5 }, { IsoCode: 'USD', IsCorporate: true }]);
  });

  it('answers lead statuses, stages, users, queues, business hours', async () => {
    expect((await w.conn.query('SELECT ApiName, IsConverted, IsDefault FROM LeadStatus ORDER BY SortOrder')).records).toMatchObject([
      { ApiName: 'Open - Not Contacted', IsConverted: false, IsDefault: true },
      { ApiName: 'Working - Contacted' },
      { ApiName: 'Closed - Converted', IsConverted: true },
      { ApiName: 'Closed - Not Converted', IsConverted: false },
    ]);
    expect((await w.conn.query("SELECT ApiName, DefaultProbability FROM OpportunityStage WHERE IsWon = true")).records).toMatchObject([{ ApiName: 'Closed Won', DefaultProbability: 100 }]);
    expect((await w.conn.query('SELECT TimeZoneSidKey, MondayStartTime, SundayStartTime FROM BusinessHours')).records).toMatchObject([{ MondayStartTime: '09:00:00.000Z', SundayStartTime: null }]);
    expect((await raw(w, 'GET', '/sobjects/Lead')).body).toMatchObject({ objectDescribe: { name: 'Lead', keyPrefix: '00Q' } });
    expect((await raw(w, 'GET', '/sobjects/Nope/describe')).status).toBe(404);
  });
});

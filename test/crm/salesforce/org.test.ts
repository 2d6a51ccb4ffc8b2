import { generateKeyPairSync } from 'node:crypto';
import type { CrmRecord } from '../../../src/domain/record';
import { callsOf, world, type World } from './world';

let on: World;
beforeEach(async () => {
  on = await world();
});
afterEach(() => on.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const byId = (records: CrmRecord[], id: string): CrmRecord | undefined => records.find((record) => record.ref.id === id);
const stage = { lead: ['Status', 'Concord_Stage__c'], contact: ['Concord_Stage__c'] };

describe('connecting', () => {
  test('a quiet org costs four calls: token, who is there, fields, changes', async () => {
    on.clock.advance(HOUR);

    await on.port.connect();
    await on.port.describe();
    await on.read(on.clock.now() - 600_000);

    expect(callsOf(on.sandbox)).toEqual(['POST /services/oauth2/token', 'POST /composite', 'POST /composite', 'POST /composite']);
    expect(on.port.usage()).toMatchObject({ calls: 4, quota: { limit: 100_000 } });

    on.sandbox.calls.clear();
    await on.read(on.clock.now() - 600_000);
    expect(callsOf(on.sandbox)).toEqual(['POST /composite']);
  });

  test('JWT bearer, checked against the certificate', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    on.state.certificate = publicKey;
    const { clientSecret: _unused, ...jwt } = { clientSecret: '', privateKey, username: on.sandbox.username };

    await expect(on.another(jwt).connect()).resolves.toMatchObject({ credential: 'JWT bearer', actingAs: { name: 'Concord Integration' } });
    await expect(on.another({ ...jwt, username: 'nobody@acme.com' }).connect()).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('statuses that only conversion may set, and stages that close, are marked', async () => {
    const description = await on.port.describe();

    expect(description.lead?.['Status']?.options?.filter((option) => option.converted).map((option) => option.value)).toEqual(['Closed - Converted']);
    expect(description.opportunity?.['StageName']?.options?.filter((option) => option.closed).map((option) => option.value)).toEqual(['Closed Won', 'Closed Lost']);
    expect(description.lead?.['Concord_HubSpot_Id__c']).toMatchObject({ type: 'text', unique: true, length: 64, writable: true });
  });
});

describe('reading', () => {
  test('leads, contacts, opportunities and roles, with conversion between them (I2)', async () => {
    const lead = on.rep.create('Lead', { LastName: 'Ana', Company: 'Acme', Email: 'ana@acme.mx', Status: 'Open - Not Contacted', Concord_HubSpot_Id__c: '512' });
    const done = on.rep.convertLead({ leadId: lead, convertedStatus: 'Closed - Converted', opportunityName: 'Acme deal' });

    const { records, pages } = await on.read(null, ['lead', 'contact', 'opportunity', 'role'], stage);

    expect(pages.map((page) => [page.object, page.records.length, page.readUpTo !== undefined])).toEqual([['lead', 1, true], ['contact', 1, true], ['opportunity', 1, true], ['role', 1, true]]);
    expect(byId(records, lead)).toMatchObject({
      ref: { object: 'lead' }, carries: { hubspotContact: '512' }, emails: ['ana@acme.mx'], fields: { Status: 'Closed - Converted' }, owner: { id: on.repId, kind: 'user' },
      conversion: { contactId: done.contactId, accountId: done.accountId, opportunityId: done.opportunityId, on: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) as unknown },
    });
    expect(byId(records, done.contactId)).toMatchObject({ ref: { object: 'contact' }, accountId: done.accountId, modifiedBy: { id: on.repId } });
    expect(byId(records, done.opportunityId ?? '')).toMatchObject({ opportunity: { name: 'Acme deal', accountId: done.accountId, isClosed: false } });
    expect(records.find((record) => record.ref.object === 'role')).toMatchObject({ role: { opportunityId: done.opportunityId, contactId: done.contactId } });
  });

  test('M5: a field that is hidden while the port lives is left out at the next read, unknown', async () => {
    const lead = on.rep.create('Lead', { LastName: 'Ana', Company: 'Acme', Concord_Stage__c: 'mql' });
    expect(byId((await on.read(null, ['lead'], stage)).records, lead)?.fields).toMatchObject({ Concord_Stage__c: 'mql' });

    on.state.hideField('Lead', 'Concord_Stage__c');

    expect(byId((await on.read(null, ['lead'], stage)).records, lead)?.fields).toEqual({ Status: 'Open - Not Contacted' });
    on.state.hideField('Lead', 'Status');
    expect((await on.port.byIds('lead', [lead], stage)).records[0]?.fields).toEqual({});
    on.state.hideField('Lead', 'HasOptedOutOfEmail');
    expect((await on.port.byEmails(['nobody@acme.mx'], stage)).flatMap((page) => page.records)).toEqual([]);
  });

  test('an object that is hidden is announced and read no further; its watermark does not move (W6)', async () => {
    on.state.hideObject('Opportunity');
    on.rep.create('Lead', { LastName: 'Ana', Company: 'Acme' });

    const { pages } = await on.read(null, ['lead', 'opportunity']);

    expect(pages.find((page) => page.object === 'opportunity')).toMatchObject({ records: [], problems: [{ code: 'no_permission' }] });
    expect(pages.find((page) => page.object === 'opportunity')).not.toHaveProperty('readUpTo');
    expect(pages.find((page) => page.object === 'lead')).toMatchObject({ records: [expect.anything()] });
  });

  test('phantom stamps bring a record back with the same values', async () => {
    const lead = on.rep.create('Lead', { LastName: 'Ana', Company: 'Acme' });
    on.clock.advance(HOUR);
    on.state.touch('Lead', lead);

    expect((await on.read(on.clock.now() - 1000, ['lead'], stage)).records.map((record) => record.ref.id)).toEqual([lead]);
  });

  test('queries with very many fields fit nowhere but in a composite’s body', async () => {
    const fields = Array.from({ length: 300 }, (_, n) => `A_Rather_Long_Field_Name_${n}__c`);
    for (const name of fields) on.state.addField('Lead', { name, type: 'Text' });
    const at = on.clock.now() - 60_000;
    on.state.load('Lead', Array.from({ length: 2100 }, (_, n) => ({ LastName: `L${n}`, Company: 'C', SystemModstamp: at, [fields[299] ?? '']: `v${n}` })));

    const { records } = await on.read(at, ['lead'], { lead: fields });

    expect(new Set(records.map((record) => record.fields[fields[299] ?? ''])).size).toBe(2100);
    expect(callsOf(on.sandbox).filter((call) => call.startsWith('GET'))).toEqual([]);
  });
});

describe('reading everything of a large org', () => {
  const load = (count: number): void => {
    on.state.load('Lead', Array.from({ length: count }, (_, n) => ({ LastName: `L"${n}",\nx`, Company: 'C', Email: `p${n}@acme.mx`, Concord_Score__c: n, Concord_MQL_At__c: '2026-11-22T04:17:39Z', HasOptedOutOfEmail: n % 2 === 0 })));
  };
  const fields = { lead: ['LastName', 'Concord_Score__c', 'Concord_MQL_At__c', 'Concord_Stage__c'] };

  test('goes on as a bulk job after the first page, in pages of its own, each record once', async () => {
    load(13_000);

    const { pages, records } = await on.read(null, ['lead'], fields);

    expect(new Set(records.map((record) => record.fields['Concord_Score__c'])).size).toBe(13_000);
    expect(records).toHaveLength(13_000);
    expect(pages.filter((page) => page.readUpTo !== undefined)).toEqual([pages.at(-1)]);
    expect(callsOf(on.sandbox).filter((call) => call.includes('/results'))).toHaveLength(6);
    // The first page, then five results pages of 2,000 rows and the rest, handed on by the thousand.
    expect(pages.length).toBe(12);
  });

  test('gives the same records as pages would', async () => {
    load(2_500);
    const { records: bulk } = await on.read(null, ['lead'], fields);
    const { records: rest } = await on.read(0, ['lead'], fields);
    const sorted = (list: CrmRecord[]): CrmRecord[] => list.toSorted((a, b) => (a.ref.id < b.ref.id ? -1 : 1));

    expect(callsOf(on.sandbox)).toContain('POST /jobs/query');
    expect(sorted(bulk)).toEqual(sorted(rest));
    expect(bulk.at(-1)?.fields).toMatchObject({ LastName: expect.stringMatching(/^L"\d+",\nx$/) as unknown, Concord_MQL_At__c: '2026-11-22T04:17:39.000Z', Concord_Stage__c: null });
  });

  test('the deleted and the merged are in it', async () => {
    load(2_100);
    const lost = on.rep.create('Lead', { LastName: 'Z', Company: 'C' });
    const survivor = on.rep.create('Lead', { LastName: 'Y', Company: 'C' });
    on.rep.merge('Lead', survivor, [lost]);

    expect(byId((await on.read(null, ['lead'])).records, lost)?.gone).toEqual({ how: 'merged', into: survivor });
  });

  test.each<[string, number, unknown]>([
    ['refused', 400, [{ errorCode: 'INVALIDENTITY', message: 'Entity is not supported by the Bulk API.' }]],
    ['forbidden', 403, [{ errorCode: 'API_DISABLED_FOR_ORG', message: 'not enabled' }]],
  ])('a job that is %s is read by pages instead', async (_how, status, body) => {
    load(4_500);
    on.sandbox.faults.add({ match: { method: 'POST', path: '/jobs/query$' }, action: { do: 'answer', status, body } });

    const { pages, records } = await on.read(null, ['lead'], fields);

    expect(new Set(records.map((record) => record.ref.id)).size).toBe(4_500);
    expect(records).toHaveLength(4_500);
    expect(pages.filter((page) => page.readUpTo !== undefined)).toEqual([pages.at(-1)]);
  });

  test('a job that fails is read by pages instead', async () => {
    load(2_500);
    on.sandbox.faults.add({ match: { method: 'GET', path: '/jobs/query/[^/]+$' }, action: { do: 'answer', status: 200, body: { id: '750000000000001AAA', state: 'Failed', errorMessage: 'InternalServerError' } } });

    expect((await on.read(null, ['lead'], fields)).records).toHaveLength(2_500);
  });

  test('while one object is read, the next one’s job is waited for', async () => {
    load(4_500);
    on.state.load('Contact', Array.from({ length: 2_100 }, (_, n) => ({ LastName: `C${n}`, Email: `c${n}@acme.mx` })));
    const pages = on.port.read({ since: { lead: null, contact: null }, fields })[Symbol.asyncIterator]();
    const polled = (): Set<string> => new Set(callsOf(on.sandbox).filter((call) => /^GET .jobs.query.[^/]+$/.test(call)));

    await pages.next();
    await pages.next();
    while (polled().size < 2) await new Promise((resolve) => setTimeout(resolve, 5));

    expect((await pages.next()).value).toMatchObject({ object: 'lead' });
    await pages.return?.();
  });

  test('a reading that is left early waits for no job and asks nothing more', async () => {
    load(2_500);
    const job = { id: '750000000000001AAA', state: 'InProgress' };
    on.sandbox.faults.add({ match: { method: 'GET', path: '/jobs/query/[^/]+$' }, action: { do: 'answer', status: 200, body: job } });
    const slept: boolean[] = [];
    const sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        slept.push(signal !== undefined);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    const pages = on.another({ sleep }).read({ since: { lead: null }, fields })[Symbol.asyncIterator]();

    await pages.next();
    while (slept.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await pages.return?.();
    const asked = on.sandbox.calls.count;
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(slept).toEqual([true]);
    expect(on.sandbox.calls.count).toBe(asked);
  });

  test('a page of results that is cut is fetched again, none twice', async () => {
    load(9_000);
    on.sandbox.faults.add({ match: { path: '/results' }, action: { do: 'truncate-after' }, skip: 1 });

    const { records } = await on.read(null, ['lead'], fields, on.another({ deadlineMs: 3_000 }));

    expect(new Set(records.map((record) => record.ref.id)).size).toBe(9_000);
    expect(records).toHaveLength(9_000);
  });
});

describe('looking things up', () => {
  test('by id: two thousand in a call, gone ones found among the deleted, ids of either length', async () => {
    const ids = Array.from({ length: 450 }, (_, n) => on.rep.create('Lead', { LastName: `L${n}`, Company: 'C' }));
    on.rep.delete('Lead', ids[7] ?? '');
    await on.port.describe();
    on.sandbox.calls.clear();

    const page = await on.port.byIds('lead', [...ids, (ids[0] ?? '').slice(0, 15)], {});

    expect(page.records.map((record) => record.ref.id).sort()).toEqual(ids.toSorted());
    expect(byId(page.records, ids[7] ?? '')?.gone).toEqual({ how: 'deleted' });
    expect(callsOf(on.sandbox)).toEqual(['POST /composite/sobjects/Lead', 'GET /queryAll']);
  });

  test('by e-mail: leads and contacts, case aside, quotes and backslashes in the address', async () => {
    const odd = "o'brien@acme.mx";
    const lead = on.rep.create('Lead', { LastName: 'B', Company: 'C', Email: odd });
    const contact = on.rep.create('Contact', { LastName: 'B', Email: 'Ana@Acme.mx' });
    await on.port.describe();
    on.sandbox.calls.clear();

    const pages = await on.port.byEmails([odd, 'ana@acme.mx', 'x\\'], {});

    expect(pages.flatMap((page) => page.records.map((record) => record.ref.id)).sort()).toEqual([lead, contact].sort());
    expect(callsOf(on.sandbox)).toEqual(['POST /composite']);
    expect(await on.port.byEmails(['', ' '], {})).toEqual([]);
  });

  test('by identity', async () => {
    const lead = on.rep.create('Lead', { LastName: 'B', Company: 'C', Concord_HubSpot_Id__c: '512' });

    expect((await on.port.byIdentity('lead', 'Concord_HubSpot_Id__c', ['512', '513'], {})).records.map((record) => record.ref.id)).toEqual([lead]);
  });

  test('field history: newest first, with who and when; an org without it has none', async () => {
    const lead = on.rep.create('Lead', { LastName: 'B', Company: 'C' });
    expect(await on.port.histories('lead', [lead], ['Status'])).toEqual(new Map());

    const queue = on.state.addQueue('Nuevos');
    on.state.trackHistory('Lead', ['Status', 'OwnerId', 'Concord_MQL_At__c']);
    on.clock.set(Date.UTC(2026, 10, 22, 9));
    on.rep.update('Lead', lead, { Status: 'Working - Contacted' });
    on.clock.set(Date.UTC(2026, 10, 22, 10));
    on.rep.update('Lead', lead, { Status: 'Closed - Not Converted', Concord_MQL_At__c: '2026-11-21T00:00:00Z' });
    on.rep.update('Lead', lead, { OwnerId: queue });

    const versions = (await on.port.histories('lead', [lead], ['Status', 'Concord_MQL_At__c', 'OwnerId', 'Rating'])).get(lead);

    expect(versions?.['Status']).toEqual([
      { value: 'Closed - Not Converted', at: Date.UTC(2026, 10, 22, 10), by: { id: on.repId } },
      { value: 'Working - Contacted', at: Date.UTC(2026, 10, 22, 9), by: { id: on.repId } },
    ]);
    expect(versions?.['Concord_MQL_At__c']?.[0]?.value).toBe('2026-11-21T00:00:00.000Z');
    expect(versions?.['OwnerId']?.map((version) => version.value)).toEqual([queue]);
    expect(versions).not.toHaveProperty('Rating');
  });

  test('L12: an opportunity was closed when it entered the stage it is closed in, whatever else changed later', async () => {
    const account = on.rep.create('Account', { Name: 'Acme' });
    on.clock.set(Date.UTC(2026, 10, 1));
    const make = (): string => on.rep.create('Opportunity', { Name: 'D', AccountId: account, StageName: 'Prospecting', CloseDate: '2026-12-01', Amount: 10 });
    const [lost, reopened, open] = [make(), make(), make()];
    on.clock.set(Date.UTC(2026, 10, 5));
    on.rep.update('Opportunity', lost, { StageName: 'Closed Lost' });
    on.rep.update('Opportunity', reopened, { StageName: 'Closed Lost' });
    on.clock.set(Date.UTC(2026, 10, 9));
    on.rep.update('Opportunity', lost, { Amount: 20 });
    on.rep.update('Opportunity', reopened, { StageName: 'Prospecting' });

    expect(await on.port.closedAt([lost, reopened, open])).toEqual(new Map([[lost, Date.UTC(2026, 10, 5)]]));

    on.clock.set(Date.UTC(2026, 10, 12));
    on.rep.update('Opportunity', reopened, { StageName: 'Closed Won' });
    expect((await on.port.closedAt([reopened])).get(reopened)).toBe(Date.UTC(2026, 10, 12));
  });

  test('I7: opportunities of accounts come with their roles', async () => {
    const [account, other] = [on.rep.create('Account', { Name: 'Acme' }), on.rep.create('Account', { Name: 'Other' })];
    const contact = on.rep.create('Contact', { LastName: 'B', AccountId: account });
    const deal = on.rep.create('Opportunity', { Name: 'D', AccountId: account, StageName: 'Prospecting', CloseDate: '2026-12-01' });
    on.rep.create('Opportunity', { Name: 'E', AccountId: other, StageName: 'Prospecting', CloseDate: '2026-12-01' });
    const role = on.rep.create('OpportunityContactRole', { OpportunityId: deal, ContactId: contact, Role: 'Decision Maker', IsPrimary: true });

    const pages = await on.port.opportunitiesOfAccounts([account], {});

    expect(pages.flatMap((page) => page.records.map((record) => record.ref.id))).toEqual([deal, role]);
    expect(await on.port.opportunitiesOfAccounts([], {})).toEqual([]);
  });

  test('accounts by the domain of their website, however it was typed; several are none, public mail providers are nobody’s', async () => {
    const made = (website: string | null): string => on.rep.create('Account', { Name: website ?? 'Silent', ...(website === null ? {} : { Website: website }) });
    const typed = Object.fromEntries(['uno.example', 'www.dos.example', 'HTTPS://Tres.Example/mx?x=1', 'http://www.cuatro.example:8080', ' cinco.example/ '].map((website) => [website.trim().toLowerCase().replace(/^https?:\/\//, '').replace(/^www\./, '').replace(/[/:].*$/, ''), made(website)]));
    for (const website of ['seis.example', 'https://seis.example', 'gmail.com', 'nosiete.example', 'https://fans.example/ocho.example', null]) made(website);

    const found = await on.port.accountsOfDomains([...Object.keys(typed), 'SEIS.example', 'gmail.com', 'siete.example', 'ocho.example', "x' OR Name LIKE '%", '']);

    expect(found).toEqual(new Map<string, string | null>([...Object.entries(typed), ['seis.example', null]]));
    on.sandbox.calls.clear();
    expect(await on.port.accountsOfDomains(['gmail.com', 'no domain'])).toEqual(new Map());
    expect(on.sandbox.calls.count).toBe(0);
  });

  test('names of users and queues, asked for once', async () => {
    const queue = on.state.addQueue('Nuevos');

    expect(await on.port.userNames([on.repId, queue, '005000000000000AAA'])).toEqual(new Map([[on.repId, 'Rosa Rep'], [queue, 'Nuevos']]));
    on.sandbox.calls.clear();
    expect(await on.port.userNames([on.repId, '005000000000000AAA'])).toEqual(new Map([[on.repId, 'Rosa Rep']]));
    expect(on.sandbox.calls.count).toBe(0);
  });

  test('addresses of active users, asked for once; a queue has none', async () => {
    const queue = on.state.addQueue('Nuevos');
    const left = on.state.addUser({ Name: 'Lena Left', IsActive: false });

    expect(await on.port.userEmails([on.repId, queue, left, '005000000000000AAA'])).toEqual(new Map([[on.repId, 'rosa.rep@concord.example']]));
    on.sandbox.calls.clear();
    expect(await on.port.userEmails([on.repId, left, queue])).toEqual(new Map([[on.repId, 'rosa.rep@concord.example']]));
    expect(on.sandbox.calls.count).toBe(0);
  });

  test('who leaves while a server stays up is known within the hour, and one who comes back within minutes', async () => {
    const port = on.another({ now: () => on.clock.now() });
    const away = on.state.addUser({ Name: 'Ada Away', Email: 'ada@concord.example', IsActive: false });
    const emails = async (): Promise<string[]> => [...(await port.userEmails([on.repId, away])).values()];
    expect(await emails()).toEqual(['rosa.rep@concord.example']);
    on.state.setUserActive(on.repId, false);
    on.state.setUserActive(away, true);
    on.clock.advance(6 * MINUTE);
    expect(await emails()).toEqual(['rosa.rep@concord.example', 'ada@concord.example']);
    await port.userNames([away]);
    on.clock.advance(HOUR);
    expect(await emails()).toEqual(['ada@concord.example']);
    on.sandbox.calls.clear();
    // A name may have changed as well; and what was noted by a clock that was ahead does not stand until then.
    await port.userNames([away]);
    expect(on.sandbox.calls.count).toBe(1);
    on.clock.set(on.clock.now() - 24 * HOUR);
    await port.userNames([away]);
    expect(on.sandbox.calls.count).toBe(2);
  });

  test('who is deactivated, as of now; nobody whom it does not know', async () => {
    const queue = on.state.addQueue('Nuevos');
    const left = on.state.addUser({ Name: 'Lena Left', IsActive: false });
    const leaving = on.state.addUser({ Name: 'Leo Leaving' });

    expect(await on.port.inactiveUsers([on.repId, queue, left, leaving, '005000000000000AAA'])).toEqual(new Set([left]));
    on.state.setUserActive(leaving, false);
    expect(await on.port.inactiveUsers([on.repId, left, leaving])).toEqual(new Set([left, leaving]));
    on.sandbox.calls.clear();
    expect(await on.port.inactiveUsers([queue])).toEqual(new Set());
    expect(on.sandbox.calls.count).toBe(0);
  });
});

describe('writing', () => {
  test('W1: an active assignment rule moves no lead of ours, unless a create asks for it', async () => {
    const queue = on.state.addQueue('Nuevos');
    const lead = on.rep.create('Lead', { LastName: 'B', Company: 'C' });
    on.state.assignmentRule(queue);
    const create = (n: number): { key: string; object: 'lead'; op: 'create'; fields: Record<string, string>; identity: { field: string; value: string } } => ({ key: `c${n}`, object: 'lead', op: 'create', fields: { LastName: 'N', Company: 'C' }, identity: { field: 'Concord_HubSpot_Id__c', value: `${n}` } });

    await on.port.write([{ key: 'u', object: 'lead', op: 'update', id: lead, fields: { Concord_Stage__c: 'mql' } }]);
    const outcomes = await on.port.write([create(1), { ...create(2), assignmentRules: true }]);

    const owners = outcomes.map((one) => (one.outcome === 'done' ? on.state.record('Lead', one.id)?.['OwnerId'] : one));
    expect(on.state.record('Lead', lead)).toMatchObject({ OwnerId: on.repId, Concord_Stage__c: 'mql' });
    expect(owners).toEqual([on.state.integrationUserId, queue]);
  });

  test('refusals of the org, each blamed on its record', async () => {
    const convert = on.rep.create('Lead', { LastName: 'A', Company: 'C' });
    on.rep.convertLead({ leadId: convert, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });
    const lead = on.rep.create('Lead', { LastName: 'B', Company: 'C' });
    const locked = on.rep.create('Lead', { LastName: 'D', Company: 'C' });
    const busy = on.rep.create('Lead', { LastName: 'E', Company: 'C' });
    on.state.lockRow(locked, { times: 2 });
    on.state.lockRow(busy, { times: 99 });
    const update = (id: string, fields: Record<string, string | null>): { key: string; object: 'lead'; op: 'update'; id: string; fields: Record<string, string | null> } => ({ key: id, object: 'lead', op: 'update', id, fields });

    const outcomes = await on.port.write([update(convert, { Concord_Stage__c: 'mql' }), update(lead, { LastName: 'x'.repeat(81) }), update(locked, { Concord_Stage__c: 'mql' }), update(busy, { Concord_Stage__c: 'mql' }), update('00Q000000000000AAA', { Company: 'C' })]);

    expect(outcomes.map((one) => ('problem' in one ? one.problem.code : one.outcome))).toEqual(['converted', 'too_long', 'done', 'locked', expect.stringMatching(/not_found|deleted/)]);
    expect(outcomes[1]).toMatchObject({ problem: { fields: ['LastName'], record: { id: lead } } });
  });

  test('a converted status cannot be set', async () => {
    const lead = on.rep.create('Lead', { LastName: 'B', Company: 'C' });

    expect(await on.port.write([{ key: 'k', object: 'lead', op: 'update', id: lead, fields: { Status: 'Closed - Converted' } }])).toMatchObject([{ outcome: 'refused' }]);
  });

  test('a duplicate rule that only alerts is passed, one that blocks names the record', async () => {
    const there = on.rep.create('Lead', { LastName: 'B', Company: 'C', Email: 'ana@acme.mx' });
    const create = (n: number): Parameters<World['port']['write']>[0][number] => ({ key: `k${n}`, object: 'lead', op: 'create', fields: { LastName: 'N', Company: 'C', Email: 'ana@acme.mx' }, identity: { field: 'Concord_HubSpot_Id__c', value: `${n}` } });

    on.state.duplicateRule('alert');
    expect(await on.port.write([create(1)])).toMatchObject([{ outcome: 'done' }]);
    on.state.duplicateRule('block');
    const [blocked] = await on.port.write([create(2)]);
    expect(blocked).toMatchObject({ outcome: 'refused', problem: { code: 'duplicate', record: { object: 'lead', id: there } } });
  });

  test('F7: consent is set on leads and contacts', async () => {
    const lead = on.rep.create('Lead', { LastName: 'B', Company: 'C' });
    const contact = on.rep.create('Contact', { LastName: 'B' });

    const outcomes = await on.port.restrict([
      { key: 'l', ref: { crm: 'salesforce', object: 'lead', id: lead }, optOut: true, doNotCallField: 'DoNotCall' },
      { key: 'c', ref: { crm: 'salesforce', object: 'contact', id: contact }, optOut: true },
    ]);

    expect(outcomes.map((one) => one.outcome)).toEqual(['done', 'done']);
    expect(on.state.record('Lead', lead)).toMatchObject({ HasOptedOutOfEmail: true, DoNotCall: true });
    expect(on.state.record('Contact', contact)).toMatchObject({ HasOptedOutOfEmail: true, DoNotCall: false });
  });
});

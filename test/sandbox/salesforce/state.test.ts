import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxClock } from '../../../src/sandbox/clock';
import { openSandboxDatabase } from '../../../src/sandbox/database';
import { createSalesforceSandbox, type SalesforceSandbox } from '../../../src/sandbox/salesforce';
import { makeId, normaliseId, to18 } from '../../../src/sandbox/salesforce/values';
import { codeOf, codeOfCall, login, NOW, raw, world } from './support';

function fresh(file = ':memory:'): { sandbox: SalesforceSandbox; clock: SandboxClock; close(): void } {
  const clock = new SandboxClock();
  clock.set(NOW);
  const database = openSandboxDatabase(file);
  return { sandbox: createSalesforceSandbox({ database, clock }), clock, close: () => database.close() };
}

describe('a restart', () => {
  it('finds records, fields, rules, grants, sessions and quota as they were, and repeats no id', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const file = join(folder, 'world.db');
    const first = fresh(file);
    const { state } = first.sandbox;
    const rep = state.addUser({ Name: 'Rita Rep' });
    state.addField('Lead', { name: 'Note__c', type: 'LongTextArea' });
    state.addField('Lead', { name: 'Hidden__c', type: 'Text' }, { granted: false });
    state.addValidationRule({ object: 'Lead', name: 'No', formula: "Company = 'No'", message: 'no' });
    state.setLeadStatuses([{ value: 'New', default: true }, { value: 'Done', converted: true }]);
    state.certificate = 'pem';
    const id = state.act(rep).create('Lead', { LastName: 'A', Company: 'C', Note__c: 'kept' });
    const server = await first.sandbox.listen();
    const conn = await login(first.sandbox, server.url);
    await conn.limits();
    await server.close();
    first.close();

    const second = fresh(file);
    const again = await second.sandbox.listen();
    const response = await fetch(`${again.url}/services/data/v67.0/query?q=SELECT+Id,Note__c,Status+FROM+Lead`, { headers: { authorization: `Bearer ${conn.accessToken ?? ''}` } });

    expect(await response.json()).toMatchObject({ totalSize: 1, records: [{ Id: id, Note__c: 'kept', Status: 'New' }] });
    expect(second.sandbox.state.usage().used).toBe(2);
    expect(second.sandbox.state.certificate).toBe('pem');
    expect(second.sandbox.state.orgId).toBe(state.orgId);
    expect(codeOfCall(() => second.sandbox.state.act(rep).create('Lead', { LastName: 'A', Company: 'No' }))).toBe('FIELD_CUSTOM_VALIDATION_EXCEPTION');
    expect(second.sandbox.state.act(rep).create('Lead', { LastName: 'B', Company: 'C' }) > id).toBe(true);
    expect(second.sandbox.state.counts()).toMatchObject({ Lead: 2, User: 3, LeadStatus: 2 });
    await again.close();
    second.close();
    rmSync(folder, { recursive: true });
  });

  it('makes no seed rows twice', () => {
    const clock = new SandboxClock();
    const database = openSandboxDatabase(':memory:');
    createSalesforceSandbox({ database, clock });

    expect(createSalesforceSandbox({ database, clock }).state.counts()).toEqual({ User: 2, UserLicense: 2, PermissionSetLicense: 1, PermissionSetLicenseAssign: 1, Profile: 2, LeadStatus: 4, OpportunityStage: 10, Organization: 1, BusinessHours: 1 });
  });
});

describe('the direct door', () => {
  it('resets to a new org', () => {
    const { sandbox, close } = fresh();
    sandbox.state.addField('Lead', { name: 'A__c', type: 'Text' });
    sandbox.state.act(sandbox.state.adminUserId).create('Lead', { LastName: 'A', Company: 'B', A__c: 'x' });

    sandbox.state.reset();

    expect(sandbox.state.counts()).not.toHaveProperty('Lead');
    expect(codeOfCall(() => sandbox.state.act(sandbox.state.adminUserId).create('Lead', { LastName: 'A', Company: 'B', A__c: 'x' }))).toBe('INVALID_FIELD');
    sandbox.state.act(sandbox.state.adminUserId).create('Lead', { LastName: 'A', Company: 'B' });
    close();
  });

  it('patches an odd past without moving stamps', () => {
    const { sandbox, clock, close } = fresh();
    const id = sandbox.state.act(sandbox.state.adminUserId).create('Lead', { LastName: 'A', Company: 'B' });
    clock.advance(60_000);

    sandbox.state.patch('Lead', id, { CreatedDate: '2020-01-01T00:00:00Z', IsConverted: true });

    expect(sandbox.state.record('Lead', id)).toMatchObject({ CreatedDate: '2020-01-01T00:00:00.000+0000', IsConverted: true, SystemModstamp: '2026-11-22T04:17:39.000+0000' });
    close();
  });

  it('undoes a refused write wholly, so that a failed one leaves no settings behind', () => {
    const { sandbox, close } = fresh();
    const { state } = sandbox;
    const act = state.act(state.adminUserId);
    const master = act.create('Lead', { LastName: 'A', Company: 'B' });
    const loser = act.create('Lead', { LastName: 'A', Company: 'B' });

    expect(codeOfCall(() => act.merge('Lead', master, [loser], { Company: null }))).toBe('REQUIRED_FIELD_MISSING');

    expect(state.record('Lead', loser)).toMatchObject({ IsDeleted: false, MasterRecordId: null });
    close();
  });

  it('hides a new field from the integration user unless it is granted', async () => {
    const w = await world();
    w.sandbox.state.addField('Lead', { name: 'Secret__c', type: 'Text' }, { granted: false });

    expect(await codeOf(w.conn.query('SELECT Secret__c FROM Lead'))).toBe('INVALID_FIELD');
    expect(w.sandbox.state.query('SELECT Secret__c FROM Lead')).toEqual([]);
    await w.close();
  });
});

describe('bulk loading', () => {
  const N = 60_000;
  const START = Date.parse('2026-01-01T00:00:00Z');

  it('takes given ids and stamps, and reads increments by index', async () => {
    const w = await world();
    const rows = function* (): IterableIterator<Record<string, unknown>> {
      for (let i = 0; i < N; i += 1) {
        yield { Id: makeId('00Q', 1_000_000 + i), FirstName: 'F', LastName: `L${i}`, Company: 'Acme', Email: `p${i}@example.com`, Status: 'Open - Not Contacted', CreatedDate: START, SystemModstamp: START + i * 1000 };
      }
    };

    expect(w.sandbox.state.load('Lead', rows())).toBe(N);
    const from = new Date(START + (N - 10) * 1000).toISOString();
    const read = (): Promise<{ body: unknown }> => raw(w, 'GET', `/query?q=${encodeURIComponent(`SELECT Id, LastName, Name, LastModifiedDate FROM Lead WHERE SystemModstamp >= ${from} ORDER BY SystemModstamp, Id`)}`);
    expect((await read()).body).toMatchObject({ totalSize: 10, records: [{ Id: makeId('00Q', 1_000_000 + N - 10), Name: `F L${N - 10}` }, ...Array<unknown>(9).fill({})] });
    expect((await w.conn.query(`SELECT Id FROM Lead WHERE Email = 'P777@example.com'`)).records).toMatchObject([{ Id: makeId('00Q', 1_000_777) }]);
    await w.close();
  });

  it('plans an incremental query, and a look-up by e-mail, over an index', () => {
    const database = openSandboxDatabase(':memory:');
    const clock = new SandboxClock();
    createSalesforceSandbox({ database, clock }).state.load('Lead', [{ LastName: 'A', Company: 'B' }]);
    const plan = (where: string): string => (database.prepare(`EXPLAIN QUERY PLAN SELECT t.rowid FROM sf_o_Lead t WHERE ${where} AND t."IsDeleted" = 0`).all() as { detail: string }[]).map((r) => r.detail).join('; ');

    expect(plan('t."SystemModstamp" >= 1 AND t."SystemModstamp" < 2')).toContain('USING INDEX sf_o_Lead_stamp');
    expect(plan("t.\"Email\" IN ('a', 'b')")).toContain('USING INDEX sf_o_Lead_Email');
  });

  it('fills the same defaults as the rules would', () => {
    const { sandbox, close } = fresh();

    sandbox.state.load('Lead', [{ FirstName: 'A', LastName: 'B', Company: 'C' }]);

    expect([...sandbox.state.records('Lead')]).toMatchObject([{ Name: 'A B', Status: 'Open - Not Contacted', IsConverted: false, IsUnreadByOwner: true, SystemModstamp: '2026-11-22T04:17:39.000+0000', OwnerId: sandbox.state.adminUserId }]);
    expect(() => sandbox.state.load('Lead', [{ Nope: 1 }])).toThrow('no field Nope');
    close();
  });
});

describe('ids', () => {
  it('gives the 18 characters of a 15-character id by the vendor\'s rule', () => {
    expect(to18('00D000000000062')).toBe('00D000000000062EAA');
    expect(normaliseId('001D000000IRFma')).toBe('001D000000IRFmaIAH');
    expect(normaliseId('not an id')).toBeUndefined();
  });

  it('sorts ids in the order of their making', () => {
    const ids = [1, 9, 10, 35, 36, 61, 62, 3844, 1_000_000].map((n) => makeId('00Q', n));

    expect([...ids].sort()).toEqual(ids);
  });
});

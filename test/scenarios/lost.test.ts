import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startOnSandbox } from '../../src/cli/commands/start';
import { onSandbox } from '../../src/cli/commands/sandbox';
import { loadSettings } from '../../src/config/load';
import type { PersonState } from '../../src/domain/person';
import { quiet } from '../../src/run/parts';
import { run } from '../../src/run/run';
import { startSandbox } from '../../src/sandbox/server';
import type { PersonRow, Store } from '../../src/store/port';
import { connectCrms, connectStore, joinParts, readAgreement } from '../../src/wire';
import { startPostgres, type Postgres } from '../support/postgres';
import { describeWith, POSTGRES } from '../support/skips';
import { cast, DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* L7: a store that was lost, or begun anew on another database, takes what Concord left in both CRMs as the people's history. */

/** Every write that a run has planned: record, field, before, after. */
async function plannedOf(store: Store, runId: string): Promise<string[]> {
  const found: string[] = [];
  for (let after = 0; ; ) {
    const page = await store.pagePlan(runId, after, 100);
    if (page.length === 0) return found;
    for (const staged of page) for (const write of staged.writes) for (const change of write.changes) found.push(`${write.op === 'create' ? 'new' : write.id} ${change.field}: ${String(change.before)} -> ${String(change.after)}`);
    after = page.at(-1)?.seq ?? 0;
  }
}

async function everybody(store: Store): Promise<PersonRow[]> {
  return store.pagePeople(null, 1000);
}

describe('the sample story, told to its end; then the store is thrown away', () => {
  const home = process.cwd();
  const agreement = path.join(home, 'config', 'agreement.yaml');
  let folder: string;
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.reverse()) await each.close();
  });
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'concord-lost-'));
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
  });

  test('an empty one adopts with nothing to write but the clocks that it cannot go on with, and remembers everybody', async () => {
    const sandbox = await startSandbox({ file: ':memory:' });
    open.push(sandbox);
    const out = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const err = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      expect(await startOnSandbox(sandbox, { once: true, json: true, agreement }, loadSettings({}))).toBe(0);
    } finally {
      out.mockRestore();
      err.mockRestore();
    }
    const settings = onSandbox(loadSettings({}), sandbox);
    const old = await connectStore(settings);
    const before = await everybody(old);
    await old.close();

    const terms = readAgreement(agreement);
    const clock = (): number => sandbox.clock.now();
    const crms = await connectCrms(settings, terms, { clock });
    const store = await connectStore({ ...settings, databaseUrl: `sqlite:${path.join(folder, 'new.db')}` });
    open.push(store, crms.hubspot, crms.salesforce);
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const parts = await joinParts(settings, terms, crms, store, { clock, progress: quiet, log });
    const dry = await run(parts, { mode: 'dry-run' });
    expect(dry.adoption).toBe(true);
    expect((await plannedOf(store, dry.run)).filter((each) => !/sla/i.test(each))).toEqual([]);
    const applied = await run(parts, { mode: 'apply', allowLargeChange: true });
    expect(applied.dead_letters).toBe(0);

    // A person is named after the record that was read first: the records tell who is who.
    const who = (row: PersonRow): string => row.hubspotId ?? row.salesforceId ?? row.id;
    const after = new Map((await everybody(store)).map((row) => [who(row), row]));
    for (const row of before) {
      const mine = after.get(who(row));
      const state = row.state as PersonState | null;
      const seconds = (at: number | null | undefined): number | null => (at == null ? null : Math.floor(at / 1000));
      const told = (each: PersonRow | undefined): unknown => ({ who: who(row), stage: each?.stage, at: seconds(each?.stageAt), cycle: each?.cycle, rejections: (each?.state as PersonState | null)?.rejectionCount });
      if (row.inScope) expect(told(mine)).toEqual(told(row));
      expect(mine?.held ?? null).toEqual(row.held);
      if (row.inScope) expect((mine?.state as PersonState | null)?.block?.until ?? null).toBe(state?.block?.until ?? null);
    }
    const again = await run(parts, { mode: 'apply' });
    expect(again.writes).toMatchObject({ hubspot: { planned: 0 }, salesforce: { planned: 0 } });

  });
});

describe('after the store was lost', () => {
  let s: Scenario;
  const people = cast(() => s);
  beforeEach(async () => {
    s = await openScenario();
  });
  afterEach(() => s.close());

  /** Handed over, rejected, and back by a new form: the second pass is open. */
  async function secondPass(): Promise<{ contact: string; lead: string }> {
    const ids = await people.handedOver();
    people.rep().update('Lead', ids.lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Sin presupuesto' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(10 * DAY);
    s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', ids.contact, { recent_conversion_date: String(s.clock.now()), num_conversion_events: '2', hubspotscore: '80' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'mql', concord_cycle: '2', concord_rejection_count: '1' });
    s.pass(HOUR);
    return ids;
  }

  test('the next rejection counts on: count 2, cycle 2 (F2, F5, L7)', async () => {
    const { lead } = await secondPass();
    const stamps = (): unknown => (({ concord_mql_at, concord_stage_at, concord_rejected_at, concord_rejected_by }) => ({ concord_mql_at, concord_stage_at, concord_rejected_at, concord_rejected_by }))(s.contact('ana@cliente.example'));
    const before = stamps();
    await s.lose();

    const dry = await s.plan();
    expect((await plannedOf(s.store, dry.run)).filter((each) => !/sla/i.test(each))).toEqual([]);
    await s.sync();
    expect(stamps()).toEqual(before);
    s.pass(HOUR);
    people.rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'timing' });
    s.pass(MINUTE);
    await s.sync();

    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_count: '2', concord_cycle: '2', concord_rejection_reason: 'timing', concord_rejected_by: 'Rita Rep' });
    expect(s.lead(lead)).toMatchObject({ Concord_Rejection_Count__c: 2, Concord_Cycle__c: 2 });
    await people.quiet();
  });

  test('a rejected lead does not bounce back, until its recycle date (L4, F5)', async () => {
    const { contact, lead } = await people.handedOver();
    s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', contact, { hubspotscore: '90' });
    people.rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' });
    s.pass(MINUTE);
    await s.sync();
    const until = s.contact('ana@cliente.example')['concord_recycle_on'] as string;
    s.pass(DAY);
    await s.lose();
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_recycle_on: until, concord_rejection_count: '1', concord_rejected_by: 'Rita Rep' });
    await people.quiet();

    s.clock.set(Date.parse(until) + 2 * DAY);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'mql', concord_cycle: '2', concord_rejection_count: '1' });
    expect(s.lead(lead)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Cycle__c: 2 });
  });

  test('what a rep has said meanwhile is an answer, what a workflow has set is drift (F1, L3)', async () => {
    const { lead } = await secondPass();
    await s.lose();
    people.rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'timing' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_count: '2', concord_cycle: '2' });

    await s.lose();
    const id = s.sandbox.hubspot.state.byEmail('ana@cliente.example')?.id as string;
    s.sandbox.hubspot.state.act({ sourceType: 'AUTOMATION_PLATFORM' }).update('contacts', id, { lifecyclestage: 'customer' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', lifecyclestage: 'lead', concord_rejection_count: '2' });
  });

  test('a rep who takes the rejection back meanwhile is understood (F6)', async () => {
    const { lead } = await people.handedOver();
    people.rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(DAY);
    await s.lose();
    people.rep().update('Lead', lead, { Status: 'Working - Contacted', Concord_Rejection_Reason__c: null });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'sal', concord_rejection_count: '0', concord_cycle: '1' });
  });

  test('a lost opportunity stays lost (L12, L4)', async () => {
    const { lead } = await people.handedOver();
    const opportunityId = String(people.rep().convertLead({ leadId: lead, convertedStatus: 'Closed - Converted', opportunityName: 'Deal' }).opportunityId);
    s.pass(MINUTE);
    await s.sync();
    s.pass(DAY);
    people.rep().update('Opportunity', opportunityId, { StageName: 'Closed Lost' });
    s.pass(MINUTE);
    await s.sync();
    const before = s.contact('ana@cliente.example');
    expect(before).toMatchObject({ concord_stage: 'lost' });
    s.pass(DAY);
    await s.lose();
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'lost', concord_stage_at: before['concord_stage_at'], concord_opportunity_at: before['concord_opportunity_at'] });
    await people.quiet();
  });

  test('values that Concord does not write are not taken over, and are told', async () => {
    const { contact, lead } = await people.handedOver();
    s.sandbox.hubspot.state.act({ sourceType: 'IMPORT' }).update('contacts', contact, { concord_cycle: '0' });
    people.rep().update('Lead', lead, { Concord_Cycle__c: -3 });
    await s.lose();
    await s.sync();
    const told = await s.explain('ana@cliente.example');
    expect(JSON.stringify(told)).toContain('concord_cycle is none of Concord’s values');
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'mql' });
  });
});

describeWith(POSTGRES, 'from SQLite to PostgreSQL', () => {
  let postgres: Postgres | null = null;
  let s: Scenario;
  afterEach(() => s.close());
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
  });

  test('an empty PostgreSQL store takes over what the CRMs remember (section 12, L7)', async () => {
    s = await openScenario();
    const people = cast(() => s);
    const { lead } = await people.handedOver();
    people.rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Sin presupuesto' });
    s.pass(MINUTE);
    await s.sync();
    const before = s.contact('ana@cliente.example');
    s.pass(DAY);

    await s.lose(postgres?.url);
    expect(s.store.kind).toBe('postgres');
    await s.sync();

    expect(s.contact('ana@cliente.example')).toEqual(before);
    await people.quiet();
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerSettings } from '../../src/config/load';
import { portalOf } from '../../src/run/belongs';
import type { Connected } from '../../src/run/run';
import { targetedRun, type TargetedResult } from '../../src/run/targeted';
import { createApp } from '../../src/web/app';
import { createMetrics } from '../../src/web/metrics';
import { deskOver } from '../support/reports';
import { DAY, HOUR, MINUTE, openScenario, writesOf, type Scenario } from '../support/scenario';

/*
 * What happens between two runs: webhooks from the sandbox portal, over HTTP and signed, and the feedback pass on the Salesforce side. The clock stands
 * still unless the story moves it, so nothing here depends on how fast the machine is.
 */

let s: Scenario;
let server: Server | null;
let connected: Connected | null;

beforeEach(async () => {
  connected = null;
  server = null;
  s = await openScenario();
});
afterEach(async () => {
  s.sandbox.hubspot.webhooks.subscribe(null);
  server?.closeAllConnections();
  await new Promise((closed) => (server === null ? closed(null) : server.close(closed)));
  await s.close();
});

const marketer = (): ReturnType<Scenario['sandbox']['hubspot']['state']['act']> => s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
const rep = (): ReturnType<Scenario['sandbox']['salesforce']['state']['act']> => s.sandbox.salesforce.state.act(s.rep);
const pass = (feedback: boolean): Promise<TargetedResult> => targetedRun(s.parts, { feedback }, connected, (heard) => (connected = heard));
const calls = (): { hubspot: number; salesforce: number } => ({ hubspot: s.sandbox.hubspot.calls.count, salesforce: s.sandbox.salesforce.calls.count });
const countAfresh = (): void => {
  s.sandbox.hubspot.calls.clear();
  s.sandbox.salesforce.calls.clear();
};

/** An MQL whose lead sales has. */
async function handedOver(email = 'ana@cliente.example'): Promise<{ id: string; lead: string }> {
  marketer().create('contacts', { email, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
  await s.sync();
  s.pass(DAY);
  const id = s.sandbox.hubspot.state.byEmail(email)?.id as string;
  s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { hubspotscore: '72' });
  s.pass(MINUTE);
  await s.sync();
  s.pass(HOUR);
  return { id, lead: String(s.leadByEmail(email)?.['Id']) };
}

/** Serves the webhooks' door and sends the sandbox portal's events there. */
async function openDoor(): Promise<string[]> {
  const asked: string[] = [];
  const settings: ServerSettings = { host: '127.0.0.1', port: 0, publicUrl: null, adminPassword: null, viewerPassword: null, apiToken: null, webhookSecret: s.sandbox.hubspot.clientSecret, webhookV1: false };
  let url = '';
  const metrics = createMetrics();
  const app = createApp(
    {
      store: s.store,
      agreement: s.agreement,
      server: settings,
      secret: null,
      publicUrl: () => url,
      clock: () => s.clock.now(),
      log: s.parts.log,
      portalId: () => portalOf(s.store),
      ask: { targeted: () => void asked.push('targeted'), run: () => undefined, allowed: () => undefined, rollback: () => undefined },
      status: () => ({ startedAt: 0, underWay: null, progress: null, rollbacks: [], next: null, failure: null, stopping: false }),
      reports: deskOver(s.store, s.agreement, () => s.clock.now()),
      heard: metrics.heard,
    },
    metrics,
    true,
  );
  server = createServer(app);
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  s.sandbox.hubspot.webhooks.subscribe({ url: `${url}/webhooks/hubspot` });
  return asked;
}

describe('the feedback pass', () => {
  test('while quiet it costs one Salesforce call and no HubSpot call, and leaves no run behind', async () => {
    await handedOver();
    await pass(true);
    const runs = (await s.store.runs(null, 100)).length;
    for (let time = 0; time < 5; time += 1) {
      s.pass(45_000);
      countAfresh();
      expect((await pass(true)).outcome).toBe('quiet');
      expect(calls()).toEqual({ hubspot: 0, salesforce: 1 });
    }
    expect((await s.store.runs(null, 100)).length).toBe(runs);
  });

  test('a rep’s rejection reaches the marketing record by it, with everything a run would write (F1, F2)', async () => {
    const { lead } = await handedOver();
    await pass(true);
    rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Sin presupuesto' });
    s.pass(45_000);

    const result = await pass(true);

    expect(result.outcome).toBe('run');
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'no_budget', concord_rejection_note: 'Sin presupuesto', concord_rejected_by: 'Rita Rep', concord_route: 'recycle' });
    expect(s.lead(lead)['Concord_Stage__c']).toBe('recycled');
    expect((await s.store.runs(null, 1))[0]).toMatchObject({ kind: 'targeted', status: 'ok' });
  });

  test('a task that a rep closes is the first touch by it, also on a day that the lead shows already (S1)', async () => {
    const { lead } = await handedOver();
    rep().create('Task', { WhoId: lead, Subject: 'To do', ActivityDate: '2026-11-30' });
    s.pass(45_000);
    expect((await pass(true)).outcome).toBe('quiet');
    rep().create('Task', { WhoId: lead, Subject: 'Call', Status: 'Completed' });
    const touchedAt = s.clock.now();
    s.pass(45_000);
    countAfresh();

    expect((await pass(true)).outcome).toBe('run');

    expect((await s.explain('ana@cliente.example')).handoffs[0]?.firstTouchAt).toBe(touchedAt);
    // What changed, in one call with the tasks among it; then the tasks of those who wait.
    const reads = s.sandbox.salesforce.calls.calls.filter((call) => /\/composite\/?$|\/query/.test(call.url)).map((call) => `${call.method} ${decodeURIComponent(call.url).replace(/.*(composite|query\?q=SELECT).*(FROM Task)?.*/, '$1')}`);
    expect(reads).toEqual(['POST composite', 'GET query?q=SELECT']);
    s.pass(45_000);
    countAfresh();
    expect((await pass(true)).outcome).toBe('quiet');
    expect(calls()).toEqual({ hubspot: 0, salesforce: 1 });
    // Nobody waits any more: further tasks lead to nobody.
    rep().create('Task', { WhoId: lead, Subject: 'Mail', Status: 'Completed' });
    s.pass(45_000);
    countAfresh();
    expect((await pass(true)).outcome).toBe('quiet');
    expect(calls()).toEqual({ hubspot: 0, salesforce: 1 });
  });

  test('a task of before the handoff is none, and where tasks do not count they are not read (S1)', async () => {
    const email = 'bea@cliente.example';
    marketer().create('contacts', { email, firstname: 'Bea', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
    await s.sync();
    s.pass(DAY);
    const lead = rep().create('Lead', { FirstName: 'Bea', LastName: 'Paz', Company: 'Cliente SA', Email: email, Country: 'Mexico' });
    rep().create('Task', { WhoId: lead, Subject: 'Call', Status: 'Completed' });
    s.pass(MINUTE);
    marketer().update('contacts', s.sandbox.hubspot.state.byEmail(email)?.id as string, { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(lead)).toMatchObject({ Concord_Stage__c: 'mql' });
    s.pass(MINUTE);
    await pass(true);
    for (let time = 0; time < 2; time += 1) expect((await pass(true)).outcome).toBe('quiet');

    s.agreement.settings.sla.touch.tasks = false;
    rep().create('Task', { WhoId: lead, Subject: 'Call', Status: 'Completed' });
    s.pass(MINUTE);
    expect((await pass(true)).outcome).toBe('quiet');
    expect((await s.explain(email)).handoffs[0]?.firstTouchAt).toBeNull();
    s.agreement.settings.sla.touch.tasks = true;
    expect((await pass(true)).outcome).toBe('run');
  });

  test('it settles: its own writes, read again, lead to nobody; no watermark moves (W2, W8, L11)', async () => {
    const { lead } = await handedOver();
    const marks = await s.store.watermarks();
    rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' });
    s.pass(45_000);
    await pass(true);
    expect(await s.store.watermarks()).toEqual(marks);
    countAfresh();
    for (let time = 0; time < 3; time += 1) {
      s.pass(45_000);
      expect((await pass(true)).outcome).toBe('quiet');
    }
    expect(writesOf(s.sandbox)).toEqual([]);
    expect((await s.sync()).writes).toMatchObject({ hubspot: { planned: 0 }, salesforce: { planned: 0 } });
  });

  test('it decides on what HubSpot says now: a marketer’s edit since the last run is seen in the same pass', async () => {
    const { id, lead } = await handedOver();
    marketer().update('contacts', id, { phone: '+52 55 1111' });
    rep().update('Lead', lead, { Status: 'Working - Contacted' });
    s.pass(45_000);
    await pass(true);
    expect(s.lead(lead)['Phone']).toBe('+52 55 1111');
  });

  test('before the first run has adopted the CRMs it reads nothing (L7)', async () => {
    countAfresh();
    expect(await pass(true)).toEqual({ outcome: 'not_adopted' });
    expect(calls()).toEqual({ hubspot: 0, salesforce: 0 });
  });

  test('while another run holds the lock it stands back, and the events wait', async () => {
    await handedOver();
    await s.store.receive([{ key: 'k', kind: 'propertyChange', objectId: '1', related: [], occurredAt: 0, receivedAt: 0 }]);
    const lock = await s.store.acquireLock('another', s.clock.now(), 60_000);
    await expect(pass(true)).rejects.toMatchObject({ code: 'locked' });
    expect(await s.store.inboxLength()).toBe(1);
    if (lock.ok) await s.store.releaseLock(lock.fence);
  });

  test('a CRM that is away leaves no trail of failed runs; the next pass catches up', async () => {
    const { lead } = await handedOver();
    await pass(true);
    const runs = (await s.store.runs(null, 100)).length;
    rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' });
    s.sandbox.salesforce.faults.add({ match: { path: '/composite' }, action: { do: 'answer', status: 400, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'x' }] }, times: 0 });
    s.pass(45_000);
    await expect(pass(true)).rejects.toThrow();
    expect((await s.store.runs(null, 100)).length).toBe(runs);
    s.sandbox.salesforce.faults.clear();
    expect((await pass(true)).outcome).toBe('run');
    expect(s.contact('ana@cliente.example')['concord_stage']).toBe('recycled');
  });
});

describe('webhooks', () => {
  test('a change in HubSpot lands in Salesforce by a webhook alone (L1, S1)', async () => {
    marketer().create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
    await s.sync();
    const asked = await openDoor();
    s.pass(DAY);
    const id = s.sandbox.hubspot.state.byEmail('ana@cliente.example')?.id as string;
    s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { hubspotscore: '72' });
    expect(await s.sandbox.hubspot.webhooks.deliver()).toEqual([204]);
    expect(asked).toEqual(['targeted']);

    const result = await pass(false);

    expect(result.outcome).toBe('run');
    expect(s.leadByEmail('ana@cliente.example')).toMatchObject({ Concord_Stage__c: 'mql', Concord_HubSpot_Id__c: id });
    expect(await s.store.inboxLength()).toBe(0);
  });

  test('the webhooks of its own writes lead to nobody: one batch read, no Salesforce call, no write, no further event (L11)', async () => {
    const { id } = await handedOver();
    await openDoor();
    s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { firstname: 'Anita' });
    await s.sandbox.hubspot.webhooks.deliver();
    await pass(false);
    // What Concord wrote to the contact meanwhile comes back.
    s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { hubspotscore: '80' });
    await s.sandbox.hubspot.webhooks.deliver();
    expect((await pass(false)).outcome).toBe('run');
    expect(s.sandbox.hubspot.webhooks.pending.length).toBeGreaterThan(0);
    await s.sandbox.hubspot.webhooks.deliver();
    expect(await s.store.inboxLength()).toBeGreaterThan(0);
    countAfresh();

    expect((await pass(false)).outcome).toBe('quiet');

    expect(calls()).toEqual({ hubspot: 1, salesforce: 0 });
    expect(s.sandbox.hubspot.webhooks.pending).toEqual([]);
    expect((await pass(false)).outcome).toBe('quiet');
    expect(calls()).toEqual({ hubspot: 1, salesforce: 0 });
  });

  test('a burst of repeated events out of order becomes one run', async () => {
    const ids = Array.from({ length: 250 }, (_, n) => marketer().create('contacts', { email: `p${n}@cliente.example`, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' }).id);
    await s.sync();
    s.pass(DAY);
    await openDoor();
    // A form changes three things of forty people, over and over.
    for (let time = 0; time < 5; time += 1) {
      for (const id of ids.slice(0, 40)) s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { hubspotscore: String(70 + time), phone: `+52 55 ${time}`, jobtitle: `Directora ${time}` });
      s.pass(1000);
    }
    const runs = (await s.store.runs(null, 100)).length;
    await s.sandbox.hubspot.webhooks.deliver({ reversed: true, times: 2 });
    expect(await s.store.inboxLength()).toBe(600);

    const result = await pass(false);

    expect(result).toMatchObject({ outcome: 'run', events: 600, summary: { status: 'ok', people: { seen: 40, created: 40 }, transitions: { mql: 40 } } });
    expect((await s.store.runs(null, 100)).length).toBe(runs + 1);
    expect(s.leadByEmail('p39@cliente.example')).toMatchObject({ Phone: '+52 55 4', Title: 'Directora 4' });
  });

  test('over the guard’s limits it stops like any run; the people wait in the queue for a person’s decision (W6)', async () => {
    await s.sync();
    await openDoor();
    for (let n = 0; n < 250; n += 1) marketer().create('contacts', { email: `p${n}@cliente.example`, lastname: 'Paz', lifecyclestage: 'lead' });
    await s.sandbox.hubspot.webhooks.deliver();
    countAfresh();
    expect(await pass(false)).toMatchObject({ outcome: 'run', summary: { status: 'stopped', exit_code: 3 } });
    expect(writesOf(s.sandbox)).toEqual([]);
    expect(await s.store.queueLength()).toBe(250);
    expect(await s.store.inboxLength()).toBe(0);
  });

  test('a contact that is gone without a trace is deleted by the event’s word (I5)', async () => {
    const { id } = await handedOver();
    marketer().erase(id);
    await s.store.receive([{ key: 'x', kind: 'propertyChange', objectId: id, related: [], occurredAt: s.clock.now(), receivedAt: s.clock.now() }]);
    await pass(false);
    const gone = async (): Promise<unknown> => (await s.store.records([{ crm: 'hubspot', object: 'contact', id }]))[0]?.gone;
    // Another event about it proves nothing: what is not returned is unknown (M5).
    expect(await gone()).toBeUndefined();
    await s.store.receive([{ key: 'y', kind: 'deletion', objectId: id, related: [], occurredAt: s.clock.now(), receivedAt: s.clock.now() }]);
    await pass(false);
    expect(await gone()).toEqual({ how: 'deleted' });
  });

  test('a deletion that no search would show ends the link and flags the person; nothing is recreated (I5)', async () => {
    const { id, lead } = await handedOver();
    await openDoor();
    marketer().archive('contacts', id);
    await s.sandbox.hubspot.webhooks.deliver();
    await pass(false);

    const [record] = await s.store.records([{ crm: 'hubspot', object: 'contact', id }]);
    expect(record?.gone).toEqual({ how: 'deleted' });
    expect((await s.explain(lead)).person.hubspotId).toBeNull();
    s.pass(MINUTE);
    await s.sync();
    expect(s.sandbox.hubspot.state.byEmail('ana@cliente.example')).toBeUndefined();
  });

  test('a contact that is restored is the person’s again', async () => {
    const { id, lead } = await handedOver();
    await openDoor();
    marketer().archive('contacts', id);
    await s.sandbox.hubspot.webhooks.deliver();
    await pass(false);
    s.pass(MINUTE);
    marketer().restore('contacts', id);
    await s.sandbox.hubspot.webhooks.deliver();
    await pass(false);
    expect((await s.explain(lead)).person.hubspotId).toBe(id);
  });

  test('a merge is followed: the survivor is the person’s contact (I3)', async () => {
    const { id, lead } = await handedOver();
    const other = marketer().create('contacts', { email: 'ana.otra@cliente.example', lastname: 'Paz', lifecyclestage: 'lead' }).id;
    s.pass(MINUTE);
    await s.sync();
    await openDoor();
    s.pass(MINUTE);
    const survivor = marketer().merge('contacts', id, other).id;
    await s.sandbox.hubspot.webhooks.deliver();
    await pass(false);
    expect((await s.explain(lead)).person.hubspotId).toBe(survivor);
  });

  test('a privacy deletion forgets the person on both sides of the mirror, and no run stores them again (forget)', async () => {
    const { id, lead } = await handedOver();
    const person = (await s.explain(lead)).person.id;
    await openDoor();
    marketer().erase(id);
    await s.sandbox.hubspot.webhooks.deliver({ reversed: true });
    await pass(false);

    expect(await s.store.recordsOfPeople([person])).toEqual([]);
    expect(JSON.stringify([await s.store.journalOfPerson(person, 1000), await s.store.people([person]), await s.store.handoffs(person)])).not.toMatch(/cliente\.example|Paz/);
    s.pass(HOUR);
    rep().update('Lead', lead, { Title: 'Directora' });
    s.pass(MINUTE);
    await s.sync();
    expect(await s.store.records([{ crm: 'salesforce', object: 'lead', id: lead }])).toEqual([]);
  });

  test('events about contacts that nobody knows or that never were cost a read and no more', async () => {
    await s.sync();
    await openDoor();
    await s.store.receive([{ key: 'x', kind: 'deletion', objectId: '999999', related: [], occurredAt: s.clock.now(), receivedAt: s.clock.now() }]);
    expect(await pass(false)).toEqual({ outcome: 'quiet', events: 1 });
    expect(await s.store.inboxLength()).toBe(0);
  });

  test('killed after the events were taken, the people are in the queue for the next run (W8)', async () => {
    const { id } = await handedOver();
    await openDoor();
    await pass(true);
    s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { phone: '+52 55 2222' });
    await s.sandbox.hubspot.webhooks.deliver();
    s.sandbox.salesforce.faults.add({ match: { path: '/composite' }, action: { do: 'answer', status: 400, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'x' }] }, times: 0 });
    await expect(pass(false)).rejects.toThrow();
    expect(await s.store.queueLength()).toBe(1);
    s.sandbox.salesforce.faults.clear();
    await s.sync();
    expect(s.leadByEmail('ana@cliente.example')?.['Phone']).toBe('+52 55 2222');
  });
});

describe('asked to stop', () => {
  test('a run ends between two batches, gives the lock back, and the next one finishes what is left (W7)', async () => {
    for (let n = 0; n < 700; n += 1) marketer().create('contacts', { email: `p${n}@cliente.example`, lastname: 'Paz', lifecyclestage: 'lead' });
    const stop = new AbortController();
    s.parts.stop = stop.signal;
    // The stop comes while the first batch of writes is on its way.
    const write = s.parts.hubspot.write.bind(s.parts.hubspot);
    let batches = 0;
    s.parts.hubspot = Object.assign(Object.create(s.parts.hubspot) as typeof s.parts.hubspot, {
      write: (writes: Parameters<typeof write>[0]) => {
        batches += 1;
        stop.abort();
        return write(writes);
      },
    });
    await expect(s.sync()).rejects.toMatchObject({ code: 'interrupted' });
    expect(batches).toBeGreaterThan(0);
    expect(await s.store.openIntents(null, 10)).toEqual([]);
    expect((await s.store.runs(null, 1))[0]).toMatchObject({ status: 'failed', summary: { error: { code: 'interrupted' } } });
    const done = s.sandbox.hubspot.calls.calls.filter((call) => call.url.includes('batch/update')).length;
    expect(done).toBe(batches);
    await s.reopen();
    const rest = await s.sync();
    expect(rest.status).toBe('ok');
    for (const n of [0, 350, 699]) expect(s.contact(`p${n}@cliente.example`)['concord_stage']).toBe('lead');
  });
});

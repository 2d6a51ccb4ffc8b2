import { SandboxClock } from '../../src/sandbox/clock';
import { generateWorld, loadPeople, type GeneratedPerson, type WorldOptions } from '../../src/sandbox/generate';
import { quiet } from '../../src/run/parts';
import { startSandbox, type RunningSandbox } from '../../src/sandbox/server';
import { now } from '../../src/wire';
import type { Addresses, Answer, CallCounts, Change, SandboxReplies, SandboxRequest, SandboxStart } from './protocol';
import { insideRun, openSession } from './session';
import { settleWorld } from './settle';

/* Both local CRMs in a process of their own, so that Concord's memory and time are measured alone. */

const HOUR = 3_600_000;
const REP = 'Rita Rep';

let sandbox: RunningSandbox;
const clock = new SandboxClock();
let counted = { hubspot: 0, salesforce: 0 };

function addresses(): Addresses {
  const { hubspot, salesforce } = sandbox;
  return { hubspot: { url: hubspot.url, token: hubspot.token, clientSecret: hubspot.clientSecret }, salesforce: { url: salesforce.url, clientId: salesforce.clientId, clientSecret: salesforce.clientSecret } };
}

function rep(): string {
  const found = sandbox.salesforce.state.query(`SELECT Id FROM User WHERE Name = '${REP}'`)[0]?.['Id'];
  return typeof found === 'string' ? found : sandbox.salesforce.state.addUser({ Name: REP, Username: 'rita@acme.example' });
}

async function answer(request: SandboxRequest): Promise<unknown> {
  switch (request.do) {
    case 'generate': {
      const world: WorldOptions = { people: request.people, seed: request.seed, at: clock.now(), ownerId: rep() };
      let records = 0;
      let part: GeneratedPerson[] = [];
      for (const person of generateWorld(world)) {
        part.push(person);
        if (part.length < 5_000) continue;
        records += loadPeople(sandbox, part);
        part = [];
      }
      return { records: records + loadPeople(sandbox, part) } satisfies SandboxReplies['generate'];
    }
    case 'settle':
      return settle(request.people, request.seed, request.storeFile);
    case 'change':
      return { changed: change(request.kind, request.count) } satisfies SandboxReplies['change'];
    case 'advance':
      clock.advance(request.ms);
      return {};
    case 'tier':
      sandbox.hubspot.state.set({ tenSecondLimit: request.perTenSeconds });
      return {};
    case 'calls':
      return calls();
    case 'webhooks':
      sandbox.hubspot.webhooks.subscribe({ url: request.url, auto: true });
      return {};
    case 'reject_and_wait':
      return { ms: await rejectAndWait() } satisfies SandboxReplies['reject_and_wait'];
    case 'edit_and_wait':
      return { ms: await editAndWait() } satisfies SandboxReplies['edit_and_wait'];
    case 'close':
      sandbox.hubspot.webhooks.subscribe(null);
      await sandbox.close();
      return {};
  }
}

/** Concord did its work an hour ago: what it wrote then lies before every overlap. */
async function settle(people: number, seed: number, storeFile: string): Promise<SandboxReplies['settle']> {
  const session = await openSession(addresses(), 'off', storeFile, clock.now() - now(), quiet);
  try {
    const world: WorldOptions = { people, seed, at: clock.now() - HOUR, ownerId: rep() };
    const records = await insideRun(session.parts, (pass) => settleWorld({ ...pass, now: Math.floor((pass.now - HOUR) / 1000) * 1000 }, sandbox, world, () => undefined));
    return { records };
  } finally {
    await session.close();
  }
}

function change(kind: Change, count: number): number {
  const { hubspot, salesforce } = sandbox;
  const leads = (status: string): string[] => salesforce.state.query(`SELECT Id FROM Lead WHERE Status = '${status}' ORDER BY Id LIMIT ${count}`).map((row) => String(row['Id']));
  const sales = salesforce.state.act(rep());
  const marketer = hubspot.state.act({ sourceType: 'CRM_UI', userId: 71_001 });
  const contacts = (stage: string): string[] => {
    const found: string[] = [];
    for (const contact of hubspot.state.contacts()) {
      if (found.length === count) break;
      if (contact.properties['lifecyclestage'] === stage) found.push(contact.id);
    }
    return found;
  };
  switch (kind) {
    case 'reps_accept': {
      const ids = leads('Open - Not Contacted');
      for (const id of ids) sales.update('Lead', id, { Status: 'Working - Contacted' });
      return ids.length;
    }
    case 'reps_reject': {
      const ids = leads('Working - Contacted');
      for (const id of ids) sales.update('Lead', id, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Budget frozen until next year' });
      return ids.length;
    }
    case 'marketing_edits': {
      const ids = contacts('marketingqualifiedlead');
      for (const id of ids) marketer.update('contacts', id, { jobtitle: `Title of ${id}` });
      return ids.length;
    }
    case 'marketing_stages': {
      const ids = contacts('lead');
      for (const id of ids) marketer.update('contacts', id, { lifecyclestage: 'marketingqualifiedlead' });
      return ids.length;
    }
  }
}

/** A lead that sales works on and its HubSpot contact. */
function pair(): { lead: string; contact: string } {
  const row = sandbox.salesforce.state.query("SELECT Id, Concord_HubSpot_Id__c FROM Lead WHERE Status = 'Working - Contacted' AND Concord_HubSpot_Id__c != null ORDER BY Id LIMIT 1")[0];
  if (row === undefined) throw new Error('the world has no lead that sales works on');
  return { lead: String(row['Id']), contact: String(row['Concord_HubSpot_Id__c']) };
}

const LONGEST_WAIT_MS = 180_000;

async function waitedFor(happened: () => boolean): Promise<number> {
  const began = performance.now();
  while (!happened()) {
    if (performance.now() - began > LONGEST_WAIT_MS) throw new Error('it did not arrive within three minutes');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - began;
}

async function rejectAndWait(): Promise<number> {
  const { lead, contact } = pair();
  sandbox.salesforce.state.act(rep()).update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Budget frozen until next year' });
  return waitedFor(() => sandbox.hubspot.state.contact(contact)?.properties['concord_rejection_reason'] === 'no_budget');
}

let edits = 0;

async function editAndWait(): Promise<number> {
  const { lead, contact } = pair();
  edits += 1;
  const title = `Director ${edits}`;
  sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 71_001 }).update('contacts', contact, { jobtitle: title });
  return waitedFor(() => sandbox.salesforce.state.record('Lead', lead)?.['Title'] === title);
}

/** Calls since the last asking, and those refused by a limit: 429, and in Salesforce 403. */
function calls(): CallCounts {
  const of = (crm: 'hubspot' | 'salesforce'): CallCounts['hubspot'] => {
    const { calls: log } = sandbox[crm];
    const count = log.count - counted[crm];
    const latest = count === 0 ? [] : log.calls.slice(-count);
    return { count, refused: latest.filter((call) => call.status === 429 || (crm === 'salesforce' && call.status === 403)).length };
  };
  const result = { hubspot: of('hubspot'), salesforce: of('salesforce') };
  counted = { hubspot: sandbox.hubspot.calls.count, salesforce: sandbox.salesforce.calls.count };
  return result;
}

async function main(): Promise<void> {
  const start = JSON.parse(process.argv[2] ?? '{}') as SandboxStart;
  sandbox = await startSandbox({ file: start.file, clock, limits: start.limits });
  process.on('message', (request: SandboxRequest) => {
    answer(request).then(
      (value) => process.send?.({ ok: true, value } satisfies Answer<unknown>, () => request.do === 'close' && process.exit(0)),
      (error: unknown) => process.send?.({ ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Answer<unknown>),
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ ok: true, value: addresses() } satisfies Answer<Addresses>);
}

void main();

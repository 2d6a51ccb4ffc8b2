import { ConcordError } from '../../src/domain/problem';
import type { RunRequest, RunSummary } from '../../src/run/run';
import type { CrmPort } from '../../src/crm/port';
import { quickPorts, type QuickOptions } from './crashPorts';
import { openScenario, writesOf, MINUTE, DAY, type Scenario, type ScenarioOptions } from './scenario';

/* A story's stage on which calls fail: every run is a process of its own, with deadlines that a test can wait for. */

export interface FaultScene extends Scenario {
  /** Fresh ports, as a new process has them. */
  freshPorts(options?: QuickOptions): void;
  /** A run with fresh ports: its summary, or the code of what ended it. */
  attempt(request?: Partial<RunRequest>, quick?: QuickOptions): Promise<RunSummary | { failed: string; exit: number }>;
  /** Runs until a run has nothing to write and nothing is pending; throws when that takes more than four. */
  settle(): Promise<void>;
  /** A run after the own echoes have been read: it writes nothing (W2). */
  expectQuiet(): Promise<void>;
  /** A marketer, a rep. */
  marketer(): ReturnType<Scenario['sandbox']['hubspot']['state']['act']>;
  salesperson(): ReturnType<Scenario['sandbox']['salesforce']['state']['act']>;
  person(email: string, more?: Record<string, string>): string;
  newLead(email: string, more?: Record<string, unknown>): string;
  /** An open MQL with its lead in Salesforce, brought there by runs. */
  handedOver(email?: string): Promise<{ contact: string; lead: string }>;
  /** The live leads of an e-mail. */
  leadsOf(email: string): Record<string, unknown>[];
}

export async function openFaultScene(options: ScenarioOptions = {}): Promise<FaultScene> {
  const s = (await openScenario(options)) as FaultScene;
  s.freshPorts = (quick = {}) => {
    s.parts = { ...s.parts, store: s.store, ...quickPorts(s.sandbox, s.agreement, () => s.clock.now(), { deadlineMs: 2_000, ...quick }) };
  };
  s.attempt = async (request = {}, quick = {}) => {
    s.freshPorts(quick);
    return outcome(() => s.sync(request));
  };
  s.settle = async () => {
    const told: unknown[] = [];
    for (let count = 0; count < 4; count += 1) {
      s.pass(MINUTE + 1_000);
      s.sandbox.hubspot.calls.clear();
      s.sandbox.salesforce.calls.clear();
      const summary = await s.attempt();
      told.push(summary);
      if ('failed' in summary) continue;
      const planned = summary.writes.hubspot.planned + summary.writes.salesforce.planned + summary.consent.planned;
      if (summary.status !== 'ok' || planned > 0) continue;
      expect(writesOf(s.sandbox)).toEqual([]);
      return;
    }
    throw new Error(`no rest: ${JSON.stringify(told)}`);
  };
  s.expectQuiet = async () => {
    s.pass(20 * MINUTE);
    s.freshPorts();
    s.sandbox.hubspot.calls.clear();
    s.sandbox.salesforce.calls.clear();
    const again = await s.sync();
    expect({ planned: again.writes, writes: writesOf(s.sandbox) }).toMatchObject({ planned: { hubspot: { planned: 0 }, salesforce: { planned: 0 } }, writes: [] });
    expect(await s.store.openIntents(null, 10)).toEqual([]);
  };
  s.marketer = () => s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
  s.salesperson = () => s.sandbox.salesforce.state.act(s.rep);
  s.person = (email, more = {}) => s.marketer().create('contacts', { email, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead', ...more }).id;
  s.newLead = (email, more = {}) => s.salesperson().create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: email, Country: 'Mexico', ...more });
  s.handedOver = async (email = 'ana@cliente.example') => {
    await s.sync();
    s.pass(DAY);
    const contact = s.person(email, { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(20 * MINUTE);
    return { contact, lead: String(s.leadByEmail(email)?.['Id']) };
  };
  s.leadsOf = (email) => s.sandbox.salesforce.state.query(`SELECT Id FROM Lead WHERE Email = '${email}'`).map((row) => s.lead(String(row['Id'])));
  s.freshPorts();
  return s;
}

/** What ended a run, as its exit code tells; any other error passes. */
export async function outcome(work: () => Promise<RunSummary>): Promise<RunSummary | { failed: string; exit: number }> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    return { failed: error.code, exit: error.exit };
  }
}

/** Does `act` once, right before the port's first call of this kind: after the run has read and decided, before it writes. */
export function before(port: CrmPort, method: 'write' | 'byIds' | 'restrict', act: () => void | Promise<void>): { happened(): boolean } {
  const original = port[method].bind(port) as (...args: unknown[]) => Promise<unknown>;
  let done = false;
  (port as unknown as Record<string, unknown>)[method] = async (...args: unknown[]) => {
    if (!done) {
      done = true;
      await act();
    }
    return original(...args);
  };
  return { happened: () => done };
}

/** MQLs whom the next run hands over, and what has become of them when all is well: one lead each, agreed in both CRMs, and nothing left to do. */
export function newMqls(at: () => FaultScene): { mqls(count?: number): Promise<void>; expectAllWell(): Promise<void> } {
  let emails: string[] = [];
  return {
    async mqls(count = 5) {
      const s = at();
      emails = Array.from({ length: count }, (_, index) => `p${index}@cliente.example`);
      await s.sync();
      s.pass(DAY);
      for (const email of emails) s.person(email, { lifecyclestage: 'marketingqualifiedlead' });
      s.pass(MINUTE);
      s.freshPorts();
    },
    async expectAllWell() {
      const s = at();
      await s.settle();
      for (const email of emails) {
        expect(s.leadsOf(email)).toMatchObject([{ Concord_Stage__c: 'mql', Concord_Cycle__c: 1 }]);
        expect(s.contact(email)).toMatchObject({ concord_stage: 'mql', concord_cycle: '1' });
      }
      await s.expectQuiet();
    },
  };
}

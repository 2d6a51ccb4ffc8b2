import type { FaultAction, FaultMatch } from '../../src/sandbox/faults';
import { openFaultScene, type FaultScene } from '../support/crashScene';
import { HOUR, MINUTE } from '../support/scenario';

/*
 * Design section 9, call by call: whatever goes wrong with a call, once or until the run gives up, the next runs bring both CRMs to what was agreed,
 * lose nothing and make nothing twice (W5, W7). The people of each case are new; the faults of one call share a world.
 */

type Side = 'hubspot' | 'salesforce';

const CALLS: [name: string, side: Side, match: FaultMatch][] = [
  ['HubSpot’s search', 'hubspot', { method: 'POST', path: '/contacts/search' }],
  ['HubSpot’s read by id', 'hubspot', { method: 'POST', path: '/contacts/batch/read' }],
  ['HubSpot’s update', 'hubspot', { method: 'POST', path: '/contacts/batch/update' }],
  ['HubSpot’s create', 'hubspot', { method: 'POST', path: '/contacts/batch/create' }],
  ['HubSpot’s opt-out', 'hubspot', { method: 'POST', path: '/communication-preferences/' }],
  ['Salesforce’s read', 'salesforce', { method: 'POST', path: '/composite/?$' }],
  ['Salesforce’s update', 'salesforce', { method: 'PATCH', path: '/composite/sobjects/?$' }],
  ['Salesforce’s upsert', 'salesforce', { method: 'PATCH', path: '/composite/sobjects/Lead/' }],
];

const gone = (status: number): { hubspot: unknown; salesforce: unknown } => ({ hubspot: { status: 'error', message: 'internal error', category: 'INTERNAL_ERROR' }, salesforce: [{ errorCode: status === 503 ? 'SERVER_UNAVAILABLE' : 'UNKNOWN_EXCEPTION', message: 'An unexpected error occurred' }] });

const FAULTS: [name: string, action: (side: Side) => FaultAction][] = [
  ['the connection is lost before it', () => ({ do: 'drop' })],
  ['the connection is lost after it', () => ({ do: 'drop-after' })],
  ['its answer is cut in the middle', () => ({ do: 'truncate-after' })],
  ['it is never answered', () => ({ do: 'hang' })],
  ['500 and nothing done', (side) => ({ do: 'answer', status: 500, body: gone(500)[side] })],
  ['502 although it was done', () => ({ do: 'answer-after', status: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } })],
  ['503 although it was done', (side) => ({ do: 'answer-after', status: 503, body: gone(503)[side] })],
  [
    'too many calls',
    (side) =>
      side === 'hubspot'
        ? { do: 'answer', status: 429, body: { status: 'error', message: 'You have reached your ten_secondly_rolling limit.', errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' }, headers: { 'retry-after': '1' } }
        : { do: 'answer', status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }] },
  ],
];

describe.each(CALLS)('%s goes wrong', (_call, side, match) => {
  let s: FaultScene;
  let cases = 0;
  beforeAll(async () => {
    s = await openFaultScene();
    await s.sync();
    s.pass(24 * HOUR);
  });
  afterAll(async () => {
    await s.close();
  });

  /** People who make a run do everything that it can do; what has become of them in the end. */
  async function cast(): Promise<() => void> {
    const tag = (cases += 1);
    const [fresh, rejected, entered, out] = ['fresh', 'rejected', 'entered', 'out'].map((name) => `${name}${tag}@case.example`) as [string, string, string, string];
    s.person(rejected, { lifecyclestage: 'marketingqualifiedlead' });
    s.person(out);
    const outLead = s.newLead(out);
    s.pass(MINUTE);
    await s.attempt();
    s.pass(2 * MINUTE);
    s.salesperson().update('Lead', String(s.leadByEmail(rejected)?.['Id']), { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Sin presupuesto' });
    s.person(fresh, { lifecyclestage: 'marketingqualifiedlead' });
    s.newLead(entered, { Phone: '+52 1' });
    s.salesperson().update('Lead', outLead, { HasOptedOutOfEmail: true });
    s.pass(MINUTE);
    return () => {
      expect(s.leadsOf(fresh)).toMatchObject([{ Concord_Stage__c: 'mql', Concord_Cycle__c: 1, Concord_SLA__c: expect.anything() as unknown }]);
      expect(s.contact(fresh)).toMatchObject({ concord_stage: 'mql', concord_cycle: '1' });
      expect(s.contact(entered)).toMatchObject({ phone: '+52 1', concord_stage: expect.anything() as unknown });
      expect(s.leadsOf(entered)).toMatchObject([{ Concord_HubSpot_Id__c: s.sandbox.hubspot.state.byEmail(entered)?.id }]);
      expect(s.contact(rejected)).toMatchObject({ concord_stage: 'recycled', lifecyclestage: 'lead', concord_rejection_reason: 'no_budget', concord_rejection_note: 'Sin presupuesto', concord_rejection_count: '1', concord_rejected_by: 'Rita Rep' });
      expect(s.leadsOf(rejected)).toMatchObject([{ Concord_Stage__c: 'recycled', Status: 'Closed - Not Converted', Concord_Rejection_Count__c: 1 }]);
      expect(s.contact(out)).toMatchObject({ hs_email_optout: 'true' });
      expect(s.leadsOf(out)).toHaveLength(1);
    };
  }

  function emails(): number {
    return new Set([...s.sandbox.hubspot.state.contacts()].map((contact) => contact.properties['email'])).size;
  }

  test.each(FAULTS)('%s', async (_fault, action) => {
    for (const times of [1, 30]) {
      const asAgreed = await cast();
      const { faults } = s.sandbox[side];
      const door = faults as unknown as { armed: { left: number }[] };
      const fault = action(side);
      faults.add({ match, action: fault, times });
      // What never comes is not waited for as long as in life.
      const run = await s.attempt({}, fault.do === 'hang' || fault.do === 'truncate-after' ? { deadlineMs: 250 } : {});
      expect(door.armed[0]?.left).toBeLessThan(times);
      if ('failed' in run) expect(['unavailable', 'rate_limited', 'quota_spent', 'unreadable', 'unknown', 'ambiguous_outcome']).toContain(run.failed);
      faults.clear();
      await s.settle();
      asAgreed();
    }
    expect(await s.store.openIntents(null, 10)).toEqual([]);
    expect(await s.store.deadLetters({ state: 'open', limit: 5 })).toEqual([]);
    expect(s.sandbox.hubspot.state.counts().contacts).toBe(emails());
  });
});

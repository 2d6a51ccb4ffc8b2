import { cast, DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/*
 * What happened between two runs, told by the CRMs' own histories: a run that is late does not make the lead late (L5). The handoff is carried on Tuesday at
 * 10:01 in Mexico City, and eight business hours are agreed for the first touch.
 */

let s: Scenario;
const { rep, ui, handedOver, quiet } = cast(() => s);
let isOpen = false;
async function open(): Promise<void> {
  s = await openScenario();
  isOpen = true;
}
async function close(): Promise<void> {
  if (isOpen) await s.close();
  isOpen = false;
}
afterEach(close);

const ANA = 'ana@cliente.example';
const engaged = (contact: string, property = 'notes_last_contacted', at = s.clock.now()): void => void s.sandbox.hubspot.state.act({ sourceType: 'CALCULATED' }).update('contacts', contact, { [property]: String(at) });
const touchOf = async (who = ANA) => (await s.explain(who)).handoffs.at(-1);

describe('several touches before one late run (S1, L5)', () => {
  test('HubSpot: the earliest after the handoff counts, though the property shows the last', async () => {
    await open();
    const { contact } = await handedOver();
    const first = s.clock.now();
    engaged(contact);
    s.pass(DAY + HOUR);
    engaged(contact);
    s.pass(MINUTE);

    await s.sync();

    expect(await touchOf()).toMatchObject({ firstTouchAt: first });
    expect(s.lead(String(s.leadByEmail(ANA)?.['Id']))['Concord_SLA__c']).not.toBe('breached');
    await quiet();
  });

  test('Salesforce: the task that was closed first, with or without a due date', async () => {
    await open();
    const { lead } = await handedOver();
    const first = s.clock.now();
    rep().create('Task', { WhoId: lead, Subject: 'Call', Status: 'Completed' });
    s.pass(DAY + HOUR);
    rep().create('Task', { WhoId: lead, Subject: 'Mail', Status: 'Completed', ActivityDate: '2026-11-18' });
    s.pass(HOUR);
    rep().update('Lead', lead, { Phone: '+52 55 1111' });
    s.pass(MINUTE);

    await s.sync();

    expect(await touchOf()).toMatchObject({ firstTouchAt: first });
    expect(s.lead(lead)['Concord_SLA__c']).not.toBe('breached');
    await quiet();
  });

  test('where the user may not see tasks, everything else is read, and the last activity date tells (M5)', async () => {
    await open();
    s.sandbox.salesforce.state.hideObject('Task');
    const { lead } = await handedOver();
    rep().create('Task', { WhoId: lead, Subject: 'Call', Status: 'Completed', ActivityDate: '2026-11-17' });
    const touched = s.clock.now();
    s.pass(MINUTE);
    expect(await s.sync()).toMatchObject({ status: 'ok', people: { skipped: 1 } });
    expect(await touchOf()).toMatchObject({ firstTouchAt: touched });
  });

  test('tasks count only where the agreement says so', async () => {
    await open();
    s.agreement.settings.sla.touch.tasks = false;
    const { lead } = await handedOver();
    rep().create('Task', { WhoId: lead, Subject: 'Call', Status: 'Completed' });
    s.pass(MINUTE);
    await s.sync();
    expect(await touchOf()).toMatchObject({ firstTouchAt: null });
  });
});

/** What a person does, and how long after the step before. */
type Step = [after: number, act: () => void];

interface Ids {
  contact: string;
  lead: string;
}

/** What Concord keeps and shows of the person, after a run for each step or after one for all of them. */
async function told(steps: (ids: Ids) => Step[], late: boolean, prepare: () => void = () => undefined): Promise<{ handoffs: unknown[]; moves: string[]; shown: Record<string, unknown> }> {
  await open();
  prepare();
  const ids = await handedOver();
  const taken = steps(ids);
  for (const [index, [after, act]] of taken.entries()) {
    s.pass(after);
    act();
    s.pass(5 * MINUTE);
    if (!late || index === taken.length - 1) await s.sync();
  }
  const { handoffs, transitions } = await s.explain(ANA);
  const shown = s.contact(ANA);
  const names = ['concord_stage', 'concord_sal_at', 'concord_sla', 'concord_rejection_reason', 'concord_rejected_by', 'concord_rejected_at', 'concord_rejection_count', 'concord_recycle_on'];
  await quiet();
  await close();
  return {
    handoffs: handoffs.map(({ carriedAt, firstTouchAt, acceptedAt, rejectedAt, rejectedBy, reason, closedAt, closedAs }) => ({ carriedAt, firstTouchAt, acceptedAt, rejectedAt, rejectedBy, reason, closedAt, closedAs })),
    moves: transitions.filter((each) => !each.skipped).map((each) => `${each.from ?? '-'} > ${each.to} ${new Date(each.at).toISOString()}`),
    shown: Object.fromEntries(names.map((name) => [name, shown[name] ?? null])),
  };
}

const CLOSED = 'Closed - Not Converted';
const track = (): void => s.sandbox.salesforce.state.trackHistory('Lead', ['Status', 'Concord_Rejection_Reason__c', 'OwnerId']);
const status = (lead: string, Status: string, more: Record<string, unknown> = {}) => (): void => void rep().update('Lead', lead, { Status, ...more });
const inHubspot = (contact: string, properties: Record<string, string>) => (): void => void ui().update('contacts', contact, properties);

describe('answers that another one followed before one late run (F1, F6, S1, L5)', () => {
  const stories: [string, (ids: Ids) => Step[]][] = [
    ['Salesforce: accepted in time, rejected past the deadline of the answer', ({ lead }) => [[HOUR, status(lead, 'Working - Contacted')], [3 * DAY, status(lead, CLOSED, { Concord_Rejection_Reason__c: 'no_budget' })]]],
    [
      'Salesforce: rejected, taken up again, rejected for another reason',
      ({ lead }) => [[HOUR, status(lead, CLOSED, { Concord_Rejection_Reason__c: 'no_budget' })], [HOUR, status(lead, 'Working - Contacted')], [3 * DAY, status(lead, CLOSED, { Concord_Rejection_Reason__c: 'not_icp' })]],
    ],
    [
      'HubSpot: accepted in time, rejected past the deadline',
      ({ contact }) => [[HOUR, inHubspot(contact, { hs_lead_status: 'IN_PROGRESS' })], [3 * DAY, inHubspot(contact, { hs_lead_status: 'UNQUALIFIED', concord_rejection_reason: 'no_budget' })]],
    ],
  ];
  test('HubSpot: a rep’s "no" that a workflow wrote over is still the rep’s, by name (F1, F2, L3)', async () => {
    const rena = (): void => {
      s.sandbox.hubspot.state.addOwner({ email: 'rena@acme.example', firstName: 'Rena', lastName: 'Rep', userId: 7 });
    };
    const steps = ({ contact }: Ids): Step[] => [
      [HOUR, inHubspot(contact, { hs_lead_status: 'UNQUALIFIED' })],
      [HOUR, () => void s.sandbox.hubspot.state.act({ sourceType: 'AUTOMATION_PLATFORM' }).update('contacts', contact, { hs_lead_status: 'OPEN' })],
    ];
    const { handoffs } = await told(steps, true, rena);
    expect(handoffs).toMatchObject([{ rejectedBy: 'Rena Rep', closedAs: 'rejected' }]);
    expect((await told(steps, false, rena)).handoffs).toEqual(handoffs);
  });

  test.each(stories)('%s: as runs in time would have told it', async (_, steps) => {
    const inTime = await told(steps, false, track);
    expect(inTime.handoffs).toMatchObject([{ acceptedAt: expect.any(Number), closedAs: 'rejected' }]);
    expect(await told(steps, true, track)).toEqual(inTime);
  });

  test('where Salesforce keeps no history of the status, what stands now is the answer', async () => {
    const [[, steps]] = stories as [(typeof stories)[0]];
    expect((await told(steps, true)).handoffs).toMatchObject([{ acceptedAt: null, reason: 'no_budget', closedAs: 'rejected' }]);
  });
});

test('the next owner has it since Salesforce’s history says so, and what that owner did since is a touch (S1, L5)', async () => {
  await open();
  track();
  const { lead } = await handedOver();
  const other = s.sandbox.salesforce.state.addUser({ Name: 'Olga Other', Username: 'olga@acme.example' });
  rep().create('Task', { WhoId: lead, Subject: 'Call', Status: 'Completed' });
  await s.sync();
  s.pass(HOUR);
  const since = s.clock.now();
  rep().update('Lead', lead, { OwnerId: other });
  s.pass(HOUR);
  const touched = s.clock.now();
  s.sandbox.salesforce.state.act(other).create('Task', { WhoId: lead, Subject: 'Call', Status: 'Completed' });
  s.pass(MINUTE);

  await s.sync();

  expect((await s.explain(ANA)).decision.state.handoffs.at(-1)).toMatchObject({ ownerSince: since, ownerTouchAt: touched });
  await quiet();
});

import { emptyState, type PersonState } from '../../src/domain/person';
import type { Value } from '../../src/domain/record';
import { agreed, automated, DAY, desiredOn, HOUR, judge, moves, NOW, own, person, record, set, type FieldsTold, type PersonTold, type Told } from '../support/person';

const T0 = NOW - 10 * DAY;
const CLOSED = 'Closed - Not Converted';
const REASON = 'Concord_Rejection_Reason__c';
const NOTE = 'Concord_Rejection_Note__c';
const REP = { id: '005A', name: 'Rita Rep' };
const rep = (value: Value, at: number): Told => set(value, at, REP);

/** An open handoff since ten days ago, carried by the lead. */
function open(more: Partial<PersonState> = {}): PersonState {
  return {
    ...emptyState(),
    stage: 'mql',
    stageAt: T0,
    entries: { lead: { first: T0 - DAY, latest: T0 - DAY }, mql: { first: T0, latest: T0 } },
    handoffs: [{ cycle: 1, openedAt: T0, adopted: false, why: 'score', carriedAt: T0, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: '005A', sla: null, slaDueAt: null }],
    inScope: true,
    ...more,
  };
}

/** The open handoff with a lead and a contact as Concord left them, and what somebody has said since. */
function said(lead: FieldsTold, hubspot: FieldsTold = {}, more: Partial<PersonTold> = {}, state: PersonState = open(), of = agreed(() => undefined)): ReturnType<typeof judge> {
  const shown = { lifecyclestage: own('marketingqualifiedlead', T0), hs_lead_status: own('NEW', T0), ...hubspot };
  return judge(person({ hubspot: shown, lead: { Status: own('Open - Not Contacted', T0), Concord_Cycle__c: own(1, T0), Concord_Stage__c: own('mql', T0), ...lead }, ...more }, state, of), of);
}

const rejected = (reason: string, more: FieldsTold = {}, at = NOW - HOUR): FieldsTold => ({ Status: rep(CLOSED, at), [REASON]: rep(reason, at), ...more });
const last = (decision: ReturnType<typeof judge>) => decision.state.handoffs.at(-1);

describe('where reps say no (F1)', () => {
  test('a status and a reason in Salesforce: who, when, where', () => {
    const told = said(rejected('no_budget', { [NOTE]: rep('until 2027', NOW - HOUR) }));
    expect(last(told)).toMatchObject({ closedAs: 'rejected', closedAt: NOW - HOUR, rejection: { at: NOW - HOUR, crm: 'salesforce', by: REP, reason: 'no_budget', note: 'until 2027', counted: true } });
    expect(moves(told)).toEqual(['mql > recycled']);
    expect(desiredOn(told, 'hubspot', 'concord_rejection_reason')).toBe('no_budget');
    expect(desiredOn(told, 'hubspot', 'concord_rejection_note')).toBe('until 2027');
    expect(desiredOn(told, 'hubspot', 'concord_rejected_by')).toBe('Rita Rep');
    expect(desiredOn(told, 'hubspot', 'concord_rejection_count')).toBe(1);
    expect(desiredOn(told, 'hubspot', 'hs_lead_status')).toBe('BAD_TIMING');
  });

  test('in HubSpot: Salesforce is brought in line', () => {
    const told = said({}, { hs_lead_status: set('UNQUALIFIED', NOW - HOUR), concord_rejection_reason: set('not_icp', NOW - HOUR) });
    expect(last(told)?.rejection).toMatchObject({ crm: 'hubspot', reason: 'not_icp' });
    expect(desiredOn(told, 'salesforce', 'Status')).toBe(CLOSED);
    expect(desiredOn(told, 'salesforce', REASON)).toBe('not_icp');
  });

  test('a reason alone rejects, and Concord sets the agreed status in both', () => {
    const told = said({ [REASON]: rep('timing', NOW - HOUR) });
    expect(last(told)?.rejection?.reason).toBe('timing');
    expect(desiredOn(told, 'salesforce', 'Status')).toBe(CLOSED);
    expect(desiredOn(told, 'hubspot', 'hs_lead_status')).toBe('BAD_TIMING');
  });

  test('an off-ramp without a status of its own shows the first rejecting one', () => {
    const of = agreed((settings) => {
      for (const stage of settings.stages) if (stage.id === 'recycled') Object.assign(stage, { hubspot: { also: [], also_lead_status: [] }, salesforce: { also: [] } });
    });
    const told = said({ [REASON]: rep('timing', NOW - HOUR) }, {}, {}, open(), of);
    expect(desiredOn(told, 'salesforce', 'Status')).toBe(CLOSED);
    expect(desiredOn(told, 'hubspot', 'hs_lead_status')).toBe('UNQUALIFIED');
  });

  test('a contact has no status: its reason field is enough', () => {
    const told = judge(person({ contact: { [REASON]: rep('timing', NOW - HOUR), Concord_Cycle__c: 1 } }, open()));
    expect(last(told)?.rejection).toMatchObject({ record: 'salesforce:contact:003000000000001AAA', reason: 'timing' });
  });

  test('of two answers the newest decides', () => {
    const told = said(rejected('no_budget', {}, NOW - 3 * HOUR), { hs_lead_status: set('UNQUALIFIED', NOW - HOUR), concord_rejection_reason: set('not_icp', NOW - HOUR) });
    expect(last(told)?.rejection).toMatchObject({ reason: 'not_icp', crm: 'hubspot' });
    expect(told.state.rejectionCount).toBe(1);
    expect(told.state.stage).toBe('disqualified');
  });

  test('the same answer read again is no other', () => {
    const first = said(rejected('no_budget'));
    const again = said(rejected('no_budget'), {}, {}, first.state);
    expect(again.transitions).toEqual([]);
    expect(again.state).toEqual(first.state);
  });

  test('what Concord wrote says nothing (L11)', () => {
    expect(said({ Status: own(CLOSED, NOW - HOUR), [REASON]: own('no_budget', NOW - HOUR) }).transitions).toEqual([]);
  });

  test('nor does an empty reason found at the first reading under a status that Concord wrote (L11)', () => {
    expect(said({ Status: own(CLOSED, NOW - HOUR), [REASON]: { value: null, since: { at: NOW, first: true } } }).transitions).toEqual([]);
  });

  test('a lead status that a workflow set in HubSpot is nobody’s answer (L3), and is put right', () => {
    const told = said({}, { hs_lead_status: automated('UNQUALIFIED', NOW - HOUR) });
    expect(told.transitions).toEqual([]);
    expect(desiredOn(told, 'hubspot', 'hs_lead_status')).toBe('NEW');
  });

  test('where the agreement lists sales’ users in HubSpot, others do not answer for sales (L3)', () => {
    const of = agreed((settings) => void (settings.evidence.sales_hubspot_users = ['9']));
    expect(said({}, { hs_lead_status: set('UNQUALIFIED', NOW - HOUR) }, {}, open(), of).transitions).toEqual([]);
    expect(said({}, { hs_lead_status: set('UNQUALIFIED', NOW - HOUR, { id: '9', source: 'CRM_UI' }) }, {}, open(), of).state.stage).toBe('recycled');
  });

  test('rejection fields that conversion copied to the contact are no answer (I2)', () => {
    const lead = record('salesforce', 'lead', { Status: rep('Closed - Converted', NOW - HOUR), [REASON]: rep('timing', NOW - 5 * DAY) }, { conversion: { contactId: '003000000000001AAA', at: NOW - HOUR } });
    const copied = judge(person({ contact: { [REASON]: rep('timing', NOW - HOUR) }, leads: [lead] }, open()));
    expect(copied.state.stage).toBe('sql');
    const said = judge(person({ contact: { [REASON]: rep('no_need', NOW - HOUR / 2) }, leads: [lead] }, copied.state));
    expect(said.state.stage).toBe('recycled');
  });
});

describe('the stage by route (F2)', () => {
  test.each([
    ['no_budget', 'recycle', 'recycled', '2027-05-22'],
    ['bad_data', 'fix_data', 'recycled', null],
    ['other', 'nurture', 'recycled', null],
    ['not_icp', 'disqualify', 'disqualified', null],
    ['do_not_contact', 'suppress', 'disqualified', null],
    ['the dog ate it', 'unmapped', 'recycled', null],
  ])('%s: %s', (reason, route, stage, recycleOn) => {
    const told = said(rejected(reason));
    expect(told.state.stage).toBe(stage);
    expect(last(told)?.rejection).toMatchObject({ route, recycleOn });
    expect(desiredOn(told, 'hubspot', 'concord_route')).toBe(route);
    expect(desiredOn(told, 'hubspot', 'concord_recycle_on')).toBe(recycleOn);
    expect(told.state.block).toMatchObject({ at: NOW - HOUR, route, until: recycleOn });
  });

  test('the rep’s own date goes before the agreement’s', () => {
    const told = said(rejected('no_budget', { Concord_Recycle_On__c: rep('2027-01-10', NOW - HOUR) }));
    expect(told.state.block?.until).toBe('2027-01-10');
    expect(desiredOn(told, 'hubspot', 'concord_recycle_on')).toBe('2027-01-10');
  });

  test('a rep’s date beside a reason that does not recycle is left where the rep wrote it', () => {
    const told = said(rejected('not_icp', { Concord_Recycle_On__c: rep('2027-01-10', NOW - HOUR) }));
    expect(told.state.block?.until).toBeNull();
    expect(desiredOn(told, 'salesforce', 'Concord_Recycle_On__c')).toBeUndefined();
  });

  test('a note, a detail and a date that the rep writes later belong to the answer', () => {
    const first = said(rejected('no_budget'));
    const later = said(rejected('no_budget', { [NOTE]: rep('ask in May', NOW), Concord_Rejection_Detail__c: rep('Bea', NOW), Concord_Recycle_On__c: rep('2027-05-01', NOW) }), {}, { now: NOW + HOUR }, first.state);
    expect(last(later)?.rejection).toMatchObject({ note: 'ask in May', detail: 'Bea', recycleOn: '2027-05-01', at: NOW - HOUR });
    expect(later.state.block?.until).toBe('2027-05-01');
    expect(desiredOn(later, 'hubspot', 'concord_rejection_note')).toBe('ask in May');
    expect(later.state.rejectionCount).toBe(1);
  });

  describe('words in the other CRM', () => {
    const lead = rejected('no_budget', { [NOTE]: rep('until 2027', NOW - HOUR) });
    const noteOn = (told: ReturnType<typeof said>, crm: 'hubspot' | 'salesforce'): unknown => desiredOn(told, crm, crm === 'hubspot' ? 'concord_rejection_note' : NOTE);
    test.each<[string, FieldsTold, Value, Value | undefined]>([
      ['written after the rep’s are added to them, and stand where they were written (F2, W4)', { concord_rejection_note: set('she called', NOW) }, 'until 2027\nshe called', undefined],
      ['written before the rep’s give way to them (F1)', { concord_rejection_note: set('she called', NOW - 2 * HOUR) }, 'until 2027', 'until 2027'],
      ['that Concord wrote are nobody’s (L11)', { concord_rejection_note: own('older', NOW) }, 'until 2027', 'until 2027'],
      ['found at the first reading were not seen being written (L5)', { concord_rejection_note: { value: 'x', since: { at: NOW, first: true } } }, 'until 2027', 'until 2027'],
      ['that are the same are told once', { concord_rejection_note: set('until 2027', NOW) }, 'until 2027', undefined],
      ['emptied say nothing', { concord_rejection_note: set(null, NOW) }, 'until 2027', 'until 2027'],
    ])('%s', (_, hubspot, note, wanted) => {
      const told = said(lead, hubspot, { now: NOW + HOUR });
      expect(last(told)?.rejection?.note).toBe(note);
      expect([noteOn(told, 'hubspot'), noteOn(told, 'salesforce')]).toEqual([wanted, undefined]);
      // Decided again it is the same (W2).
      expect(last(said(lead, hubspot, { now: NOW + HOUR }, told.state))?.rejection?.note).toBe(note);
    });
    test('are the note where the rep wrote none, in either CRM', () => {
      const told = said(rejected('no_budget'), { concord_rejection_note: set('she called', NOW) }, { now: NOW + HOUR });
      expect([last(told)?.rejection?.note, noteOn(told, 'hubspot')]).toEqual(['she called', undefined]);
      const older = said(rejected('no_budget'), { concord_rejection_note: set('of an earlier pass', NOW - 2 * HOUR) }, { now: NOW + HOUR });
      expect([last(older)?.rejection?.note, noteOn(older, 'hubspot')]).toEqual([null, null]);
      const there = said({ [NOTE]: rep('ask Bea', NOW) }, { hs_lead_status: set('UNQUALIFIED', NOW - HOUR), concord_rejection_reason: set('timing', NOW - HOUR) }, { now: NOW + HOUR });
      expect([last(there)?.rejection?.note, noteOn(there, 'salesforce')]).toEqual(['ask Bea', undefined]);
    });
  });

  describe('reroute keeps the MQL and the handoff, and is not a rejection', () => {
    const rerouted = said(rejected('wrong_owner'));
    test('nothing is counted, nothing moves, the status is opened again', () => {
      expect(rerouted.state).toMatchObject({ stage: 'mql', rejectionCount: 0, block: null });
      expect(last(rerouted)).toMatchObject({ closedAt: null, rejection: { route: 'reroute', counted: false } });
      expect(desiredOn(rerouted, 'salesforce', 'Status')).toBe('Open - Not Contacted');
      expect(desiredOn(rerouted, 'hubspot', 'concord_route')).toBe('reroute');
    });
    test('the team’s answer clock runs on (S1)', () => {
      expect(rerouted.clocks.find((clock) => clock.name === 'answer')?.stoppedAt).toBeNull();
    });
    test('the next owner’s "no" is one', () => {
      const told = said(rejected('no_budget', {}, NOW), {}, { now: NOW + HOUR }, rerouted.state);
      expect(told.state).toMatchObject({ stage: 'recycled', rejectionCount: 1 });
      expect(last(told)).toMatchObject({ closedAs: 'rejected', rejection: { at: NOW, counted: true, reason: 'no_budget' } });
    });
    test('a rejection corrected to it is taken back', () => {
      const told = said({ Status: rep(CLOSED, NOW - HOUR), [REASON]: rep('wrong_owner', NOW) }, {}, { now: NOW + HOUR }, said(rejected('no_budget')).state);
      expect(told.state).toMatchObject({ stage: 'mql', rejectionCount: 0, block: null });
      expect(last(told)?.closedAt).toBeNull();
    });
  });

  test('duplicate closes that record only: the handoff follows the survivor, and the closed one is not reopened', () => {
    const survivor = record('salesforce', 'lead', { Email: 'ana@cliente.example', Status: 'Open - Not Contacted' }, { id: '00Q000000000009AAA' });
    const told = said(rejected('duplicate'), {}, { leads: [survivor], pins: { hubspot: '101', salesforce: { object: 'lead', id: '00Q000000000001AAA' } } });
    expect(told.state).toMatchObject({ stage: 'mql', rejectionCount: 0 });
    expect(last(told)?.closedAt).toBeNull();
    expect(told.primary?.ref.id).toBe('00Q000000000009AAA');
    expect(told.desired.filter((each) => each.crm === 'salesforce').map((each) => each.record?.ref.id)).toEqual(['00Q000000000009AAA']);
  });
});

describe('reasons (F3)', () => {
  test.each([['No budget'], ['sin presupuesto'], ['SEM ORCAMENTO'], ['  muy   caro '], ['no_budget']])('%s is understood', (words) => {
    expect(last(said(rejected(words)))?.rejection).toMatchObject({ reason: 'no_budget', words, route: 'recycle' });
  });
  test('one that matches none is kept word for word in the note, with `other` in the pick-one field', () => {
    const told = said(rejected('El perro se lo comió', { [NOTE]: rep('really', NOW - HOUR) }));
    expect(last(told)?.rejection).toMatchObject({ reason: 'other', words: 'El perro se lo comió', note: 'El perro se lo comió\nreally' });
    expect(desiredOn(told, 'hubspot', 'concord_rejection_reason')).toBe('other');
    expect(desiredOn(told, 'hubspot', 'concord_rejection_note')).toBe('El perro se lo comió\nreally');
  });
});

describe('without a reason (F4)', () => {
  const bare = said({ Status: rep(CLOSED, NOW - HOUR) });
  test('it is a rejection, and its feedback clock runs', () => {
    expect(bare.state).toMatchObject({ stage: 'recycled', rejectionCount: 1 });
    expect(last(bare)?.rejection).toMatchObject({ reason: null, route: null, recycleOn: null });
    expect(bare.clocks.map((clock) => [clock.name, clock.stoppedAt === null])).toContainEqual(['reason', true]);
    expect(desiredOn(bare, 'hubspot', 'concord_sla')).toBe('on_track');
  });
  test('the reason given later corrects it: not another rejection, dated when the rep said no', () => {
    const told = said({ Status: rep(CLOSED, NOW - HOUR), [REASON]: rep('timing', NOW) }, {}, { now: NOW + HOUR }, bare.state);
    expect(told.state.rejectionCount).toBe(1);
    expect(last(told)?.rejection).toMatchObject({ at: NOW - HOUR, reason: 'timing', recycleOn: '2027-02-21' });
    expect(told.clocks.find((clock) => clock.name === 'reason')).toMatchObject({ startedAt: NOW - HOUR, stoppedAt: NOW });
    expect(desiredOn(told, 'hubspot', 'concord_sla')).toBe('met');
  });
  test('its clock keeps what it came to: met, or breached when the reason came too late, also when both are read in one late run (S1, S2, L5)', () => {
    const late = NOW + 7 * DAY;
    const inTwo = said({ Status: rep(CLOSED, NOW - HOUR), [REASON]: rep('timing', late) }, {}, { now: late + HOUR }, bare.state);
    const inOne = said({ Status: rep(CLOSED, NOW - HOUR), [REASON]: rep('timing', late) }, {}, { now: late + HOUR });
    for (const told of [inTwo, inOne]) {
      expect(told.clocks.find((clock) => clock.name === 'reason')).toMatchObject({ startedAt: NOW - HOUR, stoppedAt: late });
      expect(desiredOn(told, 'salesforce', 'Concord_SLA__c')).toBe('breached');
    }
    const corrected = said({ Status: rep(CLOSED, NOW - HOUR), [REASON]: rep('no_need', late + DAY) }, {}, { now: late + 2 * DAY }, inTwo.state);
    expect(corrected.clocks.find((clock) => clock.name === 'reason')?.stoppedAt).toBe(late);
  });
  test('a reason given together with the "no" has no clock', () => {
    expect(said(rejected('timing')).clocks.some((clock) => clock.name === 'reason')).toBe(false);
  });
  test('a reason cleared while the status stays rejected is without a reason again (F6)', () => {
    const told = said({ Status: rep(CLOSED, NOW - HOUR), [REASON]: rep(null, NOW) }, {}, { now: NOW + HOUR }, said(rejected('timing')).state);
    expect(told.state).toMatchObject({ stage: 'recycled', rejectionCount: 1 });
    expect(last(told)?.rejection).toMatchObject({ reason: null });
  });
});

describe('the same “no” once more, in the other CRM', () => {
  const first = said(rejected('timing', { [NOTE]: rep('in May', NOW - HOUR) }));
  const again = (hubspot: FieldsTold): ReturnType<typeof said> => said(rejected('timing', { [NOTE]: rep('in May', NOW - HOUR) }), hubspot, { now: NOW + HOUR }, first.state);
  test('without a reason it takes none away (M4, F3)', () => {
    const told = again({ hs_lead_status: set('UNQUALIFIED', NOW) });
    expect(last(told)?.rejection).toMatchObject({ reason: 'timing', note: 'in May', crm: 'salesforce' });
    expect(desiredOn(told, 'hubspot', 'concord_rejection_reason')).toBe('timing');
    expect(told.state.rejectionCount).toBe(1);
  });
  test('with the reason emptied by somebody it is without one (F6, F4)', () => {
    const told = again({ hs_lead_status: own('BAD_TIMING', NOW - HOUR), concord_rejection_reason: set(null, NOW) });
    expect(last(told)?.rejection?.reason).toBeNull();
  });
  test('with another reason it is corrected', () => {
    expect(last(again({ hs_lead_status: set('UNQUALIFIED', NOW), concord_rejection_reason: set('not_icp', NOW) }))?.rejection?.reason).toBe('not_icp');
  });
  test('the reason that comes after one without is taken', () => {
    const bare = said({ Status: rep(CLOSED, NOW - HOUR) });
    expect(last(said({ Status: rep(CLOSED, NOW - HOUR) }, { hs_lead_status: set('UNQUALIFIED', NOW), concord_rejection_reason: set('not_icp', NOW) }, { now: NOW + HOUR }, bare.state))?.rejection?.reason).toBe('not_icp');
  });
});

describe('taken back (F6)', () => {
  const before = said(rejected('timing')).state;
  test('a status moved out of the rejected set reopens the handoff and clears the reason', () => {
    const told = said({ Status: rep('Open - Not Contacted', NOW), [REASON]: rep('timing', NOW - HOUR), Concord_Rejection_Count__c: 1 }, {}, { now: NOW + HOUR }, before);
    expect(told.state).toMatchObject({ stage: 'mql', rejectionCount: 0, block: null });
    expect(last(told)).toMatchObject({ closedAt: null, closedAs: null, rejection: null, cycle: 1 });
    expect(desiredOn(told, 'salesforce', REASON)).toBeNull();
    expect(desiredOn(told, 'hubspot', 'concord_route')).toBeNull();
    expect(desiredOn(told, 'salesforce', 'Concord_Rejection_Count__c')).toBe(0);
  });
  test('on a contact, which has no status, by emptying the reason', () => {
    const first = judge(person({ contact: { [REASON]: rep('timing', NOW - HOUR), Concord_Cycle__c: 1 } }, open()));
    const told = judge(person({ contact: { [REASON]: rep(null, NOW), Concord_Cycle__c: 1 }, now: NOW + HOUR }, first.state));
    expect(told.state).toMatchObject({ stage: 'mql', rejectionCount: 0 });
  });
  test('in the other CRM, where Concord showed it', () => {
    const told = said(rejected('timing'), { hs_lead_status: set('OPEN', NOW) }, { now: NOW + HOUR }, before);
    expect(told.state.stage).toBe('mql');
    expect(desiredOn(told, 'salesforce', 'Status')).toBe('Open - Not Contacted');
  });
  test('and worked on there: the lead is not left closed (F1); one that the system closed stays so (F8)', () => {
    const of = agreed((settings) => void settings.rejection.system_users.push('005SYS'));
    const worked = (lead: FieldsTold, state: PersonState): ReturnType<typeof said> => said(lead, { hs_lead_status: set('IN_PROGRESS', NOW) }, { now: NOW + HOUR }, state, of);
    const told = worked(rejected('timing'), before);
    expect([told.state.stage, desiredOn(told, 'salesforce', 'Status'), desiredOn(told, 'salesforce', REASON)]).toEqual(['sal', 'Working - Contacted', null]);
    expect(desiredOn(worked({ Status: set(CLOSED, T0 + HOUR, { id: '005SYS' }) }, open()), 'salesforce', 'Status')).toBeUndefined();
    // F8: against an open deal nothing of the lead's is moved.
    const deal = said(rejected('timing'), { hs_lead_status: set('IN_PROGRESS', NOW) }, { now: NOW + HOUR, contact: {}, opportunities: [{ role: 'Buyer' }] }, before, of);
    expect([deal.state.stage, deal.desired.flatMap((each) => (each.object === 'lead' ? [each.fields.get('Status')?.value] : []))]).toEqual(['opportunity', []]);
  });
  test('not by a workflow, and not by somebody working a duplicate that never said no', () => {
    expect(said(rejected('timing'), { hs_lead_status: automated('OPEN', NOW) }, { now: NOW + HOUR }, before).state.stage).toBe('recycled');
    const other = record('salesforce', 'lead', { Status: rep('Nurturing', NOW) }, { id: '00Q000000000009AAA' });
    const pins = { hubspot: '101', salesforce: { object: 'lead' as const, id: '00Q000000000001AAA' } };
    expect(said(rejected('timing'), {}, { now: NOW + HOUR, leads: [other], pins }, before).state.stage).toBe('recycled');
  });
  test('an older change takes nothing back', () => {
    expect(said(rejected('timing'), { hs_lead_status: set('OPEN', NOW - 2 * HOUR) }, { now: NOW + HOUR }, before).state.stage).toBe('recycled');
  });
});

describe('nothing more than the handoff (F8)', () => {
  test('a person with an open opportunity does not move; it is recorded and not counted', () => {
    const state = open({ stage: 'opportunity', stageAt: T0 + DAY });
    const accepted = { ...state, handoffs: state.handoffs.map((each) => ({ ...each, acceptedAt: T0 + DAY })) };
    const told = said(rejected('timing'), {}, { opportunities: [{ createdAt: T0 + DAY }] }, accepted);
    expect(told.state).toMatchObject({ stage: 'opportunity', rejectionCount: 0, block: null });
    expect(last(told)).toMatchObject({ closedAt: null, rejection: { counted: false, reason: 'timing' } });
    const corrected = said(rejected('no_budget', {}, NOW), {}, { now: NOW + HOUR, opportunities: [{ createdAt: T0 + DAY }] }, told.state);
    expect(corrected.state.stage).toBe('opportunity');
    expect(last(corrected)?.rejection).toMatchObject({ counted: false, reason: 'no_budget' });
  });

  test('without a handoff it is recorded and routed, not counted; taken back, the person is where it was', () => {
    const alone = open({ stage: 'lead', stageAt: T0, handoffs: [], entries: { lead: { first: T0, latest: T0 } } });
    const told = said(rejected('timing'), { lifecyclestage: own('lead', T0) }, {}, alone);
    expect(told.state).toMatchObject({ stage: 'recycled', rejectionCount: 0 });
    expect(last(told)?.rejection).toMatchObject({ counted: false });
    const back = said({ Status: rep('Open - Not Contacted', NOW) }, { lifecyclestage: own('lead', T0) }, { now: NOW + HOUR }, told.state);
    expect(back.state).toMatchObject({ stage: 'lead', rejectionCount: 0, block: null });
  });

  test('a customer’s rejected handoff ends and counts; the customer stays one, and `suppress` lets no act count', () => {
    const customer = open({ stage: 'customer', stageAt: T0 - 50 * DAY });
    const won = { opportunities: [{ isWon: true, closedAt: T0 - 50 * DAY, createdAt: T0 - 60 * DAY }] };
    const told = said(rejected('do_not_contact'), {}, won, customer);
    expect(told.state).toMatchObject({ stage: 'customer', rejectionCount: 1, block: { route: 'suppress' } });
    expect(last(told)?.closedAs).toBe('rejected');
    const act = { hubspotscore: 90, recent_conversion_date: new Date(NOW).toISOString() };
    expect(said(rejected('do_not_contact'), act, { ...won, now: NOW + HOUR }, told.state).state.handoffs).toHaveLength(1);
    const other = said(rejected('timing'), {}, won, customer);
    expect(said(rejected('timing'), act, { ...won, now: NOW + HOUR }, other.state).state.handoffs).toHaveLength(2);
  });

  test('a closure by a system user is no answer', () => {
    const of = agreed((settings) => void settings.rejection.system_users.push('005SYS'));
    const told = said({ Status: set(CLOSED, NOW - HOUR, { id: '005SYS' }) }, {}, {}, open(), of);
    expect(told.state).toMatchObject({ stage: 'mql', rejectionCount: 0 });
    expect(last(told)).toMatchObject({ closedAs: 'system', rejection: null });
  });

  test('a status that stands since an earlier pass answers this one when the rep answers again', () => {
    const second = open({ handoffs: [{ ...(open().handoffs[0] as PersonState['handoffs'][number]), cycle: 1, openedAt: NOW - 2 * HOUR }], lastAnswer: { at: NOW - 5 * DAY, said: [] } });
    const told = said({ Status: rep(CLOSED, NOW - 5 * DAY), [REASON]: rep('timing', NOW - HOUR) }, {}, {}, second);
    expect(last(told)).toMatchObject({ closedAt: NOW - HOUR, rejection: { at: NOW - HOUR } });
  });
});

describe('fields out of sight (M5)', () => {
  const before = said(rejected('timing', { [NOTE]: rep('later', NOW - HOUR) })).state;
  test('a reason that is not returned any more is not a reason taken away', () => {
    const told = said({ Status: rep(CLOSED, NOW - HOUR), [REASON]: undefined, [NOTE]: undefined }, {}, { now: NOW + HOUR }, before);
    expect(last(told)?.rejection).toMatchObject({ reason: 'timing', note: 'later' });
    expect(told.state.stage).toBe('recycled');
  });
  test('a status that is not returned any more reopens nothing, also when the reason had been cleared', () => {
    const bare = said({ Status: rep(CLOSED, NOW - 2 * HOUR), [REASON]: rep(null, NOW - HOUR) }, {}, {}, before);
    const told = said({ Status: undefined, [REASON]: rep(null, NOW - HOUR) }, {}, { now: NOW + HOUR }, bare.state);
    expect(told.state.stage).toBe('recycled');
    expect(last(told)?.closedAs).toBe('rejected');
  });
});

describe('an integration that carries answers over (L11)', () => {
  const NATIVE = { source: 'SALESFORCE' };

  test('a reason that a machine copied to HubSpot is the rep’s answer once more: the rep and the note stand', () => {
    const told = said(rejected('no_budget', { [NOTE]: rep('until 2027', NOW - HOUR) }), { concord_rejection_reason: set('No Budget', NOW - HOUR / 2, NATIVE) });
    expect(last(told)?.rejection).toMatchObject({ at: NOW - HOUR, crm: 'salesforce', by: REP, reason: 'no_budget', note: 'until 2027' });
    expect(told.state.handoffs).toHaveLength(1);
  });

  test('another reason by a machine is no copy: the newest decides (F1)', () => {
    const told = said(rejected('no_budget'), { concord_rejection_reason: set('not_icp', NOW - HOUR / 2, NATIVE) });
    expect(last(told)?.rejection).toMatchObject({ crm: 'hubspot', reason: 'not_icp' });
  });

  test('the same reason by a second person is an answer of its own', () => {
    const told = said(rejected('no_budget'), { concord_rejection_reason: set('no_budget', NOW - HOUR / 2) });
    expect(last(told)?.rejection).toMatchObject({ crm: 'hubspot', by: { id: '7' } });
  });

  test('copied to Salesforce by a user that the agreement calls the system’s: HubSpot’s answer stands (F8)', () => {
    const system = { id: '005HUB', name: 'HubSpot Integration' };
    const told = said({ [REASON]: set('no_budget', NOW - HOUR / 2, system) }, { hs_lead_status: set('UNQUALIFIED', NOW - HOUR), concord_rejection_reason: set('no_budget', NOW - HOUR) }, {}, open(), agreed((settings) => void (settings.rejection.system_users = ['005HUB'])));
    expect(last(told)?.rejection).toMatchObject({ crm: 'hubspot', at: NOW - HOUR, reason: 'no_budget' });
  });
});

describe('an agreement edited after the answer', () => {
  const edited = (id: string, change: (reason: { route: string; after?: string; aliases: string[] }) => void): ReturnType<typeof agreed> =>
    agreed((settings) => {
      for (const reason of settings.rejection.reasons) if (reason.id === id) change(reason as never);
    });
  const later = (lead: FieldsTold, first: ReturnType<typeof said>, of: ReturnType<typeof agreed>): ReturnType<typeof said> => said(lead, {}, {}, first.state, of);

  test('a route that has changed leads nobody elsewhere who was answered before it (L1, F2)', () => {
    const lead = rejected('no_solution_fit', { [NOTE]: rep('no API', NOW - HOUR), Concord_Recycle_On__c: set(null, NOW - DAY) });
    const first = said(lead);
    const told = later(lead, first, edited('no_solution_fit', (reason) => (reason.route = 'nurture')));
    expect(told.state.stage).toBe('disqualified');
    expect(last(told)?.rejection).toEqual(last(first)?.rejection);
    expect(told.state.block).toEqual(first.state.block);
  });

  test('nor does a reason that was removed: its words are not added to the note (F3)', () => {
    const lead = rejected('no_need', { [NOTE]: rep('mi nota', NOW - HOUR), Concord_Recycle_On__c: set(null, NOW - DAY) });
    const first = said(lead);
    const without = agreed((settings) => (settings.rejection.reasons = settings.rejection.reasons.filter((reason) => reason.id !== 'no_need')));
    const told = later(lead, first, without);
    expect(last(told)?.rejection).toEqual(last(first)?.rejection);
    expect(last(later({ ...lead, Concord_Recycle_On__c: rep('2027-05-01', NOW - 1000) }, first, without))?.rejection).toMatchObject({ reason: 'no_need', route: 'recycle', recycleOn: '2027-05-01' });
  });

  test('words that nobody knew are heard once RevOps has made them an alias (F3)', () => {
    const lead = rejected('carísimo', { [NOTE]: rep('mi nota', NOW - HOUR), Concord_Recycle_On__c: set(null, NOW - DAY) });
    const first = said(lead);
    expect(last(first)?.rejection).toMatchObject({ reason: 'other', route: 'unmapped', note: 'carísimo\nmi nota', recycleOn: null });
    const taught = (id: string): ReturnType<typeof said> => later(lead, first, edited(id, (reason) => reason.aliases.push('Carisimo')));
    const told = taught('no_budget');
    expect(last(told)?.rejection).toMatchObject({ reason: 'no_budget', words: 'carísimo', route: 'recycle', note: 'mi nota', at: NOW - HOUR, counted: true });
    expect(told.state).toMatchObject({ stage: 'recycled', rejectionCount: 1, block: { route: 'recycle', until: last(told)?.rejection?.recycleOn } });
    expect(taught('not_icp').state.stage).toBe('disqualified');
    expect(taught('wrong_owner').state).toMatchObject({ stage: 'mql', rejectionCount: 0 });
  });
});

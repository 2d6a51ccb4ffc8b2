import { soughtAnswers } from '../../src/core/decide/rules/overwritten';
import type { PastValues } from '../../src/core/decide/context';
import type { Handoff, PersonState } from '../../src/domain/person';
import { emptyState } from '../../src/domain/person';
import type { FieldVersion, Value } from '../../src/domain/record';
import { OVERWRITTEN } from '../../src/core/observe';
import { agreed, HOUR, judge, MINUTE, moves, NOW, person, record, set } from '../support/person';

/* An open handoff since yesterday; what sales said since, one after the other. */

const CARRIED = NOW - 24 * HOUR;
const LEAD = 'salesforce:lead:00Q000000000001AAA';
const CLOSED = 'Closed - Not Converted';
const WORKING = 'Working - Contacted';

function waiting(more: Partial<Handoff> = {}): PersonState {
  const handoff: Handoff = { cycle: 1, openedAt: CARRIED - HOUR, adopted: false, why: '', carriedAt: CARRIED, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: '005A', sla: null, slaDueAt: null, ...more };
  return { ...emptyState(), stage: 'mql', stageAt: handoff.openedAt, entries: { mql: { first: handoff.openedAt, latest: handoff.openedAt } }, handoffs: [handoff], inScope: true };
}
const versions = (...list: [Value, number][]): FieldVersion[] => list.map(([value, ago]) => ({ value, at: NOW - ago, by: { id: '005A' } }));
const past = (field: string, list: FieldVersion[]): PastValues => ({ ref: LEAD, field, versions: list });

function told(overwritten: PastValues[], lead: Parameters<typeof person>[0]['lead'] = {}, state = waiting()): ReturnType<typeof judge> {
  return judge({ ...person({ lead: { Status: set(CLOSED, NOW - HOUR, { id: '005A' }), Concord_Cycle__c: 1, ...lead } }, state), overwritten });
}

describe('answers that another one followed (L5)', () => {
  test('accepted, then rejected: the acceptance stops the answer clock when it was said', () => {
    const decision = told([past('Status', versions(['Open - Not Contacted', 24 * HOUR - MINUTE], [WORKING, 5 * HOUR], [CLOSED, HOUR]))]);
    expect(decision.state.handoffs[0]).toMatchObject({ acceptedAt: NOW - 5 * HOUR, firstTouchAt: NOW - 5 * HOUR, closedAt: NOW - HOUR, closedAs: 'rejected' });
    expect(decision.clocks.find((clock) => clock.name === 'answer')?.stoppedAt).toBe(NOW - 5 * HOUR);
    expect(moves(decision)).toEqual(['mql > sal', 'sal > recycled']);
    expect(decision.state.rejectionCount).toBe(1);
  });

  test('without it nothing but the last is known', () => {
    expect(told([]).state.handoffs[0]).toMatchObject({ acceptedAt: null, closedAt: NOW - HOUR });
  });

  test('rejected, taken back, rejected again: one rejection counts, the last (F6)', () => {
    const reasons = past('Concord_Rejection_Reason__c', versions(['no_budget', 6 * HOUR], [null, 5 * HOUR], ['not_icp', HOUR]));
    const decision = told([past('Status', versions([CLOSED, 6 * HOUR], [WORKING, 5 * HOUR], [CLOSED, HOUR])), reasons], { Concord_Rejection_Reason__c: set('not_icp', NOW - HOUR, { id: '005A' }) });
    expect(moves(decision)).toEqual(['mql > recycled', 'recycled > mql', 'mql > sal', 'sal > disqualified']);
    expect(decision.state).toMatchObject({ rejectionCount: 1, handoffs: [{ acceptedAt: NOW - 5 * HOUR, rejection: { reason: 'not_icp', at: NOW - HOUR } }] });
  });

  test('an answer on another record is taken in its own time, not before', () => {
    const overwritten = [past('Status', versions([WORKING, 5 * HOUR], ['Open - Not Contacted', 4 * HOUR]))];
    const decision = judge({ ...person({ hubspot: { hs_lead_status: set('UNQUALIFIED', NOW - 2 * HOUR), concord_rejection_reason: set('no_budget', NOW - 2 * HOUR) }, lead: { Status: set('Open - Not Contacted', NOW - 4 * HOUR, { id: '005A' }), Concord_Cycle__c: 1 } }, waiting()), overwritten });
    expect(decision.state.handoffs[0]).toMatchObject({ acceptedAt: NOW - 5 * HOUR, rejection: { crm: 'hubspot', at: NOW - 2 * HOUR } });
    expect(decision.transitions.filter((each) => !each.skipped).map((each) => each.at)).toEqual([NOW - 5 * HOUR, NOW - 2 * HOUR]);
  });

  test('what the agreement counts as a system’s is no answer then either (F8)', () => {
    const of = agreed((settings) => void (settings.rejection.system_users = ['005SYS']));
    const list: FieldVersion[] = [{ value: WORKING, at: NOW - 5 * HOUR, by: { id: '005SYS' } }, { value: CLOSED, at: NOW - HOUR, by: { id: '005A' } }];
    const input = { ...person({ lead: { Status: set(CLOSED, NOW - HOUR, { id: '005A' }), Concord_Cycle__c: 1 } }, waiting(), of), overwritten: [past('Status', list)] };
    expect(judge(input, of).state.handoffs[0]).toMatchObject({ acceptedAt: null, closedAt: NOW - HOUR });
  });

  test('values later than the run are not gone through yet', () => {
    const decision = told([past('Status', [...versions([CLOSED, HOUR]), { value: WORKING, at: NOW + HOUR }, { value: CLOSED, at: NOW + 2 * HOUR }])]);
    expect(moves(decision)).toEqual(['mql > recycled']);
  });

  test('what stood in a field before its first known value is not known: nothing is concluded from what stands there now (M5)', () => {
    const decision = told([past('Concord_Rejection_Reason__c', versions(['no_budget', 6 * HOUR], [null, 5 * HOUR])), past('Status', versions([WORKING, HOUR]))], { Status: set(WORKING, NOW - HOUR, { id: '005A' }), Concord_Rejection_Reason__c: set(null, NOW - 5 * HOUR, { id: '005A' }) });
    expect(decision.transitions.filter((each) => !each.skipped).map((each) => [each.to, each.at])).toEqual([['recycled', NOW - 6 * HOUR], ['mql', NOW - HOUR], ['sal', NOW - HOUR]]);
  });

  test('a conversion of later had not happened then', () => {
    const list = { ref: 'hubspot:contact:101', field: 'hs_lead_status', versions: [{ value: 'UNQUALIFIED', at: NOW - 6 * HOUR, by: { id: '7', source: 'CRM_UI' } }, { value: 'IN_PROGRESS', at: NOW - 5 * HOUR, by: { id: '7', source: 'CRM_UI' } }, { value: 'CONNECTED', at: NOW - 4 * HOUR, by: { id: '7', source: 'CRM_UI' } }] };
    const lead = record('salesforce', 'lead', { Concord_Cycle__c: 1 }, { conversion: { contactId: '003000000000001AAA', at: NOW - HOUR } });
    const decision = judge({ ...person({ hubspot: { hs_lead_status: set('CONNECTED', NOW - 4 * HOUR) }, leads: [lead], contact: { Concord_Cycle__c: 1 } }, waiting()), overwritten: [list] });
    expect(moves(decision)).toEqual(['mql > recycled', 'recycled > mql', 'mql > sal', 'sal > sql']);
  });

  test('an opportunity that was open then keeps the person where it is, also when it is closed by now (F8)', () => {
    const overwritten = [past('Status', versions([CLOSED, 6 * HOUR], ['Open - Not Contacted', 5 * HOUR], [WORKING, 4 * HOUR]))];
    const of = (deal: Parameters<typeof person>[0]['opportunities']) => judge({ ...person({ lead: { Status: set(WORKING, NOW - 4 * HOUR, { id: '005A' }), Concord_Cycle__c: 1 }, ...(deal === undefined ? {} : { opportunities: deal }) }, waiting()), overwritten });
    const deal = { createdAt: NOW - 20 * HOUR, role: 'Decision Maker' };
    for (const now of [deal, { ...deal, isClosed: true, isWon: true, closedAt: NOW - HOUR }, { ...deal, isClosed: true, closedAt: NOW - HOUR }]) expect(moves(of([now]))).not.toContain('mql > recycled');
    expect(moves(of([{ ...deal, createdAt: NOW - 3 * HOUR }]))).toContain('mql > recycled');
    // What stands now is judged by what is there now.
    expect(moves(judge({ ...person({ lead: { Status: set(CLOSED, NOW - 4 * HOUR, { id: '005A' }), Concord_Cycle__c: 1 }, opportunities: [{ ...deal, createdAt: NOW - 3 * HOUR }] }, waiting()), overwritten: [past('Status', versions([WORKING, 5 * HOUR], [CLOSED, 4 * HOUR]))] }))).not.toContain('sal > recycled');
  });
});

describe('whose history is asked for', () => {
  const marked = (at: number) => person({ leads: [{ ...record('salesforce', 'lead', {}), since: { [OVERWRITTEN]: { at } } }] }).evidence;
  test('of those who wait for an answer, the records on which one came and went since', () => {
    expect(soughtAnswers(waiting(), marked(CARRIED + HOUR))).toMatchObject({ after: CARRIED, records: [{ ref: { object: 'lead' } }] });
  });
  test.each<[string, PersonState | null, number]>([
    ['it came and went before the handoff', waiting(), CARRIED - HOUR],
    ['it is on a handoff that is accepted', waiting({ acceptedAt: CARRIED + MINUTE }), CARRIED + HOUR],
    ['it is on one that is over', waiting({ closedAt: CARRIED + MINUTE, closedAs: 'rejected' }), CARRIED + HOUR],
    ['it is on one that sales’ record does not carry', waiting({ carriedAt: null }), CARRIED + HOUR],
    ['nothing is remembered of the person', null, CARRIED + HOUR],
  ])('nobody’s, when %s', (_, state, at) => {
    expect(soughtAnswers(state, marked(at))).toBeNull();
  });
});

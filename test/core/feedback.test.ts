import { emptyState, type Handoff, type PersonState, type Rejection } from '../../src/domain/person';
import type { Value } from '../../src/domain/record';
import { agreed, agreement, COMPLETE, DAY, desiredOn, HOUR, judge, moves, NOW, own, person, record, set, type FieldsTold, type PersonTold, type Told } from '../support/person';

/* The loop over several handoffs: the same reason again, data corrected, duplicates, a wrong owner, dates that people set. */

const T0 = NOW - 10 * DAY;
const CLOSED = 'Closed - Not Converted';
const REASON = 'Concord_Rejection_Reason__c';
const DETAIL = 'Concord_Rejection_Detail__c';
const DATE = 'Concord_Recycle_On__c';
const rep = (value: Value, at: number): Told => set(value, at, { id: '005A', name: 'Rita Rep' });

const pass = (more: Partial<Handoff> = {}): Handoff => ({ cycle: 1, openedAt: T0, adopted: false, why: 'score', carriedAt: T0, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: '005A', sla: null, slaDueAt: null, ...more });
const no = (reason: string, at: number): Rejection => ({ at, crm: 'salesforce', record: 'salesforce:lead:00Q000000000001AAA', by: null, reason, words: reason, note: null, detail: null, route: 'recycle', recycleOn: null, counted: true });
/** An open handoff after earlier ones that sales rejected for these reasons, a year apart. */
function after(...reasons: string[]): PersonState {
  const earlier = reasons.map((reason, index) => {
    const at = T0 - (reasons.length - index) * 365 * DAY;
    return pass({ cycle: index + 1, openedAt: at - DAY, carriedAt: at - DAY, rejection: no(reason, at), closedAt: at, closedAs: 'rejected' });
  });
  return { ...emptyState(), stage: 'mql', stageAt: T0, entries: { lead: { first: T0 - DAY, latest: T0 - DAY }, mql: { first: T0, latest: T0 } }, handoffs: [...earlier, pass({ cycle: reasons.length + 1 })], rejectionCount: reasons.length, inScope: true };
}

function said(lead: FieldsTold, state: PersonState = after(), hubspot: FieldsTold = {}, more: Partial<PersonTold> = {}, of = agreement): ReturnType<typeof judge> {
  const shown = { lifecyclestage: own('marketingqualifiedlead', T0), hs_lead_status: own('NEW', T0), ...hubspot };
  return judge(person({ hubspot: shown, lead: { Status: own('Open - Not Contacted', T0), Concord_Cycle__c: state.handoffs.length, ...lead }, ...more }, state, of), of);
}
const rejected = (reason: string, more: FieldsTold = {}, at = NOW - HOUR): FieldsTold => ({ Status: rep(CLOSED, at), [REASON]: rep(reason, at), ...more });
const last = (decision: ReturnType<typeof judge>) => decision.state.handoffs.at(-1);

describe('the same reason again (F2)', () => {
  test.each([
    [[], 'recycle', '2027-02-21'],
    [['no_budget'], 'recycle', '2027-02-21'],
    [['timing'], 'recycle', '2027-05-22'],
    [['timing', 'no_budget'], 'recycle', '2027-05-22'],
    [['timing', 'timing'], 'review', null],
    [['timing', 'timing', 'timing'], 'review', null],
  ])('after %j the period of 90 days is doubled for the second time and a person asked at the third', (earlier, route, recycleOn) => {
    const told = said(rejected('timing'), after(...earlier));
    expect(last(told)?.rejection).toMatchObject({ route, recycleOn, counted: true });
    expect(told.state.block).toMatchObject({ route, until: recycleOn });
    expect(told.state.rejectionCount).toBe(earlier.length + 1);
    for (const [crm, name] of [['hubspot', 'concord_route'], ['salesforce', 'Concord_Route__c']] as const) expect(desiredOn(told, crm, name)).toBe(route);
  });

  test('how much longer, and when to ask, are the agreement’s', () => {
    const of = agreed((settings) => void (settings.rejection.repeated = { factor: 1.5, review_at: 4 }));
    expect(last(said(rejected('timing'), after('timing', 'timing'), {}, {}, of))?.rejection).toMatchObject({ route: 'recycle', recycleOn: '2027-06-14' });
    expect(last(said(rejected('timing'), after('timing', 'timing', 'timing'), {}, {}, of))?.rejection).toMatchObject({ route: 'review' });
  });

  test('a route that ends it stays what it is, and so does what no reason fits', () => {
    expect(last(said(rejected('not_icp'), after('not_icp', 'not_icp')))?.rejection).toMatchObject({ route: 'disqualify' });
    expect(last(said(rejected('other'), after('other', 'other')))?.rejection).toMatchObject({ route: 'nurture' });
  });

  test('a rejection corrected to the same reason does not count itself', () => {
    const first = said(rejected('no_need'), after('timing'));
    const told = said({ Status: rep(CLOSED, NOW - HOUR), [REASON]: rep('timing', NOW) }, first.state, {}, { now: NOW + HOUR });
    expect(last(told)?.rejection).toMatchObject({ route: 'recycle', recycleOn: '2027-05-22' });
  });

  describe('while a person is to decide', () => {
    const asked = said(rejected('timing'), after('timing', 'timing'));
    const evidence = { hubspotscore: set(95, NOW), recent_conversion_date: new Date(NOW + HOUR).toISOString() };
    test('no score and no act brings the lead back', () => {
      expect(moves(said(rejected('timing'), asked.state, evidence, { now: NOW + 400 * DAY }))).toEqual([]);
    });
    test('a marketer’s word does', () => {
      expect(moves(said(rejected('timing'), asked.state, { ...evidence, lifecyclestage: set('marketingqualifiedlead', NOW + HOUR) }, { now: NOW + DAY }))).toEqual(['recycled > mql']);
    });
    test.each(['salesforce', 'hubspot'])('so does a date that somebody sets in %s', (crm) => {
      const lead = crm === 'salesforce' ? { [DATE]: rep('2027-03-01', NOW) } : {};
      const hubspot = crm === 'hubspot' ? { concord_recycle_on: set('2027-03-01', NOW) } : {};
      const told = said(rejected('timing', lead), asked.state, { hubspotscore: set(95, NOW), ...hubspot }, { now: NOW + DAY });
      expect(told.state.block).toMatchObject({ route: 'review', until: '2027-03-01' });
      expect(last(told)?.rejection).toMatchObject({ route: 'recycle', recycleOn: '2027-03-01' });
      const shown = { concord_recycle_on: own('2027-03-01', NOW + DAY) };
      const dated = (now: number) => moves(said(rejected('timing', lead), told.state, { ...evidence, ...(crm === 'hubspot' ? hubspot : shown) }, { now }));
      expect(dated(Date.UTC(2027, 2, 1, 6) - 1)).toEqual([]);
      expect(dated(Date.UTC(2027, 2, 1, 6))).toEqual(['recycled > mql']);
      expect(desiredOn(told, crm === 'hubspot' ? 'salesforce' : 'hubspot', crm === 'hubspot' ? DATE : 'concord_recycle_on')).toBe('2027-03-01');
    });
  });
  test('a rep who gives a date has decided', () => {
    expect(last(said(rejected('timing', { [DATE]: rep('2027-01-10', NOW - HOUR) }), after('timing', 'timing')))?.rejection).toMatchObject({ route: 'recycle', recycleOn: '2027-01-10' });
  });
});

describe('dates that people set (F2)', () => {
  const first = said(rejected('timing'));
  test('a marketer’s later date stands, and sales sees it', () => {
    const told = said(rejected('timing'), first.state, { concord_recycle_on: set('2026-12-15', NOW) }, { now: NOW + HOUR });
    expect(told.state.block?.until).toBe('2026-12-15');
    expect(desiredOn(told, 'salesforce', DATE)).toBe('2026-12-15');
    expect(desiredOn(told, 'hubspot', 'concord_recycle_on')).toBe('2026-12-15');
  });
  test('of two the newer, in either CRM', () => {
    const both = (mine: number, theirs: number) => said(rejected('timing', { [DATE]: rep('2027-01-10', mine) }), first.state, { concord_recycle_on: set('2026-12-15', theirs) }, { now: NOW + 2 * HOUR });
    expect(both(NOW, NOW + HOUR).state.block?.until).toBe('2026-12-15');
    expect(desiredOn(both(NOW, NOW + HOUR), 'salesforce', DATE)).toBe('2026-12-15');
    expect(both(NOW + HOUR, NOW).state.block?.until).toBe('2027-01-10');
    expect(desiredOn(both(NOW + HOUR, NOW), 'hubspot', 'concord_recycle_on')).toBe('2027-01-10');
  });
  test('one from before the answer is not about it', () => {
    expect(said(rejected('timing'), first.state, { concord_recycle_on: set('2026-12-15', T0) }, { now: NOW + HOUR }).state.block?.until).toBe('2027-02-21');
  });
  test('with a route that knows no date it does nothing', () => {
    const out = said(rejected('not_icp'));
    expect(said(rejected('not_icp'), out.state, { concord_recycle_on: set('2026-12-15', NOW) }, { now: NOW + HOUR }).state.block?.until).toBeNull();
  });
});

describe('data to be corrected (F2)', () => {
  const sent = (detail: string | null) => said(rejected('bad_data', { [DETAIL]: detail === null ? null : rep(detail, NOW - HOUR) }));
  const later = (state: PersonState, hubspot: FieldsTold, lead: FieldsTold = {}) => {
    const detail = state.handoffs.at(-1)?.rejection?.detail ?? null;
    return said({ ...rejected('bad_data', { [DETAIL]: detail === null ? null : rep(detail, NOW - HOUR) }), ...lead }, state, hubspot, { now: NOW + DAY });
  };

  test('marketing sees which field', () => {
    const told = sent('Teléfono');
    expect(told.state).toMatchObject({ stage: 'recycled', block: { route: 'fix_data', until: null } });
    expect(desiredOn(told, 'hubspot', 'concord_rejection_detail')).toBe('Teléfono');
    expect(desiredOn(told, 'hubspot', 'concord_route')).toBe('fix_data');
  });

  test.each([['Teléfono'], ['phone'], ['Phone'], [' TELEFONE ']])('correcting what %j names opens the handoff again, at that moment, with clean fields; answer and count stay', (detail) => {
    const told = later(sent(detail).state, { phone: set('+52 55 1', NOW) });
    expect(moves(told)).toEqual(['recycled > mql']);
    expect(told.state).toMatchObject({ stageAt: NOW, rejectionCount: 1, block: null });
    expect(told.state.handoffs).toMatchObject([{ closedAs: 'rejected', rejection: { reason: 'bad_data' } }, { cycle: 2, openedAt: NOW, closedAt: null, rejection: null, why: 'the data were corrected: phone' }]);
    expect(desiredOn(told, 'salesforce', REASON)).toBeNull();
    expect(desiredOn(told, 'salesforce', 'Status')).toBe('Open - Not Contacted');
  });

  test('another field is not what was asked for', () => {
    expect(moves(later(sent('phone').state, { jobtitle: set('CEO', NOW) }))).toEqual([]);
  });
  test('where no field was named any that is kept equal counts, in either CRM', () => {
    expect(moves(later(sent(null).state, { jobtitle: set('CEO', NOW) }))).toEqual(['recycled > mql']);
    expect(moves(later(sent('call him, wrong person').state, {}, { Phone: rep('+52 55 1', NOW) }))).toEqual(['recycled > mql']);
  });
  test.each([
    ['what Concord carried over itself', own('+52 55 1', NOW)],
    ['a value from before the answer', set('+52 55 1', T0)],
    ['one that was only emptied', set(null, NOW)],
    ['one that was found, not seen changing', { value: '+52 55 1', since: { at: NOW, first: true as const } }],
  ])('%s corrects nothing (L11)', (_, phone) => {
    expect(moves(later(sent('phone').state, { phone }))).toEqual([]);
  });
  test('sales gets it back only when what a handoff needs is there (L6)', () => {
    const told = later(sent('phone').state, { ...COMPLETE, country: null, phone: set('1', NOW) }, { Country: null });
    expect(moves(told)).toEqual([]);
    expect(told.missing).toEqual(['country']);
  });
});

describe('a duplicate record (F2)', () => {
  const survivor = record('salesforce', 'lead', { Email: COMPLETE.email, Status: 'Open - Not Contacted', LastName: 'Paz', Company: 'Cliente SA' }, { id: '00Q000000000009AAA' });
  const pins = { hubspot: '101', salesforce: { object: 'lead' as const, id: '00Q000000000001AAA' } };
  const told = said(rejected('duplicate'), after(), {}, { leads: [survivor], pins });
  test('marketing sees which record survives, who said so and when; nothing is counted', () => {
    expect(told.state).toMatchObject({ stage: 'mql', rejectionCount: 0 });
    expect(desiredOn(told, 'hubspot', 'concord_rejection_reason')).toBe('duplicate');
    expect(desiredOn(told, 'hubspot', 'concord_rejection_detail')).toBe('00Q000000000009AAA');
    expect(desiredOn(told, 'hubspot', 'concord_rejected_by')).toBe('Rita Rep');
    expect(desiredOn(told, 'hubspot', 'concord_route')).toBe('duplicate');
    expect(told.notes.join()).toContain('the handoff follows salesforce:lead:00Q000000000009AAA');
  });
  test('the survivor carries nothing of it', () => {
    expect(told.primary?.ref.id).toBe('00Q000000000009AAA');
    for (const name of [REASON, DETAIL, 'Concord_Route__c']) expect([null, undefined]).toContain(desiredOn(told, 'salesforce', name));
  });
  test('read again, the same is said; the clocks run on', () => {
    const again = said(rejected('duplicate'), told.state, {}, { leads: [survivor], pins: { ...pins, salesforce: { object: 'lead', id: '00Q000000000009AAA' } } });
    expect(last(again)).toMatchObject({ closedAt: null, rejection: { detail: '00Q000000000009AAA', counted: false } });
    expect(again.clocks.find((clock) => clock.name === 'answer')?.stoppedAt).toBeNull();
  });
  test('the survivor that the rep names is kept as named; without any other record it is a "no" to the person', () => {
    expect(last(said(rejected('duplicate', { [DETAIL]: rep('see 00Q9', NOW - HOUR) }), after(), {}, { leads: [survivor], pins }))?.rejection?.detail).toBe('see 00Q9');
    const alone = said(rejected('duplicate', { [DETAIL]: rep('bea@cliente.example', NOW - HOUR) }));
    expect(alone.state).toMatchObject({ stage: 'recycled', rejectionCount: 1 });
    expect(desiredOn(alone, 'hubspot', 'concord_rejection_detail')).toBe('bea@cliente.example');
  });
  test('the survivor’s own "no" is one', () => {
    const closed = { ...survivor, fields: { ...survivor.fields, Status: CLOSED, [REASON]: 'timing' }, since: { ...survivor.since, Status: { at: NOW }, [REASON]: { at: NOW } } };
    expect(said(rejected('duplicate'), told.state, {}, { leads: [closed], pins, now: NOW + HOUR }).state).toMatchObject({ stage: 'recycled', rejectionCount: 1 });
  });
});

describe('a wrong owner (F2, S1)', () => {
  const rerouted = said(rejected('wrong_owner'));
  test('once somebody else owns it the fields are cleared for a fresh answer; what was said is kept', () => {
    const told = said(rejected('wrong_owner'), rerouted.state, {}, { now: NOW + DAY, more: { lead: { owner: { id: '005B', kind: 'user' }, modifiedAt: NOW + HOUR } } });
    expect(last(told)).toMatchObject({ closedAt: null, rejection: null, ownerId: '005B', ownerSince: NOW + HOUR, reroutes: [{ reason: 'wrong_owner' }] });
    expect(desiredOn(told, 'salesforce', REASON)).toBeNull();
    expect(desiredOn(told, 'hubspot', 'concord_route')).toBeNull();
    const clock = (name: string) => told.clocks.find((each) => each.name === name);
    expect([clock('first_touch')?.startedAt, clock('answer')?.startedAt]).toEqual([NOW + HOUR, T0]);
    const after = said({ Status: own('Open - Not Contacted', NOW + DAY), [REASON]: own(null, NOW + DAY) }, told.state, {}, { now: NOW + 2 * DAY, more: { lead: { owner: { id: '005B', kind: 'user' } } } });
    expect(after.state.handoffs).toEqual(told.state.handoffs);
  });
  test('until then it stands', () => {
    const told = said(rejected('wrong_owner'), rerouted.state, {}, { now: NOW + DAY });
    expect(last(told)?.rejection).toMatchObject({ route: 'reroute' });
    expect(desiredOn(told, 'hubspot', 'concord_rejection_reason')).toBe('wrong_owner');
  });
});

import type { Handoff, PersonState } from '../../src/domain/person';
import { emptyState } from '../../src/domain/person';
import { agreed, DAY, desiredOn, HOUR, judge, MINUTE, person, set, type FieldsTold, type PersonTold } from '../support/person';

/* The shipped agreement: Monday to Friday 09:00-18:00 in Mexico City (UTC-6, no clock changes); touch 8 h, answer 2 d, reason 2 d, due soon 2 h before. */

const mexico = (day: string, time: string): number => Date.parse(`${day}T${time}:00-06:00`);
const MONDAY_10 = mexico('2026-11-23', '10:00');
const text = (ms: number | undefined | null): string | null => (ms === undefined || ms === null ? null : new Date(ms - 6 * HOUR).toISOString().slice(0, 16).replace('T', ' '));

function handed(carriedAt: number | null, more: Partial<Handoff> = {}): PersonState {
  const openedAt = more.openedAt ?? (carriedAt ?? MONDAY_10) - HOUR;
  return {
    ...emptyState(),
    stage: 'mql',
    stageAt: openedAt,
    entries: { mql: { first: openedAt, latest: openedAt } },
    handoffs: [{ cycle: 1, openedAt, adopted: false, why: '', carriedAt, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: '005A', sla: null, slaDueAt: null, ...more }],
    inScope: true,
  };
}
function at(now: number, state: PersonState, lead: FieldsTold = {}, more: Partial<PersonTold> = {}, of = agreed(() => undefined)): ReturnType<typeof judge> {
  return judge(person({ lead: { Status: 'Open - Not Contacted', Concord_Cycle__c: 1, ...lead }, now, ...more, more: { hubspot: { createdAt: now - 90 * DAY }, lead: { createdAt: now - 90 * DAY }, ...more.more } }, state, of), of);
}
const due = (told: ReturnType<typeof judge>, name: string): string | null => text(told.clocks.find((clock) => clock.name === name)?.dueAt);

describe('when a clock starts (S1)', () => {
  test('not before sales’ record carries the handoff: until then each run takes its own moment', () => {
    const waiting = at(MONDAY_10, handed(null), { Concord_Cycle__c: null });
    expect(waiting.state.handoffs[0]?.carriedAt).toBe(MONDAY_10);
    const later = at(MONDAY_10 + DAY, waiting.state, { Concord_Cycle__c: null });
    expect(later.state.handoffs[0]?.carriedAt).toBe(MONDAY_10 + DAY);
    const carried = at(MONDAY_10 + 2 * DAY, later.state);
    expect(carried.state.handoffs[0]?.carriedAt).toBe(MONDAY_10 + DAY);
  });
  test('a write that is refused starts nothing', () => {
    const told = at(MONDAY_10, handed(null), { Concord_Cycle__c: null }, { carrierBlocked: true });
    expect(told.clocks).toEqual([]);
    expect(told.state.handoffs[0]).toMatchObject({ carriedAt: null, sla: null });
  });
  test('nor does a field that nobody sees; a clock that runs goes on (M5)', () => {
    expect(at(MONDAY_10, handed(null), { Concord_Cycle__c: undefined }).clocks).toEqual([]);
    expect(at(MONDAY_10 + DAY, handed(MONDAY_10), { Concord_Cycle__c: undefined }).state.handoffs[0]?.carriedAt).toBe(MONDAY_10);
  });
  test('an adopted handoff has none (L7)', () => {
    expect(at(MONDAY_10, handed(null, { adopted: true })).clocks).toEqual([]);
  });
});

describe('business time (S1)', () => {
  test.each([
    ['Monday morning', mexico('2026-11-23', '10:00'), '2026-11-23 18:00', '2026-11-25 10:00'],
    ['Friday afternoon, over the weekend', mexico('2026-11-20', '17:00'), '2026-11-23 16:00', '2026-11-24 17:00'],
    ['Saturday', mexico('2026-11-21', '12:00'), '2026-11-23 17:00', '2026-11-25 09:00'],
    ['before a holiday (2026-11-16 is one)', mexico('2026-11-13', '17:00'), '2026-11-17 16:00', '2026-11-18 17:00'],
    ['at night', mexico('2026-11-24', '23:00'), '2026-11-25 17:00', '2026-11-27 09:00'],
  ])('%s', (_, carried, touch, answer) => {
    const told = at(carried + MINUTE, handed(carried));
    expect([due(told, 'first_touch'), due(told, 'answer')]).toEqual([touch, answer]);
  });

  test.each([
    ['forward', '2026-03-27T17:00:00+01:00', '2026-03-31T17:00:00+02:00'],
    ['back', '2026-10-23T17:00:00+02:00', '2026-10-27T17:00:00+01:00'],
  ])('a clock change (%s) never moves a deadline’s local time', (_, from, to) => {
    const of = agreed((settings) => void (settings.company.time_zone = 'Europe/Madrid'));
    const told = at(Date.parse(from) + MINUTE, handed(Date.parse(from)), {}, {}, of);
    expect(told.clocks.find((clock) => clock.name === 'answer')?.dueAt).toBe(Date.parse(to));
  });
});

describe('its states (S2)', () => {
  const carried = MONDAY_10;
  test.each([
    ['2026-11-23 10:00', 'on_track', '2026-11-23 16:00'],
    ['2026-11-23 15:59', 'on_track', '2026-11-23 16:00'],
    ['2026-11-23 16:00', 'due_soon', '2026-11-23 18:00'],
    ['2026-11-23 17:59', 'due_soon', '2026-11-23 18:00'],
    ['2026-11-23 18:00', 'breached', null],
  ])('at %s: %s', (moment, state, next) => {
    const told = at(mexico(moment.slice(0, 10), moment.slice(11)), handed(carried));
    expect(told.state.handoffs[0]).toMatchObject({ sla: state, slaDueAt: mexico('2026-11-23', '18:00') });
    expect(text(told.nextAt)).toBe(next);
    for (const [crm, name] of [['hubspot', 'concord_sla'], ['salesforce', 'Concord_SLA__c']] as const) expect(desiredOn(told, crm, name)).toBe(state);
    expect(desiredOn(told, 'hubspot', 'concord_sla_due_at')).toBe('2026-11-24T00:00:00.000Z');
  });

  test('due soon is business time as well: on Friday at 17:00 for Monday at 10:00', () => {
    const of = agreed((settings) => void (settings.sla.first_touch = '9h'));
    const friday = mexico('2026-11-20', '10:00');
    expect(text(at(friday + MINUTE, handed(friday), {}, {}, of).nextAt)).toBe('2026-11-20 17:00');
    expect(at(mexico('2026-11-20', '17:00'), handed(friday), {}, {}, of).state.handoffs[0]).toMatchObject({ sla: 'due_soon', slaDueAt: mexico('2026-11-23', '10:00') });
  });
  test('a clock shorter than that is due soon from its start', () => {
    const of = agreed((settings) => void (settings.sla.first_touch = '1h'));
    expect(at(carried + MINUTE, handed(carried), {}, {}, of).state.handoffs[0]?.sla).toBe('due_soon');
  });

  const accept = (when: number) => at(when + MINUTE, handed(carried), { Status: set('Working - Contacted', when, { id: '005A' }) });
  test('accepted in time: met; the way to an opportunity is then the clock', () => {
    const told = accept(carried + HOUR);
    expect(told.clocks.map((clock) => [clock.name, clock.stoppedAt])).toEqual([['first_touch', carried + HOUR], ['answer', carried + HOUR], ['book_or_recycle', null]]);
    expect(due(told, 'book_or_recycle')).toBe('2026-11-30 11:00');
  });
  test('a rejection stops the answer clock, in time or not', () => {
    const state = (when: number) => at(when + MINUTE, handed(carried), { Status: set('Closed - Not Converted', when), Concord_Rejection_Reason__c: set('timing', when) }).state.handoffs[0];
    expect(state(carried + HOUR)?.sla).toBe('met');
    expect(state(mexico('2026-11-26', '10:00'))?.sla).toBe('breached');
  });
  test('book or recycle ends with a qualified lead, with or without an opportunity', () => {
    const accepted = { ...handed(carried, { acceptedAt: carried + HOUR, firstTouchAt: carried + HOUR }), stage: 'sal' as const };
    const qualified = at(carried + 3 * HOUR, accepted, {}, { hubspot: { lifecyclestage: set('salesqualifiedlead', carried + 2 * HOUR) } });
    expect(qualified.clocks.find((clock) => clock.name === 'book_or_recycle')?.stoppedAt).toBe(carried + 2 * HOUR);
    expect(qualified.state.handoffs[0]?.sla).toBe('met');
  });
});

describe('reassigning (S1)', () => {
  test('restarts the owner’s first-touch clock, never the team’s answer clock', () => {
    const reassignedAt = MONDAY_10 + 5 * HOUR;
    const told = at(reassignedAt + MINUTE, handed(MONDAY_10), {}, { more: { lead: { createdAt: MONDAY_10 - DAY, modifiedAt: reassignedAt, owner: { id: '005B', kind: 'user' } } } });
    expect([due(told, 'first_touch'), due(told, 'answer')]).toEqual(['2026-11-24 14:00', '2026-11-25 10:00']);
    const later = at(reassignedAt + HOUR, told.state, {}, { more: { lead: { createdAt: MONDAY_10 - DAY, modifiedAt: reassignedAt + HOUR, owner: { id: '005B', kind: 'user' } } } });
    expect(due(later, 'first_touch')).toBe('2026-11-24 14:00');
  });
});

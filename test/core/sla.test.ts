import type { Handoff, PersonState } from '../../src/domain/person';
import { emptyState } from '../../src/domain/person';
import { soughtTouches } from '../../src/core/decide/rules/touch';
import { TASK_CLOSED } from '../../src/core/observe';
import { agreed, DAY, desiredOn, HOUR, judge, MINUTE, person, record, set, type FieldsTold, type PersonTold } from '../support/person';

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

describe('each clock over weekends, holidays and clock changes (S1)', () => {
  const berlin = agreed((settings) => {
    settings.company.time_zone = 'Europe/Berlin';
    settings.sla.calendar = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00', holidays: ['2026-04-03', '2026-04-06', '2026-05-01', '2026-12-25'] };
    Object.assign(settings.sla, { first_touch: '8h', answer: '2d', reason: '3d', book_or_recycle: '5d' });
  });
  const local = (moment: string): number => Date.parse(moment);
  /** When each clock is due that starts at a moment. */
  function dueOf(name: string, start: number): number | undefined {
    const state = handed(start);
    const [handoff] = state.handoffs as [Handoff];
    const rejection = { at: start, crm: 'salesforce' as const, record: 'salesforce:lead:00Q000000000001AAA', by: null, reason: null, words: null, reasonAt: null, note: null, detail: null, route: null, recycleOn: null, counted: true };
    if (name === 'reason') Object.assign(handoff, { rejection, closedAt: start, closedAs: 'rejected' });
    if (name === 'book_or_recycle') Object.assign(handoff, { acceptedAt: start });
    const stage = name === 'reason' ? 'recycled' : name === 'book_or_recycle' ? 'sal' : 'mql';
    return at(start + MINUTE, { ...state, stage }, {}, {}, berlin).clocks.find((clock) => clock.name === name)?.dueAt;
  }
  test.each([
    // Monday, no change in sight.
    ['2026-06-08T10:00:00+02:00', { first_touch: '2026-06-09T10:00:00+02:00', answer: '2026-06-10T10:00:00+02:00', reason: '2026-06-11T10:00:00+02:00', book_or_recycle: '2026-06-15T10:00:00+02:00' }],
    // Friday before the clocks go forward on Sunday.
    ['2026-03-27T15:00:00+01:00', { first_touch: '2026-03-30T15:00:00+02:00', answer: '2026-03-31T15:00:00+02:00', reason: '2026-04-01T15:00:00+02:00', book_or_recycle: '2026-04-07T15:00:00+02:00' }],
    // Friday before they go back.
    ['2026-10-23T15:00:00+02:00', { first_touch: '2026-10-26T15:00:00+01:00', answer: '2026-10-27T15:00:00+01:00', reason: '2026-10-28T15:00:00+01:00', book_or_recycle: '2026-10-30T15:00:00+01:00' }],
    // Thursday before Easter: Friday and Monday are holidays, with a weekend between.
    ['2026-04-02T16:00:00+02:00', { first_touch: '2026-04-07T16:00:00+02:00', answer: '2026-04-08T16:00:00+02:00', reason: '2026-04-09T16:00:00+02:00', book_or_recycle: '2026-04-13T16:00:00+02:00' }],
    // Saturday, and the night before a holiday that is a Friday: both begin at the next opening.
    ['2026-05-02T12:00:00+02:00', { first_touch: '2026-05-04T17:00:00+02:00', answer: '2026-05-06T09:00:00+02:00', reason: '2026-05-07T09:00:00+02:00', book_or_recycle: '2026-05-11T09:00:00+02:00' }],
    ['2026-04-30T20:00:00+02:00', { first_touch: '2026-05-04T17:00:00+02:00', answer: '2026-05-06T09:00:00+02:00', reason: '2026-05-07T09:00:00+02:00', book_or_recycle: '2026-05-11T09:00:00+02:00' }],
    // In the hour that the change skips, and in the one that it repeats: a Sunday, so the next opening.
    ['2026-03-29T02:30:00+01:00', { first_touch: '2026-03-30T17:00:00+02:00', answer: '2026-04-01T09:00:00+02:00', reason: '2026-04-02T09:00:00+02:00', book_or_recycle: '2026-04-08T09:00:00+02:00' }],
  ])('from %s', (start, expected) => {
    const told = Object.fromEntries(Object.keys(expected).map((name) => [name, dueOf(name, local(start))]));
    expect(told).toEqual(Object.fromEntries(Object.entries(expected).map(([name, moment]) => [name, local(moment)])));
  });
});

describe('its states (S2)', () => {
  const carried = MONDAY_10;
  test.each([
    ['2026-11-23 10:00', 'on_track', '2026-11-23 16:00'],
    ['2026-11-23 15:59', 'on_track', '2026-11-23 16:00'],
    ['2026-11-23 16:00', 'due_soon', '2026-11-23 18:00'],
    ['2026-11-23 17:59', 'due_soon', '2026-11-23 18:00'],
    // The next moment is the answer's deadline: whoever has not answered by then is reminded.
    ['2026-11-23 18:00', 'breached', '2026-11-25 10:00'],
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

describe('first touch (S1)', () => {
  const at10 = (text: string): string => new Date(Date.parse(`${text}:00-06:00`)).toISOString();
  const touched = (lead: FieldsTold, hubspot: FieldsTold = {}, more: Partial<Handoff> = {}, now = MONDAY_10 + 3 * HOUR) => at(now, handed(MONDAY_10, more), lead, { hubspot });
  const clock = (told: ReturnType<typeof judge>) => told.clocks.find((each) => each.name === 'first_touch');

  test('an activity that moves Salesforce’s last activity date, at the moment of the change (L5)', () => {
    const told = touched({ LastActivityDate: set('2026-11-23', MONDAY_10 + HOUR) });
    expect(told.state.handoffs[0]?.firstTouchAt).toBe(MONDAY_10 + HOUR);
    expect(clock(told)?.stoppedAt).toBe(MONDAY_10 + HOUR);
    expect(told.clocks.find((each) => each.name === 'answer')?.stoppedAt).toBeNull();
  });
  test.each([
    ['an older one', set('2026-11-20', MONDAY_10 - DAY)],
    ['one that is only found, on a record older than the handoff', { value: '2026-11-23', since: { at: MONDAY_10 + HOUR, first: true as const } }],
    ['an old task that is closed now, dated before the handoff', set('2026-11-20', MONDAY_10 + HOUR)],
  ])('%s says nothing', (_, LastActivityDate) => {
    expect(touched({ LastActivityDate }).state.handoffs[0]?.firstTouchAt).toBeNull();
  });
  test('on a lead made for the handoff the first reading already says it', () => {
    const told = at(MONDAY_10 + 3 * HOUR, handed(MONDAY_10), { LastActivityDate: { value: '2026-11-23', since: { at: MONDAY_10 + HOUR, first: true } } }, { more: { lead: { createdAt: MONDAY_10 } } });
    expect(told.state.handoffs[0]?.firstTouchAt).toBe(MONDAY_10 + HOUR);
  });
  test.each(['notes_last_contacted', 'hs_sales_email_last_replied'])('HubSpot’s %s, at its own time; the earliest sign counts', (property) => {
    expect(touched({}, { [property]: at10('2026-11-23T11:30') }).state.handoffs[0]?.firstTouchAt).toBe(MONDAY_10 + 1.5 * HOUR);
    expect(touched({ LastActivityDate: set('2026-11-23', MONDAY_10 + HOUR) }, { [property]: at10('2026-11-23T11:30') }).state.handoffs[0]?.firstTouchAt).toBe(MONDAY_10 + HOUR);
    expect(touched({}, { [property]: at10('2026-11-23T09:30') }).state.handoffs[0]?.firstTouchAt).toBeNull();
    expect(touched({}, { [property]: at10('2026-11-23T18:30') }).state.handoffs[0]?.firstTouchAt).toBeNull();
  });
  test('a later touch moves nothing, and one read together with a late answer is met all the same', () => {
    const first = touched({ LastActivityDate: set('2026-11-23', MONDAY_10 + HOUR) });
    const later = at(MONDAY_10 + DAY, first.state, { LastActivityDate: set('2026-11-24', MONDAY_10 + 20 * HOUR) });
    expect(later.state.handoffs[0]?.firstTouchAt).toBe(MONDAY_10 + HOUR);
    const answered = MONDAY_10 + 3 * DAY;
    const both = at(answered + HOUR, handed(MONDAY_10), { LastActivityDate: set('2026-11-23', MONDAY_10 + HOUR), Status: set('Closed - Not Converted', answered) });
    expect([clock(both)?.stoppedAt, both.clocks.find((each) => each.name === 'answer')?.stoppedAt]).toEqual([MONDAY_10 + HOUR, answered]);
  });
  test('a task says itself when it was closed, whatever the day shows (L5)', () => {
    const lead = { ...record('salesforce', 'lead', { Status: 'Open - Not Contacted', Concord_Cycle__c: 1, LastActivityDate: set('2026-11-23', MONDAY_10 + 2 * HOUR) }, { createdAt: MONDAY_10 - 90 * DAY }) };
    const closedAt = (moment: number) => judge(person({ leads: [{ ...lead, since: { ...lead.since, [TASK_CLOSED]: { at: moment } } }], now: MONDAY_10 + 3 * HOUR }, handed(MONDAY_10))).state.handoffs[0]?.firstTouchAt;
    expect(closedAt(MONDAY_10 + HOUR)).toBe(MONDAY_10 + HOUR);
    expect(closedAt(MONDAY_10 - HOUR)).toBe(MONDAY_10 + 2 * HOUR);
  });
  test('the CRMs’ histories tell of touches before the one that shows (L5)', () => {
    const told = (touches: number[], more: Partial<Handoff> = {}) => judge({ ...person({ hubspot: { notes_last_contacted: at10('2026-11-23T12:30') }, lead: { Status: 'Open - Not Contacted', Concord_Cycle__c: 1 }, now: MONDAY_10 + 3 * HOUR }, handed(MONDAY_10, more)), touches }).state.handoffs[0];
    expect(told([MONDAY_10 - HOUR, MONDAY_10 + 2 * HOUR, MONDAY_10 + HOUR])?.firstTouchAt).toBe(MONDAY_10 + HOUR);
    expect(told([MONDAY_10 - HOUR, MONDAY_10 + 5 * HOUR])?.firstTouchAt).toBe(MONDAY_10 + 2.5 * HOUR);
    expect(told([MONDAY_10 + HOUR, MONDAY_10 + 2 * HOUR], { ownerSince: MONDAY_10 + 1.5 * HOUR })).toMatchObject({ firstTouchAt: MONDAY_10 + HOUR, ownerTouchAt: MONDAY_10 + 2 * HOUR });
  });
  test('since when the next owner has it is told by the CRM’s history, where it keeps one (L5)', () => {
    const input = person({ lead: { Concord_Cycle__c: 1, Status: 'Open - Not Contacted' }, now: MONDAY_10 + 3 * HOUR, more: { lead: { modifiedAt: MONDAY_10 + 2 * HOUR, owner: { id: '005B', kind: 'user' } } } }, handed(MONDAY_10));
    expect(judge(input).state.handoffs[0]?.ownerSince).toBe(MONDAY_10 + 2 * HOUR);
    expect(judge({ ...input, ownedSince: MONDAY_10 + HOUR }).state.handoffs[0]?.ownerSince).toBe(MONDAY_10 + HOUR);
  });
  describe('whose histories are asked for touches', () => {
    const sought = (state: PersonState, hubspot: FieldsTold, task?: number, owner = '005A') => {
      const lead = record('salesforce', 'lead', {}, { owner: { id: owner, kind: 'user' } });
      const { evidence } = person({ hubspot, leads: [task === undefined ? lead : { ...lead, since: { [TASK_CLOSED]: { at: task } } }] });
      return soughtTouches(agreed(() => undefined), state, evidence, lead.ref.id, MONDAY_10 + 3 * HOUR);
    };
    const shown = { notes_last_contacted: at10('2026-11-23T12:30') };
    const touchedBefore = { firstTouchAt: MONDAY_10 + HOUR };
    test('of those who wait for one and show one', () => {
      expect(sought(handed(MONDAY_10), shown)).toEqual({ after: MONDAY_10, contacts: ['101'], tasksOn: [] });
      expect(sought(handed(MONDAY_10), {}, MONDAY_10 + HOUR)).toEqual({ after: MONDAY_10, contacts: [], tasksOn: ['00Q000000000001AAA'] });
      expect(sought(handed(MONDAY_10, { ...touchedBefore, ownerSince: MONDAY_10 + 2 * HOUR }), shown)?.after).toBe(MONDAY_10 + 2 * HOUR);
      expect(sought(handed(MONDAY_10, touchedBefore), shown, undefined, '005B')?.after).toBe(MONDAY_10);
    });
    test.each<[string, PersonState, FieldsTold, number | undefined]>([
      ['touched already', handed(MONDAY_10, touchedBefore), shown, MONDAY_10 + 2 * HOUR],
      ['accepted', handed(MONDAY_10, { acceptedAt: MONDAY_10 + HOUR }), shown, MONDAY_10 + 2 * HOUR],
      ['over', handed(MONDAY_10, { closedAt: MONDAY_10 + HOUR, closedAs: 'system' }), shown, MONDAY_10 + 2 * HOUR],
      ['found at adoption (L7)', handed(MONDAY_10, { adopted: true }), shown, MONDAY_10 + 2 * HOUR],
      ['touched before the handoff only', handed(MONDAY_10), { notes_last_contacted: at10('2026-11-23T09:30') }, MONDAY_10 - HOUR],
      ['touched later than the run', handed(MONDAY_10), { notes_last_contacted: at10('2026-11-23T18:30') }, undefined],
      ['not touched', handed(MONDAY_10), {}, undefined],
    ])('nobody’s: %s', (_, state, hubspot, task) => {
      expect(sought(state, hubspot, task)).toBeNull();
    });
  });
  test('which fields say it is the agreement’s', () => {
    const of = agreed((settings) => void (settings.sla.touch = { salesforce: [], tasks: true, hubspot: [] }));
    expect(at(MONDAY_10 + 3 * HOUR, handed(MONDAY_10), { LastActivityDate: set('2026-11-23', MONDAY_10 + HOUR) }, { hubspot: { notes_last_contacted: at10('2026-11-23T11:30') } }, of).state.handoffs[0]?.firstTouchAt).toBeNull();
  });
  test('the next owner’s clock asks for a touch of its own; the first touch of the handoff stays', () => {
    const first = touched({ LastActivityDate: set('2026-11-23', MONDAY_10 + HOUR) });
    const moved = MONDAY_10 + 2 * HOUR;
    const owner = { id: '005B', kind: 'user' as const };
    const reassigned = at(moved + MINUTE, first.state, { LastActivityDate: set('2026-11-23', MONDAY_10 + HOUR) }, { more: { lead: { modifiedAt: moved, owner } } });
    expect(clock(reassigned)).toMatchObject({ startedAt: moved, stoppedAt: null });
    const again = at(moved + DAY, reassigned.state, { LastActivityDate: set('2026-11-24', moved + 20 * HOUR) }, { more: { lead: { owner } } });
    expect(clock(again)).toMatchObject({ startedAt: moved, stoppedAt: moved + 20 * HOUR });
    expect(again.state.handoffs[0]?.firstTouchAt).toBe(MONDAY_10 + HOUR);
  });
});

describe('calendars by owner (S1)', () => {
  const bogota = { team: 'Bogotá', owners: ['005B', '0055g00000ABcDe'], time_zone: 'America/Bogota', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '08:00', to: '12:00', holidays: ['2026-11-24'] };
  const of = agreed((settings) => void (settings.sla.calendars = [bogota]));
  const owned = (id: string, state = handed(MONDAY_10), now = MONDAY_10 + MINUTE, modifiedAt = MONDAY_10) => at(now, state, {}, { more: { lead: { owner: { id, kind: 'user' }, modifiedAt } } }, of);

  test.each([
    ['005A', '2026-11-23 18:00', '2026-11-25 10:00'],
    // 10:00 in Mexico is 11:00 in Bogotá: one hour on Monday, Tuesday a holiday, four on Wednesday, three on Thursday; the answer after Wednesday and Thursday.
    ['005B', '2026-11-26 10:00', '2026-11-26 10:00'],
    ['0055g00000ABcDeAAA', '2026-11-26 10:00', '2026-11-26 10:00'],
  ])('%s: a time zone, hours and holidays of their own', (owner, touch, answer) => {
    const told = owned(owner, handed(MONDAY_10, { ownerId: owner }));
    expect([due(told, 'first_touch'), due(told, 'answer')]).toEqual([touch, answer]);
  });
  test('reassigned to a team elsewhere, the owner’s clock runs there and the team’s stays where it began', () => {
    const began = owned('005A', handed(MONDAY_10), MONDAY_10 + MINUTE);
    const moved = MONDAY_10 + HOUR;
    const told = owned('005B', began.state, moved + MINUTE, moved);
    expect(due(told, 'answer')).toBe('2026-11-25 10:00');
    expect(due(told, 'first_touch')).toBe('2026-11-26 11:00');
  });
});

describe('an answer that does not come (S1, S3)', () => {
  const steps = agreed((settings) => void (settings.sla.unanswered = { return: '1d', comes_back: '30d' }));
  const DUE = mexico('2026-11-25', '10:00');
  const look = (now: number, state = handed(MONDAY_10), lead: FieldsTold = {}, more: Partial<PersonTold> = {}, of = steps) => at(now, state, lead, { hubspot: { hubspotscore: set(80, MONDAY_10 - DAY) }, ...more }, of);

  test.each([
    ['2026-11-25 09:59', 'on its deadline', '2026-11-25 10:00'],
    ['2026-11-25 10:00', 'on its return', '2026-11-26 10:00'],
  ])('at %s it is looked at again %s', (moment, _when, next) => {
    const told = look(mexico(moment.slice(0, 10), moment.slice(11)), handed(MONDAY_10, { firstTouchAt: MONDAY_10 + HOUR }));
    expect(text(told.nextAt)).toBe(next);
    expect(told.state.stage).toBe('mql');
  });

  test('it returns to marketing as `sla_expired`, dated when it was due, not counted, in both CRMs; a late run makes nothing late (L5)', () => {
    const told = look(mexico('2026-11-28', '10:00'));
    expect(told.state).toMatchObject({ stage: 'recycled', stageAt: DUE + DAY, rejectionCount: 0, block: { route: 'recycle', until: '2026-12-26' } });
    expect(told.state.handoffs[0]).toMatchObject({ closedAs: 'expired', closedAt: DUE + DAY, rejection: { reason: 'sla_expired', words: null, by: null, counted: false }, sla: 'breached' });
    for (const [crm, names] of [['hubspot', ['concord_rejection_reason', 'hs_lead_status', 'concord_rejected_by', 'concord_recycle_on']], ['salesforce', ['Concord_Rejection_Reason__c', 'Status', 'Concord_Rejected_By__c', 'Concord_Recycle_On__c']]] as const) {
      expect(names.map((name) => desiredOn(told, crm, name))).toEqual(['sla_expired', crm === 'hubspot' ? 'BAD_TIMING' : 'Closed - Not Converted', undefined, '2026-12-26']);
    }
  });
  test.each([
    ['one that sales has accepted', handed(MONDAY_10, { acceptedAt: MONDAY_10 + HOUR }), {}, steps],
    ['one that an agreement without `return` leaves with sales', handed(MONDAY_10), {}, agreed(() => undefined)],
    ['one that sales’ record has never shown', handed(MONDAY_10), { Concord_Cycle__c: null }, steps],
    ['an adopted one (L7)', handed(null, { adopted: true }), {}, steps],
  ])('but not %s', (_, state, lead, of) => {
    const accepted = state.handoffs[0]?.acceptedAt === null ? state : { ...state, stage: 'sal' as const };
    expect(look(mexico('2026-12-10', '10:00'), accepted, lead, {}, of).state.handoffs[0]?.closedAs).toBeNull();
  });
  test('a person comes back on the date, as another handoff', () => {
    const gone = look(mexico('2026-11-28', '10:00'));
    const shown = { Status: { value: 'Closed - Not Converted', since: { at: DUE + DAY, own: true as const } } };
    expect(look(mexico('2026-12-25', '23:59'), gone.state, shown).state.stage).toBe('recycled');
    expect(look(mexico('2026-12-26', '00:00'), gone.state, shown).state).toMatchObject({ stage: 'mql', handoffs: [{ closedAs: 'expired' }, { cycle: 2 }] });
  });
  describe('answered after it returned', () => {
    const gone = look(mexico('2026-11-28', '10:00')).state;
    const late = mexico('2026-11-30', '10:00');
    const by = { id: '005A', name: 'Rita Rep' };
    test('a rep who takes it up has it again, and it does not return a second time', () => {
      const told = look(late + HOUR, gone, { Status: set('Working - Contacted', late, by) });
      expect(told.state).toMatchObject({ stage: 'sal', rejectionCount: 0, block: null });
      expect(told.state.handoffs).toMatchObject([{ acceptedAt: late, closedAt: null, rejection: null, resumedAt: late }]);
      const open = look(late + HOUR, gone, { Status: set('Open - Not Contacted', late, by) });
      expect(open.state).toMatchObject({ stage: 'mql' });
      expect(look(late + 9 * DAY, open.state, { Status: set('Open - Not Contacted', late, by) }).state.stage).toBe('mql');
    });
    test('a rep’s own reason is sales’ answer, and counts', () => {
      const told = look(late + HOUR, gone, { Status: { value: 'Closed - Not Converted', since: { at: DUE + DAY, own: true } }, Concord_Rejection_Reason__c: set('not_icp', late, by) });
      expect(told.state).toMatchObject({ stage: 'disqualified', rejectionCount: 1 });
      expect(told.state.handoffs).toMatchObject([{ closedAs: 'rejected', closedAt: late, rejection: { reason: 'not_icp', by, counted: true } }]);
    });
    test('so is an opportunity', () => {
      const told = look(late + HOUR, gone, {}, { opportunities: [{ createdAt: late }] });
      expect(told.state.stage).toBe('opportunity');
      expect(told.state.handoffs).toMatchObject([{ acceptedAt: late, closedAt: null }]);
    });
  });
});

import { factsOf } from '../../src/report/facts';
import type { EpisodeFact } from '../../src/domain/report';
import { agreementOf } from '../support/agreement';
import { agreed } from '../support/person';
import type { PersonEvidence } from '../../src/domain/person';
import { rowsOf, type ToldPerson } from './ledger';

/* How a person's history becomes facts: pure. Default agreement: Mexico City, Monday to Friday 9 to 18, first touch 8h, answer 2d, reason 2d, booking 7d. */

const agreement = agreementOf();
const HOUR = 3_600_000;
/** Tuesday 2026-11-10, 10:00 in Mexico City. */
const TUESDAY = Date.UTC(2026, 10, 10, 16);

function facts(told: ToldPerson, known: EpisodeFact[] = []): ReturnType<typeof factsOf> {
  const { person, transitions, handoffs, records } = rowsOf(told);
  const role = (id: string): NonNullable<PersonEvidence['opportunities'][number]['role']> | null => records.find((record) => record.role?.opportunityId === id)?.role ?? null;
  const evidence: PersonEvidence = {
    personId: told.id,
    hubspot: records.filter((record) => record.ref.crm === 'hubspot'),
    leads: records.filter((record) => record.ref.object === 'lead'),
    contacts: records.filter((record) => record.ref.crm === 'salesforce' && record.ref.object === 'contact'),
    opportunities: records.filter((record) => record.opportunity !== undefined).map((record) => ({ record, role: role(record.ref.id), inferred: false })),
    gone: [],
  };
  return factsOf(agreement, { person, transitions, handoffs, evidence, known: { episodes: known, touches: [] } });
}

describe('clocks (S1)', () => {
  test('deadlines and times are business time from when sales’ record carried the handoff', () => {
    const [episode] = facts({ id: 'p', passes: [{ entries: { mql: TUESDAY, sal: TUESDAY + 26 * HOUR }, handed: TUESDAY, carried: TUESDAY + HOUR, accepted: TUESDAY + 26 * HOUR }] }).episodes;
    // Carried at 11:00: eight business hours end on Wednesday at 10:00, two days on Thursday at 11:00.
    expect(episode).toMatchObject({ touch_due: TUESDAY + 24 * HOUR, answer_due: TUESDAY + 49 * HOUR, touched_at: TUESDAY + 26 * HOUR, answered_at: TUESDAY + 26 * HOUR });
    // Accepted on Wednesday at 12:00: seven hours on Tuesday, three on Wednesday.
    expect(episode).toMatchObject({ touch_ms: 10 * HOUR, answer_ms: 10 * HOUR });
  });

  test('L7: an adopted handoff has none', () => {
    const [episode] = facts({ id: 'p', passes: [{ entries: { mql: TUESDAY }, handed: TUESDAY, adopted: true }] }).episodes;
    expect(episode).toMatchObject({ adopted: 1, handed_at: TUESDAY, touch_due: null, answer_due: null });
  });

  test('F8: an end that sales has not said is no answer: in time it leaves no clock, too late it was missed', () => {
    const closed = (at: number, as: 'system' | 'duplicate' | 'lost'): EpisodeFact | undefined => facts({ id: 'p', passes: [{ entries: { mql: TUESDAY }, handed: TUESDAY, closed: { at, as } }] }).episodes[0];
    for (const as of ['system', 'duplicate'] as const) {
      expect(closed(TUESDAY + HOUR, as)).toMatchObject({ answer_due: null, answered_at: null, answer_ms: null, touch_due: null, touched_at: null });
      // First touch was due on Wednesday at 9:00, the answer on Thursday at 10:00.
      expect(closed(TUESDAY + 30 * HOUR, as)).toMatchObject({ touched_at: TUESDAY + 30 * HOUR, touch_ms: null, answer_due: null, answered_at: null });
      expect(closed(TUESDAY + 60 * HOUR, as)).toMatchObject({ answer_due: TUESDAY + 48 * HOUR, answered_at: TUESDAY + 60 * HOUR, answer_ms: null });
    }
    expect(closed(TUESDAY + HOUR, 'lost')).toMatchObject({ answered_at: TUESDAY + HOUR, answer_ms: HOUR });
  });

  test('S1: the deadlines are those of the decisions: a new owner’s touch counts from when they have it, the team’s time is that of whom it began with', () => {
    const told: ToldPerson = { id: 'p', passes: [{ entries: { mql: TUESDAY }, handed: TUESDAY, owner: 'U2' }] };
    const { person, transitions, handoffs, records } = rowsOf(told);
    const under = agreed((settings) => void (settings.sla.calendars = [{ team: 'Bogotá', owners: ['005B'], time_zone: 'America/Bogota', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '12:00', holidays: ['2026-11-11'] }]));
    const [mine] = (person.state as { handoffs: object[] }).handoffs;
    // 005B had it and called; since Wednesday 10:00 it is U2's.
    Object.assign(mine as object, { carriedBy: '005B', ownerSince: TUESDAY + 24 * HOUR, firstTouchAt: TUESDAY + HOUR });
    const evidence: PersonEvidence = { personId: 'p', hubspot: records.filter((record) => record.ref.crm === 'hubspot'), leads: [], contacts: [], opportunities: [], gone: [] };
    const row = { ...(handoffs[0] as (typeof handoffs)[number]), firstTouchAt: TUESDAY + HOUR };
    const [episode] = factsOf(under, { person, transitions, handoffs: [row], evidence, known: { episodes: [], touches: [] } }).episodes;
    expect(episode).toMatchObject({ touched_at: null, touch_due: under.calendarOf('U2').addBusiness(TUESDAY + 24 * HOUR, under.sla.first_touch), answer_due: under.calendarOf('005B').addBusiness(TUESDAY, under.sla.answer) });
    expect(episode?.answer_due).not.toBe(under.calendarOf('U2').addBusiness(TUESDAY, under.sla.answer));
    Object.assign(mine as object, { ownerTouchAt: TUESDAY + 26 * HOUR });
    expect(factsOf(under, { person, transitions, handoffs: [row], evidence, known: { episodes: [], touches: [] } }).episodes[0]).toMatchObject({ touched_at: TUESDAY + 26 * HOUR, touch_ms: 2 * HOUR });
  });

  test('F2: a wrong owner is no answer, no rejection, and out of the denominators', () => {
    const [episode] = facts({ id: 'p', passes: [{ entries: { mql: TUESDAY }, handed: TUESDAY, rejected: { at: TUESDAY + HOUR, reason: 'wrong_owner', route: 'reroute' } }] }).episodes;
    expect(episode).toMatchObject({ excluded: 1, rejected_at: null, answered_at: null, left_at: null });
  });

  test('F4: a reason that comes later is dated by its field, and stays when F5 empties the field', () => {
    const rejected = { at: TUESDAY, reason: 'no_budget', route: 'recycle', reasonAt: TUESDAY + 3 * HOUR } as const;
    const told: ToldPerson = { id: 'p', passes: [{ entries: { mql: TUESDAY - HOUR }, handed: TUESDAY - HOUR, rejected }] };
    const [first] = facts(told).episodes;
    expect(first).toMatchObject({ rejected_at: TUESDAY, reason: 'no_budget', reasoned_at: TUESDAY + 3 * HOUR, reason_ms: 3 * HOUR, reason_due: TUESDAY + 48 * HOUR });
    const { reasonAt: _, ...emptied } = rejected;
    const [again] = facts({ id: 'p', passes: [{ entries: { mql: TUESDAY - HOUR }, handed: TUESDAY - HOUR, rejected: emptied }] }, [first as EpisodeFact]).episodes;
    expect(again?.reasoned_at).toBe(TUESDAY + 3 * HOUR);
  });

  test('without a reason the clock has a deadline and no end', () => {
    expect(facts({ id: 'p', passes: [{ entries: { mql: TUESDAY }, handed: TUESDAY, rejected: { at: TUESDAY + HOUR, reason: null, route: null } }] }).episodes[0]).toMatchObject({ reason: null, reasoned_at: null, reason_due: TUESDAY + 49 * HOUR });
  });

  test('booking stops at the first of a qualified lead, an opportunity or the end of the pass; a skipped stage is none', () => {
    const base = { handed: TUESDAY, accepted: TUESDAY + HOUR };
    expect(facts({ id: 'p', passes: [{ ...base, entries: { mql: TUESDAY, sal: TUESDAY + HOUR, sql: TUESDAY + 5 * HOUR } }] }).episodes[0]?.booked_at).toBe(TUESDAY + 5 * HOUR);
    expect(facts({ id: 'p', passes: [{ ...base, entries: { mql: TUESDAY, sal: TUESDAY + HOUR, sql: TUESDAY + HOUR, opportunity: TUESDAY + 6 * HOUR }, skipped: ['sql'] }] }).episodes[0]?.booked_at).toBe(TUESDAY + 6 * HOUR);
    expect(facts({ id: 'p', passes: [{ ...base, entries: { mql: TUESDAY, sal: TUESDAY + HOUR } }] }).episodes[0]?.booked_at).toBeNull();
  });
});

describe('episodes', () => {
  test('a recycled person’s next pass is an episode of its own; what came before the first handoff is the first’s', () => {
    const { episodes } = facts({
      id: 'p',
      passes: [
        { entries: { subscriber: 1, lead: 2, mql: TUESDAY }, handed: TUESDAY, rejected: { at: TUESDAY + HOUR, reason: 'timing', route: 'recycle' } },
        { entries: { mql: TUESDAY + 100 * HOUR, sal: TUESDAY + 101 * HOUR, sql: TUESDAY + 102 * HOUR }, handed: TUESDAY + 100 * HOUR, accepted: TUESDAY + 101 * HOUR },
      ],
    });
    expect(episodes.map(({ cycle, last, lead_at, mql_at, sql_at, left_at }) => ({ cycle, last, lead_at, mql_at, sql_at, left_at }))).toEqual([
      { cycle: 1, last: 0, lead_at: 2, mql_at: TUESDAY, sql_at: null, left_at: TUESDAY + HOUR },
      { cycle: 2, last: 1, lead_at: null, mql_at: TUESDAY + 100 * HOUR, sql_at: TUESDAY + 102 * HOUR, left_at: null },
    ]);
    expect(episodes[0]).toMatchObject({ next_mql_at: TUESDAY + 100 * HOUR, next_sql_at: TUESDAY + 102 * HOUR });
  });

  test('F8: a rejection said without a handoff is no pass', () => {
    const told: ToldPerson = { id: 'p', passes: [{ entries: { lead: 5 }, handed: TUESDAY, adopted: true, rejected: { at: TUESDAY, reason: 'timing', route: 'recycle', counted: false }, closed: { at: TUESDAY, as: 'system' } }] };
    const { person, transitions, handoffs } = rowsOf(told);
    const state = person.state as { handoffs: { closedAs: string }[] };
    for (const each of [...state.handoffs, ...handoffs]) each.closedAs = 'rejected';
    const { episodes } = factsOf(agreement, { person, transitions, handoffs, evidence: { personId: 'p', hubspot: [], leads: [], contacts: [], opportunities: [], gone: [] }, known: { episodes: [], touches: [] } });
    expect(episodes).toMatchObject([{ handed_at: null, rejected_at: null, lead_at: 5 }]);
  });

  test('a source that the CRMs show no more stays as it was known; a corrected one is taken', () => {
    const told: ToldPerson = { id: 'p', source: 'WEB', passes: [{ entries: { lead: 5 } }] };
    const { episodes } = facts(told);
    const { source: _, ...gone } = told;
    expect(facts(gone, episodes).episodes[0]?.source).toBe('WEB');
    expect(facts({ ...told, source: 'ADS' }, episodes).episodes[0]?.source).toBe('ADS');
  });
});

describe('money', () => {
  const deal = (more: object): ReturnType<typeof facts>['deals'][number] | undefined => facts({ id: 'p', passes: [{ entries: { lead: 5 } }], deals: [{ id: '006', createdAt: TUESDAY, closeDate: '2026-11-12', won: true, amount: 10.005, ...more }] }).deals[0];

  test('cents of the company’s currency; of another one only with a rate at the close date', () => {
    expect(deal({ amount: 1234.56 })?.amount).toBe(123_456);
    expect(deal({ amount: null })?.amount).toBeNull();
    expect(deal({ amount: 100, currency: 'USD' })?.amount).toBe(10_000);
    expect(deal({ amount: 100, currency: 'EUR' })?.amount).toBeNull();
    const { rates } = agreement.settings.reports;
    rates['EUR'] = [{ from: '2026-01-01', rate: 1.1 }, { from: '2026-11-12', rate: 1.2 }, { from: '2026-12-01', rate: 9 }];
    expect(deal({ amount: 100, currency: 'EUR' })?.amount).toBe(12_000);
    expect(deal({ amount: 100, currency: 'EUR', closeDate: '2026-11-11' })?.amount).toBe(11_000);
    delete rates['EUR'];
  });

  test('a close date is its local noon; an open deal has none closed', () => {
    expect(deal({})).toMatchObject({ closed_at: Date.UTC(2026, 10, 12, 18), close_on: null, won: 1, lost: 0 });
    expect(deal({ won: false })).toMatchObject({ closed_at: null, close_on: Date.UTC(2026, 10, 12, 18), won: 0, lost: 0 });
    expect(deal({ won: false, lost: true })).toMatchObject({ won: 0, lost: 1 });
  });
});

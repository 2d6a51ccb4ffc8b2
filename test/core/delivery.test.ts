import { measureDelivery, periodOf } from '../../src/core/measure/delivery';
import type { Handoff } from '../../src/domain/person';
import { emptyState } from '../../src/domain/person';
import { agreed, judge, NOW, person } from '../support/person';

/* S4: the other side of the agreement. Times are Mexico City's (UTC-6). */

const mexico = (day: string, time = '00:00'): number => Date.parse(`${day}T${time}:00-06:00`);
const of = agreed((settings) => void (settings.marketing = { mqls: 20, per: 'month', complete: 0.9, fields: ['email', 'phone'] }));
const handed = (openedAt: number, more: Partial<Handoff> = {}): Handoff => ({ cycle: 1, openedAt, adopted: false, why: '', carriedAt: null, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: null, sla: null, slaDueAt: null, lacks: [], ...more });

test('a period is the company’s calendar month, week or quarter, whatever the clock of the machine', () => {
  const bounds = (per: 'week' | 'month' | 'quarter', at: number) => {
    const { from, to } = periodOf(agreed((settings) => void (settings.marketing = { per, complete: 1, fields: [] })), at);
    return [new Date(from).toISOString(), new Date(to).toISOString()];
  };
  expect(bounds('month', mexico('2026-11-30', '23:59'))).toEqual(['2026-11-01T06:00:00.000Z', '2026-12-01T06:00:00.000Z']);
  expect(bounds('week', mexico('2026-11-22'))).toEqual(['2026-11-16T06:00:00.000Z', '2026-11-23T06:00:00.000Z']);
  expect(bounds('quarter', mexico('2026-12-31'))).toEqual(['2026-10-01T06:00:00.000Z', '2027-01-01T06:00:00.000Z']);
});

test('complete MQLs count against the promise, paced by working time; the rest are named by what they lack', () => {
  const told = measureDelivery(of, [handed(mexico('2026-11-01')), handed(mexico('2026-11-10')), handed(mexico('2026-11-12'), { lacks: ['phone'] }), handed(mexico('2026-10-31', '23:59')), handed(mexico('2026-12-01'))], NOW, mexico('2026-11-16'));
  expect(told).toMatchObject({ handedOver: 3, complete: 2, missing: { phone: 1 }, completeness: 2 / 3, promisedCompleteness: 0.9, promised: 20 });
  // November 2026 has 20 working days (the 16th is a holiday), 10 of them before the 16th.
  expect(told.expectedByNow).toBe(10);
  expect(told.compliance).toBe(0.2);
  expect(measureDelivery(of, [], NOW, mexico('2027-03-01')).expectedByNow).toBe(20);
  expect(measureDelivery(of, [], NOW, mexico('2026-10-01'))).toMatchObject({ expectedByNow: 0, compliance: null, completeness: null });
});

test.each<[string, Partial<Handoff>]>([
  ['one found at adoption (L7)', { adopted: true }],
  ['one that an opportunity opened', { lacks: undefined as never }],
  ['one closed as a duplicate', { closedAs: 'duplicate' }],
  ['one that sales called a duplicate', { rejection: { at: 0, crm: 'salesforce', record: '', by: null, reason: 'duplicate', words: null, note: null, detail: null, route: 'duplicate', recycleOn: null, counted: true } }],
])('%s is nobody’s delivery', (_, more) => {
  expect(measureDelivery(of, [handed(NOW, more)], NOW, NOW).handedOver).toBe(0);
});

test('without a promise the figures stand alone', () => {
  const none = agreed((settings) => void delete settings.marketing);
  expect(measureDelivery(none, [handed(NOW)], NOW, NOW)).toMatchObject({ handedOver: 1, complete: 1, completeness: 1, promised: null, expectedByNow: null, compliance: null, promisedCompleteness: null });
});

test('a handoff keeps what it lacked when marketing opened it; one by an opportunity keeps nothing', () => {
  const mql = judge(person({ hubspot: { hubspotscore: 80 } }, { ...emptyState(), stage: 'lead', stageAt: NOW }, of), of);
  expect(mql.state.handoffs[0]?.lacks).toEqual(['phone']);
  const filled = judge(person({ hubspot: { hubspotscore: 80, phone: '+52 1' }, now: NOW + 1 }, mql.state, of), of);
  expect(filled.state.handoffs[0]?.lacks).toEqual(['phone']);
  const needs = agreed((settings) => void delete settings.marketing);
  expect(judge(person({ hubspot: { hubspotscore: 80 } }, { ...emptyState(), stage: 'lead', stageAt: NOW }, needs), needs).state.handoffs[0]?.lacks).toEqual([]);
  const deal = judge(person({ contact: {}, opportunities: [{}] }, { ...emptyState(), stage: 'lead', stageAt: NOW }, of), of);
  expect(deal.state.handoffs[0]?.lacks).toBeUndefined();
});

import { lackedAtHandoff, promiseAt } from '../../src/core/measure/delivery';
import type { Handoff } from '../../src/domain/person';
import { emptyState } from '../../src/domain/person';
import { agreed, judge, NOW, person } from '../support/person';

/* S4: the other side of the agreement. Times are Mexico City's (UTC-6). */

const mexico = (day: string, time = '00:00'): number => Date.parse(`${day}T${time}:00-06:00`);
const of = agreed((settings) => void (settings.marketing = { mqls: 20, per: 'month', complete: 0.9, fields: ['email', 'phone'] }));
const handed = (more: Partial<Handoff> = {}): Handoff => ({ cycle: 1, openedAt: NOW, adopted: false, why: '', carriedAt: null, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: null, sla: null, slaDueAt: null, lacks: [], ...more });

test('a period is the company’s calendar month, week or quarter, whatever the clock of the machine', () => {
  const bounds = (per: 'week' | 'month' | 'quarter', at: number) => {
    const promise = promiseAt(agreed((settings) => void (settings.marketing = { per, complete: 1, fields: [] })), at, at);
    return [promise?.from, promise?.to].map((each) => new Date(each ?? 0).toISOString());
  };
  expect(bounds('month', mexico('2026-11-30', '23:59'))).toEqual(['2026-11-01T06:00:00.000Z', '2026-12-01T06:00:00.000Z']);
  expect(bounds('week', mexico('2026-11-22'))).toEqual(['2026-11-16T06:00:00.000Z', '2026-11-23T06:00:00.000Z']);
  expect(bounds('quarter', mexico('2026-12-31'))).toEqual(['2026-10-01T06:00:00.000Z', '2027-01-01T06:00:00.000Z']);
});

test('what is owed by now goes by working time: none before the period, all of it after', () => {
  // November 2026 has 20 working days (the 16th is a holiday), 10 of them before the 16th.
  expect(promiseAt(of, NOW, mexico('2026-11-16'))).toMatchObject({ mqls: 20, expectedByNow: 10, complete: 0.9 });
  expect(promiseAt(of, NOW, mexico('2027-03-01'))?.expectedByNow).toBe(20);
  expect(promiseAt(of, NOW, mexico('2026-10-01'))?.expectedByNow).toBe(0);
});

test('a share may be promised without a number, and nothing at all', () => {
  expect(promiseAt(agreed((settings) => void (settings.marketing = { per: 'month', complete: 0.9, fields: [] })), NOW, NOW)).toMatchObject({ mqls: null, expectedByNow: null, complete: 0.9 });
  expect(promiseAt(agreed((settings) => void delete settings.marketing), NOW, NOW)).toBeNull();
});

test.each<[string, Partial<Handoff>]>([
  ['one found at adoption (L7)', { adopted: true }],
  ['one that an opportunity opened', { lacks: undefined as never }],
  ['one closed as a duplicate', { closedAs: 'duplicate' }],
  ['one that sales called a duplicate', { rejection: { at: 0, crm: 'salesforce', record: '', by: null, reason: 'duplicate', words: null, note: null, detail: null, route: 'duplicate', recycleOn: null, counted: true } }],
])('%s is nobody’s delivery', (_, more) => {
  expect(lackedAtHandoff(handed(more))).toBeNull();
});

test('a delivery is complete, or lacks what it lacked', () => {
  expect(lackedAtHandoff(handed())).toBe(0);
  expect(lackedAtHandoff(handed({ lacks: ['phone', 'company'] }))).toBe(2);
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

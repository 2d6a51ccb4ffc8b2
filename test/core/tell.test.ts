import type { CompiledAgreement } from '../../src/agreement/compile';
import { momentsOf, type Moment, type Telling } from '../../src/core/tell/moments';
import { textOf } from '../../src/core/tell/text';
import { TELLING } from '../../src/core/tell/words';
import { emptyState, type Handoff, type PersonState, type Rejection } from '../../src/domain/person';
import { ROUTES } from '../../src/domain/stage';
import { agreed, agreement, DAY, HOUR, judge, NOW, own, person, record, set, type FieldsTold, type Told } from '../support/person';

/** What a decision tells marketing (F2, F4, F5, F6, L7), and in which words. */

const T0 = NOW - 10 * DAY;
const SAID = NOW - HOUR;
const CLOSED = 'Closed - Not Converted';
const REASON = 'Concord_Rejection_Reason__c';
const NOTE = 'Concord_Rejection_Note__c';
const DETAIL = 'Concord_Rejection_Detail__c';
const REP = { id: '005A', name: 'Rita Rep' };
const rep = (value: string | null, at = SAID): Told => set(value, at, REP);

const handoff = (more: Partial<Handoff> = {}): Handoff => ({ cycle: 1, openedAt: T0, adopted: false, why: 'score', carriedAt: T0, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: '005A', sla: null, slaDueAt: null, ...more });
const rejection = (more: Partial<Rejection> = {}): Rejection => ({ at: SAID, crm: 'salesforce', record: 'salesforce:lead:00Q000000000001AAA', by: REP, reason: 'no_budget', words: 'no_budget', note: null, detail: null, route: 'recycle', recycleOn: '2027-02-20', counted: true, ...more });

/** A person with an open handoff since ten days ago. */
function open(more: Partial<PersonState> = {}): PersonState {
  return { ...emptyState(), stage: 'mql', stageAt: T0, entries: { mql: { first: T0, latest: T0 } }, handoffs: [handoff()], inScope: true, ...more };
}
function rejected(more: Partial<Rejection> = {}, state: Partial<PersonState> = {}): PersonState {
  return open({ stage: 'recycled', stageAt: SAID, handoffs: [handoff({ rejection: rejection(more), closedAt: SAID, closedAs: 'rejected' })], rejectionCount: 1, lastAnswer: { at: SAID, said: [] }, ...state });
}

const LEAD: FieldsTold = { Status: own('Open - Not Contacted', T0), Concord_Cycle__c: 1, Concord_Stage__c: 'mql' };

/** Decides a person from this state on, with what has been said since, and tells. */
function told(before: PersonState | null, lead: FieldsTold, more: Partial<Parameters<typeof person>[0]> = {}, telling: Partial<Telling> = {}): Moment[] {
  const decision = judge(person({ hubspot: { lifecyclestage: own('marketingqualifiedlead', T0), hs_lead_status: own('NEW', T0) }, lead: { ...LEAD, ...lead }, ...more }, before));
  return momentsOf({ agreement, before, decision, adopting: more.adopting ?? false, adoptedAt: null, now: NOW, ...telling });
}
/** Compares two states without deciding. */
function between(before: PersonState | null, after: PersonState, telling: Partial<Telling> = {}): Moment[] {
  return momentsOf({ agreement, before, decision: { state: after, primary: null, inScope: true }, adopting: false, adoptedAt: null, now: NOW, ...telling });
}
/** The date that the last moment's answer gives. */
const last = (moments: Moment[]): string | null | undefined => moments.flatMap((moment) => ('rejection' in moment ? [moment.rejection.recycleOn] : [])).at(-1);
const ids = (moments: Moment[]): string[] => moments.map(({ kind, cycle, id }) => `${cycle} ${kind} ${id}`);

describe('what is told (F2)', () => {
  test.each<[string, PersonState, FieldsTold, string[]]>([
    ['a rejection with its reason', open(), { Status: rep(CLOSED), [REASON]: rep('no_budget') }, [`1 rejected rejected@${SAID}`]],
    ['without a reason (F4)', open(), { Status: rep(CLOSED) }, [`1 rejected rejected@${SAID}`]],
    ['with words that no reason knows (F3)', open(), { Status: rep(CLOSED), [REASON]: rep('no me gusta') }, [`1 rejected rejected@${SAID}`]],
    ['the wrong owner: not a rejection', open(), { [REASON]: rep('wrong_territory'), [DETAIL]: rep('Bea') }, [`1 rerouted rerouted@${SAID}`]],
    ['nothing said', open(), {}, []],
  ])('%s', (_name, before, lead, moments) => {
    expect(ids(told(before, lead))).toEqual(moments);
  });

  test('the reason given later, and another one, are told; the same again is not (F4)', () => {
    const before = rejected({ reason: null, words: null, route: null, recycleOn: null });
    const lead = { Status: rep(CLOSED), [REASON]: rep('timing', NOW) };
    const later = told(before, lead);
    expect(ids(later)).toEqual([`1 corrected corrected@${NOW}:${last(later)}`]);
    const after = judge(person({ lead: { ...LEAD, ...lead } }, before)).state;
    expect(told(after, lead)).toEqual([]);
  });

  test('words added under the answer are told once, changed ones are not', () => {
    const lead = { Status: rep(CLOSED), [REASON]: rep('no_budget') };
    const before = judge(person({ lead: { ...LEAD, ...lead } }, open())).state;
    const noted = { ...lead, [NOTE]: rep('until 2027', NOW) };
    expect(ids(told(before, noted))).toEqual([`1 noted noted@${SAID}`]);
    // The rep's own date says something else than before.
    expect(ids(told(before, { ...noted, Concord_Recycle_On__c: rep('2027-06-01', NOW) }))).toEqual([`1 corrected corrected@${SAID}:2027-06-01`]);
    expect(between(rejected({ note: 'a' }), rejected({ note: 'b' }))).toEqual([]);
    expect(ids(between(rejected({ note: 'a' }), rejected({ note: 'a', detail: 'Bea' })))).toEqual([`1 noted noted@${SAID}`]);
    // Added to in the other CRM, each time anew.
    expect(ids(between(rejected({ note: 'a' }), rejected({ note: 'a\nb' })))).toEqual([`1 noted noted@${SAID}:3`]);
    expect(ids(between(rejected({ note: 'a\nb' }), rejected({ note: 'a\nb\nmore' })))).toEqual([`1 noted noted@${SAID}:8`]);
  });

  test('taken back (F6), and rejected once more: by its own time', () => {
    const back = told(rejected(), { Status: rep('Working - Contacted', NOW), [REASON]: rep('no_budget') });
    expect(ids(back)).toEqual([`1 taken_back taken_back@${SAID}`]);
    expect(ids(between(rejected(), rejected({ at: NOW })))).toEqual([`1 rejected rejected@${NOW}`]);
  });

  test('corrected to the wrong owner it is told as that', () => {
    expect(ids(between(rejected(), rejected({ route: 'reroute', reason: 'wrong_owner', counted: false })))).toEqual([`1 rerouted rerouted@${SAID}`]);
    const rerouted = rejected({ route: 'reroute', reason: 'wrong_owner', counted: false });
    expect(between(rerouted, rerouted)).toEqual([]);
  });

  test('a new pass after an earlier one is told with what was said last (F5); the first one is not', () => {
    const again = rejected({}, { handoffs: [handoff({ rejection: rejection(), closedAt: SAID, closedAs: 'rejected' }), handoff({ cycle: 2, openedAt: NOW, why: 'score is 80' })] });
    expect(between(rejected(), again)).toEqual([{ kind: 'came_back', id: 'came_back', cycle: 2, at: NOW, why: 'score is 80', last: rejection(), count: 1 }]);
    expect(between(emptyState(), open())).toEqual([]);
  });

  test('an answer without a handoff (F8) is told, and opens nothing', () => {
    const loose = open({ handoffs: [handoff(), handoff({ cycle: 2, openedAt: NOW, adopted: true, rejection: rejection({ at: NOW, counted: false }), closedAt: NOW, closedAs: 'rejected' })] });
    expect(ids(between(open(), loose))).toEqual([`2 rejected rejected@${NOW}`]);
  });

  test('a record closed as a duplicate, with the one that the handoff follows; without a survivor it is a rejection', () => {
    const survivor = record('salesforce', 'lead', { Status: 'Open - Not Contacted', Email: 'ana@cliente.example' }, { id: '00Q000000000002AAA' });
    const closed = { Status: rep(CLOSED), [REASON]: rep('duplicate') };
    expect(told(open(), closed, { leads: [survivor] })).toEqual([{ kind: 'duplicate', id: `duplicate@${SAID}`, cycle: 1, at: SAID, closed: 'salesforce:lead:00Q000000000001AAA', survivor: 'salesforce:lead:00Q000000000002AAA' }]);
    expect(ids(told(open(), closed))).toEqual([`1 rejected rejected@${SAID}`]);
    const after = judge(person({ lead: { ...LEAD, ...closed }, leads: [survivor] }, open())).state;
    expect(told(after, closed, { leads: [survivor] })).toEqual([]);
  });

  test('a handoff that nobody answered is told as that, and so is sales’ taking it up later (S1); a rep’s own "no" after it is a rejection', () => {
    const back = rejected({ reason: 'sla_expired', words: null, by: null, counted: false, record: '' });
    expect(ids(between(open(), back))).toEqual([`1 expired expired@${SAID}`]);
    expect(between(back, back)).toEqual([]);
    expect(ids(between(back, open({ handoffs: [handoff({ resumedAt: NOW })] })))).toEqual([`1 resumed resumed@${NOW}`]);
    expect(ids(between(back, rejected({ at: NOW })))).toEqual([`1 rejected rejected@${NOW}`]);
  });

  test('a wrong owner’s answer that the next owner has taken over is not taken back', () => {
    const rerouted = rejection({ route: 'reroute', reason: 'wrong_owner', counted: false });
    expect(between(open({ handoffs: [handoff({ rejection: rerouted })] }), open({ handoffs: [handoff({ reroutes: [rerouted] })] }))).toEqual([]);
  });

  test.each(['en', 'es', 'pt-BR'] as const)('what a person has to decide is told with what to do (%s)', (language) => {
    const of = agreed((settings) => void (settings.company.language = language));
    const { lines } = textOf(of, { kind: 'rejected', id: 'x', cycle: 3, at: NOW, rejection: rejection({ route: 'review', recycleOn: null }), count: 3 });
    expect(lines.at(-1)).toBe(TELLING[language].toReview);
    expect(textOf(of, { kind: 'expired', id: 'x', cycle: 1, at: NOW, rejection: rejection({ reason: 'sla_expired', recycleOn: '2027-01-01' }) })).toMatchObject({ title: TELLING[language].expired, lines: [expect.anything(), expect.stringContaining('2027')] });
  });

  test('L7: nothing at adoption, nothing older than it; what happens afterwards is told', () => {
    const lead = { Status: rep(CLOSED), [REASON]: rep('no_budget') };
    expect(told(null, lead, { adopting: true })).toEqual([]);
    // Also where the CRM's clock is ahead of the run's.
    expect(told(null, { Status: rep(CLOSED, NOW + 5_000), [REASON]: rep('no_budget', NOW + 5_000) }, { adopting: true })).toEqual([]);
    expect(told(null, lead)).toHaveLength(1);
    expect(told(null, lead, {}, { adoptedAt: SAID })).toHaveLength(1);
    expect(told(null, lead, {}, { adoptedAt: SAID + 1 })).toEqual([]);
    expect(told(open({ adoptedAt: SAID + 1 }), lead)).toEqual([]);
    expect(between(rejected({}, { adoptedAt: SAID + 1 }), rejected({ note: 'now seen' }, { adoptedAt: SAID + 1 }))).toEqual([]);
    expect(ids(between(rejected({}, { adoptedAt: SAID + 1 }), rejected({ reason: 'timing' }, { adoptedAt: SAID + 1, lastAnswer: { at: NOW, said: [] } })))).toEqual([`1 corrected corrected@${NOW}:2027-02-20`]);
  });

  test('L10: nothing of people out of scope', () => {
    expect(momentsOf({ agreement, before: open(), decision: { state: rejected(), primary: null, inScope: false }, adopting: false, adoptedAt: null, now: NOW })).toEqual([]);
  });
});

describe('in which words', () => {
  const lines = (moment: Moment, of: CompiledAgreement = agreement): string[] => {
    const text = textOf(of, moment);
    return [text.title, ...text.lines];
  };
  const answer = (more: Partial<Rejection> = {}, kind: 'rejected' | 'corrected' | 'noted' | 'rerouted' = 'rejected', count = 2): Moment => ({ kind, id: 'x', cycle: 2, at: SAID, rejection: rejection(more), count });
  const english = agreed((settings) => {
    settings.company.language = 'en';
    settings.company.time_zone = 'America/Mexico_City';
  });

  test('who, where, when in the company’s time zone, the reason’s label, the rep’s words, how often, what follows, until when', () => {
    expect(lines(answer({ words: 'NO  Budget', note: 'until\n2027', detail: 'ask <Bea>' }), english)).toEqual([
      'Sales rejected the handoff: No budget',
      'Rita Rep in Salesforce, on 23 Nov 2026, 09:00 (America/Mexico_City)',
      'Reason: No budget',
      'In the rep’s words: “NO  Budget”',
      'Note: “until\n2027”',
      'Rejected 2 times so far (handoff 2)',
      'Detail: ask <Bea>',
      'Next: Recycle later, on 20 Feb 2027',
    ]);
  });

  test.each<[string, Moment, string[]]>([
    ['no reason (F4)', answer({ reason: null, words: null, route: null, recycleOn: null, by: null }, 'rejected', 1), ['Sales rejected the handoff without a reason', 'Somebody in Salesforce, on 23 Nov 2026, 09:00 (America/Mexico_City)', 'Rejected 1 time so far (handoff 2)', 'Next: sales still owes the reason.']],
    [
      'an unmapped reason, word for word (F3)',
      answer({ reason: 'other', words: 'ni idea', note: 'ni idea\nde veras', route: 'unmapped', recycleOn: null, crm: 'hubspot', by: { id: '7' } }),
      ['Sales rejected the handoff: “ni idea”', '7 in HubSpot, on 23 Nov 2026, 09:00 (America/Mexico_City)', 'Reason: “ni idea”', 'In the rep’s words: “ni idea”', 'Note: “de veras”', 'Rejected 2 times so far (handoff 2)', 'Next: the agreement does not know this reason; RevOps decides what follows.'],
    ],
    ['not counted (F8)', answer({ counted: false, route: 'nurture', recycleOn: null }), ['Sales said no, not counted as a rejection: No budget', 'Rita Rep in Salesforce, on 23 Nov 2026, 09:00 (America/Mexico_City)', 'Reason: No budget', 'Next: Back to nurture']],
    ['which field to correct', answer({ route: 'fix_data', detail: 'phone', recycleOn: null }, 'corrected'), ['Sales changed its answer: No budget', 'Rita Rep in Salesforce, on 23 Nov 2026, 09:00 (America/Mexico_City)', 'Reason: No budget', 'Rejected 2 times so far (handoff 2)', 'Next: Correct the data', 'To correct: phone']],
    ['a field that was not named', answer({ route: 'fix_data', recycleOn: null }, 'noted'), ['Sales added to its answer', 'Rita Rep in Salesforce, on 23 Nov 2026, 09:00 (America/Mexico_City)', 'Reason: No budget', 'Rejected 2 times so far (handoff 2)', 'Next: Correct the data', 'To correct: sales did not say which field.']],
    ['the wrong owner', answer({ route: 'reroute', detail: 'Bea', note: 'hers' }, 'rerouted'), ['Sales says that the owner is wrong', 'Rita Rep in Salesforce, on 23 Nov 2026, 09:00 (America/Mexico_City)', 'To be asked: Bea', 'Note: “hers”', 'The handoff stays open until the right owner answers.']],
    ['taken back', { kind: 'taken_back', id: 'x', cycle: 1, at: NOW, was: rejection(), stage: 'mql' }, ['Sales took the rejection back', 'On 23 Nov 2026, 10:00 (America/Mexico_City)', 'The rejection of 23 Nov 2026, 09:00 (America/Mexico_City) (No budget) does not count any more.', 'Stage now: Marketing qualified lead (MQL)']],
    ['came back', { kind: 'came_back', id: 'x', cycle: 3, at: NOW, why: 'score is 80', last: rejection({ reason: null }), count: 2 }, ['Came back: handed to sales again (handoff 3)', 'On 23 Nov 2026, 10:00 (America/Mexico_City)', 'Why: score is 80', 'Last rejected on 23 Nov 2026, 09:00 (America/Mexico_City), without a reason', 'Rejected 2 times so far (handoff 3)']],
    ['neither a reason nor counted (F4, F8)', answer({ reason: null, words: null, route: null, recycleOn: null, counted: false }), ['Sales said no without a reason, not counted as a rejection', 'Rita Rep in Salesforce, on 23 Nov 2026, 09:00 (America/Mexico_City)', 'Next: sales still owes the reason.']],
    ['a route back without a date', answer({ recycleOn: null }), ['Sales rejected the handoff: No budget', 'Rita Rep in Salesforce, on 23 Nov 2026, 09:00 (America/Mexico_City)', 'Reason: No budget', 'Rejected 2 times so far (handoff 2)', 'Next: Recycle later']],
    ['the survivor that the rep named', answer({ reason: 'duplicate', words: 'duplicate', route: 'duplicate', detail: '00Q2', recycleOn: null }, 'rejected', 1), ['Sales rejected the handoff: Duplicate record', 'Rita Rep in Salesforce, on 23 Nov 2026, 09:00 (America/Mexico_City)', 'Reason: Duplicate record', 'Rejected 1 time so far (handoff 2)', 'Next: Duplicate', 'Duplicate of: 00Q2']],
    ['taken up after it had come back unanswered (S1)', { kind: 'resumed', id: 'x', cycle: 1, at: NOW, stage: 'sal' }, ['Sales took up the handoff that had come back unanswered', 'On 23 Nov 2026, 10:00 (America/Mexico_City)', 'Stage now: Sales accepted lead (SAL)']],
    ['taken back before a reason was given', { kind: 'taken_back', id: 'x', cycle: 1, at: NOW, was: rejection({ reason: null, words: null }), stage: null }, ['Sales took the rejection back', 'On 23 Nov 2026, 10:00 (America/Mexico_City)', 'The rejection of 23 Nov 2026, 09:00 (America/Mexico_City) does not count any more.']],
    ['came back, with nothing to tell of the passes before', { kind: 'came_back', id: 'x', cycle: 3, at: NOW, why: '', last: null, count: 0 }, ['Came back: handed to sales again (handoff 3)', 'On 23 Nov 2026, 10:00 (America/Mexico_City)']],
    ['came back after a reason', { kind: 'came_back', id: 'x', cycle: 2, at: NOW, why: '', last: rejection(), count: 1 }, ['Came back: handed to sales again (handoff 2)', 'On 23 Nov 2026, 10:00 (America/Mexico_City)', 'Last rejected on 23 Nov 2026, 09:00 (America/Mexico_City): No budget', 'Rejected 1 time so far (handoff 2)']],
    ['a duplicate of a record that nobody knows', { kind: 'duplicate', id: 'x', cycle: 1, at: NOW, closed: 'salesforce:lead:00Q1', survivor: null }, ['Sales closed a record as a duplicate', 'On 23 Nov 2026, 10:00 (America/Mexico_City)', 'Closed: Salesforce lead 00Q1']],
    ['a duplicate', { kind: 'duplicate', id: 'x', cycle: 1, at: NOW, closed: 'salesforce:lead:00Q1', survivor: 'salesforce:contact:0031' }, ['Sales closed a record as a duplicate', 'On 23 Nov 2026, 10:00 (America/Mexico_City)', 'Closed: Salesforce lead 00Q1', 'The handoff goes on with: Salesforce contact 0031']],
  ])('%s', (_name, moment, expected) => {
    expect(lines(moment, english)).toEqual(expected);
  });

  test('in the agreement’s language', () => {
    const of = (language: 'es' | 'pt-BR'): string[] => lines(answer({ note: 'x' }), agreed((settings) => void (settings.company.language = language)));
    expect(of('es')).toEqual(['Ventas rechazó la entrega: Sin presupuesto', 'Rita Rep en Salesforce, el 23 nov 2026, 09:00 (America/Mexico_City)', 'Motivo: Sin presupuesto', 'Nota: «x»', 'Rechazado 2 veces hasta ahora (entrega 2)', 'Siguiente paso: Reciclar más adelante, el 20 feb 2027']);
    expect(of('pt-BR').slice(0, 1)).toEqual(['Vendas rejeitou a passagem: Sem orçamento']);
    expect(of('pt-BR').at(-1)).toMatch(/^Próximo passo: Reciclar mais tarde, em 20 fev\.? 2027$/);
  });

  test('every language says everything, and says it differently', () => {
    const { en, es, 'pt-BR': pt } = TELLING;
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
    expect(Object.keys(pt).sort()).toEqual(Object.keys(en).sort());
    for (const route of ROUTES) for (const language of ['en', 'es', 'pt-BR'] as const) expect(lines(answer({ route }), agreed((settings) => void (settings.company.language = language))).every((line) => line !== '' && !line.includes('undefined'))).toBe(true);
  });

  test.each(['es', 'pt-BR'] as const)('%s says as much as English, whatever is missing, and in no English words', (language) => {
    const of = agreed((settings) => void (settings.company.language = language));
    const english = agreed((settings) => void (settings.company.language = 'en'));
    const anonymous = { by: null, recycleOn: null };
    const moments: Moment[] = [
      ...ROUTES.flatMap((route) => [answer({ ...anonymous, route, detail: 'Bea' }), answer({ ...anonymous, route }), answer({ ...anonymous, route, words: 'NO  Budget' })]),
      answer({ ...anonymous, reason: null, words: null, route: null, counted: false }),
      answer({ ...anonymous, counted: false }),
      answer({ ...anonymous, route: 'reroute', detail: 'Bea' }, 'rerouted'),
      answer(anonymous, 'corrected'),
      { kind: 'taken_back', id: 'x', cycle: 1, at: NOW, was: rejection({ reason: null, words: null }), stage: 'mql' },
      { kind: 'taken_back', id: 'x', cycle: 1, at: NOW, was: rejection(), stage: null },
      { kind: 'resumed', id: 'x', cycle: 1, at: NOW, stage: 'sal' },
      { kind: 'came_back', id: 'x', cycle: 2, at: NOW, why: '', last: rejection({ reason: null }), count: 1 },
      { kind: 'came_back', id: 'x', cycle: 2, at: NOW, why: 'x', last: rejection(), count: 2 },
      { kind: 'duplicate', id: 'x', cycle: 1, at: NOW, closed: 'salesforce:lead:00Q1', survivor: 'salesforce:contact:0031' },
    ];
    for (const moment of moments) {
      const [said, asked] = [lines(moment, of), lines(moment, english)];
      expect(said).toHaveLength(asked.length);
      expect(said.join()).not.toMatch(/undefined|null|NaN|\b(the|sales|somebody|next|handoff)\b/i);
    }
  });

  test('what is too long for a note is cut where it shows', () => {
    const note = lines(answer({ note: 'x'.repeat(40_000) }), english).find((line) => line.startsWith('Note'));
    expect(note?.length).toBeLessThan(3_700);
    expect(note).toContain('cut here');
    expect(lines(answer({ words: `${'w'.repeat(300)}`, route: 'unmapped', reason: 'other' }), english)[0]?.length).toBeLessThan(130);
  });
});

import { LANGUAGES } from '../../src/agreement/schema';
import type { CompiledAgreement } from '../../src/agreement/compile';
import { noticesOf, type Notice, type Noticing } from '../../src/core/tell/notices';
import { deadLettersText, digestText, guardText, messageOf, noticeKey, noticeText, reopenKey, reopenText, staleText, subjectOf, taskText } from '../../src/core/tell/noticeText';
import { afterQuiet, digestAt, localDate } from '../../src/core/tell/noticeTimes';
import { NOTICE_WORDS } from '../../src/core/tell/noticeWords';
import { emptyState, type Handoff, type PersonState } from '../../src/domain/person';
import { agreed, agreement, DAY, HOUR, judge, MINUTE, person, record, type PersonTold } from '../support/person';

/* What sales is told while it matters (S3, L7). The shipped agreement: Monday to Friday 09:00-18:00 in Mexico City; touch 8 h, answer 2 d, due soon 2 h before. */

const mexico = (day: string, time: string): number => Date.parse(`${day}T${time}:00-06:00`);
/** A Tuesday. */
const CARRIED = mexico('2026-11-24', '10:00');
const TOUCH_DUE = mexico('2026-11-24', '18:00');
const ANSWER_DUE = mexico('2026-11-26', '10:00');
const REP = '005A';

function handed(more: Partial<Handoff> = {}): PersonState {
  return {
    ...emptyState(),
    stage: 'mql',
    stageAt: CARRIED - HOUR,
    entries: { mql: { first: CARRIED - HOUR, latest: CARRIED - HOUR } },
    handoffs: [{ cycle: 1, openedAt: CARRIED - HOUR, adopted: false, why: 'score is 72', carriedAt: CARRIED, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: REP, sla: null, slaDueAt: null, ...more }],
    inScope: true,
  };
}

const everything = agreed((settings) => Object.assign(settings.notifications, { new_handoff: ['slack'], due_soon: ['slack'], breach: ['slack'], escalation: { after: '4h', slack: 'U024BE7LH' } }));

function notices(now: number, since: number | null, state = handed(), more: Partial<Noticing> & { owner?: PersonTold['more'] } = {}): Notice[] {
  const { owner, ...rest } = more;
  const decision = judge(person({ lead: { Status: 'Open - Not Contacted', Concord_Cycle__c: 1 }, now, more: { hubspot: { createdAt: now - 90 * DAY }, lead: { createdAt: now - 90 * DAY, ...owner?.lead } } }, state, everything), everything);
  return noticesOf({ agreement: everything, decision, since, adoptedAt: null, actingAs: null, inactive: new Set(), now, ...rest });
}
const told = (list: Notice[]): string[] => list.map((notice) => `${notice.kind} ${notice.id.replace(/\d{13}/, (at) => new Date(Number(at) - 6 * HOUR).toISOString().slice(8, 16))} to ${notice.to}`);

describe('what is news (S3)', () => {
  test.each<[string, number, number | null, string[]]>([
    ['handed over in this run', CARRIED, CARRIED - 5 * MINUTE, ['new_handoff new_handoff to owner']],
    ['in a run that was killed before it had said so', CARRIED + 5 * MINUTE, CARRIED - 5 * MINUTE, ['new_handoff new_handoff to owner']],
    ['before the last run', CARRIED + HOUR, CARRIED + MINUTE, []],
    ['two hours before the deadline', TOUCH_DUE - 2 * HOUR, TOUCH_DUE - 2 * HOUR - MINUTE, ['due_soon first_touch@24T18:00 to owner']],
    ['shortly before that', TOUCH_DUE - 2 * HOUR - 1, TOUCH_DUE - 3 * HOUR, []],
    ['told already', TOUCH_DUE - HOUR, TOUCH_DUE - 2 * HOUR, []],
    ['the deadline', TOUCH_DUE, TOUCH_DUE - MINUTE, ['breach first_touch@24T18:00 to owner']],
    ['due soon and late since the last run: only late', TOUCH_DUE, TOUCH_DUE - 4 * HOUR, ['breach first_touch@24T18:00 to owner']],
    ['four business hours later', mexico('2026-11-25', '13:00'), mexico('2026-11-25', '12:59'), ['breach first_touch@24T18:00:escalated to escalation']],
    ['both after an outage', mexico('2026-11-25', '13:00'), TOUCH_DUE - MINUTE, ['breach first_touch@24T18:00 to owner', 'breach first_touch@24T18:00:escalated to escalation']],
    ['the second clock, while the first one stays late', ANSWER_DUE, ANSWER_DUE - MINUTE, ['breach answer@26T10:00 to owner']],
    ['no run has told anything yet', TOUCH_DUE, null, []],
  ])('%s', (_, now, since, expected) => {
    expect(told(notices(now, since))).toEqual(expected);
  });

  test('the clock alone wakes the person for each of them', () => {
    const wakes: number[] = [];
    let now = CARRIED + MINUTE;
    for (let round = 0; round < 8; round += 1) {
      const { nextAt } = judge(person({ lead: { Status: 'Open - Not Contacted', Concord_Cycle__c: 1 }, now, more: { hubspot: { createdAt: now - 90 * DAY }, lead: { createdAt: now - 90 * DAY } } }, handed(), everything), everything);
      if (nextAt === null) break;
      wakes.push((now = nextAt));
    }
    expect(wakes).toEqual(expect.arrayContaining([TOUCH_DUE - 2 * HOUR, TOUCH_DUE, mexico('2026-11-25', '13:00'), ANSWER_DUE, mexico('2026-11-26', '14:00')]));
  });

  test('nothing of what was found at adoption, nor of what began before it (L7)', () => {
    expect(notices(TOUCH_DUE, TOUCH_DUE - MINUTE, handed({ adopted: true }))).toEqual([]);
    expect(notices(TOUCH_DUE, TOUCH_DUE - MINUTE, handed(), { adoptedAt: CARRIED + 1 })).toEqual([]);
  });

  test('nothing once sales has answered, and nothing that sales began itself', () => {
    expect(notices(TOUCH_DUE, TOUCH_DUE - MINUTE, handed({ firstTouchAt: CARRIED + HOUR }))).toEqual([]);
    expect(told(notices(CARRIED, CARRIED - MINUTE, handed({ acceptedAt: CARRIED })))).toEqual([]);
    expect(told(notices(CARRIED, CARRIED - MINUTE, handed({ closedAt: CARRIED, closedAs: 'duplicate' })))).toEqual([]);
  });

  test.each([
    ['a queue', { id: '00G1', kind: 'queue' as const }, null],
    ['Concord itself', { id: REP, kind: 'user' as const }, REP],
  ])('what %s owns is at once the escalation contact’s, once', (_, owner, actingAs) => {
    const more = { owner: { lead: { owner } }, actingAs };
    expect(told(notices(TOUCH_DUE, TOUCH_DUE - MINUTE, handed(), more))).toEqual(['breach first_touch@24T18:00 to escalation']);
    expect(told(notices(mexico('2026-11-25', '13:00'), mexico('2026-11-25', '12:59'), handed(), more))).toEqual([]);
    expect(told(notices(CARRIED, CARRIED - MINUTE, handed(), more))).toEqual(['new_handoff new_handoff to nobody']);
    expect(told(notices(TOUCH_DUE - 2 * HOUR, TOUCH_DUE - 2 * HOUR - MINUTE, handed(), more))).toEqual(['due_soon first_touch@24T18:00 to nobody']);
  });

  test('what a deactivated user owns is at once the escalation contact’s, once; deactivated after the breach was told, at the escalation’s own time', () => {
    const more = { inactive: new Set([REP]), owner: { lead: { owner: { id: REP, kind: 'user' as const } } } };
    const escalated = ['breach first_touch@24T18:00:escalated to escalation'];
    expect(told(notices(TOUCH_DUE, TOUCH_DUE - MINUTE, handed(), more))).toEqual(escalated);
    expect(told(notices(mexico('2026-11-25', '13:00'), mexico('2026-11-25', '12:59'), handed(), more))).toEqual(escalated);
    expect(told(notices(mexico('2026-11-25', '13:00'), TOUCH_DUE - MINUTE, handed(), more))).toEqual(escalated);
    expect(told(notices(CARRIED, CARRIED - MINUTE, handed(), more))).toEqual(['new_handoff new_handoff to nobody']);
    expect(told(notices(TOUCH_DUE - 2 * HOUR, TOUCH_DUE - 2 * HOUR - MINUTE, handed(), more))).toEqual(['due_soon first_touch@24T18:00 to nobody']);
    expect(told(notices(TOUCH_DUE, TOUCH_DUE - MINUTE, handed(), { ...more, inactive: new Set(['005B']) }))).toEqual(['breach first_touch@24T18:00 to owner']);
  });

  test('a key tells person, handoff, what, until when, and the way: another owner’s deadline is another one', () => {
    const [notice] = notices(TOUCH_DUE, TOUCH_DUE - MINUTE) as [Notice];
    expect(noticeKey('p1', notice, 'task')).toBe(`notice:p1:1:breach:first_touch@${TOUCH_DUE}:task`);
  });
});

const spoken = (language: (typeof LANGUAGES)[number]): CompiledAgreement => agreed((settings) => (settings.company.language = language));
const contact = record('hubspot', 'contact', { firstname: 'Ana', lastname: 'Paz', email: 'ana@cliente.example', company: 'Cliente & Co' });
const lead = record('salesforce', 'lead', { FirstName: 'Ana María', LastName: 'Paz' });
const urlOf = (of: { ref: { crm: string; id: string } }): string => `https://${of.ref.crm}.example/${of.ref.id}`;

describe('in words', () => {
  const subject = subjectOf(agreement, contact, lead, urlOf);

  test('who it is about: the name that sales knows, both links, never the address', () => {
    expect(subject).toEqual({ name: 'Ana María Paz', company: 'Cliente & Co', links: [{ label: 'HubSpot', url: 'https://hubspot.example/101' }, { label: 'Salesforce', url: `https://salesforce.example/${lead.ref.id}` }] });
    expect(subjectOf(agreement, record('hubspot', 'contact', { email: 'ana@cliente.example' }), null, urlOf)).toMatchObject({ name: 'HubSpot 101', company: null });
  });

  test.each(LANGUAGES)('every kind, in %s', (language) => {
    const of = spoken(language);
    const at = (now: number, since: number): Notice => notices(now, since)[0] as Notice;
    const texts = [
      noticeText(of, at(CARRIED, CARRIED - MINUTE), subject, 'Rita', CARRIED),
      noticeText(of, at(TOUCH_DUE - 2 * HOUR, TOUCH_DUE - 3 * HOUR), subject, 'Rita', TOUCH_DUE),
      noticeText(of, at(TOUCH_DUE, TOUCH_DUE - MINUTE), subject, null, TOUCH_DUE),
      noticeText(of, { ...at(TOUCH_DUE, TOUCH_DUE - MINUTE), to: 'escalation' }, subject, 'Rita', TOUCH_DUE),
      noticeText(of, { ...at(TOUCH_DUE, TOUCH_DUE - MINUTE), to: 'escalation', ownerInactive: true }, subject, 'Rita', TOUCH_DUE),
      digestText(of, { kind: 'rejected', id: 'x', cycle: 1, at: CARRIED, count: 1, rejection: { at: CARRIED, crm: 'salesforce', record: 'x', by: { name: 'Rita' }, reason: 'no_budget', words: 'no_budget', note: 'nada', detail: null, route: 'recycle', recycleOn: '2027-05-23', counted: true } }, subject),
      guardText(of, 'R1', [{ limit: 'creates', planned: 600, allowed: 500, message: '' }], CARRIED),
      guardText(of, 'R1', [{ limit: 'adoption', planned: 6, allowed: 0, message: '' }], CARRIED),
      deadLettersText(of, 'R1', 3, [{ crm: 'salesforce', object: 'lead', problem: { code: 'locked' } }, { crm: 'hubspot', object: 'contact', problem: { code: 'too_long' } }, { crm: 'hubspot', object: 'contact', problem: { code: 'too_long' } }], CARRIED),
      staleText(of, CARRIED, CARRIED, TOUCH_DUE),
      staleText(of, null, CARRIED, TOUCH_DUE),
    ];
    expect(texts.map(({ title, lines }) => [title, ...lines].join('\n'))).toMatchSnapshot();
    expect(texts.flatMap(({ title, lines }) => [title, ...lines]).join('')).not.toMatch(/undefined|null|NaN|\[object/);
  });

  test('every language has all the words, and its own', () => {
    const shape = (value: unknown): unknown => (typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shape(each)])) : typeof value);
    for (const language of LANGUAGES) expect(shape(NOTICE_WORDS[language])).toEqual(shape(NOTICE_WORDS.en));
    expect(new Set(LANGUAGES.map((language) => NOTICE_WORDS[language].many.breach(2))).size).toBe(3);
  });

  test.each<[string, Parameters<typeof subjectOf>[1], Parameters<typeof subjectOf>[2], ReturnType<typeof subjectOf>]>([
    ['a contact in Salesforce, by its own name there', null, record('salesforce', 'contact', { FirstName: 'Ana', LastName: 'Paz' }), { name: 'Ana Paz', company: null, links: [{ label: 'Salesforce', url: 'https://salesforce.example/003000000000001AAA' }] }],
    ['half a name is a name', record('hubspot', 'contact', { lastname: 'Paz' }), null, { name: 'Paz', company: null, links: [{ label: 'HubSpot', url: 'https://hubspot.example/101' }] }],
    ['what one CRM lacks the other one says', contact, record('salesforce', 'lead', {}), { name: 'Ana Paz', company: 'Cliente & Co', links: expect.any(Array) as [] }],
    ['no record left', null, null, { name: '?', company: null, links: [] }],
  ])('who it is about: %s', (_, hubspot, salesforce, expected) => {
    expect(subjectOf(agreement, hubspot, salesforce, urlOf)).toEqual(expected);
  });

  test('where the agreement maps no names, the record is called by its id', () => {
    const nameless = agreed((settings) => {
      settings.fields = settings.fields.filter(({ id }) => id !== 'first_name' && id !== 'last_name' && id !== 'company');
    });
    expect(subjectOf(nameless, contact, null, urlOf)).toMatchObject({ name: 'HubSpot 101', company: null });
  });

  test('a new handoff tells both deadlines once sales’ record carries it; before that there are none (S1)', () => {
    const english = spoken('en');
    const [notice] = notices(CARRIED, CARRIED - MINUTE) as [Notice];
    const lines = (carriedAt: number | null, ownerId: string | null = REP): string[] => noticeText(english, { ...notice, ownerId, handoff: { ...notice.handoff, carriedAt, why: '' } }, { ...subject, company: null }, null, CARRIED).lines;
    expect(lines(CARRIED)).toEqual(['First touch by 24 Nov 2026, 18:00 (America/Mexico_City)', 'Answer by 26 Nov 2026, 10:00 (America/Mexico_City)']);
    expect(lines(null)).toEqual([]);
    expect(lines(null, null)).toEqual(['No owner yet']);
  });

  test('what nobody owns was not escalated: it is late from the beginning (S3)', () => {
    const english = spoken('en');
    const [notice] = notices(TOUCH_DUE, TOUCH_DUE - MINUTE) as [Notice];
    const title = (ownerId: string | null): string => noticeText(english, { ...notice, to: 'escalation', ownerId }, subject, null, TOUCH_DUE).title;
    expect([title(null), title(REP)]).toEqual(['First touch overdue: Ana María Paz', 'Escalated, first touch still overdue: Ana María Paz']);
  });

  test.each(LANGUAGES)('a closed lead that somebody has to reopen is told with which status, or that it needs an open one (F5) (%s)', (language) => {
    const [handoff] = handed({ cycle: 2 }).handoffs as [Handoff];
    const told = (of: CompiledAgreement, about = subject): string[] => {
      const { title, lines } = reopenText(of, handoff, about, CARRIED);
      return [title, ...lines];
    };
    const silent = agreed((settings) => {
      settings.company.language = language;
      for (const stage of settings.stages) if (stage.id === 'mql') delete stage.salesforce.lead_status;
    });
    const [named, nameless] = [told(spoken(language)), told(silent, { ...subject, company: null })];
    expect(named[0]).toMatch(/Ana María Paz$/);
    expect(named.join()).toContain('Open - Not Contacted');
    expect(nameless.join()).not.toMatch(/Open - Not|undefined|null/);
    expect([named.length, nameless.length]).toEqual([5, 4]);
    expect(reopenKey('p1', handoff)).toBe('reopen:p1:2');
  });

  test('dead letters by code and record, the most frequent first, as many by their names; never their values', () => {
    const letter = (crm: string, code: 'locked' | 'too_long' | 'duplicate'): Parameters<typeof deadLettersText>[3][number] => ({ crm, object: 'contact', problem: { code } });
    const { title, lines } = deadLettersText(spoken('en'), 'R1', 1, [letter('salesforce', 'too_long'), letter('hubspot', 'locked'), letter('hubspot', 'duplicate'), letter('hubspot', 'duplicate')], CARRIED);
    expect([title, ...lines.slice(0, 4)]).toEqual(['1 new dead letter', 'duplicate (hubspot contact): 2', 'locked (hubspot contact): 1', 'too_long (salesforce contact): 1', 'Run R1']);
  });

  test('a digest of somebody without a company, and a message without links, name nothing that is not there', () => {
    const rejected = { kind: 'rejected' as const, id: 'x', cycle: 1, at: CARRIED, count: 1, rejection: { at: CARRIED, crm: 'salesforce' as const, record: 'x', by: null, reason: 'no_budget', words: 'no_budget', note: null, detail: null, route: 'recycle' as const, recycleOn: null, counted: true } };
    expect(digestText(spoken('en'), rejected, { ...subject, company: null }).title).toBe('Ana María Paz: Sales rejected the handoff: No budget');
    expect(digestText(spoken('en'), rejected, subject).title).toBe('Ana María Paz (Cliente & Co): Sales rejected the handoff: No budget');
    // Everything that a message would have told was too much: it counts, and goes to nobody by name.
    expect(messageOf(spoken('en'), 'breach', 'id', [], 3)).toEqual({ id: 'id', title: '3 deadlines overdue', parts: [], more: '… and 3 more', to: [], mention: [] });
    expect(messageOf(spoken('en'), 'breach', 'id', [{ title: 'one', lines: [], at: 0, links: subject.links }], 0).parts).toEqual([{ title: 'one', lines: [], links: subject.links }]);
    expect(taskText({ title: 'one', lines: ['x'], at: 0 }, lead).lines).toEqual(['x']);
    for (const language of LANGUAGES) expect(messageOf(spoken(language), 'rejection_digest', 'id', [], 2).title).toMatch(/^2 /);
  });

  test('a task carries the other CRM’s link in its text; a second pass says so', () => {
    const [notice] = notices(TOUCH_DUE, TOUCH_DUE - MINUTE) as [Notice];
    const text = taskText(noticeText(agreement, { ...notice, handoff: { ...notice.handoff, cycle: 2 } }, subject, null, TOUCH_DUE), lead);
    expect(text.lines.at(-1)).toBe('HubSpot: https://hubspot.example/101');
    expect(text.lines.join()).not.toContain('salesforce.example');
    expect(text.lines).toContain('Handoff 2: this person has been with sales before');
    expect('links' in text).toBe(false);
  });

  test('one message tells many: its title counts, what is too much is counted too', () => {
    const text = (title: string) => ({ title, lines: ['x'], at: 0, to: ['a@b.example'], mention: ['U024BE7LH'] });
    expect(messageOf(agreement, 'breach', 'id', [text('one')], 0)).toEqual({ id: 'id', title: 'one', parts: [{ title: 'one', lines: ['x'] }], more: null, to: ['a@b.example'], mention: ['U024BE7LH'] });
    expect(messageOf(agreement, 'breach', 'id', [text('one'), text('two')], 3)).toMatchObject({ title: '5 deadlines overdue', more: '… and 3 more' });
    expect(messageOf(agreement, 'rejection_digest', 'id', [text('one')], 0)).toMatchObject({ title: '1 lead rejected by sales' });
  });
});

describe('when', () => {
  const quiet = (from: string, to: string): CompiledAgreement => agreed((settings) => (settings.notifications.quiet_hours = { from, to }));
  test.each([
    ['20:00', '07:00', '23:00', '2026-11-25 07:00'],
    ['20:00', '07:00', '06:59', '2026-11-24 07:00'],
    ['20:00', '07:00', '07:00', '2026-11-24 07:00'],
    ['20:00', '07:00', '19:59', '2026-11-24 19:59'],
    ['12:00', '14:00', '12:00', '2026-11-24 14:00'],
    ['12:00', '14:00', '14:00', '2026-11-24 14:00'],
  ])('quiet from %s to %s: at %s it waits until %s', (from, to, time, until) => {
    const [day = '', at = ''] = until.split(' ');
    expect(afterQuiet(quiet(from, to), mexico('2026-11-24', time))).toBe(mexico(day, at));
  });
  test('without quiet hours nothing waits', () => expect(afterQuiet(agreement, 5)).toBe(5));

  test.each([
    ['before its time', '2026-11-24', '08:59', '2026-11-24'],
    ['at its time', '2026-11-24', '09:00', '2026-11-25'],
    ['on Friday afternoon', '2026-11-27', '15:00', '2026-11-30'],
    ['before a holiday', '2026-12-24', '10:00', '2026-12-28'],
  ])('the digest, %s', (_, day, time, next) => expect(digestAt(agreement, mexico(day, time))).toBe(mexico(next, '09:00')));
  test('the digest does not break the quiet', () => expect(digestAt(quiet('20:00', '10:30'), mexico('2026-11-24', '08:00'))).toBe(mexico('2026-11-24', '10:30')));
  test('a date is the company’s', () => expect(localDate(agreement, mexico('2026-11-24', '23:30'))).toBe('2026-11-24'));
});

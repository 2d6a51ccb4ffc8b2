import type { Block, Handoff, PersonState } from '../../src/domain/person';
import { emptyState } from '../../src/domain/person';
import { agreed, automated, COMPLETE, DAY, desiredOn, HOUR, judge, moves, NOW, own, person, record, set, type FieldsTold } from '../support/person';

const T0 = NOW - 10 * DAY;
const at = (ms: number): string => new Date(ms).toISOString();

function pass(more: Partial<Handoff> = {}): Handoff {
  return { cycle: 1, openedAt: T0, adopted: false, why: 'score', carriedAt: T0, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: '005A', sla: null, slaDueAt: null, ...more };
}
function life(stage: PersonState['stage'], more: Partial<PersonState> = {}): PersonState {
  return { ...emptyState(), stage, stageAt: T0, entries: stage === null ? {} : { [stage]: { first: T0, latest: T0 } }, inScope: true, ...more };
}
const mql = (): PersonState => life('mql', { handoffs: [pass()] });

describe('the furthest stage whose conditions hold (L1)', () => {
  test.each([
    ['an e-mail only', {}, {}, 'subscriber'],
    ['a form', { num_conversion_events: 1 }, {}, 'lead'],
    ['a score', { hubspotscore: 60 }, {}, 'mql'],
    ['a marketer’s word', { lifecyclestage: set('marketingqualifiedlead', T0) }, {}, 'mql'],
    ['a rep at work', {}, { lead: { Status: 'Working - Contacted' } }, 'sal'],
    ['sales’ word in HubSpot', { hs_lead_status: set('CONNECTED', T0) }, {}, 'sal'],
    ['conversion (I2)', {}, { contact: {}, leads: [record('salesforce', 'lead', {}, { id: '00Q2', conversion: { contactId: '003000000000001AAA' } })] }, 'sql'],
    ['an open opportunity (L12)', {}, { contact: {}, opportunities: [{}] }, 'opportunity'],
    ['a won one (L12)', {}, { contact: {}, opportunities: [{ isWon: true }, { id: '0062' }] }, 'customer'],
  ])('%s', (_, hubspot, more, stage) => {
    expect(judge(person({ hubspot, ...more })).state.stage).toBe(stage);
  });

  test('it is dated by the evidence, not by the run (L5)', () => {
    const told = judge(person({ hubspot: { hubspotscore: set(72, NOW - 3 * DAY) }, now: NOW }));
    expect(told.transitions.at(-1)).toMatchObject({ to: 'mql', at: NOW - 3 * DAY });
  });

  test('of alternatives the earliest counts, of what must all hold the latest (L5)', () => {
    const of = agreed((settings) => {
      const stage = settings.stages.find((each) => each.id === 'lead');
      if (stage !== undefined) stage.when = { all: [{ field: 'country', known: true }, { any: [{ field: 'hubspot.num_conversion_events', at_least: 1 }, { field: 'job_title', known: true }] }, { not: { field: 'phone', known: true } }] };
    });
    const hubspot = { country: set('Peru', NOW - 5 * DAY), num_conversion_events: set(1, NOW - 2 * DAY), jobtitle: set('CEO', NOW - 3 * DAY), phone: set(null, NOW - 4 * DAY) };
    expect(judge(person({ hubspot }, null, of), of).transitions.at(-1)).toMatchObject({ to: 'lead', at: NOW - 3 * DAY });
  });

  test('what must not hold all together fails since the last change of what it names; where it may still hold, it proves nothing (L5, M5)', () => {
    const of = agreed((settings) => {
      const stage = settings.stages.find((each) => each.id === 'lead');
      if (stage !== undefined) stage.when = { not: { all: [{ field: 'country', is: 'Peru' }, { field: 'phone', known: true }] } };
    });
    const told = (hubspot: FieldsTold): unknown => judge(person({ hubspot }, null, of), of).transitions.find((each) => each.to === 'lead')?.at;
    expect(told({ country: set('Peru', NOW - 5 * DAY), phone: set(null, NOW - 2 * DAY) })).toBe(NOW - 2 * DAY);
    expect(told({ country: set('Peru', NOW - 5 * DAY), phone: undefined })).toBeUndefined();
    // What is false already makes the rest not matter.
    expect(told({ country: set('Chile', NOW - 5 * DAY), phone: undefined })).toBe(NOW - 5 * DAY);
  });

  test('a clause that time alone ends wakes the person when it does (nextAt)', () => {
    const of = agreed((settings) => {
      const stage = settings.stages.find((each) => each.id === 'mql');
      if (stage !== undefined) stage.when = { field: 'hubspot.recent_conversion_date', within_days: 7 };
    });
    const told = judge(person({ hubspot: { recent_conversion_date: set(at(NOW - DAY), NOW - DAY) } }, life('lead', { handoffs: [] }), of), of);
    expect(moves(told)).toEqual(['lead > mql']);
    const waiting = judge(person({ hubspot: { country: null, recent_conversion_date: set(at(NOW - DAY), NOW - DAY) } }, life('lead'), of), of);
    expect(waiting.missing).toEqual(['country']);
    expect(waiting.nextAt).toBeGreaterThan(NOW);
    expect(waiting.nextAt).toBeLessThanOrEqual(NOW + 7 * DAY);
  });

  test('a stage without conditions is entered by no evidence', () => {
    const of = agreed((settings) => {
      for (const stage of settings.stages) if (stage.id === 'sal') delete stage.when;
    });
    const stageOf = (agreed: typeof of | undefined): unknown => judge(person({ lead: { Status: 'Working - Contacted' } }, null, agreed), agreed).state.stage;
    expect([stageOf(undefined), stageOf(of)]).toEqual(['sal', 'lead']);
  });

  test('a field may be meant of one object only, of both, or of sales’ record whichever it is (I4)', () => {
    const stageOf = (field: string, more: object): unknown => {
      const of = agreed((settings) => {
        const stage = settings.stages.find((each) => each.id === 'sal');
        if (stage !== undefined) stage.when = { field, is: 'Hot' };
      });
      return judge(person({ ...more }, null, of), of).state.stage;
    };
    expect([stageOf('salesforce.Rating', { lead: { Rating: 'Hot' } }), stageOf('salesforce.lead.Rating', { lead: { Rating: 'Hot' } }), stageOf('salesforce.contact.Rating', { lead: { Rating: 'Hot' } }), stageOf('salesforce.Rating', {})]).toEqual(['sal', 'sal', 'subscriber', 'subscriber']);
  });

  test('points that Concord counts are the score, lose value by the clock alone, and are unknown while a field is out of sight (L1, M5)', () => {
    const of = agreed((settings) => {
      settings.score = { points: [{ when: { field: 'hubspot.recent_conversion_date', within_days: 365 }, points: 80, half_life_days: 30 }, { when: { field: 'job_title', contains: 'director' }, points: 20 }] };
    });
    const made = (hubspot: object): ReturnType<typeof judge> => judge(person({ hubspot: { recent_conversion_date: set(at(NOW - DAY), NOW - DAY), ...hubspot } }, life('lead'), of), of);
    const told = made({ jobtitle: set('Director', NOW - 3 * DAY) });
    expect(moves(told)).toEqual(['lead > mql']);
    expect(desiredOn(told, 'hubspot', 'concord_score')).toBe(98);
    // At midnight in Mexico City the points are worth less.
    expect(told.nextAt).toBeLessThanOrEqual(NOW + 14 * HOUR);
    const unknown = made({ jobtitle: undefined });
    expect(moves(unknown)).toEqual([]);
    expect(desiredOn(unknown, 'hubspot', 'concord_score')).toBeUndefined();
  });

  test('forward only (L2): criteria that fail later take nothing back', () => {
    expect(judge(person({ hubspot: { hubspotscore: 10 } }, mql())).transitions).toEqual([]);
    expect(judge(person({ lead: { Status: 'Open - Not Contacted', Concord_Cycle__c: 1 } }, life('sal', { handoffs: [pass({ acceptedAt: T0 })] }))).transitions).toEqual([]);
  });

  test('a skipped stage is marked and not stamped; a real stamp stays (L9)', () => {
    const told = judge(person({ contact: { Concord_Cycle__c: 1 }, opportunities: [{ createdAt: NOW - DAY }] }, { ...mql(), entries: { mql: { first: T0, latest: T0 }, sal: { first: 1, latest: 2 } } }));
    expect(told.state.entries).toMatchObject({ sal: { first: 1, latest: 2 }, sql: { skipped: true }, opportunity: { first: NOW - DAY, latest: NOW - DAY } });
    expect(told.state.entries.sal?.skipped).toBeUndefined();
    expect(desiredOn(told, 'hubspot', 'concord_sql_at')).toBeUndefined();
    expect(desiredOn(told, 'hubspot', 'concord_opportunity_at')).toBe(at(NOW - DAY));
  });
});

describe('whose evidence counts (L3)', () => {
  test.each([
    ['a workflow’s MQL', { lifecyclestage: automated('marketingqualifiedlead', T0) }],
    ['a workflow’s lead status', { hs_lead_status: automated('CONNECTED', T0) }],
    ['Concord’s own (L11)', { lifecyclestage: own('salesqualifiedlead', T0), hs_lead_status: own('IN_PROGRESS', T0) }],
  ])('%s does not', (_, hubspot) => {
    expect(judge(person({ hubspot })).state.stage).toBe('subscriber');
  });

  test('where drift is accepted it does', () => {
    const of = agreed((settings) => void (settings.evidence.drift = 'accept'));
    expect(judge(person({ hubspot: { lifecyclestage: automated('marketingqualifiedlead', T0) } }, null, of), of).state.stage).toBe('mql');
  });

  test('only listed users speak for sales in HubSpot, when the agreement lists them', () => {
    const of = agreed((settings) => void (settings.evidence.sales_hubspot_users = ['9']));
    const by = (id: string) => judge(person({ hubspot: { hs_lead_status: set('CONNECTED', T0, { id, source: 'CRM_UI' }) } }, null, of), of).state.stage;
    expect([by('7'), by('9')]).toEqual(['subscriber', 'sal']);
  });

  const drifted = (hubspot: Parameters<typeof person>[0]['hubspot'], more = {}, of = agreed(() => undefined)) => judge(person({ hubspot: { ...hubspot }, lead: { Status: 'Open - Not Contacted', Concord_Cycle__c: 1 }, ...more }, mql(), of), of);
  test('drift is restored, once the other CRM has been read past its time', () => {
    const told = drifted({ lifecyclestage: automated('customer', NOW - HOUR) });
    expect(told.drift).toMatchObject([{ found: 'customer', outcome: 'restored' }]);
    expect(desiredOn(told, 'hubspot', 'lifecyclestage')).toBe('marketingqualifiedlead');
    const early = drifted({ lifecyclestage: automated('customer', NOW - HOUR) }, { readUpTo: { hubspot: NOW, salesforce: NOW - 2 * HOUR } });
    expect(early.drift).toMatchObject([{ outcome: 'waiting' }]);
    expect(desiredOn(early, 'hubspot', 'lifecyclestage')).toBeUndefined();
    expect(early.nextAt).toBe(NOW);
  });
  test('or only reported, as the agreement says', () => {
    const told = drifted({ lifecyclestage: automated('customer', NOW - HOUR) }, {}, agreed((settings) => void (settings.evidence.drift = 'report')));
    expect(told.drift).toMatchObject([{ outcome: 'left' }]);
    expect(desiredOn(told, 'hubspot', 'lifecyclestage')).toBeUndefined();
  });
  test('values that map to no stage stay as they are', () => {
    expect(desiredOn(drifted({ lifecyclestage: automated('evangelist', NOW - HOUR) }), 'hubspot', 'lifecyclestage')).toBeUndefined();
  });
  test('after the third time it is contested and left (W12)', () => {
    let state = mql();
    const outcomes = [3, 2, 1].map((hours) => {
      const told = judge(person({ hubspot: { lifecyclestage: automated('customer', NOW - hours * HOUR) }, lead: { Concord_Cycle__c: 1 } }, state));
      state = told.state;
      return told.drift[0]?.outcome;
    });
    expect(outcomes).toEqual(['restored', 'restored', 'contested']);
  });
});

describe('the handoff (L6, I2, L12)', () => {
  test('what is missing holds it back, and marketing sees what (L6)', () => {
    const told = judge(person({ hubspot: { lifecyclestage: set('marketingqualifiedlead', T0), company: null, country: null } }));
    expect(told.state).toMatchObject({ stage: 'lead', handoffs: [] });
    expect(told.missing).toEqual(['company', 'country']);
    expect(desiredOn(told, 'hubspot', 'concord_mql_missing')).toBe('Company, Country');
    expect(desiredOn(told, 'hubspot', 'lifecyclestage')).toBeUndefined();
  });
  test('either CRM may bring what is needed', () => {
    expect(judge(person({ hubspot: { hubspotscore: 70, company: null }, lead: { Company: 'Cliente SA' } })).state.stage).toBe('mql');
  });
  test('conversion answers it as accepted and, without an opportunity, is sql (I2)', () => {
    const lead = record('salesforce', 'lead', {}, { id: '00Q2', conversion: { contactId: '003000000000001AAA', at: NOW - DAY } });
    const told = judge(person({ contact: {}, leads: [lead] }, mql()));
    expect(told.state).toMatchObject({ stage: 'sql', stageAt: NOW - DAY });
    expect(told.state.handoffs[0]).toMatchObject({ acceptedAt: NOW - DAY, closedAt: null });
    expect(told.primary?.ref.object).toBe('contact');
  });
  test('won closes it; an opportunity that the customer opens later is a new one (L12)', () => {
    const won = judge(person({ contact: {}, opportunities: [{ isWon: true, createdAt: T0 + DAY, closedAt: NOW - DAY }] }, mql()));
    expect(won.state.handoffs[0]).toMatchObject({ closedAs: 'won', closedAt: NOW - DAY });
    const again = judge(person({ contact: {}, now: NOW + DAY, opportunities: [{ isWon: true, createdAt: T0 + DAY, closedAt: NOW - DAY }, { id: '0062', createdAt: NOW }] }, won.state));
    expect(again.state.stage).toBe('customer');
    expect(again.state.handoffs[1]).toMatchObject({ cycle: 2, openedAt: NOW, acceptedAt: NOW, closedAt: null });
    const lost = judge(person({ contact: {}, now: NOW + 3 * DAY, opportunities: [{ isWon: true, createdAt: T0 + DAY, closedAt: NOW - DAY }, { id: '0062', createdAt: NOW, isClosed: true, closedAt: NOW + 2 * DAY }] }, again.state));
    expect(lost.state.stage).toBe('customer');
    expect(lost.state.handoffs[1]).toMatchObject({ closedAs: 'lost', closedAt: NOW + 2 * DAY });
  });
  test('a customer’s new act is a new handoff, which sales has not accepted by having sold before (L12)', () => {
    const opportunities = [{ isWon: true, createdAt: T0 - 20 * DAY, closedAt: T0 }];
    const customer = life('customer', { handoffs: [pass({ openedAt: T0 - 30 * DAY, acceptedAt: T0 - 20 * DAY, closedAt: T0, closedAs: 'won' })] });
    const hubspot = { hubspotscore: 80, recent_conversion_date: at(NOW - HOUR) };
    const told = judge(person({ contact: {}, hubspot, opportunities }, customer));
    expect(told.state.handoffs[1]).toMatchObject({ cycle: 2, openedAt: NOW - HOUR, acceptedAt: null });
    const later = judge(person({ contact: { Concord_Cycle__c: 2 }, hubspot, opportunities, now: NOW + HOUR }, told.state));
    expect(later.state.handoffs[1]?.acceptedAt).toBeNull();
    expect(later.state.stage).toBe('customer');
  });
  test('an opportunity on the first sight of a person opens its handoff at once: nothing is left for the next run (W2)', () => {
    const first = judge(person({ contact: {}, opportunities: [{ createdAt: NOW - DAY }] }));
    expect(first.state.handoffs).toMatchObject([{ openedAt: NOW - DAY, adopted: false }]);
    expect(judge(person({ contact: {}, opportunities: [{ createdAt: NOW - DAY }] }, first.state)).state.handoffs).toHaveLength(1);
  });
  test('a new handoff moves the pin off a closed record (I4)', () => {
    const leads = [record('salesforce', 'lead', { Status: own('Closed - Not Converted', T0) }, { id: '00Q1' }), record('salesforce', 'lead', { Status: 'Open - Not Contacted' }, { id: '00Q2' })];
    const told = judge(person({ hubspot: { hubspotscore: 80 }, leads, pins: { hubspot: '101', salesforce: { object: 'lead', id: '00Q1' } } }, life('lead')));
    expect(moves(told)).toEqual(['lead > mql']);
    expect(told.primary?.ref.id).toBe('00Q2');
    const quiet = judge(person({ leads, pins: { hubspot: '101', salesforce: { object: 'lead', id: '00Q1' } } }, life('lead')));
    expect(quiet.primary?.ref.id).toBe('00Q1');
  });
});

describe('coming back after a rejection (L4)', () => {
  const block = (more: Partial<Block> = {}): Block => ({ at: T0, cause: 'rejection', route: 'nurture', until: null, held: ['score at_least 60'], ...more });
  const back = (hubspot: Parameters<typeof person>[0]['hubspot'], of: Block, agreement = agreed(() => undefined), now = NOW) =>
    judge(person({ hubspot: { hubspotscore: set(80, T0 - DAY), ...hubspot }, now }, life(of.route === 'disqualify' || of.route === 'suppress' ? 'disqualified' : 'recycled', { handoffs: [pass({ closedAt: T0, closedAs: 'rejected' })], block: of, rejectionCount: 1 }), agreement), agreement);
  const form = { recent_conversion_date: at(NOW - DAY) };

  test('the same evidence makes no MQL', () => {
    expect(moves(back({}, block()))).toEqual([]);
  });
  test('nor does a score counted again, or one that fell and rose', () => {
    expect(moves(back({ hubspotscore: set(95, NOW - DAY) }, block()))).toEqual([]);
    expect(moves(back({ hubspotscore: set(61, NOW - DAY) }, block({ held: [] })))).toEqual([]);
  });
  test('nor an act older than the rejection, or one without a time that day (L5)', () => {
    expect(moves(back({ recent_conversion_date: at(T0 - HOUR) }, block()))).toEqual([]);
    expect(moves(back({ recent_conversion_date: at(T0).slice(0, 10) }, block()))).toEqual([]);
  });
  test('a newer act does, at its own time, as a new handoff (F5)', () => {
    const told = back(form, block());
    expect(moves(told)).toEqual(['recycled > mql']);
    expect(told.state).toMatchObject({ stageAt: NOW - DAY, block: null, rejectionCount: 1 });
    expect(told.state.handoffs[1]).toMatchObject({ cycle: 2, openedAt: NOW - DAY, rejection: null });
  });
  test('an act dated ahead of the run waits for its time', () => {
    const ahead = { recent_conversion_date: at(NOW + HOUR) };
    expect(moves(back(ahead, block()))).toEqual([]);
    expect(back(ahead, block()).nextAt).toBe(NOW + HOUR);
    expect(moves(back(ahead, block(), undefined, NOW + HOUR))).toEqual(['recycled > mql']);
  });
  test('so does a marketer’s word given after it; a workflow’s does not', () => {
    expect(moves(back({ lifecyclestage: set('marketingqualifiedlead', NOW - DAY) }, block()))).toEqual(['recycled > mql']);
    expect(moves(back({ lifecyclestage: automated('marketingqualifiedlead', NOW - DAY) }, block()))).toEqual([]);
    expect(moves(back({ lifecyclestage: set('marketingqualifiedlead', T0 - DAY) }, block()))).toEqual([]);
  });

  describe('a clause that was false at the rejection and is true now', () => {
    const of = agreed((settings) => {
      const stage = settings.stages.find((each) => each.id === 'mql');
      if (stage !== undefined) stage.when = { all: [{ field: 'score', at_least: 60 }, { any: [{ field: 'job_title', contains: 'director' }, { field: 'email', known: true }, { not: { field: 'phone', known: true } }] }] };
    });
    const rejection = (hubspot: object) => judge(person({ hubspot: { hubspotscore: set(80, T0 - DAY), ...hubspot }, lead: { Status: set('Closed - Not Converted', T0), Concord_Cycle__c: 1, Concord_Rejection_Reason__c: set('other', T0) } }, { ...mql(), handoffs: [pass({ openedAt: T0 - DAY })] }, of), of).state;
    const later = (hubspot: object, state: PersonState) => moves(judge(person({ hubspot: { hubspotscore: set(80, T0 - DAY), ...hubspot }, lead: { Status: set('Closed - Not Converted', T0), Concord_Cycle__c: 1, Concord_Rejection_Reason__c: set('other', T0) } }, state, of), of));
    test('is new evidence', () => {
      expect(rejection({ phone: '1' }).block?.held).toEqual(['email known true', 'score at_least 60']);
      expect(later({ phone: '1', jobtitle: set('Sales Director', NOW - DAY) }, rejection({ phone: '1' }))).toEqual(['recycled > mql']);
      expect(later({ phone: '1' }, rejection({ phone: '1' }))).toEqual([]);
    });
    test('under `not`, when it ceases to hold; beginning to hold is none', () => {
      expect(later({ phone: set(null, NOW - DAY) }, rejection({ phone: '1' }))).toEqual(['recycled > mql']);
      expect(later({ phone: set('1', NOW - DAY) }, rejection({}))).toEqual([]);
    });
    test('also when the run that reads the rejection is late: what came true in between was false when sales said no', () => {
      const between = { phone: '1', jobtitle: set('Sales Director', T0 + DAY) };
      const told = rejection(between);
      expect(told).toMatchObject({ stage: 'mql', stageAt: T0 + DAY, rejectionCount: 1, block: null });
      expect(told.handoffs).toMatchObject([{ cycle: 1, closedAs: 'rejected', closedAt: T0 }, { cycle: 2, openedAt: T0 + DAY, closedAt: null }]);
      const before = rejection({ phone: '1', jobtitle: set('Sales Director', T0 - HOUR) });
      expect(before).toMatchObject({ stage: 'recycled', block: { held: ['email known true', 'job_title contains "director"', 'score at_least 60'] } });
    });
    test('a value that only changed in between, and spoke already when the pass began, is none', () => {
      const began = judge(person({ hubspot: { hubspotscore: set(80, T0 - DAY), phone: '1', jobtitle: set('Director', T0 - 2 * DAY) }, now: T0 - HOUR }, life('lead'), of), of).state;
      expect(began.handoffs[0]?.held).toContain('job_title contains "director"');
      const told = judge(person({ hubspot: { hubspotscore: set(80, T0 - DAY), phone: '1', jobtitle: set('Sales Director', T0 + DAY) }, lead: { Status: set('Closed - Not Converted', T0), Concord_Cycle__c: 1, Concord_Rejection_Reason__c: set('other', T0) } }, began, of), of);
      expect(told.state.stage).toBe('recycled');
      expect(told.state.block?.held).toContain('job_title contains "director"');
    });
    test('one that could not be seen at the rejection was not seen to be false (M5)', () => {
      expect(later({ phone: '1', jobtitle: 'Director' }, rejection({ phone: '1', jobtitle: undefined }))).toEqual([]);
    });
  });

  describe('by route', () => {
    const dated = block({ route: 'recycle', until: '2026-12-01' });
    test('`recycle`: from its date on standing evidence counts; the clock alone tells (nextAt)', () => {
      const start = Date.UTC(2026, 11, 1, 6);
      expect(moves(back({}, dated))).toEqual([]);
      expect(back({}, dated).nextAt).toBe(start);
      expect(moves(back({}, dated, undefined, start - 1))).toEqual([]);
      const told = back({}, dated, undefined, start);
      expect(moves(told)).toEqual(['recycled > mql']);
      expect(told.state.stageAt).toBe(start);
    });
    test('evidence that came after the date is dated by itself (L5)', () => {
      const after = Date.UTC(2026, 11, 5);
      expect(back({ hubspotscore: set(80, after) }, dated, undefined, after + DAY).state.stageAt).toBe(after);
    });
    test('before it only a new act, if the agreement lets engagement count', () => {
      const strict = agreed((settings) => void (settings.rejection.recycle_on_engagement = false));
      expect(moves(back(form, dated))).toEqual(['recycled > mql']);
      expect(moves(back(form, dated, strict))).toEqual([]);
      expect(moves(back(form, block({ route: 'recycle', until: null }), strict))).toEqual(['recycled > mql']);
    });
    test('`disqualify`: only the acts that the agreement names', () => {
      const none = agreed((settings) => void (settings.handoff.acts_after_disqualify = []));
      expect(moves(back(form, block({ route: 'disqualify' })))).toEqual(['disqualified > mql']);
      expect(moves(back(form, block({ route: 'disqualify' }), none))).toEqual([]);
      expect(moves(back({ lifecyclestage: set('marketingqualifiedlead', NOW - DAY) }, block({ route: 'disqualify' })))).toEqual([]);
    });
    test('`suppress`: none', () => {
      expect(moves(back({ ...form, lifecyclestage: set('marketingqualifiedlead', NOW - DAY) }, block({ route: 'suppress' })))).toEqual([]);
    });
    test.each(['nurture', 'fix_data', 'unmapped', null] as const)('`%s`: without a date until something new', (route) => {
      expect(moves(back({}, block({ route }), undefined, NOW + 900 * DAY))).toEqual([]);
      expect(moves(back(form, block({ route })))).toEqual(['recycled > mql']);
    });
  });

  test('sales’ own newer evidence moves on; what stood before the rejection does not', () => {
    const state = life('recycled', { handoffs: [pass({ closedAt: T0, closedAs: 'rejected' })], block: block(), lastAnswer: { at: NOW, said: [] } });
    const word = (ms: number) => moves(judge(person({ hubspot: { hs_lead_status: set('CONNECTED', ms) } }, state)));
    expect(word(T0 - HOUR)).toEqual([]);
    expect(word(NOW - HOUR)).toEqual(['recycled > sal']);
  });
  describe('sales works the person again, and nobody took the "no" back: a pass of sales’ own (L4, F5)', () => {
    const CLOSED = { Status: set('Closed - Not Converted', T0), Concord_Cycle__c: own(1, T0), Concord_Rejection_Reason__c: set('timing', T0) };
    const answered: PersonState = judge(person({ lead: CLOSED, now: T0 + HOUR }, { ...mql(), stageAt: T0 - DAY, handoffs: [pass({ openedAt: T0 - DAY, carriedAt: T0 - DAY })] })).state;
    const pins = { hubspot: '101', salesforce: { object: 'lead' as const, id: '00Q000000000001AAA' } };
    const beside = (Status: FieldsTold[string], more: object = {}) => judge(person({ lead: CLOSED, leads: [record('salesforce', 'lead', { Status }, { id: '00Q9' })], pins, ...more }, answered));
    test('on another lead: accepted at once and carried by it; the old answer stays in history and in the count (I4)', () => {
      expect(answered).toMatchObject({ stage: 'recycled', rejectionCount: 1 });
      const told = beside(set('Working - Contacted', NOW - HOUR));
      expect(moves(told)).toEqual(['recycled > sal']);
      expect(told.state).toMatchObject({ rejectionCount: 1, block: null });
      expect(told.state.handoffs).toMatchObject([{ cycle: 1, closedAs: 'rejected', rejection: { reason: 'timing' } }, { cycle: 2, openedAt: NOW - HOUR, acceptedAt: NOW - HOUR, closedAt: null, rejection: null, adopted: false }]);
      expect(told.primary?.ref.id).toBe('00Q9');
      expect(told.clocks.filter((clock) => clock.stoppedAt === null).map((clock) => clock.name)).toEqual(['book_or_recycle']);
      expect([desiredOn(told, 'hubspot', 'concord_route'), desiredOn(told, 'hubspot', 'concord_cycle')]).toEqual([null, 2]);
    });
    test('not by what stood there before the "no", nor by a lead that is only there', () => {
      for (const told of [beside(set('Working - Contacted', T0 - HOUR)), beside(set('Open - Not Contacted', NOW - HOUR))]) {
        expect(moves(told)).toEqual([]);
        expect(told.state.handoffs).toHaveLength(1);
        expect(told.primary?.ref.id).toBe('00Q000000000001AAA');
      }
    });
    test('by a conversion (I2), and after a loss (L12); what the system closed opens none (F8)', () => {
      const lead = record('salesforce', 'lead', CLOSED, { conversion: { contactId: '003000000000001AAA', at: NOW - HOUR } });
      const converted = judge(person({ contact: {}, leads: [lead], pins }, answered)).state;
      expect(converted).toMatchObject({ stage: 'sql', rejectionCount: 1 });
      expect(converted.handoffs[1]).toMatchObject({ cycle: 2, acceptedAt: NOW - HOUR, closedAt: null });
      const after = (closedAs: 'lost' | 'system', stage: 'lost' | 'mql') => judge(person({ contact: {}, hubspot: { hs_lead_status: set('CONNECTED', NOW - HOUR) } }, life(stage, { handoffs: [pass({ closedAt: T0, closedAs })], lastAnswer: { at: NOW, said: [] } }))).state;
      expect(after('lost', 'lost')).toMatchObject({ stage: 'sal', handoffs: [{ closedAs: 'lost' }, { cycle: 2, acceptedAt: NOW - HOUR }] });
      expect(after('system', 'mql').handoffs).toHaveLength(1);
    });
    test('adoption that finds both takes it as found: no clock (L7)', () => {
      const told = judge(person({ lead: CLOSED, leads: [record('salesforce', 'lead', { Status: set('Working - Contacted', NOW - HOUR) }, { id: '00Q9' })], adopting: true }));
      expect(told.state.stage).toBe('sal');
      expect(told.clocks).toEqual([]);
      const [handoff] = told.state.handoffs.slice(-1);
      expect(handoff).toMatchObject({ adopted: true, closedAt: null });
    });
  });
  test('of two alternatives an old one does not hide the new one', () => {
    const state = life('recycled', { handoffs: [pass({ closedAt: T0, closedAs: 'rejected' })], block: block(), lastAnswer: { at: NOW, said: [] } });
    const lead = record('salesforce', 'lead', {}, { id: '00Q2', conversion: { contactId: '003000000000001AAA', at: T0 - DAY } });
    expect(moves(judge(person({ contact: {}, leads: [lead] }, state)))).toEqual([]);
    expect(moves(judge(person({ contact: {}, leads: [lead], hubspot: { lifecyclestage: set('salesqualifiedlead', NOW - DAY) } }, state)))).toEqual(['recycled > sql']);
  });
});

describe('a pass after a rejection (L4, I2)', () => {
  const before = pass({ openedAt: T0, rejection: { at: T0 + DAY, crm: 'salesforce', record: 'salesforce:contact:003000000000001AAA', by: null, reason: 'no_budget', words: 'no_budget', note: null, detail: null, route: 'recycle', recycleOn: null, counted: true }, closedAt: T0 + DAY, closedAs: 'rejected' });
  const again = life('mql', { stageAt: NOW - DAY, handoffs: [before, pass({ cycle: 2, openedAt: NOW - DAY, carriedAt: NOW - DAY })] });
  const converted = (when: number) => record('salesforce', 'lead', {}, { id: '00Q2', conversion: { contactId: '003000000000001AAA', at: when } });

  test('the conversion that the last one rested on is no answer to it', () => {
    const told = judge(person({ contact: { Concord_Cycle__c: 2 }, leads: [converted(T0 - DAY)] }, again));
    expect(told.state).toMatchObject({ stage: 'mql' });
    expect(told.state.handoffs.at(-1)).toMatchObject({ cycle: 2, acceptedAt: null });
  });
  test('a conversion after the rejection is', () => {
    expect(judge(person({ contact: { Concord_Cycle__c: 2 }, leads: [converted(NOW - HOUR)] }, again)).state).toMatchObject({ stage: 'sql' });
    expect(judge(person({ contact: { Concord_Cycle__c: 2 }, opportunities: [{ createdAt: NOW - HOUR }] }, again)).state).toMatchObject({ stage: 'opportunity' });
  });
  test('of a later pass that adoption found only its own beginning is known', () => {
    const found = life('mql', { stageAt: NOW - DAY, handoffs: [pass({ cycle: 2, openedAt: NOW - DAY, adopted: true, carriedAt: null })] });
    expect(judge(person({ contact: { Concord_Cycle__c: 2 }, leads: [converted(T0)] }, found)).state.stage).toBe('mql');
    expect(judge(person({ contact: { Concord_Cycle__c: 2 }, leads: [converted(NOW - HOUR)] }, found)).state.stage).toBe('sql');
  });
});

describe('opportunities count together (L12)', () => {
  const deal = (more: object = {}) => ({ createdAt: T0 + DAY, ...more });
  const opened = life('opportunity', { handoffs: [pass({ acceptedAt: T0 })] });
  test('all closed lost: lost, dated by the opportunity’s history', () => {
    const told = judge(person({ contact: {}, opportunities: [deal({ isClosed: true, closedAt: NOW - DAY }), deal({ id: '0062', isClosed: true, closedAt: NOW - 2 * DAY })] }, opened));
    expect(told.state).toMatchObject({ stage: 'lost', stageAt: NOW - DAY, block: { cause: 'lost', at: NOW - DAY } });
    expect(told.state.handoffs[0]).toMatchObject({ closedAs: 'lost', closedAt: NOW - DAY });
  });
  test('one still open: nothing is lost; one won: customer', () => {
    expect(judge(person({ contact: {}, opportunities: [deal({ isClosed: true }), deal({ id: '0062' })] }, opened)).transitions).toEqual([]);
    expect(judge(person({ contact: {}, opportunities: [deal({ isClosed: true }), deal({ id: '0062', isWon: true })] }, opened)).state.stage).toBe('customer');
  });
  const lost = judge(person({ contact: {}, opportunities: [deal({ isClosed: true, closedAt: NOW - DAY })] }, opened)).state;
  test('standing evidence brings nobody back from it (L4)', () => {
    expect(moves(judge(person({ contact: {}, hubspot: { hubspotscore: set(90, T0) }, opportunities: [deal({ isClosed: true, closedAt: NOW - DAY })] }, lost)))).toEqual([]);
  });
  test('a loss is taken into account once: sales may work the person again', () => {
    const opportunities = [deal({ isClosed: true, closedAt: NOW - DAY })];
    const hubspot = { hs_lead_status: set('CONNECTED', NOW - HOUR) };
    const again = judge(person({ contact: {}, hubspot, opportunities }, lost));
    expect(moves(again)).toEqual(['lost > sal']);
    expect(moves(judge(person({ contact: {}, hubspot, opportunities, now: NOW + HOUR }, again.state)))).toEqual([]);
  });
  test('a new opportunity leaves it, as a new handoff', () => {
    const told = judge(person({ contact: {}, opportunities: [deal({ isClosed: true, closedAt: NOW - DAY }), deal({ id: '0062', createdAt: NOW - HOUR })] }, lost));
    expect(moves(told)).toEqual(['lost > opportunity']);
    expect(told.state.handoffs[1]).toMatchObject({ cycle: 2, openedAt: NOW - HOUR });
  });
  test('so does the lost one when it is reopened, and it can be lost again', () => {
    const reopened = judge(person({ contact: {}, now: NOW + HOUR, opportunities: [deal({ modifiedAt: NOW })] }, lost));
    expect(moves(reopened)).toEqual(['lost > opportunity']);
    const again = judge(person({ contact: {}, now: NOW + DAY, opportunities: [deal({ isClosed: true, closedAt: NOW + 2 * HOUR })] }, reopened.state));
    expect(moves(again)).toEqual(['opportunity > lost']);
  });
  test('a loss older than sales’ last answer is history', () => {
    const state = life('disqualified', { block: { at: NOW - HOUR, cause: 'rejection', route: 'suppress', until: null, held: [] }, handoffs: [pass({ closedAt: NOW - HOUR, closedAs: 'rejected' })] });
    const told = judge(person({ contact: {}, opportunities: [deal({ isClosed: true, closedAt: NOW - DAY })] }, state));
    expect(told.state).toMatchObject({ stage: 'disqualified', block: { route: 'suppress' } });
  });
  test('which roles and types count is in the agreement (I7)', () => {
    const of = agreed((settings) => void Object.assign(settings.opportunities, { roles: ['Decision Maker'], types: ['New'], infer_without_role: false }));
    const stage = (told: object) => judge(person({ contact: {}, opportunities: [{ type: 'New', role: 'Decision Maker', ...told }] }, null, of), of).state.stage;
    expect([stage({}), stage({ role: 'Other' }), stage({ type: 'Renewal' }), stage({ role: null, inferred: true })]).toEqual(['opportunity', 'subscriber', 'subscriber', 'subscriber']);
  });
});

describe('adoption (L7)', () => {
  test.each([
    ['HubSpot’s stage', { lifecyclestage: 'salesqualifiedlead' }, {}, 'sql'],
    ['the further of the two', { lifecyclestage: 'lead' }, { lead: { Status: 'Working - Contacted' } }, 'sal'],
    ['the least that a value can mean', { lifecyclestage: 'opportunity' }, {}, 'opportunity'],
    ['the facts of sales', { lifecyclestage: 'lead' }, { contact: {}, opportunities: [{ isWon: true }] }, 'customer'],
    ['what Concord wrote before the memory was lost', { lifecyclestage: 'lead' }, { lead: { Concord_Stage__c: 'sql' } }, 'sql'],
    ['also what a workflow set', { lifecyclestage: automated('salesqualifiedlead', T0) }, {}, 'sql'],
  ])('%s is the start', (_, hubspot, more, stage) => {
    const told = judge(person({ hubspot, ...more, adopting: true }));
    expect(told.state).toMatchObject({ stage, adoptedAt: NOW });
    expect(told.transitions.filter((each) => !each.skipped)[0]?.rule).toBe('L7');
  });
  test('criteria alone make no MQL older than adoption with a clock', () => {
    const told = judge(person({ hubspot: { lifecyclestage: 'lead', hubspotscore: set(90, T0) }, lead: { Status: 'Open - Not Contacted' }, adopting: true }));
    expect(told.state.handoffs).toMatchObject([{ adopted: true, carriedAt: null }]);
    expect(told.clocks).toEqual([]);
  });
  test.each(['marketingqualifiedlead', 'salesqualifiedlead', 'opportunity'])('%s whose sales record exists is an open handoff without clocks', (lifecyclestage) => {
    const told = judge(person({ hubspot: { lifecyclestage }, lead: { Status: 'Open - Not Contacted' }, adopting: true }));
    expect(told.state.handoffs).toMatchObject([{ adopted: true, closedAt: null }]);
    expect(told.clocks).toEqual([]);
  });
  test('an opportunity older than adoption starts no clock in the runs after it either', () => {
    const first = judge(person({ contact: {}, opportunities: [{ createdAt: T0 }], adopting: true }));
    const next = judge(person({ contact: { Concord_Cycle__c: 1 }, opportunities: [{ createdAt: T0 }], now: NOW + DAY }, first.state));
    expect(next.state.handoffs).toMatchObject([{ adopted: true }]);
    expect(next.clocks).toEqual([]);
  });
  test('a rejection already there outranks a marketing stage', () => {
    const told = judge(person({ hubspot: { lifecyclestage: 'marketingqualifiedlead' }, lead: { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'not_icp' }, adopting: true }));
    expect(told.state.stage).toBe('disqualified');
    expect(told.clocks).toEqual([]);
  });
  test.each(['opportunity', 'salesqualifiedlead', 'customer'])('but never one of sales that HubSpot shows (%s): nothing moves backward, and the answer is kept', (lifecyclestage) => {
    const told = judge(person({ hubspot: { lifecyclestage }, lead: { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'not_icp' }, adopting: true }));
    expect(told.state).toMatchObject({ rejectionCount: 0, block: null });
    expect(told.state.stage).toBe(lifecyclestage === 'salesqualifiedlead' ? 'sql' : lifecyclestage);
    expect(told.state.handoffs.at(-1)?.rejection).toMatchObject({ reason: 'not_icp', counted: false });
  });
  test('the same answer given after adoption moves the person', () => {
    const first = judge(person({ hubspot: { lifecyclestage: 'salesqualifiedlead' }, lead: { Status: 'Working - Contacted' }, adopting: true }));
    const told = judge(person({ hubspot: { lifecyclestage: 'salesqualifiedlead' }, lead: { Status: set('Closed - Not Converted', NOW + HOUR), Concord_Rejection_Reason__c: set('not_icp', NOW + HOUR) }, now: NOW + DAY }, first.state));
    expect(told.state.stage).toBe('disqualified');
  });
  test('a recycle date already past waits for new evidence', () => {
    const told = judge(person({ hubspot: { hubspotscore: 90, lifecyclestage: 'marketingqualifiedlead' }, lead: { Status: set('Closed - Not Converted', NOW - 400 * DAY), Concord_Rejection_Reason__c: set('timing', NOW - 400 * DAY) }, adopting: true, more: { lead: { createdAt: NOW - 500 * DAY } } }));
    expect(told.state).toMatchObject({ stage: 'recycled', block: { route: 'recycle', until: null } });
  });
  test('a person met after adoption is not adopted', () => {
    expect(judge(person({ hubspot: { lifecyclestage: automated('salesqualifiedlead', T0) } })).state).toMatchObject({ stage: 'subscriber', adoptedAt: null });
  });
  test('nothing moves backward', () => {
    const told = judge(person({ hubspot: { ...COMPLETE, lifecyclestage: 'customer' }, adopting: true }));
    expect(told.state.stage).toBe('customer');
    expect(desiredOn(told, 'hubspot', 'lifecyclestage')).toBeUndefined();
  });
});

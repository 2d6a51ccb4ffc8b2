import { emptyState, type PersonState } from '../../src/domain/person';
import type { MirrorRecord } from '../../src/domain/record';
import { agreed, automated, DAY, desiredOn, HOUR, judge, NOW, own, person, set, type FieldsTold } from '../support/person';

/* W12: what others change back three times after Concord wrote it is left to them, and told with their name. */

const T0 = NOW - 10 * DAY;
const REP = { id: '005A', name: 'Rita Rep' };

const recycled = (more: Partial<PersonState> = {}): PersonState => ({
  ...emptyState(),
  stage: 'recycled',
  stageAt: T0,
  rejectionCount: 1,
  entries: { mql: { first: T0 - DAY, latest: T0 - DAY } },
  handoffs: [{ cycle: 1, openedAt: T0 - DAY, adopted: false, why: '', carriedAt: T0 - DAY, firstTouchAt: null, acceptedAt: null, rejection: { at: T0, crm: 'salesforce', record: 'salesforce:lead:00Q000000000001AAA', by: REP, reason: 'timing', words: 'timing', note: null, detail: null, route: 'recycle', recycleOn: '2027-02-01', counted: true }, closedAt: T0, closedAs: 'rejected', ownerId: '005A', sla: null, slaDueAt: null }],
  block: { at: T0, cause: 'rejection', route: 'recycle', until: '2027-02-01', held: [] },
  inScope: true,
  ...more,
});

/** Somebody puts a value over Concord's again and again; each time a run decides. Returns the decisions. */
function rounds(times: number, told: (at: number) => { hubspot: FieldsTold; lead: FieldsTold }, of = agreed(() => undefined), state = recycled(), edit: (record: MirrorRecord) => MirrorRecord = (record) => record): ReturnType<typeof judge>[] {
  const decisions: ReturnType<typeof judge>[] = [];
  for (let time = 1; time <= times; time += 1) {
    const at = NOW - DAY + time * HOUR;
    const input = person(told(at), decisions.at(-1)?.state ?? state, of);
    input.evidence.hubspot = input.evidence.hubspot.map(edit);
    decisions.push(judge(input, of));
  }
  return decisions;
}

test('a lead status that a workflow sets back is restored twice, then left and reported with its source', () => {
  const told = rounds(4, (at) => ({ hubspot: { lifecyclestage: own('lead', T0), hs_lead_status: automated('OPEN', at) }, lead: {} }));
  expect(told.map((each) => desiredOn(each, 'hubspot', 'hs_lead_status'))).toEqual(['BAD_TIMING', 'BAD_TIMING', undefined, undefined]);
  expect(told[2]?.drift).toMatchObject([{ field: 'hs_lead_status', found: 'OPEN', by: 'AUTOMATION_PLATFORM', outcome: 'contested' }]);
  expect(told[1]?.drift).toEqual([]);
});

test('the same change, decided again, is counted once', () => {
  const told = rounds(4, () => ({ hubspot: { lifecyclestage: own('lead', T0), hs_lead_status: automated('OPEN', NOW - HOUR) }, lead: {} }));
  expect(told.map((each) => desiredOn(each, 'hubspot', 'hs_lead_status'))).toEqual(Array(4).fill('BAD_TIMING'));
});

describe('a field that goes one way', () => {
  const oneWay = agreed((settings) => {
    for (const field of settings.fields) if (field.id === 'job_title') field.policy = 'to_salesforce';
  });
  const before = recycled({ agreed: { job_title: 'ceo' } });

  test('and that somebody rewrites on the other side each time', () => {
    const told = rounds(4, (at) => ({ hubspot: { jobtitle: set('ceo', T0) }, lead: { Title: set('CEO', at, REP) } }), oneWay, before);
    expect(told.map((each) => desiredOn(each, 'salesforce', 'Title'))).toEqual(['ceo', 'ceo', undefined, undefined]);
    expect(told[2]?.drift).toMatchObject([{ field: 'Title', by: 'Rita Rep', outcome: 'contested' }]);
  });

  test('a new value on its own side is no part of that', () => {
    const told = rounds(6, (at) => ({ hubspot: { jobtitle: set(`ceo ${at}`, at) }, lead: { Title: set(`CEO ${at}`, at, REP) } }), oneWay, before);
    expect(told.map((each) => desiredOn(each, 'salesforce', 'Title'))).not.toContain(undefined);
  });
});

describe('a field that goes both ways', () => {
  const before = recycled({ agreed: { job_title: 'Chief' } });
  /** Each hour the other CRM has its own form again, and the value is to travel back. */
  const turns = (times: number, more: { every?: number; over?: (time: number) => string } = {}): ReturnType<typeof judge>[] => {
    const decisions: ReturnType<typeof judge>[] = [];
    for (let time = 1; time <= times; time += 1) {
      const at = NOW - 100 * DAY + time * (more.every ?? HOUR);
      const state = { ...(decisions.at(-1)?.state ?? before), agreed: { job_title: 'Chief' } };
      decisions.push(judge(person({ hubspot: { jobtitle: automated('CHIEF', at) }, lead: { Title: set(more.over?.(time) ?? 'Chief', at - 1, REP) } }, state)));
    }
    return decisions;
  };
  const written = (told: ReturnType<typeof judge>[]): unknown[] => told.map((each) => desiredOn(each, 'salesforce', 'Title'));

  test('and of which two forms take turns: after three changes back it is left and reported with its source', () => {
    const told = turns(5);
    expect(written(told)).toEqual(['CHIEF', 'CHIEF', 'CHIEF', undefined, undefined]);
    expect(told[3]?.drift).toMatchObject([{ field: 'Title', found: 'Chief', by: 'Rita Rep', outcome: 'contested' }]);
    expect(told[2]?.drift).toEqual([]);
  });

  test('another value than before begins anew, and so does one that comes weeks later', () => {
    expect(written(turns(6, { over: (time) => `Chief ${time}` }))).not.toContain(undefined);
    expect(written(turns(6, { every: 8 * DAY }))).not.toContain(undefined);
  });

  test('the same turn, decided again, is counted once', () => {
    expect(written(turns(6, { every: 0 }))).not.toContain(undefined);
  });
});

test('a blank that is emptied again and again stays empty in the end (M4)', () => {
  const told = rounds(4, (at) => ({ hubspot: { phone: set('1', T0) }, lead: { Phone: set(null, at, REP) } }), undefined, recycled({ agreed: { phone: '1' } }));
  expect(told.map((each) => desiredOn(each, 'salesforce', 'Phone'))).toEqual(['1', '1', undefined, undefined]);
});

test('a field that only Concord writes, overwritten by an import', () => {
  const told = rounds(4, () => ({ hubspot: { concord_stage: 'mql' }, lead: {} }), undefined, undefined, ((time) => (record: MirrorRecord) => ({ ...record, foreignChangeAt: (time += HOUR) }))(NOW - DAY));
  expect(told.map((each) => desiredOn(each, 'hubspot', 'concord_stage'))).toEqual(['recycled', 'recycled', undefined, undefined]);
});

test('a reopening by users that the agreement lists as the system’s is no answer (F8)', () => {
  const of = agreed((settings) => (settings.rejection.system_users = ['005SYS']));
  const lead = { Status: set('Open - Not Contacted', NOW - HOUR, { id: '005SYS' }) };
  const told = judge(person({ hubspot: {}, lead }, recycled(), of), of);
  expect(told.state.stage).toBe('recycled');
  expect(desiredOn(told, 'salesforce', 'Status')).toBe('Closed - Not Converted');
  const byRep = judge(person({ hubspot: {}, lead: { Status: set('Open - Not Contacted', NOW - HOUR, REP) } }, recycled(), of), of);
  expect(byRep.state.stage).toBe('mql');
});

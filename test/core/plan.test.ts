import { guard, type GuardTotals } from '../../src/core/plan/guard';
import { hasEnded, isSameGround, standOf, type Ground, type RolledBack } from '../../src/core/plan/hold';
import { plan, type Obstacle, type PersonPlan } from '../../src/core/plan/plan';
import type { Decision } from '../../src/core/decide/decide';
import type { DesiredField } from '../../src/core/decide/desired';
import { emptyState, type PersonState, type Transition } from '../../src/domain/person';
import type { MirrorRecord, Value } from '../../src/domain/record';
import { agreement, DAY, HOUR, judge, NOW, own, person, planned, record, set, writtenOn, type FieldsTold } from '../support/person';

const LEAD = 'salesforce:lead:00Q000000000001AAA';
const REASON = 'Concord_Rejection_Reason__c';
const NOTE = 'Concord_Rejection_Note__c';

const blank = judge(person({}));
function decision(target: MirrorRecord | null, fields: Record<string, Value>, transitions: Transition[] = []): Decision {
  const wanted = new Map(Object.entries(fields).map(([name, value]): [string, DesiredField] => [name, { value, rule: 'L1', because: 'a test' }]));
  return { ...blank, transitions, desired: [{ record: target, crm: 'salesforce', object: 'lead', fields: wanted }] };
}
const lead = (fields: FieldsTold, foreignChangeAt = NOW - DAY): MirrorRecord => ({ ...record('salesforce', 'lead', fields), foreignChangeAt });
const planOf = (target: MirrorRecord | null, fields: Record<string, Value>, obstacles: Obstacle[] = [], transitions: Transition[] = []): PersonPlan => plan(agreement, 'h101', decision(target, fields, transitions), obstacles, 0);

describe('a write exists only where a value differs (W2)', () => {
  test('equal values, and empty ones that should be empty, are no writes', () => {
    const made = planOf(lead({ Title: 'CEO', Phone: null }), { Title: 'CEO', Phone: null });
    expect(made).toMatchObject({ writes: [], counts: { changed: false } });
  });
  test('a different one has before, after, rule and reason', () => {
    expect(planOf(lead({ Title: 'CEO' }), { Title: 'CTO' }).writes).toMatchObject([{ key: LEAD, op: 'update', id: '00Q000000000001AAA', changes: [{ field: 'Title', before: 'CEO', after: 'CTO', rule: 'L1', because: 'a test' }] }]);
  });
  test('a create has no before, no empty values, and a key of its own', () => {
    const made = planOf(null, { LastName: 'Paz', Title: null });
    expect(made.writes).toEqual([{ key: 'create:salesforce:lead:h101', personId: 'h101', crm: 'salesforce', object: 'lead', op: 'create', changes: [{ field: 'LastName', after: 'Paz', rule: 'L1', because: 'a test' }] }]);
    expect(made.counts).toMatchObject({ creates: 1, changed: true });
  });
  test('only fields of the agreement or of Concord are ever written (W1)', () => {
    const allowed = new Set([...agreement.hubspotFields(), ...agreement.salesforceFields('lead'), ...agreement.salesforceFields('contact'), ...Object.keys(agreement.settings.handoff.lead_defaults)]);
    const made = planned(person({ hubspot: { hubspotscore: 80, phone: '1' } }));
    expect(made.writes.length).toBe(2);
    for (const change of made.writes.flatMap((write) => write.changes)) expect(allowed.has(change.field)).toBe(true);
  });
});

describe('what the CRM does not return (M5)', () => {
  test('is not written, and is reported', () => {
    const made = planOf(lead({ Title: undefined }), { Title: 'CTO', Phone: '1' });
    expect(made.unknown).toEqual([{ of: LEAD, field: 'Title' }]);
    expect(made.writes[0]?.changes.map((change) => change.field)).toEqual(['Phone']);
  });
});

describe('status, reason and note travel together or not at all (M3)', () => {
  const answer = { Status: 'Closed - Not Converted', [REASON]: 'timing', [NOTE]: 'x', Concord_Stage__c: 'recycled' };
  const fieldsOf = (made: PersonPlan): string[] => made.writes.flatMap((write) => write.changes.map((change) => change.field));
  test('a note that was refused for good keeps status and reason back; the rest goes', () => {
    expect(fieldsOf(planOf(lead({}), answer, [{ of: LEAD, field: NOTE, kind: 'dead_letter', value: 'x', at: NOW }]))).toEqual(['Concord_Stage__c']);
  });
  test('so does one that nobody sees, if there is something to carry', () => {
    expect(fieldsOf(planOf(lead({ [NOTE]: undefined }), answer))).toEqual(['Concord_Stage__c']);
    expect(fieldsOf(planOf(lead({ [NOTE]: undefined }), { ...answer, [NOTE]: null }))).toEqual(['Status', REASON, 'Concord_Stage__c']);
  });
  test('they are marked, so that a refusal of one takes the others along', () => {
    const changes = planOf(lead({}), answer).writes[0]?.changes ?? [];
    expect(changes.filter((change) => change.together === true).map((change) => change.field)).toEqual(['Status', REASON, NOTE]);
  });
});

describe('what stands in the way', () => {
  const letter = (more: Partial<Obstacle> = {}): Obstacle => ({ of: LEAD, field: 'Title', kind: 'dead_letter', value: 'CTO', at: NOW - HOUR, ...more });
  test('a dead letter is not planned again for the same value on the same record (W5)', () => {
    const made = planOf(lead({}), { Title: 'CTO', Phone: '1' }, [letter()]);
    expect(made.writes[0]?.changes.map((change) => change.field)).toEqual(['Phone']);
    expect(made.heldBack).toEqual([{ of: LEAD, field: 'Title', kind: 'dead_letter' }]);
  });
  test.each<[string, MirrorRecord, Obstacle]>([
    ['when the record has changed since', lead({}, NOW), letter()],
    ['for another value', lead({}), letter({ value: 'CFO' })],
    ['for another record', lead({}), letter({ of: 'salesforce:lead:00QX' })],
    ['for another field', lead({}), letter({ field: 'Phone' })],
  ])('it is tried again %s', (_, target, obstacle) => {
    expect(planOf(target, { Title: 'CTO' }, [obstacle]).writes).toHaveLength(1);
  });
  test('a letter about the whole record stops all of it; one about a create stops the create', () => {
    expect(planOf(lead({}), { Title: 'CTO', Phone: '1' }, [letter({ field: null })]).writes).toEqual([]);
    expect(planOf(null, { Title: 'CTO' }, [letter({ of: 'person:h101', field: null })]).writes).toEqual([]);
  });
  test('what was rolled back is held, also when somebody edits the record (W9); another value passes', () => {
    const hold = letter({ kind: 'rolled_back' });
    expect(planOf(lead({}, NOW), { Title: 'CTO' }, [hold]).heldBack).toEqual([{ of: LEAD, field: 'Title', kind: 'rolled_back' }]);
    expect(planOf(lead({}, NOW), { Title: 'CFO' }, [hold]).writes).toHaveLength(1);
  });

  describe('what was rolled back is held while what it was planned on is the same (W9)', () => {
    const state: PersonState = { ...emptyState(), stage: 'mql', stageAt: NOW };
    const moved: PersonState = { ...state, stage: 'sal' };
    const holdOn = (field: string, ground: Partial<Ground> = {}): RolledBack => ({ field, value: 'x', ground: { agreement: agreement.hash, decided: standOf(state), ...ground } });
    test.each<[string, RolledBack, PersonState, boolean]>([
      ['a field that follows from the stage, nothing happened', holdOn('concord_cycle'), state, true],
      ['… the person has moved since', holdOn('concord_cycle'), moved, false],
      ['… the agreement has changed since', holdOn('concord_cycle', { agreement: 'other' }), state, false],
      ['a mapped field, the person has moved since', holdOn('Phone'), moved, true],
      ['… the agreement has changed since', holdOn('Phone', { agreement: 'other' }), state, false],
      ['of one from before grounds were kept only the value tells', { field: 'concord_cycle', value: 'x' }, moved, true],
    ])('%s', (_, held, now, stands) => {
      expect(isSameGround(agreement, now, held)).toBe(stands);
    });
    test('it ends with another planned value, not with none', () => {
      const target = lead({});
      const wanting = (value: string | null) => ({ state, desired: value === null ? [] : [{ record: target, crm: 'salesforce' as const, object: 'lead' as const, fields: new Map([['Phone', { value, rule: 'M1', because: '' }]]) }] });
      expect(['x', 'y', null].map((value) => hasEnded(agreement, wanting(value), target.ref, holdOn('Phone')))).toEqual([false, true, false]);
    });
  });
});

describe('what the guard counts (W6)', () => {
  const move = (from: Transition['from'], to: Transition['to'], skipped = false): Transition => ({ from, to, at: NOW, cycle: 1, rule: 'F2', because: '', skipped });
  test.each<[string, Transition[], number]>([
    ['to an off-ramp', [move('mql', 'recycled')], 1],
    ['two steps of one person count once', [move('mql', 'recycled'), move('recycled', 'mql'), move('mql', 'lost')], 1],
    ['back from an off-ramp is forward', [move('recycled', 'mql')], 0],
    ['forward', [move('lead', 'mql'), move('lead', 'sal', true)], 0],
    ['a beginning', [move(null, 'lead')], 0],
  ])('stage regressions: %s', (_, transitions, count) => {
    expect(planOf(lead({}), {}, [], transitions).counts.regressions).toBe(count);
  });
  test('overwrites and links ended', () => {
    const state: PersonState = { ...emptyState(), stage: 'lead', stageAt: NOW - DAY, inScope: true };
    expect(planned(person({ hubspot: { jobtitle: set('CEO', NOW) }, lead: { Title: 'CTO', Status: own('Open - Not Contacted', NOW) } }, state)).counts.overwrites).toBe(1);
    expect(plan(agreement, 'h101', decision(lead({}), {}), [], 2).counts.linksEnded).toBe(2);
  });

  const none: GuardTotals = { people: 0, changed: 0, creates: 0, regressions: 0, linksEnded: 0, overwrites: 0 };
  const limits = { creates: 500, regressions: 50, links_ended: 50, overwrites: 200, share: 0.2, share_from: 200 };
  test.each<[keyof GuardTotals, number, string]>([
    ['creates', 500, 'creates'],
    ['regressions', 50, 'regressions'],
    ['linksEnded', 50, 'links_ended'],
    ['overwrites', 200, 'overwrites'],
  ])('%s: %d pass, one more stops the run', (what, most, limit) => {
    expect(guard(limits, { ...none, [what]: most }, 10_000)).toEqual([]);
    expect(guard(limits, { ...none, [what]: most + 1 }, 10_000)).toMatchObject([{ limit, planned: most + 1, allowed: most }]);
  });
  test('the share of people changed counts from 200 people on', () => {
    expect(guard(limits, { ...none, changed: 199 }, 199)).toEqual([]);
    expect(guard(limits, { ...none, changed: 40 }, 200)).toEqual([]);
    expect(guard(limits, { ...none, changed: 41 }, 200)).toMatchObject([{ limit: 'share', planned: 41, allowed: 40 }]);
  });
  test('every limit that is exceeded is named', () => {
    expect(guard(limits, { ...none, creates: 501, overwrites: 201 }, 10_000).map((finding) => finding.limit)).toEqual(['creates', 'overwrites']);
  });
  test('adoption takes a yes for any change, and none for no change (L7)', () => {
    expect(guard(limits, { ...none, changed: 1 }, 1, { first: true, changed: 1, portion: 100 })).toMatchObject([{ limit: 'adoption', planned: 1 }]);
    expect(guard(limits, none, 1, { first: true, changed: 0, portion: 100 })).toEqual([]);
  });
});

describe('the second plan is empty (W2)', () => {
  test('once what was planned stands in the CRM', () => {
    const made = planned(person({ hubspot: { hubspotscore: 80 }, lead: { Status: 'Open - Not Contacted' } }));
    const told = judge(person({ hubspot: { hubspotscore: 80 }, lead: { Status: 'Open - Not Contacted' } }));
    const mine = (crm: 'hubspot' | 'salesforce'): FieldsTold => Object.fromEntries(Object.entries(writtenOn(made, crm)).map(([name, value]) => [name, own(value, NOW)]));
    const again = planned(person({ hubspot: { hubspotscore: 80, ...mine('hubspot') }, lead: { Status: 'Open - Not Contacted', ...mine('salesforce') } }, told.state));
    expect(again.writes).toEqual([]);
  });
});

import { advanceAgreed } from '../../src/core/decide/fields';
import { emptyState, type PersonState } from '../../src/domain/person';
import type { Value } from '../../src/domain/record';
import type { MappedField } from '../../src/agreement/schema';
import { agreed, COMPLETE, desiredOn, HOUR, judge, NOW, person, set, type Told } from '../support/person';

type Side = Value | Told | undefined;

/** How one field comes out: `> Salesforce value`, `< HubSpot value`, or `=` when nothing is written. */
function settle(policy: MappedField['policy'], hubspot: Side, salesforce: Side, agreedOn: Value | undefined = undefined, more: Partial<MappedField> = {}): string {
  const of = agreed((settings) => {
    settings.fields = settings.fields.map((field) => (field.id === 'phone' ? { ...field, policy, ...more } : field));
  });
  const state: PersonState = { ...emptyState(), stage: 'lead', stageAt: NOW - HOUR, inScope: true, ...(agreedOn === undefined ? {} : { agreed: { phone: agreedOn } }) };
  const told = judge(person({ hubspot: { phone: hubspot }, lead: { Phone: salesforce } }, state, of), of);
  const [to, from] = [desiredOn(told, 'salesforce', 'Phone'), desiredOn(told, 'hubspot', 'phone')];
  expect(to === undefined || from === undefined).toBe(true);
  return to !== undefined ? `> ${to}` : from !== undefined ? `< ${from}` : '=';
}

describe('one policy a field (M1), when the sides never agreed before (M4)', () => {
  test.each<[MappedField['policy'], Value, Value, string]>([
    ['hubspot_wins', 'h', 's', '> h'],
    ['salesforce_wins', 'h', 's', '< s'],
    ['fill_blank', 'h', 's', '='],
    ['fill_blank', 'h', null, '> h'],
    ['fill_blank', null, 's', '< s'],
    ['to_hubspot', 'h', 's', '< s'],
    ['to_hubspot', 'h', null, '='],
    ['to_salesforce', 'h', 's', '> h'],
    ['to_salesforce', null, 's', '='],
    ['read_only', 'h', 's', '='],
    ['hubspot_wins', null, 's', '< s'],
    ['salesforce_wins', 'h', null, '> h'],
    ['newest_wins', 'h', 'h', '='],
    ['newest_wins', null, null, '='],
  ])('%s: %p and %p', (policy, h, s, outcome) => {
    expect(settle(policy, h, s)).toBe(outcome);
  });

  test('an existing value that goes without ever having been agreed on is an overwrite, for the guard (W6)', () => {
    const decision = (state: PersonState) => judge(person({ hubspot: { jobtitle: set('CEO', NOW) }, lead: { Title: 'CTO' } }, state)).desired.find((each) => each.crm === 'salesforce')?.fields.get('Title');
    const state = { ...emptyState(), stage: 'lead' as const, stageAt: 0, inScope: true };
    expect(decision(state)).toMatchObject({ value: 'CEO', overwrites: true, rule: 'M1' });
    expect(decision({ ...state, agreed: { job_title: 'CTO' } })?.overwrites).toBeUndefined();
  });
});

describe('newest wins by per-field times (M2)', () => {
  const times = (h: number, s: number, tie?: 'hubspot' | 'salesforce') => settle('newest_wins', set('h', h), set('s', s), undefined, tie === undefined ? {} : { tie });
  test.each([
    [times(NOW, NOW - HOUR), '> h'],
    [times(NOW - HOUR, NOW), '< s'],
    [times(NOW, NOW, 'hubspot'), '> h'],
    [times(NOW, NOW, 'salesforce'), '< s'],
  ])('%s', (outcome, expected) => {
    expect(outcome).toBe(expected);
  });
});

describe('changed means different from what both last agreed on (M4)', () => {
  test.each<[string, MappedField['policy'], Side, Side, Value, string]>([
    ['only HubSpot changed', 'salesforce_wins', 'new', 'old', 'old', '> new'],
    ['only Salesforce changed', 'hubspot_wins', 'old', 'new', 'old', '< new'],
    ['a newer stamp on the unchanged side does not matter', 'newest_wins', set('new', NOW - HOUR), set('old', NOW), 'old', '> new'],
    ['both changed to the same', 'hubspot_wins', 'new', 'new', 'old', '='],
    ['both changed, differently: the policy', 'hubspot_wins', 'h', 's', 'old', '> h'],
    ['a blank overwrites nothing', 'newest_wins', set(null, NOW), 'old', 'old', '< old'],
  ])('%s', (_, policy, h, s, agreedOn, outcome) => {
    expect(settle(policy, h, s, agreedOn)).toBe(outcome);
  });

  test.each<[string, Side, Side, Value | undefined, string]>([
    ['emptied since both agreed', null, 'old', 'old', '> null'],
    ['emptied in Salesforce since', 'old', null, 'old', '< null'],
    ['emptied here, changed there', null, 'new', 'old', '< new'],
    ['never agreed on', null, 's', undefined, '< s'],
    ['both were empty when they agreed', 'new', null, null, '> new'],
  ])('with `clears`: %s', (_, h, s, agreedOn, outcome) => {
    expect(settle('newest_wins', h, s, agreedOn, { clears: true })).toBe(outcome);
  });
  test.each<[string, Side, Side, Value, string]>([
    ['emptied at the source', 'old', null, 'old', '< null'],
    ['filled at the other end while the source was empty all along', 'new', null, null, '='],
  ])('with `clears`, one direction: %s', (_, h, s, agreedOn, outcome) => {
    expect(settle('to_hubspot', h, s, agreedOn, { clears: true })).toBe(outcome);
  });

  test('what both agree on is remembered as soon as they do', () => {
    expect(judge(person({ hubspot: { phone: '1' }, lead: { Phone: '1', Status: 'Open - Not Contacted' } })).state.agreed['phone']).toBe('1');
    const input = person({ hubspot: { phone: '2' }, lead: { Phone: '2' } });
    const state = emptyState();
    const of = agreed(() => undefined);
    expect(advanceAgreed(of, state, input.evidence.hubspot[0] ?? null, input.evidence.leads[0] ?? null)).toBe(true);
    expect(state.agreed['phone']).toBe('2');
    expect(advanceAgreed(of, state, input.evidence.hubspot[0] ?? null, input.evidence.leads[0] ?? null)).toBe(false);
  });
});

describe('value maps (M3)', () => {
  const source = (h: Value, s: Value, agreedOn?: Value, policy: MappedField['policy'] = 'salesforce_wins') => {
    const of = agreed((settings) => {
      settings.fields = settings.fields.map((field) => (field.id === 'lead_source' ? { ...field, policy } : field));
    });
    const state: PersonState = { ...emptyState(), stage: 'lead', stageAt: 0, inScope: true, agreed: agreedOn === undefined ? {} : { lead_source: agreedOn } };
    const told = judge(person({ hubspot: { hs_analytics_source: h }, lead: { LeadSource: s } }, state, of), of);
    return [desiredOn(told, 'salesforce', 'LeadSource'), desiredOn(told, 'hubspot', 'hs_analytics_source')];
  };
  test('values that mean the same are equal', () => {
    expect(source('PAID_SEARCH', 'Web')).toEqual([undefined, undefined]);
  });
  test('a value goes over by its pair, and back to the first of several', () => {
    expect(source('PAID_SEARCH', null)).toEqual(['Web', undefined]);
    expect(source(null, 'Web')).toEqual([undefined, 'OTHER_CAMPAIGNS']);
  });
  test('a value that several stand for has not changed by being read the other way', () => {
    expect(source('OFFLINE', 'Web', 'ORGANIC_SEARCH')).toEqual(['Other', undefined]);
  });
  test('one without a pair goes as it is', () => {
    expect(source(null, 'Trade show')).toEqual([undefined, 'Trade show']);
  });
  test('an e-mail differs in more than its case, or not at all', () => {
    const told = judge(person({ hubspot: { email: 'Ana@Cliente.example' } }));
    expect(desiredOn(told, 'hubspot', 'email')).toBeUndefined();
  });
});

describe('what is not returned is unknown (M5)', () => {
  test.each<[Side, Side]>([[undefined, 's'], ['h', undefined]])('%p and %p: nothing follows', (h, s) => {
    for (const policy of ['hubspot_wins', 'salesforce_wins', 'newest_wins', 'fill_blank', 'to_hubspot', 'to_salesforce'] as const) expect(settle(policy, h, s, 'old', { clears: true })).toBe('=');
  });
});

describe('what is created carries what the other side knows', () => {
  test('in the fields that the policy may write', () => {
    const of = agreed((settings) => {
      settings.fields = settings.fields.map((field) => (field.id === 'phone' ? { ...field, policy: 'to_hubspot' as const } : field.id === 'job_title' ? { ...field, policy: 'read_only' as const } : field));
    });
    const told = judge(person({ hubspot: { ...COMPLETE, hubspotscore: 70, phone: '1', jobtitle: 'CEO' } }, null, of), of);
    const made = told.desired.find((each) => each.crm === 'salesforce');
    expect(made).toMatchObject({ record: null, object: 'lead' });
    expect(desiredOn(told, 'salesforce', 'LastName')).toBe('Paz');
    expect(desiredOn(told, 'salesforce', 'Phone')).toBeUndefined();
    expect(desiredOn(told, 'salesforce', 'Title')).toBeUndefined();
  });
});

import { asCalled, copyState, deletedIn, type PersonState } from '../../src/domain/person';
import { record } from '../support/person';

const full: PersonState = {
  adoptedAt: 1,
  stage: 'mql',
  stageAt: 2,
  entries: { lead: { first: 1, latest: 2, skipped: true }, mql: { first: 3, latest: 4 } },
  handoffs: [
    {
      cycle: 1,
      openedAt: 5,
      adopted: false,
      why: 'score',
      carriedAt: 6,
      firstTouchAt: null,
      acceptedAt: null,
      rejection: { at: 7, crm: 'salesforce', record: 'salesforce:lead:00Q', by: { id: '005', name: 'Rita' }, reason: 'no_budget', words: 'No budget', note: 'next year', detail: null, route: 'recycle', recycleOn: '2027-01-01', counted: true },
      closedAt: 8,
      closedAs: 'rejected',
      ownerId: '005',
      sla: null,
      slaDueAt: null,
    },
  ],
  rejectionCount: 1,
  block: { at: 7, cause: 'rejection', route: 'recycle', until: '2027-01-01', held: ['any.0'] },
  mqlWhy: 'score',
  agreed: { phone: '5' },
  lostSeen: ['006'],
  lastAnswer: { at: 7, said: ['salesforce:lead:00Q rejected'] },
  contests: { 'hubspot:contact:1.lifecyclestage': { count: 2, at: 9 } },
  ended: ['hubspot'],
  endedAt: { hubspot: 9 },
  inScope: true,
};

/** Every object and list inside, itself included. */
function parts(value: unknown): object[] {
  return typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(parts)] : [];
}

test('a copied history is equal and shares nothing with the one it was made of, so that deciding changes no input (L1)', () => {
  const copy = copyState(full);

  expect(copy).toEqual(full);
  const mine = new Set(parts(full));
  expect(parts(full).length).toBeGreaterThan(14);
  expect(parts(copy).filter((part) => mine.has(part))).toEqual([]);
});

test('a person is called by what is written of theirs, then by what lives, HubSpot before Salesforce; by what is gone only without any other (I2, I3, I4)', () => {
  const records = [
    { ...record('hubspot', 'contact', {}, { id: '1' }), gone: { how: 'merged' as const, into: '3' } },
    record('salesforce', 'lead', {}, { id: '00Q1', conversion: { contactId: '003' } }),
    record('salesforce', 'lead', {}, { id: '00Q2' }),
    record('salesforce', 'contact', {}, { id: '003' }),
    record('hubspot', 'contact', {}, { id: '2' }),
    record('hubspot', 'contact', {}, { id: '3' }),
  ];
  const order = (pins: Parameters<typeof asCalled>[1]): string[] => asCalled(records, pins).map(({ ref }) => ref.id);
  expect(order({ hubspotId: '3', salesforceId: '003' })).toEqual(['3', '2', '003', '00Q2', '00Q1', '1']);
  expect(order({ hubspotId: '2', salesforceId: '00Q2' })).toEqual(['2', '3', '00Q2', '003', '00Q1', '1']);
});

test.each([
  ['salesforce', ['salesforce'], '1', null],
  ['hubspot', ['hubspot'], null, '00Q'],
  [null, ['salesforce'], '1', '00Q'],
  [null, ['hubspot', 'salesforce'], null, null],
  [null, [], '1', null],
] as const)('the CRM that lacks a deleted record is %s where %j ended and the ids are %s and %s (I5, W11)', (crm, ended, hubspotId, salesforceId) => {
  expect(deletedIn({ ended: [...ended] }, { hubspotId, salesforceId })).toBe(crm);
});

import { copyState, type PersonState } from '../../src/domain/person';

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

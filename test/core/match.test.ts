import { opportunitiesOf } from '../../src/core/evidence/opportunities';
import { joinStates } from '../../src/core/match/join';
import { handLinkKey, match, type Group } from '../../src/core/match/match';
import { choosePrimary, followMerges } from '../../src/core/match/primary';
import { emptyState, type Handoff, type PersonState } from '../../src/domain/person';
import type { MirrorRecord } from '../../src/domain/record';
import { agreed, DAY, judge, NOW, opportunity, person, record, type RecordMore } from '../support/person';

const contact = (id: string, email: string | null, more: RecordMore = {}, name = 'Ana Paz'): MirrorRecord => record('hubspot', 'contact', { email, firstname: name.split(' ')[0] ?? null, lastname: name.split(' ')[1] ?? null }, { id, ...more });
const lead = (id: string, email: string | null, more: RecordMore = {}, name = 'Ana Paz'): MirrorRecord => record('salesforce', 'lead', { Email: email, FirstName: name.split(' ')[0] ?? null, LastName: name.split(' ')[1] ?? null }, { id, ...more });
const sales = (id: string, email: string | null, more: RecordMore = {}): MirrorRecord => record('salesforce', 'contact', { Email: email }, { id, ...more });
const nameOf = (one: MirrorRecord): string | null => {
  const [a, b] = one.ref.crm === 'hubspot' ? [one.fields['firstname'], one.fields['lastname']] : [one.fields['FirstName'], one.fields['LastName']];
  return typeof a === 'string' && typeof b === 'string' ? `${a} ${b}` : null;
};
const groups = (records: MirrorRecord[], links: [MirrorRecord, string][] = []): Group[] => match(records, new Map(links.map(([one, id]) => [handLinkKey(one.ref), id])), nameOf);
const shape = (found: Group[]): string[] => found.map((group) => group.records.map((one) => one.ref.id).join('+')).sort();

describe('who is who (I1-I3, I6)', () => {
  const A = 'ana@x.example';
  const cases: [string, MirrorRecord[], string[]][] = [
    ['equal e-mails, trimmed and in any case', [contact('1', ' Ana@X.example '), lead('L', 'ANA@x.example')], ['1+L']],
    ['an additional e-mail of HubSpot', [contact('1', A, { emails: [A, 'old@x.example'] }), lead('L', 'old@x.example')], ['1+L']],
    ['the id that HubSpot’s integration keeps', [contact('1', null, { carries: { salesforceLead: 'L' } }), lead('L', 'other@x.example')], ['1+L']],
    ['Concord’s external id on the lead', [contact('1', null), lead('L', null, { carries: { hubspotContact: '1' } })], ['1+L']],
    ['a stored link', [contact('1', 'a@x.example', { personId: 'p' }), lead('L', 'b@x.example', { personId: 'p' })], ['1+L']],
    ['a converted lead and its contact (I2)', [lead('L', A, { conversion: { contactId: 'C' } }), sales('C', 'new@x.example')], ['C+L']],
    ['the loser and the survivor of a merge in Salesforce (I3)', [lead('L1', 'a@x.example', { gone: { how: 'merged', into: 'L2' } }), lead('L2', 'b@x.example')], ['L1+L2']],
    ['a HubSpot merge, by the ids it swallowed (I3)', [contact('3', A, { aliases: ['1', '2'] }), lead('L', null, { carries: { hubspotContact: '1' } })], ['3+L']],
    ['never the name alone (I6)', [contact('1', null), lead('L', null)], ['1', 'L']],
    ['different e-mails', [contact('1', 'a@x.example'), lead('L', 'b@x.example')], ['1', 'L']],
    ['a chain: e-mail, then conversion', [contact('1', A), lead('L', A, { conversion: { contactId: 'C' } }), sales('C', null)], ['1+C+L']],
  ];
  test.each(cases)('%s', (_, records, expected) => {
    expect(shape(groups(records))).toEqual(expected);
    expect(shape(groups([...records].reverse()))).toEqual(expected);
    for (const group of groups(records)) expect(group.ambiguous).toBeNull();
  });

  test('a person found to be two stored ones goes on as one of them and absorbs the other (I3)', () => {
    const [group] = groups([contact('1', 'a@x.example', { personId: 'h1' }), lead('L', 'a@x.example', { personId: 'sL' })]);
    expect(group).toMatchObject({ personId: 'h1', absorbed: ['sL'] });
  });
});

describe('evidence that disagrees is held (I8)', () => {
  const A = 'ana@x.example';
  const held: [string, MirrorRecord[], RegExp][] = [
    ['two HubSpot contacts claim one lead', [contact('1', A), contact('2', 'b@x.example', { carries: { salesforceLead: 'L' } }), lead('L', A)], /2 HubSpot contacts \(1, 2\)/],
    ['the lead carries another contact’s id', [contact('1', A), lead('L', A, { carries: { hubspotContact: '9' } })], /carries the id of HubSpot contact 9/],
    ['the contact carries another lead’s id', [contact('1', A, { carries: { salesforceLead: 'L9' } }), lead('L', A)], /carries the id of Salesforce record L9/],
    ['one e-mail under clearly different people', [contact('1', A), lead('L', A, {}, 'Bruno Keller')], /clearly different people/],
  ];
  test.each(held)('%s', (_, records, because) => {
    const [group, ...others] = groups(records);
    expect(others).toEqual([]);
    expect(group?.ambiguous).toMatch(because);
    expect(groups([...records].reverse())[0]?.ambiguous).toBe(group?.ambiguous);
  });

  test.each<[string, MirrorRecord[]]>([
    ['the lead carries the id of a contact that was deleted: the one made anew is the person’s', [contact('1', A), contact('9', A, { gone: { how: 'deleted' } }), lead('L', A, { carries: { hubspotContact: '9' } })]],
    ['the contact carries the id of a lead that was deleted', [contact('1', A, { carries: { salesforceLead: 'L9' } }), lead('L9', A, { gone: { how: 'deleted' } }), lead('L', A)]],
    ['… or that lost a merge', [contact('1', A, { carries: { salesforceLead: 'L9' } }), lead('L9', A, { gone: { how: 'merged', into: 'L' } }), lead('L', A)]],
  ])('%s (I3, I5): no disagreement', (_, records) => {
    expect(groups(records).map((group) => group.ambiguous)).toEqual([null]);
  });

  test.each([
    ['one shared word of the name', contact('1', A, {}, 'Ana Keller')],
    ['an accent', contact('1', A, {}, 'Brúno Diaz')],
    ['a name that only one side knows', contact('1', A, {}, 'Ana')],
    ['an id that ties them', contact('1', A, { carries: { salesforceLead: 'L' } })],
  ])('%s is enough to be the same person', (_, one) => {
    expect(groups([one, lead('L', A, {}, 'Bruno Keller')])[0]?.ambiguous).toBeNull();
  });

  test('RevOps’ link decides, and each person keeps its own history', () => {
    const [one, two, l] = [contact('1', A, { personId: 'h1' }), contact('2', 'b@x.example', { carries: { salesforceLead: 'L' } }), lead('L', A, { personId: 'h1' })];
    const found = groups([one, two, l], [[l, '2']]);
    expect(shape(found)).toEqual(['1', '2+L']);
    expect(found.map((group) => group.ambiguous)).toEqual([null, null]);
    const ids = found.map((group) => group.personId);
    expect(new Set(ids).size).toBe(2);
    expect(found.find((group) => group.records.includes(one))?.personId).toBe('h1');
    expect(found.flatMap((group) => group.absorbed)).toEqual([]);
  });

  test('a link to a contact since merged away follows the survivor (I3)', () => {
    const l = lead('L', 'z@x.example');
    expect(shape(groups([contact('3', A, { aliases: ['1'] }), l], [[l, '1']]))).toEqual(['3+L']);
  });
});

describe('which record is written (I4)', () => {
  const closed = (one: MirrorRecord): boolean => one.fields['Status'] === 'Closed';
  const open = record('salesforce', 'lead', { Status: 'Open' }, { id: 'L1', modifiedAt: NOW });
  const order: [string, MirrorRecord, MirrorRecord][] = [
    ['contact before lead', sales('C', null), open],
    ['open before closed', open, record('salesforce', 'lead', { Status: 'Closed' }, { id: 'L0', modifiedAt: NOW + 1 })],
    ['a user’s before a queue’s', open, record('salesforce', 'lead', { Status: 'Open' }, { id: 'L0', modifiedAt: NOW + 1, owner: { id: '00G', kind: 'queue' } })],
    ['most recently modified', record('salesforce', 'lead', { Status: 'Open' }, { id: 'L9', modifiedAt: NOW + 1 }), open],
    ['lowest id', open, record('salesforce', 'lead', { Status: 'Open' }, { id: 'L2', modifiedAt: NOW })],
  ];
  test.each(order)('%s', (_, winner, loser) => {
    expect(choosePrimary([winner, loser], null, closed)).toBe(winner);
    expect(choosePrimary([loser, winner], null, closed)).toBe(winner);
  });

  const pinned = record('salesforce', 'lead', { Status: 'Open' }, { id: 'L5', modifiedAt: NOW - DAY });
  const pin = { object: 'lead' as const, id: 'L5' };
  test('a pin stays when a duplicate is edited, and even when it is closed', () => {
    expect(choosePrimary([open, pinned], pin, closed)).toBe(pinned);
    expect(choosePrimary([open, pinned], pin, () => true)).toBe(pinned);
  });
  test('a new handoff releases a closed pin, not an open one', () => {
    expect(choosePrimary([open, pinned], pin, (one) => one === pinned, true)).toBe(open);
    expect(choosePrimary([open, pinned], pin, closed, true)).toBe(pinned);
  });
  test('a pin on the loser of a merge goes on with the last survivor (I3)', () => {
    const gone = (id: string, into: string): MirrorRecord => record('salesforce', 'lead', {}, { id, gone: { how: 'merged', into } });
    const mine = [open, gone('L5', 'L6'), gone('L6', 'L7'), record('salesforce', 'lead', {}, { id: 'L7' }), record('salesforce', 'contact', {}, { id: 'L5', gone: { how: 'merged', into: 'C9' } })];
    expect(followMerges(pin, mine)).toEqual({ object: 'lead', id: 'L7' });
    expect(followMerges({ object: 'lead', id: 'L1' }, mine)).toEqual({ object: 'lead', id: 'L1' });
    expect(followMerges(pin, [gone('L5', 'L6'), gone('L6', 'L5')]).object).toBe('lead');
  });
  test('deleted: the next in order; converted: its contact', () => {
    expect(choosePrimary([open, { ...pinned, gone: { how: 'deleted' } }], pin, closed)).toBe(open);
    const [heir, other] = [sales('C1', null, { modifiedAt: 0 }), sales('C0', null)];
    expect(choosePrimary([other, heir, lead('L5', null, { conversion: { contactId: 'C1' } })], pin, closed)).toBe(heir);
  });
  test('a converted lead is history, never written (I2)', () => {
    expect(choosePrimary([lead('L5', null, { conversion: { contactId: 'C1' } })], pin, closed)).toBeNull();
  });
});

describe('whose opportunities (I7)', () => {
  const deal = (accountId: string | null): MirrorRecord => opportunity({ id: '006', accountId });
  const role = (contactId: string, more: { id?: string; name?: string; isPrimary?: boolean } = {}): MirrorRecord => ({ ...opportunity({ id: more.id ?? '00K' }), ref: { crm: 'salesforce', object: 'role', id: more.id ?? '00K' }, role: { opportunityId: '006', contactId, name: more.name ?? null, isPrimary: more.isPrimary ?? false } });
  const mine = sales('C1', null, { accountId: 'A', createdAt: 2 });
  const older = sales('C0', null, { accountId: 'A', createdAt: 1 });
  const found = (roles: MirrorRecord[], accountContacts: MirrorRecord[], leads: MirrorRecord[] = [], accountId: string | null = 'A'): string[] =>
    opportunitiesOf([mine], leads, { opportunities: [deal(accountId)], roles, accountContacts }).map((each) => `${each.role?.contactId ?? '-'} ${each.inferred ? 'inferred' : 'said'}`);

  test('a contact role ties it; somebody else’s role leaves it to them', () => {
    expect(found([role('C1')], [mine])).toEqual(['C1 said']);
    expect(found([role('C0')], [mine])).toEqual([]);
  });
  test('without any role the conversion does, then the account’s longest-known contact, both marked as inferred', () => {
    expect(found([], [older, mine], [lead('L', null, { conversion: { contactId: 'C1', opportunityId: '006' } })], null)).toEqual(['- inferred']);
    expect(found([], [mine, sales('C2', null, { accountId: 'A', createdAt: 3 })])).toEqual(['- inferred']);
    expect(found([], [mine, older])).toEqual([]);
  });
  test('nobody’s stays nobody’s', () => {
    expect(found([], [], [], null)).toEqual([]);
  });
  test('of two roles of the same person the primary one speaks, in any order; the money counts once', () => {
    const roles = [role('C1', { id: '00K1', name: 'Other' }), role('C1', { id: '00K2', name: 'Decision Maker', isPrimary: true })];
    for (const order of [roles, [...roles].reverse()]) {
      const told = opportunitiesOf([mine], [], { opportunities: [deal('A')], roles: order, accountContacts: [] });
      expect(told.map((each) => each.role?.name)).toEqual(['Decision Maker']);
    }
  });
  test('any of them that the agreement counts is enough, whichever is primary', () => {
    const of = agreed((settings) => void (settings.opportunities.roles = ['Decision Maker']));
    const stage = (...names: string[]): unknown => {
      const roles = names.map((name, index) => role('C1', { id: `00K${index}`, name, isPrimary: index === 0 }));
      const input = person({ contact: {} }, null, of);
      input.evidence.opportunities = opportunitiesOf([mine], [], { opportunities: [deal('A')], roles, accountContacts: [] });
      return judge(input, of).state.stage;
    };
    expect(stage('Other', 'Decision Maker')).toBe('opportunity');
    expect(stage('Decision Maker', 'Other')).toBe('opportunity');
    expect(stage('Other', 'Influencer')).toBe('subscriber');
  });
  test('two people with a role each in one deal both have it', () => {
    const roles = [role('C1', { id: '00K1' }), role('C0', { id: '00K2', isPrimary: true })];
    for (const one of [mine, older]) expect(opportunitiesOf([one], [], { opportunities: [deal('A')], roles, accountContacts: [mine, older] })).toMatchObject([{ inferred: false, role: { contactId: one.ref.id } }]);
  });
  test('the account’s contact is the one that sales was in touch with last, then the longest-known; one of whom no person was made only where there is no other (I6)', () => {
    const known = (id: string, createdAt: number, touched: string | null, personId: string | null = `p${id}`): MirrorRecord => record('salesforce', 'contact', { Email: null, LastActivityDate: touched }, { id, accountId: 'A', createdAt, personId });
    const chosen = (...accountContacts: MirrorRecord[]): unknown => accountContacts.flatMap((one) => opportunitiesOf([one], [], { opportunities: [deal('A')], roles: [], accountContacts }, ['LastActivityDate']).map((each) => each.chosen));
    expect(chosen(known('C0', 1, '2026-10-01'), known('C1', 2, '2026-11-01'), known('C2', 3, null))).toEqual(['C1']);
    expect(chosen(known('C0', 2, '2026-10-01'), known('C1', 1, '2026-10-01'))).toEqual(['C1']);
    expect(chosen(known('C1', 1, null), known('C0', 1, null))).toEqual(['C0']);
    expect(chosen(known('C0', 1, '2026-12-01', null), known('C1', 2, null))).toEqual(['C1']);
    expect(chosen(known('C0', 1, null, null))).toEqual(['C0']);
  });
  test('one that another person’s conversion made is theirs, not the account’s contact’s', () => {
    const theirs = (more: RecordMore): MirrorRecord => lead('L', null, { conversion: { contactId: 'C9', opportunityId: '006' }, personId: 'p9', ...more });
    const mineToo = (conversions: MirrorRecord[]): number => opportunitiesOf([mine], [], { opportunities: [deal('A')], roles: [], accountContacts: [mine], conversions }).length;
    expect([mineToo([theirs({})]), mineToo([theirs({ gone: { how: 'deleted' } })]), mineToo([theirs({ personId: null })]), mineToo([])]).toEqual([0, 1, 1, 1]);
  });
  describe('the inferred contact is chosen once', () => {
    const kept = (by: string): MirrorRecord => opportunity({ id: '006', accountId: 'A', inferredContact: by });
    const of = (one: MirrorRecord, deals: MirrorRecord, accountContacts: MirrorRecord[], roles: MirrorRecord[] = []) => opportunitiesOf([one], [], { opportunities: [deals], roles, accountContacts }).map((each) => each.chosen ?? '-');
    test('and kept when a contact that is known for longer turns up', () => {
      expect(of(mine, deal('A'), [mine])).toEqual(['C1']);
      expect(of(mine, kept('C1'), [older, mine])).toEqual(['C1']);
      expect(of(older, kept('C1'), [older, mine])).toEqual([]);
    });
    test('goes on as the survivor of a merge, and is chosen anew when the contact is gone', () => {
      expect(of({ ...older, aliases: ['C1'] }, kept('C1'), [{ ...older, aliases: ['C1'] }])).toEqual(['C0']);
      expect(of(older, kept('C1'), [older, { ...mine, gone: { how: 'deleted' } }])).toEqual(['C0']);
    });
    test('until a role appears', () => {
      expect(of(mine, kept('C1'), [older, mine], [role('C0')])).toEqual([]);
      expect(of(older, kept('C1'), [older, mine], [role('C0')])).toEqual(['-']);
    });
  });
  test('a deleted opportunity and a deleted role count for nothing', () => {
    expect(opportunitiesOf([mine], [], { opportunities: [{ ...deal('A'), gone: { how: 'deleted' } }], roles: [role('C1')], accountContacts: [mine] })).toEqual([]);
    expect(found([{ ...role('C0'), gone: { how: 'deleted' } }], [mine])).toEqual(['- inferred']);
  });
});

describe('two histories become one (I3)', () => {
  const pass = (openedAt: number, more: Partial<Handoff> = {}): Handoff => ({ cycle: 1, openedAt, adopted: false, why: '', carriedAt: null, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: null, sla: null, slaDueAt: null, ...more });
  const life = (stage: PersonState['stage'], more: Partial<PersonState> = {}): PersonState => ({ ...emptyState(), stage, stageAt: 1, ...more });
  const block = { at: 5, cause: 'rejection' as const, route: 'recycle' as const, until: '2027-01-01', held: [] };

  test('passes stand in the order of their opening, counts add up, only the newest may be open', () => {
    const joined = joinStates([life('mql', { handoffs: [pass(10)], rejectionCount: 1 }), life('mql', { handoffs: [pass(5)], rejectionCount: 2 })]);
    expect(joined.handoffs.map((each) => [each.cycle, each.openedAt, each.closedAs])).toEqual([[1, 5, 'duplicate'], [2, 10, null]]);
    expect(joined.rejectionCount).toBe(3);
    expect(joinStates([life('mql', { ended: ['salesforce'], endedAt: { salesforce: 7 } }), life('lead', { ended: ['hubspot'], endedAt: { hubspot: 9, salesforce: 8 } })])).toMatchObject({ ended: ['salesforce', 'hubspot'], endedAt: { salesforce: 7, hubspot: 9 } });
  });
  test.each([
    ['sales’ stage is kept', life('customer'), life('recycled', { block }), 'customer'],
    ['an answer of sales outranks a marketing stage', life('lead'), life('recycled', { block }), 'recycled'],
    ['an open newer pass goes on', life('mql', { handoffs: [pass(10)] }), life('recycled', { block, handoffs: [pass(2, { closedAt: 5, closedAs: 'rejected' })] }), 'mql'],
    ['a pass that a newer answer ended does not', life('mql', { handoffs: [pass(1)] }), life('recycled', { block, handoffs: [pass(2, { closedAt: 5, closedAs: 'rejected' })] }), 'recycled'],
  ])('%s', (_, a, b, stage) => {
    expect(joinStates([a, b]).stage).toBe(stage);
    expect(joinStates([b, a]).stage).toBe(stage);
    expect(joinStates([a, b]).block).toEqual(block.at === 5 && b.block === null ? null : block);
  });
  test('a stage that one only skipped was entered when the other entered it (L9); first and latest span both', () => {
    const joined = joinStates([life('sql', { entries: { sal: { first: 3, latest: 3, skipped: true }, mql: { first: 2, latest: 9 } } }), life('sal', { entries: { sal: { first: 4, latest: 4 }, mql: { first: 1, latest: 3 } } })]);
    expect(joined.entries).toEqual({ sal: { first: 4, latest: 4 }, mql: { first: 1, latest: 9 } });
  });
});

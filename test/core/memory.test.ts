import { readMemory } from '../../src/core/decide/memory';
import { contradicts } from '../../src/core/decide/recall';
import { joinStates } from '../../src/core/match/join';
import { emptyState } from '../../src/domain/person';
import type { MirrorRecord } from '../../src/domain/record';
import { agreement, DAY, HOUR, judge, NOW, person, planned, record, writtenOn, type FieldsTold, type PersonTold } from '../support/person';

/* L7: what Concord left on the records is the history of a store that has none. */

const iso = (at: number): string => new Date(at).toISOString();
const ENTERED = NOW - 40 * DAY;
const SAID_NO = NOW - 30 * DAY;

/** Concord's own fields as both CRMs show them after a rejection in Salesforce. */
const REJECTED = {
  hubspot: { lifecyclestage: 'lead', hs_lead_status: 'BAD_TIMING', hubspotscore: 80, concord_stage: 'recycled', concord_stage_at: iso(SAID_NO), concord_mql_at: iso(ENTERED), concord_cycle: 2, concord_rejection_reason: 'no_budget', concord_rejected_at: iso(SAID_NO), concord_rejected_by: 'Rita Rep', concord_rejection_count: 2, concord_route: 'recycle', concord_recycle_on: '2027-06-01' },
  lead: { Status: 'Closed - Not Converted', Concord_Stage__c: 'recycled', Concord_Stage_At__c: iso(SAID_NO), Concord_MQL_At__c: iso(ENTERED), Concord_Cycle__c: 2, Concord_Rejection_Reason__c: 'no_budget', Concord_Rejected_At__c: iso(SAID_NO), Concord_Rejected_By__c: 'Rita Rep', Concord_Rejection_Count__c: 2, Concord_Route__c: 'recycle', Concord_Recycle_On__c: '2027-06-01' },
};

const found = (told: PersonTold): ReturnType<typeof judge> => judge(person({ adopting: true, ...told }));

/** What was found at a first reading: the record's modification time, and a mark. */
const firstRead = (told: Partial<MirrorRecord>, made: MirrorRecord): MirrorRecord => ({ ...made, ...told, since: Object.fromEntries(Object.entries(made.since).map(([name, each]) => [name, { ...each, at: NOW - DAY, first: true as const }])) });

describe('what is remembered', () => {
  it('is stage, stamps, handoff, answer, count and block (L4, L9, F2, F5)', () => {
    const { state, transitions } = found(REJECTED);

    expect(state).toMatchObject({ stage: 'recycled', stageAt: SAID_NO, adoptedAt: NOW, rejectionCount: 2, block: { cause: 'rejection', route: 'recycle', until: '2027-06-01' } });
    expect(state.entries.mql).toEqual({ first: ENTERED, latest: ENTERED });
    expect(state.handoffs).toHaveLength(1);
    expect(state.handoffs[0]).toMatchObject({ cycle: 2, adopted: true, closedAs: 'rejected', rejection: { reason: 'no_budget', by: { name: 'Rita Rep' }, crm: 'salesforce', route: 'recycle', recycleOn: '2027-06-01', counted: true } });
    expect(transitions.map((each) => [each.from, each.to, each.at, each.rule])).toEqual([[null, 'mql', ENTERED, 'L7'], ['mql', 'recycled', SAID_NO, 'L7']]);
  });

  it('is taken by an adopting store only, and by none that knows the person', () => {
    expect(judge(person({ ...REJECTED })).state.handoffs[0]?.cycle).toBe(1);
    expect(judge(person({ ...REJECTED, adopting: true }, { ...emptyState(), stage: 'lead', stageAt: ENTERED })).state.handoffs[0]?.cycle).not.toBe(2);
  });

  it('of two CRMs is the later one’s; stamps are the latest of both', () => {
    const lagging = { ...REJECTED.lead, Status: 'Open - Not Contacted', Concord_Stage__c: 'mql', Concord_Stage_At__c: iso(ENTERED), Concord_Cycle__c: 1, Concord_MQL_At__c: iso(ENTERED + HOUR), Concord_Rejection_Reason__c: null, Concord_Route__c: null };
    const { state } = found({ ...REJECTED, lead: lagging });

    expect(state).toMatchObject({ stage: 'recycled', stageAt: SAID_NO });
    expect(state.handoffs[0]?.cycle).toBe(2);
    expect(state.entries.mql?.latest).toBe(ENTERED + HOUR);
  });

  it('keeps the state of a stopped clock, and lets a running one go (S2)', () => {
    const accepted = { lifecyclestage: 'salesqualifiedlead', concord_stage: 'sql', concord_stage_at: iso(SAID_NO), concord_cycle: 1, concord_sla_due_at: iso(SAID_NO) };
    const kept = writtenOn(planned(person({ adopting: true, hubspot: { ...accepted, concord_sla: 'met' } })), 'hubspot');
    expect(kept).not.toHaveProperty('concord_sla');
    const running = writtenOn(planned(person({ adopting: true, hubspot: { ...accepted, concord_sla: 'on_track' } })), 'hubspot');
    expect(running).toMatchObject({ concord_sla: null, concord_sla_due_at: null });
  });

  it('has a recycle date already past wait for new evidence', () => {
    expect(found({ hubspot: { ...REJECTED.hubspot, concord_recycle_on: '2026-01-31' }, lead: { ...REJECTED.lead, Concord_Recycle_On__c: '2026-01-31' } }).state).toMatchObject({ stage: 'recycled', block: { until: null } });
  });

  it('counts the next handoff on', () => {
    const { state } = found(REJECTED);
    const returned = judge(person({ ...REJECTED, hubspot: { ...REJECTED.hubspot, recent_conversion_date: iso(NOW + HOUR) }, now: NOW + 2 * HOUR }, state));
    expect(returned.state.handoffs.map((each) => each.cycle)).toEqual([2, 3]);
    expect(returned.state.rejectionCount).toBe(2);
  });

  it('counts on when two people turn out to be one (I3)', () => {
    const [one, other] = [found(REJECTED).state, found(REJECTED).state];
    expect(joinStates([one, other]).handoffs.map((each) => each.cycle)).toEqual([3, 4]);
  });
});

describe('what is found beside it', () => {
  const mql = { lifecyclestage: 'marketingqualifiedlead', hs_lead_status: 'NEW', concord_stage: 'mql', concord_stage_at: iso(ENTERED), concord_mql_at: iso(ENTERED), concord_cycle: 2 };

  it('is drift, judged as on any other day (L3)', () => {
    const input = person({ adopting: true, hubspot: { ...mql, lifecyclestage: 'customer' }, lead: { Status: 'Open - Not Contacted' } });
    const [contact] = input.evidence.hubspot as [MirrorRecord];
    contact.since['lifecyclestage'] = { at: NOW - HOUR, by: { source: 'AUTOMATION_PLATFORM' } };
    const { state, drift } = judge(input);
    expect(state.stage).toBe('mql');
    expect(drift).toMatchObject([{ field: 'lifecyclestage', found: 'customer', outcome: 'restored' }]);
  });

  it('a loss older than the stage ends nothing again (L12); one that is newer does', () => {
    const with_ = (closed: number): string | null => found({ hubspot: mql, lead: { Status: 'Open - Not Contacted' }, opportunities: [{ isClosed: true, createdAt: ENTERED - 20 * DAY, closedAt: closed }] }).state.stage;
    expect(with_(ENTERED - DAY)).toBe('mql');
    expect(with_(ENTERED + DAY)).toBe('lost');
  });

  it('a conversion that Concord had followed does not outlive the loss, whatever was edited since (I2, L12)', () => {
    const lost = { lifecyclestage: 'lead', hs_lead_status: 'BAD_TIMING', concord_stage: 'lost', concord_stage_at: iso(SAID_NO), concord_cycle: 1 };
    const input = person({ adopting: true, hubspot: lost, lead: { Status: 'Closed - Converted' }, contact: { Concord_Stage__c: 'lost', Concord_Stage_At__c: iso(SAID_NO), Concord_Cycle__c: 1 }, opportunities: [{ isClosed: true, createdAt: ENTERED, closedAt: SAID_NO }] });
    const [contact] = input.evidence.contacts as [MirrorRecord];
    input.evidence.leads = input.evidence.leads.map((each) => ({ ...each, modifiedAt: NOW - HOUR, conversion: { contactId: contact.ref.id, accountId: null, opportunityId: null, on: null }, since: { ...each.since, '~converted': { at: NOW - HOUR } } }));
    expect(judge(input).state).toMatchObject({ stage: 'lost', stageAt: SAID_NO });
  });
});

describe('records that are not there any more (I5)', () => {
  const mql = { lifecyclestage: 'marketingqualifiedlead', concord_stage: 'mql', concord_stage_at: iso(ENTERED), concord_mql_at: iso(ENTERED), concord_cycle: 1 };

  it('a lead that was linked and deleted is not created again', () => {
    expect(planned(person({ adopting: true, hubspot: { ...mql, concord_salesforce_url: 'https://salesforce.example/00Q1' } })).writes.filter((write) => write.op === 'create')).toEqual([]);
    expect(planned(person({ adopting: true, hubspot: mql })).writes.filter((write) => write.op === 'create')).toHaveLength(1);
  });

  it('nor is one whose deletion a run has seen, and said on the contact', () => {
    expect(planned(person({ adopting: true, hubspot: { ...mql, concord_salesforce_url: 'deleted' } })).writes.filter((write) => write.op === 'create')).toEqual([]);
  });

  it('nor is a contact', () => {
    const lead = { Concord_Stage__c: 'mql', Concord_Stage_At__c: iso(ENTERED), Concord_Cycle__c: 1 };
    const creates = (of: Record<string, string | number>): number => planned(person({ adopting: true, hubspot: null, lead: of })).writes.filter((write) => write.op === 'create').length;
    expect(creates({ ...lead, Concord_HubSpot_Id__c: '101' })).toBe(0);
    expect(creates(lead)).toBe(1);
  });

  it('accepted without a record in Salesforce, nobody is handed over now', () => {
    expect(planned(person({ adopting: true, hubspot: { ...mql, concord_stage: 'sal', hs_lead_status: 'IN_PROGRESS' } })).writes.filter((write) => write.op === 'create')).toEqual([]);
  });
});

describe('what is not believed, and told', () => {
  test.each([
    ['a stage that is none', { concord_stage: 'hot lead' }, 'concord_stage'],
    ['a time ahead of the clock', { concord_stage_at: iso(NOW + DAY) }, 'concord_stage_at'],
    ['a cycle that is no count', { concord_cycle: 1.5 }, 'concord_cycle'],
    ['a cycle of none', { concord_cycle: 0 }, 'concord_cycle'],
    ['a route that is none', { concord_route: 'anywhere' }, 'concord_route'],
    ['a count below nothing', { concord_rejection_count: -1 }, 'concord_rejection_count'],
    ['an SLA state that is none', { concord_sla: 'green' }, 'concord_sla'],
    ['a stamp that is no moment', { concord_mql_at: 'yesterday' }, 'concord_mql_at'],
  ])('%s', (_, values, name) => {
    const { notes } = found({ hubspot: { ...REJECTED.hubspot, ...values } });
    expect(notes.join()).toContain(`what stands in ${name} is none of Concord’s values`);
  });

  it('a record without the stage or its time bears nothing', () => {
    const contact = (fields: Record<string, string>): MirrorRecord => record('hubspot', 'contact', fields);
    expect(readMemory(agreement, [contact({ concord_cycle: '1' }), contact({ concord_stage: 'mql' })], NOW).memory).toBeNull();
  });
});

describe('whose values they are (L11)', () => {
  it('Concord’s copies are its own again, the rep’s words stay the rep’s', () => {
    const input = person({ adopting: true, ...REJECTED });
    input.evidence.hubspot = input.evidence.hubspot.map((each) => firstRead({}, each));
    input.evidence.leads = input.evidence.leads.map((each) => firstRead({ modifiedAt: NOW - DAY }, each));
    const [contact, lead] = judge(input).recalled as [MirrorRecord, MirrorRecord];

    expect(contact.since['concord_rejection_reason']).toMatchObject({ own: true });
    expect(contact.since['lifecyclestage']).toMatchObject({ own: true });
    expect(contact.written).toMatchObject({ concord_stage: 'recycled', lifecyclestage: 'lead', hs_lead_status: 'BAD_TIMING' });
    expect(lead.since['Concord_Rejection_Reason__c']).not.toHaveProperty('own');
    expect(lead.written).toMatchObject({ Concord_Stage__c: 'recycled' });
    expect(lead.written).not.toHaveProperty('Concord_Rejection_Reason__c');
    // A later edit of the record has made nothing on it new.
    expect(lead.since['Status']?.at).toBeLessThanOrEqual(SAID_NO + 999);
  });

  test.each([
    ['the stage’s own values', { lifecyclestage: 'lead', hs_lead_status: 'BAD_TIMING' }, false],
    ['another rejecting status', { lifecyclestage: 'lead', hs_lead_status: 'UNQUALIFIED' }, false],
    ['a further lifecycle stage', { lifecyclestage: 'customer', hs_lead_status: 'BAD_TIMING' }, true],
    ['a status that accepts', { lifecyclestage: 'lead', hs_lead_status: 'IN_PROGRESS' }, true],
  ])('the history is asked of records that say something else: %s', (_, values, asked) => {
    expect(contradicts(agreement, record('hubspot', 'contact', { concord_stage: 'recycled', ...values }))).toBe(asked);
    expect(contradicts(agreement, record('hubspot', 'contact', values))).toBe(false);
  });

  it('the record that carries the contact’s id is the primary, not the one that would be chosen now (I4)', () => {
    const other = record('salesforce', 'contact', { Email: 'ana@cliente.example' }, {}, agreement);
    const { primary } = found({ ...REJECTED, lead: { ...REJECTED.lead, Concord_HubSpot_Id__c: '101' }, contacts: [other] });
    expect(primary?.ref.object).toBe('lead');
  });
});

describe('how the last pass stood, by the stage that is remembered', () => {
  const at = (stage: string, more: FieldsTold = {}): FieldsTold => ({ concord_stage: stage, concord_stage_at: iso(SAID_NO), concord_mql_at: iso(ENTERED), concord_cycle: 1, ...more });
  const lead = { Status: 'Working - Contacted' };
  const said = { concord_rejection_reason: 'no_budget', concord_rejected_at: iso(ENTERED - DAY), concord_rejection_count: 1, concord_route: 'recycle' };

  it.each<[string, PersonTold, object]>([
    ['an MQL waits for its answer', { hubspot: at('mql'), lead: { Status: 'Open - Not Contacted' } }, { closedAs: null, acceptedAt: null, rejection: null }],
    ['what sales has accepted goes on as accepted', { hubspot: at('sal'), lead }, { closedAs: null, acceptedAt: SAID_NO }],
    ['a customer without anything open has been won', { hubspot: at('customer'), lead }, { closedAs: 'won', closedAt: NOW }],
    ['a customer with an open deal has a pass under way', { hubspot: at('customer'), lead, opportunities: [{ createdAt: SAID_NO, role: 'Buyer' }] }, { closedAs: null, closedAt: null }],
    ['one who stands below the MQL has none', { hubspot: at('lead'), lead: { Status: 'Open - Not Contacted' } }, { closedAs: 'system', closedAt: SAID_NO }],
    ['a loss ended it', { hubspot: at('lost'), lead }, { closedAs: 'lost' }],
    ['nobody answered in time (S1)', { hubspot: at('recycled', { hs_lead_status: 'BAD_TIMING', concord_rejection_reason: 'sla_expired', concord_route: 'recycle', concord_recycle_on: '2027-06-01' }), lead }, { closedAs: 'expired', rejection: { reason: 'sla_expired', counted: false, by: null, recycleOn: '2027-06-01', record: '' } }],
    ['rejected, and nobody said why or when (F4)', { hubspot: at('recycled', { hs_lead_status: 'BAD_TIMING', concord_rejection_count: 1 }), lead: { Status: 'Closed - Not Converted' } }, { closedAs: 'rejected', rejection: { reason: null, reasonAt: null, by: null, at: SAID_NO + 999, counted: true } }],
    ['disqualified for words that no reason knows (F3)', { hubspot: at('disqualified', { hs_lead_status: 'UNQUALIFIED', concord_rejection_reason: 'other', concord_rejected_at: iso(SAID_NO), concord_rejection_count: 1, concord_route: 'unmapped', concord_rejection_note: 'ni idea' }), lead }, { closedAs: 'rejected', rejection: { reason: 'other', note: 'ni idea', route: 'unmapped' } }],
    ['a “no” that a later stage has outgrown counts (F8)', { hubspot: at('mql', said), lead: { Status: 'Open - Not Contacted' } }, { closedAs: 'rejected', rejection: { reason: 'no_budget', counted: true } }],
    ['a “no” after the stage has ended nothing (F8)', { hubspot: at('opportunity', { ...said, concord_rejected_at: iso(SAID_NO + DAY) }), lead }, { rejection: { counted: false } }],
  ])('%s', (_, told, expected) => {
    expect(found(told).state.handoffs[0]).toMatchObject(expected);
  });

  it('without a count of passes there is none: it was never with sales', () => {
    expect(found({ hubspot: { ...at('lead'), concord_cycle: null } }).state.handoffs).toEqual([]);
  });
});

describe('who said the answer that stands', () => {
  const copy = { hubspot: REJECTED.hubspot };
  const silent = { Status: 'Open - Not Contacted' };
  const rejectionOf = (told: PersonTold): object | null => found(told).state.handoffs[0]?.rejection ?? null;

  it.each<[string, PersonTold, object]>([
    ['the Salesforce record with the same reason', REJECTED, { crm: 'salesforce', record: 'salesforce:lead:00Q000000000001AAA', words: 'no_budget' }],
    ['the one whose words are a rep’s own (F3)', { ...copy, lead: { ...REJECTED.lead, Concord_Rejection_Reason__c: 'Sin presupuesto' } }, { crm: 'salesforce', words: 'Sin presupuesto', reason: 'no_budget' }],
    ['HubSpot, where only HubSpot has it', { ...copy, lead: silent }, { crm: 'hubspot', record: 'hubspot:contact:101', reason: 'no_budget' }],
    ['HubSpot, whose status is none that Concord writes', { hubspot: { ...REJECTED.hubspot, hs_lead_status: 'UNQUALIFIED' }, lead: REJECTED.lead }, { crm: 'hubspot' }],
    ['Salesforce alone, of somebody whom HubSpot does not have', { hubspot: null, lead: { ...REJECTED.lead, Concord_Rejection_Note__c: 'in May' } }, { crm: 'salesforce', note: 'in May', reason: 'no_budget' }],
    ['a lead on which Concord has left nothing yet', { ...copy, lead: { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' } }, { crm: 'salesforce', record: 'salesforce:lead:00Q000000000001AAA' }],
    ['of two the one with the contact’s id, whichever was read first (I4)', { ...copy, lead: REJECTED.lead, leads: [record('salesforce', 'lead', { ...REJECTED.lead, Concord_HubSpot_Id__c: '101' }, { id: '00Q000000000002AAA' })] }, { record: 'salesforce:lead:00Q000000000002AAA' }],
    ['of two without one the lower id', { ...copy, leads: [record('salesforce', 'lead', REJECTED.lead, { id: '00Q000000000002AAA' }), record('salesforce', 'lead', REJECTED.lead, { id: '00Q000000000001AAA' })] }, { record: 'salesforce:lead:00Q000000000001AAA' }],
  ])('%s', (_, told, expected) => {
    expect(rejectionOf(told)).toMatchObject(expected);
  });

  it('another status that a rep set after Concord had shown the answer takes it back (F6)', () => {
    const input = person({ adopting: true, ...REJECTED, lead: { ...REJECTED.lead, Status: 'Open - Not Contacted' } });
    input.evidence.hubspot = input.evidence.hubspot.map((each) => firstRead({}, each));
    input.evidence.leads = input.evidence.leads.map((each) => firstRead({ modifiedAt: NOW - HOUR }, { ...each, fields: { ...each.fields, Status: 'Working - Contacted' } }));
    const { state } = judge(input);
    expect(state.handoffs[0]).toMatchObject({ rejection: null, closedAt: null });
    expect(state.rejectionCount).toBe(1);
  });

  it('a value that HubSpot says a person has set is the person’s, though it equals Concord’s', () => {
    const input = person({ adopting: true, ...REJECTED });
    const [contact] = input.evidence.hubspot as [MirrorRecord];
    contact.since['lifecyclestage'] = { at: SAID_NO, by: { id: '7', source: 'CRM_UI' } };
    const recalled = judge(input).recalled.find((each) => each.ref.crm === 'hubspot');
    expect(recalled?.since['lifecyclestage']).not.toHaveProperty('own');
    expect(recalled?.written).not.toHaveProperty('lifecyclestage');
    expect(recalled?.written).toHaveProperty('concord_stage');
  });
});

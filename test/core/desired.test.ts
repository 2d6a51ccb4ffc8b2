import { emptyState, type Handoff, type PersonState } from '../../src/domain/person';
import { agreed, automated, DAY, desiredOn, HOUR, judge, moves, NOW, own, person, planned, record, set, writtenOn, type FieldsTold } from '../support/person';

const T0 = NOW - 10 * DAY;
function pass(more: Partial<Handoff> = {}): Handoff {
  return { cycle: 1, openedAt: T0, adopted: false, why: 'score', carriedAt: T0, firstTouchAt: null, acceptedAt: null, rejection: null, closedAt: null, closedAs: null, ownerId: '005A', sla: null, slaDueAt: null, ...more };
}
function life(stage: PersonState['stage'], more: Partial<PersonState> = {}): PersonState {
  return { ...emptyState(), stage, stageAt: T0, entries: stage === null ? {} : { [stage]: { first: T0, latest: T0 } }, inScope: true, ...more };
}
const mql = (): PersonState => life('mql', { handoffs: [pass()] });

describe('who is governed (L10)', () => {
  test('nobody below the first governed stage: said in one line, and nothing is written', () => {
    const told = judge(person({}));
    expect(told).toMatchObject({ inScope: false, outOfScope: 'stage subscriber is before lead', desired: [] });
  });
  test.each(['rep@acme.example', 'rep@mail.ACME.example'])('nor a colleague (%s), by any of the person’s addresses', (email) => {
    expect(judge(person({ hubspot: { num_conversion_events: 1, email } }))).toMatchObject({ inScope: false, outOfScope: 'its e-mail domain is excluded' });
    expect(judge(person({ hubspot: { num_conversion_events: 1 }, lead: { Email: email } })).inScope).toBe(false);
  });
  test('an off-ramp is governed', () => {
    expect(judge(person({}, life('recycled'))).inScope).toBe(true);
  });

  const leaving: FieldsTold = { email: 'rep@acme.example', concord_stage: 'mql', concord_cycle: 1, concord_mql_at: new Date(T0).toISOString(), lifecyclestage: own('marketingqualifiedlead', T0), concord_rejection_reason: 'timing' };
  test('on leaving, `freeze` keeps what was written', () => {
    expect(judge(person({ hubspot: leaving }, mql())).desired).toEqual([]);
  });
  test('`clear` empties Concord’s fields: never stamps, the lifecycle stage or what reps write; until it is done', () => {
    const of = agreed((settings) => void (settings.scope.on_leaving = 'clear'));
    const input = person({ hubspot: leaving }, mql(), of);
    expect(writtenOn(planned(input, [], of), 'hubspot')).toEqual({ concord_stage: null, concord_cycle: null });
    const told = judge(input, of);
    expect(told.state.inScope).toBe(true);
    const done = judge(person({ hubspot: { ...leaving, concord_stage: null, concord_cycle: null } }, told.state, of), of);
    expect(done.state.inScope).toBe(false);
    expect(done.inScope).toBe(false);
  });
});

describe('fields that show the stage (L13)', () => {
  const shown = (state: PersonState, hubspot: FieldsTold, lead: FieldsTold = {}) => {
    const told = judge(person({ hubspot, lead: { Status: 'Open - Not Contacted', Concord_Cycle__c: 1, ...lead } }, state));
    return { lifecycle: desiredOn(told, 'hubspot', 'lifecyclestage'), status: desiredOn(told, 'hubspot', 'hs_lead_status'), lead: desiredOn(told, 'salesforce', 'Status') };
  };
  test('a value that belongs to the stage is left alone', () => {
    expect(shown(mql(), { lifecyclestage: 'marketingqualifiedlead', hs_lead_status: set('OPEN', T0) })).toEqual({ lifecycle: undefined, status: undefined, lead: undefined });
    expect(shown(life('sal', { handoffs: [pass()] }), { lifecyclestage: 'marketingqualifiedlead', hs_lead_status: own('CONNECTED', T0) })).toMatchObject({ lifecycle: undefined, status: undefined });
  });
  test('one that shows another stage is put right; one that shows none stays', () => {
    expect(shown(mql(), { lifecyclestage: own('lead', T0), hs_lead_status: own('OPEN_DEAL', T0) })).toMatchObject({ lifecycle: 'marketingqualifiedlead', status: 'NEW' });
    expect(shown(mql(), { lifecyclestage: 'other_team', hs_lead_status: set('CUSTOM', T0) })).toMatchObject({ lifecycle: undefined, status: undefined });
  });
  test('Lead.Status is written when a handoff opens, not when the rep’s own status says something else meanwhile', () => {
    expect(shown(mql(), {}, { Status: 'Nurturing', Concord_Cycle__c: null }).lead).toBe('Open - Not Contacted');
    expect(shown(mql(), {}, { Status: 'Nurturing' }).lead).toBeUndefined();
    expect(shown(life('mql', { handoffs: [pass({ adopted: true })] }), {}, { Status: 'Nurturing', Concord_Cycle__c: null }).lead).toBeUndefined();
    expect(shown(life('sal', { handoffs: [pass()] }), {}, { Status: 'Nurturing' }).lead).toBeUndefined();
  });
  test('what the CRM does not return is not written (M5)', () => {
    expect(shown(mql(), { lifecyclestage: undefined, hs_lead_status: undefined }, { Status: undefined })).toEqual({ lifecycle: undefined, status: undefined, lead: undefined });
  });
});

describe('what both CRMs show (section 5)', () => {
  test('stage, stamps in whole seconds, why, cycle and the ties between the records (L9, I1)', () => {
    const told = judge(person({ hubspot: { hubspotscore: set(72, NOW - HOUR + 789) }, lead: { Status: 'Open - Not Contacted' } }, life('lead')));
    expect(moves(told)).toEqual(['lead > mql']);
    const stamp = new Date(NOW - HOUR).toISOString();
    for (const [crm, names] of [['hubspot', ['concord_stage', 'concord_stage_at', 'concord_mql_at', 'concord_mql_why', 'concord_cycle']], ['salesforce', ['Concord_Stage__c', 'Concord_Stage_At__c', 'Concord_MQL_At__c', 'Concord_MQL_Why__c', 'Concord_Cycle__c']]] as const) {
      expect(names.map((name) => desiredOn(told, crm, name))).toEqual(['mql', stamp, stamp, expect.stringContaining('at least 60'), 1]);
    }
    expect(desiredOn(told, 'hubspot', 'concord_salesforce_url')).toBe('https://salesforce.example/00Q000000000001AAA');
    expect(desiredOn(told, 'salesforce', 'Concord_HubSpot_Id__c')).toBe('101');
  });
  test('a score that cannot be counted empties nothing (M5)', () => {
    expect(desiredOn(judge(person({ hubspot: { hubspotscore: undefined } }, mql())), 'hubspot', 'concord_score')).toBeUndefined();
    expect(desiredOn(judge(person({ hubspot: { hubspotscore: null } }, mql())), 'hubspot', 'concord_score')).toBeNull();
  });
});

describe('what is made to fit, and what it is called', () => {
  test('Concord’s own explanation fits its field, and shows that it was cut; nobody else’s words are (M3)', () => {
    const of = agreed((settings) => {
      const stage = settings.stages.find((each) => each.id === 'mql');
      if (stage !== undefined) stage.when = { any: Array.from({ length: 12 }, (_, index) => ({ field: 'hubspot.jobtitle', contains: `a very long job title ${index % 2 === 0 ? 'of a director' : 'of a president'}`.slice(0, 20 + index) })) };
    });
    const why = desiredOn(judge(person({ hubspot: { jobtitle: 'a very long job title of a director' } }, life('lead'), of), of), 'hubspot', 'concord_mql_why');
    expect(typeof why === 'string' && why.length).toBe(255);
    expect(why).toMatch(/…$/);
  });
  test('what is missing is called by the agreement’s language, by English where it has no word, else by its id (L6)', () => {
    const named = (label: Record<string, string> | undefined): unknown => {
      const of = agreed((settings) => {
        const field = settings.fields.find((each) => each.id === 'country');
        if (field === undefined) throw new Error('no country');
        if (label === undefined) delete field.label;
        else field.label = label as NonNullable<typeof field.label>;
        settings.company.language = 'es';
      });
      return desiredOn(judge(person({ hubspot: { hubspotscore: 80, country: null } }, life('lead'), of), of), 'hubspot', 'concord_mql_missing');
    };
    expect([named({ en: 'Country', es: 'País' }), named({ en: 'Country' }), named(undefined)]).toEqual(['País', 'Country', 'country']);
  });
  test('the other record gets the contact’s id only once the former one has let it go: it is unique (I4)', () => {
    const former = record('salesforce', 'lead', { Status: 'Open - Not Contacted', Email: 'ana@cliente.example', Concord_HubSpot_Id__c: '101' }, { id: '00Q000000000002AAA', createdAt: NOW - DAY });
    const told = (fields: FieldsTold): ReturnType<typeof judge> => judge(person({ lead: { Status: 'Open - Not Contacted', Concord_Cycle__c: 1 }, leads: [record('salesforce', 'lead', { Email: 'ana@cliente.example', ...fields }, { id: former.ref.id })], pins: { hubspot: '101', salesforce: { object: 'lead', id: '00Q000000000001AAA' } } }, mql()));
    const both = told({ Status: 'Open - Not Contacted', Concord_HubSpot_Id__c: '101' });
    const idOn = (of: ReturnType<typeof judge>, id: string): unknown => of.desired.find((each) => each.record?.ref.id === id)?.fields.get('Concord_HubSpot_Id__c')?.value;
    expect([idOn(both, former.ref.id), idOn(both, '00Q000000000001AAA'), both.nextAt]).toEqual([null, undefined, NOW]);
    const after = told({ Status: 'Open - Not Contacted', Concord_HubSpot_Id__c: null });
    expect([idOn(after, former.ref.id), idOn(after, '00Q000000000001AAA')]).toEqual([undefined, '101']);
  });
  test.each([
    ['by a workflow', { id: 'workflow 12', source: 'AUTOMATION_PLATFORM' }, 'AUTOMATION_PLATFORM'],
    ['by a named user of another system', { id: '9', name: 'Company sync' }, 'Company sync'],
    ['by an id', { id: '9' }, '9'],
    ['by nobody that HubSpot names', {}, null],
  ])('a stage put back says whose value it was: %s (L3)', (_, by, told) => {
    const { drift } = judge(person({ hubspot: { lifecyclestage: set('customer', NOW - HOUR, by) }, lead: { Status: 'Open - Not Contacted', Concord_Cycle__c: 1 } }, mql()));
    expect(drift).toMatchObject([{ found: 'customer', by: told, outcome: 'restored' }]);
  });
});

describe('a new pass starts clean (F5)', () => {
  const answer = { at: T0, crm: 'salesforce' as const, record: 'salesforce:lead:00Q000000000001AAA', by: { name: 'Rita Rep' }, reason: 'timing', words: 'timing', note: 'x', detail: null, route: 'recycle' as const, recycleOn: '2026-11-20', counted: true };
  const recycled = life('recycled', { handoffs: [pass({ closedAt: T0, closedAs: 'rejected', rejection: answer })], rejectionCount: 1, lastAnswer: { at: T0, said: ['salesforce:lead:00Q000000000001AAA reject timing'] }, block: { at: T0, cause: 'rejection', route: 'recycle', until: '2026-11-20', held: [] } });
  const lead: FieldsTold = { Status: set('Closed - Not Converted', T0), Concord_Rejection_Reason__c: set('timing', T0), Concord_Rejection_Note__c: set('x', T0), Concord_Recycle_On__c: own('2026-11-20', T0), Concord_Route__c: 'recycle', Concord_Cycle__c: 1, Concord_Rejection_Count__c: 1 };
  const hubspot: FieldsTold = { hubspotscore: 90, hs_lead_status: own('BAD_TIMING', T0), concord_rejection_reason: own('timing', T0), concord_rejection_note: own('x', T0), concord_route: 'recycle' };
  const made = planned(person({ hubspot, lead }, recycled));

  test('one write per record reopens the status and clears the rep’s fields together, in both CRMs', () => {
    expect(made.writes).toHaveLength(2);
    expect(writtenOn(made, 'salesforce')).toMatchObject({ Status: 'Open - Not Contacted', Concord_Rejection_Reason__c: null, Concord_Rejection_Note__c: null, Concord_Recycle_On__c: null, Concord_Route__c: null, Concord_Cycle__c: 2 });
    expect(writtenOn(made, 'hubspot')).toMatchObject({ hs_lead_status: 'NEW', concord_rejection_reason: null, concord_rejection_note: null, concord_route: null });
    const together = made.writes.flatMap((write) => write.changes).filter((change) => change.together === true).map((change) => change.field);
    expect(together.sort()).toEqual(['Concord_Rejection_Note__c', 'Concord_Rejection_Reason__c', 'Status', 'concord_rejection_note', 'concord_rejection_reason', 'hs_lead_status']);
  });
  test('the old answer stays in history and in the count', () => {
    const told = judge(person({ hubspot, lead }, recycled));
    expect(told.state.handoffs[0]?.rejection).toEqual(answer);
    expect(desiredOn(told, 'salesforce', 'Concord_Rejection_Count__c')).toBe(1);
  });
  test('what a rep writes after the pass began is the rep’s', () => {
    const second = { ...recycled, stage: 'mql' as const, block: null, handoffs: [...recycled.handoffs, pass({ cycle: 2, openedAt: NOW - HOUR })] };
    expect(desiredOn(judge(person({ hubspot, lead: { ...lead, Status: own('Open - Not Contacted', NOW - HOUR), Concord_Cycle__c: 2, Concord_Rejection_Note__c: set('calling tomorrow', NOW) } }, second)), 'salesforce', 'Concord_Rejection_Note__c')).toBeUndefined();
  });
  test('an answer that stands is written to the other CRM only: the rep’s own words stay as they are (F1)', () => {
    const told = judge(person({ hubspot: { lifecyclestage: 'lead' }, lead: { ...lead, Concord_Rejection_Reason__c: set('Mal momento', T0) } }, { ...recycled, block: { ...(recycled.block as NonNullable<PersonState['block']>), until: '2027-11-20' } }));
    expect(desiredOn(told, 'salesforce', 'Concord_Rejection_Reason__c')).toBeUndefined();
    expect(desiredOn(told, 'hubspot', 'concord_rejection_reason')).toBe('timing');
  });
});

describe('what is created (W1, I5, I2)', () => {
  const ready: FieldsTold = { hubspotscore: 80 };
  test('a lead at a handoff, with its status and the agreement’s defaults', () => {
    const told = judge(person({ hubspot: ready }));
    expect(told.desired.map((each) => [each.crm, each.object, each.record === null])).toEqual([['hubspot', 'contact', false], ['salesforce', 'lead', true]]);
    expect(desiredOn(told, 'salesforce', 'Status')).toBe('Open - Not Contacted');
    expect(desiredOn(told, 'salesforce', 'LeadSource')).toBe('Web');
    expect(judge(person({ hubspot: { num_conversion_events: 1 } })).desired).toHaveLength(1);
  });
  test('contact_if_account: a contact in the account that matches; without one, or while nobody has looked, a lead', () => {
    const of = agreed((settings) => void (settings.handoff.creates = 'contact_if_account'));
    const made = (account: string | null | undefined): (string | null | undefined)[] => {
      const told = judge({ ...person({ hubspot: ready }, null, of), ...(account === undefined ? {} : { account }) }, of);
      const created = told.desired.find((each) => each.record === null);
      return [created?.object, ...['AccountId', 'Status', 'Company', 'LastName'].map((name) => created?.fields.get(name)?.value as string | undefined)];
    };
    expect(made('001A')).toEqual(['contact', '001A', undefined, undefined, 'Paz']);
    expect(made(null)).toEqual(['lead', undefined, 'Open - Not Contacted', 'Cliente SA', 'Paz']);
    expect(made(undefined)).toEqual(made(null));
  });
  test('a contact in HubSpot for a lead that only Salesforce has', () => {
    const told = judge(person({ hubspot: null, lead: { Status: 'Open - Not Contacted' } }));
    expect(desiredOn(told, 'hubspot', 'email')).toBe('ana@cliente.example');
    expect(desiredOn(told, 'hubspot', 'lifecyclestage')).toBe('lead');
  });
  test.each([
    ['where a record was deleted (I5)', person({ hubspot: ready, gone: [{ crm: 'salesforce', object: 'lead', id: '00Q1' }] }), undefined],
    ['alongside HubSpot’s own integration', person({ hubspot: ready }), agreed((settings) => void (settings.mode = 'alongside'))],
    ['where the agreement creates nothing', person({ hubspot: ready }), agreed((settings) => void (settings.handoff.creates = 'nothing'))],
    ['where a converted lead’s contact is out of sight (I2)', person({ hubspot: ready, leads: [record('salesforce', 'lead', {}, { conversion: { contactId: '003X' } })] }), undefined],
  ])('nothing %s', (_, input, of) => {
    expect(judge(input, of).desired.filter((each) => each.record === null)).toEqual([]);
  });
  test('a deletion is remembered: later runs recreate nothing either (I5)', () => {
    const first = judge(person({ hubspot: ready, gone: [{ crm: 'salesforce', object: 'lead', id: '00Q1' }] }));
    expect(first.state.ended).toEqual(['salesforce']);
    expect(judge(person({ hubspot: ready }, first.state)).desired.filter((each) => each.record === null)).toEqual([]);
  });
  describe('the link to what was deleted (I5)', () => {
    const url = 'https://salesforce.example/00Q1';
    const linked = { ...ready, concord_salesforce_url: url };
    const gone = [{ crm: 'salesforce' as const, object: 'lead' as const, id: '00Q1' }];
    const shown = (input: Parameters<typeof judge>[0]): unknown => desiredOn(judge(input), 'hubspot', 'concord_salesforce_url');
    test('says so, in this run and later ones', () => {
      const first = judge(person({ hubspot: linked, gone }));
      expect(first.state.endedAt).toEqual({ salesforce: NOW });
      expect(desiredOn(first, 'hubspot', 'concord_salesforce_url')).toBe('deleted');
      expect(shown(person({ hubspot: { ...ready, concord_salesforce_url: 'deleted' } }, first.state))).toBe('deleted');
    });
    test.each([
      ['where there never was one', person({ hubspot: { ...ready, concord_salesforce_url: null }, gone })],
      ['where it is not returned (M5)', person({ hubspot: { ...ready, concord_salesforce_url: undefined }, gone })],
      ['where nobody saw the deletion: a hidden record looks the same (M5, L7)', person({ adopting: true, hubspot: { ...linked, concord_stage: 'mql', concord_stage_at: new Date(T0).toISOString(), concord_cycle: 1 } })],
      ['of a converted lead whose contact is out of sight (I2)', person({ hubspot: linked, leads: [record('salesforce', 'lead', {}, { conversion: { contactId: '003X' } })] })],
    ])('is left alone %s', (_, input) => {
      expect(shown(input)).toBeUndefined();
    });
    test('and is a link again once there is a record', () => {
      const { state } = judge(person({ hubspot: linked, gone }));
      expect(shown(person({ hubspot: { ...ready, concord_salesforce_url: 'deleted' }, lead: { Status: 'Open - Not Contacted' } }, state))).toBe('https://salesforce.example/00Q000000000001AAA');
    });
  });
  test('a workflow’s value on a contact does not become Concord’s by being created from (L3)', () => {
    expect(judge(person({ hubspot: { lifecyclestage: automated('customer', T0) } })).desired).toEqual([]);
  });
});

describe('a lead that stands closed beside a stage of sales (F6, L7)', () => {
  const status = (more: Partial<Handoff>): unknown => desiredOn(judge(person({ lead: { Status: own('Closed - Not Converted', T0), Concord_Cycle__c: 1 } }, life('sal', { handoffs: [pass({ acceptedAt: T0, ...more })] }))), 'salesforce', 'Status');
  test('is opened where sales took its “no” back', () => {
    expect(status({})).toBe('Working - Contacted');
  });
  test('stays as adoption found it', () => {
    expect(status({ adopted: true })).toBeUndefined();
  });
});

describe('the record type of what is created (L13)', () => {
  const made = (creates: 'lead' | 'contact'): Record<string, unknown> => {
    const of = agreed((settings) => {
      settings.handoff.creates = creates;
      settings.handoff.lead_defaults = { RecordTypeId: 'Partner', LeadSource: 'Web' };
      settings.lead_record_types = [{ name: 'Partner', rejects: ['Declined'], stages: { mql: { lead_status: 'Received', also: [] } } }];
    });
    const told = judge(person({ hubspot: { lifecyclestage: set('marketingqualifiedlead', NOW - HOUR) } }, life('lead'), of), of);
    const record = told.desired.find((each) => each.crm === 'salesforce' && each.record === null);
    return Object.fromEntries([...(record?.fields ?? [])].filter(([name]) => ['RecordTypeId', 'LeadSource', 'Status'].includes(name)).map(([name, field]) => [name, field.value]));
  };
  test('a lead gets the one that the agreement gives, and its status', () => {
    expect(made('lead')).toEqual({ RecordTypeId: 'Partner', LeadSource: 'Web', Status: 'Received' });
  });
  test('a contact does not: it is one of Lead’s', () => {
    expect(made('contact')).toEqual({ LeadSource: 'Web' });
  });
});

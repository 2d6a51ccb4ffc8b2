import { problem } from '../../src/domain/problem';
import type { RecordRef } from '../../src/domain/record';
import { openStore } from '../../src/store';
import type { DeadLetter, Hold, Store } from '../../src/store/port';
import { describeWith, POSTGRES } from '../support/skips';
import { postgresDatabases, sqliteDatabases } from './databases';
import type { Databases } from './databases';
import { contact, entry, handoff, NOW, person, salesforce, staged, transition } from './samples';

describe('the store’s contract on SQLite', () => contract('sqlite', sqliteDatabases()));
describeWith(POSTGRES, 'the store’s contract on PostgreSQL', () => contract('postgres', postgresDatabases()));

function contract(kind: Store['kind'], databases: Databases): void {
  let store: Store;

  beforeAll(() => databases.start());
  afterAll(() => databases.stop());
  beforeEach(async () => {
    store = await openStore(databases.newAddress());
  });
  afterEach(() => store.close());

  const put = (work: Parameters<Store['transaction']>[1]): Promise<unknown> => store.transaction(null, work);
  const ids = (records: { ref: RecordRef }[]): string[] => records.map((record) => `${record.ref.object} ${record.ref.id}`).sort();

  it('says which database it is', async () => {
    expect(store.kind).toBe(kind);
  });

  describe('mirror', () => {
    it('gives back a record as it was put, members that are absent included', async () => {
      const full = salesforce('contact', '003A', {
        fields: { Email: 'Ana@Example.com', Score__c: 71.5, Optout: false, Empty__c: null, At__c: '2026-11-22T09:00:00.000Z', Tilde__c: '~x', Day__c: '2026-11-22' },
        emails: ['Ana@Example.com', 'other@example.com'],
        aliases: ['003B'],
        carries: { hubspotContact: '77' },
        modifiedBy: { id: '005', source: 'UI' },
        gone: { how: 'merged', into: '003C' },
        owner: { id: '00G', kind: 'queue', name: 'West' },
        accountId: '001',
        conversion: { contactId: '003X', accountId: null, opportunityId: '006', on: '2026-11-01' },
        opportunity: { name: 'Deal', accountId: '001', stageName: 'Won', isClosed: true, isWon: true, amount: 10, currency: 'USD', closeDate: null, type: null },
        role: { opportunityId: '006', contactId: '003A', name: null, isPrimary: true },
        consent: { emailOptOut: true, doNotCall: false },
        personId: 'p1',
        since: { Email: { at: 5 }, Score__c: { at: 7, own: true }, Optout: { at: 9, first: true }, Day__c: { at: 1, own: true, first: true, by: { name: 'Rep' } } },
        written: { Email: 'Ana@Example.com', Score__c: 70, Gone__c: null, Empty__c: null },
      });
      const bare = contact('1', { fields: {}, emails: [], owner: null, accountId: null });
      await put((tx) => tx.putRecords([full, bare]));

      expect(await store.records([full.ref, bare.ref])).toEqual(expect.arrayContaining([full, bare]));
      expect(await store.records([{ crm: 'hubspot', object: 'contact', id: 'none' }])).toEqual([]);
    });

    it('keeps the last of two versions and forgets keys the new one does not have', async () => {
      await put((tx) => tx.putRecords([contact('1', { emails: ['old@example.com'] })]));
      await put((tx) => tx.putRecords([contact('1', { emails: ['first@example.com'] }), contact('1', { emails: ['new@example.com'], personId: 'p9' })]));

      expect(await store.recordsByKeys([{ kind: 'email', value: 'old@example.com' }])).toEqual([]);
      expect(await store.recordsByKeys([{ kind: 'email', value: 'first@example.com' }])).toEqual([]);
      expect((await store.recordsByKeys([{ kind: 'email', value: 'new@example.com' }]))[0]?.personId).toBe('p9');
    });

    it('I1, I2, I3: finds records by e-mail, own id, merged id, carried id and the contact a lead became; each once', async () => {
      await put((tx) =>
        tx.putRecords([
          contact('1', { emails: [' Ana@Example.com '], aliases: ['2'], carries: { salesforceLead: '00Q1', salesforceContact: '0031' } }),
          salesforce('lead', '00Q1', { emails: ['ana@example.com'], carries: { hubspotContact: '1' }, conversion: { contactId: '0031', accountId: null, opportunityId: null, on: null } }),
          salesforce('contact', '0031'),
          contact('5'),
        ]),
      );
      const by = async (kind: Parameters<Store['recordsByKeys']>[0][number]['kind'], value: string): Promise<string[]> => ids(await store.recordsByKeys([{ kind, value }]));

      expect(await by('email', 'ANA@example.com')).toEqual(['contact 1', 'lead 00Q1']);
      expect(await by('hubspot_contact', '2')).toEqual(['contact 1']);
      expect(await by('hubspot_contact', '1')).toEqual(['contact 1', 'lead 00Q1']);
      expect(await by('salesforce_lead', '00Q1')).toEqual(['contact 1', 'lead 00Q1']);
      expect(await by('salesforce_contact', '0031')).toEqual(['contact 0031', 'contact 1', 'lead 00Q1']);
      expect(ids(await store.recordsByKeys([{ kind: 'email', value: 'ana@example.com' }, { kind: 'hubspot_contact', value: '1' }]))).toEqual(['contact 1', 'lead 00Q1']);
    });

    it('I7: finds roles, opportunities and contacts by what they belong to', async () => {
      const role = (id: string, opportunityId: string, contactId: string) => salesforce('role', id, { role: { opportunityId, contactId, name: null, isPrimary: false } });
      await put((tx) =>
        tx.putRecords([
          role('00K1', '0061', '0031'),
          role('00K2', '0062', '0031'),
          role('00K3', '0061', '0032'),
          salesforce('opportunity', '0061', { accountId: '0011' }),
          salesforce('contact', '0031', { accountId: '0011', personId: 'p1' }),
          salesforce('contact', '0032', { accountId: null }),
          salesforce('lead', '00Q1', { personId: 'p1', conversion: { contactId: null, accountId: '0011', opportunityId: '0061', on: null } }),
        ]),
      );

      expect(ids(await store.rolesOfContacts(['0031']))).toEqual(['role 00K1', 'role 00K2']);
      expect(ids(await store.rolesOfOpportunities(['0061', '0061']))).toEqual(['role 00K1', 'role 00K3']);
      expect(ids(await store.leadsOfOpportunities(['0061']))).toEqual(['lead 00Q1']);
      expect(ids(await store.opportunitiesOfAccounts(['0011']))).toEqual(['opportunity 0061']);
      expect(ids(await store.contactsOfAccounts(['0011', '0012']))).toEqual(['contact 0031']);
      expect(ids(await store.recordsOfPeople(['p1']))).toEqual(['contact 0031', 'lead 00Q1']);
      expect(await store.rolesOfContacts([])).toEqual([]);
    });

    it('leaves out what the caller has, and finds whoever else has the key', async () => {
      const [one, other] = [contact('1', { emails: ['same@example.com'], personId: 'p1' }), salesforce('lead', '00Q1', { emails: ['same@example.com'], personId: 'p1', carries: { hubspotContact: '1' } })];
      await put((tx) => tx.putRecords([one, other]));
      const known = new Set(['hubspot:contact:1']);

      expect(ids(await store.recordsByKeys([{ kind: 'email', value: 'same@example.com' }], known))).toEqual(['lead 00Q1']);
      expect(ids(await store.recordsByKeys([{ kind: 'hubspot_contact', value: '1' }], known))).toEqual(['lead 00Q1']);
      expect(ids(await store.recordsOfPeople(['p1'], known))).toEqual(['lead 00Q1']);
      expect(ids(await store.recordsOfPeople(['p1']))).toEqual(['contact 1', 'lead 00Q1']);
    });

    it('an edit that leaves the e-mail alone keeps its key, and one that brings it back finds it again', async () => {
      const email = { kind: 'email' as const, value: 'p1@example.com' };
      await put((tx) => tx.putRecords([contact('1')]));
      await put((tx) => tx.putRecords([contact('1', { fields: { lifecyclestage: 'customer' }, personId: 'p1' })]));
      expect(ids(await store.recordsByKeys([email]))).toEqual(['contact 1']);
      await put((tx) => tx.putRecords([contact('1', { emails: [] })]));
      expect(await store.recordsByKeys([email])).toEqual([]);
      await put((tx) => tx.putRecords([contact('1', { emails: ['P1@example.com '] })]));
      expect(ids(await store.recordsByKeys([email]))).toEqual(['contact 1']);
    });

    it('F7: names whoever has a record that opted out or must not be called, and whoever’s history speaks of suppression', async () => {
      const suppressed = { handoffs: [{ cycle: 1, rejection: { route: 'suppress' } }, { cycle: 2, rejection: null }] };
      await put(async (tx) => {
        await tx.putPeople([person('free'), person('out'), person('silent'), person('suppressed', { state: suppressed }), person('other', { state: suppressed })]);
        await tx.putRecords([
          contact('1', { personId: 'free', consent: { emailOptOut: false, doNotCall: false } }),
          contact('2', { personId: 'free', consent: {} }),
          contact('3', { personId: 'out', consent: { emailOptOut: true } }),
          contact('4', { personId: 'silent', consent: { emailOptOut: false, doNotCall: true } }),
          contact('5', { personId: 'silent', consent: {} }),
        ]);
      });

      expect((await store.mayTighten(['free', 'out', 'silent', 'suppressed', 'nobody'])).sort()).toEqual(['out', 'silent', 'suppressed']);
      await put((tx) => tx.putRecords([contact('3', { personId: 'out', consent: { emailOptOut: false } })]));
      expect(await store.mayTighten(['out'])).toEqual([]);
    });

    it('pages by id and deletes with its keys', async () => {
      await put((tx) => tx.putRecords([...Array(25)].map((_, n) => contact(String(n + 100)))));
      const seen: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: { ref: RecordRef }[] = await store.pageRecords('hubspot', 'contact', after, 10);
        if (page.length === 0) break;
        seen.push(...page.map((record) => record.ref.id));
        after = page[page.length - 1]?.ref.id ?? null;
      }
      expect(seen).toEqual([...Array(25)].map((_, n) => String(n + 100)));

      await put((tx) => tx.deleteRecords([{ crm: 'hubspot', object: 'contact', id: '103' }]));
      expect(await store.recordsByKeys([{ kind: 'email', value: 'p103@example.com' }, { kind: 'hubspot_contact', value: '103' }])).toEqual([]);
      expect(await store.pageRecords('hubspot', 'contact', null, 99)).toHaveLength(24);
    });

    it('takes thousands of records and ids in one call', async () => {
      const many = [...Array(3000)].map((_, n) => contact(String(n)));
      await put((tx) => tx.putRecords(many));
      expect(await store.records(many.map((record) => record.ref))).toHaveLength(3000);
      expect(await store.recordsByKeys(many.map((record) => ({ kind: 'email', value: record.emails[0] ?? '' })))).toHaveLength(3000);
    });

    it('two processes name new fields at once and understand each other’s rows', async () => {
      const address = databases.newAddress();
      const [one, other] = await Promise.all([openStore(address), openStore(address)]);
      await one.transaction(null, (tx) => tx.putRecords([contact('1', { fields: { a_field: 1, shared: 2 } })]));
      await other.transaction(null, (tx) => tx.putRecords([contact('2', { fields: { b_field: 3, shared: 4 } })]));
      await one.transaction(null, (tx) => tx.putRecords([contact('3', { fields: { c_field: 5, b_field: 6 } })]));

      for (const each of [one, other]) expect((await each.pageRecords('hubspot', 'contact', null, 9)).map((record) => record.fields)).toEqual([{ a_field: 1, shared: 2 }, { b_field: 3, shared: 4 }, { c_field: 5, b_field: 6 }]);
      await Promise.all([one.close(), other.close()]);
    });
  });

  describe('people', () => {
    it('gives back people, transitions and handoffs as they were put', async () => {
      const full = person('p1', {
        hubspotId: '1',
        salesforceObject: 'lead',
        salesforceId: '00Q',
        stage: 'mql',
        stageAt: NOW,
        cycle: 2,
        inScope: false,
        shownHubspot: 'lead',
        shownSalesforce: 'mql',
        disagreement: 'pending',
        held: 'why',
        missing: 'company;country',
        nextAt: NOW + 1,
        state: { stage: 'mql', handoffs: [{ cycle: 1, rejection: null }], '~odd': '"stage":', agreed: { email: 'a"stageAt":' } },
        notes: { candidates: ['x'], stage: null },
      });
      const steps = [transition('p1'), transition('p1', { from: null, to: 'sal', run: 'run-2', skipped: true })];
      const passes = [handoff('p1', 1), handoff('p1', 2, { note: 'n', reason: 'no_budget', crm: 'salesforce', adopted: true, closedAt: 5 })];
      await put(async (tx) => {
        await tx.putPeople([full, person('p2', { state: ['"~a":'] })]);
        await tx.addTransitions([...steps, transition('p2')]);
        await tx.putHandoffs([...passes, handoff('p2', 1)]);
      });
      await put((tx) => tx.putHandoffs([{ ...(passes[0] as (typeof passes)[0]), acceptedAt: 9 }]));

      expect(await store.people(['p1', 'p2', 'p3'])).toEqual([full, person('p2', { state: ['"~a":'] })]);
      expect(await store.transitions('p1')).toEqual(steps);
      expect(await store.handoffs('p1')).toEqual([{ ...passes[0], acceptedAt: 9 }, passes[1]]);
      expect((await store.transitionsOfPeople(['p1', 'p2'])).map((row) => row.personId)).toEqual(['p1', 'p1', 'p2']);
      expect((await store.handoffsOfPeople(['p2', 'p1'])).map((row) => [row.personId, row.cycle])).toEqual([['p1', 1], ['p1', 2], ['p2', 1]]);
      expect((await store.pagePeople('p1', 5)).map((row) => row.id)).toEqual(['p2']);
      expect((await store.disagreements(null, 5)).map((row) => row.id)).toEqual(['p1']);
      expect(await store.disagreements('p1', 5)).toEqual([]);
    });

    it('lists who is due by id, few or many', async () => {
      await put((tx) => tx.putPeople([person('c', { nextAt: 5 }), person('a', { nextAt: 10 }), person('b', { nextAt: 11 }), person('d')]));
      expect(await store.duePeople(10, null, 9)).toEqual(['a', 'c']);
      expect(await store.duePeople(10, 'a', 9)).toEqual(['c']);
      expect(await store.duePeople(10, null, 1)).toEqual(['a']);
      expect(await store.duePeople(4, null, 9)).toEqual([]);

      await put((tx) => tx.putPeople([...Array(6000)].map((_, n) => person(`m${String(n).padStart(5, '0')}`, { nextAt: n % 2 === 0 ? 7 : 70 }))));
      await put((tx) => tx.putPeople([...Array(6000)].map((_, n) => person(`n${String(n).padStart(5, '0')}`, { nextAt: n % 10 === 0 ? 70 : 7 }))));
      const seen: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: string[] = await store.duePeople(10, after, 1000);
        if (page.length === 0) break;
        seen.push(...page);
        after = page[page.length - 1] ?? null;
      }
      expect(seen).toHaveLength(2 + 3000 + 5400);
      expect([...seen].sort()).toEqual(seen);
    });

    it('takes down what writing changed, the history only where it is given, and of those who are there only', async () => {
      const before = person('p1', { stage: 'mql', shownHubspot: 'lead', disagreement: 'pending', hubspotId: '1', state: { agreed: {} }, nextAt: 7 });
      await put((tx) => tx.putPeople([before, person('p2', { state: { agreed: {} } })]));
      const patch = { hubspotId: '1', salesforceObject: 'lead' as const, salesforceId: '00Q1', shownHubspot: 'mql', shownSalesforce: 'mql', disagreement: null };
      await put((tx) => tx.patchPeople([{ id: 'p1', ...patch }, { id: 'p2', ...patch, state: { agreed: { phone: '5' } } }, { id: 'gone', ...patch }]));

      const [one, two] = (await store.people(['p1', 'p2'])).sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(one).toEqual({ ...before, ...patch });
      expect(two).toMatchObject({ ...patch, state: { agreed: { phone: '5' } } });
      expect(await store.countPeople()).toBe(2);
      expect(await store.parity()).toEqual([
        { stage: 'mql', people: 1, hubspot: 2, salesforce: 2, disagree: 0 },
        { stage: 'none', people: 1, hubspot: 0, salesforce: 0, disagree: 0 },
      ]);
    });

    it('deletes a person with transitions, handoffs and queue, and leaves the journal and the records', async () => {
      await put(async (tx) => {
        await tx.putPeople([person('p1'), person('p2')]);
        await tx.putRecords([contact('1', { personId: 'p1' })]);
        await tx.addTransitions([transition('p1')]);
        await tx.putHandoffs([handoff('p1', 1)]);
        await tx.enqueue(['p1', 'p2'], 'changed', NOW);
        await tx.intend([entry('e1')]);
      });
      await put((tx) => tx.deletePeople(['p1']));

      expect(await store.people(['p1'])).toEqual([]);
      expect(await store.countPeople()).toBe(1);
      expect(await store.transitions('p1')).toEqual([]);
      expect(await store.handoffs('p1')).toEqual([]);
      expect((await store.queue(null, 9)).map((row) => row.personId)).toEqual(['p2']);
      expect((await store.records([{ crm: 'hubspot', object: 'contact', id: '1' }]))[0]?.personId).toBeNull();
      expect(await store.journalOfPerson('p1', 9)).toHaveLength(1);
    });

    it('I3: joins the histories of merged people', async () => {
      await put(async (tx) => {
        await tx.putPeople([person('p1'), person('p2')]);
        await tx.addTransitions([transition('p1'), transition('p2')]);
        await tx.putHandoffs([handoff('p1', 1, { note: 'stays' }), handoff('p2', 1, { note: 'same cycle' }), handoff('p2', 2)]);
        await tx.intend([entry('e1', { personId: 'p2' })]);
        await tx.mergePeople('p1', ['p2', 'p1']);
        await tx.deletePeople(['p2']);
      });

      expect(await store.transitions('p1')).toHaveLength(2);
      expect((await store.handoffs('p1')).map((row) => [row.cycle, row.note])).toEqual([[1, 'stays'], [2, null]]);
      expect(await store.journalOfPerson('p1', 9)).toHaveLength(1);
      expect(await store.handoffs('p2')).toEqual([]);
    });

    it('W11: counts by stage what is decided and shown, and whoever disagrees has a place in it', async () => {
      await put((tx) =>
        tx.putPeople([
          person('p1', { stage: 'mql', shownHubspot: 'mql', shownSalesforce: 'mql' }),
          person('p2', { stage: 'mql', shownHubspot: 'lead', disagreement: 'pending' }),
          person('p3', { stage: 'lead', shownHubspot: 'lead', inScope: false }),
          person('p4', { stage: 'lead', shownHubspot: 'lead', inScope: false, disagreement: 'outside scope' }),
          person('p5'),
        ]),
      );
      expect(await store.parity()).toEqual([
        { stage: 'lead', people: 0, hubspot: 2, salesforce: 0, disagree: 1 },
        { stage: 'mql', people: 2, hubspot: 1, salesforce: 1, disagree: 1 },
        { stage: 'none', people: 1, hubspot: 0, salesforce: 0, disagree: 0 },
      ]);
      expect(await store.countPeople()).toBe(5);
    });
  });

  it('W8: a person waits once in the queue, since first asked', async () => {
    await put((tx) => tx.enqueue(['b', 'a', 'a'], 'changed', 100));
    await put((tx) => tx.enqueue(['a', 'c'], 'clock', 50));
    await put((tx) => tx.enqueue(['b'], 'pending', 500));
    await put((tx) => tx.enqueue(['b', 'c'], 'clock', 50));
    await put((tx) => tx.enqueue(['b'], 'pending', 500));

    expect(await store.queue(null, 9)).toEqual([
      { personId: 'a', reason: 'clock', since: 50 },
      { personId: 'b', reason: 'pending', since: 50 },
      { personId: 'c', reason: 'clock', since: 50 },
    ]);
    expect((await store.queue('a', 1)).map((row) => row.personId)).toEqual(['b']);
    await put((tx) => tx.dequeue(['a', 'zz']));
    expect(await store.queueLength()).toBe(2);
  });

  describe('lists that people look through', () => {
    const rowsOf = (list: { personId: string; cycle: number }[]): string[] => list.map((row) => `${row.personId} ${row.cycle}`);

    it('people at a stage, and those who wait for a person, by id in pages; counted up to a limit', async () => {
      await put((tx) => tx.putPeople([
        person('p1', { stage: 'mql', held: 'two contacts claim it', disagreement: 'held' }),
        person('p2', { stage: 'mql', missing: 'company;country' }),
        person('p3', { stage: 'customer', missing: 'company' }),
        person('p4', { disagreement: 'pending' }),
        person('p5', { stage: 'mql' }),
      ]));
      const ids = (list: { id: string }[]): string[] => list.map((row) => row.id);

      expect(ids(await store.peopleOfStage('mql', null, 2))).toEqual(['p1', 'p2']);
      expect(ids(await store.peopleOfStage('mql', 'p2', 2))).toEqual(['p5']);
      expect(ids(await store.peopleOfStage(null, null, 9))).toEqual(['p4']);
      expect(ids(await store.waitingPeople('held', null, 9))).toEqual(['p1']);
      expect(ids(await store.waitingPeople('missing', 'p2', 9))).toEqual(['p3']);
      expect([await store.countWaiting('held', 9), await store.countWaiting('missing', 9), await store.countWaiting('missing', 1), await store.countWaiting('disagreement', 9), await store.countWaiting('contested', 9)]).toEqual([1, 2, 1, 2, 0]);
      await put((tx) => tx.putPeople([person('p6', { disagreement: 'deleted' }), person('p7', { disagreement: 'deleted' })]));
      expect([ids(await store.waitingPeople('deleted', 'p6', 9)), await store.countWaiting('deleted', 9), await store.countWaiting('deleted', 1)]).toEqual([['p7'], 2, 1]);
      await put((tx) => tx.putPeople([person('p6'), person('p7')]));
      const contested = (personId: string, kind: Hold['kind'], field: string): Omit<Hold, 'id'> => ({ kind, ref: { crm: 'hubspot', object: 'contact', id: personId }, personId, field, value: 'x', run: 'r', because: 'b', createdAt: NOW });
      await put(async (tx) => {
        await tx.putPeople([person('p5', { stage: 'mql' })]);
        await tx.addHolds([contested('p5', 'contested', 'a'), contested('p5', 'contested', 'b'), contested('p1', 'rolled_back', 'a')]);
      });
      expect([ids(await store.waitingPeople('contested', null, 9)), await store.countWaiting('contested', 9), await store.countWaiting('disagreement', 9)]).toEqual([['p5'], 1, 2]);
      expect(await store.waitingPeople('contested', 'p5', 9)).toEqual([]);
      await put((tx) => tx.putPeople([person('p2', { stage: 'sal' })]));
      expect(ids(await store.waitingPeople('missing', null, 9))).toEqual(['p3']);
      expect(ids(await store.peopleOfStage('mql', null, 9))).toEqual(['p1', 'p5']);
    });

    it('S2: handoffs by the deadline of the clock that runs; ties go on where the page before ended', async () => {
      const due = (personId: string, dueAt: number | null, clock = 'answer'): ReturnType<typeof handoff> => handoff(personId, 1, { carriedAt: 1, clock: dueAt === null ? null : clock, sla: dueAt === null ? null : 'on_track', dueAt });
      await put((tx) => tx.putHandoffs([due('p1', NOW + 5), due('p2', NOW), due('p3', NOW), due('p4', null), due('p5', NOW - 5, 'first_touch'), handoff('p6', 1, { acceptedAt: 3, clock: 'book_or_recycle', sla: 'breached', dueAt: NOW - 9 })]));

      expect(rowsOf(await store.handoffsDue({ limit: 9 }))).toEqual(['p6 1', 'p5 1', 'p2 1', 'p3 1', 'p1 1']);
      expect((await store.handoffsDue({ limit: 1 }))[0]).toMatchObject({ clock: 'book_or_recycle', sla: 'breached', dueAt: NOW - 9 });
      expect(rowsOf(await store.handoffsDue({ before: NOW, limit: 9 }))).toEqual(['p6 1', 'p5 1', 'p2 1', 'p3 1']);
      expect(rowsOf(await store.handoffsDue({ from: NOW, limit: 9 }))).toEqual(['p1 1']);
      expect(rowsOf(await store.handoffsDue({ clock: 'answer', limit: 2 }))).toEqual(['p2 1', 'p3 1']);
      expect(rowsOf(await store.handoffsDue({ after: { at: NOW, personId: 'p2', cycle: 1 }, limit: 9 }))).toEqual(['p3 1', 'p1 1']);
      expect(await store.countDue(NOW, 9)).toEqual({ breached: 4, running: 1, unanswered: 5 });
      expect(await store.countDue(NOW, 2)).toEqual({ breached: 2, running: 1, unanswered: 2 });
      // A clock that has stopped takes the handoff off the list.
      await put((tx) => tx.putHandoffs([due('p2', null)]));
      expect(rowsOf(await store.handoffsDue({ clock: 'answer', limit: 9 }))).toEqual(['p3 1', 'p1 1']);
    });

    it('handoffs without an answer, the oldest first; those found at adoption among them', async () => {
      await put((tx) => tx.putHandoffs([handoff('p1', 1, { openedAt: 9 }), handoff('p2', 2, { openedAt: 3, adopted: true }), handoff('p3', 1, { openedAt: 9 }), handoff('p4', 1, { openedAt: 1, acceptedAt: 2 }), handoff('p5', 1, { openedAt: 1, closedAt: 2, closedAs: 'system' })]));

      expect(rowsOf(await store.unansweredHandoffs(null, 2))).toEqual(['p2 2', 'p1 1']);
      expect(rowsOf(await store.unansweredHandoffs({ at: 9, personId: 'p1', cycle: 1 }, 9))).toEqual(['p3 1']);
    });

    it('F4: rejections, the latest first; by reason, or without one', async () => {
      const no = (personId: string, cycle: number, rejectedAt: number, reason: string | null): ReturnType<typeof handoff> => handoff(personId, cycle, { rejectedAt, reason, closedAt: rejectedAt, closedAs: 'rejected' });
      await put((tx) => tx.putHandoffs([no('p1', 1, 5, 'timing'), no('p1', 2, 9, null), no('p2', 1, 9, 'timing'), handoff('p3', 1)]));

      expect(rowsOf(await store.rejections({ limit: 9 }))).toEqual(['p2 1', 'p1 2', 'p1 1']);
      expect(rowsOf(await store.rejections({ before: { at: 9, personId: 'p2', cycle: 1 }, limit: 9 }))).toEqual(['p1 2', 'p1 1']);
      expect(rowsOf(await store.rejections({ reason: 'timing', limit: 1 }))).toEqual(['p2 1']);
      expect(rowsOf(await store.rejections({ reason: null, limit: 9 }))).toEqual(['p1 2']);
    });

    it('W5: open dead letters by root cause, the largest first, with one of them', async () => {
      const letter = (recordId: string, field: string | null, code: 'invalid_option' | 'validation_rule', at: number, vendorCode?: string): Parameters<Parameters<Parameters<Store['transaction']>[1]>[0]['putDeadLetters']>[0][number] => ({ crm: 'salesforce', object: 'lead', recordId, personId: 'p1', field, value: 'v', problem: problem(code, 'salesforce', vendorCode === undefined ? {} : { vendorCode }), lastRun: 'run-1', lastTriedAt: at });
      await put((tx) => tx.putDeadLetters([letter('1', 'Country', 'invalid_option', 1), letter('2', 'Country', 'invalid_option', 7), letter('3', 'Status', 'invalid_option', 2), letter('4', 'Country', 'validation_rule', 3, 'FIELD_CUSTOM'), letter('5', null, 'validation_rule', 3, 'FIELD_CUSTOM')]));
      const causes = await store.deadLetterCauses(9);

      expect(causes.map((each) => [each.cause, each.letters])).toEqual([
        ['salesforce lead Country invalid_option', 2],
        ['salesforce lead * validation_rule FIELD_CUSTOM', 1],
        ['salesforce lead Country validation_rule FIELD_CUSTOM', 1],
        ['salesforce lead Status invalid_option', 1],
      ]);
      expect(causes[0]).toMatchObject({ oldestAt: 1, latestAt: 7, sample: { field: 'Country', problem: { code: 'invalid_option' } } });
      const letters = await store.deadLetters({ state: 'open', cause: 'salesforce lead Country invalid_option', limit: 9 });
      expect(letters.map((each) => each.recordId).sort()).toEqual(['1', '2']);
      expect(await store.deadLetters({ state: 'open', cause: 'salesforce lead Country invalid_option', afterId: letters[0]?.id ?? '', limit: 9 })).toEqual([letters[1]]);
      await put((tx) => tx.setDeadLetterState(letters.map((each) => each.id), 'retry'));
      expect((await store.deadLetterCauses(9)).map((each) => each.letters)).toEqual([1, 1, 1]);
      expect(await store.deadLetterCauses(1)).toHaveLength(1);
    });

    it('W12: holds of a kind in pages', async () => {
      const hold = (field: string, kind: Hold['kind'] = 'contested'): Omit<Hold, 'id'> => ({ kind, ref: { crm: 'salesforce', object: 'lead', id: '1' }, personId: 'p1', field, value: null, run: 'run-1', because: 'b', createdAt: NOW });
      await put((tx) => tx.addHolds([hold('a'), hold('b'), hold('c'), hold('d', 'rolled_back')]));
      const first = await store.holds({ kind: 'contested', limit: 2 });
      const rest = await store.holds({ kind: 'contested', afterId: first[1]?.id ?? '', limit: 9 });

      expect([...first, ...rest].map((row) => row.field).sort()).toEqual(['a', 'b', 'c']);
    });
  });

  describe('the staged plan', () => {
    it('adds up as it is staged, pages in order, and goes', async () => {
      const write = (crm: 'hubspot' | 'salesforce') => ({ key: 'k', personId: 'p', crm, object: 'contact' as const, op: 'update' as const, id: '1', changes: [] });
      const plan = [...Array(950)].map((_, n) => staged(n + 1, { counts: { creates: n % 2, regressions: 1, linksEnded: 0, overwrites: 2, changed: n < 10 }, writes: n === 0 ? [write('hubspot'), write('salesforce'), write('salesforce')] : [] }));
      await put((tx) => tx.stage('run-1', plan.slice(0, 333)));
      await put((tx) => tx.stage('run-1', plan.slice(333)));
      await put((tx) => tx.stage('run-2', plan.slice(0, 1)));

      expect(await store.planTotals('run-1')).toEqual({ people: 950, changed: 10, creates: 475, regressions: 950, linksEnded: 0, overwrites: 1900, writes: { hubspot: 1, salesforce: 2 } });
      const seen = [];
      for (let after = 0; ; ) {
        const page = await store.pagePlan('run-1', after, 130);
        if (page.length === 0) break;
        seen.push(...page);
        after = page[page.length - 1]?.seq ?? 0;
      }
      expect(seen).toEqual(plan);
      expect((await store.pagePlan('run-1', 199, 3)).map((row) => row.seq)).toEqual([200, 201, 202]);
      expect((await store.pagePlan('run-1', -1, 1)).map((row) => row.seq)).toEqual([1]);

      await put((tx) => tx.clearPlan('run-1'));
      expect(await store.pagePlan('run-1', 0, 9)).toEqual([]);
      expect((await store.planTotals('run-1')).people).toBe(0);
      expect(await store.pagePlan('run-2', 0, 9)).toHaveLength(1);
    });

    it('refuses a sequence number that was staged before', async () => {
      await put((tx) => tx.stage('run-1', [staged(1), staged(2)]));
      await expect(put((tx) => tx.stage('run-1', [staged(2)]))).rejects.toThrow(TypeError);
      expect((await store.planTotals('run-1')).people).toBe(2);
    });
  });

  describe('journal', () => {
    const all = entry('full', {
      changes: [
        { field: 'a', after: null, rule: 'M1', because: 'x' },
        { field: 'b', before: null, after: 5, rule: 'M1', because: 'x', contested: true },
        { field: 'c', before: '~', after: '2026-11-22T09:00:00.000Z', rule: 'L8', because: 'x', readBack: true, together: true, overwrites: true },
        { field: 'd', before: false, after: true, rule: 'M1', because: 'y\nz' },
      ],
      problem: problem('locked', 'salesforce', { vendorCode: 'UNABLE_TO_LOCK_ROW' }),
      state: 'maybe',
      settledAt: NOW,
    });

    it('W3: gives back entries as they were intended, setup entries, what is left in a CRM and refs of other objects too', async () => {
      const setup = entry('setup', { object: 'schema', crm: 'salesforce', op: 'setup', ref: null, personId: null, changes: [], state: 'done' });
      const other = entry('other', { object: 'subscription', op: 'opt_out', ref: { crm: 'hubspot', object: 'contact', id: '9' }, state: 'refused' });
      const note = entry('note', { object: 'note', op: 'leave', changes: [{ field: 'note', after: 'ab12', rule: 'F2', because: 'rejected' }] });
      await put((tx) => tx.intend([all, setup, other, note]));
      expect(await store.journalOfRun('run-1', null, 9)).toEqual([all, setup, other, note]);
    });

    it('pages a run in the order of its intents, and a person with the latest first', async () => {
      await put((tx) => tx.intend([entry('z'), entry('b', { run: 'run-2' }), entry('a'), entry('m', { personId: 'p2' })]));
      expect((await store.journalOfRun('run-1', null, 2)).map((row) => row.id)).toEqual(['z', 'a']);
      expect((await store.journalOfRun('run-1', 'a', 2)).map((row) => row.id)).toEqual(['m']);
      expect((await store.journalOfPerson('p1', 2)).map((row) => row.id)).toEqual(['a', 'b']);
      expect(await store.journalOfRun('run-9', null, 2)).toEqual([]);
    });

    it('W7: an intent is open until its outcome is known; a lost answer stays open', async () => {
      await put((tx) => tx.intend([entry('e1', { ref: null, op: 'create' }), entry('e2'), entry('e3')]));
      const created: RecordRef = { crm: 'hubspot', object: 'contact', id: '900' };
      const lost = problem('ambiguous_outcome', 'hubspot');
      await put((tx) =>
        tx.settle([
          { id: 'e1', state: 'done', settledAt: NOW + 1, problem: null, ref: created },
          { id: 'e2', state: 'maybe', settledAt: NOW + 2, problem: lost, ref: entry('e2').ref },
        ]),
      );
      expect((await store.openIntents(null, 9)).map((row) => row.id)).toEqual(['e2', 'e3']);
      expect((await store.openIntents('e2', 9)).map((row) => row.id)).toEqual(['e3']);
      expect((await store.journalOfRun('run-1', null, 9)).map(({ state, settledAt, ref, problem: trouble }) => ({ state, settledAt, ref, trouble }))).toEqual([
        { state: 'done', settledAt: NOW + 1, ref: created, trouble: null },
        { state: 'maybe', settledAt: NOW + 2, ref: entry('e2').ref, trouble: lost },
        { state: 'intent', settledAt: null, ref: entry('e3').ref, trouble: null },
      ]);
    });

    it('W3: an outcome without an intent is refused', async () => {
      await expect(put((tx) => tx.settle([{ id: 'nobody', state: 'done', settledAt: 1, problem: null, ref: null }]))).rejects.toThrow(TypeError);
    });

    it('prunes in steps, oldest first, and never an open intent', async () => {
      await put(async (tx) => {
        await tx.putRun({ id: 'run-1', kind: 'sync', mode: 'apply', status: 'ok', startedAt: 1, finishedAt: 2, agreement: 'a', summary: {} });
        await tx.stage('run-1', [staged(1)]);
        await tx.intend([entry('open', { intendedAt: 1 }), ...[...Array(10)].map((_, n) => entry(`old${n}`, { intendedAt: 10 + n, state: 'done' })), entry('young', { intendedAt: 1000, state: 'done' })]);
      });
      expect(await store.prune(0, 5)).toBe(0);
      expect(await store.prune(500, 5)).toBe(4);
      expect(await store.prune(500, 50)).toBe(6);
      expect(await store.prune(500, 50)).toBe(0);
      expect((await store.journalOfRun('run-1', null, 99)).map((row) => row.id)).toEqual(['open', 'young']);
      expect(await store.pagePlan('run-1', 0, 9)).toEqual([]);
      expect(await store.run('run-1')).not.toBeNull();
    });
  });

  describe('dead letters and holds', () => {
    const letter = (field: string | null, more: Partial<DeadLetter> = {}): Parameters<Parameters<Parameters<Store['transaction']>[1]>[0]['putDeadLetters']>[0][number] => ({
      crm: 'salesforce',
      object: 'lead',
      recordId: '00Q1',
      personId: 'p1',
      field,
      value: 'v',
      problem: problem('invalid_option', 'salesforce'),
      lastRun: 'run-1',
      lastTriedAt: NOW,
      ...more,
    });
    const ref: RecordRef = { crm: 'salesforce', object: 'lead', id: '00Q1' };
    const put1 = (list: Parameters<typeof letter>[0][], more: Partial<DeadLetter> = {}): Promise<{ opened: number }> => store.transaction(null, (tx) => tx.putDeadLetters(list.map((field) => letter(field, more))));

    it('W5: one letter per record and field, counting tries, opening again after it was resolved', async () => {
      expect(await put1(['Status', null])).toEqual({ opened: 2 });
      expect(await put1(['Status'], { lastRun: 'run-2', lastTriedAt: NOW + 5 })).toEqual({ opened: 0 });
      const [first] = (await store.openDeadLettersOf([ref])).filter((row) => row.field === 'Status');
      expect(first).toMatchObject({ tries: 2, firstRun: 'run-1', lastRun: 'run-2', createdAt: NOW, lastTriedAt: NOW + 5, state: 'open', value: 'v', problem: letter('Status').problem, recordId: '00Q1' });

      await put((tx) => tx.setDeadLetterState([first?.id ?? ''], 'retry'));
      expect((await store.openDeadLettersOf([ref])).map((row) => row.field)).toEqual([null]);
      expect(await put1(['Status'])).toEqual({ opened: 0 });
      await put((tx) => tx.resolveDeadLetters([{ ref, fields: ['Status'] }]));
      expect(await store.countDeadLetters('open')).toBe(0);
      expect(await store.countDeadLetters('resolved')).toBe(2);
      expect(await put1(['Status'], { lastRun: 'run-9' })).toEqual({ opened: 1 });
      expect((await store.deadLetters({ state: 'open', limit: 9 }))[0]).toMatchObject({ tries: 1, firstRun: 'run-9' });
    });

    it('resolves the fields that went through, and a letter about the whole record, no others', async () => {
      await put1(['Status', 'Company', null]);
      await put1(['Status'], { recordId: '00Q2' });
      await put((tx) => tx.resolveDeadLetters([{ ref, fields: ['Status'] }]));
      expect((await store.deadLetters({ state: 'open', limit: 9 })).map((row) => `${row.recordId} ${row.field}`).sort()).toEqual(['00Q1 Company', '00Q2 Status']);
    });

    it('lists letters by state, by id and in pages', async () => {
      await put1(['a', 'b', 'c']);
      const letters = await store.deadLetters({ limit: 9 });
      expect(await store.deadLetters({ limit: 2 })).toEqual(letters.slice(0, 2));
      expect(await store.deadLetters({ afterId: letters[1]?.id ?? '', limit: 2 })).toEqual(letters.slice(2));
      expect(await store.deadLetters({ ids: [letters[2]?.id ?? ''], limit: 9 })).toEqual(letters.slice(2));
      expect(await store.deadLetters({ ids: [], limit: 9 })).toEqual([]);
      expect(await store.deadLetters({ state: 'dropped', limit: 9 })).toEqual([]);
    });

    it('W9, W12: holds by record, run and person; one per field; given back by id', async () => {
      const hold = (field: string, more: Partial<Hold> = {}): Omit<Hold, 'id'> => ({ kind: 'rolled_back', ref, personId: 'p1', field, value: null, run: 'run-1', because: 'b', createdAt: NOW, ...more });
      await put((tx) => tx.addHolds([hold('a'), hold('b', { kind: 'contested', run: 'run-2', value: 3 }), hold('a', { value: 'later' })]));
      const held = await store.holdsOf([ref]);

      expect(held.map((row) => [row.field, row.value]).sort()).toEqual([['a', 'later'], ['b', 3]]);
      expect((await store.holds({ run: 'run-2', limit: 9 })).map((row) => row.field)).toEqual(['b']);
      expect((await store.holds({ kind: 'rolled_back', personId: 'p1', limit: 9 })).map((row) => row.field)).toEqual(['a']);
      await put((tx) => tx.releaseHolds(held.map((row) => row.id)));
      expect(await store.holds({ limit: 9 })).toEqual([]);
    });
  });

  it('keeps runs, watermarks, single values and hashes of the forgotten', async () => {
    const run = (id: string, startedAt: number) => ({ id, kind: 'sync', mode: 'apply' as const, status: 'running' as const, startedAt, finishedAt: null, agreement: 'hash', summary: { read: 1 } });
    await put(async (tx) => {
      for (const at of [1, 2, 3]) await tx.putRun(run(`run-${at}`, at));
      await tx.putRun({ ...run('run-2', 2), status: 'ok', finishedAt: 9 });
      await tx.setWatermark('hubspot', 'contact', 5, 'run-1');
      await tx.setWatermark('hubspot', 'contact', 6, 'run-2');
      await tx.setWatermark('salesforce', 'lead', 7, 'run-2');
      await tx.setMeta('k', 'v1');
      await tx.setMeta('k', 'v2');
      await tx.setMeta('gone', 'x');
      await tx.setMeta('gone', null);
      await tx.addForgotten(['h1', 'h2', 'h1'], NOW);
      await tx.addForgotten(['h1'], NOW);
    });

    expect((await store.runs(null, 9)).map((row) => row.id)).toEqual(['run-3', 'run-2', 'run-1']);
    expect((await store.runs(3, 1)).map((row) => row.id)).toEqual(['run-2']);
    expect(await store.run('run-2')).toEqual({ ...run('run-2', 2), status: 'ok', finishedAt: 9 });
    expect(await store.run('run-8')).toBeNull();
    expect(await store.watermarks()).toEqual([{ crm: 'hubspot', object: 'contact', at: 6, run: 'run-2' }, { crm: 'salesforce', object: 'lead', at: 7, run: 'run-2' }]);
    expect([await store.meta('k'), await store.meta('gone')]).toEqual(['v2', null]);
    expect(await store.areForgotten(['h1', 'h3', 'h2'])).toEqual(new Set(['h1', 'h2']));
    expect(await store.anyForgotten()).toBe(true);
  });
}

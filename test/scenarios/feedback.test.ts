import { DateTime } from 'luxon';
import type { CompiledReason } from '../../src/agreement/compile';
import { isOffRamp } from '../../src/domain/stage';
import { cast, DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* The feedback loop told over both CRMs: every reason by every route, wherever sales works. Many people share one world and a few runs. */

const CLOSED = 'Closed - Not Converted';
const ZONE = 'America/Mexico_City';
const afterDays = (at: number, days: number): string => DateTime.fromMillis(at, { zone: ZONE }).plus({ days }).toISODate() as string;
const seconds = (at: number): string => new Date(Math.floor(at / 1000) * 1000).toISOString();

describe('every reason, every route, both CRMs (F1, F2, F3, F7)', () => {
  /** Where sales says no: on the lead, on the contact that it was converted into, on the HubSpot contact. */
  const PLACES = ['lead', 'contact', 'hubspot'] as const;
  type Place = (typeof PLACES)[number];
  let s: Scenario;
  const { ui, rep, person, adopted, quiet } = cast(() => s);
  let reasons: CompiledReason[];
  const emailOf = (reason: string, place: Place): string => `${reason.replaceAll('_', '-')}.${place}@every.example`;
  const salesOf = new Map<string, string>();
  let saidAt = 0;

  beforeAll(async () => {
    s = await openScenario();
    reasons = [...s.agreement.reasons.values()];
    await adopted();
    for (const { id } of reasons) for (const place of PLACES) person(emailOf(id, place), { lifecyclestage: 'marketingqualifiedlead', phone: '+52 55 1' });
    s.pass(MINUTE);
    await s.sync();
    for (const { id } of reasons) {
      for (const place of PLACES) salesOf.set(emailOf(id, place), String(s.leadByEmail(emailOf(id, place))?.['Id']));
      const email = emailOf(id, 'contact');
      salesOf.set(email, rep().convertLead({ leadId: salesOf.get(email) ?? '', convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true }).contactId);
    }
    s.pass(HOUR);
    await s.sync();
    s.pass(HOUR);
    saidAt = s.clock.now();
    for (const { id } of reasons) {
      const answer = { Concord_Rejection_Reason__c: id, Concord_Rejection_Note__c: `nota: ${id}`, Concord_Rejection_Detail__c: 'Teléfono' };
      rep().update('Lead', salesOf.get(emailOf(id, 'lead')) ?? '', { Status: CLOSED, ...answer });
      rep().update('Contact', salesOf.get(emailOf(id, 'contact')) ?? '', answer);
      const contact = s.sandbox.hubspot.state.byEmail(emailOf(id, 'hubspot'))?.id ?? '';
      ui().update('contacts', contact, { hs_lead_status: 'UNQUALIFIED', concord_rejection_reason: id, concord_rejection_note: `nota: ${id}`, concord_rejection_detail: 'Teléfono' });
    }
    s.pass(MINUTE);
    const run = await s.sync();
    expect(run.status).toBe('ok');
    const counting = reasons.filter((reason) => reason.route !== 'reroute').length;
    expect(run.rejections).toEqual({ received: counting * 3, pushed: counting * 3, without_reason: 0, unmapped: 0, reopened: 0 });
    s.pass(MINUTE);
    // Stage writes are made in two steps (L8), and what was said is read back: from here on nothing moves.
    await s.sync();
  }, 180_000);
  afterAll(async () => {
    await s.close();
  });

  const stageOf = (reason: CompiledReason, place: Place): string =>
    reason.route === 'reroute' ? (place === 'contact' ? 'sql' : 'mql') : reason.route === 'disqualify' || reason.route === 'suppress' ? 'disqualified' : 'recycled';

  const cases = [...reasonsOfShipped()].flatMap((id) => PLACES.map((place) => [id, place] as const));
  test.each(cases)('%s on the %s', (id, place) => {
    const reason = s.agreement.reasons.get(id) as CompiledReason;
    const email = emailOf(id, place);
    const contact = s.contact(email);
    const sales = place === 'contact' ? s.sfContact(salesOf.get(email) ?? '') : s.lead(salesOf.get(email) ?? '');
    const counted = reason.route !== 'reroute';
    const stage = stageOf(reason, place);
    const recycleOn = reason.afterDays === null ? undefined : afterDays(saidAt, reason.afterDays);
    expect(contact).toMatchObject({
      concord_stage: stage,
      concord_rejection_reason: id,
      concord_rejection_note: `nota: ${id}`,
      concord_rejection_detail: 'Teléfono',
      concord_route: reason.route,
    });
    expect(contact['concord_recycle_on']).toBe(recycleOn);
    expect(contact['concord_rejection_count']).toBe(counted ? '1' : '0');
    expect(new Date(contact['concord_rejected_at'] ?? '').toISOString()).toBe(seconds(saidAt));
    expect(contact['concord_rejected_by']).toBe(place === 'hubspot' ? '7' : 'Rita Rep');
    // The other CRM says the same.
    expect(sales).toMatchObject({ Concord_Stage__c: stage, Concord_Rejection_Reason__c: id, Concord_Rejection_Note__c: `nota: ${id}`, Concord_Rejection_Detail__c: 'Teléfono', Concord_Route__c: reason.route, Concord_Recycle_On__c: recycleOn ?? null });
    if (place !== 'contact') expect(sales['Status']).toBe(counted ? CLOSED : 'Open - Not Contacted');
    expect(contact['lifecyclestage']).toBe(isOffRamp(stage as 'recycled') ? 'lead' : place === 'contact' ? 'salesqualifiedlead' : 'marketingqualifiedlead');
    // F7: only `suppress` takes consent away, and then in both.
    expect([contact['hs_email_optout'] === 'true', sales['HasOptedOutOfEmail'], sales['DoNotCall']]).toEqual(reason.route === 'suppress' ? [true, true, true] : [false, false, false]);
  });

  test('then both CRMs are at rest (W2)', async () => {
    await quiet();
  });
});

/** The shipped agreement's reasons, by id, before a scenario is open. */
function reasonsOfShipped(): string[] {
  return ['timing', 'no_budget', 'no_need', 'no_authority', 'unreachable', 'not_icp', 'no_solution_fit', 'bad_data', 'duplicate', 'do_not_contact', 'competitor_contract', 'competitor', 'student_vendor', 'spam_test', 'existing_customer', 'wrong_owner', 'language', 'other'];
}

describe('stories of the loop, through real HTTP', () => {
  let s: Scenario;
  const { ui, rep, person, lead, adopted, handedOver, quiet } = cast(() => s);
  afterEach(async () => {
    await s.close();
  });
  const idOf = (email: string): string => s.sandbox.hubspot.state.byEmail(email)?.id ?? '';
  const form = (id: string): void => {
    s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { recent_conversion_date: String(s.clock.now()), hubspotscore: '80' });
  };

  test('a lead comes back twice and is won in its third handoff, with all its answers kept (F5, L4, L12)', async () => {
    s = await openScenario();
    const { contact, lead: id } = await handedOver();
    const answer = async (reason: string, note: string): Promise<void> => {
      rep().update('Lead', id, { Status: CLOSED, Concord_Rejection_Reason__c: reason, Concord_Rejection_Note__c: note });
      s.pass(MINUTE);
      await s.sync();
    };
    await answer('timing', 'call in spring');
    s.pass(DAY);
    form(contact);
    s.pass(MINUTE);
    expect((await s.sync()).transitions).toEqual({ mql: 1 });
    expect(s.lead(id)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Cycle__c: 2, Concord_Rejection_Reason__c: null, Concord_Rejection_Note__c: null, Concord_Rejection_Count__c: 1 });
    s.pass(DAY);
    await answer('timing', 'still not');
    // F2: the same reason again doubles the period.
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_rejection_count: '2', concord_recycle_on: afterDays(s.clock.now() - MINUTE, 180), concord_cycle: '2' });
    s.pass(181 * DAY);
    expect((await s.sync()).transitions).toEqual({ mql: 1 });
    expect(s.lead(id)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Cycle__c: 3, Concord_Rejection_Reason__c: null, Concord_Rejection_Count__c: 2 });
    s.pass(DAY);
    const { contactId, accountId } = rep().convertLead({ leadId: id, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });
    const deal = rep().create('Opportunity', { Name: 'Deal', AccountId: accountId, StageName: 'Prospecting', CloseDate: '2027-12-31' });
    rep().create('OpportunityContactRole', { OpportunityId: deal, ContactId: contactId, IsPrimary: true });
    s.pass(MINUTE);
    await s.sync();
    s.pass(DAY);
    rep().update('Opportunity', deal, { StageName: 'Closed Won' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'customer', concord_cycle: '3', concord_rejection_count: '2' });
    const told = await s.explain('ana@cliente.example');
    expect(told.handoffs.map((each) => [each.cycle, each.closedAs, each.reason, each.note, each.rejectedBy])).toEqual([
      [1, 'rejected', 'timing', 'call in spring', 'Rita Rep'],
      [2, 'rejected', 'timing', 'still not', 'Rita Rep'],
      [3, 'won', null, null, null],
    ]);
    await quiet();
  });

  test('the third "no" for the same reason asks a person, whose date brings the lead back (F2)', async () => {
    s = await openScenario();
    const { contact, lead: id } = await handedOver();
    for (let time = 1; time <= 3; time += 1) {
      if (time > 1) {
        form(contact);
        s.pass(MINUTE);
        await s.sync();
        s.pass(DAY);
      }
      rep().update('Lead', id, { Status: CLOSED, Concord_Rejection_Reason__c: 'unreachable' });
      s.pass(MINUTE);
      await s.sync();
      s.pass(DAY);
    }
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_route: 'review', concord_rejection_count: '3' });
    expect(s.contact('ana@cliente.example')['concord_recycle_on']).toBeUndefined();
    expect(s.lead(id)).toMatchObject({ Concord_Route__c: 'review', Concord_Recycle_On__c: null });
    form(contact);
    s.pass(MINUTE);
    expect((await s.sync()).transitions).toEqual({});
    ui().update('contacts', contact, { concord_recycle_on: afterDays(s.clock.now(), 5) });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(id)).toMatchObject({ Concord_Route__c: 'recycle', Concord_Recycle_On__c: afterDays(s.clock.now(), 5) });
    s.pass(6 * DAY);
    expect((await s.sync()).transitions).toEqual({ mql: 1 });
    await quiet();
  });

  test('data sent back are corrected by marketing, and sales has the lead again (F2, fix_data)', async () => {
    s = await openScenario();
    const { contact, lead: id } = await handedOver();
    rep().update('Lead', id, { Status: CLOSED, Concord_Rejection_Reason__c: 'bad_data', Concord_Rejection_Detail__c: 'telefono' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_route: 'fix_data', concord_rejection_detail: 'telefono' });
    s.pass(HOUR);
    ui().update('contacts', contact, { jobtitle: 'CEO' });
    s.pass(MINUTE);
    expect((await s.sync()).transitions).toEqual({});
    ui().update('contacts', contact, { phone: '+52 55 1234' });
    s.pass(MINUTE);
    expect((await s.sync()).transitions).toEqual({ mql: 1 });
    expect(s.lead(id)).toMatchObject({ Status: 'Open - Not Contacted', Phone: '+52 55 1234', Concord_Cycle__c: 2, Concord_Rejection_Reason__c: null, Concord_Rejection_Detail__c: null, Concord_Rejection_Count__c: 1 });
    expect(s.contact('ana@cliente.example')).toMatchObject({ lifecyclestage: 'marketingqualifiedlead', concord_rejection_count: '1' });
    await quiet();
  });

  test('a duplicate names its survivor to marketing, and the handoff goes on with it (F2)', async () => {
    s = await openScenario();
    const { lead: id } = await handedOver();
    const survivor = lead('ana@cliente.example');
    s.pass(MINUTE);
    await s.sync();
    rep().update('Lead', id, { Status: CLOSED, Concord_Rejection_Reason__c: 'duplicate' });
    s.pass(MINUTE);
    const run = await s.sync();
    expect(run.rejections.received).toBe(0);
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'mql', concord_rejection_reason: 'duplicate', concord_route: 'duplicate', concord_rejection_detail: survivor, concord_rejection_count: '0', concord_rejected_by: 'Rita Rep' });
    expect(s.contact('ana@cliente.example')['concord_salesforce_url']).toContain(survivor);
    expect(s.lead(survivor)).toMatchObject({ Concord_Stage__c: 'mql', Concord_Rejection_Reason__c: null });
    expect(s.lead(id)).toMatchObject({ Status: CLOSED, Concord_HubSpot_Id__c: null });
    // The external id is unique: the next run gives it to the survivor.
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(survivor)['Concord_HubSpot_Id__c']).toBe(idOf('ana@cliente.example'));
    expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toEqual([]);
    await quiet();
  });

  test('a wrong owner: the next one starts clean, the team’s clock runs on (F2, S1)', async () => {
    s = await openScenario();
    const { lead: id } = await handedOver();
    const other = s.sandbox.salesforce.state.addUser({ Name: 'Olga Otra', Username: 'olga@acme.example' });
    const due = s.lead(id)['Concord_SLA_Due_At__c'];
    rep().update('Lead', id, { Concord_Rejection_Reason__c: 'wrong_owner' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'mql', concord_route: 'reroute', concord_rejection_reason: 'wrong_owner' });
    s.pass(HOUR);
    rep().update('Lead', id, { OwnerId: other });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(id)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Rejection_Reason__c: null, Concord_Route__c: null });
    expect(s.contact('ana@cliente.example')['concord_route']).toBeUndefined();
    const told = await s.explain('ana@cliente.example');
    expect(told.decision.state.handoffs).toMatchObject([{ ownerId: other, reroutes: [{ reason: 'wrong_owner' }], rejection: null }]);
    // The owner's touch is due later than it was; the answer is due when it was.
    expect(String(s.lead(id)['Concord_SLA_Due_At__c']) > String(due)).toBe(true);
    await quiet();
  });

  test('reasons typed as free text, in Spanish and in Portuguese, and one that nobody knows (F3)', async () => {
    s = await openScenario({
      prepare: ({ salesforce }) => {
        for (const object of ['Lead', 'Contact']) salesforce.state.addField(object, { name: 'Motivo__c', label: 'Motivo', type: 'Text' });
      },
      edit: (text) => text.replaceAll('Concord_Rejection_Reason__c', 'Motivo__c').replace('\nscope:', '\nnames: { rejection_reason: { salesforce: Motivo__c } }\nscope:'),
    });
    await adopted();
    const TYPED: [string, string, string, string][] = [
      ['es-1', '  SIN   presupuesto ', 'no_budget', 'recycle'],
      ['es-2', 'No le interesa.', 'no_need', 'recycle'],
      ['es-3', 'pidio no ser contactado', 'do_not_contact', 'suppress'],
      ['es-4', 'Teléfono   equivocado', 'bad_data', 'fix_data'],
      ['pt-1', 'SEM ORCAMENTO', 'no_budget', 'recycle'],
      ['pt-2', 'Não é o decisor', 'no_authority', 'recycle'],
      ['pt-3', 'nao atende', 'unreachable', 'recycle'],
      ['pt-4', 'é concorrente', 'competitor', 'disqualify'],
      ['none', 'El perro se comió el presupuesto', 'other', 'unmapped'],
    ];
    for (const [name] of TYPED) person(`${name}@texto.example`, { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(HOUR);
    for (const [name, words] of TYPED) rep().update('Lead', String(s.leadByEmail(`${name}@texto.example`)?.['Id']), { Status: CLOSED, Motivo__c: words });
    s.pass(MINUTE);
    const run = await s.sync();
    expect(run.rejections).toMatchObject({ received: TYPED.length, unmapped: 1 });
    for (const [name, words, reason, route] of TYPED) {
      expect({ name, ...s.contact(`${name}@texto.example`) }).toMatchObject({ name, concord_rejection_reason: reason, concord_route: route });
      // The rep's own words stay where the rep wrote them.
      expect(s.leadByEmail(`${name}@texto.example`)?.['Motivo__c']).toBe(words.trim());
    }
    expect(s.contact('none@texto.example')['concord_rejection_note']).toBe('El perro se comió el presupuesto');
    await quiet();
  });

  describe('Salesforce refuses to reopen a closed lead (F5)', () => {
    /** A rejected lead of which the org says that closed leads stay closed; the person has come back. */
    async function refused(field: string | undefined, edit: (text: string) => string = (text) => text): Promise<string> {
      s = await openScenario({ edit });
      const { contact, lead: id } = await handedOver();
      rep().update('Lead', id, { Status: CLOSED, Concord_Rejection_Reason__c: 'timing' });
      s.pass(MINUTE);
      await s.sync();
      s.sandbox.salesforce.state.addValidationRule({ object: 'Lead', name: 'Stay_Closed', formula: 'AND(ISCHANGED(Status), ISPICKVAL(PRIORVALUE(Status), "Closed - Not Converted"))', message: 'Closed leads stay closed', ...(field === undefined ? {} : { field }) });
      s.pass(DAY);
      form(contact);
      s.pass(MINUTE);
      expect((await s.sync()).transitions).toEqual({ mql: 1 });
      return id;
    }
    const later = async (): Promise<void> => {
      s.pass(MINUTE);
      await s.sync();
    };

    test.each([['Status'], [undefined]])('the handoff waits, no clock runs, and the dead letter says what to do (error at %s); once the rule is gone it goes on', async (field) => {
      const id = await refused(field);
      await later();
      expect(s.lead(id)).toMatchObject({ Status: CLOSED });
      const told = await s.explain('ana@cliente.example');
      expect(told.decision.clocks).toEqual([]);
      expect(told.decision.state.handoffs[1]).toMatchObject({ cycle: 2, carriedAt: null, closedAt: null });
      expect(s.contact('ana@cliente.example')['concord_sla']).toBeUndefined();
      expect(told.deadLetters.map((letter) => letter.problem)).toContainEqual(expect.objectContaining({ code: 'validation_rule', remedy: expect.stringContaining('bypass the rule') as string }));
      await quiet();
      s.sandbox.salesforce.state.removeValidationRule('Lead', 'Stay_Closed');
      rep().update('Lead', id, { Title: 'CEO' });
      await later();
      await later();
      expect(s.lead(id)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Cycle__c: 2, Concord_SLA__c: 'on_track', Concord_Rejection_Reason__c: null });
      expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toEqual([]);
      await quiet();
    });

    test.each([['Status'], [undefined]])('or a new lead carries it, where the agreement says so (error at %s)', async (field) => {
      const id = await refused(field, (text) => text.replace('reopening: wait', 'reopening: new_lead'));
      await later();
      await later();
      await later();
      const leads = s.sandbox.salesforce.state.query("SELECT Id FROM Lead WHERE Email = 'ana@cliente.example'").map((row) => String(row['Id']));
      expect(leads).toHaveLength(2);
      const made = leads.find((each) => each !== id) as string;
      expect(s.lead(made)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Stage__c: 'mql', Concord_Cycle__c: 2, Concord_HubSpot_Id__c: idOf('ana@cliente.example'), Concord_SLA__c: 'on_track', Concord_Rejection_Reason__c: null, Concord_Rejection_Count__c: 1 });
      expect(s.lead(id)).toMatchObject({ Status: CLOSED, Concord_HubSpot_Id__c: null });
      expect(s.contact('ana@cliente.example')['concord_salesforce_url']).toContain(made);
      // W5: nobody wants the old lead reopened any more.
      expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toEqual([]);
      await quiet();
      rep().update('Lead', made, { Status: 'Working - Contacted' });
      await later();
      expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'sal', concord_cycle: '2' });
      await quiet();
    });

    const tasks = (): Record<string, unknown>[] => s.sandbox.salesforce.state.query('SELECT Id, WhoId, OwnerId, Subject, Description, Priority FROM Task ORDER BY Id');
    test('or its owner is asked once, by a task, to reopen it; done, the handoff goes on and the dead letter is closed (W5)', async () => {
      const id = await refused('Status', (text) => text.replace('reopening: wait', 'reopening: task').replace('breach: [task]', 'breach: []'));
      rep().update('Lead', id, { OwnerId: s.rep });
      // A changed record is tried once more (W5); refused again it is a person's to reopen.
      await later();
      await later();
      expect(tasks()).toMatchObject([{ WhoId: id, OwnerId: s.rep, Priority: 'High', Subject: 'Came back, please reopen the lead: Ana Paz' }]);
      expect(tasks()[0]?.['Description']).toContain('Set its status to Open - Not Contacted; until then no deadline runs.');
      expect(tasks()[0]?.['Description']).toContain('HubSpot: ');
      const told = await s.explain('ana@cliente.example');
      expect(told.decision.clocks).toEqual([]);
      expect(told.deadLetters.map((letter) => letter.field)).toContain('Status');
      expect(told.told.map((post) => [post.kind, post.state])).toContainEqual(['reopen', 'sent']);
      await quiet();
      s.pass(DAY);
      await later();
      expect(tasks()).toHaveLength(1);

      s.sandbox.salesforce.state.removeValidationRule('Lead', 'Stay_Closed');
      rep().update('Lead', id, { Status: 'Open - Not Contacted' });
      await later();
      await later();
      expect(s.lead(id)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Cycle__c: 2, Concord_SLA__c: 'on_track', Concord_Rejection_Reason__c: null });
      expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toEqual([]);
      await quiet();
    });

    test('of what a deactivated user owns the escalation contact is asked', async () => {
      const id = await refused('Status', (text) => text.replace('reopening: wait', 'reopening: task').replace('breach: [task]', 'breach: []'));
      rep().update('Lead', id, { OwnerId: s.rep });
      s.sandbox.salesforce.state.setUserActive(s.rep, false);
      const boss = s.sandbox.salesforce.state.addUser({ Name: 'Berta Boss' });
      s.agreement.settings.notifications.escalation.salesforce_user = boss;
      await later();
      await later();
      expect(tasks()).toMatchObject([{ WhoId: id, OwnerId: boss, Subject: 'Came back, please reopen the lead: Ana Paz' }]);
    });

    test('of what no user owns the escalation contact is asked; without one nobody is, and the dead letter alone says so', async () => {
      await refused('Status', (text) => text.replace('reopening: wait', 'reopening: task').replace('breach: [task]', 'breach: []'));
      await later();
      expect(tasks()).toEqual([]);
      s.agreement.settings.notifications.escalation.salesforce_user = s.rep;
      s.pass(DAY);
      form(idOf('ana@cliente.example'));
      await later();
      expect(tasks()).toMatchObject([{ OwnerId: s.rep }]);
      expect((await s.store.deadLetters({ state: 'open', limit: 10 })).map((letter) => letter.field)).toContain('Status');
    });
  });

  test('what the other CRM refuses is not counted as written on to it (F1, W5)', async () => {
    s = await openScenario();
    const { lead: id } = await handedOver('refused@cliente.example');
    rep().update('Lead', id, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
    s.pass(MINUTE);
    s.sandbox.hubspot.faults.add({ match: { path: 'contacts/batch/update' }, action: { do: 'answer', status: 400, body: { status: 'error', message: 'no', category: 'VALIDATION_ERROR' } }, times: 0 });
    const run = await s.sync();
    expect(run.writes.salesforce.done).toBe(1);
    expect(run.rejections).toMatchObject({ received: 1, pushed: 0 });
  });

  test('sales’ do-not-contact is kept before the guard, and outside the scope (F7, W6)', async () => {
    s = await openScenario();
    const { lead: id } = await handedOver('dnc@cliente.example');
    const employee = lead('someone@acme.example');
    ui().create('contacts', { email: 'someone@acme.example', lastname: 'Paz', lifecyclestage: 'lead' });
    for (let index = 0; index < 3; index += 1) person(`g${index}@g.example`, { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    for (const each of [id, employee]) rep().update('Lead', each, { Status: CLOSED, Concord_Rejection_Reason__c: 'do_not_contact' });
    s.agreement.settings.guard.creates = 1;
    s.pass(MINUTE);
    const stopped = await s.sync({ allowLargeChange: false });
    expect(stopped.status).toBe('stopped');
    for (const email of ['dnc@cliente.example', 'someone@acme.example']) expect(s.contact(email)['hs_email_optout']).toBe('true');
    for (const each of [id, employee]) expect(s.lead(each)).toMatchObject({ HasOptedOutOfEmail: true, DoNotCall: true });
    expect(s.contact('dnc@cliente.example')['concord_stage']).toBe('mql');
    await s.sync();
    expect(s.contact('dnc@cliente.example')).toMatchObject({ concord_stage: 'disqualified', concord_route: 'suppress' });
    expect(s.contact('someone@acme.example')['concord_stage']).toBeUndefined();
    await quiet();
  });

  test('a call logged in Salesforce, or a contact in HubSpot, is the first touch (S1)', async () => {
    s = await openScenario();
    await adopted();
    for (const name of ['call', 'open', 'mail']) person(`${name}@touch.example`, { lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(HOUR);
    const touchedAt = s.clock.now();
    const leadOf = (name: string): string => String(s.leadByEmail(`${name}@touch.example`)?.['Id']);
    rep().create('Task', { WhoId: leadOf('call'), Subject: 'Call', Status: 'Completed', ActivityDate: '2026-11-17' });
    rep().create('Task', { WhoId: leadOf('open'), Subject: 'Call some day', ActivityDate: '2026-11-30' });
    s.sandbox.hubspot.state.act({ sourceType: 'CALCULATED' }).update('contacts', idOf('mail@touch.example'), { notes_last_contacted: String(touchedAt) });
    s.pass(MINUTE);
    await s.sync();
    const touch = async (name: string) => (await s.explain(`${name}@touch.example`)).handoffs[0]?.firstTouchAt;
    expect([await touch('call'), await touch('mail'), await touch('open')]).toEqual([touchedAt, touchedAt, null]);
    await quiet();
  });

  test('what nobody answers goes back to marketing as `sla_expired`, in both CRMs, and is sales’ again when taken up (S1)', async () => {
    s = await openScenario({ edit: (text) => text.replace('  # unanswered:', '  unanswered:').replace('  #   return: 3d ', '    return: 1d ').replace('  #   comes_back: 30d ', '    comes_back: 30d ') });
    const { lead: id } = await handedOver();
    s.pass(2 * DAY);
    await s.sync();
    expect(s.lead(id)).toMatchObject({ Concord_Stage__c: 'mql', Concord_SLA__c: 'breached' });
    s.pass(5 * DAY);
    const run = await s.sync();
    expect(run.rejections.received).toBe(0);
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', lifecyclestage: 'lead', concord_rejection_reason: 'sla_expired', concord_route: 'recycle', concord_sla: 'breached' });
    expect(s.contact('ana@cliente.example')['concord_rejection_count'] ?? '0').toBe('0');
    expect(s.lead(id)).toMatchObject({ Status: CLOSED, Concord_Rejection_Reason__c: 'sla_expired', Concord_Rejected_By__c: null });
    await quiet();
    rep().update('Lead', id, { Status: 'Working - Contacted' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'sal', lifecyclestage: 'marketingqualifiedlead' });
    expect(s.contact('ana@cliente.example')['concord_rejection_reason']).toBeUndefined();
    expect(s.lead(id)).toMatchObject({ Status: 'Working - Contacted', Concord_Rejection_Reason__c: null });
    expect((await s.explain('ana@cliente.example')).handoffs).toMatchObject([{ cycle: 1, closedAs: null, reason: null }]);
    await quiet();
  });
});

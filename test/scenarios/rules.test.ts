import { before } from '../support/crashScene';
import { cast, DAY, HOUR, MINUTE, openScenario, writesOf, type Scenario } from '../support/scenario';
import { EXIT } from '../../src/domain/problem';
import { run } from '../../src/run/run';

/* Each rule told as a short story over both CRMs; every story ends by running again and expecting no write (W2). */

describe('rules, through real HTTP', () => {
  let s: Scenario;
  beforeEach(async () => {
    s = await openScenario();
  });
  afterEach(async () => {
    await s.close();
  });

  const { ui, rep, person, lead, adopted, handedOver, quiet } = cast(() => s);

  test('a converted lead is followed to its opportunity and to won (I2, L12, I7)', async () => {
    const { lead: id } = await handedOver();
    const converted = rep().convertLead({ leadId: id, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'sql', lifecyclestage: 'salesqualifiedlead' });
    expect(s.sfContact(converted.contactId)).toMatchObject({ Concord_Stage__c: 'sql' });

    s.pass(DAY);
    const opportunity = rep().create('Opportunity', { Name: 'Big deal', AccountId: converted.accountId, StageName: 'Prospecting', CloseDate: '2026-12-31', Amount: 1000 });
    rep().create('OpportunityContactRole', { OpportunityId: opportunity, ContactId: converted.contactId, IsPrimary: true });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'opportunity', lifecyclestage: 'opportunity' });

    s.pass(DAY);
    rep().update('Opportunity', opportunity, { StageName: 'Closed Won' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'customer', lifecyclestage: 'customer' });
    const told = await s.explain('ana@cliente.example');
    expect(told.handoffs[0]).toMatchObject({ closedAs: 'won' });
    await quiet();
  });

  test('a lost opportunity leads off the ladder and the same evidence brings nobody back (L12, L4)', async () => {
    const { lead: id } = await handedOver();
    const { contactId, accountId } = rep().convertLead({ leadId: id, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });
    const opportunity = rep().create('Opportunity', { Name: 'Deal', AccountId: accountId, StageName: 'Prospecting', CloseDate: '2026-12-31' });
    rep().create('OpportunityContactRole', { OpportunityId: opportunity, ContactId: contactId });
    s.pass(MINUTE);
    await s.sync();
    s.pass(DAY);
    rep().update('Opportunity', opportunity, { StageName: 'Closed Lost' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'lost' });
    await quiet();
  });

  test('a stage set by a workflow without evidence is restored, in two steps (L3, L8)', async () => {
    const { contact } = await handedOver();
    s.sandbox.hubspot.state.act({ sourceType: 'AUTOMATION_PLATFORM', sourceId: 'workflow 12' }).update('contacts', contact, { lifecyclestage: 'customer' });
    s.pass(MINUTE);
    const restored = await s.sync();
    expect(restored.status).toBe('ok');
    expect(s.contact('ana@cliente.example')).toMatchObject({ lifecyclestage: 'marketingqualifiedlead', concord_stage: 'mql' });
    await quiet();
  });

  test('after the third time the field is contested and left (W12)', async () => {
    const { contact } = await handedOver();
    for (let time = 1; time <= 3; time += 1) {
      s.sandbox.hubspot.state.act({ sourceType: 'AUTOMATION_PLATFORM', sourceId: 'workflow 12' }).update('contacts', contact, { lifecyclestage: 'customer' });
      s.pass(MINUTE);
      await s.sync();
      expect(s.contact('ana@cliente.example')['lifecyclestage']).toBe(time < 3 ? 'marketingqualifiedlead' : 'customer');
      s.pass(HOUR);
    }
    expect((await s.explain('ana@cliente.example')).person.disagreement).toBe('contested');
    await quiet();
  });

  test('so is any other field that something changes back each time: named with its rival for RevOps, until they let Concord try again (W12, W2)', async () => {
    const { contact, lead } = await handedOver();
    rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'timing' });
    s.pass(MINUTE);
    await s.sync();
    const setBack = async (): Promise<string | undefined> => {
      s.pass(HOUR);
      s.sandbox.hubspot.state.act({ sourceType: 'AUTOMATION_PLATFORM', sourceId: 'workflow 12' }).update('contacts', contact, { hs_lead_status: 'OPEN' });
      s.pass(MINUTE);
      await s.sync();
      return s.contact('ana@cliente.example')['hs_lead_status'];
    };
    expect([await setBack(), await setBack(), await setBack(), await setBack()]).toEqual(['BAD_TIMING', 'BAD_TIMING', 'OPEN', 'OPEN']);
    expect((await s.explain('ana@cliente.example')).person.disagreement).toBe('contested');
    expect(await s.store.holds({ kind: 'contested', limit: 10 })).toMatchObject([{ ref: { id: contact }, field: 'hs_lead_status', because: expect.stringContaining('AUTOMATION_PLATFORM') as string }]);
    await quiet();
    // Once the workflow is gone and sales has moved the person on, nothing is held any more.
    rep().update('Lead', lead, { Status: 'Working - Contacted', Concord_Rejection_Reason__c: null });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ hs_lead_status: 'IN_PROGRESS', concord_stage: 'sal' });
    expect(await s.store.holds({ kind: 'contested', limit: 10 })).toEqual([]);
    await quiet();
  });

  test('blanks alone are no value: they fill no requirement, and overwrite nothing in Salesforce (L6, M4)', async () => {
    const { contact, lead: id } = await handedOver();
    rep().update('Lead', id, { Phone: '+52 55 5550 0100' });
    person('blank@cliente.example', { lifecyclestage: 'marketingqualifiedlead', lastname: '   ' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.leadByEmail('blank@cliente.example')).toBeUndefined();
    expect(s.contact('blank@cliente.example')['concord_mql_missing']).toBeTruthy();

    s.pass(DAY);
    ui().update('contacts', contact, { phone: '   ' });
    s.pass(MINUTE);
    const run = await s.sync();
    expect(s.lead(id)['Phone']).toBe('+52 55 5550 0100');
    expect(run).toMatchObject({ dead_letters: 0 });
    await quiet();
  });

  test('a person who lacks required information is not handed over, and marketing sees what is missing (L6)', async () => {
    await adopted();
    const id = ui().create('contacts', { email: 'leo@sin.example', firstname: 'Leo', lastname: 'Sin', lifecyclestage: 'marketingqualifiedlead' }).id;
    s.pass(MINUTE);
    const first = await s.sync();
    expect(first.transitions['mql']).toBeUndefined();
    expect(s.leadByEmail('leo@sin.example')).toBeUndefined();
    expect(s.contact('leo@sin.example')['concord_mql_missing']).toBe('Company, Country');
    s.pass(HOUR);
    ui().update('contacts', id, { company: 'Sin SA', country: 'Peru' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.leadByEmail('leo@sin.example')).toMatchObject({ Company: 'Sin SA', Concord_Stage__c: 'mql' });
    expect(s.contact('leo@sin.example')['concord_mql_missing']).toBeUndefined();
    await quiet();
  });

  test('of several leads one is chosen and pinned; a later edit of a duplicate never moves the link (I4)', async () => {
    person('dup@cliente.example');
    const older = lead('dup@cliente.example');
    s.pass(HOUR);
    const newer = lead('dup@cliente.example');
    s.pass(HOUR);
    await s.sync();
    expect(s.lead(newer)['Concord_HubSpot_Id__c']).toBeTruthy();
    expect(s.lead(older)['Concord_HubSpot_Id__c']).toBeNull();
    s.pass(HOUR);
    rep().update('Lead', older, { Title: 'Jefa' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(older)['Concord_HubSpot_Id__c']).toBeNull();
    const told = await s.explain('dup@cliente.example');
    expect(told.decision.duplicates.map((record) => record.ref.id)).toEqual([older]);
    await quiet();
  });

  test('one e-mail under clearly different people is held until RevOps picks (I8)', async () => {
    person('info@shared.example');
    lead('info@shared.example', { FirstName: 'Bruno', LastName: 'Keller' });
    const run = await s.sync();
    expect(run.people.ambiguous).toBe(1);
    expect(s.contact('info@shared.example')['concord_stage']).toBeUndefined();
    await quiet();
  });

  test('an opt-out in one CRM becomes one in the other, out of scope too; an opt-in never travels (F7)', async () => {
    ui().create('contacts', { email: 'sub@x.example', lifecyclestage: 'subscriber' });
    const id = lead('sub@x.example', { HasOptedOutOfEmail: true, DoNotCall: true });
    const other = person('out@x.example');
    const otherLead = lead('out@x.example');
    ui().unsubscribe('out@x.example');
    const run = await s.sync();
    expect(run.consent.done).toBeGreaterThanOrEqual(2);
    expect(s.contact('sub@x.example')['hs_email_optout']).toBe('true');
    expect(s.lead(otherLead)['HasOptedOutOfEmail']).toBe(true);
    expect(s.lead(id)['HasOptedOutOfEmail']).toBe(true);
    expect(other).toBeTruthy();
    await quiet();
  });

  test('mapped fields: a change since both agreed travels; both changed: the policy; a blank overwrites nothing (M1-M4)', async () => {
    const id = person('eva@m.example', { phone: '+52 1', jobtitle: 'CEO' });
    const sf = lead('eva@m.example', { Phone: '+52 1', Title: 'CEO' });
    await s.sync();
    s.pass(DAY);
    ui().update('contacts', id, { phone: '+52 2' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(sf)['Phone']).toBe('+52 2');
    s.pass(DAY);
    ui().update('contacts', id, { jobtitle: '' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(sf)['Title']).toBe('CEO');
    expect(s.contact('eva@m.example')['jobtitle']).toBe('CEO');
    s.pass(DAY);
    rep().update('Lead', sf, { Phone: '+52 3' });
    s.pass(HOUR);
    ui().update('contacts', id, { phone: '+52 4' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(sf)['Phone']).toBe('+52 4');
    await quiet();
  });

  test('a rejection in HubSpot reaches Salesforce; taken back, the handoff goes on (F1, F6)', async () => {
    const { contact, lead: id } = await handedOver();
    ui().update('contacts', contact, { hs_lead_status: 'UNQUALIFIED', concord_rejection_reason: 'not_icp', concord_rejection_note: 'too small' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(id)).toMatchObject({ Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'not_icp', Concord_Rejection_Note__c: 'too small', Concord_Stage__c: 'disqualified', Concord_Route__c: 'disqualify' });
    s.pass(HOUR);
    ui().update('contacts', contact, { hs_lead_status: 'OPEN' });
    s.pass(MINUTE);
    const back = await s.sync();
    expect(back.rejections.reopened).toBe(1);
    expect(s.lead(id)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Rejection_Reason__c: null, Concord_Stage__c: 'mql' });
    expect(s.contact('ana@cliente.example')['concord_rejection_reason']).toBeUndefined();
    await quiet();
  });

  test('rejected without a reason is a rejection (F4); the reason given later is a correction, not another one', async () => {
    const { lead: id } = await handedOver();
    rep().update('Lead', id, { Status: 'Closed - Not Converted' });
    s.pass(MINUTE);
    const first = await s.sync();
    expect(first.rejections).toMatchObject({ received: 1, without_reason: 1 });
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_count: '1', concord_sla: 'on_track' });
    s.pass(HOUR);
    rep().update('Lead', id, { Concord_Rejection_Reason__c: 'timing' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_rejection_reason: 'timing', concord_rejection_count: '1', concord_route: 'recycle' });
    await quiet();
  });

  test('a lead that a rep opens anew beside the rejected one is sales’ own new pass: accepted, with a clock, and the old answer is history (L4, I4, F5)', async () => {
    const { lead: id, contact } = await handedOver();
    rep().update('Lead', id, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'spam_test' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'disqualified', concord_rejection_reason: 'spam_test' });
    s.pass(HOUR);
    const worked = lead('ana@cliente.example', { Status: 'Working - Contacted' });
    s.pass(MINUTE);
    expect(await s.sync()).toMatchObject({ transitions: { sal: 1 }, rejections: { received: 0, reopened: 0 } });
    s.pass(MINUTE);
    await s.sync();
    const { concord_rejection_reason: reason, concord_route: route, ...told } = s.contact('ana@cliente.example');
    expect([reason || null, route || null]).toEqual([null, null]);
    expect(told).toMatchObject({ concord_stage: 'sal', lifecyclestage: 'marketingqualifiedlead', hs_lead_status: 'IN_PROGRESS', concord_cycle: '2', concord_rejection_count: '1', concord_sla: 'on_track' });
    expect(s.lead(worked)).toMatchObject({ Status: 'Working - Contacted', Concord_Stage__c: 'sal', Concord_Cycle__c: 2, Concord_HubSpot_Id__c: contact, Concord_Rejection_Reason__c: null, Concord_SLA__c: 'on_track' });
    // The rep's own answer stays where it was said, and is not opened again.
    expect(s.lead(id)).toMatchObject({ Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'spam_test', Concord_HubSpot_Id__c: null });
    const { decision, handoffs } = await s.explain('ana@cliente.example');
    expect(decision.primary?.ref.id).toBe(worked);
    expect(handoffs).toMatchObject([{ cycle: 1, closedAs: 'rejected', reason: 'spam_test' }, { cycle: 2, closedAt: null, acceptedAt: expect.any(Number), clock: 'book_or_recycle' }]);
    await quiet();

    s.pass(DAY);
    rep().update('Lead', worked, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'timing' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_reason: 'timing', concord_rejection_count: '2', concord_cycle: '2' });
    await quiet();
  });

  test('on the recycle date the person comes back as a new handoff with clean fields; history stays (L4, F5)', async () => {
    const { lead: id } = await handedOver();
    rep().update('Lead', id, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'unreachable' });
    s.pass(MINUTE);
    await s.sync();
    const contact = s.sandbox.hubspot.state.byEmail('ana@cliente.example')?.id as string;
    s.sandbox.hubspot.state.act({ sourceType: 'CALCULATED' }).update('contacts', contact, { hubspotscore: '90' });
    s.pass(59 * DAY);
    expect((await s.sync()).transitions).toEqual({});
    s.pass(2 * DAY);
    const back = await s.sync();
    expect(back.transitions).toEqual({ mql: 1 });
    expect(s.lead(id)).toMatchObject({ Status: 'Open - Not Contacted', Concord_Cycle__c: 2, Concord_Rejection_Reason__c: null, Concord_Rejection_Count__c: 1 });
    expect((await s.explain('ana@cliente.example')).handoffs[0]).toMatchObject({ cycle: 1, reason: 'unreachable' });
    await quiet();
  });

  test('somebody changes a record between reading and writing: theirs stands, and the next run decides afresh (W4)', async () => {
    const id = person('race@w.example', { phone: '+52 1' });
    const sf = lead('race@w.example', { Phone: '+52 1' });
    await adopted();
    ui().update('contacts', id, { phone: '+52 2' });
    s.pass(MINUTE);
    const meanwhile = before(s.parts.salesforce, 'byIds', () => {
      s.pass(MINUTE);
      rep().update('Lead', sf, { Phone: '+52 3' });
    });
    const first = await s.sync();
    expect(meanwhile.happened()).toBe(true);
    expect(first).toMatchObject({ status: 'partial', writes: { salesforce: { skipped: 1 } } });
    expect(s.lead(sf)['Phone']).toBe('+52 3');
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('race@w.example')['phone']).toBe('+52 3');
    await quiet();
  });

  test('a refused field becomes a dead letter and the rest is written; it is tried again when the record changes (M3, W5)', async () => {
    await adopted();
    const id = person('bad@d.example', { lifecyclestage: 'marketingqualifiedlead', phone: '+52 55 1234 5678 ext. 12345678901234567890123456789' });
    const sf = lead('bad@d.example');
    s.pass(MINUTE);
    const run = await s.sync();
    expect(run.exit_code).toBe(EXIT.deadLetters);
    expect(s.lead(sf)).toMatchObject({ Concord_Stage__c: 'mql', Phone: null });
    const letters = await s.store.deadLetters({ state: 'open', limit: 10 });
    expect(letters).toMatchObject([{ field: 'Phone', problem: { code: 'too_long' } }]);
    await quiet();
    ui().update('contacts', id, { phone: '+52 55 1234' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(sf)['Phone']).toBe('+52 55 1234');
    expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toEqual([]);
    await quiet();
  });

  describe('a handoff that Salesforce refuses to carry has no clock, from the same run on (S1, W5)', () => {
    const SLA = ['concord_sla', 'concord_sla_due_at'] as const;
    const shown = (email: string): (string | undefined)[] => SLA.map((name) => s.contact(email)[name] || undefined);
    const passOf = async (email: string): Promise<unknown> => (await s.explain(email)).handoffs[0];
    const running = async (): Promise<number> => (await s.store.countDue(s.clock.now(), 9)).running;

    test('nor before the lead can be created', async () => {
      await adopted();
      const id = person('long@d.example', { lifecyclestage: 'marketingqualifiedlead', lastname: 'x'.repeat(120) });
      s.pass(MINUTE);
      const run = await s.sync();
      expect(run).toMatchObject({ exit_code: EXIT.deadLetters, people: { seen: 1, created: 0 }, transitions: { mql: 1 } });
      expect(s.leadByEmail('long@d.example')).toBeUndefined();
      expect(shown('long@d.example')).toEqual([undefined, undefined]);
      expect(await passOf('long@d.example')).toMatchObject({ cycle: 1, carriedAt: null, sla: null, closedAt: null });
      expect(await running()).toBe(0);
      await quiet();

      ui().update('contacts', id, { lastname: 'Paz' });
      s.pass(MINUTE);
      const mended = await s.sync();
      expect(mended).toMatchObject({ exit_code: EXIT.done, people: { created: 1 } });
      expect(s.leadByEmail('long@d.example')).toMatchObject({ Concord_SLA__c: 'on_track' });
      expect(shown('long@d.example')).toEqual(['on_track', expect.any(String)]);
      expect(await passOf('long@d.example')).toMatchObject({ carriedAt: Date.parse(mended.started_at) });
      expect(await running()).toBe(1);
      await quiet();
    });

    test('nor while the lead that is there takes no write', async () => {
      await adopted();
      const sf = lead('shut@d.example');
      s.sandbox.salesforce.state.addValidationRule({ object: 'Lead', name: 'Shut', formula: 'Email = "shut@d.example"', message: 'Nobody touches this one' });
      person('shut@d.example', { lifecyclestage: 'marketingqualifiedlead' });
      s.pass(MINUTE);
      expect(await s.sync()).toMatchObject({ exit_code: EXIT.deadLetters });
      expect(s.lead(sf)).toMatchObject({ Concord_Cycle__c: null });
      expect(shown('shut@d.example')).toEqual([undefined, undefined]);
      expect(await passOf('shut@d.example')).toMatchObject({ carriedAt: null });
      expect(await running()).toBe(0);
      await quiet();
      s.sandbox.salesforce.state.removeValidationRule('Lead', 'Shut');
      rep().update('Lead', sf, { Title: 'CEO' });
      s.pass(MINUTE);
      await s.sync();
      expect(s.lead(sf)).toMatchObject({ Concord_Cycle__c: 1, Concord_SLA__c: 'on_track' });
      expect(shown('shut@d.example')[0]).toBe('on_track');
      await quiet();
    });
  });

  test('the guard stops a plan over its limits and writes nothing of it (W6)', async () => {
    await adopted();
    for (let index = 0; index < 3; index += 1) person(`g${index}@g.example`, { lifecyclestage: 'marketingqualifiedlead' });
    s.agreement.settings.guard.creates = 2;
    s.pass(MINUTE);
    s.sandbox.hubspot.calls.clear();
    s.sandbox.salesforce.calls.clear();
    const stopped = await s.sync({ allowLargeChange: false });
    expect(stopped).toMatchObject({ status: 'stopped', exit_code: EXIT.guard });
    expect(stopped.stopped_by?.[0]).toMatchObject({ limit: 'creates', planned: 3, allowed: 2 });
    expect(writesOf(s.sandbox)).toEqual([]);
    const allowed = await s.sync();
    expect(allowed.people.created).toBe(3);
    expect(allowed).toMatchObject({ stopped_by: null, overruled: [{ limit: 'creates', planned: 3, allowed: 2 }] });
    expect((await s.store.run(allowed.run))?.summary).toMatchObject({ overruled: [{ limit: 'creates' }] });
    await quiet();
  });

  test('who went over the limits is known of a run that failed afterwards, too (W6)', async () => {
    await adopted();
    for (let index = 0; index < 3; index += 1) person(`f${index}@f.example`, { lifecyclestage: 'marketingqualifiedlead' });
    s.agreement.settings.guard.creates = 2;
    s.pass(MINUTE);
    const asked = new AbortController();
    await expect(run({ ...s.parts, stop: asked.signal }, { mode: 'apply', confirm: () => (asked.abort(), Promise.resolve(true)) })).rejects.toMatchObject({ code: 'interrupted' });
    expect((await s.store.runs(null, 1))[0]).toMatchObject({ status: 'failed', summary: { overruled: [{ limit: 'creates', planned: 3 }], error: { code: 'interrupted' } } });
    await s.sync();
    await quiet();
  });

  test('the first run on live CRMs takes a yes (L7)', async () => {
    person('first@l.example');
    const run = await s.sync({ allowLargeChange: false });
    expect(run).toMatchObject({ status: 'stopped', exit_code: EXIT.guard, adoption: true });
    expect(s.contact('first@l.example')['concord_stage']).toBeUndefined();
  });
});

describe('what a CRM does not return is unknown, never empty (M5)', () => {
  let s: Scenario;
  beforeEach(async () => {
    s = await openScenario();
  });
  afterEach(async () => {
    await s.close();
  });

  test('a field hidden by field-level security clears nothing, and its loss is announced until it is back', async () => {
    const contact = s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: 'm5@x.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', phone: '+52 1', lifecyclestage: 'lead' });
    const lead = s.sandbox.salesforce.state.act(s.rep).create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: 'm5@x.example', Country: 'Mexico', Phone: '+52 1' });
    expect((await s.sync()).lost_fields).toEqual([]);
    s.pass(DAY);
    s.sandbox.salesforce.state.hideField('Lead', 'Phone');
    s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).update('contacts', contact.id, { jobtitle: 'CEO' });
    const blind = await s.sync();
    expect(blind.lost_fields).toEqual([{ crm: 'salesforce', object: 'lead', field: 'Phone' }]);
    expect(s.contact('m5@x.example')).toMatchObject({ phone: '+52 1', jobtitle: 'CEO' });
    expect(s.lead(lead)).toMatchObject({ Phone: '+52 1', Title: 'CEO' });
    s.pass(DAY);
    s.sandbox.salesforce.state.hideField('Lead', 'Phone', { hidden: false });
    const back = await s.sync();
    expect(back.lost_fields).toEqual([]);
    expect(back.writes.hubspot.planned).toBe(0);
  });

  test('a field that an edited agreement names is read of everybody at the next run, once: nobody lacks what nobody has asked for (L6)', async () => {
    const { person, adopted, quiet } = cast(() => s);
    await adopted();
    person('lima@x.example', { city: 'Lima' });
    for (let time = 0; time < 2; time += 1) {
      s.pass(HOUR);
      await s.sync();
    }
    s.pass(HOUR);
    s.amend((text) =>
      text
        .replace('  - id: job_title', '  - { id: city, hubspot: city, salesforce: { lead: City, contact: MailingCity }, policy: newest_wins }\n\n  - id: job_title')
        .replace('needs: [email, last_name, company, country]', 'needs: [email, last_name, company, country, city]')
        .replace('- { field: score, at_least: 60 }', '- { field: score, at_least: 60 }\n        - { field: city, is: Lima }'),
    );
    const run = await s.sync();
    expect(run.transitions).toEqual({ mql: 1 });
    expect(run.read.hubspot.contacts).toBe(1);
    expect(s.contact('lima@x.example')).toMatchObject({ concord_stage: 'mql' });
    expect(s.leadByEmail('lima@x.example')).toMatchObject({ City: 'Lima' });
    s.pass(HOUR);
    await s.sync();
    s.pass(HOUR);
    expect((await s.sync()).read.hubspot.contacts).toBe(0);
    await quiet();
  });

  test('what was edited while its field was hidden is known once the field is back', async () => {
    const { ui, rep, handedOver, quiet } = cast(() => s);
    const { contact, lead } = await handedOver('back@x.example');
    s.sandbox.salesforce.state.hideField('Lead', 'Phone');
    await s.sync();
    rep().update('Lead', lead, { Phone: '+52 9' });
    s.pass(HOUR);
    await s.sync();
    s.pass(HOUR);
    s.sandbox.salesforce.state.hideField('Lead', 'Phone', { hidden: false });
    await s.sync();
    expect(s.contact('back@x.example')['phone']).toBe('+52 9');
    s.pass(HOUR);
    ui().update('contacts', contact, { phone: '+52 8' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.lead(lead)['Phone']).toBe('+52 8');
    await quiet();
  });

  test.each(['Opportunity', 'Lead'] as const)('an object that is withdrawn is announced as a whole, and nothing follows from it (%s)', async (object) => {
    const { ui, rep, handedOver } = cast(() => s);
    const { contact, lead } = await handedOver('deal@x.example');
    const { opportunityId } = rep().convertLead({ leadId: lead, convertedStatus: 'Closed - Converted', opportunityName: 'Deal' });
    s.pass(MINUTE);
    expect((await s.sync()).lost_fields).toEqual([]);
    expect(s.contact('deal@x.example')['concord_stage']).toBe('opportunity');
    s.sandbox.salesforce.state.hideObject(object);
    s.pass(HOUR);
    rep().update('Opportunity', String(opportunityId), { StageName: 'Closed Lost' });
    ui().update('contacts', contact, { jobtitle: 'CEO' });
    s.pass(MINUTE);
    const blind = await s.sync();
    expect(blind.lost_fields).toEqual([{ crm: 'salesforce', object: object.toLowerCase(), field: '*' }]);
    expect(s.contact('deal@x.example')['concord_stage']).toBe(object === 'Lead' ? 'lost' : 'opportunity');
    s.sandbox.salesforce.state.hideObject(object, { hidden: false });
    s.pass(HOUR);
    expect((await s.sync()).lost_fields).toEqual([]);
    expect(s.contact('deal@x.example')['concord_stage']).toBe('lost');
  });

  test('sales says “do not contact”: both CRMs opt the person out in the same run (F2, F7)', async () => {
    s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: 'dnc@x.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'marketingqualifiedlead' });
    await s.sync();
    const lead = String(s.leadByEmail('dnc@x.example')?.['Id']);
    s.pass(HOUR);
    s.sandbox.salesforce.state.act(s.rep).update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'do_not_contact' });
    s.pass(MINUTE);
    await s.sync();
    expect(s.contact('dnc@x.example')).toMatchObject({ concord_stage: 'disqualified', concord_route: 'suppress', hs_email_optout: 'true' });
    expect(s.lead(lead)).toMatchObject({ HasOptedOutOfEmail: true, DoNotCall: true });
    // A pass of sales' own after it is no opt-in: consent only tightens.
    s.pass(HOUR);
    const worked = String(s.sandbox.salesforce.state.act(s.rep).create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: 'dnc@x.example', Country: 'Mexico', Status: 'Working - Contacted' }));
    for (let run = 0; run < 2; run += 1) {
      s.pass(MINUTE);
      await s.sync();
    }
    expect(s.contact('dnc@x.example')).toMatchObject({ concord_stage: 'sal', concord_cycle: '2', hs_email_optout: 'true' });
    expect(s.lead(worked)).toMatchObject({ HasOptedOutOfEmail: true, DoNotCall: true });
  });
});

import { rollback } from '../../src/run/rollback';
import { MINUTE, HOUR, DAY, openScenario, writesOf, type Scenario } from '../support/scenario';

/** What sales answers, told in words on the contact's timeline, once (F2, W7). */

const EMAIL = 'ana@cliente.example';
const CLOSED = 'Closed - Not Converted';

let s: Scenario;
afterEach(() => s.close());

interface Note {
  id: string;
  body: string;
  at: string;
}

/** The notes on the contact's timeline, the oldest first. */
function notes(email = EMAIL): Note[] {
  const { state } = s.sandbox.hubspot;
  return state
    .associated('contacts', state.byEmail(email)?.id ?? '', 'notes')
    .map((id) => ({ id, body: state.get('notes', id)?.properties['hs_note_body'] ?? '', at: state.get('notes', id)?.properties['hs_timestamp'] ?? '' }))
    .sort((a, b) => Number(a.id) - Number(b.id));
}

const plain = (html: string | undefined): string => (html ?? '').replaceAll(/<br>|<\/p>/g, '\n').replaceAll(/<[^>]+>/g, '');

/** An MQL with a lead in Salesforce, an hour old. */
async function handedOver(options: Parameters<typeof openScenario>[0] = {}): Promise<string> {
  s = await openScenario(options);
  const marketer = s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
  const { id } = marketer.create('contacts', { email: EMAIL, firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
  await s.sync();
  s.pass(DAY);
  s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', id, { hubspotscore: '72' });
  s.pass(MINUTE);
  await s.sync();
  s.pass(HOUR);
  expect(notes()).toEqual([]);
  return String(s.leadByEmail(EMAIL)?.['Id']);
}

function answer(lead: string, fields: Record<string, unknown>): void {
  s.sandbox.salesforce.state.act(s.rep).update('Lead', lead, fields);
  s.pass(MINUTE);
}

test.each(['2026-09', 'v3'] as const)('a rejection is told once, escaped, with who, when, how often and what follows (F2) [%s]', async (apiVersion) => {
  const lead = await handedOver({ apiVersion });
  const saidAt = s.clock.now();
  answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Nada <b>hasta</b> 2027 & "quizás"' });

  const planned = await s.plan();
  expect(planned.notes).toEqual({ planned: 1, sent: 0, failed: 0, waiting: 0 });
  expect(notes()).toEqual([]);

  const summary = await s.sync();
  expect(summary).toMatchObject({ status: 'ok', notes: { planned: 1, sent: 1, failed: 0, waiting: 0 } });
  const [note, ...others] = notes();
  expect(others).toEqual([]);
  expect(Date.parse(note?.at ?? '')).toBe(saidAt);
  expect(note?.body).toContain('Nada &lt;b&gt;hasta&lt;/b&gt; 2027 &amp; &quot;quizás&quot;');
  const text = plain(note?.body);
  expect(text).toContain('Rita Rep');
  expect(text).toContain('Salesforce');
  expect(text).toContain(s.agreement.reasonLabel('no_budget'));
  expect(text).toMatch(/\[concord [0-9a-f]{16}\]/);

  // Nothing more to say, also once the echoes are read.
  for (let round = 0; round < 2; round += 1) {
    s.sandbox.hubspot.calls.clear();
    s.sandbox.salesforce.calls.clear();
    s.pass(5 * MINUTE);
    expect((await s.sync()).notes).toEqual({ planned: 0, sent: 0, failed: 0, waiting: 0 });
    expect(writesOf(s.sandbox)).toEqual([]);
  }
  expect(notes()).toHaveLength(1);

  const { told, writes } = await s.explain(EMAIL);
  expect(told).toMatchObject([{ channel: 'hubspot_note', kind: 'rejected', state: 'sent', remoteId: note?.id, run: summary.run }]);
  // W3: journaled like every write, without the words of the rep.
  expect(writes.filter((entry) => entry.op === 'leave')).toMatchObject([{ crm: 'hubspot', object: 'note', state: 'done', run: summary.run, changes: [{ field: 'note', after: told[0]?.mark, rule: 'F2' }] }]);
});

test('taken back, and rejected again: each is told (F4, F6)', async () => {
  const lead = await handedOver();
  answer(lead, { Status: CLOSED });
  await s.sync();
  expect(notes().map(({ body }) => plain(body).split('\n')[0])).toEqual(['Sales rejected the handoff without a reason']);

  answer(lead, { Concord_Rejection_Reason__c: 'timing' });
  await s.sync();
  expect(plain(notes()[1]?.body)).toContain(`Sales changed its answer: ${s.agreement.reasonLabel('timing')}`);

  answer(lead, { Status: 'Working - Contacted' });
  await s.sync();
  expect(plain(notes()[2]?.body)).toContain('Sales took the rejection back');
  expect(notes()).toHaveLength(3);
});

test('who comes back is told to have come back (F5)', async () => {
  const lead = await handedOver();
  answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
  await s.sync();
  s.pass(200 * DAY);
  await s.sync();
  s.pass(MINUTE);
  await s.sync();
  expect(notes().map(({ body }) => plain(body).split('\n')[0])).toEqual([expect.stringContaining('Sales rejected'), 'Came back: handed to sales again (handoff 2)']);
});

test('an agreement can do without notes', async () => {
  const lead = await handedOver({ edit: (text) => text.replace('timeline_note: true', 'timeline_note: false') });
  answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
  expect((await s.sync()).notes).toEqual({ planned: 0, sent: 0, failed: 0, waiting: 0 });
  expect(notes()).toEqual([]);
});

test('nothing older than adoption is told (L7)', async () => {
  s = await openScenario();
  const hubspot = s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: EMAIL, lastname: 'Paz', lifecyclestage: 'marketingqualifiedlead' });
  const rep = s.sandbox.salesforce.state.act(s.rep);
  const lead = rep.create('Lead', { LastName: 'Paz', Company: 'Cliente SA', Email: EMAIL });
  rep.update('Lead', lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
  s.pass(DAY);
  expect((await s.sync()).rejections.received).toBe(1);
  s.pass(MINUTE);
  await s.sync();
  expect(s.contact(EMAIL)['concord_rejection_reason']).toBe('no_budget');
  expect(hubspot.id).toBeDefined();
  expect(notes()).toEqual([]);
});

describe('the note is there once, whatever happens (W7)', () => {
  test.each<['drop' | 'drop-after', number]>([
    ['drop', 0],
    ['drop-after', 1],
  ])('the answer to leaving it is lost: %s', async (fault, there) => {
    const lead = await handedOver();
    answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
    s.sandbox.hubspot.faults.add({ match: { path: 'notes/batch/create' }, action: { do: fault } });

    const first = await s.sync();
    expect(first).toMatchObject({ status: 'partial', notes: { planned: 1, sent: 0, failed: 0, waiting: 1 } });
    expect(notes()).toHaveLength(there);

    s.pass(5 * MINUTE);
    await s.reopen();
    const second = await s.sync();
    expect(second.status).toBe('ok');
    expect(second.recovered).toEqual({ done: there, dropped: 1 - there });
    expect(notes()).toHaveLength(1);
    expect((await s.explain(EMAIL)).told).toMatchObject([{ state: 'sent', remoteId: notes()[0]?.id }]);
  });

  test('HubSpot cannot take notes for a while: they wait, the run is partial, and everything else is done', async () => {
    const lead = await handedOver();
    answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
    s.sandbox.hubspot.faults.add({ match: { path: 'notes/batch/create' }, action: { do: 'answer', status: 429, body: { status: 'error', errorType: 'RATE_LIMIT', policyName: 'DAILY', message: 'You have reached your daily limit.' } }, times: 0 });

    const first = await s.sync();
    expect(first).toMatchObject({ status: 'partial', dead_letters: 0, exit_code: 0, notes: { planned: 1, sent: 0, failed: 0, waiting: 1 } });
    expect(s.contact(EMAIL)['concord_rejection_reason']).toBe('no_budget');

    s.sandbox.hubspot.faults.clear();
    s.pass(DAY);
    expect(await s.sync()).toMatchObject({ status: 'ok', notes: { planned: 0, sent: 1, waiting: 0 } });
    expect(notes()).toHaveLength(1);
  });

  test('refused for good it becomes a dead letter, and is left when told to try again (W5)', async () => {
    const lead = await handedOver();
    answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
    s.sandbox.hubspot.faults.add({ match: { path: 'notes/batch/create' }, action: { do: 'answer', status: 403, body: { status: 'error', category: 'MISSING_SCOPES', message: 'This app hasn’t been granted all required scopes.' } }, times: 0 });

    expect(await s.sync()).toMatchObject({ status: 'ok', dead_letters: 1, exit_code: 4, notes: { planned: 1, sent: 0, failed: 1, waiting: 0 } });
    const { deadLetters } = await s.explain(EMAIL);
    expect(deadLetters).toMatchObject([{ object: 'note', problem: { code: 'missing_scope' } }]);
    s.pass(5 * MINUTE);
    expect((await s.sync()).notes).toEqual({ planned: 0, sent: 0, failed: 0, waiting: 0 });

    s.sandbox.hubspot.faults.clear();
    await s.store.transaction(null, (tx) => tx.repost(deadLetters.map((letter) => letter.field ?? ''), s.clock.now()));
    expect((await s.sync()).notes).toMatchObject({ sent: 1 });
    expect(notes()).toHaveLength(1);
    expect((await s.explain(EMAIL)).deadLetters).toEqual([]);
  });

  test('a contact merged away before the note is left has it on the survivor', async () => {
    const lead = await handedOver();
    answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
    s.sandbox.hubspot.faults.add({ match: { path: 'notes/batch/create' }, action: { do: 'drop-after' } });
    await s.sync();
    const marketer = s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
    const other = marketer.create('contacts', { email: 'ana.paz@cliente.example', lastname: 'Paz', lifecyclestage: 'lead' });
    marketer.merge('contacts', other.id, s.sandbox.hubspot.state.byEmail(EMAIL)?.id ?? '');
    s.pass(5 * MINUTE);
    await s.sync();
    s.pass(5 * MINUTE);
    await s.sync();
    expect(notes('ana.paz@cliente.example')).toHaveLength(1);
  });
});

test('a task for the owner is left the same way: once, found again by its mark (S3)', async () => {
  const lead = await handedOver();
  const tasks = (): Record<string, unknown>[] => s.sandbox.salesforce.state.query(`SELECT Id, WhoId, OwnerId, Subject, Description, ActivityDate, Status, Priority FROM Task WHERE WhoId = '${lead}'`);
  const { person } = await s.explain(EMAIL);
  const at = s.clock.now();
  await s.store.transaction(null, (tx) =>
    tx.post([{ key: 'task:first_touch', channel: 'salesforce_task', personId: person.id, target: null, kind: 'sla_breached', text: { title: 'First touch is overdue', lines: ['Ana Paz', 'since 10:00'], at, ownerId: s.rep, dueOn: '2026-11-18', priority: 'high' }, run: 'r', createdAt: at, nextTryAt: at }]),
  );
  s.sandbox.salesforce.faults.add({ match: { method: 'POST', path: '/composite/sobjects$' }, action: { do: 'drop-after' } });

  expect(await s.sync()).toMatchObject({ status: 'partial', tasks: { planned: 0, sent: 0, failed: 0, waiting: 1 } });
  s.pass(5 * MINUTE);
  expect((await s.sync()).recovered.done).toBe(1);

  expect(tasks()).toMatchObject([{ WhoId: lead, OwnerId: s.rep, Subject: 'First touch is overdue', ActivityDate: '2026-11-18', Status: 'Not Started', Priority: 'High' }]);
  expect(tasks()[0]?.['Description']).toMatch(/^Ana Paz\nsince 10:00\n\[concord [0-9a-f]{16}\]$/);
  expect((await s.explain(EMAIL)).told).toMatchObject([{ channel: 'salesforce_task', state: 'sent', remoteId: tasks()[0]?.['Id'], target: { object: 'lead', id: lead } }]);
  // The task moves the lead's stamps; nothing is concluded from that.
  s.pass(5 * MINUTE);
  expect((await s.sync()).writes.salesforce.planned).toBe(0);
});

test('rollback lists the note and leaves it (W9); forgetting blanks what was told', async () => {
  const { rollback } = await import('../../src/run/rollback');
  const lead = await handedOver();
  answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
  const { run } = await s.sync();
  const contact = s.sandbox.hubspot.state.byEmail(EMAIL)?.id ?? '';

  s.pass(MINUTE);
  const undone = await rollback(s.parts, { run, apply: true, allowLargeChange: true });
  expect(undone.not_undone).toContainEqual({ record: `hubspot:contact:${contact}`, op: 'note' });
  expect(notes()).toHaveLength(1);

  const { person, told } = await s.explain(EMAIL);
  await s.store.forget([person.id], []);
  expect(await s.store.posts(told.map(({ key }) => key))).toMatchObject([{ state: 'sent', text: null, target: null, remoteId: null }]);
});

test('a note for a contact that cannot be created is looked at less and less, then given up with what to do; a retry leaves it (F2, W5)', async () => {
  s = await openScenario();
  await s.sync();
  s.pass(DAY);
  const refuse = (): void => s.sandbox.hubspot.faults.add({ match: { path: 'objects/.*contacts/batch/(create|upsert)' }, action: { do: 'answer', status: 400, body: { status: 'error', category: 'VALIDATION_ERROR', message: 'Property values were not valid: [{"isValid":false,"message":"no","error":"INVALID_EMAIL","name":"email"}]' } }, times: 0 });
  refuse();
  const rep = s.sandbox.salesforce.state.act(s.rep);
  const lead = rep.create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: EMAIL, Country: 'Mexico', Status: 'Working - Contacted' });
  s.pass(MINUTE);
  await s.sync();
  answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
  await s.sync();
  const waiting = async (): Promise<{ tries: number; nextTryAt: number }[]> => s.store.duePosts({ channels: ['hubspot_note'], now: s.clock.now() + 1000 * DAY, limit: 9 });
  expect(await waiting()).toHaveLength(1);
  let looks = 0;
  while ((await waiting()).length > 0 && looks < 40) {
    const [post] = await waiting();
    s.clock.set(Math.max(s.clock.now() + MINUTE, post?.nextTryAt ?? 0));
    await s.sync();
    looks += 1;
  }
  // An hour, two, four, eight, sixteen, then daily.
  expect(looks).toBe(13);
  const letters = (await s.store.deadLetters({ state: 'open', limit: 20 })).filter((each) => each.object === 'note');
  expect(letters).toMatchObject([{ crm: 'hubspot', recordId: expect.stringMatching(/^person:/) as string, problem: { code: 'not_found', remedy: expect.stringContaining('never created') as string } }]);
  s.pass(DAY);
  expect((await s.sync()).notes).toMatchObject({ failed: 0, waiting: 0 });

  s.sandbox.hubspot.faults.clear();
  rep.update('Lead', lead, { Title: 'CEO' });
  s.pass(MINUTE);
  await s.sync();
  await s.store.transaction(null, (tx) => tx.repost(letters.map((each) => each.field ?? ''), s.clock.now()));
  s.pass(MINUTE);
  await s.sync();
  expect(notes()).toHaveLength(1);
  expect((await s.store.deadLetters({ state: 'open', limit: 20 })).filter((each) => each.object === 'note')).toEqual([]);
}, 120_000);

test('a note that still waits when its run is rolled back is not left any more; one that was left stays, and is listed (W9)', async () => {
  const lead = await handedOver();
  s.sandbox.hubspot.faults.add({ match: { path: 'notes/batch/create' }, action: { do: 'answer', status: 503, body: { status: 'error', message: 'down' } }, times: 0 });
  answer(lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
  const run = await s.sync();
  expect(run.notes).toMatchObject({ planned: 1, sent: 0 });
  expect((await rollback(s.parts, { run: run.run, apply: false })).withdrawn).toBe(0);
  const undone = await rollback(s.parts, { run: run.run, apply: true });
  expect(undone).toMatchObject({ status: 'ok', withdrawn: 1 });
  expect(undone.not_undone).toEqual([]);
  s.sandbox.hubspot.faults.clear();
  s.pass(HOUR);
  await s.sync();
  expect(notes()).toEqual([]);
  expect((await s.explain(EMAIL)).told.map((post) => [post.kind, post.state])).toEqual([['rejected', 'dead']]);
}, 60_000);

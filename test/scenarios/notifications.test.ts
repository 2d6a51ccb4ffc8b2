import { checkNotifications } from '../../src/run/checks/notifications';
import { deliver } from '../../src/run/deliver';
import { settleLetters } from '../../src/run/letters';
import { notifyStale } from '../../src/run/notifications';
import type { CheckLine } from '../../src/run/checks';
import { startMailServer, type MailServer } from '../support/smtp';
import { listenAsSlack, shown, SLACK_URL, type Slack } from '../support/slack';
import { MINUTE, HOUR, DAY, openScenario, type Scenario } from '../support/scenario';

/** Who is told of what while it matters (S3), by task, Slack and e-mail, once, whatever the channels do. */

const EMAIL = 'ana@cliente.example';
const CLOSED = 'Closed - Not Converted';

let s: Scenario;
let mail: MailServer | undefined;
afterEach(async () => {
  await s.close();
  await mail?.close();
  mail = undefined;
});

const hubspotUrl = (email = EMAIL): string => `https://app.hubspot.com/contacts/555001/record/0-1/${s.sandbox.hubspot.state.byEmail(email)?.id ?? ''}`;

type Row = Record<string, unknown>;
const tasks = (): Row[] => s.sandbox.salesforce.state.query("SELECT Id, WhoId, OwnerId, Subject, Description, ActivityDate, Priority FROM Task ORDER BY Id");

/** The shipped agreement with other notifications. */
const notifying = (lines: string[]) => (text: string): string => text.replace(/\nnotifications:\n(?: .*\n| *#.*\n)+/, `\nnotifications:\n${lines.map((line) => `  ${line}\n`).join('')}`);

/** A person whom a rep (or a queue) has as a lead, handed over on Tuesday 10:01 in Mexico City; Monday was a holiday. Returns the lead's id. */
async function handedOver(options: Parameters<typeof openScenario>[0] = {}, owner: 'rep' | 'queue' = 'rep'): Promise<string> {
  s = await openScenario(options);
  await s.sync();
  s.pass(DAY);
  return handOver(owner);
}

async function handOver(owner: 'rep' | 'queue' = 'rep', email = EMAIL, lastName = 'Paz'): Promise<string> {
  const rep = s.sandbox.salesforce.state.act(s.rep);
  const lead = rep.create('Lead', { FirstName: 'Ana', LastName: lastName, Company: 'Cliente SA', Email: email, Country: 'Mexico' });
  if (owner === 'queue') rep.update('Lead', lead, { OwnerId: s.sandbox.salesforce.state.addQueue('Inbound') });
  s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).create('contacts', { email, firstname: 'Ana', lastname: lastName, company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead', hubspotscore: '72' });
  s.pass(MINUTE);
  await s.sync();
  return lead;
}

/** A user who gets the tasks of escalations. */
function escalateTo(): string {
  const boss = s.sandbox.salesforce.state.addUser({ Name: 'Berta Boss' });
  s.agreement.settings.notifications.escalation.salesforce_user = boss;
  return boss;
}

const SLACK = { slackWebhookUrl: SLACK_URL };
const ESCALATION = 'escalation: { after: 4h, salesforce_user: 005000000000009AAA, slack: U024BE7LH, email: head@acme.example }';
const ADDRESSES = 'addresses: { from: concord@acme.example, marketing: [marketing@acme.example], revops: [revops@acme.example, ops@acme.example] }';
const none = { planned: 0, sent: 0, failed: 0, waiting: 0 };

test('without the permission to make tasks each is a dead letter that says so; given it, a retry leaves it (S3, W5)', async () => {
  await handedOver({ edit: notifying(['breach: [task]', 'escalation: { after: 4h }']) });
  const { state } = s.sandbox.salesforce;
  state.permit(state.integrationUserId, 'EditTask', false);
  s.pass(DAY);
  expect((await s.sync()).tasks).toMatchObject({ sent: 0, failed: 1 });
  const [letter, ...others] = await s.store.deadLetters({ state: 'open', limit: 10 });
  expect(others).toEqual([]);
  expect(letter).toMatchObject({ crm: 'salesforce', object: 'task', problem: { code: 'no_permission' } });
  state.permit(state.integrationUserId, 'EditTask', true);
  await s.store.transaction(null, (tx) => tx.repost([letter?.field ?? ''], s.clock.now()));
  s.pass(MINUTE);
  expect((await s.sync()).tasks).toMatchObject({ sent: 1, failed: 0 });
  expect(tasks()).toHaveLength(1);
  expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toEqual([]);
});

test('a breach is a task for the owner, once, and when it still stands one for the escalation contact (S3)', async () => {
  const lead = await handedOver({ edit: notifying(['breach: [task]', 'escalation: { after: 4h }']) });
  const boss = escalateTo();
  expect(tasks()).toEqual([]);

  // First touch within 8 business hours: by Wednesday 09:01.
  s.pass(DAY);
  expect((await s.sync()).tasks).toEqual({ planned: 1, sent: 1, failed: 0, waiting: 0 });
  expect(tasks()).toMatchObject([{ WhoId: lead, OwnerId: s.rep, Subject: 'First touch overdue: Ana Paz', ActivityDate: '2026-11-18', Priority: 'High' }]);
  expect(tasks()[0]?.['Description']).toContain(`HubSpot: ${hubspotUrl()}`);
  expect(tasks()[0]?.['Description']).toContain('Was due on 18 Nov 2026, 09:01 (America/Mexico_City)');
  for (let round = 0; round < 2; round += 1) {
    s.pass(5 * MINUTE);
    expect((await s.sync()).tasks).toEqual(none);
  }

  // Four business hours later: by the clock alone, nothing has changed in either CRM.
  s.pass(3 * HOUR);
  await s.sync();
  expect(tasks()).toMatchObject([{ OwnerId: s.rep }, { OwnerId: boss, Subject: 'Escalated, first touch still overdue: Ana Paz' }]);
  expect(tasks()[1]?.['Description']).toContain('Owner: Rita Rep');
  s.pass(HOUR);
  expect((await s.sync()).tasks).toEqual(none);

  // The answer is a deadline of its own, which is told although the touch is still owed.
  s.pass(DAY);
  await s.sync();
  expect(tasks().map((task) => task['Subject'])).toContain('Answer overdue: Ana Paz');
});

test('answered in time, nobody hears of anything; a breach that ends is not escalated', async () => {
  const lead = await handedOver({ edit: notifying(['breach: [task]', 'escalation: { after: 4h, salesforce_user: 005000000000009AAA }']) });
  s.pass(DAY);
  await s.sync();
  expect(tasks()).toHaveLength(1);
  s.sandbox.salesforce.state.act(s.rep).update('Lead', lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
  s.pass(2 * DAY);
  await s.sync();
  expect(tasks()).toHaveLength(1);
});

test('what a queue owns goes to the escalation contact at once, and only there (S3)', async () => {
  await handedOver({ edit: notifying(['new_handoff: [task]', 'due_soon: [task]', 'breach: [task]', 'escalation: { after: 4h }']) }, 'queue');
  const boss = escalateTo();
  expect(tasks()).toEqual([]);
  s.pass(DAY);
  await s.sync();
  expect(tasks()).toMatchObject([{ OwnerId: boss, Subject: 'First touch overdue: Ana Paz' }]);
  s.pass(5 * HOUR);
  await s.sync();
  expect(tasks()).toHaveLength(1);
});

describe('what a deactivated user owns', () => {
  const ways = notifying(['new_handoff: [task]', 'due_soon: [task]', 'breach: [task]', 'escalation: { after: 4h }']);
  const titles = (): unknown[] => tasks().map(({ OwnerId, Subject }) => [OwnerId, Subject]);

  test('goes to the escalation contact at once, and only there: Salesforce would refuse the owner’s task (S3)', async () => {
    await handedOver({ edit: ways });
    expect(titles()).toEqual([[s.rep, 'New handoff: Ana Paz']]);
    const boss = escalateTo();
    s.sandbox.salesforce.state.setUserActive(s.rep, false);
    for (let hour = 0; hour < 32; hour += 1) {
      s.pass(HOUR);
      await s.sync();
    }
    expect(titles().slice(1)).toEqual([[boss, 'First touch overdue: Ana Paz']]);
    expect(tasks()[1]?.['Description']).toContain('Owner: Rita Rep, a deactivated user');
    expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toEqual([]);
  });

  test('is escalated in time where the owner heard of it before', async () => {
    await handedOver({ edit: notifying(['breach: [task]', 'escalation: { after: 4h }']) });
    const boss = escalateTo();
    s.pass(DAY);
    await s.sync();
    expect(titles()).toEqual([[s.rep, 'First touch overdue: Ana Paz']]);
    s.sandbox.salesforce.state.setUserActive(s.rep, false);
    s.pass(5 * HOUR);
    await s.sync();
    expect(titles().slice(1)).toEqual([[boss, 'First touch overdue: Ana Paz']]);
  });

  test('is not passed over in silence where there is no escalation contact: a dead letter tells RevOps (W5)', async () => {
    await handedOver({ edit: notifying(['breach: [task]', 'escalation: { after: 4h }']) });
    s.sandbox.salesforce.state.setUserActive(s.rep, false);
    s.pass(DAY);
    expect((await s.sync()).tasks).toMatchObject({ sent: 0, failed: 1 });
    expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toMatchObject([{ object: 'task', problem: { code: 'inactive_owner' } }]);
    s.pass(5 * HOUR);
    expect((await s.sync()).tasks).toEqual(none);
  });

  test.each(['the record’s new owner', 'the escalation contact'])('its dead letter, retried: the task goes to %s (W5, S3)', async (who) => {
    const lead = await handedOver({ edit: notifying(['breach: [task]', 'escalation: { after: 4h }']) });
    s.sandbox.salesforce.state.setUserActive(s.rep, false);
    s.pass(DAY);
    await s.sync();
    const retry = async (): Promise<void> => void (await settleLetters(s.store, await s.store.deadLetters({ state: 'open', limit: 10 }), 'retry', s.clock.now()));
    await retry();
    s.pass(MINUTE);
    expect((await s.sync()).tasks).toMatchObject({ sent: 0, failed: 1 });

    const boss = s.sandbox.salesforce.state.addUser({ Name: 'Berta Boss' });
    if (who === 'the escalation contact') s.agreement.settings.notifications.escalation.salesforce_user = boss;
    else s.sandbox.salesforce.state.act(boss).update('Lead', lead, { OwnerId: boss });
    await retry();
    s.pass(MINUTE);
    await s.sync();
    expect(tasks().filter(({ Subject }) => Subject === 'First touch overdue: Ana Paz').map(({ OwnerId }) => OwnerId)).toEqual([boss]);
    expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toEqual([]);
  });

  test('is said in the Slack channel at once, and no mail goes to the owner', async () => {
    const slack = listenAsSlack();
    mail = await startMailServer();
    await handedOver({ edit: notifying(['new_handoff: [slack, email]', 'breach: [slack, email]', 'escalation: { after: 4h, email: head@acme.example }', ADDRESSES]), ...SLACK, smtpUrl: mail.url });
    s.sandbox.salesforce.state.setUserActive(s.rep, false);
    s.pass(DAY);
    await s.sync();
    expect(slack.posts.map((post) => post.text)).toEqual(['New handoff: Ana Paz', 'First touch overdue: Ana Paz']);
    expect(mail.mails.map(({ to }) => to)).toEqual([['rita.rep@concord.example'], ['head@acme.example']]);
  });
});

test('nothing older than adoption is told, and nothing that was due before notifications were there (L7)', async () => {
  s = await openScenario({ edit: notifying(['new_handoff: [task]', 'breach: [task]', 'rejection_digest: [slack]']), ...SLACK });
  const slack = listenAsSlack();
  const rep = s.sandbox.salesforce.state.act(s.rep);
  rep.create('Lead', { LastName: 'Paz', Company: 'Cliente SA', Email: EMAIL });
  rep.update('Lead', rep.create('Lead', { LastName: 'Gil', Company: 'Otro', Email: 'b@cliente.example' }), { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget' });
  s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: EMAIL, lastname: 'Paz', lifecyclestage: 'marketingqualifiedlead' });
  await s.sync();
  for (let day = 0; day < 4; day += 1) {
    s.pass(DAY);
    await s.sync();
  }
  expect([tasks(), slack.posts]).toEqual([[], []]);

  // An upgrade: the runs before have told up to nothing.
  await handOver('rep', 'c@cliente.example');
  await s.store.transaction(null, (tx) => tx.setMeta('told_up_to', null));
  s.pass(3 * DAY);
  await s.sync();
  expect(tasks().map((task) => task['Subject'])).toEqual(['New handoff: Ana Paz']);
});

describe('by Slack and e-mail', () => {
  let slack: Slack;
  beforeEach(async () => {
    slack = listenAsSlack();
    mail = await startMailServer();
  });
  const both = (lines: string[]): Parameters<typeof openScenario>[0] => ({ edit: notifying([...lines, ESCALATION, ADDRESSES]), ...SLACK, smtpUrl: mail?.url ?? '' });
  const mailed = (): { to: string[]; subject: string | undefined }[] => (mail?.mails ?? []).map(({ to, data }) => ({ to, subject: /^Subject: (.*)$/m.exec(data)?.[1] }));

  test('the owner hears of the handoff, of a near deadline and of the breach; then the escalation contact', async () => {
    await handedOver(both(['new_handoff: [slack, email]', 'due_soon: [slack, email]', 'breach: [slack, email]']));
    expect(shown(slack.posts[0])).toContain('New handoff: Ana Paz');
    expect(shown(slack.posts[0])).toContain('Owner: Rita Rep');
    expect(shown(slack.posts[0])).toContain(`<${hubspotUrl()}|HubSpot> · <`);
    expect(shown(slack.posts[0])).toContain('|Salesforce>');
    expect(mailed()).toEqual([{ to: ['rita.rep@concord.example'], subject: 'New handoff: Ana Paz' }]);

    for (let hour = 0; hour < 29; hour += 1) {
      s.pass(HOUR);
      await s.sync();
    }
    expect(mailed()).toEqual([
      { to: ['rita.rep@concord.example'], subject: 'New handoff: Ana Paz' },
      { to: ['rita.rep@concord.example'], subject: 'First touch due soon: Ana Paz' },
      { to: ['rita.rep@concord.example'], subject: 'First touch overdue: Ana Paz' },
      { to: ['head@acme.example'], subject: 'Escalated, first touch still overdue: Ana Paz' },
    ]);
    expect(slack.posts.map((post) => post.text)).toEqual(['New handoff: Ana Paz', 'First touch due soon: Ana Paz', 'First touch overdue: Ana Paz', '<@U024BE7LH> Escalated, first touch still overdue: Ana Paz']);
  });

  test('many of a run are one message, and rejections one a day; forgotten ones are not told', async () => {
    await handedOver(both(['new_handoff: [slack]', 'rejection_digest: [slack, email]']));
    slack.posts.length = 0;
    const reject = (lead: string): void => s.sandbox.salesforce.state.act(s.rep).update('Lead', lead, { Status: CLOSED, Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Nada <b>hasta</b> 2027 & *quizás* <!channel>' });
    const leads = [];
    // Never handed over: said no to, but nothing that marketing could have done better (F8).
    s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).create('contacts', { email: 'x@cliente.example', firstname: 'Ana', lastname: 'Cuatro', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' });
    leads.push(s.sandbox.salesforce.state.act(s.rep).create('Lead', { FirstName: 'Ana', LastName: 'Cuatro', Company: 'Cliente SA', Email: 'x@cliente.example', Country: 'Mexico' }));
    const rep = s.sandbox.salesforce.state.act(s.rep);
    for (const name of ['Uno', 'Dos', 'Tres']) {
      const email = `${name.toLowerCase()}@cliente.example`;
      leads.push(rep.create('Lead', { FirstName: 'Ana', LastName: name, Company: 'Cliente SA', Email: email, Country: 'Mexico' }));
      s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).create('contacts', { email, firstname: 'Ana', lastname: name, company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead', hubspotscore: '72' });
    }
    s.pass(MINUTE);
    await s.sync();
    expect(slack.posts.map((post) => post.text)).toEqual(['3 new handoffs']);

    slack.posts.length = 0;
    for (const lead of leads) {
      s.pass(10 * MINUTE);
      reject(lead);
      expect((await s.sync()).messages).toMatchObject({ sent: 0 });
    }
    const { person } = await s.explain('tres@cliente.example');
    await s.store.forget([person.id], []);
    expect(mail?.mails).toEqual([]);

    // Wednesday, 09:00.
    s.pass(22 * HOUR + 20 * MINUTE);
    await s.sync();
    expect(slack.posts.map((post) => post.text)).toEqual(['2 leads rejected by sales']);
    expect(shown(slack.posts[0])).toContain('*Ana Uno (Cliente SA): Sales rejected the handoff: No budget*');
    expect(shown(slack.posts[0])).toContain('Nada &lt;b&gt;hasta&lt;/b&gt; 2027 &amp; *quizás* &lt;!channel&gt;');
    expect(shown(slack.posts[0])).not.toMatch(/Tres|Cuatro/);
    expect(mailed()).toEqual([{ to: ['marketing@acme.example'], subject: '2 leads rejected by sales' }]);
    s.pass(DAY);
    await s.sync();
    expect(slack.posts).toHaveLength(1);
  });

  test('RevOps hears once that the guard stops every run, again after one went through, and of new dead letters', async () => {
    await handedOver(both(['breach: []', 'guard_stop: [slack, email]', 'dead_letters: [slack]']));
    const grow = (n: number): void => {
      for (let at = 0; at < n; at += 1) s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).create('contacts', { email: `x${s.clock.now()}.${at}@cliente.example`, firstname: 'X', lastname: 'Y', company: 'Z', country: 'Mexico', lifecyclestage: 'lead', hubspotscore: '72' });
      s.pass(MINUTE);
    };
    s.agreement.settings.guard.creates = 0;
    grow(2);
    for (let round = 0; round < 3; round += 1) {
      const stopped = await s.sync({ allowLargeChange: false });
      expect([stopped.status, stopped.exit_code]).toEqual(['stopped', 3]);
      s.pass(5 * MINUTE);
    }
    expect(slack.posts.map((post) => post.text)).toEqual(['The guard stopped a run: nothing was written']);
    expect(shown(slack.posts[0])).toContain('records to create: 2, allowed 0');
    expect(mailed()).toEqual([{ to: ['revops@acme.example', 'ops@acme.example'], subject: 'The guard stopped a run: nothing was written' }]);

    s.sandbox.salesforce.faults.add({ match: { method: 'PATCH', path: '/composite/sobjects/Lead' }, action: { do: 'answer', status: 200, body: [1, 2].map(() => ({ success: false, errors: [{ statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'No', fields: [] }] })) }, times: 0 });
    slack.posts.length = 0;
    const passed = await s.sync();
    expect(passed.dead_letters).toBe(2);
    expect(slack.posts.map((post) => post.text)).toEqual(['2 new dead letters']);
    expect(shown(slack.posts[0])).toContain('validation_rule (salesforce lead): 2');
    grow(1);
    await s.sync({ allowLargeChange: false });
    expect(slack.posts.map((post) => post.text)).toContain('The guard stopped a run: nothing was written');
  });

  test('a failing run says, once, that none has gone through for too long', async () => {
    await handedOver(both(['breach: []', 'stale: [slack, email]']));
    s.sandbox.hubspot.faults.add({ match: { path: 'account-info|access-token-info' }, action: { do: 'answer', status: 401, body: { status: 'error', category: 'INVALID_AUTHENTICATION', message: 'no' } }, times: 0 });
    for (let round = 0; round < 4; round += 1) {
      s.pass(30 * MINUTE);
      await s.reopen();
      await expect(s.sync()).rejects.toMatchObject({ code: 'unauthorized', exit: 2 });
      expect(slack.posts).toHaveLength(round < 2 ? 0 : 1);
    }
    expect(slack.posts[0]?.text).toBe('No good run since 17 Nov 2026, 10:01 (America/Mexico_City)');
    expect(mailed()).toEqual([{ to: ['revops@acme.example', 'ops@acme.example'], subject: 'No good run since 17 Nov 2026, 10:01 (America/Mexico_City)' }]);
  });

  test('who watches between runs says the same, once, also when no run has ever gone through', async () => {
    s = await openScenario(both(['breach: []', 'stale: [slack]']));
    const at = s.clock.now();
    const watch = async (): Promise<void> => {
      await notifyStale(s.parts, 'serve', s.clock.now(), at);
      await deliver(s.parts);
    };
    s.pass(30 * MINUTE);
    await watch();
    expect(slack.posts).toEqual([]);
    for (let round = 0; round < 3; round += 1) {
      s.pass(31 * MINUTE);
      await watch();
    }
    expect(slack.posts.map((post) => post.text)).toEqual(['No good run yet, waiting since 16 Nov 2026, 10:00 (America/Mexico_City)']);
  });

  test('Slack and the mail server are down: the run is what it would have been, and the messages arrive later, once', async () => {
    slack.answer = null;
    if (mail !== undefined) mail.mode = 'busy';
    await handedOver(both(['new_handoff: [slack, email]']));
    const [run] = await s.store.runs(null, 1);
    expect(run).toMatchObject({ status: 'ok', summary: { exit_code: 0, messages: { sent: 0, failed: 0, waiting: 2 } } });
    expect((await s.explain(EMAIL)).told).toMatchObject([
      { channel: 'email', state: 'waiting', tries: 1, problem: { channel: 'email', code: expect.stringMatching(/^e[a-z]+(_\d+)?$/) } },
      { channel: 'slack', state: 'waiting', tries: 1, problem: { code: 'unreachable' } },
    ]);
    const tried = slack.posts.length;

    // Not again at once: waits double.
    expect((await s.sync()).messages).toEqual({ sent: 0, failed: 0, waiting: 2 });
    expect(slack.posts).toHaveLength(tried);

    slack.answer = { status: 200, body: 'ok' };
    if (mail !== undefined) mail.mode = 'ok';
    s.pass(5 * MINUTE);
    expect((await s.sync()).messages).toEqual({ sent: 2, failed: 0, waiting: 0 });
    expect(slack.posts).toHaveLength(tried + 1);
    expect(mailed()).toEqual([{ to: ['rita.rep@concord.example'], subject: 'New handoff: Ana Paz' }]);
    s.pass(DAY);
    await s.sync();
    expect([slack.posts.length, mail?.mails.length]).toEqual([tried + 1, 1]);
  });

  test('without SLACK_WEBHOOK_URL the messages wait, and go when it is there', async () => {
    const { slackWebhookUrl: _, ...without } = both(['new_handoff: [slack]']) ?? {};
    await handedOver(without);
    expect((await s.explain(EMAIL)).told).toMatchObject([{ state: 'waiting', problem: { code: 'not_configured', message: 'SLACK_WEBHOOK_URL is not set.' } }]);
  });

  test('quiet hours: what is about a person waits until they are over', async () => {
    await handedOver(both(['new_handoff: [slack]', 'quiet_hours: { from: "09:30", to: "11:00" }']));
    expect(slack.posts).toEqual([]);
    s.pass(HOUR);
    await s.sync();
    expect(slack.posts).toHaveLength(1);
  });

  test('no secret, address, name or note is in what is logged', async () => {
    const lines: string[] = [];
    const keep = (message: string, fields?: Record<string, unknown>): void => void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
    slack.answer = { status: 404, body: 'no_service' };
    if (mail !== undefined) mail.unknown.add('rita.rep@concord.example');
    s = await openScenario(both(['new_handoff: [slack, email]']));
    s.parts.log = { info: keep, warn: keep, error: keep };
    await s.sync();
    s.pass(DAY);
    await handOver();
    expect(lines.join('\n')).toContain('no_service');
    expect(lines.join('\n')).toContain('eenvelope_550');
    expect(lines.join('\n')).not.toMatch(/Ana|Paz|@|secretsecret|hooks\.slack|Rita/);
  });
});

test('check says what the notifications lack; runs work without', async () => {
  s = await openScenario({ edit: notifying(['breach: [task, slack]', 'stale: [email]', ESCALATION, ADDRESSES]), ...SLACK });
  const look = async (): Promise<string[]> => {
    const lines: CheckLine[] = [];
    await checkNotifications(s.parts, lines);
    expect(lines.filter((line) => line.blocks || line.ok !== (line.remedy === null))).toEqual([]);
    return lines.map(({ id, ok, message }) => `${ok ? 'ok' : 'warn'} ${id} ${message}`);
  };
  expect(await look()).toEqual([
    'ok notifications.slack Notifications: breach go by slack',
    'warn notifications.email Notifications: SMTP_URL is not set, but the agreement sends by email: stale',
    'warn notifications.escalation Notifications: Salesforce has no active user 005000000000009AAA to escalate breaches to',
  ]);
  const boss = escalateTo();
  expect((await look()).at(-1)).toBe(`ok notifications.escalation Notifications: breaches are escalated to the Salesforce user ${boss}`);
  s.agreement.settings.notifications.breach = [];
  s.agreement.settings.notifications.stale = [];
  expect(await look()).toEqual([]);
});

test('given to another rep, the touch is that one’s to make, and its breach told anew (S1, S3)', async () => {
  const lead = await handedOver({ edit: notifying(['breach: [task]']) });
  s.pass(DAY);
  await s.sync();
  const other = s.sandbox.salesforce.state.addUser({ Name: 'Oscar Otro' });
  s.sandbox.salesforce.state.act(s.rep).update('Lead', lead, { OwnerId: other });
  for (let hour = 0; hour < 26; hour += 2) {
    s.pass(2 * HOUR);
    await s.sync();
  }
  expect(tasks().filter((task) => String(task['Subject']).startsWith('First touch')).map((task) => task['OwnerId'])).toEqual([s.rep, other]);
});

import { deliver } from '../../src/run/deliver';
import { holdReview, scheduledDigest } from '../../src/run/digests';
import { reportOf } from '../../src/run/reports';
import { startMailServer, type MailServer } from '../support/smtp';
import { listenAsSlack, shown, SLACK_URL, type Slack } from '../support/slack';
import { cast, DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* The digests of a story told to both CRMs, by Slack and e-mail: each once, whatever the channels do. The story begins on a Monday at ten. */

let s: Scenario;
let mail: MailServer;
let slack: Slack;
const { handedOver, rep } = cast(() => s);

beforeEach(async () => {
  slack = listenAsSlack();
  mail = await startMailServer();
});
afterEach(async () => {
  await s.close();
  await mail.close();
});

const NOTIFICATIONS = `
notifications:
  breach: []
  weekly_digest: [slack, email]
  review_pack: [slack, email]
  addresses: { from: concord@acme.example, marketing: [marketing@acme.example, boss@acme.example], sales: [sales@acme.example, boss@acme.example] }
`;
const begin = async (more: string[] = []): Promise<void> => {
  s = await openScenario({ edit: (text) => text.replace(/\nnotifications:\n(?: .*\n| *#.*\n)+/, `${NOTIFICATIONS}${more.map((line) => `  ${line}\n`).join('')}`), slackWebhookUrl: SLACK_URL, smtpUrl: mail.url });
};
const weekly = (): ReturnType<typeof scheduledDigest> => scheduledDigest(s.parts, 'weekly', 'https://concord.acme.example');
const review = (): ReturnType<typeof scheduledDigest> => scheduledDigest(s.parts, 'review', null);

test('the weekly digest: the reports’ figures, to both teams, each address once; no name, no note, no address of a person (design 6)', async () => {
  await begin();
  const { lead } = await handedOver();
  rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget', Concord_Rejection_Note__c: 'Nada hasta 2027' });
  s.pass(MINUTE);
  await s.sync();
  // Monday, 08:01.
  s.pass(6 * DAY - 3 * HOUR);
  expect(await weekly()).toMatchObject({ outcome: 'sent', messages: { sent: 2, failed: 0, waiting: 0 } });
  expect(slack.posts.map((post) => post.text)).toEqual(['Acme: weekly numbers for marketing and sales, Nov 16, 2026 – Nov 22, 2026']);
  expect(mail.mails.map(({ to }) => to)).toEqual([['marketing@acme.example', 'boss@acme.example', 'sales@acme.example']]);

  const report = await reportOf(s.store, s.agreement, s.clock.now(), 'rejections', { from: '2026-11-16', to: '2026-11-22' });
  const handed = report.sections[0]?.rows[0]?.cells['handed']?.value;
  expect(handed).toBe(1);
  expect(shown(slack.posts[0])).toContain('• Handed over: *1* (Nov 9 – Nov 15: 0, +1)');
  expect(shown(slack.posts[0])).toContain('• No budget: *1* (Nov 9 – Nov 15: 0, +1)');
  expect(shown(slack.posts[0])).toContain('<https://concord.acme.example/reports/rejections?from=2026-11-16&amp;to=2026-11-22|');
  const body = mail.mails[0]?.data.replaceAll('=\n', '') ?? '';
  expect(body).toMatch(/Handed over +1 +0/);
  for (const told of [shown(slack.posts[0]), body]) expect(told).not.toMatch(/Ana|Paz|Nada hasta|cliente\.example/);
});

test('each week once: not again by a second tick, a restart, or a run in between; the next week the next', async () => {
  await begin();
  await handedOver();
  s.pass(6 * DAY - 3 * HOUR);
  await weekly();
  s.pass(5 * MINUTE);
  await s.reopen();
  expect((await weekly()).outcome).toBe('quiet');
  await s.sync();
  s.pass(6 * DAY);
  expect((await weekly()).outcome).toBe('quiet');
  s.pass(DAY);
  expect((await weekly()).outcome).toBe('sent');
  expect(slack.posts.map((post) => post.text.slice(-27))).toEqual(['Nov 16, 2026 – Nov 22, 2026', 'Nov 23, 2026 – Nov 29, 2026']);
  expect(mail.mails).toHaveLength(2);
});

test('both channels are down: the run is what it would have been, the digest arrives later as it was made, once', async () => {
  await begin();
  slack.answer = null;
  mail.mode = 'busy';
  await handedOver();
  s.pass(6 * DAY - 3 * HOUR);
  expect(await weekly()).toMatchObject({ outcome: 'sent', messages: { sent: 0, waiting: 2 } });
  slack.posts.length = 0;
  s.pass(10 * MINUTE);
  expect(await s.sync()).toMatchObject({ status: 'ok', exit_code: 0, messages: { sent: 0, waiting: 2 } });
  slack.posts.length = 0;
  slack.answer = { status: 200, body: 'ok' };
  mail.mode = 'ok';
  s.pass(HOUR);
  await s.reopen();
  expect((await s.sync()).messages).toMatchObject({ sent: 2, waiting: 0 });
  expect(slack.posts).toHaveLength(1);
  // As it stood when it was made.
  expect(shown(slack.posts[0])).toContain('Counted on 2026-11-23 08:01');
  s.pass(HOUR);
  await s.sync();
  expect([slack.posts.length, mail.mails.length]).toEqual([1, 1]);
});

test('two weeks’ digests that wait for the same channel are two messages', async () => {
  await begin();
  await handedOver();
  const { slack: messenger } = s.parts.messengers;
  delete s.parts.messengers.slack;
  s.pass(6 * DAY - 3 * HOUR);
  await weekly();
  s.pass(7 * DAY - HOUR);
  await weekly();
  expect(slack.posts).toEqual([]);
  if (messenger !== undefined) s.parts.messengers.slack = messenger;
  s.pass(4 * HOUR);
  await deliver(s.parts);
  expect(slack.posts.map((post) => post.text.slice(-27))).toEqual(['Nov 16, 2026 – Nov 22, 2026', 'Nov 23, 2026 – Nov 29, 2026']);
});

test('quiet hours hold back what the schedule sends', async () => {
  await begin(['quiet_hours: { from: "20:00", to: "07:00" }']);
  await handedOver();
  s.pass(6 * DAY - 8 * HOUR);
  expect(await weekly()).toMatchObject({ outcome: 'sent', messages: { sent: 0, waiting: 2 } });
  s.pass(4 * HOUR);
  expect((await s.sync()).messages).toMatchObject({ sent: 2 });
});

test('nothing before the CRMs are adopted (L7), and nothing where the agreement names no way', async () => {
  await begin();
  expect((await weekly()).outcome).toBe('not_adopted');
  await s.sync();
  s.agreement.settings.notifications.weekly_digest = [];
  expect((await weekly()).outcome).toBe('off');
  expect([slack.posts, mail.mails]).toEqual([[], []]);
});

test('the review pack: a week before it is due, once more when it is overdue; a review that was held begins anew and counts in the alignment', async () => {
  await begin();
  await s.sync();
  const recency = async (): Promise<unknown> => (await reportOf(s.store, s.agreement, s.clock.now(), 'alignment')).sections[1]?.rows.find((row) => row.id === 'review')?.cells['score']?.value;
  expect(await recency()).toBeNull();
  const outcomes: string[] = [];
  const lookDaily = async (days: number): Promise<void> => {
    outcomes.length = 0;
    for (let day = 0; day < days; day += 1) {
      s.pass(DAY);
      const { outcome } = await review();
      if (outcome !== 'quiet') outcomes.push(`day ${day + 1} ${outcome}`);
    }
  };
  // Six weeks: the reminder after five.
  await lookDaily(60);
  expect(outcomes).toEqual(['day 35 sent', 'day 42 sent']);
  expect(slack.posts).toHaveLength(2);
  expect(shown(slack.posts[0])).toContain('The next joint review is due by Dec 28, 2026. None has been recorded yet.');
  expect(shown(slack.posts[1])).toContain('The joint review was due by Dec 28, 2026: it is overdue.');
  expect(mail.mails.map(({ data }) => /pack for the joint review of marketing/.test(data.replaceAll('=\n', '')))).toEqual([true, true]);

  expect(await holdReview(s.store, s.agreement, s.clock.now(), null)).toEqual({ heldOn: '2027-01-15', nextDueOn: '2027-02-26', agreement: s.agreement.hash });
  expect(await recency()).toBe(1);
  await lookDaily(43);
  expect(outcomes).toEqual(['day 35 sent', 'day 42 sent']);
  expect(shown(slack.posts[2])).toContain('The last one was held on Jan 15, 2027.');
  expect(shown(slack.posts[2])).toContain('The agreement is as it was at the last review.');
});

test('a review is taken down once it was held: not in the future, not before the last one, on a day that exists', async () => {
  await begin();
  for (const date of ['2026-11-17', '2026-02-30', 'yesterday']) await expect(holdReview(s.store, s.agreement, s.clock.now(), date)).rejects.toMatchObject({ code: 'bad_usage', exit: 2 });
  expect(await holdReview(s.store, s.agreement, s.clock.now(), '2026-11-10')).toMatchObject({ heldOn: '2026-11-10', nextDueOn: '2026-12-22' });
  await expect(holdReview(s.store, s.agreement, s.clock.now(), '2026-11-09')).rejects.toMatchObject({ code: 'bad_usage', message: 'a later review is taken down already, of 2026-11-10' });
  // The same day again: the agreement of that meeting was put right.
  expect(await holdReview(s.store, s.agreement, s.clock.now(), '2026-11-10')).toMatchObject({ heldOn: '2026-11-10' });
});

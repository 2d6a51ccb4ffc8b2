import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../src/store';
import { startMailServer, type MailServer } from '../support/smtp';
import { editAgreement, openPlace, start, type Document, type Place } from './support';

/* `concord digest` as users meet it: every format, sending once, taking a review down, wrong usage. */

let place: Place;
let mail: MailServer;
let agreement: string;

beforeAll(async () => {
  mail = await startMailServer();
  place = await openPlace();
  const marketer = place.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 });
  marketer.create('contacts', { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead', hs_analytics_source: 'PAID_SEARCH' });
  const contact = place.sandbox.hubspot.state.byEmail('ana@cliente.example')?.id as string;
  await place.settle();
  await place.document('sync', 0, ['sync', '--allow-large-change']);
  place.sandbox.hubspot.state.act({ sourceType: 'FORM' }).update('contacts', contact, { hubspotscore: '72' });
  await place.settle();
  await place.document('sync', 0, ['sync']);
  agreement = editAgreement(place, 'mailing.yaml', (text) => text.replace('  weekly_digest: []', '  weekly_digest: [email]\n  addresses: { from: concord@acme.example, marketing: [m@acme.example], sales: [s@acme.example] }').replace('language: en', 'language: es'));
});
afterAll(async () => {
  await place.close();
  await mail.close();
});

/** The days of this week by the company's time zone, as a wish for a period. */
function thisWeek(): string {
  const day = (at: number): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Mexico_City' }).format(at);
  const now = Date.now();
  return `${day(now - 3 * 86_400_000)}..${day(now)}`;
}
const figures = (document: Document): Document[] => (document['points'] ?? []).flatMap((point) => (point['tables'] ?? []).flatMap((table) => (table['rows'] ?? []).flatMap((row) => (row as unknown as Document[]).flatMap((cell) => cell['figure'] ?? []))));

test('one document of the published shape, whose figures `concord report` repeats to the unit', async () => {
  const digest = await place.document('digest', 0, ['digest', 'weekly', '--period', thisWeek()]);
  expect(digest).toMatchObject({ digest: 'weekly', company: 'Acme', currency: 'USD', time_zone: 'America/Mexico_City', sent: null });
  const told = figures(digest);
  const handed = told.find((figure) => figure['id'] === 'acceptance.handed.handed');
  expect(handed).toMatchObject({ value: 1 });
  const wishes = new Map<string, Document[]>();
  for (const figure of told.filter((each) => String(each['report']) !== 'parity')) {
    const period = figure['period'];
    const wish = [String(figure['report']), ...(period === null || period === undefined ? [] : ['--from', String(period['from']), '--to', String(period['to'])]), ...(figure['by'] === null ? [] : ['--by', String(figure['by'])])].join(' ');
    wishes.set(wish, [...(wishes.get(wish) ?? []), figure]);
  }
  // Two of the reports it is made of are enough here: all of them are compared one by one in test/report/digest.test.ts.
  for (const [wish, list] of [...wishes].filter(([each]) => /^(rejections|sla|debt) /.test(`${each} `)).slice(0, 2)) {
    const report = await place.document('report', 0, ['report', ...wish.split(' ')]);
    for (const figure of list) {
      const [section, ...rest] = String(figure['id']).split('.');
      const column = rest.pop() ?? '';
      const cell = report['sections']?.find((each) => each['id'] === section)?.['rows']?.find((row) => row['id'] === rest.join('.'))?.['cells']?.[column];
      expect([wish, figure['id'], cell?.['value']]).toEqual([wish, figure['id'], figure['value']]);
    }
  }
});

test('every format, without the person’s name or address', async () => {
  const seen: Record<string, string> = {};
  for (const format of ['text', 'md', 'html', 'slack', 'json']) {
    const { code, stdout, stderr } = await place.concord(['digest', 'weekly', '--period', thisWeek(), '--format', format], { CONCORD_PUBLIC_URL: 'https://concord.acme.example' });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/Ana|Paz|cliente\.example/);
    seen[format] = stdout;
  }
  expect(seen['text']).toMatch(/^Acme: weekly numbers for marketing and sales/);
  expect(seen['md']).toMatch(/^# Acme: weekly[\s\S]*\n\| What \| /);
  expect(seen['html']).toMatch(/^<!doctype html>/);
  expect(seen['html']).toContain('href="https://concord.acme.example/people/');
  expect((JSON.parse(seen['slack'] ?? '') as { blocks: { type: string }[] }).blocks[0]).toMatchObject({ type: 'header' });
  expect(JSON.parse(seen['json'] ?? '')).toMatchObject({ digest: 'weekly' });
});

test('--send: by the agreement’s ways, in its language, each period once; --again once more; a channel that is down waits', async () => {
  const env = { SMTP_URL: mail.url, CONCORD_AGREEMENT: agreement };
  const send = (...more: string[]): Promise<Document> => place.document('digest', 0, ['digest', 'weekly', '--send', '--period', thisWeek(), ...more], env);
  expect((await send())['sent']).toEqual([{ channel: 'email', state: 'sent', already: false }]);
  expect(mail.mails.map(({ to }) => to)).toEqual([['m@acme.example', 's@acme.example']]);
  expect(mail.mails[0]?.data).toMatch(/semanales de marketing/);
  expect((await send())['sent']).toEqual([{ channel: 'email', state: 'sent', already: true }]);
  expect(mail.mails).toHaveLength(1);
  mail.mode = 'busy';
  expect((await send('--again'))['sent']).toEqual([{ channel: 'email', state: 'waiting', already: false }]);
  mail.mode = 'ok';
  const again = await place.concord(['digest', 'weekly', '--send', '--again', '--period', thisWeek()], env);
  expect([again.code, again.stdout]).toEqual([0, 'email: sent\n']);
  // What waits is tried again by a run, a minute later at the earliest.
  expect(mail.mails).toHaveLength(2);
});

test('--held takes down that the review took place; the pack then begins there', async () => {
  const held = await place.document('digest-held', 0, ['digest', 'review', '--held']);
  const pack = await place.document('digest', 0, ['digest', 'review']);
  // The day may end between the two commands.
  expect([held['held_on'], new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Mexico_City' }).format()]).toContain(pack['period']?.['to']);
  expect(pack['period']).toMatchObject({ from: held['held_on'] });
  expect(JSON.stringify(pack['points']?.find((point) => point['id'] === 'terms')?.['lines'])).toContain('The agreement is as it was at the last review.');
  const alignment = await place.document('report', 0, ['report', 'alignment']);
  expect(alignment['sections']?.[1]?.['rows']?.find((row) => row['id'] === 'review')?.['cells']?.['score']?.['value']).toBe(1);
  expect((await place.concord(['digest', 'review', '--held'])).stdout).toMatch(/^Taken down: the joint review was held on /);
});

test.each<[string, string[], RegExp, 'shipped' | 'mailing']>([
  ['another digest', ['digest', 'monthly'], /no digest monthly.*/, 'shipped'],
  ['a period that is none', ['digest', 'weekly', '--period', 'soon'], /“soon” is no period/, 'shipped'],
  ['--again alone', ['digest', 'weekly', '--again'], /--again goes with --send/, 'shipped'],
  ['nobody to send to', ['digest', 'review', '--send'], /sends the review_pack to nobody/, 'shipped'],
  ['the weekly held', ['digest', 'weekly', '--held'], /only the joint review is held/, 'shipped'],
  ['held tomorrow', ['digest', 'review', '--held', '2099-01-01'], /2099-01-01 is still to come/, 'shipped'],
  ['held and sent', ['digest', 'review', '--held', '--send'], /--held does not go with --send/, 'shipped'],
  ['the sandbox’s people sent', ['digest', 'weekly', '--send', '--sandbox'], /nothing of the sandbox CRMs is sent/, 'shipped'],
  ['a way without its server', ['digest', 'weekly', '--send'], /SMTP_URL is not set/, 'mailing'],
  ['an unknown format', ['digest', 'weekly', '--format', 'pdf'], /pdf/, 'shipped'],
])('%s: exit 2, and what to do', async (_name, args, message, under) => {
  const error = await place.document('error', 2, args, under === 'shipped' ? {} : { CONCORD_AGREEMENT: agreement });
  expect(String(error['error']?.['message'])).toMatch(message);
  expect(String(error['error']?.['remedy'])).toMatch(/./);
});

test('`serve` makes up the Monday on which it was down, once, over restarts', async () => {
  const store = await openStore(`sqlite:${join(place.folder, 'data', 'concord.db')}`);
  await store.transaction(null, (tx) => tx.setMeta('weekly_digest', JSON.stringify({ week: null, at: Date.now() - 8 * 86_400_000 })));
  await store.close();
  const served = editAgreement(place, 'served.yaml', (text) =>
    text.replace('  weekly_digest: []', '  weekly_digest: [email]\n  addresses: { from: concord@acme.example, marketing: [team@acme.example] }').replace('feedback: 45s', 'feedback: off').replace('sync: "*/5 * * * *"', 'sync: "0 5 1 1 *"').replace('full: "30 3 * * *"', 'full: "0 6 1 1 *"'),
  );
  const mails = (): number => mail.mails.filter(({ to }) => to.includes('team@acme.example')).length;
  const serve = async (until: (said: string) => boolean): Promise<void> => {
    const child = start(place.folder, ['serve', '--json'], { ...place.env, SMTP_URL: mail.url, CONCORD_AGREEMENT: served, CONCORD_PORT: '0' });
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'close');
    while (!until(said) && child.exitCode === null) await wait(100);
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  };
  await serve(() => mails() === 1);
  // What was missed is known, and begun, before it says that it is up; and what is begun ends before the process does.
  await serve((said) => said.includes('}'));
  expect(mails()).toBe(1);
});

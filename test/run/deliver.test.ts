import { openStore } from '../../src/store';
import type { OutboxEntry, OutboxRow, Store } from '../../src/store/port';
import type { Message, Messenger, SendOutcome } from '../../src/domain/notification';
import { deliver, type DeliverCounts } from '../../src/run/deliver';
import { DAY, HOUR, MINUTE, NOW, agreement } from '../support/person';
import { sqliteDatabases } from '../store/databases';

/* How messages get from the outbox to those who carry them (S3): together, once, later when they must wait, and never in a run's way. */

const databases = sqliteDatabases();
beforeAll(() => databases.start());
afterAll(() => databases.stop());

let store: Store;
let now: number;
let warned: string[];
beforeEach(async () => {
  store = await openStore(databases.newAddress());
  now = NOW;
  warned = [];
});
afterEach(() => store.close());

interface Carrier extends Messenger {
  messages: Message[];
  answer: SendOutcome | ((message: Message) => SendOutcome | Promise<SendOutcome>);
}
function carrier(): Carrier {
  const made: Carrier = {
    messages: [],
    answer: { outcome: 'sent', id: null },
    async send(message) {
      made.messages.push(message);
      return typeof made.answer === 'function' ? made.answer(message) : made.answer;
    },
    close: () => Promise.resolve(),
  };
  return made;
}

const entry = (key: string, more: Partial<OutboxEntry> = {}): OutboxEntry => ({ key, channel: 'slack', personId: null, target: null, kind: 'breach', text: { title: key, lines: [`line of ${key}`], at: NOW }, run: 'r', createdAt: now, nextTryAt: now, ...more });
const post = (...entries: OutboxEntry[]): Promise<void> => store.transaction(null, (tx) => tx.post(entries));
const go = (messengers: Partial<Record<'slack' | 'email', Messenger>>): Promise<DeliverCounts> => {
  const warn = (message: string, fields?: Record<string, unknown>): void => void warned.push(`${message} ${JSON.stringify(fields)}`);
  return deliver({ store, terms: { agreement }, messengers, clock: () => now, log: { info: warn, warn, error: warn } });
};
const row = async (key: string): Promise<OutboxRow> => (await store.posts([key]))[0] as OutboxRow;
const titles = (slack: Carrier): string[][] => slack.messages.map((message) => message.parts.map((part) => part.title));

test('what is of one kind, for the same people, is one message', async () => {
  const slack = carrier();
  const email = carrier();
  await post(entry('a'), entry('b'), entry('c', { kind: 'due_soon' }), entry('d', { text: { title: 'd', lines: [], at: NOW, mention: ['U1'] } }), entry('later', { nextTryAt: now + 1 }));
  await post(...['e', 'f', 'g'].map((key) => entry(key, { channel: 'email', text: { title: key, lines: [], at: NOW, to: [key === 'g' ? 'two@x.example' : 'one@x.example'] } })));
  expect(await go({ slack, email })).toEqual({ sent: 7, failed: 0, waiting: 1 });
  expect(titles(slack)).toEqual([['a', 'b'], ['c'], ['d']]);
  expect(slack.messages[2]?.mention).toEqual(['U1']);
  expect(email.messages.map(({ to, parts }) => [to, parts.length])).toEqual([[['one@x.example'], 2], [['two@x.example'], 1]]);
  expect(await row('a')).toMatchObject({ state: 'sent', settledAt: NOW, tries: 0, problem: null });
  expect(await go({ slack, email })).toEqual({ sent: 0, failed: 0, waiting: 1 });
  expect(slack.messages).toHaveLength(3);
});

test('a message holds twenty; the rest is counted', async () => {
  const slack = carrier();
  await post(...Array.from({ length: 25 }, (_, at) => entry(`k${String(at).padStart(2, '0')}`)));
  expect((await go({ slack })).sent).toBe(25);
  expect(slack.messages).toMatchObject([{ title: '25 deadlines overdue', more: '… and 5 more' }]);
  expect(slack.messages[0]?.parts).toHaveLength(20);
});

test('killed between sending and saying so: the same message under the same id, and no other one with it', async () => {
  const slack = carrier();
  await post(entry('a'), entry('b'));
  slack.answer = () => {
    throw new RangeError('killed');
  };
  await expect(go({ slack })).rejects.toThrow('killed');
  await post(entry('c'));
  slack.answer = { outcome: 'sent', id: null };
  // While it may still be on its way, nobody else takes it.
  await go({ slack });
  expect(titles(slack)).toEqual([['a', 'b'], ['c']]);
  now += 6 * MINUTE;
  await post(entry('d'));
  await go({ slack });
  expect(titles(slack)).toEqual([['a', 'b'], ['c'], ['a', 'b'], ['d']]);
  expect(slack.messages[2]?.id).toBe(slack.messages[0]?.id);
  expect(new Set(slack.messages.map(({ id }) => id)).size).toBe(3);
});

test('two at once send it once', async () => {
  const slack = carrier();
  await post(entry('a'), entry('b'));
  const done = await Promise.all([go({ slack }), go({ slack })]);
  expect(done.map(({ sent }) => sent).sort()).toEqual([0, 2]);
  expect(slack.messages).toHaveLength(1);
});

test('a channel that is down is tried once, and later and later; the other one goes on', async () => {
  const slack = carrier();
  const email = carrier();
  slack.answer = { outcome: 'down', code: 'no_service' };
  await post(entry('a'), entry('b', { kind: 'due_soon' }), entry('c', { channel: 'email', text: { title: 'c', lines: [], at: NOW, to: ['x@x.example'] } }));
  expect(await go({ slack, email })).toEqual({ sent: 1, failed: 0, waiting: 2 });
  expect(slack.messages).toHaveLength(1);
  expect(await row('a')).toMatchObject({ state: 'waiting', tries: 1, nextTryAt: NOW + MINUTE, problem: { channel: 'slack', code: 'no_service', remedy: expect.stringContaining('SLACK_WEBHOOK_URL') } });
  expect(await row('b')).toMatchObject({ state: 'waiting', tries: 1, nextTryAt: NOW + MINUTE });
  expect(warned.join()).toContain('no_service');
  const waits: number[] = [];
  for (let tries = 1; tries < 12; tries += 1) {
    now = (await row('a')).nextTryAt;
    await go({ slack, email });
    waits.push(((await row('a')).nextTryAt - now) / MINUTE);
  }
  expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240]);
  slack.answer = { outcome: 'sent', id: null };
  now += 4 * HOUR;
  expect(await go({ slack, email })).toEqual({ sent: 2, failed: 0, waiting: 0 });
});

test('as long as Slack asks for', async () => {
  const slack = carrier();
  slack.answer = { outcome: 'down', code: 'rate_limited', afterMs: 10 * MINUTE };
  await post(entry('a'));
  await go({ slack });
  expect((await row('a')).nextTryAt).toBe(NOW + 10 * MINUTE);
  slack.answer = { outcome: 'down', code: 'rate_limited', afterMs: 30 * DAY };
  now += 10 * MINUTE;
  await go({ slack });
  expect((await row('a')).nextTryAt).toBe(now + 4 * HOUR);
});

test('a message that is refused goes part by part, so that one bad part keeps nobody waiting', async () => {
  const slack = carrier();
  slack.answer = (message) => (message.parts.some((part) => part.title === 'bad') ? { outcome: 'refused', code: 'invalid_blocks' } : { outcome: 'sent', id: null });
  await post(entry('a'), entry('bad'), entry('c'), entry('other', { kind: 'due_soon' }));
  expect(await go({ slack })).toEqual({ sent: 1, failed: 0, waiting: 3 });
  now += MINUTE;
  expect(await go({ slack })).toEqual({ sent: 2, failed: 0, waiting: 1 });
  expect(titles(slack)).toEqual([['a', 'bad', 'c'], ['other'], ['a'], ['bad'], ['c']]);
});

test('given up after about three days, or a week where runs are rare; told to, it is tried again', async () => {
  const slack = carrier();
  slack.answer = { outcome: 'down', code: 'no_service' };
  await post(entry('a'));
  while ((await row('a')).state === 'waiting') {
    now = (await row('a')).nextTryAt;
    await go({ slack });
  }
  expect((now - NOW) / DAY).toBeGreaterThan(2.5);
  expect((now - NOW) / DAY).toBeLessThan(3.5);
  expect(await store.deadPosts(['slack', 'email'], null, 9)).toMatchObject([{ key: 'a', state: 'dead', settledAt: now }]);

  await post(entry('rare', { createdAt: now - 8 * DAY }));
  expect(await go({ slack })).toEqual({ sent: 0, failed: 1, waiting: 0 });

  await store.transaction(null, (tx) => tx.repost(['a'], now));
  slack.answer = { outcome: 'sent', id: null };
  expect(await go({ slack })).toEqual({ sent: 1, failed: 0, waiting: 0 });
});

test('without a messenger it waits, and says what is missing', async () => {
  await post(entry('a', { channel: 'email' }));
  expect(await go({})).toEqual({ sent: 0, failed: 0, waiting: 1 });
  expect((await row('a')).problem).toMatchObject({ code: 'not_configured', message: 'SMTP_URL is not set.' });
});

test('hundreds of messages do not hold a run up', async () => {
  const email = carrier();
  await post(...Array.from({ length: 40 }, (_, at) => entry(`m${at}`, { channel: 'email', text: { title: 't', lines: [], at: NOW, to: [`p${at}@x.example`] } })));
  expect(await go({ email })).toEqual({ sent: 10, failed: 0, waiting: 30 });
});

test('what is forgotten meanwhile is not sent', async () => {
  const slack = carrier();
  await post(entry('a', { personId: 'p1' }), entry('b'));
  await store.forget(['p1'], []);
  expect(await go({ slack })).toMatchObject({ sent: 1 });
  expect(titles(slack)).toEqual([['b']]);
});

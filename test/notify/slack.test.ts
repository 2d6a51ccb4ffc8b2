import nock from '../support/nock';
import type { Message } from '../../src/domain/notification';
import { createSlack, payloadOf } from '../../src/notify/slack';
import { listenAsSlack, SLACK_URL } from '../support/slack';

/* What goes to Slack, and what its odd answers mean. */

const message = (more: Partial<Message> = {}): Message => ({ id: 'm1', title: 'First touch overdue: Ana', parts: [{ title: 'First touch overdue: Ana', lines: ['Company: Cliente'], links: [{ label: 'HubSpot', url: 'https://app.hubspot.com/contacts/1' }] }], more: null, to: [], mention: [], ...more });
const lengthOf = (blocks: unknown[]): number => Math.max(...blocks.map((block) => (block as { text?: { text: string } }).text?.text.length ?? 0));

describe('the message', () => {
  test('one thing: its title as the header, its lines and its links', () => {
    expect(payloadOf(message())).toEqual({
      text: 'First touch overdue: Ana',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'First touch overdue: Ana' } },
        { type: 'section', text: { type: 'mrkdwn', text: 'Company: Cliente\n<https://app.hubspot.com/contacts/1|HubSpot>', verbatim: true } },
      ],
    });
  });

  test('several: a section each; how many more there are; who is called', () => {
    const payload = payloadOf(message({ title: '3 deadlines overdue', parts: [{ title: 'One', lines: ['a'] }, { title: 'Two', lines: [] }], more: '… and 1 more', mention: ['U024BE7LH'] }));
    expect(payload.text).toBe('<@U024BE7LH> 3 deadlines overdue');
    expect(payload.blocks.map((block) => block.text?.text ?? block.elements?.[0]?.text)).toEqual(['3 deadlines overdue', '<@U024BE7LH>', '*One*\na', '*Two*', '… and 1 more']);
  });

  test('a text of a CRM mentions nobody, links nowhere and ends no bold (design: escaped for Slack)', () => {
    const evil = '<!channel> <https://evil.example|HubSpot> & *x*\n<@U1>';
    const { text, blocks } = payloadOf(message({ title: evil, parts: [{ title: evil, lines: [evil], links: [{ label: 'a>b|c', url: 'https://x.example/?a=1|<&' }] }, { title: evil, lines: [] }] }));
    const mrkdwn = [text, ...blocks.slice(1).map((block) => block.text?.text ?? '')].join('\n');
    expect(mrkdwn.replace('<https://x.example/?a=1%7C&lt;&amp;|a&gt;b|c>', '')).not.toMatch(/[<>]/);
    expect(mrkdwn).toContain('&lt;!channel&gt; &lt;https://evil.example|HubSpot&gt; &amp; *x*');
    expect(blocks[1]?.text?.text.split('\n')[0]).toBe('*&lt;!channel&gt; &lt;https://evil.example|HubSpot&gt; &amp; ∗x∗ &lt;@U1&gt;*');
    expect(blocks[0]?.text).toEqual({ type: 'plain_text', text: '<!channel> <https://evil.example|HubSpot> & *x* <@U1>' });
  });

  test('stays under Slack’s limits, and keeps the links', () => {
    const long = message({ title: 'x'.repeat(400), parts: Array.from({ length: 20 }, () => ({ title: 'T', lines: Array.from({ length: 50 }, () => '&'.repeat(100)), links: [{ label: 'HubSpot', url: 'https://app.hubspot.com/1' }] })), more: 'm', mention: ['U024BE7LH'] });
    const { blocks } = payloadOf(long);
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(blocks[0]?.text?.text).toHaveLength(150);
    expect(lengthOf(blocks)).toBeLessThanOrEqual(3000);
    for (const block of blocks.slice(2, -1)) expect(block.text?.text).toMatch(/\n…\n<https:\/\/app\.hubspot\.com\/1\|HubSpot>$/);
  });
});

describe('its answers', () => {
  test.each<[string, { status: number; body: string; headers?: Record<string, string> } | null, unknown]>([
    ['taken', { status: 200, body: 'ok' }, { outcome: 'sent', id: null }],
    ['not this message', { status: 400, body: 'invalid_blocks' }, { outcome: 'refused', code: 'invalid_blocks' }],
    ['the webhook is gone', { status: 404, body: 'no_service' }, { outcome: 'down', code: 'no_service' }],
    ['archived', { status: 410, body: 'channel_is_archived' }, { outcome: 'down', code: 'channel_is_archived' }],
    ['too fast: as long as it asks', { status: 429, body: 'rate_limited', headers: { 'retry-after': '30' } }, { outcome: 'down', code: 'rate_limited', afterMs: 30_000 }],
    ['an outage, in HTML', { status: 503, body: '<html>Ana Paz</html>' }, { outcome: 'down', code: 'http_503' }],
    ['the connection breaks', null, { outcome: 'down', code: 'unreachable' }],
  ])('%s', async (_, answer, outcome) => {
    const slack = listenAsSlack();
    slack.answer = answer;
    expect(await createSlack(SLACK_URL).send(message())).toEqual(outcome);
    expect(slack.posts).toHaveLength(1);
  });

  test('a redirect is not followed: what it carries stays with Slack', async () => {
    const elsewhere = nock('https://evil.example').post(/.*/).reply(200, 'ok');
    nock('https://evil.example').get(/.*/).reply(200, 'ok');
    const slack = listenAsSlack();
    for (const status of [302, 307, 308]) {
      slack.answer = { status, body: '', headers: { location: 'https://evil.example/' } };
      expect(await createSlack(SLACK_URL).send(message())).toEqual({ outcome: 'down', code: 'redirected' });
    }
    expect(elsewhere.isDone()).toBe(false);
  });

  test.each(['https://hooks.slack.com.evil.example/services/x', 'http://hooks.slack.com/services/x', 'https://hooks.slack.com:8443/services/x'])('only Slack’s own host: not %s', (url) => {
    expect(() => createSlack(url)).toThrow('not a webhook of Slack');
  });
});

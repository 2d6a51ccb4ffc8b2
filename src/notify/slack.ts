import type { Message, Messenger, SendOutcome } from '../domain/notification';
import { bold, digestPayload, escaped, linkTo, shortened, type Block } from './digestBlocks';

/*
 * Slack's incoming webhooks: one POST of JSON, answered 200 `ok`; the channel is the webhook's. Limits of Block Kit (docs.slack.dev): 50 blocks a message,
 * 150 characters in a header, 3,000 in a section. What is escaped and how is
 * in digestBlocks.ts.
 */

const DEADLINE_MS = 10_000;
const HEADER = 150;
const SECTION = 3_000;
const ORIGIN = 'https://hooks.slack.com';

/** A webhook's messenger. Throws for an address that is not Slack's own: settings are checked before. */
export function createSlack(webhookUrl: string): Messenger {
  if (new URL(webhookUrl).origin !== ORIGIN) throw new Error('not a webhook of Slack');
  return {
    async send(message) {
      try {
        const answer = await fetch(webhookUrl, { method: 'POST', headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(payloadOf(message)), redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) });
        return outcomeOf(answer, await answer.text());
      } catch (error) {
        return { outcome: 'down', code: error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unreachable' };
      }
    },
    close: () => Promise.resolve(),
  };
}

function outcomeOf(answer: Response, body: string): SendOutcome {
  if (answer.status === 200) return { outcome: 'sent', id: null };
  // Slack names its reason by one word, such as no_service or invalid_blocks; anything else is no reason.
  const word = /^[a-z_]{2,40}$/.test(body) ? body : null;
  const code = word ?? (answer.status >= 300 && answer.status < 400 ? 'redirected' : `http_${answer.status}`);
  if (answer.status === 400 || answer.status === 413) return { outcome: 'refused', code };
  const seconds = Number(answer.headers.get('retry-after') ?? NaN);
  return { outcome: 'down', code, ...(Number.isFinite(seconds) && seconds > 0 ? { afterMs: seconds * 1000 } : {}) };
}

/** `text` is what a phone shows and what is read aloud. */
export function payloadOf(message: Message): { text: string; blocks: Block[] } {
  if (message.digest !== undefined) return digestPayload(message.digest);
  const mentions = message.mention.map((id) => `<@${id}>`).join(' ');
  const [only] = message.parts;
  const single = message.parts.length === 1 && only?.title === message.title;
  return {
    text: [mentions, escaped(message.title)].filter((part) => part !== '').join(' '),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: shortened(message.title, HEADER) } },
      ...(mentions === '' ? [] : [section(mentions)]),
      ...message.parts.map((part) => section([...(single ? [] : [bold(part.title)]), ...part.lines.map(escaped), ...linksOf(part.links)].join('\n'))),
      ...(message.more === null ? [] : [{ type: 'context' as const, elements: [{ type: 'mrkdwn' as const, text: escaped(message.more), verbatim: true as const }] }]),
    ],
  };
}

/** A section may not be empty. */
function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: text === '' ? ' ' : cut(text), verbatim: true } };
}

function linksOf(links: Message['parts'][number]['links']): string[] {
  if (links === undefined || links.length === 0) return [];
  return [links.map(({ label, url }) => linkTo(label, url)).join(' · ')];
}

/** Whole lines only, so that no entity and no link is cut in two; the links, which come last, stay. */
function cut(text: string): string {
  if (text.length <= SECTION) return text;
  const lines = text.split('\n');
  const last = lines.at(-1)?.startsWith('<http') === true ? (lines.pop() as string) : '';
  const kept: string[] = [];
  let room = SECTION - last.length - 3;
  for (const line of lines) {
    if (line.length + 1 > room) break;
    kept.push(line);
    room -= line.length + 1;
  }
  return [...kept, '…', ...(last === '' ? [] : [last])].join('\n');
}

import { createHash } from 'node:crypto';
import type { EpochMs } from '../domain/record';
import { MESSAGE_CHANNELS, type MessageChannel, type MessageProblem, type Messenger, type NotificationKind, type SendOutcome } from '../domain/notification';
import type { OutboxText } from '../domain/outbox';
import { messageOf, PARTS } from '../core/tell/noticeText';
import type { OutboxRow } from '../store/port';
import type { Parts } from './parts';

/*
 * Sends what waits in the outbox for Slack and e-mail. Several posts of one kind to the same people are one message. What is to be sent is claimed first,
 * under the message's id, so that two senders never send the same; killed between the sending and its commit, the same message is sent again under the
 * same id: at most one duplicate, which mail servers and readers recognise by it.
 *
 * Nothing here fails a run or holds it up: a channel that does not answer is left alone until the next time after one attempt, and what waits is tried
 * later and later for about three days, then given up.
 */

export interface DeliverCounts {
  sent: number;
  /** Given up for good. */
  failed: number;
  /** To be tried again, or not due yet. */
  waiting: number;
}

export type DeliverParts = Pick<Parts, 'store' | 'terms' | 'messengers' | 'log' | 'clock'>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Posts looked at in one go: what is beyond waits for the next. */
const DUE = 1_000;
/** Messages of one channel in one go: a run is not held up by hundreds. */
const MESSAGES = 10;
/** Longer than any messenger's deadline, so that nobody else takes what is being sent. */
const CLAIM_MS = 5 * MINUTE;
const LONGEST_WAIT = 4 * HOUR;
/** With waits that double up to four hours these are about three days. */
const TRIES = 25;
/** Where runs are rare, tries are too: nobody needs week-old news. */
const OLDEST = 7 * 24 * HOUR;

type Row = OutboxRow & { text: OutboxText };

/** Sends what is due, once over every channel. Never throws for trouble of a channel. */
export async function deliver(parts: DeliverParts, fence: number | null = null): Promise<DeliverCounts> {
  const counts: DeliverCounts = { sent: 0, failed: 0, waiting: 0 };
  const done = await Promise.all(MESSAGE_CHANNELS.map((channel) => deliverChannel(parts, fence, channel)));
  for (const { sent, failed } of done) {
    counts.sent += sent;
    counts.failed += failed;
  }
  for (const { channel, state, n } of await parts.store.countPosts()) if (state === 'waiting' && (MESSAGE_CHANNELS as readonly string[]).includes(channel)) counts.waiting += n;
  return counts;
}

async function deliverChannel(parts: DeliverParts, fence: number | null, channel: MessageChannel): Promise<Pick<DeliverCounts, 'sent' | 'failed'>> {
  const counts = { sent: 0, failed: 0 };
  const due = (await parts.store.duePosts({ channels: [channel], now: parts.clock(), limit: DUE })).filter((row): row is Row => row.text !== null);
  if (due.length === 0) return counts;
  const messenger = parts.messengers[channel];
  if (messenger === undefined) {
    await settle(parts, fence, channel, due, { outcome: 'down', code: 'not_configured' }, counts);
    parts.log.warn('messages wait: the channel is not configured', { channel, waiting: due.length });
    return counts;
  }
  const open = new Set(due);
  for (const batch of batches(due).slice(0, MESSAGES)) {
    for (const row of batch) open.delete(row);
    const outcome = await sendBatch(parts, fence, channel, messenger, batch, counts);
    if (outcome?.outcome !== 'down') continue;
    // What would have come next waits as long, or every run would knock at a closed door.
    await settle(parts, fence, channel, [...open], outcome, counts);
    break;
  }
  return counts;
}

/** Those that were claimed together before stay together, as they may have been sent; the others by kind and by whom they go to. */
function batches(due: Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of [...due].sort((a, b) => a.createdAt - b.createdAt || (a.key < b.key ? -1 : 1))) {
    // A digest is a message of its own.
    const group = row.remoteId ?? JSON.stringify([row.kind, row.text.to ?? [], row.text.mention ?? [], row.text.digest === undefined ? '' : row.key]);
    const known = groups.get(group);
    if (known === undefined) groups.set(group, [row]);
    else known.push(row);
  }
  return [...groups.values()];
}

async function sendBatch(parts: DeliverParts, fence: number | null, channel: MessageChannel, messenger: Messenger, batch: Row[], counts: { sent: number; failed: number }): Promise<SendOutcome | null> {
  const id = batch[0]?.remoteId ?? idOf(batch);
  const now = parts.clock();
  const taken = new Set(await parts.store.transaction(fence, (tx) => tx.claimPosts(batch.map((row) => row.key), id, now, now + CLAIM_MS)));
  const mine = batch.filter((row) => taken.has(row.key));
  if (mine.length === 0) return null;
  const kind = mine[0]?.kind as NotificationKind;
  const message = messageOf(parts.terms.agreement, kind, id, mine.slice(0, PARTS).map((row) => row.text), Math.max(0, mine.length - PARTS));
  const outcome = await messenger.send(message);
  await settle(parts, fence, channel, mine.map((row) => ({ ...row, remoteId: id })), outcome, counts);
  if (outcome.outcome !== 'sent') parts.log.warn('a message could not be sent', { channel, kind, code: outcome.code, message: id });
  return outcome;
}

async function settle(parts: DeliverParts, fence: number | null, channel: MessageChannel, rows: Row[], outcome: SendOutcome, counts: { sent: number; failed: number }): Promise<void> {
  const now = parts.clock();
  const outcomes = rows.map((row) => {
    if (outcome.outcome === 'sent') return { key: row.key, state: 'sent' as const, problem: null, remoteId: outcome.id ?? row.remoteId, settledAt: now, nextTryAt: row.nextTryAt };
    const isOver = row.tries + 1 >= TRIES || now - row.createdAt >= OLDEST;
    // Refused as it is, one of its parts may be the reason: each goes alone the next time.
    const remoteId = outcome.outcome === 'refused' ? idOf([row]) : row.remoteId;
    return { key: row.key, state: isOver ? ('dead' as const) : ('waiting' as const), problem: messageProblem(channel, outcome.code), remoteId, settledAt: isOver ? now : null, nextTryAt: isOver ? row.nextTryAt : now + waitOf(row, outcome) };
  });
  counts[outcome.outcome === 'sent' ? 'sent' : 'failed'] += outcomes.filter(({ state }) => state !== 'waiting').length;
  await parts.store.transaction(fence, (tx) => tx.settlePosts(outcomes));
}

/** A message's id follows from what it is made of. */
function idOf(rows: Row[]): string {
  return createHash('sha256').update(rows.map((row) => row.key).join('\n')).digest('hex').slice(0, 24);
}

function waitOf(row: Row, outcome: Exclude<SendOutcome, { outcome: 'sent' }>): EpochMs {
  const asked = outcome.outcome === 'down' ? (outcome.afterMs ?? 0) : 0;
  return Math.max(Math.min(MINUTE * 2 ** row.tries, LONGEST_WAIT), Math.min(asked, LONGEST_WAIT));
}

const NEEDS: Record<MessageChannel, string> = { slack: 'SLACK_WEBHOOK_URL', email: 'SMTP_URL' };
const NAMES: Record<MessageChannel, string> = { slack: 'Slack', email: 'The mail server' };

function messageProblem(channel: MessageChannel, code: string): MessageProblem {
  if (code === 'not_configured') return { channel, code, message: `${NEEDS[channel]} is not set.`, remedy: `Set ${NEEDS[channel]} in the environment, or take ${channel} out of the agreement’s notifications.` };
  return { channel, code, message: `${NAMES[channel]} did not take the message.`, remedy: `See whether ${NEEDS[channel]} is still right; \`concord check\` says what it needs.` };
}

import { DateTime } from 'luxon';
import type { CompiledAgreement } from '../agreement/compile';
import { afterQuiet } from '../core/tell/noticeTimes';
import type { Digest, DigestName } from '../domain/digest';
import { MESSAGE_CHANNELS, type MessageChannel, type NotificationKind } from '../domain/notification';
import { ConcordError, EXIT } from '../domain/problem';
import type { EpochMs } from '../domain/record';
import { makeDigest, weekOver } from '../report/digest/make';
import type { Reviews } from '../report/digest/making';
import type { OutboxEntry, OutboxRow, Store, StoreReader } from '../store/port';
import { linksOf } from './links';
import { deliver, type DeliverCounts, type DeliverParts } from './deliver';
import { refreshReports } from './reportFacts';

/*
 * Digests for both teams: made when they are due, put into the outbox once, sent like every other message. What makes each go out once is the outbox's key: the
 * week it is about, or the review it prepares. A digest that waits for a channel arrives as it was when it was made.
 */

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** The week that the schedule has last told of, and when: what comes after it is due. */
const WEEKLY = 'weekly_digest';
/** When the last joint review was held (the alignment report reads it), and the agreement's settings then. */
const REVIEW_AT = 'review_at';
const REVIEW_SETTINGS = 'review_settings';

const KINDS: Record<DigestName, Extract<NotificationKind, 'weekly_digest' | 'review_pack'>> = { weekly: 'weekly_digest', review: 'review_pack' };

/** What the store remembers of joint reviews. Where none was held, one is waited for since the CRMs were adopted. */
export async function reviewsOf(store: Pick<StoreReader, 'meta' | 'run'>): Promise<Reviews> {
  const [at, settings, adopted] = [await store.meta(REVIEW_AT), await store.meta(REVIEW_SETTINGS), await store.meta('adopted')];
  const heldAt = at === null ? null : Number(at);
  return { heldAt, settings: settings === null ? null : (JSON.parse(settings) as unknown), since: heldAt ?? (adopted === null ? null : ((await store.run(adopted))?.startedAt ?? null)) };
}

export interface Held {
  /** The local day. */
  heldOn: string;
  nextDueOn: string;
  agreement: string;
}

/**
 * Takes down that a joint review was held on a local day (today, if none is given), under the agreement as it is now. Throws ConcordError `bad_usage` (exit 2)
 * for a day that does not exist, is to come, or lies before the last one taken down.
 */
export async function holdReview(store: Store, agreement: CompiledAgreement, now: EpochMs, date: string | null): Promise<Held> {
  const usage = (message: string, remedy: string): ConcordError => new ConcordError({ code: 'bad_usage', message, where: '--held', remedy, exit: EXIT.usage });
  const { timeZone, settings } = agreement;
  const today = DateTime.fromMillis(now, { zone: timeZone }).startOf('day');
  const held = date === null ? today : /^\d{4}-\d{2}-\d{2}$/.test(date) ? DateTime.fromISO(date, { zone: timeZone }) : null;
  if (held === null || !held.isValid) throw usage(`“${date ?? ''}” is not a date`, 'Write a date that exists, for example 2026-01-31, or leave it away for today.');
  if (held > today) throw usage(`${date ?? ''} is still to come`, 'Take the review down once it was held.');
  const { heldAt } = await reviewsOf(store);
  if (heldAt !== null && held.endOf('day').toMillis() < heldAt) throw usage(`a later review is taken down already, of ${DateTime.fromMillis(heldAt, { zone: timeZone }).toISODate() ?? ''}`, 'Name a later day.');
  // Noon: inside the day in every time zone that the agreement may change to.
  const at = held.hasSame(today, 'day') ? now : held.set({ hour: 12 }).toMillis();
  await store.transaction(null, async (tx) => {
    await tx.setMeta(REVIEW_AT, String(at));
    await tx.setMeta(REVIEW_SETTINGS, JSON.stringify(settings));
  });
  return { heldOn: held.toISODate() ?? '', nextDueOn: DateTime.fromMillis(at, { zone: timeZone }).plus({ weeks: settings.reports.review_weeks }).toISODate() ?? '', agreement: agreement.hash };
}

/** A digest over what the store knows now. Throws ConcordError `bad_usage` (exit 2) for a period that is none. */
export async function digestOf(store: Store, agreement: CompiledAgreement, now: EpochMs, name: DigestName, request: { period?: string | undefined; publicUrl: string | null }): Promise<Digest> {
  await refreshReports(store, agreement, null);
  return makeDigest(store, agreement, now, name, { ...request, reviews: await reviewsOf(store), recordUrl: await linksOf(store) });
}

/** The ways that the agreement sends a digest. */
export function waysOf(agreement: CompiledAgreement, name: DigestName): MessageChannel[] {
  const ways = agreement.settings.notifications[KINDS[name]];
  return MESSAGE_CHANNELS.filter((channel) => ways.includes(channel));
}

const keyOf = (name: DigestName, about: string, channel: MessageChannel): string => `digest:${name}:${about}:${channel}`;

/** A digest for the outbox, once for each way. */
function entriesOf(agreement: CompiledAgreement, digest: Digest, about: string, now: EpochMs, nextTryAt: EpochMs): OutboxEntry[] {
  const { addresses } = agreement.settings.notifications;
  const { title, points } = digest;
  const text = { title, lines: points.map((point) => point.title), at: now, digest };
  return waysOf(agreement, digest.digest).map((channel) => ({
    key: keyOf(digest.digest, about, channel),
    channel,
    personId: null,
    target: null,
    kind: KINDS[digest.digest],
    text: channel === 'email' ? { ...text, to: [...new Set([...addresses.marketing, ...addresses.sales])] } : text,
    run: 'digest',
    createdAt: now,
    nextTryAt,
  }));
}

export interface Sent {
  /** By way: `sent`, `waiting` for the channel, or `dead`. */
  ways: { channel: MessageChannel; state: OutboxRow['state']; already: boolean }[];
}

/**
 * Sends a digest by the agreement's ways, now: one of a period goes out once, also when the schedule has sent it, unless `again`. What a channel does not take
 * waits in the outbox for the next run. The ways that had it already are told so.
 */
export async function sendDigest(parts: DeliverParts, digest: Digest, again: boolean): Promise<Sent> {
  const { store, terms } = parts;
  const now = parts.clock();
  const about = `${aboutOf(digest)}${again ? `:${now}` : ''}`;
  const entries = entriesOf(terms.agreement, digest, about, now, now);
  const known = new Set((await store.posts(entries.map(({ key }) => key))).map(({ key }) => key));
  await store.transaction(null, (tx) => tx.post(entries));
  await deliver(parts);
  const rows = new Map((await store.posts(entries.map(({ key }) => key))).map((row) => [row.key, row]));
  return { ways: entries.map(({ key, channel }) => ({ channel: channel as MessageChannel, state: rows.get(key)?.state ?? 'waiting', already: known.has(key) })) };
}

function aboutOf({ period }: Digest): string {
  return `${period.from}..${period.to}`;
}

// --- by the schedule

/** From when on a weekly digest may have been missed; from now on where nothing is known, so that a new installation tells nothing of the past. */
export async function weeklySince(store: Store, now: EpochMs): Promise<EpochMs> {
  const kept = await store.meta(WEEKLY);
  if (kept !== null) return (JSON.parse(kept) as { at: EpochMs }).at;
  await store.transaction(null, (tx) => tx.setMeta(WEEKLY, JSON.stringify({ week: null, at: now })));
  return now;
}

export type Scheduled = { outcome: 'not_adopted' | 'off' | 'quiet'; messages: null } | { outcome: 'sent'; messages: DeliverCounts };

const QUIET: Scheduled = { outcome: 'quiet', messages: null };

/** What the schedule asks for: the digest is made if it is due and has not gone out, put down with that fact in one transaction, and sent. */
export async function scheduledDigest(parts: DeliverParts, name: DigestName, publicUrl: string | null): Promise<Scheduled> {
  const { store, terms } = parts;
  const { agreement } = terms;
  if ((await store.meta('adopted')) === null) return { outcome: 'not_adopted', messages: null };
  if (waysOf(agreement, name).length === 0) return { outcome: 'off', messages: null };
  const now = parts.clock();
  const due = name === 'weekly' ? await weeklyDue(store, agreement, now) : await reviewDue(store, agreement, now);
  if (due === null) return QUIET;
  const digest = await digestOf(store, agreement, now, name, { publicUrl });
  await store.transaction(null, async (tx) => {
    await tx.post(entriesOf(agreement, digest, due.about ?? aboutOf(digest), now, afterQuiet(agreement, now)));
    if (due.note !== null) await tx.setMeta(due.note.key, due.note.value);
  });
  const messages = await deliver(parts);
  parts.log.info('a digest was made', { digest: name, sent: messages.sent, waiting: messages.waiting });
  return { outcome: 'sent', messages };
}

/** What a due digest goes out under (null: its period), and what is kept so that it is not due again. */
interface Due {
  about: string | null;
  note: { key: string; value: string } | null;
}

async function weeklyDue(store: Store, agreement: CompiledAgreement, now: EpochMs): Promise<Due | null> {
  const { week } = weekOver(now, agreement.timeZone);
  const kept = await store.meta(WEEKLY);
  if (kept !== null && (JSON.parse(kept) as { week: string | null }).week === week) return null;
  return { about: null, note: { key: WEEKLY, value: JSON.stringify({ week, at: now }) } };
}

/** A week before the review is due; where reviews are that frequent, half the time before. */
export function reminderMs(reviewWeeks: number): number {
  return reviewWeeks * WEEK - Math.min(WEEK, (reviewWeeks * WEEK) / 2);
}

/** Once before it is due, and once when it is overdue; a review that was held begins anew. */
async function reviewDue(store: Store, agreement: CompiledAgreement, now: EpochMs): Promise<Due | null> {
  const { since } = await reviewsOf(store);
  if (since === null) return null;
  const weeks = agreement.settings.reports.review_weeks;
  const turn = now - since >= weeks * WEEK ? 'overdue' : now - since >= reminderMs(weeks) ? 'due' : null;
  if (turn === null) return null;
  const about = `${since}:${turn}`;
  const known = await store.posts(waysOf(agreement, 'review').map((channel) => keyOf('review', about, channel)));
  return known.length > 0 ? null : { about, note: null };
}

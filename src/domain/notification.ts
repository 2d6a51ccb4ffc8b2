import type { Digest } from './digest';
import type { OutboxText } from './outbox';

/*
 * Nouns of notifications (S3): what people are told while it matters, apart from what stands in the CRMs' fields.
 */

/** About a person: the first three to sales, the rejections to marketing. The weekly numbers and the review pack to both teams. About Concord: the last three to RevOps. */
export const NOTIFICATION_KINDS = ['new_handoff', 'due_soon', 'breach', 'rejection_digest', 'weekly_digest', 'review_pack', 'stale', 'guard_stop', 'dead_letters'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** The ways the agreement can choose. A task is left on sales' record in Salesforce. */
export const NOTIFICATION_CHANNELS = ['task', 'slack', 'email'] as const;
export type NotificationChannel = (typeof NOTIFICATION_CHANNELS)[number];

/** What goes which ways unless the agreement says otherwise: a breach is never passed over in silence (S3). */
export const STANDARD_CHANNELS: Readonly<Record<NotificationKind, readonly NotificationChannel[]>> = { new_handoff: [], due_soon: [], breach: ['task'], rejection_digest: [], weekly_digest: [], review_pack: [], stale: [], guard_stop: [], dead_letters: [] };

/** Ways that are no CRM: what goes there is sent by a messenger. */
export const MESSAGE_CHANNELS = ['slack', 'email'] as const satisfies readonly NotificationChannel[];
export type MessageChannel = (typeof MESSAGE_CHANNELS)[number];

/** One Slack message or e-mail: what several posts of one kind, to the same people, tell together. Plain text; the messenger escapes it. */
export interface Message {
  /** Stays the same however often it is sent: receivers that know it drop the second one. */
  id: string;
  title: string;
  /** What it is made of; the only one has the message's title. */
  parts: Pick<OutboxText, 'title' | 'lines' | 'links'>[];
  /** The message is a digest, with tables; the parts are empty then. */
  digest?: Digest;
  /** How many more there are than the parts tell; null: none. Already in words. */
  more: string | null;
  /** E-mail addresses. */
  to: string[];
  /** Slack member ids that are called by name. */
  mention: string[];
}

/**
 * How sending ended. `refused`: this message as it is, so that another one may go. `down`: the channel as a whole, so that nothing else is tried now.
 * `code` says why in a word, without any text of the other side.
 */
export type SendOutcome = { outcome: 'sent'; id: string | null } | { outcome: 'refused'; code: string } | { outcome: 'down'; code: string; afterMs?: number };

/** Carries messages of one channel. Never throws, never waits longer than its own deadline, never tries twice. */
export interface Messenger {
  send(message: Message): Promise<SendOutcome>;
  close(): Promise<void>;
}

/** Why a message has not arrived, in words for RevOps. */
export interface MessageProblem {
  channel: MessageChannel;
  code: string;
  message: string;
  remedy: string;
}

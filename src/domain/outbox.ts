import type { Digest } from './digest';
import type { CrmName, EpochMs, RecordRef } from './record';

/*
 * Nouns of what is told exactly once: a note on a timeline, a task, a message. It waits in the outbox, where the run puts it in the same transaction in
 * which it commits what happened; whoever carries the channel sends it afterwards.
 */

export const OUTBOX_CHANNELS = ['hubspot_note', 'salesforce_task', 'slack', 'email'] as const;
export type OutboxChannel = (typeof OUTBOX_CHANNELS)[number];

/** Channels that a run itself carries, because what they carry is left in a CRM (W3, W7). */
export type CrmChannel = Extract<OutboxChannel, 'hubspot_note' | 'salesforce_task'>;

/** The CRM, and the kind of thing left there, of each such channel. */
export const LEFT_IN: Record<CrmChannel, { crm: CrmName; kind: ActivityKind }> = {
  hubspot_note: { crm: 'hubspot', kind: 'note' },
  salesforce_task: { crm: 'salesforce', kind: 'task' },
};

/**
 * What is told, in words: plain text, already in the agreement's language. Whoever sends it escapes it for where it goes (HTML, Slack, mail).
 * A line may hold line breaks of its own: a rep's note keeps them.
 */
export interface OutboxText {
  title: string;
  lines: string[];
  /** When what it tells became true: its place on a timeline. */
  at: EpochMs;
  /** A task's owner (a user of that CRM), the day it is due (in the company's time zone) and how pressing it is. */
  ownerId?: string;
  dueOn?: string;
  priority?: 'high' | 'normal';
  /** Where a message goes when the channel alone does not say: e-mail addresses. */
  to?: string[];
  /** Slack member ids that are called by name. */
  mention?: string[];
  /** A message with tables: laid out by whoever sends it. */
  digest?: Digest;
  /** To the records it is about; a task repeats them in its text. */
  links?: { label: string; url: string }[];
}

export type ActivityKind = 'note' | 'task';

/** Something to be left on a record of a CRM, as an adapter takes it. */
export interface Activity {
  /** Its outcome is found by this. */
  key: string;
  kind: ActivityKind;
  /** The contact or lead it is left on. */
  on: RecordRef;
  /** A short text without blanks that stands in the body and finds it again (F2). */
  mark: string;
  text: OutboxText;
}

/** What is looked for when the answer to leaving it was lost. */
export type SoughtActivity = Pick<Activity, 'kind' | 'on' | 'mark'>;

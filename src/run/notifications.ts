import type { EpochMs, MirrorRecord } from '../domain/record';
import { MESSAGE_CHANNELS, type MessageChannel, type NotificationChannel, type NotificationKind } from '../domain/notification';
import type { OutboxChannel, OutboxText } from '../domain/outbox';
import type { Handoff, PersonState } from '../domain/person';
import type { CompiledAgreement } from '../agreement/compile';
import type { GuardFinding } from '../core/plan/guard';
import { momentsOf, type Moment } from '../core/tell/moments';
import { noticesOf, type Notice } from '../core/tell/notices';
import { deadLettersText, digestKey, digestText, guardText, noticeKey, noticeText, reopenKey, reopenText, staleText, subjectOf, taskText, type Subject } from '../core/tell/noticeText';
import { afterQuiet, digestAt, localDate } from '../core/tell/noticeTimes';
import type { DeadLetter, OutboxEntry, Store, StoreReader, StoreTransaction } from '../store/port';
import { lastGoodRun } from './health';
import { inactiveUsers, lookUp } from './owners';
import { urlOf, type Parts, type Pass } from './parts';
import { isAdopted } from './portion';
import type { Judged } from './people';

/*
 * Who is to be told of what (S3): rows for the outbox, put there in the transactions of the run, so that each is told once whatever happens to the run.
 * Tasks are left like notes (leave.ts); messages are sent afterwards (deliver.ts).
 */

/** The start of the last run that went through: what became true after it is news. */
const TOLD_UP_TO = 'told_up_to';
/** Since which run the guard has been stopping every one. */
const STOPPED = 'guard_stopped';
const FIRST_WAIT = 'first_run_awaited';

const OUTBOX: Record<NotificationChannel, OutboxChannel> = { task: 'salesforce_task', slack: 'slack', email: 'email' };

export async function toldUpTo(store: Pick<StoreReader, 'meta'>): Promise<EpochMs | null> {
  const kept = await store.meta(TOLD_UP_TO);
  return kept === null ? null : Number(kept);
}

/** With the watermarks of a whole run: everything up to its start has been told, and the guard lets runs through again. */
export async function noteTold(tx: StoreTransaction, pass: Pass): Promise<void> {
  await tx.setMeta(TOLD_UP_TO, String(pass.now));
  await tx.setMeta(STOPPED, null);
}

/** What a clock ahead of time noted as told up to: news are what came after the last run before it (`since`); what was told of that stays told once. */
export async function holdToldTo(tx: StoreTransaction & StoreReader, since: EpochMs | null, now: EpochMs): Promise<void> {
  const told = await toldUpTo(tx);
  if (told !== null && told > now) await tx.setMeta(TOLD_UP_TO, String(since ?? now));
}

/** What a chunk of people has to tell: found before their rows are made, because owners' names and addresses are Salesforce's to know. */
export async function notificationsOf(pass: Pass, judged: Judged[], since: EpochMs | null): Promise<Map<string, OutboxEntry[]>> {
  const { agreement } = pass.parts.terms;
  const found = judged.filter((each) => each.row.held === null).map((each) => ({ each, moments: momentsHere(pass, each), ...towardsSales(pass, each, since, new Set()) }));
  const heard = found.filter(({ notices, moments, reopening }) => notices.length > 0 || moments.length > 0 || reopening !== null);
  if (heard.length === 0) return new Map();
  const inactive = await inactiveUsers(pass, heard.flatMap(({ notices, reopening }) => [...notices.flatMap(({ ownerId }) => ownerId ?? []), ...(reopening === null ? [] : [reopening.userId])]));
  const telling = inactive.size === 0 ? heard : heard.map((each) => ({ ...each, ...towardsSales(pass, each.each, since, inactive) }));
  const owners = await ownersOf(pass, telling.flatMap(({ notices }) => notices));
  const entries = telling.map(({ each, notices, moments, reopening }): [string, OutboxEntry[]] => {
    const subject = subjectOf(agreement, each.decision.contact, each.decision.primary, urlOf(pass));
    return [each.row.id, [...notices.flatMap((notice) => noticeEntries(pass, each, notice, subject, owners)), ...moments.flatMap((moment) => digestEntries(pass, each, moment, subject)), ...(reopening === null ? [] : [reopeningEntry(pass, each, reopening, subject)])]];
  });
  const known = new Set((await pass.parts.store.posts(entries.flatMap(([, mine]) => mine.map(({ key }) => key)))).map(({ key }) => key));
  return new Map(entries.map(([id, mine]) => [id, mine.filter(({ key }) => !known.has(key))]));
}

/** What sales is to hear about a person, as far as anybody is there to hear it: not a deactivated user. */
function towardsSales(pass: Pass, each: Judged, since: EpochMs | null, inactive: ReadonlySet<string>): { notices: Notice[]; reopening: Reopening | null } {
  return { notices: wanted(pass.parts.terms.agreement, noticesHere(pass, each, since, inactive)), reopening: reopeningHere(pass, each, inactive) };
}

function noticesHere(pass: Pass, { row, decision }: Judged, since: EpochMs | null, inactive: ReadonlySet<string>): Notice[] {
  if (pass.adopting || isAdopted(pass.portion, row)) return [];
  return noticesOf({ agreement: pass.parts.terms.agreement, decision, since, adoptedAt: pass.adoptedAt, actingAs: pass.salesforce.actingAs?.id ?? null, inactive, now: pass.now });
}

function wanted(agreement: CompiledAgreement, notices: Notice[]): Notice[] {
  return notices.filter((notice) => agreement.settings.notifications[notice.kind].length > 0);
}

function momentsHere(pass: Pass, { row, decision }: Judged): Moment[] {
  const { agreement } = pass.parts.terms;
  if (agreement.settings.notifications.rejection_digest.length === 0) return [];
  return momentsOf({ agreement, before: row.state as PersonState | null, decision, adopting: pass.adopting || isAdopted(pass.portion, row), adoptedAt: pass.adoptedAt, now: pass.now }).filter((moment) => moment.kind === 'rejected' && moment.rejection.counted);
}

/** A closed lead that a person has to reopen, and the user who is asked to. */
interface Reopening {
  lead: MirrorRecord;
  handoff: Handoff;
  userId: string;
}

/** F5: Salesforce refuses to reopen the lead, and the agreement wants a task then. Null: nobody is to be asked, or there is nobody to ask. */
function reopeningHere(pass: Pass, { decision }: Judged, inactive: ReadonlySet<string>): Reopening | null {
  const { handoff: { reopening }, notifications } = pass.parts.terms.agreement.settings;
  const { refused, inScope } = decision;
  const handoff = decision.state.handoffs.at(-1);
  if (reopening !== 'task' || refused === null || handoff === undefined || !inScope || pass.adopting) return null;
  const owner = refused.owner?.kind === 'user' && refused.owner.id !== pass.salesforce.actingAs?.id ? refused.owner.id : undefined;
  const { salesforce_user: escalation } = notifications.escalation;
  const userId = owner === undefined || inactive.has(owner) ? (escalation ?? owner) : owner;
  return userId === undefined ? null : { lead: refused, handoff, userId };
}

function reopeningEntry(pass: Pass, { row }: Judged, { lead, handoff, userId }: Reopening, subject: Subject): OutboxEntry {
  const { agreement } = pass.parts.terms;
  const text = taskText(reopenText(agreement, handoff, subject, pass.now), lead);
  return {
    key: reopenKey(row.id, handoff),
    channel: 'salesforce_task',
    personId: row.id,
    target: lead.ref,
    kind: 'reopen',
    text: { ...text, ownerId: userId, dueOn: localDate(agreement, pass.now), priority: 'high' },
    run: pass.run,
    createdAt: pass.now,
    nextTryAt: pass.now,
  };
}

interface Owner {
  name: string | null;
  email: string | null;
}

/** Without an answer the notification goes out without the name; an owner's e-mail then does not go at all, and the other ways do. */
async function ownersOf(pass: Pass, notices: Notice[]): Promise<Map<string, Owner>> {
  const ids = [...new Set(notices.flatMap((notice) => notice.ownerId ?? []))];
  if (ids.length === 0) return new Map();
  const { salesforce, terms } = pass.parts;
  const { notifications } = terms.agreement.settings;
  const names = await lookUp(pass, new Map<string, string>(), () => salesforce.userNames(ids));
  const addresses = notices.some(({ kind }) => notifications[kind].includes('email')) ? await lookUp(pass, new Map<string, string>(), () => salesforce.userEmails(ids)) : new Map<string, string>();
  return new Map(ids.map((id) => [id, { name: names.get(id) ?? null, email: addresses.get(id) ?? null }]));
}

function noticeEntries(pass: Pass, { row, decision }: Judged, notice: Notice, subject: Subject, owners: Map<string, Owner>): OutboxEntry[] {
  const { agreement } = pass.parts.terms;
  const { notifications } = agreement.settings;
  const owner = notice.ownerId === null ? undefined : owners.get(notice.ownerId);
  const text = noticeText(agreement, notice, subject, owner?.name ?? null, pass.now);
  return notifications[notice.kind].flatMap((channel): OutboxEntry[] => {
    const addressed = addressedTo(agreement, notice, channel, owner, text);
    if (addressed === null || decision.primary === null) return [];
    const dueAt = notice.clock?.dueAt ?? agreement.calendarOf(notice.handoff.ownerId).addBusiness(notice.handoff.carriedAt ?? pass.now, agreement.sla.first_touch);
    const task = { dueOn: localDate(agreement, Math.max(dueAt, pass.now)), priority: notice.kind === 'breach' ? ('high' as const) : ('normal' as const) };
    return [
      {
        key: noticeKey(row.id, notice, channel),
        channel: OUTBOX[channel],
        personId: row.id,
        target: channel === 'task' ? decision.primary.ref : null,
        kind: notice.kind,
        text: channel === 'task' ? { ...taskText(addressed, decision.primary), ...task } : addressed,
        run: pass.run,
        createdAt: pass.now,
        nextTryAt: channel === 'task' ? pass.now : afterQuiet(agreement, pass.now),
      },
    ];
  });
}

/** To whom a channel takes a notice. Null: this way leads to nobody. */
function addressedTo(agreement: CompiledAgreement, { to, ownerId, ownerInactive }: Notice, channel: NotificationChannel, owner: Owner | undefined, text: OutboxText): OutboxText | null {
  const { escalation } = agreement.settings.notifications;
  // With nobody to escalate to, a deactivated owner's task is tried all the same: its dead letter tells RevOps, where silence would not.
  const user = to === 'escalation' ? (escalation.salesforce_user ?? (ownerInactive ? ownerId : undefined)) : to === 'owner' ? ownerId : undefined;
  if (channel === 'task') return user == null ? null : { ...text, ownerId: user };
  if (channel === 'slack') {
    if (to !== 'escalation') return text;
    // Without somebody to call, the channel need not hear a second time of what an owner has; of what nobody has it must.
    return escalation.slack !== undefined ? { ...text, mention: [escalation.slack] } : ownerId === null || ownerInactive ? text : null;
  }
  const email = to === 'escalation' ? escalation.email : to === 'owner' ? owner?.email : undefined;
  return email == null ? null : { ...text, to: [email] };
}

function digestEntries(pass: Pass, { row }: Judged, moment: Moment, subject: Subject): OutboxEntry[] {
  const { agreement } = pass.parts.terms;
  const { rejection_digest, addresses } = agreement.settings.notifications;
  const text = digestText(agreement, moment, subject);
  return rejection_digest.filter(isMessage).map((channel) => ({
    key: digestKey(row.id, moment, channel),
    channel,
    personId: row.id,
    target: null,
    kind: 'rejection_digest' satisfies NotificationKind,
    text: channel === 'email' ? { ...text, to: addresses.marketing } : text,
    run: pass.run,
    createdAt: pass.now,
    nextTryAt: digestAt(agreement, pass.now),
  }));
}

function isMessage(channel: NotificationChannel): channel is MessageChannel {
  return (MESSAGE_CHANNELS as readonly string[]).includes(channel);
}

/** To RevOps, about Concord itself: at any time of the day. */
function revopsEntries(agreement: CompiledAgreement, kind: 'stale' | 'guard_stop' | 'dead_letters', id: string, text: OutboxText, run: string, now: EpochMs): OutboxEntry[] {
  const { notifications } = agreement.settings;
  return notifications[kind].filter(isMessage).map((channel) => ({
    key: `notice:${kind}:${id}:${channel}`,
    channel,
    personId: null,
    target: null,
    kind,
    text: channel === 'email' ? { ...text, to: notifications.addresses.revops } : text,
    run,
    createdAt: now,
    nextTryAt: now,
  }));
}

/** At a run's end: that the guard stopped it (once until a run goes through), and its new dead letters. */
export async function notifyOfRun(pass: Pass, stoppedBy: GuardFinding[] | null, opened: number): Promise<void> {
  const { parts, run, now } = pass;
  const { agreement } = parts.terms;
  const letters = opened > 0 && agreement.settings.notifications.dead_letters.length > 0 ? await lettersOf(parts.store, run) : [];
  if (stoppedBy === null && opened === 0) return;
  await parts.store.transaction(pass.fence, async (tx) => {
    if (opened > 0) await tx.post(revopsEntries(agreement, 'dead_letters', run, deadLettersText(agreement, run, opened, letters, now), run, now));
    if (stoppedBy === null || (await tx.meta(STOPPED)) !== null) return;
    await tx.setMeta(STOPPED, run);
    await tx.post(revopsEntries(agreement, 'guard_stop', run, guardText(agreement, run, stoppedBy, now), run, now));
  });
}

/** At most so many are looked through for a summary. */
const LETTERS = 2_000;

async function lettersOf(store: StoreReader, run: string): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  let afterId: string | null = null;
  for (let seen = 0; seen < LETTERS; seen += 500) {
    const page: DeadLetter[] = await store.deadLetters({ state: 'open', afterId, limit: 500 });
    if (page.length === 0) break;
    afterId = page.at(-1)?.id ?? null;
    found.push(...page.filter((letter) => letter.firstRun === run));
  }
  return found;
}

/**
 * Says, once until a run goes through, that the last good run is older than the agreement's limit. Returns whether it is. For a run that fails, and for
 * whoever watches between runs; `waitedSince`: from when on a first run could have been expected.
 */
export async function notifyStale(parts: Pick<Parts, 'terms'> & { store: Pick<Store, 'meta' | 'transaction'> }, run: string, now: EpochMs, waitedSince: EpochMs | null = null): Promise<boolean> {
  const { agreement } = parts.terms;
  const good = (await toldUpTo(parts.store)) ?? (await lastGoodRun(parts.store))?.at ?? null;
  const waited = await parts.store.meta(FIRST_WAIT);
  const since = good ?? waitedSince ?? (waited === null ? now : Number(waited));
  const isStale = now - since > agreement.staleAfterMs;
  await parts.store.transaction(null, async (tx) => {
    if (good === null && waited === null) await tx.setMeta(FIRST_WAIT, String(now));
    if (isStale) await tx.post(revopsEntries(agreement, 'stale', String(since), staleText(agreement, good, since, now), run, now));
  });
  return isStale;
}

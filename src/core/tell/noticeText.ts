import { CRM_NAMES, type EpochMs, type MirrorRecord } from '../../domain/record';
import type { Message, NotificationKind } from '../../domain/notification';
import type { OutboxText } from '../../domain/outbox';
import type { Handoff } from '../../domain/person';
import type { Problem } from '../../domain/problem';
import type { CompiledAgreement } from '../../agreement/compile';
import type { GuardFinding } from '../plan/guard';
import type { Moment } from './moments';
import type { Notice } from './notices';
import { NOTICE_WORDS } from './noticeWords';
import { textOf, when } from './text';
import { TELLING } from './words';

/*
 * Notifications in the agreement's language and the company's time zone. Plain text: whoever sends it escapes it.
 */

/** Who a notification is about, as people know them. */
export interface Subject {
  name: string;
  company: string | null;
  links: NonNullable<OutboxText['links']>;
}

/** By the name of the CRMs' records; without one by its id, never by the e-mail address. */
export function subjectOf(agreement: CompiledAgreement, contact: MirrorRecord | null, primary: MirrorRecord | null, urlOf: (record: MirrorRecord) => string): Subject {
  const records = [primary, contact].filter((record) => record !== null);
  const value = (id: string): string | null => {
    const field = agreement.fieldById(id);
    for (const { ref, fields } of field === undefined ? [] : records) {
      const name = ref.crm === 'hubspot' ? field?.hubspot : ref.object === 'lead' ? field?.lead : field?.contact;
      const found = name == null ? null : fields[name];
      if (typeof found === 'string') return found;
    }
    return null;
  };
  const name = [value('first_name'), value('last_name')].filter((part) => part !== null).join(' ');
  const [first] = records;
  return {
    name: name !== '' ? name : first === undefined ? '?' : `${CRM_NAMES[first.ref.crm]} ${first.ref.id}`,
    company: value('company'),
    links: [contact, primary].filter((record) => record !== null).map((record) => ({ label: CRM_NAMES[record.ref.crm], url: urlOf(record) })),
  };
}

/** A notice as everybody reads it; `owner` is the owner's name, where it is known and the reader may be somebody else. */
export function noticeText(agreement: CompiledAgreement, notice: Notice, subject: Subject, owner: string | null, now: EpochMs): OutboxText {
  const words = NOTICE_WORDS[agreement.language];
  const { kind, handoff, clock } = notice;
  const at = (moment: EpochMs): string => when({ agreement, words: TELLING[agreement.language] }, moment);
  const clockName = clock === null ? '' : words.clock[clock.name];
  const title = kind === 'new_handoff' ? words.newHandoff(subject.name) : kind === 'due_soon' ? words.dueSoon(clockName, subject.name) : notice.to === 'escalation' && notice.ownerId !== null && !notice.ownerInactive ? words.escalated(clockName, subject.name) : words.overdue(clockName, subject.name);
  const deadlines = (): string[] => {
    if (clock !== null) return [kind === 'breach' ? words.wasDue(at(clock.dueAt)) : words.due(at(clock.dueAt)), words.withSalesSince(at(clock.startedAt))];
    const { carriedAt } = handoff;
    if (carriedAt === null) return [];
    return (['first_touch', 'answer'] as const).map((name) => words.by(words.clock[name], at(agreement.calendarOf(handoff.ownerId).addBusiness(carriedAt, agreement.sla[name]))));
  };
  return {
    title,
    lines: [
      ...(subject.company === null ? [] : [words.company(subject.company)]),
      ...(owner !== null ? [notice.ownerInactive ? words.ownerInactive(owner) : words.owner(owner)] : notice.ownerId === null ? [words.noOwner] : []),
      ...deadlines(),
      ...(kind === 'new_handoff' && handoff.why !== '' ? [words.why(handoff.why)] : []),
      ...(handoff.cycle > 1 ? [words.handoff(handoff.cycle)] : []),
    ],
    at: now,
    links: subject.links,
  };
}

/** F5: somebody has come back, and Salesforce refuses to reopen their closed lead: what a person has to do. */
export function reopenText(agreement: CompiledAgreement, handoff: Handoff, subject: Subject, now: EpochMs): OutboxText {
  const words = NOTICE_WORDS[agreement.language];
  return {
    title: words.reopen(subject.name),
    lines: [...(subject.company === null ? [] : [words.company(subject.company)]), words.reopenHow(agreement.shows('mql', 'lead_status') ?? null), ...(handoff.why === '' ? [] : [words.why(handoff.why)]), words.handoff(handoff.cycle)],
    at: now,
    links: subject.links,
  };
}

/** Under which key the task to reopen a lead is left once. */
export function reopenKey(personId: string, handoff: Handoff): string {
  return `reopen:${personId}:${handoff.cycle}`;
}

/** One rejection in the day's digest. */
export function digestText(agreement: CompiledAgreement, moment: Moment, subject: Subject): OutboxText {
  const told = textOf(agreement, moment);
  const { company } = subject;
  return { ...told, title: `${subject.name}${company === null ? '' : ` (${company})`}: ${told.title}`, links: subject.links };
}

/** W6, L7. */
export function guardText(agreement: CompiledAgreement, run: string, findings: GuardFinding[], now: EpochMs): OutboxText {
  const words = NOTICE_WORDS[agreement.language];
  const isAdoption = findings.some((finding) => finding.limit === 'adoption');
  return { title: isAdoption ? words.adoptionStop : words.guardStop, lines: [...findings.map(({ limit, planned, allowed }) => (limit === 'adoption' ? `${words.limit[limit]}: ${planned}` : words.exceeded(words.limit[limit], planned, allowed))), words.run(run), words.guardRemedy], at: now };
}

/** W5: how many there are by code and record; neither values nor a CRM's words. */
export function deadLettersText(agreement: CompiledAgreement, run: string, opened: number, letters: { crm: string; object: string; problem: Pick<Problem, 'code'> }[], now: EpochMs): OutboxText {
  const words = NOTICE_WORDS[agreement.language];
  const counts = new Map<string, number>();
  for (const { crm, object, problem } of letters) {
    const what = `${problem.code} (${crm} ${object})`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const lines = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([what, n]) => `${what}: ${n}`);
  return { title: words.deadLetters(opened), lines: [...lines, words.run(run), words.deadLetterRemedy], at: now };
}

/** `lastGoodAt` null: no run has ever gone through; `since` then is when that was first waited for. */
export function staleText(agreement: CompiledAgreement, lastGoodAt: EpochMs | null, since: EpochMs, now: EpochMs): OutboxText {
  const words = NOTICE_WORDS[agreement.language];
  const at = (moment: EpochMs): string => when({ agreement, words: TELLING[agreement.language] }, moment);
  return { title: lastGoodAt === null ? words.staleNever(at(since)) : words.staleSince(at(lastGoodAt)), lines: [words.staleRemedy], at: now };
}

/** The most parts of one message: Slack takes 50 blocks, and nobody reads on. */
export const PARTS = 20;

/** What several posts of one kind, to the same people, tell in one message. */
export function messageOf(agreement: CompiledAgreement, kind: NotificationKind, id: string, texts: OutboxText[], more: number): Message {
  const words = NOTICE_WORDS[agreement.language];
  const [first] = texts;
  const count = texts.length + more;
  return {
    id,
    title: count === 1 && kind !== 'rejection_digest' && first !== undefined ? first.title : words.many[kind](count),
    parts: texts.map(({ title, lines, links }) => ({ title, lines, ...(links === undefined ? {} : { links }) })),
    more: more === 0 ? null : words.more(more),
    ...(first?.digest === undefined ? {} : { parts: [], digest: first.digest }),
    to: first?.to ?? [],
    mention: first?.mention ?? [],
  };
}

/** A task's text: it stands on sales' record, so that only the other CRM's link is needed. */
export function taskText(text: OutboxText, on: MirrorRecord): OutboxText {
  const { links, ...rest } = text;
  const others = (links ?? []).filter(({ label }) => label !== CRM_NAMES[on.ref.crm]);
  return { ...rest, lines: [...rest.lines, ...others.map(({ label, url }) => `${label}: ${url}`)] };
}

/** Under which key a person's notification is told once (S3): the handoff, what, when it is due, to whom, which way. */
export function noticeKey(personId: string, notice: Notice, channel: string): string {
  return `notice:${personId}:${notice.handoff.cycle}:${notice.kind}:${notice.id}:${channel}`;
}

export function digestKey(personId: string, moment: Moment, channel: string): string {
  return `notice:${personId}:${moment.cycle}:rejection_digest:${moment.id}:${channel}`;
}


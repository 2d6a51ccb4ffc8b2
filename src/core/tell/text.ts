import { DateTime } from 'luxon';
import { CRM_NAMES, parseRefKey, type EpochMs } from '../../domain/record';
import type { OutboxText } from '../../domain/outbox';
import type { Rejection } from '../../domain/person';
import type { CompiledAgreement } from '../../agreement/compile';
import { routeLabel } from '../../agreement/labels';
import type { Moment } from './moments';
import { OBJECT_NAMES, TELLING, type TellingWords } from './words';

/** The longest text of a rep that is repeated: there are three at most, a character may take six when escaped, and a note in HubSpot takes 65,536. */
const LONGEST = 3_500;

/** A moment in the agreement's language and the company's time zone. Plain text: whoever sends it escapes it. */
export function textOf(agreement: CompiledAgreement, moment: Moment): OutboxText {
  const words = TELLING[agreement.language];
  const told = { agreement, words };
  switch (moment.kind) {
    case 'rejected':
    case 'corrected':
    case 'noted':
      return { title: titleOf(told, moment), lines: answerLines(told, moment), at: moment.at };
    case 'rerouted': {
      const { rejection } = moment;
      return { title: words.rerouted, lines: [said(told, rejection, moment.at), ...repsWords(told, rejection), ...maybe(rejection.detail, (detail) => words.colleague(cut(words, detail))), ...noteOf(told, rejection), words.staysOpen], at: moment.at };
    }
    case 'taken_back':
      return { title: words.takenBack, lines: [words.on(when(told, moment.at)), words.noLongerCounts(when(told, moment.was.at), reasonOf(told, moment.was)), ...maybe(moment.stage, (stage) => words.stage(agreement.stageLabel(stage)))], at: moment.at };
    case 'expired':
      return { title: words.expired, lines: [words.on(when(told, moment.at)), ...nextStep(told, moment.rejection)], at: moment.at };
    case 'resumed':
      return { title: words.resumed, lines: [words.on(when(told, moment.at)), ...maybe(moment.stage, (stage) => words.stage(agreement.stageLabel(stage)))], at: moment.at };
    case 'came_back':
      return {
        title: words.cameBack(moment.cycle),
        lines: [words.on(when(told, moment.at)), ...(moment.why === '' ? [] : [words.why(moment.why)]), ...maybe(moment.last, (last) => words.lastTime(when(told, last.at), reasonOf(told, last))), ...(moment.count === 0 ? [] : [words.count(moment.count, moment.cycle)])],
        at: moment.at,
      };
    case 'duplicate':
      return { title: words.duplicate, lines: [words.on(when(told, moment.at)), words.closedAsDuplicate(recordName(told, moment.closed)), ...maybe(moment.survivor, (survivor) => words.goesOnWith(recordName(told, survivor)))], at: moment.at };
  }
}

export interface Told {
  agreement: CompiledAgreement;
  words: TellingWords;
}

type Answer = Extract<Moment, { rejection: Rejection; count: number }>;

function titleOf(told: Told, { kind, rejection }: Answer): string {
  const { words } = told;
  const reason = reasonOf(told, rejection);
  if (kind === 'noted') return words.noted;
  if (reason === null) return rejection.counted ? words.rejectedWithoutReason : words.recordedWithoutReason;
  if (kind === 'corrected') return words.corrected(reason);
  return rejection.counted ? words.rejected(reason) : words.recorded(reason);
}

function answerLines(told: Told, moment: Answer): string[] {
  const { words } = told;
  const { rejection } = moment;
  return [
    said(told, rejection, rejection.at),
    ...maybe(reasonOf(told, rejection), words.reason),
    ...repsWords(told, rejection),
    ...noteOf(told, rejection),
    ...(rejection.counted && moment.count > 0 ? [words.count(moment.count, moment.cycle)] : []),
    ...nextStep(told, rejection),
  ];
}

/** What follows (F2): by route; without a reason, the reason (F4). */
function nextStep({ agreement, words }: Told, { route, recycleOn, detail }: Rejection): string[] {
  const label = route === null ? '' : routeLabel(route, agreement.language);
  const plain = detail === null ? [] : [words.detail(cut(words, detail))];
  switch (route) {
    case null:
      return [...plain, words.waitsForReason];
    case 'fix_data':
      return [words.next(label, null), words.toFix(detail === null ? null : cut(words, detail))];
    case 'duplicate':
      return [words.next(label, null), ...(detail === null ? [] : [words.survivor(cut(words, detail))])];
    case 'unmapped':
      return [...plain, words.toMap];
    case 'recycle':
      return [...plain, words.next(label, recycleOn === null ? null : dateOf(words, recycleOn))];
    case 'review':
      return [...plain, words.next(label, null), words.toReview];
    case 'nurture':
    case 'disqualify':
    case 'suppress':
    case 'reroute':
      return [...plain, words.next(label, null)];
  }
}

/** Words that no reason knows are told as they were written (F3), those of a known one when they are not its label. */
function repsWords({ agreement, words }: Told, { words: said, reason, route }: Rejection): string[] {
  if (said === null || said === reason) return [];
  if (route !== 'unmapped' && reason !== null && said === agreement.reasonLabel(reason)) return [];
  return [words.inWords(words.quoted(cut(words, said)))];
}

/** Of an unmapped answer the kept note begins with the words themselves, which are told already. */
function noteOf({ words }: Told, { note, words: said, route }: Rejection): string[] {
  if (note === null) return [];
  const own = route === 'unmapped' && said !== null && note.startsWith(said) ? note.slice(said.length).replace(/^\n/, '') : note;
  return own === '' ? [] : [words.note(words.quoted(cut(words, own)))];
}

/** Null: without a reason (F4). */
function reasonOf({ agreement, words }: Told, { reason, words: said, route }: Rejection): string | null {
  if (reason === null) return null;
  return route === 'unmapped' && said !== null ? words.quoted(shortened(said)) : agreement.reasonLabel(reason);
}

/** For a title, which the lines below repeat in full. */
function shortened(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > 80 || line !== text ? `${line.slice(0, 80)}…` : line;
}

function said(told: Told, { by, crm }: Rejection, at: EpochMs): string {
  return told.words.by(by?.name ?? by?.id ?? null, CRM_NAMES[crm], when(told, at));
}

/** A moment in the company's time zone, which is named. */
export function when({ agreement, words }: Pick<Told, 'agreement'> & { words: Pick<TellingWords, 'locale'> }, at: EpochMs): string {
  return `${DateTime.fromMillis(at, { zone: agreement.timeZone, locale: words.locale }).toFormat('d LLL yyyy, HH:mm')} (${agreement.timeZone})`;
}

/** A date without a time is the same day everywhere (M3). */
function dateOf(words: TellingWords, date: string): string {
  return DateTime.fromISO(date, { zone: 'utc', locale: words.locale }).toFormat('d LLL yyyy');
}

function recordName({ agreement, words }: Told, key: string): string {
  const { crm, object, id } = parseRefKey(key);
  return words.record(CRM_NAMES[crm], object === 'lead' || object === 'contact' ? OBJECT_NAMES[agreement.language][object] : object, id);
}

/** Cut where it shows (M3: nothing is cut in silence). */
function cut(words: TellingWords, text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}${words.cut}`;
}

function maybe<T>(value: T | null, line: (value: T) => string): string[] {
  return value === null ? [] : [line(value)];
}

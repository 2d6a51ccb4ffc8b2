import { createHash } from 'node:crypto';
import { SHOWN, type OwnFieldId } from '../domain/ownFields';
import { STAGES, type StageId } from '../domain/stage';
import { createCalendar, type Calendar, type HolidaysOf } from './calendar';
import { compileCondition, fieldsOf, type CompiledCondition, type FieldNames } from './conditions';
import { durationMs, intervalMs, parseDelay, parseDuration, type Duration } from './duration';
import { parseFieldRef } from './fieldRef';
import { compileField, type CompiledField } from './fields';
import { labelText } from './labels';
import { normaliseReason } from './normalise';
import { ownerKey } from './ownerKey';
import { OWN_FIELD_IDS, ownNames } from './ownNames';
import { LANGUAGES, type Agreement, type Condition, type Language, type Reason, type Stage } from './schema';
import { compileScore, type CompiledScore } from './score';
import { compileShows, compileShowsOf, type Shows, type Shown } from './shows';

export interface CompiledStage extends Omit<Stage, 'when'> {
  /** Null: no condition enters it. */
  when: CompiledCondition | null;
  /** The condition as written. */
  condition: Condition | null;
}

export interface CompiledReason extends Reason {
  /** With `recycle`: after how many calendar days. Null otherwise. */
  afterDays: number | null;
}

/** The agreement made ready for use: everything that needs looking up is looked up once. Immutable by convention; safe to share. */
export interface CompiledAgreement extends Shows {
  /** The agreement with its defaults. In the mode `alongside` it creates nothing and every mapped field is only read, whatever the file says. */
  readonly settings: Agreement;
  /** sha256 (hex) of the agreement's meaning: the same for two files that differ in comments, order of keys or spelt-out defaults only. */
  readonly hash: string;
  readonly language: Language;
  readonly timeZone: string;
  /** In the ladder's order, off-ramps last. */
  readonly stages: readonly CompiledStage[];
  stage(id: StageId): CompiledStage;
  /** How stages show on a record: leads of some record types have statuses of their own. */
  of(record: Shown): Shows;
  /** By id, in the file's order; inactive ones included. */
  readonly reasons: ReadonlyMap<string, CompiledReason>;
  /** The reason that a text means (F3): id, label in any language, or alias. Null: none, which is `unmapped`. */
  reasonOf(text: string): CompiledReason | null;
  stageLabel(id: StageId, language?: Language): string;
  /** A reason's label; the id itself for one that the agreement does not have. */
  reasonLabel(id: string, language?: Language): string;
  readonly fields: readonly CompiledField[];
  fieldById(id: string): CompiledField | undefined;
  /** The names of a field that Concord writes, after renames. Null: that CRM has none. */
  ownField(id: OwnFieldId): { hubspot: string | null; salesforce: string | null };
  /** The HubSpot property that holds the score, when the portal counts it. */
  readonly scoreProperty: string | null;
  /** The score as the agreement counts it, when it does. */
  readonly score: CompiledScore | null;
  /** In business time, for `calendar.addBusiness`. */
  readonly sla: { readonly [clock in 'first_touch' | 'answer' | 'reason' | 'book_or_recycle' | 'due_soon']: Duration };
  readonly calendar: Calendar;
  /** Business time by owner (S1): a user's or queue's id in Salesforce, in either form. `calendar` for one without a team, or none. */
  calendarOf(ownerId: string | null): Calendar;
  /** What happens to a handoff without an answer, in business time after the deadline; an amount of 0: at the deadline. Null: never. */
  readonly unanswered: { readonly return: Duration | null; readonly comesBackDays: number };
  /** In business time: how long after a breach the escalation contact hears of it (S3). */
  readonly escalateAfter: Duration;
  /** In plain milliseconds. */
  readonly staleAfterMs: number;
  readonly journalMs: number;
  /** How often the feedback pass asks Salesforce; null: never. */
  readonly feedbackMs: number | null;
  /** Whether an e-mail address belongs to a domain that is not governed, subdomains included (L10). */
  excludesEmail(email: string): boolean;
  /** Every HubSpot contact property that must be read, each once, in alphabetical order. */
  hubspotFields(): string[];
  /** Every Salesforce field of the object that must be read, each once, in alphabetical order. */
  salesforceFields(object: 'lead' | 'contact'): string[];
}

/** Makes a checked agreement ready. `holidaysOf` is needed when its holidays are a country code. */
export function compileAgreement(checked: Agreement, holidaysOf?: HolidaysOf): CompiledAgreement {
  const settings = checked.mode === 'alongside' ? alongside(checked) : checked;
  const { time_zone: timeZone, language } = settings.company;
  const fields = settings.fields.map(compileField);
  const byId = new Map(fields.map((field) => [field.id, field]));
  const names: FieldNames = (field, inLanguage) => {
    const label = byId.get(field)?.settings.label;
    return label === undefined ? undefined : labelText(label, inLanguage);
  };
  const options = { timeZone, names };
  const stages = STAGES.flatMap((id) => settings.stages.filter((stage) => stage.id === id)).map((stage): CompiledStage => ({
    ...stage,
    when: stage.when === undefined ? null : compileCondition(stage.when, options),
    condition: stage.when ?? null,
  }));
  const stageById = new Map(stages.map((stage) => [stage.id, stage]));
  const reasons = new Map(settings.rejection.reasons.map((reason) => [reason.id, { ...reason, afterDays: reason.after === undefined ? null : parseDuration(reason.after).amount }]));
  const meanings = reasonTexts([...reasons.values()]);
  const own = ownNames(settings);
  const excluded = settings.scope.exclude_email_domains.map((domain) => domain.toLowerCase());
  const { sla } = settings;
  const calendar = createCalendar(sla.calendar, timeZone, holidaysOf);
  const byOwner = new Map(sla.calendars.flatMap((team) => {
    const made = createCalendar(team, team.time_zone ?? timeZone, holidaysOf);
    return team.owners.map((owner) => [ownerKey(owner), made] as const);
  }));

  function stage(id: StageId): CompiledStage {
    const found = stageById.get(id);
    if (found === undefined) throw new Error(`the agreement has no stage ${id}`);
    return found;
  }

  const shows = compileShows(settings);
  return {
    ...shows,
    of: compileShowsOf(settings, shows),
    settings,
    hash: createHash('sha256').update(canonical(settings)).digest('hex'),
    language,
    timeZone,
    stages,
    stage,
    reasons,
    reasonOf: (text) => meanings.get(normaliseReason(text)) ?? null,
    stageLabel: (id, inLanguage = language) => labelText(stage(id).label, inLanguage),
    reasonLabel: (id, inLanguage = language) => {
      const reason = reasons.get(id);
      return reason === undefined ? id : labelText(reason.label, inLanguage);
    },
    fields,
    fieldById: (id) => byId.get(id),
    ownField: (id) => own[id],
    scoreProperty: settings.score.hubspot ?? null,
    score: settings.score.points === undefined ? null : compileScore(settings.score.points, options),
    sla: {
      first_touch: parseDuration(sla.first_touch),
      answer: parseDuration(sla.answer),
      reason: parseDuration(sla.reason),
      book_or_recycle: parseDuration(sla.book_or_recycle),
      due_soon: parseDuration(sla.due_soon),
    },
    calendar,
    calendarOf: (ownerId) => (ownerId === null ? calendar : (byOwner.get(ownerKey(ownerId)) ?? calendar)),
    unanswered: {
      return: sla.unanswered.return === undefined ? null : parseDelay(sla.unanswered.return),
      comesBackDays: parseDuration(sla.unanswered.comes_back).amount,
    },
    escalateAfter: parseDuration(settings.notifications.escalation.after),
    staleAfterMs: durationMs(parseDuration(settings.limits.stale_after)),
    journalMs: durationMs(parseDuration(settings.retention.journal)),
    feedbackMs: intervalMs(settings.schedule.feedback),
    excludesEmail: (email) => {
      const domain = email.slice(email.lastIndexOf('@') + 1).trim().toLowerCase();
      return excluded.some((one) => domain === one || domain.endsWith(`.${one}`));
    },
    hubspotFields: () => hubspotFields(settings, fields, own),
    salesforceFields: (object) => salesforceFields(settings, fields, own, object),
  };
}

/** HubSpot's own integration creates the records and keeps plain fields equal: whoever did it too would make doubles and overwrite for ever. */
function alongside(checked: Agreement): Agreement {
  return {
    ...checked,
    handoff: { ...checked.handoff, creates: 'nothing', creates_hubspot: false },
    fields: checked.fields.map((field) => ({ ...field, policy: 'read_only' as const })),
  };
}

function reasonTexts(reasons: readonly CompiledReason[]): Map<string, CompiledReason> {
  const meanings = new Map<string, CompiledReason>();
  for (const reason of reasons) {
    const labels = LANGUAGES.flatMap((language) => reason.label[language] ?? []);
    for (const text of [reason.id, ...labels, ...reason.aliases]) meanings.set(normaliseReason(text), reason);
  }
  return meanings;
}

function allConditions(settings: Agreement): Condition[] {
  return [...settings.stages.flatMap((stage) => stage.when ?? []), ...(settings.score.points ?? []).map((term) => term.when)];
}

function hubspotFields(settings: Agreement, fields: readonly CompiledField[], own: ReturnType<typeof ownNames>): string[] {
  const { reason, note, detail, recycle_on } = settings.rejection.signals.hubspot;
  const clauses = allConditions(settings).flatMap(fieldsOf).map(parseFieldRef);
  return sorted([
    'lifecyclestage',
    'hs_lead_status',
    ...OWN_FIELD_IDS.map((id) => own[id].hubspot),
    ...fields.map((field) => field.hubspot),
    ...clauses.map((ref) => (ref?.kind === 'hubspot' ? ref.name : null)),
    settings.score.hubspot,
    ...settings.handoff.acts,
    ...settings.handoff.acts_after_disqualify,
    reason,
    note,
    detail,
    recycle_on,
    settings.consent.hubspot.do_not_call,
    ...settings.sla.touch.hubspot,
    ...[settings.reports.source, settings.reports.campaign, settings.reports.segment].map((ref) => (ref?.startsWith('hubspot.') === true ? ref.slice('hubspot.'.length) : null)),
    ...settings.reports.touches.flatMap((touch) => [touch.at, touch.name, touch.source]),
  ]);
}

function salesforceFields(settings: Agreement, fields: readonly CompiledField[], own: ReturnType<typeof ownNames>, object: 'lead' | 'contact'): string[] {
  const { reason, note, detail, recycle_on } = settings.rejection.signals.salesforce;
  const clauses = allConditions(settings).flatMap(fieldsOf).map(parseFieldRef);
  return sorted([
    object === 'lead' ? SHOWN.leadStatus : null,
    object === 'lead' && settings.lead_record_types.length > 0 ? SHOWN.recordType : null,
    ...OWN_FIELD_IDS.map((id) => own[id].salesforce),
    ...fields.map((field) => field[object]),
    ...clauses.map((ref) => (ref?.kind === 'salesforce' && (ref.object === 'any' || ref.object === object) ? ref.name : null)),
    reason,
    note,
    detail,
    recycle_on,
    settings.consent.salesforce.opt_out,
    settings.consent.salesforce.do_not_call,
    ...settings.sla.touch.salesforce,
  ]);
}

/** Each name once; names that differ in case only are one field in both CRMs. */
function sorted(names: readonly (string | null | undefined)[]): string[] {
  const found = new Map<string, string>();
  for (const name of names) if (name !== null && name !== undefined && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), name);
  return [...found.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** JSON with the keys of every map in order and without absent ones: equal texts for equal meanings. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)
    .join(',')}}`;
}

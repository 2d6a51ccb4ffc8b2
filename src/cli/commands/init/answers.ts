import { LANGUAGES } from '../../../agreement/schema';
import { STAGES, type StageId } from '../../../domain/stage';
import { ConcordError, EXIT } from '../../../domain/problem';
import type { Answers, Decision, Looked } from '../../../run/propose';
import type { Interview } from './interview';

/** The flags that answer for the agreement. `stage`, `leadStatus` and `hubspotStatus` hold `mql=VALUE`. */
export interface AnswerOptions {
  company?: string;
  timeZone?: string;
  currency?: string;
  language?: string;
  mode?: string;
  ownDomain?: string[];
  score?: string;
  stage?: string[];
  leadStatus?: string[];
  hubspotStatus?: string[];
  rejecting?: string[];
  hubspotRejecting?: string[];
}

/** Reads the flags and holds them against what the CRMs have. Throws ConcordError `bad_usage` (exit 2) that names flag, value and choices. */
export function answersOf(options: AnswerOptions, hubspot: Looked, salesforce: Looked): Answers {
  const contact = hubspot.description.contact;
  const lifecycle = contact?.['lifecyclestage']?.options?.map(({ value }) => value) ?? [];
  const hubspotStatuses = contact?.['hs_lead_status']?.options?.map(({ value }) => value) ?? [];
  const statuses = (salesforce.description.lead?.['Status']?.options ?? []).filter(({ converted }) => converted !== true).map(({ value }) => value);
  const scores = Object.values(contact ?? {}).filter(({ type }) => type === 'number').map(({ name }) => name);
  const { company, timeZone, currency, language, mode } = options;
  if (timeZone !== undefined && !isTimeZone(timeZone)) throw bad('--time-zone', timeZone, 'an IANA time zone, for example America/Mexico_City');
  if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) throw bad('--currency', currency, 'a currency code of three capital letters, for example MXN');
  return {
    ...(company === undefined ? {} : { company }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(currency === undefined ? {} : { currency }),
    ...(language === undefined ? {} : { language: one('--language', language, LANGUAGES) }),
    ...(mode === undefined ? {} : { mode: one('--mode', mode, ['standalone', 'alongside'] as const) }),
    ...(options.ownDomain === undefined ? {} : { ownDomains: options.ownDomain.map((domain) => (/^[^@\s.]+(\.[^@\s.]+)+$/.test(domain) ? domain.toLowerCase() : (() => { throw bad('--own-domain', domain, 'what stands after the @, for example acme.com'); })())) }),
    ...(options.score === undefined ? {} : { score: one('--score', options.score, scores) }),
    lifecycle: byStage('--stage', options.stage, lifecycle),
    hubspotStatus: byStage('--hubspot-status', options.hubspotStatus, hubspotStatuses),
    leadStatus: byStage('--lead-status', options.leadStatus, statuses),
    ...(options.rejecting === undefined ? {} : { rejecting: options.rejecting.map((value) => one('--rejecting', value, statuses)) }),
    ...(options.hubspotRejecting === undefined ? {} : { hubspotRejecting: options.hubspotRejecting.map((value) => one('--hubspot-rejecting', value, hubspotStatuses)) }),
  };
}

function byStage(flag: string, pairs: string[] | undefined, values: readonly string[]): Partial<Record<StageId, string>> {
  const out: Partial<Record<StageId, string>> = {};
  for (const pair of pairs ?? []) {
    const at = pair.indexOf('=');
    if (at < 1) throw bad(flag, pair, 'STAGE=VALUE, for example mql=Nuevo');
    out[one(flag, pair.slice(0, at), STAGES)] = one(flag, pair.slice(at + 1), values);
  }
  return out;
}

function one<T extends string>(flag: string, given: string, values: readonly T[]): T {
  const found = values.find((value) => value.toLowerCase() === given.trim().toLowerCase());
  if (found === undefined) throw bad(flag, given, `one of ${values.join(', ')}`);
  return found;
}

function bad(flag: string, given: string, wanted: string): ConcordError {
  return new ConcordError({ code: 'bad_usage', message: `${flag}: “${given}” is not there`, where: flag, remedy: `Give ${wanted}.`, exit: EXIT.usage });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Asks about one decision and notes the answer. False: it is none that an answer exists for. */
export async function askAbout(decision: Decision, answers: Answers, interview: Interview): Promise<boolean> {
  if (decision.flag === null || decision.choices.length === 0) return false;
  const text = `\n${decision.what}? ${decision.how === 'open' ? `Nothing tells: ${decision.why}.` : `Proposed because ${decision.why}.`}`;
  const isList = decision.id.startsWith('rejection.');
  const proposed = isList ? undefined : (decision.value ?? undefined);
  const place = proposed === undefined ? -1 : decision.choices.findIndex(({ value }) => value === proposed);
  const value = await interview.choose({ text, flag: decision.flag, ...(place === -1 ? {} : { proposed: String(place + 1) }) }, decision.choices);
  const [, stage, crm, field] = decision.id.split('.') as [string, StageId | undefined, string | undefined, string | undefined];
  if (decision.id === 'rejection.signals.salesforce.lead_status') answers.rejecting = [value];
  else if (decision.id === 'rejection.signals.hubspot.hs_lead_status') answers.hubspotRejecting = [value];
  else if (decision.id === 'score.hubspot') answers.score = value;
  else if (stage !== undefined && field === 'lifecyclestage') answers.lifecycle[stage] = value;
  else if (stage !== undefined && crm === 'hubspot') answers.hubspotStatus[stage] = value;
  else if (stage !== undefined) answers.leadStatus[stage] = value;
  return true;
}

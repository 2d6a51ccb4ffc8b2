import type { CompiledAgreement } from '../../src/agreement/compile';
import { compileAgreement } from '../../src/agreement/compile';
import type { Agreement } from '../../src/agreement/schema';
import { decide, type Decision } from '../../src/core/decide/decide';
import type { DecideInput } from '../../src/core/decide/context';
import { CONVERTED } from '../../src/core/observe';
import { plan, type Obstacle, type PersonPlan } from '../../src/core/plan/plan';
import type { PersonState } from '../../src/domain/person';
import { refKey, type Actor, type Conversion, type CrmRecord, type Fields, type FieldSince, type MirrorRecord, type OpportunityFacts, type Value } from '../../src/domain/record';
import { planFields, type FieldPlan } from '../../src/run/fieldPlan';
import { defaultText, load } from '../agreement/sample';

/*
 * People as the policy tells them: `person({ hubspot: { email: 'ana@x.example' }, lead: { Status: 'Open' } })`. Fields that are not named are empty,
 * as a CRM returns them; values are as old as their record unless they say since when.
 */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Monday, 10:00 in Mexico City; a working day of the default agreement. */
export const NOW = Date.UTC(2026, 10, 23, 16, 0, 0);

/** The agreement that ships with Concord, and the fields it reads. */
export const agreement: CompiledAgreement = load(defaultText());

const plans = new Map<CompiledAgreement, FieldPlan>();
export function fieldPlanOf(of: CompiledAgreement): FieldPlan {
  const made = plans.get(of) ?? planFields(of);
  plans.set(of, made);
  return made;
}

/** The shipped agreement with settings changed. */
export function agreed(change: (settings: Agreement) => void): CompiledAgreement {
  const settings = structuredClone(agreement.settings);
  change(settings);
  return compileAgreement(settings);
}

/** A value with the moment since when it has stood there, and who set it. */
export interface Told {
  value: Value;
  since: FieldSince;
}

/** Set by a person at work in the CRM. */
export function set(value: Value, at: number, by: Actor = { id: '7', source: 'CRM_UI' }): Told {
  return { value, since: { at, by } };
}

/** Set by a workflow in HubSpot. */
export function automated(value: Value, at: number): Told {
  return set(value, at, { id: 'workflow 12', source: 'AUTOMATION_PLATFORM' });
}

/** What Concord itself last wrote there (L11). */
export function own(value: Value, at: number): Told {
  return { value, since: { at, own: true } };
}

export type FieldsTold = Record<string, Value | Told | undefined>;

export interface RecordMore {
  id?: string;
  createdAt?: number;
  modifiedAt?: number;
  owner?: CrmRecord['owner'];
  accountId?: string;
  emails?: string[];
  carries?: CrmRecord['carries'];
  aliases?: string[];
  conversion?: Partial<Conversion> & { at?: number };
  gone?: CrmRecord['gone'];
  personId?: string | null;
}

const BIRTH = NOW - 100 * DAY;

function isTold(value: Value | Told): value is Told {
  return typeof value === 'object' && value !== null;
}

/** A record of the mirror. `undefined` for a field: the CRM does not return it (M5). */
export function record(crm: 'hubspot' | 'salesforce', object: 'contact' | 'lead', told: FieldsTold, more: RecordMore = {}, of: CompiledAgreement = agreement): MirrorRecord {
  const createdAt = more.createdAt ?? BIRTH;
  const { select, tracked } = fieldPlanOf(of);
  const fields: Fields = {};
  const since: Record<string, FieldSince> = {};
  const written: Fields = {};
  const values: FieldsTold = { ...Object.fromEntries((select[crm][object] ?? []).map((name) => [name, null])), ...told };
  let modifiedAt = more.modifiedAt ?? createdAt;
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const one: Told = isTold(value) ? value : { value, since: { at: createdAt, ...(value === null ? { first: true as const } : {}) } };
    fields[name] = one.value;
    if (tracked[crm][object]?.has(name) === true || isTold(value)) since[name] = one.since;
    if (one.since.own === true) written[name] = one.value;
    if (more.modifiedAt === undefined) modifiedAt = Math.max(modifiedAt, one.since.at);
  }
  if (more.conversion !== undefined) {
    since[CONVERTED] = { at: more.conversion.at ?? createdAt };
    modifiedAt = Math.max(modifiedAt, more.conversion.at ?? createdAt);
  }
  const email = fields[crm === 'hubspot' ? 'email' : 'Email'];
  return {
    ref: { crm, object, id: more.id ?? (crm === 'hubspot' ? '101' : object === 'lead' ? '00Q000000000001AAA' : '003000000000001AAA') },
    createdAt,
    modifiedAt,
    ...(more.gone === undefined ? {} : { gone: more.gone }),
    fields,
    emails: more.emails ?? (typeof email === 'string' ? [email] : []),
    aliases: more.aliases ?? [],
    carries: more.carries ?? {},
    ...(crm === 'salesforce' ? { owner: more.owner ?? { id: '005A', kind: 'user' as const } } : {}),
    accountId: more.accountId ?? null,
    ...(more.conversion === undefined ? {} : { conversion: { contactId: null, accountId: null, opportunityId: null, on: null, ...withoutAt(more.conversion) } }),
    consent: {},
    personId: more.personId ?? null,
    since,
    written,
    foreignChangeAt: modifiedAt,
  };
}

function withoutAt(conversion: Partial<Conversion> & { at?: number }): Partial<Conversion> {
  const { at: _, ...rest } = conversion;
  return rest;
}

export interface OpportunityTold extends Partial<OpportunityFacts> {
  id?: string;
  createdAt?: number;
  modifiedAt?: number;
  role?: string | null;
  inferred?: boolean;
}

/** An opportunity's record: open unless it says otherwise. */
export function opportunity(told: OpportunityTold = {}): MirrorRecord {
  const { id = '006000000000001AAA', createdAt = NOW - 10 * DAY, role: _, inferred: __, modifiedAt, ...facts } = told;
  const isClosed = facts.isClosed ?? facts.isWon ?? false;
  return {
    ref: { crm: 'salesforce', object: 'opportunity', id },
    createdAt,
    modifiedAt: modifiedAt ?? facts.closedAt ?? createdAt,
    fields: {},
    emails: [],
    aliases: [],
    carries: {},
    opportunity: { name: 'Deal', accountId: null, stageName: isClosed ? 'Closed' : 'Prospecting', isWon: false, amount: null, currency: null, closeDate: null, type: null, ...facts, isClosed },
    consent: {},
    personId: null,
    since: {},
    written: {},
    foreignChangeAt: createdAt,
  };
}

export interface PersonTold {
  hubspot?: FieldsTold | null;
  lead?: FieldsTold;
  contact?: FieldsTold;
  leads?: MirrorRecord[];
  contacts?: MirrorRecord[];
  opportunities?: OpportunityTold[];
  more?: { hubspot?: RecordMore; lead?: RecordMore; contact?: RecordMore };
  now?: number;
  adopting?: boolean;
  pins?: DecideInput['pins'];
  readUpTo?: DecideInput['readUpTo'];
  carrierBlocked?: boolean;
  gone?: DecideInput['evidence']['gone'];
}

/** Known and complete enough for a handoff: the fields that the shipped agreement needs. */
export const COMPLETE = { email: 'ana@cliente.example', firstname: 'Ana', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico' } as const;
export const COMPLETE_LEAD = { Email: 'ana@cliente.example', FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Country: 'Mexico' } as const;

/** What `decide` is given. Without a state the person was never decided; a HubSpot contact is there unless `hubspot: null`. */
export function person(told: PersonTold, state: PersonState | null = null, of: CompiledAgreement = agreement): DecideInput {
  const now = told.now ?? NOW;
  const hubspot = told.hubspot === null ? [] : [record('hubspot', 'contact', { ...COMPLETE, ...told.hubspot }, told.more?.hubspot, of)];
  const leads = [...(told.lead === undefined ? [] : [record('salesforce', 'lead', { ...COMPLETE_LEAD, ...told.lead }, told.more?.lead, of)]), ...(told.leads ?? [])];
  const contacts = [...(told.contact === undefined ? [] : [record('salesforce', 'contact', { Email: COMPLETE.email, FirstName: 'Ana', LastName: 'Paz', MailingCountry: 'Mexico', ...told.contact }, told.more?.contact, of)]), ...(told.contacts ?? [])];
  return {
    evidence: {
      personId: 'h101',
      hubspot,
      leads,
      contacts,
      opportunities: (told.opportunities ?? []).map((each) => ({
        record: opportunity(each),
        role: each.role === undefined || each.role === null ? null : { opportunityId: each.id ?? '006000000000001AAA', contactId: '003000000000001AAA', name: each.role, isPrimary: true },
        inferred: each.inferred ?? false,
      })),
      gone: told.gone ?? [],
    },
    state,
    pins: told.pins ?? { hubspot: hubspot[0]?.ref.id ?? null, salesforce: null },
    adopting: told.adopting ?? false,
    readUpTo: told.readUpTo ?? { hubspot: now, salesforce: now },
    now,
    ...(told.carrierBlocked === true ? { blocked: new Set(['person:h101', ...leads.map((each) => refKey(each.ref))]) } : {}),
  };
}

export function judge(input: DecideInput, of: CompiledAgreement = agreement): Decision {
  return decide({ agreement: of }, input, (each) => `https://salesforce.example/${each.ref.id}`);
}

export function planned(input: DecideInput, obstacles: Obstacle[] = [], of: CompiledAgreement = agreement): PersonPlan {
  return plan(of, input.evidence.personId, judge(input, of), obstacles, 0);
}

/** What a decision wants on a record, by field; undefined: nothing to say about it. */
export function desiredOn(decision: Decision, crm: 'hubspot' | 'salesforce', field: string): Value | undefined {
  return decision.desired.find((each) => each.crm === crm)?.fields.get(field)?.value;
}

/** What a plan would write, by field. */
export function writtenOn(made: PersonPlan, crm: 'hubspot' | 'salesforce'): Fields {
  return Object.fromEntries(made.writes.filter((write) => write.crm === crm).flatMap((write) => write.changes.map((change) => [change.field, change.after])));
}

/** The moves of a decision, skipped stages left out: `lead > mql`. */
export function moves(decision: Decision): string[] {
  return decision.transitions.filter((each) => !each.skipped).map((each) => `${each.from ?? '-'} > ${each.to}`);
}

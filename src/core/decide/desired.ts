import { CRM_NAMES, type Fields, type MirrorRecord, type Value } from '../../domain/record';
import { refKey } from '../../domain/record';
import { ACCOUNT, OWN_FIELDS, SHOWN, type OwnFieldId } from '../../domain/ownFields';
import { isOffRamp, SLA_EXPIRED, type StageId } from '../../domain/stage';
import type { Handoff, Rejection } from '../../domain/person';
import { laterWords } from './answers';
import { createdObject, openHandoff, type Context } from './context';
import { mapFields } from './fields';
import { isContested, leaveContested } from './rules/contested';
import type { Scope } from './rules/scope';

/** What a record's field should hold, and why. */
export interface DesiredField {
  value: Value;
  rule: string;
  because: string;
  contested?: true;
  readBack?: true;
  overwrites?: true;
  /** Of a mapped field: whether the value is the one both sides had agreed on, so that what stands there now was put over it. */
  again?: boolean;
  /** Tried although the record was refused as a whole: a refusal of other fields says nothing about this one. */
  anyway?: true;
}
export type DesiredFields = Map<string, DesiredField>;

export interface DesiredRecord {
  /** Null: the record does not exist yet and is to be created. */
  record: MirrorRecord | null;
  crm: 'hubspot' | 'salesforce';
  object: 'contact' | 'lead';
  fields: DesiredFields;
}

/** A stage-showing value that somebody set whose evidence does not count (L3), or any that others put over Concord's too often (W12). */
export interface Drift {
  record: MirrorRecord;
  field: string;
  /** Empty: the field is. */
  found: string;
  by: string | null;
  outcome: 'restored' | 'left' | 'contested' | 'waiting';
}

export interface Desires {
  records: DesiredRecord[];
  drift: Drift[];
}

/** What both CRMs should show of the person (design.md section 5). */
export function desires(ctx: Context, scope: Scope, urlOf: (record: MirrorRecord) => string): Desires {
  const drift: Drift[] = [];
  const records: DesiredRecord[] = [];
  const { settings } = ctx.terms.agreement;
  if (!scope.inScope) {
    if (ctx.input.state?.inScope === true && settings.scope.on_leaving === 'clear') {
      for (const record of [ctx.contact, ctx.primary]) if (record !== null) records.push(recordOf(record, cleared(ctx, record)));
    }
    return { records, drift };
  }
  const mapped = mapFields(ctx);
  const standalone = settings.mode === 'standalone';
  const ended = ctx.state.ended;

  if (ctx.contact !== null) {
    const fields = ownFields(ctx, ctx.contact, 'hubspot', urlOf);
    showLifecycle(ctx, ctx.contact, fields, drift);
    showHubspotStatus(ctx, ctx.contact, fields);
    for (const [name, field] of mapped.hubspot) fields.set(name, field);
    records.push(recordOf(ctx.contact, fields));
  } else if (standalone && settings.handoff.creates_hubspot && !ended.includes('hubspot') && ctx.primary !== null && ctx.primary.emails.length > 0) {
    const fields = ownFields(ctx, null, 'hubspot', urlOf);
    for (const [name, field] of mapped.hubspot) fields.set(name, field);
    const lifecycle = ctx.state.stage === null ? undefined : ctx.terms.agreement.stage(ctx.state.stage)?.hubspot.lifecyclestage;
    if (lifecycle !== undefined) fields.set(SHOWN.lifecycle, { value: lifecycle, rule: 'L13', because: `the stage is ${ctx.state.stage ?? ''}` });
    records.push({ record: null, crm: 'hubspot', object: 'contact', fields });
  }

  const handoff = openHandoff(ctx);
  const object = createdObject(ctx);
  const holders = formerPrimaries(ctx);
  records.push(...holders.map((record) => recordOf(record, letGo(ctx, handoff))));
  if (ctx.primary !== null) {
    const fields = ownFields(ctx, ctx.primary, 'salesforce', urlOf);
    const idName = ctx.terms.agreement.ownField('hubspot_id').salesforce;
    if (idName !== null && holders.some((record) => record.ref.object === ctx.primary?.ref.object)) {
      // No two records may carry it at a time: the next run gives it to the new one.
      fields.delete(idName);
      ctx.clockTimes.push(ctx.now);
    }
    showLeadStatus(ctx, ctx.primary, fields);
    for (const [name, field] of mapped.salesforce) fields.set(name, field);
    records.push(recordOf(ctx.primary, fields));
  } else if (holders.length > 0) {
    ctx.clockTimes.push(ctx.now);
  } else if (standalone && object !== 'nothing' && handoff !== null && !ended.includes('salesforce') && ctx.contact !== null && ctx.convertedLeads.length === 0) {
    const fields = ownFields(ctx, null, 'salesforce', urlOf);
    for (const [name, field] of mapped.salesforce) fields.set(name, field);
    for (const [name, value] of Object.entries(settings.handoff.lead_defaults)) {
      // A record type is one of Lead's.
      if (fields.has(name) || (name === SHOWN.recordType && object === 'contact')) continue;
      fields.set(name, { value, rule: 'W1', because: 'the agreement’s default for what Concord creates' });
    }
    const made: Fields = Object.fromEntries([...fields].map(([name, field]) => [name, field.value]));
    const status = ctx.terms.agreement.of({ fields: made }).shows('mql', 'lead_status');
    const { account } = ctx.input;
    if (object === 'contact' && account != null) fields.set(ACCOUNT, { value: account, rule: 'W1', because: 'the account whose website has the domain of the person’s e-mail' });
    if (object === 'lead' && status !== null) fields.set(SHOWN.leadStatus, { value: status, rule: 'L13', because: 'a handoff opens' });
    records.push({ record: null, crm: 'salesforce', object, fields });
  }
  leaveContested(ctx, records, drift);
  return { records, drift };
}

/** Live records of the person that still carry the contact's id though another one is the primary now (I4). */
function formerPrimaries(ctx: Context): MirrorRecord[] {
  const name = ctx.terms.agreement.ownField('hubspot_id').salesforce;
  if (name === null || ctx.contact === null || (ctx.primary === null && ctx.refused === null)) return [];
  const { id } = ctx.contact.ref;
  return ctx.people.filter((record) => record !== ctx.primary && record.fields[name] === id);
}

/** The external id is unique in Salesforce: the record that had it lets it go. Nothing else of a duplicate is written. */
function letGo(ctx: Context, handoff: Handoff | null): DesiredFields {
  const name = ctx.terms.agreement.ownField('hubspot_id').salesforce as string;
  const replaced = ctx.refused !== null && ctx.refused !== ctx.primary;
  const because = !replaced ? 'another record of the person is the primary now' : 'Salesforce refuses to reopen it: a new lead carries the handoff';
  // F5: once, so that a record that takes no write at all is not tried for ever.
  const anyway = replaced && handoff !== null && handoff.letGo !== true;
  if (anyway) handoff.letGo = true;
  return new Map([[name, { value: null, rule: replaced ? 'F5' : 'I4', because, ...(anyway ? { anyway: true as const } : {}) }]]);
}

function recordOf(record: MirrorRecord, fields: DesiredFields): DesiredRecord {
  return { record, crm: record.ref.crm, object: record.ref.object as 'contact' | 'lead', fields };
}

function ownFields(ctx: Context, record: MirrorRecord | null, crm: 'hubspot' | 'salesforce', urlOf: (record: MirrorRecord) => string): DesiredFields {
  const { state } = ctx;
  const fields: DesiredFields = new Map();
  const put = (id: OwnFieldId, value: Value, rule: string, because: string, more: Partial<DesiredField> = {}): void => {
    const name = ctx.terms.agreement.ownField(id)[crm];
    if (name !== null) fields.set(name, { value, rule, because, ...more });
  };
  const stage = state.stage as StageId;
  const last = ctx.transitions.filter((each) => !each.skipped).at(-1);
  const because = last?.to === stage ? last.because : `the stage is ${stage}`;
  put('stage', stage, last?.rule ?? 'L1', because);
  put('stage_at', iso(state.stageAt), 'L9', because);
  // Salesforce keeps it as a whole number: a finer one would differ for ever. Unknown (M5): left as it is.
  if (ctx.score !== undefined) put('score', ctx.score === null ? null : Math.round(ctx.score), 'L1', 'the agreed score');
  for (const each of ['mql', 'sal', 'sql', 'opportunity', 'customer'] as const) {
    const entry = state.entries[each];
    if (entry !== undefined && entry.skipped !== true) put(`${each}_at`, iso(entry.latest), 'L9', `entered ${each}`);
  }
  if (state.mqlWhy !== null) put('mql_why', cut(state.mqlWhy, 255), 'L1', 'why marketing’s criteria held');
  put('mql_missing', ctx.missing.length === 0 ? null : ctx.missing.map((id) => fieldLabel(ctx, id)).join(', '), 'L6', 'what the handoff lacks');
  const handoff = state.handoffs.at(-1);
  if (handoff !== undefined) put('cycle', handoff.cycle, 'F5', `handoff ${handoff.cycle}`);
  rejectionFields(ctx, record, handoff, put);
  if (handoff !== undefined) {
    put('sla', handoff.sla, 'S2', 'the state of the clock that runs');
    put('sla_due_at', iso(handoff.slaDueAt), 'S2', 'when the running clock is due');
  }
  if (crm === 'hubspot' && ctx.primary !== null) put('salesforce_url', urlOf(ctx.primary), 'I1', 'the person’s record in Salesforce');
  if (crm === 'hubspot' && linksToDeleted(ctx, record)) put('salesforce_url', DELETED, 'I5', 'the person’s record in Salesforce was deleted');
  if (crm === 'salesforce' && ctx.contact !== null) put('hubspot_id', ctx.contact.ref.id, 'I1', 'the person’s contact in HubSpot');
  return fields;
}

/**
 * What stands in the place of a link to a record that was deleted (I5). Not nothing: by what stands there a memory that is built anew knows that there was a
 * record, and makes none (L7).
 */
const DELETED = 'deleted';

function linksToDeleted({ terms, state, primary }: Context, record: MirrorRecord | null): boolean {
  const name = terms.agreement.ownField('salesforce_url').hubspot;
  return primary === null && state.endedAt?.salesforce !== undefined && name !== null && (record?.fields[name] ?? null) !== null;
}

type Put = (id: OwnFieldId, value: Value, rule: string, because: string, more?: Partial<DesiredField>) => void;

/** F1, F2, F5, F6: the answer's fields. Where the rep wrote it stays as written; the other CRM is brought in line; a new pass starts clean. */
function rejectionFields(ctx: Context, record: MirrorRecord | null, handoff: Handoff | undefined, put: Put): void {
  const { state } = ctx;
  // Nobody at sales has said that the time ran out.
  const latest = [...state.handoffs].reverse().find((each) => each.rejection !== null && each.rejection.reason !== SLA_EXPIRED)?.rejection ?? null;
  // F2: what was said of a duplicate is shown to marketing; the record with which the handoff goes on starts clean.
  const ofDuplicate = handoff?.rejection?.route === 'duplicate' && !handoff.rejection.counted && record?.ref.crm !== 'hubspot';
  const standing: Rejection | null = ofDuplicate ? null : (handoff?.rejection ?? null);
  if (latest !== null) {
    put('rejected_at', iso(latest.at), 'F2', 'when sales said no');
    put('rejected_by', latest.by === null ? null : (latest.by.name ?? latest.by.id ?? null), 'F2', 'who said no');
  }
  const countName = record === null ? null : ctx.terms.agreement.ownField('rejection_count')[record.ref.crm];
  const counted = record !== null && countName !== null && (record.fields[countName] ?? null) !== null;
  // F6: taken back, the count goes back as well.
  if (latest !== null || state.rejectionCount > 0 || counted) put('rejection_count', state.rejectionCount, 'F2', 'how often sales said no');
  if (standing !== null) {
    const because = standing.reason === SLA_EXPIRED ? 'nobody answered in the agreed time' : `sales rejected in ${CRM_NAMES[standing.crm]}: ${standing.words ?? 'no reason given'}`;
    put('route', standing.route, 'F2', because);
    const origin = record !== null && refKey(record.ref) === standing.record;
    const dateName = record === null ? null : ctx.terms.agreement.ownField('recycle_on')[record.ref.crm];
    const date = dateName === null || record === null ? null : record.fields[dateName];
    const repsDate = origin && dateName !== null && date !== null && (standing.recycleOn === null || standing.recycleOn === date) && record.since[dateName]?.own !== true;
    if (!repsDate) put('recycle_on', standing.recycleOn, 'F2', because, { contested: true });
    if (origin) return;
    put('rejection_reason', standing.reason, 'F1', because, { contested: true });
    // What somebody has added here is part of the answer already, and stands (W4).
    const speaker = [ctx.contact, ...ctx.people].find((each) => each !== null && refKey(each.ref) === standing.record) ?? null;
    if (record === null || laterWords(ctx.terms.agreement, record, standing, speaker) === null) put('rejection_note', standing.note, 'F2', because, { contested: true });
    if (standing.detail !== null) put('rejection_detail', standing.detail, 'F2', because, { contested: true });
    return;
  }
  if (latest === null && state.lastAnswer === null) return;
  put('route', null, 'F5', 'a new pass starts clean');
  if (record === null || handoff === undefined) return;
  const fresh = Math.max(handoff.openedAt, state.lastAnswer?.at ?? 0);
  for (const id of ['rejection_reason', 'rejection_note', 'rejection_detail', 'recycle_on'] as const) {
    const name = ctx.terms.agreement.ownField(id)[record.ref.crm];
    const since = name === null ? undefined : record.since[name];
    // What a rep has written after the pass began is the rep's.
    if (since !== undefined && since.own !== true && since.at > fresh) continue;
    put(id, null, 'F5', 'the rep’s fields are cleared for a fresh answer', { contested: true });
  }
}

/** L3, L13: HubSpot's lifecycle stage shows the stage; drift is judged once the other CRM has been read past its time. */
function showLifecycle(ctx: Context, contact: MirrorRecord, fields: DesiredFields, drift: Drift[]): void {
  const { agreement } = ctx.terms;
  const stage = ctx.state.stage as StageId;
  const mapping = agreement.stage(stage)?.hubspot;
  const value = contact.fields[SHOWN.lifecycle];
  if (mapping?.lifecyclestage === undefined || value === undefined) return;
  const shows = typeof value === 'string' ? agreement.stageOfLifecycle(value) : [];
  if (shows.includes(stage)) return;
  if (typeof value === 'string' && shows.length === 0) return;
  // L6: marketing has said MQL and is right; only the handoff waits for what is missing.
  if (ctx.missing.length > 0 && shows.includes('mql')) return;
  const since = contact.since[SHOWN.lifecycle];
  const moved = ctx.transitions.some((each) => !each.skipped);
  const isDrift = typeof value === 'string' && since !== undefined && since.own !== true && ctx.known && !moved;
  if (isDrift) {
    const by = since.by?.source ?? since.by?.name ?? since.by?.id ?? null;
    const note = (outcome: Drift['outcome']): void => {
      drift.push({ record: contact, field: SHOWN.lifecycle, found: value, by, outcome });
    };
    if (agreement.settings.evidence.drift !== 'restore') return note('left');
    if (since.at > ctx.input.readUpTo.salesforce) {
      ctx.clockTimes.push(ctx.now);
      return note('waiting');
    }
    if (isContested(ctx, contact, SHOWN.lifecycle, since.at)) return note('contested');
    note('restored');
  }
  fields.set(SHOWN.lifecycle, {
    value: mapping.lifecyclestage,
    rule: isDrift ? 'L3' : 'L13',
    because: isDrift ? `set to ${value} by ${since?.by?.source ?? since?.by?.id ?? 'somebody'} without sales’ or marketing’s evidence: the agreed stage is ${stage}` : `the stage is ${stage}`,
    contested: true,
    readBack: true,
  });
}

/** L13: a lead status that belongs to the stage, or to none, is left alone. */
function showHubspotStatus(ctx: Context, contact: MirrorRecord, fields: DesiredFields): void {
  const { agreement } = ctx.terms;
  const stage = ctx.state.stage as StageId;
  const value = contact.fields[SHOWN.hubspotStatus];
  if (value === undefined) return;
  const rejected = typeof value === 'string' && agreement.rejected(value, 'hubspot');
  const target = agreement.shows(stage, 'hs_lead_status');
  const belongs = typeof value === 'string' && agreement.belongs(stage, 'hs_lead_status', value);
  const because = isOffRamp(stage) ? `sales’ answer: ${stage}` : `the stage is ${stage}`;
  if (isOffRamp(stage)) {
    if (target === null || rejected || belongs) return;
  } else {
    if (belongs) return;
    const shows = typeof value === 'string' ? agreement.stagesOfLeadStatus(value, 'hubspot') : [];
    if (!rejected && target === null) return;
    if (!rejected && typeof value === 'string' && shows.length === 0) return;
  }
  fields.set(SHOWN.hubspotStatus, { value: target, rule: isOffRamp(stage) ? 'F1' : 'L13', because, contested: true });
}

/** L13: `Lead.Status` is written only when a handoff opens, or a rejection travels or is taken back. */
function showLeadStatus(ctx: Context, lead: MirrorRecord, fields: DesiredFields): void {
  if (lead.ref.object !== 'lead') return;
  const { agreement } = ctx.terms;
  const shows = agreement.of(lead);
  const stage = ctx.state.stage as StageId;
  const value = lead.fields[SHOWN.leadStatus];
  if (value === undefined) return;
  const rejected = typeof value === 'string' && shows.rejected(value, 'salesforce');
  const target = shows.shows(stage, 'lead_status');
  if (target === null) return;
  const handoff = openHandoff(ctx);
  if (stage === 'mql' && handoff !== null) {
    const cycleField = agreement.ownField('cycle').salesforce;
    const carried = cycleField !== null && lead.fields[cycleField] === handoff.cycle;
    const belongs = typeof value === 'string' && shows.belongs(stage, 'lead_status', value);
    if (belongs || (carried && !rejected) || (handoff.adopted && !rejected)) return;
    fields.set(SHOWN.leadStatus, { value: target, rule: 'F5', because: rejected ? 'the lead is reopened for a fresh answer' : 'a handoff opens', contested: true });
    return;
  }
  // F6: what sales took back in the other CRM, and works on, is not closed here. (A closure by the system ends the pass, F8.)
  // A lead that adoption found closed beside a stage of sales stays as it was found (L7).
  const takenBack = rejected && handoff !== null && !handoff.adopted && handoff.rejection === null && handoff.acceptedAt !== null;
  if ((stage === 'sal' || stage === 'sql') && takenBack) {
    fields.set(SHOWN.leadStatus, { value: target, rule: 'F6', because: 'sales took the rejection back', contested: true });
    return;
  }
  const standing = ctx.state.handoffs.at(-1)?.rejection ?? null;
  if (isOffRamp(stage) && standing !== null && !rejected) {
    fields.set(SHOWN.leadStatus, { value: target, rule: 'F1', because: 'sales rejected: the agreed status', contested: true });
  }
}

/** L10: Concord's fields emptied on leaving the scope; never stamps, never the lifecycle stage, never what reps write. */
function cleared(ctx: Context, record: MirrorRecord): DesiredFields {
  const fields: DesiredFields = new Map();
  for (const id of Object.keys(OWN_FIELDS) as OwnFieldId[]) {
    const own = OWN_FIELDS[id];
    if (id.endsWith('_at') || 'people' in own || id === 'hubspot_id') continue;
    const name = ctx.terms.agreement.ownField(id)[record.ref.crm];
    if (name !== null) fields.set(name, { value: null, rule: 'L10', because: 'the person left the scope' });
  }
  return fields;
}

export function iso(at: number | null): string | null {
  // Salesforce keeps whole seconds: a finer stamp would differ for ever.
  return at === null ? null : new Date(Math.floor(at / 1000) * 1000).toISOString();
}

/** Concord's own explanations are made to fit; nothing of a person's is ever cut (M3). */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function fieldLabel(ctx: Context, id: string): string {
  const label = ctx.terms.agreement.fieldById(id)?.settings.label;
  return label?.[ctx.terms.agreement.settings.company.language] ?? label?.en ?? id;
}

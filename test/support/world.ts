import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import type { CompiledAgreement } from '../../src/agreement/compile';
import { advanceAgreed } from '../../src/core/decide/fields';
import type { Decision } from '../../src/core/decide/decide';
import type { DecideInput, Pins } from '../../src/core/decide/context';
import { contradicts } from '../../src/core/decide/recall';
import { afterOwnWrite, observe } from '../../src/core/observe';
import { plan, type PersonPlan } from '../../src/core/plan/plan';
import type { PersonState } from '../../src/domain/person';
import type { Actor, CrmName, CrmRecord, FieldVersion, MirrorRecord, Value } from '../../src/domain/record';
import type { PlannedWrite } from '../../src/domain/write';
import { agreement as shipped, COMPLETE, COMPLETE_LEAD, DAY, fieldPlanOf, HOUR, judge, NOW } from './person';

/*
 * One person's life in two CRMs that are plain objects: acts change them, `read` observes them as a run does, `step` decides, plans and applies. It knows
 * nothing of the rules; the laws look at what comes out.
 */

/** The seed of the laws: CONCORD_SEED, or a fresh one; a failing law prints it. CONCORD_LAW_RUNS asks for more than the quick look. */
export const SEED = Number(process.env['CONCORD_SEED'] ?? randomInt(2 ** 31));
export const LAW = { seed: SEED, numRuns: Number(process.env['CONCORD_LAW_RUNS'] ?? 50) };

const MARKETER: Actor = { id: '7', source: 'CRM_UI' };
const WORKFLOW: Actor = { id: 'workflow 12', source: 'AUTOMATION_PLATFORM' };
const INTEGRATION: Actor = { id: 'concord', source: 'INTEGRATION' };
const REP: Actor = { id: '005A', name: 'Rita Rep' };

export type Act =
  | { kind: 'score'; value: number }
  | { kind: 'form' }
  | { kind: 'lifecycle'; value: string; by: 'marketer' | 'workflow' }
  | { kind: 'hubspot'; field: string; value: string | null }
  | { kind: 'salesforce'; field: string; value: string | null }
  | { kind: 'status'; value: string }
  | { kind: 'reason'; value: string | null }
  | { kind: 'hubspotStatus'; value: string; by: 'marketer' | 'workflow' }
  | { kind: 'touch'; crm: CrmName }
  | { kind: 'hide'; crm: CrmName; field: string }
  | { kind: 'show' }
  | { kind: 'convert' }
  | { kind: 'deal' }
  | { kind: 'close'; won: boolean }
  | { kind: 'reopen' }
  | { kind: 'wait'; ms: number };

const some = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const word = fc.option(some('Uno', 'Dos', 'Tres'), { nil: null, freq: 4 });

/** What people and workflows do that is no act of the person's own: edits, scores, time. */
export const idleAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: some('score' as const), value: some(10, 59, 60, 85) }),
  fc.record({ kind: some('lifecycle' as const), value: some('marketingqualifiedlead', 'customer', 'lead', 'subscriber', 'evangelist'), by: some('workflow' as const) }),
  fc.record({ kind: some('hubspot' as const), field: some('phone', 'jobtitle', 'firstname'), value: word }),
  fc.record({ kind: some('salesforce' as const), field: some('Phone', 'Title', 'FirstName'), value: word }),
  fc.record({ kind: some('touch' as const), crm: some('hubspot' as const, 'salesforce' as const) }),
  fc.record({ kind: some('wait' as const), ms: some(HOUR, 3 * HOUR, DAY, 3 * DAY) }),
);

export const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: idleAct },
  { weight: 1, arbitrary: some<Act>({ kind: 'form' }) },
  { weight: 2, arbitrary: fc.record({ kind: some('lifecycle' as const), value: some('marketingqualifiedlead', 'salesqualifiedlead', 'lead'), by: some('marketer' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: some('hubspot' as const), field: some('country', 'company', 'lastname', 'hs_analytics_source'), value: fc.option(some('Peru', 'ORGANIC_SEARCH', 'PAID_SEARCH', 'OFFLINE'), { nil: null }) }) },
  { weight: 1, arbitrary: fc.record({ kind: some('salesforce' as const), field: some('Country', 'LeadSource'), value: fc.option(some('Chile', 'Web', 'Other'), { nil: null }) }) },
  { weight: 4, arbitrary: fc.record({ kind: some('status' as const), value: some('Open - Not Contacted', 'Working - Contacted', 'Closed - Not Converted') }) },
  { weight: 4, arbitrary: fc.record({ kind: some('reason' as const), value: fc.option(some('no_budget', 'timing', 'not_icp', 'wrong_owner', 'bad_data', 'do_not_contact', 'duplicate', 'who knows'), { nil: null, freq: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: some('hubspotStatus' as const), value: some('UNQUALIFIED', 'OPEN', 'IN_PROGRESS', 'NEW'), by: some('marketer' as const, 'workflow' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: some('hide' as const), crm: some('hubspot' as const, 'salesforce' as const), field: some('phone', 'Phone', 'Status', 'hs_lead_status', 'hubspotscore', 'Concord_Rejection_Reason__c', 'concord_rejection_reason', 'concord_rejection_note', 'concord_stage', 'Concord_Cycle__c') }) },
  { weight: 1, arbitrary: some<Act>({ kind: 'show' }) },
  { weight: 1, arbitrary: some<Act>({ kind: 'convert' }, { kind: 'deal' }, { kind: 'close', won: true }, { kind: 'close', won: false }, { kind: 'reopen' }) },
  { weight: 2, arbitrary: fc.record({ kind: some('wait' as const), ms: some(30 * DAY, 100 * DAY) }) },
);

export const beginning = fc.record({ withLead: fc.boolean(), adopting: fc.boolean(), lifecycle: some('lead', 'marketingqualifiedlead', 'subscriber', 'opportunity'), score: some(0, 70), phones: fc.tuple(word, word) });
export type Beginning = typeof beginning extends fc.Arbitrary<infer T> ? T : never;

export interface Step {
  input: DecideInput;
  decision: Decision;
  plan: PersonPlan;
}

export class Life {
  now = NOW;
  state: PersonState | null = null;
  pins: Pins = { hubspot: null, salesforce: null };
  readonly records: CrmRecord[] = [];
  readonly hidden = new Set<string>();
  private readonly mirror = new Map<string, MirrorRecord>();
  private readonly histories = new Map<string, Record<string, FieldVersion[]>>();
  private adopting: boolean;
  private serial = 0;
  private lost = false;

  constructor(
    begin: Beginning,
    readonly agreement: CompiledAgreement = shipped,
  ) {
    this.adopting = begin.adopting;
    this.add('hubspot', 'contact', { ...COMPLETE, lifecyclestage: begin.lifecycle, hubspotscore: begin.score, phone: begin.phones[0] });
    if (begin.withLead) this.add('salesforce', 'lead', { ...COMPLETE_LEAD, Status: 'Open - Not Contacted', Phone: begin.phones[1] });
    this.now += HOUR;
  }

  private add(crm: CrmName, object: 'contact' | 'lead', values: Record<string, Value>): CrmRecord {
    this.serial += 1;
    const id = crm === 'hubspot' ? `10${this.serial}` : `${object === 'lead' ? '00Q' : '003'}00000000000${this.serial}AAA`;
    const names = fieldPlanOf(this.agreement).select[crm][object] ?? [];
    const email = values[crm === 'hubspot' ? 'email' : 'Email'];
    const made: CrmRecord = {
      ref: { crm, object, id },
      createdAt: this.now,
      modifiedAt: this.now,
      fields: { ...Object.fromEntries(names.map((name) => [name, null])), ...values },
      emails: typeof email === 'string' ? [email] : [],
      aliases: [],
      carries: {},
      ...(crm === 'salesforce' ? { owner: { id: '005A', kind: 'user' as const } } : {}),
      accountId: null,
      consent: {},
    };
    this.records.push(made);
    return made;
  }

  get contact(): CrmRecord {
    return this.records.find((each) => each.ref.crm === 'hubspot') as CrmRecord;
  }

  /** The Salesforce lead, or the contact it was converted to. */
  get sales(): CrmRecord | undefined {
    return this.records.find((each) => each.ref.crm === 'salesforce' && each.ref.object !== 'opportunity' && each.conversion === undefined);
  }

  private change(record: CrmRecord | undefined, field: string, value: Value, by: Actor): void {
    if (record === undefined || !(field in record.fields)) return;
    // Two writes never share HubSpot's stamp.
    record.modifiedAt = Math.max(this.now, record.modifiedAt + 1);
    record.modifiedBy = by;
    if ((record.fields[field] ?? null) === value) return;
    record.fields[field] = value;
    const key = record.ref.id;
    const history = this.histories.get(key) ?? {};
    history[field] = [{ value, at: this.now, by }, ...(history[field] ?? [])];
    this.histories.set(key, history);
  }

  /** Something happens, a second after the last thing. */
  act(act: Act): void {
    this.now += 1000;
    const { contact, sales } = this;
    const deal = this.records.find((each) => each.opportunity !== undefined);
    switch (act.kind) {
      case 'score':
        return this.change(contact, 'hubspotscore', act.value, { source: 'CALCULATED' });
      case 'form':
        this.change(contact, 'num_conversion_events', Number(contact.fields['num_conversion_events'] ?? 0) + 1, { source: 'FORM' });
        return this.change(contact, 'recent_conversion_date', new Date(this.now).toISOString(), { source: 'FORM' });
      case 'lifecycle':
        return this.change(contact, 'lifecyclestage', act.value, act.by === 'marketer' ? MARKETER : WORKFLOW);
      case 'hubspot':
        return this.change(contact, act.field, act.value, MARKETER);
      case 'salesforce':
        return this.change(sales, act.field, act.value, REP);
      case 'status':
        return this.change(sales, 'Status', act.value, REP);
      case 'reason':
        return this.change(sales, 'Concord_Rejection_Reason__c', act.value, REP);
      case 'hubspotStatus':
        return this.change(contact, 'hs_lead_status', act.value, act.by === 'marketer' ? MARKETER : WORKFLOW);
      case 'touch': {
        const touched = act.crm === 'hubspot' ? contact : sales;
        if (touched !== undefined) touched.modifiedAt = this.now;
        return;
      }
      case 'hide':
        this.hidden.add(act.field);
        return;
      case 'show':
        this.hidden.clear();
        return;
      case 'convert': {
        if (sales === undefined || sales.ref.object !== 'lead') return;
        const { FirstName = null, LastName = null, Email = null, Phone = null } = sales.fields;
        const made = this.add('salesforce', 'contact', { FirstName, LastName, Email, Phone, Concord_Rejection_Reason__c: sales.fields['Concord_Rejection_Reason__c'] ?? null });
        this.change(sales, 'Status', 'Closed - Converted', REP);
        sales.conversion = { contactId: made.ref.id, accountId: null, opportunityId: null, on: null };
        return;
      }
      case 'deal': {
        if (sales === undefined || sales.ref.object !== 'contact') return;
        this.serial += 1;
        this.records.push({ ...structuredClone(sales), ref: { crm: 'salesforce', object: 'opportunity', id: `00600000000000${this.serial}AAA` }, createdAt: this.now, modifiedAt: this.now, fields: {}, emails: [], opportunity: { name: 'Deal', accountId: null, stageName: 'Prospecting', isClosed: false, isWon: false, amount: null, currency: null, closeDate: null, type: null } });
        return;
      }
      case 'close':
        if (deal?.opportunity === undefined || deal.opportunity.isClosed) return;
        deal.modifiedAt = this.now;
        deal.opportunity = { ...deal.opportunity, isClosed: true, isWon: act.won, closedAt: this.now };
        return;
      case 'reopen': {
        if (deal?.opportunity === undefined || !deal.opportunity.isClosed || deal.opportunity.isWon) return;
        deal.modifiedAt = this.now;
        const { closedAt: _, ...rest } = deal.opportunity;
        deal.opportunity = { ...rest, isClosed: false };
        return;
      }
      case 'wait':
        this.now += act.ms;
    }
  }

  /** What a run reads: every record, without what the CRM does not return (M5), with the histories that CRMs keep. */
  private read(): MirrorRecord[] {
    return this.records.map((record) => {
      const key = record.ref.id;
      const { tracked, historic } = fieldPlanOf(this.agreement);
      const seen: CrmRecord = structuredClone(record);
      for (const name of this.hidden) delete seen.fields[name];
      const histories = Object.fromEntries(Object.entries(this.histories.get(key) ?? {}).filter(([name]) => historic[record.ref.crm].has(name)));
      // A first run reads everything and asks for no history but of what contradicts Concord's own fields.
      const { record: kept } = observe(seen, this.mirror.get(key), tracked[record.ref.crm][record.ref.object] ?? new Set(), this.now, this.lost && !this.mirror.has(key) && !contradicts(this.agreement, seen) ? {} : histories);
      this.mirror.set(key, { ...kept, personId: 'h101' });
      return this.mirror.get(key) as MirrorRecord;
    });
  }

  input(): DecideInput {
    const read = this.read();
    const of = (crm: CrmName, object: string): MirrorRecord[] => read.filter((each) => each.ref.crm === crm && each.ref.object === object);
    return {
      evidence: {
        personId: 'h101',
        hubspot: of('hubspot', 'contact'),
        leads: of('salesforce', 'lead'),
        contacts: of('salesforce', 'contact'),
        opportunities: of('salesforce', 'opportunity').map((record) => ({ record, role: null, inferred: true })),
        gone: [],
      },
      state: this.state,
      pins: this.pins,
      adopting: this.adopting,
      readUpTo: { hubspot: this.now, salesforce: this.now },
      now: this.now,
    };
  }

  /** Reads, decides and plans; changes nothing. */
  look(): Step {
    const input = this.input();
    const decision = judge(input, this.agreement);
    return { input, decision, plan: plan(this.agreement, 'h101', decision, [], 0) };
  }

  /** The store is gone; what is read next goes into an empty one, which adopts. */
  lose(): void {
    this.state = null;
    this.pins = { hubspot: null, salesforce: null };
    this.mirror.clear();
    this.adopting = true;
    this.lost = true;
  }

  /** One run: what is planned is written, and known as Concord's own (L11). */
  step(): Step {
    const step = this.look();
    this.state = step.decision.state;
    for (const record of step.decision.recalled) this.mirror.set(record.ref.id, { ...record, personId: 'h101' });
    this.pins = { hubspot: step.decision.contact?.ref.id ?? null, salesforce: step.decision.primary === null ? null : { object: step.decision.primary.ref.object as 'lead' | 'contact', id: step.decision.primary.ref.id } };
    for (const write of step.plan.writes) this.apply(write);
    const contact = this.mirror.get(this.pins.hubspot ?? '') ?? null;
    const primary = this.mirror.get(this.pins.salesforce?.id ?? '') ?? null;
    advanceAgreed(this.agreement, this.state, contact, primary);
    this.adopting = false;
    return step;
  }

  private apply(write: PlannedWrite): void {
    const values = Object.fromEntries(write.changes.map((change) => [change.field, change.after]));
    const record = write.op === 'create' ? this.add(write.crm, write.object, values) : (this.records.find((each) => each.ref.id === write.id) as CrmRecord);
    if (write.op === 'create') this.read();
    else for (const [field, value] of Object.entries(values)) this.change(record, field, value, INTEGRATION);
    const before = this.mirror.get(record.ref.id) as MirrorRecord;
    this.mirror.set(record.ref.id, { ...afterOwnWrite(before, values, this.now), personId: 'h101' });
  }

  /** Runs until a run has nothing to write; returns the runs that wrote. More than `most` of them is no fixed point (W2). */
  settle(most = 3): Step[] {
    const steps: Step[] = [];
    for (;;) {
      const step = this.step();
      if (step.plan.writes.length === 0) return steps;
      steps.push(step);
      if (steps.length > most) throw new Error(`no fixed point after ${most} runs: ${JSON.stringify(step.plan.writes.map((write) => [write.key, write.changes.map((change) => [change.field, change.before, change.after])]))}`);
    }
  }
}

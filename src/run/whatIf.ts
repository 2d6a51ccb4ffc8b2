import type { CompiledAgreement } from '../agreement/compile';
import { fieldsOf } from '../agreement/conditions';
import { parseFieldRef } from '../agreement/fieldRef';
import { closedAt, createContext } from '../core/decide/context';
import { better, count, emptyTally, type Tally, type Verdict } from '../core/whatif/tally';
import { handedOverIn, type Recorded, type Window } from '../core/whatif/recorded';
import { clocksOf, holdsAtPresent, outcomeOf, replay, type Replayed, type ReplayedPass } from '../core/whatif/replay';
import type { CrmName, EpochMs, MirrorRecord, ObjectName } from '../domain/record';
import { emptyState, type PersonState, type Transition } from '../domain/person';
import type { PersonRow, StoreReader } from '../store/port';
import { breathe } from './parts';
import { CHUNK, evidenceOfPeople } from './people';

export { acceptance, CLOCKS, type Tally } from '../core/whatif/tally';

export interface WhatIfRequest {
  store: StoreReader;
  current: CompiledAgreement;
  changed: CompiledAgreement;
  window: Window;
}

/** A person whose answer changes with the agreement. */
export interface ChangedPerson {
  person: string;
  name: string | null;
  email: string | null;
  hubspot: string | null;
  salesforce: string | null;
  /** `cannot_tell`: an MQL now; whether under the changed agreement depends on something that is not recorded. */
  change: 'becomes_mql' | 'no_longer_mql' | 'cannot_tell';
  /** When they become an MQL, under the agreement under which they do. */
  at: EpochMs;
}

export interface MissedDeal {
  id: string;
  name: string;
  amount: number | null;
  currency: string | null;
  /** When it was won, by the CRM. */
  wonAt: EpochMs;
  /** A date without a time. */
  closeDate: string | null;
  /** `present_values`: handed over before the window, so judged by what is recorded now instead of by a replay. */
  judgedBy: 'replay' | 'present_values';
}

/** A field that the changed agreement looks at, and how much of it the mirror holds. */
export interface Unrecorded {
  crm: CrmName;
  object: ObjectName;
  field: string;
  /** Records read, and those of them of which the field is recorded. */
  records: number;
  recorded: number;
}

export interface WhatIf {
  window: Window;
  /** People looked at; `held` ones (I8) are not judged. */
  people: number;
  held: number;
  /** The beginning of the record: when the first run adopted the CRMs (L7); null: not yet. */
  adoptedAt: EpochMs | null;
  recorded: Tally;
  current: Tally;
  changed: Tally;
  become: number;
  noLonger: number;
  cannotTell: number;
  unrecorded: Unrecorded[];
  won: Record<Verdict, number>;
  missed: MissedDeal[];
}

/** Replays everybody under both agreements and adds it up. Reads the store in pages and nothing else; what it keeps are totals and the won deals of the window. */
export async function whatIf(request: WhatIfRequest): Promise<WhatIf> {
  const { store, current, changed, window } = request;
  const adopted = await store.meta('adopted');
  const result: WhatIf = {
    window,
    people: 0,
    held: 0,
    adoptedAt: adopted === null ? null : ((await store.run(adopted))?.startedAt ?? null),
    recorded: emptyTally(),
    current: emptyTally(),
    changed: emptyTally(),
    become: 0,
    noLonger: 0,
    cannotTell: 0,
    unrecorded: [],
    won: { kept: 0, before: 0, undecided: 0, missed: 0, never: 0 },
    missed: [],
  };
  const deals = new Map<string, { verdict: Verdict; deal: MissedDeal }>();
  const seen = new Seen(changed);
  for await (const each of replayed(request)) {
    result.people += 1;
    if (each === null) {
      result.held += 1;
      continue;
    }
    const { hubspot, leads, contacts } = each.recorded.evidence;
    seen.add([...hubspot, ...leads, ...contacts]);
    count(result.recorded, { passes: recordedPasses(current, each.recorded, window), before: false, unclear: false }, window.to);
    count(result.current, each.current, window.to);
    count(result.changed, each.changed, window.to);
    const change = changeOf(each);
    if (change?.change === 'becomes_mql') result.become += 1;
    else if (change?.change === 'no_longer_mql') result.noLonger += 1;
    else if (change?.change === 'cannot_tell') result.cannotTell += 1;
    for (const { verdict, deal } of wonBy(each, request, window)) {
      const known = deals.get(deal.id);
      deals.set(deal.id, { deal, verdict: known === undefined ? verdict : better(known.verdict, verdict) });
    }
  }
  for (const { verdict, deal } of deals.values()) {
    result.won[verdict] += 1;
    if (verdict === 'missed') result.missed.push(deal);
  }
  result.missed.sort((a, b) => (b.amount ?? 0) - (a.amount ?? 0) || b.wonAt - a.wonAt || (a.id < b.id ? -1 : 1));
  result.unrecorded = seen.unrecorded();
  return result;
}

/** The people whose answer changes, one after another. */
export async function* changedPeople(request: WhatIfRequest): AsyncGenerator<ChangedPerson> {
  for await (const each of replayed(request)) {
    const change = each === null ? null : changeOf(each);
    if (each === null || change === null) continue;
    const [contact] = [...each.recorded.evidence.hubspot, ...each.recorded.evidence.contacts, ...each.recorded.evidence.leads];
    yield { person: each.row.id, name: nameOf(contact, request.current), email: contact?.emails[0] ?? null, hubspot: each.row.hubspotId, salesforce: each.row.salesforceId, ...change };
  }
}

function nameOf(record: MirrorRecord | undefined, agreement: CompiledAgreement): string | null {
  const parts = ['first_name', 'last_name'].flatMap((id) => {
    const field = agreement.fieldById(id);
    if (field === undefined || record === undefined) return [];
    const value = record.fields[(record.ref.crm === 'hubspot' ? field.hubspot : field[record.ref.object as 'lead' | 'contact']) ?? ''];
    return typeof value === 'string' ? [value] : [];
  });
  return parts.length === 0 ? null : parts.join(' ');
}

interface Judged {
  row: PersonRow;
  recorded: Recorded;
  current: Replayed;
  changed: Replayed;
}

/** Null: a held person (I8). */
async function* replayed({ store, current, changed, window }: WhatIfRequest): AsyncGenerator<Judged | null> {
  let after: string | null = null;
  for (;;) {
    const rows: PersonRow[] = await store.pagePeople(after, CHUNK);
    if (rows.length === 0) return;
    after = rows.at(-1)?.id ?? null;
    const evidence = await evidenceOfPeople(store, rows);
    const transitions = new Map<string, Pick<Transition, 'to' | 'at' | 'skipped'>[]>();
    for (const { personId, to, at, skipped } of await store.transitionsOfPeople(rows.map((row) => row.id))) {
      const list = transitions.get(personId) ?? [];
      list.push({ to: to as Transition['to'], at, skipped });
      transitions.set(personId, list);
    }
    for (const row of rows) {
      if (row.held !== null) {
        yield null;
        continue;
      }
      const mine = evidence.get(row.id);
      if (mine === undefined) continue;
      const pins = { hubspot: row.hubspotId, salesforce: row.salesforceObject === null || row.salesforceId === null ? null : { object: row.salesforceObject, id: row.salesforceId } };
      const recorded: Recorded = { evidence: mine, state: row.state as PersonState | null, transitions: (transitions.get(row.id) ?? []).sort((a, b) => a.at - b.at), pins };
      yield { row, recorded, current: replay({ agreement: current }, recorded, window), changed: replay({ agreement: changed }, recorded, window) };
    }
    await breathe();
  }
}

/** What was really handed over in the window, with the clocks as they were agreed. */
function recordedPasses(agreement: CompiledAgreement, recorded: Recorded, window: Window): ReplayedPass[] {
  const input = { evidence: recorded.evidence, state: recorded.state, pins: recorded.pins, adopting: false, readUpTo: { hubspot: window.to, salesforce: window.to }, now: window.to };
  return handedOverIn(recorded.state, window).map((handoff) => ({
    at: handoff.openedAt,
    standing: false,
    clauses: (handoff.held ?? []).filter((key) => !key.startsWith('not ')),
    outcome: outcomeOf(handoff, 'waiting'),
    clocks: clocksOf({ agreement }, recorded, input, recorded.state, handoff),
    seen: true,
  }));
}

function changeOf({ current, changed }: Judged): Pick<ChangedPerson, 'change' | 'at'> | null {
  const first = (passes: ReplayedPass[]): ReplayedPass | undefined => passes[0];
  const [is, would] = [first(current.passes), first(changed.passes)];
  if (is === undefined && would !== undefined) return { change: 'becomes_mql', at: would.at };
  if (is !== undefined && would === undefined) return { change: changed.unclear ? 'cannot_tell' : 'no_longer_mql', at: is.at };
  return null;
}

/** What the changed criteria say of somebody who meets those in force. */
const PRESENT: Record<'true' | 'false' | 'unknown', Verdict> = { true: 'kept', false: 'missed', unknown: 'undecided' };

/** The deals that were won in the window with the person in them, and what becomes of each under the changed agreement. */
function wonBy({ recorded, current, changed }: Judged, terms: Pick<WhatIfRequest, 'current' | 'changed'>, window: Window): { verdict: Verdict; deal: MissedDeal }[] {
  const now = window.to;
  const ctx = createContext({ agreement: terms.current }, { evidence: recorded.evidence, state: recorded.state, pins: recorded.pins, adopting: false, readUpTo: { hubspot: now, salesforce: now }, now }, recorded.state ?? emptyState());
  return ctx.won.flatMap((each) => {
    const wonAt = closedAt(each);
    const facts = each.record.opportunity;
    if (facts === undefined || wonAt <= window.from || wonAt > window.to) return [];
    const inTime = (passes: ReplayedPass[]): boolean => passes.some((pass) => pass.at <= wonAt);
    const was = inTime(current.passes) || handedOverIn(recorded.state, window).some((handoff) => handoff.openedAt <= wonAt);
    const [verdict, judgedBy] = ((): [Verdict, MissedDeal['judgedBy']] => {
      if (inTime(changed.passes)) return ['kept', 'replay'];
      if (was) return [changed.unclear ? 'undecided' : 'missed', 'replay'];
      if (!changed.before) return ['never', 'replay'];
      return [holdsAtPresent({ agreement: terms.current }, recorded, now) === true ? PRESENT[`${holdsAtPresent({ agreement: terms.changed }, recorded, now)}`] : 'before', 'present_values'];
    })();
    return [{ verdict, deal: { id: each.record.ref.id, name: facts.name, amount: facts.amount, currency: facts.currency, wonAt, closeDate: facts.closeDate, judgedBy } }];
  });
}

/** How much of what the changed agreement's criteria look at is recorded (M5). */
class Seen {
  private readonly wanted: Unrecorded[];

  constructor(agreement: CompiledAgreement) {
    this.wanted = criteriaFields(agreement).map((each) => ({ ...each, records: 0, recorded: 0 }));
  }

  add(records: MirrorRecord[]): void {
    for (const record of records) {
      if (record.gone !== undefined) continue;
      for (const each of this.wanted) {
        if (each.crm !== record.ref.crm || each.object !== record.ref.object) continue;
        each.records += 1;
        if (each.field in record.fields) each.recorded += 1;
      }
    }
  }

  unrecorded(): Unrecorded[] {
    return this.wanted.filter((each) => each.recorded < each.records);
  }
}

/** The CRMs' fields on which the stages of an agreement hang: conditions, score, what a handoff needs, acts. */
function criteriaFields(agreement: CompiledAgreement): Pick<Unrecorded, 'crm' | 'object' | 'field'>[] {
  const { settings } = agreement;
  const found = new Map<string, Pick<Unrecorded, 'crm' | 'object' | 'field'>>();
  const add = (crm: CrmName, object: ObjectName, field: string | null | undefined): void => {
    if (field != null) found.set(`${crm} ${object} ${field}`, { crm, object, field });
  };
  const conditions = [...agreement.stages.flatMap((stage) => stage.condition ?? []), ...(settings.score.points ?? []).map((term) => term.when)];
  const named = [...conditions.flatMap(fieldsOf), ...(agreement.stage('mql').needs ?? [])];
  for (const ref of named.map(parseFieldRef)) {
    if (ref?.kind === 'hubspot') add('hubspot', 'contact', ref.name);
    else if (ref?.kind === 'salesforce') for (const object of ref.object === 'any' ? (['lead', 'contact'] as const) : [ref.object]) add('salesforce', object, ref.name);
    else if (ref?.kind === 'score') add('hubspot', 'contact', agreement.scoreProperty);
    else if (ref?.kind === 'field') {
      const field = agreement.fieldById(ref.id);
      add('hubspot', 'contact', field?.hubspot);
      add('salesforce', 'lead', field?.lead);
      add('salesforce', 'contact', field?.contact);
    }
  }
  for (const act of settings.handoff.acts) add('hubspot', 'contact', act);
  return [...found.values()];
}

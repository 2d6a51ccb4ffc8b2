import type { MirrorRecord, RecordRef } from '../domain/record';
import { refKey } from '../domain/record';
import { SHOWN } from '../domain/ownFields';
import { deletedIn, type PersonEvidence, type PersonState } from '../domain/person';
import type { CompiledAgreement } from '../agreement/compile';
import type { HandoffRow, Hold, IdentityKey, OutboxEntry, PersonRow, StagedPerson, StoreReader, TransitionRow } from '../store/port';
import { decide, type Decision } from '../core/decide/decide';
import { opportunitiesOf, type OpportunitySurroundings } from '../core/evidence/opportunities';
import { followMerges } from '../core/match/primary';
import { hasEnded } from '../core/plan/hold';
import { plan, type Obstacle, type PersonPlan } from '../core/plan/plan';
import { notesToLeave } from './notes';
import { notificationsOf, toldUpTo } from './notifications';
import { meanwhile, type Meanwhile } from './between';
import { breathe, chunks, unlessStopped, urlOf, type Pass } from './parts';
import { EVERYONE, isAdopted, isAwaiting } from './portion';

/** What judging needs of a run: enough for `explain`, which has no run and asks no CRM. */
export type Judging = Pick<Pass, 'now' | 'adopting' | 'readUpTo'> & Partial<Pick<Pass, 'portion'>> & { parts: Pick<Pass['parts'], 'store' | 'terms'> } & Record<'hubspot' | 'salesforce', Pick<Pass['hubspot'], 'recordUrl'>>;

/** Everything known about one person at a moment, decided and planned. */
export interface Judged {
  row: PersonRow;
  evidence: PersonEvidence;
  decision: Decision;
  plan: PersonPlan;
  /** Dead letters about what nobody wants to write any more: the CRM has it by now, or another record carries it. */
  needless: { ref: RecordRef; fields: string[] }[];
  /** Fields that are held from now on, and ids of holds that have ended. */
  holds: { begun: Omit<Hold, 'id' | 'run'>[]; ended: string[] };
}

/** What the CRMs were asked about single people for this decision, by person. */
interface Asked {
  /** `contact_if_account`: the one account that matches. */
  accounts?: ReadonlyMap<string, string | null>;
  between?: ReadonlyMap<string, Meanwhile>;
}

/** Loads, decides and plans these people. The store is only read. */
export async function judge(pass: Judging, personIds: string[], { accounts, between }: Asked = {}): Promise<Judged[]> {
  const { store, terms } = pass.parts;
  const rows = await store.people(personIds);
  const records = await store.recordsOfPeople(rows.map((row) => row.id));
  const byPerson = new Map<string, MirrorRecord[]>();
  for (const record of records) {
    const list = byPerson.get(record.personId ?? '');
    if (list === undefined) byPerson.set(record.personId ?? '', [record]);
    else list.push(record);
  }
  const around = await surroundings(pass, records);
  const { obstacles, holds } = await obstaclesOf(pass, rows, records);
  const known = new Map(records.map((record) => [refKey(record.ref), record]));
  // W5: once the record has changed it is tried again.
  const stands = (each: Obstacle): boolean => (known.get(each.of)?.foreignChangeAt ?? 0) <= each.at;
  const blocked = new Set(obstacles.filter((each) => keepsFromCarrying(terms.agreement, each) && (each.of.startsWith('person:') || (each.kind === 'dead_letter' && stands(each)))).map((each) => each.of));

  const judged: Judged[] = [];
  for (const row of rows) {
    const mine = byPerson.get(row.id) ?? [];
    const evidence = evidenceOf(row, mine, around, terms.agreement.settings.sla.touch.salesforce);
    const state = row.state as PersonState | null;
    const decision = decide(
      terms,
      {
        evidence,
        state,
        pins: { hubspot: row.hubspotId, salesforce: row.salesforceObject === null || row.salesforceId === null ? null : followMerges({ object: row.salesforceObject, id: row.salesforceId }, mine) },
        adopting: pass.adopting || isAdopted(pass.portion, row),
        readUpTo: pass.readUpTo,
        now: pass.now,
        blocked,
        ...(accounts?.has(row.id) === true ? { account: accounts.get(row.id) ?? null } : {}),
        ...between?.get(row.id),
      },
      urlOf(pass),
    );
    const ended = evidence.gone.length;
    const made = row.held !== null ? emptyPlan(ended) : plan(terms.agreement, row.id, decision, obstacles, ended);
    const isHeld = row.held !== null;
    judged.push({ row, evidence, decision, plan: made, needless: isHeld ? [] : needlessOf(mine, obstacles, decision, made), holds: isHeld ? NO_HOLDS : holdsOf(pass, row.id, mine, holds, decision) });
  }
  return leaveTaken(pass, judged);
}

/**
 * I8: RevOps has given the record of one contact to another by hand, and it still carries the first one's id. Until it has let that go nothing is created for the first: the
 * create, which finds what it may have made before by that id (W7), would write over the other person's record. The same by e-mail in HubSpot.
 */
async function leaveTaken(pass: Judging, judged: Judged[]): Promise<Judged[]> {
  const { store } = pass.parts;
  const creating = judged.flatMap((each) => each.plan.writes.filter(({ op }) => op === 'create').map(({ crm }) => ({ each, crm })));
  if (creating.length === 0 || (await store.meta('hand_links')) === null) return judged;
  const keyOf = ({ each: { decision }, crm }: (typeof creating)[number]): IdentityKey | null => {
    if (crm === 'salesforce') return decision.contact === null ? null : { kind: 'hubspot_contact', value: decision.contact.ref.id };
    const [email] = decision.primary?.emails ?? [];
    return email === undefined ? null : { kind: 'email', value: email };
  };
  const holders = (await store.recordsByKeys(creating.map(keyOf).filter((key) => key !== null))).filter((record) => record.gone === undefined);
  const taken = new Map(
    creating.flatMap(({ each, crm }): [Judged, MirrorRecord][] => {
      const key = keyOf({ each, crm });
      const holder = holders.find((record) => record.ref.crm === crm && record.personId !== each.row.id && (crm === 'salesforce' ? record.carries.hubspotContact === key?.value : record.emails.some((email) => email.toLowerCase() === key?.value.toLowerCase())));
      return holder === undefined ? [] : [[each, holder]];
    }),
  );
  return judged.map((each): Judged => {
    const holder = taken.get(each);
    if (holder === undefined) return each;
    const writes = each.plan.writes.filter(({ op }) => op !== 'create');
    const note = `nothing is created: ${refKey(holder.ref)}, which another person has by RevOps’ choice, still answers to this one`;
    return {
      ...each,
      decision: { ...each.decision, notes: [...each.decision.notes, note], nextAt: Math.min(each.decision.nextAt ?? pass.now, pass.now) },
      plan: { ...each.plan, writes, counts: { ...each.plan.counts, creates: 0, changed: writes.length > 0 } },
    };
  });
}

/** S1: sales' record cannot carry the handoff while it, or the field that says so, is refused; nor can one that is refused to be created (`of`: `person:ID`). */
export function keepsFromCarrying(agreement: CompiledAgreement, { of, crm, field }: Pick<Obstacle, 'of' | 'crm' | 'field'>): boolean {
  if (of.startsWith('person:')) return crm === 'salesforce';
  return (crm ?? of.slice(0, of.indexOf(':'))) === 'salesforce' && (field === null || field === SHOWN.leadStatus || field === agreement.ownField('cycle').salesforce);
}

/** W5: what a dead letter is about, and the plan neither writes nor would write. Of a lead that waits to be replaced (F5) it is what the decision goes by. */
function needlessOf(records: MirrorRecord[], obstacles: Obstacle[], { refused }: Decision, made: PersonPlan): Judged['needless'] {
  const own = new Map(records.filter((record) => record !== refused).map((record) => [refKey(record.ref), record.ref]));
  const about = (field: string | null, each: string): boolean => field === null || field === each;
  return obstacles.flatMap(({ of, field, kind }) => {
    const ref = own.get(of);
    // Consent goes its own way (F7).
    if (kind !== 'dead_letter' || ref === undefined || field === 'consent') return [];
    const wanted = [...made.heldBack, ...made.unknown, ...made.writes.flatMap((write) => write.changes.map((change) => ({ of: write.key, field: change.field })))];
    return wanted.some((each) => each.of === of && about(field, each.field)) ? [] : [{ ref, fields: field === null ? [] : [field] }];
  });
}

function emptyPlan(linksEnded: number): PersonPlan {
  return { writes: [], heldBack: [], unknown: [], counts: { creates: 0, regressions: 0, linksEnded, overwrites: 0, changed: false } };
}

/** What may concern some contacts and leads, out of the surroundings of a whole chunk of people. */
type Around = (contacts: MirrorRecord[], leads: MirrorRecord[]) => OpportunitySurroundings;

const NOTHING: OpportunitySurroundings = { opportunities: [], roles: [], accountContacts: [] };

/** Looked up by id: going through everything around the chunk for each of its people would cost the square of the chunk. */
function indexed(around: OpportunitySurroundings): Around {
  const group = (records: MirrorRecord[], key: (record: MirrorRecord) => string | null | undefined): Map<string, MirrorRecord[]> => {
    const groups = new Map<string, MirrorRecord[]>();
    for (const record of records) {
      const of = key(record);
      if (of == null) continue;
      const known = groups.get(of);
      if (known === undefined) groups.set(of, [record]);
      else known.push(record);
    }
    return groups;
  };
  const byId = new Map(around.opportunities.map((record) => [record.ref.id, record]));
  const byAccount = group(around.opportunities, (record) => record.opportunity?.accountId);
  const rolesOf = group(around.roles, (record) => record.role?.opportunityId);
  const rolesBy = group(around.roles, (record) => record.role?.contactId);
  const contactsOf = group(around.accountContacts, (record) => record.accountId);
  const conversionsTo = group(around.conversions ?? [], (record) => record.conversion?.opportunityId);
  return (contacts, leads) => {
    const found = new Map<string, MirrorRecord>();
    const add = (id: string | null | undefined): void => {
      const record = id == null ? undefined : byId.get(id);
      if (record !== undefined) found.set(record.ref.id, record);
    };
    const accounts = new Set<string>();
    const mine = contacts.map((record) => record.ref.id);
    for (const record of contacts) if (typeof record.accountId === 'string') accounts.add(record.accountId);
    for (const { conversion } of leads) {
      add(conversion?.opportunityId);
      if (conversion?.contactId != null) mine.push(conversion.contactId);
    }
    for (const id of mine) for (const role of rolesBy.get(id) ?? []) add(role.role?.opportunityId);
    for (const id of accounts) for (const record of byAccount.get(id) ?? []) found.set(record.ref.id, record);
    if (found.size === 0) return NOTHING;
    for (const record of found.values()) if (record.opportunity?.accountId != null) accounts.add(record.opportunity.accountId);
    return { opportunities: [...found.values()], roles: [...found.keys()].flatMap((id) => rolesOf.get(id) ?? []), accountContacts: [...accounts].flatMap((id) => contactsOf.get(id) ?? []), conversions: [...found.keys()].flatMap((id) => conversionsTo.get(id) ?? []) };
  };
}

async function surroundings(pass: { parts: { store: StoreReader } }, records: MirrorRecord[]): Promise<Around> {
  const { store } = pass.parts;
  const contacts = records.filter((record) => record.ref.crm === 'salesforce' && record.ref.object === 'contact');
  const contactIds = new Set(contacts.map((record) => record.ref.id));
  const accountIds = new Set(contacts.map((record) => record.accountId).filter((id): id is string => typeof id === 'string'));
  const opportunityIds = new Set<string>();
  for (const record of records) {
    if (record.conversion?.contactId) contactIds.add(record.conversion.contactId);
    if (record.conversion?.opportunityId) opportunityIds.add(record.conversion.opportunityId);
  }
  if (contactIds.size === 0 && opportunityIds.size === 0) return () => NOTHING;
  for (const role of await store.rolesOfContacts([...contactIds])) if (role.role !== undefined) opportunityIds.add(role.role.opportunityId);
  const opportunities = new Map<string, MirrorRecord>();
  for (const record of await store.opportunitiesOfAccounts([...accountIds])) opportunities.set(record.ref.id, record);
  const missing = [...opportunityIds].filter((id) => !opportunities.has(id));
  for (const record of await store.records(missing.map((id): RecordRef => ({ crm: 'salesforce', object: 'opportunity', id })))) opportunities.set(record.ref.id, record);
  if (opportunities.size === 0) return () => NOTHING;
  return indexed({
    opportunities: [...opportunities.values()],
    roles: await store.rolesOfOpportunities([...opportunities.keys()]),
    accountContacts: await store.contactsOfAccounts([...accountIds]),
    conversions: await store.leadsOfOpportunities([...opportunities.keys()]),
  });
}

/** What the mirror holds about these people, as `decide` saw it: whom an opportunity without a role counts for was chosen then (I7); for reports. */
export async function evidenceOfPeople(store: StoreReader, rows: PersonRow[]): Promise<Map<string, PersonEvidence>> {
  const records = await store.recordsOfPeople(rows.map((row) => row.id));
  const byPerson = new Map<string, MirrorRecord[]>(rows.map((row) => [row.id, []]));
  for (const record of records) byPerson.get(record.personId ?? '')?.push(record);
  const around = await surroundings({ parts: { store } }, records);
  return new Map(rows.map((row) => [row.id, evidenceOf(row, byPerson.get(row.id) ?? [], around)]));
}

function evidenceOf(row: PersonRow, mine: MirrorRecord[], around: Around, engagement: readonly string[] = []): PersonEvidence {
  const live = mine.filter((record) => record.gone === undefined);
  const leads = live.filter((record) => record.ref.object === 'lead');
  const contacts = live.filter((record) => record.ref.crm === 'salesforce' && record.ref.object === 'contact');
  const pinned = (record: MirrorRecord): boolean => record.ref.id === (record.ref.crm === 'hubspot' ? row.hubspotId : row.salesforceId);
  const livingIn = new Set(live.filter((record) => record.conversion === undefined).map((record) => record.ref.crm));
  return {
    personId: row.id,
    hubspot: live.filter((record) => record.ref.crm === 'hubspot'),
    leads,
    contacts,
    opportunities: opportunitiesOf(contacts, leads, around(contacts, leads), engagement),
    gone: mine.filter((record) => record.gone?.how === 'deleted' && pinned(record) && !livingIn.has(record.ref.crm)).map((record) => record.ref),
  };
}

/** Under which dead letters about records that could not be created stand. */
export function createRefs(personId: string): RecordRef[] {
  const id = `person:${personId}`;
  return [{ crm: 'hubspot', object: 'contact', id }, { crm: 'salesforce', object: 'lead', id }, { crm: 'salesforce', object: 'contact', id }];
}

async function obstaclesOf(pass: Judging, rows: PersonRow[], records: MirrorRecord[]): Promise<{ obstacles: Obstacle[]; holds: Hold[] }> {
  const refs = records.filter((record) => record.gone === undefined).map((record) => record.ref);
  const creates = rows.flatMap((row) => createRefs(row.id));
  const { store } = pass.parts;
  const any = (await store.countDeadLetters('open')) + (await store.countDeadLetters('dropped')) > 0;
  const letters = any ? await store.stoppingDeadLettersOf([...refs, ...creates]) : [];
  const holds = await pass.parts.store.holdsOf(refs);
  const obstacles = [
    ...letters.map((letter): Obstacle => ({
      ...(letter.recordId?.startsWith('person:') === true ? { of: letter.recordId, crm: letter.crm } : { of: `${letter.crm}:${letter.object}:${letter.recordId ?? ''}` }),
      field: letter.field,
      kind: 'dead_letter',
      value: letter.value,
      at: letter.lastTriedAt,
    })),
    // A contested field is not planned to begin with (W12).
    ...holds.filter(({ kind }) => kind === 'rolled_back').map((hold): Obstacle => ({ of: refKey(hold.ref), field: hold.field, kind: 'rolled_back', value: hold.value, at: hold.createdAt, ...(hold.ground === undefined ? {} : { ground: hold.ground }) })),
  ];
  return { obstacles, holds };
}

const NO_HOLDS: Judged['holds'] = { begun: [], ended: [] };

/** Fields that others have changed back too often are held from now on (W12); what is contested no more, or was rolled back on a ground that has changed (W9), is held no longer. */
function holdsOf(pass: Judging, personId: string, records: MirrorRecord[], known: Hold[], decision: Decision): Judged['holds'] {
  if (known.length === 0 && decision.drift.length === 0) return NO_HOLDS;
  const { agreement } = pass.parts.terms;
  const mine = new Set(records.map((record) => refKey(record.ref)));
  const contested = new Map(decision.drift.filter(({ outcome }) => outcome === 'contested').map((drift) => [`${refKey(drift.record.ref)}.${drift.field}`, drift]));
  const holds = known.filter((hold) => mine.has(refKey(hold.ref)));
  const isKnown = (key: string): boolean => holds.some((hold) => hold.kind === 'contested' && `${refKey(hold.ref)}.${hold.field}` === key);
  return {
    begun: [...contested].filter(([key]) => !isKnown(key)).map(([, { record, field, found, by }]) => ({ kind: 'contested', ref: record.ref, personId, field, value: found, because: `${by ?? 'somebody'} changes it back whenever Concord writes it`, createdAt: pass.now })),
    ended: holds.filter((hold) => (hold.kind === 'contested' ? !contested.has(`${refKey(hold.ref)}.${hold.field}`) : hasEnded(agreement, decision, hold.ref, hold))).map(({ id }) => id),
  };
}

/** What is kept of a decision: the person's row, transitions and handoffs, and what it tells. */
export function rowsOf(pass: Pass, judged: Omit<Judged, 'needless' | 'holds'>, notifications: OutboxEntry[] = []): Pick<StagedPerson, 'person' | 'transitions' | 'handoffs' | 'outbox'> {
  const { decision, row, evidence } = judged;
  const held = row.held !== null;
  const state = held ? (row.state as PersonState | null) : decision.state;
  const person: PersonRow = {
    ...row,
    hubspotId: held ? row.hubspotId : (decision.contact?.ref.id ?? (evidence.gone.some((ref) => ref.crm === 'hubspot') ? null : row.hubspotId)),
    salesforceObject: held ? row.salesforceObject : decision.primary === null ? null : (decision.primary.ref.object as 'lead' | 'contact'),
    salesforceId: held ? row.salesforceId : (decision.primary?.ref.id ?? null),
    stage: state?.stage ?? null,
    stageAt: state?.stageAt ?? null,
    cycle: state?.handoffs.at(-1)?.cycle ?? 0,
    inScope: !held && decision.inScope,
    missing: decision.missing.length === 0 ? null : decision.missing.join(';'),
    nextAt: held ? null : decision.nextAt,
    state,
    notes: notesOf(decision),
    updatedAt: pass.now,
    ...shownOf(pass, row, decision, judged.plan),
  };
  const transitions: TransitionRow[] = held
    ? []
    : decision.transitions.map((each) => ({ personId: row.id, from: each.from, to: each.to, at: each.at, seenAt: pass.now, cycle: each.cycle, run: pass.run, rule: each.rule, because: each.because, skipped: each.skipped }));
  const told = held ? [] : [...notesToLeave(pass, judged), ...notifications];
  return { person, transitions, handoffs: held ? [] : handoffRows(row.id, decision), ...(told.length === 0 ? {} : { outbox: told }) };
}

function notesOf(decision: Decision): unknown {
  const notes = {
    ...(decision.duplicates.length === 0 ? {} : { duplicates: decision.duplicates.map((record) => refKey(record.ref)) }),
    ...(decision.inferred.length === 0 ? {} : { inferred: decision.inferred }),
    ...(decision.notes.length === 0 ? {} : { notes: decision.notes }),
    ...(decision.outOfScope === null ? {} : { outOfScope: decision.outOfScope }),
    ...(decision.drift.length === 0 ? {} : { drift: decision.drift.map((each) => ({ record: refKey(each.record.ref), field: each.field, found: each.found, by: each.by, outcome: each.outcome })) }),
  };
  return Object.keys(notes).length === 0 ? null : notes;
}

/** The CRMs' own fields that show a stage (L13). */
const showing: ReadonlySet<string> = new Set(Object.values(SHOWN));

/** W11: what each CRM's record shows in Concord's stage field, and why they do not agree when they do not. */
export function shownOf(pass: Pass, row: PersonRow, decision: Decision, { heldBack, writes }: Pick<PersonPlan, 'heldBack' | 'writes'>): Pick<PersonRow, 'shownHubspot' | 'shownSalesforce' | 'disagreement'> {
  const { agreement } = pass.parts.terms;
  const shown = (record: MirrorRecord | null): string | null => {
    if (record === null) return null;
    const name = agreement.ownField('stage')[record.ref.crm];
    const value = name === null ? null : record.fields[name];
    return typeof value === 'string' ? value : null;
  };
  const hubspot = shown(decision.contact);
  const salesforce = shown(decision.primary);
  const stage = decision.state.stage;
  const stageFields: (string | null)[] = Object.values(agreement.ownField('stage'));
  let disagreement: string | null = null;
  if (row.held !== null) disagreement = 'held';
  else if (decision.inScope) {
    const behind = [decision.contact === null ? null : hubspot === stage ? null : 'hubspot', decision.primary === null ? null : salesforce === stage ? null : 'salesforce'].filter((crm) => crm !== null);
    const stopped = heldBack.find(({ of, field }) => stageFields.includes(field) && behind.some((crm) => of.startsWith(`${crm}:`)));
    // A record that is to be made, and is not there: the one CRM counts a person whom the other does not have.
    const isToBeMade = writes.some(({ op }) => op === 'create');
    const unmade = isToBeMade ? undefined : heldBack.find(({ of }) => of.startsWith('person:'));
    const contested = decision.drift.some((each) => each.outcome === 'contested' && (showing.has(each.field) || stageFields.includes(each.field)));
    if (behind.length > 0) disagreement = stopped !== undefined ? stopped.kind : contested ? 'contested' : 'pending';
    else if (contested) disagreement = 'contested';
    else if (unmade !== undefined) disagreement = unmade.kind;
    else if (isToBeMade) disagreement = 'pending';
    else if (deletedIn(decision.state, { hubspotId: decision.contact?.ref.id ?? null, salesforceId: decision.primary?.ref.id ?? null }) !== null) disagreement = 'deleted';
    else if (decision.drift.some((each) => each.outcome === 'left')) disagreement = 'drift_left_alone';
  }
  return { shownHubspot: hubspot, shownSalesforce: salesforce, disagreement };
}

export function handoffRows(personId: string, { state, clocks }: Pick<Decision, 'state' | 'clocks'>): HandoffRow[] {
  const running = clocks.filter((clock) => clock.stoppedAt === null).sort((a, b) => a.dueAt - b.dueAt)[0];
  // The clocks that a decision tells are those of the last handoff: only that one may be open.
  const ticking = state.handoffs.at(-1);
  return state.handoffs.map((handoff) => ({
    personId,
    cycle: handoff.cycle,
    openedAt: handoff.openedAt,
    adopted: handoff.adopted,
    carriedAt: handoff.carriedAt,
    firstTouchAt: handoff.firstTouchAt,
    acceptedAt: handoff.acceptedAt,
    rejectedAt: handoff.rejection?.at ?? null,
    reason: handoff.rejection?.reason ?? null,
    reasonText: handoff.rejection?.words ?? null,
    note: handoff.rejection?.note ?? null,
    rejectedBy: handoff.rejection?.by?.name ?? handoff.rejection?.by?.id ?? null,
    crm: handoff.rejection?.crm ?? null,
    route: handoff.rejection?.route ?? null,
    recycleOn: handoff.rejection?.recycleOn ?? null,
    closedAt: handoff.closedAt,
    closedAs: handoff.closedAs,
    ownerId: handoff.ownerId,
    ...(handoff === ticking && running !== undefined ? { clock: running.name, sla: handoff.sla, dueAt: running.dueAt } : { clock: null, sla: null, dueAt: null }),
  }));
}

/** I7: opportunities without a role whose person was chosen now: the choice is kept with them. */
function inferences(judged: Judged[]): MirrorRecord[] {
  return judged.flatMap(({ evidence }) =>
    evidence.opportunities.flatMap(({ record, chosen }) =>
      chosen === undefined || record.opportunity === undefined || record.opportunity.inferredContact === chosen ? [] : [{ ...record, opportunity: { ...record.opportunity, inferredContact: chosen } }],
    ),
  );
}

/** How many people are judged, and staged, at once. */
export const CHUNK = 200;

/** The domain of the person's e-mail in HubSpot; null: none. */
function domainOf({ decision }: Judged): string | null {
  const [email] = decision.contact?.emails ?? [];
  return email === undefined ? null : email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}

/** `contact_if_account`: of whom something would be created in Salesforce, the accounts are looked for, and who has one is judged with it. */
async function withAccounts(pass: Pass, judged: Judged[], asked: Asked): Promise<Judged[]> {
  if (pass.parts.terms.agreement.settings.handoff.creates !== 'contact_if_account') return judged;
  const made = judged.filter((each) => each.plan.writes.some((write) => write.crm === 'salesforce' && write.op === 'create'));
  const domains = [...new Set(made.flatMap((each) => domainOf(each) ?? []))];
  if (domains.length === 0) return judged;
  const found = await pass.parts.salesforce.accountsOfDomains(domains);
  const accounts = new Map<string, string>();
  for (const each of made) {
    const account = found.get(domainOf(each) ?? '') ?? null;
    if (account !== null) accounts.set(each.row.id, account);
  }
  if (accounts.size === 0) return judged;
  return judgedAgain(pass, judged, [...accounts.keys()], { ...asked, accounts });
}

/** L5: of whom the CRMs' histories tell more than the records show is judged with it. */
async function withMeanwhile(pass: Pass, judged: Judged[]): Promise<{ judged: Judged[]; asked: Asked }> {
  const between = await meanwhile(pass, judged);
  return between.size === 0 ? { judged, asked: {} } : { judged: await judgedAgain(pass, judged, [...between.keys()], { between }), asked: { between } };
}

async function judgedAgain(pass: Pass, judged: Judged[], ids: string[], asked: Asked): Promise<Judged[]> {
  const again = new Map((await judge(pass, ids, asked)).map((each) => [each.row.id, each]));
  return judged.map((each) => again.get(each.row.id) ?? each);
}

function heldNow(pass: Pass, { holds: { begun, ended } }: Judged): Pick<StagedPerson, 'holds'> {
  return begun.length + ended.length === 0 ? {} : { holds: { begun: begun.map((hold) => ({ ...hold, run: pass.run })), ended } };
}

/** Told of each chunk as it is staged. */
export type OnJudged = (judged: Judged[], staged: StagedPerson[]) => void;

export interface StageOptions {
  /** Only those queued for one of these reasons. */
  reasons?: readonly string[];
  /** Everybody, whether queued or not. */
  everyone?: boolean;
  /** Only these people. */
  only?: string[];
}

/** L7: whom adoption has not reached yet leaves the queue: the run that adopts them puts them there again. */
async function withoutAwaiting(pass: Pass, ids: string[]): Promise<string[]> {
  if (pass.portion.now === EVERYONE) return ids;
  const awaiting = new Set((await pass.parts.store.people(ids)).filter((row) => isAwaiting(pass.portion, row)).map((row) => row.id));
  if (awaiting.size > 0) await pass.parts.store.transaction(pass.fence, (tx) => tx.dequeue([...awaiting]));
  return ids.filter((id) => !awaiting.has(id));
}

/** The ids of who is queued, or of everybody, some at a time. */
export async function* concernedBy(store: StoreReader, size: number, { reasons, everyone }: Pick<StageOptions, 'reasons' | 'everyone'>): AsyncGenerator<string[]> {
  let after: string | null = null;
  for (;;) {
    const page: { id: string; reason?: string }[] = everyone === true ? await store.pagePeople(after, size) : (await store.queue(after, size)).map((each) => ({ id: each.personId, reason: each.reason }));
    if (page.length === 0) return;
    after = page.at(-1)?.id ?? null;
    const ids = page.filter((each) => reasons === undefined || reasons.includes(each.reason ?? '')).map(({ id }) => id);
    if (ids.length > 0) yield ids;
  }
}

/** Decides everyone who is queued and stages the plan (W6: nothing is sent). Returns how many were judged. */
export async function stagePlan(pass: Pass, options: StageOptions, onJudged: OnJudged): Promise<number> {
  const { store, progress } = pass.parts;
  let seq = 0;
  let count = 0;
  const since = await toldUpTo(store);
  progress.step('deciding', options.everyone === true ? await store.countPeople() : await store.queueLength());
  const take = async (concerned: string[]): Promise<void> => {
    unlessStopped(pass.parts);
    const ids = await withoutAwaiting(pass, concerned);
    const first = await withMeanwhile(pass, await judge(pass, ids));
    const judged = await withAccounts(pass, first.judged, first.asked);
    const notifications = await notificationsOf(pass, judged, since);
    const staged = judged.map((each): StagedPerson => ({ seq: (seq += 1), ...rowsOf(pass, each, notifications.get(each.row.id) ?? []), writes: each.plan.writes, counts: each.plan.counts, ...(each.needless.length === 0 ? {} : { needless: each.needless }), ...heldNow(pass, each) }));
    onJudged(judged, staged);
    const choices = [...inferences(judged), ...judged.flatMap((each) => each.decision.recalled)];
    await store.transaction(pass.fence, async (tx) => {
      if (choices.length > 0) await tx.putRecords(choices);
      await tx.stage(pass.run, staged);
    }, 'soon');
    count += judged.length;
    progress.advance(concerned.length);
    await breathe();
  };
  if (options.only !== undefined) {
    for (const ids of chunks(options.only, CHUNK)) await take(ids);
  } else {
    for await (const ids of concernedBy(store, CHUNK, options)) await take(ids);
  }
  progress.done();
  return count;
}

import type { CrmName, CrmRecord, EpochMs, FieldVersion, MirrorRecord, ObjectName, ReadObject, RecordRef } from '../domain/record';
import { parseRefKey, refKey } from '../domain/record';
import type { ReadPage } from '../crm/port';
import type { IdentityKey, PersonRow } from '../store/port';
import { REMATCH, rematchOf } from './link';
import { match, type Group } from '../core/match/match';
import { observe, sameValue } from '../core/observe';
import { contradicts } from '../core/decide/recall';
import { joinStates } from '../core/match/join';
import type { PersonState } from '../domain/person';
import { nameOwners } from './owners';
import { namer } from './actors';
import { ahead, portions, type Ahead } from './pages';
import { takeTasks } from './tasks';
import { breathe, port, unlessStopped, type Parts, type Pass } from './parts';

/*
 * From both CRMs into the mirror, page by page, each in one transaction: records, who they belong to, and who is to be decided. Watermarks are not moved
 * here (W8): a run that ends early reads the same again.
 */

/** How far before the watermark a reading starts: long transactions on Salesforce, index lag on HubSpot (W8). */
export const OVERLAP: Record<CrmName, number> = { hubspot: 60_000, salesforce: 600_000 };

export const OBJECTS: Record<CrmName, ObjectName[]> = { hubspot: ['contact'], salesforce: ['lead', 'contact', 'opportunity', 'role'] };

export interface ReadCounts {
  hubspot: { contacts: number };
  salesforce: { leads: number; contacts: number; opportunities: number };
  skipped: number;
  changed: number;
}

export interface ReadResult {
  counts: ReadCounts;
  watermarks: { crm: CrmName; object: ReadObject; at: EpochMs }[];
}

/** One CRM being read: both answer at once, and are taken in turns. */
interface Reading {
  crm: CrmName;
  pages: Ahead<ReadPage>;
  /** Everything is read, not what changed. */
  whole: boolean;
}

export async function readChanges(pass: Pass, full: boolean): Promise<ReadResult> {
  const { store } = pass.parts;
  const marks = await store.watermarks();
  const asked = await askedOf(pass.parts);
  const fresh = newlyAsked(await store.meta(ASKED), asked);
  const result: ReadResult = { counts: { hubspot: { contacts: 0 }, salesforce: { leads: 0, contacts: 0, opportunities: 0 }, skipped: 0, changed: 0 }, watermarks: [] };
  pass.parts.progress.step('reading');
  const readings = (['hubspot', 'salesforce'] as const).map((crm): Reading => {
    const since: Partial<Record<ReadObject, EpochMs | null>> = {};
    const markOf = (object: ReadObject): EpochMs | undefined => marks.find((each) => each.crm === crm && each.object === object)?.at;
    for (const object of OBJECTS[crm]) since[object] = full || fresh.has(`${crm}:${object}`) ? null : sinceMark(crm, markOf(object));
    // Tasks of before are nobody's first touch: they are never read whole.
    if (crm === 'salesforce' && pass.parts.terms.agreement.settings.sla.touch.tasks) since.task = sinceMark(crm, markOf('task'));
    const pages = ahead(portions(port(pass.parts, crm).read({ since, fields: pass.parts.fields.select[crm] })));
    return { crm, pages, whole: OBJECTS[crm].every((object) => since[object] === null) };
  });
  try {
    for await (const { reading, page } of inTurns(readings)) {
      const { crm, whole } = reading;
      await takePage(pass, crm, page, result.counts, whole);
      unlessStopped(pass.parts);
      if (page.readUpTo === undefined) continue;
      result.watermarks.push({ crm, object: page.object, at: page.readUpTo });
      pass.readUpTo[crm] = Math.min(pass.readUpTo[crm] === 0 ? page.readUpTo : pass.readUpTo[crm], page.readUpTo);
    }
  } finally {
    // Nothing goes on unseen after a run has ended.
    await Promise.allSettled(readings.map(({ pages }) => pages.close()));
  }
  const text = JSON.stringify(asked);
  if ((await store.meta(ASKED)) !== text) await store.transaction(pass.fence, (tx) => tx.setMeta(ASKED, text), 'soon');
  pass.parts.progress.done();
  return result;
}

/** Which fields the mirror has been read with: those that the agreement names and the CRM shows. */
const ASKED = 'fields_asked';
type Asked = Record<string, string[]>;

async function askedOf(parts: Parts): Promise<Asked> {
  const asked: Asked = {};
  for (const crm of ['hubspot', 'salesforce'] as const) {
    const description = await port(parts, crm).describe();
    for (const object of OBJECTS[crm]) asked[`${crm}:${object}`] = (parts.fields.select[crm][object] ?? []).filter((name) => name in (description[object] ?? {}));
  }
  return asked;
}

/**
 * Objects with fields that no run has asked for, because the agreement has only now named them or the CRM had hidden them: read as a whole once, or they would be
 * unknown (M5) of whoever does not change.
 */
function newlyAsked(kept: string | null, asked: Asked): Set<string> {
  const before = kept === null ? asked : (JSON.parse(kept) as Asked);
  return new Set(Object.entries(asked).flatMap(([place, names]) => (names.every((name) => before[place]?.includes(name) === true) ? [] : [place])));
}

/** Where the reading of an object goes on; null: from the beginning. */
function sinceMark(crm: CrmName, at: EpochMs | undefined): EpochMs | null {
  return at === undefined ? null : at - OVERLAP[crm];
}

/** A portion of one CRM, then one of the other: while Concord works on one, the other CRM prepares its next (a page, or the wait for a bulk job). */
async function* inTurns(readings: readonly Reading[]): AsyncGenerator<{ reading: Reading; page: ReadPage }> {
  const going = readings.map((reading) => ({ reading, pages: reading.pages[Symbol.asyncIterator]() }));
  for (let next = going.shift(); next !== undefined; next = going.shift()) {
    const got = await next.pages.next();
    if (got.done === true) continue;
    yield { reading: next.reading, page: got.value };
    going.push(next);
  }
}

/** Reads one person's records directly (`--only`); moves no watermark. */
export async function readPerson(pass: Pass, email: string): Promise<string[]> {
  const counts: ReadCounts = { hubspot: { contacts: 0 }, salesforce: { leads: 0, contacts: 0, opportunities: 0 }, skipped: 0, changed: 0 };
  const people = new Set<string>();
  for (const crm of ['hubspot', 'salesforce'] as const) {
    for (const page of await port(pass.parts, crm).byEmails([email], pass.parts.fields.select[crm])) {
      for (const id of await takePage(pass, crm, page, counts, false)) people.add(id);
    }
    pass.readUpTo[crm] = pass.now;
  }
  for (const record of await pass.parts.store.recordsByKeys([{ kind: 'email', value: email }])) if (record.personId !== null) people.add(record.personId);
  return [...people];
}

/** Takes a page into the mirror; returns the people it queued. */
export async function takePage(pass: Pass, crm: CrmName, page: ReadPage, counts: ReadCounts, whole: boolean): Promise<string[]> {
  const { parts } = pass;
  count(counts, crm, page);
  for (const problem of page.problems) {
    counts.skipped += 1;
    parts.log.warn('a record could not be read', { code: problem.code, crm, record: problem.record === undefined ? undefined : refKey(problem.record) });
  }
  parts.progress.advance(page.records.length);
  if (page.object === 'task') return takeTasks(pass, page.closed ?? []);
  if (page.records.length === 0) return [];
  const incoming = await withoutForgotten(pass, page.records);
  const before = new Map((await parts.store.records(incoming.map((record) => record.ref))).map((record) => [refKey(record.ref), record]));
  // A first reading asks for no history, but of records that Concord was at before and that say something else by now (L7).
  const asked = !whole ? incoming : pass.adopting ? incoming.filter((record) => !before.has(refKey(record.ref)) && contradicts(parts.terms.agreement, record)) : [];
  const histories = await askHistories(pass, crm, page.object, asked, before);
  const tracked = parts.fields.tracked[crm][page.object] ?? new Set<string>();
  const changed: MirrorRecord[] = [];
  const touched: MirrorRecord[] = [];
  for (const record of incoming) {
    const seen = observe(record, before.get(refKey(record.ref)), tracked, pass.now, histories.get(record.ref.id) ?? {});
    if (seen.stale) continue;
    if (seen.changed) changed.push(seen.record);
    else if (seen.record.modifiedAt !== before.get(refKey(record.ref))?.modifiedAt) touched.push(seen.record);
  }
  await breathe();
  await nameOwners(pass, page, whole);
  if (changed.length === 0 && touched.length === 0) return [];
  if (page.object === 'contact' || page.object === 'lead') counts.skipped += changed.filter((record) => !hasKey(record)).length;
  counts.changed += changed.length;
  return page.object === 'contact' || page.object === 'lead' ? takePeople(pass, changed, touched) : takeOpportunities(pass, changed, touched);
}

function count(counts: ReadCounts, crm: CrmName, page: ReadPage): void {
  if (crm === 'hubspot') counts.hubspot.contacts += page.records.length;
  else if (page.object === 'lead') counts.salesforce.leads += page.records.length;
  else if (page.object === 'contact') counts.salesforce.contacts += page.records.length;
  else if (page.object === 'opportunity') counts.salesforce.opportunities += page.records.length;
}

async function withoutForgotten(pass: Pass, records: CrmRecord[]): Promise<CrmRecord[]> {
  if (!(await pass.parts.store.anyForgotten())) return records;
  const hashesOf = (record: CrmRecord): string[] => [refKey(record.ref), ...record.emails.map((email) => email.trim().toLowerCase())].map(pass.parts.hash);
  const forgotten = await pass.parts.store.areForgotten(records.flatMap(hashesOf));
  if (forgotten.size === 0) return records;
  return records.filter((record) => !hashesOf(record).some((hash) => forgotten.has(hash)));
}

/** For stages and answers that somebody changed since the last reading: when, and who (L3, L5). */
async function askHistories(pass: Pass, crm: CrmName, object: ObjectName, incoming: CrmRecord[], before: Map<string, MirrorRecord>): Promise<Map<string, Record<string, FieldVersion[]>>> {
  if (object !== 'contact' && object !== 'lead') return new Map();
  const historic = pass.parts.fields.historic[crm];
  const moved = incoming.filter((record) => {
    const known = before.get(refKey(record.ref));
    if (known !== undefined && record.modifiedAt < known.modifiedAt) return false;
    return [...historic].some((field) => {
      if (!(field in record.fields)) return false;
      if (known === undefined) return record.fields[field] !== null;
      return !sameValue(known.fields[field], record.fields[field]) && !(field in known.written && sameValue(known.written[field], record.fields[field]));
    });
  });
  if (moved.length === 0) return new Map();
  const crmPort = port(pass.parts, crm);
  const histories = await crmPort.histories(object, moved.map((record) => record.ref.id), [...historic]);
  const latest = [...histories.values()].flatMap((fields) => Object.values(fields).flatMap((versions) => versions.slice(0, 1)));
  const named = await namer(crmPort, [...moved.map((record) => record.modifiedBy), ...latest.map((version) => version.by)]);
  for (const record of moved) if (record.modifiedBy !== undefined) record.modifiedBy = named(record.modifiedBy);
  for (const version of latest) if (version.by !== undefined) version.by = named(version.by);
  return histories;
}

/** Records that RevOps has tied by hand since the last run (`link`) are matched anew (I8). */
export async function rematch(pass: Pass): Promise<void> {
  const { store } = pass.parts;
  const kept = await store.meta(REMATCH);
  if (kept === null) return;
  const { records: keys, picked } = rematchOf(kept);
  const records = await store.records(keys.map(parseRefKey));
  if (records.length > 0) await takePeople(pass, records, []);
  const pins: PersonRow[] = [];
  for (const key of picked) {
    const [record] = await store.records([parseRefKey(key)]);
    if (record?.personId == null || record.gone !== undefined || record.conversion !== undefined) continue;
    // I4: what was picked is the record that is written, until it is released as any other.
    for (const row of await store.people([record.personId])) if (row.held === null) pins.push({ ...row, salesforceObject: record.ref.object as 'lead' | 'contact', salesforceId: record.ref.id });
  }
  await store.transaction(pass.fence, async (tx) => {
    // Of several picks for one person the latest counts.
    await tx.putPeople([...new Map(pins.map((row) => [row.id, row])).values()]);
    await tx.setMeta(REMATCH, null);
  });
}

/** Finds out whose records these are (I1-I8), and queues everyone concerned. */
async function takePeople(pass: Pass, changed: MirrorRecord[], touched: MirrorRecord[]): Promise<string[]> {
  const { parts } = pass;
  const withKey = changed.filter(hasKey);
  const lonely = changed.filter((record) => !hasKey(record));
  const closure = await closureOf(pass, withKey);
  await breathe();
  for (const record of superseded(closure)) {
    closure.set(refKey(record.ref), record);
    touched.push(record);
  }
  const known = [...new Set([...closure.values()].map((record) => record.personId).filter((id): id is string => id !== null))];
  const rows = new Map((known.length === 0 ? [] : await parts.store.people(known)).map((row) => [row.id, row]));
  const groups = match([...closure.values()], await handLinks(parts, closure), nameOf(parts), new Map([...rows].filter(([, row]) => row.held !== null)));
  const changedKeys = new Set(changed.map((record) => refKey(record.ref)));
  const concerned = groups.filter((group) => group.records.some((record) => changedKeys.has(refKey(record.ref))));
  const others = concerned.flatMap((group) => [group.personId, ...group.absorbed]).filter((id) => !rows.has(id));
  for (const row of others.length === 0 ? [] : await parts.store.people(others)) rows.set(row.id, row);

  const records: MirrorRecord[] = [...touched, ...lonely];
  const ids: string[] = [];
  const people: PersonRow[] = [];
  const absorbed: string[] = [];
  for (const group of concerned) {
    for (const record of group.records) {
      if (record.personId !== group.personId || changedKeys.has(refKey(record.ref)) || record.gone !== undefined) records.push({ ...record, personId: group.personId });
    }
    ids.push(group.personId);
    const row = personRow(pass, group, rows);
    if (row !== rows.get(group.personId)) people.push(row);
    absorbed.push(...group.absorbed);
  }
  await breathe();
  await parts.store.transaction(pass.fence, async (tx) => {
    await tx.putRecords(records);
    await tx.putPeople(people);
    if (absorbed.length > 0) {
      for (const group of concerned) if (group.absorbed.length > 0) await tx.mergePeople(group.personId, group.absorbed);
      await tx.dequeue(absorbed);
      await tx.deletePeople(absorbed);
    }
    await tx.enqueue(ids, 'changed', pass.now);
  }, 'soon');
  return ids;
}

/** I6: without an e-mail and without an id of the other CRM a record is counted and skipped, never guessed at by name. */
function hasKey(record: MirrorRecord): boolean {
  return record.gone !== undefined || record.emails.length > 0 || Object.keys(record.carries).length > 0 || record.personId !== null || record.conversion !== undefined;
}

/** I3: records whose ids another one has taken over in a merge: they live on in it. */
function superseded(closure: Map<string, MirrorRecord>): MirrorRecord[] {
  const out: MirrorRecord[] = [];
  for (const survivor of closure.values()) {
    for (const id of survivor.gone === undefined ? survivor.aliases : []) {
      const loser = closure.get(refKey({ ...survivor.ref, id }));
      if (loser !== undefined && loser.gone === undefined && loser.ref.id !== survivor.ref.id) out.push({ ...loser, gone: { how: 'merged', into: survivor.ref.id } });
    }
  }
  return out;
}

/** Every record that shares a key with these, and with those, to the end. */
async function closureOf(pass: Pass, changed: MirrorRecord[]): Promise<Map<string, MirrorRecord>> {
  const closure = new Map(changed.map((record) => [refKey(record.ref), record]));
  const asked = new Set<string>();
  let frontier = changed;
  while (frontier.length > 0) {
    const keys = frontier.flatMap(storeKeys).filter((key) => !asked.has(`${key.kind} ${key.value}`));
    for (const key of keys) asked.add(`${key.kind} ${key.value}`);
    const people = [...new Set(frontier.map((record) => record.personId).filter((id): id is string => id !== null))].filter((id) => !asked.has(`person ${id}`));
    for (const id of people) asked.add(`person ${id}`);
    const byKeys = keys.length === 0 ? [] : await pass.parts.store.recordsByKeys(keys, closure);
    const ofPeople = people.length === 0 ? [] : await pass.parts.store.recordsOfPeople(people, closure);
    frontier = [];
    for (const record of [...byKeys, ...ofPeople]) {
      const key = refKey(record.ref);
      if (closure.has(key)) continue;
      closure.set(key, record);
      frontier.push(record);
    }
  }
  return closure;
}

function storeKeys(record: MirrorRecord): IdentityKey[] {
  const { crm, object, id } = record.ref;
  const kind = crm === 'hubspot' ? 'hubspot_contact' : object === 'lead' ? 'salesforce_lead' : 'salesforce_contact';
  const keys: IdentityKey[] = [{ kind, value: id }, ...record.aliases.map((value): IdentityKey => ({ kind, value }))];
  if (record.gone?.into !== undefined) keys.push({ kind, value: record.gone.into });
  if (record.carries.hubspotContact !== undefined) keys.push({ kind: 'hubspot_contact', value: record.carries.hubspotContact });
  if (record.carries.salesforceLead !== undefined) keys.push({ kind: 'salesforce_lead', value: record.carries.salesforceLead });
  if (record.carries.salesforceContact !== undefined) keys.push({ kind: 'salesforce_contact', value: record.carries.salesforceContact });
  if (record.conversion?.contactId) keys.push({ kind: 'salesforce_contact', value: record.conversion.contactId });
  for (const value of record.emails) keys.push({ kind: 'email', value });
  return keys;
}

/** RevOps' choices (`link`) that concern these records. */
async function handLinks(parts: Parts, closure: Map<string, MirrorRecord>): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  if ((await parts.store.meta('hand_links')) === null) return links;
  for (const key of closure.keys()) {
    const chosen = key.startsWith('salesforce:') ? await parts.store.meta(`hand_link:${key}`) : null;
    if (chosen !== null) links.set(key, chosen);
  }
  return links;
}

function nameOf(parts: Parts): (record: MirrorRecord) => string | null {
  const { agreement } = parts.terms;
  return (record) => {
    const part = (id: string): unknown => {
      const field = agreement.fieldById(id);
      if (field === undefined) return null;
      const name = record.ref.crm === 'hubspot' ? field.hubspot : field[record.ref.object as 'lead' | 'contact'];
      return name === null ? null : record.fields[name];
    };
    const [first, last] = [part('first_name'), part('last_name')];
    return typeof first === 'string' && typeof last === 'string' ? `${first} ${last}` : null;
  };
}

/** The group's row: the very one that is kept when nothing about it changes. */
function personRow(pass: Pass, group: Group, rows: Map<string, PersonRow>): PersonRow {
  const kept = rows.get(group.personId);
  const others = group.absorbed.map((id) => rows.get(id)).filter((row): row is PersonRow => row !== undefined);
  const states = [kept, ...others].map((row) => (row?.state ?? null) as PersonState | null).filter((state): state is PersonState => state !== null);
  const base: PersonRow = kept ?? {
    id: group.personId,
    hubspotId: null,
    salesforceObject: null,
    salesforceId: null,
    stage: null,
    stageAt: null,
    cycle: 0,
    inScope: false,
    shownHubspot: null,
    shownSalesforce: null,
    disagreement: null,
    held: null,
    missing: null,
    nextAt: null,
    state: null,
    notes: null,
    updatedAt: pass.now,
  };
  if (kept !== undefined && others.length === 0 && kept.held === group.ambiguous) return kept;
  return { ...base, held: group.ambiguous, state: states.length > 1 ? joinStates(states) : (states[0] ?? base.state), updatedAt: pass.now };
}

/** Opportunities and contact roles: everyone they may concern is decided again (I7, L12). */
async function takeOpportunities(pass: Pass, changed: MirrorRecord[], touched: MirrorRecord[]): Promise<string[]> {
  const { store } = pass.parts;
  const closed = changed.filter((record) => record.opportunity?.isClosed === true && record.opportunity.closedAt === undefined && record.gone === undefined);
  if (closed.length > 0) {
    const times = await pass.parts.salesforce.closedAt(closed.map((record) => record.ref.id));
    for (const record of closed) {
      const at = times.get(record.ref.id);
      if (record.opportunity !== undefined && at !== undefined) record.opportunity = { ...record.opportunity, closedAt: at };
    }
  }
  const opportunityIds = changed.filter((record) => record.opportunity !== undefined).map((record) => record.ref.id);
  const contactIds = new Set<string>();
  const accountIds = new Set<string>();
  for (const record of changed) {
    if (record.role !== undefined) contactIds.add(record.role.contactId);
    if (record.opportunity?.accountId) accountIds.add(record.opportunity.accountId);
  }
  // What changed and whom it concerns are kept together: once in the mirror it is no news any more, and nobody else would ask again (W8).
  return store.transaction(pass.fence, async (tx) => {
    await tx.putRecords([...changed, ...touched]);
    for (const role of await tx.rolesOfOpportunities(opportunityIds)) if (role.role !== undefined) contactIds.add(role.role.contactId);
    const refs: RecordRef[] = [...contactIds].map((id) => ({ crm: 'salesforce', object: 'contact', id }));
    const concerned = [...(await tx.records(refs)), ...(await tx.contactsOfAccounts([...accountIds])), ...(await tx.leadsOfOpportunities(opportunityIds))];
    const people = [...new Set(concerned.map((record) => record.personId).filter((id): id is string => id !== null))];
    await tx.enqueue(people, 'opportunity', pass.now);
    return people;
  }, 'soon');
}

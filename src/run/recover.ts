import type { CrmName, CrmRecord, Fields, MirrorRecord, RecordRef } from '../domain/record';
import { refKey } from '../domain/record';
import type { JournalEntry } from '../domain/write';
import type { ReadPage } from '../crm/port';
import type { PersonState } from '../domain/person';
import type { PersonRow } from '../store/port';
import { advanceAgreed } from '../core/decide/fields';
import { afterOwnWrite, sameValue } from '../core/observe';
import { identityOf } from './apply';
import { recoverLeft } from './leave';
import { chunks, port, type Pass } from './parts';
import { takePage } from './read';

export interface Recovered {
  done: number;
  dropped: number;
}

/**
 * W7: finishes what an earlier run had begun. An intent without an outcome is looked up in the CRM: what is there is taken as done, the rest is dropped
 * and planned again from the evidence. Runs before anything is read.
 *
 * Only what Concord itself wrote goes into the mirror here (L11). What others did to the same records meanwhile is left to the reading that follows,
 * which asks who did it and when (L5) and whose record it is now (I1).
 */
export async function recover(pass: Pass): Promise<Recovered> {
  const recovered: Recovered = { done: 0, dropped: 0 };
  // All writes of one record are judged together: the clearing of a stage and its setting (L8) tell nothing alone. A run leaves open what one of its
  // chunks intended, and the writes whose answers were lost.
  const open: JournalEntry[] = [];
  for (let page = await pass.parts.store.openIntents(null, 200); page.length > 0; page = await pass.parts.store.openIntents(page.at(-1)?.id ?? null, 200)) open.push(...page);
  const left = open.filter((entry) => entry.op === 'leave');
  for (const some of chunks(left, 100)) await recoverLeft(pass, some, recovered);
  const byRecord = new Map<string, JournalEntry[]>();
  for (const entry of open) {
    if (entry.op === 'leave') continue;
    const key = entry.ref === null ? entry.id : refKey(entry.ref);
    const known = byRecord.get(key);
    if (known === undefined) byRecord.set(key, [entry]);
    else known.push(entry);
  }
  for (const some of chunks([...byRecord.values()], 100)) await recoverSome(pass, some, recovered);
  return recovered;
}

/** What recovery has found out so far. */
interface Findings {
  settled: Pick<JournalEntry, 'id' | 'state' | 'settledAt' | 'problem' | 'ref'>[];
  mirror: MirrorRecord[];
  /** Records that a lost answer had hidden, with what is read of them. */
  found: { crm: CrmName; page: ReadPage }[];
}

async function recoverSome(pass: Pass, records: JournalEntry[][], recovered: Recovered): Promise<void> {
  const { store } = pass.parts;
  const entries = records.flat();
  const findings: Findings = { settled: [], mirror: [], found: [] };
  for (const crm of ['hubspot', 'salesforce'] as const) {
    for (const object of ['lead', 'contact'] as const) {
      const mine = records.filter(([first]) => first?.crm === crm && first.object === object);
      await recoverUpdates(pass, crm, object, mine.filter(([first]) => first?.ref !== null && first?.ref !== undefined), findings);
      await recoverCreates(pass, crm, object, mine.flat().filter((entry) => entry.op === 'create' && !isSettled(findings, entry)), findings);
    }
  }
  // Entries of no known kind would be found again for ever.
  for (const entry of entries) if (!isSettled(findings, entry)) close(pass, findings, entry, false, entry.ref);
  const people = [...new Set(entries.map((entry) => entry.personId).filter((id): id is string => id !== null))];
  const rows = await agreedNow(pass, people, findings.mirror);
  await store.transaction(pass.fence, async (tx) => {
    await tx.settle(findings.settled);
    await tx.putRecords(findings.mirror);
    await tx.putPeople(rows);
    await tx.enqueue(people, 'recovered', pass.now);
  });
  for (const { state } of findings.settled) recovered[state === 'done' ? 'done' : 'dropped'] += 1;
  for (const { crm, page } of findings.found) await takePage(pass, crm, page, { hubspot: { contacts: 0 }, salesforce: { leads: 0, contacts: 0, opportunities: 0 }, skipped: 0, changed: 0 }, false);
}

/** M4: a mapped value that did arrive is agreed on, as if the run had lived to say so. Else the next edit would look like a contest of both sides. */
async function agreedNow(pass: Pass, people: string[], written: MirrorRecord[]): Promise<PersonRow[]> {
  const { store, terms } = pass.parts;
  const rows = await store.people(people);
  const refs = rows.flatMap((row): RecordRef[] => [
    ...(row.hubspotId === null ? [] : [{ crm: 'hubspot' as const, object: 'contact' as const, id: row.hubspotId }]),
    ...(row.salesforceId === null || row.salesforceObject === null ? [] : [{ crm: 'salesforce' as const, object: row.salesforceObject, id: row.salesforceId }]),
  ]);
  const known = new Map([...(await store.records(refs)), ...written].map((record) => [refKey(record.ref), record]));
  return rows.filter((row) => {
    if (row.state === null) return false;
    const made = (crm: CrmName): MirrorRecord | null => written.find((record) => record.personId === row.id && record.ref.crm === crm) ?? null;
    const contact = known.get(`hubspot:contact:${row.hubspotId ?? ''}`) ?? made('hubspot');
    const primary = known.get(`salesforce:${row.salesforceObject ?? ''}:${row.salesforceId ?? ''}`) ?? made('salesforce');
    return advanceAgreed(terms.agreement, row.state as PersonState, contact, primary);
  });
}

function isSettled(findings: Findings, entry: JournalEntry): boolean {
  return findings.settled.some((each) => each.id === entry.id);
}

function close(pass: Pass, findings: Findings, entry: JournalEntry, done: boolean, ref: RecordRef | null): void {
  findings.settled.push({ id: entry.id, state: done ? 'done' : 'dropped', settledAt: pass.parts.clock(), problem: null, ref });
}

async function recoverUpdates(pass: Pass, crm: CrmName, object: 'lead' | 'contact', records: JournalEntry[][], findings: Findings): Promise<void> {
  if (records.length === 0) return;
  const refs = records.map((entries) => entries[0]?.ref as RecordRef);
  const page = await port(pass.parts, crm).byIds(object, refs.map((ref) => ref.id), pass.parts.fields.select[crm]);
  const known = new Map((await pass.parts.store.records(refs)).map((record) => [refKey(record.ref), record]));
  for (const entries of records) {
    const ref = entries[0]?.ref as RecordRef;
    const read = page.records.find((record) => record.ref.id === ref.id && record.gone === undefined);
    let mirror = known.get(refKey(ref));
    for (const entry of entries) {
      const shows = entry.changes.map((change) => read !== undefined && (entry.op === 'opt_out' ? read.consent[consentFlag(pass, crm, change.field)] === true : sameValue(read.fields[change.field], change.after)));
      if (mirror !== undefined && entry.op === 'opt_out') {
        const flags = entry.changes.filter((_, at) => shows[at] === true).map((change) => [consentFlag(pass, crm, change.field), true] as const);
        mirror = { ...mirror, consent: { ...mirror.consent, ...Object.fromEntries(flags) } };
      } else if (mirror !== undefined) {
        const own: Fields = Object.fromEntries(entry.changes.filter((_, at) => shows[at] === true).map((change) => [change.field, change.after]));
        if (Object.keys(own).length > 0) mirror = afterOwnWrite(mirror, own, pass.now);
      }
      close(pass, findings, entry, shows.every((each) => each), ref);
    }
    if (mirror !== undefined) findings.mirror.push(mirror);
  }
}

/** Which part of a record's consent a change of `tightenConsent` is about. */
function consentFlag(pass: Pass, crm: CrmName, field: string): 'emailOptOut' | 'doNotCall' {
  return field === (crm === 'hubspot' ? 'subscriptions' : pass.parts.terms.agreement.settings.consent.salesforce.opt_out) ? 'emailOptOut' : 'doNotCall';
}

async function recoverCreates(pass: Pass, crm: CrmName, object: 'lead' | 'contact', creates: JournalEntry[], findings: Findings): Promise<void> {
  const asked = creates.map((entry) => {
    const fields: Fields = Object.fromEntries(entry.changes.map((change) => [change.field, change.after]));
    return { entry, fields, identity: identityOf(pass, crm, fields) };
  });
  const field = asked.find(({ identity }) => identity !== null)?.identity?.field;
  if (field === undefined) return;
  const values = asked.flatMap(({ identity }) => (identity === null ? [] : [identity.value]));
  const page = await port(pass.parts, crm).byIdentity(object, field, values, pass.parts.fields.select[crm]);
  const records: CrmRecord[] = [];
  for (const { entry, fields, identity } of asked) {
    const read = identity === null ? undefined : page.records.find((record) => record.gone === undefined && carries(record, field, identity.value));
    close(pass, findings, entry, read !== undefined, read?.ref ?? null);
    if (read === undefined) continue;
    // First only what Concord wrote there; all else is then news, taken as any reading is.
    const written = Object.fromEntries(Object.entries(fields).filter(([name, value]) => sameValue(read.fields[name], value)));
    findings.mirror.push({ ...read, fields: written, written, since: {}, foreignChangeAt: pass.now, personId: entry.personId });
    records.push(read);
  }
  if (records.length > 0) findings.found.push({ crm, page: { object, records, problems: [] } });
}

/** Whether this is the record that the create's identity leads to. E-mails differ in case only by how they are typed. */
function carries(record: CrmRecord, field: string, value: string): boolean {
  const plain = value.trim().toLowerCase();
  return record.fields[field] === value || record.carries.hubspotContact === value || record.emails.some((email) => email.trim().toLowerCase() === plain);
}

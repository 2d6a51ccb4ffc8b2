import type { MirrorRecord, RecordRef } from '../../domain/record';
import { refKey } from '../../domain/record';

/*
 * Which records are one human (I1-I8). Works on a closure: every record that shares a stored link, an id or an e-mail with another one in it.
 * Terms: a *claim* is a HubSpot contact's tie to a Salesforce record. Invariant: a tie by name alone does not exist (I6).
 */

export interface Group {
  /** Kept from the stored link when there is one; else made from the first record. */
  personId: string;
  /** Other stored people that turn out to be the same human: their histories are joined (I3). */
  absorbed: string[];
  records: MirrorRecord[];
  /** Set when the evidence disagrees (I8): the group is held and nothing is written. */
  ambiguous: string | null;
}

/** A person's first and last name as a record has them; null when one of them is not known. */
export type NameOf = (record: MirrorRecord) => string | null;

/** A tie chosen by RevOps (`link`): Salesforce ref key → HubSpot contact id. Stronger than everything else. */
export type HandLinks = ReadonlyMap<string, string>;

/** People who are held, and the records that were theirs when they were last decided: being held together ties nothing else (I8). */
export type HeldPeople = ReadonlyMap<string, { hubspotId: string | null; salesforceId: string | null }>;

/** The keys by which a record finds its person: own id, ids merged into it, ids it carries, e-mails (I1). */
export function identityKeys(record: MirrorRecord): string[] {
  const { crm, object, id } = record.ref;
  const keys = [idKey(crm, object, id), ...record.aliases.map((alias) => idKey(crm, object, alias))];
  const { hubspotContact, salesforceContact, salesforceLead } = record.carries;
  if (hubspotContact !== undefined) keys.push(idKey('hubspot', 'contact', hubspotContact));
  if (salesforceContact !== undefined) keys.push(idKey('salesforce', 'contact', salesforceContact));
  if (salesforceLead !== undefined) keys.push(idKey('salesforce', 'lead', salesforceLead));
  if (record.conversion?.contactId) keys.push(idKey('salesforce', 'contact', record.conversion.contactId));
  // The survivor of a merge: the loser's history goes on with it (I3).
  if (record.gone?.into !== undefined) keys.push(idKey(crm, object, record.gone.into));
  for (const email of record.emails) keys.push(`email ${email.trim().toLowerCase()}`);
  return keys;
}

function idKey(crm: string, object: string, id: string): string {
  return `${crm} ${object} ${id}`;
}

/** Splits a closure into people. The answer does not depend on the order of `records`. */
export function match(records: MirrorRecord[], handLinks: HandLinks, nameOf: NameOf, held: HeldPeople = new Map()): Group[] {
  const sorted = records
    .map((record): [string, MirrorRecord] => [refKey(record.ref), record])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, record]) => record);
  const parent = sorted.map((_, index) => index);
  const find = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root] as number;
    parent[index] = root;
    return root;
  };
  const join = (a: number, b: number): void => {
    const [x, y] = [find(a), find(b)];
    if (x !== y) parent[Math.max(x, y)] = Math.min(x, y);
  };

  const holders = new Map<string, number[]>();
  sorted.forEach((record, index) => {
    const keys = identityKeys(record);
    if (record.personId !== null) keys.push(`person ${record.personId}`);
    for (const key of keys) {
      const list = holders.get(key);
      if (list === undefined) holders.set(key, [index]);
      else list.push(index);
    }
  });
  for (const list of holders.values()) {
    for (const other of list) {
      const first = list[0] as number;
      if (other === first) continue;
      if (!cutByHand(sorted[first] as MirrorRecord, sorted[other] as MirrorRecord, handLinks)) join(first, other);
      else for (const third of list) if (!cutByHand(sorted[third] as MirrorRecord, sorted[other] as MirrorRecord, handLinks)) join(third, other);
    }
  }
  sorted.forEach((record, index) => {
    const chosen = handLinks.get(refKey(record.ref));
    if (chosen === undefined) return;
    const contact = sorted.findIndex((each) => each.ref.crm === 'hubspot' && (each.ref.id === chosen || each.aliases.includes(chosen)));
    if (contact >= 0) join(index, contact);
  });

  const groups = new Map<number, MirrorRecord[]>();
  sorted.forEach((record, index) => {
    const root = find(index);
    const list = groups.get(root);
    if (list === undefined) groups.set(root, [record]);
    else list.push(record);
  });
  const found = [...groups.values()];
  const owners = ownersOf(found);
  return found.map((members) => group(members, owners, handLinks, nameOf, held));
}

/**
 * Who goes on as a stored person when RevOps has taken its records apart: the group with the record that gave the person its id, else with its HubSpot
 * contact, else the first. Without this two people would share one history.
 */
function ownersOf(groups: MirrorRecord[][]): Map<string, MirrorRecord[]> {
  const owners = new Map<string, MirrorRecord[]>();
  const claim = (mayClaim: (record: MirrorRecord) => boolean): void => {
    for (const members of groups) {
      for (const record of members) if (record.personId !== null && !owners.has(record.personId) && mayClaim(record)) owners.set(record.personId, members);
    }
  };
  claim((record) => record.personId === madeFrom(record));
  claim((record) => record.ref.crm === 'hubspot');
  claim(() => true);
  return owners;
}

/** The id of a person that begins with this record. */
export function madeFrom(record: MirrorRecord): string {
  return `${record.ref.crm === 'hubspot' ? 'h' : 's'}${record.ref.id}`;
}

/** RevOps has said that the Salesforce record belongs to another HubSpot contact. */
function cutByHand(a: MirrorRecord, b: MirrorRecord, handLinks: HandLinks): boolean {
  const [contact, other] = a.ref.crm === 'hubspot' ? [a, b] : [b, a];
  if (contact.ref.crm !== 'hubspot' || other.ref.crm !== 'salesforce') return false;
  const chosen = handLinks.get(refKey(other.ref));
  return chosen !== undefined && chosen !== contact.ref.id && !contact.aliases.includes(chosen);
}

function group(members: MirrorRecord[], owners: Map<string, MirrorRecord[]>, handLinks: HandLinks, nameOf: NameOf, held: HeldPeople): Group {
  const people = [...new Set(members.map((record) => record.personId).filter((id): id is string => id !== null && owners.get(id) === members))].sort();
  const contact = members.find((record) => record.ref.crm === 'hubspot');
  const first = (contact ?? members[0]) as MirrorRecord;
  const personId = people[0] ?? madeFrom(first);
  return { personId, absorbed: people.slice(1), records: members, ambiguous: ambiguity(members, handLinks, nameOf, held) };
}

/** I8: evidence that disagrees. Null when it does not. */
function ambiguity(members: MirrorRecord[], handLinks: HandLinks, nameOf: NameOf, held: HeldPeople): string | null {
  const live = members.filter((record) => record.gone === undefined);
  const contacts = live.filter((record) => record.ref.crm === 'hubspot');
  const people = live.filter((record) => record.ref.crm === 'salesforce');
  const settled = people.some((record) => handLinks.has(refKey(record.ref)));
  if (contacts.length > 1) {
    return `${contacts.length} HubSpot contacts (${ids(contacts)}) claim the same Salesforce record (${ids(people)})`;
  }
  if (settled) return null;
  const contact = contacts[0];
  if (contact !== undefined) {
    // I5: an id of a record that is gone names nobody any more.
    const gone = members.filter((record) => record.gone !== undefined);
    const isGone = (crm: 'hubspot' | 'salesforce', id: string): boolean => gone.some(({ ref }) => ref.crm === crm && (crm === 'hubspot' ? ref.id === id : sameId(ref.id, id)));
    const named = [contact.carries.salesforceContact, contact.carries.salesforceLead].filter((id): id is string => id !== undefined && !isGone('salesforce', id));
    const claimedBack = people.filter(({ carries: { hubspotContact: id } }) => id !== undefined && id !== contact.ref.id && !contact.aliases.includes(id) && !isGone('hubspot', id));
    if (claimedBack.length > 0) {
      return `the Salesforce record ${ids(claimedBack)} carries the id of HubSpot contact ${claimedBack[0]?.carries.hubspotContact ?? ''}, but is tied to HubSpot contact ${contact.ref.id}`;
    }
    if (named.length > 0 && people.length > 0 && !people.some((record) => named.some((id) => sameId(id, record.ref.id)))) {
      return `HubSpot contact ${contact.ref.id} carries the id of Salesforce record ${named.join(', ')}, but is tied to ${ids(people)}`;
    }
  }
  const strangers = differentPeople(live, nameOf, held);
  return strangers === null ? null : `one e-mail under clearly different people: ${strangers}`;
}

/** Salesforce ids come in 15 and 18 characters; the first 15 tell. */
export function sameId(a: string, b: string): boolean {
  return a.slice(0, 15) === b.slice(0, 15);
}

function ids(records: MirrorRecord[]): string {
  return records.map((record) => record.ref.id).join(', ');
}

/** Records that no id ties, whose first and last names both are known and share no word. */
function differentPeople(live: MirrorRecord[], nameOf: NameOf, held: HeldPeople): string | null {
  if (live.length < 2) return null;
  const named = live
    .map((record) => ({ record, words: nameWords(nameOf(record)) }))
    .filter((each) => each.words.size > 1);
  for (let i = 0; i < named.length; i += 1) {
    for (let j = i + 1; j < named.length; j += 1) {
      const [a, b] = [named[i], named[j]];
      if (a === undefined || b === undefined || tiedById(a.record, b.record, held)) continue;
      if (![...a.words].some((word) => b.words.has(word))) return ids([a.record, b.record]);
    }
  }
  return null;
}

function nameWords(name: string | null): Set<string> {
  if (name === null) return new Set();
  return new Set(name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}]+/u).filter((word) => word !== ''));
}

function tiedById(a: MirrorRecord, b: MirrorRecord, held: HeldPeople): boolean {
  if (a.personId !== null && a.personId === b.personId) {
    const pins = held.get(a.personId);
    if (pins === undefined || [a, b].every(({ ref }) => ref.id === (ref.crm === 'hubspot' ? pins.hubspotId : pins.salesforceId))) return true;
  }
  const idKeysOf = (record: MirrorRecord): string[] => identityKeys(record).filter((key) => !key.startsWith('email '));
  const mine = new Set(idKeysOf(a));
  return idKeysOf(b).some((key) => mine.has(key));
}

/** The ref under which RevOps' choice is kept. */
export function handLinkKey(ref: RecordRef): string {
  return refKey(ref);
}

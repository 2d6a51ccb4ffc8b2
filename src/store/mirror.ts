import type { CrmName, MirrorRecord, ObjectName, RecordRef } from '../domain/record';
import { refKey } from '../domain/record';
import type { IdentityKey, RefKeys } from './port';
import { naming, withNames } from './names';
import { decodeIdentity, decodeRecord, encodeRecord, keyText, keysOf, kindOf, kindOfKey, mirrorKind, namesIn, refOf } from './recordCodec';
import { inParts, insertRows, lastOfEach, rowsIn } from './session';
import type { Session } from './session';
import type { MirrorTable, RecordKind } from './tables';

/*
 * The mirror: records as last read. Beside each stand its identity keys, so that the records of one human find each other (I1): they are derived
 * from the record whenever it is put, never written on their own.
 */

const COLUMNS = ['kind', 'id', 'person_id', 'account_id', 'opportunity_id', 'contact_id', 'body', 'restricted'] as const;

async function decodeAll(session: Session, rows: MirrorTable[]): Promise<MirrorRecord[]> {
  return withNames(session.db, session.names, () => rows.map((row) => decodeRecord(row, session.names)));
}

/** Ids by kind; refs to records that the mirror does not keep are left out. */
function byKind(refs: Iterable<{ crm: string; object: string; id: string }>): Map<RecordKind, string[]> {
  const groups = new Map<RecordKind, string[]>();
  for (const ref of refs) {
    const kind = kindOf(ref);
    if (kind === undefined) continue;
    const ids = groups.get(kind);
    if (ids === undefined) groups.set(kind, [ref.id]);
    else ids.push(ref.id);
  }
  return groups;
}

async function rowsOf(session: Session, groups: Map<RecordKind, string[]>): Promise<MirrorTable[]> {
  const rows: MirrorTable[] = [];
  for (const [kind, ids] of groups) {
    for (const row of await rowsIn(session, { table: 'mirror', by: 'id', only: { expression: '"kind"', value: kind } }, ids)) rows.push(row);
  }
  return rows;
}

export async function records(session: Session, refs: RecordRef[]): Promise<MirrorRecord[]> {
  return decodeAll(session, await rowsOf(session, byKind(refs)));
}

const NONE: RefKeys = new Set<string>();

/** Records whose own id, merged id, carried id or e-mail is one of the keys; each once. */
export async function recordsByKeys(session: Session, keys: IdentityKey[], except: RefKeys = NONE): Promise<MirrorRecord[]> {
  const found = new Map<RecordKind, Set<string>>();
  const note = (kind: RecordKind, id: string): void => {
    if (except.has(refKey(refOf(kind, id)))) return;
    const ids = found.get(kind);
    if (ids === undefined) found.set(kind, new Set([id]));
    else ids.add(id);
  };
  for (const key of keys) {
    const kind = kindOfKey(key.kind);
    if (kind !== undefined) note(kind, key.value);
  }
  for (const row of await rowsIn(session, { table: 'identities', by: 'key', columns: ['kind', 'id'] }, keys.map(keyText))) note(row.kind, row.id);
  return decodeAll(session, await rowsOf(session, new Map([...found].map(([kind, ids]) => [kind, [...ids]]))));
}

/** F7: of these people, whoever has a record that opted out or must not be called (see MirrorTable.restricted). */
export async function restrictedPeople(session: Session, personIds: string[]): Promise<string[]> {
  const rows = await inParts(personIds, (part) =>
    session.db
      .selectFrom('mirror')
      .select('person_id')
      .where('person_id', 'in', part)
      .where((of) => of.or([of('restricted', '=', 1), of('restricted', 'is', null)]))
      .execute(),
  );
  return rows.map((row) => row.person_id).filter((id): id is string => id !== null);
}

/** Records found by one of the mirror's own columns. */
async function recordsWhere(session: Session, kind: RecordKind | null, column: 'person_id' | 'account_id' | 'opportunity_id' | 'contact_id', values: string[], except: RefKeys = NONE): Promise<MirrorRecord[]> {
  // As an expression, the kind cannot be looked up: SQLite, which keeps no statistics, would rather read every record of the kind.
  const rows = await rowsIn(session, { table: 'mirror', by: column, ...(kind === null ? {} : { only: { expression: `"kind" || ''`, value: kind } }) }, values);
  return decodeAll(session, except === NONE ? rows : rows.filter((row) => !except.has(refKey(refOf(row.kind, row.id)))));
}

export const recordsOfPeople = (session: Session, personIds: string[], except?: RefKeys): Promise<MirrorRecord[]> => recordsWhere(session, null, 'person_id', personIds, except);
export const rolesOfContacts = (session: Session, ids: string[]): Promise<MirrorRecord[]> => recordsWhere(session, 'sr', 'contact_id', ids);
export const rolesOfOpportunities = (session: Session, ids: string[]): Promise<MirrorRecord[]> => recordsWhere(session, 'sr', 'opportunity_id', ids);
export const leadsOfOpportunities = (session: Session, ids: string[]): Promise<MirrorRecord[]> => recordsWhere(session, 'sl', 'opportunity_id', ids);
export const opportunitiesOfAccounts = (session: Session, ids: string[]): Promise<MirrorRecord[]> => recordsWhere(session, 'so', 'account_id', ids);
export const contactsOfAccounts = (session: Session, ids: string[]): Promise<MirrorRecord[]> => recordsWhere(session, 'sc', 'account_id', ids);

export async function pageRecords(session: Session, crm: CrmName, object: ObjectName, afterId: string | null, limit: number): Promise<MirrorRecord[]> {
  const rows = await session.db
    .selectFrom('mirror')
    .selectAll()
    .where('kind', '=', mirrorKind({ crm, object }))
    .where('id', '>', afterId ?? '')
    .orderBy('id')
    .limit(limit)
    .execute();
  return decodeAll(session, rows);
}

/** Puts records and their identity keys; of a record given twice the last stands. */
export async function putRecords(session: Session, given: MirrorRecord[]): Promise<void> {
  const list = lastOfEach(given, (record) => refKey(record.ref));
  const encoded = await naming(session.db, session.names, () => list.flatMap(namesIn), () => list.map((record) => encodeRecord(record, session.names)));
  const before = await rowsOf(session, byKind(list.map((record) => record.ref)));
  const kept = new Map(before.map((row) => [`${row.kind}${row.id}`, row]));
  const rows: unknown[][] = [];
  const added: unknown[][] = [];
  const ended: Identity[] = [];
  for (const [index, record] of list.entries()) {
    const row = encoded[index] as MirrorTable;
    const { kind, id } = row;
    const old = kept.get(`${kind}${id}`);
    // Overlapping reads (W8) bring the same record again and again: what is already there is not written again, nor are its keys, which follow from it.
    if (old !== undefined && COLUMNS.every((column) => row[column] === old[column])) continue;
    rows.push(COLUMNS.map((column) => row[column]));
    if (old?.body === row.body) continue;
    const oldKeys = new Set(old === undefined ? [] : keysOf(decodeIdentity(old)));
    for (const key of keysOf(record)) if (!oldKeys.delete(key)) added.push([key, kind, id]);
    for (const key of oldKeys) ended.push({ key, kind, id });
  }
  await insertRows(session, 'mirror', [...COLUMNS], rows, { key: ['kind', 'id'], then: 'replace' });
  await endIdentities(session, ended);
  await insertRows(session, 'identities', ['key', 'kind', 'id'], added, { key: ['key', 'kind', 'id'], then: 'keep' });
}

interface Identity {
  key: string;
  kind: RecordKind;
  id: string;
}

async function endIdentities(session: Session, ended: Identity[]): Promise<void> {
  for (const { key, kind, id } of ended) await session.db.deleteFrom('identities').where('key', '=', key).where('kind', '=', kind).where('id', '=', id).execute();
}

export async function deleteRecords(session: Session, refs: RecordRef[]): Promise<void> {
  const groups = byKind(refs);
  const old = await rowsOf(session, groups);
  await endIdentities(session, old.flatMap((row) => keysOf(decodeIdentity(row)).map((key): Identity => ({ key, kind: row.kind, id: row.id }))));
  for (const [kind, ids] of groups) {
    await inParts(ids, async (part) => {
      await session.db.deleteFrom('mirror').where('kind', '=', kind).where('id', 'in', part).execute();
      return [];
    });
  }
}

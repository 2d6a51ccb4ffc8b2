import type { CrmName, EpochMs, MirrorRecord, RecordRef } from '../domain/record';
import { refKey } from '../domain/record';
import { ConcordError, EXIT } from '../domain/problem';
import type { DeadLetter, HandoffRow, Hold, OutboxRow, PersonRow, StoreReader, TransitionRow } from '../store/port';
import type { JournalEntry } from '../domain/write';
import type { Decision } from '../core/decide/decide';
import { letterRefOf } from './leave';
import { isAwaiting, portionOf } from './portion';
import { createRefs, judge, type Judged, type Judging } from './people';

/** Every write ever made: far more than the journal keeps of one person. */
const EVER = 100_000;

/** A CRM in which the person's record was deleted, and that has none of theirs since (I5). */
export interface Ended {
  crm: CrmName;
  /** The records of theirs that were deleted there, as far as they were ever read. */
  records: RecordRef[];
  /** When a run saw it. Null: adoption found Concord's link to a record that is not there. */
  seenAt: EpochMs | null;
}

export interface Explanation {
  person: PersonRow;
  ended: Ended[];
  /** Adoption has not reached the person yet: nothing is written (L7). */
  awaitsAdoption: boolean;
  records: MirrorRecord[];
  decision: Decision;
  transitions: TransitionRow[];
  handoffs: HandoffRow[];
  writes: JournalEntry[];
  deadLetters: DeadLetter[];
  holds: Hold[];
  /** What was told because of the person, or is still to be told. */
  told: OutboxRow[];
}

/** Everything Concord knows of a person and has ever written, from the store alone. `who`: an e-mail, a record id of either CRM, or a person id. */
export async function explain(judging: Judging, who: string): Promise<Explanation> {
  const person = await findPerson(judging, who);
  const { store } = judging.parts;
  const judged = (await judge(judging, [person.id]))[0] as Judged;
  const records = await store.recordsOfPeople([person.id]);
  const told = await store.postsOfPerson(person.id, EVER);
  return {
    person,
    ended: endedOf(judged.decision, records),
    awaitsAdoption: isAwaiting(await portionOf(store, undefined), person),
    records,
    decision: judged.decision,
    transitions: await store.transitions(person.id),
    handoffs: await store.handoffs(person.id),
    writes: await store.journalOfPerson(person.id, EVER),
    deadLetters: await store.openDeadLettersOf([...records.map((record) => record.ref), ...createRefs(person.id), ...told.flatMap(letterRefOf)]),
    holds: await store.holds({ personId: person.id, limit: 10_000 }),
    told,
  };
}

function endedOf({ state, contact, primary }: Decision, records: MirrorRecord[]): Ended[] {
  const without = state.ended.filter((crm) => (crm === 'hubspot' ? contact : primary) === null);
  return without.map((crm) => ({ crm, records: records.filter(({ ref, gone }) => ref.crm === crm && gone?.how === 'deleted').map(({ ref }) => ref), seenAt: state.endedAt?.[crm] ?? null }));
}

/** Everybody whom an e-mail, a record id of either CRM, or a person id means; by keys alone, never by a name. */
export async function findPeople(store: Pick<StoreReader, 'recordsByKeys' | 'people'>, who: string): Promise<PersonRow[]> {
  return (await lookUp(store, who)).rows;
}

/** Records by that id that were read and belong to nobody: without an e-mail and without an id of the other CRM they are skipped (I6). */
export async function findSkipped(store: Pick<StoreReader, 'recordsByKeys' | 'people'>, who: string): Promise<RecordRef[]> {
  return skippedOf((await lookUp(store, who)).records);
}

function skippedOf(records: MirrorRecord[]): RecordRef[] {
  return records.filter((record) => record.personId === null).map((record) => record.ref);
}

async function lookUp(store: Pick<StoreReader, 'recordsByKeys' | 'people'>, who: string): Promise<{ rows: PersonRow[]; records: MirrorRecord[] }> {
  const text = who.trim();
  const records = text.includes('@')
    ? await store.recordsByKeys([{ kind: 'email', value: text.toLowerCase() }])
    : await store.recordsByKeys([
        { kind: 'hubspot_contact', value: text },
        { kind: 'salesforce_lead', value: text },
        { kind: 'salesforce_contact', value: text },
      ]);
  // An id means the record that has it, before those that carry it.
  const own = records.filter((record) => record.ref.id === text);
  const ids = [...new Set([...(own.length > 0 ? own : records).map((record) => record.personId).filter((id): id is string => id !== null)])];
  return { rows: await store.people(ids.length > 0 ? ids : [text]), records };
}

/** Throws ConcordError `unknown_person` (exit 2), or `several_people` when the words fit more than one. */
export async function findPerson(judging: Judging, who: string): Promise<PersonRow> {
  const { rows, records } = await lookUp(judging.parts.store, who);
  if (rows.length > 1) {
    throw new ConcordError({ code: 'several_people', message: `${rows.length} people fit: ${rows.map((row) => row.id).join(', ')}`, where: 'the person given', remedy: 'Name one of these ids.', exit: EXIT.usage, details: records.map((record) => refKey(record.ref)) });
  }
  const row = rows[0];
  const [skipped] = skippedOf(records);
  if (row === undefined && skipped !== undefined) {
    throw new ConcordError({
      code: 'unknown_person',
      message: `${refKey(skipped)} is known and skipped: it has no e-mail and carries no id of the other CRM, and nobody is guessed at by name (I6)`,
      where: 'the person given',
      remedy: 'Give the record an e-mail in its CRM; the next run reads it.',
      exit: EXIT.usage,
    });
  }
  if (row === undefined) {
    throw new ConcordError({ code: 'unknown_person', message: 'nobody by that e-mail or id is known', where: 'the person given', remedy: 'Check the spelling; a person is known after the first run that reads them. `concord sync --only EMAIL` reads one person now.', exit: EXIT.usage });
  }
  return row;
}

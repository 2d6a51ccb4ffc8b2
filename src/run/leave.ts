import { refKey } from '../domain/record';
import type { CrmName, RecordRef } from '../domain/record';
import { LEFT_IN, type ActivityKind, type CrmChannel, type SoughtActivity } from '../domain/outbox';
import { CrmError, problem } from '../domain/problem';
import type { JournalEntry, WriteOutcome } from '../domain/write';
import type { OutboxRow, PersonRow, StoreTransaction } from '../store/port';
import { inactiveUsers } from './owners';
import { port, type Pass } from './parts';

/*
 * What waits in the outbox for a CRM is left there: notes on timelines, tasks (F2, S3). Like every write it is journaled before it is sent (W3). Killed
 * in between, or with its answer lost, it is looked for by its mark before it may be sent again, so that it is there once (W7).
 */

export interface LeftCounts {
  planned: number;
  sent: number;
  failed: number;
  /** Put off to a later run: the CRM did not answer, or could not take it now. */
  waiting: number;
}

export interface LeaveCounts {
  notes: LeftCounts;
  tasks: LeftCounts;
  deadLetters: number;
}

export function emptyLeaveCounts(): LeaveCounts {
  const none = (): LeftCounts => ({ planned: 0, sent: 0, failed: 0, waiting: 0 });
  return { notes: none(), tasks: none(), deadLetters: 0 };
}

/** What is refused for the time being is given up after so many tries. */
const TRIES = 8;
const MINUTE = 60_000;
/** Later tries wait twice as long each, an hour at most. */
const LONGEST_WAIT = 60 * MINUTE;
/** A record that is still to be created is waited for twice as long each time, from an hour to a day, so often: about ten days. */
const WAITS_FOR_RECORD = 14;
const DAY = 24 * 60 * MINUTE;

function countsOf(counts: LeaveCounts, channel: CrmChannel): LeftCounts {
  return channel === 'hubspot_note' ? counts.notes : counts.tasks;
}

/** Leaves what is due, of these people only when given. A CRM that does not answer keeps what is meant for it waiting; the run goes on. */
export async function leaveDue(pass: Pass, only: string[] | null, counts: LeaveCounts): Promise<void> {
  for (const channel of Object.keys(LEFT_IN) as CrmChannel[]) {
    const { batchSize } = port(pass.parts, LEFT_IN[channel].crm);
    let afterKey: string | null = null;
    for (;;) {
      const due: OutboxRow[] = await pass.parts.store.duePosts({ channels: [channel], now: pass.now, afterKey, limit: batchSize, ...(only === null ? {} : { personIds: only }) });
      if (due.length === 0) break;
      afterKey = due.at(-1)?.key ?? null;
      if (await leaveSome(pass, channel, due, counts)) continue;
      countsOf(counts, channel).waiting = (await pass.parts.store.countPosts()).filter((each) => each.channel === channel && each.state === 'waiting').reduce((sum, { n }) => sum + n, 0);
      break;
    }
  }
}

interface Going {
  row: OutboxRow;
  text: NonNullable<OutboxRow['text']>;
  on: RecordRef;
  intent: string;
}

/** One batch. False: the CRM as a whole cannot take it now. */
async function leaveSome(pass: Pass, channel: CrmChannel, due: OutboxRow[], counts: LeaveCounts): Promise<boolean> {
  const { store, newId } = pass.parts;
  const { crm, kind } = LEFT_IN[channel];
  const people = new Map((await store.people(due.flatMap((row) => row.personId ?? []))).map((row) => [row.id, row]));
  const going = due.flatMap((row): Going[] => {
    const on = recordOf(row, crm, people);
    return row.text === null || on === null ? [] : [{ row, text: row.text, on, intent: newId() }];
  });
  const early = due.filter((row) => !going.some((each) => each.row === row));
  if (early.length > 0) await waitForRecord(pass, crm, kind, early, counts);
  if (going.length === 0) return true;
  if (kind === 'task') await giveToActiveUsers(pass, going);
  await store.transaction(pass.fence, (tx) => tx.intend(going.map((each) => entryOf(pass, crm, kind, each))));
  let outcomes: WriteOutcome[];
  try {
    outcomes = await port(pass.parts, crm).leave(going.map(({ row, text, on, intent }) => ({ key: intent, kind, on, mark: row.mark, text })));
  } catch (error) {
    if (!(error instanceof CrmError)) throw error;
    // Nothing was left: told by the port's contract, so the intents end here and the rows wait as they are.
    await store.transaction(pass.fence, (tx) => tx.settle(going.map(({ intent, on }) => ({ id: intent, state: 'refused', settledAt: pass.parts.clock(), problem: error.problem, ref: on }))));
    pass.parts.log.warn('nothing could be left in the CRM', { crm, kind, code: error.code });
    return false;
  }
  await settle(pass, channel, going, outcomes, counts);
  return true;
}

/**
 * S3: a task that has waited while its user was deactivated goes to who owns the record by now, or to the escalation contact; so does one whose dead letter is
 * retried once the record has an active owner. With nobody else it goes as it is, and Salesforce's refusal tells RevOps.
 */
async function giveToActiveUsers(pass: Pass, going: Going[]): Promise<void> {
  const { store, terms } = pass.parts;
  // This run's own were given to active users when they were made.
  const waited = going.filter(({ row, text }) => row.run !== pass.run && text.ownerId !== undefined);
  if (waited.length === 0) return;
  const owners = new Map((await store.records(waited.map(({ on }) => on))).map(({ ref, owner }) => [refKey(ref), owner?.kind === 'user' && owner.id !== pass.salesforce.actingAs?.id ? owner.id : undefined]));
  const escalation = terms.agreement.settings.notifications.escalation.salesforce_user;
  const inactive = await inactiveUsers(pass, [...waited.flatMap(({ text, on }) => [text.ownerId, owners.get(refKey(on))]), escalation].filter((id) => id !== undefined));
  for (const each of waited) {
    const { ownerId = '' } = each.text;
    const other = [owners.get(refKey(each.on)), escalation].find((id) => id !== undefined && !inactive.has(id));
    if (inactive.has(ownerId) && other !== undefined) each.text = { ...each.text, ownerId: other };
  }
}

/**
 * Nobody to leave it on yet: the record could not be created so far, and a dead letter says why. After so many waits this is given up as well, with a dead letter
 * of its own, which a retry takes up again.
 */
async function waitForRecord(pass: Pass, crm: CrmName, kind: ActivityKind, early: OutboxRow[], counts: LeaveCounts): Promise<void> {
  const { store } = pass.parts;
  const isOver = (row: OutboxRow): boolean => row.tries + 1 >= WAITS_FOR_RECORD;
  const trouble = problem('not_found', crm, { remedy: 'The record it belongs on was never created: see the dead letter of the person, then retry.' });
  await store.transaction(pass.fence, async (tx) => {
    await tx.settlePosts(
      early.map((row) => ({ key: row.key, state: isOver(row) ? ('dead' as const) : ('waiting' as const), problem: isOver(row) ? trouble : null, remoteId: null, settledAt: isOver(row) ? pass.parts.clock() : null, nextTryAt: pass.now + Math.min(LONGEST_WAIT * 2 ** row.tries, DAY) })),
    );
    const given = early.filter((row) => isOver(row) && row.personId !== null);
    if (given.length === 0) return;
    const letters = given.map((row) => ({ crm, object: kind, recordId: unborn(row), personId: row.personId, field: row.key, value: null, problem: trouble, lastRun: pass.run, lastTriedAt: pass.now }));
    counts.deadLetters += (await tx.putDeadLetters(letters)).opened;
  });
  countsOf(counts, kind === 'note' ? 'hubspot_note' : 'salesforce_task').failed += early.filter(isOver).length;
}

/** Under which a dead letter about something for a record that does not exist stands. */
function unborn(row: OutboxRow): string {
  return `person:${row.personId ?? ''}`;
}

/** On which record: the person's own as it is now, which follows merges, conversions and creates; of something without a person, what it names. */
function recordOf(row: OutboxRow, crm: CrmName, people: Map<string, PersonRow>): RecordRef | null {
  const person = row.personId === null ? undefined : people.get(row.personId);
  if (person === undefined) return row.target;
  if (crm === 'hubspot') return person.hubspotId === null ? row.target : { crm, object: 'contact', id: person.hubspotId };
  return person.salesforceId === null || person.salesforceObject === null ? row.target : { crm, object: person.salesforceObject, id: person.salesforceId };
}

function entryOf(pass: Pass, crm: CrmName, kind: string, { row, on, intent }: Going): JournalEntry {
  return {
    id: intent,
    run: pass.run,
    fence: pass.fence,
    personId: row.personId,
    ref: on,
    crm,
    object: kind,
    op: 'leave',
    key: row.key,
    // Not the text, which is a person's and stands in the outbox: only what finds it again.
    changes: [{ field: kind, after: row.mark, rule: kind === 'note' ? 'F2' : row.kind === 'reopen' ? 'F5' : 'S3', because: row.kind }],
    state: 'intent',
    intendedAt: pass.parts.clock(),
    settledAt: null,
    problem: null,
  };
}

async function settle(pass: Pass, channel: CrmChannel, going: Going[], outcomes: WriteOutcome[], counts: LeaveCounts): Promise<void> {
  const { crm, kind } = LEFT_IN[channel];
  const tally = countsOf(counts, channel);
  const at = pass.parts.clock();
  const byKey = new Map(outcomes.map((outcome) => [outcome.key, outcome]));
  await pass.parts.store.transaction(pass.fence, async (tx) => {
    for (const { row, on, intent } of going) {
      const outcome = byKey.get(intent) ?? { key: intent, outcome: 'maybe' as const, problem: problem('ambiguous_outcome', crm) };
      await tx.settle([{ id: intent, state: outcome.outcome, settledAt: at, problem: outcome.outcome === 'done' ? null : outcome.problem, ref: on }]);
      if (outcome.outcome === 'done') {
        tally.sent += 1;
        await sent(tx, pass, row, on, kind, outcome.id);
      } else if (outcome.outcome === 'refused' && (outcome.problem.retry === 'never' || row.tries + 1 >= TRIES)) {
        tally.failed += 1;
        await tx.settlePosts([{ key: row.key, state: 'dead', problem: outcome.problem, remoteId: null, settledAt: at, nextTryAt: row.nextTryAt, target: on }]);
        const letter = { crm, object: kind, recordId: on.id, personId: row.personId, field: row.key, value: null, problem: outcome.problem, lastRun: pass.run, lastTriedAt: pass.now };
        counts.deadLetters += (await tx.putDeadLetters([letter])).opened;
      } else {
        tally.waiting += 1;
        // What may have been left is looked for by the next run before anything else (W7).
        const wait = outcome.outcome === 'maybe' ? 0 : Math.min(MINUTE * 2 ** row.tries, LONGEST_WAIT);
        await tx.settlePosts([{ key: row.key, state: 'waiting', problem: outcome.problem, remoteId: null, settledAt: null, nextTryAt: pass.now + wait, target: on }]);
      }
    }
  });
}

async function sent(tx: StoreTransaction, pass: Pass, row: OutboxRow, on: RecordRef, kind: string, id: string): Promise<void> {
  await tx.settlePosts([{ key: row.key, state: 'sent', problem: null, remoteId: id, settledAt: pass.parts.clock(), nextTryAt: row.nextTryAt, target: on }]);
  // Refused on another record, which has been merged or converted since, the letter stands under that one.
  const records = [...(row.target === null || refKey(row.target) === refKey(on) ? [on] : [on, row.target]), { ...on, id: unborn(row) }];
  await tx.resolveDeadLetters(records.map((each) => ({ ref: letterRef(each, kind), fields: [row.key] })));
}

/** W7: what was begun and not known to be left: there by its mark, or free to be left now. */
export async function recoverLeft(pass: Pass, entries: JournalEntry[], recovered: { done: number; dropped: number }): Promise<void> {
  const { store } = pass.parts;
  const rows = new Map((await store.posts(entries.map((entry) => entry.key))).map((row) => [row.key, row]));
  const people = new Map((await store.people([...rows.values()].flatMap((row) => row.personId ?? []))).map((row) => [row.id, row]));
  for (const channel of Object.keys(LEFT_IN) as CrmChannel[]) {
    const { crm, kind } = LEFT_IN[channel];
    const mine = entries.filter((entry) => entry.crm === crm && entry.object === kind);
    const sought = mine.flatMap((entry): SoughtActivity[] => {
      const row = rows.get(entry.key);
      if (row === undefined) return [];
      // Merged or converted since, what was left has moved with the record.
      const on = [entry.ref, recordOf(row, crm, people)].filter((ref): ref is RecordRef => ref !== null);
      return [...new Map(on.map((ref) => [refKey(ref), ref])).values()].map((ref) => ({ kind, on: ref, mark: row.mark }));
    });
    const found = sought.length === 0 ? new Map<string, string>() : await port(pass.parts, crm).findLeft(sought);
    await store.transaction(pass.fence, async (tx) => {
      for (const entry of mine) {
        const row = rows.get(entry.key);
        const id = row === undefined ? undefined : found.get(row.mark);
        recovered[id === undefined ? 'dropped' : 'done'] += 1;
        await tx.settle([{ id: entry.id, state: id === undefined ? 'dropped' : 'done', settledAt: pass.parts.clock(), problem: null, ref: entry.ref }]);
        if (row !== undefined && id !== undefined && row.state === 'waiting') await sent(tx, pass, row, entry.ref as RecordRef, kind, id);
      }
    });
  }
}

/** Under which a dead letter about a note or task stands: the record's id, with what was to be left there as the object. */
export function letterRefOf(row: OutboxRow): RecordRef[] {
  if (!(row.channel in LEFT_IN)) return [];
  const { crm, kind } = LEFT_IN[row.channel as CrmChannel];
  const gone: RecordRef = { crm, object: 'contact', id: unborn(row) };
  return [...(row.target === null ? [] : [row.target]), gone].map((on) => letterRef(on, kind));
}

function letterRef(on: RecordRef, kind: string): RecordRef {
  return { crm: on.crm, object: kind as RecordRef['object'], id: on.id };
}

/** Dead letters about what could not be left: their keys in the outbox. */
export function postsOf(letters: readonly { object: string; field: string | null }[]): string[] {
  const kinds = new Set<string>(Object.values(LEFT_IN).map(({ kind }) => kind));
  return letters.flatMap((letter) => (kinds.has(letter.object) && letter.field !== null ? [letter.field] : []));
}


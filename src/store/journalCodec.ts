import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { CrmName, RecordRef, Value } from '../domain/record';
import type { Problem } from '../domain/problem';
import type { FieldChange, JournalEntry, JournalState } from '../domain/write';
import type { Names } from './names';
import { isKind, kindOf, mirrorKind, refOf } from './recordCodec';
import { fromShortJson, toShortJson } from './shortJson';
import type { JournalTable, RecordKind } from './tables';
import { packValue, unpackValue } from './valueCodec';

/*
 * The changes of entries intended together are one row: a JSON array with an element per entry, deflated. An element is [fence, [rule, because, rule, because, …], change, change, …]. Changes of
 * one entry share few reasons, so each refers to its pair by number: [field's number, pair × 128 + marks, after?, before?]. An empty value is a
 * mark.
 */
const FLAGS = { contested: 1, readBack: 2, overwrites: 4, together: 64 } as const satisfies Record<Exclude<keyof FieldChange, 'field' | 'before' | 'after' | 'rule' | 'because'>, number>;
const FLAG_NAMES = Object.keys(FLAGS) as (keyof typeof FLAGS)[];
const BEFORE = 8;
const BEFORE_EMPTY = 16;
const AFTER_EMPTY = 32;
const MARKS = 128;

const STATE: Record<JournalState, string> = { intent: 'i', done: 'd', refused: 'r', maybe: 'm', dropped: 'x' };
const OF_STATE = Object.fromEntries(Object.entries(STATE).map(([state, letter]) => [letter, state])) as Record<string, JournalState>;
const OP: Record<JournalEntry['op'], string> = { update: 'u', create: 'c', opt_out: 'o', setup: 's', leave: 'l' };
const OF_OP = Object.fromEntries(Object.entries(OP).map(([op, letter]) => [letter, op])) as Record<string, JournalEntry['op']>;

export function stateLetter(state: JournalState): string {
  return STATE[state];
}

/** W7: what the next run finishes first. An intent without outcome, and one whose answer was lost. */
export function isOpen(state: JournalState): boolean {
  return state === 'intent' || state === 'maybe';
}

type Packed = [number, number, ...Value[]];
/** One entry's element of a body. */
export type Element = [number, string[], ...Packed[]];

export function packBody(elements: Element[]): Buffer {
  return deflateRawSync(JSON.stringify(elements), { level: 3 });
}

export function unpackBody(body: Buffer): Element[] {
  return JSON.parse(inflateRawSync(body).toString('utf8')) as Element[];
}

export function encodeChanges(fence: number, changes: readonly FieldChange[], names: Names): Element {
  const reasons: string[] = [];
  const places = new Map<string, number>();
  const packed = changes.map((change): Packed => {
    const reason = `${change.rule}\n${change.because}`;
    let place = places.get(reason);
    if (place === undefined) {
      place = places.size;
      places.set(reason, place);
      reasons.push(change.rule, change.because);
    }
    let marks = place * MARKS;
    for (const name of FLAG_NAMES) if (change[name] === true) marks += FLAGS[name];
    const values: Value[] = [];
    if (change.after === null) marks += AFTER_EMPTY;
    else values.push(packValue(change.after));
    if (change.before === null) marks += BEFORE_EMPTY;
    else if (change.before !== undefined) {
      marks += BEFORE;
      values.push(packValue(change.before));
    }
    return [names.idOf(change.field), marks, ...values];
  });
  return [fence, reasons, ...packed];
}

export function decodeChanges([fence, reasons, ...packed]: Element, names: Names): { fence: number; changes: FieldChange[] } {
  const changes = packed.map(([id, marks, ...values]): FieldChange => {
    const place = Math.floor(marks / MARKS);
    const after = marks & AFTER_EMPTY ? null : unpackValue(values.shift() as Value);
    const change: FieldChange = { field: names.nameOf(id), after, rule: reasons[place * 2] as string, because: reasons[place * 2 + 1] as string };
    if (marks & BEFORE) change.before = unpackValue(values.shift() as Value);
    else if (marks & BEFORE_EMPTY) change.before = null;
    for (const name of FLAG_NAMES) if (marks & FLAGS[name]) change[name] = true;
    return change;
  });
  return { fence, changes };
}

/** A record as an entry names it: its kind's two letters and its id, `hc:512`. */
export function encodeRef(ref: RecordRef | null): string | null {
  return ref === null ? null : `${mirrorKind(ref)}:${ref.id}`;
}

function decodeRef(text: string | null): RecordRef | null {
  return text === null ? null : refOf(text.slice(0, 2) as RecordKind, text.slice(3));
}

export function encodeEntry(entry: JournalEntry, runNumber: number, at: { no: number; place: number }): Omit<JournalTable, 'seq'> {
  return {
    id: entry.id,
    run_no: runNumber,
    person_id: entry.personId,
    kind: kindOf(entry) ?? `${entry.crm}:${entry.object}`,
    op: OP[entry.op],
    ref: encodeRef(entry.ref),
    key: entry.key,
    state: STATE[entry.state],
    open: isOpen(entry.state) ? 1 : null,
    intended_at: entry.intendedAt,
    settled_at: entry.settledAt,
    problem: toShortJson(entry.problem),
    body_no: at.no,
    place: at.place,
  };
}

/** A row's CRM and object. */
function whereOf(kind: string): { crm: CrmName; object: string } {
  if (isKind(kind)) {
    const { crm, object } = refOf(kind, '');
    return { crm, object };
  }
  const colon = kind.indexOf(':');
  return { crm: kind.slice(0, colon) as CrmName, object: kind.slice(colon + 1) };
}

export function decodeEntry(row: Omit<JournalTable, 'seq'> & { run: string }, element: Element, names: Names): JournalEntry {
  const { fence, changes } = decodeChanges(element, names);
  return {
    id: row.id,
    run: row.run,
    fence,
    personId: row.person_id,
    ref: decodeRef(row.ref),
    ...whereOf(row.kind),
    op: OF_OP[row.op] as JournalEntry['op'],
    key: row.key,
    changes,
    state: OF_STATE[row.state] as JournalState,
    intendedAt: row.intended_at,
    settledAt: row.settled_at,
    problem: fromShortJson(row.problem) as Problem | null,
  };
}

import { ConcordError, EXIT } from '../domain/problem';
import type { Value } from '../domain/record';
import { FACT_COLUMNS, type Facts } from '../domain/report';
import type { DeadLetter, HandoffRow, StoreReader, TransitionRow } from '../store/port';
import type { JournalEntry } from '../domain/write';

/*
 * What Concord remembers, table by table, a page at a time: whoever writes it somewhere never holds more than a page. Ids lead to the CRMs; names and
 * addresses are in none. What people wrote and what fields held (`personal`) is given only when asked for.
 */

export const EXPORT_TABLES = ['people', 'passes', 'handoffs', 'transitions', 'deals', 'touches', 'writes', 'dead-letters'] as const;
export type ExportTable = (typeof EXPORT_TABLES)[number];

export type ExportValue = string | number | null;

export interface ExportPage {
  rows: ExportValue[][];
  /** What the next page continues after. Null: this is the last one. */
  next: string | null;
}

interface Table {
  columns: readonly string[];
  /** Beside the columns: given only when asked for. */
  personal: readonly string[];
  page(store: StoreReader, after: string | null, limit: number): Promise<{ rows: Record<string, ExportValue>[]; next: string | null }>;
}

/** The table by its name. Throws ConcordError `unknown_table` (exit 2). */
export function exportTableOf(name: string): ExportTable {
  const found = EXPORT_TABLES.find((table) => table === name);
  if (found === undefined) throw new ConcordError({ code: 'unknown_table', message: `there is no table ${name} to export`, where: name, remedy: `There are: ${EXPORT_TABLES.join(', ')}.`, exit: EXIT.usage });
  return found;
}

/** Its column titles, in their order. */
export function exportColumns(table: ExportTable, personal: boolean): string[] {
  const { columns, personal: more } = TABLES[table];
  return personal ? [...columns, ...more] : [...columns];
}

/** A page of a table: its rows in the order of `exportColumns`. Pages by key; what changes meanwhile may or may not be in. */
export async function exportPage(store: StoreReader, table: ExportTable, after: string | null, limit: number, personal: boolean): Promise<ExportPage> {
  const { rows, next } = await TABLES[table].page(store, after, limit);
  const columns = exportColumns(table, personal);
  return { rows: rows.map((row) => columns.map((column) => row[column] ?? null)), next };
}

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const yes = (value: boolean): string => (value ? 'true' : 'false');

const MOMENT = /(_at|_due|^at|^close_on)$/;
const YES_NO = new Set(['last', 'adopted', 'in_scope', 'excluded', 'won', 'lost', 'counting']);

/** Facts as reports count them: moments as ISO 8601 UTC, money in units of the company's currency, durations in milliseconds of business time. */
function facts(of: Facts, left: readonly string[] = []): Table {
  const columns = FACT_COLUMNS[of].filter((column) => !left.includes(column));
  return {
    columns,
    personal: [],
    async page(store, after, limit) {
      const { rows, next } = await store.reportRows(of, after, limit);
      const valueOf = (column: string, value: ExportValue): ExportValue => {
        if (typeof value !== 'number') return value;
        if (MOMENT.test(column)) return time(value);
        if (YES_NO.has(column)) return yes(value === 1);
        return column === 'amount' ? value / 100 : value;
      };
      return { rows: rows.map((row) => Object.fromEntries(columns.map((column) => [column, valueOf(column, row[column] ?? null)]))), next };
    },
  };
}

/** Rows that are kept by person. */
function byPerson<T>(columns: readonly string[], personal: readonly string[], rowsOf: (store: StoreReader, ids: string[]) => Promise<T[]>, row: (each: T) => Record<string, ExportValue>): Table {
  return {
    columns,
    personal,
    async page(store, after, limit) {
      const { rows: people, next } = await store.reportRows('people', after, limit);
      return { rows: (await rowsOf(store, people.map((person) => String(person['id'])))).map(row), next };
    },
  };
}

const transitions = byPerson<TransitionRow>(
  ['person', 'cycle', 'from', 'to', 'at', 'seen_at', 'skipped', 'rule', 'run'],
  ['because'],
  (store, ids) => store.transitionsOfPeople(ids),
  (each) => ({ person: each.personId, cycle: each.cycle, from: each.from, to: each.to, at: time(each.at), seen_at: time(each.seenAt), skipped: yes(each.skipped), rule: each.rule, run: each.run, because: each.because }),
);

const handoffs = byPerson<HandoffRow>(
  ['person', 'cycle', 'opened_at', 'adopted', 'carried_at', 'first_touch_at', 'accepted_at', 'rejected_at', 'reason', 'crm', 'route', 'recycle_on', 'closed_at', 'closed_as', 'owner'],
  ['words', 'note', 'rejected_by'],
  (store, ids) => store.handoffsOfPeople(ids),
  (each) => ({
    person: each.personId, cycle: each.cycle, opened_at: time(each.openedAt), adopted: yes(each.adopted), carried_at: time(each.carriedAt), first_touch_at: time(each.firstTouchAt), accepted_at: time(each.acceptedAt),
    rejected_at: time(each.rejectedAt), reason: each.reason, crm: each.crm, route: each.route, recycle_on: each.recycleOn, closed_at: time(each.closedAt), closed_as: each.closedAs, owner: each.ownerId,
    words: each.reasonText, note: each.note, rejected_by: each.rejectedBy,
  }),
);

/** One row per field of each call that wrote (W3). */
const writes: Table = {
  columns: ['write', 'run', 'person', 'crm', 'object', 'record', 'kind', 'field', 'rule', 'state', 'intended_at', 'settled_at', 'code'],
  personal: ['before', 'after', 'because'],
  async page(store, after, limit) {
    const entries = await store.pageJournal(after, limit);
    const row = (entry: JournalEntry): Record<string, ExportValue> => ({ write: entry.id, run: entry.run, person: entry.personId, crm: entry.crm, object: entry.object, record: entry.ref?.id ?? null, kind: entry.op, state: entry.state, intended_at: time(entry.intendedAt), settled_at: time(entry.settledAt), code: entry.problem?.code ?? null });
    const rows = entries.flatMap((entry) => (entry.changes.length === 0 ? [row(entry)] : entry.changes.map((change) => ({ ...row(entry), field: change.field, rule: change.rule, before: textOf(change.before), after: textOf(change.after), because: change.because }))));
    return { rows, next: entries.length < limit ? null : (entries.at(-1)?.id ?? null) };
  },
};

function textOf(value: Value | undefined): ExportValue {
  return value === undefined || value === null ? null : typeof value === 'number' ? value : String(value);
}

const deadLetters: Table = {
  columns: ['id', 'crm', 'object', 'record', 'person', 'field', 'code', 'vendor_code', 'remedy', 'tries', 'since', 'last_tried_at', 'first_run', 'last_run'],
  personal: ['value', 'message'],
  async page(store, after, limit) {
    const letters = await store.deadLetters({ state: 'open', afterId: after, limit });
    const row = (letter: DeadLetter): Record<string, ExportValue> => ({
      id: letter.id, crm: letter.crm, object: letter.object, record: letter.recordId, person: letter.personId, field: letter.field, code: letter.problem.code, vendor_code: letter.problem.vendorCode ?? null, remedy: letter.problem.remedy,
      tries: letter.tries, since: time(letter.createdAt), last_tried_at: time(letter.lastTriedAt), first_run: letter.firstRun, last_run: letter.lastRun, value: textOf(letter.value), message: letter.problem.message,
    });
    return { rows: letters.map(row), next: letters.length < limit ? null : (letters.at(-1)?.id ?? null) };
  },
};

const TABLES: Record<ExportTable, Table> = {
  // Notes are JSON about candidates: `explain` says them in words.
  people: facts('people', ['notes']),
  passes: facts('episodes'),
  handoffs,
  transitions,
  deals: facts('deals'),
  touches: facts('touches'),
  writes,
  'dead-letters': deadLetters,
};

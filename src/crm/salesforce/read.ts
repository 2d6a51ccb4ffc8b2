import { problem, type Problem } from '../../domain/problem';
import type { CrmRecord, EpochMs, ObjectName } from '../../domain/record';
import { CallFailed } from '../pace';
import type { ReadPage, ReadRequest } from '../port';
import { queryPath, type Api, type SubAnswer } from './api';
import { jobRows, startJob, waitForJobs, type JobClock, type JobQueue } from './bulk';
import { closedSince, readClosed } from './closedTasks';
import { fromCsv, OBJECTS, parseMoment, READING_ORDER, toRecord, type RowReader } from './convert';
import { readerOf, type Shapes, type StructureNames } from './describe';
import { unreadable } from './problems';
import { AnyRow, parsed, QueryResult } from './schema';
import { bulkQuery, PAGE_ROWS, pageQuery, type Cursor } from './soql';

export interface Reading {
  api: Api;
  shapes: Shapes;
  names: StructureNames;
  clock: JobClock;
}

interface Start {
  object: ObjectName;
  reader: RowReader;
  cursor: Cursor;
}

/**
 * Reads what changed (by `SystemModstamp`) or everything, deleted and merged records included (I3, I5). The first page of every object comes in one
 * composite call, which is all that a quiet org costs; later pages go by key. A read of everything that does not fit one page goes on as a bulk job. The
 * tasks that were closed come with them: four objects and they are the five queries that a composite may hold.
 *
 * `readUpTo` is the CRM's clock at the first answer, so that what changes while the read runs is read again next time. A record is stamped inside its
 * transaction and seen only after the commit: callers take the 10-minute overlap off `since` (W8) to meet those that come late.
 */
export async function* readRecords(reading: Reading, request: ReadRequest): AsyncGenerator<ReadPage> {
  const { first, starts, hidden } = await begin(reading, request);
  for (const object of hidden) {
    yield { object, records: [], problems: [problem('no_permission', 'salesforce', { vendorCode: 'INVALID_TYPE', remedy: `Give the integration user read access to ${OBJECTS[object]}.` })] };
  }
  if (first === undefined) return;

  const open: { start: Start; page: Page; job: string | undefined }[] = [];
  for (const [at, start] of starts.entries()) {
    const page = pageOf(start, first.subs[at]);
    // Jobs of all objects run at once on Salesforce's side.
    const job = page.next?.by === 'id' ? await startJob(reading.api, bulkQuery(OBJECTS[start.object], [...start.reader.types.keys()], page.next)) : undefined;
    open.push({ start, page, job });
  }
  const jobs = waitForJobs(reading.api, open.flatMap(({ job }) => job ?? []), reading.clock);
  try {
    // Each is let go once it is handed on: four first pages would otherwise stay in memory until the last object is read.
    for (let next = open.shift(); next !== undefined; next = open.shift()) yield* readObject(reading, next.start, next.page, next.job, jobs, first.at);
  } finally {
    await jobs.stop();
  }
  // Last: by then the records are known that they were closed on.
  const { task } = request.since;
  if (task === null) yield { object: 'task', records: [], problems: [], readUpTo: first.at };
  else if (task !== undefined) yield* readClosed(reading.api, task, first.subs[starts.length], first.at);
}

async function begin(reading: Reading, request: ReadRequest): Promise<{ first: { subs: SubAnswer[]; at: EpochMs } | undefined; starts: Start[]; hidden: ObjectName[] }> {
  for (let fresh = false; ; fresh = true) {
    const shape = await reading.shapes.get(fresh);
    const starts: Start[] = [];
    const hidden: ObjectName[] = [];
    for (const object of READING_ORDER) {
      const since = request.since[object];
      if (since === undefined) continue;
      const reader = readerOf(shape, object, request.fields, reading.names);
      if (reader === undefined) hidden.push(object);
      else starts.push({ object, reader, cursor: since === null ? { by: 'id' } : { by: 'stamp', since } });
    }
    if (starts.length === 0) return { first: undefined, starts, hidden };
    const { task } = request.since;
    const first = await reading.api.composite([...starts.map((start) => queryPath(soqlOf(start, start.cursor), { withDeleted: true })), ...(task == null ? [] : [closedSince(task)])]);
    const refusal = first.subs.slice(0, starts.length).find((sub) => !sub.ok);
    if (refusal === undefined || refusal.ok) return { first, starts, hidden };
    // A field hidden or an object withdrawn since it was described: described anew it is left out (M5).
    if (fresh || refusal.failed.problem.code !== 'field_missing') throw refusal.failed;
  }
}

function soqlOf(start: Start, cursor: Cursor, rows?: number): string {
  return pageQuery(OBJECTS[start.object], [...start.reader.types.keys()], cursor, rows);
}

async function* readObject(reading: Reading, start: Start, firstPage: Page, job: string | undefined, jobs: JobQueue, readUpTo: EpochMs): AsyncGenerator<ReadPage> {
  const { object } = start;
  let page = firstPage;
  yield { object, records: page.records, problems: page.problems, ...(page.next === undefined ? { readUpTo } : {}) };
  if (page.next === undefined) return;
  if (job !== undefined && (await jobs.isComplete(job))) {
    // One page is held back so that the last one can be marked.
    let held: ReadPage | undefined;
    for await (const rows of jobRows(reading.api, job)) {
      if (held !== undefined) yield held;
      held = { object, ...convert(start.reader, rows.map((row) => fromCsv(start.reader.types, row))) };
    }
    yield { object, records: [], problems: [], ...held, readUpTo };
    return;
  }
  while (page.next !== undefined) {
    page = await nextPage(reading.api, start, page.next);
    yield { object, records: page.records, problems: page.problems, ...(page.next === undefined ? { readUpTo } : {}) };
  }
}

/** A page too heavy for the org's time limit is asked for in smaller pieces. */
async function nextPage(api: Api, start: Start, cursor: Cursor): Promise<Page> {
  try {
    return toPage(start, await api.query(soqlOf(start, cursor), { withDeleted: true }), cursor, PAGE_ROWS);
  } catch (cause) {
    if (!(cause instanceof CallFailed) || !TOO_HEAVY.has(cause.problem.vendorCode ?? '')) throw cause;
    return toPage(start, await api.query(soqlOf(start, cursor, SMALL_PAGE), { withDeleted: true }), cursor, SMALL_PAGE);
  }
}

const SMALL_PAGE = 200;
const TOO_HEAVY: ReadonlySet<string> = new Set(['QUERY_TIMEOUT', 'REQUEST_RUNNING_TOO_LONG']);

interface Page {
  records: CrmRecord[];
  problems: Problem[];
  /** Where the object's reading goes on; absent on its last page. */
  next?: Cursor;
}

function pageOf(start: Start, sub: SubAnswer | undefined): Page {
  if (sub === undefined || !sub.ok) throw sub?.failed ?? new CallFailed(unreadable('composite'), 'no');
  const result = parsed(QueryResult, sub.body);
  if (result === undefined) throw new CallFailed(unreadable('query'), 'no');
  return toPage(start, { rows: result.records, ...(result.done || result.nextRecordsUrl == null ? {} : { next: result.nextRecordsUrl }) }, start.cursor, PAGE_ROWS);
}

/** Salesforce may give fewer rows than asked for (wide rows) and say so by a `next`; the next page goes by key all the same. */
function toPage(start: Start, answer: { rows: unknown[]; next?: string }, cursor: Cursor, asked: number): Page {
  const rows = answer.rows.map((row) => parsed(AnyRow, row));
  const converted = convert(start.reader, rows);
  if (answer.next === undefined && rows.length < asked) return converted;
  return { ...converted, next: after(rows.at(-1), cursor) };
}

/** The key of a page's last row. Without it the read cannot go on: guessing would skip or repeat records. */
function after(row: Record<string, unknown> | undefined, cursor: Cursor): Cursor {
  const id = row?.['Id'];
  const stamp = parseMoment(row?.['SystemModstamp']);
  if (typeof id !== 'string' || stamp === undefined) throw new CallFailed(unreadable('page'), 'no');
  return cursor.by === 'id' ? { by: 'id', after: id } : { ...cursor, after: { stamp, id } };
}

/** Rows as records and problems: every row is in one of them, or in both when only a field of it is bad. */
export function convert(reader: RowReader, rows: readonly (Record<string, unknown> | undefined)[]): { records: CrmRecord[]; problems: Problem[] } {
  const records: CrmRecord[] = [];
  const problems: Problem[] = [];
  for (const row of rows) {
    const read = row === undefined ? { problem: unreadable('row') } : toRecord(reader, row);
    if ('record' in read && read.record !== undefined) records.push(read.record);
    if (read.problem !== undefined) problems.push(read.problem);
  }
  return { records, problems };
}

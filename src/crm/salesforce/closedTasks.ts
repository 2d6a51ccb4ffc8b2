import { problem } from '../../domain/problem';
import type { ClosedTask, EpochMs } from '../../domain/record';
import { CallFailed } from '../pace';
import type { ReadPage } from '../port';
import { isOfTheQuery, queryPath, type Api, type SubAnswer } from './api';
import { parseMoment } from './convert';
import { unreadable } from './problems';
import { parsed, parseEach, QueryResult, TaskRow } from './schema';
import { chunks, isIn, moment, PAGE_ROWS, pageQuery, type Cursor } from './soql';

/*
 * Tasks that somebody closed (S1). `CompletedDateTime` is the moment at which a task was saved with a closed status, whatever its due date says and whoever edits
 * it later (https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_task.htm). Deleted ones are left out.
 */

const FIELDS = ['Id', 'WhoId', 'CompletedDateTime', 'SystemModstamp'];
const CLOSED = 'IsClosed = true AND WhoId != null';
/** Ids in one IN list. */
const LIST = 200;

/** The path of a first page, for the composite call that begins a read. */
export function closedSince(since: EpochMs): string {
  return queryPath(soqlOf({ by: 'stamp', since }));
}

function soqlOf(cursor: Cursor): string {
  return pageQuery('Task', FIELDS, cursor, PAGE_ROWS, CLOSED);
}

/**
 * What was closed since, from the first page on. A user who cannot see tasks reads the rest all the same, and the page says what is missing: the first touch is
 * then what the record's own fields tell.
 */
export async function* readClosed(api: Api, since: EpochMs, first: SubAnswer | undefined, readUpTo: EpochMs): AsyncGenerator<ReadPage> {
  if (first === undefined) throw new CallFailed(unreadable('composite'), 'no');
  if (!first.ok) {
    if (!isOfTheQuery(first.failed)) throw first.failed;
    const remedy = 'Give the integration user read access to Task and its CompletedDateTime, or set sla.touch.tasks to false.';
    yield { object: 'task', records: [], problems: [problem('no_permission', 'salesforce', { ...(first.failed.problem.vendorCode === undefined ? {} : { vendorCode: first.failed.problem.vendorCode }), remedy })], readUpTo };
    return;
  }
  const result = parsed(QueryResult, first.body);
  if (result === undefined) throw new CallFailed(unreadable('query'), 'no');
  let page = { rows: result.records, more: !result.done };
  for (;;) {
    const last = parsed(TaskRow, page.rows.at(-1));
    const isLast = !page.more && page.rows.length < PAGE_ROWS;
    const stamp = parseMoment(last?.SystemModstamp);
    // Without the key of the last row the read cannot go on: guessing would skip or repeat tasks.
    if (!isLast && (last === undefined || stamp === undefined)) throw new CallFailed(unreadable('page'), 'no');
    yield { object: 'task', records: [], problems: [], closed: closedOf(page.rows), ...(isLast ? { readUpTo } : {}) };
    if (isLast || last === undefined || stamp === undefined) return;
    const next = await api.query(soqlOf({ by: 'stamp', since, after: { stamp, id: last.Id } }));
    page = { rows: next.rows, more: next.next !== undefined };
  }
}

/** The tasks of these leads and contacts that were closed after a moment. */
export async function closedTasks(api: Api, ids: readonly string[], after: EpochMs): Promise<ClosedTask[]> {
  const from = moment(Math.floor(after / 1000) * 1000);
  // Whatever was closed since then was saved since then: the stamp is indexed.
  const queries = chunks([...new Set(ids)], LIST).map((list) => `SELECT ${FIELDS.join(', ')} FROM Task WHERE ${isIn('WhoId', list)} AND IsClosed = true AND SystemModstamp >= ${from}`);
  const found: ClosedTask[] = [];
  for (const rows of await api.tryQueries(queries)) {
    if (!(rows instanceof CallFailed)) found.push(...closedOf(rows).filter(({ at }) => at > after));
    else if (!isOfTheQuery(rows)) throw rows;
  }
  return found;
}

/** A closed task without a moment (closed before Salesforce kept one) orders nothing (L5). */
function closedOf(rows: readonly unknown[]): ClosedTask[] {
  return parseEach(TaskRow, rows).good.flatMap((row): ClosedTask[] => {
    const at = parseMoment(row.CompletedDateTime);
    const object = row.WhoId?.startsWith('00Q') === true ? 'lead' : 'contact';
    return at === undefined || row.WhoId == null ? [] : [{ on: { crm: 'salesforce', object, id: row.WhoId }, at }];
  });
}

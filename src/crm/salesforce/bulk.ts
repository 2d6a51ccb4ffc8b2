import { parse } from 'csv-parse/sync';
import { problem } from '../../domain/problem';
import { CallFailed } from '../pace';
import type { Api } from './api';
import { unreadable } from './problems';
import { parsed, QueryJob } from './schema';
import { chunks } from './soql';

/*
 * Bulk API 2.0 query jobs, for reads of everything. jsforce's own query job ends the process on results of two pages or more
 * (https://github.com/jsforce/jsforce/issues/1546) and repeats the CSV header in the middle, so the pages are fetched here one by one.
 */

/** Rows of one results page: one API call each. A page is taken apart as a whole: at 5,000 rows that alone costs some 150 MB for a moment. */
const ROWS = 2_000;
/** Rows handed on at a time: a results page is large so as to cost few calls, what is made of its rows is many times larger. */
const AT_ONCE = 1_000;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 15_000;
/** A job that takes longer is given up. */
const LONGEST_JOB_MS = 30 * 60_000;

export interface JobClock {
  now: () => number;
  /** Ends early when the signal does. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Jobs that are waited for one after the other, from their start on: while one's rows are read, the next is on its way. */
export interface JobQueue {
  /** Whether the job is complete, once that is known. False: it failed, so the caller reads by pages. */
  isComplete(id: string): Promise<boolean>;
  /** Nothing is asked any more; ends when what is under way has. */
  stop(): Promise<void>;
}

export function waitForJobs(api: Api, ids: readonly string[], clock: JobClock): JobQueue {
  const ending = new AbortController();
  const answers = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();
  for (const id of ids) {
    const answer = last.then(() => jobIsComplete(api, id, clock, ending.signal));
    answers.set(id, answer);
    // Its failure is met by whoever asks about this job; the next one is waited for all the same.
    last = answer.catch(() => undefined);
  }
  return {
    isComplete: (id) => answers.get(id) ?? Promise.resolve(false),
    async stop() {
      ending.abort();
      await last;
    },
  };
}

/** Starts a query job over all rows, deleted ones included. Undefined: the org refuses bulk jobs of this kind, so the caller reads by pages. */
export async function startJob(api: Api, soql: string): Promise<string | undefined> {
  try {
    // A lost answer leaves a job behind that nobody reads; it changes nothing and Salesforce clears it away.
    const { body } = await api.send({ method: 'POST', path: '/jobs/query', kind: 'read', body: () => ({ operation: 'queryAll', query: soql, lineEnding: 'LF', columnDelimiter: 'COMMA' }) });
    return parsed(QueryJob, body)?.id;
  } catch (cause) {
    if (cause instanceof CallFailed && !ENDS_THE_RUN.has(cause.problem.code)) return undefined;
    throw cause;
  }
}

const ENDS_THE_RUN: ReadonlySet<string> = new Set(['unauthorized', 'quota_spent', 'unavailable', 'rate_limited', 'maintenance']);

async function jobIsComplete(api: Api, id: string, clock: JobClock, ending: AbortSignal): Promise<boolean> {
  const begun = clock.now();
  for (let wait = FIRST_WAIT_MS; !ending.aborted; wait = Math.min(LONGEST_WAIT_MS, wait * 1.5)) {
    const { body } = await api.send({ method: 'GET', path: `/jobs/query/${id}`, kind: 'read' });
    const job = parsed(QueryJob, body);
    if (job === undefined) throw new CallFailed(unreadable('job'), 'no');
    if (job.state === 'JobComplete') return true;
    if (job.state === 'Failed' || job.state === 'Aborted' || clock.now() - begun > LONGEST_JOB_MS) return false;
    await clock.sleep(wait, ending);
  }
  return false;
}

/** The job's rows, page by page, each row as texts by column. `Sforce-Locator` names the next page and is the word `null` on the last. */
export async function* jobRows(api: Api, id: string): AsyncGenerator<Record<string, string>[]> {
  for (let locator: string | undefined, first = true; first || locator !== undefined; first = false) {
    const path = `/jobs/query/${id}/results?maxRecords=${ROWS}${locator === undefined ? '' : `&locator=${encodeURIComponent(locator)}`}`;
    const { body, headers } = await api.send({ method: 'GET', path, kind: 'read', asText: true });
    if (typeof body !== 'string') throw new CallFailed(unreadable('results'), 'no');
    const rows: Record<string, string>[] = parse(body, { columns: true, skip_empty_lines: true, bom: true });
    const told = headers.get('sforce-numberofrecords');
    if (told !== null && Number(told) !== rows.length) throw new CallFailed(problem('unreadable', 'salesforce', { vendorCode: 'results' }), 'no');
    const next = headers.get('sforce-locator');
    locator = next === null || next === 'null' || next === '' ? undefined : next;
    for (const part of chunks(rows, AT_ONCE)) yield part;
    if (rows.length === 0) yield rows;
  }
}

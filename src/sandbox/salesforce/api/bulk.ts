import { notFound, SalesforceError } from '../errors';
import { actor, type Actor, type Org } from '../org';
import type { Queries, QueryOptions } from '../soql/run';
import type { ApiRecord } from '../soql/plan';
import { planQuery } from '../soql/plan';
import { normaliseId, renderDateTime } from '../values';
import { jsonBody, type Answer, type Call } from './call';
import { csvLine, delimiterOf, readCsv } from './csv';
import { findByExternalId } from './sobjects';

type Kind = 'query' | 'ingest';
type State = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

interface Job {
  id: string;
  kind: Kind;
  state: State;
  /** What the job becomes when its work is seen to be over: states advance on polls, as a caller of a queue sees them. */
  ends: State;
  object: string;
  operation: string;
  query: string;
  externalId: string;
  assignmentRule: string;
  lineEnding: 'LF' | 'CRLF';
  delimiter: string;
  userId: string;
  version: string;
  created: number;
  processed: number;
  failed: number;
  error: string;
}

const DEFAULT_RESULT_ROWS = 50_000;
const OPERATIONS = ['insert', 'update', 'upsert', 'delete', 'hardDelete'];

/**
 * Bulk API 2.0: query and ingest jobs, kept in the database. The work happens at once; the states that a caller sees advance poll by poll,
 * and `JobComplete` says nothing about the rows.
 */
export class BulkJobs {
  constructor(
    private readonly org: Org,
    private readonly queries: Queries,
  ) {
    org.database.exec('CREATE TABLE IF NOT EXISTS sf_job (id TEXT PRIMARY KEY, job TEXT NOT NULL, data TEXT, good TEXT, bad TEXT)');
  }

  handle(call: Call, kind: Kind): Answer {
    const [, , id, part] = call.path;
    if (id === undefined) {
      if (call.method === 'POST') return kind === 'query' ? this.createQuery(call) : this.createIngest(call);
      if (call.method === 'GET') return { status: 200, body: { done: true, nextRecordsUrl: null, records: this.list(kind).map((j) => this.info(j)) } };
      throw notFound();
    }
    const job = this.load(id, kind);
    if (part === undefined) {
      if (call.method === 'GET') return { status: 200, body: this.info(this.advance(job)) };
      if (call.method === 'PATCH') return this.patch(call, job);
      if (call.method === 'DELETE') return this.remove(job);
    }
    if (kind === 'query' && part === 'results' && call.method === 'GET') return this.queryResults(call, job);
    if (kind === 'ingest' && part === 'batches' && call.method === 'PUT') return this.upload(call, job);
    if (kind === 'ingest' && call.method === 'GET') {
      if (part === 'successfulResults') return this.csv(job, 'good');
      if (part === 'failedResults') return this.csv(job, 'bad');
      if (part === 'unprocessedrecords') return { status: 200, type: 'text/csv', body: this.header(job) };
    }
    throw notFound();
  }

  private base(call: Call, kind: Kind, body: Record<string, unknown>): Job {
    const delimiter = String(body.columnDelimiter ?? 'COMMA');
    return {
      id: this.org.storage.nextId('750'),
      kind,
      state: kind === 'query' ? 'UploadComplete' : 'Open',
      ends: 'JobComplete',
      object: String(body.object ?? ''),
      operation: String(body.operation ?? ''),
      query: String(body.query ?? ''),
      externalId: String(body.externalIdFieldName ?? ''),
      assignmentRule: String(body.assignmentRuleId ?? ''),
      lineEnding: body.lineEnding === 'CRLF' ? 'CRLF' : 'LF',
      delimiter,
      userId: call.userId,
      version: call.version,
      created: this.org.clock.now(),
      processed: 0,
      failed: 0,
      error: '',
    };
  }

  private createQuery(call: Call): Answer {
    const job = this.base(call, 'query', jsonBody(call));
    if (job.operation !== 'query' && job.operation !== 'queryAll') throw new SalesforceError('API_ERROR', 'operation must be query or queryAll');
    const planned = planQuery(this.org, job.query, { userId: call.userId, includeDeleted: job.operation === 'queryAll' });
    if (planned.kind !== 'rows' || planned.rows === null || planned.rows.children.length > 0 || planned.soql.offset !== null) {
      throw new SalesforceError('API_ERROR', 'Aggregate, nested and offset queries are not supported by Bulk API 2.0');
    }
    job.object = planned.shape.name;
    this.insert(job);
    return { status: 200, body: this.info(job) };
  }

  private createIngest(call: Call): Answer {
    const job = this.base(call, 'ingest', jsonBody(call));
    const shape = this.org.catalog.shape(job.object);
    if (!shape) throw new SalesforceError('INVALIDENTITY', `Unable to find object: ${job.object}`);
    if (!OPERATIONS.includes(job.operation)) throw new SalesforceError('INVALIDJOB', `Invalid operation: ${job.operation}`);
    if (job.operation === 'upsert' && job.externalId === '') throw new SalesforceError('INVALIDJOB', 'External ID was blank for upsert');
    job.object = shape.name;
    this.insert(job);
    return { status: 200, body: this.info(job) };
  }

  private upload(call: Call, job: Job): Answer {
    if (job.state !== 'Open') throw new SalesforceError('INVALIDJOBSTATE', 'Job is not open for upload');
    const had = this.org.storage.prepare('SELECT data FROM sf_job WHERE id = ?').pluck().get(job.id) as string | null;
    if (had !== null) throw new SalesforceError('INVALIDJOBSTATE', 'Data was already uploaded to this job');
    this.org.storage.prepare('UPDATE sf_job SET data = ? WHERE id = ?').run(call.body.toString('utf8'), job.id);
    return { status: 201 };
  }

  private patch(call: Call, job: Job): Answer {
    const state = jsonBody(call).state;
    if (state === 'Aborted' && job.state !== 'JobComplete' && job.state !== 'Failed') {
      job.state = 'Aborted';
      this.save(job);
      return { status: 200, body: this.info(job) };
    }
    if (state !== 'UploadComplete' || job.kind !== 'ingest' || job.state !== 'Open') throw new SalesforceError('INVALIDJOBSTATE', `Invalid state transition to ${String(state)}`);
    job.state = 'UploadComplete';
    this.ingest(job);
    this.save(job);
    return { status: 200, body: this.info(job) };
  }

  private remove(job: Job): Answer {
    if (job.state === 'Open' || job.state === 'InProgress') throw new SalesforceError('INVALIDJOBSTATE', `Can not delete a job in state ${job.state}`);
    this.org.storage.prepare('DELETE FROM sf_job WHERE id = ?').run(job.id);
    return { status: 204 };
  }

  /** UploadComplete is followed by InProgress, InProgress by the end. */
  private advance(job: Job): Job {
    if (job.state === 'UploadComplete') job.state = 'InProgress';
    else if (job.state === 'InProgress') job.state = job.ends;
    else return job;
    if (job.kind === 'query' && job.state === 'JobComplete') {
      const rowids = this.queries.rowidsOf(job.query, this.options(job));
      job.processed = rowids.length;
      this.org.storage.prepare('UPDATE sf_job SET data = ? WHERE id = ?').run(JSON.stringify(rowids), job.id);
    }
    this.save(job);
    return job;
  }

  private options(job: Job): QueryOptions {
    return { userId: job.userId, version: job.version, includeDeleted: job.operation === 'queryAll', pageSize: 2000 };
  }

  private queryResults(call: Call, job: Job): Answer {
    if (job.state !== 'JobComplete') throw new SalesforceError('INVALIDJOBSTATE', 'The job is not complete');
    const size = Math.max(1, Number(call.query.get('maxRecords') ?? DEFAULT_RESULT_ROWS));
    const locator = call.query.get('locator');
    const start = locator === null ? 0 : Number(Buffer.from(locator, 'base64url').toString('utf8'));
    if (!Number.isInteger(start)) throw new SalesforceError('INVALID_QUERY_LOCATOR', 'invalid locator');
    const options = this.options(job);
    const planned = planQuery(this.org, job.query, options);
    const names = planned.rows?.selected.map((s) => s.path) ?? [];
    const delimiter = delimiterOf(job.delimiter);
    const end = job.lineEnding === 'CRLF' ? '\r\n' : '\n';
    const lines = [csvLine(names, delimiter, end)];
    const rowids = JSON.parse(this.org.storage.prepare('SELECT data FROM sf_job WHERE id = ?').pluck().get(job.id) as string) as number[];
    const records = this.queries.fetch(job.query, options, rowids.slice(start, start + size));
    for (const record of records) lines.push(csvLine(names.map((n) => csvValue(at(record, n))), delimiter, end));
    const next = start + size;
    const more = next < rowids.length;
    return {
      status: 200,
      type: 'text/csv',
      body: lines.join(''),
      headers: { 'Sforce-Locator': more ? Buffer.from(String(next)).toString('base64url') : 'null', 'Sforce-NumberOfRecords': String(records.length) },
    };
  }

  private ingest(job: Job): void {
    const data = (this.org.storage.prepare('SELECT data FROM sf_job WHERE id = ?').pluck().get(job.id) as string | null) ?? '';
    const shape = this.org.catalog.known(job.object);
    const good: string[] = [];
    const bad: string[] = [];
    try {
      const { columns, rows } = readCsv(data, delimiterOf(job.delimiter));
      for (const column of columns) {
        const field = this.org.catalog.field(shape, column);
        if (!field || !this.org.access.readable(job.userId, shape, field)) throw new Error(`InvalidBatch : Field name not found : ${column}`);
      }
      const who = actor(job.userId, { autoAssign: job.assignmentRule !== '', allowDuplicates: false });
      this.org.atomic(() => {
        for (const row of rows) {
          job.processed += 1;
          try {
            const { id, created } = this.org.atomic(() => this.ingestRow(who, job, row));
            good.push(csvLine([id, created, ...columns.map((c) => row[c])]));
          } catch (error) {
            if (!(error instanceof SalesforceError)) throw error;
            job.failed += 1;
            bad.push(csvLine([row.Id ?? '', `${error.code}:${error.message}:${error.fields.join(', ')} --`, ...columns.map((c) => row[c])]));
          }
        }
      });
      // The order of the results is not the order of the upload.
      this.org.storage
        .prepare('UPDATE sf_job SET good = ?, bad = ? WHERE id = ?')
        .run(csvLine(['sf__Id', 'sf__Created', ...columns]) + good.reverse().join(''), csvLine(['sf__Id', 'sf__Error', ...columns]) + bad.reverse().join(''), job.id);
    } catch (error) {
      job.ends = 'Failed';
      job.error = error instanceof Error ? error.message : String(error);
    }
  }

  /** An empty cell leaves the field alone; `#N/A` empties it. */
  private ingestRow(who: Actor, job: Job, row: Record<string, string>): { id: string; created: boolean } {
    const input: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(row)) if (value !== '' && name !== 'Id') input[name] = value === '#N/A' ? null : value;
    if (job.operation === 'insert') return { id: this.org.records.create(who, job.object, input), created: true };
    if (job.operation === 'upsert' && job.externalId.toLowerCase() !== 'id') {
      const shape = this.org.catalog.known(job.object);
      const key = row[job.externalId];
      if (key === undefined || key === '') throw new SalesforceError('MISSING_ARGUMENT', `${job.externalId} not specified`);
      const found = findByExternalId(this.org, job.userId, shape, job.externalId, key);
      if (found.length > 1) throw new SalesforceError('DUPLICATE_EXTERNAL_ID', `${job.externalId}: more than one record found for external id field`);
      const existing = found[0]?.Id as string | undefined;
      if (existing === undefined) return { id: this.org.records.create(who, job.object, input), created: true };
      delete input[job.externalId];
      this.org.records.update(who, job.object, existing, input);
      return { id: existing, created: false };
    }
    const id = normaliseId(row.Id);
    if (id === undefined) throw new SalesforceError('MISSING_ARGUMENT', 'Id not specified');
    if (job.operation === 'delete' || job.operation === 'hardDelete') this.org.records.delete(who, job.object, id);
    else this.org.records.update(who, job.object, id, input);
    return { id, created: false };
  }

  private csv(job: Job, which: 'good' | 'bad'): Answer {
    const text = this.org.storage.prepare(`SELECT ${which} FROM sf_job WHERE id = ?`).pluck().get(job.id) as string | null;
    const done = job.state === 'JobComplete' || job.state === 'Failed' || job.state === 'Aborted';
    return { status: 200, type: 'text/csv', body: done ? (text ?? '') : '' };
  }

  private header(job: Job): string {
    const data = (this.org.storage.prepare('SELECT data FROM sf_job WHERE id = ?').pluck().get(job.id) as string | null) ?? '';
    // A job that failed as a whole processed nothing; otherwise every row was processed.
    return job.ends === 'Failed' ? data : `${data.split(/\r?\n/, 1)[0] ?? ''}\n`;
  }

  private info(job: Job): Record<string, unknown> {
    const common = {
      id: job.id,
      operation: job.operation,
      object: job.object,
      createdById: job.userId,
      createdDate: renderDateTime(job.created),
      systemModstamp: renderDateTime(this.org.clock.now()),
      state: job.state,
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: Number(job.version),
      lineEnding: job.lineEnding,
      columnDelimiter: job.delimiter,
    };
    const over = job.state === 'JobComplete' || job.state === 'Failed';
    const counts = { numberRecordsProcessed: over ? job.processed : 0, retries: 0, totalProcessingTime: over ? 10 : 0 };
    if (job.kind === 'query') return { ...common, jobType: 'V2Query', ...counts, isPkChunkingSupported: true };
    return {
      ...common,
      jobType: 'V2Ingest',
      contentUrl: `services/data/v${job.version}/jobs/ingest/${job.id}/batches`,
      ...(job.externalId === '' ? {} : { externalIdFieldName: job.externalId }),
      ...(job.assignmentRule === '' ? {} : { assignmentRuleId: job.assignmentRule }),
      ...counts,
      numberRecordsFailed: over ? job.failed : 0,
      apexProcessingTime: 0,
      apiActiveProcessingTime: over ? 10 : 0,
      ...(job.state === 'Failed' ? { errorMessage: job.error } : {}),
    };
  }

  private insert(job: Job): void {
    this.org.storage.prepare('INSERT INTO sf_job (id, job) VALUES (?, ?)').run(job.id, JSON.stringify(job));
  }

  private save(job: Job): void {
    this.org.storage.prepare('UPDATE sf_job SET job = ? WHERE id = ?').run(JSON.stringify(job), job.id);
  }

  private load(id: string, kind: Kind): Job {
    const text = this.org.storage.prepare('SELECT job FROM sf_job WHERE id = ?').pluck().get(normaliseId(id) ?? '') as string | undefined;
    const job = text === undefined ? undefined : (JSON.parse(text) as Job);
    if (!job || job.kind !== kind) throw notFound();
    return job;
  }

  private list(kind: Kind): Job[] {
    return (this.org.storage.prepare('SELECT job FROM sf_job ORDER BY id').pluck().all() as string[]).map((t) => JSON.parse(t) as Job).filter((j) => j.kind === kind);
  }
}

function at(record: ApiRecord, path: string): unknown {
  let value: unknown = record;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null) return null;
    const wanted = step.toLowerCase();
    const key = Object.keys(value).find((k) => k.toLowerCase() === wanted);
    value = key === undefined ? null : (value as ApiRecord)[key];
  }
  return value;
}

/** Bulk results write date-times with `Z`. */
function csvValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  return String(value).replace(/^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3})\+0000$/, '$1Z');
}

import { SalesforceError } from '../errors';
import type { Org } from '../org';
import { makeId, toApi, type Stored } from '../values';
import { describeColumns, fetchRows, planQuery, type ApiRecord, type Planned, type RowPlan } from './plan';

export interface QueryOptions {
  userId: string;
  /** API version of the call, such as `67.0`: it stands in every url of the answer. */
  version: string;
  includeDeleted: boolean;
  /** Rows a page, 200 to 2000. */
  pageSize: number;
}

export interface QueryAnswer {
  totalSize: number;
  done: boolean;
  nextRecordsUrl?: string;
  records: ApiRecord[];
}

interface Cursor {
  plan: RowPlan;
  rowids: number[];
  pageSize: number;
  version: string;
  userId: string;
  expires: number;
}

/** Query locators live two days (https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-apicursors.html). */
const CURSOR_LIFE = 2 * 86_400_000;
/** Rows that all open locators may hold together, so that forgotten ones do not fill the memory. */
const CURSOR_ROWS = 8_000_000;

/** Runs queries and keeps the locators of those with more pages. A locator fixes which rows there are; each page reads them as they are then. */
export class Queries {
  private readonly cursors = new Map<string, Cursor>();
  // A random start: a locator from before a restart must not name a new one.
  private opened = Math.floor(Math.random() * 1e12);

  constructor(private readonly org: Org) {}

  query(soql: string, options: QueryOptions): QueryAnswer {
    if (/\bFROM\s+UserPermissionAccess\b/i.test(soql)) this.org.refreshOwnPermissions(options.userId);
    const planned = planQuery(this.org, soql, options);
    if (planned.kind === 'count') {
      const totalSize = this.org.storage.prepare(planned.sql).pluck().get(...planned.parameters) as number;
      return { totalSize, done: true, records: [] };
    }
    if (planned.kind === 'aggregate') return this.groups(planned);
    const rowids = this.rowids(planned);
    const plan = planned.rows as RowPlan;
    const records = fetchRows(this.org, plan, rowids.slice(0, options.pageSize), options.version);
    if (rowids.length <= options.pageSize) return { totalSize: rowids.length, done: true, records };
    const id = this.open({ plan, rowids, pageSize: options.pageSize, version: options.version, userId: options.userId, expires: this.org.clock.now() + CURSOR_LIFE });
    return { totalSize: rowids.length, done: false, nextRecordsUrl: this.url(id, options.pageSize, options.version), records };
  }

  /** The page that a locator (`01g…-2000`) names. */
  more(locator: string, userId: string): QueryAnswer {
    const [id, start] = locator.split('-') as [string, string | undefined];
    const cursor = this.cursors.get(id);
    const from = Number(start);
    if (!cursor || cursor.userId !== userId || cursor.expires < this.org.clock.now() || !Number.isInteger(from) || from >= cursor.rowids.length) {
      throw new SalesforceError('INVALID_QUERY_LOCATOR', 'invalid query locator');
    }
    const end = from + cursor.pageSize;
    const records = fetchRows(this.org, cursor.plan, cursor.rowids.slice(from, end), cursor.version);
    const done = end >= cursor.rowids.length;
    return { totalSize: cursor.rowids.length, done, ...(done ? {} : { nextRecordsUrl: this.url(id, end, cursor.version) }), records };
  }

  /** Which rows a statement gives now: a bulk query job fixes them when it is complete. */
  rowidsOf(soql: string, options: QueryOptions): number[] {
    return this.rowids(planQuery(this.org, soql, options));
  }

  /** The rows of a statement by rowid. */
  fetch(soql: string, options: QueryOptions, rowids: number[]): ApiRecord[] {
    const planned = planQuery(this.org, soql, options);
    return planned.rows === null ? [] : fetchRows(this.org, planned.rows, rowids, options.version);
  }

  /** The names of the columns that a statement selects. */
  columns(soql: string, options: QueryOptions): ApiRecord {
    return describeColumns(planQuery(this.org, soql, options));
  }

  clear(): void {
    this.cursors.clear();
  }

  private rowids(planned: Planned): number[] {
    return this.org.storage.prepare(planned.sql).pluck().all(...planned.parameters) as number[];
  }

  private groups(planned: Planned): QueryAnswer {
    const rows = this.org.storage.prepare(planned.sql).raw().all(...planned.parameters) as Stored[][];
    const records = rows.map((values) => {
      const record: ApiRecord = { attributes: { type: 'AggregateResult' } };
      planned.groups.forEach((group, i) => (record[group.name] = group.field === null ? (values[i] ?? null) : toApi(group.field, values[i])));
      return record;
    });
    return { totalSize: records.length, done: true, records };
  }

  private open(cursor: Cursor): string {
    this.opened += 1;
    const id = makeId('01g', this.opened);
    this.cursors.set(id, cursor);
    let held = 0;
    for (const c of this.cursors.values()) held += c.rowids.length;
    for (const [oldest, c] of this.cursors) {
      if (held <= CURSOR_ROWS || oldest === id) break;
      held -= c.rowids.length;
      this.cursors.delete(oldest);
    }
    return id;
  }

  private url(id: string, offset: number, version: string): string {
    return `/services/data/v${version}/query/${id}-${offset}`;
  }
}

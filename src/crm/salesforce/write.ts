import { problem, type Problem } from '../../domain/problem';
import type { RecordRef, Value } from '../../domain/record';
import type { RecordWrite, WriteOutcome } from '../../domain/write';
import { CallFailed, type CallKind } from '../pace';
import type { ConsentWrite } from '../port';
import type { Api } from './api';
import { fromValue, OBJECTS, RECORD_TYPE } from './convert';
import type { OrgShape, Shapes } from './describe';
import { problemFrom, unreadable } from './problems';
import { IdRow, parsed, SaveRow } from './schema';
import { chunks, isIn } from './soql';

/*
 * Invariant: every write given ends in exactly one outcome, found by its key. Updates of given values and upserts by external id may be sent again;
 * plain creates may not.
 */

export const BATCH = 200;

export interface Writing {
  api: Api;
  shapes: Shapes;
}

/** One record of a collection call. */
interface Line {
  key: string;
  ref: RecordRef | undefined;
  body: Record<string, unknown>;
}

/** How a batch of lines goes out. */
interface Route {
  method: 'POST' | 'PATCH';
  path: string;
  kind: CallKind;
  headers: Record<string, string>;
  /** Rows name the record that was asked for, so that a reordered answer can be told. */
  namesItsRecords: boolean;
}

/**
 * Headers of every write. Assignment rules run on created and, by default, on updated leads as well, so that a plain update could change the owner (W1).
 * Duplicate rules that only alert are passed; those that block still refuse.
 */
export function headers(assign: boolean): Record<string, string> {
  return {
    'Sforce-Auto-Assign': assign ? 'TRUE' : 'FALSE',
    'Sforce-Duplicate-Rule-Header': 'allowSave=true; includeRecordDetails=false; runAsCurrentUser=true',
    'Sforce-Mru': 'updateMru=false',
  };
}

/** Sends one batch of at most 200 writes of one object and op. Throws `CallFailed` only for trouble of the whole CRM before anything was written. */
export async function writeRecords(writing: Writing, writes: RecordWrite[]): Promise<WriteOutcome[]> {
  const first = writes[0];
  if (first === undefined) return [];
  if (writes.length > BATCH || writes.some((one) => one.object !== first.object || one.op !== first.op)) throw new Error('write takes one object and op, 200 at most');
  const shape = await shapeFor(writing, writes);
  const outcomes = new Map<string, WriteOutcome>();
  const groups = new Map<string, { route: Route; lines: Line[]; assigned?: string }>();
  for (const write of writes) {
    const made = lineOf(shape, write);
    if ('outcome' in made) {
      outcomes.set(write.key, made);
      continue;
    }
    const { name, route, assigned } = routeOf(write);
    const group = groups.get(name) ?? { route, lines: [], ...(assigned === undefined ? {} : { assigned }) };
    group.lines.push(made);
    groups.set(name, group);
  }
  for (const { route, lines, assigned } of groups.values()) {
    await sendLines(writing.api, route, lines, outcomes);
    if (assigned !== undefined) await findLost(writing.api, OBJECTS[first.object], assigned, lines, outcomes);
  }
  return writes.map((write) => outcomes.get(write.key) ?? lost(write.key));
}

/** The description, asked anew when a write names a field that the known one lacks: it may have been created since. */
async function shapeFor(writing: Writing, writes: RecordWrite[]): Promise<OrgShape> {
  const shape = await writing.shapes.get();
  const isNew = writes.some((write) => Object.keys(write.fields).some((name) => shape.description[write.object]?.[name] === undefined));
  return isNew ? writing.shapes.get(true) : shape;
}

/** A write as a record of the request, or its refusal when a field cannot take the value: one such field would fail the record, or the whole call (M3). */
function lineOf(shape: OrgShape, write: RecordWrite): Line | (WriteOutcome & { outcome: 'refused' }) {
  const described = shape.description[write.object] ?? {};
  const ref: RecordRef | undefined = write.id === undefined ? undefined : { crm: 'salesforce', object: write.object, id: write.id };
  const body: Record<string, unknown> = { attributes: { type: OBJECTS[write.object] } };
  const refuse = (code: Problem['code'], field: string): WriteOutcome & { outcome: 'refused' } => ({
    key: write.key,
    outcome: 'refused',
    problem: problem(code, 'salesforce', { fields: [field], ...(ref === undefined ? {} : { record: ref }) }),
  });
  if (write.op === 'update') {
    if (write.id === undefined) throw new Error('an update names its record');
    body['id'] = write.id;
  }
  for (const [name, value] of Object.entries(write.fields)) {
    const field = described[name];
    if (field === undefined) return refuse('field_missing', name);
    const canWrite = write.op === 'update' ? field.writable : (shape.createable[write.object]?.has(name) ?? false);
    if (!canWrite) return refuse('read_only', name);
    const given = name === RECORD_TYPE ? recordTypeId(shape, write.object, value) : fromValue(field.type, value);
    if (given === undefined) return refuse('invalid_value', name);
    body[name] = given;
  }
  if (write.identity !== undefined && write.op === 'create') {
    if (described[write.identity.field] === undefined) return refuse('field_missing', write.identity.field);
    body[write.identity.field] = write.identity.value;
  }
  return { key: write.key, ref, body };
}

/** The id of a record type that is named by its developer name, ignoring case; an id stays what it is. Undefined: the object has none by that name. */
function recordTypeId(shape: OrgShape, object: RecordWrite['object'], value: Value): string | null | undefined {
  if (typeof value !== 'string') return value === null ? null : undefined;
  const types = shape.recordTypes[object] ?? new Map<string, string>();
  if (types.has(value)) return value;
  return [...types].find(([, name]) => name.toLowerCase() === value.toLowerCase())?.[0];
}

/**
 * Updates by id. Creates with an identity are upserts by it, which may be repeated; when assignment rules are to run they are plain creates instead,
 * because a repeated upsert would be an update that runs them again (W1). The unique identity then refuses a second record.
 */
function routeOf(write: RecordWrite): { name: string; route: Route; assigned?: string } {
  if (write.op === 'update') return { name: 'update', route: { method: 'PATCH', path: '/composite/sobjects', kind: 'repeatable', headers: headers(false), namesItsRecords: true } };
  const assign = write.assignmentRules === true;
  const identity = write.identity?.field;
  if (identity !== undefined && !assign) {
    return { name: `upsert ${identity}`, route: { method: 'PATCH', path: `/composite/sobjects/${OBJECTS[write.object]}/${encodeURIComponent(identity)}`, kind: 'repeatable', headers: headers(false), namesItsRecords: false } };
  }
  return {
    name: `create ${assign} ${identity ?? ''}`,
    route: { method: 'POST', path: '/composite/sobjects', kind: 'once', headers: headers(assign), namesItsRecords: false },
    ...(identity === undefined ? {} : { assigned: identity }),
  };
}

export function lost(key: string): WriteOutcome {
  return { key, outcome: 'maybe', problem: problem('ambiguous_outcome', 'salesforce') };
}

/**
 * Sends lines until each has an outcome. Rows that another transaction locked are sent again by the pace's loop, alone; a refusal of the whole call that
 * names no record is traced by halves to the record that causes it.
 */
export async function sendLines(api: Api, route: Route, lines: Line[], outcomes: Map<string, WriteOutcome>): Promise<void> {
  let open = lines;
  const locked = new Map<string, Problem>();
  try {
    await api.send({
      method: route.method,
      path: route.path,
      kind: route.kind,
      headers: route.headers,
      body: () => ({ allOrNone: false, records: open.map((line) => line.body) }),
      check: (answer) => {
        locked.clear();
        const left: Line[] = [];
        for (const [line, row] of rowsOf(answer.body, open, route.namesItsRecords)) {
          const outcome = outcomeOf(line, row);
          if (outcome === undefined) left.push(line);
          else if (outcome.outcome === 'refused' && outcome.problem.code === 'locked') {
            left.push(line);
            locked.set(line.key, outcome.problem);
          } else outcomes.set(line.key, outcome);
        }
        open = left;
        const [first] = locked.values();
        if (first !== undefined) throw new CallFailed(first, 'no');
        // Rows that the answer leaves out: told by asking again where that is allowed.
        if (left.length > 0) throw new CallFailed(problem('unavailable', 'salesforce', { vendorCode: 'short_answer' }), 'maybe');
      },
    });
  } catch (cause) {
    if (!(cause instanceof CallFailed)) throw cause;
    await settle(api, route, open, locked, outcomes, cause);
  }
}

async function settle(api: Api, route: Route, open: Line[], locked: Map<string, Problem>, outcomes: Map<string, WriteOutcome>, failed: CallFailed): Promise<void> {
  const is = failed.problem;
  if (is.code === 'locked' && locked.size > 0) {
    for (const line of open) {
      const own = locked.get(line.key);
      outcomes.set(line.key, own === undefined ? lost(line.key) : { key: line.key, outcome: 'refused', problem: own });
    }
    return;
  }
  if (failed.sent !== 'no' || is.code === 'unreadable') {
    for (const line of open) outcomes.set(line.key, { key: line.key, outcome: 'maybe', problem: problem('ambiguous_outcome', 'salesforce', vendorWords(is)) });
    return;
  }
  const ofTheCrm = WHOLE_CRM.has(is.code);
  // Nothing was written yet: the trouble is the run's. Otherwise the outcomes that exist must not be lost with it.
  if (ofTheCrm && !hasWritten(outcomes)) throw failed;
  if (ofTheCrm || open.length === 1) {
    for (const line of open) outcomes.set(line.key, { key: line.key, outcome: 'refused', problem: { ...is, ...(line.ref === undefined ? {} : { record: line.ref }) } });
    return;
  }
  for (const half of chunks(open, Math.ceil(open.length / 2))) await sendLines(api, route, half, outcomes);
}

function hasWritten(outcomes: Map<string, WriteOutcome>): boolean {
  return [...outcomes.values()].some((one) => one.outcome !== 'refused');
}

const WHOLE_CRM: ReadonlySet<string> = new Set(['unauthorized', 'missing_scope', 'quota_spent', 'unavailable', 'rate_limited', 'maintenance']);

function vendorWords(of: Problem): Partial<Problem> {
  return { ...(of.vendorCode === undefined ? {} : { vendorCode: of.vendorCode }), ...(of.vendorMessage === undefined ? {} : { vendorMessage: of.vendorMessage }) };
}

/** Pairs lines with the answer's rows: by place, or by record id where an answer is out of order. Lines without a row go with undefined. */
function rowsOf(body: unknown, lines: Line[], namesItsRecords: boolean): [Line, SaveRow | undefined][] {
  if (!Array.isArray(body)) throw new CallFailed(unreadable('collection'), 'maybe');
  const rows = body.map((row: unknown) => parsed(SaveRow, row));
  if (!namesItsRecords) return lines.map((line, at) => [line, rows[at]]);
  const isInPlace = lines.every((line, at) => {
    const id = rows[at]?.id;
    return id == null || id === '' || sameId(id, line.ref?.id);
  });
  if (isInPlace && rows.length <= lines.length) return lines.map((line, at) => [line, rows[at]]);
  return lines.map((line) => [line, rows.find((row) => row?.id != null && sameId(row.id, line.ref?.id))]);
}

/** Ids come with 15 or 18 characters; the first 15 are the id. */
function sameId(a: string, b: string | undefined): boolean {
  return b !== undefined && a.slice(0, 15) === b.slice(0, 15);
}

/** Undefined: the row says nothing that can be read. */
function outcomeOf(line: Line, row: SaveRow | undefined): WriteOutcome | undefined {
  if (row === undefined) return undefined;
  if (row.success) {
    const id = row.id ?? line.ref?.id;
    if (id == null || id === '') return undefined;
    return { key: line.key, outcome: 'done', id, ...(row.created == null ? (line.ref === undefined ? { created: true } : {}) : { created: row.created }) };
  }
  const error = row.errors[0];
  const is = error === undefined ? problem('unknown', 'salesforce') : problemFrom(error, line.ref === undefined ? {} : { record: line.ref });
  const fields = [...new Set(row.errors.flatMap((one) => (typeof one.fields === 'string' ? [one.fields] : (one.fields ?? []))))];
  return { key: line.key, outcome: 'refused', problem: fields.length === 0 ? is : { ...is, fields } };
}

/** Plain creates whose answer was lost: the record that carries the identity tells (W7). What is not found stays `maybe`: it may still be on its way. */
async function findLost(api: Api, type: string, field: string, lines: Line[], outcomes: Map<string, WriteOutcome>): Promise<void> {
  const unsure = lines.filter((line) => outcomes.get(line.key)?.outcome === 'maybe');
  if (unsure.length === 0) return;
  const values = unsure.map((line) => String(line.body[field]));
  const [rows] = await api.tryQueries([`SELECT Id, ${field} FROM ${type} WHERE ${isIn(field, values)}`]).catch(() => []);
  if (rows === undefined || rows instanceof CallFailed) return;
  const found = new Map(rows.flatMap((row) => {
    const id = parsed(IdRow, row)?.Id;
    const value = (row as Record<string, unknown>)[field];
    return id === undefined || typeof value !== 'string' ? [] : [[value, id] as const];
  }));
  for (const line of unsure) {
    const id = found.get(String(line.body[field]));
    if (id !== undefined) outcomes.set(line.key, { key: line.key, outcome: 'done', id, created: true });
  }
}

/** Consent only tightens (F7): sets the opt-out and do-not-call checkboxes, never clears one. Leads and contacts may be mixed. */
export async function restrictRecords(writing: Writing, writes: ConsentWrite[], optOutField: string): Promise<WriteOutcome[]> {
  const outcomes = new Map<string, WriteOutcome>();
  const updates: RecordWrite[] = [];
  for (const write of writes) {
    const { object, id } = write.ref;
    const fields: Record<string, true> = {
      ...(write.optOut === true ? { [write.optOutField ?? optOutField]: true as const } : {}),
      ...(write.doNotCallField === undefined ? {} : { [write.doNotCallField]: true as const }),
    };
    if (object !== 'lead' && object !== 'contact') outcomes.set(write.key, { key: write.key, outcome: 'refused', problem: problem('bad_request', 'salesforce', { record: write.ref }) });
    else if (Object.keys(fields).length === 0) outcomes.set(write.key, { key: write.key, outcome: 'done', id });
    else updates.push({ key: write.key, object, op: 'update', id, fields });
  }
  for (const object of ['lead', 'contact'] as const) {
    for (const batch of chunks(updates.filter((update) => update.object === object), BATCH)) {
      try {
        for (const outcome of await writeRecords(writing, batch)) outcomes.set(outcome.key, outcome);
      } catch (cause) {
        // What was tightened before the trouble is told; only a call that changed nothing ends the run.
        if (!(cause instanceof CallFailed) || !hasWritten(outcomes)) throw cause;
        for (const { key } of batch) outcomes.set(key, { key, outcome: 'refused', problem: cause.problem });
      }
    }
  }
  return writes.map((write) => outcomes.get(write.key) ?? lost(write.key));
}


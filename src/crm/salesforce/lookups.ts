import type { CrmRecord, EpochMs, FieldVersion, ObjectName } from '../../domain/record';
import type { Problem } from '../../domain/problem';
import { CallFailed } from '../pace';
import type { FieldSelection, ReadPage } from '../port';
import { stands } from '../known';
import { isPublicMail } from '../publicMail';
import { isOfTheQuery, type Api } from './api';
import { OBJECTS, parseMoment, toValue, type RowReader } from './convert';
import { readerOf, type OrgShape, type Shapes, type StructureNames } from './describe';
import { convert } from './read';
import { AnyRow, EmailRow, HistoryRow, IdRow, NameRow, parseEach, parsed, StageHistoryRow, WebsiteRow } from './schema';
import { chunks, isIn, text } from './soql';

export interface Looking {
  api: Api;
  shapes: Shapes;
  names: StructureNames;
}

/** Ids in one IN list. */
const LIST = 200;
/** Ids in one collections retrieve. */
const RETRIEVE = 2_000;

/** Runs a read under the known description; when a field was hidden since, once more under a fresh one (M5). */
async function seen<T>(looking: Looking, read: (shape: OrgShape) => Promise<T>): Promise<T> {
  try {
    return await read(await looking.shapes.get());
  } catch (cause) {
    if (!(cause instanceof CallFailed) || cause.problem.code !== 'field_missing') throw cause;
    return read(await looking.shapes.get(true));
  }
}

function page(object: ObjectName, reader: RowReader, rows: unknown[]): ReadPage {
  return { object, ...convert(reader, rows.map((row) => parsed(AnyRow, row))) };
}

function select(object: ObjectName, reader: RowReader, where: string): string {
  return `SELECT ${[...reader.types.keys()].join(', ')} FROM ${OBJECTS[object]} WHERE ${where}`;
}

/** Records by id. Ids that retrieve does not find are asked for once more among the deleted and merged ones. */
export async function byIds(looking: Looking, object: 'contact' | 'lead' | 'opportunity', ids: string[], fields: FieldSelection): Promise<ReadPage> {
  const wanted = [...new Map(ids.map((id) => [id.slice(0, 15), id])).values()];
  if (wanted.length === 0) return { object, records: [], problems: [] };
  return seen(looking, async (shape) => {
    const reader = readerOf(shape, object, fields, looking.names);
    if (reader === undefined) return { object, records: [], problems: [] };
    const records: CrmRecord[] = [];
    const problems: Problem[] = [];
    const add = (more: ReadPage): void => {
      records.push(...more.records);
      problems.push(...more.problems);
    };
    for (const some of chunks(wanted, RETRIEVE)) {
      const { body } = await looking.api.send({
        method: 'POST',
        path: `/composite/sobjects/${OBJECTS[object]}`,
        kind: 'read',
        body: () => ({ ids: some, fields: [...reader.types.keys()] }),
      });
      // A missing record stands in the list as null, at its id's place.
      const rows = Array.isArray(body) ? (body as unknown[]) : [];
      add(page(object, reader, rows.filter((row) => row !== null)));
      const found = new Set(rows.map((row) => idOf(row)).filter((id) => id !== undefined));
      const missing = some.filter((id) => !found.has(id.slice(0, 15)));
      const queries = chunks(missing, LIST).map((list) => select(object, reader, isIn('Id', list)));
      for (const gone of await looking.api.queryMany(queries, { withDeleted: true })) add(page(object, reader, gone));
    }
    return { object, records, problems };
  });
}

/** The case-sensitive part of an id, the same in its 15- and 18-character form. */
function idOf(row: unknown): string | undefined {
  const id = parsed(AnyRow, row)?.['Id'];
  return typeof id === 'string' ? id.slice(0, 15) : undefined;
}

/** Live leads and contacts by e-mail (Salesforce compares without case). */
export async function byEmails(looking: Looking, emails: string[], fields: FieldSelection): Promise<ReadPage[]> {
  return byField(looking, ['lead', 'contact'], 'Email', emails.map((email) => email.trim()), fields);
}

/** Live records whose unique field has one of the values. */
export async function byIdentity(looking: Looking, object: 'contact' | 'lead', field: string, values: string[], fields: FieldSelection): Promise<ReadPage> {
  const pages = await byField(looking, [object], field, values, fields);
  return { object, records: pages.flatMap((one) => one.records), problems: pages.flatMap((one) => one.problems) };
}

/** Live records of the objects whose field has one of the values: one page an object. */
async function byField(looking: Looking, objects: ObjectName[], field: string, values: string[], fields: FieldSelection): Promise<ReadPage[]> {
  const wanted = [...new Set(values.filter((value) => value !== ''))];
  if (wanted.length === 0) return [];
  return seen(looking, async (shape) => {
    const asked = objects.flatMap((object) => {
      const reader = readerOf(shape, object, fields, looking.names);
      return reader === undefined || shape.description[object]?.[field] === undefined ? [] : chunks(wanted, LIST).map((list) => ({ object, reader, soql: select(object, reader, isIn(field, list)) }));
    });
    const answers = await looking.api.queryMany(asked.map((one) => one.soql));
    const pages = new Map<ObjectName, ReadPage>();
    for (const [at, { object, reader }] of asked.entries()) {
      const more = page(object, reader, answers[at] ?? []);
      const sofar = pages.get(object);
      pages.set(object, sofar === undefined ? more : { object, records: [...sofar.records, ...more.records], problems: [...sofar.problems, ...more.problems] });
    }
    return [...pages.values()];
  });
}

/** Opportunities of the accounts, then their contact roles (I7). */
export async function opportunitiesOfAccounts(looking: Looking, accountIds: string[], fields: FieldSelection): Promise<ReadPage[]> {
  const opportunities = await byField(looking, ['opportunity'], 'AccountId', accountIds, fields);
  const ids = opportunities.flatMap((one) => one.records.map((record) => record.ref.id));
  return [...opportunities, ...(await byField(looking, ['role'], 'OpportunityId', ids, fields))];
}

/** The history object and its parent field, for objects that can keep field history. */
const HISTORY = { lead: ['LeadHistory', 'LeadId'], contact: ['ContactHistory', 'ContactId'] } as const;

/** Field history names the owner by pseudo-fields; each change has a row with names and one with ids. */
const OWNER_FIELDS = ['Owner', 'ownerAssignment'];

/**
 * Field histories, newest first, for fields that the org tracks. An org or object without history gives none. Stamps are whole seconds. Text beyond
 * 255 characters leaves no value in history, only that it changed: such rows are left out, because an unknown value is not an empty one (M5).
 */
export async function histories(looking: Looking, object: 'contact' | 'lead', ids: string[], fields: string[]): Promise<Map<string, Record<string, FieldVersion[]>>> {
  const out = new Map<string, Record<string, FieldVersion[]>>();
  if (ids.length === 0 || fields.length === 0) return out;
  const [history, parent] = HISTORY[object];
  const described = (await looking.shapes.get()).description[object] ?? {};
  const names = fields.flatMap((field) => (field === 'OwnerId' ? OWNER_FIELDS : [field]));
  const queries = chunks([...new Set(ids)], LIST).map(
    (list) => `SELECT ${parent}, Field, OldValue, NewValue, CreatedById, CreatedDate FROM ${history} WHERE ${isIn(parent, list)} AND ${isIn('Field', names)} ORDER BY CreatedDate DESC, Id DESC`,
  );
  for (const rows of await looking.api.tryQueries(queries)) {
    if (rows instanceof CallFailed) {
      if (isOfTheQuery(rows)) continue;
      throw rows;
    }
    for (const raw of rows) {
      const row = parsed(HistoryRow, raw);
      const id = parsed(AnyRow, raw)?.[parent];
      const at = parseMoment(row?.CreatedDate);
      if (row === undefined || typeof id !== 'string' || at === undefined) continue;
      const isOwner = OWNER_FIELDS.includes(row.Field);
      if (isOwner && !(typeof row.NewValue === 'string' && /^(005|00G)[A-Za-z0-9]{12,15}$/.test(row.NewValue))) continue;
      if (row.OldValue == null && row.NewValue == null) continue;
      const field = isOwner ? 'OwnerId' : row.Field;
      const value = toValue(described[field]?.type ?? 'text', row.NewValue ?? null);
      if (value === undefined) continue;
      const versions = out.get(id) ?? {};
      (versions[field] ??= []).push({ value, at, ...(row.CreatedById == null ? {} : { by: { id: row.CreatedById } }) });
      out.set(id, versions);
    }
  }
  return out;
}

/**
 * When closed opportunities entered the stage that they are closed in (L12), by OpportunityHistory, which every org keeps: one row per change of
 * amount, probability, stage or date, with the values after it. Open ones are left out. To the second.
 */
export async function closedAt(looking: Looking, opportunityIds: string[]): Promise<Map<string, EpochMs>> {
  const out = new Map<string, EpochMs>();
  if (opportunityIds.length === 0) return out;
  const { closedStages } = await looking.shapes.get();
  const queries = chunks([...new Set(opportunityIds)], LIST).map(
    (list) => `SELECT OpportunityId, StageName, CreatedDate FROM OpportunityHistory WHERE ${isIn('OpportunityId', list)} ORDER BY CreatedDate, Id`,
  );
  const stages = new Map<string, string>();
  for (const rows of await looking.api.queryMany(queries)) {
    for (const row of parseEach(StageHistoryRow, rows).good) {
      const at = parseMoment(row.CreatedDate);
      if (at === undefined || stages.get(row.OpportunityId) === row.StageName) continue;
      stages.set(row.OpportunityId, row.StageName);
      if (closedStages.has(row.StageName)) out.set(row.OpportunityId, at);
      else out.delete(row.OpportunityId);
    }
  }
  return out;
}

/** Domains looked for in one query: each is a condition of its own. */
const DOMAINS = 50;

/** The one account of each domain, by its website; null: several accounts have it. */
export async function accountsOfDomains({ api }: Looking, domains: string[]): Promise<Map<string, string | null>> {
  // A host name has no character that a pattern would take for a wildcard.
  const sought = new Set(domains.map((domain) => domain.toLowerCase()).filter((domain) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain) && !isPublicMail(domain)));
  const queries = chunks([...sought], DOMAINS).map((list) => `SELECT Id, Website FROM Account WHERE ${list.map((domain) => `Website LIKE ${text(`%${domain}%`)}`).join(' OR ')} ORDER BY Id`);
  const found = new Map<string, string | null>();
  for (const rows of queries.length === 0 ? [] : await api.queryMany(queries)) {
    for (const row of parseEach(WebsiteRow, rows).good) {
      const host = hostOf(row.Website);
      if (host !== null && sought.has(host)) found.set(host, found.has(host) && found.get(host) !== row.Id ? null : row.Id);
    }
  }
  return found;
}

/** The host of a website as people type it: with or without scheme, `www.`, path. */
function hostOf(website: string): string | null {
  const [, host] = /^(?:[a-z]+:\/\/)?(?:www\.)?([a-z0-9.-]+)(?:[:/?#].*)?$/i.exec(website.trim()) ?? [];
  return host?.toLowerCase() ?? null;
}

/** Names of users and queues, each asked for once an hour at most. Ids that are neither are absent. */
export function createUserNames(api: Api, now: () => EpochMs): (ids: string[]) => Promise<Map<string, string>> {
  return keeping(now, async (ids) => {
    const [users, queues] = ['005', '00G'].map((prefix) => ids.filter((id) => id.startsWith(prefix))) as [string[], string[]];
    const queries = [...chunks(users, LIST).map((list) => `SELECT Id, Name FROM User WHERE ${isIn('Id', list)}`), ...chunks(queues, LIST).map((list) => `SELECT Id, Name FROM Group WHERE ${isIn('Id', list)}`)];
    return (await api.queryMany(queries)).flatMap((rows) => parseEach(NameRow, rows).good.map((row) => [row.Id, row.Name] as const));
  });
}

/** Addresses of active users (`User.Email`), each asked for once an hour at most; a queue has none. */
export function createUserEmails(api: Api, now: () => EpochMs): (ids: string[]) => Promise<Map<string, string>> {
  return keeping(now, async (ids) => {
    const users = ids.filter((id) => id.startsWith('005'));
    const rows = (await api.queryMany(chunks(users, LIST).map((list) => `SELECT Id, Email FROM User WHERE IsActive = true AND ${isIn('Id', list)}`))).flat();
    return parseEach(EmailRow, rows).good.map((row) => [row.Id, row.Email] as const);
  });
}

/** Keeps what `ask` says of ids for as long as it stands. */
function keeping(now: () => EpochMs, ask: (ids: string[]) => Promise<(readonly [string, string])[]>): (ids: string[]) => Promise<Map<string, string>> {
  const known = new Map<string, { said: string | undefined; at: EpochMs }>();
  return async (ids) => {
    const at = now();
    const unknown = [...new Set(ids)].filter((id) => {
      const one = known.get(id);
      return one === undefined || !stands(one.at, at, one.said !== undefined);
    });
    if (unknown.length > 0) {
      const said = new Map(await ask(unknown));
      for (const id of unknown) known.set(id, { said: said.get(id), at });
    }
    return new Map(ids.flatMap((id) => {
      const said = known.get(id)?.said;
      return said === undefined ? [] : [[id, said] as const];
    }));
  };
}

/** The deactivated ones among these users (`User.IsActive`). Asked for each time: who was active an hour ago may not be now. */
export async function inactiveUsers(api: Api, ids: string[]): Promise<Set<string>> {
  const users = [...new Set(ids)].filter((id) => id.startsWith('005'));
  const rows = (await api.queryMany(chunks(users, LIST).map((list) => `SELECT Id FROM User WHERE IsActive = false AND ${isIn('Id', list)}`))).flat();
  return new Set(parseEach(IdRow, rows).good.map((row) => row.Id));
}

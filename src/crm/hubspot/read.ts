import { CrmError, problem, type Problem } from '../../domain/problem';
import type { CrmRecord, EpochMs, FieldVersion } from '../../domain/record';
import { CallFailed } from '../pace';
import type { ReadPage } from '../port';
import type { HubspotApi, SearchRequest } from './api';
import { CONNECTOR_STRUCTURE, STRUCTURE, toRecord, toVersions, type Described } from './convert';
import { contactRef, isWholeCrm, problemOf } from './problems';
import { ErrorBody, HubspotRecord, idOf, parseEach, RecordWithHistory } from './schema';

/** Page sizes and limits: https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm and …/objects/contacts/guide. */
const LIST_PAGE = 100;
const SEARCH_PAGE = 200;
const BATCH = 100;
/** With property history, larger batches are reported to be refused. */
const HISTORY_BATCH = 50;
/** A search body may hold 3,000 characters. */
const SEARCH_BODY = 2_900;
/** Property names in the address of a list call: longer ones run into 414. */
const LIST_NAMES = 4_000;

/** What reading needs of the port it belongs to. */
export interface Reader {
  api: HubspotApi;
  described(): Promise<Described>;
  /** Ids of the owners that are queues, when any of these records may have one. */
  queues(ownerIds: ReadonlySet<string>): Promise<ReadonlySet<string>>;
  doNotCallProperty: string | undefined;
  now: () => number;
}

interface Converted {
  records: CrmRecord[];
  problems: Problem[];
}

/** The properties to ask for: structure, what the connector left if it is there, and what the caller wants. */
function wanted(reader: Reader, described: Described, fields: readonly string[]): string[] {
  const more = [...CONNECTOR_STRUCTURE, ...(reader.doNotCallProperty === undefined ? [] : [reader.doNotCallProperty])].filter((name) => name in described);
  return [...new Set([...STRUCTURE, ...more, ...fields])];
}

async function convert(reader: Reader, list: readonly unknown[], fields: readonly string[]): Promise<Converted> {
  const described = await reader.described();
  const { good, bad } = parseEach(HubspotRecord, list);
  const owners = new Set(good.map((contact) => contact.properties['hubspot_owner_id']).filter((id): id is string => Boolean(id)));
  const context = { described, fields, doNotCallProperty: reader.doNotCallProperty, queues: await reader.queues(owners) };
  const problems: Problem[] = bad.map((element) => {
    const id = idOf(element);
    return problem('unreadable', 'hubspot', id === undefined ? {} : { record: contactRef(id) });
  });
  const records: CrmRecord[] = [];
  for (const contact of good) {
    const converted = toRecord(contact, context);
    if (converted.record !== undefined) records.push(converted.record);
    if (converted.problem !== undefined) problems.push(converted.problem);
  }
  return { records, problems };
}

/**
 * Everything changed at or after `since` (HubSpot's clock), in order of id. The window of ids moves on with every page, so that no query is ever
 * asked past its 10,000th result, however many contacts one mass edit stamped with the same millisecond.
 *
 * The search index lags behind the records by up to half a minute: the caller's overlap covers that. The last page tells up to when all was read:
 * the moment of the first request, so that what changes meanwhile is read again next time.
 */
export async function* readSince(reader: Reader, since: EpochMs, fields: readonly string[]): AsyncGenerator<ReadPage> {
  const properties = wanted(reader, await reader.described(), fields);
  let lastId: string | undefined;
  let readUpTo: EpochMs | undefined;
  for (;;) {
    const request = searchRequest(since, lastId, properties);
    const isSlim = JSON.stringify(request).length > SEARCH_BODY;
    const reply = await reader.api.searchContacts(isSlim ? { ...request, properties: ['hs_object_id'] } : request);
    readUpTo ??= reply.askedAt ?? reader.now();
    const { results, paging } = reply.value;
    const ids = results.map(idOf).filter((id): id is string => id !== undefined && /^\d+$/.test(id));
    const isLast = results.length === 0 || paging?.next == null;
    const converted = isSlim ? await readDirectly(reader, ids, properties, fields) : await convert(reader, results, fields);
    if (!isLast) {
      const highest = ids.reduce<bigint>((highest, id) => (BigInt(id) > highest ? BigInt(id) : highest), BigInt(lastId ?? '0'));
      // Nothing on the page tells how far it got: to go on would read the same page for ever.
      if (String(highest) === (lastId ?? '0')) throw new CrmError(problem('unreadable', 'hubspot', { vendorCode: 'SEARCH_PAGE' }));
      lastId = String(highest);
    }
    yield { object: 'contact', ...converted, ...(isLast ? { readUpTo } : {}) };
    if (isLast) return;
  }
}

function searchRequest(since: EpochMs, lastId: string | undefined, properties: string[]): SearchRequest {
  return {
    filterGroups: [
      {
        filters: [
          { propertyName: 'lastmodifieddate', operator: 'GTE', value: String(Math.floor(since)) },
          ...(lastId === undefined ? [] : [{ propertyName: 'hs_object_id', operator: 'GT' as const, value: lastId }]),
        ],
      },
    ],
    sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
    properties,
    limit: SEARCH_PAGE,
  };
}

/** Every contact, then every archived one (as `gone`): the list follows ids, so it is stable while records change. */
export async function* readAll(reader: Reader, fields: readonly string[]): AsyncGenerator<ReadPage> {
  const properties = wanted(reader, await reader.described(), fields);
  const isSlim = properties.join('&properties=').length > LIST_NAMES;
  let readUpTo: EpochMs | undefined;
  for (const archived of [false, true]) {
    let after: string | undefined;
    for (;;) {
      const reply = await reader.api.listContacts({
        limit: LIST_PAGE,
        ...(after === undefined ? {} : { after }),
        properties: isSlim ? ['hs_object_id'] : properties,
        archived,
      });
      readUpTo ??= reply.askedAt ?? reader.now();
      const { results, paging } = reply.value;
      const next = paging?.next?.after;
      const ids = results.map(idOf).filter((id): id is string => id !== undefined);
      const converted = isSlim ? await readDirectly(reader, ids, properties, fields, archived) : await convert(reader, results, fields);
      if (archived) markDeleted(converted.records);
      const isLast = next === undefined;
      if (!isLast && next === after) throw new CrmError(problem('unreadable', 'hubspot', { vendorCode: 'LIST_PAGE' }));
      const isEnd = isLast && archived;
      if (converted.records.length + converted.problems.length > 0 || isEnd) yield { object: 'contact', ...converted, ...(isEnd ? { readUpTo } : {}) };
      if (isLast) break;
      after = next;
    }
  }
}

function markDeleted(records: CrmRecord[]): void {
  for (const record of records) record.gone = { how: 'deleted' };
}

async function readDirectly(reader: Reader, ids: string[], properties: string[], fields: readonly string[], archived = false): Promise<Converted> {
  const all: Converted = { records: [], problems: [] };
  for (const chunk of chunks([...new Set(ids)], BATCH)) {
    const found = await batchRead(reader, chunk, { properties, archived });
    const converted = await convert(reader, found.results, fields);
    all.records.push(...converted.records);
    all.problems.push(...converted.problems, ...found.problems);
  }
  return all;
}

/**
 * Contacts by id, read from the records themselves. Answers come in any order and may carry another id than asked: an id that was merged away
 * answers as its survivor, and is among the survivor's aliases. Ids that HubSpot does not find are looked for among the archived ones (`gone`).
 */
export async function byIds(reader: Reader, ids: readonly string[], fields: readonly string[]): Promise<ReadPage> {
  const properties = wanted(reader, await reader.described(), fields);
  const records = new Map<string, CrmRecord>();
  const problems: Problem[] = [];
  const missing: string[] = [];
  for (const chunk of chunks([...new Set(ids)], BATCH)) {
    const found = await batchRead(reader, chunk, { properties });
    problems.push(...found.problems);
    const converted = await convert(reader, found.results, fields);
    problems.push(...converted.problems);
    const accounted = new Set(converted.problems.map((one) => one.record?.id));
    for (const record of converted.records) {
      records.set(record.ref.id, record);
      accounted.add(record.ref.id);
      for (const alias of record.aliases) accounted.add(alias);
    }
    const unaccounted = chunk.filter((id) => !accounted.has(id));
    // A survivor that does not tell whom it absorbed (the property is hidden) can only stand for the one id left over.
    const strangers = converted.records.filter((record) => !chunk.includes(record.ref.id) && !record.aliases.some((alias) => chunk.includes(alias)));
    const [stranger] = strangers;
    const [left] = unaccounted;
    if (stranger !== undefined && left !== undefined && strangers.length === 1 && unaccounted.length === 1) stranger.aliases.push(left);
    else missing.push(...unaccounted);
  }
  for (const chunk of chunks(missing, BATCH)) {
    const found = await batchRead(reader, chunk, { properties, archived: true });
    const converted = await convert(reader, found.results, fields);
    markDeleted(converted.records);
    for (const record of converted.records) if (!records.has(record.ref.id)) records.set(record.ref.id, record);
    problems.push(...converted.problems);
  }
  return { object: 'contact', records: [...records.values()], problems };
}

/** Contacts by a unique property (`email`, or a property with `hasUniqueValue`). Values that nobody has are simply absent. */
export async function byUnique(reader: Reader, property: string, values: readonly string[], fields: readonly string[]): Promise<ReadPage> {
  const properties = wanted(reader, await reader.described(), property === 'email' ? fields : [...fields, property]);
  const keys = [...new Set(values.map((value) => (property === 'email' ? value.trim().toLowerCase() : value)))].filter((value) => value !== '');
  const records = new Map<string, CrmRecord>();
  const problems: Problem[] = [];
  for (const chunk of chunks(keys, BATCH)) {
    const found = await batchRead(reader, chunk, { properties, idProperty: property });
    problems.push(...found.problems);
    const converted = await convert(reader, found.results, fields);
    problems.push(...converted.problems);
    for (const record of converted.records) records.set(record.ref.id, record);
  }
  return { object: 'contact', records: [...records.values()], problems };
}

/**
 * Property histories by the ids asked for, newest first. A history with an entry that cannot be read is left out as a whole: half a history would
 * tell a wrong story, a missing one tells none.
 */
export async function histories(reader: Reader, ids: readonly string[], fields: readonly string[]): Promise<Map<string, Record<string, FieldVersion[]>>> {
  const described = await reader.described();
  const all = new Map<string, Record<string, FieldVersion[]>>();
  for (const chunk of chunks([...new Set(ids)], HISTORY_BATCH)) {
    const found = await batchRead(reader, chunk, { properties: ['hs_merged_object_ids'], history: [...fields] });
    for (const contact of parseEach(RecordWithHistory, found.results).good) {
      const kept: Record<string, FieldVersion[]> = {};
      for (const field of fields) {
        const list = contact.propertiesWithHistory?.[field];
        if (list === undefined) continue;
        const { versions, bad } = toVersions(described[field]?.type ?? 'text', list);
        if (bad === 0) kept[field] = versions;
      }
      const aliases = (contact.properties?.['hs_merged_object_ids'] ?? '').split(';');
      for (const id of chunk) if (id === contact.id || aliases.includes(id)) all.set(id, kept);
    }
  }
  return all;
}

interface BatchRead {
  properties: string[];
  idProperty?: string;
  history?: string[];
  archived?: boolean;
}

/** One batch read. Ids that are not found are not problems; when HubSpot refuses the whole batch for one id, halves are read until it is alone. */
async function batchRead(reader: Reader, ids: string[], how: BatchRead): Promise<{ results: unknown[]; problems: Problem[] }> {
  try {
    const { value } = await reader.api.readContacts({ ids, ...how });
    const problems = parseEach(ErrorBody, value.errors ?? [])
      .good.map((body) => problemOf({ body }))
      .filter((found) => found.code !== 'not_found');
    return { results: value.results, problems };
  } catch (error) {
    // An answer that nobody can read says nothing about any id: halves would get the same, each after all its tries.
    if (!(error instanceof CallFailed) || isWholeCrm(error.problem.code) || ['no_permission', 'unreadable'].includes(error.problem.code)) throw error;
    if (error.problem.code === 'not_found') return { results: [], problems: [] };
    const [only] = ids;
    if (only !== undefined && ids.length === 1) {
      return { results: [], problems: [how.idProperty === undefined ? { ...error.problem, record: contactRef(only) } : error.problem] };
    }
    const half = Math.ceil(ids.length / 2);
    const first = await batchRead(reader, ids.slice(0, half), how);
    const second = await batchRead(reader, ids.slice(half), how);
    return { results: [...first.results, ...second.results], problems: [...first.problems, ...second.problems] };
  }
}

export function chunks<T>(list: readonly T[], size: number): T[][] {
  const all: T[][] = [];
  for (let at = 0; at < list.length; at += size) all.push(list.slice(at, at + size));
  return all;
}

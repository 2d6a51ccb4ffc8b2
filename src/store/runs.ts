import type { CrmName, EpochMs, ReadObject } from '../domain/record';
import type { RunRow } from './port';
import { inParts, insertRows } from './session';
import type { Session } from './session';

/* Runs, watermarks, single values, and the hashes of the forgotten. */

type RunTable = { id: string; kind: string; mode: RunRow['mode']; status: RunRow['status']; started_at: number; finished_at: number | null; agreement: string; summary: string };

function runOf(row: RunTable): RunRow {
  return { id: row.id, kind: row.kind, mode: row.mode, status: row.status, startedAt: row.started_at, finishedAt: row.finished_at, agreement: row.agreement, summary: JSON.parse(row.summary) as unknown };
}

export async function putRun(session: Session, row: RunRow): Promise<void> {
  const values = [row.id, row.kind, row.mode, row.status, row.startedAt, row.finishedAt, row.agreement, JSON.stringify(row.summary ?? null)];
  await insertRows(session, 'runs', ['id', 'kind', 'mode', 'status', 'started_at', 'finished_at', 'agreement', 'summary'], [values], { key: ['id'], then: 'replace' });
}

export async function run(session: Session, id: string): Promise<RunRow | null> {
  const row = await session.db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : runOf(row);
}

export async function runs(session: Session, beforeStartedAt: EpochMs | null, limit: number): Promise<RunRow[]> {
  const query = session.db.selectFrom('runs').selectAll().orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit);
  return (await (beforeStartedAt === null ? query : query.where('started_at', '<', beforeStartedAt)).execute()).map(runOf);
}

export async function setWatermark(session: Session, crm: CrmName, object: ReadObject, at: EpochMs, runId: string): Promise<void> {
  await insertRows(session, 'watermarks', ['crm', 'object', 'at', 'run'], [[crm, object, at, runId]], { key: ['crm', 'object'], then: 'replace' });
}

export async function watermarks(session: Session): Promise<{ crm: CrmName; object: ReadObject; at: EpochMs; run: string }[]> {
  return session.db.selectFrom('watermarks').select(['crm', 'object', 'at', 'run']).orderBy('crm').orderBy('object').execute();
}

export async function setMeta(session: Session, key: string, value: string | null): Promise<void> {
  if (value === null) await session.db.deleteFrom('meta').where('key', '=', key).execute();
  else await insertRows(session, 'meta', ['key', 'value'], [[key, value]], { key: ['key'], then: 'replace' });
}

export async function meta(session: Session, key: string): Promise<string | null> {
  return (await session.db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst())?.value ?? null;
}

export async function addForgotten(session: Session, hashes: string[], at: EpochMs): Promise<void> {
  await insertRows(session, 'forgotten', ['hash', 'at'], [...new Set(hashes)].map((hash) => [hash, at]), { key: ['hash'], then: 'keep' });
}

export async function areForgotten(session: Session, hashes: string[]): Promise<Set<string>> {
  const rows = await inParts(hashes, (part) => session.db.selectFrom('forgotten').select('hash').where('hash', 'in', part).execute());
  return new Set(rows.map((row) => row.hash));
}

export async function anyForgotten(session: Session): Promise<boolean> {
  return (await session.db.selectFrom('forgotten').select('hash').limit(1).executeTakeFirst()) !== undefined;
}

import type { SandboxDatabase } from '../database';
import type { SandboxClock } from '../clock';
import type { ObjectType } from './objectTypes';
import { tableOf } from './tables';

/** A moment as worlds write it: epoch milliseconds, ISO text with a zone, or a Date. */
export type Moment = number | string | Date;

/** A record to load as it stands. Values are taken as they are: nothing is checked, no history is made unless given. */
export interface LoadedRow {
  id?: number | string;
  properties: Record<string, string | number | boolean | null | undefined>;
  createdate?: Moment;
  lastmodifieddate?: Moment;
  /** Set: the record is archived since then. */
  archivedAt?: Moment;
  /** Earlier and present values of single properties, in any order. */
  history?: Record<string, { value: string; timestamp: Moment; sourceType?: string; sourceId?: string; sourceLabel?: string; userId?: number }[]>;
}

export function momentOf(moment: Moment): number {
  const at = typeof moment === 'number' ? moment : new Date(moment).getTime();
  if (Number.isNaN(at)) throw new Error(`Not a moment: ${String(moment)}`);
  return at;
}

/** Rows per transaction. */
const chunk = 20_000;

/**
 * Puts many records into the portal at once: e-mails get lower case and must be free, opted-out contacts (`hs_email_optout: true`) get their
 * opt-out in the communication preferences too, everything else goes in unread. Answers how many went in.
 */
export function loadRecords(
  parts: { database: SandboxDatabase; clock: SandboxClock; uniqueProperties: (type: ObjectType) => string[] },
  type: ObjectType,
  rows: Iterable<LoadedRow>,
): number {
  const { database } = parts;
  const now = parts.clock.now();
  const insert = database.prepare(`INSERT INTO ${tableOf(type)} (id, created, modified, archived, props) VALUES (?, ?, ?, ?, ?)`);
  const takeEmail = database.prepare('INSERT INTO hs_emails (email, id) VALUES (?, ?)');
  const takeUnique = database.prepare('INSERT INTO hs_unique (type, property, value, id) VALUES (?, ?, ?, ?)');
  const optOut = database.prepare(
    "INSERT OR REPLACE INTO hs_subscription_statuses (email, subscription, status, at, source) VALUES (?, 0, 'UNSUBSCRIBED', ?, 'IMPORT')",
  );
  const history = database.prepare(
    'INSERT INTO hs_history (type, id, property, at, value, source_type, source_id, source_label, user_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const unique = parts.uniqueProperties(type);

  const put = (row: LoadedRow): void => {
    const props: Record<string, string> = {};
    for (const name in row.properties) {
      const value = row.properties[name];
      if (value !== null && value !== undefined && value !== '') props[name] = typeof value === 'string' ? value : String(value);
    }
    const created = row.createdate === undefined ? now : momentOf(row.createdate);
    const modified = row.lastmodifieddate === undefined ? created : momentOf(row.lastmodifieddate);
    const archived = row.archivedAt === undefined ? null : momentOf(row.archivedAt);
    if (type === 'contacts') for (const name of ['email', 'hs_additional_emails']) if (props[name] !== undefined) props[name] = props[name].trim().toLowerCase();
    const id = Number(insert.run(row.id === undefined ? null : Number(row.id), created, modified, archived, JSON.stringify(props)).lastInsertRowid);
    if (archived === null) {
      if (type === 'contacts') {
        if (props['email'] !== undefined) takeEmail.run(props['email'], id);
        if (props['hs_additional_emails'] !== undefined) for (const email of props['hs_additional_emails'].split(';')) takeEmail.run(email, id);
      }
      for (const name of unique) if (props[name] !== undefined) takeUnique.run(type, name, props[name], id);
    }
    if (props['hs_email_optout'] === 'true' && props['email'] !== undefined) optOut.run(props['email'], modified);
    for (const [name, entries] of Object.entries(row.history ?? {})) {
      const inOrder = entries.map((entry) => ({ ...entry, at: momentOf(entry.timestamp) })).sort((one, other) => one.at - other.at);
      for (const entry of inOrder) {
        history.run(type, id, name, entry.at, entry.value, entry.sourceType ?? 'IMPORT', entry.sourceId ?? null, entry.sourceLabel ?? null, entry.userId ?? null);
      }
    }
  };
  const putAll = database.transaction((batch: LoadedRow[]) => {
    for (const row of batch) put(row);
  });

  let count = 0;
  let batch: LoadedRow[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < chunk) continue;
    putAll(batch);
    count += batch.length;
    batch = [];
  }
  putAll(batch);
  return count + batch.length;
}

import type { Org } from '../org';
import type { XmlObject } from '../soap/xml';

/** A metadata component as it was last sent, with its stamps. */
export interface StoredComponent {
  type: string;
  fullName: string;
  id: string;
  body: XmlObject;
  created: number;
  modified: number;
}

export function prepareStore(org: Org): void {
  org.database.exec(
    'CREATE TABLE IF NOT EXISTS sf_metadata (type TEXT NOT NULL, fullName TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL, PRIMARY KEY (type, fullName))',
  );
}

export function readStored(org: Org, type: string, fullName: string): StoredComponent | undefined {
  const row = org.storage.prepare('SELECT * FROM sf_metadata WHERE type = ? AND fullName = ?').get(type, fullName) as (Omit<StoredComponent, 'body'> & { body: string }) | undefined;
  return row ? { ...row, body: JSON.parse(row.body) as XmlObject } : undefined;
}

export function listStored(org: Org, type: string): StoredComponent[] {
  const rows = org.storage.prepare('SELECT * FROM sf_metadata WHERE type = ? ORDER BY fullName').all(type) as (Omit<StoredComponent, 'body'> & { body: string })[];
  return rows.map((row) => ({ ...row, body: JSON.parse(row.body) as XmlObject }));
}

export function store(org: Org, type: string, fullName: string, body: XmlObject): void {
  const now = org.now();
  org.storage
    .prepare(
      'INSERT INTO sf_metadata (type, fullName, id, body, created, modified) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (type, fullName) DO UPDATE SET body = excluded.body, modified = excluded.modified',
    )
    .run(type, fullName, org.storage.nextId('0Ws'), JSON.stringify(body), now, now);
}

export function unstore(org: Org, type: string, fullName: string): void {
  org.storage.prepare('DELETE FROM sf_metadata WHERE type = ? AND fullName = ?').run(type, fullName);
}

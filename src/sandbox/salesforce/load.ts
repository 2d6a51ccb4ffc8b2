import type { Statement } from 'better-sqlite3';
import type { Field } from './objects/define';
import type { Org } from './org';
import { quote, tableOf } from './storage';
import { parseDateTime, wholeSeconds, type Stored } from './values';

/** Rows between two commits. */
const BATCH = 50_000;

interface Shape {
  statement: Statement;
  readers: ((row: Record<string, unknown>) => Stored)[];
}

/**
 * Inserts rows past all rules, fast enough for a million: values are taken as they are, only brought into the stored form. An empty table is
 * filled without its indexes, which are made at the end.
 */
export function loadRows(org: Org, type: string, rows: Iterable<Record<string, unknown>>): number {
  const object = org.catalog.known(type);
  const bare = org.storage.prepare(`SELECT count(*) FROM (SELECT 1 FROM "${tableOf(object.name)}" LIMIT 1)`).pluck().get() === 0;
  if (bare) org.storage.dropIndexes(object.name);
  const shapes = new Map<string, Shape>();
  let count = 0;
  const iterator = rows[Symbol.iterator]();
  try {
    for (let done = false; !done; ) {
      org.atomic(() => {
        for (let i = 0; i < BATCH; i += 1) {
          const next = iterator.next();
          if (next.done) {
            done = true;
            return;
          }
          const key = Object.keys(next.value).join(',');
          let shape = shapes.get(key);
          if (!shape) {
            shape = makeShape(org, object.name, Object.keys(next.value));
            shapes.set(key, shape);
          }
          const row = next.value;
          shape.statement.run(shape.readers.map((read) => read(row)));
          count += 1;
        }
      });
    }
  } finally {
    if (bare) org.storage.createIndexes(object.name);
  }
  return count;
}

function makeShape(org: Org, type: string, names: string[]): Shape {
  const object = org.catalog.known(type);
  const columns = new Map<string, (row: Record<string, unknown>) => Stored>();
  for (const name of names) {
    if (name === 'attributes') continue;
    const field = org.catalog.field(object, name);
    if (!field) throw new Error(`the sandbox's ${type} has no field ${name}`);
    columns.set(field.name, reader(field, name));
  }
  const user = org.settings.get('adminUser', '');
  const given = new Set(columns.keys());
  const now = org.now();
  const created = columns.get('CreatedDate') ?? (() => now);
  const modified = columns.get('LastModifiedDate') ?? columns.get('SystemModstamp') ?? created;
  const fill = (name: string, read: (row: Record<string, unknown>) => Stored): void => {
    if (!given.has(name)) columns.set(name, read);
  };
  fill('Id', () => org.storage.nextId(object.prefix));
  fill('IsDeleted', () => 0);
  fill('CreatedDate', created);
  fill('CreatedById', () => user);
  fill('LastModifiedDate', modified);
  fill('LastModifiedById', () => user);
  fill('SystemModstamp', columns.get('SystemModstamp') ?? modified);
  if (object.byName.has('ownerid')) fill('OwnerId', () => user);
  if (type === 'Lead') {
    const status = org.catalog.leadStatuses().find((s) => s.default)?.value ?? null;
    fill('Status', () => status);
  }
  if (type === 'Lead' || type === 'Contact') fill('Name', (row) => [row.FirstName, row.LastName].filter((p) => typeof p === 'string' && p !== '').join(' '));
  const sql = `INSERT INTO "${tableOf(type)}" (${[...columns.keys()].map(quote).join(', ')}) VALUES (${[...columns].map(() => '?').join(', ')})`;
  return { statement: org.database.prepare(sql), readers: [...columns.values()] };
}

function reader(field: Field, name: string): (row: Record<string, unknown>) => Stored {
  switch (field.type) {
    case 'boolean':
      return (row) => (row[name] === true || row[name] === 'true' ? 1 : 0);
    case 'datetime':
      return (row) => {
        const value = row[name];
        if (typeof value === 'number') return wholeSeconds(value);
        return typeof value === 'string' ? (parseDateTime(value) ?? null) : null;
      };
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return (row) => (row[name] === null || row[name] === undefined || row[name] === '' ? null : Number(row[name]));
    default:
      return (row) => {
        const value = row[name];
        return value === null || value === undefined || value === '' ? null : String(value);
      };
  }
}

import type { Statement } from 'better-sqlite3';
import type { SandboxDatabase } from '../database';
import type { Catalog, Shape } from './catalog';
import type { Field } from './objects/define';
import { makeId, type Row, type Stored } from './values';

/** How many ids are set aside in the database at a time: a restart skips the rest of a block, never repeats one. */
const ID_BLOCK = 1000;

/**
 * The org's rows: one table per object, one real column per field, so that SOQL becomes SQL over indexed columns. Rows keep the order of
 * their creation by rowid; ids, `SystemModstamp` and the usual look-up fields are indexed.
 */
export class Storage {
  private statements = new Map<string, Statement>();
  /** Counts the blocks of ids taken. */
  blocks = 0;
  private nextIds = new Map<string, { next: number; end: number }>();

  constructor(
    readonly database: SandboxDatabase,
    private readonly catalog: Catalog,
  ) {
    database.exec('CREATE TABLE IF NOT EXISTS sf_counter (prefix TEXT PRIMARY KEY, next INTEGER NOT NULL)');
    for (const object of catalog.every()) this.ensure(object.name);
  }

  /** Makes the table of an object, or the columns that it lacks. */
  ensure(object: string): void {
    const shape = this.catalog.known(object);
    const table = tableOf(object);
    const have = new Set((this.database.prepare(`PRAGMA table_info("${table}")`).all() as { name: string }[]).map((c) => c.name));
    if (have.size === 0) {
      const columns = shape.fields.map(columnOf);
      this.database.exec(`CREATE TABLE "${table}" (${columns.join(', ')}, "_deletedAt" INTEGER, "_hidden" INTEGER NOT NULL DEFAULT 0)`);
      this.database.exec(`CREATE UNIQUE INDEX "${table}_id" ON "${table}" ("Id")`);
      this.index(shape);
      this.statements.clear();
      return;
    }
    const lacking = shape.fields.filter((f) => !have.has(f.name));
    for (const f of lacking) this.database.exec(`ALTER TABLE "${table}" ADD COLUMN ${columnOf(f)}`);
    if (lacking.length > 0) {
      this.index(shape);
      this.statements.clear();
    }
  }

  private index(shape: Shape): void {
    for (const [name, columns] of indexesOf(shape)) this.database.exec(`CREATE INDEX IF NOT EXISTS "${name}" ON "${tableOf(shape.name)}" (${columns})`);
  }

  /** Indexes but the one on `Id`: a bulk load into an empty table is faster without them. */
  dropIndexes(object: string): void {
    for (const [name] of indexesOf(this.catalog.known(object))) this.database.exec(`DROP INDEX IF EXISTS "${name}"`);
  }

  createIndexes(object: string): void {
    this.index(this.catalog.known(object));
  }

  dropColumn(object: string, field: string): void {
    const table = tableOf(object);
    this.database.exec(`DROP INDEX IF EXISTS "${table}_${field}"`);
    this.database.exec(`ALTER TABLE "${table}" DROP COLUMN "${field}"`);
    this.statements.clear();
  }

  nextId(prefix: string): string {
    let block = this.nextIds.get(prefix);
    if (!block || block.next >= block.end) {
      const row = this.prepare('SELECT next FROM sf_counter WHERE prefix = ?').get(prefix) as { next: number } | undefined;
      const next = Math.max(row?.next ?? 1, block?.next ?? 1);
      this.prepare('INSERT INTO sf_counter (prefix, next) VALUES (?, ?) ON CONFLICT (prefix) DO UPDATE SET next = excluded.next').run(prefix, next + ID_BLOCK);
      this.blocks += 1;
      block = { next, end: next + ID_BLOCK };
      this.nextIds.set(prefix, block);
    }
    const id = makeId(prefix, block.next);
    block.next += 1;
    return id;
  }

  prepare(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (!statement) {
      if (this.statements.size > 500) this.statements.clear();
      statement = this.database.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  get(object: string, id: string): Row | undefined {
    return this.prepare(`SELECT * FROM "${tableOf(object)}" WHERE "Id" = ?`).get(id) as Row | undefined;
  }

  insert(object: string, row: Row): void {
    const columns = Object.keys(row);
    this.prepare(`INSERT INTO "${tableOf(object)}" (${columns.map(quote).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(...columns.map((c) => row[c] as Stored));
  }

  update(object: string, id: string, changes: Row): void {
    const columns = Object.keys(changes);
    if (columns.length === 0) return;
    this.prepare(`UPDATE "${tableOf(object)}" SET ${columns.map((c) => `${quote(c)} = ?`).join(', ')} WHERE "Id" = ?`).run(...columns.map((c) => changes[c] as Stored), id);
  }

  /** Rows whose columns hold these values (null never fits), live ones unless `deletedToo`. */
  find(object: string, where: Row, deletedToo = false): Row[] {
    const columns = Object.keys(where);
    const conditions = columns.map((c) => `${quote(c)} = ?`);
    if (!deletedToo) conditions.push('"IsDeleted" = 0');
    return this.prepare(`SELECT * FROM "${tableOf(object)}" WHERE ${conditions.join(' AND ')} ORDER BY rowid`).all(...columns.map((c) => where[c] as Stored)) as Row[];
  }

  remove(object: string, id: string): void {
    this.prepare(`DELETE FROM "${tableOf(object)}" WHERE "Id" = ?`).run(id);
  }

  *iterate(object: string): IterableIterator<Row> {
    // Pages by rowid: a caller may write while it reads.
    let last = 0;
    const page = this.prepare(`SELECT rowid AS "_rowid", * FROM "${tableOf(object)}" WHERE rowid > ? ORDER BY rowid LIMIT 1000`);
    for (;;) {
      const rows = page.all(last) as Row[];
      for (const row of rows) {
        last = row._rowid as number;
        yield row;
      }
      if (rows.length < 1000) return;
    }
  }

  /** Live rows of an object. */
  count(object: string): number {
    return (this.prepare(`SELECT count(*) AS n FROM "${tableOf(object)}" WHERE "IsDeleted" = 0`).get() as { n: number }).n;
  }

  /** Empties every table of the org. */
  clear(): void {
    for (const { name } of this.database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'sf\\_%' ESCAPE '\\'").all() as { name: string }[]) {
      this.database.exec(name.startsWith('sf_o_') ? `DROP TABLE "${name}"` : `DELETE FROM "${name}"`);
    }
    this.statements.clear();
    this.nextIds.clear();
  }

  /** Forgets the blocks of ids at hand: the transaction that took the last one was rolled back. */
  forgetIds(): void {
    this.nextIds.clear();
  }

  /** Forgets prepared statements: a rolled-back transaction may have changed the tables. */
  forgetStatements(): void {
    this.statements.clear();
  }
}

export function tableOf(object: string): string {
  return `sf_o_${object}`;
}

export function quote(column: string): string {
  return `"${column}"`;
}

function columnOf(field: Field): string {
  switch (field.type) {
    case 'boolean':
      return `"${field.name}" INTEGER NOT NULL DEFAULT ${field.defaultValue === true ? 1 : 0}`;
    case 'datetime':
      return `"${field.name}" INTEGER`;
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return `"${field.name}" REAL`;
    case 'id':
    case 'reference':
    case 'date':
    case 'time':
      return `"${field.name}" TEXT`;
    default:
      // SOQL compares text without regard to case, except in external ids that ask for it.
      return `"${field.name}" TEXT${field.caseSensitive ? '' : ' COLLATE NOCASE'}`;
  }
}

function indexesOf(shape: Shape): [name: string, columns: string][] {
  const table = tableOf(shape.name);
  return [
    [`${table}_stamp`, '"SystemModstamp", "Id"'],
    ...shape.indexes.map((columns): [string, string] => [`${table}_${columns.join('_')}`, columns.map(quote).join(', ')]),
    ...shape.fields.filter((f) => f.custom && (f.unique || f.externalId)).map((f): [string, string] => [`${table}_${f.name}`, quote(f.name)]),
  ];
}

import type { SandboxClock } from '../clock';
import type { SandboxDatabase } from '../database';
import { Access } from './access';
import { Catalog } from './catalog';
import { SalesforceError } from './errors';
import { OWN_PERMISSIONS } from './objects/setup';
import { Records } from './records';
import { seed } from './seed';
import { Settings } from './settings';
import { Storage } from './storage';
import { normaliseId, to18, wholeSeconds, type Row, type Stored } from './values';

/** Who acts, and with which of the headers that change what a write does. */
export interface Actor {
  userId: string;
  /** Run the active assignment rule (`Sforce-Auto-Assign`, whose default over REST is TRUE). */
  autoAssign: boolean;
  /** Save in spite of an Alert duplicate rule (`Sforce-Duplicate-Rule-Header: allowSave=true`). */
  allowDuplicates: boolean;
  /** The platform itself: sees and writes fields whatever the user's rights. */
  system: boolean;
  /** The open transaction that the write belongs to, if any. */
  transaction: symbol | null;
}

export function actor(userId: string, options: Partial<Omit<Actor, 'userId'>> = {}): Actor {
  return { userId, autoAssign: false, allowDuplicates: true, system: false, transaction: null, ...options };
}

/** One Salesforce org: its memory and its rules, without HTTP. */
export class Org {
  readonly settings: Settings;
  readonly catalog: Catalog;
  readonly storage: Storage;
  readonly access: Access;
  readonly records: Records;
  readonly orgId: string;
  /** Start moments of transactions that are open: records they wrote are not to be seen yet. */
  readonly openTransactions = new Map<symbol, number>();
  private readonly transactionLocks = new Map<string, symbol>();
  private readonly locks = new Map<string, number>();
  private stamp: number | null = null;

  constructor(
    readonly database: SandboxDatabase,
    readonly clock: SandboxClock,
    orgId: string | undefined,
  ) {
    this.settings = new Settings(database);
    this.catalog = new Catalog(this.settings);
    this.storage = new Storage(database, this.catalog);
    this.access = new Access(this.settings, this.catalog, this.storage);
    this.records = new Records(this);
    const id = normaliseId(orgId ?? this.settings.get('orgId', '00DWs000000Sbox'));
    this.orgId = id ?? to18('00DWs000000Sbox');
    this.seed();
  }

  /** Writes a new org's own rows, once. */
  seed(): void {
    if (this.settings.get('seeded', false)) return;
    this.database.transaction(() => {
      this.settings.set('orgId', this.orgId);
      seed(this);
      this.settings.set('seeded', true);
    })();
  }

  /** Empties every table and makes the org new. */
  reset(): void {
    this.storage.clear();
    this.settings.clear();
    this.catalog.load();
    for (const object of this.catalog.every()) this.storage.ensure(object.name);
    this.openTransactions.clear();
    this.transactionLocks.clear();
    this.locks.clear();
    this.access.changed();
    this.seed();
  }

  get integrationUserId(): string {
    return this.settings.get('integrationUser', '');
  }

  /** The moment that stamps carry: the clock's, to the whole second. */
  now(): number {
    return this.stamp ?? wholeSeconds(this.clock.now());
  }

  /** Runs `work` as if the clock stood at `at`. */
  withStamp<T>(at: number, work: () => T): T {
    const before = this.stamp;
    this.stamp = wholeSeconds(at);
    try {
      return work();
    } finally {
      this.stamp = before;
    }
  }

  /** Runs `work` wholly or not at all. Nested calls are savepoints. */
  atomic<T>(work: () => T): T {
    const { changes } = this.settings;
    const { blocks } = this.storage;
    try {
      return this.database.transaction(work)();
    } catch (error) {
      // What the caches learned inside did not happen.
      if (this.settings.changes !== changes) {
        this.settings.reload();
        this.catalog.load();
        this.storage.forgetStatements();
      }
      if (this.storage.blocks !== blocks) this.storage.forgetIds();
      this.access.changed();
      throw error;
    }
  }

  /** Inserts a row that the platform makes, past all rules. Returns its id. */
  system(object: string, fields: Row, userId = this.integrationUserId): string {
    const shape = this.catalog.known(object);
    const now = this.now();
    const id = (fields.Id as string | undefined) ?? this.storage.nextId(shape.prefix);
    this.storage.insert(object, {
      CreatedDate: now,
      CreatedById: userId,
      LastModifiedDate: now,
      LastModifiedById: userId,
      SystemModstamp: now,
      ...fields,
      Id: id,
    });
    return id;
  }

  /** Writes the one row of UserPermissionAccess, which tells whoever asks about themselves. */
  refreshOwnPermissions(userId: string): void {
    for (const row of this.storage.find('UserPermissionAccess', {})) this.storage.remove('UserPermissionAccess', row.Id as string);
    this.system('UserPermissionAccess', Object.fromEntries(OWN_PERMISSIONS.map((name) => [`Permissions${name}`, this.access.may(userId, name) ? 1 : 0])), userId);
  }

  lock(id: string, times: number): void {
    this.locks.set(id, times);
  }

  lockFor(transaction: symbol, id: string): void {
    this.transactionLocks.set(id, transaction);
  }

  unlock(transaction: symbol): void {
    for (const [id, owner] of this.transactionLocks) if (owner === transaction) this.transactionLocks.delete(id);
  }

  /** Throws when somebody else holds the row. */
  checkLock(who: Actor, id: string): void {
    const left = this.locks.get(id) ?? 0;
    const owner = this.transactionLocks.get(id);
    if (left <= 0 && (owner === undefined || owner === who.transaction)) return;
    if (left > 0) this.locks.set(id, left - 1);
    throw new SalesforceError('UNABLE_TO_LOCK_ROW', `unable to obtain exclusive access to this record or 1 records: ${id}`);
  }

  /** The name of a referenced record, null when there is none. */
  nameOf(id: Stored): string | null {
    if (typeof id !== 'string') return null;
    const object = this.catalog.objectOfId(id);
    return object === undefined ? null : ((this.storage.get(object, id)?.Name as string | null | undefined) ?? null);
  }

  /** A history row that names an event instead of a field (`leadConverted`, `leadMerged`), when the object is tracked at all. */
  historyOf(who: Actor, object: string, recordId: string, event: string): void {
    const history = this.catalog.known(object).history;
    if (history === null || this.settings.get<Record<string, string[]>>('tracked', {})[object] === undefined) return;
    this.system(history.object, { [history.parent]: recordId, Field: event, DataType: 'Text', OldValue: null, NewValue: null }, who.userId);
  }
}

import type { App, Sessions } from './api/oauth';
import { DAILY_LIMIT, type SentNotification, type Usage } from './api/misc';
import type { PicklistDefinition, FieldDefinition } from './definitions';
import { toField, toValues } from './definitions';
import { convertLead, type FieldMapping, type LeadConversion, type LeadConversionResult } from './convert';
import { SalesforceError } from './errors';
import { loadRows } from './load';
import { mergeRecords, type MergeResult } from './merge';
import { applyComponent, readComponent, removeComponent } from './metadata/components';
import type { Feature } from './objects/define';
import type { LeadStatusValue, StageValue } from './objects/picklists';
import { actor, type Actor, type Org } from './org';
import type { DuplicateMode } from './rules/duplicates';
import { putValidationRule, removeValidationRule } from './rules/validation';
import type { XmlObject } from './soap/xml';
import { seedStages, seedStatuses } from './seed';
import type { Queries } from './soql/run';
import { normaliseId, toApi, toStored, type Row } from './values';

/** What a user can do through the direct door. Refusals are thrown as `SalesforceError`, with the vendor's code. */
export interface Acts {
  /** Returns the new id. */
  create(type: string, fields: Record<string, unknown>): string;
  update(type: string, id: string, fields: Record<string, unknown>): void;
  delete(type: string, id: string): void;
  undelete(type: string, id: string): void;
  convertLead(conversion: LeadConversion): LeadConversionResult;
  merge(type: string, masterId: string, loserIds: string[], fields?: Record<string, unknown>): MergeResult;
}

export interface ActOptions {
  /** Run the active assignment rule, as the box on the page does (default: no). */
  autoAssign?: boolean;
  /** Save in spite of an Alert duplicate rule, as the page lets a person do (default: yes). */
  allowDuplicates?: boolean;
}

/** Writes that nobody sees yet: at `commit` they appear with the stamps of the moments at which they were made. */
export interface OpenTransaction {
  act(userId: string): Pick<Acts, 'create' | 'update' | 'delete'>;
  commit(): void;
  rollback(): void;
}

export interface NewUser {
  Name: string;
  Username?: string;
  Email?: string;
  IsActive?: boolean;
  TimeZoneSidKey?: string;
  Title?: string;
  Department?: string;
}

/** The direct door to the org, for worlds, tests and the story: the same rules as the API's, no HTTP. Times are epoch milliseconds. */
export class SalesforceState {
  constructor(
    private readonly org: Org,
    private readonly sessions: Sessions,
    private readonly queries: Queries,
    readonly app: App,
  ) {}

  get orgId(): string {
    return this.org.orgId;
  }

  get integrationUserId(): string {
    return this.org.integrationUserId;
  }

  /** A user with the rights of an administrator, for worlds that need somebody. */
  get adminUserId(): string {
    return this.org.settings.get('adminUser', '');
  }

  /** PEM certificate (or public key) that JWT bearer assertions are checked against; null: the signature is not looked at. */
  get certificate(): string | null {
    return this.app.certificate;
  }

  set certificate(pem: string | null) {
    this.app.certificate = pem;
    this.org.settings.set('certificate', pem);
  }

  /** Approves the app for a user, or takes the approval back: without it JWT bearer answers `invalid_grant`. */
  approve(userId: string, on = true): void {
    this.app.approved = [...this.app.approved.filter((id) => id !== userId), ...(on ? [userId] : [])];
    this.org.settings.set('approved', this.app.approved);
  }

  act(userId: string, options: ActOptions = {}): Acts {
    return this.actsOf(actor(userId, options));
  }

  private actsOf(who: Actor): Acts {
    const { org } = this;
    return {
      create: (type, fields) => org.atomic(() => org.records.create(who, type, fields)),
      update: (type, id, fields) => org.atomic(() => org.records.update(who, type, idOf(id), fields)),
      delete: (type, id) => org.atomic(() => org.records.delete(who, type, idOf(id))),
      undelete: (type, id) => org.atomic(() => org.records.restore(who, type, idOf(id))),
      convertLead: (conversion) => org.atomic(() => convertLead(org, who, conversion)),
      merge: (type, masterId, loserIds, fields = {}) => org.atomic(() => mergeRecords(org, who, type, idOf(masterId), loserIds.map(idOf), fields)),
    };
  }

  /** A record with every field as the API would render it, deleted ones too; undefined when there is none. */
  record(type: string, id: string): Record<string, unknown> | undefined {
    const row = this.org.storage.get(this.org.catalog.known(type).name, idOf(id));
    return row ? this.render(type, row) : undefined;
  }

  /** Every record of an object in the order of creation, deleted ones too. */
  *records(type: string): IterableIterator<Record<string, unknown>> {
    for (const row of this.org.storage.iterate(this.org.catalog.known(type).name)) yield this.render(type, row);
  }

  private render(type: string, row: Row): Record<string, unknown> {
    const shape = this.org.catalog.known(type);
    return Object.fromEntries(this.org.catalog.fields(shape).map((f) => [f.name, toApi(f, row[f.name])]));
  }

  /** Live records per object; objects without any are left out. */
  counts(): Record<string, number> {
    const counts = this.org.catalog.all().map((s): [string, number] => [s.name, this.org.storage.count(s.name)]);
    return Object.fromEntries(counts.filter(([, n]) => n > 0));
  }

  /** Runs SOQL as a user who sees everything. */
  query(soql: string): Record<string, unknown>[] {
    const options = { userId: this.adminUserId, version: '67.0', includeDeleted: false, pageSize: 2000 };
    const first = this.queries.query(soql, options);
    const records = [...first.records];
    for (let next = first.nextRecordsUrl; next !== undefined; ) {
      const page = this.queries.more(next.split('/').pop() as string, this.adminUserId);
      records.push(...page.records);
      next = page.nextRecordsUrl;
    }
    return records;
  }

  /**
   * Inserts rows past all rules: for bench worlds. Fields are the API's; `Id` and the system fields may be given (date-times as ISO text or
   * epoch milliseconds). Returns how many were inserted.
   */
  load(type: string, rows: Iterable<Record<string, unknown>>): number {
    return loadRows(this.org, type, rows);
  }

  /** A user whom field-level security does not limit: a rep. Returns the id. */
  addUser(user: NewUser): string {
    const [first, ...rest] = user.Name.split(' ');
    const slug = user.Name.normalize('NFD').replace(/[^A-Za-z ]/g, '').toLowerCase().replace(/ +/g, '.');
    return this.org.system('User', {
      Username: user.Username ?? `${slug}@concord.sandbox`,
      FirstName: rest.length > 0 ? (first ?? null) : null,
      LastName: rest.length > 0 ? rest.join(' ') : user.Name,
      Name: user.Name,
      Email: user.Email ?? `${slug}@concord.example`,
      Alias: slug.slice(0, 8),
      IsActive: (user.IsActive ?? true) ? 1 : 0,
      TimeZoneSidKey: user.TimeZoneSidKey ?? 'America/Mexico_City',
      LocaleSidKey: 'en_US',
      LanguageLocaleKey: 'en_US',
      UserType: 'Standard',
      Title: user.Title ?? null,
      Department: user.Department ?? null,
      ProfileId: this.org.storage.find('Profile', { Name: 'System Administrator' })[0]?.Id ?? null,
    });
  }

  /** Activates or deactivates a user: an inactive one owns nothing new and loses the sessions. */
  setUserActive(userId: string, active: boolean): void {
    this.org.storage.update('User', idOf(userId), { IsActive: active ? 1 : 0, SystemModstamp: this.org.now() });
  }

  addQueue(name: string): string {
    return this.org.system('Group', { Name: name, DeveloperName: name.replace(/\W+/g, '_'), Type: 'Queue' });
  }

  /** Adds a custom field that everybody sees; with `granted: false` one that, as after a metadata call, waits for a permission set. */
  addField(object: string, definition: FieldDefinition, options: { granted?: boolean } = {}): void {
    this.org.atomic(() => {
      const values = toValues(definition.values ?? []);
      if (values.length > 0) this.org.catalog.setValueSet(`${object}.${definition.name}`, values);
      this.org.catalog.putField(object, { ...toField(definition), open: options.granted ?? true });
      this.org.storage.ensure(object);
    });
  }

  /** Hides a field from a user (the integration user, when none is named) or from all who hold a permission set; `mode: 'edit'` leaves it readable. */
  hideField(object: string, field: string, options: { from?: string; mode?: 'read' | 'edit'; hidden?: boolean } = {}): void {
    this.org.access.hide(options.from ?? this.integrationUserId, object, field, options.mode ?? 'read', options.hidden ?? true);
  }

  /** Hides a whole object: describe leaves it out, SOQL says INVALID_TYPE. `mode: 'edit'` leaves it readable and refuses every write. */
  hideObject(object: string, options: { from?: string; mode?: 'read' | 'edit'; hidden?: boolean } = {}): void {
    this.org.access.hide(options.from ?? this.integrationUserId, object, '*', options.mode ?? 'read', options.hidden ?? true);
  }

  /** Gives a user (the integration user, when none is named) another licence, with the integration licence's companion or without. */
  setLicence(name: string, options: { user?: string; permissionSetLicense?: boolean } = {}): void {
    const user = idOf(options.user ?? this.integrationUserId);
    const profile = this.org.storage.get('User', user)?.ProfileId;
    if (typeof profile !== 'string') throw new Error('the user has no profile');
    const licence = (this.org.storage.find('UserLicense', { Name: name })[0]?.Id as string | undefined) ?? this.org.system('UserLicense', { Name: name });
    this.org.storage.update('Profile', profile, { UserLicenseId: licence });
    for (const row of this.org.storage.find('PermissionSetLicenseAssign', { AssigneeId: user })) this.org.storage.remove('PermissionSetLicenseAssign', row.Id as string);
    const companion = this.org.storage.find('PermissionSetLicense', { DeveloperName: 'SalesforceAPIIntegrationPsl' })[0]?.Id as string | undefined;
    if (options.permissionSetLicense === true && companion !== undefined) this.org.system('PermissionSetLicenseAssign', { AssigneeId: user, PermissionSetLicenseId: companion });
  }

  /** Hides one record from the integration user, as sharing does; its stamps do not move. */
  hideRecord(type: string, id: string, hidden = true): void {
    this.org.storage.update(type, idOf(id), { _hidden: hidden ? 1 : 0 });
  }

  /** Gives a user a permission by its API name, a custom one too, or takes it away. */
  permit(userId: string, permission: string, on = true): void {
    this.org.access.permit(idOf(userId), permission, on);
  }

  /** A rule that refuses every record for which the formula is true (`rules/formula.ts` lists the language). */
  addValidationRule(rule: { object: string; name: string; formula: string; message: string; field?: string; active?: boolean }): void {
    putValidationRule(this.org, { name: rule.name, object: rule.object, formula: rule.formula, message: rule.message, field: rule.field ?? null, active: rule.active ?? true });
  }

  removeValidationRule(object: string, name: string): void {
    removeValidationRule(this.org, object, name);
  }

  /** Puts fields on the object's page layout. */
  showOnLayout(object: string, fields: string[]): void {
    const all = this.org.settings.get<Record<string, string[]>>('layoutFields', {});
    this.org.settings.set('layoutFields', { ...all, [object]: [...new Set([...(all[object] ?? []), ...fields])] });
  }

  /** Makes or changes a piece of metadata, as an admin does in Setup. Text members only, as in XML. */
  putMetadata(type: string, fullName: string, body: XmlObject): void {
    this.org.atomic(() => applyComponent(this.org, type, fullName, body));
  }

  /** A piece of metadata as it stands, or undefined. */
  metadata(type: string, fullName: string): XmlObject | undefined {
    return readComponent(this.org, type, fullName);
  }

  removeMetadata(type: string, fullName: string): void {
    this.org.atomic(() => removeComponent(this.org, type, fullName));
  }

  /** The next `times` writes to this record answer UNABLE_TO_LOCK_ROW. */
  lockRow(id: string, options: { times?: number } = {}): void {
    this.org.lock(idOf(id), options.times ?? 1);
  }

  /** Replaces the values of a pick-list field (not Lead.Status or Opportunity.StageName, which have lists of their own). */
  setPicklist(object: string, field: string, values: readonly (string | PicklistDefinition)[], options: { restricted?: boolean } = {}): void {
    const shape = this.org.catalog.known(object);
    const found = this.org.catalog.field(shape, field);
    if (!found) throw new SalesforceError('INVALID_FIELD', `No such column '${field}' on entity '${object}'`);
    if (found.valueSet === 'LeadStatus' || found.valueSet === 'OpportunityStage') throw new Error(`use setLeadStatuses or setStages for ${object}.${field}`);
    this.org.catalog.setValueSet(found.valueSet ?? `${object}.${found.name}`, toValues(values));
    if (found.custom && options.restricted !== undefined) this.org.catalog.putField(object, { ...found, restricted: options.restricted });
  }

  setLeadStatuses(statuses: readonly LeadStatusValue[]): void {
    this.org.atomic(() => {
      this.org.catalog.setLeadStatuses(statuses);
      seedStatuses(this.org);
    });
  }

  setStages(stages: readonly StageValue[]): void {
    this.org.atomic(() => {
      this.org.catalog.setStages(stages);
      seedStages(this.org);
    });
  }

  /** A record type with its own choice of values per pick-list field. Returns the id. */
  addRecordType(object: string, developerName: string, picklists: Record<string, string[]> = {}): string {
    return this.org.atomic(() => {
      const id = this.org.system('RecordType', { Name: developerName.replace(/_/g, ' '), DeveloperName: developerName, SobjectType: object, IsActive: 1 });
      this.org.catalog.putRecordType({ id, object, developerName, name: developerName.replace(/_/g, ' '), picklists });
      return id;
    });
  }

  /** The active lead assignment rule: every create and update without `Sforce-Auto-Assign: FALSE` moves the lead to this owner. Null: none. */
  assignmentRule(ownerId: string | null): void {
    this.org.settings.set('assignmentOwner', ownerId === null ? null : idOf(ownerId));
    const [rule] = this.org.storage.find('AssignmentRule', { SobjectType: 'Lead' });
    if (rule === undefined) this.org.system('AssignmentRule', { Name: 'Standard', SobjectType: 'Lead', Active: ownerId === null ? 0 : 1 });
    else this.org.storage.update('AssignmentRule', rule.Id as string, { Active: ownerId === null ? 0 : 1 });
  }

  /** The duplicate rule (same e-mail among live leads and contacts). */
  duplicateRule(mode: DuplicateMode): void {
    this.org.settings.set('duplicateRule', mode);
  }

  /** Switches field history on for these fields of an object; null switches it off. Rows written before stay. */
  trackHistory(object: string, fields: string[] | null): void {
    const { [object]: _old, ...others } = this.org.settings.get<Record<string, string[]>>('tracked', {});
    this.org.settings.set('tracked', fields === null ? others : { ...others, [object]: fields });
  }

  /** Custom fields that conversion carries from the lead to the other objects; replaces the mapping. */
  mapConversion(mappings: readonly FieldMapping[]): void {
    this.org.settings.set('leadConvertMappings', mappings);
  }

  switchFeature(feature: Exclude<Feature, 'recordTypes'>, on: boolean): void {
    this.org.catalog.switchFeature(feature, on);
  }

  /** Sets the exchange rates of a multi-currency org, in units of that currency per corporate unit; the first is the corporate one. */
  setCurrencies(rates: Record<string, number>): void {
    this.switchFeature('multiCurrency', true);
    for (const row of this.org.storage.find('CurrencyType', {})) this.org.storage.remove('CurrencyType', row.Id as string);
    Object.entries(rates).forEach(([code, rate], i) => this.org.system('CurrencyType', { IsoCode: code, ConversionRate: rate, DecimalPlaces: 2, IsActive: 1, IsCorporate: i === 0 ? 1 : 0 }));
    this.org.catalog.setValueSet('CurrencyIsoCode', toValues(Object.keys(rates)));
  }

  /** Ends every session: the next call with an old token answers 401. */
  expireSessions(): void {
    this.sessions.expireAll();
  }

  /** Minutes of inactivity after which a session is over. */
  setSessionMinutes(minutes: number): void {
    this.org.settings.set('sessionMinutes', minutes);
  }

  /** The daily quota; `used` may be set too, as if others had spent it. */
  setDailyLimit(max: number, used?: number): void {
    this.org.settings.set('dailyLimit', max);
    if (used !== undefined) this.org.settings.set('usage', { since: this.org.clock.now(), used } satisfies Usage);
  }

  usage(): { used: number; limit: number } {
    return { used: this.org.settings.get<Usage>('usage', { since: 0, used: 0 }).used, limit: this.org.settings.get('dailyLimit', DAILY_LIMIT) };
  }

  /** Moves a record's `SystemModstamp` and nothing else: a phantom change. */
  touch(type: string, id: string): void {
    this.org.storage.update(this.org.catalog.known(type).name, idOf(id), { SystemModstamp: this.org.now() });
  }

  /** Changes stored fields past all rules and stamps, for worlds that need an odd past. */
  patch(type: string, id: string, fields: Record<string, unknown>): void {
    const shape = this.org.catalog.known(type);
    const row: Row = {};
    for (const [name, value] of Object.entries(fields)) {
      const field = this.org.catalog.field(shape, name);
      if (!field) throw new SalesforceError('INVALID_FIELD', `No such column '${name}' on entity '${type}'`);
      row[field.name] = toStored(field, value);
    }
    this.org.storage.update(shape.name, idOf(id), row);
  }

  /** Custom notifications sent so far. */
  notifications(): SentNotification[] {
    return this.org.settings.get<SentNotification[]>('notifications', []);
  }

  /**
   * Opens a transaction: what is written through it is refused or accepted at once, holds its rows locked, and is seen by nobody until `commit`,
   * where it appears behind the stamps that others wrote meanwhile. A process that ends loses it, as a real one would roll back.
   */
  openTransaction(): OpenTransaction {
    const { org } = this;
    const key = Symbol('transaction');
    const steps: { at: number; run: () => void }[] = [];
    org.openTransactions.set(key, org.now());
    const replay = (): void => {
      for (const step of steps) org.withStamp(step.at, step.run);
    };
    const add = (run: () => void): void => {
      const at = org.now();
      steps.push({ at, run });
      try {
        org.atomic(() => {
          replay();
          throw new Rehearsal();
        });
      } catch (error) {
        if (error instanceof Rehearsal) return;
        steps.pop();
        throw error;
      }
    };
    const close = (): void => {
      org.openTransactions.delete(key);
      org.unlock(key);
    };
    return {
      act: (userId) => {
        const who = actor(userId, { transaction: key });
        return {
          create: (type, fields) => {
            const id = org.storage.nextId(org.catalog.known(type).prefix);
            add(() => void org.records.create(who, type, fields, id));
            return id;
          },
          update: (type, id, fields) => {
            add(() => org.records.update(who, type, idOf(id), fields));
            org.lockFor(key, idOf(id));
          },
          delete: (type, id) => {
            add(() => org.records.delete(who, type, idOf(id)));
            org.lockFor(key, idOf(id));
          },
        };
      },
      commit: () => {
        org.atomic(replay);
        close();
      },
      rollback: close,
    };
  }

  /** Empties the org and makes it new: only the seed rows remain. */
  reset(): void {
    this.org.reset();
    this.queries.clear();
    this.app.certificate = null;
    this.app.approved = [this.integrationUserId];
  }
}

/** Thrown to undo the trial run of a transaction's step. */
class Rehearsal extends Error {}

function idOf(text: string): string {
  const id = normaliseId(text);
  if (id === undefined) throw new SalesforceError('MALFORMED_ID', `malformed id ${text}`);
  return id;
}

import type { SandboxDatabase } from '../database';
import type { SandboxClock } from '../clock';
import { entryBy, mayWriteReadOnly, type Actor } from './actor';
import type { Associations } from './associations';
import type { Definitions } from './definitions';
import type { Directory } from './directory';
import { conflictRefusal, missingRecord, validationRefusal, valuesRefusal, type ValueProblem } from './errors';
import { objectFacts, type ObjectType } from './objectTypes';
import type { Portal } from './portal';
import { importedEntry, type Records, type StoredRecord } from './records';
import { stageDates, stageOutcome } from './stages';
import type { Happening } from './webhooks';
import { checkValue, isEmail, printMoment, type ValueWarning } from './values';

/** The parts of the portal that a write touches. */
export interface WriterParts {
  database: SandboxDatabase;
  clock: SandboxClock;
  portal: Portal;
  definitions: Definitions;
  records: Records;
  associations: Associations;
  directory: Directory;
  /** Opt-outs of an address, from the communication preferences. */
  optOuts: (email: string) => { all: boolean; some: number[] };
  blocked: (email: string) => boolean;
}

export interface WriteOptions {
  /** Properties hidden from this token do not exist for it. */
  token?: string;
  /** Checks that exist only on paths from 2026-09 on. */
  requireAll?: boolean;
}

export interface Written {
  record: StoredRecord;
  warnings: ValueWarning[];
}

/** Values to store, by property; null clears. A stage that moves by way of blank takes more than one step. */
interface Planned {
  changes: Map<string, (string | null)[]>;
  warnings: ValueWarning[];
}

/** What a change set off elsewhere: told after it is stored, inside the same transaction. */
export type AfterChange = (type: ObjectType, before: StoredRecord | undefined, after: StoredRecord, changed: ReadonlySet<string>) => void;

/** Creates and changes records by HubSpot's rules, whoever asks. */
export class Writer {
  afterChange: AfterChange = () => undefined;
  /** Told of what webhooks tell of. */
  announce: (type: ObjectType, happening: Happening) => void = () => undefined;

  constructor(private readonly parts: WriterParts) {}

  /** Runs to the end or not at all. */
  atomic<T>(work: () => T): T {
    return this.parts.database.transaction(work)();
  }

  /** The live record that an id leads to. 404 for an unknown or archived one. */
  live(type: ObjectType, id: number): StoredRecord {
    const { records } = this.parts;
    const stored = records.get(type, records.resolve(type, id));
    if (stored === undefined || stored.archived !== null) throw missingRecord();
    return stored;
  }

  create(type: ObjectType, properties: Record<string, unknown>, actor: Actor, options: WriteOptions = {}): Written {
    return this.atomic(() => {
      const { records, clock } = this.parts;
      const now = clock.now();
      const blank: StoredRecord = { id: 0, created: now, modified: now, archived: null, props: {} };
      const given = this.withDefaults(type, properties);
      const plan = this.plan(type, blank, given, actor, options);
      this.checkMinimum(type, plan, options);
      const origin: Record<string, string> = {
        hs_object_source: actor.sourceType,
        ...(actor.sourceId === undefined ? {} : { hs_object_source_id: actor.sourceId }),
        ...(actor.sourceLabel === undefined ? {} : { hs_object_source_label: actor.sourceLabel }),
        ...(actor.userId === undefined ? {} : { hs_object_source_user_id: String(actor.userId) }),
        ...(type === 'contacts' ? { hs_marketable_status: 'false' } : {}),
      };
      const id = records.insert(type, { created: now, modified: now, props: origin });
      this.announce(type, { what: 'creation', id, by: actor });
      const record = this.store(type, { ...blank, id, props: origin }, plan.changes, actor, true);
      return { record, warnings: plan.warnings };
    });
  }

  private withDefaults(type: ObjectType, properties: Record<string, unknown>): Record<string, unknown> {
    const { portal, directory } = this.parts;
    const stage = portal.settings.defaultLifecycleStage;
    if (type === 'contacts' && stage !== null && properties['lifecyclestage'] === undefined) return { ...properties, lifecyclestage: stage };
    const pipelines = directory.pipelines(type);
    if (type === 'deals' && properties['pipeline'] === undefined && pipelines.length === 1) return { ...properties, pipeline: pipelines[0]?.id };
    return properties;
  }

  private checkMinimum(type: ObjectType, plan: Planned, options: WriteOptions): void {
    const { minimum, singular } = objectFacts[type];
    const has = (name: string): boolean => plan.changes.get(name)?.at(-1) != null;
    const severalPipelines = type === 'deals' && this.parts.directory.pipelines(type).length > 1;
    const missing = [...minimum.all, ...(severalPipelines ? ['pipeline'] : [])].filter((name) => !has(name));
    if (minimum.oneOf.length > 0 && !minimum.oneOf.some(has)) missing.push(...minimum.oneOf);
    if (missing.length > 0) {
      throw validationRefusal(`Error creating ${singular.toUpperCase()}. Some required properties were not set.`, { context: { properties: missing } });
    }
    const required = options.requireAll === true ? (this.parts.portal.settings.requiredOnCreate[type] ?? []).filter((name) => !has(name)) : [];
    if (required.length > 0) {
      throw validationRefusal('Some required properties are missing.', {
        errors: [{ message: 'Required properties are missing', code: 'MISSING_REQUIRED_PROPERTY', context: { propertyName: required } }],
      });
    }
  }

  /** Changes the record that an id leads to. A write that changes nothing leaves the record's times alone. */
  update(type: ObjectType, id: number, properties: Record<string, unknown>, actor: Actor, options: WriteOptions = {}): Written {
    return this.atomic(() => {
      const before = this.live(type, id);
      const plan = this.plan(type, before, properties, actor, options);
      return { record: this.store(type, before, plan.changes, actor, false), warnings: plan.warnings };
    });
  }

  /** Writes what only HubSpot itself writes. `touch` moves the record's modification time even when no value changes. */
  system(type: ObjectType, id: number, values: Record<string, string | null>, actor: Actor, touch = false): StoredRecord | undefined {
    const before = this.parts.records.get(type, id);
    if (before === undefined || before.archived !== null) return undefined;
    return this.store(type, before, new Map(Object.entries(values).map(([name, value]) => [name, [value]])), actor, touch);
  }

  private plan(type: ObjectType, before: StoredRecord, properties: Record<string, unknown>, actor: Actor, options: WriteOptions): Planned {
    const { definitions, directory, portal } = this.parts;
    const problems: ValueProblem[] = [];
    const plan: Planned = { changes: new Map(), warnings: [] };
    for (const [name, raw] of Object.entries(properties)) {
      if (raw === undefined) continue;
      const definition = definitions.find(type, name);
      if (definition === undefined || portal.isHidden(options.token, type, name)) {
        problems.push({ name, error: 'PROPERTY_DOESNT_EXIST', message: `Property "${name}" does not exist` });
        continue;
      }
      const closed = definition.modificationMetadata.readOnlyValue || definition.calculated;
      if (closed && !(mayWriteReadOnly(actor) && !systemOnly(name))) {
        problems.push({ name, error: 'READ_ONLY_VALUE', message: `"${name}" is a read only property; its value cannot be set.` });
        continue;
      }
      if (raw !== null && typeof raw === 'object') throw validationRefusal(`Invalid input JSON: the value of ${name} should be a string`);
      const checked = checkValue(definition, raw, {
        before: before.props[name] ?? null,
        owner: (id) => this.assignable(id),
        pipelineOptions: (property) => {
          if (type !== 'deals') return undefined;
          if (property === 'pipeline') return directory.pipelines(type).map((pipeline) => pipeline.id);
          if (property !== 'dealstage') return undefined;
          const pipeline = String(properties['pipeline'] ?? before.props['pipeline'] ?? directory.pipelines(type)[0]?.id);
          return directory.pipelines(type).find((one) => one.id === pipeline)?.stages.map((stage) => stage.id) ?? [];
        },
      });
      if ('problem' in checked) {
        problems.push(checked.problem);
        continue;
      }
      if (checked.warning !== undefined) plan.warnings.push(checked.warning);
      plan.changes.set(name, [checked.value]);
    }
    if (type === 'contacts') problems.push(...this.planAddresses(before, plan));
    if (problems.length > 0) throw valuesRefusal(problems);
    this.planStage(type, before, plan, actor);
    this.checkUnique(type, before, plan);
    return plan;
  }

  private assignable(id: string): boolean {
    const owner = this.parts.directory.owner(id);
    return owner !== undefined && (!owner.archived || this.parts.portal.settings.allowArchivedOwner);
  }

  private planStage(type: ObjectType, before: StoredRecord, plan: Planned, actor: Actor): void {
    const wanted = plan.changes.get('lifecyclestage')?.at(-1);
    if (wanted === undefined) return;
    const order = this.parts.definitions.find(type, 'lifecyclestage')?.options ?? [];
    const who = actor.sourceType === 'CRM_UI' ? 'person' : actor.sourceType === 'INTEGRATION' || actor.sourceType === 'API' ? 'api' : 'machine';
    const outcome = stageOutcome(order, before.props['lifecyclestage'], wanted, who, this.parts.portal.settings.backwardStage);
    if (outcome === 'refuse') throw validationRefusal(`lifecyclestage cannot move back from ${before.props['lifecyclestage']} to ${wanted}`);
    if (outcome === 'keep') plan.changes.delete('lifecyclestage');
    else plan.changes.set('lifecyclestage', outcome.steps);
  }

  /** Addresses are lower case, each belongs to one contact, and a secondary one that becomes primary changes places. */
  private planAddresses(before: StoredRecord, plan: Planned): ValueProblem[] {
    if (!plan.changes.has('email') && !plan.changes.has('hs_additional_emails')) return [];
    const email = plan.changes.has('email') ? (plan.changes.get('email')?.at(-1) ?? null) : (before.props['email'] ?? null);
    const listed = plan.changes.has('hs_additional_emails') ? (plan.changes.get('hs_additional_emails')?.at(-1) ?? '') : (before.props['hs_additional_emails'] ?? '');
    const swapped = email !== null && email !== before.props['email'] && listed.split(';').includes(email) ? [before.props['email'] ?? ''] : [];
    const additional = [...new Set([...listed.split(';'), ...swapped].map((one) => one.trim().toLowerCase()).filter((one) => one !== '' && one !== email))];
    const wrong = additional.find((one) => !isEmail(one));
    if (wrong !== undefined) return [{ name: 'hs_additional_emails', error: 'INVALID_EMAIL', message: `Email address ${wrong} is invalid` }];
    plan.changes.set('hs_additional_emails', [additional.length === 0 ? null : additional.join(';')]);
    return [];
  }

  private checkUnique(type: ObjectType, before: StoredRecord, plan: Planned): void {
    const { records, definitions, blocked } = this.parts;
    if (type === 'contacts') {
      const wanted = [plan.changes.get('email')?.at(-1), ...(plan.changes.get('hs_additional_emails')?.at(-1) ?? '').split(';')];
      for (const email of wanted) {
        if (email == null || email === '') continue;
        if (blocked(email)) throw validationRefusal('Contacts that were permanently deleted for privacy reasons cannot be added again');
        const holder = records.byEmail(email);
        if (holder !== undefined && holder !== before.id) throw conflictRefusal('Contact', holder);
      }
    }
    for (const [name, steps] of plan.changes) {
      const value = steps.at(-1);
      if (value == null || definitions.find(type, name)?.hasUniqueValue !== true) continue;
      const holder = records.byUnique(type, name, value);
      if (holder !== undefined && holder !== before.id) throw conflictRefusal(objectFacts[type].singularLabel, holder);
    }
  }

  /** Stores the changes, with history and everything that follows from them by itself. */
  private store(type: ObjectType, before: StoredRecord, wanted: Map<string, (string | null)[]>, actor: Actor, touch: boolean): StoredRecord {
    const { records, clock, definitions } = this.parts;
    const now = clock.now();
    const props = { ...before.props };
    const changed = new Set<string>();
    for (const [name, steps] of wanted) {
      for (const value of steps) {
        const old = props[name];
        if ((old ?? null) === value) continue;
        changed.add(name);
        if (old !== undefined && !records.hasHistoryOf(type, before.id, name)) records.addHistoryEntry(type, before.id, name, importedEntry(old, before.created));
        records.addHistoryEntry(type, before.id, name, entryBy(actor, value ?? '', now));
        if (name === 'lifecyclestage') Object.assign(props, stageDates(old ?? null, value, now));
        if (value === null) delete props[name];
        else props[name] = value;
      }
    }
    if (changed.size === 0 && !touch) return before;
    if (changed.has('hubspot_owner_id')) props['hubspot_owner_assigneddate'] = printMoment(now);
    if (type === 'deals') this.closeDeal(props);
    if (type === 'contacts' && changed.has('email')) this.followOptOuts(props);
    const after: StoredRecord = { ...before, props, modified: now };
    records.save(type, before, after);
    if (type === 'contacts') records.setEmails(before.id, addresses(before), addresses(after));
    for (const name of changed) {
      if (definitions.find(type, name)?.hasUniqueValue === true) records.setUnique(type, name, before.id, before.props[name], props[name]);
    }
    for (const name of changed) this.announce(type, { what: 'propertyChange', id: before.id, property: name, value: props[name] ?? null, by: actor });
    this.afterChange(type, before, after, changed);
    return records.get(type, before.id) ?? after;
  }

  private closeDeal(props: Record<string, string>): void {
    const outcome = this.parts.directory.outcome(props['pipeline'] ?? '', props['dealstage'] ?? '');
    props['hs_is_closed'] = String(outcome !== 'open');
    props['hs_is_closed_won'] = String(outcome === 'won');
    const amount = props['amount'];
    if (outcome === 'won' && amount !== undefined) props['hs_closed_amount'] = amount;
    else delete props['hs_closed_amount'];
  }

  /** Opt-outs belong to the address: a contact that takes one on takes its opt-outs on. */
  private followOptOuts(props: Record<string, string>): void {
    const optOuts = this.parts.optOuts(props['email'] ?? '');
    for (const name of Object.keys(props)) if (name.startsWith('hs_email_optout')) delete props[name];
    if (optOuts.all) props['hs_email_optout'] = 'true';
    for (const id of optOuts.some) props[`hs_email_optout_${id}`] = 'true';
  }
}

/** Never written by anything but the record keeping itself. */
function systemOnly(name: string): boolean {
  return (
    ['hs_object_id', 'createdate', 'hs_createdate', 'lastmodifieddate', 'hs_lastmodifieddate', 'hs_merged_object_ids', 'hs_all_contact_vids'].includes(name) ||
    name.startsWith('hs_email_optout') ||
    name.startsWith('hs_v2_') ||
    name.startsWith('hs_lifecyclestage_')
  );
}

/** Every address that leads to a contact, the primary one first. */
export function addresses(stored: { props: Record<string, string> }): string[] {
  return [stored.props['email'] ?? '', ...(stored.props['hs_additional_emails'] ?? '').split(';')].filter((email) => email !== '');
}


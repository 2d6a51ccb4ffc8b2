import type { Feature, Field, SObject } from './objects/define';
import { leadStatuses, opportunityStages, standardValueSets, values, type LeadStatusValue, type PicklistValue, type StageValue } from './objects/picklists';
import { standardObjects } from './objects/standard';
import type { Settings } from './settings';

/** An object with its fields by lower-case name: SOQL and the REST paths do not care about case. */
export interface Shape extends SObject {
  byName: Map<string, Field>;
}

export interface RecordType {
  id: string;
  object: string;
  developerName: string;
  name: string;
  /** Values offered per pick-list field; a field that is absent offers all. */
  picklists: Record<string, string[]>;
}

interface CustomField {
  object: string;
  field: Field;
}

/** What the org is made of: objects, fields (standard and custom), value sets, statuses, stages, record types, features. */
export class Catalog {
  private shapes = new Map<string, Shape>();
  private byPrefix = new Map<string, string>();
  /** Moves when a shape changes, so that prepared statements and visibility caches know. */
  version = 0;

  constructor(private readonly settings: Settings) {
    this.load();
  }

  /** Builds the shapes from the standard objects and the stored custom fields. */
  load(): void {
    this.shapes = new Map();
    this.byPrefix = new Map();
    for (const object of standardObjects) {
      const fields = object.fields.map((f) => ({ ...f }));
      this.shapes.set(object.name.toLowerCase(), { ...object, fields, byName: new Map(fields.map((f) => [f.name.toLowerCase(), f])) });
      if (!this.byPrefix.has(object.prefix)) this.byPrefix.set(object.prefix, object.name);
    }
    for (const { object, field } of this.settings.get<CustomField[]>('customFields', [])) {
      const shape = this.shapes.get(object.toLowerCase());
      if (shape) put(shape, field);
    }
    this.version += 1;
  }

  /** Every object that the sandbox knows, those of switched-off features too. */
  every(): Shape[] {
    return [...this.shapes.values()];
  }

  all(): Shape[] {
    return [...this.shapes.values()].filter((s) => this.has(s.feature));
  }

  /** The object of a name, or undefined when the org has none (also when its feature is off). */
  shape(name: string): Shape | undefined {
    const shape = this.shapes.get(name.toLowerCase());
    return shape && this.has(shape.feature) ? shape : undefined;
  }

  /** The object of a name that the code itself spells: it exists. */
  known(name: string): Shape {
    const shape = this.shapes.get(name.toLowerCase());
    if (!shape) throw new Error(`the sandbox has no object ${name}`);
    return shape;
  }

  objectOfId(id: string): string | undefined {
    return this.byPrefix.get(id.slice(0, 3));
  }

  /** Fields that exist in the org as it is switched now, whoever asks. */
  fields(shape: Shape): Field[] {
    return shape.fields.filter((f) => this.exists(shape, f));
  }

  field(shape: Shape, name: string): Field | undefined {
    const found = shape.byName.get(name.toLowerCase());
    return found && this.exists(shape, found) ? found : undefined;
  }

  /** With person accounts a lead needs no company: it is a person's own then. */
  isRequired(shape: Shape, field: Field): boolean {
    return field.required && !(shape.name === 'Lead' && field.name === 'Company' && this.has('personAccounts'));
  }

  private exists(shape: Shape, field: Field): boolean {
    if (field.feature === null) return true;
    return field.feature === 'recordTypes' ? this.recordTypes(shape.name).length > 0 : this.has(field.feature);
  }

  has(feature: Feature | null): boolean {
    return feature === null || this.settings.get<Feature[]>('features', []).includes(feature);
  }

  switchFeature(feature: Feature, on: boolean): void {
    const others = this.settings.get<Feature[]>('features', []).filter((f) => f !== feature);
    this.settings.set('features', on ? [...others, feature] : others);
    this.version += 1;
  }

  /** Adds a custom field or replaces its definition. */
  putField(object: string, field: Field): void {
    const shape = this.known(object);
    const others = this.settings.get<CustomField[]>('customFields', []).filter((c) => c.object !== shape.name || c.field.name !== field.name);
    this.settings.set('customFields', [...others, { object: shape.name, field }]);
    put(shape, field);
    this.version += 1;
  }

  removeField(object: string, name: string): void {
    const shape = this.known(object);
    this.settings.set('customFields', this.settings.get<CustomField[]>('customFields', []).filter((c) => c.object !== shape.name || c.field.name !== name));
    shape.byName.delete(name.toLowerCase());
    shape.fields = shape.fields.filter((f) => f.name !== name);
    this.version += 1;
  }

  /** The values of a pick-list field, inactive ones too. Empty for a field without values of its own. */
  picklist(object: string, field: Field): PicklistValue[] {
    return this.valueSet(field.valueSet ?? `${object}.${field.name}`);
  }

  valueSet(name: string): PicklistValue[] {
    if (name === 'LeadStatus') {
      return this.leadStatuses().map((s) => ({ value: s.value, label: s.value, active: true, default: s.default ?? false }));
    }
    if (name === 'OpportunityStage') return values(...this.stages().map((s) => s.value));
    return this.settings.get<Record<string, PicklistValue[]>>('valueSets', {})[name] ?? standardValueSets[name] ?? [];
  }

  setValueSet(name: string, list: PicklistValue[]): void {
    this.settings.set('valueSets', { ...this.settings.get<Record<string, PicklistValue[]>>('valueSets', {}), [name]: list });
    this.version += 1;
  }

  leadStatuses(): readonly LeadStatusValue[] {
    return this.settings.get('leadStatuses', leadStatuses);
  }

  setLeadStatuses(list: readonly LeadStatusValue[]): void {
    this.settings.set('leadStatuses', list);
    this.version += 1;
  }

  stages(): readonly StageValue[] {
    return this.settings.get('stages', opportunityStages);
  }

  setStages(list: readonly StageValue[]): void {
    this.settings.set('stages', list);
    this.version += 1;
  }

  recordTypes(object: string): RecordType[] {
    return this.settings.get<RecordType[]>('recordTypes', []).filter((r) => r.object === object);
  }

  putRecordType(type: RecordType): void {
    this.settings.set('recordTypes', [...this.settings.get<RecordType[]>('recordTypes', []).filter((r) => r.id !== type.id), type]);
    this.version += 1;
  }
}

function put(shape: Shape, field: Field): void {
  const at = shape.fields.findIndex((f) => f.name.toLowerCase() === field.name.toLowerCase());
  if (at >= 0) shape.fields[at] = field;
  else shape.fields.push(field);
  shape.byName.set(field.name.toLowerCase(), field);
}

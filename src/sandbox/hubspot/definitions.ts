import type { SandboxDatabase } from '../database';
import type { SandboxClock } from '../clock';
import { Refusal, notFound, validationRefusal } from './errors';
import { arrayOf, objectOf, optionalFlag, optionalNumber, optionalText, textOf, type JsonObject } from './json';
import { objectFacts, objectTypes, type ObjectType } from './objectTypes';
import { seedDefinitions, seedGroups, stageDefinitions } from './seeds';

export interface PropertyOption {
  label: string;
  value: string;
  displayOrder: number;
  hidden: boolean;
  description?: string;
}

/** A property definition as HubSpot answers it (OpenAPI `Property`). */
export interface Definition {
  name: string;
  label: string;
  description: string;
  type: string;
  fieldType: string;
  groupName: string;
  options: PropertyOption[];
  displayOrder: number;
  calculated: boolean;
  externalOptions: boolean;
  referencedObjectType?: string;
  calculationFormula?: string;
  hasUniqueValue: boolean;
  hidden: boolean;
  hubspotDefined: boolean;
  formField: boolean;
  archived: boolean;
  archivedAt?: string;
  dataSensitivity: string;
  modificationMetadata: { archivable: boolean; readOnlyDefinition: boolean; readOnlyValue: boolean; readOnlyOptions?: boolean };
  createdAt?: string;
  updatedAt?: string;
}

export interface PropertyGroup {
  name: string;
  label: string;
  displayOrder: number;
  archived: boolean;
}

/** Field types that each type allows: https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide */
const fieldTypes: Record<string, readonly string[]> = {
  bool: ['booleancheckbox', 'calculation_equation'],
  enumeration: ['select', 'radio', 'checkbox', 'booleancheckbox', 'calculation_equation'],
  date: ['date'],
  datetime: ['date'],
  number: ['number', 'calculation_equation'],
  string: ['text', 'textarea', 'html', 'file', 'phonenumber', 'calculation_equation'],
  phone_number: ['phonenumber'],
};

const uniquePropertiesPerObject = 10;
const customPropertiesOverall = 10_000;

/** The property definitions of every object, kept in memory and in the file. */
export class Definitions {
  private live = new Map<ObjectType, Map<string, Definition>>();
  private archivedOnes = new Map<ObjectType, Map<string, Definition>>();
  private groups = new Map<ObjectType, Map<string, PropertyGroup>>();

  constructor(
    private readonly database: SandboxDatabase,
    private readonly clock: SandboxClock,
    private readonly customLimit: () => number,
  ) {
    this.reload();
  }

  /** Reads the definitions from the file; an empty file gets HubSpot's own ones first. */
  reload(): void {
    const seeded = this.database.prepare('SELECT 1 FROM hs_properties LIMIT 1').get() !== undefined;
    if (!seeded) this.seed();
    for (const type of objectTypes) {
      this.live.set(type, new Map());
      this.archivedOnes.set(type, new Map());
      this.groups.set(type, new Map());
    }
    for (const row of this.database.prepare<[], { type: ObjectType; body: string; archived: number | null }>('SELECT * FROM hs_properties').all()) {
      const definition = JSON.parse(row.body) as Definition;
      (row.archived === null ? this.live : this.archivedOnes).get(row.type)?.set(definition.name, definition);
    }
    for (const row of this.database.prepare<[], { type: ObjectType; body: string }>('SELECT * FROM hs_property_groups').all()) {
      const group = JSON.parse(row.body) as PropertyGroup;
      this.groups.get(row.type)?.set(group.name, group);
    }
  }

  private seed(): void {
    const property = this.database.prepare('INSERT INTO hs_properties (type, name, body) VALUES (?, ?, ?)');
    const group = this.database.prepare('INSERT INTO hs_property_groups (type, name, body) VALUES (?, ?, ?)');
    this.database.transaction(() => {
      for (const type of objectTypes) {
        for (const seed of seedGroups(type)) group.run(type, seed.name, JSON.stringify(seed));
        for (const seed of seedDefinitions(type)) property.run(type, seed.name, JSON.stringify(seed));
      }
    })();
  }

  find(type: ObjectType, name: string): Definition | undefined {
    return this.live.get(type)?.get(name);
  }

  all(type: ObjectType, archived = false): Definition[] {
    return [...((archived ? this.archivedOnes : this.live).get(type)?.values() ?? [])];
  }

  read(type: ObjectType, name: string, archived = false): Definition {
    const definition = (archived ? this.archivedOnes : this.live).get(type)?.get(name);
    if (definition === undefined) throw notFound(`Property "${name}" does not exist`, 'Properties.PROPERTY_NOT_FOUND');
    return definition;
  }

  private keep(type: ObjectType, definition: Definition, archivedAt: number | null = null): void {
    this.database
      .prepare('INSERT OR REPLACE INTO hs_properties (type, name, body, archived) VALUES (?, ?, ?, ?)')
      .run(type, definition.name, JSON.stringify(definition), archivedAt);
    this.live.get(type)?.delete(definition.name);
    this.archivedOnes.get(type)?.delete(definition.name);
    (archivedAt === null ? this.live : this.archivedOnes).get(type)?.set(definition.name, definition);
  }

  /** HubSpot's own definitions added as a whole: what installing a feature does. Existing names stay as they are. */
  install(type: ObjectType, group: PropertyGroup, definitions: Definition[]): void {
    if (this.groups.get(type)?.has(group.name) !== true) this.keepGroup(type, group);
    for (const definition of definitions) {
      if (this.find(type, definition.name) === undefined) this.keep(type, definition);
    }
  }

  private now(): string {
    return new Date(this.clock.now()).toISOString();
  }

  /** `POST /properties/{type}`. 409 for a name in use; an archived one of that name comes back. */
  create(type: ObjectType, input: unknown): Definition {
    const body = objectOf(input);
    for (const required of ['name', 'label', 'type', 'fieldType', 'groupName']) {
      if (body[required] === undefined || body[required] === '') throw validationRefusal(`Invalid input: property ${required} is required`);
    }
    const name = textOf(body['name'], 'name');
    if (!/^[a-z][a-z0-9_]*$/.test(name)) {
      throw validationRefusal('Property names must start with a letter and hold only lower-case letters, digits and underscores', {
        subCategory: 'PropertyValidationError.INVALID_NAME',
      });
    }
    if (this.find(type, name) !== undefined) {
      throw new Refusal(409, {
        message: `A property named '${name}' already exists.`,
        category: 'OBJECT_ALREADY_EXISTS',
        subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS',
      });
    }
    const definition = this.fromInput(type, name, body);
    this.checkRoom(type, definition);
    this.keep(type, definition);
    return definition;
  }

  private fromInput(type: ObjectType, name: string, body: JsonObject): Definition {
    const valueType = textOf(body['type'], 'type');
    const fieldType = textOf(body['fieldType'], 'fieldType');
    checkFieldType(valueType, fieldType);
    const groupName = this.checkGroup(type, textOf(body['groupName'], 'groupName'));
    const referenced = optionalText(body['referencedObjectType'], 'referencedObjectType');
    const now = this.now();
    return {
      name,
      label: textOf(body['label'], 'label'),
      description: optionalText(body['description'], 'description') ?? '',
      type: valueType,
      fieldType,
      groupName,
      options: optionsOf(body['options'], valueType),
      displayOrder: optionalNumber(body['displayOrder'], 'displayOrder') ?? -1,
      calculated: fieldType === 'calculation_equation',
      externalOptions: optionalFlag(body['externalOptions'], 'externalOptions') ?? false,
      ...(referenced === undefined ? {} : { referencedObjectType: referenced }),
      hasUniqueValue: optionalFlag(body['hasUniqueValue'], 'hasUniqueValue') ?? false,
      hidden: optionalFlag(body['hidden'], 'hidden') ?? false,
      hubspotDefined: false,
      formField: optionalFlag(body['formField'], 'formField') ?? false,
      archived: false,
      dataSensitivity: optionalText(body['dataSensitivity'], 'dataSensitivity') ?? 'non_sensitive',
      modificationMetadata: { archivable: true, readOnlyDefinition: false, readOnlyValue: fieldType === 'calculation_equation', readOnlyOptions: false },
      createdAt: now,
      updatedAt: now,
    };
  }

  private checkRoom(type: ObjectType, definition: Definition): void {
    if (definition.hasUniqueValue && this.all(type).filter((one) => one.hasUniqueValue && !one.hubspotDefined).length >= uniquePropertiesPerObject) {
      throw validationRefusal(`An object has at most ${uniquePropertiesPerObject} unique value properties`);
    }
    if (this.customCount(type) >= this.customLimit()) throw validationRefusal(`The limit of ${this.customLimit()} custom properties is reached`);
  }

  private checkGroup(type: ObjectType, name: string): string {
    if (this.groups.get(type)?.has(name) !== true) throw validationRefusal(`The property group "${name}" does not exist`);
    return name;
  }

  /** `PATCH`: given options replace the whole list; left out, they stay. Name, type of uniqueness and creation are fixed. */
  update(type: ObjectType, name: string, input: unknown): Definition {
    const body = objectOf(input);
    const before = this.read(type, name);
    const valueType = optionalText(body['type'], 'type') ?? before.type;
    const fieldType = optionalText(body['fieldType'], 'fieldType') ?? before.fieldType;
    if (before.modificationMetadata.readOnlyDefinition && Object.keys(body).some((key) => key !== 'options')) {
      throw validationRefusal(`Property "${name}" has a read only definition`);
    }
    if (body['options'] !== undefined && before.modificationMetadata.readOnlyOptions === true) throw validationRefusal(`The options of "${name}" are read only`);
    checkFieldType(valueType, fieldType);
    const group = optionalText(body['groupName'], 'groupName');
    const after: Definition = {
      ...before,
      type: valueType,
      fieldType,
      label: optionalText(body['label'], 'label') ?? before.label,
      description: optionalText(body['description'], 'description') ?? before.description,
      groupName: group === undefined ? before.groupName : this.checkGroup(type, group),
      displayOrder: optionalNumber(body['displayOrder'], 'displayOrder') ?? before.displayOrder,
      hidden: optionalFlag(body['hidden'], 'hidden') ?? before.hidden,
      formField: optionalFlag(body['formField'], 'formField') ?? before.formField,
      options: body['options'] === undefined ? before.options : optionsOf(body['options'], valueType),
      updatedAt: this.now(),
    };
    this.keep(type, after);
    if (name === 'lifecyclestage') this.followStages(type);
    return after;
  }

  /** Every stage, custom ones included, has its own timing properties. */
  private followStages(type: ObjectType): void {
    for (const option of this.find(type, 'lifecyclestage')?.options ?? []) {
      for (const definition of stageDefinitions(option.value, option.label)) {
        if (this.find(type, definition.name) === undefined) this.keep(type, definition);
      }
    }
  }

  archive(type: ObjectType, name: string): void {
    const definition = this.read(type, name);
    if (!definition.modificationMetadata.archivable) throw validationRefusal(`Property "${name}" cannot be archived`);
    const now = this.clock.now();
    this.keep(type, { ...definition, archived: true, archivedAt: new Date(now).toISOString() }, now);
  }

  customCount(type: ObjectType): number {
    return this.all(type).filter((definition) => !definition.hubspotDefined).length;
  }

  /** `GET /limits/custom-properties`. */
  usage(): object {
    const limit = this.customLimit();
    const byObjectType = objectTypes
      .filter((type) => type !== 'notes' && type !== 'tasks')
      .map((type) => {
        const usage = this.customCount(type);
        const { typeId, singularLabel, pluralLabel } = objectFacts[type];
        return { objectTypeId: typeId, singularLabel, pluralLabel, limit, usage, percentage: usage / limit };
      });
    const overallUsage = byObjectType.reduce((sum, one) => sum + one.usage, 0);
    return { overallLimit: customPropertiesOverall, overallUsage, overallPercentage: overallUsage / customPropertiesOverall, byObjectType };
  }

  allGroups(type: ObjectType): PropertyGroup[] {
    return [...(this.groups.get(type)?.values() ?? [])];
  }

  readGroup(type: ObjectType, name: string): PropertyGroup {
    const group = this.groups.get(type)?.get(name);
    if (group === undefined) throw notFound(`Property group "${name}" does not exist`);
    return group;
  }

  private keepGroup(type: ObjectType, group: PropertyGroup): PropertyGroup {
    this.database.prepare('INSERT OR REPLACE INTO hs_property_groups (type, name, body) VALUES (?, ?, ?)').run(type, group.name, JSON.stringify(group));
    this.groups.get(type)?.set(group.name, group);
    return group;
  }

  createGroup(type: ObjectType, input: unknown): PropertyGroup {
    const body = objectOf(input);
    const name = textOf(body['name'], 'name');
    if (this.groups.get(type)?.has(name) === true) {
      throw new Refusal(409, { message: `A property group named '${name}' already exists.`, category: 'OBJECT_ALREADY_EXISTS' });
    }
    return this.keepGroup(type, {
      name,
      label: textOf(body['label'], 'label'),
      displayOrder: optionalNumber(body['displayOrder'], 'displayOrder') ?? -1,
      archived: false,
    });
  }

  updateGroup(type: ObjectType, name: string, input: unknown): PropertyGroup {
    const body = objectOf(input);
    const before = this.readGroup(type, name);
    return this.keepGroup(type, {
      ...before,
      label: optionalText(body['label'], 'label') ?? before.label,
      displayOrder: optionalNumber(body['displayOrder'], 'displayOrder') ?? before.displayOrder,
    });
  }

  archiveGroup(type: ObjectType, name: string): void {
    this.readGroup(type, name);
    if (this.all(type).some((definition) => definition.groupName === name)) {
      throw validationRefusal(`The group "${name}" has active properties`, { subCategory: 'PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES' });
    }
    this.database.prepare('DELETE FROM hs_property_groups WHERE type = ? AND name = ?').run(type, name);
    this.groups.get(type)?.delete(name);
  }
}

function checkFieldType(type: string, fieldType: string): void {
  const allowed = fieldTypes[type];
  if (allowed === undefined) throw validationRefusal(`Invalid input: type "${type}" is not one of ${Object.keys(fieldTypes).join(', ')}`);
  if (!allowed.includes(fieldType)) throw validationRefusal(`Invalid input: fieldType "${fieldType}" does not fit type "${type}", which takes ${allowed.join(', ')}`);
}

function optionsOf(input: unknown, type: string): PropertyOption[] {
  if (input === undefined || input === null) {
    if (type === 'bool') throw validationRefusal('Boolean properties must have exactly two options, with the values true and false');
    return [];
  }
  const options = arrayOf(input, 'options').map((entry, index): PropertyOption => {
    const option = objectOf(entry, 'option');
    const description = optionalText(option['description'], 'description');
    return {
      label: textOf(option['label'], 'option label'),
      value: textOf(option['value'], 'option value'),
      displayOrder: optionalNumber(option['displayOrder'], 'displayOrder') ?? index,
      hidden: optionalFlag(option['hidden'], 'hidden') ?? false,
      ...(description === undefined ? {} : { description }),
    };
  });
  if (new Set(options.map((option) => option.value)).size !== options.length) throw validationRefusal('Property options must have different values');
  if (new Set(options.map((option) => option.label)).size !== options.length) throw validationRefusal('Property options must have different labels');
  const values = options.map((option) => option.value).sort();
  if (type === 'bool' && values.join() !== 'false,true') {
    throw validationRefusal('Boolean properties must have exactly two options, with the values true and false');
  }
  return options;
}

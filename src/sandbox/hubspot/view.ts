import { labelOf, type Associations } from './associations';
import type { Definitions } from './definitions';
import { objectFacts, type ObjectType } from './objectTypes';
import type { Portal } from './portal';
import type { HistoryEntry, Records, StoredRecord } from './records';
import { printMoment, type ValueWarning } from './values';

/** What a call asked to see of a record. */
export interface Wanted {
  /** Names asked for; none given means the object's defaults. */
  properties: readonly string[];
  withHistory: readonly string[];
  associations: readonly ObjectType[];
  token: string;
}

/** A record as HubSpot answers it (OpenAPI `SimplePublicObject`). */
export interface ShownRecord {
  id: string;
  properties: Record<string, string | null>;
  propertiesWithHistory?: Record<string, object[]>;
  associations?: Record<string, object>;
  createdAt: string;
  updatedAt: string;
  archived: boolean;
  archivedAt?: string;
  url: string;
  objectWriteTraceId?: string;
  warnings?: ValueWarning[];
  new?: boolean;
}

export function wantNothing(token: string): Wanted {
  return { properties: [], withHistory: [], associations: [], token };
}

/** A property's value, those that the record itself is the source of included. */
export function valueOf(type: ObjectType, stored: StoredRecord, name: string): string | null {
  const facts = objectFacts[type];
  if (name === 'hs_object_id') return String(stored.id);
  if (facts.modified.includes(name)) return printMoment(stored.modified);
  if (name === facts.created) return stored.props[name] ?? printMoment(stored.created);
  return stored.props[name] ?? null;
}

/** Prints records for answers: only properties that exist and that the token may see. */
export class View {
  constructor(
    private readonly parts: { portal: Portal; definitions: Definitions; records: Records; associations: Associations },
  ) {}

  show(type: ObjectType, stored: StoredRecord, wanted: Wanted): ShownRecord {
    const { portal } = this.parts;
    const facts = objectFacts[type];
    const shown: ShownRecord = {
      id: String(stored.id),
      properties: this.properties(type, stored, wanted),
      createdAt: new Date(stored.created).toISOString(),
      updatedAt: new Date(stored.modified).toISOString(),
      archived: stored.archived !== null,
      url: `https://${portal.settings.uiDomain}/contacts/${portal.settings.portalId}/record/${facts.typeId}/${stored.id}`,
    };
    if (stored.archived !== null) shown.archivedAt = new Date(stored.archived).toISOString();
    if (wanted.withHistory.length > 0) shown.propertiesWithHistory = this.history(type, stored, wanted);
    if (wanted.associations.length > 0) shown.associations = this.associations(type, stored, wanted.associations);
    return shown;
  }

  /** Answers to a create or an update show what is set, as HubSpot returns more than what was sent. */
  showWritten(type: ObjectType, stored: StoredRecord, names: readonly string[], token: string, warnings: ValueWarning[]): ShownRecord {
    const shown = this.show(type, stored, { ...wantNothing(token), properties: [...names, ...objectFacts[type].defaults] });
    if (warnings.length > 0) shown.warnings = warnings;
    return shown;
  }

  private visible(type: ObjectType, name: string, token: string): boolean {
    return this.parts.definitions.find(type, name) !== undefined && !this.parts.portal.isHidden(token, type, name);
  }

  private properties(type: ObjectType, stored: StoredRecord, wanted: Wanted): Record<string, string | null> {
    const facts = objectFacts[type];
    const always = [facts.created, facts.modified[0] ?? 'hs_lastmodifieddate', 'hs_object_id'];
    const names = wanted.properties.length === 0 && wanted.withHistory.length === 0 ? facts.defaults : [...wanted.properties, ...wanted.withHistory, ...always];
    const properties: Record<string, string | null> = {};
    for (const name of [...new Set(names)].sort()) {
      if (this.visible(type, name, wanted.token)) properties[name] = valueOf(type, stored, name);
    }
    return properties;
  }

  private history(type: ObjectType, stored: StoredRecord, wanted: Wanted): Record<string, object[]> {
    const result: Record<string, object[]> = {};
    for (const name of wanted.withHistory) {
      if (this.visible(type, name, wanted.token)) result[name] = this.parts.records.history(type, stored, name).map(printEntry);
    }
    return result;
  }

  private associations(type: ObjectType, stored: StoredRecord, wanted: readonly ObjectType[]): Record<string, object> {
    const result: Record<string, object> = {};
    for (const to of wanted) {
      const rows = this.parts.associations.list(type, stored.id, to).flatMap(({ toId, typeIds }) =>
        typeIds.map((typeId) => {
          const name = `${objectFacts[type].singular}_to_${objectFacts[to].singular}`;
          const hasLabels = type === 'companies' || to === 'companies';
          return { id: String(toId), type: labelOf(type, to, typeId) === null && hasLabels ? `${name}_unlabeled` : name };
        }),
      );
      if (rows.length > 0) result[to] = { results: rows };
    }
    return result;
  }
}

function printEntry(entry: HistoryEntry): object {
  return {
    value: entry.value,
    timestamp: printMoment(entry.timestamp),
    sourceType: entry.sourceType,
    ...(entry.sourceId === null ? {} : { sourceId: entry.sourceId }),
    ...(entry.sourceLabel === null ? {} : { sourceLabel: entry.sourceLabel }),
    ...(entry.userId === null ? {} : { updatedByUserId: entry.userId }),
  };
}

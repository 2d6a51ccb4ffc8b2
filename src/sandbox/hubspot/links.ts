import type { Actor } from './actor';
import { pairOf, targetOf, typeIdsOf, type Associations } from './associations';
import type { Directory } from './directory';
import { validationRefusal } from './errors';
import { arrayOf, objectOf, textOf } from './json';
import { objectFacts, type ObjectType } from './objectTypes';
import type { Portal } from './portal';
import type { Records, StoredRecord } from './records';
import { printMoment } from './values';
import type { Writer } from './writer';

/** An association wanted for a record: where to, and as what. */
export interface WantedLink {
  to: ObjectType;
  toId: number;
  typeIds: number[];
}

/** HubSpot's own automations leave these names in history. Their real names are not published; only that it is neither a person nor an app. */
const dealAutomation: Actor = { sourceType: 'DEALS' };
const companyAutomation: Actor = { sourceType: 'COMPANIES' };
const rollupActor: Actor = { sourceType: 'CALCULATED' };

/** Associations with all that follows from them: rollups, modification times, and the portal's lifecycle automations where switched on. */
export class Links {
  constructor(
    private readonly parts: { portal: Portal; records: Records; associations: Associations; directory: Directory; writer: Writer; now: () => number },
  ) {}

  /** The `associations` of a create call; 400 when one does not lead to a live record. */
  wanted(from: ObjectType, input: unknown): WantedLink[] {
    if (input === undefined || input === null) return [];
    return arrayOf(input, 'associations').map((entry) => {
      const association = objectOf(entry, 'association');
      const typeIds = typeIdsOf(association['types']);
      const [first] = typeIds;
      if (first === undefined) throw validationRefusal('An association needs at least one type');
      const to = targetOf(from, first);
      return { to, toId: this.existing(to, textOf(objectOf(association['to'], 'to')['id'], 'id')), typeIds };
    });
  }

  /** The live record's id. Refused with 400 by calls that name it as the other end of an association. */
  existing(type: ObjectType, id: string): number {
    const { records } = this.parts;
    const stored = /^\d+$/.test(id) ? records.get(type, records.resolve(type, Number(id))) : undefined;
    if (stored === undefined || stored.archived !== null) {
      throw validationRefusal(`One or more associations are not valid: ${objectFacts[type].singular} ${id} does not exist`);
    }
    return stored.id;
  }

  /** Associates two live records. */
  add(from: ObjectType, fromId: number, to: ObjectType, toId: number, typeIds: readonly number[]): void {
    const { associations, writer } = this.parts;
    writer.atomic(() => {
      const previous = to === 'companies' ? associations.primaryCompany(from, fromId) : undefined;
      if (!associations.add(from, fromId, to, toId, typeIds)) return;
      this.settle(from, fromId, to);
      this.settle(to, toId, from);
      if (previous !== undefined && previous !== toId) this.settle('companies', previous, from);
      if (from === 'deals') this.followDeal(fromId);
      if (to === 'deals') this.followDeal(toId);
    });
  }

  addDefault(from: ObjectType, fromId: number, to: ObjectType, toId: number): number {
    const typeId = pairOf(from, to).unlabelled;
    this.add(from, fromId, to, toId, [typeId]);
    return typeId;
  }

  remove(from: ObjectType, fromId: number, to: ObjectType, toId: number, typeIds?: readonly number[]): void {
    const { associations, writer } = this.parts;
    writer.atomic(() => {
      if (!associations.remove(from, fromId, to, toId, typeIds)) return;
      this.settle(from, fromId, to);
      this.settle(to, toId, from);
    });
  }

  /** Ends every association of a record that goes away. */
  removeAll(from: ObjectType, fromId: number): void {
    const { associations } = this.parts;
    const ends = new Map(associations.everything(from, fromId).map((end) => [`${end.to}|${end.toId}`, end]));
    for (const end of ends.values()) {
      associations.remove(from, fromId, end.to, end.toId);
      this.settle(end.to, end.toId, from);
    }
  }

  /** Rollups of a record after its associations with `other` changed. Its modification time moves although no field of anyone's did. */
  settle(type: ObjectType, id: number, other: ObjectType): void {
    const { associations, writer, now } = this.parts;
    const count = (to: ObjectType): string => String(associations.count(type, id, to));
    const values: Record<string, string | null> = {};
    if (type === 'contacts' && other === 'companies') {
      const primary = associations.primaryCompany(type, id);
      values['associatedcompanyid'] = primary === undefined ? null : String(primary);
    }
    if ((type === 'contacts' || type === 'companies') && other === 'deals') values['num_associated_deals'] = count('deals');
    if ((type === 'companies' || type === 'deals') && other === 'contacts') values['num_associated_contacts'] = count('contacts');
    if (type !== 'notes' && type !== 'tasks' && (other === 'notes' || other === 'tasks')) values['notes_last_updated'] = printMoment(now());
    writer.system(type, id, values, rollupActor, true);
  }

  /** What a stored change sets off in HubSpot by itself. */
  follow(type: ObjectType, before: StoredRecord | undefined, after: StoredRecord, changed: ReadonlySet<string>): void {
    const { automations } = this.parts.portal.settings;
    if (type === 'deals' && changed.has('dealstage')) this.followDeal(after.id);
    if (type === 'companies' && changed.has('lifecyclestage') && automations.companyToContacts) this.copyStage(after, before);
  }

  /** Company -> contacts sync: the primary company's new stage is copied to its contacts, never backwards. */
  private copyStage(company: StoredRecord, before: StoredRecord | undefined): void {
    const stage = company.props['lifecyclestage'];
    if (stage === undefined || stage === before?.props['lifecyclestage']) return;
    for (const { toId } of this.parts.associations.list('companies', company.id, 'contacts')) {
      if (this.parts.associations.primaryCompany('contacts', toId) === company.id) this.forward('contacts', toId, stage, companyAutomation);
    }
  }

  /** Deal created -> opportunity, deal won -> customer, for the deal's contacts and companies. */
  private followDeal(dealId: number): void {
    const { portal, records, directory, associations } = this.parts;
    const { automations } = portal.settings;
    const deal = records.get('deals', dealId);
    if (deal === undefined || deal.archived !== null) return;
    const outcome = directory.outcome(deal.props['pipeline'] ?? '', deal.props['dealstage'] ?? '');
    const stage = outcome === 'won' && automations.dealWon ? 'customer' : automations.dealCreated ? 'opportunity' : undefined;
    if (stage === undefined) return;
    for (const other of ['contacts', 'companies'] as const) {
      for (const { toId } of associations.list('deals', dealId, other)) this.forward(other, toId, stage, { ...dealAutomation, sourceId: String(dealId) });
    }
  }

  private forward(type: ObjectType, id: number, stage: string, actor: Actor): void {
    const stored = this.parts.records.get(type, id);
    if (stored !== undefined && stored.archived === null) this.parts.writer.update(type, id, { lifecyclestage: stage }, actor);
  }
}

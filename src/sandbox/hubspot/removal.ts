import type { SandboxDatabase } from '../database';
import { entryBy, type Actor } from './actor';
import { pairOf, type Associations } from './associations';
import type { Definitions } from './definitions';
import { missingRecord, validationRefusal } from './errors';
import type { Links } from './links';
import type { ObjectType } from './objectTypes';
import type { Portal } from './portal';
import { importedEntry, type Records, type StoredRecord } from './records';
import { rank } from './stages';
import type { Subscriptions } from './subscriptions';
import { addresses, type Writer } from './writer';

const mergeActor: Actor = { sourceType: 'MERGE_OBJECTS' };

/** Archiving, restoring, merging and erasing: how records go away in HubSpot. */
export class Removal {
  constructor(
    private readonly parts: {
      database: SandboxDatabase;
      portal: Portal;
      definitions: Definitions;
      records: Records;
      associations: Associations;
      links: Links;
      writer: Writer;
      subscriptions: Subscriptions;
      now: () => number;
    },
  ) {}

  /** `DELETE`: the record can be restored in the UI, its addresses are free again. An archived or unknown one: nothing happens. */
  archive(type: ObjectType, id: number): void {
    const { records, links, writer, now } = this.parts;
    const stored = records.get(type, records.resolve(type, id));
    if (stored === undefined || stored.archived !== null) return;
    writer.atomic(() => {
      links.removeAll(type, stored.id);
      this.freeUnique(type, stored);
      const current = records.get(type, stored.id) ?? stored;
      records.save(type, current, { ...current, archived: now() });
      writer.announce(type, { what: 'deletion', id: stored.id });
    });
  }

  private freeUnique(type: ObjectType, stored: StoredRecord): void {
    const { records, definitions } = this.parts;
    if (type === 'contacts') records.setEmails(stored.id, addresses(stored), []);
    for (const definition of definitions.all(type)) {
      if (definition.hasUniqueValue) records.setUnique(type, definition.name, stored.id, stored.props[definition.name], undefined);
    }
  }

  private takeUnique(type: ObjectType, stored: StoredRecord): void {
    const { records, definitions } = this.parts;
    if (type === 'contacts') records.setEmails(stored.id, [], addresses(stored));
    for (const definition of definitions.all(type)) {
      if (definition.hasUniqueValue) records.setUnique(type, definition.name, stored.id, undefined, stored.props[definition.name]);
    }
  }

  /** Restoring exists in the UI only. Refused when another contact has taken an address meanwhile. */
  restore(type: ObjectType, id: number): StoredRecord {
    const { records, writer, now } = this.parts;
    const stored = records.get(type, id);
    if (stored === undefined) throw missingRecord();
    if (stored.archived === null) return stored;
    const holder = type === 'contacts' ? addresses(stored).map((email) => records.byEmail(email)).find((found) => found !== undefined) : undefined;
    if (holder !== undefined) throw validationRefusal(`The contact cannot be restored: contact ${holder} has its e-mail address`);
    return writer.atomic(() => {
      const after: StoredRecord = { ...stored, archived: null, modified: now() };
      records.save(type, stored, after);
      this.takeUnique(type, after);
      writer.announce(type, { what: 'restore', id: stored.id });
      return after;
    });
  }

  /**
   * Merges one record into another. The primary's values win, blanks are filled from the other, the stage furthest down the funnel stays, the
   * other's addresses become additional ones. Both old ids go on leading to the result, which has a new id unless the portal keeps the primary's.
   */
  merge(type: ObjectType, primaryId: number, otherId: number): StoredRecord {
    const { portal, records, links, writer, now } = this.parts;
    const primary = writer.live(type, primaryId);
    const other = writer.live(type, otherId);
    if (primary.id === other.id) throw validationRefusal('A record cannot be merged with itself');
    return writer.atomic(() => {
      this.freeUnique(type, primary);
      this.freeUnique(type, other);
      const keepsId = portal.settings.mergeId === 'primary';
      const created = Math.min(primary.created, other.created);
      const id = keepsId ? primary.id : records.insert(type, { created, modified: now(), props: {} });
      const gone = keepsId ? [other] : [primary, other];
      const props = this.mergedValues(type, id, primary, other, keepsId);
      for (const old of [primary, other]) this.completeHistory(type, old);
      for (const old of gone) this.absorb(type, old.id, id, old === primary);
      for (const [name, value] of Object.entries(props)) this.noteMerged(type, id, name, value);
      const before = records.get(type, id) ?? primary;
      const after: StoredRecord = { id, created, modified: now(), archived: null, props };
      records.save(type, before, after);
      this.takeUnique(type, after);
      for (const linked of ['contacts', 'companies', 'deals'] as const) links.settle(type, id, linked);
      writer.announce(type, { what: 'merge', id, primary: primary.id, merged: [primary.id, other.id].filter((old) => old !== id) });
      return records.get(type, id) ?? after;
    });
  }

  private mergedValues(type: ObjectType, id: number, primary: StoredRecord, other: StoredRecord, keepsId: boolean): Record<string, string> {
    const props: Record<string, string> = { ...other.props, ...primary.props };
    const order = this.parts.definitions.find(type, 'lifecyclestage')?.options ?? [];
    const [mine, theirs] = [primary.props['lifecyclestage'], other.props['lifecyclestage']];
    if (mine !== undefined && theirs !== undefined && rank(order, theirs) > rank(order, mine)) props['lifecyclestage'] = theirs;
    const merged = [...idsIn(primary), ...idsIn(other), ...(keepsId ? [] : [primary.id]), other.id];
    props['hs_merged_object_ids'] = [...new Set(merged)].join(';');
    if (type !== 'contacts') return props;
    props['hs_all_contact_vids'] = [id, ...new Set(merged)].join(';');
    const [email, ...rest] = [...new Set([...addresses(primary), ...addresses(other)])];
    if (email !== undefined) props['email'] = email;
    if (rest.length > 0) props['hs_additional_emails'] = rest.join(';');
    return props;
  }

  /** Values loaded without history get their entry before two histories become one. */
  private completeHistory(type: ObjectType, stored: StoredRecord): void {
    const { records } = this.parts;
    for (const [name, value] of Object.entries(stored.props)) {
      if (!records.hasHistoryOf(type, stored.id, name)) records.addHistoryEntry(type, stored.id, name, importedEntry(value, stored.created));
    }
  }

  private noteMerged(type: ObjectType, id: number, name: string, value: string): void {
    const { records, now } = this.parts;
    const newest = records.history(type, { id, created: 0, modified: 0, archived: null, props: {} }, name)[0];
    if (newest?.value !== value) records.addHistoryEntry(type, id, name, entryBy(mergeActor, value, now()));
  }

  /** Hands everything that hangs on an old id to the record that remains. Only the primary's own primary company stays primary. */
  private absorb(type: ObjectType, from: number, to: number, isPrimary: boolean): void {
    const { database, records, associations, links } = this.parts;
    const ends = associations.everything(type, from).filter((end) => !(end.to === type && end.toId === to));
    for (const end of associations.everything(type, from)) associations.remove(type, from, end.to, end.toId);
    for (const end of ends) {
      const { unlabelled } = pairOf(type, end.to);
      associations.add(type, to, end.to, end.toId, [isPrimary ? end.typeId : unlabelled]);
      links.settle(end.to, end.toId, type);
    }
    records.moveHistory(type, from, to);
    database.prepare('UPDATE hs_aliases SET id = ? WHERE type = ? AND id = ?').run(to, type, from);
    records.remove(type, from);
    records.addAlias(type, from, to);
    if (type === 'contacts') {
      database.prepare('UPDATE OR IGNORE hs_list_members SET record_id = ? WHERE record_id = ?').run(to, from);
      database.prepare('DELETE FROM hs_list_members WHERE record_id = ?').run(from);
    }
  }

  /** Privacy deletion: the contact, its history and its associations are gone, its addresses are refused from now on. */
  erase(id: number): void {
    const { database, records, links, writer, subscriptions } = this.parts;
    const stored = writer.live('contacts', id);
    writer.atomic(() => {
      links.removeAll('contacts', stored.id);
      this.freeUnique('contacts', stored);
      database.prepare("DELETE FROM hs_recent WHERE type = 'contacts' AND id = ?").run(stored.id);
      database.prepare('DELETE FROM hs_list_members WHERE record_id = ?').run(stored.id);
      records.remove('contacts', stored.id);
      for (const email of addresses(stored)) subscriptions.block(email);
      // One privacy deletion is told twice.
      writer.announce('contacts', { what: 'privacyDeletion', id: stored.id });
      writer.announce('contacts', { what: 'deletion', id: stored.id });
    });
  }

  /** Privacy deletion by an address that no contact has: it is blocked all the same. */
  block(email: string): void {
    this.parts.subscriptions.block(email.trim().toLowerCase());
  }
}

function idsIn(stored: StoredRecord): number[] {
  return (stored.props['hs_merged_object_ids'] ?? '').split(';').filter((id) => id !== '').map(Number);
}

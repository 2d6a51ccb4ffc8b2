import type { SandboxDatabase } from '../database';
import type { SandboxClock } from '../clock';
import { Associations } from './associations';
import { Definitions } from './definitions';
import { Directory } from './directory';
import { Limits } from './limits';
import { Links } from './links';
import { ListStore } from './lists';
import { Portal } from './portal';
import { Records } from './records';
import { Removal } from './removal';
import { Search, addSearchFunctions } from './search';
import { hubspotDefinition } from './seeds';
import { Subscriptions, everySubscription } from './subscriptions';
import { createTables } from './tables';
import { View } from './view';
import { Writer } from './writer';

/** The whole portal, joined. */
export interface Parts {
  database: SandboxDatabase;
  clock: SandboxClock;
  portal: Portal;
  definitions: Definitions;
  directory: Directory;
  records: Records;
  associations: Associations;
  subscriptions: Subscriptions;
  writer: Writer;
  links: Links;
  removal: Removal;
  search: Search;
  limits: Limits;
  lists: ListStore;
  view: View;
  /** Makes the opt-out properties of every subscription that is defined. */
  defineOptOuts(): void;
  /** Reads again what is kept in memory, after the tables were emptied. */
  reload(): void;
}

export function joinParts(database: SandboxDatabase, clock: SandboxClock, enforceLimits: boolean): Parts {
  createTables(database);
  addSearchFunctions(database);
  const now = (): number => clock.now();
  const portal = new Portal(database);
  const definitions = new Definitions(database, clock, () => portal.settings.customPropertyLimit);
  const directory = new Directory(database, clock);
  const records = new Records(database, clock, () => portal.settings.indexLagMs);
  const associations = new Associations(database);
  // `hs_email_optout` cannot be written: it follows the subscriptions of the contact's primary address.
  const subscriptions = new Subscriptions(database, clock, (email, by) => {
    const id = records.byEmail(email);
    if (id === undefined || records.get('contacts', id)?.props['email'] !== email) return;
    const some = new Set(subscriptions.optOutsOf(email));
    const each = subscriptions.definitions().map((definition) => [`hs_email_optout_${definition.id}`, some.has(Number(definition.id)) ? 'true' : null] as const);
    writer.system('contacts', id, { hs_email_optout: subscriptions.optedOut(email) ? 'true' : 'false', ...Object.fromEntries(each) }, by);
  });
  const writer = new Writer({
    database,
    clock,
    portal,
    definitions,
    records,
    associations,
    directory,
    optOuts: (email) => ({ all: subscriptions.optedOut(email), some: subscriptions.optOutsOf(email) }),
    blocked: (email) => subscriptions.blocked(email),
  });
  const links = new Links({ portal, records, associations, directory, writer, now });
  writer.afterChange = (type, before, after, changed) => links.follow(type, before, after, changed);
  const removal = new Removal({ database, portal, definitions, records, associations, links, writer, subscriptions, now });
  const search = new Search({ database, clock, portal, definitions });
  const limits = new Limits(portal, clock, enforceLimits);
  const view = new View({ portal, definitions, records, associations });
  const lists = new ListStore({ database, clock, records });
  const defineOptOuts = (): void => {
    const optOuts = subscriptions
      .definitions()
      .filter((definition) => Number(definition.id) !== everySubscription)
      .map((definition) => hubspotDefinition(`hs_email_optout_${definition.id}`, `Opted out of email: ${definition.name}`, '-bool', 'contactinformation'));
    definitions.install('contacts', { name: 'contactinformation', label: 'Contact information', displayOrder: 0, archived: false }, optOuts);
  };
  defineOptOuts();
  const reload = (): void => {
    portal.reload();
    limits.forget();
    definitions.reload();
    directory.reload();
    subscriptions.seed();
    defineOptOuts();
  };
  return { database, clock, portal, definitions, directory, records, associations, subscriptions, writer, links, removal, search, limits, lists, view, defineOptOuts, reload };
}

import { validationRefusal } from './errors';

/** The objects that this sandbox holds, by the names HubSpot's paths use. */
export const objectTypes = ['contacts', 'companies', 'deals', 'notes', 'tasks'] as const;
export type ObjectType = (typeof objectTypes)[number];

interface ObjectFacts {
  typeId: string;
  singular: string;
  singularLabel: string;
  pluralLabel: string;
  /** Properties of an answer when none are asked for. */
  defaults: string[];
  /** Names under which the record's own times are read and searched. Contacts differ from everything else. */
  modified: string[];
  created: string;
  /** Scopes that read and write it: notes and tasks go with the contacts scopes. */
  scope: 'contacts' | 'companies' | 'deals';
  /** A new record carries at least one of the first list and all of the second. */
  minimum: { oneOf: string[]; all: string[] };
  /** First id given out, so that ids of different objects are not mistaken for each other. */
  firstId: number;
  /** Properties that a search's `query` looks into. */
  searched: string[];
}

/** Type ids: https://developers.hubspot.com/docs/api-reference/latest/crm/understanding-the-crm */
export const objectFacts: Record<ObjectType, ObjectFacts> = {
  contacts: {
    typeId: '0-1',
    singular: 'contact',
    singularLabel: 'Contact',
    pluralLabel: 'Contacts',
    defaults: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
    modified: ['lastmodifieddate', 'hs_lastmodifieddate'],
    created: 'createdate',
    scope: 'contacts',
    minimum: { oneOf: ['email', 'firstname', 'lastname'], all: [] },
    firstId: 1001,
    searched: ['firstname', 'lastname', 'email', 'phone', 'company', 'hs_additional_emails'],
  },
  companies: {
    typeId: '0-2',
    singular: 'company',
    singularLabel: 'Company',
    pluralLabel: 'Companies',
    defaults: ['createdate', 'domain', 'hs_lastmodifieddate', 'hs_object_id', 'name'],
    modified: ['hs_lastmodifieddate'],
    created: 'createdate',
    scope: 'companies',
    minimum: { oneOf: ['name', 'domain'], all: [] },
    firstId: 9_000_000_001,
    searched: ['name', 'domain', 'phone', 'website'],
  },
  deals: {
    typeId: '0-3',
    singular: 'deal',
    singularLabel: 'Deal',
    pluralLabel: 'Deals',
    defaults: ['amount', 'closedate', 'createdate', 'dealname', 'dealstage', 'hs_lastmodifieddate', 'hs_object_id', 'pipeline'],
    modified: ['hs_lastmodifieddate'],
    created: 'createdate',
    scope: 'deals',
    minimum: { oneOf: [], all: ['dealname', 'dealstage'] },
    firstId: 19_000_000_001,
    searched: ['dealname', 'dealtype'],
  },
  notes: {
    typeId: '0-46',
    singular: 'note',
    singularLabel: 'Note',
    pluralLabel: 'Notes',
    defaults: ['hs_createdate', 'hs_lastmodifieddate', 'hs_object_id'],
    modified: ['hs_lastmodifieddate'],
    created: 'hs_createdate',
    scope: 'contacts',
    minimum: { oneOf: [], all: ['hs_timestamp'] },
    firstId: 39_000_000_001,
    searched: ['hs_note_body'],
  },
  tasks: {
    typeId: '0-27',
    singular: 'task',
    singularLabel: 'Task',
    pluralLabel: 'Tasks',
    defaults: ['hs_createdate', 'hs_lastmodifieddate', 'hs_object_id'],
    modified: ['hs_lastmodifieddate'],
    created: 'hs_createdate',
    scope: 'contacts',
    minimum: { oneOf: [], all: ['hs_timestamp'] },
    firstId: 29_000_000_001,
    searched: ['hs_task_subject', 'hs_task_body'],
  },
};

const byAnyName = new Map<string, ObjectType>(
  objectTypes.flatMap((type) => [type, objectFacts[type].singular, objectFacts[type].typeId].map((name): [string, ObjectType] => [name, type])),
);

/** Paths take the plural, the singular or the type id. Unknown: 400. */
export function objectType(name: string): ObjectType {
  const type = byAnyName.get(name.toLowerCase());
  if (type === undefined) throw validationRefusal(`Unable to infer object type from: ${name}`);
  return type;
}

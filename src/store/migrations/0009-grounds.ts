import type { Kysely, Migration } from 'kysely';
import { typesOf } from './columns';
import type { Kind } from './columns';

/** What a value that was rolled back had been planned on (W9): the hold ends when that has changed. Holds from before it know it not, and end with the value. */
export function grounds(kind: Kind): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable('holds').addColumn('agreement', typesOf(kind).text).execute();
      await db.schema.alterTable('holds').addColumn('decided', typesOf(kind).text).execute();
    },
  };
}

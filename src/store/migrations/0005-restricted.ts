import type { Kysely, Migration } from 'kysely';
import { typesOf } from './columns';
import type { Kind } from './columns';

/** F7 asks everyone who is queued for a record that opted out: a column answers, where each record had to be unpacked. Rows from before it are null. */
export function restricted(kind: Kind): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable('mirror').addColumn('restricted', typesOf(kind).small).execute();
    },
  };
}

import type { Kysely, Migration } from 'kysely';
import { typesOf } from './columns';
import type { Kind } from './columns';

/** What handoffs lacked of marketing's promise (S4). The facts are made anew, so that rows from before it are filled. */
export function lacked(kind: Kind): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable('report_episodes').addColumn('lacked', typesOf(kind).small).execute();
    },
  };
}

import type { Kysely, Migration } from 'kysely';

/** How often others change a field back is part of a person's history (W12); the table that was made for it never held anything. */
export function contests(): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema.dropTable('contests').execute();
    },
  };
}

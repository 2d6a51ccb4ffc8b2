import type { Kysely, Migration } from 'kysely';
import { typesOf } from './columns';
import type { Kind } from './columns';

/** What is told once: notes, tasks, messages. */
export function outbox(kind: Kind): Migration {
  return {
    async up(db: Kysely<unknown>) {
      const { id, text, number, small } = typesOf(kind);
      await db.schema
        .createTable('outbox')
        .addColumn('id', id, (column) => column.notNull().primaryKey())
        .addColumn('channel', id, (column) => column.notNull())
        .addColumn('person_id', id)
        .addColumn('target', id)
        .addColumn('kind', text, (column) => column.notNull())
        .addColumn('text', text)
        .addColumn('state', id, (column) => column.notNull())
        .addColumn('tries', small, (column) => column.notNull())
        .addColumn('next_try_at', number, (column) => column.notNull())
        .addColumn('remote_id', text)
        .addColumn('problem', text)
        .addColumn('run', text, (column) => column.notNull())
        .addColumn('created_at', number, (column) => column.notNull())
        .addColumn('settled_at', number)
        .execute();
      await db.schema.createIndex('outbox_state').on('outbox').columns(['state', 'id']).execute();
      await db.schema.createIndex('outbox_person').on('outbox').columns(['person_id']).execute();
      // Retention looks for the oldest settled ones.
      await db.schema.createIndex('outbox_settled').on('outbox').columns(['settled_at']).execute();
    },
  };
}

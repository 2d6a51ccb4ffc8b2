import { sql } from 'kysely';
import type { Migration } from 'kysely';
import { inKeyOrder, typesOf } from './columns';
import type { Kind } from './columns';

/** Webhook events as they came in: ids and times, no values. Events that wait for a run are found by a partial index. */
export function inbox(kind: Kind): Migration {
  const t = typesOf(kind);
  return {
    async up(db) {
      await db.schema
        .createTable('inbox')
        .addColumn('key', t.id, (column) => column.primaryKey().notNull())
        .addColumn('object_id', t.id, (column) => column.notNull())
        .addColumn('related', t.text, (column) => column.notNull())
        .addColumn('kind', t.text, (column) => column.notNull())
        .addColumn('occurred_at', t.number, (column) => column.notNull())
        .addColumn('received_at', t.number, (column) => column.notNull())
        .addColumn('waiting', t.small)
        .modifyEnd(inKeyOrder(kind))
        .execute();
      await db.schema.createIndex('inbox_waiting').on('inbox').columns(['key']).where(sql.ref('waiting'), 'is not', null).execute();
      await db.schema.createIndex('inbox_object').on('inbox').columns(['object_id']).execute();
      await db.schema.createIndex('inbox_received').on('inbox').columns(['received_at']).execute();
    },
  };
}

import { sql } from 'kysely';
import type { Kysely, Migration } from 'kysely';
import { inKeyOrder, typesOf } from './columns';
import type { Kind } from './columns';

/** What reports count (domain/report.ts), and whom the next refresh has to look at again. */
export function reports(kind: Kind): Migration {
  return {
    async up(db: Kysely<unknown>) {
      const { id, text, number, small } = typesOf(kind);
      await db.schema.createTable('report_queue').addColumn('person_id', id, (column) => column.notNull().primaryKey()).modifyEnd(inKeyOrder(kind)).execute();

      let episodes = db.schema.createTable('report_episodes').addColumn('person_id', id, (column) => column.notNull()).addColumn('cycle', small, (column) => column.notNull());
      for (const name of ['last', 'adopted', 'in_scope', 'skipped', 'excluded', 'missing']) episodes = episodes.addColumn(name as never, small, (column) => column.notNull());
      for (const name of ['source', 'campaign', 'segment', 'owner', 'reason', 'route', 'closed_as', 'stage']) episodes = episodes.addColumn(name as never, text);
      for (const name of [
        'subscriber_at', 'lead_at', 'mql_at', 'sal_at', 'sql_at', 'opportunity_at', 'customer_at', 'handed_at', 'carried_at', 'touch_due', 'touched_at', 'touch_ms', 'answer_due', 'answered_at', 'answer_ms',
        'accepted_at', 'rejected_at', 'reason_due', 'reasoned_at', 'reason_ms', 'book_due', 'booked_at', 'book_ms', 'closed_at', 'left_at', 'stage_at', 'next_mql_at', 'next_sql_at',
      ])
        episodes = episodes.addColumn(name as never, number);
      // Many moments to look for by: with short row numbers in every index, not the key.
      await episodes.addPrimaryKeyConstraint('report_episodes_key', ['person_id', 'cycle'] as never[]).execute();
      for (const name of ['lead_at', 'mql_at', 'sal_at', 'sql_at', 'opportunity_at', 'customer_at', 'handed_at', 'accepted_at', 'rejected_at']) {
        await db.schema.createIndex(`report_episodes_${name}`).on('report_episodes').columns([name]).where(sql.ref(name), 'is not', null).execute();
      }

      let deals = db.schema.createTable('report_deals').addColumn('opportunity_id', id, (column) => column.notNull()).addColumn('person_id', id, (column) => column.notNull());
      for (const name of ['place', 'counting', 'won', 'lost']) deals = deals.addColumn(name as never, small, (column) => column.notNull());
      for (const name of ['source', 'campaign', 'segment', 'owner', 'creating_source', 'influences', 'currency', 'stage_name', 'forecast_category']) deals = deals.addColumn(name as never, text);
      for (const name of ['created_at', 'closed_at', 'close_on', 'amount', 'probability']) deals = deals.addColumn(name as never, number);
      await deals.addPrimaryKeyConstraint('report_deals_key', ['opportunity_id', 'person_id'] as never[]).modifyEnd(inKeyOrder(kind)).execute();
      await db.schema.createIndex('report_deals_person').on('report_deals').columns(['person_id']).execute();
      await db.schema.createIndex('report_deals_closed_at').on('report_deals').columns(['closed_at']).where(sql.ref('closed_at'), 'is not', null).execute();

      await db.schema
        .createTable('report_touches')
        .addColumn('person_id', id, (column) => column.notNull())
        .addColumn('at', number, (column) => column.notNull())
        .addColumn('source', text)
        .addColumn('name', text)
        .addPrimaryKeyConstraint('report_touches_key', ['person_id', 'at'] as never[])
        .modifyEnd(inKeyOrder(kind))
        .execute();
      await db.schema
        .createTable('report_owners')
        .addColumn('id', id, (column) => column.notNull().primaryKey())
        .addColumn('name', text, (column) => column.notNull())
        .execute();
      // Everybody whom Concord knew before there were reports.
      await (db as Kysely<{ report_queue: { person_id: string }; people: { id: string } }>)
        .insertInto('report_queue')
        .columns(['person_id'])
        .expression((builder) => builder.selectFrom('people').select('id as person_id'))
        .execute();
    },
  };
}

import { sql } from 'kysely';
import type { Kysely, Migration } from 'kysely';
import type { Problem } from '../../domain/problem';
import { causeOf } from '../deadLetters';
import { fromShortJson } from '../shortJson';
import { typesOf } from './columns';
import type { Kind } from './columns';

/**
 * What people look through: who stands at a stage, who waits for a person, which handoffs are due, what was rejected, and which refusals have one cause.
 * Each list is read by an index, so that its page costs the same in a store of any size.
 */
export function lists(kind: Kind): Migration {
  return {
    async up(db: Kysely<unknown>) {
      const { id, text, number } = typesOf(kind);
      await db.schema.createIndex('people_stage').on('people').columns(['stage', 'id']).execute();
      for (const column of ['held', 'missing']) await db.schema.createIndex(`people_${column}`).on('people').columns(['id']).where(sql.ref(column), 'is not', null).execute();

      await db.schema.alterTable('handoffs').addColumn('clock', text).execute();
      await db.schema.alterTable('handoffs').addColumn('sla', text).execute();
      await db.schema.alterTable('handoffs').addColumn('due_at', number).execute();
      await db.schema.createIndex('handoffs_due').on('handoffs').columns(['due_at', 'person_id', 'cycle']).where(sql.ref('due_at'), 'is not', null).execute();
      await db.schema.createIndex('handoffs_unanswered').on('handoffs').columns(['opened_at', 'person_id', 'cycle']).where(sql<boolean>`accepted_at is null and closed_at is null`).execute();
      await db.schema.createIndex('handoffs_rejected').on('handoffs').columns(['rejected_at', 'person_id', 'cycle']).where(sql.ref('rejected_at'), 'is not', null).execute();
      await db.schema.createIndex('handoffs_reason').on('handoffs').columns(['reason', 'rejected_at', 'person_id', 'cycle']).where(sql.ref('rejected_at'), 'is not', null).execute();
      // Handoffs from before it get their deadline when they are decided next: the next run decides everyone whose clock may run.
      await sql`insert into queue (person_id, reason, since) select distinct person_id, 'clock', 0 from handoffs where carried_at is not null and (closed_at is null or reason is null) on conflict do nothing`.execute(db);

      await db.schema.createIndex('holds_kind').on('holds').columns(['kind', 'id']).execute();

      await db.schema.alterTable('dead_letters').addColumn('cause', id).execute();
      await refill(db);
      await db.schema.createIndex('dead_letters_cause').on('dead_letters').columns(['state', 'cause', 'id']).execute();
    },
  };
}

type Letters = Kysely<{ dead_letters: { id: string; crm: string; object: string; field: string | null; problem: string; cause: string | null } }>;

async function refill(db: Letters): Promise<void> {
  let after = '';
  for (;;) {
    const page = await db.selectFrom('dead_letters').select(['id', 'crm', 'object', 'field', 'problem']).where('id', '>', after).orderBy('id').limit(500).execute();
    if (page.length === 0) return;
    after = page.at(-1)?.id ?? after;
    for (const row of page) await db.updateTable('dead_letters').set({ cause: causeOf({ ...row, problem: fromShortJson(row.problem) as Problem }) }).where('id', '=', row.id).execute();
  }
}

import { sql } from 'kysely';
import type { Kysely, Migration } from 'kysely';
import { inKeyOrder, typesOf } from './columns';
import type { Kind } from './columns';

/** The tables as tables.ts describes them. */
export function first(kind: Kind): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await records(db, kind);
      await people(db, kind);
      await plansAndJournal(db, kind);
      await troubles(db, kind);
      await bookkeeping(db, kind);
    },
  };
}

async function records(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { id, text } = typesOf(kind);
  await db.schema
    .createTable('mirror')
    .addColumn('kind', id, (column) => column.notNull())
    .addColumn('id', id, (column) => column.notNull())
    .addColumn('person_id', id)
    .addColumn('account_id', id)
    .addColumn('opportunity_id', id)
    .addColumn('contact_id', id)
    .addColumn('body', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('mirror_key', ['kind', 'id'] as never[])
    .execute();
  for (const column of ['person_id', 'account_id', 'opportunity_id', 'contact_id']) {
    await db.schema.createIndex(`mirror_${column}`).on('mirror').columns([column]).where(sql.ref(column), 'is not', null).execute();
  }
  await db.schema
    .createTable('identities')
    .addColumn('key', id, (column) => column.notNull())
    .addColumn('kind', id, (column) => column.notNull())
    .addColumn('id', id, (column) => column.notNull())
    .addPrimaryKeyConstraint('identities_key', ['key', 'kind', 'id'] as never[])
    .modifyEnd(inKeyOrder(kind))
    .execute();
}

async function people(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { id, text, number, small } = typesOf(kind);
  await db.schema
    .createTable('people')
    .addColumn('id', id, (column) => column.notNull().primaryKey())
    .addColumn('hubspot_id', id)
    .addColumn('salesforce_object', text)
    .addColumn('salesforce_id', id)
    .addColumn('stage', text)
    .addColumn('stage_at', number)
    .addColumn('cycle', small, (column) => column.notNull())
    .addColumn('in_scope', small, (column) => column.notNull())
    .addColumn('shown_hubspot', text)
    .addColumn('shown_salesforce', text)
    .addColumn('disagreement', text)
    .addColumn('held', text)
    .addColumn('missing', text)
    .addColumn('next_at', number)
    .addColumn('state', text)
    .addColumn('notes', text)
    .addColumn('updated_at', number, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('people_next_at').on('people').columns(['next_at', 'id']).where(sql.ref('next_at'), 'is not', null).execute();
  await db.schema.createIndex('people_disagreeing').on('people').columns(['id']).where(sql.ref('disagreement'), 'is not', null).execute();

  let transitions = db.schema.createTable('transitions');
  transitions = kind === 'sqlite' ? transitions.addColumn('seq', 'integer', (column) => column.primaryKey()) : transitions.addColumn('seq', 'bigint', (column) => column.generatedByDefaultAsIdentity().primaryKey());
  await transitions
    .addColumn('person_id', id, (column) => column.notNull())
    .addColumn('from_stage', text)
    .addColumn('to_stage', text, (column) => column.notNull())
    .addColumn('at', number, (column) => column.notNull())
    .addColumn('seen_at', number, (column) => column.notNull())
    .addColumn('cycle', small, (column) => column.notNull())
    .addColumn('run_no', small, (column) => column.notNull())
    .addColumn('rule', text, (column) => column.notNull())
    .addColumn('because', text, (column) => column.notNull())
    .addColumn('skipped', small, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('transitions_person').on('transitions').columns(['person_id', 'seq']).execute();

  await db.schema
    .createTable('handoffs')
    .addColumn('person_id', id, (column) => column.notNull())
    .addColumn('cycle', small, (column) => column.notNull())
    .addColumn('opened_at', number, (column) => column.notNull())
    .addColumn('adopted', small, (column) => column.notNull())
    .addColumn('carried_at', number)
    .addColumn('first_touch_at', number)
    .addColumn('accepted_at', number)
    .addColumn('rejected_at', number)
    .addColumn('reason', text)
    .addColumn('reason_text', text)
    .addColumn('note', text)
    .addColumn('rejected_by', text)
    .addColumn('crm', text)
    .addColumn('route', text)
    .addColumn('recycle_on', text)
    .addColumn('closed_at', number)
    .addColumn('closed_as', text)
    .addColumn('owner_id', text)
    .addPrimaryKeyConstraint('handoffs_key', ['person_id', 'cycle'] as never[])
    .modifyEnd(inKeyOrder(kind))
    .execute();

  await db.schema
    .createTable('queue')
    .addColumn('person_id', id, (column) => column.notNull().primaryKey())
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('since', number, (column) => column.notNull())
    .modifyEnd(inKeyOrder(kind))
    .execute();
}

async function plansAndJournal(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { id, text, number, small, bytes } = typesOf(kind);
  await db.schema
    .createTable('plans')
    .addColumn('run', id, (column) => column.notNull())
    .addColumn('first_seq', number, (column) => column.notNull())
    .addColumn('last_seq', number, (column) => column.notNull())
    .addColumn('body', bytes, (column) => column.notNull())
    .addPrimaryKeyConstraint('plans_key', ['run', 'first_seq'] as never[])
    .execute();
  let totals = db.schema.createTable('plan_totals').addColumn('run', id, (column) => column.notNull().primaryKey());
  for (const name of ['people', 'changed', 'creates', 'regressions', 'links_ended', 'overwrites', 'writes_hubspot', 'writes_salesforce']) {
    totals = totals.addColumn(name as never, number, (column) => column.notNull());
  }
  await totals.execute();

  let journal = db.schema.createTable('journal');
  journal = kind === 'sqlite' ? journal.addColumn('seq', 'integer', (column) => column.primaryKey()) : journal.addColumn('seq', 'bigint', (column) => column.generatedByDefaultAsIdentity().primaryKey());
  await journal
    .addColumn('id', id, (column) => column.notNull().unique())
    .addColumn('run_no', small, (column) => column.notNull())
    .addColumn('person_id', id)
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('op', text, (column) => column.notNull())
    .addColumn('ref', text)
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('open', small)
    .addColumn('intended_at', number, (column) => column.notNull())
    .addColumn('settled_at', number)
    .addColumn('problem', text)
    .addColumn('body_no', number, (column) => column.notNull())
    .addColumn('place', small, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('journal_bodies')
    .addColumn('no', number, (column) => column.notNull().primaryKey())
    .addColumn('body', bytes, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('journal_run').on('journal').columns(['run_no', 'seq']).execute();
  await db.schema.createIndex('journal_person').on('journal').columns(['person_id', 'seq']).where(sql.ref('person_id'), 'is not', null).execute();
  await db.schema.createIndex('journal_open').on('journal').columns(['seq']).where(sql.ref('open'), 'is not', null).execute();
}

async function troubles(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { id, text, number, small } = typesOf(kind);
  await db.schema
    .createTable('dead_letters')
    .addColumn('id', id, (column) => column.notNull().primaryKey())
    .addColumn('ref', id)
    .addColumn('crm', text, (column) => column.notNull())
    .addColumn('object', text, (column) => column.notNull())
    .addColumn('record_id', text)
    .addColumn('person_id', id)
    .addColumn('field', text)
    .addColumn('value', text, (column) => column.notNull())
    .addColumn('problem', text, (column) => column.notNull())
    .addColumn('first_run', text, (column) => column.notNull())
    .addColumn('last_run', text, (column) => column.notNull())
    .addColumn('created_at', number, (column) => column.notNull())
    .addColumn('last_tried_at', number, (column) => column.notNull())
    .addColumn('tries', small, (column) => column.notNull())
    .addColumn('state', id, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('dead_letters_state').on('dead_letters').columns(['state', 'id']).execute();
  await db.schema.createIndex('dead_letters_ref').on('dead_letters').columns(['ref']).execute();
  await db.schema.createIndex('dead_letters_person').on('dead_letters').columns(['person_id']).execute();
  await db.schema
    .createTable('holds')
    .addColumn('id', id, (column) => column.notNull().primaryKey())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('ref', id, (column) => column.notNull())
    .addColumn('person_id', id)
    .addColumn('field', text, (column) => column.notNull())
    .addColumn('value', text, (column) => column.notNull())
    .addColumn('run', id, (column) => column.notNull())
    .addColumn('because', text, (column) => column.notNull())
    .addColumn('created_at', number, (column) => column.notNull())
    .execute();
  for (const column of ['ref', 'person_id', 'run']) await db.schema.createIndex(`holds_${column}`).on('holds').columns([column]).execute();
  await db.schema
    .createTable('contests')
    .addColumn('ref', id, (column) => column.notNull())
    .addColumn('field', id, (column) => column.notNull())
    .addColumn('times', small, (column) => column.notNull())
    .addPrimaryKeyConstraint('contests_key', ['ref', 'field'] as never[])
    .execute();
}

async function bookkeeping(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { id, text, number, small } = typesOf(kind);
  await db.schema
    .createTable('watermarks')
    .addColumn('crm', id, (column) => column.notNull())
    .addColumn('object', id, (column) => column.notNull())
    .addColumn('at', number, (column) => column.notNull())
    .addColumn('run', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('watermarks_key', ['crm', 'object'] as never[])
    .execute();
  await db.schema
    .createTable('runs')
    .addColumn('id', id, (column) => column.notNull().primaryKey())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('mode', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('started_at', number, (column) => column.notNull())
    .addColumn('finished_at', number)
    .addColumn('agreement', text, (column) => column.notNull())
    .addColumn('summary', text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('runs_started_at').on('runs').columns(['started_at', 'id']).execute();
  await db.schema
    .createTable('run_numbers')
    .addColumn('no', small, (column) => column.notNull().primaryKey())
    .addColumn('id', id, (column) => column.notNull().unique())
    .execute();
  await db.schema
    .createTable('names')
    .addColumn('id', small, (column) => column.notNull().primaryKey())
    .addColumn('name', id, (column) => column.notNull().unique())
    .execute();
  await db.schema
    .createTable('meta')
    .addColumn('key', id, (column) => column.notNull().primaryKey())
    .addColumn('value', text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('forgotten')
    .addColumn('hash', id, (column) => column.notNull().primaryKey())
    .addColumn('at', number, (column) => column.notNull())
    .modifyEnd(inKeyOrder(kind))
    .execute();
  await db.schema
    .createTable('counters')
    .addColumn('name', id, (column) => column.notNull().primaryKey())
    .addColumn('n', number, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('locks')
    .addColumn('name', id, (column) => column.notNull().primaryKey())
    .addColumn('holder', text)
    .addColumn('fence', number, (column) => column.notNull())
    .addColumn('expires_at', number, (column) => column.notNull())
    .execute();
  await sql`insert into locks (name, holder, fence, expires_at) values ('run', null, 0, 0), ('writer', null, 0, 0)`.execute(db);
}

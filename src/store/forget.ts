import { sql } from 'kysely';
import { refKey } from '../domain/record';
import type { RecordRef } from '../domain/record';
import { problem } from '../domain/problem';
import type { Problem } from '../domain/problem';
import { forgetInbox } from './inbox';
import { bodiesOf } from './journal';
import { decodeChanges, encodeChanges, encodeRef, packBody, stateLetter } from './journalCodec';
import type { Element } from './journalCodec';
import { setDeadLetterState } from './deadLetters';
import { deleteRecords, recordsOfPeople } from './mirror';
import { withNames } from './names';
import { forgetPosts } from './outbox';
import { people, putPeople } from './people';
import { forgetInPlans } from './plan';
import { kindOf } from './recordCodec';
import { forgetReportFacts } from './reports';
import { inParts, updateRows } from './session';
import type { Session } from './session';
import { fromShortJson, toShortJson } from './shortJson';

/*
 * `concord forget`: what is kept about a person goes, what is counted stays. Ids of the CRMs go too: a CRM that still has the record would lead
 * back to the human. Concord's own person id, stages and times remain, so that no report's figure changes.
 */

/** Blanks everything kept about these people and records. Inside a transaction; nothing in a CRM is touched. */
export async function forgetAll(session: Session, personIds: string[], refs: RecordRef[]): Promise<void> {
  const all = new Map<string, RecordRef>();
  for (const ref of [...refs, ...(await recordsOfPeople(session, personIds)).map((record) => record.ref)]) all.set(refKey(ref), ref);
  await forgetInPlans(session, new Set(personIds), new Set(all.keys()));
  await forgetHistory(session, personIds);
  await forgetJournal(session, personIds, [...all.values()]);
  await forgetTroubles(session, personIds, [...all.keys()]);
  await forgetPosts(session, personIds, [...all.keys()]);
  await forgetInbox(session, [...all.values()]);
  await deleteRecords(session, [...all.values()]);
  await forgetPeople(session, personIds);
  await forgetReportFacts(session, personIds);
}

async function forgetPeople(session: Session, personIds: string[]): Promise<void> {
  const known = await people(session, personIds);
  await putPeople(
    session,
    known.map((person) => ({
      ...person,
      hubspotId: null,
      salesforceObject: null,
      salesforceId: null,
      inScope: false,
      shownHubspot: null,
      shownSalesforce: null,
      disagreement: null,
      held: null,
      missing: null,
      nextAt: null,
      state: null,
      notes: null,
    })),
  );
}

async function forgetHistory(session: Session, personIds: string[]): Promise<void> {
  await inParts(personIds, async (part) => {
    await session.db.updateTable('transitions').set({ because: '' }).where('person_id', 'in', part).execute();
    await session.db.updateTable('handoffs').set({ reason_text: null, note: null, rejected_by: null, owner_id: null }).where('person_id', 'in', part).execute();
    await session.db.deleteFrom('queue').where('person_id', 'in', part).execute();
    return [];
  });
}

/** A refusal's code and the CRM's code; not the record, nor words that may quote a value. */
function bare(text: string | null): string | null {
  const known = fromShortJson(text) as Problem | null;
  if (known === null) return null;
  return toShortJson(problem(known.code, known.crm, { retry: known.retry, ...(known.fields === undefined ? {} : { fields: known.fields }), ...(known.vendorCode === undefined ? {} : { vendorCode: known.vendorCode }) }));
}

/** Entries keep when, in which run, which fields; not which record, from what, to what, why. One that is still open ends: nobody may finish it. */
async function forgetJournal(session: Session, personIds: string[], refs: RecordRef[]): Promise<void> {
  const columns = ['id', 'state', 'open', 'problem', 'body_no', 'place'] as const;
  const rows = await inParts(personIds, (part) => session.db.selectFrom('journal').select(columns).where('person_id', 'in', part).execute());
  // Not indexed: forgetting is rare, and entries without their person rarer.
  for (const ref of refs) {
    if (kindOf(ref) === undefined) continue;
    const query = session.db.selectFrom('journal').select(columns).where('ref', '=', encodeRef(ref));
    for (const row of await query.execute()) if (!rows.some((known) => known.id === row.id)) rows.push(row);
  }
  const bodies = await bodiesOf(session, rows.map((row) => row.body_no));
  await withNames(session.db, session.names, () => {
    for (const row of rows) {
      const body = bodies.get(row.body_no) as Element[];
      const { fence, changes } = decodeChanges(body[row.place] as Element, session.names);
      body[row.place] = encodeChanges(fence, changes.map((change) => ({ field: change.field, after: null, rule: change.rule, because: '' })), session.names);
    }
  });
  for (const [no, body] of bodies) await session.db.updateTable('journal_bodies').set({ body: packBody(body) }).where('no', '=', no).execute();
  const blank = rows.map((row) => [row.id, null, '', row.open === null ? row.state : stateLetter('dropped'), null, bare(row.problem)]);
  await updateRows(
    session,
    'journal',
    [
      { name: 'ref', type: 'text' },
      { name: 'key', type: 'text' },
      { name: 'state', type: 'text' },
      { name: 'open', type: 'integer' },
      { name: 'problem', type: 'text' },
    ],
    blank,
  );
}

async function forgetTroubles(session: Session, personIds: string[], keys: string[]): Promise<void> {
  const ofPeople = await inParts(personIds, (part) => session.db.selectFrom('dead_letters').selectAll().where('person_id', 'in', part).execute());
  const ofRecords = await inParts(keys, (part) => session.db.selectFrom('dead_letters').selectAll().where('ref', 'in', part).execute());
  const letters = new Map([...ofPeople, ...ofRecords].map((row) => [row.id, row]));
  await setDeadLetterState(session, [...letters].filter(([, row]) => row.state === 'open' || row.state === 'retry').map(([id]) => id), 'dropped');
  for (const [id, row] of letters) {
    await session.db.updateTable('dead_letters').set({ ref: null, record_id: null, value: 'null', problem: bare(row.problem) ?? '{}' }).where('id', '=', id).execute();
  }
  await inParts(personIds, async (part) => {
    await session.db.deleteFrom('holds').where('person_id', 'in', part).execute();
    return [];
  });
  await inParts(keys, async (part) => {
    await session.db.deleteFrom('holds').where('ref', 'in', part).execute();
    return [];
  });
}

/** PostgreSQL keeps old versions of rows until they are vacuumed; outside any transaction. */
export async function vacuumForgotten(session: Session): Promise<void> {
  await sql`vacuum mirror, identities, people, transitions, handoffs, queue, plans, journal, journal_bodies, dead_letters, holds, outbox, inbox`.execute(session.db);
}

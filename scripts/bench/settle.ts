import type { MirrorRecord } from '../../src/domain/record';
import type { PlannedWrite } from '../../src/domain/write';
import type { HandoffRow, PersonRow, TransitionRow } from '../../src/store/port';
import { toText } from '../../src/crm/hubspot/convert';
import { fromValue } from '../../src/crm/salesforce/convert';
import type { Description } from '../../src/crm/port';
import { advanceAgreed } from '../../src/core/decide/fields';
import { afterOwnWrite } from '../../src/core/observe';
import { OBJECTS } from '../../src/run/read';
import { rowsOf, shownOf } from '../../src/run/people';
import type { Pass } from '../../src/run/parts';
import { refreshReports } from '../../src/run/reportFacts';
import type { PersonState } from '../../src/domain/person';
import { generateWorld, loadPeople, type GeneratedPerson, type SalesforceRow, type WorldOptions } from '../../src/sandbox/generate';
import type { RunningSandbox } from '../../src/sandbox/server';
import { evidenceOf, judgeOne, mirrorOf, newRow, personIdOf } from './engine';
import { createRecords } from './records';

/*
 * A world in which Concord has already done its work: both CRMs hold what the engine makes of every person, and the store holds what it remembers of
 * them after its own echoes came back. So a million people can be had without a first run over a million people. That it is the state a real first
 * run leaves is seen from outside: a full run over it finds nothing to write.
 */

/** People per transaction. */
const CHUNK = 1_000;
/** How long after Concord's work its echoes had been read: longer than any overlap. */
const ECHOES_READ_MS = 30 * 60_000;

interface Settled {
  mirror: MirrorRecord[];
  row: PersonRow;
  transitions: TransitionRow[];
  handoffs: HandoffRow[];
}

/** Fills both CRMs and the store. `pass.now` is when Concord did its work: later than everything in the world. Returns the number of records. */
export async function settleWorld(pass: Pass, sandbox: RunningSandbox, world: WorldOptions, tell: (people: number) => void): Promise<number> {
  const { store, terms } = pass.parts;
  const read = await createRecords(pass);
  const description = await pass.parts.salesforce.describe();
  let records = 0;
  let people: GeneratedPerson[] = [];
  let settled: Settled[] = [];
  const flush = async (): Promise<void> => {
    records += loadPeople(sandbox, people);
    const done = settled;
    await store.transaction(pass.fence, async (tx) => {
      await tx.putRecords(done.flatMap((each) => each.mirror));
      await tx.putPeople(done.map((each) => each.row));
      await tx.addTransitions(done.flatMap((each) => each.transitions));
      await tx.putHandoffs(done.flatMap((each) => each.handoffs));
    });
    tell(people.length);
    people = [];
    settled = [];
  };
  await store.transaction(pass.fence, (tx) => tx.putRun({ id: pass.run, kind: 'sync', mode: 'apply', status: 'ok', startedAt: pass.now, finishedAt: pass.now, agreement: terms.agreement.hash, summary: null }));
  for (const person of generateWorld({ ...world, waiting: false })) {
    settled.push(settlePerson(pass, person, read, description));
    people.push(person);
    if (people.length === CHUNK) await flush();
  }
  if (people.length > 0) await flush();
  await store.transaction(pass.fence, async (tx) => {
    for (const crm of ['hubspot', 'salesforce'] as const) for (const object of OBJECTS[crm]) await tx.setWatermark(crm, object, pass.now + ECHOES_READ_MS, pass.run);
    await tx.setMeta('adopted', pass.run);
    await tx.setMeta('agreement', terms.agreement.hash);
  });
  await refreshReports(store, terms.agreement, pass.fence);
  return records;
}

/** Decides a person, puts the result into their generated records, and reads those back as an own echo. */
function settlePerson(pass: Pass, person: GeneratedPerson, read: Awaited<ReturnType<typeof createRecords>>, description: Description): Settled {
  const { agreement } = pass.parts.terms;
  const id = personIdOf(person);
  const before = mirrorOf(pass, person, read(person));
  const evidence = evidenceOf(id, before);
  const { decision, plan } = judgeOne(pass, evidence, null);
  const written = new Map(plan.writes.map((write) => [`${write.crm}:${write.object}`, write]));
  const known = before.map((record) => {
    const write = written.get(`${record.ref.crm}:${record.ref.object}`);
    return write === undefined ? record : afterOwnWrite(record, Object.fromEntries(write.changes.map((change) => [change.field, change.after])), pass.now);
  });
  for (const write of plan.writes) carryOut(person, write, description, pass.now);
  const mirror = mirrorOf(pass, person, read(person), known);
  const find = (record: MirrorRecord | null): MirrorRecord | null => (record === null ? null : (mirror.find((each) => each.ref.id === record.ref.id && each.ref.crm === record.ref.crm) ?? null));
  const row = newRow(id, pass.now);
  const kept = rowsOf(pass, { row, evidence, decision, plan });
  const now = { ...decision, contact: find(decision.contact), primary: find(decision.primary) };
  advanceAgreed(agreement, kept.person.state as PersonState, now.contact, now.primary);
  return { mirror, row: { ...kept.person, ...shownOf(pass, row, now, { heldBack: [], writes: [] }) }, transitions: kept.transitions, handoffs: kept.handoffs };
}

/** What the CRM's record holds after the write, with the stamp of the write. */
function carryOut(person: GeneratedPerson, write: PlannedWrite, description: Description, at: number): void {
  if (write.op === 'create') throw new Error('a settled world creates nothing');
  const stamp = new Date(at).toISOString();
  if (write.crm === 'hubspot') {
    for (const change of write.changes) person.hubspot.properties[change.field] = toText(change.after);
    person.hubspot.lastmodifieddate = stamp;
    return;
  }
  const row = person[write.object] as SalesforceRow;
  for (const change of write.changes) row[change.field] = fromValue(description[write.object]?.[change.field]?.type ?? 'text', change.after) as SalesforceRow[string];
  row['SystemModstamp'] = stamp;
  row['LastModifiedDate'] = stamp;
}

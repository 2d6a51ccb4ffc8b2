import type { Fields, RecordRef, Value } from '../domain/record';
import { refKey } from '../domain/record';
import { ConcordError, EXIT } from '../domain/problem';
import type { FieldChange, JournalEntry, PlannedWrite } from '../domain/write';
import type { Hold, RunRow, StagedPerson } from '../store/port';
import type { PersonState } from '../domain/person';
import { sameValue } from '../core/observe';
import { guard, type GuardFinding } from '../core/plan/guard';
import { standOf } from '../core/plan/hold';
import { applyPlan, emptyCounts, type ApplyCounts } from './apply';
import { withLock } from './lock';
import { chunks, port, type Parts, type Pass } from './parts';
import { addCalls } from './budget';
import { adoptionOf, callsOf, callsSince, clearOldPlan, connect, noteOverruled, recordFailure } from './run';

export interface RollbackRequest {
  run: string;
  /** Without it only the plan is made. */
  apply: boolean;
  allowLargeChange?: boolean;
}

export interface RollbackResult {
  run: string;
  undoes: string;
  status: 'planned' | 'ok' | 'partial' | 'stopped';
  planned: number;
  /** Values changed since by somebody else: left as they are. */
  left: { record: string; field: string; found: Value }[];
  /** Notes, tasks and messages of that run that were still waiting: they are not sent any more. */
  withdrawn: number;
  /** What cannot be undone: creates, consent, notes and tasks. */
  not_undone: { record: string | null; op: string }[];
  writes: ApplyCounts | null;
  stopped_by: GuardFinding[] | null;
  /** Limits that a person decided to go over (W6). */
  overruled: GuardFinding[] | null;
}

/** W9: undoing a run is a run: planned, guarded, journaled, compared again just before the write. What it undoes is held until the evidence changes or RevOps releases it. */
export async function rollback(parts: Parts, request: RollbackRequest): Promise<RollbackResult> {
  const target = await parts.store.run(request.run);
  if (target === null) throw new ConcordError({ code: 'unknown_run', message: `there is no run ${request.run}`, where: request.run, remedy: 'List the runs with `concord runs`.', exit: EXIT.usage });
  return withLock(parts, async (fence) => {
    const id = parts.newId();
    const startedAt = parts.clock();
    const row: RunRow = { id, kind: 'rollback', mode: request.apply ? 'apply' : 'dry-run', status: 'running', startedAt, finishedAt: null, agreement: parts.terms.agreement.hash, summary: { undoes: request.run } };
    await parts.store.transaction(fence, (tx) => tx.putRun(row));
    const before = callsOf(parts);
    parts.log.info('rollback started', { run: id, undoes: request.run });
    try {
      const result = await undo(await connect(parts, id, fence, startedAt, await adoptionOf(parts)), request);
      await parts.store.transaction(fence, async (tx) => {
        // A plan that was only made stays to be looked at, until the next run makes its own.
        if (result.writes !== null) await tx.clearPlan(id);
        await tx.putRun({ ...row, status: result.status === 'planned' ? 'ok' : result.status, finishedAt: parts.clock(), summary: kept(result) });
        await addCalls(tx, parts.clock(), callsSince(parts, before));
      });
      parts.log.info('rollback finished', { run: id, status: result.status });
      return result;
    } catch (error) {
      await recordFailure(parts, row, fence, before, error);
      throw error;
    }
  });
}

async function undo(pass: Pass, request: RollbackRequest): Promise<RollbackResult> {
  const { parts, run: id, fence } = pass;
  await clearOldPlan(pass);
  const result: RollbackResult = { run: id, undoes: request.run, status: 'planned', planned: 0, left: [], withdrawn: 0, not_undone: [], writes: null, stopped_by: null, overruled: null };
  const holds = await stageUndo(pass, request.run, result);
  const totals = await parts.store.planTotals(id);
  result.planned = totals.writes.hubspot + totals.writes.salesforce;
  const findings = guard(parts.terms.agreement.settings.guard, totals, await parts.store.countPeople());
  if (findings.length > 0) result.stopped_by = findings;
  if (!request.apply) return result;
  if (findings.length > 0 && request.allowLargeChange !== true) return { ...result, status: 'stopped' };
  if (findings.length > 0) await noteOverruled(pass, (result.overruled = findings));
  const counts = emptyCounts();
  // Held first: a kill between the two must not let the next run plan the undone values again.
  result.withdrawn = await parts.store.transaction(fence, async (tx) => {
    await tx.addHolds(holds);
    return tx.withdrawPosts(request.run, [...new Set(holds.map((hold) => hold.personId).filter((id): id is string => id !== null))], pass.now);
  });
  await applyPlan(pass, counts);
  return { ...result, stopped_by: null, writes: counts, status: counts.pending > 0 ? 'partial' : 'ok' };
}

/** What the history keeps of a rollback: no values, which may be a person's and outlive forgetting them. */
function kept(result: RollbackResult): unknown {
  return { ...result, left: result.left.map(({ record, field }) => ({ record, field })) };
}

/** Reads the journal of the run, compares with what the CRMs hold now, and stages what can be put back. */
async function stageUndo(pass: Pass, run: string, result: RollbackResult): Promise<Omit<Hold, 'id'>[]> {
  const { store } = pass.parts;
  const undone = new Map<string, { ref: RecordRef; personId: string; changes: Map<string, FieldChange> }>();
  let after: string | null = null;
  for (;;) {
    const page: JournalEntry[] = await store.journalOfRun(run, after, 500);
    if (page.length === 0) break;
    after = page.at(-1)?.id ?? null;
    for (const entry of page) collect(entry, undone, result);
  }
  const holds: Omit<Hold, 'id'>[] = [];
  let seq = 0;
  for (const part of chunks([...undone.values()], 100)) {
    const current = await currentOf(pass, part.map((each) => each.ref));
    const people = new Map((await store.people([...new Set(part.map((each) => each.personId))])).map((row) => [row.id, row]));
    const staged: StagedPerson[] = [];
    for (const each of part) {
      const now = current.get(refKey(each.ref));
      const changes: FieldChange[] = [];
      const person = people.get(each.personId);
      const ground = { agreement: pass.parts.terms.agreement.hash, decided: standOf((person?.state ?? null) as PersonState | null) };
      for (const change of each.changes.values()) {
        const found: Value = now?.[change.field] ?? null;
        if (now === undefined || !(change.field in now) || !sameValue(found, change.after)) {
          result.left.push({ record: refKey(each.ref), field: change.field, found });
          continue;
        }
        changes.push({ field: change.field, before: change.after, after: change.before ?? null, rule: 'W9', because: `undoes run ${run}`, contested: true, ...(change.readBack === true ? { readBack: true as const } : {}) });
        holds.push({ kind: 'rolled_back', ref: each.ref, personId: each.personId, field: change.field, value: change.after, run, because: `rolled back from run ${run}`, createdAt: pass.now, ground });
      }
      if (person === undefined || changes.length === 0) continue;
      const write: PlannedWrite = { key: `undo:${refKey(each.ref)}`, personId: each.personId, crm: each.ref.crm, object: each.ref.object as 'contact' | 'lead', op: 'update', id: each.ref.id, changes };
      // W11: what both CRMs show is not the decided stage any more, and stays so.
      const isStage = changes.some(({ field }) => field === pass.parts.terms.agreement.ownField('stage')[each.ref.crm]);
      staged.push({ seq: (seq += 1), person: isStage && person.inScope && person.held === null ? { ...person, disagreement: 'rolled_back' } : person, transitions: [], handoffs: [], writes: [write], counts: { creates: 0, regressions: 0, linksEnded: 0, overwrites: 0, changed: true } });
    }
    await store.transaction(pass.fence, (tx) => tx.stage(pass.run, staged));
  }
  return holds;
}

/** The first `before` and the last `after` of each field that the run wrote. */
function collect(entry: JournalEntry, undone: Map<string, { ref: RecordRef; personId: string; changes: Map<string, FieldChange> }>, result: RollbackResult): void {
  if (entry.state !== 'done') return;
  if (entry.op !== 'update' || entry.ref === null || entry.personId === null) {
    // What was left in the CRM is named by what it is: a note, a task.
    result.not_undone.push({ record: entry.ref === null ? null : refKey(entry.ref), op: entry.op === 'leave' ? entry.object : entry.op });
    return;
  }
  const key = refKey(entry.ref);
  const each = undone.get(key) ?? { ref: entry.ref, personId: entry.personId, changes: new Map<string, FieldChange>() };
  for (const change of entry.changes) {
    const first = each.changes.get(change.field);
    each.changes.set(change.field, first === undefined ? change : { ...change, ...(first.before === undefined ? {} : { before: first.before }) });
  }
  undone.set(key, each);
}

async function currentOf(pass: Pass, refs: RecordRef[]): Promise<Map<string, Fields>> {
  const out = new Map<string, Fields>();
  for (const crm of ['hubspot', 'salesforce'] as const) {
    for (const object of ['lead', 'contact'] as const) {
      const ids = refs.filter((ref) => ref.crm === crm && ref.object === object).map((ref) => ref.id);
      if (ids.length === 0) continue;
      const page = await port(pass.parts, crm).byIds(object, ids, pass.parts.fields.select[crm]);
      for (const record of page.records) if (record.gone === undefined) out.set(refKey(record.ref), record.fields);
    }
  }
  return out;
}

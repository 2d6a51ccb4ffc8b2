import { refKey } from '../domain/record';
import type { DeadLetter, RunRow } from '../store/port';
import type { Explanation } from './explain';

/* What runs, letters and people look like as JSON: the same on the command line and in the HTTP interface (docs/json). Moments are ISO 8601 UTC. */

export function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

export function runDocument(row: RunRow): Record<string, unknown> {
  return { run: row.id, kind: row.kind, mode: row.mode, status: row.status, started_at: iso(row.startedAt), finished_at: iso(row.finishedAt), summary: row.summary };
}

export function deadLetterDocument(letter: DeadLetter): Record<string, unknown> {
  return {
    id: letter.id,
    crm: letter.crm,
    object: letter.object,
    record: letter.recordId,
    person: letter.personId,
    field: letter.field,
    value: letter.value,
    code: letter.problem.code,
    vendor_code: letter.problem.vendorCode ?? null,
    message: letter.problem.message,
    remedy: letter.problem.remedy,
    tries: letter.tries,
    since: iso(letter.createdAt),
  };
}

/** Everything about a person: holds personal data. */
export function explanationDocument(found: Explanation): Record<string, unknown> {
  const { person, decision } = found;
  return {
    person: { id: person.id, hubspot: person.hubspotId, salesforce: person.salesforceId, salesforce_object: person.salesforceObject },
    stage: person.stage,
    stage_at: iso(person.stageAt),
    in_scope: person.inScope,
    out_of_scope: decision.outOfScope,
    held: person.held,
    awaits_adoption: found.awaitsAdoption,
    missing: decision.missing,
    duplicates: decision.duplicates.map((record) => refKey(record.ref)),
    disagreement: person.disagreement,
    ended: found.ended.map(({ crm, records, seenAt }) => ({ crm, records: records.map(refKey), seen_at: iso(seenAt) })),
    inferred: decision.inferred,
    drift: decision.drift.map((each) => ({ record: refKey(each.record.ref), field: each.field, found: each.found, by: each.by, outcome: each.outcome })),
    notes: decision.notes,
    next_at: iso(person.nextAt),
    clocks: decision.clocks.map((clock) => ({ name: clock.name, started_at: iso(clock.startedAt), due_at: iso(clock.dueAt), stopped_at: iso(clock.stoppedAt) })),
    records: found.records.map((record) => ({ crm: record.ref.crm, object: record.ref.object, id: record.ref.id, modified_at: iso(record.modifiedAt), gone: record.gone ?? null, fields: record.fields })),
    transitions: found.transitions.map((each) => ({ from: each.from, to: each.to, at: iso(each.at), seen_at: iso(each.seenAt), cycle: each.cycle, run: each.run, rule: each.rule, because: each.because, skipped: each.skipped })),
    handoffs: found.handoffs.map((each) => ({
      cycle: each.cycle,
      adopted: each.adopted,
      opened_at: iso(each.openedAt),
      carried_at: iso(each.carriedAt),
      first_touch_at: iso(each.firstTouchAt),
      accepted_at: iso(each.acceptedAt),
      rejected_at: iso(each.rejectedAt),
      rejected_in: each.crm,
      rejected_by: each.rejectedBy,
      reason: each.reason,
      reason_text: each.reasonText,
      note: each.note,
      route: each.route,
      recycle_on: each.recycleOn,
      closed_at: iso(each.closedAt),
      closed_as: each.closedAs,
      owner: each.ownerId,
    })),
    writes: found.writes.map((entry) => ({
      run: entry.run,
      crm: entry.crm,
      record: entry.ref === null ? null : refKey(entry.ref),
      op: entry.op,
      state: entry.state,
      at: iso(entry.intendedAt),
      changes: entry.changes.map((change) => ({ field: change.field, before: change.before ?? null, after: change.after, rule: change.rule, because: change.because })),
    })),
    dead_letters: found.deadLetters.map((letter) => ({ id: letter.id, record: letter.recordId, field: letter.field, code: letter.problem.code, remedy: letter.problem.remedy })),
    told: found.told.map((each) => ({ channel: each.channel, kind: each.kind, state: each.state, record: each.target === null ? null : refKey(each.target), remote_id: each.remoteId, run: each.run, at: iso(each.settledAt ?? each.createdAt), code: each.problem?.code ?? null, title: each.text?.title ?? null, lines: each.text?.lines ?? [] })),
    holds: found.holds.map((hold) => ({ id: hold.id, kind: hold.kind, record: refKey(hold.ref), field: hold.field, because: hold.because })),
  };
}

import { EXIT, type ExitCode } from '../../domain/problem';
import { refKey } from '../../domain/record';
import { explain, type Explanation } from '../../run/explain';
import type { Judging } from '../../run/people';
import { now } from '../../wire';
import { colors, json, moment, plain, say, table } from '../print';
import { short } from './sync';
import { withStore, type CommonOptions, type Session } from '../session';

/** Looks at a person with the store alone: no credentials, no calls. */
export function localJudging(session: Omit<Session, 'parts'>, adopting: boolean): Judging {
  const noUrl = { recordUrl: () => '' };
  const at = now();
  return { parts: { store: session.store, terms: { agreement: session.agreement } }, now: at, adopting, readUpTo: { hubspot: at, salesforce: at }, hubspot: noUrl, salesforce: noUrl };
}

/** How many writes the terminal shows, newest first; --json has them all. */
const SHOWN = 100;

export async function explainPerson(options: CommonOptions, who: string): Promise<ExitCode> {
  return withStore(options, async (session) => {
    const adopting = (await session.store.meta('adopted')) === null;
    const found = await explain(localJudging(session, adopting), who);
    if (options.json === true) json(documentOf(found));
    else print(found, session);
    return EXIT.done;
  });
}

function documentOf(found: Explanation): unknown {
  const { person, decision } = found;
  return {
    person: { id: person.id, hubspot: person.hubspotId, salesforce: person.salesforceId, salesforce_object: person.salesforceObject },
    stage: person.stage,
    stage_at: iso(person.stageAt),
    in_scope: person.inScope,
    out_of_scope: decision.outOfScope,
    held: person.held,
    missing: decision.missing,
    duplicates: decision.duplicates.map((record) => refKey(record.ref)),
    disagreement: person.disagreement,
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

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function print(found: Explanation, { timeZone, agreement }: Omit<Session, 'parts'>): void {
  const { person, decision } = found;
  const when = (at: number | null): string => moment(at, timeZone);
  const email = found.records.flatMap((record) => record.emails)[0] ?? person.id;
  say(colors.bold(`${plain(email)}: ${person.stage === null ? 'no stage' : agreement.stageLabel(person.stage as never)}${person.stageAt === null ? '' : ` since ${when(person.stageAt)}`}`));
  if (person.held !== null) say(colors.yellow(`  held: ${person.held}. Nothing is written until RevOps picks: concord link HUBSPOT_ID SALESFORCE_ID`));
  if (decision.outOfScope !== null) say(`  not governed: ${plain(decision.outOfScope)}`);
  if (decision.missing.length > 0) say(colors.yellow(`  not handed over: ${decision.missing.join(', ')} missing`));
  for (const note of decision.notes) say(`  ${plain(note)}`);
  if (person.disagreement !== null) say(colors.yellow(`  the CRMs do not agree: ${person.disagreement}`));
  say('\nrecords');
  table(['record', 'last changed', 'role'], found.records.map((record) => [refKey(record.ref), when(record.modifiedAt), roleOf(found, record.ref.id, record.gone !== undefined, record.conversion !== undefined)]));
  if (found.transitions.length > 0) {
    say('\nstages');
    table(['when', 'stage', 'rule', 'why'], found.transitions.map((each) => [when(each.at), `${each.from ?? '–'} → ${each.to}${each.skipped ? ' (skipped)' : ''}`, each.rule, each.because]));
  }
  if (found.handoffs.length > 0) {
    say('\nhandoffs');
    table(['no.', 'opened', 'accepted', 'rejected', 'closed'], found.handoffs.map((each) => [each.cycle, when(each.openedAt), when(each.acceptedAt), each.rejectedAt === null ? '' : `${when(each.rejectedAt)} ${each.reasonText ?? 'no reason'}${each.rejectedBy === null ? '' : ` by ${each.rejectedBy}`}${each.note === null ? '' : `: ${each.note}`} (${each.route ?? 'no route'}${each.recycleOn === null ? '' : ` until ${each.recycleOn}`})`, each.closedAs === null ? '' : `${when(each.closedAt)} ${each.closedAs}`]));
  }
  if (decision.clocks.length > 0) {
    say('\nclocks');
    table(['clock', 'started', 'due', 'stopped'], decision.clocks.map((clock) => [clock.name, when(clock.startedAt), when(clock.dueAt), when(clock.stoppedAt)]));
  }
  if (found.writes.length > 0) {
    say('\nwrites');
    const shown = found.writes.slice(0, SHOWN);
    table(['when', 'record', 'change', 'why'], shown.flatMap((entry) => entry.changes.map((change) => [when(entry.intendedAt), entry.ref === null ? `new ${entry.crm} ${entry.object}` : refKey(entry.ref), `${change.field}: ${short(change.before)} → ${short(change.after)}${entry.state === 'done' ? '' : ` (${entry.state})`}`, `${change.rule} ${change.because}`])));
    if (found.writes.length > shown.length) say(`… and ${found.writes.length - shown.length} older writes (--json lists all)`);
  }
  if (found.told.length > 0) {
    say('\ntold');
    table(['when', 'where', 'what', 'state'], found.told.map((each) => [when(each.settledAt ?? each.createdAt), `${each.channel.replace('_', ' ')}${each.target === null ? '' : ` on ${refKey(each.target)}`}`, each.text?.title ?? each.kind, `${each.state}${each.problem === null ? '' : ` (${each.problem.code})`}`]));
  }
  for (const letter of found.deadLetters) say(colors.yellow(`dead letter ${letter.id}: ${letter.field ?? 'the record'}: ${letter.problem.message} ${letter.problem.remedy}`));
  for (const hold of found.holds) say(colors.yellow(`held back: ${hold.field} (${hold.because})`));
}

function roleOf(found: Explanation, id: string, gone: boolean, converted: boolean): string {
  if (gone) return 'deleted or merged';
  if (converted) return 'converted: history';
  if (found.decision.duplicates.some((record) => record.ref.id === id)) return 'duplicate';
  return id === found.person.hubspotId || id === found.person.salesforceId ? 'written' : '';
}

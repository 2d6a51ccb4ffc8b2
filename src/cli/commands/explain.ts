import { EXIT, type ExitCode } from '../../domain/problem';
import { asCalled } from '../../domain/person';
import { CRM_NAMES, refKey } from '../../domain/record';
import { explanationDocument } from '../../run/documents';
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
    if (options.json === true) json(explanationDocument(found));
    else print(found, session);
    return EXIT.done;
  });
}

function print(found: Explanation, { timeZone, agreement }: Omit<Session, 'parts'>): void {
  const { person, decision } = found;
  const when = (at: number | null): string => moment(at, timeZone);
  const email = asCalled(found.records, person).flatMap((record) => record.emails)[0] ?? person.id;
  say(colors.bold(`${plain(email)}: ${person.stage === null ? 'no stage' : agreement.stageLabel(person.stage as never)}${person.stageAt === null ? '' : ` since ${when(person.stageAt)}`}`));
  if (person.held !== null) say(colors.yellow(`  held: ${person.held}. Nothing is written until RevOps picks: concord link HUBSPOT_ID SALESFORCE_ID`));
  if (found.awaitsAdoption) say(colors.yellow('  not adopted yet: the portion that has gone out leaves this person for later (concord sync --portion). What follows is what adoption would make of them'));
  if (decision.outOfScope !== null) say(`  not governed: ${plain(decision.outOfScope)}`);
  if (decision.missing.length > 0) say(colors.yellow(`  not handed over: ${decision.missing.join(', ')} missing`));
  for (const note of decision.notes) say(`  ${plain(note)}`);
  for (const { crm, records, seenAt } of found.ended) {
    const which = records.length === 0 ? 'the record that Concord had linked' : records.map((ref) => ref.id).join(', ');
    say(colors.yellow(`  deleted in ${CRM_NAMES[crm]}: ${which}${seenAt === null ? '' : `, seen ${when(seenAt)}`}. The link has ended; nothing makes the record again (I5)`));
  }
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

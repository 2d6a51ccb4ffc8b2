import { EXIT, type ExitCode } from '../../domain/problem';
import { refKey } from '../../domain/record';
import type { FieldChange, PlannedWrite } from '../../domain/write';
import type { PlanTotals, StagedPerson, Store } from '../../store/port';
import { run, type RunSummary } from '../../run/run';
import { WHOLE_OBJECT } from '../../run/visible';
import { colors, json, jsonWithList, say, table } from '../print';
import { withSession, type CommonOptions } from '../session';
import { stoppable } from '../stop';

interface SyncOptions extends CommonOptions {
  full?: boolean;
  only?: string;
  dryRun?: boolean;
  allowLargeChange?: boolean;
  portion?: number;
}

export async function sync(options: SyncOptions): Promise<ExitCode> {
  if (options.dryRun === true) return plan(options);
  return withSession(options, async ({ parts }) => {
    const summary = await stoppable((stop) => run({ ...parts, stop }, { mode: 'apply', ...requestOf(options) }));
    if (options.json === true) json(summary);
    else printSummary(summary);
    if (summary.status === 'stopped' && options.json !== true) await printPlan(parts.store, summary.run, 20);
    return summary.exit_code;
  });
}

export async function plan(options: SyncOptions): Promise<ExitCode> {
  return withSession(options, async ({ parts }) => {
    const summary = await stoppable((stop) => run({ ...parts, stop }, { mode: 'dry-run', ...requestOf(options) }));
    if (options.json === true) await streamPlan(parts.store, summary);
    else {
      await printPlan(parts.store, summary.run, 200);
      printSummary(summary);
    }
    return EXIT.done;
  });
}

function requestOf(options: SyncOptions): { full?: boolean; only?: string; allowLargeChange?: boolean; portion?: number } {
  return {
    ...(options.full === true ? { full: true } : {}),
    ...(options.only === undefined ? {} : { only: options.only }),
    ...(options.allowLargeChange === true ? { allowLargeChange: true } : {}),
    ...(options.portion === undefined ? {} : { portion: options.portion }),
  };
}

/** Every write of a staged plan, in its order. */
async function* plannedWrites(store: Store, run: string): AsyncGenerator<{ person: StagedPerson; write: PlannedWrite }> {
  let after = 0;
  for (;;) {
    const page: StagedPerson[] = await store.pagePlan(run, after, 200);
    if (page.length === 0) return;
    after = page.at(-1)?.seq ?? after;
    for (const person of page) for (const write of person.writes) yield { person, write };
  }
}

/** `plan --json`: `{run, totals, guard, summary, writes: [...]}`, written as it is read, so that a large plan is never whole in memory. */
async function streamPlan(store: Store, summary: RunSummary): Promise<void> {
  const totals = await store.planTotals(summary.run);
  await jsonWithList({ run: summary.run, totals: totalsOf(totals), guard: summary.stopped_by, summary }, 'writes', plannedChanges(store, summary.run));
}

function totalsOf(totals: PlanTotals): unknown {
  const { people, changed, creates, regressions, linksEnded, overwrites, writes } = totals;
  return { people, changed, creates, regressions, links_ended: linksEnded, overwrites, writes };
}

/** Every field change of a staged plan, as the JSON documents have it. */
export async function* plannedChanges(store: Store, run: string): AsyncGenerator<unknown> {
  for await (const { write } of plannedWrites(store, run)) {
    for (const change of write.changes) {
      yield { crm: write.crm, object: write.object, id: write.id ?? null, op: write.op, person: write.personId, field: change.field, before: change.before ?? null, after: change.after, rule: change.rule, because: change.because };
    }
  }
}

export async function printPlan(store: Store, run: string, limit: number): Promise<void> {
  const rows: (string | number | null)[][] = [];
  let more = 0;
  for await (const { write } of plannedWrites(store, run)) {
    for (const change of write.changes) {
      if (rows.length < limit) rows.push([recordName(write), change.field, `${short(change.before)} → ${short(change.after)}`, `${change.rule} ${change.because}`]);
      else more += 1;
    }
  }
  if (rows.length === 0) {
    say('Nothing to write: both CRMs are on the agreement.');
    return;
  }
  table(['record', 'field', 'change', 'why'], rows);
  if (more > 0) say(`… and ${more} more changes (concord plan --json lists all)`);
}

export function recordName(write: PlannedWrite): string {
  return write.id === undefined ? `new ${write.crm} ${write.object}` : refKey({ crm: write.crm, object: write.object, id: write.id });
}

export function short(value: FieldChange['before']): string {
  if (value === null || value === undefined) return '∅';
  const text = String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

export function printSummary(summary: RunSummary): void {
  const status = summary.status === 'ok' ? colors.green('ok') : summary.status === 'stopped' ? colors.yellow('stopped by the guard') : colors.yellow(summary.status);
  say(`run ${summary.run}: ${status}${summary.mode === 'dry-run' ? ' (dry run, nothing sent)' : ''}${summary.adoption ? ', adopting these CRMs' : ''}${summary.portion < 100 ? `, ${summary.portion} % of the people` : ''}`);
  const { read, people, writes } = summary;
  say(`  read      ${read.hubspot.contacts} HubSpot contacts; ${read.salesforce.leads} leads, ${read.salesforce.contacts} contacts, ${read.salesforce.opportunities} opportunities`);
  say(`  people    ${people.seen} decided, ${people.matched} in both CRMs${people.ambiguous > 0 ? `, ${people.ambiguous} held as ambiguous` : ''}${people.skipped > 0 ? `, ${people.skipped} skipped` : ''}`);
  const moves = Object.entries(summary.transitions);
  if (moves.length > 0) say(`  stages    ${moves.map(([stage, count]) => `${count} to ${stage}`).join(', ')}`);
  const { rejections } = summary;
  if (rejections.received > 0 || rejections.reopened > 0) {
    say(`  rejected  ${rejections.received}${rejections.without_reason > 0 ? `, ${rejections.without_reason} without a reason` : ''}${rejections.unmapped > 0 ? `, ${rejections.unmapped} with an unknown reason` : ''}${rejections.reopened > 0 ? `; ${rejections.reopened} taken back` : ''}`);
  }
  for (const crm of ['hubspot', 'salesforce'] as const) {
    const one = writes[crm];
    say(`  ${crm.padEnd(9)} ${summary.mode === 'dry-run' || summary.status === 'stopped' ? `${one.planned} records would be written` : `${one.done} records written`}${one.failed > 0 ? `, ${one.failed} refused` : ''}${one.skipped > 0 ? `, ${one.skipped} left because somebody changed them meanwhile` : ''}; ${summary.api_calls[crm]} calls`);
  }
  if (summary.recovered.done + summary.recovered.dropped > 0) say(`  recovered ${summary.recovered.done} writes of an interrupted run, ${summary.recovered.dropped} planned again`);
  if (summary.consent.planned > 0) say(`  consent   ${summary.consent.done} of ${summary.consent.planned} opt-outs carried over`);
  for (const [name, one] of [['notes', summary.notes], ['tasks', summary.tasks]] as const) {
    if (one.planned + one.sent + one.failed + one.waiting === 0) continue;
    const waits = one.waiting > 0 ? `, ${one.waiting} wait for the next run` : '';
    say(`  ${name.padEnd(9)} ${summary.mode === 'dry-run' || summary.status === 'stopped' ? `${one.planned} would be left` : `${one.sent} left${one.failed > 0 ? `, ${one.failed} refused` : ''}${waits}`}`);
  }
  const { messages } = summary;
  if (messages.sent + messages.failed + messages.waiting > 0) say(`  messages  ${messages.sent} told by Slack and e-mail${messages.waiting > 0 ? `, ${messages.waiting} wait` : ''}${messages.failed > 0 ? `, ${messages.failed} given up: concord dead-letters` : ''}`);
  for (const lost of summary.lost_fields) say(colors.yellow(`  lost      ${lost.crm} ${lost.field === WHOLE_OBJECT ? `does not show any ${lost.object}` : `${lost.object} does not return ${lost.field}`} any more: nothing is written to it or concluded from it; run concord check`));
  if (summary.dead_letters > 0) say(colors.yellow(`  ${summary.dead_letters} new dead letters: concord dead-letters`));
  say(`  parity    ${summary.parity.percent} % of ${summary.parity.people} people agree${summary.parity.disagree > 0 ? `; ${summary.parity.disagree} named by concord report parity` : ''}`);
  for (const finding of summary.stopped_by ?? []) say(colors.yellow(`  guard: ${finding.message}`));
  for (const finding of summary.overruled ?? []) say(colors.yellow(`  allowed by a person: ${finding.message}`));
  if (summary.stopped_by !== null) say('  Look at the plan, then run again with --allow-large-change.');
}

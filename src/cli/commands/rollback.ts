import { EXIT, type ExitCode } from '../../domain/problem';
import { rollback, type RollbackResult } from '../../run/rollback';
import { colors, json, jsonWithList, say, table } from '../print';
import { withSession, type CommonOptions } from '../session';
import { stoppable } from '../stop';
import { plannedChanges, printPlan } from './sync';

/** W9: undoes a run; without `yes` only the plan is made. Exit 2: no such run; 3: over the guard's limits; 4: new dead letters. */
export async function rollbackRun(options: CommonOptions & { yes?: boolean; allowLargeChange?: boolean }, runId: string): Promise<ExitCode> {
  return withSession(options, async ({ parts }) => {
    const result = await stoppable((stop) => rollback({ ...parts, stop }, { run: runId, apply: options.yes === true, ...(options.allowLargeChange === true ? { allowLargeChange: true } : {}) }));
    const onlyPlanned = result.writes === null;
    if (options.json === true) {
      if (onlyPlanned) await jsonWithList(documentOf(result), 'changes', plannedChanges(parts.store, result.run));
      else json(documentOf(result));
    } else {
      if (onlyPlanned && result.planned > 0) await printPlan(parts.store, result.run, 200);
      print(result, runId);
    }
    if (result.status === 'stopped') return EXIT.guard;
    return (result.writes?.deadLetters ?? 0) > 0 ? EXIT.deadLetters : EXIT.done;
  });
}

function documentOf({ writes, ...result }: RollbackResult): Record<string, unknown> {
  return {
    ...result,
    writes: writes === null ? null : { hubspot: writes.hubspot, salesforce: writes.salesforce },
    dead_letters: writes?.deadLetters ?? 0,
    pending: writes?.pending ?? 0,
  };
}

function print(result: RollbackResult, runId: string): void {
  if (result.status === 'planned') say(`${result.planned} records would be put back as they were before run ${runId}. Nothing was sent: add --yes.`);
  else if (result.status === 'stopped') say(colors.yellow('stopped by the guard: nothing was written'));
  else {
    say(`${(result.writes?.hubspot.done ?? 0) + (result.writes?.salesforce.done ?? 0)} records put back. No run plans these values again until the evidence changes or you give them back:`);
    say(`  concord release ${runId}`);
  }
  for (const finding of result.stopped_by ?? []) say(colors.yellow(`  guard: ${finding.message}`));
  if (result.writes !== null && result.writes.pending > 0) say(colors.yellow(`  ${result.writes.pending} could not be put back now: roll back again later`));
  if (result.writes !== null && result.writes.deadLetters > 0) say(colors.yellow(`  ${result.writes.deadLetters} new dead letters: concord dead-letters`));
  if (result.left.length > 0) {
    say('\nLeft as they are, because somebody has changed them since:');
    table(['record', 'field', 'now'], result.left.map((each) => [each.record, each.field, String(each.found ?? '∅')]));
  }
  if (result.withdrawn > 0) say(`\n${result.withdrawn} notes, tasks and messages of run ${runId} that were still waiting are not sent any more.`);
  if (result.not_undone.length > 0) {
    say('\nNever undone (records created, consent, notes and tasks):');
    table(['record', 'what'], result.not_undone.map((each) => [each.record ?? '', each.op]));
  }
}

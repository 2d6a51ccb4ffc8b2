import { EXIT, type ExitCode } from '../../domain/problem';
import { rollback } from '../../run/rollback';
import { colors, json, say, table } from '../print';
import { withSession, type CommonOptions } from '../session';

export async function rollbackRun(options: CommonOptions & { yes?: boolean; allowLargeChange?: boolean }, runId: string): Promise<ExitCode> {
  return withSession(options, async ({ parts }) => {
    const result = await rollback(parts, { run: runId, apply: options.yes === true, ...(options.allowLargeChange === true ? { allowLargeChange: true } : {}) });
    if (options.json === true) json(result);
    else {
      if (result.status === 'planned') say(`${result.planned} records would be put back as they were before run ${runId}. Nothing was sent: add --yes.`);
      else if (result.status === 'stopped') say(colors.yellow('stopped by the guard: nothing was written'));
      else say(`${(result.writes?.hubspot.done ?? 0) + (result.writes?.salesforce.done ?? 0)} records put back. No run plans these values again until the evidence changes or you give them back: concord release ${runId}`);
      for (const finding of result.stopped_by ?? []) say(colors.yellow(`  guard: ${finding.message}`));
      if (result.left.length > 0) {
        say('\nLeft as they are, because somebody has changed them since:');
        table(['record', 'field', 'now'], result.left.map((each) => [each.record, each.field, String(each.found ?? '∅')]));
      }
      if (result.not_undone.length > 0) {
        say('\nNever undone (records created, consent):');
        table(['record', 'what'], result.not_undone.map((each) => [each.record ?? '', each.op]));
      }
    }
    return result.status === 'stopped' ? EXIT.guard : EXIT.done;
  });
}

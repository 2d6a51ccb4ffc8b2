import { ConcordError, EXIT, type ExitCode } from '../../../domain/problem';
import { run, type RunSummary } from '../../../run/run';
import type { Parts } from '../../../run/parts';
import { startSchedule } from '../../../schedule/schedule';
import { now } from '../../../wire';
import { colors, hint, moment, say } from '../../print';

/** Runs on the agreement's schedule until SIGINT or SIGTERM; then the run under way is finished and the command ends with 0. One line a run. */
export async function keepRunning(parts: Parts): Promise<ExitCode> {
  const { settings } = parts.terms.agreement;
  const timeZone = settings.company.time_zone;
  const schedule = startSchedule(
    { ...settings.schedule, timeZone },
    async (full) => {
      const summary = await run(parts, { mode: 'apply', full });
      say(`${colors.dim(moment(parts.clock(), timeZone))} ${lineOf(summary, full)}`);
    },
    (error) => hint(`${colors.dim(moment(parts.clock(), timeZone))} ${colors.red('failed')} ${error instanceof ConcordError ? `${error.message}. ${error.remedy}` : 'an unexpected fault; the next run goes on from where the last good one ended'}`),
  );
  const next = schedule.next();
  const stop = stopAsked();
  say(`\nRunning on the agreement’s schedule (${settings.schedule.sync}, everything anew at ${settings.schedule.full}, ${timeZone})${next === null ? '' : `; next run ${moment(next.getTime(), timeZone)}`}. Ctrl-C stops.`);
  await stop;
  hint('Stopping: the run under way is finished first.');
  await schedule.stop();
  return EXIT.done;
}

function lineOf(summary: RunSummary, full: boolean): string {
  const { read, writes, parity } = summary;
  const records = read.hubspot.contacts + read.salesforce.leads + read.salesforce.contacts + read.salesforce.opportunities;
  const status = summary.status === 'ok' ? colors.green('ok') : colors.yellow(summary.status);
  const stopped = summary.stopped_by === null ? '' : `; ${summary.stopped_by.map((finding) => finding.message).join('; ')}: look at concord plan, then concord sync --allow-large-change`;
  return `${status}${full ? ' (everything anew)' : ''} ${records} records read, ${writes.hubspot.done} + ${writes.salesforce.done} written, parity ${parity.percent} %${summary.dead_letters > 0 ? `, ${summary.dead_letters} new dead letters` : ''}${stopped}`;
}

/** Resolves at the first SIGINT or SIGTERM. A second one, a second later or more, ends the process at once: the next run finishes what was begun (W7). */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | null = null;
    const stop = (): void => {
      if (askedAt !== null) {
        if (now() - askedAt > 1000) process.exit(130);
        return;
      }
      askedAt = now();
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

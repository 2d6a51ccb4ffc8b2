import type { RunSummary } from '../../../run/run';
import type { Work } from '../../../web/parts';
import { colors } from '../../print';

/** A run by the schedule in one line. */
export function runLine(summary: RunSummary, work: Work): string {
  const { read, writes, parity } = summary;
  const records = read.hubspot.contacts + read.salesforce.leads + read.salesforce.contacts + read.salesforce.opportunities;
  const status = summary.status === 'ok' ? colors.green('ok') : colors.yellow(summary.status);
  const stopped = summary.stopped_by === null ? '' : `; ${summary.stopped_by.map((finding) => finding.message).join('; ')}: look at concord plan, then concord sync --allow-large-change`;
  return `${status}${work === 'full' ? ' (everything anew)' : ''} ${records} records read, ${writes.hubspot.done} + ${writes.salesforce.done} written, parity ${parity.percent} %${summary.dead_letters > 0 ? `, ${summary.dead_letters} new dead letters` : ''}${stopped}`;
}

import { EXIT, type ExitCode } from '../../domain/problem';
import { runDocument } from '../../run/documents';
import type { RunSummary } from '../../run/run';
import { json, moment, say, table } from '../print';
import { withStore, type CommonOptions } from '../session';

export async function runs(options: CommonOptions & { limit: number }): Promise<ExitCode> {
  return withStore(options, async ({ store, timeZone }) => {
    const list = await store.runs(null, options.limit);
    if (options.json === true) json({ runs: list.map(runDocument) });
    else if (list.length === 0) say('No run yet.');
    else {
      table(
        ['run', 'kind', 'started', 'status', 'written', 'parity'],
        list.map((row) => {
          const summary = row.summary as Partial<RunSummary> | null;
          const written = summary?.writes === undefined ? '' : `${summary.writes.hubspot.done} + ${summary.writes.salesforce.done}`;
          return [row.id, row.mode === 'dry-run' ? `${row.kind} (dry)` : row.kind, moment(row.startedAt, timeZone), row.status, written, summary?.parity === undefined ? '' : `${summary.parity.percent} %`];
        }),
      );
    }
    return EXIT.done;
  });
}

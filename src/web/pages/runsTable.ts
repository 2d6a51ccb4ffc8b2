import type { RunSummary } from '../../run/run';
import type { RunRow, RunStatus } from '../../store/port';
import { html, type Html } from '../html';
import { badge, empty, table, type Tone } from '../pieces';
import type { Visit } from '../visit';

const TONES: Readonly<Record<RunStatus, Tone>> = { running: 'info', ok: 'good', partial: 'warn', stopped: 'bad', failed: 'bad' };

export type Finding = NonNullable<RunSummary['stopped_by']>[number];

/** What a run's summary may hold, by its kind and by the program that wrote it: of none of it is it certain that it is there. */
export type KnownSummary = Partial<Omit<RunSummary, 'writes'>> & {
  writes?: RunSummary['writes'] | null;
  error?: { code: string; message: string; remedy?: string };
  /** Of a rollback: which run, how many records, what was left, what is never undone. */
  undoes?: string;
  planned?: number;
  left?: { record: string; field: string }[];
  not_undone?: { record: string | null; op: string }[];
};

export function summaryOf(row: RunRow): KnownSummary {
  return typeof row.summary === 'object' && row.summary !== null ? row.summary : {};
}

export function statusBadge({ say }: Visit, status: RunStatus): Html {
  return badge(say(`run_status_${status}`), TONES[status]);
}

const KINDS = ['sync', 'targeted', 'rollback'] as const;

export function kindOf({ say }: Visit, row: Pick<RunRow, 'kind' | 'mode'>): string {
  const known = KINDS.find((each) => each === row.kind);
  const kind = known === undefined ? row.kind : say(`kind_${known}`);
  return row.mode === 'dry-run' ? say('run_dry', { kind }) : kind;
}

/** Runs, newest first. */
export function runsTable(visit: Visit, rows: readonly RunRow[]): Html {
  const { say, format } = visit;
  if (rows.length === 0) return empty(say('no_runs'), say('no_runs_remedy'));
  const sum = (row: RunRow, of: 'done' | 'failed'): string => {
    const { writes } = summaryOf(row);
    return writes == null ? '–' : format.number((writes.hubspot?.[of] ?? 0) + (writes.salesforce?.[of] ?? 0));
  };
  return table({
    id: 'runs',
    caption: say('latest_runs'),
    quietCaption: true,
    rows,
    columns: [
      { head: say('started'), names: true, shrink: true, cell: (row) => html`<a href="/runs/${encodeURIComponent(row.id)}">${format.time(row.startedAt)}</a>` },
      { head: say('status'), shrink: true, cell: (row) => statusBadge(visit, row.status) },
      { head: say('kind'), cell: (row) => kindOf(visit, row) },
      { head: say('written'), number: true, cell: (row) => sum(row, 'done') },
      { head: say('refused'), number: true, cell: (row) => sum(row, 'failed') },
      { head: say('took'), number: true, cell: (row) => (row.finishedAt === null ? '–' : format.lasting(row.finishedAt - row.startedAt)) },
      { head: say('run'), cell: (row) => html`<span class="id">${row.id}</span>` },
    ],
  });
}

import type { RunRow, RunStatus } from '../../store/port';
import { html, type Html } from '../html';
import { badge, empty, table, type Tone } from '../pieces';
import type { Visit } from '../visit';

const TONES: Readonly<Record<RunStatus, Tone>> = { running: 'info', ok: 'good', partial: 'warn', stopped: 'bad', failed: 'bad' };

export function statusBadge({ say }: Visit, status: RunStatus): Html {
  return badge(say(`run_status_${status}`), TONES[status]);
}

/** Runs, newest first. */
export function runsTable(visit: Visit, rows: readonly RunRow[]): Html {
  const { say, format } = visit;
  if (rows.length === 0) return empty(say('no_runs'), say('no_runs_remedy'));
  return table({
    id: 'runs',
    caption: say('latest_runs'),
    quietCaption: true,
    rows,
    columns: [
      { head: say('started'), names: true, shrink: true, cell: (row) => html`<a href="/runs/${encodeURIComponent(row.id)}">${format.time(row.startedAt)}</a>` },
      { head: say('status'), shrink: true, cell: (row) => statusBadge(visit, row.status) },
      { head: say('kind'), cell: (row) => (row.mode === 'dry-run' ? say('run_dry', { kind: row.kind }) : row.kind) },
      { head: say('took'), number: true, cell: (row) => (row.finishedAt === null ? '–' : format.lasting(row.finishedAt - row.startedAt)) },
      { head: say('run'), cell: (row) => html`<span class="id">${row.id}</span>` },
    ],
  });
}

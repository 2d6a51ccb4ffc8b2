import type { Desk } from '../desk';
import { html, type Html, type Piece } from '../html';
import { badge } from '../pieces';
import type { Visit } from '../visit';

const STEPS = ['connecting', 'reading', 'deciding', 'writing'] as const;

/**
 * What is under way, and how far it is. A script, where there is one, asks for it anew every few seconds; without one it is as old as the page. `was`:
 * what the page that asks showed: when that has ended, the whole page is out of date.
 */
export function livePiece({ parts }: Desk, { say, format }: Visit): Html {
  const { underWay, progress, next } = parts.status();
  const again = (every: string): Html => html` id="live" hx-get="/runs/live?was=${underWay ?? 'nothing'}" hx-trigger="every ${every}" hx-swap="outerHTML"`;
  if (underWay === null) return html`<div class="soft"${again('10s')}>${say('live_nothing')}${next === null ? '' : html` ${say('live_next', { at: format.moment(next) })}`}</div>`;
  return html`<div class="tight"${again('2s')}><p>${badge(say('live'), 'info')} <strong>${say(`work_${underWay}`)}</strong>${progress === null ? '' : html` <span class="soft">${stepOf(say, progress.step)}${far(say, format, progress)}</span>`}</p>${progress?.total == null || progress.total === 0 ? html`<progress aria-label="${say('live')}"></progress>` : html`<progress aria-label="${say('live')}" max="${progress.total}" value="${Math.min(progress.done, progress.total)}"></progress>`}<noscript><p class="small soft">${say('live_reload')}</p></noscript></div>`;
}

function stepOf(say: Visit['say'], step: string): string {
  const known = STEPS.find((each) => each === step);
  return known === undefined ? step : say(`step_${known}`);
}

function far(say: Visit['say'], format: Visit['format'], { done, total }: { done: number; total: number | null }): Piece {
  if (total !== null && total > 0) return `, ${say('live_of', { done: format.number(done), total: format.number(total) })}`;
  return done > 0 ? `, ${format.number(done)}` : '';
}

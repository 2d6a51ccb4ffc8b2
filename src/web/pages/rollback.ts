import express, { type Router } from 'express';
import type { RunRow } from '../../store/port';
import type { Desk } from '../desk';
import { html, type Html, type Piece } from '../html';
import { button, card, notice, quoted, sayAround, unconfirmed, yesForm } from '../pieces';
import { partOf, sentOf, textOf } from '../query';
import type { RollbackState } from '../parts';
import type { Visit } from '../visit';
import { released, releaseOfRun } from './heldBack';
import { livePiece } from './live';
import { findings, planTable } from './planTable';
import { summaryOf, type KnownSummary } from './runsTable';

/** Of the history, this many runs are looked through for a rollback that was asked for elsewhere. */
const LOOKED = 50;
/** Of what stays as it is, this many are listed. */
const LISTED = 200;

/** `/runs/:id/rollback`: the plan of undoing a run (W9), and a person's yes to it. It is made and carried out where runs are. */
export function rollbackPages(desk: Desk): Router {
  const { parts } = desk;
  const { store } = parts;
  const router = express.Router();

  router.get('/runs/:id/rollback', async (req, res) => {
    const row = await store.run(partOf(req, 'id'));
    if (row === null) return desk.missing(req, res);
    const visit = desk.visit(req, res);
    const { say, format } = visit;
    const asked = parts.status().rollbacks.find((each) => each.run === row.id);
    const done = asked?.state === 'waiting' || asked?.state === 'under_way' ? null : await latest(row.id, asked);
    const path = `/runs/${encodeURIComponent(row.id)}`;
    return desk.show(req, res, {
      title: say('undo_title', { at: format.moment(row.startedAt) }),
      lead: say('undo_lead'),
      above: [{ href: '/runs', title: say('nav_runs') }, { href: path, title: say('run_title', { at: format.moment(row.startedAt) }) }],
      body: html`${released(visit, textOf(req, 'done'), textOf(req, 'n'))}${notice('info', say('undo_what'))}${state(visit, asked)}${unconfirmed(textOf(req, 'confirm') === 'no', say('confirm_needed'))}${done === null ? '' : await result(visit, row, done, textOf(req, 'after'))}${await releaseOfRun(desk, visit, row.id, textOf(req, 'confirm') === 'release')}${ask(visit, row, asked, done)}`,
    });
  });

  router.post('/runs/:id/rollback', async (req, res) => {
    const row = await store.run(partOf(req, 'id'));
    if (row === null) return desk.missing(req, res);
    const path = `/runs/${encodeURIComponent(row.id)}/rollback`;
    const apply = sentOf(req, 'apply') === 'yes';
    if (apply && sentOf(req, 'confirm') !== 'yes') return desk.leadTo(res, `${path}?confirm=no`);
    const allowLargeChange = apply && sentOf(req, 'allow') === 'yes';
    parts.log.warn(apply ? 'a rollback was asked for' : 'a rollback’s plan was asked for', { by: 'page', role: 'operator', undoes: row.id, allowed: allowLargeChange });
    parts.ask.rollback({ run: row.id, apply, allowLargeChange });
    return desk.leadTo(res, path);
  });
  return router;

  /** The newest rollback of the run: the one asked for here, else one in the recent history. */
  async function latest(run: string, asked: RollbackState | undefined): Promise<RunRow | null> {
    if (asked?.by != null) return store.run(asked.by);
    return (await store.runs(null, LOOKED)).find((each) => each.kind === 'rollback' && summaryOf(each).undoes === run && each.finishedAt !== null && summaryOf(each).error === undefined) ?? null;
  }

  function state(visit: Visit, asked: RollbackState | undefined): Piece {
    const { say } = visit;
    if (asked?.state === 'failed' && asked.problem !== null) return notice('bad', sayAround(say, 'undo_failed', 'message', quoted(visit, `${asked.problem.message} ${asked.problem.remedy}`), { remedy: '' }));
    if (asked?.state !== 'waiting' && asked?.state !== 'under_way') return '';
    return card({}, html`<p>${say(`undo_${asked.state}`)}</p>${livePiece(desk, visit)}`);
  }

  async function result(visit: Visit, row: RunRow, done: RunRow, after: string | null): Promise<Html> {
    const { say, format } = visit;
    const summary = summaryOf(done);
    const written = (summary.writes?.hubspot?.done ?? 0) + (summary.writes?.salesforce?.done ?? 0);
    const isPlan = done.mode === 'dry-run' || done.status === 'stopped';
    const kept = isPlan && (await store.meta('staged_run')) === done.id;
    const pending = (summary.writes as { pending?: number } | null | undefined)?.pending ?? 0;
    return html`${notice(isPlan ? 'info' : 'good', html`<strong>${isPlan ? say('undo_planned', { n: format.number(summary.planned ?? 0) }) : say('undo_done', { n: format.number(written) })}</strong>`)}${pending > 0 ? notice('warn', say('undo_pending', { n: format.number(pending) })) : ''}${(summary.stopped_by ?? []).length === 0 ? '' : notice('warn', html`<strong>${say(done.status === 'stopped' ? 'guard_stopped' : 'guard_would')}</strong>${findings(say, summary.stopped_by ?? [])}`)}${
      isPlan ? (kept ? card({ title: say('plan'), flush: true }, await planTable(desk, visit, done.id, `/runs/${encodeURIComponent(row.id)}/rollback`, after)) : notice('info', say('plan_gone'))) : ''
    }${stays(visit, summary)}`;
  }
}

/** What a rollback leaves: edited since, or never undone. */
function stays({ say, format }: Visit, { left = [], not_undone: never = [] }: KnownSummary): Html {
  const list = (title: string, items: readonly Piece[]): Piece => (items.length === 0 ? '' : card({ title }, html`<ul class="changes small">${items.slice(0, LISTED).map((each) => html`<li>${each}</li>`)}</ul>${items.length > LISTED ? html`<p class="soft small">${say('undo_more', { n: format.number(items.length - LISTED) })}</p>` : ''}`));
  return html`${list(say('undo_left'), left.map((each) => html`<code>${each.record}</code> ${each.field}`))}${list(say('undo_never'), never.map((each) => html`<code>${each.record ?? '–'}</code> ${each.op}`))}`;
}

/** The forms: make the plan, and say yes to it. Viewers see neither. */
function ask(visit: Visit, row: RunRow, asked: RollbackState | undefined, done: RunRow | null): Piece {
  const { say, login } = visit;
  if (login?.role !== 'operator') return notice('info', say('undo_operator'));
  if (asked?.state === 'waiting' || asked?.state === 'under_way') return '';
  const path = `/runs/${encodeURIComponent(row.id)}/rollback`;
  const summary = done === null ? {} : summaryOf(done);
  const isPlan = done !== null && (done.mode === 'dry-run' || done.status === 'stopped');
  const again = button(visit, path, say(done === null ? 'undo_plan' : 'undo_plan_again'), { tone: done === null ? 'primary' : '' });
  if (!isPlan || (summary.planned ?? 0) === 0) return html`<div>${again}</div>`;
  return html`${card(
    { title: say('undo') },
    yesForm(visit, path, { body: html`<input type="hidden" name="apply" value="yes">${(summary.stopped_by ?? []).length === 0 ? '' : html`<label class="check"><input type="checkbox" name="allow" value="yes"> ${say('undo_allow')}</label>`}`, confirm: say('undo_confirm'), label: say('undo') }),
  )}<div>${again}</div>`;
}

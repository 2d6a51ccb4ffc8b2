import { CRM_NAMES } from '../../domain/record';
import express, { type Router } from 'express';
import { adoptedPortion } from '../../run/portion';
import type { RunRow } from '../../store/port';
import type { Desk, Section } from '../desk';
import { html, type Html, type Piece } from '../html';
import { icon } from '../icons';
import { linksOf } from '../../run/links';
import { WHOLE_OBJECT } from '../../run/visible';
import { badge, button, card, empty, facts, notice, pager, quoted, sayAround, table, unconfirmed, yesForm } from '../pieces';
import { isConfirmed, partOf, textOf } from '../query';
import type { Visit } from '../visit';
import { namesOf, recordName, stageName } from '../words';
import { releasePages } from './heldBack';
import { livePiece } from './live';
import { changesList, recordLink, writeState } from './person';
import { findings, planTable } from './planTable';
import { portionCard, portionChoice, portionPages, portionSent } from './portions';
import { rollbackPages } from './rollback';
import { kindOf, runsTable, statusBadge, summaryOf, type KnownSummary } from './runsTable';

export const RUNS: Section = { path: '/runs', label: 'nav_runs', icon: 'runs', router: runPages };

const PAGE = 50;
const WRITES = 25;

/** `/runs`: the history and what is under way. `/runs/:id`: what a run did and why, or the plan that the guard stopped. */
function runPages(desk: Desk): Router {
  const { parts } = desk;
  const { store } = parts;
  const router = express.Router();

  router.get('/runs', async (req, res) => {
    const visit = desk.visit(req, res);
    const { say } = visit;
    const after = textOf(req, 'after');
    const before = after === null ? null : Date.parse(after);
    const rows = await store.runs(before === null || Number.isNaN(before) ? null : before, PAGE);
    const last = rows.at(-1);
    const next = rows.length < PAGE || last === undefined ? null : new Date(last.startedAt).toISOString();
    desk.show(req, res, {
      title: say('nav_runs'),
      lead: say('runs_lead'),
      ...(visit.login?.role === 'operator' ? { actions: button(visit, '/runs', html`${icon('runs', 16)}${say('run_now')}`, { tone: 'primary' }) } : {}),
      body: html`${card({}, livePiece(desk, visit))}${await portionCard(desk, visit, textOf(req, 'confirm') === 'portion')}${card({ flush: true }, html`${runsTable(visit, rows)}${pager(visit, '/runs', {}, after, next)}`)}`,
    });
  });

  router.get('/runs/live', (req, res) => {
    // What the page showed has ended: its tables have, too.
    const was = textOf(req, 'was');
    if (was !== null && was !== 'nothing' && was !== parts.status().underWay) res.set('HX-Refresh', 'true');
    desk.piece(res, livePiece(desk, desk.visit(req, res)));
  });

  router.post('/runs', (_req, res) => {
    parts.log.info('a run was asked for', { by: 'page', role: 'operator' });
    parts.ask.run(false);
    desk.leadTo(res, '/runs');
  });

  router.get('/runs/:id', async (req, res) => {
    const row = await store.run(partOf(req, 'id'));
    if (row === null) return desk.missing(req, res);
    const visit = desk.visit(req, res);
    const { say, format } = visit;
    const summary = summaryOf(row);
    const isStopped = row.status === 'stopped' || row.mode === 'dry-run';
    const isOperator = visit.login?.role === 'operator';
    const canUndo = row.mode === 'apply' && row.finishedAt !== null && row.status !== 'stopped';
    return desk.show(req, res, {
      title: say('run_title', { at: format.moment(row.startedAt) }),
      lead: html`${statusBadge(visit, row.status)} ${kindOf(visit, row)} · <span class="id">${row.id}</span>`,
      above: [{ href: '/runs', title: say('nav_runs') }],
      ...(isOperator && canUndo ? { actions: html`<a class="button" href="/runs/${encodeURIComponent(row.id)}/rollback">${say('undo')}</a>` } : {}),
      body: html`${row.status === 'running' ? card({}, livePiece(desk, visit)) : ''}${troubles(visit, row, summary)}${summaryCard(desk, visit, row, summary)}${isStopped ? await planCard(visit, row, req.query['confirm'] === 'no', textOf(req, 'after')) : ''}${row.mode === 'apply' ? await writesCard(visit, row, textOf(req, 'after')) : ''}`,
    });
  });

  // Before what takes any run’s id.
  router.use(portionPages(desk));
  router.use(releasePages(desk));

  router.post('/runs/:id/allow', async (req, res) => {
    const row = await store.run(partOf(req, 'id'));
    if (row === null) return desk.missing(req, res);
    const done = isAdoption(row) ? ((await adoptedPortion(store)) ?? 0) : null;
    const portion = done === null ? null : portionSent(req, done);
    if (!isConfirmed(req) || (done !== null && portion === null)) return desk.leadTo(res, `/runs/${encodeURIComponent(row.id)}?confirm=no`);
    // W6: a person's decision. The run that follows says in the log which limits it went over.
    parts.log.warn('a large change was allowed', { by: 'page', role: 'operator', stopped_run: row.id, ...(portion === null ? {} : { portion }) });
    parts.ask.allowed(portion);
    return desk.leadTo(res, '/runs');
  });

  router.use(rollbackPages(desk));
  return router;

  /** The plan of a run that was stopped or only planned, while the store keeps it. */
  async function planCard(visit: Visit, row: RunRow, isUnconfirmed: boolean, after: string | null): Promise<Piece> {
    const { say } = visit;
    if ((await store.meta('staged_run')) !== row.id) return row.kind === 'rollback' ? '' : notice('info', say('plan_gone'));
    const body = await planTable(desk, visit, row.id, `/runs/${encodeURIComponent(row.id)}`, after);
    const asks = row.status === 'stopped' && row.kind !== 'rollback' && visit.login?.role === 'operator' && parts.status().underWay === null;
    return html`${card({ title: say('plan'), about: say('plan_about'), flush: true }, body)}${asks ? allowCard(visit, row, isUnconfirmed, isAdoption(row) ? ((await adoptedPortion(store)) ?? 0) : null) : ''}`;
  }

  async function writesCard(visit: Visit, row: RunRow, after: string | null): Promise<Html> {
    const { say, format } = visit;
    const entries = await store.journalOfRun(row.id, after, WRITES);
    if (entries.length === 0 && after === null) return row.status === 'stopped' ? html`` : card({ title: say('writes') }, empty(say('writes_none'), say('writes_none_remedy')));
    const names = await namesOf(store, parts.agreement, entries.flatMap((entry) => entry.personId ?? []));
    const link = await linksOf(store);
    const next = entries.length < WRITES ? null : (entries.at(-1)?.id ?? null);
    const body = table({
      id: 'writes',
      caption: say('writes'),
      quietCaption: true,
      rows: entries,
      columns: [
        { head: say('person'), names: true, cell: (entry) => (entry.personId === null ? '–' : html`<a href="/people/${encodeURIComponent(entry.personId)}">${names.get(entry.personId)?.name ?? entry.personId}</a>`) },
        { head: say('record'), cell: (entry) => (entry.ref === null ? recordName(entry) : recordLink(entry.ref, link)) },
        { head: say('changes'), cell: (entry) => html`<div class="small broad">${entry.op === 'leave' ? say('event_leave', { what: entry.object }) : entry.op === 'create' ? say('event_create') : entry.op === 'opt_out' ? say('event_opt_out') : ''}${changesList(visit, parts.agreement, entry.changes)}</div>` },
        { head: say('outcome'), shrink: true, cell: (entry) => html`${writeState(visit, entry.state)}${entry.problem === null ? '' : html`<br><span class="small soft">${entry.problem.code}</span>`}` },
        { head: say('when'), shrink: true, cell: (entry) => format.time(entry.settledAt ?? entry.intendedAt) },
      ],
    });
    return card({ title: say('writes'), flush: true, id: 'writes-card' }, html`${body}${pager(visit, `/runs/${encodeURIComponent(row.id)}`, {}, after, next)}`);
  }
}

function troubles(visit: Visit, row: RunRow, summary: KnownSummary): Html {
  const { say } = visit;
  const list: Html[] = [];
  if (summary.error !== undefined) list.push(notice('bad', html`<strong>${sayAround(say, 'run_failed', 'message', quoted(visit, summary.error.message))}</strong> ${quoted(visit, summary.error.remedy ?? '')}`));
  if ((summary.stopped_by ?? []).length > 0) list.push(notice('warn', html`<strong>${say(row.status === 'stopped' ? 'guard_stopped' : 'guard_would')}</strong>${findings(say, summary.stopped_by ?? [])}`));
  if ((summary.overruled ?? []).length > 0) list.push(notice('info', html`<strong>${say('guard_allowed')}</strong>${findings(say, summary.overruled ?? [])}`));
  for (const lost of summary.lost_fields ?? []) list.push(notice('warn', lost.field === WHOLE_OBJECT ? say('run_lost_object', { crm: lost.crm, object: lost.object }) : say('run_lost', { crm: lost.crm, object: lost.object, field: lost.field })));
  return html`${list}`;
}

/** L7: what the guard stopped is, or holds, somebody’s first run. */
function isAdoption(row: RunRow): boolean {
  return (summaryOf(row).stopped_by ?? []).some((each) => each.limit === 'adoption');
}

/** `adopted`: percent of the people that are adopted already, where it is about adoption: then it also asks how far it goes. */
function allowCard(visit: Visit, row: RunRow, isUnconfirmed: boolean, adopted: number | null): Html {
  const { say } = visit;
  const words = say(adopted === null ? 'confirm_needed' : 'portion_unconfirmed');
  return card({ title: say('allow'), about: say('allow_about') }, html`${unconfirmed(isUnconfirmed, words)}${yesForm(visit, `/runs/${encodeURIComponent(row.id)}/allow`, { body: adopted === null ? '' : portionChoice(visit, adopted), confirm: say('allow_confirm'), label: say('allow') })}`);
}

function summaryCard({ parts }: Desk, visit: Visit, row: RunRow, summary: KnownSummary): Html {
  const { say, format, language } = visit;
  const n = (value: number | undefined): string => format.number(value ?? 0);
  const pairs: [Piece, Piece][] = [
    [say('started'), format.time(row.startedAt)],
    [say('took'), row.finishedAt === null ? '–' : format.lasting(row.finishedAt - row.startedAt)],
  ];
  if (summary.undoes !== undefined) pairs.push([say('run_undoes'), html`<a href="/runs/${encodeURIComponent(summary.undoes)}" class="id">${summary.undoes}</a>`]);
  if (summary.read !== undefined) pairs.push([say('run_read'), say('run_read_what', { contacts: n(summary.read.hubspot.contacts), leads: n(summary.read.salesforce.leads), sf_contacts: n(summary.read.salesforce.contacts), opportunities: n(summary.read.salesforce.opportunities) })]);
  if (summary.people !== undefined) pairs.push([say('run_people'), say('run_people_what', { seen: n(summary.people.seen), ambiguous: n(summary.people.ambiguous), skipped: n(summary.people.skipped) })]);
  const stages = Object.entries(summary.transitions ?? {});
  if (stages.length > 0) pairs.push([say('run_stages'), stages.map(([stage, count]) => `${stageName(parts.agreement, stage, language)}: ${n(count)}`).join(', ')]);
  if (summary.rejections !== undefined && summary.rejections.received + summary.rejections.reopened > 0) pairs.push([say('run_rejections'), say('run_rejections_what', { received: n(summary.rejections.received), without: n(summary.rejections.without_reason), unmapped: n(summary.rejections.unmapped), reopened: n(summary.rejections.reopened) })]);
  for (const crm of ['hubspot', 'salesforce'] as const) {
    const writes = summary.writes?.[crm];
    if (writes === undefined) continue;
    pairs.push([CRM_NAMES[crm], html`${row.status === 'stopped' || row.mode === 'dry-run' ? say('run_writes_planned', { planned: n(writes.planned) }) : say('run_writes_what', { done: n(writes.done), failed: n(writes.failed), skipped: n(writes.skipped) })}${summary.api_calls === undefined ? '' : html` <span class="soft">· ${say('calls')}: ${n(summary.api_calls[crm])}</span>`}`]);
  }
  if (summary.notes !== undefined && summary.tasks !== undefined && summary.messages !== undefined) pairs.push([say('run_told'), `${n(summary.notes.sent)}, ${n(summary.tasks.sent)}, ${n(summary.messages.sent)}`]);
  if (typeof summary.dead_letters === 'number' && summary.dead_letters > 0) pairs.push([say('dead_letters'), html`<a href="/errors">${badge(n(summary.dead_letters), 'bad')}</a>`]);
  if (summary.parity !== undefined) pairs.push([say('run_parity'), format.percent(summary.parity.percent / 100)]);
  pairs.push([say('run_agreement'), html`<span class="id">${row.agreement.slice(0, 12)}</span>`]);
  return card({ title: say('summary') }, facts(pairs));
}

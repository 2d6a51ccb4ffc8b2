import express, { type Router } from 'express';
import type { HandoffRow } from '../../store/port';
import type { Desk, Section } from '../desk';
import { html, type Html, type Piece } from '../html';
import { badge, card, empty, pager, table, tabs } from '../pieces';
import { dueKeyOf, dueKeyText, MOST, textOf } from '../query';
import type { Visit } from '../visit';
import { namesOf, type Named } from '../words';
import { reasonOf, routeOf } from './person';

export const HANDOFFS: Section = { path: '/handoffs', label: 'nav_handoffs', icon: 'handoffs', router: handoffPages };

const PAGE = 50;
const CLOCKS = ['first_touch', 'answer', 'reason', 'book_or_recycle'] as const;
const KINDS = ['unanswered', 'open', 'breached', 'coming'] as const;
/** What stands for "without a reason" in an address: no reason's id has a dash. */
const WITHOUT = '-';

/** `/handoffs`: running clocks by deadline (S1, S2). `/handoffs/rejections`: what sales said no to, and what followed (F2). */
function handoffPages(desk: Desk): Router {
  const { parts } = desk;
  const { store } = parts;
  const router = express.Router();

  router.get('/handoffs', async (req, res) => {
    const visit = desk.visit(req, res);
    const { say } = visit;
    const now = parts.clock();
    const kind = KINDS.find((each) => each === textOf(req, 'kind')) ?? 'unanswered';
    const clock = kind === 'unanswered' ? undefined : CLOCKS.find((each) => each === textOf(req, 'clock'));
    const after = dueKeyOf(req);
    const rows = kind === 'unanswered' ? await store.unansweredHandoffs(after, PAGE) : await store.handoffsDue({ ...(kind === 'breached' ? { before: now } : kind === 'coming' ? { from: now } : {}), ...(clock === undefined ? {} : { clock }), after, limit: PAGE });
    const names = await namesOf(store, parts.agreement, rows.map((row) => row.personId));
    const owners = rows.some((row) => row.ownerId !== null) ? await store.ownerNames() : new Map<string, string>();
    const last = rows.at(-1);
    const next = rows.length < PAGE || last === undefined ? null : dueKeyText({ ...last, at: (kind === 'unanswered' ? last.openedAt : last.dueAt) ?? 0 });
    const query = { ...(kind === 'unanswered' ? {} : { kind }), ...(clock === undefined ? {} : { clock }) };
    desk.show(req, res, {
      title: say('nav_handoffs'),
      lead: say('handoffs_lead'),
      body: html`${await kinds(visit, kind, now)}${kind === 'unanswered' ? '' : html`<form class="filters" method="get" action="/handoffs"><input type="hidden" name="kind" value="${kind}"><label class="field">${say('handoffs_clock')} <select name="clock"><option value="">${say('handoffs_any_clock')}</option>${CLOCKS.map((each) => html`<option value="${each}"${each === clock ? html` selected` : ''}>${say(`clock_${each}`)}</option>`)}</select></label><button>${say('show')}</button></form>`}
${card({ flush: true }, rows.length === 0 ? empty(say('handoffs_none'), say('handoffs_none_remedy')) : html`${dueTable(visit, say(`handoffs_${kind}`), rows, names, owners, now)}${pager(visit, '/handoffs', query, after === null ? null : '', next)}`)}`,
    });
  });

  router.get('/handoffs/rejections', async (req, res) => {
    const visit = desk.visit(req, res);
    const { say, language } = visit;
    const asked = textOf(req, 'reason');
    const reason = asked === WITHOUT ? null : asked !== null && parts.agreement.reasons.has(asked) ? asked : undefined;
    const before = dueKeyOf(req);
    const rows = await store.rejections({ ...(reason === undefined ? {} : { reason }), before, limit: PAGE });
    const names = await namesOf(store, parts.agreement, rows.map((row) => row.personId));
    const last = rows.at(-1);
    const next = rows.length < PAGE || last === undefined ? null : dueKeyText({ ...last, at: last.rejectedAt ?? 0 });
    const options = [...parts.agreement.reasons.keys()].map((id) => html`<option value="${id}"${id === reason ? html` selected` : ''}>${parts.agreement.reasonLabel(id, language)}</option>`);
    desk.show(req, res, {
      title: say('handoffs_rejections'),
      lead: say('handoffs_lead'),
      above: [{ href: '/handoffs', title: say('nav_handoffs') }],
      body: html`${await kinds(visit, 'rejections', parts.clock())}<form class="filters" method="get" action="/handoffs/rejections"><label class="field">${say('reason')} <select name="reason"><option value="">${say('rejections_any')}</option><option value="${WITHOUT}"${reason === null ? html` selected` : ''}>${say('rejections_without')}</option>${options}</select></label><button>${say('show')}</button></form>
${card({ flush: true }, rows.length === 0 ? empty(say('rejections_none'), say('rejections_none_remedy')) : html`${rejectionsTable(desk, visit, rows, names)}${pager(visit, '/handoffs/rejections', reason === undefined ? {} : { reason: reason ?? WITHOUT }, before === null ? null : '', next)}`)}`,
    });
  });
  return router;

  async function kinds({ say, format }: Visit, current: (typeof KINDS)[number] | 'rejections', now: number): Promise<Html> {
    const due = await store.countDue(now, MOST);
    const count = (n: number): string => (n >= MOST ? `${format.number(MOST)}+` : format.number(n));
    const counts = { unanswered: count(due.unanswered), open: count(due.breached + due.running), breached: count(due.breached), coming: count(due.running) };
    return tabs(say('handoffs_kinds'), [
      ...KINDS.map((each) => ({ href: each === 'unanswered' ? '/handoffs' : `/handoffs?kind=${each}`, label: say(`handoffs_${each}`), current: each === current, count: counts[each] })),
      { href: '/handoffs/rejections', label: say('handoffs_rejections'), current: current === 'rejections' },
    ]);
  }
}

function personCell(names: ReadonlyMap<string, Named>, personId: string): Html {
  return html`<a href="/people/${encodeURIComponent(personId)}">${names.get(personId)?.name ?? personId}</a>`;
}

/** S2: past the deadline it is breached, whatever the last run said. */
function slaBadge({ say }: Visit, row: HandoffRow, now: number): Html {
  if (row.dueAt === null) return badge(say('sla_none'));
  if (row.dueAt <= now) return badge(say('sla_breached'), 'bad');
  return row.sla === 'due_soon' ? badge(say('sla_due_soon'), 'warn') : badge(say('sla_on_track'), 'good');
}

function dueTable(visit: Visit, caption: string, rows: readonly HandoffRow[], names: ReadonlyMap<string, Named>, owners: ReadonlyMap<string, string>, now: number): Html {
  const { say, format } = visit;
  const waits = (clock: string | null): Piece => CLOCKS.find((each) => each === clock) === undefined ? clock : say(`clock_${clock as (typeof CLOCKS)[number]}`);
  return table({
    id: 'handoffs',
    caption,
    rows,
    columns: [
      { head: say('person'), names: true, cell: (row) => personCell(names, row.personId) },
      { head: say('status'), shrink: true, cell: (row) => slaBadge(visit, row, now) },
      { head: say('handoffs_clock'), cell: (row) => waits(row.clock) },
      { head: say('due'), shrink: true, cell: (row) => row.dueAt === null ? '–' : html`${format.time(row.dueAt)}<br><span class="soft small">${format.away(row.dueAt, now)}</span>` },
      { head: say('handoff_opened'), shrink: true, cell: (row) => format.time(row.openedAt) },
      { head: say('owner'), cell: (row) => (row.ownerId === null ? '–' : (owners.get(row.ownerId) ?? html`<span class="id">${row.ownerId}</span>`)) },
      { head: say('cycle'), number: true, cell: (row) => format.number(row.cycle) },
    ],
  });
}

function rejectionsTable({ parts }: Desk, visit: Visit, rows: readonly HandoffRow[], names: ReadonlyMap<string, Named>): Html {
  const { say, format, language } = visit;
  return table({
    id: 'rejections',
    caption: say('handoffs_rejections'),
    rows,
    columns: [
      { head: say('person'), names: true, cell: (row) => personCell(names, row.personId) },
      { head: say('when'), shrink: true, cell: (row) => format.time(row.rejectedAt) },
      { head: say('reason'), cell: (row) => reasonOf(parts.agreement, say, language, row) },
      { head: say('note'), cell: (row) => (row.note === null ? '–' : html`<span class="words">${row.note}</span>`) },
      { head: say('rejected_by'), cell: (row) => row.rejectedBy ?? '–' },
      { head: say('route'), cell: (row) => routeOf(row.route, language) },
      { head: say('next_date'), shrink: true, cell: (row) => (row.recycleOn === null ? '–' : format.day(row.recycleOn)) },
    ],
  });
}

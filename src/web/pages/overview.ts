import express, { type Router } from 'express';
import { agreeing } from '../../core/measure/parity';
import { callsSpent } from '../../run/budget';
import { freshness, type Freshness } from '../../run/health';
import { adoptedPortion, EVERYONE } from '../../run/portion';
import type { Desk, Section } from '../desk';
import { html, type Html, type Piece } from '../html';
import { icon } from '../icons';
import { badge, bar, button, card, empty, figure, notice, table } from '../pieces';
import { MOST } from '../query';
import type { Visit } from '../visit';
import { placeOf, stageName } from '../words';
import { livePiece } from './live';
import { monthOf, type Month } from './month';
import { runsTable } from './runsTable';

export const OVERVIEW: Section = { path: '/', label: 'nav_overview', icon: 'overview', router: overviewPages };

const RUNS = 6;

/** `/`: what both teams look at first. Everything on it is counted by an index or kept as a counter. */
function overviewPages(desk: Desk): Router {
  const { parts } = desk;
  const { store } = parts;
  const router = express.Router();

  router.get('/', async (req, res) => {
    const visit = desk.visit(req, res);
    const { say, format } = visit;
    const now = parts.clock();
    const status = parts.status();
    const fresh = await freshness(store, parts.agreement.staleAfterMs, status.startedAt, now);
    const parity = await store.parity();
    const people = parity.reduce((sum, row) => sum + row.people, 0);
    const disagree = parity.reduce((sum, row) => sum + row.disagree, 0);
    const share = agreeing({ people, disagree });
    const calls = await callsSpent(store, now);
    const due = await store.countDue(now, MOST);
    const month = await monthOf(store, now);
    const letters = await store.countDeadLetters('open');
    const needs = await needsOf(visit, fresh, { letters, breached: due.breached });
    const last = fresh.lastGood === null ? say('last_run_none') : format.away(fresh.lastGood.at, now);
    const next = status.next === null ? '' : say('next_run', { at: format.moment(status.next) });
    const waiting = say('waiting', { queue: format.number(await store.queueLength()), inbox: format.number(await store.inboxLength()) });
    const answered = month.answersDue === 0 ? say('month_answered_none') : say('month_answered', { share: format.percent(month.answersInTime / month.answersDue), due: format.number(month.answersDue) });
    desk.show(req, res, {
      title: say('nav_overview'),
      lead: say('overview_lead'),
      ...(visit.login?.role === 'operator' ? { actions: button(visit, '/runs', html`${icon('runs', 16)}${say('run_now')}`, { tone: 'primary' }) } : {}),
      body: html`${card({ title: say('needs_you') }, needs.length === 0 ? html`<p>${badge(say('needs_nobody'), 'good')} <span class="soft">${say('needs_nobody_about')}</span></p>` : html`<div class="stack">${needs}</div>`)}
${card({}, livePiece(desk, visit))}
<div class="figures">${figure(say('parity'), share === null ? '–' : format.percent(share), html`<a href="/people?list=differ">${say('parity_hint', { disagree: format.number(disagree), people: format.number(people) })}</a>`)}${figure(say('last_run'), last, html`${fresh.stale ? badge(say('too_long_ago'), 'bad') : badge(say('in_time'), 'good')} ${next}`)}${figure(say('people_governed'), format.number(people), waiting)}${figure(say('month_handed'), format.number(month.handed), answered)}${figure(say('sla_now'), upTo(visit, due.running + due.breached), html`<a href="/handoffs?kind=breached">${say('sla_now_hint', { breached: upTo(visit, due.breached) })}</a>`)}${figure(say('dead_letters'), format.number(letters), html`<a href="/errors">${say('dead_letters_hint')}</a>`)}${figure(say('calls_today'), format.number(calls.hubspot + calls.salesforce), `HubSpot ${format.number(calls.hubspot)}, Salesforce ${format.number(calls.salesforce)}`)}</div>
${stagesCard(desk, visit, parity)}
<div class="grid wide">${funnelCard(desk, visit, month)}${rejectionsCard(desk, visit, month)}</div>
${card({ title: say('latest_runs'), flush: true, more: html`<a href="/runs">${say('all_runs')}</a>` }, runsTable(visit, await store.runs(null, RUNS)))}`,
    });
  });
  return router;

  /** What no run decides: each with the page where it is done. */
  async function needsOf(visit: Visit, fresh: Freshness, { letters, breached }: { letters: number; breached: number }): Promise<Html[]> {
    const { say, format } = visit;
    const { failure } = parts.status();
    const list: Html[] = [];
    const need = (tone: 'bad' | 'warn', words: Piece, href: string): void => void list.push(notice(tone, html`<div class="row between"><span>${words}</span><a class="button small" href="${href}">${say('need_look')}<span class="hidden">: ${words}</span></a></div>`));
    if (failure?.code === 'guard') {
      const staged = await store.meta('staged_run');
      need('bad', say('need_guard'), staged === null ? '/runs' : `/runs/${encodeURIComponent(staged)}`);
    } else if (failure !== null) list.push(notice('bad', html`<span lang="en"><strong>${failure.message}</strong> ${failure.remedy}</span> <span class="soft">(${format.time(failure.at)})</span>`));
    if (fresh.stale) need('bad', say('need_stale'), '/runs');
    if (letters > 0) need('bad', say('need_letters', { n: format.number(letters) }), '/errors');
    if (breached > 0) need('warn', say('need_breached', { n: upTo(visit, breached) }), '/handoffs?kind=breached');
    const held = await store.countWaiting('held', MOST);
    if (held > 0) need('warn', say('need_held', { n: upTo(visit, held) }), '/people?list=held');
    const contested = await store.countWaiting('contested', MOST);
    if (contested > 0) need('warn', say('need_contested', { n: upTo(visit, contested) }), '/people?list=contested');
    const deleted = await store.countWaiting('deleted', MOST);
    if (deleted > 0) need('warn', say('need_deleted', { n: upTo(visit, deleted) }), '/people?list=deleted');
    const adopted = await adoptedPortion(store);
    if (adopted !== null && adopted < EVERYONE) need('warn', say('need_adoption', { share: format.percent(adopted / 100) }), '/runs#portion');
    const missing = await store.countWaiting('missing', MOST);
    if (missing > 0) need('warn', say('need_missing', { n: upTo(visit, missing) }), '/people?list=missing');
    return list;
  }
}

function upTo({ format }: Pick<Visit, 'format'>, n: number): string {
  return n >= MOST ? `${format.number(MOST)}+` : format.number(n);
}

/** W11: the same figures as `report parity`. */
function stagesCard({ parts }: Desk, { say, format, language }: Visit, parity: { stage: string; people: number; hubspot: number; salesforce: number; disagree: number }[]): Html {
  const most = Math.max(1, ...parity.map((row) => row.people));
  const body =
    parity.length === 0
      ? empty(say('no_people'), say('no_people_remedy'))
      : table({
          id: 'stages',
          caption: say('stages'),
          quietCaption: true,
          rows: [...parity].sort((a, b) => placeOf(a.stage) - placeOf(b.stage)),
          columns: [
            { head: say('stage'), names: true, cell: (row) => (row.stage === 'none' ? stageName(parts.agreement, null, language) : html`<a href="/people?stage=${row.stage}">${stageName(parts.agreement, row.stage, language)}</a>`) },
            { head: say('people'), number: true, cell: (row) => format.number(row.people) },
            { head: say('share'), cell: (row) => bar(row.people / most) },
            { head: 'HubSpot', number: true, cell: (row) => format.number(row.hubspot) },
            { head: 'Salesforce', number: true, cell: (row) => format.number(row.salesforce) },
            { head: say('differ'), number: true, cell: (row) => (row.disagree === 0 ? '0' : badge(format.number(row.disagree), 'warn')) },
          ],
        });
  return card({ title: say('stages'), about: say('stages_about'), flush: true }, body);
}

function funnelCard({ parts }: Desk, { say, format, language }: Visit, { entries }: Month): Html {
  const most = Math.max(1, ...entries.map(([, n]) => n));
  const body = table({
    id: 'entries',
    caption: say('month_funnel'),
    quietCaption: true,
    rows: entries,
    columns: [
      { head: say('stage'), names: true, cell: ([stage]) => stageName(parts.agreement, stage, language) },
      { head: say('month_entries'), number: true, cell: ([, n]) => format.number(n) },
      { head: say('share'), cell: ([, n]) => bar(n / most) },
    ],
  });
  return card({ title: say('month_funnel'), about: say('month_funnel_about'), flush: true }, body);
}

function rejectionsCard({ parts }: Desk, { say, format, language }: Visit, { rejections }: Month): Html {
  const most = Math.max(1, ...rejections.map(([, n]) => n));
  const more = html`<a href="/handoffs/rejections">${say('month_rejections_all')}</a>`;
  if (rejections.length === 0) return card({ title: say('month_rejections'), more }, empty(say('rejections_none'), ''));
  const body = table({
    id: 'rejected',
    caption: say('month_rejections'),
    quietCaption: true,
    rows: rejections,
    columns: [
      { head: say('reason'), names: true, cell: ([reason]) => (reason === null ? say('reason_none') : parts.agreement.reasonLabel(reason, language)) },
      { head: say('handoffs_rejections'), number: true, cell: ([, n]) => format.number(n) },
      { head: say('share'), cell: ([, n]) => bar(n / most) },
    ],
  });
  return card({ title: say('month_rejections'), more, flush: true }, body);
}

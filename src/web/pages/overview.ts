import express, { type Router } from 'express';
import { callsSpent } from '../../run/budget';
import { freshness } from '../../run/health';
import type { Desk, Section } from '../desk';
import { html, type Html, type Piece } from '../html';
import { icon } from '../icons';
import { badge, bar, button, card, empty, figure, notice, table } from '../pieces';
import type { Visit } from '../visit';
import { runsTable } from './runsTable';
import { placeOf, stageName } from '../words';

export const OVERVIEW: Section = { path: '/', label: 'nav_overview', icon: 'overview', router: overviewPages };

/** `/`: what both teams look at first. */
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
    const letters = await store.countDeadLetters('open');
    const calls = await callsSpent(store, now);
    const waiting = say('waiting', { queue: format.number(await store.queueLength()), inbox: format.number(await store.inboxLength()) });
    const needs: Piece[] = [];
    if (status.failure !== null) needs.push(notice('bad', html`<strong>${status.failure.message}</strong> ${status.failure.remedy} <span class="soft">(${format.time(status.failure.at)})</span>`));
    if (fresh.stale) needs.push(notice('bad', say('need_stale')));
    if (letters > 0) needs.push(notice('warn', say('need_letters', { n: format.number(letters) })));
    const last = fresh.lastGood === null ? say('last_run_none') : format.away(fresh.lastGood.at, now);
    const next = status.next === null ? '' : say('next_run', { at: format.moment(status.next) });
    desk.show(req, res, {
      title: say('nav_overview'),
      lead: say('overview_lead'),
      ...(visit.login?.role === 'operator' ? { actions: button(visit, '/runs', html`${icon('runs', 16)}${say('run_now')}`, { tone: 'primary' }) } : {}),
      body: html`${card({ title: say('needs_you') }, needs.length === 0 ? html`<p>${badge(say('needs_nobody'), 'good')} <span class="soft">${say('needs_nobody_about')}</span></p>` : html`<div class="stack">${needs}</div>`)}
<div class="grid">${figure(say('parity'), people === 0 ? '–' : format.percent((people - disagree) / people), say('parity_hint', { disagree: format.number(disagree), people: format.number(people) }))}${figure(say('last_run'), last, html`${fresh.stale ? badge(say('too_long_ago'), 'bad') : badge(say('in_time'), 'good')} ${next}`)}${figure(say('people_governed'), format.number(people), waiting)}${figure(say('dead_letters'), format.number(letters), say('dead_letters_hint'))}${figure(say('calls_today'), format.number(calls.hubspot + calls.salesforce), `HubSpot ${format.number(calls.hubspot)}, Salesforce ${format.number(calls.salesforce)}`)}</div>
${stagesCard(desk, visit, parity)}
${card({ title: say('latest_runs'), flush: true, more: html`<a href="/runs">${say('all_runs')}</a>` }, runsTable(visit, await store.runs(null, 8)))}`,
    });
  });

  return router;
}

/** W11: the same figures as `report parity`. */
function stagesCard({ parts }: Desk, { say, format, language }: Visit, parity: { stage: string; people: number; hubspot: number; salesforce: number; disagree: number }[]): Html {
  const most = Math.max(1, ...parity.map((row) => row.people));
  const label = (stage: string): string => stageName(parts.agreement, stage, language);
  const body =
    parity.length === 0
      ? empty(say('no_people'), say('no_people_remedy'))
      : table({
          id: 'stages',
          caption: say('stages'),
          quietCaption: true,
          rows: [...parity].sort((a, b) => placeOf(a.stage) - placeOf(b.stage)),
          columns: [
            { head: say('stage'), names: true, cell: (row) => label(row.stage) },
            { head: say('people'), number: true, cell: (row) => format.number(row.people) },
            { head: say('share'), cell: (row) => bar(row.people / most) },
            { head: 'HubSpot', number: true, cell: (row) => format.number(row.hubspot) },
            { head: 'Salesforce', number: true, cell: (row) => format.number(row.salesforce) },
            { head: say('differ'), number: true, cell: (row) => (row.disagree === 0 ? '0' : badge(format.number(row.disagree), 'warn')) },
          ],
        });
  return card({ title: say('stages'), about: say('stages_about'), flush: true }, body);
}

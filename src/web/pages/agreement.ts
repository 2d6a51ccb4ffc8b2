import express, { type Router } from 'express';
import { clauseText } from '../../agreement/clause';
import type { CompiledAgreement } from '../../agreement/compile';
import { labelText, routeLabel } from '../../agreement/labels';
import { OPERATORS, type CalendarSettings, type Condition, type Language } from '../../agreement/schema';
import { parseDuration } from '../../agreement/duration';
import { agreementVersions, type AgreementVersion } from '../../run/agreements';
import type { Desk, Section } from '../desk';
import { html, type Html, type Piece } from '../html';
import { badge, card, empty, table } from '../pieces';
import type { TextKey } from '../texts';
import type { Visit } from '../visit';
import { fieldName } from '../words';

export const AGREEMENT: Section = { path: '/agreement', label: 'nav_agreement', icon: 'agreement', router: agreementPages };

/** What each part needs to put itself in words. */
interface Reading extends Visit {
  agreement: CompiledAgreement;
}

/** The page's parts in the order in which both teams go through them. */
const PARTS: readonly (readonly [id: string, title: TextKey, body: (reading: Reading) => Piece])[] = [
  ['scope', 'ag_scope', scope],
  ['stages', 'ag_stages', stages],
  ['score', 'ag_score', score],
  ['reasons', 'ag_reasons', reasons],
  ['sla', 'ag_sla', sla],
  ['marketing', 'ag_marketing', marketing],
  ['goals', 'ag_goals', goals],
  ['fields', 'ag_fields', fields],
  ['guard', 'ag_guard', guard],
];

/** `/agreement`: the file as prose, with a place to sign. */
function agreementPages(desk: Desk): Router {
  const { parts } = desk;
  const router = express.Router();
  router.get('/agreement', async (req, res) => {
    const visit = desk.visit(req, res);
    const { say } = visit;
    const reading: Reading = { ...visit, agreement: parts.agreement };
    const versions = await agreementVersions(parts.store);
    const titles = [...PARTS.map(([id, title]) => [id, title] as const), ['versions', 'ag_version'] as const, ['sign', 'ag_sign'] as const];
    desk.show(req, res, {
      title: say('agreement_title', { company: parts.agreement.settings.company.name }),
      lead: say('agreement_lead'),
      body: html`<nav class="card" aria-label="${say('agreement_contents')}"><ol class="contents">${titles.map(([id, title]) => html`<li><a href="#${id}">${say(title)}</a></li>`)}</ol></nav>${PARTS.map(([id, title, body]) => card({ title: say(title), id }, html`<div class="stack">${body(reading)}</div>`))}${card({ title: say('ag_version'), about: say('ag_version_about'), id: 'versions' }, versionsOf(reading, versions))}${card({ title: say('ag_sign'), about: say('ag_sign_about'), id: 'sign' }, sign(reading))}`,
    });
  });
  return router;
}

function list(items: readonly Piece[]): Html {
  return html`<ul class="prose plainlist">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

function scope({ agreement, say, language }: Reading): Piece {
  const { from_stage: from, exclude_email_domains: domains, on_leaving: leaving } = agreement.settings.scope;
  return list([
    say('ag_scope_from', { stage: agreement.stageLabel(from, language) }),
    ...(domains.length === 0 ? [] : [say('ag_scope_except', { domains: domains.join(', ') })]),
    say(`ag_scope_${leaving}`),
    say(`ag_mode_${agreement.settings.mode}`),
  ]);
}

/** A condition as the agreement has it, in nested lists. */
export function conditionWords({ agreement, say, language }: Pick<Reading, 'agreement' | 'say' | 'language'>, condition: Condition): Html {
  if ('any' in condition || 'all' in condition) {
    const isAny = 'any' in condition;
    const inner = isAny ? condition.any : condition.all;
    const [only] = inner;
    if (inner.length === 1 && only !== undefined) return conditionWords({ agreement, say, language }, only);
    return html`${say(isAny ? 'ag_when_any' : 'ag_when_all')}<ul>${inner.map((each) => html`<li>${conditionWords({ agreement, say, language }, each)}</li>`)}</ul>`;
  }
  if ('not' in condition) return html`${say('ag_when_not')}<ul><li>${conditionWords({ agreement, say, language }, condition.not)}</li></ul>`;
  const operator = OPERATORS.find((name) => condition[name] !== undefined);
  if (operator === undefined) return html``;
  const names = (field: string, inLanguage: Language): string | undefined => (agreement.fieldById(field) === undefined ? undefined : fieldName(agreement, field, inLanguage));
  return html`${clauseText({ field: condition.field, operator, operand: condition[operator], names }, language)}`;
}

function stages(reading: Reading): Piece {
  const { agreement, say, language } = reading;
  return html`<p class="soft prose">${say('ag_stages_about')}</p><ol class="ladder">${agreement.stages.map((stage) => {
    const { hubspot, salesforce } = stage;
    const shows = [...(hubspot.lifecyclestage === undefined ? [] : [say('ag_lifecycle', { value: hubspot.lifecyclestage })]), ...(hubspot.hs_lead_status === undefined ? [] : [say('ag_lead_status', { value: hubspot.hs_lead_status })])];
    return html`<li><h3>${agreement.stageLabel(stage.id, language)} ${badge(say(stage.owner === 'marketing' ? 'ag_owner_marketing' : 'ag_owner_sales'), 'info')}</h3><div class="prose">${stage.condition === null ? html`<p>${say('ag_off_ramp')}</p>` : html`<div>${say('ag_when')} ${conditionWords(reading, stage.condition)}</div>`}${stage.needs.length === 0 ? '' : html`<p>${say('ag_needs', { fields: stage.needs.map((id) => fieldName(agreement, id, language)).join(', ') })}</p>`}${shows.length === 0 ? '' : html`<p class="soft small">${say('ag_shows_hubspot')} ${shows.join(', ')}.</p>`}${salesforce.lead_status === undefined ? '' : html`<p class="soft small">${say('ag_shows_salesforce')} ${say('ag_lead_status', { value: salesforce.lead_status })}.</p>`}</div></li>`;
  })}</ol>`;
}

function score(reading: Reading): Piece {
  const { agreement, say, format } = reading;
  const { hubspot, points } = agreement.settings.score;
  const rows = (points ?? []).map((each) => html`<strong>${say('ag_score_points', { points: format.number(each.points) })}</strong> ${conditionWords(reading, each.when)}${each.half_life_days === undefined ? '' : html` <span class="soft">(${say('ag_score_half', { days: each.half_life_days })})</span>`}`);
  return list([...(hubspot === undefined ? [] : [say('ag_score_hubspot', { property: hubspot })]), ...rows]);
}

function reasons({ agreement, say, format, language }: Reading): Piece {
  const { signals, repeated, recycle_on_engagement: byEngagement } = agreement.settings.rejection;
  const quality = { yes: say('ag_quality_yes'), half: say('ag_quality_half'), no: say('ag_quality_no'), unknown: say('ag_quality_unknown') };
  return html`<p class="prose">${say('ag_reasons_about')}</p><p class="prose soft">${say('ag_signals', { salesforce: signals.salesforce.lead_status.join(', ') || '–', hubspot: signals.hubspot.hs_lead_status.join(', ') || '–' })}</p>${table({
    id: 'reason-list',
    caption: say('ag_reasons'),
    quietCaption: true,
    rows: [...agreement.reasons.values()],
    columns: [
      { head: say('reason'), names: true, cell: (row) => html`${agreement.reasonLabel(row.id, language)} ${row.active ? '' : badge(say('ag_retired'))}` },
      { head: say('route'), cell: (row) => routeLabel(row.route, language) },
      { head: say('ag_comes_back'), cell: (row) => (row.afterDays === null ? '–' : say('ag_after_days', { days: format.number(row.afterDays) })) },
      { head: say('ag_note'), cell: (row) => (row.note_required ? say('ag_note_required') : '–') },
      { head: say('ag_quality'), cell: (row) => quality[row.counts_against_quality] },
    ],
  })}${list([say('ag_repeated', { factor: format.number(repeated.factor), times: format.number(repeated.review_at) }), say(byEngagement ? 'ag_engagement_yes' : 'ag_engagement_no')])}`;
}

/** An amount of business time. */
function businessTime({ say, format }: Reading, text: string): string {
  const { amount, unit } = parseDuration(text);
  return say(unit === 'h' ? 'ag_hours' : unit === 'd' ? 'ag_days' : 'ag_minutes', { n: format.number(amount) });
}

function calendarWords({ say, language }: Reading, team: string, zone: string, { days, from, to, holidays }: CalendarSettings): string {
  // 2024-01-01 was a Monday.
  const order = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const names = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' });
  const week = [...days].sort((a, b) => order.indexOf(a) - order.indexOf(b)).map((day) => names.format(Date.UTC(2024, 0, 1 + order.indexOf(day))));
  return say('ag_calendar', { team, days: week.join(', '), from, to, zone, holidays: typeof holidays === 'string' ? say('ag_holidays_of', { country: holidays }) : say('ag_holidays', { n: holidays.length }) });
}

function sla(reading: Reading): Piece {
  const { agreement, say, format } = reading;
  const { sla: settings } = agreement.settings;
  const clocks = [
    [say('ag_sla_first_touch'), settings.first_touch],
    [say('ag_sla_answer'), settings.answer],
    [say('ag_sla_reason'), settings.reason],
    [say('ag_sla_book'), settings.book_or_recycle],
    [say('ag_sla_soon'), settings.due_soon],
  ] as const;
  const { return: back, comesBackDays } = agreement.unanswered;
  return html`<p class="soft prose">${say('ag_sla_about')}</p>${table({ id: 'deadlines', caption: say('ag_sla'), quietCaption: true, rows: clocks, columns: [{ head: say('clock'), names: true, cell: ([name]) => name }, { head: say('ag_deadline'), cell: ([, text]) => businessTime(reading, text) }] })}${list([
    calendarWords(reading, say('ag_everybody'), agreement.timeZone, settings.calendar),
    ...settings.calendars.map((team) => calendarWords(reading, team.team, team.time_zone ?? agreement.timeZone, team)),
    back === null || settings.unanswered.return === undefined ? say('ag_unanswered_stays') : say('ag_unanswered', { after: businessTime(reading, settings.unanswered.return), days: format.number(comesBackDays) }),
  ])}`;
}

function marketing({ agreement, say, format, language }: Reading): Piece {
  const promise = agreement.settings.marketing;
  if (promise === undefined) return html`<p class="soft">${say('ag_marketing_none')}</p>`;
  const ids = promise.fields.length > 0 ? promise.fields : (agreement.stages.find((stage) => stage.id === 'mql')?.needs ?? []);
  return list([...(promise.mqls === undefined ? [] : [say('ag_marketing_volume', { n: format.number(promise.mqls), period: say(`ag_per_${promise.per}`) })]), say('ag_marketing_complete', { share: format.percent(promise.complete), fields: ids.map((id) => fieldName(agreement, id, language)).join(', ') })]);
}

function goals({ agreement, say, format, language }: Reading): Piece {
  const rows = agreement.settings.goals;
  if (rows.length === 0) return html`<p class="soft">${say('ag_goals_none')}</p>`;
  return table({
    id: 'goal-list',
    caption: say('ag_goals'),
    quietCaption: true,
    rows,
    columns: [
      { head: say('ag_goal'), names: true, cell: (row) => html`${labelText(row.label, language)}${row.why === undefined ? '' : html`<br><span class="soft small">${row.why}</span>`}` },
      { head: say('ag_target'), number: true, cell: (row) => (row.metric === 'revenue' ? `${format.number(row.target)} ${agreement.settings.company.currency}` : format.number(row.target)) },
      { head: say('ag_from_to'), cell: (row) => html`${format.day(row.from)} – ${format.day(row.to)}` },
      { head: say('ag_owners'), cell: (row) => [row.owners.marketing, row.owners.sales].filter((name) => name !== undefined).join(', ') || '–' },
    ],
  });
}

function fields({ agreement, say, language }: Reading): Piece {
  return html`<p class="soft prose">${say('ag_fields_about')}</p>${table({
    id: 'field-list',
    caption: say('ag_fields'),
    quietCaption: true,
    rows: agreement.fields,
    columns: [
      { head: say('field'), names: true, cell: (row) => fieldName(agreement, row.id, language) },
      { head: 'HubSpot', cell: (row) => html`<code>${row.hubspot}</code>` },
      { head: 'Salesforce', cell: (row) => (row.lead === null && row.contact === null ? '–' : html`<code>${[...new Set([row.lead, row.contact].filter((name) => name !== null))].join(' / ')}</code>`) },
      { head: say('ag_policy'), cell: (row) => html`${say(`policy_${row.settings.policy}`)}${row.settings.clears ? html` <span class="soft">(${say('ag_clears')})</span>` : ''}` },
    ],
  })}`;
}

function guard({ agreement, say, format }: Reading): Piece {
  const { creates, regressions, links_ended: links, overwrites, share, share_from: from } = agreement.settings.guard;
  const rows: [string, string][] = [
    [say('ag_guard_creates'), format.number(creates)],
    [say('ag_guard_regressions'), format.number(regressions)],
    [say('ag_guard_links'), format.number(links)],
    [say('ag_guard_overwrites'), format.number(overwrites)],
    [say('ag_guard_share', { from: format.number(from) }), format.percent(share)],
  ];
  return html`<p class="soft prose">${say('ag_guard_about')}</p>${table({ id: 'limits', caption: say('ag_guard'), quietCaption: true, rows, columns: [{ head: say('what'), names: true, cell: ([name]) => name }, { head: say('ag_limit'), number: true, cell: ([, limit]) => limit }] })}`;
}

function versionsOf({ agreement, say, format }: Reading, versions: readonly AgreementVersion[]): Piece {
  const now = html`<p>${say('ag_version_now', { hash: agreement.hash.slice(0, 12) })}</p>`;
  if (versions[0]?.hash !== agreement.hash) {
    if (versions.length === 0) return html`${now}${empty(say('ag_version_none'), '')}`;
  }
  return html`<div class="stack">${now}${versions[0]?.hash === agreement.hash ? '' : html`<p class="soft">${say('ag_version_none')}</p>`}${table({
    id: 'version-list',
    caption: say('ag_version'),
    quietCaption: true,
    rows: versions,
    columns: [
      { head: say('ag_version_id'), names: true, cell: (row) => html`<span class="id">${row.hash.slice(0, 12)}</span>` },
      { head: say('ag_in_force'), shrink: true, cell: (row) => format.time(row.at) },
      { head: say('ag_first_run'), cell: (row) => html`<a class="id" href="/runs/${encodeURIComponent(row.run)}">${row.run}</a>` },
    ],
  })}</div>`;
}

function sign({ agreement, say }: Reading): Piece {
  const line = (who: string): Html => html`<div class="sign"><strong>${who}</strong><span class="soft small">${say('ag_sign_line')}</span></div>`;
  return html`<div class="stack"><p class="soft small words">${say('ag_version_now', { hash: agreement.hash })}</p><div class="grid wide">${line(say('ag_sign_marketing'))}${line(say('ag_sign_sales'))}</div></div>`;
}

import express, { type Router } from 'express';
import type { CompiledAgreement } from '../../agreement/compile';
import { routeLabel } from '../../agreement/labels';
import { asCalled } from '../../domain/person';
import { CRM_NAMES, refKey, parseRefKey, type EpochMs, type RecordRef, type Value } from '../../domain/record';
import { ROUTES, type Route } from '../../domain/stage';
import { explain, type Explanation } from '../../run/explain';
import { isPicked } from '../../run/link';
import { linksOf, type LinkOf } from '../../run/links';
import type { HandoffRow } from '../../store/port';
import type { Desk } from '../desk';
import { html, type Html, type Piece } from '../html';
import { icon } from '../icons';
import { badge, card, change, empty, facts, notice, quoted, sayAround, table, whyPiece, type Tone } from '../pieces';
import { partOf, textOf } from '../query';
import type { TextKey } from '../texts';
import { problemIn } from '../texts/problems';
import type { Visit } from '../visit';
import { contestsOf, contestWords, differs, fieldName, nameOf, recordName, stageName } from '../words';
import { releaseCard, released } from './heldBack';
import { linkCard, linkPages } from './linking';

/** A moment as Concord has it in both CRMs (domain/record.ts). */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Of a record's changes this many stand open; the rest unfolds. */
const FIRST = 4;

/** Events that a page of the course shows. */
const SHOWN = 100;

/** Something that happened, for the course of events. */
interface Happening {
  at: EpochMs;
  tone: 'stage' | 'good' | 'bad' | '';
  title: Piece;
  body?: Piece;
}

/** `/people/:id`: what `explain` says, as a page. */
export function personPages(desk: Desk): Router {
  const { parts } = desk;
  const { store } = parts;
  const router = express.Router();

  router.get('/people/:id', async (req, res) => {
    const [person] = await store.people([partOf(req, 'id')]);
    if (person === undefined) return desk.missing(req, res);
    const visit = desk.visit(req, res);
    const now = parts.clock();
    const noUrl = { recordUrl: () => '' };
    const judging = { parts: { store, terms: { agreement: parts.agreement } }, now, adopting: (await store.meta('adopted')) === null, readUpTo: { hubspot: now, salesforce: now }, hubspot: noUrl, salesforce: noUrl };
    const found = await explain(judging, person.id);
    const { name, email } = nameOf(parts.agreement, person.id, asCalled(found.records, person));
    const link = await linksOf(store);
    const picking = { isUnconfirmed: textOf(req, 'confirm') === 'link', isPicked: await isPicked(store, found.records) };
    const skip = Number(textOf(req, 'older') ?? '0');
    return desk.show(req, res, {
      title: name,
      lead: html`${email !== null && email !== name ? html`${email} · ` : ''}<span class="id">${person.id}</span>`,
      above: [{ href: '/people', title: visit.say('nav_people') }],
      actions: crmLinks(visit, found, link),
      body: html`${released(visit, textOf(req, 'done'), textOf(req, 'n'))}${warnings(desk, visit, found)}${linkCard(desk, visit, found, link, picking)}${releaseCard(visit, person, found.holds, textOf(req, 'confirm') === 'release')}<div class="grid wide">${standing(desk, visit, found)}${recordsCard(visit, found, link)}</div>${clocksCard(visit, found)}${handoffsCard(desk, visit, found)}${courseCard(desk, visit, found, Number.isSafeInteger(skip) && skip > 0 ? skip : 0)}`,
    });
  });
  router.use(linkPages(desk));
  return router;
}

/** Both CRMs' pages of the records that Concord writes. */
function crmLinks({ say }: Visit, { person }: Explanation, link: LinkOf): Html {
  const refs: RecordRef[] = [];
  if (person.hubspotId !== null) refs.push({ crm: 'hubspot', object: 'contact', id: person.hubspotId });
  if (person.salesforceId !== null && person.salesforceObject !== null) refs.push({ crm: 'salesforce', object: person.salesforceObject, id: person.salesforceId });
  return html`${refs.map((ref) => {
    const href = link(ref);
    return href === null ? '' : html`<a class="button" href="${href}" rel="noreferrer">${CRM_NAMES[ref.crm]} ${icon('outward', 15)}<span class="hidden">, ${say('opens_elsewhere')}</span></a>`;
  })}`;
}

function warnings({ parts }: Desk, visit: Visit, { person, ended, decision, deadLetters, holds, awaitsAdoption }: Explanation): Html {
  const { say, format, language } = visit;
  const list: Html[] = [];
  if (awaitsAdoption) list.push(notice('info', say('person_awaits')));
  if (person.held !== null) list.push(notice('warn', sayAround(say, 'person_held', 'why', quoted(visit, person.held))));
  if (decision.outOfScope !== null) list.push(notice('info', sayAround(say, 'person_out_of_scope', 'why', quoted(visit, decision.outOfScope))));
  if (decision.missing.length > 0) list.push(notice('warn', say('person_missing', { fields: decision.missing.map((id) => fieldName(parts.agreement, id, language)).join(', ') })));
  for (const { crm, records, seenAt } of ended) {
    const which = records.length === 0 ? say('person_ended_unknown') : records.map((ref) => ref.id).join(', ');
    list.push(notice('warn', say('person_ended', { crm: CRM_NAMES[crm], what: seenAt === null ? which : say('person_ended_seen', { what: which, at: format.moment(seenAt) }) })));
  }
  if (person.disagreement !== null) list.push(notice('warn', say('person_differs', { why: differs(say, person.disagreement) })));
  for (const letter of deadLetters) list.push(notice('bad', say('person_letter', { field: letter.field ?? say('whole_record'), ...problemIn(language, letter.problem) })));
  for (const hold of holds) list.push(notice('warn', sayAround(say, 'person_hold', 'why', quoted(visit, hold.because), { field: hold.field })));
  for (const contest of contestsOf(person.notes)) list.push(notice('warn', say('person_contested', { what: contestWords(say, contest) })));
  for (const note of decision.notes) list.push(notice('info', quoted(visit, note)));
  return html`${list}`;
}

function standing({ parts }: Desk, visit: Visit, { person, decision, handoffs }: Explanation): Html {
  const { say, format, language } = visit;
  const { state } = decision;
  return card(
    { title: say('now_title') },
    facts([
      [say('stage'), html`<strong>${stageName(parts.agreement, person.stage, language)}</strong>`],
      [say('since'), format.time(person.stageAt)],
      ...(state.mqlWhy === null ? [] : [[say('mql_why'), quoted(visit, state.mqlWhy, parts.agreement.language)] as const]),
      [say('cycle'), format.number(handoffs.at(-1)?.cycle ?? 0)],
      [say('rejections_so_far'), format.number(state.rejectionCount)],
      ['HubSpot', person.shownHubspot === null ? '–' : stageName(parts.agreement, person.shownHubspot, language)],
      ['Salesforce', person.shownSalesforce === null ? '–' : stageName(parts.agreement, person.shownSalesforce, language)],
      [say('next_decided'), format.time(person.nextAt)],
    ]),
  );
}

function recordsCard({ say, format }: Visit, found: Explanation, link: LinkOf): Html {
  const roleOf = (record: Explanation['records'][number]): Piece => {
    if (record.gone !== undefined) return badge(say('role_gone'));
    if (record.conversion !== undefined) return badge(say('role_converted'));
    if (found.decision.duplicates.some((each) => each.ref.id === record.ref.id)) return badge(say('role_duplicate'), 'warn');
    return record.ref.id === found.person.hubspotId || record.ref.id === found.person.salesforceId ? badge(say('role_written'), 'good') : '';
  };
  return card(
    { title: say('records'), flush: true },
    table({
      id: 'records',
      caption: say('records'),
      quietCaption: true,
      rows: found.records,
      columns: [
        { head: say('record'), names: true, cell: (record) => recordLink(record.ref, link) },
        { head: say('record_role'), cell: roleOf },
        { head: say('record_changed'), shrink: true, cell: (record) => format.time(record.modifiedAt) },
      ],
    }),
  );
}

export function recordLink(ref: RecordRef, link: LinkOf): Html {
  const href = link(ref);
  return href === null ? html`${recordName(ref)}` : html`<a href="${href}" rel="noreferrer">${recordName(ref)}</a>`;
}

function clocksCard({ say, format }: Visit, { decision }: Explanation): Piece {
  if (decision.clocks.length === 0) return '';
  const state = (clock: Explanation['decision']['clocks'][number]): Html => {
    if (clock.stoppedAt === null) return badge(say('clock_running'), 'info');
    return html`${format.time(clock.stoppedAt)} ${clock.stoppedAt <= clock.dueAt ? badge(say('sla_met'), 'good') : badge(say('sla_breached'), 'bad')}`;
  };
  return card(
    { title: say('clocks'), flush: true },
    table({
      id: 'clocks',
      caption: say('clocks'),
      quietCaption: true,
      rows: decision.clocks,
      columns: [
        { head: say('clock'), names: true, cell: (clock) => say(`clock_${clock.name}`) },
        { head: say('started'), shrink: true, cell: (clock) => format.time(clock.startedAt) },
        { head: say('due'), shrink: true, cell: (clock) => format.time(clock.dueAt) },
        { head: say('stopped'), cell: state },
      ],
    }),
  );
}

function handoffsCard(desk: Desk, visit: Visit, { handoffs }: Explanation): Piece {
  if (handoffs.length === 0) return '';
  return html`<div class="grid wide">${[...handoffs].reverse().map((handoff) => card({ title: visit.say('handoff_no', { n: handoff.cycle }), ...(handoff.adopted ? { about: visit.say('handoff_adopted') } : {}) }, facts(handoffFacts(desk, visit, handoff))))}</div>`;
}

function handoffFacts({ parts }: Desk, { say, format, language }: Visit, handoff: HandoffRow): [Piece, Piece][] {
  const pairs: [Piece, Piece][] = [[say('handoff_opened'), format.time(handoff.openedAt)]];
  const moment = (key: TextKey, at: EpochMs | null): void => void (at !== null && pairs.push([say(key), format.time(at)]));
  moment('handoff_carried', handoff.carriedAt);
  moment('handoff_touched', handoff.firstTouchAt);
  moment('handoff_accepted', handoff.acceptedAt);
  moment('handoff_rejected', handoff.rejectedAt);
  if (handoff.rejectedAt !== null) {
    pairs.push([say('reason'), reasonOf(parts.agreement, say, language, handoff)], [say('note'), handoff.note === null ? '–' : html`<span class="words">${handoff.note}</span>`], [say('rejected_by'), html`${handoff.rejectedBy ?? '–'}${handoff.crm === null ? '' : ` (${CRM_NAMES[handoff.crm]})`}`], [say('route'), routeOf(handoff.route, language)]);
    if (handoff.recycleOn !== null) pairs.push([say('next_date'), format.day(handoff.recycleOn)]);
  }
  if (handoff.closedAt !== null) pairs.push([say('handoff_closed'), html`${format.time(handoff.closedAt)} ${handoff.closedAs === null ? '' : badge(closedAs(say, handoff.closedAs))}`]);
  return pairs;
}

/** A rejection's reason as the agreement words it; what no reason knew stands as the rep wrote it (F3). */
export function reasonOf(agreement: Desk['parts']['agreement'], say: Visit['say'], language: Visit['language'], { reason, reasonText }: Pick<HandoffRow, 'reason' | 'reasonText'>): Piece {
  if (reason === null) return reasonText ?? html`<span class="soft">${say('reason_none')}</span>`;
  const label = agreement.reasonLabel(reason, language);
  return agreement.reasons.has(reason) && reason !== 'other' ? label : html`${label}${reasonText === null || reasonText === reason ? '' : html` <span class="soft words">“${reasonText}”</span>`}`;
}

export function routeOf(route: string | null, language: Visit['language']): string {
  return route === null ? '–' : ROUTES.includes(route as Route) ? routeLabel(route as Route, language) : route;
}

export function closedAs(say: Visit['say'], how: string): string {
  const known = ['rejected', 'won', 'lost', 'duplicate', 'system', 'expired'] as const;
  const one = known.find((each) => each === how);
  return one === undefined ? how : say(`closed_as_${one}`);
}

/** The whole course, newest first, a page of it at a time. */
function courseCard(desk: Desk, visit: Visit, found: Explanation, skip: number): Html {
  const { say, format } = visit;
  const all = happenings(desk, visit, found).sort((a, b) => b.at - a.at);
  const shown = all.slice(skip, skip + SHOWN);
  const path = `/people/${encodeURIComponent(found.person.id)}`;
  const pages = html`${skip === 0 && skip + SHOWN >= all.length ? '' : html`<nav class="pager" aria-label="${say('course')}"><span>${skip === 0 ? '' : html`<a href="${path}#course">${say('course_newest')}</a>`}</span><span>${skip + SHOWN >= all.length ? '' : html`<a class="button" href="${path}?older=${skip + SHOWN}#course">${say('course_older')} ${icon('arrow', 14)}</a>`}</span></nav>`}`;
  if (all.length === 0) return card({ title: say('course'), about: say('course_about'), id: 'course' }, empty(say('course_empty'), say('course_empty_remedy')));
  return card(
    { title: say('course'), about: say('course_about'), id: 'course' },
    html`<ol class="timeline">${shown.map((each) => html`<li${each.tone === '' ? '' : html` class="${each.tone}"`}><div class="when">${format.time(each.at)}</div><div><strong>${each.title}</strong></div>${each.body === undefined ? '' : html`<div class="small">${each.body}</div>`}</li>`)}</ol>${pages}`,
  );
}

function happenings({ parts }: Desk, visit: Visit, found: Explanation): Happening[] {
  const { say, language, format } = visit;
  const label = (stage: string | null): string => stageName(parts.agreement, stage, language);
  const list: Happening[] = [];
  for (const each of found.transitions) {
    list.push({ at: each.at, tone: 'stage', title: each.skipped ? say('event_stage_skipped', { to: label(each.to) }) : say('event_stage', { from: label(each.from), to: label(each.to) }), body: html`${whyPiece(visit, parts.agreement, each)} ${runLink(visit, each.run)}` });
  }
  for (const each of found.handoffs) {
    list.push({ at: each.openedAt, tone: '', title: say('event_opened', { n: each.cycle }), ...(each.adopted ? { body: say('handoff_adopted') } : {}) });
    if (each.acceptedAt !== null) list.push({ at: each.acceptedAt, tone: 'good', title: say('event_accepted', { n: each.cycle }) });
    if (each.rejectedAt !== null) {
      list.push({ at: each.rejectedAt, tone: 'bad', title: say('event_rejected', { n: each.cycle }), body: html`${reasonOf(parts.agreement, say, language, each)} · ${routeOf(each.route, language)}${each.recycleOn === null ? '' : html` · ${format.day(each.recycleOn)}`}${each.rejectedBy === null ? '' : html` · ${each.rejectedBy}`}${each.note === null ? '' : html`<br><span class="words">“${each.note}”</span>`}` });
    }
    if (each.closedAt !== null && each.closedAs !== null && each.closedAs !== 'rejected') list.push({ at: each.closedAt, tone: '', title: say('event_closed', { n: each.cycle, as: closedAs(say, each.closedAs) }) });
  }
  for (const entry of found.writes) {
    const where = entry.ref === null ? recordName(entry) : recordName(entry.ref);
    const what = entry.op === 'create' ? say('event_create') : entry.op === 'opt_out' ? say('event_opt_out') : entry.op === 'leave' ? say('event_leave', { what: entry.object }) : say('event_write');
    list.push({ at: entry.settledAt ?? entry.intendedAt, tone: entry.state === 'refused' ? 'bad' : '', title: html`${what}: ${where}`, body: html`${entry.state === 'done' ? '' : html`${writeState(visit, entry.state)} `}${changesList(visit, parts.agreement, entry.changes)}${runLink(visit, entry.run)}` });
  }
  for (const post of found.told) {
    list.push({ at: post.settledAt ?? post.createdAt, tone: '', title: say('event_told', { what: post.text?.title ?? post.kind }), body: html`${say(`channel_${post.channel}`)}${post.target === null ? '' : ` · ${recordName(parseRefKey(refKey(post.target)))}`} ${badge(say(`post_${post.state}`), post.state === 'sent' ? 'good' : post.state === 'dead' ? 'bad' : 'plain')}` });
  }
  return list;
}

export function writeState({ say }: Visit, state: Explanation['writes'][number]['state']): Html {
  const tones: Record<typeof state, Tone> = { intent: 'info', done: 'good', refused: 'bad', maybe: 'warn', dropped: 'plain' };
  return badge(say(`write_${state}`), tones[state]);
}

/** Changes of one record: field, before, after, rule and reason. */
export function changesList(visit: Visit, agreement: CompiledAgreement, changes: readonly { field: string; before?: Value; after: Value; rule: string; because: string }[]): Html {
  if (changes.length === 0) return html``;
  const items = changes.map((each) => html`<li><code>${each.field}</code> ${change(visit, shownValue(visit, each.before), shownValue(visit, each.after))} <span class="soft">${whyPiece(visit, agreement, each)}</span></li>`);
  if (items.length <= FIRST + 1) return html`<ul class="changes">${items}</ul>`;
  return html`<ul class="changes">${items.slice(0, FIRST)}</ul><details><summary>${visit.say('undo_more', { n: items.length - FIRST })}</summary><ul class="changes">${items.slice(FIRST)}</ul></details>`;
}

function shownValue({ say, format }: Visit, value: Value | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && MOMENT.test(value)) return format.moment(Date.parse(value));
  return typeof value === 'boolean' ? say(value ? 'yes' : 'no') : String(value);
}

function runLink({ say }: Visit, run: string): Html {
  return html`<a class="soft tap" href="/runs/${encodeURIComponent(run)}">${say('run')} <span class="id">${run.slice(-6)}</span></a>`;
}

import express, { type Router } from 'express';
import { STAGES } from '../../domain/stage';
import { findPeople, findSkipped } from '../../run/explain';
import type { PersonRow } from '../../store/port';
import type { Desk, Section } from '../desk';
import { html, type Html, type Piece } from '../html';
import { badge, card, empty, notice, pager, quoted, table, tabs } from '../pieces';
import { MOST, textOf } from '../query';
import type { Visit } from '../visit';
import { contestsOf, contestWords, differs, fieldName, namesOf, placeOf, recordName, stageName, type Named } from '../words';
import { personPages } from './person';

export const PEOPLE: Section = { path: '/people', label: 'nav_people', icon: 'people', router: peoplePages };

const PAGE = 50;
/** Lists of who waits for a person to act; `all` by id. */
const LISTS = ['all', 'held', 'missing', 'differ', 'deleted', 'contested'] as const;
type List = (typeof LISTS)[number];

/** A row of the list: the person, and what the list says of them. */
interface Row {
  id: string;
  person: PersonRow | undefined;
  why: Piece;
}

/** `/people`: search by key, lists by index; `/people/:id`: one person. Nothing here goes through everybody. */
function peoplePages(desk: Desk): Router {
  const { parts } = desk;
  const { store } = parts;
  const router = express.Router();

  router.get('/people', async (req, res) => {
    const visit = desk.visit(req, res);
    const { say } = visit;
    const words = textOf(req, 'q');
    if (words !== null) {
      const found = await findPeople(store, words);
      const [only] = found;
      if (found.length === 1 && only !== undefined) return desk.leadTo(res, `/people/${encodeURIComponent(only.id)}`);
      const names = await namesOf(store, parts.agreement, found.map((person) => person.id));
      const [skipped] = found.length === 0 ? await findSkipped(store, words) : [];
      const nobody = skipped === undefined ? empty(say('people_unknown'), say('people_unknown_remedy')) : empty(say('people_skipped', { record: recordName(skipped) }), say('people_skipped_remedy'));
      const body = found.length === 0 ? card({}, nobody) : card({ title: say('people_several'), flush: true }, listTable(desk, visit, say('people_several'), found.map((person) => ({ id: person.id, person, why: '' })), names, false));
      return desk.show(req, res, { title: say('nav_people'), above: [{ href: '/people', title: say('nav_people') }], body: html`${search(visit, words)}${body}` });
    }
    const list = LISTS.find((each) => each === textOf(req, 'list')) ?? 'all';
    const stage = STAGES.find((each) => each === textOf(req, 'stage')) ?? null;
    const after = textOf(req, 'after');
    const { rows, next } = await read(list, stage, after, visit);
    const names = await namesOf(store, parts.agreement, rows.map((row) => row.id));
    const caption = stage === null ? say(list === 'all' ? 'people_all' : `people_${list}`) : stageName(parts.agreement, stage, visit.language);
    return desk.show(req, res, {
      title: say('nav_people'),
      lead: say('people_lead'),
      body: html`${textOf(req, 'done') === 'link' ? html`<div role="status">${notice('good', say('link_done'))}</div>` : ''}${search(visit, '')}${await lists(visit, list, stage)}${list === 'all' ? stages(visit, stage) : html`<p class="soft prose">${say(`people_${list}_about`)}</p>`}
${card({ flush: true }, rows.length === 0 ? empty(say('people_empty'), say('people_empty_remedy')) : html`${listTable(desk, visit, caption, rows, names, list !== 'all')}${pager(visit, '/people', { ...(list === 'all' ? {} : { list }), ...(stage === null ? {} : { stage }) }, after, next)}`)}`,
    });
  });

  router.use(personPages(desk));
  return router;

  async function read(list: List, stage: string | null, after: string | null, visit: Visit): Promise<{ rows: Row[]; next: string | null }> {
    const { say, language } = visit;
    const people = await (list === 'held' || list === 'missing' || list === 'deleted' || list === 'contested' ? store.waitingPeople(list, after, PAGE) : list === 'differ' ? store.disagreements(after, PAGE) : stage === null ? store.pagePeople(after, PAGE) : store.peopleOfStage(stage, after, PAGE));
    const why = (person: PersonRow): Piece => {
      if (list === 'held') return quoted(visit, person.held);
      if (list === 'missing') return person.missing?.split(';').map((id) => fieldName(parts.agreement, id, language)).join(', ');
      if (list === 'contested') return contestsOf(person.notes).map((each) => contestWords(say, each)).join('; ');
      return list === 'differ' ? differs(say, person.disagreement) : '';
    };
    return { rows: people.map((person) => ({ id: person.id, person, why: why(person) })), next: people.length < PAGE ? null : (people.at(-1)?.id ?? null) };
  }

  async function lists({ say, format }: Visit, list: List, stage: string | null): Promise<Html> {
    const counted = { held: await store.countWaiting('held', MOST), missing: await store.countWaiting('missing', MOST), differ: await store.countWaiting('disagreement', MOST), deleted: await store.countWaiting('deleted', MOST), contested: await store.countWaiting('contested', MOST) };
    const count = (n: number): string => (n >= MOST ? `${format.number(MOST)}+` : format.number(n));
    return tabs(say('people_lists'), LISTS.map((each) => ({ href: each === 'all' ? '/people' : `/people?list=${each}`, label: say(`people_${each}`), current: each === list && stage === null, ...(each === 'all' ? {} : { count: count(counted[each]) }) })));
  }

  function stages({ say, language }: Visit, chosen: string | null): Html {
    const ids = [...parts.agreement.stages].map((each) => each.id).sort((a, b) => placeOf(a) - placeOf(b));
    return html`<form class="filters" method="get" action="/people"><label class="field">${say('show_stage')} <select name="stage"><option value="">${say('people_all')}</option>${ids.map((id) => html`<option value="${id}"${id === chosen ? html` selected` : ''}>${stageName(parts.agreement, id, language)}</option>`)}</select></label><button>${say('show')}</button></form>`;
  }
}

function search({ say }: Visit, words: string): Html {
  return html`<form class="card tight" role="search" aria-label="${say('people_find')}" method="get" action="/people"><label for="who">${say('people_find')}</label><div class="find"><input id="who" name="q" type="search" value="${words}" maxlength="320" autocomplete="off" required aria-describedby="who-about"><button class="primary">${say('find_go')}</button></div><p id="who-about" class="soft small">${say('people_find_about')}</p></form>`;
}

function listTable({ parts }: Desk, { say, format, language }: Visit, caption: string, rows: readonly Row[], names: ReadonlyMap<string, Named>, hasWhy: boolean): Html {
  return table({
    id: 'people',
    caption,
    rows,
    columns: [
      {
        head: say('person'),
        names: true,
        cell: ({ id }) => {
          const { name, email } = names.get(id) ?? { name: id, email: null };
          return html`<a href="/people/${encodeURIComponent(id)}">${name}</a>${email === null || email === name ? '' : html`<br><span class="soft small plain">${email}</span>`}`;
        },
      },
      { head: say('stage'), cell: ({ person }) => stageName(parts.agreement, person?.stage ?? null, language) },
      { head: say('since'), shrink: true, cell: ({ person }) => format.time(person?.stageAt) },
      ...(hasWhy ? [{ head: say('why'), cell: ({ why }: Row) => html`<span class="words">${why}</span>` }] : []),
      { head: 'HubSpot', shrink: true, cell: ({ person }) => crmId(person?.hubspotId ?? null) },
      { head: 'Salesforce', shrink: true, cell: ({ person }) => crmId(person?.salesforceId ?? null) },
    ],
  });
}

function crmId(id: string | null): Html {
  return id === null ? html`<span class="soft">–</span>` : badge(html`<span class="id">${id}</span>`);
}

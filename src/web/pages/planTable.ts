import type { StagedPerson } from '../../store/port';
import type { Desk } from '../desk';
import { html, type Html } from '../html';
import { badge, empty, pager, table } from '../pieces';
import type { Visit } from '../visit';
import { namesOf, recordName } from '../words';
import { changesList } from './person';
import type { Finding } from './runsTable';

/** People of a plan on a page. */
const PEOPLE = 25;

/** What of a plan goes over the agreement's limits (W6), in words. */
export function findings(say: Visit['say'], list: readonly Finding[]): Html {
  return html`<ul>${list.map((each) => html`<li>${say(`guard_${each.limit}`, { planned: each.planned, allowed: each.allowed })}</li>`)}</ul>`;
}

/** A staged plan, some people at a time: who, which record, what changes and why. */
export async function planTable({ parts }: Desk, visit: Visit, run: string, path: string, after: string | null): Promise<Html> {
  const { say } = visit;
  const from = after === null || !/^\d{1,15}$/.test(after) ? 0 : Number(after);
  const people: StagedPerson[] = await parts.store.pagePlan(run, from, PEOPLE);
  const rows = people.flatMap((person) => person.writes.map((write) => ({ person, write })));
  if (people.length === 0) return empty(say('undo_nothing'), '');
  const names = await namesOf(parts.store, parts.agreement, people.map(({ person }) => person.id));
  const next = people.length < PEOPLE ? null : String(people.at(-1)?.seq ?? '');
  const body = table({
    id: 'plan',
    caption: say('plan'),
    quietCaption: true,
    rows,
    columns: [
      { head: say('person'), names: true, cell: ({ person }) => html`<a href="/people/${encodeURIComponent(person.person.id)}">${names.get(person.person.id)?.name ?? person.person.id}</a>` },
      { head: say('record'), cell: ({ write }) => (write.id === undefined ? html`${recordName(write)} ${badge(say('event_create'))}` : recordName(write)) },
      { head: say('changes'), cell: ({ write }) => html`<div class="small broad">${changesList(visit, parts.agreement, write.changes)}</div>` },
    ],
  });
  return html`${body}${pager(visit, path, {}, after, next)}`;
}

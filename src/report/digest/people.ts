import type { CompiledAgreement } from '../../agreement/compile';
import type { MirrorRecord } from '../../domain/record';
import type { Test } from '../../domain/report';
import type { DigestCell, DigestTable } from '../../domain/digest';
import { all, inPeriod, known, unknown } from '../groups';
import type { DealFact, EpisodeFact } from '../../domain/report';
import { HOUR } from '../cells';
import { WON } from '../reports/sources';
import { day, minute, NOTHING, personCell, type Making } from './making';

/* The few that a digest lists: people by their records' ids, never by name; deals by theirs. */

const FEW = 5;
const PAGE = 500;

/** Handed over with clocks, and nobody has answered (domain.md C2: pending). */
const WAITING: Test = all({ column: 'last', in: [1] }, { column: 'in_scope', in: [1] }, { column: 'adopted', in: [0] }, { column: 'excluded', in: [0] }, known('handed_at'), unknown('accepted_at'), unknown('rejected_at'), unknown('closed_at'));

/** The handoffs that have waited longest for an answer, by their owners' business time. */
export async function waitingLongest(making: Making): Promise<DigestTable> {
  const { reader, agreement, say, now } = making;
  const [list] = await reader.reportLists({ of: 'episodes', where: WAITING, lists: { handed: { value: 'handed_at', where: all() } } });
  const earliest = list?.lists['handed'] ?? [];
  const bound = earliest[Math.min(FEW, earliest.length) - 1];
  const table: DigestTable = { id: 'waiting', columns: [{ label: say('person'), numeric: false }, { label: say('since'), numeric: false }, { label: say('business_hours'), numeric: true }, { label: say('answer_due'), numeric: false }, { label: say('owner'), numeric: false }], rows: [] };
  if (bound === undefined) return table;
  const { rows } = await reader.reportBehind('episodes', all(WAITING, { column: 'handed_at', before: bound + 1 }), null, PAGE);
  const ids = new Map(rows.map((row) => [row.personId, row.hubspotId ?? row.salesforceId ?? row.personId]));
  const { episodes } = await reader.reportFacts([...ids.keys()]);
  const owners = await reader.ownerNames();
  const since = (episode: EpisodeFact): number => episode.carried_at ?? episode.handed_at ?? now;
  const waiting = episodes.filter((episode) => episode.last === 1 && episode.handed_at !== null && episode.handed_at <= bound && episode.accepted_at === null && episode.rejected_at === null && episode.closed_at === null);
  for (const episode of waiting.sort((a, b) => (a.handed_at ?? 0) - (b.handed_at ?? 0) || (a.person_id < b.person_id ? -1 : 1)).slice(0, FEW)) {
    const hours = agreement.calendarOf(episode.owner).businessBetween(since(episode), now) / HOUR;
    table.rows.push([
      personCell(making, episode.person_id, ids.get(episode.person_id) ?? episode.person_id),
      { text: minute(making, since(episode)) },
      { text: hours.toFixed(1) },
      { text: episode.answer_due === null ? NOTHING.text : minute(making, episode.answer_due) },
      { text: episode.owner === null ? say('no_owner') : (owners.get(episode.owner) ?? episode.owner) },
    ]);
  }
  return table;
}

const LOST: Test = { column: 'lost', in: [1] };

/** The largest opportunities won, or lost, in the period. */
export async function largestDeals(making: Making, which: 'won' | 'lost'): Promise<DigestTable> {
  const { reader, agreement, say, sayReport } = making;
  const where = all(which === 'won' ? WON : LOST, inPeriod(making, 'closed_at'));
  let largest: DealFact[] = [];
  for (let after: string | null = null; ; ) {
    const page: DealFact[] = await reader.reportDeals(where, after, PAGE);
    largest = [...largest, ...page].sort((a, b) => (b.amount ?? -1) - (a.amount ?? -1) || (a.opportunity_id < b.opportunity_id ? -1 : 1)).slice(0, 2 * FEW);
    if (page.length < PAGE) break;
    after = page.at(-1)?.opportunity_id ?? null;
  }
  const { currency } = agreement.settings.company;
  const owners = await reader.ownerNames();
  const named = await dealNames(making, largest);
  const text = (value: string | null): DigestCell => ({ text: value ?? sayReport('unknown') });
  return {
    id: which,
    columns: [{ label: say(`${which}_deals`), numeric: false }, { label: say('closed_on'), numeric: false }, { label: say('owner'), numeric: false }, { label: sayReport('by_source'), numeric: false }, { label: sayReport('by_campaign'), numeric: false }, { label: sayReport(which === 'won' ? 'bookings' : 'losses'), numeric: true }],
    rows: largest.map((deal) => [
      dealCell(making, deal, named.get(deal.opportunity_id)),
      { text: deal.closed_at === null ? NOTHING.text : day(making, deal.closed_at) },
      { text: deal.owner === null ? say('no_owner') : (owners.get(deal.owner) ?? deal.owner) },
      text(deal.source),
      text(deal.campaign),
      { text: deal.amount === null ? NOTHING.text : `${(deal.amount / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency}` },
    ]),
  };
}

/** A deal by its name, linked to the CRM; without one by its id. Where the CRM's address is not known, the link leads to its person's page. */
function dealCell(making: Making, deal: DealFact, name: string | undefined): DigestCell {
  const url = making.recordUrl({ crm: 'salesforce', object: 'opportunity', id: deal.opportunity_id });
  return url === null ? personCell(making, deal.person_id, name ?? deal.opportunity_id) : { text: name ?? deal.opportunity_id, url };
}

/**
 * What the deals are called. Not those that name their person (a person account's does): a digest names nobody whom `forget` could not take out of it again.
 */
async function dealNames({ reader, agreement }: Making, deals: readonly DealFact[]): Promise<Map<string, string>> {
  const records = await reader.records(deals.map((deal) => ({ crm: 'salesforce', object: 'opportunity', id: deal.opportunity_id })));
  const names = new Map(records.flatMap(({ ref, opportunity }) => (opportunity === undefined || opportunity.name.trim() === '' ? [] : [[ref.id, opportunity.name] as const])));
  const people = await reader.recordsOfPeople([...new Set(deals.map((deal) => deal.person_id))]);
  for (const deal of deals) {
    const held = new Set(wordsIn(names.get(deal.opportunity_id) ?? ''));
    const lastNames = people.filter((record) => record.personId === deal.person_id).map((record) => wordsIn(lastNameOf(agreement, record)));
    if (lastNames.some((words) => words.length > 0 && words.every((word) => held.has(word)))) names.delete(deal.opportunity_id);
  }
  return names;
}

function lastNameOf(agreement: CompiledAgreement, { ref, fields }: MirrorRecord): string {
  const field = agreement.fieldById('last_name');
  const name = field === undefined ? null : ref.crm === 'hubspot' ? field.hubspot : ref.object === 'lead' || ref.object === 'contact' ? field[ref.object] : null;
  const value = name === null ? null : fields[name];
  return typeof value === 'string' ? value : '';
}

/** Without case and accents. */
function wordsIn(text: string): string[] {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}]+/u).filter((word) => word !== '');
}

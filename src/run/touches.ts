import { soughtTouches, type SoughtTouches } from '../core/decide/rules/touch';
import type { PersonState } from '../domain/person';
import type { EpochMs } from '../domain/record';
import type { Judged } from './people';
import type { Pass } from './parts';

/**
 * L5: records show the last touch, and a late run would take it for the first. Of those who wait for a first touch and show one, the CRMs' histories are asked for
 * the others since: HubSpot's of the properties that tell of touches (50 contacts a call), Salesforce's closed tasks (200 records a query, five queries a call).
 * Moments by person; who is absent has none that was not seen.
 */
export async function touchesBetween(pass: Pass, judged: readonly Judged[]): Promise<Map<string, EpochMs[]>> {
  const { terms, hubspot, salesforce } = pass.parts;
  const sought = new Map<string, SoughtTouches>();
  for (const { row, evidence } of judged) {
    const found = row.held !== null ? null : soughtTouches(terms.agreement, row.state as PersonState | null, evidence, row.salesforceId, pass.now);
    if (found !== null) sought.set(row.id, found);
  }
  const all = [...sought.values()];
  const contacts = all.flatMap((each) => each.contacts);
  const tasksOn = all.flatMap((each) => each.tasksOn);
  const fields = terms.agreement.settings.sla.touch.hubspot;
  const [histories, closed] = await Promise.all([
    contacts.length === 0 ? new Map<string, never>() : hubspot.histories('contact', contacts, fields),
    tasksOn.length === 0 ? [] : salesforce.closedTasks(tasksOn, Math.min(...all.map((each) => each.after))),
  ]);
  const tasks = new Map<string, EpochMs[]>();
  for (const { on, at } of closed) tasks.set(on.id, [...(tasks.get(on.id) ?? []), at]);
  const touches = new Map<string, EpochMs[]>();
  for (const [id, { contacts: mine, tasksOn: on }] of sought) {
    const shown = mine.flatMap((contact) => Object.values(histories.get(contact) ?? {}).flat()).map(({ value }) => (typeof value === 'string' ? Date.parse(value) : Number.NaN));
    const moments = [...shown, ...on.flatMap((record) => tasks.get(record) ?? [])].filter((at) => !Number.isNaN(at));
    if (moments.length > 0) touches.set(id, moments);
  }
  return touches;
}

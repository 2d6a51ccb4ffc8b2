import { soughtAnswers } from '../core/decide/rules/overwritten';
import { soughtTouches, type SoughtTouches } from '../core/decide/rules/touch';
import type { DecideInput, PastValues } from '../core/decide/context';
import type { PersonState } from '../domain/person';
import { refKey, type CrmName, type EpochMs, type FieldVersion, type MirrorRecord } from '../domain/record';
import { namer } from './actors';
import type { Judged } from './people';
import { port, type Pass } from './parts';

/** What happened between two readings, as far as a decision needs it. */
export type Meanwhile = Pick<DecideInput, 'touches' | 'ownedSince' | 'overwritten'>;

type Found = Map<string, Meanwhile>;

/**
 * L5: a record shows what stands on it now, and a late run would take the last touch for the first, and miss an answer that another one followed. Of those for whom it
 * matters the CRMs' histories are asked: HubSpot's 50 contacts a call, Salesforce's 200 records a query, five queries a call. By person; who is absent has
 * nothing that was not seen.
 */
export async function meanwhile(pass: Pass, judged: readonly Judged[]): Promise<Found> {
  const found: Found = new Map();
  const taken = judged.filter(({ row }) => row.held === null);
  const add = (id: string, more: Meanwhile): void => void found.set(id, { ...found.get(id), ...more });
  await Promise.all([touches(pass, taken, add), owners(pass, taken, add), answers(pass, taken, add)]);
  return found;
}

type Add = (personId: string, more: Meanwhile) => void;

/** S1: touches before the one that is seen, where somebody waits for one. */
async function touches(pass: Pass, judged: readonly Judged[], add: Add): Promise<void> {
  const { terms, hubspot, salesforce } = pass.parts;
  const sought = new Map<string, SoughtTouches>();
  for (const { row, evidence } of judged) {
    const found = soughtTouches(terms.agreement, row.state as PersonState | null, evidence, row.salesforceId, pass.now);
    if (found !== null) sought.set(row.id, found);
  }
  const all = [...sought.values()];
  const contacts = all.flatMap((each) => each.contacts);
  const tasksOn = all.flatMap((each) => each.tasksOn);
  const fields = terms.agreement.settings.sla.touch.hubspot;
  const [histories, closed] = await Promise.all([
    contacts.length === 0 ? new Map<string, Record<string, FieldVersion[]>>() : hubspot.histories('contact', contacts, fields),
    tasksOn.length === 0 ? [] : salesforce.closedTasks(tasksOn, Math.min(...all.map((each) => each.after))),
  ]);
  const tasks = new Map<string, EpochMs[]>();
  for (const { on, at } of closed) tasks.set(on.id, [...(tasks.get(on.id) ?? []), at]);
  for (const [id, { contacts: mine, tasksOn: on }] of sought) {
    const shown = mine.flatMap((contact) => Object.values(histories.get(contact) ?? {}).flat()).map(({ value }) => (typeof value === 'string' ? Date.parse(value) : Number.NaN));
    const moments = [...shown, ...on.flatMap((record) => tasks.get(record) ?? [])].filter((at) => !Number.isNaN(at));
    if (moments.length > 0) add(id, { touches: moments });
  }
}

/** Salesforce's name of the field in its histories. */
const OWNER = 'OwnerId';

/** S1: since when somebody else has the record, where the decision has just begun the new owner's clock. */
async function owners(pass: Pass, judged: readonly Judged[], add: Add): Promise<void> {
  const moved = judged.flatMap(({ row, decision }) => {
    const before = (row.state as PersonState | null)?.handoffs.at(-1);
    const now = decision.state.handoffs.at(-1);
    const { primary } = decision;
    return before === undefined || now?.ownerSince === undefined || now.cycle !== before.cycle || now.ownerSince === before.ownerSince || primary?.owner == null ? [] : [{ id: row.id, primary, owner: primary.owner.id }];
  });
  for (const object of ['lead', 'contact'] as const) {
    const mine = moved.filter(({ primary }) => primary.ref.object === object);
    if (mine.length === 0) continue;
    const histories = await pass.parts.salesforce.histories(object, mine.map(({ primary }) => primary.ref.id), [OWNER]);
    for (const { id, primary, owner } of mine) {
      const last = histories.get(primary.ref.id)?.[OWNER]?.[0];
      if (last?.value === owner) add(id, { ownedSince: last.at });
    }
  }
}

/** F1, F6: answers, and stages of sales, that came and went. */
async function answers(pass: Pass, judged: readonly Judged[], add: Add): Promise<void> {
  const sought = judged.flatMap(({ row, evidence }) => {
    const found = soughtAnswers(row.state as PersonState | null, evidence);
    return found === null ? [] : [{ id: row.id, ...found }];
  });
  const records = sought.flatMap((each) => each.records);
  const histories = new Map<string, Record<string, FieldVersion[]>>();
  for (const [crm, object] of [['hubspot', 'contact'], ['salesforce', 'lead'], ['salesforce', 'contact']] as const) {
    const ids = records.filter(({ ref }) => ref.crm === crm && ref.object === object).map(({ ref }) => ref.id);
    if (ids.length === 0) continue;
    for (const [id, fields] of await port(pass.parts, crm).histories(object, ids, [...pass.parts.fields.historic[crm]])) histories.set(refKey({ crm, object, id }), fields);
  }
  await named(pass, [...histories]);
  for (const { id, after, records: mine } of sought) {
    const overwritten = mine.flatMap((record) => pastOf(record, histories.get(refKey(record.ref)) ?? {}, after));
    if (overwritten.length > 0) add(id, { overwritten });
  }
}

function pastOf({ ref }: MirrorRecord, histories: Record<string, FieldVersion[]>, after: EpochMs): PastValues[] {
  return Object.entries(histories).flatMap(([field, newestFirst]) => {
    const versions = newestFirst.filter(({ at }) => at > after).reverse();
    return versions.length === 0 ? [] : [{ ref: refKey(ref), field, versions }];
  });
}

/** Who it was, by name (F2). */
async function named(pass: Pass, histories: [string, Record<string, FieldVersion[]>][]): Promise<void> {
  for (const crm of ['hubspot', 'salesforce'] satisfies CrmName[]) {
    const versions = histories.filter(([key]) => key.startsWith(`${crm}:`)).flatMap(([, fields]) => Object.values(fields).flat());
    const withName = await namer(port(pass.parts, crm), versions.map(({ by }) => by));
    for (const version of versions) if (version.by !== undefined) version.by = withName(version.by);
  }
}

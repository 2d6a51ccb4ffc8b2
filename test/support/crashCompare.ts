import type { RunningSandbox } from '../../src/sandbox/server';
import type { Store } from '../../src/store/port';

/*
 * The state of both CRMs and of Concord's memory, told so that two runs of the same story can be compared: records by e-mail instead of ids, without
 * what only says when or in which order a write came.
 */

/** Stamps of the writes themselves, and what the CRMs count and derive from them. */
const STAMPS = /^(Id|CreatedDate|LastModifiedDate|SystemModstamp|LastModifiedById|LastViewedDate|LastReferencedDate|hs_object_id|createdate|lastmodifieddate|hs_lastmodifieddate|hs_createdate|hs_date_entered_.*|hs_date_exited_.*|hs_time_in_.*|hs_time_between_.*|hs_v2_.*|hs_lifecyclestage_.*_date|days_to_close|hs_lead_status_.*|notes_last_updated|MasterRecordId)$/;

/** Due times of clocks that start when sales' record carries the handoff: a run that comes a minute later starts them a minute later (S1). */
const DUE = new Set(['concord_sla_due_at', 'Concord_SLA_Due_At__c']);

export interface WorldState {
  /** Record name to its fields. */
  records: Record<string, Record<string, unknown>>;
  /** Due times, compared with patience. */
  due: Record<string, number>;
  /** Live records that share an e-mail, or a HubSpot id, with another one of their kind. */
  doubles: string[];
  people: Record<string, unknown>;
}

/** Reads both CRMs by the back door, and the store. */
export async function worldState(sandbox: RunningSandbox, store: Store): Promise<WorldState> {
  const out: WorldState = { records: {}, due: {}, doubles: [], people: {} };
  const names = new Map<string, string>();
  const seen = new Map<string, number>();
  const { hubspot, salesforce } = sandbox;
  const contacts = [...hubspot.state.contacts()];
  for (const contact of contacts) names.set(contact.id, nameOf('hubspot', contact.properties['email'] ?? contact.id, seen));
  const rows = (['Lead', 'Contact', 'Opportunity'] as const).flatMap((type) => [...salesforce.state.records(type)].map((row) => ({ type, row })));
  rows.sort((a, b) => (String(a.row['Id']) < String(b.row['Id']) ? -1 : 1));
  for (const { type, row } of rows) names.set(String(row['Id']), nameOf(type.toLowerCase(), String(row['Email'] ?? row['Name']), seen));

  const take = (name: string, fields: Record<string, unknown>): void => {
    const kept: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(fields)) {
      if (value === null || value === undefined || value === '' || STAMPS.test(field)) continue;
      if (DUE.has(field)) out.due[`${name}.${field}`] = moment(value);
      else kept[field] = named(value, names);
    }
    out.records[name] = kept;
  };
  for (const contact of contacts) {
    const notes = notesOf(sandbox, contact.id);
    // A mark follows from ids that differ from run to run: equal ones are one note left twice.
    doubled(notes.map((note) => MARK.exec(note)?.[0]), `notes on ${names.get(contact.id) ?? ''} with mark`, out.doubles);
    take(names.get(contact.id) as string, { ...contact.properties, ...(notes.length === 0 ? {} : { notes: notes.map((note) => note.replace(MARK, '')).sort().join('\n') }) });
  }
  for (const { row } of rows) {
    const name = names.get(String(row['Id'])) as string;
    const tasks = salesforce.state.query(`SELECT Subject, Description FROM Task WHERE WhoId = '${String(row['Id'])}'`);
    doubled(tasks.map((task) => MARK.exec(String(task['Description']))?.[0]), `tasks on ${name} with mark`, out.doubles);
    take(name, { ...row, ...(tasks.length === 0 ? {} : { tasks: tasks.map((task) => String(task['Subject'])).sort().join('\n') }) });
  }

  doubled(contacts.map((contact) => contact.properties['email']), 'HubSpot contacts with e-mail', out.doubles);
  const live = (type: string): Record<string, unknown>[] => rows.filter((each) => each.type === type && each.row['IsDeleted'] !== true).map((each) => each.row);
  doubled(live('Lead').map((row) => row['Concord_HubSpot_Id__c']), 'leads of HubSpot contact', out.doubles);
  doubled(live('Contact').map((row) => row['Concord_HubSpot_Id__c']), 'Salesforce contacts of HubSpot contact', out.doubles);

  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<Store['pagePeople']>> = await store.pagePeople(after, 200);
    if (page.length === 0) break;
    after = page.at(-1)?.id ?? null;
    for (const row of page) {
      const transitions = (await store.transitions(row.id)).map((each) => `${each.cycle} ${each.from ?? ''}>${each.to} ${each.rule} ${new Date(each.at).toISOString()}${each.skipped ? ' skipped' : ''}`);
      const handoffs = (await store.handoffs(row.id)).map((each) => ({ cycle: each.cycle, rejectedAt: each.rejectedAt, reason: each.reason, note: each.note, by: each.rejectedBy, route: each.route, recycleOn: each.recycleOn, closedAs: each.closedAs, carried: each.carriedAt !== null, acceptedAt: each.acceptedAt }));
      const name = names.get(row.hubspotId ?? '') ?? names.get(row.salesforceId ?? '') ?? row.id;
      out.people[name] = { stage: row.stage, stageAt: row.stageAt, cycle: row.cycle, inScope: row.inScope, missing: row.missing, held: row.held, disagreement: row.disagreement, shownHubspot: row.shownHubspot, shownSalesforce: row.shownSalesforce, linked: [names.get(row.hubspotId ?? ''), names.get(row.salesforceId ?? '')], transitions, handoffs };
    }
  }
  return out;
}

const MARK = /\[concord [0-9a-f]+\]/;

/** What is told on a contact's timeline. */
function notesOf({ hubspot }: RunningSandbox, id: string): string[] {
  return hubspot.state.associated('contacts', id, 'notes').map((note) => hubspot.state.get('notes', note)?.properties['hs_note_body'] ?? '');
}

/** Records with one e-mail are told apart by their order. */
function nameOf(kind: string, key: string, seen: Map<string, number>): string {
  const name = `${kind} ${key}`;
  const count = (seen.get(name) ?? 0) + 1;
  seen.set(name, count);
  return count === 1 ? name : `${name} (${count})`;
}

/** Ids inside values, in links too, as the names of their records. */
function named(value: unknown, names: Map<string, string>): unknown {
  if (typeof value !== 'string') return value;
  const known = names.get(value);
  if (known !== undefined) return known;
  const linked = /\/([A-Za-z0-9]{18})\/view$/.exec(value)?.[1];
  return linked === undefined ? value : `link to ${names.get(linked) ?? linked}`;
}

function moment(value: unknown): number {
  const at = Number(value);
  return Number.isFinite(at) ? at : Date.parse(String(value));
}

function doubled(values: unknown[], what: string, into: string[]): void {
  const counts = new Map<unknown, number>();
  for (const value of values) if (value !== null && value !== undefined && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const [value, count] of counts) if (count > 1) into.push(`${count} ${what} ${String(value)}`);
}

/** Every difference in words; none: the same world. Due times may differ by `patienceMs`. */
export function differences(expected: WorldState, found: WorldState, patienceMs: number): string[] {
  const out: string[] = [...found.doubles.map((each) => `double: ${each}`)];
  compare('', expected.records, found.records, out);
  compare('person ', expected.people, found.people, out);
  for (const key of new Set([...Object.keys(expected.due), ...Object.keys(found.due)])) {
    const [a, b] = [expected.due[key], found.due[key]];
    if (a === undefined || b === undefined || Math.abs(a - b) > patienceMs) out.push(`${key}: expected ${a === undefined ? 'none' : new Date(a).toISOString()}, found ${b === undefined ? 'none' : new Date(b).toISOString()}`);
  }
  return out;
}

function compare(what: string, expected: Record<string, unknown>, found: Record<string, unknown>, out: string[]): void {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const [a, b] = [expected[name], found[name]];
    if (a === undefined || b === undefined) {
      out.push(`${what}${name}: ${a === undefined ? 'should not exist' : 'is missing'}`);
      continue;
    }
    const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
    for (const field of new Set([...Object.keys(x), ...Object.keys(y)])) {
      const [one, other] = [JSON.stringify(x[field]), JSON.stringify(y[field])];
      if (one !== other) out.push(`${what}${name}.${field}: expected ${one ?? 'nothing'}, found ${other ?? 'nothing'}`);
    }
  }
}

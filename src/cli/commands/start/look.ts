import { asCalled } from '../../../domain/person';
import type { MirrorRecord } from '../../../domain/record';
import { SHOWN, type OwnFieldId } from '../../../domain/ownFields';
import type { FieldChange, JournalEntry, PlannedWrite } from '../../../domain/write';
import type { PersonRow, StagedPerson, Store, TransitionRow } from '../../../store/port';
import type { Labels } from './labels';

/* What a run did or would do, in rows that people read. Everything comes from the plan, the journal and the store. */

/** Stamps and bookkeeping: true, and not what a reader looks for first. */
const QUIET: ReadonlySet<OwnFieldId> = new Set<OwnFieldId>(['stage_at', 'score', 'mql_at', 'sal_at', 'sql_at', 'opportunity_at', 'customer_at', 'mql_why', 'cycle', 'rejected_at', 'rejection_count', 'sla', 'sla_due_at', 'salesforce_url', 'hubspot_id']);

/** A person's place in a story: the ids that lead to them and the name they are called by. */
export interface Known {
  row: PersonRow;
  records: MirrorRecord[];
  name: string;
}

export async function findByEmail(store: Store, email: string): Promise<Known | null> {
  const [record] = await store.recordsByKeys([{ kind: 'email', value: email }]);
  return record?.personId == null ? null : ((await knownPeople(store, [record.personId]))[0] ?? null);
}

export async function knownPeople(store: Store, ids: string[]): Promise<Known[]> {
  const rows = await store.people(ids);
  const records = await store.recordsOfPeople(rows.map((row) => row.id));
  return rows.map((row) => {
    const mine = asCalled(records.filter((record) => record.personId === row.id), row);
    return { row, records: mine, name: nameIn(mine) ?? row.id };
  });
}

/** First and last name as one of the records has them; else its first e-mail. */
function nameIn(records: MirrorRecord[]): string | null {
  for (const record of records) {
    const [first, last] = record.ref.crm === 'hubspot' ? [record.fields['firstname'], record.fields['lastname']] : [record.fields['FirstName'], record.fields['LastName']];
    const name = [first, last].filter((part) => typeof part === 'string').join(' ');
    if (name !== '') return name;
  }
  return records.flatMap((record) => record.emails)[0] ?? null;
}

/** What a run wrote, by person, in the order of writing. For runs of a story: the whole journal of the run is in memory. */
export async function writesByPerson(store: Store, run: string): Promise<Map<string, JournalEntry[]>> {
  const found = new Map<string, JournalEntry[]>();
  let after: string | null = null;
  for (;;) {
    const page: JournalEntry[] = await store.journalOfRun(run, after, 500);
    if (page.length === 0) return found;
    after = page.at(-1)?.id ?? null;
    for (const entry of page) {
      if (entry.personId === null || entry.state !== 'done') continue;
      found.set(entry.personId, [...(found.get(entry.personId) ?? []), entry]);
    }
  }
}

export function placeOf(write: Pick<PlannedWrite | JournalEntry, 'crm' | 'object'>): string {
  return write.crm === 'hubspot' ? 'HubSpot contact' : `Salesforce ${write.object}`;
}

function isLoud(labels: Labels, write: Pick<PlannedWrite | JournalEntry, 'crm'>, change: FieldChange): boolean {
  const id = labels.own(write.crm, change.field);
  return id === null || !QUIET.has(id);
}

/** Rows for a table: where, field, change, why. Creates take one row; stamps and bookkeeping are counted in one; a place is named once. */
export function rowsOf(labels: Labels, entries: (JournalEntry | PlannedWrite)[], describeCreate: (entry: JournalEntry | PlannedWrite) => string): string[][] {
  const rows: string[][] = [];
  const quiet = new Map<string, number>();
  for (const entry of entries) {
    // Told in its own words: `toldOf`.
    if (entry.op === 'leave') continue;
    const where = placeOf(entry);
    if (entry.op === 'create') {
      const first = entry.changes.find((change) => labels.own(entry.crm, change.field) === 'stage') ?? entry.changes[0];
      rows.push([`new ${where}`, `${entry.changes.length} fields`, describeCreate(entry), first === undefined ? '' : why(first)]);
      continue;
    }
    for (const change of entry.changes) {
      // The first of the two steps of a stage that goes back: told with the second.
      if (change.rule === 'L8' && change.after === null) continue;
      if (!isLoud(labels, entry, change)) {
        quiet.set(where, (quiet.get(where) ?? 0) + 1);
        continue;
      }
      const cleared = entries.some((other) => other.crm === entry.crm && other.changes.some((one) => one.field === change.field && one.rule === 'L8' && one.after === null));
      rows.push([where, labels.field(entry.crm, entry.object as 'contact' | 'lead', change.field), movement(labels, entry, change), `${why(change)}${cleared ? ' (in two steps: cleared, then set; L8)' : ''}`]);
    }
  }
  for (const [where, count] of quiet) {
    const last = rows.findLastIndex((row) => row[0] === where);
    rows.splice(last + 1, 0, [where, `${count} more`, 'stamps, counters, links, clocks', '']);
  }
  return rows.map((row, at) => (at > 0 && rows[at - 1]?.[0] === row[0] ? ['', ...row.slice(1)] : row));
}

function movement(labels: Labels, write: Pick<PlannedWrite | JournalEntry, 'crm' | 'object'>, change: FieldChange): string {
  const of = (value: FieldChange['before']): string => labels.value(write.crm, write.object as 'contact' | 'lead', change.field, value);
  return `${of(change.before)} → ${of(change.after)}`;
}

export function why(change: FieldChange): string {
  return `${change.rule}: ${change.because}`;
}

/** What a run told of a person, as paragraphs: where it was left, then its words. */
export async function toldOf(store: Store, personId: string, run: string): Promise<string[]> {
  const rows = (await store.postsOfPerson(personId, 100)).filter((row) => row.run === run && row.state === 'sent');
  const place = { hubspot_note: 'a note on the timeline of the HubSpot contact', salesforce_task: 'a task in Salesforce', slack: 'a message in Slack', email: 'an e-mail' };
  return rows.flatMap((row) => (row.text === null ? [] : [`told in ${place[row.channel]}:`, ...[row.text.title, ...row.text.lines].map((line) => `  | ${line}`)]));
}

/** How a person's stage moved in a run. */
export async function movesOf(store: Store, personId: string, run: string): Promise<TransitionRow[]> {
  return (await store.transitions(personId)).filter((each) => each.run === run && !each.skipped);
}

/** What the plan of a first run comes to, and a few people whose part of it says something. */
export interface PlanShape {
  people: number;
  creates: { hubspot: number; salesforce: number };
  updates: { hubspot: number; salesforce: number };
  /** Field changes: Concord's own fields, the fields that show the stage, the people's own data. */
  own: { hubspot: number; salesforce: number };
  shown: { hubspot: number; salesforce: number };
  plain: { hubspot: number; salesforce: number };
  examples: { title: string; staged: StagedPerson; write: PlannedWrite }[];
}

interface Sample {
  title: string;
  fits: (write: PlannedWrite, change: FieldChange) => boolean;
}

const SAMPLES: Sample[] = [
  { title: 'the CRMs disagree: the furthest stage stands', fits: (write, change) => write.op === 'update' && change.field === SHOWN.lifecycle && change.rule === 'L13' && change.before !== null },
  { title: 'one CRM has a “no”: the other learns of it', fits: (write, change) => write.op === 'update' && change.rule === 'F1' },
  { title: 'an MQL without a lead: sales gets one', fits: (write) => write.op === 'create' && write.crm === 'salesforce' },
  { title: 'a lead marketing has never seen', fits: (write) => write.op === 'create' && write.crm === 'hubspot' },
  { title: 'the same field, two values', fits: (_write, change) => change.overwrites === true },
];

/** Goes through a staged plan once. */
export async function shapeOf(store: Store, run: string, labels: Labels): Promise<PlanShape> {
  const none = (): { hubspot: number; salesforce: number } => ({ hubspot: 0, salesforce: 0 });
  const shape: PlanShape = { people: 0, creates: none(), updates: none(), own: none(), shown: none(), plain: none(), examples: [] };
  const shows = new Set<string>(Object.values(SHOWN));
  let after = 0;
  for (;;) {
    const page: StagedPerson[] = await store.pagePlan(run, after, 200);
    if (page.length === 0) break;
    after = page.at(-1)?.seq ?? after;
    for (const staged of page) {
      if (staged.writes.length > 0) shape.people += 1;
      for (const write of staged.writes) {
        (write.op === 'create' ? shape.creates : shape.updates)[write.crm] += 1;
        for (const change of write.changes) {
          const kind = labels.own(write.crm, change.field) !== null ? 'own' : shows.has(change.field) ? 'shown' : 'plain';
          shape[kind][write.crm] += 1;
          const sample = SAMPLES.find((each) => each.fits(write, change) && !shape.examples.some((one) => one.title === each.title || one.staged.person.id === staged.person.id));
          if (sample !== undefined) shape.examples.push({ title: sample.title, staged, write });
        }
      }
    }
  }
  return shape;
}

/** A sample in a row: what it shows and for whom, what changes, why. */
export function sampleRow(example: PlanShape['examples'][number], name: string, labels: Labels): string[] {
  const { title, write } = example;
  const sample = SAMPLES.find((each) => each.title === title);
  const change = write.changes.find((each) => sample?.fits(write, each) === true) ?? write.changes[0];
  const shows = `${title} (${name})`;
  if (change === undefined) return [shows, placeOf(write), ''];
  if (write.op === 'create') {
    const stage = write.changes.find((each) => labels.own(write.crm, each.field) === 'stage') ?? change;
    return [shows, `new ${placeOf(write)}, ${write.changes.length} fields`, why(stage)];
  }
  return [shows, `${placeOf(write)}, ${labels.field(write.crm, write.object, change.field)}: ${movement(labels, write, change)}`, why(change)];
}

import type { SetupStep } from '../../../crm/port';
import { STAGES } from '../../../domain/stage';
import { CRM_NAMES, type CrmName } from '../../../domain/record';
import type { JournalEntry, PlannedWrite } from '../../../domain/write';
import { run, type RunSummary } from '../../../run/run';
import type { Parts } from '../../../run/parts';
import { applySetup, setupSteps } from '../setup';
import { readDashboards } from './dashboards';
import { findingsOf } from './findings';
import { readLabels, type Labels } from './labels';
import { findByEmail, knownPeople, movesOf, rowsOf, sampleRow, shapeOf, toldOf, writesByPerson } from './look';
import type { SampleAct, SampleWorld } from './sample';
import type { Teller } from './teller';

export interface StoryParts {
  parts: Parts;
  world: SampleWorld;
  teller: Teller;
}

export interface StoryResult {
  /** `told`: from adoption on. `continued`: an interrupted story told to its end. `kept`: the world was as it had been left. */
  story: 'told' | 'continued' | 'kept';
  setup: Record<CrmName, number>;
  runs: RunSummary[];
}

/** Tells what Concord does on the sandbox CRMs by doing it. What is printed of a run is read from its plan, its journal and the store. */
export async function tellStory(given: StoryParts): Promise<StoryResult> {
  const { parts, world, teller } = given;
  const adopted = (await parts.store.meta('adopted')) !== null;
  const result: StoryResult = { story: adopted ? 'kept' : 'told', setup: { hubspot: 0, salesforce: 0 }, runs: [] };
  if (!adopted) {
    await dashboards(given);
    await setUp(given, result);
    await adopt(given, await readLabels(parts), result);
  } else {
    teller.heading('The sandbox as it was left');
    teller.say('Both CRMs and Concord’s memory of them were kept. The people of the sample world act once only; npm start -- --fresh begins again.');
    await setUp(given, result);
  }
  const labels = await readLabels(parts);
  const open = (phase: number): SampleAct[] => (world.acts.some((act) => act.phase === 2 && act.isDone()) ? [] : world.acts.filter((act) => act.phase === phase && !act.isDone()));
  if (open(1).length + open(2).length > 0) {
    if (adopted) result.story = 'continued';
    teller.heading('4. People work in their own CRMs');
    teller.say('Nobody of them opens Concord. Here is what they do, and what the next run makes of it.');
    for (const phase of [1, 2]) if (open(phase).length > 0) await act(given, labels, open(phase), result);
  }
  await quietRun(given, labels, result, adopted);
  await whereItStands(given);
  return result;
}

async function dashboards({ parts, teller, world }: StoryParts): Promise<void> {
  const { agreement } = parts.terms;
  teller.heading('1. Two dashboards, two truths');
  teller.say(
    `${world.seeded ? 'This is a small company’s HubSpot and Salesforce, made up for trying: two local servers that behave like the real ones.' : 'The two local CRMs hold the people that were put there before.'} No account is needed and nothing leaves this machine.`,
  );
  const seen = await readDashboards(parts);
  const { records } = seen;
  teller.say(`HubSpot has ${records.contacts} contacts. Salesforce has ${records.leads} leads (converted ones included), ${records.salesforceContacts} contacts and ${records.opportunities} opportunities. Each CRM, asked for the stages:`);
  teller.table(
    ['stage', 'HubSpot says', 'Salesforce says'],
    [...seen.stages.map((row) => [agreement.stageLabel(row.stage), row.hubspot, row.salesforce]), ['(says nothing the agreement knows)', seen.unknown.hubspot, seen.unknown.salesforce]],
  );
  teller.say(`${seen.inBoth} people are in both CRMs. On ${seen.differ.length} of them the two do not say the same, for example:`);
  const say = (stage: (typeof seen.differ)[number]['hubspot']): string => (stage === null ? 'nothing' : agreement.stageLabel(stage));
  teller.table(['who', 'HubSpot says', 'Salesforce says'], seen.differ.slice(0, 5).map((each) => [each.name, say(each.hubspot), say(each.salesforce)]));
}

async function setUp({ parts, teller, world }: StoryParts, result: StoryResult): Promise<void> {
  const before = await setupSteps(parts);
  const isOpen = (step: SetupStep): boolean => step.state === 'missing' || step.state === 'differs';
  if (!before.hubspot.some(isOpen) && !before.salesforce.some(isOpen)) return;
  teller.heading('2. Setting both CRMs up for the agreement');
  teller.say('The agreement is one file that both teams sign: config/agreement.yaml. It names the stages, what makes an MQL, the reasons for a “no”, and the deadlines. Both CRMs get the fields for it; nothing of theirs is changed or removed.');
  const made: { crm: CrmName; kind: string; what: string }[] = [];
  await applySetup(parts, (crm, step) => {
    result.setup[crm] += 1;
    made.push({ crm, kind: kindOf(step), what: step.what });
  });
  const kinds = [...new Set(made.map((each) => `${each.crm} ${each.kind}`))];
  teller.table(
    ['CRM', 'made', 'how many', 'for example'],
    kinds.map((key) => {
      const mine = made.filter((each) => `${each.crm} ${each.kind}` === key);
      return [mine[0] === undefined ? '' : CRM_NAMES[mine[0].crm], mine[0]?.kind ?? '', mine.length, mine[0]?.what ?? ''];
    }),
  );
  const byHand = [...before.hubspot, ...before.salesforce].filter((step) => step.state === 'by_hand');
  if (byHand.length === 0) return;
  world.adminsPart();
  teller.say(`No API does everything: ${byHand.length} steps are left to a Salesforce admin (concord setup --plan lists them). In the sandbox they are done now.`);
}

function kindOf(step: SetupStep): string {
  const [first = '', second = ''] = step.id.split(':');
  const kind = first === 'hubspot' ? second : first;
  return { property: 'contact property', group: 'property group', field: 'field', value_set: 'global value set', permission_set: 'permission set', assignment: 'assignment', custom_permission: 'custom permission', validation_rule: 'validation rule', list_view: 'list view', quick_action: 'quick action', path: 'path guidance', conversion: 'conversion mapping' }[kind] ?? kind;
}

async function adopt(given: StoryParts, labels: Labels, result: StoryResult): Promise<void> {
  const { parts, teller, world } = given;
  teller.heading('3. The first run adopts what is there');
  teller.say('Nothing moves backward: the furthest stage that either CRM shows is where a person starts, and a “no” from sales outranks marketing’s stage (L7). On real accounts the first run stops here, shows its plan and waits for a yes.');
  const dry = await run(parts, { mode: 'dry-run' });
  result.runs.push(dry);
  const shape = await shapeOf(parts.store, dry.run, labels);
  teller.say(`The plan, ${shape.people} people of ${dry.people.seen}:`);
  teller.table(
    ['planned', 'HubSpot', 'Salesforce'],
    [
      ['records to create', shape.creates.hubspot, shape.creates.salesforce],
      ['records to update', shape.updates.hubspot, shape.updates.salesforce],
      ['  in Concord’s own fields', shape.own.hubspot, shape.own.salesforce],
      ['  in lifecycle stage and lead status', shape.shown.hubspot, shape.shown.salesforce],
      ['  in people’s own data (name, phone, country …)', shape.plain.hubspot, shape.plain.salesforce],
      ['opt-outs to carry over, before anything else (F7)', dry.consent.planned, ''],
    ],
  );
  if (shape.examples.length > 0) {
    teller.say('Some of it, and why. The letters name the rule.');
    const names = new Map((await knownPeople(parts.store, shape.examples.map((example) => example.staged.person.id))).map((known) => [known.row.id, known.name]));
    teller.table(['what, and for whom', 'change', 'why'], shape.examples.map((example) => sampleRow(example, names.get(example.staged.person.id) ?? example.staged.person.id, labels)));
  }
  await world.pass(5);
  const first = await run(parts, { mode: 'apply', allowLargeChange: true });
  result.runs.push(first);
  const again = first.writes.hubspot.done + first.writes.salesforce.done - dry.writes.hubspot.planned - dry.writes.salesforce.planned;
  teller.say(`Applied: ${written(first)}${again > 0 && first.people.created > 0 ? ` (${again} of them a second time: a new record is completed, and the other CRM told of it, once it is there)` : ''}. Both CRMs, asked again for the agreed stage:`);
  await parityTable(given);
  await findings(given, 2, dry.people.skipped);
}

/** People act, time passes, a run goes, and each act's consequences are read from that run. */
async function act(given: StoryParts, labels: Labels, acts: SampleAct[], result: StoryResult): Promise<void> {
  const { parts, teller, world } = given;
  await world.pass(3);
  for (const each of acts) {
    each.act();
    await world.pass(1);
  }
  await world.pass(4);
  const summary = await run(parts, { mode: 'apply' });
  result.runs.push(summary);
  const writes = await writesByPerson(parts.store, summary.run);
  teller.say(`\nRun ${summary.run}: ${written(summary)}.`);
  for (const each of acts) await consequence(given, labels, each, summary.run, writes);
  const told = new Set<string>();
  for (const each of acts) {
    const known = await findByEmail(parts.store, each.email);
    if (known !== null) told.add(known.row.id);
  }
  await others(given, labels, new Map([...writes].filter(([id]) => !told.has(id))));
}

async function consequence({ parts, teller, world }: StoryParts, labels: Labels, each: SampleAct, runId: string, writes: Map<string, JournalEntry[]>): Promise<void> {
  const { store, terms } = parts;
  teller.say(`\n  ${each.actor} ${each.crm === 'hubspot' ? '(in HubSpot)' : '(in Salesforce)'}`);
  teller.say(`  ${each.does}.`);
  const known = await findByEmail(store, each.email);
  if (known === null) return;
  const notes: string[] = [];
  for (const move of await movesOf(store, known.row.id, runId)) {
    notes.push(`stage: ${move.from === null ? 'none' : terms.agreement.stageLabel(move.from as never)} → ${terms.agreement.stageLabel(move.to as never)} (${move.rule}: ${move.because})`);
  }
  const { missing, duplicates } = { missing: known.row.missing, duplicates: (known.row.notes as { duplicates?: string[] } | null)?.duplicates };
  if (missing !== null) notes.push(`held back, not handed over (L6): ${missing.split(';').map((id) => terms.agreement.fieldById(id)?.settings.label?.[terms.agreement.language] ?? id).join(', ')} missing; marketing sees it on the contact`);
  if (duplicates !== undefined) notes.push(`reported as a duplicate (I4): ${duplicates.join(', ')}; the pinned ${known.row.salesforceObject ?? 'record'} ${known.row.salesforceId ?? ''} goes on being the one that is written`);
  const mine = writes.get(known.row.id) ?? [];
  if (mine.length === 0) notes.push('nothing to write: neither CRM’s record has to change');
  for (const note of notes) teller.say(`  ${note}`);
  teller.table(
    ['where', 'field', 'change', 'why'],
    rowsOf(labels, mine, (entry) => describeCreate(world, entry, ownerOf(known.records, entry))),
  );
  for (const line of await toldOf(store, known.row.id, runId)) teller.say(`  ${line}`);
}

function ownerOf(records: { ref: { crm: string; id: string }; owner?: { id: string } | null }[], entry: JournalEntry | PlannedWrite): string | null {
  const id = 'ref' in entry ? entry.ref?.id : undefined;
  return records.find((record) => record.ref.crm === entry.crm && record.ref.id === id)?.owner?.id ?? null;
}

function describeCreate(world: SampleWorld, entry: JournalEntry | PlannedWrite, owner: string | null): string {
  const status = entry.changes.find((change) => change.field === 'Status')?.after;
  const id = 'ref' in entry ? (entry.ref?.id ?? '') : '';
  return [`created ${id}`, ...(typeof status === 'string' ? [`status ${status}`] : []), ...(owner !== null && entry.crm === 'salesforce' ? [`owner ${world.ownerName(owner)}`] : [])].join(', ');
}

/** What a run wrote beside what the story is about: the clock alone changes things too. */
async function others({ parts, teller, world }: StoryParts, labels: Labels, writes: Map<string, JournalEntry[]>): Promise<void> {
  if (writes.size === 0) return;
  const people = await knownPeople(parts.store, [...writes.keys()].slice(0, 10));
  teller.say(`\n  ${writes.size === 1 ? 'One more person changed' : `${writes.size} more people changed`}:`);
  for (const { row, name, records } of people) {
    teller.say(`  ${name}`);
    teller.table(['where', 'field', 'change', 'why'], rowsOf(labels, writes.get(row.id) ?? [], (entry) => describeCreate(world, entry, ownerOf(records, entry))));
  }
}

/** A run over an unedited world writes nothing (W2). */
async function quietRun(given: StoryParts, labels: Labels, result: StoryResult, kept: boolean): Promise<void> {
  const { parts, teller, world } = given;
  world.catchUp();
  await world.pass(1);
  if (!kept || result.story === 'continued') teller.heading('5. Once more, and nothing to do');
  const summary = await run(parts, { mode: 'apply' });
  result.runs.push(summary);
  const { hubspot, salesforce } = summary.writes;
  if (hubspot.planned + salesforce.planned === 0) {
    teller.say(`Nobody has edited anything since: run ${summary.run} wrote nothing (W2). It cost ${summary.api_calls.hubspot} HubSpot and ${summary.api_calls.salesforce} Salesforce calls.`);
    return;
  }
  teller.say(`Run ${summary.run}: ${written(summary)}.`);
  await others(given, labels, await writesByPerson(parts.store, summary.run));
}

async function whereItStands(given: StoryParts): Promise<void> {
  const { teller, parts } = given;
  teller.heading('Where it stands');
  await parityTable(given);
  const rows = await parts.store.parity();
  const disagree = rows.reduce((sum, row) => sum + row.disagree, 0);
  teller.say(disagree === 0 ? 'Both CRMs agree on everybody.' : `${disagree === 1 ? 'One person is' : `${disagree} people are`} named with a reason by: concord report parity (W11).`);
}

async function parityTable({ parts, teller }: StoryParts): Promise<void> {
  const { agreement } = parts.terms;
  const rows = (await parts.store.parity()).filter((row) => row.people > 0).sort((a, b) => STAGES.indexOf(a.stage as never) - STAGES.indexOf(b.stage as never));
  teller.table(
    ['agreed stage', 'people', 'HubSpot shows', 'Salesforce shows'],
    rows.map((row) => [agreement.stageLabel(row.stage as never), row.people, row.hubspot, row.salesforce === 0 && row.people > 0 ? 'not there yet' : row.salesforce]),
  );
}

async function findings({ parts, teller }: StoryParts, limit: number, skipped: number): Promise<void> {
  const { list, counts } = await findingsOf(parts.store, parts.terms.agreement, limit);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) return;
  teller.say(`${total} things no run may decide. They wait for a person and are named, never guessed:`);
  teller.table(['who', 'what', 'what to do'], list.map((each) => [each.who, each.what, each.toDo]));
  if (total > list.length) teller.say(`… and ${total - list.length} more of the same kinds.`);
  if (skipped > 0) teller.say(`${skipped} records have neither an e-mail nor an id of the other CRM: counted and skipped, never matched by name (I6).`);
}

function written(summary: RunSummary): string {
  const { hubspot, salesforce } = summary.writes;
  return `${hubspot.done} HubSpot and ${salesforce.done} Salesforce records written${hubspot.failed + salesforce.failed > 0 ? `, ${hubspot.failed + salesforce.failed} refused` : ''}${summary.consent.done > 0 ? `, ${summary.consent.done} opt-outs carried over` : ''}, ${summary.api_calls.hubspot} + ${summary.api_calls.salesforce} API calls`;
}

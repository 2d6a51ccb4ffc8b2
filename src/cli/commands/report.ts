import { stringify } from 'csv-stringify/sync';
import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { refKey, type CrmName, type RecordRef } from '../../domain/record';
import { isStageId, STAGES } from '../../domain/stage';
import type { PersonRow, Store } from '../../store/port';
import { now } from '../../wire';
import { jsonWithList, plain, say, table, write } from '../print';
import { withStore, type CommonOptions } from '../session';

interface ReportOptions extends CommonOptions {
  format?: 'table' | 'json' | 'csv' | 'md';
}

const DEFINITION = 'People in scope by their agreed stage, against the stage that each CRM’s record of them shows. A person agrees when every record they have shows the agreed stage.';

/** How many people the terminal and Markdown name; JSON and CSV have them all. */
const SHOWN = 500;

/** W11: `report parity`: both CRMs counted by stage from the mirror, and every person on whom they do not agree, with a reason. */
export async function report(options: ReportOptions, name: string): Promise<ExitCode> {
  if (name !== 'parity') throw new ConcordError({ code: 'unknown_report', message: `there is no report ${name}`, where: name, remedy: 'This version has: parity.', exit: EXIT.usage });
  return withStore(options, async ({ store, agreement, timeZone }) => {
    const format = options.json === true ? 'json' : (options.format ?? 'table');
    const rows = (await store.parity()).sort((a, b) => STAGES.indexOf(a.stage as never) - STAGES.indexOf(b.stage as never));
    const asOf = new Date(now());
    if (format === 'json') {
      await jsonWithList({ report: 'parity', definition: DEFINITION, as_of: asOf.toISOString(), stages: rows }, 'disagreements', documents(store));
      return EXIT.done;
    }
    if (format === 'csv') {
      await write(stringify([NAMED]));
      for await (const row of disagreements(store)) await write(stringify([cellsOf(row)], { escape_formulas: true }));
      return EXIT.done;
    }
    const named: string[][] = [];
    let more = 0;
    for await (const row of disagreements(store)) {
      if (named.length < SHOWN) named.push(cellsOf(row));
      else more += 1;
    }
    const head = ['stage', 'people', 'hubspot shows', 'salesforce shows', 'disagree'];
    const body = rows.map((row) => [isStageId(row.stage) ? agreement.stageLabel(row.stage) : '(no stage yet)', row.people, row.hubspot, row.salesforce, row.disagree]);
    const draw = format === 'md' ? markdown : table;
    draw(head, body);
    if (named.length === 0) say('Both CRMs agree on everybody.');
    else {
      if (format === 'md') say();
      draw(NAMED, named);
    }
    if (more > 0) say(`… and ${more} more people (--format csv or json names all)`);
    if (format === 'md') say();
    say(`${DEFINITION} As of ${new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(asOf)} (${timeZone}).`);
    return EXIT.done;
  });
}

const NAMED = ['person', 'hubspot', 'salesforce', 'agreed', 'hubspot shows', 'salesforce shows', 'reason'];

interface Named {
  row: PersonRow;
  /** Of a held person: the records among which RevOps picks (I8). */
  candidates: RecordRef[];
}

async function* disagreements(store: Store): AsyncGenerator<Named> {
  let after: string | null = null;
  for (;;) {
    const page: PersonRow[] = await store.disagreements(after, 500);
    if (page.length === 0) return;
    const held = page.filter((row) => row.held !== null).map((row) => row.id);
    const records = held.length === 0 ? [] : await store.recordsOfPeople(held);
    for (const row of page) yield { row, candidates: records.filter((record) => record.personId === row.id && record.gone === undefined).map((record) => record.ref) };
    after = page.at(-1)?.id ?? null;
  }
}

function cellsOf({ row, candidates }: Named): string[] {
  const idsIn = (crm: CrmName, chosen: string | null): string => chosen ?? candidates.filter((ref) => ref.crm === crm).map((ref) => ref.id).join(' or ');
  return [row.id, idsIn('hubspot', row.hubspotId), idsIn('salesforce', row.salesforceId), row.stage ?? '', row.shownHubspot ?? '', row.shownSalesforce ?? '', row.disagreement ?? ''];
}

async function* documents(store: Store): AsyncGenerator<unknown> {
  for await (const { row, candidates } of disagreements(store)) {
    yield { person: row.id, hubspot: row.hubspotId, salesforce: row.salesforceId, stage: row.stage, hubspot_shows: row.shownHubspot, salesforce_shows: row.shownSalesforce, reason: row.disagreement, candidates: candidates.map(refKey) };
  }
}

function markdown(head: string[], rows: (string | number)[][]): void {
  const line = (cells: (string | number)[]): string => `| ${cells.map((cell) => plain(String(cell)).replaceAll('\n', ' ').replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
  say([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}

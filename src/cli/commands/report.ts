import { stringify } from 'csv-stringify/sync';
import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import type { CrmName } from '../../domain/record';
import { isStageId, STAGES } from '../../domain/stage';
import type { BehindRow } from '../../domain/report';
import { behindCells, behindDocument, BEHIND_COLUMNS } from '../../report/behind';
import { aboutLines, bodyOf, csvLines, csvOf, documentOf, footnotes, heads, htmlOf, markdownOf } from '../../report/formats';
import { definitionOf, figureOf, peopleBehind, type ReportRequest } from '../../report/make';
import type { Report } from '../../report/model';
import { disagreeing, disagreementDocument, PARITY_DEFINITION, type Disagreeing } from '../../run/disagreements';
import { reportOf } from '../../run/reports';
import type { Store } from '../../store/port';
import { now } from '../../wire';
import { colors, json, jsonWithList, moment, plain, say, table, write } from '../print';
import { withStore, type CommonOptions } from '../session';

interface ReportOptions extends CommonOptions {
  format?: 'table' | 'json' | 'csv' | 'html' | 'md';
  from?: string;
  to?: string;
  by?: string;
  source?: string;
  campaign?: string;
  owner?: string;
  segment?: string;
  people?: string;
}

type Format = NonNullable<ReportOptions['format']>;

/** How many people the terminal and Markdown name; JSON and CSV have them all. */
const SHOWN = 500;

/** `concord report NAME`: every report in every format, or the people behind one of its figures. */
export async function report(options: ReportOptions, name: string): Promise<ExitCode> {
  const format = options.json === true ? 'json' : (options.format ?? 'table');
  // Everybody on whom they disagree, with the reason, unless a figure's people or a page are asked for.
  if (name === 'parity' && options.people === undefined && format !== 'html') return parity(options);
  definitionOf(name);
  return withStore(options, async ({ store, agreement, timeZone }) => {
    const made = await reportOf(store, agreement, now(), name, requestOf(options));
    if (options.people !== undefined) await people(store, made, options.people, format, timeZone);
    else await printReport(made, format);
    return EXIT.done;
  });
}

function requestOf({ from, to, by, source, campaign, owner, segment }: ReportOptions): ReportRequest {
  const filters = Object.fromEntries(Object.entries({ source, campaign, owner, segment }).filter(([, value]) => value !== undefined));
  return { from, to, by, filters };
}

async function printReport(made: Report, format: Format): Promise<void> {
  if (format === 'json') return json(documentOf(made));
  if (format === 'csv') return write(csvOf(made));
  if (format === 'html') return write(htmlOf(made));
  if (format === 'md') return write(markdownOf(made));
  say(colors.bold(made.title));
  for (const line of aboutLines(made)) say(line);
  for (const section of made.sections) {
    say();
    say(colors.bold(section.title));
    table(heads(made, section), bodyOf(section), { compact: true });
    for (const note of footnotes(made, section)) say(plain(note));
    say(colors.dim(section.definition));
  }
}

/** The people behind a figure, streamed: they may be everybody. */
async function people(store: Store, made: Report, id: string, format: Format, timeZone: string): Promise<void> {
  const cell = figureOf(made, id);
  if (format === 'html') throw new ConcordError({ code: 'bad_usage', message: 'people are listed as table, json, csv or md', where: '--format', remedy: 'Choose one of these.', exit: EXIT.usage });
  const cells = (row: BehindRow): (string | number)[] => behindCells(row, (at) => moment(at, timeZone));
  if (format === 'json') {
    const rows = (async function* () {
      for await (const page of peopleBehind(store, cell)) for (const row of page) yield behindDocument(row);
    })();
    return jsonWithList({ report: made.report, figure: id, value: cell.value, as_of: new Date(made.asOf).toISOString(), period: made.period }, 'people', rows);
  }
  if (format === 'csv') {
    await write(csvLines([BEHIND_COLUMNS]));
    for await (const page of peopleBehind(store, cell)) await write(csvLines(page.map(cells)));
    return;
  }
  const rows: (string | number)[][] = [];
  let more = 0;
  for await (const page of peopleBehind(store, cell)) {
    const room = SHOWN - rows.length;
    rows.push(...page.slice(0, room).map(cells));
    more += Math.max(0, page.length - room);
  }
  if (rows.length === 0) say('Nobody.');
  else (format === 'md' ? markdown : table)(BEHIND_COLUMNS, rows);
  if (more > 0) say(`… and ${more} more (--format csv or json names all)`);
}

/** W11: `report parity`: both CRMs counted by stage from the mirror, and every person on whom they do not agree, with a reason. */
async function parity(options: ReportOptions): Promise<ExitCode> {
  for (const name of ['from', 'to', 'by', 'source', 'campaign', 'owner', 'segment'] as const)
    if (options[name] !== undefined) throw new ConcordError({ code: 'bad_usage', message: `the report parity is about now and everybody: it takes no --${name}`, where: `--${name}`, remedy: 'Leave it away.', exit: EXIT.usage });
  return withStore(options, async ({ store, agreement, timeZone }) => {
    const format = options.json === true ? 'json' : (options.format ?? 'table');
    const rows = (await store.parity()).sort((a, b) => STAGES.indexOf(a.stage as never) - STAGES.indexOf(b.stage as never));
    const asOf = new Date(now());
    if (format === 'json') {
      await jsonWithList({ report: 'parity', definition: PARITY_DEFINITION, as_of: asOf.toISOString(), stages: rows }, 'disagreements', documents(store));
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
    say(`${PARITY_DEFINITION} As of ${new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(asOf)} (${timeZone}).`);
    return EXIT.done;
  });
}

const NAMED = ['person', 'hubspot', 'salesforce', 'agreed', 'hubspot shows', 'salesforce shows', 'reason'];

async function* disagreements(store: Store): AsyncGenerator<Disagreeing> {
  for (let after: string | null = null; ; ) {
    const page: Disagreeing[] = await disagreeing(store, after, 500);
    yield* page;
    if (page.length === 0) return;
    after = page.at(-1)?.row.id ?? null;
  }
}

function cellsOf({ row, candidates }: Disagreeing): string[] {
  const idsIn = (crm: CrmName, chosen: string | null): string => chosen ?? candidates.filter((ref) => ref.crm === crm).map((ref) => ref.id).join(' or ');
  return [row.id, idsIn('hubspot', row.hubspotId), idsIn('salesforce', row.salesforceId), row.stage ?? '', row.shownHubspot ?? '', row.shownSalesforce ?? '', row.disagreement ?? ''];
}

async function* documents(store: Store): AsyncGenerator<unknown> {
  for await (const each of disagreements(store)) yield disagreementDocument(each);
}

function markdown(head: string[], rows: (string | number)[][]): void {
  const line = (cells: (string | number)[]): string => `| ${cells.map((cell) => plain(String(cell)).replaceAll('\n', ' ').replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
  say([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}

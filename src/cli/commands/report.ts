import { stringify } from 'csv-stringify/sync';
import { ConcordError, EXIT, type ExitCode } from '../../domain/problem';
import { STAGES } from '../../domain/stage';
import type { PersonRow } from '../../store/port';
import { now } from '../../wire';
import { json, say, table } from '../print';
import { withStore, type CommonOptions } from '../session';

interface ReportOptions extends CommonOptions {
  format?: 'table' | 'json' | 'csv' | 'md';
}

const DEFINITION = 'People in scope by their agreed stage, against the stage that each CRM’s record of them shows. A person agrees when every record they have shows the agreed stage.';

/** W11: `report parity`: both CRMs counted by stage from the mirror, and every person on whom they do not agree, with a reason. */
export async function report(options: ReportOptions, name: string): Promise<ExitCode> {
  if (name !== 'parity') throw new ConcordError({ code: 'unknown_report', message: `there is no report ${name}`, where: name, remedy: 'This version has: parity.', exit: EXIT.usage });
  return withStore(options, async ({ store, agreement }) => {
    const format = options.json === true ? 'json' : (options.format ?? 'table');
    const rows = (await store.parity()).sort((a, b) => STAGES.indexOf(a.stage as never) - STAGES.indexOf(b.stage as never));
    const people: PersonRow[] = [];
    let after: string | null = null;
    for (;;) {
      const page: PersonRow[] = await store.disagreements(after, 500);
      if (page.length === 0) break;
      people.push(...page);
      after = page.at(-1)?.id ?? null;
      // Terminal and Markdown show the first; JSON and CSV have them all.
      if ((format === 'table' || format === 'md') && people.length >= 500) break;
    }
    const head = ['stage', 'people', 'hubspot shows', 'salesforce shows', 'disagree'];
    const body = rows.map((row) => [row.stage, row.people, row.hubspot, row.salesforce, row.disagree]);
    const named = people.map((row) => [row.id, row.hubspotId ?? '', row.salesforceId ?? '', row.stage ?? '', row.shownHubspot ?? '', row.shownSalesforce ?? '', row.disagreement ?? '']);
    const namedHead = ['person', 'hubspot', 'salesforce', 'agreed', 'hubspot shows', 'salesforce shows', 'reason'];
    switch (format) {
      case 'json':
        json({ report: 'parity', definition: DEFINITION, as_of: new Date(now()).toISOString(), stages: rows, disagreements: people.map((row) => ({ person: row.id, hubspot: row.hubspotId, salesforce: row.salesforceId, stage: row.stage, hubspot_shows: row.shownHubspot, salesforce_shows: row.shownSalesforce, reason: row.disagreement })) });
        break;
      case 'csv':
        process.stdout.write(stringify([namedHead, ...named], { escape_formulas: true }));
        break;
      case 'md':
        say(markdown(head, body));
        if (named.length > 0) say(`\n${markdown(namedHead, named)}`);
        say(`\n${DEFINITION}`);
        break;
      case 'table':
        table(head, body.map((row) => [agreement.stageLabel(row[0] as never), ...row.slice(1)] as (string | number)[]));
        if (named.length === 0) say('Both CRMs agree on everybody.');
        else table(namedHead, named);
        say(DEFINITION);
    }
    return EXIT.done;
  });
}

function markdown(head: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[]): string => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

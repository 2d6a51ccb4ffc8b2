import { json, hint, say, table } from '../src/cli/print';
import { replay } from './replay/replay';

/* `npm run replay -- DIR [--json]`: real funnels through the whole product, compared with their own files to the unit. */

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const folder = args.find((arg) => !arg.startsWith('--'));
  if (folder === undefined) {
    hint('npm run replay -- DIR [--json]\nDIR holds two CSV files: mql_id, first_contact_date, origin and mql_id, won_date.');
    return 2;
  }
  const asJson = args.includes('--json');
  const result = await replay(folder, asJson ? hint : say);
  if (asJson) json(result);
  else {
    table(
      ['origin', 'people', 'MQL', 'customers', 'won deals', 'files say'],
      result.found.map((row) => {
        const expected = result.expected.find((each) => each.origin === row.origin);
        return [row.origin, row.people, row.mql, row.customers, row.won, expected === undefined ? 'nothing' : JSON.stringify(expected) === JSON.stringify(row) ? 'the same' : `${expected.people} / ${expected.mql} / ${expected.customers} / ${expected.won}`];
      }),
    );
    say(`${result.people} people, ${result.deals} deals; second run wrote ${result.second.writes.hubspot.done + result.second.writes.salesforce.done} records.`);
    say(result.agrees ? 'The CRMs agree with the files to the unit.' : 'The CRMs do NOT agree with the files.');
  }
  return result.agrees ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    hint(`replay failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeWith, type Need } from '../support/skips';
import { expectedByOrigin, readFunnel } from '../../scripts/replay/csv';
import { replay } from '../../scripts/replay/replay';

/* The whole product over a funnel's own files: what both CRMs say afterwards equals what the files say, to the unit. */

async function agrees(folder: string, people: number, deals: number): Promise<void> {
  const result = await replay(folder);
  expect({ people: result.people, deals: result.deals }).toEqual({ people, deals });
  expect(result.found).toEqual(result.expected);
  expect(result.first).toMatchObject({ status: 'ok', dead_letters: 0, parity: { percent: 100 } });
  expect(result.second.writes).toMatchObject({ hubspot: { planned: 0 }, salesforce: { planned: 0 } });
}

test('a made-up funnel of the same columns', async () => {
  await agrees('test/replay/funnel', 60, 12);
});

test('the expectation is computed from the files alone', async () => {
  const rows = expectedByOrigin(await readFunnel('test/replay/funnel'));
  expect(rows.reduce((sum, row) => sum + row.people, 0)).toBe(60);
  expect(rows.reduce((sum, row) => sum + row.won, 0)).toBe(12);
  expect(rows.find((row) => row.origin === 'unknown')?.people).toBe(17);
});

test('a folder without the files is said to be so', async () => {
  await expect(readFunnel('docs')).rejects.toThrow('holds no CSV');
  await expect(readFunnel('no/such/folder')).rejects.toThrow('there is no folder');
});

const OLIST: Need = {
  name: 'the Olist marketing funnel data set',
  remedy: 'set OLIST_DIR to its folder',
  find: () => [process.env['OLIST_DIR'], resolve('../shared/data/olist')].find((folder) => folder !== undefined && existsSync(folder)) ?? null,
};

describeOptional(OLIST, 'real funnel: 8,000 leads and 842 deals of Olist', (folder) => {
  test('people, stages and won deals by origin equal the files to the unit', async () => {
    await agrees(folder, 8000, 842);
  }, 400_000);
});

/** The data set cannot be installed by a script: where it is missing the test is skipped loudly, in CI too. */
function describeOptional(need: Need, title: string, body: (found: string) => void): void {
  const required = process.env['CONCORD_TEST_REQUIRE'];
  if (need.find() === null) delete process.env['CONCORD_TEST_REQUIRE'];
  describeWith(need, title, body);
  if (required !== undefined) process.env['CONCORD_TEST_REQUIRE'] = required;
}

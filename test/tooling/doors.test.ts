import { join } from 'node:path';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { ROOT } from './support';

interface Doors {
  DOORS: Record<string, { why: string }>;
  doorConfigs: Linter.Config[];
}
// eslint-disable-next-line @typescript-eslint/no-require-imports
const doors = require(join(ROOT, 'scripts', 'checks', 'doors.cjs')) as Doors;

/** The rules that fire on a line of code in a file. */
function refused(file: string, code: string): string[] {
  const parse: Linter.Config = { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } };
  return new Linter({ cwd: ROOT }).verify(code, [parse, ...doors.doorConfigs], { filename: join(ROOT, file) }).map((message) => message.ruleId ?? message.message);
}

test.each([
  ['src/run/run.ts', 'const now = Date.now();', 'concord/clock'],
  ['src/run/run.ts', 'const clock = given ?? Date.now;', 'concord/clock'],
  ['src/crm/pace.ts', 'const at = new Date();', 'concord/clock'],
  ['src/sandbox/hubspot/state.ts', 'const at = Date();', 'concord/clock'],
  ['src/store/url.ts', "const url = process.env['DATABASE_URL'];", 'concord/environment'],
  ['src/store/url.ts', 'const { env } = process;', 'concord/environment'],
  ['src/cli/commands/sync.ts', "console.log('done');", 'concord/terminal'],
  ['src/run/run.ts', "process.stdout.write('done');", 'concord/terminal'],
  ['src/core/decide/decide.ts', 'const roll = Math.random();', 'concord/chance'],
  ['src/domain/record.ts', 'const id = randomUUID();', 'concord/chance'],
  ['src/run/run.ts', "import { z } from 'zod';", 'concord/zod'],
  ['src/web/app.ts', "import { z } from 'zod/v4';", 'concord/zod'],
])('%s: %s is refused by %s', (file, code, rule) => {
  expect(refused(file, code)).toEqual([rule]);
});

test.each([
  ['src/wire.ts', 'const now = Date.now();'],
  ['src/sandbox/clock.ts', 'const now = Date.now();'],
  ['src/cli/commands/report.ts', 'const at = new Date();'],
  ['src/run/run.ts', 'const at = new Date(now); const text = Date.parse(iso);'],
  ['src/config/load.ts', 'const env = process.env;'],
  ['src/cli/print.ts', "process.stdout.write('done'); console.error('bad');"],
  ['src/crm/hubspot/schema.ts', "import { z } from 'zod';"],
  ['src/sandbox/hubspot/state.ts', 'const roll = Math.random();'],
  ['test/run/run.test.ts', "console.log(Date.now(), process.env['PATH']);"],
])('%s: %s is allowed', (file, code) => {
  expect(refused(file, code)).toEqual([]);
});

test('every door says why and where else', () => {
  for (const { why } of Object.values(doors.DOORS)) expect(why).toMatch(/^\S.{40,}\.$/);
});

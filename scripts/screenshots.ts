import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { choose, logIn, startBrowser, visit } from '../test/support/browser';
import { ADMIN, serveDashboard, tellStory } from '../test/support/dashboard';
import { openScenario } from '../test/support/scenario';
import { CHROMIUM } from '../test/support/skips';

/*
 * Writes docs/images/*.png, the dashboard's pictures in README.md, from the story that the browser tests are told: `npx tsx scripts/screenshots.ts`.
 * The clock of the story stands still, so that only the machine's fonts make a difference.
 */

const FOLDER = resolve(__dirname, '..', 'docs', 'images');
/** A README is looked at over slow lines, too. */
const MOST = 200 * 1024;

interface Picture {
  name: string;
  path: string;
  width: number;
  height: number;
  dark?: boolean;
}

async function main(): Promise<void> {
  const program = CHROMIUM.find();
  if (program === null) throw new Error(`Chromium is missing: ${CHROMIUM.remedy}.`);
  const s = await openScenario();
  const told = await tellStory(s, 'Lima');
  const dashboard = await serveDashboard(s);
  const browser = await startBrowser(program);
  try {
    const pictures: Picture[] = [
      { name: 'overview', path: '/', width: 1280, height: 860 },
      { name: 'person', path: `/people/${told.ana}`, width: 1280, height: 860 },
      { name: 'report', path: '/reports/rejections', width: 1280, height: 860 },
      { name: 'run', path: `/runs/${told.run}`, width: 1280, height: 860, dark: true },
      { name: 'phone', path: '/handoffs', width: 390, height: 780 },
    ];
    mkdirSync(FOLDER, { recursive: true });
    for (const { name, path, width, height, dark = false } of pictures) {
      const visitor = await visit(browser, { url: dashboard.url, width, dark });
      await logIn(visitor, ADMIN);
      await choose(visitor, 'en', dark ? 'dark' : 'light');
      await visitor.page.setViewportSize({ width, height });
      await visitor.page.goto(path);
      await visitor.page.waitForLoadState('networkidle');
      const file = join(FOLDER, `${name}.png`);
      await visitor.page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
      await visitor.context.close();
      const { size } = statSync(file);
      if (size > MOST) throw new Error(`${file} has ${Math.round(size / 1024)} KB, more than ${MOST / 1024}`);
      process.stdout.write(`docs/images/${name}.png ${Math.round(size / 1024)} KB\n`);
    }
  } finally {
    await browser.close();
    await dashboard.close();
    await s.close();
  }
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

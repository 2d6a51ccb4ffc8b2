import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { htmlOf } from '../../src/report/digest/formats';
import { makeDigest } from '../../src/report/digest/make';
import { REPORTS } from '../../src/report/make';
import { linksOf } from '../../src/run/links';
import { rollback } from '../../src/run/rollback';
import { run } from '../../src/run/run';
import { logIn, startBrowser, visit, type Visitor } from '../support/browser';
import { ADMIN, serveDashboard, tellStory, type Dashboard } from '../support/dashboard';
import { cast, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';
import { LANGUAGE_COOKIE, THEME_COOKIE } from '../../src/web/visit';
import { CHROMIUM, describeWith } from '../support/skips';

/*
 * Every page in every state, with languages, appearances and widths: axe finds nothing, nothing scrolls sideways, everything that can be used has its turn by keyboard and shows when it has. Every page
 * has its turn once on a phone and once on a desk, each time in another language and appearance, and axe looks at one of the two; on a phone all of them are opened in
 * Spanish, whose words are the longest. `npm run test:wide -- pages` looks with axe at every page in all twelve combinations.
 */

jest.setTimeout(900_000);

const EVERYTHING = process.env['CONCORD_TEST_PAGES'] === 'all';
const LANGUAGES = ['en', 'es', 'pt-BR'] as const;
const THEMES = ['light', 'dark'] as const;
const WIDTHS = [360, 1280] as const;
type Look = [language: (typeof LANGUAGES)[number], theme: (typeof THEMES)[number], width: (typeof WIDTHS)[number]];
const EVERY: Look[] = LANGUAGES.flatMap((language) => THEMES.flatMap((theme) => WIDTHS.map((width): Look => [language, theme, width])));
const FEW: Look[] = [['en', 'dark', 360], ['es', 'light', 360], ['pt-BR', 'dark', 360], ['en', 'light', 1280], ['es', 'dark', 1280], ['pt-BR', 'light', 1280]];

describeWith(CHROMIUM, 'every page', (program) => {
  const scenarios: Scenario[] = [];
  const dashboards: Dashboard[] = [];
  let browser: Browser;
  /** Pages of each dashboard. */
  const pages: { path: string; status: number }[][] = [];
  const ok = (...paths: string[]): { path: string; status: number }[] => paths.map((path) => ({ path, status: 200 }));

  beforeAll(async () => {
    browser = await startBrowser(program);
    // Nothing has been read; a first run waits for a yes; some people are adopted; and a story with something on every page.
    const [empty, waiting, some, full] = [await openScenario(), await openScenario(), await openScenario(), await openScenario()];
    scenarios.push(empty, waiting, some, full);
    cast(() => waiting).person('ana@cliente.example');
    const stopped = await run(waiting.parts, { mode: 'apply' });
    cast(() => some).person('ana@cliente.example');
    await some.sync({ portion: 10 });
    const told = await tellStory(full);
    const more = await tellMore(full);
    for (const s of scenarios) dashboards.push(await serveDashboard(s));
    const rejected = `/runs/${told.run}`;
    pages.push(
      ok('/', '/people', '/people?list=held', '/people?q=nobody', '/handoffs', '/handoffs?kind=open', '/handoffs/rejections', '/runs', '/errors', '/reports/funnel', '/reports/goals', '/agreement'),
      ok(`/runs/${stopped.run}`, `/runs/${stopped.run}?confirm=no`, '/'),
      ok('/', '/runs', '/runs?confirm=portion'),
      [
        ...ok('/', '/people', '/people?list=held&done=link', '/people?list=missing', '/people?list=differ', '/people?list=contested', '/people?stage=mql', `/people/${told.ana}`),
        ...ok(`/people/${more.held}`, `/people/${more.held}?confirm=link`, `/people/${more.contested}`, `/people/${more.contested}?confirm=release`, `/people/${more.contested}?done=release&n=1`),
        ...ok('/handoffs', '/handoffs?kind=breached', '/handoffs/rejections', '/handoffs/rejections?reason=-', '/runs', rejected, `${rejected}/rollback`, `${rejected}/rollback?confirm=no`, `/runs/${more.rolledBack}/rollback`, `/runs/${more.rolledBack}/rollback?confirm=release`),
        ...ok('/errors', '/errors?done=retry&n=2', `/errors/cause?cause=${encodeURIComponent(more.cause)}`, '/agreement', '/glossary', '/reports', ...REPORTS.map(({ id }) => `/reports/${id}`), '/reports/funnel?by=source', '/reports/sources/people?figure=wins.closed.won'),
        ...['/people/nobody', '/nothing/here', '/runs/none', '/reports/none'].map((path) => ({ path, status: 404 })),
        { path: '/reports/funnel?from=yesterday', status: 400 },
      ],
    );
  });
  afterAll(async () => {
    await browser.close();
    for (const dashboard of dashboards) await dashboard.close();
    for (const s of scenarios) await s.close();
  });

  /** Beside the story: an ambiguous person, a contested field, a run that was rolled back. */
  async function tellMore(s: Scenario): Promise<{ held: string; contested: string; rolledBack: string; cause: string }> {
    const { lead, person, ui } = cast(() => s);
    const idOf = async (email: string): Promise<string> => (await s.explain(email)).person.id;
    person('uma@cliente.example', { firstname: 'Uma', lastname: 'Sol' });
    lead('uma@cliente.example', { FirstName: 'Uma', LastName: 'Sol' });
    lead('uma@cliente.example', { FirstName: 'Bruno', LastName: 'Silva' });
    const gil = person('gil@cliente.example', { firstname: 'Gil', lifecyclestage: 'marketingqualifiedlead' });
    s.pass(MINUTE);
    await s.sync();
    s.pass(HOUR);
    for (let times = 0; times < 3; times += 1) {
      s.sandbox.hubspot.state.act({ sourceType: 'AUTOMATION_PLATFORM', sourceId: 'workflow 12' }).update('contacts', gil, { lifecyclestage: 'customer' });
      s.pass(MINUTE);
      await s.sync();
      s.pass(HOUR);
    }
    ui().create('contacts', { email: 'ivo@cliente.example', firstname: 'Ivo', lastname: 'Reis', company: 'Reis SA', country: 'Brazil', lifecyclestage: 'lead' });
    s.pass(MINUTE);
    const { run: rolledBack } = await s.sync();
    s.pass(MINUTE);
    await rollback(s.parts, { run: rolledBack, apply: true, allowLargeChange: false });
    return { held: await idOf('uma@cliente.example'), contested: await idOf('gil@cliente.example'), rolledBack, cause: (await s.store.deadLetterCauses(1))[0]?.cause ?? '' };
  }

  async function violations(page: Page): Promise<string[]> {
    // Legacy: without a second tab for each look.
    const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] }).analyze();
    return found.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split('\n')[1] ?? ''}`));
  }

  /** What of the page cannot be used by keyboard, or shows nothing when it has its turn. The focus counts as the keyboard's after a key was pressed. */
  async function unreachable(page: Page): Promise<string[]> {
    await page.keyboard.press('Tab');
    return page.evaluate(`(() => {
      const faults = [];
      const groups = new Set();
      for (const at of document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary, [tabindex], [onclick]')) {
        if (!at.checkVisibility({ visibilityProperty: true }) || at.disabled) continue;
        if (at.type === 'radio' && groups.has(at.name)) continue;
        if (at.type === 'radio') groups.add(at.name);
        const name = at.outerHTML.slice(0, 120);
        if (at.tabIndex < 0 && at.id !== 'content') faults.push('no turn: ' + name);
        at.focus();
        if (document.activeElement !== at) { faults.push('takes no focus: ' + name); continue; }
        const style = getComputedStyle(at);
        const ringed = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
        const box = at.getBoundingClientRect();
        if (at.id !== 'content' && (!ringed || box.width === 0 || box.height === 0)) faults.push('not seen: ' + name);
      }
      return faults;
    })()`);
  }

  async function faultsOf(page: Page, { path, status }: { path: string; status: number }, [language, theme]: Look, { axe, keys }: { axe: boolean; keys: boolean }): Promise<string[]> {
    const answer = await page.goto(path);
    const shape = { status: answer?.status(), language: await page.locator('html').getAttribute('lang'), theme: await page.locator('html').getAttribute('data-theme'), headings: await page.locator('h1').count(), mains: await page.locator('main').count() };
    expect([path, shape]).toEqual([path, { status, language, theme, headings: 1, mains: 1 }]);
    const sideways: number = await page.evaluate('document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth');
    return [...(sideways === 0 ? [] : [`scrolls sideways by ${sideways} px`]), ...(axe ? await violations(page) : []), ...(keys ? await unreachable(page) : [])].map((each) => `${path} ${each}`);
  }

  /** One visitor of each dashboard for all looks, who is logged in and changes language, appearance and width. */
  const visitors = new Map<number, Visitor>();

  async function come(place: number, [language, theme, width]: Look): Promise<Visitor> {
    let visitor = visitors.get(place);
    if (visitor === undefined) {
      visitor = await visit(browser, { url: dashboards[place]?.url ?? '' });
      await logIn(visitor, ADMIN);
      visitors.set(place, visitor);
    }
    await visitor.page.setViewportSize({ width, height: 800 });
    // As the form keeps them (test/browser/dashboard).
    const url = dashboards[place]?.url ?? '';
    await visitor.context.addCookies([{ name: LANGUAGE_COOKIE, value: language, url }, { name: THEME_COOKIE, value: theme, url }]);
    return visitor;
  }

  test.each(EVERYTHING ? EVERY : FEW)('%s, %s, %i px', async (language, theme, width) => {
    const found: string[] = [];
    const turn = LANGUAGES.indexOf(language);
    for (const [place, all] of pages.entries()) {
      const visitor = await come(place, [language, theme, width]);
      for (const [at, page] of all.entries()) {
        const isPhone = width === 360;
        // On a phone each page has its turn in one language, on a desk in the next.
        const mine = EVERYTHING || (at + place) % LANGUAGES.length === (isPhone ? turn : (turn + 1) % LANGUAGES.length);
        const axe = EVERYTHING || (mine && (Math.floor((at + place) / LANGUAGES.length) % 2 === 0) === isPhone);
        if (mine || (isPhone && language === 'es')) found.push(...(await faultsOf(visitor.page, page, [language, theme, width], { axe, keys: axe })));
      }
      // The browser says of itself that an answer was 404 or 400.
      expect(visitor.complaints.splice(0).filter((each) => !/status of (404|400)/.test(each))).toEqual([]);
    }
    expect(found).toEqual([]);
  });

  test.each(['weekly', 'review'] as const)('the %s digest as a mail: axe finds nothing, and on a phone it does not scroll sideways', async (name) => {
    const s = scenarios.at(-1) as Scenario;
    const text = htmlOf(await makeDigest(s.store, s.agreement, s.clock.now(), name, { publicUrl: 'https://concord.acme.example', reviews: { heldAt: null, settings: null, since: null }, recordUrl: await linksOf(s.store) }));
    for (const width of [360, 600]) {
      const { context, page } = await visit(browser, { url: dashboards[0]?.url ?? '', width });
      await page.setContent(text);
      expect([width, await page.evaluate('document.scrollingElement.scrollWidth')]).toEqual([width, width]);
      // Landmarks are for pages: a mail is shown within one.
      expect((await violations(page)).filter((each) => !/^(region|landmark-one-main)/.test(each))).toEqual([]);
      await context.close();
    }
  });

  test.each(EVERYTHING ? EVERY : FEW.filter((_, place) => place % 2 === 0))('%s, %s, %i px: the login, a wrong password, a form that is refused', async (language, theme, width) => {
    // Ten wrong passwords close a login.
    const place = EVERY.findIndex((each) => each.join() === [language, theme, width].join()) % dashboards.length;
    const { page } = await come(place, [language, theme, width]);
    await page.goto('/');
    // This one logs out.
    visitors.delete(place);
    const found: string[] = [];
    await page.locator('main form[action="/runs"] input[name=form]').evaluate('(at) => at.setAttribute("value", "another")');
    await Promise.all([page.waitForNavigation(), page.locator('main form[action="/runs"] button').click()]);
    found.push(...(await violations(page)), ...(await unreachable(page)));
    await page.goto('/');
    await page.click('details.account > summary');
    await Promise.all([page.waitForURL('**/login'), page.click('form[action="/logout"] button')]);
    found.push(...(await faultsOf(page, { path: '/login', status: 200 }, [language, theme, width], { axe: true, keys: true })));
    await page.fill('input[type=password]', 'not the password at all');
    await Promise.all([page.waitForNavigation(), page.click('main button.primary')]);
    expect(await page.locator('[role=alert]').count()).toBe(1);
    found.push(...(await violations(page)), ...(await unreachable(page)));
    expect(found).toEqual([]);
    await page.context().close();
  });
});

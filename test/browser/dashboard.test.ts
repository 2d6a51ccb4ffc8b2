import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { REPORTS } from '../../src/report/make';
import { choose, logIn, startBrowser, visit, type Visitor } from '../support/browser';
import { ADMIN, EVIL, serveDashboard, tellStory, VIEWER, type Dashboard, type Told } from '../support/dashboard';
import { MINUTE, openScenario, type Scenario } from '../support/scenario';
import { CHROMIUM, describeWith } from '../support/skips';

/* The dashboard in a real browser, over a store that runs on both sandbox CRMs have filled. One browser and one story for all tests, told once.
 * How every page looks and reads in each language, appearance and width: looks.test.ts. */

jest.setTimeout(180_000);

describeWith(CHROMIUM, 'the dashboard in a browser', (program) => {
  let s: Scenario;
  let told: Told;
  let dashboard: Dashboard;
  let browser: Browser;
  const open: Visitor[] = [];

  beforeAll(async () => {
    [s, browser] = await Promise.all([openScenario(), startBrowser(program)]);
    told = await tellStory(s);
    dashboard = await serveDashboard(s);
  });
  afterAll(async () => {
    await browser.close();
    await dashboard.close();
    await s.close();
  });
  afterEach(async () => {
    const complaints = open.flatMap((visitor) => visitor.complaints);
    for (const { context } of open.splice(0)) await context.close();
    expect(complaints).toEqual([]);
  });

  async function come(password: string | null, more: Partial<Parameters<typeof visit>[1]> = {}): Promise<Visitor> {
    const visitor = await visit(browser, { url: dashboard.url, ...more });
    open.push(visitor);
    if (password !== null) await logIn(visitor, password);
    return visitor;
  }
  const heading = (page: Page): Promise<string> => page.locator('main h1').innerText();

  /** Every kind of page, with something on it. */
  const pages = (): string[] => ['/', '/people', '/people?list=missing', `/people/${told.ana}`, '/handoffs', '/handoffs/rejections', '/runs', `/runs/${told.run}`, `/runs/${told.run}/rollback`, '/errors', '/agreement', '/glossary', '/reports'];
  const reports = (): string[] => REPORTS.map(({ id }) => `/reports/${id}`);

  async function violations(page: Page): Promise<string[]> {
    // Legacy: without a second tab for each look.
    const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] }).analyze();
    return found.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split('\n')[1] ?? ''}`));
  }
  test('before a login: a wrong password is told, other pages lead to the login', async () => {
    const nobody = await come(null, { width: 390, dark: true });
    const { page } = nobody;
    await page.goto(`/people/${told.ana}`);
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.fill('input[type=password]', 'not the password at all');
    await page.click('main button.primary');
    expect(await page.locator('[role=alert]').innerText()).toMatch(/password/i);
    // The browser says of itself that the answer was 401.
    expect(nobody.complaints.splice(0)).toEqual([expect.stringContaining('401')]);
  });

  test('a viewer searches a person, reads the course of events, and sees no button that changes anything', async () => {
    const { page } = await come(VIEWER);
    await page.fill('#find', 'ana@cliente.example');
    await page.press('#find', 'Enter');
    await page.waitForURL(`**/people/${told.ana}`);
    expect(await heading(page)).toBe('Ana Paz');
    const main = await page.locator('main').innerText();
    expect(main).toContain('No budget');
    expect(main).toContain('Sin presupuesto hasta <marzo>');
    await page.goto('/people');
    expect(await page.locator('main').innerText()).toContain(EVIL);
    for (const path of [...pages(), '/reports/sla']) {
      await page.goto(path);
      expect([path, await page.locator('main form[method=post]').count()]).toEqual([path, 0]);
    }
  });

  test('a run and its writes; the figures of a report lead to people, its filter to other figures', async () => {
    const { page } = await come(VIEWER);
    await page.click('nav.side a[href="/runs"]');
    await page.locator(`main a[href="/runs/${told.run}"]`).first().click();
    expect(await page.locator('#writes-card').innerText()).toContain('Ana Paz');
    for (const { id } of REPORTS) {
      await page.goto('/reports');
      await page.locator(`main a[href^="/reports/${id}"]`).first().click();
      expect([id, new URL(page.url()).pathname, await heading(page)]).toEqual([id, `/reports/${id}`, expect.stringMatching(/./)]);
    }
    await page.goto('/reports/rejections');
    const filter = page.locator('main form[method=get]').first();
    await filter.locator('[name=source]').fill('PAID_SEARCH');
    await Promise.all([page.waitForURL(/source=PAID_SEARCH/), filter.locator('button').first().click()]);
    expect(await page.locator('main').innerText()).toContain('PAID_SEARCH');
    await page.locator('main table a').first().click();
    await page.locator('main a[href^="/people/"]').first().click();
    expect(new URL(page.url()).pathname).toMatch(/^\/people\/./);
  });

  test('language and appearance are kept', async () => {
    const viewer = await come(VIEWER);
    const { page } = viewer;
    const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await choose(viewer, 'es', 'dark');
    expect(await page.locator('nav.side').innerText()).toContain('Personas');
    expect(await background()).not.toBe(light);
    await page.goto('/runs');
    expect([await page.locator('html').getAttribute('lang'), await page.locator('html').getAttribute('data-theme')]).toEqual(['es', 'dark']);
  });

  test('by keyboard alone: the skip link first, then the navigation, then the page; the focus is always seen', async () => {
    const { page } = await come(VIEWER);
    await page.goto('/runs');
    interface Focus {
      where: string;
      text: string;
      seen: boolean;
    }
    const focus = (): Promise<Focus> =>
      page.evaluate(`(() => {
        const at = document.activeElement;
        const style = getComputedStyle(at);
        const box = at.getBoundingClientRect();
        const where = at.matches('.skip') ? 'skip' : at.closest('nav.side') ? 'nav' : at.closest('main') ? 'main' : at.closest('header') ? 'header' : at.tagName.toLowerCase();
        const ringed = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
        return { where, text: (at.textContent || '').trim().slice(0, 30), seen: ringed && box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 && box.left < innerWidth };
      })()`);
    const order: string[] = [];
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab');
      const now = await focus();
      if (now.where === 'body') break;
      expect(now).toMatchObject({ seen: true });
      if (order.at(-1) !== now.where) order.push(now.where);
      if (now.where === 'main') break;
    }
    expect(order).toEqual(['skip', 'header', 'nav', 'main']);
    await page.goto('/runs');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.keyboard.press('Tab');
    expect((await focus()).where).toBe('main');
  });

  test('on a phone the menu opens and leads on', async () => {
    const { page } = await come(VIEWER, { width: 390 });
    expect(await page.locator('nav.side').isVisible()).toBe(false);
    await page.click('details.menu > summary');
    await page.click('details.menu a[href="/handoffs"]');
    expect(new URL(page.url()).pathname).toBe('/handoffs');
    expect(await violations(page)).toEqual([]);
  });

  // What follows changes the world: an operator at work, without JavaScript and with it.

  test('an operator without JavaScript: searches, reads, has a refused write tried again', async () => {
    const { page } = await come(ADMIN, { plain: true });
    await page.fill('#find', 'ana@cliente.example');
    await page.press('#find', 'Enter');
    expect(await heading(page)).toBe('Ana Paz');
    for (const path of [...pages(), ...reports()]) expect([path, (await page.goto(path))?.status(), (await heading(page)) === '']).toEqual([path, 200, false]);
    expect(await s.store.countDeadLetters('open')).toBeGreaterThan(0);
    await page.goto('/errors');
    await page.locator('main form[action="/errors/retry"] button').first().click();
    expect(await page.locator('[role=status]').innerText()).toMatch(/\d/);
    s.pass(MINUTE);
    await s.sync();
    expect(await s.store.countDeadLetters('open')).toBe(0);
    await page.goto('/errors');
    expect(await page.locator('main form').count()).toBe(0);
  });

  test('an operator rolls a run back: planned first, nothing without the yes, then put back', async () => {
    const { page } = await come(ADMIN);
    const route = (): string | undefined => s.contact('ana@cliente.example')['concord_route'];
    const before = route();
    expect(before).toBe('recycle');
    await page.goto(`/runs/${told.run}`);
    await page.click(`a[href="/runs/${told.run}/rollback"]`);
    const ask = page.locator(`main form[action="/runs/${told.run}/rollback"]`);
    // A reload while the form's own answer is still coming would meet a page that is about to go.
    await Promise.all([page.waitForNavigation(), ask.first().locator('button').first().click()]);
    await dashboard.done();
    await page.reload();
    expect(route()).toBe(before);
    expect(await violations(page)).toEqual([]);
    const apply = ask.filter({ has: page.locator('[name=confirm]') });
    await apply.locator('[name=confirm]').check();
    await apply.locator('button').last().click();
    await dashboard.done();
    await page.reload();
    expect(route()).not.toBe(before);
    expect(await page.locator('main').innerText()).toMatch(/put back|undone|written/i);
  });
});

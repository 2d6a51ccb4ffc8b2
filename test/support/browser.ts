import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/* A real browser over the pages: one process for all tests of a file, a context (its own cookies) for each visitor. */

export async function startBrowser(executablePath: string): Promise<Browser> {
  // As root, which CI is, Chromium has no sandbox of its own.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** What the browser complained of: errors of scripts, refused by the policy (CSP), not found. */
  complaints: string[];
}

export interface VisitorOptions {
  url: string;
  width?: number;
  dark?: boolean;
  /** Without JavaScript. */
  plain?: boolean;
}

export async function visit(browser: Browser, { url, width = 1280, dark = false, plain = false }: VisitorOptions): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: url, viewport: { width, height: 800 }, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', javaScriptEnabled: !plain });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  return { context, page, complaints };
}

export async function logIn({ page }: Visitor, password: string): Promise<void> {
  await page.goto('/login');
  await page.fill('input[type=password]', password);
  await Promise.all([page.waitForURL((to) => to.pathname === '/'), page.click('main button.primary')]);
}

/** Language and appearance, by the form that everybody uses. */
export async function choose(visitor: Visitor, language: 'en' | 'es' | 'pt-BR', theme: 'auto' | 'light' | 'dark'): Promise<void> {
  const { page } = visitor;
  await page.click('details.account > summary');
  await page.selectOption('details.account select[name=language]', language);
  await page.selectOption('details.account select[name=theme]', theme);
  await Promise.all([page.waitForNavigation(), page.click('details.account form[action="/settings"] button')]);
}

import { readFileSync } from 'node:fs';
import request from 'supertest';
import { isLocalPath } from '../../src/web/pages/login';
import { ADMIN, login, NOW, openWeb, tokenIn, VIEWER, wordsOf, type Web } from './support';

/* The frame around every page: what it is made of, in which language and theme, and what it says when something is wrong. */

let web: Web;
afterEach(() => web.store.close());
const local = { publicUrl: 'http://127.0.0.1:8080' };

describe('a page', () => {
  test('is whole without a script, and holds no script or style that the policy would have to allow', async () => {
    web = await openWeb(local);
    const { text, headers } = await (await login(web, ADMIN)).get('/').expect(200);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' });
    expect(headers['content-security-policy']).toMatch(/script-src 'self'.*|style-src 'self'/);
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(text).not.toMatch(/ style=| on[a-z]+="|<style|javascript:/);
    expect(text.match(/<script[^>]*>/g)).toEqual([expect.stringMatching(/^<script src="\/assets\/htmx\.[0-9a-f]{16}\.js" defer>$/)]);
    // htmx may evaluate nothing, write no style and keep no page of anybody's in the browser.
    const config = JSON.parse((/name="htmx-config" content="([^"]+)"/.exec(text)?.[1] ?? '').replaceAll('&quot;', '"')) as object;
    expect(config).toMatchObject({ allowEval: false, includeIndicatorStyles: false, historyEnabled: false, selfRequestsOnly: true });
  });

  test('has one heading, landmarks, a way past them, and says where one is', async () => {
    web = await openWeb(local);
    const { text } = await (await login(web, VIEWER)).get('/').expect(200);
    expect(text.match(/<h1/g)).toHaveLength(1);
    expect(text).toContain('<a class="skip" href="#content">Skip to the content</a>');
    expect(text).toContain('<main id="content"');
    expect(text).toMatch(/<header[\s\S]*<nav[\s\S]*<main[\s\S]*<footer/);
    expect(text.match(/<a href="\/" aria-current="page">/g)).toHaveLength(2);
    for (const name of text.matchAll(/<nav[^>]*>/g)) expect(name[0]).toContain('aria-label=');
    expect(text).toContain('Times are of America/Mexico_City.');
    expect(text).toMatch(/As of Nov 22, 2026, 3:00.AM\./);
    expect(text).toContain('Acme');
  });
});

describe('files that pages load', () => {
  test('are kept for ever under an address that changes with them; packed for who takes it', async () => {
    web = await openWeb(local);
    const { text } = await request(web.app).get('/login').expect(200);
    const address = /href="(\/assets\/style\.[0-9a-f]{16}\.css)"/.exec(text)?.[1] ?? '';
    const sheet = await request(web.app).get(address).set('accept-encoding', 'identity').expect(200);
    expect(sheet.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', 'content-type': 'text/css; charset=utf-8' });
    expect(sheet.text).toContain('color-scheme: light dark');
    const packed = await request(web.app).get(address).set('accept-encoding', 'gzip').expect(200);
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.text).toBe(sheet.text);
    await request(web.app).get(address.replace(/\.[0-9a-f]{16}\./, '.0000000000000000.')).expect(303);
    await request(web.app).get('/assets/..%2f..%2fpackage.json').expect(303);
  });

  test('the sheet asks for nothing from elsewhere, respects less motion, and has both themes', () => {
    const sheet = readFileSync('src/web/assets/style.css', 'utf8');
    expect(sheet).not.toMatch(/url\(|@import/);
    expect(sheet).toContain('prefers-reduced-motion');
    for (const theme of ['light', 'dark']) expect(sheet).toContain(`[data-theme='${theme}']`);
  });
});

describe('language and appearance', () => {
  test('the agreement’s language, unless another was chosen; kept by this browser, and back to where one was', async () => {
    web = await openWeb(local);
    const agent = await login(web, VIEWER);
    expect((await agent.get('/').set('accept-language', 'es').expect(200)).text).toContain('<html lang="en">');
    const kept = await agent.post('/settings').type('form').send({ language: 'pt-BR', theme: 'dark', back: '/nowhere?q=1' }).expect(303);
    expect(kept.headers['location']).toBe('/nowhere?q=1');
    for (const cookie of kept.headers['set-cookie'] as unknown as string[]) expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const { text } = await agent.get('/').expect(200);
    expect(text).toContain('<html lang="pt-BR" data-theme="dark">');
    expect(text).toContain('Visão geral');
    expect(text).toMatch(/<option value="pt-BR" selected>/);
  });

  test('the login, whose visitor nobody knows, goes by the browser', async () => {
    web = await openWeb(local);
    for (const [wanted, lang, word] of [['es-MX,es;q=0.9', 'es', 'Contraseña'], ['pt,en;q=0.5', 'pt-BR', 'Senha'], ['de', 'en', 'Password']] as const) {
      const { text } = await request(web.app).get('/login').set('accept-language', wanted).expect(200);
      expect(text).toContain(`<html lang="${lang}">`);
      expect(text).toContain(word);
    }
  });

  test('nothing that was not offered is kept, and no form of another site chooses', async () => {
    web = await openWeb(local);
    const odd = await request(web.app).post('/settings').type('form').send({ language: 'xx', theme: '"><script>', back: '/' }).expect(303);
    expect(odd.headers['set-cookie']).toBeUndefined();
    const foreign = await request(web.app).post('/settings').set('sec-fetch-site', 'cross-site').type('form').send({ language: 'es', back: '/' }).expect(303);
    expect(foreign.headers['set-cookie']).toBeUndefined();
    expect((await request(web.app).get('/login').set('cookie', 'concord_language=xx; concord_theme=<script>').expect(200)).text).not.toContain('<script>');
  });

  test.each([
    ['/people?q=a%20b', true],
    ['/', true],
    ['//evil.example', false],
    ['/\\evil.example', false],
    ['https://evil.example', false],
    ['/a\r\nSet-Cookie: x=1', false],
    [['/'], false],
    [undefined, false],
  ])('%j as the way back: %s', (path, allowed) => {
    expect(isLocalPath(path)).toBe(allowed);
  });
});

describe('when something is wrong', () => {
  test('nothing there: 404 in the frame', async () => {
    web = await openWeb(local);
    const { text } = await (await login(web, VIEWER)).get('/nowhere').expect(404);
    expect(text).toContain('<h1>There is nothing here</h1>');
    expect(text).toContain('aria-label="Pages"');
  });

  test('not allowed: 403, told apart by why; the log says that it was tried and not what was sent', async () => {
    web = await openWeb(local);
    const viewer = await login(web, VIEWER);
    expect(wordsOf((await viewer.post('/runs').type('form').send({ form: tokenIn((await viewer.get('/')).text), note: 'ana@cliente.example' }).expect(403)).text)).toContain('Only operators may do this.');
    const operator = await login(web, ADMIN);
    expect(wordsOf((await operator.post('/runs').type('form').send({ form: 'x' }).expect(403)).text)).toContain('This form is not of your session.');
    // Forms that no page serves are refused by the same rule.
    await viewer.post('/nowhere').type('form').send({}).expect(403);
    expect(web.logged.filter((line) => line.startsWith('a form was refused'))).toHaveLength(3);
    expect(web.logged.join()).not.toContain('cliente');
  });

  test('a store that does not answer: 503 in the frame, without a word of why', async () => {
    web = await openWeb(local);
    const agent = await login(web, VIEWER);
    await web.store.close();
    const { text } = await agent.get('/').expect(503);
    expect(wordsOf(text)).toContain('The store does not answer Nothing is lost.');
    expect(text).not.toMatch(/sqlite|at \w+ \(/i);
    web = await openWeb();
  });

  test('a script that asks for a piece after the login has ended leads the page to the login', async () => {
    web = await openWeb(local);
    const answer = await request(web.app).get('/').set('hx-request', 'true').expect(401);
    expect(answer.headers['hx-redirect']).toBe('/login');
    web.now = NOW;
  });

  test('a form that is too large: 413, not a fault of the server', async () => {
    web = await openWeb(local);
    await (await login(web, ADMIN)).post('/runs').type('form').send({ form: 'x'.repeat(200_000) }).expect(413);
    expect(web.logged.filter((line) => line.startsWith('a request failed'))).toEqual([]);
  });
});

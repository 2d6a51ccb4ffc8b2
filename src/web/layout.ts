import { LANGUAGES, type Language } from '../agreement/schema';
import type { Content, Desk, Section } from './desk';
import { html, type Html, type Piece } from './html';
import { icon } from './icons';
import { THEMES, type Visit } from './visit';

/* The frame around every page. No script and no style stands in a page: the policy of app.ts lets neither run. */

/** htmx puts no style of its own into the page, evaluates nothing, and keeps no page in the browser's storage. */
const HTMX = JSON.stringify({ allowEval: false, includeIndicatorStyles: false, historyEnabled: false, selfRequestsOnly: true, allowScriptTags: false });

export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', es: 'Español', 'pt-BR': 'Português (Brasil)' };

export function docOf({ assets }: Desk, visit: Visit, title: string, body: Html): string {
  return `<!doctype html>\n${
    html`<html lang="${visit.language}"${visit.theme === 'auto' ? '' : html` data-theme="${visit.theme}"`}><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><meta name="htmx-config" content="${HTMX}"><title>${title} – Concord</title><link rel="icon" type="image/svg+xml" href="${assets.url('icon')}"><link rel="stylesheet" href="${assets.url('style')}">${visit.login === null ? '' : html`<script src="${assets.url('htmx')}" defer></script>`}</head><body>${body}</body></html>`.text
  }\n`;
}

function brand({ assets, parts }: Desk, { say }: Visit): Html {
  return html`<a class="brand" href="/" aria-label="${say('home')}"><img src="${assets.url('icon')}" alt="" width="28" height="28"><span>Concord</span><span class="company">${parts.agreement.settings.company.name}</span></a>`;
}

/** The entry whose page this is: the longest path that the address begins with. */
function current(sections: readonly Section[], path: string): Section | undefined {
  return [...sections].sort((a, b) => b.path.length - a.path.length).find((each) => path === each.path || (each.path !== '/' && path.startsWith(`${each.path}/`)));
}

function links({ sections }: Desk, { say, path }: Visit): Html {
  const here = current(sections, path);
  return html`<ul class="links">${sections.map((each) => html`<li><a href="${each.path}"${each === here ? html` aria-current="${each.path === path ? 'page' : 'true'}"` : ''}>${icon(each.icon)}<span>${say(each.label)}</span></a></li>`)}</ul>`;
}

function options<T extends string>(values: readonly T[], chosen: T, label: (value: T) => string): Html[] {
  return values.map((value) => html`<option value="${value}"${value === chosen ? html` selected` : ''}>${label(value)}</option>`);
}

function settings({ say, language, theme, login, formToken, here }: Visit): Html {
  const themes = { auto: say('theme_auto'), light: say('theme_light'), dark: say('theme_dark') };
  return html`<details class="drop account"><summary>${icon('person')}<span class="who">${say(login?.role === 'operator' ? 'role_operator' : 'role_viewer')}</span><span class="hidden">${say('settings')}</span></summary><div class="panel stack">
<p class="soft small">${say('role_is', { role: say(login?.role === 'operator' ? 'role_operator' : 'role_viewer') })}</p>
<form method="post" action="/settings" class="stack"><input type="hidden" name="form" value="${formToken}"><input type="hidden" name="back" value="${here}">
<label class="field">${say('language')} <select name="language">${options(LANGUAGES, language, (each) => LANGUAGE_NAMES[each])}</select></label>
<label class="field">${say('theme')} <select name="theme">${options(THEMES, theme, (each) => themes[each])}</select></label>
<button>${say('save')}</button></form>
<form method="post" action="/logout"><input type="hidden" name="form" value="${formToken}"><button>${say('log_out')}</button></form></div></details>`;
}

/** Heading, what stands above it, and what can be done. */
function head({ say }: Visit, { title, lead, actions, above = [] }: Content): Html {
  return html`<div class="head"><div>${above.length === 0 ? '' : html`<nav class="crumbs" aria-label="${say('breadcrumbs')}">${above.map((each) => html`<a href="${each.href}">${each.title}</a> <span aria-hidden="true">/</span> `)}</nav>`}<h1>${title}</h1>${lead === undefined ? '' : html`<p class="lead">${lead}</p>`}</div>${actions === undefined ? '' : html`<div class="actions">${actions}</div>`}</div>`;
}

function foot({ parts }: Desk, { say, format }: Visit): Html {
  return html`<footer class="foot"><span>${say('foot_time_zone', { zone: parts.agreement.timeZone })}</span><span>${say('foot_as_of', { at: format.moment(parts.clock()) })}</span></footer>`;
}

/** The page of somebody who has logged in. */
export function frameOf(desk: Desk, visit: Visit, content: Content): Html {
  const { say } = visit;
  return html`<a class="skip" href="#content">${say('skip')}</a><div class="frame"><header class="top"><details class="drop menu"><summary>${icon('menu')}<span>${say('menu')}</span></summary><nav class="panel" aria-label="${say('nav')}">${links(desk, visit)}</nav></details>${brand(desk, visit)}<form class="find" role="search" aria-label="${say('find')}" method="get" action="/people"><label class="hidden" for="find">${say('find')}</label><input id="find" name="q" type="search" placeholder="${say('find_hint')}" maxlength="320" autocomplete="off"><button>${say('find_go')}</button></form>${settings(visit)}</header>
<nav class="side" aria-label="${say('nav')}">${links(desk, visit)}</nav>
<main id="content" tabindex="-1">${head(visit, content)}<div class="stack">${content.body}</div></main>
${foot(desk, visit)}</div>`;
}

/** The page of somebody who has not. */
export function doorOf(desk: Desk, visit: Visit, { title, lead, body }: Content): Html {
  const { say } = visit;
  const choose: Piece = html`<form method="post" action="/settings" class="row small"><input type="hidden" name="back" value="${visit.here}"><label for="language">${say('language')}</label> <select id="language" name="language">${options(LANGUAGES, visit.language, (each) => LANGUAGE_NAMES[each])}</select> <button class="small">${say('save')}</button></form>`;
  return html`<div class="door"><main><div class="card stack"><div class="brand"><img src="${desk.assets.url('icon')}" alt="" width="28" height="28"><span>Concord</span></div><h1>${title}</h1>${lead === undefined ? '' : html`<p class="soft">${lead}</p>`}${body}</div><div class="foot">${choose}</div></main></div>`;
}

import type { CompiledAgreement } from '../agreement/compile';
import type { Language } from '../agreement/schema';
import { html, type Html, type Piece } from './html';
import { icon, type IconName } from './icons';
import type { TextKey } from './texts';
import type { Visit } from './visit';

/* What pages are put together from. Nothing is told by colour alone, and every figure that is drawn stands beside its drawing. */

export interface Column<T> {
  head: string;
  cell: (row: T) => Piece;
  /** Set to the right, in figures of one width. */
  number?: boolean;
  /** Names the row: its header cell. */
  names?: boolean;
  /** As narrow as its words. */
  shrink?: boolean;
}

export interface Table<T> {
  /** Unique on the page. */
  id: string;
  caption: string;
  /** The caption is for those who do not see; the page says it elsewhere. */
  quietCaption?: boolean;
  columns: Column<T>[];
  rows: readonly T[];
}

/** A table in a frame that scrolls by itself, by keyboard, too. For no rows say `empty` instead. */
export function table<T>({ id, caption, quietCaption = false, columns, rows }: Table<T>): Html {
  const kind = ({ number, shrink }: Column<T>): Piece => (number === true ? html` class="number"` : shrink === true ? html` class="shrink"` : '');
  return html`<div class="table" role="region" aria-labelledby="${id}" tabindex="0"><table><caption id="${id}"${quietCaption ? html` class="hidden"` : ''}>${caption}</caption><thead><tr>${columns.map((column) => html`<th scope="col"${kind(column)}>${column.head}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${columns.map((column) => (column.names === true ? html`<th scope="row"${kind(column)}>${column.cell(row)}</th>` : html`<td${kind(column)}>${column.cell(row)}</td>`))}</tr>`)}</tbody></table></div>`;
}

/** Nothing to show: what that means, and what to do. */
export function empty(title: string, remedy: Piece): Html {
  return html`<div class="empty"><strong>${title}</strong>${remedy}</div>`;
}

export interface Card {
  title?: Piece;
  /** Beside the title: a link to more. */
  more?: Piece;
  about?: Piece;
  /** The body goes to the edges: tables. */
  flush?: boolean;
  /** Level of the heading; 2 by default. */
  level?: 2 | 3;
  id?: string;
}

export function card({ title, more, about, flush = false, level = 2, id }: Card, body: Piece): Html {
  const heading = title === undefined ? '' : level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`;
  const top = title === undefined && more === undefined && about === undefined ? '' : html`<div class="card-head">${heading}${more === undefined ? '' : html`<span class="small">${more}</span>`}${about === undefined ? '' : html`<p class="soft small">${about}</p>`}</div>`;
  return html`<section class="card${flush ? ' flush' : ''}"${id === undefined ? '' : html` id="${id}"`}>${top}${body}</section>`;
}

/** A figure with its name and what it means. */
export function figure(name: string, value: Piece, hint: Piece = ''): Html {
  return html`<div class="card figure"><span class="name">${name}</span><span class="value">${value}</span>${hint === '' ? '' : html`<span class="hint">${hint}</span>`}</div>`;
}

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'plain';

const SIGNS: Readonly<Record<Tone, IconName | null>> = { good: 'good', warn: 'warn', bad: 'bad', info: null, plain: null };

/** A state in a word, with a sign: colour says nothing that the word does not. */
export function badge(words: Piece, tone: Tone = 'plain'): Html {
  const sign = SIGNS[tone];
  return html`<span class="badge ${tone}">${sign === null ? '' : icon(sign, 13)}${words}</span>`;
}

export function notice(tone: Exclude<Tone, 'plain'>, body: Piece): Html {
  return html`<div class="notice ${tone}">${body}</div>`;
}

/** Words in another language than the page’s, marked as such for whoever has it read aloud. */
export function quoted({ language }: Pick<Visit, 'language'>, words: Piece, of: Language = 'en'): Piece {
  return of === language ? words : html`<span lang="${of}">${words}</span>`;
}

/** A sentence of the page’s around something that is no text of it. `name`: which of its places. */
export function sayAround(say: Visit['say'], key: TextKey, name: string, piece: Piece, values: Record<string, string | number> = {}): Html {
  const [before = '', after = ''] = say(key, { ...values, [name]: '\u0000' }).split('\u0000');
  return html`${before}${piece}${after}`;
}

/** Why something was decided: the rule’s reason, which is English but where it tells the agreement’s criteria, and the rule. */
export function whyPiece(visit: Pick<Visit, 'language'>, agreement: CompiledAgreement, { because, rule }: { because: string; rule: string }): Html {
  return html`<span class="words">${quoted(visit, because, rule === 'L1' ? agreement.language : 'en')} (${rule})</span>`;
}

/** Names and values. */
export function facts(pairs: readonly (readonly [Piece, Piece])[]): Html {
  return html`<dl class="facts">${pairs.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A share of 1 as a bar, for the eye alone: the figure stands beside it. */
export function bar(share: number, tone: Tone = 'plain'): Html {
  const width = Math.round(Math.max(0, Math.min(1, share)) * 1000) / 10;
  return html`<svg class="bar ${tone}" aria-hidden="true" focusable="false" preserveAspectRatio="none" viewBox="0 0 100 6"><rect class="track" width="100" height="6"/><rect class="fill" width="${width}" height="6"/></svg>`;
}

/** What a change was: from, to. */
export function change({ say }: Pick<Visit, 'say'>, before: Piece, after: Piece): Html {
  const nothing = html`<span class="soft">${say('nothing')}</span>`;
  return html`<span class="change">${before === null || before === '' ? nothing : html`<del>${before}</del>`} <span aria-hidden="true">→</span> <ins>${after === null || after === '' ? nothing : after}</ins></span>`;
}

/** A form of one button. `fields` are hidden values. */
export function button({ formToken }: Pick<Visit, 'formToken'>, action: string, label: Piece, { fields = {}, tone = '', small = false }: { fields?: Record<string, string>; tone?: 'primary' | 'danger' | ''; small?: boolean } = {}): Html {
  const names = [tone, small ? 'small' : ''].filter((each) => each !== '').join(' ');
  return html`<form class="inline" method="post" action="${action}"><input type="hidden" name="form" value="${formToken}">${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<button${names === '' ? '' : html` class="${names}"`}>${label}</button></form>`;
}

/** A form that takes a yes: a box to tick, then its button. `body`: what else it asks. */
export function yesForm({ formToken }: Pick<Visit, 'formToken'>, action: string, { body = '', confirm, label }: { body?: Piece; confirm: string; label: string }): Html {
  return html`<form method="post" action="${action}" class="stack"><input type="hidden" name="form" value="${formToken}">${body}<label class="check"><input type="checkbox" name="confirm" value="yes" required> ${confirm}</label><button class="danger">${label}</button></form>`;
}

/** Said above a form that was sent without its yes. */
export function unconfirmed(isSo: boolean, words: string): Piece {
  return isSo ? html`<div role="alert">${notice('bad', words)}</div>` : '';
}

/** Kinds of a list, as links: which one is shown is marked. */
export function tabs(label: string, entries: readonly { href: string; label: Piece; current: boolean; count?: Piece }[]): Html {
  return html`<nav aria-label="${label}"><ul class="tabs">${entries.map((each) => html`<li><a href="${each.href}"${each.current ? html` aria-current="page"` : ''}>${each.label}${each.count === undefined ? '' : html` <span class="nowrap">${each.count}</span>`}</a></li>`)}</ul></nav>`;
}

/**
 * Leads to the next page by the key of the last row (`after`), and back to the first. Lists are read by key: a page deep in a long list costs what the
 * first does.
 */
export function pager({ say }: Pick<Visit, 'say'>, path: string, query: Record<string, string>, after: string | null, next: string | null): Html {
  if (after === null && next === null) return html``;
  return html`<nav class="pager" aria-label="${say('next_page')}"><span>${after === null ? '' : html`<a href="${address(path, query)}">${say('first_page')}</a>`}</span><span>${next === null ? '' : html`<a class="button" rel="next" href="${address(path, { ...query, after: next })}">${say('next_page')} ${icon('arrow', 14)}</a>`}</span></nav>`;
}

/** An address with a query; empty values are left out. */
export function address(path: string, query: Record<string, string>): string {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
  return text === '' ? path : `${path}?${text}`;
}

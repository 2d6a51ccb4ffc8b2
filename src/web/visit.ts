import type { Request, Response } from 'express';
import { LANGUAGES, type Language } from '../agreement/schema';
import { cookieOf, type Login, type Sessions } from './auth';
import { createFormat, type Format } from './format';
import type { WebParts } from './parts';
import { sayIn, type Say } from './texts';

/* Who looks, and how they want to see it. Language and appearance are cookies of the browser's own: they say nothing about anybody and need no login. */

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export interface Visit {
  /** Null: nobody has logged in. */
  login: Login | null;
  /** What every form must carry; empty without a login. */
  formToken: string;
  language: Language;
  theme: Theme;
  say: Say;
  format: Format;
  /** The path that was asked for, with its query: where the settings form leads back to. */
  here: string;
  path: string;
}

export const LANGUAGE_COOKIE = 'concord_language';
export const THEME_COOKIE = 'concord_theme';
const YEAR_MS = 365 * 24 * 60 * 60_000;

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.includes(value as Language);
}

export function isTheme(value: unknown): value is Theme {
  return THEMES.includes(value as Theme);
}

/** What the request says of the visitor; made once per request. */
export function visitOf(parts: WebParts, sessions: Sessions, req: Request, res: Response): Visit {
  const known = res.locals['visit'] as Visit | undefined;
  if (known !== undefined) return known;
  const login = sessions.of(req);
  const language = languageOf(parts, req, login);
  const theme = cookieOf(req, THEME_COOKIE);
  const visit: Visit = {
    login,
    formToken: login === null ? '' : sessions.formToken(login),
    language,
    theme: isTheme(theme) ? theme : 'auto',
    say: sayIn(language),
    format: createFormat(language, parts.agreement.timeZone),
    here: req.method === 'GET' ? req.originalUrl : '/',
    path: req.path,
  };
  res.locals['visit'] = visit;
  return visit;
}

/** The one chosen; else the agreement's; before a login, whose visitor nobody knows yet, the browser's. */
function languageOf(parts: WebParts, req: Request, login: Login | null): Language {
  const chosen = cookieOf(req, LANGUAGE_COOKIE);
  if (isLanguage(chosen)) return chosen;
  if (login !== null) return parts.agreement.language;
  const wanted = req.get('accept-language') === undefined ? false : req.acceptsLanguages('en', 'es', 'pt-BR', 'pt');
  return wanted === false ? parts.agreement.language : wanted === 'pt' ? 'pt-BR' : (wanted as Language);
}

export function keepChoice(res: Response, choice: { language?: Language; theme?: Theme }, isSecure: boolean): void {
  const options = { httpOnly: true, sameSite: 'strict', secure: isSecure, path: '/', maxAge: YEAR_MS } as const;
  if (choice.language !== undefined) res.cookie(LANGUAGE_COOKIE, choice.language, options);
  if (choice.theme !== undefined) res.cookie(THEME_COOKIE, choice.theme, options);
}

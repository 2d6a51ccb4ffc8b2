import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { sameSecret } from './signature';
import type { WebParts } from './parts';

/*
 * Who may look, and who may ask for a run. A login is a cookie that this process signed: role, end, and a number used once. It ends by itself, with the
 * passwords, and with CONCORD_SECRET. A door whose secret is not set stays closed.
 */

export type Role = 'viewer' | 'operator';

export interface Login {
  role: Role;
  /** Epoch milliseconds. */
  until: number;
  nonce: string;
}

const LIFE_MS = 8 * 60 * 60_000;

export interface Sessions {
  /** The role whose password this is; null: nobody's. */
  roleOf(password: string): Role | null;
  /** What has to be set before anybody can log in; null: somebody can. */
  readonly closed: 'passwords' | 'secret' | null;
  begin(res: Response, role: Role): void;
  end(res: Response): void;
  of(req: Request): Login | null;
  /** What a form of this login must carry: another site cannot know it. */
  formToken(login: Login): string;
}

export function createSessions({ server, secret, clock, publicUrl }: Pick<WebParts, 'server' | 'secret' | 'clock' | 'publicUrl'>): Sessions {
  const { adminPassword, viewerPassword } = server;
  const passwords = createHash('sha256').update(JSON.stringify([adminPassword, viewerPassword])).digest('base64url');
  const key = secret === null ? null : createHmac('sha256', secret).update(`concord sessions ${passwords}`).digest();
  const sign = (text: string): string => (key === null ? '' : createHmac('sha256', key).update(text).digest('base64url'));
  const isSecure = (): boolean => publicUrl().startsWith('https://');
  // The prefix binds a cookie to this host and https; browsers refuse it on plain http.
  const name = (): string => (isSecure() ? '__Host-concord' : 'concord');
  const options = (): { httpOnly: true; sameSite: 'strict'; secure: boolean; path: string } => ({ httpOnly: true, sameSite: 'strict', secure: isSecure(), path: '/' });

  return {
    closed: adminPassword === null && viewerPassword === null ? 'passwords' : key === null ? 'secret' : null,
    roleOf(password) {
      // Both are compared whatever the first says, so that the time tells nothing.
      const isAdmin = adminPassword !== null && sameSecret(password, adminPassword);
      const isViewer = viewerPassword !== null && sameSecret(password, viewerPassword);
      return isAdmin ? 'operator' : isViewer ? 'viewer' : null;
    },
    begin(res, role) {
      const login: Login = { role, until: clock() + LIFE_MS, nonce: randomBytes(16).toString('base64url') };
      const text = Buffer.from(JSON.stringify(login)).toString('base64url');
      res.cookie(name(), `${text}.${sign(text)}`, { ...options(), maxAge: LIFE_MS });
    },
    end(res) {
      res.clearCookie(name(), options());
    },
    of(req) {
      const [text, signature] = (cookieOf(req, name()) ?? '').split('.');
      if (key === null || text === undefined || signature === undefined || !sameSecret(signature, sign(text))) return null;
      const login = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Login;
      return login.until > clock() ? login : null;
    },
    formToken: (login) => sign(`form ${login.nonce}`),
  };
}

export function cookieOf(req: Request, name: string): string | undefined {
  for (const part of (req.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Whether a form came from a page of this login: the browser says it comes from here, and it carries the login's token. */
export function isOwnForm(sessions: Sessions, login: Login, req: Request): boolean {
  const token: unknown = (req.body as Record<string, unknown> | undefined)?.['form'];
  return !comesFromElsewhere(req) && typeof token === 'string' && sameSecret(token, sessions.formToken(login));
}

/** What browsers say about where a request began; other clients say nothing. */
export function comesFromElsewhere(req: Request): boolean {
  const site = req.get('sec-fetch-site');
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** `/api` and `/metrics`: `Authorization: Bearer`. */
export function needsToken(token: string | null): RequestHandler {
  return (req, res, next) => {
    if (token === null) {
      res.status(403).json({ error: { code: 'door_closed', message: 'this door is closed', where: 'CONCORD_API_TOKEN', remedy: 'Set CONCORD_API_TOKEN to at least 16 characters.' } });
      return;
    }
    const [, given] = /^Bearer +(.+?) *$/i.exec(req.get('authorization') ?? '') ?? [];
    if (given === undefined || !sameSecret(given, token)) {
      res.set('WWW-Authenticate', 'Bearer').status(401).json({ error: { code: 'unauthorized', message: 'no valid token', where: 'Authorization', remedy: 'Send Authorization: Bearer with the value of CONCORD_API_TOKEN.' } });
      return;
    }
    next();
  };
}

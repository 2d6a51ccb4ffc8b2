import express, { type Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import { comesFromElsewhere } from '../auth';
import type { Desk } from '../desk';
import { html, type Piece } from '../html';
import { notice } from '../pieces';
import { isLanguage, isTheme, keepChoice, type Visit } from '../visit';

/** `/login`, and the settings that need none: language and appearance. */
export function loginPages(desk: Desk): Router {
  const { parts, sessions } = desk;
  const router = express.Router();

  const body = ({ say }: Visit, refused: 'login_refused' | 'login_wait' | null): Piece => {
    if (sessions.closed !== null) return notice('warn', html`<strong>${say('login_closed')}</strong> ${say(sessions.closed === 'passwords' ? 'login_closed_passwords' : 'login_closed_secret')}`);
    return html`${refused === null ? '' : html`<div role="alert">${notice('bad', say(refused))}</div>`}<form method="post" action="/login" class="stack"><label class="field">${say('password')} <input type="password" name="password" autocomplete="current-password" required autofocus></label><button class="primary">${say('login')}</button></form>`;
  };

  router.get('/login', (req, res) => {
    const visit = desk.visit(req, res);
    if (visit.login !== null) return desk.leadTo(res, '/');
    return desk.show(req, res, { title: visit.say('login'), lead: visit.say('login_lead'), body: body(visit, null) }, sessions.closed === null ? 200 : 503);
  });

  const guesses = rateLimit({
    windowMs: 15 * 60_000,
    limit: 10,
    skipSuccessfulRequests: true,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    validate: { xForwardedForHeader: false },
    handler: (req, res) => {
      const visit = desk.visit(req, res);
      desk.show(req, res, { title: visit.say('login'), lead: visit.say('login_lead'), body: body(visit, 'login_wait') }, 429);
    },
  });
  router.post('/login', guesses, express.urlencoded({ extended: false, limit: '10kb' }), (req, res) => {
    const password: unknown = (req.body as Record<string, unknown> | undefined)?.['password'];
    const role = sessions.closed !== null || comesFromElsewhere(req) || typeof password !== 'string' ? null : sessions.roleOf(password);
    if (role === null) {
      parts.log.warn('a login was refused');
      const visit = desk.visit(req, res);
      return desk.show(req, res, { title: visit.say('login'), lead: visit.say('login_lead'), body: body(visit, 'login_refused') }, sessions.closed === null ? 401 : 503);
    }
    sessions.begin(res, role);
    parts.log.info('somebody logged in', { role });
    return desk.leadTo(res, '/');
  });

  // Nothing of anybody's is changed by it but how this browser shows pages: before a login it needs no token.
  router.post('/settings', express.urlencoded({ extended: false, limit: '10kb' }), (req, res) => {
    const { language, theme, back } = (req.body ?? {}) as Record<string, unknown>;
    if (!comesFromElsewhere(req)) keepChoice(res, { ...(isLanguage(language) ? { language } : {}), ...(isTheme(theme) ? { theme } : {}) }, parts.publicUrl().startsWith('https://'));
    desk.leadTo(res, isLocalPath(back) ? back : '/');
  });
  return router;
}

/** A path of this server and nothing that a browser takes for another host. */
export function isLocalPath(value: unknown): value is string {
  return typeof value === 'string' && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(value);
}

import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { loadAssets } from './assets';
import { createSessions, isOwnForm } from './auth';
import { createDesk, type Desk, type Section } from './desk';
import { failureOf } from './failure';
import { html } from './html';
import { AGREEMENT } from './pages/agreement';
import { ERRORS } from './pages/errors';
import { GLOSSARY } from './pages/glossary';
import { HANDOFFS } from './pages/handoffs';
import { loginPages } from './pages/login';
import { OVERVIEW } from './pages/overview';
import { PEOPLE } from './pages/people';
import { REPORTS } from './pages/reports';
import { RUNS } from './pages/runs';
import type { WebParts } from './parts';

/*
 * The dashboard: server-rendered pages that need no script. Who may do what is decided here, once, before any page sees the request: every page
 * needs a login; every form, an operator and the form's token.
 */

/** In the navigation's order. */
const SECTIONS: readonly Section[] = [OVERVIEW, PEOPLE, HANDOFFS, REPORTS, RUNS, ERRORS, AGREEMENT, GLOSSARY];

export function pageRouter(parts: WebParts): Router {
  const sessions = createSessions(parts);
  const desk = createDesk(parts, sessions, loadAssets(), SECTIONS);
  const router = express.Router();

  router.use('/assets', desk.assets.router);
  router.use(loginPages(desk));

  router.use((req, res, next) => {
    if (desk.visit(req, res).login !== null) return next();
    // A script that asks for a piece of a page leads the whole page to the login.
    if (req.get('hx-request') === 'true') return void res.status(401).set('HX-Redirect', '/login').end();
    if (req.method === 'GET' || req.method === 'HEAD') return desk.leadTo(res, '/login');
    const { say } = desk.visit(req, res);
    return desk.show(req, res, { title: say('login'), lead: say('login_lead'), body: html`<p><a class="button" href="/login">${say('login')}</a></p>` }, 401);
  });
  router.post('/{*path}', express.urlencoded({ extended: false, limit: '100kb' }), (req, res, next) => {
    const { login } = desk.visit(req, res);
    if (login?.role !== 'operator' && req.path !== '/logout') return refuse(desk, req, res, 'forbidden_role');
    if (login === null || !isOwnForm(sessions, login, req)) return refuse(desk, req, res, 'forbidden_form');
    return next();
  });

  router.post('/logout', (_req, res) => {
    sessions.end(res);
    desk.leadTo(res, '/login');
  });
  for (const section of SECTIONS) router.use(section.router(desk));
  router.use((req, res) => desk.missing(req, res));
  router.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const { status } = failureOf(parts, error, req);
    const { say } = desk.visit(req, res);
    return desk.show(req, res, { title: say(status === 503 ? 'unavailable' : 'bad_request'), lead: say(status === 503 ? 'unavailable_remedy' : 'bad_request_remedy'), body: '' }, status);
  });
  return router;
}

function refuse(desk: Desk, req: Request, res: Response, why: 'forbidden_role' | 'forbidden_form'): void {
  const { say } = desk.visit(req, res);
  desk.parts.log.warn('a form was refused', { why: why === 'forbidden_role' ? 'role' : 'token', path: req.path.split('/').slice(0, 2).join('/') });
  desk.show(req, res, { title: say('forbidden'), lead: say(why), body: html`<p><a class="button" href="/">${say('to_overview')}</a></p>` }, 403);
}

import express, { type Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import { callsSpent } from '../run/budget';
import { freshness } from '../run/health';
import { comesFromElsewhere, createSessions, loginOf, needsLogin, needsOwnForm } from './auth';
import { html, type Html } from './html';
import type { WebParts } from './parts';

/* Server-rendered pages without a script. They show counts, times and codes: whom a figure is about is asked at the command line or the API. */

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1f24; background: #fff }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #d0d7de }
.bad { color: #a40e26; font-weight: 600 } .good { color: #116329; font-weight: 600 } form { display: inline } header { display: flex; justify-content: space-between; align-items: center }
input, button { font: inherit; padding: .3rem .6rem }
`;

function page(title: string, body: Html): string {
  return `<!doctype html>\n${html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} – Concord</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"></head><body>${body}</body></html>`.text}\n`;
}

export function pageRouter(parts: WebParts): Router {
  const router = express.Router();
  const sessions = createSessions(parts);
  const form = express.urlencoded({ extended: false, limit: '10kb' });

  router.get('/style.css', (_req, res) => {
    res.type('css').set('Cache-Control', 'max-age=300').send(STYLE);
  });

  router.get('/login', (req, res) => {
    if (sessions.of(req) !== null) return res.redirect(303, '/');
    return res.status(sessions.closed === null ? 200 : 503).send(page('Log in', loginForm(sessions.closed, null)));
  });

  router.post('/login', rateLimit({ windowMs: 15 * 60_000, limit: 10, skipSuccessfulRequests: true, standardHeaders: 'draft-8', legacyHeaders: false, validate: { xForwardedForHeader: false } }), form, (req, res) => {
    const password: unknown = (req.body as Record<string, unknown> | undefined)?.['password'];
    const role = sessions.closed !== null || comesFromElsewhere(req) || typeof password !== 'string' ? null : sessions.roleOf(password);
    if (role === null) {
      parts.log.warn('a login was refused');
      return res.status(sessions.closed === null ? 401 : 503).send(page('Log in', loginForm(sessions.closed, 'That is not the password.')));
    }
    sessions.begin(res, role);
    return res.redirect(303, '/');
  });

  router.get('/', needsLogin(sessions), async (_req, res) => {
    const login = loginOf(res);
    const { store } = parts;
    const { time_zone: timeZone, name: company } = parts.agreement.settings.company;
    const when = (at: number | null | undefined): string => (at == null ? '–' : new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at));
    const now = parts.clock();
    const status = parts.status();
    const fresh = await freshness(store, parts.agreement.staleAfterMs, status.startedAt, now);
    const runs = await store.runs(null, 20);
    const parity = await store.parity();
    const people = parity.reduce((sum, row) => sum + row.people, 0);
    const disagree = parity.reduce((sum, row) => sum + row.disagree, 0);
    const calls = await callsSpent(store, now);
    const facts: [string, string | Html][] = [
      ['Last good run', html`${fresh.lastGood === null ? 'none yet' : when(fresh.lastGood.at)} ${fresh.stale ? html`<span class="bad">too long ago</span>` : html`<span class="good">in time</span>`}`],
      ['Under way', status.underWay ?? 'nothing'],
      ['Next run', when(status.next)],
      ['Last failure', status.failure === null ? 'none' : html`<span class="bad">${status.failure.message}</span> ${status.failure.remedy} (${when(status.failure.at)})`],
      ['People governed', String(people)],
      ['On whom both CRMs agree', people === 0 ? '–' : `${Math.round(((people - disagree) / people) * 1000) / 10} %`],
      ['Dead letters', String(await store.countDeadLetters('open'))],
      ['Webhook events waiting', String(await store.inboxLength())],
      ['API calls today', `HubSpot ${calls.hubspot}, Salesforce ${calls.salesforce}`],
    ];
    res.set('Cache-Control', 'no-store').send(
      page(
        'Status',
        html`<header><h1>Concord: ${company}</h1><div>${login.role} ${button('/logout', 'Log out', sessions.formToken(login))}</div></header>
${login.role === 'operator' ? html`<p>${button('/runs', 'Run now', sessions.formToken(login))}</p>` : ''}
<table><tbody>${facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>
<h2>Runs</h2>
<table><thead><tr><th>run</th><th>kind</th><th>started</th><th>ended</th><th>status</th></tr></thead><tbody>${runs.map((row) => html`<tr><td>${row.id}</td><td>${row.mode === 'dry-run' ? `${row.kind} (dry)` : row.kind}</td><td>${when(row.startedAt)}</td><td>${when(row.finishedAt)}</td><td>${row.status}</td></tr>`)}</tbody></table>
<p>Times are of ${timeZone}.</p>`,
      ),
    );
  });

  router.post('/runs', form, needsLogin(sessions, 'operator'), needsOwnForm(sessions), (_req, res) => {
    parts.log.info('a run was asked for', { by: 'page' });
    parts.ask.run(false);
    res.redirect(303, '/');
  });

  router.post('/logout', form, needsLogin(sessions), needsOwnForm(sessions), (_req, res) => {
    sessions.end(res);
    res.redirect(303, '/login');
  });
  return router;
}

function button(action: string, label: string, token: string): Html {
  return html`<form method="post" action="${action}"><input type="hidden" name="form" value="${token}"><button>${label}</button></form>`;
}

function loginForm(closed: string | null, refused: string | null): Html {
  if (closed !== null) return html`<h1>Concord</h1><p class="bad">Nobody can log in yet.</p><p>${closed}</p>`;
  return html`<h1>Concord</h1>${refused === null ? '' : html`<p class="bad" role="alert">${refused}</p>`}<form method="post" action="/login"><label>Password <input type="password" name="password" autocomplete="current-password" required autofocus></label> <button>Log in</button></form>`;
}

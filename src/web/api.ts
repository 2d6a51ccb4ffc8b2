import express, { type Request, type Response, type Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import { ConcordError } from '../domain/problem';
import { disagreeing, disagreementDocument, PARITY_DEFINITION } from '../run/disagreements';
import { deadLetterDocument, explanationDocument, runDocument } from '../run/documents';
import { explain } from '../run/explain';
import { needsToken } from './auth';
import { exportApi } from './exportApi';
import { reportApi } from './reportApi';
import { runWishOf } from './schema';
import type { WebParts } from './parts';

/* `/api/v1`: what the command line says, as JSON, behind a token. Lists are paged: `after` takes the `next` of the page before. */

const MOST = 500;

export function apiRouter(parts: WebParts): Router {
  const { store } = parts;
  const router = express.Router();
  router.use(rateLimit({ windowMs: 60_000, limit: 600, standardHeaders: 'draft-8', legacyHeaders: false, validate: { xForwardedForHeader: false }, message: { error: { code: 'too_many_requests', message: 'too many requests', where: null, remedy: 'Wait a minute.' } } }));
  router.use(needsToken(parts.server.apiToken));
  router.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  router.get('/runs', async (req, res) => {
    const limit = limitOf(req, res);
    if (limit === null) return;
    const after = textOf(req, 'after');
    const before = after === null ? null : Date.parse(after);
    if (before !== null && Number.isNaN(before)) return refuse(res, 400, 'bad_request', '`after` is no moment', 'after', 'Give the `next` of the page before.');
    const rows = await store.runs(before, limit);
    res.json({ runs: rows.map(runDocument), next: rows.length < limit ? null : new Date(rows.at(-1)?.startedAt ?? 0).toISOString() });
  });

  router.get('/runs/:id', async (req, res) => {
    const row = await store.run(String(req.params['id']));
    if (row === null) return refuse(res, 404, 'unknown_run', 'no run by that id', 'id', 'GET /api/v1/runs lists them.');
    res.json(runDocument(row));
  });

  // Whatever the body calls itself: a wish that is not read would be a run that nobody asked for.
  router.post('/runs', express.json({ limit: '10kb', type: () => true }), (req, res) => {
    const wish = runWishOf(req.body);
    if (wish === null) return refuse(res, 400, 'bad_request', 'the body is not understood', 'body', 'Send nothing, or {"full": true}.');
    parts.log.info('a run was asked for', { by: 'api', full: wish.full });
    parts.ask.run(wish.full);
    res.status(202).json({ asked: true, full: wish.full, under_way: parts.status().underWay });
  });

  router.get('/dead-letters', async (req, res) => {
    const limit = limitOf(req, res);
    if (limit === null) return;
    const letters = await store.deadLetters({ state: 'open', afterId: textOf(req, 'after'), limit });
    res.json({ dead_letters: letters.map(deadLetterDocument), next: letters.length < limit ? null : (letters.at(-1)?.id ?? null) });
  });

  router.get('/people/:id', async (req, res) => {
    const now = parts.clock();
    const noUrl = { recordUrl: () => '' };
    const adopting = (await store.meta('adopted')) === null;
    const judging = { parts: { store, terms: { agreement: parts.agreement } }, now, adopting, readUpTo: { hubspot: now, salesforce: now }, hubspot: noUrl, salesforce: noUrl };
    try {
      res.json(explanationDocument(await explain(judging, String(req.params['id']))));
    } catch (error) {
      if (!(error instanceof ConcordError) || (error.code !== 'unknown_person' && error.code !== 'several_people')) throw error;
      refuse(res, error.code === 'unknown_person' ? 404 : 409, error.code, error.message, 'id', error.remedy);
    }
  });

  router.get('/parity', async (req, res) => {
    const limit = limitOf(req, res);
    if (limit === null) return;
    const page = await disagreeing(store, textOf(req, 'after'), limit);
    res.json({ report: 'parity', definition: PARITY_DEFINITION, as_of: new Date(parts.clock()).toISOString(), stages: await store.parity(), disagreements: page.map(disagreementDocument), next: page.length < limit ? null : (page.at(-1)?.row.id ?? null) });
  });

  router.use('/reports', reportApi(parts));
  router.use('/export', exportApi(parts));

  router.use((_req, res) => refuse(res, 404, 'unknown_path', 'there is nothing here', 'path', 'docs/commands.md lists what /api/v1 has.'));
  return router;
}

export function refuse(res: Response, status: number, code: string, message: string, where: string, remedy: string): void {
  res.status(status).json({ error: { code, message, where, remedy } });
}

function textOf(req: Request, name: string): string | null {
  const value = req.query[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** `limit`, 1 to 500, by default 100; answers 400 and gives null for anything else. */
function limitOf(req: Request, res: Response): number | null {
  const text = textOf(req, 'limit') ?? '100';
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST) return limit;
  refuse(res, 400, 'bad_request', `limit is not a number from 1 to ${MOST}`, 'limit', `Give a number from 1 to ${MOST}.`);
  return null;
}

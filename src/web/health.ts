import express, { type Router } from 'express';
import { freshness } from '../run/health';
import type { WebParts } from './parts';

/** Failures of a run that say that a credential is wrong; others pass by themselves or are somebody's data. */
const CREDENTIALS: ReadonlySet<string> = new Set(['unauthorized', 'missing_scope', 'no_credentials', 'wrong_connection']);

export interface Readiness {
  ready: boolean;
  store: boolean;
  credentials: boolean;
  last_good_run: { run: string; at: string; age_seconds: number } | null;
  stale: boolean;
  /** What keeps it from being ready, in words that name nobody. */
  reasons: string[];
}

/** Whether it does its work: the store answers, the credentials were taken, and the last good run is young enough. */
export async function readiness(parts: WebParts): Promise<Readiness> {
  const status = parts.status();
  const now = parts.clock();
  const reasons: string[] = [];
  const credentials = status.failure === null || !CREDENTIALS.has(status.failure.code);
  if (!credentials) reasons.push(`credentials: ${status.failure?.code ?? ''}`);
  if (status.stopping) reasons.push('stopping');
  try {
    const fresh = await freshness(parts.store, parts.agreement.staleAfterMs, status.startedAt, now);
    if (fresh.lastGood === null) reasons.push('no good run yet');
    else if (fresh.stale) reasons.push('the last good run is too long ago');
    // Why, as far as it is known: a credential has been named above.
    if ((fresh.lastGood === null || fresh.stale) && credentials && status.failure !== null) reasons.push(`the last attempt failed: ${status.failure.code}`);
    const last = fresh.lastGood === null ? null : { run: fresh.lastGood.run, at: new Date(fresh.lastGood.at).toISOString(), age_seconds: Math.round(fresh.ageMs / 1000) };
    return { ready: reasons.length === 0, store: true, credentials, last_good_run: last, stale: fresh.stale, reasons };
  } catch {
    return { ready: false, store: false, credentials, last_good_run: null, stale: false, reasons: ['store: it does not answer', ...reasons] };
  }
}

/** `/healthz`: the process answers. `/readyz`: it does its work; 503 with the reasons when not. Neither says anything about anybody. */
export function healthRouter(parts: WebParts): Router {
  const router = express.Router();
  router.get('/healthz', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ ok: true });
  });
  router.get('/readyz', async (_req, res) => {
    const state = await readiness(parts);
    res.set('Cache-Control', 'no-store').status(state.ready ? 200 : 503).json(state);
  });
  return router;
}

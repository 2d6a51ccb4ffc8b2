import express, { type RequestHandler, type Router } from 'express';
import type { SandboxClock } from './clock';
import type { Fault, Faults } from './faults';

/** A call that reached the CRM: what tests count. */
export interface CallRecord {
  method: string;
  /** Path with query. */
  url: string;
  status: number;
}

/** The calls a CRM answered since the last `clear`, newest last, at most `limit` kept (the count goes on). */
export class CallLog {
  calls: CallRecord[] = [];
  count = 0;
  constructor(private readonly limit = 100_000) {}

  add(call: CallRecord): void {
    this.count += 1;
    if (this.calls.length < this.limit) this.calls.push(call);
  }

  clear(): void {
    this.calls = [];
    this.count = 0;
  }
}

/** Answers carry the sandbox's own time, as a server's do its own: whoever reads changes goes by this header. */
export function dateHeader(clock: SandboxClock): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('Date', new Date(clock.now()).toUTCString());
    next();
  };
}

/**
 * The back door for tests and for the story: `POST /__sandbox/faults` (a Fault), `DELETE /__sandbox/faults`, `GET|DELETE /__sandbox/calls`,
 * `POST /__sandbox/clock` `{set: epochMs|null}` or `{advance: ms}`. Calls to it are not logged and not faulted.
 */
export function controlRouter(parts: { faults: Faults; calls: CallLog; clock: SandboxClock }): Router {
  const router = express.Router();
  router.use(express.json());
  router.post('/faults', (req, res) => {
    parts.faults.add(req.body as Fault);
    res.status(204).end();
  });
  router.delete('/faults', (_req, res) => {
    parts.faults.clear();
    res.status(204).end();
  });
  router.get('/calls', (_req, res) => {
    res.json({ count: parts.calls.count, calls: parts.calls.calls });
  });
  router.delete('/calls', (_req, res) => {
    parts.calls.clear();
    res.status(204).end();
  });
  router.post('/clock', (req, res) => {
    const body = req.body as { set?: number | null; advance?: number };
    if (body.set !== undefined) parts.clock.set(body.set);
    if (body.advance !== undefined) parts.clock.advance(body.advance);
    res.json({ now: parts.clock.now() });
  });
  return router;
}

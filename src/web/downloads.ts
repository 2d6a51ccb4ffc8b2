import { once } from 'node:events';
import type { Response } from 'express';
import { ConcordError } from '../domain/problem';

/* Answers that are files, written as they are read; and how a report says no. */

/** Says that what follows is a file by this name. `name`: ASCII. */
export function attach(res: Response, name: string, type: string): void {
  res.set({ 'Cache-Control': 'no-store', 'Content-Type': type, 'Content-Disposition': `attachment; filename="${name.replace(/[^\w.-]/g, '-')}"` });
}

/** Aborted when the client has gone before its answer was whole. */
export function goneSignal(res: Response): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => (res.writableFinished ? undefined : gone.abort()));
  return gone.signal;
}

/**
 * Writes pieces as they come, and waits while the client is slower: nothing is ever whole in memory. A fault in the middle breaks the connection off, so
 * that nobody takes the part for the whole.
 */
export async function stream(res: Response, pieces: () => AsyncGenerator<string>): Promise<void> {
  try {
    for await (const piece of pieces()) {
      if (res.destroyed) return;
      if (!res.write(piece)) await room(res);
    }
    res.end();
  } catch (error) {
    if (!res.headersSent) throw error;
    res.destroy();
  }
}

/** Until the client has taken what was written, or has gone. */
async function room(res: Response): Promise<void> {
  const heard = new AbortController();
  await Promise.race([once(res, 'drain', { signal: heard.signal }), once(res, 'close', { signal: heard.signal })]).catch(() => undefined);
  // The one that did not happen would be listened for until the end of a long file.
  heard.abort();
}

const STATUS: Readonly<Record<string, number>> = { bad_usage: 400, unknown_report: 404, unknown_figure: 404, unknown_table: 404, reports_busy: 503, report_timeout: 503, reporter_lost: 503, interrupted: 503 };

/** The status that an error of a report is answered with; null: it is none of those. */
export function statusOf(error: unknown): number | null {
  return error instanceof ConcordError ? (STATUS[error.code] ?? null) : null;
}

/** Answers with what was wrong, where, and what to do; throws anything else on. Options are called by their names in an address. */
export function refuseError(res: Response, error: unknown): void {
  const status = statusOf(error);
  if (status === null || !(error instanceof ConcordError)) throw error;
  if (status === 503) res.set('Retry-After', '5');
  const named = (text: string): string => text.replace(/--(\w)/g, '$1');
  res.status(status).json({ error: { code: error.code, message: named(error.message), where: error.where === undefined ? null : named(error.where), remedy: named(error.remedy) } });
}

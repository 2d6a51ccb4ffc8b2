import type { Request } from 'express';
import { ConcordError } from '../domain/problem';
import { redactText } from '../log/redact';
import type { WebParts } from './parts';

/** What a request that threw is answered with. What is not the asker's fault goes to the log, without ids or words of anybody. */
export function failureOf(parts: Pick<WebParts, 'log'>, error: unknown, req: Pick<Request, 'method' | 'path'>): { status: number; code: string } {
  const given = (error as { status?: unknown }).status;
  const status = typeof given === 'number' && given >= 400 && given < 500 ? given : 503;
  if (status !== 503) return { status, code: status === 413 ? 'too_large' : 'bad_request' };
  const known = error instanceof ConcordError;
  const code = known ? error.code : 'unexpected';
  parts.log.error('a request failed', { method: req.method, path: req.path.split('/').slice(0, 3).join('/'), code, error: known ? undefined : redactText(error instanceof Error ? error.name : 'unknown') });
  return { status, code };
}

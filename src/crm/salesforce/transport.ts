import { PassThrough } from 'node:stream';
import type { HttpRequest, HttpResponse } from 'jsforce';
import { problem } from '../../domain/problem';
import { CallFailed } from '../pace';
import { connectionLost } from './problems';

/*
 * The one door through which bytes go to Salesforce. It stands under jsforce's Connection in place of jsforce's own transport, which waits for ever on
 * an answer cut in the middle, repeats requests by itself, follows redirects with the token, and keeps status and headers to itself.
 */

/** One request under way: its deadline going in, what the answer said coming out. */
export interface Exchange {
  signal: AbortSignal;
  status?: number;
  headers?: Headers;
}

/** What jsforce asks of a transport: a promise of the answer which can also hand out a stream. */
export interface Transport {
  httpRequest(request: HttpRequest): Promise<HttpResponse> & { stream(): PassThrough };
}

/** A transport for one exchange: jsforce's Metadata calls take no options that could carry it. */
export function createTransport(exchange: Exchange): Transport {
  return {
    httpRequest: (request) => Object.assign(send(request, exchange), { stream: () => new PassThrough() }),
  };
}

async function send(request: HttpRequest, exchange: Exchange): Promise<HttpResponse> {
  const { url, method, headers, body } = request;
  if (body !== undefined && body !== null && typeof body !== 'string') throw new Error('salesforce: only text is sent');
  const answer = await httpSend(exchange, url, { method, headers: withoutLength(headers ?? {}), ...(typeof body === 'string' ? { body } : {}) });
  return answer;
}

/** Sends and reads to the last byte under the exchange's deadline. Throws `CallFailed` when there is no whole answer, or a redirect. */
export async function httpSend(
  exchange: Exchange,
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
): Promise<HttpResponse> {
  let body: string;
  let response: Response;
  try {
    response = await fetch(url, { ...init, redirect: 'manual', signal: exchange.signal });
    exchange.status = response.status;
    exchange.headers = response.headers;
    body = await response.text();
  } catch (cause) {
    throw connectionLost(cause);
  }
  if (response.status > 300 && response.status < 400 && response.status !== 304) {
    // The token belongs to the host it was issued for: a redirect is never followed.
    throw new CallFailed(problem('unavailable', 'salesforce', { vendorCode: 'redirect' }), 'no');
  }
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body };
}

/** fetch counts the bytes itself and refuses a second opinion. */
function withoutLength(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-length'));
}

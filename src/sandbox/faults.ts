import type { NextFunction, Request, Response } from 'express';
import { ServerResponse } from 'node:http';

/** What goes wrong with a call. `-after` kinds let the call take effect first: the caller cannot know. */
export type FaultAction =
  | { do: 'answer'; status: number; body?: unknown; headers?: Record<string, string> }
  | { do: 'answer-after'; status: number; body?: unknown; headers?: Record<string, string> }
  | { do: 'drop' }
  | { do: 'drop-after' }
  | { do: 'truncate-after' }
  | { do: 'hang' }
  | { do: 'delay'; milliseconds: number };

/** Which calls a fault meets: all given parts must fit. */
export interface FaultMatch {
  method?: string;
  /** A regular expression over the path with its query. */
  path?: string;
  /** A regular expression over the request's body as sent. */
  body?: string;
}

export interface Fault {
  match: FaultMatch;
  action: FaultAction;
  /** Fitting calls let through first (default 0). */
  skip?: number;
  /** Fitting calls hit before the fault is spent (default 1; 0: for ever). */
  times?: number;
}

interface ArmedFault extends Fault {
  skip: number;
  left: number;
}

/** Faults on request, for one CRM. Install `middleware` after the raw body has been read into `req.rawBody`. */
export class Faults {
  private armed: ArmedFault[] = [];

  add(fault: Fault): void {
    this.armed.push({ ...fault, skip: fault.skip ?? 0, left: fault.times === 0 ? Number.POSITIVE_INFINITY : (fault.times ?? 1) });
  }

  clear(): void {
    this.armed = [];
  }

  private take(req: Request): FaultAction | undefined {
    for (const fault of this.armed) {
      const { method, path, body } = fault.match;
      if (method !== undefined && method !== req.method) continue;
      if (path !== undefined && !new RegExp(path).test(req.originalUrl)) continue;
      if (body !== undefined && !new RegExp(body).test(String((req as { rawBody?: unknown }).rawBody ?? ''))) continue;
      if (fault.skip > 0) {
        fault.skip -= 1;
        continue;
      }
      if (fault.left <= 0) continue;
      fault.left -= 1;
      return fault.action;
    }
    return undefined;
  }

  middleware = (req: Request, res: Response, next: NextFunction): void => {
    const action = this.take(req);
    if (action === undefined) return next();
    switch (action.do) {
      case 'answer':
        sendFault(res, action);
        return;
      case 'drop':
        req.socket.destroy();
        return;
      case 'hang':
        return;
      case 'delay':
        setTimeout(next, action.milliseconds);
        return;
      case 'answer-after':
      case 'drop-after':
      case 'truncate-after':
        insteadOfTheAnswer(res, (whole) => {
          if (action.do === 'answer-after') sendFault(res, action);
          else if (action.do === 'drop-after') req.socket.destroy();
          else {
            req.socket.write(
              `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(whole) + 1}\r\n\r\n${whole.slice(0, whole.length / 2)}`,
            );
          }
        });
        next();
        return;
    }
  };
}

function sendFault(res: Response, action: { status: number; body?: unknown; headers?: Record<string, string> }): void {
  res.statusCode = action.status;
  for (const [name, value] of Object.entries(action.headers ?? {})) res.setHeader(name, value);
  const text = typeof action.body === 'string' ? action.body : JSON.stringify(action.body ?? {});
  if (!res.hasHeader('content-type')) res.setHeader('content-type', 'application/json');
  originalEnd.call(res, text);
}

const originalEnd = Reflect.get(ServerResponse.prototype, 'end') as (this: ServerResponse, chunk?: unknown) => unknown;

/** Runs the call to its end, keeps its answer back and hands it to `then`. */
function insteadOfTheAnswer(res: Response, then: (whole: string) => void): void {
  res.end = ((chunk?: unknown) => {
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    then(chunk === undefined || typeof chunk === 'function' ? '' : String(chunk));
    return res;
  }) as Response['end'];
}

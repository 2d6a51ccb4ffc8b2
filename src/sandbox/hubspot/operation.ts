import { objectFacts, objectType, type ObjectType } from './objectTypes';
import type { Parts } from './parts';
import type { Token } from './portal';

/** Numbered paths are v3 and v4; dated ones carry their version. What they answer differs in places. */
export type Family = 'numbered' | '2026-03' | '2026-09';
export const datedFamilies = ['2026-03', '2026-09'] as const;

/** A call that has passed authentication, scopes and limits. */
export interface Call {
  parts: Parts;
  family: Family;
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
  /** The body as sent. */
  text: string;
  token: Token;
}

/** An answer. No body: none is sent. */
export interface Reply {
  status: number;
  body?: unknown;
}

/** Scopes a call needs: of each inner list at least one. */
export type Scopes = readonly (readonly string[])[];

/** One operation of HubSpot's API: the table of these maps each to its path in both families. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** v3 or v4 path. */
  numbered?: string;
  /** Dated path, with `:version` in the place of the date. */
  dated?: string;
  /** Dated versions that serve it; all of them unless said. */
  versions?: readonly Family[];
  scopes: (params: Record<string, string>) => Scopes;
  isSearch?: boolean;
  /** Introspection takes the token in its body instead of the header. */
  open?: boolean;
  run: (call: Call) => Reply;
}

export const noScopes = (): Scopes => [];

export function typeOf(call: Call, name = 'type'): ObjectType {
  return objectType(call.params[name] ?? '');
}

export function recordScopes(access: 'read' | 'write') {
  return (params: Record<string, string>): Scopes => [[`crm.objects.${objectFacts[objectType(params['type'] ?? '')].scope}.${access}`]];
}

/** Query parameters that come repeated, comma-joined, or both. */
export function listParam(call: Call, name: string): string[] {
  return call.query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** A batch's answer. Failures in part are 207 on numbered paths and 2026-03, and the plain success status from 2026-09 on. */
export function batchReply(call: Call, startedAt: number, results: unknown[], errors: unknown[], success = 200): Reply {
  const body = {
    status: 'COMPLETE',
    results,
    startedAt: new Date(startedAt).toISOString(),
    completedAt: new Date(call.parts.clock.now()).toISOString(),
    ...(errors.length === 0 ? {} : { numErrors: errors.length, errors }),
  };
  return { status: errors.length > 0 && call.family !== '2026-09' ? 207 : success, body };
}

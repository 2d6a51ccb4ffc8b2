import { ConcordError, EXIT } from '../domain/problem';
import type { ReportRequest } from '../report/make';
import { DIMENSIONS } from '../report/model';

/* What an address asks of a report. What is not known is refused: a filter that is misspelt would otherwise show everybody’s figures as somebody’s. */

const REQUEST = ['from', 'to', 'by', ...DIMENSIONS] as const;

/** The request in a query, and what else of it (`more`) may be there. Empty values count as absent. Throws ConcordError `bad_usage`. */
export function reportWish(query: Record<string, unknown>, more: readonly string[]): { request: ReportRequest; rest: Record<string, string | undefined> } {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) {
    const allowed = [...REQUEST, ...more];
    if (!allowed.includes(name)) throw badQuery(`“${name}” is not known here`, name, `It takes: ${allowed.join(', ')}.`);
    if (typeof value !== 'string') throw badQuery(`“${name}” is given more than once`, name, 'Give it once.');
    if (value !== '') given[name] = value;
  }
  const filters = Object.fromEntries(DIMENSIONS.flatMap((dimension) => (given[dimension] === undefined ? [] : [[dimension, given[dimension]]])));
  const { from, to, by } = given;
  return { request: { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), ...(by === undefined ? {} : { by }), filters }, rest: Object.fromEntries(more.map((name) => [name, given[name]])) };
}

/** The same request as a query, without `?`. */
export function queryOf({ from, to, by, filters = {} }: ReportRequest, more: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ from, to, by, ...filters, ...more })) if (value !== undefined && value !== '') query.set(name, value);
  return query.toString();
}

export function badQuery(message: string, where: string, remedy: string): ConcordError {
  return new ConcordError({ code: 'bad_usage', message, where, remedy, exit: EXIT.usage });
}

/** One of a few words. Throws ConcordError `bad_usage`. */
export function oneOf<T extends string>(value: string, allowed: readonly T[], where: string): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw badQuery(`“${where}” cannot be “${value}”`, where, `It is one of: ${allowed.join(', ')}.`);
  return found;
}

const MOST = 500;

/** `limit`: 1 to 500, by default 100. Throws ConcordError `bad_usage`. */
export function limitOf(text = '100'): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MOST) throw badQuery(`limit is not a number from 1 to ${MOST}`, 'limit', `Give a number from 1 to ${MOST}.`);
  return limit;
}

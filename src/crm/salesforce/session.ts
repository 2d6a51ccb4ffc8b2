import { createSign } from 'node:crypto';
import { problem } from '../../domain/problem';
import { CallFailed, type Pace } from '../pace';
import { tokenRefused, unreadable } from './problems';
import { parsed, Token } from './schema';
import { httpSend, type Exchange } from './transport';

/** How Concord proves who it is: client credentials (a secret), or JWT bearer (a user name and the private key of the app's certificate). */
export interface Credentials {
  /** My Domain host of the org; client credentials are accepted nowhere else. Without trailing slash. */
  loginUrl: string;
  clientId: string;
  clientSecret?: string;
  username?: string;
  /** PEM. */
  privateKey?: string;
}

export interface Session {
  token: string;
  /** Where every call goes: it can change after an org move, so each login brings it anew. */
  instanceUrl: string;
  /** From the identity URL; the JWT flow of some orgs leaves it out. */
  userId?: string;
}

export interface Sessions {
  /** The session in use; logs in when there is none. */
  current(): Promise<Session>;
  /** Logs in again because `stale` was refused. Callers that come late with the same stale session share one login. */
  renew(stale: Session): Promise<Session>;
}

const RENEWALS_PER_MINUTE = 2;

/**
 * Keeps one session. Salesforce names no expiry, so a session is used until a call is refused. A server that refuses every new token ends in
 * `unauthorized` after two logins a minute instead of in an endless circle.
 */
export function createSessions(credentials: Credentials, pace: Pace, now: () => number): Sessions {
  let session: Session | undefined;
  let login: Promise<Session> | undefined;
  let renewals: number[] = [];

  function once(): Promise<Session> {
    login ??= requestToken(credentials, pace, now)
      .then((fresh) => (session = fresh))
      .finally(() => {
        login = undefined;
      });
    return login;
  }

  return {
    async current() {
      return session ?? once();
    },
    async renew(stale) {
      if (login !== undefined) return login;
      if (session !== undefined && session.token !== stale.token) return session;
      const at = now();
      renewals = renewals.filter((then) => at - then < 60_000);
      if (renewals.length >= RENEWALS_PER_MINUTE) {
        throw new CallFailed(problem('unauthorized', 'salesforce', { vendorCode: 'INVALID_SESSION_ID' }), 'no');
      }
      renewals.push(at);
      return once();
    },
  };
}

async function requestToken(credentials: Credentials, pace: Pace, now: () => number): Promise<Session> {
  const url = `${credentials.loginUrl}/services/oauth2/token`;
  return pace.call({ kind: 'read' }, async (signal) => {
    const exchange: Exchange = { signal };
    const answer = await httpSend(exchange, url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(grant(credentials, now())).toString(),
    });
    const body = asJson(answer.body);
    if (answer.statusCode !== 200) throw tokenRefused(answer.statusCode, body, now());
    const token = parsed(Token, body);
    if (token === undefined) throw new CallFailed(unreadable('token'), 'no');
    const instanceUrl = token.instance_url.replace(/\/+$/, '');
    if (!isTrustedHost(instanceUrl, credentials.loginUrl)) {
      throw new CallFailed(problem('unauthorized', 'salesforce', { vendorCode: 'instance_url', remedy: 'Check SALESFORCE_LOGIN_URL: the login answered with a host that is not Salesforce’s.' }), 'no');
    }
    const userId = token.id?.split('/').at(-1);
    return { token: token.access_token, instanceUrl, ...(userId === undefined || userId === '' ? {} : { userId }) };
  });
}

function grant(credentials: Credentials, now: number): Record<string, string> {
  if (credentials.privateKey !== undefined && credentials.username !== undefined) {
    return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertion(credentials.clientId, credentials.username, credentials.privateKey, credentials.loginUrl, now) };
  }
  return { grant_type: 'client_credentials', client_id: credentials.clientId, client_secret: credentials.clientSecret ?? '' };
}

/** A JWT for one login: RS256, good for two minutes (Salesforce takes at most three), `exp` in epoch seconds. */
export function assertion(clientId: string, username: string, privateKey: string, loginUrl: string, now: number): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: clientId, sub: username, aud: audience(loginUrl), exp: Math.floor(now / 1000) + 120 };
  const head = `${part({ alg: 'RS256' })}.${part(claims)}`;
  return `${head}.${createSign('RSA-SHA256').update(head).sign(privateKey).toString('base64url')}`;
}

/** Sandboxes (`test.salesforce.com`, `<domain>--<sandbox>.sandbox.my.salesforce.com`) have an audience of their own. */
export function audience(loginUrl: string): string {
  const host = new URL(loginUrl).hostname;
  return host === 'test.salesforce.com' || host.endsWith('.sandbox.my.salesforce.com') ? 'https://test.salesforce.com' : 'https://login.salesforce.com';
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The token goes to the login's own host or to one of Salesforce's, by https; plain http only on loopback. */
export function isTrustedHost(instanceUrl: string, loginUrl: string): boolean {
  if (!URL.canParse(instanceUrl)) return false;
  const to = new URL(instanceUrl);
  const from = new URL(loginUrl);
  if (LOOPBACK.has(to.hostname)) return LOOPBACK.has(from.hostname);
  return to.protocol === 'https:' && (to.hostname === from.hostname || to.hostname.endsWith('.salesforce.com'));
}

function asJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

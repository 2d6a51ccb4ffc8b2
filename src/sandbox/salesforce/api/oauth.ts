import { createPublicKey, createVerify, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Org } from '../org';
import type { Answer } from './call';

/** The app that the org knows: an External Client App with client credentials, and JWT bearer once a certificate is set. */
export interface App {
  clientId: string;
  clientSecret: string;
  /** PEM certificate or public key; null: signatures are not checked, only read. */
  certificate: string | null;
  /** Users that the app is pre-authorised for. */
  approved: string[];
}

const AUDIENCES = ['https://login.salesforce.com', 'https://test.salesforce.com'];
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** How far ahead an assertion's `exp` may lie. The vendor's own clients send between two and five minutes. */
const LONGEST_ASSERTION = 6 * 60_000;

/** Opaque sessions, kept in the database. A session that went unused for the org's time-out is over. */
export class Sessions {
  constructor(private readonly org: Org) {
    org.database.exec('CREATE TABLE IF NOT EXISTS sf_session (token TEXT PRIMARY KEY, user TEXT NOT NULL, used INTEGER NOT NULL)');
  }

  open(userId: string): string {
    const token = `${this.org.orgId.slice(0, 15)}!AQ${randomBytes(48).toString('base64url').replace(/-/g, '.')}`;
    this.org.storage.prepare('INSERT INTO sf_session (token, user, used) VALUES (?, ?, ?)').run(token, userId, this.org.clock.now());
    return token;
  }

  /** The user of a token, or undefined when the session is unknown or over. */
  user(token: string): string | undefined {
    const row = this.org.storage.prepare('SELECT user, used FROM sf_session WHERE token = ?').get(token) as { user: string; used: number } | undefined;
    if (!row) return undefined;
    const now = this.org.clock.now();
    if (now - row.used > this.org.settings.get('sessionMinutes', 120) * 60_000 || this.org.storage.get('User', row.user)?.IsActive !== 1) {
      this.close(token);
      return undefined;
    }
    if (now - row.used > 60_000) this.org.storage.prepare('UPDATE sf_session SET used = ? WHERE token = ?').run(now, token);
    return row.user;
  }

  close(token: string): boolean {
    return this.org.storage.prepare('DELETE FROM sf_session WHERE token = ?').run(token).changes > 0;
  }

  expireAll(): void {
    this.org.database.exec('DELETE FROM sf_session');
  }
}

export interface TokenCall {
  form: URLSearchParams;
  authorization: string | undefined;
  /** `http://127.0.0.1:7001`, as the caller reached the sandbox. */
  baseUrl: string;
}

function refuse(error: string, description: string, status = 400): Answer {
  return { status, body: { error, error_description: description } };
}

/** `POST /services/oauth2/token`: client credentials and JWT bearer; every other grant is refused. */
export function token(org: Org, sessions: Sessions, app: App, call: TokenCall): Answer {
  const grant = call.form.get('grant_type');
  if (grant === 'client_credentials') return clientCredentials(org, sessions, app, call);
  if (grant === JWT_BEARER) return jwtBearer(org, sessions, app, call);
  return refuse('unsupported_grant_type', 'grant type not supported');
}

function clientCredentials(org: Org, sessions: Sessions, app: App, call: TokenCall): Answer {
  const basic = /^Basic (.+)$/i.exec(call.authorization ?? '')?.[1];
  const [basicId, basicSecret] = basic === undefined ? [] : Buffer.from(basic, 'base64').toString('utf8').split(':');
  const id = call.form.get('client_id') ?? basicId ?? '';
  const secret = call.form.get('client_secret') ?? basicSecret ?? '';
  if (id !== app.clientId) return refuse('invalid_client_id', 'client identifier invalid');
  if (!same(secret, app.clientSecret)) return refuse('invalid_client', 'invalid client credentials');
  if (org.storage.get('User', org.integrationUserId)?.IsActive !== 1) return refuse('invalid_grant', 'no client credentials user enabled');
  return success(org, sessions.open(org.integrationUserId), org.integrationUserId, call.baseUrl, true);
}

function jwtBearer(org: Org, sessions: Sessions, app: App, call: TokenCall): Answer {
  const [head, payload, signature] = (call.form.get('assertion') ?? '').split('.');
  const header = readPart(head);
  const claims = readPart(payload);
  if (!header || !claims || signature === undefined || header.alg !== 'RS256') return refuse('invalid_grant', 'invalid assertion');
  if (claims.iss !== app.clientId) return refuse('invalid_client_id', 'client identifier invalid');
  if (app.certificate !== null) {
    const verify = createVerify('RSA-SHA256').update(`${head}.${payload}`);
    if (!verify.verify(createPublicKey(app.certificate), signature, 'base64url')) return refuse('invalid_grant', 'invalid assertion');
  }
  const audiences = [...AUDIENCES, call.baseUrl];
  const given = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (!given.some((aud) => typeof aud === 'string' && audiences.includes(aud.replace(/\/$/, '')))) return refuse('invalid_grant', 'audience is invalid');
  // Seconds by the standard; the vendor's own CLI sends milliseconds, and both are taken.
  const exp = Number(claims.exp) > 1e11 ? Number(claims.exp) : Number(claims.exp) * 1000;
  const now = org.clock.now();
  if (!(exp > now) || exp > now + LONGEST_ASSERTION) return refuse('invalid_grant', 'expired authorization code');
  const user = org.storage.find('User', { Username: String(claims.sub ?? '') })[0];
  if (!user || user.IsActive !== 1) return refuse('invalid_grant', user ? 'inactive user' : "user hasn't approved this consumer");
  if (!app.approved.includes(user.Id as string)) return refuse('invalid_grant', "user hasn't approved this consumer");
  return success(org, sessions.open(user.Id as string), user.Id as string, call.baseUrl, false);
}

function readPart(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** All values are text; `issued_at` is epoch milliseconds as text; there is no `expires_in`. JWT bearer answers fewer members. */
function success(org: Org, accessToken: string, userId: string, baseUrl: string, full: boolean): Answer {
  const issued = String(org.clock.now());
  const base = { access_token: accessToken, scope: 'api', instance_url: baseUrl, id: `${baseUrl}/id/${org.orgId}/${userId}`, token_type: 'Bearer' };
  if (!full) return { status: 200, body: base };
  return { status: 200, body: { ...base, signature: randomBytes(32).toString('base64'), issued_at: issued, api_instance_url: baseUrl, token_format: 'opaque' } };
}

export function userInfo(org: Org, userId: string, baseUrl: string): Answer {
  const user = org.storage.get('User', userId);
  return {
    status: 200,
    body: {
      sub: `${baseUrl}/id/${org.orgId}/${userId}`,
      user_id: userId,
      organization_id: org.orgId,
      preferred_username: user?.Username ?? '',
      nickname: user?.Alias ?? '',
      name: user?.Name ?? '',
      email: user?.Email ?? '',
      email_verified: true,
      given_name: user?.FirstName ?? null,
      family_name: user?.LastName ?? null,
      zoneinfo: user?.TimeZoneSidKey ?? 'GMT',
      active: user?.IsActive === 1,
      user_type: 'STANDARD',
      language: user?.LanguageLocaleKey ?? 'en_US',
      locale: user?.LocaleSidKey ?? 'en_US',
      urls: { rest: `${baseUrl}/services/data/v{version}/`, sobjects: `${baseUrl}/services/data/v{version}/sobjects/`, metadata: `${baseUrl}/services/Soap/m/{version}/${org.orgId.slice(0, 15)}` },
    },
  };
}

/** The identity page, in the older words. */
export function identity(org: Org, userId: string, baseUrl: string): Answer {
  const info = userInfo(org, userId, baseUrl).body as Record<string, unknown>;
  return { status: 200, body: { id: info.sub, asserted_user: true, user_id: userId, organization_id: org.orgId, username: info.preferred_username, display_name: info.name, email: info.email, active: info.active, urls: info.urls } };
}

export function introspect(org: Org, sessions: Sessions, app: App, call: TokenCall): Answer {
  if (call.form.get('client_id') !== app.clientId || !same(call.form.get('client_secret') ?? '', app.clientSecret)) return refuse('invalid_client', 'invalid client credentials', 401);
  const userId = sessions.user(call.form.get('token') ?? '');
  if (userId === undefined) return { status: 200, body: { active: false } };
  return { status: 200, body: { active: true, scope: 'api', client_id: app.clientId, username: org.storage.get('User', userId)?.Username ?? '', sub: `${call.baseUrl}/id/${org.orgId}/${userId}`, token_type: 'access_token' } };
}

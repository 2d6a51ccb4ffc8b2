import type { Statement } from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import type { SandboxDatabase } from '../database';
import type { ObjectType } from './objectTypes';

/** The portal's own settings, as an admin sets them. They survive a restart. */
export interface PortalSettings {
  portalId: number;
  accountType: 'APP_DEVELOPER' | 'DEVELOPER_TEST' | 'SANDBOX' | 'STANDARD';
  timeZone: string;
  companyCurrency: string;
  additionalCurrencies: string[];
  uiDomain: string;
  /** Stage of a contact created without one (null: stays empty). Bulk-loaded contacts keep what they carry. */
  defaultLifecycleStage: string | null;
  /**
   * What an API write to an earlier stage does. Sources disagree about the real portal, so that all three are at hand: answered 200 and
   * ignored, refused with 400, or accepted.
   */
  backwardStage: 'ignore' | 'refuse' | 'accept';
  /** Whether a merge makes a new record or keeps the primary's id. */
  mergeId: 'new' | 'primary';
  /** How old the copies are that a search sees, in milliseconds. */
  indexLagMs: number;
  automations: { companyToContacts: boolean; dealCreated: boolean; dealWon: boolean };
  /** Properties that the portal requires on create: only paths from 2026-09 on enforce it. */
  requiredOnCreate: Partial<Record<ObjectType, string[]>>;
  /** Whether introspection tells about a token; for service keys sources disagree about the real portal. */
  introspection: 'answers' | 'refuses';
  /** Whether a deactivated owner can still be assigned. */
  allowArchivedOwner: boolean;
  tenSecondLimit: number;
  searchSecondLimit: number;
  dailyLimit: number;
  customPropertyLimit: number;
}

const initialSettings: PortalSettings = {
  portalId: 555001,
  accountType: 'SANDBOX',
  timeZone: 'America/Mexico_City',
  companyCurrency: 'USD',
  additionalCurrencies: [],
  uiDomain: 'app.hubspot.com',
  defaultLifecycleStage: 'lead',
  backwardStage: 'ignore',
  mergeId: 'new',
  indexLagMs: 0,
  automations: { companyToContacts: false, dealCreated: false, dealWon: false },
  requiredOnCreate: {},
  introspection: 'answers',
  allowArchivedOwner: true,
  tenSecondLimit: 190,
  searchSecondLimit: 5,
  dailyLimit: 625_000,
  customPropertyLimit: 1000,
};

/** Every scope that Concord's calls need, and no more. */
export const allScopes: readonly string[] = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.objects.companies.read',
  'crm.objects.companies.write',
  'crm.objects.deals.read',
  'crm.objects.deals.write',
  'crm.objects.owners.read',
  'crm.schemas.contacts.read',
  'crm.schemas.contacts.write',
  'crm.schemas.companies.read',
  'crm.schemas.companies.write',
  'crm.schemas.deals.read',
  'crm.schemas.deals.write',
  'crm.lists.read',
  'crm.lists.write',
  'communication_preferences.read',
  'communication_preferences.write',
  'communication_preferences.read_write',
  'communication_preferences.statuses.batch.read',
  'communication_preferences.statuses.batch.write',
];

/** A static token of a private app. */
export interface Token {
  token: string;
  appId: number;
  appName: string;
  userId: number;
  scopes: string[];
  /** Epoch milliseconds from which it is refused (null: lives on). */
  diesAt: number | null;
}

interface TokenRow {
  token: string;
  app_id: number;
  app_name: string;
  user_id: number;
  scopes: string;
  dies_at: number | null;
}

/** Settings, tokens and hidden properties: what an admin of the portal controls. */
export class Portal {
  settings: PortalSettings;
  private readonly tokens = new Map<string, Token>();
  private readonly hidden = new Set<string>();

  private readonly putMeta: Statement<[string, string]>;

  constructor(private readonly database: SandboxDatabase) {
    this.putMeta = database.prepare('INSERT INTO hs_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
    this.settings = this.reload();
  }

  /** Reads everything again from the file. */
  reload(): PortalSettings {
    const stored = this.meta('settings');
    this.settings = { ...structuredClone(initialSettings), ...(stored === undefined ? {} : (JSON.parse(stored) as Partial<PortalSettings>)) };
    this.tokens.clear();
    this.hidden.clear();
    for (const row of this.database.prepare<[], TokenRow>('SELECT * FROM hs_tokens').all()) {
      this.tokens.set(row.token, {
        token: row.token,
        appId: row.app_id,
        appName: row.app_name,
        userId: row.user_id,
        scopes: JSON.parse(row.scopes) as string[],
        diesAt: row.dies_at,
      });
    }
    for (const row of this.database.prepare<[], { token: string; type: string; property: string }>('SELECT * FROM hs_hidden').all()) {
      this.hidden.add(`${row.token}|${row.type}|${row.property}`);
    }
    return this.settings;
  }

  meta(key: string): string | undefined {
    return this.database.prepare<[string], { value: string }>('SELECT value FROM hs_meta WHERE key = ?').get(key)?.value;
  }

  setMeta(key: string, value: string): void {
    this.putMeta.run(key, value);
  }

  /** A value made once and kept for the life of the world. */
  once(key: string, make: () => string): string {
    const stored = this.meta(key);
    if (stored !== undefined) return stored;
    const made = make();
    this.setMeta(key, made);
    return made;
  }

  set(change: Partial<PortalSettings>): void {
    this.settings = { ...this.settings, ...change };
    this.setMeta('settings', JSON.stringify(this.settings));
  }

  token(text: string, now: number): Token | undefined {
    const token = this.tokens.get(text);
    return token === undefined || (token.diesAt !== null && token.diesAt <= now) ? undefined : token;
  }

  addToken(wanted: { token?: string; scopes?: readonly string[]; appId?: number; appName?: string; userId?: number } = {}): Token {
    const token: Token = {
      token: wanted.token ?? `pat-na1-${randomUUID()}`,
      appId: wanted.appId ?? 998_877,
      appName: wanted.appName ?? 'Concord',
      userId: wanted.userId ?? 71_234,
      scopes: [...(wanted.scopes ?? allScopes)],
      diesAt: null,
    };
    this.keep(token);
    return token;
  }

  private keep(token: Token): void {
    this.tokens.set(token.token, token);
    this.database
      .prepare('INSERT OR REPLACE INTO hs_tokens (token, app_id, app_name, user_id, scopes, dies_at) VALUES (?, ?, ?, ?, ?, ?)')
      .run(token.token, token.appId, token.appName, token.userId, JSON.stringify(token.scopes), token.diesAt);
  }

  private known(text: string): Token {
    const token = this.tokens.get(text);
    if (token === undefined) throw new Error('The sandbox knows no such token.');
    return token;
  }

  /** From `at` on every call with the token answers 401. */
  revoke(text: string, at: number): void {
    this.keep({ ...this.known(text), diesAt: at });
  }

  /** A new token of the same app with the same scopes; the old one lives until `oldDiesAt` (HubSpot: now, or 7 days later). */
  rotate(text: string, oldDiesAt: number): Token {
    const old = this.known(text);
    this.revoke(text, oldDiesAt);
    return this.addToken({ scopes: old.scopes, appId: old.appId, appName: old.appName, userId: old.userId });
  }

  setScopes(text: string, scopes: readonly string[]): void {
    this.keep({ ...this.known(text), scopes: [...scopes] });
  }

  scopesOf(text: string): string[] {
    return [...this.known(text).scopes];
  }

  /** Makes a property vanish for one token, or for all (`'*'`): absent from reads and from the definitions, unknown to writes (rule M5). */
  setHidden(token: string, type: ObjectType, property: string, hidden: boolean): void {
    const key = `${token}|${type}|${property}`;
    if (hidden) {
      this.hidden.add(key);
      this.database.prepare('INSERT OR IGNORE INTO hs_hidden (token, type, property) VALUES (?, ?, ?)').run(token, type, property);
    } else {
      this.hidden.delete(key);
      this.database.prepare('DELETE FROM hs_hidden WHERE token = ? AND type = ? AND property = ?').run(token, type, property);
    }
  }

  isHidden(token: string | undefined, type: ObjectType, property: string): boolean {
    if (this.hidden.size === 0 || token === undefined) return false;
    return this.hidden.has(`*|${type}|${property}`) || this.hidden.has(`${token}|${type}|${property}`);
  }
}

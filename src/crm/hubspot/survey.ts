import { CallFailed } from '../pace';
import type { Finding, IntegrationState, Survey } from '../survey';
import type { HubspotApi } from './api';
import type { Described } from './convert';
import type { Owners } from './owners';
import { NEEDED_SCOPES, type NeededScope } from './scopes';

/** What the survey asks with. */
export interface Surveyor {
  api: HubspotApi;
  described: () => Promise<Described>;
  owners: Owners;
  token: string;
  now: number;
}

/** Changes nothing. Refusals of single questions become findings or nulls; only trouble of HubSpot as a whole is thrown. */
export async function survey(on: Surveyor): Promise<Survey> {
  const { value: account } = await on.api.accountDetails();
  const currencies = [...new Set([account.companyCurrency, ...(account.additionalCurrencies ?? [])].filter((code) => code !== undefined))];
  return {
    findings: [kindOf(on.token), ...(await scopes(on))],
    rights: {},
    timeZone: account.timeZone ?? null,
    currency: account.companyCurrency ?? null,
    currencies,
    language: null,
    assignees: await on.owners.active(),
    staffDomains: await on.owners.domains(),
    recordTypes: [],
    opportunityStages: [],
    assignmentRules: null,
    integration: await integration(on),
  };
}

/** Static tokens begin with `pat-` (legacy private apps, project apps, service keys); an OAuth access token works for half an hour and then never again. */
function kindOf(token: string): Finding {
  const ok = token.startsWith('pat-');
  return {
    id: 'credential.kind',
    ok,
    blocks: false,
    message: ok ? 'a static token: it does not expire' : 'the token does not look like a static one (they begin with pat-): an OAuth access token stops working within the hour',
    remedy: ok ? null : 'Use the token of a project app, of a service key (Development > Keys) or of an existing private app.',
  };
}

/** One finding per scope. A credential that HubSpot tells nothing about (service keys may be such) is tried where trying changes nothing. */
async function scopes(on: Surveyor): Promise<Finding[]> {
  const granted = await grantedScopes(on.api);
  if (granted !== null) return NEEDED_SCOPES.map((needed) => scopeFinding(needed, needed.anyOf.some((scope) => granted.has(scope))));
  const tried = new Map<string, boolean>([
    ['crm.objects.contacts.read', await allowed(() => on.api.listContacts({ limit: 1, properties: ['email'], archived: false }))],
    ['crm.objects.owners.read', await allowed(() => on.api.listOwners({ archived: false }))],
  ]);
  const [told, silent] = [NEEDED_SCOPES.filter(({ anyOf }) => tried.has(anyOf[0])), NEEDED_SCOPES.filter(({ anyOf }) => !tried.has(anyOf[0]))];
  const names = silent.map(({ anyOf }) => anyOf[0]).join(', ');
  return [
    ...told.map((needed) => scopeFinding(needed, tried.get(needed.anyOf[0]) === true)),
    {
      id: 'scopes.unknown',
      ok: false,
      blocks: false,
      message: `HubSpot does not tell the scopes of this credential, and these cannot be tried without writing: ${names}`,
      remedy: 'Look at the scopes of the key or app in HubSpot (Development > Keys > Service keys, or the app’s Auth tab) and add those that it lacks.',
    },
  ];
}

function scopeFinding({ anyOf, purpose, blocks }: NeededScope, ok: boolean): Finding {
  return {
    id: `scope.${anyOf[0]}`,
    ok,
    blocks,
    message: ok ? `scope ${anyOf[0]}: ${purpose}` : `the credential lacks the scope ${anyOf.join(' or ')}, needed for ${purpose}`,
    remedy: ok ? null : `Add the scope ${anyOf[0]} to the app or service key in HubSpot, and install or deploy it again.`,
  };
}

async function grantedScopes(api: HubspotApi): Promise<Set<string> | null> {
  try {
    const { scopes } = (await api.tokenInfo()).value;
    return scopes === undefined ? null : new Set(scopes);
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return null;
  }
}

async function allowed(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof CallFailed && (error.problem.code === 'missing_scope' || error.problem.code === 'no_permission')) return false;
    throw error;
  }
}

/** The integration checks Salesforce every 15 minutes; an org in which nobody was synced for a month has it switched off. */
const IDLE_MS = 30 * 24 * 60 * 60_000;

/**
 * HubSpot's own Salesforce integration leaves properties behind that only it writes (group `salesforceinformation`); they stay after it is removed, so the
 * last sync of anybody decides whether it is at work.
 */
async function integration({ api, described: describe, now }: Surveyor): Promise<IntegrationState> {
  let described: Described = {};
  if (!(await allowed(async () => (described = await describe())))) return 'none';
  if (!('salesforceleadid' in described) && !('salesforcecontactid' in described)) return 'none';
  if (!('salesforcelastsynctime' in described)) return 'idle';
  const filters = [{ propertyName: 'salesforcelastsynctime', operator: 'GTE' as const, value: String(now - IDLE_MS) }];
  try {
    const { value } = await api.searchContacts({ filterGroups: [{ filters }], sorts: [], properties: ['salesforcelastsynctime'], limit: 1 });
    return value.results.length > 0 ? 'active' : 'idle';
  } catch (error) {
    // Not to be told apart: whoever cannot look must not take an integration at work for one that is gone.
    if (error instanceof CallFailed && (error.problem.code === 'missing_scope' || error.problem.code === 'no_permission')) return 'active';
    throw error;
  }
}

import { DateTime } from 'luxon';
import { invalidAuthentication, notFound, validationRefusal } from '../errors';
import { objectOf, textOf } from '../json';
import { objectFacts, objectType } from '../objectTypes';
import { noScopes, typeOf, type Operation, type Scopes } from '../operation';

function pipelineScopes(params: Record<string, string>): Scopes {
  const { scope } = objectFacts[objectType(params['type'] ?? '')];
  return [[`crm.objects.${scope}.read`, `crm.schemas.${scope}.read`]];
}

const ownerScopes = (): Scopes => [['crm.objects.owners.read']];

/** The account, its limits, owners and pipelines, and what a token is. */
export const accountOperations: readonly Operation[] = [
  {
    method: 'GET', numbered: '/account-info/v3/details', dated: '/account-info/:version/details', scopes: noScopes,
    run: ({ parts }) => {
      const { settings } = parts.portal;
      const local = DateTime.fromMillis(parts.clock.now(), { zone: settings.timeZone });
      return {
        status: 200,
        body: {
          portalId: settings.portalId,
          accountType: settings.accountType,
          timeZone: settings.timeZone,
          companyCurrency: settings.companyCurrency,
          additionalCurrencies: settings.additionalCurrencies,
          utcOffset: local.toFormat('ZZ'),
          utcOffsetMilliseconds: local.offset * 60_000,
          uiDomain: settings.uiDomain,
          dataHostingLocation: 'na1',
        },
      };
    },
  },
  {
    method: 'GET', numbered: '/account-info/v3/api-usage/daily/private-apps', dated: '/account-info/:version/api-usage/daily/private-apps', scopes: noScopes,
    run: ({ parts }) => {
      const { used, resetsAt } = parts.limits.today();
      const usage = {
        name: 'private-apps-api-calls-daily',
        usageLimit: parts.portal.settings.dailyLimit,
        currentUsage: used,
        collectedAt: new Date(parts.clock.now()).toISOString(),
        fetchStatus: 'SUCCESS',
        resetsAt: new Date(resetsAt).toISOString(),
      };
      return { status: 200, body: { results: [usage] } };
    },
  },
  {
    method: 'POST', numbered: '/oauth/v2/private-apps/get/access-token-info', scopes: noScopes, open: true,
    run: ({ parts, body }) => {
      const token = parts.portal.token(textOf(objectOf(body)['tokenKey'], 'tokenKey'), parts.clock.now());
      if (token === undefined || parts.portal.settings.introspection === 'refuses') throw invalidAuthentication();
      return { status: 200, body: { userId: token.userId, hubId: parts.portal.settings.portalId, appId: token.appId, scopes: token.scopes } };
    },
  },
  {
    method: 'GET', numbered: '/crm/v3/limits/custom-properties', dated: '/crm/limits/:version/custom-properties', scopes: noScopes,
    run: ({ parts }) => ({ status: 200, body: parts.definitions.usage() }),
  },
  {
    method: 'GET', numbered: '/crm/v3/owners', dated: '/crm/owners/:version', scopes: ownerScopes,
    run: ({ parts, query }) => {
      const limit = Number(query.get('limit') ?? 100);
      if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw validationRefusal('limit should be between 1 and 500');
      const owners = parts.directory.owners(query.get('archived') === 'true', Number(query.get('after') ?? 0), limit + 1, query.get('email') ?? undefined);
      const shown = owners.slice(0, limit);
      const last = shown.at(-1);
      return { status: 200, body: { results: shown, ...(owners.length > limit && last !== undefined ? { paging: { next: { after: last.id } } } : {}) } };
    },
  },
  {
    method: 'GET', numbered: '/crm/v3/owners/:id', dated: '/crm/owners/:version/:id', scopes: ownerScopes,
    run: ({ parts, params, query }) => {
      const id = params['id'] ?? '';
      const owner = query.get('idProperty') === 'userId' ? parts.directory.ownerOfUser(Number(id)) : parts.directory.owner(id);
      if (owner === undefined || owner.archived !== (query.get('archived') === 'true')) throw notFound(`Owner ${id} does not exist`);
      return { status: 200, body: owner };
    },
  },
  {
    method: 'GET', numbered: '/crm/v3/pipelines/:type', dated: '/crm/pipelines/:version/:type', scopes: pipelineScopes,
    run: (call) => ({ status: 200, body: { results: call.parts.directory.pipelines(typeOf(call)) } }),
  },
  {
    method: 'GET', numbered: '/crm/v3/pipelines/:type/:id', dated: '/crm/pipelines/:version/:type/:id', scopes: pipelineScopes,
    run: (call) => ({ status: 200, body: call.parts.directory.pipeline(typeOf(call), call.params['id'] ?? '') }),
  },
  {
    method: 'GET', numbered: '/crm/v3/pipelines/:type/:id/stages', dated: '/crm/pipelines/:version/:type/:id/stages', scopes: pipelineScopes,
    run: (call) => ({ status: 200, body: { results: call.parts.directory.pipeline(typeOf(call), call.params['id'] ?? '').stages } }),
  },
];

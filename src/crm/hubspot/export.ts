import type { FieldNeed, ProjectFile } from '../port';
import { SCOPES } from './scopes';
import { contactNeeds, definition, GROUP } from './setup';

/** Properties that HubSpot takes no subscription for (https://developers.hubspot.com/docs/api-reference/legacy/webhooks/guide). */
const UNSUBSCRIBABLE: ReadonlySet<string> = new Set(['hs_lastmodifieddate', 'lastmodifieddate', 'num_unique_conversion_events']);

/** Events of a contact's life that change who is one person (I3, I5). Erasure has a kind of its own. */
const CONTACT_EVENTS = ['contact.creation', 'contact.deletion', 'contact.merge', 'contact.restore'] as const;

export interface AppOptions {
  /** Where Concord serves (`https://concord.example.com`), without trailing slash. */
  publicUrl: string;
  /** Contact properties whose changes by others start a run. */
  watched: readonly string[];
}

/**
 * A HubSpot project with one app, for `hs project upload`: for one account (`private`), with a token (`static`), and with webhook subscriptions.
 * Shapes: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/app-configuration and
 * https://developers.hubspot.com/docs/apps/developer-platform/add-features/configure-webhooks.
 */
export function projectFiles({ publicUrl, watched }: AppOptions): ProjectFile[] {
  const properties = [...new Set(watched)].filter((name) => !UNSUBSCRIBABLE.has(name)).sort();
  return [
    file('hsproject.json', { name: 'concord', srcDir: 'src', platformVersion: '2026.09' }),
    file('src/app/app-hsmeta.json', {
      uid: 'concord_app',
      type: 'app',
      config: {
        name: 'Concord',
        description: 'Keeps HubSpot and Salesforce on one agreement: lifecycle stages, handoffs, rejection reasons.',
        distribution: 'private',
        auth: { type: 'static', requiredScopes: SCOPES },
        permittedUrls: { fetch: [], iframe: [], img: [] },
      },
    }),
    file('src/app/webhooks/webhooks-hsmeta.json', {
      uid: 'concord_webhooks',
      type: 'webhooks',
      config: {
        settings: { targetUrl: `${publicUrl}/webhooks/hubspot`, maxConcurrentRequests: 10 },
        subscriptions: {
          crmObjects: [],
          legacyCrmObjects: [
            ...CONTACT_EVENTS.map((subscriptionType) => ({ subscriptionType, active: true })),
            ...properties.map((propertyName) => ({ subscriptionType: 'contact.propertyChange', propertyName, active: true })),
          ],
          hubEvents: [{ subscriptionType: 'contact.privacyDeletion', active: true }],
        },
      },
    }),
  ];
}

/** The group and the properties as the properties API takes them: a project cannot carry them. */
export function propertyFile(needs: readonly FieldNeed[]): ProjectFile {
  return file('properties.json', { group: GROUP, inputs: contactNeeds(needs).map(definition) });
}

function file(path: string, content: unknown): ProjectFile {
  return { path, content: `${JSON.stringify(content, null, 2)}\n` };
}

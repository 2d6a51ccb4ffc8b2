/** A scope that Concord's calls need (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes). */
export interface NeededScope {
  /** Any of these does; the first is the one to ask for. */
  anyOf: readonly [string, ...string[]];
  /** What it is needed for. */
  purpose: string;
  /** No run works without it. Others: setup, or names in messages. */
  blocks: boolean;
}

/** Every scope that Concord uses, and no more. */
export const NEEDED_SCOPES: readonly NeededScope[] = [
  { anyOf: ['crm.objects.contacts.read'], purpose: 'reading contacts, their history and their properties', blocks: true },
  { anyOf: ['crm.objects.contacts.write'], purpose: 'writing the agreed values to contacts', blocks: true },
  { anyOf: ['communication_preferences.write', 'communication_preferences.read_write'], purpose: 'carrying an opt-out from Salesforce into HubSpot', blocks: true },
  { anyOf: ['crm.objects.owners.read'], purpose: 'names of owners, and telling queues from people', blocks: false },
  { anyOf: ['crm.schemas.contacts.write'], purpose: 'creating Concord’s properties (setup)', blocks: false },
];

/** What an app asks for; an app with static authentication can only define required scopes. `oauth` is always granted. */
export const SCOPES: readonly string[] = NEEDED_SCOPES.map(({ anyOf }) => anyOf[0]).sort();

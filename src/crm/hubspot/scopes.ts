/**
 * What Concord's calls need, and no more (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes): contacts, their
 * notes and tasks; the definitions of their properties; owners for "rejected by"; opt-outs (F7). `oauth` is always granted. An app with static
 * authentication can only define required scopes.
 */
export const SCOPES = ['communication_preferences.write', 'crm.objects.contacts.read', 'crm.objects.contacts.write', 'crm.objects.owners.read', 'crm.schemas.contacts.write'] as const;

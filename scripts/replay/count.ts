import type { RunningSandbox } from '../../src/sandbox/server';
import { sorted, type OriginRow } from './csv';
import { connect, ORIGIN } from './load';

/** Reads both CRMs as anybody could and counts by origin: people and agreed stages in HubSpot, won opportunities in Salesforce by their contact's HubSpot id. */
export async function countByOrigin(sandbox: RunningSandbox): Promise<OriginRow[]> {
  const rows = new Map<string, OriginRow>();
  const originOf = new Map<string, string>();
  let after: string | undefined;
  do {
    const query = new URLSearchParams({ limit: '100', properties: `${ORIGIN},concord_stage`, ...(after === undefined ? {} : { after }) });
    const answer = await fetch(`${sandbox.hubspot.url}/crm/v3/objects/contacts?${query.toString()}`, { headers: { authorization: `Bearer ${sandbox.hubspot.token}` } });
    const page = (await answer.json()) as { results: { id: string; properties: Record<string, string | null> }[]; paging?: { next?: { after: string } } };
    for (const contact of page.results) {
      const origin = contact.properties[ORIGIN] ?? 'unknown';
      originOf.set(contact.id, origin);
      const row = rows.get(origin) ?? { origin, people: 0, mql: 0, customers: 0, won: 0 };
      row.people += 1;
      if (contact.properties['concord_stage'] === 'mql') row.mql += 1;
      if (contact.properties['concord_stage'] === 'customer') row.customers += 1;
      rows.set(origin, row);
    }
    after = page.paging?.next?.after;
  } while (after !== undefined);

  const org = await connect(sandbox);
  const everything = { autoFetch: true, maxFetch: Number.MAX_SAFE_INTEGER };
  const contacts = await org.query<{ Id: string; Concord_HubSpot_Id__c: string | null }>('SELECT Id, Concord_HubSpot_Id__c FROM Contact', everything);
  const hubspotOf = new Map(contacts.records.map((contact) => [contact.Id, contact.Concord_HubSpot_Id__c]));
  const roles = await org.query<{ ContactId: string; Opportunity: { IsWon: boolean } }>('SELECT ContactId, Opportunity.IsWon FROM OpportunityContactRole', everything);
  for (const role of roles.records) {
    const origin = originOf.get(hubspotOf.get(role.ContactId) ?? '');
    const row = origin === undefined ? undefined : rows.get(origin);
    if (row !== undefined && role.Opportunity.IsWon) row.won += 1;
  }
  return sorted([...rows.values()]);
}

import { Connection } from 'jsforce';
import type { RunningSandbox } from '../../src/sandbox/server';
import type { Funnel, FunnelDeal, FunnelLead } from './csv';

/*
 * Puts a funnel into both CRMs through their public interfaces, day by day at its own dates: leads into HubSpot as marketing-qualified contacts with
 * their origin, deals into Salesforce as converted leads with won opportunities.
 */

/** The HubSpot property that the loader makes for the origin. */
export const ORIGIN = 'funnel_origin';

const PATH = '/crm/v3';

export function emailOf(leadId: string): string {
  return `${leadId}@funnel.example`;
}

export async function loadFunnel(sandbox: RunningSandbox, funnel: Funnel, onDay: (done: number, days: number) => void = () => undefined): Promise<void> {
  await hubspot(sandbox, '/properties/contacts', { name: ORIGIN, label: 'Origin', groupName: 'contactinformation', type: 'string', fieldType: 'text' });
  const org = await connect(sandbox);
  const days = new Map<string, { leads: FunnelLead[]; deals: FunnelDeal[] }>();
  const dayOf = (day: string): { leads: FunnelLead[]; deals: FunnelDeal[] } => {
    const known = days.get(day) ?? { leads: [], deals: [] };
    days.set(day, known);
    return known;
  };
  for (const lead of funnel.leads) dayOf(lead.firstContact).leads.push(lead);
  for (const deal of funnel.deals) dayOf(deal.wonAt.slice(0, 10)).deals.push(deal);
  let done = 0;
  for (const [day, { leads, deals }] of [...days].sort(([a], [b]) => (a < b ? -1 : 1))) {
    sandbox.clock.set(Date.parse(`${day}T12:00:00Z`));
    for (let from = 0; from < leads.length; from += 100) await createContacts(sandbox, leads.slice(from, from + 100));
    for (let from = 0; from < deals.length; from += 200) await winDeals(sandbox, org, deals.slice(from, from + 200));
    onDay((done += 1), days.size);
  }
}

async function createContacts(sandbox: RunningSandbox, leads: FunnelLead[]): Promise<void> {
  await hubspot(sandbox, '/objects/contacts/batch/create', {
    inputs: leads.map((lead) => ({
      objectWriteTraceId: lead.id,
      properties: { email: emailOf(lead.id), lastname: lead.id, company: `Seller ${lead.id.slice(0, 8)}`, country: 'Brazil', lifecyclestage: 'marketingqualifiedlead', [ORIGIN]: lead.origin },
    })),
  });
}

async function hubspot(sandbox: RunningSandbox, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${sandbox.hubspot.url}${PATH}${path}`, { method: 'POST', headers: { authorization: `Bearer ${sandbox.hubspot.token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok || answer.status === 207) throw new Error(`HubSpot answered ${answer.status}: ${text.slice(0, 300)}`);
}

/** A session that renews itself: the story's days are longer than the org's sessions. */
export async function connect(sandbox: RunningSandbox): Promise<Connection> {
  const token = async (): Promise<string> => {
    const { url, clientId, clientSecret } = sandbox.salesforce;
    const answer = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }) });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  return new Connection({
    instanceUrl: sandbox.salesforce.url,
    version: '67.0',
    accessToken: await token(),
    refreshFn: (_connection, done) => {
      token().then(
        (fresh) => {
          done(null, fresh);
        },
        (error: unknown) => {
          done(error as Error);
        },
      );
    },
  });
}

/** A lead per deal, converted with an opportunity, which is then won. */
async function winDeals(sandbox: RunningSandbox, org: Connection, deals: FunnelDeal[]): Promise<void> {
  const created = await org.sobject('Lead').create(
    deals.map((deal) => ({ LastName: deal.leadId, Company: `Seller ${deal.leadId.slice(0, 8)}`, Country: 'Brazil', Email: emailOf(deal.leadId) })),
    { headers: { 'Sforce-Auto-Assign': 'FALSE' } },
  );
  const opportunities: string[] = [];
  for (const [index, deal] of deals.entries()) {
    const lead = created[index];
    if (lead?.success !== true) throw new Error(`Salesforce refused a lead: ${JSON.stringify(lead)}`);
    sandbox.clock.set(Date.parse(`${deal.wonAt.replace(' ', 'T')}Z`));
    const converted = await org.soap.convertLead({ leadId: lead.id, convertedStatus: 'Closed - Converted', opportunityName: `Deal ${deal.leadId.slice(0, 8)}` });
    // jsforce answers one conversion as an object and several as a list, and types neither.
    const one = (Array.isArray(converted) ? converted[0] : converted) as { opportunityId?: string | null } | undefined;
    if (one?.opportunityId == null) throw new Error('Salesforce made no opportunity at the conversion');
    opportunities.push(one.opportunityId);
  }
  const won = await org.sobject('Opportunity').update(opportunities.map((Id, index) => ({ Id, StageName: 'Closed Won', CloseDate: (deals[index] as FunnelDeal).wonAt.slice(0, 10) })));
  const refused = won.find((result) => !result.success);
  if (refused !== undefined) throw new Error(`Salesforce refused an opportunity: ${JSON.stringify(refused)}`);
}

import type { Actor } from '../hubspot';
import { machine, type Act, type Prospect, type QueueKey, type Scene, type StaffKey } from './scene';

/* What happens to prospects, each as the person or machine that would do it: so that histories, authors and times are those of real CRMs. */

interface Deal {
  name: string;
  amount: number;
}

function hubspotProperties(who: Prospect): Record<string, string> {
  const { first, last, email, company, country, title, phone, language } = who.profile;
  return Object.fromEntries(
    Object.entries({ firstname: first, lastname: last, email, company, country, jobtitle: title, phone, hs_language: language }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function contactOf(who: Prospect): string {
  if (who.hubspotId === null) throw new Error(`${who.profile.first} ${who.profile.last} has no HubSpot contact yet`);
  return who.hubspotId;
}

function last<T>(list: T[], what: string): T {
  const found = list.at(-1);
  if (found === undefined) throw new Error(`the sample world asks for ${what} that does not exist yet`);
  return found;
}

/** Creates the contact, or changes it when it is there. */
function keep(scene: Scene, who: Prospect, by: StaffKey | Actor, properties: Record<string, string>): void {
  if (who.hubspotId === null) who.hubspotId = scene.hubspot(by).create('contacts', { ...hubspotProperties(who), ...properties }).id;
  else scene.hubspot(by).update('contacts', who.hubspotId, properties);
}

/** Fills in one of marketing's forms: the one act that makes a person newer evidence (L4). */
export function form(name: string, more: Record<string, string> = {}): Act {
  return (scene, who) => {
    const before = who.hubspotId === null ? undefined : scene.sandbox.hubspot.state.contact(who.hubspotId);
    const times = Number(before?.properties['num_conversion_events'] ?? '0') + 1;
    const at = new Date(scene.now()).toISOString();
    keep(scene, who, machine.form(name), {
      ...(before === undefined ? { lifecyclestage: 'lead', hs_analytics_source: 'ORGANIC_SEARCH', first_conversion_date: at, first_conversion_event_name: name } : {}),
      recent_conversion_date: at,
      recent_conversion_event_name: name,
      num_conversion_events: String(times),
      num_unique_conversion_events: String(times),
      ...more,
    });
  };
}

/** Signs up for the newsletter and nothing more. */
export const newsletter: Act = (scene, who) => keep(scene, who, machine.form('Newsletter'), { lifecyclestage: 'subscriber', hs_analytics_source: 'SOCIAL_MEDIA' });

/** Comes into HubSpot from a list. */
export function imported(more: Record<string, string> = {}): Act {
  return (scene, who) => keep(scene, who, machine.import, { lifecyclestage: 'lead', hs_analytics_source: 'OFFLINE', ...more });
}

/** HubSpot counts the person's score anew. */
export function scored(points: number): Act {
  return (scene, who) => keep(scene, who, machine.score, { hubspotscore: String(points) });
}

/** A colleague (or a machine) sets properties of the HubSpot contact. */
export function inHubspot(by: StaffKey | Actor, properties: Record<string, string>): Act {
  return (scene, who) => void scene.hubspot(by).update('contacts', contactOf(who), properties);
}

export function stage(value: string, by: StaffKey | Actor = 'lucia'): Act {
  return inHubspot(by, { lifecyclestage: value });
}

export function leadStatus(value: string, by: StaffKey | Actor = 'lucia'): Act {
  return inHubspot(by, { hs_lead_status: value });
}

export const optsOutInHubspot: Act = (scene, who) => {
  if (who.profile.email !== undefined) scene.hubspot({ sourceType: 'EMAIL', sourceId: 'unsubscribe-link' }).unsubscribe(who.profile.email);
};

/** A rep enters a lead in Salesforce. Without `owner` it is the rep's own. */
export function lead(by: StaffKey, more: { owner?: StaffKey | QueueKey; fields?: Record<string, unknown> } = {}): Act {
  return (scene, who) => {
    const { first, last: surname, email, company, country, title, phone } = who.profile;
    const id = scene.salesforce(by).create('Lead', {
      FirstName: first,
      LastName: surname,
      Company: company ?? '[not provided]',
      LeadSource: 'Web',
      ...(email === undefined ? {} : { Email: email }),
      ...(country === undefined ? {} : { Country: country }),
      ...(title === undefined ? {} : { Title: title }),
      ...(phone === undefined ? {} : { Phone: phone }),
      OwnerId: scene.ownerId(more.owner ?? by),
      ...more.fields,
    });
    who.leadIds.push(id);
  };
}

/** Changes the newest lead. */
export function leadFields(by: StaffKey, fields: Record<string, unknown>): Act {
  return (scene, who) => scene.salesforce(by).update('Lead', last(who.leadIds, 'a lead'), fields);
}

/** Converts the newest lead into account and contact, with an opportunity when one is named. */
export function convert(by: StaffKey, deal: Deal | null): Act {
  return (scene, who) => {
    const acts = scene.salesforce(by);
    const result = acts.convertLead({
      leadId: last(who.leadIds, 'a lead'),
      convertedStatus: 'Closed - Converted',
      ownerId: scene.ownerId(by),
      ...(deal === null ? { doNotCreateOpportunity: true } : { opportunityName: deal.name }),
    });
    who.contactId = result.contactId;
    who.accountId = result.accountId;
    if (result.opportunityId === null) return;
    who.opportunityIds.push(result.opportunityId);
    acts.update('Opportunity', result.opportunityId, { Amount: deal?.amount ?? 0 });
  };
}

/** A contact of an account, entered without a lead before it. */
export function accountContact(by: StaffKey, account: string): Act {
  return (scene, who) => {
    const acts = scene.salesforce(by);
    const known = scene.sandbox.salesforce.state.query(`SELECT Id FROM Account WHERE Name = '${account.replaceAll("'", "\\'")}'`)[0]?.['Id'];
    who.accountId = typeof known === 'string' ? known : acts.create('Account', { Name: account });
    const { first, last: surname, email, country, title, phone } = who.profile;
    who.contactId = acts.create('Contact', {
      FirstName: first,
      LastName: surname,
      AccountId: who.accountId,
      ...(email === undefined ? {} : { Email: email }),
      ...(country === undefined ? {} : { MailingCountry: country }),
      ...(title === undefined ? {} : { Title: title }),
      ...(phone === undefined ? {} : { Phone: phone }),
    });
  };
}

/** An opportunity of the account; `role` names the person on it (I7: without one it still reaches marketing, as inferred). */
export function opportunity(by: StaffKey, deal: Deal, role: string | null): Act {
  return (scene, who) => {
    const acts = scene.salesforce(by);
    const id = acts.create('Opportunity', { Name: deal.name, AccountId: who.accountId, StageName: 'Qualification', CloseDate: dateIn(scene, 45), Amount: deal.amount });
    if (role !== null) acts.create('OpportunityContactRole', { OpportunityId: id, ContactId: who.contactId, Role: role, IsPrimary: true });
    who.opportunityIds.push(id);
  };
}

/** Moves the newest opportunity. */
export function deal(by: StaffKey, stageName: string): Act {
  return (scene, who) => {
    const closed = stageName.startsWith('Closed');
    scene.salesforce(by).update('Opportunity', last(who.opportunityIds, 'an opportunity'), { StageName: stageName, ...(closed ? { CloseDate: dateIn(scene, 0) } : {}) });
  };
}

/** Takes everybody off the newest opportunity. */
export function dropRoles(by: StaffKey): Act {
  return (scene, who) => {
    const roles = scene.sandbox.salesforce.state.query(`SELECT Id FROM OpportunityContactRole WHERE OpportunityId = '${last(who.opportunityIds, 'an opportunity')}'`);
    for (const role of roles) scene.salesforce(by).delete('OpportunityContactRole', String(role['Id']));
  };
}

function dateIn(scene: Scene, days: number): string {
  return new Date(scene.now() + days * 86_400_000).toISOString().slice(0, 10);
}

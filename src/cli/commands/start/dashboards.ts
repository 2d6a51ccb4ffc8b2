import type { CompiledAgreement } from '../../../agreement/compile';
import { SHOWN } from '../../../domain/ownFields';
import type { CrmRecord } from '../../../domain/record';
import { isOffRamp, rank, STAGES, type StageId } from '../../../domain/stage';
import type { Parts } from '../../../run/parts';

/** What each CRM's own dashboard says, before Concord: read from the CRMs, nothing kept. For small portals: everybody is in memory. */
export interface Dashboards {
  stages: { stage: StageId; hubspot: number; salesforce: number }[];
  /** Records whose stage field says nothing that the agreement knows. */
  unknown: { hubspot: number; salesforce: number };
  /** People in both CRMs (by e-mail), and those about whom the two do not say the same. */
  inBoth: number;
  differ: { name: string; email: string; hubspot: StageId | null; salesforce: StageId | null }[];
  records: { contacts: number; leads: number; salesforceContacts: number; opportunities: number };
}

interface Said {
  name: string;
  stage: StageId | null;
}

export async function readDashboards(parts: Parts): Promise<Dashboards> {
  const { agreement } = parts.terms;
  const inHubspot = new Map<string, Said>();
  const inSalesforce = new Map<string, Said>();
  const all = { hubspot: [] as (StageId | null)[], salesforce: [] as (StageId | null)[] };
  const records = { contacts: 0, leads: 0, salesforceContacts: 0, opportunities: 0 };

  for await (const page of parts.hubspot.read({ since: { contact: null }, fields: { contact: [SHOWN.lifecycle, 'firstname', 'lastname'] } })) {
    for (const record of page.records.filter(isThere)) {
      records.contacts += 1;
      const stage = least(agreement.stageOfLifecycle(text(record, SHOWN.lifecycle)));
      all.hubspot.push(stage);
      for (const email of record.emails) inHubspot.set(email.trim().toLowerCase(), { name: `${text(record, 'firstname')} ${text(record, 'lastname')}`.trim(), stage });
    }
  }

  const people: CrmRecord[] = [];
  const byOpportunity = new Map<string, StageId>();
  const roles: CrmRecord[] = [];
  const name = ['FirstName', 'LastName'];
  const since = { lead: null, contact: null, opportunity: null, role: null };
  for await (const page of parts.salesforce.read({ since, fields: { lead: [SHOWN.leadStatus, ...name], contact: name, opportunity: [], role: [] } })) {
    for (const record of page.records.filter(isThere)) {
      if (record.opportunity !== undefined) {
        records.opportunities += 1;
        byOpportunity.set(record.ref.id, record.opportunity.isWon ? 'customer' : record.opportunity.isClosed ? 'lost' : 'opportunity');
      } else if (record.role !== undefined) roles.push(record);
      else people.push(record);
    }
  }
  const byContact = new Map<string, StageId>();
  for (const { role } of roles) {
    const stage = role === undefined ? undefined : byOpportunity.get(role.opportunityId);
    if (role === undefined || stage === undefined) continue;
    const before = byContact.get(role.contactId);
    if (before === undefined || rank(stage) > rank(before)) byContact.set(role.contactId, stage);
  }
  const converted = new Set(people.map((record) => record.conversion?.contactId ?? null));
  for (const record of people) {
    if (record.ref.object === 'lead') records.leads += 1;
    else records.salesforceContacts += 1;
    // A converted lead goes on as its contact.
    if (record.conversion !== undefined) continue;
    const stage = record.ref.object === 'lead' ? leadStage(agreement, text(record, SHOWN.leadStatus)) : (byContact.get(record.ref.id) ?? (converted.has(record.ref.id) ? 'sql' : null));
    all.salesforce.push(stage);
    const [email] = record.emails;
    if (email === undefined) continue;
    const key = email.trim().toLowerCase();
    const known = inSalesforce.get(key);
    if (known === undefined || record.ref.object === 'contact') inSalesforce.set(key, { name: `${text(record, 'FirstName')} ${text(record, 'LastName')}`.trim(), stage });
  }

  const count = (list: (StageId | null)[], stage: StageId | null): number => list.filter((each) => each === stage).length;
  const both = [...inHubspot].filter(([email]) => inSalesforce.has(email));
  return {
    stages: STAGES.map((stage) => ({ stage, hubspot: count(all.hubspot, stage), salesforce: count(all.salesforce, stage) })).filter((row) => row.hubspot + row.salesforce > 0),
    unknown: { hubspot: count(all.hubspot, null), salesforce: count(all.salesforce, null) },
    inBoth: both.length,
    differ: both
      .map(([email, said]) => ({ name: said.name, email, hubspot: said.stage, salesforce: inSalesforce.get(email)?.stage ?? null }))
      .filter((each) => each.hubspot !== each.salesforce),
    records,
  };
}

function isThere(record: CrmRecord): boolean {
  return record.gone === undefined;
}

function text(record: CrmRecord, field: string): string {
  const value = record.fields[field];
  return typeof value === 'string' ? value : '';
}

/** A value that can show several stages proves the least of them; of the off-ramps it proves none. */
function least(stages: StageId[]): StageId | null {
  return stages.filter((stage) => !isOffRamp(stage))[0] ?? null;
}

function leadStage(agreement: CompiledAgreement, status: string): StageId | null {
  return agreement.rejected(status, 'salesforce') ? 'recycled' : least(agreement.stagesOfLeadStatus(status, 'salesforce'));
}

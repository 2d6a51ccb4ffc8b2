import type { MirrorRecord } from '../../domain/record';
import type { OpportunityEvidence } from '../../domain/person';

/** What the mirror has around a person's contacts and leads: opportunities, roles, and the contacts of the accounts concerned. */
export interface OpportunitySurroundings {
  opportunities: MirrorRecord[];
  roles: MirrorRecord[];
  accountContacts: MirrorRecord[];
  /** Whoever's leads whose conversion made them. */
  conversions?: MirrorRecord[];
}

/**
 * I7: which opportunities concern a person. Contact roles tie them; without any role the lead's conversion does; without that the account's most engaged
 * contact, marked as inferred: chosen once, then kept while it lives and no role appears. A person account's opportunities are its person's own (its contact
 * is the account's only one). `engagement` names the contact's fields that move when sales is in touch with it.
 */
export function opportunitiesOf(contacts: MirrorRecord[], leads: MirrorRecord[], around: OpportunitySurroundings, engagement: readonly string[] = []): OpportunityEvidence[] {
  const mine = new Set(contacts.map((record) => record.ref.id));
  for (const lead of leads) if (lead.conversion?.contactId) mine.add(lead.conversion.contactId);
  const convertedTo = new Set(leads.map((lead) => lead.conversion?.opportunityId).filter((id): id is string => typeof id === 'string'));
  const out: OpportunityEvidence[] = [];
  for (const record of around.opportunities) {
    if (record.gone !== undefined || record.opportunity === undefined) continue;
    const roles = around.roles.filter((role) => role.gone === undefined && role.role?.opportunityId === record.ref.id);
    // Of several roles the primary one speaks, whatever the order they were read in.
    const own = roles
      .filter((role) => role.role !== undefined && mine.has(role.role.contactId))
      .sort((a, b) => Number(b.role?.isPrimary === true) - Number(a.role?.isPrimary === true) || (a.ref.id < b.ref.id ? -1 : 1))
      .flatMap((each) => each.role ?? []);
    if (own[0] !== undefined) out.push({ record, role: own[0], roles: own, inferred: false });
    else if (roles.length > 0) continue;
    else if (convertedTo.has(record.ref.id)) out.push({ record, role: null, inferred: true });
    else if (around.conversions?.some((lead) => lead.gone === undefined && lead.personId !== null && lead.conversion?.opportunityId === record.ref.id) === true) continue;
    else if (record.opportunity.accountId !== null) {
      const chosen = chosenOf(record.opportunity.accountId, around.accountContacts, record.opportunity.inferredContact, engagement);
      if (chosen !== undefined && [chosen.ref.id, ...chosen.aliases].some((id) => mine.has(id))) out.push({ record, role: null, inferred: true, chosen: chosen.ref.id });
    }
  }
  return out.sort((a, b) => (a.record.ref.id < b.record.ref.id ? -1 : 1));
}

/**
 * The contact kept from an earlier choice, its survivor when it lost a merge; else the one that sales was in touch with last; of several the longest-known. One
 * that no person was made of (I6) would tell marketing nothing, and is chosen only where there is no other.
 */
function chosenOf(accountId: string, contacts: MirrorRecord[], kept: string | undefined, engagement: readonly string[]): MirrorRecord | undefined {
  const live = contacts.filter((record) => record.gone === undefined && record.accountId === accountId);
  const still = kept === undefined ? undefined : live.find((record) => record.ref.id === kept || record.aliases.includes(kept));
  if (still !== undefined) return still;
  const people = live.filter((record) => record.personId !== null);
  const engaged = (record: MirrorRecord): string => engagement.reduce((latest, name) => {
    const at = record.fields[name];
    return typeof at === 'string' && at > latest ? at : latest;
  }, '');
  const order = (a: MirrorRecord, b: MirrorRecord): number => (engaged(a) === engaged(b) ? a.createdAt - b.createdAt || (a.ref.id < b.ref.id ? -1 : 1) : engaged(a) > engaged(b) ? -1 : 1);
  return (people.length > 0 ? people : live).sort(order)[0];
}

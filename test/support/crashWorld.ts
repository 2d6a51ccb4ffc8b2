import type { RunningSandbox } from '../../src/sandbox/server';
import { seeded, type Random } from './crashRandom';

/*
 * A generated world of sixty people, and what they do in it: enough of every kind that a run over it writes to both CRMs in every way a run can
 * write (updates, creates either way, stages that go back, consent). The same seed makes the same world.
 */

export type Kind =
  | 'lead' // HubSpot only
  | 'subscriber' // outside the scope
  | 'mql' // HubSpot only, handed over at adoption
  | 'incomplete' // an MQL that lacks a company
  | 'pair' // handed over, in both CRMs
  | 'differing' // in both CRMs with another phone
  | 'salesforce' // a rep's lead that marketing does not have
  | 'working'
  | 'rejected'
  | 'converted' // without an opportunity
  | 'opportunity'
  | 'twice' // two leads with one e-mail
  | 'optedOut';

const HOW_MANY: Record<Kind, number> = { lead: 10, subscriber: 3, mql: 5, incomplete: 2, pair: 11, differing: 4, salesforce: 6, working: 4, rejected: 4, converted: 3, opportunity: 4, twice: 2, optedOut: 2 };

export interface Member {
  kind: Kind;
  email: string;
  contact: string | null;
  leads: string[];
  /** Salesforce contact and account, after conversion. */
  person: string | null;
  account: string | null;
  opportunity: string | null;
}

export interface CrashWorld {
  members: Member[];
  rep: string;
}

const FIRST = ['Ana', 'Bruno', 'Carla', 'Diego', 'Elena', 'Fabio', 'Gina', 'Hugo', 'Inés', 'João'];
const LAST = ['Paz', 'Lima', 'Soto', 'Nunes', 'Rey', 'Keller', 'Vega', 'Ortiz', 'Prado', 'Campos'];
const REASONS = ['timing', 'no_budget', 'not_icp', 'bad_data', 'unreachable'];

const UI = { sourceType: 'CRM_UI', userId: 7 };

/** Makes the sixty people, each a little later than the one before. */
export function populate(sandbox: RunningSandbox, seed: number): CrashWorld {
  const random = seeded(seed);
  const { hubspot, salesforce, clock } = sandbox;
  const rep = salesforce.state.addUser({ Name: 'Rita Rep', Username: `rita${seed}@acme.example` });
  const kinds = random.shuffle((Object.keys(HOW_MANY) as Kind[]).flatMap((kind) => Array.from({ length: HOW_MANY[kind] }, () => kind)));
  const members = kinds.map((kind, index): Member => {
    clock.advance(1_000 * (1 + random.below(50)));
    const first = FIRST[index % FIRST.length] as string;
    const last = `${LAST[Math.floor(index / FIRST.length) % LAST.length] as string}`;
    const email = `p${index}@firm${index}.example`;
    const company = `Firm ${index}`;
    const member: Member = { kind, email, contact: null, leads: [], person: null, account: null, opportunity: null };
    const contact = (more: Record<string, string> = {}): void => {
      member.contact = hubspot.state.act(UI).create('contacts', { email, firstname: first, lastname: last, company, country: 'Mexico', phone: `+52 ${index}`, lifecyclestage: 'lead', ...more }).id;
    };
    const lead = (more: Record<string, unknown> = {}): void => {
      member.leads.push(salesforce.state.act(rep).create('Lead', { FirstName: first, LastName: last, Company: company, Email: email, Country: 'Mexico', Phone: `+52 ${index}`, OwnerId: rep, ...more }));
    };
    const mql = { lifecyclestage: 'marketingqualifiedlead' };
    switch (kind) {
      case 'lead':
        contact();
        break;
      case 'subscriber':
        contact({ lifecyclestage: 'subscriber' });
        break;
      case 'mql':
        contact(mql);
        break;
      case 'incomplete':
        contact({ ...mql, company: '' });
        break;
      case 'pair':
        contact(mql);
        lead();
        break;
      case 'differing':
        contact({ ...mql, phone: `+52 9${index}` });
        lead();
        break;
      case 'salesforce':
        lead();
        break;
      case 'working':
        contact(mql);
        lead({ Status: 'Working - Contacted' });
        break;
      case 'rejected':
        contact(mql);
        lead();
        clock.advance(5_000);
        reject(sandbox, rep, member, 'timing');
        break;
      case 'converted':
        contact({ lifecyclestage: 'salesqualifiedlead' });
        lead();
        convert(sandbox, rep, member, false);
        break;
      case 'opportunity':
        contact({ lifecyclestage: 'opportunity' });
        lead();
        convert(sandbox, rep, member, true);
        break;
      case 'twice':
        contact(mql);
        lead();
        clock.advance(2_000);
        lead();
        break;
      case 'optedOut':
        contact(mql);
        lead({ HasOptedOutOfEmail: true });
        break;
    }
    return member;
  });
  return { members, rep };
}

function reject(sandbox: RunningSandbox, rep: string, member: Member, reason: string): void {
  sandbox.salesforce.state.act(rep).update('Lead', member.leads[0] as string, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: reason, Concord_Rejection_Note__c: `${reason}, they said` });
}

function convert(sandbox: RunningSandbox, rep: string, member: Member, withOpportunity: boolean): void {
  const made = sandbox.salesforce.state.act(rep).convertLead({
    leadId: member.leads[0] as string,
    convertedStatus: 'Closed - Converted',
    ownerId: rep,
    ...(withOpportunity ? { opportunityName: `Deal of ${member.email}` } : { doNotCreateOpportunity: true }),
  });
  member.person = made.contactId;
  member.account = made.accountId;
  member.opportunity = made.opportunityId;
}

type Act = (sandbox: RunningSandbox, rep: string, member: Member, random: Random) => void;

const inHubspot =
  (properties: (random: Random) => Record<string, string>, actor: { sourceType: string; sourceId?: string; userId?: number } = UI): Act =>
  (sandbox, _rep, member, random) =>
    void sandbox.hubspot.state.act(actor).update('contacts', member.contact as string, properties(random));
const inLead =
  (fields: (random: Random) => Record<string, unknown>): Act =>
  (sandbox, rep, member, random) =>
    sandbox.salesforce.state.act(rep).update('Lead', member.leads[0] as string, fields(random));

/** What can happen to a person of each kind between two runs. */
const ACTS: Partial<Record<Kind, Act[]>> = {
  lead: [
    inHubspot((random) => ({ hubspotscore: String(61 + random.below(30)) }), { sourceType: 'CALCULATED' }),
    inHubspot(() => ({ lifecyclestage: 'marketingqualifiedlead' })),
    inHubspot((random) => ({ jobtitle: `Title ${random.below(9)}` })),
  ],
  incomplete: [inHubspot(() => ({ company: 'Found SA' }))],
  pair: [
    inLead((random) => ({ Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: random.pick(REASONS), Concord_Rejection_Note__c: 'no, thanks' })),
    inLead(() => ({ Status: 'Working - Contacted' })),
    inLead(() => ({ Status: 'Closed - Not Converted' })),
    inHubspot(() => ({ hs_lead_status: 'UNQUALIFIED', concord_rejection_reason: 'not_icp', concord_rejection_note: 'too small' })),
    inHubspot(() => ({ lifecyclestage: 'customer' }), { sourceType: 'AUTOMATION_PLATFORM', sourceId: 'workflow 12' }),
    inHubspot(() => ({ phone: '+52 11 0000' })),
    (sandbox, rep, member) => convert(sandbox, rep, member, false),
    (sandbox, rep, member) => convert(sandbox, rep, member, true),
    (sandbox, _rep, member) => sandbox.hubspot.state.act(UI).unsubscribe(member.email),
    inLead(() => ({ HasOptedOutOfEmail: true, DoNotCall: true })),
    (sandbox, rep, member, random) => {
      inLead(() => ({ Phone: '+52 33 0001' }))(sandbox, rep, member, random);
      sandbox.clock.advance(3_000);
      inHubspot(() => ({ phone: '+52 44 0002' }))(sandbox, rep, member, random);
    },
  ],
  differing: [inLead(() => ({ Phone: '+52 77 0003' })), inHubspot(() => ({ jobtitle: 'Jefa' }))],
  salesforce: [inLead((random) => ({ Title: `Buyer ${random.below(9)}` })), inLead(() => ({ Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_need' }))],
  working: [(sandbox, rep, member) => convert(sandbox, rep, member, true), inLead(() => ({ Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_authority' }))],
  rejected: [inLead(() => ({ Status: 'Open - Not Contacted', Concord_Rejection_Reason__c: null, Concord_Rejection_Note__c: null })), inLead(() => ({ Concord_Rejection_Reason__c: 'no_budget' }))],
  converted: [
    (sandbox, rep, member) => {
      const acts = sandbox.salesforce.state.act(rep);
      member.opportunity = acts.create('Opportunity', { Name: `Later deal of ${member.email}`, AccountId: member.account, StageName: 'Prospecting', CloseDate: '2026-12-31' });
      acts.create('OpportunityContactRole', { OpportunityId: member.opportunity, ContactId: member.person, IsPrimary: true });
    },
  ],
  opportunity: [
    (sandbox, rep, member) => sandbox.salesforce.state.act(rep).update('Opportunity', member.opportunity as string, { StageName: 'Closed Won' }),
    (sandbox, rep, member) => sandbox.salesforce.state.act(rep).update('Opportunity', member.opportunity as string, { StageName: 'Closed Lost' }),
  ],
};

/** Most of the people do something, one after another, and a few new ones come in. Needs the fields that setup makes. */
export function liveOn(sandbox: RunningSandbox, world: CrashWorld, seed: number): void {
  const random = seeded(seed * 7 + 1);
  const turn = new Map<Kind, number>();
  const idle = new Set(idlePairs(world));
  for (const member of random.shuffle(world.members)) {
    const acts = ACTS[member.kind];
    if (acts === undefined || idle.has(member) || random.next() < 0.1) continue;
    // Each kind's acts in turn, so that every one of them happens.
    const at = turn.get(member.kind) ?? seed;
    turn.set(member.kind, at + 1);
    sandbox.clock.advance(1_000 * (1 + random.below(20)));
    (acts[at % acts.length] as Act)(sandbox, world.rep, member, random);
  }
  for (let index = 0; index < 4; index += 1) {
    sandbox.clock.advance(7_000);
    const email = `new${index}@firm.example`;
    const acts = sandbox.salesforce.state.act(world.rep);
    // Handed over to a rep who has them already.
    if (index === 2) acts.create('Lead', { FirstName: 'Nora', LastName: 'Nueva 2', Company: 'Nueva SA', Email: email, Country: 'Chile', OwnerId: world.rep });
    if (index % 2 === 0) sandbox.hubspot.state.act(UI).create('contacts', { email, firstname: 'Nora', lastname: `Nueva ${index}`, company: 'Nueva SA', country: 'Chile', lifecyclestage: 'marketingqualifiedlead' });
    else acts.create('Lead', { FirstName: 'Nora', LastName: `Nova ${index}`, Company: 'Nova SA', Email: email, Country: 'Brazil', OwnerId: world.rep });
  }
}

/** Pairs to whom nothing happens before the run: what is done to them later is the same whether it ran or not. */
function idlePairs(world: CrashWorld): Member[] {
  return world.members.filter((member) => member.kind === 'pair').slice(0, 3);
}

/** What people do while Concord lies dead: answers, and edits of fields that the interrupted run does not decide about. */
export function liveOnWithoutConcord(sandbox: RunningSandbox, world: CrashWorld, seed: number): void {
  const random = seeded(seed * 13 + 5);
  for (const member of idlePairs(world)) {
    sandbox.clock.advance(2_000);
    sandbox.salesforce.state.act(world.rep).update('Lead', member.leads[0] as string, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: random.pick(REASONS) });
  }
  for (const member of random.shuffle(world.members.filter((each) => each.contact !== null)).slice(0, 6)) {
    sandbox.clock.advance(2_000);
    sandbox.hubspot.state.act(UI).update('contacts', member.contact as string, { jobtitle: `Seen ${random.below(100)}` });
  }
}

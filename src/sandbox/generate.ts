import type { LoadedRow } from './hubspot/load';
import { makeId } from './salesforce/values';
import type { RunningSandbox } from './server';

/*
 * Worlds of any size for measuring. Every person follows from the seed and their number alone, so that the same world can be made again, in parts, and
 * in any order. The records are plain: nobody's history, no untidiness; the sample world and the tests have those.
 */

export interface WorldOptions {
  people: number;
  /** The same seed gives the same people (default 1). */
  seed?: number;
  /** The world's present, epoch ms: everything in it is at least a day older. */
  at: number;
  /** Salesforce user who owns and last changed everything there. */
  ownerId: string;
  /** Marketing has qualified people whom sales does not have yet, one in fifty: the first run creates their leads (default true). */
  waiting?: boolean;
}

/** Fields as Salesforce's API names them; moments as ISO text. */
export type SalesforceRow = Record<string, string | number | boolean | null>;

/** One person with all their records, each as the CRM's bulk loader takes it. What a person does not have is absent. */
export interface GeneratedPerson {
  index: number;
  hubspot: LoadedRow & { id: number; properties: Record<string, string>; lastmodifieddate: string };
  lead?: SalesforceRow;
  account?: SalesforceRow;
  contact?: SalesforceRow;
  opportunity?: SalesforceRow;
  /** The stage of a closed opportunity, with the moment at which it was entered. */
  closing?: SalesforceRow;
  role?: SalesforceRow;
}

const DAY = 86_400_000;
/** Far beyond the numbers that the sandboxes give out themselves. */
const FIRST_ID = 50_000_000;
const FIRST_HUBSPOT_ID = 1_000_000;

const FIRST_NAMES = ['Ana', 'Bruno', 'Carla', 'Diego', 'Elena', 'Felipe', 'Gabriela', 'Hugo', 'Ines', 'Jorge', 'Karen', 'Luis', 'Maria', 'Nicolas', 'Olivia', 'Pedro', 'Renata', 'Sergio', 'Teresa', 'Victor'];
const LAST_NAMES = ['Alvarez', 'Barros', 'Castro', 'Duarte', 'Escobar', 'Ferreira', 'Garcia', 'Herrera', 'Ibarra', 'Jimenez', 'Lopes', 'Martins', 'Navarro', 'Oliveira', 'Pereira', 'Quiroga', 'Ramos', 'Silva', 'Torres', 'Vargas'];
const COUNTRIES = ['Mexico', 'Brasil', 'Argentina', 'Colombia', 'United States'];
const TITLES = ['Director of Operations', 'Plant Manager', 'Head of Purchasing', 'Analyst', 'Owner'];
const SOURCES = ['ORGANIC_SEARCH', 'PAID_SEARCH', 'DIRECT_TRAFFIC', 'REFERRALS', 'EMAIL_MARKETING'];

/** A small generator of numbers between 0 and 1 (mulberry32), from a seed and a person's number. */
function chance(seed: number, index: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What becomes of a person, by their number: of ten, five are marketing's alone, three have a lead, two a contact with an account and an opportunity. */
function standing(index: number, waiting: boolean): 'subscriber' | 'lead' | 'waiting' | 'mql' | 'sal' | 'opportunity' | 'customer' {
  if (waiting && index % 50 === 4) return 'waiting';
  return (['subscriber', 'lead', 'lead', 'lead', 'lead', 'mql', 'mql', 'sal', 'opportunity', 'customer'] as const)[index % 10] ?? 'lead';
}

const SHOWN = {
  subscriber: { lifecyclestage: 'subscriber' },
  lead: { lifecyclestage: 'lead' },
  waiting: { lifecyclestage: 'marketingqualifiedlead' },
  mql: { lifecyclestage: 'marketingqualifiedlead', hs_lead_status: 'NEW' },
  sal: { lifecyclestage: 'marketingqualifiedlead', hs_lead_status: 'IN_PROGRESS' },
  opportunity: { lifecyclestage: 'opportunity', hs_lead_status: 'OPEN_DEAL' },
  customer: { lifecyclestage: 'customer' },
} as const;

export function generatePerson(options: WorldOptions, index: number): GeneratedPerson {
  const random = chance(options.seed ?? 1, index);
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
  const stands = standing(index, options.waiting ?? true);
  const first = pick(FIRST_NAMES);
  const last = pick(LAST_NAMES);
  const company = `Company ${Math.floor(index / 3)}`;
  const email = `${first}.${last}.${index}@company${Math.floor(index / 3)}.example`.toLowerCase();
  const country = pick(COUNTRIES);
  const title = pick(TITLES);
  const phone = `+52 55 ${String(10_000_000 + Math.floor(random() * 89_999_999))}`;
  const created = options.at - Math.floor((60 + random() * 300) * DAY);
  const modified = options.at - Math.floor((1 + random() * 40) * DAY);
  const iso = (at: number): string => new Date(Math.floor(at / 1000) * 1000).toISOString();
  const isQualified = stands !== 'subscriber' && stands !== 'lead';
  const person: GeneratedPerson = {
    index,
    hubspot: {
      id: FIRST_HUBSPOT_ID + index,
      createdate: iso(created),
      lastmodifieddate: iso(modified),
      properties: {
        email,
        firstname: first,
        lastname: last,
        company,
        phone,
        country,
        jobtitle: title,
        hs_analytics_source: pick(SOURCES),
        hubspotscore: String(isQualified ? 60 + Math.floor(random() * 40) : Math.floor(random() * 55)),
        num_conversion_events: stands === 'subscriber' ? '0' : String(1 + Math.floor(random() * 4)),
        ...SHOWN[stands],
      },
    },
  };
  const stamps = { LastModifiedById: options.ownerId, CreatedDate: iso(created + DAY), LastModifiedDate: iso(modified), SystemModstamp: iso(modified) };
  const common = { OwnerId: options.ownerId, ...stamps };
  const human = { FirstName: first, LastName: last, Email: email, Phone: phone, Title: title, LeadSource: 'Web', HasOptedOutOfEmail: false, DoNotCall: false };
  if (stands === 'mql' || stands === 'sal') {
    person.lead = { Id: makeId('00Q', FIRST_ID + index), ...common, ...human, Company: company, Country: country, Status: stands === 'mql' ? 'Open - Not Contacted' : 'Working - Contacted', IsConverted: false };
  } else if (stands === 'opportunity' || stands === 'customer') {
    const accountId = makeId('001', FIRST_ID + index);
    const contactId = makeId('003', FIRST_ID + index);
    const opportunityId = makeId('006', FIRST_ID + index);
    const isWon = stands === 'customer';
    const stageName = isWon ? 'Closed Won' : 'Prospecting';
    person.account = { Id: accountId, ...common, Name: company };
    person.contact = { Id: contactId, ...common, ...human, AccountId: accountId, MailingCountry: country };
    person.opportunity = { Id: opportunityId, ...common, Name: `${company}: offer`, AccountId: accountId, StageName: stageName, IsClosed: isWon, IsWon: isWon, Amount: 1000 + Math.floor(random() * 90_000), CloseDate: iso(options.at + 30 * DAY).slice(0, 10) };
    if (isWon) person.closing = { Id: makeId('008', FIRST_ID + index), OpportunityId: opportunityId, StageName: stageName, CreatedDate: iso(modified), CreatedById: options.ownerId };
    person.role = { Id: makeId('00K', FIRST_ID + index), ...stamps, OpportunityId: opportunityId, ContactId: contactId, Role: 'Decision Maker', IsPrimary: true };
  }
  return person;
}

/** All people of a world, in the order of their numbers. */
export function* generateWorld(options: WorldOptions): Generator<GeneratedPerson> {
  for (let index = 0; index < options.people; index += 1) yield generatePerson(options, index);
}

/** Loads these people's records into both CRMs, past all rules. Returns how many records went in. */
export function loadPeople(sandbox: RunningSandbox, people: GeneratedPerson[]): number {
  const { hubspot, salesforce } = sandbox;
  const rows = (part: 'lead' | 'account' | 'contact' | 'opportunity' | 'closing' | 'role'): SalesforceRow[] => people.map((person) => person[part]).filter((row): row is SalesforceRow => row !== undefined);
  let count = hubspot.state.load(people.map((person) => person.hubspot));
  const load = (type: string, list: SalesforceRow[]): void => {
    if (list.length > 0) count += salesforce.state.load(type, list);
  };
  load('Lead', rows('lead'));
  load('Account', rows('account'));
  load('Contact', rows('contact'));
  load('Opportunity', rows('opportunity'));
  load('OpportunityHistory', rows('closing'));
  load('OpportunityContactRole', rows('role'));
  return count;
}

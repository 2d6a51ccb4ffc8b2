import type { RunningSandbox } from '../server';
import { convert, deal, form, inHubspot, lead, leadFields, scored, stage } from './acts';
import { machine, Scene, type Act, type Colleague, type Prospect, type Staff } from './scene';
import { findStaff } from './staff';

/** How a rep says no, by the agreement in force: the names of Salesforce's fields and values. */
export interface RejectionNames {
  status: string;
  reasonField: string;
  noteField: string | null;
  /** A stored value of the reason field. */
  reason: string;
}

/** Something that somebody of the sample company does in their own CRM once Concord is there. */
export interface StoryAct {
  id: 'reject' | 'convert' | 'phone' | 'workflow' | 'qualify' | 'incomplete' | 'duplicate' | 'win';
  /** Acts of one phase happen between the same two runs. */
  phase: 1 | 2;
  /** The prospect's e-mail. */
  email: string;
  prospect: string;
  /** Who acts, and in which CRM. */
  actor: string;
  crm: 'hubspot' | 'salesforce';
  /** What they do, in words: `rejects the lead of …`. */
  does: string;
  /** True when the world shows that it has happened. */
  isDone(): boolean;
  act(): void;
}

const NEW_PHONE = '+54 11 5550 0321';
const WORKFLOW = 'Old deal sync';
const DEMO = 'Demo request';
const NOTE = 'Sem orçamento até março: a diretoria congelou as compras. Retomar no segundo trimestre.';

/** The acts of the sample world's people, in their order. Empty when the sandbox holds another world. */
export function storyActs(sandbox: RunningSandbox, names: RejectionNames): StoryAct[] {
  const staff = findStaff(sandbox);
  if (staff === null) return [];
  const scene = new Scene(sandbox, staff);
  const make = (
    of: Pick<StoryAct, 'id' | 'phase' | 'email' | 'crm' | 'does'> & { by: keyof Staff['people'] | string; steps: Act[]; isDone: (who: Prospect) => boolean },
  ): StoryAct | null => {
    const who = find(sandbox, of.email);
    if (who === null) return null;
    const colleague: Colleague | undefined = (staff.people as Record<string, Colleague>)[of.by];
    return {
      id: of.id,
      phase: of.phase,
      email: of.email,
      prospect: `${who.profile.first} ${who.profile.last}`,
      actor: colleague === undefined ? of.by : `${colleague.name}, ${colleague.title}`,
      crm: of.crm,
      does: of.does,
      isDone: () => of.isDone(find(sandbox, of.email) ?? who),
      act: () => {
        const now = find(sandbox, of.email) ?? who;
        for (const step of of.steps) step(scene, now);
      },
    };
  };
  const { hubspot, salesforce } = sandbox;
  const property = (who: Prospect, name: string): string | undefined => (who.hubspotId === null ? undefined : hubspot.state.contact(who.hubspotId)?.properties[name]);
  const newestLead = (who: Prospect): Record<string, unknown> | undefined => salesforce.state.record('Lead', who.leadIds.at(-1) ?? '');

  return [
    make({
      id: 'reject',
      phase: 1,
      email: 'renata.oliveira@moveisrecife.example',
      by: 'bruno',
      crm: 'salesforce',
      does: 'rejects the lead of Renata Oliveira, with a reason and a note in Portuguese',
      steps: [leadFields('bruno', { Status: names.status, [names.reasonField]: names.reason, ...(names.noteField === null ? {} : { [names.noteField]: NOTE }) })],
      isDone: (who) => newestLead(who)?.['Status'] === names.status,
    }),
    make({
      id: 'convert',
      phase: 1,
      email: 'diego.fuentes@autopartesfuentes.example',
      by: 'sofia',
      crm: 'salesforce',
      does: 'converts the lead of Diego Fuentes, with an opportunity of 48,000 USD',
      steps: [convert('sofia', { name: 'Autopartes Fuentes: tres plantas', amount: 48_000 })],
      isDone: (who) => newestLead(who)?.['IsConverted'] === true,
    }),
    make({
      id: 'phone',
      phase: 1,
      email: 'valentina.rossi@laboratoriosrossi.example',
      by: 'lucia',
      crm: 'hubspot',
      does: 'corrects the phone number of Valentina Rossi',
      steps: [inHubspot('lucia', { phone: NEW_PHONE })],
      isDone: (who) => property(who, 'phone') === NEW_PHONE,
    }),
    make({
      id: 'workflow',
      phase: 1,
      email: 'thiago.almeida@agroalmeida.example',
      by: `The workflow “${WORKFLOW}”`,
      crm: 'hubspot',
      does: 'sets Thiago Almeida to customer; nobody has sold him anything',
      steps: [stage('customer', machine.workflow(WORKFLOW))],
      isDone: (who) => who.hubspotId !== null && hubspot.state.history('contacts', who.hubspotId, 'lifecyclestage').some((entry) => entry.value === 'customer'),
    }),
    make({
      id: 'qualify',
      phase: 1,
      email: 'mariana.torres@logisticaandina.example',
      by: 'Mariana Torres herself',
      crm: 'hubspot',
      does: 'asks for a demo on the web site; HubSpot counts her score anew: 82',
      steps: [form(DEMO), scored(82)],
      isDone: (who) => property(who, 'recent_conversion_event_name') === DEMO,
    }),
    make({
      id: 'incomplete',
      phase: 1,
      email: 'rafaela.nunes@correiolivre.example',
      by: 'Rafaela Nunes herself',
      crm: 'hubspot',
      does: 'asks for a demo too, score 74, and leaves the company empty',
      steps: [form(DEMO), scored(74)],
      isDone: (who) => property(who, 'recent_conversion_event_name') === DEMO,
    }),
    make({
      id: 'duplicate',
      phase: 1,
      email: 'lauren.hayes@summitoutdoor.example',
      by: 'patricia',
      crm: 'salesforce',
      does: 'enters a lead for Lauren Hayes, who has one already',
      steps: [lead('patricia', { owner: 'inbound', fields: { LeadSource: 'Web' } })],
      isDone: (who) => who.leadIds.length > 1,
    }),
    make({
      id: 'win',
      phase: 2,
      email: 'diego.fuentes@autopartesfuentes.example',
      by: 'sofia',
      crm: 'salesforce',
      does: 'wins the opportunity of Diego Fuentes',
      steps: [deal('sofia', 'Closed Won')],
      isDone: (who) => who.opportunityIds.some((id) => salesforce.state.record('Opportunity', id)?.['IsWon'] === true),
    }),
  ].filter((act): act is StoryAct => act !== null);
}

/** A prospect as both CRMs have them now. Null: in neither. */
function find(sandbox: RunningSandbox, email: string): Prospect | null {
  const contact = sandbox.hubspot.state.byEmail(email);
  const { state } = sandbox.salesforce;
  const leads = state.query(`SELECT Id, ConvertedOpportunityId FROM Lead WHERE Email = '${email}' ORDER BY CreatedDate, Id`);
  const person = state.query(`SELECT Id, AccountId FROM Contact WHERE Email = '${email}'`)[0];
  if (contact === undefined && leads.length === 0 && person === undefined) return null;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const { firstname: first = '', lastname: last = email, company, country, jobtitle: title, phone } = contact?.properties ?? {};
  return {
    profile: { first, last, email, ...optional({ company, country, title, phone }) },
    hubspotId: contact?.id ?? null,
    leadIds: leads.map((each) => String(each['Id'])),
    contactId: text(person?.['Id']),
    accountId: text(person?.['AccountId']),
    opportunityIds: leads.map((each) => text(each['ConvertedOpportunityId'])).filter((id): id is string => id !== null),
  };
}

function optional<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** When a record of a person or an opportunity was last touched, in either CRM (epoch milliseconds). */
export function newestStamp(sandbox: RunningSandbox): number {
  let newest = 0;
  for (const contact of sandbox.hubspot.state.contacts()) newest = Math.max(newest, contact.updatedAt);
  for (const object of ['Lead', 'Contact', 'Opportunity']) {
    const row = sandbox.salesforce.state.query(`SELECT SystemModstamp FROM ${object} ORDER BY SystemModstamp DESC LIMIT 1`)[0];
    if (typeof row?.['SystemModstamp'] === 'string') newest = Math.max(newest, Date.parse(row['SystemModstamp']));
  }
  return newest;
}

/** What `setup` leaves to an admin's hand, done: field history for the answers, and the fields on the page layouts. */
export function doAdminsPart(sandbox: RunningSandbox, fields: string[], tracked: string[]): void {
  const { state } = sandbox.salesforce;
  state.trackHistory('Lead', ['Status', 'OwnerId', ...tracked]);
  state.trackHistory('Contact', tracked);
  for (const object of ['Lead', 'Contact']) state.showOnLayout(object, fields);
}

import type { RunningSandbox } from '../server';
import type { Colleague, QueueKey, Staff, StaffKey } from './scene';

/* The sample company's own people: marketing works in HubSpot, sales in both CRMs. */

interface Job {
  name: string;
  title: string;
  /** Sales works in both CRMs, marketing in HubSpot only. */
  sales: boolean;
  timeZone: string;
}

const colleagues: Record<StaffKey, Job> = {
  lucia: { name: 'Lucía Herrera', title: 'Marketing Operations Manager', sales: false, timeZone: 'America/Mexico_City' },
  rafael: { name: 'Rafael Souza', title: 'Campaign Manager, Brazil', sales: false, timeZone: 'America/Sao_Paulo' },
  sofia: { name: 'Sofía Ramírez', title: 'Account Executive, Mexico', sales: true, timeZone: 'America/Mexico_City' },
  javier: { name: 'Javier Ortega', title: 'Account Executive, Spain and South America', sales: true, timeZone: 'Europe/Madrid' },
  bruno: { name: 'Bruno Carvalho', title: 'Account Executive, Brazil', sales: true, timeZone: 'America/Sao_Paulo' },
  emily: { name: 'Emily Carter', title: 'Account Executive, United States', sales: true, timeZone: 'America/Chicago' },
  patricia: { name: 'Patricia Núñez', title: 'Head of Sales', sales: true, timeZone: 'America/Mexico_City' },
};

const queues: Record<QueueKey, string> = { inbound: 'Leads nuevos', brazil: 'Pré-vendas Brasil' };

/** The company's own e-mail domain: people there are nobody's leads. */
export const ownDomain = 'acme.example';

function addressOf(name: string): string {
  return `${name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll(' ', '.')}@${ownDomain}`;
}

/** HubSpot's ids of a colleague: fixed, so that a world made earlier is recognised. */
function hubspotIds(key: StaffKey): { ownerId: number; hubspotUser: number } {
  const at = Object.keys(colleagues).indexOf(key);
  return { ownerId: 4401 + at, hubspotUser: 71_001 + at };
}

/** Makes users, owners and queues. New leads that the org's assignment rule sees go to the queue for new leads. */
export function hireStaff(sandbox: RunningSandbox): Staff {
  const { hubspot, salesforce } = sandbox;
  const people = Object.fromEntries(
    (Object.entries(colleagues) as [StaffKey, Job][]).map(([key, { name, title, sales, timeZone }]) => {
      const email = addressOf(name);
      const [firstName = '', ...rest] = name.split(' ');
      const { ownerId, hubspotUser } = hubspotIds(key);
      hubspot.state.addOwner({ id: ownerId, userId: hubspotUser, email, firstName, lastName: rest.join(' ') });
      const userId = sales ? salesforce.state.addUser({ Name: name, Email: email, Title: title, Department: 'Sales', TimeZoneSidKey: timeZone }) : null;
      return [key, { name, email, title, userId, ownerId: String(ownerId), hubspotUser } satisfies Colleague];
    }),
  ) as Record<StaffKey, Colleague>;
  const made = Object.fromEntries(Object.entries(queues).map(([key, name]) => [key, salesforce.state.addQueue(name)])) as Record<QueueKey, string>;
  hubspot.state.addOwner({ email: `ventas@${ownDomain}`, firstName: 'Leads', lastName: 'nuevos', type: 'QUEUE' });
  salesforce.state.assignmentRule(made.inbound);
  return { people, queues: made };
}

/** The staff of a world that was made earlier. Null: this is not the sample world. */
export function findStaff(sandbox: RunningSandbox): Staff | null {
  const users = new Map(sandbox.salesforce.state.query('SELECT Id, Name FROM User').map((user) => [user['Name'], String(user['Id'])]));
  const groups = new Map(sandbox.salesforce.state.query("SELECT Id, Name FROM Group WHERE Type = 'Queue'").map((group) => [group['Name'], String(group['Id'])]));
  const found: Partial<Record<StaffKey, Colleague>> = {};
  for (const [key, { name, title, sales }] of Object.entries(colleagues) as [StaffKey, Job][]) {
    const userId = sales ? users.get(name) : null;
    if (userId === undefined) return null;
    const { ownerId, hubspotUser } = hubspotIds(key);
    found[key] = { name, email: addressOf(name), title, userId, ownerId: String(ownerId), hubspotUser };
  }
  const inbound = groups.get(queues.inbound);
  const brazil = groups.get(queues.brazil);
  if (inbound === undefined || brazil === undefined) return null;
  return { people: found as Record<StaffKey, Colleague>, queues: { inbound, brazil } };
}

import type { RunningSandbox } from '../server';
import type { Colleague, QueueKey, Staff, StaffKey } from './scene';

/* The sample company's own people: marketing works in HubSpot, sales in both CRMs. */

const colleagues: Record<StaffKey, { name: string; title: string; sales: boolean; timeZone: string }> = {
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

/** Makes users, owners and queues. New leads that the org's assignment rule sees go to the queue for new leads. */
export function hireStaff(sandbox: RunningSandbox): Staff {
  const { hubspot, salesforce } = sandbox;
  const people = Object.fromEntries(
    Object.entries(colleagues).map(([key, { name, title, sales, timeZone }]) => {
      const email = addressOf(name);
      const [firstName = '', ...rest] = name.split(' ');
      const owner = hubspot.state.addOwner({ email, firstName, lastName: rest.join(' ') });
      const userId = sales ? salesforce.state.addUser({ Name: name, Email: email, Title: title, Department: 'Sales', TimeZoneSidKey: timeZone }) : null;
      return [key, { name, email, title, userId, ownerId: owner.id, hubspotUser: owner.userIdIncludingInactive } satisfies Colleague];
    }),
  ) as Record<StaffKey, Colleague>;
  const made = Object.fromEntries(Object.entries(queues).map(([key, name]) => [key, salesforce.state.addQueue(name)])) as Record<QueueKey, string>;
  hubspot.state.addOwner({ email: `ventas@${ownDomain}`, firstName: 'Leads', lastName: 'nuevos', type: 'QUEUE' });
  salesforce.state.assignmentRule(made.inbound);
  return { people, queues: made };
}

/** Finds the staff of a world that was made earlier. Null: this is not the sample world. */
export function findStaff(sandbox: RunningSandbox): Staff | null {
  const users = sandbox.salesforce.state.query('SELECT Id, Name FROM User');
  const groups = sandbox.salesforce.state.query("SELECT Id, Name FROM Group WHERE Type = 'Queue'");
  const found: Partial<Record<StaffKey, Colleague>> = {};
  for (const [key, { name, title, sales }] of Object.entries(colleagues) as [StaffKey, (typeof colleagues)[StaffKey]][]) {
    const email = addressOf(name);
    const owner = sandbox.hubspot.state.owner(email);
    const userId = users.find((user) => user['Name'] === name)?.['Id'];
    if (owner === undefined || (sales && typeof userId !== 'string')) return null;
    found[key] = { name, email, title, userId: typeof userId === 'string' ? userId : null, ownerId: owner.id, hubspotUser: owner.userIdIncludingInactive };
  }
  const idOf = (name: string): string => String(groups.find((group) => group['Name'] === name)?.['Id'] ?? '');
  return { people: found as Record<StaffKey, Colleague>, queues: { inbound: idOf(queues.inbound), brazil: idOf(queues.brazil) } };
}

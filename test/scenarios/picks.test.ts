import { linkByHand } from '../../src/run/link';
import { MINUTE, openScenario, type Scenario } from '../support/scenario';

/** What RevOps picks (I8) is stronger than what the CRMs carry, and takes nothing away from anybody. */

let s: Scenario;
afterEach(() => s.close());

/** A person whom marketing qualifies, and the lead that Concord made of it. */
async function qualified(first: string): Promise<{ contact: string; lead: string }> {
  const email = `${first.toLowerCase()}@cliente.example`;
  const contact = s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).create('contacts', { email, firstname: first, lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead', hubspotscore: '72' }).id;
  await run();
  return { contact, lead: String(s.leadByEmail(email)?.['Id']) };
}

async function run(): ReturnType<Scenario['sync']> {
  s.pass(MINUTE);
  return s.sync();
}

const carried = (lead: string): unknown => s.lead(lead)['Concord_HubSpot_Id__c'] ?? null;
const leads = (email: string): number => s.sandbox.salesforce.state.query(`SELECT Id FROM Lead WHERE Email = '${email}'`).length;

test('a record that another contact had: it is written for the picked one, and nothing of it is written over for the other', async () => {
  s = await openScenario();
  await s.sync();
  const [ana, eva] = [await qualified('Ana'), await qualified('Eva')];
  s.sandbox.salesforce.state.act(s.rep).update('Lead', eva.lead, { Status: 'Working - Contacted', Company: 'Eva y Hermanas', OwnerId: s.rep });
  await run();
  const before = (await s.explain(eva.contact)).person;

  await linkByHand(s.store, ana.contact, eva.lead);
  const counts: unknown[] = [];
  for (let times = 0; times < 6; times += 1) counts.push((await run()).people.created);

  expect((await s.explain(ana.contact)).person).toMatchObject({ hubspotId: ana.contact, salesforceId: eva.lead });
  expect([carried(eva.lead), carried(ana.lead)]).toEqual([ana.contact, null]);
  expect(s.lead(eva.lead)).toMatchObject({ Status: 'Working - Contacted', Company: 'Eva y Hermanas', OwnerId: s.rep });
  // Eva goes on as herself, with her history, and with a lead of her own once the other has let her id go.
  const now = await s.explain(eva.contact);
  expect(now.person.id).toBe(before.id);
  expect(now.person.salesforceId).not.toBe(eva.lead);
  expect(carried(String(now.person.salesforceId))).toBe(eva.contact);
  expect(counts.filter((n) => n !== 0)).toEqual([1]);
  expect(await s.store.deadLetters({ state: 'open', limit: 10 })).toEqual([]);
  expect((await run()).writes).toMatchObject({ hubspot: { planned: 0 }, salesforce: { planned: 0 } });
});

test('what stands in the way is told while it does', async () => {
  s = await openScenario();
  await s.sync();
  const [ana, eva] = [await qualified('Ana'), await qualified('Eva')];
  await linkByHand(s.store, ana.contact, eva.lead);
  await run();
  expect((await s.explain(eva.contact)).decision.notes).toEqual([expect.stringMatching(new RegExp(`nothing is created: salesforce:lead:${eva.lead}, which another person has`))]);
});

test('a record that is nobody else’s brings its history along (I3)', async () => {
  s = await openScenario({ edit: (text) => text.replace('creates_hubspot: true', 'creates_hubspot: false') });
  await s.sync();
  const ana = await qualified('Ana');
  const lone = String(s.sandbox.salesforce.state.act(s.rep).create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: 'ana@casa.example', Country: 'Mexico', Status: 'Working - Contacted' }));
  await run();
  await linkByHand(s.store, ana.contact, lone);
  await run();
  await run();
  const { person: row } = await s.explain(lone);
  expect(row).toMatchObject({ hubspotId: ana.contact, salesforceId: lone });
  expect([carried(lone), carried(ana.lead), leads('ana@cliente.example')]).toEqual([ana.contact, null, 1]);
  expect((await s.store.pagePeople(null, 10)).map(({ hubspotId }) => hubspotId)).toEqual([ana.contact]);
});

test('of two contacts that claim one record the picked one gets it, and the other keeps its history (I8)', async () => {
  s = await openScenario();
  await s.sync();
  const ana = await qualified('Ana');
  const eva = s.sandbox.hubspot.state.act({ sourceType: 'CRM_UI', userId: 7 }).create('contacts', { email: 'eva@cliente.example', firstname: 'Eva', lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead' }).id;
  s.sandbox.salesforce.state.act(s.rep).update('Lead', ana.lead, { Email: 'eva@cliente.example' });
  await run();
  const { person: held } = await s.explain(ana.contact);
  expect(held).toMatchObject({ stage: 'mql', held: expect.stringMatching(/2 HubSpot contacts/) });

  await linkByHand(s.store, eva, ana.lead);
  for (let times = 0; times < 4; times += 1) await run();

  expect((await s.explain(eva)).person).toMatchObject({ held: null, salesforceId: ana.lead });
  expect(carried(ana.lead)).toBe(eva);
  const { person: now } = await s.explain(ana.contact);
  expect(now).toMatchObject({ id: held.id, held: null, stage: 'mql', stageAt: held.stageAt });
  expect([now.salesforceId === ana.lead, carried(String(now.salesforceId)), leads('ana@cliente.example')]).toEqual([false, ana.contact, 1]);
});

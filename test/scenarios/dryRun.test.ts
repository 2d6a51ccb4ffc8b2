import { MINUTE, openScenario, type Scenario } from '../support/scenario';

/* A dry run leaves nothing behind that a later run would act on. */

let s: Scenario;
afterEach(() => s.close());

test('an agreement that is only tried is looked at for everybody, and decides nobody anew later', async () => {
  s = await openScenario();
  for (const first of ['Ana', 'Eva']) s.sandbox.hubspot.state.act({ sourceType: 'FORM' }).create('contacts', { email: `${first.toLowerCase()}@cliente.example`, firstname: first, lastname: 'Paz', company: 'Cliente SA', country: 'Mexico', lifecyclestage: 'lead', hubspotscore: '20' });
  s.pass(MINUTE);
  await s.sync();
  s.pass(10 * MINUTE);
  await s.sync();
  const { terms, fields } = s.parts;

  s.amend((text) => text.replace('field: score, at_least: 60', 'field: score, at_least: 15'));
  s.pass(MINUTE);
  expect(await s.plan()).toMatchObject({ people: { seen: 2 }, transitions: { mql: 2 } });
  expect(await s.store.queueLength()).toBe(0);

  Object.assign(s.parts, { terms, fields });
  s.pass(MINUTE);
  expect(await s.sync()).toMatchObject({ people: { seen: 0 }, transitions: {} });

  s.amend((text) => text.replace('field: score, at_least: 60', 'field: score, at_least: 15'));
  s.pass(MINUTE);
  expect(await s.sync()).toMatchObject({ people: { seen: 2 }, transitions: { mql: 2 } });
});

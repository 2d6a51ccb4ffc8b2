import { reportOf } from '../../src/run/reports';
import { openScenario } from '../support/scenario';

/* Reports are condensed after a run (design 10, 11): never in the first one, whose time is the adoption's. */

test('a first run leaves its people to the next one, or to the first report, which shows them all the same', async () => {
  const scenario = await openScenario();
  const waiting = async (): Promise<number> => (await scenario.store.reportQueue(10)).length;
  try {
    scenario.sandbox.hubspot.state.load(['ana', 'luis', 'eva'].map((name) => ({ properties: { email: `${name}@some.example`, lastname: name, lifecyclestage: 'lead' } })));

    const first = await scenario.sync({ allowLargeChange: true });
    expect(first).toMatchObject({ adoption: true, status: 'ok', people: { seen: 3 } });
    expect(await waiting()).toBe(3);

    await reportOf(scenario.store, scenario.agreement, scenario.clock.now(), 'funnel');
    expect(await waiting()).toBe(0);

    scenario.pass(60_000);
    scenario.sandbox.hubspot.state.load([{ properties: { email: 'noa@some.example', lastname: 'noa', lifecyclestage: 'lead' } }]);
    scenario.pass(60_000);
    expect(await scenario.sync({ allowLargeChange: true })).toMatchObject({ adoption: false, people: { seen: 1 } });
    expect(await waiting()).toBe(0);
  } finally {
    await scenario.close();
  }
});

import { run } from '../../src/run/run';
import { quiet } from '../../src/run/parts';
import { CHUNK } from '../../src/run/people';
import { openScenario } from '../support/scenario';

/* A run keeps its lock by a timer: what it does between two calls to a CRM must not keep timers from firing (design.md section 9). */

test('while people are decided, timers fire after every chunk', async () => {
  const scenario = await openScenario();
  try {
    scenario.sandbox.hubspot.state.load(Array.from({ length: 2 * CHUNK + 10 }, (_, index) => ({ properties: { email: `p${index}@some.example`, lifecyclestage: 'lead' } })));
    let turns = 0;
    let deciding = false;
    let isOver = false;
    const tick = (): void => {
      if (deciding) turns += 1;
      if (!isOver) setImmediate(tick);
    };
    tick();
    const progress = { ...quiet, step: (name: string) => void (deciding = name === 'deciding'), done: () => void (deciding = false) };

    const summary = await run({ ...scenario.parts, progress }, { mode: 'dry-run' });

    isOver = true;
    expect(summary.people.seen).toBe(2 * CHUNK + 10);
    expect(turns).toBeGreaterThanOrEqual(3);
  } finally {
    await scenario.close();
  }
});

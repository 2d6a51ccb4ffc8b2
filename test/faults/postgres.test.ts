import { EXIT } from '../../src/domain/problem';
import { before, newMqls, openFaultScene, outcome, type FaultScene } from '../support/crashScene';
import { startPostgres, type Postgres } from '../support/postgres';
import { openLine, type PostgresLine } from '../support/postgresLine';
import { MINUTE } from '../support/scenario';
import { describeWith, POSTGRES } from '../support/skips';

/* A PostgreSQL server that goes away under a run, or the line to it (design section 9, W7). */

jest.setTimeout(300_000);

describeWith(POSTGRES, 'PostgreSQL under a run', () => {
  let server: Postgres;
  let line: PostgresLine;
  let s: FaultScene;
  let made = 0;
  beforeAll(async () => {
    const started = await startPostgres();
    if (started === null) throw new Error('PostgreSQL was there when the tests were collected, and is not any more');
    server = started;
    line = await openLine(server.url);
  });
  afterAll(async () => {
    await line.close();
    await server.stop();
  });
  beforeEach(async () => {
    line.cutAt(null);
    s = await openFaultScene({ databaseUrl: `${line.url}?schema=s${++made}` });
  });
  afterEach(async () => {
    line.cutAt(null);
    await s.close();
  });

  const { mqls, expectAllWell } = newMqls(() => s);

  test.each(['before', 'after'] as const)('the connection ends at one commit after another, %s the server has it: the run says so, and the next one finishes', async (when) => {
    await mqls(3);
    const failures: unknown[] = [];
    for (let commits = 0; commits < 80; commits += 1) {
      line.cutAt(commits, when);
      const run = await s.attempt();
      line.cutAt(null);
      s.pass(MINUTE + 1_000);
      if (!('failed' in run)) break;
      failures.push(run);
    }
    expect(failures.length).toBeGreaterThanOrEqual(8);
    expect(failures).toEqual(Array(failures.length).fill({ failed: 'store_unreachable', exit: EXIT.failed }));
    await expectAllWell();
  });

  test.each(['salesforce', 'hubspot'] as const)('the server stops at the %s writes: the run ends with an error, and once the server is back the next one finishes', async (crm) => {
    await mqls();
    before(s.parts[crm], 'write', () => server.crash());
    expect(await outcome(() => s.sync())).toEqual({ failed: 'store_unreachable', exit: EXIT.failed });
    expect(await s.attempt()).toEqual({ failed: 'store_unreachable', exit: EXIT.failed });
    await server.restart();
    s.pass(MINUTE + 1_000);
    await expectAllWell();
  });

  test('a lock that cannot be given back fails no run, hides no failure, and ends by itself', async () => {
    await mqls();
    const release = s.store.releaseLock.bind(s.store);
    s.store.releaseLock = (fence) => {
      line.cutAt(0);
      return release(fence);
    };
    expect(await s.attempt()).toMatchObject({ status: 'ok', people: { created: 5 } });
    line.cutAt(null);
    expect(await s.attempt()).toEqual({ failed: 'locked', exit: EXIT.locked });
    s.pass(MINUTE);
    s.sandbox.hubspot.faults.add({ match: { path: '' }, action: { do: 'answer', status: 401 } });
    expect(await s.attempt()).toMatchObject({ failed: 'unauthorized', exit: EXIT.usage });
    s.sandbox.hubspot.faults.clear();
    s.store.releaseLock = release;
    line.cutAt(null);
    s.pass(MINUTE);
    await expectAllWell();
  });

  test('idle connections that the server ends between two runs are nobody’s trouble', async () => {
    await mqls();
    await server.crash();
    await server.restart();
    expect(await s.attempt()).toMatchObject({ status: 'ok', people: { created: 5 } });
    await expectAllWell();
  });
});

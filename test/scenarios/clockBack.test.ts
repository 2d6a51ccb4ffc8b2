import { EXIT } from '../../src/domain/problem';
import { freshness } from '../../src/run/health';
import { outcome } from '../support/crashScene';
import { cast, DAY, HOUR, MINUTE, openScenario, type Scenario } from '../support/scenario';

/* The machine's clock runs ahead for a while and is set back, while both CRMs keep the right time (section 9: clocks that differ). */

let s: Scenario;
const { adopted, person, rep, handedOver, quiet } = cast(() => s);
afterEach(() => s.close());

const told = (text: string): string => text.replace(/\nnotifications:\n(?: .*\n| *#.*\n)+/, '\nnotifications:\n  new_handoff: [task]\n  breach: [task]\n  escalation: { after: 4h }\n');
const subjects = (): unknown[] => s.sandbox.salesforce.state.query('SELECT Subject FROM Task ORDER BY Id').map((row) => row['Subject']);

/** Concord's machine, not the CRMs'. */
function ahead(milliseconds: number): void {
  s.parts = { ...s.parts, clock: () => s.clock.now() + milliseconds };
}

/** A lead that the rep has, to be handed over by the next run. */
function qualified(email: string): string {
  const lead = rep().create('Lead', { FirstName: 'Ana', LastName: 'Paz', Company: 'Cliente SA', Email: email, Country: 'Mexico' });
  person(email, { lifecyclestage: 'marketingqualifiedlead' });
  return lead;
}

test('what was decided a day ahead is decided anew, what came meanwhile is told, and a clock that began in the future has begun (S1, S3)', async () => {
  s = await openScenario({ edit: told });
  await adopted();
  const early = qualified('early@cliente.example');
  s.pass(MINUTE);
  await s.sync();
  expect(s.lead(early)).toMatchObject({ Concord_SLA__c: 'on_track' });
  expect(subjects()).toHaveLength(1);

  ahead(DAY);
  const during = qualified('during@cliente.example');
  s.pass(MINUTE);
  await s.sync();
  expect(s.lead(early)).toMatchObject({ Concord_SLA__c: 'breached' });
  expect(s.lead(during)).toMatchObject({ Concord_Stage__c: 'mql' });
  expect(subjects()).toHaveLength(3);

  ahead(0);
  const after = qualified('after@cliente.example');
  s.pass(5 * MINUTE);
  await s.sync();
  expect(s.lead(early)).toMatchObject({ Concord_SLA__c: 'on_track' });
  expect(s.lead(after)).toMatchObject({ Concord_Stage__c: 'mql', Concord_SLA__c: 'on_track' });
  // News although it is before what had been told of by then; nothing is told twice.
  expect(subjects()).toHaveLength(4);

  s.pass(HOUR);
  rep().update('Lead', during, { Status: 'Working - Contacted' });
  s.pass(MINUTE);
  await s.sync();
  const [touched] = (await s.explain('during@cliente.example')).handoffs;
  expect(touched?.firstTouchAt).not.toBeNull();
  await s.sync();
  await quiet();
  expect(subjects()).toHaveLength(4);
});

test('set back in the middle of a run, and an hour behind for good: nothing is lost, nothing is written twice', async () => {
  s = await openScenario();
  const { lead } = await handedOver();
  let calls = 0;
  s.parts = { ...s.parts, clock: () => s.clock.now() - (calls++ < 3 ? 0 : HOUR) };
  person('berta@cliente.example', { lifecyclestage: 'marketingqualifiedlead' });
  rep().update('Lead', lead, { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'no_budget' });
  s.pass(MINUTE);
  await s.sync();
  ahead(-HOUR);
  for (let round = 0; round < 3; round += 1) {
    s.pass(5 * MINUTE);
    await s.sync();
  }
  expect(s.contact('ana@cliente.example')).toMatchObject({ concord_stage: 'recycled', concord_rejection_count: '1' });
  expect(s.sandbox.salesforce.state.query("SELECT Id FROM Lead WHERE Email = 'berta@cliente.example'")).toHaveLength(1);
  s.pass(DAY);
  rep().update('Lead', String(s.leadByEmail('berta@cliente.example')?.['Id']), { Status: 'Closed - Not Converted', Concord_Rejection_Reason__c: 'timing' });
  s.pass(MINUTE);
  await s.sync();
  expect(s.contact('berta@cliente.example')).toMatchObject({ concord_stage: 'recycled' });
  await s.sync();
  await quiet();
});

test('a run that was killed while the clock was a day ahead holds the lock for as long as any other', async () => {
  s = await openScenario();
  await adopted();
  expect(await s.store.acquireLock('killed', s.clock.now() + DAY, MINUTE)).toMatchObject({ ok: true });
  expect(await outcome(() => s.sync())).toEqual({ failed: 'locked', exit: EXIT.locked });
  s.pass(MINUTE);
  expect(await s.sync()).toMatchObject({ status: 'ok' });
});

test('a good run of tomorrow does not hide that today’s fail', async () => {
  s = await openScenario();
  await adopted();
  ahead(DAY);
  await s.sync();
  ahead(0);
  s.sandbox.hubspot.faults.add({ match: { path: '' }, action: { do: 'answer', status: 401 } });
  expect(await outcome(() => s.sync())).toMatchObject({ exit: EXIT.usage });
  s.pass(2 * HOUR);
  expect(await freshness(s.store, HOUR, 0, s.clock.now())).toMatchObject({ ageMs: 2 * HOUR, stale: true });
});
